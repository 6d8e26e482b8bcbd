--- What a rule may want changed of a line, as values: finding:fix takes them,
--- and nothing happens before all rules have spoken.

local core = require "symrun.core"
local edit = require "symrun.link_edit"
local texts = require "symrun.link_texts"
local told = require "symrun.told"

local edits = {}


local function shown(word, value)
  return core.printable(word) .. (value and " " .. core.printable(value) or "")
end


-- == one part ================================================================

local methods = {}

local function check_part(link, part, name)
  local line = require "symrun.line"
  if not line.is_part(part) then
    error(("%s takes a part of the line, such as link:options \"-u\" gives")
          :format(name), 3)
  end
  for each in link.words:parts() do if each == part then return end end
  error("the part is of another line", 3)
end


--- Leave out a part, an option with its value or an input.
function methods:drop(part)
  check_part(self, part, "drop")
  return edit.new(self, { { kind = "drop", part = part } },
             "drop " .. told.part(part))
end


--- Give a part another value, in its own spelling.
function methods:set(part, value)
  check_part(self, part, "set")
  if type(value) ~= "string" then
    error("set takes a part and its new value", 2)
  end
  return edit.new(self, { { kind = "set", part = part, value = value } },
             "set " .. told.part(part) .. " to " .. core.printable(value))
end


-- Where something new is to stand: place, part.
local function place_of(link, t)
  if t.before and t.after or (t.before or t.after) and t.at then
    error("add takes one of before, after and at", 3)
  end
  if t.at and t.at ~= "first" and t.at ~= "last" then
    error("'at' is \"first\" or \"last\"", 3)
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
  if type(t) ~= "table" then error("add takes a table", 2) end
  for key in pairs(t) do
    if not known[key] then
      error(("add has no field '%s'; the fields are input, at, before and "
             .. "after"):format(tostring(key)), 2)
    end
  end
  local place, part = place_of(self, t)
  if t.input then
    local path = type(t.input) == "userdata" and t.input:input() or t.input
    return edit.new(self, { { kind = "word", place = place, part = part,
                         value = path } }, "add " .. shown(path))
  end
  if type(t[1]) ~= "string" then
    error("add takes an option's name, or input = PATH", 2)
  end
  return edit.new(self, { { kind = "add", place = place, part = part,
                            option = t[1], value = t[2] } },
                  "add " .. shown(t[1], t[2]))
end


-- == texts ===================================================================

--- The text that a part names, read: a copy, to be asked and edited.
function methods:script(part)
  check_part(self, part, "script")
  return edit.copy(self, part)
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
    error(("%s names no text"):format(tostring(part)), 2)
  end
  if type(text) ~= "string" and not is_script(text) then
    error("replace takes a part and a text, or what link:script gave", 2)
  end
  return edit.new(self, { {
    kind = "set", part = part, made = tostring(text),
    ending = edit.endings[kind],
    after = kind == "def" and part:value():match "^[^,]*(,.*)$" or nil,
  } }, "replace " .. told.part(part))
end


--- Let the line use a text: one from link:script or link:export_list in its
--- place, a new one behind the option that takes its kind.
function methods:use(text)
  if not is_script(text) then
    error("use takes what link:script or link:export_list gave", 2)
  end
  return edit.new(self, edit.using(self, text), "use a " .. text.kind)
end


edits.methods = methods

return edits
