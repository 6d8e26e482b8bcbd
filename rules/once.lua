--- No name is strongly defined twice in what is linked together.
-- symrun once.lua -D allow='*_personality' build/

local symrun = require "symrun"

local given = symrun.parameters {
  allow = { {}, "names that may be, as patterns" },
}

symrun.rule "once/defined-once" (symrun.must.define_once {
  each = symrun.tree, allow = given.allow,
})
