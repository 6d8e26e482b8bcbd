--- Rules about files, over what a line links: no archive on the line may be
--- left out, and what cannot be told is not passed over.

local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"

local folder = helper.folder "line-tree"
helper.must({ "mkdir", "bad", "sub" }, folder)
helper.write(folder .. "/bad/libbad.a", make.archive { { "b.o", "T js_x" } })
helper.write(folder .. "/libfoo.a", make.archive { { "f.o", "T f" } })
helper.write(folder .. "/sub/libsub.a", make.archive { { "s.o", "T js_s" } })
helper.write(folder .. "/libq.so", "INPUT ( bad/libbad.a )\n")
helper.write(folder .. "/search.ld", "SEARCH_DIR(sub)\n")
helper.cc(folder, "a", "int main(void) { return 0; }")

local rules = tiny.policy(folder, [[
  if subject:defines "js_*" then report(subject, "defines js_*") end]],
  " each = symrun.archives '**/*.a',")

-- What the rule says of a line: the messages, and the status.
local function says(line, other)
  local words = { other or rules, "--" }
  for word in line:gmatch "%S+" do words[#words + 1] = word end
  local plan, status = tiny.plan(folder, words)
  local out = {}
  for i, f in ipairs(plan.findings) do out[i] = f.message end
  return table.concat(out, "; "), status
end

-- The same, standing in for the linker.
local function stands_in(...)
  local status, _, err = helper.symrun({ "ld", "--rules", rules, ... }, folder)
  return err, status
end


describe("a rule about archives", function ()
  it("sees those that a script of the line names", function ()
    assert.same({ "", 0 }, { says "gcc -o x a.o libfoo.a" })
    assert.same({ "defines js_*", 1 }, { says "gcc -o x a.o libfoo.a libq.so" })
    local err, status = stands_in("gcc", "-o", "x", "a.o", "libq.so")
    assert.equal(1, status)
    assert.truthy(err:find("bad/libbad.a", 1, true), err)
  end)

  it("is unknown where nobody can tell which they are", function ()
    local why, status = says "gcc -o x a.o libfoo.a --strange bad/libbad.a"
    assert.equal(2, status)
    assert.truthy(why:find("--strange is not one that is known", 1, true), why)
    why, status = says "clang-cl a.o libfoo.a"
    assert.equal(2, status)
    assert.truthy(why:find("clang-cl is no linker that is known", 1, true), why)
    why, status = stands_in("gcc", "-o", "x", "a.o", "--strange", "libfoo.a")
    assert.equal(2, status)
    assert.truthy(why:find("--strange", 1, true), why)
  end)

  it("does not wait for objects that are not yet compiled", function ()
    assert.same({ "", 0 }, { says "gcc -o x a.c libfoo.a" })
    local objects = tiny.policy(folder, "", " each = symrun.objects(),", nil,
                                "objects.lua")
    local why, status = says("gcc -o x a.o a.c", objects)
    assert.equal(2, status)
    assert.truthy(why:find("a.c is compiled and linked at once", 1, true), why)
  end)

  it("sees those of every line of several", function ()
    for i, words in ipairs { { "libfoo.a" }, { "libq.so" } } do
      helper.must({ helper.tool, "ld", "--capture", "kept", "gcc", "-o",
                    "x" .. i, "a.o", table.unpack(words) }, folder)
    end
    local plan, status = tiny.plan(folder, { rules, "kept" })
    assert.equal(1, status)
    assert.equal("defines js_*", plan.findings[1].message)
  end)
end)


describe("a library in no folder of the line", function ()
  it("may be in one of the compiler's own", function ()
    for _, path in ipairs { "libgcc.a", "libgcov.a", "libbacktrace.a",
                            "libobjc_gc.so" } do
      local name = path:match "^lib(.*)%.%w+$"
      local found = helper.must { "gcc", "-print-file-name=" .. path }
      if found:find "/" then
        assert.same({ "", 0 }, { says("gcc -o x a.o libfoo.a -l" .. name) })
      end
    end
  end)

  it("is told where it is surely in none", function ()
    local why, status = says "gcc -o x a.o libfoo.a -lnowhere_at_all"
    assert.equal(2, status)
    assert.truthy(why:find("none of the system's", 1, true), why)
  end)

  it("may be below the system's root, or where a script says", function ()
    local line = ("gcc -o x a.o libfoo.a -L=%s/sub -lsub"):format(folder)
    assert.equal(0, (helper.run({ "sh", "-c", line }, folder)))
    assert.same({ "defines js_*", 1 }, { says(line) })
    local why, status = says(("arm-none-eabi-%s"):format(line))
    assert.equal(2, status)
    assert.truthy(why:find("is below one that is not known", 1, true), why)
    line = "gcc -o x a.o libfoo.a search.ld -lsub"
    assert.equal(0, (helper.run({ "sh", "-c", line }, folder)))
    why, status = says(line)
    assert.equal(2, status)
    assert.truthy(why:find("may be where the script search.ld", 1, true), why)
  end)
end)


describe("'applied' is told of an edit of the line", function ()
  local heals = helper.write(folder .. "/heals.lua", [[
    local symrun = require "symrun"
    symrun.rule "test/heals" { about = "a", each = symrun.links(),
      check = function (link, report)
        if link:has "--gc-sections" then return end
        report(link, "lacks it"):fix(link:add { "--gc-sections" })
      end }]])
  local never = helper.write(folder .. "/never.lua", [[
    local symrun = require "symrun"
    symrun.rule "test/never" { about = "a", each = symrun.links(),
      check = function (link, report)
        report(link, "is wrong"):fix(link:add { "--gc-sections" })
      end }]])

  it("when the line was run with it, and only then", function ()
    for path, status in pairs { [heals] = 0, [never] = 1 } do
      for _, words in ipairs {
        { "--run", path, "--output", "json=o.json", "--" },
        { "ld", "--rules", path, "--output", "json=o.json" },
      } do
        for _, word in ipairs { "gcc", "-o", "x", "a.o" } do
          words[#words + 1] = word
        end
        helper.must({ "rm", "-f", "x", "o.json" }, folder)
        assert.equal(status, (helper.symrun(words, folder)))
        local text = helper.read(folder .. "/o.json")
        assert.truthy(text:find('"applied":' .. tostring(status == 0), 1, true),
                      text)
        assert.equal(status == 0, io.open(folder .. "/x") ~= nil)
      end
    end
  end)
end)
