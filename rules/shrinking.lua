--- Names that are to go: a recorded list of them, which may only shrink.
-- symrun shrinking.lua -D names='old_*' -D recorded=old_open,old_close build/

local symrun = require "symrun"

local given = symrun.parameters {
  names    = { {}, "what is to go, as patterns" },
  recorded = { {}, "the names that are still there" },
}

symrun.rule "shrinking/only-shrinks" (symrun.must.only_shrink {
  each = symrun.tree, names = given.names, recorded = given.recorded,
})
