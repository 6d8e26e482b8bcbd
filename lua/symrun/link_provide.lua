--- Who has to give a name, and what must change where another does.
--
-- A claim says "archive A gives n".  It fails where another gives n, and also
-- where n is wanted and A is past when it is: a linker that reads archives once
-- does not come back.  What nothing linked wants or has nobody has to give.

local inputs = require "symrun.link_inputs"
local resolve = require "symrun.link_resolve"
local unsure = require "symrun.link_doubt"

local provide = {}


-- Who has to give each name, by its text; earlier claims are stronger.
local function owners(claims)
  local out, list = {}, {}
  for _, claim in ipairs(claims) do
    for name in claim.names:each() do
      local text = name:text()
      if not out[text] then
        out[text] = claim.from
        list[#list + 1] = text
      end
    end
  end
  table.sort(list)
  return out, list
end


-- Those that something linked wants or gives, whichever linker it is.
local function asked_for(link, names)
  local all, out = resolve.of(link), {}
  for _, text in ipairs(names) do
    local any = false
    for _, linker in ipairs(all.linkers) do
      local winner = all.views[linker]:winner(text)
      any = any or winner.wanted or winner.state == "defined"
    end
    if any then out[#out + 1] = text end
  end
  return out
end


-- Does a linker take a name from elsewhere, or from nobody though it is wanted?
local function is_wrong(winner, owner)
  if winner.state == "defined" and winner.file then
    return inputs.path(winner.file) ~= inputs.path(owner)
  end
  return winner.strongly and winner.state ~= "defined"
         and winner.state ~= "by linker"
end


-- Who else gives a name, or that nobody does, whichever linker it is that reads
-- the line; nil if the owner does.
local function taken(link, text, owner)
  local all, first, by = resolve.of(link), nil, nil
  for _, linker in ipairs(all.linkers) do
    local view = all.views[linker]
    local winner = view:winner(text)
    local wrong = is_wrong(winner, owner)
    if not winner.sure then view:unknown() end
    -- (what stands behind gives it from elsewhere at best)
    local lost = wrong and winner.state ~= "defined" and all.late
    if (wrong or winner.wanted or winner.state == "defined")
       and not lost and not resolve.is_certain(all, winner) then
      unsure(all.doubts[1])
    end
    if first and (wrong or is_wrong(first, owner))
       and resolve.place(first) ~= resolve.place(winner) then
      unsure(resolve.differ(text, by, first, linker, winner))
    end
    first, by = first or winner, by or linker
  end
  if is_wrong(first, owner) then
    return { name = text, from = owner, member = first.member,
             winner = first.state == "defined" and first.file or nil }
  end
end


local methods = {}
provide.methods = methods

--- Do archives give what they own?  claims: a list of { names =, from = file },
--- the stronger first.  Gives a list of { name, from, winner = file, member },
--- without `winner` where the name is wanted and nobody gives it; empty if all
--- do.  It has groups(), cure() and advice(): see provided.lua.  What could not
--- be read or told makes it unknown.
function methods:provided(claims)
  local owner, claimed = owners(claims)
  local names = asked_for(self, claimed)
  local out = { count = #names, link = self, owner = owner, names = names,
                claimed = claimed }
  for _, text in ipairs(names) do
    out[#out + 1] = taken(self, text, owner[text])
  end
  return setmetatable(out, require "symrun.provided")
end

return provide
