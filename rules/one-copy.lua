--- Of a crate that has state, all archives hold the same build.
-- symrun one-copy.lua -D crates=tokio,mio target/release

local symrun = require "symrun"

local given = symrun.parameters {
  files  = { "**/*.{a,lib,rlib}", "the archives, as a path pattern" },
  crates = { { "tokio" }, "the crates" },
}

symrun.rule "one-copy/same-build" (symrun.must.hold_one_copy {
  each = symrun.archives(given.files), crates = given.crates,
})
