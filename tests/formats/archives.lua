--- Archives, as README's table has them: made by ar, llvm-ar, llvm-lib, rustc.

local assert = require "luassert"
local cells = require "formats.cells"
local helper = require "helper"

local archives = {}

local folder

local function setup()
  if folder then return end
  folder = helper.folder "table-archives"
  for name, target in pairs { elf = "x86_64-linux-gnu",
                              macho = "x86_64-apple-macosx11",
                              coff = "x86_64-pc-windows-msvc" } do
    cells.cc(folder, target, name, "int " .. name .. "_f(void) { return 1; }\n"
             .. "int out(void); int " .. name .. "_g(void) { return out(); }\n")
  end
end


-- Its members' symbols, and its index, are what llvm-nm finds.
local function holds(file, format, members)
  setup()
  cells.agree(folder, file, "native", format, cells.llvm(folder, file), members)
  local map = helper.must({ "llvm-nm-19", "--print-armap", file }, folder)
    :match "Archive map\n(.-)\n\n"
  local theirs = {}
  for name in map:gmatch "([^\n]+) in [^\n]+" do
    theirs[#theirs + 1] = name .. " ?"
  end
  cells.agree(folder, file, "index", format, theirs, 2)
end


local function ar(file, ...)
  setup()
  helper.must({ "rm", "-f", file }, folder)
  helper.must({ "env", ... }, folder)
end


local function gnu() ar("gnu.a", "ar", "rcs", "gnu.a", "elf.o") end


archives.read = {
  ["GNU"] = function () gnu() holds("gnu.a", "ar", 3) end,
  ["thin"] = function ()
    ar("thin.a", "ar", "rcsT", "thin.a", "elf.o")
    holds("thin.a", "thin-ar", 3)
  end,
  ["BSD"] = function ()
    ar("bsd.a", "llvm-ar-19", "--format=bsd", "rcs", "bsd.a", "elf.o")
    holds("bsd.a", "ar", 3)
  end,
  ["Darwin"] = function ()
    ar("darwin.a", "llvm-ar-19", "--format=darwin", "rcs",
       "darwin.a", "macho.o")
    holds("darwin.a", "ar", 3)
  end,
  ["COFF"] = function ()
    ar("coff.lib", "llvm-lib-19", "/out:coff.lib", "coff.o")
    holds("coff.lib", "ar", 3)
  end,
  ["64-bit indexes"] = function ()
    ar("wide.a", "SYM64_THRESHOLD=1", "llvm-ar-19", "rcs", "wide.a", "elf.o")
    assert.matches("^!<arch>\n/SYM64/", helper.read(folder .. "/wide.a"))
    holds("wide.a", "ar", 3)
    ar("wide-darwin.a", "SYM64_THRESHOLD=1", "llvm-ar-19",
       "--format=darwin", "rcs", "wide-darwin.a", "macho.o")
    assert.matches("__%.SYMDEF_64", helper.read(folder .. "/wide-darwin.a"))
    holds("wide-darwin.a", "ar", 3)
  end,
  ["`.rlib`"] = function ()
    setup()
    helper.write(folder .. "/r.rs", "#[no_mangle] pub extern \"C\" fn r_f() "
                 .. "{}\n#[no_mangle] pub extern \"C\" fn r_g() { r_f() }\n")
    helper.must({ "rustc", "--crate-type=rlib", "-Cpanic=abort", "r.rs", "-o",
                  "libr.rlib" }, folder)
    local listed = helper.must({ "ar", "t", "libr.rlib" }, folder)
    assert.matches("lib.rmeta", listed, 1, true)
    holds("libr.rlib", "ar", 2)
  end,
}


archives.views = {
  ["`index`"] = function ()
    gnu()
    local theirs = {}
    for name in helper.must({ "nm", "-s", "gnu.a" }, folder):match
        "Archive index:\n(.-)\n\n":gmatch "(%S+) in" do
      theirs[#theirs + 1] = name .. " ?"
    end
    cells.agree(folder, "gnu.a", "index", "ar", theirs, 2)
  end,
}


archives.facts = {
  ["those of each member"] = function ()
    gnu()
    assert.equal("x86_64", cells.fact(folder, "elf.o", "machine"))
    for _, name in ipairs { "machine", "bits", "abi", "producers",
                            "executable_stack" } do
      cells.is_fact(folder, "gnu.a(elf.o)", name,
                    cells.fact(folder, "elf.o", name))
    end
  end,
}


archives.untold = {
  ["what archives in thin archives hold"] = function ()
    gnu()
    ar("nested.a", "ar", "rcsT", "nested.a", "gnu.a")
    local _, err = cells.rows(folder, "nested.a", "native", "thin-ar",
                              "refused")
    assert.matches("nested.a%(.*archive", err)
  end,
}


--- AIX's archives: nothing of them is read, and nothing of them is empty.
archives.aix = { untold = {
  ["all of it"] = function ()
    setup()
    ar("aix.a", "llvm-ar-19", "--format=bigarchive", "rcs", "aix.a",
       "elf.o")
    assert.matches("elf_f in elf.o", helper.must({ "llvm-nm-19",
                   "--print-armap", "aix.a" }, folder))
    for _, view in ipairs { "native", "index", "dynamic", "bitcode",
                            "gcc-lto" } do
      cells.refused(folder, "aix.a", view, "aix-ar", "is an AIX archive")
    end
  end,
} }


--- Objects of AIX.
archives.xcoff = { untold = {
  ["all of it"] = function ()
    setup()
    helper.write(folder .. "/f.ll", "define i32 @f() {\n  ret i32 1\n}\n")
    for _, target in ipairs { "powerpc-ibm-aix", "powerpc64-ibm-aix" } do
      local file = target .. ".o"
      helper.must({ "llc-19", "-mtriple=" .. target, "-filetype=obj", "f.ll",
                    "-o", file }, folder)
      assert.matches(" T %.f\n", helper.must({ "llvm-nm-19", file }, folder))
      for _, view in ipairs { "native", "dynamic", "bitcode", "gcc-lto" } do
        cells.refused(folder, file, view, "xcoff", "is an XCOFF file")
      end
      cells.untold(folder, file, "machine", "is an XCOFF file")
      cells.untold(folder, file, "needed", "is an XCOFF file")
    end
  end,
} }

return archives
