--- Evaluate rules over a tree, one subject at a time.
--
-- The verdict is not kept here: the core writes down what stayed unknown
-- before a rule can catch anything, and the plan is read from that record.

local core = require "symrun.core"
local rule = require "symrun.rule"

local run = {}

local Finding = {}
Finding.__index = Finding
Finding.__name = "symrun.finding"


--- Say what to do about it.
function Finding:hint(format, ...)
  core.hint(self.number, format:format(...))
  return self
end


--- Ask for edits, which are done together or not at all.
function Finding:fix(...)
  for _, edit in ipairs { ... } do
    if type(edit) ~= "table" or not edit.op then
      error("an edit is expected, such as archive:reindex()", 2)
    end
    core.edit(self.number, edit.op, edit.subject, edit.names)
  end
  return self
end


local function reporter(level)
  return function (_, subject, format, ...)
    if type(format) ~= "string" then
      error(("a message is expected after the subject, not a %s")
            :format(type(format)), 2)
    end
    local number = core.report(level, subject, format:format(...))
    return setmetatable({ number = number }, Finding)
  end
end

-- report(subject, format, ...), report.warning(...), report.note(...)
local report = setmetatable({}, {
  __call = reporter "error", __metatable = false,
})
for _, level in ipairs { "warning", "note" } do
  local f = reporter(level)
  report[level] = function (...) return f(nil, ...) end
end


--- Say that the rule itself cannot tell: the run is then unknown.
function report.unknown(subject, format, ...)
  local number = core.doubt(subject, format:format(...))
  return setmetatable({ number = number }, Finding)
end


local UNKNOWN = "^[^\n]*unknown: "  -- the error that a record stands behind

local function rule_failed(r, order, subject, failure)
  local first, trace = failure:match("^([^\n]*)\n?(.*)$")
  local lines = {}
  for line in trace:gmatch("[^\n]+") do
    -- only the rule's own lines: the engine's help nobody
    if line:find("%.lua:%d+") and not line:find("symrun%.%w+:") then
      lines[#lines + 1] = line:match("^%s*(.-):?%s*in ") or line
    end
  end
  core.trouble(r.id, order, nil, nil,
    ("the rule itself failed%s: %s"):format(
      subject and " on " .. tostring(subject) or "", first),
    #lines > 0 and "called from " .. table.concat(lines, ", ") or nil)
end


-- The things that stand beside a subject, or a sentence about what does not.
local function companions(r, subject, world)
  local with = {}
  for _, name in ipairs(rule.sorted_keys(r.with)) do
    local found, why = r.with[name]:beside(subject, world)
    if not found then return nil, why end
    with[name] = found
  end
  return with
end


local function evaluate(r, order, subject, world)
  local with, why = companions(r, subject, world)
  if not with then
    local file = subject.path and subject or nil
    core.trouble(r.id, order, file and file:input(), file and file:path(),
      ("cannot be checked: %s"):format(why),
      "name a folder that holds both, or leave this rule out")
    return
  end
  local advice = r.if_unknown and r.if_unknown(subject)
  local about = r.each.kind ~= "link" and subject or nil
  local ok, failure, unknown = core.evaluate(r.id, order, advice, about,
    function () r.check(subject, report, with) end)
  if not ok and not (unknown and failure:find(UNKNOWN)) then
    rule_failed(r, order, subject, failure)
  end
end


local function nothing_for(r, order)
  if r.each.kind == "link" and not r.by_name or r.may_be_empty then
    core.not_run(("%s: there is no %s"):format(r.id, r.each))
    return
  end
  core.trouble(r.id, order, nil, nil,
    ("nothing was checked: there is no %s"):format(r.each),
    "name another input or pattern; a rule that may match nothing says "
    .. "may_be_empty = true")
end


--- Run rules (a list) over a tree, and over link lines if there are any.
--- Progress, if given, is told each rule.
function run.rules(rules, tree, links, progress)
  local world, ran = { tree = tree, links = links or {} }, 0
  for _, folder in ipairs(tree:unread()) do
    core.trouble("symrun/read", 0, folder.input, folder.path,
      "this folder " .. folder.reason .. ", so nobody knows what is in it",
      "give the right to read it, or leave it out with --exclude")
  end
  for order, r in ipairs(rules) do
    local subjects = r.each:from(world)
    if #subjects == 0 then nothing_for(r, order) end
    for i, subject in ipairs(subjects) do
      if progress then progress(r, i, #subjects) end
      evaluate(r, order, subject, world)
      ran = ran + 1
    end
  end
  if ran == 0 and core.verdict "error" == 0 then
    core.trouble("symrun/run", #rules + 1, nil, nil,
      "nothing was checked: no rule found anything to look at",
      "name the files, folders or the link line that these rules are about")
  end
end


--- The finished plan, as one table; `level` decides the verdict.
function run.plan(rules, level)
  local plan = core.checked()
  plan.rules = #rules - #plan.not_run
  plan.findings = core.findings()
  plan.edits = core.edits()
  plan.status = core.verdict(level or "error")
  plan.verdict = ({ [0] = "pass", "fail", "unknown" })[plan.status]
  return plan
end

return run
