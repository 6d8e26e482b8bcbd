--- The ready-made policies over the system's own libraries: held against an
--- independent count, and against faults planted in copies.

local helper = require "helper"
local json = require "dkjson"


-- All findings of a rule file, as "MESSAGE-BEGIN SYMBOL" -> file.
local function findings(rules, words, options)
  local line = { "--format", "json" }
  for _, word in ipairs(options or {}) do line[#line + 1] = word end
  line[#line + 1] = rules
  for _, word in ipairs(words) do line[#line + 1] = word end
  local status, out, err = helper.symrun(line)
  local plan = json.decode(out)
  assert(plan, out .. err)
  return plan.findings, status, plan
end


local function libraries()
  local list = {}
  for path in helper.must({ "sh", "-c", "ls -d $(dirname $(gcc "
      .. "-print-file-name=libc.a))/*.a" }):gmatch "[^\n]+" do
    -- libm.a is a linker script
    if helper.read(path):sub(1, 8) == "!<arch>\n" then
      list[#list + 1] = path
    end
  end
  assert(#list > 10)
  return list
end


-- What llvm-nm tells: strong definitions with counts, any definition, wants.
local function counted(paths)
  local strong, any, wanted = {}, {}, {}
  local out = helper.must { "llvm-nm-19", "-P", table.unpack(paths) }
  for name, letter in out:gmatch "\n([^\n ]+) (%a)" do
    if letter == "U" then wanted[name] = true
    elseif letter:find "[TDBRAN]" then
      strong[name] = (strong[name] or 0) + 1
      any[name] = true
    elseif letter:find "[WVCui]" then any[name] = true end
  end
  return strong, any, wanted
end


-- Those of ld's own symbols that these archives want: the rule lets them off.
local made_by_linkers = {
  "_DYNAMIC", "_GLOBAL_OFFSET_TABLE_", "__ehdr_start", "__executable_start",
  "__fini_array_end", "__fini_array_start", "__init_array_end",
  "__init_array_start", "__preinit_array_end", "__preinit_array_start",
  "__rela_iplt_end", "__rela_iplt_start", "__tls_get_addr", "_edata", "_end",
  "_etext", "_fini", "_init", "end", "etext", "data_start", "__dso_handle",
  "__start___libc_IO_vtables", "__stop___libc_IO_vtables",
}

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end


describe("over the system's archives", function ()
  local paths, strong, any, wanted

  setup(function ()
    paths = libraries()
    strong, any, wanted = counted(paths)
  end)

  it("once.lua finds the clashes that llvm-nm counts", function ()
    local expected, found = {}, {}
    for name, n in pairs(strong) do if n > 1 then expected[name] = true end end
    for _, f in ipairs((findings("once.lua", paths))) do
      assert.equal("violated", f.state)
      found[f.symbol] = true
    end
    assert.is_true(#sorted(expected) > 0)
    assert.same(sorted(expected), sorted(found))
  end)

  it("resolved.lua finds what llvm-nm sees wanted and not defined", function ()
    local expected, found = {}, {}
    for name in pairs(wanted) do
      if not any[name] then expected[name] = true end
    end
    for _, name in ipairs(made_by_linkers) do expected[name] = nil end
    for _, f in ipairs((findings("resolved.lua", paths))) do
      assert.equal("violated", f.state)
      found[f.symbol] = true
    end
    assert.is_true(#sorted(expected) > 0)
    assert.same(sorted(expected), sorted(found))
  end)

  it("index.lua is silent", function ()
    local found, status, plan = findings("index.lua", paths)
    assert.same({}, found)
    assert.equal(0, status)
    assert.equal(#paths, plan.checked.files)
    assert.is_true(plan.checked.symbols > 10000)
  end)
end)


describe("a fault planted in a copy of a real library:", function ()
  local folder, lua, outside

  before_each(function ()
    folder = helper.folder "planted"
    lua = folder .. "/liblua.a"
    helper.must { "sh", "-c", "cp $(gcc -print-file-name=liblua5.4.a) " .. lua }
    local _, defined, wanted = counted { lua, lua }
    local list = {}
    for name in pairs(wanted) do
      if not defined[name] then list[#list + 1] = name end
    end
    assert(#list > 20)
    outside = "outside=" .. table.concat(list, ",")
  end)

  local function told(rules, words, options)
    local list, found, status = {}, findings(rules, words, options)
    for _, f in ipairs(found) do
      list[#list + 1] = ("%s %s %s"):format(f.symbol or "-",
        f.file:match "[^/]*$", f.member and f.member.name or "-")
    end
    return list, status
  end

  it("none yet, and nothing is told", function ()
    for rules, options in pairs {
      ["once.lua"] = {}, ["index.lua"] = {},
      ["resolved.lua"] = { "-D", outside },
    } do
      local found, status, plan = findings(rules, { folder }, options)
      assert.same({}, found)
      assert.equal(0, status)
      assert.equal(1, plan.checked.files)
      assert.is_true(plan.checked.members > 20)
    end
  end)

  it("a symbol with another name", function ()
    helper.must { "objcopy", "--redefine-sym", "lua_pushnil=lua_pushnul", lua }
    -- objcopy renames wants too: put the old want back
    helper.cc(folder, "user", "void lua_pushnil(void*); void u(void)"
      .. "{ lua_pushnil(0); }")
    local list, status = told("resolved.lua", { folder }, { "-D", outside })
    assert.same({ "lua_pushnil user.o -" }, list)
    assert.equal(1, status)
  end)

  it("a symbol that became local", function ()
    helper.must { "ar", "x", "--output", folder, lua, "lapi.o" }
    helper.must({ "objcopy", "--localize-symbol=lua_pushnil", "lapi.o" },
                folder)
    helper.must({ "ar", "r", lua, "lapi.o" }, folder)
    helper.must({ "rm", "lapi.o" }, folder)
    local list = told("resolved.lua", { folder }, { "-D", outside })
    assert.is_true(#list > 0)
    for _, line in ipairs(list) do assert.truthy(line:find "^lua_pushnil ") end
  end)

  it("a member that is there twice, with one byte changed", function ()
    helper.must { "ar", "x", "--output", folder, lua, "lzio.o" }
    local bytes = helper.read(folder .. "/lzio.o")
    helper.must({ "rm", "lzio.o" }, folder)
    helper.write(folder .. "/again.o", bytes)
    local _, found = nil, findings("once.lua", { folder })
    assert.equal(3, #found)  -- luaZ_fill, luaZ_init and luaZ_read
    for _, f in ipairs(found) do assert.equal("note", f.level) end
    helper.must({ "objcopy", "--add-section", ".x=again.o", "again.o" }, folder)
    for _, f in ipairs((findings("once.lua", { folder }))) do
      assert.equal("error", f.level)
      assert.equal("again.o", f.file)
      assert.truthy(f.message:find("liblua.a(lzio.o)", 1, true))
    end
  end)

  it("a member that was dropped", function ()
    helper.must { "ar", "d", lua, "lzio.o" }
    local names = {}
    for _, line in ipairs((told("resolved.lua", { folder },
                                { "-D", outside }))) do
      names[line:match "^%S+"] = true
    end
    assert.same({ "luaZ_fill", "luaZ_init", "luaZ_read" }, sorted(names))
  end)

  it("an index that was not renewed", function ()
    helper.must { "ar", "x", "--output", folder, lua, "lapi.o" }
    helper.must({ "objcopy", "--redefine-sym", "lua_pushnil=lua_pushnul",
                  "lapi.o" }, folder)
    helper.must({ "ar", "rS", lua, "lapi.o" }, folder)
    helper.must({ "rm", "lapi.o" }, folder)
    local whole = helper.read(lua)
    if whole:sub(9, 24) == "/" .. (" "):rep(15) then
      local list = told("index.lua", { folder })
      assert.same({ "- liblua.a -", "- liblua.a lapi.o" }, list)
    else  -- this ar drops the index, and then all names are lost
      assert.is_true(#told("index.lua", { folder }) > 20)
    end
  end)
end)
