--- Who gives a name in a link, and by which rule of the linker it won.

local clash = require "symrun.why_clash"
local core = require "symrun.core"
local resolve = require "symrun.link_resolve"

local line = {}


local function is_strong(one)
  return one.kind == "strong" or one.kind == "unique"
end


local function same_place(a, b)
  return a.file == b.file and a.input == b.input
         and (a.member and a.member:index()) == (b.member and b.member:index())
end


-- Those that lost, the linked ones first.
local function losers(facts)
  local out = {}
  for _, linked in ipairs { true, false } do
    for _, one in ipairs(facts.definitions) do
      if (one.linked ~= nil) == linked
         and not same_place(one, facts.winner) then
        out[#out + 1] = one
      end
    end
  end
  return out
end


-- How the winner beat one that lost.
local function beat(facts, loser)
  local winner, linker = facts.winner, facts.world.linker
  local other = resolve.place(loser)
  if loser.discarded then
    return ("%s has another copy of the same COMDAT group, of which one is "
            .. "kept"):format(other)
  elseif not loser.linked then
    if loser.library then
      return ("%s is a shared library, and what is linked in comes before one")
             :format(other)
    end
    if loser.input < (winner.input or 0) then
      return ("%s stands before it, but nothing wanted the name until then")
               :format(other)
    end
    return ("%s stands behind it, and its member is not linked: nothing wants "
            .. "it any more"):format(other)
  elseif loser.library then
    return ("%s is a shared library, and a definition in what is linked "
            .. "beats one"):format(other)
  elseif is_strong(winner) and is_strong(loser) then
    local option = clash.option(facts.world.link)
    return ("it comes first; %s is linked, too, and defines it as strongly%s")
             :format(other, option and (", which %s lets pass"):format(option)
                     or (": %s calls that a multiple definition"):format(linker))
  elseif is_strong(winner) then
    return ("a strong definition beats the %s one of %s"):format(loser.kind,
                                                                 other)
  elseif winner.kind == "common" and loser.kind == "common" then
    return ("the bigger common symbol wins over that of %s"):format(other)
  end
  return ("%s comes later, and of equals the first wins"):format(other)
end


local function because_defined(facts)
  local list = losers(facts)
  if facts.winner.line then
    return "the line itself defines it, and that beats all else"
  end
  if #list == 0 then return "nothing else on the line defines it" end
  return beat(facts, list[1])
end


-- Is it defined twice by what is linked?
local function clashes(facts)
  local n = 0
  for _, one in ipairs(facts.definitions) do
    if one.linked and is_strong(one) and not one.discarded
       and not one.library then n = n + 1 end
  end
  return n > 1
end


-- More sentences about it: who else is linked for what, and what else is twice.
local function add_clash(facts)
  facts.more = {}
  for _, one in ipairs(losers(facts)) do
    if one.linked and is_strong(one) and not one.library then
      facts.more[#facts.more + 1] = clash.why(facts, one)
    end
  end
  facts.more[#facts.more + 1] = clash.others(facts)
end


local function because_offered(facts)
  local one = facts.definitions[1]
  return ("%s defines it, and is not linked: nothing that is linked wants it%s")
           :format(resolve.place(one),
                   #facts.wants > 0 and " but weakly" or "")
end


--- Fill in what the line decides.
function line.add(facts)
  local world, name = facts.world, facts.symbol
  local winner, why, view = resolve.winner(world.link, name)
  facts.chain = world.view:chain(name)
  if not winner then
    facts.state = "unknown"
    facts.because = why or "what could not be read may define it"
    facts.unread = view ~= nil
    local likely = world.view:winner(name)
    if likely.state == "defined" then facts.likely = likely end
    return
  end
  if winner.state == "defined" then
    facts.state, facts.winner = "defined", winner
    facts.because = because_defined(facts)
    facts.clash = clashes(facts)
    if facts.clash then add_clash(facts) end
  elseif winner.state == "by linker" then
    facts.state = "defined"
    facts.because = world.linker .. " itself gives this name"
  elseif winner.state == "offered" and not winner.strongly then
    facts.because = because_offered(facts)
  else
    facts.because = core.printable(name)
                    .. (winner.wanted and " is wanted, and nothing gives it"
                        or " is not wanted, and nothing gives it")
    require "symrun.why_reasons".add(facts, winner)
  end
end

return line
