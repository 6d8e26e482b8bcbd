--- What linkers make of links: who wins, what is linked, what they complain of.
--
-- All links of a batch are made by one script on two processors; then one
-- readelf reads all that was made.  What is undefined only warns; what is
-- defined twice stops a linker, which is then asked again to let it pass.

local helper = require "helper"

local linkers = {}

local function version(program)
  local status, out = helper.run { program, "--version" }
  return status == 0 and out:match "[^\n]+"
end


--- Those that are installed, by the names that specs give them.
linkers.all = {}
for _, l in ipairs {
  { "bfd", "ld.bfd", "-Map=bfd.why" }, { "gold", "ld.gold", "-Map=gold.why" },
  { "lld14", "ld.lld-14", "--threads=1 --why-extract=lld14.why" },
  { "lld19", "ld.lld-19", "--threads=1 --why-extract=lld19.why" },
  { "mold", "mold", "--thread-count=1" },
} do
  if version(l[2]) then
    linkers.all[#linkers.all + 1] = { name = l[1], program = l[2], why = l[3],
                                      version = version(l[2]) }
  end
end


-- In a shell, for one link by one linker: out, err (of the first run), why.
local function commands(folder, l, words)
  local out = l.name .. ".out"
  local line = ("%s --warn-unresolved-symbols %s -o %s %s"):format(
    l.program, helper.line(words), out, l.why or "")
  return ("cd '%s' && { %s 2>%s.err || { grep -E 'multiple def|duplicate "
    .. "symbol' %s.err >/dev/null && %s -z muldefs 2>%s.err2; }; }\n"):format(
      folder, line, l.name, l.name, line, l.name)
end


--- Make all links, {folder, words, commands = {before}, skip = {linker =
--- true}}.
function linkers.run(folder, links)
  local halves = { {}, {} }
  for i, link in ipairs(links) do
    for _, command in ipairs(link.commands or {}) do
      table.insert(halves[i % 2 + 1],
                   ("(cd '%s'; %s)\n"):format(link.folder, command))
    end
    for _, l in ipairs(linkers.all) do
      if not (link.skip and link.skip[l.name]) then
        table.insert(halves[i % 2 + 1], commands(link.folder, l, link.words))
      end
    end
  end
  for i = 1, 2 do
    helper.write(folder .. "/run" .. i, table.concat(halves[i]))
  end
  helper.run({ "sh", "-c", "sh run1 & sh run2; wait" }, folder)
end


-- One line of readelf -sW.
local LINE = "^%s*%d+: (%x+) +(%w+) (%u+) +(%S+).- (%w+) (%S+)%s*$"

--- What readelf tells of each of these files: {dynamic = , static = } lists
--- of {name, value, size, bind, section}.
function linkers.symbols(folder, paths)
  helper.write(folder .. "/paths", table.concat(paths, "\n") .. "\n")
  local text = helper.must { "sh", "-c",
    "xargs readelf -sW /dev/null <'" .. folder .. "/paths' 2>/dev/null; :" }
  local all, file, list = {}, nil, nil
  for line in text:gmatch "[^\n]+" do
    local path = line:match "^File: (.*)$"
    local of = line:match "^Symbol table '%.(%w+)'"
    if path then
      file = { static = {}, dynamic = {} }
      all[path] = file
    elseif of then list = of == "dynsym" and file.dynamic or file.static
    else
      -- (some write a unique binding as a number, in words)
      local value, size, kind, bind, section, name =
        line:gsub(" %(%d+%)$", ""):match(LINE)
      if name and kind ~= "SECTION" and kind ~= "FILE" then
        list[#list + 1] = { name = name, value = tonumber(value, 16),
          size = tonumber(size), bind = bind, section = section }
      end
    end
  end
  return all
end


local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "a" or ""
  if file then file:close() end
  return text
end


-- The names that a linker complains of.
local function complaints(text, patterns)
  local seen, list = {}, {}
  for _, pattern in ipairs(patterns) do
    for name in text:gmatch(pattern) do
      if not seen[name] then list[#list + 1] = name end
      seen[name] = true
    end
  end
  table.sort(list)
  return list
end

local DUPLICATE = { "multiple definition of [`']([^'\n]+)'",
                    "duplicate symbol: ([%w_$.@]+)\n",
                    "duplicate symbol: [^\n]-: [^\n]-: ([^\n]+)" }
local UNDEFINED = { "undefined reference to [`']([^'\n]+)'",
                    "undefined %l* ?symbol: ([%w_$.@]+)",
                    "symbol in a discarded section: ([%w_$.@]+)",
                    "[`'](%S-)' isn't defined\n" }


-- What was pulled in, for which name: {unit = name}.  What mold tells of that
-- is about sections, not about members.
local function reasons(l, text)
  local list = {}
  local function add(unit, name)
    list[unit] = list[unit] or name
  end
  if l.name:find "lld" then
    for unit, name in text:gmatch "\t([^\t\n]+)\t([^\t\n]+)" do
      add(unit, name)
    end
  else
    text = text:gsub("%)\n +", ") ")
    for unit, name in text:gmatch "\n(%S+%b())%s+%S- %(([^)]+)%)" do
      add(unit, name)
    end
  end
  return list
end


-- Units in the order of their addresses, by their local symbols.
local function units(symbols)
  local list = {}
  for _, s in ipairs(symbols.static) do
    if s.name:sub(1, 1) == "=" then list[#list + 1] = s end
  end
  table.sort(list, function (a, b) return a.value < b.value end)
  for i, s in ipairs(list) do list[i] = s.name:sub(2) end
  return list
end


--- What was made of one link by one linker: {made, linked = {unit, ...},
--- winner = {name = size}, shared = {name = version}, undefined, duplicates,
--- why, text}.
function linkers.outcome(link, l, symbols)
  local base = link.folder .. "/" .. l.name
  local err = read(base .. ".err")
  local out = { made = symbols and #symbols.static > 0, text = err,
                winner = {}, shared = {},
                duplicates = complaints(err, DUPLICATE) }
  -- (what a shared library lacks is told by bfd and gold alone)
  err = (err .. read(base .. ".err2")):gsub("[^\n]*%.so: warning: [^\n]*", "")
  out.undefined = complaints(err, UNDEFINED)
  out.why = reasons(l, read(base .. ".why"))
  out.linked = symbols and units(symbols) or {}
  -- mold lets names be defined twice in an object that it makes
  out.gold = l.name == "gold"
  out.careless = l.name == "mold" and link.makes == "object"
  for _, s in ipairs(symbols and symbols.dynamic or {}) do
    if s.section == "UND" and s.name ~= "" then
      local name, from = s.name:match "^(.-)@+(.*)$"
      out.shared[name or s.name] = from or ""
    end
  end
  for _, s in ipairs(symbols and symbols.static or {}) do
    -- mold makes all that it does not export local; 7 is that of true locals
    if s.section ~= "UND" and s.size ~= 7 and s.name:find "^[^=]" then
      out.winner[s.name:match "^[^@]+"] = s
    end
  end
  return out
end


--- Outcomes of all links: [i][linker].
function linkers.outcomes(folder, links)
  local paths = {}
  for _, link in ipairs(links) do
    for _, l in ipairs(linkers.all) do
      paths[#paths + 1] = ("%s/%s.out"):format(link.folder, l.name)
    end
  end
  local symbols = linkers.symbols(folder, paths)
  local all = {}
  for i, link in ipairs(links) do
    all[i] = {}
    for _, l in ipairs(linkers.all) do
      if not (link.skip and link.skip[l.name]) then
        all[i][l.name] = linkers.outcome(link, l, symbols[
          ("%s/%s.out"):format(link.folder, l.name)])
      end
    end
  end
  return all
end

return linkers
