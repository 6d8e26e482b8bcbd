--- What the specs of the Lua library share: tiny policies, tiny inputs, and
--- the plan as data.

local dkjson = require "dkjson"
local helper = require "helper"
local make = require "symrun.make"

local tiny = {}


--- A folder with libx.a, which has the member a.o that defines js_a and f.
function tiny.folder(name)
  local folder = helper.folder(name)
  helper.write(folder .. "/libx.a",
               make.archive { { "a.o", "T js_a T f U printf" } })
  return folder
end


--- Write a policy of one rule, whose check is `body`; `more` are further
--- fields, `before` comes first in the file.
function tiny.policy(folder, body, more, before, name)
  return helper.write(folder .. "/" .. (name or "rule.lua"), ([[
local symrun = require "symrun"
%s
symrun.rule "mine/one" {
  about = "what must hold",%s
  check = function (subject, report, with)
    local _ = subject, report, with
    %s
  end,
}
]]):format(before or "", more or " each = symrun.archives(),", body))
end


--- Write a policy as it is, run it over the folder: status, stdout, stderr.
function tiny.run(folder, text, ...)
  helper.write(folder .. "/rule.lua", text)
  return helper.symrun({ "rule.lua", ".", ... }, folder)
end


--- The plan of a run, decoded, and the status.
function tiny.plan(folder, words)
  local status, out, err = helper.symrun({ "--format", "json",
                                           table.unpack(words) }, folder)
  local plan = dkjson.decode(out, 1, nil)
  if not plan then error("no JSON: " .. out .. err, 2) end
  return plan, status, out
end


--- What a check with this body says of libx.a: a list of messages, and status.
function tiny.says(body, more, before)
  local folder = tiny.folder "says"
  tiny.policy(folder, body, more, before)
  local plan, status = tiny.plan(folder, { "rule.lua", "." })
  local out = {}
  for i, f in ipairs(plan.findings) do out[i] = f.message end
  return out, status
end

return tiny
