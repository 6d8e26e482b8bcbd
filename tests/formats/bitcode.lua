--- Intermediate code by itself, as README's table has it: what llvm-nm and
--- gcc-nm say.

local assert = require "luassert"
local cells = require "formats.cells"
local helper = require "helper"
local lto = require "lto"

local bitcode = {}

local SOURCE = [[
int other(void); int common; static int st;
__attribute__((weak)) int wf(void) { return other() + st; }
int f(void) { return wf() + common; }
]]

local folder

local function setup()
  if folder then return end
  folder = helper.folder "table-lto"
  helper.write(folder .. "/a.c", SOURCE)
  helper.must({ "clang", "-flto", "-w", "-fcommon", "-c", "a.c", "-o", "a.bc" },
              folder)
  helper.must({ "clang", "-flto", "-w", "-c", "a.c", "-o", "wrapped.bc",
                "--target=x86_64-apple-macos11" }, folder)
  for name, flag in pairs { slim = "-fno-fat-lto-objects",
                            fat = "-ffat-lto-objects" } do
    helper.must({ "gcc", "-flto", "-w", "-fcommon", flag, "-c", "a.c", "-o",
                  name .. ".o" }, folder)
  end
end


local function rows(list)
  for i, row in ipairs(list) do list[i] = row:gsub("\t", " ") end
  return list
end


local function agrees(file, view)
  setup()
  cells.agree(folder, file, view or "bitcode", "bitcode",
              rows(assert(lto.llvm_nm(file, folder))), 4)
end


bitcode.read = {
  ["raw"] = function ()
    agrees "a.bc"
    assert.equal("BC\xc0\xde", helper.read(folder .. "/a.bc"):sub(1, 4))
  end,
  ["wrapped"] = function ()
    agrees "wrapped.bc"
    assert.equal("\xde\xc0\x17\x0b",
                 helper.read(folder .. "/wrapped.bc"):sub(1, 4))
  end,
  ["the symbol table that LLVM writes since version 14"] = function ()
    agrees "a.bc"
    assert.matches("SYMTAB_BLOCK", helper.must({ "llvm-bcanalyzer-19", "--dump",
                                                "a.bc" }, folder))
    helper.must({ "llc-19", "--version" }, folder)
    helper.must({ "sh", "-c", "llvm-dis-19 a.bc -o - | llvm-as-19 -o 19.bc" },
                folder)
    helper.must({ "sh", "-c", "ld.lld --version >&2; llvm-lto2-19 dump-symtab "
                  .. "19.bc" }, folder)
    agrees "19.bc"
  end,
}

bitcode.views = {
  ["`bitcode`"] = function () agrees "a.bc" end,
}

-- What llvm-bcanalyzer reads of its identification, and llvm-dis of it all.
local function blocks(file)
  setup()
  return helper.must({ "llvm-bcanalyzer-19", "--dump", file }, folder)
end

bitcode.facts = {
  ["target"] = function ()
    setup()
    local triple = helper.must({ "sh", "-c", "llvm-dis-19 wrapped.bc -o -" },
                               folder):match 'target triple = "([^"]*)"'
    assert.equal(triple:match "^[^-]*",
                 cells.fact(folder, "wrapped.bc", "machine"))
    assert.matches("macos", triple)
    cells.is_fact(folder, "wrapped.bc", "os", "macos")
  end,
  ["producers"] = function ()
    cells.is_fact(folder, "a.bc", "producers",
                  (blocks "a.bc":match "record string = '(LLVM[^']*)'"))
  end,
  ["LTO"] = function ()
    setup()
    helper.must({ "clang", "-flto=thin", "-w", "-c", "a.c", "-o", "thin.bc" },
                folder)
    for file, kind in pairs { ["a.bc"] = "full", ["thin.bc"] = "thin" } do
      local summary = blocks(file):find("<GLOBALVAL_SUMMARY_BLOCK", 1, true)
      assert.equal(kind == "thin", summary ~= nil)
      assert.matches("^llvm " .. kind, cells.fact(folder, file, "lto"))
    end
  end,
}

bitcode.untold = {
  ["`native`"] = function ()
    setup()
    cells.refused(folder, "a.bc", "native", "bitcode", "no native code")
  end,
  ["bitcode without that table"] = function ()
    setup()
    local bytes = helper.read(folder .. "/a.bc")
    local made = lto.bitcode { symtab = false, symbols = {} }
    assert.is_true(#bytes > #made)
    helper.write(folder .. "/old.bc", made)
    cells.refused(folder, "old.bc", "bitcode", "bitcode", "symbol table")
  end,
}


-- == GCC's ===================================================================

bitcode.gcc = {}

local function gcc(file)
  return function ()
    setup()
    cells.agree(folder, file, "gcc-lto", "elf", rows(lto.gcc_nm(file, folder)),
                4)
  end
end

bitcode.gcc.read = {
  ["slim"] = gcc "slim.o",
  ["fat"] = gcc "fat.o",
}

bitcode.gcc.views = {
  ["`gcc-lto`"] = gcc "slim.o",
}

bitcode.gcc.facts = {
  ["those of ELF"] = function ()
    setup()
    cells.is_fact(folder, "slim.o", "machine", "x86_64")
    cells.is_fact(folder, "slim.o", "producers", helper.must({ "readelf", "-p",
      ".comment", "slim.o" }, folder):match "%] +([^\n]*)")
  end,
  ["slim or fat"] = function ()
    setup()
    for _, kind in ipairs { "slim", "fat" } do
      local marked = table.concat(cells.llvm(folder, kind .. ".o"), "\n")
      assert.equal(kind == "slim", marked:find "__gnu_lto_slim" ~= nil)
      assert.matches("^gcc " .. kind, cells.fact(folder, kind .. ".o", "lto"))
    end
  end,
}

bitcode.gcc.untold = {
  ["`native` of slim ones"] = function ()
    setup()
    cells.refused(folder, "slim.o", "native", "elf", "LTO")
    cells.agree(folder, "fat.o", "native", "elf",
                cells.llvm(folder, "fat.o"), 4)
  end,
}

return bitcode
