--- The part of YAML and JSON that both have: values in brackets, and how to get
--- from one word to the next.
--
-- A comment begins only behind a blank or a new line, and JSON has none; nor
-- has it plain words, and a comma at the end of a list is an error there alone.
--
-- Syntax: YAML 1.2.2, chapter 7; RFC 8259.

local lpeg = require "lpeg"
local scalars = require "symrun.script_scalars"
local text = require "symrun.script_text"

local Cp, P, S = lpeg.Cp, lpeg.P, lpeg.S

local yaml_flow = {}

local scalar, count = scalars.read, scalars.count

-- A map is { at=, keys={...}, where={key = place}, value={key = node} }, a list
-- { at=, list=true, where={place...}, node... }, a scalar a string.

local eol = S "\r\n" + -1
local blank = S " \t"
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


--- For block values, which are made of the same words.
yaml_flow.advance, yaml_flow.expect, yaml_flow.enter = advance, expect, enter
yaml_flow.put, yaml_flow.new_map, yaml_flow.new_list = put, new_map, new_list
yaml_flow.read = flow

return yaml_flow
