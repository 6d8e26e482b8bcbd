--- What examples/links/cmake/wave.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local tree = {
  ["play.o"] = "T main U wave_play U wave_tune",
  ["wave.o"] = "T wave_play U tone_level",
  ["libtone.a"] = { ["tone.o"] = "T tone_level T wave_tune" },
  ["libwave.so"] = { library = "T wave_play" },
  ["wave.map"] = { text = "WAVE_1 {\n  global:\n    wave_play;\n  local:\n"
                          .. "    *;\n};\n" },
  ["whole.map"] = { text = "WAVE_1 {\n  global:\n    wave_*;\n  local:\n"
                           .. "    *;\n};\n" },
}
local library = "c++ -shared -o libwave.so wave.o libtone.a "

return spec "wave.lua" {
  { "the library by itself", tree = tree, rule = "wave/one-state",
    line = "c++ -o play play.o libwave.so" },
  { "its state beside it", tree = tree, rule = "wave/one-state",
    line = "c++ -o play play.o libwave.so libtone.a",
    plan = { "error wave/one-state libtone.a: is linked into play, and "
             .. "libwave.so has a copy of its own" } },
  { "a function that was forgotten", tree = tree,
    rule = "wave/exports-its-names",
    line = library .. "-Wl,--version-script=wave.map",
    edited = library .. "-Wl,--version-script=made/1.map -u wave_tune",
    made = { "WAVE_1 {\n  global:\n    wave_play;\n    wave_tune;\n  local:\n"
             .. "    *;\n};\n" },
    plan = { "note wave/exports-its-names: hides wave_tune" } },
  { "a script that has them all", tree = tree,
    rule = "wave/exports-its-names",
    line = library .. "-Wl,--version-script=whole.map" },
  { "a library that may lack something", tree = tree,
    rule = "wave/lacks-nothing", line = library:sub(1, -2),
    edited = library .. "-Wl,--no-undefined",
    plan = { "note wave/lacks-nothing: may lack what it calls" } },
  { "one that may not", tree = tree, rule = "wave/lacks-nothing",
    line = library .. "-Wl,-z,defs" },
  { "what CMake tries out", tree = tree, line = "cc -o cmTC_1 play.o",
    plan = { "unknown symrun/run: nothing was checked..." } },
}
