--- What linker scripts have between brackets: skipped, but for what it says
--- about inputs.

local core = require "symrun.core"
local lpeg = require "lpeg"
local text = require "symrun.script_text"

local C, Cc, Cp, P, S = lpeg.C, lpeg.Cc, lpeg.Cp, lpeg.P, lpeg.S

local brackets = {}

local comment = P "/*" * (1 - P "*/")^0 * "*/"
local skip = (S " \t\r\n\v\f" + comment + P "#" * (1 - P "\n")^0)^0
local space = skip * Cp()
local quoted = '"' * C((1 - P '"')^0) * '"'
local sign = C(S "(){};=:,>")

--- A file or a library, where several may stand.
brackets.file = Cp() * (quoted + C((1 - (S " \t\r\n\v\f(),;{}\"" + "/*"))^1))
                * Cp()


--- The next place that is no blank and no comment.
function brackets.after(object, at)
  local next_at = space:match(object.text, at)
  if object.text:find("^/%*", next_at) then
    text.fail(object, next_at, "the comment has no end")
  end
  return next_at
end


--- Remember why the inputs that a script names are perhaps not all.
function brackets.doubt(object, at, format, ...)
  if object.doubt then return end
  local line = text.where(object.text, at)
  object.doubt = ("%s (line %d)"):format(format:format(...), line)
end


local piece = space * (quoted * Cc(true)
                       + C((1 - (S " \t\r\n\v\f(){};=:,>\"" + "/*"))^1)
                         * Cc(false)) * Cp()

-- A word of SECTIONS that ld.bfd takes for a file to load.
local function names_file(word, depth, parens, next_byte)
  if depth < 2 or word:find "[*?[]" then return false end
  if next_byte == "(" then
    return word:find "[^A-Z_]" ~= nil and not word:find "^%."
  end
  return parens == 0 and next_byte ~= "=" and
         (word:find "[^.]%.[oa]$" or word:find "[^.]%.so[%d.]*$") ~= nil
end


-- What is between a bracket at a place and the one that closes it.
function brackets.balanced(object, at, sections)
  local stack, source = {}, object.text
  local braces, parens = 0, 0
  repeat
    at = brackets.after(object, at)
    local byte = sign:match(source, at)
    if byte == "(" or byte == "{" then
      stack[#stack + 1] = byte
      if #stack > text.max_depth then
        text.fail(object, at, "brackets are nested more than %d deep",
                  text.max_depth)
      end
      if byte == "{" then braces = braces + 1 else parens = parens + 1 end
      at = at + 1
    elseif byte == ")" or byte == "}" then
      local opened = table.remove(stack)
      if opened ~= (byte == ")" and "(" or "{") then
        text.expected(object, at, opened == "(" and "')'" or "'}'")
      end
      if byte == "}" then braces = braces - 1 else parens = parens - 1 end
      at = at + 1
    elseif byte then
      at = at + 1
    else
      local start, word, is_quoted, upto = piece:match(source, at)
      if not start then
        text.expected(object, at, stack[#stack] == "(" and "')'" or "'}'")
      end
      if sections then
        local next_at = brackets.after(object, upto)
        if word == "INCLUDE" and not is_quoted then
          brackets.doubt(object, start, "what INCLUDE brings is not read here")
        elseif names_file(word, braces, parens, source:sub(next_at, next_at))
        then
          brackets.doubt(object, start, "SECTIONS names %s, which ld.bfd "
                         .. "takes for an input", core.printable(word))
        end
      end
      at = upto
    end
  until #stack == 0
  return at
end


-- An expression, up to the ';' or ')' that ends it.
function brackets.expression(object, at)
  local source = object.text
  while true do
    at = brackets.after(object, at)
    local byte = source:sub(at, at)
    if byte == ";" or byte == ")" then return at end
    if byte == "(" then
      at = brackets.balanced(object, at)
    elseif byte == "" or byte == "{" or byte == "}" then
      text.expected(object, at, "';'")
    elseif byte == '"' then
      at = select(3, brackets.file:match(source, at))
      if not at then text.expected(object, #source + 1, "'\"'") end
    else
      at = at + 1
    end
  end
end

return brackets
