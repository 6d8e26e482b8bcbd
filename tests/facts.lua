--- What specs of facts share: every question to every file, as data.

local helper = require "helper"
local json = require "dkjson"

local facts = {}

-- A rule for each question, so that one that cannot be told hides no other.
local RULES = [[
local symrun = require "symrun"
local function ask(name, say)
  symrun.rule("fact/" .. name) { about = "tells it", each = symrun.files "**/*",
    check = function (file, report)
      for member in file:members():each() do
        report.note(member, "%s", say(member))
      end
    end }
end
local function list(...)
  local texts, kind = ...
  return table.concat(texts, "\n") .. (kind and "\n" .. kind or "")
end
for _, name in ipairs { "needed", "producers", "run_paths" } do
  ask(name, function (x) return list(x[name](x)) end)
end
for _, name in ipairs { "soname", "interpreter", "build_id", "executable_stack",
                        "text_relocations" } do
  ask(name, function (x) return tostring(x[name](x)) end)
end
ask("constructors", function (x)
  local parts = {}
  for i, one in ipairs(x:constructors()) do
    parts[i] = one.section .. " " .. one.count
  end
  return table.concat(parts, "\n")
end)
ask("functions", function (x)
  local parts = {}
  for i, one in ipairs(x:constructors()) do
    parts[i] = one.section .. ": " .. table.concat(one.functions, " ")
  end
  return table.concat(parts, "\n")
end)
ask("lto", function (x)
  local l = x:lto()
  return l and ("%s %s in '%s'%s%s"):format(l.code, l.kind, l.section,
    l.native and ", native" or "", l.embedded and ", embedded" or "") or "none"
end)
for _, name in ipairs { "machine", "bits", "endian", "os", "abi" } do
  ask(name, function (x) return tostring(x:target()[name]) end)
end
]]


local SECTIONS = [[
local symrun = require "symrun"
symrun.rule "fact/sections" { about = "tells sections",
  each = symrun.files "**/*",
  check = function (file, report)
    for _, name in ipairs { "plain", "kept", "data", "ro", "bss", "left_out",
                            "twice", "wanted", "nobody", "inl", "lost" } do
      for _, s in ipairs(file:sections_of(name)) do
        report.note(file, "%s %s %d %s%s%s%s%s", name, s.name, s.size,
          s.writable and "W" or "", s.executable and "X" or "",
          s.retain and "R" or "", s.exclude and "E" or "",
          s.comdat and "C" or "")
      end
    end
  end }
]]


--- Gives { [file] = { [fact] = text } }, where what is unknown is a table with
--- the reason, the offset and the field.  Members are "file(name)".
function facts.ask(files, folder)
  local rule = folder .. "/facts.lua"
  helper.write(rule, RULES)
  local words = { "--format", "json", rule }
  table.move(files, 1, #files, 4, words)
  local _, out, err = helper.symrun(words, folder)
  local report = assert(json.decode(out), out .. err)
  local all = {}
  for _, finding in ipairs(report.findings) do
    local key = finding.input or finding.file or "?"
    if finding.member then key = key .. "(" .. finding.member.name .. ")" end
    all[key] = all[key] or {}
    local fact = assert(finding.rule:match "^fact/(.*)", finding.message)
    all[key][fact] = finding.state ~= "unknown" and finding.message
      or { reason = finding.unknown and finding.unknown.reason
                    or finding.message,
           offset = finding.unknown and finding.unknown.offset,
           field = finding.unknown and finding.unknown.field }
  end
  return all, report
end

--- "NAME SECTION SIZE FLAGS" for each definition of the names that specs use,
--- or what kept it from being told.
function facts.sections(file, folder)
  helper.write(folder .. "/sections.lua", SECTIONS)
  local _, out, err = helper.symrun({ "--format", "json", "sections.lua",
                                      file }, folder)
  local list = {}
  for i, finding in ipairs(assert(json.decode(out), err).findings) do
    list[i] = finding.message
  end
  return list
end

return facts
