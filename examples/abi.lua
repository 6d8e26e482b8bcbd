--- A C library's promise: its soname, and that it exports its header's names.
--
-- symrun holds its own library to it: symrun examples/abi.lua build/lib

local symrun = require "symrun"

local given = symrun.parameters {
  files = { "**/lib*.so", "the libraries, as a path pattern" },
  names = { { "symrun_*", "luaopen_symrun_core" }, "what they may export" },
  kept  = { { "symrun_new", "symrun_close", "symrun_message",
              "symrun_rule_run", "luaopen_symrun_core" },
            "what they must, in every version to come" },
}

symrun.rule "abi/exports-only" (symrun.must.export {
  each = symrun.libraries(given.files), names = given.names,
})

symrun.rule "abi/keeps" (symrun.must.export {
  each = symrun.libraries(given.files), names = given.kept, more = true,
})
