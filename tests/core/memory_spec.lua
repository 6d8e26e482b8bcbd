--- Memory: a run takes at most four times the file's size and 64 MiB.
--
-- These files are as dense as their formats allow: almost nothing but records,
-- and names of three bytes.  Where a record takes ten bytes or fewer, a row or
-- a name in a set takes more than four times that, and twelve times is the
-- bound; no compiler writes such files.  The system says what a run had.

local helper = require "helper"
local coff = require "make_coff"
local make = require "make"
local makers = require "makers"
local wasm = require "wasm"

local SANITIZED = os.getenv "SANITIZER"  -- which keeps what was given back

local DENSER = { ["wasm module"] = true, ["wasm object"] = true,
                 ["index"] = true, ["modules"] = true }

local MEASURE = [[
import os, sys
pid = os.fork()
if pid == 0:
    out = os.open(os.devnull, os.O_WRONLY)
    os.dup2(out, 1)
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)
]]

local RULE = [[
local symrun = require "symrun"
symrun.rule "own/all" {
  about = "asks for all that there is", each = symrun.files "dense*",
  check = function (it, report)
    local view = %q
    local all = it:defined("*", view) + it:undefined("*", view)
    report(it, "%%d", #all)
  end,
}
]]


-- Names of three bytes, each but a few of its own.
local function short(count)
  local out = {}
  for i = 1, count do
    out[i] = string.pack("<I3", i):gsub("%z", "\1")
  end
  return out
end


-- Three bytes a symbol, all of the name of one import.
local function wasm_object(count)
  local symbols = { sized = true, count, ("\0\16\0"):rep(count) }
  return (wasm.bytes { wasm.magic, { section = 1, 1, "\x60\0\0" },
    { section = 2, 1, wasm.name "env", wasm.name "f", "\0\0" },
    { custom = "linking", 2, "\8", symbols } })
end


local function dense(name, count)
  for _, maker in ipairs(makers) do
    if maker.name == name then return maker.file(short(count)), maker.view end
  end
end


local FILES = {
  ["ELF"] = function () return dense("ELF", 500000) end,
  ["Mach-O"] = function () return dense("Mach-O", 500000) end,
  ["COFF"] = function () return dense("COFF", 500000) end,
  ["PE"] = function () return dense("PE", 60000) end,
  ["wasm module"] = function () return dense("wasm", 1500000) end,
  ["wasm object"] = function () return wasm_object(2000000) end,
  ["LLVM bitcode"] = function () return dense("LLVM bitcode", 400000) end,
  ["GCC's LTO"] = function () return dense("GCC's LTO", 500000) end,
  ["members"] = function ()
    local list = {}
    for i = 1, 200000 do list[i] = { "a", "" } end
    return (make.ar(list))
  end,
  ["index"] = function ()
    local list = {}
    for i, name in ipairs(short(1000000)) do list[i] = { name, 1 } end
    return (make.ar { { "a.o", "" }, index = list }), "index"
  end,
  ["imports"] = function ()
    local list = {}
    local member = coff.import { name = "f", dll = "d" }
    for i = 1, 150000 do list[i] = { "d", member } end
    return (make.ar(list))
  end,
  ["modules"] = function ()
    local one = { section = 1, wasm.magic }
    local list = { wasm.component }
    for i = 1, 750000 do list[i + 1] = one end
    return (wasm.bytes(list))
  end,
}


describe("memory", function ()
  local folder
  setup(function ()
    folder = helper.folder "memory"
    helper.write(folder .. "/measure.py", MEASURE)
  end)

  local function used(...)
    local out = helper.must({ "python3", "measure.py", helper.tool, ... },
                            folder)
    local status, bytes = out:match "^(%d+) (%d+)\n"
    return tonumber(status), tonumber(bytes)
  end

  for name, file in pairs(FILES) do
    it("is at most four times the file and 64 MiB: " .. name, function ()
      local bytes, view = file()
      local most = ((DENSER[name] and 12 or 4) * #bytes + (64 << 20))
                   * (SANITIZED and 8 or 1)
      helper.write(folder .. "/dense", bytes)
      helper.write(folder .. "/rule.lua", RULE:format(view or "native"))
      assert.is_true(#bytes > 500000, #bytes .. " bytes are few")
      for _, words in ipairs { { "nm", "--view", view or "native", "dense" },
                               { "rule.lua", "dense" } } do
        local status, peak = used(table.unpack(words))
        assert.is_true(status < 3, status)
        assert.is_true(peak <= most, ("%s: %d bytes for %d, of %d"):format(
          words[1], peak, #bytes, most))
      end
    end)
  end
end)
