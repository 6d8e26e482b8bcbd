--- Archives that symrun writes.  Oracles: GNU ar and llvm-ar, which for the
--- same members write the same bytes; and seven linkers, which link from them.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath
local archives = require "archives"
local core = require "symrun.core"
local helper = require "helper"

local KINDS = { "gnu", "bsd", "darwin", "coff" }
local LONG = "a_name_of_more_than_sixteen_bytes"

local TARGETS = {
  elf = "x86_64-linux-gnu", macho = "arm64-apple-macos12",
  coff = "x86_64-pc-windows-msvc", wasm = "wasm32-unknown-unknown",
}


-- Each target's a.o, b.o and one with a long name, in a folder of its own.
local function compile(folder)
  helper.write(folder .. "/a.c", "int one(void) { return 1; } static int m = 3;"
    .. "int *get(void) { return &m; } int common_one;\n"
    .. "__attribute__((weak)) int weak_one(void) { return 2; }\n"
    .. "__attribute__((visibility(\"hidden\"))) int hid(void) { return 4; }\n")
  helper.write(folder .. "/b.c",
    "int one(void); int two(void) { return one(); } int shared_name;\n")
  helper.write(folder .. "/" .. LONG .. ".c",
    "int three(void) { return 3; } int data = 7;\n")
  helper.write(folder .. "/main.c",
    "int two(void), three(void); int main(void) { return two() + three(); }\n")
  for name, target in pairs(TARGETS) do
    helper.must({ "mkdir", name }, folder)
    helper.must({ "clang", "--target=" .. target, "-fcommon", "-c", "-O1",
      "../a.c", "../b.c", "../" .. LONG .. ".c", "../main.c" },
      folder .. "/" .. name)
  end
  helper.must({ "sh", "-c", "cd elf && echo text >notes.txt && "
    .. "gcc -flto -c ../a.c -o slim.o" }, folder)
end


local function opened(path, bytes)
  if bytes then helper.write(path, bytes) end
  return core.open(path)
end


local function made(file, plan)
  local bytes, why = core.archive_made(file, plan)
  return assert(bytes, why)
end


local function armap(folder, archive)
  local text = helper.must({ "llvm-nm-19", "--print-armap", archive }, folder)
  return text:match "Archive map\n(.-)\n\n" or ""
end


describe("the archive writer", function ()
  local folder

  setup(function ()
    folder = helper.folder "edit-ar"
    compile(folder)
  end)

  local function run(where, ...) return helper.must({ ... }, where) end

  -- An archive of some members as a tool writes it.
  local function written(where, archive, words, names)
    os.remove(where .. "/" .. archive)
    local line = table.move(words, 1, #words, 1, {})
    line[#line + 1] = archive
    table.move(names, 1, #names, #line + 1, line)
    run(where, table.unpack(line))
    return helper.read(where .. "/" .. archive)
  end

  local function members(where, names)
    local out = {}
    for i, name in ipairs(names) do
      out[i] = { name = name, bytes = helper.read(where .. "/" .. name) }
    end
    return out
  end

  local NAMES = { "a.o", "b.o", LONG .. ".o" }

  it("writes what llvm-ar writes, to the byte, in four formats", function ()
    local equal = 0
    for target in pairs(TARGETS) do
      local where = folder .. "/" .. target
      for _, kind in ipairs(KINDS) do
        local theirs = written(where, "t.a",
          { "llvm-ar-19", "--format=" .. kind, "rcs" }, NAMES)
        local ours, why = core.archive_made(nil,
          { kind = kind, members = members(where, NAMES) })
        if target == "wasm" and kind == "darwin" then
          assert.matches("^member %S+ is wasm, which the padding of this "
                         .. "format of archives would damage$", why)
        else
          assert.equal(theirs, ours, target .. " " .. kind)
          equal = equal + 1
        end
      end
    end
    assert.equal(15, equal)
  end)

  it("changes nothing where nothing changes, nor the index", function ()
    for target in pairs(TARGETS) do
      local where = folder .. "/" .. target
      for _, kind in ipairs(KINDS) do
        local theirs = written(where, "t.a",
          { "llvm-ar-19", "--format=" .. kind, "rcs" }, NAMES)
        local file = opened(where .. "/t.a")
        assert.equal(theirs, made(file, {}))
        local all = {}
        for i, name in ipairs(NAMES) do
          all[i] = { from = i, name = name,
                     bytes = helper.read(where .. "/" .. name) }
        end
        if kind ~= "darwin" then  -- there they are padded
          assert.equal(theirs, made(file, { members = all }))
        end
        if target ~= "wasm" or kind ~= "darwin" then
          assert.equal(theirs, made(file, { reindex = true }))
        end
      end
    end
  end)

  it("indexes as GNU ar and ranlib do, LTO without a plugin", function ()
    local where = folder .. "/elf"
    for _, words in ipairs { { "ar", "rcsD" }, { "ar", "rcsTD" },
                             { "ar", "rcs" }, { "gcc-ar", "rcsD" } } do
      local names = { "a.o", "notes.txt", LONG .. ".o", "slim.o" }
      local theirs = written(where, "t.a", words, names)
      if words[2] == "rcs" then run(where, "ranlib", "-D", "t.a") end
      assert.equal(helper.read(where .. "/t.a"),
        made(opened(where .. "/t.a"), { reindex = true }), words[2])
      assert.matches("weak_one\0hid\0", theirs)
    end
    local bare = written(where, "t.a", { "ar", "rcSD" }, NAMES)
    local indexed = made(opened(where .. "/t.a"), { reindex = true })
    run(where, "ranlib", "-D", "t.a")
    assert.equal(helper.read(where .. "/t.a"), indexed)
    assert.is_true(#bare < #indexed)
  end)

  it("keeps each kind of index", function ()
    local where = folder .. "/macho"
    for _, words in ipairs { { "llvm-ar-19", "rcs" }, { "llvm-ar-19",
      "--format=darwin", "rcs" }, { "llvm-ar-19", "--format=gnu", "rcs" } } do
      table.insert(words, 1, "SYM64_THRESHOLD=1")
      table.insert(words, 1, "env")
      local theirs = written(where, "t.a", words, NAMES)
      assert.equal(theirs, made(opened(where .. "/t.a"), { reindex = true }))
      assert.matches("^!<arch>\n[^\n]*\n?_*%.?/?SYM", theirs:gsub("#1/%C+\n",
                                                                 "", 1))
    end
  end)

  it("sorts a sorted index, unless it would have a name twice", function ()
    local where = folder .. "/macho"
    local plain = written(where, "t.a", { "llvm-ar-19", "--format=darwin",
                                          "rcs" }, { "b.o", LONG .. ".o" })
    local sorted = plain:gsub("#1/12(.-\n)__%.SYMDEF\0\0\0", "#1/20%1"
      .. "__.SYMDEF SORTED\0\0\0\0", 1)
    local size = tonumber(plain:sub(57, 66))
    sorted = sorted:sub(1, 56) .. ("%-10d"):format(size + 8) .. sorted:sub(67)
    local file = opened(where .. "/s.a", sorted)
    local read = archives.read(made(file, { reindex = true }))
    assert.same({ "__.SYMDEF SORTED" }, read.tables)
    assert.equal("_data@2 _shared_name@1 _three@2 _two@1",
                 archives.index(read))
    read = archives.read(made(file,
      { members = { { from = 1 }, { from = 1 } } }))
    assert.same({ "__.SYMDEF" }, read.tables)
    assert.equal("_two@1 _shared_name@1 _two@2 _shared_name@2",
                 archives.index(read))
  end)

  it("turns each kind into each other", function ()
    for _, target in ipairs { "elf", "macho", "coff" } do
      local where = folder .. "/" .. target
      for _, from in ipairs(KINDS) do
        written(where, "t.a", { "llvm-ar-19", "--format=" .. from, "rcs" },
                NAMES)
        local file = opened(where .. "/t.a")
        for _, to in ipairs(KINDS) do
          local bytes = made(file, { kind = to })
          helper.write(where .. "/o.a", bytes)
          assert.equal(table.concat(NAMES, "\n") .. "\n",
                       run(where, "llvm-ar-19", "t", "o.a"))
          written(where, "x.a", { "llvm-ar-19", "--format=" .. to, "rcs" },
                  NAMES)
          assert.equal(armap(where, "x.a"), armap(where, "o.a"))
          assert.is_true(#armap(where, "x.a") > 80)
        end
      end
    end
  end)

  it("makes thin archives thick, and thick ones thin", function ()
    local where = folder .. "/elf"
    run(where, "mkdir", "-p", "sub")
    run(where, "cp", "b.o", "sub/b.o")
    local thick = written(where, "thick.a", { "ar", "rcsD" }, NAMES)
    local thin = written(where, "thin.a", { "ar", "rcsTD" }, NAMES)
    local file = opened(where .. "/thin.a")
    assert.equal(thick, made(file, { thin = false }))
    assert.equal(thin, made(opened(where .. "/thick.a"), { thin = true }))

    local names = { "sub/b.o", "a.o" }
    written(where, "t.a", { "ar", "rcsTD" }, names)
    local read = archives.read(made(opened(where .. "/t.a"), { thin = false }))
    assert.equal("b.o", read.members[1].name)
    assert.equal(helper.read(where .. "/b.o"), read.members[1].bytes)

    helper.write(where .. "/thick.a", (thick:gsub("common_one", "common_two")))
    local bytes, why = core.archive_made(opened(where .. "/thick.a"),
                                         { thin = true })
    assert.is_nil(bytes)
    assert.equal("member a.o cannot be in a thin archive: the file of that "
                 .. "name holds other bytes", why)
    bytes, why = core.archive_made(file, { thin = true, kind = "darwin" })
    assert.is_nil(bytes)
    assert.matches("^a thin archive cannot be of the BSD or Darwin kind", why)
  end)

  it("edits thin archives that have members of archives", function ()
    local where = folder .. "/elf"
    run(where, "ar", "rcsD", "inner.a", "a.o", "b.o")
    written(where, "outer.a", { "ar", "rcsTD" }, { "inner.a", LONG .. ".o" })
    local file = opened(where .. "/outer.a")
    assert.equal(helper.read(where .. "/outer.a"),
                 made(file, { reindex = true }))
    helper.write(where .. "/t.a", made(file, { members = {
      { from = 3 }, { from = 2 } } }))
    local map = run(where, "nm", "-s", "t.a")
    assert.matches("three in " .. LONG .. ".o\ndata in " .. LONG
                   .. ".o\ntwo in b.o\nshared_name in b.o\n", map)
    assert.matches("b.o:\n +U one\n", map)
    local _, why = core.archive_made(file, { thin = false })
    assert.matches("^member inner.a is a member of another archive inside a "
                   .. "thin archive, and cannot be taken out", why)
    run(where, "ar", "rcsD", "inner.a", LONG .. ".o", "b.o")
    local _, stale, code = core.archive_made(file, { reindex = true })
    assert.matches("^member inner.a cannot be indexed, since what it defines "
      .. "is unknown: names a member at %d+ of an archive that has none", stale)
    assert.equal("unknown", code)
  end)

  it("is linked from by seven linkers", function ()
    local links = {
      elf = { "ld.bfd -e main", "ld.gold -e main", "ld.lld-19 -e main",
              "mold -e main" },
      macho = { "ld64.lld-19 -arch arm64 -platform_version macos 12 12 "
                .. "-undefined dynamic_lookup -e _main" },
      coff = { "lld-link-19 /entry:main /nodefaultlib /subsystem:console" },
      wasm = { "wasm-ld-19 --no-entry --export=main" },
    }
    local count = 0
    for target, lines in pairs(links) do
      local where = folder .. "/" .. target
      written(where, "t.a", { "llvm-ar-19", "rcs" }, { LONG .. ".o", "a.o" })
      -- drop one, rename another and put a third before both
      helper.write(where .. "/n.a", made(opened(where .. "/t.a"), { members = {
        { name = "new_member_with_a_long_name.o",
          bytes = helper.read(where .. "/b.o") },
        { from = 2, name = "renamed.o" },
        { from = 1 } } }))
      helper.write(where .. "/lacks.a", made(opened(where .. "/t.a"),
        { members = { { from = 2, name = "renamed.o" }, { from = 1 } } }))
      for _, line in ipairs(lines) do
        local out = line:match "^lld%-link" and " /out:" or " -o "
        run(where, "sh", "-c", line .. " main.o n.a" .. out .. "x")
        if target == "macho" then
          assert.matches(" T _two\n", run(where, "llvm-nm-19", "x"))
        else
          local status, _, err = helper.run({ "sh", "-c", line
            .. " main.o lacks.a" .. out .. "y" }, where)
          assert.is_true(status ~= 0 and err:match "two" ~= nil, line)
        end
        count = count + 1
      end
    end
    assert.equal(7, count)
  end)

  it("changes no archive of this machine by changing nothing", function ()
    local checked, started = 0, os.clock()
    for path in helper.must { "sh", "-c", "find /usr/lib /usr/local/lib -name "
      .. "'*.a' -size -8000k | sort; find \"$(rustc --print sysroot)\" -name "
      .. "'*.rlib' | sort" }:gmatch "[^\n]+" do
      local bytes = helper.read(path)
      if bytes:sub(1, 8) == "!<arch>\n" and os.clock() - started < 20 then
        local file = core.open(path)
        assert.is_true(bytes == made(file, {}), path)
        local again = made(file, { reindex = true })
        if not path:match "%.rlib$" then
          local a, b = archives.read(bytes), archives.read(again)
          assert.equal(archives.index(a), archives.index(b), path)
        end
        checked = checked + 1
      end
    end
    assert.is_true(checked > 40, checked)
  end)
end)
