--- What symrun_rule_* in C stand on: parameters, policies and inputs, which
--- are collected until a run.  Each function gives true, or nil, a sentence,
--- and whether the system said no.

local core = require "symrun.core"
local policies = require "symrun.policies"
local run = require "symrun.run"
local sandbox = require "symrun.sandbox"

local host = {}

-- The same thing said again is that thing: a call that ran out of memory on
-- its way back has been heard all the same.
local words, list, inputs, tree = {}, {}, {}, nil

sandbox.freeze_strings()


function host.define(word)
  local given, why = policies.definitions { word }
  if not given then return nil, why end
  for _, known in ipairs(words) do if known == word then return true end end
  words[#words + 1] = word
  return true
end


local function add(name, text, installed)
  local loaded, why, io = policies.one(name, policies.definitions(words),
                                       installed, text)
  if not loaded then return nil, why, io end
  local at = #list + 1
  for i, p in ipairs(list) do if p.name == loaded.name then at = i end end
  list[at] = loaded
  return true
end


function host.load(path, _, installed)
  return add(path, nil, installed)
end


function host.text(name, text)
  return add(name, text)
end


function host.input(path)
  tree = tree or core.tree(false)
  if inputs[path] then return true end
  local ok, why = core.add(tree, path)
  if not ok then return nil, why, true end
  inputs[path] = true
  return true
end


function host.run()
  if #list == 0 then return nil, "no rules were loaded, so none can be run" end
  if not tree then
    return nil, "nothing was named to look at, so nothing was checked"
  end
  local wrong = policies.undeclared(policies.definitions(words), list)
                or policies.declared_twice(list)
  if wrong then return nil, wrong end
  core.reset()
  run.rules(policies.select(list, {}), tree)
  return true
end

return host
