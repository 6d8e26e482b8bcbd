--- What a rule may want changed of a line, as values: finding:fix takes them,
--- and nothing happens before all rules have spoken.
--
-- Each is tried when it is made, so that a change that cannot be is an error
-- where it stands in the rule, and one that nobody can judge is unknown.

local core = require "symrun.core"
local exports = require "symrun.link_exports"
local script = require "symrun.script"
local texts = require "symrun.link_texts"
local unsure = require "symrun.link_doubt"
local what = require "symrun.link_what"

local edits = {}

local private = setmetatable({}, { __mode = "k" })  -- edit: line, steps, text


-- == made texts ==============================================================

local endings = {
  ["version-script"] = ".map", ["dynamic-list"] = ".list",
  ["symbol-list"] = ".list", ["export-list"] = ".list",
  ["unexport-list"] = ".list", ["def"] = ".def", ["linker-script"] = ".ld",
  ["order-list"] = ".list", ["retain-list"] = ".list",
}


-- FNV-1a: the name of a made file is that of its content.
local function digest(bytes)
  local hash = 0xcbf29ce484222325
  for i = 1, #bytes do hash = (hash ~ bytes:byte(i)) * 0x100000001b3 end
  return ("%016x"):format(hash)
end


-- What a value becomes when the folder of the run is known.
local function value_of(step, folder, made)
  if not step.made then return step.value end
  local path = digest(step.made) .. (step.ending or "")
  if folder ~= "" then path = folder .. "/" .. path end
  made[path] = step.made
  return (step.before or "") .. path .. (step.after or "")
end


--- Put the steps of an edit into changes of its line; true, or nil and a
--- sentence.  `made` gets the texts that are to be written, by path.
function edits.apply(edit, rule, changes, folder, made)
  for _, step in ipairs(private[edit].steps) do
    local ok, why
    if step.kind == "drop" then ok, why = changes:drop(rule, step.part)
    elseif step.kind == "set" then
      ok, why = changes:set(rule, step.part, value_of(step, folder, made))
    elseif step.kind == "word" then
      ok, why = changes:add_word(rule, step.place, step.part,
                                 value_of(step, folder, made))
    else
      ok, why = changes:add(rule, step.place, step.part, step.option,
                            value_of(step, folder, made))
    end
    if not ok then return nil, why end
  end
  return true
end


local function new(link, steps, shown)
  local edit = { op = "link" }
  private[edit] = { link = link, steps = steps, text = shown }
  local ok, why = edits.apply(edit, "rule", link.words:changes(), "", {})
  if ok then return edit end
  if not link.words:sure() then unsure(why) end
  error(why, 3)
end


--- The line that an edit is of, and what it does, in words; nil if the value is
--- no edit of a line.
function edits.of(edit)
  local own = private[edit]
  if own then return own.link, own.text end
end


local function shown(word, value)
  return core.printable(word) .. (value and " " .. core.printable(value) or "")
end


-- == one part ================================================================

local methods = {}
edits.methods = methods

local function check_part(link, part, name)
  local line = require "symrun.line"
  if not line.is_part(part) then
    error(("%s takes a part of the line, such as link:options \"-u\" gives")
          :format(name), 4)
  end
  for each in link.words:parts() do if each == part then return end end
  error("the part is of another line", 4)
end


--- Leave out a part, an option with its value or an input.
function methods:drop(part)
  check_part(self, part, "drop")
  return new(self, { { kind = "drop", part = part } },
             "drop " .. shown(part:text()))
end


--- Give a part another value, in its own spelling.
function methods:set(part, value)
  check_part(self, part, "set")
  if type(value) ~= "string" then
    error("set takes a part and its new value", 3)
  end
  return new(self, { { kind = "set", part = part, value = value } },
             "set " .. shown(part:text(), value))
end


-- Where something new is to stand: place, part.
local function place_of(link, t)
  if t.before and t.after or (t.before or t.after) and t.at then
    error("add takes one of before, after and at", 4)
  end
  if t.at and t.at ~= "first" and t.at ~= "last" then
    error("'at' is \"first\" or \"last\"", 4)
  end
  local part = t.before or t.after
  if part then check_part(link, part, "add") end
  return t.before and "before" or t.after and "after" or t.at or "last", part
end


--- Add an option, { "--gc-sections" } or { "-u", "name" }, in the spelling of
--- the program, or { input = "x.o" }: at = "first" or "last" (the default),
--- before = PART or after = PART.
function methods:add(t)
  local known = { [1] = 1, [2] = 1, input = 1, at = 1, before = 1, after = 1 }
  if type(t) ~= "table" then error("add takes a table", 3) end
  for key in pairs(t) do
    if not known[key] then
      error(("add has no field '%s'; the fields are input, at, before and "
             .. "after"):format(tostring(key)), 3)
    end
  end
  local place, part = place_of(self, t)
  if t.input then
    local path = type(t.input) == "userdata" and t.input:input() or t.input
    return new(self, { { kind = "word", place = place, part = part,
                         value = path } }, "add " .. shown(path))
  end
  if type(t[1]) ~= "string" then
    error("add takes an option's name, or input = PATH", 3)
  end
  return new(self, { { kind = "add", place = place, part = part, option = t[1],
                       value = t[2] } }, "add " .. shown(t[1], t[2]))
end


-- == texts ===================================================================

local places = setmetatable({}, { __mode = "k" })  -- copies: of which part

--- The text that a part names, read: a copy, to be asked and edited.
function methods:script(part)
  check_part(self, part, "script")
  local out, why = texts.read(self, part)
  if not out then unsure(why) end
  places[out] = part
  return out
end


local function is_script(value)
  local meta = debug.getmetatable(value)
  return type(value) == "table" and meta and meta.__name == "symrun.script"
end


--- An edited text in the place of the one that a part names.
function methods:replace(part, text)
  check_part(self, part, "replace")
  local kind = texts.kind(part)
  if not kind then
    error(("%s names no text"):format(tostring(part)), 3)
  end
  if type(text) ~= "string" and not is_script(text) then
    error("replace takes a part and a text, or what link:script gave", 3)
  end
  return new(self, { {
    kind = "set", part = part, made = tostring(text), ending = endings[kind],
    after = kind == "def" and part:value():match "^[^,]*(,.*)$" or nil,
  } }, "replace " .. shown(part:text()))
end


local options_of = {
  ["version-script"] = "--version-script", ["dynamic-list"] = "--dynamic-list",
  ["symbol-list"] = "--export-dynamic-symbol-list", ["def"] = "/DEF",
  ["export-list"] = "-exported_symbols_list", ["linker-script"] = "-T",
  ["unexport-list"] = "-unexported_symbols_list",
}


-- The steps by which a line comes to use a text.
local function using(link, text)
  local part = places[text]
  if part then
    return { { kind = "set", part = part, made = tostring(text),
               ending = endings[text.kind] } }
  end
  local option = options_of[text.kind]
  if not option then
    error(("no option of this line takes a %s"):format(text.kind), 4)
  end
  for other in link.words:role(text.kind) do
    if text.kind == "version-script" then
      error(("there is a version script on the line, and linkers take no "
             .. "second one: edit what link:script(part) gives for %s, and "
             .. "replace it"):format(tostring(other)), 4)
    end
  end
  return { { kind = "add", place = "last", option = option,
             made = tostring(text), ending = endings[text.kind] } }
end


--- Let the line use a text: one from link:script or link:export_list in its
--- place, a new one behind the option that takes its kind.
function methods:use(text)
  if not is_script(text) then
    error("use takes what link:script or link:export_list gave", 3)
  end
  return new(self, using(self, text), "use a " .. text.kind)
end


-- == exports =================================================================

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
  if list[1] then return methods.script(link, list[#list].part), true end
  return assert(script.parse(empty[kind], kind)), false
end


--- A list in which these names are exported, of the kind that this linker
--- reads: a copy of the line's own with them added, or a new one.
function methods:export_list(names)
  local kind = deciding(self)
  if not kind then error("linkers of wasm read no such list", 3) end
  local out = list_to_edit(self, kind)
  local ok, why = out:add(listed(self, names))
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
      ok, why = list:add(hidden)
      if not ok then unsure(why) end
      if there or kind == "dynamic-list" then
        table.move(using(link, list), 1, 1, #steps + 1, steps)
      end
    end
  end
  return steps
end


--- Let the line export names that it defines: by the list that decides, or by
--- options where there is none; and keep them, where only an archive has them.
function methods:export(names)
  local list = listed(self, names)
  local kind, steps = deciding(self), nil
  if self.dialect == "gnu" then steps = steps_in_elf(self, list)
  elseif self.dialect == "wasm" then steps = options_for("--export", list)
  else
    local texts_here, why = texts.all(self, kind)
    if not texts_here then unsure(why) end
    if #texts_here > 0 then
      steps = using(self, methods.export_list(self, names))
    elseif self.dialect == "msvc" then steps = options_for("/EXPORT", list)
    elseif self.words:role "export"() then
      steps = options_for("-exported_symbol", list)
    else
      steps = options_for("-u", list)  -- all is exported that is linked
    end
  end
  return new(self, steps, "export " .. table.concat(list, ", "))
end

return edits
