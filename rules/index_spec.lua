--- What rules/index.lua must say, and when it must be silent.

local spec = require "symrun.spec"

return spec "rules/index.lua" {
  { "an honest index",
    tree = { ["liba.a"] = { { "a.o", "T f W w C c t s U g u q" } } } },
  { "names that it lacks, and names that are not there",
    tree = { ["liba.a"] = { { "a.o", "T f T g" }, { "b.o", "T h" },
                            index = { { "f", 1 }, { "gone", 2 } } } },
    plan = { "error index/true liba.a: has an index that promises gone, which "
             .. "no member defines",
             "error index/true liba.a(a.o): defines g, and the archive's index "
             .. "does not say so",
             "error index/true liba.a(b.o): defines h..." } },
  { "no index at all",
    tree = { ["liba.a"] = { { "a.o", "T f" }, index = false } },
    plan = { "error index/true liba.a(a.o): defines f..." } },
  { "what bitcode defines is not known",
    tree = { ["liba.a"] = { { "a.o", bytes = "BC\xc0\xde" .. ("\0"):rep(60) },
                            index = { { "f", 1 } } } },
    plan = { "unknown index/true liba.a(a.o): is LLVM bitcode..." } },
}
