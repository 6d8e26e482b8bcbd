--- A house with floors: an object may use those on floors below, never above.
--
-- symrun checks itself with this rule: symrun examples/floors.lua build/obj
-- For another project name its own folders: -D floors=base,net,app

local symrun = require "symrun"
local rule, objects = symrun.rule, symrun.objects

local given = symrun.parameters {
  floors = { { "ground", "formats", "model", "edits", "lua" },
             "folders of objects, the lowest first; all others are above" },
  kept   = { { "lua_*", "luaL_*" }, "names that only the floor 'keeper' and "
                                    .. "those above it may want" },
  keeper = { "lua", "that floor" },
}


local function level(folder)
  local last = folder:match "[^/]*$"
  for i, floor in ipairs(given.floors) do
    if floor == last then return i end
  end
  return #given.floors + 1
end


rule "floors/nothing-reaches-up" {
  about = "what an object wants is not defined on a floor above it",
  story = [[
A reader printed a warning, because printing was at hand.  From then on it
could not be fuzzed, embedded or tested without the program around it.]],
  each = objects "**/*.o", with = { all = symrun.all(objects "**/*.o") },
  check = function (object, report, with)
    local wanted = object:undefined()
    for _, other in ipairs(with.all) do
      if level(other:folder()) > level(object:folder()) then
        local up = wanted * other:defined()
        if not up:empty() then
          report(object, "wants %s, which is up in %s", up, other)
            :hint("move it down, or hand it down as an argument")
        end
      end
    end
  end,
}


rule "floors/some-names-stay-up" {
  about = "a library is used from its floor on, and not below",
  each = objects "**/*.o",
  check = function (object, report)
    if level(object:folder()) >= level(given.keeper) then return end
    for _, names in ipairs(given.kept) do
      local wanted = object:undefined(names)
      if not wanted:empty() then
        report(object, "wants %s, below the floor '%s'", wanted, given.keeper)
      end
    end
  end,
}
