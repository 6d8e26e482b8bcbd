--- What COFF objects and import members can lie about: each lie ends with
--- status 2 and a message that names the field and its offset, and what stands
--- beside the liar in an archive is read all the same.

local helper = require "helper"
local make = require "make_coff"
local peers = require "peers_coff"
local ar = require("make").ar


local function symbols()
  return {
    { name = "file", class = "file", section = "debug", aux = "x.c" },  -- 0
    { name = ".text", section = 1, class = "static", aux = "\1" },      -- 2
    { name = "own", section = 1, class = "static" },                    -- 4
    { name = "f", section = 1 },                                        -- 5
    { name = "wanted by all of us" },                                   -- 6
    { name = "w", weak = "alias", default = 5 },                        -- 7
  }
end

local function with(number, fields)
  local list = symbols()
  for key, value in pairs(fields) do list[number][key] = value end
  return list
end

-- A section that is a COMDAT, with what its own symbol says of it.
local function comdat(fields)
  fields.name, fields.section = ".text$f", 1
  return {
    sections = {
      { name = ".text$f", flags = make.flags.t | make.flags.comdat,
        bytes = "\xc3" },
      { name = ".data$g", flags = make.flags.d | make.flags.comdat,
        bytes = "1" },
    },
    symbols = {
      fields, { name = ".data$g", section = 2, pick = 5, parent = 1 },
      { name = "f", section = 1 },
    },
  }
end

local TEXT = { name = ".text", flags = make.flags.t, bytes = "\xc3" }

-- what, the table that make.object takes, the field that is named, and its
-- place: in the header {of COFF, of /bigobj}, or a function of where things
-- are and of how many bytes /bigobj has more before the end of a symbol.
local LIES = {
  { "more sections than fit", { header = { nsections = 60000 } },
    "NumberOfSections", { 2, 44 } },
  { "symbols beyond the end", { header = { symbols_at = 0x7fffff00 } },
    "PointerToSymbolTable", { 8, 48 } },
  { "symbols among the headers", { header = { symbols_at = 16 } },
    "PointerToSymbolTable", { 8, 48 } },
  { "symbols that are nowhere", { header = { symbols_at = 0 } },
    "PointerToSymbolTable", { 8, 48 } },
  { "more symbols than fit", { header = { nsymbols = 99 } },
    "PointerToSymbolTable", { 8, 48 } },
  { "very many symbols", { header = { nsymbols = 0xffffffff } },
    "PointerToSymbolTable", { 8, 48 } },
  { "strings beyond the end", { strsize = 999 }, "string table",
    function (at) return at.strings end },
  { "strings without an end", { strsize = 8, strings = "none" },
    "string table", function (at) return at.strings + 7 end },
  { "a name outside the strings", { symbols = with(4, { at = 9999 }) },
    "Name", function (at) return at.symbol(5) + 4 end },
  { "a name in the strings' length", { symbols = with(4, { at = 3 }) },
    "Name", function (at) return at.symbol(5) + 4 end },
  { "a section that is none", { symbols = with(4, { section = 7 }) },
    "SectionNumber", function (at) return at.symbol(5) + 12 end },
  { "a section of no kind", { symbols = with(4, { section = -3 }) },
    "SectionNumber", function (at) return at.symbol(5) + 12 end },
  { "more entries than there are", { symbols = with(6, { naux = 200 }) },
    "NumberOfAuxSymbols", function (at, big) return at.symbol(7) + 17 + big
    end },
  { "a weak symbol without a default", { symbols = {
      { name = "w", class = "weak" }, { name = "f", section = 1 } } },
    "NumberOfAuxSymbols", function (at, big) return at.symbol(0) + 17 + big
    end },
  { "a default that is none", { symbols = with(6, { default = 9 }) },
    "TagIndex", function (at) return at.symbol(8) end },
  { "a long name that is none", { symbols = symbols(), sections = {
      { name = "/x", flags = make.flags.t, bytes = "\xc3" } } },
    "Name", function (at) return at.section(1) end },
  { "a long name elsewhere", { symbols = symbols(), sections = {
      { name = "/99", flags = make.flags.t, bytes = "\xc3" } } },
    "Name", function (at) return at.section(1) end },
  { "a long name of base 64 elsewhere", { symbols = symbols(), sections = {
      { name = "//////BB", flags = make.flags.t, bytes = "\xc3" } } },
    "Name", function (at) return at.section(1) end },
  { "no choice among copies", comdat { pick = 0 }, "Selection",
    function (at) return at.symbol(1) + 14 end },
  { "a choice that is none", comdat { pick = 8 }, "Selection",
    function (at) return at.symbol(1) + 14 end },
  { "a section that goes with none", comdat { pick = 5, parent = 3 },
    "Number", function (at) return at.symbol(1) + 12 end },
  { "sections that go with each other", comdat { pick = 5, parent = 2 },
    "Number", function (at) return at.section(1) end },
  { "no symbols, and a section cut", { symbols = {}, sections = {
      { name = ".text", flags = make.flags.t, bytes = "\xc3", size = 2 } } },
    "PointerToRawData", function (at) return at.section(1) + 20 end },
}

local IMPORTS = {
  { "that is cut", { size = 60 }, "SizeOfData", 12 },
  { "of no type", { kind = 7 }, "Type", 18 },
  { "of no type of name", { kind = 5 << 2 }, "Type", 18 },
  { "without an end", { data = "f\0x.dll" }, "import names", 20 },
  { "without a DLL", { data = "f\0" }, "import names", 20 },
  { "without a name", { data = "\0x.dll\0" }, "import names", 20 },
}


local function good(name)
  return (make.object { symbols = { { name = name, section = 1 } } })
end


describe("a damaged COFF file", function ()
  local folder
  setup(function () folder = helper.folder "coff-damage" end)

  -- Alone it is refused or partial; between two good ones these are read.
  local function expect(bytes, offset, field)
    local archive, place = ar {
      { "before.o", good "before" }, { "bad.o", bytes },
      { "after.o", good "after" },
    }
    helper.write(folder .. "/bad.o", bytes)
    helper.write(folder .. "/lib.a", archive)
    local ours, status, err = peers.symrun({ "bad.o", "lib.a" }, folder)
    assert.equal(2, status)
    local alone, among = err:match("^symrun: bad.o: ([^\n]*)\n"
      .. "symrun: lib.a%(bad.o%): ([^\n]*)\n$")
    assert.is_truthy(alone, err)
    assert.is_true(peers.told(alone, field, offset), alone .. " not at "
                   .. offset)
    assert.is_true(peers.told(among, field, place.data[2] + offset), among)
    assert.is_true(ours["bad.o"].status ~= "ok")
    assert.is_true(ours["bad.o"].status ~= "nosyms")
    assert.equal("partial", ours["lib.a"].status)
    local seen = table.concat(ours["lib.a"], "\n")
    assert.matches("before.o\tbefore\tT", seen)
    assert.matches("after.o\tafter\tT", seen)
  end

  for _, big in ipairs { false, true } do
    local name = big and " (/bigobj)" or ""
    local function object(more)
      local t = { big = big, symbols = symbols(), sections = { TEXT } }
      for key, value in pairs(more or {}) do t[key] = value end
      return make.object(t)
    end

    it("is made from one that is whole" .. name, function ()
      helper.write(folder .. "/whole.o", (object()))
      local ours, status, err = peers.symrun({ "whole.o" }, folder)
      assert.equal("", err)
      assert.equal(0, status)
      assert.equal(4, #ours["whole.o"])
      assert.equal("", peers.difference(ours["whole.o"],
        peers.llvm({ "whole.o" }, folder)["whole.o"]))
    end)

    for _, case in ipairs(LIES) do
      local what, t, field, where = table.unpack(case)
      it("is told: " .. what .. name, function ()
        local bytes, at = object(t)
        expect(bytes, type(where) == "table" and where[big and 2 or 1]
               or where(at, big and 2 or 0), field)
      end)
    end

    it("is told: cut at any place" .. name, function ()
      local whole = object()
      for cut = 20, #whole - 1, 3 do
        helper.write(folder .. "/cut.o", whole:sub(1, cut))
        local ours, status, err = peers.symrun({ "cut.o" }, folder)
        assert.equal(2, status, cut)
        assert.equal("refused", ours["cut.o"].status, cut)
        assert.matches("at offset %d+%)\n$", err)
      end
    end)
  end

  it("is told: a header of no known kind", function ()
    expect(make.object { big = true, header = { class_id = ("x"):rep(16) } },
           12, "ClassID")
    expect(make.object { big = true, header = { version = 1 } }, 4, "Version")
  end)

  for _, case in ipairs(IMPORTS) do
    local what, t, field, offset = table.unpack(case)
    it("is told: an import " .. what, function ()
      t.name = "f"
      expect(make.import(t), offset, field)
    end)
  end

  it("is told when one name would fill a disk", function ()
    local list = {}
    for i = 1, 5000 do list[i] = { at = 4, section = 1 } end
    list[5001] = { name = ("n"):rep(50000), section = 1 }
    local bytes = make.object { symbols = list }
    helper.write(folder .. "/long.o", bytes)
    -- The long name is the first of the strings, so all symbols have it.
    local status, out, err = helper.symrun({ "nm", "long.o" }, folder)
    assert.equal(2, status)
    assert.is_true(#out <= 80 * #bytes, #out .. " bytes were printed")
    assert.matches("more than 64 times", err)
  end)

  it("costs no more when very many sections go with one another", function ()
    local sections, list = {}, {}
    local many = 60000
    for i = 1, many do
      sections[i] = { name = "s", flags = make.flags.d | make.flags.comdat }
      list[i] = { name = "s", section = i, pick = 5, parent = i % many + 1 }
    end
    list[many] = { name = "s", section = many, pick = 2 }
    list[many + 1] = { name = "f", section = many }
    list[many + 2] = { name = "g", section = 1 }
    helper.write(folder .. "/chain.o", (make.object {
      big = true, sections = sections, symbols = list,
    }))
    local begin = os.time()
    local ours, status = peers.symrun({ "chain.o" }, folder)
    assert.equal(0, status)
    assert.equal(2, #ours["chain.o"])
    assert.is_true(os.time() - begin < 5)
  end)
end)
