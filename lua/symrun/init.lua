--- Ask questions of object files, and run link rules, from any Lua 5.4.
--
-- Rules get another table by the same name: see symrun.policy.

local core = require "symrun.core"
local line = require "symrun.line"
local policies = require "symrun.policies"
local run = require "symrun.run"

local symrun = { version = core.version, open = core.open }


--- Run rules over inputs and give the plan: a table with `verdict`, `status`,
--- `findings`, `edits` and counts, or nil and a sentence.
--- t.rules: paths of rule files; t.inputs: paths; t.line: the words of a link
--- line; t.define: parameters; t.select: patterns of rules' names; t.fail_on:
--- the least level that fails; t.exclude: path patterns; t.all: cargo's own
--- folders too; t.threads: how many may read; t.folder: where the texts will be
--- that an edited line names.  Where nothing is unknown, plan.line is the line
--- as rules want it, and plan.made what must be written first: {path=, bytes=}.
function symrun.check(t)
  for _, name in ipairs { "rules", "inputs" } do
    if type(t) ~= "table" or type(t[name]) ~= "table" then
      error(("check takes a table, and its '%s' is a list"):format(name), 2)
    end
  end
  local given = {}
  for name, value in pairs(t.define or {}) do
    given[name] = type(value) == "table" and value or { tostring(value) }
  end
  core.threads(t.threads or 1)
  core.reset()
  local before = core.checked()  -- counted since the engine began
  local list, rules, why
  list, why = policies.load(t.rules, given, t.installed)
  if not list then return nil, why end
  rules, why = policies.select(list, t.select or {})
  if not rules then return nil, why end
  local tree = core.tree(t.all)
  for _, glob in ipairs(t.exclude or {}) do
    local ok, failed = core.exclude(tree, glob)
    if not ok then return nil, failed end
  end
  for _, input in ipairs(t.inputs) do
    local ok, failed = core.add(tree, input)
    if not ok then return nil, failed end
  end
  local link = t.line and line.new(t.line)
  run.rules(rules, not (link and #t.inputs == 0) and tree or nil, { link })
  local plan = run.plan(rules, t.fail_on)
  for _, what in ipairs { "files", "members", "symbols" } do
    plan[what] = plan[what] - before[what]
  end
  if link and plan.status < 2 then
    plan.line, plan.made = link:edited(t.folder or "")
  end
  return plan
end

return symrun
