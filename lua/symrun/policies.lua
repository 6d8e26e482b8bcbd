--- The policies of one run: loaded, given their parameters, and selected.

local core = require "symrun.core"
local policy = require "symrun.policy"
local rule = require "symrun.rule"

local policies = {}


--- NAME=VALUE words, as name -> list of values, for one file and for all.
function policies.definitions(words)
  local given = {}
  for _, word in ipairs(words) do
    local name, value = word:match("^([^=]+)=(.*)$")
    if not name then
      return nil, ("-D takes [FILE.]NAME=VALUE, not '%s'"):format(
        core.printable(word))
    end
    given[name] = given[name] or {}
    table.insert(given[name], value)
  end
  return given
end


-- What was given to the policy with this stem; FILE.NAME is nearer than NAME.
local function given_to(given, stem)
  local out, near = {}, {}
  for name, values in pairs(given) do
    local file, own = name:match("^(.*)%.([^.]+)$")
    if not file then out[name] = values
    elseif file == stem then near[own] = values end
  end
  for own, values in pairs(near) do out[own] = values end
  return out
end


--- A sentence about a parameter that no policy of a list declares, or nil.
function policies.undeclared(given, list)
  local known = {}
  for _, p in ipairs(list) do
    for name in pairs(p.declared) do
      known[name] = true
      known[p.stem .. "." .. name] = true
    end
  end
  for _, name in ipairs(rule.sorted_keys(given)) do
    if not known[name] then
      local lines = {}
      for _, p in ipairs(list) do
        for _, own in ipairs(rule.sorted_keys(p.declared)) do
          lines[#lines + 1] = ("  %s.%s  %s"):format(p.stem, own,
                                                     p.declared[own].about)
        end
      end
      return ("no rule file declares a parameter '%s'%s"):format(
        core.printable(name),
        #lines > 0 and "; there are\n" .. table.concat(lines, "\n")
        or ", and none declares any")
    end
  end
end


--- Load one policy file, or its text.  Gives the policy; or nil, a sentence,
--- and whether the file could not be read.
function policies.one(path, given, installed, text)
  local stem = (path:match("([^/]*)$"):gsub("%.lua$", ""))
  local own = given_to(given, stem)
  if text then return policy.text(path, text, own) end
  return policy.load(path, own, installed)
end


--- A rule is known by its name: findings, baselines and --select say no more.
function policies.declared_twice(list)
  local from = {}
  for _, p in ipairs(list) do
    for _, r in ipairs(p.rules) do
      if from[r.id] then
        return ("rule %q is declared in %s and in %s"):format(r.id,
          core.printable(from[r.id]), core.printable(p.name))
      end
      from[r.id] = p.name
    end
  end
end


--- Load policy files in order.  Gives a list, or nil and a sentence.
function policies.load(paths, given, installed)
  local list = {}
  for _, path in ipairs(paths) do
    local p, why = policies.one(path, given, installed)
    if not p then return nil, why end
    list[#list + 1] = p
  end
  local wrong = policies.undeclared(given, list)
                or policies.declared_twice(list)
  if wrong then return nil, wrong end
  return list
end


--- The rules of policies whose names some patterns take; all, without one.
--- A pattern that takes none is an error: it was meant to take one.
function policies.select(list, globs)
  local rules, all, used = {}, {}, {}
  for _, p in ipairs(list) do
    for _, r in ipairs(p.rules) do
      all[#all + 1] = r.id
      local wanted = #globs == 0
      for _, glob in ipairs(globs) do
        if core.match(glob, r.id) then wanted, used[glob] = true, true end
        r.by_name = r.by_name or glob == r.id
      end
      if wanted then rules[#rules + 1] = r end
    end
  end
  for _, glob in ipairs(globs) do
    if not used[glob] then
      return nil, ("no rule is named %s; there are %s"):format(
        core.printable(glob), table.concat(all, ", "))
    end
  end
  return rules
end

return policies
