--- Who has to give a name, and what must change where another does.
--
-- A claim says "archive A gives n".  It fails where another gives n, be it the
-- line itself, and also where n is wanted and A is past when it is: a linker
-- that reads archives once does not come back.  What nothing linked wants or
-- has nobody has to give.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local literal = require "symrun.literal"
local resolve = require "symrun.link_resolve"
local unsure = require "symrun.link_doubt"

local provide = {}


-- What of a link is wanted and matches a glob, whichever linker it is.
local function wanted_of(link, glob)
  local all, seen, out = resolve.of(link), {}, {}
  for _, linker in ipairs(all.linkers) do
    local view = all.views[linker]
    local function see(text)
      if not seen[text] and view:winner(text).wanted then
        seen[text] = true
        out[#out + 1] = text
      end
    end
    for name in view:defined(glob):each() do see(name:text()) end
    for name in view:undefined(glob):each() do see(name:text()) end
    for _, one in ipairs(all.roots.defsym) do
      if core.match(glob, one[1], "name") then see(one[1]) end
    end
  end
  return out
end


-- The names of a claim, as texts; and whether its archive has them all.
local function names_of(link, claim)
  if type(claim.names) == "string" then
    return wanted_of(link, claim.names), false
  end
  local out = {}
  for name in claim.names:each() do out[#out + 1] = name:text() end
  return out, true
end


-- Who has to give each name, by its text; earlier claims are stronger.  And
-- those that their owner was not said to define.
local function owners(link, claims)
  local out, list, asked = {}, {}, {}
  for _, claim in ipairs(claims) do
    local names, has = names_of(link, claim)
    for _, text in ipairs(names) do
      if not out[text] then
        out[text], asked[text] = claim.from, not has or nil
        list[#list + 1] = text
      end
    end
  end
  table.sort(list)
  return out, list, asked
end


-- Those that something linked wants or gives, whichever linker it is.
local function asked_for(link, names)
  local all, out = resolve.of(link), {}
  for _, text in ipairs(names) do
    local any = false
    for _, linker in ipairs(all.linkers) do
      local winner = all.views[linker]:winner(text)
      any = any or winner.wanted or winner.file and winner.state == "defined"
    end
    if any then out[#out + 1] = text end
  end
  return out
end


--- Does a linker take a name from elsewhere, or, though it is wanted, from
--- nobody?
function provide.is_wrong(winner, owner)
  if winner.state == "defined" and winner.file then
    return inputs.path(winner.file) ~= inputs.path(owner)
  elseif winner.line then return winner.wanted end
  return winner.strongly and winner.state ~= "defined"
         and winner.state ~= "by linker"
end

local is_wrong = provide.is_wrong


-- Who else gives a name, or that nobody does, whichever linker it is that reads
-- the line; nil if the owner does.
local function taken(link, text, owner)
  local all, first, by = resolve.of(link), nil, nil
  for _, linker in ipairs(all.linkers) do
    local view = all.views[linker]
    local winner = view:winner(text)
    local wrong = is_wrong(winner, owner)
    if not winner.sure then view:unknown(text) end
    -- (what stands behind gives it from elsewhere at best; and nothing beats
    -- the line)
    local lost = wrong and (winner.line
                            or winner.state ~= "defined" and all.late)
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
             line = first.line,
             winner = first.state == "defined" and first.file or nil }
  end
end


local methods = {}
provide.methods = methods

--- Do archives give what they own?  claims: a list of { names =, from = file },
--- the stronger first; names: a set, or a glob for all that the link wants.
--- Gives a list of { name, from, winner = file, member }; without `winner`, the
--- line itself gives the name (`line`), or it is wanted and nobody does; empty
--- if all do.  `lacks`: the owner has no such name to give.  It has groups(),
--- cure() and advice(): see provided.lua.  What could not be read or told makes
--- it unknown.
function methods:provided(claims)
  local owner, claimed, asked = owners(self, claims)
  local names = asked_for(self, claimed)
  local out = { count = #names, link = self, owner = owner, names = {},
                asked = names, claimed = {} }
  local hopeless = {}
  for _, text in ipairs(names) do
    local one = taken(self, text, owner[text])
    if one and asked[text] then
      one.lacks = not owner[text]:defines(literal(text)) or nil
    end
    hopeless[text] = one and (one.lacks or one.line) or nil
    out[#out + 1] = one
  end
  -- no order of archives mends those
  for from, to in pairs { [names] = out.names, [claimed] = out.claimed } do
    for _, text in ipairs(from) do
      if not hopeless[text] then to[#to + 1] = text end
    end
  end
  return setmetatable(out, require "symrun.provided")
end

return provide
