--- Wasm objects beside llvm-nm and wasm-objdump.  Symbols of sections
--- (".debug_line"), which llvm-nm prints with 'd' and no size, are no names:
--- they are left out, as in every format.  There is no other difference.

local helper = require "helper"
local peers = require "peers"
local wasm_objects = require "wasm_objects"

local agree, by_name = wasm_objects.agree, wasm_objects.by_name


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


describe("the wasm reader", function ()
  local folder, objects
  setup(function ()
    folder = helper.folder "wasm"
    helper.write(folder .. "/x.cc", CXX)
    objects = wasm_objects.make(folder)
  end)

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
end)
