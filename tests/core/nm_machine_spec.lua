--- Every library of this machine: each symbol of each member, with the letter
--- and size that llvm-nm gives, and, for some, GNU nm too.
--
-- Compilers make what nobody thinks of when writing a test by hand.

local helper = require "helper"
local peers = require "peers"


-- Files are taken in order until so many bytes were taken, small and large
-- ones alike: a run has to end in seconds.
local function find(pattern, most, every)
  local out = {}
  local total, i = 0, 0
  for line in helper.must { "find", "/usr/lib/x86_64-linux-gnu",
                            "/usr/lib/gcc", "-type", "f", "-name", pattern,
                            "-printf", "%s %p\n" }:gmatch "[^\n]+" do
    out[#out + 1] = line
  end
  table.sort(out, function (a, b) return a:match " .*" < b:match " .*" end)
  local files = {}
  for _, line in ipairs(out) do
    local size, path = line:match "^(%d+) (.*)$"
    local handle = assert(io.open(path, "rb"))
    local head = handle:read(8) or ""
    handle:close()
    if head:find "^\x7fELF" or head:find "^!<arch>" then
      i = i + 1
      if i % every == 0 and total + size <= most then
        total = total + size
        files[#files + 1] = path
      end
    end
  end
  return files
end


local function compare(files, theirs, ours)
  local symbols, report = 0, {}
  for _, file in ipairs(files) do
    symbols = symbols + #theirs[file]
    local differ = peers.difference(ours[file], theirs[file])
    if differ ~= "" then report[#report + 1] = file .. "\n" .. differ end
  end
  assert.equal("", table.concat(report, "\n"))
  return symbols
end


describe("the libraries of this machine", function ()
  it("have the members and symbols that llvm-nm reads in archives", function ()
    local files = find("*.a", 60e6, 1)
    assert.is_true(#files >= 10, "there are too few archives to compare")
    local ours, status, err = peers.symrun(files)
    assert.equal("", err)
    assert.equal(0, status)
    local symbols = compare(files, (peers.llvm(files)), ours)
    assert.is_true(symbols > 10000, symbols .. " symbols are too few")
  end)

  it("have the dynamic symbols that llvm-nm reads", function ()
    local files = find("*.so*", 400e6, 2)
    assert.is_true(#files >= 50, "there are too few libraries to compare")
    local ours, status, err = peers.symrun(files, nil, "--view", "dynamic")
    assert.equal("", err)
    assert.equal(0, status)
    local symbols = compare(files, (peers.llvm(files, nil, "-D")), ours)
    assert.is_true(symbols > 10000, symbols .. " symbols are too few")
  end)

  it("have what GNU nm reads too, in a sample", function ()
    local files = find("*.a", 12e6, 5)
    assert.is_true(#files >= 3)
    local symbols = compare(files, (peers.gnu(files)), (peers.symrun(files)))
    assert.is_true(symbols > 1000, symbols .. " symbols are too few")
  end)
end)
