--- The tiny objects and archives that specs of rules are made of must be real
--- ones: what other tools read without a word.

local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"

local folder = helper.folder "make"

local every = "T text t local_text D data d local_data B bss b local_bss "
  .. "R rodata r local_rodata W weak V weak_object U wanted w weak_wanted "
  .. "v weak_object_wanted A absolute C common i indirect u unique "
  .. "T hidden:hidden T protected:protected T internal:internal T plain:default"

local function write(name, bytes)
  helper.write(folder .. "/" .. name, bytes)
  return name
end

-- Words that must succeed, and say nothing on standard error.
local function quiet(...)
  local status, out, err = helper.run({ ... }, folder)
  assert.equal("", err)
  assert.equal(0, status)
  return out
end

-- "name letter" as a tool lists them, sorted.
local function letters(text)
  local list = {}
  for letter, name in text:gmatch "([%a?]) ([%w_]+)\n" do
    list[#list + 1] = name .. " " .. letter
  end
  table.sort(list)
  return list
end


describe("an object made from words", function ()
  write("every.o", make.object(every, "build=abc"))

  it("is read by readelf without a warning", function ()
    for _, tool in ipairs { "readelf", "eu-readelf" } do
      local out = quiet(tool, "-a", "-W", "every.o")
      assert.falsy(out:lower():find "warning", out)
      assert.falsy(out:lower():find "error", out)
      assert.truthy(out:find "local_rodata")
    end
    assert.equal("No errors\n", quiet("eu-elflint", "--gnu-ld", "every.o"))
    assert.truthy(quiet("readelf", "-sW", "every.o"):find "IFUNC +GLOBAL")
    assert.truthy(quiet("readelf", "-sW", "every.o"):find "OBJECT +UNIQUE")
  end)

  it("has the letters that it was given, says nm", function ()
    local expected = {}
    for letter, name in every:gmatch "(%a) ([%w_]+)[:%a]*" do
      expected[#expected + 1] = name .. " " .. letter
    end
    table.sort(expected)
    assert.same(expected, letters(quiet("nm", "every.o")))
    local rows = {}
    for name, letter in quiet(helper.tool, "nm", "every.o")
                        :gmatch "every.o\t%-\t%-\t([%w_]+)\t(%a)\t" do
      rows[#rows + 1] = name .. " " .. letter
    end
    table.sort(rows)
    assert.same(expected, rows)
  end)

  it("has the visibilities that it was given", function ()
    local out = quiet("readelf", "-sW", "every.o")
    for name, shown in pairs { hidden = "HIDDEN", protected = "PROTECTED",
                               internal = "INTERNAL", plain = "DEFAULT" } do
      assert.truthy(out:find(shown .. " +%d+ " .. name), name)
    end
  end)

  it("holds its text", function ()
    assert.truthy(quiet("readelf", "-p", ".rodata", "every.o")
                  :find("build=abc", 1, true))
  end)

  it("is linked", function ()
    quiet("ld", "-r", "-o", "linked.o", "every.o")
    -- a newer ld leaves out weak wants that no relocation has
    local function kept(list)
      local out = {}
      for _, row in ipairs(list) do
        if not row:find " [Uwv]$" then out[#out + 1] = row end
      end
      assert.is_true(#out > 10)
      return out
    end
    assert.same(kept(letters(quiet("nm", "every.o"))),
                kept(letters(quiet("nm", "linked.o"))))
    write("main.o", make.object "T _start U other")
    write("other.o", make.object "T other")
    quiet("ld", "-o", "program", "main.o", "other.o")
    assert.truthy(quiet("nm", "program"):find " T other\n")
  end)

  it("may be empty, or have long names", function ()
    write("empty.o", make.object "")
    assert.falsy(quiet("readelf", "-a", "empty.o"):find "arning")
    local long = ("x"):rep(70000)
    write("long.o", make.object("T " .. long))
    assert.truthy(quiet("nm", "long.o"):find(long, 1, true))
  end)

  it("is told what is wrong with its words", function ()
    assert.has_error(function () make.object "Q name" end,
                     '"Q" is no letter of nm\'s')
    assert.has_error(function () make.object "T name U" end,
      'a name is missing after the last letter of "T name U"')
  end)

  it("keeps a colon that is no visibility", function ()
    write("colon.o", make.object "T a:b T ns::f:hidden")
    local out = quiet("readelf", "-sW", "colon.o")
    assert.truthy(out:find "DEFAULT +%d+ a:b\n", out)
    assert.truthy(out:find "HIDDEN +%d+ ns::f\n", out)
  end)
end)


describe("an archive made from words", function ()
  local long = ("long-"):rep(20) .. "name.o"

  it("is read by ar, with its names and bytes", function ()
    write("a.a", make.archive { { "a.o", "T f U g" }, { long, "T g" },
                                { "a.o", "t local W weak C common" },
                                { "with blank.o", "T b" } })
    assert.equal(("a.o\n%s\na.o\nwith blank.o\n"):format(long),
                 quiet("ar", "t", "a.a"))
    helper.must({ "mkdir", "-p", "x" }, folder)
    quiet("ar", "x", "a.a", long, "--output", "x")
    assert.equal(make.object "T g", helper.read(folder .. "/x/" .. long))
  end)

  it("has an index that says what its members define", function ()
    local out = quiet("nm", "-s", "a.a")
    local index = out:match "^\n?Archive index:\n(.-)\n\n"
    assert.equal(("f in a.o\ng in %s\nweak in a.o\ncommon in a.o\nb in with "
                  .. "blank.o"):format(long), index)
    write("main.o", make.object "T _start U f")
    quiet("ld", "-o", "program", "main.o", "a.a")
    assert.truthy(quiet("nm", "program"):find " T g\n")
    quiet("ranlib", "-D", "a.a")  -- binutils' own says the same
    assert.truthy(quiet("nm", "-s", "a.a"):find(index, 1, true))
  end)

  it("may have none, or a false one", function ()
    write("none.a", make.archive({ { "a.o", "T f" } }, false))
    assert.falsy(quiet("nm", "-s", "none.a"):find "Archive index")
    assert.equal("a.o\n", quiet("ar", "t", "none.a"))
    write("false.a", make.archive({ { "a.o", "T f" }, { "b.o", "T g" } },
                                  { { "f", 2 }, { "gone", 1 } }))
    assert.truthy(quiet("nm", "-s", "false.a")
                  :find("f in b.o\ngone in a.o\n", 1, true))
    write("empty.a", make.archive({}, false))
    assert.equal("", quiet("ar", "t", "empty.a"))
  end)

  it("holds bytes as they are, odd ones too", function ()
    write("bytes.a", make.archive { { "odd", bytes = "abc" },
                                    { "none", bytes = "" },
                                    { "a.o", "T f" } })
    assert.equal("abc", quiet("ar", "p", "bytes.a", "odd"))
    assert.equal("", quiet("ar", "p", "bytes.a", "none"))
  end)

  it("is what symrun says it is", function ()
    tiny.policy(folder, [[
      for member, names in subject:defined():by_member() do
        report(member, "%d %s", member:index(), names)
      end
      report(subject, "index %s", subject:defined(nil, "index"))]],
      " each = symrun.archives '{a,false}.a',")
    local plan, status = tiny.plan(folder, { "rule.lua", "." })
    local out = {}
    for i, f in ipairs(plan.findings) do out[i] = f.file .. " " .. f.message end
    assert.same({ "a.a index b, common, f, g and weak", "a.a 1 f", "a.a 2 g",
      "a.a 3 common and weak", "a.a 4 b", "false.a index f and gone",
      "false.a 1 f", "false.a 2 g" }, out)
    assert.equal(1, status)
  end)
end)
