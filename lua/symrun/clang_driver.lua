--- What a clang driver hands to an ELF linker for a line on Linux, as
--- tools::gnutools::Linker::ConstructJob of clang's Gnu.cpp puts it together.
---
--- Unlike GCC's it is in no text that could be read: what is not known here, a
--- version before 14, another target, a configuration file, is a sentence.

local core = require "symrun.core"
local gcc = require "symrun.gcc_driver"
local places = require "symrun.clang_places"
local runtimes = require "symrun.clang_runtimes"

local driver = {}

local OLDEST, NEWEST = 14, 21  -- that lay a line out so


-- == options =================================================================

local Line = {}
Line.__index = Line

-- The last of some options, dead ones left out: its name.
function Line:last(...)
  for i = #self.switches, 1, -1 do
    for _, name in ipairs { ... } do
      if self.switches[i].text:gsub("^%-", "") == name then return name end
    end
  end
end


-- The value of "-x=v", the last.
function Line:value(name)
  for i = #self.switches, 1, -1 do
    local value = self.switches[i].text:match("^%-?" .. name .. "=(.*)$")
    if value then return value end
  end
end


function Line:push(word, part) self.out[#self.out + 1] = { word = word,
                                                           part = part } end

function Line:push_all(...)
  for _, word in ipairs { ... } do self:push(word) end
end


-- The options that do something, or that are spelled so, as they stand.
function Line:hand_on(role, text)
  for _, switch in ipairs(self.switches) do
    if switch.part:role() == role or switch.text == text then
      self:push("-" .. switch.text, switch.part)
      for _, value in ipairs(switch.values) do self:push(value, switch.part) end
    end
  end
end


-- Options that change what is linked in ways that are not read here.
local strange = {
  "^fxray", "^%-?config", "^target", "^%-target=", "^%-gcc%-", "^specs",
  "^fsanitize%-link", "^fno%-sanitize%-link", "^nogpulib", "^%-offload",
  "^%-cuda", "^%-hip", "^fveclib=", "^m16$", "^mx32$", "^m32$", "^static%-open",
  "^fuse%-cuid", "^fsycl", "^%-driver%-mode", "^ccc%-", "^resource%-dir",
  "^%-?unwindlib=", "^fmemory%-profile", "^fcs%-profile", "^%-dyld", "^Z",
  "^fms%-", "^gcc%-toolchain", "^%-stdlib%+%+",
}

local function refuse(line)
  for _, switch in ipairs(line.switches) do
    for _, pattern in ipairs(strange) do
      if switch.text:find(pattern)
         and not (switch.text:find "unwindlib=libgcc$"
                  or switch.text:find "unwindlib=none$") then
        return ("what clang links with -%s is not known"):format(
          core.printable(switch.text))
      end
    end
  end
end


-- == pieces ==================================================================

local function begin(line)
  local kind = line.kind
  if line.sysroot then line:push("--sysroot=" .. line.sysroot) end
  local late = line.at.version >= 17
  if late then
    if line:last "s" then line:push "-s" end
    line:push_all("-m", line.at.emulation)
  end
  if kind.static_pie then
    line:push_all("-static", "-pie", "--no-dynamic-linker", "-z", "text")
  elseif kind.pie then line:push "-pie" end
  if line:last "rdynamic" then line:push "-export-dynamic" end
  if not late then
    if line:last "s" then line:push "-s" end
    line:push_all("-m", line.at.emulation)
  end
  if line:last "shared" then line:push "-shared"
  elseif line:last "static" then line:push "-static" end
  line:hand_on "output"
end


-- What runs first, and last.
local function start_files(line)
  local kind = line.kind
  if line:last("nostdlib", "nostartfiles", "r") then return end
  if not line:last "shared" then
    line:push(line:find(line:last("pg", "p") and "gcrt1.o"
                        or kind.pie and "Scrt1.o"
                        or kind.static_pie and "rcrt1.o" or "crt1.o"))
  end
  line:push(line:find "crti.o")
  line:push(line.rt and line.runtimes:object "crtbegin"
            or line:find(line:last "static" and "crtbeginT.o"
                         or (line:last "shared" or kind.pie or kind.static_pie)
                            and "crtbeginS.o" or "crtbegin.o"))
  if line:last("Ofast", "ffast-math", "funsafe-math-optimizations") then
    local found = line:find "crtfastmath.o"
    if found:find "/" then line:push(found) end
  end
end


local function end_files(line)
  local kind = line.kind
  if line:last("nostdlib", "nostartfiles", "r") then return end
  line:push(line.rt and line.runtimes:object "crtend"
            or line:find((line:last "shared" or kind.pie or kind.static_pie)
                         and "crtendS.o" or "crtend.o"))
  line:push(line:find "crtn.o")
end


-- -lgcc, or what is in its place.
local function support(line)
  local static = line:last("static", "static-libgcc", "static-pie")
  local shared = not static and (line:last "shared-libgcc" or line.cxx)
  local unwinds = line:value "unwindlib" ~= "none"
  if line.rt then line:push(line.runtimes:builtins())
  elseif not shared then line:push "-lgcc" end
  if unwinds then
    if static then line:push "-lgcc_eh"
    elseif shared then line:push "-lgcc_s"
    else line:push_all("--as-needed", "-lgcc_s", "--no-as-needed") end
  end
  if shared and not line.rt then line:push "-lgcc" end
end


local function cxx_library(line)
  return line:value "stdlib" == "libc++" and "-lc++" or "-lstdc++"
end


local function libraries(line)
  local none = line:last("nostdlib", "nodefaultlibs", "r")
  if line.cxx and not none then
    local own = line:last "static-libstdc++" and not line:last "static"
    if not line:last "nostdlib++" then
      if own then line:push "-Bstatic" end
      line:push(cxx_library(line))
      if own then line:push "-Bdynamic" end
    end
    line:push "-lm"
  end
  if none then return end
  local group = line.kind.static_pie or line:last "static"
  if group then line:push "--start-group" end
  if line.sanitized then
    line:push_all("--no-as-needed", "-lpthread", "-lrt", "-lm", "-ldl")
    if line.at.version >= 16 then line:push "-lresolv" end
  end
  local openmp = runtimes.openmp(line)
  support(line)
  if line:last("pthread", "pthreads") or openmp then line:push "-lpthread" end
  if line:last "fsplit-stack" then line:push "--wrap=pthread_create" end
  if not line:last "nolibc" then line:push "-lc" end
  if group then line:push "--end-group" else support(line) end
end


-- Inputs, and what stands among them for the linker.
local function inputs(line)
  for _, one in ipairs(line.infiles) do
    if one.word == "-lstdc++" and one.part:of_driver() then
      line:push(cxx_library(line), one.part)
    else line.out[#line.out + 1] = one end
  end
end


-- == all of it ===============================================================

local function kind_of(line)
  local kind = { static_pie = line:last "static-pie" ~= nil }
  local last = line:last("pie", "no-pie", "nopie")
  kind.pie = not (line:last("shared", "static", "r") or kind.static_pie)
             and last ~= "no-pie" and last ~= "nopie"
  return kind
end


--- As gcc_driver has it.  `real`: the program without links.
function driver.words(link, real, disk, doubt)
  local switches, infiles = gcc.sort_parts(link, doubt)
  local line = setmetatable({ switches = switches, infiles = infiles,
                              out = {} }, Line)
  local why = refuse(line)
  if why then return nil, why end
  local typed = (link.words:words()[1] or ""):match "[^/]*$"
  line.cxx = (typed .. real):find("++", 1, true) ~= nil
  line.sysroot, line.prefixes = line:value "sysroot", {}
  for part in link.words:role "ld-folder" do
    line.prefixes[#line.prefixes + 1] = part:value()
  end
  line.at, why = places.find(line, real, disk)
  if not line.at then return nil, why end
  if line.at.version < OLDEST or line.at.version > NEWEST then
    return nil, ("what clang %d adds to a line is not known"):format(
      line.at.version)
  end
  line.kind = kind_of(line)
  line.rt = (line:value "rtlib" or line:value "%-rtlib") == "compiler-rt"
  line.runtimes = runtimes.of(line.at, disk)
  function line:find(name)
    for _, prefix in ipairs(self.prefixes) do
      for _, path in ipairs { prefix .. "/" .. name, prefix .. name } do
        if disk.is_file(path) then return path end
      end
    end
    return places.file(self.at, name, disk)
  end
  begin(line)
  start_files(line)
  line:hand_on "folder"
  line:hand_on "undefined"
  for _, folder in ipairs(line.at.folders) do line:push("-L" .. folder) end
  line:hand_on "entry"
  line:hand_on "z"
  line:hand_on("relocatable", "r")
  line.sanitized, why = runtimes.sanitizers(line)
  if why then return nil, why end
  inputs(line)
  runtimes.profile(line)
  libraries(line)
  end_files(line)
  line:hand_on "script"
  return line.out, line.at
end

return driver
