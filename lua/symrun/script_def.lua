--- Module definition files: what a DLL exports.
--
-- Keywords are in capitals, entries need no lines of their own, and where an
-- export ends is known by what follows.  MinGW's linker knows comments only at
-- the beginning of a line and takes `a == b` for an export of b.

local lpeg = require "lpeg"
local text = require "symrun.script_text"

local C, Cc, Cp, P, S = lpeg.C, lpeg.Cc, lpeg.Cp, lpeg.P, lpeg.S

local def = {}

def.comment = P ";" * (1 - P "\n")^0

local skip = (S " \t\r\n\v\f" + def.comment)^0
local word = (1 - S "=,;\r\n \t\v\f\"")^1
local token = skip * Cp() * ( C(P "==" + "=" + ",") * Cc "sign"
                            + '"' * C((1 - S '"\r\n')^0) * '"' * Cc "quoted"
                            + C(word) * Cc "word" + Cc "" * Cc "end" ) * Cp()

local statements, attributes = {}, {}
for name in ("NAME LIBRARY DESCRIPTION STACKSIZE HEAPSIZE CODE SECTIONS "
             .. "SEGMENTS EXPORTS IMPORTS VERSION STUB EXETYPE SUBSYSTEM "
             .. "PROTMODE OBJECTS INCLUDE"):gmatch "%S+" do
  statements[name] = true
end
for name in ("NONAME DATA CONSTANT PRIVATE"):gmatch "%S+" do
  attributes[name] = name:lower()
end

local all = { "link", "lld-link", "mingw" }

-- Statements that lld-link has none of.
local only_gnu = { DESCRIPTION = true, CODE = true, SECTIONS = true,
                   SEGMENTS = true, IMPORTS = true }


-- == reading =================================================================

local function next_token(object, at)
  local start, value, kind, upto = token:match(object.text, at)
  if kind == "end" and start <= #object.text then
    text.fail(object, start, "the quoted name has no end")
  end
  return { at = start, value = value, kind = kind, upto = upto }
end


local function is_name(t)
  return t.kind == "quoted" or t.kind == "word" and not statements[t.value]
         and not attributes[t.value] and t.value ~= "BASE"
end


local function number(object, t, digits)
  if not digits:find "^%d+$" or #digits > 5 then
    text.expected(object, t.at, "a number up to 65535")
  end
  return tonumber(digits)
end


local function differs(object, sign)
  if sign == "=" then return end
  for linker in (sign == "==" and "mingw link" or "mingw lld-link"):gmatch "%S+"
  do
    object.differs[linker] = object.differs[linker]
                             or ("may read %s otherwise"):format(sign)
  end
end


-- One thing that may follow the name of an export; nil if there is none.
local function attribute(object, item, t)
  local at_sign = t.kind == "word" and t.value:match "^@(%d*)$"
  if t.kind == "word" and attributes[t.value] then
    item[attributes[t.value]] = true
  elseif at_sign then
    if at_sign == "" then
      t = next_token(object, t.upto)
      at_sign = t.value
    end
    item.ordinal = number(object, t, at_sign)
  elseif t.kind == "sign" or t.kind == "word" and t.value == "EXPORTAS" then
    local field = ({ ["="] = "symbol", ["=="] = "alias",
                     EXPORTAS = "exported_as" })[t.value]
    if t.value == "," then
      object.trouble["lld-link"] = "reads no comma between exports"
      return t.upto
    end
    differs(object, t.value)
    t = next_token(object, t.upto)
    if not is_name(t) then text.expected(object, t.at, "a name") end
    item[field] = t.value
  else
    return nil
  end
  item.upto = t.upto
  return t.upto
end


local function read_export(object, t)
  if t.value == "" then text.fail(object, t.at, "a name is empty") end
  local item = { name = t.value, at = t.at, upto = t.upto, where = "global" }
  local lower = t.kind == "word" and attributes[t.value:upper()]
  if lower then
    text.fail(object, t.at, "'%s' is a name to some linkers and an attribute "
              .. "to others: quote it, or write capitals", t.value)
  end
  local at = t.upto
  while true do
    local after = next_token(object, at)
    local upto = attribute(object, item, after)
    if not upto then break end
    at = upto
  end
  item.forward = item.symbol and item.symbol:find(".", 2, true) ~= nil
  item.pattern = item.forward or nil
  text.item(object, item)
  return at
end


-- How many words a statement has at most, unless a sign goes on.
local operands = { VERSION = 1, DESCRIPTION = 1, STACKSIZE = 1, HEAPSIZE = 1,
                   NAME = 1, LIBRARY = 1, SUBSYSTEM = 1, STUB = 1 }

-- Other statements: their words, up to what begins another.
local function read_statement(object, t)
  if only_gnu[t.value] then
    object.trouble["lld-link"] = ("has no %s"):format(t.value)
  end
  local at, left = t.upto, operands[t.value] or math.huge
  while true do
    local after = next_token(object, at)
    if after.kind == "end" or after.kind == "word" and statements[after.value]
    then return at end
    if after.kind == "sign" or after.value == "BASE" then
      left = left + (after.kind == "sign" and 1 or 0)
    elseif left == 0 then
      return at
    else
      left = left - 1
      if t.value == "LIBRARY" or t.value == "NAME" then
        object.module = object.module or after.value
      end
    end
    at = after.upto
  end
end


-- Where MinGW's linker sees the words of a comment, or other quotes.
local function check_mingw(object)
  local lines = "\n" .. object.text
  if lines:find "\n[ \t]*[^%s;][^\n;]*;" then
    object.differs.mingw = "takes a comment behind an entry for more entries"
  elseif lines:find("'", 1, true) then
    object.differs.mingw = "has ' for a quote"
  end
end


function def.read(object)
  local at = 1
  if object.text:find("^\239\187\191") then
    text.fail(object, 1, "linkers take a byte order mark for a word")
  end
  check_mingw(object)
  while true do
    local t = next_token(object, at)
    if t.kind == "end" then break end
    if t.kind ~= "word" or not statements[t.value] then
      text.expected(object, t.at, "a statement like EXPORTS")
    end
    if t.value == "EXPORTS" then
      object.exports_at, at = t.upto, t.upto
      local name = next_token(object, at)
      while is_name(name) do
        at = read_export(object, name)
        name = next_token(object, at)
      end
    else
      at = read_statement(object, t)
    end
  end
end


-- == questions ===============================================================

function def.exports(object, name, options)
  local linker = options.linker
  if linker and linker ~= all[1] and linker ~= all[2] and linker ~= all[3]
  then
    return nil, ("what %s does with such a file is not known"):format(linker)
  end
  for _, each in ipairs(linker and { linker } or all) do
    local why = object.differs[each] or linker and object.trouble[each]
    if why then return nil, ("%s %s"):format(each, why) end
  end
  if not object.index then
    object.index = {}
    for _, item in ipairs(object.items) do
      object.index[item.exported_as or item.name] = item
    end
  end
  if object.index[name] then return true, object.index[name] end
  if #object.items > 0 or linker == "link" or linker == "lld-link" then
    return false
  end
  return nil, "of a file that names nothing MinGW's linkers export everything"
end


-- == additions ===============================================================

local function quoted(name)
  if name:find '["\r\n%z]' or name == "" then return nil end
  if name:find "^[%a_?][%w_?@$]*$" and not statements[name]
     and not attributes[name:upper()] and name ~= "BASE"
     and name ~= "EXPORTAS" then return name end
  return '"' .. name .. '"'
end


local function written(entry)
  if type(entry) ~= "table" then entry = { name = entry } end
  local name = quoted(entry.name)
  local symbol = entry.symbol and quoted(entry.symbol)
  if not name or entry.symbol and not symbol then
    return nil, ("'%s' cannot be written in a .def file"):format(entry.name)
  end
  return name .. (symbol and "=" .. symbol or "") .. (entry.data and " DATA"
                                                      or "")
end


function def.add(object, names)
  local source, newline = object.text, text.newline(object.text)
  local rows = {}
  for i, name in ipairs(names) do
    local row, why = written(name)
    if not row then return nil, why end
    rows[i] = row
  end
  local last = object.items[#object.items]
  local indent = last and text.indent_of(source, last.at)
  indent = indent or "  "
  local more = indent .. table.concat(rows, newline .. indent)
  local from = last and last.upto or object.exports_at
  if not from then
    local gap = source ~= "" and source:sub(-1) ~= "\n" and newline or ""
    return source .. gap .. "EXPORTS" .. newline .. more .. newline
  end
  local at = text.next_line(source, from, def.comment)
  if at then return text.insert(source, at, more .. newline) end
  if source:find("%S", from) then  -- more stands on this line
    return text.insert(source, from, newline .. more .. newline)
  end
  return source .. newline .. more
end

return def
