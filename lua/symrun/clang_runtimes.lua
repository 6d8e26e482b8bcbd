--- The runtime libraries of clang itself: builtins, sanitizers, profiles.
--
-- Only address, memory, thread, leak and undefined, and those linked
-- statically, as clang does unless -shared-libsan asks otherwise.

local runtimes = {}

local Runtimes = {}
Runtimes.__index = Runtimes


function runtimes.of(at, disk)
  return setmetatable({ at = at, disk = disk }, Runtimes)
end


-- In lib/linux by architecture, or in a folder of the target's.
function Runtimes:path(name, suffix)
  local at, top = self.at, (self.at.resources or "?") .. "/lib/"
  local first = ("%slinux/%s-%s%s"):format(top, name, at.arch, suffix)
  local triple = at.triple:gsub("%-linux", "-pc-linux")
  for _, folder in ipairs { triple, at.triple,
                            (at.triple:gsub("%-linux", "-unknown-linux")) } do
    local path = ("%s%s/%s%s"):format(top, folder, name, suffix)
    if self.disk.is_file(path) then return path end
  end
  return first
end

-- GCC's takes the place of one that is not there: nil then.
function Runtimes:object(name)
  local path = self:path("clang_rt." .. name, ".o")
  return self.disk.is_file(path) and path or nil
end

function Runtimes:builtins()
  return self:path("libclang_rt.builtins", ".a")
end

function Runtimes:library(name)
  return self:path("libclang_rt." .. name, ".a")
end


local known = { address = "asan", memory = "msan", thread = "tsan",
                leak = "lsan", undefined = "ubsan_standalone" }


-- Which are on; or nil and a sentence.
local function chosen(line)
  local on = {}
  for _, switch in ipairs(line.switches) do
    local off, list = switch.text:match "^f(n?o?%-?)sanitize=(.*)$"
    for name in (list or ""):gmatch "[^,]+" do
      if not known[name] then
        return nil, ("what clang links for the sanitizer %s is not known"
                     ):format(name)
      end
      on[name] = off ~= "no-" or nil
    end
    if switch.text:find "^fsanitize%-minimal"
       or switch.text:find "^fsanitize%-trap" or switch.text:find "libsan$" then
      on.otherwise = switch.text
    end
  end
  if next(on) and on.otherwise then
    return nil, ("what clang links with -%s is not known"):format(on.otherwise)
  end
  return on
end


local function whole(line, name, exports)
  local path = line.runtimes:library(name)
  line:push_all("--whole-archive", path, "--no-whole-archive")
  if not exports then return end
  if line.runtimes.disk.is_file(path .. ".syms") then
    line:push("--dynamic-list=" .. path .. ".syms")
  else line:push "--export-dynamic" end
end


--- The sanitizers' libraries; true if there are any that want others.  Or nil
--- and a sentence.
function runtimes.sanitizers(line)
  local on, why = chosen(line)
  if not on then return nil, why end
  if line:last("nostdlib", "nodefaultlibs", "r") and next(on) then
    return nil, "what clang links of sanitizers without its libraries is not "
                .. "known"
  end
  if on.address then whole(line, "asan_static", false) end
  if line:last "shared" then return false end
  -- the undefined one is in each of the others
  local any = false
  for _, name in ipairs { "address", "memory", "thread", "leak",
                          "undefined" } do
    if on[name] and not (any and (name == "undefined" or name == "leak")) then
      whole(line, known[name], true)
      if line.cxx and name ~= "leak" then
        whole(line, known[name] .. "_cxx", true)
      end
      any = true
    end
  end
  return any
end


--- What counts how often code runs.
function runtimes.profile(line)
  local uses = line:last("coverage", "fprofile-arcs")
  for _, switch in ipairs(line.switches) do
    if switch.text:find "^fprofile%-instr%-generate"
       or switch.text:find "^fprofile%-generate" then
      line:push "-u__llvm_profile_runtime"
      uses = true
      break
    end
  end
  if uses then line:push(line.runtimes:library "profile") end
end


--- OpenMP's; true if there is any.
function runtimes.openmp(line)
  for i = #line.switches, 1, -1 do
    local text = line.switches[i].text
    if text == "fno-openmp" then return false end
    local name = text == "fopenmp" and "libomp" or text:match "^fopenmp=(.*)$"
    if name then
      local library = ({ libomp = "-lomp", libgomp = "-lgomp",
                         libiomp5 = "-liomp5" })[name]
      if not library then return false end
      line:push(library)
      if name == "libgomp" then line:push "-lrt" end
      line:push("-L" .. line.at.root .. "/lib")
      return true
    end
  end
  return false
end

return runtimes
