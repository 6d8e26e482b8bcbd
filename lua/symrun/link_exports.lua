--- What a line lets out of what it makes, if it is defined there and its object
--- does not hide it: scripts, lists and options, each linker in its own way.
--
-- Each function gives true, false, or nil and a sentence.

local core = require "symrun.core"
local say = require "symrun.link_say"
local unsure = require "symrun.link_doubt"
local what = require "symrun.link_what"

local exports = {}


-- Names of C have a '_' before them.
local function in_macho(link, name)
  local linker = what.linker(link.words)
  name = "_" .. name
  for part in link.words:role "unexport" do
    if part:name() == "-no_exported_symbols" then return false end
  end
  local options = { linker = linker }
  local listed, why = say.texts(link, "export-list", name, options)
  if listed == nil then return nil, why end
  local lists
  lists, why = say.values(link, "export")
  if not lists then return nil, why end
  for _, part in ipairs(lists) do
    if listed ~= true then listed = core.match(part:value(), name) end
  end
  local shown
  shown, why = say.texts(link, "unexport-list", name, options)
  if shown == nil then return nil, why end
  lists, why = say.values(link, "unexport")
  if not lists then return nil, why end
  for _, part in ipairs(lists) do
    if core.match(part:value(), name) then shown = false end
  end
  if shown ~= "none" and listed ~= "none" then
    if not shown or not listed then return false end
    return nil, "there are lists of what is exported, and of what is not"
  end
  if listed ~= "none" then return listed end
  return shown ~= false
end


-- An object may say itself that its names are exported.
local function in_pe(link, name)
  local list, why = say.values(link, "export")
  if not list then return nil, why end
  for _, part in ipairs(list) do
    if (part:value() or ""):match "^[^=,]*" == name then return true end
  end
  local yes
  yes, why = say.texts(link, "def", name, { linker = what.linker(link.words) })
  if yes == true then return true end
  if yes == nil then return nil, why end
  return nil, ("whether an object exports %s itself is not read by this "
               .. "version"):format(core.printable(name))
end


local function in_wasm(link, name, makes)
  local list, why = say.values(link, "export")
  if not list then return nil, why end
  for _, part in ipairs(list) do
    if part:value() == name then return true end
  end
  list, why = say.values(link, "export-all")
  if not list then return nil, why end
  if #list > 0 or makes == "library" then return true end
  return nil, ("whether an object exports %s itself is not read by this "
               .. "version"):format(core.printable(name))
end


local by = { gnu = require "symrun.link_exports_elf".asked, apple = in_macho,
             msvc = in_pe, wasm = in_wasm }

--- Does the line export a name?
function exports.asked(link, name)
  local known, why = link.words:sure "export"
  if not known then return nil, why end
  local makes
  makes, why = what.makes(link.words)
  if not makes then return nil, why end
  if makes == "object" then
    return nil, "an object file exports nothing; what is made of it will"
  end
  return by[link.dialect](link, name, makes)
end


local methods = {}
exports.methods = methods

--- "executable", "library" or "object".
function methods:makes()
  local makes, why = what.makes(self.words)
  return makes or unsure(why)
end


--- If a name is defined in what is linked, and not hidden there: does what the
--- line makes export it?
function methods:exports(name)
  if type(name) ~= "string" then
    name = type(name) == "userdata" and name:text()
           or error("a name is expected, not a " .. type(name), 2)
  end
  local yes, why = exports.asked(self, name)
  if yes == nil then unsure(why) end
  return yes
end


-- Of both kinds together; nothing else defines what is linked.
local function shown(link, glob)
  local out
  for _, kind in ipairs { "object", "archive" } do
    for _, file in ipairs(link:files(kind)) do
      local names = file:exported(glob)
      out = out and out + names or names
    end
  end
  return out or core.tree(true):exported(glob)  -- the empty set
end


--- The names that its objects and archives define, and do not hide.  Whether an
--- archive's member is linked at all is not asked.
function methods:offered(glob) return shown(self, glob) end


--- Of these, the ones that the line exports.
function methods:exported(glob)
  local out, kept = shown(self, glob), {}
  for name in out:each() do
    local text = name:text()
    local yes, why = exports.asked(self, text)
    if yes == nil then unsure(why) end
    if not yes then kept[text] = true end
  end
  return core.without(out, kept)
end

return exports
