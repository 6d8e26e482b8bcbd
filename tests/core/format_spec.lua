local helper = require "helper"
local peers = require "peers"

-- What begins a file, what symrun nm calls it, and how it ends: a format is
-- known by its content.  All of these have names that say something else.
local CASES = {
  { "ar", "!<arch>\n", 0, "nosyms" },
  { "thin-ar", "!<thin>\n", 0, "nosyms" },
  { "aix-ar", "<bigaf>\n", 2, "refused" },
  { "elf", "\x7fELF", 2, "refused" },
  { "macho", "\xcf\xfa\xed\xfe", 2, "refused" },
  { "macho", "\xce\xfa\xed\xfe", 2, "refused" },
  { "macho", "\xfe\xed\xfa\xce", 2, "refused" },
  { "macho", "\xfe\xed\xfa\xcf", 2, "refused" },
  { "fat", "\xca\xfe\xba\xbe\0\0\0\2", 2, "refused" },
  { "fat", "\xca\xfe\xba\xbf\0\0\0\2", 2, "refused" },
  { "other", "\xca\xfe\xba\xbe\0\0\0\x34", 2, "refused" },  -- a Java class
  { "coff", "\x64\x86\1\0" .. ("\0"):rep(16), 2, "refused" },
  { "coff", "\x4c\1\1\0" .. ("\0"):rep(16), 2, "refused" },
  { "coff-bigobj", "\0\0\xff\xff\2\0\x64\x86" .. ("\0"):rep(48), 2, "refused" },
  { "coff-import", "\0\0\xff\xff\0\0\x64\x86" .. ("\0"):rep(48), 2, "refused" },
  { "pe", "MZ" .. ("\0"):rep(62), 2, "refused" },
  { "wasm", "\0asm\1\0\0\0", 0, "nosyms" },
  { "bitcode", "BC\xc0\xde", 2, "refused" },
  { "bitcode", "\xde\xc0\x17\x0b", 2, "refused" },
  { "xcoff", "\x01\xdf\0\0", 2, "refused" },
  { "xcoff", "\x01\xf7\0\0", 2, "refused" },
  { "tbd", "--- !tapi-tbd\n", 2, "refused" },
  { "script", "/* GNU ld script\n*/\nGROUP ( libm.so.6 )\n", 2, "refused" },
  { "script", "INPUT(libncurses.so.6 -ltinfo)\n", 2, "refused" },
  { "other", "rust\0\0\0\8", 0, "nosyms" },
  { "other", "#!/bin/sh\n", 2, "refused" },
  { "other", "x", 2, "refused" },
}


describe("a format", function ()
  it("is known by its first bytes, not by its name", function ()
    local folder = helper.folder "format"
    for i, case in ipairs(CASES) do
      local format, bytes, expected, state = table.unpack(case)
      local file = i .. ".lib"
      helper.write(folder .. "/" .. file, bytes)
      local ours, status, err = peers.symrun({ file }, folder)
      local what = format .. " " .. i
      assert.equal(expected, status, what)
      assert.equal(format, ours[file].format, what)
      assert.equal(state, ours[file].status, what)
      assert.equal(0, ours[file].count)
      -- Who is refused is told why, in one line.
      local _, lines = err:gsub("\n", "")
      assert.equal(state == "refused" and 1 or 0, lines, what)
    end
  end)

  it("that is not read yet is never empty", function ()
    local folder = helper.folder "format"
    helper.write(folder .. "/x.c", "int f(void) { return 1; }\n")
    for target, format in pairs {
      ["x86_64-apple-macos"] = "macho", ["arm64-apple-macos"] = "macho",
      ["x86_64-pc-windows-msvc"] = "coff", ["i686-pc-windows-gnu"] = "coff",
      ["aarch64-pc-windows-msvc"] = "coff", ["wasm32"] = "wasm",
    } do
      helper.must({ "clang", "--target=" .. target, "-c", "x.c", "-o", "x.o" },
                  folder)
      local ours = peers.symrun({ "x.o" }, folder)
      assert.equal(format, ours["x.o"].format, target)
      assert.is_true(ours["x.o"].status == "refused" or #ours["x.o"] > 0)
    end
    helper.must({ "clang", "-flto", "-c", "x.c", "-o", "x.o" }, folder)
    local ours, status, err = peers.symrun({ "x.o" }, folder, "--view",
                                           "native")
    assert.equal(2, status)
    assert.equal("bitcode", ours["x.o"].format)
    assert.matches("no native code", err)
  end)
end)
