--- Mach-O files and universal ones as bytes, made from tables that can be read.
--
-- As tests/make.lua does for ELF: every field of a load command can be given a
-- value of its own after the layout was worked out, and each maker also
-- returns where it put things.  Layouts: mach-o/loader.h, nlist.h, fat.h.

local macho = {}

local pack = string.pack

local TYPE = { undef = 0, abs = 2, indr = 10, pbud = 12, sect = 14 }


--- One symbol's n_type: a word for the kind, with 'ext' and 'pext'.
local function n_type(s)
  if type(s.type) == "number" then return s.type end
  return (TYPE[s.type] or (s.sect and 14 or 0))
    | (s.ext == false and 0 or 1) | (s.pext and 16 or 0)
end


local function strings(symbols)
  local parts, at, size = { " \0" }, {}, 2
  for i, s in ipairs(symbols) do
    at[i] = size
    parts[#parts + 1] = (s.name or "") .. "\0"
    size = size + #parts[#parts]
  end
  return table.concat(parts), at
end


--- How many symbols are local, defined and undefined, as LC_DYSYMTAB counts.
local function ranges(symbols)
  local count = { 0, 0, 0 }
  for _, s in ipairs(symbols) do
    local kind = n_type(s)
    local which = kind & 1 == 0 and 1 or kind & 14 == 0 and 3 or 2
    count[which] = count[which] + 1
  end
  return { ilocalsym = 0, nlocalsym = count[1], iextdefsym = count[1],
           nextdefsym = count[2], iundefsym = count[1] + count[2],
           nundefsym = count[3] }
end


local function take(given, lies)
  for key, value in pairs(lies or {}) do given[key] = value end
  return given
end


-- == the export trie =========================================================

function macho.uleb(n)
  local out = {}
  repeat
    local bits = n & 127
    n = n >> 7
    out[#out + 1] = string.char(bits | (n > 0 and 128 or 0))
  until n == 0
  return table.concat(out)
end


--- The bytes of a trie.  A node is { info = bytes or nil, { piece, node }, ...}
--- and may be in several places, or below itself: it is written once.
function macho.trie(root)
  local order, at = {}, {}
  local function visit(node)
    if at[node] then return end
    at[node] = 0
    order[#order + 1] = node
    for _, child in ipairs(node) do visit(child[2]) end
  end
  visit(root)
  local out
  repeat
    local moved, size = false, 0
    out = {}
    for _, node in ipairs(order) do
      local info = node.info or ""
      local parts = { macho.uleb(#info), info, string.char(#node) }
      for _, child in ipairs(node) do
        parts[#parts + 1] = child[1] .. "\0" .. macho.uleb(at[child[2]])
      end
      moved = moved or at[node] ~= size
      at[node] = size
      out[#out + 1] = table.concat(parts)
      size = size + #out[#out]
    end
  until not moved
  return table.concat(out)
end


--- What stands at the end of a name: flags, then an address, or more.
function macho.info(flags, address, other)
  if flags & 8 ~= 0 then return macho.uleb(flags) .. macho.uleb(address)
    .. (other or "") .. "\0" end
  return macho.uleb(flags) .. macho.uleb(address)
    .. (other and macho.uleb(other) or "")
end


-- == files ===================================================================

local function section(f, s, offset)
  return pack(f.e .. "c16c16" .. f.word .. f.word .. "I4I4I4I4I4I4I4"
    .. (f.wide and "I4" or ""), s.name, s.segment,
    s.address or (f.base + offset), s.size or #s.bytes, offset, 0, 0, 0,
    s.flags or 0, 0, 0,
    f.wide and 0 or nil)
end


local function command(f, cmd, format, values, lies)
  local body = pack(f.e .. format, table.unpack(values))
  local size = lies and lies.cmdsize or #body + 8
  return pack(f.e .. "I4I4", lies and lies.cmd or cmd, size) .. body
end


--- A Mach-O file.  Fields: class (64 or 32), big, cpu, type (1 an object, 6 a
--- library), flags, base (the header's address), sections {segment, name,
--- bytes, flags, address}, symbols {name, type, ext, pext, sect, desc, value,
--- strx}, dysymtab (false: none), exports (a trie's bytes) with exports_in
--- ("info" or "trie"), more (load commands as bytes).  Lies: tables of fields,
--- by "header", "segment", "symtab", "dysymtab", "exports".  'tail' follows
--- the strings, inside the string table.
--- Gives the bytes and where things are: at.segment, at.symtab, at.dysymtab,
--- at.exports (load commands), at.symbols, at.strings, at.trie,
--- at.symbol(i).
function macho.file(t)
  local wide = t.class ~= 32
  local f = { wide = wide, e = t.big and ">" or "<", base = t.base or 0,
            word = wide and "I8" or "I4" }
  local lie, at = t.lie or {}, {}
  local sections = t.sections or {
    { segment = "__TEXT", name = "__text", bytes = ("\x90"):rep(16),
      flags = 0x80000400 },
    { segment = "__DATA", name = "__data", bytes = ("\0"):rep(16) },
  }
  local symbols = t.symbols or {}
  local text, names = strings(symbols)
  text = text .. (t.tail or "")
  local entries = {}
  for i, s in ipairs(symbols) do
    entries[i] = pack(f.e .. "I4BBI2" .. f.word, s.strx or names[i], n_type(s),
                      s.sect or 0, s.desc or 0, s.value or 0)
  end
  local table_ = table.concat(entries)

  local head = wide and 32 or 28
  local size = (wide and 72 or 56) + #sections * (wide and 80 or 68)
    + (t.symtab == false and 0 or 24) + (t.dysymtab == false and 0 or 80)
    + (t.exports and (t.exports_in == "trie" and 16 or 48) or 0)
    + #(t.more or "")
  local offset, bodies, heads = head + size, {}, {}
  for i, s in ipairs(sections) do
    heads[i] = section(f, s, offset)
    bodies[i] = s.bytes
    offset = offset + #s.bytes
  end
  local body = table.concat(bodies)
  at.trie = offset
  at.symbols = at.trie + #(t.exports or "")
  at.strings = at.symbols + #table_

  local out, where, count = {}, head, 0
  local function add(name, bytes)
    at[name] = where
    out[#out + 1] = bytes
    where = where + #bytes
    count = count + 1
  end
  local seg = take({ vmaddr = t.base or 0, vmsize = 1 << 20,
    fileoff = t.base and 0 or head + size,
    filesize = #body + (t.base and head + size or 0),
    nsects = #sections }, lie.segment)
  seg.cmdsize = seg.cmdsize or (wide and 72 or 56) + #table.concat(heads)
  add("segment", command(f, wide and 0x19 or 1,
    "c16" .. f.word:rep(4) .. "I4I4I4I4", { "", seg.vmaddr, seg.vmsize,
    seg.fileoff, seg.filesize, 7, 7, seg.nsects, 0 }, seg)
    .. table.concat(heads))
  if t.exports then
    local x = take({ offset = at.trie, size = #t.exports }, lie.exports)
    if t.exports_in == "trie" then
      add("exports", command(f, 0x80000033, "I4I4", { x.offset, x.size }, x))
    else
      add("exports", command(f, 0x80000022, ("I4"):rep(10),
        { 0, 0, 0, 0, 0, 0, 0, 0, x.offset, x.size }, x))
    end
  end
  if t.symtab ~= false then
    local s = take({ symoff = at.symbols, nsyms = #symbols,
                     stroff = at.strings, strsize = #text }, lie.symtab)
    add("symtab", command(f, 2, "I4I4I4I4",
                          { s.symoff, s.nsyms, s.stroff, s.strsize }, s))
  end
  if t.dysymtab ~= false then
    local d = take(ranges(symbols), lie.dysymtab)
    add("dysymtab", command(f, 11, ("I4"):rep(18), { d.ilocalsym, d.nlocalsym,
      d.iextdefsym, d.nextdefsym, d.iundefsym, d.nundefsym, 0, 0, 0, 0, 0, 0,
      0, 0, 0, 0, 0, 0 }, d))
  end
  if t.more then
    add("more", t.more)
    count = count + (t.more_count or 1) - 1
  end
  local h = take({ ncmds = count, sizeofcmds = size }, lie.header)
  function at.symbol(i) return at.symbols + (i - 1) * (wide and 16 or 12) end
  return pack(f.e .. "I4I4I4I4I4I4I4" .. (wide and "I4" or ""),
    wide and 0xfeedfacf or 0xfeedface,
    t.cpu or (wide and 0x01000007 or 7), 3, t.type or 1, h.ncmds, h.sizeofcmds,
    t.flags or 0, wide and 0 or nil)
    .. table.concat(out) .. body .. (t.exports or "") .. table_ .. text, at
end


--- A universal file: a list of { cputype, cpusubtype, bytes, lies }.  Fields:
--- wide (offsets of 64 bits), count.  Gives where the slices are.
function macho.fat(t)
  local each = t.wide and 32 or 20
  local offset, heads, bodies, at = 8 + #t * each, {}, {}, {}
  for i, slice in ipairs(t) do
    local lie = slice[4] or {}
    at[i] = offset
    heads[i] = pack(t.wide and ">I4I4I8I8I4I4" or ">I4I4I4I4I4", slice[1],
      slice[2], lie.offset or offset, lie.size or #slice[3], 0,
      t.wide and 0 or nil)
    bodies[i] = slice[3]
    offset = offset + #slice[3]
  end
  return pack(">I4I4", t.wide and 0xcafebabf or 0xcafebabe, t.count or #t)
    .. table.concat(heads) .. table.concat(bodies), at
end

return macho
