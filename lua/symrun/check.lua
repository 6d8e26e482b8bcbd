--- The main job: rules over a tree and a link line, then the report.

local core = require "symrun.core"
local fix = require "symrun.fix"
local options = require "symrun.options"
local output = require "symrun.output"
local policies = require "symrun.policies"
local rule = require "symrun.rule"
local run = require "symrun.run"
local told = require "symrun.told"

local check = {}

local last = options.last


-- Words that begin with '@' name lists of inputs, a line each.
local function listed(words)
  local out = {}
  for _, word in ipairs(words) do
    if word:sub(1, 1) == "@" then
      local file, why = io.open(word:sub(2), "rb")
      if not file then return nil, "cannot read the list " .. why end
      local text, failed = file:read("a")
      file:close()
      if not text then
        return nil, ("cannot read the list %s: %s"):format(word:sub(2), failed)
      end
      for path in text:gmatch("[^\n]+") do out[#out + 1] = path end
    else
      out[#out + 1] = word
    end
  end
  return out
end


--- A tree of inputs, and the list of them; or nil and a sentence.
function check.tree(words, out)
  local inputs, why = listed(words)
  if not inputs then return nil, why end
  local tree = core.tree(#out.all > 0)
  for _, glob in ipairs(out.exclude) do
    local ok, failed = core.exclude(tree, glob)
    if not ok then return nil, failed end
  end
  for _, input in ipairs(inputs) do
    local ok, failed = core.add(tree, input)
    if not ok then return nil, failed end
  end
  return tree, inputs
end


local function list_rules(rules)
  local lines = {}
  for i, r in ipairs(rules) do lines[i] = ("%-32s %s"):format(r.id, r.about) end
  return output.print(core.harmless(table.concat(lines, "\n")))
end


local function explain(rules, id)
  local ids = {}
  for i, r in ipairs(rules) do
    ids[i] = r.id
    if r.id == id then
      local what = r.each.kind == "tree" and "the tree as a whole"
                   or "each " .. tostring(r.each)
      local story = r.story and r.story:gsub("^\n", "") .. "\n" or ""
      return output.print(core.harmless(("%s: %s\n\n%sIt looks at %s."):format(
        r.id, r.about, story, what)))
    end
  end
  local near = rule.nearest(id, ids)
  options.say("no rule is named '%s'%s; --list names them", core.printable(id),
              near and (" (did you mean '%s'?)"):format(near) or "")
  return 2
end


local function timing(host, marks)
  local before = 0
  for _, mark in ipairs(marks) do
    io.stderr:write(("%-10s %9.3f ms CPU\n"):format(mark[1],
                                                    (mark[2] - before) * 1000))
    before = mark[2]
  end
  io.stderr:write(("%-10s %9.3f ms CPU, %.3f ms elapsed\n"):format("all",
    before * 1000, host.elapsed() * 1000))
end


-- The leading words that end in ".lua" are rules, the others inputs.
local function split(plain)
  local rules, inputs, i = {}, {}, 1
  while plain[i] and plain[i]:find("%.lua$") do
    rules[i] = plain[i]
    i = i + 1
  end
  table.move(plain, i, #plain, 1, inputs)
  return rules, inputs
end


-- What is told while rules run: with -v each subject, else on a terminal only.
local function progress(host, out)
  if #out.verbose > 0 then
    return function (r, _, _, subject)
      options.say("%s looks at %s", r.id, tostring(subject))
    end
  end
  if #out.quiet > 0 or not host.progress then return nil end
  return function (r, i, n)
    if host.elapsed() > 0.5 then
      host.progress(("%s %d of %d"):format(r.id, i, n))
    end
  end
end


--- The link that words (the program first) stand for.
function check.link(words, out)
  local flavour = out and last(out.flavour)
  return require "symrun.line".new(words, nil, { flavour = flavour })
end


-- Captures as links.
local function revived(captures)
  local links, several = {}, false
  for _, one in ipairs(captures) do
    several = several or one.folder ~= captures[1].folder
  end
  for i, one in ipairs(captures) do
    for _, change in ipairs(one.changes) do options.say("%s", change) end
    links[i] = require "symrun.line".new(one.words, nil, {
      flavour = one.like, folder = one.folder, kept = one.kept,
      several = several,
    })
  end
  return links
end


local function is_excluded(name, globs)
  for _, glob in ipairs(globs) do
    local ok, yes = pcall(core.match, glob, name, "path")
    if ok and yes then return true end
  end
  return false
end


-- Inputs that are captures, or folders of them, as links; the other inputs;
-- whether all could be read.  One that was cut short is told and left out.
local function take_captures(words, out, host)
  local captures, others, whole = {}, {}, true
  local function take(word)
    local one, why = host.revived(word)
    if one then captures[#captures + 1] = one
    elseif one == nil then
      options.say("%s", why)
      whole = false
    end
    return one ~= false
  end
  for _, word in ipairs(words) do
    local list, more = host.captures(word)
    for _, name in ipairs(list or {}) do
      local path = word:gsub("/*$", "/") .. name
      if not is_excluded(name, out.exclude) and not take(path) then
        options.say("%s is no capture, or one that was cut short",
                    core.printable(path))
        whole = false
      end
    end
    if (not list or more) and not take(word) then
      others[#others + 1] = word
    end
  end
  return revived(captures), others, whole
end


-- Files as they are after what a killed run left is settled: a tree, or nil and
-- a sentence.
local function settled_tree(tree, words, out)
  local changed, why = fix.recover(core.folders(tree))
  if changed == nil then return nil, why end
  if not changed then return tree end
  local again, failed = check.tree(words, out)
  return again, not again and failed or nil
end


-- Why the plan cannot be carried out like this, or nil.
local function unfit_to_fix(out, links)
  if #out.fix > 0 and #out.into > 0 then
    return "--fix changes files in place and --into makes copies; give one"
  end
  if #links > 0 then
    return "--fix and --into are for files and trees; with --run a line is "
           .. "linked as rules want it, and its inputs stay as they are"
  end
end


--- Check: plain words, options, the program's part, the words of a line.
function check.main(plain, out, host, after)
  local paths, words = split(plain)
  local marks = {}
  local function mark(name) marks[#marks + 1] = { name, os.clock() } end
  local print_line = after and last(out.format, ""):find "^argv"
  if #paths == 0 and #words == 0 and print_line then
    return require "symrun.argv".main(after, out)
  end
  if #paths == 0 then
    options.say("no rules were named: files that end in .lua come before the "
                .. "inputs; symrun --help tells how")
    return 2
  end
  local given, why = policies.definitions(out.define)
  if not given then options.say("%s", why) return 2 end
  local list, rules
  list, why = policies.load(paths, given, host.rules)
  if not list then options.say("%s", why) return 2 end
  rules, why = policies.select(list, out.select)
  if not rules then options.say("%s", why) return 2 end
  if #out.list > 0 then return list_rules(rules) end
  if #out.explain > 0 then return explain(rules, last(out.explain)) end
  mark "rules"
  if #out.run > 0 and not after then
    options.say("--run needs a link line: '--', the linker and its words")
    return 2
  end
  if #words == 0 and not after then
    options.say("nothing was named to look at, so nothing was checked; name a "
                .. "file or a folder after the rules")
    return 2
  end
  local links, whole
  links, words, whole = take_captures(words, out, host)
  if not whole and #links + #words == 0 and not after then return 2 end
  local tree, inputs = check.tree(words, out)
  if not tree then options.say("%s", inputs) return 2 end
  if after then links[#links + 1] = check.link(after, out) end
  if fix.wanted(out) then
    why = unfit_to_fix(out, links)
    if not why then tree, why = settled_tree(tree, words, out) end
    if why or not tree then options.say("%s", why) return 2 end
  elseif core.left(tree) then
    options.say("files in %s are being replaced, or a run that did was cut "
                .. "short: the next --fix finishes it",
                core.printable(core.left(tree)))
  end
  if #words == 0 then tree = nil end  -- what the lines link
  mark "walk"
  local level = last(out["fail-on"], "error")
  run.rules(rules, tree, links, progress(host, out))
  local link = after and links[#links]
  if host.progress then host.progress(nil) end
  mark "check"
  local plan = run.plan(rules, level)
  if fix.wanted(out) then
    fix.apply(plan, out, function ()
      core.reset()
      run.rules(rules, check.tree(words, out), links)
      return run.plan(rules, level)
    end)
    mark "fix"
  end
  if print_line then told.applied(plan, link) end
  local function tell()  -- gives the status where that is the end
    local ok, failed = output.emit(plan, out, {
      color = output.colored(out, host), inputs = #inputs,
      quiet = #out.quiet > 0, to = print_line and io.stderr or nil,
      name = print_line and "text" or nil,
    })
    mark "report"
    if not ok then return output.failed(failed) end
    if #out.timing > 0 then timing(host, marks) end
    if not whole then return 2 end
    if print_line and plan.status < 2
       and require "symrun.argv".edited(link, after, out, host, plan)
         ~= 0 then
      return 2
    end
    return #out.run == 0 and plan.status or nil
  end
  if #out.run == 0 or not whole then return tell() end
  return require "symrun.ld".run_edited(link, after, out, host, plan, tell,
    function (new)
      core.reset()
      links[#links] = check.link(new, out)
      run.rules(rules, tree, links)
      return run.plan(rules, level).status
    end)
end

return check
