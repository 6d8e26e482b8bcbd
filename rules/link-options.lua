--- No option on the line makes a linker look away.
--
-- A symbol was missing, and somebody in a hurry told the linker not to mind.
-- It linked for a year; then a function was really gone, its calls went to
-- address zero, and no build had said a word.
--
-- symrun link-options.lua -- cc -o app app.o libx.a

local symrun = require "symrun"

local given = symrun.parameters {
  options = { {
    "--warn-unresolved-symbols", "--unresolved-symbols ignore-all",
    "--unresolved-symbols ignore-in-object-files", "--noinhibit-exec",
    "--allow-multiple-definition", "-undefined suppress", "-undefined warning",
    "/FORCE",
  }, "options that no line may have, each in any spelling" },
  output = { "", "which links: a path pattern of what they make; all if none "
                 .. "is given" },
}
local each = given.output ~= "" and symrun.links { output = given.output }
             or symrun.links()

symrun.rule "link/no-blindfold" (symrun.must.not_use {
  each = each, options = given.options,
})
