--- What the readers of text files share: places, sentences, cuts and globs.
--
-- A text is kept as it came, and what was read in it are places.  An edit cuts
-- or puts in bytes at such places; what no edit touches stays byte for byte.

local core = require "symrun.core"
local lpeg = require "lpeg"

local C, Cp, P, S = lpeg.C, lpeg.Cp, lpeg.P, lpeg.S

local text = {}

-- More than any project has, and less than a machine minds.
text.max_size, text.max_items, text.max_depth = 256 << 20, 1000000, 100

local max_shown = 40


-- == sentences ===============================================================

--- Line and column of a place, both from 1; a column is a byte.
function text.where(source, at)
  local line, start = 1, 1
  for next_line in source:sub(1, at - 1):gmatch "\n()" do
    line, start = line + 1, next_line
  end
  return line, at - start + 1
end


local word_at = C((1 - S " \t\r\n\v\f(){},;:\"")^1)

local function found(source, at)
  if at > #source then return "the end of the file" end
  local word = word_at:match(source, at) or source:sub(at, at)
  if word == "\n" or word == "\r" then return "the end of the line" end
  if #word > max_shown then word = word:sub(1, max_shown) .. "..." end
  return "'" .. core.printable(word) .. "'"
end


--- Stop reading: `problem` is what is wrong at a place.
function text.fail(object, at, problem, ...)
  local line, column = text.where(object.text, at)
  error({ sentence = ("%s, line %d, column %d: %s"):format(object.name, line,
          column, problem:format(...)), at = at }, 0)
end


--- The same, where the text may be right and is not read all the same.
function text.unknown(object, at, problem, ...)
  local _, why = pcall(text.fail, object, at, problem, ...)
  why.unknown = true
  error(why, 0)
end


--- Stop reading: something else was expected at a place than what is there.
function text.expected(object, at, what)
  text.fail(object, at, "%s is expected, not %s", what,
            found(object.text, at))
end


--- Call a reader; gives what it gives, or nil, its sentence, the place and
--- whether the text may be right.
function text.try(reader, ...)
  local done = table.pack(pcall(reader, ...))
  if done[1] then return table.unpack(done, 2, done.n) end
  local why = done[2]
  if type(why) ~= "table" or not why.sentence then error(why, 0) end
  return nil, why.sentence, why.at, why.unknown or false
end


--- Remember an item of an object.
function text.item(object, item)
  local items = object.items
  items[#items + 1] = item
  if #items > text.max_items then
    text.fail(object, item.at, "there are more than %d names", text.max_items)
  end
  return item
end


-- == edits ===================================================================

local blanks = S " \t"^0
local line_end = P "\r"^-1 * "\n" + -P(1)

--- The newline of a text: that of its first line.
function text.newline(source)
  return source:match "\r?\n" or "\n"
end


local function skip_back(source, at)
  while at > 1 do
    local byte = source:byte(at - 1)
    if byte ~= 32 and byte ~= 9 then break end
    at = at - 1
  end
  return at
end


--- The indentation of a place, if nothing else is before it on its line.
function text.indent_of(source, at)
  local left = skip_back(source, at)
  if left == 1 or source:byte(left - 1) == 10 then
    return source:sub(left, at - 1)
  end
end


--- The indentation of the line that a place is in.
function text.line_indent(source, at)
  while at > 1 and source:byte(at - 1) ~= 10 do at = at - 1 end
  return source:match("^[ \t]*", at)
end


--- Where the next line begins, if blanks and a comment are all that is left of
--- this one.
function text.next_line(source, at, comment)
  local next_line = (blanks * (comment * blanks)^-1 * line_end * Cp())
                    :match(source, at)
  if next_line and source:byte(next_line - 1) == 10 then return next_line end
end


-- What goes with a range when that is cut: its line, or blanks beside it.
local function widen(source, at, upto, comment)
  local indent = text.indent_of(source, at)
  local line = blanks * (comment * blanks)^-1 * line_end * Cp()
  local stop = indent and line:match(source, upto)
  if stop then return at - #indent, stop end
  local right = (blanks * Cp()):match(source, upto)
  if line_end:match(source, right) then return skip_back(source, at), upto end
  return at, right
end


--- A text without some ranges, which are in order; `comment` is what may
--- follow on a line that goes.
function text.cut(source, cuts, comment)
  local merged = {}
  for _, cut in ipairs(cuts) do
    local last = merged[#merged]
    local solid = last and (source:find("[^ \t]", last[2]) or #source + 1)
    if last and solid >= cut[1] then
      last[2] = math.max(last[2], cut[2])
    else
      merged[#merged + 1] = { cut[1], cut[2] }
    end
  end
  local out, from = {}, 1
  for _, cut in ipairs(merged) do
    local at, upto = widen(source, cut[1], cut[2], comment)
    out[#out + 1] = source:sub(from, math.max(at, from) - 1)
    from = upto
  end
  out[#out + 1] = source:sub(from)
  return table.concat(out)
end


--- A text with something put in before the byte at a place.
function text.insert(source, at, more)
  return source:sub(1, at - 1) .. more .. source:sub(at)
end


-- == globs ===================================================================

local function plain(byte)
  return (byte:gsub("[^%w]", "%%%0"))
end


-- What stands in brackets, as a Lua set; nil if linkers read it differently.
local function set(inside)
  local negated, rest = inside:match "^([!^]?)(.*)$"
  if rest == "" or rest:find "[%[%]\\\128-\255]" then return nil end
  local out, i = { negated ~= "" and "[^" or "[" }, 1
  while i <= #rest do
    local from, to = rest:match("^(.)%-(.)", i)
    if from then
      if not (from:find "%w" and to:find "%w") or from > to then return nil end
      out[#out + 1] = from .. "-" .. to
      i = i + 3
    else
      out[#out + 1] = plain(rest:sub(i, i))
      i = i + 1
    end
  end
  return table.concat(out) .. "]", negated ~= "" and negated or nil
end


-- The parts of a glob between its stars: Lua patterns in which nothing is
-- repeated, and the length of what they match.
local function parts_of(glob)
  local parts, any, negated = {}, false, nil
  local ones, i = {}, 1
  local function part()
    parts[#parts + 1] = { table.concat(ones), #ones }
    ones = {}
  end
  while i <= #glob do
    local byte = glob:sub(i, i)
    if byte == "\\" then return nil end
    if byte == "*" then
      part()
    elseif byte == "?" then
      ones[#ones + 1], any = ".", true
    elseif byte == "[" then
      local from = i + (glob:find("^[!^]", i + 1) and 3 or 2)
      local stop = glob:find("]", from, true)
      local one, but
      if stop then one, but = set(glob:sub(i + 1, stop - 1)) end
      if not one then return nil end
      ones[#ones + 1] = one
      any, negated, i = true, negated or but, stop
    else
      ones[#ones + 1] = plain(byte)
    end
    i = i + 1
  end
  part()
  return parts, any, negated
end


--- A function that tells whether a name matches a glob: true, false, or nil
--- where linkers differ; nil instead of a function if they always may.  Then
--- "!" or "^" if brackets begin with one.
function text.glob(glob)
  local parts, any, negated = parts_of(glob)
  if not parts then return nil end
  local first, last = parts[1], parts[#parts]
  local length = 0
  for _, part in ipairs(parts) do length = length + part[2] end
  return function (name)
    if any and name:find "[\128-\255]" then return nil end
    if #name < length or #parts == 1 and #name ~= length then return false end
    if not name:find("^" .. first[1]) then return false end
    if #parts == 1 then return true end
    local from, stop = first[2] + 1, #name - last[2] + 1
    for i = 2, #parts - 1 do
      local at = name:find(parts[i][1], from)
      if not at or at + parts[i][2] > stop then return false end
      from = at + parts[i][2]
    end
    return from <= stop and name:find("^" .. last[1], stop) ~= nil
  end, negated
end

return text
