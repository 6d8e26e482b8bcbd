--- Universal files: what a table of slices can say, and what it can lie about.

local helper = require "helper"
local macho = require "make_macho"
local peers = require "peers_macho"

local INTEL, ARM = 0x01000007, 0x0100000c


local function object(name, cpu, more)
  local t = { cpu = cpu, symbols = { { name = name, sect = 1 } } }
  for key, value in pairs(more or {}) do t[key] = value end
  return (macho.file(t))
end


describe("a universal file", function ()
  local folder
  setup(function () folder = helper.folder "fat" end)

  it("has slices of all machines, in tables of both widths", function ()
    for _, wide in ipairs { false, true } do
      helper.write(folder .. "/x", (macho.fat { wide = wide,
        { INTEL, 3, object("_intel", INTEL) },
        { ARM, 0x80000002, object("_arm", ARM) },
        { 18, 10, object("_ppc", 18, { class = 32, big = true }) },
      }))
      local ours, status, err = peers.symrun({ "x" }, folder)
      assert.equal("", err)
      assert.equal(0, status)
      assert.equal("fat", ours.x.format)
      table.sort(ours.x)
      assert.same({ "18:10\t-\t_ppc\tT", "arm64e\t-\t_arm\tT",
                    "x86_64\t-\t_intel\tT" }, table.move(ours.x, 1, 3, 1, {}))
    end
  end)

  it("names machines as llvm-nm does", function ()
    local count = 0
    for _, machine in ipairs {
      { 7, 3 }, { INTEL, 3 }, { INTEL, 8 }, { 12, 5 }, { 12, 6 }, { 12, 7 },
      { 12, 8 }, { 12, 9 }, { 12, 11 }, { 12, 12 }, { 12, 14 }, { 12, 15 },
      { 12, 16 }, { ARM, 0 }, { ARM, 2 }, { 0x0200000c, 1 }, { 18, 0 },
      { 0x01000012, 0 },
    } do
      local cpu = machine[1]
      local wide = cpu & 0x01000000 ~= 0
      local one = object("_f", cpu, { class = wide and 64 or 32 })
      helper.write(folder .. "/x", (macho.fat {
        { cpu, machine[2], one }, { 99, 9, object("_g", 99) } }))
      local row = peers.symrun({ "x" }, folder).x
      local _, text = helper.run({ "llvm-nm-19", "--arch=all", "-A", "x" },
                                 folder)
      local theirs = text:match "architecture ([^)]+)%).-_f"
      table.sort(row)
      assert.equal(theirs .. "\t-\t_f\tT", row[#row])
      count = count + 1
    end
    assert.equal(18, count)
  end)

  it("is told where it lies", function ()
    local one, two = object("_f", INTEL), object("_g", ARM)
    for _, case in ipairs {
      { "nfat_arch is 0", 4, { count = 0 } },
      { "offset is 48, and should be behind", 16, { count = 42 } },
      { "offset is 20, and should be behind", 16, { first = { offset = 20 } } },
      { "size is 1048576, and should be inside", 20,
        { first = { size = 1 << 20 } } },
      { "offset is %d+, and should be outside", 36,
        { second = { offset = 60 } } },
      { "there are two slices for x86_64", 28, { machine = { INTEL, 3 } } },
      { "cputype is 12, and the slice says that it is for 16777228", 28,
        { machine = { 12, 9 } } },
    } do
      local sentence, place, lie = table.unpack(case)
      local machine = lie.machine or { ARM, 0 }
      helper.write(folder .. "/x", (macho.fat { count = lie.count,
        { INTEL, 3, one, lie.first },
        { machine[1], machine[2], two, lie.second } }))
      local ours, status, err = peers.symrun({ "x" }, folder)
      assert.equal(2, status, sentence)
      assert.equal("refused", ours.x.status)
      assert.matches(sentence, err)
      assert.matches("at offset " .. place .. "%)", err)
    end
  end)

  it("does not hold another, nor half of itself", function ()
    local inner = macho.fat { { INTEL, 3, object("_f", INTEL) } }
    local outer = macho.fat { { INTEL, 3, inner },
                              { ARM, 0, object("_g", ARM) } }
    helper.write(folder .. "/x", outer)
    local ours, status, err = peers.symrun({ "x" }, folder)
    assert.equal(2, status)
    assert.matches("x %(x86_64%): is a universal", err)
    assert.equal("arm64\t-\t_g\tT", ours.x[1])
    for _, cut in ipairs { 8, 20, 47, 48, 100, #outer - 1 } do
      helper.write(folder .. "/x", outer:sub(1, cut))
      ours, status, err = peers.symrun({ "x" }, folder)
      assert.equal(2, status, cut)
      assert.equal("refused", ours.x.status)
      assert.matches("is it cut short%?", err)
    end
  end)

  it("tells of one slice's damage, and reads the others", function ()
    local bad = object("_f", INTEL, { lie = { symtab = { nsyms = 1 << 20 } } })
    helper.write(folder .. "/x", (macho.fat { { INTEL, 3, bad },
      { ARM, 0, object("_g", ARM) } }))
    local ours, status, err = peers.symrun({ "x" }, folder)
    assert.equal(2, status)
    assert.equal("partial", ours.x.status)
    assert.equal("arm64\t-\t_g\tT", ours.x[1])
    assert.matches("x %(x86_64%): symoff is", err)
  end)
end)
