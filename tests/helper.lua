--- What specs share: a folder to work in, commands to run, the tool.
--
-- A command is a list of words, never a line: names in these tests hold
-- quotes, newlines and worse.

local helper = {}

helper.tool = os.getenv("SYMRUN") or "build/bin/symrun"
helper.top = os.getenv("SYMRUN_TOP") or io.popen("pwd"):read("l")


local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

function helper.line(words)
  local out = {}
  for i, word in ipairs(words) do out[i] = quote(word) end
  return table.concat(out, " ")
end


function helper.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end


function helper.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
  return path
end


local count = 0

--- A new empty folder; all are below build/, and stay to be looked at.
function helper.folder(name)
  count = count + 1
  local path = ("%s/%s/%s-%d"):format(helper.top,
    os.getenv("SYMRUN_TMP") or "build/tmp", name or "spec", count)
  assert(os.execute(helper.line { "rm", "-rf", path }))
  assert(os.execute(helper.line { "mkdir", "-p", path }))
  return path
end


-- A runtime that watches memory must come first in a Lua that loads a core
-- built with it.  `make check-lua` sets it for busted; it is not for others.
local sanitizer = os.getenv "SANITIZER" or ""
local before = sanitizer ~= "" and "unset LD_PRELOAD ASAN_OPTIONS; " or ""

--- Words that begin a command of a stock Lua, up to its variables.
function helper.stock()
  if not sanitizer:find "address" then return { "env" } end
  local asan = helper.must { "gcc", "-print-file-name=libasan.so" }
  return { "env", "LD_PRELOAD=" .. asan:match "%S+",
           "ASAN_OPTIONS=detect_leaks=0" }
end


--- Run words in a folder: gives the exit status (128+n for signal n), what
--- came to standard output, and what came to standard error.
function helper.run(words, folder, input)
  local out, err = os.tmpname(), os.tmpname()
  local line = helper.line(words) .. " >" .. out .. " 2>" .. err
               .. " <" .. quote(input or "/dev/null")
  if folder then line = "cd " .. quote(folder) .. " && " .. line end
  line = before .. line
  local _, how, status = os.execute(line)
  local stdout, stderr = helper.read(out), helper.read(err)
  os.remove(out)
  os.remove(err)
  return how == "signal" and 128 + status or status, stdout, stderr
end


--- Run words that must succeed; gives their output.
function helper.must(words, folder)
  local status, out, err = helper.run(words, folder)
  if status ~= 0 then
    error(("%s\nended with %d\n%s%s"):format(helper.line(words), status, out,
                                             err), 2)
  end
  return out
end


--- Run symrun with words: status, stdout, stderr.
function helper.symrun(words, folder)
  return helper.run({ helper.tool, table.unpack(words) }, folder)
end


--- Compile C text to an object in a folder.
function helper.cc(folder, name, text, ...)
  helper.write(folder .. "/" .. name .. ".c", text)
  helper.must({ "gcc", "-c", "-o", name .. ".o", name .. ".c", ... }, folder)
  return folder .. "/" .. name .. ".o"
end

return helper
