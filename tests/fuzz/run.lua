--- Runs libFuzzer's targets and says, a row for each, how many inputs were
--- tried, how many features of the code they reached, and what was found.
--
--   lua tests/fuzz/run.lua BUILD SECONDS JOBS TARGET...
--
-- libFuzzer ends a target at its first finding.  The others are run all the
-- same; what was found stays beside the target, and the status is 1.

package.path = "tests/?.lua;tests/fuzz/?.lua;" .. package.path

local helper = require "helper"
local seeds = require "seeds"

local build, seconds, jobs = arg[1], arg[2], tonumber(arg[3])
local LEAST = 1000  -- runs, or it fuzzed nothing

assert(tonumber(seconds) >= 1, "no seconds are no end to libFuzzer")


-- What compilers made, which tests/mutate has left there.
local function compiled()
  local out = {}
  local listing = helper.must { "find", build .. "/tests/mutate.files",
                                "-name", "seed-*" }
  for path in listing:gmatch "[^\n]+" do out[#out + 1] = helper.read(path) end
  return out
end


local function write_seeds(target, files, folder)
  local takes, n = seeds.takes[target], 0
  local function put(bytes)
    n = n + 1
    helper.write(("%s/%d"):format(folder, n), bytes)
  end
  for _, bytes in ipairs(takes and files or {}) do
    if takes(bytes) then put(bytes) end
  end
  for _, bytes in ipairs(seeds.made[target] or {}) do put(bytes) end
  assert(n > 0, target .. " has nothing to begin from")
end


local function start(target, files)
  local path = build .. "/fuzz/" .. target
  helper.must { "rm", "-rf", path .. ".seeds" }
  helper.must { "mkdir", "-p", path .. ".seeds", path .. ".corpus" }
  write_seeds(target, files, path .. ".seeds")
  local words = { path, "-max_total_time=" .. seconds, "-max_len=65536",
    "-print_final_stats=1", "-rss_limit_mb=2048", "-timeout=60",
    "-artifact_prefix=" .. path .. ".found-", path .. ".corpus",
    path .. ".seeds" }
  return { target = target, log = path .. ".log",
           handle = io.popen(helper.line(words) .. " >" .. path .. ".log 2>&1; "
                             .. "echo $?") }
end


local function row(...)
  print(("%-10s %10s %9s  %s"):format(...))
  io.stdout:flush()
end


-- The last lines say it.  Without a crash there is no finding.
local function finish(run)
  local status = run.handle:read "n"
  run.handle:close()
  local log = helper.read(run.log)
  local features = log:match ".*ft: (%d+)" or "0"
  local runs = log:match "stat::number_of_executed_units: *(%d+)"
               or log:match ".*#(%d+)" or "0"
  local found = log:match "Test unit written to (%S+)"
  local why = log:match "does not hold: [^\n]+" or log:match "SUMMARY: [^\n]+"
  local ok = status == 0 and not found
  if ok and tonumber(runs) < LEAST then ok, why = false, "too few runs" end
  row(run.target, runs, features, ok and "0"
      or ("1: %s, %s"):format(why or "see " .. run.log, found or run.log))
  return ok
end


local files, waiting, failed = compiled(), {}, 0
local function finish_first()
  if not finish(table.remove(waiting, 1)) then failed = failed + 1 end
end

row("target", "runs", "features", "findings")
for i = 4, #arg do
  if #waiting == jobs then finish_first() end
  waiting[#waiting + 1] = start(arg[i], files)
end
while #waiting > 0 do finish_first() end
os.exit(failed == 0 and 0 or 1)
