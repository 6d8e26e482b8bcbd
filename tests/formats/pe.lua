--- PE images, and the import members that stand for them, as README's table has
--- them: what llvm-nm and llvm-readobj say.

local assert = require "luassert"
local cells = require "formats.cells"
local helper = require "helper"
local peers = require "peers_coff"

local pe = {}

local TARGET = "x86_64-pc-windows-msvc"

local SOURCE = [[
int out(void); static int st; int data = 1;
__declspec(selectany) int any = 3;
__attribute__((weak)) int weakdef(void) { return st; }
extern int weakext(void) __attribute__((weak));
__declspec(dllimport) int far(void);
int f(void) { return out() + far() + weakdef() + weakext() + any; }
]]

local folder

local function setup()
  folder = folder or helper.folder "table-pe"
end


local function readobj(file, ...)
  setup()
  return helper.must({ "llvm-readobj-19", ..., file }, folder)
end


local function is_fact(name, expected, file)
  setup()
  cells.is_fact(folder, file, name, assert(expected))
end


-- == import members ==========================================================

pe.import = {}

local DEF = [[
LIBRARY d.dll
EXPORTS
  code
  data DATA
  renamed=code
  nameless @7 NONAME
  forwarded=elsewhere.target
]]

local function dll(...)
  setup()
  cells.cc(folder, TARGET, "d", "int code(void) { return 1; } int data = 3;\n"
           .. "int nameless(void) { return 2; }\n")
  helper.write(folder .. "/d.def", DEF)
  helper.must({ "lld-link", "/dll", "/noentry", "/nodefaultlib", "d.o",
                "/def:d.def", "/out:d.dll", "/implib:d.lib", ... }, folder)
end


local function imports()
  dll()
  return "d.lib"
end


pe.import.read = {
  ["names with and without `__imp_`"] = function ()
    local file = imports()
    cells.agree(folder, file, "native", "ar", cells.llvm(folder, file), 8)
    local classes = cells.classes(folder, "d.lib")
    assert.equal("global", classes.code)
    assert.equal("global", classes.__imp_code)
    assert.equal("global", classes.__imp_data)
    assert.is_nil(classes.data)
  end,
}

pe.import.views = {
  ["`native`"] = function ()
    local file = imports()
    cells.agree(folder, file, "native", "ar", cells.llvm(folder, file), 8)
  end,
}

-- The member of an import library that imports something.
local function member(name)
  imports()
  helper.must({ "sh", "-c", "rm -rf x && mkdir x && cd x && cp ../d.lib . && "
    .. "for i in 4 5; do llvm-ar-19 xN $i d.lib d.dll && mv d.dll $i.obj; "
    .. "done" }, folder)
  for _, file in ipairs { "x/4.obj", "x/5.obj" } do
    if helper.read(folder .. "/" .. file):find(name, 1, true) then
      assert.matches("COFF-import-file", readobj(file, "--file-headers"), 1,
                     true)
      return file
    end
  end
  error("no member imports " .. name)
end

pe.import.facts = {
  ["target"] = function ()
    local file = member "code"
    is_fact("machine", "x86_64", file)
    is_fact("os", "windows", file)
  end,
  ["needed library"] = function ()
    local file = member "code"
    assert.matches("LIBRARY d.dll", DEF, 1, true)
    is_fact("needed", "d.dll", file)
  end,
}

pe.import.untold = {
  ["text relocations"] = function ()
    cells.untold(folder, member "code", "text_relocations", "changes code")
  end,
}


-- == images ==================================================================

local function names(file, letters)
  local out = {}
  for _, row in ipairs((cells.rows(folder, file, "dynamic", "pe"))) do
    local name, letter = row:match "^(.*) (.)$"
    if letters:find(letter, 1, true) then out[#out + 1] = name end
  end
  return out
end


-- A program that calls d.dll, at once or late.
local function program(...)
  dll()
  cells.cc(folder, TARGET, "main", [[
    int code(void); int renamed(void);
    int main(void) { return code() + renamed(); }
    int __delayLoadHelper2(void) { return 0; } ]])
  helper.must({ "lld-link", "/nodefaultlib", "/entry:main", "main.o", "d.lib",
                "/subsystem:console", "/out:w.exe", ... }, folder)
end


local function role(file, kind)
  helper.write(folder .. "/role.lua", ([[
    local symrun = require "symrun"
    symrun.rule "own/role" { about = "its role", each = symrun.%s "*",
      check = function (it, report) report(it, "is one") end }]]):format(kind))
  return (helper.symrun({ "role.lua", file }, folder))
end


pe.read = {
  ["DLLs"] = function ()
    dll()
    assert.matches("IMAGE_FILE_DLL", readobj("d.dll", "--file-headers"))
    assert.equal(1, role("d.dll", "libraries"))
    assert.equal(2, role("d.dll", "executables"))
  end,
  ["programs"] = function ()
    program()
    assert.is_nil(readobj("w.exe", "--file-headers"):match "IMAGE_FILE_DLL")
    assert.equal(1, role("w.exe", "executables"))
  end,
  ["their own symbols where a linker left them"] = function ()
    dll("/debug:symtab")
    cells.agree(folder, "d.dll", "native", "pe", cells.llvm(folder, "d.dll"),
                3)
  end,
}

pe.views = {
  ["`native`"] = pe.read["their own symbols where a linker left them"],
  ["`dynamic`"] = function ()
    program()
    local exports = peers.tables("d.dll", folder)
    local _, wanted = peers.tables("w.exe", folder)
    cells.same(names("d.dll", "TDRI"), exports, 5)
    cells.same(names("w.exe", "U"), wanted, 2)
  end,
  ["`bitcode` (`.llvmbc`)"] = function ()
    setup()
    local file = cells.cc(folder, TARGET, "kept", SOURCE, "-fembed-bitcode")
    helper.must({ "lld-link", "/dll", "/noentry", "/nodefaultlib", "/force",
                  file, "/out:kept.dll" }, folder)
    assert.matches("Name: .llvmbc", readobj("kept.dll", "--sections"))
    cells.same((cells.rows(folder, "kept.dll", "bitcode", "pe")),
               (cells.rows(folder, file, "bitcode", "coff")), 6)
  end,
}

pe.exports = {
  ["exports with numbers and forwarders"] = function ()
    dll()
    local exports = peers.tables("d.dll", folder)
    cells.same(names("d.dll", "TDRI"), exports, 5)
    assert.matches("ForwardedTo: elsewhere.target", readobj("d.dll",
                                                           "--coff-exports"))
    cells.same(names("d.dll", "I"), { "forwarded" })
    cells.same(cells.ask(folder, "d.dll", "it:exported('#*', 'dynamic')"),
               { "#7" })
  end,
  ["imports"] = function ()
    program()
    local _, wanted = peers.tables("w.exe", folder)
    cells.same(names("w.exe", "U"), wanted, 2)
  end,
  ["delayed ones too"] = function ()
    program("/delayload:d.dll")
    assert.matches("DelayImport", readobj("w.exe", "--coff-imports"))
    local _, wanted = peers.tables("w.exe", folder)
    cells.same(names("w.exe", "U"), wanted, 2)
  end,
}

pe.facts = {
  ["target"] = function ()
    program()
    assert.matches("IMAGE_SUBSYSTEM_WINDOWS_CUI", readobj("w.exe",
                                                         "--file-headers"))
    is_fact("machine", "x86_64", "w.exe")
    is_fact("bits", "64", "w.exe")
    is_fact("os", "windows", "w.exe")
  end,
  ["needed libraries"] = function ()
    program("/out:n.exe")
    is_fact("needed", readobj("n.exe", "--needed-libs"):match
            "NeededLibraries %[\n%s*(.-)\n%]", "n.exe")
    program("/delayload:d.dll", "/out:late.exe")
    is_fact("needed", readobj("late.exe", "--coff-imports"):match
            "DelayImport {\n +Name: ([^\n]*)", "late.exe")
  end,
  ["soname"] = function ()
    dll()
    is_fact("soname", "d.dll", "d.dll")
  end,
  ["build ID"] = function ()
    program("/debug", "/pdb:w.pdb", "/out:b.exe")
    local id = readobj("b.exe", "--coff-debug-directory"):match
      "PDBGUID: {(.-)}"
    is_fact("build_id", id:gsub("-", ""):lower(), "b.exe")
  end,
  ["executable stack"] = function ()
    program("/out:s.exe")
    assert.matches("NX_COMPAT", readobj("s.exe", "--file-headers"))
    is_fact("executable_stack", "false", "s.exe")
  end,
  ["sections"] = function ()
    program("/out:sections.exe")
    local theirs, ours = {}, {}
    for name in readobj("sections.exe", "--sections"):gmatch
        "Name: (%S+) .-RawDataSize" do
      theirs[#theirs + 1] = name
    end
    for i, row in ipairs(cells.sections(folder, "sections.exe")) do
      ours[i] = row:match "^%S+"
    end
    cells.same(ours, theirs, 2)
  end,
}

pe.untold = {
  ["GCC's LTO"] = function ()
    dll()  -- no linker that is here leaves such a section
    helper.write(folder .. "/lto.dll", (helper.read(folder .. "/d.dll")
      :gsub("%.rdata\0\0", ".gnu.lto")))
    assert.matches("Name: .gnu.lto", readobj("lto.dll", "--sections"))
    cells.refused(folder, "lto.dll", "gcc-lto", "pe", "holds GCC's LTO")
  end,
  ["own symbols that a linker left out"] = function ()
    dll()
    cells.refused(folder, "d.dll", "native", "pe", "has no symbol table")
  end,
  ["constructors"] = function ()
    program("/out:c.exe")
    cells.untold(folder, "c.exe", "constructors", "known to its own code")
  end,
  ["text relocations"] = function ()
    program("/out:t.exe")
    cells.untold(folder, "t.exe", "text_relocations", "changes code")
  end,
}

return pe
