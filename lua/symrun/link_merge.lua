--- What all rules want changed of a line, put together: equal changes once, and
--- two that differ are nobody's.

local core = require "symrun.core"
local edit = require "symrun.link_edit"

local merge = {}


local methods = {}

--- Keep what a finding of a rule asks for.
function methods:ask(rule, wanted)
  self.asked[#self.asked + 1] = { rule = rule, edit = wanted }
end


--- Does any rule want the line changed?
function methods:is_edited() return #self.asked > 0 end


--- The rules that do, each once, in their order.
function methods:editors()
  local out = {}
  for _, one in ipairs(self.asked) do
    if not out[one.rule] then out[#out + 1] = one.rule end
    out[one.rule] = true
  end
  return out
end


--- The words as all rules want them, and the texts to write, {path=, bytes=};
--- or nil and a sentence that names two rules.  `folder` is where the texts
--- will be.
function methods:edited(folder)
  local changes, made = self.words:changes(), {}
  for _, one in ipairs(self.asked) do
    local ok, why = edit.apply(one.edit, one.rule, changes, folder, made)
    if not ok then return nil, why end
  end
  local words, texts = self.words:print(changes, folder)
  if not words then return nil, texts end
  local list, paths = {}, {}
  for _, text in ipairs(texts) do made[text.path] = text.bytes end
  for path in pairs(made) do paths[#paths + 1] = path end
  table.sort(paths)
  for i, path in ipairs(paths) do
    list[i] = { path = path, bytes = made[path] }
  end
  return words, list
end


--- When all rules have spoken: where two contradict each other that is written
--- down, and where anything is unknown the line stays as it is.
function methods:settle(order)
  local words, why = self:edited ""
  if not words then
    core.trouble("symrun/edit", order, nil, nil, why,
                 "let one of the two give way, or leave it out with --select")
  end
  if core.verdict "error" == 2 then self.asked = {} end
end


function merge.attach(Line)
  for name, f in pairs(methods) do Line[name] = f end
end

return merge
