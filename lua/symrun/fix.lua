--- Doing what the plan says: files are written in place or as copies.
--
-- Nothing is written where anything is unknown, and either all files are
-- written or none.  What a killed run left is settled first: it may be half
-- of what rules look at.

local core = require "symrun.core"
local options = require "symrun.options"

local fix = {}

local say, last = options.say, options.last


--- Are files to be changed, or copies to be made?
function fix.wanted(out) return #out.fix > 0 or #out.into > 0 end


local function plural(n, word)
  return ("%d %s%s"):format(n, word, n == 1 and "" or "s")
end


-- == what was left ============================================================

local function tell_recovered(folder, told)
  if told.finished > 0 then
    say("a run that was cut short in %s was finished", core.printable(folder))
  end
  if told.undone > 0 then
    say("what a run that was cut short left in %s is gone",
        core.printable(folder))
  end
  if told.passed > 0 then
    say("%s there had changed since, and stayed", plural(told.passed, "file"))
  end
end


--- Finish or undo what killed runs left in folders: whether there was
--- something; nil and a sentence where it cannot be told.
function fix.recover(folders)
  local any = false
  for _, folder in ipairs(folders) do
    local told, why = core.recover(folder)
    if not told then return nil, why end
    tell_recovered(folder, told)
    any = any or told.finished + told.undone > 0
  end
  return any
end


-- == writing ==================================================================

--- The files that edits of a plan are of, each once: { file=, path= }.
function fix.files(edits)
  local list, seen = {}, {}
  for _, e in ipairs(edits) do
    local path = e.of and core.place(e.of)
    if path and not seen[path] then
      seen[path] = true
      list[#list + 1] = { file = e.of, path = path }
    end
  end
  return list
end


--- Can these files stand elsewhere, changed?  True, or nil and a sentence.
function fix.can_move(list)
  for _, one in ipairs(list) do
    if one.file:format() == "thin-ar" then
      return nil, ("%s is a thin archive: its members are where it stands, "
                   .. "so a copy elsewhere has none"):format(
                   core.printable(one.path))
    end
  end
  return true
end


-- Where the copy of a file goes, its folder made.
local function copy_of(one, into)
  local path = into:gsub("/*$", "/") .. one.file:path()
  local ok, why = core.make_folders(path:match "^(.*)/[^/]*$")
  if not ok then return nil, why end
  return path
end


-- Is it where cargo lays what it built?
local function is_cargos(path)
  local folder = path:match "^(.*)/" or "."
  local file = io.open(folder .. "/.fingerprint/.")
  return file ~= nil and file:close()
end


-- What is told of files that were replaced: other names, which keep the old
-- ones, and that cargo may bring these back.
local function tell_names(paths, names)
  local cargo = false
  for i, path in ipairs(paths) do
    local others, links = names[i][1], names[i][2]
    local shown = {}
    for k, name in ipairs(others) do
      shown[k] = core.printable(name)
      cargo = cargo or name:find "/deps/[^/]*$" ~= nil
    end
    local more = links - 1 - #others
    if more > 0 then shown[#shown + 1] = more .. " more" end
    if links > 1 then
      say("%s has further names that keep the old file: %s",
          core.printable(path), table.concat(shown, ", "))
    end
    cargo = cargo or is_cargos(path)
  end
  if cargo then
    say("cargo may lay what is in deps over it at its next build; symrun-cc "
        .. "in front of the linker mends every link")
  end
end


-- The folders of paths, each once.
local function folders_of(paths)
  local list, seen = {}, {}
  for _, path in ipairs(paths) do
    local folder = path:match "^(.*)/" or "."
    if not seen[folder] then list[#list + 1] = folder end
    seen[folder] = true
  end
  return list
end


--- Write files (of fix.files), all of them or none: true, or nil and a
--- sentence.  `to`: where instead of their places.
function fix.write(list, to, quiet)
  local files, paths, names = {}, {}, {}
  if to then
    local ok, fixed = fix.can_move(list)
    if not ok then return nil, fixed end
    ok, fixed = fix.recover(folders_of(to))
    if ok == nil then return nil, fixed end
  end
  for i, one in ipairs(list) do
    files[i], paths[i] = one.file, to and to[i] or one.path
    names[i] = not to and { core.other_names(one.path) }
  end
  local kept, why = core.fix(files, paths, not to)
  if not kept then return nil, why end
  if not to and not quiet then tell_names(paths, names) end
  if kept.owners > 0 and not quiet then
    say("%s now belong%s to who ran this: the owner could not be kept",
        plural(kept.owners, "file"), kept.owners == 1 and "s" or "")
  end
  return true
end


local words = {
  reindex = "the index was written anew", drop = "left out",
  order = "put in order", localize = "made local", globalize = "made global",
  weaken = "made weak", hide = "hidden", unhide = "no longer hidden",
  rename = "renamed", strip = "stripped", keep_only = "kept, others local",
  drop_section = "section left out",
}

local function shown(e)
  local names = {}
  for i, name in ipairs(e.names) do
    if i > 6 then names[i] = ("%d more"):format(#e.names - 6) break end
    names[i] = core.printable(name)
  end
  local text = words[e.op] or e.op
  if #names > 0 then text = table.concat(names, ", ") .. " " .. text end
  if e.to then text = text .. " to " .. core.printable(e.to) end
  local where = e.member or e.file
  return ("%s: %s"):format(core.printable(where), text)
end


-- The edits are done: so the report says, and which findings they were for.
local function mark(plan)
  local by_serial = {}
  for _, f in ipairs(plan.findings) do by_serial[f.serial] = f end
  for _, e in ipairs(plan.edits) do
    local f = by_serial[e.finding]
    if e.of then
      e.applied = true
      if f then
        f.mended = f.mended or {}
        f.mended[#f.mended + 1] = shown(e)
      end
    end
  end
end


local levels = { note = 1, warning = 2, error = 3 }
local verdicts = { [0] = "pass", "fail", "unknown" }

local function set_status(plan, status)
  plan.status, plan.verdict = status, verdicts[status]
end


-- What is not mended decides; `again` is what rules say of the new files.
local function judge(plan, level, again)
  local known, worst = {}, 0
  for _, f in ipairs(plan.findings) do
    known[f.fingerprint] = true
    if not f.mended and levels[f.level] >= levels[level] then worst = 1 end
  end
  if not again then return set_status(plan, worst) end
  for _, f in ipairs(again.findings) do
    if not known[f.fingerprint] then
      plan.findings[#plan.findings + 1] = f
    end
  end
  set_status(plan, again.status)
end


-- Nothing was written: the plan says why, in every format.
local function refuse(plan, why)
  core.trouble("symrun/fix", plan.rules + 1, nil, nil, why, nil)
  for _, f in ipairs(core.findings()) do
    if f.rule == "symrun/fix" then plan.findings[#plan.findings + 1] = f end
  end
  set_status(plan, 2)
end


-- Where the copies of files go; or nil and a sentence.
local function copies(list, into)
  local to = {}
  for i, one in ipairs(list) do
    local path, why = copy_of(one, into)
    if not path then return nil, why end
    to[i] = path
  end
  return to
end


--- Carry a plan out, and say in it what was done; `again()` runs the rules once
--- more, over what there is then.
function fix.apply(plan, out, again)
  local list, into = fix.files(plan.edits), last(out.into)
  local to, why
  if #list == 0 then return end
  if plan.status == 2 then
    return say "nothing was mended, because something is unknown"
  end
  if into then
    to, why = copies(list, into)
    if not to then return refuse(plan, why) end
  end
  local ok, refused = fix.write(list, to, #out.quiet > 0)
  if not ok then return refuse(plan, refused) end
  mark(plan)
  judge(plan, last(out["fail-on"], "error"), not into and again() or nil)
end

return fix
