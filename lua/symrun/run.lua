--- Evaluate rules over a tree, one subject at a time.
--
-- The verdict is not kept here: the core writes down what stayed unknown
-- before a rule can catch anything, and the plan is read from that record.

local core = require "symrun.core"
local rule = require "symrun.rule"
local told = require "symrun.told"

local run = {}

local Finding = {}
Finding.__index = Finding
Finding.__name = "symrun.finding"
Finding.__metatable = false


-- What a rule says, or an error at the line that says it.
local function sentence(format, ...)
  if type(format) ~= "string" then
    error(("a sentence is expected, not a %s"):format(type(format)), 3)
  end
  local ok, text = pcall(format.format, format, ...)
  if not ok then error(text, 3) end
  return text
end


--- Say what to do about it.
function Finding:hint(...)
  core.hint(self.number, sentence(...))
  return self
end


--- Ask for edits, which are done together or not at all.  A text that was made
--- for a line is written with the edit that uses it.
function Finding:fix(...)
  for _, edit in ipairs { ... } do
    local made = debug.getmetatable(edit)
    if type(edit) ~= "table" or not edit.op
       and not (made and made.__name == "symrun.script") then
      error("an edit is expected, such as archive:reindex()", 2)
    end
    if edit.op == "link" then told.edit(self, edit)
    elseif edit.op then core.edit(self.number, edit)
    end
  end
  return self
end


-- What a rule reports with: report(subject, format, ...), report.warning(...),
-- report.note(...), and report.unknown(...) where the rule itself cannot tell.
-- Each evaluation has its own, which is of no use when that is over.
local function reporter(evaluation, r, link)
  local function made(number, word)
    told.word(evaluation, number, word)
    return setmetatable({ number = number, rule = r.id, link = link,
                          evaluation = evaluation }, Finding)
  end
  local function at(level)
    return function (subject, ...)
      local about, text, word = told.about(subject, sentence(...))
      return made(core.report(level, about, text, evaluation), word)
    end
  end
  local as_error = at "error"
  return setmetatable({
    warning = at "warning",
    note = at "note",
    unknown = function (subject, ...)
      local about, text, word = told.about(subject, sentence(...))
      return made(core.doubt(about, text, evaluation), word)
    end,
  }, {
    __call = function (_, ...) return as_error(...) end, __metatable = false,
  })
end


local UNKNOWN = "^[^\n]*unknown: "  -- the error that a record stands behind

-- The engine's own lines in a traceback help nobody.  Compiled in, its parts
-- have no ".lua" in their names; otherwise they stand in this folder.
local engine = debug.getinfo(1, "S").short_src:match "^(.*/)run%.lua$"

local function is_own(line)
  local place = line:match "^%s*(.-%.lua:%d+)"
  return place and not (engine and place:sub(1, #engine) == engine)
end


local function rule_failed(r, order, subject, failure)
  local first, trace = failure:match("^([^\n]*)\n?(.*)$")
  local lines = {}
  first = first:gsub("^(%a+): 0x%x+$", "the error is a %1, not a sentence")
  for line in trace:gmatch("[^\n]+") do
    if line:find "^%s*%[C%]: in .*evaluate'$" then break end  -- then the host
    if is_own(line) then
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
  return setmetatable(with, { __metatable = false, __index = function (_, key)
    error(("`with` of this rule has no '%s'"):format(tostring(key)), 2)
  end })
end


-- What a rule advises when something about a subject cannot be read.
local function advice_of(r, order, subject)
  if not r.if_unknown then return nil end
  local ok, advice = pcall(r.if_unknown, subject)
  if ok and (advice == nil or type(advice) == "string") then return advice end
  core.trouble(r.id, order, nil, nil,
    ok and ("the rule itself failed: if_unknown gives a %s, not a sentence")
           :format(type(advice))
    or ("the rule itself failed in if_unknown: %s"):format(tostring(advice)),
    nil)
end


local function evaluate(r, order, subject, world)
  local with, why = companions(r, subject, world)
  if not with then
    local file = core.is_file(subject) and subject or nil
    core.trouble(r.id, order, file and file:input(), file and file:path(),
      ("cannot be checked: %s"):format(why),
      "name a folder that holds both, or leave this rule out")
    return
  end
  local advice = advice_of(r, order, subject)
  local link = r.each.kind == "link" and told.link(subject) or nil
  local about = not link and subject or nil
  local ok, failure, unknown = core.evaluate(r.id, order, advice, about,
    function (number)
      told.begin(number, link)
      local open = link and r.each:unsure_of(link)
      if open then core.doubt(nil, open) error("unknown: " .. open, 0) end
      r.check(subject, reporter(number, r, link), with)
    end)
  if not ok and not (unknown and failure:find(UNKNOWN)) then
    rule_failed(r, order, subject, failure)
  end
end


local function nothing_for(r, order, passing)
  if r.each.kind == "link" and not r.by_name or r.may_be_empty or passing then
    core.not_run(("%s: there is no %s"):format(r.id, r.each))
    return
  end
  core.trouble(r.id, order, nil, nil,
    r.each.kind == "tree" and "nothing was checked: there is no file"
    or ("nothing was checked: there is no %s"):format(r.each),
    "name another input or pattern; a rule that may match nothing says "
    .. "may_be_empty = true")
end


-- Does any rule look at files, as its subjects or beside them?  And may these
-- be objects?
local function want_files(rules)
  local files, objects = false, false
  local function want(selector)
    local kind = selector.kind
    files = files or kind ~= "link"
    objects = objects or kind ~= "link" and kind ~= "archive"
                         and kind ~= "library"
  end
  for _, r in ipairs(rules) do
    want(r.each)
    for _, beside in pairs(r.with or {}) do want(beside) end
  end
  return files, objects
end


-- The files that lines link, as one tree; each once, however it is named.
local function inputs_of(links)
  if #links == 1 then return links[1]:all_inputs() end
  local tree, seen = core.tree(true), {}
  for _, link in ipairs(links) do
    for _, file in ipairs(core.select(link:all_inputs(), "any")) do
      local path = core.real(file)
      local ok, why = seen[path], nil
      if not ok then ok, why = core.add(tree, path, file:input()) end
      if not ok then
        core.trouble("symrun/line", 0, file:input(), file:path(), why)
      end
      seen[path] = true
    end
  end
  return tree
end


--- Run rules (a list) over a tree, and over link lines if there are any;
--- without a tree over what the lines link.  Progress, if given, is told each
--- rule and what it looks at.  `passing`: this is one of many things that pass
--- by, and the rules need not be about it.
function run.rules(rules, tree, links, progress, passing)
  local wanted, objects = want_files(rules)
  local of_lines = not tree and wanted
  local before = core.checked().files
  tree = tree or of_lines and inputs_of(links) or core.tree()
  local world, ran = { tree = tree, links = links or {}, picked = {} }, 0
  local lines = 0
  for _, folder in ipairs(core.unread(tree)) do
    core.trouble("symrun/read", 0, folder.input, folder.path,
      "this folder " .. folder.reason .. ", so nobody knows what is in it",
      "give the right to read it, or leave it out with --exclude")
  end
  for order, r in ipairs(rules) do
    local subjects = r.each:from(world)
    if #subjects == 0 then nothing_for(r, order, passing) end
    for i, subject in ipairs(subjects) do
      if progress then progress(r, i, #subjects, subject) end
      evaluate(r, order, subject, world)
      ran = ran + 1
      if r.each.kind == "link" then lines = lines + 1 end
    end
  end
  if (ran == 0 and not passing
      or ran > lines and core.checked().files == before)
     and core.verdict "error" == 0 then
    core.trouble("symrun/run", #rules + 1, nil, nil,
      "nothing was checked: no rule found anything to look at",
      "name the files, folders or the link line that these rules are about")
  end
  local agree, contradiction = core.agrees()
  if not agree then
    core.trouble("symrun/edit", #rules + 1, nil, nil, contradiction,
                 "let one of the two give way, or leave it out with --select")
  end
  for _, link in ipairs(world.links) do
    local why = link:broken()
                or of_lines and (link.why or objects and link.compiled)
    if why and core.verdict "error" < 2 then
      core.trouble("symrun/line", #rules + 1, nil, nil, why)
    end
    link:settle(#rules + 1)
  end
end


--- The finished plan, as one table; `level` decides the verdict.
function run.plan(rules, level)
  local plan = core.checked()
  plan.rules = #rules - #plan.not_run
  plan.findings = told.findings(core.findings())
  plan.edits = told.edits(core.edits())
  plan.status = core.verdict(level or "error")
  plan.verdict = ({ [0] = "pass", "fail", "unknown" })[plan.status]
  return plan
end

return run
