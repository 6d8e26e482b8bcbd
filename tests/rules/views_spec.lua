--- rules/views.lua over what compilers really make: silent where two tables of
--- an object come from one source, and loud where a tool changed one of them.

local helper = require "helper"
local json = require "dkjson"
local make = require "make"

local SOURCE = [[
int u(void); int f(int x) { return x; } int g(int x) { return f(x) + u(); }
int data = 1; int zero; static int l(int x) { return x + 1; }
int user(int x) { return l(x); } const int ro = 3;
__attribute__((weak)) int weak(void) { return 2; }
__attribute__((visibility("hidden"))) int hidden(void) { return 3; }
]]

local CXX = [[
#include <string>
#include <vector>
#include <stdexcept>
inline int once(int x) { return x * 2; }
template<class T> T twice(T x) { return x + x; }
extern "C" int f(int x) { return once(x) + twice(x); }
int g(std::vector<std::string> &v) {
  v.push_back("x");
  if (v.size() > 3) throw std::runtime_error("n");
  return (int)v.size();
}
]]

local RUST = [[
use std::collections::HashMap;
#[no_mangle] pub extern "C" fn rust_f(x: i32) -> i32 { x + 1 }
#[no_mangle] pub static RUST_D: i32 = 5;
pub mod a { pub fn m(x: &str) -> String { super::b::n(x) + "a" }
            #[inline] pub fn inl(x: i32) -> i32 { x * 3 } }
pub mod b { pub fn n(x: &str) -> String { format!("{:?}{}", x, super::a::inl(2))
            } pub fn gen<T: Clone>(x: &T) -> Vec<T> { vec![x.clone()] } }
pub fn h() -> HashMap<String, i32> {
  let mut h = HashMap::new(); h.insert(a::m("x"), rust_f(3)); b::gen(&h);
  println!("{:?}", h); h
}
]]


-- "FILE(MEMBER): MESSAGE" of each finding, without its file's ending, and the
-- exit status.
local function told(folder, words)
  local line = { "--format", "json", "views.lua" }
  table.move(words, 1, #words, #line + 1, line)
  local status, out, err = helper.symrun(line, folder)
  local plan = assert(json.decode(out, 1, nil), err)
  local list = {}
  for i, f in ipairs(plan.findings) do
    list[i] = f.file .. (f.member and "(" .. f.member.name .. ")" or "") .. ": "
              .. f.message
  end
  return list, status, plan
end


describe("rules/views.lua", function ()
  local folder
  before_each(function ()
    folder = helper.folder "views"
    helper.write(folder .. "/x.c", SOURCE)
    helper.write(folder .. "/y.cc", CXX)
  end)

  local function changed(from, to, ...)
    local words = { "objcopy", ... }
    words[#words + 1] = from
    words[#words + 1] = to
    helper.must(words, folder)
  end

  local function silent(...)
    local list, status, plan = told(folder, { ... })
    assert.same({}, list)
    assert.equal(0, status)
    assert.is_true(plan.checked.symbols > 8)
  end

  it("is silent about GCC's fat objects, and archives of them", function ()
    local files = {}
    for _, level in ipairs { "-O0", "-O2", "-Os" } do
      for _, source in ipairs { "x.c", "y.cc" } do
        local name = source:sub(1, 1) .. level .. ".o"
        helper.must({ source == "x.c" and "gcc" or "g++", "-flto", level,
                      "-ffat-lto-objects", "-c", "-o", name, source }, folder)
        files[#files + 1] = name
      end
    end
    silent("-D", "views=native,gcc-lto", table.unpack(files))
    helper.must({ "gcc", "-c", "-o", "plain.o", "x.c" }, folder)
    helper.must({ "ar", "rcsD", "lib.a", "plain.o", table.unpack(files) },
                folder)
    silent("-D", "views=gcc-lto,native", "lib.a")
    silent("-D", "views=native,index", "lib.a")
  end)

  -- A clang that is too old to make fat objects makes both halves.
  local function clang_fat(name, source, ...)
    local cc = source:find "cc$" and "clang++" or "clang"
    local both = { cc, "-flto", "-ffat-lto-objects", "-Werror", "-c", "-o",
                   name, source, ... }
    if helper.run(both, folder) == 0 then return end
    helper.must({ cc, "-c", "-o", "half.o", source, ... }, folder)
    helper.must({ cc, "-flto", "-c", "-o", "half.bc", source, ... }, folder)
    helper.must({ "llvm-objcopy-19", "--add-section", ".llvm.lto=half.bc",
                  "--set-section-flags", ".llvm.lto=exclude", "half.o", name },
                folder)
  end

  it("is silent about clang's fat objects and embedded bitcode", function ()
    clang_fat("x.o", "x.c", "-O2")
    clang_fat("y.o", "y.cc", "-O1")
    helper.must({ "clang", "-fembed-bitcode", "-O2", "-c", "-o", "e.o", "x.c" },
                folder)
    helper.must({ "clang++", "-fembed-bitcode", "-c", "-o", "ey.o", "y.cc" },
                folder)
    silent("x.o", "y.o", "e.o", "ey.o")
  end)

  it("is silent about bitcode in objects of other formats", function ()
    local files = {}
    for i, target in ipairs { "arm64-apple-macos11", "x86_64-apple-macos11",
      "x86_64-pc-windows-msvc", "i686-pc-windows-msvc",
      "wasm32-unknown-unknown", "i686-linux-gnu" } do
      files[i] = target .. ".o"
      helper.must({ "clang", "--target=" .. target, "-fembed-bitcode", "-c",
                    "-o", files[i], "x.c" }, folder)
    end
    silent(table.unpack(files))
  end)

  it("is silent about rustc's libraries, with several units", function ()
    helper.write(folder .. "/r.rs", RUST)
    for level, units in pairs { ["0"] = 4, ["3"] = 1, ["2"] = 8 } do
      helper.must({ "rustc", "-C", "embed-bitcode=yes", "-C", "opt-level="
        .. level, "-C", "codegen-units=" .. units, "--crate-type", "rlib",
        "-o", ("libr%s.rlib"):format(level), "r.rs" }, folder)
    end
    silent("libr0.rlib", "libr2.rlib", "libr3.rlib")
  end)

  it("is silent about a library's two tables", function ()
    helper.write(folder .. "/v.map", "V { global: f; data; local: *; };\n")
    helper.must({ "gcc", "-shared", "-fPIC", "-o", "libx.so", "x.c" }, folder)
    helper.must({ "gcc", "-shared", "-fPIC", "-Wl,--version-script=v.map", "-o",
                  "libv.so", "x.c" }, folder)
    silent("-D", "views=native,dynamic", "-D", "files=*.so", "libx.so",
           "libv.so")
    -- One that was renamed is in one of them alone.
    changed("libx.so", "libn.so", "--redefine-sym", "f=other")
    local list, status = told(folder, { "-D", "views=native,dynamic", "-D",
                                        "files=*.so", "libn.so" })
    assert.same({
      "libn.so: defines f by its dynamic table, and not by its native symbols",
      "libn.so: defines other by its native symbols, and not by its dynamic "
      .. "table",
    }, (function () table.sort(list) return list end)())
    assert.equal(1, status)
  end)

  it("tells names that a tool took from the machine code", function ()
    helper.must({ "gcc", "-flto", "-ffat-lto-objects", "-c", "x.c" }, folder)
    changed("x.o", "strip.o", "--strip-symbol=user")
    changed("x.o", "local.o", "--localize-symbol=user")
    changed("x.o", "name.o", "--redefine-sym", "g=perry_g")
    helper.must({ "ar", "rcsD", "lib.a", "x.o", "strip.o", "local.o",
                  "name.o" }, folder)
    local list, status = told(folder, { "-D", "views=native,gcc-lto",
                                        "lib.a" })
    local lacks = ": defines %s by its LTO table, and not by its native symbols"
    assert.same({
      "lib.a(strip.o)" .. lacks:format "user",
      "lib.a(local.o)" .. lacks:format "user",
      "lib.a(name.o)" .. ": defines perry_g by its native symbols, and not by "
        .. "its LTO table",
      "lib.a(name.o)" .. lacks:format "g",
    }, list)
    assert.equal(1, status)
    -- Names that are not asked for, or are let off, are not told.
    list, status = told(folder, { "-D", "views=native,gcc-lto", "-D",
                                  "names=user,g", "-D", "allow=use*", "lib.a" })
    assert.same({ "lib.a(name.o)" .. lacks:format "g" }, list)
    assert.equal(1, status)
  end)

  it("tells code or bitcode that a tool took away", function ()
    clang_fat("x.o", "x.c", "-ffunction-sections",
              "-fno-asynchronous-unwind-tables")
    local function llvm(to, ...)
      helper.must({ "llvm-objcopy-19", "x.o", to, ... }, folder)
    end
    llvm("code.o", "--remove-section=.text.user")
    llvm("strip.o", "--strip-symbol=data")
    local list, status = told(folder, { "x.o", "code.o", "strip.o" })
    assert.same({
      "code.o: defines user by its bitcode, and not by its native symbols",
      "strip.o: defines data by its bitcode, and not by its native symbols",
    }, list)
    assert.equal(1, status)
    llvm("none.o", "--remove-section=.llvm.lto")
    helper.must({ "ar", "rcsD", "lib.a", "x.o", "none.o" }, folder)
    silent("lib.a")  -- any linker reads its code
    list, status = told(folder, { "none.o" })
    assert.same({ "none.o: has no bitcode, so nothing was compared" }, list)
    assert.equal(2, status)
    list, status = told(folder, { "-D", "everywhere=true", "lib.a" })
    assert.equal(1, #list)
    assert.matches("^lib%.a%(none%.o%): defines data, f, g, .* by its native "
                   .. "symbols, and has no bitcode$", list[1])
    assert.equal(1, status)
  end)

  it("does not know what GCC was told in assembler", function ()
    helper.cc(folder, "asm", 'asm(".globl asm_f\\nasm_f: ret"); int f;',
              "-flto", "-ffat-lto-objects")
    local list, status = told(folder, { "-D", "views=native,gcc-lto",
                                        "asm.o" })
    assert.equal(1, #list)
    assert.matches("^asm.o: holds GCC's LTO with top%-level assembler", list[1])
    assert.equal(2, status)
  end)

  it("counts hidden names where that is wanted", function ()
    helper.must({ "gcc", "-flto", "-ffat-lto-objects", "-c", "x.c" }, folder)
    changed("x.o", "h.o", "--strip-symbol=hidden")
    silent("-D", "views=native,gcc-lto", "h.o")
    local list = told(folder, { "-D", "views=native,gcc-lto", "-D",
                                "hidden=true", "h.o" })
    assert.same({ "h.o: defines hidden by its LTO table, and not by its "
                  .. "native symbols" }, list)
  end)

  it("knows universal archives, where all slices are one", function ()
    local macho = require "make_macho"
    local function slice(cpu, name)
      return (make.ar { style = "bsd", index_kind = "bsd",
        { "a.o", (macho.file { cpu = cpu, symbols = { { name = "_f", sect = 1 },
                                                      { name = name, sect = 1 }
                                                    } }) },
        index = { { "_f", 1 } } })
    end
    helper.write(folder .. "/lib.a", (macho.fat {
      { 0x01000007, 3, slice(0x01000007, "_f2") },
      { 0x0100000c, 0, slice(0x0100000c, "_f3") } }))
    local list, status = told(folder, { "-D", "views=native,index", "lib.a" })
    local lacks = "lib.a(a.o): defines %s by its native symbols, and not by "
                  .. "the archive's index"
    table.sort(list)
    assert.same({ lacks:format "f2", lacks:format "f3" }, list)
    assert.equal(1, status)
  end)

  it("tells an index that is stale, or names the wrong member", function ()
    helper.must({ "gcc", "-c", "x.c" }, folder)
    local object = helper.read(folder .. "/x.o")
    changed("x.o", "n.o", "--redefine-sym", "g=other")
    helper.write(folder .. "/lib.a", (make.ar {
      { "x.o", object }, { "n.o", helper.read(folder .. "/n.o") },
      index = { { "f", 1 }, { "g", 2 }, { "data", 1 }, { "zero", 1 },
                { "user", 1 }, { "ro", 1 }, { "weak", 1 }, { "hidden", 1 },
                { "other", 2 } } }))
    local list, status, plan = told(folder, { "-D", "views=native,index",
                                              "lib.a" })
    assert.same({
      "lib.a(x.o): defines g by its native symbols, and not by the archive's "
      .. "index",
      "lib.a(n.o): defines data, f, hidden, ro, user, weak and zero by its "
      .. "native symbols, and not by the archive's index",
      "lib.a(n.o): defines g by the archive's index, and not by its native "
      .. "symbols",
    }, list)
    assert.equal(1, status)
    assert.equal("reindex", plan.edits[1].op)
  end)

  it("does not know what is not there to be read", function ()
    helper.must({ "gcc", "-flto", "-fno-fat-lto-objects", "-c", "x.c" }, folder)
    helper.must({ "clang", "-flto", "-c", "-o", "bc.o", "x.c" }, folder)
    helper.must({ "clang", "-fembed-bitcode-marker", "-c", "-o", "mark.o",
                  "x.c" }, folder)
    for file, views in pairs { ["x.o"] = "native,gcc-lto",
                               ["bc.o"] = "native,bitcode",
                               ["mark.o"] = "native,bitcode" } do
      local list, status, plan = told(folder, { "-D", "views=" .. views, file })
      assert.equal(2, status, file)
      assert.equal("unknown", plan.verdict)
      assert.equal(1, #list)
    end
  end)

  it("is declared with two views, of those that there are", function ()
    for given, why in pairs {
      ["native"] = "a list of two views", ["native,native"] = "two views",
      ["native,lto"] = "there is no view 'lto'; there are bitcode, dynamic",
    } do
      local status, _, err = helper.symrun({ "views.lua", "-D",
                                             "views=" .. given, "x.c" }, folder)
      assert.equal(2, status)
      assert.truthy(err:find(why, 1, true), err)
    end
  end)
end)
