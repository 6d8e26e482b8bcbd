--- What a line links: its words as files, in its order.
--
-- The words that are files are known when a line is read.  A script among them
-- names further files, which takes reading all of them, and so waits until a
-- rule asks.

local core = require "symrun.core"
local libraries = require "symrun.link_libraries"
local slices = require "symrun.link_slices"
local sources = require "symrun.link_sources"
local system = require "symrun.link_system"

local inputs = {}

local DEPTH = 16  -- of scripts that name scripts


-- What makes all questions about the inputs unknown; the first reason counts.
local function doubt(link, format, ...)
  link.why = link.why or format:format(...)
end


-- The same, of what no linker would take either: that is told whatever a rule
-- asks.
local function damage(link, format, ...)
  local why = format:format(...)
  link.damage[#link.damage + 1] = why
  doubt(link, "%s", why)
end


-- == files ===================================================================

--- A file as the line has it.
function inputs.path(file)
  local path = file:input()
  return path ~= "" and path or file:path()
end


-- Where what the line names is now: of a link that was recorded, what a build
-- deletes was kept, and the rest is where it was.
function inputs.place(link, path)
  local kept = link.given.kept
  if not kept then return path end
  if kept[path] then return kept[path] end
  local folder, name = path:match "^(.*)/([^/]*)$"
  if kept[folder] then return kept[folder] .. "/" .. name end
  return path:find "^/" and path or link.given.folder .. "/" .. path
end


-- And how reports name it; nil for as it is.  Links of several folders may each
-- have an "a.o".
function inputs.shown(link, path)
  if not link.given.kept then return nil end
  if path:find "^/" or not link.given.several then return path end
  return link.given.folder .. "/" .. path
end


local place, shown = inputs.place, inputs.shown

--- The bytes of a text that the line names; or nil and a sentence.
function inputs.text(link, path)
  local given = link.given.files
  if given then return given[path], "is not there" end
  local file, why = io.open(place(link, path), "rb")
  if not file then return nil, "cannot be opened: " .. why:gsub("^.*: ", "") end
  local text, failed = file:read "a"
  file:close()
  return text, failed and "cannot be read: " .. failed
end


local function is_folder(link, path)
  if link.given.files then return false end
  local file = io.open(place(link, path) .. "/.")
  return file ~= nil and file:close()
end


-- Does the word name a file?  Then it is an input.
local function add(link, to, word, part)
  local before = #to.tree
  if is_folder(link, word) then return false end
  link.open(to.tree, place(link, word), shown(link, word))
  if #to.tree == before then return false end
  to.from[#to.from + 1] = part
  to.names[#to.names + 1] = word
  return true
end


-- The first of them in the folders of the line, as linkers look.  Below which
-- folder one that begins with "=" is, only a linker of this machine tells.
local function find_library(link, to, name, part)
  local names = libraries.names(link, name, part:is_in "static")
  for _, folder in ipairs(link.folders) do
    local below = link.dialect == "gnu" and (folder:match "^=(.*)"
                                             or folder:match "^%$SYSROOT(.*)")
    local root = not below and "" or system.root(link)
    for _, file in ipairs(names) do
      if root and add(link, to, root .. (below or folder) .. "/" .. file, part)
      then return end
    end
    if not root then
      doubt(link, "the folder %s is below one that is not known",
            core.printable(folder))
    end
  end
  -- in the system's folders, or where a script says
  link.elsewhere[#link.elsewhere + 1] = { name = name, part = part,
                                          names = names }
end


local function is_library(path)
  return path:find "%.%w*$" ~= nil
         and (" a so lib dylib rlib tbd "):find(" " .. path:match "%.(%w*)$"
                                                .. " ", 1, true) ~= nil
end


local function take_file(link, part)
  local path = part:value()
  if add(link, link, path, part) or is_folder(link, path) then return end
  if link.dialect == "msvc" and not path:find "[/\\]" then
    return find_library(link, link, path, part)
  end
  local say = is_library(path) and damage or doubt
  say(link, "the input %s is not there", core.printable(path))
end


-- == scripts =================================================================

-- What a script brings, put where it stands.
local function take_named(link, to, path, parsed, part)
  local list, why = parsed:inputs()
  if not list then return doubt(link, "%s", why) end
  for _, one in ipairs(list) do
    local found = false
    if one.library then find_library(link, to, one.library, part)
    else
      local places = { one.name }
      if not one.name:find "^[/=]" then
        places[2] = (path:match "^.*/" or "") .. one.name
        for _, folder in ipairs(link.folders) do
          places[#places + 1] = folder .. "/" .. one.name
        end
      end
      for _, at in ipairs(places) do
        found = found or add(link, to, at, part)
      end
      if not found then
        doubt(link, "the input %s, which the script %s names, is not there",
              core.printable(one.name), core.printable(path))
      end
    end
  end
end


-- A text as a script that may name inputs; nil where nobody can tell.
local function parse(link, path)
  local text, why = inputs.text(link, path)
  local parsed
  if text then
    if text:find "SEARCH_DIR%s*%(" then link.searches = path end
    parsed, why = require "symrun.script".parse(text, "linker-script",
                                                { name = path })
    if parsed then return parsed end
  else
    why = ("the script %s %s"):format(core.printable(path), why)
  end
  doubt(link, "%s", why)
end


-- Most scripts only say where sections go.
local function take_script(link, part)
  if part:name() == "--mri-script" then
    return doubt(link, "the inputs of the script %s are not read by this "
                 .. "version", core.printable(part:value()))
  end
  local parsed = parse(link, part:value())
  if parsed then take_named(link, link, part:value(), parsed, part) end
end


-- What ld does not know, it takes for a script.
local function is_script(link, file, name)
  local format = file:format()
  return not link.sources[name] and (format == "script" or format == "other")
end


-- One round: scripts among the files become what they name.
local function expand(link)
  local files, any = slices.together(core.select(link.tree, "any")), false
  if #files ~= #link.from then
    return doubt(link, "an input is neither a file nor a folder")
  end
  for i, file in ipairs(files) do
    any = any or is_script(link, file[1], link.names[i])
  end
  if not any or link.why then return false end
  local to = { tree = core.tree(true), from = {}, names = {} }
  for i, file in ipairs(files) do
    local path = link.names[i]
    if not is_script(link, file[1], path) then add(link, to, path, link.from[i])
    else
      local parsed = parse(link, path)
      if parsed then take_named(link, to, path, parsed, link.from[i]) end
    end
  end
  link.tree, link.from, link.names = to.tree, to.from, to.names
  return true
end


-- What is in no folder of the line.  A script may name folders, too.
local function look_elsewhere(link)
  for _, one in ipairs(link.elsewhere) do
    local lacks = system.lacks(link, one.names)
    if lacks and link.searches then
      doubt(link, "the library %s may be where the script %s looks for it",
            core.printable(one.part:text()), core.printable(link.searches))
    elseif lacks then
      damage(link, "the library %s is in no folder of the line, and in none of "
             .. "the system's", core.printable(one.part:text()))
    end
  end
end


--- Read scripts, if there are any, once.
function inputs.complete(link)
  if link.complete then return end
  link.complete = true
  for _ = 1, DEPTH do
    if not expand(link) then
      look_elsewhere(link)
      local why = not link.why and slices.choose(link)
      if why then doubt(link, "%s", why) end
      if #link.tree == 0 then doubt(link, "the line names no input") end
      return
    end
  end
  doubt(link, "scripts name scripts, more than %d deep", DEPTH)
end


--- Read them only if a library is missing.
function inputs.look(link)
  for _, one in ipairs(link.elsewhere) do
    if system.lacks(link, one.names) then return inputs.complete(link) end
  end
end


-- == parts ===================================================================

-- Nobody knows whether this part is one, or the value of the option before
-- it.  A folder is no input, whichever it is.
local function take_doubtful(link, part)
  if part:kind() == "input" and is_folder(link, part:value()) then return end
  if part:kind() == "option" and not part:role() and not part:value() then
    return
  end
  local _, why = link.words:sure()
  doubt(link, "%s", why)
end


-- A source is an input of the line, and the object that is made of it one of
-- the linker, of which nothing is known yet.
local function take_source(link, part, sure)
  local path = core.printable(part:value())
  if not sure then
    doubt(link, "whether %s is compiled depends on the driver, and which it is "
          .. "nobody said", path)
  end
  link.sources[part:value()] = true
  link.compiled = link.compiled
    or path .. " is compiled and linked at once, so there is no object yet"
end


--- Take one part of a line, in the line's order.
function inputs.take(link, part)
  local kind, role = part:kind(), part:role()
  local source = sources.is(link, part)
  if source ~= false then take_source(link, part, source) end
  if kind == "broken" then damage(link, "%s", part:trouble())
  elseif part:maybe() then take_doubtful(link, part)
  elseif kind == "input" then take_file(link, part)
  elseif role == "library" then find_library(link, link, part:value(), part)
  elseif role == "script" then take_script(link, part)
  elseif role == "opaque" then
    doubt(link, "%s brings what cannot be read", part)
  end
end


--- A line that nobody knows how to read.
function inputs.strange(link, why) doubt(link, "%s", why) end

return inputs
