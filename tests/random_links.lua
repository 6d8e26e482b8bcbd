--- Links made by chance: few names, many ways to define and want them.
--
-- What is rare in practice is rare here, or most links would not be made: a
-- hidden reference that only a library answers stops four of five linkers.

local random_links = {}

local NAMES = { "f", "g", "h", "i", "j", "k" }
local random = math.random

local function chance(percent) return random(100) <= percent end

local function one_of(list) return list[random(#list)] end


-- A letter by weights, "T 20 W 5".
local function letter(weights)
  local sum, list = 0, {}
  for name, weight in weights:gmatch "(%a) (%d+)" do
    sum = sum + tonumber(weight)
    list[#list + 1] = { name, sum }
  end
  local at = random(sum)
  for _, item in ipairs(list) do
    if at <= item[2] then return item[1] end
  end
end


-- Some of the names, each once.
local function some(most)
  local list, names = {}, table.move(NAMES, 1, #NAMES, 1, {})
  for i = 1, random(most) do list[i] = table.remove(names, random(#names)) end
  return list
end


-- What a definition stands in: nothing, or a group that is its own, or another
-- name's, or one that has more in it.
local function in_group(words, name, kind)
  if not chance(14) or kind == "C" then return words end
  local signature = chance(70) and name or one_of { "s", "f", "g" }
  local more = chance(25) and " " .. one_of { "W", "T", "U" } .. " "
    .. one_of { "l", "m" } or ""
  return ("(%s %s%s )"):format(signature, words, more)
end


-- The text of an object or a member.
local function unit(weights, most)
  local words, signed = {}, {}
  for _, name in ipairs(some(most)) do
    local kind = letter(weights)
    local word = kind .. " " .. name
    if kind == "C" then word = word .. ":" .. random(4)
    elseif kind == "T" and chance(4) or kind == "U" and chance(2) then
      word = word .. ":hidden"
    end
    if kind ~= "U" and kind ~= "w" then
      local grouped = in_group(word, name, kind)
      local signature = grouped:match "^%((%S+)"
      -- a signature that the object says something else of is another thing
      local alone = not grouped:find " [lm] %)"
      if not signature or (signature == name and not signed[name])
         or (signature == "s" and not signed.s and alone) then
        word = grouped
        if signature then signed[signature] = true end
      end
    end
    words[#words + 1] = word
  end
  return table.concat(words, " ")
end

local OBJECT = "T 14 W 9 C 7 u 1 t 2 U 48 w 12"
local MEMBER = "T 40 W 10 C 6 u 1 t 2 U 30 w 6"


local function archive()
  local members, before = {}, ""
  if chance(8) then before = "no " .. one_of(NAMES) .. " "
  elseif chance(8) then before = "thin " end
  for i = 1, random(4) do
    local again = before ~= "thin " and chance(12)
    members[i] = ("m%d: %s"):format(again and 1 or i, unit(MEMBER, 3))
  end
  return before .. table.concat(members, " / ")
end


local function library(version)
  local words, versions = {}, not chance(25)
  for _, name in ipairs(some(4)) do
    local kind = letter "T 55 W 12 U 25 w 8"
    if versions and kind == "T" and chance(8) then
      name = name .. "@" .. version
    elseif versions and (kind == "T" or kind == "W") then
      name = name .. "@@" .. version
    end
    words[#words + 1] = kind .. " " .. name
  end
  return table.concat(words, " ")
end


-- Each thing that can stand on the line: how it is given, and what it is.
local function parts(link)
  local list, count = {}, {}
  local function add(kind, form, text, how)
    count[kind] = (count[kind] or 0) + 1
    local name = form:format(("abcdefghij"):sub(count[kind], count[kind]))
    link.files[name] = text
    local part = how or {}
    part.name = name
    list[#list + 1] = part
    return part
  end
  for _ = 1, random(3) do add("object", "%s.o", unit(OBJECT, 4)) end
  for _ = 1, random(0, 3) do
    add("archive", "lib%s.a", archive(), { whole = chance(8) })
  end
  if link.makes ~= "object" then
    for n = 1, random(0, 2) do
      add("library", "%s.so", library("V" .. n), { as_needed = chance(45) })
    end
  end
  if chance(20) then
    for _ = 1, random(2) do
      add("lazy", "%s_lib.o", unit(MEMBER, 3), { lazy = true })
    end
  end
  return list
end


local function shuffle(list)
  for i = #list, 2, -1 do
    local k = random(i)
    list[i], list[k] = list[k], list[i]
  end
end


local AROUND = {
  whole = { "--whole-archive", "--no-whole-archive" },
  as_needed = { "--as-needed", "--no-as-needed" },
  lazy = { "--start-lib", "--end-lib" },
}

-- The words of the inputs, as they stand.
local function words_of(inputs)
  local words, group = {}, nil
  for _, part in ipairs(inputs) do
    if part.group ~= group then
      if group then words[#words + 1] = "--end-group" end
      if part.group then words[#words + 1] = "--start-group" end
      group = part.group
    end
    local around
    for how, pair in pairs(AROUND) do
      if part[how] then around = pair end
    end
    words[#words + 1] = around and around[1]
    words[#words + 1] = part.name
    words[#words + 1] = around and around[2]
  end
  if group then words[#words + 1] = "--end-group" end
  return words
end


-- An object that has to do with "--wrap=name".
local function wrapping(text, name)
  return (text:gsub("([TWU]) (%l)%f[ \0]", function (kind)
    if chance(50) then
      return ("%s %s%s"):format(kind, kind == "U" and "__real_" or "__wrap_",
                                name)
    end
  end, 1))
end


--- A link: files {name = text}, inputs in order, how (as core.resolve takes
--- it) and words for a linker.
function random_links.link()
  local makes = letter "e 60 l 25 o 15"
  local link = { files = {}, how = {} }
  link.makes = ({ e = "executable", l = "library", o = "object" })[makes]
  link.how.makes = link.makes
  local inputs = parts(link)
  if chance(60) then shuffle(inputs) end
  if chance(12) then  -- once more, later
    local again = one_of(inputs)
    if again.name:find "%.a$" then
      inputs[#inputs + 1] = { name = again.name, whole = chance(5) }
    end
  end
  if chance(15) and #inputs > 2 then
    local first = random(#inputs - 1)
    for i = first, random(first + 1, #inputs) do
      inputs[i].group = not inputs[i].lazy and 1 or nil
    end
    for i = first, #inputs do  -- one run of them
      if not inputs[i].group then
        for k = i, #inputs do inputs[k].group = nil end
      end
    end
  end
  link.inputs = inputs
  local words = words_of(inputs)
  local function say(...)
    for i, word in ipairs { ... } do table.insert(words, i, word) end
  end
  if chance(10) then
    local name = one_of(NAMES)
    link.how.undefined = { name }
    say("-u", name)
  end
  -- (with -r mold overlooks it; gold pulls in what -u names all the same)
  if chance(6) and link.makes ~= "object" and not link.how.undefined then
    local name, value = table.unpack(some(2))
    link.how.defsym = { { name, value } }
    say(("--defsym=%s=%s"):format(name, value or "16"))
  end
  if chance(7) and not link.how.defsym then
    local name = one_of(NAMES)
    link.how.wrap = { name }
    say("--wrap=" .. name)
    for _, part in ipairs(inputs) do
      if chance(50) and not part.name:find "%.so$" then
        link.files[part.name] = wrapping(link.files[part.name], name)
      end
    end
  end
  if chance(12) then
    link.how.multiple = true
    say("-z", "muldefs")
  end
  if link.makes == "executable" then
    link.how.entry = chance(40) and not link.how.defsym and one_of(NAMES)
                     or nil
    say("-e", link.how.entry or "0")
    if chance(40) then say "-pie" end
  else say(link.makes == "library" and "-shared" or "-r") end
  link.words = words
  for _, part in ipairs(inputs) do
    if part.lazy then link.skip = { bfd = true } end  -- before 2.44
  end
  return link
end


--- The link as text that can be read, and made again.
function random_links.text(link)
  local list = {}
  for name, text in pairs(link.files) do
    list[#list + 1] = ("%s = [%s]"):format(name, text)
  end
  table.sort(list)
  return ("%s\n  %s"):format(table.concat(link.words, " "),
                             table.concat(list, "\n  "))
end

return random_links
