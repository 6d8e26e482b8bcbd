--- Link lines of real programs, as the linker gets them from the driver; and
-- what each linker tells of such a link by its own reports.

local helper = require "helper"

local real_links = {}

local FLAGS = {
  ["--whole-archive"] = { "whole", true },
  ["--no-whole-archive"] = { "whole" },
  ["--as-needed"] = { "as_needed", true },
  ["--no-as-needed"] = { "as_needed" },
  ["-Bstatic"] = { "static", true }, ["-static"] = { "static", true },
  ["-Bdynamic"] = { "static" },
}
local VALUE = { ["-m"] = true, ["-z"] = true, ["-o"] = true, ["-soname"] = true,
                ["-dynamic-linker"] = true, ["-plugin"] = true }


local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "a"
  if file then file:close() end
  return text
end


local function find(folders, name, static)
  for _, folder in ipairs(folders) do
    for _, ending in ipairs(static and { ".a" } or { ".so", ".a" }) do
      local path = ("%s/lib%s%s"):format(folder, name, ending)
      local text = read(path)
      if text then return path, text end
    end
  end
  error("there is no library " .. name)
end


--- The words that the driver calls the linker with, without its own plugin.
function real_links.words(driver, folder)
  table.insert(driver, "-v")
  local _, _, err = helper.run(driver, folder)
  local line = err:match "\n [^\n]*/collect2([^\n]*)" or error(err)
  local words, skip = {}, false
  for word in line:gmatch "%S+" do
    if skip or word == "-plugin" then skip = word == "-plugin"
    elseif not word:find "^%-plugin%-opt" and not word:find "^%-fuse%-ld" then
      words[#words + 1] = word
    end
  end
  return words
end


--- The inputs of such words, in order, as core.resolve takes them (with paths
--- in place of files), and its other questions.
function real_links.inputs(words, folder)
  local folders, inputs, now, kept, group = {}, {}, {}, {}, 0
  local how = { makes = "executable", entry = "_start", undefined = {} }
  local last
  local function add(path, text)
    if not text:find "^!<" and not text:find "^\127ELF" then
      local before, outer = now.as_needed, now.group  -- a linker script
      if not outer and text:find "GROUP" then
        group, now.group = group + 1, group + 1
      end
      for word in text:gsub("/%*.-%*/", ""):gsub("OUTPUT_FORMAT%b()", "")
                  :gmatch "[^%s()]+" do
        if word == "AS_NEEDED" then now.as_needed = true
        elseif word:find "^%-l" then add(find(folders, word:sub(3),
                                              now.static))
        elseif word:find "/" then add(word, assert(read(word), word))
        elseif word:find "%.so" then
          for _, place in ipairs { path:match "^(.*)/", table.unpack(folders) }
          do
            local so = read(place .. "/" .. word)
            if so then
              add(place .. "/" .. word, so)
              break
            end
          end
        end
      end
      now.as_needed, now.group = before, outer
      return
    end
    local library = text:find "^\127ELF" and path:find "%.so"
    inputs[#inputs + 1] = {
      path = path, whole = now.whole and not library or nil,
      as_needed = now.as_needed and library and true or nil,
      group = now.group,
    }
  end
  for _, word in ipairs(words) do
    local flag = FLAGS[word]
    if last == "-u" then table.insert(how.undefined, word) end
    if last then last = nil
    elseif flag then now[flag[1]] = flag[2]
    elseif VALUE[word] or word == "-u" then last = word
    elseif word:find "^%-L" then folders[#folders + 1] = word:sub(3)
    elseif word:find "^%-l" then add(find(folders, word:sub(3), now.static))
    elseif word == "--start-group" then group, now.group = group + 1, group + 1
    elseif word == "--end-group" then now.group = nil
    elseif word == "--push-state" then
      kept[#kept + 1] = { now.whole, now.as_needed, now.static }
    elseif word == "--pop-state" then
      now.whole, now.as_needed, now.static = table.unpack(table.remove(kept),
                                                          1, 3)
    elseif word:sub(1, 1) ~= "-" then
      local path = word:sub(1, 1) == "/" and word or folder .. "/" .. word
      add(path, assert(read(path), path))
    end
  end
  return inputs, how
end


--- "libc.a(printf.o)", "p.o": without folders.
function real_links.unit(text)
  return (text:gsub("^%S*/", "", 1):gsub("%(%S*/", "("))
end


--- Who gives each name, as --cref tells it: the first file of each.
function real_links.givers(text)
  local givers, name = {}, nil
  text = text:match "\nSymbol +File\n(.*)" or ""
  for line in text:gmatch "[^\n]+" do
    local first, file = line:match "^(%S+)%s+(%S.*)$"
    if first then givers[first:match "^[^@]+"] = real_links.unit(file)
    elseif line:find "^%S" then name = line:match "^[^@]+"
    elseif name then
      givers[name] = givers[name] or real_links.unit(line:match "%S.*")
      name = nil
    end
  end
  return givers
end

return real_links
