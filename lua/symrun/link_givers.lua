--- Which input a linker takes names from, as far as what it links wants them.
--
-- GNU ld and gold go through the line once: a name comes from the first archive
-- that stands behind whatever first wanted it, and a member that is linked may
-- be served by its own archive.  lld, mold, ld64 and wasm-ld know all archives
-- before they take anything: the first on the line that has a name gives it,
-- wherever it is wanted.  link.exe goes on where it stands, and comes round.
-- A weak want is taken for any other, though no linker links a member for it.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"

local givers = {}

local reads = { bfd = "once", gold = "once", link = "round" }


-- What is linked so far: sets of names, and who gives those that are asked for.
local function begin(link, names, wanted)
  local none = core.tree(true):defined()
  local state = { defined = none, wanted = none + (wanted or none),
                  names = names, from = {}, linked = {}, have = {} }
  for _, role in ipairs { "undefined", "require" } do
    for part in link.words:role(role) do
      for _, file in ipairs(link:files "archive") do
        state.wanted = state.wanted + file:defined(part:value())
      end
    end
  end
  return state
end


-- An object, a member or a whole archive is linked.
local function take(state, thing, file, view)
  local defined = thing:defined("*", view)
  for name in (defined * state.names - state.defined):each() do
    state.from[name:text()] = file
  end
  state.defined = state.defined + defined
  if not view then state.wanted = state.wanted + thing:undefined() end
end


local function all_of(state, archive, path)
  state.have[path] = state.have[path] or archive:defined()
  return state.have[path]
end


-- The members of an archive that have some names; is any of them new?
local function pull(state, archive, names)
  local any = false
  local path = inputs.path(archive)
  for member, here in (all_of(state, archive, path) * names):by_member() do
    local key = ("%s\0%d"):format(path, member:index())
    if not state.linked[key] and not (here - state.defined):empty() then
      state.linked[key], any = true, true
      take(state, member, archive)
    end
  end
  return any
end


-- Go through an archive until it has no more to give.
local function visit(state, archive)
  local any = false
  while pull(state, archive, state.wanted - state.defined) do any = true end
  return any
end


local function is_archive(one) return one.file:format():find "ar$" ~= nil end


-- What is linked whatever is wanted.
local function take_whole(state, one)
  local key = one.file:input() .. "\0" .. one.place
  if state.linked[key] then return end
  state.linked[key] = true
  take(state, one.file, one.file, one.library and "dynamic" or nil)
end


local function go(state, list, first, last)
  local any = false
  for i = first, last do
    local one = list[i]
    if one.lazy then any = visit(state, one.file) or any
    else take_whole(state, one) end
  end
  return any
end


local function go_once(state, list)
  local i = 1
  while i <= #list do
    local last = i
    while list[i].group > 0 and last < #list
          and list[last + 1].group == list[i].group do last = last + 1 end
    repeat until not go(state, list, i, last) or last == i
    i = last + 1
  end
end


local function go_round(state, list)
  repeat until not go(state, list, 1, #list)
end


-- Of each name that is wanted, the first archive that has it.
local function go_first(state, list)
  for _, one in ipairs(list) do
    if not one.lazy then take_whole(state, one) end
  end
  local any
  repeat
    any = false
    local open = state.wanted - state.defined
    for _, one in ipairs(list) do
      if one.lazy then
        any = pull(state, one.file, open) or any
        open = open - all_of(state, one.file, inputs.path(one.file))
      end
    end
  until not any
end


--- What an input is to a linker.
local function entries(link, files)
  local libraries, out = {}, {}
  for _, file in ipairs(link:files "library") do libraries[file] = true end
  for i, file in ipairs(files) do
    local part = link:part(file)
    local library = false
    for known in pairs(libraries) do library = library or known == file end
    out[i] = { file = file, place = i, library = library, group = part:group() }
    out[i].lazy = is_archive(out[i]) and not part:is_in "whole"
  end
  return out
end


local methods = {}
givers.methods = methods

--- Of some names, those that anything wants, by text: the input that each is
--- taken from.  how.linker: as link:linker() has it; how.inputs: those of the
--- line, in an order that it might have; how.wanted: names that are wanted in
--- any case.
function methods:givers(names, how)
  local files = how.inputs or self:files "any"
  local state = begin(self, names, how.wanted)
  local list = entries(self, files)
  local by = reads[how.linker]
  if by == "once" then go_once(state, list)
  elseif by == "round" then go_round(state, list)
  else go_first(state, list) end
  return state.from
end

return givers
