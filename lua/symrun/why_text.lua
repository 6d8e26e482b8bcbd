--- What there is to say of a name, on one screen.

local core = require "symrun.core"
local place = require "symrun.why_place"

local text = {}

local MOST = 5  -- places of a kind that are shown


local function name_of(facts)
  local shown = place.name(facts.symbol)
  if not facts.demangled then return shown end
  return ("%s, %s,"):format(shown, place.cut(core.harmless(facts.demangled)))
end


local function headline(facts)
  local name = name_of(facts)
  if facts.state == "unknown" then
    if facts.likely then
      return ("nobody knows who gives %s: as far as could be read, %s")
               :format(name, place.of(facts.world, facts.likely))
    end
    return "nobody knows who gives " .. name
  elseif facts.winner then
    local what = facts.world.link and "is given by" or "is defined by"
    return ("%s %s %s"):format(name, what, place.of(facts.world, facts.winner))
  elseif facts.state == "defined" then
    return facts.world.link and name .. " is given by the linker"
           or ("%s is defined by %d"):format(name, #facts.definitions)
  end
  return name .. (facts.world.link
                  and " is not defined by anything that is linked"
                  or " is defined by nothing here")
end


local same = place.same


-- "strong, linked 3rd": what stands behind a place.
local function details(facts, one)
  local out = {}
  if one.library then out[1] = "shared library" end
  if one.lto then out[#out + 1] = "LTO code" end
  if not one.kind:find "^wants" then
    if not (one.library and one.kind == "strong") then
      out[#out + 1] = one.kind
    end
    if one.discarded then
      out[#out + 1] = "in a COMDAT copy that is not kept"
    end
  elseif one.kind == "wants weakly" then out[#out + 1] = "weakly" end
  if facts.world.link and not one.linked then
    out[#out + 1] = "not linked"
  end
  return table.concat(out, ", ")
end


-- Rows with a word before the first of them.
local function put(lines, word, facts, list)
  for i, one in ipairs(list) do
    if i > MOST then
      lines[#lines + 1] = ("%-10s and %d more"):format("", #list - MOST)
      break
    end
    local more = details(facts, one)
    lines[#lines + 1] = ("%-10s %s%s"):format(i == 1 and word or "",
      place.of(facts.world, one), more ~= "" and ("  (%s)"):format(more) or "")
  end
end


local function pulled(lines, facts)
  for i, unit in ipairs(facts.chain or {}) do
    if not unit.name or not unit.by then break end
    local by = unit.by
    lines[#lines + 1] = ("%-10s %s, which wants %s"):format(
      i == 1 and "pulled in" or "", by.line and "the line itself"
      or place.of(facts.world, by), place.name(unit.name))
    if i == MOST then break end
  end
end


local function wrapped(lines, word, sentence)
  local line, indent = word and ("%-10s"):format(word) or "", word and 10 or 3
  for each in core.harmless(sentence):gmatch "%S+" do
    if #line + #each + 1 > 79 and #line > indent then
      lines[#lines + 1] = line
      line = (" "):rep(indent)
    end
    line = line == "" and each or line .. " " .. each
  end
  lines[#lines + 1] = line
end


local function because(lines, facts)
  wrapped(lines, "because", facts.because or "")
  for i, reason in ipairs(facts.reasons or {}) do
    if i > 1 then wrapped(lines, "or", reason.text) end
    if reason.hint then wrapped(lines, "hint", reason.hint) end
  end
end


local function unread(lines, facts)
  for i, gap in ipairs(facts.world.gaps or {}) do
    if i > MOST then break end
    wrapped(lines, i == 1 and "unread" or "", ("%s%s: %s"):format(
      gap.input or gap.file or "", gap.member
      and ("(%s)"):format(gap.member) or "", gap.message))
  end
  local doubts = facts.state == "unknown" and facts.world.doubts
                 or { facts.world.broken }
  for i, doubt in ipairs(doubts) do
    wrapped(lines, i == 1 and "open" or "", doubt)
  end
end


--- As text for people.
function text.text(facts, opt)
  local lines = {}
  wrapped(lines, nil, headline(facts))
  for i, each in ipairs(opt.color and lines or {}) do
    lines[i] = "\27[1m" .. each .. "\27[m"
  end
  because(lines, facts)
  for _, note in ipairs(facts.notes) do wrapped(lines, "note", note) end
  local wins, loses = {}, {}
  for _, one in ipairs(facts.definitions) do
    local list = same(one, facts.winner) and wins or loses
    list[#list + 1] = one
  end
  put(lines, facts.world.link and "wins" or "defined", facts, wins)
  put(lines, facts.world.link and facts.winner and "loses" or "defined", facts,
      loses)
  put(lines, "wanted by", facts, facts.wants)
  pulled(lines, facts)
  if facts.state == "unknown" or facts.world.damaged then
    unread(lines, facts)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- The same in a few lines, for one of many names.
function text.short(facts)
  local lines = {}
  wrapped(lines, nil, headline(facts))
  because(lines, facts)
  local list = facts.clash and facts.definitions or facts.wants
  local some = {}
  for _, one in ipairs(list) do
    if one.linked and #some < 2 then some[#some + 1] = one end
  end
  put(lines, facts.clash and "defined" or "wanted by", facts, some)
  return table.concat(lines, "\n") .. "\n"
end

return text
