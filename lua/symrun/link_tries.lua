--- What if?  A link with its archives in another order, names hidden, members
--- dropped: resolved again, until every claim holds.
--
-- Whatever cures a link has to change what happened on the way to its first
-- fault: the definition that is wrong, one that pulled its member in, or one
-- that was taken before the owner's.  So only those are tried, one fault at a
-- time, and all sets of few changes before any set of more.

local faults = require "symrun.link_faults"
local inputs = require "symrun.link_inputs"
local resolve = require "symrun.link_resolve"

local tries = {}

local has, key = faults.has, faults.key

local MOST = 400         -- tries for one question
local MOST_READ = 4e7    -- definitions read for it
local FEWEST = 24        -- tries, however much each has to read
local MOST_DEEP = 12     -- changes, where no set is known that cures it

local Tries = {}
Tries.__index = Tries


--- link; owner: by name, the file that has to give it; names: all of those.
function tries.new(link, owner, names)
  local all, reads = resolve.of(link), 10 * #names
  local self = setmetatable({ link = link, all = all, owner = owner,
                              names = names, entries = resolve.files(all),
                              ours = {}, before = {}, known = {} }, Tries)
  for _, entry in ipairs(self.entries) do
    if entry.by == "line" then
      self.ours[inputs.path(entry.file)] = true
      reads = reads + #entry.file:defined()
    end
  end
  for i, linker in ipairs(all.linkers) do
    self.before[i] = all.views[linker]:undefined()
  end
  self.most = math.max(FEWEST, math.min(MOST, MOST_READ // (reads + 1)))
  return self
end


-- == changes =================================================================

local function with(changes, change)
  local out = table.move(changes, 1, #changes, 1, {})
  out[#out + 1] = change
  return out
end


-- The link with all that, as every linker sees it that may read the line.
function Tries:views(entries, changes)
  local views, hide, drop = {}, {}, {}
  for _, change in ipairs(changes) do
    if change.name then hide[#hide + 1] = { change.file, change.name }
    else drop[#drop + 1] = { change.file, change.member:index() } end
  end
  for i, linker in ipairs(self.all.linkers) do
    views[i] = resolve.viewed(self.link, self.all, linker, entries,
                              { hide = hide, drop = drop })
  end
  return views
end


--- The first fault of the link as it would be: what can be done about it; nil
--- if there is none.  false: no more tries are left.
function Tries:fault(entries, changes, kind)
  local id = kind .. key(changes)
  local known = self.known[entries] or {}
  self.known[entries] = known
  if known[id] ~= nil then return known[id] or nil end
  if self.left <= 0 then return false end
  self.left = self.left - 1
  local found
  for i, view in ipairs(self:views(entries, changes)) do
    found = found or faults.first(self, kind, view, self.before[i])
  end
  known[id] = found or false
  return found
end


-- == search ==================================================================

-- All sets of changes up to a size, each once.
function Tries:deepen(entries, changes, size, kind, seen)
  local fault = self:fault(entries, changes, kind)
  if fault == nil then return changes end
  if not fault or #changes >= size then return nil end
  for _, change in ipairs(fault) do
    local more = not has(changes, change) and with(changes, change)
    local id = more and key(more)
    if more and not seen[id] then
      seen[id] = true
      local found = self:deepen(entries, more, size, kind, seen)
      if found then return found end
    end
  end
end


-- The plainest change for each fault, then without those that it holds without.
function Tries:plainly(entries, kind)
  local changes, fault = {}, nil
  for _ = 1, self.most do
    fault = self:fault(entries, changes, kind)
    if not fault then break end
    local change
    for _, one in ipairs(fault) do
      if not change and not has(changes, one) then change = one end
    end
    if not change then return nil end
    changes = with(changes, change)
  end
  if fault ~= nil then return nil end
  for i = #changes, 1, -1 do
    local fewer = table.move(changes, 1, #changes, 1, {})
    table.remove(fewer, i)
    if self:fault(entries, fewer, kind) == nil then changes = fewer end
  end
  return changes
end


--- The first of these orders in which every claim holds as it is.
function Tries:order(orders)
  self.left = self.most
  for _, entries in ipairs(orders) do
    if self:fault(entries, {}, "hide") == nil then return entries end
  end
end


--- The fewest changes with which every claim holds, in one of these orders, and
--- that one; nil if none were found.  kind: "hide" or "drop".
function Tries:fewest(orders, kind)
  local best, at
  for _, entries in ipairs(orders) do
    self.left = self.most
    local plain = (not best or #orders <= 4) and self:plainly(entries, kind)
    if plain and (not best or #plain < #best) then best, at = plain, entries end
  end
  self.left = self.most
  for size = 1, best and #best - 1 or MOST_DEEP do
    for _, entries in ipairs(orders) do
      local found = self:deepen(entries, {}, size, kind, {})
      if found then return found, entries end
      if self.left <= 0 then return best, at end
    end
  end
  return best, at
end

return tries
