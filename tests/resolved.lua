--- What the resolver says of a link, beside what a linker made of it.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local core = require "symrun.core"

local resolved = {}


-- A file as the core has it.
local function open(path)
  local tree = core.tree(true)
  assert(core.add(tree, path))
  return (assert(core.select(tree, "any")[1], path))
end


-- "libx.a(m)", "libx.a(m#2)" for the second of a name, "a.o".
local function names_of(file)
  local base, seen, list = file:path():match "[^/]+$", {}, {}
  for member in file:members():each() do
    local name = member:name()
    name = name and name:gsub("^lib%l%.", "")  -- of a thin archive
    if not name or not base:find "%.a$" then return base end
    seen[name] = (seen[name] or 0) + 1
    list[member:index()] = ("%s(%s)"):format(base, seen[name] > 1
      and name .. "#" .. seen[name] or name)
  end
  return list
end


--- Resolve inputs that have paths in place of files.
function resolved.inputs(inputs, how)
  local opened, list = {}, {}
  for i, input in ipairs(inputs) do
    opened[input.path] = opened[input.path] or open(input.path)
    list[i] = { file = opened[input.path] }
    for key, value in pairs(input) do list[i][key] = value end
  end
  return core.resolve(list, how)
end


local function sorted(names)
  local list = {}
  for name in names:each() do list[#list + 1] = name:text() end
  table.sort(list)
  return list
end


--- Resolve by the manners of a linker: {linked = {unit, ...}, winner = {name =
--- {unit, kind}}, undefined, duplicates, needed = {library, ...}}.
function resolved.link(link, linker, names)
  local inputs, called = {}, {}
  local how = { linker = linker }
  for key, value in pairs(link.how) do how[key] = value end
  for i, part in ipairs(link.inputs) do
    inputs[i] = { path = link.folder .. "/" .. part.name }
    for key, value in pairs(part) do inputs[i][key] = value end
  end
  local answer = resolved.inputs(inputs, how)
  local function unit(at)
    if at.line then return "line" end
    local path = at.file:path()
    called[path] = called[path] or names_of(at.file)
    return at.member and called[path][at.member:index()]
           or path:match "[^/]+$"
  end
  local out = { linked = {}, needed = {}, winner = {}, why = {},
                undefined = sorted(answer:undefined()),
                duplicates = sorted(answer:duplicates()) }
  for _, at in ipairs(answer:linked()) do
    table.insert(at.library and out.needed or out.linked, unit(at))
    if at.by then out.why[unit(at)] = at.name end
  end
  for _, name in ipairs(names) do
    local at = answer:winner(name)
    assert(at.sure, "unsure of " .. name)
    if at.state == "defined" then
      out.winner[name] = { unit = unit(at), kind = at.kind,
                           library = at.library }
    end
  end
  return out, answer
end


local function text(list) return table.concat(list, " ") end

-- Who wins, as the linker's output tells it, or nil where that does not tell.
local function their_winner(link, theirs, name)
  local symbol = theirs.winner[name]
  if symbol then return link.gives[name .. "=" .. symbol.size] or "line" end
  local version = theirs.shared[name]
  if not version then return "nobody" end
  if version:find "^V%d" then return link.versions[version] end
  return nil
end


-- lld says "__real_f" where f itself is undefined; some leave out a version.
local function real_names(link, names)
  local list, seen = {}, {}
  for _, name in ipairs(names) do
    name = name:match "^[^@]+"
    for _, wrapped in ipairs(link.how.wrap or {}) do
      if name == "__real_" .. wrapped then name = wrapped end
    end
    if not seen[name] then list[#list + 1] = name end
    seen[name] = true
  end
  table.sort(list)
  return list
end


-- What only COMDAT groups of these tests want may be gone with the group, and
-- its undefined symbol with nobody who uses it; that is in no symbol table.
local function told(names)
  local list = {}
  for _, name in ipairs(names) do
    if not name:find "^[lm]$" then list[#list + 1] = name end
  end
  return list
end


-- Of two members of one name no linker tells which it means.
local function is_told_apart(link, unit)
  local archive = unit:match "^[^(]+"
  return not (link.files[archive] or ""):find "m1:.* m1:"
end


--- Where the two differ: a list of sentences.
function resolved.differences(link, ours, theirs, names)
  local list = {}
  local function differ(what, our, their)
    if our ~= their then
      list[#list + 1] = ("%s: we say %s, it says %s"):format(what, our, their)
    end
  end
  if not link.how.multiple and not theirs.careless then
    differ("duplicates", text(ours.duplicates), text(theirs.duplicates))
  end
  if not theirs.made then return list end
  differ("linked", text(ours.linked), text(theirs.linked))
  if link.makes == "executable" then
    differ("undefined", text(told(real_names(link, ours.undefined))),
           text(told(real_names(link, theirs.undefined))))
  end
  -- (for whom, each linker tells another one of those who want it; and lld
  -- tells of names after it wrapped them)
  for _, unit in ipairs(ours.linked) do
    local our, their = ours.why[unit], theirs.why[unit]
    if our and their and is_told_apart(link, unit)
       and not (link.how.wrap and link.how.wrap[1]) then
      differ(unit .. " is linked for", our, their:match "^[^@]+")
    end
  end
  for _, name in ipairs(names) do
    local w = ours.winner[name]
    local their = their_winner(link, theirs, name)
    -- for bfd it has the line's value and the size that a file gives it
    if w and w.unit == "line" and theirs.winner[name] then their = "line" end
    if w and w.library and their == "nobody" and not theirs.shared[name] then
      their = nil  -- what nobody wants is in no table
    end
    -- lld leaves out a wrapped name's common symbol, and keeps its place; and
    -- a definition of "__real_" and the name, which nobody can want
    local wrapped = link.how.wrap and link.how.wrap[1]
    if w and (w.kind == "common" and wrapped == name
              or name == "__real_" .. (wrapped or "")) then their = nil end
    -- gold names a library that is not needed, and nothing loads
    if not w and theirs.gold and link.files[their] then their = "nobody" end
    if their then
      differ(name .. " is given by", w and w.unit or "nobody", their)
    end
  end
  return list
end

return resolved
