--- Every library, object and program of this machine: what symrun says of each,
--- beside what llvm-nm and llvm-readobj say.
--
--   make check-real          or  make check-real REAL='/opt ~/other'
--
-- Files are known by their first bytes.  A row for each kind says how many were
-- compared, with how many symbols, and how many differ; each of these is told
-- with what differs, and the status is 1.

package.path = "tests/?.lua;" .. package.path

local coff = require "peers_coff"
local helper = require "helper"
local lto = require "lto"
local peers = require "peers"

local BATCH = 200

local function kind_of(head)
  if head:find "^!<arch>\n" then return "archive" end
  if head:find "^\x7fELF" then
    local kind = (head:byte(6) == 2 and ">I2" or "<I2"):unpack(head, 17)
    return kind == 1 and "ELF object" or (kind == 2 or kind == 3)
           and "ELF linked" or nil
  end
  if head:find "^BC\xc0\xde" or head:find "^\xde\xc0\x17\x0b" then
    return "bitcode"
  end
  if head:find "^%zasm\1" then return "wasm" end
  if head:find "^\x64\x86" or head:find "^\x4c\1" then return "COFF" end
  if head:find "^MZ" then return "PE" end
end


-- { [kind] = paths }, sorted; of one inode, one.
local function find(folders)
  local words = { "find" }
  for folder in folders:gmatch "%S+" do words[#words + 1] = folder end
  for word in ("-xdev -type f -size +0 -printf %i\\t%p\\n"):gmatch "%S+" do
    words[#words + 1] = word
  end
  local out, seen = {}, {}
  local _, listing = helper.run(words)
  for inode, path in listing:gmatch "(%d+)\t([^\n]+)" do
    local handle = not seen[inode] and io.open(path, "rb")
    seen[inode] = true
    local kind = handle and kind_of(handle:read(64) or "")
    if handle then handle:close() end
    if kind then
      out[kind] = out[kind] or {}
      table.insert(out[kind], path)
    end
  end
  for _, paths in pairs(out) do table.sort(paths) end
  return out
end


-- == comparing ===============================================================

local counts = {}

local function compared(kind, path, ours, theirs)
  local count = counts[kind]
  local differ = peers.difference(ours, theirs)
  count.files = count.files + 1
  count.symbols = count.symbols + #theirs
  if differ ~= "" then
    count.differ = count.differ + 1
    print(path .. " (" .. kind .. ")\n  " .. differ:gsub("\n", "\n  "))
  end
end


-- What the other refuses is no answer; that symrun does, is told.
local function refused(kind, path, ours, theirs, said)
  if not ours then print(path .. ": symrun says nothing of it") return true end
  if #theirs == 0 and ours.status ~= "ok" then
    counts[kind].neither = counts[kind].neither + 1
    return true
  end
  if ours.status == "refused" or ours.status == "partial" then
    counts[kind].refused = counts[kind].refused + 1
    print(path .. " (" .. kind .. ") is not read: "
          .. (said:match("[^\n]*" .. path:gsub("%p", "%%%0") .. "[^\n]*")
              or "?"))
    return true
  end
end


-- COFF has no sizes: with those of both taken out, rows are equal or not.
local function objects(kind, paths)
  local theirs, ours = coff.llvm(paths, "/"), coff.symrun(paths, "/")
  for _, path in ipairs(paths) do
    if not refused(kind, path, ours[path], theirs[path], "") then
      compared(kind, path, ours[path], theirs[path])
    end
  end
end


local function by_nm(kind, paths, view, ...)
  for i = 1, #paths, BATCH do
    local list = table.move(paths, i, math.min(i + BATCH - 1, #paths), 1, {})
    local theirs = peers.llvm(list, nil, ...)
    local ours, _, said = peers.symrun(list, nil, "--view", view)
    for _, path in ipairs(list) do
      if not refused(kind, path, ours[path], theirs[path], said) then
        compared(kind, path, ours[path], theirs[path])
      end
    end
  end
end


local function images(kind, paths)
  for _, path in ipairs(paths) do
    local exports, imports = coff.tables(path, "/")
    table.move(imports, 1, #imports, #exports + 1, exports)
    local ours, _, said = coff.symrun({ path }, "/", "--view", "dynamic")
    if not refused(kind, path, ours[path], exports, said) then
      local names = {}
      for i, row in ipairs(ours[path]) do
        names[i] = row:match "^[^\t]*\t([^\t]*)"
      end
      compared(kind, path, names, exports)
    end
  end
end


local function modules(kind, paths)
  for _, path in ipairs(paths) do
    local theirs, complaint = lto.llvm_nm(path, "/")
    local ours, told = lto.symrun(path, "/", "--view", "bitcode")
    if not theirs or told == "refused" then
      -- a ThinLTO index alone has no table, and llvm-nm finds no symbol in it
      counts[kind].neither = counts[kind].neither + 1
      if theirs and #theirs > 0 or told ~= "refused" then
        print(path .. " is read by one: " .. (complaint or told))
      end
    else
      compared(kind, path, ours, theirs)
    end
  end
end


local KINDS = {
  { "archive", "archives", by_nm, "native" },
  { "ELF object", "ELF objects", by_nm, "native" },
  { "ELF linked", "ELF, own symbols", by_nm, "native" },
  { "ELF linked", "ELF, dynamic symbols", by_nm, "dynamic", "-D" },
  { "COFF", "COFF objects", objects },
  { "PE", "PE, exports and imports", images },
  { "wasm", "wasm", by_nm, "native" },
  { "bitcode", "bitcode", modules },
}

local found, bad = find(arg[1]), 0
for _, kind in ipairs(KINDS) do
  local count = { files = 0, symbols = 0, differ = 0, refused = 0, neither = 0 }
  counts[kind[2]] = count
  kind[3](kind[2], found[kind[1]] or {}, table.unpack(kind, 4))
  print(("%-26s %6d files %10d symbols %5d differ %5d refused %6d have none")
        :format(kind[2], count.files, count.symbols, count.differ,
                count.refused, count.neither))
  io.stdout:flush()
  bad = bad + count.differ + count.refused
end
os.exit(bad == 0 and 0 or 1)
