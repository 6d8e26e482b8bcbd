--- Which program a linker is, and the folders that it searches unasked.
--
-- BFD has them in its built-in scripts, one set for each emulation, as text in
-- the program; gold has two; lld and mold have none.

local core = require "symrun.core"
local machine = require "symrun.machine"

local places = {}


--- "bfd", "gold", "lld" or "mold" by the path of a program; or nil.
function places.kind(real)
  local name = real:match "[^/]*$":gsub("%-[%d.]+$", "")
  if name:find "ld%.bfd$" then return "bfd" end
  if name:find "gold$" then return "gold" end
  if name == "lld" or name:find "ld%.lld$" or name == "rust-lld" then
    return "lld"
  end
  if name:find "mold$" then return "mold" end
  -- not every distribution has a link to say which
  if name:find "%f[%w]ld$" then
    local text = machine.text(real) or ""
    if text:find('SEARCH_DIR("', 1, true)
       and text:find("GNU ld", 1, true) then return "bfd" end
  end
end


-- OUTPUT_FORMAT of the built-in scripts by emulation.
local formats = {
  elf_x86_64 = "elf64-x86-64", elf32_x86_64 = "elf32-x86-64",
  elf_i386 = "elf32-i386", aarch64linux = "elf64-littleaarch64",
  aarch64elf = "elf64-littleaarch64", armelf_linux_eabi = "elf32-littlearm",
  elf64lriscv = "elf64-littleriscv", elf64lppc = "elf64-powerpcle",
  elf64_s390 = "elf64-s390", elf64loongarch = "elf64-loongarch",
  i386pep = "pei-x86-64", i386pe = "pei-i386",
}

-- That of a program that is told none: by the beginning of its name, or by
-- what it is made for itself, e_machine.
local by_name = {
  ["x86_64-linux-gnu"] = "elf_x86_64", ["i686-linux-gnu"] = "elf_i386",
  ["aarch64-linux-gnu"] = "aarch64linux",
  ["arm-linux-gnueabihf"] = "armelf_linux_eabi",
  ["riscv64-linux-gnu"] = "elf64lriscv",
  ["powerpc64le-linux-gnu"] = "elf64lppc",
  ["s390x-linux-gnu"] = "elf64_s390",
  ["x86_64-w64-mingw32"] = "i386pep", ["i686-w64-mingw32"] = "i386pe",
}
local by_machine = { [62] = "elf_x86_64", [3] = "elf_i386",
                     [183] = "aarch64linux", [243] = "elf64lriscv" }


--- The emulation that a linker has by itself, or nil.
function places.emulation(real)
  local prefix = real:match "([^/]*)%-ld[^/]*$"
  if prefix then return by_name[prefix] end
  local head = machine.head(real, 20)
  if not head or #head < 20 or head:sub(1, 4) ~= "\127ELF" then return nil end
  return by_machine[string.unpack("<I2", head, 19)]
end


-- The folders of the script that stands for an emulation.
local function of_bfd(real, emulation)
  local format = formats[emulation]
  local text = format and machine.text(real)
  if not text then return nil end
  local at = 1
  while true do
    local _, last, named = text:find('OUTPUT_FORMAT%(%s*"?([%w-]+)"?[^)]*%)',
                                     at)
    if not last then return nil end
    at = last + 1
    if named == format then
      local script = text:match("^[^\0]*", at)
      local out = {}
      for folder in script:gmatch 'SEARCH_DIR%(%s*"?([^")]*)"?%s*%)' do
        out[#out + 1] = folder
      end
      if #out > 0 then return out end
    end
  end
end


--- The folders that a linker searches behind those of the line; "=" before one
--- is the system's root.  Or nil and a sentence.
function places.folders(kind, real, emulation)
  if kind == "lld" or kind == "mold" then return {} end
  if kind == "gold" then return { "=/lib", "=/usr/lib" } end
  local out = kind == "bfd" and real
              and of_bfd(real, emulation or places.emulation(real))
  if out then return out end
  return nil, ("the folders in which %s looks by itself are not known"):format(
    core.printable(real or "the linker"))
end


-- e_machine and class of what an emulation links.
local makes = {
  elf_x86_64 = { 62, 2 }, elf32_x86_64 = { 62, 1 }, elf_i386 = { 3, 1 },
  aarch64linux = { 183, 2 }, aarch64elf = { 183, 2 },
  armelf_linux_eabi = { 40, 1 }, elf64lriscv = { 243, 2 },
  elf64lppc = { 21, 2 }, elf64_s390 = { 22, 2 }, elf64loongarch = { 258, 2 },
}

local ENOUGH = 65536  -- of an archive, to meet its first object

--- Is a file made for something else, so that a linker that looks for -l goes
--- on to the next folder?
function places.is_foreign(path, emulation)
  local own = makes[emulation]
  local head = own and machine.head(path, ENOUGH)
  local named = head and not head:find "^[\127!]"
                and head:match "OUTPUT_FORMAT%(%s*\"?([%w-]+)"
  if named then return named ~= formats[emulation] end
  local at = head and (head:sub(1, 4) == "\127ELF" and 1
                       or head:sub(1, 8) == "!<arch>\n"
                          and head:find("\n\127ELF", 1, true))
  if not at then return false end
  if at > 1 then at = at + 1 end
  if #head < at + 20 then return false end
  local order = head:byte(at + 5) == 2 and ">I2" or "<I2"
  return string.unpack(order, head, at + 18) ~= own[1]
         or head:byte(at + 4) ~= own[2]
end

return places
