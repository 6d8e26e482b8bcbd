--- What is told when a linker has failed: why, for each name that is missing or
--- defined twice.
--
-- The linker has said already which names these are, and its status stands.  So
-- whatever goes wrong here must not hide that: at worst one line says what
-- could not be told.

local check = require "symrun.check"
local core = require "symrun.core"
local options = require "symrun.options"

local failed = {}

local MOST = 10  -- names


local function names_of(set, kind, list)
  local seen = {}
  for name in set:each() do
    local text = name:text()
    if not seen[text] then list[#list + 1] = { text = text, kind = kind } end
    seen[text] = true
  end
end


-- A library may want what nobody gives, unless the line forbids it.
local function may_want(all, link)
  return all.roots.makes ~= "executable" and link.words:named "-z defs"() == nil
         and link.words:named "--no-undefined"() == nil
end


local function troubles(world, all)
  local list = {}
  names_of(world.view:duplicates(), "twice", list)
  if not may_want(all, world.link) then
    names_of(world.view:undefined(), "missing", list)
  end
  return list
end


local function explain(words, out)
  local why = require "symrun.why"
  local world = why.world(words, out)
  local all = require "symrun.link_resolve".of(world.link)
  world.gaps = why.gaps(world)
  local list, color = troubles(world, all), false
  for i, one in ipairs(list) do
    if i > MOST then
      options.say("and %d more; symrun why NAME -- LINKER ARG... tells of each",
                  #list - MOST)
      break
    end
    local facts = why.facts(world, one.text)
    io.stderr:write("symrun: ", require "symrun.why_text".short(facts, color))
  end
  if #list == 0 and #world.gaps + #world.doubts > 0 then
    error(world.doubts[1] or world.gaps[1].message, 0)
  end
end


--- Words that a linker failed on.
function failed.tell(words, out)
  core.reset()
  local ok, why = pcall(explain, words, out)
  if ok then return end
  why = tostring(why):gsub("^unknown: ", "")
  options.say("why the link failed cannot be told: %s", why)
end

return failed
