--- What a library exports: all of a list, and nothing else.
-- symrun exports.lua -D names='mine_*,mine2_open' build/

local symrun = require "symrun"

local given = symrun.parameters {
  files = { "**/*.so*", "the libraries, as a path pattern" },
  names = { {}, "what must be exported: names and patterns" },
  allow = { { "_init", "_fini" }, "what may be exported besides" },
}

symrun.rule "exports/as-listed" (symrun.must.export {
  each = symrun.libraries(given.files), names = given.names,
  allow = given.allow,
})
