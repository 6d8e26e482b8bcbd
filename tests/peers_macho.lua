--- What llvm-nm says of Mach-O files, and symrun of the same, as equal rows.
--
-- Rows are "slice TAB member TAB name TAB letter".  Mach-O's symbols have no
-- sizes, and llvm-nm prints a value or blanks, so both are left out; nothing
-- else that is installed reads the format, so each spec says what is expected
-- of names that matter besides.

local helper = require "helper"

local peers = {}


local function escaped(name)
  if name == "" then return "\\e" end
  return (name:gsub("[^!-Z%[%]^-~]", function (c)
    return ("\\x%02x"):format(c:byte())
  end))
end


--- llvm-nm's rows by file, and its complaints.
function peers.llvm(files, folder, ...)
  local words = { "llvm-nm-19", "--no-llvm-bc", "--arch=all", "-P", "-A", "-t",
                  "d", "-p", ... }
  local out = {}
  for _, file in ipairs(files) do out[file] = {} end
  table.move(files, 1, #files, #words + 1, words)
  local _, text, err = helper.run(words, folder)
  for line in text:gmatch "[^\n]+" do
    local slice, where, rest = line:match
      "^%(for architecture ([^)]*)%):([^:]*): (.*)$"
    if not slice then where, rest = line:match "^([^:]*): (.*)$" end
    local file, member = where:match "^(.*)%[(.*)%]$"
    local name, letter = rest:match "^(.-) ([%a?]) *%d* *%d+$"
    assert(name, "this is no row: " .. line)
    local rows = assert(out[file or where], line)
    rows[#rows + 1] = table.concat({ slice or "-", member or "-",
                                     escaped(name), letter }, "\t")
  end
  return out, err
end


--- symrun's: also status, count, classes[name], and format, by file.
function peers.symrun(files, folder, view)
  local out = {}
  local words = { "nm", "--view", view or "native" }
  table.move(files, 1, #files, 3 + 1, words)
  local status, text, err = helper.symrun(words, folder)
  for line in text:gmatch "([^\n]*)\n" do
    local file, slice, member, name, letter, class, size = line:match(
      "^([^\t]*)" .. ("\t([^\t]*)"):rep(6) .. "$")
    if slice == "#" then
      out[file] = { format = member, status = name, count = tonumber(size),
                    classes = {}, letters = {} }
    elseif file ~= "file" or slice ~= "slice" then
      local rows = out[file]
      rows[#rows + 1] = table.concat({ slice, member, name, letter }, "\t")
      rows.classes[name], rows.letters[name] = class, letter
      assert(size == "-", line)
    end
  end
  return out, status, err
end

return peers
