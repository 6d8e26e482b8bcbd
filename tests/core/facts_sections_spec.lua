--- The sections of definitions, and their flags, as readelf tells them.

local helper = require "helper"
local json = require "dkjson"

local RULE = [[
local symrun = require "symrun"
symrun.rule "fact/sections" { about = "tells sections",
  each = symrun.files "**/*",
  check = function (file, report)
    for _, name in ipairs { "plain", "kept", "data", "ro", "bss", "left_out",
                            "twice", "wanted", "nobody" } do
      for _, s in ipairs(file:sections_of(name)) do
        report.note(file, "%s %s %d %s%s%s%s", name, s.name, s.size,
          s.writable and "W" or "", s.executable and "X" or "",
          s.retain and "R" or "", s.exclude and "E" or "")
      end
    end
  end }
]]

local SOURCE = [[
int wanted(void);
int plain(void) { return wanted(); }
__attribute__((used, retain)) static int kept(void) { return 2; }
int data = 1; const int ro = 2; int bss;
__asm__(".section .left,\"e\"\n.globl left_out\nleft_out: .long 1\n.text\n");
__asm__(".pushsection .a,\"aw\"\ntwice: .long 1\n.popsection\n");
]]


describe("the sections of a definition", function ()
  local folder
  setup(function ()
    folder = helper.folder "facts-sections"
    helper.write(folder .. "/rule.lua", RULE)
    helper.write(folder .. "/s.c", SOURCE)
  end)

  local function ask(file)
    local _, out, err = helper.symrun({ "--format", "json", "rule.lua", file },
                                      folder)
    local list = {}
    for i, finding in ipairs(assert(json.decode(out), err).findings) do
      list[i] = finding.message
    end
    return list
  end

  -- By the symbol's section number, from two of readelf's tables.
  local function readelf(file, names)
    local sections, out = {}, {}
    local text = helper.must({ "readelf", "-SsW", file }, folder)
    for number, name, size, flags in text:gmatch(
        "%[ *(%d+)%] (%S+) +%u+ +%x+ %x+ (%x+) %x+ ([%u ]-) +%d+ +%d+ +%d+\n")
    do
      local ours = ""
      for flag in ("WXRE"):gmatch "." do
        if flags:find(flag, 1, true) then ours = ours .. flag end
      end
      sections[number] = ("%s %d %s"):format(name, tonumber(size, 16), ours)
    end
    for _, name in ipairs(names) do
      for number in text:gmatch("(%d+) " .. name .. "\n") do
        out[#out + 1] = name .. " " .. assert(sections[number], number)
      end
    end
    return out
  end

  it("are readelf's, with their flags", function ()
    local names = { "plain", "kept", "data", "ro", "bss", "left_out", "twice" }
    for _, words in ipairs {
      { "gcc", "-O0" }, { "clang", "-fintegrated-as" },
      { "clang", "-fintegrated-as", "--target=powerpc-linux-gnu" },
    } do
      local line = { words[1], "-w", "-fcommon", "-fno-common",
                     "-ffunction-sections", "-fdata-sections", "-c", "s.c",
                     "-o", "s.o", table.unpack(words, 2) }
      helper.must(line, folder)
      local ours = ask "s.o"
      assert.same(readelf("s.o", names), ours)
      assert.equal(7, #ours)
      assert.equal("left_out .left 4 E", ours[6])
    end
    helper.must({ "gcc", "-w", "-O0", "-ffunction-sections", "-c", "s.c", "-o",
                  "s.o" }, folder)
    assert.matches("^kept .*XR$", ask("s.o")[2])
  end)

  it("cannot be told of a stripped file, nor of other formats", function ()
    helper.write(folder .. "/m.c", "int main(void) { return 0; }\n")
    helper.must({ "gcc", "-s", "m.c", "-o", "stripped" }, folder)
    helper.must({ "clang", "--target=arm64-apple-macos13", "-c", "m.c", "-o",
                  "m.o" }, folder)
    assert.matches("symbol", ask("stripped")[1])
    assert.matches("is no ELF file", ask("m.o")[1])
  end)
end)
