--- What is wrong with a link as it would be, and what can be done about it.
--
-- A fault is a name that another than its owner gives, one that is defined
-- twice, or one that was given before.  Only what happened on the way to it can
-- cure it: the definition, what pulled its member in, and what was taken before
-- the owner's.

local inputs = require "symrun.link_inputs"
local provide = require "symrun.link_provide"

local faults = {}

local MOST_NAMES = 64    -- of the owner's member that are looked at


-- == changes =================================================================

-- A change is { file, name = } or { file, member = }.
local function key_of(change)
  return ("%s\0%s"):format(inputs.path(change.file), change.name
                           or change.member:index())
end


--- A text for a set of changes, whatever their order.
function faults.key(changes)
  local out = {}
  for i, change in ipairs(changes) do out[i] = key_of(change) end
  table.sort(out)
  return table.concat(out, "\0\0")
end


--- Is a change one of these?
function faults.has(changes, change)
  for _, one in ipairs(changes) do
    if key_of(one) == key_of(change) then return true end
  end
  return false
end


-- == faults ==================================================================

local function place(unit)
  return ("%s\0%d"):format(inputs.path(unit.file),
                           unit.member and unit.member:index() or 0)
end


-- What can be done about a fault: a list of changes, the plainest first.
local Doing = {}
Doing.__index = Doing


local function doing(self, kind, view)
  return setmetatable({ tries = self, kind = kind, view = view, seen = {} },
                      Doing)
end


-- Not to the owner's own, and only to what the line names.
function Doing:put(unit, name)
  local owner = name and self.tries.owner[name]
  local path = unit.file and inputs.path(unit.file)
  if not path or unit.library or not self.tries.ours[path] then return end
  local change
  if self.kind == "hide" then
    if not name or owner and inputs.path(owner) == path then return end
    change = { file = unit.file, name = name }
  elseif unit.member then change = { file = unit.file, member = unit.member }
  else return end
  local id = key_of(change)
  if not self.seen[id] then self[#self + 1] = change end
  self.seen[id] = true
end


-- What had a unit linked, and what had that.
function Doing:put_chain(unit)
  if not self.linked then
    self.linked = {}
    for _, one in ipairs(self.view:linked()) do
      self.linked[place(one)] = one
    end
  end
  local seen = {}
  while unit and unit.file and not seen[place(unit)] do
    seen[place(unit)] = true
    local one = self.linked[place(unit)]
    if one and one.name and one.lazy then self:put(unit, one.name) end
    unit = one and one.by
  end
end


-- What the owner's member has besides the name, and others gave first.
function Doing:put_earlier(text, owner)
  for _, one in ipairs(self.view:about(text)) do
    if not one.kind:find "^wants" and one.member
       and inputs.path(one.file) == inputs.path(owner) then
      local n = 0
      for name in one.member:defined():each() do
        n = n + 1
        local other = self.view:winner(name:text())
        if n > MOST_NAMES then return end
        if other.state == "defined" and other.file
           and inputs.path(other.file) ~= inputs.path(owner) then
          self:put(other, name:text())
        end
      end
    end
  end
end


-- A name that another than its owner gives, or nobody.
local function wrong(self, kind, view)
  for _, text in ipairs(self.names) do
    local owner, winner = self.owner[text], view:winner(text)
    local file = winner.state == "defined" and winner.file
    if provide.is_wrong(winner, owner) then
      local out = doing(self, kind, view)
      if file then
        out:put(winner, text)
        out:put_chain(winner)
      end
      out:put_earlier(text, owner)
      return out
    end
  end
end


local function first(names)
  local found
  for name in names:each() do found = found or name:text() end
  return found
end


-- A name that is defined twice: the later ones go first.
local function twice(self, kind, view)
  local text, list = first(view:duplicates()), {}
  if not text then return nil end
  local out, owner = doing(self, kind, view), self.owner[text]
  for _, one in ipairs(view:about(text)) do
    if not one.kind:find "^wants" and one.linked and not one.discarded then
      list[#list + 1] = one
    end
  end
  table.sort(list, function (a, b) return a.linked > b.linked end)
  for _, one in ipairs(list) do
    if not owner or inputs.path(owner) ~= inputs.path(one.file) then
      out:put(one, text)
    end
  end
  for _, one in ipairs(list) do out:put_chain(one) end
  return out
end


-- A name that was given before.
local function lost(self, kind, view, before)
  local text = first(view:undefined() - before)
  if not text then return nil end
  local out = doing(self, kind, view)
  for _, one in ipairs(view:about(text)) do
    if one.kind == "wants" and one.linked then out:put_chain(one) end
  end
  return out
end


--- The first fault that a linker's view has: a list of changes to try; nil if
--- it has none.  tries: { owner, names, ours }; kind: "hide" or "drop"; before:
--- what was undefined already.
function faults.first(tries, kind, view, before)
  local found = wrong(tries, kind, view) or twice(tries, kind, view)
                or lost(tries, kind, view, before)
  if found then found.view, found.linked, found.seen = nil, nil, nil end
  return found
end

return faults
