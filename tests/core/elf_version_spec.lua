local helper = require "helper"
local make = require "make"
local peers = require "peers"

local SOURCE = [[
int plain(void) { return 0; }
int old_f(void) { return 1; }
int new_f(void) { return 2; }
__asm__(".symver old_f, f@V1");
__asm__(".symver new_f, f@@V2");
extern int wanted(void);
int g(void) { return wanted() + plain(); }
int hidden_by_script(void) { return 3; }
int unversioned(void) { return 4; }
]]

local SCRIPT = [[
V1 { global: f; plain; local: hidden_*; };
V2 { global: f; g; } V1;
]]

local NEEDED = "int wanted(void) { return 1; }\n"


local function build(folder, target)
  local cc = { "clang", "--target=" .. target .. "-linux-gnu", "-w", "-O1",
               "-ffreestanding", "-fintegrated-as", "-fPIC", "-c" }
  local function compile(name)
    local words = table.move(cc, 1, #cc, 1, {})
    words[#words + 1] = name .. ".c"
    helper.must(words, folder)
  end
  compile "x"
  compile "needed"
  local needed, out = target .. "-needed.so", target .. ".so"
  helper.must({ "ld.lld", "-shared", "-o", needed, "--version-script",
                "needed.map", "-soname", "libneeded.so", "needed.o" }, folder)
  helper.must({ "ld.lld", "-shared", "-o", out, "--version-script", "x.map",
                "x.o", needed }, folder)
  return out
end


describe("symbol versions", function ()
  local folder
  setup(function ()
    folder = helper.folder "version"
    helper.write(folder .. "/x.c", SOURCE)
    helper.write(folder .. "/x.map", SCRIPT)
    helper.write(folder .. "/needed.c", NEEDED)
    helper.write(folder .. "/needed.map", "NEED_1 { global: *; };\n")
  end)

  -- A copy of a library's variable is defined in the program, and its version
  -- is still the library's.
  it("of what a program copies are those that it needs", function ()
    helper.write(folder .. "/copy.c", "#include <stdio.h>\n"
      .. "int main(void) { return fputs(\"\", stdout); }\n")
    helper.must({ "gcc", "-no-pie", "-o", "copy", "copy.c" }, folder)
    local theirs = peers.llvm({ "copy" }, folder, "-D").copy
    local ours, status = peers.symrun({ "copy" }, folder, "--view", "dynamic")
    assert.equal(0, status)
    assert.equal("", peers.difference(ours.copy, theirs))
    assert.matches("\tstdout@GLIBC[^\t]*\tB\t", table.concat(ours.copy, "\n"))
  end)

  it("are told as llvm-nm and GNU nm tell them, in both byte orders",
     function ()
    local files = {}
    for i, target in ipairs { "x86_64", "i386", "aarch64", "powerpc64",
                              "mips", "mipsel" } do
      files[i] = build(folder, target)
    end
    for _, words in ipairs { { "gcc", "-o", "native-needed.so", "needed.c",
                               "-Wl,--version-script,needed.map" },
                             { "gcc", "-o", "native.so", "x.c",
                               "./native-needed.so",
                               "-Wl,--version-script,x.map" } } do
      table.move({ "-w", "-shared", "-fPIC" }, 1, 3, #words + 1, words)
      helper.must(words, folder)
    end
    files[#files + 1] = "native.so"
    local ours, status, err = peers.symrun(files, folder, "--view", "dynamic")
    assert.equal("", err)
    assert.equal(0, status)
    local theirs = peers.llvm(files, folder, "-D")
    local gnu = peers.gnu(files, folder, "-D")
    for _, file in ipairs(files) do
      assert.equal("", peers.difference(ours[file], theirs[file]), file)
      -- A version is itself a symbol, and GNU nm does not say its name twice.
      local once = {}
      for i, row in ipairs(ours[file]) do
        once[i] = row:gsub("^%-\t(.*)@@%1\t", "-\t%1\t")
      end
      assert.equal("", peers.difference(once, gnu[file]), file)
      local text = "\n" .. table.concat(ours[file], "\n") .. "\n"
      local code = file == "powerpc64.so" and "D" or "T"
      for _, name in ipairs { "f@V1\t" .. code, "f@@V2\t" .. code,
                              "g@@V2\t" .. code, "plain@@V1\t" .. code,
                              "wanted@NEED_1\tU" } do
        assert.is_truthy(text:find("\n-\t" .. name, 1, true), file .. name)
      end
      assert.is_nil(text:find "hidden_by_script")
      assert.is_truthy(text:find "\tunversioned\t")
    end
  end)

  it("stay in the names of an object's own symbols", function ()
    helper.must({ "gcc", "-w", "-fPIC", "-c", "x.c", "-o", "own.o" }, folder)
    local ours = peers.symrun({ "own.o" }, folder)["own.o"]
    local theirs = peers.llvm({ "own.o" }, folder)["own.o"]
    assert.equal("", peers.difference(ours, theirs))
    local text = table.concat(ours, "\n")
    assert.matches("f@V1\tT", text)
    assert.matches("f@@V2\tT", text)
  end)
end)


--- A library in which two symbols have versions: a@@ONE defined, b@TWO wanted.
--- Strings of .dynstr: a at 1, b at 3, ONE at 5, TWO at 9, lib at 13.
local function library(change)
  local t = {
    versym = string.pack("<I2I2I2", 0, 2, 3),
    --            version flags index count hash aux next, name next
    verdef = string.pack("<I2I2I2I2I4I4I4 I4I4", 1, 0, 2, 1, 0, 20, 0, 5, 0),
    --            version count file aux next, hash flags other name next
    verneed = string.pack("<I2I2I4I4I4 I4I2I2I4I4", 1, 1, 13, 16, 0, 0, 0, 3, 9,
                          0),
  }
  change(t)
  return make.elf {
    type = 3, lie = t.lie,
    dynamic = { { name = "a", section = ".text", type = "func" },
                { name = "b" } },
    strings = { "ONE", "TWO", t.long or "lib" },
    sections = {
      { name = ".text", type = 1, flags = 6, bytes = ("\x90"):rep(16) },
      { name = ".gnu.version_d", type = 0x6ffffffd, bytes = t.verdef,
        link = t.link or ".dynstr", info = 1 },
      { name = ".gnu.version_r", type = 0x6ffffffe, bytes = t.verneed,
        link = ".dynstr", info = 1 },
      { name = ".gnu.version", type = 0x6fffffff, bytes = t.versym,
        link = ".dynsym", entsize = 2 },
      { name = ".again", type = t.again or 1, bytes = "", link = ".dynstr" },
    },
  }
end


describe("damaged symbol versions", function ()
  local folder
  setup(function () folder = helper.folder "version" end)

  local function ask(change)
    local text, at = library(change)
    helper.write(folder .. "/lib.so", text)
    local ours, status, err = peers.symrun({ "lib.so" }, folder, "--view",
                                           "dynamic")
    return ours["lib.so"], status, err, at
  end

  it("begin from a library that is whole", function ()
    local rows, status, err = ask(function () end)
    assert.equal("", err)
    assert.equal(0, status)
    assert.same({ "-\ta@@ONE\tT\t0", "-\tb@TWO\tU\t" },
                table.move(rows, 1, #rows, 1, {}))
    assert.equal("", peers.difference(rows,
      peers.llvm({ "lib.so" }, folder, "-D")["lib.so"]))
  end)

  it("are told: names that many records share, to cost time", function ()
    local long = ("v"):rep(1 << 20)
    local text, at = library(function (t)
      local parts = {}
      for i = 1, 60000 do
        parts[i] = string.pack("<I4I2I2I4I4", 0, 0, 3, 13, i < 60000 and 16
                               or 0)
      end
      t.verneed = string.pack("<I2I2I4I4I4", 1, 60000, 13, 16, 0)
                  .. table.concat(parts)
      t.long = long
    end)
    helper.write(folder .. "/long.so", text)
    local _, status, err = peers.symrun({ "long.so" }, folder, "--view",
                                        "dynamic")
    assert.equal(2, status)
    assert.matches("more than 64 times the file", err)
    local offset = tonumber(err:match "at offset (%d+)%)\n$")
    assert.equal(0, (offset - at[".gnu.version_r"]) % 16)
  end)

  it("are told: a list for the second time", function ()
    for kind, name in pairs { [0x6ffffffd] = "sh_type",
                              [0x6ffffffe] = "sh_type" } do
      local rows, status, err, at = ask(function (t) t.again = kind end)
      assert.equal(2, status)
      assert.is_true(rows.status ~= "ok")
      local line = err:match "^symrun: lib.so: ([^\n]*)\n$"
      assert.is_true(peers.told(line, name, at.header[".again"] + 4), err)
    end
  end)

  -- what is wrong, the change, the field, the section and the place in it
  for _, case in ipairs {
    { "an index that no version has", function (t)
        t.versym = string.pack("<I2I2I2", 0, 2, 4)
      end, "version index", ".gnu.version", 4 },
    { "too few indexes", function (t) t.versym = ("\0"):rep(4) end, "sh_size",
      "header .gnu.version", 32 },
    { "a definition's name outside", function (t)
        t.verdef = t.verdef:sub(1, 20) .. string.pack("<I4I4", 999, 0)
      end, "vda_name", ".gnu.version_d", 20 },
    { "a definition outside", function (t)
        t.verdef = string.pack("<I2I2I2I2I4I4I4 I4I4", 1, 0, 2, 1, 0, 20, 999,
                               5, 0)
      end, "vd_next", ".gnu.version_d", 0 },
    { "a definition's names outside", function (t)
        t.verdef = string.pack("<I2I2I2I2I4I4I4 I4I4", 1, 0, 2, 1, 0, 999, 0,
                               5, 0)
      end, "vd_aux", ".gnu.version_d", 0 },
    { "a need outside", function (t)
        t.verneed = string.pack("<I2I2I4I4I4 I4I2I2I4I4", 1, 1, 13, 999, 0, 0,
                                0, 3, 9, 0)
      end, "vn_aux", ".gnu.version_r", 0 },
    { "a list of other strings", function (t) t.link = ".shstrtab" end,
      "sh_link", "header .gnu.version_d", 40 },
    { "a list that was cut away", function (t)
        t.lie = { [".gnu.version_r"] = { offset = 1 << 40 } }
      end, "sh_offset", "header .gnu.version_r", 24 },
  } do
    local what, change, field, where, plus = table.unpack(case)
    it("are told: " .. what, function ()
      local rows, status, err, at = ask(change)
      assert.equal(2, status)
      assert.is_true(rows.status ~= "ok")
      local section = where:match "^header (.*)"
      local offset = (section and at.header[section] or at[where]) + plus
      local line = err:match "^symrun: lib.so: ([^\n]*)\n$"
      assert.is_true(peers.told(line, field, offset), err)
    end)
  end
end)
