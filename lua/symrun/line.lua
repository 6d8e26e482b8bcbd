--- A link line, as far as the mere order of its words tells.
--
-- Words that name files are the inputs, in order; -l is looked up in the -L
-- folders of the line.  What cannot be told from the words (an @file, a script
-- that names further inputs, a word that is no file) makes the inputs unknown
-- for the rule that asks for them, never "none".

local core = require "symrun.core"

local line = {}

local Line = {}
Line.__index = Line


-- == options =================================================================

local function set_of(words)
  local out = {}
  for word in words:gmatch "%S+" do out[word] = true end
  return out
end

-- Options whose value is the next word, whatever that looks like: those that
-- drivers and linkers share, a driver's, a linker's.  Long ones stand here
-- with one dash.
local shared = set_of [[
  -o -L -l -u -e -h -T -z -I -B -G -framework -weak_framework -arch -soname
  -rpath -rpath-link -install_name -current_version -compatibility_version
  -exported_symbols_list -unexported_symbols_list -exported_symbol
  -order_file -bundle_loader -dylib_file -syslibroot -platform_version
  -version-script -dynamic-list -export-dynamic-symbol
  -export-dynamic-symbol-list -output -entry -undefined -sysroot
  -dynamic-linker -plugin -plugin-opt -mllvm ]]
local of_driver = set_of [[
  -x -D -U -F -A -idirafter -imacros -include -iprefix -iquote -isysroot
  -isystem -iwithprefix -iwithprefixbefore -imultilib -MF -MT -MQ -target
  -Xassembler -Xclang -Xpreprocessor -Xanalyzer -param -aux-info -dumpbase
  -dumpbase-ext -dumpdir -wrapper -working-directory ]]
local of_linker = set_of [[
  -m -b -A -a -c -f -F -P -R -y -Y -Map -Ttext -Tdata -Tbss
  -Ttext-segment -Trodata-segment -Tldata-segment -section-start -defsym
  -wrap -retain-symbols-file -just-symbols -library -library-path -script
  -default-script -dT -mri-script -format -oformat -architecture -auxiliary
  -filter -fini -init -emulation -exclude-libs -out-implib -dependency-file
  -hash-style -require-defined -trace-symbol -version-exports-section
  -dynamic-list-data -assert -color -print-map-file -task-link
  -symbol-ordering-file -threads -lto-O -thinlto-cache-dir ]]

local scripts = set_of "-T -script -default-script -dT -c -mri-script"
local is_static = set_of "-Bstatic -dn -non_shared -static"
local is_dynamic = set_of "-Bdynamic -dy -call_shared"


-- "--name" and "-name" are one option, as linkers have it.
local function plain(option)
  return (option:gsub("^%-%-", "-"))
end


local function takes_value(word)
  local name = plain(word.text)
  return shared[name] or (word.linker and of_linker or of_driver)[name]
end


-- == words ===================================================================

-- Words in a row, each with whether it is the linker's own: a driver hands
-- some on with -Wl and -Xlinker.
local function flat(words)
  local program = (words[1] or ""):match "[^/]*$"
  local raw = false
  for _, pattern in ipairs { "^ld%f[%W]", "^ld64", "%-ld$", "%-ld%.", "lld",
                             "^gold$", "^mold$" } do
    raw = raw or program:find(pattern) ~= nil
  end
  local out, i = {}, 2
  while words[i] do
    local word = words[i]
    if not raw and word:sub(1, 4) == "-Wl," then
      for part in word:sub(5):gmatch "[^,]+" do
        out[#out + 1] = { text = part, linker = true }
      end
    elseif not raw and word == "-Xlinker" then
      i = i + 1
      if words[i] then out[#out + 1] = { text = words[i], linker = true } end
    else
      out[#out + 1] = { text = word, linker = raw }
    end
    i = i + 1
  end
  return out
end


-- What is known after a word: its option's name and value, and how many words
-- that takes.
local function parse(words, i)
  local word = words[i]
  local text = word.text
  if takes_value(word) then
    local value = words[i + 1]
    return plain(text), value and value.text, 2
  end
  local long, given = text:match "^(%-%-?[%w_-]+)=(.*)$"
  local name, value = text:match "^(%-[oLlT])(.+)$"
  if long and takes_value { text = long, linker = word.linker } then
    name, value = plain(long), given
  end
  return name or plain(text), value, 1
end


-- == files ===================================================================

local function is_folder(path)
  local file = io.open(path .. "/.")
  return file ~= nil and file:close()
end


-- Does the word name a file?  Then it is an input.
local function add(link, word)
  local before = #link.tree
  if is_folder(word) then return false end
  link.open(link.tree, word)
  return #link.tree > before
end


-- The first lib<name>.so or .a in the folders, as linkers look.
local function find_library(link, name)
  local files = link.static and { "lib%s.a" } or { "lib%s.so", "lib%s.a" }
  if name:sub(1, 1) == ":" then files = { "%s" } end
  for _, folder in ipairs(link.folders) do
    for _, file in ipairs(files) do
      local path = folder .. "/" .. file:format((name:gsub("^:", "")))
      if add(link, path) then return end
    end
  end
  link.elsewhere[#link.elsewhere + 1] = name  -- in the system's folders
end


local function doubt(link, format, ...)
  link.why = link.why or format:format(...)
end


-- A script may name inputs; most say only where sections go.
local function read_script(link, path)
  local file = io.open(path, "rb")
  local text = file and file:read "a"
  if file then file:close() end
  if not text then
    return doubt(link, "the script %s cannot be read", core.printable(path))
  end
  for _, command in ipairs { "INPUT", "GROUP", "INCLUDE", "STARTUP" } do
    if text:find("%f[%w_]" .. command .. "%f[^%w_]") then
      return doubt(link, "the inputs that the script %s names are not read by "
                   .. "this version", core.printable(path))
    end
  end
end


-- May the option be one that takes the next word, though no list says so?
local function may_take(option)
  return option:find "^%-%-?%a[%w_-]*$" ~= nil
         and not option:find "^%-[OWfgmlLs]"
end


-- A word that is no option, after one that perhaps takes it.
local function take_file(link, word, before)
  if word:sub(1, 1) == "@" then
    doubt(link, "the words of %s are not read by this version",
          core.printable(word))
  elseif add(link, word) or is_folder(word) then
    return
  elseif before and may_take(before.text) then
    doubt(link, "the input %s is not there, unless it is the value of %s",
          core.printable(word), core.printable(before.text))
  else
    doubt(link, "the input %s is not there", core.printable(word))
  end
end


local function take_option(link, word, name, value)
  if (name == "-l" or name == "-library") and value then
    find_library(link, value)
  elseif name == "-o" or name == "-output" then link.out = value or link.out
  elseif scripts[name] and value and (word.linker or name == "-T") then
    read_script(link, value)
  elseif name == "-force_load" or name == "-filelist" then
    doubt(link, "what %s brings is not read by this version", name)
  elseif is_static[name] then link.static = true
  elseif is_dynamic[name] then link.static = link.all_static end
end


-- What holds for the whole line wherever it stands: -L, and a driver's
-- -static.
local function look_ahead(link, words)
  local i = 1
  while words[i] do
    local name, value, used = parse(words, i)
    if (name == "-L" or name == "-library-path") and value then
      link.folders[#link.folders + 1] = value
    elseif not words[i].linker
           and (name == "-static" or name == "-static-pie") then
      link.static, link.all_static = true, true
    end
    i = i + used
  end
end


--- Read the words of a line, the program first.  `open(tree, word)` adds the
--- file that a word names, if there is one; without it, the real one.
function line.new(words, open)
  local tree = core.tree(true)
  local link = setmetatable({ tree = tree, open = open or core.add,
                              folders = {}, elsewhere = {} }, Line)
  local list, i = flat(words), 1
  look_ahead(link, list)
  while list[i] do
    local word, used = list[i], 1
    if word.text:sub(1, 1) == "-" and word.text ~= "-" then
      local name, value
      name, value, used = parse(list, i)
      take_option(link, word, name, value)
    else
      local before = i > 1 and not list[i - 1].value and list[i - 1] or nil
      take_file(link, word.text, before)
    end
    for k = i + 1, i + used - 1 do
      if list[k] then list[k].value = true end
    end
    i = i + used
  end
  return link
end


-- == what rules see ==========================================================

function Line:__tostring()
  return "the link of " .. core.printable(self.out or "a.out")
end


-- The inputs of a kind, in the line's order; unknown if that cannot be told.
local function inputs(link, kind)
  for _, file in ipairs(core.select(link.tree, "any")) do
    if file:format() == "script" or file:format() == "other" then
      -- what ld does not know, it takes for a script
      doubt(link, "the inputs that the script %s names are not read by this "
            .. "version", file)
    end
  end
  if #link.tree == 0 then doubt(link, "the line names no input") end
  if link.why then
    core.doubt(nil, link.why)
    error("unknown: " .. link.why, 0)
  end
  return core.select(link.tree, kind)
end


local Link = {}

--- What the line makes.
function Link:output() return self.out or "a.out" end

function Link:archives() return inputs(self, "archive") end
function Link:objects() return inputs(self, "object") end


--- Libraries (-l) that are in none of the line's own folders, by name.
function Link:elsewhere_named(pattern)
  local out = {}
  for _, name in ipairs(self.elsewhere) do
    if name:find(pattern) then out[#out + 1] = name end
  end
  return out
end


local shown = setmetatable({}, { __mode = "k" })  -- what rules were given

--- The link as a rule gets it: nothing that one rule does to it is seen by
--- another.
function Line:for_rule()
  local own = {}
  for name, method in pairs(Link) do
    own[name] = function (_, ...) return method(self, ...) end
  end
  local out = setmetatable({}, {
    __index = own, __name = "symrun.link", __metatable = false,
    __tostring = function () return tostring(self) end,
  })
  shown[out] = true
  return out
end


--- Is it a link that a rule was given?
function line.is(value) return shown[value] == true end

return line
