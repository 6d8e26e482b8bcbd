--- What options and texts of a line say of names: what the answers for each
--- kind of linker are made of.

local core = require "symrun.core"
local texts = require "symrun.link_texts"

local say = {}


--- The values of all parts with a role: a list, or nil and a sentence.
function say.values(link, role)
  local ok, why = link.words:sure(role)
  if not ok then return nil, why end
  local out = {}
  for part in link.words:role(role) do out[#out + 1] = part end
  return out
end


--- What all texts of a role say together: true, false, "none" if there are
--- none; or nil and a sentence.
function say.texts(link, role, name, options)
  local list, why = texts.all(link, role)
  if not list then return nil, why end
  local answer = "none"
  for _, each in ipairs(list) do
    local yes
    yes, why = each.script:exports(name, options)
    if yes == nil then return nil, why end
    if answer ~= "none" and yes ~= answer then
      return nil, ("%s and another text beside it say different things of %s")
                  :format(each.part, core.printable(name))
    end
    answer = yes
  end
  return answer
end

return say
