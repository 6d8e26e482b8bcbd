--- COFF objects that are changed, beside what GNU objcopy and LLVM's make of
--- the same, and what lld-link makes of the result.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local core = require "symrun.core"
local helper = require "helper"
local make = require "make_coff"
local peers = require "peers_coff"

local SOURCE = [[
int wanted(int); extern int wanted_data; int common;
int number = 7; int zero = 0; static int state = 3;
__attribute__((noinline)) static int twice(int x) { return x * 2 + state++; }
__attribute__((noinline)) int a_function_to_be_local(int x) {
  return twice(x) + number; }
__attribute__((noinline)) int kept(int x) {
  return a_function_to_be_local(x) + 1; }
__attribute__((weak)) int weak_one(int x) { return x - 1; }
__attribute__((selectany)) int any = 3;
__declspec(dllexport) int exported(void) { return 1; }
int (*table[])(int) = { a_function_to_be_local, kept, wanted, weak_one };
int caller(int x) { return kept(x) + wanted(wanted_data) + table[x & 3](x)
  + weak_one(x) + any + common + zero; }
]]

local TARGETS = {
  { "x86_64-pc-windows-msvc", "pe-x86-64" }, { "i686-pc-windows-msvc" },
  { "aarch64-pc-windows-msvc" }, { "armv7-pc-windows-msvc" },
  { "x86_64-pc-windows-gnu", "pe-x86-64" },
  { "x86_64-pc-windows-msvc", nil, "-Wa,-mbig-obj" },
}


local function object(folder, i, source, ...)
  local target, _, more = table.unpack(TARGETS[i])
  local words = { ... }
  words[#words + 1] = more
  return folder .. "/" .. peers.cc(folder, target, i .. ".o", source or SOURCE,
                                   "-O1", "-fcommon", table.unpack(words))
end


-- Symbols by name, sections' own and files left out, and relocations by the
-- names that they are to; as llvm-readobj tells them.
local function look(path)
  local text = helper.must { "llvm-readobj-19", "--symbols", "--relocs", path }
  local out = { symbols = {}, relocs = {} }
  for block in text:gmatch "\n  Symbol {\n(.-)\n  }" do
    local name = block:match "Name: ([^\n]*)"
    local class = block:match "StorageClass: (%w+)"
    local auxes = tonumber(block:match "AuxSymbolCount: (%d+)")
    if class ~= "File" and not (class == "Static" and auxes > 0
                                and not block:find "ComplexType: Function") then
      local linked = block:match "Linked: (%S+)"
      out.symbols[#out.symbols + 1] = table.concat({ name, class,
        block:match "Value: (%d+)", block:match "Section: (%S+)",
        linked or "-" }, " ")
    end
  end
  for line in text:gmatch "\n(    0x[^\n]*)" do
    out.relocs[#out.relocs + 1] = line:gsub(" %(%d+%)", "")
  end
  table.sort(out.symbols)
  return out
end


local function made(path, edits, to)
  local bytes, done = core.object_made(helper.read(path), edits)
  assert(bytes, done)
  return helper.write(to, bytes), done, bytes
end


-- Both name the same symbols and relocations.
local function agree(ours, theirs)
  local a, b = look(ours), look(theirs)
  assert.same(b.symbols, a.symbols)
  assert.same(b.relocs, a.relocs)
  assert.is_true(#a.symbols > 8 and #a.relocs > 4)
end


local function refused(bytes, edit, ...)
  local result, why = core.object_made(bytes, { edit })
  assert.is_nil(result, edit.op .. " " .. edit.name)
  for _, text in ipairs { ... } do
    assert.is_truthy(why:find(text, 1, true), why)
  end
end


describe("a COFF object that is changed", function ()
  it("has a local symbol as GNU objcopy makes it, by one byte", function ()
    local folder = helper.folder "edit-coff"
    for i, target in ipairs(TARGETS) do
      local file = object(folder, i)
      local under = i == 2 and "_" or ""
      local edits = {
        { op = "localize", name = under .. "a_function_to_be_local" },
        { op = "localize", name = under .. "number" } }
      local to, done, bytes = made(file, edits, folder .. "/ours.o")
      assert.same({ 1, 1 }, done)
      local before, differ = helper.read(file), 0
      assert.equal(#before, #bytes)
      for k = 1, #before do
        if before:byte(k) ~= bytes:byte(k) then
          assert.equal("\2\3", before:sub(k, k) .. bytes:sub(k, k))
          differ = differ + 1
        end
      end
      assert.equal(2, differ)
      local text = table.concat(look(to).symbols, "\n")
      assert.is_truthy(text:find("_to_be_local Static", 1, true))
      assert.is_truthy(text:find("number Static", 1, true))
      if target[2] then
        helper.must { "objcopy", "-I", target[2], "-O", target[2],
          "--localize-symbol=number",
          "--localize-symbol=a_function_to_be_local", file,
          folder .. "/theirs.o" }
        agree(to, folder .. "/theirs.o")
      end
      -- and back, to the last byte
      for _, edit in ipairs(edits) do edit.op = "globalize" end
      assert.equal(before, (core.object_made(bytes, edits)))
    end
  end)

  it("has another name as LLVM's objcopy gives it", function ()
    local folder = helper.folder "edit-coff"
    for i in ipairs(TARGETS) do
      local file, under = object(folder, i), i == 2 and "_" or ""
      local names = { kept = "k", wanted = "a_name_that_is_much_longer",
                      number = "eight123", table = "nine_1234" }
      local edits, words = {}, { "llvm-objcopy-19" }
      for old, new in pairs(names) do
        edits[#edits + 1] = { op = "rename", name = under .. old, to = new }
        words[#words + 1] = "--redefine-sym=" .. under .. old .. "=" .. new
      end
      local to, done = made(file, edits, folder .. "/ours.o")
      assert.same({ 1, 1, 1, 1 }, done)
      table.move({ file, folder .. "/theirs.o" }, 1, 2, #words + 1, words)
      helper.must(words)
      agree(to, folder .. "/theirs.o")
    end
  end)

  it("lacks what was stripped, and all else has its number", function ()
    local folder = helper.folder "edit-coff"
    for i in ipairs(TARGETS) do
      local file, under = object(folder, i), i == 2 and "_" or ""
      local first, count = made(file, {
        { op = "add-undefined", name = "pulls_a_member" },
        { op = "add-absolute", name = "at", value = 0x1234 } },
        folder .. "/first.o")
      assert.same({ 1, 1 }, count)
      local text = table.concat(look(first).symbols, "\n")
      assert.is_truthy(text:find("pulls_a_member External 0 IMAGE_SYM_UNDEF",
                                 1, true), text)
      assert.is_truthy(text:find("at External 4660 IMAGE_SYM_ABS", 1, true))
      local to, done = made(first, { { op = "strip", name = under .. "caller" },
        { op = "strip", name = "at" } }, folder .. "/ours.o")
      assert.equal(1, done[1] * done[2])
      helper.must { "llvm-objcopy-19", "--strip-symbol=" .. under .. "caller",
        "--strip-symbol=at", first, folder .. "/theirs.o" }
      agree(to, folder .. "/theirs.o")
      local all = helper.must { "llvm-readobj-19", "--addrsig", to }
      local was = helper.must { "llvm-readobj-19", "--addrsig", file }
      for name in was:gmatch "Sym: (%S+)" do
        assert.is_truthy(all:find("Sym: " .. name, 1, true), all)
      end
    end
  end)

  it("links where it did not, and calls its own", function ()
    local folder = helper.folder "edit-coff"
    local flags = { "-O1", "-ffunction-sections" }
    local target = TARGETS[1][1]
    peers.cc(folder, target, "a.o", "__attribute__((noinline)) int f(void) "
      .. "{ return 1; } int start(void) { return f(); }",
      table.unpack(flags))
    peers.cc(folder, target, "b.o", "int f(void) { return 2; }",
             table.unpack(flags))
    local line = { "lld-link-19", "/entry:start", "/subsystem:console",
                   "/nodefaultlib", "/out:x.exe", "/map:x.map", "b.o", "a.o" }
    local status, _, err = helper.run(line, folder)
    assert.equal(1, status)
    assert.is_truthy(err:find "duplicate symbol: f", err)
    -- -ffunction-sections makes COMDATs that give way to nobody
    refused(helper.read(folder .. "/a.o"), { op = "localize", name = "f" },
            "cannot localize 'f'", "COMDAT", "dissolve")
    made(folder .. "/a.o", { { op = "localize", name = "f",
                               how = { "dissolve" } } }, folder .. "/a.o")
    helper.must(line, folder)
    local map = helper.read(folder .. "/x.map")
    local _, _, static = map:find "Static symbols(.*)"
    assert.is_truthy(static:find "f +%x+ +a.o")
  end)

  it("leaves COMDATs that dissolve with all that goes with them", function ()
    local folder = helper.folder "edit-coff"
    for _, big in ipairs { false, true } do
      local bytes = make.object { big = big, sections = {
          { name = ".text", flags = make.flags.t | make.flags.comdat,
            bytes = "\xc3" },
          { name = ".pdata", flags = make.flags.r | make.flags.comdat,
            bytes = "abcd" },
          { name = ".xdata", flags = make.flags.r | make.flags.comdat,
            bytes = "efgh" } },
        symbols = { { name = ".text", section = ".text", pick = "any" },
          { name = ".pdata", section = ".pdata", pick = "associative",
            parent = 3 },
          { name = ".xdata", section = ".xdata", pick = "associative",
            parent = 1 },
          { name = "f", section = ".text" },
          { name = "g", section = ".text" } } }
      refused(bytes, { op = "localize", name = "f", how = { "dissolve" } },
              "'g' in it would be defined twice")
      refused(bytes, { op = "rename", name = "f", to = "h" }, "COMDAT")
      refused(bytes, { op = "strip", name = "f" }, "copies of its COMDAT")
      local path = helper.write(folder .. "/c.o", bytes)
      made(path, { { op = "localize", name = "f", how = { "dissolve" } },
        { op = "localize", name = "g", how = { "dissolve" } } }, path)
      local text = helper.must { "llvm-readobj-19", "--sections", "--symbols",
                                 path }
      assert.is_nil(text:find "LNK_COMDAT")
      assert.is_nil(text:find "Selection: [^0]*%(0x[1-9]", text)
    end
  end)

  it("is refused where the result would be another than asked for", function ()
    local folder = helper.folder "edit-coff"
    local bytes = helper.read(object(folder, 1))
    for _, case in ipairs {
      { "localize", "wanted", "undefined here" },
      { "localize", "common", "common symbol" },
      { "localize", "weak_one", "weak external" },
      { "localize", "any", "COMDAT", "dissolve" },
      { "localize", "exported", "/EXPORT:exported", ".drectve" },
      { "rename", "exported", "/EXPORT:exported", to = "other" },
      { "rename", "kept", "has a symbol of that name", to = "caller" },
      { "weaken", "kept", "COFF cannot weaken" },
      { "hide", "kept", "COFF hides no symbol" },
      { "strip", "kept", "relocations", "need it" },
      { "strip", "state", "relocations", "need it" },
      { "strip", "%.weak%.weak_one%.default[%w_.]*", "auxiliary entry" },
      { "drop-section", ".text", "numbers" },
      { "wasm-import", "wanted", "only wasm", to = "m" },
      { "add-absolute", "kept", "defines it already" },
      { "add-undefined", "kept", "defines it already" },
    } do
      local name = case[2]  -- or a pattern of it
      name = name:find "%%" and bytes:match(name) or name
      refused(bytes, { op = case[1], name = name, to = case.to,
                       value = 1 }, "cannot " .. case[1], name, case[3],
              case[4])
    end
    refused(bytes, { op = "add-absolute", name = "x", value = 1 << 32 },
            "32 bits")
    local i386 = helper.read(object(folder, 2))
    refused(i386, { op = "localize", name = "_exported" }, "/EXPORT:_exported")
    local gnu = peers.cc(folder, "i686-pc-windows-gnu", "g.o", SOURCE)
    refused(helper.read(folder .. "/" .. gnu), { op = "localize",
      name = "_exported" }, "-export:exported")
  end)

  it("is refused where GCC's LTO would be read in its place", function ()
    local bytes = make.object { sections = {
        { name = ".text", flags = make.flags.t, bytes = "\xc3" },
        { name = ".gnu.lto_f.0.1", flags = 0x42000800, bytes = "abc" } },
      symbols = { { name = "f", section = ".text" } } }
    refused(bytes, { op = "localize", name = "f" }, ".gnu.lto_f.0.1")
    assert.equal(bytes, (core.object_made(bytes, { { op = "localize",
                                                     name = "g" } })))
  end)

  it("keeps only what is listed", function ()
    local folder = helper.folder "edit-coff"
    local source = SOURCE:gsub("__attribute__%(%(weak%)%)", "")
      :gsub("__declspec%(dllexport%)", "")
      :gsub("int common;", "int common = 1;")
      :gsub("__attribute__%(%(selectany%)%)", "")
    for i in ipairs(TARGETS) do
      local under = i == 2 and "_" or ""
      local to, done = made(object(folder, i, source), {
        { op = "keep-only", name = under .. "caller" },
        { op = "keep-only", name = under .. "number" },
        { op = "keep-only", name = ".refptr.wanted_data" } },  -- MinGW's
        folder .. "/k.o")
      assert.is_true(done[1] >= 7)
      local left = {}
      for _, line in ipairs(look(to).symbols) do
        local name = line:match "^_?(%S+) External %d+ [^I]"
        if name and name ~= ".refptr.wanted_data" then
          left[#left + 1] = name
        end
      end
      assert.same({ "caller", "number" }, left)
    end
  end)

  it("is the same, where nothing changes, and twice is once", function ()
    local folder = helper.folder "edit-coff"
    local bytes = helper.read(object(folder, 1))
    local nothing = { { op = "localize", name = "not there" },
      { op = "localize", name = "twice" }, { op = "globalize", name = "kept" },
      { op = "weaken", name = "weak_one" }, { op = "unhide", name = "kept" },
      { op = "rename", name = "kept", to = "kept" },
      { op = "strip", name = "none" }, { op = "drop-section", name = ".none" },
      { op = "add-undefined", name = "wanted" } }
    local same, done = core.object_made(bytes, nothing)
    assert.equal(bytes, same, done)
    for _, edit in ipairs {
      { op = "localize", name = "kept" }, { op = "strip", name = "caller" },
      { op = "rename", name = "kept", to = "a_longer_name" },
      { op = "localize", name = "any", how = { "dissolve" } },
      { op = "add-absolute", name = "more", value = 3 },
      { op = "add-undefined", name = "a_longer_one" },
    } do
      local once = assert(core.object_made(bytes, { edit }))
      local twice, counts = core.object_made(once, { edit })
      assert.are_not.equal(bytes, once)
      assert.equal(once, twice, counts)
      assert.same({ 0 }, counts)
    end
    -- one after the other, by the names that they give
    local both = assert(core.object_made(bytes, {
      { op = "rename", name = "kept", to = "k" },
      { op = "localize", name = "k" } }))
    assert.equal(both, (core.object_made(core.object_made(bytes, {
      { op = "rename", name = "kept", to = "k" } }),
      { { op = "localize", name = "k" } })))
  end)

  it("is an error where it lies, and never more", function ()
    local bytes, at = make.object { symbols = {
      { name = "f", section = ".text" },
      { name = "w", weak = "alias", default = 0 },
      { name = "a long name", section = ".text" } } }
    local edits = { { op = "localize", name = "f" },
      { op = "rename", name = "w", to = "another long name" },
      { op = "strip", name = "a long name" } }
    assert(core.object_made(bytes, edits))
    for _, lie in ipairs {
      { at.symbol(0) + 17, "B", 200, "NumberOfAuxSymbols" },
      { at.symbol(0) + 12, "I2", 77, "SectionNumber" },
      { at.symbol(3) + 4, "I4", 5000, "inside the string table" },
      { at.symbol(2), "I4", 99, "the index of a symbol" },
      { at.symbol(2), "I4", 2, "the index of a symbol" },
      { at.section(1) + 20, "I4", 1 << 30, "PointerToRawData" },
      { at.section(1) + 32, "I2", 9999, "PointerToRelocations" },
      { at.section(1) + 34, "I2", 1, "line numbers" },
    } do
      local _, why = core.object_made(make.put(bytes, table.unpack(lie, 1, 3)),
                                      edits)
      assert.is_truthy(type(why) == "string" and why:find(lie[4], 1, true), why)
    end
    for k = 1, #bytes do
      for _, byte in ipairs { "\0", "\1", "\127", "\255" } do
        core.object_made(bytes:sub(1, k - 1) .. byte .. bytes:sub(k + 1), edits)
      end
      core.object_made(bytes:sub(1, k), edits)
    end
  end)
end)
