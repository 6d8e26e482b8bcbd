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
local scalars = require "symrun.script_scalars"
local text = require "symrun.script_text"

local C, Cp, P, S = lpeg.C, lpeg.Cp, lpeg.P, lpeg.S

local yaml = {}

local scalar, count = scalars.read, scalars.count

-- A map is { at=, keys={...}, where={key = place}, value={key = node} }, a list
-- { at=, list=true, where={place...}, node... }, a scalar a string.

local eol = S "\r\n" + -1
local blank = S " \t"
local value_of = P ":" * (blank + eol)
local closes = S ",[]{}"
local marker = (P "---" + "...") * (blank + eol)
local rest_of_line = (1 - S "\r\n")^0 * Cp()


-- == the next word ===========================================================

-- Go to what comes next; true if that is on another line.
local function advance(object, in_flow)
  local source, at, fresh = object.text, object.at, false
  while true do
    local next_at = source:find("[^ \t]", at) or #source + 1
    local c = source:sub(next_at, next_at)
    if c == "#" and not object.json
       and (next_at > at or at == object.line) then
      at = rest_of_line:match(source, next_at)
    elseif c == "\n" or c == "\r" and source:find("^\n", next_at + 1) then
      at = next_at + (c == "\n" and 1 or 2)
      object.line, fresh = at, true
    else
      object.at = next_at
      if fresh and not in_flow and c ~= "" then
        local tab = source:sub(object.line, next_at):find("\t", 1, true)
        if tab then
          text.fail(object, object.line + tab - 1, "a tab cannot indent")
        end
      end
      break
    end
  end
  object.over = object.at > #source or not object.json
                and object.at == object.line
                and marker:match(source, object.at) ~= nil
  return fresh
end


local function expect(object, sign)
  if object.over or object.text:sub(object.at, object.at) ~= sign then
    text.expected(object, object.at, "'" .. sign .. "'")
  end
  object.at = object.at + 1
end


local function enter(object, depth)
  if depth > text.max_depth then
    text.fail(object, object.at, "values are nested more than %d deep",
              text.max_depth)
  end
end


local function put(object, map, key, at, value)
  if map.where[key] then
    text.fail(object, at, "the key is there twice")
  end
  map.keys[#map.keys + 1], map.where[key], map.value[key] = key, at, value
end


local function new_map(object, at)
  count(object)
  return { at = at, keys = {}, where = {}, value = {} }
end


local function new_list(object, at)
  count(object)
  return { at = at, list = true, where = {} }
end


-- == in brackets =============================================================

local flow

local function flow_value(object, depth)
  advance(object, true)
  if closes:match(object.text, object.at)
     and not object.text:find("^[%[{]", object.at) and not object.json then
    return ""
  end
  return flow(object, depth)
end


-- "a: b" among the items of a list is a map of its own.
local function flow_list(object, depth)
  local list = new_list(object, object.at - 1)
  while true do
    advance(object, true)
    if object.text:find("^]", object.at) and not (object.json and #list > 0)
    then break end
    local at, item = object.at, flow(object, depth)
    advance(object, true)
    if type(item) == "string" and object.text:find("^:", object.at)
       and not object.json then
      local map = new_map(object, at)
      expect(object, ":")
      put(object, map, item, at, flow_value(object, depth))
      item = map
      advance(object, true)
    end
    list[#list + 1], list.where[#list + 1] = item, at
    if object.text:find("^]", object.at) then break end
    expect(object, ",")
  end
  expect(object, "]")
  return list
end


local function flow_map(object, depth)
  local map = new_map(object, object.at - 1)
  while true do
    advance(object, true)
    if object.text:find("^}", object.at)
       and not (object.json and #map.keys > 0) then break end
    local at = object.at
    local is_quoted = object.text:find('^"', at)
    local key = (is_quoted or not object.json) and scalar(object, true)
    if not key then text.expected(object, at, "a key") end
    advance(object, true)
    expect(object, ":")
    put(object, map, key, at, flow_value(object, depth))
    advance(object, true)
    if object.text:find("^}", object.at) then break end
    expect(object, ",")
  end
  expect(object, "}")
  return map
end


function flow(object, depth)
  enter(object, depth)
  if object.over then text.expected(object, object.at, "a value") end
  local c = object.text:sub(object.at, object.at)
  if c == "[" or c == "{" then
    object.at = object.at + 1
    return (c == "[" and flow_list or flow_map)(object, depth + 1)
  end
  local at = object.at
  return scalar(object, true) or text.expected(object, at, "a value")
end


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
