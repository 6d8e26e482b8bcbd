--- Wasm files as bytes, made from tables that can be read.
--
-- A piece is a string, a number (written as LEB128), or a table of pieces,
-- with 'at' for a name of the place where it begins, and one of these that
-- wrap it: 'section' (an id; its size follows), 'custom' (a name), 'sized' (its
-- size goes before it).  'size' is a lie about the size that is written, and
-- may be a string.  So a lie is one value in the place where it is told.

local wasm = {}


--- An unsigned number, in as many bytes as it needs, or in 'width' of them.
function wasm.leb(n, width)
  local out = {}
  repeat
    local byte = n & 0x7f
    n = n >> 7
    local more = n ~= 0 or (width and #out + 1 < width)
    out[#out + 1] = string.char(more and byte | 0x80 or byte)
  until not more
  return table.concat(out)
end


function wasm.name(text)
  return wasm.leb(#text) .. text
end


local function head(piece, size)
  if not (piece.section or piece.sized) then return "" end
  local lie = piece.size or size
  if type(lie) == "number" then lie = wasm.leb(lie) end
  return (piece.section and string.char(piece.section) or "") .. lie
end


--- The bytes of a piece, and where in them its places are.
function wasm.bytes(piece)
  if type(piece) == "string" then return piece, {} end
  if type(piece) == "number" then return wasm.leb(piece), {} end
  if piece.custom then
    local inside = { wasm.name(piece.custom), table.unpack(piece) }
    return wasm.bytes { section = 0, size = piece.size, at = piece.at, inside }
  end
  local parts, places, size = {}, {}, 0
  for _, inner in ipairs(piece) do
    local bytes, within = wasm.bytes(inner)
    for name, offset in pairs(within) do places[name] = offset + size end
    parts[#parts + 1] = bytes
    size = size + #bytes
  end
  local before = head(piece, size)
  for name, offset in pairs(places) do places[name] = offset + #before end
  if piece.at then places[piece.at] = 0 end
  return before .. table.concat(parts), places
end


wasm.magic = "\0asm\1\0\0\0"
wasm.component = "\0asm\x0d\0\1\0"

local name = wasm.name

--- An object with one of each, as clang writes them.  't' has pieces that
--- stand in place of its own, by the names of their places.
function wasm.object(t)
  local function own(key, piece)
    if t[key] ~= nil then piece = t[key] end
    return { at = key, piece }
  end
  return wasm.bytes {
    own("magic", wasm.magic),
    own("types", { section = 1, own("type_count", 1), "\x60\0\0" }),
    own("imports", { section = 2, own("import_count", 3),
      own("memory", { name "env", name "__linear_memory", "\2\0\1" }),
      own("function", { own("module", name "test"), own("field", name "close"),
                        own("import_kind", "\0"), 0 }),
      own("global", { name "env", name "g", "\3\x7f\1" }),
      t.more_imports or "" }),
    own("functions", { section = 3, 2, 0, 0 }),
    t.second or "",
    own("datacount", { section = 12, 1 }),
    own("code", { section = 10, own("code_count", 2),
      own("body", "\2\0\x0b"), "\2\0\x0b", t.more_code or "" }),
    own("data", { section = 11, own("segment_count", 1),
      own("segment", "\0\x41\0\x0b\4abcd") }),
    own("linking", { custom = "linking", own("version", 2),
      own("table", { "\8", { sized = true, size = t.table_size,
        own("symbol_count", 5),
        own("undefined", { "\0\x50\0", name "mangled" }),
        own("defined", { own("kind", "\0"), own("flags", 0),
                         own("index", 1), own("name", name "f") }),
        own("local", { "\0\2\2", name "hid" }),
        own("variable", { "\1\0", name "v", own("symbol_segment", 0),
                          own("offset", 0), own("size", 4) }),
        own("section", "\3\2\0") } }),
      own("comdats", { "\7", { sized = true, 1, name "group", 0,
        own("members", { 1, own("member_kind", 1), own("member", 2) }) } }),
      t.more_linking or "" }),
    own("relocations", { custom = "reloc.CODE", 5, 0 }),
    t.last or "",
  }
end


--- A module that was linked, with names.
function wasm.module(t)
  local function own(key, piece)
    if t[key] ~= nil then piece = t[key] end
    return { at = key, piece }
  end
  return wasm.bytes {
    wasm.magic,
    t.before or "",
    { section = 1, 1, "\x60\0\0" },
    { section = 2, 1, name "env", name "out", "\0\0" },
    { section = 3, 2, 0, 0 },
    own("globals", { section = 6, 1, own("global_type", "\x7f"), "\1",
      own("start", "\x41\x2a\x0b") }),
    own("exports", { section = 7, own("export_count", 2),
      { name "api", own("export_kind", "\0"), own("export_index", 1) },
      { name "answer", "\3\0" } }),
    { section = 10, 2, own("body", "\2\0\x0b"), "\3\0\1\x0b" },
    own("data", { section = 11, 1,
      own("segment", { "\0\x41\0\x0b", own("segment_size", 4), "abcd" }) }),
    own("names", { custom = "name",
      own("functions", { "\1", { sized = true, own("name_count", 3),
        { 0, name "out" }, { 1, name "api_impl" },
        { own("name_index", 2), own("last_name", name "inner") } } }),
      { "\7", { sized = true, 1, 0, name "g" } },
      own("segments", { "\9", { sized = true, 1,
        own("segment_index", 0), name ".data" } }) }),
    t.last or "",
  }
end

return wasm
