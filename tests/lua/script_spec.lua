--- Text files that link lines name: what is read, what is told of a mistake,
--- what an edit leaves alone.  What linkers make of them: script_*_spec.lua.

local helper = require "helper"

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath
local script = require "symrun.script"

local function parse(source, kind)
  return assert(script.parse(source, kind or "version-script"))
end

local function names_of(list)
  local out = {}
  for i, item in ipairs(list) do out[i] = item.name end
  return table.concat(out, " ")
end


describe("a mistake is told with its place:", function ()
  local mistakes = {
    { "{ global: foo", 14, "';' is expected, not the end of the file" },
    { "{ global: foo bar; };", 15, "';' is expected, not 'bar'" },
    { "{ foo };", 7, "';' is expected, not '}'" },
    { "{ foo; }", 9, "';' is expected, not the end of the file" },
    { "{ x:y; };", 4, "';' is expected, not ':'" },
    { "foo bar;", 5, "'{' is expected, not 'bar'" },
    { "", 1, "a node's name or '{' is expected, not the end of the file" },
    { "{ /* x };", 3, "the comment has no end" },
    { '{ "x };', 3, "the quoted name has no end" },
    { '{ ""; };', 3, "a name is empty" },
    { "{ a\0b; };", 4, "a byte 0 is no text" },
    { "{ a\255b; };", 4, "';' is expected, not '\\xffb'" },
    { '{ extern "D" { a; }; };', 10, "\"C\" or \"C++\" is expected, not '\"'" },
    { '{ extern "C" { a; } };', 21, "';' is expected, not '}'" },
    { '{ extern "C" { global: a; }; };', 22, "';' is expected, not ':'" },
    { '{ extern "C" { a; ; }; };', 19, "a name or '}' is expected, not ';'" },
    { "{ a; }; b", 10, "'{' is expected, not the end of the file" },
    { "{ local: a; };", 3, "a name (such a list has no 'local:') is expected,"
      .. " not 'local'", kind = "dynamic-list" },
    { "V1 { a; };", 1, "'{' is expected, not 'V1'", kind = "dynamic-list" },
    { "EXPORTS\n a = \n", 14, "a name is expected, not the end of the file",
      kind = "def", line = 3, column = 1 },
    { "foo\n", 1, "a statement like EXPORTS is expected, not 'foo'",
      kind = "def" },
    { "EXPORTS a @x1 = 3 @y\n", 0, nil, kind = "def" },
    { "EXPORTS a @ x\n", 13, "a number up to 65535 is expected, not 'x'",
      kind = "def" },
    { "EXPORTS a \"b\n", 11, "the quoted name has no end", kind = "def" },
    { "EXPORTS a data\n", 11, "'data' is a name to some linkers and an "
      .. "attribute to others: quote it, or write capitals", kind = "def" },
    { "\239\187\191EXPORTS\n", 1, "linkers take a byte order mark for a word",
      kind = "def" },
    { "_a\rb\n", 1, "a line has several ends", kind = "export-list" },
    { "GROUP ( a", 10, "a file or ')' is expected, not the end of the file",
      kind = "linker-script" },
    { "SECTIONS { .text : ( }", 22, "')' is expected, not '}'",
      kind = "linker-script" },
    { "a = 1", 6, "';' is expected, not the end of the file",
      kind = "linker-script" },
    { "libfoo.so", 10, "'(', '{' or '=' after libfoo.so is expected, not the "
      .. "end of the file", kind = "linker-script" },
    { "PROVIDE(a + b);", 11, "'=' is expected, not '+'",
      kind = "linker-script" },
  }
  for _, m in ipairs(mistakes) do
    it(("%q"):format(m[1]):gsub("\n", "n"), function ()
      local object, why = script.parse(m[1], m.kind or "version-script",
                                       { name = "x.map" })
      if not m[3] then
        assert(object, why)
      else
        assert.is_nil(object)
        local place = ("x.map, line %d, column %d: "):format(m.line or 1,
                                                           m.column or m[2])
        assert.equal(place .. m[3], why)
      end
    end)
  end

  it("lines and columns count", function ()
    local _, why = script.parse("{\n  a;\r\n  b c;\n};", "version-script")
    assert.equal("the version-script, line 3, column 5: ';' is expected, not "
                 .. "'c'", why)
  end)

  it("a kind that there is not is a mistake of the caller", function ()
    assert.has_error(function () script.parse("", "map") end)
    assert.has_error(function () script.parse(nil, "def") end)
  end)
end)


describe("what is hostile is refused in good time:", function ()
  local function told(source, kind, words)
    local before = os.clock()
    local object, why = script.parse(source, kind)
    assert.is_nil(object)
    assert.truthy(why:find(words, 1, true), why)
    assert.is_true(os.clock() - before < 5)
  end

  it("nesting", function ()
    told("{ " .. ('extern "C" { '):rep(100000), "version-script",
         "nested more than 100 deep")
    told("{ " .. ('extern "C" { a; '):rep(100000), "dynamic-list",
         "nested more than 100 deep")
    told("SECTIONS " .. ("{ "):rep(100000), "linker-script",
         "nested more than 100 deep")
    told("a = " .. ("("):rep(100000), "linker-script",
         "nested more than 100 deep")
    told("INPUT(" .. ("AS_NEEDED("):rep(100000), "linker-script",
         "nested more than 100 deep")
  end)

  it("comments and quotes without an end", function ()
    told("{ /*" .. ("* /"):rep(1000000), "version-script", "no end")
    told('{ "' .. (" x"):rep(1000000), "version-script", "no end")
    told("INPUT(a) /*" .. ("* /"):rep(1000000), "linker-script", "no end")
  end)

  it("too many names", function ()
    told("{" .. ("a;"):rep(1000001) .. "};", "version-script",
         "there are more than 1000000 names")
  end)

  it("but a long name is a name, and so is a long glob", function ()
    local name = ("x"):rep(65536)
    local object = parse("{ global: " .. name .. "; local: *; };")
    assert.is_true(object:exports(name))
    assert.is_false((object:exports(name .. "x")))
    object = parse("{ global: " .. ("x*"):rep(32768) .. "y; local: *; };")
    assert.is_false((object:exports(name)))
    assert.is_true((object:exports(name .. "y")))
    assert.equal(name, parse(name .. "\n", "export-list"):names()[1])
    assert.equal(name, parse("EXPORTS " .. name, "def"):names()[1])
    assert.equal(name, parse("INPUT(" .. name .. ")",
                             "linker-script"):inputs()[1].name)
  end)

  it("two hundred thousand lines take less than two seconds", function ()
    local rows = {}
    for i = 1, 200000 do
      rows[i] = ("    _ZN4core3ptr%07d_drop_in_place_17h%016xE;"):format(i, i)
    end
    local text = "{\n  global:\n" .. table.concat(rows, "\n")
                 .. "\n  local:\n    *;\n};\n"
    assert.is_true(#text > 10000000)
    for _, case in ipairs { { "version-script", text },
        { "export-list", text }, { "def", "EXPORTS\n"
          .. table.concat(rows, "\n"):gsub(";", "") } } do
      local before = os.clock()
      local object = parse(case[2], case[1])
      local took = os.clock() - before
      assert.is_true(took < 2 or os.getenv "SANITIZER" ~= nil, took)
      assert.is_true(#object:names() >= 200000)
      assert.equal(case[2], tostring(object))
    end
  end)
end)


describe("an edit leaves alone what it does not touch:", function ()
  local function edited(before, after, edit, kind)
    for _, newline in ipairs { "\n", "\r\n" } do
      local object = parse(before:gsub("\n", newline), kind)
      assert.equal(object, assert(edit(object)))
      assert.equal((after:gsub("\n", newline)), tostring(object))
      parse(tostring(object), kind)
    end
  end
  local function drop(...)
    local gone = {}
    for _, name in ipairs { ... } do gone[name] = true end
    return function (o)
      return o:drop(function (name) return gone[name] end)
    end
  end
  local function add(...)
    local names = { ... }
    return function (o) return o:add(names) end
  end

  it("a line goes with its comment, one above stays", function ()
    edited("{\n  # the entry\n  a; # why\n\tb; /* no */\n  c;\n};\n",
           "{\n  # the entry\n  c;\n};\n", drop("a", "b"))
    edited("{\n  a; /* more\n  than a line */\n  b;\n};\n",
           "{\n  /* more\n  than a line */\n  b;\n};\n", drop "a")
  end)

  it("on a shared line only the word goes", function ()
    edited("{ global: a; b; c; local: *; };",
           "{ global: a; c; local: *; };", drop "b")
    edited("{ global: a; b; c; local: *; };",
           "{ local: *; };", drop("a", "b", "c"))
    edited("{ global:\n  a; b;\n  local: *; };",
           "{ global:\n  a;\n  local: *; };", drop "b")
    edited("{ a; };", "{ };", drop "a")
    edited("{a;b;};", "{b;};", drop "a")
  end)

  it("a block with nothing in it goes, with those around it", function ()
    edited('{ global:\n  extern "C++" {\n    extern "C" {\n      a;\n    };\n'
           .. "  };\n  b;\n  local: *;\n};\n",
           "{ global:\n  b;\n  local: *;\n};\n", drop "a")
    edited('{\n  global:\n    extern "C" { a; };\n  local:\n    *;\n};\n',
           "{\n  local:\n    *;\n};\n", drop "a")
    edited('{ global: extern "C++" { f; }; extern "C" { a; }; };',
           '{ global: extern "C++" { f; }; };', drop "a")
  end)

  it("patterns and local names go when they are asked for", function ()
    local object = parse "{ global: a*; b; local: c; *; };"
    object:drop(function () return true end)
    assert.equal("{ global: a*; local: c; *; };", tostring(object))
    object:drop(function (name) return name == "c" end, "local")
    assert.equal("{ global: a*; local: *; };", tostring(object))
    object:drop(function () return true end, "patterns")
    assert.equal("{ local: *; };", tostring(object))
    assert.has_error(function () object:drop(print, "all") end)
  end)

  it("names come after the last, as it is indented", function ()
    edited("{\n  global:\n\ta; # x\n  local: *;\n};\n",
           "{\n  global:\n\ta; # x\n\tb;\n\tc;\n  local: *;\n};\n",
           add("b", "c"))
    edited("{ global: a; local: *; };", "{ global: a; b; local: *; };",
           add("a", "b", "b"))
    edited("{\n  local:\n    *;\n};\n",
           "{\n  global:\n    b;\n  local:\n    *;\n};\n", add "b")
    edited("{ local: *; };", "{ global: b; local: *; };", add "b")
    edited("{ };", "{ b; };", add "b")
    edited("{\n};\n", "{\n  b;\n};\n", add "b")
    edited('{ global: extern "C++" { a*; };\n  local: *; };',
           '{ global: b; extern "C++" { a*; };\n  local: *; };', add "b")
    edited("{ a; };", '{ a; "b c"; "1"; "global"; "::"; };',
           add("b c", "1", "global", "::"))
    edited("{\n};\n", "{\n  b;\n};\n", add "b", "dynamic-list")
  end)

  it("what is added is exported, or it is not added", function ()
    local object = parse "{ global: a; local: b; *; };"
    for name, why in pairs {
      b = "'b' is local: the version-script, line 1",
      ["c*"] = "'c*' has bytes that some linkers read as a pattern",
      ['c"'] = "'c\"' cannot be written in a version script",
      [""] = "'' cannot be written in a version script",
    } do
      local made, told = object:add { "fine", name }
      assert.is_nil(made)
      assert.equal(why, told)
      assert.equal("{ global: a; local: b; *; };", tostring(object))
    end
    assert.is_nil((object:add({ "c" }, { node = "V9" })))
  end)

  it("lists", function ()
    edited("_a\n  _b # x\n_c", "_a\n_c", drop "_b", "export-list")
    edited("# all\n_a\n", "# all\n_a\n_b\n_c\n", add("_b", "_c"),
           "export-list")
    edited("_a\n_b", "_a\n_b\n_c", add "_c", "export-list")
    edited("_a\n  _b\n\n# end\n", "_a\n  _b\n  _c\n\n# end\n", add "_c",
           "unexport-list")
    edited("a.o\nb c.o\n", "a.o\n", drop "b c.o", "file-list")
    local object = parse("", "export-list")
    assert(object:add { "_x" })
    assert.equal("_x\n", tostring(object))
    for _, name in ipairs { "_a*", "_[", "", " _x", "_x#", "_x\n_y" } do
      assert.is_nil((object:add { name }))
    end
  end)

  it("definitions", function ()
    edited("LIBRARY x\nEXPORTS\n  a @1 NONAME\n  b=c DATA\n  d\n",
           "LIBRARY x\nEXPORTS\n  a @1 NONAME\n  d\n", drop "c", "def")
    edited("EXPORTS a b c\n", "EXPORTS a c\n", drop "b", "def")
    edited("EXPORTS\n  a\n  x=other.y\n", "EXPORTS\n  x=other.y\n",
           function (o) return o:drop(function () return true end) end, "def")
    edited("EXPORTS\n\ta ; x\n", "EXPORTS\n\ta ; x\n\tb\n\t\"DATA\"\n",
           add("b", "DATA"), "def")
    edited("LIBRARY x\n", "LIBRARY x\nEXPORTS\n  b=c\n  d DATA\n",
           function (o)
             return o:add { { name = "b", symbol = "c" },
                            { name = "d", data = true } }
           end, "def")
    edited("LIBRARY\nEXPORTS\n", "LIBRARY\nEXPORTS\n  b\n", add "b", "def")
    edited("EXPORTS\n a\nVERSION 1.0\n", "EXPORTS\n a\n b\nVERSION 1.0\n",
           add "b", "def")
    edited("EXPORTS a\n b VERSION 1\n", "EXPORTS a\n b\n c\n VERSION 1\n",
           add "c", "def")
  end)
end)


describe("printing gives the same bytes", function ()
  local function pieces(object)
    local out = {}
    for i, part in ipairs(object:parts()) do
      assert.is_true(#part.text > 0)
      out[i] = part.text
    end
    return table.concat(out)
  end

  it("for what nobody wrote", function ()
    local seed = 3
    local function pick(list)
      seed = (seed * 1103515245 + 12345) % 2147483648
      return list[seed // 65536 % #list + 1]
    end
    local gaps = { " ", "\n", "\r\n  ", "\t", " # x;y{\n", "/* } */ ",
                   " /* a\n * b */\n", "" }
    local words = { "foo", "b*", '"q r"', "_ZN1aE", "[a-c]?", "V_1", "::x" }
    local function names()
      local out = {}
      for _ = 1, pick { 1, 2, 5 } do
        out[#out + 1] = pick(words) .. " " .. pick(gaps) .. ";" .. pick(gaps)
      end
      return table.concat(out)
    end
    local read = 0
    for _ = 1, 400 do
      local out = { pick(gaps), pick { "", "V1 " }, "{", pick(gaps) }
      if pick { true, false } then
        out[#out + 1] = "global " .. pick(gaps) .. ":" .. pick(gaps) .. names()
      end
      if pick { true, false } then
        out[#out + 1] = 'extern "C++"' .. pick(gaps) .. "{" .. pick(gaps)
                        .. names() .. "}" .. pick(gaps) .. ";"
      end
      out[#out + 1] = pick { "", "local: *; " } .. "}" .. pick(gaps) .. ";"
                      .. pick(gaps)
      local text = table.concat(out)
      local object = parse(text)
      assert.equal(text, tostring(object))
      assert.equal(text, pieces(object))
      local before, gone = #object:names(), 0
      assert(object:drop(function (_, item)
        local is = item.at % 2 == 0
        gone = gone + (is and 1 or 0)
        return is
      end))
      assert.equal(before - gone, #object:names())
      assert(object:add { "new" })
      assert.equal(before - gone + 1, #object:names())
      assert.equal(tostring(object), pieces(object))
      read = read + before
    end
    assert.is_true(read > 300, read)
  end)

  it("for lists, definitions and linker scripts", function ()
    for kind, text in pairs {
      ["export-list"] = "# x\r\n _a  # y\n\n_b*\n_c",
      ["file-list"] = "a b.o\n/c/d.o\n\n",
      def = "; x\nLIBRARY \"a b\" BASE=4096\nEXPORTS a=b @ 4 NONAME DATA\n"
            .. " c == d PRIVATE ; e\nVERSION 1.2\n",
      ["linker-script"] = "/* x */ OUTPUT_FORMAT ( elf64-x86-64 )\nGROUP(\n"
        .. "a.so AS_NEEDED ( -lm, \"b c\" ) ) a = ( 1 + 2 ) * 3 ;\nEXTERN(q)",
    } do
      local object = parse(text, kind)
      assert.equal(text, tostring(object))
      assert.equal(text, pieces(object))
    end
  end)
end)


describe("a linker script", function ()
  it("names inputs, like libc's", function ()
    local object = parse([[
/* GNU ld script
   Use the shared library, but some functions are only in
   the static library, so try that secondarily.  */
OUTPUT_FORMAT(elf64-x86-64)
GROUP ( /lib/libc.so.6 /usr/lib/libc_nonshared.a  AS_NEEDED ( ld.so.2 ) )
INPUT(-lgcc "a b.o", AS_NEEDED(-lgcc_s))
]], "linker-script")
    local inputs = assert(object:inputs())
    assert.equal("/lib/libc.so.6 /usr/lib/libc_nonshared.a ld.so.2 -lgcc a b.o "
                 .. "-lgcc_s", names_of(inputs))
    assert.same({ name = "ld.so.2", as_needed = true, group = 1 }, inputs[3])
    assert.same({ name = "-lgcc", library = "gcc", as_needed = false },
                inputs[4])
    assert.is_true(inputs[6].as_needed)
  end)

  it("wants and defines symbols", function ()
    local object = parse([[
ENTRY(_start) EXTERN(foo "bar baz")
a = 0x10; b += a; PROVIDE(c = .); PROVIDE_HIDDEN(d = ADDR(.text));
HIDDEN(e = 1); . = ALIGN(4096);
ASSERT(a < b, "no; }")
]], "linker-script")
    assert.same({ "_start", "foo", "bar baz" }, object:names "wanted")
    assert.same({ "a", "b", "c", "d", "e" }, object:names "defined")
    assert.is_nil((object:exports "a"))
    assert.is_nil((object:add { "x" }))
  end)

  it("with SECTIONS may define more, and rarely brings in a file", function ()
    local function inputs(source)
      return parse(source, "linker-script"):inputs()
    end
    local plain = [[SECTIONS {
      .text (NOLOAD) : AT(4) { *(.text .text.*) KEEP (*(.init)) x = .;
        *crtbegin.o(.ctors) *(EXCLUDE_FILE (*crtend.o) .ctors) "q" }
      /DISCARD/ : { *(.note) } } MEMORY { ram (rwx) : ORIGIN = 0, LENGTH = 4K }
      INPUT(a.o)]]
    assert.equal("a.o", names_of(assert(inputs(plain))))
    local names, why = parse(plain, "linker-script"):names "defined"
    assert.is_nil(names)
    assert.equal("SECTIONS (line 1) may define more", why)
    for source, reason in pairs {
      ["SECTIONS {\n .text : { start.o(.text) } }"] =
        "SECTIONS names start.o, which ld.bfd takes for an input (line 2)",
      ["SECTIONS { .text : { libx.a } }"] =
        "SECTIONS names libx.a, which ld.bfd takes for an input (line 1)",
      ["INCLUDE more.ld"] = "what more.ld brings is not read here (line 1)",
      ["SECTIONS { .a : { INCLUDE b } }"] =
        "what INCLUDE brings is not read here (line 1)",
      ["SOMETHING(a)"] = "what SOMETHING says is not known (line 1)",
    } do
      local list, told, sure = inputs(source .. " INPUT(z.o)")
      assert.is_nil(list)
      assert.equal(reason, told)
      assert.equal("z.o", names_of(sure))
    end
  end)

  it("may hold a version script", function ()
    local object = parse("INPUT(a.o)\nVERSION {\n V1 { global: foo; local: *; "
                         .. "};\n}\n", "linker-script")
    assert.is_true(object:exports "foo")
    assert.is_false((object:exports "bar"))
    local _, why = script.parse("VERSION {\n V1 { foo }; }", "linker-script")
    assert.equal("the linker-script, line 2, column 11: ';' is expected, not "
                 .. "'}'", why)
  end)

  it("of the system is read whole", function ()
    local _, list = helper.run { "sh", "-c",
      "grep -lsI 'GNU ld script' /usr/lib/*/*.so /usr/lib/*.so" }
    assert.truthy(list:find "libc.so")
    for path in list:gmatch "[^\n]+" do
      local object = parse(helper.read(path), "linker-script")
      assert.is_true(#assert(object:inputs()) > 0)
    end
    local text = helper.must { "ld.bfd", "--verbose" }
    text = text:match "=====+\n(.*)\n=====+"
    local object = parse(text, "linker-script")
    assert.equal(0, #assert(object:inputs()))
    assert.is_nil((object:names "defined"))
    assert.same({ "_start" }, object:names "wanted")
    assert.equal(text, tostring(object))
  end)
end)
