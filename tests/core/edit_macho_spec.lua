--- Mach-O objects that are changed, beside what LLVM's objcopy makes of the
--- same, and what ld64.lld makes of the result.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local core = require "symrun.core"
local helper = require "helper"
local macho = require "make_macho"

local SOURCE = [[
int wanted(int); extern int wanted_data; int common;
int number = 7; int zero = 0; static int state = 3;
__attribute__((noinline)) static int twice(int x) { return x * 2 + state++; }
__attribute__((noinline)) int a_function_to_be_local(int x) {
  return twice(x) + number; }
__attribute__((noinline)) int kept(int x) {
  return a_function_to_be_local(x) + 1; }
__attribute__((weak)) int weak_one(int x) { return x - 1; }
__attribute__((visibility("hidden"))) int hidden_one(void) { return 1; }
int (*table[])(int) = { a_function_to_be_local, kept, wanted, weak_one };
int unused(void) { return 4; }
int caller(int x) { return kept(x) + wanted(wanted_data) + table[x & 3](x)
  + weak_one(x) + hidden_one() + common + zero; }
]]

local TARGETS = { "x86_64-apple-macos11", "arm64-apple-macos11",
                  "i386-apple-macos10.12", "armv7-apple-ios9" }


local function compile(folder, target, name, source, ...)
  helper.write(folder .. "/" .. name .. ".c", source)
  helper.must({ "clang", "--target=" .. target, "-w", "-O1", "-fcommon", "-c",
                "-o", name .. ".o", name .. ".c", ... }, folder)
  return folder .. "/" .. name .. ".o"
end


-- Symbols, relocations and indirect symbols by names, never by numbers.
local function look(path)
  local text = helper.must { "llvm-readobj-19", "--symbols", "--relocs", path }
  local out = { symbols = {}, relocs = {}, kinds = {} }
  for block in text:gmatch "\n  Symbol {\n(.-)\n  }" do
    local name = block:match "Name: (.-) %(%d+%)"
    local kind = (block:find "PrivateExtern" and "private " or "")
      .. (block:find "\n    Extern" and "extern " or "local ")
      .. block:match "Type: (%w+)"
    out.symbols[#out.symbols + 1] = table.concat({ name, kind,
      block:match "Section: (%S*)", block:match "Flags %[ %((%w+)%)",
      block:match "Value: (%w+)" }, " ")
    out.kinds[name] = kind
  end
  for line in text:gmatch "\n(    0x[^\n]*)" do
    out.relocs[#out.relocs + 1] = line
  end
  out.order = table.concat(out.symbols, "\n")
  table.sort(out.symbols)
  text = helper.must { "llvm-objdump-19", "--macho", "--indirect-symbols",
                       path }
  for line in text:gmatch "\n(0x%S+ +%d+ %S+)" do
    out.relocs[#out.relocs + 1] = line:gsub(" +%d+ ", " ")
  end
  return out
end


local function made(path, edits, to)
  local bytes, done = core.object_made(helper.read(path), edits)
  assert(bytes, done)
  return helper.write(to, bytes), done, bytes
end


local function refused(bytes, edit, ...)
  local result, why = core.object_made(bytes, { edit })
  assert.is_nil(result, edit.op .. " " .. edit.name)
  for _, text in ipairs { ... } do
    assert.is_truthy(why:find(text, 1, true), why)
  end
end


describe("a Mach-O object that is changed", function ()
  it("is what LLVM's objcopy makes of it", function ()
    local folder = helper.folder "edit-macho"
    for i, target in ipairs(TARGETS) do
      local file = compile(folder, target, "t" .. i, SOURCE)
      for _, case in ipairs {
        { { { op = "weaken", name = "_kept" },
            { op = "weaken", name = "_number" } },
          "--weaken-symbol=_kept", "--weaken-symbol=_number" },
        { { { op = "rename", name = "_kept", to = "_k" },
            { op = "rename", name = "_wanted", to = "_a_longer_name" },
            { op = "rename", name = "_state", to = "_other" } },
          "--redefine-sym=_kept=_k", "--redefine-sym=_state=_other",
          "--redefine-sym=_wanted=_a_longer_name" },
      } do
        local to, done = made(file, case[1], folder .. "/ours.o")
        for _, n in ipairs(done) do assert.equal(1, n) end
        helper.must { "llvm-objcopy-19", file, folder .. "/theirs.o",
                      table.unpack(case, 2) }
        local ours, theirs = look(to), look(folder .. "/theirs.o")
        assert.same(theirs.symbols, ours.symbols)
        assert.same(theirs.relocs, ours.relocs)
        assert.are_not.same(look(file).symbols, ours.symbols)
        assert.is_true(#ours.symbols > 10 and #ours.relocs > 5)
      end
    end
  end)

  it("has private externs by one bit, and locals by their place", function ()
    local folder = helper.folder "edit-macho"
    for i, target in ipairs(TARGETS) do
      local file = compile(folder, target, "t" .. i, SOURCE)
      local before = look(file)
      local edits = { { op = "localize", name = "_kept" },
                      { op = "hide", name = "_weak_one" },
                      { op = "unhide", name = "_hidden_one" } }
      local to, done, bytes = made(file, edits, folder .. "/p.o")
      assert.same({ 1, 1, 1 }, done)
      local differ, was = 0, helper.read(file)
      for k = 1, #was do
        if was:byte(k) ~= bytes:byte(k) then
          assert.equal(16, was:byte(k) ~ bytes:byte(k))
          differ = differ + 1
        end
      end
      assert.equal(3, differ)
      local kinds = look(to).kinds
      assert.equal("private extern Section", kinds._kept)
      assert.equal("private extern Section", kinds._weak_one)
      assert.equal("extern Section", kinds._hidden_one)
      -- and truly local
      local list = { "_caller", "_kept", "_weak_one", "_hidden_one", "_table" }
      for k, name in ipairs(list) do
        edits[k] = { op = "localize", name = name, how = { "clear-extern" } }
      end
      to, done = made(file, edits, folder .. "/l.o")
      assert.same({ 1, 1, 1, 1, 1 }, done)
      local after = look(to)
      assert.same(before.relocs, after.relocs)
      assert.equal(#before.symbols, #after.symbols)
      for name, kind in pairs(before.kinds) do
        local named = false
        for _, other in ipairs(list) do named = named or other == name end
        assert.equal(named and "local Section" or kind, after.kinds[name])
      end
      local locals = tonumber(helper.must({ "llvm-readobj-19",
        "--macho-dysymtab", to }):match "nlocalsym: (%d+)")
      local n = 0
      for line in after.order:gmatch "[^\n]+" do
        n = n + 1
        assert.equal(n <= locals, line:find " local " ~= nil, line)
      end
      -- and back
      for k in ipairs(list) do
        edits[k] = { op = "globalize", name = list[k] }
      end
      to = made(to, edits, folder .. "/g.o")
      after = look(to)
      assert.same(before.relocs, after.relocs)
      for _, name in ipairs(list) do
        assert.equal("extern Section", after.kinds[name])
      end
    end
  end)

  it("has more, keeps only what is listed", function ()
    local folder = helper.folder "edit-macho"
    for i, target in ipairs(TARGETS) do
      local source = SOURCE:gsub("common;", "common = 1;")
      local file = compile(folder, target, "t" .. i, source)
      local before = look(file)
      local to = made(file, {
        { op = "add-absolute", name = "_at", value = 0x12345 },
        { op = "add-undefined", name = "_pulls_a_member" },
        { op = "add-absolute", name = "_wanted", value = 8 } },
        folder .. "/a.o")
      local after = look(to)
      assert.same(before.relocs, after.relocs)
      assert.equal("extern Abs", after.kinds._at)
      assert.equal("extern Abs", after.kinds._wanted)
      assert.equal("extern Undef", after.kinds._pulls_a_member)
      assert.is_truthy(after.order:find("_at extern Abs  0x0 0x12345", 1, true))
      to = made(to, { { op = "strip", name = "_at" },
                      { op = "strip", name = "_unused", how = { "insist" } },
                      { op = "strip", name = "_pulls_a_member" } }, to)
      after = look(to)
      assert.same(before.relocs, after.relocs)
      assert.equal(#before.symbols - 1, #after.symbols)
      assert.is_nil(after.kinds._unused)
      for _, how in ipairs { {}, { "clear-extern" } } do
        to = made(file, { { op = "keep-only", name = "_caller", how = how },
                          { op = "keep-only", name = "_number" } },
                  folder .. "/k.o")
        after = look(to)
        assert.same(before.relocs, after.relocs)
        local left = {}
        for name, kind in pairs(after.kinds) do
          if kind == "extern Section" then left[#left + 1] = name end
        end
        table.sort(left)
        assert.same({ "_caller", "_number" }, left)
      end
    end
  end)

  it("links where it did not", function ()
    local folder = helper.folder "edit-macho"
    for i = 1, 2 do
      local target, arch = TARGETS[i], TARGETS[i]:match "[^-]+"
      compile(folder, target, "a", "__attribute__((noinline, optnone)) "
        .. "int f(void) { return 1; } int g(void) { return f(); } int v = 1;")
      compile(folder, target, "b", "int f(void) { return 2; } int v = 2;")
      local line = { "ld64.lld-19", "-arch", arch, "-platform_version",
        "macos", "11", "11", "-dylib", "-undefined", "dynamic_lookup", "-o",
        "x.dylib", "a.o", "b.o" }
      local status, _, err = helper.run(line, folder)
      assert.equal(1, status)
      assert.is_truthy(err:find "duplicate symbol: _f", err)
      made(folder .. "/a.o", {
        { op = "localize", name = "_f", how = { "clear-extern" } },
        { op = "weaken", name = "_v" } }, folder .. "/a.o")
      helper.must(line, folder)
      local text = helper.must({ "llvm-nm-19", "x.dylib" }, folder)
      local _, count = text:gsub("[tT] _f\n", "%0")
      assert.equal(2, count, text)
      assert.is_truthy(text:find "t _f\n")
      text = helper.must({ "llvm-objdump-19", "-d", "--no-show-raw-insn",
                           "--disassemble-symbols=_g", "x.dylib" }, folder)
      local mine = helper.must({ "llvm-nm-19", "x.dylib" }, folder)
        :match "(%x+) t _f\n":gsub("^0+", "")
      assert.is_truthy(text:find("0x" .. mine, 1, true), text)
    end
  end)

  it("is of either byte order", function ()
    for _, class in ipairs { 32, 64 } do
      local relocs = string.pack(">I4I4I4I4", 0, 0x000003 << 8 | 0x50, 4,
                                 0x000001 << 8 | 0x50)
      local bytes = macho.file { class = class, big = true, cpu = 18,
        sections = { { segment = "__TEXT", name = "__text",
                       bytes = ("\0"):rep(16) .. relocs, size = 16 } },
        symbols = { { name = "_l", sect = 1, ext = false },
          { name = "_f", sect = 1 }, { name = "_g", sect = 1, value = 4 },
          { name = "_u", type = "undef" } } }
      local head = class == 64 and 32 + 72 or 28 + 56
      local where = head + (class == 64 and 56 or 48)
      local text = string.unpack(">I4", bytes,
                                 head + (class == 64 and 49 or 41))
      bytes = bytes:sub(1, where) .. string.pack(">I4I4", text + 16, 2)
        .. bytes:sub(where + 9)
      local function targets(made_bytes)
        local symoff = string.unpack(">I4", made_bytes, head
          + (class == 64 and 80 or 68) + 9)
        local stroff = string.unpack(">I4", made_bytes, head
          + (class == 64 and 80 or 68) + 17)
        local list = {}
        for k = 0, 1 do
          local number = string.unpack(">I4", made_bytes, text + 21 + 8 * k)
          assert.equal(0x50, number & 0xff)
          local strx = string.unpack(">I4", made_bytes, symoff + 1
            + (number >> 8) * (class == 64 and 16 or 12))
          list[k + 1] = string.unpack("z", made_bytes, stroff + 1 + strx)
        end
        return list
      end
      assert.same({ "_u", "_f" }, targets(bytes))
      local out = assert(core.object_made(bytes, {
        { op = "localize", name = "_g", how = { "clear-extern" } },
        { op = "strip", name = "_l" },
        { op = "add-absolute", name = "_abs", value = 1 },
        { op = "rename", name = "_u", to = "_a_new_name" } }))
      assert.same({ "_a_new_name", "_f" }, targets(out))
      refused(bytes, { op = "strip", name = "_f" }, "__TEXT,__text", "need it")
    end
  end)

  it("is refused where the result would be another than asked for", function ()
    local folder = helper.folder "edit-macho"
    local file = compile(folder, TARGETS[1], "t", SOURCE)
    local bytes = helper.read(file)
    local clear = { "clear-extern" }
    for _, case in ipairs {
      { "localize", "_wanted", "undefined here" },
      { "localize", "_common", "common symbol", how = clear },
      { "weaken", "_common", "common symbol" },
      { "rename", "_kept", "has a symbol of that name", to = "_caller" },
      { "rename", "_kept", "an assembler's", to = "Lkept" },
      { "strip", "_kept", "need it" },
      { "strip", "_unused", "insist" },
      { "drop-section", "__text", "numbers" },
      { "wasm-import", "_wanted", "only wasm", to = "m" },
      { "add-undefined", "_kept", "defines it already" },
      { "add-absolute", "_kept", "defines it already" },
    } do
      refused(bytes, { op = case[1], name = case[2], to = case.to,
                       how = case.how, value = 1 }, "cannot " .. case[1],
              case[2], case[3])
    end
    local i386 = helper.read(compile(folder, TARGETS[3], "i", SOURCE))
    refused(i386, { op = "strip", name = "_wanted_data" }, "need")
    helper.must({ "ld64.lld-19", "-arch", "x86_64", "-platform_version",
      "macos", "11", "11", "-dylib", "-undefined", "dynamic_lookup", "-o",
      "x.dylib", "t.o" }, folder)
    refused(helper.read(folder .. "/x.dylib"), { op = "localize",
      name = "_kept" }, "it was linked")
    local signed = macho.file { symbols = { { name = "_f", sect = 1 } },
      more = string.pack("<I4I4I4I4", 0x1d, 16, 0, 0) }
    refused(signed, { op = "localize", name = "_f" }, "LC_CODE_SIGNATURE")
  end)

  it("is refused beside bitcode, unless that goes too", function ()
    local folder = helper.folder "edit-macho"
    local file = compile(folder, TARGETS[2], "t", SOURCE, "-fembed-bitcode=all")
    local bytes = helper.read(file)
    refused(bytes, { op = "localize", name = "_kept" }, "__LLVM,__bitcode",
            "drop-lto")
    local to, _, out = made(file, { { op = "localize", name = "_kept",
                                      how = { "drop-lto" } } },
                            folder .. "/o.o")
    assert.is_truthy(bytes:find("BC\xc0\xde", 1, true))
    assert.is_nil(out:find("BC\xc0\xde", 1, true))
    assert.equal("private extern Section", look(to).kinds._kept)
    file = compile(folder, TARGETS[2], "m", SOURCE, "-fembed-bitcode=marker")
    assert(core.object_made(helper.read(file), { { op = "localize",
                                                   name = "_kept" } }))
  end)

  it("is the same, where nothing changes, and twice is once", function ()
    local folder = helper.folder "edit-macho"
    local bytes = helper.read(compile(folder, TARGETS[2], "t", SOURCE))
    local same, done = core.object_made(bytes, {
      { op = "localize", name = "not there" }, { op = "localize",
      name = "_twice", how = { "clear-extern" } },
      { op = "localize", name = "_hidden_one" },
      { op = "globalize", name = "_kept" }, { op = "unhide", name = "_kept" },
      { op = "weaken", name = "_weak_one" }, { op = "strip", name = "none" },
      { op = "rename", name = "_kept", to = "_kept" },
      { op = "drop-section", name = "__none" },
      { op = "add-undefined", name = "_wanted" } })
    assert.equal(bytes, same, done)
    for _, edit in ipairs {
      { op = "localize", name = "_kept" },
      { op = "localize", name = "_kept", how = { "clear-extern" } },
      { op = "hide", name = "_kept" }, { op = "weaken", name = "_kept" },
      { op = "weaken", name = "_wanted" },
      { op = "globalize", name = "_state" },
      { op = "globalize", name = "_hidden_one" },
      { op = "rename", name = "_kept", to = "_a_longer_name" },
      { op = "strip", name = "_unused", how = { "insist" } },
      { op = "add-absolute", name = "_more", value = 3 },
      { op = "add-undefined", name = "_a_longer_one" },
    } do
      local once = assert(core.object_made(bytes, { edit }))
      local twice, counts = core.object_made(once, { edit })
      assert.are_not.equal(bytes, once, edit.op)
      assert.equal(once, twice, counts)
      assert.same({ 0 }, counts)
    end
  end)

  it("has symbols behind what follows them", function ()
    local bytes, at = macho.file { symbols = { { name = "_f", sect = 1 } } }
    local out, why = core.object_made(bytes .. "what follows", {
      { op = "rename", name = "_f", to = "_a_new_name" } })
    assert(out, why)
    assert.equal("what follows", out:sub(#bytes + 1, #bytes + 12))
    assert.equal(bytes:sub(at.symbols + 1), out:sub(at.symbols + 1, #bytes))
    assert.is_truthy(out:find("_a_new_name", #bytes, true))
  end)

  it("is an error where it lies, and never more", function ()
    local function file(t)
      t.symbols = { { name = "_l", sect = 1, ext = false },
        { name = "_f", sect = 1 }, { name = "_g", sect = 2, strx = t.strx },
        { name = "_u", type = "undef" } }
      return macho.file(t)
    end
    local edits = { { op = "localize", name = "_f", how = { "clear-extern" } },
      { op = "rename", name = "_u", to = "_another" },
      { op = "strip", name = "_g" }, { op = "hide", name = "_g" } }
    local bytes = file {}
    assert(core.object_made(bytes, edits))
    for _, lie in ipairs {
      { { strx = 5000 }, "n_strx" },
      { { lie = { dysymtab = { nlocalsym = 2, iextdefsym = 2,
                               nextdefsym = 1 } } }, "nlocalsym" },
      { { lie = { dysymtab = { nundefsym = 0 } } }, "LC_DYSYMTAB" },
      { { lie = { symtab = { nsyms = 5000 } } }, "symoff" },
    } do
      local _, why = core.object_made(file(lie[1]), edits)
      assert.is_truthy(type(why) == "string" and why:find(lie[2], 1, true), why)
    end
    for k = 1, #bytes do
      for _, byte in ipairs { "\0", "\1", "\127", "\255" } do
        core.object_made(bytes:sub(1, k - 1) .. byte .. bytes:sub(k + 1), edits)
      end
      core.object_made(bytes:sub(1, k), edits)
    end
  end)
end)
