--- A question about a link line that has no answer: it is written into the
--- record of the evaluation first, and raised then.

local core = require "symrun.core"

return function (why)
  pcall(core.doubt, nil, why)  -- outside of rules there is no record
  error("unknown: " .. why, 0)
end
