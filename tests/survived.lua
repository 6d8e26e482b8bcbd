--- The sections that a linker says it drops, beside those that symrun says.
--
-- Linkers print the same fact in four spellings; here it is one, "a.o:.text.f"
-- or "libx.a(m.o):.text.f", as often as it holds.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local core = require "symrun.core"
local helper = require "helper"

local survived = {}

--- By the names that core.resolve has for them.
survived.linkers = {}
for _, l in ipairs {
  { "bfd", "ld.bfd" }, { "gold", "ld.gold" }, { "lld-14", "ld.lld-14" },
  { "lld", "ld.lld-19" }, { "mold", "mold -m elf_x86_64" },
} do
  local program = l[2]:match "%S+"
  if helper.run { program, "--version" } == 0 then
    survived.linkers[#survived.linkers + 1] = { name = l[1], program = l[2] }
  end
end


local function base(path)
  return (path:gsub("^.*/", ""))
end

-- "dir/libx.a(m.o)" -> "libx.a(m.o)"
local function called(file)
  local archive, member = file:match "^(.-)(%b())$"
  return archive and base(archive) .. member or base(file)
end


--- What a linker printed: {fact = how often}.
function survived.printed(text)
  local facts = {}
  for line in text:gmatch "removing unused section ([^\n]*)" do
    local section, file = line:match "^'(.*)' in file '(.*)'$"
    if not section then
      section, file = line:match "^from '(.*)' in file '(.*)'$"
    end
    if not section then file, section = line:match "^(.*):%((.*)%)$" end
    section = section:gsub("%[.*%]$", "")
    if section:find "common$" and section:sub(1, 1) == "." then
      section = "COMMON"
    end
    local fact = called(file) .. ":" .. section
    -- (bfd tells of the lists of groups, too)
    if section ~= ".group" then facts[fact] = (facts[fact] or 0) + 1 end
  end
  return facts
end


--- Run the linkers on all links {folder, words, skip = {linker = true}}: what
--- each printed is in NAME.LINKER.log in the folder.
function survived.run(folder, links)
  local halves, n = { {}, {} }, 0
  for _, link in ipairs(links) do
    for _, l in ipairs(survived.linkers) do
      if not (link.skip and link.skip[l.name]) then
        n = n + 1
        local more = link.only and link.only[l.name] or {}
        table.insert(halves[n % 2 + 1], ("cd '%s' && %s --gc-sections "
          .. "--print-gc-sections %s %s -o %s.%s.out >%s.%s.log 2>&1\n"):format(
          link.folder, l.program, helper.line(link.words), helper.line(more),
          link.name, l.name, link.name, l.name))
      end
    end
  end
  for i = 1, 2 do
    helper.write(folder .. "/run" .. i, table.concat(halves[i]))
  end
  helper.run({ "sh", "-c", "sh run1 & sh run2; wait" }, folder)
end


local opened = {}

local function open(path)
  if not opened[path] then
    local tree = core.tree(true)
    assert(core.add(tree, path))
    opened[path] = assert(core.select(tree, "any")[1], path)
  end
  return opened[path]
end


local function place(at)
  local name = base(at.file:path())
  local member = at.member and at.member:name()
  return member and ("%s(%s)"):format(name, base(member)) or name
end


--- symrun's survivors of a link, {inputs = { {name=, ...}, ... }, how, ask}.
function survived.ask(link, linker)
  local inputs = {}
  for i, part in ipairs(link.inputs) do
    local name = part.name or part
    inputs[i] = { file = open(name:sub(1, 1) == "/" and name
                              or link.folder .. "/" .. name) }
    for key, value in pairs(type(part) == "table" and part or {}) do
      inputs[i][key] = value
    end
  end
  local how = { linker = linker }
  for key, value in pairs(link.how or {}) do how[key] = value end
  local ask = {}
  for key, value in pairs(link.ask or {}) do ask[key] = value end
  for key, value in pairs(ask[linker] or {}) do ask[key] = value end
  return core.resolve(inputs, how):survivors(ask)
end


--- The same facts as survived.printed has them, for this linker.
function survived.told(kept, linker)
  local facts = {}
  local function add(list)
    for _, at in ipairs(list) do
      local hidden = linker == "bfd" and at.size == 0   -- says nothing of them
        or linker == "mold" and at.merged               -- drops parts of them
        or linker == "gold" and at.section == "COMMON"
      if not hidden then
        local fact = place(at) .. ":" .. at.section
        facts[fact] = (facts[fact] or 0) + 1
      end
    end
  end
  add(kept:dropped())
  if linker == "bfd" then add(kept:discarded()) end  -- tells of both
  return facts
end


--- What one list has and the other has not, a line for each.
function survived.differences(ours, theirs)
  local list = {}
  for fact, n in pairs(ours) do
    if n > (theirs[fact] or 0) then
      list[#list + 1] = fact .. ": we say it goes, it says it stays"
    end
  end
  for fact, n in pairs(theirs) do
    if n > (ours[fact] or 0) then
      list[#list + 1] = fact .. ": we say it stays, it says it goes"
    end
  end
  table.sort(list)
  return list
end

return survived
