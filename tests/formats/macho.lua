--- Mach-O files, as README's table has them: what llvm-nm and llvm-objdump say.

local assert = require "luassert"
local cells = require "formats.cells"
local helper = require "helper"
local lto = require "lto"
local objects = require "make_macho"

local macho = {}

local SOURCE = [[
int puts(const char *); int common; int data = 1; static int local;
__attribute__((visibility("hidden"))) int hidden(void) { return local; }
__attribute__((weak)) int weakdef(void) { return hidden(); }
extern int w(void) __attribute__((weak_import));
__attribute__((constructor)) static void begin(void) { local = puts(""); }
int main(void) { return weakdef() + puts("") + common + (w ? w() : 0); }
]]

local TBD = [[
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '/usr/lib/libSystem.B.dylib'
exports:
  - targets: [ x86_64-macos, arm64-macos ]
    symbols: [ dyld_stub_binder, _puts, _w ]
...
]]

local folder

local function setup()
  if folder then return end
  folder = helper.folder "table-macho"
  helper.write(folder .. "/libsystem.tbd", TBD)
  for _, arch in ipairs { "x86_64", "arm64" } do
    local object = cells.cc(folder, arch .. "-apple-macosx11", arch, SOURCE,
                            "-fcommon")
    for kind, words in pairs {
      exe = { "-rpath", "@loader_path/x" }, bundle = { "-bundle" },
      dylib = { "-dylib", "-install_name", "@rpath/mine.dylib" },
    } do
      helper.must({ "lld", "-flavor", "darwin", "-arch", arch,
        "-platform_version", "macos", "11.0", "11.0", "-o", arch .. "." .. kind,
        object, "libsystem.tbd", table.unpack(words) }, folder)
    end
  end
end


local function agrees(file, least, view, ...)
  setup()
  local theirs = {}
  for _, row in ipairs(cells.llvm(folder, file, ...)) do
    -- names that it makes up for functions that have none
    if not row:find "^<redacted" then theirs[#theirs + 1] = row end
  end
  cells.agree(folder, file, view or "native", "macho", theirs, least)
end


local function both(kind, least)
  return function ()
    agrees("x86_64." .. kind, least)
    agrees("arm64." .. kind, least)
  end
end


macho.read = {
  ["objects"] = both("o", 7),
  ["dylibs"] = both("dylib", 6),
  ["bundles"] = both("bundle", 6),
  ["executables"] = both("exe", 6),
  ["private extern"] = function ()
    setup()
    assert.matches("private external _hidden", helper.must({ "llvm-nm-19",
                   "-m", "arm64.o" }, folder))
    cells.same(cells.ask(folder, "arm64.o", "it:exported('*')"),
               { "common", "data", "main", "weakdef" })
  end,
  ["weak"] = function ()
    setup()
    local told = helper.must({ "llvm-nm-19", "-m", "arm64.dylib" }, folder)
    assert.matches("weak external _weakdef", told)
    assert.matches("undefined%) weak external _w ", told)
    local classes = cells.classes(folder, "arm64.dylib")
    assert.equal("weak", classes._weakdef)
    assert.equal("weakundef", classes._w)
  end,
  ["common"] = function ()
    setup()
    assert.matches("%(common%).*_common", helper.must({ "llvm-nm-19", "-m",
                                                       "arm64.o" }, folder))
    assert.equal("common", cells.classes(folder, "arm64.o")._common)
  end,
  ["absolute"] = function ()
    setup()
    helper.write(folder .. "/abs.s", ".globl _a\n_a = 7\n")
    helper.must({ "clang", "--target=arm64-apple-macosx11", "-c", "abs.s" },
                folder)
    agrees("abs.o", 1)
    assert.equal("global", cells.classes(folder, "abs.o")._a)
  end,
  ["indirect"] = function ()
    setup()  -- no compiler makes one, and llvm-nm prints none
    helper.write(folder .. "/made.o", (objects.file { symbols = {
      { name = "_i", type = 0xa | 1, sect = 0, value = 1 },
      { name = "_g", sect = 1 } } }))
    assert.matches("Type: Indirect", helper.must({ "llvm-readobj-19",
                   "--symbols", "made.o" }, folder))
    cells.agree(folder, "made.o", "native", "macho", { "_g T", "_i I" }, 2)
  end,
}


macho.views = {
  ["`native`"] = both("o", 7),
  ["`dynamic`"] = function ()
    agrees("x86_64.dylib", 5, "dynamic", "--dyldinfo-only")
    agrees("arm64.exe", 5, "dynamic", "--dyldinfo-only")
  end,
  ["`bitcode` (`__LLVM,__bitcode`)"] = function ()
    setup()
    local file = cells.cc(folder, "arm64-apple-macosx11", "embedded", SOURCE,
                          "-fembed-bitcode")
    helper.must({ "llvm-objcopy-19", "--dump-section=__LLVM,__bitcode=part.bc",
                  file, "/dev/null" }, folder)
    local theirs = {}
    for _, row in ipairs(assert(lto.llvm_nm("part.bc", folder))) do
      -- of constants, the table says that they are variables
      theirs[#theirs + 1] = row:gsub("\t", " "):gsub(" s$", " d")
    end
    cells.agree(folder, file, "bitcode", "macho", theirs, 6)
  end,
}


local function trie(file)
  return cells.all(helper.must({ "llvm-objdump-19", "--macho",
    "--exports-trie", file }, folder), "\n0x%x+ +(%S+)")
end


macho.exports = {
  ["the export trie"] = function ()
    setup()
    for _, file in ipairs { "x86_64.dylib", "arm64.dylib" } do
      local ours = {}
      for _, row in ipairs((cells.rows(folder, file, "dynamic", "macho"))) do
        if not row:find " [Uw]$" then ours[#ours + 1] = row:match "^%S+" end
      end
      cells.same(ours, trie(file), 4)
      local asked = cells.ask(folder, file, "it:exported('*', 'dynamic')")
      for i, name in ipairs(asked) do asked[i] = "_" .. name end
      cells.same(asked, ours, 4)
    end
  end,
}


local function headers(file)
  setup()
  return helper.must({ "llvm-objdump-19", "--macho", "--private-headers",
                       file }, folder)
end

local function is_fact(name, expected, file)
  setup()
  cells.is_fact(folder, file, name, assert(expected))
end


macho.facts = {
  ["target"] = function ()
    assert.matches("MH_MAGIC_64 +ARM64", headers "arm64.o")
    is_fact("machine", "aarch64", "arm64.o")
    is_fact("machine", "x86_64", "x86_64.exe")
    is_fact("bits", "64", "arm64.o")
    is_fact("endian", "little", "arm64.o")
    is_fact("os", headers "arm64.dylib":match "platform (%a+)", "arm64.dylib")
  end,
  ["needed libraries"] = function ()
    is_fact("needed", headers "arm64.exe":match
            "cmd LC_LOAD_DYLIB\n[^\n]*\n +name (%S+)", "arm64.exe")
  end,
  ["soname"] = function ()
    is_fact("soname", headers "arm64.dylib":match
            "cmd LC_ID_DYLIB\n[^\n]*\n +name (%S+)", "arm64.dylib")
  end,
  ["run paths"] = function ()
    is_fact("run_paths", headers "arm64.exe":match
            "cmd LC_RPATH\n[^\n]*\n +path (%S+)" .. "\nrpath", "arm64.exe")
  end,
  ["interpreter"] = function ()
    is_fact("interpreter", headers "arm64.exe":match
            "LC_LOAD_DYLINKER\n[^\n]*\n +name (%S+)", "arm64.exe")
  end,
  ["build ID"] = function ()
    local id = headers "arm64.dylib":match "uuid ([%x-]+)"
    is_fact("build_id", id:gsub("-", ""):lower(), "arm64.dylib")
  end,
  ["producers"] = function ()
    local tool, version = headers "arm64.dylib":match
      "tool (%a+)\n%s+version ([%d.]+)"
    is_fact("producers", tool .. " " .. version, "arm64.dylib")
  end,
  ["executable stack"] = function ()
    assert.is_nil(headers "arm64.exe":match "ALLOW_STACK_EXECUTION")
    is_fact("executable_stack", "false", "arm64.exe")
    helper.write(folder .. "/stack", (objects.file { type = 2, base = 0x1000,
                                                 flags = 0x20085 }))
    local flags = string.unpack("<I4", helper.read(folder .. "/stack"), 25)
    assert.equal(0x20000, flags & 0x20000)  -- MH_ALLOW_STACK_EXECUTION
    is_fact("executable_stack", "true", "stack")
  end,
  ["text relocations"] = function ()
    is_fact("text_relocations", "false", "arm64.dylib")
  end,
  ["constructors"] = function ()
    local size = headers "arm64.o":match
      "sectname __mod_init_func\n.-\n +size 0x(%x+)"
    is_fact("constructors", "__DATA,__mod_init_func "
            .. tonumber(size, 16) // 8, "arm64.o")
    is_fact("functions", "__DATA,__mod_init_func: begin", "arm64.o")
  end,
  ["sections"] = function ()
    local theirs, ours = {}, {}
    for name, segment, size in headers "arm64.o":gmatch
        "sectname (%S+)\n +segname (%S+).-\n +size 0x(%x+)" do
      theirs[#theirs + 1] = ("%s,%s %d"):format(segment, name,
                                                tonumber(size, 16))
    end
    for i, row in ipairs(cells.sections(folder, "arm64.o")) do
      ours[i] = row:match "^%S+ %d+"
    end
    cells.same(ours, theirs, 4)
  end,
  ["sections of definitions"] = function ()
    setup()
    local told = helper.must({ "llvm-nm-19", "-m", "arm64.o" }, folder)
    for _, name in ipairs { "main", "data" } do
      local section = told:match("%((__[%w_]+,__[%w_]+)%)[^\n]* _" .. name)
      assert.matches("^" .. section .. " ",
                     cells.sections(folder, "arm64.o", name)[1])
    end
  end,
  ["LTO"] = function ()
    setup()
    local file = cells.cc(folder, "arm64-apple-macosx11", "marked", SOURCE,
                          "-fembed-bitcode")
    assert.matches("^llvm full in '__LLVM,__bitcode', native",
                   cells.fact(folder, file, "lto"))
    is_fact("lto", "none", "arm64.o")
  end,
}


macho.untold = {
  ["text relocations of an object"] = function ()
    setup()
    cells.untold(folder, "arm64.o", "text_relocations", "when it is linked")
  end,
  ["own symbols of a stripped dylib"] = function ()
    setup()
    helper.must({ "llvm-strip-19", "-o", "s.dylib", "arm64.dylib" }, folder)
    assert.is_nil(table.concat(cells.llvm(folder, "s.dylib")):match "_main")
    local _, err = cells.rows(folder, "s.dylib", "native", "macho", "partial")
    assert.matches("is stripped of symbols that it exports", err)
  end,
  ["GCC's LTO"] = function ()
    setup()
    helper.write(folder .. "/gcc.s", ".section __GNU_LTO,.gnu.lto_x\n.long 1\n")
    helper.must({ "clang", "--target=arm64-apple-macosx11", "-c", "gcc.s" },
                folder)
    cells.refused(folder, "gcc.o", "gcc-lto", "macho", "holds GCC's LTO")
  end,
}


-- == for universal files =====================================================

--- A folder with an object, a dylib, a bundle and a program for x86_64 and
--- arm64, by these names.
function macho.folder()
  setup()
  return folder
end

macho.trie = trie

return macho
