--- What rules/link-options.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local tree = { ["app.o"] = "T main" }

return spec "rules/link-options.lua" {
  { "a line that hides nothing", tree = tree,
    line = "cc -O2 -o app app.o -Wl,--gc-sections -z now -lm" },
  { "an option, and the line without it", tree = tree,
    line = "cc -o app app.o -Wl,--warn-unresolved-symbols -lm",
    edited = "cc -o app app.o -lm",
    plan = { "error link/no-blindfold: word 4, --warn-unresolved-symbols: "
             .. "must not be on the line" } },
  { "every spelling of it", tree = tree,
    line = "gcc -Wl,-O1,--allow-multiple-definition -Xlinker "
           .. "-allow-multiple-definition app.o -Wl,-z,muldefs "
           .. "-Wl,--unresolved-symbols=ignore-all",
    edited = "gcc -Wl,-O1 app.o",
    plan = { "error link/no-blindfold: word 6, "
             .. "--unresolved-symbols=ignore-all: must not be on the line",
             "error link/no-blindfold: word 1, --allow-multiple-def...",
             "error link/no-blindfold: word 3, -allow-multiple-def...",
             "error link/no-blindfold: word 5, -z muldefs: must not be on the "
             .. "line" } },
  { "a value that is harmless", tree = tree,
    line = "cc app.o -Wl,--unresolved-symbols=report-all" },
  { "other linkers", tree = { ["a.obj"] = "T f" },
    line = "lld-link /out:a.exe a.obj -force:multiple",
    edited = "lld-link /out:a.exe a.obj",
    plan = { "error link/no-blindfold: word 3, -force:multiple: must not be "
             .. "on the line" } },
  { "in a response file", tree = {
      ["app.o"] = "T main", rest = { text = "app.o\n-Wl,--noinhibit-exec\n" },
    },
    line = "cc -o app @rest", edited = "cc -o app @made/1.rsp",
    made = { "app.o\n" },
    plan = { "error link/no-blindfold: word 3, --noinhibit-exec: must not be "
             .. "on the line" } },
  { "what may be short for one", tree = tree,
    line = "ld -o app app.o --warn-unresolved-sym",
    plan = { "unknown link/no-blindfold: the option --warn-unresolved-sym is "
             .. "not one that is known, and may be short for one that is" } },
  { "a response file that is not there", tree = tree,
    line = "cc -o app app.o @gone",
    plan = { "unknown link/no-blindfold: the response file gone is not "
             .. "there" } },
  { "options of one's own", define = { options = "-static" }, tree = tree,
    line = "cc -static -o app app.o", edited = "cc -o app app.o",
    plan = { "error link/no-blindfold: word 1, -static: must not be on the "
             .. "line" } },
  { "another link is none of its business",
    define = { options = "-static", output = "**/other" }, tree = tree,
    line = "cc -static -o app libnew.a app.o",
    plan = { "unknown symrun/run: nothing was checked..." } },
}
