--- Selectors: which things a rule is evaluated for, one evaluation each.

local core = require "symrun.core"

local selectors = {}

local Selector = {}
Selector.__index = Selector
Selector.__name = "symrun.selector"
Selector.__metatable = false  -- all policies share it

local called = {
  archive = "archive", object = "object", library = "shared library",
  executable = "executable", any = "file", tree = "tree", link = "link line",
}


function Selector:__tostring()
  if self.kind == "tree" then return "the tree" end
  local what = called[self.kind]
  return self.glob and ("%s named %s"):format(what, self.glob) or what
end


local function selector(kind)
  return function (...)
    local glob = ...
    if select("#", ...) > 0 then  -- a nil that was meant to be one takes all
      if type(glob) ~= "string" then
        error(("a path pattern is expected, not %s"):format(
          glob == nil and "nil" or "a " .. type(glob)), 2)
      end
      local ok, why = pcall(core.glob, glob, "path")
      if not ok then error(why, 2) end
    end
    return setmetatable({ kind = kind, glob = glob }, Selector)
  end
end

selectors.archives = selector "archive"
selectors.objects = selector "object"
selectors.libraries = selector "library"
selectors.executables = selector "executable"
selectors.files = selector "any"

--- All that was named, as one subject.
function selectors.entire() return setmetatable({ kind = "tree" }, Selector) end

selectors.tree = selectors.entire()

--- Link lines, captured or after `--`.
function selectors.links(...)
  if select("#", ...) > 0 then
    error("links takes no options in this version", 2)
  end
  return setmetatable({ kind = "link" }, Selector)
end


function selectors.is(value)
  return debug.getmetatable(value) == Selector
end


--- The subjects that a selector picks from the world: its tree, its links.
function Selector:from(world)
  if self.kind == "tree" then
    return #world.tree > 0 and { world.tree } or {}
  elseif self.kind == "link" then
    local links = {}
    for i, link in ipairs(world.links) do links[i] = link:for_rule() end
    return links
  end
  return core.select(world.tree, self.kind, self.glob)
end


-- Is it in the same folder, below the same input?  What is no file, a tree
-- or a link, has everything beside it.
local function is_beside(subject, other)
  return not subject.path or not other.path
      or (other:folder() == subject:folder()
          and other:input() == subject:input())
end


--- What stands beside a subject: one thing, or a list when the selector says
--- `every`.  Gives nil and a sentence when there is not just one.
function Selector:beside(subject, world)
  local found = {}
  for _, other in ipairs(self:from(world)) do
    if self.anywhere or is_beside(subject, other) then
      found[#found + 1] = other
    end
  end
  if self.many or #found == 1 then return self.many and found or found[1] end
  local what = tostring(self)
  if #found == 0 then return nil, ("no %s stands beside it"):format(what) end
  return nil, ("%d files beside it are each %s %s: %s and %s"):format(#found,
    what:find "^[aeo]" and "an" or "a", what, found[1], found[2])
end


local function list_of(name, anywhere)
  return function (one)
    if not selectors.is(one) then
      error(name .. " takes a selector, such as archives \"**/*.a\"", 2)
    end
    return setmetatable({ kind = one.kind, glob = one.glob,
                          many = true, anywhere = anywhere }, Selector)
  end
end

-- In `with`: all that stand beside the subject, or all in the tree, as a list
-- that may be empty.
selectors.every = list_of("every", false)
selectors.all = list_of("all", true)

return selectors
