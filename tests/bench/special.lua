--- The rows that have no peer: what one symbol costs a rule, and what it
--- costs to begin.
--
-- A symbol's cost is the difference of two runs over one object: they read
-- the same bytes and walk the same entries, and one of them has a filter to
-- apply, or names to hand to Lua, where the other has none.

local peers = require "bench.peers"
local report = require "bench.report"
local turns = require "bench.turns"

local special = {}

local NOTHING = "_ZN5perry*"   -- what most names begin with, and none goes on


-- The median of the differences of neighbouring runs, in nanoseconds each.
local function each_costs(more, less, number)
  local list = {}
  for i = 1, #more do
    list[i] = (more[i].cpu - less[i].cpu) * 1e9 / number
  end
  return turns.median(list)
end


--- ns for a symbol that does not match, and for one that does.
function special.filter(x, N, n)
  local function loop(question, glob)
    return peers.symrun(x.tool, "loop", { "question=" .. question,
                                          "glob=" .. glob }, N.paths[1])
  end
  local commands = {
    loop("undefined", NOTHING), loop("defined", NOTHING),
    loop("defined", "js_*"), loop("defined", "*"),
  }
  local counts = { 0, 0, N.matching, N.symbols }
  for i, command in ipairs(commands) do
    command.out = x.folder .. "/out"
    command.expect = ("names: %d\n"):format(counts[i])
  end
  turns.each(commands, 1)                       -- warm, and the answers
  local summary, runs = turns.each(commands, n * 3)
  report.title("a Lua rule with a filter", ("%d symbols, of which it takes "
               .. "none, or %d"):format(N.symbols, N.matching))
  report.header()
  local size = ("%.0f/-"):format(summary[3].peak / 1024)
  local bad = report.limit("a symbol it refuses",
    each_costs(runs[2], runs[1], N.symbols), "ns", 15, size) == "short"
  local taken = report.limit("a symbol it takes",
    each_costs(runs[3], runs[2], N.matching), "ns", 130, size) == "short"
  report.fold("    ", ("Beside: when it takes all, %.0f ns each; reading one "
    .. "and refusing it, all in, %.0f ns."):format(
    each_costs(runs[4], runs[2], N.symbols),
    summary[2].cpu * 1e9 / N.symbols))
  return (bad or taken) and commands[3], summary[3]
end


--- What a symbol costs in another format, beside ELF: names that match no
--- pattern, less what the process costs by itself.
function special.formats(x, F, n)
  local commands, symbols = {}, {}
  for i, path in ipairs(F.paths) do
    commands[i] = peers.symrun(x.tool, "names", { "glob=nothing*" }, path)
    commands[i].out = x.folder .. "/out"
    turns.once(commands[i].words, commands[i].out)
    local file = assert(io.open(commands[i].out, "rb"))
    symbols[i] = tonumber((file:read "a":match "and ([%d,]+) symbols"
                                        :gsub(",", "")))
    file:close()
  end
  local none = peers.symrun(x.tool, "names", { "glob=nothing*" },
                            x.folder .. "/small/unit.o")
  commands[#commands + 1] = none
  turns.each(commands, 1)
  local summary, runs = turns.each(commands, n * 3)
  report.title("other formats", "archives of 500 objects with the same "
               .. "functions; CPU of a symbol beside ELF's")
  report.header()
  local short
  for i = 2, #F.paths do
    local ratios = {}
    for k = 1, #runs[1] do
      local function each(r) return (runs[r][k].cpu - runs[#runs][k].cpu)
                                    / symbols[r] end
      ratios[k] = each(i) / each(1)
    end
    local name = F.paths[i]:match "lib(%l+)%.a$"
    if report.limit(name, turns.median(ratios), "x", 1.5,
                    ("%.0f/-"):format(summary[i].peak / 1024)) == "short" then
      short = i
    end
  end
  return short and commands[short], summary[short or 1]
end


--- The whole process on a small tree: more than "before the first file".
function special.start(x, T, n)
  local symrun = peers.symrun(x.tool, "names", {}, T.folder)
  local lua = { words = { "lua5.4", "-e", "" } }
  local version = { words = { x.tool, "--version" } }
  turns.each({ symrun, lua, version }, 1)
  local summary = turns.each({ symrun, lua, version }, n * 3)
  report.title("whole process on a small tree", "one rule, one object")
  report.header()
  local short = report.limit("all of it", summary[1].cpu * 1000, "ms", 5,
    ("%.0f/-"):format(summary[1].peak / 1024)) == "short"
  report.fold("    ", ("Beside: symrun --version %.1f ms, lua5.4 -e '' %.1f "
    .. "ms."):format(summary[3].cpu * 1000, summary[2].cpu * 1000))
  return short and symrun, summary[1]
end

return special
