--- examples/links, built end to end: what README says of them is what they
--- print, and what is linked is what it should be.

local helper = require "helper"
local json = require "dkjson"

local bin = helper.tool:match "^(.*)/[^/]*$"
local folder = helper.folder "examples-links"
helper.must { "cp", "-r", helper.top .. "/examples/links", folder .. "/links" }
helper.must { "mkdir", folder .. "/tmp" }


-- Run words in the copy, symrun on PATH: status, and all that they print.
local function run(words, map)
  local all = { "env", "-u", "CC", "-u", "CXX", "MAP=" .. (map or ""),
                "TMPDIR=" .. folder .. "/tmp",
                "PATH=" .. bin .. ":" .. os.getenv "PATH",
                "sh", "-c", 'exec "$@" 2>&1', "sh" }
  table.move(words, 1, #words, #all + 1, all)
  return helper.run(all, folder .. "/links")
end

local function lines(...)
  local out = {}
  for line in helper.must(...):gmatch "[^\n]+" do out[#out + 1] = line end
  return out
end


-- What differs from machine to machine: numbers, hashes, where lines break.
local function plain(text)
  text = text:gsub(folder:gsub("%p", "%%%0"), "/tmp")
  text = text:gsub("%x%x%x%x%x%x%x%x+", "H"):gsub("%d[%d,]*", "N")
  return (text:gsub("%s+", " "))
end

-- A block of README against what was printed: "..." stands for anything.
local function says(block, out)
  local at = 1
  out = plain(out)
  for part in (block:gsub("^[^\n]*\n", "") .. "\n...\n")
              :gmatch "(.-)\n?%.%.%.\n" do
    part = plain(part):match "^ ?(.-) ?$"
    local _, last = out:find(part, at, true)
    assert(last, ("README says %q\nin\n%s"):format(part, out))
    at = last + 1
  end
end


local status, printed = {}, {}  -- of each command in README
local readme = helper.read(folder .. "/links/README.md")
local blocks = {}
for block in readme:gmatch "\n```console\n(.-)\n```" do
  local words = {}
  for word in block:match "^%$ ([^\n]*)":gmatch "%S+" do
    words[#words + 1] = word:gsub("^/tmp/", folder .. "/")
  end
  local name = words[3]:match "[^/]*$" .. (words[4] and " bare" or "")
  status[name], printed[name] = run(words)
  blocks[name] = block
end


describe("README of examples/links", function ()
  for name, block in pairs(blocks) do
    it("prints what it says: " .. name, function ()
      -- where GNU ld linked it, the call is to address zero
      if status[name] ~= 139 then says(block, printed[name]) end
    end)
  end

  it("ends as it says", function ()
    assert.truthy(status["hurry bare"] == 127 or status["hurry bare"] == 139)
    status["hurry bare"] = "dies"
    assert.same({ ["hurry bare"] = "dies", stopped = 101, right = 0,
                  ["public bare"] = 0, told = 2, mended = 0 }, status)
  end)

  it("leaves nothing behind", function ()
    assert.equal("", helper.must { "ls", "-A", folder .. "/tmp" })
  end)
end)


-- What captures are blamed for: "STATE LEVEL RULE NAME: MESSAGE" lines.
local function blamed(rules, name, pattern)
  local words = { "--format", "json", folder .. "/links/" .. rules }
  for _, path in ipairs(lines { "sh", "-c", "ls -d " .. folder .. "/" .. name
                                .. "/captures/" .. (pattern or "*") }) do
    words[#words + 1] = path
  end
  local code, out = helper.symrun(words, folder .. "/" .. name)
  local plan, list = assert(json.decode(out, 1, nil), out), {}
  for _, f in ipairs(plan.findings) do
    list[#list + 1] = ("%s %s %s %s: %s"):format(f.state, f.level, f.rule,
      (f.file or f.link.output):match "[^/]*$",
      f.message:gsub("%d%d+", "N"))
  end
  table.sort(list)
  return code, list, #words - 3
end

local function exports(path)
  local list = {}
  for _, line in ipairs(lines { "nm", "-D", "--defined-only", path }) do
    list[#list + 1] = line:match " [TA] ([%w_@]+)$"
  end
  table.sort(list)
  return table.concat(list, " ")
end

local function same(a, b)
  return helper.read(folder .. "/" .. a) == helper.read(folder .. "/" .. b)
end


describe("cargo", function ()
  local bare = run { "cargo/build.sh", "right", folder .. "/bare", "bare" }

  it("blames the option and the object, and keeps the links", function ()
    local code, list, captures = blamed("cargo/gauge.lua", "stopped")
    assert.equal(1, code)
    assert.equal(3, captures)  -- the program was not linked
    assert.equal(3, #list)
    assert.same({
      "violated error gauge/no-blindfold libgauge.so: word N, "
      .. "--warn-unresolved-symbols: the link would pass, whatever is missing",
      "violated note gauge/library-shows-c libgauge.so: hides gauge_read and "
      .. "gauge_trim" }, { list[1], list[3] })
    assert.truthy(list[2]:find("^violated error gauge/nothing%-is%-missing "
      .. "gauge%..*%.rcgu%.o: wants gauge_history, which nothing on the line "
      .. "defines$"), list[2])
  end)

  it("builds what it builds without symrun", function ()
    assert.not_equal(0, bare)  -- the library shows no function of C
    assert.is_true(same("bare/release/gauge", "right/release/gauge"))
    assert.equal("gauge_mean", exports(folder .. "/bare/release/libgauge.so"))
  end)

  it("builds a library that shows what is C's", function ()
    local code, list, captures = blamed("cargo/gauge.lua", "right")
    assert.equal(0, code)
    assert.equal(4, captures)
    assert.same({ "violated note gauge/library-shows-c libgauge.so: hides "
                  .. "gauge_history, gauge_read and gauge_trim" }, list)
    assert.equal("gauge_history gauge_mean gauge_read gauge_trim",
                 exports(folder .. "/right/release/libgauge.so"))
  end)

  it("replays the library as it was before that", function ()
    helper.must { "rm", folder .. "/right/release/deps/libgauge.so" }
    helper.must { "sh", "-c", helper.line { helper.tool, "ld", "--replay" }
                  .. " " .. folder .. "/right/captures/libgauge.so-*" }
    assert.is_true(same("bare/release/libgauge.so",
                        "right/release/deps/libgauge.so"))
  end)
end)


describe("CMake", function ()
  local made = {}
  -- The program has the path of its library in it, so all are built in one.
  for name, words in pairs {
    mended = {}, right = { map = "whole.map" },
    bare = { "bare", map = "whole.map" },
  } do
    helper.must { "rm", "-rf", folder .. "/one" }
    local code, out = run({ "cmake/build.sh", "PRIVATE", folder .. "/one",
                            words[1] }, words.map)
    assert.equal(0, code, out)
    helper.must { "cp", "-r", folder .. "/one", folder .. "/" .. name .. "-2" }
    made[name] = out
  end

  it("finds out the same of the compiler", function ()
    local function configured(out)
      return out:match "\n(%-%- The C compiler.-)\n%$"
             :gsub("compiler: %S+", "compiler:")
    end
    assert.truthy(configured(made.bare):find("puts - found", 1, true))
    assert.equal(configured(made.bare), configured(made.right))
  end)

  it("blames the archive on the program's line", function ()
    local code, list = blamed("cmake/wave.lua", "told")
    assert.equal(1, code)
    assert.same({
      "violated error wave/one-state libtone.a: is linked into play, and "
      .. "libwave.so has a copy of its own",
      "violated note wave/exports-its-names libwave.so: hides wave_tune",
      "violated note wave/lacks-nothing libwave.so: may lack what it calls",
    }, list)
  end)

  it("mends the library", function ()
    assert.equal("WAVE_1 wave_play@@WAVE_1 wave_tune@@WAVE_1",
                 exports(folder .. "/mended-2/libwave.so"))
    assert.truthy(made.mended:find("hides wave_tune", 1, true))
    assert.is_nil(made.right:find("hides wave_tune", 1, true))
    local code, list = blamed("cmake/wave.lua", "right-2")
    assert.equal(0, code)
    assert.equal(1, #list)
  end)

  it("builds what it builds without symrun", function ()
    for _, name in ipairs { "mended-2", "right-2" } do
      assert.is_true(same("bare-2/libwave.so", name .. "/libwave.so"), name)
      assert.is_true(same("bare-2/play", name .. "/play"), name)
    end
  end)
end)
