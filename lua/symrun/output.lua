--- Writing the report, in as many formats as were asked for.

local options = require "symrun.options"
local report = require "symrun.report"

local output = {}


--- Should text be coloured?
function output.colored(out, host)
  local when = options.last(out.color, "auto")
  if when == "always" then return true end
  return when == "auto" and host.terminal and not os.getenv("NO_COLOR")
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


--- Write the plan as the options say.  Gives true, or nil and a sentence.
function output.emit(plan, out, opt)
  local name = options.last(out.format, "text")
  local text = output.formats[name](plan, opt)
  local ok, why = write(io.stdout, text, "standard output")
  if not ok then return nil, why end
  for _, word in ipairs(out.output) do
    local format, path = word:match("^(%w+)=(.+)$")
    local file, failed = io.open(path, "wb")
    if not file then return nil, failed end
    local plain = { inputs = opt.inputs }
    ok, why = write(file, output.formats[format](plan, plain), path)
    if ok then ok, why = file:close() end
    if not ok then return nil, why end
  end
  return true
end

return output
