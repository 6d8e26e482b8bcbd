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

local why = {}

local last = options.last


-- == what is looked at =======================================================

local read_by_linkers = { archive = true, object = true, library = true }

-- A tree as a link in which everything is offered.
local function from_tree(tree)
  local entries = {}
  for kind in pairs(read_by_linkers) do
    for _, file in ipairs(core.select(tree, kind)) do
      entries[#entries + 1] = { file = file, by = "tree" }
    end
  end
  table.sort(entries, function (a, b)
    return tostring(a.file) < tostring(b.file)
  end)
  return { view = core.resolve(entries, {}), entries = entries, doubts = {} }
end


--- A link line as what names are asked of.
function why.world(words, out)
  local link = check.link(words, out)
  local broken = link:broken()
  local all = require "symrun.link_resolve".of(link)
  local list = { table.unpack(all.doubts) }
  if broken then table.insert(list, 1, broken) end
  return { link = link, entries = all.entries, doubts = list,
           linker = all.linkers[1], linkers = all.linkers,
           view = all.views[all.linkers[1]], views = all.views }
end


-- == which name is meant =====================================================

-- Names that people write so: "f(int)", or "f" for all of them.
local function demangled(world, text)
  local found, list = {}, {}
  for _, glob in ipairs { "C:" .. literal(text),
                          "C:" .. literal(text) .. "(*",
                          "C:" .. literal(text) .. "::h*" } do
    for _, entry in ipairs(world.entries) do
      -- (what one file cannot tell does not hide what others do)
      pcall(function ()
        for _, names in ipairs { entry.file:defined(glob),
                                 entry.file:undefined(glob) } do
          for name in names:each() do found[name:text()] = true end
        end
      end)
    end
  end
  for name in pairs(found) do list[#list + 1] = name end
  table.sort(list)
  return list
end


--- The raw name; or nil and all that it could be.
function why.name(world, text)
  if #world.view:about(text) > 0 then return text end
  local ok, list = pcall(demangled, world, text)
  if not ok or #list == 0 then return text end
  if #list == 1 then return list[1] end
  return nil, list
end


-- == facts ===================================================================

--- What there is to say of a name, for whoever prints it.
function why.facts(world, name)
  local facts = { symbol = name, demangled = core.demangled(name),
                  world = world, definitions = {}, wants = {},
                  winner = nil, state = "undefined" }
  for _, one in ipairs(world.view:about(name)) do
    local list = one.kind:find "^wants" and facts.wants or facts.definitions
    list[#list + 1] = one
  end
  if world.link then require "symrun.why_line".add(facts)
  else require "symrun.why_tree".add(facts) end
  return facts
end


--- What could not be read, as findings.
function why.gaps(world)
  core.evaluate("why", 1, "", nil, function () world.view:unknown() end)
  local list = {}
  for _, finding in ipairs(core.findings()) do
    if finding.unknown then list[#list + 1] = finding end
  end
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
    options.say "why takes a symbol first, and then inputs, or a line after '--'"
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
  local name, list = why.name(world, text)
  if not name then return several(text, list) end
  world.gaps = why.gaps(world)
  local facts = why.facts(world, name)
  local shown = why.written(facts, last(out.format, "text"),
                            { color = output.colored(out, host) })
  local printed = output.print((shown:gsub("\n$", "")))
  return printed == 0 and status[facts.state] or printed
end

return why
