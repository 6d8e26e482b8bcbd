--- Archives that symrun writes from odd ones, by chance, and those that it
--- refuses to write.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath
local archives = require "archives"
local coff = require "make_coff"
local core = require "symrun.core"
local helper = require "helper"
local macho = require "make_macho"
local make = require "make"
local wasm = require "wasm"

local KINDS = { "gnu", "bsd", "darwin", "coff" }


local function object(...)
  local symbols = {}
  for i, name in ipairs { ... } do
    symbols[i] = { name = name, section = ".text" }
  end
  return (make.elf { symbols = symbols })
end


local function header(name, size, rest)
  return ("%-16s%s%-10d`\n"):format(name, rest
    or "0           0     0     644     ", size)
end

local function member(name, bytes, rest, pad)
  return header(name, #bytes, rest) .. bytes
    .. (#bytes % 2 == 1 and (pad or "\n") or "")
end

local MINE = "1234567890  1000  100   100755  "
local A, B = object("a_one", "a_two"), object "b_one" .. "x"


describe("the archive writer", function ()
  local folder, path

  setup(function ()
    folder = helper.folder "edit-ar-odd"
    path = folder .. "/t.a"
  end)

  local function opened(bytes)
    return core.open(helper.write(path, bytes))
  end

  local function refused(bytes, plan, code, why)
    local got, said, as = core.archive_made(bytes and opened(bytes), plan)
    assert.is_nil(got)
    assert.matches(why, said)
    assert.equal(code, as)
  end

  -- 14 bytes, which name a member that does not define that
  local function stale(at)
    return member("/", (">I4I4z"):pack(1, at, "gone"))
  end

  local odd = {
    ["empty"] = "!<arch>\n",
    ["only an index"] = "!<arch>\n" .. member("/", ("\0"):rep(4)),
    ["no index"] = "!<arch>\n" .. member("a.o/", A, MINE) .. member("b.o/", B),
    ["no end of padding"] = "!<arch>\n" .. member("a.o/", A) .. header("b.o/",
                                                                    #B) .. B,
    ["zeros for padding"] = "!<arch>\n" .. member("b.o/", B, MINE, "\0")
      .. member("a.o/", A, MINE),
    ["the same name twice"] = "!<arch>\n" .. member("a.o/", A, MINE)
      .. member("a.o/", B) .. member("a.o/", A),
    ["names of BSD without padding"] = "!<arch>\n" .. member("__.SYMDEF",
      ("<I4I4"):pack(0, 0)) .. member("b.o", B, MINE) .. member("a.o", A),
    ["a name of BSD that needs none"] = "!<arch>\n" .. member("#1/3",
      "b.o" .. B, MINE) .. member("#1/4", "a.o\0" .. A),
    ["a name in the table that is short"] = "!<arch>\n" .. member("//",
      "b.o/\na.o/\n") .. member("/5", A, MINE) .. member("/0", B),
    ["two indexes"] = "!<arch>\n" .. stale(150)
      .. member("/SYM64/", ("\0"):rep(8))
      .. member("a.o/", A),
    ["an index that is stale"] = "!<arch>\n" .. stale(82) .. member("a.o/", A),
    ["what no reader knows"] = "!<arch>\n" .. member("notes/", "text\n")
      .. member("a.o/", A),
    ["an empty member"] = "!<arch>\n" .. member("a.o/", "") .. member("b/", B),
  }

  it("keeps odd archives to the byte, where nothing changes", function ()
    for name, bytes in pairs(odd) do
      local same, why = core.archive_made(opened(bytes), {})
      assert.equal(bytes, same, name .. ": " .. tostring(why))
    end
  end)

  it("changes only the index, where that is made anew", function ()
    for name, bytes in pairs(odd) do
      local made, why = core.archive_made(opened(bytes), { reindex = true })
      assert(made, name .. ": " .. tostring(why))
      local before = archives.read(bytes, true)
      local after, all = archives.read(made), {}
      for i, m in ipairs(before.members) do
        local n = after.members[i]
        local was = bytes:sub(m.at + 1, m.stop + m.stop % 2)
        assert.equal(was, made:sub(n.at + 1, n.at + #was), name)
        for _, symbol in ipairs { "a_one", "a_two", "b_one" } do
          if m.bytes:find(symbol, 1, true) then
            all[#all + 1] = symbol .. "@" .. i
          end
        end
      end
      assert.equal(table.concat(all, " "), archives.index(after), name)
      assert.equal(made, core.archive_made(opened(made), { reindex = true }))
    end
  end)

  it("mends an index that points at no member", function ()
    local bytes = "!<arch>\n" .. stale(90) .. member("a.o/", A)
    refused(bytes, {}, "unknown", "^cannot be changed: the archive index "
            .. "points at 90, where no member begins")
    assert.equal("!<arch>\n" .. member("/", (">I4I4I4zz"):pack(2, 92, 92,
      "a_one", "a_two"), "0           0     0     0       ")
      .. member("a.o/", A), core.archive_made(opened(bytes),
                                             { reindex = true }))
  end)

  it("indexes import libraries and Apple's archives as LLVM does", function ()
    helper.write(folder .. "/x.def", "LIBRARY x.dll\nEXPORTS\nfoo\nbar DATA\n")
    for _, machine in ipairs { "i386", "i386:x86-64", "arm64", "arm64ec" } do
      helper.must({ "llvm-dlltool-19", "-m", machine, "-d", "x.def", "-l",
                    "t.a" }, folder)
      local bytes = helper.read(path)
      assert.equal(bytes, core.archive_made(core.open(path), {}))
      if machine == "arm64ec" then
        refused(bytes, { reindex = true }, "refused",
                "^has a table /<ECSYMBOLS>/, which symrun cannot write anew")
      else
        assert.equal(bytes, core.archive_made(core.open(path),
                                              { reindex = true }))
      end
    end
    helper.write(folder .. "/m.o", (macho.file { symbols = {
      { name = "_b", sect = 1 }, { name = "_a", sect = 1 } } }))
    helper.must({ "llvm-libtool-darwin-19", "-static", "-o", "t.a", "m.o" },
                folder)
    assert.equal(helper.read(path), core.archive_made(core.open(path),
                                                      { reindex = true }))
  end)

  it("keeps the headers of what stays, and gives no date to what is new",
     function ()
    local bytes = "!<arch>\n" .. member("//", "a_long_name_of_a_member.o/\n"
      .. "\n") .. member("/0", A, MINE) .. member("b.o/", B, MINE)
    local made = assert(core.archive_made(opened(bytes), { members = {
      { name = "another_long_name_of_one.o", bytes = B },
      { from = 2, bytes = A }, { from = 1 } } }))
    local read = archives.read(made)
    local rest = {}
    for i, m in ipairs(read.members) do
      rest[i] = m.name .. " " .. m.header:sub(17, 48)
    end
    assert.same({ "another_long_name_of_one.o 0           0     0     644     ",
                  "b.o 0           0     0     644     ",
                  "a_long_name_of_a_member.o " .. MINE }, rest)
    assert.equal("b_one@1 a_one@2 a_two@2 a_one@3 a_two@3",
                 archives.index(read))
  end)

  it("refuses names that a format cannot hold", function ()
    for _, row in ipairs {
      { "", "gnu", "needs a name that is not empty" },
      { "a\nb", "gnu", "has a line's end in its name" },
      { "a\0b", "gnu", "has a zero byte in its name" },
      { "a\0", "bsd", "has a zero byte in its name" },
      { "__.SYMDEF", "darwin", "is named like an index" },
      { "__.SYMDEF_64 SORTED", "gnu", "is named like an index" },
      { "a_name_that_ends_so/", "coff", "format of archives cannot hold" },
    } do
      refused(nil, { kind = row[2], members = {
        { name = row[1], bytes = A } } }, "refused", row[3])
    end
    for _, kind in ipairs(KINDS) do
      local name = kind:match "d" and "a\nb" or "ends so/"
      if kind ~= "coff" then
        local made, why = core.archive_made(nil, { kind = kind,
          members = { { name = name, bytes = A } } })
        assert.is_nil(why)
        assert.equal(name, archives.read(made).members[1].name)
      end
    end
  end)

  it("refuses what it cannot read or does not know", function ()
    local cut = object("a_one", "a_two"):sub(1, -30)
    refused("!<arch>\n" .. member("a.o/", cut), { reindex = true }, "unknown",
            "^member a.o cannot be indexed, since what it defines is unknown: ")
    refused("!<arch>\n" .. member("old.bc/", "BC\xc0\xde" .. ("\0"):rep(60)),
            { reindex = true }, "unknown", "^member old.bc cannot be indexed")
    refused("!<arch>\n" .. member("a/", "\x01\xdf" .. ("\0"):rep(60)),
            { reindex = true }, "unknown", "^member a cannot be indexed")
    refused("!<arch>\n" .. header("a.o/", 500) .. A, {}, "unknown",
            "^cannot be changed: the archive is cut short")
    refused("!<arch>\n" .. member("/", (">I4I4z"):pack(1, 8000, "gone"))
            .. member("a.o/", A), { reindex = true }, "unknown",
            "^cannot be changed: the archive index names a member at 8000")
    refused("<bigaf>\n" .. ("0"):rep(120), {}, "refused", "AIX")
    refused(A, {}, "refused", "^is an ELF file, which symrun does not write")
    refused("!<arch>\n" .. member("/<XFGHASHMAP>/", "1234") .. member("a.o/",
            A), { reindex = true }, "refused", "has a table /<XFGHASHMAP>/")
    refused("!<arch>\n" .. member("a.o/", A), { members = { { from = 2 } } },
            "refused", "^there is no member 2$")
    refused(nil, { members = { { name = "a.o" } } }, "refused",
            "^member a.o is new, and needs a name and bytes$")
    refused(nil, { kind = "gnu", members = { { name = "a.wasm",
      bytes = wasm.object { name = wasm.name "a\0b" } } } }, "refused",
      "^member a.wasm defines a symbol that has a zero byte in its name")
    local arm = coff.object { machine = 0xa641, symbols = { { name = "f",
                                                             section = 1 } } }
    refused(nil, { kind = "coff", members = {
      { name = "f.obj", bytes = arm } } }, "refused",
      "needs a third index %(/<ECSYMBOLS>/%)")
    assert.is_string(core.archive_made(nil, { kind = "gnu", members = {
      { name = "f.obj", bytes = arm } } }))
    assert.has_error(function () core.archive_made(nil, { kind = "aix" }) end)
  end)

  it("never fails but with a sentence, whatever byte is wrong", function ()
    math.randomseed(3)
    local whole = assert(core.archive_made(nil, { kind = "gnu", members = {
      { name = "a_name_of_more_than_sixteen.o", bytes = A },
      { name = "b.o", bytes = B }, { name = "c.o", bytes = A } } }))
    local made, failed = 0, 0
    for _ = 1, 300 do
      local at = math.random(#whole)
      local bytes = whole:sub(1, at - 1) .. string.char(math.random(0, 255))
        .. whole:sub(at + 1, math.random(4) == 1 and math.random(#whole) or -1)
      local got, why = core.archive_made(opened(bytes), { members = {
        { from = 2 }, { from = 1, name = "renamed.o" } } })
      if got then
        made = made + 1
        assert.equal(2, #archives.read(got).members)
      else
        failed = failed + 1
        assert.is_true(#why > 10)
      end
    end
    assert.is_true(made > 30 and failed > 30, made .. " " .. failed)
  end)

  it("holds two hundred random edits against a model", function ()
    local checked = 0
    math.randomseed(11)
    for run = 1, 20 do
      local kind, model, bytes = KINDS[run % 4 + 1], {}, nil
      local objects = {}
      for i = 1, 6 do
        local defines, symbols = {}, {}
        for k = 1, i % 4 do
          defines[k] = ("f%d_%d"):format(i % 5, k)
          symbols[k] = { name = defines[k], sect = 1 }
        end
        objects[i] = { defines = defines, bytes = (kind == "darwin"
          and macho.file { symbols = symbols }
          or object(table.unpack(defines))) .. ("\0"):rep(i % 3) }
      end
      objects[7] = { defines = {}, bytes = "text\n" }
      for _ = 1, 10 do
        local list, members = archives.random(model, objects)
        local made, why = core.archive_made(bytes and opened(bytes),
          { kind = not bytes and kind or nil, members = members })
        assert(made, why)
        local read = archives.read(made)
        assert.equal(#list, #read.members)
        for i, m in ipairs(read.members) do
          assert.equal(list[i].name, m.name)
          local want = list[i].object.bytes
          assert.equal(want, m.bytes:sub(1, #want))
          assert.is_true(m.bytes == want or (kind == "darwin"
            and m.bytes:sub(#want + 1):match "^\n+$" ~= nil))
          assert.is_true(kind ~= "darwin" or (m.data % 8 == 0
            and #m.bytes % 8 == 0))
        end
        assert.equal(archives.expected(list, kind == "coff"),
                     archives.index(read))
        if made and checked % 10 == 0 then
          helper.write(path, made)
          helper.must({ "llvm-ar-19", "t", "t.a" }, folder)
          helper.must({ "ar", "t", "t.a" }, folder)
        end
        -- without an object nothing is left that tells the kind
        local told = false
        for _, m in ipairs(list) do told = told or m.object ~= objects[7] end
        model, bytes, checked = told and list or {}, told and made or nil,
                                checked + 1
      end
    end
    assert.equal(200, checked)
  end)
end)
