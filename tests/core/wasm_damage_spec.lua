--- What a wasm file can lie about: each lie ends with status 2 and a message
--- that names the field and its offset, and what stands beside the liar in an
--- archive is read all the same.  A file that is cut is known as cut, except
--- between two sections of which nothing says that the second should be there.

local helper = require "helper"
local make = require "make"
local peers = require "peers"
local wasm = require "wasm"

local MANY = "\xff\xff\xff\xff\x0f"  -- the largest number of 32 bits
local name = wasm.name


-- what, the lie (pieces of wasm.object), the field, and the place that the
-- message names: of a piece, and bytes behind it
local OBJECTS = {
  { "a section that is none", { last = { at = "x", "\x0e\1\0" } },
    "section id", "x" },
  { "a section twice", { second = { at = "x", section = 3, 0 } },
    "section id", "x" },
  { "a section before its time", { second = { at = "x", section = 1, 0 } },
    "section id", "x" },
  { "a section that ends beyond", { relocations = { at = "x",
    custom = "reloc.CODE", size = 99, 5, 0 } }, "section size", "x", 1 },
  { "a size of six bytes", { relocations = { at = "x", custom = "reloc.CODE",
    size = "\x8d\x80\x80\x80\x80\0", 5, 0 } }, "section size", "x", 1 },
  { "a size of 33 bits", { relocations = { at = "x", custom = "reloc.CODE",
    size = "\x8d\x80\x80\x80\x10", 5, 0 } }, "section size", "x", 1 },
  { "an empty section", { second = { at = "x", section = 4 } },
    "table count", "x", 2 },
  { "a name longer than its section", { relocations = { section = 0, 20,
    "reloc" } }, "section name", "relocations", 2 },
  { "more types than fit", { type_count = 4 }, "type count", "type_count" },
  { "more imports than fit", { import_count = 99 }, "import count",
    "import_count" },
  { "very many imports", { import_count = MANY }, "import count",
    "import_count" },
  { "one import fewer", { import_count = 2 }, "section size", "global" },
  { "one import more", { import_count = 4 }, "import module", "functions" },
  { "a module's name that ends beyond", { module = { 77, "test" } },
    "import module", "module", 1 },
  { "a name that ends beyond", { field = { MANY, "close" } },
    "import name", "field", 5 },
  { "an import of no kind", { import_kind = "\9" }, "import kind",
    "import_kind" },
  { "a global of no type", { global = { name "env", name "g", "\3",
    { at = "x", "\x11\1" } } }, "value type", "x" },
  { "limits of no kind", { memory = { name "env", name "__linear_memory",
    "\2", { at = "x", "\x40\1" } } }, "limits", "x" },
  { "another number of bodies", { code = { section = 10, { at = "x", 1 },
    "\2\0\x0b" } }, "code count", "x" },
  { "functions and no code", { code = "" }, "code count", "functions", 2 },
  { "another number of segments", { datacount = { section = 12, { at = "x",
    7 } } }, "data count", "x" },
  { "a function that ends beyond", { body = "\x70\0\x0b" }, "function size",
    "body" },
  { "a function without a body", { body = "\1\0\0" }, "function size", "body" },
  { "code that nobody counted", { more_code = { at = "x", "\2\0\x0b" } },
    "section size", "x" },
  { "an instruction that is none", { segment = { "\0", { at = "x", "\xee" },
    "\x0b\4abcd" } }, "instruction", "x" },
  { "a constant without end", { segment = { "\0\x41",
    { at = "x", ("\x80"):rep(5) }, "\0\x0b\4abcd" } }, "constant", "x" },
  { "a segment that ends beyond", { segment = { "\0\x41\0\x0b\x7f",
    { at = "x", "abcd" } } }, "segment size", "x" },
  { "linking twice", { last = { section = 0, { at = "x", name "linking" },
    2 } }, "section name", "x" },
  { "code behind linking", { last = { at = "x", section = 11, 0 } },
    "section id", "x" },
  { "linking of another version", { version = 3 }, "linking version",
    "version" },
  { "a subsection that ends beyond", { more_linking = { 5, 99,
    { at = "x", "" } } }, "subsection size", "x" },
  { "two symbol tables", { more_linking = { at = "x", 8, 1, 0 } },
    "subsection id", "x" },
  { "two tables of groups", { more_linking = { at = "x", 7, 1, 0 } },
    "subsection id", "x" },
  { "a symbol more", { symbol_count = 6 }, "symbol kind", "comdats" },
  { "a symbol fewer", { symbol_count = 4 }, "subsection size", "section" },
  { "very many symbols", { symbol_count = MANY }, "symbol count",
    "symbol_count" },
  { "a symbol of no kind", { kind = "\6" }, "symbol kind", "kind" },
  { "flags without end", { flags = ("\xff"):rep(6) }, "symbol flags",
    "flags" },
  { "a defined symbol that is imported", { index = 0 }, "symbol index",
    "index" },
  { "a symbol of no function", { index = 3 }, "symbol index", "index" },
  { "an undefined symbol that is defined", { flags = 0x10 }, "symbol index",
    "index" },
  { "a symbol's name that ends beyond", { name = { 100, "f" } },
    "symbol name", "name", 1 },
  { "a variable in no segment", { symbol_segment = 1 }, "symbol segment",
    "symbol_segment" },
  { "a variable behind its segment", { offset = 5 }, "symbol offset",
    "variable" },
  { "a variable of 65 bits", { size = ("\xff"):rep(9) .. "\2" },
    "symbol size", "size" },
  { "a symbol of no section", { section = "\3\2\x63" }, "symbol index",
    "section", 2 },
  { "a section that others see", { section = "\3\0\0" }, "symbol flags",
    "section" },
  { "a group of what is no member", { member_kind = 4 }, "COMDAT kind",
    "member_kind" },
  { "a group with an import", { member = 0 }, "COMDAT index", "member_kind" },
  { "a group with what is not there", { member = 3 }, "COMDAT index",
    "member_kind" },
  { "a member of two groups", { members = { 2, 1, 2, { at = "x", 1 }, 2 } },
    "COMDAT index", "x" },
  { "groups of very many", { members = { at = "x", MANY, 1, 2 } },
    "COMDAT size", "x" },
  { "another version of wasm", { magic = "\0asm\2\0\0\0" }, "version",
    "magic", 4 },
}

local MODULES = {
  { "a loader's section that is late", { last = { section = 0, { at = "x",
    name "dylink.0" } } }, "section name", "x" },
  { "a loader's section that ends early", { before = { custom = "dylink.0",
    "\4", { sized = true, { at = "x", 2 }, 0, 0, 0 } } }, "import info count",
    "x" },
  { "names twice", { last = { section = 0, { at = "x", name "name" } } },
    "section name", "x" },
  { "a name of no function", { name_index = 3 }, "name index", "name_index" },
  { "a second name", { name_index = 1 }, "name index", "name_index" },
  { "a name of no segment", { segment_index = 1 }, "name index",
    "segment_index" },
  { "more names than fit", { name_count = 99 }, "name count", "name_count" },
  { "a name fewer", { name_count = 2 }, "subsection size", "name_index" },
  { "a name that ends beyond", { last_name = { 9, "inner" } }, "name",
    "last_name", 1 },
  { "more exports than fit", { export_count = 200 }, "export count",
    "export_count" },
  { "an export of no kind", { export_kind = "\5" }, "export kind",
    "export_kind" },
  { "an export of what is not there", { export_index = 3 }, "export index",
    "export_index" },
  { "a global of no type", { global_type = "\x22" }, "value type",
    "global_type" },
  { "an expression without end", { start = "\x41\x2a" }, "instruction",
    "exports" },
  { "a segment larger than all", { segment_size = 200 }, "segment size",
    "segment_size", 2 },
}


describe("a damaged wasm file", function ()
  local folder, good
  setup(function ()
    folder = helper.folder "wasm-damage"
    good = wasm.object {}
    helper.write(folder .. "/good.o", good)
    helper.write(folder .. "/good.wasm", (wasm.module {}))
  end)

  -- Alone it is refused or partial; between two good ones these are read.
  local function expect(bytes, offset, field)
    local archive, place = make.ar {
      { "before.o", good }, { "bad.o", bytes }, { "after.o", good },
    }
    helper.write(folder .. "/bad.o", bytes)
    helper.write(folder .. "/lib.a", archive)
    local ours, status, err = peers.symrun({ "bad.o", "lib.a" }, folder)
    assert.equal(2, status)
    local alone, among = err:match("^symrun: bad.o: ([^\n]*)\n"
      .. "symrun: lib.a%(bad.o%): ([^\n]*)\n$")
    assert.is_truthy(alone, err)
    assert.is_true(peers.told(alone, field, offset), alone .. " " .. offset)
    assert.is_true(peers.told(among, field, place.data[2] + offset), among)
    assert.is_true(ours["bad.o"].status == "refused"
                   or ours["bad.o"].status == "partial")
    local seen = table.concat(ours["lib.a"], "\n")
    assert.matches("before.o\tf\tT", seen)
    assert.matches("after.o\tf\tT", seen)
  end

  it("is made from files that are good", function ()
    local ours, status = peers.symrun({ "good.o", "good.wasm" }, folder)
    local theirs = peers.llvm({ "good.o", "good.wasm" }, folder)
    assert.equal(0, status)
    assert.same({ "-\tf\tT\t3", "-\thid\tt\t3", "-\tmangled\tU\t",
                  "-\tv\tD\t4" },
                table.move(ours["good.o"], 1, 4, 1, {}))
    assert.same({ "-\t.data\td\t4", "-\tapi_impl\tT\t3", "-\tg\tD\t5",
                  "-\tinner\tt\t4", "-\tout\tU\t" },
                table.move(ours["good.wasm"], 1, 5, 1, {}))
    assert.equal("", peers.difference(ours["good.wasm"], theirs["good.wasm"]))
  end)

  for _, case in ipairs(OBJECTS) do
    it("is told: " .. case[1], function ()
      local bytes, places = wasm.object(case[2])
      expect(bytes, places[case[4]] + (case[5] or 0), case[3])
    end)
  end

  for _, case in ipairs(MODULES) do
    it("is told, of a module: " .. case[1], function ()
      local bytes, places = wasm.module(case[2])
      expect(bytes, places[case[4]] + (case[5] or 0), case[3])
    end)
  end

  it("is known wherever it was cut, but for three places", function ()
    local bytes, places = wasm.object {}
    local whole, files = {}, {}
    for size = 5, #bytes - 1 do
      files[#files + 1] = size .. ".o"
      helper.write(folder .. "/" .. size .. ".o", bytes:sub(1, size))
    end
    local ours = peers.symrun(files, folder)
    for _, file in ipairs(files) do
      if ours[file].status == "ok" or ours[file].status == "nosyms" then
        whole[#whole + 1] = tonumber(file:match "%d+")
      end
    end
    -- An empty module, one with types alone, and an object that has nothing to
    -- relocate; all its symbols are there.
    assert.same({ places.types, places.imports, places.relocations }, whole)
    assert.equal(4, #ours[places.relocations .. ".o"])
    for size = 5, #bytes - 1 do os.remove(folder .. "/" .. size .. ".o") end
  end)

  it("is an object whose symbols were taken out", function ()
    local bytes = wasm.object { linking = "", relocations = "" }
    helper.write(folder .. "/s.o", bytes)
    local ours, status, err = peers.symrun({ "s.o" }, folder)
    assert.equal(2, status)
    assert.equal("refused", ours["s.o"].status)
    assert.matches("was it stripped, or cut short", err)
    -- The linker does not take it either.
    local linked, _, said = helper.run({ "wasm-ld", "--no-entry", "-o",
                                         "s.wasm", "s.o" },
                                       folder)
    assert.equal(1, linked)
    assert.matches("not a relocatable wasm file", said)
  end)
end)
