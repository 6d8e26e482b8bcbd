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

  it("is damaged where a third is for ARM64EC, and no second", function ()
    local status, list, err = index(with(bytes, at - 60, "/<ECSYMBOLS>/   "))
    assert.equal(2, status)
    assert.equal(4, #list)
    assert.matches("members by the second index, and there is none", err, 1,
                   true)
  end)

  it("names what the source named, for rules", function ()
    helper.write(folder .. "/y.lib", library "i686-pc-windows-msvc")
    local status, out = helper.symrun({ "rules/index.lua",
                                        folder .. "/y.lib" }, helper.top)
    assert.equal(0, status, out)
  end)
end)


describe("an archive for ARM64EC", function ()
  local bytes, at

  setup(function ()
    helper.write(folder .. "/ec.ll", [[
target triple = "arm64ec-pc-windows-msvc"
@ec_data = global i32 2
declare i32 @other()
define i32 @ec_code() {
  %r = call i32 @other()
  ret i32 %r
}
]])
    helper.must({ "llc-19", "-filetype=obj", "ec.ll", "-o", "ec.obj" }, folder)
    helper.must({ "clang", "--target=aarch64-pc-windows-msvc", "-c", "-o",
                  "arm.obj", "one.c" }, folder)
    helper.must({ "clang", "--target=x86_64-pc-windows-msvc", "-c", "-o",
                  "x64.obj", "one.c" }, folder)
    helper.must({ "llvm-lib-19", "/machine:arm64ec", "/out:ec.lib", "ec.obj",
                  "arm.obj", "x64.obj" }, folder)
    bytes = helper.read(folder .. "/ec.lib")
    at = select(2, bytes:find("/<ECSYMBOLS>/", 1, true)) + 48
  end)

  it("has an index more, which llvm-nm lists with the first", function ()
    local status, list, err = index(bytes)
    assert.equal("", err)
    assert.equal(0, status)
    local theirs = {}
    local text = helper.must({ "llvm-nm-19", "--print-armap", "ec.lib" },
                             folder)
    for name, member in text:gmatch "([^\n]+) in (%w+%.obj)" do
      theirs[#theirs + 1] = member .. " " .. name
    end
    assert.is_true(#theirs >= 7)
    table.sort(theirs)
    table.sort(list)
    assert.same(theirs, list)
    local has = "\n" .. table.concat(list, "\n") .. "\n"
    for _, row in ipairs { "arm.obj one", "x64.obj one", "ec.obj #ec_code" } do
      assert.is_truthy(has:find("\n" .. row .. "\n", 1, true), has)
    end
  end)

  it("has the names of the source, for rules", function ()
    helper.write(folder .. "/y.lib", bytes)
    helper.write(folder .. "/r.lua", [[
      local symrun = require "symrun"
      symrun.rule "ec" { about = "tells", each = symrun.archives "**/y.lib",
        check = function (archive, report)
          report.note(archive, "%s and %s", archive:defined("*", "index"),
            archive:defined "ec_*" - archive:defined("ec_*", "index"))
        end }]])
    local status, out = helper.symrun({ "r.lua", "y.lib" }, folder)
    assert.equal(0, status, out)
    assert.matches("ec_code, ec_data, one, one_more", out:gsub("\n *", " "),
                   1, true)
    assert.matches("and no name", out:gsub("\n *", " "), 1, true)
  end)

  it("is damaged where that index contradicts itself", function ()
    for what, harmed in pairs {
      ["as many names"] = with(bytes, at, "\255\255\255\127"),
      ["that the second does not count"] = with(bytes, at + 4, "\9\0"),
      ["end before its count"] = with(bytes,
        at + tonumber(bytes:sub(at - 12, at - 3)) - 2, "xx"),
    } do
      local status, _, err = index(harmed)
      assert.equal(2, status)
      assert.matches(what, err, 1, true)
      assert.matches("index for ARM64EC contradicts itself", err, 1, true)
    end
  end)

  it("is unread where it is cut inside of it", function ()
    assert.equal(2, (index(bytes:sub(1, at + 10))))
  end)
end)
