--- symrun edit: archives and objects changed by hand.
--
-- What the words ask for goes the way of a rule's edits, with the option as
-- the rule: the same refusals, the same law about what is unknown.

local core = require "symrun.core"
local fix = require "symrun.fix"
local options = require "symrun.options"

local edit = {}

local say, last = options.say, options.last

--- The options that only this verb takes.
edit.options = {
  "drop", "order", "reindex", "localize", "globalize", "weaken", "hide",
  "unhide", "rename", "strip", "keep-only", "drop-section", "in", "dissolve",
  "drop-lto", "insist", "out",
}

local symbols = {
  "localize", "globalize", "weaken", "hide", "unhide", "strip", "keep-only",
  "drop-section",
}


-- == members ==================================================================

-- Members by name: "x.o", "x.o#2" where names repeat, or a pattern.
local function members_named(file, word)
  local exact, by_number, by_glob, count = {}, {}, {}, {}
  local is_glob = word:find "[*?{%[]" and pcall(core.match, word, "", "name")
  for member in file:members():each() do
    local name = member:name()
    count[name] = (count[name] or 0) + 1
    if name == word then exact[#exact + 1] = member end
    if name .. "#" .. count[name] == word then by_number[1] = member end
    if is_glob and core.match(word, name, "name") then
      by_glob[#by_glob + 1] = member
    end
  end
  if #exact == 1 then return exact end
  if #exact > 1 then
    return nil, ("there are %d members %s: name one as '%s#2'"):format(#exact,
      core.printable(word), core.printable(word))
  end
  if #by_number > 0 then return by_number end
  if #by_glob > 0 then return by_glob end
  return nil, ("there is no member %s"):format(core.printable(word))
end


-- == what is asked for ========================================================

local function how(out)
  return { dissolve = #out.dissolve > 0, drop_lto = #out["drop-lto"] > 0,
           insist = #out.insist > 0 }
end


-- Steps: { rule = the option as it was given, make = gives edits }.
local function steps_of(file, out)
  local steps = {}
  local function add(rule, make) steps[#steps + 1] = { rule, make } end
  local function subjects()
    if #out["in"] == 0 then return { file } end
    local list = {}
    for _, word in ipairs(out["in"]) do
      local found, why = members_named(file, word)
      if not found then error(why, 0) end
      table.move(found, 1, #found, #list + 1, list)
    end
    return list
  end
  local function each(name, ...)
    local edits = {}
    for _, subject in ipairs(subjects()) do
      edits[#edits + 1] = subject[name](subject, ...)
    end
    return edits
  end
  for _, word in ipairs(out.drop) do
    add("--drop " .. word, function ()
      local found, why = members_named(file, word)
      if not found then error(why, 0) end
      local edits = {}
      for i, member in ipairs(found) do edits[i] = member:drop() end
      return edits
    end)
  end
  for _, name in ipairs(symbols) do
    local method = name:gsub("-", "_")
    if name == "keep-only" and #out[name] > 0 then
      add("--keep-only", function ()
        return each(method, out[name], how(out))
      end)
    elseif name ~= "keep-only" then
      for _, word in ipairs(out[name]) do
        add(("--%s %s"):format(name, word), function ()
          return each(method, word, how(out))
        end)
      end
    end
  end
  for _, word in ipairs(out.rename) do
    add("--rename " .. word, function ()
      local from, to = word:match "^(.[^=]*)=(.+)$"
      if not from then error("--rename takes NAME=NEW", 0) end
      return each("rename", from, to, how(out))
    end)
  end
  if #out.order > 0 then
    add("--order", function ()
      local list = {}
      for _, word in ipairs(out.order) do
        local found, why = members_named(file, word)
        if not found then error(why, 0) end
        table.move(found, 1, #found, #list + 1, list)
      end
      return { file:order(list) }
    end)
  end
  if #out.reindex > 0 then
    add("--reindex", function () return { file:reindex() } end)
  end
  return steps
end


-- Ask for one step's edits, as a rule would.
local function ask(number, step, file)
  local rule, make = step[1], step[2]
  local ok, failure, unknown = core.evaluate(core.harmless(rule), number, nil,
    file, function (evaluation)
      local finding = core.report("note", file, rule, evaluation)
      for _, one in ipairs(make()) do core.edit(finding, one) end
    end)
  if ok or unknown then return true end
  return nil, failure:match "^([^\n]*)"
end


local function first_unknown()
  for _, f in ipairs(core.findings()) do
    if f.unknown then
      return ("%s: %s"):format(core.printable(f.file or ""), f.message)
    end
  end
  return "something is unknown"
end


-- == the verb =================================================================

local function open(path)
  local tree = core.tree(true)
  local ok, why = core.add(tree, path)
  if not ok then return nil, why end
  local settled, failed = fix.recover(core.folders(tree))
  if settled == nil then return nil, failed end
  if settled then
    tree = core.tree(true)
    ok, why = core.add(tree, path)
    if not ok then return nil, why end
  end
  local files = core.select(tree, "any")
  if #files == 1 and not files[1]:slice() then return files[1] end
  return nil, ("%s is %s"):format(core.printable(path), #files == 0
    and "no file that can be edited"
    or "a folder or a universal file: edit its files one by one")
end


local function destination(file, out)
  if #out.out > 0 then return last(out.out) end
  local into = last(out.into)
  if not into then return nil end
  local ok, why = core.make_folders(into)
  if not ok then return false, why end
  return into:gsub("/*$", "/") .. file:path()
end


--- The verb: plain words and options; gives the exit status.
function edit.main(plain, out)
  local function fail(...) say(...) return 2 end
  if #plain ~= 1 then
    return fail(#plain == 0 and "edit takes a file, and what to do with it"
                or "edit takes one file; give options for each of its edits")
  end
  if #out.out > 0 and #out.into > 0 then
    return fail "-o and --into both say where to write; give one"
  end
  local file, why = open(plain[1])
  if not file then return fail("%s", why) end
  local steps = steps_of(file, out)
  if #steps == 0 then
    return fail("nothing is to be done: edit takes --drop, --localize, "
                .. "--rename and others; symrun --help lists them")
  end
  for i, step in ipairs(steps) do
    local ok, failure = ask(i, step, file)
    if not ok then
      return fail("%s: %s: %s", step[1], core.printable(plain[1]), failure)
    end
  end
  if core.verdict "error" == 2 then return fail("%s", first_unknown()) end
  local agree, contradiction = core.agrees()
  if not agree then return fail("%s", contradiction) end
  local to, failed = destination(file, out)
  if to == false then return fail("%s", failed) end
  local ok, refused = fix.write({ { file = file, path = core.place(file) } },
                                to and { to }, #out.quiet > 0)
  if not ok then return fail("%s", refused) end
  return 0
end

return edit
