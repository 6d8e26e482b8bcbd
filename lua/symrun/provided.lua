--- What became of claims that archives own names: who gives them instead, and
--- what helps, for people.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local orders = require "symrun.link_orders"
local resolve = require "symrun.link_resolve"

local Provided = {}
Provided.__index = Provided

local SHOWN = 6  -- names in a sentence


local function listed(list, format)
  local out = {}
  for i, one in ipairs(list) do
    if i > SHOWN then
      out[i] = ("and %d more"):format(#list - SHOWN)
      break
    end
    out[i] = format(one)
  end
  return table.concat(out, ", ")
end


-- An order is of use as a whole.
local function all_of(list)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one) end
  return table.concat(out, ", ")
end


--- Names that one file gives and another owns, together: a list of { winner,
--- from, names = their text }; without `winner`, the line itself gives them
--- (`line`), or nobody.  `lacks`: the owner has none of them to give.
function Provided:groups()
  local out, by = {}, {}
  for _, one in ipairs(self) do
    local key = ("%s\0%s\0%s %s"):format(one.winner
      and inputs.path(one.winner) or "", inputs.path(one.from), one.line,
      one.lacks)
    if not by[key] then
      by[key] = { winner = one.winner, from = one.from, line = one.line,
                  lacks = one.lacks, list = {} }
      out[#out + 1] = by[key]
    end
    table.insert(by[key].list, one.name)
  end
  for _, group in ipairs(out) do
    group.names = listed(group.list, core.printable)
  end
  return out
end


local function finding(report, group)
  local is = #group.list == 1 and "is" or "are"
  if group.winner then
    return report(group.winner, "gives %s, which %s owns%s", group.names,
                  group.from, group.lacks and " and does not define" or "")
  elseif group.line then
    return report(group.from, "owns %s, which the line itself defines",
                  group.names)
  elseif group.lacks then
    return report(group.from, "owns %s, which %s wanted, and does not define "
                  .. "%s", group.names, is, is == "is" and "it" or "them")
  end
  return report(group.from, "is on the line, and its %s %s wanted and not "
                .. "taken", group.names, is)
end


-- What an order of archives does not mend.
local function without_order(group)
  if group.line then return "take the definition off the line" end
  return group.lacks
         and ("build %s with %s, or claim less"):format(group.from, group.names)
end


--- One finding for each of them, with the advice: report is that of a rule;
--- also(group): a sentence more, or nil.
function Provided:report(report, also)
  local findings = {}
  local groups = self:groups()
  for i, group in ipairs(groups) do findings[i] = finding(report, group) end
  for i, group in ipairs(groups) do
    local more = also and also(group)
    findings[i]:hint("%s", (without_order(group) or self:advice())
                           .. (more and "; " .. more or ""))
  end
end


-- == what helps ==============================================================

--- What helps, tried out: `order`, the archives in an order in which all claims
--- hold (`behind` the other inputs of the line, if so); or `contradiction`, two
--- claims that no order can hold, or `no_order` where all were tried; and
--- `hide` ({ file, name }...) and `drop` ({ file, member }...), the fewest that
--- were found, each with its `order` unless it is that of the line.
function Provided:cure()
  if self.cured then return self.cured end
  local link, owner, names = self.link, self.owner, self.names
  -- (another order may have what is not linked as it is)
  local tries = require "symrun.link_tries".new(link, owner, self.claimed)
  local all, out, lost, some = resolve.of(link), {}, false, false
  self.cured = out
  for _, one in ipairs(self) do
    local mendable = not one.line and not one.lacks
    some, lost = some or mendable, lost or mendable and not one.winner
  end
  if not some then return out end
  local list, before = orders.rivals(tries.entries, owner, names,
                                     all.views[all.linkers[1]])
  local possible, complete = orders.all(tries.entries, list, before, lost)
  local found = tries:order(possible)
  if found then
    out.order = orders.archives(found, list)
    out.behind = #out.order > 0
                 and not orders.in_place(tries.entries, found, list)
    return out
  end
  out.contradiction = orders.contradiction(list, before)
  out.no_order = complete and tries.left > 0
  for _, kind in ipairs { "hide", "drop" } do
    local changes, at = tries:fewest(possible, kind)
    if changes then
      out[kind] = changes
      if not orders.same(tries.entries, at) then
        changes.order = orders.archives(at, list)
      end
    end
  end
  return out
end


local function why_no_order(cure)
  local pair = cure.contradiction
  if not pair then
    return cure.no_order and "no order of the archives holds all of this"
  end
  return ("no order holds both: %s wants %s first, and %s wants %s first")
           :format(core.printable(pair[1].name),
                   core.printable(pair[1].from:match "[^/]*$"),
                   core.printable(pair[2].name),
                   core.printable(pair[2].from:match "[^/]*$"))
end


local function changed(cure)
  local hide, drop = cure.hide, cure.drop
  if hide and (not drop or #hide <= #drop) then
    return "hide " .. listed(hide, function (one)
      return ("%s in %s"):format(core.printable(one.name), one.file)
    end), hide.order
  elseif drop then
    return "drop " .. listed(drop, function (one)
      return ("%s(%s)"):format(one.file, one.member)
    end), drop.order
  end
end


--- What helps, as a sentence; or that nothing was found that does.
function Provided:advice()
  local cure = self:cure()
  if cure.order then
    return ("put them %s: %s"):format(cure.behind
      and "behind the other inputs, in this order" or "in this order",
      all_of(cure.order))
  end
  local said = { why_no_order(cure) or nil }
  local wanted, order = changed(cure)
  said[#said + 1] = wanted or "nothing was found that helps"
  if order then
    said[#said + 1] = "with the archives in this order: "
                      .. all_of(order)
  end
  return table.concat(said, "; ")
end

return Provided
