--- Wasm modules that were linked, beside llvm-nm and a machine that runs them.
--- Where our rows are not llvm-nm's, the reasons are these:
---
--- 1. A module that has no names of its own (stripped, or a library) imports
---    things that llvm-nm does not tell; a machine does not run it without.
--- 2. Imports that have no name in a module that has names: the same.
--- 3. llvm-nm refuses a module that exports what it imports; machines run it.

local helper = require "helper"
local peers = require "peers"
local wasm = require "wasm"
local wasm_objects = require "wasm_objects"

local agree, by_name = wasm_objects.agree, wasm_objects.by_name
local str = wasm.name


describe("the wasm reader, of modules,", function ()
  local folder
  setup(function ()
    folder = helper.folder "wasm-module"
    wasm_objects.make(folder)
  end)

  local function link(output, ...)
    helper.must({ "wasm-ld", "--allow-undefined", "-o", output, ... }, folder)
    return output
  end

  it("agrees with llvm-nm on modules that have names", function ()
    link("m.wasm", "plain.o", "start.o", "--export-all")
    link("none.wasm", "plain.o", "--no-entry", "--export=g", "--export=data")
    link("kept.wasm", "start.o", "plain.o", "--emit-relocs")
    local ours = agree({ "m.wasm", "none.wasm", "kept.wasm" }, folder, 6)
    local names = by_name(ours["m.wasm"])
    -- A name that nobody outside can call is local now.
    for name, expected in pairs {
      f = "U undef", closer = "U undef", exported = "T global",
      unused = "t local", ["in"] = "t local", same = "T global",
      __stack_pointer = "D global", [".data"] = "d local",
    } do assert.equal(expected, names[name], name) end
    assert.is_nil(names.api)
  end)


  -- What a machine says a module imports and exports, as rows are compared.
  local function machine(file)
    helper.write(folder .. "/ask.cjs", [[
const wasm = new WebAssembly.Module(require("fs").readFileSync(
  process.argv[2]));
for (const i of WebAssembly.Module.imports(wasm))
  console.log(`${i.name}\tU`);
for (const e of WebAssembly.Module.exports(wasm))
  console.log(`${e.name}\t${e.kind === "function" ? "T" : "D"}`);
]])
    local rows = {}
    local text = helper.must({ "node", "ask.cjs", file }, folder)
    for line in text:gmatch "[^\n]+" do rows[#rows + 1] = line end
    return rows
  end

  -- Ours of a view, without members and sizes.  A machine wants all imports,
  -- one that may be of nothing too.
  local function shown(file, view)
    local ours, status, err = peers.symrun({ file }, folder, "--view", view)
    local rows = {}
    assert.equal(0, status, err)
    for i, row in ipairs(ours[file]) do
      rows[i] = row:match "^%-\t([^\t]*\t.)":gsub("w$", "U")
    end
    return rows
  end

  it("tells what a machine sees, in the view dynamic", function ()
    link("d.wasm", "plain.o", "start.o", "--export-all")
    link("bare.wasm", "wasi.o", "start.o", "-s", "--import-memory",
         "--import-table", "--export-dynamic")
    link("lib.wasm", "pic.o", "--shared", "-E", "--experimental-pic")
    link("pie.wasm", "pic.o", "start-pic.o", "--pie", "--experimental-pic")
    local count = 0
    for _, file in ipairs { "d.wasm", "bare.wasm", "lib.wasm", "pie.wasm" } do
      local theirs = machine(file)
      assert.equal("", peers.difference(shown(file, "dynamic"), theirs), file)
      count = count + #theirs
    end
    assert.is_true(count > 60)
    -- An object has none: nothing was linked yet.
    assert.same({}, shown("plain.o", "dynamic"))
  end)

  -- Reason 1: what we tell more is what the machine asks for.
  it("tells the imports of modules without names", function ()
    local weaks = 0
    for _, file in ipairs { "bare.wasm", "lib.wasm", "pie.wasm" } do
      local theirs = peers.llvm({ file }, folder)[file]
      local ours = peers.symrun({ file }, folder)[file]
      local more, imports = {}, {}
      for _, row in ipairs(ours) do
        if row:find "\t[Uw]\t$" then
          more[#more + 1] = row:match "^%-\t([^\t]*)"
        end
      end
      for _, row in ipairs(machine(file)) do
        local name = row:match "^([^\t]*)\tU$"
        if name and name ~= "memory" then imports[#imports + 1] = name end
      end
      assert.equal("", peers.difference(more, imports), file)
      assert.is_true(#more >= 3)
      for _, name in ipairs(more) do
        local weak = name == "w" or name == "wd"  -- by "dylink.0"
        theirs[#theirs + 1] = "-\t" .. name .. (weak and "\tw\t" or "\tU\t")
        weaks = weaks + (weak and 1 or 0)
      end
      assert.equal("", peers.difference(ours, theirs), file)
    end
    assert.is_true(weaks > 0)
  end)

  -- Reasons 2 and 3.
  it("reads what llvm-nm leaves out or refuses", function ()
    helper.write(folder .. "/k.wat", [[(module
  (import "m" "f" (func $f)) (import "m" "g" (global i32))
  (import "m" "mem" (memory 1)) (import "m" "t" (table 1 funcref))
  (func $x) (global $h (mut i32) (i32.const 3)) (export "x" (func $x))
  (export "again" (func $f)) (export "g2" (global 0)) (export "h" (global $h))
  (export "mem2" (memory 0)) (export "t2" (table 0)))]])
    helper.must({ "wat2wasm", "--debug-names", "k.wat" }, folder)
    local status, _, err = helper.run({ "llvm-nm-19", "k.wasm" }, folder)
    assert.equal(1, status)
    assert.matches("invalid function export", err)
    assert.same({ "f\tU", "g\tU", "h\tD", "t\tU", "x\tT" },
                shown("k.wasm", "native"))
    assert.equal("", peers.difference(shown("k.wasm", "dynamic"),
                                      machine("k.wasm")))
  end)

  it("knows which imports of a library may be of nothing", function ()
    helper.write(folder .. "/weak.so", (wasm.module { before = {
      custom = "dylink.0", "\1", { sized = true, 4, 2, 1, 0 },
      "\4", { sized = true, 2, str "env", str "none", "\1",
               str "env", str "out", "\1" } } }))
    local text = helper.must({ "obj2yaml-19", "weak.so" }, folder)
    assert.matches("Field:%s+out%s+Flags:%s+%[ BINDING_WEAK", text)
    for _, view in ipairs { "native", "dynamic" } do
      local ours = peers.symrun({ "weak.so" }, folder, "--view", view)
      local names = by_name(ours["weak.so"])
      assert.same({ out = "w weakundef", api = "T global",
                    answer = "D global" }, names, view)
    end
  end)

  it("reads types and expressions that are newer than llvm-nm", function ()
    local bytes = wasm.module {
      globals = { section = 6, 3, "\x7f\1\x41\x2a\x6a\x0b",
        "\x63\x70\0\xd0\x70\x0b",                    -- (ref null func)
        "\x7b\0\xfd\x0c" .. ("\1"):rep(16) .. "\x0b" },
      exports = { section = 7, 1, str "v", "\3\2" },
      segments = "", data = { section = 11, 2, "\1\2xy",
        "\2\0\x23\0\x0b\1z" },
    }
    helper.write(folder .. "/new.wasm", bytes)
    local ours, status, err = peers.symrun({ "new.wasm" }, folder)
    assert.equal("", err)
    assert.equal(0, status)
    local names = by_name(ours["new.wasm"])
    assert.equal("D global", names.g)
    assert.equal("t local", names.inner)
  end)
end)
