--- .tbd stubs that lie, and texts that are none: each is told with its line, or
--- read as llvm-nm reads it.

local helper = require "helper"
local peers = require "peers_macho"
local tbd = require "tbd"

local HEAD = [[
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos ]
install-name: /x
]]
local TAIL = [[
exports:
  - targets: [ x86_64-macos ]
    symbols: [ _f ]
...
]]


describe("a damaged .tbd stub", function ()
  local folder
  setup(function () folder = helper.folder "tbd-damage" end)

  -- Is it refused, with this place?
  local function refused(text, line, column, reason)
    helper.write(folder .. "/x.tbd", text)
    local ours, status, err = peers.symrun({ "x.tbd" }, folder)
    assert.equal(2, status, reason)
    assert.equal("tbd", ours["x.tbd"].format)
    assert.equal("refused", ours["x.tbd"].status, reason)
    assert.equal(0, #ours["x.tbd"])
    local _, lines = err:gsub("\n", "")
    assert.equal(1, lines, err)
    local where = ("line %d, column %d: "):format(line, column)
    assert.is_truthy(err:find(where, 1, true), where .. err)
    assert.is_truthy(err:find(reason, 1, true), reason .. "\n" .. err)
    local offset = tonumber(err:match "%(at offset (%d+)%)\n$")
    local before = text:sub(1, offset)
    assert.equal(line, select(2, before:gsub("\n", "")) + 1)
    assert.equal(column, #before:match "[^\n]*$" + 1)
    return err
  end

  local function llvm()
    return (helper.run({ "llvm-nm-19", "x.tbd" }, folder))
  end

  it("is refused where llvm-nm refuses it", function ()
    for _, case in ipairs {
      { "foo: bar", 5, 1, "no key 'foo'" },
      { "install-name: /y", 5, 1, "twice" },
      { "flags: *a", 5, 8, "an alias" },
      { "\tflags: [ ]", 5, 1, "a tab cannot indent" },
      { "flags: [ installapi", 6, 1, "',' is expected" },
      { "flags: [ { installapi ]", 5, 23, "':' is expected" },
      { "parent-umbrella: |\n  x", 5, 18, "a block scalar" },
      { " flags: []", 5, 2, "indentation" },
      { "'flags", 5, 1, "has no end" },
      { "flags: \"[", 5, 8, "has no end" },
      { "parent-umbrella: \"\\q\"", 5, 19, "no such escape" },
      { "parent-umbrella: \"\\x4\"", 5, 19, "2 hexadecimal digits" },
      { "parent-umbrella: a b: c", 5, 21, "the end of the line" },
      { "parent-umbrella: @x", 5, 18, "a reserved sign" },
      { "uuids:\n  - target: x86_64-macos", 6, 5, "a text is expected" },
      { "flags: [ installapi ] b", 5, 23, "the end of the line" },
      { "- x", 5, 1, "a key is expected" },
      { "? x", 5, 1, "a key is expected" },
      { "flags: ]", 5, 8, "a value is expected" },
      { "flags: {a: b, a: c}", 5, 15, "twice" },
      { "...", 6, 1, "'---' is expected" },
      { "reexported-libraries:\n  - targets: [ x86_64-macos ]\n    libs: [ ]",
        7, 5, "no key 'libs'" },
      { "undefineds:\n  - symbols: [ _f ]", 6, 5, "'targets' is missing" },
      { "undefineds:\n  - targets: [ x86_64 ]", 6, 5, "is no target" },
      { "undefineds:\n  - targets: [ x86_64-macos ]\n    symbols: { a: b }",
        7, 5, "a list is expected" },
      { "undefineds: { a: b }", 5, 1, "a list is expected" },
      { "undefineds: [ a ]", 5, 15, "a map is expected" },
    } do
      refused(HEAD .. case[1] .. "\n" .. TAIL, case[2], case[3], case[4])
      assert.is_true(llvm() ~= 0, case[1])
    end
    refused("--- !tapi-tbd\n...\n", 1, 1, "a map is expected")
    assert.is_true(llvm() ~= 0)
    refused(HEAD:gsub("install%-name[^\n]*\n", "") .. TAIL, 2, 1,
            "'install-name' is missing")
    assert.is_true(llvm() ~= 0)
    refused((tbd[1]:gsub("macosx", "zippered")), 3, 1, "no platform")
    assert.is_true(llvm() ~= 0)
    refused((tbd[2]:gsub("%-%-%- !tapi%-tbd%-v2", "--- !tapi-tbd-v1")), 3, 1,
            "no key 'uuids'")
    assert.is_true(llvm() ~= 0)
  end)

  it("that was cut short is never a shorter one", function ()
    local names, whole = 0, tbd[3]:gsub("%s+$", "")
    for stop = 20, #whole - 1, 7 do
      helper.write(folder .. "/x.tbd", whole:sub(1, stop))
      local ours, status = peers.symrun({ "x.tbd" }, folder)
      assert.equal(2, status, stop)
      names = names + #ours["x.tbd"]
    end
    assert.equal(0, names)
    local json = tbd[5]:gsub("%s+$", "")
    for stop = 20, #json - 1, 11 do
      helper.write(folder .. "/x.tbd", json:sub(1, stop))
      assert.equal(2, select(2, peers.symrun({ "x.tbd" }, folder)), stop)
    end
  end)

  it("may be too new, and is unknown then", function ()
    for _, case in ipairs {
      { HEAD:gsub("version: 4", "version: 6") .. TAIL, "version 6", true },
      { HEAD:gsub("tapi%-tbd", "tapi-tbd-v9") .. TAIL, "'!tapi-tbd-v9'" },
      { tbd[5]:gsub("_version\": 5", "_version\": 6"), "version 6" },
      { HEAD .. TAIL:gsub("x86_64", "x86_65"), "'x86_65' is no machine" },
      { HEAD .. TAIL:gsub("macos", "macs"), "'macs' is no system" },
    } do
      helper.write(folder .. "/x.tbd", case[1])
      local ours, status, err = peers.symrun({ "x.tbd" }, folder)
      assert.equal(2, status)
      assert.equal("refused", ours["x.tbd"].status)
      assert.matches("cannot be read, line", err)
      assert.is_truthy(err:find(case[2], 1, true), err)
      assert.equal(case[3] == true, llvm() == 0)  -- which does not look
    end
  end)

  it("of JSON is JSON, and no key is there twice", function ()
    local function with(more) return '{"tapi_tbd_version":5,' .. more end
    for _, case in ipairs {
      { with '"main_library":{},"main_library":{}}', 41, "twice" },
      { with "'main_library':{}}", 23, "a key" },
      { with '"main_library":{},}', 41, "a key" },
      { with '"main_library":[1,]}', 41, "a value" },
      { with '"main_library":bare}', 38, "a value" },
      { with '"main_library":"\\x41"}', 39, "no such escape" },
      { with '"main_library":"\\ud800"}', 39, "no such character" },
      { with '"main_library":{} # x\n}', 41, "',' is expected" },
      { with '"main_library":{}} x', 42, "the end of the file" },
      { with '"main_library":[]}', 23, "a map is expected" },
      { with '"main\tlibrary":{}}', 28, "a control character" },
      { with '"main_library\xff":{}}', 36, "no UTF-8" },
    } do refused(case[1], 1, case[2], case[3]) end
    refused(with '"main_library":{}}', 1, 38, "'target_info' is missing")
  end)

  it("costs no more than its text", function ()
    local blank, many = (" "):rep(4000000), ("a,"):rep(1000001)
    refused("--- !tapi-tbd\nx: " .. ("["):rep(100000), 2, 103, "100 deep")
    refused("--- !tapi-tbd\n" .. ("- "):rep(100000), 2, 201, "100 deep")
    refused("--- !tapi-tbd\nx: " .. ("{a: "):rep(100000), 2, 400, "100 deep")
    refused('{"tapi_tbd_version":' .. ("["):rep(100000), 1, 120, "100 deep")
    refused("--- !tapi-tbd\nx: a" .. blank .. "b\n...\n", 2, 1,
            "'tbd-version' is missing")
    refused("--- !tapi-tbd\nx: 'a" .. blank, 2, 4, "no end")
    refused("--- !tapi-tbd\nx: [" .. many .. "]\n...\n", 2, 1999999,
            "more than 1000000 values")
    refused("--- !tapi-tbd\nx: a\0b\n...\n", 2, 5, "a byte 0")
    local targets = {}
    for i = 1, 65 do targets[i] = ("arm64-<%d>"):format(i) end
    local text = HEAD:gsub("x86_64%-macos", table.concat(targets, ", "))
    refused(text .. TAIL, 2, 1, "more than 64 targets")
    table.remove(targets)
    text = (HEAD .. TAIL):gsub("x86_64%-macos", table.concat(targets, ", "))
    helper.write(folder .. "/x.tbd", text)
    local ours, status = peers.symrun({ "x.tbd" }, folder)
    assert.equal(0, status)
    assert.equal(64, #ours["x.tbd"])
  end)
end)


describe("a text", function ()
  local folder
  setup(function () folder = helper.folder "tbd-texts" end)

  it("that writes a stub otherwise is the same stub", function ()
    for _, change in ipairs {
      { "\n", "\r\n" }, { "%[ _f %]", "\n      - _f" },
      { "%[ _f %]", "[ '_f' ]" }, { "%[ _f %]", '[ "_f",\n\n_f ]' },
      { "%[ _f %]", "[_f] # here" }, { "\n  ", "\n" },
      { "%[ _f %]", '[ "\\x5f\\u0066" ]' }, { "/x\n", "/x\nexports:\n" },
      { "\n    symbols", "\n\n# and\n    symbols" },
    } do
      local text = (HEAD .. TAIL):gsub(change[1], change[2])
      if change[2]:find "exports" then text = text:gsub("exports:\n(  %-)",
                                                        "undefineds:\n%1") end
      helper.write(folder .. "/x.tbd", text)
      local ours, status, err = peers.symrun({ "x.tbd" }, folder)
      assert.equal("", err, change[2])
      assert.equal(0, status)
      assert.matches("^x86_64%-macos\t%-\t_f\t[SU]$", ours["x.tbd"][1])
      assert.equal(1, #ours["x.tbd"])
      local _, out = helper.run({ "llvm-nm-19", "x.tbd" }, folder)
      assert.matches("_f", out, 1, true, change[2])
    end
  end)

  it("costs no more for names that many libraries share", function ()
    -- each of many names is that of each of many documents, for no target
    local names, parts = {}, {}
    for i = 1, 8000 do
      names[i] = "/in"
      parts[i] = ("--- !tapi-tbd\ntbd-version: 4\ntargets: [ arm64-macos ]\n"
        .. "install-name: /in\nexports:\n  - targets: [ arm64-macos ]\n"
        .. "    symbols: [ _f%d ]\n"):format(i)
    end
    local again = "--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos ]\n"
      .. "install-name: /in\nexports:\n  - targets: [ x86_64-macos ]\n"
      .. "    symbols: [ _%s ]\n"
    helper.write(folder .. "/x.tbd", HEAD
      .. "reexported-libraries:\n  - targets: [ x86_64-macos ]\n"
      .. "    libraries: [ " .. table.concat(names, ", ") .. " ]\n"
      .. TAIL:gsub("%.%.%.\n", "") .. table.concat(parts)
      .. again:format "g" .. again:format "late" .. "...\n")
    local status, out = helper.run({ "timeout", "5", helper.tool, "nm",
                                     "x.tbd" }, folder)
    assert.equal(0, status)
    assert.matches("\t_f\t", out)
    assert.matches("\t_g\t", out)
    assert.falsy(out:find "_late")  -- of two for one target the first counts
    assert.falsy(out:find "_f1\t")
  end)

  it("that is no stub alarms nobody", function ()
    helper.write(folder .. "/package.json",
                 '{ "libraries": [ { "name": 1 } ] }')
    helper.write(folder .. "/list.yaml", "---\ntargets: [ a, b ]\n...\n")
    helper.write(folder .. "/memory.ld", "/* all */ MEMORY { }\n")
    helper.write(folder .. "/r.lua", [[
      local symrun = require "symrun"
      symrun.rule "none" { about = "defines no f", each = symrun.tree,
        check = function (tree, report)
          if tree:defines "f" then report(tree, "f") end
        end }]])
    helper.must({ "mkdir", "-p", "t" }, folder)
    helper.must({ "mv", "package.json", "list.yaml", "memory.ld", "t" }, folder)
    helper.cc(folder .. "/t", "a", "int g;\n")
    local status, out = helper.symrun({ "r.lua", "t" }, folder)
    assert.equal(0, status, out)
    -- and what should be one, does
    helper.write(folder .. "/t/libx.tbd", "")
    status, out = helper.symrun({ "r.lua", "t" }, folder)
    assert.equal(2, status)
    assert.matches("libx.tbd", out)
    helper.write(folder .. "/t/libx.tbd", HEAD .. TAIL)
    assert.equal(1, (helper.symrun({ "r.lua", "t" }, folder)))
  end)
end)
