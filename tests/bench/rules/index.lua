--- What is defined twice, and what is wanted and defined nowhere.
--
-- Both questions are answered from one index: making it reads everything, and
-- asking it reads only what may clash once more.

local symrun = require "symrun"

local given = symrun.parameters {
  list = { false, "tell the names too" },
}

local function tell(tree, report, title, names)
  report.note(tree, "%s: %d", title, #names)
  if given.list then
    local lines = {}
    for name in names:each() do lines[#lines + 1] = name:text() end
    report.note(tree, "list of %s:\n%s", title, table.concat(lines, "\n"))
  end
end

symrun.rule "bench/index" {
  about = "tells what is defined twice, and what is not defined",
  each  = symrun.tree,
  check = function (tree, report)
    local index = tree:index()
    tell(tree, report, "duplicates", index:duplicates())
    tell(tree, report, "undefined", index:unresolved())
  end,
}
