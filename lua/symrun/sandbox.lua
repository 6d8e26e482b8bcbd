--- The environment that a rule runs in: enough to decide, nothing to act with.
--
-- Each policy file gets tables of its own, so nothing that one file does to
-- `string` is seen by another.  `pairs` and `next` go through keys in order,
-- and no address is ever printed, because a rule that builds a sentence must
-- build the same one each time.

local core = require "symrun.core"

local sandbox = {}

local plain = {
  "assert", "error", "ipairs", "pcall", "rawequal", "rawget", "rawlen",
  "rawset", "select", "tonumber", "type", "xpcall", "_VERSION",
}

local tables = { "string", "table", "math", "utf8", "coroutine" }

-- What would make the same input give another output, or bytecode.
local without = {
  string = { dump = true },
  math = { random = true, randomseed = true },
}


-- -- text without addresses ---------------------------------------------------

local has_address = {
  ["function"] = true, table = true, thread = true, userdata = true,
}


local function text_of(...)
  local text = tostring(...)
  if not has_address[type((...))] then return text end
  return (text:gsub(": 0x%x+$", ""))
end


local function format(text, ...)
  if type(text) == "string" and text:gsub("%%%%", ""):find "%%[^%a%%]*p" then
    error("%p prints an address, which differs from run to run", 2)
  end
  local values = table.pack(...)
  for i = 1, values.n do
    if has_address[type(values[i])] then values[i] = text_of(values[i]) end
  end
  local ok, out = pcall(string.format, text, table.unpack(values, 1, values.n))
  if not ok then error(out, 2) end
  return out
end


-- -- tables in order ----------------------------------------------------------

local ranks = { boolean = 1, number = 2, string = 3, userdata = 4, table = 5 }


local function before(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then return ranks[ta] < ranks[tb] end
  if ta == "boolean" then return not a and b end
  if ta == "number" or ta == "string" then return a < b end
  return tostring(a) < tostring(b)
end


-- Has the key an order that is the same in every run?  Files and members have:
-- that of their names.
local function has_order(key)
  return ranks[type(key)] ~= nil and text_of(key) == tostring(key)
end


local function ordered_keys(t)
  local keys, others = {}, 0
  for key in next, t do
    keys[#keys + 1] = key
    if not has_order(key) then others = others + 1 end
  end
  if #keys < 2 then return keys end
  if others > 0 then
    error("pairs and next want keys that are strings, numbers, booleans, "
          .. "files or members: others come in no certain order", 3)
  end
  table.sort(keys, before)
  return keys
end


local function want_table(t, name)
  if type(t) == "table" then return end
  error(("bad argument #1 to '%s' (table expected, got %s)"):format(name,
        type(t)), 3)
end


local function ordered_next(t, after)
  want_table(t, "next")
  if next(t) == nil then return nil end
  for _, key in ipairs(ordered_keys(t)) do
    if after == nil or before(after, key) then return key, t[key] end
  end
end


local function ordered_pairs(t)
  local meta = getmetatable(t)
  if type(meta) == "table" and meta.__pairs then return pairs(t) end
  want_table(t, "pairs")
  local keys, i = ordered_keys(t), 0
  return function ()
    repeat
      i = i + 1
    until keys[i] == nil or rawget(t, keys[i]) ~= nil
    if keys[i] ~= nil then return keys[i], t[keys[i]] end
  end
end


-- -- metatables ---------------------------------------------------------------

-- That of strings is shared by all; nobody may have it.
local function get_metatable(...)
  if type((...)) == "string" then return false end
  return getmetatable(...)
end


-- A finalizer would run when nobody asked: in the middle of another rule, or
-- when the verdict is told.
local function set_metatable(t, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then
    error("a rule's tables cannot have finalizers (__gc)", 2)
  end
  local ok, out = pcall(setmetatable, t, meta)
  if not ok then error(out, 2) end
  return out
end


-- What goes to standard error; standard output is the report's.
local function print_aside(...)
  local words = table.pack(...)
  for i = 1, words.n do words[i] = core.harmless(text_of(words[i])) end
  io.stderr:write(table.concat(words, "\t"), "\n")
end


local function copy_of(name)
  local copy, out = {}, without[name] or {}
  for key, value in pairs(_G[name]) do
    if not out[key] then copy[key] = value end
  end
  if name == "string" then copy.format = format end
  return copy
end


--- A new environment, whose `require` is the one given.
function sandbox.new(require)
  local env = {
    require = require, pairs = ordered_pairs, next = ordered_next,
    getmetatable = get_metatable, setmetatable = set_metatable,
    tostring = text_of, print = print_aside,
  }
  for _, name in ipairs(plain) do env[name] = _G[name] end
  for _, name in ipairs(tables) do env[name] = copy_of(name) end
  env._G = env
  return env
end


--- Strings share one metatable; a rule must not be able to change it, nor to
--- find there what its own `string` lacks.
function sandbox.freeze_strings()
  local meta = getmetatable("")
  if type(meta) ~= "table" then return end
  meta.__index = copy_of "string"
  meta.__metatable = false
end

return sandbox
