--- scope:defined_strongly: what gives way to no other definition.

local helper = require "helper"
local tiny = require "tiny"
local make = require "symrun.make"

local ALL = "T f D d B b R r A a i indirect W w V v C c u unique t local U x"

-- What the sets of these expressions are, over an archive of such members.
local function says(body, members)
  local folder = helper.folder "strong"
  helper.write(folder .. "/libx.a", make.archive(members))
  tiny.policy(folder, body)
  local plan, status = tiny.plan(folder, { "rule.lua", "." })
  local out = {}
  for i, f in ipairs(plan.findings) do out[i] = f.message end
  return out, status
end


describe("defined_strongly", function ()
  it("has neither weak, nor common, nor unique, nor local names", function ()
    assert.same({ "a, b, d, f, indirect and r" },
      (says("report(subject, '%s', subject:defined_strongly())",
            { { "a.o", ALL } })))
    assert.same({ "r" }, (says(
      "report(subject, '%s', subject:defined_strongly '[rwx]*')",
      { { "a.o", ALL } })))
    assert.same({ "f" }, (says([[
      for member in subject:members "b*":each() do
        report(subject, "%s", member:defined_strongly())
      end]], { { "a.o", ALL }, { "b.o", "T f W g" } })))
  end)

  it("has a name that is strong in one place and weak in another", function ()
    assert.same({ "libx.a(b.o) f" }, (says([[
      for name in subject:defined_strongly():each() do
        report(subject, "%s(%s) %s", name:file(), name:member(), name)
      end]], { { "a.o", "W f" }, { "b.o", "T f" } })))
  end)

  it("has no names of COMDAT groups, in any view", function ()
    local folder = helper.folder "strong"
    helper.write(folder .. "/x.cc", "inline int once(int x) { return x; }"
      .. " int (*p)(int) = once; struct S { virtual int v(); };"
      .. " inline int S::v() { return 1; } S s;")
    helper.must({ "g++", "-flto", "-ffat-lto-objects", "-c", "x.cc" }, folder)
    helper.must({ "clang++", "-fembed-bitcode", "-c", "-o", "y.o", "x.cc" },
                folder)
    tiny.policy(folder, [[
      for _, view in ipairs { "native", subject:path() == "x.o" and "gcc-lto"
                              or "bitcode" } do
        report(subject, "%s of %s", subject:defined_strongly(nil, view),
               subject:defined("_Z4once*", view))
      end]], " each = symrun.objects(),")
    local plan = tiny.plan(folder, { "rule.lua", "x.o", "y.o" })
    assert.equal(4, #plan.findings)
    for _, f in ipairs(plan.findings) do
      assert.equal("p and s of _Z4oncei", f.message)
    end
  end)

  it("is unknown where what could not be read may be such a name", function ()
    local bytes = make.object "T f"
    local list, status = says("report(subject, '%s', "
      .. "subject:defined_strongly())",
      { { "a.o", bytes = bytes:sub(1, 200) }, { "b.o", "T g" } })
    assert.equal(2, status)
    assert.is_nil(list[1]:find "^g$")
    assert.equal(1, #list)
  end)

  it("is the same by one thread and by eight", function ()
    local folder = helper.folder "strong"
    for i = 1, 40 do
      helper.write(("%s/o%d.o"):format(folder, i),
                   make.object(("T s%d W w C c%d"):format(i, i)))
    end
    tiny.policy(folder, [[
      local n = 0
      for name in subject:defined_strongly():each() do
        n = n + 1
        if not name:text():find "^s" then report(name, "%s", name) end
      end
      report(subject, "%d", n)]], " each = symrun.tree,")
    local one = tiny.plan(folder, { "rule.lua", "." })
    local eight = tiny.plan(folder, { "-j", "8", "rule.lua", "." })
    assert.equal("40", one.findings[1].message)
    assert.equal(1, #one.findings)
    assert.same(one, eight)
  end)
end)
