--- ELF objects of many machines, of both byte orders and widths, changed beside
--- llvm-objcopy; tables of symbol numbers that few objects have; and random
--- edits beside a model.

local edited = require "edited"
local helper = require "helper"
local make = require "make"

local folder

local MACHINES = {
  "x86_64-linux-gnu", "i386-linux-gnu", "aarch64-linux-gnu",
  "aarch64_be-linux-gnu", "armv7-linux-gnueabihf", "armebv7-linux-gnueabi",
  "mips-linux-gnu", "mipsel-linux-gnu", "mips64-linux-gnuabi64",
  "mips64el-linux-gnuabi64", "powerpc-linux-gnu", "powerpc64-linux-gnu",
  "powerpc64le-linux-gnu", "riscv32-linux-gnu", "riscv64-linux-gnu",
  "s390x-linux-gnu", "sparc-linux-gnu", "sparcv9-linux-gnu", "hexagon-linux",
  "avr", "msp430", "x86_64-linux-gnux32",
}

-- No thread-local variables: not every machine has some.
local TEXT = [[
extern int wanted (int);
extern int wanted_data;
int number = 7;
static int state = 3;
__attribute__((noinline)) static int quiet (int x) { return x + state++; }
__attribute__((noinline)) int local_to_be (int x) { return quiet(x) + number; }
int (*table[]) (int) = { local_to_be, wanted, quiet };
__attribute__((weak)) int weak_one (int x) { return x - wanted_data; }
int unused = 1;
int caller (int x) { return local_to_be(x) + wanted(x) + weak_one(x); }
]]

local EDITS = {
  { op = "localize", name = "local_to_be" }, { op = "localize",
                                               name = "number" },
  { op = "globalize", name = "quiet" }, { op = "weaken", name = "caller" },
  { op = "rename", name = "wanted", to = "a_longer_name" },
  { op = "strip", name = "unused" }, { op = "hide", name = "weak_one" },
}

local FLAGS = {
  "--localize-symbol=local_to_be", "--localize-symbol=number",
  "--globalize-symbol=quiet", "--weaken-symbol=caller",
  "--redefine-sym=wanted=a_longer_name", "--strip-symbol=unused",
  "--set-symbol-visibility=weak_one=hidden",
}


local function compare(path, edits, flags, names)
  edited.change(path, path .. ".ours", edits)
  helper.must { "llvm-objcopy-19", path, path .. ".theirs",
                table.unpack(flags) }
  local before = edited.look(path, true)
  local ours = edited.look(path .. ".ours", true)
  local theirs = edited.look(path .. ".theirs", true)
  assert.same(theirs.symbols, ours.symbols, path)
  assert.is_nil(edited.sections_differ(before, ours), path)
  assert.is_nil(edited.relocations_differ(before, ours, names), path)
  assert.is_nil(edited.relocations_differ(theirs, ours), path)
  return before, ours
end


describe("an ELF object of", function ()
  setup(function ()
    folder = helper.folder "edit-machines"
    helper.write(folder .. "/t.c", TEXT)
  end)

  for _, machine in ipairs(MACHINES) do
    it(machine, function ()
      local path = ("%s/%s.o"):format(folder, machine)
      helper.must({ "clang", "-c", "-O1", "-ffunction-sections",
                    "-fintegrated-as", "--target=" .. machine, "-o", path,
                    "t.c" }, folder)
      local edits, flags = EDITS, FLAGS
      if machine:find "^mips" then  -- see below
        edits, flags = table.move(EDITS, 4, 7, 1, {}),
                       table.move(FLAGS, 4, 7, 1, {})
      end
      if machine:find "64le" then  -- LLVM would change the entry point, too
        edits, flags = table.move(EDITS, 1, 6, 1, {}),
                       table.move(FLAGS, 1, 6, 1, {})
      end
      local before = compare(path, edits, flags, { wanted = "a_longer_name" })
      local n = 0
      for _, list in pairs(before.relocations) do n = n + #list end
      assert.is_true(n > 10, "relocations")
      if not machine:find "mips" then return end
      local bytes = helper.read(path)
      local out, why = edited.made(bytes, { { op = "localize",
                                              name = "local_to_be" } })
      assert.is_nil(out)
      assert.is_truthy(why:find "R_MIPS_CALL16", why)
    end)
  end
end)


describe("an ELF object with", function ()
  setup(function () folder = helper.folder "edit-tables" end)

  local function assemble(name, text, ...)
    helper.write(folder .. "/" .. name .. ".s", text)
    helper.must({ "llvm-mc-19", "-filetype=obj", "-o", name .. ".o",
                  name .. ".s", ... }, folder)
    return folder .. "/" .. name .. ".o"
  end

  local CALLS = [[
.text
.globl a, b, c, d
.type a,@function
a: call b
   call w@PLT
   .rept 100
   call c
   call d
   .endr
b: call d
c: jmp a
d: ret
low: ret
.data
.quad a, b, c, d, low, w
]]

  it("compact relocations", function ()
    for i, triple in ipairs { "x86_64-linux-gnu", "i386-linux-gnu" } do
      local text = CALLS:gsub("%.quad", triple:find "^i" and ".long"
                                        or ".quad"):gsub("low", ".Llow")
      local path = assemble("crel" .. i, text, "--crel", "-triple=" .. triple)
      for _, edits in ipairs {
        { { op = "localize", name = "b" }, { op = "localize", name = "a" } },
        { { op = "add-undefined", name = "more" },
          { op = "localize", name = "d" } },
        { { op = "keep-only", name = "c" } },
      } do
        edited.change(path, path .. ".ours", edits)
        local before = edited.look(path, true)
        assert.is_truthy(before.relocations[".crel.text"])
        assert.is_true(#before.relocations[".crel.text"] > 200)
        assert.is_nil(edited.relocations_differ(before,
          edited.look(path .. ".ours", true)))
      end
    end
  end)

  it("a list of symbols whose addresses matter, and a profile", function ()
    local path = assemble("lists", CALLS .. [[
.addrsig
.addrsig_sym a
.addrsig_sym low
.addrsig_sym unused
.addrsig_sym d
.globl unused
unused = 5
.cg_profile a, b, 10
.cg_profile b, c, 20
.cg_profile c, low, 30
]], "-triple=x86_64-linux-gnu")
    local function lists(file)
      local out = helper.must { "llvm-readobj-19", "--addrsig", "--cg-profile",
                                file }
      return (out:gsub("File: [^\n]+", ""):gsub("%(%d+%)", ""))
    end
    local was = lists(path)
    assert.is_truthy(was:find "Weight: 30" and was:find "Sym: low")
    assert.is_truthy(was:find "Sym: unused")
    edited.change(path, path .. ".less", { { op = "strip", name = "unused" } })
    assert.equal((was:gsub("\n  Sym: unused *", "")), lists(path .. ".less"))
    edited.change(path, path .. ".ours", {
      { op = "localize", name = "d" }, { op = "localize", name = "b" },
      { op = "globalize", name = "low" } })
    assert.equal(was, lists(path .. ".ours"))
    assert.is_nil(edited.sections_differ(edited.look(path),
                                         edited.look(path .. ".ours")))
    local out, why = edited.made(helper.read(path), { { op = "strip",
                                                        name = "low" } })
    assert.is_nil(out)
    assert.is_truthy(why:find "relocations in '%.rela?%.")
  end)

  it("a profile as LLVM wrote it before 13", function ()
    local symbols = { { name = "own", bind = "local", section = ".text" },
      { name = "a", section = ".text" }, { name = "b", section = ".text" },
      { name = "c" } }
    local bytes = make.elf { symbols = symbols, sections = {
      { name = ".text", type = 1, flags = 6, bytes = ("\x90"):rep(16) },
      { name = ".profile", type = 0x6fff4c02, link = ".symtab", entsize = 16,
        bytes = string.pack("<I4I4I8I4I4I8", 2, 4, 10, 1, 3, 20) } } }
    local edits = { { op = "localize", name = "b" } }
    helper.write(folder .. "/old.o", (assert(edited.made(bytes, edits))))
    local names = {}
    for name, s in pairs(edited.table(folder .. "/old.o")) do
      names[s.number] = name
    end
    for _, s in ipairs(edited.look(folder .. "/old.o").sections) do
      if s.name == ".profile" then
        local i, k, _, l, m, n = string.unpack("<I4I4I8I4I4I8", s.bytes)
        assert.same({ "a", "c", "own", "b", 20 },
                    { names[i], names[k], names[l], names[m], n })
      end
    end
    assert.equal("b", names[2])
    local out, why = edited.made(bytes, { { op = "strip", name = "c" } })
    assert.is_true(out == nil and why:find "'%.profile' names it" ~= nil)
  end)

  it("more sections than 16 bits can count", function ()
    local parts = {}
    for i = 1, 66000 do
      parts[i] = ('.section .t%d,"ax",@progbits\n%s:.byte %d\n'):format(i,
        i % 3000 == 0 and (".globl g%d\ng%d"):format(i, i) or "l" .. i, i % 256)
    end
    parts[#parts + 1] = ".data\n.quad l65999, g66000, g3000, l1\n"
    helper.write(folder .. "/many.s", table.concat(parts))
    helper.must({ "as", "-o", "many.o", "many.s" }, folder)
    local path = folder .. "/many.o"
    compare(path, { { op = "localize", name = "g66000" },
                    { op = "localize", name = "g63000" },
                    { op = "globalize", name = "l65999" },
                    { op = "add-absolute", name = "abs", value = 5 } },
            { "--localize-symbol=g66000", "--localize-symbol=g63000",
              "--globalize-symbol=l65999", "--add-symbol=abs=5,global" })
    assert.equal("", edited.warnings(path .. ".ours"))
    edited.change(path, path .. ".fewer", {
      { op = "strip", name = "l65000" },
      { op = "drop-section", name = ".t65000" } })
    assert.equal("", edited.warnings(path .. ".fewer"))
    assert.is_nil(edited.sections_differ(edited.look(path),
      edited.look(path .. ".fewer"), { [".t65000"] = true }))
  end)

  it("a table of symbol numbers that nobody knows", function ()
    local path = assemble("unknown", CALLS, "-triple=x86_64-linux-gnu")
    local bytes = helper.read(path)
    local symtab
    for _, s in ipairs(edited.look(path).sections) do
      if s.name == ".symtab" then symtab = s.number end
    end
    local at = string.unpack("<I8", bytes, 41)
    local header = at + 64  -- of .strtab or .text: any that is not the table
    for i = 1, 20 do
      local kind = string.unpack("<I4", bytes, at + 64 * i + 5)
      if kind == 1 then header = at + 64 * i break end
    end
    bytes = bytes:sub(1, header + 4) .. string.pack("<I4", 0x6fff4c55)
      .. bytes:sub(header + 9, header + 40) .. string.pack("<I4", symtab)
      .. bytes:sub(header + 45)
    local out, why = edited.made(bytes, { { op = "localize", name = "b" } })
    assert.is_nil(out)
    assert.is_truthy(why:find "type 0x6fff4c55" and why:find "'%.%w+'")
    assert.is_string(edited.made(bytes, { { op = "weaken", name = "b" } }))
  end)
end)
