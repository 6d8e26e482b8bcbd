--- Why nobody gives a name: what comes near to giving it.
--
-- Each reason is a sentence and, where something helps, what to do.  The first
-- one is the likeliest.

local core = require "symrun.core"
local literal = require "symrun.literal"
local lto = require "symrun.why_lto"
local place = require "symrun.why_place"
local scan = require "symrun.why_scan"

local reasons = {}

local MOST = 3  -- of one kind


local function add(facts, hint, format, ...)
  facts.reasons[#facts.reasons + 1] = { text = format:format(...),
                                        hint = hint }
end


-- The first of what is linked that wants it, and that wants it hidden.
local function first_wants(facts)
  local first, hidden
  for _, one in ipairs(facts.wants) do
    if one.linked and (not first or one.linked < first.linked) then
      first = one
    end
    if one.linked and one.hidden then hidden = hidden or one end
  end
  return first, hidden
end


-- == the line's own inputs ===================================================

local reads_once = { bfd = true, gold = true }
local reads_index = { bfd = true, gold = true, ["lld-14"] = true }


local function lacks_index(one, symbol)
  local ok, yes = pcall(one.file.defines, one.file, literal(symbol), "index")
  return ok and not yes
end


local function of_library(facts, one, hidden)
  local at = place.of(facts.world, one)
  if one.hidden then
    add(facts, nil, "%s has it, but not for others to see", at)
  elseif hidden then
    add(facts, "declare it without visibility(\"hidden\") where it is used",
        "%s has it, but %s wants it hidden, and a shared library cannot give "
        .. "what is hidden", at, place.of(facts.world, hidden))
  elseif not one.linked then
    add(facts, "put it behind who wants it, or take away --as-needed",
        "%s has it, and is left out: --as-needed links a library only if "
        .. "something before it wants a name of it", at)
  end
end


local function of_member(facts, one, want)
  local linker, at = facts.world.linker, place.of(facts.world, one)
  if lacks_index(one, facts.symbol) and reads_index[linker] then
    add(facts, ("write the index anew: ranlib %s"):format(
        place.file(facts.world, one)), "%s defines it, but the archive's index "
        .. "does not list it, and %s believes the index", at,
        facts.world.says)
  elseif reads_once[linker] and one.input < (want.input or 0) then
    add(facts, "put it behind, or both between --start-group and --end-group",
        "%s defines it, but stands before %s, which is the first to want it: "
        .. "%s goes through the line once, and does not come back to an "
        .. "archive", at, place.of(facts.world, want), facts.world.says)
  end
end


-- Something on the line defines it and is not linked.
local function not_taken(facts)
  local want, hidden = first_wants(facts)
  for _, one in ipairs(facts.definitions) do
    if one.discarded then
      add(facts, nil, "%s defines it in a copy of a COMDAT group that was not "
          .. "kept: another object's copy, which lacks the name, came first",
          place.of(facts.world, one))
    elseif one.library then of_library(facts, one, hidden)
    elseif want and one.lazy and not one.linked then of_member(facts, one, want)
    end
  end
end


-- Names of the line's options.
local function by_options(facts)
  local roots = facts.world.roots
  for _, name in ipairs(roots.wrap) do
    if facts.symbol == "__wrap_" .. name then
      add(facts, ("define it, or take away --wrap=%s"):format(
          place.name(name)), "the line says --wrap=%s, so that whoever "
          .. "wants %s gets this name instead, and nothing defines it",
          place.name(name), place.name(name))
    elseif facts.symbol == "__real_" .. name then
      add(facts, nil, "with --wrap=%s it stands for %s itself, which nothing "
          .. "defines", place.name(name), place.name(name))
    end
  end
  for _, one in ipairs(roots.defsym) do
    if one[2] == facts.symbol then
      add(facts, nil, "the line says that %s is to be this name (--defsym), "
          .. "and nothing defines it", place.name(one[1]))
    end
  end
end


-- A library has "f@V1", and who wants "f" gets a default version only.
local function other_version(facts)
  local base, wanted = facts.symbol:match "^([^@]+)@+(.+)$"
  base = base or facts.symbol
  for i, entry in ipairs(facts.world.inputs) do
    if #facts.reasons >= MOST then return end
    local one = { file = entry.file, input = i }
    if entry.file:format() == "elf" and not facts.by_input[i]
       and scan.exports(entry.file, base) then
      local versions = {}
      local glob = literal(base) .. "@*"
      for name in facts.world.view:defined(glob):each() do
        if name:file() == entry.file then
          versions[#versions + 1] = place.name(name:text())
        end
      end
      add(facts, nil, "%s has it %s%s", place.of(facts.world, one),
          #versions > 0 and "as " .. table.concat(versions, " and ") .. " only"
          or wanted and "in another version only" or "in an old version only",
          wanted and "" or ", which new links do not take")
    end
  end
end


-- Definitions that no other file sees.
local function inside(facts)
  for i, one in ipairs(scan.inside(facts.world, facts.symbol)) do
    if i > MOST then return end
    local at = place.of(facts.world, one)
    if one.file:format() == "elf" and not one.member
       and pcall(one.file.defined, one.file, nil, "dynamic")
       and one.file:defines(nil, "dynamic") then
      add(facts, "export it there: visibility, version script, export list",
          "%s has it, but does not export it", at)
    else
      add(facts, "take away what makes it local there: static, a version "
          .. "script, objcopy --localize-symbol", "%s has it as a local "
          .. "symbol, which no other object can use", at)
    end
  end
end


-- == what is not on the line =================================================

local function near_names(facts, from, to)
  local n = 0
  for _, one in ipairs(scan.near(facts.world, facts.symbol)) do
    if one.rank >= from and one.rank <= to and n < MOST then
      n = n + 1
      local plain = core.demangled(one.text)
      add(facts, nil, "%s defines %s%s, which %s", place.of(facts.world, one),
          place.name(one.text),
          plain and (" (%s)"):format(place.cut(core.harmless(plain))) or "",
          one.how)
    end
  end
end


local function elsewhere(facts)
  local list, more = scan.beside(facts.world, facts.symbol)
  local told = {}
  table.sort(list, function (a, b)
    local one, other = a.option or a.path, b.option or b.path
    if #one ~= #other then return #one < #other end
    return one < other
  end)
  for _, one in ipairs(list) do
    local what = one.option or one.path
    if not told[what] and #facts.reasons < MOST then
      told[what] = true
      add(facts, one.option and ("add %s to the line"):format(
          core.printable(one.option)) or "add it to the line",
          "%s defines it, and is not on the line", core.printable(one.path))
    end
  end
  if more and #list == 0 then
    facts.notes[#facts.notes + 1] = "not all libraries in the linker's folders "
      .. "were looked into"
  end
end


--- Fill in `reasons`; winner: what linkers say, of a line.
function reasons.add(facts, winner)
  facts.reasons, facts.by_input = {}, {}
  for _, one in ipairs(facts.definitions) do
    if one.input then facts.by_input[one.input] = true end
  end
  if winner and winner.wanted and not winner.strongly then
    add(facts, nil, "it is wanted weakly only, so it may be missing: its "
        .. "address is 0 then")
  end
  if facts.world.link then
    by_options(facts)
    for _, one in ipairs(facts.definitions) do
      local why, hint = lto.unread(facts.world, one)
      if why then add(facts, hint, "%s", why) end
    end
    not_taken(facts)
    if #facts.reasons == 0 then other_version(facts) end
  end
  if #facts.reasons == 0 then inside(facts) end
  if #facts.reasons == 0 then near_names(facts, 1, 2) end
  if #facts.reasons == 0 then elsewhere(facts) end
  if #facts.reasons == 0 then near_names(facts, 3, 9) end
  if #facts.reasons > 0 then facts.because = facts.reasons[1].text end
end

return reasons
