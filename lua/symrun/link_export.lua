--- Edits by which a line exports more names: by the list that decides, or by
--- options where there is none.

local edit = require "symrun.link_edit"
local exports = require "symrun.link_exports"
local texts = require "symrun.link_texts"
local unsure = require "symrun.link_doubt"
local what = require "symrun.link_what"

local methods = {}


-- Names as the texts of the line have them, in order, each once.
local function listed(link, names)
  local out, seen = {}, {}
  local function put(name)
    if link.dialect == "apple" then name = "_" .. name end
    if not seen[name] then out[#out + 1] = name end
    seen[name] = true
  end
  if type(names) == "string" then put(names)
  elseif type(names) == "table" then
    for _, name in ipairs(names) do put(name) end
  else
    for name in names:each() do put(name:text()) end
  end
  return out
end


-- The kind of text that decides here; none where each name has an option.
local function deciding(link)
  local makes, why = what.makes(link.words)
  if not makes then unsure(why) end
  if link.dialect == "apple" then return "export-list" end
  if link.dialect == "msvc" then return "def" end
  if link.dialect == "wasm" then return nil end
  return makes == "library" and "version-script" or "dynamic-list"
end


local empty = {
  ["version-script"] = "{ global: *; };\n", ["dynamic-list"] = "{ };\n",
  ["export-list"] = "", ["def"] = "EXPORTS\n",
}

-- The text of the line that decides, as a copy; or a new one.
local function list_to_edit(link, kind)
  local list, why = texts.all(link, kind)
  if not list then unsure(why) end
  if list[1] then return edit.copy(link, list[#list].part), true end
  return assert(require "symrun.script".parse(empty[kind], kind)), false
end


-- Names of version scripts stand in nodes; the last is the newest.
local function add_to(list, names)
  local nodes = list.nodes or {}
  local last = nodes[#nodes]
  return list:add(names, { node = last and #nodes > 1 and last.name or nil })
end


--- A list in which these names are exported, of the kind that this linker
--- reads: a copy of the line's own with them added, or a new one.
function methods:export_list(names)
  local kind = deciding(self)
  if not kind then error("linkers of wasm read no such list", 2) end
  local out = list_to_edit(self, kind)
  local ok, why = add_to(out, listed(self, names))
  if not ok then unsure(why) end
  return out
end


-- Is it linked, if nobody asks for it?
local function stays(link, name)
  for _, file in ipairs(link:files "object") do
    if file:defines(name) then return true end
  end
  for _, file in ipairs(link:files "archive") do
    if link:part(file):is_in "whole" and file:defines(name) then return true end
  end
  return false
end


local function options_for(option, names)
  local steps = {}
  for i, name in ipairs(names) do
    steps[i] = { kind = "add", place = "last", option = option, value = name }
  end
  return steps
end


-- What must change for a linker of ELF.
local function steps_in_elf(link, names)
  local steps, hidden = {}, {}
  for _, name in ipairs(names) do
    if not stays(link, name) then
      steps[#steps + 1] = { kind = "add", place = "last", option = "-u",
                            value = name }
    end
    local yes = exports.asked(link, name)
    if not yes then hidden[#hidden + 1] = name end
  end
  if #hidden == 0 then return steps end
  local scripts, why = texts.all(link, "version-script")
  if not scripts then unsure(why) end
  for _, kind in ipairs { "version-script", "dynamic-list" } do
    if kind == deciding(link) or kind == "version-script" and #scripts > 0 then
      local list, there = list_to_edit(link, kind)
      local ok
      ok, why = add_to(list, hidden)
      if not ok then unsure(why) end
      if there or kind == "dynamic-list" then
        table.move(edit.using(link, list), 1, 1, #steps + 1, steps)
      end
    end
  end
  return steps
end


--- Let the line export names that it defines: by the list that decides, or by
--- options where there is none; and keep them, where only an archive has them.
function methods:export(names)
  local list = listed(self, names)
  local kind = deciding(self)
  local steps
  if self.dialect == "gnu" then steps = steps_in_elf(self, list)
  elseif self.dialect == "wasm" then steps = options_for("--export", list)
  else
    local texts_here, why = texts.all(self, kind)
    if not texts_here then unsure(why) end
    if #texts_here > 0 then
      steps = edit.using(self, methods.export_list(self, names))
    elseif self.dialect == "msvc" then steps = options_for("/EXPORT", list)
    elseif self.words:role "export"() then
      steps = options_for("-exported_symbol", list)
    else
      steps = options_for("-u", list)  -- all is exported that is linked
    end
  end
  return edit.new(self, steps, "export " .. table.concat(list, ", "))
end

return { methods = methods }
