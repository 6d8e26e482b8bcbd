--- An edit of a line as a value, and the texts that it makes.
--
-- Each is tried when it is made, so that a change that cannot be is an error
-- where it stands in the rule, and one that nobody can judge is unknown.

local texts = require "symrun.link_texts"
local unsure = require "symrun.link_doubt"

local edit = {}

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
function edit.apply(one, rule, changes, folder, made)
  for _, step in ipairs(private[one].steps) do
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


--- An edit of these steps, which `shown` tells in words.
function edit.new(link, steps, shown)
  local one = { op = "link" }
  private[one] = { link = link, steps = steps, text = shown }
  local ok, why = edit.apply(one, "rule", link.words:changes(), "", {})
  if ok then return one end
  if not link.words:sure() then unsure(why) end
  error(why, 2)
end


--- The line that an edit is of, and what it does, in words; nil if the value is
--- no edit of a line.
function edit.of(one)
  local own = private[one]
  if own then return own.link, own.text end
end


-- == texts of a line ==========================================================

local places = setmetatable({}, { __mode = "k" })  -- copies: of which part


--- The text that a part names, as a copy to be edited.
function edit.copy(link, part)
  local out, why = texts.read(link, part)
  if not out then unsure(why) end
  places[out] = part
  return out
end


local options_of = {
  ["version-script"] = "--version-script", ["dynamic-list"] = "--dynamic-list",
  ["symbol-list"] = "--export-dynamic-symbol-list", ["def"] = "/DEF",
  ["export-list"] = "-exported_symbols_list", ["linker-script"] = "-T",
  ["unexport-list"] = "-unexported_symbols_list",
}


--- The steps by which a line comes to use a text.
function edit.using(link, text)
  local part = places[text]
  if part then
    return { { kind = "set", part = part, made = tostring(text),
               ending = endings[text.kind] } }
  end
  local option = options_of[text.kind]
  if not option then
    error(("no option of this line takes a %s"):format(text.kind), 3)
  end
  for other in link.words:role(text.kind) do
    if text.kind == "version-script" then
      error(("there is a version script on the line, and linkers take no "
             .. "second one: edit what link:script(part) gives for %s, and "
             .. "replace it"):format(tostring(other)), 3)
    end
  end
  return { { kind = "add", place = "last", option = option,
             made = tostring(text), ending = endings[text.kind] } }
end


edit.endings = endings

return edit
