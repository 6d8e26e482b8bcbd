--- Which sections survive --gc-sections, and why: the linkers are asked by
--- --print-gc-sections, on some sixty links; then answers by name, and what
--- cannot be told.

local survived = require "survived"  -- first: it says where the core is
local core = require "symrun.core"
local helper = require "helper"
local links = require "survive_links"
local make = require "make"


local function read_log(link, l)
  return helper.read(("%s/%s.%s.log"):format(link.folder, link.name, l.name))
end


-- All differences of some links, in one list.
local function compare(list)
  local out, dropped = {}, 0
  for _, link in ipairs(list) do
    for _, l in ipairs(survived.linkers) do
      if not (link.skip and link.skip[l.name]) then
        local kept = survived.ask(link, l.name)
        local theirs = survived.printed(read_log(link, l))
        for _, n in pairs(theirs) do dropped = dropped + n end
        for _, line in ipairs(survived.differences(
                         survived.told(kept, l.name), theirs)) do
          out[#out + 1] = ("%s by %s: %s"):format(link.name, l.name, line)
        end
      end
    end
  end
  return table.concat(out, "\n"), dropped
end


describe("sections that survive", function ()
  local folder

  setup(function ()
    folder = helper.folder "survive"
    links.make(folder)
  end)

  it("are those of bfd, gold, lld and mold", function ()
    local all = links.all(folder)
    survived.run(folder, all)
    local differences, dropped = compare(all)
    assert.equal("", differences)
    assert.is_true(#all >= 60 and dropped > 10000)
  end)

  it("are lld's of other machines, both byte orders, and of CREL", function ()
    local all = links.machines(folder)
    survived.run(folder, all)
    local differences, dropped = compare(all)
    assert.equal("", differences)
    assert.is_true(#all >= 12 and dropped > 100)
  end)
end)


describe("survivors", function ()
  local folder

  setup(function ()
    folder = helper.folder "survivors"
    helper.cc(folder, "a", [[
      int deep(void) { return 3; } int mid(void) { return deep(); }
      int _start(void) { return mid(); } int gone(void) { return 1; }
      int (*table)(void) = gone; int ab __attribute__((section("set")));
    ]], "-O1", "-fno-inline", "-ffunction-sections", "-fdata-sections")
    helper.cc(folder, "b", "int other(void) { return 1; }", "-O1",
              "-ffunction-sections")
  end)

  local function ask(inputs, how, more)
    local link = { folder = folder, inputs = inputs, how = how, ask = more }
    return survived.ask(link, how.linker or "lld")
  end

  it("tell a name's section, and what keeps it", function ()
    local kept = ask({ "a.o", "b.o" }, { entry = "_start" })
    assert.same({ true, "wanted" }, { kept:keeps "deep" })
    assert.same({ false, "nothing wants it" }, { kept:keeps "gone" })
    assert.same({ false, "nothing wants it" }, { kept:keeps "other" })
    assert.same({ false, "nothing that is linked defines it" },
                { kept:keeps "nobody" })
    local chain = {}
    for i, at in ipairs(kept:why "deep") do
      chain[i] = at.section .. ": " .. at.because
    end
    assert.same({ ".text.deep: wanted", ".text.mid: wanted",
                  ".text._start: named on the line" }, chain)
    assert.equal("deep", kept:why "deep"[1].name)
    assert.equal("a.o", kept:why "deep"[1].file:path():match "[^/]+$")
    assert.is_nil(kept:why "gone")
  end)

  it("are more when more is exported", function ()
    local more = ask({ "a.o" }, { entry = "_start" }, { exported = true })
    assert.is_true((more:keeps "gone"))
    local asked = {}
    local some = ask({ "a.o" }, { entry = "_start" },
      { exported = function (name) asked[name] = true
                                   return name == "table" end })
    assert.is_true((some:keeps "gone"))
    assert.is_true(asked.deep)
    -- and where nobody knows, that is told
    local maybe = ask({ "a.o" }, { entry = "_start" },
      { exported = function (name) if name ~= "table" then return false end
                   end })
    assert.same({ nil, "whether what keeps it is exported cannot be told" },
                { maybe:keeps "gone" })
    assert.is_true((maybe:keeps "deep"))
    assert.has_error(function ()
      ask({ "a.o" }, {}, { exported = function () error "mine" end })
    end)
  end)

  it("are asked of the link as it was resolved last", function ()
    local tree = core.tree(true)
    core.add(tree, folder .. "/a.o")
    local link = core.resolve({ { file = core.select(tree, "any")[1] } },
                              { entry = "_start", linker = "lld" })
    local kept = link:survivors()
    assert.is_true((kept:keeps "deep"))
    link:run "mold"
    assert.has_error(function () kept:keeps "deep" end,
                     "the link was resolved anew since these were found")
    assert.is_true((link:survivors():keeps "ab"))  -- mold goes by names
    assert.has_error(function () link:run "ld64":survivors() end)
  end)

  it("leave open what code that is not there yet may want", function ()
    helper.cc(folder, "lto", "extern int gone(void); "
              .. "int use(void) { return gone(); }", "-flto")
    local kept = ask({ "a.o", "lto.o" }, { entry = "_start" })
    assert.is_true((kept:keeps "deep"))
    local yes, why = kept:keeps "gone"
    assert.is_nil(yes)
    assert.matches("lto.o holds intermediate code", why, 1, true)
    local list, open = kept:dropped()
    assert.is_true(#list > 0)
    assert.equal(why, open)
  end)

  it("leave open what a cut object may want", function ()
    local bytes = helper.read(folder .. "/b.o")
    helper.write(folder .. "/cut.o", bytes:sub(1, #bytes - 70))
    local kept = ask({ "a.o", "cut.o" }, { entry = "_start" })
    assert.is_true((kept:keeps "deep"))
    local yes, why = kept:keeps "gone"
    assert.is_nil(yes)
    assert.matches("cut.o", why, 1, true)
  end)
end)


describe("sections of bfd", function ()
  local folder

  setup(function () folder = helper.folder "survive-bfd" end)

  local function by_bfd(name, options)
    helper.must({ "ld.bfd", "--gc-sections", "--print-gc-sections", "-o", "out",
                  "-Map=map", name, table.unpack(options or {}) }, folder)
    local link = { folder = folder, inputs = { name },
                   how = { entry = "_start" } }
    return survived.ask(link, "bfd"), helper.read(folder .. "/map")
  end

  it("stay along a list of any length that ends at one that stays", function ()
    local out = { ".globl _start", ".section .text.s0,\"ax\"", "_start: nop" }
    for i = 1, 100 do
      out[#out + 1] = (".section .text.s%d,\"axo\",@progbits,.text.s%d\nnop")
                      :format(i, i - 1)
    end
    helper.write(folder .. "/chain.s", table.concat(out, "\n") .. "\n")
    helper.must({ "gcc", "-c", "chain.s" }, folder)
    local kept = by_bfd "chain.o"
    assert.same({}, survived.differences(survived.told(kept, "bfd"),
      survived.printed(select(3, helper.run({ "ld.bfd", "--gc-sections",
        "--print-gc-sections", "-o", "out", "chain.o" }, folder)))))
    -- and from its other end: each belongs to the one behind it
    out = { ".globl _start" }
    for i = 1, 100 do
      out[#out + 1] = (".section s%d,\"o\",@progbits,s%d\n.byte 1")
                      :format(i, i + 1)
    end
    out[#out + 1] = ".section s101,\"ax\"\n_start: nop"
    helper.write(folder .. "/back.s", table.concat(out, "\n") .. "\n")
    helper.must({ "gcc", "-c", "back.s" }, folder)
    kept = by_bfd "back.o"
    for _, at in ipairs(kept:dropped()) do
      assert.is_nil(at.section:match "^s%d")
    end
    assert.same({}, survived.differences(survived.told(kept, "bfd"),
      survived.printed(select(3, helper.run({ "ld.bfd", "--gc-sections",
        "--print-gc-sections", "-o", "out", "back.o" }, folder)))))
  end)

  it("have their sizes, and all common symbols one", function ()
    helper.cc(folder, "common", "char x[400], y[4]; int _start(void) "
              .. "{ return 1; }", "-fcommon", "-ffunction-sections")
    local kept, map = by_bfd "common.o"
    local size
    for _, at in ipairs(kept:dropped()) do
      if at.section == "COMMON" then size = at.size end
    end
    assert.equal(tonumber(map:match "COMMON%s+0x0+%s+(0x%x+)"), size)
    assert.equal(404, size)
  end)
end)


describe("an object", function ()
  it("of which the sections have no names may keep anything", function ()
    local folder = helper.folder "survive-damage"
    local function write(name, lie)
      helper.write(folder .. "/" .. name, (make.elf {
        sections = {
          { name = ".text", type = 1, flags = 6, bytes = ("\0"):rep(16) },
          { name = ".text.dead", type = 1, flags = 6,
            bytes = ("\0"):rep(16) } },
        symbols = { { name = "_start", section = ".text" },
                    { name = "dead", section = ".text.dead" } }, lie = lie }))
    end
    write("good.o", nil)
    write("bad.o", { [".text.dead"] = { sh_name = 0x7fffff } })
    for _, linker in ipairs { "bfd", "lld" } do
      local function ask(name)
        return survived.ask({ folder = folder, inputs = { name },
                              how = { entry = "_start" } }, linker)
      end
      assert.is_false((ask "good.o":keeps "dead"))
      local yes, why = ask "bad.o":keeps "dead"
      assert.is_nil(yes)
      assert.matches("sh_name", why, 1, true)
    end
  end)
end)


-- One object: .text.a wants b by a relocation that may be a lie.
local function object(fields)
  local info = fields.info or 3 << 32 | 1
  local rela = { name = ".rela.text.a", type = fields.type or 4,
                 link = fields.link or ".symtab", flags = 0x40,
                 info = fields.of or 1, entsize = fields.entsize or 24,
                 bytes = fields.bytes
                         or ("<I8I8i8"):pack(fields.offset or 0, info, 0) }
  return (make.elf {
    sections = {
      { name = ".text.a", type = 1, flags = 6, bytes = ("\0"):rep(16) },
      { name = ".text.b", type = 1, flags = 6, bytes = ("\0"):rep(16) },
      rela, fields.more },
    symbols = { { name = "s", bind = "local", section = ".text.b" },
                { name = "a", section = ".text.a" },
                { name = "b", section = ".text.b" },
                { name = "c", section = ".text.b" } },
  })
end


describe("relocations", function ()
  local folder

  setup(function () folder = helper.folder "relocations" end)

  local function ask(fields)
    helper.write(folder .. "/x.o", object(fields))
    local tree = core.tree(true)
    core.add(tree, folder .. "/x.o")
    local file = core.select(tree, "any")[1]
    local kept = core.resolve({ { file = file } }, { entry = "a",
                                linker = "lld" }):survivors()
    return kept, file
  end

  it("keep what they want", function ()
    assert.same({ true, "wanted" }, { ask {}:keeps "b" })
    assert.is_false((ask { bytes = "" }:keeps "b"))
    -- of a section that they do not belong to, nothing
    assert.is_false((ask { of = 2 }:keeps "b"))
  end)

  it("of no type keep what they name, wherever they stand", function ()
    assert.is_true((ask { info = 3 << 32, offset = 16 }:keeps "b"))
  end)

  local function damage(fields, field)
    local kept = ask(fields)
    local yes, why = kept:keeps "b"
    assert.is_nil(yes)
    assert.matches(field, why, 1, true)
    assert.is_true((kept:keeps "a"))
    return why
  end

  it("that lie leave open what they keep", function ()
    damage({ offset = 16 }, "r_offset is 16")
    damage({ info = 99 << 32 | 1 }, "r_info is 99")
    damage({ entsize = 23 }, "sh_entsize is 23")
    damage({ bytes = ("\0"):rep(25) }, "sh_size is 25")
    damage({ of = 99 }, "sh_info is 99")
    damage({ of = 3 }, "sh_info is 3")
    damage({ link = 1 }, "sh_link is 1")
  end)

  it("of CREL are bounded by their bytes", function ()
    local function crel(bytes, n)
      return ask { type = 0x40000014, entsize = 1, bytes = bytes }:keeps(n)
    end
    -- one, with no addend: offset 0, symbol +3, type +1
    assert.is_true((crel("\x08\x03\x03\x01", "b")))
    assert.is_false((crel("\x00", "b")))
    -- the second of two is missing, and may want more
    local kept = ask { type = 0x40000014, entsize = 1,
                       bytes = "\x10\x03\x03\x01" }
    assert.is_true((kept:keeps "b"))
    assert.matches("CREL header is 16", select(2, kept:dropped()), 1, true)
    for _, bytes in ipairs { "\x08", "\xff",
                             ("\xff"):rep(12) .. "\1", "\xf8\xff\xff\x7f\x03",
                             "\x08\x03\x03", "\x08\x83\xff\x7f\x03\x01" } do
      local yes, why = crel(bytes, "b")
      assert.is_nil(yes)
      assert.matches("x.o", why, 1, true)
    end
  end)

  it("in rings end", function ()
    helper.cc(folder, "ring", "int y(void); int z(void); "
              .. "int x(void) { return y(); } int y(void) { return z(); } "
              .. "int z(void) { return x(); } int w(void) { return w(); }",
              "-O0", "-ffunction-sections")
    local tree = core.tree(true)
    core.add(tree, folder .. "/ring.o")
    local kept = core.resolve({ { file = core.select(tree, "any")[1] } },
                              { entry = "y", linker = "bfd" }):survivors()
    assert.is_true((kept:keeps "x"))
    assert.is_false((kept:keeps "w"))
    assert.equal(3, #kept:why "x")
  end)
end)
