--- The chain from the line to a name, for Graphviz.

local place = require "symrun.why_place"

local dot = {}


--- The steps of a chain, the line's own input first: { text =, name = }, where
--- `name` is what the step before it wanted.
function dot.steps(facts)
  local out = {}
  for i = #(facts.chain or {}), 1, -1 do
    local unit = facts.chain[i]
    out[#out + 1] = { text = unit.line and "the line itself"
                             or place.of(facts.world, unit),
                      name = unit.name and place.name(unit.name) }
  end
  local last = facts.chain and facts.chain[1]
  local gives = facts.winner and last and last.file == facts.winner.file
                and (last.member and last.member:index())
                    == (facts.winner.member and facts.winner.member:index())
  out[#out + 1] = { text = place.name(facts.symbol), symbol = true,
                    gives = gives, state = facts.state }
  return out
end


local function quoted(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end


function dot.text(facts)
  local lines = { "digraph why {", "  rankdir = LR;", "  node [shape = box];" }
  local steps = dot.steps(facts)
  for i, step in ipairs(steps) do
    lines[#lines + 1] = ("  n%d [label = %s%s];"):format(i, quoted(step.text),
      step.symbol and ", shape = ellipse" or "")
    if i > 1 then
      local label = step.symbol and (step.gives and "gives" or "wants")
                    or step.name
      lines[#lines + 1] = ("  n%d -> n%d%s;"):format(i - 1, i,
        label and (" [label = %s]"):format(quoted(label)) or "")
    end
  end
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n") .. "\n"
end

return dot
