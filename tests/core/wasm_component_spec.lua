--- Components: the core modules in them are members, wherever they are.

local helper = require "helper"
local json = require "dkjson"
local wasm = require "wasm"

local folder = helper.folder "component"
local module = wasm.module {}
local object = wasm.object {}

local function component(...)
  local sections = {}
  for i, bytes in ipairs { ... } do
    local inner = bytes:sub(1, 8) == wasm.component
    sections[i] = { section = inner and 4 or 1, bytes }
  end
  return (wasm.bytes { wasm.component, table.unpack(sections) })
end

-- Rows of a file without the file's name: "MEMBER SYMBOL LETTER".
local function rows(name, bytes)
  helper.write(folder .. "/" .. name, bytes)
  local status, out, err = helper.symrun({ "nm", name }, folder)
  local list = {}
  for member, symbol, letter in out:gmatch
      "\n[^\t]*\t%-\t([^\t]*)\t([^\t]*)\t([^\t]*)" do
    list[#list + 1] = ("%s %s %s"):format(member, symbol, letter)
  end
  return status, list, err, out:match "\n[^\t]*\t#\t[^\t]*\t([^\t]*)"
end

local function as(member, list)
  local out = {}
  for i, row in ipairs(list) do out[i] = row:gsub("^%-", member) end
  return out
end


describe("a component", function ()
  local _, alone = rows("m.wasm", module)
  local _, other = rows("o.wasm", object)

  it("has the modules in it as members", function ()
    assert.is_true(#alone > 2 and #other > 2)
    local status, list = rows("c.wasm", component(module, object))
    local both = as("module-1", alone)
    table.move(as("module-2", other), 1, #other, #both + 1, both)
    assert.same(both, list)
    assert.equal(0, status)
  end)

  it("has those of components in it too", function ()
    local status, list = rows("n.wasm", component(component(module)))
    assert.same(as("module-1", alone), list)
    assert.equal(0, status)
  end)

  it("may have none", function ()
    local status, list, _, state = rows("e.wasm", component())
    assert.same({}, list)
    assert.equal("nosyms", state)
    assert.equal(0, status)
  end)

  it("that is damaged hides no module before the damage", function ()
    local whole = component(module, object)
    local status, list, err, state = rows("cut.wasm", whole:sub(1, -20))
    assert.equal(2, status)
    assert.equal("partial", state)
    assert.same(as("module-1", alone), list)
    assert.matches("cut.wasm", err, 1, true)
  end)

  it("answers rules, and is blamed by module", function ()
    helper.write(folder .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "c" { about = "asks", each = symrun.files "c.wasm",
        check = function (file, report)
          for member, names in file:defined():by_member() do
            report(member, "%s", names)
          end
        end }]])
    local status, out = helper.symrun({ "--format", "json", "rule.lua",
                                        "c.wasm" }, folder)
    local plan = assert(json.decode(out), out)
    assert.equal(1, status)
    assert.equal(2, #plan.findings)
    assert.equal("module-1", plan.findings[1].member.name)
    assert.equal("module-2", plan.findings[2].member.name)
  end)

  it("is no archive to a rule", function ()
    helper.write(folder .. "/archives.lua", [[
      local symrun = require "symrun"
      symrun.rule "a" { about = "asks", each = symrun.archives(),
        check = function (archive, report) report(archive, "here") end }]])
    local status, out = helper.symrun({ "archives.lua", "c.wasm" }, folder)
    assert.equal(2, status)
    assert.matches("nothing was checked: there is no archive", out, 1, true)
  end)
end)
