--- All that is linked, in the linker's own order: the line's inputs, what its
--- driver adds, libraries as they are found and scripts as they are read.
--
-- Nothing is run.  What cannot be told is a doubt, a sentence that says which
-- part of the answer is open; the rest stands.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local ld = require "symrun.script_ld"
local lines = require "symrun.link_line"
local roots = require "symrun.link_roots"
local search = require "symrun.link_search"

local all = {}

local DEPTH = 16  -- of scripts that name scripts

local All = {}
All.__index = All


-- What is not known of what stands behind all of the line's own inputs.
function All:doubt_behind(format, ...)
  local why = format:format(...)
  if not self.told[why] then self.doubts[#self.doubts + 1] = why end
  self.told[why] = true
end


-- Of what stands at this place.
function All:doubt_here(...)
  self.late, self.upto = false, math.min(self.upto, #self.out)
  self:doubt_behind(...)
end


-- And of anything else.
function All:doubt(...)
  self.late, self.upto = false, 0
  self:doubt_behind(...)
end


-- == entries =================================================================

local function take(self, how, path, file)
  self.out[#self.out + 1] = {
    file = file, part = how.part, word = path, by = how.by, whole = how.whole,
    as_needed = how.as_needed, lazy = how.lazy, group = how.group,
    static = how.static,
  }
end


-- == scripts =================================================================

-- What ld does not know, it takes for a script.
local function is_script(self, file)
  local format = file:format()
  return self.link.dialect == "gnu" and (format == "script"
                                         or format == "other")
end


-- Where a script's own word may be, in order.
local function places_of(self, name, from)
  local out = {}
  if name:find "^/" and self.search.root ~= ""
     and from:sub(1, #self.search.root) == self.search.root then
    out[1] = self.search.root .. name
  end
  out[#out + 1] = self.search:below(name)
  if not name:find "^[/=]" then
    out[#out + 1] = (from:match "^.*/" or "") .. name
    for _, folder in ipairs(self.search.folders) do
      out[#out + 1] = folder .. "/" .. name
    end
  end
  return out
end


-- The flags of what a script brings: the script's own and those of its place.
local function inherit(self, how, one, groups)
  local out = {}
  for key, value in pairs(how) do out[key] = value end
  out.by = "script"
  out.as_needed = how.as_needed or one.as_needed or false
  if one.group and not how.group then
    if not groups[one.group] then
      self.groups = self.groups + 1
      groups[one.group] = self.groups
    end
    out.group = groups[one.group]
  end
  return out
end


-- Is there anything from which a member may be taken?
local function is_any_lazy(list)
  for _, one in ipairs(list) do
    if one.lazy or one.file and one.file:format() == "ar" then
      return true
    end
  end
  return false
end


-- What a script says of symbols.  bfd and gold give what an input asks for no
-- heed where they have gone by already, and take ENTRY from -T alone.
function All:symbols(how, path, parsed)
  local top = how.part and how.part:role() == "script" and self.depth == 0
  local lld = #self.linkers == 1 and self.linkers[1] == "lld"
  local names, more = ld.defines(parsed)
  local shown = core.printable(path)
  if more then self:doubt_behind("the script %s: %s", shown, more) end
  for _, one in ipairs(names) do
    local other = (one.expression or ""):match "^[%a_.$][%w_.$]*$"
    self.given[#self.given + 1] = { one.name, other ~= "." and other or nil,
      provided = one.provided, expression = one.expression, script = path }
  end
  local entry, list = ld.wants(parsed)
  if entry and (not (top or lld) or self.entry and self.entry ~= entry) then
    self:doubt("whether the program begins at %s, as the script %s says, "
               .. "depends on the linker", core.printable(entry), shown)
  end
  self.entry = self.entry or entry
  if #list > 0 and not (top or lld) and is_any_lazy(self.out) then
    self:doubt("whether what stands before the script %s gives %s, which it "
               .. "wants, depends on the linker", shown,
               core.printable(list[1]))
  end
  table.move(list, 1, #list, #self.wanted + 1, self.wanted)
  if parsed.sections then self.sections = self.sections or path end
end


function All:script(how, path)
  local text, why = inputs.text(self.link, path)
  local parsed, list
  if text then
    parsed, why = require "symrun.script".parse(text, "linker-script",
                                                { name = path })
  else why = ("the script %s %s"):format(core.printable(path), why) end
  if parsed then
    local rest
    list, why, rest = parsed:inputs()
    list = list or rest
    if text:find "SEARCH_DIR%s*%(" then
      self:doubt("the folders that the script %s adds are not searched",
                 core.printable(path))
    end
  end
  if why and not (parsed and parsed:inputs()) then self:doubt("%s", why) end
  if parsed then self:symbols(how, path, parsed) end
  local groups = {}
  self.depth = self.depth + 1
  if self.depth > DEPTH then
    self:doubt("scripts name scripts, more than %d deep", DEPTH)
    list = {}
  end
  for _, one in ipairs(list or {}) do
    local flags = inherit(self, how, one, groups)
    if one.library then self:library(flags, one.library)
    else
      local found = false
      for _, at in ipairs(places_of(self, one.name, path)) do
        found = found or self:file(flags, at)
      end
      if not found then
        self:doubt("the input %s, which the script %s names, is not there",
                   core.printable(one.name), core.printable(path))
      end
    end
  end
  self.depth = self.depth - 1
end


-- == inputs ==================================================================

-- A file, or what it names; false where there is none.
function All:file(how, path)
  local file = self.search:open(path)
  if not file then return false end
  if is_script(self, file) then self:script(how, path)
  else take(self, how, path, file) end
  return true
end


function All:library(how, name)
  local function found(path) return self:file(how, path) end
  local why = self.search:library(name, how.static, found)
  if not why then return end
  local doubt = how.part and self.doubt_here or self.doubt_behind
  doubt(self, "%s", why)
end


-- == a line ==================================================================

local function flags_of(line, part)
  return { part = line.part(part), by = line.by(part),
           whole = part:is_in "whole", as_needed = part:is_in "as-needed",
           lazy = part:is_in "lazy", static = part:is_in "static",
           group = part:group() > 0 and part:group() or nil }
end


local function take_input(self, line, part, how)
  local path, link = part:value(), self.link
  local source = line.source and line.source(part)
                 or not line.source and link.sources[path]
  if source then
    self:doubt("%s", link.compiled or (core.printable(path) .. " is compiled"))
    self.out[#self.out + 1] = { word = path, part = how.part, by = how.by,
                                source = true }
  elseif not self:file(how, path) then
    self:doubt("the input %s is not there", core.printable(path))
  end
end


-- What stands between --start-lib and --end-lib is one archive to gold.
local function lazy_group(self, how)
  if not how.lazy then
    self.lazy = nil
  elseif not how.group then
    if not self.lazy then
      self.groups = self.groups + 1
      self.lazy = self.groups
    end
    how.group = self.lazy
  end
end


local function take_part(self, line, part)
  local kind, role = part:kind(), part:role()
  local how = flags_of(line, part)
  lazy_group(self, how)
  if kind == "broken" or kind == "strange" then self:doubt("%s", part:trouble())
  elseif part:maybe() then
    self:doubt("%s", select(2, self.link.words:sure()) or "the line is unclear")
  elseif kind == "input" then take_input(self, line, part, how)
  elseif role == "library" then self:library(how, part:value())
  elseif role == "script" then
    if part:name() == "--mri-script" then
      self:doubt("the inputs of the script %s are not read",
                 core.printable(part:value()))
    else self:script(how, part:value()) end
  elseif role == "framework" then
    self:doubt("the framework %s is not looked for",
               core.printable(part:value() or ""))
  elseif role == "symbols-of" then
    self:doubt_here("the symbols that %s gives are not read", part)
  elseif role == "opaque" then self:doubt("%s brings what cannot be read", part)
  end
end


-- What scripts say, beside what the line does.
local function add_scripts(self, out)
  local begins = out.roots
  begins.given, begins.sections = self.given, self.sections
  for _, name in ipairs(self.wanted) do
    begins.undefined[#begins.undefined + 1] = name
  end
  if self.entry and not begins.given_entry and begins.makes ~= "object" then
    begins.entry, begins.given_entry = self.entry, true
  end
end


--- All inputs of a Line: { entries =, doubts =, roots =, linkers = (names of
--- those that may read it), linker = (its path, or nil), late = (all doubts are
--- about what stands behind the line's own inputs), upto = (none is about the
--- entries up to this one, or about what stands between them) }.  An entry is {
--- file=, part= (of the line, or nil), word= (the path), by= "line", "driver"
--- or "script", whole=, as_needed=, lazy=, static=, group= (number, or nil),
--- source= true where it is yet to be compiled, and has no file }.
function all.of(link)
  if link.all then return link.all end
  local self = setmetatable({ link = link, out = {}, doubts = {}, told = {},
                              groups = 0, depth = 0, late = true,
                              given = {}, wanted = {}, upto = math.huge }, All)
  local line
  local function doubt(...) self:doubt(...) end
  line = lines.of(link, function (...)
    if lines.adds_behind(link) then self:doubt_behind(...)
    else self:doubt(...) end
  end)
  self.search = search.new(link, line, doubt)
  self.linkers = line.linkers
  for part in line.words:parts() do
    self.groups = math.max(self.groups, part:group())
  end
  for part in line.words:parts() do take_part(self, line, part) end
  link.all = {
    entries = self.out, doubts = self.doubts, linkers = line.linkers,
    roots = roots.of(line, link.dialect, self.search.emulation, doubt),
    linker = line.real, search = self.search, words = line.words,
  }
  link.all.late, link.all.upto = self.late, self.upto
  add_scripts(self, link.all)
  return link.all
end

return all
