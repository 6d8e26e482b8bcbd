--- symrun why: who gives a name, who wants it, and what pulled that in; or why
--- nobody gives it.
--
-- A tree has no order, so there nobody wins: what is told is who defines the
-- name and who wants it.

local check = require "symrun.check"
local core = require "symrun.core"
local literal = require "symrun.literal"
local options = require "symrun.options"
local output = require "symrun.output"
local place = require "symrun.why_place"

local why = {}

local last = options.last


-- == what is looked at =======================================================

local read_by_linkers = { archive = true, object = true, library = true }

-- A tree: no link, so its parts may be for many targets.
local function from_tree(tree)
  local entries = {}
  for kind in pairs(read_by_linkers) do
    for _, file in ipairs(core.select(tree, kind)) do
      entries[#entries + 1] = { file = file, by = "tree" }
    end
  end
  table.sort(entries, function (a, b)
    return place.path(a.file) < place.path(b.file)
  end)
  return { view = core.resolve(entries, { tree = true }), entries = entries,
           inputs = entries, doubts = {}, gaps = {},
           folders = core.unread(tree) }
end


--- A link line as what names are asked of.
function why.world(words, out)
  local link = check.link(words, out)
  local broken = link:broken()
  local all = require "symrun.link_resolve".open(link)
  local list = { table.unpack(all.doubts) }
  if broken then  -- what it is about is told once
    local about = broken:match "^the %S+ %S+ "
    for i = #list, 1, -1 do
      local same = about and list[i]:sub(1, #about) == about
      if same then table.remove(list, i) end
    end
    table.insert(list, 1, broken)
  end
  all.doubts = list
  return setmetatable({ link = link, view = all.views[all.linkers[1]],
                        linker = all.linkers[1], gaps = {}, broken = broken,
                        says = (all.linkers[1]:gsub("%-14$", "")) },
                      { __index = all })
end


-- == which name is meant =====================================================

-- What of a world has a name that a glob matches.
local function matching(world, glob, found)
  for _, entry in ipairs(world.inputs) do
    local shared = entry.file:format() == "elf"
    for _, view in ipairs(shared and { false, "dynamic" } or { false }) do
      for _, question in ipairs { "defined", "undefined" } do
        pcall(function ()
          local file = entry.file
          for name in file[question](file, glob, view or nil):each() do
            found[name:text()] = true
          end
        end)
      end
    end
  end
end


-- Names that people write so: "f(int)", or "f" for all of them.
local function demangled(world, text)
  local found, list = {}, {}
  local glob = literal(text)
  matching(world, ("C:{%s,%s(*,%s::h*,%s@*}"):format(glob, glob, glob, glob),
           found)
  for name in pairs(found) do
    if #world.view:about(name) > 0 then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end


-- The ways to write a raw name, the likeliest first: files are told by names as
-- their sources have them.
local function spellings(world, text)
  local out = { text }
  local dialect = world.link and world.link.dialect
  if dialect == "apple" or not world.link then
    table.insert(out, dialect and 1 or 2, (text:gsub("^_", "", 1)))
  end
  if dialect == "msvc" or not world.link then
    out[#out + 1] = text:gsub("^_", ""):gsub("@%d+$", "")
    out[#out + 1] = (text:gsub("^__imp__?", ""):gsub("@%d+$", ""))
  end
  return out
end


--- The raw name; or nil and all that it could be.
function why.name(world, text)
  for _, name in ipairs(spellings(world, text)) do
    if #world.view:about(name) > 0 then return name end
  end
  local list = demangled(world, text)
  if #list == 0 then return text end
  if #list == 1 then return list[1] end
  return nil, list
end


-- == facts ===================================================================

--- What there is to say of a name, for whoever prints it.
function why.facts(world, name)
  local facts = { symbol = name, demangled = core.demangled(name),
                  world = world, definitions = {}, wants = {}, notes = {},
                  winner = nil, state = "undefined" }
  world.asked = world.asked or { name }
  for _, one in ipairs(world.view:about(name)) do
    local list = one.kind:find "^wants" and facts.wants or facts.definitions
    list[#list + 1] = one
  end
  if world.link then require "symrun.why_line".add(facts)
  else require "symrun.why_tree".add(facts) end
  return facts
end


-- Put what could not be read into a list, each once.
local function gather(list, seen)
  for _, finding in ipairs(core.findings()) do
    local key = ("%s\0%s\0%s"):format(finding.input or finding.file,
                                      finding.member, finding.message)
    if finding.unknown and not seen[key] then list[#list + 1] = finding end
    seen[key] = true
  end
end


--- What could not be read, as findings; damage first, which counts whatever is
--- asked: world.damaged is true then.
function why.gaps(world)
  local list, seen = {}, {}
  core.evaluate("why", 1, "", nil, function () end)  -- what was asked before
  local before = #core.findings()
  for _, entry in ipairs(world.inputs) do
    core.evaluate("why", 1, "", entry.file, function () end)
  end
  for _, folder in ipairs(world.folders or {}) do
    list[#list + 1] = { input = folder.input, file = folder.path,
                        message = "this folder " .. folder.reason }
  end
  world.damaged = #list > 0 or #core.findings() > before
                  or world.broken ~= nil
  gather(list, seen)
  core.evaluate("why", 1, "", nil, function () world.view:unknown() end)
  gather(list, seen)
  return list
end


-- == the verb ================================================================

local status = { defined = 0, undefined = 1, unknown = 2 }

local writers = {
  text = "symrun.why_text", json = "symrun.why_json", dot = "symrun.why_dot",
  svg = "symrun.why_svg",
}


--- As text in a format.
function why.written(facts, format, opt)
  return require(writers[format]).text(facts, opt or {})
end


local function several(text, list)
  options.say("%s may be any of these; name one of them:",
              core.printable(text))
  for _, name in ipairs(list) do
    local plain = core.demangled(name)
    io.stderr:write("  ", core.printable(name),
                    plain and "  " .. core.harmless(plain) or "", "\n")
  end
  return 2
end


--- plain: SYMBOL and inputs; after: the words of a line.
function why.main(plain, out, host, after)
  local text = table.remove(plain, 1)
  if not text then
    options.say "why takes a symbol first, then inputs, or a line after '--'"
    return 2
  end
  if after and #plain > 0 then
    options.say "why takes inputs or a link line, not both"
    return 2
  end
  local world
  if after then
    local ok, made = pcall(why.world, after, out)
    if not ok then options.say("%s", made) return 2 end
    world = made
  else
    local tree, failed = check.tree(plain, out)
    if not tree then options.say("%s", failed) return 2 end
    world = from_tree(tree)
    if #world.entries == 0 then
      options.say(#plain == 0 and "nothing was named to look at"
                  or "there is no file to look at")
      return 2
    end
  end
  world.gaps = why.gaps(world)  -- before files are asked for near names
  local name, list = why.name(world, text)
  if not name then return several(text, list) end
  local facts = why.facts(world, name)
  local shown = why.written(facts, last(out.format, "text"),
                            { color = output.colored(out, host) })
  local printed = output.print((shown:gsub("\n$", "")))
  if printed ~= 0 then return printed end
  return world.damaged and 2 or status[facts.state]
end

return why
