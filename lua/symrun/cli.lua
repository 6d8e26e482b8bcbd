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
       symrun nm [OPTION...] INPUT...               every symbol, as data
       symrun test [DIR...]                         run the specs of rules

Rule files that are not there are looked up among those that came with symrun.
Exit status: 0 clean; 1 findings; 2 something could not be told, or usage.

]]

local planned = {
  ld = true, why = true, diff = true, stub = true, jump = true, edit = true,
  summarize = true, init = true, repl = true,
}


local function check_values(out)
  local level = last(out["fail-on"], "error")
  if not ({ error = 1, warning = 1, note = 1 })[level] then
    return ("--fail-on takes error, warning or note, not '%s'"):format(level)
  end
  local format = last(out.format, "text")
  if not output.formats[format] then
    return ("--format takes %s, not '%s'"):format(
      table.concat(rule.sorted_keys(output.formats), " or "),
      core.printable(format))
  end
  for _, word in ipairs(out.output) do
    if not output.formats[word:match("^(%w+)=.") or ""] then
      return ("--output takes FORMAT=FILE with one of %s, not '%s'"):format(
        table.concat(rule.sorted_keys(output.formats), ", "),
        core.printable(word))
    end
  end
  local when = last(out.color, "auto")
  if not ({ auto = 1, always = 1, never = 1 })[when] then
    return ("--color takes auto, always or never, not '%s'"):format(when)
  end
end


local function nm(plain, out, host)
  local tree, inputs = check.tree(plain, out)
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
      local spec = require "symrun.spec"
      local n, wrong = spec.check(chunk.rules, chunk.cases)
      cases, failed, files = cases + n, failed + #wrong, files + 1
      for _, why_not in ipairs(wrong) do
        print(path .. ": " .. why_not)
      end
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
    say("'symrun %s' is not in this version; symrun --help lists what is",
        command)
    return 2
  end
  local verb = check.main
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
  if after and (#after == 0 or verb ~= check.main) then
    say(#after == 0 and "after '--' a linker and its words are expected"
        or "only rules take a link line after '--'")
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
