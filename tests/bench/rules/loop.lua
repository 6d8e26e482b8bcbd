--- A rule with a filter and a loop in Lua: what one name costs it.
--
-- A symbol that the filter refuses never reaches Lua; one that it takes is
-- handed to the loop, in byte order.

local symrun = require "symrun"

local given = symrun.parameters { glob = { "*", "a name pattern" } }

symrun.rule "bench/loop" {
  about = "loops over the names that match",
  each  = symrun.tree,
  check = function (tree, report)
    local n = 0
    for _ in tree:defined(given.glob):each() do n = n + 1 end
    report.note(tree, "names: %d", n)
  end,
}
