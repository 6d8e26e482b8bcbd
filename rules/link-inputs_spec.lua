--- What rules/link-inputs.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local tree = {
  ["app.o"] = "T main", ["libplugin_a.a"] = { ["a.o"] = "T a" },
  ["libplugin_b.a"] = { ["b.o"] = "T b" },
  ["old/libplugin_a.a"] = { ["a.o"] = "T a" },
}
local routed = { routed = "libplugin_*.a" }

return spec "rules/link-inputs.lua" {
  { "all that are there", define = routed, tree = tree,
    line = "cc -o app app.o libplugin_a.a -L. -lplugin_b libplugin_b.a" },
  { "one that was left out", define = routed, tree = tree,
    line = "cc -o app app.o libplugin_a.a",
    plan = { "error link/complete libplugin_b.a: is not on the line" } },
  { "a pattern that nothing has", define = { files = "**/app.o,**/libz.a" },
    tree = tree, line = "cc -o app app.o",
    plan = { "error link/complete: no input is named like **/libz.a" } },
  { "one that is there twice", define = { files = "**/*.a" }, tree = tree,
    line = "cc -o app app.o libplugin_a.a old/libplugin_a.a",
    plan = { "error link/complete old/libplugin_a.a: is on the line twice: "
             .. "libplugin_a.a is there as word 4" } },
  { "an input that is not there", define = { files = "**/app.o" }, tree = tree,
    line = "cc -o app app.o gone.a",
    plan = { "unknown link/complete: the input gone.a is not there" } },
  { "another link is none of its business",
    define = { files = "**/libz.a", output = "**/app" }, tree = tree,
    line = "cc -o build/tool app.o",
    plan = { "unknown symrun/run: nothing was checked..." } },
  { "the one that is", define = { files = "**/libz.a", output = "**/app" },
    tree = tree, line = "cc -o build/app app.o",
    plan = { "error link/complete: no input is named like **/libz.a" } },
  { "a list that names nothing", tree = tree, line = "cc -o app app.o",
    plan = { "unknown link/complete: no files were given, so nothing was "
             .. "checked" } },
}
