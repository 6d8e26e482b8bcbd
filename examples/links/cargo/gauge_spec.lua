--- What examples/links/cargo/gauge.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local tree = {
  ["gauge.o"] = "T gauge_mean U gauge_read U gauge_history",
  ["libgauge_sys.rlib"] = { ["gauge.o"] = "T gauge_read T gauge_trim",
                            ["history.o"] = "T gauge_history U gauge_read" },
  ["libshort.rlib"] = { ["gauge.o"] = "T gauge_read" },
  ["all.map"] = { text = "{ gauge_*; local: *; };" },
  list = { text = "{\n  global:\n    gauge_mean;\n\n  local:\n    *;\n};" },
}
local program = "cc -o t/deps/gauge-1 gauge.o "
local library = "cc -shared -o t/deps/libgauge.so gauge.o "

return spec "gauge.lua" {
  { "a program that lacks nothing", tree = tree,
    line = program .. "libgauge_sys.rlib" },
  { "one that does, and may not", tree = tree,
    rule = "gauge/nothing-is-missing", line = program .. "libshort.rlib",
    plan = { "error gauge/nothing-is-missing gauge.o: wants gauge_history, "
             .. "which nothing on the line defines" } },
  { "a library that does", tree = tree, rule = "gauge/nothing-is-missing",
    line = library .. "libshort.rlib",
    plan = { "error gauge/nothing-is-missing gauge.o: wants gauge_history, "
             .. "..." } },
  { "an option that hides it", tree = tree, rule = "gauge/no-blindfold",
    line = program .. "libgauge_sys.rlib -Wl,--warn-unresolved-symbols",
    plan = { "error gauge/no-blindfold: word 5, --warn-unresolved-symbols: the "
             .. "link would pass, whatever is missing" } },
  { "in another spelling", tree = tree, rule = "gauge/no-blindfold",
    line = library .. "-Xlinker --unresolved-symbols=ignore-all",
    plan = { "error gauge/no-blindfold: word 6, ..." } },
  { "what a build script is linked with is its own business", tree = tree,
    rule = "gauge/no-blindfold",
    line = "cc -o t/build/x/build_script_build gauge.o libgauge_sys.rlib "
           .. "-Wl,--warn-unresolved-symbols",
    plan = { "unknown symrun/run: nothing was checked..." } },
  { "the list of a library, and an edited copy", tree = tree,
    line = library .. "libgauge_sys.rlib -Wl,--version-script=list",
    edited = "cc -shared -o t/deps/libgauge.so gauge.o libgauge_sys.rlib "
             .. "-Wl,--version-script=made/1.map -u gauge_history "
             .. "-u gauge_read -u gauge_trim",
    made = { "{\n  global:\n    gauge_mean;\n    gauge_history;\n"
             .. "    gauge_read;\n    gauge_trim;\n\n  local:\n    *;\n};" },
    plan = { "note gauge/library-shows-c: hides gauge_history, gauge_read and "
             .. "gauge_trim" } },
  { "one that has them all", tree = tree,
    line = library .. "libgauge_sys.rlib -Wl,--version-script=all.map" },
}
