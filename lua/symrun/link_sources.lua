--- Inputs that a driver compiles and links at once: files that are named as
--- sources are, and what stands behind -x.
--
-- Drivers differ in what they compile; others hand the file on to the linker,
-- which takes it for an object or a script.

local sources = {}


local function set(words)
  local out = {}
  for word in words:gmatch "%S+" do out[word] = true end
  return out
end

local both = set [[
  c i ii m mi mm M mii cc cp cxx cpp CPP c++ C s S h hh H hp hpp hxx
  f F for FOR fpp FPP f90 F90 f95 F95 f03 F03 f08 F08 ads adb]]

local only = {
  gcc = set "sx HPP h++ tcc d di dd go rs mod ftn FTN",
  clang = set "CC C++ CXX cl clcpp cu cui hip ll bc asm cppm ccm c++m cxxm ixx",
}


-- Does the driver of a line compile what is named so?  nil: who knows.
local function compiles(link, path)
  local suffix = path:match "%.([^./]+)$"
  if not suffix then return false end
  if both[suffix] then return true end
  local flavour = link.words:flavour()
  if flavour == "gcc" then return only.gcc[suffix] or false end
  if flavour ~= "cc" then return only.clang[suffix] or false end
  if only.gcc[suffix] or only.clang[suffix] then return nil end
  return false
end


--- Is an input a source?  true, false, nil where drivers differ.  Parts are
--- asked about in the line's order, -x among them.
function sources.is(link, part)
  if not part:of_driver() then return false end
  if part:role() == "language" then
    link.language = part:value() ~= "none" and part:value() or nil
    return false
  end
  if part:kind() ~= "input" then return false end
  if link.language then return true end
  return compiles(link, part:value())
end

return sources
