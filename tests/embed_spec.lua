--- examples/embed, built against an installed symrun as anyone would.

local helper = require "helper"

-- A library that was built with sanitizers wants their runtime first.
local sanitized = os.getenv "SANITIZER"
local checks = sanitized and "-fsanitize=" .. sanitized
               or "-fsanitize=address,undefined"

describe("embedding", function ()
  local folder, prefix

  local function env(words)
    return { "env", "PKG_CONFIG_PATH=" .. prefix .. "/lib/pkgconfig",
             "LD_LIBRARY_PATH=" .. prefix .. "/lib", table.unpack(words) }
  end

  local function flags()
    local list = {}
    local line = helper.must(env { "pkg-config", "--cflags", "--libs",
                                   "symrun" })
    for word in line:gmatch "%S+" do list[#list + 1] = word end
    return list
  end

  local function compile(compiler, name, ...)
    local words = { compiler, "-Wall", "-Wextra", "-Werror", checks, "-o",
                    folder .. "/" .. name:match "^[^.]*", ... }
    words[#words + 1] = helper.top .. "/examples/embed/" .. name
    for _, word in ipairs(flags()) do words[#words + 1] = word end
    helper.must(env(words))
    return folder .. "/" .. name:match "^[^.]*"
  end

  setup(function ()
    folder = helper.folder "embed"
    prefix = folder .. "/prefix"
    helper.must { "make", "-s", "-C", helper.top, "install",
                  "PREFIX=" .. prefix, "B=" .. os.getenv "SYMRUN_LIB"
                                                 :match "^(.*)/lib$",
                  sanitized and "SANITIZER=" .. sanitized or "V=0" }
    helper.write(folder .. "/no-f.lua", [[
local symrun = require "symrun"
symrun.rule "no-f" { about = "nobody defines f",
  each = symrun.archives "**/*.a",
  check = function (archive, report)
    for name in archive:defined "f*":each() do
      report(name, "defines %s", name)
    end
  end }
]])
    helper.cc(folder, "a", "int f1(void) { return 1; } int g(void){return 2;}")
    helper.must({ "ar", "rcs", "liba.a", "a.o" }, folder)
  end)

  local told = "violated no-f liba.a a.o: defines f1\n"

  it("in C: findings, all memory back, and a sentence for what fails",
    function ()
      local program = compile("gcc", "embed.c", "-std=c11", "-pedantic")
      local function run(...)
        return helper.run(env { program, ... }, folder)
      end
      local status, out, err = run("no-f.lua", "liba.a")
      assert.equal("", err)
      assert.equal(told, out)
      assert.equal(1, status)
      helper.write(folder .. "/cut.a",
                   helper.read(folder .. "/liba.a"):sub(1, -100))
      status, out = run("no-f.lua", "cut.a")
      assert.equal(2, status)
      assert.truthy(out:find "^unknown no%-f cut.a : the archive is cut short")
      status, out, err = run("none.lua", "liba.a")
      assert.equal(2, status)
      assert.equal("", out)
      assert.truthy(err:find "^embed: cannot read the rules none.lua")
      local text = helper.read(helper.top .. "/examples/embed/embed.c")
      assert.is_true(select(2, text:gsub("\n", "")) < 60)
    end)

  it("two engines in two threads", function ()
    local program = compile("gcc", "threads.c", "-std=c11", "-pthread")
    local status, out, err = helper.run(env { program, "no-f.lua", "liba.a" },
                                        folder)
    assert.equal("", err)
    assert.equal("10 10\n", out)
    assert.equal(0, status)
  end)

  it("C++ reads the header", function ()
    helper.write(folder .. "/c.cc",
      "#include <symrun.h>\nint main() { return !symrun_version(); }\n")
    helper.must(env { "g++", "-Wall", "-Wextra", "-pedantic", "-Werror",
      "-std=c++11", "-c", "-o", folder .. "/c.o", folder .. "/c.cc",
      "-I" .. prefix .. "/include" })
  end)

  it("in a stock Lua", function ()
    local words = env { "LUA_PATH=" .. prefix .. "/share/lua/5.4/?.lua;"
      .. prefix .. "/share/lua/5.4/?/init.lua;;",
      "LUA_CPATH=" .. prefix .. "/lib/lua/5.4/?.so;;", "lua5.4",
      helper.top .. "/examples/embed/embed.lua", "no-f.lua", "liba.a" }
    for i, word in ipairs(sanitized and helper.stock() or {}) do
      if i > 1 then table.insert(words, 2, word) end
    end
    local status, out, err = helper.run(words, folder)
    assert.equal("", err)
    assert.equal(told, out)
    assert.equal(1, status)
  end)

  it("the library exports what its header declares", function ()
    local header = helper.read(helper.top .. "/core/symrun.h")
    local declared, exported, functions = {}, {}, 0
    for line in header:gmatch "\nSYMRUN_API [^;]*;" do
      local name = line:match "(%l[%w_]*) *%("
      declared[name] = true
      functions = functions + 1
    end
    local out = helper.must { "llvm-nm-19", "-D", "--defined-only", "-j",
                              prefix .. "/lib/libsymrun.so" }
    for name in out:gmatch "([^\n@]+)" do
      if name:find "^%l" then exported[name] = true end
    end
    assert.same(declared, exported)
    assert.is_true(functions <= 45)
    local soname = helper.must { "readelf", "-d", prefix
                                 .. "/lib/libsymrun.so" }
    assert.truthy(soname:find "SONAME.*%[libsymrun.so.0%]")
  end)
end)
