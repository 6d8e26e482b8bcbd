--- In which orders the archives of a link might stand.
--
-- Mostly the first archive on the line that has a name gives it; so a claim "A
-- gives n" wants A before any other that has n, and two claims may want two
-- orders.  Linkers that read archives once do not keep to that.

local inputs = require "symrun.link_inputs"

local orders = {}

local MOST_TRIED = 5     -- archives of which every order is tried
local MOST_ORDERED = 12  -- of which the best order is found


-- Archives that may stand elsewhere: by path, their number in the inputs.
local function movable(entries)
  local at, n = {}, 0
  for i, entry in ipairs(entries) do
    local path = inputs.path(entry.file)
    if not at[path] and entry.by == "line" and not entry.whole
       and entry.file:format():find "ar$" then at[path], n = i, n + 1 end
  end
  return at, n
end


--- The archives to move, in the line's order: a list of { path, at = number of
--- the entry }, of many only those that claims are about; and before[a][b], the
--- names for which the first must stand before the second.  view: the link as
--- it is.
function orders.rivals(entries, owner, names, view)
  local here, list, before = {}, {}, {}
  local function note(file)
    here[inputs.path(file)] = here[inputs.path(file)] or {}
    return here[inputs.path(file)]
  end
  for _, text in ipairs(names) do
    local first = note(owner[text])
    for _, one in ipairs(view:about(text)) do
      if one.lazy and one.member and not one.kind:find "^wants"
         and inputs.path(one.file) ~= inputs.path(owner[text]) then
        local second = inputs.path(one.file)
        note(one.file)
        first[second] = first[second] or {}
        local of = first[second]
        if of[#of] ~= text then of[#of + 1] = text end
      end
    end
  end
  local number, at, n = {}, movable(entries)
  for i, entry in ipairs(entries) do
    local path = inputs.path(entry.file)
    if at[path] == i and (here[path] or n <= MOST_TRIED) then
      list[#list + 1] = { path = path, at = i }
      number[path] = #list
    end
  end
  for a, one in ipairs(list) do
    before[a] = {}
    for path, of in pairs(here[one.path] or {}) do
      if number[path] then before[a][number[path]] = of end
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
  while set ~= 0 do
    table.insert(order, 1, best[set].last)
    set = best[set].rest
  end
  return order
end


-- All orders of a few.
local function permutations(n, f)
  local order = {}
  for i = 1, n do order[i] = i end
  local function go(k)
    if k > n then f(order) end
    for i = k, n do
      order[k], order[i] = order[i], order[k]
      go(k + 1)
      order[k], order[i] = order[i], order[k]
    end
  end
  go(1)
end


-- An archive in the place of another: in its group, if it has one.
local function moved(entry, to)
  local out = {}
  for field, value in pairs(entry) do out[field] = value end
  out.group = to.group
  return out
end


-- The inputs with these archives in another order, in the places that they
-- have; or all behind the other inputs of the line.
local function reordered(entries, list, order, behind)
  local out, is_moved, last = {}, {}, 0
  for _, one in ipairs(list) do is_moved[one.at] = true end
  for i, entry in ipairs(entries) do
    if entry.by == "line" and not entry.file:format():find "ar$" then
      last = i
    end
  end
  local next_one = 0
  for i, entry in ipairs(entries) do
    if is_moved[i] and not behind then
      next_one = next_one + 1
      out[#out + 1] = moved(entries[list[order[next_one]].at], entry)
    elseif not is_moved[i] then out[#out + 1] = entry end
    if i == last and behind then
      for _, number in ipairs(order) do
        out[#out + 1] = moved(entries[list[number].at], {})
      end
    end
  end
  return out
end


--- All orders to try: as it is, the one that breaks the fewest claims, and of a
--- few archives every other; with `behind`, behind the other inputs too.  The
--- second value: were these all?
function orders.all(entries, list, before, behind)
  local out, seen = {}, {}
  local function put(order)
    local id = table.concat(order, " ")
    if seen[id] then return end
    seen[id] = true
    out[#out + 1] = reordered(entries, list, order, false)
    if behind then out[#out + 1] = reordered(entries, list, order, true) end
  end
  local as_it_is = {}
  for i = 1, #list do as_it_is[i] = i end
  put(as_it_is)
  if #list <= MOST_ORDERED then put(best_order(#list, before)) end
  if #list <= MOST_TRIED then permutations(#list, put) end
  return out, #list <= MOST_TRIED
end


--- Are these the inputs as they stand on the line?
function orders.same(entries, order)
  for i, entry in ipairs(entries) do
    if inputs.path(entry.file) ~= inputs.path(order[i].file) then
      return false
    end
  end
  return true
end


--- Do the archives stand where archives stood?
function orders.in_place(entries, order, list)
  local there = {}
  for _, one in ipairs(list) do there[one.path] = true end
  for i, entry in ipairs(entries) do
    if (there[inputs.path(entry.file)] or false)
       ~= (there[inputs.path(order[i].file)] or false) then return false end
  end
  return true
end


--- The archives of an order, each once.
function orders.archives(entries, list)
  local out, is = {}, {}
  for _, one in ipairs(list) do is[one.path] = true end
  for _, entry in ipairs(entries) do
    local path = inputs.path(entry.file)
    if is[path] then out[#out + 1] = entry.file end
    is[path] = nil
  end
  return out
end


--- Two claims that no order holds: A before B for one name, B before A for the
--- other; nil where the circle is longer.
function orders.contradiction(list, before)
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

return orders
