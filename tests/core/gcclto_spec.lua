--- GCC's LTO table: what its plugin shows to linkers of an object.

local helper = require "helper"
local lto = require "lto"
local make = require "make"
local peers = require "peers"

local C = [[
int ext(void); extern int ed; extern int wk(void) __attribute__((weak));
extern int wd __attribute__((weak));
static int st(void) { return ed; }
int f(void) { return ext() + st() + (wk ? wk() : 0) + (&wd ? wd : 0); }
int d = 3; const int c = 4; int comm; static int bss; int zero = 0;
int *pb(void) { return &bss; }
__attribute__((weak)) int wf(void) { return 1; }
__attribute__((weak)) int wdd = 2;
__attribute__((visibility("hidden"))) int hid = 1;
__attribute__((visibility("protected"))) int pro(void) { return 1; }
__thread int tl = 1;
extern int al(void) __attribute__((alias("f")));
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
int main() { return A<long>::n; }
]]

local MORE = "int f(void); int d; int hid2; extern int zz; int comm2;\n"
  .. "int use(void) { return f() + d + zz; }\n"


describe("GCC's LTO table", function ()
  local folder
  setup(function ()
    folder = helper.folder "gcclto"
    helper.write(folder .. "/c.c", C)
    helper.write(folder .. "/a.cpp", CXX)
    helper.write(folder .. "/m.c", MORE)
  end)

  local function gcc(name, source, ...)
    helper.must({ source:find "%.cpp$" and "g++" or "gcc", "-flto", "-w",
                  "-c", "-o", name, source, ... }, folder)
  end

  -- As gcc-nm says, and the view says the same.
  local function same(name, least)
    local theirs = lto.gcc_nm(name, folder)
    local ours, told, status, err = lto.symrun(name, folder, "--view",
                                               "gcc-lto")
    assert.equal("", err, name)
    assert.equal(0, status)
    assert.equal("ok", told)
    assert.equal("", peers.difference(ours, theirs), name)
    assert.is_true(#ours >= least, name .. " has " .. #ours)
    return ours
  end

  it("has the symbols that gcc-nm shows, slim and fat, packed and not",
     function ()
    for _, kind in ipairs { "-fno-fat-lto-objects", "-ffat-lto-objects" } do
      for _, level in ipairs { "-O0", "-O2" } do
        gcc("c.o", "c.c", kind, level, "-fcommon")
        local ours = same("c.o", 15)
        gcc("a.o", "a.cpp", kind, level, "-std=c++17")
        same("a.o", 20)
        if kind == "-fno-fat-lto-objects" then
          assert.same(ours, (lto.symrun("c.o", folder)))
        end
      end
      for _, level in ipairs { 0, 9, 19 } do
        gcc("packed.o", "c.c", kind, "-flto-compression-level=" .. level)
        same("packed.o", 15)
      end
    end
  end)

  it("gives classes, and no sizes", function ()
    gcc("c.o", "c.c", "-fcommon")
    local _, _, _, _, classes = lto.symrun("c.o", folder)
    assert.same({ f = "global", ext = "undef", wk = "weakundef", wf = "weak",
                  wdd = "weak", comm = "common", d = "global",
                  hid = "global" },
      { f = classes.f, ext = classes.ext, wk = classes.wk, wf = classes.wf,
        wdd = classes.wdd, comm = classes.comm, d = classes.d,
        hid = classes.hid })
    assert.is_nil(classes.st)
    local _, out = helper.symrun({ "nm", "c.o" }, folder)
    local _, sized = out:gsub("\t%d+\n", "")
    assert.equal(1, sized)  -- the count of the status row
  end)

  it("is that of all units after ld -r, by the strongest of each name",
     function ()
    gcc("c.o", "c.c")
    gcc("m.o", "m.c", "-fcommon")
    gcc("a.o", "a.cpp", "-std=c++17")
    for _, order in ipairs { { "c.o", "m.o", "a.o" },
                             { "m.o", "a.o", "c.o" } } do
      helper.must({ "ld", "-r", "-o", "r.o", table.unpack(order) }, folder)
      local sections = helper.must({ "readelf", "-SW", "r.o" }, folder)
      local _, tables = sections:gsub("%.gnu%.lto_%.symtab", "")
      assert.equal(3, tables)
      local ours = same("r.o", 40)
      assert.same(ours, (lto.symrun("r.o", folder)))
    end
    helper.must({ "gcc", "-flto", "-r", "-flinker-output=rel", "c.o", "m.o",
                  "-o", "g.o" }, folder)
    same("g.o", 18)
  end)

  it("is what ld finds in it", function ()
    gcc("c.o", "c.c", "-fcommon")
    local asked = 0
    helper.must({ "gcc-ar", "rcs", "c.a", "c.o" }, folder)
    for _, row in ipairs((lto.symrun("c.o", folder))) do
      local name, letter = row:match "^(.*)\t(.)$"
      if letter ~= "w" then
        helper.write(folder .. "/want.c", ("extern int x __asm__(\"%s\"); "
          .. "int main(void) { return *(volatile int *)&x; }\n"):format(name))
        helper.must({ "gcc", "-w", "-c", "want.c", "-o", "want.o" }, folder)
        helper.run({ "gcc", "-flto", "want.o", "c.a", "-o", "out",
          "-Wl,-Map=map,--unresolved-symbols=ignore-all" }, folder)
        local map = helper.read(folder .. "/map")
        local pulled = map:find("\nc.a%(c%.o%)%s+want%.o %(") ~= nil
        assert.equal(letter ~= "U", pulled, row)
        asked = asked + 1
      end
    end
    assert.is_true(asked > 12)
  end)

  it("is not there in an object without it", function ()
    helper.cc(folder, "plain", C)
    helper.must({ "clang", "-w", "-flto", "-c", "c.c", "-o", "c.bc" }, folder)
    for _, name in ipairs { "plain.o", "c.bc" } do
      local _, told, status = lto.symrun(name, folder, "--view", "gcc-lto")
      assert.equal("nosyms", told)
      assert.equal(0, status)
    end
    gcc("c.o", "c.c")
    local _, told, status = lto.symrun("c.o", folder, "--view", "bitcode")
    assert.equal("nosyms", told)
    assert.equal(0, status)
  end)

  it("is what nm reads where there is no other code, member by member",
     function ()
    gcc("slim.o", "c.c")
    gcc("fat.o", "m.c", "-ffat-lto-objects")
    helper.cc(folder, "plain", "int plain(void) { return 1; }\n")
    helper.must({ "clang", "-flto", "-w", "-c", "m.c", "-o", "m.bc" }, folder)
    helper.must({ "ar", "rcSD", "lib.a", "slim.o", "fat.o", "plain.o", "m.bc" },
                folder)
    local status, out, err = helper.symrun({ "nm", "lib.a" }, folder)
    assert.equal("", err)
    assert.equal(0, status)
    for _, row in ipairs {
      "slim.o\tf\tT\tglobal\t-", "fat.o\tuse\tT\tglobal\t%d+",
      "plain.o\tplain\tT\tglobal\t%d+", "m.bc\tuse\tT\tglobal\t-",
    } do assert.matches("\n[^\n]*\t" .. row:gsub("%-", "%%-") .. "\n", out) end
    -- natively, two of the members are unknown as ever
    status, out, err = helper.symrun({ "nm", "--view", "native", "lib.a" },
                                     folder)
    assert.equal(2, status)
    assert.matches("lib.a\t#\tar\tpartial\t", out)
    assert.matches("lib.a%(slim.o%): holds GCC's LTO", err)
    assert.matches("lib.a%(m.bc%): is LLVM bitcode", err)
  end)

  it("does not hide what is unknown for other reasons", function ()
    helper.cc(folder, "main", "int main(void) { return 0; }\n")
    helper.must({ "gcc", "-s", "main.o", "-o", "stripped" }, folder)
    local _, told, status, err = lto.symrun("stripped", folder)
    assert.equal(2, status)
    assert.equal("refused", told)
    assert.matches("is stripped", err)
    gcc("slim.o", "c.c")
    helper.must({ "ld", "-r", "slim.o", "main.o", "-o", "mixed.o" }, folder)
    local ours
    ours, told, status, err = lto.symrun("mixed.o", folder)
    assert.equal(2, status)
    assert.equal("partial", told)
    assert.same({ "main\tT" }, ours)
    assert.matches("holds GCC's LTO and no native code", err)
    helper.must({ "strip", "-o", "nosym.o", "slim.o" }, folder)
    ours, told, status = lto.symrun("nosym.o", folder)
    assert.equal(0, status)
    assert.equal("ok", told)
    assert.is_true(#ours > 15)
  end)

  it("is unknown beside top-level assembler, which is in no table", function ()
    helper.write(folder .. "/asm.c", "__asm__(\".globl a\\na: call b\");\n"
      .. "int f(void) { return 1; }\n")
    gcc("asm.o", "asm.c")
    local ours, told, status, err = lto.symrun("asm.o", folder)
    assert.same({ "f\tT" }, ours)
    assert.equal("partial", told)
    assert.equal(2, status)
    assert.matches("with top%-level assembler, and what that defines and wants "
      .. "is not in the LTO symbol table", err)
  end)

  it("is unknown where it was taken out", function ()
    gcc("c.o", "c.c")
    helper.must({ "objcopy", "-w", "-R", ".gnu.lto_.symtab*", "c.o", "cut.o" },
                folder)
    local _, told, status, err = lto.symrun("cut.o", folder, "--view",
                                            "gcc-lto")
    assert.equal("refused", told)
    assert.equal(2, status)
    assert.matches("holds GCC's LTO, and has no symbol table of it", err)
  end)

  it("answers rules that ask for it", function ()
    gcc("c.o", "c.c")
    helper.must({ "ar", "rcSD", "q.a", "c.o" }, folder)
    for question, expected in pairs {
      ['archive:defines("f", "gcc-lto")'] = 1,
      ['archive:defines("ext", "gcc-lto")'] = 0,
      ['archive:undefined("ext", "gcc-lto"):empty()'] = 0,
      ['archive:exported("hid", "gcc-lto"):empty()'] = 1,
      ['archive:exported("d", "gcc-lto"):empty()'] = 0,
      ['archive:defined("*", "bitcode"):empty()'] = 1,
      ['archive:defines "f"'] = 2,
    } do
      helper.write(folder .. "/rule.lua", ([[
        local symrun = require "symrun"
        symrun.rule "own/question" {
          about = "a question", each = symrun.archives "q.a",
          check = function (archive, report)
            if %s then report(archive, "yes") end
          end,
        }
      ]]):format(question))
      assert.equal(expected, (helper.symrun({ "rule.lua", "q.a" }, folder)),
                   question)
    end
  end)
end)


describe("an LTO table as bytes", function ()
  local folder
  setup(function () folder = helper.folder "gcclto-bytes" end)

  local KINDS = { def = 0, weakdef = 1, undef = 2, weakundef = 3, common = 4 }

  local function entry(e)
    return e[1] .. "\0" .. (e.comdat or "") .. "\0"
      .. ("<BBI8I4"):pack(KINDS[e[2]] or e[2], e.visibility or 0, e.size or 0,
                          e.slot or 0)
  end

  -- tables: a list of lists of entries, or of bytes; types: bytes for each
  local function object(tables, types, more)
    local sections = {}
    for i, t in ipairs(tables) do
      local bytes = t
      if type(t) == "table" then
        local parts = {}
        for k, e in ipairs(t) do parts[k] = entry(e) end
        bytes = table.concat(parts)
      end
      sections[#sections + 1] = { name = ".gnu.lto_.symtab." .. i, type = 1,
                                  flags = 1 << 31, bytes = bytes }
      if types and types[i] then
        sections[#sections + 1] = { name = ".gnu.lto_.ext_symtab." .. i,
                                    type = 1, bytes = types[i] }
      end
    end
    local t = { sections = sections, symbols = {
      { name = "__gnu_lto_slim", section = "common", type = "object",
        size = 1 },
    } }
    for key, value in pairs(more or {}) do t[key] = value end
    return make.elf(t)
  end

  local five = { { "def", "def" }, { "weakdef", "weakdef" },
                 { "undef", "undef" }, { "weakundef", "weakundef" },
                 { "common", "common" } }

  it("has letters by kind, and by type where that is told", function ()
    for _, kind in ipairs { { class = 64 }, { class = 32 },
                            { class = 64, big = true, machine = 22 },
                            { class = 32, big = true, machine = 8 } } do
      for types, letter in pairs {
        [""] = "?", ["\1"] = "?", ["\2" .. ("\1\0"):rep(5)] = "?",
        ["\1" .. ("\1\0"):rep(5)] = "T", ["\1" .. ("\2\0"):rep(5)] = "D",
        ["\1" .. ("\2\1"):rep(5)] = "B", ["\1" .. ("\0\0"):rep(5)] = "?",
      } do
        helper.write(folder .. "/k.o", (object({ five }, { types }, kind)))
        local ours, told, status = lto.symrun("k.o", folder)
        assert.equal(0, status)
        assert.equal("ok", told)
        assert.same({ "common\tC", "def\t" .. letter, "undef\tU",
                      "weakdef\tW", "weakundef\tw" }, ours)
      end
    end
  end)

  it("shows the strongest of each name, whatever the order", function ()
    local a = { { "n", "undef" }, { "x", "weakdef" } }
    local b = { { "n", "def" }, { "x", "def" }, { "y", "weakundef" } }
    local types = "\1" .. ("\1\0"):rep(2)
    local more = "\1" .. ("\1\0"):rep(3)
    for _, t in ipairs { { { a, b }, { types, more } },
                         { { b, a }, { more, types } } } do
      helper.write(folder .. "/s.o", (object(t[1], t[2])))
      local ours, _, status = lto.symrun("s.o", folder)
      assert.equal(0, status)
      assert.same({ "n\tT", "x\tT", "y\tw" }, ours)
    end
    -- one unit is of an older GCC: whose the types are, nobody knows
    helper.write(folder .. "/o.o", (object({ a, b }, { nil, more })))
    assert.same({ "n\t?", "x\t?", "y\tw" }, (lto.symrun("o.o", folder)))
  end)

  for _, case in ipairs {
    { "an entry cut short", { entry(five[1]):sub(1, -2) },
      "LTO symbol table", 0 },
    { "a name without an end", { entry(five[1]) .. "abc" },
      "LTO symbol table", 19 },
    { "a COMDAT key without an end", { "abc\0def" }, "LTO symbol table", 0 },
    { "a name of no bytes", { { { "", "def" } } }, "LTO symbol name", 2 },
    { "a kind that is none", { { { "f", 5 } } }, "LTO symbol kind", 3 },
    { "a visibility that is none", { { { "f", 0, visibility = 4 } } },
      "LTO symbol visibility", 4 },
    { "types of fewer symbols", { five }, "LTO symbol types", 1,
      { "\1" .. ("\1\0"):rep(4) } },
    { "types of more symbols", { five }, "LTO symbol types", 1,
      { "\1" .. ("\1\0"):rep(6) } },
    { "a type that is none", { five }, "LTO symbol type", 1,
      { "\1" .. "\3\0" .. ("\1\0"):rep(4) } },
  } do
    local what, tables, field, offset, types = table.unpack(case)
    it("is told: " .. what, function ()
      local bytes, at = object(tables, types)
      local begin = at[types and ".gnu.lto_.ext_symtab.1"
                       or ".gnu.lto_.symtab.1"]
      helper.write(folder .. "/bad.o", bytes)
      for _, view in ipairs { "gcc-lto", false } do
        local words = view and { "--view", view } or {}
        local _, told, status, err = lto.symrun("bad.o", folder,
                                                table.unpack(words))
        assert.equal(2, status)
        assert.is_true(told == "refused" or told == "partial")
        assert.is_true(peers.told(err:match "^symrun: bad.o: ([^\n]*)\n$"
                                  or err, field, begin + offset), err)
      end
    end)
  end

  it("is told: sections that lie", function ()
    local name = ".gnu.lto_.symtab.1"
    for field, value in pairs { offset = 0x7fffff00, size = 0x7fffff00,
                                type = 8, sh_name = 0x7fffff00,
                                flags = 0x800 } do
      helper.write(folder .. "/lie.o", (object({ five }, nil, {
        lie = { [name] = { [field] = value } } })))
      local ours, told, status, err = lto.symrun("lie.o", folder, "--view",
                                                 "gcc-lto")
      assert.equal(2, status, field)
      assert.equal("refused", told)
      assert.equal(0, #ours)
      assert.matches(field == "flags" and "is compressed" or "inside the",
                     err)
    end
  end)

  it("is told: tables that overlap, to cost time", function ()
    local tables, lie = {}, {}
    local list = {}
    for i = 1, 3000 do list[i] = { "n" .. i, "def" } end
    tables[1] = list
    for i = 2, 300 do
      tables[i] = ""
      lie[".gnu.lto_.symtab." .. i] = { offset = 64, size = 40000 }
    end
    helper.write(folder .. "/many.o", (object(tables, nil, { lie = lie })))
    local _, told, status, err = lto.symrun("many.o", folder, "--view",
                                            "gcc-lto")
    assert.equal(2, status)
    assert.equal("refused", told)
    assert.matches("all LTO symbol tables must fit into the file", err)
  end)

  it("is told: cut at any place", function ()
    helper.write(folder .. "/c.c", C)
    helper.must({ "gcc", "-flto", "-w", "-c", "c.c", "-o", "c.o" }, folder)
    local whole = helper.read(folder .. "/c.o")
    local list, seen = { "--view", "gcc-lto" }, 0
    for cut = 1, #whole - 1, 37 do
      local name = ("cut%05d.o"):format(cut)
      helper.write(folder .. "/" .. name, whole:sub(1, cut))
      list[#list + 1] = name
    end
    local status, out = helper.symrun({ "nm", table.unpack(list) }, folder)
    assert.equal(2, status)
    for told in out:gmatch "\t#\t%a+\t(%a+)\t" do
      assert.equal("refused", told)
      seen = seen + 1
    end
    assert.equal(#list - 2, seen)
    assert.is_true(seen > 100)
  end)
end)
