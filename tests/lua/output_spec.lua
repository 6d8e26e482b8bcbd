--- Where the report goes: standard output, further files, a disk that is full,
--- a pipe that nobody reads.

local dkjson = require "dkjson"
local helper = require "helper"
local tiny = require "tiny"

local folder = tiny.folder "output"
tiny.policy(folder, "report(subject, 'told')", [[
  each = symrun.archives(), story = "s",]])
local check = { "rule.lua", "libx.a" }

local function symrun(...)
  return helper.symrun({ "rule.lua", "libx.a", ... }, folder)
end

-- Runs words with standard output on a full disk.
local function on_full(...)
  local line = helper.line { helper.tool, ... } .. " >/dev/full"
  return helper.run({ "bash", "-c", line }, folder)
end

-- Runs words into a pipe whose other end is closed: the tool's own status.
local function into_closed(...)
  local line = "set -o pipefail; { sleep 0.05; "
    .. helper.line { helper.tool, ... } .. "; } | true"
  return helper.run({ "bash", "-c", line }, folder)
end


describe("--output", function ()
  it("writes further formats, several at once", function ()
    local status, out, err = symrun("--output", "json=a.json",
      "--output=text=a.txt", "--output", "json=b.json", "-q")
    assert.equal(1, status)
    assert.equal("", err)
    assert.equal("error: mine/one: libx.a\n    told\n\n", out)
    local _, json = symrun("--format", "json")
    assert.equal(json, helper.read(folder .. "/a.json"))
    assert.equal(json, helper.read(folder .. "/b.json"))
    assert.equal((select(2, symrun())), helper.read(folder .. "/a.txt"))
    assert.equal("fail", dkjson.decode(json).verdict)
  end)

  it("replaces what was there, and its length", function ()
    helper.write(folder .. "/old.json", ("x"):rep(100000))
    symrun("--output", "json=old.json")
    assert.truthy(dkjson.decode(helper.read(folder .. "/old.json")))
  end)

  it("takes FORMAT=FILE", function ()
    for _, word in ipairs { "json", "json=", "=x", "yaml=x", "" } do
      local status, out, err = symrun("--output", word)
      assert.equal(2, status)
      assert.equal("", out)
      assert.truthy(err:find("--output takes FORMAT=FILE with one of json, "
                             .. "text, not '" .. word .. "'", 1, true), err)
    end
  end)

  it("that cannot be written is status 2; the rest is written", function ()
    for path, why in pairs { ["none/x.json"] = "No such file or directory",
        ["."] = "Is a directory", ["/dev/full"] = "No space left on device" } do
      local status, out, err = symrun("--output", "json=" .. path, "--output",
                                      "text=rest.txt")
      assert.equal(2, status)
      assert.truthy(out:find "told")
      assert.equal("symrun: " .. path .. ": " .. why .. "\n", err)
      assert.truthy(helper.read(folder .. "/rest.txt"):find "told")
      helper.must({ "rm", "rest.txt" }, folder)
    end
  end)

  it("is written when standard output is closed", function ()
    local status = into_closed("rule.lua", "libx.a", "--output", "json=p.json")
    assert.equal(2, status)
    assert.truthy(dkjson.decode(helper.read(folder .. "/p.json")))
  end)
end)


describe("--format", function ()
  it("is text or json; the last one counts", function ()
    local _, out = symrun("--format", "json", "--format=text")
    assert.truthy(out:find("\n    told\n", 1, true), out)
    assert.equal((select(2, symrun())), out)
  end)

  it("is no other", function ()
    local status, out, err = symrun("--format", "xml")
    assert.equal(2, status)
    assert.equal("", out)
    assert.equal("symrun: --format takes json or text, not 'xml'\n", err)
    status, out, err = symrun("--format", "xml", "--format", "text")
    assert.equal(2, status)
    assert.equal("", out)
    assert.truthy(err:find("not 'xml'", 1, true))
  end)
end)


describe("standard output", function ()
  local ways = {
    check, { "--format", "json", table.unpack(check) }, { "--help" },
    { "--version" }, { "rule.lua", "--list" },
    { "rule.lua", "--explain", "mine/one" },
  }

  it("on a full disk is status 2 and a sentence", function ()
    for _, words in ipairs { { "nm", "libx.a" }, table.unpack(ways) } do
      local status, _, err = on_full(table.unpack(words))
      local name = table.concat(words, " ")
      assert.equal(2, status, name)
      assert.truthy(err:find("^symrun: standard output[^\n]*\n$"),
                    name .. ": " .. err)
    end
  end)

  it("that is a closed pipe is status 2, quietly", function ()
    for _, words in ipairs(ways) do
      local status, _, err = into_closed(table.unpack(words))
      local name = table.concat(words, " ")
      assert.equal(2, status, name)
      assert.equal("", err, name)
    end
  end)

  it("with findings only is what a pipe gets", function ()
    local status, out = helper.run({ "bash", "-c", "set -o pipefail; "
      .. helper.line { helper.tool, table.unpack(check) } .. " | cat" }, folder)
    assert.equal(1, status)
    assert.truthy(out:find("\n    told\n", 1, true), out)
    assert.equal((select(2, symrun())), out)
  end)
end)
