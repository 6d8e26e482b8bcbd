--- Which names match a pattern, over all that was named.
--
-- The answer is how many; with -D list=true it is the names as well, and that
-- run is compared with the peers' before any is timed.

local symrun = require "symrun"

local given = symrun.parameters {
  glob = { "*", "a name pattern" },
  view = { "native", "the table that tells" },
  list = { false, "tell the names too" },
}

symrun.rule "bench/names" {
  about = "tells which names match",
  each  = symrun.tree,
  check = function (tree, report)
    local found = tree:defined(given.glob, given.view)
    report.note(tree, "names: %d", #found)
    if given.list then
      local lines = {}
      for name in found:each() do lines[#lines + 1] = name:text() end
      report.note(tree, "list of names:\n%s", table.concat(lines, "\n"))
    end
  end,
}
