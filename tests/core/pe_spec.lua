--- PE images: what they export and import, by llvm-readobj; what they kept of
--- their symbols, by llvm-nm and GNU nm.

local helper = require "helper"
local make = require "make_coff"
local peers = require "peers_coff"


local SOURCE = [[
int code(void) { return 1; } int other(void) { return 2; }
int data = 3; const int ro = 4; int bss;
int nameless(void) { return 5; } int hidden(void) { return 6; }
]]

local DEF = [[
LIBRARY d.dll
EXPORTS
  code
  renamed=other
  data DATA
  ro CONSTANT
  bss DATA
  nameless @7 NONAME
  forwarded=elsewhere.target
  by_number=elsewhere.#3
  other @20
]]

local LETTERS = {
  code = "T", renamed = "T", other = "T", data = "D", ro = "R", bss = "D",
  ["#7"] = "T", forwarded = "I", by_number = "I",
}

local MACHINES = { "x86_64", "i686", "aarch64", "armv7" }


-- d.dll and its import library.
local function make_dll(folder, machine, ...)
  peers.cc(folder, machine .. "-pc-windows-msvc", "d.o", SOURCE)
  helper.write(folder .. "/d.def", DEF)
  helper.must({ "lld-link", "/dll", "/noentry", "/nodefaultlib", "d.o",
                "/def:d.def", "/out:d.dll", "/implib:d.lib", ... }, folder)
end


local function names_of(rows, undefined)
  local out = {}
  for _, row in ipairs(rows) do
    local name, letter = row:match "\t([^\t]*)\t(.)$"
    if (letter == "U") == undefined then out[#out + 1] = name end
  end
  table.sort(out)
  return out
end


-- The tables of an image are those that llvm-readobj finds.
local function agree(file, folder, exported, imported)
  local exports, imports = peers.tables(file, folder)
  local ours, status, err = peers.symrun({ file }, folder, "--view", "dynamic")
  assert.equal("", err)
  assert.equal(0, status)
  assert.equal("pe", ours[file].format)
  assert.same(exports, names_of(ours[file], false))
  assert.same(imports, names_of(ours[file], true))
  assert.equal(exported, #exports)
  assert.equal(imported, #imports)
  return ours[file]
end


describe("a PE image", function ()
  it("exports what llvm-readobj says, with and without names", function ()
    local folder = helper.folder "pe"
    for _, machine in ipairs(MACHINES) do
      make_dll(folder, machine)
      local ours = agree("d.dll", folder, 9, 0)
      for name, letter in pairs(LETTERS) do
        assert.equal(letter .. " global", ours.letters[name], name)
      end
    end
  end)

  it("imports what llvm-readobj says: by name, by number, and delayed",
     function ()
    local folder = helper.folder "pe"
    for _, machine in ipairs(MACHINES) do
      make_dll(folder, machine)
      peers.cc(folder, machine .. "-pc-windows-msvc", "main.o", [[
        int code(void); int renamed(void); int nameless(void); int other(void);
        int main(void) { return code() + renamed() + nameless() + other(); }
        int __stdcall __delayLoadHelper2(int a, int b) { return 0; }
      ]])
      local inputs = { "main.o", "d.lib" }
      assert.equal(0, (peers.link(folder, inputs)))
      local now = agree("out.exe", folder, 0, 4)
      assert.equal("U undef", now.letters["d.dll#7"])
      assert.equal("U undef", now.letters.code)
      if machine ~= "armv7" then  -- for which lld has no such code
        local status, said = peers.link(folder, inputs, "/delayload:d.dll")
        assert.equal(0, status, said)
        local later = agree("out.exe", folder, 0, 4)
        assert.equal("", peers.difference(now, later))
      end
    end
  end)

  it("is a library if it is a DLL, else a program", function ()
    local folder = helper.folder "pe"
    make_dll(folder, "x86_64")
    peers.cc(folder, "x86_64-pc-windows-msvc", "main.o",
             "int main(void) { return 0; }")
    assert.equal(0, (peers.link(folder, { "main.o" })))
    helper.write(folder .. "/role.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/role" {
        about = "which files are libraries", each = symrun.libraries "*",
        may_be_empty = true,
        check = function (library, report) report(library, "a library") end,
      }
    ]])
    assert.equal(1, (helper.symrun({ "role.lua", "d.dll" }, folder)))
    local status, out = helper.symrun({ "role.lua", "out.exe" }, folder)
    assert.equal(2, status)
    assert.matches("of another kind, and not a shared library", out)
  end)

  it("has its own symbols where a linker left them, and shows its exports",
     function ()
    local folder = helper.folder "pe"
    make_dll(folder, "x86_64", "/debug:symtab")
    local theirs = peers.llvm({ "d.dll" }, folder)["d.dll"]
    local ours = peers.symrun({ "d.dll" }, folder)["d.dll"]
    assert.equal("", peers.difference(ours, theirs))
    assert.equal("", peers.difference(ours,
                                      peers.gnu({ "d.dll" }, folder)["d.dll"]))
    assert.equal("T global", ours.letters.hidden)
    assert.is_true(#ours >= 6)
    helper.write(folder .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/shown" {
        about = "what others see", each = symrun.libraries "d.dll",
        check = function (dll, report)
          report(dll, "hidden: %s, %s; #7: %s, %s", dll:defines "hidden",
                 not dll:exported "hidden":empty(),
                 not dll:exported "#7":empty(),
                 not dll:exported("#7", "dynamic"):empty())
        end,
      }
    ]])
    local _, out = helper.symrun({ "rule.lua", "d.dll" }, folder)
    assert.matches("hidden: true, false; #7: true, true", out)
  end)

  it("without them is not empty: they are unknown", function ()
    local folder = helper.folder "pe"
    make_dll(folder, "x86_64")
    local ours, status, err = peers.symrun({ "d.dll" }, folder)
    assert.equal(2, status)
    assert.equal("refused", ours["d.dll"].status)
    assert.matches("^symrun: d.dll: has no symbol table, so its own symbols "
                   .. "are gone", err)
    assert.equal("", helper.must({ "llvm-nm-19", "d.dll" }, folder))
  end)

  it("that is a program for DOS is not empty either", function ()
    local folder = helper.folder "pe"
    local dos = "MZ" .. ("\0"):rep(58) .. "\64\0\0\0" .. "NE" .. ("\0"):rep(60)
    helper.write(folder .. "/old.exe", dos)
    local ours, status, err = peers.symrun({ "old.exe" }, folder)
    assert.equal(2, status)
    assert.equal("refused", ours["old.exe"].status)
    assert.matches("is no PE image", err)
  end)

  it("has names of the source, on i386 too", function ()
    local folder = helper.folder "pe"
    peers.cc(folder, "i686-pc-windows-msvc", "d.o", [[
      __declspec(dllexport) int __cdecl plain(void) { return 1; }
      __declspec(dllexport) int __cdecl _under(void) { return 1; }
      __declspec(dllexport) int __stdcall std(int a) { return a; }
      __declspec(dllexport) int __fastcall fast(int a) { return a; }
      __declspec(dllexport) int __vectorcall vec(int a) { return a; }
    ]], "-O1")
    helper.must({ "lld-link", "/dll", "/noentry", "/nodefaultlib", "d.o",
                  "/out:d.dll" }, folder)
    local raw = agree("d.dll", folder, 5, 0)
    assert.same({ "@fast@4", "_std@4", "_under", "plain", "vec@@4" },
                names_of(raw, false))
    helper.write(folder .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/names" {
        about = "names", each = symrun.libraries "d.dll",
        check = function (dll, report)
          for name in dll:exported(nil, "dynamic"):each() do
            report(dll, "[%s]", name)
          end
          report(dll, "%s", dll:exported("std", "dynamic"):empty())
        end,
      }
    ]])
    local _, out = helper.symrun({ "rule.lua", "d.dll" }, folder)
    local names = {}
    for name in out:gmatch "%[(.-)%]" do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "_under", "fast", "plain", "std", "vec" }, names)
    assert.matches("false", out)
  end)

  it("answers what another wants of it", function ()
    local folder = helper.folder "pe"
    make_dll(folder, "x86_64")
    peers.cc(folder, "x86_64-pc-windows-msvc", "e.o", "int code(void); "
      .. "__declspec(dllexport) int e(void) { return code(); }")
    helper.must({ "lld-link", "/dll", "/noentry", "/nodefaultlib", "e.o",
                  "d.lib", "/out:e.dll" }, folder)
    helper.write(folder .. "/resolved.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/resolved" (symrun.must.resolve { each = symrun.tree })
    ]])
    local status, out = helper.symrun({ "resolved.lua", "e.dll", "d.dll" },
                                      folder)
    assert.equal(0, status, out)
    status, out = helper.symrun({ "resolved.lua", "e.dll" }, folder)
    assert.is_true(status > 0 and out:find "code" ~= nil, out)
  end)

  it("has tables of its own kind: a wide name, many of them", function ()
    local folder = helper.folder "pe"
    local text, def = {}, { "EXPORTS" }
    for i = 1, 6000 do
      local name = ("a_function_with_a_name_%s_%d"):format(
        ("x"):rep(i % 300), i)
      text[i] = ("int %s(void) { return %d; }"):format(name, i)
      def[i + 1] = name
    end
    peers.cc(folder, "x86_64-pc-windows-msvc", "d.o",
             table.concat(text, "\n"))
    helper.write(folder .. "/d.def", table.concat(def, "\n"))
    helper.must({ "lld-link", "/dll", "/noentry", "/nodefaultlib", "d.o",
                  "/def:d.def", "/out:d.dll" }, folder)
    agree("d.dll", folder, 6000, 0)
    assert.is_true(#helper.read(folder .. "/d.dll") > 1000000)
  end)

  -- An object is nothing that was linked.
  it("is asked for in vain of an object", function ()
    local folder = helper.folder "pe"
    helper.write(folder .. "/x.o", (make.object { symbols = {
      { name = "f", section = ".text" },
    } }))
    local ours, status = peers.symrun({ "x.o" }, folder, "--view", "dynamic")
    assert.equal(0, status)
    assert.equal("nosyms", ours["x.o"].status)
  end)

  it("has the intermediate code that its objects had, or none", function ()
    local folder = helper.folder "pe-lto"
    for _, name in ipairs { "one", "two", "gcc" } do
      peers.cc(folder, "x86_64-pc-windows-msvc", name .. ".o",
               ("int %s(void) { return 1; }\n"):format(name),
               name == "gcc" and "-Wall" or "-fembed-bitcode")
    end
    helper.write(folder .. "/mark.s", '.section .gnu,"dr"\n.long 1\n')
    helper.must({ "clang", "--target=x86_64-pc-windows-msvc", "-c", "mark.s" },
                folder)
    local function linked(view, ...)
      helper.must({ "lld-link", "/dll", "/noentry", "/nodefaultlib",
                    "/out:x.dll", ... }, folder)
      local ours, status, err = peers.symrun({ "x.dll" }, folder, "--view",
                                             view)
      return ours["x.dll"].status, names_of(ours["x.dll"], false), status, err
    end
    local is, names, status = linked("bitcode", "one.o", "two.o", "gcc.o")
    assert.equal("ok", is)
    assert.same({ "one", "two" }, names)
    assert.equal(0, status)
    assert.equal("nosyms", (linked("bitcode", "gcc.o")))
    assert.equal("nosyms", (linked("gcc-lto", "gcc.o", "one.o")))
    -- no linker that is here leaves GCC's, which would have such a name
    linked("gcc-lto", "gcc.o", "mark.o")
    local bytes, count = helper.read(folder .. "/x.dll")
      :gsub("%.gnu\0\0\0\0", ".gnu.lto")
    assert.equal(1, count)
    helper.write(folder .. "/y.dll", bytes)
    local ours, refused, err = peers.symrun({ "y.dll" }, folder, "--view",
                                            "gcc-lto")
    assert.equal("refused", ours["y.dll"].status)
    assert.equal(2, refused)
    assert.matches("holds GCC's LTO", err)
  end)
end)
