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


-- What symrun's start costs beyond that of a program that does nothing.
local function start(command, folder)
  local none = { folder .. "/files", "replay", "/dev/null" }
  local both = turns.each({ { words = { command.words[1], "--version" } },
                            { words = none } }, 9)
  return both[1].cpu - both[2].cpu
end


-- How much of it nobody could leave out, and what the rest was for.
local function beyond(command, folder, took, floor)
  local out = folder .. "/told"
  turns.once(command.words, out)
  local files, members, n = corpora.read(out):match(
    "over ([%d,]+ files?), ([%d,]+ members?) and ([%d,]+) symbols")
  if not floor or not files then return nil end
  local begin = start(command, folder)
  local rest = took.cpu - floor.cpu - begin
  local symbols = math.tointeger(n:gsub(",", ""))
  return ("of %.1f ms, %.1f are %s%s, and %.1f are the start of a process "
    .. "that has Lua in it; %.1f are left to open %s, to find %s, to look at "
    .. "%s symbols and to answer: %.0f ns for each of these"):format(
    took.cpu * 1000, floor.cpu * 1000, floor.name, floor.bytes and
    (" (%.1f MB, %d calls)"):format(floor.bytes / 1e6, floor.calls) or "",
    begin * 1000, rest * 1000, files, members, n, rest * 1e9 / symbols)
end


--- Sentences about a command that took such a time (a summary), beside the
--- floor under it, if there is one: its name, CPU, and bytes and calls.
function why.lines(command, folder, took, floor)
  local lines = {}
  local function add(format, value)
    if value then lines[#lines + 1] = format:format(value) end
  end
  add("the floor: %s", beyond(command, folder, took, floor))
  add("symrun's time: %s", phases(command, folder))
  add("by the kernel: %s", ("%.0f ms in the program, %.0f ms in the system"):
      format(took.user * 1000, took.system * 1000))
  add("calls: %s", calls(command, folder))
  return lines
end

return why
