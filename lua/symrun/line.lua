--- A link line, as far as the mere order of its words tells.
--
-- Words that name files are the inputs, in order; -l is looked up in the -L
-- folders of the line.  What the words of an @file are is not read here, so a
-- rule that asks for the inputs of such a line gets unknown, never "none".

local core = require "symrun.core"

local line = {}

local Link = {}
Link.__index = Link
Link.__name = "symrun.link"

-- Options whose value is the next word, whatever that looks like.
local takes_value = {}
for word in ("-o -L -l -u -e -h -T -z -x -I -D -include -isysroot -target "
  .. "-arch -Xlinker -Xassembler -Xclang -soname -rpath -rpath-link -m -Map "
  .. "--version-script --dynamic-list --output --entry --undefined "
  .. "--sysroot -framework -dynamic-linker"):gmatch "%S+" do
  takes_value[word] = true
end


-- Does the word name a file?  Then it is an input.
local function add(link, word)
  local before = #link.tree
  link.open(link.tree, word)
  return #link.tree == before + 1
end


-- The first lib<name>.so or .a in the folders, as linkers look.
local function find_library(link, name)
  for _, folder in ipairs(link.folders) do
    for _, ending in ipairs(link.static and { ".a" } or { ".so", ".a" }) do
      if add(link, ("%s/lib%s%s"):format(folder, name, ending)) then return end
    end
  end
  link.elsewhere[#link.elsewhere + 1] = name  -- in the system's folders
end


local function take(link, words, i)
  local word = words[i]
  local short, value = word:match "^(%-[oLl])(.+)$"
  local used = i
  if takes_value[word] then
    short, value, used = word, words[i + 1], i + 1
  end
  if short == "-L" and value then link.folders[#link.folders + 1] = value
  elseif short == "-l" and value then find_library(link, value)
  elseif short == "-o" or short == "--output" then link.out = value
  elseif word == "-static" or word == "-Wl,-Bstatic" then link.static = true
  elseif word == "-Wl,-Bdynamic" then link.static = false
  elseif word:sub(1, 1) == "@" then link.unread = word
  elseif word:sub(1, 1) ~= "-" and not add(link, word)
         and not (words[i - 1] or ""):find "^%-" then
    link.missing = link.missing or word
  end
  return used
end


--- Read the words of a line, the program first.  `open(tree, word)` adds the
--- file that a word names, if there is one; without it, the real one.
function line.new(words, open)
  local tree = core.tree(true)
  local link = setmetatable({ tree = tree, open = open or tree.add,
                              folders = {}, elsewhere = {} }, Link)
  local i = 2
  while i <= #words do i = take(link, words, i) + 1 end
  return link
end


function Link:__tostring()
  return "the link of " .. core.printable(self.out or "a.out")
end


--- What the line makes.
function Link:output() return self.out or "a.out" end


-- The inputs of a kind, in the line's order; unknown if that cannot be told.
local function inputs(link, kind)
  local why = link.unread and ("the words of %s are not read by this version")
                              :format(core.printable(link.unread))
           or link.missing and ("the input %s is not there")
                              :format(core.printable(link.missing))
  if why then
    core.doubt(nil, why)
    error("unknown: " .. why, 0)
  end
  return link.tree:select(kind)
end

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

return line
