--- What a rule can reach: enough to decide, nothing to act with, and nothing
--- that makes the same input give another output.

local helper = require "helper"
local tiny = require "tiny"


describe("the environment of a rule", function ()
  it("lacks what acts on the world or loads code", function ()
    local says, status = tiny.says [[
      local there = {}
      for _, name in ipairs { "io", "os", "debug", "load", "loadstring",
          "dofile", "loadfile", "package", "collectgarbage", "warn", "arg" } do
        if _G[name] ~= nil then there[#there + 1] = name end
      end
      for _, name in ipairs { "math.random", "math.randomseed",
                              "string.dump" } do
        local t, f = name:match "(.*)%.(.*)"
        if _G[t][f] ~= nil then there[#there + 1] = name end
      end
      if ("").dump then there[#there + 1] = '("").dump' end
      report(subject, "there: %s", table.concat(there, " "))]]
    assert.same({ "there: " }, says)
    assert.equal(1, status)
  end)

  it("has the plain library, with coroutines", function ()
    local says = tiny.says [[
      local turn = coroutine.wrap(function (n)
        while true do n = coroutine.yield(n * 2) end
      end)
      local there = { string.rep("a", 2), table.concat({ 1, 2 }, ","),
        math.max(1, 2), utf8.char(228), turn(4), turn(5), select("#", 1, 2),
        tostring(pcall(error)), type(next), _VERSION, rawlen { 1 } }
      report(subject, "%s", table.concat(there, " "))]]
    assert.same({ "aa 1,2 2 ä 8 10 2 false function Lua 5.4 1" }, says)
  end)

  it("cannot require what is not symrun or a file beside it", function ()
    for _, name in ipairs { "io", "os", "lpeg", "symrun.core", "symrun.run",
                            "dkjson", "../up", "/etc/passwd", "a/b" } do
      local folder = tiny.folder "sandbox"
      tiny.policy(folder, "", nil, ("require %q"):format(name))
      local status, out, err = helper.symrun({ "rule.lua", "." }, folder)
      assert.equal(2, status)
      assert.equal("", out)
      assert.truthy(err:find("rule.lua:2: module", 1, true), err)
    end
  end)

  it("keeps the metatable of strings", function ()
    local says, status = tiny.says [[
      local meta = getmetatable ""
      local ok = pcall(setmetatable, "", {})
      report(subject, "%s %s %s", meta, ok, ("x"):rep(2))]]
    assert.same({ "false false xx" }, says)
    assert.equal(1, status)
  end)

  it("keeps to itself what a file does to its libraries", function ()
    local folder = tiny.folder "sandbox"
    tiny.policy(folder, "report(subject, '%s %s %s', string.rep, table.mine, "
      .. "symrun.tree.kind)", nil, [[
      string.rep = "changed"; table.mine = "changed"
      rawset(symrun.tree, "kind", "changed"); mine = 1]], "a.lua")
    helper.write(folder .. "/b.lua", [[
      local symrun = require "symrun"
      symrun.rule "b" { about = "b", each = symrun.archives(),
        check = function (a, report)
          report(a, "%s %s %s %s", string.rep("b", 2), table.mine, _G.mine,
                 rawget(symrun.tree, "kind"))
        end }]])
    local plan = tiny.plan(folder, { "a.lua", "b.lua", "." })
    assert.equal("changed changed changed", plan.findings[1].message)
    assert.equal("bb nil nil tree", plan.findings[2].message)
  end)

  it("locks what policies share", function ()
    local says = tiny.says [[
      local finding = report(subject, "%s %s", getmetatable(subject),
                             getmetatable(symrun.archives()))
      finding:hint("%s", getmetatable(finding))
      report(subject, "%s %s %s", getmetatable(report),
             pcall(setmetatable, finding, {}))]]
    assert.same({ "false false",
                  "false false cannot change a protected metatable" }, says)
    says = tiny.says "for _ in pairs(nil) do end"
    assert.equal("the rule itself failed on libx.a: rule.lua:7: bad argument "
                 .. "#1 to 'pairs' (table expected, got nil)", says[1])
  end)

  it("prints to standard error", function ()
    local folder = tiny.folder "sandbox"
    tiny.policy(folder, 'print("aside", 1, nil, {})')
    local status, out, err = helper.symrun({ "-q", "rule.lua", "." }, folder)
    assert.equal(0, status)
    assert.equal("", out)
    assert.equal("aside\t1\tnil\ttable\n", err)
  end)
end)


describe("the same input gives the same output", function ()
  it("through pairs and next, 20 times", function ()
    local folder = tiny.folder "sandbox"
    tiny.policy(folder, [[
      local t = {}
      for i = 1, 40 do t["k" .. i * 7 % 41] = i end
      for i = 9, 1, -1 do t[i * 1.5] = i end
      t[true], t[false] = 1, 0
      local through, stepped = {}, {}
      for key in pairs(t) do through[#through + 1] = tostring(key) end
      for key in next, t do stepped[#stepped + 1] = tostring(key) end
      report(subject, "%s", table.concat(through, " "))
      report(subject, "%s", #stepped)
      report(subject, "%s", table.concat(through) == table.concat(stepped))]])
    local _, first = helper.symrun({ "rule.lua", "." }, folder)
    assert.truthy(first:find("false true 1.5 3 4.5", 1, true), first)
    assert.truthy(first:find("\n    51\n", 1, true), first)
    assert.truthy(first:find("\n    true\n", 1, true), first)
    for _ = 1, 20 do
      local _, again = helper.symrun({ "rule.lua", "." }, folder)
      assert.equal(first, again)
    end
  end)

  it("and a key without an order is an error, not a surprise", function ()
    local says, status = tiny.says [[
      for _ in pairs { [{}] = 1, [{}] = 2 } do end]]
    assert.equal(2, status)
    assert.truthy(says[1]:find("rule.lua:7: pairs and next want keys", 1, true),
                  says[1])
    assert.same({ "one" }, (tiny.says [[
      for _ in pairs { [{}] = 1 } do report(subject, "one") end]]))
  end)

  it("without addresses", function ()
    local says, status = tiny.says [[
      local word = "%s"
      report(subject, "%s %s %s", {}, print, coroutine.create(print))
      report(subject, word:format {} .. tostring {})
      report(subject, "100%% %5.1f %-3d|", 1.25, 7)
      error({})]]
    assert.same({ "the rule itself failed on libx.a: the error is a table, not "
      .. "a sentence", "table function thread", "tabletable",
      "100%   1.2 7  |" }, says)
    assert.equal(2, status)
    local failed = tiny.says [[report(subject, ("%p"):format {})]]
    assert.truthy(failed[1]:find("rule.lua:7: %p prints an address", 1, true),
                  failed[1])
  end)
end)
