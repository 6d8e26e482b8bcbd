--- Law 1: what could not be read is not empty, and no rule can make it so.
--
-- Each archive here has one part that nobody can read, and each rule asks it
-- one question or tries to be rid of the answer.  What is looked at is what a
-- user sees: the exit status, and which file and member are named.

local helper = require "helper"
local json = require "dkjson"
local make = require "make"


local function object(...)
  local symbols = {}
  for i, name in ipairs { ... } do
    symbols[i] = { name = name, section = ".text", bind = "global" }
  end
  return (make.elf { symbols = symbols })
end


-- An object whose second symbol has a name beyond the table of names.
local function damaged(name)
  return (make.elf { symbols = {
    { name = name, section = ".text" },
    { name = "js_lost", section = ".text", st_name = 0x7fffffff },
  } })
end


local a, b = object("js_a", "other"), object "js_b"
local bitcode = "BC\xc0\xde" .. ("\0"):rep(60)
local whole = make.ar { { "a.o", a }, { "b.o", b } }

local gaps = {
  text = { make.ar { { "a.o", a }, { "notes.txt", "hello\n" }, { "b.o", b } },
           "notes.txt" },
  bitcode = { make.ar { { "a.o", a }, { "bit.o", bitcode }, { "b.o", b } },
              "bit.o" },
  ["cut table"] = { make.ar { { "a.o", a }, { "cut.o", damaged "js_c" },
                              { "b.o", b } }, "cut.o", damage = true },
  ["cut archive"] = { whole:sub(1, -20), nil, damage = true },
}


local function rule(body, glob)
  return ([[
local symrun = require "symrun"
local kept = {}
symrun.rule "spec/asks" { about = "asks", each = symrun.archives "%s",
  check = function (archive, report)
    %s
  end }
]]):format(glob or "**/*.a", body)
end


-- Run a policy over files (name -> bytes); gives the status and the report.
local function run(files, policy, ...)
  local folder = helper.folder "law"
  helper.must({ "mkdir", "tree" }, folder)
  for name, bytes in pairs(files) do
    helper.write(folder .. "/tree/" .. name, bytes)
  end
  helper.write(folder .. "/policy.lua", policy)
  local status, out, err = helper.symrun({ "--format", "json", "policy.lua",
    "tree", ... }, folder)
  local report = json.decode(out)
  assert(report, out .. err)
  return status, report, err
end


local function messages(report)
  local out = {}
  for i, f in ipairs(report.findings) do
    out[i] = f.state == "unknown" and "unknown" or f.message
  end
  return out
end


-- The report has an unknown about this file and member.
local function names(report, file, member)
  for _, f in ipairs(report.findings) do
    if f.state == "unknown" and f.file == file
       and (f.member and f.member.name) == member then
      return true
    end
  end
  return false
end


local function each_gap(f)
  for _, kind in ipairs { "text", "bitcode", "cut table", "cut archive" } do
    f(kind, table.unpack(gaps[kind], 1, 2))
  end
end


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
    local status, report = run({ ["lib.a"] = whole }, rule [[
      pcall(function () archive:defines("none", "gcc-lto") end)]])
    assert.equal(2, status)
    assert.is_true(names(report, "lib.a", "a.o"))
    status, report = run({ ["lib.a"] = whole }, [[
local symrun = require "symrun"
symrun.rule "spec/first" { about = "asks", each = symrun.archives "*.a",
  check = function (archive) pcall(archive.defines, archive, "x", "gcc-lto")
end }
symrun.rule "spec/second" { about = "asks", each = symrun.archives "*.a",
  check = function (archive, report)
    if not archive:defines "none" then report(archive, "lacks it") end
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


-- == digests, lists and places =================================================

describe("a digest of what cannot be read", function ()
  local thin = make.ar { thin = true, { "gone.o", a } }

  it("is unknown of a member", function ()
    for _, body in ipairs {
      [[for m in archive:members():each() do pcall(m.digest, m) end]],
      [[for m in archive:members():each() do
          if m:digest() ~= "" then report(m, "told") end
        end]],
    } do
      local status, report = run({ ["lib.a"] = thin }, rule(body))
      assert.equal(2, status)
      assert.same({ "unknown" }, messages(report))
      assert.is_true(names(report, "lib.a", "gone.o"))
    end
  end)

  it("is unknown of a file", function ()
    for _, bytes in ipairs { "\x7fELF", a:sub(1, 40) } do
      local status, report = run({ ["x.o"] = bytes }, [[
local symrun = require "symrun"
symrun.rule "spec/digest" { about = "asks", each = symrun.files "*.o",
  check = function (file, report)
    pcall(function () report(file, "is %s", file:digest()) end)
  end }]])
      assert.equal(2, status)
      assert.same({ "unknown" }, messages(report))
      assert.is_true(names(report, "x.o"))
    end
  end)
end)


describe("an archive that is cut", function ()
  local cut = gaps["cut archive"][1]

  it("is told by a rule that stops at its first member", function ()
    for _, body in ipairs {
      [[for _ in archive:members():each() do break end]],
      [[assert(not archive:members "a*":empty())]],
      [[archive:members()]],
    } do
      local status, report = run({ ["lib.a"] = cut }, rule(body))
      assert.equal(2, status, body)
      assert.is_true(names(report, "lib.a"), body)
    end
  end)

  it("has no number of members, and no last one", function ()
    for _, body in ipairs {
      [[if #archive:members() < 9 then report(archive, "few") end]],
      [[for _ in archive:members():each() do end report(archive, "all")]],
      [[if archive:members "z*":empty() then report(archive, "none") end]],
      [[pcall(function () if #archive:members() < 9 then
          report(archive, "few") end end)]],
    } do
      local status, report = run({ ["lib.a"] = cut }, rule(body))
      assert.equal(2, status, body)
      assert.same({ "unknown" }, messages(report), body)
    end
  end)
end)


describe("places", function ()
  local bytes = gaps.bitcode[1]

  it("that may not be all make the evaluation unknown", function ()
    for _, set in ipairs {
      [[archive:defined()]],
      [[archive:defined "js_*"]],
      [[archive:defined() * archive:members "a.o":defined()]],
      [[archive:defined() + archive:members "a.o":defined()]],
      [[archive:defined() - archive:members "b.o":defined()]],
    } do
      local status, report = run({ ["lib.a"] = bytes }, rule(([[
        local set = %s
        pcall(function ()
          if #set:places "js_a" > 1 then report(archive, "twice") end
        end)]]):format(set)))
      assert.equal(2, status, set)
      assert.same({ "unknown" }, messages(report), set)
      assert.is_true(names(report, "lib.a", "bit.o"), set)
    end
  end)

  it("that are all are given", function ()
    for _, set in ipairs {
      [[archive:members "?.o":defined()]],
      [[archive:defined "o*"]],
      [[archive:members "a.o":defined() * archive:defined()]],
    } do
      assert.equal(0, (run({ ["lib.a"] = bytes },
        rule(("assert(#(%s):places 'js_a' < 2)"):format(set)))), set)
    end
  end)

  it("of a member's names are not denied after '*'", function ()
    local status, report = run({ ["lib.a"] = gaps["cut table"][1] }, rule [[
      local known = archive:members "[ab].o":defined()
      pcall(function ()
        for m, names in (archive:defined() * known):by_member() do
          report.note(m, "%s", names)
        end
        report(archive, "all")
      end)]])
    assert.equal(2, status)
    for _, message in ipairs(messages(report)) do
      assert.are_not.equal("all", message)
    end
  end)
end)


describe("a symbol of a binding that nobody knows", function ()
  local odd = make.elf { symbols = {
    { name = "js_a", section = ".text", bind = 7 },
    { name = "js_b", section = ".text", bind = "global" },
  } }

  it("is named where an answer depends on it", function ()
    local status, report = run({ ["lib.a"] = make.ar { { "odd.o", odd } } },
      rule [[pcall(function ()
        if not archive:defines "js_a" then report(archive, "lacks") end
      end)]])
    assert.equal(2, status)
    assert.equal(1, #report.findings)
    local f = report.findings[1]
    assert.equal("odd.o", f.member.name)
    assert.equal("st_info", f.unknown.field)
    assert.truthy(f.message:find("js_a", 1, true), f.message)
  end)

  it("leaves other names as they are", function ()
    assert.equal(0, (run({ ["lib.a"] = make.ar { { "odd.o", odd } } },
      rule [[
        pcall(archive.defines, archive, "none")
        assert(archive:defines "js_b" and not archive:defines "none")
        assert(archive:defined "js_b" == archive:defined "js_b")]])))
  end)
end)


describe("text", function ()
  it("is not cut where a look at it ends", function ()
    local function with(length, left)
      local word = ("x"):rep(length)
      return make.ar { { "t", ("\0"):rep((1 << 20) - left) .. "stamp=" .. word
                         .. ("\0"):rep(9000) } }, word
    end
    for _, case in ipairs { { 5000, 4200, 2 }, { 4000, 4200, 0 },
                            { 4000, 3000, 0 }, { 6000, 6006, 2 } } do
      local bytes, word = with(case[1], case[2])
      local status, report = run({ ["lib.a"] = bytes }, rule(([[
        local words = archive:text_after "stamp="
        assert(words:has(("x"):rep(%d)))]]):format(#word)))
      assert.equal(case[3], status, case[1] .. " " .. case[2])
      if status == 2 then assert.is_true(names(report, "lib.a", "t")) end
    end
  end)
end)


describe("a question about the tree", function ()
  local policy = [[
local symrun = require "symrun"
symrun.rule "spec/tree" { about = "asks", each = symrun.tree,
  check = function (tree, report)
    pcall(function ()
      if not tree:defines "none" then report(tree, "lacks it") end
    end)
  end }]]

  local function with(line)
    local folder = helper.folder "law"
    helper.must({ "mkdir", "tree" }, folder)
    helper.write(folder .. "/policy.lua", policy)
    helper.write(folder .. "/tree/a.o", a)
    helper.write(folder .. "/outside.o", b)
    helper.must({ "sh", "-c", line }, folder .. "/tree")
    local status, out = helper.symrun({ "--format", "json", "policy.lua",
                                        "tree" }, folder)
    return status, json.decode(out)
  end

  for name, line in pairs {
    ["a linker script"] = "echo 'GROUP ( /lib/libc.so.6 )' >x.so",
    ["a .tbd"] = "echo '--- !tapi-tbd' >x.so",
    ["a dangling link"] = "ln -s none x.so",
    ["a link to outside"] = "ln -s ../outside.o x.so",
  } do
    it("has no answer beside " .. name, function ()
      local status, report = with(line)
      assert.equal(2, status)
      assert.equal(1, #report.findings)
      assert.is_true(names(report, "x.so"))
      assert.truthy(report.findings[1].hint:find("--exclude 'x.so'", 1, true))
    end)
  end

  it("passes by what no linker reads", function ()
    local status, report = with [[echo text >x.txt && mkfifo fifo &&
      ln -s . self && ln -s fifo tofifo && ln -s "$PWD/a.o" absolute.o]]
    assert.same({ "lacks it" }, messages(report))
    assert.equal(1, status)
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
