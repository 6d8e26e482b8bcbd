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
  if self.kind == "link" then
    local out = { what }
    for _, key in ipairs { "flavour", "makes", "output" } do
      if self.wanted[key] then
        out[#out + 1] = ("%s %s = %s"):format(#out == 1 and "with" or "and",
                                              key, self.wanted[key])
      end
    end
    return table.concat(out, " ")
  end
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

-- What links may be chosen by.
local flavours = core.flavours()
table.move({ "gnu", "apple", "msvc", "wasm" }, 1, 4, #flavours + 1, flavours)
local choices = {
  makes = { "executable", "library", "object" }, flavour = flavours,
  output = "path",
}


local function one_of(value, list)
  for _, each in ipairs(list) do
    if each == value then return true end
  end
  return false
end


local function check_choice(key, value)
  local list = choices[key]
  if not list then
    error(("links has no option '%s'; there are flavour, makes and output")
          :format(tostring(key)), 3)
  elseif list == "path" then
    if type(value) ~= "string" then
      error(("'%s' is a path pattern, not a %s"):format(key, type(value)), 3)
    end
    local ok, why = pcall(core.glob, value, "path")
    if not ok then error(why, 3) end
  elseif not one_of(value, list) then
    error(("'%s' is %s, not %s"):format(key, table.concat(list, ", "),
      type(value) == "string" and ("'%s'"):format(core.printable(value))
      or "a " .. type(value)), 3)
  end
end


--- Link lines, captured or after `--`: all, or those of a table with `makes` =
--- "executable", "library" or "object", `output` = a path pattern, `flavour` =
--- whose words they are: "gcc", "lld"..., or "gnu", "apple", "msvc", "wasm".
function selectors.links(...)
  local which = ...
  if select("#", ...) > 0 and type(which) ~= "table" then
    error(("links takes a table, such as { makes = \"library\" }, not %s")
          :format(which == nil and "nil" or "a " .. type(which)), 2)
  end
  local wanted = {}
  for key, value in pairs(which or {}) do
    check_choice(key, value)
    wanted[key] = value
  end
  return setmetatable({ kind = "link", wanted = wanted }, Selector)
end


-- Programs that a name stands for, where it may be any of them.
local vague = { cc = { "gcc", "clang" }, ld = { "bfd", "gold", "lld", "mold" } }

-- Is it what was wanted?  true, false, or nil and a sentence.
local function fits(link, key, wanted)
  local answer, more = link:answer(key)
  if answer == nil then return nil, more end
  if key == "output" then return core.match(wanted, answer, "path") end
  if answer == wanted or key == "flavour" and more == wanted then
    return true
  end
  if one_of(wanted, vague[answer] or {}) then
    return nil, ("%s may be %s, and may not"):format(answer, wanted)
  end
  return false
end


-- Is a rule about a link?  true, false, or nil and a sentence.
local function chosen(self, link)
  local open
  for _, key in ipairs { "flavour", "makes", "output" } do
    if self.wanted[key] then
      local yes, why = fits(link, key, self.wanted[key])
      if yes == false then return false end
      open = open or yes == nil and why
    end
  end
  if open then return nil, open end
  return true
end


--- Why nobody can tell whether a link is one of these; nil if it is.
function Selector:unsure_of(link)
  return select(2, chosen(self, link))
end


function selectors.is(value)
  return debug.getmetatable(value) == Selector
end


-- Where a file stands: its real folder if it was named itself, else its
-- folder below the input.
local function folder_of(file)
  return core.home(file) or file:input() .. "\0" .. file:folder()
end


-- What a selector picks from a tree, all and by folder: found out once, for a
-- rule with ten thousand subjects asks ten thousand times.
local function picked(self, world)
  local key = self.kind .. "\0" .. (self.glob or "\0")
  local known = world.picked[key]
  if known then return known end
  known = { all = core.select(world.tree, self.kind, self.glob), folders = {} }
  for _, file in ipairs(known.all) do
    local folder = folder_of(file)
    known.folders[folder] = known.folders[folder] or {}
    table.insert(known.folders[folder], file)
  end
  world.picked[key] = known
  return known
end


--- The subjects that a selector picks from the world: its tree, its links.
function Selector:from(world)
  if self.kind == "tree" then
    return #world.tree > 0 and { world.tree } or {}
  elseif self.kind == "link" then
    local links = {}
    for _, link in ipairs(world.links) do
      if chosen(self, link) ~= false then
        links[#links + 1] = link:for_rule()
      end
    end
    return links
  end
  return picked(self, world).all
end


--- What stands beside a subject, in its folder and below the same input: one
--- thing, or a list when the selector says `every`.  What is no file, a tree
--- or a link, has everything beside it.  Gives nil and a sentence when there
--- is not just one, or when a list is empty that may not be.
function Selector:beside(subject, world)
  local found
  if self.kind == "tree" or self.kind == "link" then
    found = self:from(world)
  elseif self.anywhere or not core.is_file(subject) then
    found = picked(self, world).all
  else
    found = picked(self, world).folders[folder_of(subject)] or {}
  end
  if self.many and (#found > 0 or self.or_none) then
    return table.move(found, 1, #found, 1, {})  -- the rule's own
  elseif self.many then
    return nil, ("there is no %s%s"):format(self,
      self.anywhere and "" or " beside it")
  elseif #found == 1 then
    return found[1]
  end
  local what = tostring(self)
  if #found == 0 then return nil, ("no %s stands beside it"):format(what) end
  return nil, ("%d files beside it are each %s %s: %s and %s"):format(#found,
    what:find "^[aeo]" and "an" or "a", what, found[1], found[2])
end


local function list_of(name, anywhere)
  return function (one, or_none)
    if not selectors.is(one) then
      error(name .. " takes a selector, such as archives \"**/*.a\"", 2)
    end
    if or_none ~= nil and or_none ~= "or none" then
      error(name .. "'s second argument can only be \"or none\"", 2)
    end
    return setmetatable({ kind = one.kind, glob = one.glob, many = true,
                          wanted = one.wanted,
                          anywhere = anywhere, or_none = or_none ~= nil },
                        Selector)
  end
end

-- In `with`: all that stand beside the subject, or all in the tree, as a list.
-- An empty one means that nothing was checked, unless "or none" is said.
selectors.every = list_of("every", false)
selectors.all = list_of("all", true)

return selectors
