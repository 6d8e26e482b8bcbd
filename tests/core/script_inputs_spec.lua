--- Linker scripts that stand in place of libraries: what they stand for.

local facts = require "facts"
local helper = require "helper"
local json = require "dkjson"
local peers = require "peers"

local RULE = [[
local symrun = require "symrun"
symrun.rule "in/inputs" { about = "tells", each = symrun.files "**/*",
  check = function (file, report)
    report.note(file, "%s", table.concat(file:inputs(), "|"))
  end }
symrun.rule "in/exported" { about = "tells", each = symrun.files "**/*",
  check = function (file, report) report.note(file, "%s", file:exported()) end }
]]


describe("a linker script in place of a library", function ()
  local folder

  setup(function ()
    folder = helper.folder "script-inputs"
    helper.write(folder .. "/r.lua", RULE)
  end)

  -- What a rule is told of one file.
  local function ask(file)
    local _, out, err = helper.symrun({ "--format", "json", "r.lua", file },
                                      folder)
    local said = {}
    for _, one in ipairs(assert(json.decode(out), err).findings) do
      said[one.rule] = one.state == "unknown" and { one.message }
                       or one.message
    end
    return said["in/inputs"], said["in/exported"]
  end

  it("names what GNU ld reads for it", function ()
    local pipe = assert(io.popen "gcc -print-file-name=libc.so")
    local path = pipe:read "l"
    pipe:close()
    local inputs, exported = ask(path)
    helper.write(folder .. "/a.c", "int main(void) { return 0; }\n")
    local trace = helper.must({ "gcc", "-Wl,-t", "-Wl,--no-as-needed", "a.c",
                                path, "-o", "a.out" }, folder)
    local count = 0
    for word in inputs:gmatch "[^|]+" do
      local name = word:match "[^/]*$"
      assert.is_truthy(trace:find("/" .. name, 1, true) or
                       name:find "nonshared", trace)
      count = count + 1
    end
    assert.is_true(count >= 2)
    assert.matches("is a linker script: its native symbols are those of the "
                   .. "files that it names", exported[1], 1, true)
    local ours, status, err = peers.symrun({ path }, folder)
    assert.equal(2, status)
    assert.equal("script", ours[path].format)
    assert.equal("refused", ours[path].status)
    assert.matches("is a linker script", err)
  end)

  it("is known by how it begins, behind blanks and a comment", function ()
    for text, expected in pairs {
      ["INPUT(libncurses.so.6 -ltinfo)\n"] = "libncurses.so.6|-ltinfo",
      ["/* $FreeBSD$ */\nGROUP ( /lib/libc.so.7 /usr/lib/libssp.a )\n"] =
        "/lib/libc.so.7|/usr/lib/libssp.a",
      ["\n/**/ INPUT ( a.so AS_NEEDED ( b.so ) ) GROUP(c.so)"] =
        "a.so|b.so|c.so",
      ["OUTPUT_FORMAT(elf64-x86-64)\n"] = "",
    } do
      helper.write(folder .. "/libx.so", text)
      local inputs, exported = ask "libx.so"
      assert.equal(expected, inputs)
      assert.equal("table", type(exported))
    end
  end)

  it("that includes others, or is cut, has unknown inputs", function ()
    for text, why in pairs {
      ["INPUT(a.so)\nINCLUDE other\n"] = "what other brings is not read here",
      ["INPUT(a.so"] = "line 1, column 11: a file or ')' is "
                       .. "expected",
      ["GROUP(a.so)\n)"] = "line 2, column 1",
      ["INPUT(a\0.so)"] = "a byte 0 is no text",
    } do
      helper.write(folder .. "/libx.so", text)
      local inputs = ask "libx.so"
      assert.equal("table", type(inputs))
      assert.is_truthy(inputs[1]:find(why, 1, true), inputs[1])
    end
  end)

  it("is nothing else: what is no script names no inputs", function ()
    helper.cc(folder, "o", "int f(void) { return 1; }\n")
    local inputs, exported = ask "o.o"
    assert.equal("", inputs)
    assert.equal("f", exported)
    helper.write(folder .. "/libx.so", "something else\n")
    assert.equal("table", type((ask "libx.so")))
    -- nor has a script facts of a library
    helper.write(folder .. "/libx.so", "INPUT(a.so)\n")
    local all = facts.ask({ "libx.so" }, folder)
    for _, name in ipairs { "needed", "soname", "machine", "run_paths" } do
      assert.matches("is a linker script, and its", all["libx.so"][name].reason)
    end
  end)
end)
