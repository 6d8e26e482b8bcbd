--- Apple's lists and .def files against lld, which reads both; and what their
--- own linkers are known to do otherwise.

local helper = require "helper"

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath
local script = require "symrun.script"

-- The newest program of a family that is here.
local function program(...)
  for _, name in ipairs { ... } do
    local status, path = helper.run { "sh", "-c", "command -v " .. name }
    if status == 0 then return path:match "%S+" end
  end
  error("there is no " .. table.concat({ ... }, ", "))
end

local function sorted(set)
  local out = {}
  for name in pairs(set) do out[#out + 1] = name end
  table.sort(out)
  return table.concat(out, " ")
end


-- What is known to be exported, and what is unknown, of some names.
local function answers(object, names, options)
  local yes, unknown = {}, {}
  for _, name in ipairs(names) do
    local is = object:exports(name, options)
    if is then yes[name] = true end
    if is == nil then unknown[name] = true end
  end
  return sorted(yes), sorted(unknown)
end


describe("a list of exports for Apple's linkers", function ()
  local symbols = { "_foo", "_bar", "_foo_bar", "_baz" }
  local folder, lld

  setup(function ()
    folder = helper.folder "script"
    lld = program("ld64.lld", "ld64.lld-19", "ld64.lld-14",
                  "/usr/lib/llvm-14/bin/ld64.lld")
    helper.write(folder .. "/a.c", "int foo, bar, foo_bar = 1, baz = 2;\n")
    helper.must({ "clang", "--target=x86_64-apple-macos11", "-c", "a.c" },
                folder)
  end)

  local function exported(option)
    helper.must({ lld, "-dylib", "-arch", "x86_64", "-platform_version",
      "macos", "11.0", "11.0", option, "list", "-undefined", "dynamic_lookup",
      "-o", "a.dylib", "a.o" }, folder)
    local text = helper.must({ "sh", "-c",
      "llvm-objdump-19 --macho --exports-trie a.dylib" }, folder)
    local set = {}
    for name in text:gmatch "\n0x%x+%s+(_%S+)" do set[name] = true end
    return set
  end

  local lists = {
    { "_foo\n", "_foo" },
    { "_foo\n_bar\n\n_none\n", "_bar _foo" },
    { "# _foo\n  _ba[rz]  \r\n", "_bar _baz" },
    { "_f*\n", "_foo _foo_bar" },
    { "_*o\n_ba?\n", "_bar _baz _foo" },
    { "_f*_*\n", "_foo_bar" },
    { "foo\n_ba\n", "" },
    { "_foo _bar\n", "" },
  }
  for _, row in ipairs(lists) do
    it(("exports %q"):format(row[2]), function ()
      helper.write(folder .. "/list", row[1])
      local object = assert(script.parse(row[1], "export-list"))
      assert.equal(row[2], sorted(exported "-exported_symbols_list"))
      for _, linker in ipairs { false, "lld", "ld64" } do
        local yes, unknown = answers(object, symbols,
                                     { linker = linker or nil })
        assert.equal(row[2], yes)
        assert.equal("", unknown)
      end
      local hidden = assert(script.parse(row[1], "unexport-list"))
      local set = {}
      for _, name in ipairs(symbols) do set[name] = true end
      for name in row[2]:gmatch "%S+" do set[name] = nil end
      assert.equal(sorted(set), (answers(hidden, symbols)))
      assert.equal(sorted(set), sorted(exported "-unexported_symbols_list"))
    end)
  end

  it("is unknown where linkers differ", function ()
    local all = "_bar _baz _foo _foo_bar"
    for source, linker in pairs { ["_foo # x\n"] = "lld", [""] = "ld64" } do
      local object = script.parse(source, "export-list")
      local _, unknown = answers(object, symbols)
      assert.equal(all, unknown)
      _, unknown = answers(object, symbols, { linker = linker })
      assert.equal("", unknown)
    end
    for _, source in ipairs { "_[!f]*\n", "_b**\n", "_[b\n" } do
      local _, unknown = answers(script.parse(source, "export-list"), symbols)
      assert.equal(all, unknown)
    end
    assert.is_nil((script.parse("_a\n", "export-list"):exports("_a",
                   { linker = "bfd" })))
  end)

  it("does not name what is not there, after keep", function ()
    local object = script.parse("# all\n_foo\n_gone\n_ba*\n", "export-list")
    object:keep(function (name) return name == "_foo" end)
    assert.equal("# all\n_foo\n_ba*\n", tostring(object))
    assert(object:add { "_foo_bar" })
    helper.write(folder .. "/list", tostring(object))
    assert.equal("_bar _baz _foo _foo_bar",
                 sorted(exported "-exported_symbols_list"))
  end)
end)


describe("other lists", function ()
  it("an order says of which object a symbol is", function ()
    local object = script.parse("_a\nx86_64:_b # c\nfoo.o:_c\n"
      .. "arm64:lib.a(x.o):_d\n-[A b:c:]\n", "order-list")
    assert.same({ "_a", "_b", "_c", "_d", "-[A b:c:]" }, object:names())
    assert.equal("x86_64", object.items[2].arch)
    assert.equal("foo.o", object.items[3].object)
    assert.equal("lib.a(x.o)", object.items[4].object)
    assert.is_nil((object:exports "_a"))
  end)

  it("files stand below the folder of the line", function ()
    local object = script.parse("a.o\nb c.o\n\n", "file-list")
    assert.same({ { name = "a.o" }, { name = "b c.o" } }, object:inputs())
    object = script.parse("a.o\n", "file-list", { folder = "/x" })
    assert.same({ { name = "/x/a.o" } }, object:inputs())
    for source, why in pairs {
      ["# a\nb.o\n"] = "ld64 has no comments in such a list",
      [" b.o\n"] = "ld64 takes blanks for part of a name" } do
      local list, told, sure = script.parse(source, "file-list"):inputs()
      assert.is_nil(list)
      assert.equal(why, told)
      assert.same({ { name = "b.o" } }, sure)
    end
  end)
end)


describe("a .def file", function ()
  local symbols = { "foo", "bar", "foo_bar", "baz", "DATA", "a.b", "x" }
  local folder

  setup(function ()
    folder = helper.folder "script"
    helper.write(folder .. "/a.c", "int foo(void) { return 1; }\n"
      .. "int bar(void) { return 2; } int foo_bar = 1;\n"
      .. "int baz(void) { return 2; } int DATA(void) { return 2; }\n"
      .. "int dotted(void) __asm__(\"a.b\"); int dotted(void) { return 0; }\n")
    helper.must({ "clang", "--target=x86_64-pc-windows-msvc", "-c", "-o",
                  "a.obj", "a.c" }, folder)
  end)

  -- What lld-link exports by name, as a set; nil and its words if it fails.
  local function exported(source)
    helper.write(folder .. "/a.def", source)
    local status, out, err = helper.run({ "lld-link", "/dll", "/noentry",
      "/nodefaultlib", "/def:a.def", "/out:a.dll", "a.obj" }, folder)
    if status ~= 0 then return nil, out .. err end
    local set = {}
    for name in helper.must({ "llvm-readobj-19", "--coff-exports", "a.dll" },
                            folder):gmatch "Name: (%S+)" do set[name] = true end
    return set
  end

  local rows = {
    { "EXPORTS\n foo\n bar DATA\n", "bar foo" },
    { "LIBRARY\nEXPORTS\n  foo_bar DATA\n", "foo_bar" },  -- as rustc does
    { "LIBRARY a.dll\nEXPORTS foo @ 7 bar\n \"baz\" PRIVATE\n",
      "bar baz foo" },
    { "EXPORTS\r\n x=bar\r\n;foo\r\n foo @5\r\n", "foo x" },
    { "EXPORTS\n x=kernel32.Foo\n foo\n", "foo x" },
    { "EXPORTS \"DATA\" \"a.b\" a.b @3\n", "DATA a.b" },
    { "STACKSIZE 100,200\nVERSION 1.2\nEXPORTS\nfoo\nEXPORTS\nbar", "bar foo" },
    { "NAME a.exe\nHEAPSIZE 5\nEXPORTS foo CONSTANT bar=baz", "bar foo" },
    { "LIBRARY \"a b\" BASE = 4096 EXPORTS foo", "foo" },
  }
  for _, row in ipairs(rows) do
    it(("exports %q"):format(row[2]), function ()
      local object = assert(script.parse(row[1], "def"))
      assert.equal(row[2], sorted(assert(exported(row[1]))))
      for _, linker in ipairs { false, "lld-link", "link", "mingw" } do
        local yes, unknown = answers(object, symbols,
                                     { linker = linker or nil })
        assert.equal(row[2], yes)
        assert.equal("", unknown)
      end
    end)
  end

  it("is refused where lld-link refuses it", function ()
    for _, source in ipairs { "foo\n", "exports\n foo", "EXPORTS\nfoo =\n",
        "LIBRARY a b\n", "# c\nEXPORTS foo", "VERSION 1 2\n" } do
      assert.is_nil((exported(source)))
      assert.is_nil((script.parse(source, "def")))
    end
    for _, source in ipairs { "DESCRIPTION \"x\"\nEXPORTS foo",
        "EXPORTS foo, bar\n", "SECTIONS\n .x READ\nEXPORTS foo" } do
      assert.is_nil((exported(source)))
      local object = assert(script.parse(source, "def"))
      assert.is_string(object:trouble_with "lld-link")
      assert.is_nil((object:exports("foo", { linker = "lld-link" })))
      assert.is_true(object:exports "foo")
    end
  end)

  it("is unknown where linkers differ", function ()
    for source, linkers in pairs {
      ["EXPORTS foo == bar\n"] = "lld-link",
      ["EXPORTS\n foo ; more\n"] = "link lld-link",
      ["EXPORTS foo EXPORTAS x\n"] = "link",
      ["EXPORTS\n"] = "link lld-link" } do
      local object = assert(script.parse(source, "def"))
      assert.is_nil((object:exports "foo"))
      for _, linker in ipairs { "link", "lld-link", "mingw" } do
        assert.equal(linkers:find("%f[%w-]" .. linker:gsub("-", "%%-")
                                  .. "%f[%W]") ~= nil,
                     object:exports("foo", { linker = linker }) ~= nil)
      end
    end
  end)

  it("says what an export is", function ()
    local object = script.parse("LIBRARY x.dll\nEXPORTS\n a=b @7 NONAME DATA\n"
      .. " c=k.d PRIVATE\n", "def")
    local a, c = object.items[1], object.items[2]
    assert.equal("x.dll", object.module)
    assert.equal("b 7 true true", ("%s %d %s %s"):format(a.symbol, a.ordinal,
                 a.noname, a.data))
    assert.is_true(c.forward and c.private)
    assert.same({ "a" }, object:names())
    assert.same({ "c" }, object:patterns())
  end)

  it("edited is what lld-link exports then", function ()
    local object = script.parse("LIBRARY\nEXPORTS\n  foo\n  gone\n  x=lost\n",
                                "def")
    local has = { foo = true, bar = true }
    assert.is_nil((exported(tostring(object))))
    object:keep(function (symbol) return has[symbol] end)
    assert(object:add { "a.b", "DATA", { name = "x", symbol = "bar" },
                        { name = "foo_bar", data = true } })
    assert.equal("DATA a.b foo foo_bar x",
                 sorted(assert(exported(tostring(object)))))
  end)
end)
