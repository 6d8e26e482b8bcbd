--- A rule with a filter and a loop in Lua: what one name costs it.
--
-- A symbol that the filter refuses never reaches Lua; one that it takes is
-- handed to the loop, in byte order.  Asked for undefined names of an object
-- that has none, a rule reads as much and filters nothing.

local symrun = require "symrun"

local given = symrun.parameters {
  glob     = { "*", "a name pattern" },
  question = { "defined", "or undefined" },
}

symrun.rule "bench/loop" {
  about = "loops over the names that match",
  each  = symrun.tree,
  check = function (tree, report)
    local n = 0
    for _ in tree[given.question](tree, given.glob):each() do n = n + 1 end
    report.note(tree, "names: %d", n)
  end,
}
