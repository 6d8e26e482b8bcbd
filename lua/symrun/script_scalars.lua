--- Scalars of YAML and JSON: words, and texts in quotes, on one line.

local lpeg = require "lpeg"
local text = require "symrun.script_text"

local C, Cp, P, S = lpeg.C, lpeg.Cp, lpeg.P, lpeg.S

local scalars = {}

local eol = S "\r\n" + -1
local blank = S " \t"
local stop = eol + blank * "#"
local value_of = P ":" * (blank + eol)
local closes = S ",[]{}"
local plain = C((1 - (stop + value_of))^1) * Cp()
local plain_in_flow = C((1 - (stop + closes + ":" * (blank + eol + closes)))^1)
                      * Cp()
local single = "'" * C((1 - S "'\r\n" + "''")^0) * "'" * Cp()
local double = '"' * C((1 - S '"\\\r\n' + "\\" * (1 - S "\r\n"))^0) * '"' * Cp()


local escapes = { ["0"] = "\0", a = "\a", b = "\b", t = "\t", n = "\n",
                  v = "\v", f = "\f", r = "\r", e = "\27", ['"'] = '"',
                  ["/"] = "/", ["\\"] = "\\", [" "] = " " }
local in_json = '["\\/bfnrt]'
local digits = { x = 2, u = 4, U = 8 }


local function unescape(object, at, inside)
  local out, i = {}, 1
  local function code(n)
    local hex = inside:match("^%x+", i + 2)
    if not hex or #hex < n then
      text.fail(object, at + i, "%d hexadecimal digits are expected", n)
    end
    i = i + 2 + n
    return tonumber(hex:sub(1, n), 16)
  end
  while i <= #inside do
    local from = inside:find("\\", i, true) or #inside + 1
    out[#out + 1] = inside:sub(i, from - 1)
    i = from
    if i > #inside then break end
    local c = inside:sub(i + 1, i + 1)
    if digits[c] and not (object.json and c ~= "u") then
      local point = code(digits[c])
      if point >> 10 == 0x36 and inside:find("^\\u", i) then
        point = 0x10000 + (point & 0x3ff) * 0x400 + (code(4) & 0x3ff)
      end
      if point > 0x10ffff or point >> 11 == 0x1b then
        text.fail(object, at + from, "there is no such character")
      end
      out[#out + 1] = utf8.char(point)
    elseif escapes[c] and (not object.json or c:find(in_json)) then
      out[#out + 1] = escapes[c]
      i = i + 2
    else
      text.fail(object, at + i, "there is no such escape")
    end
  end
  return table.concat(out)
end


local function trimmed(s)
  local n = #s
  while n > 0 and (s:byte(n) == 32 or s:byte(n) == 9) do n = n - 1 end
  return s:sub(1, n)
end


local refused = {
  ["&"] = "an anchor", ["*"] = "an alias", ["!"] = "a tag",
  ["|"] = "a block scalar", [">"] = "a block scalar", ["%"] = "a directive",
  ["@"] = "a reserved sign", ["`"] = "a reserved sign",
}


--- Of all values.
function scalars.count(object)
  object.count = object.count + 1
  if object.count > text.max_items then
    text.unknown(object, object.at, "there are more than %d values",
                 text.max_items)
  end
end


--- The scalar that the object is at; false if there is none.
function scalars.read(object, in_flow)
  local source, at = object.text, object.at
  local c = source:sub(at, at)
  local inside, upto
  if c == '"' then
    inside, upto = double:match(source, at)
    local control = inside and object.json and inside:find "[\1-\31]"
    if control then text.fail(object, at + control, "a control character") end
    inside = inside and unescape(object, at, inside)
  elseif c == "'" and not object.json then
    inside, upto = single:match(source, at)
    inside = inside and inside:gsub("''", "'")
  elseif c == "" or closes:match(source, at) then
    return false
  elseif refused[c] then
    text.fail(object, at, "%s is not read here", refused[c])
  elseif source:find("^[?-][ \t\r\n]", at) or c == ":" and in_flow then
    return false
  else
    inside, upto = (in_flow and plain_in_flow or plain):match(source, at)
    if not inside then return false end
    inside = trimmed(inside)
    if object.json and not tonumber(inside) and inside ~= "true"
       and inside ~= "false" and inside ~= "null" then return false end
  end
  if not inside then
    text.fail(object, at, "the text in quotes has no end on its line")
  end
  scalars.count(object)
  object.at = upto
  return inside
end

return scalars
