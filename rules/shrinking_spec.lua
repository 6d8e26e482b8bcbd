--- What rules/shrinking.lua must say, and when it must be silent.

local spec = require "symrun.spec"

return spec "rules/shrinking.lua" {
  { "what is recorded is there",
    define = { names = "old_*", recorded = { "old_a", "old_b" } },
    tree = { ["a.o"] = "T old_a T new", ["b.o"] = "T old_b U old_c" } },
  { "one more, and one that is gone",
    define = { names = "old_*", recorded = { "old_a", "old_b" } },
    tree = { ["a.o"] = "T old_a T old_c" },
    plan = { "error shrinking/only-shrinks: no longer defines old_b: take it "
             .. "off the list",
             "error shrinking/only-shrinks a.o: defines old_c, which is not on "
             .. "the list" } },
  { "one that may be there is not gone",
    define = { names = "old_*", recorded = { "old_a" } },
    tree = { ["a.o"] = { bytes = "BC\xc0\xde" .. ("\0"):rep(60) },
             ["b.o"] = "T new" },
    plan = { "unknown shrinking/only-shrinks a.o: is LLVM bitcode..." } },
  { "a list that names nothing", tree = { ["a.o"] = "T f" },
    plan = { "unknown shrinking/only-shrinks: no names were given, so "
             .. "nothing was checked" } },
}
