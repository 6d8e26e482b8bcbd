--- Run commands in turns and compare what they cost.
--
-- Two programs are compared by the ratio of neighbouring runs, never by their
-- own medians: a machine that is slow for a while is slow for both of a pair.

local turns = {}

turns.measure = "build/bench/measure"


local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

function turns.line(words)
  local out = {}
  for i, word in ipairs(words) do out[i] = quote(word) end
  return table.concat(out, " ")
end


--- Run words once, their output to files; gives what it cost: cpu, user,
--- system and elapsed in seconds, peak in KiB, blocks read, status.
function turns.once(words, out, err)
  local all = { turns.measure, out or "/dev/null", err or "/dev/null" }
  table.move(words, 1, #words, #all + 1, all)
  local pipe = assert(io.popen(turns.line(all)))
  local text = pipe:read "a"
  pipe:close()
  local user, system, elapsed, peak, blocks, status = text:match(
    "^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+)")
  if not user then error("measure failed: " .. turns.line(words)) end
  return {
    user = user / 1e6, system = system / 1e6, cpu = (user + system) / 1e6,
    elapsed = elapsed / 1e6, peak = math.tointeger(peak),
    blocks = math.tointeger(blocks), status = math.tointeger(status),
  }
end


function turns.median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  local n = #sorted
  return n % 2 == 1 and sorted[n // 2 + 1]
      or (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end


--- The medians of some runs, field by field, and the highest peak.
function turns.summary(runs)
  local out = { peak = 0 }
  for _, field in ipairs { "cpu", "user", "system", "elapsed" } do
    local list = {}
    for i, run in ipairs(runs) do list[i] = run[field] end
    out[field] = turns.median(list)
  end
  for _, run in ipairs(runs) do out.peak = math.max(out.peak, run.peak) end
  return out
end


-- A run that ended in another way than the one whose answer was looked at has
-- done other work.
local function checked(command)
  local run = turns.once(command.words, command.out)
  if run.status ~= (command.status or 0) then
    error(("%s ended with %d"):format(turns.line(command.words), run.status), 0)
  end
  if command.expect then
    local file = assert(io.open(command.out, "rb"))
    local text = file:read "a"
    file:close()
    for _, told in ipairs(type(command.expect) == "table" and command.expect
                          or { command.expect }) do
      if not text:find(told, 1, true) then
        error(("%s gave another answer when it was timed, without '%s':\n%s")
              :format(turns.line(command.words), told, text), 0)
      end
    end
  end
  return run
end


--- n pairs of runs, first one's turn first and then the other's.  Gives both
--- summaries and the median of ratios (a's CPU over b's).
function turns.pairs(a, b, n)
  local as, bs, ratios = {}, {}, {}
  for i = 1, n do
    if i % 2 == 1 then
      as[i] = checked(a)
      bs[i] = checked(b)
    else
      bs[i] = checked(b)
      as[i] = checked(a)
    end
    ratios[i] = as[i].cpu / bs[i].cpu
  end
  return turns.summary(as), turns.summary(bs), turns.median(ratios)
end


--- n runs of each of some commands in turns; gives their summaries.
function turns.each(commands, n)
  local runs, out = {}, {}
  for k = 1, #commands do runs[k] = {} end
  for i = 1, n do
    for k, command in ipairs(commands) do runs[k][i] = checked(command) end
  end
  for k = 1, #commands do out[k] = turns.summary(runs[k]) end
  return out, runs
end

return turns
