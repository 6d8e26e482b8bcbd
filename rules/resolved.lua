--- Every name that is wanted is defined here, or allowed to come from outside.
-- symrun resolved.lua -D outside='mem*,str*,pthread_*' build/

local symrun = require "symrun"

local given = symrun.parameters {
  outside = { {}, "names that other libraries provide, as patterns" },
}

symrun.rule "resolved/all-defined" (symrun.must.resolve {
  each = symrun.tree, allow = given.outside,
})
