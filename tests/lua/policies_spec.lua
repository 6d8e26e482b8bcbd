--- Several policy files in one run, and the choice of their rules.

local helper = require "helper"
local tiny = require "tiny"

-- A policy of rules that each say their name and the parameter p.
local function policy(folder, name, ...)
  local out = { "local symrun = require 'symrun'",
                "local given = symrun.parameters { p = { 'none', 'it' } }" }
  for _, id in ipairs { ... } do
    out[#out + 1] = ([[symrun.rule %q { about = "about " .. %q,
      each = symrun.archives(), check = function (a, report)
        report(a, "%%s", given.p) end }]]):format(id, id)
  end
  return helper.write(folder .. "/" .. name, table.concat(out, "\n"))
end

local function folder()
  local path = tiny.folder "policies"
  policy(path, "one.lua", "a/x", "a/y")
  policy(path, "two.lua", "b/x")
  return path
end

-- "rule message" of each finding, and the status.
local function told(path, ...)
  local plan, status = tiny.plan(path, { ... })
  local out = {}
  for i, f in ipairs(plan.findings) do out[i] = f.rule .. " " .. f.message end
  return out, status
end

-- Words that must end with status 2 and a sentence.
local function refused(path, words, expected)
  local status, out, err = helper.symrun(words, path)
  assert.equal(2, status)
  assert.equal("", out)
  assert.truthy(err:find(expected, 1, true), err)
end


describe("policies", function ()
  it("run in their order, each with the rules it has", function ()
    assert.same({ "b/x none", "a/x none", "a/y none" },
                told(folder(), "two.lua", "one.lua", "libx.a"))
  end)

  it("share a parameter, or have it alone", function ()
    assert.same({ "a/x 1", "a/y 1", "b/x 1" },
                told(folder(), "one.lua", "two.lua", "libx.a", "-D", "p=1"))
    assert.same({ "a/x none", "a/y none", "b/x 2" },
                told(folder(), "one.lua", "two.lua", "libx.a", "-Dtwo.p=2"))
    refused(folder(), { "one.lua", "-Dtwo.p=1", "." },
            "no rule file declares a parameter 'two.p'; there are\n  one.p  it")
  end)

  it("do not declare one rule twice", function ()
    local path = folder()
    refused(path, { "one.lua", "./one.lua", "." },
            "rule \"a/x\" is declared in one.lua and in ./one.lua")
  end)

  it("are all loaded, or none is run", function ()
    refused(folder(), { "one.lua", "gone.lua", "." }, "gone.lua")
  end)
end)


describe("--select", function ()
  it("takes rules by name and by pattern", function ()
    assert.same({ "a/y none" }, told(folder(), "one.lua", "two.lua", "libx.a",
                                     "--select", "a/y"))
    assert.same({ "a/x none", "b/x none" }, told(folder(), "one.lua",
      "two.lua", "libx.a", "--select=*x"))
    assert.same({ "a/y none", "b/x none" }, told(folder(), "one.lua",
      "two.lua", "libx.a", "--select", "a/y", "--select", "b*"))
  end)

  it("that takes none is an error, beside others too", function ()
    refused(folder(), { "one.lua", "two.lua", ".", "--select", "c/*" },
            "no rule is named c/*; there are a/x, a/y, b/x")
    refused(folder(), { "one.lua", ".", "--select", "a/x", "--select", "a/z" },
            "no rule is named a/z; there are a/x, a/y")
  end)
end)


describe("--list and --explain", function ()
  it("tell what there is, without inputs", function ()
    local status, out, err = helper.symrun({ "one.lua", "two.lua", "--list" },
                                           folder())
    assert.equal(0, status)
    assert.equal("", err)
    assert.equal(("%-32s %s\n%-32s %s\n%-32s %s\n"):format("a/x", "about a/x",
      "a/y", "about a/y", "b/x", "about b/x"), out)
    status, out = helper.symrun({ "one.lua", "--list", "--select", "*y" },
                                folder())
    assert.equal(0, status)
    assert.equal(("%-32s %s\n"):format("a/y", "about a/y"), out)
  end)

  it("tell a rule's story", function ()
    local path = tiny.folder "policies"
    tiny.policy(path, "", [[ story = "It broke.",
      each = symrun.archives "**/*.a",]])
    local status, out = helper.symrun({ "rule.lua", "--explain", "mine/one" },
                                      path)
    assert.equal(0, status)
    assert.equal("mine/one: what must hold\n\nIt broke.\nIt looks at each "
                 .. "archive named **/*.a.\n", out)
    tiny.policy(path, "", " each = symrun.tree,")
    status, out = helper.symrun({ "rule.lua", "--explain", "mine/one" }, path)
    assert.equal(0, status)
    assert.equal("mine/one: what must hold\n\nIt looks at the tree as a "
                 .. "whole.\n", out)
  end)

  it("do not know another rule", function ()
    refused(folder(), { "one.lua", "--explain", "a/z" },
            "no rule is named 'a/z' (did you mean 'a/x'?); --list names them")
    refused(folder(), { "one.lua", "--explain", "nothing/like/it" },
            "no rule is named 'nothing/like/it'; --list")
  end)

  it("tell an error in the file all the same", function ()
    local path = folder()
    helper.write(path .. "/one.lua", "x = = 1")
    refused(path, { "one.lua", "--list" }, "one.lua:1:")
  end)
end)
