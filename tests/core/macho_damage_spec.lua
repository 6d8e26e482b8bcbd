--- What a Mach-O file can lie about: each lie ends with status 2 and a message
--- that names the field and its offset, and what stands beside the liar in an
--- archive is read all the same.

local helper = require "helper"
local macho = require "make_macho"
local make = require "make"
local peers = require "peers_macho"
local told = require("peers").told


local function symbols()
  return {
    { name = "_own", sect = 1, ext = false }, { name = "_f", sect = 1 },
    { name = "_d", sect = 2 }, { name = "_wanted" },
  }
end

local KINDS = { { 64, false }, { 64, true }, { 32, false }, { 32, true } }

-- what, the lie (fields of macho.file), the field that is named, and where it
-- stands: in which thing, at which byte for 64 bits and for 32
local LIES = {
  { "load commands beyond the end", { header = { sizeofcmds = 1 << 20 } },
    "sizeofcmds", { "header", 20, 20 } },
  { "more load commands than fit", { header = { ncmds = 99 } }, "ncmds",
    { "header", 16, 16 } },
  { "a load command of no size", { symtab = { cmdsize = 0 } }, "cmdsize",
    { "symtab", 4, 4 } },
  { "a load command of an odd size", { symtab = { cmdsize = 25 } }, "cmdsize",
    { "symtab", 4, 4 } },
  { "a load command that ends beyond", { dysymtab = { cmdsize = 4000 } },
    "cmdsize", { "dysymtab", 4, 4 } },
  { "a load command too small for its kind", { dysymtab = { cmdsize = 76 } },
    "cmdsize", { "dysymtab", 4, 4 } },
  { "two symbol tables", { dysymtab = { cmd = 2 } }, "cmd",
    { "dysymtab", 0, 0 } },
  { "more sections than fit", { segment = { nsects = 9 } }, "nsects",
    { "segment", 64, 48 } },
  { "a segment beyond the end", { segment = { fileoff = 1 << 30 } },
    "filesize", { "segment", 48, 36 } },
  { "a segment that ends beyond", { segment = { filesize = 1 << 20 } },
    "filesize", { "segment", 48, 36 } },
  { "symbols beyond the end", { symtab = { symoff = 0x7fffff00 } }, "symoff",
    { "symtab", 8, 8 } },
  { "more symbols than fit", { symtab = { nsyms = 0x10000000 } }, "symoff",
    { "symtab", 8, 8 } },
  { "strings beyond the end", { symtab = { stroff = 0xffffffff } }, "stroff",
    { "symtab", 16, 16 } },
  { "more strings than fit", { symtab = { strsize = 0xffffffff } }, "stroff",
    { "symtab", 16, 16 } },
  { "no strings", { symtab = { strsize = 0 } }, "n_strx", { 1, 0, 0 } },
  { "a last name without an end", { symtab = { strsize = 12 } }, "n_strx",
    { 3, 0, 0 } },
  { "more locals than symbols", { dysymtab = { nlocalsym = 5 } }, "nlocalsym",
    { "dysymtab", 12, 12 } },
  { "undefined ones behind the end", { dysymtab = { iundefsym = 4 } },
    "nundefsym", { "dysymtab", 28, 28 } },
  { "a global among the locals", { dysymtab = { nlocalsym = 2, iextdefsym = 2,
    nextdefsym = 1 } }, "n_type", { 2, 4, 4 } },
  { "a local among the globals", { dysymtab = { nlocalsym = 0, iextdefsym = 0,
    nextdefsym = 3 } }, "n_type", { 1, 4, 4 } },
}

-- The same for symbols: number, the lie, the field, its place.
local SYMBOLS = {
  { "a name outside the strings", 2, { strx = 9999 }, "n_strx", 0 },
  { "a kind that is none", 2, { type = 5 }, "n_type", 4 },
  { "a section that is none", 2, { sect = 3 }, "n_sect", 5 },
  { "no section where there should be one", 3, { type = 15, sect = 0 },
    "n_sect", 5 },
}


local function good(name)
  return (macho.file { symbols = { { name = name, sect = 1 } } })
end


describe("a damaged Mach-O file", function ()
  local folder
  setup(function () folder = helper.folder "macho-damage" end)

  -- Alone it is refused or partial; between two good ones these are read.
  local function expect(bytes, offset, field)
    local archive, place = make.ar {
      { "before.o", good "_before" }, { "bad.o", bytes },
      { "after.o", good "_after" },
    }
    helper.write(folder .. "/bad.o", bytes)
    helper.write(folder .. "/lib.a", archive)
    local ours, status, err = peers.symrun({ "bad.o", "lib.a" }, folder)
    assert.equal(2, status)
    local alone, among = err:match("^symrun: bad.o: ([^\n]*)\n"
      .. "symrun: lib.a%(bad.o%): ([^\n]*)\n$")
    assert.is_truthy(alone, err)
    assert.is_true(told(alone, field, offset), alone .. offset)
    assert.is_true(told(among, field, place.data[2] + offset), among)
    assert.is_true(ours["bad.o"].status ~= "ok")
    assert.is_true(ours["bad.o"].status ~= "nosyms")
    local seen = table.concat(ours["lib.a"], "\n")
    assert.matches("before.o\t_before\tT", seen)
    assert.matches("after.o\t_after\tT", seen)
    return alone
  end

  for _, kind in ipairs(KINDS) do
    local column = kind[1] == 64 and 2 or 3
    local name = (" (%d bits, %s)"):format(kind[1], kind[2] and "big"
                                                    or "little")
    local function object(more)
      local t = { class = kind[1], big = kind[2], symbols = symbols() }
      for key, value in pairs(more or {}) do t[key] = value end
      return macho.file(t)
    end

    it("is made from one that is whole" .. name, function ()
      helper.write(folder .. "/whole.o", (object()))
      local ours, status, err = peers.symrun({ "whole.o" }, folder)
      assert.equal("", err)
      assert.equal(0, status)
      assert.equal(4, #ours["whole.o"])
    end)

    for _, case in ipairs(LIES) do
      local what, lie, field, where = table.unpack(case)
      it("is told: " .. what .. name, function ()
        local bytes, at = object { lie = lie }
        at.header = 0
        local base = at[where[1]] or at.symbol(where[1])
        assert.matches("^" .. field .. " is %d+, and should be ",
                       expect(bytes, base + where[column], field))
      end)
    end

    for _, case in ipairs(SYMBOLS) do
      local what, number, lie, field, place = table.unpack(case)
      it("is told: " .. what .. name, function ()
        local list = symbols()
        for key, value in pairs(lie) do list[number][key] = value end
        local bytes, at = object { symbols = list }
        assert.matches("^" .. field .. " is %d+, and should be ",
                       expect(bytes, at.symbol(number) + place, field))
      end)
    end

    it("is told: cut at any place" .. name, function ()
      local whole, at = object()
      local cuts = { 4, 27, 31, 32, 60, at.symtab, at.symtab + 20, at.dysymtab,
                     at.symbols - 20, at.symbols, at.symbols + 20, at.strings,
                     #whole - 1 }
      local files = {}
      for i, cut in ipairs(cuts) do
        files[i] = cut .. ".o"
        helper.write(folder .. "/" .. files[i], whole:sub(1, cut))
      end
      local ours, status, err = peers.symrun(files, folder)
      assert.equal(2, status)
      for _, file in ipairs(files) do
        assert.equal("refused", ours[file].status, file)
        assert.is_truthy(err:find("symrun: " .. file .. ": ", 1, true), file)
      end
      local _, count = err:gsub("at offset %d+%)\n", "")
      assert.equal(#cuts, count)
    end)
  end
end)


describe("a damaged export trie", function ()
  local folder
  setup(function () folder = helper.folder "macho-damage" end)
  local info = macho.info
  local leaf = { info = info(0, 0x300) }

  local function library(exports, more)
    local t = { type = 6, exports = exports, symbols = {
      { name = "_a", sect = 1 }, { name = "_u" } } }
    for key, value in pairs(more or {}) do t[key] = value end
    return macho.file(t)
  end

  -- The sentence that is told, in the view that reads the trie and in the one
  -- that only counts what it has.
  local function told_of(bytes)
    helper.write(folder .. "/x", bytes)
    local sentence
    for _, view in ipairs { "dynamic", "native" } do
      local _, status, err = peers.symrun({ "x" }, folder, view)
      assert.equal(2, status)
      sentence = sentence or err
      assert.equal(sentence, err)
    end
    return sentence
  end

  it("is made from one that is whole", function ()
    helper.write(folder .. "/x", (library(macho.trie { { "_a", leaf } })))
    local ours, status = peers.symrun({ "x" }, folder, "dynamic")
    assert.equal(0, status)
    assert.equal(2, #ours.x)
  end)

  it("is told, and where", function ()
    local back = { { "_a", leaf } }
    back[2] = { "b", back }
    local shared = { { "x", { leaf[1], info = info(0, 0x300) } } }
    for _, case in ipairs {
      { "comes to nodes here that it has come to before",
        macho.trie(back) },
      { "comes to nodes here that it has come to before",
        macho.trie { { "a", shared }, { "b", shared }, { "c", shared } } },
      { "leads to a node here, behind its end", "\0\1_a\0\x70", 0x70 },
      { "leads to a node here, behind its end", "\0\1_a\0\6", 6 },
      { "has a node here that ends behind it", "\0\1_a\0\6\9", 6 },
      { "has a node here that ends behind it", "\0\1_a\0\6\1", 6 },
      { "has a node here that ends behind it", "\0\1_a\0\6\x80", 6 },
      { "has a piece of a name here without an end", "\0\1_abc", 2 },
      { "ends inside a node", "\0\1_a\0\x80", 6 },
      { "ends inside a node", "\0\1_a\0", 5 },
      { "does not fit into its size", "\0\1_a\0\6\1\0\0", 7 },
      { "does not fit into its size", "\0\1_a\0\6\3\8\1x\0", 7 },
      { "does not fit into its size", "\0\1_a\0\6\2\x10\0\0", 7 },
      { "does not fit into its size", "\0\1_a\0\6\12\0"
        .. ("\xff"):rep(10) .. "\1\0", 7 },
    } do
      local sentence, bytes, place = table.unpack(case)
      for _, where in ipairs { "info", "trie" } do
        local file, at = library(bytes, { exports_in = where })
        local err = told_of(file)
        assert.is_truthy(err:find(sentence, 1, true), err)
        if place then
          assert.matches("at offset " .. at.trie + place .. "%)", err)
        end
      end
    end
  end)

  it("is told: one beyond the end, two of them, too small", function ()
    local trie = macho.trie { { "_a", leaf } }
    for _, where in ipairs { "info", "trie" } do
      local file, at = library(trie, { exports_in = where,
        lie = { exports = { size = 1 << 20 } } })
      local field = where == "info" and "export_off" or "dataoff"
      assert.matches(field .. " is %d+, and should be inside the file.*at "
        .. "offset " .. at.exports + (where == "info" and 40 or 8) .. "%)",
        told_of(file))
      file = library(trie, { exports_in = where,
        more = ("<I4I4I4I4"):pack(where == "info" and 0x80000033 or 0x80000022,
          where == "info" and 16 or 48, 200, 3) .. (where == "info" and ""
          or ("\0"):rep(24) .. ("<I4I4"):pack(200, 3)) })
      assert.matches("cmd is %d+, and should be another", told_of(file))
      file = library(trie, { exports_in = where,
        lie = { exports = { cmdsize = 8 } } })
      assert.matches("cmdsize is 8, and should be as large", told_of(file))
    end
  end)
end)
