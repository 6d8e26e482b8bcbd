--- What is linked exports the names that others will call through it.
--
-- A library in C was linked into one in Rust, to be called through it.  It
-- linked, and nobody could call: the compiler hands the linker a list of what
-- is exported, and names of C are not on it.  A second list is an error or is
-- not heard, so the line gets an edited copy in the place of the first.
--
-- symrun link-exports.lua -D names='mine_*' -- cc -shared ...

local symrun = require "symrun"

local given = symrun.parameters {
  names = { {}, "what must be exported: names and patterns" },
  output = { "", "which links: a path pattern of what they make; all if none "
                 .. "is given" },
}
local each = given.output ~= "" and symrun.links { output = given.output }
             or symrun.links()

symrun.rule "link/exports" (symrun.must.link_exporting {
  each = each, names = given.names,
})
