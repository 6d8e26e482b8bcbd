--- Names that stay in what a line makes: those that the line itself keeps,
--- whoever wants them, and those that linked code keeps.
--
-- For other linkers than those of ELF "no" is said of the line: nothing on it
-- keeps the name.  Code that is linked may want it all the same.

local core = require "symrun.core"
local exports = require "symrun.link_exports"
local texts = require "symrun.link_texts"
local unsure = require "symrun.link_doubt"
local survive = require "symrun.link_survive"
local what = require "symrun.link_what"

local keeps = {}


-- Options that name it: -u, -e, --require-defined, /INCLUDE, --export of wasm.
local function named(link, name)
  local raw = link.dialect == "apple" and "_" .. name or name
  for _, role in ipairs { "undefined", "require", "entry" } do
    local ok, why = link.words:sure(role)
    if not ok then return nil, why end
    for part in link.words:role(role) do
      local value = part:value()
      if value == raw then return true end
      if part:name():find "glob" and value and core.match(value, raw) then
        return true
      end
    end
  end
  if link.dialect == "gnu" then return false end
  -- elsewhere, whoever exports a name by an option pulls it in
  local ok, why = link.words:sure "export"
  if not ok then return nil, why end
  for part in link.words:role "export" do
    local value = part:value() or ""
    if value:match "^[^=,]*" == raw and part:name() ~= "--export-if-defined"
    then return true end
  end
  return false
end


-- Texts that name it: EXTERN and ENTRY of scripts, lists of exports.
local function listed(link, name)
  local list, why = texts.all(link, "script")
  if not list then return nil, why end
  for _, each in ipairs(list) do
    local names, open, sure = each.script:names "wanted"
    for _, one in ipairs(names or sure) do
      if one == name then return true end
    end
    if not names then return nil, open end
    if each.script.text:find "%f[%w_]KEEP%f[^%w_]" then
      return nil, ("what KEEP in %s keeps is not read by this version"):format(
        core.printable(each.part:value()))
    end
  end
  local role = link.dialect == "apple" and "export-list"
               or link.dialect == "msvc" and "def"
  if not role then return false end
  list, why = texts.all(link, role)
  if not list then return nil, why end
  for _, each in ipairs(list) do
    for _, one in ipairs(each.script:names()) do
      if one == (role == "def" and name or "_" .. name) then return true end
    end
  end
  return false
end


-- Options that keep what they name without saying so.
local function perhaps(link, name)
  for part in link.words:parts() do
    local option, value = part:name(), part:value()
    if (option == "--init" or option == "--fini" or option == "-init"
        or part:role() == "defsym" or part:role() == "wrap")
       and value and value:find(name, 1, true) then
      return ("%s may keep %s"):format(part, core.printable(name))
    end
  end
end


-- Is it in a file that is linked whole, and seen from outside?  Then what is
-- exported stays.
local function in_whole_file(link, name, shown)
  for _, file in ipairs(link:files "object") do
    if shown and not file:exported(name):empty()
       or not shown and file:defines(name) then return true end
  end
  for _, file in ipairs(link:files "archive") do
    local part = link:part(file)
    if part and part:is_in "whole" and not file:exported(name):empty() then
      return true
    end
  end
  return false
end


local function asked(link, name)
  local yes, why = named(link, name)
  if yes ~= false then return yes, why end
  yes, why = listed(link, name)
  if yes ~= false then return yes, why end
  local maybe = perhaps(link, name)
  local whole = in_whole_file(link, name, true)
  if whole then
    local out, open = exports.asked(link, name)
    local makes = what.makes(link.words)
    local root = link.dialect == "gnu" and makes ~= "object"
                 or makes == "library"
    if out and root then return true end
    if out == nil and root and what.collects(link) ~= false then
      maybe = maybe or open
    end
  end
  local gc = what.collects(link)
  if gc == false and (whole or in_whole_file(link, name, false)) then
    return true
  end
  if maybe then return nil, maybe end
  if gc == nil and in_whole_file(link, name, false) then
    return nil, "whether this linker drops what nobody wants is not told by "
                .. "the line"
  end
  return false
end


-- What the line itself keeps stays, though it is not known what else does.
local function by_inputs(link, name, collect)
  local yes, open = survive.keeps(link, name, collect)
  if yes ~= nil then return yes end
  local why
  yes, why = named(link, name)
  if yes == false then yes, why = listed(link, name) end
  if yes then return true end
  return nil, why or perhaps(link, name) or open
end


local methods = {}
keeps.methods = methods

--- Is a name that is defined in what is linked still in what the line makes?
function methods:keeps(name)
  if type(name) ~= "string" then
    error("a name is expected, not a " .. type(name), 2)
  end
  local yes, why
  local collect = what.collects(self)
  if self.dialect == "gnu" and collect ~= nil then
    yes, why = by_inputs(self, name, collect)
  else yes, why = asked(self, name) end
  if yes == nil then unsure(why) end
  return yes
end


--- Why a name stays where the linker drops what nothing needs: a list from the
--- section that holds it, over what wants that, to what stays in any case; nil
--- if it does not stay, or nothing is dropped.
function methods:kept_by(name)
  if not methods.keeps(self, name) or not what.collects(self)
     or self.dialect ~= "gnu" then
    return nil
  end
  return survive.chain(self, name)
end


--- The sections of what is linked that the linker drops.
function methods:dropped()
  local collect = what.collects(self)
  if self.dialect ~= "gnu" or collect == nil then
    unsure("which sections this linker drops is not known to this version")
  end
  if not collect then return {} end
  local list, why = survive.dropped(self)
  return list or unsure(why)
end

return keeps
