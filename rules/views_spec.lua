--- What rules/views.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local index = { views = "native,index", files = "*.a" }
local bitcode = "BC\xc0\xde" .. ("\0"):rep(60)

return spec "rules/views.lua" {
  { "an honest index, weak names and all", define = index,
    tree = { ["liba.a"] = { { "a.o", "T f W w C c t s U g u q" },
                            { "b.o", "U f" } } } },
  { "names that it lacks, that are gone, and that stand elsewhere",
    define = index,
    tree = { ["liba.a"] = { { "a.o", "T f T g" }, { "b.o", "T h" },
                            index = { { "f", 1 }, { "gone", 2 },
                                      { "g", 2 } } } },
    plan = { "error views/agree liba.a(a.o): defines g by its native symbols, "
             .. "and not by the archive's index",
             "error views/agree liba.a(b.o): defines h by its native...",
             "error views/agree liba.a(b.o): defines g and gone by the "
             .. "archive's index, and not by its native symbols" } },
  { "only some names", define = { views = "native,index", files = "*.a",
                                  names = "js_*", allow = "js_a*" },
    tree = { ["liba.a"] = { { "a.o", "T f T js_a T js_b" }, index = false } },
    plan = { "error views/agree liba.a(a.o): defines js_b by..." } },
  { "an archive with nothing in it", define = index,
    tree = { ["liba.a"] = {} } },
  { "what is no archive has no index", define = { views = "native,index" },
    tree = { ["a.o"] = "T f" },
    plan = { "unknown views/agree a.o: is no archive and has no index, so "
             .. "nothing was compared" } },
  { "an object without bitcode", tree = { ["a.o"] = "T f" },
    plan = { "unknown views/agree a.o: has no bitcode, so nothing was "
             .. "compared" } },
  { "and where all are to have some", define = { everywhere = "true" },
    tree = { ["a.o"] = "T f W w T h:hidden", ["b.o"] = "U f" },
    plan = { "error views/agree a.o: defines f by its native symbols, and has "
             .. "no bitcode" } },
  { "bitcode that is damaged",
    tree = { ["liba.a"] = { { "a.o", "T f" }, { "b.o", bytes = bitcode } } },
    plan = { "unknown views/agree liba.a(b.o): the bitcode is damaged..." } },
  { "a library that was stripped", define = { views = "native,dynamic",
                                              files = "*.so" },
    tree = { ["libx.so"] = { library = "T f" } },
    plan = { "unknown views/agree libx.so: is stripped..." } },
}
