--- Policy files: Lua files that declare rules.
--
-- A file is loaded as text, into an environment of its own, and what it
-- requires beside itself is loaded into the same one.

local core = require "symrun.core"
local rule = require "symrun.rule"
local sandbox = require "symrun.sandbox"
local select = require "symrun.select"

local policy = {}


-- The ready-made policies: read when one is wanted, and each file's own.
local ready_made = { __metatable = false }

function ready_made.__index(lib, key)
  if key ~= "must" then return nil end
  local copy = {}
  for name, f in pairs(require "symrun.must") do copy[name] = f end
  lib.must = copy
  return copy
end


-- What `require "symrun"` gives inside a policy file.
local function library(list, declared, given)
  return setmetatable({
    version = core.version,
    rule = rule.maker(list),
    parameters = rule.parameters(declared, given),
    archives = select.archives,
    objects = select.objects,
    libraries = select.libraries,
    executables = select.executables,
    files = select.files,
    tree = select.entire(),
    links = select.links,
    every = select.every,
    all = select.all,
  }, ready_made)
end


local function read(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local text, failed = file:read("a")
  file:close()
  if not text then return nil, ("%s: %s"):format(path, failed) end
  return text
end


-- The name that parameters and messages call a policy by.
local function stem(path)
  return (path:match("([^/]*)$"):gsub("%.lua$", ""))
end


-- Lua text as Lua itself takes it from files: without a mark of UTF-8, and
-- without a first line that is a system's, not Lua's.
local function compiled(text, path, env)
  text = text:gsub("^\xef\xbb\xbf", ""):gsub("^#[^\n]*", "")
  if text:sub(1, 1) == "\27" then
    return nil, core.printable(path)
                .. ": is bytecode, and rules are loaded as text"
  end
  local name = core.harmless(path):gsub("\n", " ")  -- errors begin with it
  return load(text, "@" .. name, "t", env)
end


--- Compile and run the text of a policy file.  Gives the policy, or nil and
--- a sentence.  `find(name)` gives the text of a module beside it.
function policy.text(name, text, given, find)
  local list, declared, loaded, loading = {}, {}, {}, {}
  local lib = library(list, declared, given or {})
  local env

  local function load_module(module)
    if module == "symrun" then return lib end
    if type(module) ~= "string" or not module:find("^[%w_][%w_.-]*$") then
      error(("module name %s: letters, digits, '_', '-' and '.' only")
            :format(type(module) == "string" and ("%q"):format(module)
                    or "that is a " .. type(module)), 2)
    end
    if loaded[module] ~= nil then return loaded[module] end
    if loading[module] then
      error(("module '%s' requires itself: %s"):format(module,
            table.concat(loading, ", ") .. ", " .. module), 2)
    end
    local source, path
    if find then source, path = find(module) end
    if not source then
      error(("module '%s' is not there: rules may require \"symrun\" and "
             .. "files beside them"):format(module), 2)
    end
    local chunk, why = compiled(source, path, env)
    if not chunk then error(why, 0) end
    loading[module] = true
    loading[#loading + 1] = module
    local ok, value = pcall(chunk, module)
    loading[module] = nil
    loading[#loading] = nil
    if not ok then error(value, 0) end
    loaded[module] = value == nil and true or value
    return loaded[module]
  end

  env = sandbox.new(load_module)
  local chunk, why = compiled(text, name, env)
  if not chunk then return nil, why end
  local ok, failed = pcall(chunk)
  if not ok then return nil, env.tostring(failed) end
  local unfinished = rule.unfinished(list)
  if unfinished then return nil, name .. ": " .. unfinished end
  if #list == 0 then
    return nil, name .. ": declares no rule, so nothing would be checked"
  end
  return { name = name, stem = stem(name), rules = list, declared = declared }
end


--- Load a policy file; x.lua or rules/x.lua that is not there is looked up
--- among those that came with symrun (`installed`, by file name).  Gives the
--- policy; or nil, a sentence, and whether the file could not be read.
function policy.load(path, given, installed)
  local folder = path:match("^(.*/)[^/]*$") or ""
  local text, why = read(path)
  local name = path
  if not text and installed then
    local own = path:match "^([^/]+)$" or path:match "^rules/([^/]+)$"
    name, text = own or path, own and installed[own]
  end
  if not text then
    return nil, ("cannot read the rules %s: %s"):format(
      core.printable(path), (why:gsub("^.*: ", ""))), true
  end
  return policy.text(name, text, given, function (module)
    local beside = folder .. module:gsub("%.", "/") .. ".lua"
    local source = read(beside)
    if source then return source, beside end
  end)
end

return policy
