--- The plan as text for people.

local core = require "symrun.core"

local report = {}

local colors = {
  error = "31;1", unknown = "35;1", warning = "33;1", note = "36",
}


local function plural(n, word)
  local s = tostring(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  s = s:gsub("^,", "")
  return ("%s %s%s"):format(s, word, n == 1 and "" or "s")
end


-- "release/libx.a(b.o)", "libx.a (arm64)(b.o)": as it was typed, or below the
-- folder that was, which stands before it when several were.
local function place(f, inputs)
  if not f.file then
    return f.link and f.link.output
           and "the link of " .. core.printable(f.link.output)
  end
  local path = f.file
  if f.named then
    path = f.input
  elseif f.input and inputs > 1 then
    path = f.input:gsub("/$", "") .. "/" .. path
  end
  path = core.printable(path)
  if f.slice then path = ("%s (%s)"):format(path, f.slice) end
  if f.member then
    path = ("%s(%s)"):format(path, core.printable(f.member))
  end
  return path
end


-- What a rule says may hold names as they stand in a file; a terminal must
-- not obey them.
local function wrapped(text, indent, width)
  local lines, line = {}, indent
  for word in core.harmless(text):gmatch("%S+") do
    if utf8.len(line) + utf8.len(word) + 1 > width and line ~= indent then
      lines[#lines + 1] = line
      line = indent
    end
    line = line .. (line == indent and "" or " ") .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end


-- Where damage is: the field, unless the sentence has named it.
local function spot(f)
  if not f.unknown or not f.field then return "" end
  if f.message:find(f.field, 1, true) then
    return (" (at offset %d)"):format(f.offset)
  end
  return (" (%s at offset %d)"):format(f.field, f.offset)
end


local function count_of(plan)
  local n = { error = 0, warning = 0, note = 0, unknown = 0 }
  for _, f in ipairs(plan.findings) do
    local kind = f.unknown and "unknown" or f.level
    n[kind] = n[kind] + 1
  end
  return n
end


local function summary(plan)
  local n, parts = count_of(plan), {}
  for _, kind in ipairs { "error", "unknown", "warning", "note" } do
    if n[kind] > 0 then
      parts[#parts + 1] = kind == "unknown" and n[kind] .. " unknown"
                          or plural(n[kind], kind)
    end
  end
  local mended = 0
  for _, f in ipairs(plan.findings) do
    if f.mended then mended = mended + 1 end
  end
  if mended > 0 then parts[#parts + 1] = mended .. " mended" end
  return ("%s: %s%s over %s, %s and %s"):format(plan.verdict,
    #parts > 0 and table.concat(parts, ", ") .. "; " or "",
    plural(plan.rules, "rule"), plural(plan.files, "file"),
    plural(plan.members, "member"), plural(plan.symbols, "symbol"))
end


--- The whole report.  options: color, inputs (how many), quiet, passing (what
--- was not run is not told).
function report.text(plan, options)
  local out = {}
  local function paint(kind, text)
    if not options.color then return text end
    return ("\27[%sm%s\27[0m"):format(colors[kind], text)
  end
  for _, f in ipairs(plan.findings) do
    local kind = f.unknown and "unknown" or f.level
    local where = place(f, options.inputs or 1)
    out[#out + 1] = ("%s: %s%s"):format(paint(kind, kind), f.rule,
                                        where and ": " .. where or "")
    out[#out + 1] = wrapped(f.message .. spot(f), "    ", 79)
    if f.hint then
      out[#out + 1] = wrapped("hint: " .. f.hint, "    ", 79)
    end
    for _, what in ipairs(f.mended or {}) do
      out[#out + 1] = wrapped("mended: " .. what, "    ", 79)
    end
    out[#out + 1] = ""
  end
  for _, why in ipairs(plan.not_run) do
    if not (options.quiet or options.passing) then
      out[#out + 1] = "not run: " .. why
    end
  end
  if not options.quiet then out[#out + 1] = summary(plan) end
  if #out == 0 then return "" end
  return table.concat(out, "\n") .. "\n"
end

return report
