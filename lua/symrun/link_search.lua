--- Where a linker looks for -l and for what scripts name, and the files there.
--
-- All -L of a line count for all -l, wherever they stand; then come the folders
-- that the linker has built in, and those of this machine only where the line
-- is this machine's.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local ld = require "symrun.ld_places"
local libraries = require "symrun.link_libraries"
local slices = require "symrun.link_slices"

local search = {}

local Search = {}
Search.__index = Search


local function read(self, path)
  local tree = core.tree(true)
  local link = self.link
  link.open(tree, inputs.place(link, path), inputs.shown(link, path))
  local list = #tree > 0 and core.select(tree, "any") or {}
  local file, why
  if list[1] then file, why = slices.one(link, list) end
  if why then self.doubt("%s", why) end
  self.trees[#self.trees + 1] = tree
  if file then file:format() end
  return file or list[1] or false
end


-- A file, once for each path.  What the line names was counted with it.
function Search:open(path)
  if self.files[path] == nil then
    if self.counted[path] then
      self.files[path] = core.uncounted(read, self, path)
    else self.files[path] = read(self, path) end
  end
  return self.files[path] or nil
end


-- Where "=" or "$SYSROOT" stands for the system's root.
function Search:below(path)
  if self.link.dialect ~= "gnu" then return path end
  local rest = path:match "^=(.*)" or path:match "^%$SYSROOT(.*)"
  return rest and self.root .. rest or path
end


local function exists(path)
  local file = io.open(path, "rb")
  return file ~= nil and file:close()
end


-- == folders =================================================================

-- Those that all linkers that may read the line have built in; or why that is
-- not known.
local function built_in(self, line)
  local link = self.link
  if link.dialect ~= "gnu" or line.partial or link.given.kept
     or link.given.files then
    return nil, "the system's folders are not known"
  end
  for part in line.words:options "--nostdlib" do
    if not part:maybe() then return {} end
  end
  local out
  for _, kind in ipairs(line.linkers) do
    local list, why = ld.folders(kind, line.real, self.emulation)
    if not list then return nil, why end
    if out and table.concat(list, ":") ~= table.concat(out, ":") then
      return nil, "which linker is called is not known"
    end
    out = list
  end
  return out
end


--- For a Line and what link_line says of it; `doubt` takes sentences.
function search.new(link, line, doubt)
  local self = setmetatable({ link = link, doubt = doubt, root = "",
    files = {}, trees = {}, folders = {}, counted = {} }, Search)
  for _, name in ipairs(link.names or {}) do self.counted[name] = true end
  for part in line.words:role "sysroot" do
    if not part:maybe() then self.root = part:value():gsub("/$", "") end
  end
  for part in line.words:role "emulation" do
    if not part:maybe() then self.emulation = part:value() end
  end
  self.emulation = self.emulation or line.real and ld.emulation(line.real)
  for part in line.words:role "folder" do
    self.folders[#self.folders + 1] = self:below(part:value())
  end
  local own
  own, self.closed = built_in(self, line)
  for _, folder in ipairs(own or {}) do
    self.folders[#self.folders + 1] = self:below(folder)
  end
  self.perhaps = line.at and line.at.perhaps
  return self
end


-- Some versions of a driver look here, too.
local function look_beside(self, names, name, path)
  local folder = self.perhaps
  if not folder or path:sub(1, #folder + 1) == folder .. "/" then return end
  for _, each in ipairs(names) do
    if exists(folder .. "/" .. each) then
      return ("-l%s is in %s, too, where the driver may look first"):format(
        core.printable(name), folder)
    end
  end
end


--- Look for -lNAME, as found(path) takes it; a sentence if that is in doubt.
function Search:library(name, static, found)
  local names = libraries.names(self.link, name, static)
  for _, folder in ipairs(self.folders) do
    for _, each in ipairs(names) do
      local path = folder .. "/" .. each
      local place = inputs.place(self.link, path)
      if (self.link.given.files or exists(place))
         and not ld.is_foreign(place, self.emulation)
         and found(path) then
        return look_beside(self, names, name, path)
      end
    end
  end
  return ("the library -l%s is in no folder %s"):format(core.printable(name),
    self.closed and "of the line, and " .. self.closed
    or "in which the linker looks")
end

return search
