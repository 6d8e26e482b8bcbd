local helper = require "helper"
local make = require "make"
local peers = require "peers"


local function object(symbol)
  return (make.elf { symbols = { { name = symbol, section = ".text",
                                   type = "func" } } })
end


--- Objects of the sizes that archives stumble over: a.o, b.o and odd.o.
local function objects(folder)
  helper.cc(folder, "a", "int one(void) { return 1; } static int mine = 3;"
    .. "int *get(void) { return &mine; }")
  helper.cc(folder, "b", "int one(void); int two(void) { return one(); }"
    .. "int shared_name;")
  helper.write(folder .. "/odd.o", object "odd_one" .. "x")
  helper.write(folder .. "/a_name_of_more_than_sixteen_bytes.o",
               object "long_one")
  return { "a.o", "b.o", "odd.o", "a_name_of_more_than_sixteen_bytes.o" }
end


--- Every row is llvm-nm's, member by member.
local function agree(folder, archive, symbols)
  local ours, status, err = peers.symrun({ archive }, folder)
  local theirs = peers.llvm({ archive }, folder)
  assert.equal("", err)
  assert.equal(0, status)
  assert.equal("", peers.difference(ours[archive], theirs[archive]), archive)
  assert.equal(symbols, #ours[archive], archive)
  return ours[archive]
end


-- "name TAB member" of the archive's index, as GNU nm or llvm-nm print it.
local function armap(words, folder)
  local out, map = {}, false
  for line in (helper.must(words, folder) .. "\n"):gmatch "([^\n]*)\n" do
    if line:match "^Archive" then map = true
    elseif line == "" then map = false
    elseif map then
      out[#out + 1] = (line:gsub("^(.*) in (.*)$", "%1\t%2"))
    end
  end
  return out
end


-- The same rows from symrun, without what tells equal members apart.
local function index_of(folder, archive)
  local ours, status, err = peers.symrun({ archive }, folder, "--view",
                                         "index")
  assert.equal("", err)
  assert.equal(0, status)
  local out = {}
  for i, row in ipairs(ours[archive]) do
    local member, name = row:match "^([^\t]*)\t([^\t]*)\t%?\t%-$"
    out[i] = name .. "\t" .. member:gsub("#%d+$", "")
  end
  return out
end


local function agree_on_index(folder, archive, symbols)
  local ours = index_of(folder, archive)
  assert.equal(symbols, #ours, archive)
  assert.equal("", peers.difference(ours,
    armap({ "llvm-nm-19", "--print-armap", archive }, folder)), archive)
  return ours
end


local function members(rows)
  local out, seen = {}, {}
  for _, row in ipairs(rows) do
    local member = row:match "^[^\t]*"
    if not seen[member] then
      seen[member] = true
      out[#out + 1] = member
    end
  end
  table.sort(out)
  return out
end


describe("the archive reader", function ()
  local folder, files, bytes

  setup(function ()
    folder = helper.folder "ar"
    files = objects(folder)
    bytes = {}
    for i, file in ipairs(files) do
      bytes[i] = helper.read(folder .. "/" .. file)
    end
  end)

  local function run(...) helper.must({ ... }, folder) end

  it("reads what each ar makes, index and all", function ()
    for archive, words in pairs {
      ["gnu.a"] = { "ar", "rcsD" }, ["plain.a"] = { "ar", "rcSD" },
      ["lgnu.a"] = { "llvm-ar-19", "--format=gnu", "rcs" },
      ["bsd.a"] = { "llvm-ar-19", "--format=bsd", "rcs" },
      ["darwin.a"] = { "llvm-ar-19", "--format=darwin", "rcs" },
      ["coff.a"] = { "llvm-ar-19", "--format=coff", "rcs" },
      ["wide.a"] = { "env", "SYM64_THRESHOLD=1", "llvm-ar-19", "rcs" },
    } do
      local n = #words
      words[n + 1] = archive
      table.move(files, 1, #files, n + 2, words)
      run(table.unpack(words))
      local rows = agree(folder, archive, 8)
      assert.same({ "a.o", "a_name_of_more_than_sixteen_bytes.o", "b.o",
                    "odd.o" }, members(rows))
      if archive == "plain.a" then
        assert.same({}, index_of(folder, archive))
      else
        agree_on_index(folder, archive, 6)
      end
    end
    assert.matches("^!<arch>\n/SYM64/", helper.read(folder .. "/wide.a"))
    assert.matches("^!<arch>\n#1/", helper.read(folder .. "/darwin.a"))
    assert.equal("", peers.difference(index_of(folder, "gnu.a"),
      armap({ "nm", "-s", "gnu.a" }, folder)))
    local gnu = peers.gnu({ "gnu.a" }, folder)["gnu.a"]
    assert.equal("", peers.difference(agree(folder, "gnu.a", 8), gnu))
  end)

  it("knows members by their place when names repeat", function ()
    run("ar", "qcD", "twice.a", "a.o", "b.o")
    run("ar", "qcD", "twice.a", "a.o")
    run("ar", "qcD", "twice.a", "a.o")
    run("ranlib", "-D", "twice.a")
    local rows = agree(folder, "twice.a", 12)
    assert.same({ "a.o", "a.o#2", "a.o#3", "b.o" }, members(rows))
    agree_on_index(folder, "twice.a", 8)
  end)

  it("reads an archive that rustc made, its metadata left out", function ()
    helper.write(folder .. "/lib.rs", "#![no_std]\n#[no_mangle]\n"
      .. "pub extern \"C\" fn from_rust() -> i32 { 41 }\n")
    run("rustc", "--crate-type=rlib", "--crate-name=r", "-O", "-o", "libr.rlib",
        "lib.rs")
    assert.matches("lib%.rmeta", helper.must({ "ar", "t", "libr.rlib" },
                                             folder))
    local ours, status, err = peers.symrun({ "libr.rlib" }, folder)
    local theirs = peers.llvm({ "libr.rlib" }, folder)
    assert.equal("", err)
    assert.equal(0, status)
    assert.equal("", peers.difference(ours["libr.rlib"], theirs["libr.rlib"]))
    assert.is_true(#ours["libr.rlib"] > 0)
    assert.matches("\tfrom_rust\tT\t", table.concat(ours["libr.rlib"], "\n"))
  end)

  it("follows a thin archive inside the tree, and no further", function ()
    helper.must({ "mkdir", "-p", "tree/lib", "tree/obj" }, folder)
    run("cp", "a.o", "tree/obj/")
    run("cp", "b.o", "tree/lib/")
    helper.must({ "ar", "rcsTD", "libthin.a", "../obj/a.o", "b.o" },
                folder .. "/tree/lib")
    local ours, status, err = peers.symrun({ "tree/lib/libthin.a" }, folder)
    assert.equal(2, status)  -- its folder is the tree, and ../obj is outside
    assert.equal("partial", ours["tree/lib/libthin.a"].status)
    assert.same({ "b.o" }, members(ours["tree/lib/libthin.a"]))
    assert.matches("libthin.a%(../obj/a.o%): leads outside the tree", err)

    local out
    status, out, err = helper.symrun({ "nm", "tree" }, folder)
    assert.equal("", err)
    assert.equal(0, status)
    ours = peers.parse(out)["tree/lib/libthin.a"]
    assert.equal("thin-ar", ours.format)
    assert.same({ "../obj/a.o", "b.o" }, members(ours))
    local theirs = peers.llvm({ "libthin.a" }, folder .. "/tree/lib")
    local plain, expected = {}, {}
    for i, row in ipairs(ours) do plain[i] = row:gsub("^[^\t]*\t", "") end
    for i, row in ipairs(theirs["libthin.a"]) do
      expected[i] = row:gsub("^[^\t]*\t", "")
    end
    assert.equal("", peers.difference(plain, expected))
    assert.equal(6, #plain)
  end)

  it("keeps members of archives in a thin archive, which it cannot read",
     function ()
    run("ar", "rcsD", "inner.a", "a.o", "b.o")
    run("ar", "rcsTD", "outer.a", "inner.a", "odd.o")
    assert.matches("\n/0:%d+ ", helper.read(folder .. "/outer.a"))
    local ours, status, err = peers.symrun({ "outer.a" }, folder)
    assert.equal(2, status)
    assert.equal("partial", ours["outer.a"].status)
    assert.same({ "odd.o" }, members(ours["outer.a"]))
    local _, count = err:gsub("symrun: outer.a%(inner.a%): is a member of "
      .. "another archive inside a thin archive, which symrun does not read; "
      .. "add the objects instead of the archive %(ar_name at offset %d+%)\n",
      "")
    assert.equal(2, count, err)
    assert.same({ "get\tinner.a", "odd_one\todd.o", "one\tinner.a",
                  "shared_name\tinner.a", "two\tinner.a" },
                (function (list) table.sort(list) return list end)
                (index_of(folder, "outer.a")))
    helper.write(folder .. "/count.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/count" {
        about = "every member counts", each = symrun.archives "outer.a",
        check = function (archive, report)
          report(archive, "has %d members", #archive:members())
        end,
      }
    ]])
    local _, out = helper.symrun({ "count.lua", "outer.a" }, folder)
    assert.matches("has 3 members", out)
  end)

  it("opens no fifo, folder or missing file that a thin archive names",
     function ()
    helper.must({ "mkdir", "-p", "thin/folder" }, folder)
    run("mkfifo", "thin/fifo")
    run("cp", "a.o", "thin/grown.o")
    run("cp", "b.o", "thin/b.o")
    helper.write(folder .. "/thin/lib.a", (make.ar {
      thin = true, { "fifo", ("x"):rep(9) }, { "folder", ("x"):rep(4096) },
      { "missing.o", "" }, { "grown.o", "less" }, { "/etc/passwd", "root" },
      { "../a.o", bytes[1] }, { "b.o", bytes[2] },
    }))
    local status, out, err = helper.run({ "timeout", "10", helper.tool, "nm",
                                          "thin/lib.a" }, folder)
    assert.equal(2, status)
    local ours = peers.parse(out)["thin/lib.a"]
    assert.equal("partial", ours.status)
    assert.same({ "b.o" }, members(ours))
    for _, words in ipairs {
      "%(fifo%): is not a regular file", "%(folder%): is not a regular file",
      "%(missing.o%): cannot be opened", "%(grown.o%): is 4, but the file",
      "%(/etc/passwd%): lies outside", "%(../a.o%): leads outside",
    } do assert.matches(words, err) end
    local _, count = err:gsub("\n", "\n")
    assert.equal(6, count)
  end)

  it("ends names where their format does", function ()
    local o = object "f"
    local list = {
      { "1", o, field = "dir/a.o/" }, { "2", o, field = "dir/b.o" },
      { "3", o, field = "sp ace.o/" }, { "4", o, field = "../up.o/" },
      { "5", o, field = "exactly_sixteen_" }, { "6", o, field = "C:\\w.obj/" },
      { "path/to/long.o", o }, { "a_long_name_with_a_/_in_it.o", o },
    }
    helper.write(folder .. "/gnu_names.a", (make.ar(list)))
    local rows = agree(folder, "gnu_names.a", 8)
    assert.same({ "..", "C:\\x5cw.obj", "a_long_name_with_a_/_in_it.o", "dir",
                  "dir#2", "exactly_sixteen_", "path/to/long.o",
                  "sp\\x20ace.o" }, members(rows))

    table.insert(list, 1, { "first/one.o", o, field = "#1/11",
                            size = #o + 11 })
    list[1][2] = "first/one.o" .. o
    table.remove(list)  -- a table of long names is not BSD's
    table.remove(list)
    helper.write(folder .. "/bsd_names.a", (make.ar(list)))
    local ours, status = peers.symrun({ "bsd_names.a" }, folder)
    assert.equal(0, status)
    assert.same({ "../up.o", "C:\\x5cw.obj", "dir/a.o", "dir/b.o",
                  "exactly_sixteen_", "first/one.o", "sp\\x20ace.o" },
                members(ours["bsd_names.a"]))
  end)

  it("breaks no row whatever bytes a name holds", function ()
    local names = { "new\nline", "tab\there", "esc\27[31m", "bad\xff\xfeutf",
                    "caf\xc3\xa9", "-", "a#2", "back\\slash", "nul\0in", "" }
    local list = { style = "bsd" }
    for i, name in ipairs(names) do
      list[i] = { name, object("sym_" .. name:gsub("%z", "0")) }
    end
    local text, at = make.ar(list)
    helper.write(folder .. "/odd_names.a", text)
    assert.equal(#names, #at.header)
    local status, out, err = helper.symrun({ "nm", "odd_names.a" }, folder)
    assert.equal("", err)
    assert.equal(0, status)
    assert.is_nil(out:find "[^\t\n\x20-\x7e]")
    local ours = peers.parse(out)["odd_names.a"]
    assert.equal(#names, #ours)
    local expected = {
      "\\e\tsym_", "\\x2d\tsym_-", "a\\x232\tsym_a#2",
      "back\\x5cslash\tsym_back\\x5cslash",
      "bad\\xff\\xfeutf\tsym_bad\\xff\\xfeutf",
      "caf\\xc3\\xa9\tsym_caf\\xc3\\xa9",
      "esc\\x1b[31m\tsym_esc\\x1b[31m", "new\\x0aline\tsym_new\\x0aline",
      "nul\\x00in\tsym_nul0in", "tab\\x09here\tsym_tab\\x09here",
    }
    for i, row in ipairs(expected) do expected[i] = row .. "\tT\t0" end
    assert.equal("", peers.difference(ours, expected))
    local sorted = table.move(ours, 1, #ours, 1, {})
    table.sort(sorted)
    assert.same(sorted, table.move(ours, 1, #ours, 1, {}))
  end)

  it("takes odd sizes, empty members and a missing last pad", function ()
    local o = object "f" .. "x"
    assert.equal(1, #o % 2)
    helper.write(folder .. "/pads.a", (make.ar {
      { "one.o", o }, { "empty", "" }, { "two.o", o },
      { "last.o", o, nopad = true },
    }))
    local rows = agree(folder, "pads.a", 3)
    assert.same({ "last.o", "one.o", "two.o" }, members(rows))
    helper.write(folder .. "/none.a", "!<arch>\n")
    local ours, status = peers.symrun({ "none.a" }, folder)
    assert.equal(0, status)
    assert.equal("nosyms", ours["none.a"].status)
  end)

  it("takes for the index only what stands before all members", function ()
    local o = object "f"
    local text = make.ar { { "a.o", o }, { "x", "\0\0\0\1\0\0\0\8late\0\n",
                                           field = "/" } }
    helper.write(folder .. "/late.a", text)
    for _, view in ipairs { "native", "index" } do
      local ours, status = peers.symrun({ "late.a" }, folder, "--view", view)
      assert.equal(2, status)
      assert.same(view == "index" and {} or { "a.o" }, members(ours["late.a"]))
    end
  end)

  it("takes an index's name for a member's, but in the first place", function ()
    helper.must({ "mkdir", "-p", "sub" }, folder)
    for i, name in ipairs { "__.SYMDEF", "__.SYMDEF_64" } do
      run("cp", "odd.o", "sub/" .. name)
      local last, first = i .. "last.a", i .. "first.a"
      run("ar", "rcSD", last, "b.o", "sub/" .. name)
      assert.same({ name, "b.o" }, members(agree(folder, last, 4)))
      run("ar", "rcsD", first, "sub/" .. name, "b.o")  -- behind a real one
      assert.same({ name, "b.o" }, members(agree(folder, first, 4)))
      agree_on_index(folder, first, 3)
    end
  end)

  it("says what in an index is a lie, and still reads the members",
     function ()
    local o = object "f"
    for message, index in pairs {
      ["points at 100, where no member begins"] = { { "f", 100 } },
      ["points outside the archive"] = { { "f", 99999 } },
      ["no room for as many names"] = { { "f", 1 }, count = 1000 },
      ["names end before its count"] = { { "long_name", 1 }, count = 2 },
    } do
      local text, at = make.ar { { "a.o", o }, index = index }
      helper.write(folder .. "/lie.a", text)
      assert.equal(8, at.index)
      local ours, status, err = peers.symrun({ "lie.a" }, folder, "--view",
                                             "index")
      assert.equal(2, status, message)
      assert.matches(message, err)
      assert.matches("archive index .*at offset %d+%)", err)
      assert.is_true(ours["lie.a"].status ~= "ok")
      ours, status = peers.symrun({ "lie.a" }, folder)
      assert.same({ "a.o" }, members(ours["lie.a"]))
      -- Where it points to no member, a linker may read what no walk finds,
      -- or the archive was cut between two members.
      local hides = not message:find "no room"
      assert.equal(hides and 2 or 0, status)
    end
  end)
end)
