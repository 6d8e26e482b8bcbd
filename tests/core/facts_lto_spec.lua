--- Intermediate code of objects in all formats: whose it is, for which LTO by
--- what llvm-bcanalyzer finds in it, and whether native code is there too; and
--- the target and writer of bitcode by itself.

local coff = require "make_coff"
local facts = require "facts"
local helper = require "helper"

local SOURCE = [[
extern int other(void);
int mine(void) { return other(); }
]]


describe("intermediate code", function ()
  local folder
  setup(function ()
    folder = helper.folder "facts-lto"
    helper.write(folder .. "/m.c", SOURCE)
    helper.write(folder .. "/g.rs", "pub fn g() -> i32 { 1 }\n")
  end)

  local function make(name, words)
    table.move({ "-c", "m.c", "-o", name }, 1, 4, #words + 1, words)
    helper.must(words, folder)
    return facts.ask({ name }, folder)[name]
  end

  local function clang(target, ...)
    return { "clang", "--target=" .. target, "-w", ... }
  end

  it("of LLVM is thin or full, as its blocks are", function ()
    for kind, flag in pairs { thin = "-flto=thin", full = "-flto" } do
      for _, target in ipairs { "x86_64-linux-gnu", "arm64-apple-macos13",
                                "x86_64-pc-windows-msvc",
                                "wasm32-unknown-unknown" } do
        local ours = make("m.bc", clang(target, flag))
        local blocks = helper.must({ "llvm-bcanalyzer-19", "m.bc" }, folder)
        assert.equal(kind == "thin",
                     blocks:match "#20 %(GLOBALVAL_SUMMARY_BLOCK" ~= nil)
        assert.equal("llvm " .. kind .. " in ''", ours.lto, target)
      end
    end
    helper.must({ "llvm-as-19", "/dev/null", "-o", "empty.bc" }, folder)
    assert.equal("llvm full in ''",
                 facts.ask({ "empty.bc" }, folder)["empty.bc"].lto)
  end)

  it("of both kinds in a file is told so", function ()
    helper.write(folder .. "/v.cc", "struct A { virtual int f(); int x; };\n"
                 .. "int A::f() { return x; } int g(A *a) { return a->f(); }\n")
    helper.must({ "clang", "-flto=thin", "-fsplit-lto-unit", "-fsanitize=cfi",
                  "-fvisibility=hidden", "-c", "v.cc", "-o", "v.o" }, folder)
    assert.equal("llvm mixed in ''", facts.ask({ "v.o" }, folder)["v.o"].lto)
  end)

  it("beside native code is told by its section", function ()
    for target, section in pairs {
      ["x86_64-linux-gnu"] = ".llvmbc", ["wasm32-unknown-unknown"] = ".llvmbc",
      ["x86_64-pc-windows-msvc"] = ".llvmbc", ["i386-linux-gnu"] = ".llvmbc",
      ["arm64-apple-macos13"] = "__LLVM,__bitcode",
    } do
      assert.equal(("llvm full in '%s', native, embedded"):format(section),
                   make("m.o", clang(target, "-fembed-bitcode")).lto)
      assert.equal("none", make("m.o", clang(target)).lto)
      assert.equal("none",
                   make("m.o", clang(target, "-fembed-bitcode-marker")).lto)
    end
    make("thin.bc", clang("x86_64-linux-gnu", "-flto=thin"))
    make("m.o", clang "x86_64-linux-gnu")
    helper.must({ "llvm-objcopy-19", "--add-section", ".llvm.lto=thin.bc",
                  "m.o", "fat.o" }, folder)
    assert.equal("llvm thin in '.llvm.lto', native",
                 facts.ask({ "fat.o" }, folder)["fat.o"].lto)
  end)

  it("of GCC is slim or fat", function ()
    assert.equal("gcc slim in '.gnu.lto_'", make("slim.o", { "gcc", "-flto" })
                 .lto)
    assert.equal("gcc fat in '.gnu.lto_', native",
                 make("fat.o", { "gcc", "-flto", "-ffat-lto-objects" }).lto)
    assert.equal("none", make("m.o", { "gcc" }).lto)
    assert.matches("__gnu_lto_slim",
                   helper.must({ "readelf", "-sW", "slim.o" }, folder))
    for _, name in ipairs { "slim", "fat" } do  -- as before GCC 10
      helper.must({ "objcopy", "-w", "-R", ".gnu.lto_.lto.*", name .. ".o",
                    "old.o" }, folder)
      assert.matches("^gcc " .. name, facts.ask({ "old.o" }, folder)["old.o"]
                     .lto)
    end
  end)

  it("of Microsoft is known by its header", function ()
    helper.write(folder .. "/gl.obj", (coff.object {
      big = true, header = { class_id = coff.GL, version = 1 } }))
    local ours = facts.ask({ "gl.obj" }, folder)["gl.obj"]
    assert.equal("msvc slim in ''", ours.lto)
    assert.matches("no native code", ours.constructors.reason)
  end)

  it("of rustc is told member by member", function ()
    helper.must({ "rustc", "--crate-type", "rlib", "g.rs", "-o", "libg.rlib" },
                folder)
    helper.must({ "rustc", "--crate-type", "rlib", "-Cembed-bitcode=no", "g.rs",
                  "-o", "libn.rlib" }, folder)
    helper.must({ "rustc", "--crate-type", "rlib", "-Clinker-plugin-lto",
                  "g.rs", "-o", "libp.rlib" }, folder)
    local seen = {}
    for key, x in pairs(facts.ask({ "libg.rlib", "libn.rlib", "libp.rlib" },
                                  folder)) do
      local file, member = key:match "^(.*)%((.*)%)$"
      if member == "lib.rmeta" then assert.equal("none", x.lto)
      else
        seen[file] = x.lto
        assert.equal("string", type(x.producers))
      end
    end
    assert.matches("^llvm %a+ in '.llvmbc', native, embedded$",
                   seen["libg.rlib"])
    assert.equal("none", seen["libn.rlib"])
    assert.matches("^llvm %a+ in ''$", seen["libp.rlib"])
  end)

  it("by itself is for the target that native code is for", function ()
    for _, target in ipairs {
      "x86_64-linux-gnu", "i386-linux-gnu", "aarch64-linux-gnu",
      "aarch64_be-linux-gnu", "armv7-linux-gnueabihf", "thumbv7m-none-eabi",
      "riscv64-linux-gnu", "powerpc64-linux-gnu", "powerpc64le-linux-gnu",
      "powerpc-linux-gnu", "mips-linux-gnu", "mipsel-linux-gnu",
      "mips64el-linux-gnuabi64", "s390x-linux-gnu", "sparcv9-linux-gnu",
      "bpf", "arm64-apple-macos13", "x86_64-apple-ios13-simulator",
      "x86_64-pc-windows-msvc", "i686-pc-windows-msvc",
      "wasm32-unknown-unknown", "wasm64-unknown-unknown", "hexagon",
    } do
      local native = make("m.o", clang(target, "-fintegrated-as"))
      local ours = make("m.bc", clang(target, "-flto"))
      for _, field in ipairs { "machine", "bits", "endian" } do
        if type(native[field]) == "string" then
          assert.equal(native[field], ours[field], target .. " " .. field)
        end
      end
      if type(native.os) == "string" then
        assert.equal(native.os, ours.os, target)
      end
      assert.matches("^LLVM%d", ours.producers)
      assert.equal("nil", ours.soname)
      assert.equal("", ours.needed)
    end
    local x32 = make("m.bc", clang("x86_64-linux-gnux32", "-flto"))
    assert.equal("linux", x32.os)
    assert.matches("for which bits", x32.bits.reason)
    local android = make("m.bc", clang("aarch64-linux-android", "-flto"))
    assert.equal("android", android.os)
    local none = facts.ask({ "empty.bc" }, folder)["empty.bc"]
    assert.matches("for which machine", none.machine.reason)
  end)

  it("that is cut short, or hidden, is unknown", function ()
    make("thin.bc", clang("x86_64-linux-gnu", "-flto=thin"))
    make("m.o", clang("x86_64-linux-gnu", "-fembed-bitcode"))
    local files, whole = {}, {}
    for _, name in ipairs { "thin.bc", "m.o" } do
      local bytes = helper.read(folder .. "/" .. name)
      for size = 4, #bytes - 1, name == "m.o" and 61 or 37 do
        local file = ("cut-%d-%s"):format(size, name)
        helper.write(folder .. "/" .. file, bytes:sub(1, size))
        files[#files + 1] = file
      end
      whole[name] = facts.ask({ name }, folder)[name].lto
    end
    local ours, unknown = facts.ask(files, folder), 0
    for _, file in ipairs(files) do
      local told = ours[file].lto
      if type(told) == "table" then unknown = unknown + 1
      else assert.equal(whole[file:match "%-%d+%-(.*)"], told, file) end
    end
    assert.is_true(unknown > 20)
    helper.must({ "gcc", "-shared", "m.o", "-o", "m.so" }, folder)
    helper.must({ "llvm-strip-19", "--strip-sections", "-o", "bare", "m.so" },
                folder)
    assert.matches("no names of sections",
                   facts.ask({ "bare" }, folder).bare.lto.reason)
  end)
end)
