--- wasm objects and modules that are changed: what llvm-readobj says of them
--- before and after, what wasm-ld makes of them, and what node runs.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local core = require "symrun.core"
local helper = require "helper"

local SOURCE = [[
int wanted(int); extern int wanted_data; extern int maybe(void)
  __attribute__((weak));
__attribute__((import_module("m"), import_name("n"))) int imported(int);
int number = 7; static int state = 3;
__attribute__((noinline)) static int twice(int x) { return x * 2 + state++; }
__attribute__((noinline, optnone)) int to_be_local(int x) {
  return twice(x) + number; }
__attribute__((noinline, optnone)) int kept(int x) {
  return to_be_local(x) + 1; }
__attribute__((weak)) int weak_one(int x) { return x - 1; }
__attribute__((visibility("hidden"))) int hidden_one(void) { return 1; }
__attribute__((export_name("outside"))) int exported(void) { return 3; }
int (*table[])(int) = { to_be_local, kept, wanted, weak_one };
int caller(int x) { return kept(x) + wanted(wanted_data) + table[x & 3](x)
  + weak_one(x) + hidden_one() + imported(x) + (maybe ? maybe() : 0); }
]]


local function compile(folder, name, source, ...)
  local cxx = name:find "%.cc$"
  helper.write(folder .. "/" .. name, source)
  helper.must({ cxx and "clang++" or "clang", "--target=wasm32", "-O1", "-w",
                "-g", "-fvisibility=default", "-c", "-o", name .. ".o", name,
                ... }, folder)
  return folder .. "/" .. name .. ".o"
end


local function link(folder, out, ...)
  local linker = helper.run { "wasm-ld-19", "--version" } == 0 and "wasm-ld-19"
    or "wasm-ld"
  return helper.run({ linker, "--no-entry", "-o", out, ... }, folder)
end


-- What calls give, with functions to import: JavaScript in and out.
local function run(folder, file, imports, calls)
  helper.write(folder .. "/run.js", ([[
    const wasm = require("fs").readFileSync("%s")
    WebAssembly.instantiate(wasm, %s).then(m => {
      const x = m.instance.exports
      console.log([%s].join(" ")) })]]):format(file, imports, calls))
  return (helper.must({ "node", "run.js" }, folder):gsub("%s+$", ""))
end


-- Symbols by name, as text without what edits change of others, and the flags;
-- relocations by names.
local function look(path)
  local text = helper.must { "llvm-readobj-19", "--symbols", "--relocs", path }
  local out = { flags = {}, symbols = {} }
  for block in text:gmatch "\n  Symbol {\n(.-)\n  }" do
    local name = block:match "Name: ([^\n]*)"
    local flags = {}
    for flag in block:gmatch "\n      ([A-Z_]+) %(" do
      flags[#flags + 1] = flag:lower()
    end
    table.sort(flags)
    out.flags[name] = table.concat(flags, " ")
    local module, import = block:match "ImportModule: (%S+)",
      block:match "ImportName: (%S+)"
    out.symbols[name] = block:match "Type: (%w+)" .. (module and " " .. module
      .. "." .. (import or "") or "")
  end
  out.relocs = text:match "Relocations %[(.-)\n%]\nSymbols" or text
  return out
end


local function made(path, edits, to)
  local bytes, done = core.object_made(helper.read(path), edits)
  assert(bytes, done)
  return helper.write(to, bytes), done, bytes
end


local function refused(bytes, edit, ...)
  local result, why = core.object_made(bytes, { edit })
  assert.is_nil(result, edit.op .. " " .. edit.name)
  for _, text in ipairs { ... } do
    assert.is_truthy(why:find(text, 1, true), why)
  end
end


-- Which sections of a file have other bytes; their headers do not count.
local function differ(a, b)
  local function sections(bytes)
    local list, at = {}, 9
    local function leb()
      local value, shift = 0, 0
      repeat
        local byte = bytes:byte(at)
        value = value | (byte & 127) << shift
        shift, at = shift + 7, at + 1
      until byte < 128
      return value
    end
    while at <= #bytes do
      local id = bytes:byte(at)
      at = at + 1
      local size = leb()
      local contents = bytes:sub(at, at + size - 1)
      list[#list + 1] = { id == 0 and string.unpack("s1", contents) or id,
                          contents }
      at = at + size
    end
    return list
  end
  local out, x, y = {}, sections(a), sections(b)
  assert.equal(#x, #y)
  for i = 1, #x do
    assert.equal(x[i][1], y[i][1])
    if x[i][2] ~= y[i][2] then out[#out + 1] = x[i][1] end
  end
  return out
end


describe("a wasm object that is changed", function ()
  it("has other flags, and nothing else", function ()
    local folder = helper.folder "edit-wasm"
    local file = compile(folder, "a.c", SOURCE)
    local before = look(file)
    for _, case in ipairs {
      { { op = "localize", name = "kept" }, "binding_local" },
      { { op = "localize", name = "number" }, "binding_local" },
      { { op = "localize", name = "weak_one" }, "binding_local" },
      { { op = "globalize", name = "twice" }, "" },
      { { op = "weaken", name = "kept" }, "binding_weak" },
      { { op = "weaken", name = "wanted", how = { "insist" } },
        "binding_weak undefined" },
      { { op = "hide", name = "kept" }, "visibility_hidden" },
      { { op = "unhide", name = "hidden_one" }, "" },
      { { op = "localize", name = "exported", how = { "insist" } },
        "binding_local" },
    } do
      local edit, flags = table.unpack(case)
      local to, done, bytes = made(file, { edit }, folder .. "/b.o")
      assert.same({ 1 }, done)
      local after = look(to)
      assert.same(before.symbols, after.symbols)
      assert.equal(before.relocs, after.relocs)
      for name, was in pairs(before.flags) do
        local is = after.flags[name]
        if name ~= edit.name then assert.equal(was, is, name)
        else
          assert.are_not.equal(was, is)
          if edit.op == "globalize" or name == "exported" then
            is = is:gsub(" ?no_strip ?", "")
          end
          assert.equal(flags, is, edit.op)
        end
      end
      assert.same({ "linking" }, differ(helper.read(file), bytes))
      helper.must { "wasm-objdump", "-x", to }
    end
  end)

  it("has other names, of what it defines and what it wants", function ()
    local folder = helper.folder "edit-wasm"
    local file = compile(folder, "a.c", SOURCE)
    local to, done, bytes = made(file, {
      { op = "rename", name = "kept", to = "k" },
      { op = "rename", name = "number", to = "a_much_longer_name_of_it" },
      { op = "rename", name = "wanted", to = "a_name_that_is_wanted" },
      { op = "rename", name = "wanted_data", to = "d" },
      { op = "rename", name = "imported", to = "by_another_name" },
    }, folder .. "/b.o")
    assert.same({ 1, 1, 1, 1, 1 }, done)
    local before, after = look(file), look(to)
    local names = { k = "kept", a_much_longer_name_of_it = "number",
      a_name_that_is_wanted = "wanted", d = "wanted_data",
      by_another_name = "imported" }
    for new, old in pairs(names) do
      assert.is_nil(after.flags[old])
      assert.equal(before.flags[old], after.flags[new])
    end
    assert.is_truthy(bytes:find("\3env\21a_name_that_is_wanted", 1, true))
    assert.equal("FUNCTION m.n", after.symbols.by_another_name)
    assert.same({ 2, "linking" }, differ(helper.read(file), bytes))
  end)

  it("links where it did not, and calls its own", function ()
    local folder = helper.folder "edit-wasm"
    compile(folder, "a.c", [[
      static volatile int one = 1;  // that nobody takes for 1
      __attribute__((noinline)) int f(void) { return one; }
      int v = 10; int other(void);
      int g(void) { return f() + v + other(); }]])
    compile(folder, "b.c", [[
      int f(void) { return 100; }
      int v = 1000; int h(void) { return f() + v; }]])
    local line = { "--export=g", "--export=h", "a.c.o", "b.c.o" }
    local status, _, err = link(folder, "x.wasm", table.unpack(line))
    assert.equal(1, status)
    assert.is_truthy(err:find "duplicate symbol: f", err)
    made(folder .. "/a.c.o", { { op = "localize", name = "f" },
      { op = "localize", name = "v" },
      { op = "rename", name = "other", to = "h" } }, folder .. "/a.c.o")
    status, _, err = link(folder, "x.wasm", table.unpack(line))
    assert.equal(0, status, err)
    assert.equal("1111 1100", run(folder, "x.wasm", "{}", "x.g(), x.h()"))
    made(folder .. "/a.c.o", { { op = "globalize", name = "f" },
      { op = "weaken", name = "f" } }, folder .. "/w.o")
    status, _, err = link(folder, "y.wasm", "--export=g", "--export=h", "w.o",
                          "b.c.o")
    assert.equal(0, status, err)
    assert.equal("1210 1100", run(folder, "y.wasm", "{}", "x.g(), x.h()"))
  end)

  it("imports from another module, under its name or another", function ()
    local folder = helper.folder "edit-wasm"
    local file = compile(folder, "a.c", "int f(int); int u(int);"
      .. "int g(int x) { return f(x) + u(x); }")
    local to = made(file, {
      { op = "wasm-import", name = "f", to = "host.read" },
      { op = "wasm-import", name = "u", to = "wasi:io/x@0.2.0.[m]get.it",
        value = 15 } }, folder .. "/b.o")
    local after = look(to)
    assert.equal("FUNCTION host.read", after.symbols.f)
    assert.is_truthy(after.symbols.u:find("FUNCTION wasi:io/x@0.2.0.", 1, true))
    local status, _, err = link(folder, "x.wasm", "--export=g", "b.o")
    assert.equal(0, status, err)
    assert.equal("15", run(folder, "x.wasm", "{ host: { read: x => x + 1 }, "
      .. "'wasi:io/x@0.2.0': { '[m]get.it': x => x * 2 - 1 } }", "x.g(5)"))
    -- what is defined after all is taken by its own name
    compile(folder, "d.c", "int f(int x) { return x; } int u(int x) "
      .. "{ return x * 10; }")
    status, _, err = link(folder, "y.wasm", "--export=g", "b.o", "d.c.o")
    assert.equal(0, status, err)
    assert.equal("55", run(folder, "y.wasm", "{}", "x.g(5)"))
    -- the module alone
    local only = made(file, { { op = "wasm-import", name = "f", to = "host" } },
                      folder .. "/c.o")
    assert.is_truthy(look(only).symbols.f:find "FUNCTION host%.")
    local bytes = helper.read(file)
    refused(bytes, { op = "wasm-import", name = "f", to = "a.b.c" },
            "more than one '.'")
    refused(bytes, { op = "wasm-import", name = "g", to = "a" }, "defined here")
    refused(bytes, { op = "wasm-import", name = "f", to = "a." }, "one byte")
  end)

  it("leaves COMDAT groups that dissolve", function ()
    local folder = helper.folder "edit-wasm"
    local text = "inline __attribute__((noinline, optnone)) int in() "
      .. "{ static int n = %d; return n++; } extern \"C\" int %s() "
      .. "{ return in(); }"
    local a = compile(folder, "a.cc", text:format(5, "a"))
    compile(folder, "b.cc", text:format(50, "b"))
    local bytes = helper.read(a)
    refused(bytes, { op = "localize", name = "_Z2inv" }, "COMDAT", "dissolve")
    refused(bytes, { op = "rename", name = "_Z2inv", to = "x" }, "COMDAT")
    local line = { "--export=a", "--export=b" }
    assert.equal(0, (link(folder, "x.wasm", "b.cc.o", "a.cc.o",
                          table.unpack(line))))
    assert.equal("50 51", run(folder, "x.wasm", "{}", "x.a(), x.b()"))
    made(a, { { op = "localize", name = "_Z2inv", how = { "dissolve" } },
      { op = "localize", name = "_ZZ2invE1n", how = { "dissolve" } } }, a)
    local status, _, err = link(folder, "y.wasm", "b.cc.o", "a.cc.o",
                                table.unpack(line))
    assert.equal(0, status, err)
    assert.equal("5 50", run(folder, "y.wasm", "{}", "x.a(), x.b()"))
  end)

  it("keeps only what is listed", function ()
    local folder = helper.folder "edit-wasm"
    local source = SOURCE:gsub("__attribute__%(%(export_name[^\n]*\n", "")
    local to, done = made(compile(folder, "a.c", source), {
      { op = "keep-only", name = "caller" },
      { op = "keep-only", name = "number" } }, folder .. "/k.o")
    assert.is_true(done[1] >= 5)
    local left = {}
    for name, flags in pairs(look(to).flags) do
      if not flags:find "undefined" and not flags:find "local" then
        left[#left + 1] = name
      end
    end
    table.sort(left)
    assert.same({ "caller", "number" }, left)
  end)

  it("is refused where the result would be another than asked for", function ()
    local folder = helper.folder "edit-wasm"
    local bytes = helper.read(compile(folder, "a.c", SOURCE))
    for _, case in ipairs {
      { "localize", "wanted", "undefined here" },
      { "localize", "exported", "WASM_SYM_EXPORTED" },
      { "hide", "exported", "insist" },
      { "weaken", "wanted", "pulls no member" },
      { "rename", "kept", "has a symbol of that name", to = "caller" },
      { "strip", "kept", "by their numbers" },
      { "drop-section", ".debug_info", "by numbers" },
      { "wasm-import", "wanted_data", "data is no import", to = "m" },
      { "add-absolute", "x", "absolute" }, { "add-undefined", "x", "type" },
      { "add-undefined", "kept", "has it already" },
    } do
      refused(bytes, { op = case[1], name = case[2], to = case.to, value = 0 },
              "cannot " .. case[1], case[2], case[3])
    end
    refused("\0asm\13\0\1\0", { op = "localize", name = "f" }, "component")
    assert.equal(0, (link(folder, "r.wasm", "--emit-relocs", "--export=kept",
                          "--unresolved-symbols=import-dynamic", "a.c.o"))
                    * (link(folder, "r.wasm", "--emit-relocs", "--export=kept",
                            "--allow-undefined", "a.c.o")))
    refused(helper.read(folder .. "/r.wasm"), { op = "localize",
      name = "kept" }, "kept its relocations")
  end)

  it("is a linked module, with other imports and exports", function ()
    local folder = helper.folder "edit-wasm"
    compile(folder, "a.c", "int f(int); int g(int x) { return f(x) + 1; }"
      .. "int h(void) { return 2; }")
    assert.equal(0, (link(folder, "x.wasm", "--export=g", "--export=h",
                          "--allow-undefined", "a.c.o")))
    local file = folder .. "/x.wasm"
    local _, done, bytes = made(file, {
      { op = "rename", name = "g", to = "a_longer_name" },
      { op = "wasm-import", name = "f", to = "host.other" } },
      folder .. "/y.wasm")
    assert.same({ 1, 1 }, done)
    assert.same({ 2, 7 }, differ(helper.read(file), bytes))
    assert.equal("43 2", run(folder, "y.wasm",
      "{ host: { other: x => x * 2 } }", "x.a_longer_name(21), x.h()"))
    local was = helper.read(file)
    refused(was, { op = "rename", name = "g", to = "h" },
            "exports that already")
    refused(was, { op = "localize", name = "g" }, "was linked")
    local same = core.object_made(was, { { op = "rename", name = "none",
      to = "x" }, { op = "wasm-import", name = "f", to = "env" } })
    assert.equal(was, same)
    assert.equal(0, (link(folder, "l.wasm", "-shared", "--experimental-pic",
                          "--allow-undefined", compile(folder, "p.c",
                          "int g(void) { return 1; }", "-fPIC"))))
    refused(helper.read(folder .. "/l.wasm"), { op = "rename", name = "g",
                                                to = "x" }, "dylink")
  end)

  it("is the same, where nothing changes, and twice is once", function ()
    local folder = helper.folder "edit-wasm"
    local bytes = helper.read(compile(folder, "a.c", SOURCE))
    local same, why = core.object_made(bytes, {
      { op = "localize", name = "not there" },
      { op = "localize", name = "twice" }, { op = "globalize", name = "kept" },
      { op = "weaken", name = "weak_one" }, { op = "unhide", name = "kept" },
      { op = "hide", name = "hidden_one" }, { op = "strip", name = "none" },
      { op = "rename", name = "kept", to = "kept" },
      { op = "wasm-import", name = "imported", to = "m.n" },
      { op = "wasm-import", name = "wanted", to = "env" },
      { op = "add-undefined", name = "wanted" } })
    assert.equal(bytes, same, why)
    for _, edit in ipairs {
      { op = "localize", name = "kept" }, { op = "weaken", name = "kept" },
      { op = "hide", name = "kept" },
      { op = "rename", name = "kept", to = "a_longer_name" },
      { op = "rename", name = "wanted", to = "w" },
      { op = "wasm-import", name = "wanted", to = "host.w" },
    } do
      local once = assert(core.object_made(bytes, { edit }))
      local twice, counts = core.object_made(once, { edit })
      assert.are_not.equal(bytes, once)
      assert.equal(once, twice, counts)
      assert.same({ 0 }, counts)
    end
  end)

  it("is an error where it is damaged, and never more", function ()
    local folder = helper.folder "edit-wasm"
    helper.write(folder .. "/t.c", "int f(int); int v = 1; "
      .. "int g(int x) { return f(x) + v; }")
    helper.must({ "clang", "--target=wasm32", "-O1", "-c", "t.c" }, folder)
    local bytes = helper.read(folder .. "/t.o")
    local edits = { { op = "localize", name = "g" },
      { op = "rename", name = "v", to = "another" },
      { op = "wasm-import", name = "f", to = "host.x" } }
    local good = assert(core.object_made(bytes, edits))
    assert.are_not.equal(bytes, good)
    local errors = 0
    for k = 1, #bytes do
      for _, byte in ipairs { "\0", "\1", "\127", "\255" } do
        local out = core.object_made(bytes:sub(1, k - 1) .. byte
                                     .. bytes:sub(k + 1), edits)
        if not out then errors = errors + 1 end
      end
      if not core.object_made(bytes:sub(1, k - 1), edits) then
        errors = errors + 1
      end
    end
    assert.is_true(errors > #bytes)
  end)
end)
