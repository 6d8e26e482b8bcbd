--- Links of a few tiny files, each written as one line of text, and made.
--
-- Every definition has a size that no other has, and every object a local
-- symbol named after it.  So the symbols of what a linker made tell which
-- definition won and which members are in it, whatever the linker.

local helper = require "helper"
local make = require "make"

local tiny_links = {}

local KINDS = {
  T = { bind = "global" }, W = { bind = "weak" }, u = { bind = "unique" },
  t = { bind = "local" }, C = { section = "common" },
  U = { section = "undef" }, w = { section = "undef", bind = "weak" },
}


--- "T f W g U h:hidden C k:2 (sig T f U g )": nm's letters and names, in turn.
--- A common has its size after a colon; what stands in parentheses is in the
--- COMDAT group of that signature.  Gives the symbols, each with its group,
--- and the groups' signatures in order.
function tiny_links.symbols(text)
  local list, groups, group, letter = {}, {}, nil, nil
  for word in text:gmatch "%S+" do
    if letter then
      local name, more = word:match "^(.-):(%w+)$"
      local symbol = { letter = letter, name = name or word, group = group }
      if letter == "C" then symbol.units = tonumber(more or 1)
      else symbol.visibility = more end
      for key, value in pairs(KINDS[letter]) do symbol[key] = value end
      list[#list + 1], letter = symbol, nil
    elseif word == ")" then group = nil
    elseif word:sub(1, 1) == "(" then
      groups[#groups + 1] = word:sub(2)
      group = #groups
    else
      letter = assert(KINDS[word] and word, word .. " is no letter of nm's")
    end
  end
  assert(not letter and not group, text)
  return list, groups
end


-- Sizes: 100 for each unit, one more for each symbol; a common adds 10000
-- for each of its own units.
local function size(unit, i, symbol)
  return (symbol.units or 0) * 10000 + unit * 100 + i
end


-- A reference is a pointer, so that no linker can overlook it.
local function relocations(list, at)
  local parts = {}
  for i, index in ipairs(list) do
    parts[i] = ("<I8I8i8"):pack(i * 8 - 8, index << 32 | 1, at or 0)
  end
  return table.concat(parts)
end


-- Symbols in it are 8 apart: two of a library in one place are aliases.
local function data_section(name, flags, wanted, count)
  return { name = name, type = 1, flags = flags, align = 8,
           bytes = ("\0"):rep(math.max(#wanted, count) * 8 + 8) }
end


local function rela_section(name, flags, wanted, of)
  return { name = name, type = 4, flags = flags, link = ".symtab", info = of,
           bytes = relocations(wanted), entsize = 24 }
end


--- The bytes of an object, from its text, its number and its name; and what
--- it defines: a list of {name, letter, size}.
function tiny_links.object(text, unit, name)
  local symbols, groups = tiny_links.symbols(text)
  local made = { { name = "=" .. name, bind = "local", type = "object",
                   section = ".data" } }
  local defines = {}
  local function place(symbol)
    return symbol.group and ".data." .. symbol.group or ".data"
  end
  local signatures = {}
  for i, s in ipairs(symbols) do
    if s.bind == "local" then
      made[#made + 1] = { name = s.name, bind = "local", type = "object",
                          section = place(s), size = 7 }
    elseif s.section ~= "undef" then
      s.size = size(unit, i, s)
      defines[#defines + 1] = { name = s.name, letter = s.letter,
                                size = s.size }
    end
  end
  local defined = {}
  for _, s in ipairs(symbols) do defined[s.name] = s.bind ~= "local" end
  for g, name_of in ipairs(groups) do
    if not defined[name_of] then
      made[#made + 1] = { name = name_of, bind = "local", size = 7,
                          section = ".group" .. g }
      signatures[g] = #made
    end
  end
  local wanted = { [0] = {} }
  for g in ipairs(groups) do wanted[g] = {} end
  for at, s in ipairs(symbols) do
    if s.bind ~= "local" then
      made[#made + 1] = { name = s.name, bind = s.bind, type = "object",
                          visibility = s.visibility, size = s.size,
                          value = s.letter == "C" and 8
                            or s.section ~= "undef" and at * 8 or 0,
                          section = s.section or place(s) }
      if s.section == "undef" then
        made[#made].type = "none"
        table.insert(wanted[s.group or 0], #made)
      end
      for g, signature in ipairs(groups) do
        if signature == s.name then signatures[g] = #made end
      end
    end
  end
  local sections = {}
  for g in ipairs(groups) do
    local first = #groups + 2 * g - 1
    sections[g] = { name = ".group" .. g, type = 17, link = ".symtab",
                    info = signatures[g], entsize = 4,
                    bytes = ("<I4I4I4"):pack(1, first, first + 1) }
  end
  for g in ipairs(groups) do
    local data = ".data." .. g
    sections[#sections + 1] = data_section(data, 0x203, wanted[g], #symbols)
    sections[#sections + 1] = rela_section(".rela" .. data, 0x240, wanted[g],
                                           #sections)
  end
  sections[#sections + 1] = data_section(".data", 3, wanted[0], #symbols)
  sections[#sections + 1] = rela_section(".rela.data", 0x40, wanted[0],
                                         #sections)
  sections[#sections + 1] = { name = ".note.GNU-stack", type = 1, bytes = "" }
  return (make.elf { sections = sections, symbols = made }), defines
end


-- "m: T f / n: W g": members' names and texts.
local function members(text)
  local list = {}
  for part in (text .. "/"):gmatch "%s*([^/]-)%s*/" do
    local name, symbols = part:match "^([^:%s]+):%s*(.*)$"
    list[#list + 1] = { assert(name, part), symbols }
  end
  return list
end


local function defined_names(text)
  local list = {}
  for _, s in ipairs((tiny_links.symbols(text))) do
    if s.section ~= "undef" and s.bind ~= "local" then list[#list + 1] = s end
  end
  return list
end


local library

--- Write one file; 'unit' is the last number given away.  'text' is that of an
--- object, of an archive (the name ends in .a; first "thin", "no NAME" for an
--- index without that name, "no index"), of a library (.so; first "version V"
--- for all its names; f@V and f@@V have their own).  Gives what its units
--- define, {unit, name, letter, size}, the new number, and for a library a
--- command that makes it.
function tiny_links.file(folder, name, text, unit)
  local all, command = {}, nil
  local function object(path, symbols, id)
    unit = unit + 1
    local bytes, defines = tiny_links.object(symbols, unit, id)
    for _, d in ipairs(defines) do
      d.unit = id
      all[#all + 1] = d
    end
    if path then helper.write(folder .. "/" .. path, bytes) end
    return bytes
  end
  if name:find "%.o$" then object(name, text, name)
  elseif name:find "%.a$" then
    local thin, rest = text:match "^(thin)%s+(.*)$"
    text = rest or text
    local lost = {}
    for word, more in function () return text:match "^no (%S+)%s+(.*)$" end do
      lost[word], text = true, more
    end
    local list, index, seen = {}, {}, {}
    for i, m in ipairs(members(text)) do
      seen[m[1]] = (seen[m[1]] or 0) + 1
      local id = seen[m[1]] > 1 and m[1] .. "#" .. seen[m[1]] or m[1]
      local file = ("%s.%s"):format(name:sub(1, -3), m[1])
      list[i] = { thin and file or m[1],
                  object(thin and file, m[2], ("%s(%s)"):format(name, id)) }
      for _, s in ipairs(defined_names(m[2])) do
        if not lost[s.name] then index[#index + 1] = { s.name, i } end
      end
    end
    list.thin = thin and true
    list.index = not lost.index and index or nil
    helper.write(folder .. "/" .. name, (make.ar(list)))
  else
    command = library(folder, name, text, object)
  end
  return all, unit, command
end


-- A shared library, made by ld.bfd: its versions are a script's.
function library(folder, name, text, object)
  local version, rest = text:match "^version (%S+)%s+(.*)$"
  text = rest or text
  local script, seen = {}, {}
  for v in text:gmatch "@(%w+)" do
    if not seen[v] then script[#script + 1] = v .. " { };\n" end
    seen[v] = true
  end
  if version then script[#script + 1] = version .. " { global: *; };\n" end
  object(name .. ".o", text, name)
  local words = { "ld.bfd", "-shared", "-soname", name, "-o", name,
                  name .. ".o" }
  if #script > 0 then
    helper.write(folder .. "/" .. name .. ".map", table.concat(script))
    words[#words + 1] = "--version-script=" .. name .. ".map"
  end
  return helper.line(words)
end


local TOGGLES = {
  ["--whole-archive"] = "whole", ["--no-whole-archive"] = { "whole" },
  ["--as-needed"] = "as_needed", ["--no-as-needed"] = { "as_needed" },
  ["--start-lib"] = "lazy", ["--end-lib"] = { "lazy" },
}

--- What the words of a line say, for core.resolve: inputs, how; and as a link
--- {words, files, inputs, how, makes}.
function tiny_links.link(line, files)
  local link = { words = {}, files = files, inputs = {}, makes = "executable",
                 how = { undefined = {}, defsym = {}, wrap = {} } }
  local now, group, next_word = {}, 0, nil
  local function value(word)
    if next_word == "u" then table.insert(link.how.undefined, word)
    elseif next_word == "e" then link.how.entry = word ~= "0" and word or nil
    elseif next_word == "z" then link.how.multiple = word == "muldefs" end
    next_word = nil
  end
  for word in line:gmatch "%S+" do
    local toggle, option = TOGGLES[word], word:match "^%-([uez])$"
    table.insert(link.words, word)
    if next_word then value(word)
    elseif option then next_word = option
    elseif toggle then
      now[toggle[1] or toggle] = type(toggle) == "string" or nil
      if toggle == "lazy" then  -- of objects, as one archive
        link.skip = { bfd = true }  -- before 2.44
        group = group + 1
      end
      if toggle == "lazy" then now.group = group
      elseif word == "--end-lib" then now.group = nil end
    elseif word == "--start-group" then group, now.group = group + 1, group + 1
    elseif word == "--end-group" then now.group = nil
    elseif word == "-shared" then link.makes = "library"
    elseif word == "-r" then link.makes = "object"
    elseif word:find "^%-%-entry=" then link.how.entry = word:match "=(.*)"
    elseif word:find "^%-%-wrap=" then
      table.insert(link.how.wrap, word:match "=(.*)")
    elseif word:find "^%-%-defsym=" then
      local name, of = word:match "=(.-)=(.*)"
      table.insert(link.how.defsym, { name, of:match "^%a.*" })
    elseif files[word] then
      local input = { name = word }
      for key, what in pairs(now) do input[key] = what end
      if not word:find "%.so$" then input.as_needed = nil end
      if not word:find "%.a$" then input.whole = nil end
      table.insert(link.inputs, input)
    end
  end
  link.how.makes = link.makes
  if link.makes == "executable" and not link.how.entry then
    table.insert(link.words, 1, "-e0")
  end
  return link
end


--- Make all of a link's files {name = text} in a folder.  Gives what its units
--- define, and commands for a shell that make the libraries.
function tiny_links.make(folder, files)
  local names, all, commands, unit = {}, {}, {}, 0
  for name in pairs(files) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local defines, command
    defines, unit, command = tiny_links.file(folder, name, files[name], unit)
    table.move(defines, 1, #defines, #all + 1, all)
    commands[#commands + 1] = command
  end
  return all, commands
end

return tiny_links
