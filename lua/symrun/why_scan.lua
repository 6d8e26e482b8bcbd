--- What files say of names that nobody gives: those that are near, local ones,
--- and libraries that the line could name.
--
-- A linker that failed misses many names at once.  Every file is looked into
-- once for all of them, so that the tenth name costs nothing more.

local core = require "symrun.core"
local literal = require "symrun.literal"
local near = require "symrun.why_near"

local scan = {}

local MOST_FILES = 1000  -- libraries beside the line that are looked into


-- One glob for all: "{f,g}".
local function any_of(list)
  return #list == 1 and list[1] or ("{%s}"):format(table.concat(list, ","))
end


local function globs(world, make)
  local list = {}
  for _, name in ipairs(world.asked) do
    for _, glob in ipairs(make(name)) do list[#list + 1] = glob end
  end
  return #list > 0 and any_of(list) or nil
end


local function itself(name) return { literal(name) } end


-- Each name of a set with its place; of what could not be read nothing.
local function each(file, question, glob, view, f)
  pcall(function ()
    for name in file[question](file, glob, view):each() do f(name) end
  end)
end


-- == local names =============================================================

local function key(name)
  local member = name:member()
  return ("%s\0%d\0%s"):format(name:file():input() .. name:file():path(),
                               member and member:index() or 0, name:text())
end


--- Definitions of a name that no other file sees: a list of { file, member,
--- input }.
function scan.inside(world, symbol)
  if not world.inside then
    world.inside = {}
    local glob = globs(world, itself)
    for i, entry in ipairs(world.inputs) do
      local seen = {}
      local function see(name) seen[key(name)] = true end
      each(entry.file, "defined", glob, nil, see)
      each(entry.file, "defined", glob, "dynamic", see)
      each(entry.file, "defined_inside", glob, nil, function (name)
        local text = name:text()
        if seen[key(name)] then return end
        world.inside[text] = world.inside[text] or {}
        table.insert(world.inside[text],
          { file = name:file(), member = name:member(), input = i })
      end)
    end
  end
  return world.inside[symbol] or {}
end


--- Is a name in what a shared library exports, in any version?
function scan.exports(file, symbol)
  local ok, yes = pcall(file.defines, file, literal(symbol), "dynamic")
  return ok and yes
end


-- == near names ==============================================================

--- What is defined and near to a name: a list of { text, how, rank, file,
--- member, input }, the nearest first.
function scan.near(world, symbol)
  local list, seen = {}, {}
  if not world.near then
    world.near = {}
    local glob = globs(world, near.globs)
    for i, entry in ipairs(glob and world.inputs or {}) do
      local own = entry.by == "line" or entry.by == "tree"
                  or not entry.file:format():find "ar$"
      if own then
        each(entry.file, "defined", glob, nil, function (name)
          table.insert(world.near, { text = name:text(), file = name:file(),
            member = name:member(), input = i })
        end)
      end
    end
  end
  for _, one in ipairs(world.near) do
    local rank, how
    if not seen[one.text] then rank, how = near.how(symbol, one.text) end
    seen[one.text] = true
    if rank then
      list[#list + 1] = setmetatable({ rank = rank, how = how },
                                     { __index = one })
    end
  end
  table.sort(list, function (a, b)
    if a.rank ~= b.rank then return a.rank < b.rank end
    return a.text < b.text
  end)
  return list
end


-- == libraries that are not on the line ======================================

-- "/usr/lib/gcc/../x" as "/usr/lib/x", to look into it once.
local function shortened(path)
  local n
  repeat path, n = path:gsub("/[^/.][^/]*/%.%./", "/", 1) until n == 0
  return path
end


-- The folders of the line's inputs, those that it names, and the system's.
local function folders_of(world)
  local list, seen = {}, {}
  local function put(folder, by)
    local short = folder and shortened(folder)
    if folder and not seen[short] then
      seen[short] = true
      list[#list + 1] = { path = folder, by = by }
    end
  end
  for _, entry in ipairs(world.entries) do
    if entry.by == "line" and entry.word then
      put(entry.word:match "^(.*)/[^/]*$" or ".", "line")
    end
  end
  for _, folder in ipairs(world.link.folders) do put(folder, "-L") end
  for _, folder in ipairs(world.search and world.search.folders or {}) do
    put(folder, "system")
  end
  return list
end


local named = {
  gnu = "*.{a,so}", wasm = "*.a", apple = "*.{a,dylib,tbd}", msvc = "*.{lib,a}",
}


-- "-lx" for what is in a folder where the linker looks.
local function option_of(folder, path, dialect)
  if folder.by == "line" then return nil end
  if dialect == "msvc" then return path end
  local name = path:match "^lib(.+)%.%a+$"
  return name and "-l" .. name
end


-- What a linker reads in the place of a script: the files that it names.
local function behind(file, path)
  if file:format() ~= "script" then return { file } end
  local handle, out = io.open(path, "rb"), {}
  local text = handle and handle:read(65536) or ""
  if handle then handle:close() end
  for name in text:gmatch "%f[^%s%(]/[^%s%)]+" do
    local tree = core.tree(true)
    if core.add(tree, name) then
      out[#out + 1] = core.select(tree, "any")[1]
    end
  end
  return out
end


local function look_into(world, folder, glob, state)
  local dialect = world.link.dialect
  local tree = core.tree(true)
  core.exclude(tree, "*/**")
  if not core.add(tree, folder.path) then return end
  for _, file in ipairs(core.select(tree, "any", named[dialect])) do
    local path = (folder.path == "." and "" or folder.path .. "/")
                 .. file:path()
    if state.looked >= MOST_FILES then state.more = true return end
    if not state.here[path] then
      state.looked = state.looked + 1
      for _, real in ipairs(behind(file, folder.path .. "/" .. file:path())) do
        local archive = real:format():find "ar$" ~= nil
        each(real, "defined", glob, archive and "index"
             or real:format() == "elf" and "dynamic" or nil, function (name)
          local list = world.beside[name:text()] or {}
          world.beside[name:text()] = list
          if list[#list] and list[#list].at == path then return end
          list[#list + 1] = { at = path,
            path = folder.by == "system" and file:path() or path,
            option = option_of(folder, file:path(), dialect) }
        end)
      end
    end
  end
end


--- Libraries that define a name and are not on the line: a list of { path,
--- option }; and whether there are more than were looked into.
function scan.beside(world, symbol)
  local link = world.link
  if not link or link.given.files or link.given.kept then return {} end
  if not world.beside then
    local state = { here = {}, looked = 0 }
    world.beside, world.beside_state = {}, state
    for _, entry in ipairs(world.inputs) do
      state.here[entry.file:input()] = true
      state.here[(entry.file:input():gsub("^%./", ""))] = true
    end
    local glob = globs(world, itself)
    for _, folder in ipairs(folders_of(world)) do
      look_into(world, folder, glob, state)
    end
  end
  return world.beside[symbol] or {}, world.beside_state.more
end

return scan
