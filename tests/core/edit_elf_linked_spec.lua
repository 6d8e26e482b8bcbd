--- Changed ELF objects, linked by every linker that is here, and run: a symbol
--- number that is wrong by one is seen by no reader, and calls another
--- function.

local edited = require "edited"
local helper = require "helper"

-- Those that are installed.
local LINKERS = {}
for _, name in ipairs { "bfd", "gold", "lld", "mold" } do
  if helper.run { "ld." .. name, "--version" } == 0 then
    LINKERS[#LINKERS + 1] = name
  end
end
assert(#LINKERS > 2)

local folder

-- Two objects that define the same names with different meanings.
local ONE = [[
#include <stdio.h>
int helper (int x) { return x + 1; }
int state = 10;
__thread int mine = 100;
int one (int x) { return helper(x) + state++ + mine++; }
__attribute__((weak)) int maybe (void);
extern char at_this[];
int second (int);
int main (void) {
  int a = one(1), b = second(1), c = one(1);
  printf("%d %d %d %d\n", a, b, c, maybe ? maybe() : -1);
  return 0;
}
]]

local TWO = [[
int helper (int x) { return x * 50; }
int state = 20;
__thread int mine = 200;
static int quiet (int x) { return x - 3; }
int (*volatile through) (int) = quiet;
int second (int x) { return helper(x) + state++ + mine++ + through(0); }
int maybe (void) { return 77; }
]]


local function objects(compiler, ...)
  helper.write(folder .. "/one.c", ONE)
  helper.write(folder .. "/two.c", TWO)
  helper.must({ compiler, "-c", "-fno-inline", "one.c", "two.c", ... }, folder)
end


-- Link with each linker and run: what they print, if all print the same.
local function outcome(words, driver)
  local seen
  for _, linker in ipairs(LINKERS) do
    helper.must({ driver or "gcc", "-fuse-ld=" .. linker, "-o", linker,
                  table.unpack(words) }, folder)
    local out = helper.must({ "./" .. linker }, folder)
    assert.equal(seen or out, out, linker)
    seen = out
  end
  return seen
end


local function fails(words, driver)
  for _, linker in ipairs(LINKERS) do
    local status = helper.run({ driver or "gcc", "-fuse-ld=" .. linker, "-o",
                                "x", table.unpack(words) }, folder)
    assert.not_equal(0, status, linker)
  end
end


local function change(from, to, ...)
  edited.change(folder .. "/" .. from, folder .. "/" .. to, { ... })
end


local function op(name, symbol, to, ...)
  return { op = name, name = symbol, to = to, how = { ... } }
end


describe("a changed ELF object that is linked", function ()
  setup(function () folder = helper.folder "edit-linked" end)

  for _, how in ipairs { { "gcc", "-O2", "-g", "-ffunction-sections" },
                         { "clang", "-O1", "-fPIC", "-g" } } do
    it("keeps to itself what is local: " .. how[1], function ()
      objects(table.unpack(how))
      fails { "one.o", "two.o" }
      change("two.o", "local.o", op("localize", "helper"),
             op("localize", "state"), op("localize", "mine"))
      assert.equal("112 267 114 77\n", outcome { "one.o", "local.o" })
      change("two.o", "kept.o", op("keep-only", "second"),
             op("keep-only", "maybe"))
      assert.equal("112 267 114 77\n", outcome { "one.o", "kept.o" })
    end)

    it("has other names, on both sides: " .. how[1], function ()
      objects(table.unpack(how))
      change("two.o", "named.o", op("rename", "helper", "two_helper"),
             op("rename", "state", "two_state"), op("rename", "mine", "m2"),
             op("rename", "second", "the_second"))
      change("one.o", "wants.o", op("rename", "second", "the_second"))
      assert.equal("112 267 114 77\n", outcome { "wants.o", "named.o" })
    end)

    it("gives way where it is weak: " .. how[1], function ()
      objects(table.unpack(how))
      change("two.o", "weak.o", op("weaken", "helper"), op("weaken", "state"),
             op("weaken", "mine"))
      assert.equal("112 111 116 77\n", outcome { "one.o", "weak.o" })
    end)
  end

  it("pulls a member that it did not want", function ()
    objects("gcc", "-O1")
    helper.write(folder .. "/pulled.c", [[
#include <stdio.h>
int pulls;
__attribute__((constructor)) static void begin (void) { puts("pulled"); }
]])
    helper.must({ "sh", "-c", "gcc -c pulled.c && rm -f p.a && "
                  .. "ar rcs p.a pulled.o" }, folder)
    change("two.o", "local.o", op("localize", "helper"),
           op("localize", "state"), op("localize", "mine"))
    assert.equal("112 267 114 77\n", outcome { "one.o", "local.o", "p.a" })
    change("local.o", "wants.o", op("add-undefined", "pulls"))
    assert.equal("pulled\n112 267 114 77\n",
                 outcome { "one.o", "wants.o", "p.a" })
  end)

  it("has a symbol at an address, and one less", function ()
    helper.write(folder .. "/abs.c", [[
#include <stdio.h>
extern char at_this[];
int unused (void) { return 1; }
int main (void) { printf("%lx\n", (unsigned long)at_this); return 0; }
]])
    helper.must({ "gcc", "-c", "-fno-pic", "-mcmodel=large", "abs.c" }, folder)
    fails { "-no-pie", "abs.o" }
    change("abs.o", "there.o", { op = "add-absolute", name = "at_this",
                                 value = 0x1234 }, op("strip", "unused"))
    assert.equal("1234\n", outcome { "-no-pie", "there.o" })
  end)

  it("exports nothing that is hidden", function ()
    objects("gcc", "-O1", "-fPIC")
    change("two.o", "hidden.o", op("hide", "helper"), op("hide", "state"))
    for _, linker in ipairs(LINKERS) do
      for _, try in ipairs { { "two.o", true }, { "hidden.o", false } } do
        helper.must({ "gcc", "-shared", "-fuse-ld=" .. linker, "-o", "l.so",
                      try[1] }, folder)
        local out = helper.must({ "nm", "-D", "l.so" }, folder)
        assert.equal(try[2], out:find " helper\n" ~= nil, linker)
        assert.is_truthy(out:find " second\n", linker)
      end
    end
  end)

  it("may be of C++, its COMDAT groups dissolved", function ()
    local text = [[
#include <cstdio>
inline int __attribute__((noinline)) shared (int x) { return x + N; }
int FN (int x) { return shared(x); }
]]
    helper.write(folder .. "/g.cc", text)
    helper.write(folder .. "/m.cc", [[
#include <cstdio>
int f1 (int), f2 (int);
int main () { std::printf("%d %d\n", f1(0), f2(0)); }
]])
    for i = 1, 2 do
      helper.must({ "g++", "-c", "-g", "-O1", "-DN=" .. i, "-DFN=f" .. i,
                    "-o", "g" .. i .. ".o", "g.cc" }, folder)
    end
    helper.must({ "g++", "-c", "m.cc" }, folder)
    assert.equal("1 1\n", outcome({ "m.o", "g1.o", "g2.o" }, "g++"))
    change("g2.o", "own.o", op("localize", "_Z6sharedi", nil, "dissolve"))
    assert.equal("1 2\n", outcome({ "m.o", "g1.o", "own.o" }, "g++"))
    -- what objcopy makes of it is no object for most linkers
    helper.must({ "objcopy", "--localize-symbol=_Z6sharedi", "g2.o", "bad.o" },
                folder)
    for _, linker in ipairs(LINKERS) do
      local status = helper.run({ "g++", "-fuse-ld=" .. linker, "-o", "x",
                                  "m.o", "g1.o", "bad.o" }, folder)
      assert.is_true(status ~= 0 or linker == "mold", linker)
    end
  end)

  it("may have indirect functions and thread-local variables", function ()
    helper.write(folder .. "/i.c", [[
#include <stdio.h>
static int low (void) { return 1; }
static int (*pick (void)) (void) { return low; }
int chosen (void) __attribute__((ifunc("pick")));
__thread int here = 4; int *where (void) { return &here; }
int other (void);
int main (void) { printf("%d %d %d\n", chosen(), *where(), other()); }
]])
    helper.write(folder .. "/j.c", [[
static int high (void) { return 2; }
static int (*pick (void)) (void) { return high; }
int chosen (void) __attribute__((ifunc("pick")));
__thread int here = 5; int other (void) { return chosen() * 10 + here; }
]])
    for _, flag in ipairs { "-fPIE", "-fPIC" } do
      helper.must({ "gcc", "-c", "-O1", flag, "i.c", "j.c" }, folder)
      change("j.o", "own.o", op("localize", "chosen"), op("localize", "here"))
      assert.equal("1 4 25\n", outcome { "i.o", "own.o" })
    end
  end)

  it("may be of Rust", function ()
    helper.write(folder .. "/r.rs", [[
#![no_std]
#![crate_type = "lib"]
static mut COUNT: i32 = 3;
#[no_mangle] #[inline(never)] pub extern "C" fn rust_two (x: i32) -> i32 {
  unsafe { COUNT += 1; x.wrapping_mul(COUNT) } }
#[no_mangle] pub extern "C" fn rust_one (x: i32) -> i32 {
  rust_two(x).wrapping_add(1) }
]])
    helper.must({ "rustc", "--emit", "obj", "-O", "-C", "panic=abort", "-o",
                  "r.o", "r.rs" }, folder)
    helper.write(folder .. "/rm.c", [[
#include <stdio.h>
int rust_1 (int); int rust_two (int x) { return x; }
int main (void) { printf("%d\n", rust_1(5) + rust_two(10)); return 0; }
]])
    helper.must({ "gcc", "-c", "rm.c" }, folder)
    change("r.o", "renamed.o", op("localize", "rust_two"),
           op("rename", "rust_one", "rust_1"))
    assert.equal("31\n", outcome { "rm.o", "renamed.o" })
  end)
end)
