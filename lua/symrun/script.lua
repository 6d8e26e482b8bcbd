--- Text files that link lines name, read and written back.
--
-- What is asked of such a file has three answers: `nil` and a sentence means
-- that it cannot be told.  A file is its text: what no edit touched is printed
-- byte for byte, and an edited text is read again before it counts.

local core = require "symrun.core"
local def = require "symrun.script_def"
local ld = require "symrun.script_ld"
local list = require "symrun.script_list"
local text = require "symrun.script_text"
local version = require "symrun.script_version"
local winner = require "symrun.script_winner"

local script = {}

local Script = {}
Script.__index = Script
Script.__name = "symrun.script"

local kinds = {
  ["version-script"] = version,  -- --version-script
  ["dynamic-list"] = version,    -- --dynamic-list
  ["symbol-list"] = version,     -- --export-dynamic-symbol-list
  ["export-list"] = list,        -- -exported_symbols_list
  ["unexport-list"] = list,      -- -unexported_symbols_list
  ["order-list"] = list,         -- -order_file, --symbol-ordering-file
  ["retain-list"] = list,        -- --retain-symbols-file
  ["file-list"] = list,          -- -filelist
  ["def"] = def,                 -- /DEF, or an input of MinGW's linkers
  ["linker-script"] = ld,        -- -T, or an input that no linker knows
}


-- == reading =================================================================

local function read(object)
  local source = object.text
  if #source > text.max_size then
    text.fail(object, 1, "the file has more than %d bytes", text.max_size)
  end
  local zero = source:find("\0", 1, true)
  if zero then text.fail(object, zero, "a byte 0 is no text") end
  object.items, object.trouble, object.differs = {}, {}, {}
  kinds[object.kind].read(object)
  return object
end


local function new(source, kind, options)
  return setmetatable({ text = source, kind = kind, name = options.name,
                        folder = options.folder }, Script)
end


--- Read a text of a kind: an object, or nil and a sentence with the place.
--- options.name: what the sentence calls it; options.folder: what -filelist
--- has after a comma.
function script.parse(source, kind, options)
  options = options or {}
  if type(source) ~= "string" then error("parse takes a string", 2) end
  if not kinds[kind] then
    local known = {}
    for each in pairs(kinds) do known[#known + 1] = each end
    table.sort(known)
    error(("there is no kind of text '%s', only %s"):format(kind,
          table.concat(known, ", ")), 2)
  end
  return text.try(read, new(source, kind, {
    name = options.name and core.printable(options.name) or "the " .. kind,
    folder = options.folder }))
end


-- == questions ===============================================================

function Script:__tostring() return self.text end


--- May a symbol be exported, if this file alone has a say?  true, false, or
--- nil and why: linkers differ, a pattern is for demangled names, or the file
--- does not say.  options.linker: bfd, gold, lld, mold; ld64, lld; link,
--- lld-link, mingw (without it all must agree); options.makes: "library" or
--- "executable"; options.demangled: the name as C++ has it.
function Script:exports(name, options)
  local ask = kinds[self.kind].exports or winner.exports
  return ask(self, name, options or {})
end


local function texts(object, where, pattern)
  local out = {}
  for _, item in ipairs(object.items) do
    if (item.where or "global") == (where or "global")
       and (item.pattern or false) == pattern then
      out[#out + 1] = item.name
    end
  end
  return out
end


--- Exact names in the file's order; `where` is "global" (default) or "local".
--- In a linker script it is "wanted" or "defined", and there may be nil, a
--- sentence, and the names that are certain.
function Script:names(where)
  local unsure = kinds[self.kind].unsure
  local why = unsure and unsure(self, where or "global")
  if why then return nil, why, texts(self, where, false) end
  return texts(self, where, false)
end


--- What is no symbol's name: globs, extern "C++", exports of other DLLs.
function Script:patterns(where) return texts(self, where, true) end


--- The files that it brings into a link: {name=, library=, as_needed=,
--- group=}, or nil, a sentence, and those that are certain.
function Script:inputs()
  local ask = kinds[self.kind].inputs
  if ask then return ask(self) end
  return {}
end


--- Why a linker does not take the file as it is meant here; nil if none is
--- known.
function Script:trouble_with(linker)
  if kinds[self.kind] == version then winner.index(self) end
  return self.trouble[linker] or self.differs[linker]
end


--- The text in pieces, {text=, item=}: put together they are the text.
function Script:parts()
  local out, from = {}, 1
  local function piece(upto, item)
    if upto <= from then return end
    out[#out + 1] = { text = self.text:sub(from, upto - 1), item = item }
    from = upto
  end
  for _, item in ipairs(self.items) do
    piece(item.at)
    piece(item.upto, item)
  end
  piece(#self.text + 1)
  return out
end


-- == edits ===================================================================

-- Take the text that an edit made, if it can be read.
local function become(object, source)
  local made, why = text.try(read, new(source, object.kind, object))
  if not made then return nil, "the edit would break it: " .. why end
  for key in pairs(object) do object[key] = nil end
  for key, value in pairs(made) do object[key] = value end
  return object
end


--- Add names to what is exported (or listed); those that are there stay as
--- they are.  Gives the object, or nil and a sentence, and then nothing has
--- changed.  options.node: a version script's node.  A .def takes tables too:
--- {name=, symbol=, data=}.
function Script:add(names, options)
  options = options or {}
  if not kinds[self.kind].add then
    return nil, ("a %s cannot be added to"):format(self.kind)
  end
  local there, more = {}, {}
  for _, item in ipairs(self.items) do
    if not item.pattern and (item.where or "global") == "global" then
      there[item.name] = true
    elseif item.where == "local" and not item.pattern then
      there[item.name] = there[item.name] or item
    end
  end
  for _, each in ipairs(names) do
    local name = type(each) == "table" and each.name or each
    if type(there[name]) == "table" then
      return nil, ("'%s' is local: %s, line %d"):format(name, self.name,
                    (text.where(self.text, there[name].at)))
    elseif not there[name] then
      there[name] = true
      more[#more + 1] = each
    end
  end
  if #more == 0 then return self end
  local source, why = kinds[self.kind].add(self, more, options)
  if not source then return nil, why end
  return become(self, source)
end


-- A block that has nothing left goes, too.
local function count_down(left, block, cuts)
  while block do
    left[block] = (left[block] or block.live) - 1
    if left[block] > 0 then return end
    if block.at then cuts[#cuts + 1] = { block.at, block.upto } end
    block = block.parent
  end
end


-- Cuts in order, without those inside of others.
local function outermost(cuts)
  table.sort(cuts, function (a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] > b[2]
  end)
  local out, stop = {}, 0
  for _, cut in ipairs(cuts) do
    if cut[2] > stop then
      out[#out + 1] = cut
      stop = cut[2]
    end
  end
  return out
end


local offered = {
  names = function (item)
    return not item.pattern and (item.where or "global") == "global"
  end,
  patterns = function (item)
    return item.pattern and (item.where or "global") == "global"
  end,
  ["local"] = function (item) return item.where == "local" end,
}


--- Drop what a predicate says: it gets the symbol that an item is about, and
--- the item.  `what`: "names" that are exported (default), "patterns", or
--- "local" for all that is hidden.  Gives the object and how many went.
function Script:drop(wanted, what)
  if not offered[what or "names"] then
    error("drop takes \"names\", \"patterns\" or \"local\"", 2)
  end
  if not kinds[self.kind].add then
    return nil, ("nothing can be dropped from a %s"):format(self.kind)
  end
  local cuts, count, left = {}, 0, {}
  for _, item in ipairs(self.items) do
    if offered[what or "names"](item)
       and wanted(item.symbol or item.name, item) then
      cuts[#cuts + 1] = { item.at, item.upto }
      count = count + 1
      count_down(left, item.block, cuts)
    end
  end
  if count == 0 then return self, 0 end
  local comment = kinds[self.kind].comment
  local made, why = become(self, text.cut(self.text, outermost(cuts), comment))
  return made, made and count or why
end


--- Keep only what a predicate accepts.
function Script:keep(wanted, what)
  return self:drop(function (...) return not wanted(...) end, what)
end

return script
