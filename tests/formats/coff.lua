--- COFF objects, as README's table has them: what llvm-nm and llvm-readobj say.

local assert = require "luassert"
local cells = require "formats.cells"
local helper = require "helper"
local lto = require "lto"

local coff = {}

local TARGET = "x86_64-pc-windows-msvc"

local SOURCE = [[
int out(void); static int st; int data = 1;
__declspec(selectany) int any = 3;
__attribute__((weak)) int weakdef(void) { return st; }
extern int weakext(void) __attribute__((weak));
__declspec(dllimport) int far(void);
int f(void) { return out() + far() + weakdef() + weakext() + any; }
]]

local CXX = [[
inline int once(int x) { static int k; return k += x; }
int plain(void) { return once(1); }
struct A { A(); int a; }; A::A() : a(plain()) {}
A one;
]]

local folder

local function setup()
  if folder then return end
  folder = helper.folder "table-coff"
  cells.cc(folder, TARGET, "a", SOURCE)
  cells.cc(folder, TARGET, "once.cpp", CXX, "-O0")
end


local function readobj(file, ...)
  setup()
  return helper.must({ "llvm-readobj-19", ..., file }, folder)
end


local function agrees(file, least, format)
  setup()
  cells.agree(folder, file, "native", format or "coff",
              cells.llvm(folder, file), least)
end


local function is_fact(name, expected, file)
  setup()
  cells.is_fact(folder, file, name, assert(expected))
end


local function untold(name, reason, file)
  return function ()
    setup()
    cells.untold(folder, file, name, reason)
  end
end


coff.read = {
  ["objects"] = function () agrees("a.o", 7) end,
  ["`/bigobj`"] = function ()
    setup()
    local text = {}
    for i = 1, 66000 do  -- more sections than sixteen bits count
      text[i] = (".section x%d\n.globl s%d\ns%d: .byte 1\n"):format(i, i, i)
    end
    helper.write(folder .. "/big.s", table.concat(text))
    helper.must({ "clang", "--target=" .. TARGET, "-c", "big.s" }, folder)
    assert.matches("^%z%z\xff\xff\2%z", helper.read(folder .. "/big.o"))
    agrees("big.o", 66000, "coff-bigobj")
  end,
  ["COMDAT selection"] = function ()
    setup()
    local symbols = readobj("a.o", "--symbols")
    assert.matches("Selection: Any", symbols)
    cells.same(cells.ask(folder, "a.o", "it:defined_strongly('{any,data,f}')"),
               { "data", "f" })
    cells.same(cells.ask(folder, "once.o",
               "it:defined('*once*') - it:defined_strongly('*')"),
               { "?once@@YAHH@Z", "?k@?1??once@@YAHH@Z@4HA" })
  end,
  ["weak externals"] = function ()
    setup()
    assert.matches("Name: weakext\n.-StorageClass: WeakExternal",
                   readobj("a.o", "--symbols"))
    local classes = cells.classes(folder, "a.o")
    assert.equal("weak", classes.weakdef)
    assert.equal("weak", classes.weakext)  -- it is 0 if nobody has it
  end,
  ["`__imp_`"] = function ()
    setup()
    assert.equal("undef", cells.classes(folder, "a.o").__imp_far)
    cells.same(cells.ask(folder, "a.o", "it:undefined('far')"), { "far" })
  end,
}


coff.views = {
  ["`native`"] = function () agrees("a.o", 7) end,
  ["`bitcode` (`.llvmbc`)"] = function ()
    setup()
    local file = cells.cc(folder, TARGET, "embedded", SOURCE, "-fembed-bitcode")
    helper.must({ "llvm-objcopy-19", "--dump-section=.llvmbc=part.bc", file,
                  "/dev/null" }, folder)
    local theirs = assert(lto.llvm_nm("part.bc", folder))
    for i, row in ipairs(theirs) do theirs[i] = row:gsub("\t", " ") end
    cells.agree(folder, file, "bitcode", "coff", theirs, 6)
  end,
}


coff.facts = {
  ["target"] = function ()
    setup()
    assert.matches("Arch: x86_64", readobj("a.o", "--file-headers"))
    is_fact("machine", "x86_64", "a.o")
    is_fact("bits", "64", "a.o")
    is_fact("endian", "little", "a.o")
  end,
  ["constructors"] = function ()
    setup()
    assert.matches("Name: .CRT$XCU", readobj("once.o", "--sections"), 1, true)
    is_fact("constructors", ".CRT$XCU 1", "once.o")
    local name = cells.llvm(folder, "once.o")
    assert.matches("_GLOBAL__sub_I_once.cpp t", table.concat(name, "\n"))
    is_fact("functions", ".CRT$XCU: _GLOBAL__sub_I_once.cpp", "once.o")
  end,
  ["producers"] = function ()
    setup()
    cells.cc(folder, TARGET, "g", SOURCE, "-g", "-gcodeview")
    is_fact("producers", readobj("g.o", "--codeview"):match
            "VersionName: ([^\n]+)", "g.o")
  end,
  ["sections"] = function ()
    local theirs, ours = {}, {}
    for name, size in readobj("a.o", "--sections"):gmatch
        "Name: (%S+) .-RawDataSize: (%d+)" do
      theirs[#theirs + 1] = name .. " " .. size
    end
    for i, row in ipairs(cells.sections(folder, "a.o")) do
      ours[i] = row:match "^%S+ %d+"
    end
    cells.same(ours, theirs, 5)
  end,
  ["sections of definitions"] = function ()
    for _, name in ipairs { "f", "data" } do
      local section = readobj("a.o", "--symbols"):match("Name: " .. name
        .. "\n[^\n]*\n +Section: (%S+)")
      assert.equal(section, cells.sections(folder, "a.o", name)[1]:match "%S+")
    end
  end,
  ["LTO"] = function ()
    setup()
    cells.cc(folder, TARGET, "kind", SOURCE, "-fembed-bitcode")
    assert.matches("^llvm full in '.llvmbc', native", cells.fact(folder,
                                                                "kind.o",
                                                                "lto"))
    is_fact("lto", "none", "a.o")
  end,
}


coff.untold = {
  ["text relocations"] = untold("text_relocations", "changes code", "a.o"),
  ["the system"] = untold("os", "does not say for which os", "a.o"),
  ["GCC's LTO"] = function ()
    setup()
    helper.write(folder .. "/gcc.s", ".section .gnu.lto_x\n.long 1\n")
    helper.must({ "clang", "--target=" .. TARGET, "-c", "gcc.s" }, folder)
    cells.refused(folder, "gcc.o", "gcc-lto", "coff", "holds GCC's LTO")
  end,
}

return coff
