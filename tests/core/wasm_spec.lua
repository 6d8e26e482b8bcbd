--- Wasm objects and modules beside llvm-nm, wasm-objdump and a machine that
--- runs them.  Where our rows are not llvm-nm's, the reasons are these:
---
--- 1. Symbols of sections (".debug_line") are no names: left out, as in every
---    format.  llvm-nm prints them with 'd' and no size.
--- 2. A module that has no names of its own (stripped, or a library) imports
---    things that llvm-nm does not tell; a machine does not run it without.
--- 3. Imports that have no name in a module that has names: the same.
--- 4. llvm-nm refuses a module that exports what it imports; machines run it.

local helper = require "helper"
local peers = require "peers"


-- llvm-nm's rows without those of sections: how many these are.
local function without_sections(rows)
  local out, count = {}, 0
  for _, row in ipairs(rows) do
    if row:find "^[^\t]*\t%.debug_[a-z]+\td\t0$" then count = count + 1
    else out[#out + 1] = row end
  end
  return out, count
end


-- Every row must be llvm-nm's; at least so many in each file.
local function agree(files, folder, least)
  local theirs, _, complaints = peers.llvm(files, folder)
  local ours, status, err = peers.symrun(files, folder)
  local sections = 0
  assert.equal("", complaints)
  assert.equal("", err)
  assert.equal(0, status)
  for _, file in ipairs(files) do
    local rows, left_out = without_sections(theirs[file])
    sections = sections + left_out
    assert.equal("", peers.difference(ours[file], rows), file)
    assert.equal("ok", ours[file].status)
    assert.is_true(#ours[file] >= least, file .. " has too few symbols")
  end
  return ours, sections
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
extern int wd __attribute__((weak)); extern int ud;
__attribute__((import_module("test"), import_name("close"))) int closer(int);
__attribute__((export_name("api"))) int exported(void) { return f(); }
int g(void) { return f() + (w ? w() : 0) + ud + closer(2) + (int)(long)&wd; }
int zero = 0; int data = 1; const int ro = 2;
static int local; static const int lro[4] = {1, 2};
int *p(int i) { local++; return i ? &local : (int *)&lro[i]; }
__attribute__((visibility("hidden"))) int hidden(void) { return 1; }
__attribute__((weak)) int weakdef(void) { return 1; }
__attribute__((weak)) int weakdata = 4;
int alias(void) __attribute__((alias("weakdef")));
static int unused(void) { return 4; } int (*fp)(void) = unused;
const char *s = "text"; int same(void) { return 5; }
]]

local EXPECTED = {
  f = "U undef", w = "w weakundef", wd = "w weakundef", ud = "U undef",
  closer = "U undef", exported = "T global", g = "T global",
  zero = "D global", data = "D global", ro = "D global", ["local"] = "d local",
  lro = "d local", p = "T global", hidden = "T global", weakdef = "W weak",
  weakdata = "W weak", alias = "T global", unused = "t local",
  fp = "D global", s = "D global", __stack_pointer = "U undef",
}

local CXX = [[
struct A { virtual int f(); virtual ~A() {} int g; };
int A::f() { return 1; }
template <class T> struct S {
  static int s; static T get() { return s++; }
};
template <class T> int S<T>::s = 3;
inline int once(int x) { static int k; return k += x; }
int use(int x) { return once(x) + S<int>::get() + S<char>::get(); }
A a; extern "C" int undef(); int v = undef();
]]

local CLANG = {
  { "plain", "--target=wasm32-unknown-unknown", "-O1" },
  { "debug", "--target=wasm32-unknown-unknown", "-O0", "-g" },
  { "pic", "--target=wasm32-unknown-emscripten", "-fPIC", "-O1",
    "-fvisibility=default" },
  { "wide", "--target=wasm64-unknown-unknown", "-O1" },
  { "wasi", "--target=wasm32-wasi", "-Os", "-fvisibility=default" },
}


describe("the wasm reader", function ()
  local folder, objects
  setup(function ()
    folder = helper.folder "wasm"
    helper.write(folder .. "/x.c", SOURCE)
    helper.write(folder .. "/x.cc", CXX)
    helper.write(folder .. "/start.c", "int exported(void); int same(void); "
      .. "extern int data; static int in(int x) { return x * data; } "
      .. "int (*volatile way)(int) = in; "
      .. "void _start(void) { exported(); way(3); same(); }")
    objects = {}
    for i, how in ipairs(CLANG) do
      objects[i] = how[1] .. ".o"
      local words = { "clang", "-w", "-c", "-o", objects[i], "x.c" }
      table.move(how, 2, #how, #words + 1, words)
      helper.must(words, folder)
    end
    helper.must({ "clang", "--target=wasm32-unknown-unknown", "-O1", "-c",
                  "start.c" }, folder)
    helper.must({ "clang", "--target=wasm32-unknown-emscripten", "-fPIC",
                  "-O1", "-c", "start.c", "-o", "start-pic.o",
                  "-fvisibility=default" }, folder)
  end)

  local function link(output, ...)
    helper.must({ "wasm-ld", "--allow-undefined", "-o", output, ... }, folder)
    return output
  end

  it("agrees with llvm-nm on objects of clang", function ()
    local ours, sections = agree(objects, folder, 20)
    assert.is_true(sections >= 3)
    for _, file in ipairs(objects) do
      local names = by_name(ours[file])
      for name, expected in pairs(EXPECTED) do
        local shown = names[name]
        if not (name == "__stack_pointer" and shown == nil) then
          assert.equal(expected, shown, file .. " " .. name)
        end
      end
    end
  end)

  it("agrees with llvm-nm on C++, threads and what a linker joins", function ()
    helper.must({ "clang++", "--target=wasm32-unknown-unknown", "-O0", "-g",
                  "-c", "x.cc", "-o", "cxx.o" }, folder)
    helper.write(folder .. "/tls.c", "_Thread_local int tl = 3; "
      .. "static _Thread_local int tz; int gt(void) { return tl + tz++; }")
    helper.must({ "clang", "--target=wasm32-unknown-unknown", "-O1", "-c",
      "-matomics", "-mbulk-memory", "-ftls-model=local-exec", "tls.c" }, folder)
    helper.must({ "wasm-ld", "-r", "-o", "joined.o", "plain.o", "cxx.o",
                  "start.o" }, folder)
    local ours = agree({ "cxx.o", "tls.o", "joined.o" }, folder, 4)
    local names = by_name(ours["cxx.o"])
    assert.equal("W weak", names._Z4oncei)
    assert.equal("W weak", names._ZZ4onceiE1k)
    assert.equal("D global", by_name(ours["tls.o"]).tl)
  end)

  it("knows what an assembler can say", function ()
    helper.write(folder .. "/a.s", [[
  .tagtype ctag i32
  .tagtype utag i32
  .globaltype myg, i32
  .globaltype ug, i32, immutable
  .import_module ug, gm
  .import_name ug, gf
  .tabletype tab, externref
  .tabletype utab, externref
  .functype imported (i32) -> ()
  .import_module imported, test
  .import_name imported, close
  .functype weaku () -> ()
  .weak weaku
  .globl cat
  .hidden cat
  .export_name cat, meow
cat:
  .functype cat (i32) -> ()
  local.get 0
  call imported
  call weaku
  local.get 0
  throw ctag
  end_function
  .section .text.own,"",@
own:
  .functype own () -> ()
  global.get ug
  global.set myg
  i32.const 0
  table.get utab
  drop
  i32.const 0
  throw utag
  end_function
  .globl myg
myg:
  .globl ctag
ctag:
  .globl tab
tab:
  .section .text.grouped,"G",@,grp,comdat
  .weak grouped
grouped:
  .functype grouped () -> ()
  end_function
  .section .data.x,"G",@,grp,comdat
  .globl "spaced name"
"spaced name":
  .int32 weakdata
  .size "spaced name", 4
  .weak weakdata
]])
    helper.must({ "llvm-mc-19", "-no-type-check", "-triple=wasm32",
      "-mattr=+exception-handling,+reference-types,+mutable-globals",
      "-filetype=obj", "a.s", "-o", "a.o" }, folder)
    local ours = agree({ "a.o" }, folder, 13)["a.o"]
    assert.equal(13, #ours)
    local names = by_name(ours)
    for name, expected in pairs {
      cat = "T global", ctag = "D global", utag = "U undef", own = "t local",
      myg = "D global", ug = "U undef", tab = "D global", utab = "U undef",
      imported = "U undef", weaku = "w weakundef", grouped = "W weak",
      weakdata = "w weakundef", ["spaced\\x20name"] = "D global",
    } do assert.equal(expected, names[name], name) end
  end)

  it("agrees with wasm-objdump on who defines what", function ()
    local count = 0
    for _, file in ipairs { "plain.o", "debug.o", "pic.o", "wasi.o" } do
      local theirs, ours = {}, {}
      local text = helper.must({ "wasm-objdump", "-x", file }, folder)
      for kind, name, flags in text:gmatch
        " %- %d+: ([FDG]) <([^>]*)> [^%[\n]*%[ ([^%]\n]*) %]" do
        local undefined = flags:find "undefined" ~= nil
        if undefined and not flags:find "explicit" and kind ~= "D" then
          name = name:match "^[^.]*%.(.*)$"  -- with the import's module
        end
        local binding = flags:match "binding=(%l+)"
        if undefined then binding = binding == "weak" and "weakundef" or "undef"
        end
        theirs[#theirs + 1] = name .. " " .. binding
      end
      local rows = peers.symrun({ file }, folder)[file]
      for i, row in ipairs(rows) do
        ours[i] = row:match "^%-\t([^\t]*)" .. " " .. rows.classes[row]
      end
      assert.equal("", peers.difference(ours, theirs), file)
      count = count + #theirs
    end
    assert.is_true(count > 80)
  end)

  it("reads archives of both ar programs", function ()
    helper.must({ "llvm-ar", "rcs", "l.a", "plain.o", "debug.o", "plain.o",
                  "wide.o" }, folder)
    helper.must({ "llvm-ar", "q", "l.a", "plain.o" }, folder)
    helper.must({ "ar", "qc", "g.a", "plain.o", "pic.o", "plain.o" }, folder)
    helper.must({ "llvm-ar", "rcT", "thin.a", "plain.o", "wide.o" }, folder)
    agree({ "l.a", "g.a" }, folder, 60)
    local thin = peers.symrun({ "thin.a" }, folder)["thin.a"]
    assert.equal("ok", thin.status)
    assert.is_true(#thin >= 40)
    -- What the index has is what members define for others.
    local index = peers.symrun({ "l.a" }, folder, "--view", "index")["l.a"]
    local defined, has = {}, {}
    for _, row in ipairs(peers.symrun({ "l.a" }, folder)["l.a"]) do
      local name, letter = row:match "^[^\t]*\t([^\t]*)\t(.)"
      if letter:find "[TDW]" then defined[name] = true end
    end
    for _, row in ipairs(index) do has[row:match "^[^\t]*\t([^\t]*)"] = true end
    assert.same(defined, has)
    assert.is_true(has.weakdata and has.exported)
  end)

  it("agrees with llvm-nm on modules that have names", function ()
    link("m.wasm", "plain.o", "start.o", "--export-all")
    link("none.wasm", "plain.o", "--no-entry", "--export=g", "--export=data")
    link("kept.wasm", "start.o", "plain.o", "--emit-relocs")
    local ours = agree({ "m.wasm", "none.wasm", "kept.wasm" }, folder, 6)
    local names = by_name(ours["m.wasm"])
    -- A name that nobody outside can call is local now.
    for name, expected in pairs {
      f = "U undef", closer = "U undef", exported = "T global",
      unused = "t local", ["in"] = "t local", same = "T global",
      __stack_pointer = "D global", [".data"] = "d local",
    } do assert.equal(expected, names[name], name) end
    assert.is_nil(names.api)
  end)


  -- What a machine says a module imports and exports, as rows are compared.
  local function machine(file)
    helper.write(folder .. "/ask.cjs", [[
const wasm = new WebAssembly.Module(require("fs").readFileSync(
  process.argv[2]));
for (const i of WebAssembly.Module.imports(wasm))
  console.log(`${i.name}\tU`);
for (const e of WebAssembly.Module.exports(wasm))
  console.log(`${e.name}\t${e.kind === "function" ? "T" : "D"}`);
]])
    local rows = {}
    local text = helper.must({ "node", "ask.cjs", file }, folder)
    for line in text:gmatch "[^\n]+" do rows[#rows + 1] = line end
    return rows
  end

  -- Ours of a view, without members and sizes.  A machine wants all imports,
  -- one that may be of nothing too.
  local function shown(file, view)
    local ours, status, err = peers.symrun({ file }, folder, "--view", view)
    local rows = {}
    assert.equal(0, status, err)
    for i, row in ipairs(ours[file]) do
      rows[i] = row:match "^%-\t([^\t]*\t.)":gsub("w$", "U")
    end
    return rows
  end

  it("tells what a machine sees, in the view dynamic", function ()
    link("d.wasm", "plain.o", "start.o", "--export-all")
    link("bare.wasm", "wasi.o", "start.o", "-s", "--import-memory",
         "--import-table", "--export-dynamic")
    link("lib.wasm", "pic.o", "--shared", "-E", "--experimental-pic")
    link("pie.wasm", "pic.o", "start-pic.o", "--pie", "--experimental-pic")
    local count = 0
    for _, file in ipairs { "d.wasm", "bare.wasm", "lib.wasm", "pie.wasm" } do
      local theirs = machine(file)
      assert.equal("", peers.difference(shown(file, "dynamic"), theirs), file)
      count = count + #theirs
    end
    assert.is_true(count > 60)
    -- An object has none: nothing was linked yet.
    assert.same({}, shown("plain.o", "dynamic"))
  end)

  -- Reason 2: what we tell more is what the machine asks for.
  it("tells the imports of modules without names", function ()
    local weaks = 0
    for _, file in ipairs { "bare.wasm", "lib.wasm", "pie.wasm" } do
      local theirs = peers.llvm({ file }, folder)[file]
      local ours = peers.symrun({ file }, folder)[file]
      local more, imports = {}, {}
      for _, row in ipairs(ours) do
        if row:find "\t[Uw]\t$" then
          more[#more + 1] = row:match "^%-\t([^\t]*)"
        end
      end
      for _, row in ipairs(machine(file)) do
        local name = row:match "^([^\t]*)\tU$"
        if name and name ~= "memory" then imports[#imports + 1] = name end
      end
      assert.equal("", peers.difference(more, imports), file)
      assert.is_true(#more >= 3)
      for _, name in ipairs(more) do
        local weak = name == "w" or name == "wd"  -- by "dylink.0"
        theirs[#theirs + 1] = "-\t" .. name .. (weak and "\tw\t" or "\tU\t")
        weaks = weaks + (weak and 1 or 0)
      end
      assert.equal("", peers.difference(ours, theirs), file)
    end
    assert.is_true(weaks > 0)
  end)

  -- Reasons 3 and 4.
  it("reads what llvm-nm leaves out or refuses", function ()
    helper.write(folder .. "/k.wat", [[(module
  (import "m" "f" (func $f)) (import "m" "g" (global i32))
  (import "m" "mem" (memory 1)) (import "m" "t" (table 1 funcref))
  (func $x) (global $h (mut i32) (i32.const 3)) (export "x" (func $x))
  (export "again" (func $f)) (export "g2" (global 0)) (export "h" (global $h))
  (export "mem2" (memory 0)) (export "t2" (table 0)))]])
    helper.must({ "wat2wasm", "--debug-names", "k.wat" }, folder)
    local status, _, err = helper.run({ "llvm-nm-19", "k.wasm" }, folder)
    assert.equal(1, status)
    assert.matches("invalid function export", err)
    assert.same({ "f\tU", "g\tU", "h\tD", "t\tU", "x\tT" },
                shown("k.wasm", "native"))
    assert.equal("", peers.difference(shown("k.wasm", "dynamic"),
                                      machine("k.wasm")))
  end)

  it("knows which imports of a library may be of nothing", function ()
    local wasm = require "wasm"
    local name = wasm.name
    helper.write(folder .. "/weak.so", (wasm.module { before = {
      custom = "dylink.0", "\1", { sized = true, 4, 2, 1, 0 },
      "\4", { sized = true, 2, name "env", name "none", "\1",
               name "env", name "out", "\1" } } }))
    local text = helper.must({ "obj2yaml-19", "weak.so" }, folder)
    assert.matches("Field:%s+out%s+Flags:%s+%[ BINDING_WEAK", text)
    for _, view in ipairs { "native", "dynamic" } do
      local ours = peers.symrun({ "weak.so" }, folder, "--view", view)
      local names = by_name(ours["weak.so"])
      assert.same({ out = "w weakundef", api = "T global",
                    answer = "D global" }, names, view)
    end
  end)

  it("reads types and expressions that are newer than llvm-nm", function ()
    local wasm = require "wasm"
    local name = wasm.name
    local bytes = wasm.module {
      globals = { section = 6, 3, "\x7f\1\x41\x2a\x6a\x0b",
        "\x63\x70\0\xd0\x70\x0b",                    -- (ref null func)
        "\x7b\0\xfd\x0c" .. ("\1"):rep(16) .. "\x0b" },
      exports = { section = 7, 1, name "v", "\3\2" },
      segments = "", data = { section = 11, 2, "\1\2xy",
        "\2\0\x23\0\x0b\1z" },
    }
    helper.write(folder .. "/new.wasm", bytes)
    local ours, status, err = peers.symrun({ "new.wasm" }, folder)
    assert.equal("", err)
    assert.equal(0, status)
    local names = by_name(ours["new.wasm"])
    assert.equal("D global", names.g)
    assert.equal("t local", names.inner)
  end)
end)
