--- Law 1: what could not be read is not empty, and no rule can make it so.
--
-- Each archive here has one part that nobody can read, and each rule asks it
-- one question or tries to be rid of the answer.  What is looked at is what a
-- user sees: the exit status, and which file and member are named.

local helper = require "helper"
local law = require "law"
local make = require "make"

local object, gaps, rule, run = law.object, law.gaps, law.rule, law.run
local messages, names, each_gap = law.messages, law.names, law.each_gap
local a, b, bitcode, whole = law.a, law.b, law.bitcode, law.whole


-- == questions ===============================================================

local questions = {
  [[archive:defines "none"]],
  [[archive:wants "none"]],
  [[archive:defined "none":empty()]],
  [[archive:defined():has "none"]],
  [[archive:exported():has "none"]],
  [[#archive:defined() > 0]],
  [[archive:defined() == archive:defined()]],
  [[archive:defined "o*" <= archive:members "a.o":defined()]],
  [[archive:members "a.o":defined "o*" <= archive:defined "js_*"
    + archive:undefined "o*"]],
  [[("%s"):format(archive:defined())]],
  [[tostring(archive:undefined())]],
  [[(archive:defined "n*" + archive:members "a.o":defined "n*"):empty()]],
  [[(archive:members "a.o":defined() - archive:defined "o*"):has "other"
    or (archive:members "a.o":defined "j*" - archive:defined "j*"):empty()
    and (archive:defined "js_*" - archive:members "a.o":defined()):has "js_z"]],
  [[(archive:defined() * archive:defined "none"):empty()]],
  [[(function () for _ in archive:defined():each() do end end)()]],
  [[(function () for _ in archive:defined():by_member() do end end)()]],
  [[archive:members "[a-z]*":defines "none"]],
}

describe("a question that depends on what cannot be read", function ()
  each_gap(function (kind, bytes, member)
    it("has no answer: " .. kind, function ()
      for _, question in ipairs(questions) do
        local status, report = run({ ["lib.a"] = bytes }, rule(
          ("local answer = %s report(archive, 'told %%s', answer)")
          :format(question)))
        assert.equal(2, status, question)
        assert.equal("unknown", report.verdict)
        assert.same({ "unknown" }, messages(report), question)
        assert.is_true(names(report, "lib.a", member), question)
      end
    end)
  end)

  it("is answered where the archive is whole", function ()
    for _, question in ipairs(questions) do
      local status, report = run({ ["lib.a"] = whole }, rule(
        ("local answer = %s report(archive, 'told %%s', answer)")
        :format(question)))
      assert.equal(1, status, question)
      assert.equal(1, #report.findings)
      assert.truthy(report.findings[1].message:find "^told", question)
    end
  end)

  it("is answered where the part is not asked about", function ()
    for _, question in ipairs {
      [[archive:members "a.o":defines "none"]],
      [[#archive:members "?.o":defined() ~= 3]],
      [[tostring(archive:members "?.o":defined()) ~= "js_a, js_b and other"]],
      [[not archive:defines "js_a"]],
      [[not archive:defined():has "js_b"]],
      [[archive:defined "js_*":empty()]],
      [[not (archive:members "a.o":defined() <= archive:defined())]],
      [[archive:defined() <= archive:members "b.o":defined()]],
      [[archive:defined() == archive:members "b.o":defined()]],
      [[archive:defined() == archive:defined "js_*"]],
      [[(archive:defined() * archive:members "a.o":defined "j*"):has "x"]],
    } do
      for _, kind in ipairs { "text", "bitcode" } do
        local status, report = run({ ["lib.a"] = gaps[kind][1] },
          rule(("if %s then report(archive, 'wrong') end"):format(question)))
        assert.equal(0, status, question)
        assert.equal("pass", report.verdict)
      end
    end
  end)
end)


describe("findings and edits", function ()
  each_gap(function (kind, bytes, member)
    it("made before stay, later ones and edits do not: " .. kind, function ()
      local status, report = run({ ["lib.a"] = bytes }, rule [[
        report(archive, "before"):fix(archive:reindex())
        pcall(function ()
          if not archive:defines "none" then report(archive, "inside") end
        end)
        report(archive, "after"):hint("do"):fix(archive:reindex())]])
      assert.equal(2, status)
      assert.same({ "before", "unknown" }, messages(report))
      assert.same({}, report.edits)
      assert.is_true(names(report, "lib.a", member))
    end)
  end)

  it("of other evaluations stay", function ()
    local status, report = run({
      ["bad.a"] = gaps.text[1], ["good.a"] = whole,
    }, rule [[report(archive, "made"):fix(archive:reindex())
      archive:defines "none"]])
    assert.equal(2, status)
    assert.same({ "made", "unknown", "made" }, messages(report))
    assert.equal(1, #report.edits)
    assert.equal("good.a", report.edits[1].file)
  end)
end)


-- == ways to be rid of an answer =============================================

local catchers = {
  pcall = [[pcall(ask)]],
  xpcall = [[xpcall(ask, function () report(archive, "handled") end)]],
  coroutine = [[coroutine.resume(coroutine.create(ask))]],
  wrap = [[pcall(coroutine.wrap(function () pcall(ask) end))]],
  nested = [[pcall(pcall, function () xpcall(ask, tostring) end)]],
  ["while closing"] = [[pcall(function ()
    local guard <close> = setmetatable({}, { __close = function ()
      report(archive, "closed")
    end })
    ask()
  end)]],
  ["in closing"] = [[do
    local guard <close> = setmetatable({}, { __close = function ()
      pcall(ask)
    end })
  end]],
  ["a coroutine that is closed"] = [[
    local co = coroutine.create(function ()
      local guard <close> = setmetatable({}, { __close = ask })
      coroutine.yield()
    end)
    coroutine.resume(co)
    coroutine.close(co)]],
  ["an index"] = [[pcall(function ()
    return setmetatable({}, { __index = ask }).x
  end)]],
  ["a sort"] = [[pcall(table.sort, { 1, 2, 3 }, ask)]],
  ["a substitution"] = [[pcall(string.gsub, "x", ".", ask)]],
  ["a loop that is left"] = [[pcall(function ()
    for name in archive:defined():each() do report.note(name, "%s", name) end
    report(archive, "all")
  end)]],
}

describe("unknown cannot be taken back by", function ()
  for _, kind in ipairs { "text", "cut archive" } do
    local bytes, member = table.unpack(gaps[kind], 1, 2)
    for name, catcher in pairs(catchers) do
      it(name .. ": " .. kind, function ()
        local status, report = run({ ["lib.a"] = bytes }, rule([[
          local function ask ()
            if not archive:defines "none" then report(archive, "told") end
          end
          ]] .. catcher .. [[ report(archive, "after")]]))
        assert.equal(2, status)
        assert.is_true(names(report, "lib.a", member))
        for _, message in ipairs(messages(report)) do
          assert.truthy(message == "unknown" or message == "js_a"
            or message == "js_b" or message == "other", message)
        end
      end)
    end
  end

  it("a finalizer, which no rule can have", function ()
    for _, how in ipairs {
      [[setmetatable({}, { __gc = function () report(archive, "x") end })]],
      [[setmetatable({}, setmetatable({ __gc = true }, {}))]],
    } do
      local status, report = run({ ["lib.a"] = whole }, rule(how))
      assert.equal(2, status)
      assert.truthy(report.findings[1].message:find("finalizers", 1, true))
    end
  end)

  it("a set that is kept for another evaluation", function ()
    local status, report = run({
      ["bad.a"] = gaps.text[1], ["good.a"] = whole,
    }, rule [[
      kept.set = kept.set or archive:defined()
      if archive:path() == "good.a" then
        pcall(function ()
          if not kept.set:has "none" then report(archive, "told") end
        end)
      end]])
    assert.equal(2, status)
    assert.same({ "unknown" }, messages(report))
    assert.is_true(names(report, "bad.a", "notes.txt"))
  end)
end)


describe("a report that comes too late", function ()
  local late = {
    ["a report"] = [[kept.report(archive, "late")]],
    ["a note"] = [[kept.report.note(archive, "late")]],
    ["a doubt"] = [[kept.report.unknown(archive, "late")]],
    ["a hint"] = [[kept.finding:hint("late")]],
    ["an edit"] = [[kept.finding:fix(archive:reindex())]],
    ["a coroutine"] = [[kept.co()]],
  }
  for name, call in pairs(late) do
    it("is unknown: " .. name, function ()
      local status, report = run({ ["1.a"] = whole, ["2.a"] = whole }, rule([[
        if kept.report then pcall(function () ]] .. call .. [[ end) end
        kept.report = kept.report or report
        kept.finding = kept.finding or report.note(archive, "early")
        kept.co = kept.co or coroutine.wrap(function ()
          coroutine.yield()
          report(archive, "late")
        end)
        if archive:path() == "1.a" then kept.co() end]]))
      assert.equal(2, status)
      assert.same({ "early", "unknown" }, (function ()
        local out = messages(report)
        table.sort(out)
        return out
      end)())
      assert.same({}, report.edits)
    end)
  end

  it("is no trouble when it is not late", function ()
    local status = run({ ["1.a"] = whole, ["2.a"] = whole }, rule [[
      kept.last = report.note(archive, "one"):hint("two")]])
    assert.equal(0, status)
  end)
end)


-- == damage ==================================================================

describe("damage in a file that was looked at", function ()
  each_gap(function (kind, bytes, member)
    if not gaps[kind].damage then return end
    it("is told though the answer was decided: " .. kind, function ()
      for _, question in ipairs {
        [[archive:defines "js_a"]],
        [[archive:defined():has "js_a"]],
        [[not archive:defined "js_a":empty()]],
        [[pcall(function () return archive:defines "js_a" end)]],
        [[archive:defines "js_a" and archive:text_after "stamp=":empty()]],
      } do
        local status, report = run({ ["lib.a"] = bytes }, rule(
          ("if %s then report.note(archive, 'yes') end"):format(question)))
        assert.equal(2, status, question)
        assert.is_true(names(report, "lib.a", member), question)
      end
    end)
  end)

  it("is told by who only counts members", function ()
    for _, body in ipairs {
      [[assert(#archive:members() == 1)]],
      [[for _ in archive:members():each() do end]],
      [[assert(archive:members "none":empty())]],
      [[archive:members "a.o":defines "js_a"]],
      [[archive:text_after("stamp="):has "x"]],
    } do
      local status, report = run({ ["lib.a"] = gaps["cut archive"][1] },
                                 rule(body))
      assert.equal(2, status, body)
      assert.is_true(names(report, "lib.a"), body)
    end
  end)

  it("is not known to who did not look there", function ()
    assert.equal(0, (run({ ["lib.a"] = gaps["cut table"][1] },
      rule [[assert(archive:members "a.o":defines "js_a")]])))
  end)

  it("counts in each rule that looks, and in each selector", function ()
    local ask = [[
      symrun.rule "spec/%d" { about = "asks", each = symrun.archives(%s),
        check = function (archive) archive:defines "js_a" end }
    ]]
    local policy = 'local symrun = require "symrun"\n' .. ask:format(1, "'*.a'")
      .. ask:format(2, "") .. ask:format(3, "'**/lib*'")
    local status, report = run({ ["lib.a"] = gaps["cut table"][1] }, policy)
    assert.equal(2, status)
    assert.equal(3, #report.findings)
    for i, finding in ipairs(report.findings) do
      assert.equal("spec/" .. i, finding.rule)
      assert.equal("lib.a", finding.file)
      assert.equal("cut.o", finding.member.name)
    end
  end)

  it("drops the edits of the evaluation", function ()
    local status, report = run({ ["lib.a"] = gaps["cut table"][1] }, rule [[
      report(archive, "wrong"):fix(archive:reindex())
      archive:defines "js_a"]])
    assert.equal(2, status)
    assert.same({ "wrong", "unknown" }, messages(report))
    assert.same({}, report.edits)
  end)
end)


describe("what one member hides", function ()
  it("is not denied by a loop over members", function ()
    local status, report = run({ ["lib.a"] = gaps["cut table"][1] }, rule [[
      for member, names in archive:defined():by_member() do
        pcall(function ()
          if not names:has "js_lost" then
            report(member, "%s has not", member:name())
          end
        end)
      end]])
    assert.equal(2, status)
    assert.same({ "a.o has not", "unknown" }, messages(report))
  end)

  it("leaves what the loop is sure of", function ()
    local status, report = run({ ["lib.a"] = gaps.text[1] }, rule [[
      for member, names in archive:defined():by_member() do
        report(member, "%s", names)
      end]])
    assert.equal(2, status)
    assert.same({ "js_a and other", "unknown", "js_b" }, messages(report))
  end)

  it("cannot be edited in part", function ()
    local status, report = run({ ["lib.a"] = gaps.text[1] }, [[
local symrun = require "symrun"
symrun.rule "spec/edits" { about = "edits", each = symrun.archives "*.a",
  check = function (archive, report)
    local names = archive:defined "js_*"
    report(archive, "wrong"):fix({ op = "localize", subject = archive,
                                   names = names })
  end }]])
    assert.equal(2, status)
    assert.same({ "wrong", "unknown" }, messages(report))
    assert.same({}, report.edits)
  end)
end)


-- == what is a gap, and of what ==============================================

describe("no gap is", function ()
  it("an empty member, rustc's metadata, a table of the archive", function ()
    local bytes = make.ar { index = { { "js_a", 1 } },
      { "a.o", a }, { "empty.o", "" },
      { "lib.rmeta", "rust\0\0\0\9metadata" },
      { "a_name_of_more_than_sixteen_bytes.o", b },
    }
    local status, report = run({ ["lib.a"] = bytes }, rule [[
      assert(not archive:defines "none")
      assert(#archive:defined() == 3)
      assert(#archive:members() == 4)]])
    assert.same({}, report.findings)
    assert.equal(0, status)
    assert.equal(4, report.checked.members)
  end)

  it("an empty archive", function ()
    assert.equal(0, (run({ ["lib.a"] = "!<arch>\n" },
      rule [[assert(not archive:defines())]])))
  end)

  it("told by a name", function ()
    local bytes = make.ar { { "a.o", a }, { "lib.rmeta", "text\n" } }
    local status, report = run({ ["lib.a"] = bytes },
                               rule [[archive:defines "none"]])
    assert.equal(2, status)
    assert.is_true(names(report, "lib.a", "lib.rmeta"))
  end)
end)


describe("a gap", function ()
  it("of one view is none of another", function ()
    local folder = helper.folder "stripped"
    helper.write(folder .. "/s.c", "int there(void) { return 1; }")
    helper.must({ "gcc", "-shared", "-s", "-o", "s.so", "s.c" }, folder)
    local archive = make.ar { { "s.so", helper.read(folder .. "/s.so") } }
    local status, report = run({ ["lib.a"] = archive }, rule [[
      pcall(function () archive:defines("none") end)]])
    assert.equal(2, status)
    assert.is_true(names(report, "lib.a", "s.so"))
    status, report = run({ ["lib.a"] = archive }, [[
local symrun = require "symrun"
symrun.rule "spec/first" { about = "asks", each = symrun.archives "*.a",
  check = function (archive) pcall(archive.defines, archive, "x") end }
symrun.rule "spec/second" { about = "asks", each = symrun.archives "*.a",
  check = function (archive, report)
    if archive:defines("there", "dynamic")
       and not archive:defines("none", "dynamic") then
      report(archive, "lacks it")
    end
  end }]])
    assert.equal(2, status)
    assert.same({ "unknown", "lacks it" }, messages(report))
  end)

  it("is what text there is in bitcode", function ()
    local policy = rule [[
      local words = archive:text_after "stamp="
      assert(words:has "one")
      if not words:has "two" then report(archive, "none") end]]
    local with = make.ar { { "a", "..stamp=one\0" }, { "b", bitcode } }
    local status, report = run({ ["lib.a"] = with }, policy)
    assert.equal(2, status)
    assert.is_true(names(report, "lib.a", "b"))
    status = run({ ["lib.a"] = make.ar { { "a", "..stamp=one\0" } } }, policy)
    assert.equal(1, status)
  end)

  it("is an index that contradicts its archive", function ()
    local bytes = make.ar { index = { { "js_a", 1 }, { "js_x", 9 } },
                            { "a.o", a }, { "b.o", b } }
    local status, report = run({ ["lib.a"] = bytes },
      rule [[pcall(archive.defines, archive, "js_*", "index")]])
    assert.equal(2, status)
    assert.is_true(names(report, "lib.a"))
  end)

  it("is a file that its name says is something else", function ()
    for _, bytes in ipairs { "text\n", "", a, "!<arch", "\0" } do
      local status, report = run({ ["lib.a"] = bytes },
        rule [[report.note(archive, "seen")]])
      assert.equal(2, status)
      assert.is_true(names(report, "lib.a"))
    end
  end)

  it("outdoes findings, whatever fails the run", function ()
    for _, level in ipairs { "error", "warning", "note" } do
      assert.equal(2, (run({ ["lib.a"] = gaps.text[1] },
        rule [[report(archive, "wrong") archive:defines "none"]],
        "--fail-on", level)))
    end
  end)
end)


describe("an index", function ()
  it("is asked for the members that were named", function ()
    local bytes = make.ar { index = { { "js_a", 1 }, { "js_b", 2 },
      { "other", 1 } }, { "a.o", a }, { "b.o", b } }
    local status, report = run({ ["lib.a"] = bytes }, rule [[
      local function indexed(glob)
        return tostring(archive:members(glob):defined("*", "index"))
      end
      assert(indexed "a.o" == "js_a and other")
      assert(indexed "b.o" == "js_b")
      assert(indexed "c.o" == "no name")
      for m in archive:members "b.o":each() do
        assert(tostring(m:defined("*", "index")) == "js_b")
        assert(not m:defines("js_a", "index"))
      end]])
    assert.same({}, report.findings)
    assert.equal(0, status)
  end)

  -- The reader's buffer holds the index and then the members behind it.
  it("is read whole where members are many", function ()
    local t = { index = {} }
    for i = 1, 300 do
      local name = ("js_%03d_with_a_name_that_takes_room"):format(i)
      t[i] = { ("m%d.o"):format(i), object(name) }
      t.index[i] = { name, i }
    end
    local status, report = run({ ["lib.a"] = (make.ar(t)) }, rule [[
      local n = 0
      for name in archive:defined("*", "index"):each() do
        n = n + 1
        assert(name:text() == ("js_%03d_with_a_name_that_takes_room"):format(n))
        assert(name:member():name() == ("m%d.o"):format(n))
      end
      assert(n == 300)
      assert(archive:defined() == archive:defined("*", "index"))]])
    assert.same({}, report.findings)
    assert.equal(0, status)
  end)
end)
