--- What holds of every format: no name breaks a row or reaches a terminal as
--- more than text, a name that many share is not printed without end, and a bad
--- member hides no good one.

local helper = require "helper"
local json = require "dkjson"
local macho = require "make_macho"
local make = require "make"
local makers = require "makers"
local peers = require "peers"
local wasm = require "wasm"

local WILD = {
  "new\nline", "tab\there", "esc\27[31mred", "bell\7", "back\\slash", "del\127",
  "bytes\xff\xfe\xc0", "turned\u{202e}round", "csi\u{9b}31m", "a b", "-", "#",
  "return\r", "quote\"'", "zw\u{200b}nj",
}

-- What a terminal obeys, or shows as something else: C0, DEL, C1 (as UTF-8 and
-- as a byte), and what turns the order of letters round.
local function obeyed(text)
  if text:find "[%z\1-\9\11-\31\127]" or text:find "\xc2[\x80-\x9f]"
     or text:find "\u{202e}" then return true end
  return utf8.len(text) == nil
end


local function nm(folder, file, view, ...)
  return helper.symrun({ "nm", "--view", view or "native", file, ... }, folder)
end


-- The bytes that a cell stands for.
local function plain(cell)
  if cell == "\\e" then return "" end
  return (cell:gsub("\\x(%x%x)", function (n)
    return string.char(tonumber(n, 16))
  end))
end


describe("names", function ()
  local folder
  setup(function () folder = helper.folder "bounds" end)

  for _, maker in ipairs(makers) do
    it("break no row of symrun nm: " .. maker.name, function ()
      for i, name in ipairs(maker.one and WILD or { false }) do
        local names = name and { name } or WILD
        helper.write(folder .. "/wild" .. i, maker.file(names))
        local status, out, err = nm(folder, "wild" .. i, maker.view)
        assert.equal("", err)
        assert.equal(0, status)
        assert.is_nil(out:match "[^\t\n\x20-\x7e]")
        local seen, rows = {}, 0
        for line in out:gmatch "[^\n]+" do
          assert.equal(6, select(2, line:gsub("\t", "")))
          seen[plain(line:match "^[^\t]*\t[^\t]*\t[^\t]*\t([^\t]*)")] = true
          rows = rows + 1
        end
        assert.is_true(rows >= 2 + #names)
        for _, each in ipairs(names) do assert.is_true(seen[each], each) end
      end
    end)

    it("are whole in JSON: " .. maker.name, function ()
      local names = maker.one and { WILD[1] } or WILD
      helper.write(folder .. "/wild", maker.file(names))
      local status, out = nm(folder, "wild", maker.view, "--format", "json")
      assert.equal(0, status)
      local told = assert(json.decode(out))
      local seen = {}
      for _, symbol in ipairs(told.files[1].symbols) do
        seen[symbol.escaped and plain(symbol.symbol) or symbol.symbol] = true
      end
      for _, name in ipairs(names) do assert.is_true(seen[name], name) end
    end)

    it("are text in a report: " .. maker.name, function ()
      local names = maker.one and { "esc\27[31m\n\xff" } or WILD
      helper.write(folder .. "/wild", maker.file(names))
      helper.write(folder .. "/rule.lua", ([[
        local symrun = require "symrun"
        symrun.rule "own/names" {
          about = "names", each = symrun.files "wild",
          check = function (it, report)
            local all = it:defined("*", "%s")
            report(it, "all: %%s", all)
            for name in all:each() do report(name, "is %%s", name) end
          end,
        }
      ]]):format(maker.view or "native"))
      local status, out, err = helper.symrun({ "rule.lua", "wild" }, folder)
      assert.equal(1, status)
      assert.equal("", err)
      assert.is_false(obeyed(out), out)
      assert.is_truthy(out:find(maker.one and "esc" or "red", 1, true))
    end)
  end
end)


describe("one long name", function ()
  local folder
  setup(function () folder = helper.folder "bounds-long" end)

  for _, maker in ipairs(makers) do
    if maker.shared then
      it("that 20,000 share is told, with numbers: " .. maker.name, function ()
        local bytes = maker.shared(("n"):rep(60000), 20000)
        helper.write(folder .. "/long", bytes)
        local status, out, err = nm(folder, "long",
                                    maker.shared_view or maker.view)
        assert.equal(2, status)
        assert.is_true(#out <= 80 * #bytes, #out .. " bytes were printed of "
                       .. #bytes)
        assert.matches("%d+[^\n]* more than 64 times", err)
        assert.matches("at offset %d+", err)
      end)

      it("that a few share is no damage: " .. maker.name, function ()
        local bytes = maker.shared(("n"):rep(60000), 20)
        helper.write(folder .. "/few", bytes)
        local status, out, err = nm(folder, "few",
                                    maker.shared_view or maker.view)
        assert.equal("", err)
        assert.equal(0, status)
        assert.is_true(#out > 20 * 60000)
      end)
    end
  end
end)


-- == neighbours ==============================================================

describe("a member that is bad", function ()
  local folder
  setup(function () folder = helper.folder "bounds-bad" end)

  -- one and two are read, and the one between them is told.
  local function between(bytes, format, view, bad)
    helper.write(folder .. "/mixed", bytes)
    local ours, status, err = peers.symrun({ "mixed" }, folder, "--view",
                                           view or "native")
    local names = {}
    for _, row in ipairs(ours.mixed) do
      names[row:match "^[^\t]*\t([^\t]*)"] = true
    end
    assert.equal(2, status)
    assert.equal(format, ours.mixed.format)
    assert.equal("partial", ours.mixed.status)
    assert.is_true(names.js_one and names.js_two)
    assert.is_nil(names.js_lost)
    assert.matches("^symrun: mixed" .. bad .. ": [^\n]+at offset %d+%)\n$",
                   err)
    return err
  end

  -- What rules know of it: those that were read, and that there may be more.
  local function asked(view, prefix)
    helper.write(folder .. "/rule.lua", ([[
      local symrun = require "symrun"
      local function ask(name, check)
        symrun.rule("own/" .. name) { about = "asks",
          each = symrun.files "mixed", check = check }
      end
      local view, prefix = %q, %q
      ask("good", function (it, report)
        report(it, "%%s %%s", it:defines(prefix .. "one", view),
               it:defines(prefix .. "two", view))
      end)
      ask("lost", function (it, report)
        report(it, "%%s", it:defines(prefix .. "lost", view))
      end)]]):format(view or "native", prefix))
    local _, out = helper.symrun({ "--format", "json", "rule.lua", "mixed" },
                                 folder)
    local plan = assert(json.decode(out), out)
    local said = {}
    for _, finding in ipairs(plan.findings) do
      if finding.state == "violated" then
        said[finding.rule] = finding.message
      elseif finding.rule == "own/lost" then
        said[finding.rule] = "unknown"
      end
    end
    assert.equal("true true", said["own/good"], out)
    assert.equal("unknown", said["own/lost"])
    assert.equal("unknown", plan.verdict)
  end

  for _, maker in ipairs(makers) do
    if not maker.alone then
      it("hides no good one beside it: " .. maker.name, function ()
        local lost = maker.file { "js_lost" }
        for _, bad in ipairs { lost:sub(1, #lost // 2), lost:sub(1, -2),
                               "no format at all" } do
          between((make.ar { { "one.o", maker.file { "js_one" } },
                             { "bad.o", bad },
                             { "two.o", maker.file { "js_two" } } }),
                  "ar", maker.view, "%(bad.o%)")
          asked(maker.view, (maker.marks or "") .. "js_")
        end
      end)
    end
  end

  it("hides no good one beside it: slices", function ()
    local function object(name, cpu)
      return (macho.file { cpu = cpu, symbols = { { name = name, sect = 1 } } })
    end
    local lost = object("js_lost", 12)
    between((macho.fat { { 0x01000007, 3, object("js_one", 0x01000007) },
                         { 12, 9, lost:sub(1, #lost // 2) },
                         { 0x0100000c, 0, object("js_two", 0x0100000c) } }),
            "fat", nil, " %(armv7%)")
  end)

  it("hides no good one beside it: modules", function ()
    local file
    for _, maker in ipairs(makers) do
      if maker.name == "wasm" then file = maker.file end
    end
    -- the section count of its exports is a lie: the module keeps its size
    local bad = wasm.module { export_count = 9 }
    between((wasm.bytes { wasm.component, { section = 1, file { "js_one" } },
                          { section = 1, bad },
                          { section = 1, file { "js_two" } } }),
            "wasm", "dynamic", "%(module%-2%)")
    asked("dynamic", "js_")
  end)
end)
