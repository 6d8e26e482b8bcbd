--- The sections of definitions in formats other than ELF, as LLVM's tools tell
--- them, and as linkers act on their flags.

local coff = require "make_coff"
local facts = require "facts"
local helper = require "helper"


describe("the sections of a definition in other formats", function ()
  local folder
  setup(function () folder = helper.folder "facts-flags" end)

  local function ask(file) return facts.sections(file, folder) end

  local OTHERS = [[
__attribute__((used)) int kept(void) { return 1; }
int plain(void) { return 2; }
int data = 1; extern const int ro; const int ro = 2; int bss;
__attribute__((used)) int twice = 2;
]]

  local function compile(target, ...)
    helper.write(folder .. "/o.c", OTHERS)
    helper.must({ "clang", "--target=" .. target, "-fintegrated-as", "-w",
                  "-fno-common", "-c", "o.c", "-o", "o.o", ... }, folder)
    return "o.o"
  end

  -- What llvm-readobj says of the sections that symbols are in.
  local function readobj(file, names, read)
    local text = helper.must({ "llvm-readobj-19", "--sections", "--symbols",
                               file }, folder)
    local sections, out = {}, {}
    for body in text:gmatch "\n  Section {\n(.-)\n  }" do
      sections[#sections + 1] = read(body)
    end
    for _, name in ipairs(names) do
      for body in text:gmatch "\n  Symbol {\n(.-)\n  }" do
        local number = body:match "Section: [^\n]- %((%w+)%)"
        if body:match "^%s+Name: (%S+)" == name
           and sections[tonumber(number)] then
          local own = body:match "NoDeadStrip" and "R" or ""
          out[#out + 1] = sections[tonumber(number)]:gsub("@", own)
        end
      end
    end
    return out
  end

  it("are llvm-readobj's in Mach-O files", function ()
    local names = { "plain", "kept", "data", "ro", "bss", "twice" }
    local raw = {}
    for i, name in ipairs(names) do raw[i] = "_" .. name end
    for _, target in ipairs { "arm64-apple-macos13", "x86_64-apple-macos13",
                              "i386-apple-macos10.13" } do
      local theirs = readobj(compile(target), raw, function (body)
        local segment = body:match "Segment: (%S+)"
        local all = tonumber(body:match "NoDeadStrip" and 1 or 0)
        return ("%s,%s %d %s%s%s"):format(segment, body:match "Name: (%S+)",
          tonumber(body:match "Size: (%S+)"), segment ~= "__TEXT" and "W" or "",
          body:match "Instructions" and "X" or "", all == 1 and "R" or "@")
      end)
      local ours = ask "o.o"
      assert.equal(6, #theirs)
      for i, name in ipairs(names) do
        assert.equal(name .. " " .. theirs[i], ours[({ 1, 2, 3, 4, 5, 6 })[i]])
      end
      assert.matches("XR$", ours[2])
      assert.matches("X$", ours[1])
      assert.matches("WR$", ours[6])
    end
  end)

  it("are what a linker keeps of Mach-O files", function ()
    helper.write(folder .. "/lib.tbd", "--- !tapi-tbd\ntbd-version: 4\n"
      .. "targets: [ arm64-macos ]\ninstall-name: '/usr/lib/libSystem.B.dylib'"
      .. "\n...\n")
    helper.write(folder .. "/s.s", [[
.text
.globl _main
_main: ret
.section __TEXT,__stay,regular,pure_instructions+no_dead_strip
.globl _kept
_kept: ret
.section __TEXT,__go,regular,pure_instructions
.globl _plain
_plain: ret
.section __DWARF,__mine,regular,debug
_left_out: .long 1
.subsections_via_symbols
]])
    helper.must({ "clang", "--target=arm64-apple-macos13", "-c", "s.s", "-o",
                  "s.o" }, folder)
    assert.same({ "plain __TEXT,__go 4 X", "kept __TEXT,__stay 4 XR",
                  "left_out __DWARF,__mine 4 E" }, ask "s.o")
    helper.must({ "lld", "-flavor", "darwin", "-arch", "arm64",
      "-platform_version", "macos", "13.0", "13.1", "lib.tbd", "-dead_strip",
      "s.o", "-o", "linked" }, folder)
    local names = helper.must({ "llvm-nm-19", "linked" }, folder)
    local sections = helper.must({ "llvm-objdump-19", "-h", "linked" }, folder)
    assert.matches("_kept", names)
    assert.not_matches("_plain", names)
    assert.not_matches("__mine", sections)
    assert.same({ "kept __TEXT,__stay 4 X" .. (ask "linked"[1]
                  :match "R$" or "") }, ask "linked")
  end)

  it("are llvm-readobj's in COFF objects", function ()
    for _, target in ipairs { "x86_64-pc-windows-msvc", "i686-pc-windows-msvc",
                              "aarch64-pc-windows-msvc", "x86_64-w64-mingw32" }
    do
      for _, more in ipairs { "-fno-function-sections",
                              "-ffunction-sections" } do
        local dash = target:match "^i686" and "_" or ""
        local names = { "plain", "kept", "data", "ro", "bss", "twice" }
        local raw = {}
        for i, name in ipairs(names) do raw[i] = dash .. name end
        local theirs = readobj(compile(target, more), raw, function (body)
          return ("%s %d %s%s@%s%s"):format(body:match "Name: (%S+)",
            tonumber(body:match "RawDataSize: (%S+)"),
            body:match "MEM_WRITE" and "W" or "",
            body:match "MEM_EXECUTE" and "X" or "",
            body:match "LNK_REMOVE" and "E" or "",
            body:match "LNK_COMDAT" and "C" or "")
        end)
        local ours = ask "o.o"
        assert.equal(6, #theirs)
        for i, name in ipairs(names) do
          assert.equal(name .. " " .. theirs[i],
                       (ours[i]:gsub("R(C?)$", "%1")), target)
        end
      end
    end
  end)

  it("are what linkers do with COFF objects", function ()
    for dash, target in pairs { [""] = "x86_64-pc-windows-msvc",
                                ["_"] = "i686-pc-windows-msvc" } do
      helper.write(folder .. "/s.s", ([[
.section .text,"xr",one_only,DASHmain
.globl DASHmain
DASHmain: ret
.section .text,"xr",one_only,DASHkept
.globl DASHkept
DASHkept: ret
.section .text,"xr",one_only,DASHplain
.globl DASHplain
DASHplain: ret
.section .gone,"rn"
DASHleft_out: .long 1
.section .drectve,"yni"
.ascii " /EXPORT:nobody /alternatename:DASHplain=DASHkept"
.ascii " -Include:\"DASHkept\" "
]]):gsub("DASH", dash))
      helper.must({ "llvm-mc-19", "-triple=" .. target, "-filetype=obj", "s.s",
                    "-o", "s.o" }, folder)
      assert.same({ "plain .text 1 XC", "kept .text 1 XRC",
                    "left_out .gone 4 E" }, ask "s.o")
      helper.write(folder .. "/s.s", helper.read(folder .. "/s.s")
                   :gsub("/EXPORT:nobody ", ""))
      helper.must({ "llvm-mc-19", "-triple=" .. target, "-filetype=obj", "s.s",
                    "-o", "s.o" }, folder)
      helper.must({ "lld-link", "/nodefaultlib", "/opt:ref", "/entry:main",
        "/subsystem:console", "/debug:symtab", "/safeseh:no", "s.o",
        "/out:s.exe" }, folder)
      local names = helper.must({ "llvm-nm-19", "s.exe" }, folder)
      assert.matches(dash .. "kept", names)
      assert.not_matches("plain", names)
      assert.not_matches("left_out", names)
      assert.matches("kept %.text %d+ X$", ask "s.exe"[1])
    end
  end)

  it("are those behind a weak definition", function ()
    helper.write(folder .. "/weak.c", [[
__attribute__((weak)) int plain(void) { return 1; }
__attribute__((weak)) int data = 3; int kept(void);
int f(void) { return kept() + data; }
]])
    helper.must({ "clang", "--target=x86_64-w64-mingw32", "-c", "weak.c", "-o",
                  "weak.o" }, folder)
    local text = helper.must({ "llvm-readobj-19", "--symbols", "weak.o" },
                             folder)
    assert.matches("Linked: %.weak%.plain%.default", text)
    assert.same({ "plain .text", "data .data" }, {
      ask "weak.o"[1]:match "^%S+ %S+", ask "weak.o"[2]:match "^%S+ %S+" })
    helper.write(folder .. "/weak.o", (coff.object {
      symbols = { { name = "plain", weak = "alias", default = 2 },
                  { name = "far" } } }))
    assert.matches("no section here", ask "weak.o"[1])
  end)

  it("are obj2yaml's in wasm objects, and what a linker keeps", function ()
    helper.write(folder .. "/w.s", [[
.globl _start
.section .text._start,"",@
.type _start,@function
_start:
.functype _start () -> ()
end_function
.section .text.kept,"",@
.globl kept
.type kept,@function
.no_dead_strip kept
kept:
.functype kept () -> ()
end_function
.section .text.plain,"",@
.globl plain
.type plain,@function
plain:
.functype plain () -> ()
end_function
.section .data.data,"R",@
.globl data
data: .int32 7
.size data, 4
.section .data.twice,"",@
.globl twice
twice: .int32 8
.size twice, 4
]])
    helper.must({ "llvm-mc-19", "-triple=wasm32-unknown-unknown", "-filetype="
                  .. "obj", "w.s", "-o", "w.o" }, folder)
    local text = helper.must({ "obj2yaml-19", "w.o" }, folder)
    assert.matches("Name:%s+%.data%.data\n%s+Alignment:%s+0\n%s+Flags:%s+"
                   .. "%[ RETAIN %]", text)
    assert.matches("Name:%s+kept\n%s+Flags:%s+%[ NO_STRIP %]", text)
    local size = helper.must({ "llvm-objdump-19", "-h", "w.o" }, folder)
                 :match "CODE%s+(%x+)"
    size = tonumber(size, 16)
    assert.same({ "plain CODE " .. size .. " X", "kept CODE " .. size .. " XR",
                  "data .data.data 4 WR", "twice .data.twice 4 W" }, ask "w.o")
    helper.must({ "wasm-ld", "--gc-sections", "w.o", "-o", "w.wasm" }, folder)
    local linked = helper.must({ "llvm-nm-19", "w.wasm" }, folder)
    assert.matches("kept", linked)
    assert.not_matches("plain", linked)
    assert.matches("^kept CODE %d+ X$", ask "w.wasm"[1])
  end)

  it("say what another object's may take the place of", function ()
    helper.write(folder .. "/c.cc", [[
extern "C" inline __attribute__((used)) int inl() { return 1; }
extern "C" int plain() { return 2; }
]])
    for target, last in pairs {
      ["x86_64-linux-gnu"] = "C", ["x86_64-pc-windows-msvc"] = "C",
      ["x86_64-w64-mingw32"] = "C", ["wasm32-unknown-unknown"] = "C",
      ["arm64-apple-macos13"] = "",
    } do
      helper.must({ "clang", "--target=" .. target, "-c", "c.cc", "-o", "c.o" },
                  folder)
      local ours = ask "c.o"
      assert.equal(2, #ours)
      assert.not_matches("C$", ours[1])
      assert.equal(last, ours[2]:match "C?$", target)
    end
  end)
end)
