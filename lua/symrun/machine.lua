--- What is on this machine, as far as finding a compiler and its files goes.
--
-- That a path can be opened says nothing: a folder can.  Reading tells.

local core = require "symrun.core"

local machine = {}


--- Is it a folder?
function machine.is_folder(path)
  local file = io.open(path .. "/.", "rb")
  return file ~= nil and file:close()
end


--- Is it a file that can be read?
function machine.is_file(path)
  local file = io.open(path, "rb")
  if not file then return false end
  local ok = file:read(0) ~= nil or file:seek "end" == 0
  file:close()
  return ok
end


--- The first bytes of a file, all of them without a number; or nil.
function machine.head(path, count)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read(count or "a")
  file:close()
  return text
end

function machine.text(path) return machine.head(path) end


local function without_links(path)
  local tree = core.tree(true)
  if not pcall(core.add, tree, path) then return nil end
  local ok, files = pcall(core.select, tree, "any")
  return ok and files[1] and core.real(files[1]) or nil
end


--- The path of a file without links in it; nil where there is none.  It is
--- looked for, and does not count as checked.
function machine.real(path)
  return core.uncounted(without_links, path)
end


--- The program that a word names, first its path and then without links; or
--- nil and a sentence.  `folder` is where the line is run.
function machine.program(word, folder)
  if word:find "/" then
    local path = word:find "^/" and word or (folder or ".") .. "/" .. word
    local real = machine.is_file(path) and machine.real(path)
    if real then return path, real end
    return nil, ("the program %s is not here"):format(core.printable(word))
  end
  for place in (os.getenv "PATH" or ""):gmatch "[^:]+" do
    local path = place .. "/" .. word
    local real = machine.is_file(path) and machine.real(path)
    if real then return path, real end
  end
  return nil, ("the program %s is not on PATH"):format(core.printable(word))
end

return machine
