--- Universal files, as README's table has them: what llvm-lipo puts together
--- says what its slices say.

local assert = require "luassert"
local cells = require "formats.cells"
local helper = require "helper"
local macho = require "formats.macho"
local objects = require "make_macho"

local fat = {}

local folder

local function make()
  folder = macho.folder()
  for _, kind in ipairs { "dylib", "o" } do
    helper.must({ "llvm-lipo-19", "-create", "x86_64." .. kind,
                  "arm64." .. kind, "-output", "fat." .. kind }, folder)
  end
end


-- What each slice says by itself, under the slice's name.
local function slices(file, view)
  make()
  local theirs = {}
  for _, arch in ipairs { "x86_64", "arm64" } do
    for _, row in ipairs((cells.rows(folder, arch .. "." .. file, view,
                                     "macho"))) do
      theirs[#theirs + 1] = row
    end
  end
  cells.agree(folder, "fat." .. file, view, "fat", theirs, 10)
end


fat.read = {
  ["slices as files of their own"] = function ()
    make()
    local listed = helper.must({ "llvm-lipo-19", "-archs", "fat.dylib" },
                               folder)
    local ours = {}
    local _, out = helper.symrun({ "nm", "fat.dylib" }, folder)
    for slice in out:gmatch "\n[^\t]*\t([^\t#]+)\t" do ours[slice] = true end
    for arch in listed:gmatch "%S+" do
      assert.is_true(ours[arch], arch)
      ours[arch] = nil
    end
    assert.is_nil(next(ours))
  end,
  ["archives in them"] = function ()
    make()
    for _, arch in ipairs { "x86_64", "arm64" } do
      helper.must({ "llvm-ar-19", "--format=darwin", "rcs", arch .. ".a",
                    arch .. ".o" }, folder)
    end
    helper.must({ "llvm-lipo-19", "-create", "x86_64.a", "arm64.a", "-output",
                  "fat.a" }, folder)
    cells.agree(folder, "fat.a", "native", "fat",
                (cells.rows(folder, "fat.o", "native", "fat")), 16)
  end,
}

fat.views = {
  ["those of each slice"] = function ()
    slices("o", "native")
    slices("dylib", "dynamic")
  end,
}

fat.exports = {
  ["each slice's trie"] = function ()
    make()
    local theirs, ours = macho.trie "x86_64.dylib", {}
    for _, name in ipairs(macho.trie "arm64.dylib") do
      theirs[#theirs + 1] = name
    end
    for _, row in ipairs((cells.rows(folder, "fat.dylib", "dynamic",
                                     "fat"))) do
      if not row:find " [Uw]$" then ours[#ours + 1] = row:match "^%S+" end
    end
    cells.same(ours, theirs, 8)
  end,
}

fat.facts = {
  ["those of each slice"] = function ()
    make()
    local said = cells.say(folder, "fat.dylib", [[
      report(it, "%s %s", it:target().machine, it:soname())]])
    assert.matches("x86_64 @rpath/mine.dylib", said)
    assert.matches("aarch64 @rpath/mine.dylib", said)
  end,
}

fat.untold = {
  ["a universal file in another"] = function ()
    make()
    local bytes = helper.read(folder .. "/fat.o")
    helper.write(folder .. "/twice", (objects.fat { { 0x01000007, 3, bytes } }))
    cells.refused(folder, "twice", "native", "fat", "is a universal")
  end,
}

return fat
