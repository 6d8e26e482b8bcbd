--- A link line as words again: --format argv, a line each, and argv0, each
--- ended by a zero byte.

local core = require "symrun.core"
local options = require "symrun.options"
local output = require "symrun.output"

local argv = {}


--- Print words; gives an exit status, 0 or 2.
function argv.print(words, out)
  local plain = options.last(out.format) == "argv"
  for _, word in ipairs(words) do
    if plain and word:find "\n" then
      options.say("the word %s holds the end of a line; --format argv0 can "
                  .. "print it", core.printable(word))
      return 2
    end
  end
  local last = plain and "\n" or "\0"
  local ok, why = io.stdout:write(table.concat(words, last), last)
  if ok then ok, why = io.stdout:flush() end
  return ok and 0 or output.failed("standard output: " .. why)
end


--- Print a line as rules want it.  The files that it then names stand beside
--- its output, for whoever runs it; their names come from what they hold.
function argv.edited(link, words, out, host, plan)
  local made = link.words:output() or "a.out"
  local folder = made:gsub("^/dev/", "") .. ".symrun"
  local new, why = require "symrun.ld".edited(link, words, host, folder, plan)
  if new then return argv.print(new, out) end
  options.say("%s", why)
  return 2
end


--- Without rules: the line as it was understood.  What was not is told, and
--- makes status 2.
function argv.main(words, out)
  local line = core.line(words, { flavour = options.last(out.flavour) })
  local status = argv.print(line:print(), out)
  local sure, why = line:sure()
  if not sure then options.say("%s", why) end
  return sure and status or 2
end

return argv
