--- The line links every library that it should, and each of them once.
--
-- A fast path of the driver put together the line, and left out a library that
-- the program's imports had asked for.  Whoever had only that path met
-- "undefined symbol" in code that nobody had touched.
--
-- symrun link-inputs.lua -D routed='**/libplugin_*.a' build -- cc app.o ...

local symrun = require "symrun"

local given = symrun.parameters {
  files  = { {}, "what must be among the inputs, as path patterns" },
  routed = { "", "archives below the inputs of which each must be on the line, "
                 .. "as a path pattern" },
  output = { "", "which links: a path pattern of what they make; all if none "
                 .. "is given" },
}
local each = given.output ~= "" and symrun.links { output = given.output }
             or symrun.links()

symrun.rule "link/complete" (symrun.must.link {
  each = each, files = given.files,
  every = given.routed ~= "" and symrun.archives(given.routed) or nil,
})
