--- What there is to say of a name, as JSON.

local dkjson = require "dkjson"
local core = require "symrun.core"
local json = require "symrun.json"
local place = require "symrun.why_place"

local why = {}

local null = dkjson.null

local order = { "symbol", "state", "winner", "definitions", "wanted_by",
                "pulled_in_by", "because", "reasons", "notes", "unread", "file",
                "member", "index", "name", "binding", "linked", "library",
                "hint", "escaped" }


local function placed(one)
  local out = { member = null }
  json.put(out, "file", one.file and place.path(one.file))
  if one.member then
    out.member = { index = one.member:index() }
    json.put(out.member, "name", one.member:name())
  end
  return out
end


local function about(one)
  local out = placed(one)
  out.binding = one.kind:find "^wants" and (one.kind == "wants" and "strong"
                                            or "weak") or one.kind
  out.linked = one.linked ~= nil
  out.library = one.library or false
  return out
end


local function each(list, f)
  local out = json.array {}
  for i, one in ipairs(list) do out[i] = f(one) end
  return out
end


local function pulled(facts)
  local unit = facts.winner and facts.chain and facts.chain[1]
  if not unit or not unit.name or not unit.by then return null end
  local out = placed(unit.by)
  json.put(out, "symbol", unit.name)
  return out
end


local function reason(one)
  local out = {}
  json.put(out, "because", one.text)
  json.put(out, "hint", one.hint)
  return out
end


local function unread(gap)
  local out = {}
  json.put(out, "file", gap.input or gap.file)
  json.put(out, "because", gap.message)
  return out
end


function why.text(facts)
  local out = {
    state = facts.state, winner = facts.winner and placed(facts.winner) or null,
    definitions = each(facts.definitions, about),
    wanted_by = each(facts.wants, about), pulled_in_by = pulled(facts),
    reasons = each(facts.reasons or {}, reason),
    notes = each(facts.notes, function (text)
      return (core.harmless(text))
    end),
    unread = each(facts.world.gaps or {}, unread),
  }
  if facts.world.broken then
    table.insert(out.unread, unread { message = facts.world.broken })
  end
  json.put(out, "symbol", facts.symbol)
  json.put(out, "because", facts.because)
  return dkjson.encode(out, { indent = true, keyorder = order }) .. "\n"
end

return why
