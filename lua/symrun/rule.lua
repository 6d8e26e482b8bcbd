--- Rules and parameters: what a policy file may declare, checked when it is
--- loaded, so that a misspelled field is told before anything is read.

local select = require "symrun.select"

local rule = {}

local fields = {
  about        = { "string", "one sentence: what must hold", required = true },
  each         = { "selector", "what it is evaluated for", required = true },
  check        = { "function", "decides and reports", required = true },
  with         = { "table", "selectors by name: what stands beside it" },
  may_be_empty = { "boolean", "matching nothing is no trouble" },
  story        = { "string", "the failure that it prevents" },
  if_unknown   = { "function", "says what to do when something about the "
                               .. "subject cannot be read" },
}


local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local last = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      last, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, last + cost)
    end
  end
  return row[#b]
end


--- The nearest of some names, or nil when none is near.
function rule.nearest(word, names)
  local best, least = nil, math.max(2, #word // 3) + 1
  for _, name in ipairs(names) do
    local d = distance(word, name)
    if d < least then best, least = name, d end
  end
  return best
end


function rule.sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  return keys
end


local here = debug.getinfo(1, "S").source

-- The line of the policy file that called this one.
local function where()
  for level = 3, 12 do
    local info = debug.getinfo(level, "Sl")
    if not info then break end
    if info.currentline > 0 and info.source ~= here then
      local path = info.source:match "^@(.*)" or info.short_src
      return ("%s:%d: "):format(path, info.currentline)
    end
  end
  return ""
end


local function fail(format, ...)
  error(where() .. format:format(...), 0)
end


local function kind_of(value)
  return select.is(value) and "selector" or type(value)
end


local function check_field(id, name, value)
  local field = fields[name]
  if not field then
    local near = rule.nearest(tostring(name), rule.sorted_keys(fields))
    fail("rule %q has no field '%s'%s; the fields are %s", id, tostring(name),
         near and (" (did you mean '%s'?)"):format(near) or "",
         table.concat(rule.sorted_keys(fields), ", "))
  end
  if kind_of(value) ~= field[1] then
    fail("field '%s' of rule %q is a %s, and a %s is expected: %s", name, id,
         kind_of(value), field[1], field[2])
  end
end


-- `with` is selectors by name.
local function check_with(id, with)
  for _, name in ipairs(rule.sorted_keys(with)) do
    if with[name] == nil then  -- the key was no string
      fail("with of rule %q has the key %s, and a name is expected: "
           .. "with = { %s = ... }", id, name, "stdlib")
    end
    if not select.is(with[name]) then
      fail("with.%s of rule %q is a %s, and a selector is expected", name, id,
           type(with[name]))
    end
  end
end


--- A sentence about a rule that has a name and no fields, or nil.
function rule.unfinished(list)
  local id = rule.sorted_keys(list.open)[1]
  if id then
    return ("%srule %q has a name and no table of fields after it")
           :format(list.open[id], id)
  end
end


--- Make the `rule` function of one policy; finished rules go to `list`.
function rule.maker(list)
  local seen = {}
  list.open = {}
  return function (id)
    if type(id) ~= "string" or not id:find("^[%w][%w._/-]*$") then
      fail("a rule's name is letters, digits, '-', '_', '.' and '/', not %s",
           type(id) == "string" and ("%q"):format(id) or "a " .. type(id))
    end
    if seen[id] then fail("rule %q is declared twice", id) end
    seen[id] = true
    list.open[id] = where()
    return function (t)
      if not list.open[id] then fail("rule %q is declared twice", id) end
      list.open[id] = nil
      if type(t) ~= "table" then
        fail("rule %q is declared with a table of fields, not a %s", id,
             type(t))
      end
      for _, name in ipairs(rule.sorted_keys(t)) do
        check_field(id, name, t[name])
      end
      for _, name in ipairs(rule.sorted_keys(fields)) do
        if fields[name].required and t[name] == nil then
          fail("rule %q lacks the field '%s': %s", id, name, fields[name][2])
        end
      end
      if t.about == "" then fail("rule %q has an empty 'about'", id) end
      check_with(id, t.with or {})
      list[#list + 1] = {
        id = id, about = t.about, each = t.each, check = t.check,
        with = t.with or {}, may_be_empty = t.may_be_empty, story = t.story,
        if_unknown = t.if_unknown,
      }
    end
  end
end


local function converted(name, default, values)
  if type(default) == "table" then
    if #values > 1 then return values end
    local list = {}
    for part in (values[1] .. ","):gmatch("(.-),") do
      if part ~= "" then list[#list + 1] = part end
    end
    return list
  end
  if #values > 1 then
    return nil, ("parameter '%s' is not a list, and was given %d times")
                :format(name, #values)
  end
  local value = values[1]
  if type(default) == "string" then return value end
  if type(default) == "boolean" then
    if value == "true" or value == "false" then return value == "true" end
    return nil, ("parameter '%s' is true or false, not '%s'")
                :format(name, value)
  end
  return math.tointeger(tonumber(value))
      or nil, ("parameter '%s' is a whole number, not '%s'"):format(name, value)
end


-- Can a value from the command line take the place of this one?
local function fits(default)
  if type(default) == "table" then
    for _, part in pairs(default) do
      if type(part) ~= "string" then return false end
    end
    return true
  end
  return type(default) == "string" or type(default) == "boolean"
         or math.type(default) == "integer"
end


local function check_parameter(name, p)
  if type(p) ~= "table" or p[1] == nil or type(p[2]) ~= "string" then
    fail("parameter '%s' is declared as { default, \"what it is for\" }", name)
  end
  if not fits(p[1]) then
    fail("the default of parameter '%s' is a %s, and a string, a list of "
         .. "strings, true, false or a whole number is expected", name,
         type(p[1]))
  end
end


-- A misspelled parameter would be a pattern that takes everything.
local strict = {
  __index = function (_, name)
    fail("no parameter '%s' is declared here", tostring(name))
  end,
  __metatable = false,
}


--- Make the `parameters` function of one policy.  `given` maps a name to the
--- list of values from the command line; what is declared goes to `declared`.
function rule.parameters(declared, given)
  return function (t)
    if type(t) ~= "table" then
      fail("parameters are declared with a table, not a %s", type(t))
    end
    local out = setmetatable({}, strict)
    for _, name in ipairs(rule.sorted_keys(t)) do
      local p = t[name]
      check_parameter(name, p)
      declared[name] = { default = p[1], about = p[2] }
      out[name] = p[1]
      if given[name] then
        local value, why = converted(name, p[1], given[name])
        if value == nil then fail("%s", why) end
        out[name] = value
      end
    end
    return out
  end
end

return rule
