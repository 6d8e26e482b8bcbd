--- Why a number is missed: where symrun's time went, in its own words and in
--- the kernel's.
--
-- The shares are of other runs than the timed ones: strace makes a program
-- several times slower, so it only counts calls here, and times none.

local corpora = require "bench.corpora"
local turns = require "bench.turns"

local why = {}


-- "rules 2.4, walk 3.1, check 49.0, report 0.1 ms"
local function phases(command, folder)
  local words = table.move(command.words, 1, #command.words, 1, {})
  table.insert(words, 2, "--timing")
  local err = folder .. "/timing"
  turns.once(words, nil, err)
  local parts = {}
  for name, ms in corpora.read(err):gmatch "(%l+)%s+([%d.]+) ms CPU\n" do
    parts[#parts + 1] = ("%s %.1f"):format(name, tonumber(ms))
  end
  return #parts > 0 and table.concat(parts, ", ") .. " ms" or nil
end


-- "pread64 16402, fstat 1176, ..."
local function calls(command, folder)
  local out = folder .. "/calls"
  local words = { "strace", "-f", "-c", "-S", "calls", "-U", "calls,name",
                  "-o", out, table.unpack(command.words) }
  if turns.once(words).status == 127 then return nil end
  local parts = {}
  for n, name in corpora.read(out):gmatch "(%d+) ([%w_]+)\n" do
    if #parts < 5 and name ~= "total" then
      parts[#parts + 1] = ("%s %s"):format(name, n)
    end
  end
  return #parts > 0 and table.concat(parts, ", ") or nil
end


--- Sentences about a command that took such a time (a summary).
function why.lines(command, folder, took)
  local lines = {}
  local function add(format, value)
    if value then lines[#lines + 1] = format:format(value) end
  end
  add("symrun's time: %s", phases(command, folder))
  add("by the kernel: %s", ("%.0f ms in the program, %.0f ms in the system"):
      format(took.user * 1000, took.system * 1000))
  add("calls: %s", calls(command, folder))
  return lines
end

return why
