--- LLVM bitcode: its own symbol table, as compilers of four LLVMs write it,
--- beside what llvm-nm makes of the whole module.

local helper = require "helper"
local lto = require "lto"
local make = require "make"
local peers = require "peers"

local C = [[
int ext(void); extern int ed; extern int wk(void) __attribute__((weak));
extern int wd __attribute__((weak));
static int st(void) { return ed; }
int f(void) { return ext() + st() + (wk ? wk() : 0) + (&wd ? wd : 0); }
int d = 3; const int c = 4; int comm; static int bss;
int *pb(void) { return &bss; }
const char *str(void) { return "text"; }
__attribute__((weak)) int wf(void) { return 1; }
__attribute__((weak)) int wdd = 2;
__attribute__((visibility("hidden"))) int hid = 1;
]]

local ELF = [[
__thread int tl = 1;
extern int al(void) __attribute__((alias("f")));
static int res(void) { return 1; }
static void *rs(void) { return res; }
int ifn(void) __attribute__((ifunc("rs")));
__attribute__((visibility("protected"))) int pro(void) { return 1; }
__asm__(".globl asmg\nasmg: call asmu\n.weak asmw\nasmw:\nasml: .weak asmwu\n"
        " call asmwu\n");
]]

local CXX = [[
#include <map>
#include <string>
template<class T> struct A { virtual ~A(); static int n; T t; };
template<class T> A<T>::~A() {}
template<class T> int A<T>::n = 3;
struct B : A<std::string> { std::map<std::string, int> m; };
A<std::string> *mk() { return new B; }
inline int iv = 7;
int *piv() { return &iv; }
thread_local std::string ts = "x";
int main() { try { throw ts.size(); } catch (int) {} return A<long>::n; }
]]

-- Little enough for LLVM 19 to read it, of whatever LLVM rustc has.
local RUST = [[
#[no_mangle] pub static RD: [u32; 3] = [1, 2, 3];
static mut COUNT: u32 = 0;
fn bump(by: u32) -> u32 { unsafe { COUNT += by; COUNT } }
extern "C" { fn outer(x: u32) -> u32; }
#[no_mangle] pub extern "C" fn rf(x: u32) -> u32 {
  bump(x) + unsafe { outer(x) }
}
pub fn twice(x: f64) -> f64 { x * 2.0 }
std::arch::global_asm!(".globl rasm", "rasm: ret", ".globl rwant",
                       ".quad rwant");
]]

local MORE_RUST = [[
use std::collections::HashMap;
#[no_mangle] pub static RD: [u32; 3] = [1, 2, 3];
#[no_mangle] pub extern "C" fn rf(x: i32) -> usize { format!("{x}").len() }
pub fn all(m: &HashMap<String, Vec<u8>>) -> usize { m.len() + RD.len() }
]]

-- llvm-nm prints 's' for constants of Mach-O; the table does not tell them
-- from variables, so they are 'd', as everywhere else.
local function not_constant(list)
  for i, row in ipairs(list) do
    list[i] = row:gsub("\tS$", "\tD"):gsub("\ts$", "\td")
  end
  table.sort(list)
  return list
end


describe("bitcode", function ()
  local folder
  local files = {}  -- name and the least number of symbols

  local function clang(name, source, least, ...)
    helper.must({ "clang", "-w", "-flto", "-c", "-o", name, source, ... },
                folder)
    files[#files + 1] = { name, least }
  end

  setup(function ()
    folder = helper.folder "bitcode"
    helper.write(folder .. "/c.c", C)
    helper.write(folder .. "/elf.c", C .. ELF)
    helper.write(folder .. "/a.cpp", CXX)
    helper.write(folder .. "/r.rs", RUST)
    clang("elf.bc", "elf.c", 24, "-fcommon")
    clang("thin.bc", "elf.c", 24, "-flto=thin", "-O2")
    for _, level in ipairs { "-O0", "-O2" } do
      clang("cxx" .. level .. ".bc", "a.cpp", 30, level, "-std=c++17")
      clang("split" .. level .. ".bc", "a.cpp", 30, level, "-std=c++17",
            "-flto=thin", "-fsplit-lto-unit", "-fwhole-program-vtables",
            "-fvisibility=hidden")
    end
    for _, target in ipairs {
      "x86_64-apple-macosx11", "arm64-apple-ios14", "x86_64-pc-windows-msvc",
      "i686-pc-windows-msvc", "i686-w64-mingw32", "wasm32-unknown-unknown",
      "armv7-linux-gnueabihf", "aarch64-linux-gnu", "powerpc-linux-gnu",
      "s390x-linux-gnu", "mips-linux-gnu", "riscv64-linux-gnu",
    } do
      clang(target .. ".bc", "c.c", 12, "--target=" .. target, "-fcommon")
    end
    helper.must({ "opt-19", "-O1", "elf.bc", "-o", "opt19.bc" }, folder)
    helper.must({ "clang", "-w", "-emit-llvm", "-c", "-o", "ir.bc", "elf.c" },
                folder)
    helper.must({ "opt-19", "--thinlto-bc", "ir.bc", "-o", "thin19.bc" },
                folder)
    files[#files + 1] = { "ir.bc", 24 }
    files[#files + 1] = { "opt19.bc", 15 }
    files[#files + 1] = { "thin19.bc", 15 }
    for _, kind in ipairs { "llvm-bc", "obj" } do
      local name = "rust-" .. kind .. ".bc"
      helper.must({ "rustc", "--crate-type", "lib", "--edition=2021", "-o",
                    name, "--emit=" .. kind, "-Clinker-plugin-lto",
                    "-Ccodegen-units=1", "r.rs" }, folder)
      files[#files + 1] = { name, 6 }
    end
  end)

  it("has the symbols that llvm-nm makes of the module", function ()
    local all = 0
    for _, file in ipairs(files) do
      local name, least = table.unpack(file)
      local ours, told, status, err = lto.symrun(name, folder)
      local theirs = assert(lto.llvm_nm(name, folder))
      if name:find "apple" then theirs = not_constant(theirs) end
      assert.equal("", err, name)
      assert.equal(0, status)
      assert.equal("ok", told)
      assert.equal("", peers.difference(ours, theirs), name)
      assert.is_true(#ours >= least, name .. " has " .. #ours)
      all = all + #ours
    end
    assert.is_true(all > 600, all .. " symbols")
  end)

  it("was written by several LLVMs, and wrapped and in two modules", function ()
    local wrapped = helper.read(folder .. "/arm64-apple-ios14.bc")
    assert.equal("\xde\xc0\x17\x0b", wrapped:sub(1, 4))
    local seen = {}
    for name, producer in pairs {
      ["elf.bc"] = "14", ["opt19.bc"] = "19", ["rust-obj.bc"] = "%d+",
    } do
      local dump = helper.must({ "strings", "-n", "6", name }, folder)
      local found = dump:match("\n(" .. producer .. "%.%d+%.%d+)")
                 or dump:match("^(" .. producer .. "%.%d+%.%d+)")
                 or dump:match("(" .. producer .. "%.%d+%.%d+)")
      assert.is_truthy(found, name)
      seen[found] = true
    end
    local count = 0
    for _ in pairs(seen) do count = count + 1 end
    assert.is_true(count >= 2)  -- Debian's rustc may have one of the two
    local _, modules = helper.must({ "llvm-bcanalyzer-19", "--dump",
      "split-O0.bc" }, folder):gsub("\n<MODULE_BLOCK", "")
    assert.equal(2, modules)
  end)

  it("gives classes, and no sizes", function ()
    local _, _, _, _, classes = lto.symrun("elf.bc", folder)
    assert.same({ f = "global", st = "local", ext = "undef", wk = "weakundef",
                  wf = "weak", comm = "common", asmg = "global",
                  asml = "local", asmu = "undef", asmw = "weak",
                  asmwu = "weakundef" },
      { f = classes.f, st = classes.st, ext = classes.ext, wk = classes.wk,
        wf = classes.wf, comm = classes.comm, asmg = classes.asmg,
        asml = classes.asml, asmu = classes.asmu, asmw = classes.asmw,
        asmwu = classes.asmwu })
    local _, out = helper.symrun({ "nm", "elf.bc" }, folder)
    assert.matches("^[^\n]*\nelf.bc\t#\tbitcode\tok\t%-\t%-\t%d+\n", out)
    assert.is_nil(out:find "\t%d+\n.*\t%d+\n")
  end)

  -- Each name is wanted of an archive with this one member: does the linker
  -- that reads such bitcode find it there?
  local function by_links(bitcode, ...)
    local ours, asked = lto.symrun(bitcode, folder), 0
    helper.must({ "llvm-ar-19", "rcs", bitcode .. ".a", bitcode }, folder)
    for _, row in ipairs(ours) do
      local name, letter = row:match "^(.*)\t(.)$"
      -- a weak reference asks for nothing
      if letter ~= "w" and name ~= "main" and not name:find "^rust_eh" then
        helper.write(folder .. "/want.c", ("extern int x __asm__(\"%s\"); "
          .. "int main(void) { return *(volatile int *)&x; }\n"):format(name))
        helper.must({ "clang", "-c", "want.c", "-o", "want.o" }, folder)
        local words = { ... }
        for _, word in ipairs { "-e", "main", "-o", "out", "want.o",
          bitcode .. ".a", "--warn-unresolved-symbols" } do
          words[#words + 1] = word
        end
        local _, _, err = helper.run(words, folder)
        local pulled = not err:find("undefined symbol: " .. name .. "\n", 1,
                                    true)
        assert.equal(letter:find "[TDWC]" ~= nil, pulled, row .. "\n" .. err)
        asked = asked + 1
      end
    end
    return asked
  end

  it("is what lld finds in it", function ()
    assert.is_true(by_links("elf.bc", "ld.lld") > 15)
  end)

  it("is what rustc's own lld finds in it", function ()
    local sysroot = helper.must { "rustc", "--print", "sysroot" }:match "[^\n]+"
    local host = helper.must { "rustc", "-vV" }:match "host: ([^\n]+)"
    local lld = ("%s/lib/rustlib/%s/bin/rust-lld"):format(sysroot, host)
    local file = io.open(lld)  -- Debian's rustc has none, and Debian's LLVM
    if file then file:close() else lld = "ld.lld" end
    helper.write(folder .. "/more.rs", MORE_RUST)
    helper.must({ "rustc", "--crate-type", "lib", "--edition=2021", "-o",
                  "more.bc", "--emit=obj", "-Clinker-plugin-lto",
                  "-Ccodegen-units=1", "more.rs" }, folder)
    local flavor = file and { "-flavor", "gnu" } or {}
    flavor[#flavor + 1] = "--no-demangle"
    assert.is_true(by_links("more.bc", lld, table.unpack(flavor)) > 20)
  end)
end)


describe("bitcode in a section", function ()
  local folder
  setup(function ()
    folder = helper.folder "bitcode-section"
    helper.write(folder .. "/c.c", C)
    helper.write(folder .. "/r.rs", RUST)
    helper.must({ "clang", "-c", "c.c", "-o", "plain.o" }, folder)
  end)

  local function compile(name, ...)
    helper.must({ "clang", "-w", "-c", "c.c", "-o", name, ... }, folder)
  end

  -- What llvm-nm makes of the section alone.
  local function expected(name, section)
    helper.must({ "llvm-objcopy-19", "--dump-section=" .. section .. "=part.bc",
                  name, "/dev/null" }, folder)
    return assert(lto.llvm_nm("part.bc", folder))
  end

  it("is a view of its own, in each format", function ()
    for name, section in pairs {
      ["x86_64-linux-gnu"] = ".llvmbc", ["i386-linux-gnu"] = ".llvmbc",
      ["mips-linux-gnu"] = ".llvmbc", ["wasm32-unknown-unknown"] = ".llvmbc",
      ["x86_64-pc-windows-msvc"] = ".llvmbc",
      ["i686-pc-windows-msvc"] = ".llvmbc",
      ["x86_64-apple-macosx11"] = "__LLVM,__bitcode",
    } do
      compile(name .. ".o", "--target=" .. name, "-fembed-bitcode")
      local ours, told, status, err = lto.symrun(name .. ".o", folder, "--view",
                                                 "bitcode")
      local theirs = expected(name .. ".o", section)
      if name:find "apple" then theirs = not_constant(theirs) end
      if name:find "i386" then  -- what LLVM 14 did not yet add for its back end
        table.remove(theirs, 1)
      end
      assert.equal("", err, name)
      assert.equal(0, status)
      assert.equal("ok", told)
      assert.equal("", peers.difference(ours, theirs), name)
      assert.is_true(#ours >= 12, name)
    end
  end)

  it("is not what is read when nobody asks for it", function ()
    compile("both.o", "-fembed-bitcode")
    local _, plain = helper.symrun({ "nm", "both.o" }, folder)
    local _, native = helper.symrun({ "nm", "--view", "native", "both.o" },
                                    folder)
    local _, bitcode = helper.symrun({ "nm", "--view", "bitcode", "both.o" },
                                     folder)
    assert.equal(native, plain)
    assert.is_true(plain ~= bitcode)
  end)

  it("is read stream by stream after ld -r", function ()
    helper.write(folder .. "/d.c", "int other; int more(void) { return 1; }\n")
    helper.must({ "clang", "-fembed-bitcode", "-c", "d.c", "-o", "d.o" },
                folder)
    compile("both.o", "-fembed-bitcode")
    helper.must({ "ld", "-r", "both.o", "d.o", "-o", "r.o" }, folder)
    local one = lto.symrun("both.o", folder, "--view", "bitcode")
    local two = lto.symrun("d.o", folder, "--view", "bitcode")
    local ours, _, status = lto.symrun("r.o", folder, "--view", "bitcode")
    assert.equal(0, status)
    assert.is_true(#two >= 2)
    table.move(two, 1, #two, #one + 1, one)
    assert.equal("", peers.difference(ours, one))
    -- and names of the first are still there when a rule sees them
    helper.write(folder .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/streams" {
        about = "both", each = symrun.objects "r.o",
        check = function (object, report)
          local names = object:defined("*", "bitcode")
          for name in names:each() do report.note(name, "%s.", name) end
        end,
      }
    ]])
    local _, out = helper.symrun({ "rule.lua", "r.o" }, folder)
    for _, name in ipairs { "f", "d", "wf", "other", "more" } do
      assert.is_truthy(out:find("%f[%w_]" .. name .. "%f[^%w_]"), name)
    end
  end)

  it("of rlibs is what llvm-nm makes of each member's", function ()
    local sysroot = helper.must { "rustc", "--print", "sysroot" }:match "[^\n]+"
    helper.must({ "sh", "-c", "cp \"$1\"/lib/rustlib/*/lib/lib$2-*.rlib lib.a "
                  .. "&& mkdir -p x && cd x && llvm-ar-19 x ../lib.a && "
                  .. "rm -f lib.rmeta", "sh", sysroot, "compiler_builtins" },
                folder)
    local list = helper.must({ "sh", "-c", "ls x | tail -n 25" }, folder)
    local read, refused = 0, 0
    for member in list:gmatch "[^\n]+" do
      local ours, told, status, err = lto.symrun("x/" .. member, folder,
                                                 "--view", "bitcode")
      assert.equal("", err)
      assert.equal(0, status)
      assert.is_true(told == "ok" or told == "nosyms", told)
      helper.must({ "objcopy", "--dump-section", ".llvmbc=x/part.bc",
                    "x/" .. member, "/dev/null" }, folder)
      local theirs = lto.llvm_nm("x/part.bc", folder)
      if theirs then
        assert.equal("", peers.difference(ours, theirs), member)
        read = read + #ours
      else
        refused = refused + 1  -- LLVM 19 does not know all that rustc writes
      end
    end
    assert.is_true(read > 8, read .. " symbols, " .. refused .. " refused")
  end)

  it("is not there in an object without it", function ()
    local _, told, status = lto.symrun("plain.o", folder, "--view", "bitcode")
    assert.equal("nosyms", told)
    assert.equal(0, status)
    compile("plain.wasm", "--target=wasm32-unknown-unknown")
    compile("plain.obj", "--target=x86_64-pc-windows-msvc")
    compile("plain.macho", "--target=x86_64-apple-macosx11")
    for _, name in ipairs { "plain.wasm", "plain.obj", "plain.macho" } do
      for _, view in ipairs { "bitcode", "gcc-lto" } do
        _, told, status = lto.symrun(name, folder, "--view", view)
        assert.equal("nosyms", told, name)
        assert.equal(0, status)
      end
    end
  end)

  it("is unknown where only a mark of it is there", function ()
    for _, target in ipairs { "x86_64-linux-gnu", "x86_64-apple-macosx11" } do
      compile("marked.o", "--target=" .. target, "-fembed-bitcode-marker")
      local _, told, status, err = lto.symrun("marked.o", folder, "--view",
                                              "bitcode")
      assert.equal("refused", told)
      assert.equal(2, status)
      assert.matches("is marked as compiled with bitcode, and does not hold it",
                     err)
    end
  end)

  it("is unknown where sections have no names", function ()
    local bytes = make.elf { lie = { ehdr = { shstrndx = 0 } } }
    helper.write(folder .. "/nameless.o", bytes)
    for _, view in ipairs { "bitcode", "gcc-lto" } do
      local _, told, status, err = lto.symrun("nameless.o", folder, "--view",
                                              view)
      assert.equal("refused", told)
      assert.equal(2, status)
      assert.matches("has no names of sections", err)
    end
  end)
end)


describe("a question about bitcode", function ()
  local folder
  setup(function ()
    folder = helper.folder "bitcode-rules"
    helper.write(folder .. "/c.c", C)
    for target, name in pairs {
      ["x86_64-linux-gnu"] = "elf", ["x86_64-apple-macosx11"] = "macho",
      ["i686-pc-windows-msvc"] = "coff",
    } do
      helper.must({ "clang", "-flto", "--target=" .. target, "-c", "c.c", "-o",
                    name .. ".o" }, folder)
      helper.must({ "llvm-ar-19", "rcs", name .. ".a", name .. ".o" }, folder)
    end
  end)

  local function answer(archive, question)
    helper.write(folder .. "/rule.lua", ([[
      local symrun = require "symrun"
      symrun.rule "own/question" {
        about = "a question", each = symrun.archives "%s",
        check = function (archive, report)
          if %s then report(archive, "yes") end
        end,
      }
    ]]):format(archive, question))
    return (helper.symrun({ "rule.lua", archive }, folder))
  end

  it("is answered with the names of the source", function ()
    for _, archive in ipairs { "elf.a", "macho.a", "coff.a" } do
      for question, status in pairs {
        ['archive:defines("f", "bitcode")'] = 1,
        ['archive:defines("_f", "bitcode")'] = 0,
        ['archive:defines("ext", "bitcode")'] = 0,
        ['archive:defines("st", "bitcode")'] = 0,
        ['archive:undefined("ext", "bitcode"):empty()'] = 0,
        ['archive:undefined("none", "bitcode"):empty()'] = 1,
        ['archive:exported("d", "bitcode"):empty()'] = 0,
        ['archive:defined("f", "gcc-lto"):empty()'] = 1,
        ['archive:defines "f"'] = 2,  -- natively, nobody knows
      } do
        assert.equal(status, answer(archive, question),
                     archive .. ": " .. question)
      end
    end
    assert.equal(1, answer("elf.a",
                           'archive:exported("hid", "bitcode"):empty()'))
  end)

  it("tells names that the source spells so behind a \\1", function ()
    helper.write(folder .. "/v.a", (make.ar { { "v.o", lto.bitcode {
      triple = "arm64-apple-macosx12.0.0", symbols = {
        { "_plain", "global" }, { "verbatim", "global" },
        { "asm", "global", ir = "" },
      } } } }))
    for question, status in pairs {
      ['archive:defines("plain", "bitcode")'] = 1,
      ['archive:defines("verbatim", "bitcode")'] = 0,
      ['archive:defines("\\1verbatim", "bitcode")'] = 1,
      ['archive:defines("\\1asm", "bitcode")'] = 1,
      ['archive:defines("*asm", "bitcode")'] = 1,
    } do
      assert.equal(status, answer("v.a", question), question)
    end
    local ours = lto.symrun("v.a", folder)
    assert.same({ "_plain\tD", "asm\tD", "verbatim\tD" }, ours)
  end)
end)


describe("bitcode without a table that can be trusted", function ()
  local folder
  setup(function () folder = helper.folder "bitcode-unknown" end)

  local function expect(bytes, why)
    helper.write(folder .. "/x.bc", bytes)
    local _, told, status, err = lto.symrun("x.bc", folder)
    assert.equal(2, status)
    assert.equal("refused", told)
    assert.is_truthy(err:find(why, 1, true), err)
  end

  it("is unknown: made by a tool without back ends", function ()
    helper.write(folder .. "/a.ll", "define void @f() { ret void }\n")
    helper.must({ "llvm-as-19", "a.ll", "-o", "a.bc" }, folder)
    expect(helper.read(folder .. "/a.bc"), "it has no symbol table")
  end)

  it("is unknown: put together by llvm-cat", function ()
    helper.write(folder .. "/c.c", C)
    helper.must({ "clang", "-flto", "-c", "c.c", "-o", "c.bc" }, folder)
    for _, how in ipairs { "-b", "-v" } do
      helper.run({ "llvm-cat-19", how == "-b" and "-b" or "-o", how == "-b"
        and "-o" or "cat.bc", how == "-b" and "cat.bc" or "c.bc", "c.bc" },
        folder)
      expect(helper.read(folder .. "/cat.bc"), "it has no symbol table")
    end
  end)

  local one = { { "f", "global", "executable" } }

  it("is unknown: of a version that nobody knows", function ()
    for _, version in ipairs { 0, 1, 2, 5, 0xffffffff } do
      expect(lto.bitcode { version = version, symbols = one },
             "of version " .. version .. ", and symrun knows 3 and 4")
    end
    for _, version in ipairs { 3, 4 } do
      helper.write(folder .. "/ok.bc",
                   lto.bitcode { version = version, symbols = one })
      local ours, told, status = lto.symrun("ok.bc", folder)
      assert.equal(0, status)
      assert.equal("ok", told)
      assert.same({ "f\tT" }, ours)
    end
  end)

  it("is unknown: by nobody", function ()
    expect(lto.bitcode { producer = "", symbols = one },
           "does not say who made it")
  end)

  it("is unknown: about another number of modules", function ()
    expect(lto.bitcode { count = 2, symbols = one },
           "for 1 modules, and holds 2")
    expect(lto.bitcode { modules = { { 0, 1, 0 }, { 1, 1, 0 } },
                         symbols = one }, "for 2 modules, and holds 1")
  end)

  it("is unknown: of another epoch", function ()
    local w = lto.writer()
    w.put(3, 3)  -- a record without a shape: EPOCH, one value
    w.vbr(2, 6) w.vbr(1, 6) w.vbr(7, 6)
    w.put(0, 3)
    w.align()
    expect(lto.bitcode { before = "BC\xc0\xde" .. lto.block(13, w.text()),
                         symbols = one }, "of an epoch that symrun")
  end)

  it("is partial when one of two groups has none", function ()
    local with = lto.bitcode { symbols = one }
    local without = lto.bitcode { symtab = false, before = "" }
    helper.write(folder .. "/two.bc", with .. without)
    local ours, told, status, err = lto.symrun("two.bc", folder)
    assert.equal(2, status)
    assert.equal("partial", told)
    assert.same({ "f\tT" }, ours)
    assert.matches("it has no symbol table", err)
    helper.write(folder .. "/both.bc",
                 with .. lto.bitcode { before = "", symbols = { { "g",
                   "undefined", "global" } } })
    ours, told, status = lto.symrun("both.bc", folder)
    assert.equal(0, status)
    assert.equal("ok", told)
    assert.same({ "f\tT", "g\tU" }, ours)
  end)
end)


describe("damaged bitcode", function ()
  local folder
  setup(function () folder = helper.folder "bitcode-damage" end)

  local symbols = {
    { "f", "global", "executable" }, { "u", "global", "undefined" },
    { "llvm.used", "specific", "global" }, { "own" },
  }

  local function bitcode(more)
    local t = { symbols = symbols, comdats = { 0 } }
    for key, value in pairs(more or {}) do t[key] = value end
    return lto.bitcode(t)
  end

  local function with(symbol)
    return { symbols = { symbols[1], symbol } }
  end

  it("is made from some that is whole", function ()
    helper.write(folder .. "/whole.bc", bitcode())
    local ours, told, status = lto.symrun("whole.bc", folder)
    assert.equal(0, status)
    assert.equal("ok", told)
    assert.same({ "f\tT", "own\td", "u\tU" }, ours)
  end)

  -- where the symbol table's header begins: magic, a module, heads of blocks
  local HEADER = 4 + 16 + 8 + 8
  local SYMBOLS = HEADER + 76 + 12

  for _, case in ipairs {
    { "a header cut short", { cut = 70 }, "irsymtab", HEADER },
    { "a table beyond its end", { header = { [28] = 4000 } },
      "irsymtab symbols", HEADER + 28 },
    { "a table that wraps", { header = { [28] = 0xffffffff } },
      "irsymtab symbols", HEADER + 28 },
    { "more symbols than bytes", { header = { [32] = 0x0aaaaaab } },
      "irsymtab symbols", HEADER + 28 },
    { "COMDATs beyond its end", { header = { [24] = 0x20000000 } },
      "irsymtab comdats", HEADER + 20 },
    { "modules beyond its end", { header = { [12] = 4000 } },
      "irsymtab modules", HEADER + 12 },
    { "a producer outside the strings", { header = { [4] = 9999 } },
      "irsymtab producer", HEADER + 4 },
    { "a target outside the strings", { header = { [48] = 9999 } },
      "irsymtab triple", HEADER + 44 },
    { "a module that begins later", { modules = { { 1, 4, 0 } } },
      "module begin", HEADER + 76 },
    { "a module that ends later", { modules = { { 0, 5, 0 } } },
      "module end", HEADER + 76 + 4 },
    { "a module that ends earlier", { modules = { { 0, 3, 0 } } },
      "irsymtab symbols", HEADER + 32 },
    { "a name outside the strings", with { "g", name = { 9999, 1 } },
      "symbol name", SYMBOLS + 12 + 24 },
    { "a name that ends outside", with { "g", name = { 0, 0xffffffff } },
      "symbol name", SYMBOLS + 12 + 24 },
    { "flags that nobody knows", with { "g", flags = 0x4000 },
      "symbol flags", SYMBOLS + 12 + 24 + 20 },
    { "a COMDAT that is none", with { "g", comdat = 1 },
      "ComdatIndex", SYMBOLS + 12 + 24 + 16 },
    { "strings that are gone", { strtab = false }, "bitcode", HEADER },
  } do
    local what, lie, field, offset = table.unpack(case)
    it("is told: " .. what, function ()
      helper.write(folder .. "/bad.bc", bitcode(lie))
      local _, told, status, err = lto.symrun("bad.bc", folder)
      assert.equal(2, status)
      assert.is_true(told == "refused" or told == "partial", told)
      assert.is_true(peers.told(err:match "^symrun: bad.bc: ([^\n]*)\n$" or err,
                                field, offset), err)
    end)
  end

  it("is told: blocks and records that lie", function ()
    local head = "BC\xc0\xde" .. lto.block(8, "any code")
    local function blob(w) w.align() return lto.block(25, w.text()) end
    local bad = {
      "BC\xc0\xde", "BC\xc0\xde\0\0\0", "BC\xc0\xde\0\0\0\0",
      "BC\xc0\xde" .. lto.block(8, "any code", 1000),
      "BC\xc0\xde" .. lto.block(8, "any code", 0xffffffff),
      "BC\xc0\xde" .. ("\xff"):rep(40), head .. ("\0"):rep(12),
      head .. lto.block(25, ""),
      head .. lto.block(25, lto.blob(("x"):rep(100), 1 << 30)),
      head .. lto.block(25, lto.blob "x") .. lto.block(25, lto.blob "x"),
      "\xde\xc0\x17\x0b" .. ("<I4I4I4I4"):pack(0, 20, 400, 7),
      "\xde\xc0\x17\x0b" .. ("<I4I4I4I4"):pack(0, 0, 20, 7),
    }
    local w = lto.writer()  -- an array whose elements have no bits
    w.put(2, 3) w.vbr(3, 5)
    w.put(1, 1) w.vbr(1, 8)
    w.put(0, 1) w.put(3, 3)
    w.put(0, 1) w.put(1, 3) w.vbr(0, 5)
    w.put(4, 3) w.vbr(0xffffffff, 6)
    bad[#bad + 1] = head .. blob(w)
    w = lto.writer()        -- a shape that was not described
    w.put(7, 3)
    bad[#bad + 1] = head .. blob(w)
    w = lto.writer()        -- a shape of more fields than there are bits
    w.put(2, 3) w.vbr(0xffffffff, 5)
    bad[#bad + 1] = head .. blob(w)
    w = lto.writer()        -- a number without an end
    w.put(3, 3)
    for _ = 1, 40 do w.put(63, 6) end
    bad[#bad + 1] = head .. blob(w)
    for i, bytes in ipairs(bad) do
      helper.write(folder .. "/lie.bc", bytes)
      local _, told, status, err = lto.symrun("lie.bc", folder)
      assert.equal(2, status, i)
      assert.equal("refused", told, i)
      assert.matches("^symrun: lie.bc: [^\n]+\n$", err)
    end
  end)

  it("is told: cut at any word", function ()
    helper.write(folder .. "/c.c", C)
    helper.must({ "clang", "-flto", "-c", "c.c", "-o", "c.bc" }, folder)
    local whole = helper.read(folder .. "/c.bc")
    local list, seen = { "--view", "bitcode" }, 0
    for cut = 4, #whole - 4, 4 do
      local name = ("cut%05d.bc"):format(cut)
      helper.write(folder .. "/" .. name, whole:sub(1, cut))
      list[#list + 1] = name
    end
    local status, out = helper.symrun({ "nm", table.unpack(list) }, folder)
    assert.equal(2, status)
    for told in out:gmatch "\t#\tbitcode\t(%a+)\t" do
      assert.equal("refused", told)
      seen = seen + 1
    end
    assert.equal(#list - 2, seen)
    assert.is_true(seen > 500)
  end)

  it("is told: one name that would fill a disk", function ()
    local list = { { ("n"):rep(60000), "global" } }
    local at = #"19.1.7" + #"x86_64-unknown-linux-gnu"
    for i = 2, 8000 do
      list[i] = { "", "global", name = { at, 60000 }, ir = "" }
    end
    local bytes = lto.bitcode { symbols = list }
    helper.write(folder .. "/long.bc", bytes)
    local status, out, err = helper.symrun({ "nm", "long.bc" }, folder)
    assert.equal(2, status)
    assert.is_true(#out <= 80 * #bytes)
    assert.matches("64 times", err)
  end)

  it("is a gap among members that are whole", function ()
    helper.write(folder .. "/lib.a", (make.ar {
      { "before.o", bitcode { symbols = { { "before", "global" } } } },
      { "bad.o", bitcode { cut = 70 } },
      { "after.o", bitcode { symbols = { { "after", "global" } } } },
    }))
    local ours, told, status, err = lto.symrun("lib.a", folder)
    assert.equal(2, status)
    assert.equal("partial", told)
    assert.same({ "after\tD", "before\tD" }, ours)
    assert.matches("symrun: lib.a%(bad.o%): irsymtab is 70, and should be", err)
  end)
end)
