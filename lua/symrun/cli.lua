--- The tool: words in, an exit status out.

local check = require "symrun.check"
local core = require "symrun.core"
local options = require "symrun.options"
local output = require "symrun.output"
local rule = require "symrun.rule"
local sandbox = require "symrun.sandbox"

local cli = {}

local say, last = options.say, options.last

local usage = [[
usage: symrun [OPTION...] RULES.lua... [INPUT...] [-- LINKER ARG...]
                                                    check files and trees, and
                                                    the order of a link line
       symrun ld [OPTION...] LINKER ARG...          stand in for the linker:
                                                    capture, check, run
       symrun ld --replay CAPTURE                   run a recorded link again
       symrun nm [OPTION...] INPUT...               every symbol, as data
       symrun why [OPTION...] SYMBOL INPUT...       who defines a symbol, who
       symrun why [OPTION...] SYMBOL -- LINKER ARG...  wins, who pulls it in
       symrun edit [OPTION...] FILE                 change an archive or object
       symrun test [DIR...]                         run the specs of rules

Called symrun-cc, symrun-c++, symrun-ld or symrun-wasm-ld it stands in for a
linker, as the environment says: SYMRUN_LINKER the real one, SYMRUN_RULES rule
files with colons between, SYMRUN_DEFINE parameters, SYMRUN_CAPTURE a folder.

Rule files that are not there are looked up among those that came with symrun.
Exit status: 0 clean; 1 findings; 2 something could not be told, or usage.

]]

local planned = {
  diff = true, stub = true, jump = true,
  summarize = true, init = true, repl = true,
}


-- What the options with a choice may be given, each time that they are.
local choices = {
  ["fail-on"] = { "error", "warning", "note" },
  color = { "auto", "always", "never" },
  view = { "native", "bitcode", "gcc-lto", "dynamic", "index" },
  flavour = core.flavours(),
}


local function one_of(name, list, values)
  for _, value in ipairs(values) do
    local found = false
    for _, choice in ipairs(list) do found = found or choice == value end
    if not found then
      return ("--%s takes %s, not '%s'"):format(name,
        table.concat(list, " or "), core.printable(value))
    end
  end
end


local function check_values(out, formats)
  local wrong = one_of("format", formats, out.format)
  for _, name in ipairs(rule.sorted_keys(choices)) do
    wrong = wrong or one_of(name, choices[name], out[name])
  end
  if wrong then return wrong end
  for _, word in ipairs(out.jobs) do
    local n = math.tointeger(tonumber(word:match "^%d+$"))
    if not n or n < 1 or n > 64 then
      return ("-j takes a number from 1 to 64, not '%s'"):format(
        core.printable(word))
    end
    core.threads(n)
  end
  for _, word in ipairs(out.output) do
    if not output.formats[word:match("^(%w+)=.") or ""] then
      return ("--output takes FORMAT=FILE with one of %s, not '%s'"):format(
        table.concat(rule.sorted_keys(output.formats), ", "),
        core.printable(word))
    end
  end
end


local function nm(plain, out, host)
  local tree, inputs = check.tree(plain, out)
  if not tree then say("%s", inputs) return 2 end
  if #tree == 0 then
    say(#plain == 0 and "nothing was named to look at"
        or "there is no file to look at")
    return 2
  end
  return host.nm(tree, last(out.view), #out.demangle > 0,
                 last(out.format) == "json")
end


local function test(plain)
  return require "symrun.test".main(plain)
end


local function why(plain, out, host, after)
  return require "symrun.why".main(plain, out, host, after)
end


local function edit(plain, out)
  return require "symrun.edit".main(plain, out)
end


local verbs = {
  edit = { main = edit, formats = { "text" } },
  nm = { main = nm, formats = { "json", "tsv" } },
  why = { main = why, formats = { "dot", "json", "svg", "text" } },
  test = { main = test },
}


-- Words after "ld": its options end where the linker's name stands.
local function ld(words, host)
  local out, plain, after = options.parse(words, 2, true)
  if not out then say("%s", plain) return 2 end
  if #out.help > 0 then return output.print(usage .. options.help()) end
  if #out.version > 0 then return output.print("symrun " .. core.version) end
  local wrong = check_values(out, rule.sorted_keys(output.formats))
  if wrong then say("%s", wrong) return 2 end
  return require "symrun.ld".main(after or plain, out, host)
end


-- Options that only one verb takes.
local only = {
  ld = { "rules", "capture", "replay" },
  edit = require "symrun.edit".options,
}


local function check_only(verb, out)
  for _, owner in ipairs { "ld", "edit" } do
    for _, name in ipairs(owner == verb and {} or only[owner]) do
      if #out[name] > 0 then
        return ("only symrun %s takes --%s"):format(owner, name)
      end
    end
  end
end


local function dispatch(words, host)
  local command = words[1]
  if command and planned[command] then
    say("'symrun %s' is not in this version; symrun --help lists what is",
        command)
    return 2
  end
  if command == "ld" then return ld(words, host) end
  local out, plain, after = options.parse(words)
  if not out then say("%s", plain) return 2 end
  local verb, formats = check.main, rule.sorted_keys(output.formats)
  if verbs[plain[1]] then
    local found = verbs[table.remove(plain, 1)]
    verb, formats = found.main, found.formats or formats
  end
  if #out.help > 0 then return output.print(usage .. options.help()) end
  if #out.version > 0 then return output.print("symrun " .. core.version) end
  if verb == check.main and after then
    table.move({ "argv", "argv0" }, 1, 2, #formats + 1, formats)
  end
  local wrong = check_values(out, formats)
  if wrong then say("%s", wrong) return 2 end
  local other = check_only(verb == edit and "edit", out)
  if other then say("%s", other) return 2 end
  local reads_line = verb == check.main or verb == why
  if after and (#after == 0 or not reads_line) then
    say(#after == 0 and "after '--' a linker and its words are expected"
        or "only rules and why take a link line after '--'")
    return 2
  end
  return verb(plain, out, host, after)
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
