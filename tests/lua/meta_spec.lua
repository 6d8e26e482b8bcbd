--- lua/symrun/meta.lua tells editors what there is: it must be all, and true.

local helper = require "helper"

local meta = helper.read(helper.top .. "/lua/symrun/meta.lua")

-- The methods that a binding file registers, in its table `meth`.
local function registered(file)
  local text = helper.read(("%s/core/lua/%s.c"):format(helper.top, file))
  local list = {}
  local body = text:match "luaL_Reg meth%[%] = {(.-)\n};"
               or text:match "luaL_Reg sr_scope_methods%[%] = {(.-)\n};"
  for name in body:gmatch '{"([%w_]+)",' do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function described(class)
  local list = {}
  for name in meta:gmatch("\nfunction " .. class .. "[:.]([%w_]+)%(") do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

describe("meta.lua describes the methods of", function ()
  local classes = {
    lua_scope = "Scope", lua_file = "File", lua_members = "Members",
    lua_member = "Member", lua_names = "Names", lua_name = "Name",
    lua_index = "Index", lua_facts = "Facts",
    lua_fix = "Edited",
  }
  for file, class in pairs(classes) do
    it(class, function ()
      local there = registered(file)
      assert.is_true(#there > 0)
      assert.same(there, described(class))
    end)
  end

  it("what a rule file requires", function ()
    local text = helper.read(helper.top .. "/lua/symrun/policy.lua")
    local body = text:match "local function library.-return .-{(.-)\n  }"
    local list = {}
    for name in body:gmatch "\n    ([%w_]+) =" do
      if not ("version tree must"):find(name, 1, true) then
        list[#list + 1] = name
      end
    end
    table.sort(list)
    assert.is_true(#list > 5)
    assert.same(list, described "symrun")
  end)

  -- Functions of a table, as some files declare them.
  local function declared(pattern, ...)
    local list = {}
    for _, file in ipairs { ... } do
      local path = ("%s/lua/symrun/%s.lua"):format(helper.top, file)
      local text = helper.read(path)
      for name in text:gmatch("\nfunction " .. pattern .. "[:.](%l[%w_]*)") do
        list[#list + 1] = name
      end
    end
    table.sort(list)
    assert.is_true(#list > 5)
    return list
  end

  it("the ready-made policies", function ()
    assert.same(declared("must", "must", "must_link", "must_views",
                         "must_provide"),
                described "symrun%.must")
  end)

  it("a link", function ()
    local list = declared("Link", "line")
    for _, name in ipairs(declared("methods", "link_options", "link_exports",
                                   "link_keeps", "link_edits", "link_export",
                                   "link_resolve", "link_provide"))
    do
      list[#list + 1] = name
    end
    table.sort(list)
    assert.same(list, described "Link")
  end)

  it("what became of claims", function ()
    local text, list = helper.read(helper.top .. "/lua/symrun/provided.lua"), {}
    for name in text:gmatch "\nfunction Provided:([%w_]+)" do
      list[#list + 1] = name
    end
    table.sort(list)
    assert.same({ "advice", "cure", "groups", "report" }, list)
    assert.same(list, described "Provided")
  end)

  it("its parts", function ()
    local text = helper.read(helper.top .. "/core/lua/lua_link.c")
    local body, list = text:match "luaL_Reg part_methods%[%] = {(.-)\n};", {}
    for name in body:gmatch '{"([%w_]+)",' do list[#list + 1] = name end
    table.sort(list)
    assert.is_true(#list > 5)
    assert.same(list, described "Part")
  end)

  it("its texts", function ()
    local list = {}
    for _, name in ipairs(declared("Script", "script")) do
      if not ("inputs parts trouble_with"):find(name, 1, true) then
        list[#list + 1] = name
      end
    end
    assert.same(list, described "Script")
  end)
end)
