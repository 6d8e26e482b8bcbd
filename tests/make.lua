--- ELF files and archives as bytes, made from tables that can be read.
--
-- What no compiler would write is written here: every header field can be
-- given a value of its own after the layout was worked out, so one table is a
-- whole object with one lie in it.  Each maker also returns where it put
-- things, because a message about damage has to name the right offset.

local make = {}

local pack = string.pack

local BIND  = { ["local"] = 0, global = 1, weak = 2, unique = 10 }
local TYPE  = { none = 0, object = 1, func = 2, section = 3, file = 4,
                common = 5, tls = 6, ifunc = 10 }
local SEE   = { default = 0, internal = 1, hidden = 2, protected = 3 }
local PLACE = { undef = 0, abs = 0xfff1, common = 0xfff2, xindex = 0xffff }


--- A table of strings that starts with a NUL: its text, and where each is.
local function strings(names)
  local parts, at, size = { "\0" }, { [""] = 0 }, 1
  for _, name in ipairs(names) do
    if not at[name] then
      at[name] = size
      parts[#parts + 1] = name .. "\0"
      size = size + #name + 1
    end
  end
  return table.concat(parts), at
end


local function values(list, key, more)
  local out = {}
  for i, item in ipairs(list) do out[i] = item[key] or "" end
  for _, item in ipairs(more or {}) do out[#out + 1] = item end
  return out
end


--- One symbol's entry (System V ABI, "Symbol Table").
local function symbol(elf, s, names, index)
  local section = PLACE[s.section] or index[s.section] or s.section or 0
  local name = s.st_name or names[s.name or ""]
  local info = s.info
    or (BIND[s.bind] or s.bind or 1) << 4 | (TYPE[s.type] or s.type or 0)
  local other = SEE[s.visibility] or s.visibility or 0
  local value, size = s.value or 0, s.size or 0
  if elf.class == 32 then
    return pack(elf.e .. "I4I4I4BBI2", name, value, size, info, other, section)
  end
  return pack(elf.e .. "I4BBI2I8I8", name, info, other, section, value, size)
end


--- One section header (System V ABI, "Sections").
local function header(elf, h)
  return pack(elf.e .. (elf.class == 32 and "I4I4I4I4I4I4I4I4I4I4"
                                         or "I4I4I8I8I8I8I4I4I8I8"),
    h.sh_name, h.type, h.flags or 0, h.addr or 0, h.offset, h.size,
    h.link or 0, h.info or 0, h.align or 1, h.entsize or 0)
end


--- The symbol table and its strings, as two sections.  Locals come first;
--- symbols are written in the order given.
local function symbol_table(elf, list, name, kind, index, more)
  local text, at = strings(values(list, "name", more))
  local parts = { symbol(elf, { info = 0 }, at, index) }
  local locals = 1
  for i, s in ipairs(list) do
    parts[i + 1] = symbol(elf, s, at, index)
    if s.bind == "local" then locals = i + 1 end
  end
  local strtab = name == ".dynsym" and ".dynstr" or ".strtab"
  return { name = name, type = kind, bytes = table.concat(parts),
           link = strtab, info = locals,
           entsize = elf.class == 32 and 16 or 24 },
         { name = strtab, type = 3, bytes = text }
end


--- An ELF file.  Fields: class (64 or 32), big, machine, type (1 an object, 3
--- a library), sections {name, type, flags, bytes, link, info, entsize},
--- symbols and dynamic {name, bind, type, visibility, section, value, size},
--- strings (more of them for .dynstr).
--- Lies: a section named in 'lie' takes the fields given there, and lie.ehdr
--- those of the file's header (shoff, shentsize, shnum, shstrndx).
--- Gives the bytes and where things are: at[section], at.header[section],
--- at.headers, at.symbol(i), at.dynamic(i).
function make.elf(t)
  local elf = { class = t.class or 64, e = t.big and ">" or "<" }
  local lie = t.lie or {}
  local list, index = {}, {}
  local function add(section)
    list[#list + 1] = section
    index[section.name] = #list
  end
  for _, section in ipairs(t.sections or {
    { name = ".text", type = 1, flags = 6, bytes = ("\x90"):rep(16) },
  }) do add(section) end
  local wide = elf.class == 64
  local entry = wide and 24 or 16
  for _, which in ipairs {
    { t.dynamic, ".dynsym", 11, t.strings },
    { t.symbols or (not t.dynamic and {}), ".symtab", 2 },
  } do
    if which[1] then
      local symbols, text = symbol_table(elf, which[1], which[2], which[3],
                                         index, which[4])
      add(symbols)
      add(text)
    end
  end
  local text, names = strings(values(list, "name", { ".shstrtab" }))
  add { name = ".shstrtab", type = 3, bytes = text }

  local start = wide and 64 or 52
  local parts, at, offset = {}, { header = {} }, start
  for _, section in ipairs(list) do
    at[section.name] = offset
    parts[#parts + 1] = section.bytes
    offset = offset + #section.bytes
  end
  parts[#parts + 1] = ("\0"):rep(-offset % 8)
  at.headers = offset + -offset % 8
  local zero = lie.zero or {}
  parts[#parts + 1] = header(elf, { sh_name = 0, type = 0, offset = 0,
    size = zero.size or 0, link = zero.link, info = zero.info })
  for i, section in ipairs(list) do
    local h = {
      sh_name = names[section.name], type = section.type,
      flags = section.flags, offset = at[section.name],
      size = section.size or #section.bytes,
      link = index[section.link] or section.link, info = section.info,
      entsize = section.entsize,
    }
    for key, value in pairs(lie[section.name] or {}) do h[key] = value end
    at.header[section.name] = at.headers + i * (wide and 64 or 40)
    parts[#parts + 1] = header(elf, h)
  end
  function at.symbol(i) return at[".symtab"] + i * entry end
  function at.dynamic(i) return at[".dynsym"] + i * entry end

  local e = lie.ehdr or {}
  local ident = pack("c4BBBc9", "\x7fELF", e.class or (wide and 2 or 1),
                     e.data or (t.big and 2 or 1), 1, "")
  local word = wide and "I8" or "I4"
  local ehdr = pack(elf.e .. "I2I2I4" .. word:rep(3) .. "I4I2I2I2I2I2I2",
    t.type or 1, t.machine or 62, 1, 0, 0, e.shoff or at.headers, 0, start, 0,
    0, e.shentsize or (wide and 64 or 40), e.shnum or #list + 1,
    e.shstrndx or #list)
  return ident .. ehdr .. table.concat(parts), at
end


-- == archives ================================================================

--- A member's header: sixty characters, blanks between.
local function ar_header(name, size, fmag)
  return ("%-16s%-12s%-6s%-6s%-8s%-10s%s"):format(name, "0", "0", "0", "644",
                                                  size, fmag or "`\n")
end


local function padded(bytes)
  return #bytes % 2 == 1 and bytes .. "\n" or bytes
end


-- The index's text, with members' headers as numbers.  GNU: a count, offsets,
-- names, big endian.  BSD: bytes of pairs, (name, member), bytes of names.
local function ar_index(kind, list, headers)
  local names, at = {}, {}
  local size = 0
  for i, item in ipairs(list) do
    names[i] = item[1] .. "\0"
    at[i] = size
    size = size + #names[i]
  end
  local text = table.concat(names)
  local wide = kind:find "64" and "I8" or "I4"
  local parts = {}
  if kind:find "gnu" then
    parts[1] = pack(">" .. wide, list.count or #list)
    for i, item in ipairs(list) do
      parts[i + 1] = pack(">" .. wide, headers[item[2]] or item[2])
    end
    return table.concat(parts) .. text
  end
  parts[1] = pack("<" .. wide,
    list.count or #list * 2 * (wide == "I8" and 8 or 4))
  for i, item in ipairs(list) do
    parts[i + 1] = pack("<" .. wide .. wide, at[i], headers[item[2]] or item[2])
  end
  return table.concat(parts) .. pack("<" .. wide, #text) .. text
end


local INDEX = { gnu = "/", gnu64 = "/SYM64/", bsd = "__.SYMDEF",
                bsd64 = "__.SYMDEF_64" }

--- An archive.  t is a list of members {name, bytes}, each with the lies that
--- it needs: field (the sixteen characters of the name), size, fmag, nopad.
--- Fields: thin, style ("gnu" or "bsd"), index {{name, member}, ...} with
--- index_kind (gnu, gnu64, bsd, bsd64).  Gives the bytes and where things are:
--- at.header[i], at.data[i], at.index, at.names.
function make.ar(t)
  local bsd = t.style == "bsd"
  local long, fields = {}, {}
  local size = 0
  for i, m in ipairs(t) do
    if bsd then
      fields[i] = m.field or "#1/" .. #m[1]
    elseif m.field or (#m[1] <= 15 and not m[1]:find "[/ ]" and not t.thin) then
      fields[i] = m.field or m[1] .. "/"
    else
      fields[i] = "/" .. size
      long[#long + 1] = m[1] .. "/\n"
      size = size + #long[#long]
    end
  end
  local kind = t.index_kind or "gnu"
  local at = { header = {}, data = {} }
  local out
  -- Twice: the index has the same size whatever the offsets in it are.
  for _ = 1, 2 do
    out = { t.thin and "!<thin>\n" or "!<arch>\n" }
    local offset = 8
    local function put(head, bytes, pad)
      out[#out + 1] = head
      out[#out + 1] = pad and padded(bytes) or bytes
      offset = offset + #head + #out[#out]
    end
    if t.index then
      at.index = offset
      local text = ar_index(kind, t.index, at.header)
      put(ar_header(INDEX[kind], t.index.size or #text), text, true)
    end
    if size > 0 then
      at.names = offset
      put(ar_header("//", size), table.concat(long), true)
    end
    for i, m in ipairs(t) do
      local bytes = (bsd and m[1] or "") .. m[2]
      at.header[i], at.data[i] = offset, offset + 60 + (bsd and #m[1] or 0)
      put(ar_header(fields[i], m.size or #bytes, m.fmag),
          t.thin and "" or bytes, not m.nopad)
    end
  end
  return table.concat(out), at
end

return make
