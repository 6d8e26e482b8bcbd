--- Which member gives each name that a link has, and which names it lacks.

local symrun = require "symrun"

local given = symrun.parameters {
  list = { false, "tell who gives each" },
}

symrun.rule "bench/winners" {
  about = "resolves a link",
  each  = symrun.links(),
  check = function (link, report)
    local names = link:defined()
    report.note(link, "names: %d, undefined: %d, twice: %d", #names,
                #link:undefined(), #link:duplicates())
    if not given.list then return end
    local lines = {}
    for name in names:each() do
      lines[#lines + 1] = ("%s\t%s(%s)"):format(name:text(), name:file(),
                                                name:member())
    end
    report.note(link, "list:\n%s", table.concat(lines, "\n"))
  end,
}
