--- What rules/perry.lua must say, and when it must be silent.

local spec = require "symrun.spec"

local runtime = "perry_runtime-0123456789abcdef.perry_runtime.1-cgu.0.rcgu.o"
local merged  = "perry_ext_http-1.perry_ext_http.1-cgu.0.rcgu.o"
local bitcode = { bytes = "BC\xc0\xde" .. ("\0"):rep(64) }
local stamp   = "PERRY_RUNTIME_BUILD_STAMP_V1="

local function stdlib(more, name)
  return {
    { "perry_stdlib-1.o",
      "T js_fetch T js_dispatch U js_state " .. (more or "") },
    { runtime, "T js_state T js_state_set", text = stamp .. (name or "new") },
  }
end

local function ext(own, stubs, name)
  return {
    { "perry_ext_http-1.o", own },
    { runtime, "T js_state " .. (stubs or ""),
      text = stamp .. (name or "new") },
  }
end

local http, lib = "libperry_ext_http.a", "libperry_stdlib.a"

return spec "rules/perry.lua" {
  { "what is right is not told",
    tree = { [http] = ext "T js_http_serve U js_dispatch", [lib] = stdlib(),
             ["app.o"] = "T main U js_http_serve U js_fetch U js_state" } },

  { "Windows names are found too",
    tree = { ["perry_ext_http.lib"] = ext "T other",
             ["perry_stdlib.lib"] = stdlib() },
    plan = { "error perry/ext-exports-js perry_ext_http.lib: exports no..." } },

  -- perry/ext-exports-js
  { "the runtime's own js_* names are not the crate's",
    tree = { [http] = ext "T other", [lib] = stdlib() },
    plan = { "error perry/ext-exports-js libperry_ext_http.a: "
             .. "exports no js_* symbol of its own" } },
  { "hidden names are visible to a static link",
    tree = { [http] = ext "T js_http_serve:hidden", [lib] = stdlib() } },
  { "local names are not exported",
    tree = { [http] = ext "t js_http_serve", [lib] = stdlib() },
    plan = { "error perry/ext-exports-js libperry_ext_http.a: "
             .. "exports no..." } },
  { "an index that lacks names is told, member by member",
    rule = "perry/ext-exports-js",
    tree = { [http] = { { "a.o", "T js_a T js_b" }, { "b.o", "T js_c" },
                        index = { { "js_a", 1 } } } },
    plan = { "error perry/ext-exports-js libperry_ext_http.a(a.o): defines "
             .. "js_b, and the archive's index does not say so",
             "error perry/ext-exports-js libperry_ext_http.a(b.o): defines "
             .. "js_c, and the archive's index does not say so" } },
  { "an archive without an index has none of its names in it",
    rule = "perry/ext-exports-js",
    tree = { [http] = { { "a.o", "T js_a" }, index = false } },
    plan = { "error perry/ext-exports-js libperry_ext_http.a(a.o): "
             .. "defines..." } },
  { "an index that promises too much is told",
    rule = "perry/ext-exports-js",
    tree = { [http] = { { "a.o", "T js_a" },
                        index = { { "js_a", 1 }, { "js_gone", 1 } } } },
    plan = { "error perry/ext-exports-js libperry_ext_http.a: has an index "
             .. "that promises js_gone, which no member defines" } },
  { "bitcode is unknown, and not empty",
    rule = "perry/ext-exports-js",
    tree = { [http] = { { "a.o", bytes = bitcode.bytes } } },
    plan = { "unknown perry/ext-exports-js libperry_ext_http.a(a.o): is LLVM "
             .. "bitcode..." } },

  -- perry/wanted-is-provided
  { "a name that nobody defines is put to its owner",
    rule = "perry/wanted-is-provided",
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib(),
             ["libperry_ext_zlib.a"] = ext "T js_zlib_b",
             ["app.o"] = "U js_zlib_a U js_none" },
    plan = { "error perry/wanted-is-provided libperry_ext_zlib.a: does not "
             .. "define js_zlib_a, which app.o wants, and nor does another "
             .. "archive beside it",
             "error perry/wanted-is-provided libperry_stdlib.a: does not "
             .. "define js_none..." } },
  { "what cannot be read may define it",
    rule = "perry/wanted-is-provided",
    tree = { [http] = { { "a.o", bytes = bitcode.bytes } }, [lib] = stdlib(),
             ["app.o"] = "U js_http_serve" },
    plan = { "unknown perry/wanted-is-provided "
             .. "libperry_ext_http.a(a.o): ..." } },
  { "what cannot be read does not matter when all is found",
    rule = "perry/wanted-is-provided",
    tree = { [http] = { { "a.o", bytes = bitcode.bytes } }, [lib] = stdlib(),
             ["app.o"] = "U js_fetch" } },

  -- perry/ext-covers-stdlib
  { "a name that was left behind is told",
    rule = "perry/ext-covers-stdlib",
    tree = { ["libperry_ext_zlib.a"] = ext "T js_zlib_a",
             [lib] = stdlib "T js_zlib_a T js_zlib_b" },
    plan = { "error perry/ext-covers-stdlib libperry_ext_zlib.a: lacks "
             .. "js_zlib_b, which libperry_stdlib.a defines" } },
  { "a known gap is not told",
    rule = "perry/ext-covers-stdlib", define = { gaps = "js_zlib_b" },
    tree = { ["libperry_ext_zlib.a"] = ext "T js_zlib_a",
             [lib] = stdlib "T js_zlib_b" } },
  { "a known gap that is gone must come off the list",
    rule = "perry/ext-covers-stdlib", define = { gaps = "js_zlib_a" },
    tree = { ["libperry_ext_zlib.a"] = ext "T js_zlib_a",
             [lib] = stdlib "T js_zlib_a" },
    plan = { "error perry/ext-covers-stdlib libperry_ext_zlib.a: no longer "
             .. "lacks js_zlib_a: take it off the list of gaps" } },
  { "another crate's names are not its business",
    rule = "perry/ext-covers-stdlib",
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib "T js_zlib_a" } },

  -- perry/stub-never-wins
  { "a stub that shadows is told, at its member",
    tree = { [http] = ext("T js_http_serve", "T js_dispatch T js_fetch"),
             [lib] = stdlib() },
    plan = { "error perry/stub-never-wins libperry_ext_http.a(" .. runtime
             .. "): shadows js_dispatch and js_fetch, which libperry_stdlib.a "
             .. "really has" } },
  { "a stub of something that nobody has is none of its business",
    rule = "perry/stub-never-wins",
    tree = { [http] = ext("T js_http_serve", "T js_extra"),
             [lib] = stdlib() } },
  { "a runtime that was merged into its crate hides which are stubs",
    rule = "perry/stub-never-wins",
    tree = { [http] = { { merged, "T js_http_serve T js_dispatch "
                          .. "T _ZN13perry_runtime4initE" } },
             [lib] = stdlib() },
    plan = { "unknown perry/stub-never-wins libperry_ext_http.a: is one "
             .. "member..." } },
  { "without a standard library beside it nothing is compared",
    rule = "perry/stub-never-wins",
    tree = { [http] = ext "T js_http_serve" },
    plan = { "unknown perry/stub-never-wins libperry_ext_http.a: cannot be "
             .. "checked: no archive named **/{lib,}perry_stdlib.{a,lib} "
             .. "stands beside it" } },

  -- perry/one-order-serves-all
  { "two owners that want two orders",
    rule = "perry/one-order-serves-all",
    tree = { [http] = ext("T js_zlib", "T js_dispatch"),
             [lib] = stdlib "T js_zlib" },
    plan = { "error perry/one-order-serves-all libperry_ext_http.a: must stand "
             .. "before libperry_stdlib.a for js_zlib, and after it for "
             .. "js_dispatch: no order is right" } },
  { "one of the two alone leaves an order",
    rule = "perry/one-order-serves-all",
    tree = { [http] = ext "T js_zlib", [lib] = stdlib "T js_zlib" } },

  -- perry/one-copy-of-a-crate
  { "two builds of tokio",
    rule = "perry/one-copy-of-a-crate",
    tree = { [http] = { { "tokio-aaaaaaaaaaaaaaaa.tokio.1.o", "T a" } },
             [lib] = { { "tokio-bbbbbbbbbbbbbbbb.tokio.1.o", "T a" } } },
    plan = { "error perry/one-copy-of-a-crate libperry_ext_http.a: holds tokio "
             .. "aaaaaaaaaaaaaaaa, and libperry_stdlib.a holds "
             .. "bbbbbbbbbbbbbbbb: two copies, each with its own state" } },
  { "tokio_util is another crate, and one copy is one copy",
    rule = "perry/one-copy-of-a-crate",
    tree = { [http] = { { "x-1.tokio-aaaaaaaaaaaaaaaa.tokio.1.o", "T a" },
                        { "tokio_util-cccccccccccccccc.o", "T b" } },
             [lib] = { { "tokio-aaaaaaaaaaaaaaaa.tokio.1.o", "T a" } } } },
  { "ext crates are compared with each other too",
    rule = "perry/one-copy-of-a-crate", define = { single = "mio" },
    tree = { [http] = { { "mio-aaaaaaaaaaaaaaaa.mio.o", "T a" } },
             ["libperry_ext_net.a"] =
               { { "mio-bbbbbbbbbbbbbbbb.mio.o", "T a" } },
             [lib] = stdlib() },
    plan = { "error perry/one-copy-of-a-crate libperry_ext_net.a: "
             .. "holds mio..." } },

  -- perry/same-build
  { "a stale archive",
    rule = "perry/same-build",
    tree = { [http] = ext("T js_http_serve", "", "old"), [lib] = stdlib() },
    plan = { "error perry/same-build libperry_ext_http.a: was built as old, "
             .. "and libperry_stdlib.a as new: it is stale" } },
  { "the stamp that is wanted",
    rule = "perry/same-build", define = { stamp = "newer" },
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib() },
    plan = { "error perry/same-build libperry_stdlib.a: was built as new, and "
             .. "newer is wanted" } },
  { "a runtime without a stamp",
    rule = "perry/same-build",
    tree = { [http] = { { runtime, "T js_state" } }, [lib] = stdlib() },
    plan = { "error perry/same-build libperry_ext_http.a: holds the runtime, "
             .. "and no build stamp" } },
  { "a stamp in bitcode cannot be seen",
    rule = "perry/same-build",
    tree = { [http] = { { runtime, bytes = bitcode.bytes } },
             [lib] = stdlib() },
    plan = { "unknown perry/same-build libperry_ext_http.a(" .. runtime
             .. "): is LLVM bitcode..." } },

  -- perry/line-gives-owners
  { "the order that gives each name to its owner",
    rule = "perry/line-gives-owners", line = "cc app.o " .. http .. " " .. lib,
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib "T js_http_serve",
             ["app.o"] = "U js_http_serve" } },
  { "the standard library's old copy stands first",
    rule = "perry/line-gives-owners", line = "cc app.o " .. lib .. " " .. http,
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib "T js_http_serve",
             ["app.o"] = "U js_http_serve" },
    plan = { "error perry/line-gives-owners libperry_stdlib.a: gives "
             .. "js_http_serve, which libperry_ext_http.a owns" } },
  { "a stub stands first",
    rule = "perry/line-gives-owners", line = "cc app.o " .. http .. " " .. lib,
    tree = { [http] = ext("T js_http_serve", "T js_fetch"), [lib] = stdlib(),
             ["app.o"] = "U js_fetch" },
    plan = { "error perry/line-gives-owners libperry_ext_http.a: gives "
             .. "js_fetch, which libperry_stdlib.a owns" } },
  { "a stub that is linked, whoever may ask for it one day",
    rule = "perry/line-gives-owners", line = "cc app.o " .. http .. " " .. lib,
    tree = { [http] = ext("T js_http_serve", "T js_fetch"), [lib] = stdlib(),
             ["app.o"] = "U js_state" },
    plan = { "error perry/line-gives-owners libperry_ext_http.a: gives "
             .. "js_fetch, which libperry_stdlib.a owns" } },
  { "a stub that nothing has linked gives nothing",
    rule = "perry/line-gives-owners", line = "cc app.o " .. http .. " " .. lib,
    tree = { [http] = ext("T js_http_serve", "T js_fetch"), [lib] = stdlib(),
             ["app.o"] = "U js_http_serve" } },
  { "a stub that may be one, and may be real",
    rule = "perry/line-gives-owners", line = "cc app.o " .. http .. " " .. lib,
    tree = { [http] = { { merged, "T js_http_serve T js_dispatch "
                          .. "T _ZN13perry_runtime4initE" } },
             [lib] = stdlib(), ["app.o"] = "U js_http_serve" },
    plan = { "unknown perry/line-gives-owners libperry_ext_http.a: is one "
             .. "member that defines js_dispatch too, as stub or not: nobody "
             .. "can tell" } },
  { "what only a crate of one member has is its own",
    rule = "perry/line-gives-owners",
    line = "cc -fuse-ld=bfd " .. http .. " app.o " .. lib,
    tree = { [http] = { { merged, "T js_http_serve T js_state "
                          .. "T _ZN13perry_runtime4initE" } },
             [lib] = stdlib(), ["app.o"] = "U js_http_serve U js_fetch" },
    plan = { "error perry/line-gives-owners libperry_ext_http.a: is on the "
             .. "line, and its js_http_serve is wanted and not taken" } },
  { "and its runtime may be anybody's",
    rule = "perry/line-gives-owners", line = "cc app.o " .. lib .. " " .. http,
    tree = { [http] = { { merged, "T js_http_serve T js_state "
                          .. "T _ZN13perry_runtime4initE" } },
             [lib] = stdlib(), ["app.o"] = "U js_state" } },
  { "a standard library that was merged with its runtime",
    rule = "perry/line-gives-owners", line = "cc app.o " .. http .. " " .. lib,
    tree = { [http] = ext "T js_http_serve", ["app.o"] = "U js_state",
             [lib] = { { "perry_stdlib-1.o", "T js_fetch T js_state "
                         .. "T _ZN13perry_runtime4initE" } } },
    plan = { "unknown perry/line-gives-owners libperry_stdlib.a: is one "
             .. "member, in which nobody can tell the runtime's names from its "
             .. "own" } },
  { "two owners that want two orders, and what else helps",
    rule = "perry/line-gives-owners",
    line = "cc app.o " .. http .. " " .. lib,
    tree = { [http] = ext("T js_http_serve", "T js_fetch"),
             [lib] = stdlib "T js_http_serve",
             ["app.o"] = "U js_http_serve U js_fetch" },
    plan = { "error perry/line-gives-owners libperry_ext_http.a: gives "
             .. "js_fetch, which libperry_stdlib.a owns" } },
  { "a stub behind, and a linker that is past the real one when it is wanted",
    rule = "perry/line-gives-owners",
    line = "cc -fuse-ld=bfd app.o " .. lib .. " " .. http,
    tree = { [http] = ext("T js_http_serve U js_fetch", "T js_fetch"),
             [lib] = stdlib(), ["app.o"] = "T main U js_http_serve" },
    plan = { "error perry/line-gives-owners libperry_ext_http.a: gives "
             .. "js_fetch, which libperry_stdlib.a owns" } },
  { "that is not past it",
    rule = "perry/line-gives-owners",
    line = "cc -fuse-ld=gold app.o " .. lib .. " " .. http,
    tree = { [http] = ext("T js_http_serve U js_fetch", "T js_fetch"),
             [lib] = stdlib(), ["app.o"] = "U js_http_serve U js_dispatch" } },
  { "that looks back",
    rule = "perry/line-gives-owners",
    line = "cc -fuse-ld=lld app.o " .. lib .. " " .. http,
    tree = { [http] = ext("T js_http_serve U js_fetch", "T js_fetch"),
             [lib] = stdlib(), ["app.o"] = "U js_http_serve" } },
  { "that may do either",
    rule = "perry/line-gives-owners",
    line = "cc app.o " .. lib .. " " .. http,
    tree = { [http] = ext("T js_http_serve U js_fetch", "T js_fetch"),
             [lib] = stdlib(), ["app.o"] = "U js_http_serve" },
    plan = { "unknown perry/line-gives-owners: bfd has js_fetch from "
             .. "libperry_ext_http.a(" .. runtime .. "), lld from "
             .. "libperry_stdlib.a(perry_stdlib-1.o), and the line does not "
             .. "say which of them reads it" } },
  { "a stub in front that nothing wants before the real one is met",
    rule = "perry/line-gives-owners",
    line = "cc -fuse-ld=bfd app.o " .. http .. " more.o " .. lib,
    tree = { [http] = { { "perry_ext_http-1.o", "T js_http_serve" },
                        { runtime, "T js_state" },
                        { "perry_runtime-2.o", "T js_fetch" } },
             [lib] = stdlib(), ["app.o"] = "U js_http_serve",
             ["more.o"] = "U js_fetch" } },
  { "the crate itself, in another folder, is no other owner",
    rule = "perry/line-gives-owners",
    line = "cc app.o " .. http .. " old/" .. http,
    tree = { [http] = ext "T js_http_serve", ["app.o"] = "U js_http_serve",
             ["old/" .. http] = ext "T js_http_serve" } },
  { "an archive before the object that wants it",
    rule = "perry/line-gives-owners",
    line = "cc -fuse-ld=gold " .. http .. " app.o " .. lib,
    tree = { [http] = { { "a.o", "T js_http_serve" }, { "b.o", "T js_b" } },
             [lib] = stdlib(), ["app.o"] = "U js_http_serve U js_fetch" },
    plan = { "error perry/line-gives-owners libperry_ext_http.a: is on the "
             .. "line, and its js_http_serve is wanted and not taken" } },
  { "which only some linkers come back to",
    rule = "perry/line-gives-owners", line = "cc " .. http .. " app.o " .. lib,
    tree = { [http] = { { "a.o", "T js_http_serve" }, { "b.o", "T js_b" } },
             [lib] = stdlib(), ["app.o"] = "U js_http_serve U js_fetch" },
    plan = { "unknown perry/line-gives-owners: bfd has js_http_serve from "
             .. "nothing, lld from libperry_ext_http.a(a.o), and the line does "
             .. "not say which of them reads it" } },
  { "unless something before had its member linked",
    rule = "perry/line-gives-owners",
    line = "cc first.o " .. http .. " app.o " .. lib,
    tree = { [http] = { { "a.o", "T js_http_serve T other" } },
             [lib] = stdlib(), ["app.o"] = "U js_http_serve",
             ["first.o"] = "U other" } },
  { "or the linker looks back",
    rule = "perry/line-gives-owners",
    line = "clang -fuse-ld=lld " .. http .. " app.o " .. lib,
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib(),
             ["app.o"] = "U js_http_serve" } },
  { "or it is linked whole, or comes again",
    rule = "perry/line-gives-owners",
    line = "cc -Wl,--whole-archive " .. http .. " -Wl,--no-whole-archive "
           .. lib .. " app.o " .. lib,
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib(),
             ["app.o"] = "U js_http_serve U js_fetch" } },
  { "Windows: the runtime first",
    rule = "perry/line-gives-owners", flavour = "lld-link",
    line = "link /out:a.exe app.o perry_ui.lib perry_runtime.lib",
    tree = { ["app.o"] = "U js_state",
             ["perry_ui.lib"] = { [runtime] = "T js_state" },
             ["perry_runtime.lib"] = { [runtime] = "T js_state" } },
    plan = { "error perry/line-gives-owners perry_ui.lib: gives js_state, "
             .. "which perry_runtime.lib owns" } },
  { "an @file that is not there",
    rule = "perry/line-is-complete", line = "cc app.o @rest",
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib(),
             ["app.o"] = "U js_http_serve" },
    plan = { "unknown perry/line-is-complete: the response file rest is not "
             .. "there" } },
  { "an @file is words of the line",
    rule = "perry/line-is-complete", line = "cc app.o @rest",
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib(),
             ["app.o"] = "U js_http_serve",
             rest = { bytes = lib .. "\n-o app\n" } },
    plan = { "error perry/line-is-complete..." } },
  { "a library of the line that nobody reads: who knows",
    rule = "perry/line-gives-owners", line = "cc app.o --unheard-of " .. http,
    tree = { [http] = ext "T js_http_serve", ["app.o"] = "U js_http_serve" },
    plan = { "unknown perry/line-gives-owners: the option --unheard-of is not "
             .. "one that is known, so libperry_ext_http.a may be its "
             .. "value" } },
  { "an input that is not there",
    rule = "perry/line-gives-owners", line = "cc app.o gone.a",
    tree = { ["app.o"] = "U js_http_serve" },
    plan = { "unknown perry/line-gives-owners: the input gone.a is not "
             .. "there" } },
  { "a library that is elsewhere",
    rule = "perry/line-gives-owners", line = "cc app.o -lperry_stdlib -lm",
    tree = { ["app.o"] = "U js_http_serve" },
    plan = { "unknown perry/line-gives-owners: -lperry_stdlib is in no folder "
             .. "of the line" } },

  -- perry/line-is-complete
  { "an archive that was left out",
    rule = "perry/line-is-complete", line = "cc app.o " .. lib,
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib(),
             ["app.o"] = "U js_http_serve U js_fetch" },
    plan = { "error perry/line-is-complete libperry_ext_http.a: is not on the "
             .. "line, and app.o wants its js_http_serve" } },
  { "the standard library, left out",
    rule = "perry/line-is-complete", line = "cc app.o " .. http,
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib(),
             ["app.o"] = "U js_http_serve U js_fetch" },
    plan = { "error perry/line-is-complete libperry_stdlib.a: is not on the "
             .. "line, and app.o wants its js_fetch" } },
  { "an archive that nothing wants may be left out",
    rule = "perry/line-is-complete", line = "cc app.o " .. lib,
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib(),
             ["app.o"] = "U js_fetch" } },
  { "twice, for nothing",
    rule = "perry/line-is-complete",
    line = "cc app.o " .. http .. " " .. lib .. " " .. http,
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib(),
             ["app.o"] = "U js_http_serve" },
    plan = { "error perry/line-is-complete libperry_ext_http.a: is on the line "
             .. "twice, and nothing between wants names of it" } },
  { "twice, because the standard library wants names of it",
    rule = "perry/line-is-complete",
    line = "cc app.o " .. http .. " " .. lib .. " " .. http,
    tree = { [http] = ext "T js_http_serve", [lib] = stdlib "U js_http_serve",
             ["app.o"] = "U js_http_serve" } },
  { "two builds of one crate",
    rule = "perry/line-is-complete",
    line = "cc app.o " .. http .. " old/" .. http,
    tree = { [http] = ext "T js_http_serve", ["app.o"] = "U js_http_serve",
             ["old/" .. http] = ext "T js_http_serve" },
    plan = { "error perry/line-is-complete old/libperry_ext_http.a: is on the "
             .. "line twice, the other time as libperry_ext_http.a" } },
  { "a library that is elsewhere is on the line",
    rule = "perry/line-is-complete", line = "cc app.o -lperry_ext_http",
    tree = { [http] = ext "T js_http_serve", ["app.o"] = "U js_http_serve" } },
  { "an input that is not there, and might have been it",
    rule = "perry/line-is-complete", line = "cc app.o gone.a",
    tree = { [http] = ext "T js_http_serve", ["app.o"] = "U js_http_serve" },
    plan = { "unknown perry/line-is-complete: the input gone.a is not "
             .. "there" } },

  -- perry/line-hides-nothing
  { "an option that hides what is missing",
    rule = "perry/line-hides-nothing", tree = { ["app.o"] = "T main" },
    line = "cc -Wl,--warn-unresolved-symbols app.o", edited = "cc app.o",
    plan = { "error perry/line-hides-nothing: word 1, "
             .. "--warn-unresolved-symbols: must not be on the line" } },
  { "an option that a project has settled on",
    rule = "perry/line-hides-nothing", tree = { ["app.o"] = "T main" },
    define = { forbidden = "/FORCE" },
    line = "cc -Wl,--allow-multiple-definition app.o" },
}
