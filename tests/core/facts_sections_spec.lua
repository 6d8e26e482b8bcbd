--- The sections of definitions, and their flags, as readelf and LLVM's tools
--- tell them; all sections of a file, and their bytes.

local facts = require "facts"
local helper = require "helper"
local json = require "dkjson"

local ALL = [[
local symrun = require "symrun"
symrun.rule "fact/all" { about = "tells sections", each = symrun.files "**/*",
  check = function (file, report)
    for _, s in ipairs(file:sections()) do
      report.note(file, "%s %d", s.name, s.size)
    end
  end }
symrun.rule "fact/bytes" { about = "tells bytes", each = symrun.files "**/*",
  check = function (file, report)
    for _, name in ipairs { "mine", "__DATA,mine", "nobody", ".bss",
                            "__DATA,__bss", "DATA" } do
      for _, bytes in ipairs(file:section_bytes(name)) do
        report.note(file, "%s: %s", name, (bytes:gsub("%c", ".")))
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
    helper.write(folder .. "/s.c", SOURCE)
  end)

  local function ask(file) return facts.sections(file, folder) end

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

  it("and all others are llvm-objdump's, with their bytes", function ()
    helper.write(folder .. "/all.lua", ALL)
    helper.write(folder .. "/b.c", [[
__attribute__((section(MINE), used)) char text[] = "abc\ndef";
static int zeros[9]; int main(void) { return zeros[1]; }
]])
    for target, mine in pairs {
      ["x86_64-linux-gnu"] = "mine", ["x86_64-pc-windows-msvc"] = "mine",
      ["powerpc-linux-gnu"] = "mine", ["arm64-apple-macos13"] = "__DATA,mine",
      ["wasm32-unknown-unknown"] = "mine",
    } do
      helper.must({ "clang", "--target=" .. target, "-fno-common", "-c", "b.c",
        "-fintegrated-as", ('-DMINE="%s"'):format(mine), "-o", "b.o" }, folder)
      local text = helper.must({ "llvm-objdump-19", "-h", "b.o" }, folder)
      local theirs = {}
      for name, size in text:gmatch "\n%s+%d+ (%S+)%s+(%x+)" do
        theirs[#theirs + 1] = name .. " " .. tonumber(size, 16)
      end
      local _, out, err = helper.symrun({ "--format", "json", "all.lua",
                                          "b.o" }, folder)
      local ours, bytes, unknown = {}, {}, 0
      for _, f in ipairs(assert(json.decode(out), err).findings) do
        if f.state == "unknown" then unknown = unknown + 1
        elseif f.rule == "fact/all" then
          ours[#ours + 1] = f.message:gsub("^__%u+,", "")
        else bytes[#bytes + 1] = f.message end
      end
      assert.same({ mine .. ": abc.def." }, bytes)
      assert.equal(target:match "^wasm" and 0 or 1, unknown)  -- .bss
      if target:match "^wasm" then
        assert.matches("IMPORT", table.concat(ours, "\n"))
        assert.matches("mine 8\n", table.concat(ours, "\n"))
      else
        assert.same(theirs, ours)
      end
    end
  end)

  it("cannot be told of a stripped file", function ()
    helper.write(folder .. "/m.c", "int main(void) { return 0; }\n")
    helper.must({ "gcc", "-s", "m.c", "-o", "stripped" }, folder)
    helper.must({ "gcc", "-c", "-flto", "m.c", "-o", "slim.o" }, folder)
    helper.must({ "clang", "-c", "-flto", "m.c", "-o", "bitcode.o" }, folder)
    helper.must({ "llvm-strip-19", "--strip-sections", "-o", "bare",
                  "stripped" }, folder)
    assert.matches("symbol", ask("stripped")[1])
    assert.matches("no native code", ask("slim.o")[1])
    assert.matches("no native code", ask("bitcode.o")[1])
    assert.equal(1, #ask("bare"))
  end)
end)
