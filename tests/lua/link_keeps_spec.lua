--- What a driver's line keeps of its inputs, against the symbols of what each
--- linker makes of it.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local helper = require "helper"
local line = require "symrun.line"

local FLAGS = { "-O1", "-fno-inline", "-fPIC", "-ffunction-sections",
                "-fdata-sections" }
local names = { "main", "used", "used_deep", "lone", "unused", "unused_deep",
                "table", "tabled", "exported", "pulled", "left", "called_back",
                "edge_b" }
local folder

local function compile(name, text)
  helper.cc(folder, name, text, table.unpack(FLAGS))
end

setup(function ()
  folder = helper.folder "link-keeps"
  compile("main", [[
    extern int pulled(void);
    int used_deep(void) { return 3; } int used(void) { return used_deep(); }
    int unused_deep(void) { return 4; }
    int unused(void) { return unused_deep(); }
    int tabled(void) { return 1; } int (*table[])(void) = { tabled };
    int exported(void) { return 1; } int called_back(void) { return 9; }
    int edge_b __attribute__((section("set_b"))) = 1;
    int main(void) { return used() + pulled(); }
  ]])
  compile("pulled", "int pulled(void) { return 1; } "
          .. "int left(void) { return 2; }")
  compile("lone", "int lone(void) { return 1; }")
  compile("lib", "extern int called_back(void); "
          .. "int lib(void) { return called_back(); }")
  helper.must({ "ar", "rcs", "liba.a", "pulled.o", "lone.o" }, folder)
  helper.must({ "gcc", "-shared", "-nostdlib", "-o", "liblib.so", "lib.o" },
              folder)
  helper.write(folder .. "/v.map", "{ global: exported; local: *; };")
  helper.write(folder .. "/d.list", "{ exported; table; };")
end)


-- Its words, with all files by their whole paths.
local function words_of(text)
  local words = {}
  for word in text:gmatch "%S+" do
    words[#words + 1] = word:gsub("@", folder .. "/")
  end
  return words
end


local function made(words)
  local status, _, err = helper.run(words, folder)
  assert.equal(0, status, err)
  local all = {}
  for name in helper.must({ "nm", "out" }, folder):gmatch " [^U] ([%w_]+)\n" do
    all[name] = true
  end
  return all
end


local function ask(link, name)
  local ok, answer = pcall(link.keeps, link, name)
  if ok then return answer end
  assert.matches("unknown: ", answer, 1, true)
  return nil, answer
end


describe("what a driver's line keeps", function ()
  local lines = {
    "@main.o @liba.a",
    "@main.o @liba.a -Wl,--gc-sections",
    "@main.o @liba.a -Wl,--gc-sections -rdynamic",
    "@main.o @liba.a -Wl,--gc-sections -Wl,-u,unused",
    "@main.o @liba.a -Wl,--gc-sections @liblib.so",
    "@main.o @liba.a -Wl,--gc-sections -Wl,--dynamic-list=@d.list",
    "@main.o @liba.a -Wl,--gc-sections -no-pie",
    "@main.o @liba.a -Wl,--gc-sections -shared",
    "@main.o @liba.a -Wl,--gc-sections -shared -Wl,--version-script=@v.map",
    "@main.o @liba.a -Wl,--gc-sections -Wl,--whole-archive @liba.a "
      .. "-Wl,--no-whole-archive -Wl,-z,muldefs",
    "@main.o @liba.a -Wl,--gc-sections -static",
  }

  it("is what each linker keeps", function ()
    local known, asked, kept = 0, 0, 0
    for _, linker in ipairs { "bfd", "gold", "lld", "mold" } do
      for _, text in ipairs(lines) do
        -- (mold reads an archive once; gold has no such words for -z)
        local words = words_of("gcc -fuse-ld=" .. linker .. " -o out " .. text)
        local real = made(words)
        local link = line.new(words):for_rule()
        for _, name in ipairs(names) do
          local yes = ask(link, name)
          asked = asked + 1
          if yes ~= nil then
            known = known + 1
            kept = kept + (yes and 1 or 0)
            assert.equal(real[name] or false, yes,
                         ("%s of %s"):format(name, table.concat(words, " ")))
          end
        end
      end
    end
    assert.is_true(known > asked * 9 // 10, known .. " of " .. asked)
    assert.is_true(kept > 100 and known - kept > 100)
  end)

  it("is told with what keeps it, and what goes", function ()
    local link = line.new(words_of("gcc -fuse-ld=lld -o out @main.o @liba.a "
      .. "-Wl,--gc-sections")):for_rule()
    local chain = {}
    for i, at in ipairs(link:kept_by "used_deep") do
      chain[i] = at.section .. ": " .. at.because
    end
    assert.same({ ".text.used_deep: wanted", ".text.used: wanted",
                  ".text.main: wanted", ".text: named on the line" }, chain)
    assert.equal("main", link:kept_by "used_deep"[3].name)
    assert.is_nil(link:kept_by "unused")
    local gone = {}
    for _, at in ipairs(link:dropped()) do
      local name = at.member and at.member:name()
                   or at.file:path():match "[^/]+$"
      gone[name .. at.section] = at.size
    end
    assert.truthy(gone["main.o.text.unused"] > 0)
    assert.truthy(gone["pulled.o.text.left"] > 0)
    assert.is_nil(gone["main.o.text.used"])
    local all = line.new(words_of "gcc -o out @main.o @liba.a"):for_rule()
    assert.same({}, all:dropped())
  end)

  it("is unknown where an input is", function ()
    helper.write(folder .. "/cut.o",
                 helper.read(folder .. "/lone.o"):sub(1, 400))
    local link = line.new(words_of("gcc -o out @main.o @liba.a "
      .. "-Wl,--gc-sections @cut.o")):for_rule()
    assert.is_true(ask(link, "used"))
    local yes, why = ask(link, "unused")
    assert.is_nil(yes)
    assert.matches("cut.o", why, 1, true)
  end)

  it("is unknown where a script keeps by itself", function ()
    helper.write(folder .. "/own.ld",
                 "SECTIONS { .text : { KEEP(*(.text.unused)) *(.text*) } }\n")
    local link = line.new(words_of("gcc -o out @main.o @liba.a "
      .. "-Wl,--gc-sections -Wl,-T,@own.ld")):for_rule()
    assert.is_nil((ask(link, "unused")))
  end)
end)
