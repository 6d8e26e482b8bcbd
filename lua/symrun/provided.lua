--- What became of claims that archives own names: who gives them instead, and
--- what helps, for people.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"

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


--- Names that one file gives and another owns, together: a list of { winner,
--- from, names = their text }.
function Provided:groups()
  local out, by = {}, {}
  for _, one in ipairs(self) do
    local key = inputs.path(one.winner) .. "\0" .. inputs.path(one.from)
    if not by[key] then
      by[key] = { winner = one.winner, from = one.from, list = {} }
      out[#out + 1] = by[key]
    end
    table.insert(by[key].list, one.name)
  end
  for _, group in ipairs(out) do
    group.names = listed(group.list, core.printable)
  end
  return out
end


local function why_no_order(self)
  local pair = self.contradiction
  if not pair then
    return self.tried_all and "no order of the archives holds all of this"
  end
  return ("no order holds both: %s wants %s first, and %s wants %s first")
           :format(core.printable(pair[1].name),
                   core.printable(pair[1].from:match "[^/]*$"),
                   core.printable(pair[2].name),
                   core.printable(pair[2].from:match "[^/]*$"))
end


local function change(self)
  if self.hide and (not self.drop or #self.hide <= #self.drop) then
    return "hide " .. listed(self.hide, function (one)
      return ("%s in %s"):format(core.printable(one.name), one.file)
    end)
  elseif self.drop then
    return "drop " .. listed(self.drop, function (one)
      return ("%s(%s)"):format(one.file, one.member)
    end)
  end
end


--- What helps, as a sentence; or that nothing was found that does.
function Provided:advice()
  if self.order then
    return "put them in this order: " .. listed(self.order, tostring)
  end
  local said = { why_no_order(self) or nil }
  local wanted = change(self)
  said[#said + 1] = wanted or "nothing was found that helps"
  if wanted and self.best then
    said[#said + 1] = "with the archives in this order: "
                      .. listed(self.best, tostring)
  end
  return table.concat(said, "; ")
end

return Provided
