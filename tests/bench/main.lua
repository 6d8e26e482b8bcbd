--- symrun beside its peers, row by row; `make bench` runs it.
--
--     lua5.4 tests/bench/main.lua [PATTERN]    rows whose title has it
--
-- SYMRUN is the tool, BENCH_FOLDER where things are made and kept, and
-- BENCH_PAIRS how many pairs are run.  Answers are compared before anything
-- is timed, and one that differs ends the run: a fast wrong answer is no time.

package.path = "tests/?.lua;" .. package.path

local answers = require "bench.answers"
local beside = require "bench.beside"
local corpora = require "bench.corpora"
local peers = require "bench.peers"
local report = require "bench.report"
local resolve = require "bench.resolve"
local rows = require "bench.rows"
local special = require "bench.special"
local turns = require "bench.turns"
local why = require "bench.why"

local x = {
  tool = os.getenv "SYMRUN" or "build/bin/symrun",
  folder = os.getenv "BENCH_FOLDER" or "build/bench",
}
local PAIRS = tonumber(os.getenv "BENCH_PAIRS") or 7
local OUT = x.folder .. "/out"
local only = arg[1] or ""

turns.measure = x.folder .. "/measure"


local function answer(command, glob)
  local run = turns.once(command.check, OUT, x.folder .. "/err")
  if run.status ~= (command.status or 0) then
    error(("%s ended with %d; %s/err tells more"):format(
      turns.line(command.check):sub(1, 400), run.status, x.folder), 0)
  end
  return answers.read(command.reads, corpora.read(OUT), glob)
end


-- The rule must end with 2 on the same question when a file was cut short.
local function keeps_the_laws(row)
  local cut = corpora.damaged(x.folder, row.corpus)
  local words = table.move(row.symrun.words, 1, #row.symrun.words - 1, 1, {})
  words[#words + 1] = cut
  local status = turns.once(words, OUT).status
  if status ~= 2 then
    error(("%s: %s is cut short, and the status is %d, not 2"):format(
      row.title, cut, status), 0)
  end
end


-- Everyone's answer; gives what symrun said.
local function compare(row)
  local ours = answer(row.symrun, row.glob)
  for _, peer in ipairs(row.peers) do
    local it = peer[1]
    if not it.missing then
      local differ = answers.differ(ours, answer(it, row.glob))
      if differ then
        error(("%s, %s: %s"):format(row.title, it.name, differ), 0)
      end
      if it.reads == "lines" then   -- then its timed run says how many
        it.out, it.expect = x.folder .. "/theirs", answers.expected(ours)
      elseif it.expect then
        it.out = x.folder .. "/theirs"
      end
    end
  end
  row.symrun.out, row.symrun.expect = OUT, answers.expected(ours)
  return ours
end


local function memory(row, ours)
  if row.memory then
    return report.limit("peak memory", ours.peak / 1024, "MiB", row.memory)
  end
end


local function explain(command, took, law, floor)
  for _, line in ipairs(why.lines(command, x.folder, took, floor)) do
    report.fold("    ", line)
  end
  if law then report.fold("    ", "the laws: " .. law) end
end


local function run_row(row)
  local told = answers.told(compare(row))
  keeps_the_laws(row)
  report.title(row.title, row.corpus.about .. "; " .. told)
  report.header()
  local short, ours
  local floor = { cpu = 0 }
  for _, peer in ipairs(row.peers) do
    local it = peer[1]
    if it.missing then
      report.missing(it.name, peer.least and (">=%gx"):format(peer.least)
                     or peer.most and ("<=%g"):format(peer.most), it.missing)
    else
      local theirs, ratio
      ours, theirs, ratio = turns.pairs(row.symrun, it,
        (peer.least or peer.most) and PAIRS or math.min(PAIRS, 3))
      local verdict, enough = report.pair(it.name, ours, theirs, ratio, peer)
      short = verdict == "short" or short
      if it.reads == "none" and theirs.cpu > floor.cpu then
        floor = { name = it.name, cpu = theirs.cpu, bytes = it.bytes,
                  calls = it.calls }
      end
      if verdict == "short" and enough < floor.cpu then
        report.fold("    ", ("which is less than the %.1f ms of %s, that do "
          .. "nothing else: nothing that keeps the laws can hold it"):format(
          floor.cpu * 1000, floor.name))
      end
    end
  end
  ours = ours or turns.each({ row.symrun }, PAIRS)[1]
  short = memory(row, ours) == "short" or short
  if short then
    explain(row.symrun, ours, row.law, floor.name and floor)
  end
  report.say ""
end


local function selected(title) return title:find(only, 1, true) end


-- A row without a peer: `measure` gives what to look into when it is short.
local function run_special(title, corpus, missing, measure)
  if not selected(title) then return end
  if not corpus then
    report.say("%s", title)
    report.missing("", "a number", missing)
  else
    local short, took = measure(x, corpus, PAIRS)
    if short then explain(short, took) end
  end
  report.say ""
end


-- The names that L's archives define, for the object that has a million.
local function names_of(L)
  local it = L and peers.symrun(x.tool, "names", {}, "@" .. L.list)
  return it and answer(it).names
end


local function main()
  local began = os.time()
  report.fold("", ("CPU is user + system of the whole process, warm: medians "
    .. "of %d runs in turns, 3 where there is no number to hold.  A ratio is "
    .. "the median of the pairs'.  MiB are peaks, symrun's and the peer's.  "
    .. "Each nm is asked for what is defined and global, and prints to "
    .. "nowhere."):format(PAIRS))
  report.say ""
  x.object = peers.build_object(x.folder)
  local have, made = {}, {}
  for _, row in ipairs(rows.list) do
    local name, missing, make = table.unpack(row)
    if have[name] == nil then have[name] = corpora[name](x.folder) or false end
    local it = have[name] and make(x, have[name])
    if not it then
      report.say("%s", name)
      report.missing("", "a number", missing)
    elseif selected(it.title) then
      run_row(it)
      made[#made + 1] = it
    end
  end
  local N = selected "a Lua rule" and have.L
            and corpora.N(x.folder, names_of(have.L))
  run_special("a Lua rule with a filter", N, "llvm's packages, whose names it "
              .. "would have, are not installed", special.filter)
  local llvm = corpora.llvm "19"
  run_special("a link resolved", not resolve.missing(llvm) and llvm,
              resolve.missing(llvm), resolve.row)
  corpora.T(x.folder)
  run_special("other formats", corpora.F(x.folder), "clang and llvm-19 are not "
              .. "installed", special.formats)
  run_special("whole process on a small tree", corpora.T(x.folder), "",
              special.start)
  for _, row in ipairs(made) do
    if row.title:find "^names matching a glob, [LO]" then
      beside.cold(x.folder, row)
      beside.threads(x.tool, row, x.folder)
      report.say ""
    end
  end
  if report.held + report.short == 0 then
    error(("no row has '%s' in its title"):format(only), 0)
  end
  report.say("%d numbers hold, %d are short; %d minutes and %d seconds",
             report.held, report.short, (os.time() - began) // 60,
             (os.time() - began) % 60)
end


local ok, problem = xpcall(main, function (e)
  return type(e) == "string" and e:find "^[^\n]*%.lua:%d+:"
         and debug.traceback(e, 2) or e
end)
if not ok then
  io.stderr:write("bench: ", tostring(problem), "\n")
  os.exit(1)
end
