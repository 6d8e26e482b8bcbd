--- README's table of formats: each thing in each cell is one that a test here
--- makes, by its own words.
--
-- A cell is a list; what it lists has a function of that name in tests/formats,
-- which makes a real file and asks.  Words without a function fail, and so do
-- functions without words.

local helper = require "helper"

local archives = require "formats.archives"
local bitcode = require "formats.bitcode"
local pe = require "formats.pe"
local texts = require "formats.texts"
local wasm = require "formats.wasm"

local ROWS = {
  ["archives"] = archives,
  ["ELF"] = require "formats.elf",
  ["Mach-O"] = require "formats.macho",
  ["universal Mach-O"] = require "formats.fat",
  ["COFF"] = require "formats.coff",
  ["COFF imports"] = pe.import,
  ["PE"] = pe,
  ["wasm"] = wasm,
  ["wasm components"] = wasm.component,
  ["LLVM bitcode"] = bitcode,
  ["GCC's LTO"] = bitcode.gcc,
  ["`.tbd` stubs"] = texts.tbd,
  ["linker scripts"] = texts.script,
  ["AIX archives"] = archives.aix,
  ["XCOFF"] = archives.xcoff,
}

local COLUMNS = { ["what is read"] = "read", ["views"] = "views",
                  ["exports as linked"] = "exports", ["facts"] = "facts",
                  ["not told"] = "untold" }


local function cut(line)
  local out = {}
  for cell in line:gmatch "|([^|]*)" do
    out[#out + 1] = cell:match "^%s*(.-)%s*$"
  end
  out[#out] = nil  -- behind the last
  return out
end


-- What stands between commas; those in brackets are part of it.
local function list(cell)
  local out = {}
  local rest = cell:gsub("%b()", function (s) return (s:gsub(",", "\1")) end)
  for item in rest:gmatch "[^,;]+" do
    out[#out + 1] = item:gsub("\1", ","):match "^%s*(.-)%s*$"
  end
  return out
end


local readme = helper.read(helper.top .. "/README.md")
local rows = {}
local head
for line in readme:match "\n(| format |.-\n)\n":gmatch "[^\n]+" do
  if not head then head = cut(line)
  elseif not line:find "^|%-" then rows[#rows + 1] = cut(line) end
end


describe("README's table of formats", function ()
  it("has a test for each row and column, and no other", function ()
    local seen = {}
    for i, name in ipairs(head) do
      assert.is_true(i == 1 or COLUMNS[name] ~= nil, name)
    end
    for _, row in ipairs(rows) do
      assert.is_truthy(ROWS[row[1]], row[1])
      assert.equal(#head, #row, row[1])
      seen[row[1]] = true
    end
    for name in pairs(ROWS) do assert.is_true(seen[name], name) end
  end)

  for _, row in ipairs(rows) do
    local format = ROWS[row[1]] or {}
    for i = 2, #head do
      local tests, words = format[COLUMNS[head[i]]] or {}, {}
      for _, item in ipairs(list(row[i])) do
        words[item] = true
        it(("%s: %s: %s"):format(row[1], head[i], item),
           tests[item] or function () error "nobody proves it" end)
      end
      for item in pairs(tests) do
        if not words[item] then
          it(("%s: %s: %s"):format(row[1], head[i], item),
             function () error "is tested, and README does not say it" end)
        end
      end
    end
  end
end)
