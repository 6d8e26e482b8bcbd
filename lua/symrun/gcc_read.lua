--- What a GCC driver knows, read from its program file: the specs that it was
--- built with, and how it was configured.
--
-- Distributions change them (Debian's adds --as-needed, Fedora's does not), so
-- no table of ours could be right.  gcc.cc keeps a table of struct spec_list
-- for -specs= to change, and it is found from the names in it.

local read = {}


-- == ELF =====================================================================

-- gABI, "ELF Header" and "Program Header": offsets by class.
local layouts = {
  [1] = { size = 4, phoff = 28, phentsize = 42, phnum = 44,
          offset = 4, vaddr = 8, filesz = 16, int = 4 },
  [2] = { size = 8, phoff = 32, phentsize = 54, phnum = 56,
          offset = 8, vaddr = 16, filesz = 32, int = 4 },
}

-- R_*_RELATIVE by machine, psABI of each; of others pointers stand in place.
local relative = { [62] = 8, [183] = 1027, [243] = 3, [21] = 22, [22] = 12,
                   [258] = 3 }

local LONGEST = 8192  -- of strings, before what is looked for in them

local Image = {}
Image.__index = Image


local function number(self, at, size)
  if at < 0 or at > #self.text - size then return nil end
  return (string.unpack(self.order .. "I" .. size, self.text, at + 1))
end


local function open(text)
  local layout = layouts[text:byte(5)]
  if text:sub(1, 4) ~= "\127ELF" or not layout or #text < 64 then return nil end
  local self = setmetatable({
    text = text, layout = layout, segments = {},
    order = text:byte(6) == 2 and ">" or "<" }, Image)
  local phoff = number(self, layout.phoff, layout.size)
  local step, count = number(self, layout.phentsize, 2),
                      number(self, layout.phnum, 2)
  self.relative = relative[number(self, 18, 2)]
  for i = 0, count - 1 do
    local at = phoff + i * step
    if at < 0 or at > #text - 56 then return nil end
    if number(self, at, 4) == 1 then  -- PT_LOAD
      self.segments[#self.segments + 1] = {
        offset = number(self, at + layout.offset, layout.size),
        address = number(self, at + layout.vaddr, layout.size),
        size = number(self, at + layout.filesz, layout.size) }
    end
  end
  return self
end


function Image:address(offset)
  for _, s in ipairs(self.segments) do
    local into = offset - s.offset
    if into >= 0 and into < s.size then return s.address + into end
  end
end


function Image:offset(address)
  for _, s in ipairs(self.segments) do
    local into = address - s.address
    if into >= 0 and into < s.size then return s.offset + into end
  end
end


-- Offsets at which some bytes stand.
local function each(text, bytes)
  local at = 1
  return function ()
    local found = text:find(bytes, at, true)
    if not found then return nil end
    at = found + 1
    return found - 1
  end
end


function Image:pack(value)
  if self.layout.size == 4 then value = value & 0xffffffff end
  return string.pack(self.order .. "I" .. self.layout.size, value)
end


-- The pointer at an address, in place or from a relocation.
function Image:pointer(address)
  if self.relative and self.layout.size == 8 then
    local key = string.pack(self.order .. "I8I8", address, self.relative)
    local found = self.text:find(key, 1, true)
    if found then return number(self, found - 1 + 16, 8) end
  end
  local at = self:offset(address)
  return at and number(self, at, self.layout.size)
end


-- Addresses at which a pointer to an address stands.
function Image:pointers_to(address)
  local out, size = {}, self.layout.size
  for at in each(self.text, self:pack(address)) do
    local is_addend = size == 8 and self.relative
                      and number(self, at - 8, 8) == self.relative
    local place = is_addend and number(self, at - 16, 8) or self:address(at)
    if place then out[#out + 1] = place end
  end
  return out
end


function Image:string(address)
  local at = address and self:offset(address)
  return at and self.text:match("^[^\0]*", at + 1)
end


-- == specs ===================================================================

-- struct spec_list { name, ptr, ptr_spec, next, int name_len, ... }; ptr is
-- null until a specs file sets it.  Specs of a target, EXTRA_SPECS, are pairs
-- of a name and a text.
local function find_spec(image, name)
  local size, extra = image.layout.size, nil
  for at in each(image.text, name .. "\0") do
    local address = image:address(at)
    for _, place in ipairs(address and image:pointers_to(address) or {}) do
      local ptr = image:pointer(place + size)
      local len = image:offset(place + 4 * size)
      if ptr == 0 and len and number(image, len, 4) == #name then
        local variable = image:pointer(place + 2 * size)
        local value = variable and image:pointer(variable)
        if value then return value ~= 0 and image:string(value) or "" end
      elseif ptr and ptr ~= 0 and image.text:byte(at) == 0 then
        local text = image:string(ptr)
        if text and (text == "" or text:find "[%%%-]") then
          extra = extra or text
        end
      end
    end
  end
  return extra
end


-- The strings in which some bytes stand, whole.
local function strings_with(text, bytes)
  local next_one = each(text, bytes)
  return function ()
    local at = next_one()
    if not at then return nil end
    local before = text:sub(math.max(at - LONGEST, 1), at)
    return (before:match ".*\0(.*)$" or before) .. text:match("^[^\0]*", at + 1)
  end
end


-- What configure was told, and what was built in beside.
local function configuration(text)
  local line
  for one in strings_with(text, "/configure -") do line = line or one end
  if not line then return nil end
  local function given(name)
    return line:match("%-%-" .. name .. "='([^']*)'")
           or line:match("%-%-" .. name .. "=(%S+)")
  end
  local out = { machine = given "target" or given "host" or given "build",
                sysroot = given "with%-sysroot", ld = given "with%-ld",
                multiarch = line:find("--enable-multiarch", 1, true) ~= nil,
                multilibs = {} }
  -- DIR[:OS-DIR[:MULTIARCH]] [!]OPTION...;  as genmultilib writes them
  for one in strings_with(text, ";\0") do
    local entry = one:match "^([%w.][^%s]* [%w%s!=_.,+-]*);$"
    if entry and (entry:find "^%." or entry:find "^%S*:"
                  or entry:find "!") then
      out.multilibs[#out.multilibs + 1] = entry
    end
  end
  -- STANDARD_EXEC_PREFIX
  for one in strings_with(text, "/gcc") do
    out.prefix = out.prefix or one:match "^/[%w/._+-]*/gcc[%w-]*/$"
  end
  return out
end


--- The driver in the bytes of a file: { config=, spec=function(name) }; nil if
--- it is none, or none that can be read.
function read.driver(text)
  local command
  for one in strings_with(text, "%{!fsyntax-only:") do
    if one:find "^%%{!fsyntax" and one:find("%(linker)", 1, true) then
      command = command or one
    end
  end
  if not command then return nil end
  local image = open(text)
  local config = configuration(text)
  if not image or not config or not config.machine or not config.prefix then
    return nil
  end
  local known = { link_command = command }  -- the only one not in the table
  local function spec(name)
    if known[name] == nil then known[name] = find_spec(image, name) or false end
    return known[name] or nil
  end
  if not (spec "startfile" and spec "lib" and spec "libgcc") then return nil end
  -- the names of folders that stand behind another in its paths
  local function after(folder)
    local next_one = each(text, folder)
    return function ()
      for at in next_one do
        local name = text:match("^([^/\0]+)/", at + #folder + 1)
        if name then return name end
      end
    end
  end
  return { config = config, spec = spec, after = after,
           has = function (bytes) return text:find(bytes, 1, true) ~= nil end }
end

return read
