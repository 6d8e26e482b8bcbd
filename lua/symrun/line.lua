--- A link line as rules see it: what it makes, what it links, in which order.
--
-- The words are understood in C (symrun.core, `line`); here the inputs become
-- files, and questions get their answers.  What cannot be told (an option that
-- nobody knows and that may take the next word, a response file that is not
-- there, a word that is no file) makes the answer unknown for the rule that
-- asks for it, never "none".

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local slices = require "symrun.link_slices"
local unsure = require "symrun.link_doubt"

local line = {}

local Line = {}
Line.__index = Line


--- Read the words of a line, the program first.  `open(tree, word)` adds the
--- file that a word names, if there is one; without it, the real one.  `given`
--- is as for core.line: flavour, and files that need not be on disk, or where
--- they are now; `several`: links of other folders are looked at, too.
function line.new(words, open, given)
  local parsed = core.line(words, given)
  local link = setmetatable({
    words = parsed, given = given or {}, open = open or core.add,
    tree = core.tree(true),
    from = {}, names = {},  -- of each file: the part it came from, its word
    sources = {},  -- words that name what is compiled and linked at once
    folders = {}, elsewhere = {}, damage = {}, asked = {},
  }, Line)
  local flavour
  flavour, link.dialect, link.driver = parsed:flavour()
  if flavour == "unknown" then
    local _, why = parsed:sure()
    inputs.strange(link, why)
  end
  for part in parsed:role "folder" do
    link.folders[#link.folders + 1] = part:value()
  end
  for part in parsed:parts() do inputs.take(link, part) end
  return link
end


function Line:__tostring()
  return "the link of " .. core.printable(self.words:output() or "a.out")
end


--- Why the line cannot be linked at all, whatever rules ask of it: an option
--- without its value, a response file, an input or a library that is not there.
--- Nil if it can.
function Line:broken()
  inputs.look(self)
  return self.damage[1]
end


-- == what rules see ==========================================================

-- The inputs of a kind, in the line's order; unknown if that cannot be told.  A
-- source that is compiled and linked at once is an input, which has no symbols
-- that could be told, and no object.
local function files(link, kind)
  inputs.complete(link)
  if link.why then unsure(link.why) end
  if link.compiled and kind == "object" then unsure(link.compiled) end
  return slices.files(link, kind)
end


--- What is linked as a tree, as far as that can be told: what cannot, `why`
--- says.
function Line:all_inputs()
  inputs.complete(self)
  return self.tree
end


--- For questions about what is linked: all inputs of a kind.
function Line:files(kind) return files(self, kind) end

--- The part of the line that brought a file, or nil.
function Line:part(file)
  for i, each in ipairs(files(self, "any")) do
    if each == file then return self.from[i] end
  end
end


local Link = {}

--- What the line makes, as a path.
function Link:output()
  local out, why = self.words:output()
  return out or unsure(why)
end

function Link:inputs() return files(self, "any") end
function Link:archives() return files(self, "archive") end
function Link:objects() return files(self, "object") end
function Link:libraries() return files(self, "library") end


--- The part of the line that brings a file; the first, if several do.
function Link:part_of(file)
  local part = self:part(file)
  if not part then
    error(("%s is no input of this link"):format(tostring(file)), 2)
  end
  return part
end


--- The path of an input as the line has it, -l as it was found.
function Link.path_of(_, file) return inputs.path(file) end


--- The places of a file among the inputs, from 1.
function Link:places(file)
  local out, path = {}, inputs.path(file)
  for i, each in ipairs(files(self, "any")) do
    if each == file or inputs.path(each) == path then out[#out + 1] = i end
  end
  return out
end


--- Libraries (-l) that are in none of the line's own folders, by name.
function Link:elsewhere_named(pattern)
  local out = {}
  for _, one in ipairs(self.elsewhere) do
    if one.name:find(pattern) then out[#out + 1] = one.name end
  end
  return out
end


--- Whose words they are: "gcc", "lld"...; how the linker's own options are
--- spelled: "gnu", "apple", "msvc" or "wasm"; is the program a driver?
function Link:flavour()
  local flavour, dialect, driver = self.words:flavour()
  if flavour == "unknown" then unsure((select(2, self.words:sure()))) end
  return flavour, dialect, driver
end


--- The linker that reads the line: "bfd", "gold", "lld", "mold", "ld64",
--- "link"...; nil where it may be any.
function Link:linker()
  Link.flavour(self)
  return require("symrun.link_what").linker(self.words)
end


--- All parts, in the line's order: those that nobody can tell apart too.
function Link:parts() return self.words:parts() end


for _, name in ipairs { "options", "exports", "keeps", "edits",
                        "export", "resolve", "provide" } do
  for method, f in pairs(require("symrun.link_" .. name).methods) do
    Link[method] = f
  end
end


local shown = setmetatable({}, { __mode = "k" })  -- what rules were given

--- The link as a rule gets it: nothing that one rule does to it is seen by
--- another.
function Line:for_rule()
  local own = {}
  for name, method in pairs(Link) do
    own[name] = function (_, ...) return method(self, ...) end
  end
  local out = setmetatable({}, {
    __index = own, __name = "symrun.link", __metatable = false,
    __tostring = function () return tostring(self) end,
  })
  shown[out] = self
  return out
end


--- The line behind a link that a rule was given; nil for anything else.
function line.of(value) return shown[value] end


--- Is it a part of a line?
function line.is_part(value)
  local meta = debug.getmetatable(value)
  return type(meta) == "table" and meta.__name == "symrun.part"
end


--- What a selector may ask; each gives the answer, or nil and a sentence.
function Line:answer(question)
  if question == "output" then return self.words:output() end
  if question == "makes" then
    return require("symrun.link_what").makes(self.words)
  end
  local flavour, dialect = self.words:flavour()
  if flavour == "unknown" then return self.words:sure() end
  return flavour, dialect
end


require("symrun.link_merge").attach(Line)

return line
