--- An archive's index names what its members define, and nothing else.
-- symrun index.lua build/

local symrun = require "symrun"

local given = symrun.parameters {
  files = { "**/*.{a,lib,rlib}", "the archives, as a path pattern" },
}

symrun.rule "index/true" (symrun.must.index_truly {
  each = symrun.archives(given.files),
})
