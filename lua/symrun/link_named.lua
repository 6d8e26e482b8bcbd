--- Libraries that objects name themselves: ".deplibs" of ELF, which lld alone
--- follows, ".drectve" of Windows, LC_LINKER_OPTION of Apple's systems.
--
-- They come behind all of the line, and only of objects that are linked.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"

local named = {}

local ROUNDS = 32           -- of libraries whose objects name libraries
local LINKER_OPTION = 0x2d  -- LC_LINKER_OPTION, <mach-o/loader.h>


local function has(link, pattern)
  for part in link.words:parts() do
    if part:text():lower():find(pattern) then return true end
  end
  return false
end


-- == what objects say ========================================================

local function section(unit, name)
  local ok, list = pcall(function ()
    return (unit.member or unit.file):section_bytes(name)
  end)
  return ok and table.concat(list) or ""
end


local function of_elf(out, unit)
  for name in section(unit, ".deplibs"):gmatch "[^%z]+" do
    out[#out + 1] = { library = name }
  end
end


local function of_coff(out, unit, link)
  local text = section(unit, ".drectve"):gsub("^\xef\xbb\xbf", "")
  for word in text:gsub("%z", " "):gmatch "%S+" do
    local option, value = word:match "^[-/]([%a]+):(.+)$"
    option, value = (option or ""):lower(), (value or ""):gsub('"', "")
    if option == "defaultlib" then
      if not has(link, "^[-/]nodefaultlib$")
         and not has(link, "^[-/]nodefaultlib:" .. value:lower():gsub("%p",
                                                                     "%%%0")
                            :gsub("%%%.lib$", "")) then
        out[#out + 1] = { library = value }
      end
    elseif option == "include" then
      out[#out + 1] = { want = value }
    elseif option == "alternatename" then
      out[#out + 1] = { other = word, name = value:match "^[^=]*" }
    end
  end
end


-- The options of one Mach-O file, little-endian.
local function options(out, text)
  local magic = #text >= 32 and ("<I4"):unpack(text) or 0
  if magic ~= 0xfeedfacf and magic ~= 0xfeedface then return end
  local count = ("<I4"):unpack(text, 17)
  local at = magic == 0xfeedfacf and 33 or 29
  for _ = 1, count do
    if at + 12 > #text then return end
    local command, size = ("<I4I4"):unpack(text, at)
    if size < 8 then return end
    if command == LINKER_OPTION then
      local words = {}
      for word in text:sub(at + 12, at + size - 1):gmatch "[^%z]+" do
        words[#words + 1] = word
      end
      local name = words[1] and words[1]:match "^%-l(.+)"
      out[#out + 1] = name and { library = name }
                      or { other = table.concat(words, " ") }
    end
    at = at + size
  end
end


-- Of an archive, all members: which of them a linker takes, it asks later.
local function of_macho(out, unit, link)
  local text = inputs.text(link, inputs.path(unit.file)) or ""
  if text:sub(1, 8) ~= "!<arch>\n" then return options(out, text) end
  local at = 9
  while at + 60 <= #text + 1 do
    local size = tonumber(text:sub(at + 48, at + 57))
    if not size or size < 0 then return end
    local skip = tonumber(text:match("^#1/(%d+)", at)) or 0
    options(out, text:sub(at + 60 + skip, at + 59 + size))
    at = at + 60 + size + size % 2
  end
end


-- == what becomes of it ======================================================

local readers = { gnu = of_elf, msvc = of_coff, apple = of_macho }

local function doubt(all, text)
  for _, each in ipairs(all.doubts) do
    if each == text then return end
  end
  all.doubts[#all.doubts + 1] = text
end


-- A library that is there becomes an input; false, or why it does not.
local function take(all, name, sure)
  local found
  local function try(path)
    local file = all.search:open(path)
    local format = file and file:format()
    if file and format ~= "script" and format ~= "other" then
      found = { file = file, word = path, by = "object" }
    end
    return file ~= nil
  end
  local why = all.search:library(name, false, try)
  for _, folder in ipairs(found and {} or all.search.folders) do
    if not found then try(folder .. "/" .. name) end
  end
  if not found then try(name) end
  if not found then return why or "it is a script" end
  if not sure then return "linkers differ on whether it is linked" end
  all.entries[#all.entries + 1] = found
  all.inputs[#all.inputs + 1] = found
  return false
end


local function follow(all, one, unit, sure)
  local shown = core.printable(inputs.path(unit.file))
  if one.want then
    table.insert(all.roots.undefined, one.want)
  elseif one.library then
    local why = take(all, one.library, sure)
    if why then
      doubt(all, ("the library %s, which %s names, is not looked at: %s")
                 :format(core.printable(one.library), shown, why))
    end
  else
    doubt(all, ("%s asks for %s, which is not followed"):format(shown,
                (one.other:gsub("%S+", core.printable))))
  end
end


--- Add to a link, resolved so far, what its objects name; view(linker) resolves
--- it anew.
function named.add(link, all, view)
  local reader = readers[link.dialect]
  local linker, sure = all.linkers[1], true
  if link.dialect == "gnu" then
    linker = nil
    for _, each in ipairs(all.linkers) do
      if each:find "^lld" then linker = linker or each else sure = false end
    end
  end
  if not reader or not linker or link.given.files
     or has(link, "%-no%-dependent%-libraries$") then return end
  local seen, known = {}, {}
  for _ = 1, ROUNDS do
    local more = false
    for _, unit in ipairs(view(linker):linked()) do
      local key = unit.file and (inputs.path(unit.file) .. "\0"
                  .. (unit.member and unit.member:index() or 0))
      if key and not unit.library and not seen[key] then
        local out = {}
        seen[key] = true
        reader(out, unit, link)
        for _, one in ipairs(out) do
          local word = one.want or one.library or one.other
          if not known[word] then
            known[word], more = true, true
            follow(all, one, unit, sure)
          end
        end
      end
    end
    if not more then return end
  end
  doubt(all, "objects name libraries whose objects name libraries, without end")
end

return named
