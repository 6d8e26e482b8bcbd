--- Who gives a name in a link, and by which rule of the linker it won.

local clash = require "symrun.why_clash"
local core = require "symrun.core"
local lto = require "symrun.why_lto"
local place = require "symrun.why_place"
local resolve = require "symrun.link_resolve"

local line = {}


local function is_strong(one)
  return one.kind == "strong" or one.kind == "unique"
end


-- Those that lost, the linked ones first.
local function losers(facts)
  local out = {}
  for _, linked in ipairs { true, false } do
    for _, one in ipairs(facts.definitions) do
      if (one.linked ~= nil) == linked
         and not place.same(one, facts.winner) then
        out[#out + 1] = one
      end
    end
  end
  return out
end


-- How the winner beat one of an archive that stands before it.  Without a group
-- bfd and gold go through each archive once.
local function beat_earlier(facts, loser, other)
  local linker, entry = facts.world.says, facts.world.inputs[loser.input]
  local unit = facts.chain[1]
  local name = unit and unit.name
  if name and name ~= facts.symbol then
    return ("%s stands before it, but nothing wanted the name until this one "
            .. "was linked, for %s"):format(other, place.name(name))
  elseif entry and entry.group then
    return ("%s stands before it, but nothing wanted the name until then, and "
            .. "%s goes on to the end of the group before it comes back")
             :format(other, linker)
  end
  return ("%s stands before it, but nothing wanted the name until then, and "
          .. "%s does not come back"):format(other, linker)
end


-- How the winner beat one that is not linked.
local function beat_unlinked(facts, loser, other)
  local winner = facts.winner
  if loser.library then
    return ("%s is a shared library that is not needed then: what is linked in "
            .. "comes first"):format(other)
  elseif not winner.lazy then
    return ("it is linked in any case, and %s only if the name is still "
            .. "missing then"):format(other)
  elseif (loser.input or 0) < (winner.input or 0) then
    return beat_earlier(facts, loser, other)
  end
  return ("of members that define it the first on the line is linked, and %s "
          .. "stands behind it"):format(other)
end


-- How the winner beat one that lost.
local function beat(facts, loser)
  local winner, linker = facts.winner, facts.world.says
  local other = place.of(facts.world, loser)
  if loser.discarded then
    return ("%s has an equal copy (the same COMDAT group), of which the first "
            .. "is kept"):format(other)
  elseif not loser.linked then return beat_unlinked(facts, loser, other)
  elseif loser.library and not winner.library then
    return ("%s is a shared library, and a definition in what is linked in "
            .. "beats one"):format(other)
  elseif loser.library then
    return ("of shared libraries the first on the line wins, and %s comes "
            .. "later"):format(other)
  elseif winner.library then
    return ("a definition of a shared library beats the %s one of %s for %s")
             :format(loser.kind, other, linker)
  elseif is_strong(winner) and is_strong(loser) then
    local option = clash.option(facts.world.link)
    if option then
      return ("%s is linked, too, and defines it as strongly, which %s lets "
              .. "pass: the first counts"):format(other, option)
    end
    return ("%s is linked, too, and defines it as strongly: %s calls that a "
            .. "multiple definition"):format(other, linker)
  elseif is_strong(winner) then
    return ("a strong definition beats the %s one of %s"):format(loser.kind,
                                                                 other)
  elseif winner.kind == "common" and loser.kind == "common" then
    return ("of common symbols the biggest wins, or else the first: that of %s "
            .. "is not it"):format(other)
  elseif winner.kind ~= loser.kind then
    return ("a %s definition beats the %s one of %s"):format(winner.kind,
                                                             loser.kind, other)
  end
  return ("%s comes later, and of equals the first wins"):format(other)
end


-- The --defsym of a name.
local function defsym(world, name)
  for _, one in ipairs(world.roots.defsym) do
    if one[1] == name then return one end
  end
end


local function because_defined(facts)
  local list = losers(facts)
  if facts.winner.line then
    local one = defsym(facts.world, facts.symbol)
    return ("the line itself defines it%s, and that beats all else"):format(
      one and (" (--defsym %s=%s)"):format(place.name(one[1]),
                                           place.name(one.expression))
      or "")
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


-- Why the second copy is linked, and what else is there twice.
local function add_clash(facts)
  local notes = facts.notes
  for _, one in ipairs(facts.definitions) do
    if one.linked and is_strong(one) and not one.library
       and not place.same(one, facts.winner) then
      notes[#notes + 1] = clash.why(facts, one)
    end
  end
  notes[#notes + 1] = clash.others(facts)
end


-- Who would give it, if anything wanted it.
local function if_wanted(facts)
  local world = facts.world
  local view = resolve.viewed(world.link, world, world.linker, world.inputs,
                               { wanted = facts.symbol })
  local would = view:winner(facts.symbol)
  if not would.sure then return nil end
  if would.state == "by linker" then return world.says .. " itself" end
  return would.state == "defined" and place.of(world, would) or nil
end


local function because_unwanted(facts)
  local name = place.name(facts.symbol)
  local who = if_wanted(facts)
  if who then
    return ("nothing that is linked wants it%s; if something did, %s would "
            .. "give it"):format(#facts.wants > 0 and " but weakly" or "", who)
  end
  local one = facts.definitions[1]
  if one then
    return ("%s defines it, and is left out: nothing that is linked wants it")
             :format(place.of(facts.world, one))
  end
  return ("nothing wants %s%s, and nothing gives it"):format(name,
           #facts.wants > 0 and " but weakly" or ""), true
end


-- What else the line does with the name.
local function notes(facts)
  local out, world = {}, facts.world
  for _, name in ipairs(world.roots.wrap) do
    if name == facts.symbol then
      out[#out + 1] = ("--wrap: whoever wants it gets __wrap_%s; __real_%s is "
                       .. "this one"):format(place.name(name),
                                             place.name(name))
    end
  end
  local one = facts.winner and facts.winner.line and defsym(world, facts.symbol)
  if one and one[2] and world.view:winner(one[2]).state == "undefined" then
    out[#out + 1] = ("%s, which it is to be, is not defined, so the link fails")
                      :format(place.name(one[2]))
  end
  if lto.dropped(facts) then
    out[#out + 1] = "it is intermediate code, and nothing else wants it: the "
                    .. "compiler may drop it, or keep it to itself"
  end
  return out
end


-- With --wrap, who wants "f" wants "__wrap_f".
local function wrapped_wants(facts)
  local world = facts.world
  local function add(name)
    for _, one in ipairs(world.view:about(name)) do
      if one.kind:find "^wants" then facts.wants[#facts.wants + 1] = one end
    end
  end
  for _, name in ipairs(world.roots.wrap) do
    if facts.symbol == name then
      facts.wants = {}
      add("__real_" .. name)
    elseif facts.symbol == "__wrap_" .. name then add(name) end
  end
end


-- The state of a name that is given.
local function defined(facts, winner)
  winner.symbol = facts.symbol
  local why, hint = lto.unread(facts.world, winner)
  if why then
    facts.because, facts.reasons = why, { { text = why, hint = hint } }
    return
  end
  facts.state, facts.winner = "defined", winner
  facts.because = because_defined(facts)
  facts.clash = clashes(facts)
  if facts.clash then add_clash(facts) end
end


local function unknown(facts, why)
  facts.state = "unknown"
  local gap = facts.world.gaps[1]
  facts.because = why or (gap and ("%s was not read, and may define it"):format(
    core.printable(gap.input or gap.file or "something")))
    or "what was not read may define it"
  local likely = facts.world.view:winner(facts.symbol)
  if likely.state == "defined" then facts.likely = likely end
end


--- Fill in what the line decides.
function line.add(facts)
  local world, name = facts.world, facts.symbol
  wrapped_wants(facts)
  for _, one in ipairs(facts.definitions) do one.symbol = name end
  local winner, why = resolve.winner(world.link, name)
  facts.chain = world.view:chain(name)
  if not winner then unknown(facts, why)
  elseif winner.state == "defined" then defined(facts, winner)
  elseif winner.state == "by linker" then
    facts.state = "defined"
    facts.because = ("%s itself makes this name when something wants it")
                      :format(world.says)
  elseif not winner.strongly then
    local nothing
    facts.because, nothing = because_unwanted(facts)
    if nothing then require "symrun.why_reasons".add(facts, winner) end
  else
    facts.because = place.name(name) .. " is wanted, and nothing gives it"
    require "symrun.why_reasons".add(facts, winner)
  end
  table.move(notes(facts), 1, 9, #facts.notes + 1, facts.notes)
end

return line
