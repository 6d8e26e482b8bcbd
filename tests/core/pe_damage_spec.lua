--- What PE images can lie about: each lie ends with status 2 and a message that
--- names the field and its offset.

local helper = require "helper"
local make = require "make_coff"
local peers = require "peers_coff"


describe("a damaged PE image", function ()
  local folder
  setup(function () folder = helper.folder "pe-damage" end)

  local EXPORTS = { { "f" }, { "g" }, { nil, 0x1004 } }
  local IMPORT = { { "a.dll", "x", 7, "y" }, { "b.dll", "z" } }

  local function image(t, more)
    t = t or {}
    t.exports, t.imports = t.exports or EXPORTS, t.imports or IMPORT
    local bytes, dirs, at = make.tables(t)
    local whole = { bytes = bytes, dirs = dirs, dll = true,
                    narrow = t.narrow }
    for key, value in pairs(more or {}) do
      if key == "dir" then dirs[value[1]] = { value[2], 40 }
      else whole[key] = value end
    end
    local out, places = make.image(whole)
    for key, value in pairs(at) do places[key] = value + 0x400 end
    return out, places
  end

  local function expect(bytes, offset, field)
    helper.write(folder .. "/bad.dll", bytes)
    local ours, status, err = peers.symrun({ "bad.dll" }, folder, "--view",
                                           "dynamic")
    assert.equal(2, status)
    assert.is_true(ours["bad.dll"].status == "refused"
                   or ours["bad.dll"].status == "partial")
    local line = err:match "^symrun: bad.dll: ([^\n]*)\n$"
    assert.is_truthy(line, err)
    assert.is_true(peers.told(line, field, offset), line .. " not at "
                   .. offset)
  end

  it("is made from one that is whole", function ()
    for _, narrow in ipairs { false, true } do
      helper.write(folder .. "/whole.dll", (image { narrow = narrow }))
      local ours, status, err = peers.symrun({ "whole.dll" }, folder,
                                             "--view", "dynamic")
      assert.equal("", err)
      assert.equal(0, status)
      local exports, imports = peers.tables("whole.dll", folder)
      assert.same({ "#3", "f", "g" }, exports)
      assert.same({ "a.dll#7", "x", "y", "z" }, imports)
      assert.equal(7, #ours["whole.dll"])
      for _, list in ipairs { exports, imports } do
        for _, name in ipairs(list) do
          assert.is_truthy(ours["whole.dll"].letters[name], name)
        end
      end
    end
  end)

  -- what, tables, image, field, its place
  local LIES = {
    { "no header behind that for DOS", {}, { header = { lfanew = 99999 } },
      "e_lfanew", function () return 60 end },
    { "another signature", {}, { header = { signature = "PA\0\0" } },
      "Signature", function () return 64 end },
    { "more sections than fit", {}, { header = { nsections = 9999 } },
      "NumberOfSections", function () return 70 end },
    { "no optional header", {}, { header = { optional = 0 } },
      "SizeOfOptionalHeader", function () return 84 end },
    { "a small optional header", {}, { header = { optional = 64 } },
      "SizeOfOptionalHeader", function () return 84 end },
    { "an optional header of no kind", {}, { header = { magic = 7 } },
      "Magic", function () return 88 end },
    { "symbols beyond the end", {}, { header = { symbols_at = 1 << 30,
                                                 nsymbols = 1 } },
      "PointerToSymbolTable", function () return 76 end },
    { "a section beyond the end", {}, { section = { bytes = 1 << 20 } },
      "PointerToRawData", function (at) return at.section + 20 end },
    { "exports nowhere", {}, { dir = { 0, 0x500000 } }, "export directory",
      function (at) return at.dirs end },
    { "exports at the end", {}, { dir = { 0, 0x1100 } }, "export directory",
      function (at) return at.dirs end },
    { "imports nowhere", {}, { dir = { 1, 0x500000 } }, "import directory",
      function (at) return at.dirs + 8 end },
    { "delayed imports nowhere", {}, { dir = { 13, 0x500000 } },
      "import directory", function (at) return at.dirs + 104 end },
    { "functions nowhere", { functions = 0x700000 }, {},
      "AddressOfFunctions", function (at) return at.exports + 28 end },
    { "more functions than fit", { count = 0x7fffffff }, {},
      "AddressOfFunctions", function (at) return at.exports + 28 end },
    { "names nowhere", { pointers = 0x700000 }, {}, "AddressOfNames",
      function (at) return at.exports + 32 end },
    { "more names than fit", { names = 0x7fffffff }, {}, "AddressOfNames",
      function (at) return at.exports + 32 end },
    { "numbers nowhere", { ordinals = 0x700000 }, {},
      "AddressOfNameOrdinals", function (at) return at.exports + 36 end },
    { "a name for no function", { exports = { { "f" }, { "g", number = 9 } } },
      {}, "export ordinal", function (at) return at.ordinals + 2 end },
    { "a name that is nowhere", { exports = { { "f" }, { "g", at = 9 << 20 } }
      }, {}, "export name pointer", function (at) return at.pointers + 4 end },
    { "a list of imports nowhere", { imports = { { "a.dll", list = 9 << 20 } }
      }, {}, "import lookup table", function (at) return at.imports end },
    { "a DLL without a name", { imports = { { "a.dll", 7, at = 9 << 20 } } },
      {}, "import name", function (at) return at.imports + 12 end },
  }

  for _, case in ipairs(LIES) do
    local what, t, more, field, where = table.unpack(case)
    for _, narrow in ipairs { false, true } do
      it("is told: " .. what .. (narrow and " (PE32)" or ""), function ()
        local tables = { narrow = narrow }
        for key, value in pairs(t) do tables[key] = value end
        local bytes, at = image(tables, more)
        expect(bytes, where(at), field)
      end)
    end
  end

  it("is told: tables without an end", function ()
    local bytes, at = image { no_last = true }
    expect(bytes, at.dirs + 8, "import directory")
    -- A list that is the last four bytes of its section.
    local t = { narrow = true, no_last = true, exports = {},
                imports = { { "a.dll", list = 0x1000 } } }
    local size = #make.tables(t)
    t.imports[1].list = 0x1000 + size - 4
    bytes, at = image(t)
    expect(bytes, at.imports, "import lookup table")
  end)

  it("is told: an import that is no name", function ()
    local bytes, at = image()
    expect(make.put(bytes, at.list1, "I8", 1 << 40), at.list1,
           "import lookup entry")
    expect(make.put(bytes, at.list1, "I8", 9 << 20), at.list1,
           "import lookup entry")
  end)

  it("is told: sections out of order", function ()
    local bytes, at = make.image { bytes = ("\0"):rep(64),
                                   header = { nsections = 2 } }
    bytes = make.put(bytes, at.section + 40 + 12, "I4", 0x500)
    expect(bytes, at.section + 52, "VirtualAddress")
  end)

  it("is told: cut at any place", function ()
    local whole = image()
    for cut = 64, #whole - 1, 7 do
      helper.write(folder .. "/cut.dll", whole:sub(1, cut))
      local ours, status = peers.symrun({ "cut.dll" }, folder, "--view",
                                        "dynamic")
      assert.equal(2, status, cut)
      assert.equal("refused", ours["cut.dll"].status, cut)
    end
  end)

  it("is told when one name would fill a disk", function ()
    local exports = { { ("n"):rep(40000) } }
    for i = 2, 8000 do exports[i] = { "", at = 0x1000 } end
    local bytes = image { exports = exports }
    helper.write(folder .. "/long.dll", bytes)
    local status, out, err = helper.symrun({ "nm", "--view", "dynamic",
                                             "long.dll" }, folder)
    assert.equal(2, status)
    assert.is_true(#out <= 80 * #bytes, #out .. " bytes were printed")
    assert.matches("more than 64 times", err)
  end)

  it("is told when lists of imports overlap, to cost time", function ()
    local names = { "a.dll" }
    for i = 2, 20000 do names[i] = i end
    local first = { "a.dll", list = nil, table.unpack(names, 2) }
    local _, _, at = make.tables { imports = { first } }
    local dlls = { first }
    for i = 2, 20000 do dlls[i] = { "b.dll", list = 0x1000 + at.list1 } end
    helper.write(folder .. "/many.dll", (image { imports = dlls,
                                                 exports = {} }))
    local begin = os.time()
    local _, status, err = peers.symrun({ "many.dll" }, folder, "--view",
                                        "dynamic")
    assert.equal(2, status)
    assert.matches("more than the file has room for", err)
    assert.is_true(os.time() - begin < 5)
  end)
end)
