--- Archives that were cut or that lie.  bfd, gold, lld and mold link an archive
--- that was cut in its last member, and say nothing; here every cut is told,
--- and what stands before it is read.

local helper = require "helper"
local make = require "make"
local peers = require "peers"


local function object(name)
  return (make.elf { symbols = { { name = name, section = ".text",
                                   type = "func" } } })
end


local function whole(more)
  local t = {
    { "first.o", object "first" }, { "a_long_member_name.o", object "second" },
    { "last.o", object "third" .. "x" },
  }
  for key, value in pairs(more or {}) do t[key] = value end
  return make.ar(t)
end

local INDEX = { { "first", 1 }, { "second", 2 }, { "third", 3 } }


describe("a damaged archive", function ()
  local folder
  before_each(function () folder = helper.folder "ar-damage" end)

  -- What symrun says of an archive cut at each of these lengths.
  local function cut_all(bytes, from)
    for cut = from, #bytes do
      helper.write(("%s/%05d.a"):format(folder, cut), bytes:sub(1, cut))
    end
    local status, out, err = helper.symrun({ "nm", "." }, folder)
    assert.equal(2, status)
    local by_cut, said = {}, {}
    for file, rows in pairs(peers.parse(out)) do
      by_cut[tonumber(file:match "(%d+)%.a$")] = rows
    end
    for line in err:gmatch "[^\n]+" do
      local cut = tonumber(line:match "^symrun: %./(%d+)%.a")
      assert.is_truthy(line:match "at offset %d+%)$", line)
      said[cut] = line
    end
    return by_cut, said
  end

  it("is told wherever it was cut, when it has an index", function ()
    local bytes, at = whole { index = INDEX }
    assert.equal("\n", bytes:sub(-1))  -- the last pad, which may be missing
    local by_cut, said = cut_all(bytes, 9)
    for cut = 9, #bytes - 2 do
      local rows = by_cut[cut]
      assert.is_truthy(rows, cut)
      local expected = 0
      for i = 1, 3 do
        local size = #object(({ "first", "second", "third" })[i])
        if cut >= at.data[i] + size then expected = expected + 1 end
      end
      if cut < at.data[3] + #object "third" + 1 and cut >= at.data[3] then
        expected = 2  -- its last byte is missing
      end
      assert.equal(expected > 0 and "partial" or "refused", rows.status, cut)
      assert.equal(expected, #rows, cut)
      assert.is_truthy(said[cut], cut)
    end
    for cut = #bytes - 1, #bytes do
      assert.equal("ok", by_cut[cut].status)
      assert.is_nil(said[cut])
    end
    assert.matches("first.o\tfirst", table.concat(by_cut[at.data[3]], "\n"))
    assert.matches("header has 60 bytes, and 59 are left",
                   said[at.header[3] + 59])
    assert.matches("this member has %d+ bytes by its header, and 0 are left",
                   said[at.data[3]])
    assert.matches("names a member at " .. at.header[3], said[at.header[3]])
  end)

  it("is told without an index too, but between two members", function ()
    local bytes, at = whole()
    local by_cut, said = cut_all(bytes, 9)
    local between = { [#bytes] = true, [#bytes - 1] = true }
    for i = 1, 3 do between[at.header[i]] = true end
    for cut = 9, #bytes do
      local status = by_cut[cut].status
      if between[cut] then
        assert.is_true(status == "ok" or status == "nosyms", cut)
        assert.is_nil(said[cut])
      else
        assert.is_true(status == "partial" or status == "refused", cut)
        assert.is_truthy(said[cut], cut)
      end
    end
  end)

  -- what, the archive, how many symbols are still read, what is said; the
  -- offset is that of a header and so many bytes more
  for _, case in ipairs {
    { "a size that is no number", { size = "12x" }, 1, "ar_size", 48 },
    { "a size with nothing in it", { size = "" }, 1, "ar_size", 48 },
    { "a size with a sign", { size = "-8" }, 1, "ar_size", 48 },
    { "a size beyond the end", { size = "4000000000" }, 1, "ar_size", 0 },
    { "a size that is too small", { size = "3" }, 1, "ar_fmag", nil },
    { "a header without its end", { fmag = "xx" }, 1, "ar_fmag", 58 },
    { "a long name beyond the table", { field = "/9999" }, 1, "ar_name", 0 },
    { "a long name that is no number", { field = "/abc" }, 1, "ar_name", 0 },
    { "a BSD name longer than its member", { field = "#1/99999" }, 1,
      "ar_name", 0 },
  } do
    local what, lie, left, field, plus = table.unpack(case)
    it("is told: " .. what, function ()
      local t = { { "one.o", object "one" }, { "two.o", object "two" },
                  { "three.o", object "three" },
                  { "a_name_that_is_too_long.o", object "four" } }
      for key, value in pairs(lie) do t[2][key] = value end
      local bytes, at = make.ar(t)
      helper.write(folder .. "/lie.a", bytes)
      local ours, status, err = peers.symrun({ "lie.a" }, folder)
      assert.equal(2, status)
      assert.equal("partial", ours["lie.a"].status)
      assert.equal(left, #ours["lie.a"])
      assert.equal("one.o\tone\tT\t0", ours["lie.a"][1])
      local offset = plus and at.header[2] + plus or at.data[2] + 4 + 58
      local line = err:match "symrun: lie.a: ([^\n]*)\n$"
      assert.is_true(peers.told(line, field, offset), err)
    end)
  end

  for _, field in ipairs { "/", "//", "/SYM64/", "/<ECSYMBOLS>/" } do
    it("is told: a table " .. field .. " behind a member", function ()
      local bytes, at = make.ar { { "one.o", object "one" },
        { "two.o", ("\0"):rep(8), field = field }, { "3.o", object "three" } }
      helper.write(folder .. "/lie.a", bytes)
      local ours, status, err = peers.symrun({ "lie.a" }, folder)
      assert.equal(2, status)
      assert.equal(1, #ours["lie.a"])
      assert.matches("an archive's own table stands behind a member", err)
      assert.is_true(peers.told(err:match "^symrun: lie.a: ([^\n]*)\n$",
                                "ar_name", at.header[2]), err)
    end)
  end

  it("is told: a long name that many members share, to cost time", function ()
    local list = { { ("n"):rep(600000), "" } }
    for i = 2, 10000 do list[i] = { "", "", field = "/0" } end
    helper.write(folder .. "/shared.a", (make.ar(list)))
    local _, status, err = peers.symrun({ "shared.a" }, folder)
    assert.equal(2, status)
    assert.matches("ar_name points to a name that many share: up to here they "
      .. "add up to %d+ bytes, more than 64 times the archive", err)
  end)

  it("is told: a name among bytes that a thin archive does not have",
     function ()
    local bytes, at = make.ar { thin = true, { "one.o", "x", field = "#1/1" } }
    helper.write(folder .. "/lie.a", bytes)
    local _, status, err = peers.symrun({ "lie.a" }, folder)
    assert.equal(2, status)
    assert.is_true(peers.told(err:match "^symrun: lie.a: ([^\n]*)\n$",
                              "ar_name", at.header[1]), err)
  end)

  it("is told: a long name, and no table of them", function ()
    helper.write(folder .. "/lie.a", (make.ar {
      { "one.o", object "one" }, { "two.o", object "two", field = "/0" },
    }))
    local ours, status, err = peers.symrun({ "lie.a" }, folder)
    assert.equal(2, status)
    assert.equal(1, #ours["lie.a"])
    assert.matches("no table of long names", err)
  end)

  it("is told: a table of long names whose last has no end", function ()
    local bytes, at = make.ar { { "a_long_member_name.o", object "one" } }
    local table_end = at.header[1]
    bytes = bytes:sub(1, table_end - 2) .. "xx" .. bytes:sub(table_end + 1)
    helper.write(folder .. "/lie.a", bytes)
    local _, status, err = peers.symrun({ "lie.a" }, folder)
    assert.equal(2, status)
    assert.matches("which has no end", err)
  end)

  it("hides no good member behind a bad one", function ()
    helper.write(folder .. "/mixed.a", (make.ar {
      { "one.o", object "one" }, { "text.o", "what is this" },
      { "two.o", object "two" }, { "cut.o", object("cut"):sub(1, 200) },
      { "three.o", object "three" }, { "empty.o", "" },
      { "lib.rmeta", "rust\0\0\0\8" }, { "bc.o", "BC\xc0\xde" },
    }))
    local ours, status, err = peers.symrun({ "mixed.a" }, folder)
    assert.equal(2, status)
    assert.equal("partial", ours["mixed.a"].status)
    assert.same({ "one.o\tone\tT\t0", "three.o\tthree\tT\t0",
                  "two.o\ttwo\tT\t0" },
                table.move(ours["mixed.a"], 1, #ours["mixed.a"], 1, {}))
    local who = {}
    for member in err:gmatch "symrun: mixed.a%((.-)%): " do
      who[#who + 1] = member
    end
    table.sort(who)
    assert.same({ "bc.o", "cut.o", "text.o" }, who)
  end)

  it("is told: an archive inside an archive", function ()
    helper.write(folder .. "/nest.a", (make.ar {
      { "inner.a", (whole()) }, { "one.o", object "one" },
    }))
    local ours, status, err = peers.symrun({ "nest.a" }, folder)
    assert.equal(2, status)
    assert.equal(1, #ours["nest.a"])
    assert.matches("nest.a%(inner.a%): is an archive", err)
  end)
end)
