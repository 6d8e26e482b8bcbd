--- What rules/link-providers.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local tree = {
  ["app.o"] = "T main U x_open U y_open U help",
  ["libx.a"] = { ["x.o"] = "T x_open", ["y_stub.o"] = "T y_open" },
  ["liby.a"] = { ["y.o"] = "T y_open", ["z.o"] = "T help" },
  ["libold.a"] = { ["x.o"] = "T x_open", ["y.o"] = "T y_open" },
}
local function owners(list) return { providers = list } end

return spec "rules/link-providers.lua" {
  { "each gives its own", tree = tree,
    define = owners "x_*=libx.a,y_*=liby.a",
    line = "ld.lld app.o liby.a libx.a" },
  { "a stub stands first, and the other order helps", tree = tree,
    define = owners "x_*=libx.a,y_*=liby.a",
    line = "ld.lld app.o libx.a liby.a",
    plan = { "error link/providers libx.a: gives y_open, which liby.a owns" } },
  { "what nothing wants nobody has to give", define = owners "z_*=libz.a",
    tree = {
      ["app.o"] = "T main U y_open", ["liby.a"] = { ["y.o"] = "T y_open" },
      ["libz.a"] = { ["z.o"] = "T z_open" },
    }, line = "ld.lld app.o liby.a libz.a" },
  { "an owner that lacks a name, which a stub gives", tree = tree,
    define = owners "x_*=liby.a", line = "ld.lld app.o libx.a liby.a",
    plan = { "error link/providers libx.a: gives x_open, which liby.a owns and "
             .. "does not define" } },
  { "an owner that lacks a name, which nothing gives", tree = tree,
    define = owners "x_*=liby.a", line = "ld.lld app.o liby.a",
    plan = { "error link/providers liby.a: owns x_open, which is wanted, and "
             .. "does not define it" } },
  { "one owner of two is not on the line", tree = tree,
    define = owners "x_*=libx.a,y_*=liby.a", line = "ld.lld app.o libx.a",
    plan = { "unknown link/providers: liby.a, which is to own y_*, is not on "
             .. "the line" } },
  { "a pattern that takes no name", tree = tree,
    define = owners "x_*=libx.a,zz_*=libx.a",
    line = "ld.lld app.o libx.a liby.a",
    plan = { "unknown link/providers: no name is like zz_*, which libx.a is to "
             .. "own" } },
  { "the line itself gives a name", tree = tree, define = owners "x_*=libx.a",
    line = "ld.lld app.o liby.a libx.a --defsym x_open=0",
    plan = { "error link/providers libx.a: owns x_open, which the line itself "
             .. "defines" } },
  { "the line itself gives a name that nothing wants", tree = tree,
    define = owners "x_*=libx.a",
    line = "ld.lld app.o liby.a libx.a --defsym x_other=0" },
  { "several archives own names together", tree = tree,
    define = owners "*_open=lib?.a", line = "ld.lld app.o liby.a libx.a" },
  { "no order helps", define = owners "x_*=libold.a,y_*=liby.a", tree = {
      ["app.o"] = "T main U x_open U y_open",
      ["liby.a"] = { ["y.o"] = "T y_open", ["x_stub.o"] = "T x_open" },
      ["libold.a"] = { ["x.o"] = "T x_open", ["y.o"] = "T y_open" },
    }, line = "ld.lld app.o libold.a liby.a",
    plan = { "error link/providers libold.a: gives y_open, which liby.a "
             .. "owns" } },
  { "an archive that is past when its names are wanted", tree = tree,
    define = owners "x_*=libx.a,help=liby.a",
    line = "ld.bfd libx.a app.o liby.a",
    plan = { "error link/providers libx.a: is on the line, and its x_open is "
             .. "wanted and not taken" } },
  { "where only some linkers look back", tree = tree,
    define = owners "x_*=libx.a", line = "cc libx.a app.o liby.a",
    plan = { "unknown link/providers: bfd has x_open from nothing, lld from "
             .. "libx.a(x.o), and the line does not say which of them reads "
             .. "it" } },
  { "which linker reads the line decides", tree = tree,
    define = owners "y_*=liby.a", line = "ld.mold app.o libx.a liby.a",
    plan = { "error link/providers libx.a: gives y_open, which liby.a owns" } },
  { "owners that are not there are nobody's", define = owners "x_*=libz.a",
    tree = tree, line = "ld.lld app.o libx.a liby.a",
    plan = { "unknown link/providers: none of the archives that own names is "
             .. "on the line, so nothing was checked" } },
  { "nothing is said of names", define = {}, tree = tree,
    line = "ld.lld app.o libx.a",
    plan = { "unknown link/providers: none of the archives..." } },
}
