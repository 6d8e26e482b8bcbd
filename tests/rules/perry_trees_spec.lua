--- rules/perry.lua over archives that cargo really builds: who is blamed.

local helper = require "helper"
local json = require "dkjson"

local build = helper.top .. "/examples/perry/build.sh"
local link = helper.top .. "/examples/perry/link.sh"
local rules = helper.top .. "/rules/perry.lua"


-- The plan as "STATE RULE FILE" lines, each once, and the whole of it.
local function blamed(tree)
  local status, out = helper.symrun { "--format", "json", rules, tree }
  local plan = assert(json.decode(out, 1, nil), out)
  local lines, seen = {}, {}
  for _, f in ipairs(plan.findings) do
    local line = ("%s %s %s"):format(f.state, f.rule, f.file)
    if not seen[line] then lines[#lines + 1] = line end
    seen[line] = true
  end
  table.sort(lines)
  return status, lines, plan
end


local function made(name)
  local folder = helper.folder(name)
  helper.must { build, name, folder }
  return folder
end

local function remove(folder)
  helper.must { "rm", "-rf", folder }
end


local right = "dispatch=1 server=4208080 status=200 gzip=294 heard=2 state=42\n"

describe("a right tree raises no alarm:", function ()
  for _, name in ipairs { "thin", "fat", "off", "cgu1", "cgu16", "wrapped" } do
    it(name, function ()
      local tree = made(name)
      local status, lines, plan = blamed(tree)
      assert.same({}, lines)
      assert.equal(0, status)
      assert.equal("pass", plan.verdict)
      assert.same({ "perry/line-is-complete", "perry/line-gives-owners",
                    "perry/line-hides-nothing" }, plan.checked.not_run)
      assert.equal(7, plan.checked.rules)
      assert.equal(5, plan.checked.files)
      assert.is_true(plan.checked.members > 900)
      assert.is_true(plan.checked.symbols > 20000)
      assert.equal(right, helper.must { link, tree })
      if name ~= "thin" then remove(tree) end
    end)
  end
end)


describe("a wrong tree blames what is wrong:", function ()
  local zlib = "release/libperry_ext_zlib.a"
  local http = "release/libperry_ext_http.a"
  local events = "release/libperry_ext_events.a"
  local trees = {
    zero = { 1, "violated perry/ext-exports-js " .. zlib,
                "violated perry/wanted-is-provided " .. zlib },
    ["plugin-lto"] = { 2, "unknown perry/ext-exports-js " .. zlib,
                          "unknown perry/one-order-serves-all " .. zlib,
                          "unknown perry/same-build " .. zlib,
                          "unknown perry/stub-never-wins " .. zlib,
                          "unknown perry/wanted-is-provided " .. zlib },
    shadow = { 1, "violated perry/stub-never-wins " .. http },
    ["two-tokio"] = { 1, "violated perry/one-copy-of-a-crate " .. http },
    stale = { 1, "violated perry/same-build release/libperry_ext_events.a" },
    gap = { 1, "violated perry/ext-covers-stdlib " .. zlib },
    ["no-order"] = { 1, "violated perry/ext-covers-stdlib " .. zlib,
                        "violated perry/one-order-serves-all " .. zlib,
                        "violated perry/stub-never-wins " .. events,
                        "violated perry/stub-never-wins " .. http,
                        "violated perry/stub-never-wins " .. zlib },
    ["two-runtimes"] = { 1, "violated perry/stub-never-wins " .. events,
                            "violated perry/stub-never-wins " .. http,
                            "violated perry/stub-never-wins " .. zlib },
  }
  for name, expected in pairs(trees) do
    it(name, function ()
      local tree = made(name)
      local status, lines = blamed(tree)
      assert.same({ table.unpack(expected, 2) }, lines)
      assert.equal(expected[1], status)
      remove(tree)
    end)
  end

  it("a stub that shadows links without a word, and is named", function ()
    local tree = made "shadow"
    local status, out, err = helper.run { link, tree }
    assert.equal(0, status)
    assert.equal("", err)
    assert.equal("dispatch=0 server=8080 status=503 gzip=294 heard=0 state=0\n",
                 out)
    local _, _, plan = blamed(tree)
    assert.truthy(plan.findings[1].member.name:find "^perry_runtime%-%x+")
    assert.truthy(plan.findings[1].message:find
      "js_fetch_start, js_http_init_dispatch and js_timer_next")
    assert.truthy(plan.findings[1].hint:find "cargo build")
    remove(tree)
  end)
end)


describe("an archive that was harmed blames itself:", function ()
  local tree, archive, whole

  setup(function ()
    tree = made "thin"
    archive = tree .. "/release/libperry_ext_zlib.a"
    whole = helper.read(archive)
    helper.must { "rm", archive }  -- it is linked to cargo's own copy
  end)

  teardown(function () remove(tree) end)

  local function only_zlib(bytes, status)
    helper.write(archive, bytes)
    local got, lines, plan = blamed(tree)
    assert.equal(status, got)
    assert.is_true(#lines > 0)
    for _, line in ipairs(lines) do
      assert.equal("release/libperry_ext_zlib.a", line:match "(%S+)$")
    end
    return lines, plan
  end

  it("cut in its last member", function ()
    local _, plan = only_zlib(whole:sub(1, -200), 2)
    assert.truthy(plan.findings[1].message:find("cut short", 1, true))
    assert.equal("ar_size", plan.findings[1].unknown.field)
  end)

  it("cut in a header", function ()
    local last = 0
    for at in whole:gmatch "%d +%d+ +()`\n" do
      if at % 2 == 1 then last = at - 59 end  -- headers begin at even places
    end
    local _, plan = only_zlib(whole:sub(1, last + 30), 2)
    assert.equal("ar_hdr", plan.findings[1].unknown.field)
  end)

  it("of no bytes", function ()
    local _, plan = only_zlib("", 2)
    assert.truthy(plan.findings[1].message:find("is empty", 1, true))
  end)

  it("of no members", function ()
    only_zlib("!<arch>\n", 1)
  end)

  it("something else under its name", function ()
    local _, plan = only_zlib("not an archive\n", 2)
    assert.truthy(plan.findings[1].message:find("as its name says", 1, true))
  end)

  it("with an index that lacks the names", function ()
    local size = tonumber(whole:sub(57, 66))
    local index = whole:sub(69, 68 + size)
    local names = index:sub(5 + 4 * (">I4"):unpack(index))
    local lost = ("\0" .. names):gsub("\0js_", "\0xx_"):sub(2)
    assert(lost ~= names)
    local patched = whole:sub(1, 68) .. index:sub(1, #index - #names) .. lost
                    .. whole:sub(69 + size)
    local lines, plan = only_zlib(patched, 1)
    assert.same({ "violated perry/ext-exports-js release/libperry_ext_zlib.a" },
                lines)
    assert.equal("reindex", plan.edits[1].op)
    assert.equal(false, plan.edits[1].applied)
  end)

  it("and is fine when it is whole again", function ()
    helper.write(archive, whole)
    assert.equal(0, (blamed(tree)))
  end)
end)
