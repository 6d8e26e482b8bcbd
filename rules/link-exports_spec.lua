--- What rules/link-exports.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local tree = {
  ["lib.o"] = "T bar", ["libext.a"] = { ["x.o"] = "T foo T h:hidden" },
  list = { text = "{\n  global:\n    bar;\n\n  local:\n    *;\n};" },
}
local line = "cc -shared -o l.so -Wl,--version-script=list lib.o libext.a"

return spec "rules/link-exports.lua" {
  { "names that the list has", define = { names = "bar" }, tree = tree,
    line = line },
  { "a name that it lacks, and which only an archive has",
    define = { names = "foo,bar" }, tree = tree, line = line,
    edited = "cc -shared -o l.so -Wl,--version-script=made/1.map lib.o "
             .. "libext.a -u foo",
    made = { "{\n  global:\n    bar;\n    foo;\n\n  local:\n    *;\n};" },
    plan = { "error link/exports: hides foo" } },
  { "no list, so all is shown", define = { names = "f*" }, tree = tree,
    line = "cc -shared -o l.so lib.o -Wl,--whole-archive libext.a" },
  { "a program, which shows nothing of itself", define = { names = "bar" },
    tree = tree, line = "cc -o app lib.o libext.a",
    edited = "cc -o app lib.o libext.a -Wl,--dynamic-list=made/1.list",
    made = { "{ bar; };\n" },
    plan = { "error link/exports: hides bar" } },
  { "a program that shows all", define = { names = "bar" }, tree = tree,
    line = "cc -rdynamic -o app lib.o libext.a" },
  { "what its object hides no line can show", define = { names = "h" },
    tree = tree, line = "cc -shared -o l.so lib.o libext.a",
    plan = { "error link/exports: nothing that is linked defines h, and shows "
             .. "it" } },
  { "a list that is not there", define = { names = "bar" },
    tree = { ["lib.o"] = "T bar" },
    line = "cc -shared -o l.so -Wl,--version-script=gone lib.o",
    plan = { "unknown link/exports: gone is not there" } },
  { "two lists that say different things", define = { names = "bar" },
    tree = { ["lib.o"] = "T bar", a = { text = "{ bar; local: *; };" },
             b = { text = "{ foo; local: *; };" } },
    line = "cc -shared -o l.so -Wl,--version-script=a,--version-script=b "
           .. "lib.o",
    plan = { "unknown link/exports: ..." } },
  { "another link is none of its business",
    define = { names = "gone", output = "**/other" }, tree = tree,
    line = "cc -static -o app libnew.a app.o",
    plan = { "unknown symrun/run: nothing was checked..." } },
}
