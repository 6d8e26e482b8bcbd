--- Policies for link lines that any project can use, one line each:
--
--   rule "mine/options" (must.not_use { options = { "/FORCE" } })
--
-- They stand in symrun.must, beside those for files.  `each` says which links a
-- policy is about: all of them, unless it says links { makes = "library" }.

local core = require "symrun.core"
local inputs = require "symrun.link_inputs"
local known = require "symrun.link_options"
local select = require "symrun.select"

local must = {}


-- Fields that a policy knows, the list that it needs first.
local function fields(options, list, more)
  local allowed = { each = true, [list] = true }
  for _, name in ipairs(more or {}) do allowed[name] = true end
  if type(options) ~= "table" then
    error(("a table is expected, such as { %s = ... }"):format(list), 3)
  end
  for key in pairs(options) do
    if not allowed[key] then
      local names = {}
      for name in pairs(allowed) do names[#names + 1] = name end
      table.sort(names)
      error(("there is no option '%s' here; there are %s"):format(tostring(key),
            table.concat(names, ", ")), 3)
    end
  end
  local given = options[list]
  if type(given) ~= "table" then
    error(("option '%s' is %s"):format(list, given == nil and "missing"
                                       or "a list"), 3)
  end
  if options.each and (not select.is(options.each)
                       or options.each.kind ~= "link") then
    error("option 'each' is links, such as links { makes = \"library\" }", 3)
  end
  return options.each or select.links()
end


local function no_list(list, what, report)
  if #list > 0 then return false end
  report.unknown(nil, "no %s were given, so nothing was checked", what)
  return true
end


local function is_in(list, value)
  for _, each in ipairs(list) do
    if each == value then return true end
  end
  return false
end


--- None of these options is on the line, in any spelling: "--name", "/NAME",
--- "-z name" with its value.
function must.not_use(options)
  local each = fields(options, "options")
  for _, name in ipairs(options.options) do
    local why = known.check(name)
    if why then error(why, 2) end
  end
  return {
    about = "the line says nothing of " .. table.concat(options.options, ", "),
    story = [[
A symbol was missing, and somebody in a hurry told the linker not to mind.  It
linked for a year; then a function was really gone, its calls went to address
zero, and no build had said a word.]],
    each = each,
    check = function (link, report)
      if no_list(options.options, "options", report) then return end
      local seen = {}  -- an option may have two of the names
      for _, name in ipairs(options.options) do
        for part in link:options(name) do
          if not is_in(seen, part) then
            report(part, "must not be on the line"):fix(link:drop(part))
          end
          seen[#seen + 1] = part
        end
      end
    end,
  }
end


-- The inputs of a link that a pattern takes, as they were typed.
local function taken(link, pattern)
  local out = {}
  for _, file in ipairs(link:inputs()) do
    if core.match(pattern, inputs.path(file), "path") then
      out[#out + 1] = file
    end
  end
  return out
end


local function check_patterns(list)
  for _, pattern in ipairs(list) do
    local ok, why = pcall(core.glob, pattern, "path")
    if not ok then error(why, 3) end
  end
end


-- "perry_stdlib" of build/libperry_stdlib.a: libraries are known by that.
local function name_of(file)
  local name = inputs.path(file):match "[^/\\]*$"
  return (name:gsub("%.[%w.]*$", ""):gsub("^lib", ""))
end


local function word_of(link, file)
  return ("word %d"):format(link:part_of(file):word())
end


local function is_taken(file, patterns)
  for i, pattern in ipairs(patterns) do
    if core.match(pattern, inputs.path(file), "path") then return i end
  end
end


-- Archives that come again, perhaps from another folder.
local function report_twice(link, patterns, report)
  local here = {}
  for _, file in ipairs(link:archives()) do
    local name = name_of(file)
    local first = here[name]
    here[name] = first or file
    if first and is_taken(file, patterns) then
      report(file, "is on the line twice: %s is there as %s",
             inputs.path(first), word_of(link, first))
    end
  end
end


--- Each of these path patterns is that of an input; with `every`, a selector,
--- so is every library below the inputs that it takes, by name.  None is twice
--- on the line.
function must.link(options)
  local each = fields(options, "files", { "every" })
  check_patterns(options.files)
  local with
  if options.every then
    if not select.is(options.every) then
      error("option 'every' is a selector, such as archives \"**/libx_*.a\"",
            2)
    end
    with = { every = select.all(options.every, "or none") }
  end
  return {
    about = "the line links all that it should, and once",
    story = [[
A fast path of the driver put together the line, and left out a library that
the program's imports had asked for.  Who had only that path linked without it
and met "undefined symbol" in code that nobody had touched; or it was there
twice, from two builds, and the older one won.]],
    each = each, with = with,
    check = function (link, report, with_all)
      local here = {}
      for _, file in ipairs(link:inputs()) do
        if file:format() ~= "other" then here[name_of(file)] = true end
      end
      report_twice(link, options.files, report)
      for _, pattern in ipairs(options.files) do
        if #taken(link, pattern) == 0 then
          report(link, "no input is named like %s", pattern)
        end
      end
      for _, file in ipairs(with and with_all.every or {}) do
        if not here[name_of(file)] then
          report(file, "is not on the line"):hint("add it to %s", link)
        end
      end
      if #options.files == 0 and (not with or #with_all.every == 0) then
        no_list({}, "files", report)
      end
    end,
  }
end


--- Inputs stand in the order of these path patterns: what the first takes
--- before what the second does, and so on.
function must.link_in_order(options)
  local each = fields(options, "files")
  check_patterns(options.files)
  return {
    about = "inputs stand in order: " .. table.concat(options.files, ", "),
    story = [[
Two libraries had the same function, an old one and the one that should be
called.  A linker takes what it meets first; somebody sorted the list of
libraries, and a bug came back that had been fixed for months.]],
    each = each,
    check = function (link, report)
      if no_list(options.files, "files", report) then return end
      local last, highest = nil, 0
      for _, file in ipairs(link:inputs()) do
        local rank = is_taken(file, options.files)
        if rank and rank < highest then
          report(file, "stands behind %s (%s), and must stand before it",
                 inputs.path(last), word_of(link, last))
        elseif rank and rank > highest then
          last, highest = file, rank
        end
      end
      if not last then
        report.unknown(link, "no input is named like any of %s, so no order "
                       .. "was checked", table.concat(options.files, ", "))
      end
    end,
  }
end


--- The line exports all these names, as far as its inputs define and show them,
--- each pattern by one at least.
function must.link_exporting(options)
  local each = fields(options, "names")
  return {
    about = "what is linked exports " .. table.concat(options.names, ", "),
    story = [[
A library in C was linked into one in Rust, to be called through it.  It linked,
and nobody could call: the compiler hands the linker a list of what is exported,
and names of C are not on it.  No option adds to such a list; only an edited one
in its place does, and that is what this rule asks for.]],
    each = each,
    check = function (link, report)
      if no_list(options.names, "names", report) then return end
      for _, name in ipairs(options.names) do
        local offered = link:offered(name)
        if offered:empty() then
          report(link, "nothing that is linked defines %s, and shows it", name)
        end
        local hidden = offered - link:exported(name)
        if not hidden:empty() then
          report(link, "hides %s", hidden):fix(link:export(hidden))
        end
      end
    end,
  }
end

return must
