--- The tool: words in, a report and an exit status out.

local core = require "symrun.core"
local json = require "symrun.json"
local options = require "symrun.options"
local policy = require "symrun.policy"
local report = require "symrun.report"
local rule = require "symrun.rule"
local run = require "symrun.run"
local sandbox = require "symrun.sandbox"
local spec = require "symrun.spec"

local cli = {}

local usage = [[
usage: symrun [OPTION...] RULES.lua... [INPUT...]   check files and trees
       symrun nm [OPTION...] INPUT...               every symbol, as data
       symrun test [DIR...]                         run the specs of rules

Rule files that are not there are looked up among those that came with symrun.
Exit status: 0 clean; 1 findings; 2 something could not be told, or usage.

]]

local planned = {
  ld = true, why = true, diff = true, stub = true, jump = true, edit = true,
  summarize = true, init = true, repl = true,
}


local function say(format, ...)
  io.stderr:write("symrun: ", format:format(...), "\n")
end


local function last(list, default)
  if #list == 0 then return default end
  return list[#list]
end


-- NAME=VALUE words, as name -> list of values, for one file and for all.
local function definitions(words)
  local given = {}
  for _, word in ipairs(words) do
    local name, value = word:match("^([%w_.-]+)=(.*)$")
    if not name then
      return nil, ("-D takes [FILE.]NAME=VALUE, not '%s'"):format(
        core.printable(word))
    end
    given[name] = given[name] or {}
    table.insert(given[name], value)
  end
  return given
end


-- What was given to the policy with this stem.
local function given_to(given, stem)
  local out = {}
  for name, values in pairs(given) do
    local file, own = name:match("^(.*)%.([^.]+)$")
    if not file then out[name] = values
    elseif file == stem then out[own] = values end
  end
  return out
end


local function check_definitions(given, policies)
  local known = {}
  for _, p in ipairs(policies) do
    for name in pairs(p.declared) do
      known[name] = true
      known[p.stem .. "." .. name] = true
    end
  end
  for _, name in ipairs(rule.sorted_keys(given)) do
    if not known[name] then
      local lines = {}
      for _, p in ipairs(policies) do
        for _, own in ipairs(rule.sorted_keys(p.declared)) do
          lines[#lines + 1] = ("  %s.%s  %s"):format(p.stem, own,
                                                     p.declared[own].about)
        end
      end
      return ("no rule file declares a parameter '%s'%s"):format(name,
        #lines > 0 and "; there are\n" .. table.concat(lines, "\n")
        or ", and none declares any")
    end
  end
end


local function load_policies(paths, given, installed)
  local policies = {}
  for _, path in ipairs(paths) do
    local stem = (path:match("([^/]*)$"):gsub("%.lua$", ""))
    local p, why = policy.load(path, given_to(given, stem), installed)
    if not p then return nil, why end
    policies[#policies + 1] = p
  end
  return policies, check_definitions(given, policies)
end


-- A shell pattern as a Lua one; rule names have no other special bytes.
local function matches(glob, id)
  local pattern = glob:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
                      :gsub("%*", ".*"):gsub("%?", ".")
  return id:find("^" .. pattern .. "$") ~= nil
end


local function selected(policies, globs)
  local rules, all = {}, {}
  for _, p in ipairs(policies) do
    for _, r in ipairs(p.rules) do
      all[#all + 1] = r.id
      local wanted = #globs == 0
      for _, glob in ipairs(globs) do
        wanted = wanted or matches(glob, r.id)
      end
      if wanted then rules[#rules + 1] = r end
    end
  end
  if #rules == 0 then
    return nil, ("no rule is named %s; there are %s"):format(
      table.concat(globs, " or "), table.concat(all, ", "))
  end
  return rules
end


-- Words that begin with '@' name lists of inputs, a line each.
local function listed(words)
  local out = {}
  for _, word in ipairs(words) do
    if word:sub(1, 1) == "@" then
      local file, why = io.open(word:sub(2), "rb")
      if not file then return nil, "cannot read the list " .. why end
      for line in file:lines() do
        if line ~= "" then out[#out + 1] = line end
      end
      file:close()
    else
      out[#out + 1] = word
    end
  end
  return out
end


local function open_tree(words, out)
  local inputs, why = listed(words)
  if not inputs then return nil, why end
  local tree = core.tree(#out.all > 0)
  for _, glob in ipairs(out.exclude) do tree:exclude(glob) end
  for _, input in ipairs(inputs) do
    local ok, failed = tree:add(input)
    if not ok then return nil, failed end
  end
  return tree, inputs
end


local function colored(out, host)
  local when = last(out.color, "auto")
  if when == "always" then return true end
  return when == "auto" and host.terminal and not os.getenv("NO_COLOR")
end


local formats = {
  text = function (plan, opt) return report.text(plan, opt) end,
  json = function (plan) return json.text(plan) end,
}


-- Write everything, or say why not.
local function write(file, text, name)
  local ok, why = file:write(text)
  if ok then ok, why = file:flush() end
  if not ok then return nil, ("%s: %s"):format(name, why) end
  return true
end


local function emit(plan, out, opt)
  local name = last(out.format, "text")
  local ok, why = write(io.stdout, formats[name](plan, opt), "standard output")
  if not ok then return nil, why end
  for _, word in ipairs(out.output) do
    local format, path = word:match("^(%w+)=(.+)$")
    if not formats[format] then
      return nil, ("--output takes FORMAT=FILE with one of %s, not '%s'"):format(
        table.concat(rule.sorted_keys(formats), ", "), core.printable(word))
    end
    local file, failed = io.open(path, "wb")
    if not file then return nil, failed end
    local plain = { inputs = opt.inputs }
    ok, why = write(file, formats[format](plan, plain), path)
    if ok then ok, why = file:close() end
    if not ok then return nil, why end
  end
  return true
end


local function list_rules(rules)
  for _, r in ipairs(rules) do print(("%-32s %s"):format(r.id, r.about)) end
  return 0
end


local function explain(rules, id)
  for _, r in ipairs(rules) do
    if r.id == id then
      print(("%s: %s\n"):format(r.id, r.about))
      if r.story then print((r.story:gsub("^\n", ""))) end
      print("It looks at each " .. tostring(r.each) .. ".")
      return 0
    end
  end
  say("no rule is named '%s'; --list names them", core.printable(id))
  return 2
end


local function check_values(out)
  local level = last(out["fail-on"], "error")
  if not ({ error = 1, warning = 1, note = 1 })[level] then
    return ("--fail-on takes error, warning or note, not '%s'"):format(level)
  end
  local format = last(out.format, "text")
  if not formats[format] then
    return ("--format takes %s, not '%s'"):format(
      table.concat(rule.sorted_keys(formats), " or "), core.printable(format))
  end
  local when = last(out.color, "auto")
  if not ({ auto = 1, always = 1, never = 1 })[when] then
    return ("--color takes auto, always or never, not '%s'"):format(when)
  end
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


local function progress(host, quiet)
  if quiet or not host.progress then return nil end
  return function (r, i, n)
    if host.elapsed() > 0.5 then
      host.progress(("%s %d of %d"):format(r.id, i, n))
    end
  end
end


local function check(plain, out, host)
  local paths, words = split(plain)
  local marks = {}
  local function mark(name) marks[#marks + 1] = { name, os.clock() } end
  if #paths == 0 then
    say("no rules were named\n%s", usage .. options.help())
    return 2
  end
  local given, why = definitions(out.define)
  if not given then say("%s", why) return 2 end
  local policies
  policies, why = load_policies(paths, given, host.rules)
  if why then say("%s", why) return 2 end
  local rules
  rules, why = selected(policies, out.select)
  if not rules then say("%s", why) return 2 end
  if #out.list > 0 then return list_rules(rules) end
  if #out.explain > 0 then return explain(rules, last(out.explain)) end
  mark "rules"
  if #words == 0 then
    say("nothing was named to look at, so nothing was checked; name a file or "
        .. "a folder after the rules")
    return 2
  end
  local tree, inputs = open_tree(words, out)
  if not tree then say("%s", inputs) return 2 end
  mark "walk"
  run.rules(rules, tree, progress(host, #out.quiet > 0))
  if host.progress then host.progress(nil) end
  mark "check"
  local plan = run.plan(rules, last(out["fail-on"], "error"))
  local ok
  ok, why = emit(plan, out, {
    color = colored(out, host), inputs = #inputs, quiet = #out.quiet > 0,
  })
  mark "report"
  if not ok then
    if not why:find("Broken pipe", 1, true) then say("%s", why) end
    return 2
  end
  if #out.timing > 0 then timing(host, marks) end
  return plan.status
end


local function nm(plain, out, host)
  local tree, inputs = open_tree(plain, out)
  if not tree then say("%s", inputs) return 2 end
  if #tree == 0 then say("nothing was named to look at") return 2 end
  return host.nm(tree, last(out.view, "native"))
end


-- The files below the words that end in _spec.lua.
local function specs_below(words)
  local tree = core.tree(true)
  for _, word in ipairs(words) do
    local ok, why = tree:add(word)
    if not ok then return nil, why end
  end
  local out = {}
  for _, file in ipairs(tree:select("any", "**/*_spec.lua")) do
    local input, path = file:input(), file:path()
    local single = input:match("([^/]*)$") == path
    out[#out + 1] = single and input or input:gsub("/$", "") .. "/" .. path
  end
  return out
end


local function test(plain)
  local paths, why = specs_below(#plain > 0 and plain or { "." })
  if not paths then say("%s", why) return 2 end
  local cases, failed, files = 0, 0, 0
  for _, path in ipairs(paths) do
    local loaded, chunk = pcall(dofile, path)
    if loaded and type(chunk) == "table" and chunk.rules then
      local n, wrong = spec.check(chunk.rules, chunk.cases)
      cases, failed, files = cases + n, failed + #wrong, files + 1
      for _, line in ipairs(wrong) do print(path .. ": " .. line) end
    end
  end
  if cases == 0 then
    say("no specs of rules were found, so nothing was tested")
    return 2
  end
  print(("%d cases of %d rule files: %s"):format(cases, files,
    failed == 0 and "all right" or failed .. " wrong"))
  return failed == 0 and 0 or 1
end


local function dispatch(words, host)
  local command = words[1]
  if command and planned[command] then
    say("'symrun %s' is not in this version; symrun --help lists what is", command)
    return 2
  end
  local verb = check
  if command == "nm" or command == "test" then
    verb = command == "nm" and nm or test
    words = table.move(words, 2, #words, 1, {})
  end
  local out, plain, after = options.parse(words)
  if not out then say("%s", plain) return 2 end
  if #out.help > 0 then print(usage .. options.help()) return 0 end
  if #out.version > 0 then print("symrun " .. core.version) return 0 end
  local wrong = check_values(out)
  if wrong then say("%s", wrong) return 2 end
  if after then
    say("a link line after '--' is not understood by this version")
    return 2
  end
  return verb(plain, out, host)
end


--- Run the tool.  `host` holds what only the program knows: the rules that
--- came with it, whether it writes to a terminal, a clock.
function cli.main(words, host)
  sandbox.freeze_strings()
  local ok, status = xpcall(dispatch, debug.traceback, words, host)
  if ok then return status end
  say("%s", status)
  return 2
end

return cli
