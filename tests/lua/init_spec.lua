--- The library in a stock Lua: require "symrun", open files, run rules.

local helper = require "helper"
local tiny = require "tiny"

local lib = os.getenv "SYMRUN_LIB"
            or helper.tool:gsub("bin/[^/]*$", "lib")

local folder = tiny.folder "init"
tiny.policy(folder, [[
  if not subject:defines(given.names) then
    report(subject, "has no %s", given.names)
  end]], nil, "local given = symrun.parameters { names = { 'js_*', 'it' } }")
helper.write(folder .. "/cut.a",
             helper.read(folder .. "/libx.a"):sub(1, -50))


-- Run a script in lua5.4: the status, what it prints, what it complains of.
local function lua(script)
  helper.write(folder .. "/script.lua", "local symrun = require 'symrun'\n"
               .. script)
  local words = helper.stock()
  table.move({ "LUA_CPATH=" .. lib .. "/lua/5.4/?.so;;",
               "LUA_PATH=" .. helper.top .. "/lua/?.lua;" .. helper.top
               .. "/lua/?/init.lua;;", "lua5.4", "script.lua" },
             1, 4, #words + 1, words)
  return helper.run(words, folder)
end

-- What a script prints; it must succeed.
local function prints(script)
  local status, out, err = lua(script)
  assert.equal("", err)
  assert.equal(0, status)
  return out
end


describe("symrun.open", function ()
  it("opens a file and answers questions", function ()
    assert.equal("libx.a\tar\tf and js_a\ttrue\tfalse\t1\n", prints [[
      local file = symrun.open "libx.a"
      print(file, file:format(), file:defined(), file:defines "js_*",
            file:defines "none", #file:members())]])
    assert.equal("a.o\t1\nf\tjs_a\tprintf\t\n", prints [[
      local file = symrun.open "libx.a"
      for member in file:members():each() do
        print(member:name(), member:index())
      end
      for name in (file:defined() + file:undefined()):each() do
        io.write(name:text(), "\t")
      end
      print()]])
  end)

  it("raises what it cannot open, and what it cannot tell", function ()
    local out = prints [[
      print(pcall(symrun.open, "gone.a"))
      print(pcall(symrun.open, "."))
      local file = symrun.open "cut.a"
      print(pcall(file.defines, file, "none"))
      print(pcall(function () return #file:defined() end))]]
    local lines = {}
    for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
    assert.truthy(lines[1]:find "^false\t.*gone.a.*No such file", lines[1])
    assert.truthy(lines[2]:find "^false\t.*folder, not a file", lines[2])
    assert.truthy(lines[3]:find "^false\t.*unknown: ", lines[3])
    assert.truthy(lines[4]:find "^false\t", lines[4])
  end)

  it("gives files that stay as long as someone has them", function ()
    assert.equal("f and js_a\n", prints [[
      local names = symrun.open "libx.a":defined()
      for _ = 1, 50 do symrun.open "libx.a":defined() end
      collectgarbage() collectgarbage()
      print(names)]])
  end)
end)


describe("symrun.check", function ()
  it("gives the plan", function ()
    assert.equal("pass\t0\t0\t1\nfail\t1\t1\t1\n", prints [[
      for _, names in ipairs { "js_*", "nothing" } do
        local plan = symrun.check { rules = { "rule.lua" },
          inputs = { "libx.a" }, define = { names = names } }
        print(plan.verdict, plan.status, #plan.findings, plan.files)
      end]])
    assert.equal("mine/one\terror\tlibx.a\thas no nothing\tfalse\n", prints [[
      local f = symrun.check { rules = { "rule.lua" }, inputs = { "libx.a" },
        define = { ["rule.names"] = "nothing" } }.findings[1]
      print(f.rule, f.level, f.file, f.message, f.unknown)]])
  end)

  it("is unknown where the tool is", function ()
    assert.equal("unknown\t2\n", prints [[
      local plan = symrun.check { rules = { "rule.lua" }, inputs = { "cut.a" },
                                  define = { names = "nothing" } }
      print(plan.verdict, plan.status)]])
    assert.equal("unknown\tnothing was checked: there is no archive\n",
                 prints [[
      local plan = symrun.check { rules = { "rule.lua" }, inputs = { "." },
                                  exclude = { "*.a" } }
      print(plan.verdict, plan.findings[1].message)]])
  end)

  it("gives nil and a sentence for what the tool refuses", function ()
    local out = prints [[
      local function refused(t)
        t.rules, t.inputs = t.rules or { "rule.lua" }, t.inputs or { "libx.a" }
        local plan, why = symrun.check(t)
        assert(plan == nil)
        print((why:gsub("\n.*", "")))
      end
      refused { rules = { "gone.lua" } }
      refused { inputs = { "gone.a" } }
      refused { define = { gone = 1 } }
      refused { select = { "gone" } }
      print(pcall(symrun.check, { rules = "rule.lua", inputs = {} }))]]
    assert.truthy(out:find("^cannot read the rules gone.lua: No such file or "
      .. "directory\n[^\n]*gone.a[^\n]*\nno rule file declares a parameter "
      .. "'gone'; there are\nno rule is named gone; there are mine/one\n"
      .. "false\t[^\n]*check takes a table, and its 'rules' is a list\n$"), out)
  end)

  it("takes a link line and a choice of rules", function ()
    helper.write(folder .. "/links.lua", [[
      local symrun = require "symrun"
      symrun.rule "a/line" { about = "a", each = symrun.links(),
        check = function (link, report) report(link, "%s", link:output()) end }
      symrun.rule "a/other" { about = "a", each = symrun.archives(),
        check = function (archive, report) report(archive, "no") end }]])
    assert.equal("1\tapp\n", prints [[
      local plan = symrun.check { rules = { "links.lua" }, inputs = {},
        line = { "cc", "-o", "app", "libx.a" }, select = { "a/line" } }
      print(#plan.findings, plan.findings[1].message)]])
  end)

  it("leaves the host's Lua as it is", function ()
    helper.write(folder .. "/bad.lua", [[
      string.rep = nil
      local meta = getmetatable ""
      if meta then meta.__index = nil end
      local symrun = require "symrun"
      symrun.rule "bad" { about = "a", each = symrun.archives(),
        check = function (a, report)
          report(a, "%s %s %s", io, getmetatable "",
                 pcall(setmetatable, "", {}))
        end }]])
    assert.equal("nil false false\nxx\ttrue\n", prints [[
      local plan = symrun.check { rules = { "bad.lua" },
                                  inputs = { "libx.a" } }
      print(plan.findings[1].message)
      print(("x"):rep(2), getmetatable("").__index == string)]])
  end)

  it("tells a rule's own error without the engine's lines", function ()
    helper.write(folder .. "/fails.lua", [[
      local symrun = require "symrun"
      symrun.rule "fails" { about = "a", each = symrun.archives(),
        check = function (a)
          local x = a.gone.further return x
        end }]])
    local out = prints [[
      local f = symrun.check { rules = { "fails.lua" },
                               inputs = { "libx.a" } }.findings[1]
      print(f.message) print(f.hint)]]
    assert.truthy(out:find("fails.lua:4: a symrun.file has no method 'gone'",
                           1, true), out)
    assert.truthy(out:find "\ncalled from fails.lua:4\n$", out)
  end)

  it("says the same as the tool", function ()
    local json = prints [[
      local plan = symrun.check { rules = { "rule.lua" },
        inputs = { "libx.a", "cut.a" }, define = { names = "none" } }
      io.write(require "symrun.json".text(plan))]]
    local status, out = helper.symrun({ "rule.lua", "libx.a", "cut.a", "-D",
      "names=none", "--format", "json" }, folder)
    assert.equal(2, status)
    assert.equal(out, json)
  end)

  it("lets threads read", function ()
    local out = prints [[
      local text = require "symrun.json".text
      local t = { rules = { "rule.lua" }, inputs = { "libx.a", "cut.a" } }
      local alone = text(symrun.check(t))
      t.threads = 3
      print(text(symrun.check(t)) == alone)
      t.threads = 99
      print(pcall(symrun.check, t))]]
    assert.matches("^true\nfalse\t.*1 to 64", out)
  end)
end)
