--- Tiny links for linkers of other systems than this one, made by LLVM's, and
--- what their maps and complaints say of them.
--
-- A map names the file of each symbol, so that the winner of a name can be read
-- there; but lld-link lists a weak definition by the name that clang gives it,
-- ".weak.f.default.x", and all copies of it.

local assert = require "luassert"
local helper = require "helper"
require "links"
local symrun_line = require "symrun.line"
local resolve = require "symrun.link_resolve"

local flavours = {}

local known = {
  ["wasm-ld"] = {
    target = "wasm32-unknown-unknown", prefix = "",
    line = { "wasm-ld-19", "--no-gc-sections", "--error-limit=0" },
    out = { "-o", "out", "--Map=map" },
  },
  ["lld-link"] = {
    target = "x86_64-pc-windows-msvc", prefix = "",
    line = { "lld-link-19", "/opt:noref", "/nodefaultlib", "/entry:_start",
             "/subsystem:console", "/errorlimit:0" },
    out = { "/out:out", "/map:map" },
  },
  ["ld64.lld"] = {
    target = "x86_64-apple-macos11", prefix = "_", format = "darwin",
    line = { "ld64.lld-19", "-arch", "x86_64", "-platform_version", "macos",
             "11", "11", "-e", "__start", "--error-limit=0" },
    out = { "-o", "out", "-map", "map" },
  },
}


-- == files ===================================================================

local count = 0

local define = {
  T = 'char %s[%d] = {1};', W = '__attribute__((weak)) char %s[%d] = {1};',
  S = '__attribute__((used)) inline char %s[%d] = {1};',
  t = '__attribute__((used)) static char %s[%d] = {1};',
}

-- "T f U g": nm's letters; S is one of many equal copies.
local function source(text, prefix, id)
  local out, uses = { 'extern "C" {' }, {}
  for letter, name in text:gmatch "(%a) (%S+)" do
    count = count + 1
    if define[letter] then
      out[#out + 1] = define[letter]:format(name, 16 + count % 1000)
    elseif letter == "C" then
      out[#out + 1] = ('asm(".comm %s%s, %d");'):format(
        prefix, name:match "^[^:]+", name:match ":(%d+)" or 4)
    else
      out[#out + 1] = ("extern char %s[]%s;"):format(name,
        letter == "w" and " __attribute__((weak))" or "")
      uses[#uses + 1] = name
    end
  end
  out[#out + 1] = ("extern char unit_%s[]; char unit_%s[3] = {1};"):format(id,
                                                                         id)
  if #uses > 0 then
    out[#out + 1] = ("extern void *use_%s[]; void *use_%s[] = { %s };"):format(
      id, id, table.concat(uses, ", "))
  end
  if text:find "start" then out[#out + 1] = "void _start(void) {}" end
  return table.concat(out, "\n") .. "\n}\n"
end


local function compile(folder, how, text, path)
  local id = path:gsub("[^%w]", "_")
  helper.write(folder .. "/" .. path .. ".cc", source(text, how.prefix, id))
  helper.must({ "clang", "-target", how.target, "-std=c++17", "-c", "-w", "-o",
                path, path .. ".cc" }, folder)
end


--- Make files {name = text}: objects, and archives as "m: T f / n: U g".
function flavours.make(folder, flavour, files)
  local how = known[flavour]
  for name, text in pairs(files) do
    if name:find "%.o$" then compile(folder, how, text, name)
    elseif name:find "%.dylib$" then
      compile(folder, how, text, name .. ".o")
      helper.must({ "ld64.lld-19", "-dylib", "-arch", "x86_64",
                    "-platform_version", "macos", "11", "11", "-o", name,
                    "-install_name", name, name .. ".o" }, folder)
    else
      local words = { "llvm-ar-19", "--format=" .. (how.format or "gnu"),
                      "rcs", name }
      for part in (text .. "/"):gmatch "%s*([^/]-)%s*/" do
        local member, symbols = part:match "^(%w+):%s*(.*)$"
        compile(folder, how, symbols, member .. ".o")
        words[#words + 1] = member .. ".o"
      end
      helper.must(words, folder)
    end
  end
end


-- == what the linker says ====================================================

local function at_unit(text)
  return (text:gsub("^.*/", ""))
end

local readers = {}

readers["wasm-ld"] = function (map, put)
  local unit
  for line in map:gmatch "[^\n]+" do
    local at = line:match "%s(%S+):%(.-%)$"
    local name = line:match "^%s+%S+%s+%x+%s+%x+%s+(%S+)$"
    if at then unit = at elseif name and unit then put(name, unit) end
  end
end

readers["lld-link"] = function (map, put)
  map = map:gsub("Static symbols.*", "")
  for name, at in map:gmatch "\n %x+:%x+ +(%S+) +%x+ *([^\n]*)" do
    local archive, member = at:match "^(.-):(.*)$"
    at = archive and ("%s.lib(%s)"):format(archive, member) or at
    if at == "" then at = "<made>" end
    local weak = name:match "^%.weak%.(.-)%.default"
    name = weak or name
    -- (of what is common, and of nothing at an address, there is no file)
    if not at:find "^<" then put(name, at, weak ~= nil)
    else put(name, "several") end
  end
end

readers["ld64.lld"] = function (map, put)
  local files = {}
  for number, path in map:gmatch "\n%[ *(%d+)%] ([^\n]+)" do
    files[number] = path
  end
  for number, name in map:gmatch "\n0x%x+\t0x%x+\t%[ *(%d+)%] _(%S+)" do
    put(name, files[number])
  end
end


local function complaints(text, ...)
  local list, seen = {}, {}
  for _, pattern in ipairs { ... } do
    for name in text:gmatch(pattern) do
      if not seen[name] then list[#list + 1] = name end
      seen[name] = true
    end
  end
  table.sort(list)
  return table.concat(list, " ")
end


--- Link: { status, text, winner = {name = unit}, linked = "units", undefined,
--- duplicates }.
function flavours.theirs(folder, flavour, words)
  local how, line = known[flavour], {}
  for _, list in ipairs { how.line, words, how.out } do
    table.move(list, 1, #list, #line + 1, line)
  end
  os.remove(folder .. "/map")
  local status, _, err = helper.run(line, folder)
  local out = { status = status, text = err, winner = {}, linked = {},
    undefined = complaints(err, "error: undefined symbol: _?([^\n]+)",
                           "undefined symbol: _?([^\n]+)\n"),
    duplicates = complaints(err, "duplicate symbol: _?([^\n]+)\n") }
  local several = {}
  if status == 0 then
    readers[flavour](helper.read(folder .. "/map"), function (name, unit, weak)
      if name:find "^unit_" then table.insert(out.linked, at_unit(unit)) end
      if weak and out.winner[name] and out.winner[name] ~= at_unit(unit) then
        several[name] = true
      elseif not weak or not out.winner[name] then
        out.winner[name] = at_unit(unit)
        if not weak then several[name] = nil end
      end
    end)
  end
  for name in pairs(several) do out.winner[name] = "several" end
  table.sort(out.linked)
  out.linked = table.concat(out.linked, " ")
  return out
end


-- == what we say =============================================================

local function unit(at)
  if at.line then return "line" end
  local base = at.file:path():match "[^/]+$"
  return at.member and ("%s(%s)"):format(base, at.member:name()) or base
end


local function in_order(names)
  local list = {}
  for name in names:each() do list[#list + 1] = name:text() end
  table.sort(list)
  return table.concat(list, " ")
end


--- The same of the line as symrun reads it; `names`: whose winners.
function flavours.ours(folder, flavour, words, names)
  local line = { table.unpack(known[flavour].line) }
  for _, word in ipairs(words) do
    local option, path = word:match "^(/wholearchive:)(.*)$"
    path = path or word:find "^[%w_]+%.%w+$" and word
    line[#line + 1] = path and ("%s%s/%s"):format(option or "", folder, path)
                      or word
  end
  local link = symrun_line.new(line)
  local all = resolve.of(link)
  assert.same({}, all.doubts)
  assert.same({ flavour }, all.linkers)
  local view = all.views[flavour]
  local out = { winner = {}, linked = {},
                undefined = in_order(view:undefined()),
                duplicates = in_order(view:duplicates()) }
  for _, at in ipairs(view:linked()) do
    if not at.library then out.linked[#out.linked + 1] = unit(at) end
  end
  table.sort(out.linked)
  out.linked = table.concat(out.linked, " ")
  for _, name in ipairs(names) do
    local at = view:winner(name)
    assert.is_true(at.sure, name)
    if at.state == "defined" then out.winner[name] = unit(at) end
  end
  return out
end


--- Both, which must be the same.
function flavours.agree(folder, flavour, files, words, names)
  flavours.make(folder, flavour, files)
  local theirs = flavours.theirs(folder, flavour, words)
  local ours = flavours.ours(folder, flavour, words, names)
  if theirs.duplicates == "" then  -- of these it tells first, and alone
    assert.equal(theirs.undefined, ours.undefined,
                 "undefined: " .. theirs.text)
  end
  assert.equal(theirs.duplicates, ours.duplicates,
               "duplicates: " .. theirs.text)
  if theirs.status ~= 0 then return theirs, ours end
  assert.equal(theirs.linked, ours.linked)
  for _, name in ipairs(names) do
    local winner = ours.winner[name]
    if winner and winner:find "%.dylib$" then winner = nil end  -- in no map
    if theirs.winner[name] ~= "several" then
      assert.equal(theirs.winner[name], winner, name)
    end
  end
  return theirs, ours
end

flavours.known = known
return flavours
