--- Specs of rules: tiny inputs as tables, and what the plan must say.
--
--   local spec = require "symrun.spec"
--   return spec "rules/perry.lua" {
--     { "an archive without js_* is told",
--       tree = { ["libperry_ext_a.a"] = { ["a.o"] = "T f" } },
--       plan = { "error perry/ext-exports-js libperry_ext_a.a: ..." } },
--   }
--
-- The rules are looked for beside the spec, then from where symrun runs.
-- `line = "cc app.o libx.a @rest"`, or a list of words, is a link line over
-- files of the tree, where { text = "liby.a" } may be the words of rest, or a
-- script; `edited` is what becomes of it, `made` the texts that it then names,
-- as made/1.map and so on; `flavour` says whose words they are.  `define` sets
-- parameters, `rule` runs just one.
--
-- A plan line is "LEVEL RULE FILE(MEMBER): MESSAGE"; one that ends in "..."
-- tells only how it begins.  A spec compares the whole plan: what it does not
-- list must not be found.

local core = require "symrun.core"
local links = require "symrun.line"
local make = require "symrun.make"
local policies = require "symrun.policies"
local policy = require "symrun.policy"
local rule = require "symrun.rule"
local run = require "symrun.run"

local spec = {}

local known = { "define", "edited", "flavour", "line", "made", "plan", "rule",
                "tree" }


-- "T f" is an object; { ["a.o"] = "T f" } or { {"a.o", "T f"}, ... } is an
-- archive; { library = "T f" } and { bytes = } are what they say.
local function bytes_of(value)
  if type(value) == "string" then return make.object(value) end
  if value.bytes then return value.bytes end
  if type(value.text) == "string" then return value.text end
  if value.library then return make.library(value.library) end
  local members = {}
  for _, m in ipairs(value) do members[#members + 1] = m end
  for _, name in ipairs(rule.sorted_keys(value)) do
    local content = value[name]
    if name ~= "index" and not tonumber(name) then
      if type(content) == "string" then content = { nil, content } end
      members[#members + 1] = { name, content[2], text = content.text,
                                bytes = content.bytes }
    end
  end
  return make.archive(members, value.index)
end


-- What a line may name that is words, and no object.
local function texts_of(tree)
  local out = {}
  for path, content in pairs(tree) do
    local text = type(content) == "table" and (content.bytes or content.text)
    if type(text) == "string" then out[path] = text end
  end
  return out
end


local function line_of(f)
  local where = f.file and " " .. core.printable(f.file) or ""
  if f.member then
    where = ("%s(%s)"):format(where, core.printable(f.member))
  end
  return ("%s %s%s: %s"):format(f.unknown and "unknown" or f.level, f.rule,
                                where, f.message)
end


local function is_text(value)
  return type(value) == "table" and type(value.text) == "string"
end


-- A case with a misspelled field would say less than its author thinks.
local function check_case(case)
  if type(case) ~= "table" or type(case[1]) ~= "string" then
    error("a case is a table that begins with a sentence", 0)
  end
  for _, name in ipairs(rule.sorted_keys(case)) do
    if name ~= "1" and not (" " .. table.concat(known, " ") .. " ")
                           :find(" " .. name .. " ", 1, true) then
      local near = rule.nearest(name, known)
      error(("a case has no field '%s'%s; the fields are %s"):format(name,
        near and (" (did you mean '%s'?)"):format(near) or "",
        table.concat(known, ", ")), 0)
    end
  end
end


local function words_of(value)
  if type(value) == "table" then return value end
  local words = {}
  for word in value:gmatch "%S+" do words[#words + 1] = word end
  return words
end


-- The line of a case, over the files of its tree alone.
local function link_of(case)
  local tree = case.tree or {}
  return links.new(words_of(case.line), function (line_tree, word)
    if tree[word] then core.wrap(line_tree, word, bytes_of(tree[word])) end
  end, { files = texts_of(tree), flavour = case.flavour })
end


-- What becomes of a line, as one string, and the texts that it then names;
-- these are numbered as the line names them.
local function edited(link)
  local words, made = link:edited "made"
  if not words then return made, {} end
  local out, texts = table.concat(words, " "), {}
  for _, one in ipairs(made) do
    one.at = out:find(one.path, 1, true) or math.huge
  end
  table.sort(made, function (a, b) return a.at < b.at end)
  for i, one in ipairs(made) do
    local name = ("made/%d%s"):format(i, one.path:match "%.%w+$")
    out = out:gsub(one.path:gsub("%p", "%%%0"), name)
    texts[i] = one.bytes
  end
  return out, texts
end


--- Run one case; gives the plan as lines, the plan, and the line.
function spec.run(rules, case)
  check_case(case)
  local given = {}
  for name, value in pairs(case.define or {}) do
    given[name] = type(value) == "table" and value or { tostring(value) }
  end
  local p, why = policies.load({ rules }, given)
  if not p then error(why, 0) end
  core.reset()
  local tree = core.tree(true)
  for _, path in ipairs(rule.sorted_keys(case.tree or {})) do
    if not is_text(case.tree[path]) then  -- of the line alone
      core.wrap(tree, path, bytes_of(case.tree[path]))
    end
  end
  local lines_given, wanted = {}, {}
  if case.line then lines_given[1] = link_of(case) end
  for _, r in ipairs(p[1].rules) do
    if not case.rule or r.id == case.rule then wanted[#wanted + 1] = r end
  end
  if #wanted == 0 then error(("there is no rule %q"):format(case.rule), 0) end
  run.rules(wanted, tree, lines_given)
  local found = run.plan(wanted)
  local lines = {}
  for i, f in ipairs(found.findings) do lines[i] = line_of(f) end
  return lines, found, lines_given[1]
end


local function same(expected, found)
  local begin = expected:match("^(.*)%.%.%.$")
  if begin then return found:sub(1, #begin) == begin end
  return expected == found
end


-- The same of a line: as it was, unless the case says what becomes of it.
local function wrong_line(case, link)
  if not link then return nil end
  local line, texts = edited(link)
  local wanted = table.concat(words_of(case.edited or case.line), " ")
  if line ~= wanted then
    return ("the line should become\n  %s\nand becomes\n  %s"):format(wanted,
                                                                     line)
  end
  local made = case.made or {}
  for i = 1, math.max(#made, case.edited and case.made and #texts or 0) do
    if made[i] ~= texts[i] then
      return ("text %d should be\n%s\nand is\n%s"):format(i,
        made[i] or "none", texts[i] or "none")
    end
  end
end


--- Compare a case with what it must say: nil if right, else a sentence.
function spec.wrong(rules, case)
  local ok, lines, _, link = pcall(spec.run, rules, case)
  if not ok then return "it failed: " .. tostring(lines) end
  local plan, fits = case.plan or {}, #(case.plan or {}) == #lines
  for i, expected in ipairs(plan) do
    fits = fits and lines[i] ~= nil and same(expected, lines[i])
  end
  if fits then return wrong_line(case, link) end
  return ("the plan should say\n  %s\nand says\n  %s"):format(
    #plan > 0 and table.concat(plan, "\n  ") or "nothing",
    #lines > 0 and table.concat(lines, "\n  ") or "nothing")
end


-- Each rule needs a case that it tells, and one that it does not.
local function uncovered(rules, cases)
  local p, why = policy.load(rules, {})
  if not p then return { why } end
  local out = {}
  for _, r in ipairs(p.rules) do
    local loud, silent = false, false
    for _, case in ipairs(cases) do
      local told, id = false, r.id:gsub("%p", "%%%0")
      if type(case) ~= "table" then case = {} end
      for _, told_line in ipairs(case.plan or {}) do
        told = told or told_line:find("^%a+ " .. id .. "[ :]")
      end
      if told then loud = true
      elseif not case.rule or case.rule == r.id then silent = true end
    end
    if not loud then out[#out + 1] = r.id .. ": no case that must be told" end
    if not silent then
      out[#out + 1] = r.id .. ": no case that must be silent"
    end
  end
  return out
end


--- Run all cases; gives how many there were and the list of what is wrong.
--- `folder` is that of the spec, with its slash: rules may stand beside it.
function spec.check(rules, cases, folder)
  if folder and rules:sub(1, 1) ~= "/" then
    local beside = io.open(folder .. rules)
    if beside then
      beside:close()
      rules = folder .. rules
    end
  end
  local wrong = uncovered(rules, cases)
  for i, case in ipairs(cases) do
    local why = spec.wrong(rules, case)
    if why then
      local name = type(case) == "table" and case[1] or "case " .. i
      wrong[#wrong + 1] = ("%s: %s"):format(name, why)
    end
  end
  return #cases, wrong
end


return setmetatable(spec, {
  __call = function (_, rules)
    return function (cases) return { rules = rules, cases = cases } end
  end,
})
