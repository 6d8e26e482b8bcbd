--- symrun test: specs of rules, what it says of wrong ones, and what it wants
--- of a spec.

local helper = require "helper"

local rules = [[
local symrun = require "symrun"
local given = symrun.parameters { word = { "js_*", "what must be there" } }
symrun.rule "mine/exports" {
  about = "every archive defines a js_* name", each = symrun.archives(),
  check = function (archive, report)
    if not archive:defines(given.word) then
      report(archive, "has no %s", given.word)
    end
  end,
}
]]

-- The word that makes a file a spec, apart from this file, which is none.
local top = ("local spec = require \"symrun.%s\"\n"):format "spec"

local told = [[{ "told", tree = { ["libx.a"] = { ["a.o"] = "T f" } },
                 plan = { "error mine/exports libx.a: has no js_*" } },]]
local silent = [[{ "silent", tree = { ["libx.a"] = { ["a.o"] = "T js_f" } } },]]

local function folder(...)
  local path = helper.folder "spec"
  helper.write(path .. "/rules.lua", rules)
  helper.write(path .. "/rules_spec.lua", ("%sreturn spec \"rules.lua\" {\n%s}")
               :format(top, table.concat({ ... }, "\n")))
  return path
end

-- Runs symrun test over a folder: the status, the output, the errors.
local function test(path, ...)
  return helper.symrun({ "test", ... }, path)
end

-- A spec with these cases must be told to be wrong, with all of `expected`.
local function wrong(cases, ...)
  local status, out = test(folder(table.unpack(cases)), ".")
  assert.equal(1, status)
  for _, expected in ipairs { ... } do
    assert.truthy(out:find(expected, 1, true), out)
  end
  return out
end


describe("symrun test", function ()
  it("runs specs, and counts them", function ()
    local status, out, err = test(folder(told, silent), "rules_spec.lua")
    assert.equal("2 cases of 1 rule file: all right\n", out)
    assert.equal("", err)
    assert.equal(0, status)
  end)

  it("finds them below folders, and here without words", function ()
    local path = folder(told, silent)
    assert.equal(0, (test(path)))
    assert.equal(0, (test(path, ".")))
    local status, out = test(helper.top, path)
    assert.equal(0, status)  -- the rules stand beside the spec
    assert.equal("2 cases of 1 rule file: all right\n", out)
  end)

  it("tells a wrong case with both plans", function ()
    local out = wrong({ told, silent, [[{ "other", tree = { ["libx.a"] =
      { ["a.o"] = "T f" } }, plan = { "error mine/exports libx.a: no",
      "note more" } },]] }, "./rules_spec.lua: other: the plan should say\n"
      .. "  error mine/exports libx.a: no\n  note more\nand says\n"
      .. "  error mine/exports libx.a: has no js_*\n", "3 cases of 1 rule "
      .. "file: 1 wrong\n")
    assert.equal(1, select(2, out:gsub("should say", "")))
  end)

  it("tells findings where there should be none, and the reverse", function ()
    wrong({ told, silent, [[{ "a", tree = { ["libx.a"] = { ["a.o"] = "T f" }
      } },]] }, "a: the plan should say\n  nothing\nand says\n  error mine/")
    wrong({ told, silent, [[{ "b", tree = { ["libx.a"] = { ["a.o"] = "T js_f" }
      }, plan = { "error mine/exports..." } },]] },
      "b: the plan should say\n  error mine/exports...\nand says\n  nothing\n")
  end)

  it("wants a case that is told and one that is not, for each rule", function ()
    wrong({ told }, "mine/exports: no case that must be silent")
    wrong({ silent }, "mine/exports: no case that must be told")
    local status, _, err = test(folder())
    assert.equal(2, status)
    assert.truthy(err:find("no case that must be told", 1, true), err)
  end)

  it("wants no misspelled field", function ()
    wrong({ told, silent, [[{ "c", tre = {} },]] },
          "c: it failed: a case has no field 'tre' (did you mean 'tree'?); the "
          .. "fields are define, edited, flavour, line, made, plan, rule, tree")
    wrong({ told, silent, "{ tree = {} }, 'text'," },
          "it failed: a case is a table that begins with a sentence")
    wrong({ told, silent, [[{ "d", tree = {}, rule = "mine/other" },]] },
          "d: it failed: there is no rule \"mine/other\"")
    wrong({ told, silent, [[{ "e", tree = {}, define = { wrd = "x" } },]] },
          "e: it failed: no rule file declares a parameter 'wrd'")
    wrong({ told, silent, [[{ "f", tree = { ["a.o"] = "Q x" } },]] },
          "f: it failed: \"Q\" is no letter of nm's")
  end)

  it("is status 2 when there is nothing to test", function ()
    local path = helper.folder "spec"
    for _, words in ipairs { {}, { "." } } do
      local status, out, err = test(path, table.unpack(words))
      assert.equal(2, status)
      assert.equal("", out)
      assert.equal("symrun: no specs of rules were found, so nothing was "
                   .. "tested\n", err)
    end
    assert.equal(2, (test(path, "gone")))
    assert.equal(2, (test(path, "gone_spec.lua")))
  end)

  it("leaves specs of other tools alone, and never runs them", function ()
    local path = folder(told, silent)
    helper.write(path .. "/other_spec.lua",
                 "io.open('ran', 'w'):close() describe('x', print)")
    local status, out = test(path)
    assert.equal("2 cases of 1 rule file: all right\n", out)
    assert.equal(0, status)
    assert.is_nil(io.open(path .. "/ran"))
  end)

  it("never passes over a spec that cannot be run", function ()
    for text, why in pairs {
      [top .. "x = = 1"] = "bad_spec.lua:2: unexpected symbol",
      [top .. "error 'bad'"] = "bad_spec.lua:2: bad",
      [top .. "return 7"] = "returns no spec",
      [top .. "return spec 'rules.lua'"] = "returns no spec",
      [top .. "return spec 'gone.lua' { { 'x' } }"] =
        "cannot read the rules gone.lua",
    } do
      local path = folder(told, silent)
      helper.write(path .. "/bad_spec.lua", text)
      local status, out = test(path)
      assert.equal(1, status)
      assert.truthy(out:find(why, 1, true), out)
      helper.must({ "rm", "rules_spec.lua" }, path)
      assert.is_not.equal(0, (test(path)))
    end
  end)
end)


describe("a case", function ()
  it("has archives, objects, bytes, and false indexes", function ()
    local status, out = test(folder(told, silent, [[
      { "listed members keep their order", tree = { ["a/libx.a"] =
          { { "z.o", "T f" }, { "a.o", "T g" } } },
        plan = { "error mine/exports a/libx.a: has no js_*" } },
      { "an object is no archive", tree = { ["x.o"] = "T f" },
        plan = { "unknown mine/exports: nothing was checked..." } },
      { "bytes", tree = { ["x.a"] = { bytes = "!<arch>\ntoo short" } },
        plan = { "unknown mine/exports x.a: the archive is cut short..." } },
      { "a member of bytes",
        tree = { ["x.a"] = { ["b"] = { bytes = "BC\xc0\xde" } } },
        plan = { "unknown mine/exports x.a(b): is LLVM bitcode..." } },
      { "a parameter", define = { word = "g" }, tree = { ["libx.a"] =
          { ["a.o"] = "T js_f" } },
        plan = { "error mine/exports libx.a: has no g" } },
      { "one rule", rule = "mine/exports", tree = { ["libx.a"] =
          { ["a.o"] = "T js_f", index = { { "none", 1 } } } } },]]))
    assert.equal("8 cases of 1 rule file: all right\n", out)
    assert.equal(0, status)
  end)

  it("may be a link line over its tree", function ()
    local path = helper.folder "spec"
    helper.write(path .. "/rules.lua", [[
      local symrun = require "symrun"
      symrun.rule "order" { about = "x stands first", each = symrun.links(),
        check = function (link, report)
          local first = link:archives()[1]
          if not first or first:path() ~= "libx.a" then
            report(first, "%s has %s first", link, first)
          end
        end }]])
    helper.write(path .. "/r_spec.lua", top .. [[
      local tree = { ["libx.a"] = { ["a.o"] = "T a" },
                     ["liby.a"] = { ["a.o"] = "T b" }, ["m.o"] = "T main" }
      return spec "rules.lua" {
        { "right", tree = tree, line = "cc m.o libx.a liby.a" },
        { "wrong", tree = tree, line = "cc -o app m.o liby.a libx.a",
          plan = { "error order liby.a: the link of app has liby.a first" } },
        { "unknown", line = "cc @words",
          plan = { "unknown order: the response file words is not there" } },
        { "in a file", line = "cc @words",
          tree = { ["libx.a"] = tree["libx.a"], ["liby.a"] = tree["liby.a"],
                   words = { bytes = "'libx.a'\nliby.a\n" } } },
      }]])
    local status, out = test(path)
    assert.equal("4 cases of 1 rule file: all right\n", out)
    assert.equal(0, status)
  end)
end)
