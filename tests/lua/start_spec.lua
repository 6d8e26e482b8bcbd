--- How the tool begins: with its own modules as code, where Lua is the one
--- that made it, and with rules as text, always.

local helper = require "helper"
local tiny = require "tiny"

local folder = tiny.folder "start"
tiny.policy(folder, "report(subject, 'is %s', subject)", nil,
            "local beside = require 'beside'; assert(beside == 7)")
helper.write(folder .. "/beside.lua", "return 7\n")

-- Stands between the tool and Lua: writes down what is loaded, and how.
local spy = [[
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <lauxlib.h>
#ifdef OTHER
const char lua_ident[] = "$LuaVersion: Lua 5.4.99  Copyright (C) nobody $";
#endif
typedef int (*Load) (lua_State *L, lua_Reader reader, void *data,
                     const char *name, const char *mode);
int lua_load (lua_State *L, lua_Reader reader, void *data, const char *name,
              const char *mode) {
  Load real = (Load)dlsym(RTLD_NEXT, "lua_load");
  FILE *out = fopen(getenv("SPY"), "a");
  fprintf(out, "%s %s\n", mode, name);
  fclose(out);
  return real(L, reader, data, name, mode);
}
]]

local function build(name, define)
  helper.write(folder .. "/spy.c", spy)
  local flags = {}
  for word in helper.must { "pkg-config", "--cflags", "lua5.4" }
              :gmatch "%S+" do flags[#flags + 1] = word end
  helper.must({ "gcc", "-shared", "-fPIC", "-o", name, "spy.c", "-ldl", define,
                table.unpack(flags) }, folder)
end


-- Run the rule with the spy: what the tool said, and what it loaded, by name.
local function spied(name)
  os.remove(folder .. "/told")
  local status, out = helper.run({ "env", "LD_PRELOAD=./" .. name,
    "SPY=" .. folder .. "/told", helper.tool, "rule.lua", "libx.a" }, folder)
  local how, count = {}, 0
  for mode, chunk in helper.read(folder .. "/told"):gmatch "(%S+) ([^\n]+)" do
    how[chunk] = (how[chunk] or "") .. mode
    count = count + 1
  end
  return out, status, how, count
end


describe("the tool begins", function ()
  if os.getenv "SANITIZER" then return end  -- whose runtime wants to be first

  it("with its modules as code and rules as text", function ()
    build("spy.so", "-DSAME")
    local out, status, how, count = spied "spy.so"
    assert.equal(1, status)
    assert.truthy(out:find "libx%.a\n    is libx%.a")
    assert.is_true(count > 10)
    for chunk, mode in pairs(how) do
      local own = chunk:find "^@symrun%."
      assert.equal(own and "b" or "t", mode, chunk)
    end
    assert.equal("b", how["@symrun.cli"])
    assert.equal("t", how["@rule.lua"])
    assert.equal("t", how["@beside.lua"])
  end)

  it("with its modules as text where Lua is another one", function ()
    build("other.so", "-DOTHER")
    local out, status, how = spied "other.so"
    local same = { spied "spy.so" }
    assert.equal(1, status)
    assert.equal(same[1], out)
    for chunk, mode in pairs(how) do assert.equal("t", mode, chunk) end
    assert.equal("t", how["@symrun.cli"])
  end)
end)
