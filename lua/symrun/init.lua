--- Ask questions of object files, and run link rules, from any Lua 5.4.
--
-- Rules get another table by the same name: see symrun.policy.

local core = require "symrun.core"
local policy = require "symrun.policy"
local run = require "symrun.run"

local symrun = { version = core.version, open = core.open }


--- Run rules over inputs and give the plan: a table with `verdict`, `status`,
--- `findings`, `edits` and counts, or nil and a sentence.
--- t.rules: paths of rule files; t.inputs: paths; t.define: parameters;
--- t.fail_on: the least level that fails; t.exclude: path patterns; t.all.
function symrun.check(t)
  local rules = {}
  core.reset()
  for _, path in ipairs(t.rules) do
    local given = {}
    for name, value in pairs(t.define or {}) do
      given[name] = type(value) == "table" and value or { tostring(value) }
    end
    local p, why = policy.load(path, given, t.installed)
    if not p then return nil, why end
    table.move(p.rules, 1, #p.rules, #rules + 1, rules)
  end
  local tree = core.tree(t.all)
  for _, glob in ipairs(t.exclude or {}) do tree:exclude(glob) end
  for _, input in ipairs(t.inputs) do
    local ok, why = tree:add(input)
    if not ok then return nil, why end
  end
  run.rules(rules, tree)
  return run.plan(rules, t.fail_on)
end

return symrun
