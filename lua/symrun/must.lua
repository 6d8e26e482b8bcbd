--- Policies that any project can use, one line each:
--
--   rule "mine/exports" (must.export { each = libraries "**/*.so",
--                                      names = { "mine_*" } })
--
-- Each function gives the fields of a rule.  `each` says what it is about,
-- `allow` is always a list of name patterns that are let off.

local core = require "symrun.core"

local must = {}


-- Does one of the patterns take the name?
local function allowed(patterns, name)
  for _, pattern in ipairs(patterns or {}) do
    if core.match(pattern, name) then return true end
  end
  return false
end


local function fields(options, known, required)
  for key in pairs(options) do
    if not known[key] then
      local names = {}
      for name in pairs(known) do names[#names + 1] = name end
      table.sort(names)
      error(("there is no option '%s' here; there are %s"):format(tostring(key),
        table.concat(names, ", ")), 3)
    end
  end
  for _, key in ipairs(required) do
    if options[key] == nil then
      error(("option '%s' is missing"):format(key), 3)
    end
  end
  for _, key in ipairs { "names", "allow", "crates", "recorded" } do
    if options[key] ~= nil and type(options[key]) ~= "table" then
      error(("option '%s' is a list of names"):format(key), 3)
    end
  end
end


local function is_pattern(name) return name:find "[*?%[{]" ~= nil end


-- A list that names nothing checks nothing.
local function no_names(options, subject, report)
  if #options.names > 0 then return false end
  report.unknown(subject, "no names were given, so nothing was checked")
    :hint("list them in the rule, or say -D names='mine_*,mine_open'")
  return true
end


-- How a sentence calls a list.
local function listed(names)
  return #names > 0 and table.concat(names, ", ") or "what is listed"
end


--- All these names are exported, each pattern by one name at least, and
--- nothing else is.  `view` is `dynamic` for libraries, `native` for archives.
function must.export(options)
  fields(options, { each = 1, names = 1, allow = 1, view = 1, more = 1 },
         { "each", "names" })
  local view = options.view or options.each.kind == "library" and "dynamic"
               or options.each.kind == "executable" and "dynamic" or "native"
  return {
    about = "it exports " .. listed(options.names)
            .. (options.more and "" or ", and nothing else"),
    story = [[
A function that users call was renamed, hidden by a flag, or left out by a
linker that saw no use of it; or a helper that nobody should call was shown,
and two years later somebody did.]],
    each = options.each,
    check = function (subject, report)
      if no_names(options, subject, report) then return end
      for _, name in ipairs(options.names) do
        if subject:exported(name, view):empty() then
          report(subject, is_pattern(name) and "exports no name like %s"
                          or "does not export %s", name)
        end
      end
      if options.more then return end
      for name in subject:exported(nil, view):each() do
        if not allowed(options.names, name:text())
           and not allowed(options.allow, name:text()) then
          report(name, "exports %s, which is not on the list", name)
            :hint("make it static or hidden, or put it on the list")
        end
      end
    end,
  }
end


-- Are the members that hold these places equal to the byte?  `known` keeps
-- what was found out, for two members may share a thousand names.
local function identical(list, known)
  local first
  for _, place in ipairs(list) do
    local member, file = place:member(), place:file()
    local key = ("%s\0%s\0%s"):format(file:input(), file:path(),
                                      member and member:index())
    known[key] = known[key] or (member or file):digest()
    first = first or known[key]
    if known[key] ~= first then return false end
  end
  return true
end


local function where(place)
  local member = place:member()
  if not member then return tostring(place:file()) end
  return ("%s(%s)"):format(place:file(), member)
end


--- No name is defined strongly twice.  Weak, common and COMDAT definitions
--- give way and do not count; equal copies of one member are a note.
function must.define_once(options)
  fields(options, { each = 1, allow = 1 }, { "each" })
  return {
    about = "no name is strongly defined twice",
    story = [[
Two archives brought the same function.  The linker took the first copy that it
met and never looked at the second; which one that was depended on the order of
the line, and one day somebody sorted it.]],
    each = options.each,
    check = function (subject, report)
      local clashes, known = subject:index():duplicates(), {}
      for name in clashes:each() do
        if not allowed(options.allow, name:text()) then
          local list = clashes:places(name)
          local say = identical(list, known) and report.note or report
          say(name, "%s is defined here and in %s%s", name, where(list[2]),
              #list > 2 and (", and in %d more"):format(#list - 2) or "")
        end
      end
    end,
  }
end


-- What the system's own first objects and the linker define for every program,
-- beside the names that core.linkers_give knows.
local made_elsewhere = {
  "_init", "_fini", "{__,_,}data_start", "__{start,stop}_*", "{_,}bss_start",
  "__{edata,end}",
}


--- Every name that is wanted is defined somewhere, or allowed to come from
--- elsewhere.  What linkers define themselves is always allowed.
function must.resolve(options)
  fields(options, { each = 1, allow = 1 }, { "each" })
  return {
    about = "every name that is wanted is defined, or allowed",
    story = [[
A static library is not linked when it is made, so nothing tells that a file is
missing from it.  The first to know is whoever links it.]],
    each = options.each,
    check = function (subject, report)
      for name in subject:index():unresolved():each() do
        if not allowed(options.allow, name:text())
           and not core.linkers_give(name:text())
           and not allowed(made_elsewhere, name:text()) then
          report(name, "wants %s, which nothing here defines", name)
        end
      end
    end,
  }
end


--- The archive's index names what its members define, and nothing else.
function must.index_truly(options)
  fields(options, { each = 1, allow = 1 }, { "each" })
  return {
    about = "the archive's index is true",
    story = [[
Linkers read an archive's index and not its members.  An ar that ran with the
wrong plugin, or a strip that ran without ranlib, left an index that misses
names: "undefined reference", with the archive on the line and the symbol in
it.]],
    each = options.each,
    check = function (archive, report)
      local defined = archive:defined()
      local indexed = archive:defined(nil, "index")
      for member, names in (defined - indexed):by_member() do
        report(member, "defines %s, and the archive's index does not say so",
               names):fix(archive:reindex())
      end
      for name in (indexed - defined):each() do
        if not allowed(options.allow, name:text()) then
          report(archive, "has an index that promises %s, which no member "
                 .. "defines", name):fix(archive:reindex())
        end
      end
    end,
  }
end


-- With fat LTO all crates of an archive are one member, and only the code
-- tells that a crate is in it.
local function hidden(archive, name)
  local crate = name:gsub("-", "_")
  return not archive:defined_inside(("*%d%s*"):format(#crate, crate)):empty()
end


--- The builds of a crate that the members of an archive are evidence of, as a
--- sorted list of hashes: "tokio-0123456789abcdef." begins the name of a
--- member, or follows a dot; "tokio_util-..." is another crate.
function must.builds(archive, name)
  local list, seen = {}, {}
  for member in archive:members("*" .. name .. "-*"):each() do
    local id = ("." .. member:name())
               :match("%." .. name:gsub("%p", "%%%0") .. "%-(%x+)%.")
    if id and not seen[id] then
      seen[id] = true
      list[#list + 1] = id
    end
  end
  table.sort(list)
  return list
end


--- Of each of these crates all archives hold the same build.
function must.hold_one_copy(options)
  fields(options, { each = 1, crates = 1 }, { "each", "crates" })
  return {
    about = "one copy of " .. table.concat(options.crates, ", "),
    story = [[
Two archives were built on different days and brought two builds of one crate.
Names differ by a hash, so nothing clashed and everything linked; but each copy
has state of its own.]],
    each = require "symrun.select".tree,
    with = { archives = require "symrun.select".all(options.each) },
    check = function (tree, report, with)
      for _, name in ipairs(options.crates) do
        local first, from
        for _, archive in ipairs(with.archives) do
          local here = table.concat(must.builds(archive, name), " and ")
          if here == "" and hidden(archive, name) then
            report.unknown(archive, "holds code of %s, and no member tells "
                           .. "which build of it", name)
              :hint("build it without fat LTO to find out")
          end
          if here ~= "" and first and here ~= first then
            report(archive, "holds %s %s, and %s holds %s", name, here, from,
                   first):hint("build both in one go")
          elseif here ~= "" and not first then
            first, from = here, archive
          end
        end
        if not first then
          report.unknown(tree, "no archive holds a build of %s, so nothing was "
                         .. "compared", name)
        end
      end
    end,
  }
end


--- What is defined and named like this is on a recorded list, which may only
--- shrink: a name that is gone must come off the list.
function must.only_shrink(options)
  fields(options, { each = 1, names = 1, recorded = 1 },
         { "each", "names", "recorded" })
  return {
    about = "the recorded list of " .. listed(options.names)
            .. " only shrinks",
    story = [[
Old names were to be removed, a few each month.  Nobody looked, and there were
more of them each month; or a name came off, came back, and the list still
allowed it.]],
    each = options.each,
    check = function (subject, report)
      if no_names(options, subject, report) then return end
      local here = {}
      for _, pattern in ipairs(options.names) do
        for name in subject:defined(pattern):each() do
          here[name:text()] = true
          if not allowed(options.recorded, name:text()) then
            report(name, "defines %s, which is not on the list", name)
              :hint("the list may only shrink: use something else")
          end
        end
      end
      for _, name in ipairs(options.recorded) do
        if not here[name] then
          report(subject, "no longer defines %s: take it off the list", name)
        end
      end
    end,
  }
end

for _, more in ipairs { "symrun.must_link", "symrun.must_provide",
                        "symrun.must_views" } do
  for name, policy in pairs(require(more)) do must[name] = policy end
end

return must
