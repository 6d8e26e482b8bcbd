--- Who has to give a name, and what must change where another does.
--
-- Of archives, the first on the line that has a name mostly gives it; so a
-- claim "A gives n" wants A before any other that has n.  Two claims may want
-- opposite orders.  What is proposed here was tried: the link was resolved
-- again with it, and every claim held.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local resolve = require "symrun.link_resolve"

local provide = {}

local MOST_TRIED = 5   -- archives of which every order is tried
local MOST_ORDERED = 12  -- of which the best order is found
local ROUNDS = 8


-- == claims ==================================================================

-- The names that linked inputs want or give, by text: who has to give each.
-- Earlier claims are stronger.
local function owners(link, claims)
  local all, out, list = resolve.of(link), {}, {}
  local view = all.views[all.linkers[1]]
  for _, claim in ipairs(claims) do
    for name in claim.names:each() do
      local text = name:text()
      local winner = view:winner(text)
      if not out[text] and (winner.wanted or winner.state == "defined") then
        out[text] = claim.from
        list[#list + 1] = text
      end
    end
  end
  table.sort(list)
  return out, list
end


-- The link with its inputs otherwise, as all linkers see it.
local function tried(link, entries, change)
  local all, views = resolve.of(link), {}
  for i, linker in ipairs(all.linkers) do
    views[i] = core.resolve(entries, {
      undefined = all.roots.undefined, wrap = all.roots.wrap,
      defsym = all.roots.defsym, entry = all.roots.entry,
      hide = change and change.hide, drop = change and change.drop,
      linker = linker,
    })
  end
  return views
end


-- Names that another gives than has to, with who that is.
local function broken(views, owner, names)
  local out = {}
  for _, view in ipairs(views) do
    for _, text in ipairs(names) do
      local winner = view:winner(text)
      if winner.state == "defined" and winner.file
         and inputs.path(winner.file) ~= inputs.path(owner[text])
         and not out[text] then
        out[text] = winner
        out[#out + 1] = text
      end
    end
  end
  table.sort(out)
  return out
end


local function count(set)
  local n, seen = 0, {}
  for name in set:each() do
    n = n + (seen[name:text()] and 0 or 1)
    seen[name:text()] = true
  end
  return n
end


-- Is nothing worse than on the line as it is?
local function is_sound(views, before)
  for i, view in ipairs(views) do
    if count(view:undefined()) > before[i].undefined
       or count(view:duplicates()) > 0 then return false end
  end
  return true
end


-- == orders ==================================================================

-- Archives that a claim is about, or that have a name that another has to
-- give; and by both, names for which the first must stand before the second.
local function rivals(entries, owner, names)
  local list, place, before = {}, {}, {}
  local function put(path, i)
    if not place[path] then
      list[#list + 1] = { path = path, at = i }
      place[path] = #list
      before[#list] = {}
    end
    return place[path]
  end
  local claimed = {}
  for _, text in ipairs(names) do claimed[inputs.path(owner[text])] = true end
  for i, entry in ipairs(entries) do
    local path = entry.file and inputs.path(entry.file)
    if entry.file and entry.file:format():find "ar$" and not entry.whole then
      local has = entry.file:defined()
      for _, text in ipairs(names) do
        if inputs.path(owner[text]) ~= path and has:has(text) then
          local first = inputs.path(owner[text])
          local a, b = put(first, nil), put(path, i)
          list[b].at = list[b].at or i
          local pairs_of = before[a]
          pairs_of[b] = pairs_of[b] or {}
          table.insert(pairs_of[b], text)
        end
      end
      if claimed[path] then
        local k = put(path, i)
        list[k].at = list[k].at or i
      end
    end
  end
  return list, before
end


-- The order of numbers 1 to n that breaks the fewest claims: over all sets of
-- those that stand first, the best way to get there.
local function best_order(n, before)
  local function cost(set, last)  -- `last` behind all of `set`
    local sum = 0
    for i = 1, n do
      if set & (1 << i - 1) ~= 0 and before[last][i] then
        sum = sum + #before[last][i]
      end
    end
    return sum
  end
  local best = { [0] = { cost = 0 } }
  for set = 1, (1 << n) - 1 do
    for last = 1, n do
      if set & (1 << last - 1) ~= 0 then
        local rest = set & ~(1 << last - 1)
        local sum = best[rest].cost + cost(rest, last)
        if not best[set] or sum < best[set].cost then
          best[set] = { cost = sum, last = last, rest = rest }
        end
      end
    end
  end
  local order, set = {}, (1 << n) - 1
  local sum = best[set].cost
  while set ~= 0 do
    table.insert(order, 1, best[set].last)
    set = best[set].rest
  end
  return order, sum
end


-- All orders of a few, each once.
local function permutations(n, f)
  local order = {}
  for i = 1, n do order[i] = i end
  local function go(k)
    if k > n then return f(order) end
    for i = k, n do
      order[k], order[i] = order[i], order[k]
      local found = go(k + 1)
      if found then return found end
      order[k], order[i] = order[i], order[k]
    end
  end
  return go(1)
end


-- The inputs with these archives in another order, in the places that they
-- have.
local function reordered(entries, list, order)
  local out, places, moved = {}, {}, {}
  for i, entry in ipairs(entries) do
    if entry.file then out[#out + 1] = entry end
    for _, one in ipairs(list) do
      if one.at == i then places[#places + 1] = #out end
    end
  end
  for k, number in ipairs(order) do
    moved[k] = entries[list[number].at]
  end
  for k, at in ipairs(places) do out[at] = moved[k] end
  return out
end


-- == what helps ==============================================================

local function paths_of(entries, list)
  local out, is = {}, {}
  for _, one in ipairs(list) do is[one.path] = true end
  for _, entry in ipairs(entries) do
    if is[inputs.path(entry.file)] then out[#out + 1] = entry.file end
  end
  return out
end


-- An order in which all claims hold, tried out.
local function find_order(link, list, before, owner, names, was)
  local entries = resolve.of(link).entries
  local function try(order)
    local inputs_then = reordered(entries, list, order)
    local views = tried(link, inputs_then)
    if #broken(views, owner, names) > 0 or not is_sound(views, was) then
      return nil
    end
    return paths_of(inputs_then, list)
  end
  local order, cost = best_order(#list, before)
  local found = cost == 0 and try(order)
  if not found and #list <= MOST_TRIED then
    return permutations(#list, try), order
  end
  return found, order
end


-- Two claims that no order can hold: A before B for one name, B before A for
-- the other; or nil where the circle is longer.
local function contradiction(list, before)
  for a = 1, #list do
    for b = a + 1, #list do
      local x, y = before[a][b], before[b][a]
      if x and y then
        return { { name = x[1], from = list[a].path },
                 { name = y[1], from = list[b].path } }
      end
    end
  end
end


-- What to hide: names that others give, in the best order or as it is, until
-- every claim holds.
local function find_hidden(link, entries, owner, names, was)
  local change, seen, list = { hide = {} }, {}, {}
  for _ = 1, ROUNDS do
    local views = tried(link, entries, change)
    local wrong, any = broken(views, owner, names), false
    local function hide(file, text)
      local key = inputs.path(file) .. "\0" .. text
      if seen[key] then return end
      seen[key], any = true, true
      change.hide[#change.hide + 1] = { file, text }
      list[#list + 1] = { file = file, name = text }
    end
    for _, text in ipairs(wrong) do hide(wrong[text].file, text) end
    for _, view in ipairs(views) do
      for name in view:duplicates():each() do
        local text = name:text()
        if owner[text]
           and inputs.path(owner[text]) ~= inputs.path(name:file()) then
          hide(name:file(), text)
        end
      end
    end
    if not any then
      return #wrong == 0 and is_sound(views, was) and list or nil
    end
  end
end


-- What to drop: members that give what another owns, if nothing is lost.
local function find_dropped(link, entries, owner, names, was)
  local change, seen, list = { drop = {} }, {}, {}
  for _ = 1, ROUNDS do
    local views = tried(link, entries, change)
    local wrong, any = broken(views, owner, names), false
    local function drop(file, member)
      if not member then return end
      local key = ("%s\0%d"):format(inputs.path(file), member:index())
      if seen[key] then return end
      seen[key], any = true, true
      change.drop[#change.drop + 1] = { file, member:index() }
      list[#list + 1] = { file = file, member = member }
    end
    for _, text in ipairs(wrong) do
      drop(wrong[text].file, wrong[text].member)
    end
    for _, view in ipairs(views) do
      for name in view:duplicates():each() do
        local text = name:text()
        if owner[text]
           and inputs.path(owner[text]) ~= inputs.path(name:file()) then
          drop(name:file(), name:member())
        end
      end
    end
    if not any then
      return #wrong == 0 and is_sound(views, was) and list or nil
    end
  end
end


local methods = {}
provide.methods = methods

--- Do archives give what they own?  claims: a list of { names =, from = file },
--- the stronger first.  Gives a list of { name, winner = file, member, from },
--- empty if all do; and with it what helps: `order`, the archives in an order
--- in which all claims hold; or `contradiction`, two claims that no order can
--- hold, and `hide` ({ file, name }...) or `drop` ({ file, member }...), with
--- which they do.  What could not be read or told makes it unknown.
function methods:provided(claims)
  local all = resolve.of(self)
  local owner, names = owners(self, claims)
  local out = setmetatable({}, require "symrun.provided")
  for _, text in ipairs(names) do
    local file, member = resolve.methods.winner(self, text)
    if file and inputs.path(file) ~= inputs.path(owner[text]) then
      out[#out + 1] = { name = text, winner = file, member = member,
                        from = owner[text] }
    end
  end
  out.count = #names
  if #out == 0 then return out end
  local was = {}
  for i, linker in ipairs(all.linkers) do
    was[i] = { undefined = count(all.views[linker]:undefined()) }
  end
  local list, before = rivals(all.entries, owner, names)
  local order
  if #list <= MOST_ORDERED then
    out.order, order = find_order(self, list, before, owner, names, was)
  end
  if out.order then return out end
  out.tried_all = #list <= MOST_TRIED
  out.contradiction = contradiction(list, before)
  local entries = order and reordered(all.entries, list, order)
                  or reordered(all.entries, {}, {})
  out.hide = find_hidden(self, entries, owner, names, was)
  out.drop = find_dropped(self, entries, owner, names, was)
  if order and (out.hide or out.drop) then
    out.best = paths_of(entries, list)
  end
  return out
end

return provide
