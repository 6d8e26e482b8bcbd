--- How a place of a link is named: "lib/libx.a(m.o)".
--
-- What somebody typed is shown as it was typed; two libraries may have one
-- name, and only their folders tell them apart.  What the driver added, and
-- what has a path from the root, is shown by its name where no other input has
-- that.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"

local place = {}


local MOST = 160  -- bytes of a name that people read

--- A text, or its two ends.
function place.cut(text)
  if #text <= MOST then return text end
  local function ends(from, to)
    return (text:sub(from, to):gsub("^[\x80-\xbf]+", "")
                              :gsub("[\xc0-\xff][\x80-\xbf]*$", ""))
  end
  return ("%s...(%d bytes)...%s"):format(ends(1, MOST // 2), #text,
                                         ends(-MOST // 4, -1))
end


--- A symbol's name, for a terminal.
function place.name(name) return place.cut(core.printable(name)) end


local function base_of(path) return path:match "[^/]+$" or path end


-- Has no other input of the line this name?
local function is_alone(world, path)
  if not world.bases then
    world.bases = {}
    for _, entry in ipairs(world.inputs) do
      local each = inputs.path(entry.file)
      local base = base_of(each)
      local seen = world.bases[base]
      world.bases[base] = seen and seen ~= each and true or each
    end
  end
  return world.bases[base_of(path)] ~= true
end


--- The path of an input of a world (see why.lua).
function place.file(world, one)
  local entry = world.link and world.inputs[one.input]
  if not world.link then
    local slice = one.file:slice()
    return core.printable(place.path(one.file))
           .. (slice and (" (%s)"):format(core.printable(slice)) or "")
  end
  local path = inputs.path(one.file)
  local typed = entry and entry.by == "line" and not path:find "^/"
  return core.printable(not typed and is_alone(world, path) and base_of(path)
                        or path)
end


--- What somebody named, and the path below that, if it is a folder.
function place.path(file)
  local input, path = file:input(), file:path()
  if input == "" or input == "." then return path end
  if input == path or input:sub(-#path - 1) == "/" .. path then return input end
  return input:gsub("/*$", "/") .. path
end


function place.of(world, one)
  if one.line then return "the line itself" end
  if not one.file then return "nothing" end
  local path = place.file(world, one)
  if not one.member then return path end
  local name = tostring(one.member)
  return ("%s(%s)"):format(path, name:match "%((.*)%)$" or name)
end


--- Are two places the same?
function place.same(a, b)
  return a and b and a.file == b.file and a.input == b.input
         and (a.member and a.member:index()) == (b.member and b.member:index())
end

return place
