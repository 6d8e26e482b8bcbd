--- Archives as specs see them: a reader of its own, some hundred lines that
--- share nothing with the core, and random edits beside a model of them.

local archives = {}


-- The members behind 'at', headers and all: name (as in the header), size,
-- header, at, stop.
local function headers(bytes, odd)
  local list, at = {}, 8
  local thin = bytes:sub(1, 8) == "!<thin>\n"
  while at < #bytes do
    local header = bytes:sub(at + 1, at + 60)
    assert(header:sub(59) == "`\n", "no header at " .. at)
    local name = header:sub(1, 16):gsub(" +$", "")
    local size = assert(tonumber(header:sub(49, 58)))
    local own = name == "/" or name == "//" or name == "/SYM64/"
    local m = { field = name, header = header, at = at, size = size }
    m.stop = at + 60 + ((not thin or own) and size or 0)
    m.bytes = bytes:sub(at + 61, m.stop)
    assert(m.stop <= #bytes, "cut short")
    assert(odd or m.stop % 2 == 0 or m.stop < #bytes, "the end is not padded")
    list[#list + 1] = m
    at = m.stop + m.stop % 2
  end
  return list, thin
end


local function name_members(list)
  local long = ""
  for i, m in ipairs(list) do
    local n = m.field:match "^#1/(%d+)$"
    if m.field == "//" then long = m.bytes end
    if n then
      m.name = m.bytes:sub(1, n):gsub("%z+$", "")
      m.bytes, m.data = m.bytes:sub(n + 1), m.at + 60 + n
    elseif m.field:match "^/%d" then
      local from = tonumber(m.field:match "%d+")
      m.name = long:match("^[^\n%z]*", from + 1):gsub("/$", "")
    else m.name = m.field:gsub("/$", "") end
    m.own = m.field:match "^/[^%d]" or m.field == "/"
      or (i == 1 and m.name:match "^__%.SYMDEF")
    if m.field:match "^/%D" or m.field == "/" then m.name = m.field end
  end
end


local function gnu_index(m, wide, out)
  local n = (">I" .. wide):unpack(m.bytes)
  local text = wide + n * wide + 1
  for i = 1, n do
    local name
    local at = (">I" .. wide):unpack(m.bytes, i * wide + 1)
    name, text = ("z"):unpack(m.bytes, text)
    out[i] = { name, at }
  end
end


local function bsd_index(m, wide, out)
  local I = "<I" .. wide
  local size = I:unpack(m.bytes)
  assert(m.data % 8 == 0, "the index stands at no multiple of 8")
  for at = wide, size, 2 * wide do
    local name = ("z"):unpack(m.bytes, 2 * wide + size + 1
                                       + I:unpack(m.bytes, at + 1))
    out[#out + 1] = { name, (I:unpack(m.bytes, at + wide + 1)) }
  end
end


local function second_index(m, members)
  local count = ("<I4"):unpack(m.bytes)
  local n = ("<I4"):unpack(m.bytes, 5 + count * 4)
  local text, out, before = 9 + count * 4 + n * 2, {}, ""
  assert(count == #members, "the second index counts other members")
  for i = 1, count do
    assert(("<I4"):unpack(m.bytes, 1 + i * 4) == members[i].at)
  end
  for i = 1, n do
    local k = ("<I2"):unpack(m.bytes, 7 + count * 4 + i * 2)
    local name
    name, text = ("z"):unpack(m.bytes, text)
    assert(before < name, "the second index is not sorted, or has one twice")
    before = name
    out[name] = members[k].at
  end
  return out, n
end


--- The members, and the index as {name, number of the member}.  'odd': no
--- more is expected of it than readers do.
function archives.read(bytes, odd)
  local list, thin = headers(bytes, odd)
  local out = { thin = thin, members = {}, index = {}, tables = {} }
  local second
  name_members(list)
  for _, m in ipairs(list) do
    if m.own then out.tables[#out.tables + 1] = m.name
    else out.members[#out.members + 1] = m end
  end
  local first = list[1]
  if not first or not first.own then return out end
  if odd then return out end
  if first.name == "/" then gnu_index(first, 4, out.index)
  elseif first.name == "/SYM64/" then gnu_index(first, 8, out.index)
  elseif first.name ~= "//" then
    bsd_index(first, first.name:match "_64" and 8 or 4, out.index)
  end
  if out.tables[2] == "/" then
    local n
    second, n = second_index(list[2], out.members)
    assert(n == #out.index, "two indexes that differ")
  end
  local number = {}
  for i, m in ipairs(out.members) do number[m.at] = i end
  for _, pair in ipairs(out.index) do
    assert(not second or second[pair[1]] == pair[2])
    pair[2] = assert(number[pair[2]], "the index points at no member")
  end
  return out
end


--- "name@2 other@3", in order.
function archives.index(read)
  local list = {}
  for i, pair in ipairs(read.index) do
    list[i] = pair[1] .. "@" .. math.tointeger(pair[2])
  end
  return table.concat(list, " ")
end


-- == RANDOM EDITS ============================================================

local random = math.random

local NAMES = { "a.o", "b.o", "name_of_15.o.xx", "a_name_of_16.oxx",
                "a_long_name_that_repeats.o", "with space.o", "blank ",
                "sub/dir.o", "#1/20", "12345", "\xff\xfe.o" }


-- A member that nobody saw yet.  'objects': { bytes =, defines = {} }.
local function new(objects)
  local object = objects[random(#objects)]
  return { name = NAMES[random(#NAMES)], object = object }
end


local edits = {
  function (list) if #list > 0 then table.remove(list, random(#list)) end end,
  function (list, objects)
    table.insert(list, random(#list + 1), new(objects))
  end,
  function (list, objects)
    if #list == 0 then return end
    local i = random(#list)
    list[i] = { name = list[i].name, from = list[i].from, replaced = true,
                object = objects[random(#objects)] }
  end,
  function (list)
    if #list == 0 then return end
    local i = random(#list)
    list[i] = { name = NAMES[random(#NAMES)], from = list[i].from,
                renamed = true, replaced = list[i].replaced,
                object = list[i].object }
  end,
  function (list)
    if #list > 1 then
      table.insert(list, random(#list), table.remove(list, random(#list)))
    end
  end,
}


--- Edit the model by chance: gives the new one, and what to ask for.
function archives.random(model, objects)
  local list, members = {}, {}
  for i, m in ipairs(model) do
    list[i] = { name = m.name, object = m.object, from = i }
  end
  for _ = 1, random(0, 4) do edits[random(#edits)](list, objects) end
  for i, m in ipairs(list) do
    members[i] = { from = m.from,
      name = (m.renamed or not m.from) and m.name or nil,
      bytes = (m.replaced or not m.from) and m.object.bytes or nil }
  end
  return list, members
end


--- What the index of such a model is: 'once': no name twice.
function archives.expected(model, once)
  local list, seen = {}, {}
  for i, m in ipairs(model) do
    for _, name in ipairs(m.object.defines) do
      if not (once and seen[name]) then list[#list + 1] = name .. "@" .. i end
      seen[name] = true
    end
  end
  return table.concat(list, " ")
end

return archives
