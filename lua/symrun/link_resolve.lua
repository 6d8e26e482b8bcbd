--- Which definition wins each name of a link, before it is made.
--
-- Linkers differ, and a line does not always say which one reads it: then all
-- that may are asked, and only what they agree on is an answer.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local unsure = require "symrun.link_doubt"

local resolve = {}


-- == the link as linkers see it ==============================================

-- A name of the line as files have it in their sources: Apple's linkers put '_'
-- before it.
local function plain(link, name)
  return link.dialect == "apple" and (name:gsub("^_", "", 1)) or name
end
resolve.plain = plain


--- The inputs that are files, in order.
function resolve.files(all)
  local list = {}
  for _, one in ipairs(all.entries) do
    if one.file then list[#list + 1] = one end
  end
  return list
end


--- One linker's view of such inputs.  Each has its own: one that is asked a
--- thousand names need not be resolved a thousand times.  what_if: names to
--- hide, members to drop, as core.resolve has them; `wanted`, a name that the
--- line is to want, too.
function resolve.viewed(link, all, linker, list, what_if)
  local undefined = { what_if and what_if.wanted }
  for _, name in ipairs(all.roots.undefined) do
    undefined[#undefined + 1] = plain(link, name)
  end
  local defsym = { table.unpack(all.roots.defsym) }
  local scripts = all.by_scripts and all.by_scripts[linker] or {}
  table.move(scripts, 1, #scripts, #defsym + 1, defsym)
  local view = core.resolve(list, {
    undefined = undefined, wrap = all.roots.wrap, defsym = defsym,
    entry = all.roots.entry and plain(link, all.roots.entry),
    makes = all.roots.makes, pie = all.roots.pie,
    static = not all.roots.export_all,
    hide = what_if and what_if.hide, drop = what_if and what_if.drop,
    linker = what_if and linker,
  })
  if what_if then return view end
  return view:run(linker)
end


local function place(winner)
  if winner.line then return "the line itself" end
  if not winner.file then return "nothing" end
  return winner.member and ("%s(%s)"):format(winner.file, winner.member)
         or tostring(winner.file)
end
resolve.place = place


-- What scripts define, by each linker: PROVIDE gives what is wanted and not
-- given.  Whether a member that gives it, too, is linked before depends on
-- where the script stands, and what of it the linker has read.
local function add_scripts(link, all)
  all.by_scripts = {}
  if #all.roots.given == 0 then return end
  for _, linker in ipairs(all.linkers) do
    local view = resolve.viewed(link, all, linker, all.inputs)
    local list = {}
    for _, one in ipairs(all.roots.given) do
      local winner = view:winner(one[1])
      if not one.provided or winner.state == "undefined" then
        list[#list + 1] = one
      end
      if winner.state == "defined" and winner.lazy
         and not (one.provided and linker:find "^lld") then
        all.doubts[#all.doubts + 1] = ("%s and the script %s both give %s, and "
          .. "whether the one is linked depends on when the other is read")
            :format(resolve.place(winner), core.printable(one.script),
                    core.printable(one[1]))
        all.late, all.upto = false, 0
      end
    end
    all.by_scripts[linker] = list
  end
end


-- Of systems with other linkers: those that may read a line, and which one
-- reads it where the line says.
local others = {
  apple = { "ld64", "ld64.lld", named = { lld = "ld64.lld" } },
  msvc = { "link", "lld-link", named = {} },
  wasm = { "wasm-ld", named = {} },
}


-- lld changed its manners with version 15, and a line does not always tell
-- which it is.
local function manners(link, all)
  local list, out = others[link.dialect], {}
  if list then
    local named = #all.linkers == 1 and all.linkers[1]
    named = list.named[named] or named
    for _, linker in ipairs(list) do
      if named == linker then return { linker } end
    end
    return { table.unpack(list) }
  end
  local version = tonumber((all.linker or ""):match "/llvm%-(%d+)/")
  for _, linker in ipairs(all.linkers) do
    if linker ~= "lld" or not version or version >= 15 then
      out[#out + 1] = linker
    end
    if linker == "lld" and (not version or version < 15) then
      out[#out + 1] = "lld-14"
    end
  end
  return out
end


--- The link, resolved as far as it can be: `entries`, the inputs in order, and
--- `inputs`, those that are files; `doubts`, sentences about what could not be
--- known; `views`, one for each linker that may read the line, by its name.
function resolve.open(link)
  if link.resolved then return link.resolved end
  inputs.complete(link)
  local all = require "symrun.link_all".of(link)
  if link.why and #all.doubts == 0 then
    all.doubts[1], all.late, all.upto = link.why, false, 0
  end
  all.linkers = manners(link, all)
  all.inputs = resolve.files(all)
  require "symrun.link_named".add(link, all, function (linker)
    return resolve.viewed(link, all, linker, all.inputs)
  end)
  add_scripts(link, all)
  all.views = setmetatable({}, { __index = function (views, linker)
    local view = resolve.viewed(link, all, linker, all.inputs)
    rawset(views, linker, view)
    return view
  end })
  link.resolved = all
  return all
end


--- The same; unknown, where the line is so.
function resolve.of(link)
  local all = resolve.open(link)
  if link.why then unsure(link.why) end
  return all
end


-- == where linkers differ ====================================================

--- That two linkers have a name from two places.
function resolve.differ(name, by, winner, linker, other)
  return ("%s has %s from %s, %s from %s, and the line does not say which of "
          .. "them reads it"):format(by, core.printable(name), place(winner),
          linker, place(other))
end


local function same(a, b)
  return a.state == b.state and a.file == b.file and a.line == b.line
         and (a.member and a.member:index()) == (b.member and b.member:index())
end


--- Is it certain, whatever stands in what the driver adds, or in a library that
--- was not found?  That comes behind, and takes nothing from what is linked
--- already; but a group is gone through again.
function resolve.is_certain(all, winner)
  if #all.doubts == 0 then return true end
  local entry = all.inputs[winner.input]
  return (all.late or winner.input and winner.input <= all.upto
                      and entry and not entry.group)
         and winner.state == "defined" and winner.kind == "strong"
         and winner.linked and entry and entry.by == "line"
end


--- What linkers say of a name; or nil and the reason why nobody knows.
function resolve.winner(link, name)
  local all = resolve.open(link)
  local first, by
  for _, linker in ipairs(all.linkers) do
    local winner = all.views[linker]:winner(name)
    if not winner.sure then return nil, nil, all.views[linker] end
    if first and not same(first, winner) then
      return nil, resolve.differ(name, by, first, linker, winner)
    end
    first, by = first or winner, by or linker
  end
  if not resolve.is_certain(all, first) then return nil, all.doubts[1] end
  return first
end


-- == what rules ask ==========================================================

local methods = {}
resolve.methods = methods


local function known_winner(link, name)
  resolve.of(link)
  local winner, why, view = resolve.winner(link, name)
  if winner then return winner end
  if view then view:unknown(name) end
  unsure(why or "what is linked could not be read")
end


--- The file that gives a name, and its member if it is an archive; nil if no
--- file that is linked does.
function methods:winner(name)
  local winner = known_winner(self, name)
  if winner.state ~= "defined" then return nil end
  return winner.file, winner.member
end


--- Who gives a name: "file", "line" (--defsym, or a script's assignment),
--- "linker" ("_end"), or nil: nobody.
function methods:gives(name)
  local winner = known_winner(self, name)
  if winner.state == "by linker" then return "linker" end
  if winner.state ~= "defined" then return nil end
  return winner.file and "file" or "line"
end


-- A set that all linkers agree on.
local function agreed(self, question, ask)
  local all = resolve.of(self)
  if #all.doubts > 0 then unsure(all.doubts[1]) end
  local first, by
  for _, linker in ipairs(all.linkers) do
    local names = ask(self, all.views[linker], linker)
    if first and not (first <= names and names <= first) then
      unsure(("%s and %s differ on which names are %s, and the line does not "
              .. "say which of them reads it"):format(by, linker,
              question))
    end
    first, by = first or names, by or linker
  end
  return first
end


--- Names that what is linked wants, and nothing gives.  Of what the linker
--- drops it does not complain.
function methods:undefined(glob)
  local survive = require "symrun.link_survive"
  return agreed(self, "undefined", function (link, _, linker)
    local names, why = survive.undefined(link, linker, glob)
    return names or unsure(why)
  end)
end

--- Names with two definitions that clash.
function methods:duplicates(glob)
  return agreed(self, "defined twice", function (_, view)
    return view:duplicates(glob)
  end)
end

--- Names that something linked gives, each at what wins.
function methods:defined(glob)
  return agreed(self, "defined", function (_, view)
    return view:defined(glob)
  end)
end


-- Two lists of what is linked, in any order.
local function same_parts(a, b)
  local there = {}
  local function key(unit)
    return ("%s\0%d"):format(inputs.path(unit.file),
                             unit.member and unit.member:index() or 0)
  end
  for _, unit in ipairs(a) do there[key(unit)] = true end
  for _, unit in ipairs(b) do
    if not there[key(unit)] then return false end
  end
  return #a == #b
end


--- What is linked, in the order in which a linker takes it: a list of
--- { file, member, name, by }, where `by` is what wanted the name.
function methods:linked()
  local all = resolve.of(self)
  if #all.doubts > 0 then unsure(all.doubts[1]) end
  local first, by
  for _, linker in ipairs(all.linkers) do
    local view = all.views[linker]
    view:unknown()
    local list = view:linked()
    if first and not same_parts(first, list) then
      unsure(("%s and %s do not link the same, and the line does not say which "
              .. "of them reads it"):format(by, linker))
    end
    first, by = first or list, by or linker
  end
  return first
end

return resolve
