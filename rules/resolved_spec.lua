--- What rules/resolved.lua must say, and when it must be silent.

local spec = require "symrun.spec"

return spec "rules/resolved.lua" {
  { "all that is wanted is there",
    tree = { ["a.o"] = "T f U g U h w maybe U _GLOBAL_OFFSET_TABLE_",
             ["libb.a"] = { ["b.o"] = "W g C h" } } },
  { "what nobody defines is told where it is wanted",
    tree = { ["a.o"] = "U g", ["libb.a"] = { ["b.o"] = "U g t g2" } },
    plan = { "error resolved/all-defined a.o: wants g, which nothing here "
             .. "defines" } },
  { "what may come from outside", define = { outside = { "mem*", "puts" } },
    tree = { ["a.o"] = "U memcpy U puts" } },
  { "what cannot be read may define it",
    tree = { ["a.o"] = "U g",
             ["b.o"] = { bytes = "BC\xc0\xde" .. ("\0"):rep(60) } },
    plan = { "unknown resolved/all-defined b.o: is LLVM bitcode..." } },
}
