--- What symrun_rule_* in C stand on: parameters, policies and inputs, which
--- are collected until a run.  Each function gives true, or nil, a sentence,
--- and whether the system said no.

local core = require "symrun.core"
local policies = require "symrun.policies"
local run = require "symrun.run"
local sandbox = require "symrun.sandbox"

local host = {}

local words, list, tree = {}, {}, nil

sandbox.freeze_strings()


function host.define(word)
  local given, why = policies.definitions { word }
  if not given then return nil, why end
  words[#words + 1] = word
  return true
end


local function add(name, text, installed)
  local loaded, why, io = policies.one(name, policies.definitions(words),
                                       installed, text)
  if not loaded then return nil, why, io end
  list[#list + 1] = loaded
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
  local ok, why = core.add(tree, path)
  if not ok then return nil, why, true end
  return true
end


function host.run()
  if #list == 0 then return nil, "no rules were loaded, so none can be run" end
  if not tree then
    return nil, "nothing was named to look at, so nothing was checked"
  end
  local wrong = policies.undeclared(policies.definitions(words), list)
  if wrong then return nil, wrong end
  core.reset()
  run.rules(policies.select(list, {}), tree)
  return true
end

return host
