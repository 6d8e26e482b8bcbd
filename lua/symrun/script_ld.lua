--- Linker scripts, as far as they name inputs and symbols.
--
-- A script that stands for a library (GROUP, INPUT, AS_NEEDED) is read whole.
-- SECTIONS, MEMORY and PHDRS are taken as one part each; a file that ld.bfd
-- would load because SECTIONS names it makes the inputs unknown.

local brackets = require "symrun.script_brackets"
local core = require "symrun.core"
local lpeg = require "lpeg"
local text = require "symrun.script_text"
local version = require "symrun.script_version"
local winner = require "symrun.script_winner"

local C, Cc, Cp, P, R, S =
  lpeg.C, lpeg.Cc, lpeg.Cp, lpeg.P, lpeg.R, lpeg.S

local ld = {}

local after, balanced, doubt, expression =
  brackets.after, brackets.balanced, brackets.doubt, brackets.expression

local symbol = R("az", "AZ") + S "_.$"
local quoted = '"' * C((1 - P '"')^0) * '"'
local head = Cp() * (quoted * Cc(true)
             + C(symbol * (symbol + R "09" + S "-~")^0) * Cc(false)) * Cp()
local file = brackets.file
local assign = (P "<<=" + ">>=" + S "+-*/&|^" * "=" + (P "=" - "==")) * Cp()

-- Commands with names in parentheses that have no say in inputs or symbols.
local plain, blocks, alone = {}, {}, {}
for name in ("OUTPUT_FORMAT OUTPUT_ARCH OUTPUT TARGET SEARCH_DIR ASSERT "
             .. "NOCROSSREFS NOCROSSREFS_TO REGION_ALIAS LD_FEATURE FLOAT "
             .. "NOFLOAT"):gmatch "%S+" do
  plain[name] = true
end
for name in ("SECTIONS MEMORY PHDRS"):gmatch "%S+" do blocks[name] = true end
for name in ("FORCE_COMMON_ALLOCATION INHIBIT_COMMON_ALLOCATION "
             .. "FORCE_GROUP_ALLOCATION"):gmatch "%S+" do
  alone[name] = true
end


local function expect(object, at, wanted)
  at = after(object, at)
  if object.text:sub(at, at) ~= wanted then
    text.expected(object, at, "'" .. wanted .. "'")
  end
  return at + 1
end


-- == commands ================================================================

local function add(object, where, name, at, upto)
  return text.item(object, { where = where, name = name, at = at, upto = upto })
end


local function add_input(object, name, at, upto, t)
  local item = add(object, "input", name, at, upto)
  item.library = name:match "^%-l(.+)$"
  item.as_needed, item.group = t.as_needed or false, t.group
end


-- Files in parentheses, AS_NEEDED among them.
local function read_files(object, at, group)
  local source, needed = object.text, 0
  at = expect(object, at, "(")
  while true do
    at = after(object, at)
    local byte = source:sub(at, at)
    local start, name, upto = file:match(source, at)
    if byte == ")" then
      needed, at = needed - 1, at + 1
      if needed < 0 then return at end
    elseif byte == "," then
      at = at + 1
    elseif name == "AS_NEEDED" and byte ~= '"' then
      needed = needed + 1
      if needed > text.max_depth then
        text.fail(object, at, "AS_NEEDED is nested more than %d deep",
                  text.max_depth)
      end
      at = expect(object, upto, "(")
    elseif start then
      add_input(object, name, start, upto, { as_needed = needed > 0,
                                             group = group })
      at = upto
    else
      text.expected(object, at, "a file or ')'")
    end
  end
end


local function read_symbols(object, at)
  at = expect(object, at, "(")
  while true do
    at = after(object, at)
    local start, name, _, upto = head:match(object.text, at)
    local byte = object.text:sub(at, at)
    if byte == ")" then return at + 1 end
    if start then add(object, "wanted", name, start, upto)
    elseif byte ~= "," then text.expected(object, at, "a symbol or ')'") end
    at = upto or at + 1
  end
end


local function read_assignment(object, at, how)
  local start, name, _, upto = head:match(object.text, after(object, at))
  if not start then text.expected(object, after(object, at), "a symbol") end
  local value = assign:match(object.text, after(object, upto))
  if not value then text.expected(object, after(object, upto), "'='") end
  local stop = expression(object, value)
  if name ~= "." then
    local item = add(object, "defined", name, start, upto)
    item.provided, item.hidden = how:find "^PROVIDE" ~= nil,
                                 how:find "HIDDEN" ~= nil
    item.expression = object.text:sub(value, stop - 1):match "^%s*(.-)%s*$"
  end
  return stop
end


local function read_version(object, at)
  local open = expect(object, at, "{")
  local close = balanced(object, open - 1) - 1
  local before = object.text:sub(1, open - 1):gsub("[^\n]", " ")
  local inner = { text = before .. object.text:sub(open, close - 1),
                  kind = "version-script", name = object.name, items = {},
                  trouble = {}, differs = {} }
  version.read(inner)
  object.version = inner
  return close + 1
end


local commands = {}

function commands.INPUT(object, at) return read_files(object, at) end

function commands.GROUP(object, at)
  object.groups = object.groups + 1
  return read_files(object, at, object.groups)
end

commands.STARTUP = commands.INPUT
commands.EXTERN = read_symbols

function commands.ENTRY(object, at)
  local before = #object.items
  at = read_symbols(object, at)
  for i = before + 1, #object.items do object.items[i].entry = true end
  return at
end

commands.VERSION = read_version

function commands.INCLUDE(object, at)
  local start, name, upto = file:match(object.text, after(object, at))
  if not start then text.expected(object, after(object, at), "a file") end
  doubt(object, start, "what %s brings is not read here", core.printable(name))
  return upto
end

function commands.INSERT(object, at)
  local where = { file:match(object.text, after(object, at)) }
  local section = where[3] and { file:match(object.text,
                                            after(object, where[3])) }
  if not section or not section[3] then
    text.expected(object, after(object, at), "AFTER or BEFORE and a section")
  end
  return section[3]
end

for _, name in ipairs { "PROVIDE", "PROVIDE_HIDDEN", "HIDDEN" } do
  commands[name] = function (object, at)
    return expect(object, read_assignment(object, expect(object, at, "("),
                                          name), ")")
  end
end


-- A command that is not in any list: a part that may say anything.
local function read_other(object, name, at, start)
  local byte = object.text:sub(at, at)
  if byte ~= "(" and byte ~= "{" then
    text.expected(object, at, ("'(', '{' or '=' after %s"):format(
                  core.printable(name)))
  end
  doubt(object, start, "what %s says is not known", core.printable(name))
  return balanced(object, at)
end


local function read_command(object, at)
  local source = object.text
  local start, name, is_quoted, upto = head:match(source, at)
  if not start then text.expected(object, at, "a command or a symbol") end
  local next_at = after(object, upto)
  if assign:match(source, next_at) then
    return expect(object, read_assignment(object, at, ""), ";")
  elseif is_quoted then
    text.expected(object, next_at, "'='")
  elseif commands[name] then
    return commands[name](object, upto)
  elseif plain[name] then
    expect(object, next_at, "(")
    return balanced(object, next_at)
  elseif blocks[name] then
    expect(object, next_at, "{")
    if name == "SECTIONS" then
      object.sections = object.sections or (text.where(source, start))
    end
    local stop = balanced(object, next_at, name == "SECTIONS")
    if name == "SECTIONS" then
      object.placed = (object.placed or "") .. object.text:sub(next_at,
                                                               stop - 1)
    end
    return stop
  elseif alone[name] then
    return upto
  end
  return read_other(object, name, next_at, start)
end


function ld.read(object)
  object.groups = 0
  local at = after(object, 1)
  while at <= #object.text do
    if object.text:sub(at, at) == ";" then at = at + 1
    else at = read_command(object, at) end
    at = after(object, at)
  end
end


-- == questions ===============================================================

function ld.inputs(object)
  local out = {}
  for _, item in ipairs(object.items) do
    if item.where == "input" then
      out[#out + 1] = { name = item.name, library = item.library,
                        as_needed = item.as_needed, group = item.group }
    end
  end
  if object.doubt then return nil, object.doubt, out end
  return out
end


-- What stands before a place, without blanks: a byte, and where it is.
local function before(source, at)
  repeat at = at - 1 until not source:find("^%s", at) or at < 1
  return source:sub(at, at), at
end


-- Is the name at a place assigned to?  What follows "}", ">" and ":" may be a
-- region, and what it is filled with.
local function is_assigned(source, at)
  local byte, place = before(source, at)
  if byte ~= "(" then return byte ~= "" and (";{})"):find(byte, 1, true) end
  local word = source:sub(math.max(1, place - 20), place - 1)
               :match "([%a_]+)%s*$"
  if word == "PROVIDE" or word == "PROVIDE_HIDDEN" then return true, true end
  return word == "HIDDEN"
end


--- What it defines, in SECTIONS and elsewhere: a list of { name=, provided=
--- only if something wants it, expression= (or nil) }; and why there may be
--- more, if so.
function ld.defines(object)
  local out = {}
  for _, item in ipairs(object.items) do
    if item.where == "defined" then
      out[#out + 1] = { name = item.name, provided = item.provided,
                        expression = item.expression }
    end
  end
  local source = (object.placed or ""):gsub("/%*.-%*/", " ")
                                      :gsub('"[^"]*[%s=][^"]*"', '""')
  local at = 1
  while true do
    local from, upto, name = source:find(
      '%f[%w_.$"]"?([%a_.$][%w_.$]*)"?%s*[-+*/&|<>^]*=[^=]', at)
    if not from then break end
    local yes, provided = is_assigned(source, from)
    if yes and name ~= "." then
      out[#out + 1] = { name = name, provided = provided or false }
    end
    at = upto
  end
  if source:find "%f[%w_]INCLUDE%f[^%w_]" then
    return out, "INCLUDE in its SECTIONS may define more"
  end
  return out
end


--- The name at which the program begins, or nil; and those of EXTERN.
function ld.wants(object)
  local entry, list = nil, {}
  for _, item in ipairs(object.items) do
    if item.where == "wanted" and item.entry then entry = item.name
    elseif item.where == "wanted" then list[#list + 1] = item.name end
  end
  return entry, list
end


--- Why the names of a kind are perhaps not all.
function ld.unsure(object, where)
  if where == "defined" and object.sections then
    return ("SECTIONS (line %d) may define more"):format(object.sections)
  end
  return object.doubt
end


function ld.exports(object, name, options)
  if not object.version then
    return nil, "a linker script does not say what is exported"
  end
  return winner.exports(object.version, name, options)
end

return ld
