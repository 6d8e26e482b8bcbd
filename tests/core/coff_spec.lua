--- COFF objects and import libraries, as llvm-nm, GNU nm and lld-link see them.

local helper = require "helper"
local make = require "make_coff"
local peers = require "peers_coff"


-- Every row must be llvm-nm's, and there must be at least so many.
local function agree(files, folder, least)
  local theirs, _, complaints = peers.llvm(files, folder)
  local ours, status, err = peers.symrun(files, folder)
  assert.equal("", complaints)
  assert.equal("", err)
  assert.equal(0, status)
  for _, file in ipairs(files) do
    assert.equal("", peers.difference(ours[file], theirs[file]), file)
    assert.equal(#ours[file], ours[file].count)
    assert.equal("ok", ours[file].status)
    assert.is_true(#ours[file] >= least, file .. " has too few symbols")
  end
  return ours
end


-- What is strongly defined twice in some files.
local function twice(folder, ...)
  helper.write(folder .. "/once.lua", [[
    local symrun = require "symrun"
    symrun.rule "own/once" (symrun.must.define_once { each = symrun.tree })
  ]])
  local _, out = helper.symrun({ "once.lua", ... }, folder)
  local names = {}
  for name in out:gmatch "(%g+) is defined here and" do
    names[#names + 1] = name
  end
  table.sort(names)
  return names, out
end


local SOURCE = [[
int f(void); extern int w(void) __attribute__((weak));
__declspec(dllimport) int imported(void);
int g(void) { return f() + (w ? w() : 0) + imported(); }
int common; int zero = 0; int data = 1; const int ro = 2;
static int local; static const int lro[4] = {1};
int *p(int i) { local++; return i ? &local : (int *)&lro[i]; }
__attribute__((weak)) int weakdef(void) { return 1; }
__attribute__((weak)) int weakdata = 4;
__attribute__((section(".odd"))) int odd = 1;
__attribute__((selectany)) int any = 3;
static int unused(void) { return 4; } int (*fp)(void) = unused;
const char *s = "text"; double d(double x) { return x * 1.5; }
__declspec(dllexport) int exported(void) { return 1; }
]]

-- As llvm-nm has it, a weak external that is an alias is defined: also w, for
-- which clang gives the address 0 as a default.  lld-link agrees; see below.
local EXPECTED = {
  f = "U undef", w = "W weak", g = "T global", common = "C common",
  zero = "B global", data = "D global", ro = "R global", lro = "r local",
  weakdef = "W weak", weakdata = "W weak", odd = "D global",
  any = "D global", unused = "t local", fp = "D global", p = "T global",
  exported = "T global", ["local"] = "b local",
}

local TARGETS = {
  "x86_64-pc-windows-msvc", "i686-pc-windows-msvc", "aarch64-pc-windows-msvc",
  "armv7-pc-windows-msvc", "x86_64-pc-windows-gnu", "i686-pc-windows-gnu",
}


describe("the COFF reader", function ()
  it("agrees with llvm-nm and GNU nm on objects of every target", function ()
    local folder = helper.folder "coff"
    local files, gnu = {}, {}
    for _, target in ipairs(TARGETS) do
      local file = peers.cc(folder, target, target .. ".o", SOURCE, "-O1",
                            "-fcommon", "-g")
      files[#files + 1] = file
      if file:find "^x86_64" then gnu[#gnu + 1] = file end
    end
    local ours = agree(files, folder, 20)
    for _, file in ipairs(files) do
      assert.equal("coff", ours[file].format)
      local under = file:find "^i686" and "_" or ""
      for name, expected in pairs(EXPECTED) do
        assert.equal(expected, ours[file].letters[under .. name],
                     file .. " " .. name)
      end
      assert.equal("U undef", ours[file].letters["__imp_" .. under
                                                 .. "imported"])
    end
    -- Two differences: see peers_coff.gnu, and below where weak ones are
    -- linked.
    for file, theirs in pairs(peers.gnu(gnu, folder)) do
      local list = {}
      for i, row in ipairs(ours[file]) do
        list[i] = row:gsub("\tW$", "\tw")
      end
      assert.equal("", peers.difference(list, theirs), file)
      assert.is_true(#theirs >= 20)
    end
  end)

  it("agrees with llvm-nm on every class, place and value there can be",
     function ()
    local folder = helper.folder "coff"
    local sections = {
      { name = ".text", flags = make.flags.t }, { name = ".data",
        flags = make.flags.d }, { name = ".rdata", flags = make.flags.r },
      { name = ".bss", flags = make.flags.b },
      { name = ".drectve", flags = make.flags.i },
      { name = ".idata$5", flags = make.flags.d },
      { name = ".a long name of a section", flags = make.flags.d },
      { name = ".idata$6 with a long name", flags = make.flags.d },
      { name = ".none", flags = 0x40000000 },
      { name = "//AAAAAE", flags = make.flags.r },  -- base 64: at 4
    }
    local places = { "undef", "abs", "debug" }
    for i = 1, #sections do places[i + 3] = i end
    local files = {}
    for _, big in ipairs { false, true } do
      local symbols = {}
      for class = 0, 255 do
        for _, place in ipairs(places) do
          for value = 0, class < 110 and 1 or 0 do
            symbols[#symbols + 1] = {
              name = ("%d_%s_%d"):format(class, place, value), class = class,
              section = place, value = value * 8, type = class % 2 * 0x20,
              weak = class == 105 and "alias" or nil,
            }
          end
        end
      end
      for _, name in ipairs { ".debug$S", ".debug_x", ".sxdata", "12345678",
                              "123456789" } do
        for class = 2, 3 do
          symbols[#symbols + 1] = { name = name, section = ".text",
                                    class = class }
        end
      end
      files[#files + 1] = "all" .. #files .. ".o"
      helper.write(folder .. "/" .. files[#files], (make.object {
        big = big, sections = sections, symbols = symbols,
      }))
    end
    agree(files, folder, (110 * 2 + 146 - 2) * 13 - 26 + 10)
  end)

  it("defines what lld-link defines, where llvm-nm does not", function ()
    local folder = helper.folder "coff"
    -- C++/CLI makes absolute symbols with more entries, as sections have.
    helper.write(folder .. "/cli.o", (make.object { symbols = {
      { name = "appdomain", section = "abs", value = 7, aux = "\0" },
    } }))
    peers.cc(folder, TARGETS[1], "main.o",
             "extern int appdomain; long long main(void) "
             .. "{ return (long long)&appdomain; }")
    assert.equal(1, (peers.link(folder, { "main.o" })))
    local status, said = peers.link(folder, { "main.o", "cli.o" })
    assert.is_nil(said:find "undefined")
    assert.is_true(status == 0 or said:find "relocation" ~= nil, said)
    assert.equal("", helper.must({ "llvm-nm-19", "cli.o" }, folder))
    assert.equal("A global", peers.symrun({ "cli.o" }, folder)["cli.o"]
                             .letters.appdomain)
  end)

  it("reads more sections than 16 bits can count", function ()
    local folder = helper.folder "coff"
    local text = {}
    for i = 1, 66000 do
      text[i] = ('.section .text,"xr",discard,f%d\n.globl f%d\nf%d: ret\n')
                :format(i, i, i)
    end
    text[#text + 1] = '.section .data$last,"dw"\n.globl last\nlast: .long 1\n'
    helper.write(folder .. "/many.s", table.concat(text))
    helper.must({ "clang", "--target=" .. TARGETS[1], "-Wa,-mbig-obj", "-c",
                  "many.s" }, folder)
    local ours = agree({ "many.o" }, folder, 66001)["many.o"]
    assert.equal("coff-bigobj", ours.format)
    assert.equal("T global", ours.letters.f66000)
    assert.equal("D global", ours.letters.last)
  end)

  it("knows which copies give way, as lld-link does", function ()
    local folder = helper.folder "coff"
    peers.cc(folder, TARGETS[1], "main.s", ".globl main\nmain: ret\n")
    local leader = '.section .text$f,"xr",%s,f\n.globl f\nf: ret\n'
    local second = ".globl g\ng: ret\n"
    local goes_with = '.section .data$g,"dw",associative,f\n.globl g\n'
                      .. "g: .long 1\n"
    local cases = {
      discard = { leader .. second, {} },
      same_size = { leader .. second, {} },
      same_contents = { leader .. second, {} },
      largest = { leader .. second, {} },
      one_only = { leader, { "f" } },
      goes_with = { leader:format "discard" .. goes_with, {} },
      goes_with_one = { leader:format "one_only" .. goes_with, { "f", "g" } },
      goes_with_none = { ".globl f\nf: ret\n" .. goes_with, { "f", "g" } },
      -- Nobody else can have the leader, so the section is never left out.
      own_leader = { '.section .text$f,"xr",discard,f\nf: ret\n' .. second,
                     { "g" } },
    }
    for name, case in pairs(cases) do
      local dir = folder .. "/" .. name
      helper.must { "mkdir", dir }
      for i = 1, 2 do
        peers.cc(dir, TARGETS[1], i .. ".s", case[1]:format(name))
      end
      local status, said = peers.link(folder, { "main.o", name .. "/1.o",
                                                name .. "/2.o" })
      local clashes = {}
      for symbol in said:gmatch "duplicate symbol: (%g+)" do
        clashes[#clashes + 1] = symbol
      end
      table.sort(clashes)
      -- lld-link says no more of a section once its leader clashed.
      local expected = case[2]
      assert.equal(#expected > 0 and 1 or 0, status, name .. said)
      assert.equal(expected[1], clashes[1], name)
      assert.same(expected, (twice(folder, name)), name)
    end
  end)

  it("knows them by what their sections' own symbols say", function ()
    local folder = helper.folder "coff"
    peers.cc(folder, TARGETS[1], "main.s", ".globl main\nmain: ret\n")
    local kinds = { "noduplicates", "any", "same_size", "exact", "largest" }
    for _, big in ipairs { false, true } do
      for _, kind in ipairs(kinds) do
        for i = 1, 2 do
          local flags = make.flags.d | make.flags.comdat
          helper.write(folder .. "/" .. i .. ".o", (make.object {
            big = big, sections = {
              { name = ".data$2", flags = flags, bytes = "2" },
              { name = ".data$1", flags = flags, bytes = "1" },
              { name = ".data$3", flags = flags, bytes = "3" },
            }, symbols = {  -- the first goes with the third, that with f
              { name = ".data$3", section = 3, pick = 5, parent = 2 },
              { name = ".data$2", section = 1, pick = 5, parent = 3 },
              { name = ".data$1", section = 2, pick = kind },
              { name = "f", section = 2 }, { name = "g", section = 1 },
              { name = "h", section = 3 },
            },
          }))
        end
        local status, said = peers.link(folder, { "main.o", "1.o", "2.o" })
        local once = kind ~= "noduplicates"
        assert.equal(once and 0 or 1, status, kind .. said)
        local ours, said_of = twice(folder, "1.o", "2.o")
        assert.same(once and {} or { "f", "g", "h" }, ours, kind .. said_of)
      end
    end
  end)

  it("takes weak externals for what indexes and lld-link take them for",
     function ()
    local folder = helper.folder "coff"
    peers.cc(folder, TARGETS[1], "main.o",
             "int w(void); int main(void) { return w(); }")
    for kind, expected in pairs { nolibrary = "w weakundef",
      library = "w weakundef", anti = "w weakundef", alias = "W weak" } do
      local file = kind .. ".o"
      helper.write(folder .. "/" .. file, (make.object { symbols = {
        { name = "default", section = ".text" },
        { name = "w", weak = kind, default = 0 },
      } }))
      local ours = agree({ file }, folder, 2)[file]
      assert.equal(expected, ours.letters.w, kind)
      local defined = expected:find "^W" ~= nil
      helper.must({ "llvm-ar-19", "rc", kind .. ".lib", file }, folder)
      local status, said = peers.link(folder, { "main.o", kind .. ".lib" })
      assert.equal(defined and 0 or 1, status, said)
      assert.equal(not defined, said:find "undefined symbol: w" ~= nil, kind)
    end
    -- What clang makes of a weak declaration is an alias of nothing, and who
    -- wants it strongly gets that nothing, without a word.
    peers.cc(folder, TARGETS[1], "null.o",
             "__attribute__((weak)) int w(void); int a(void) "
             .. "{ return w ? w() : 0; }")
    assert.equal(1, (peers.link(folder, { "main.o" })))
    assert.equal(0, (peers.link(folder, { "main.o", "null.o" })))
    assert.equal("W weak", agree({ "null.o" }, folder, 4)["null.o"].letters.w)
  end)

  it("cannot tell what intermediate code defines, and says so", function ()
    local folder = helper.folder "coff"
    helper.write(folder .. "/gl.o", (make.object {
      big = true, header = { version = 1, class_id = make.GL },
    }))
    for machine, under in pairs { x86_64 = "", i386 = "_" } do
      local symbols = {
        { name = under .. "__gnu_lto_slim", value = 1 },
        { name = under .. "f", section = ".text" },
      }
      helper.write(folder .. "/slim.o", (make.object {
        machine = make.machine[machine], symbols = symbols,
      }))
      symbols[1].name = under .. "__gnu_lto_v1"
      helper.write(folder .. "/fat.o", (make.object {
        machine = make.machine[machine], symbols = symbols,
      }))
      local ours, status, err = peers.symrun({ "gl.o", "slim.o", "fat.o" },
                                             folder, "--view", "native")
      assert.equal(2, status)
      assert.matches("gl.o: holds Microsoft's intermediate code", err)
      assert.matches("slim.o: holds GCC's LTO and no native code", err)
      assert.equal("refused", ours["gl.o"].status)
      assert.equal("partial", ours["slim.o"].status)
      assert.same({ "-\t" .. under .. "f\tT" },
                  table.move(ours["fat.o"], 1, 9, 1, {}))
    end
  end)

  it("finds nothing in an object without symbols, and that is an answer",
     function ()
    local folder = helper.folder "coff"
    helper.write(folder .. "/none.o", (make.object {}))
    helper.write(folder .. "/bare.o", (make.object { sections = {} }))
    local ours, status = peers.symrun({ "none.o", "bare.o" }, folder)
    assert.equal(0, status)
    assert.equal("nosyms", ours["none.o"].status)
    assert.equal("nosyms", ours["bare.o"].status)
    assert.equal("coff", ours["bare.o"].format)
  end)
end)
