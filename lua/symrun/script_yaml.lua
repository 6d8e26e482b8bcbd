--- The part of YAML that Apple's .tbd stubs are written in, and JSON, which is
--- its newest form and nearly a part of YAML too.
--
-- What tapi never writes (anchors, aliases, block scalars, scalars of several
-- lines, tabs that indent) is refused with its place, and so is a key that is
-- there twice: other readers of YAML take the first, the last, or none.  Each
-- byte is looked at a bounded number of times, and no value is longer than its
-- text, for an alias could make a short text stand for a very long one.
--
-- Syntax: YAML 1.2.2, chapters 7 and 8; RFC 8259.

local lpeg = require "lpeg"
local in_brackets = require "symrun.script_yaml_flow"
local scalars = require "symrun.script_scalars"
local text = require "symrun.script_text"

local C, Cp, P, S = lpeg.C, lpeg.Cp, lpeg.P, lpeg.S

local yaml = {}

local scalar, flow = scalars.read, in_brackets.read
local advance, expect = in_brackets.advance, in_brackets.expect
local enter, put = in_brackets.enter, in_brackets.put
local new_map, new_list = in_brackets.new_map, in_brackets.new_list

local eol = S "\r\n" + -1
local blank = S " \t"
local value_of = P ":" * (blank + eol)


-- == in lines ================================================================

local block

local function is_item(object)
  return not object.over
         and object.text:find("^%-[ \t\r\n]", object.at) ~= nil
end


-- What follows a sign on its line, or, further in, on the next ones.
local function value_after(object, column, depth, in_map)
  if not advance(object) and not object.over then
    if not in_map then return block(object, depth) end
    local node = object.text:find("^[%[{]", object.at) and flow(object, depth)
                 or scalar(object)
    if not node then text.expected(object, object.at, "a value") end
    if not advance(object) and not object.over then
      text.expected(object, object.at, "the end of the line")
    end
    return node
  end
  local inside = object.at - object.line
  if object.over or inside < column
     or inside == column and not (in_map and is_item(object)) then return "" end
  return block(object, depth)
end


local function at_column(object, column)
  if object.over or object.at - object.line < column then return false end
  if object.at - object.line > column then
    text.fail(object, object.at, "the indentation fits to nothing above")
  end
  return true
end


local function block_list(object, column, depth)
  local list = new_list(object, object.at)
  repeat
    object.at = object.at + 1
    list.where[#list + 1] = object.at
    list[#list + 1] = value_after(object, column, depth, false)
  until not at_column(object, column) or not is_item(object)
  return list
end


local function block_map(object, column, depth, key, at)
  local map = new_map(object, at)
  while true do
    expect(object, ":")
    put(object, map, key, at, value_after(object, column, depth, true))
    if not at_column(object, column) then return map end
    at = object.at
    key = scalar(object)
    if not key then text.expected(object, at, "a key") end
    advance(object)
  end
end


function block(object, depth)
  enter(object, depth)
  local at, column = object.at, object.at - object.line
  if is_item(object) then return block_list(object, column, depth + 1) end
  local node = object.text:find("^[%[{]", at) and flow(object, depth)
               or scalar(object)
  if not node then text.expected(object, at, "a value") end
  local fresh = advance(object)
  if type(node) == "string" and not fresh and not object.over
     and value_of:match(object.text, object.at) then
    return block_map(object, column, depth + 1, node, at)
  elseif not fresh and not object.over then
    text.expected(object, object.at, "the end of the line")
  end
  return node
end


-- == texts ===================================================================

local head = P "---" * blank^0 * C(P "!" * (1 - (blank + eol))^1)^-1
             * blank^0 * Cp()

local function document(object)
  local at = object.at
  local tag, inside = head:match(object.text, at)
  if not inside then tag, inside = "", tag end
  if not object.over or not inside then
    text.expected(object, at, "'---'")
  end
  object.at = inside
  if not advance(object) and object.at <= #object.text then
    text.expected(object, object.at, "the end of the line")
  end
  local node = object.over and "" or block(object, 1)
  if not object.over then
    text.fail(object, object.at, "the indentation fits to nothing above")
  end
  return { tag = tag, node = node, at = at }
end


local function reset(object, json)
  object.at, object.line, object.count, object.json = 1, 1, 0, json
end


--- The documents of a text: {tag=, node=, at=}.  Each begins with "---", and
--- the last ends with "...", so that one that was cut is known.
function yaml.documents(object)
  reset(object, false)
  local out, ended = {}, false
  advance(object)
  while object.at <= #object.text do
    if object.over and object.text:find("^%.%.%.", object.at) and #out > 0 then
      object.at, ended = object.at + 3, true
      if not advance(object) and object.at <= #object.text then
        text.expected(object, object.at, "the end of the line")
      end
    else
      out[#out + 1], ended = document(object), false
    end
  end
  if not ended then text.expected(object, object.at, "'...'") end
  return out
end


--- The one value of a text of JSON.
function yaml.json(object)
  reset(object, true)
  advance(object, true)
  local node = flow(object, 1)
  advance(object, true)
  if object.at <= #object.text then
    text.expected(object, object.at, "the end of the file")
  end
  return node
end

return yaml
