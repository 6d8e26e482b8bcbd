--- Tiny objects and archives, made from words, for the specs of rules.
--
-- The bytes are real: an ELF relocatable object for x86-64 that linkers and
-- readelf accept, in a GNU archive with its index.  A spec then tests what
-- the readers really give, not a table that only looks like it.

local make = {}

-- Section numbers in the object below.
local TEXT, DATA, BSS, RODATA = 1, 2, 3, 4
local UNDEF, ABS, COMMON = 0, 0xfff1, 0xfff2

-- nm's letters: where the symbol stands, its binding, and its type.
local GLOBAL, WEAK, LOCAL, UNIQUE = 1, 2, 0, 10
local INDIRECT = 10
local letters = {
  T = { TEXT, GLOBAL, 2 },   t = { TEXT, LOCAL, 2 },
  D = { DATA, GLOBAL, 1 },   d = { DATA, LOCAL, 1 },
  B = { BSS, GLOBAL, 1 },    b = { BSS, LOCAL, 1 },
  R = { RODATA, GLOBAL, 1 }, r = { RODATA, LOCAL, 1 },
  W = { TEXT, WEAK, 2 },     V = { DATA, WEAK, 1 },
  U = { UNDEF, GLOBAL, 0 },  w = { UNDEF, WEAK, 0 }, v = { UNDEF, WEAK, 1 },
  A = { ABS, GLOBAL, 0 },    C = { COMMON, GLOBAL, 1 },
  i = { TEXT, GLOBAL, INDIRECT }, u = { DATA, UNIQUE, 1 },
}

local visibilities = { default = 0, internal = 1, hidden = 2, protected = 3 }


-- "T name U other:hidden": letters and names, in turn.
local function parse(words)
  local list, letter = {}, nil
  for word in words:gmatch("%S+") do
    if not letter then
      letter = letters[word]
      if not letter then error(("%q is no letter of nm's"):format(word), 0) end
    else
      local name, visibility = word:match("^(.+):(%l+)$")
      local kind = visibilities[visibility or "default"]
      list[#list + 1] = { name = kind and name or word, at = letter,
                          visibility = kind or 0 }
      letter = nil
    end
  end
  if letter then error(("a name is missing after the last letter of %q")
                       :format(words), 0) end
  -- the specification wants locals first
  local sorted = {}
  for _, want_local in ipairs { true, false } do
    for _, s in ipairs(list) do
      if (s.at[2] == LOCAL) == want_local then sorted[#sorted + 1] = s end
    end
  end
  return sorted
end


local function symbol_table(list)
  local symbols, strings, offset = { ("\0"):rep(24) }, { "\0" }, 1
  local locals = 1
  for i, s in ipairs(list) do
    local section, binding, kind = s.at[1], s.at[2], s.at[3]
    symbols[i + 1] = string.pack("<I4BBI2I8I8", offset, binding << 4 | kind,
                                 s.visibility, section,
                                 section == COMMON and 4 or 0,  -- alignment
                                 section == UNDEF and 0 or 4)
    strings[i + 1] = s.name .. "\0"
    offset = offset + #s.name + 1
    if binding == LOCAL then locals = locals + 1 end
  end
  return table.concat(symbols), table.concat(strings), locals
end


-- name, type, flags, link, info, entry size
local sections = {
  { "", 0, 0 }, { ".text", 1, 6 }, { ".data", 1, 3 }, { ".bss", 8, 3 },
  { ".rodata", 1, 2 }, { ".symtab", 2, 0 }, { ".strtab", 3, 0 },
  { ".shstrtab", 3, 0 },
}


-- Indirect functions and unique objects are GNU's, and a file with one says so.
local function system_of(list)
  for _, s in ipairs(list) do
    if s.at[2] == UNIQUE or s.at[3] == INDIRECT then return "\3" end
  end
  return "\0"
end


local REL, DYN, SYMTAB, DYNSYM = 1, 3, 2, 11

local function file(words, text, library)
  local list = parse(words)
  local symbols, strings, locals = symbol_table(list)
  local names, name_at = {}, {}
  for i, s in ipairs(sections) do
    name_at[i] = #table.concat(names)
    names[i] = s[1] .. "\0"
  end
  local bodies = { "", ("\x90"):rep(16), ("\0"):rep(16), "", text or "",
                   symbols, strings, table.concat(names) }
  local out, headers, at = { ("\0"):rep(64) }, {}, 64
  for i, s in ipairs(sections) do
    local body = bodies[i]
    local pad = -at % 8
    out[#out + 1] = ("\0"):rep(pad) .. body
    at = at + pad
    local link, info, entry = 0, 0, 0
    if s[1] == ".symtab" then link, info, entry = 6, locals, 24 end
    local kind = library and s[2] == SYMTAB and DYNSYM or s[2]
    headers[i] = string.pack("<I4I4I8I8I8I8I4I4I8I8", name_at[i], kind, s[3],
      0, i == 1 and 0 or at, s[1] == ".bss" and 16 or #body, link, info,
      i == 1 and 0 or 8, entry)
    at = at + #body
  end
  local pad = -at % 8
  out[1] = string.pack("<c16I2I2I4I8I8I8I4I2I2I2I2I2I2",
    "\127ELF\2\1\1" .. system_of(list) .. ("\0"):rep(8),
    library and DYN or REL, 62, 1, 0, 0, at + pad, 0, 64, 0, 0, 64, #sections,
    #sections - 1)
  return table.concat(out) .. ("\0"):rep(pad) .. table.concat(headers)
end


--- An object that defines and wants names: `make.object "T main U js_x"`.
--- `text` is put into its read-only data.
function make.object(words, text) return file(words, text, false) end


--- The same as a shared library: it has the names in its dynamic table.
function make.library(words) return file(words, nil, true) end


local function header(name, size)
  return ("%-16s%-12d%-6d%-6d%-8s%-10d`\n"):format(name, 0, 0, 0, "644", size)
end


local function padded(bytes)
  return #bytes % 2 == 1 and bytes .. "\n" or bytes
end


-- What an honest index says of a member made from words.
local function promised(words)
  local names = {}
  for _, s in ipairs(parse(words)) do
    local section, binding = s.at[1], s.at[2]
    if section ~= UNDEF and binding ~= LOCAL then names[#names + 1] = s.name end
  end
  return names
end


--- A GNU archive.  `members` is a list of { name, words } or { name, bytes =
--- }, each perhaps with text = ; `index`: nil for an honest one, false for
--- none, or a list of { name, number of the member }.
function make.archive(members, index)
  local bodies, longnames, entries = {}, "", {}
  for i, m in ipairs(members) do
    bodies[i] = m.bytes or make.object(m[2], m.text)
    for _, name in ipairs(m.bytes and {} or promised(m[2])) do
      entries[#entries + 1] = { name, i }
    end
  end
  if index then entries = index end
  local short = {}
  for i, m in ipairs(members) do
    if #m[1] > 15 or m[1]:find("[/ ]") then
      short[i] = "/" .. #longnames
      longnames = longnames .. m[1] .. "/\n"
    else
      short[i] = m[1] .. "/"
    end
  end
  longnames = padded(longnames)
  local names = {}
  for i, e in ipairs(entries) do names[i] = e[1] .. "\0" end
  local strings = table.concat(names)
  local index_size = 4 + 4 * #entries + #strings
  local at, offsets = 8, {}
  if index ~= false then at = at + 60 + index_size + index_size % 2 end
  if #longnames > 0 then at = at + 60 + #longnames end
  local out = {}
  for i in ipairs(members) do
    offsets[i] = at
    out[i] = header(short[i], #bodies[i]) .. padded(bodies[i])
    at = at + #out[i]
  end
  local head = "!<arch>\n"
  if index ~= false then
    local numbers = { string.pack(">I4", #entries) }
    for i, e in ipairs(entries) do
      numbers[i + 1] = string.pack(">I4", offsets[e[2]])
    end
    head = head .. header("/", index_size)
           .. padded(table.concat(numbers) .. strings)
  end
  if #longnames > 0 then
    head = head .. header("//", #longnames) .. longnames
  end
  return head .. table.concat(out)
end

return make
