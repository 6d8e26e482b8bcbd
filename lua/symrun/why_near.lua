--- Which names are near one that is missing, and in what they differ from it.
--
-- One function has as many names as there are ways to mangle it: "f" for C,
-- "_Z1fi" for C++, "_ZN1c1f17h...E" and "_RNvC1c1f" for Rust, "_f@4" for the
-- calls of 32-bit Windows, "f_" for Fortran.

local core = require "symrun.core"
local literal = require "symrun.literal"

local near = {}


-- A C++ or Rust name without parameters and hash; nil for any other.
local function qualified(name)
  local plain = core.demangled(name)
  if not plain then return nil end
  plain = plain:gsub("::h%x+$", ""):gsub(" const$", ""):gsub("%b<>", "")
  return (plain:gsub("%b()", ""):gsub("%s+$", ""))
end


-- What people would call it: "f" of all of the above.
local function stem(name)
  local plain = qualified(name) or name
  plain = plain:match "([%w_$.]+)$" or plain
  plain = plain:gsub("^__imp_", ""):gsub("@+%d+$", "")
  return (plain:gsub("^_+", ""):gsub("_$", ""))
end


-- One letter more, less or another, or two that changed places.
local function is_typo(a, b)
  if math.abs(#a - #b) > 1 or #a < 5 then return false end
  local i = 1
  while i <= #a and a:byte(i) == b:byte(i) do i = i + 1 end
  local k = 0
  while k < #a - i + 1 and k < #b - i + 1
        and a:byte(#a - k) == b:byte(#b - k) do k = k + 1 end
  local left, right = #a - i + 1 - k, #b - i + 1 - k
  return left <= 1 and right <= 1
         or left == 2 and right == 2
            and a:sub(i, i + 1) == b:sub(i, i + 1):reverse()
end


local function is_rust(name)
  return name:find "^_+R" or name:find "17h%x+E$"
end


-- The same function in two languages, or with other parameters.
local function by_mangling(wanted, name)
  local theirs, ours = qualified(name), qualified(wanted)
  if theirs and not ours then
    return 1, is_rust(name)
      and "is Rust's name for it: mark it #[no_mangle], and extern \"C\""
      or "is C++'s name for it: declare it extern \"C\" where it is defined"
  elseif ours and not theirs then
    return 1, is_rust(wanted) and "is not mangled, as Rust wants it"
      or "is C's name for it: declare it extern \"C\" where it is used"
  elseif not ours then return nil
  elseif ours == theirs then
    if is_rust(wanted) then
      return 1, "is of another build of the crate, or another version of it"
    end
    return 1, "has other parameters, or is const and the other is not"
  end
  if #stem(name) < 5 then return nil end
  return 3, "is in another scope"
end


-- One name, decorated otherwise.
local function by_decoration(wanted, name)
  if name == "__imp_" .. wanted then
    return 1, "is for who declares it __declspec(dllimport)"
  elseif wanted == "__imp_" .. name then
    return 1, "is no import: who wants it declares it __declspec(dllimport)"
  elseif name:find "@%d+$" and not wanted:find "@%d+$" then
    return 1, "is stdcall, and who wants it declares it otherwise"
  elseif wanted:find "@%d+$" and not name:find "@%d+$" then
    return 1, "is not stdcall, as who wants it declares it"
  elseif name == wanted .. "_" or wanted == name .. "_" then
    return 1, "is spelled as Fortran does, or the other is"
  elseif name:gsub("^_+", "") == wanted:gsub("^_+", "") then
    return 1, #name > #wanted and "has a leading underscore more"
              or "has a leading underscore less"
  end
  return 2, "is decorated otherwise"
end


--- How near a name is, 1 being the nearest, and in what it differs; nil for
--- one that is not near.
function near.how(wanted, name)
  if name == wanted then return nil end
  if #stem(wanted) > 0 and stem(name) == stem(wanted) then
    local rank, how = by_mangling(wanted, name)
    if rank then return rank, how end
    if not qualified(name) then return by_decoration(wanted, name) end
  end
  if name:lower() == wanted:lower() then
    return 3, "is written with other capitals"
  elseif is_typo(wanted, name) then
    return 4, "is spelled a little otherwise"
  end
end


-- "f_1" as "[Ff]_1".
local function in_any_case(name)
  return (name:gsub(".", function (c)
    if not c:find "%a" then return literal(c) end
    return ("[%s%s]"):format(c:upper(), c:lower())
  end))
end


--- Globs that all near names match, few others do.
function near.globs(wanted)
  local base, out = stem(wanted), {}
  if #base >= 2 then out[1] = "*" .. literal(base) .. "*" end
  local half = #wanted // 2
  if half >= 2 and not core.demangled(wanted) then
    out[#out + 1] = literal(wanted:sub(1, half)) .. "*"
    out[#out + 1] = "*" .. literal(wanted:sub(-half))
    if #wanted <= 64 then out[#out + 1] = in_any_case(wanted) end
  end
  return out
end

return near
