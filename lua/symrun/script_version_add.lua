--- Names added to a version script or a dynamic list, where a person would
--- have put them.
--
-- Behind the last exported name, on a line of its own with that one's
-- indentation; or else behind 'global:', before 'local:', after the brace.

local lpeg = require "lpeg"
local text = require "symrun.script_text"

local P = lpeg.P

local addition = {}

addition.keyword = { global = true, ["local"] = true, extern = true }

--- What may stand behind a name on its line.
addition.comment = P "/*" * (1 - (P "*/" + "\n"))^0 * "*/"
                   + P "#" * (1 - P "\n")^0


local function written(name)
  if name == "" or name:find '["\n\r%z]' then
    return nil, "cannot be written in a version script"
  elseif name:find "[*?[\\]" then
    return nil, "has bytes that some linkers read as a pattern"
  end
  if name:find "^[%a_.$][%w_.$]*$" and not addition.keyword[name] then
    return name
  end
  return '"' .. name .. '"'
end


local function node_for(object, wanted)
  local found
  for _, node in ipairs(object.nodes) do
    if wanted == nil or node.name == wanted then
      if found and wanted == nil then
        return nil, "there are several nodes: name one of them"
      end
      found = node
    end
  end
  if not found then return nil, "there is no node " .. tostring(wanted) end
  return found
end


-- The last name that stands right under 'global:' of a node.
local function anchor_of(object, node)
  for i = #object.items, 1, -1 do
    local item = object.items[i]
    if item.node == node and item.where == "global"
       and not item.block.extern then return item end
  end
end


local function lines(names, indent, newline)
  return indent .. table.concat(names, newline .. indent) .. newline
end


-- Names behind a place: on lines of their own if its line ends there.
local function put_after(object, upto, names, indent)
  local source = object.text
  local stop = indent and text.next_line(source, upto, addition.comment)
  if stop then
    return text.insert(source, stop, lines(names, indent,
                                           text.newline(source)))
  end
  return text.insert(source, upto, " " .. table.concat(names, " "))
end


-- A 'global:' of its own before the 'local:' that stands there.
local function put_before(object, at, names, deeper)
  local source, newline = object.text, text.newline(object.text)
  local indent = text.indent_of(source, at)
  if not indent then
    return text.insert(source, at, "global: " .. table.concat(names, " ")
                       .. " ")
  end
  return text.insert(source, at - #indent, indent .. "global:" .. newline
                     .. lines(names, indent .. deeper, newline))
end


--- The text with names added to what a node exports.
function addition.names(object, names, options)
  local node, why = node_for(object, options.node)
  if not node then return nil, why end
  local list = {}
  for i, name in ipairs(names) do
    local as
    as, why = written(name)
    if not as then return nil, ("'%s' %s"):format(name, why) end
    list[i] = as .. ";"
  end
  local source, anchor = object.text, anchor_of(object, node)
  local deeper = source:find "\n\t" and "\t" or "  "
  if anchor then
    return put_after(object, anchor.upto, list,
                     text.indent_of(source, anchor.at))
  end
  local section = node.sections[2]
  if node.sections[1].live > 0 or not section then
    section = { at = node.open - 1, upto = node.open }
  elseif section.where == "local" then
    return put_before(object, section.at, list, deeper)
  end
  return put_after(object, section.upto, list,
                   text.line_indent(source, section.at) .. deeper)
end

return addition
