--- What an object's header, sections and symbols can lie about: each lie ends
--- with status 2 and a message that names the field and its offset, and what
--- stands beside the liar in an archive is read all the same.

local helper = require "helper"
local make = require "make"
local peers = require "peers"


local function symbols()
  return {
    { name = "own", bind = "local", section = ".text", type = "func" },
    { name = "f", section = ".text", type = "func", size = 4 },
    { name = "wanted" },
    { name = "d", section = ".data", type = "object", size = 8 },
  }
end

local function sections()
  return {
    { name = ".text", type = 1, flags = 6, bytes = ("\x90"):rep(16) },
    { name = ".data", type = 1, flags = 3, bytes = ("\0"):rep(16) },
  }
end

local KINDS = {
  { class = 64, big = false, machine = 62 }, { class = 64, big = true,
    machine = 22 }, { class = 32, big = false, machine = 3 },
  { class = 32, big = true, machine = 8 },
}

-- Where fields are: in the file's header, a section's header, a symbol; for
-- 64 bits and for 32 (System V ABI, chapter 4).
local EHDR = { shoff = { 40, 32 }, shentsize = { 58, 46 }, shnum = { 60, 48 },
               shstrndx = { 62, 50 } }
local SHDR = { offset = { 24, 16 }, size = { 32, 20 }, link = { 40, 24 },
               info = { 44, 28 }, entsize = { 56, 36 } }
local SYM = { info = { 4, 12 } }


-- what, the lie (fields of make.elf), the field that is named, and its place:
-- a function of where things are, or a field of the header
local LIES = {
  { "a class that is none", { ehdr = { class = 3 } }, "EI_CLASS", { 4, 4 } },
  { "a byte order that is none", { ehdr = { data = 0 } }, "EI_DATA", { 5, 5 } },
  { "section headers gone", { ehdr = { shoff = 0, shnum = 0 } }, "e_shoff",
    EHDR.shoff },
  { "section headers counted, and nowhere", { ehdr = { shoff = 0 } },
    "e_shoff", EHDR.shoff },
  { "section headers beyond the end", { ehdr = { shoff = 0x7fffff00 } },
    "e_shoff", EHDR.shoff },
  { "more section headers than fit", { ehdr = { shnum = 500 } }, "e_shnum",
    EHDR.shnum },
  { "no section header at all", { ehdr = { shnum = 0 } }, "e_shnum",
    EHDR.shnum },
  { "section headers of another size", { ehdr = { shentsize = 56 } },
    "e_shentsize", EHDR.shentsize },
  { "names of sections in none", { ehdr = { shstrndx = 99 } }, "e_shstrndx",
    EHDR.shstrndx },
  { "a symbol table beyond the end", { [".symtab"] = { offset = 0x7fffff00 } },
    "sh_offset", { ".symtab", SHDR.offset } },
  { "a symbol table that ends beyond", { [".symtab"] = { size = 24000 } },
    "sh_offset", { ".symtab", SHDR.offset } },
  { "a symbol table of half symbols", { [".symtab"] = { size = 49 } },
    "sh_size", { ".symtab", SHDR.size } },
  { "symbols of another size", { [".symtab"] = { entsize = 8 } },
    "sh_entsize", { ".symtab", SHDR.entsize } },
  { "strings in no section", { [".symtab"] = { link = 99 } }, "sh_link",
    { ".symtab", SHDR.link } },
  { "strings in a section of code", { [".symtab"] = { link = 1 } }, "sh_link",
    { ".symtab", SHDR.link } },
  { "more locals than symbols", { [".symtab"] = { info = 6 } }, "sh_info",
    { ".symtab", SHDR.info } },
  { "a global among the locals", { [".symtab"] = { info = 3 } }, "st_info",
    { 2, SYM.info } },
  { "a local among the globals", { [".symtab"] = { info = 1 } }, "st_info",
    { 1, SYM.info } },
  { "strings beyond the end", { [".strtab"] = { offset = 0x7fffff00 } },
    "sh_offset", { ".strtab", SHDR.offset } },
}

-- The same for symbols: number, the lie, the field.
local SYMBOLS = {
  { "a name outside the strings", 2, { st_name = 9999 }, "st_name" },
  { "a section that is none", 2, { section = 77 }, "st_shndx" },
  { "a section told elsewhere, and nowhere", 4, { section = "xindex" },
    "st_shndx" },
}


local function good(name)
  return (make.elf { symbols = { { name = name, section = ".text" } } })
end


describe("a damaged object", function ()
  local folder
  setup(function () folder = helper.folder "elf-damage" end)

  -- Alone it is refused or partial; between two good ones these are read.
  local function expect(bytes, offset, field)
    local archive, place = make.ar {
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
    assert.is_true(peers.told(alone, field, offset), alone)
    assert.is_true(peers.told(among, field, place.data[2] + offset), among)
    assert.is_true(ours["bad.o"].status ~= "ok")
    assert.is_true(ours["bad.o"].status ~= "nosyms")
    assert.equal("partial", ours["lib.a"].status)
    local seen = table.concat(ours["lib.a"], "\n")
    assert.matches("before.o\tbefore\tT", seen)
    assert.matches("after.o\tafter\tT", seen)
    return alone
  end

  for _, kind in ipairs(KINDS) do
    local column = kind.class == 64 and 1 or 2
    local name = (" (%d bits, %s)"):format(kind.class,
                                          kind.big and "big" or "little")
    local function object(more)
      local t = { sections = sections(), symbols = symbols() }
      for key, value in pairs(kind) do t[key] = value end
      for key, value in pairs(more or {}) do t[key] = value end
      return make.elf(t)
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
      local what, lie, field, where = table.unpack(case)
      it("is told: " .. what .. name, function ()
        local bytes, at = object { lie = lie }
        local offset
        if type(where[1]) == "string" then
          offset = at.header[where[1]] + where[2][column]
        elseif type(where[2]) == "table" then
          offset = at.symbol(where[1]) + where[2][column]
        else
          offset = where[column]
        end
        assert.matches("^" .. field .. " is %d+, and should be ",
                       expect(bytes, offset, field))
      end)
    end

    for _, case in ipairs(SYMBOLS) do
      local what, number, lie, field = table.unpack(case)
      it("is told: " .. what .. name, function ()
        local list = symbols()
        for key, value in pairs(lie) do list[number][key] = value end
        local bytes, at = object { symbols = list }
        assert.matches("^" .. field .. " is %d+, and should be ",
                       expect(bytes, at.symbol(number), field))
      end)
    end

    it("is told: strings without an end" .. name, function ()
      local bytes, at = object()
      local last = at[".strtab"] + #"\0own\0f\0wanted\0d\0"
      expect(bytes:sub(1, last - 1) .. "x" .. bytes:sub(last + 1), last - 1,
             "string table")
    end)

    it("is told: cut at any place" .. name, function ()
      local whole, at = object()
      local cuts = { 3, 15, 16, 40, 51, 63, 64, at[".symtab"],
                     at[".symtab"] + 30, at[".strtab"] + 2, at.headers - 1,
                     at.headers, at.headers + 30, #whole - 1 }
      local files = {}
      for i, cut in ipairs(cuts) do
        files[i] = cut .. ".o"
        helper.write(folder .. "/" .. files[i], whole:sub(1, cut))
      end
      local ours, status, err = peers.symrun(files, folder)
      assert.equal(2, status)
      for _, file in ipairs(files) do
        assert.equal("refused", ours[file].status, file)
        assert.equal(0, #ours[file])
        assert.is_truthy(err:find("symrun: " .. file .. ": ", 1, true), file)
      end
      local _, count = err:gsub("at offset %d+%)\n", "")
      assert.equal(#cuts, count)
    end)
  end

  it("is told in a report with its field once, and its place", function ()
    local bytes, at = make.elf { lie = { [".symtab"] = { link = 99 } } }
    helper.write(folder .. "/bad.o", bytes)
    helper.write(folder .. "/cut.o", bytes:sub(1, -2))
    helper.write(folder .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/none" {
        about = "a question", each = symrun.objects "{bad,cut}.o",
        check = function (object) object:defines "none" end,
      }
    ]])
    local _, out = helper.symrun({ "rule.lua", "bad.o", "cut.o" }, folder)
    out = out:gsub("%s+", " ")
    assert.is_truthy(out:find("bad.o sh_link is 99, and should be the index of "
      .. ("a string table (at offset %d) "):format(at.header[".symtab"] + 40),
      1, true), out)
  end)

  -- BOLT leaves old section numbers in what it linked anew, as in rustc's own
  -- library: to a loader all of these are defined.
  it("is none, a dynamic symbol of a section that is gone", function ()
    helper.write(folder .. "/moved.so", (make.elf { type = 3, dynamic = {
      { name = "moved", type = "func", section = 77, size = 8 },
      { name = "here", type = "func", section = ".text", size = 4 } } }))
    local theirs = peers.llvm({ "moved.so" }, folder, "-D")["moved.so"]
    local ours, status = peers.symrun({ "moved.so" }, folder, "--view",
                                      "dynamic")
    assert.equal(0, status)
    assert.equal("", peers.difference(ours["moved.so"], theirs))
    assert.equal(2, #ours["moved.so"])
  end)

  it("is told when one name would fill a disk", function ()
    local list = {}
    local long = ("n"):rep(50000)
    for i = 1, 5000 do list[i] = { name = long, section = ".text" } end
    local bytes = make.elf { symbols = list }
    helper.write(folder .. "/long.o", bytes)
    local status, out, err = helper.symrun({ "nm", "long.o" }, folder)
    assert.equal(2, status)
    assert.is_true(#out <= 80 * #bytes, #out .. " bytes were printed")
    assert.matches("more than 64 times", err)
  end)

  it("is told when groups of sections overlap, to cost time", function ()
    local list = { { name = ".text", type = 1, flags = 0x206,
                     bytes = ("\0"):rep(65536) } }
    local lie = {}
    for i = 1, 600 do
      local name = ".group" .. i
      list[i + 1] = { name = name, type = 17, bytes = "", size = 60000 }
      lie[name] = { offset = 64 }
    end
    local bytes, at = make.elf { sections = list, lie = lie, symbols = {
      { name = "f", section = ".text" },
    } }
    expect(bytes, at.header[".group2"] + 32, "sh_size")
  end)
end)
