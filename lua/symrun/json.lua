--- The plan as JSON, schema 1.
--
-- JSON holds text and symbols hold bytes: where a string is not UTF-8, its
-- offending bytes are written \xHH, its backslashes \x5c, and the object that
-- holds it lists the key in "escaped".

local core = require "symrun.core"
local dkjson = require "dkjson"

local json = {}

local order = {
  "schema", "tool", "verdict", "checked", "findings", "edits", "name",
  "version", "rules", "files", "members", "symbols", "not_run", "rule", "op",
  "level", "state", "input", "file", "slice", "member", "symbol", "names", "to",
  "link", "unknown", "index", "output", "word", "change", "offset", "field",
  "reason", "message", "hint", "why", "applied", "fingerprint", "escaped",
}

local null = dkjson.null


--- A table that is an array though it may be empty.
function json.array(t)
  return setmetatable(t, { __jsontype = "array" })
end


-- The longest well-formed UTF-8 at `i`, as utf8.len counts it.
local function escape(s)
  if utf8.len(s) then return s end
  local out, i = {}, 1
  while i <= #s do
    local ok, bad = utf8.len(s, i)
    local stop = ok and #s or bad - 1
    out[#out + 1] = s:sub(i, stop):gsub("\\", "\\x5c")
    if ok then break end
    out[#out + 1] = ("\\x%02x"):format(s:byte(bad))
    i = bad + 1
  end
  return table.concat(out), true
end


--- Set a string that may hold any byte.
function json.put(object, key, value)
  if value == nil then object[key] = null; return end
  local text, escaped = escape(value)
  object[key] = text
  if escaped then
    object.escaped = object.escaped or json.array {}
    table.insert(object.escaped, key)
  end
end


local function member(f)
  if not f.member then return null end
  local out = { index = f.index }
  json.put(out, "name", f.member)
  return out
end


-- Which link it is about, and which word of its line.
local function link(of)
  if not of then return null end
  local out = { word = of.word or null }
  json.put(out, "output", of.output)
  if of.change then json.put(out, "change", of.change) end
  return out
end


local function finding(f)
  local out = {
    rule = f.rule, level = f.level, slice = f.slice or null,
    link = link(f.link),
    state = f.unknown and "unknown" or "violated",
    member = member(f), fingerprint = f.fingerprint, unknown = null,
  }
  json.put(out, "input", f.input)
  json.put(out, "file", f.file)
  json.put(out, "symbol", f.symbol)
  json.put(out, "message", f.message)
  json.put(out, "hint", f.hint)
  if f.unknown then
    out.unknown = { offset = f.offset, field = f.field or null }
    json.put(out.unknown, "reason", f.message)
  end
  return out
end


local function edit(e)
  local out = { rule = e.rule, op = e.op, member = member(e),
                applied = e.applied or false }
  json.put(out, "file", e.file)
  json.put(out, "why", e.why)
  if e.to then json.put(out, "to", e.to) end
  if e.link then out.link = link(e.link) end
  local any = false
  out.names = json.array {}
  for i, name in ipairs(e.names) do
    local text, escaped = escape(name)
    out.names[i] = text
    any = any or escaped
  end
  if any then
    out.escaped = out.escaped or json.array {}
    table.insert(out.escaped, "names")
  end
  return out
end


function json.text(plan)
  local findings, edits, not_run = json.array {}, json.array {}, json.array {}
  for i, why in ipairs(plan.not_run) do not_run[i] = why:match "^[^:]*" end
  for i, f in ipairs(plan.findings) do findings[i] = finding(f) end
  for i, e in ipairs(plan.edits) do edits[i] = edit(e) end
  return dkjson.encode({
    schema = 1,
    tool = { name = "symrun", version = core.version },
    verdict = plan.verdict,
    checked = { rules = plan.rules, files = plan.files, members = plan.members,
                symbols = plan.symbols, not_run = not_run },
    findings = findings,
    edits = edits,
  }, { indent = true, keyorder = order }) .. "\n"
end

return json
