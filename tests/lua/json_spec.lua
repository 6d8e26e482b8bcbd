--- --format json, schema 1: every field, bytes that are no text, and the same
--- bytes each time.

local dkjson = require "dkjson"
local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"


local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- The null that the decoder gives for null, so that it can be told from none.
local null = setmetatable({}, { __tostring = function () return "null" end })

local function plan(folder, ...)
  local status, out, err = helper.symrun({ "--format", "json", ... }, folder)
  assert.equal("", err)
  return assert(dkjson.decode(out, 1, null)), status, out
end

local fields = {}
fields.finding = { "file", "fingerprint", "hint", "input", "level", "link",
                   "member", "message", "rule", "slice", "state", "symbol",
                   "unknown" }
fields.edit = { "applied", "file", "member", "names", "op", "rule", "why" }


describe("json", function ()
  it("has the fields of its schema", function ()
    local folder = tiny.folder "json"
    tiny.policy(folder, [[
      for name in subject:defined "js_*":each() do
        report(name, "found %s", name):hint("hint"):fix(subject:reindex())
      end]])
    local p, status, out = plan(folder, "rule.lua", ".")
    assert.equal(1, status)
    assert.equal("\n", out:sub(-1))
    assert.same({ "checked", "edits", "findings", "schema", "tool",
                  "verdict" }, sorted_keys(p))
    assert.equal(1, p.schema)
    assert.same({ name = "symrun", version = "0.1.0" }, p.tool)
    assert.equal("fail", p.verdict)
    assert.same({ files = 2, members = 1, not_run = {}, rules = 1,
                  symbols = 3 }, p.checked)
    local f = p.findings[1]
    assert.equal(1, #p.findings)
    assert.same(fields.finding, sorted_keys(f))
    assert.same({ "mine/one", "error", "violated", ".", "libx.a", null,
                  { index = 1, name = "a.o" }, "js_a", null, null, "found js_a",
                  "hint" },
                { f.rule, f.level, f.state, f.input, f.file, f.slice, f.member,
                  f.symbol, f.link, f.unknown, f.message, f.hint })
    assert.truthy(f.fingerprint:find "^%x+$")
    assert.equal(1, #p.edits)
    assert.same(fields.edit, sorted_keys(p.edits[1]))
    assert.same({ rule = "mine/one", op = "reindex", file = "libx.a",
                  member = null, names = {}, applied = false,
                  why = "found js_a" }, p.edits[1])
    assert.truthy(out:find('"findings":%s*%['))
    assert.truthy(out:find('"not_run":%s*%[%s*%]'), out)
    assert.truthy(out:find('"names":%s*%[%s*%]'), out)
    assert.falsy(out:find(folder, 1, true))
  end)

  it("of a clean run has empty lists", function ()
    local folder = tiny.folder "json"
    tiny.policy(folder, "")
    local p, status, out = plan(folder, "rule.lua", "libx.a")
    assert.equal(0, status)
    assert.equal("pass", p.verdict)
    assert.truthy(out:find('"findings":%s*%[%s*%]'), out)
    assert.truthy(out:find('"edits":%s*%[%s*%]'), out)
  end)

  it("tells what is unknown, where and why", function ()
    local folder = tiny.folder "json"
    local bytes = helper.read(folder .. "/libx.a")
    helper.write(folder .. "/libx.a", bytes:sub(1, -100))
    tiny.policy(folder, [[
      report(subject, "%s", subject:defines "f"):fix(subject:reindex())]])
    local p, status = plan(folder, "rule.lua", "libx.a")
    assert.equal(2, status)
    assert.equal("unknown", p.verdict)
    assert.same({}, p.edits)
    local f = p.findings[#p.findings]
    assert.equal("unknown", f.state)
    assert.same(fields.finding, sorted_keys(f))
    assert.same({ "field", "offset", "reason" }, sorted_keys(f.unknown))
    assert.equal("ar_size", f.unknown.field)
    assert.equal("integer", math.type(f.unknown.offset))
    assert.equal(bytes:find("a.o/", 1, true) - 1, f.unknown.offset)
    assert.truthy(f.message:find(f.unknown.reason, 1, true))
  end)

  it("of a run with nothing to look at is unknown, without a file", function ()
    local folder = tiny.folder "json"
    tiny.policy(folder, "", " each = symrun.objects(),")
    local p, status = plan(folder, "rule.lua", ".")
    assert.equal(2, status)
    local f = p.findings[1]
    assert.same({ null, null, null, null, "unknown", "mine/one" },
                { f.file, f.input, f.member, f.symbol, f.state, f.rule })
    assert.same(fields.finding, sorted_keys(f))
    assert.equal(f.message, f.unknown.reason)
  end)

  it("has levels, and the verdict that --fail-on asks for", function ()
    local folder = tiny.folder "json"
    tiny.policy(folder, "report.warning(subject, 'w') report.note(nil, 'n')")
    local p, status = plan(folder, "rule.lua", "libx.a")
    assert.same({ "note", "warning" }, { p.findings[1].level,
                                         p.findings[2].level })
    assert.same({ "pass", 0 }, { p.verdict, status })
    p, status = plan(folder, "rule.lua", "libx.a", "--fail-on", "note")
    assert.same({ "fail", 1 }, { p.verdict, status })
    p, status = plan(folder, "rule.lua", "libx.a", "--fail-on=warning")
    assert.same({ "fail", 1 }, { p.verdict, status })
  end)

  it("is the same bytes each time", function ()
    local folder = tiny.folder "json"
    for i = 1, 9 do
      helper.write(("%s/lib%d.a"):format(folder, i), make.archive {
        { "a.o", "T b T a" }, { "a.o", "T c" } })
    end
    tiny.policy(folder, [[
      for member, names in subject:defined():by_member() do
        report(member, "%s", names):hint("x"):fix(subject:reindex())
      end]])
    local _, _, first = plan(folder, "rule.lua", ".")
    for _ = 1, 9 do
      assert.equal(first, (select(3, plan(folder, "rule.lua", "."))))
    end
  end)

  it("keeps fingerprints when the tree is named in another way", function ()
    local folder = tiny.folder "json"
    helper.must({ "mkdir", "p" }, folder)
    helper.must({ "cp", "libx.a", "p" }, folder)
    tiny.policy(folder, "report(subject, 'x')")
    local a = plan(folder, "rule.lua", "p").findings[1]
    local b = plan(folder, "rule.lua", folder .. "/p").findings[1]
    assert.equal(a.fingerprint, b.fingerprint)
    assert.equal("libx.a", b.file)
    assert.equal(folder .. "/p", b.input)
  end)
end)


describe("in json, bytes that are no text", function ()
  local folder = helper.folder "json"
  local bad, member = "js_\xff\\n\xc3(", "m\xfe\\.o"
  helper.write(folder .. "/libx\xe9\\.a", make.archive {
    { member, "T " .. bad }, { "good.o", "T js_\xc3\xa4\\x" } })
  tiny.policy(folder, [[
    for name in subject:defined():each() do
      report(name, "%s|", name:text()):hint("%s", name:text())
    end]])

  it("are written \\xHH, and the key is listed", function ()
    local p = plan(folder, "rule.lua", ".")
    local f = p.findings[1].member.index == 1 and p.findings[1] or p.findings[2]
    assert.equal("js_\\xff\\x5cn\\xc3(", f.symbol)
    assert.equal("js_\\xff\\x5cn\\xc3(|", f.message)
    assert.equal("js_\\xff\\x5cn\\xc3(", f.hint)
    assert.equal("libx\\xe9\\x5c.a", f.file)
    assert.same({ "file", "hint", "message", "symbol" },
                (function () table.sort(f.escaped) return f.escaped end)())
    assert.same({ index = 1, name = "m\\xfe\\x5c.o", escaped = { "name" } },
                f.member)
  end)

  it("and only they: text stays, with its backslashes", function ()
    local p = plan(folder, "rule.lua", ".")
    local f = p.findings[1].member.index == 2 and p.findings[1] or p.findings[2]
    assert.equal("js_\xc3\xa4\\x", f.symbol)
    assert.same({ index = 2, name = "good.o" }, f.member)
    assert.same({ "file" }, f.escaped)
  end)

  it("make valid JSON of quotes and control characters", function ()
    local other = helper.folder "json"
    helper.write(other .. "/x\"\n\t\1.a", make.archive { { "a\"b.o", "T f" } })
    tiny.policy(other, "report(subject:members():each()(), '\"\\n\\1\\127')")
    local p, _, out = plan(other, "rule.lua", ".")
    assert.equal("x\"\n\t\1.a", p.findings[1].file)
    assert.equal("a\"b.o", p.findings[1].member.name)
    assert.equal("\"\n\1\127", p.findings[1].message)
    assert.is_nil(p.findings[1].escaped)
    assert.falsy(out:find "[\1-\9\11-\31]")
  end)
end)


-- The encoder by itself, over a plan that no small file would give.
describe("the encoder", function ()
  local loaded = package.loaded["symrun.core"]  -- of which only this is asked
  package.loaded["symrun.core"] = { version = "0" }
  local text = require "symrun.json".text
  package.loaded["symrun.core"] = loaded

  local function one(finding, edit)
    for key, value in pairs { rule = "r", level = "error", message = "m",
                              fingerprint = "0" } do
      finding[key] = finding[key] or value
    end
    local out = text { verdict = "unknown", rules = 1, files = 2 ^ 53 | 0,
                       members = math.maxinteger, symbols = 0, not_run = {},
                       findings = { finding }, edits = { edit } }
    return out, assert(dkjson.decode(out))
  end

  it("is exact to 64 bits", function ()
    local out = one { unknown = true, offset = (1 << 53) + 1, field = "f" }
    assert.truthy(out:find("9007199254740993", 1, true), out)
    assert.truthy(out:find("9007199254740992", 1, true), out)
    assert.truthy(out:find("9223372036854775807", 1, true), out)
    out = one { unknown = true, offset = math.maxinteger - 1 }
    assert.truthy(out:find("9223372036854775806", 1, true), out)
  end)

  it("escapes names in edits", function ()
    local _, plan_of = one({}, { rule = "r", op = "localize", file = "f",
      member = "a.o", index = 2, names = { "ok", "\xff" }, why = "w\xfe" })
    local edit = plan_of.edits[1]
    assert.same({ "ok", "\\xff" }, edit.names)
    assert.equal("w\\xfe", edit.why)
    table.sort(edit.escaped)
    assert.same({ "names", "why" }, edit.escaped)
    assert.same({ index = 2, name = "a.o" }, edit.member)
  end)

  it("takes long strings of broken bytes in its stride", function ()
    local before = os.clock()
    local _, p = one { message = ("\xff"):rep(200000) }
    assert.equal(800000, #p.findings[1].message)
    assert.is_true(os.clock() - before < 2)
  end)
end)
