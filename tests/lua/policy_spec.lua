--- Policy files: what is loaded as one, and what they may require.

local helper = require "helper"
local tiny = require "tiny"

local rule = [[
local symrun = require "symrun"
symrun.rule "mine/one" { about = "a", each = symrun.archives(),
  check = function (archive, report) report(archive, "told") end }
]]


-- Runs a policy text; must give status 2, nothing on standard output, and a
-- sentence that holds `expected`.
local function refused(folder, text, expected)
  local status, out, err = tiny.run(folder, text)
  assert.equal(2, status)
  assert.equal("", out)
  assert.truthy(err:find(expected, 1, true), err)
  assert.falsy(err:find("stack traceback", 1, true), err)
end


describe("a policy file", function ()
  it("is loaded and run", function ()
    local status, out = tiny.run(tiny.folder "policy", rule)
    assert.equal(1, status)
    assert.truthy(out:find("told", 1, true))
  end)

  it("may begin with a line for the system, or a mark of UTF-8", function ()
    for _, first in ipairs { "#!/usr/bin/env symrun\n", "\xef\xbb\xbf",
                             "\xef\xbb\xbf#!x\n" } do
      local status, out = tiny.run(tiny.folder "policy", first .. rule)
      assert.equal(1, status)
      assert.truthy(out:find("told", 1, true), out)
    end
  end)

  it("keeps its line numbers after such a line", function ()
    refused(tiny.folder "policy", "#!x\n\nlocal x = = 1\n",
            "rule.lua:3: unexpected symbol")
  end)

  it("with an error of syntax is not run in part", function ()
    refused(tiny.folder "policy", rule .. "\nif x the", "rule.lua:5: 'then'")
  end)

  it("that fails is told with its line", function ()
    refused(tiny.folder "policy", rule .. "local x = nil + 1",
            "rule.lua:4: attempt to perform arithmetic")
    refused(tiny.folder "policy", rule .. "error 'mine'", "rule.lua:4: mine")
    refused(tiny.folder "policy", rule .. "error {}", "symrun: table\n")
  end)

  it("is text, never bytecode", function ()
    local folder = tiny.folder "policy"
    local code = string.dump(load(rule))
    refused(folder, code, "rule.lua: is bytecode, and rules are loaded as text")
    refused(folder, "#!x\n" .. code, "rule.lua:2: unexpected symbol")
    helper.write(folder .. "/mod.lua", code)
    refused(folder, "require 'mod'", "mod.lua: is bytecode")
  end)

  it("without rules checks nothing, and says so", function ()
    for _, text in ipairs { "", "-- to do\n", "local x = require 'symrun'" } do
      refused(tiny.folder "policy", text,
              "rule.lua: declares no rule, so nothing would be checked")
    end
  end)

  it("that cannot be read is told, folder or not", function ()
    local folder = tiny.folder "policy"
    helper.must({ "mkdir", "folder.lua" }, folder)
    for name, why in pairs { ["gone.lua"] = "No such file",
                             ["folder.lua"] = "Is a directory" } do
      local status, _, err = helper.symrun({ name, "." }, folder)
      assert.equal(2, status)
      assert.truthy(err:find("cannot read the rules " .. name .. ": " .. why,
                             1, true), err)
    end
  end)

  it("is looked up among those that came with symrun", function ()
    local folder = helper.folder "policy"
    local status, out = helper.symrun({ "rules/perry.lua", "--list" }, folder)
    assert.equal(0, status)
    assert.truthy(out:find("perry/ext-exports-js", 1, true))
    assert.equal(0, (helper.symrun({ "perry.lua", "--list" }, folder)))
    helper.write(folder .. "/perry.lua", rule)  -- what is there comes first
    status, out = helper.symrun({ "perry.lua", "--list" }, folder)
    assert.equal(0, status)
    assert.falsy(out:find("perry/", 1, true), out)
  end)
end)


describe("a module", function ()
  it("stands beside the policy, wherever symrun runs", function ()
    local folder = tiny.folder "policy"
    helper.must({ "mkdir", "-p", "p/a" }, folder)
    helper.write(folder .. "/p/rule.lua", [[
      local mod, deep = require "mod", require "a.b"
      assert(mod == require "mod" and require "silent" == true)
      mod.declare(deep)]])
    helper.write(folder .. "/p/silent.lua", "count = (count or 0) + 1\n"
                 .. "assert(require 'silent2' == true)")
    helper.write(folder .. "/p/silent2.lua", "")
    helper.write(folder .. "/p/mod.lua", [[
      local symrun = require "symrun"
      return { declare = function (text)
        symrun.rule "m" { about = "m", each = symrun.archives(),
          check = function (a, report) report(a, "%s", text) end }
      end }]])
    helper.write(folder .. "/p/a/b.lua", "#!x\nreturn 'deep ' .. ...")
    local status, out = helper.symrun({ "p/rule.lua", "." }, folder)
    assert.equal(1, status)
    assert.truthy(out:find("    deep a.b\n", 1, true), out)
  end)

  it("that is not there is told, with the line that wants it", function ()
    refused(tiny.folder "policy", "\nrequire 'none.such'", "rule.lua:2: module "
      .. "'none.such' is not there: rules may require \"symrun\" and files "
      .. "beside them")
    refused(tiny.folder "policy", "require {}",
            "rule.lua:1: module name that is a table")
    refused(tiny.folder "policy", "require '../x'", "module name \"../x\"")
  end)

  it("is not found in the folder where symrun runs", function ()
    local folder = tiny.folder "policy"
    helper.must({ "mkdir", "p" }, folder)
    helper.write(folder .. "/mod.lua", "return 1")
    helper.write(folder .. "/p/rule.lua", "require 'mod'")
    local status, _, err = helper.symrun({ "p/rule.lua", "." }, folder)
    assert.equal(2, status)
    assert.truthy(err:find("module 'mod' is not there", 1, true), err)
  end)

  it("that requires itself is told, and does not hang", function ()
    local folder = tiny.folder "policy"
    helper.write(folder .. "/a.lua", "local b = require 'b'")
    helper.write(folder .. "/b.lua", "local a = require 'a'")
    refused(folder, "require 'a'",
            "b.lua:1: module 'a' requires itself: a, b, a")
    helper.write(folder .. "/self.lua", "return require 'self'")
    refused(folder, "require 'self'", "module 'self' requires itself: self, "
                                      .. "self")
  end)

  it("that failed once fails again, and as it did", function ()
    local folder = tiny.folder "policy"
    helper.write(folder .. "/bad.lua", "error 'bad'")
    refused(folder, "print(pcall(require, 'bad'))\nrequire 'bad'",
            "symrun: bad.lua:1: bad")
  end)

  it("with an error of syntax is told in its own file", function ()
    local folder = tiny.folder "policy"
    helper.write(folder .. "/bad.lua", "\nx = = 1")
    refused(folder, "require 'bad'", "bad.lua:2: unexpected symbol")
  end)
end)
