--- How libwave.so is linked, and programs that use it.
--
-- A function was added, and nobody added it to the version script: "undefined
-- reference", said the linker of the program.  It was found that with PUBLIC
-- in the place of PRIVATE the program linked.  So it did: with a copy of what
-- keeps the state, beside the one in the library, and what was set in one was
-- read from the other.
--
-- SYMRUN_RULES=wave.lua cmake -DCMAKE_C_COMPILER=symrun-cc \
--   -DCMAKE_CXX_COMPILER=symrun-c++ ...

local symrun = require "symrun"
local rule, links = symrun.rule, symrun.links

-- CMake's probes are links, too: libraries and programs are taken by name.
local library = links { makes = "library", output = "**/libwave.so" }
local program = links { makes = "executable", output = "**/play" }


rule "wave/one-state" {
  about = "what keeps the state of libwave.so is in it, and nowhere else",
  story = [[
The archive behind the library was on the program's line, too.  The version
script hides the library's copy, so the two are no duplicates to any linker.]],
  each = program,
  check = function (link, report)
    for _, archive in ipairs(link:archives()) do
      if archive:defines "tone_*" then
        report(archive, "is linked into %s, and libwave.so has a copy of its "
               .. "own", link:output())
          :hint("link it PRIVATE, and export what the program wants")
      end
    end
  end,
}


rule "wave/exports-its-names" {
  about = "libwave.so exports every wave_* that it has",
  story = [[
A list by hand is behind the code: whoever adds a function tests it inside of
the library, where no list is asked.]],
  each = library,
  check = function (link, report)
    local hidden = link:offered "wave_*" - link:exported "wave_*"
    if not hidden:empty() then
      report.note(link, "hides %s", hidden):fix(link:export(hidden))
    end
  end,
}


rule "wave/lacks-nothing" {
  about = "the linker is told that libwave.so may lack nothing",
  story = [[
A shared library may lack what it calls, and linkers do not mind: it is found
out when a program is started.]],
  each = library,
  check = function (link, report)
    if not link:has "--no-undefined" then  -- by each of its names
      report.note(link, "may lack what it calls")
        :fix(link:add { "--no-undefined" })
    end
  end,
}
