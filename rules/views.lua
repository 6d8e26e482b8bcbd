--- Two tables of one file define the same names.
-- symrun views.lua build/
-- symrun views.lua -D views=native,gcc-lto -D files='**/libmine_*.a' build/

local symrun = require "symrun"

local given = symrun.parameters {
  files = { "**/*.{o,obj,a,lib,rlib}", "the files, as a path pattern" },
  views = { { "native", "bitcode" },
            "two of native, bitcode, gcc-lto, dynamic and index" },
  names = { {}, "only names like these" },
  allow = { {}, "names that one may have alone, as patterns" },
  hidden = { false, "hidden names beside intermediate code count, too" },
  everywhere = { false, "a member that has one of the two has both" },
}

symrun.rule "views/agree" (symrun.must.agree {
  each = symrun.files(given.files), views = given.views, names = given.names,
  allow = given.allow, hidden = given.hidden, everywhere = given.everywhere,
})
