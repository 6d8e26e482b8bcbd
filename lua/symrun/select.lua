--- Selectors: which things a rule is evaluated for, one evaluation each.

local core = require "symrun.core"

local select = {}

local Selector = {}
Selector.__index = Selector
Selector.__name = "symrun.selector"

local plural = {
  archive = "archive", object = "object", library = "shared library",
  executable = "executable", any = "file", tree = "tree", link = "link line",
}


function Selector:__tostring()
  if self.kind == "tree" then return "the tree" end
  local what = plural[self.kind]
  return self.glob and ("%s named %s"):format(what, self.glob) or what
end


local function selector(kind)
  return function (glob)
    if glob ~= nil then
      if type(glob) ~= "string" then
        error(("a path pattern is expected, not a %s"):format(type(glob)), 2)
      end
      core.glob(glob, "path")
    end
    return setmetatable({ kind = kind, glob = glob }, Selector)
  end
end

select.archives = selector "archive"
select.objects = selector "object"
select.libraries = selector "library"
select.executables = selector "executable"
select.files = selector "any"
select.tree = setmetatable({ kind = "tree" }, Selector)

--- Link lines, captured or after `--`.
function select.links() return setmetatable({ kind = "link" }, Selector) end


function select.is(value)
  return getmetatable(value) == Selector
end


--- The subjects that a selector picks from the world: its tree, its links.
function Selector:from(world)
  if self.kind == "tree" then
    return #world.tree > 0 and { world.tree } or {}
  elseif self.kind == "link" then
    return world.links
  end
  return world.tree:select(self.kind, self.glob)
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
  if #found == 0 then return nil, ("no %s stands beside it"):format(self) end
  return nil, ("%d files beside it are each an %s: %s and %s"):format(#found,
    self, found[1], found[2])
end


local function list_of(name, anywhere)
  return function (one)
    if not select.is(one) then
      error(name .. " takes a selector, such as archives \"**/*.a\"", 2)
    end
    return setmetatable({ kind = one.kind, glob = one.glob,
                          many = true, anywhere = anywhere }, Selector)
  end
end

-- In `with`: all that stand beside the subject, or all in the tree, as a list
-- that may be empty.
select.every = list_of("every", false)
select.all = list_of("all", true)

return select
