--- Lists with a name a line: what Apple's linkers export or do not, orders of
--- symbols, files of -filelist, and what GNU's keep of the symbol table.
--
-- In ld64 a line begins with its comment or has none; in lld a comment may
-- follow a name.  An empty list of exports means everything to lld 14 and
-- nothing to lld 19.

local lpeg = require "lpeg"
local text = require "symrun.script_text"

local C, Cp, P, S = lpeg.C, lpeg.Cp, lpeg.P, lpeg.S

local list = {}

list.comment = P "#" * (1 - P "\n")^0

local blank = S " \t\v\f\r"
local row = blank^0 * Cp() * C((1 - P "\n")^0) * (P "\n" + -1) * Cp()


-- == reading =================================================================

-- Apple's orders may say of which architecture and object a symbol is.
local architecture = {}
for name in ("i386 x86_64 x86_64h arm armv7 armv7s armv7k arm64 arm64e "
             .. "arm64_32 ppc ppc64"):gmatch "%S+" do
  architecture[name] = true
end

local function split_order(item)
  local arch, rest = item.name:match "^([%w_]+):(.+)$"
  if arch and architecture[arch] then item.arch, item.name = arch, rest end
  local object, symbol = item.name:match "^(.-%.o%)?):(.+)$"
  if object then item.object, item.name = object, symbol end
end


local function read_row(object, at, line)
  local kind = object.kind
  local name = line
  if kind ~= "file-list" and kind ~= "retain-list" then
    name = line:match "^[^#]*"
    if name ~= line and name ~= "" and kind:find "export" then
      object.differs.ld64 = "takes a comment behind a name for part of it"
    end
  elseif line:sub(1, 1) == "#" then
    object.differs.bfd = "has no comments in such a list"
    object.differs.ld64 = object.differs.bfd
    name = ""
  elseif object.text:find("^[ \t]", at - 1) or line:find "[ \t]\r?$" then
    object.differs.ld64 = "takes blanks for part of a name"
  end
  name = name:gsub("[ \t\v\f\r]+$", "")
  if name == "" then return end
  if name:find "\r" then text.fail(object, at, "a line has several ends") end
  local item = { name = name, at = at, upto = at + #name, where = "global",
                 pattern = kind:find "export" and name:find "[*?[]" ~= nil }
  if kind == "order-list" then split_order(item) end
  if name:find "[ \t]" and kind == "retain-list" then
    object.differs.bfd = "takes each word for a name"
  end
  text.item(object, item)
end


function list.read(object)
  local source, at = object.text, 1
  while at <= #source do
    local start, line, stop = row:match(source, at)
    read_row(object, start, line)
    at = stop
  end
end


-- == questions ===============================================================

local function index(object)
  if object.exact then return end
  object.exact, object.globs = {}, {}
  for _, item in ipairs(object.items) do
    if item.pattern then object.globs[#object.globs + 1] = item
    else object.exact[item.name] = item end
  end
end


-- What a glob of Apple's says: in ld64 "!" and "^" are nothing special, and
-- one star may follow another only to match nothing.
local function matches(item, name)
  if item.glob == nil then
    local glob, negated = text.glob(item.name)
    item.glob = glob and not negated and not item.name:find("**", 1, true)
                and glob or false
  end
  if not item.glob then return nil end
  return item.glob(name)
end


local function is_listed(object, name)
  if object.exact[name] then return true, object.exact[name] end
  local maybe
  for _, item in ipairs(object.globs) do
    local yes = matches(item, name)
    if yes then return true, item end
    if yes == nil then maybe = item end
  end
  if maybe then return nil, ("'%s' may match it"):format(maybe.name) end
  return false
end


-- Only lld takes what shall stay in the symbol table for what is exported.
local function retained(object, name, linker)
  if linker == "bfd" or linker == "gold" or linker == "mold" then
    return true
  end
  local yes, item = is_listed(object, name)
  if yes or linker == "lld" then return yes, item end
  return nil, "not in the list: lld hides it, other linkers do not"
end


function list.exports(object, name, options)
  local kind, linker = object.kind, options.linker
  index(object)
  if kind == "retain-list" then return retained(object, name, linker) end
  if not kind:find "export" then
    return nil, ("a %s does not say what is exported"):format(kind)
  elseif linker and linker ~= "ld64" and linker ~= "lld" then
    return nil, ("what %s does with such a file is not known"):format(linker)
  elseif object.differs.ld64 and linker ~= "lld" then
    return nil, "ld64 " .. object.differs.ld64
  elseif #object.items == 0 and kind == "export-list" and linker ~= "ld64" then
    return nil, "linkers differ in what an empty list exports"
  end
  local yes, why = is_listed(object, name)
  if yes == nil then return nil, why end
  if kind == "unexport-list" then yes = not yes end
  return yes, why
end


function list.inputs(object)
  local out = {}
  if object.kind ~= "file-list" then return out end
  local folder = object.folder and object.folder .. "/" or ""
  for i, item in ipairs(object.items) do
    out[i] = { name = folder .. item.name }
  end
  if object.differs.ld64 then
    return nil, "ld64 " .. object.differs.ld64, out
  end
  return out
end


-- == additions ===============================================================

local function cannot(object, name)
  if name:find "[\n\r%z]" or name:find "^[ \t\v\f]" or name == ""
     or name:find "[ \t\v\f]$" or name:find "^#" then return true end
  if object.kind:find "export" then return name:find "[*?%[%]#]" end
  return object.kind == "order-list" and name:find "#"
         or object.kind == "retain-list" and name:find "[ \t]"
end


function list.add(object, names)
  local source, newline = object.text, text.newline(object.text)
  for _, name in ipairs(names) do
    if cannot(object, name) then
      return nil, ("'%s' cannot be written in a %s"):format(name, object.kind)
    end
  end
  local last = object.items[#object.items]
  local indent = last and text.indent_of(source, last.at) or ""
  local at = #source + 1
  if last then
    at = source:match("\n()", last.upto) or at
  end
  if at > 1 and source:sub(at - 1, at - 1) ~= "\n" then
    return source .. newline .. indent
           .. table.concat(names, newline .. indent)
  end
  return text.insert(source, at, indent .. table.concat(names, newline
                     .. indent) .. newline)
end

return list
