--- Intermediate code: what other tools say that it holds, and bitcode made
--- from tables, with a lie in it.
--
-- The bits are LLVM's ("Bitcode File Format"): blocks of whole words, each
-- with its length; a block that is not read may hold anything.

local helper = require "helper"

local lto = {}

local pack = string.pack


-- Rows are "name TAB letter", sorted.
local function rows(text, pattern)
  local out = {}
  for line in text:gmatch "[^\n]+" do
    local name, letter = line:match(pattern)
    if name then
      name = name == "" and "\\e" or name:gsub("[^!-Z%[%]^-~]", function (c)
        return ("\\x%02x"):format(c:byte())
      end)
      out[#out + 1] = name .. "\t" .. letter
    end
  end
  table.sort(out)
  return out
end


--- What llvm-nm reads of a file: bitcode where there is some.  Gives nothing
--- and its complaint where it refuses (bitcode younger than itself).
function lto.llvm_nm(file, folder)
  local status, text, err = helper.run({ "llvm-nm-19", "-p", "-P", file },
                                       folder)
  if status ~= 0 then return nil, err end
  return rows(text, "^(.-) (%a) [-%x]+ %x*$")
end


--- What GNU nm reads with GCC's plugin.
function lto.gcc_nm(file, folder)
  return rows(helper.must({ "gcc-nm", "-p", "-P", file }, folder),
              "^(.-) (%a) ")
end


--- What symrun nm says of one file: rows, its status, the exit status, what
--- it said on the second channel, and { [name] = class }.
function lto.symrun(file, folder, ...)
  local words = { "nm", ... }
  words[#words + 1] = file
  local status, text, err = helper.symrun(words, folder)
  local out, classes, told = {}, {}, nil
  for line in text:gmatch "[^\n]+" do
    local slice, member, name, letter, class, size =
      line:match "^[^\t]*\t([^\t]*)\t([^\t]*)\t(.*)\t(.)\t(%a+)\t(.*)$"
    if slice then
      assert(size == "-" or (slice == "-" and member), line)
      out[#out + 1] = name .. "\t" .. letter
      classes[name] = class
    else
      told = line:match "^[^\t]*\t#\t[^\t]*\t(%a+)\t" or told
    end
  end
  table.sort(out)
  return out, told, status, err, classes
end


-- == BITCODE ================================================================

-- Bits, from the lowest of the first byte on.
local function writer()
  local bytes, now, have = {}, 0, 0
  local w = {}
  function w.put(value, n)
    for i = 0, n - 1 do
      now = now | (value >> i & 1) << have
      have = have + 1
      if have == 8 then
        bytes[#bytes + 1] = string.char(now)
        now, have = 0, 0
      end
    end
  end
  function w.vbr(value, n)
    local high = 1 << (n - 1)
    while value >= high do
      w.put(value & (high - 1) | high, n)
      value = value >> (n - 1)
    end
    w.put(value, n)
  end
  function w.align()
    while have > 0 or #bytes % 4 > 0 do w.put(0, 1) end
  end
  function w.bytes(text)
    w.align()
    for i = 1, #text do bytes[#bytes + 1] = text:sub(i, i) end
    w.align()
  end
  function w.text() return table.concat(bytes) end
  return w
end

lto.writer = writer


--- A block, outside of all others.  `words`: the length that it claims.
function lto.block(id, content, words)
  local w = writer()
  w.put(1, 2)
  w.vbr(id, 8)
  w.vbr(3, 4)
  w.align()
  content = content .. ("\0"):rep(-#content % 4)
  return w.text() .. pack("<I4", words or #content // 4) .. content
end


--- The content of a block of one blob: its record's shape, the record, the
--- end.  `len`: the length that the blob claims.
function lto.blob(text, len)
  local w = writer()
  w.put(2, 3)                          -- a shape of two fields
  w.vbr(2, 5)
  w.put(1, 1) w.vbr(1, 8)              -- always 1
  w.put(0, 1) w.put(5, 3)              -- a blob
  w.put(4, 3)                          -- a record of it
  w.vbr(len or #text, 6)
  w.bytes(text)
  w.put(0, 3)
  w.align()
  return w.text()
end


local FLAGS = { hidden = 1, protected = 2, undefined = 8, weak = 16,
                common = 32, indirect = 64, used = 128, tls = 256,
                may_omit = 512, global = 1024, specific = 2048,
                executable = 8192 }

--- Bitcode of a module that is not there and a table about it.  t: symbols
--- {name, flag, flag..., ir, comdat} and comdats (kinds of selection); with
--- lies: version, producer, triple, modules ({begin, end, 0} each),
--- header (position = word), flags of a symbol, name {offset, size}; without
--- symtab or strtab; count, of module blocks; before, between: bytes.  Gives
--- the table and its strings, too.
function lto.bitcode(t)
  local strings = {}
  local size = 0
  local function string_at(text)
    strings[#strings + 1] = text
    size = size + #text
    return pack("<I4I4", size - #text, #text)
  end
  local producer = string_at(t.producer or "19.1.7")
  local triple = string_at(t.triple or "x86_64-unknown-linux-gnu")
  local list, comdats, modules = {}, {}, {}
  for i, s in ipairs(t.symbols or {}) do
    local flags = s.flags or 0
    for k = 2, #s do flags = flags | FLAGS[s[k]] end
    list[i] = (s.name and pack("<I4I4", s.name[1], s.name[2])
               or string_at(s[1])) .. string_at(s.ir or s[1])
              .. pack("<i4I4", s.comdat or -1, flags)
  end
  for i, kind in ipairs(t.comdats or {}) do
    comdats[i] = string_at("c" .. i) .. pack("<I4", kind)
  end
  for i, m in ipairs(t.modules or { { 0, #list, 0 } }) do
    modules[i] = pack("<I4I4I4", table.unpack(m))
  end
  local at, words, bodies = 76, { pack("<I4", t.version or 3), producer }, {}
  for _, part in ipairs { modules, comdats, list, {} } do
    words[#words + 1] = pack("<I4I4", at, #part)
    bodies[#bodies + 1] = table.concat(part)
    at = at + #bodies[#bodies]
  end
  words[#words + 1] = triple
  words[#words + 1] = ("\0"):rep(8 * 2) .. pack("<I4I4", at, 0)
  local header = table.concat(words)
  for where, word in pairs(t.header or {}) do
    header = header:sub(1, where) .. pack("<I4", word)
             .. header:sub(where + 5)
  end
  local symtab = header .. table.concat(bodies)
  if t.cut then symtab = symtab:sub(1, t.cut) end
  return (t.before or "BC\xc0\xde")
    .. lto.block(8, "any code"):rep(t.count or 1)
    .. (t.between or "")
    .. (t.symtab == false and "" or lto.block(25, lto.blob(symtab)))
    .. (t.strtab == false and ""
        or lto.block(23, lto.blob(table.concat(strings)))),
    symtab, table.concat(strings)
end

return lto
