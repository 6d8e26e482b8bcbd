--- GNU version scripts, dynamic lists and lists for --export-dynamic-symbol.
--
-- Linkers differ in what they accept.  What any of them reads is read here, as
-- long as it has one meaning; `trouble` says which of them refuses a script or
-- takes other words out of it, and a question about that linker is unknown.

local addition = require "symrun.script_version_add"
local lpeg = require "lpeg"
local text = require "symrun.script_text"

local C, Cc, Cp, P, R, S =
  lpeg.C, lpeg.Cc, lpeg.Cp, lpeg.P, lpeg.R, lpeg.S

local version = {}

-- In bfd's words there is neither / nor =, in lld's and mold's there are.
local comment = P "/*" * (1 - P "*/")^0 * "*/" + P "#" * (1 - P "\n")^0
local skip = (S " \t\r\n\v\f"^1 + comment)^0
local byte = R("az", "AZ", "09") + S "_.$\\~=+[]*?-!^"
local word = (byte + "::")^1
local plain = (R("az", "AZ") + S "_.$*?[") * (R("az", "AZ", "09")
              + S "_.$*?[]-^" + "::")^0 * -(byte + "/*")
local entry = Cp() * C(plain) * skip * ";" * Cp() * skip
local entries = entry^-64  -- a pattern ^-n is n patterns
local glued = C((byte + S "/:")^1)  -- a word as lld and mold have it
local space = skip * Cp()
local token = Cp() * (C(word) * Cc(false)
              + '"' * C((1 - P '"')^0) * '"' * Cc(true)) * Cp()
local label = (C "global" + C "local") * skip * ":" * Cp()
local language = '"' * C((1 - S '"\n')^0) * '"' * skip * "{" * Cp()

version.comment = addition.comment


local function trouble(object, linkers, format, ...)
  for linker in linkers:gmatch "%S+" do
    object.trouble[linker] = object.trouble[linker] or format:format(...)
  end
end


-- lld and mold go on with a word where others do not.
local function lexed_otherwise(object, word_read)
  for _, linker in ipairs { "lld", "mold" } do
    object.differs[linker] = object.differs[linker]
      or ("takes more than '%s' for one word"):format(word_read)
  end
end


-- The next place that is no blank and no comment.
local function after(object, at)
  local next_at = space:match(object.text, at)
  if object.text:find("^/%*", next_at) then
    text.fail(object, next_at, "the comment has no end")
  end
  return next_at
end


local function expect(object, at, byte_wanted)
  if object.text:sub(at, at) ~= byte_wanted then
    text.expected(object, at, "'" .. byte_wanted .. "'")
  end
  return at + 1
end


-- == names ===================================================================

-- What not all linkers have for a name without quotes.
local function check_word(object, name, upto)
  if object.text:find("^/%*", upto) then
    lexed_otherwise(object, name)
  end
  if name:find "[~+=]" or name:find "^%d" then
    trouble(object, "bfd gold", "drops some bytes of '%s'", name)
  elseif name:find "[!\\]" then
    trouble(object, "gold", "reads no ! and no \\")
  elseif name == "global" or name == "local" then
    trouble(object, "gold", "takes '%s' for a label", name)
  elseif name == "extern" then
    trouble(object, "lld mold", "takes 'extern' for a block")
  end
end


local function add(object, block, at, name, quoted, upto)
  if name == "" then text.fail(object, at, "a name is empty") end
  block.live = block.live + 1
  return text.item(object, {
    name = name, at = at, upto = upto, quoted = quoted, block = block,
    where = block.where, node = block.node, language = block.language,
    pattern = block.language ~= "C" or name:find "[*?[\\]" ~= nil,
  })
end


local function read_name(object, block, at)
  local start, name, quoted, upto = token:match(object.text, at)
  if not start then
    if object.text:sub(at, at) == '"' then
      text.fail(object, at, "the quoted name has no end")
    end
    text.expected(object, at, block.extern and "a name or '}'"
                              or "a name, a label or '}'")
  end
  if not quoted then check_word(object, name, upto) end
  local stop = after(object, upto)
  if object.text:sub(stop, stop) == ";" then
    add(object, block, start, name, quoted, stop + 1)
    return stop + 1
  end
  if object.text:sub(stop, stop) ~= "}" or not block.extern then
    text.expected(object, stop, "';'")
  end
  add(object, block, start, name, quoted, upto)
  if object.kind ~= "version-script" then
    trouble(object, "mold", "wants ';' after each name of a list")
  end
  return stop
end


-- Many names at once: what a large script is made of.
local function read_names(object, block, at)
  while true do
    local list = table.pack(entries:match(object.text, at))
    if list.n < 3 then return at end
    for i = 1, list.n, 3 do
      local start, name, upto = list[i], list[i + 1], list[i + 2]
      if addition.keyword[name] then check_word(object, name, upto) end
      add(object, block, start, name, false, upto)
    end
    at = after(object, list[list.n])
  end
end


-- == blocks ==================================================================

local function new_block(parent, t)
  t.parent, t.live = parent, 0
  if parent then parent.live = parent.live + 1 end
  return t
end


local function open_extern(object, parent, at)
  local start = at + #"extern"
  local from = after(object, start)
  local name, open = language:match(object.text, from)
  if not name then return nil end
  if name ~= "C" and name ~= "C++" and name ~= "Java" then
    text.expected(object, from, "\"C\" or \"C++\"")
  end
  if name == "Java" then trouble(object, "lld mold", "knows no Java") end
  if parent.extern then
    trouble(object, "lld", "reads no extern inside another")
  end
  return new_block(parent, { at = at, open = open, language = name,
    where = parent.where, node = parent.node, extern = true,
    depth = (parent.depth or 0) + 1 }), open
end


local function close_extern(object, block, at)
  if block.live == 0 then
    trouble(object, "bfd gold", "reads no empty extern block")
  end
  block.close = at
  local stop = expect(object, after(object, at + 1), ";")
  block.upto = stop
  return stop
end


-- bfd and gold want names alone, or 'global:' and then 'local:', with names.
local function check_sections(object, node)
  local list = node.sections
  local first, second, third = list[1], list[2], list[3]
  if not second then return end
  for i = 2, #list do
    if list[i].live == 0 then
      trouble(object, "bfd gold", "reads no label without names")
    end
  end
  if first.live > 0 or #list > 3
     or third and (second.where ~= "global" or third.where ~= "local") then
    trouble(object, "bfd gold", "wants names after one 'global:' and then "
            .. "after one 'local:'")
  end
end


-- lld and mold read "global:foo" as one word.
local function check_glue(object, at, name)
  local one = glued:match(object.text, at)
  if one == name then
    one = name .. (glued:match(object.text, after(object, at + #name)) or "")
  end
  if one ~= name .. ":" then
    lexed_otherwise(object, name .. ":")
  end
end


local function read_label(object, node, at)
  local name, upto = label:match(object.text, at)
  if not name then return nil end
  if object.kind ~= "version-script" then
    if name == "local" then
      text.expected(object, at, "a name (such a list has no 'local:')")
    end
    trouble(object, "bfd gold mold", "reads no label in a list")
  end
  check_glue(object, at, name)
  local section = new_block(nil, { at = at, upto = upto, label = true,
    where = name, node = node, language = "C" })
  node.sections[#node.sections + 1] = section
  return section, upto
end


-- What stands between the braces of a node.
local function read_body(object, node, at)
  local block = new_block(nil, { where = "global", node = node,
                                 language = "C" })
  node.sections = { block }
  while true do
    at = read_names(object, block, after(object, at))
    if object.text:sub(at, at) == "}" then
      if not block.extern then check_sections(object, node); return at end
      at = close_extern(object, block, at)
      block = block.parent
    else
      local inner, open
      if object.text:find("^extern%f[^%w_.$]", at) then
        inner, open = open_extern(object, block, at)
      elseif not block.extern then
        inner, open = read_label(object, node, at)
      end
      if inner and (inner.depth or 0) > text.max_depth then
        text.fail(object, at, "blocks are nested more than %d deep",
                  text.max_depth)
      end
      if inner then block, at = inner, open
      else at = read_name(object, block, at) end
    end
  end
end


-- == files ===================================================================

local function check_nodes(object)
  if #object.nodes < 2 then return end
  if object.kind ~= "version-script" then
    return trouble(object, "lld mold", "reads one list in a file")
  end
  local seen = {}
  for _, node in ipairs(object.nodes) do
    if not node.name then
      trouble(object, "bfd lld", "wants a node without a name to be alone")
    elseif seen[node.name] then
      trouble(object, "bfd gold", "wants each node once")
    else
      seen[node.name] = true
    end
  end
end


local function read_dependencies(object, node, at)
  while true do
    local _, name, quoted, upto = token:match(object.text, at)
    if not name then break end
    if quoted then trouble(object, "bfd", "reads no quoted node") end
    node.after[#node.after + 1] = name
    at = after(object, upto)
  end
  if #node.after > 1 then
    trouble(object, "lld mold", "reads one name after a node")
  end
  return expect(object, at, ";")
end


local function read_node(object, at)
  local node = { at = at, index = #object.nodes + 1, after = {} }
  local _, name, quoted, upto = token:match(object.text, at)
  if name and object.kind == "version-script" then
    node.name = name
    if quoted then
      trouble(object, "bfd lld mold", "reads no quoted node")
    end
    at = after(object, upto)
  end
  if object.text:sub(at, at) ~= "{" then
    text.expected(object, at, node.name and "'{'"
      or object.kind == "version-script" and "a node's name or '{'" or "'{'")
  end
  object.nodes[node.index] = node
  node.open = at + 1
  node.close = read_body(object, node, at + 1)
  if object.kind ~= "version-script" and node.sections[1].live == 0
     and #node.sections == 1 then
    trouble(object, "bfd gold", "reads no empty list")
  end
  at = after(object, node.close + 1)
  if object.kind ~= "version-script" then return expect(object, at, ";") end
  return read_dependencies(object, node, at)
end


function version.read(object)
  object.nodes = {}
  if object.kind == "symbol-list" then
    trouble(object, "gold", "has no --export-dynamic-symbol-list")
  end
  local at = after(object, 1)
  repeat
    at = after(object, read_node(object, at))
  until at > #object.text
  check_nodes(object)
end


version.add = addition.names

return version
