--- Beside the table: without a cache, and with more threads.
--
-- A cold run is bound by the disk, so what counts is the time that passes;
-- that it was cold is seen from the blocks that the kernel had to read.

local corpora = require "bench.corpora"
local report = require "bench.report"
local turns = require "bench.turns"

local beside = {}

local RUNS = 3
local LINE = "  %-24s %12s %12s %12s"


local function cold(folder, corpus, command)
  local runs, blocks = {}, 0
  for i = 1, RUNS do
    corpora.forget(folder, corpus)
    runs[i] = turns.once(command.words)
    blocks = math.max(blocks, runs[i].blocks)
  end
  return turns.summary(runs), blocks
end


--- The commands of a row, each after the system forgot the corpus.
function beside.cold(folder, row)
  report.say("cold, %s", row.title)
  report.say(LINE, "", "elapsed", "CPU", "read")
  local list = { row.symrun }
  for _, peer in ipairs(row.peers) do
    if not peer[1].missing and peer[1].name ~= "eu-nm -A"
       and peer[1].name ~= "the same reads alone" then
      list[#list + 1] = peer[1]
    end
  end
  for _, command in ipairs(list) do
    local took, blocks = cold(folder, row.corpus, command)
    report.say(LINE, command.name, ("%.0f ms"):format(took.elapsed * 1000),
               ("%.0f ms"):format(took.cpu * 1000),
               ("%.0f MB"):format(blocks * 512 / 1e6))
    if blocks == 0 then
      report.fold("    ", "No block was read: the cache cannot be dropped "
                  .. "here, and this run was warm.")
    end
  end
end


--- -j of a row, if the tool has it.
function beside.threads(tool, row, folder)
  local help = folder .. "/help"
  turns.once({ tool, "--help" }, help)
  if not corpora.read(help):find "%-j[ ,]" then
    report.say("-j: this symrun has no threads, so there is nothing to scale")
    return
  end
  report.say("threads, %s", row.title)
  report.say(LINE, "", "elapsed", "CPU", "peak")
  for _, j in ipairs { 1, 2, 4, 8 } do
    local words = table.move(row.symrun.words, 1, #row.symrun.words, 1, {})
    table.insert(words, 2, "-j" .. j)
    local took = turns.each({ { words = words } }, RUNS)[1]
    report.say(LINE, "-j " .. j, ("%.0f ms"):format(took.elapsed * 1000),
               ("%.0f ms"):format(took.cpu * 1000),
               ("%.0f MiB"):format(took.peak / 1024))
  end
end

return beside
