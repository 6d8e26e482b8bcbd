--- Who made COFF objects and PE images: compilers in debug information, as
--- llvm-readobj tells them, Microsoft's numbers in objects, and the list of
--- these that its linker leaves under a key.

local facts = require "facts"
local helper = require "helper"

local pack = string.pack


describe("the makers of a COFF object", function ()
  local folder
  setup(function () folder = helper.folder "facts-makers" end)

  local function assemble(target, text)
    helper.write(folder .. "/a.s", text)
    helper.must({ "llvm-mc-19", "-triple=" .. target, "-filetype=obj", "a.s",
                  "-o", "a.o" }, folder)
    return facts.ask({ "a.o" }, folder)["a.o"].producers
  end

  it("are those of its debug information", function ()
    helper.write(folder .. "/f.c", "int f(void) { return 1; }\n")
    for _, target in ipairs { "x86_64-pc-windows-msvc", "i686-pc-windows-msvc",
                              "aarch64-pc-windows-msvc" } do
      helper.must({ "clang", "--target=" .. target, "-g", "-gcodeview",
                    "-ffunction-sections", "-c", "f.c", "-o", "f.o" }, folder)
      local text = helper.must({ "llvm-readobj-19", "--codeview", "f.o" },
                               folder)
      assert.equal(assert(text:match "VersionName: ([^\n]+)"),
                   facts.ask({ "f.o" }, folder)["f.o"].producers)
      helper.must({ "clang", "--target=" .. target, "-c", "f.c", "-o", "f.o" },
                  folder)
      assert.equal("", facts.ask({ "f.o" }, folder)["f.o"].producers)
    end
  end)

  it("are numbers of Microsoft's, as they stand", function ()
    for _, target in ipairs { "x86_64-pc-windows-msvc",
                              "i686-pc-windows-msvc" } do
      assert.equal("comp.id 0x0105 build 30034",
                   assemble(target, '"@comp.id" = 0x1057552\n'))
      local text = helper.must({ "llvm-readobj-19", "--symbols", "a.o" },
                               folder)
      assert.matches("Name: @comp.id\n%s+Value: 17134930\n%s+Section: "
                     .. "IMAGE_SYM_ABSOLUTE", text)
    end
    local target = "x86_64-pc-windows-msvc"
    assert.equal("", assemble(target, '"@comp.id" = 0\n'))
    assert.equal("", assemble(target, '.data\n"@comp.id": .long 0x1057552\n'))
    assert.equal("", assemble(target, '"@feat.00" = 1\n'))
  end)

  it("are strings of .ident", function ()
    assert.equal("GCC: (GNU) 12-win32\nother", assemble("x86_64-w64-mingw32",
      '.section .rdata$zzz,"dr"\n.asciz "GCC: (GNU) 12-win32"\n.zero 3\n'
      .. '.ascii "other"\n'))
  end)

  -- One part of a ".debug$S" with one record.
  local function code_view(record, lies)
    lies = lies or {}
    local bytes = pack("<I4I4I4I2I2", lies.signature or 4, 0xf1,
      lies.part or #record + 4, lies.record or #record + 2,
      lies.kind or 0x113c) .. record
    return ('.section .debug$S,"dr"\n.byte %s\n'):format(
      bytes:gsub(".", function (c) return c:byte() .. "," end):sub(1, -2))
  end

  local function compiler(name)
    return pack("<I4I2I2I2I2I2I2I2I2I2", 0, 0xd0, 19, 29, 30133, 1, 19, 29,
                30133, 2) .. name
  end

  it("have a version where the name has none", function ()
    local target = "x86_64-pc-windows-msvc"
    local cl = "Microsoft (R) Optimizing Compiler"
    assert.equal(cl .. " 19.29.30133.1",
                 assemble(target, code_view(compiler(cl .. "\0"))))
    assert.equal("x 2", assemble(target, code_view(compiler "x 2\0")))
    local older = pack("<I4I2I2I2I2I2I2I2", 0, 0xd0, 16, 0, 40219, 16, 0,
                       40219) .. cl .. "\0"
    assert.equal(cl .. " 16.0.40219", assemble(target,
      code_view(older, { kind = 0x1116 })))
    assert.equal("", assemble(target, code_view("abcd", { kind = 0x1101 })))
  end)

  it("are damage or unknown where that lies", function ()
    local target = "x86_64-pc-windows-msvc"
    local good = compiler "clang\0"
    for field, lies in pairs {
      [".debug$S length"] = { part = 1 << 30 }, ["record length"] =
      { record = 400 },
    } do
      assert.equal(field, assemble(target, code_view(good, lies)).field)
    end
    assert.equal("record length", assemble(target, code_view(good,
                                           { record = 1 })).field)
    assert.matches("end before", assemble(target, code_view(compiler "clang"))
                   .reason)
    assert.matches("end before", assemble(target, code_view "abc").reason)
    assert.matches("does not know", assemble(target, code_view(good,
                                             { signature = 2 })).reason)
  end)
end)


describe("the makers of a PE image", function ()
  local folder, image
  setup(function ()
    folder = helper.folder "facts-makers"
    helper.write(folder .. "/m.c", "int main(void) { return 1; }\n")
    helper.must({ "clang", "--target=x86_64-pc-windows-msvc", "-c", "m.c", "-o",
                  "m.o" }, folder)
    helper.must({ "lld-link", "/nodefaultlib", "/entry:main", "m.o",
                  "/subsystem:console", "/out:m.exe" }, folder)
    image = helper.read(folder .. "/m.exe")
  end)

  local function turned(value, n)
    n = n & 31
    return (value << n | value >> (32 - n)) & 0xffffffff
  end

  -- The image with a list of {number, count} in place of its program for DOS.
  local function rich(list, lies)
    lies = lies or {}
    local begin, key = 64, 64
    for i = 0, begin - 1 do
      if i < 60 or i > 63 then
        key = key + turned(image:byte(i + 1), i)
      end
    end
    for _, one in ipairs(list) do key = key + turned(one[1], one[2]) end
    key = (key + (lies.key or 0)) & 0xffffffff
    local parts = { pack("<I4I4I4I4", (lies.begin or 0x536e6144) ~ key, key,
                         key, key) }
    for _, one in ipairs(list) do
      parts[#parts + 1] = pack("<I4I4", one[1] ~ key, one[2] ~ key)
    end
    local bytes = table.concat(parts) .. "Rich" .. pack("<I4", key)
    local header = string.unpack("<I4", image, 61)
    assert.is_true(#bytes <= header - begin)
    helper.write(folder .. "/r.exe", image:sub(1, begin) .. bytes
                 .. image:sub(begin + #bytes + 1))
    return facts.ask({ "r.exe" }, folder)["r.exe"].producers
  end

  it("are what a linker of Microsoft's was given", function ()
    assert.equal("", facts.ask({ "m.exe" }, folder)["m.exe"].producers)
    assert.equal("comp.id 0x0105 build 30034\ncomp.id 0x0102 build 30133",
                 rich { { 0x1057552, 40 }, { 0, 3 }, { 0x10275b5, 1 } })
    assert.equal("", rich {})
  end)

  it("are unknown where its key does not fit", function ()
    for _, lies in ipairs { { key = 1 }, { begin = 0 } } do
      local told = rich({ { 0x1057552, 40 } }, lies)
      assert.matches("key does not fit", told.reason)
      assert.equal("Rich", told.field)
    end
  end)
end)


describe("the maker of a crate", function ()
  -- Of no other crate, so that it can be compiled for any target; rustc asks
  -- for more since 1.90.
  local OLD = [[
#![feature(no_core, lang_items)]
#![allow(internal_features)] #![no_core] #![crate_type = "rlib"]
]]
  local NEW = [[
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
]]

  it("is the rustc of its metadata, in every format", function ()
    local folder = helper.folder "facts-makers"
    helper.write(folder .. "/new.rs", OLD .. NEW)
    helper.write(folder .. "/old.rs", OLD .. '#[lang = "sized"] trait Sized {}')
    local version = helper.must { "rustc", "--version" }:gsub("\n", "")
    for _, target in ipairs { "x86_64-unknown-linux-gnu",
      "x86_64-pc-windows-msvc", "aarch64-apple-darwin",
      "wasm32-unknown-unknown" } do
      local words = { "env", "RUSTC_BOOTSTRAP=1", "rustc", "--target", target,
                      "new.rs", "-o", "lib.rlib" }
      if helper.run(words, folder) ~= 0 then
        words[6] = "old.rs"
        helper.must(words, folder)
      end
      local ours = facts.ask({ "lib.rlib" }, folder)
      assert.equal(version, ours["lib.rlib(lib.rmeta)"].producers, target)
    end
  end)
end)
