--- The inputs of a line stand in the order that a project has settled on.
--
-- Two libraries had the same function, an old one and the one that should be
-- called.  A linker takes what it meets first; somebody sorted the list of
-- libraries, and a bug came back that had been fixed for months.
--
-- symrun link-order.lua -D order='**/libnew.a,**/libold.a' -- cc app.o ...

local symrun = require "symrun"

local given = symrun.parameters {
  order = { {}, "path patterns: what the first takes stands before what the "
                .. "second takes, and so on" },
  output = { "", "which links: a path pattern of what they make; all if none "
                 .. "is given" },
}
local each = given.output ~= "" and symrun.links { output = given.output }
             or symrun.links()

symrun.rule "link/order" (symrun.must.link_in_order {
  each = each, files = given.order,
})
