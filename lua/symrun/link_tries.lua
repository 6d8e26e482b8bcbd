--- What if?  A link with its archives in another order, names hidden, members
--- dropped: resolved again, until every claim holds.
--
-- Whatever cures a link has to change what happened on the way to its first
-- fault: the definition that is wrong, one that pulled its member in, or one
-- that was taken before the owner's.  So only those are tried, one fault at a
-- time, and all sets of few changes before any set of more.

local inputs = require "symrun.link_inputs"
local resolve = require "symrun.link_resolve"

local tries = {}

local MOST = 400         -- tries for one question
local MOST_READ = 4e7    -- definitions read for it
local FEWEST = 24        -- tries, however much each has to read
local MOST_NAMES = 64    -- of the owner's member that are looked at
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

-- A change is { file, name = } or { file, member = }.
local function key_of(change)
  return ("%s\0%s"):format(inputs.path(change.file), change.name
                           or change.member:index())
end


local function key(changes)
  local out = {}
  for i, change in ipairs(changes) do out[i] = key_of(change) end
  table.sort(out)
  return table.concat(out, "\0\0")
end


local function has(changes, change)
  for _, one in ipairs(changes) do
    if key_of(one) == key_of(change) then return true end
  end
  return false
end


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
    if file and inputs.path(file) ~= inputs.path(owner)
       or winner.strongly and winner.state ~= "defined"
          and winner.state ~= "by linker" then
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
    found = found or wrong(self, kind, view) or twice(self, kind, view)
            or lost(self, kind, view, self.before[i])
  end
  if found then found.view, found.linked, found.seen = nil, nil, nil end
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
