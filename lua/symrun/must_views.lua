--- A policy for what different tables of one file say:
--
--   rule "mine/views" (must.agree { each = archives "**/*.a",
--                                   views = { "native", "gcc-lto" } })
--
-- It stands in symrun.must, beside the others.

local core = require "symrun.core"
local select = require "symrun.select"

local must = {}

-- How sentences call views.
local called = {
  native = "its native symbols", bitcode = "its bitcode",
  ["gcc-lto"] = "its LTO table", dynamic = "its dynamic table",
  index = "the archive's index",
}

-- Those that an object may do without: a linker then reads the other.
local intermediate = { bitcode = true, ["gcc-lto"] = true }

-- What compilers for Windows call the code of a weak function in an object.
local made_for_weak = ".weak.*.default*"

local known = { each = "selector", views = "table", names = "table",
                allow = "table", everywhere = "boolean", hidden = "boolean" }


local function check_views(views)
  if #views ~= 2 or views[1] == views[2] then
    error("option 'views' is a list of two views", 3)
  end
  for _, view in ipairs(views) do
    if not called[view] then
      local names = {}
      for name in pairs(called) do names[#names + 1] = name end
      table.sort(names)
      error(("there is no view '%s'; there are %s"):format(
        core.printable(tostring(view)), table.concat(names, ", ")), 3)
    end
  end
end


local function check_options(options)
  if type(options) ~= "table" then
    error("a table is expected, such as { each = archives(), views = ... }", 3)
  end
  for key, value in pairs(options) do
    if not known[key] then
      error(("there is no option '%s' here; there are allow, each, everywhere, "
             .. "hidden, names and views"):format(
        core.printable(tostring(key))), 3)
    elseif known[key] ~= "selector" and type(value) ~= known[key] then
      error(("option '%s' is %s"):format(key, known[key] == "table"
            and "a list" or "true or false"), 3)
    end
  end
  if not select.is(options.each) or options.each.kind == "tree"
     or options.each.kind == "link" then
    error("option 'each' is files, such as archives \"**/*.a\"", 3)
  end
  if not options.views then error("option 'views' is missing", 3) end
end


-- All names that some patterns take, or all.
local function asked(part, method, patterns, view)
  local names = part[method](part, patterns[1], view)
  for i = 2, #patterns do
    names = names + part[method](part, patterns[i], view)
  end
  return names
end


-- What a part should say in another view, too.  A compiler drops inline
-- functions from code, and not from what it may compile again; it adds weak
-- symbols of its own; and rustc's, with several units, gives hidden names to
-- what was local and drops hidden functions.  So of intermediate code only what
-- gives way to nothing counts, and what is hidden only where that is wanted.
local function due(part, options, view, other)
  local patterns = options.names or {}
  local dynamic = view == "dynamic" or other == "dynamic"
  if not (dynamic or intermediate[view] or intermediate[other]) then
    return asked(part, "defined", patterns, view)
  end
  local shown = asked(part, options.hidden and "defined" or "exported",
                      patterns, view)
  if dynamic then return shown end
  return shown * asked(part, "defined_strongly", patterns, view)
         - part:defined(made_for_weak, view)
end


-- Is there such a table?  One without a name is none.
local function has(part, view)
  return not (part:defined_inside(nil, view):empty()
              and part:undefined(nil, view):empty())
end


-- An ar that has the compiler's plugin writes the index of what that says of an
-- object, and not of its machine code.
local function excused(part, left, one)
  for _, view in ipairs { "bitcode", "gcc-lto" } do
    if not left:empty() and has(part, view) then
      left = one == "index" and left - part:defined(nil, view)
             or left * part:defined_strongly(nil, one)
    end
  end
  return left
end


-- What `one` says and `other` does not.
local function lacking(part, options, one, other)
  local left = due(part, options, one, other)
               - asked(part, "defined", options.names or {}, other)
  for _, pattern in ipairs(options.allow or {}) do
    left = left - part:defined(pattern, one)
  end
  local index = one == "index" or other == "index"
  return index and excused(part, left, one) or left
end


-- The view that a part does without, if it may.
local function without(part, views)
  for _, view in ipairs(views) do
    if (intermediate[view] or view == "dynamic") and not has(part, view) then
      return view
    end
  end
end


local function is_archive(file) return file:format():find "ar$" ~= nil end


-- The members of an archive, or the file: they are compared one by one, for
-- what one member lacks another may have.  (Of a universal file all slices are
-- compared as one.)
local function parts(subject)
  local list = {}
  if not is_archive(subject) then return { subject } end
  for member in subject:members():each() do list[#list + 1] = member end
  return list
end


local function compare(part, subject, options, report)
  for k = 1, 2 do
    local one, other = options.views[k], options.views[3 - k]
    for where, names in lacking(part, options, one, other):by_member() do
      local finding = report(where, "defines %s by %s, and not by %s", names,
                             called[one], called[other])
      if one == "index" or other == "index" then
        finding:fix(subject:reindex())
      end
    end
  end
end


-- A part that has one of the two views, and not this one.
local function alone(part, none, options, report)
  local views = options.views
  local other = views[1] == none and views[2] or views[1]
  local names = due(part, options, other, none)
  if names:empty() then return end
  report(part, "defines %s by %s, and has no %s", names, called[other],
         (called[none]:gsub("^its ", "")))
end


--- What one view of a file says, another says too, member by member: names that
--- only one of two `views` defines are told.  Members that have no intermediate
--- code are passed by, unless `everywhere`; `hidden` names beside such code do
--- not count, unless it is said that they do.
function must.agree(options)
  check_options(options)
  check_views(options.views)
  local views = options.views
  return {
    about = ("%s and %s say the same"):format(called[views[1]],
                                              called[views[2]]),
    story = [[
An object with LTO beside its machine code is two objects in one.  A tool that
knew of one changed it (a symbol was stripped, renamed, made local) and left the
other as it was; then a linker with the plugin built another program than one
without it, and only one of them had been tested.]],
    each = options.each,
    check = function (subject, report)
      if (views[1] == "index" or views[2] == "index")
         and not is_archive(subject) and subject:format() ~= "fat" then
        report.unknown(subject, "is no archive and has no index, so nothing "
                       .. "was compared"):hint("name the files that have one")
        return
      end
      local compared, lack = 0, nil
      for _, part in ipairs(parts(subject)) do
        local none = without(part, views)
        if not none then
          compared = compared + 1
          compare(part, subject, options, report)
        elseif options.everywhere then
          alone(part, none, options, report)
        end
        lack = lack or none
      end
      if compared == 0 and lack and not options.everywhere then
        report.unknown(subject, "has no %s, so nothing was compared",
                       (called[lack]:gsub("^its ", "")))
          :hint("name the files that have it")
      end
    end,
  }
end

return must
