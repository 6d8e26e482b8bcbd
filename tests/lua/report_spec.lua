--- The report for people: what stands where, how it is wrapped, when it has
--- colours.

local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"


local function text(folder, ...)
  local status, out, err = helper.symrun({ ... }, folder)
  assert.equal("", err)
  return out, status
end


describe("the report", function ()
  it("is this", function ()
    local folder = tiny.folder "report"
    tiny.policy(folder, [[
      report.note(subject, "noted")
      report(subject, "an error"):hint("do %s", "this")
      report.warning(nil, "about no file")
      for member in subject:members():each() do
        report.unknown(member, "cannot tell")
      end]])
    local out, status = text(folder, "rule.lua", "libx.a")
    assert.equal([[
warning: mine/one
    about no file

note: mine/one: libx.a
    noted

error: mine/one: libx.a
    an error
    hint: do this

unknown: mine/one: libx.a(a.o)
    cannot tell

unknown: 1 error, 1 unknown, 1 warning, 1 note; 1 rule over 1 file, ]]
      .. "1 member and 0 symbols\n", out)
    assert.equal(2, status)
  end)

  it("counts in words that fit the number, with thousands", function ()
    local folder = tiny.folder "report"
    local words = {}
    for i = 1, 1234 do words[i] = "T f" .. i end
    helper.write(folder .. "/libx.a",
                 make.archive { { "a.o", table.concat(words, " ") },
                                { "b.o", "T g" } })
    tiny.policy(folder, [[
      report.warning(subject, "%d", #subject:defined())
      report.warning(subject, "two")]])
    local out, status = text(folder, "rule.lua", "libx.a")
    assert.equal("pass: 2 warnings; 1 rule over 1 file, 2 members and 1,235 "
                 .. "symbols", out:match "([^\n]*)\n$")
    assert.equal(0, status)
  end)

  it("wraps at 79 columns, and never within a word", function ()
    local folder = tiny.folder "report"
    tiny.policy(folder, [[
      report(subject, "%s %s", ("word "):rep(40), ("x"):rep(100))
        :hint("%s", ("ä "):rep(60))]])
    local out = text(folder, "rule.lua", "libx.a")
    local longest, widest = 0, 0
    for line in out:gmatch "[^\n]+" do
      if not line:find "xxx" then
        longest = math.max(longest, utf8.len(line))
      else
        widest = #line
        assert.equal("    " .. ("x"):rep(100), line)
      end
    end
    assert.equal(104, widest)
    assert.is_true(longest <= 79 and longest >= 75, longest)
    assert.equal(40, select(2, out:gsub("word", "")))
    assert.equal(60, select(2, out:gsub("ä", "")))
  end)

  it("shows names that a terminal would obey as text", function ()
    local folder = helper.folder "report"
    helper.write(folder .. "/x\27[2J.a",
                 make.archive { { "a\27[31mb.o", "T f\27]0;x\7" } })
    tiny.policy(folder, [[
      for name in subject:defined():each() do
        report(name, "%s %s %s", name, name:text(), subject:path())
          :hint("%s", name:member():name() .. "\n\xff\xc2\x9b")
      end]])
    local out, status = text(folder, "rule.lua", ".")
    assert.equal(1, status)
    assert.falsy(out:find "[^\n\32-\126]", out)
    assert.truthy(out:find("x\\x1b[2J.a(a\\x1b[31mb.o)", 1, true), out)
    assert.equal(2, select(2, out:gsub("f\\x1b%]0;x\\x07", "")))
    assert.truthy(out:find("\\xff", 1, true), out)
  end)

  it("names files as they were typed, and inputs when there are more",
     function ()
    local folder = tiny.folder "report"
    helper.must({ "mkdir", "-p", "one/deep", "two" }, folder)
    helper.must({ "cp", "libx.a", "one/deep" }, folder)
    helper.must({ "cp", "libx.a", "two" }, folder)
    tiny.policy(folder, "report(subject, 'told')")
    local function places(...)
      local out = {}
      for place in text(folder, "rule.lua", ...):gmatch "mine/one: ([^\n]*)" do
        out[#out + 1] = place
      end
      return out
    end
    assert.same({ "deep/libx.a" }, places "one")
    assert.same({ "one/deep/libx.a", "two/libx.a" }, places("one/", "two"))
    assert.same({ "two/libx.a" }, places "two/libx.a")
    assert.same({ "./two/libx.a", "one/deep/libx.a" },
                places("one", "./two/libx.a"))
  end)

  it("-q leaves the findings", function ()
    local folder = tiny.folder "report"
    tiny.policy(folder, "report(subject, 'told')")
    assert.equal("error: mine/one: libx.a\n    told\n\n",
                 text(folder, "-q", "rule.lua", "libx.a"))
    tiny.policy(folder, "")
    local out, status = text(folder, "--quiet", "rule.lua", "libx.a")
    assert.equal("", out)
    assert.equal(0, status)
  end)

  it("says at which offset something is damaged", function ()
    local folder = tiny.folder "report"
    local bytes = helper.read(folder .. "/libx.a")
    helper.write(folder .. "/libx.a", bytes:sub(1, -100))
    tiny.policy(folder, "report(subject, '%s', subject:defines 'f')")
    local out, status = text(folder, "rule.lua", "libx.a")
    assert.equal(2, status)
    assert.truthy(out:gsub("%s+", " "):find "%(ar_size at offset %d+%)", out)
  end)
end)


describe("colour", function ()
  local folder = tiny.folder "report"
  tiny.policy(folder, [[
    report(subject, "e") report.warning(subject, "w") report.note(subject, "n")
    report.unknown(subject, "u")]])

  -- The report on a terminal of its own, with an environment.
  local function on_terminal(environment, ...)
    local words = { "env", environment, helper.tool, "rule.lua", "libx.a", ... }
    return (select(2, helper.run({ "script", "-qec", helper.line(words),
                                   "/dev/null" }, folder)))
  end

  it("is for terminals", function ()
    assert.falsy(text(folder, "rule.lua", "libx.a"):find "\27")
    local out = on_terminal "NO_COLOR="
    assert.truthy(on_terminal("A=b"):find "\27%[31;1merror\27%[0m", out)
  end)

  it("is not for those who want none", function ()
    for _, out in ipairs { on_terminal "NO_COLOR=1",
                           on_terminal("A=b", "--color=never") } do
      assert.truthy(out:find("error: mine/one: libx.a", 1, true), out)
      assert.falsy(out:find("31;1m", 1, true))
    end
  end)

  it("always comes with --color always", function ()
    local out = text(folder, "rule.lua", "libx.a", "--color", "always")
    for _, start in ipairs { "31;1merror", "33;1mwarning", "36mnote",
                             "35;1munknown" } do
      assert.truthy(out:find("\n?\27%[" .. start .. "\27%[0m: mine/one"), out)
    end
    assert.truthy(on_terminal("NO_COLOR=1", "--color=always")
                  :find("31;1m", 1, true))
  end)

  it("is never in a file that --output writes", function ()
    text(folder, "rule.lua", "libx.a", "--color=always", "--output",
         "text=report.txt")
    local written = helper.read(folder .. "/report.txt")
    assert.falsy(written:find "\27")
    assert.truthy(written:find("error: mine/one: libx.a\n    e\n", 1, true))
  end)

  it("is auto, always or never", function ()
    local status, _, err = helper.symrun({ "rule.lua", "libx.a",
                                           "--color=red" }, folder)
    assert.equal(2, status)
    assert.equal("symrun: --color takes auto or always or never, not 'red'\n",
                 err)
  end)
end)
