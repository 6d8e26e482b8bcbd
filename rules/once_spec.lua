--- What rules/once.lua must say, and when it must be silent.

local spec = require "symrun.spec"

return spec "rules/once.lua" {
  { "two strong definitions are one too many",
    tree = { ["a.o"] = "T f T g", ["libb.a"] = { ["b.o"] = "D f U g" } },
    plan = { "error once/defined-once a.o: f is defined here and in "
             .. "libb.a(b.o)" } },
  { "three of them are told once",
    tree = { ["a.o"] = "T f T x", ["b.o"] = "T f T y", ["c.o"] = "T f" },
    plan = { "error once/defined-once a.o: f is defined here and in b.o, and "
             .. "in 1 more" } },
  { "what gives way does not count",
    tree = { ["a.o"] = "W f V v C c u q t s",
             ["b.o"] = "T f D v C c u q T s" } },
  { "equal copies are a note",
    tree = { ["liba.a"] = { ["x.o"] = "T f" },
             ["libb.a"] = { ["y.o"] = "T f" } },
    plan = { "note once/defined-once liba.a(x.o): f is defined here and in "
             .. "libb.a(y.o)" } },
  { "some may be", define = { allow = "f*" },
    tree = { ["a.o"] = "T f T x", ["b.o"] = "T f" } },
  { "a clash that was seen stays, and more may be unseen",
    tree = { ["a.o"] = "T f T x", ["b.o"] = "T f",
             ["c.o"] = { bytes = "BC\xc0\xde" .. ("\0"):rep(60) } },
    plan = { "error once/defined-once a.o: f...",
             "unknown once/defined-once c.o: is LLVM bitcode..." } },
}
