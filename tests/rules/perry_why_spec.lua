--- symrun why over archives that cargo builds with two faults at once: who wins
--- is what the program does when it runs, and what the linker's map says.
--
-- Tree no-order: the extensions have the stubs, and the standard library still
-- has zlib, so that no order of the archives is right.  Tree two-runtimes: the
-- standard library calls its own runtime, so that two are linked.

local helper = require "helper"
local json = require "dkjson"

local build = helper.top .. "/examples/perry/build.sh"
local linkers = { "bfd", "gold", "lld", "mold" }
local files = { h = "release/libperry_ext_http.a",
                e = "release/libperry_ext_events.a",
                z = "release/libperry_ext_zlib.a",
                s = "release/libperry_stdlib.a" }
local orders = { "hezs", "zhes", "shez", "ezsh" }
local MULDEFS = "-Wl,--allow-multiple-definition"

local trees = {}
for _, name in ipairs { "no-order", "two-runtimes" } do
  trees[name] = helper.folder("perry-why-" .. name)
  helper.must { build, name, trees[name] }
end


local function line(linker, order, ...)
  local words = { "gcc", "-fuse-ld=" .. linker, "-o", "app", "app.o" }
  for letter in order:gmatch "." do words[#words + 1] = files[letter] end
  for _, word in ipairs { "-lpthread", "-ldl", "-lm", ... } do
    words[#words + 1] = word
  end
  return words
end


-- "zlib(perry_runtime)" of libperry_ext_zlib.a and a member with hashes.
local function plain(file, member)
  return ("%s(%s)"):format(file:match "perry_(%w+)%.a$"
                           or file:match "ext_(%w+)%.a$",
                           member:match "^([%w_]+)%-")
end


local function why(tree, name, words)
  local status, out, err = helper.symrun({ "why", "--format", "json", name,
                                           "--", table.unpack(words) }, tree)
  local told = assert(json.decode(out, 1, nil), out .. err)
  assert.equal(0, status, err)
  return plain(told.winner.file, told.winner.member.name), told
end


-- The same from the map and the symbols of what was linked: the member whose
-- section is where the name is.
local function mapped(tree, name)
  local map = helper.read(tree .. "/map"):gsub("(\n %.text%S*)\n +0x",
                                               "%1 0x")
  local at = helper.must({ "nm", "app" }, tree):match("(%x+) %a " .. name
                                                      .. "\n")
  for text in map:gmatch "[^\n]+" do
    if text:find(".text." .. name, 1, true) then
      local file, member = text:match "(%S+%.a)%(([^)]+)%)"
      local where = text:match("^%s*0?x?(%x+)") -- lld, mold
      if text:find "^ *%.text" then where = text:match "0x(%x+)" end
      if file and tonumber(where, 16) == tonumber(at, 16) then
        return plain(file, member)
      end
    end
  end
end


local function run(tree, words)
  helper.must(words, tree)
  return helper.must({ "./app" }, tree)
end


describe("who wins", function ()
  local names = { "js_http_init_dispatch", "js_zlib_gzip_sync", "js_state_get",
                  "js_state_set", "js_session_state" }
  for name, tree in pairs(trees) do
    for _, linker in ipairs(linkers) do
      it(("is what runs: %s, %s"):format(name, linker), function ()
        local seen = {}
        for _, order in ipairs(orders) do
          local words = line(linker, order, MULDEFS, "-Wl,-Map=map")
          local out = run(tree, words)
          local winner = {}
          for _, symbol in ipairs(names) do
            winner[symbol] = why(tree, symbol, words)
            assert.equal(mapped(tree, symbol), winner[symbol],
                         symbol .. " " .. table.concat(words, " "))
          end
          local state = winner.js_state_set == winner.js_state_get and 5 or 0
          local own = winner.js_state_set == "stdlib(perry_runtime)"
          local expected = ("dispatch=%d gzip=%d state=%d session=%d\n"):format(
            winner.js_http_init_dispatch == "stdlib(perry_stdlib)" and 1 or 0,
            winner.js_zlib_gzip_sync == "zlib(perry_ext_zlib)" and 294 or 1003,
            state, own and 5 or 0)
          assert.equal(expected, out, table.concat(words, " "))
          seen[out] = true
        end
        -- and orders do differ
        assert.is_true(seen["dispatch=0 gzip=294 state=5 session=0\n"])
        assert.is_true(next(seen, next(seen)) ~= nil)
      end)
    end
  end
end)


describe("what is there twice", function ()
  local policy = helper.write(trees["no-order"] .. "/twice.lua", [[
local symrun = require "symrun"
symrun.rule "a/twice" { about = "nothing is defined twice",
  each = symrun.links(), check = function (link, report)
    local seen = {}
    for name in link:duplicates():each() do
      if not seen[name:text()] then report(link, "%s", name:text()) end
      seen[name:text()] = true
    end
  end }
]])

  for _, linker in ipairs(linkers) do
    it("is what the linker says, all of it: " .. linker, function ()
      for name, tree in pairs(trees) do
        local words = line(linker, "hezs")
        local status, _, err = helper.run(words, tree)
        assert.is_true(status ~= 0)
        local theirs, ours = {}, {}
        for text in err:gmatch "[^\n]+" do
          local symbol = text:match "multiple definition of [`']([%w_]+)'"
                      or text:match "duplicate symbol:.-([%w_]+)$"
          theirs[#theirs + 1] = symbol
        end
        local _, out = helper.symrun({ "--format", "json", policy, "--",
                                       table.unpack(words) }, tree)
        for i, f in ipairs(json.decode(out).findings) do ours[i] = f.message end
        table.sort(theirs)
        table.sort(ours)
        assert.same(theirs, ours)
        assert.equal(name == "no-order" and 7 or 6, #ours)
      end
    end)
  end
end)


-- What symrun prints, without what names of members have at their ends, in one
-- line.
local function told(tree, name, words)
  local _, out = helper.symrun({ "why", name, "--", table.unpack(words) }, tree)
  return (out:gsub("release/", "")
             :gsub("libperry_(%w+)%.a%((%w+)%-[%w_.%-]+%)", "%1(%2)")
             :gsub("libperry_ext_(%w+)%.a%(([%w_]+)%-[%w_.%-]+%)", "%1(%2)")
             :gsub("libperry_(stdlib)%.a%(([%w_]+)%-[%w_.%-]+%)", "%1(%2)")
             :gsub("%s+", " "))
end

local function says(sentence, text)
  assert.truthy(text:find(sentence, 1, true), text)
end


describe("symrun why tells a newcomer", function ()
  local tree = trees["no-order"]

  it("which stub wins, and what is defined twice", function ()
    local text = told(tree, "js_http_init_dispatch", line("bfd", "hezs"))
    says("js_http_init_dispatch is given by http(perry_runtime)", text)
    says("because stdlib(perry_stdlib) is linked, too, and defines it as "
         .. "strongly: bfd calls that a multiple definition", text)
    says("note stdlib(perry_stdlib) is linked because app.o wants "
         .. "js_session_state, which nothing else has", text)
    says("note these are defined twice as well: js_fetch_start, js_state_get, "
         .. "js_state_set, js_timer_next, js_value_crc32 and 1 more", text)
  end)

  it("that the line lets it pass", function ()
    for _, option in ipairs { MULDEFS, "-Wl,-z,muldefs", "-zmuldefs" } do
      says("is linked, too, and defines it as strongly, which "
           .. "--allow-multiple-definition lets pass: the first counts",
           told(tree, "js_http_init_dispatch", line("bfd", "hezs", option)))
    end
  end)

  it("whose copy an order leaves out", function ()
    local text = told(tree, "js_zlib_gzip_sync", line("bfd", "shez"))
    says("js_zlib_gzip_sync is given by stdlib(perry_stdlib)", text)
    says("the first on the line is linked, and zlib(perry_ext_zlib) stands "
         .. "behind it", text)
  end)

  it("what brings the second runtime", function ()
    for _, linker in ipairs(linkers) do
      local text = told(trees["two-runtimes"], "js_state_get",
                        line(linker, "hezs", MULDEFS))
      says("js_state_get is given by http(perry_runtime)", text)
      says("note stdlib(perry_runtime) is linked because stdlib(perry_stdlib) "
           .. "wants perry_runtime::state::seen, which nothing else has", text)
    end
    -- in this order there is one
    local text = told(trees["two-runtimes"], "js_state_get",
                      line("bfd", "shez"))
    says("js_state_get is given by stdlib(perry_runtime)", text)
    assert.is_nil(text:find("twice", 1, true))
  end)

  it("by names as people write them", function ()
    local status, _, err = helper.symrun({ "why", "perry_runtime::state::seen",
      "--", table.unpack(line("bfd", "hezs")) }, tree)
    assert.equal(2, status)
    assert.truthy(err:find("may be any of these", 1, true))
  end)
end)


describe("what the rule proposes", function ()
  for _, linker in ipairs(linkers) do
    it("cures the tree that no order cures: " .. linker, function ()
      local tree = trees["no-order"]
      local _, out = helper.symrun({ "--format", "json", "--select",
        "perry/line-gives-owners", "rules/perry.lua", "--",
        table.unpack(line(linker, "hezs")) }, tree)
      local finding = json.decode(out).findings[1]
      assert.equal("gives js_fetch_start, js_http_init_dispatch, "
                   .. "js_timer_next, which libperry_stdlib.a owns",
                   finding.message)
      local name, order = finding.hint:match("no order holds both: .- hide "
        .. "(%S+) in libperry_stdlib.a; with the archives in this order: "
        .. "([^;]+); or build it without the stubs")
      assert.equal("js_zlib_gzip_sync", name, finding.hint)
      local letters = order:gsub("libperry_[ext_]*(%w)[%w_.]*", "%1")
                           :gsub("[, ]", "")
      helper.must({ "cp", files.s, "saved.a" }, tree)
      helper.must({ "objcopy", "-L", name, "saved.a", files.s }, tree)
      local said = run(tree, line(linker, letters))
      helper.must({ "mv", "saved.a", files.s }, tree)
      assert.equal("dispatch=1 gzip=294 state=5 session=5\n", said)
    end)

    it("puts the right runtime first: " .. linker, function ()
      local tree = trees["two-runtimes"]
      local _, out = helper.symrun({ "--format", "json", "--select",
        "perry/line-gives-owners", "rules/perry.lua", "--",
        table.unpack(line(linker, "hezs")) }, tree)
      local hint = json.decode(out).findings[1].hint
      local order = hint:match "^put them in this order: ([^;]+)"
      assert.truthy(order, hint)
      local letters = order:gsub("libperry_[ext_]*(%w)[%w_.]*", "%1")
                           :gsub("[, ]", "")
      assert.equal("dispatch=1 gzip=294 state=5 session=5\n",
                   run(tree, line(linker, letters)))
    end)
  end
end)
