--- What other tools answer to the question that symrun nm answers.
--
-- Rows are "member TAB name TAB letter TAB size", escaped as symrun nm
-- escapes, so that two tools' answers are two lists of strings.  Members with
-- equal names are told apart as symrun tells them: the second is name#2.  A
-- peer prints no size for an undefined symbol and symrun prints the 0 that is
-- there, so undefined ones have none here.

local helper = require "helper"

local peers = {}


--- As symrun nm writes a name.
local function escaped(name, member)
  if name == "" then return "\\e" end
  if member and name == "-" then return "\\x2d" end
  return (name:gsub(member and '[^!"$-Z%[%]^-~]' or "[^!-Z%[%]^-~]",
    function (c) return ("\\x%02x"):format(c:byte()) end))
end


-- POSIX rows, "name letter value size", under a line that names the file, or
-- the member ("member.o:" for LLVM, "file[member.o]:" for GNU).  No line
-- stands over the rows of a single object.
local function read_posix(text, files, archive)
  local out, seen = {}, {}
  for _, file in ipairs(files) do out[file] = {} end
  local rows, member = out[files[1]], "-"
  for line in text:gmatch "[^\n]+" do
    local name, letter, size = line:match "^(.*) (%S) %d+ (%d+)$"
    if not name then  -- GNU prints no size of 0, and no value of an unknown
      name, letter = line:match "^(.*) ([%a?]) %d* *$"
      size = "0"
    end
    local title = line:match "^(.*):$"
    if name then
      if letter:match "[Uvw]" then size = "" end
      rows[#rows + 1] = table.concat({ member, escaped(name), letter, size },
                                     "\t")
    elseif archive and title then
      title = title:match "^.-%[(.*)%]$" or title
      seen[title] = (seen[title] or 0) + 1
      member = escaped(title, true)
        .. (seen[title] > 1 and "#" .. seen[title] or "")
    elseif title then
      rows = assert(out[title], "a line about no file: " .. line)
    end
  end
  return out
end


-- Each archive by itself, for LLVM does not say which archive a member is of;
-- all else in one run.  Gives { [file] = rows }, the worst exit status, and
-- the complaints: a peer's complaint is not an answer.
local function posix(words, files, folder)
  local out, worst, said, plain = {}, 0, {}, {}
  local function ask(list, archive)
    local line = table.move(words, 1, #words, 1, {})
    table.move(list, 1, #list, #line + 1, line)
    local status, text, err = helper.run(line, folder)
    for file, rows in pairs(read_posix(text, list, archive)) do
      out[file] = rows
    end
    worst = math.max(worst, status)
    said[#said + 1] = err
  end
  for _, file in ipairs(files) do
    local path = file:sub(1, 1) == "/" and file or folder .. "/" .. file
    local handle = assert(io.open(path, "rb"))
    if handle:read(2) == "!<" then ask({ file }, true)
    else plain[#plain + 1] = file end
    handle:close()
  end
  if #plain > 0 then ask(plain, false) end
  return out, worst, table.concat(said)
end


function peers.llvm(files, folder, ...)
  return posix({ "llvm-nm-19", "--no-llvm-bc", "-P", "-t", "d", "-p", ... },
               files, folder)
end


-- Plugins would let it read what it cannot read by itself.
function peers.gnu(files, folder, ...)
  return posix({ "nm", "--plugin", "/nonexistent", "-P", "-t", "d", "-p", ... },
               files, folder)
end


local COLUMNS = "^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)"
                .. "\t([^\t]*)$"

--- symrun nm's TSV, taken apart: { [file] = { rows, status, format, count,
--- classes = { [row] = class } } }.
function peers.parse(text)
  local out = {}
  local first = true
  for line in text:gmatch "([^\n]*)\n" do
    local file, slice, member, name, letter, class, size = line:match(COLUMNS)
    assert(size, "this is no row: " .. line)
    if first then
      assert(line == "file\tslice\tmember\tsymbol\tletter\tclass\tsize", line)
      first = false
    elseif slice == "#" then
      local rows = { classes = {} }
      out[file] = rows
      rows.format, rows.status, rows.count = member, name, tonumber(size)
    else
      local rows = out[file]
      if letter:match "[Uvw]" then size = "" end
      local row = table.concat({ member, name, letter, size }, "\t")
      rows[#rows + 1] = row
      rows.classes[row] = class
    end
  end
  assert(not first, "symrun nm printed nothing")
  return out
end


--- Does a message name this field, once, and this offset, at its end?
function peers.told(line, field, offset)
  local sentence, where, at = line:match "^(.*) %((.-)at offset (%d+)%)$"
  if tonumber(at) ~= offset then return false end
  local _, count = sentence:gsub(field:gsub("%p", "%%%0"), "")
  return where == (count == 0 and field .. " " or "") and count < 2
end


function peers.symrun(files, folder, ...)
  local words = { "nm", ... }
  table.move(files, 1, #files, #words + 1, words)
  local status, out, err = helper.symrun(words, folder)
  return peers.parse(out), status, err
end


--- What only one of two lists has, as lines; "" when they are the same.
function peers.difference(ours, theirs, most)
  local count, out = {}, {}
  for _, row in ipairs(ours) do count[row] = (count[row] or 0) + 1 end
  for _, row in ipairs(theirs) do count[row] = (count[row] or 0) - 1 end
  for row, n in pairs(count) do
    if n ~= 0 then out[#out + 1] = (n > 0 and "ours   " or "theirs ") .. row end
  end
  table.sort(out)
  local total = #out
  for i = (most or 12) + 1, total do out[i] = nil end
  if total > #out then out[#out + 1] = ("and %d more"):format(total - #out) end
  return table.concat(out, "\n")
end

return peers
