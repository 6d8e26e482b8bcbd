--- COFF objects and import members as bytes, made from tables that can be
--- read; what no compiler would write, and one lie at a time.

local make = {}

local pack = string.pack

make.machine = { i386 = 0x14c, x86_64 = 0x8664, arm = 0x1c4, arm64 = 0xaa64,
                 arm64ec = 0xa641, any = 0 }

local CLASS = { external = 2, static = 3, label = 6, ["function"] = 101,
                file = 103, section = 104, weak = 105 }
local PLACE = { undef = 0, abs = -1, debug = -2 }
local WEAK  = { nolibrary = 1, library = 2, alias = 3, anti = 4 }
local PICK  = { noduplicates = 1, any = 2, same_size = 3, exact = 4,
                associative = 5, largest = 6, newest = 7 }

-- Section characteristics, by the letter that nm prints for what is in them.
make.flags = { t = 0x60000020, d = 0xc0000040, r = 0x40000040, b = 0xc0000080,
               i = 0x00000a00, comdat = 0x00001000 }

local BIG = "\xc7\xa1\xba\xd1\xee\xba\xa9\x4b\xaf\x20\xfa\xf6\x6a\xa4\xdc\xb8"
make.GL   = "\x38\xfe\xb3\x0c\xa5\xd9\xab\x4d\xac\x9b\xd6\xb6\x22\x26\x53\xc2"


--- Bytes with a number put over those at an offset.
function make.put(bytes, at, format, value)
  local text = pack("<" .. format, value)
  return bytes:sub(1, at) .. text .. bytes:sub(at + #text + 1)
end


-- What follows a symbol: a weak one's default, a section's choice of copies.
local function aux(s, big)
  local text = s.aux
  if s.weak then
    text = pack("<I4I4", s.default or 0, WEAK[s.weak] or s.weak)
  elseif s.pick then
    local parent = s.parent or 0
    text = pack("<I4I2I2I4I2BBI2", 0, 0, 0, 0, parent & 0xffff,
                PICK[s.pick] or s.pick, 0, parent >> 16)
  end
  if not text then return "", 0 end
  local size = big and 20 or 18
  text = text .. ("\0"):rep(-#text % size)
  return text, s.naux or #text // size
end


--- An object.  Fields: machine, big, sections {name, flags, bytes}, symbols
--- {name, at (of its name, in place of one), value, section, class, type, aux,
--- weak and default, pick and parent}, header (fields that lie: nsections,
--- symbols_at, nsymbols, class_id, version), strsize, strings (in place of the
--- table's bytes).  Gives the bytes and where things are: at.symbol(i), of
--- entries as COFF counts them, at.section(i), at.strings.
function make.object(t)
  local big, h = t.big, t.header or {}
  local sections = t.sections or {
    { name = ".text", flags = make.flags.t, bytes = "\xc3" },
  }
  local strings, size, index = {}, 4, {}
  local function string_at(name)
    strings[#strings + 1] = name .. "\0"
    size = size + #name + 1
    return size - #name - 1
  end
  local head = big and 56 or 20
  local offset = head + 40 * #sections
  local headers, bodies = {}, {}
  for i, s in ipairs(sections) do
    index[s.name] = i
    local bytes = s.bytes or ""
    local name = #s.name > 8 and "/" .. string_at(s.name) or s.name
    headers[i] = pack("<c8I4I4I4I4I4I4I2I2I4", name, 0, 0, s.size or #bytes,
      s.from or (#bytes > 0 and offset or 0), 0, 0, 0, 0, s.flags)
    bodies[i] = bytes
    offset = offset + #bytes
  end
  local entries, count = {}, 0
  for i, s in ipairs(t.symbols or {}) do
    local name = s.name or ""
    name = s.at and pack("<I4I4", 0, s.at)
      or #name > 8 and pack("<I4I4", 0, string_at(name)) or pack("c8", name)
    local more, n = aux(s, big)
    local place = PLACE[s.section] or index[s.section] or s.section or 0
    entries[i] = pack(big and "<c8I4i4I2BB" or "<c8I4i2I2BB", name,
      s.value or 0, place > 32767 and not big and place - 65536 or place,
      s.type or 0, CLASS[s.class] or s.class or (s.weak and 105)
      or (s.pick and 3) or 2, n) .. more
    count = count + 1 + #more // (big and 20 or 18)
  end
  local symbols_at = h.symbols_at or (count > 0 and offset or 0)
  local nsections, nsymbols = h.nsections or #sections, h.nsymbols or count
  local first = big
    and pack("<I2I2I2I2I4c16I4I4I4I4I4I4I4", 0, 0xffff, h.version or 2,
             t.machine or 0x8664, 0, h.class_id or BIG, 0, 0, 0, 0, nsections,
             symbols_at, nsymbols)
    or pack("<I2I2I4I4I4I2I2", t.machine or 0x8664, nsections, 0, symbols_at,
            nsymbols, 0, 0)
  local at = { strings = offset + count * (big and 20 or 18) }
  function at.symbol(i) return offset + i * (big and 20 or 18) end
  function at.section(i) return head + 40 * (i - 1) end
  return first .. table.concat(headers) .. table.concat(bodies)
    .. table.concat(entries)
    .. (count > 0 and pack("<I4", t.strsize or size)
        .. (t.strings or table.concat(strings)) or ""), at
end


--- An import library's short member.  Lies: size, kind (all 16 bits), data.
function make.import(t)
  local data = t.data or t.name .. "\0" .. (t.dll or "x.dll") .. "\0"
  return pack("<I2I2I2I2I4I4I2I2", 0, 0xffff, 0, t.machine or 0x8664, 0,
    t.size or #data, 0, t.kind or (t.type or 0) | (t.nametype or 1) << 2)
    .. data
end


--- A PE image of one section, of which address 0x1000 is the first and whose
--- bytes begin at 0x400 in the file.  Fields: narrow (PE32), dll, bytes, dirs
--- {[number from 0] = {address, size}}; lies: header {lfanew, signature,
--- nsections, symbols_at, nsymbols, optional, magic}, section {size, address,
--- bytes, from}.
function make.image(t)
  local h, s = t.header or {}, t.section or {}
  local wide = not t.narrow
  local dirs = {}
  for i = 0, 15 do
    local dir = t.dirs and t.dirs[i] or { 0, 0 }
    dirs[i + 1] = pack("<I4I4", dir[1], dir[2])
  end
  local fixed = wide and 112 or 96
  local dos = pack("<c60I4", "MZ", h.lfanew or 64)
  local file = pack("<c4I2I2I4I4I4I2I2", h.signature or "PE\0\0",
    wide and 0x8664 or 0x14c, h.nsections or 1, 0, h.symbols_at or 0,
    h.nsymbols or 0, h.optional or fixed + 128, t.dll and 0x2000 or 2)
  local optional = pack("<I2", h.magic or (wide and 0x20b or 0x10b))
    .. ("\0"):rep(58) .. pack("<I4", 0x400)  -- SizeOfHeaders
  optional = optional .. ("\0"):rep(fixed - 4 - #optional) .. pack("<I4", 16)
  local section = pack("<c8I4I4I4I4I4I4I2I2I4", ".rdata", s.size or #t.bytes,
    s.address or 0x1000, s.bytes or #t.bytes, s.from or 0x400, 0, 0, 0, 0,
    0x40000040)
  local head = dos .. file .. optional .. table.concat(dirs) .. section
  return head .. ("\0"):rep(0x400 - #head) .. t.bytes,
    { optional = 88, dirs = 88 + fixed, section = 88 + fixed + 128 }
end


--- What such an image's section holds for a list of exports {name, address}
--- and of imports {dll, name or number...}: bytes, directories, and where
--- the parts are in the section.
function make.tables(t)
  local parts, size, at = {}, 0, {}
  local function put(name, bytes)
    at[name] = size
    parts[#parts + 1] = bytes
    size = size + #bytes
    return 0x1000 + size - #bytes
  end
  local exports, imports = t.exports or {}, t.imports or {}
  local addresses, names, numbers = {}, {}, {}
  for i, e in ipairs(exports) do
    addresses[i] = pack("<I4", e[2] or 0x1000)
    if e[1] then
      names[#names + 1] = pack("<I4", e.at or put(e[1], e[1] .. "\0"))
      numbers[#numbers + 1] = pack("<I2", e.number or i - 1)
    end
  end
  local functions = put("functions", table.concat(addresses))
  local pointers = put("pointers", table.concat(names))
  local ordinals = put("ordinals", table.concat(numbers))
  local directory = put("exports", pack("<I4I4I2I2I4I4I4I4I4I4I4", 0, 0, 0, 0,
    0, 1, t.count or #exports, t.names or #names, t.functions or functions,
    t.pointers or pointers, t.ordinals or ordinals))
  local word = t.narrow and "<I4" or "<I8"
  local by_number = t.narrow and 1 << 31 or 1 << 63
  local descriptors = {}
  for i, dll in ipairs(imports) do
    local list = {}
    for k = 2, #dll do
      local name = dll[k]
      list[k - 1] = pack(word, type(name) == "number" and name | by_number
        or put(name, "\0\0" .. name .. "\0"))
    end
    local where = dll.list or put("list" .. i, table.concat(list)
                                  .. (t.endless and "" or pack(word, 0)))
    local name = dll.at or put(dll[1], dll[1] .. "\0")
    descriptors[i] = pack("<I4I4I4I4I4", where, 0, 0, name, where)
  end
  local wanted = put("imports", table.concat(descriptors)
    .. (t.no_last and "" or ("\0"):rep(20)))
  return table.concat(parts), {
    [0] = #exports > 0 and { directory, 40 } or nil,
    [1] = #imports > 0 and { wanted, 20 * #imports } or nil,
  }, at
end

return make
