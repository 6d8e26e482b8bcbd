--- The main job from end to end: rules, inputs, a verdict, an exit status.

local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"

local function archive(folder, name, words)
  return helper.write(folder .. "/" .. name, make.archive { { "a.o", words } })
end

-- A rule that wants js_* of every lib*.a.
local function folder()
  local path = helper.folder "check"
  tiny.policy(path, [[
    if not subject:defines "js_*" then report(subject, "has none") end]],
    " each = symrun.archives '**/lib*.a',")
  return path
end


describe("a check", function ()
  it("is 0 when rules hold", function ()
    local path = folder()
    archive(path, "libx.a", "T js_a")
    local status, out, err = helper.symrun({ "rule.lua", "." }, path)
    assert.equal(0, status)
    assert.equal("", err)
    assert.equal("pass: 1 rule over 1 file, 1 member and 1 symbol\n", out)
  end)

  it("is 1 when one does not", function ()
    local path = folder()
    archive(path, "libx.a", "T js_a")
    archive(path, "liby.a", "T f")
    local status, out = helper.symrun({ "rule.lua", "." }, path)
    assert.equal(1, status)
    assert.truthy(out:find("error: mine/one: liby.a\n    has none", 1, true))
    assert.falsy(out:find("libx.a", 1, true))
  end)

  it("is 2 when something is unknown, and that beats 1", function ()
    local path = folder()
    archive(path, "liby.a", "T f")
    archive(path, "libx.a", "T f")
    local bytes = helper.read(path .. "/libx.a")
    helper.write(path .. "/libx.a", bytes:sub(1, #bytes // 2))
    local status, out = helper.symrun({ "rule.lua", "." }, path)
    assert.equal(2, status)
    assert.truthy(out:find("unknown: mine/one: libx.a", 1, true), out)
    assert.truthy(out:find("error: mine/one: liby.a", 1, true), out)
    assert.truthy(out:find("\nunknown: 1 error, ", 1, true), out)
  end)

  it("has one status for every format", function ()
    for words, expected in pairs { ["T js_a"] = 0, ["T f"] = 1 } do
      local path = folder()
      archive(path, "libx.a", words)
      for _, format in ipairs { "text", "json" } do
        assert.equal(expected, (helper.symrun({ "rule.lua", ".", "--format",
                                                format }, path)))
      end
    end
  end)

  it("counts what --fail-on says", function ()
    local path = tiny.folder "check"
    for level, statuses in pairs { note = { 0, 0, 1 },
                                   warning = { 0, 1, 1 } } do
      tiny.policy(path, ("report.%s(subject, 'x')"):format(level))
      for i, least in ipairs { "error", "warning", "note" } do
        assert.equal(statuses[i], (helper.symrun({ "rule.lua", "libx.a",
                                                   "--fail-on", least }, path)))
      end
    end
  end)

  it("does not change what it looks at", function ()
    local path = tiny.folder "check"
    tiny.policy(path, "report(subject, 'x'):fix(subject:reindex())")
    local before = helper.must({ "sh", "-c", "ls -l --time-style=full-iso; "
                                 .. "cat libx.a | md5sum" }, path)
    local status, out = helper.symrun({ "rule.lua", "." }, path)
    assert.equal(1, status)
    assert.truthy(out:find("error: mine/one: libx.a", 1, true))
    assert.equal(before, helper.must({ "sh", "-c", "ls -l --time-style=full-iso"
                                       .. "; cat libx.a | md5sum" }, path))
  end)

  it("of a file that is named twice tells it once for each", function ()
    local path = folder()
    archive(path, "liby.a", "T f")
    local _, once = helper.symrun({ "rule.lua", "liby.a" }, path)
    assert.truthy(once:find "1 error;")
    local status = helper.symrun({ "rule.lua", "liby.a", "./liby.a" }, path)
    assert.equal(1, status)
  end)

  it("works from any folder", function ()
    local path = folder()
    archive(path, "liby.a", "T f")
    local _, here = helper.symrun({ "rule.lua", "." }, path)
    local status, there = helper.symrun({ path .. "/rule.lua", path }, "/")
    assert.equal(1, status)
    assert.truthy(there:find("error: mine/one: liby.a", 1, true), there)
    assert.equal(here, there)
  end)

  it("of the same input prints the same, 10 times", function ()
    local path = folder()
    for i = 1, 20 do archive(path, ("lib%d.a"):format(i), "T f") end
    local _, first = helper.symrun({ "rule.lua", "." }, path)
    assert.equal(20, select(2, first:gsub("has none", "")))
    for _ = 1, 10 do
      assert.equal(first, (select(2, helper.symrun({ "rule.lua", "." }, path))))
    end
  end)
end)
