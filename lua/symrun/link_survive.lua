--- Which names are left of a link when its linker has dropped what nothing
--- needs, by its inputs and their relocations.
--
-- A line does not always say which linker reads it: then all that may are
-- asked, and only what they agree on is an answer.

local core = require "symrun.core"
local exports = require "symrun.link_exports_elf"
local inputs = require "symrun.link_inputs"
local resolve = require "symrun.link_resolve"
local texts = require "symrun.link_texts"
local what = require "symrun.link_what"

local survive = {}


-- What the line says about it, beside what is exported.
local function options(link)
  local out = { dynamic = false }
  for part in link.words:parts() do
    local name, value = (part:name() or ""):gsub("^%-+", ""), part:value()
    if part:role() == "pie" or part:role() == "static-pie" then
      out.dynamic = true
    elseif name == "init" or name == "fini" then out[name] = value
    elseif name == "gc-keep-exported" then out.keep_exported = true
    elseif name == "z" and value == "start-stop-gc" then
      out.start_stop_gc = true
    elseif name == "z" and value == "nostart-stop-gc" then
      out.start_stop_gc = false
    end
  end
  return out
end


-- Is all exported, or nothing?  Else each name has to be asked for.  Of a
-- program mold exports what a version script names.
local function exported(link, makes, all, linker)
  local named = linker == "mold" and makes == "executable"
                and link.words:role "version-script"()
  for _, role in ipairs { "version-script", "script", "exclude-libs", "export",
                          "retain-list", "unexport", "dynamic-list",
                          "export-all" } do
    local ok = link.words:sure(role)
    local found = not ok
    for part in link.words:role(role) do
      found = found or role ~= "export-all"
              or part:name() == "--dynamic-list-data"
    end
    if found then
      return function (name)
        local yes = exports.by_options(link, name, makes)
        if yes == false and named then return nil end
        return yes
      end
    end
  end
  return makes == "library" or all.roots.export_all
end


-- A script says itself what it keeps.
local function own_script(link, all)
  if all.roots.sections then
    return ("what %s keeps by its own SECTIONS is not read by this version")
             :format(core.printable(all.roots.sections))
  end
  local list, why = texts.all(link, "script")
  if not list then return why end
  for _, each in ipairs(list) do
    if each.script.text:find "%f[%w_]SECTIONS%f[^%w_]" then
      return ("what %s keeps by its own SECTIONS is not read by this version")
               :format(core.printable(each.part:value()))
    end
  end
end


-- What an expression names is kept, and what that needs.
local function expression(all)
  local both = { table.unpack(all.roots.defsym) }
  for _, one in ipairs(all.roots.given) do both[#both + 1] = one end
  for _, one in ipairs(both) do
    if not one[2] and not (one.expression or ""):find "^[%dx%xX]+$" then
      return ("what %s%s=%s keeps is not read by this version"):format(
        one.script and "" or "--defsym ", core.printable(one[1]),
        core.printable(one.expression or "an expression"))
    end
  end
end


-- Nothing is dropped: what is linked stays.
local function linked(link, name)
  local winner, why = resolve.winner(link, name)
  if not winner then return nil, why or "what is linked could not be read" end
  return winner.state == "defined" and not winner.library
end


local function survivors(link, all, linker)
  link.survivors = link.survivors or {}
  if not link.survivors[linker] then
    local ask = options(link)
    if not all.roots.given_entry
       and (all.search.emulation or ""):find "mip" then
      ask.entry = "__start"
    end
    ask.library = all.roots.makes == "library"
    ask.exported = exported(link, all.roots.makes, all, linker)
    link.survivors[linker] = all.views[linker]:survivors(ask)
  end
  return link.survivors[linker]
end


--- The link, resolved, if all that counts here is known; or nil and the reason
--- why it is not.
function survive.of(link)
  local all = resolve.of(link)
  local makes = all.roots.makes
  local why = all.doubts[1] or own_script(link, all) or expression(all)
  if makes ~= "library" and makes ~= "executable" then
    why = why or "what is kept in an object file is not known to this version"
  end
  if why then return nil, why end
  return all
end


--- Is a name in what is made?  `collects`: the linker drops what nothing needs.
--- true, false, or nil and the reason why nobody knows.
function survive.keeps(link, name, collects)
  if not collects then return linked(link, name) end
  local all, why = survive.of(link)
  if not all then return nil, why end
  local first, by
  for _, linker in ipairs(all.linkers) do
    local ok, kept = pcall(survivors, link, all, linker)
    if not ok then return nil, (tostring(kept):gsub("^unknown: ", "")) end
    local yes
    yes, why = kept:keeps(name)
    if yes == nil then return nil, why end
    if by and yes ~= first then
      return nil, ("%s keeps %s and %s drops it, and the line does not say "
        .. "which of them reads it"):format(yes and linker or by,
        core.printable(name), yes and by or linker)
    end
    first, by = yes, linker
  end
  if by == nil then return nil, "which linker reads the line is not known" end
  return first
end


-- A section of a list, by what linkers call it.
local function key(at)
  return ("%s\0%d\0%s\0%d"):format(inputs.path(at.file),
    at.member and at.member:index() or 0, at.section, at.index or 0)
end


--- The sections that go: a list of { file=, member=, section=, size= }, or nil
--- and the reason why nobody knows.
function survive.dropped(link)
  local all, why = survive.of(link)
  if not all then return nil, why end
  local first, by, keys
  for _, linker in ipairs(all.linkers) do
    local ok, kept = pcall(survivors, link, all, linker)
    if not ok then return nil, (tostring(kept):gsub("^unknown: ", "")) end
    local list, open = kept:dropped()
    if open then return nil, open end
    local same, seen = first == nil or #first == #list, {}
    for _, at in ipairs(list) do
      seen[key(at)] = true
      same = same and (keys == nil or keys[key(at)])
    end
    if not same then
      return nil, ("%s and %s do not drop the same, and the line does not say "
                   .. "which of them reads it"):format(by, linker)
    end
    first, by, keys = first or list, by or linker, keys or seen
  end
  if by == nil then return nil, "which linker reads the line is not known" end
  return first
end


--- Names that what stays wants, and nothing gives, by one linker's view; or nil
--- and the reason why nobody knows.
function survive.undefined(link, linker, glob)
  local all = resolve.open(link)
  local names = all.views[linker]:undefined(glob)
  local collects = what.collects(link)
  if link.dialect == "msvc" or collects == false then
    return names
  end
  local _, why
  if collects == nil then
    why = "whether the linker drops what nothing needs is not known"
  elseif link.dialect ~= "gnu" then
    why = ("what is undefined only in what %s drops is not known to this "
           .. "version"):format(linker)
  else _, why = survive.of(link) end
  if why then
    if tostring(names) == "no name" then return names end
    return nil, why
  end
  local ok, kept = pcall(survivors, link, all, linker)
  if not ok then return nil, (tostring(kept):gsub("^unknown: ", "")) end
  local unclear
  names, unclear = kept:undefined(glob)
  if unclear then
    return nil, ("whether what wants %s is dropped cannot be told"):format(
      core.printable(unclear))
  end
  return names
end


--- What keeps a name that is known to stay, by the first of the linkers.
function survive.chain(link, name)
  local all = survive.of(link)
  return survivors(link, all, all.linkers[1]):why(name)
end

return survive
