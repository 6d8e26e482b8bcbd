--- What Mach-O, PE and wasm files say beside symbols, as LLVM's tools tell it.

local facts = require "facts"
local helper = require "helper"
local coff = require "make_coff"
local macho = require "make_macho"
local wasm = require "wasm"

local TBD = [[
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '/usr/lib/libSystem.B.dylib'
exports:
  - targets: [ x86_64-macos, arm64-macos ]
    symbols: [ dyld_stub_binder, _other ]
...
]]

local SOURCE = [[
int other(void); int mine(void) { return other(); }
int main(void) { return mine(); }
]]

local OTHER = "int other(void) { return 1; }\n"


local function compile(folder, target, name, text, ...)
  helper.write(folder .. "/" .. name .. ".c", text)
  helper.must({ "clang", "--target=" .. target, "-w", "-c", name .. ".c",
                "-o", name .. ".o", ... }, folder)
  return name .. ".o"
end


local function all(text, pattern)
  local out = {}
  for s in text:gmatch(pattern) do out[#out + 1] = s end
  return table.concat(out, "\n")
end


describe("facts of Mach-O files", function ()
  local folder
  setup(function ()
    folder = helper.folder "facts-macho"
    helper.write(folder .. "/lib.tbd", TBD)
  end)

  local function link(arch, out, ...)
    helper.must({ "lld", "-flavor", "darwin", "-arch", arch,
      "-platform_version", "macos", "13.0", "13.1", "lib.tbd", "-o", out, ... },
      folder)
    return out
  end

  -- llvm-objdump's answer, from load commands.
  local function objdump(file)
    local text = helper.must({ "llvm-objdump-19", "--macho",
                               "--private-headers", file }, folder)
    local answer = {
      needed = all(text, "cmd LC_[%a_]*LOAD_[%a_]*DYLIB\n[^\n]*\n%s+name "
                         .. "(.-) %(offset"),
      soname = text:match "cmd LC_ID_DYLIB\n[^\n]*\n%s+name (.-) %(offset",
      run_paths = all(text, "cmd LC_RPATH\n[^\n]*\n%s+path (.-) %(offset"),
      interpreter = text:match "LC_LOAD_DYLINKER\n[^\n]*\n%s+name (.-) %(offs",
      build_id = text:match "\n%s+uuid ([%x-]+)",
      os = text:match "platform (%a+)",
    }
    local tool, version = text:match "tool (%a+)\n%s+version ([%d.]+)"
    answer.producers = tool and tool .. " " .. version or ""
    return answer
  end

  it("are llvm-objdump's", function ()
    local files = {}
    for arch, target in pairs { arm64 = "arm64-apple-macos13",
                                x86_64 = "x86_64-apple-macos13" } do
      local object = compile(folder, target, arch, SOURCE)
      files[#files + 1] = object
      files[#files + 1] = link(arch, arch .. ".exe", object)
      files[#files + 1] = link(arch, arch .. ".dylib", "-dylib", object,
        "-install_name", "@rpath/mine.dylib", "-rpath", "/a", "-rpath",
        "@loader_path/b")
      files[#files + 1] = link(arch, arch .. ".bundle", "-bundle", object,
        "-weak_library", "lib.tbd")
    end
    local ours, told = facts.ask(files, folder), 0
    for _, file in ipairs(files) do
      local theirs, mine = objdump(file), ours[file]
      if theirs.run_paths ~= "" then
        theirs.run_paths = theirs.run_paths .. "\nrpath"
      end
      theirs.build_id = theirs.build_id
                        and theirs.build_id:gsub("-", ""):lower()
      for _, fact in ipairs { "needed", "soname", "run_paths", "interpreter",
                              "build_id", "os", "producers" } do
        assert.equal(theirs[fact] or "nil", mine[fact], file .. ": " .. fact)
        if theirs[fact] and theirs[fact] ~= "" then told = told + 1 end
      end
      local arm = file:match "^arm"
      assert.equal(arm and "aarch64" or "x86_64", mine.machine)
      assert.equal("64", mine.bits)
      assert.equal("little", mine.endian)
      assert.equal("false", mine.executable_stack)
      if file:match "%.o$" then
        assert.matches("is an object", mine.text_relocations.reason)
      else
        assert.equal("false", mine.text_relocations)
      end
    end
    assert.is_true(told > 20)
  end)

  it("have the system of a simulator, and of older files", function ()
    local expected = {
      ["arm64-apple-ios14-simulator"] = "ios sim",
      ["x86_64-apple-ios14.0-macabi"] = "ios macabi",
      ["arm64e-apple-ios14"] = "ios arm64e",
      ["armv7-apple-ios7"] = "ios ?",
      ["x86_64-apple-macos10.9"] = "macos ?",
      ["i386-apple-ios8-simulator"] = "ios sim",
    }
    for target, words in pairs(expected) do
      local object = compile(folder, target, target, OTHER)
      local t = facts.ask({ object }, folder)[object]
      assert.equal(words, t.os .. " "
        .. (type(t.abi) == "table" and "?" or t.abi), target)
    end
  end)

  it("have a stack that a program asks for", function ()
    local bytes = macho.file { type = 2, base = 0x1000, flags = 0x20085 }
    helper.write(folder .. "/stack", bytes)
    local ours = facts.ask({ "stack" }, folder).stack
    assert.equal(0x20085, (string.unpack("<I4", bytes, 25)))
    assert.equal("true", ours.executable_stack)
    assert.matches("does not say for which os", ours.os.reason)
  end)

  it("tell damage where a text has no end, or is outside", function ()
    local function dylib(offset, name)
      return string.pack("<I4I4I4I4I4I4", 0xc, 24 + #name, offset, 0, 0, 0)
             .. name
    end
    for name, more in pairs {
      good = dylib(24, "libx\0\0\0\0"), open = dylib(24, "libxxxxx"),
      before = dylib(8, "libx\0\0\0\0"), behind = dylib(32, "libx\0\0\0\0"),
    } do
      local bytes, at = macho.file { type = 6, more = more }
      helper.write(folder .. "/x.dylib", bytes)
      local ours = facts.ask({ "x.dylib" }, folder)["x.dylib"].needed
      if name == "good" then assert.equal("libx", ours)
      else
        assert.equal("lc_str", ours.field)
        assert.equal(at.more + 8, ours.offset)
      end
    end
  end)
end)


describe("facts of PE images and COFF objects", function ()
  local folder
  setup(function () folder = helper.folder "facts-pe" end)

  it("are llvm-readobj's", function ()
    for machine, words in pairs { x86_64 = "x86_64 64", i686 = "x86 32",
                                  aarch64 = "aarch64 64", armv7 = "arm 32" } do
      local target = machine .. "-pc-windows-msvc"
      local names = { x86_64 = "x64", i686 = "x86", aarch64 = "arm64",
                      armv7 = "arm" }
      local flag = "/machine:" .. names[machine]
      local m = compile(folder, target, "m", SOURCE)
      local o = compile(folder, target, "o", OTHER)
      local function link(...)
        helper.must({ "lld-link", "/nodefaultlib", flag, "/safeseh:no", ... },
                    folder)
      end
      link("/dll", "/noentry", o, "/export:other", "/out:o.dll",
           "/implib:o.lib")
      link("/entry:main", "/subsystem:console", m, "o.lib", "/debug",
           "/pdb:w.pdb", "/out:w.exe")
      link("/entry:main", "/subsystem:efi_application", m, o, "/out:w.efi")
      local ours = facts.ask({ "m.o", "o.dll", "w.exe", "w.efi" }, folder)
      local text = helper.must({ "llvm-readobj-19", "--needed-libs",
                                 "--coff-debug-directory", "w.exe" }, folder)
      local w = ours["w.exe"]
      assert.equal(text:match "NeededLibraries %[\n%s*(.-)\n%]", w.needed)
      assert.equal("o.dll", w.needed)
      assert.equal(text:match "PDBGUID: {(.-)}":gsub("-", ""):lower(),
                   w.build_id)
      assert.equal("o.dll", ours["o.dll"].soname)
      assert.equal("nil", ours["o.dll"].build_id)
      assert.equal("nil", w.soname)
      assert.equal("", w.run_paths)
      assert.equal("nil", w.interpreter)
      assert.equal("false", w.executable_stack)
      assert.equal("windows", w.os)
      assert.equal("uefi", ours["w.efi"].os)
      assert.matches("does not say for which os", ours["m.o"].os.reason)
      for _, file in ipairs { "m.o", "o.dll", "w.exe", "w.efi" } do
        assert.equal(words, ours[file].machine .. " " .. ours[file].bits)
        assert.equal("", ours[file].producers)
      end
      link("/entry:main", "/subsystem:console", m, "o.lib", "/nxcompat:no",
           "/out:w.exe")
      local again = facts.ask({ "w.exe" }, folder)["w.exe"].executable_stack
      if words:match "64$" then assert.equal("false", again)
      else assert.matches("up to the system", again.reason) end
    end
  end)

  it("have the DLLs that are loaded late", function ()
    local m = compile(folder, "x86_64-pc-windows-msvc", "m", SOURCE
      .. "int __delayLoadHelper2(void) { return 0; }\n")
    local o = compile(folder, "x86_64-pc-windows-msvc", "o", OTHER)
    helper.must({ "lld-link", "/nodefaultlib", "/dll", "/noentry", o,
                  "/export:other", "/out:o.dll", "/implib:o.lib" }, folder)
    helper.must({ "lld-link", "/nodefaultlib", "/entry:main", m, "o.lib",
                  "/subsystem:console", "/delayload:o.dll", "/out:w.exe" },
                folder)
    local imports = helper.must({ "llvm-readobj-19", "--coff-imports",
                                  "w.exe" }, folder)
    assert.matches("DelayImport {\n  Name: o.dll", imports)
    assert.equal("o.dll", facts.ask({ "w.exe" }, folder)["w.exe"].needed)
  end)

  it("have the DLL of a short import", function ()
    helper.write(folder .. "/i.obj", (coff.import { name = "f",
                                                    dll = "far.dll" }))
    local ours = facts.ask({ "i.obj" }, folder)["i.obj"]
    assert.equal("far.dll", ours.needed)
    assert.equal("windows", ours.os)
    assert.equal("none", ours.lto)
    assert.matches("has no word for", ours.producers.reason)
  end)
end)


describe("facts of wasm modules", function ()
  local folder
  setup(function () folder = helper.folder "facts-wasm" end)

  it("are obj2yaml's", function ()
    local pic = "wasm32-unknown-emscripten"
    local o = compile(folder, pic, "o", OTHER, "-fPIC")
    local m = compile(folder, pic, "m", SOURCE, "-fPIC")
    local wide = compile(folder, "wasm64-unknown-unknown", "wide", OTHER)
    helper.must({ "wasm-ld", "--experimental-pic", "-shared", o, "-o", "o.so" },
                folder)
    helper.must({ "wasm-ld", "--experimental-pic", "-shared", m, "o.so", "-o",
                  "m.so" }, folder)
    helper.must({ "wasm-ld", "--no-entry", o, "-o", "o.wasm" }, folder)
    local files = { o, m, wide, "o.so", "m.so", "o.wasm" }
    local ours = facts.ask(files, folder)
    for _, file in ipairs(files) do
      local text = helper.must({ "obj2yaml-19", file }, folder)
      local needed = all(text:match "Needed:%s*\n(.-)\n  %- Type" or "",
                         "%- ([^\n]+)")
      assert.equal(needed, ours[file].needed, file)
      local made, version = text:match("Tools:%s+%- Name:%s+([^\n]-)\n%s+"
                                       .. "Version:%s+'?([^'\n]*)")
      assert.equal(made .. " " .. version, ours[file].producers, file)
      assert.equal(file == wide and "wasm64" or "wasm32", ours[file].machine)
      assert.equal(file == wide and "64" or "32", ours[file].bits)
      assert.matches("does not say", ours[file].os.reason)
    end
    assert.equal("o.so", ours["m.so"].needed)
  end)

  it("have what sections say", function ()
    local name = wasm.name
    local function write(file, ...)
      local bytes = wasm.bytes { wasm.magic, ... }
      helper.write(folder .. "/" .. file, bytes)
    end
    write("all.wasm",
      { custom = "dylink.0",
        "\1", { sized = true, 0, 0, 0, 0 },
        "\2", { sized = true, 2, name "a.so", name "b.so" },
        "\5", { sized = true, 1, name "$ORIGIN" } },
      { custom = "build_id", "\4\1\2\xab\xff" },
      { custom = "producers", 2,
        { name "language", 1, name "Rust", name "" },
        { name "processed-by", 2, name "rustc", name "1.95.0", name "walrus",
          name "0.1" } })
    write("memory64.wasm", { section = 5, 1, "\4\1" })
    write("long.wasm", { custom = "build_id", "\7\1\2" })
    write("late.wasm", { custom = "producers", 1, name "sdk", 1, "\x7fa" })
    local ours = facts.ask({ "all.wasm", "memory64.wasm", "long.wasm",
                             "late.wasm" }, folder)
    local a = ours["all.wasm"]
    assert.equal("a.so\nb.so", a.needed)
    assert.equal("$ORIGIN\nrunpath", a.run_paths)
    assert.equal("0102abff", a.build_id)
    assert.equal("Rust\nrustc 1.95.0\nwalrus 0.1", a.producers)
    assert.matches("for which machine", a.machine.reason)
    assert.equal("wasm64", ours["memory64.wasm"].machine)
    assert.equal("build_id", ours["long.wasm"].build_id.field)
    assert.equal("producer name", ours["late.wasm"].producers.field)
  end)
end)
