--- Who defines a name in a tree.  There is no order in one, so nothing wins
--- unless only one definition is strong.

local tree = {}

local phrase = { weak = "weakly", common = "as a common symbol" }


-- What a definition is for, as far as its file says.
local function target(one)
  local ok, its = pcall(function ()
    local all = (one.member or one.file):target()
    return ("%s %s %s"):format(all.machine, all.bits, all.endian)
  end)
  return ok and its or "?"
end


-- Definitions for two targets never meet in one link.
local function never_meet(list)
  local seen = {}
  for _, one in ipairs(list) do
    local its = target(one)
    if seen[its] or its == "?" then return false end
    seen[its] = true
  end
  return true
end


function tree.add(facts)
  local strong = {}
  for _, one in ipairs(facts.definitions) do
    if one.kind == "strong" or one.kind == "unique" then
      strong[#strong + 1] = one
    end
  end
  if #facts.definitions > 0 then
    facts.state = "defined"
    facts.winner = #strong == 1 and strong[1] or nil
    if #strong == 1 then
      facts.because = #facts.definitions == 1 and "nothing else defines it"
                      or "only its definition is strong"
    elseif #strong > 1 and never_meet(strong) then
      facts.because = ("%d definitions are strong, and each is for another "
                       .. "target"):format(#strong)
    elseif #strong > 1 then
      facts.because = ("%d definitions are strong, and which of them a link "
                       .. "takes its line decides"):format(#strong)
    else
      facts.because = ("it is defined %s only"):format(
        phrase[facts.definitions[1].kind] or "weakly")
    end
  elseif #facts.world.gaps > 0 then
    facts.state = "unknown"
    facts.because = "what could not be read may define it"
  else
    facts.because = #facts.wants > 0 and "it is wanted, and nothing defines it"
                    or "nothing defines it, and nothing wants it"
    require "symrun.why_reasons".add(facts)
  end
end

return tree
