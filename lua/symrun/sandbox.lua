--- The environment that a rule runs in: enough to decide, nothing to act with.
--
-- Each policy file gets tables of its own, so nothing that one file does to
-- `string` is seen by another.  `pairs` goes through keys in order, because a
-- rule that builds a sentence from a table must build the same one each time.

local sandbox = {}

local plain = {
  "assert", "error", "getmetatable", "ipairs", "next", "pcall", "rawequal",
  "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber",
  "tostring", "type", "xpcall", "_VERSION",
}

local tables = { "string", "table", "math", "utf8", "coroutine" }

-- What would make the same input give another output, or bytecode.
local without = {
  string = { dump = true },
  math = { random = true, randomseed = true },
}


local function before(a, b)
  local ta, tb = type(a), type(b)
  if ta ~= tb then return ta < tb end
  if ta == "number" or ta == "string" then return a < b end
  return false
end


local function ordered_pairs(t)
  local meta = getmetatable(t)
  if type(meta) == "table" and meta.__pairs then return pairs(t) end
  local keys, i = {}, 0
  for key in next, t do keys[#keys + 1] = key end
  table.sort(keys, before)
  return function ()
    repeat
      i = i + 1
    until keys[i] == nil or rawget(t, keys[i]) ~= nil
    if keys[i] ~= nil then return keys[i], t[keys[i]] end
  end
end


--- A new environment, whose `require` is the one given.
function sandbox.new(require)
  local env = { require = require, pairs = ordered_pairs }
  for _, name in ipairs(plain) do env[name] = _G[name] end
  for _, name in ipairs(tables) do
    local copy, out = {}, without[name] or {}
    for key, value in pairs(_G[name]) do
      if not out[key] then copy[key] = value end
    end
    env[name] = copy
  end
  env.print = function (...)
    local words = table.pack(...)
    for i = 1, words.n do words[i] = tostring(words[i]) end
    io.stderr:write(table.concat(words, "\t"), "\n")
  end
  env._G = env
  return env
end


--- Strings share one metatable; a rule must not be able to change it.
function sandbox.freeze_strings()
  local meta = getmetatable("")
  if type(meta) == "table" then meta.__metatable = false end
end

return sandbox
