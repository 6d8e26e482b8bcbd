--- What a line exports and keeps, against what linkers make of it.
--
-- "I do not know" is never wrong here, so each table of lines also says how
-- often something must be known.

local helper = require "helper"

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath
local line = require "symrun.line"

local folder = helper.folder "link-exports"
local names = { "foo", "foo2", "bar", "wanted", "unused" }

helper.cc(folder, "all", [[
int foo(void) { return 1; }
int foo2(void) { return 2; }
int wanted(void) { return 3; }
int unused(void) { return 4; }
]], "-fPIC", "-ffunction-sections")
helper.cc(folder, "main", "int main(void) { return 0; }")
helper.cc(folder, "lone", "int bar(void) { return 5; }", "-fPIC",
          "-ffunction-sections")
helper.cc(folder, "lib", "int wanted(void); int lib(void) { return wanted(); }",
          "-fPIC")
helper.must({ "gcc", "-shared", "-nostdlib", "-o", "libw.so", "lib.o" }, folder)
helper.must({ "ar", "rc", "liblone.a", "lone.o" }, folder)
local texts = {
  v1 = "{ global: foo; local: *; };", v2 = "{ global: foo*; bar; local: *; };",
  v3 = "{ local: foo; };",
  v4 = "V1 { global: foo2; }; V2 { global: bar; local: *; };",
  d1 = "{ foo; };", d2 = "{ foo*; bar; };",
  keep = "EXTERN(bar)",
}
for name, text in pairs(texts) do helper.write(folder .. "/" .. name, text) end


-- A line and what may be asked of it, in the folder.
local function link_of(words)
  local full = {}
  for i, word in ipairs(words) do
    full[i] = i > 1 and word:gsub("^([%l%d]+%.[ao])$", folder .. "/%1")
      :gsub("([=,])([vd]%d)$", "%1" .. folder .. "/%2")
      :gsub("^(%-Wl,)keep$", "%1" .. folder .. "/keep")
      :gsub("^libw%.so$", folder .. "/%0") or word
  end
  return line.new(full):for_rule()
end


-- true, false, or nil and why.
local function ask(link, method, ...)
  local ok, answer = pcall(link[method], link, ...)
  if ok then return answer end
  assert.truthy(tostring(answer):find "unknown: ", answer)
  return nil, answer
end


-- Names in a table of what a line makes, or nil where nothing is made.
local function linked(words, table_of)
  os.remove(folder .. "/out")
  if helper.run(words, folder) ~= 0 then return nil end
  if not io.open(folder .. "/out") then return nil end
  local set, out = {}, helper.must({ "llvm-nm-19", "-j", "--defined-only",
                                     table_of, "out" }, folder)
  for name in out:gmatch "[^\n]+" do
    set[name:gsub("@.*", "")] = true
  end
  return set
end


local linkers = { "bfd", "gold", "lld" }

-- Lines: each of the first with some of the others.
local function lines(count, first, others)
  math.randomseed(20)
  local out = {}
  for _ = 1, count do
    local linker = linkers[math.random(#linkers)]
    local words = { "gcc", "-fuse-ld=" .. linker, "-o", "out", "all.o" }
    for word in first[math.random(#first)]:gmatch "%S+" do
      words[#words + 1] = word
    end
    for _ = 1, math.random(0, 2) do
      words[#words + 1] = "-Wl," .. others[math.random(#others)]
    end
    words[#words + 1] = "liblone.a"
    out[#out + 1] = words
  end
  return out
end


local options = {
  "--version-script=v1", "--version-script=v2", "--version-script=v3",
  "--version-script=v4", "--dynamic-list=d1", "--dynamic-list=d2",
  "--export-dynamic-symbol=foo", "--export-dynamic-symbol=fo*",
  "--export-dynamic", "-E,--no-export-dynamic", "-Bsymbolic", "-u,bar",
  "--undefined=bar", "--gc-sections", "--gc-sections,-u,unused",
  "--exclude-libs,ALL", "--require-defined=bar", "-e,foo2",
  "--gc-sections,--no-gc-sections", "-z,now", "--as-needed",
  "--whole-archive", "--export-dynamic-symbol-list=d2", "--strip-all",
}


describe("what a line says it exports", function ()
  local function compare(count, first, least, size)
    local asked, known, made, shown = 0, 0, 0, 0
    for _, words in ipairs(lines(count, first, options)) do
      local real = linked(words, "-D")
      if real then
        local link = link_of(words)
        made = made + 1
        for _, name in ipairs(names) do
          local linked_in = name ~= "bar" or real.bar
          local yes, why = ask(link, "exports", name)
          asked = asked + 1
          if yes ~= nil then known = known + 1 end
          if yes then shown = shown + 1 end
          if yes ~= nil and linked_in then
            assert.equal(real[name] or false, yes, ("%s of %s%s"):format(name,
              table.concat(words, " "), why or ""))
          end
        end
      end
    end
    assert.is_true(made >= size, made .. " lines were linked")
    assert.is_true(known >= asked * least, known .. " of " .. asked)
    assert.is_true(shown > 30, shown .. " were exported")
  end

  it("of a library is so", function ()
    compare(70, { "-shared -nostdlib", "-shared -nostdlib libw.so" }, 0.85, 35)
  end)

  it("of a program is so", function ()
    compare(70, { "main.o", "main.o -pie", "main.o libw.so", "-static main.o",
                   "main.o -rdynamic", "main.o -no-pie" }, 0.8, 35)
  end)
end)


describe("what a line says it keeps", function ()
  it("is there when all else is dropped", function ()
    local kept, made = 0, 0
    local first = { "-shared -nostdlib", "main.o", "main.o -rdynamic",
                    "main.o libw.so", "-r -nostdlib", "main.o -Wl,keep" }
    for _, words in ipairs(lines(70, first, options)) do
      table.insert(words, 6, "-Wl,--gc-sections")
      local real = linked(words, "--quiet")
      if real and next(real) then  -- there is a table of symbols
        local link = link_of(words)
        made = made + 1
        for _, name in ipairs(names) do
          if ask(link, "keeps", name) then
            kept = kept + 1
            assert.is_true(real[name] or false, ("%s of %s"):format(name,
              table.concat(words, " ")))
          end
        end
      end
    end
    assert.is_true(made > 20, made .. " lines were linked")
    assert.is_true(kept > 40, kept .. " were kept")
  end)

  it("is what it names, and no more", function ()
    local function keeps(text, name)
      local words = {}
      for word in text:gmatch "%S+" do words[#words + 1] = word end
      return ask(link_of(words), "keeps", name)
    end
    for text, yes in pairs {
      ["ld -o x all.o --gc-sections"] = false,
      ["ld -o x all.o --gc-sections -u foo"] = true,
      ["ld -o x all.o --gc-sections --undefined=foo"] = true,
      ["ld -o x all.o --gc-sections -e foo"] = true,
      ["ld -o x all.o --gc-sections --require-defined=foo"] = true,
      ["ld -pie -o x all.o --gc-sections --export-dynamic-symbol=foo"] = true,
      ["ld -pie -o x all.o --gc-sections --dynamic-list=d1"] = true,
      ["ld -pie -o x all.o --gc-sections -E"] = true,
      ["ld -shared -o x all.o --gc-sections"] = true,
      ["ld -shared -o x all.o --gc-sections --version-script=v3"] = false,
      ["ld -o x all.o"] = true,
      ["ld -o x all.o --gc-sections --no-gc-sections"] = true,
      ["ld64 -o x all.o -dead_strip -u _foo"] = true,
      ["ld64 -o x all.o -dead_strip -u foo"] = false,
      ["ld64 -o x all.o -dead_strip -exported_symbol _foo"] = true,
      ["lld-link /out:x all.o /include:foo"] = true,
      ["lld-link /out:x all.o /export:foo=bar"] = true,
      ["wasm-ld -o x all.o --export=foo"] = true,
      ["wasm-ld -o x all.o"] = false,
      ["wasm-ld -o x all.o --no-gc-sections"] = true,
    } do
      assert.equal(yes, keeps(text, "foo"), text)
    end
    local yes, why = keeps("ld -o x all.o --gc-sections --frob -u foo", "foo")
    assert.is_nil(yes)
    assert.truthy(why:find("the option --frob is not one that is known, so -u "
                           .. "may be its value", 1, true), why)
    yes, why = keeps("ld -o x all.o --gc-sections --defsym=x=foo+1", "foo")
    assert.is_nil(yes)
    assert.truthy(why:find("--defsym=x=foo+1 may keep foo", 1, true), why)
    yes, why = keeps("lld-link /out:x all.o", "foo")
    assert.is_nil(yes)
    assert.truthy(why:find "drops what nobody wants", why)
  end)
end)


describe("an edit that exports names", function ()
  -- What a link exports before and after a rule wanted names exported.
  local function after(words, wanted)
    local before = linked(words, "-D") or {}
    local link = link_of(words)
    local edit = link:export(wanted)
    local own = assert(line.of(link))
    own:ask("rule", edit)
    local edited, made = own:edited(folder)
    assert(edited, made)
    for _, text in ipairs(made) do helper.write(text.path, text.bytes) end
    local real = linked(edited, "-D")
    assert.is_table(real, table.concat(edited, " "))
    return real, before, table.concat(edited, " ")
  end

  it("does, with each linker", function ()
    for _, linker in ipairs(linkers) do
      for _, more in ipairs { "-shared -nostdlib", "main.o",
          "-shared -nostdlib -Wl,--version-script=v1",
          "-shared -nostdlib -Wl,--version-script=v4",
          "-shared -nostdlib -Wl,--version-script=v1 -Wl,--gc-sections",
          "main.o -Wl,--dynamic-list=d1",
          "main.o -Wl,--version-script=v1 -Wl,--gc-sections" } do
        local words = { "gcc", "-fuse-ld=" .. linker, "-o", "out" }
        for word in more:gmatch "%S+" do words[#words + 1] = word end
        words[#words + 1] = "all.o"
        words[#words + 1] = "liblone.a"
        local real, before, shown = after(words, { "bar", "unused" })
        assert.is_true(real.bar, shown)
        assert.is_true(real.unused, shown)
        assert.is_nil(before.bar)
        for name in pairs(before) do assert.is_true(real[name], shown) end
        -- and nothing else is let out
        if more:find "v1" then assert.is_nil(real.foo2, shown) end
      end
    end
  end)

  it("is a copy in the place of the list, for a second one is an error",
     function ()
    local words = { "gcc", "-fuse-ld=bfd", "-shared", "-nostdlib", "-o", "out",
                    "-Wl,--version-script=v1", "all.o" }
    local _, _, err = helper.run({ table.unpack(words, 1, 7), table.unpack {
      "-Wl,--version-script=v2", "all.o" } }, folder)
    assert.equal(nil, err:match "^$")
    words[#words + 1] = "-Wl,--version-script=v2"
    local status
    status, _, err = helper.run(words, folder)
    assert.is_true(status ~= 0)
    assert.truthy(err:find "anonymous version tag cannot be combined")
    words[#words] = nil
    local link = link_of(words)
    local script = require "symrun.script"
    local ok, why = pcall(link.use, link,
      assert(script.parse("{ foo2; };", "version-script")))
    assert.is_false(ok)
    assert.truthy(why:find("there is a version script on the line", 1, true),
                  why)
  end)
end)
