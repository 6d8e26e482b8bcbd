local helper = require "helper"
local make = require "make"
local peers = require "peers"


-- Every row must be the peer's, and there must be at least so many.
local function agree(files, folder, least, ...)
  local theirs, _, complaints = peers.llvm(files, folder, ...)
  local ours, status, err = peers.symrun(files, folder, "--view",
    ... == "-D" and "dynamic" or "native")
  assert.equal("", complaints)
  assert.equal("", err)
  assert.equal(0, status)
  for _, file in ipairs(files) do
    assert.equal("", peers.difference(ours[file], theirs[file]), file)
    assert.equal(#ours[file], ours[file].count)
    assert.equal("ok", ours[file].status)
    assert.is_true(#ours[file] >= least, file .. " has too few symbols")
  end
  return ours
end


-- { [name] = "letter class" } of one file's rows.
local function by_name(rows)
  local out = {}
  for _, row in ipairs(rows) do
    local name, letter = row:match "^[^\t]*\t([^\t]*)\t(.)"
    out[name] = letter .. " " .. rows.classes[row]
  end
  return out
end


local SOURCE = [[
int f(void); extern int w(void) __attribute__((weak));
extern __thread int tu; __thread int td; static __thread int tl;
int g(void) { return f() + (w ? w() : 0) + tu + td + ++tl; }
int common; int zero = 0; int data = 1; const int ro = 2;
static int local; static const int lro[4] = {1};
int *p(int i) { local++; return i ? &local : (int *)&lro[i]; }
__attribute__((visibility("hidden"))) int hidden(void) { return 1; }
__attribute__((visibility("protected"))) int prot(void) { return 1; }
__attribute__((weak)) int weakdef(void) { return 1; }
__attribute__((weak)) int weakdata = 4;
__attribute__((section(".odd"))) int odd = 1;
int alias(void) __attribute__((alias("weakdef")));
static int unused(void) { return 4; } int (*fp)(void) = unused;
const char *s = "text"; double d(double x) { return x * 1.5; }
]]

local EXPECTED = {
  f = "U undef", w = "w weakundef", tu = "U undef", g = "T global",
  common = "C common", zero = "B global", data = "D global", ro = "R global",
  hidden = "T global", prot = "T global", weakdef = "W weak",
  weakdata = "V weak", odd = "D global", alias = "T global",
  unused = "t local", fp = "D global", td = "B global", tl = "b local",
}

-- 32 and 64 bits, both byte orders, and the machines that mark code and data.
local TARGETS = {
  "x86_64", "i386", "aarch64", "aarch64_be", "arm", "armeb", "riscv64",
  "riscv32", "powerpc64", "powerpc64le", "powerpc", "mips", "mipsel", "mips64",
  "mips64el", "s390x", "sparc", "sparcv9", "hexagon",
}


describe("the ELF reader", function ()
  it("agrees with llvm-nm and GNU nm on objects of every target", function ()
    local folder = helper.folder "elf"
    helper.write(folder .. "/x.c", SOURCE)
    local files = {}
    for i, target in ipairs(TARGETS) do
      files[i] = target .. ".o"
      helper.must({ "clang", "--target=" .. target .. "-linux-gnu", "-w", "-g",
        "-fintegrated-as", "-O1", "-fcommon", "-ftls-model=initial-exec",
        "-c", "-o", files[i], "x.c" }, folder)
    end
    local ours = agree(files, folder, 20)
    local gnu = peers.gnu(files, folder)
    for _, file in ipairs(files) do
      local names = by_name(ours[file])
      for name, expected in pairs(EXPECTED) do
        if file == "powerpc64.o" then  -- functions are descriptors, in .opd
          expected = expected:gsub("^T", "D"):gsub("^t", "d")
        end
        assert.equal(expected, names[name], file .. " " .. name)
      end
      -- GNU nm of this machine does not know the marks of others, nor RISC-V's
      -- label that only tells two places apart.
      local theirs = {}
      for _, row in ipairs(gnu[file]) do
        if not row:find "^%-\t%$[adtx][.\t]"
           and not (file:find "^riscv"
                    and row:find("-\t.L0\\x20\t", 1, true)) then
          theirs[#theirs + 1] = row
        end
      end
      assert.equal("", peers.difference(ours[file], theirs), file)
    end
  end)

  it("leaves out the marks of code and data, which are there", function ()
    local folder = helper.folder "elf"
    helper.write(folder .. "/m.s", ".text\nf: .word 1\nnop\n.globl $dollar\n"
      .. "$dollar: nop\n$dim: nop\n")
    helper.must({ "clang", "--target=aarch64-linux-gnu", "-c", "m.s" }, folder)
    local marks = helper.must({ "llvm-nm-19", "--special-syms", "m.o" }, folder)
    assert.matches("%$d", marks)
    assert.matches("%$x", marks)
    local ours = peers.symrun({ "m.o" }, folder)["m.o"]
    -- A global name that looks like a mark is a name to every linker; llvm-nm
    -- drops it.
    assert.same({ "-\t$dollar\tT\t0", "-\tf\tt\t0" }, table.move(ours, 1, #ours,
                                                              1, {}))
  end)

  it("knows everything that an assembler can say", function ()
    local folder = helper.folder "elf"
    helper.write(folder .. "/u.s", [[
  .globl uniq
  .type uniq, @gnu_unique_object
  .section .data.uniq,"awG",@progbits,uniq,comdat
uniq: .long 1
  .size uniq, 4
  .text
  .globl ifun
  .type ifun, @gnu_indirect_function
ifun: ret
  .weak wifun
  .type wifun, @gnu_indirect_function
wifun: ret
  .set abssym, 0x1234
  .globl abssym
  .set locabs, 7
  .comm big,100,32
  .lcomm loc,8
  .weak wundef
  .globl strong_undef
  call wundef
  call strong_undef
  .globl "spaced name"
"spaced name": ret
  .symver ifun, ifun@V1
  .tls_common tlsc,4,4
  .section .debug_own
in_debug: .long 1
  .section .comment
in_comment: .long 1
  .section .wnote,"w"
in_wnote: .long 1
]])
    helper.must({ "as", "u.s", "-o", "u.o" }, folder)
    local ours = agree({ "u.o" }, folder, 15)
    assert.same({
      uniq = "u unique", ifun = "i ifunc", ["ifun@V1"] = "i ifunc",
      wifun = "i weak", abssym = "A global", locabs = "a local",
      big = "C common", tlsc = "C common", loc = "b local",
      wundef = "w weakundef", strong_undef = "U undef",
      ["spaced\\x20name"] = "T global", in_debug = "N local",
      in_comment = "n local", in_wnote = "? local",
    }, by_name(ours["u.o"]))
  end)

  it("agrees on every binding, type and place there can be", function ()
    local folder = helper.folder "elf"
    local symbols = {}
    for bind = 0, 15 do
      for type = 0, 15 do
        for _, place in ipairs { "undef", ".text", ".data", ".bss", ".rodata",
                                 ".debug_x", ".note", ".w", "abs", "common" } do
          symbols[#symbols + 1] = {
            name = ("%d_%d_%s"):format(bind, type, place), size = 4, value = 16,
            bind = bind == 0 and "local" or bind, type = type, section = place,
          }
        end
      end
    end
    local zeros = ("\0"):rep(32)
    local files = {}
    for i, kind in ipairs { { 64, false }, { 64, true }, { 32, false },
                            { 32, true } } do
      files[i] = i .. ".o"
      helper.write(folder .. "/" .. files[i], (make.elf {
        class = kind[1], big = kind[2], machine = kind[1] == 64 and 62 or 3,
        symbols = symbols, sections = {
          { name = ".text", type = 1, flags = 6, bytes = zeros },
          { name = ".data", type = 1, flags = 3, bytes = zeros },
          { name = ".bss", type = 8, flags = 3, bytes = "", size = 32 },
          { name = ".rodata", type = 1, flags = 2, bytes = zeros },
          { name = ".debug_x", type = 1, bytes = zeros },
          { name = ".note", type = 1, bytes = zeros },
          { name = ".w", type = 1, flags = 1, bytes = zeros },
        },
      }))
    end
    agree(files, folder, 16 * 14 * 10)  -- all but sections and source files
  end)

  it("reads more sections than 16 bits can count", function ()
    local folder = helper.folder "elf"
    local text = {}
    for i = 1, 65400 do
      text[i] = ('.section .text.f%d,"ax"\n.globl f%d\nf%d: ret\n')
                :format(i, i, i)
    end
    text[#text + 1] = '.section .data.last,"aw"\n.globl last\nlast: .long 1\n'
      .. '.section .rodata.last,"a"\nllast: .long 1\n'
    helper.write(folder .. "/many.s", table.concat(text))
    helper.must({ "as", "many.s", "-o", "many.o" }, folder)
    assert.matches("\0\0\0\0\0\0\0\0", helper.read(folder .. "/many.o"):sub(41))
    local ours = agree({ "many.o" }, folder, 65402)
    local names = by_name(ours["many.o"])
    assert.equal("T global", names.f65400)
    assert.equal("D global", names.last)
    assert.equal("r local", names.llast)
  end)

  it("agrees on C++ with its COMDAT copies, and on what it links to",
     function ()
    local folder = helper.folder "elf"
    helper.write(folder .. "/c.cc", [[
#include <map>
#include <string>
inline int twice(int x) { static int n; return x + n++; }
template <class T> struct Box { static T value; virtual ~Box() {} };
template <class T> T Box<T>::value;
int use(int x) { Box<long> b; return twice(x) + (int)Box<long>::value; }
std::map<std::string, int> all;
int main() { return use((int)all.size()); }
]])
    local files = {}
    for _, cxx in ipairs { "g++", "clang++" } do
      helper.must({ cxx, "-O0", "-g", "-c", "c.cc", "-o", cxx .. ".o" }, folder)
      helper.must({ cxx, cxx .. ".o", "-o", cxx }, folder)
      helper.must({ cxx, cxx .. ".o", "-o", cxx .. "-nopie", "-no-pie" },
                  folder)
      for _, suffix in ipairs { ".o", "", "-nopie" } do
        files[#files + 1] = cxx .. suffix
      end
    end
    local ours = agree(files, folder, 12)
    assert.equal("u unique", by_name(ours["g++.o"])._ZZ5twiceiE1n)
    assert.equal("W weak", by_name(ours["g++.o"])._Z5twicei)
    agree({ "g++", "clang++" }, folder, 5, "-D")
  end)

  it("reads libraries of both kinds of hash, and packed ones", function ()
    local folder = helper.folder "elf"
    helper.write(folder .. "/x.c", SOURCE)
    local files = {}
    for i, words in ipairs {
      { "gcc" }, { "gcc", "-Wl,--hash-style=sysv" }, { "gcc", "-Wl,-z,now" },
      { "clang", "-fuse-ld=lld" },
      { "clang", "-fuse-ld=lld", "-Wl,--pack-dyn-relocs=relr" },
    } do
      files[i] = "lib" .. i .. ".so"
      table.move({ "-w", "-shared", "-fPIC", "-o", files[i], "x.c" }, 1, 6,
                 #words + 1, words)
      helper.must(words, folder)
    end
    agree(files, folder, 20)
    agree(files, folder, 15, "-D")
  end)

  it("takes a symbol of MIPS's small data that is undefined for such",
     function ()
    local folder = helper.folder "elf"
    helper.write(folder .. "/m.o", (make.elf {
      class = 32, big = true, machine = 8, symbols = {
        { name = "small", section = 0xff04 }, { name = "f", section = ".text" },
        { name = "acommon", section = 0xff00 },
      },
    }))
    local ours = peers.symrun({ "m.o" }, folder)["m.o"]
    assert.same({ "-\tacommon\tC\t0", "-\tf\tT\t0", "-\tsmall\tU\t" },
                table.move(ours, 1, #ours, 1, {}))
    helper.write(folder .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/mips" {
        about = "what is undefined is not defined",
        each = symrun.objects "m.o",
        check = function (object, report)
          report(object, "defines %s, wants %s, exports %s", object:defined(),
                 object:undefined(), object:exported())
        end,
      }
    ]])
    local _, out = helper.symrun({ "rule.lua", "m.o" }, folder)
    assert.matches("defines acommon and f, wants small, exports acommon and f",
                   (out:gsub("%s+", " ")))
  end)

  it("tells a program from a library, however long its dynamic table is",
     function ()
    local folder = helper.folder "elf"
    helper.write(folder .. "/role.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/role" {
        about = "which files are libraries", each = symrun.libraries "*",
        may_be_empty = true,
        check = function (library, report) report(library, "a library") end,
      }
    ]])
    local function libraries(file)
      local status, out = helper.symrun({ "role.lua", file }, folder)
      return status, out
    end
    local function dynamic(more, pie, at, size)
      local table_ = ("\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"):rep(more)
        .. string.pack("<I8I8I8I8", 0x6ffffffb, pie and 0x08000000 or 8, 0, 0)
      local phdr = string.pack("<I4I4I8I8I8I8I8I8", 2, 6, at or 120, 0, 0,
                               size or #table_, #table_, 8)
      return string.pack("<c16I2I2I4I8I8I8I4I2I2I2I2I2I2",
        "\x7fELF\2\1\1", 3, 62, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
        .. phdr .. table_
    end
    for _, more in ipairs { 0, 4094, 4095, 4096, 9000 } do
      helper.write(folder .. "/pie", dynamic(more, true))
      helper.write(folder .. "/lib", dynamic(more, false))
      local status, out = libraries "pie"
      assert.equal(2, status, more)
      assert.matches("of another kind, and not a shared library", out)
      assert.equal(1, (libraries "lib"), more)
    end
    -- Where the table cannot be read, the kind is unknown.
    for _, file in ipairs { dynamic(1, true, 1 << 40),
                            dynamic(1, true, 120, 1 << 20) } do
      helper.write(folder .. "/cut", file)
      local status, out = libraries "cut"
      assert.equal(2, status, out)
      assert.matches("the dynamic table should stand here",
                     (out:gsub("%s+", " ")))
    end
    -- Debug information has program headers that point to nothing.
    helper.write(folder .. "/x.c", "int puts(const char *);\n"
      .. "int main(void) { return puts(\"\"); }")
    helper.must({ "gcc", "-g", "-shared", "-fPIC", "-o", "x.so", "x.c" },
                folder)
    helper.must({ "objcopy", "--only-keep-debug", "x.so", "x.debug" }, folder)
    local ours, status, err = peers.symrun({ "x.debug" }, folder)
    assert.equal("", err)
    assert.equal(0, status)
    assert.is_true(#ours["x.debug"] > 0)
  end)

  it("cannot tell what a stripped file had, and says so", function ()
    local folder = helper.folder "elf"
    helper.write(folder .. "/x.c", "int puts(const char *);\n"
      .. "int main(void) { return puts(\"\"); }")
    helper.must({ "gcc", "-s", "-o", "stripped", "x.c" }, folder)
    local ours, status, err = peers.symrun({ "stripped" }, folder)
    assert.equal(2, status)
    assert.equal("refused", ours.stripped.status)
    assert.matches("^symrun: stripped: is stripped, so its own symbols are "
                   .. "gone", err)
    agree({ "stripped" }, folder, 2, "-D")

    -- Without section headers not even the dynamic ones can be told.
    helper.must({ "llvm-objcopy-19", "--strip-sections", "stripped", "bare" },
                folder)
    ours, status, err = peers.symrun({ "bare" }, folder, "--view", "dynamic")
    assert.equal(2, status)
    assert.equal("refused", ours.bare.status)
    assert.matches("no section headers", err)
  end)

  it("finds nothing in an object without symbols, and that is an answer",
     function ()
    local folder = helper.folder "elf"
    helper.cc(folder, "x", "int x;")
    helper.must({ "strip", "-o", "none.o", "x.o" }, folder)
    helper.write(folder .. "/main.c", "int main(void) { return 0; }")
    helper.must({ "gcc", "-static", "-o", "static", "main.c" }, folder)
    local ours, status = peers.symrun({ "none.o" }, folder)
    assert.equal(0, status)
    assert.equal("nosyms", ours["none.o"].status)
    ours, status = peers.symrun({ "static" }, folder, "--view", "dynamic")
    assert.equal(0, status)
    assert.equal("nosyms", ours.static.status)
    assert.same({}, peers.llvm({ "static" }, folder, "-D").static)
  end)
end)
