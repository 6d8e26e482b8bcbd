local helper = require "helper"
local make = require "make"
local peers = require "peers"


describe("symrun nm", function ()
  it("prints a row for each symbol, sorted", function ()
    local folder = helper.folder "nm"
    helper.cc(folder, "a", "int f(void); int g(void) { return f(); }")
    local status, out = helper.symrun({ "nm", "a.o" }, folder)
    assert.equal(0, status)
    assert.equal("file\tslice\tmember\tsymbol\tletter\tclass\tsize\n"
      .. "a.o\t#\telf\tok\t-\t-\t2\n"
      .. "a.o\t-\t-\tf\tU\tundef\t0\n"
      .. "a.o\t-\t-\tg\tT\tglobal\t11\n",
      (out:gsub("global\t%d+", "global\t11")))
  end)

  it("leaves rows as LC_ALL=C sort leaves them, over files and folders",
     function ()
    local folder = helper.folder "nm"
    helper.must({ "mkdir", "-p", "t/sub", "t/sub.d" }, folder)
    local function put(path, ...)
      local symbols = {}
      for i, name in ipairs { ... } do
        symbols[i] = { name = name, section = ".text", size = i }
      end
      helper.write(folder .. "/" .. path, (make.elf { symbols = symbols }))
    end
    put("t/b.o", "b", "B", "b_1", "b1", "_", "~", "a b")
    put("t/a.o", "z", "y")
    put("t/sub/a.o", "one")
    put("t/sub.d/a.o", "two")
    put("t/a.o.o", "three")
    put("t/caf\xc3\xa9 1.o", "four")
    helper.must({ "ar", "rcS", "t/x.a", "t/b.o", "t/a.o", "t/sub/a.o" },
                folder)
    local status, out = helper.symrun({ "nm", "t" }, folder)
    assert.equal(0, status)
    local head, rows = out:match "^([^\n]*\n)(.*)$"
    assert.equal("file\tslice\tmember\tsymbol\tletter\tclass\tsize\n", head)
    helper.write(folder .. "/rows", rows)
    assert.equal(helper.must({ "env", "LC_ALL=C", "sort", "rows" }, folder),
                 rows)
    local _, count = rows:gsub("\n", "")
    assert.equal(7 + 13 + 10, count)
    assert.matches("\nt/caf\\xc3\\xa9\\x201.o\t%-\t%-\tfour\t", rows)
    assert.matches("t/x.a\t%-\ta.o\tz\t", rows)
    assert.matches("t/x.a\t%-\ta.o#2\tone\t", rows)
  end)

  it("writes names so that no byte breaks a row", function ()
    local folder = helper.folder "nm"
    local all, list = {}, {}
    for byte = 1, 255 do
      all[byte] = ("n%c"):format(byte)
      list[byte] = { name = all[byte], section = ".text" }
    end
    list[256] = { name = "", section = ".text" }
    helper.write(folder .. "/names.o", (make.elf { symbols = list }))
    local status, out = helper.symrun({ "nm", "names.o" }, folder)
    assert.equal(0, status)
    assert.is_nil(out:find "[^\t\n\x20-\x7e]")
    local ours = peers.parse(out)["names.o"]
    assert.equal(256, #ours)
    local seen = {}
    for _, row in ipairs(ours) do
      local name = row:match "^%-\t([^\t]*)\tT\t0$"
      name = name == "\\e" and "" or name:gsub("\\x(%x%x)", function (hex)
        return string.char(tonumber(hex, 16))
      end)
      seen[name] = true
    end
    for _, name in ipairs(all) do assert.is_true(seen[name], name) end
    assert.is_true(seen[""])
    assert.matches("\t\\e\tT", out)
    assert.matches("\tn\\x5c\tT", out)
  end)

  it("ends with 2 when its output cannot be written", function ()
    local folder = helper.folder "nm"
    helper.cc(folder, "a", "int x;")
    local line = helper.line { helper.tool, "nm", folder .. "/a.o" }
    local _, _, status = os.execute(line .. " >/dev/full 2>/dev/null")
    assert.equal(2, status)
  end)

  it("cannot be made to print without end", function ()
    local folder = helper.folder "nm"
    local symbols = {}
    for i = 1, 3000 do symbols[i] = { name = "s" .. i, section = ".text" } end
    local bytes = make.ar {
      { ("m"):rep(60000), (make.elf { symbols = symbols }) },
    }
    helper.write(folder .. "/long.a", bytes)
    local status, out, err = helper.symrun({ "nm", "long.a" }, folder)
    assert.equal(2, status)
    assert.is_true(#out < 80 * #bytes)
    assert.matches("more than 64 times its size to print", err)
    assert.is_true(#err < 2000)
    assert.equal("partial", peers.parse(out)["long.a"].status)
  end)

  it("has room for any number of members of one name", function ()
    local folder = helper.folder "nm"
    local list = {}
    local object = make.elf { symbols = { { name = "f", section = ".text" } } }
    for i = 1, 3000 do list[i] = { "same.o", object } end
    helper.write(folder .. "/same.a", (make.ar(list)))
    local ours, status = peers.symrun({ "same.a" }, folder)
    assert.equal(0, status)
    assert.equal(3000, #ours["same.a"])
    local names = {}
    for _, row in ipairs(ours["same.a"]) do names[row] = true end
    for i = 2, 3000 do
      assert.is_true(names["same.o#" .. i .. "\tf\tT\t0"], i)
    end
  end)
end)
