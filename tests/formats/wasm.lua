--- Wasm, as README's table has it: what llvm-nm, obj2yaml and a machine that
--- runs it say.

local assert = require "luassert"
local cells = require "formats.cells"
local helper = require "helper"
local lto = require "lto"
local pieces = require "wasm"

local wasm = {}

local SOURCE = [[
int out(void); extern int ud; static int st; int data = 2;
__attribute__((import_module("test"), import_name("close"))) int closer(int);
__attribute__((export_name("api"))) int f(void) { return out() + closer(ud); }
__attribute__((weak)) int weakdef(void) { return st; }
__attribute__((constructor)) static void begin(void) { st = out(); }
]]

local CXX = "inline int once(int x) { static int k; return k += x; }\n"
            .. "int plain(void) { return once(1); }\n"

local PLAIN, PIC = "wasm32-unknown-unknown", "wasm32-unknown-emscripten"

local folder

local function setup()
  if folder then return end
  folder = helper.folder "table-wasm"
  cells.cc(folder, PLAIN, "a", SOURCE)
  cells.cc(folder, PLAIN, "once.cpp", CXX, "-O0")
  cells.cc(folder, PIC, "pic", SOURCE, "-fPIC", "-fvisibility=default")
  cells.cc(folder, PIC, "lib", "int out(void) { return 1; } int ud = 3;\n",
           "-fPIC", "-fvisibility=default")
  local function link(...)
    helper.must({ "wasm-ld", "--allow-undefined", ... }, folder)
  end
  link("--no-entry", "--export=f", "--export=weakdef", "a.o", "-o", "a.wasm")
  link("--shared", "-E", "--experimental-pic", "lib.o", "-o", "lib.so")
  link("--shared", "-E", "--experimental-pic", "pic.o", "lib.so", "-o",
       "pic.so")
end


local function agrees(file, least)
  setup()
  cells.agree(folder, file, "native", "wasm", cells.llvm(folder, file), least)
end


-- What a machine says a module imports ("U") or exports ("T", "D").
local function machine(file)
  setup()
  helper.write(folder .. "/ask.cjs", [[
const wasm = new WebAssembly.Module(require("fs").readFileSync(
  process.argv[2]));
for (const i of WebAssembly.Module.imports(wasm))
  console.log(`${i.name} U`);
for (const e of WebAssembly.Module.exports(wasm))
  console.log(`${e.name} ${e.kind === "function" ? "T" : "D"}`);
]])
  return cells.all(helper.must({ "node", "ask.cjs", file }, folder),
                   "[^\n]+")
end


local function yaml(file)
  setup()
  return helper.must({ "obj2yaml-19", file }, folder)
end


local function is_fact(name, expected, file)
  setup()
  cells.is_fact(folder, file, name, assert(expected))
end


wasm.read = {
  ["objects"] = function () agrees("a.o", 6) end,
  ["modules"] = function () agrees("a.wasm", 4) end,
  ["import modules and fields"] = function ()
    assert.matches("Module: +test\n +Field: +close\n", yaml "a.o")
    local _, out = helper.symrun({ "nm", "--format", "json", "a.o" }, folder)
    local one = out:match "{[^{}]*\"closer\"[^{}]*}"
    assert.matches('"module": *"test"', one)
    assert.matches('"field": *"close"', one)
  end,
  ["explicit names"] = function ()
    assert.matches("Name: +closer\n +Flags: +%[ [^%]]*EXPLICIT_NAME",
                   yaml "a.o")
    assert.equal("undef", cells.classes(folder, "a.o").closer)
    assert.is_nil(cells.classes(folder, "a.o").close)
  end,
  ["COMDAT"] = function ()
    assert.matches("Comdats:\n +%- Name: +_Z4oncei", yaml "once.o")
    cells.same(cells.ask(folder, "once.o", "it:defined_strongly('*')"),
               { "_Z5plainv" })
    assert.equal("weak", cells.classes(folder, "once.o")._Z4oncei)
  end,
}


wasm.views = {
  ["`native`"] = function () agrees("a.o", 6) end,
  ["`dynamic`"] = function ()
    for _, file in ipairs { "a.wasm", "pic.so" } do
      cells.agree(folder, file, "dynamic", "wasm", machine(file), 4)
    end
  end,
  ["`bitcode` (`.llvmbc`)"] = function ()
    setup()
    local file = cells.cc(folder, PLAIN, "embedded", SOURCE, "-fembed-bitcode")
    helper.must({ "llvm-objcopy-19", "--dump-section=.llvmbc=part.bc", file,
                  "/dev/null" }, folder)
    local theirs = assert(lto.llvm_nm("part.bc", folder))
    for i, row in ipairs(theirs) do theirs[i] = row:gsub("\t", " ") end
    cells.agree(folder, file, "bitcode", "wasm", theirs, 5)
  end,
}


local function of_machine(letters)
  return function ()
    local theirs, ours = {}, {}
    for _, row in ipairs(machine "pic.so") do
      if letters:find(row:sub(-1), 1, true) then theirs[#theirs + 1] = row end
    end
    for _, row in ipairs((cells.rows(folder, "pic.so", "dynamic", "wasm"))) do
      if letters:find(row:sub(-1), 1, true) then ours[#ours + 1] = row end
    end
    cells.same(ours, theirs, 3)
  end
end

wasm.exports = {
  ["exports"] = of_machine "TD",
  ["imports"] = of_machine "Uw",
}


wasm.facts = {
  ["target"] = function ()
    setup()
    local wide = cells.cc(folder, "wasm64-unknown-unknown", "wide",
                          "int data[9]; int g(int i) { return data[i]; }")
    assert.matches("IS_64", yaml(wide))
    is_fact("machine", "wasm64", wide)
    is_fact("bits", "64", wide)
    is_fact("machine", "wasm32", "a.wasm")
    is_fact("endian", "little", "a.wasm")
  end,
  ["needed libraries"] = function ()
    is_fact("needed", yaml "pic.so":match "Needed:%s*\n +%- ([^\n]+)",
            "pic.so")
  end,
  ["run paths"] = function ()
    setup()
    helper.write(folder .. "/rpath.wasm", (pieces.bytes { pieces.magic,
      { custom = "dylink.0", "\1", { sized = true, 0, 0, 0, 0 },
        "\5", { sized = true, 1, pieces.name "$ORIGIN" } } }))
    is_fact("run_paths", "$ORIGIN\nrunpath", "rpath.wasm")
  end,
  ["build ID"] = function ()
    setup()
    helper.write(folder .. "/id", "\4\1\2\xab\xff")
    helper.must({ "llvm-objcopy-19", "--add-section=build_id=id", "a.wasm",
                  "id.wasm" }, folder)
    is_fact("build_id", "0102abff", "id.wasm")
    is_fact("build_id", "nil", "a.wasm")
  end,
  ["producers"] = function ()
    local tool, version = yaml "a.wasm":match
      "Tools:%s+%- Name:%s+([^\n]-)\n%s+Version:%s+'?([^'\n]*)"
    is_fact("producers", tool .. " " .. version, "a.wasm")
  end,
  ["constructors of objects"] = function ()
    local _, count = yaml "a.o":match "InitFunctions:\n(.-)\n%.%.%.":gsub(
      "Priority:", "")
    is_fact("constructors", "linking " .. count, "a.o")
    is_fact("functions", "linking: begin", "a.o")
  end,
  ["sections"] = function ()
    local theirs, ours = {}, {}
    for kind, name in yaml "a.wasm":gmatch "\n  %- Type: +(%u+)\n +([^\n]*)" do
      theirs[#theirs + 1] = kind == "CUSTOM" and name:match "^Name: +(%S+)"
                            or kind
    end
    for i, row in ipairs(cells.sections(folder, "a.wasm")) do
      ours[i] = row:match "^%S+"
    end
    cells.same(ours, theirs, 5)
  end,
  ["sections of definitions"] = function ()
    setup()
    assert.matches("Kind: +FUNCTION\n +Name: +f\n", yaml "a.o")
    assert.matches("Name: +'?.data.data'?\n", yaml "a.o")
    assert.matches("^CODE ", cells.sections(folder, "a.o", "f")[1])
    assert.matches("^.data.data ", cells.sections(folder, "a.o", "data")[1])
  end,
  ["LTO"] = function ()
    setup()
    local file = cells.cc(folder, PLAIN, "kind", SOURCE, "-fembed-bitcode")
    assert.matches("^llvm full in '.llvmbc', native", cells.fact(folder, file,
                                                                "lto"))
    is_fact("lto", "none", "a.o")
  end,
}


wasm.untold = {
  ["constructors of modules"] = function ()
    setup()
    cells.untold(folder, "a.wasm", "constructors", "known to its own code")
  end,
  ["the system"] = function ()
    setup()
    cells.untold(folder, "a.o", "os", "does not say for which os")
  end,
}


-- == components ==============================================================

wasm.component = {}

local function component()
  setup()
  if io.open(folder .. "/c.wasm") then return end
  helper.write(folder .. "/c.wasm", (pieces.bytes { pieces.component,
    { section = 1, helper.read(folder .. "/a.wasm") },
    { section = 4, pieces.component,
      { section = 1, helper.read(folder .. "/once.o") } } }))
end


local function modules(view, least)
  return function ()
    component()
    local theirs = (cells.rows(folder, "a.wasm", view, "wasm"))
    for _, row in ipairs((cells.rows(folder, "once.o", view, "wasm"))) do
      theirs[#theirs + 1] = row
    end
    cells.agree(folder, "c.wasm", view, "wasm", theirs, least)
  end
end


wasm.component.read = {
  ["modules as members"] = function ()
    component()
    local said = cells.say(folder, "c.wasm", [[
      for m in it:members():each() do report(m, "%s", m:size()) end]])
    for i, file in ipairs { "a.wasm", "once.o" } do
      assert.matches(("c.wasm(module-%d) %d\n"):format(i,
        #helper.read(folder .. "/" .. file)), said, 1, true)
    end
  end,
  ["in components in them too"] = modules("native", 8),
}

wasm.component.views = {
  ["those of each module"] = function ()
    modules("native", 8)()
    component()
    cells.agree(folder, "c.wasm", "dynamic", "wasm", machine "a.wasm", 4)
  end,
}

wasm.component.exports = {
  ["each module's"] = function ()
    component()
    cells.agree(folder, "c.wasm", "dynamic", "wasm", machine "a.wasm", 4)
  end,
}

wasm.component.facts = {
  ["those of each module"] = function ()
    component()
    for _, name in ipairs { "machine", "producers", "endian" } do
      assert.same(cells.fact(folder, "once.o", name),
                  cells.fact(folder, "c.wasm(module-2)", name))
    end
    assert.equal("wasm32", cells.fact(folder, "c.wasm(module-1)", "machine"))
  end,
}

wasm.component.untold = {
  ["what the component itself imports and exports"] = function ()
    component()
    local said, status = cells.say(folder, "c.wasm",
                                   [[report(it, "%s", it:needed())]])
    assert.equal(2, status)
    assert.matches("its members do", said)
  end,
}

return wasm
