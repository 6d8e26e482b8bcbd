--- A name that two parts of a link define: which option lets that pass, why the
--- second part is linked at all, and what else is there twice.
--
-- The second copy is mostly not linked for the name itself: somebody wants
-- another name of it, which the first copy lacks.

local core = require "symrun.core"
local has = require "symrun.link_options".methods.has
local place = require "symrun.why_place"

local clash = {}

local MOST = 5  -- names that are told

local lenient = {
  gnu = { "--allow-multiple-definition", "-z muldefs" },
  wasm = { "--allow-multiple-definition" },
  msvc = { "/FORCE", "/FORCE:MULTIPLE" }, apple = {},
}


--- The option of the line with which the first one counts; nil where there is
--- none, or nobody knows.
function clash.option(link)
  for _, name in ipairs(lenient[link.dialect] or {}) do
    local ok, yes = pcall(has, link, name)
    if ok and yes then return name end
  end
end


local function called(name)
  return core.harmless(core.demangled(name) or core.printable(name))
end


-- Is one part the only that has a name?
local function only_there(view, name)
  local n = 0
  for _, one in ipairs(view:about(name)) do
    if not one.kind:find "^wants" then n = n + 1 end
  end
  return n == 1
end


--- Why a part is linked, as a sentence; nil if it is in any case.
function clash.why(facts, part)
  local view = facts.world.view
  for _, one in ipairs(view:linked()) do
    if one.file == part.file and one.input == part.input
       and (one.member and one.member:index())
           == (part.member and part.member:index()) then
      if not one.by then return nil end
      local by = one.by.line and "the line" or place.of(facts.world, one.by)
      return ("%s is linked because %s wants %s%s"):format(
        place.of(facts.world, part), by, called(one.name),
        only_there(view, one.name) and ", which nothing else has" or "")
    end
  end
end


--- What else is there twice, as a sentence; nil if nothing is.
function clash.others(facts)
  local seen, list = { [facts.symbol] = true }, {}
  for name in facts.world.view:duplicates():each() do
    local text = name:text()
    if not seen[text] then list[#list + 1] = called(text) end
    seen[text] = true
  end
  if #list == 0 then return nil end
  table.sort(list)
  local shown = table.concat(list, ", ", 1, math.min(#list, MOST))
  if #list > MOST then
    shown = ("%s and %d more"):format(shown, #list - MOST)
  end
  return ("%s defined twice as well: %s"):format(#list == 1 and "this is"
                                                 or "these are", shown)
end

return clash
