--- What a line lets out of an ELF file, as bfd, gold, lld and mold have it.
--
-- A version script counts more than any option.  A library shows all the rest,
-- a program what options name, and what a library that it is linked with wants.

local core = require "symrun.core"
local say = require "symrun.link_say"
local texts = require "symrun.link_texts"
local what = require "symrun.link_what"

local elf = {}


-- Does a script of the line make it local?
local function is_local(link, name, linker)
  local yes, why = say.texts(link, "version-script", name,
                       { linker = linker, makes = "library" })
  if yes == nil then return nil, why end
  if yes == false then return true end
  local list
  list, why = texts.all(link, "script")
  if not list then return nil, why end
  for _, each in ipairs(list) do
    if each.script.version then
      yes, why = each.script:exports(name, { linker = linker,
                                             makes = "library" })
      if not yes then return yes == false or nil, why end
    end
  end
  return false
end


-- Options that take names away by what file they are from, or as linkers will.
local function taken_away(link)
  for _, role in ipairs { "exclude-libs", "retain-list", "unexport" } do
    local list, why = say.values(link, role)
    if not list then return nil, why end
    if #list > 0 then
      return nil, ("what %s takes away is not told by the line"):format(list[1])
    end
  end
  return true
end


-- Is all exported?  The last option counts.
local function all_of_it(link)
  local ok, why = link.words:sure "export-all"
  if not ok then return nil, why end
  local yes = false
  for part in link.words:parts() do
    local name = part:name()
    if name == "--dynamic-list-data" then
      return nil, "--dynamic-list-data exports what is data"
    elseif part:role() == "export-all" then yes = true
    elseif name == "--no-export-dynamic" then yes = false end
  end
  return yes
end


-- Does an option name it?  Of some linkers the value is a glob.
local function named(link, name, linker)
  local list, why = say.values(link, "export")
  if not list then return nil, why end
  for _, part in ipairs(list) do
    local value = part:value() or ""
    if value == name then return true end
    if value:find "[*?%[]" and linker ~= "gold" and core.match(value, name) then
      if linker == "lld" or linker == "bfd" then return true end
      return nil, ("%s names it for some linkers only"):format(part)
    end
  end
  return false
end


-- Is a library linked, though a driver may say --as-needed by itself?
local function is_needed(link, library)
  if not link.driver and not link:part(library):is_in "as-needed" then
    return true
  end
  local has = library:defined(nil, "dynamic")
  for _, object in ipairs(link:files "object") do
    if not (object:undefined() * has):empty() then return true end
  end
  return false
end


-- What the libraries of C and of compilers may want of a program.
local runtime = " c m pthread dl rt util resolv gcc gcc_s gcc_eh stdc++ supc++ "
  .. "c++ c++abi unwind atomic crypt nsl "
local wanted = { "^_[_%u]", "^environ$", "^main$", "alloc", "^free$", "^cfree$",
                 "^valloc$", "^mem", "^str", "^opt", "^std%l+$", "^sig",
                 "^program_invocation", "^timezone$", "^daylight$",
                 "^tzname$", "^signgam$", "^mcount$" }


-- A program exports what a library that it is linked with wants or has.
local function wanted_by_library(link, name)
  for _, file in ipairs(link:files "library") do
    if file:wants(name, "dynamic") or file:defines(name, "dynamic") then
      if is_needed(link, file) then return true end
      return nil, ("%s exports it, if that library is needed"):format(
        link:part(file))
    end
  end
  for _, one in ipairs(link.elsewhere) do
    if not runtime:find(" " .. one.name .. " ", 1, true) then
      return nil, ("whether the library %s wants it cannot be read"):format(
        one.part)
    end
  end
  for _, pattern in ipairs(wanted) do
    if name:find(pattern) then
      return nil, ("whether a library of the system wants %s is not told by "
                   .. "the line"):format(core.printable(name))
    end
  end
  return false
end


-- Will the program have a table of names at all?
local function is_dynamic(link)
  local static, why = what.static(link.words)
  if static == nil then return nil, why end
  if static then return false end
  for part in link.words:parts() do
    local role, name = part:role(), part:name() or ""
    if role == "pie" then return true end
    if role == "static-pie" then return false end
    if link.driver and name:find "^%-no" and (role == "no-stdlib"
       or name == "-nostdlib" or name == "-nodefaultlibs" or name == "-nolibc")
    then
      why = "whether a shared library is linked is not told by the line"
    end
  end
  if link.driver and not why then return true end
  for _, file in ipairs(link:files "library") do
    if is_needed(link, file) then return true end
  end
  return nil, why or "whether a shared library is linked is not told by the "
                     .. "line"
end


local function by_options(link, name, linker)
  local yes, why = all_of_it(link)
  if not yes and yes ~= nil then yes, why = named(link, name, linker) end
  if not yes and yes ~= nil then
    yes, why = say.texts(link, "dynamic-list", name,
                   { linker = linker, makes = "executable" })
    if yes == "none" then yes = false end
  end
  return yes, why
end


local function of_program(link, name, linker)
  local yes, why = by_options(link, name, linker)
  if yes == nil then return nil, why end
  local dynamic
  dynamic, why = is_dynamic(link)
  if dynamic == false and not yes then return false end
  if not dynamic and yes then
    return nil, why or "linkers differ on what a static program exports"
  end
  if not yes then
    yes, why = wanted_by_library(link, name)
    if not yes then return yes, why end
  end
  local ok
  ok, why = taken_away(link)
  if not ok then return nil, why end
  return true
end


--- Do options and scripts export it, whatever a library wants?  "local": a
--- version script hides it.
function elf.by_options(link, name, makes)
  local linker = what.linker(link.words)
  local yes, why = is_local(link, name, linker)
  if yes ~= false then
    if yes then return "local" end
    return nil, why
  end
  yes = makes == "library"
  if not yes then yes, why = by_options(link, name, linker) end
  if not yes then return yes, why end
  local ok
  ok, why = taken_away(link)
  if not ok then return nil, why end
  return true
end


--- Does the line export a name of an ELF file?
function elf.asked(link, name, makes)
  if what.mingw(link.words) then
    return nil, "what linkers for Windows export of GNU's objects is not known "
                .. "to this version"
  end
  local linker = what.linker(link.words)
  local hidden, why = is_local(link, name, linker)
  if hidden ~= false then return hidden == nil and nil, why end
  if makes == "executable" then return of_program(link, name, linker) end
  local ok
  ok, why = taken_away(link)
  if not ok then return nil, why end
  return true
end

return elf
