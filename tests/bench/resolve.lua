--- The row of the resolver: a link of all of LLVM's archives, beside what mold
--- spends on reading them and on choosing.
--
-- mold does more with what it reads, so only two phases of its own clock are
-- counted.  The winners are compared with its map in the run that is timed.

local peers = require "bench.peers"
local report = require "bench.report"
local turns = require "bench.turns"

local resolve = {}

local MOST = 0.5  -- of mold's CPU


-- The line, of one thread.
local function line_of(paths)
  local words = { "mold", "--whole-archive", "-shared", "-z", "undefs",
                  "--thread-count=1" }
  return table.move(paths, 1, #paths, #words + 1, words)
end


-- What symrun says: member by name, and how many.
local function winners(tool, line, out)
  local words = { tool, "tests/bench/rules/winners.lua", "-D", "list=true",
                  "--format", "json", "--" }
  turns.once(table.move(line, 1, #line, #words + 1, words), out)
  local by, n = {}, 0
  local file = assert(io.open(out, "rb"))
  local list = file:read "a":match '"message":"list:\\n([^"]*)"' or ""
  file:close()
  for name, member in (list .. "\\n"):gmatch "([^\\]+)\\t([^\\]+)\\n" do
    by[name], n = member, n + 1
  end
  if n == 0 then error("symrun gave no list of who gives what", 0) end
  return by, n
end


-- mold's map: under each section of a member its symbols, local ones too.  A
-- name that we give to another member must be local where mold shows it.
local function compare(x, line, ours)
  local words = table.move(line, 1, #line, 1, {})
  for _, word in ipairs { "-Map=" .. x.folder .. "/mold.map", "--no-demangle",
                          "-o", x.folder .. "/mold.so" } do
    words[#words + 1] = word
  end
  turns.once(words)
  local member, same, other = nil, {}, {}
  for text in io.lines(x.folder .. "/mold.map") do
    local path, section = text:match "^%s+0x%x+%s+%d+%s+%d+%s+(/.-)%):%((.*)$"
    if section then member = path:match "([^/]*)$" .. ")"
    else
      local name = text:match "^%s+0x%x+%s+0%s+0%s+(%S+)$"
      if name and ours[name] then
        local list = ours[name] == member and same or other
        list[name] = member
      end
    end
  end
  local n = 0
  for _ in pairs(same) do n = n + 1 end
  for name, theirs in pairs(other) do
    if not same[name] then
      error(("mold has %s from %s, and symrun from %s"):format(name, theirs,
            ours[name]), 0)
    end
  end
  os.remove(x.folder .. "/mold.so")
  os.remove(x.folder .. "/mold.map")
  return n
end


-- Seconds of CPU of the phases that count.
local function phases(line, out)
  local words = table.move(line, 1, #line, 1, {})
  words[#words + 1] = "--perf"
  words[#words + 1] = "-o"
  words[#words + 1] = "/dev/null"
  local run = turns.once(words, out)
  local sum = 0
  for text in io.lines(out) do
    local user, system, name =
      text:match "^%s*([%d.]+)%s+([%d.]+)%s+%S+%s+(%S+)"
    if name == "read_input_files" or name == "resolve_symbols" then
      sum = sum + tonumber(user) + tonumber(system)
    end
  end
  if sum == 0 then error("mold --perf said nothing of its phases", 0) end
  run.cpu = sum
  return run
end


--- x: the bench; paths: the archives; n: how many pairs.
function resolve.row(x, paths, n)
  local line, out = line_of(paths), x.folder .. "/out"
  local ours, names = winners(x.tool, line, out)
  local same = compare(x, line, ours)
  report.title("a link resolved", ("%d archives, %d names; mold's map has %d "
               .. "of them, each from the same member"):format(#paths, names,
                                                               same))
  report.header()
  local words = { x.tool, "tests/bench/rules/winners.lua", "--" }
  local command = { words = table.move(line, 1, #line, #words + 1, words),
                    out = out, expect = ("names: %d,"):format(names) }
  local mine, theirs, ratios = {}, {}, {}
  for i = 1, n do
    mine[i] = turns.each({ command }, 1)[1]
    theirs[i] = phases(line, out)
    ratios[i] = mine[i].cpu / theirs[i].cpu
  end
  return report.pair("mold's two phases", turns.summary(mine),
                     turns.summary(theirs), turns.median(ratios),
                     { most = MOST }) == "short" and command,
         turns.summary(mine)
end


--- Why it cannot run, if it cannot.
function resolve.missing(paths)
  if #paths == 0 then return "llvm-19-dev is not installed" end
  return not peers.has "mold" and "mold is not installed" or nil
end

return resolve
