--- The tool's own words: help, version, commands, nm.

local helper = require "helper"
local make = require "symrun.make"

local folder = helper.folder "cli"
helper.write(folder .. "/libx.a", make.archive {
  { "a.o", "T f U g" }, { "a.o", "T g t local" } })
helper.cc(folder, "shared", "int shared(void) { return 1; }", "-fPIC")
helper.must({ "gcc", "-shared", "-o", "libs.so", "shared.o" }, folder)

local function symrun(...) return helper.symrun({ ... }, folder) end

-- "member symbol letter" of each row, and the status.
local function rows(...)
  local status, out = symrun("nm", ...)
  local list = {}
  for row in out:gmatch "[^\n]+" do
    local _, slice, member, symbol, letter = row:match(
      ("([^\t]*)\t"):rep(5))
    if slice == "-" then
      list[#list + 1] = ("%s %s %s"):format(member, symbol, letter)
    end
  end
  return list, status
end


describe("--help", function ()
  it("tells every option and the exit status", function ()
    local status, out, err = symrun "--help"
    assert.equal(0, status)
    assert.equal("", err)
    for _, word in ipairs { "usage: symrun", "symrun nm", "symrun test",
        "symrun ld [OPTION...] LINKER ARG...", "symrun ld --replay CAPTURE",
        "Exit status: 0 clean; 1 findings; 2 ", "-D, --define [FILE.]NAME=V",
        "--exclude GLOB", "--all ", "--format F", "--output F=FILE",
        "--fail-on LEVEL", "--select GLOB", "--list ", "--explain RULE",
        "--timing ", "--color WHEN", "-q, --quiet", "-v, --verbose",
        "--view VIEW", "--version ", "-h, --help" } do
      assert.truthy(out:find(word, 1, true), word)
    end
    for line in out:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
    assert.equal(out, (select(2, symrun "-h")))
    assert.equal(out, (select(2, symrun("nm", "--help"))))
    assert.equal(out, (select(2, symrun("ld", "--help"))))
    assert.equal(out, (select(2, symrun("gone.lua", "--help"))))
  end)

  it("promises no option that there is not", function ()
    local _, out = symrun "--help"
    local count = 0
    for option in out:gmatch "%-%-(%l[%l-]+)" do
      local _, _, err = symrun("--" .. option .. "=x")
      assert.falsy(err:find("there is no option", 1, true), option)
      count = count + 1
    end
    assert.is_true(count >= 16)
  end)
end)


describe("--version", function ()
  it("is the library's", function ()
    local status, out = symrun "--version"
    assert.equal(0, status)
    assert.truthy(out:find "^symrun %d+%.%d+%.%d+\n$", out)
    local header = helper.read(helper.top .. "/core/symrun.h")
    assert.truthy(header:find(out:match "[%d.]+", 1, true))
  end)
end)


describe("a command", function ()
  it("that is not in this version says so", function ()
    for _, name in ipairs { "diff", "stub", "jump", "summarize", "init",
                            "repl" } do
      local status, out, err = symrun(name, "-o", "x")
      assert.equal(2, status)
      assert.equal("", out)
      assert.equal(("symrun: 'symrun %s' is not in this version; symrun --help "
                    .. "lists what is\n"):format(name), err)
    end
  end)
end)


describe("nm", function ()
  it("lists every symbol", function ()
    local list, status = rows "libx.a"
    assert.same({ "a.o f T", "a.o g U", "a.o#2 g T", "a.o#2 local t" }, list)
    assert.equal(0, status)
  end)

  it("writes tsv, which may be said", function ()
    local _, out = symrun("nm", "libx.a")
    local status, again = symrun("nm", "--format", "tsv", "libx.a")
    assert.equal(0, status)
    assert.equal(out, again)
    assert.equal("file\tslice\tmember\tsymbol\tletter\tclass\tsize\n"
                 .. "libx.a\t#\tar\tok\t-\t-\t4\n",
                 out:match "^[^\n]*\n[^\n]*\n")
  end)

  it("shows another table with --view", function ()
    assert.same({ "a.o f ?", "a.o#2 g ?" }, rows("libx.a", "--view", "index"))
    local dynamic = rows("libs.so", "--view=dynamic")
    assert.truthy(table.concat(dynamic, "\n"):find("- shared T", 1, true))
    assert.falsy(table.concat(dynamic, "\n"):find("frame_dummy", 1, true))
    assert.truthy(table.concat(rows "libs.so", "\n")
                  :find("frame_dummy", 1, true))
  end)

  it("takes folders, and leaves out what --exclude says", function ()
    local _, out = symrun("nm", ".", "--exclude", "*.{c,o,so}")
    local files = {}
    for file in out:gmatch "([^\t\n]*)\t#" do files[#files + 1] = file end
    assert.same({ "./libx.a" }, files)
  end)

  it("of what cannot be read in full is status 2, with the reason", function ()
    helper.write(folder .. "/cut.a",
                 helper.read(folder .. "/libx.a"):sub(1, -50))
    local status, out, err = symrun("nm", "cut.a", "libx.a")
    helper.must({ "rm", "cut.a" }, folder)
    assert.equal(2, status)
    assert.truthy(out:find "cut.a\t#\tar\tpartial\t")
    assert.truthy(out:find "libx.a\t#\tar\tok\t")
    assert.truthy(err:find "^symrun: cut.a[^\n]*cut short", err)
  end)

  it("wants something to look at", function ()
    local status, _, err = symrun "nm"
    assert.equal(2, status)
    assert.equal("symrun: nothing was named to look at\n", err)
    helper.must({ "mkdir", "-p", "empty" }, folder)
    status, _, err = symrun("nm", "empty")
    assert.equal(2, status)
    assert.equal("symrun: there is no file to look at\n", err)
    status, _, err = symrun("nm", "gone.o")
    assert.equal(2, status)
    assert.truthy(err:find("gone.o", 1, true))
  end)
end)
