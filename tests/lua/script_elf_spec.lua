--- Version scripts and lists against the linkers that read them.
--
-- An answer about a linker must be what that linker does; an answer about all
-- must be true of each of them that takes the file.  "I do not know" is never
-- wrong here, so the table also says how much must be known.

local helper = require "helper"

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath
local script = require "symrun.script"

local symbols = { "foo", "bar", "foo_bar", "baz", "f1", "f2", "fo*", "a b",
                  "_ZN2ns1fEi", "_ZN2ns1gEv", "_ZN1SC1Ev" }
local demangled = { _ZN2ns1fEi = "ns::f(int)", _ZN2ns1gEv = "ns::g()",
                    _ZN1SC1Ev = "S::S()" }

-- Programs that are here, by the name that one asks for.
local programs = { bfd = {}, gold = {}, lld = {}, mold = {} }

local function look_for(linker, ...)
  for _, name in ipairs { ... } do
    local status, path = helper.run { "sh", "-c", "command -v " .. name }
    if status == 0 then
      table.insert(programs[linker], path:match "%S+")
    end
  end
  assert(#programs[linker] > 0, linker .. " is not installed")
end

look_for("bfd", "ld.bfd")
look_for("gold", "ld.gold")
look_for("lld", "ld.lld", "ld.lld-19")
look_for("mold", "ld.mold")


-- How a file is given to a linker, and what is made then.
local uses = {
  script  = { "-shared", "--version-script=" },
  library = { "-shared", "--dynamic-list=" },
  program = { "-pie -e foo", "--dynamic-list=", makes = "executable" },
  symbols = { "-pie -e foo", "--export-dynamic-symbol-list=",
              makes = "executable" },
  retain  = { "-shared", "--retain-symbols-file=" },
}

-- What waits to be linked: { source, kind, use, real = { [program] = set } }.
local cases = {}

local function case(source, kind, use)
  local new = { source = source, kind = kind, use = use, real = {} }
  cases[#cases + 1] = new
  return new
end


-- Link all cases with all linkers at once: a process each is what costs.
local function link(folder, list)
  local lines, outs = {}, {}
  for i, c in ipairs(list) do
    helper.write(("%s/list-%d"):format(folder, i), c.source)
    for _, programs_of in pairs(programs) do
      for _, program in ipairs(programs_of) do
        local out = ("out-%d-%s"):format(i, program:match "[^/]*$")
        outs[out] = { c, program }
        local lenient = program:find "lld" and "--undefined-version" or ""
        lines[#lines + 1] = ("%s %s %s all.o -o %s %slist-%d\n"):format(
          program, uses[c.use][1], lenient, out, uses[c.use][2], i)
      end
    end
  end
  helper.write(folder .. "/lines", table.concat(lines))
  helper.must({ "sh", "-c",
    "rm -f out-*; xargs -P 4 -I {} sh -c '{} 2>/dev/null || :' <lines" },
    folder)
  -- nm says nothing of a file without symbols
  local text = helper.must({ "sh", "-c", "for f in out-*; do echo $f:; done; "
    .. "llvm-nm-19 -D --defined-only -j out-* /dev/null 2>/dev/null || :" },
    folder)
  local set
  for line in text:gmatch "[^\n]+" do
    local of = outs[line:match "^(.*):$"]
    if of then
      set = {}
      of[1].real[of[2]] = set
    elseif set then
      set[line:match "^[^@]+"] = true
    end
  end
end


local function make_object(path)
  local out = { '.section .note.GNU-stack,"",@progbits\n.text\n' }
  for _, name in ipairs(symbols) do
    out[#out + 1] = ('.globl "%s"\n.type "%s",@function\n"%s": nop\n'):format(
      name, name, name)
  end
  helper.write(path .. "/all.s", table.concat(out))
  helper.must({ "gcc", "-c", "all.s" }, path)
  return path
end


-- One answer about one linker, and that about all of them, are what it does.
local function check_symbol(c, object, linker, program, name, as)
  local is = c.real[program][name] == true
  local options = { linker = linker, demangled = as,
                    makes = uses[c.use].makes or "library" }
  local one = object:exports(name, options)
  options.linker = nil
  local every = object:exports(name, options)
  if one ~= nil and one ~= is or every ~= nil and every ~= is then
    error(("%s in %s: %s makes it %s, answered %s (all: %s)"):format(name,
          c.source, program, is, one, every))
  end
end


local function check_linker(c, object, why, linker, program)
  if not c.real[program] then
    assert(not object or object:trouble_with(linker),
           program .. " refuses " .. c.source)
    return
  end
  -- mold takes an empty file, and ";" for a name
  assert(object or linker == "mold",
         ("%s takes %s, but: %s"):format(program, c.source, why))
  for _, name in ipairs(object and symbols or {}) do
    check_symbol(c, object, linker, program, name)
    check_symbol(c, object, linker, program, name, demangled[name])
  end
end


-- Ask about every symbol, hold it against each linker, and give what is known
-- without naming one: the exported names, and those that are unknown.
local function check(c)
  if #cases > 0 then
    link(make_object(helper.folder "script"), cases)
    cases = {}
  end
  local object, why = script.parse(c.source, c.kind)
  for linker, list in pairs(programs) do
    for _, program in ipairs(list) do
      check_linker(c, object, why, linker, program)
    end
  end
  if not object then return "error" end
  local yes, unknown = {}, {}
  for _, name in ipairs(symbols) do
    local is = object:exports(name, { makes = uses[c.use].makes or "library",
                                      demangled = demangled[name] })
    if is then yes[#yes + 1] = name end
    if is == nil then unknown[#unknown + 1] = name end
  end
  return table.concat(yes, " ") .. (#unknown > 0 and " ? "
                                    .. table.concat(unknown, " ") or "")
end


local all = table.concat(symbols, " ")
local function but(...)
  local out = " " .. all .. " "
  for _, name in ipairs { ... } do
    out = out:gsub(" " .. name:gsub("%W", "%%%0") .. " ", " ")
  end
  return out:sub(2, -2)
end


local scripts = {
  -- one node
  { "{ global: foo; local: *; };", "foo" },
  { "{ local: *; };", "" },
  { "{ };", all },
  { "{ global: foo; };", all },
  { "{ foo; bar; };", all },
  { "{ local: foo*; };", but("foo", "foo_bar") },
  { "{ global: foo; local: f*; };", but("foo_bar", "f1", "f2", "fo*") },
  { "{ global: foo; foo_*; local: f*; };", but("f1", "f2", "fo*") },
  { "{ global: *; local: foo; };", but "foo" },
  { "{ global: *; local: f*; };",
    "bar baz a b _ZN2ns1fEi _ZN2ns1gEv _ZN1SC1Ev" },
  { "{ global: foo; local: **; };", "foo" },
  { "{ global: f[12]; ba?; local: *; };", "bar baz f1 f2" },
  { "{ global: f[^2]; f[a-z]o; local: *; };", "foo f1" },
  { "{global : foo ; local : * ;} ;", "foo" },
  { "{ global: foo; # one *; \n /* two; */ bar /* } */ ;\n local: *; };",
    "foo bar" },
  { "{\r\n  global:\r\n    foo;\r\n  local:\r\n    *;\r\n};\r\n", "foo" },
  { "{ foo; global; };", all }, { "{ foo; extern; };", all },
  -- what some refuse
  { "{ local: *; global: foo; };", "foo" },
  { "{ foo; local: *; };", "foo" },
  { "{ global: foo; global: bar; local: *; };", "foo bar" },
  { "{ global: local: *; };", "" },
  { "{ global: foo; local: };", all },
  -- what they differ in: it depends on who reads it
  { "{ global: f*; local: foo; };", but "foo" .. " ? foo" },
  { "{ global: foo; local: foo; };", nil },
  { "{ global: *; local: *; };", nil },
  { "{ global: foo*; local: foo*; };", all },
  { "{global:foo;local:*;};", " ? " .. all },
  { "{ global: foo/**/; local: *; };", " ? " .. all },
  { '{ global: "fo*"; local: *; };', nil },
  { '{ global: foo*r; local: "*"; };', nil },
  { "{ global: fo\\*; local: *; };", nil },
  { "{ global: f[!1]; local: *; };", nil },
  -- nodes
  { "V1 { global: foo; local: *; }; V2 { global: bar; } V1;", "foo bar" },
  { "V1 { }; V2 { global: foo; local: *; } V1;", "foo" },
  { "V1 { global: foo; local: *; }; V1 { global: bar; };", "foo bar" },
  { "V1 { global: foo; }; V2 { local: foo; };", nil },
  { "V1 { local: foo; }; V2 { global: foo; };", nil },
  { "V1 { global: f*; }; V2 { local: foo*; };", nil },
  { "V1 { local: f*; }; V2 { global: foo*; };", nil },
  { "V1 { global: foo*; }; V2 { local: f*; };", nil },
  { "V1 { local: foo*; }; V2 { global: f*; };", nil },
  { "V1 { global: *; }; V2 { local: foo*; };", but("foo", "foo_bar") },
  { "V1 { local: *; }; V2 { global: foo*; };", "foo foo_bar" },
  { "V1 { local: *; }; V2 { global: *; };", nil },
  { "V1 { global: *; }; V2 { local: *; };", nil },
  { "V1 { global: foo; }; { global: bar; };", all },
  { "V1 { global: foo; }; V2 { global: bar; local: *; } V1 V1;", "foo bar" },
  -- languages
  { '{ global: extern "C" { foo; bar }; local: *; };', "foo bar" },
  { '{ global: extern "C++" { ns::f*; "S::S()"; }; local: *; };',
    "_ZN2ns1fEi _ZN1SC1Ev" },
  { '{ global: extern "C++" { "ns::f(int)"; "ns::g()" }; baz; local: *; };',
    "baz _ZN2ns1fEi _ZN2ns1gEv" },
  { '{ global: extern "C++" { foo; bar*; }; local: *; };', nil },
  { '{ global: extern "C++" { "ns::*" }; local: *; };', nil },
  { '{ global: extern "C" { "fo*"; }; local: *; };', nil },
  { '{ global: extern "C++" { ns::*; extern "C" { foo; }; }; local: *; };',
    "foo _ZN2ns1fEi _ZN2ns1gEv" },
  { '{ global: extern "C++" { }; foo; local: *; };', "foo" },
  { '{ global: extern "Java" { foo; }; local: *; };', nil },
  { '{ global: *; local: extern "C++" { ns::*; }; };',
    but("_ZN2ns1fEi", "_ZN2ns1gEv") .. " ? _ZN2ns1fEi _ZN2ns1gEv" },
  -- nobody takes
  { "", "error" }, { "{ global: foo; local: *; }", "error" },
  { "{ global: foo local: *; };", "error" }, { "{ foo@V1; };", "error" },
  { "{ global: foo, bar; };", "error" }, { "foo", "error" },
  { "{ global: foo; }; trailing", "error" }, { "{ foo;; };", "error" },
  { "V1 V2 { global: foo; };", "error" }, { "{ foo; // no\n };", "error" },
}


describe("a version script is read as linkers read it:", function ()
  it("at least bfd and lld are here to tell", function ()
    assert.is_true(#programs.bfd > 0)
    assert.is_true(#programs.lld > 0)
  end)

  for _, row in ipairs(scripts) do
    local c = case(row[1], "version-script", "script")
    it(row[1], function ()
      local got = check(c)
      if row[2] then assert.equal(row[2], got) end
    end)
  end

  local random = {}
  do
    local seed = 7
    local function pick(list)
      seed = (seed * 1103515245 + 12345) % 2147483648
      return list[seed // 65536 % #list + 1]
    end
    local words = { "foo", "bar", "foo_bar", "f1", "f*", "foo*", "*", "*r",
                    "b?r", "f[12]", "*o*", 'extern "C++" { ns::*; }',
                    'extern "C" { foo; ba*; }', '"f2"', "_ZN2ns1fEi" }
    local function section(label)
      local out = { label }
      for _ = 1, pick { 1, 2, 3 } do out[#out + 1] = pick(words) .. ";" end
      return table.concat(out, " ") .. " "
    end
    for i = 1, tonumber(os.getenv "SCRIPT_TRIES") or 40 do
      local out, nodes = {}, pick { 1, 1, 2 }
      for k = 1, nodes do
        out[k] = (nodes > 1 and "V" .. k or "") .. " { "
                 .. (pick { true, true, false } and section "global:" or "")
                 .. (pick { true, false } and section "local:" or "") .. "};"
      end
      random[i] = case(table.concat(out, "\n"), "version-script", "script")
    end
  end

  it("and so are some that nobody wrote", function ()
    local known = 0
    for _, c in ipairs(random) do
      if not check(c):find("?", 1, true) then known = known + 1 end
    end
    assert.is_true(known > #random // 4)
  end)
end)


describe("a dynamic list is read as linkers read it:", function ()
  local lists = {
    { "{ foo; ba*; };", "foo bar baz" },
    { "{ };", "" },
    { "{ foo; }; { bar; };", "foo bar" },
    { '{ extern "C++" { ns::f*; }; foo; };', "foo _ZN2ns1fEi" },
    { '{ extern "C++" { foo }; };', nil },
    { '{ "f*"; "a b"; };', nil },
    { "{ global: foo; };", "foo" },
    { "{ foo };", "error" }, { "{ local: foo; };", "error" },
    { "V1 { foo; };", "error" }, { "foo\nbar\n", "error" },
  }
  for _, row in ipairs(lists) do
    local program = case(row[1], "dynamic-list", "program")
    local list = case(row[1], "symbol-list", "symbols")
    local library = case(row[1], "dynamic-list", "library")
    it(row[1], function ()
      local got = check(program)
      if row[2] then assert.equal(row[2], got) end
      local as_symbols = check(list)  -- gold has no such option
      if row[2] then assert.equal(row[2], as_symbols) end
      assert.equal(got == "error" and got or all, check(library))
    end)
  end

  it("of something unknown it says both", function ()
    local object = script.parse("{ foo; };", "dynamic-list")
    assert.is_true(object:exports "foo")
    assert.is_nil((object:exports "bar"))
  end)
end)


describe("a list of what to retain", function ()
  local c = case("foo\n  bar  \n# baz\nf1\n", "retain-list", "retain")
  it("hides the rest, in lld only", function ()
    assert.equal("foo bar f1 ? foo_bar baz f2 fo* a b _ZN2ns1fEi _ZN2ns1gEv "
                 .. "_ZN1SC1Ev", check(c))
    local object = script.parse(c.source, c.kind)
    assert.same({ "foo", "bar", "f1" }, object:names())
    assert.is_false(object:exports("baz", { linker = "lld" }))
    assert.is_true(object:exports("baz", { linker = "bfd" }))
  end)
end)


describe("an edit is seen by the linker:", function ()
  local function links(object, ...)
    local c = { source = tostring(object), kind = "version-script",
                use = "script", real = {} }
    link(make_object(helper.folder "script"), { c })
    local want = {}
    for _, name in ipairs { ... } do want[name] = true end
    for linker, list in pairs(programs) do
      for _, program in ipairs(list) do
        local real = assert(c.real[program], ("%s refuses %s: %s"):format(
          program, c.source, tostring(object:trouble_with(linker))))
        for _, name in ipairs(symbols) do
          assert.equal(want[name], real[name], program .. ": " .. name
                       .. " in " .. c.source)
        end
      end
    end
  end

  local rust = "{\n  global:\n    foo;\n    bar;\n\n  local:\n    *;\n};"

  it("names added and dropped", function ()
    local object = assert(script.parse(rust, "version-script"))
    assert(object:add { "baz", "a b" })
    links(object, "foo", "bar", "baz", "a b")
    assert(object:drop(function (name) return name:find "^ba" end))
    links(object, "foo", "a b")
    assert(object:drop(function () return true end))
    links(object)
    assert(object:add { "f1" })
    links(object, "f1")
  end)

  it("emptied blocks and labels go", function ()
    for _, source in ipairs {
      '{ global: extern "C" { foo; }; bar; local: *; };',
      '{ global: extern "C" {\n foo; bar;\n };\n local: *; };',
      "{ global: foo; bar; local: *; };", "{global:foo;bar;local:*;};" } do
      local object = assert(script.parse(source, "version-script"))
      assert(object:drop(function () return true end))
      if not source:find "^{g" then links(object) end
      assert(object:add { "baz" })
      if not source:find "^{g" then links(object, "baz") end
      assert.is_true(object:exports("baz", { linker = "bfd" }))
    end
  end)

  it("nodes of a name", function ()
    local object = assert(script.parse(
      "V1 { global: foo; local: *; };\nV2 { global: bar; } V1;\n",
      "version-script"))
    local made, why = object:add { "baz" }
    assert.is_nil(made)
    assert.equal("there are several nodes: name one of them", why)
    assert(object:add({ "baz" }, { node = "V2" }))
    links(object, "foo", "bar", "baz")
    assert(object:drop(function (name) return name == "bar" end))
    assert(object:drop(function (name) return name == "baz" end))
    assert.equal("V1 { global: foo; local: *; };\nV2 { } V1;\n",
                 tostring(object))
    links(object, "foo")
  end)

  it("keep takes what a patch does not have out of the script", function ()
    local object = assert(script.parse(rust, "version-script"))
    local has = { foo = true }
    local made, count = object:keep(function (name) return has[name] end)
    assert.equal(object, made)
    assert.equal(1, count)
    links(object, "foo")
    assert.equal("{\n  global:\n    foo;\n\n  local:\n    *;\n};",
                 tostring(object))
  end)
end)


describe("rustc's version script", function ()
  it("is read, and printed as it was", function ()
    local folder = helper.folder "script"
    helper.write(folder .. "/x.rs",
      "#[no_mangle] pub extern \"C\" fn foo() {}\n"
      .. "#[no_mangle] pub static BAR: u8 = 1;\n")
    helper.write(folder .. "/fake", [[
#!/bin/sh
for word; do
  case $word in -Wl,--version-script=*) cp "${word#*=}" rustc.map ;; esac
done
]])
    helper.must({ "chmod", "+x", "fake" }, folder)
    helper.must({ "rustc", "--crate-type", "cdylib", "-Clinker=./fake",
                  "-Clinker-flavor=gcc", "x.rs" }, folder)
    local source = helper.read(folder .. "/rustc.map")
    local object = assert(script.parse(source, "version-script"))
    assert.equal(source, tostring(object))
    assert.is_true(object:exports "foo")
    assert.is_true(object:exports "BAR")
    assert.is_false(object:exports "baz")
    local names = object:names()
    table.sort(names)
    assert.same({ "BAR", "foo" }, names)
  end)
end)
