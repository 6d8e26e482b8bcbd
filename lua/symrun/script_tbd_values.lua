--- What is asked of the values of a .tbd stub, or refused with its place.

local core = require "symrun.core"
local text = require "symrun.script_text"

local values = {}


function values.a_text(object, node, at)
  if type(node) ~= "string" then text.fail(object, at, "a text is expected") end
  return node
end


function values.an_entry(object, node, at, what)
  if type(node) == "table" and (node.list == true) == (what == "a list") then
    return node
  end
  text.fail(object, at, "%s is expected", what)
end


-- No value is an empty list.
function values.a_list(object, map, key)
  local node = map.value[key]
  if node == nil or node == "" or node == "null" then return {}, {} end
  values.an_entry(object, node, map.where[key], "a list")
  return node, node.where
end


function values.texts(object, map, key)
  local list, where = values.a_list(object, map, key)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = values.a_text(object, item, where[i])
  end
  return out
end


function values.maps(object, map, key)
  local list, where = values.a_list(object, map, key)
  for i, item in ipairs(list) do
    values.an_entry(object, item, where[i], "a map")
  end
  return list
end


function values.required(object, map, key)
  if map.value[key] == nil then
    text.fail(object, map.at, "the key '%s' is missing", key)
  end
  return map.value[key]
end


function values.set(words)
  local out = {}
  for word in words:gmatch "%S+" do out[word] = true end
  return out
end


function values.check_keys(object, map, known)
  for _, key in ipairs(map.keys) do
    if not known[key] then
      text.fail(object, map.where[key], "there is no key '%s' here",
                core.printable(key))
    end
  end
end


local archs = values.set "i386 x86_64 x86_64h armv4t armv5 armv5e armv6 armv6m \
  armv7 armv7s armv7k armv7m armv7em arm64 arm64e arm64_32 ppc ppc64"

local systems = values.set "macos ios tvos watchos bridgeos driverkit xros \
  maccatalyst iosmac ios-simulator tvos-simulator watchos-simulator \
  xros-simulator"


-- A machine that nobody knows may be misspelled, and then names would be lost.
function values.check_arch(object, arch, at)
  if archs[arch] then return end
  text.unknown(object, at, "'%s' is no machine that is known",
               core.printable(arch))
end


function values.check_targets(object, list, at)
  for _, target in ipairs(list) do
    local arch, system = target:match "^([%w_]+)%-(.+)$"
    if not arch then
      text.fail(object, at, "'%s' is no target", core.printable(target))
    end
    values.check_arch(object, arch, at)
    if not systems[system] and not system:find "^<%d+>$" then
      text.unknown(object, at, "'%s' is no system that is known",
                   core.printable(system))
    end
  end
  return list
end


-- Who finds nothing in a text that is too new would be wrong.
function values.check_version(object, map, key, version)
  local is = values.a_text(object, values.required(object, map, key),
                           map.where[key])
  if tonumber(is) ~= version then
    text.unknown(object, map.where[key], "version %s of such stubs is not read",
                 core.printable(is))
  end
end


function values.targets(object, map)
  values.required(object, map, "targets")
  return values.check_targets(object, values.texts(object, map, "targets"),
                       map.where.targets)
end

return values
