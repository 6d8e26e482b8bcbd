--- Inputs of a line as rules want them: changed copies that the line names, in
--- a folder of the run.  The inputs themselves stay as they are.

local core = require "symrun.core"
local edit = require "symrun.link_edit"
local fix = require "symrun.fix"

local mended = {}


-- The part of the line that brings a file; or nil and a sentence.
local function part_of(link, one)
  local ok, files = pcall(link.files, link, "any")
  if not ok then return nil, files end
  for i, file in ipairs(files) do
    if core.same_file(file, one.file) then
      local part = link.from[i]
      if part then return part end
    end
  end
  return nil, ("%s is no input that the line itself names, so the line cannot "
               .. "name a mended copy"):format(core.printable(one.path))
end


-- Where the copy is: its name stays, for whoever reads what linkers say.
local function copy_path(folder, number, path)
  return ("%s/mended-%d/%s"):format(folder, number, path:match "[^/]*$")
end


local function steps_for(part, path)
  if part:kind() == "input" then
    return { { kind = "set", part = part, value = path } }
  end
  return { { kind = "word", place = "before", part = part, value = path },
           { kind = "drop", part = part } }
end


-- The rules that want a file changed, each once.
local function rules_of(plan, one)
  local out = {}
  for _, e in ipairs(plan.edits) do
    if e.of and core.place(e.of) == one.path and not out[e.rule] then
      out[e.rule] = true
      out[#out + 1] = e.rule
    end
  end
  return out
end


-- One file: its copy is written, and the line asked to name it.
local function mend(link, plan, one, number, folder, host)
  local part, why = part_of(link, one)
  if not part then return nil, why end
  local bytes, refused = core.made(one.file)
  if not bytes then return nil, refused end
  local path = copy_path(folder, number, one.path)
  local ok, failed = host.make(path:match "^(.*)/")
  if ok then ok, failed = host.write(path, bytes) end
  if not ok then return nil, failed end
  local made
  ok, made = pcall(edit.new, link, steps_for(part, path),
                   "use a mended " .. core.printable(one.path))
  if not ok then return nil, made end
  for _, rule in ipairs(rules_of(plan, one)) do link:ask(rule, made) end
  return true
end


--- Does the plan want inputs of a line changed?
function mended.wanted(plan)
  return plan.status < 2 and #fix.files(plan.edits) > 0
end


--- Make copies of all inputs that the plan wants changed, for the line to name:
--- true, or nil and a sentence.
function mended.make(link, plan, folder, host)
  if not mended.wanted(plan) then return true end
  local list = fix.files(plan.edits)
  local ok, why = fix.can_move(list)
  if not ok then return nil, why end
  for i, one in ipairs(list) do
    ok, why = mend(link, plan, one, i, folder, host)
    if not ok then return nil, why end
  end
  for _, e in ipairs(plan.edits) do
    if e.of then e.made_for = link end
  end
  return true
end

return mended
