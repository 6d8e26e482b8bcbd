--- Policy files: Lua files that declare rules.
--
-- A file is loaded as text, into an environment of its own, and what it
-- requires beside itself is loaded into the same one.

local core = require "symrun.core"
local rule = require "symrun.rule"
local sandbox = require "symrun.sandbox"
local select = require "symrun.select"

local policy = {}


-- What `require "symrun"` gives inside a policy file.
local function library(list, declared, given)
  return {
    version = core.version,
    rule = rule.maker(list),
    parameters = rule.parameters(declared, given),
    archives = select.archives,
    objects = select.objects,
    libraries = select.libraries,
    executables = select.executables,
    files = select.files,
    tree = select.tree,
    links = select.links,
    every = select.every,
    all = select.all,
  }
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


--- Compile and run the text of a policy file.  Gives the policy, or nil and
--- a sentence.  `find(name)` gives the text of a module beside it.
function policy.text(name, text, given, find)
  local list, declared, loaded = {}, {}, {}
  local lib = library(list, declared, given or {})
  local env

  local function load_module(module)
    if module == "symrun" then return lib end
    if loaded[module] ~= nil then return loaded[module] end
    if not module:find("^[%w_][%w_.-]*$") then
      error(("module name %q: letters, digits, '_', '-' and '.' only")
            :format(module), 2)
    end
    local source, path
    if find then source, path = find(module) end
    if not source then
      error(("module '%s' is not there: rules may require \"symrun\" and "
             .. "files beside them"):format(module), 2)
    end
    local chunk, why = load(source, "@" .. path, "t", env)
    if not chunk then error(why, 0) end
    local value = chunk(module)
    loaded[module] = value == nil and true or value
    return loaded[module]
  end

  env = sandbox.new(load_module)
  if text:sub(1, 1) == "\27" then
    return nil, name .. ": is bytecode, and rules are loaded as text"
  end
  local chunk, why = load(text:gsub("^#[^\n]*", ""), "@" .. name, "t", env)
  if not chunk then return nil, why end
  local ok, failed = pcall(chunk)
  if not ok then return nil, tostring(failed) end
  if #list == 0 then
    return nil, name .. ": declares no rule, so nothing would be checked"
  end
  return { name = name, stem = stem(name), rules = list, declared = declared }
end


--- Load a policy file; one that is not there is looked up among those that
--- came with symrun (`installed`, by file name).
function policy.load(path, given, installed)
  local folder = path:match("^(.*/)[^/]*$") or ""
  local text, why = read(path)
  local name = path
  if not text and installed then
    name = path:match("([^/]*)$")
    text = installed[name]
  end
  if not text then
    return nil, ("cannot read the rules %s: %s"):format(
      core.printable(path), (why:gsub("^.*: ", "")))
  end
  return policy.text(name, text, given, function (module)
    local beside = folder .. module:gsub("%.", "/") .. ".lua"
    local source = read(beside)
    if source then return source, beside end
  end)
end

return policy
