--- A link line as rules see it: what it makes, what it links, in which order.
--
-- The words are understood in C (symrun.core, `line`); here the inputs become
-- files.  What cannot be told (an option that nobody knows and that may take
-- the next word, a response file that is not there, a script that names
-- further inputs, a word that is no file) makes the inputs unknown for the
-- rule that asks for them, never "none".

local core = require "symrun.core"

local line = {}

local Line = {}
Line.__index = Line


-- == files ===================================================================

local function is_folder(path)
  local file = io.open(path .. "/.")
  return file ~= nil and file:close()
end


-- Does the word name a file?  Then it is an input.
local function add(link, word)
  local before = #link.tree
  if is_folder(word) then return false end
  link.open(link.tree, word)
  return #link.tree > before
end


-- Files that -l may mean, by dialect: shared ones first.
local libraries = {
  gnu = { shared = { "lib%s.so" }, static = { "lib%s.a" } },
  apple = { shared = { "lib%s.tbd", "lib%s.dylib" }, static = { "lib%s.a" } },
  wasm = { shared = { "lib%s.so" }, static = { "lib%s.a" } },
}


-- The names of the files that a -l may mean.
local function candidates(link, part)
  local name = part:value()
  if link.dialect == "msvc" then
    return { name:find "%.%w+$" and name or name .. ".lib" }
  end
  if name:sub(1, 1) == ":" then return { name:sub(2) } end
  local by, out = libraries[link.dialect], {}
  if not part:is_in "static" then
    for _, form in ipairs(by.shared) do out[#out + 1] = form:format(name) end
  end
  for _, form in ipairs(by.static) do out[#out + 1] = form:format(name) end
  return out
end


-- The first of them in the folders of the line, as linkers look.
local function find_library(link, part)
  local names = candidates(link, part)
  for _, folder in ipairs(link.folders) do
    for _, name in ipairs(names) do
      if add(link, folder .. "/" .. name) then return end
    end
  end
  -- in the system's folders
  link.elsewhere[#link.elsewhere + 1] = part:value()
end


local function doubt(link, format, ...)
  link.why = link.why or format:format(...)
end


-- A script may name inputs; most say only where sections go.
local function read_script(link, path)
  local file = io.open(path, "rb")
  local text = file and file:read "a"
  if file then file:close() end
  if not text then
    return doubt(link, "the script %s cannot be read", core.printable(path))
  end
  for _, command in ipairs { "INPUT", "GROUP", "INCLUDE", "STARTUP" } do
    if text:find("%f[%w_]" .. command .. "%f[^%w_]") then
      return doubt(link, "the inputs that the script %s names are not read by "
                   .. "this version", core.printable(path))
    end
  end
end


local function take_file(link, part)
  local path = part:value()
  if add(link, path) or is_folder(path) then return end
  if link.dialect == "msvc" and not path:find "[/\\]" then
    return find_library(link, part)
  end
  doubt(link, "the input %s is not there", core.printable(path))
end


-- == parts ===================================================================

-- Nobody knows whether this part is one, or the value of the option before
-- it.  A folder is no input, whichever it is.
local function take_doubtful(link, part)
  if part:kind() == "input" and is_folder(part:value()) then return end
  if part:kind() == "option" and not part:role() and not part:value() then
    return
  end
  local _, why = link.words:sure()
  doubt(link, "%s", why)
end


local function take(link, part)
  local kind, role = part:kind(), part:role()
  if kind == "broken" then doubt(link, "%s", part:trouble())
  elseif part:maybe() then take_doubtful(link, part)
  elseif kind == "input" then take_file(link, part)
  elseif role == "library" then find_library(link, part)
  elseif role == "script" then read_script(link, part:value())
  elseif role == "opaque" then
    doubt(link, "%s brings what cannot be read", part)
  end
end


--- Read the words of a line, the program first.  `open(tree, word)` adds the
--- file that a word names, if there is one; without it, the real one.  `given`
--- is as for core.line: flavour, and files that need not be on disk.
function line.new(words, open, given)
  local parsed = core.line(words, given)
  local link = setmetatable({ tree = core.tree(true), open = open or core.add,
                              folders = {}, elsewhere = {}, words = parsed },
                            Line)
  local flavour, dialect = parsed:flavour()
  link.dialect = dialect
  if flavour == "unknown" then
    local _, why = parsed:sure()
    doubt(link, "%s", why)
  end
  for part in parsed:role "folder" do
    link.folders[#link.folders + 1] = part:value()
  end
  for part in parsed:parts() do take(link, part) end
  return link
end


--- Why the line cannot be linked at all, whatever rules ask of it: an option
--- without its value, a response file that is not there.  nil if it can.
function Line:broken()
  for part in self.words:parts() do
    if part:kind() == "broken" then return part:trouble() end
  end
end


-- == what rules see ==========================================================

function Line:__tostring()
  return "the link of " .. core.printable(self.words:output() or "a.out")
end


-- The inputs of a kind, in the line's order; unknown if that cannot be told.
local function inputs(link, kind)
  for _, file in ipairs(core.select(link.tree, "any")) do
    if file:format() == "script" or file:format() == "other" then
      -- what ld does not know, it takes for a script
      doubt(link, "the inputs that the script %s names are not read by this "
            .. "version", file)
    end
  end
  if #link.tree == 0 then doubt(link, "the line names no input") end
  if link.why then
    core.doubt(nil, link.why)
    error("unknown: " .. link.why, 0)
  end
  return core.select(link.tree, kind)
end


local Link = {}

--- What the line makes.
function Link:output()
  local out, why = self.words:output()
  if out then return out end
  core.doubt(nil, why)
  error("unknown: " .. why, 0)
end

function Link:archives() return inputs(self, "archive") end
function Link:objects() return inputs(self, "object") end


--- Libraries (-l) that are in none of the line's own folders, by name.
function Link:elsewhere_named(pattern)
  local out = {}
  for _, name in ipairs(self.elsewhere) do
    if name:find(pattern) then out[#out + 1] = name end
  end
  return out
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
  shown[out] = true
  return out
end


--- Is it a link that a rule was given?
function line.is(value) return shown[value] == true end

return line
