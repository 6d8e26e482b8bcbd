--- Apple's .tbd stubs: what a dynamic library exports, as a text.
--
-- A stub is for several targets at once, and each is told as if it had a file
-- of its own.  What linkers find in a stub is more than its own list: a library
-- that it re-exports may stand in the same file, as a further document, and is
-- then taken from there.  One that stands elsewhere is only named.
--
-- Layout: TextStub.cpp and TextStubV5.cpp of LLVM's TextAPI, which ld64.lld
-- reads; a key that these do not know makes a stub of lines unreadable, and is
-- skipped in one of JSON.

local from_json = require "symrun.script_tbd_json"
local from_lines = require "symrun.script_tbd_lines"
local text = require "symrun.script_text"
local yaml = require "symrun.script_yaml"

local tbd = {}

local MOST_TARGETS = 64  -- a bit for each


-- == targets =================================================================

local machines = {  -- name, bits, whether it signs pointers
  i386 = { "x86", 32 }, x86_64 = { "x86_64", 64 }, x86_64h = { "x86_64", 64 },
  arm64 = { "aarch64", 64 }, arm64e = { "aarch64", 64, "arm64e" },
  arm64_32 = { "aarch64", 32 }, ppc = { "powerpc", 32 },
  ppc64 = { "powerpc64", 64 },
}

local systems = {
  macos = { "macos" }, ios = { "ios" }, tvos = { "tvos" },
  watchos = { "watchos" }, bridgeos = { "bridgeos" }, xros = { "visionos" },
  driverkit = { "driverkit" }, maccatalyst = { "ios", "macabi" },
  ["ios-simulator"] = { "ios", "sim" }, ["tvos-simulator"] = { "tvos", "sim" },
  ["watchos-simulator"] = { "watchos", "sim" },
  ["xros-simulator"] = { "visionos", "sim" },
}


local function tell_target(target, bit, hear)
  local arch, platform = target:match "^([%w_]+)%-(.+)$"
  local machine = machines[arch] or arch:find "^armv" and { "arm", 32 }
  local system = systems[platform]
  hear("machine", bit, machine and machine[1] or "macho-" .. arch)
  if machine then
    hear("bits", bit, tostring(machine[2]))
    hear("endian", bit, arch:find "^ppc" and "big" or "little")
  end
  if system then hear("os", bit, system[1]) end
  local abi = machine and machine[3] or system and system[2]
  if abi then hear("abi", bit, abi) end
end


-- The targets of a list as bits; those that the file is not for have none.
local function bits_of(object, list)
  if not list then return object.every end
  local bits = 0
  for _, target in ipairs(list) do
    bits = bits | (object.bits[target] or 0)
  end
  return bits
end


local function take_targets(object, library)
  object.bits, object.every, object.old = {}, 0, 0
  local count = 0
  for _, target in ipairs(library.targets) do
    if not object.bits[target] then
      if count == MOST_TARGETS then
        text.unknown(object, library.at, "there are more than %d targets",
                     MOST_TARGETS)
      end
      local bit = 1 << count
      object.bits[target], count = bit, count + 1
      object.every = object.every | bit
      if target == "i386-macos" then object.old = bit end
      object.hear("target", bit, target)
      tell_target(target, bit, object.hear)
    end
  end
  if count == 0 then
    text.fail(object, library.at, "the stub is for no target")
  end
end


-- == symbols =================================================================

-- Of what is there twice, linkers take the first, and what is exported before
-- what is wanted.
local function teller(object, kinds, letter)
  local known = object.known
  return function (kind, bits, name)
    local new = bits & ~(known[name] or 0)
    if new == 0 then return end
    known[name] = (known[name] or 0) | new
    local its = kind == "weak" and kinds.weak_letter or kinds.letter or letter
    local some = not kinds.letter and new & (object.sometimes[name] or 0) or 0
    if some ~= 0 then object.hear("sometimes", some, name, its) end
    if new ~= some then object.hear(kinds[kind], new & ~some, name, its) end
  end
end

local exports = { plain = "export", weak = "weak", tls = "thread-local",
                  directive = "directive", weak_letter = "W" }
local wants = { plain = "want", weak = "weak-want", tls = "want",
                directive = "want", letter = "U", weak_letter = "w" }


-- Words to linkers stand among the symbols.  "$ld$hide$os10.4$_f" hides "_f" in
-- links for that version of the system, and "$ld$add" adds it.
local function is_directive(name) return name:sub(1, 4) == "$ld$" end

local function find_hidden(object, library, bits)
  for _, section in ipairs(library.sections) do
    local theirs = bits & bits_of(object, section.targets)
    for _, name in ipairs(not section.wanted and section.symbols or {}) do
      local symbol = is_directive(name)
                     and name:match "^%$ld%$hide%$[^$]*%$(.+)"
      if symbol then
        object.sometimes[symbol] = (object.sometimes[symbol] or 0) | theirs
      end
    end
  end
end


local function tell_directive(object, tell, bits, name)
  local added = name:match "^%$ld%$add%$[^$]*%$(.+)"
  tell("directive", bits, name)
  if added then object.hear("added", bits, added) end
end


-- Before 64 bits, macOS had other names for classes.
local function tell_class(object, tell, bits, name)
  local old = bits & object.old
  if old ~= 0 then tell("plain", old, ".objc_class_name_" .. name) end
  if bits ~= old then
    tell("plain", bits & ~old, "_OBJC_CLASS_$_" .. name)
    tell("plain", bits & ~old, "_OBJC_METACLASS_$_" .. name)
  end
end


local function tell_section(object, section, bits)
  bits = bits & bits_of(object, section.targets)
  if bits == 0 then return end
  local tell = teller(object, section.wanted and wants or exports,
                      section.letter or "S")
  for _, name in ipairs(section.symbols or {}) do
    if is_directive(name) then tell_directive(object, tell, bits, name)
    else tell("plain", bits, name) end
  end
  for _, name in ipairs(section.classes or {}) do
    tell_class(object, tell, bits, name)
  end
  for _, name in ipairs(section.eh_types or {}) do
    tell("plain", bits, "_OBJC_EHTYPE_$_" .. name)
  end
  for _, name in ipairs(section.ivars or {}) do
    tell("plain", bits, "_OBJC_IVAR_$_" .. name)
  end
  for _, name in ipairs(section.weak or {}) do tell("weak", bits, name) end
  for _, name in ipairs(section.tls or {}) do tell("tls", bits, name) end
end


-- == libraries ===============================================================

-- Those of the file by their names: a list of { library, bits }, for several
-- may share a name, and of those for one target the first counts.  So no name
-- has more of them than there are targets.
local function by_name(object, libraries)
  local out = {}
  for _, library in ipairs(libraries) do
    local its = out[library.name] or { every = 0, asked = 0 }
    local bits = bits_of(object, library.targets) & ~its.every
    out[library.name] = its
    if bits ~= 0 then its[#its + 1] = { library, bits } end
    its.every = its.every | bits
  end
  return out
end


-- A library that another re-exports: to the list of what is to be told, once
-- for each target.
local function reexport(object, named, name, bits, list)
  local its = named[name] or { every = 0, asked = 0 }
  named[name] = its
  bits = bits & ~its.asked
  its.asked = its.asked | bits
  for _, inner in ipairs(bits ~= 0 and its or {}) do
    local for_it = bits & inner[2]
    if for_it ~= 0 then list[#list + 1] = { inner[1], for_it } end
  end
  local left = bits & ~its.every
  if left ~= 0 then object.hear("elsewhere", left, name) end
end


-- What a library brings for some targets, once, and what it re-exports.
local function tell_library(object, named, library, bits, list)
  bits = bits & bits_of(object, library.targets) & ~(library.told or 0)
  if bits == 0 then return end
  library.told = (library.told or 0) | bits
  find_hidden(object, library, bits)
  for _, section in ipairs(library.sections) do
    if not section.wanted then tell_section(object, section, bits) end
  end
  for _, part in ipairs(library.reexports) do
    local theirs = bits & bits_of(object, part.targets)
    for _, name in ipairs(theirs ~= 0 and part.names or {}) do
      reexport(object, named, name, theirs, list)
    end
  end
end


local function tell_facts(object, library)
  local hear, every = object.hear, object.every
  hear("soname", every, library.name)
  for _, part in ipairs(library.reexports) do
    for _, name in ipairs(part.names) do
      hear("reexport", bits_of(object, part.targets), name)
    end
  end
  if library.rpaths then hear("has-rpaths", every, "") end
  for _, part in ipairs(library.rpaths or {}) do
    for _, path in ipairs(part.names) do
      hear("rpath", bits_of(object, part.targets), path)
    end
  end
  for _, one in ipairs(library.uuids or {}) do
    for target, bit in pairs(object.bits) do
      if target == one.target or target:match "^[^-]*" == one.target then
        hear("uuid", bit, (one.value:gsub("-", ""):lower()))
      end
    end
  end
end


--- Read a stub and tell hear(kind, targets, word, letter) what is in it; the
--- object is { text=, name= }.
function tbd.read(object, hear)
  local libraries = object.text:find "^%s*{"
                    and from_json(object, yaml.json(object))
                    or from_lines(object, yaml.documents(object))
  local main, list = libraries[1], {}
  object.hear, object.known, object.sometimes = hear, {}, {}
  take_targets(object, main)
  local named = by_name(object, libraries)
  tell_facts(object, main)
  list[1] = { main, object.every }
  local i = 1
  while list[i] do
    tell_library(object, named, list[i][1], list[i][2], list)
    i = i + 1
  end
  for _, section in ipairs(main.sections) do
    if section.wanted then tell_section(object, section, object.every) end
  end
end

return tbd
