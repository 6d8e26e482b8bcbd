--- The line that the linker itself is given: a linker's own, or what a driver
--- makes of its.  Found by reading the driver's files, never by running it.

local clang = require "symrun.clang_driver"
local core = require "symrun.core"
local gcc = require "symrun.gcc_driver"
local gcc_read = require "symrun.gcc_read"
local ld = require "symrun.ld_places"
local machine = require "symrun.machine"

local line = {}

-- Set, they change where a driver looks.
local settings = { "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX",
                   "CCC_OVERRIDE_OPTIONS" }

local compilers = {}  -- that were read, by path; false: no GCC

local kinds = { "bfd", "gold", "lld", "mold" }


-- == who reads it ============================================================

local function first_program(names, folders)
  for _, name in ipairs(names) do
    for _, folder in ipairs(folders) do
      local path = folder .. name
      local real = machine.is_file(path) and machine.real(path)
      if real then return real end
    end
  end
end


-- The program that a driver calls: of -fuse-ld, or "ld", in its own folders and
-- on PATH, a cross compiler's by its longer name.
local function linker_of(link, at, config)
  local named
  for part in link.words:role "use-ld" do named = part:value() end
  if named and named:find "/" then return machine.real(named) end
  local name = "ld"
  if named then
    name = named:find "^ld" and named or "ld." .. named
    if named == "mold" and config == nil then name = "ld.mold" end
  elseif config and config.ld then return machine.real(config.ld) end
  local own, path = {}, {}
  for part in link.words:role "ld-folder" do
    own[#own + 1] = part:value() .. "/"
    own[#own + 1] = part:value()
  end
  if config then
    own[#own + 1] = at.own
    own[#own + 1] = at.own .. "../../../../" .. config.machine .. "/bin/"
  end
  for folder in (os.getenv "PATH" or ""):gmatch "[^:]+" do
    path[#path + 1] = folder .. "/"
  end
  local found = first_program({ name }, own)
  if found then return found end
  local cross = config and at.cross and config.machine .. "-" .. name
  return first_program({ cross or name }, path)
end


-- == what it is given ========================================================

-- The words of a driver's line, as the linker sees them: nil and a sentence
-- where that cannot be told.
local function of_driver(link, doubt)
  local program = link.words:words()[1] or ""
  local path, real = machine.program(program, link.given.folder)
  if not path then return nil, real end
  for _, name in ipairs(settings) do
    if os.getenv(name) then
      return nil, ("%s is set, and what it changes is not known"):format(name)
    end
  end
  for part in link.words:parts() do
    if part:maybe() then return nil, select(2, link.words:sure()) end
  end
  if link.words:links() == false then return nil, "the line does not link" end
  local of = compilers[real]
  if of == nil then
    of = gcc_read.driver(machine.text(real) or "") or false
    compilers[real] = of
  end
  local words, at
  if of then
    words, at = gcc.words(link, of, real, machine, doubt)
    if words then at.cross = of.spec "cross_compile" ~= "0" end
  elseif real:find "/bin/clang" then
    words, at = clang.words(link, real, machine, doubt)
  else
    return nil, ("%s is no compiler that is known: what it adds to the line "
                 .. "cannot be told"):format(core.printable(program))
  end
  if not words then return nil, at end
  return words, at, linker_of(link, at, of and of.config)
end


local function only(kind) return kind and { kind } or kinds end


-- A linker's own line, or one of which no more can be told.
local function as_given(link)
  local flavour = link.words:flavour()
  local out = { words = link.words, part = function (part) return part end,
                by = function () return "line" end, linkers = only(nil) }
  for _, kind in ipairs(kinds) do
    if flavour == kind then out.linkers = only(kind) end
  end
  local named = require "symrun.link_what".linker(link.words)
  if named or link.dialect ~= "gnu" then out.linkers = only(named) end
  return out
end


-- What the driver adds is on the machine on which it runs: nothing of that is
-- known where the line was recorded, or is a text.
local function elsewhere(link)
  if link.given.kept then
    return "the link was recorded: what the system's folders had for it is not "
           .. "known"
  end
  return link.given.files and "the system's folders are not looked at" or nil
end


-- A linker that is called itself adds nothing of its own; which of them an
-- "ld" is, its program tells where that is at hand.
local function raw(link)
  local out = as_given(link)
  if link.dialect ~= "gnu" or elsewhere(link) then return out end
  local _, real = machine.program(link.words:words()[1] or "",
                                  link.given.folder)
  local kind = real and ld.kind(real)
  out.real, out.linkers = kind and real, kind and only(kind) or out.linkers
  return out
end


--- Does a driver put what it adds itself behind the line's inputs, but for the
--- crt files?  Not the sanitizers.
function line.adds_behind(link)
  for part in link.words:parts() do
    if part:text():find "sanitize" then return false end
    if part:kind() == "strange" or part:kind() == "broken" or part:maybe() then
      return false
    end
  end
  return true
end


--- The linker's line: words (as symrun.core has lines), part(p) the part of the
--- line that brought one of its parts, by(p) "line" or "driver", real (the
--- linker's path, or nil), linkers (which it may be), at (the driver's
--- folders), partial: what a driver adds is missing.
function line.of(link, doubt)
  if not link.driver then return raw(link) end
  local why = elsewhere(link)
  local words, at, real
  if not why and link.dialect ~= "gnu" then
    why = "what the driver of a line for another system adds is not known"
  end
  if not why then
    words, at, real = of_driver(link, doubt)
    why = not words and at or nil
  end
  if why then
    doubt("what the driver adds of its own is not known: %s", why)
    local out = as_given(link)
    out.partial = true
    return out
  end
  local kind = real and ld.kind(real)
  local flat = { real or "ld" }
  for i, one in ipairs(words) do flat[i + 1] = one.word end
  local function item(part) return words[part:word()] end
  return {
    words = core.line(flat, { flavour = kind or "ld",
                              folder = link.given.folder }),
    linkers = only(kind), real = real, at = at,
    part = function (part) return item(part).part end,
    source = function (part) return item(part).source end,
    by = function (part) return item(part).part and "line" or "driver" end,
  }
end

return line
