--- What is told when a linker has failed: why, for each name that is missing or
--- defined twice.
--
-- The linker has said already which names these are, and its status stands.  So
-- whatever goes wrong here must not hide that: at worst one line says what
-- could not be told.

local core = require "symrun.core"
local options = require "symrun.options"
local survive = require "symrun.link_survive"

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


local function last_value(words, name)
  local value
  for part in words:options(name) do value = part:value() or "" end
  return value
end


local function has(words, name) return last_value(words, name) ~= nil end


-- May names be missing?  A library may want what nobody gives, unless the line
-- forbids it; other options let it pass, or make it a warning.
local function may_miss(world)
  local words, dialect = world.words, world.link.dialect
  local unresolved = last_value(words, "--unresolved-symbols")
  if dialect == "gnu" and unresolved then return unresolved ~= "report-all" end
  if dialect == "gnu" then
    return has(words, "--warn-unresolved-symbols")
      or world.roots.makes ~= "executable"
         and not (has(words, "-z defs") or has(words, "--no-undefined"))
  elseif dialect == "apple" then
    local undefined = last_value(words, "-undefined")
    return undefined ~= nil and undefined ~= "error"
  elseif dialect == "wasm" then
    return has(words, "--allow-undefined") or has(words, "-shared")
      or world.roots.makes ~= "executable"
  end
  return has(words, "/FORCE")
end


local function troubles(world)
  local list = {}
  if not world.roots.multiple then
    names_of(world.view:duplicates(), "twice", list)
  end
  if not may_miss(world) then
    local names = survive.undefined(world.link, world.linker)
    if names then names_of(names, "missing", list) end
  end
  return list
end


-- Of these nothing was to be expected: a compiler may have failed, before any
-- linker ran, and has said why.
local expected = {
  "compiled and linked at once", "is no compiler that is known",
  "the line does not link", "is not one that is known",
}


local function explain(words, out)
  local why = require "symrun.why"
  local world = why.world(words, out)
  world.gaps = why.gaps(world)
  local gap = world.gaps[1]
  for _, pattern in ipairs(expected) do
    for _, doubt in ipairs(world.doubts) do
      if doubt:find(pattern, 1, true) then return end
    end
  end
  if world.doubts[1] then error(world.doubts[1], 0) end
  if gap then
    error(("%s: %s"):format(core.printable(gap.input or gap.file or "an input"),
                            gap.message), 0)
  end
  local list = troubles(world)
  world.asked = {}
  for i = 1, math.min(#list, MOST) do world.asked[i] = list[i].text end
  for i, one in ipairs(list) do
    if i > MOST then
      options.say("and %d more; symrun why NAME -- LINKER ARG... tells of each",
                  #list - MOST)
      break
    end
    local facts = why.facts(world, one.text)
    io.stderr:write("symrun: ", require "symrun.why_text".short(facts))
  end
end


--- Words that a linker failed on.
function failed.tell(words, out)
  core.reset()
  local ok, why = pcall(explain, words, out)
  if ok then return end
  why = tostring(why):gsub("^[^%s:]+:%d+: ", ""):gsub("^unknown: ", "")
  options.say("why the link failed cannot be told: %s", why)
end

return failed
