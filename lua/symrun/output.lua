--- Writing the report, in as many formats as were asked for.

local options = require "symrun.options"
local report = require "symrun.report"

local output = {}


--- Should text be coloured?
function output.colored(out, host)
  local when = options.last(out.color, "auto")
  if when == "always" then return true end
  return when == "auto" and host.terminal and (os.getenv "NO_COLOR" or "") == ""
end


output.formats = {
  text = function (plan, opt) return report.text(plan, opt) end,
  json = function (plan) return require "symrun.json".text(plan) end,
}


-- Write everything, or say why not.
local function write(file, text, name)
  local ok, why = file:write(text)
  if ok then ok, why = file:flush() end
  if not ok then return nil, ("%s: %s"):format(name, why) end
  return true
end


local function write_file(path, text)
  local file, failed = io.open(path, "wb")
  if not file then return nil, failed end
  local ok, why = write(file, text, path)
  local closed, late = file:close()
  if ok and not closed then return nil, ("%s: %s"):format(path, late) end
  return ok, why
end


--- Say why something could not be written; gives the exit status.  Whoever
--- closed a pipe knows.
function output.failed(why)
  if not why:find("Broken pipe", 1, true) then options.say("%s", why) end
  return 2
end


--- Write text to standard output; gives an exit status, 0 or 2.
function output.print(text)
  local ok, why = write(io.stdout, text .. "\n", "standard output")
  return ok and 0 or output.failed(why)
end


--- Write the plan as the options say (to `opt.to`, or standard output), all of
--- it even if some cannot be written.  Gives true, or nil and the first
--- sentence.
function output.emit(plan, out, opt)
  local name = opt.name or options.last(out.format, "text")
  local text = output.formats[name](plan, opt)
  local ok, why = write(opt.to or io.stdout, text,
                        opt.to and "standard error" or "standard output")
  for _, word in ipairs(out.output) do
    local format, path = word:match("^(%w+)=(.+)$")
    local plain = { inputs = opt.inputs }
    local done, failed = write_file(path, output.formats[format](plan, plain))
    if not done and (ok or why:find("Broken pipe", 1, true)) then
      ok, why = nil, failed
    end
  end
  return ok, why
end

return output
