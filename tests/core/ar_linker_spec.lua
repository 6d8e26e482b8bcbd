--- The second index of archives of COFF objects: it says what the first says,
--- or nobody knows what is in the archive's index.

local helper = require "helper"

local folder = helper.folder "ar-linker"

for _, name in ipairs { "one", "two" } do
  helper.write(("%s/%s.c"):format(folder, name),
    ("int %s(void) { return 1; } int %s_more = 2;"):format(name, name))
end


local function library(target)
  for _, name in ipairs { "one", "two" } do
    helper.must({ "clang", "--target=" .. target, "-c", "-o", name .. ".obj",
                  name .. ".c" }, folder)
  end
  helper.must({ "llvm-lib-19", "/out:x.lib", "one.obj", "two.obj" }, folder)
  return helper.read(folder .. "/x.lib")
end


-- The index of an archive of these bytes: status, "MEMBER NAME" lines, stderr.
local function index(bytes)
  helper.write(folder .. "/y.lib", bytes)
  local status, out, err = helper.symrun({ "nm", "--view", "index", "y.lib" },
                                         folder)
  local list = {}
  for member, name in out:gmatch "\ny.lib\t%-\t([^\t]*)\t([^\t]*)" do
    list[#list + 1] = member .. " " .. name
  end
  return status, list, err
end


-- Where the second "/" member's bytes begin.
local function second(bytes)
  local _, first = bytes:find("/               ", 9, true)
  local at = assert(bytes:find("/               ", first + 44, true))
  return at + 60
end

local function with(bytes, at, text)
  return bytes:sub(1, at - 1) .. text .. bytes:sub(at + #text)
end


describe("an archive with two indexes", function ()
  local bytes = library "x86_64-pc-windows-msvc"
  local at = second(bytes)
  local members = string.unpack("<I4", bytes, at)
  local numbers = at + 4 + members * 4 + 4

  it("is told when they agree", function ()
    local status, list = index(bytes)
    assert.equal(0, status)
    assert.same({ "one.obj one", "one.obj one_more", "two.obj two",
                  "two.obj two_more" }, list)
    assert.equal(2, members)
  end)

  it("is damaged where they differ", function ()
    for _, harmed in ipairs {
      with(bytes, numbers, "\1\0"),                      -- another member
      with(bytes, numbers + 4 * 2, "onf"),               -- another name
    } do
      local status, list, err = index(harmed)
      assert.equal(2, status)
      assert.same({}, list)
      assert.matches("two indexes that differ", err, 1, true)
    end
  end)

  it("is damaged where the second contradicts itself", function ()
    for what, harmed in pairs {
      ["as many members"] = with(bytes, at, "\255\255\255\127"),
      ["as many names"] = with(bytes, numbers - 4, "\255\255\255\127"),
      ["that it does not count"] = with(bytes, numbers, "\9\0"),
    } do
      local status, _, err = index(harmed)
      assert.equal(2, status)
      assert.matches(what, err, 1, true)
    end
  end)

  it("is unknown where a third is for ARM64EC", function ()
    local status, list, err = index(with(bytes, at - 60, "/<ECSYMBOLS>/   "))
    assert.equal(2, status)
    assert.equal(4, #list)
    assert.matches("ARM64EC", err, 1, true)
  end)

  it("names what the source named, for rules", function ()
    helper.write(folder .. "/y.lib", library "i686-pc-windows-msvc")
    local status, out = helper.symrun({ "rules/index.lua",
                                        folder .. "/y.lib" }, helper.top)
    assert.equal(0, status, out)
  end)
end)
