--- ELF files, as README's table has them: what readelf and llvm-nm say.

local assert = require "luassert"
local cells = require "formats.cells"
local helper = require "helper"
local lto = require "lto"

local elf = {}

local SOURCE = [[
int other(void); extern int wk(void) __attribute__((weak));
static int st = 1; int common; __thread int tl = 1;
__attribute__((visibility("hidden"))) int hid(void) { return st; }
__attribute__((weak)) int wf(void) { return other() + (wk ? wk() : 0); }
static int (*pick(void))(void) { return hid; }
int chosen(void) __attribute__((ifunc("pick")));
__attribute__((constructor)) static void begin(void) { st = 2; }
int f(void) { return wf() + chosen() + common + tl; }
]]

local CXX = [[
inline int once(int x) { static int k; return k += x; }
int plain(void) { return once(1); }
]]

local MAP = "V1 { global: f; }; V2 { global: wf; local: *; } V1;\n"

local folder

local function setup()
  if folder then return end
  folder = helper.folder "table-elf"
  helper.write(folder .. "/a.c", SOURCE)
  helper.write(folder .. "/once.cpp", CXX)
  helper.write(folder .. "/map", MAP)
  helper.must({ "gcc", "-c", "-fPIC", "-fcommon", "-w", "-O1", "a.c" }, folder)
  helper.must({ "g++", "-c", "-O0", "once.cpp" }, folder)
  helper.write(folder .. "/other.c", "int other(void) { return 1; }\n")
  helper.must({ "gcc", "-shared", "-fPIC", "-o", "libother.so.7", "other.c",
                "-Wl,-soname,libother.so.7" }, folder)
  helper.must({ "gcc", "-shared", "-o", "liba.so", "a.o", "libother.so.7",
    "-Wl,-soname,liba.so.3,--version-script=map,--build-id=sha1,-z,execstack,"
    .. "--enable-new-dtags,-rpath,/r:/s" }, folder)
  helper.write(folder .. "/main.c", "int f(void); int main(void) { return f(); "
               .. "}\n")
  helper.must({ "gcc", "-o", "app", "main.c", "liba.so",
                "-Wl,-rpath-link,.,--no-as-needed" }, folder)
end


local function readelf(file, ...)
  setup()
  local words = { "readelf", "-W", ... }
  words[#words + 1] = file
  return helper.must(words, folder)
end


local function agrees(file, least)
  setup()
  cells.agree(folder, file, "native", "elf", cells.llvm(folder, file), least)
end


-- The class of one name, which readelf calls so.
local function is(name, class, theirs, file)
  setup()
  file = file or "a.o"
  local row = readelf(file, "-s"):match("\n([^\n]* " .. name .. ")\n")
  assert.matches(theirs, row)
  assert.equal(class, cells.classes(folder, file)[name])
end


elf.read = {
  ["objects"] = function () agrees("a.o", 8) end,
  ["libraries"] = function () agrees("liba.so", 10) end,
  ["executables"] = function () agrees("app", 5) end,
  ["32 and 64 bits"] = function ()
    setup()
    for target, class in pairs { ["i386-linux-gnu"] = "ELF32",
                                 ["aarch64-linux-gnu"] = "ELF64" } do
      local file = cells.cc(folder, target, target, "int g(void); int h(void) "
                            .. "{ return g(); }")
      assert.matches("Class: *" .. class, readelf(file, "-h"))
      agrees(file, 2)
    end
  end,
  ["both byte orders"] = function ()
    setup()
    for _, target in ipairs { "mips-linux-gnu", "powerpc64-linux-gnu" } do
      local file = cells.cc(folder, target, target, "int g(void); int h(void) "
                            .. "{ return g(); }")
      assert.matches("big endian", readelf(file, "-h"))
      agrees(file, 2)
    end
  end,
  ["visibility"] = function ()
    local theirs = {}
    for row in readelf("a.o", "-s"):gmatch "[^\n]+" do
      if not row:find " LOCAL " and not row:find " UND " then
        theirs[#theirs + 1] = row:match " DEFAULT .* ([%w_]+)$"
      end
    end
    cells.same(cells.ask(folder, "a.o", "it:exported('*')"), theirs, 4)
    is("hid", "global", "HIDDEN")
  end,
  ["COMDAT"] = function ()
    setup()
    assert.matches("COMDAT group section [^\n]*_Z4oncei", readelf("once.o",
                                                                "-g"))
    cells.same(cells.ask(folder, "once.o", "it:defined_strongly('*')"),
               { "_Z5plainv" })
    assert.equal("weak", cells.classes(folder, "once.o")._Z4oncei)
  end,
  ["weak"] = function ()
    is("wf", "weak", " WEAK ")
    is("wk", "weakundef", " WEAK .* UND ")
  end,
  ["common"] = function () is("common", "common", " COM ") end,
  ["TLS"] = function () is("tl", "global", " TLS ") end,
  ["ifunc"] = function () is("chosen", "ifunc", " IFUNC ") end,
  ["unique"] = function ()
    is("_ZZ4onceiE1k", "unique", " UNIQUE ", "once.o")
  end,
}


elf.views = {
  ["`native`"] = function () agrees("a.o", 8) end,
  ["`dynamic`"] = function ()
    setup()
    for _, file in ipairs { "liba.so", "app" } do
      cells.agree(folder, file, "dynamic", "elf",
                  cells.llvm(folder, file, "-D"), 4)
    end
  end,
  ["`bitcode` (`.llvmbc`, `.llvm.lto`)"] = function ()
    setup()
    helper.must({ "clang", "-w", "-c", "-fembed-bitcode", "-fPIC", "a.c", "-o",
                  "both.o" }, folder)
    helper.must({ "clang", "-w", "-c", "-flto", "-fPIC", "a.c", "-o", "a.bc" },
                folder)
    helper.must({ "objcopy", "--add-section", ".llvm.lto=a.bc", "a.o",
                  "fat.o" }, folder)
    for file, section in pairs { ["both.o"] = ".llvmbc",
                                 ["fat.o"] = ".llvm.lto" } do
      helper.must({ "llvm-objcopy-19", "--dump-section=" .. section
                    .. "=part.bc", file, "/dev/null" }, folder)
      local theirs = assert(lto.llvm_nm("part.bc", folder))
      for i, row in ipairs(theirs) do theirs[i] = row:gsub("\t", " ") end
      cells.agree(folder, file, "bitcode", "elf", theirs, 8)
    end
  end,
  ["`gcc-lto`"] = function ()
    setup()
    helper.must({ "gcc", "-w", "-c", "-flto", "-ffat-lto-objects", "-fPIC",
                  "a.c", "-o", "gcc.o" }, folder)
    local theirs = lto.gcc_nm("gcc.o", folder)
    for i, row in ipairs(theirs) do theirs[i] = row:gsub("\t", " ") end
    cells.agree(folder, "gcc.o", "gcc-lto", "elf", theirs, 5)
  end,
}


elf.exports = {
  ["`.dynsym` with versions"] = function ()
    setup()
    local text = helper.must({ "llvm-readelf-19", "--dyn-syms", "liba.so" },
                             folder)
    local theirs = cells.all(text, " ([%w_]+@@[%w_.]+)\n")
    local ours, plain = {}, cells.all(text, "%d ([%w_]+)@@[%w_.]+\n")
    for _, row in ipairs((cells.rows(folder, "liba.so", "dynamic", "elf"))) do
      if row:find "@@" then ours[#ours + 1] = row:match "^%S+" end
    end
    cells.same(ours, theirs, 2)
    assert.matches("f@@V1\n.*wf@@V2", table.concat(ours, "\n"))
    cells.same(cells.ask(folder, "liba.so", "it:exported('*', 'dynamic')"),
               plain, 2)  -- for versions have names, and are no symbols
  end,
}


local function dynamic(tag, file)
  return cells.all(readelf(file or "liba.so", "-d"),
                   "%(" .. tag .. "%)[^%[\n]*%[([^%]]*)%]")
end

local function is_fact(name, expected, file)
  setup()
  cells.is_fact(folder, file or "liba.so", name, expected)
end

-- All sections as readelf has them, by number.
local function sections(file)
  local out = {}
  for number, rest in readelf(file, "-S"):gmatch "%[ *(%d+)%] ([^\n]*)" do
    local name, size, flags = rest:match
      "^(%S+) +%u[%u_%d]* +%x+ %x+ (%x+) %x+ +(%u*) "
    out[number] = name and ("%s %d %s%s"):format(name, tonumber(size, 16),
      flags:find "W" and "W" or "-", flags:find "X" and "X" or "-")
  end
  return out
end


elf.facts = {
  ["target"] = function ()
    setup()
    local file = cells.cc(folder, "powerpc64le-linux-gnu", "ppc",
                          "int g(void) { return 1; }")
    local header = readelf(file, "-h")
    assert.matches("Machine: *PowerPC64", header)
    assert.matches("Data: [^\n]*little endian", header)
    is_fact("machine", "powerpc64", file)
    is_fact("endian", "little", file)
    is_fact("bits", header:match "Class: *ELF(%d%d)", file)
    is_fact("abi", "elfv" .. header:match "Flags:[^\n]*abiv(%d)", file)
  end,
  ["needed libraries"] = function ()
    is_fact("needed", table.concat(dynamic "NEEDED", "\n"))
    assert.matches("libother.so.7", cells.fact(folder, "liba.so", "needed"))
  end,
  ["soname"] = function () is_fact("soname", dynamic "SONAME"[1]) end,
  ["run paths"] = function ()
    local list = dynamic "RUNPATH"[1]:gsub(":", "\n")
    is_fact("run_paths", list .. "\nrunpath")
  end,
  ["interpreter"] = function ()
    setup()
    is_fact("interpreter", readelf("app", "-l"):match
            "program interpreter: ([^%]]*)%]", "app")
  end,
  ["build ID"] = function ()
    setup()
    is_fact("build_id", readelf("liba.so", "-n"):match "Build ID: (%x+)")
  end,
  ["producers"] = function ()
    setup()
    local made = readelf("a.o", "-p", ".comment"):match "%] +([^\n]*)"
    is_fact("producers", made, "a.o")
  end,
  ["executable stack"] = function ()
    setup()
    assert.matches("GNU_STACK [^\n]*RWE", readelf("liba.so", "-l"))
    is_fact("executable_stack", "true")
    assert.is_nil(readelf("app", "-l"):match "GNU_STACK [^\n]*RWE")
    is_fact("executable_stack", "false", "app")
  end,
  ["text relocations"] = function ()
    setup()
    helper.write(folder .. "/t.s", ".globl t\nt: .quad far\n")
    helper.must({ "gcc", "-c", "t.s" }, folder)
    helper.must({ "gcc", "-shared", "-Wl,-z,notext", "t.o", "-o", "libt.so" },
                folder)
    assert.matches("TEXTREL", readelf("libt.so", "-d"))
    is_fact("text_relocations", "true", "libt.so")
    assert.is_nil(readelf("liba.so", "-d"):match "TEXTREL")
    is_fact("text_relocations", "false")
  end,
  ["constructors"] = function ()
    setup()
    local size = readelf("a.o", "-S"):match
      "%.init_array +INIT_ARRAY +%x+ %x+ (%x+)"
    is_fact("constructors", ".init_array " .. tonumber(size, 16) // 8, "a.o")
    is_fact("functions", ".init_array: begin", "a.o")
  end,
  ["sections"] = function ()
    local theirs = {}
    for _, row in pairs(sections "a.o") do theirs[#theirs + 1] = row end
    cells.same(cells.sections(folder, "a.o"), theirs, 8)
  end,
  ["sections of definitions"] = function ()
    for _, name in ipairs { "f", "tl" } do
      local number = readelf("a.o", "-s"):match("(%d+) " .. name .. "\n")
      cells.same(cells.sections(folder, "a.o", name),
                 { sections "a.o"[number] })
    end
  end,
  ["LTO"] = function ()
    setup()
    helper.must({ "gcc", "-w", "-c", "-flto", "-ffat-lto-objects", "a.c",
                  "-o", "kind.o" }, folder)
    assert.matches("%.gnu%.lto_%.symtab", readelf("kind.o", "-S"))
    assert.matches("^gcc fat in .*, native$", cells.fact(folder, "kind.o",
                                                        "lto"))
    is_fact("lto", "none", "a.o")
  end,
}


elf.untold = {
  ["text relocations of an object"] = function ()
    setup()
    cells.untold(folder, "a.o", "text_relocations", "when it is linked")
  end,
}

return elf
