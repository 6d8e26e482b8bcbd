--- The policies of one run: loaded, given their parameters, and selected.

local core = require "symrun.core"
local policy = require "symrun.policy"
local rule = require "symrun.rule"

local policies = {}


--- NAME=VALUE words, as name -> list of values, for one file and for all.
function policies.definitions(words)
  local given = {}
  for _, word in ipairs(words) do
    local name, value = word:match("^([%w_.-]+)=(.*)$")
    if not name then
      return nil, ("-D takes [FILE.]NAME=VALUE, not '%s'"):format(
        core.printable(word))
    end
    given[name] = given[name] or {}
    table.insert(given[name], value)
  end
  return given
end


-- What was given to the policy with this stem.
local function given_to(given, stem)
  local out = {}
  for name, values in pairs(given) do
    local file, own = name:match("^(.*)%.([^.]+)$")
    if not file then out[name] = values
    elseif file == stem then out[own] = values end
  end
  return out
end


local function check_definitions(given, list)
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
      return ("no rule file declares a parameter '%s'%s"):format(name,
        #lines > 0 and "; there are\n" .. table.concat(lines, "\n")
        or ", and none declares any")
    end
  end
end


--- Load policy files in order.  Gives a list, or nil and a sentence.
function policies.load(paths, given, installed)
  local list = {}
  for _, path in ipairs(paths) do
    local stem = (path:match("([^/]*)$"):gsub("%.lua$", ""))
    local p, why = policy.load(path, given_to(given, stem), installed)
    if not p then return nil, why end
    list[#list + 1] = p
  end
  local wrong = check_definitions(given, list)
  if wrong then return nil, wrong end
  return list
end


--- The rules of policies whose names some patterns take; all, without one.
function policies.select(list, globs)
  local rules, all = {}, {}
  for _, p in ipairs(list) do
    for _, r in ipairs(p.rules) do
      all[#all + 1] = r.id
      local wanted = #globs == 0
      for _, glob in ipairs(globs) do
        wanted = wanted or core.match(glob, r.id)
        r.by_name = r.by_name or glob == r.id
      end
      if wanted then rules[#rules + 1] = r end
    end
  end
  if #rules == 0 then
    return nil, ("no rule is named %s; there are %s"):format(
      table.concat(globs, " or "), table.concat(all, ", "))
  end
  return rules
end

return policies
