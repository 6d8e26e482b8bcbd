--- What rules/one-copy.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local a, b = ("a"):rep(16), ("b"):rep(16)

return spec "rules/one-copy.lua" {
  { "one build, in two archives",
    tree = { ["liba.a"] = { ["tokio-" .. a .. ".tokio.1.o"] = "T f" },
             ["libb.a"] = { ["x-1.tokio-" .. a .. ".tokio.1.o"] = "T f" } } },
  { "two builds",
    tree = { ["liba.a"] = { ["tokio-" .. a .. ".tokio.1.o"] = "T f" },
             ["libb.a"] = { ["tokio-" .. b .. ".tokio.1.o"] = "T f" } },
    plan = { "error one-copy/same-build libb.a: holds tokio " .. b
             .. ", and liba.a holds " .. a } },
  { "another crate that begins so is another crate",
    tree = { ["liba.a"] = { ["tokio-" .. a .. ".1.o"] = "T f" },
             ["libb.a"] = { ["tokio-util-" .. b .. ".1.o"] = "T f" } } },
  { "a crate that nobody holds was not compared",
    define = { crates = "tokyo" },
    tree = { ["liba.a"] = { ["tokio-" .. a .. ".1.o"] = "T f" } },
    plan = { "unknown one-copy/same-build: no archive holds a build of tokyo, "
             .. "so nothing was compared" } },
  { "no archive at all was compared",
    tree = { ["a.o"] = "T f" },
    plan = { "unknown one-copy/same-build: cannot be checked: there is no "
             .. "archive named **/*.{a,lib,rlib}" } },
  { "other crates", define = { crates = "my-crate" },
    tree = { ["liba.a"] = { ["my-crate-" .. a .. ".1.o"] = "T f" },
             ["libb.a"] = { ["my-crate-" .. b .. ".1.o"] = "T f" } },
    plan = { "error one-copy/same-build libb.a: holds my-crate..." } },
}
