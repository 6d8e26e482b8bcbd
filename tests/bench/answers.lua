--- What each program answered, as sorted lists that can be compared.
--
-- Peers print every symbol and leave the question to a pipe; so their lines
-- are filtered here, by a matcher that shares nothing with symrun's.

local json = require "dkjson"

local answers = {}


--- The Lua pattern of a glob that has no special byte but stars.
function answers.pattern(glob)
  return "^" .. glob:gsub("[%^$().%[%]+?%%-]", "%%%0"):gsub("%*", ".*") .. "$"
end


local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end


local readers = {}

-- The findings of a rule that says "list of TITLE:" and a line for each.
function readers.symrun(text)
  local plan = assert(json.decode(text))
  assert(plan.verdict == "pass", "the verdict is " .. tostring(plan.verdict))
  local lists = {}
  for _, finding in ipairs(plan.findings) do
    local title, lines = finding.message:match "^list of (%l+):\n(.*)$"
    if title then
      local set = {}
      for name in lines:gmatch "[^\n]+" do set[name] = true end
      lists[title] = sorted(set)
    end
  end
  return lists
end


-- "TITLE: COUNT" and a line for each name after it.
function readers.lines(text)
  local lists, set, title = {}, {}, nil
  for line in text:gmatch "[^\n]+" do
    local name = line:match "^(%l+): %d+$"
    if name then
      if title then lists[title] = sorted(set) end
      title, set = name, {}
    else
      set[line] = true
    end
  end
  if title then lists[title] = sorted(set) end
  return lists
end


-- What an nm printed: the name is a line's last word.  Some add the version
-- of a dynamic symbol, which is not part of its name.
function readers.nm(text, glob)
  local pattern, set = answers.pattern(glob), {}
  for line in text:gmatch "[^\n]+" do
    local name = (line:match "^.*%s(%S+)$" or line):match "^[^@]*"
    if name:find(pattern) then set[name] = true end
  end
  return { names = sorted(set) }
end


-- What only reads answers nothing.
function readers.none() return {} end


function answers.read(kind, text, glob)
  return readers[kind](text, glob)
end


-- The first name that only one of two sorted lists has.
local function difference(a, b)
  local i = 1
  while a[i] == b[i] and a[i] do i = i + 1 end
  return a[i] or "(end)", b[i] or "(end)"
end


--- nil when both say the same about every title that both have, or a sentence.
function answers.differ(ours, theirs)
  for title, list in pairs(theirs) do
    local mine = ours[title]
    if not mine then return "symrun says nothing about " .. title end
    if #mine ~= #list or table.concat(mine, "\n") ~= table.concat(list, "\n")
    then
      local x, y = difference(mine, list)
      return ("symrun has %d %s and it has %d; the first that differ are %s "
              .. "and %s"):format(#mine, title, #list, x, y)
    end
  end
end


--- "8860 names" or "36431 duplicates and 608 undefined".
function answers.told(lists)
  local parts = {}
  for title, list in pairs(lists) do
    parts[#parts + 1] = ("%d %s"):format(#list, title)
  end
  table.sort(parts)
  return table.concat(parts, " and ")
end


--- What the timed run must print: the counts, each as "TITLE: COUNT".
function answers.expected(lists)
  local parts = {}
  for title, list in pairs(lists) do
    parts[#parts + 1] = ("%s: %d"):format(title, #list)
  end
  table.sort(parts)
  return parts
end

return answers
