--- ELF files that lie about what a loader reads, or are cut in it: a message
--- names the field and the place, and nothing is taken for what is not there.

local facts = require "facts"
local helper = require "helper"

local pack = string.pack

local NEEDED, STRTAB, STRSZ, SONAME, RPATH, TEXTREL, RUNPATH =
  1, 5, 10, 14, 15, 22, 29


--- A library of segments and no sections, of one class and byte order; 't'
--- has lies: entries of the dynamic table, segments, texts.
local function library(t)
  local wide, e = t.class ~= 32, t.big and ">" or "<"
  local word = wide and "I8" or "I4"
  local head, ph = wide and 64 or 52, wide and 56 or 32
  local strings = t.strings or "\0liba.so\0libb.so\0me.so\0/x:/y\0"
  local interp = t.interp or "/lib/ld.so\0"
  local note = t.note
    or pack(e .. "I4I4I4c4I4", 4, t.descsz or 4, 3, "GNU\0", 0x01020304)
  local segments = t.segments or 5
  local at = { strings = head + segments * ph }
  at.interp = at.strings + #strings
  at.note = at.interp + #interp
  at.dynamic = at.note + #note
  local entries = t.entries or {
    { NEEDED, 1 }, { NEEDED, 9 }, { SONAME, 17 }, { RUNPATH, 23 } }
  local list = { { STRTAB, t.strtab or at.strings },
                 { STRSZ, t.strsz or #strings } }
  if t.no_strings then list = {} end
  table.move(entries, 1, #entries, #list + 1, list)
  if not t.endless then list[#list + 1] = { 0, 0 } end
  local parts = {}
  for i, entry in ipairs(list) do
    parts[i] = pack(e .. word .. word, entry[1], entry[2])
  end
  local dynamic = table.concat(parts)
  local size = at.dynamic + #dynamic
  local function segment(kind, flags, offset, bytes)
    if wide then
      return pack(e .. "I4I4I8I8I8I8I8I8", kind, flags, offset, offset, offset,
                  bytes, bytes, 4)
    end
    return pack(e .. "I4I4I4I4I4I4I4I4", kind, offset, offset, offset, bytes,
                bytes, flags, 4)
  end
  local headers = segment(1, 5, 0, t.load or size)
    .. segment(2, 6, t.dynamic_at or at.dynamic, t.dynamic_size or #dynamic)
    .. segment(3, 4, t.interp_at or at.interp, t.interp_size or #interp)
    .. segment(4, 4, at.note, t.note_size or #note)
    .. segment(t.last or 0x6474e551, t.stack or 6, 0, 0)
  at.segment = function (i) return head + (i - 1) * ph end
  at.entry = function (i) return at.dynamic + (i - 1) * (wide and 16 or 8) end
  local ehdr = pack("c4BBBc9", "\x7fELF", wide and 2 or 1, t.big and 2 or 1, 1,
                    "")
    .. pack(e .. "I2I2I4" .. word:rep(3) .. "I4I2I2I2I2I2I2", 3, 62, 1, 0,
            t.phoff or head, 0, 0, head, t.phentsize or ph, t.phnum or segments,
            0, 0, 0)
  return ehdr .. headers .. strings .. interp .. note .. dynamic, at
end


describe("an ELF library without sections", function ()
  local folder
  setup(function () folder = helper.folder "facts-damage" end)

  local function ask(t)
    local bytes, at = library(t)
    helper.write(folder .. "/x.so", bytes)
    return facts.ask({ "x.so" }, folder)["x.so"], at, bytes
  end

  it("is told whole, in both classes and byte orders", function ()
    for _, t in ipairs { {}, { class = 32 }, { big = true },
                         { class = 32, big = true } } do
      local x = ask(t)
      assert.equal("liba.so\nlibb.so", x.needed)
      assert.equal("me.so", x.soname)
      assert.equal("/x\n/y\nrunpath", x.run_paths)
      assert.equal("/lib/ld.so", x.interpreter)
      assert.equal(t.big and "01020304" or "04030201", x.build_id)
      assert.equal("false", x.executable_stack)
      assert.equal("false", x.text_relocations)
    end
  end)

  it("has what a loader takes where there are two", function ()
    local x = ask { entries = { { RPATH, 1 }, { RUNPATH, 23 }, { TEXTREL, 0 } },
                    stack = 7 }
    assert.equal("/x\n/y\nrunpath", x.run_paths)
    assert.equal("true", x.text_relocations)
    assert.equal("true", x.executable_stack)
    assert.equal("/x\n/y\nrpath", ask { entries = { { RPATH, 23 } } }.run_paths)
    assert.equal("nil", ask { entries = {} }.soname)
  end)

  local lies = {
    ["a string outside"] = { { entries = { { NEEDED, 4000 } } }, "needed",
      "d_val", function (at) return at.entry(3) + 8 end },
    ["a string without an end"] = { { strings = "\0liba", entries =
      { { NEEDED, 1 } } }, "needed", "d_val",
      function (at) return at.entry(3) + 8 end },
    ["strings at no address"] = { { strtab = 1 << 40 }, "needed", "DT_STRTAB",
      function (at) return at.entry(1) + 8 end },
    ["strings that are too long"] = { { strsz = 1 << 60 }, "soname",
      "DT_STRSZ", function (at) return at.entry(2) + 8 end },
    ["strings nowhere"] = { { no_strings = true }, "needed", "dynamic table",
      function (at) return at.dynamic end },
    ["strings twice"] = { { entries = { { STRTAB, 0 } } }, "needed", "d_tag",
      function (at) return at.entry(3) end },
    ["two sonames"] = { { entries = { { SONAME, 1 }, { SONAME, 9 } } },
      "soname", "d_tag", function (at) return at.entry(4) end },
    ["a table without an end"] = { { endless = true }, "needed",
      "dynamic table", function (at) return at.dynamic end },
    ["a table for half an entry"] = { { dynamic_size = 9 }, "text_relocations",
      "dynamic table", function (at) return at.dynamic end },
    ["a table outside"] = { { dynamic_at = 1 << 30 }, "needed",
      "dynamic table" },
    ["an interpreter outside"] = { { interp_at = 1 << 50 }, "interpreter",
      "file", function () return 1 << 50 end },
    ["an interpreter without an end"] = { { interp_size = 10 }, "interpreter",
      "p_filesz", function (at) return at.segment(3) + 32 end },
    ["a note that is longer than all"] = { { descsz = 400 }, "build_id",
      "n_descsz", function (at) return at.note + 4 end },
    ["an owner that is longer than all"] = { { note = pack("<I4I4I4c4I4",
      0xffffffff, 4, 3, "GNU\0", 1) }, "build_id", "n_namesz",
      function (at) return at.note end },
    ["a build identifier of nothing"] = { { note = pack("<I4I4I4c4", 4, 0, 3,
      "GNU\0") }, "build_id", "n_descsz",
      function (at) return at.note + 4 end },
    ["notes that end in one"] = { { note_size = 8 }, "build_id", "note",
      function (at) return at.note end },
    ["two dynamic tables"] = { { last = 2 }, "executable_stack" },
    ["headers of another size"] = { { phentsize = 55 }, "executable_stack",
      "e_phentsize", function () return 54 end },
    ["more headers than there are"] = { { phnum = 4000 }, "executable_stack" },
  }
  for name, lie in pairs(lies) do
    it("with " .. name .. " is damage", function ()
      local x, at = ask(lie[1])
      local told = x[lie[2]]
      assert.equal("table", type(told), tostring(told))
      if lie[3] then assert.equal(lie[3], told.field) end
      if lie[4] then assert.equal(lie[4](at), told.offset) end
    end)
  end

  it("with lists of constructors that lie is damage or unknown", function ()
    local INIT, ARRAY, SIZE, RELA, RELASZ, SYMTAB = 12, 25, 27, 7, 8, 6
    for name, case in pairs {
      outside = { { ARRAY, 1 << 40 }, { SIZE, 8 }, damage = ".init_array" },
      nowhere = { { SIZE, 8 } },
      long = { { ARRAY, 64 }, { SIZE, 1 << 50 }, damage = ".init_array" },
      twice = { { ARRAY, 64 }, { ARRAY, 64 }, { SIZE, 8 }, damage = "d_tag" },
      again = { { INIT, 64 }, { INIT, 64 }, damage = "d_tag" },
      relocations = { { ARRAY, 64 }, { SIZE, 8 }, { RELA, 1 << 40 },
                      { RELASZ, 24 }, damage = "DT_RELA" },
      plain = { { ARRAY, 64 }, { SIZE, 8 }, { SYMTAB, 1 << 62 } },
      unnamed = { { INIT, 64 } },
    } do
      local x = ask { entries = case }
      assert.equal("table", type(x.functions), name)
      assert.equal(case.damage, case.damage and x.functions.field, name)
    end
    assert.equal("", ask {}.functions)
    assert.equal("", ask { entries = { { ARRAY, 1 << 40 }, { SIZE, 0 } } }
                 .functions)
  end)

  it("with two build identifiers has none that is known", function ()
    local one = pack("<I4I4I4c4I4", 4, 4, 3, "GNU\0", 1)
    local two = pack("<I4I4I4c4I4", 4, 4, 3, "GNU\0", 2)
    assert.equal("01000000", ask { note = one .. one }.build_id)
    assert.matches("two build identifiers", ask { note = one .. two }
                   .build_id.reason)
  end)

  it("that names one long string very often is stopped", function ()
    local entries = {}
    for i = 1, 20000 do entries[i] = { NEEDED, 1 } end
    local x = ask { strings = "\0" .. ("x"):rep(200000) .. "\0",
                    entries = entries }
    assert.matches("more than 4 times the file", x.needed.reason)
  end)

  it("and is cut anywhere, is never told as one that needs less", function ()
    local _, _, bytes = ask {}
    local files, told = {}, 0
    for size = 1, #bytes - 1 do
      files[size] = ("cut%d.so"):format(size)
      helper.write(folder .. "/" .. files[size], bytes:sub(1, size))
    end
    local ours = facts.ask(files, folder)
    for size, file in ipairs(files) do
      local x = ours[file]
      assert.equal("table", type(x.needed), file)
      assert.equal("table", type(x.soname), file)
      assert.equal("table", type(x.run_paths), file)
      told = told + 1
      assert.is_true(size > 0)
    end
    assert.equal(#bytes - 1, told)
  end)
end)
