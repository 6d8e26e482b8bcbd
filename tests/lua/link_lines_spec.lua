--- Thousands of random lines of each flavour: what was meant is understood,
--- what nobody touched comes back byte for byte, and what is changed is what a
--- plain list would be.

local links = require "links"

local SEED, ROUNDS = 20251120, 1000
local random = math.random

local function pick(list) return list[random(#list)] end


-- Options from the linkers' manuals, by form: "v" a value, "f" a flag, "l" a
-- letter with a value, "c" a value behind a colon or none.
local options = {
  gnu = { v = { "--rpath", "--soname", "--version-script", "--dynamic-list",
                "--defsym", "--wrap", "--Map", "--entry", "--undefined",
                "--exclude-libs", "--retain-symbols-file", "--sysroot" },
          f = { "--gc-sections", "--whole-archive", "--as-needed",
                "--start-group", "--end-group", "--eh-frame-hdr",
                "--Bsymbolic", "--no-undefined", "--build-id", "--strip-all",
                "--push-state", "--pop-state", "--export-dynamic" },
          l = { "-o", "-l", "-L", "-z", "-m" } },
  wasm = { v = { "--entry", "--export", "--undefined", "--wrap" },
           f = { "--no-entry", "--allow-undefined", "--strip-all",
                 "--import-table", "--gc-sections", "--relocatable" },
           l = { "-o", "-l", "-L", "-z" } },
  apple = { v = { "-o", "-e", "-u", "-rpath", "-install_name", "-arch",
                  "-exported_symbols_list", "-force_load", "-framework",
                  "-syslibroot", "-order_file" },
            f = { "-dylib", "-dead_strip", "-all_load", "-ObjC", "-bundle",
                  "-export_dynamic" },
            l = { "-L", "-F" } },
  msvc = { c = { "/OUT", "/DEF", "/LIBPATH", "/EXPORT", "/PDB", "/ENTRY",
                 "/WHOLEARCHIVE", "/DEFAULTLIB", "/IMPLIB" },
           f = { "/DLL", "/DEBUG", "/NOLOGO", "/FORCE", "/WX" } },
}
local driver = {
  v = { "--sysroot", "--target" }, l = { "-L", "-l", "-o", "-B", "-I", "-D" },
  s = { "-isystem", "-MF", "-include", "-idirafter" },
  f = { "-O2", "-Wall", "-fPIC", "-nostdlib", "-pthread", "-rdynamic",
        "-static-libgcc", "-s" },
}
-- What a driver's option is called where the linker has it too.
local same = { ["-rdynamic"] = "-rdynamic", ["-s"] = "--strip-all" }

local values = { "x", "a b", "a,b", "it's", 'q"q', "back\\slash", "a=b",
                 "/p/q.r", "$ORIGIN/../lib", "é", "-dash", "tab\tx", "#1",
                 "nl\nx", "a/@b", "*?[]" }
local inputs = { "a.o", "dir/b.o", "lib c.a", "x,y.o", "libz.so.1", "é.o",
                 "o=p.o", 'q".o' }


-- == making ==================================================================

-- A part as links.show has it, and as linker words.
local function any_option(known, dialect)
  local forms = {}
  for form in pairs(known) do forms[#forms + 1] = form end
  table.sort(forms)
  local form = pick(forms)
  local name, value = pick(known[form]), pick(values)
  if form == "f" then
    local short = dialect == "gnu" and random(2) == 1 and #name > 4
    if dialect == "msvc" and random(2) == 1 then name = name:lower() end
    local shown = dialect == "msvc" and name:upper() or name
    return same[shown] or shown, { short and name:sub(2) or name }
  end
  local shown = name .. "=" .. value
  if form == "s" then return shown, { name, value } end
  if form == "c" then
    local spelled = pick { name, name:lower(), "-" .. name:sub(2) }
    return shown, { spelled .. ":" .. value }
  end
  if form == "l" then
    if random(2) == 1 then return shown, { name .. value } end
    return shown, { name, value }
  end
  if dialect == "gnu" and random(2) == 1 then name = name:sub(2) end
  if dialect ~= "apple" and random(2) == 1 then
    return shown, { name .. "=" .. value }
  end
  return shown, { name, value }
end


-- Linker words as a driver's: in groups, or each behind -Xlinker.
local function wrap(words, out)
  for _, word in ipairs(words) do
    local last = out[#out] or ""
    if word:find "," or random(3) == 1 then
      out[#out + 1] = "-Xlinker"
      out[#out + 1] = word
    elseif last:find "^%-Wl," and random(2) == 1
           and out[#out - 1] ~= "-Xlinker" then
      out[#out] = last .. "," .. word
    else
      out[#out + 1] = "-Wl," .. word
    end
  end
end


-- A line: what each part is to be, and words without the program.
local function make(flavour, parts)
  local meant, words = {}, {}
  for _ = 1, parts do
    local which = random(10)
    if which <= 3 then
      local input = pick(inputs)
      meant[#meant + 1], words[#words + 1] = input, input
    elseif flavour.driver and which <= 6 then
      local shown, own = any_option(driver)
      meant[#meant + 1] = shown
      table.move(own, 1, #own, #words + 1, words)
    else
      local shown, own = any_option(options[flavour.dialect], flavour.dialect)
      meant[#meant + 1] = shown
      if flavour.driver then wrap(own, words)
      else table.move(own, 1, #own, #words + 1, words) end
    end
  end
  return meant, words
end


local function quote(word, dialect)
  if dialect == "msvc" then
    word = word:gsub("(\\*)\"", "%1%1\\\""):gsub("(\\+)$", "%1%1")
    return '"' .. word .. '"'
  end
  local way = random(3)
  if way == 1 and not word:find "['\\]" then return "'" .. word .. "'" end
  if way == 2 then return '"' .. word:gsub('["\\]', "\\%0") .. '"' end
  return (word:gsub("[ \t\"'\\]", "\\%0"):gsub("\n", '"\n"'))
end


-- Some of the words in response files, which may name others.
local function hide(words, files, dialect)
  local out, i = {}, 1
  while i <= #words do
    local n = math.min(random(6), #words - i + 1)
    local part = table.move(words, i, i + n - 1, 1, {})
    i = i + n
    if random(4) == 1 then
      if random(3) == 1 then part = hide(part, files, dialect) end
      local lines = {}
      for k, word in ipairs(part) do lines[k] = quote(word, dialect) end
      files.count = files.count + 1
      local name = "r" .. files.count
      files[name] = table.concat(lines, pick { "\n", " ", "\n\n", "\t " })
                    .. pick { "", "\n" }
      out[#out + 1] = "@" .. name
    else
      table.move(part, 1, #part, #out + 1, out)
    end
  end
  return out
end


local flavours = {
  { "cc", dialect = "gnu", driver = true },
  { "gcc", dialect = "gnu", driver = true },
  { "clang", dialect = "gnu", driver = true },
  { "ld", dialect = "gnu" }, { "ld.bfd", dialect = "gnu" },
  { "ld.gold", dialect = "gnu" }, { "ld.lld", dialect = "gnu" },
  { "mold", dialect = "gnu" }, { "ld64", dialect = "apple" },
  { "wasm-ld", dialect = "wasm" }, { "lld-link", dialect = "msvc" },
  { "link", dialect = "msvc" },
}


-- A random line: the words, the files, what its parts are meant to be.
local function any_line(flavour)
  local files = { count = 0 }
  local meant, words = make(flavour, random(12))
  words = hide(words, files, flavour.dialect)
  table.insert(words, 1, flavour[1])
  files.count = nil
  return words, files, meant
end


local function shown(words, files)
  local out = {}
  for part in links.line(words, files):parts() do
    out[#out + 1] = links.part(part)
  end
  return out
end


-- == properties ==============================================================

describe("random lines", function ()
  for _, flavour in ipairs(flavours) do
    it(("of %s are what was meant, and come back"):format(flavour[1]),
       function ()
      math.randomseed(SEED)
      for _ = 1, ROUNDS do
        local words, files, meant = any_line(flavour)
        local line = links.line(words, files)
        local parts = {}
        for part in line:parts() do parts[#parts + 1] = links.part(part) end
        assert.same(meant, parts, table.concat(words, "|"))
        assert.is_true(line:sure())
        local printed, made = line:print()
        assert.same(words, printed)
        assert.same({}, made)
      end
    end)
  end
end)


-- One random change of a line, done to its list of parts as well.
local function change(changes, parts, meant, gone)
  local i = random(#parts)
  local part, how = parts[i], random(4)
  if gone[i] then return end
  if how == 1 then
    assert(changes:drop("r", part))
    meant[i].now, gone[i] = nil, true
  elseif how == 2 and part:value() then
    local value = pick { "new.o", "x y", "p,q", 'n"m' }
    assert(changes:set("r", part, value))
    meant[i].now = part:name() and part:name() .. "=" .. value or value
    gone[i] = true
  elseif how == 3 then
    local where = pick { "before", "after" }
    assert(changes:add_word("r", where, part, "more.o"))
    if not meant[i].added[where .. "more.o"] then
      table.insert(meant[i][where], "more.o")
      meant[i].added[where .. "more.o"] = true
    end
  else
    local option = pick { "--rpath", "--wrap" }
    local value = pick { "v", "v,w", "v w" }
    local where = pick { "before", "after" }
    local key = where .. option .. value
    assert(changes:add("r", where, part, option, value))
    if not meant[i].added[key] then
      table.insert(meant[i][where], option .. "=" .. value)
      meant[i].added[key] = true
    end
  end
end


-- What the parts are to be after the changes.
local function flat(meant)
  local out = {}
  for _, m in ipairs(meant) do
    table.move(m.before, 1, #m.before, #out + 1, out)
    out[#out + 1] = m.now
    table.move(m.after, 1, #m.after, #out + 1, out)
  end
  return out
end


describe("random changes", function ()
  for k = 1, 8 do
    local flavour = flavours[k]
    it(("of lines of %s change that and nothing else"):format(flavour[1]),
       function ()
      math.randomseed(SEED)
      for _ = 1, ROUNDS do
        local words, files = any_line(flavour)
        local line = links.line(words, files)
        local changes, parts, meant, gone = line:changes(), {}, {}, {}
        for part in line:parts() do
          parts[#parts + 1] = part
          meant[#meant + 1] = { now = links.part(part), before = {},
                                after = {}, added = {} }
        end
        for _ = 1, random(5) do change(changes, parts, meant, gone) end
        local printed, made = line:print(changes, "/made")
        assert.is_table(printed, made)
        for _, text in ipairs(made) do
          assert.is_nil(files[text.path])
          files[text.path] = text.bytes
        end
        assert.same(flat(meant), shown(printed, files),
                    table.concat(words, "|") .. "\n"
                    .. table.concat(printed, "|"))
      end
    end)
  end
end)
