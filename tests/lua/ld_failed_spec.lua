--- What is told when a linker has failed, and when nothing is.

local helper = require "helper"

local folder = helper.folder "ld-failed"
helper.cc(folder, "main", "int f(void); int main(void) { return f(); }")
helper.cc(folder, "f", "int f(void) { return 0; }")
helper.cc(folder, "g", "int f(void) { return 1; }")
helper.must({ "ar", "rc", "libf.a", "f.o" }, folder)
helper.must({ "ln", "-s", helper.tool, folder .. "/symrun-cc" })


-- status, stdout, what the linker says itself, what we add.
local function link(...)
  local bare, _, theirs = helper.run({ "gcc", ... }, folder)
  local status, out, err = helper.symrun({ "ld", "gcc", ... }, folder)
  assert.equal(bare, status)
  assert.equal(theirs, err:sub(1, #theirs))
  assert.equal("", out)
  return status, err:sub(#theirs + 1), theirs
end


describe("a link that failed is explained:", function ()
  it("a name that is missing", function ()
    local status, added, theirs = link("main.o")
    assert.equal(1, status)
    assert.truthy(theirs:find "undefined reference to `f'")
    assert.truthy(added:find("symrun: f is not defined by anything that is "
                             .. "linked\nbecause    libf.a defines it, and is "
                             .. "not on the line\n", 1, true), added)
    assert.truthy(added:find("\nwanted by  main.o\n", 1, true), added)
  end)

  it("an archive before who wants it", function ()
    local _, added = link("libf.a", "main.o")
    assert.truthy(added:find("libf.a(f.o) defines it, but stands before main.o",
                             1, true), added)
  end)

  it("a name that is defined twice", function ()
    local status, added, theirs = link("main.o", "f.o", "g.o")
    assert.equal(1, status)
    assert.truthy(theirs:find "multiple definition of `f'")
    assert.truthy(added:find("symrun: f is given by f.o\nbecause    g.o is "
                             .. "linked, too", 1, true), added)
  end)

  it("ten of a hundred names", function ()
    local text, calls = {}, {}
    for i = 1, 100 do
      text[i], calls[i] = ("int n%d(void);"):format(i), ("n%d()"):format(i)
    end
    helper.cc(folder, "many", table.concat(text) .. "int main(void) { return "
              .. table.concat(calls, "+") .. "; }")
    local _, added = link("many.o")
    local _, count = added:gsub("symrun: n%d+ is not defined", "")
    assert.equal(10, count)
    assert.truthy(added:find("symrun: and 90 more; ", 1, true), added)
  end)

  it("a library that may miss none, or has a name twice", function ()
    local status, added, _ = link("-shared", "-fPIC", "-Wl,-z,defs", "main.o")
    assert.equal(1, status)
    assert.truthy(added:find("symrun: f is not defined", 1, true), added)
    _, added = link("-shared", "f.o", "g.o")
    assert.truthy(added:find("symrun: f is given by f.o", 1, true), added)
    assert.falsy(added:find "is not defined")
  end)

  it("with rules that hold, too", function ()
    helper.write(folder .. "/holds.lua", 'local symrun = require "symrun"\n'
      .. 'symrun.rule "x/holds" { about = "it holds", each = symrun.links(), '
      .. 'check = function (link, report) link:output() end }\n')
    local status, out, err = helper.run({ "env", "SYMRUN_RULES=holds.lua",
                                          "./symrun-cc", "main.o" }, folder)
    assert.equal(1, status)
    assert.equal("", out)
    assert.truthy(err:find("symrun: f is not defined", 1, true), err)
  end)

  it("for symrun-cc, too", function ()
    local status, out, err = helper.run({ "./symrun-cc", "main.o" }, folder)
    assert.equal(1, status)
    assert.equal("", out)
    assert.truthy(err:find("symrun: f is not defined", 1, true), err)
  end)
end)


describe("nothing is added", function ()
  it("to a link that succeeds", function ()
    local status, added, theirs = link("main.o", "f.o")
    assert.equal(0, status)
    assert.equal("", added)
    assert.equal("", theirs)
    assert.equal(0, (helper.run({ "./a.out" }, folder)))
  end)

  it("to a compilation that failed", function ()
    helper.write(folder .. "/bad.c", "int x = ;")
    local status, added, theirs = link("-c", "bad.c")
    assert.equal(1, status)
    assert.equal("", added)
    assert.truthy(theirs:find "error")
  end)

  it("to a source that does not compile", function ()
    local status, added, theirs = link("bad.c", "main.o")
    assert.equal(1, status)
    assert.equal("", added)
    assert.truthy(theirs:find "error")
  end)

  it("where the linker failed for another reason", function ()
    local status, added = link("main.o", "f.o", "-o", "/dev/full")
    assert.equal(1, status)
    assert.equal("", added)
    status, added = link("-shared", "main.o", "-Wl,--version-script=bad.c")
    assert.equal(1, status)
    assert.equal("", added)
  end)

  it("of names that the line lets pass", function ()
    for _, option in ipairs { "-Wl,--unresolved-symbols=ignore-all",
                              "-Wl,--warn-unresolved-symbols" } do
      local status, added = link("main.o", option, "-o", "/dev/full")
      assert.equal(1, status)
      assert.equal("", added, option)
    end
    local status, added = link("main.o", "f.o", "g.o", "-Wl,-z,muldefs", "-o",
                               "/dev/full")
    assert.equal(1, status)
    assert.equal("", added)
    status, added = link("-shared", "main.o", "-o", "/dev/full")
    assert.equal(1, status)
    assert.equal("", added)
  end)

  it("after a signal: 128 and its number", function ()
    helper.write(folder .. "/killed", "#!/bin/sh\nkill -9 $$\n")
    helper.must({ "chmod", "+x", "killed" }, folder)
    local status, out, err = helper.run({ "env", "SYMRUN_LINKER=./killed",
                                          "./symrun-cc", "main.o" }, folder)
    assert.equal(137, status)
    assert.equal("", out .. err)
  end)
end)


describe("what cannot be told is one line:", function ()
  local function one_line(pattern, ...)
    local status, added = link(...)
    assert.equal(1, status)
    local _, lines = added:gsub("\n", "")
    assert.equal(1, lines, added)
    assert.truthy(added:find(pattern, 1, true), added)
  end

  it("an archive that is cut short", function ()
    helper.write(folder .. "/cut.a",
                 helper.read(folder .. "/libf.a"):sub(1, 400))
    one_line("cannot be told: cut.a: the archive is cut short", "main.o",
             "cut.a")
  end)

  it("an input that is not there", function ()
    one_line("the input nothing.o is not there", "main.o", "nothing.o")
  end)

  it("a library that is not there", function ()
    one_line("-lnothing is in no folder", "main.o", "-lnothing")
  end)
end)


describe("it is quick", function ()
  it("in a folder of libraries", function ()
    local make = require "symrun.make"
    local members = {}
    for i = 1, 100 do
      members[i] = { ("m%d.o"):format(i), ("T a%d U b%d"):format(i, i) }
    end
    for i = 1, 40 do
      helper.write(("%s/libmany%d.a"):format(folder, i), make.archive(members))
    end
    local words = { "main.o" }
    for i = 1, 40 do words[i + 1] = ("libmany%d.a"):format(i) end
    local times = {}
    for _, program in ipairs { { "gcc" }, { helper.tool, "ld", "gcc" } } do
      local line = { "sh", "-c", '"$@" 2>/dev/null; times | tail -1', "sh",
                     table.unpack(program) }
      table.move(words, 1, #words, #line + 1, line)
      local _, out = helper.run(line, folder)
      local sum = 0
      for m, s in out:gmatch "(%d+)m([%d.]+)s" do sum = sum + m * 60 + s end
      times[#times + 1] = sum
    end
    assert.is_true(times[2] - times[1] < 0.3, table.concat(times, " "))
  end)
end)
