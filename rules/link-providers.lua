--- Each name comes from the archive that owns it.
--
-- Two archives defined one function: in one it worked, in the other it was a
-- stub that did nothing, for builds without the first.  Which of them a program
-- got was a matter of their order on the line, and nobody had chosen it.
--
-- symrun link-providers.lua -D providers='x_*=libx.a' -- cc app.o libx.a ...

local symrun = require "symrun"

local given = symrun.parameters {
  providers = { {}, "NAMES=FILE, patterns both, such as x_*=libx.a: who owns "
                    .. "which names; the first that takes a name counts" },
  output = { "", "which links: a path pattern of what they make; all if none "
                 .. "is given" },
}
local each = given.output ~= "" and symrun.links { output = given.output }
             or symrun.links()

symrun.rule "link/providers" (symrun.must.provide {
  each = each, providers = given.providers,
})
