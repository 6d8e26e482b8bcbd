--- A run: what happens when a rule fails, when it finds nothing to look at,
--- and what is told of it.

local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"


local function rules(folder, text)
  return helper.write(folder .. "/rule.lua",
                      "local symrun = require 'symrun'\n" .. text)
end


describe("a rule that fails itself", function ()
  it("is unknown, with its own line and the lines that led to it", function ()
    local folder = tiny.folder "run"
    helper.write(folder .. "/deep.lua", [[
      return function (x) local y = x.gone.further
        return y end]])
    rules(folder, [[
      local deep = require "deep"
      local function inner(a)
        local y = deep(a)
        return y
      end
      symrun.rule "r" { about = "a", each = symrun.archives(),
        check = function (a) local z = inner {} or a; return z end }]])
    local plan, status = tiny.plan(folder, { "rule.lua", "libx.a" })
    assert.equal(2, status)
    local f = plan.findings[1]
    assert.equal(1, #plan.findings)
    assert.equal("unknown", plan.verdict)
    assert.equal("unknown", f.state)
    assert.equal("the rule itself failed on libx.a: deep.lua:1: attempt to "
      .. "index a nil value (field 'gone')", f.message)
    assert.equal("called from deep.lua:1, rule.lua:4, rule.lua:8", f.hint)
  end)

  it("does not keep others, or other subjects, from being checked", function ()
    local folder = tiny.folder "run"
    helper.write(folder .. "/liby.a", make.archive { { "b.o", "T y" } })
    rules(folder, [[
      symrun.rule "fails" { about = "a", each = symrun.archives(),
        check = function (a, report)
          if a:path() == "libx.a" then error("on purpose", 0) end
          report(a, "is told")
        end }
      symrun.rule "tells" { about = "a", each = symrun.archives(),
        check = function (a, report) report(a, "told") end }]])
    local plan, status = tiny.plan(folder, { "rule.lua", "." })
    local told = {}
    for i, f in ipairs(plan.findings) do
      told[i] = f.rule .. " " .. f.state .. " " .. f.message
    end
    assert.same({ "fails unknown the rule itself failed on libx.a: on purpose",
                  "fails violated is told", "tells violated told",
                  "tells violated told" }, told)
    assert.equal(2, status)
  end)

  it("keeps what it found before", function ()
    local says, status = tiny.says "report(subject, 'found'); error 'late'"
    table.sort(says)
    assert.same({ "found", "the rule itself failed on libx.a: rule.lua:7: "
                           .. "late" }, says)
    assert.equal(2, status)
  end)

  it("is told at the line that reports badly", function ()
    for body, message in pairs {
      ["report(subject)"] = "a sentence is expected, not a nil",
      ["report.warning(subject, {})"] = "a sentence is expected, not a table",
      ["report(subject, '%d', 'x')"] =
        "bad argument #2 to ",
      ["report(subject, 'x'):hint('%d')"] =
        "bad argument #2 to ",
      ["report(subject, 'x'):fix('y')"] =
        "an edit is expected, such as archive:reindex()",
    } do
      local says, status = tiny.says(body)
      assert.equal(2, status)
      assert.truthy(table.concat(says, "\n"):find("rule.lua:7: " .. message, 1,
                                                  true), says[1])
    end
  end)

  it("in if_unknown is told like any other", function ()
    for advice, message in pairs {
      ["error 'no advice'"] =
        "the rule itself failed in if_unknown: rule.lua:5: no advice",
      ["return {}"] =
        "the rule itself failed: if_unknown gives a table, not a sentence",
    } do
      local says, status = tiny.says("report(subject, 'told')", ([[
        each = symrun.archives(),
        if_unknown = function () %s end,]]):format(advice))
      assert.equal(2, status)
      table.sort(says)
      assert.same({ message, "told" }, says)
    end
  end)
end)


describe("if_unknown", function ()
  it("is the hint of what cannot be read, and of nothing else", function ()
    local folder = tiny.folder "run"
    local bytes = helper.read(folder .. "/libx.a")
    helper.write(folder .. "/liby.a", bytes:sub(1, -40))
    tiny.policy(folder, "report(subject, 'told %s', subject:defines 'f')", [[
      each = symrun.archives(),
      if_unknown = function (a) return "build " .. a:path() .. " again" end,]])
    local plan, status = tiny.plan(folder, { "rule.lua", "." })
    assert.equal(2, status)
    for _, f in ipairs(plan.findings) do
      if f.state == "unknown" then
        assert.equal("liby.a", f.file)
        assert.equal("build liby.a again", f.hint)
      else
        assert.is_nil(f.hint)
      end
    end
    assert.is_true(#plan.findings >= 2)
  end)
end)


describe("a rule that finds nothing to look at", function ()
  it("is unknown, unless it may be empty", function ()
    local folder = tiny.folder "run"
    local text = [[
      symrun.rule "none" { about = "a", each = symrun.objects(), %s
        check = function () end }
      symrun.rule "some" { about = "a", each = symrun.archives(),
        check = function () end }]]
    rules(folder, text:format "")
    local plan, status = tiny.plan(folder, { "rule.lua", "." })
    assert.equal(2, status)
    assert.equal("nothing was checked: there is no object",
                 plan.findings[1].message)
    rules(folder, text:format "may_be_empty = true,")
    plan, status = tiny.plan(folder, { "rule.lua", "." })
    assert.equal(0, status)
    assert.same({}, plan.findings)
    assert.same({ "none" }, plan.checked.not_run)
    assert.equal(1, plan.checked.rules)
  end)

  it("is unknown all the same when no rule found anything", function ()
    local folder = tiny.folder "run"
    rules(folder, [[
      symrun.rule "none" { about = "a", each = symrun.objects(),
        may_be_empty = true, check = function () end }]])
    local plan, status = tiny.plan(folder, { "rule.lua", "." })
    assert.equal(2, status)
    assert.equal("nothing was checked: no rule found anything to look at",
                 plan.findings[1].message)
    helper.must({ "mkdir", "empty" }, folder)
    assert.equal(2, (helper.symrun({ "rule.lua", "empty" }, folder)))
  end)
end)


describe("a link rule without a line", function ()
  local folder = tiny.folder "run"
  rules(folder, [[
    symrun.rule "of/links" { about = "a", each = symrun.links(),
      check = function (link, report) report(link, "%s", link:output()) end }
    symrun.rule "of/archives" { about = "a", each = symrun.archives(),
      check = function () end }]])

  it("is not run, and that is told", function ()
    local plan, status = tiny.plan(folder, { "rule.lua", "." })
    assert.equal(0, status)
    assert.same({ "of/links" }, plan.checked.not_run)
    assert.equal(1, plan.checked.rules)
    local _, out = helper.symrun({ "rule.lua", "." }, folder)
    assert.truthy(out:find("\nnot run: of/links: there is no link line\n", 1,
                           true) or out:find("^not run: of/links: "), out)
  end)

  it("is not run either when a pattern takes it beside others", function ()
    local plan, status = tiny.plan(folder, { "rule.lua", ".", "--select",
                                             "of/*" })
    assert.equal(0, status)
    assert.same({ "of/links" }, plan.checked.not_run)
  end)

  it("is unknown when it was selected by name", function ()
    local plan, status = tiny.plan(folder, { "rule.lua", ".", "--select",
                                             "of/links" })
    assert.equal(2, status)
    assert.equal("nothing was checked: there is no link line",
                 plan.findings[1].message)
    assert.same({}, plan.checked.not_run)
  end)

  it("is unknown when nothing else ran", function ()
    local _, status = tiny.plan(folder, { "rule.lua", ".", "--select",
                                          "*links" })
    assert.equal(2, status)
  end)

  it("is run with one, and may report about it", function ()
    local plan, status = tiny.plan(folder, { "rule.lua", "--", "cc", "-o",
                                             "app", "libx.a" })
    assert.equal(1, status)
    assert.equal("app", plan.findings[1].message)
    assert.same({}, plan.checked.not_run)
  end)
end)
