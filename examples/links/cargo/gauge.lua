--- What must hold when gauge is linked.
--
-- A new version of the C library came with one file more, and the build script
-- that compiles it was not told.  "Undefined reference", said the linker, and
-- somebody in a hurry gave it an option not to mind.  Cargo shows no warning of
-- a linker that succeeds; the program died when it was started, elsewhere.
--
-- SYMRUN_RULES=gauge.lua, and -C linker=symrun-cc

local symrun = require "symrun"
local rule, links = symrun.rule, symrun.links

local ours = links { output = "**/deps/*" }  -- not build scripts: in build/


rule "gauge/no-blindfold" {
  about = "no option lets a link pass that lacks something",
  story = [[
A build script passed --warn-unresolved-symbols, for everything that is linked.
Who called the missing function jumped to address zero.]],
  each = ours,
  check = function (link, report)
    for _, option in ipairs { "--warn-unresolved-symbols",
                              "--unresolved-symbols ignore-all" } do
      for part in link:options(option) do
        report(part, "the link would pass, whatever is missing")
          :hint("a build script says so, or rustflags: look for it there")
      end
    end
  end,
}


-- The names of all of some files together, or nil where there are no files.
local function all_of(files, names)
  local out
  for _, file in ipairs(files) do
    out = out and out + names(file) or names(file)
  end
  return out
end

local function wanted(file) return file:undefined "gauge_*" end
local function defined(file) return file:defined "gauge_*" end


rule "gauge/nothing-is-missing" {
  about = "every gauge_* that is called is linked",
  story = [[
A shared library may lack what it calls, and no linker says a word: whoever
loads it is to bring that along.  Nobody brings functions of gauge.]],
  each = ours,
  check = function (link, report)
    local missing = all_of(link:objects(), wanted)
                    + all_of(link:archives(), wanted)
                    - all_of(link:archives(), defined)
                    - all_of(link:objects(), defined)
    for place, names in missing:by_member() do
      report(place, "wants %s, which nothing on the line defines", names)
        :hint("is every file of gauge-sys/c compiled?")
    end
  end,
}


rule "gauge/library-shows-c" {
  about = "the library exports what C defines, too",
  story = [[
rustc hands the linker a list of what a library exports, and only names of Rust
are on it.  Programs in C could not call the functions of C.  An edited copy of
the list goes in its place, for each link anew.]],
  each = links { makes = "library", output = "**/libgauge.*" },
  check = function (link, report)
    local hidden = link:offered "gauge_*" - link:exported "gauge_*"
    if not hidden:empty() then
      report.note(link, "hides %s", hidden):fix(link:export(hidden))
    end
  end,
}
