--- What a stand-in for a linker must not lose: inputs that lists name, files
--- that name themselves, and how the linker ended.

local helper = require "helper"

local folder = helper.folder "stand"
helper.must({ "mkdir", "some" }, folder)
helper.cc(folder, "a", "int main(void) { return 0; }")
helper.cc(folder, "b", "int b;")


describe("a capture", function ()
  it("has the files of a list, and nothing of an empty one", function ()
    helper.write(folder .. "/list", "a.o\nb.o\n")
    helper.write(folder .. "/empty.a", "")
    helper.write(folder .. "/ld64", "#!/bin/sh\nexit 0\n")
    helper.must({ "chmod", "+x", "ld64" }, folder)
    helper.must({ helper.tool, "ld", "--capture", "kept", "./ld64",
                  "-filelist", "list", "empty.a", "-o", "x" }, folder)
    local text = helper.must({ "sh", "-c", "cat kept/*" }, folder)
    for _, want in ipairs { "\ninput 3 %d+ %x+ a%.o\n", "\ninput 3 %d+ %x+ "
                            .. "b%.o\n", "\ninput 7 0 %x+ empty%.a\n" } do
      assert.truthy(text:find(want), want)
    end
    helper.cc(folder, "b", "int other_than_before;")
    local path = helper.must({ "ls", "kept" }, folder):gsub("\n", "")
    local status, _, err = helper.symrun({ "ld", "--replay", "kept/" .. path },
                                         folder)
    assert.same({ 0, "symrun: b.o has changed since\n" }, { status, err })
  end)
end)


describe("a response file that names itself", function ()
  it("is read once", function ()
    local big = { "@self.rsp" }
    for i = 1, 200000 do big[i + 1] = "a.o" end
    helper.write(folder .. "/self.rsp", table.concat(big, "\n"))
    helper.write(folder .. "/one.rsp", "@two.rsp\n")
    helper.write(folder .. "/two.rsp", "a.o @one.rsp\n")
    local limit = os.getenv "SANITIZER"  -- which reserves more than it uses
      and "export ASAN_OPTIONS=hard_rss_limit_mb=1000" or "ulimit -v 1000000"
    for _, name in ipairs { "self", "one" } do
      local status, _, err = helper.run({ "sh", "-c",
        limit .. "; exec \"$@\"", "sh", helper.tool, "ld",
        "--capture", "none", "gcc", "@" .. name .. ".rsp" }, folder)
      assert.same({ 2, ("symrun: the response file %s.rsp includes itself\n")
                       :format(name) }, { status, err })
    end
  end)
end)


describe("a linker", function ()
  local clean = helper.write(folder .. "/clean.lua", [[
    local symrun = require "symrun"
    symrun.rule "test/line" { about = "a", each = symrun.links(),
      check = function () end }]])

  it("that was well is no failure to who ignores its children", function ()
    helper.write(folder .. "/ignores.py", [[
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])
]])
    for words, status in pairs { ["a.o"] = 0, ["gone.o"] = 1 } do
      assert.equal(status, (helper.run({ "python3", "ignores.py", helper.tool,
        "ld", "--rules", clean, "--link-anyway", "gcc", "-o", "x", words },
        folder)))
    end
  end)

  it("that is none is told for what it is", function ()
    for path, why in pairs { ["./some"] = "it is no program", ["./a.o"] =
                             "Permission denied" } do
      local status, _, err = helper.run({ "env", "SYMRUN_LINKER=" .. path,
        helper.tool:match "^(.*)/" .. "/symrun-cc", "a.o" }, folder)
      assert.same({ 2, ("symrun: the linker %s cannot be run: %s\n")
                       :format(path, why) }, { status, err })
    end
  end)

  it("is not looked for without end", function ()
    for _, deep in ipairs { "8", "9", "2147483647", "-1",
                            "99999999999999999999" } do
      local status, _, err = helper.run({ "env", "SYMRUN_DEPTH=" .. deep,
        helper.tool, "ld", "gcc", "-o", "x", "a.o" }, folder)
      assert.equal(2, status, deep)
      assert.truthy(err:find("leads back to symrun, 9 times", 1, true), err)
    end
  end)
end)
