--- symrun nm --format json: the same rows as its TSV, to the byte.  From the
--- document the TSV is written anew here, and compared as a whole.

local dkjson = require "dkjson"
local helper = require "helper"
local macho = require "make_macho"
local make = require "make"
local wasm_objects = require "wasm_objects"

local null = dkjson.null
local HEAD = "file\tslice\tmember\tsymbol\tletter\tclass\tsize\n"


-- The bytes of a string: what was escaped is told by the object it stands in.
local function bytes(object, key)
  local text = object[key]
  for _, name in ipairs(object.escaped or {}) do
    if name == key then
      return (text:gsub("\\x(%x%x)", function (hex)
        return string.char(tonumber(hex, 16))
      end))
    end
  end
  return text
end


local function escaped(name, member)
  if name == "" then return "\\e" end
  if member and name == "-" then return "\\x2d" end
  return (name:gsub(member and '[^!"$-Z%[%]^-~]' or "[^!-Z%[%]^-~]",
    function (c) return ("\\x%02x"):format(c:byte()) end))
end


-- Sizes as they are written: a number of Lua's has no room for all of them.
local function decode(text)
  text = text:gsub('"size": (%d+), "version"', '"size": "%1", "version"')
  local document, _, why = dkjson.decode(text, 1, null)
  return assert(document, why)
end


local function row_of(file, s)
  local member = s.member ~= null and escaped(bytes(s.member, "name"), true)
  local version = s.version ~= null and (s.version.default and "@@" or "@")
                  .. escaped(bytes(s.version, "name"))
  return table.concat({ file, s.slice == null and "-" or s.slice,
    member or "-", escaped(bytes(s, "symbol")) .. (version or ""), s.letter,
    s.class, s.size == null and "-" or s.size }, "\t") .. "\n"
end


local function tsv_of(document)
  local out = { HEAD }
  for _, f in ipairs(document.files) do
    local file = escaped(bytes(f, "file"))
    assert.equal(f.count, #f.symbols)
    out[#out + 1] = table.concat({ file, "#", f.format, f.status, "-", "-",
                                   f.count }, "\t") .. "\n"
    for _, s in ipairs(f.symbols) do out[#out + 1] = row_of(file, s) end
  end
  return table.concat(out)
end


-- Which one of its name a member is only TSV tells, and its place only JSON:
-- each text is of one place, and later places have larger numbers.
local function same_members(tsv, document)
  local lines, places, last = {}, {}, {}
  for line in tsv:gmatch "[^\n]+" do lines[#lines + 1] = line end
  local i = 1
  for _, f in ipairs(document.files) do
    i = i + 1
    for _, s in ipairs(f.symbols) do
      i = i + 1
      local text = f.file .. ":" .. tostring(s.slice) .. ":"
                   .. lines[i]:match "^[^\t]*\t[^\t]*\t([^\t]*)"
      if s.member ~= null then
        local index = s.member.index
        assert.equal(places[text] or index, index, text)
        places[text] = index
      end
    end
  end
  local texts = {}
  for text in pairs(places) do texts[#texts + 1] = text end
  for _, text in ipairs(texts) do
    local name, number = text:match "^([^#]*)#?(%d*)$"
    last[name] = last[name] or {}
    table.insert(last[name], { tonumber(number) or 1, places[text] })
  end
  for name, list in pairs(last) do
    table.sort(list, function (a, b) return a[1] < b[1] end)
    for k = 2, #list do assert.is_true(list[k - 1][2] < list[k][2], name) end
  end
end


-- Both formats of these words; gives the document and its text.
local function agree(folder, expected, ...)
  local status, tsv, err = helper.symrun({ "nm", ... }, folder)
  local jstatus, text, jerr = helper.symrun({ "nm", "--format", "json", ... },
                                            folder)
  assert.equal(expected, status, err)
  assert.equal(status, jstatus)
  assert.equal(err, jerr)
  local document = decode(text)
  assert.equal(1, document.schema)
  assert.equal("symrun", document.tool.name)
  assert.equal((tsv:gsub("(\n[^\t]*\t[^\t]*\t[^\t#]+)#%d+\t", "%1\t")),
               tsv_of(document))
  same_members(tsv, document)
  local unread = 0
  for _, f in ipairs(document.files) do unread = unread + #f.unread end
  assert.equal(status == 2, unread > 0)
  return document, text
end


local function symbols_of(document, i)
  local out = {}
  for _, s in ipairs(document.files[i or 1].symbols) do out[s.symbol] = s end
  return out
end


local function names_of(...) return symbols_of((agree(...))) end


describe("symrun nm --format json has the rows of its TSV:", function ()
  local folder
  setup(function ()
    folder = helper.folder "nm-json"
    helper.cc(folder, "a", "int g(void); int f(void) { return g(); } int c;"
      .. " static int l; int *p(void) { return &l; }", "-fcommon")
    helper.cc(folder, "b", "__attribute__((weak)) int w(void); int d = 1;"
      .. " int *x(void) { return w ? &d : 0; }")
  end)

  it("ELF objects and libraries with versions", function ()
    local one = names_of(folder, 0, "a.o", "b.o")
    assert.same({ "T", "global", null, null, null }, { one.f.letter,
      one.f.class, one.f.member, one.f.slice, one.f.version })
    helper.write(folder .. "/v.map", "V1 { global: f; local: *; };\n")
    helper.must({ "gcc", "-shared", "-nostdlib", "-Wl,--version-script=v.map",
                  "-o", "libv.so", "a.o", "b.o" }, folder)
    agree(folder, 0, "libv.so")
    local names = names_of(folder, 0, "--view", "dynamic", "libv.so")
    assert.same({ name = "V1", default = true }, names.f.version)
    local path = helper.must({ "gcc", "-print-file-name=libc.so.6" }):sub(1, -2)
    local _, text = agree(folder, 0, "--view", "dynamic", path)
    assert.truthy(text:find('"default": false', 1, true))
  end)

  it("archives, their indexes, members of one name", function ()
    local a, b = helper.read(folder .. "/a.o"), helper.read(folder .. "/b.o")
    helper.write(folder .. "/x.a", (make.ar {
      { "a.o", a }, { "b.o", b }, { "a.o", b }, { "a.o", a },
      index = { { "f", 1 }, { "f", 4 }, { "d", 3 } } }))
    local document = agree(folder, 0, "x.a")
    local seen = {}
    for _, s in ipairs(document.files[1].symbols) do
      if s.symbol == "f" then seen[#seen + 1] = s.member end
    end
    assert.same({ { index = 1, name = "a.o" }, { index = 4, name = "a.o" } },
                seen)
    local index = names_of(folder, 0, "--view", "index", "x.a")
    assert.same({ "?", "other", null }, { index.f.letter, index.f.class,
                                          index.f.size })
    helper.must({ "ar", "rcsDT", "thin.a", "a.o", "b.o" }, folder)
    agree(folder, 0, "thin.a", "x.a", "a.o")
  end)

  it("Mach-O, universal files, COFF and PE", function ()
    helper.write(folder .. "/m.c", "int g(void); int f(void) { return g(); }"
      .. " int d = 2;")
    local function cc(target, out)
      helper.must({ "clang", "--target=" .. target, "-c", "-o", out, "m.c" },
                  folder)
      return helper.read(folder .. "/" .. out)
    end
    local arm = cc("arm64-apple-macos11", "arm.o")
    local intel = cc("x86_64-apple-macos11", "intel.o")
    helper.write(folder .. "/both", (macho.fat {
      { 0x01000007, 3, intel }, { 0x0100000c, 0, arm } }))
    cc("x86_64-pc-windows-msvc", "win.obj")
    helper.must({ "lld-link", "/dll", "/noentry", "/nodefaultlib", "/force",
                  "win.obj", "/export:f", "/out:win.dll" }, folder)
    local document = agree(folder, 0, "arm.o", "both", "win.obj")
    local slices = {}
    for _, s in ipairs(document.files[2].symbols) do
      slices[s.slice] = (slices[s.slice] or 0) + 1
      assert.equal(null, s.size)
    end
    assert.is_true(slices.arm64 >= 3 and slices.x86_64 >= 3)
    agree(folder, 0, "--view", "dynamic", "win.dll")
  end)

  it("wasm, with where it imports from", function ()
    wasm_objects.make(folder)
    helper.must({ "wasm-ld", "--allow-undefined", "-o", "m.wasm", "plain.o",
                  "start.o" }, folder)
    local names = names_of(folder, 0, "plain.o")
    assert.same({ "test", "close" }, { names.closer.module,
                                       names.closer.field })
    assert.same({ "env", "f" }, { names.f.module, names.f.field })
    assert.is_nil(names.g.module or names.g.field)
    names = names_of(folder, 0, "--view", "dynamic", "m.wasm")
    assert.same({ "env", "f" }, { names.f.module, names.f.field })
    assert.is_nil(names.api.module)
  end)

  it("intermediate code, and what cannot be read of it", function ()
    helper.must({ "clang", "-flto", "-c", "-o", "bc.o", "m.c" }, folder)
    helper.cc(folder, "slim", "int f(void) { return 1; }", "-flto",
              "-fno-fat-lto-objects")
    agree(folder, 0, "bc.o", "slim.o")
    agree(folder, 0, "--view", "gcc-lto", "slim.o")
    local document = agree(folder, 2, "--view", "native", "bc.o", "a.o")
    local gap = document.files[2].unread[1]
    assert.equal("refused", document.files[2].status)
    assert.same({ null, null, "magic", 0 }, { gap.member, gap.slice, gap.field,
                                              gap.offset })
    assert.matches("^is LLVM bitcode", gap.reason)
    assert.same({}, document.files[1].unread)
  end)

  it("names as people wrote them, and as they are", function ()
    helper.write(folder .. "/n.cc", "namespace n { int f(int, char *x) "
      .. "{ return *x; } struct S { S(); }; S::S() {} }")
    helper.must({ "g++", "-c", "n.cc" }, folder)
    local names = names_of(folder, 0, "-C", "n.o")
    assert.equal("T", names["n::f(int, char*)"].letter)
    assert.is_truthy(names_of(folder, 0, "n.o")._ZN1n1fEiPc)
  end)
end)


describe("symrun nm --format json", function ()
  local folder
  before_each(function () folder = helper.folder "nm-json" end)

  it("holds any bytes in names of symbols, members and files", function ()
    local list = {}
    local function add(name)
      list[#list + 1] = { name = name, section = ".text" }
    end
    for byte = 1, 255 do add(("n%c\\"):format(byte)) end
    for _, name in ipairs {
      "", "-", "#2", "\\xff", "\\e", "a\\x5c", '"size": 1, "version"',
      "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xf0\x9f",
      "\xe2\x82\xac\\", "\xf0\x9f\x98\x80", "\u{85}", "\u{202e}x", "\u{feff}",
      "tab\there", "\u{d7ff}\u{e000}\u{10ffff}", "f@V", "f@@V",
    } do add(name) end
    local object = make.elf { symbols = list }
    helper.write(folder .. "/\xff\\ \"x\".a", (make.ar { style = "bsd",
      { "\xfe\\m", object }, { "-", object }, { "\xfe\\m", object },
      { "a\"#2", object }, { "\u{e9}\\", object } }))
    helper.write(folder .. "/\u{e9}\\.o", object)
    local document, text = agree(folder, 0, ".")
    assert.is_nil(text:find "[^\n\x20-\x7e\x80-\xff]")
    assert.is_truthy(utf8.len(text))
    for _, shown in ipairs { "\u{85}", "\u{202e}", "\u{feff}" } do
      assert.is_nil(text:find(shown, 1, true))
    end
    -- What is text stands as it is.
    assert.equal("./\u{e9}\\.o", document.files[1].file)
    assert.is_nil(document.files[1].escaped)
    local names = symbols_of(document, 1)
    assert.is_nil(names["\xe2\x82\xac\\"].escaped)
    assert.is_nil(names["\\xff"].escaped)
    assert.same({ "symbol" }, names["n\\xff\\x5c"].escaped)
    local archive = document.files[2]
    assert.same({ "file" }, archive.escaped)
    local last = archive.symbols[#archive.symbols].member
    assert.same({ index = 4, name = 'a"#2' }, last)
    for _, s in ipairs(archive.symbols) do
      if s.member.index == 3 then last = s.member end
    end
    assert.same({ index = 3, name = "\\xfe\\x5cm", escaped = { "name" } },
                last)
  end)

  it("has sizes to the last of 64 bits", function ()
    helper.write(folder .. "/s.o", (make.elf { symbols = {
      { name = "a", section = ".text", size = -1 },
      { name = "b", section = ".text", size = (1 << 53) + 1 } } }))
    local names = names_of(folder, 0, "s.o")
    assert.equal("18446744073709551615", names.a.size)
    assert.equal("9007199254740993", names.b.size)
  end)

  it("tells what is unread, by slice and member, as messages do", function ()
    local object = make.elf { symbols = { { name = "f", section = ".text" } } }
    local whole = make.ar { { "a.o", object }, { "\xff.o", object } }
    helper.write(folder .. "/cut.a", whole:sub(1, -40))
    helper.write(folder .. "/bad.a", (make.ar { { "a.o", object },
      { "\xff.o", object:sub(1, 300) } }))
    local document = agree(folder, 2, "bad.a", "cut.a")
    local bad = document.files[1].unread[1]
    assert.same({ index = 2, name = "\\xff.o", escaped = { "name" } },
                bad.member)
    assert.is_true(#bad.field > 0 and bad.offset > 0)
    assert.same({ "partial", "partial" }, { document.files[1].status,
                                            document.files[2].status })
    helper.write(folder .. "/fat", (macho.fat {
      { 0x0100000c, 0, (macho.file { cpu = 0x0100000c, symbols = {
        { name = "_f", sect = 1 } } }):sub(1, -3) } }))
    local gap = agree(folder, 2, "fat").files[1].unread[1]
    assert.equal("arm64", gap.slice)
  end)

  it("is the same bytes each time, whatever equal rows hold", function ()
    helper.write(folder .. "/x.wat", [[(module
      (import "m2" "f" (func)) (import "m1" "f" (func))
      (import "m1" "f" (func)) (import "m0" "f" (func)))]])
    helper.must({ "wat2wasm", "x.wat" }, folder)
    local document, text = agree(folder, 0, "--view", "dynamic", "x.wasm")
    local modules = {}
    for i, s in ipairs(document.files[1].symbols) do modules[i] = s.module end
    assert.same({ "m2", "m1", "m1", "m0" }, modules)
    for _ = 1, 4 do
      assert.equal(text, select(2, agree(folder, 0, "--view", "dynamic",
                                         "x.wasm")))
    end
  end)

  it("ends early and with 2 where nobody reads it on", function ()
    local list = {}
    for i = 1, 20000 do list[i] = { name = "s" .. i, section = ".text" } end
    helper.write(folder .. "/many.o", (make.elf { symbols = list }))
    local line = helper.line { helper.tool, "nm", "--format", "json",
                               folder .. "/many.o" }
    local status, out, err = helper.run({ "bash", "-c", line
      .. " | head -n 1 >/dev/null; echo ${PIPESTATUS[0]}" })
    assert.same({ 0, "2\n", "" }, { status, out, err })
    local _, _, full = os.execute(line .. " >/dev/full 2>/dev/null")
    assert.equal(2, full)
  end)

  it("cannot be made to print without end", function ()
    local symbols = {}
    for i = 1, 3000 do symbols[i] = { name = "s" .. i, section = ".text" } end
    local whole = make.ar {
      { ("\1"):rep(60000), (make.elf { symbols = symbols }) },
    }
    helper.write(folder .. "/long.a", whole)
    local document, text = agree(folder, 2, "long.a")
    assert.is_true(#text < 160 * #whole)
    assert.matches("more than 64 times its size to print",
                   document.files[1].unread[1].reason)
  end)

  it("is a document of one file where there is nothing in it", function ()
    helper.write(folder .. "/none.o", (make.elf { symbols = {} }))
    local document = agree(folder, 0, "none.o")
    assert.same({ {}, {} }, { document.files[1].symbols,
                              document.files[1].unread })
    local status, out = helper.symrun({ "nm", "--format", "xml", "none.o" },
                                      folder)
    assert.same({ 2, "" }, { status, out })
  end)
end)
