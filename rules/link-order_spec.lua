--- What rules/link-order.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local tree = {
  ["app.o"] = "T main", ["libnew.a"] = { ["a.o"] = "T f" },
  ["lib/libold.a"] = { ["b.o"] = "T f" },
}
local order = { order = "*.o,**/libnew.a,**/libold.a" }

return spec "rules/link-order.lua" {
  { "the right one", define = order, tree = tree,
    line = "cc app.o libnew.a lib/libold.a" },
  { "through -l too", define = order, tree = tree,
    line = "cc app.o -Llib -lold libnew.a",
    plan = { "error link/order libnew.a: stands behind lib/libold.a (word 3), "
             .. "and must stand before it" } },
  { "each that is too late", define = order, tree = tree,
    line = "cc lib/libold.a libnew.a app.o",
    plan = { "error link/order app.o: stands behind...",
             "error link/order libnew.a: stands behind..." } },
  { "where nothing stands, nothing is checked", define = { order = "*.so" },
    tree = tree, line = "cc app.o",
    plan = { "unknown link/order: no input is named like any of *.so, so no "
             .. "order was checked" } },
  { "another link is none of its business",
    define = { order = "*.o,**/libnew.a", output = "**/other" }, tree = tree,
    line = "cc -static -o app libnew.a app.o",
    plan = { "unknown symrun/run: nothing was checked..." } },
}
