--- What rules/exports.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local names = { "f", "g_*" }

return spec "rules/exports.lua" {
  { "all of the list, and nothing else", define = { names = names },
    tree = { ["libx.so"] =
               { library = "T f T g_1 D g_2 U puts T h:hidden" } } },
  { "what is missing, and what is too much", define = { names = names },
    tree = { ["libx.so"] = { library = "T h U f" } },
    plan = { "error exports/as-listed libx.so: does not export f",
             "error exports/as-listed libx.so: exports no name like g_*",
             "error exports/as-listed libx.so: exports h, which is not on the "
             .. "list" } },
  { "a hidden name is not exported", define = { names = "f" },
    tree = { ["libx.so"] = { library = "T f:hidden" } },
    plan = { "error exports/as-listed libx.so: does not export f" } },
  { "a library that is none", define = { names = "f" },
    tree = { ["libx.so"] = { bytes = "text\n" } },
    plan = { "unknown exports/as-listed libx.so: is of no format that symrun "
             .. "knows, and not a shared library as its name says" } },
  { "a list that names nothing", tree = { ["libx.so"] = { library = "T f" } },
    plan = { "unknown exports/as-listed libx.so: no names were given, so "
             .. "nothing was checked" } },
}
