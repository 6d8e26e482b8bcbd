--- Inputs that nobody meant to give: each has its sentence and status 2.
--
-- Nothing here may hang, and nothing that a file, a member, a symbol or an
-- argument is called may reach a terminal or break a row: every run in this
-- file is checked for control bytes, whatever else it is about.

local helper = require "helper"
local json = require "dkjson"
local make = require "make"


local function object(...)
  local symbols = {}
  for i, name in ipairs { ... } do
    symbols[i] = { name = name, section = ".text", bind = "global" }
  end
  return (make.elf { symbols = symbols })
end


local function plain(text, tabs)
  local bad = text:find(tabs and "[%z\1-\8\11-\31\127]"
                             or "[%z\1-\9\11-\31\127]")
              or not utf8.len(text) and select(2, utf8.len(text))
  assert(not bad, bad and ("byte %d of\n%s"):format(bad,
    text:gsub("[^\n -~]", function (c) return ("<%02x>"):format(c:byte()) end)))
  -- the C1 controls, of which one begins what ESC [ begins
  for _, c in utf8.codes(text) do assert(c < 0x80 or c > 0x9f) end
end


local function symrun(words, folder)
  local status, out, err = helper.run({ "timeout", "10", helper.tool,
    table.unpack(words) }, folder)
  assert.not_equal(124, status, "it hangs")
  plain(out, words[1] == "nm")
  plain(err)
  return status, out, err
end


local policy = [[
local symrun = require "symrun"
symrun.rule "spec/archives" { about = "archives define f",
  each = symrun.archives "%s",
  check = function (archive, report)
    if not archive:defines "f" then report(archive, "%%s lacks f", archive) end
  end }
]]

local function folder_with(files, glob)
  local folder = helper.folder "bad"
  helper.write(folder .. "/policy.lua", policy:format(glob or "**/*.a"))
  helper.must({ "mkdir", "-p", folder .. "/tree/sub" })
  for name, bytes in pairs(files) do
    helper.write(folder .. "/" .. name, bytes)
  end
  return folder
end


local good = make.ar { { "f.o", object "f" } }

-- Status 2, and a sentence somewhere that says so.
local function refuses(folder, words, ...)
  local status, out, err = symrun(words, folder)
  assert.equal(2, status, out .. err)
  for _, part in ipairs { ... } do
    assert.truthy((out .. err):find(part, 1, true),
                  part .. " is not in\n" .. out .. err)
  end
end


local function clean(folder, words)
  local status, out, err = symrun(words, folder)
  assert.equal(0, status, out .. err)
  assert.equal("", err)
end


describe("on the command line", function ()
  local folder = folder_with { ["tree/lib.a"] = good }

  it("what is good is good", function ()
    clean(folder, { "policy.lua", "tree" })
    clean(folder, { "policy.lua", "tree/lib.a" })
    clean(folder, { "nm", "tree" })
  end)

  it("a path that is not there", function ()
    for _, words in ipairs {
      { "policy.lua", "none" }, { "nm", "none" }, { "policy.lua", "none/x.a" },
      { "policy.lua", "tree", "none" }, { "nm", "tree", "none" },
      { "policy.lua", "tree/lib.a/none" },
    } do refuses(folder, words, "none") end
    refuses(folder, { "policy.lua", "" }, "No such file")
    refuses(folder, { "none.lua", "tree" }, "cannot read the rules none.lua")
    refuses(folder, { "policy.lua", "@none" }, "none")
  end)

  it("nothing to look at", function ()
    helper.must({ "mkdir", "-p", folder .. "/empty" })
    refuses(folder, { "policy.lua" }, "nothing was named to look at")
    refuses(folder, { "nm" }, "nothing was named to look at")
    refuses(folder, { "policy.lua", "empty" }, "nothing was checked")
    refuses(folder, { "policy.lua", "policy.lua", "empty" }, "")
    refuses(folder, {}, "no rules were named")
    refuses(folder, { "tree" }, "no rules were named")
  end)

  it("a device, a fifo, a folder where a file should be", function ()
    helper.must({ "mkfifo", folder .. "/fifo" })
    refuses(folder, { "policy.lua", "fifo" }, "neither a file nor a folder")
    refuses(folder, { "nm", "/dev/zero" }, "neither a file nor a folder")
    refuses(folder, { "policy.lua", "@tree" }, "tree")
    refuses(folder, { "tree.lua", "tree" }, "tree.lua")
    helper.must({ "mkdir", folder .. "/dir.lua" })
    refuses(folder, { "dir.lua", "tree" }, "dir.lua")
  end)

  it("an option or a value that there is not", function ()
    for word, sentence in pairs {
      ["--fomat"] = "did you mean --format", ["-Z"] = "no option -Z",
      ["--fail-on=never"] = "--fail-on takes", ["--format=xml"] = "--format",
      ["--color=red"] = "--color takes", ["--list=1"] = "takes no value",
      ["--select=none"] = "no rule is named none",
      ["--explain=none"] = "no rule is named 'none'",
      ["-Dx"] = "-D takes", ["-Dnone=1"] = "no rule file declares",
      ["--output=x"] = "--output takes",
      ["--exclude={a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"] = "braces",
      ["--\27[31m\n"] = "no option", ["-D\27]0;x\7=\255"] = "",
      ["--select=\27[31m\255"] = "", ["--fail-on=\27[31m\n\255"] = "",
      ["--format=\27\255"] = "", ["--color=\27\255"] = "",
      ["--output=\27[31m=x"] = "", ["--output=json=/none/\27[31m"] = "/none/",
    } do refuses(folder, { word, "policy.lua", "tree" }, sentence) end
    refuses(folder, { "policy.lua", "tree", "--format" }, "needs a value")
    refuses(folder, { "nm", "--view=none", "tree" }, "none")
    refuses(folder, { "diff", "x" }, "not in this version")
  end)

  it("stands in for no linker that is not there", function ()
    local where = folder_with { ["tree/lib.a"] = good }
    for sentence, words in pairs {
      ["there is no program no-such-linker on PATH"] = { "no-such-linker" },
      ["cannot be run"] = { "./policy.lua" },
      ["symrun itself"] = { helper.tool },
      ["takes the linker and its words"] = {},
      ["there is no option --none"] = { "--none", "cc" },
      ["option --rules needs a value"] = { "--rules" },
      ["none.lua"] = { "--rules=none.lua", "cc", "tree/lib.a" },
      ["--replay takes one capture"] = { "--replay" },
      ["is no capture"] = { "--replay", "policy.lua" },
      ["is the link as it was"] = { "--rules=policy.lua", "--replay", "x" },
    } do refuses(where, { "ld", table.unpack(words) }, sentence) end
    for _, word in ipairs { "\27[31m", "\255/\7", "-\27]0;x\7" } do
      refuses(where, { "ld", word, "x" }, "")
    end
  end)
end)


describe("a policy file", function ()
  local folder = folder_with { ["tree/lib.a"] = good }
  local cases = {
    ["is empty"] = { "", "declares no rule" },
    ["has a syntax error"] = { "local x = = 1", "bad.lua:1:" },
    ["raises"] = { "error 'on purpose'", "on purpose" },
    ["raises a table"] = { "error {}", "" },
    ["raises nil"] = { "error()", "" },
    ["is bytecode"] = { string.dump(function () end), "bytecode" },
    ["is not text"] = { "\0\1\2\27\255", "" },
    ["names what is not there"] = { "require 'none'", "'none' is not there" },
    ["wants what it must not"] = { "os.execute 'touch here'", "os" },
    ["misspells a field"] = { [[require "symrun".rule "a/b" { about = "x",
      each = require "symrun".archives(), chek = print }]],
      "did you mean 'check'" },
    ["gives a wrong type"] = { [[require "symrun".rule "a/b" { about = 1,
      each = require "symrun".archives(), check = print }]], "is a number" },
    ["lacks a field"] = { [[require "symrun".rule "a/b" { about = "x",
      check = print }]], "lacks the field 'each'" },
    ["has a rule without a name"] = { [[require "symrun".rule "" {}]],
      "a rule's name" },
    ["has a rule with an odd name"] = {
      [[require "symrun".rule "a\n\27[31mb" {}]], "a rule's name" },
    ["has a field with an odd name"] = { [[require "symrun".rule "a/b" {
      about = "x", each = require "symrun".archives(), check = print,
      ["\27[31m\255\n"] = 1 }]], "has no field" },
    ["has a bad pattern"] = { [[require "symrun".archives(
      ("{a,b}"):rep(12))]], "braces" },
    ["fails in its check"] = { [[require "symrun".rule "a/b" { about = "x",
      each = require "symrun".archives(),
      check = function () error "on\27[31m\n\255purpose" end }]],
      "the rule itself failed" },
    ["asks with a bad pattern"] = { [=[require "symrun".rule "a/b" {
      about = "x", each = require "symrun".archives(),
      check = function (a) a:defined "[[:alpha:]]" end }]=], "[:alpha:]" },
    ["asks for a view that there is not"] = { [[require "symrun".rule "a/b" {
      about = "x", each = require "symrun".archives(),
      check = function (a) a:defined("*", "x\27[31m") end }]],
      "invalid option" },
  }
  for name, case in pairs(cases) do
    it("that " .. name, function ()
      helper.write(folder .. "/bad.lua", case[1])
      refuses(folder, { "bad.lua", "tree" }, case[2])
    end)
  end

  it("acted on nothing", function ()
    assert.is_nil(io.open(folder .. "/here"))
  end)
end)


describe("in a tree", function ()
  it("links, fifos and sockets that no pattern names are passed by",
     function ()
    local folder = folder_with { ["tree/lib.a"] = good }
    helper.must({ "sh", "-c", [[
      cd tree && mkfifo fifo sub/fifo && ln -s none dangling && ln -s l1 l2 &&
      ln -s l2 l1 && ln -s / root && ln -s ../policy.lua outside &&
      ln -s /dev/zero zero && ln -s . self && ln -s fifo tofifo]] }, folder)
    clean(folder, { "policy.lua", "tree" })
    refuses(folder, { "nm", "tree" }, "")
  end)

  for name, line in pairs {
    ["a fifo"] = "mkfifo x.a", ["a dangling link"] = "ln -s none x.a",
    ["a link to itself"] = "ln -s x.a x.a",
    ["a loop of links"] = "ln -s y x.a && ln -s x.a y",
    ["a link to a folder"] = "ln -s sub x.a",
    ["a link to a device"] = "ln -s /dev/zero x.a",
    ["a link to outside"] = "ln -s ../policy.lua x.a",
    ["a link to outside by a folder"] = "ln -s sub/../../policy.lua x.a",
    ["a link to a fifo"] = "mkfifo sub/f && ln -s sub/f x.a",
  } do
    it(name .. " that a pattern names is unknown", function ()
      local folder = folder_with { ["tree/lib.a"] = good }
      helper.must({ "sh", "-c", "cd tree && " .. line }, folder)
      refuses(folder, { "policy.lua", "tree" }, "x.a", "unknown")
      local _, out = symrun({ "policy.lua", "tree", "--format=json" }, folder)
      local report = json.decode(out)
      assert.equal(1, #report.findings)
      assert.equal("x.a", report.findings[1].file)
      clean(folder, { "policy.lua", "tree", "--exclude", "x.a" })
    end)
  end

  it("folders and files without rights are told", function ()
    local folder = folder_with { ["tree/lib.a"] = good,
                                 ["tree/sub/deep.a"] = good }
    local function as_nobody(...)
      local words = { helper.tool, ... }
      if helper.must({ "id", "-u" }) == "0\n" then
        words = { "setpriv", "--reuid=65534", "--regid=65534",
                  "--clear-groups", table.unpack(words) }
      end
      local status, out, err = helper.run(words, folder)
      plain(out)
      plain(err)
      return status, out .. err
    end
    helper.must { "chmod", "-R", "a+rX", folder }
    assert.equal(0, (as_nobody("policy.lua", "tree")))
    helper.must { "chmod", "0", folder .. "/tree/sub" }
    local status, text = as_nobody("policy.lua", "tree")
    assert.equal(2, status)
    assert.truthy(text:find("sub", 1, true))
    assert.truthy(text:find("Permission denied", 1, true), text)
    assert.equal(0, (as_nobody("policy.lua", "tree", "--exclude", "sub")))
    helper.must { "chmod", "0444", folder .. "/tree/sub" }
    assert.equal(2, (as_nobody("policy.lua", "tree")))
    helper.must { "chmod", "0755", folder .. "/tree/sub" }
    helper.must { "chmod", "0", folder .. "/tree/lib.a" }
    status, text = as_nobody("policy.lua", "tree")
    assert.equal(2, status)
    assert.truthy(text:find("Permission denied", 1, true), text)
    -- not named, but nobody knows that it is no archive
    helper.write(folder .. "/policy.lua", (policy:gsub('"%%s",', "(),", 1)
      :gsub("archives %(", "archives("):gsub("%%%%", "%%")))
    status, text = as_nobody("policy.lua", "tree")
    assert.equal(2, status, text)
    assert.truthy(text:find("lib.a", 1, true), text)
  end)
end)


describe("a file that changes", function ()
  local function while_changing(how)
    local t = {}
    for i = 1, 2000 do t[i] = { ("f%d.o"):format(i), object("f" .. i) } end
    local folder = folder_with { ["tree/lib.a"] = (make.ar(t)), go = "",
                                 ["other"] = good }
    local status, out, err = helper.run({ "sh", "-c", [[
      (while [ -e go ]; do ]] .. how .. [[; done) &
      for i in $(seq 200); do
        timeout 10 "$0" policy.lua tree; status=$?
        [ $status = 2 ] && break
      done
      rm go
      wait
      exit $status]], helper.tool }, folder)
    assert.equal(2, status, out .. err)
    plain(out)
    plain(err)
    return out .. err
  end

  it("while it is read is damaged", function ()
    assert.truthy(while_changing "touch tree/lib.a":find "changed")
  end)

  it("and is cut short does not kill", function ()
    while_changing [[truncate -s 100000 tree/lib.a
                     truncate -s 900000 tree/lib.a]]
  end)

  it("and is another each time", function ()
    while_changing "ln -f other x; mv x tree/lib.a; cp policy.lua tree/lib.a"
  end)
end)


-- == names ===================================================================

local odd = "n\n\t\27[31m\7\\\255\192\175\u{202e}\u{9b}3\226\130end"

describe("a name with newlines, escapes and broken text", function ()
  local bytes = make.ar {
    { "m" .. odd, object("s" .. odd, "f") }, { "f.o", object "js_x" },
    { "text" .. odd:gsub("\n", ""), "text\n" },
  }
  local folder = folder_with { ["tree/lib" .. odd .. ".a"] = bytes }

  it("breaks no report", function ()
    helper.write(folder .. "/names.lua", [[
local symrun = require "symrun"
symrun.rule "spec/names" { about = "tells all names",
  each = symrun.archives "**/*.a",
  check = function (archive, report)
    report(archive, "%s", archive:path()):hint("%s", archive:path())
    for member in archive:members():each() do
      report(member, "%s %s", member, member:name())
    end
    for name in archive:members "m*":defined():each() do
      report(name, "%s %s", name, name:text()):hint(name:text())
    end
    report(archive, "%s", archive:members "m*":defined())
    report(archive, "%s", archive:members "m*")
    archive:defines "none"
  end }]])
    local status, text = symrun({ "names.lua", "tree" }, folder)
    assert.equal(2, status)
    assert.truthy(text:find "unknown: ")
    local out
    status, out = symrun({ "names.lua", "tree", "--format=json" }, folder)
    assert.equal(2, status)
    local report = assert(json.decode(out))
    assert.equal(9, #report.findings)
    for _, f in ipairs(report.findings) do
      assert.truthy(f.file:find("lib", 1, true))
    end
    for _, color in ipairs { "--color=never", "-q", "--format=json" } do
      symrun({ "names.lua", "tree", color }, folder)
    end
  end)

  it("breaks no row", function ()
    local status, out = symrun({ "nm", "tree" }, folder)
    assert.equal(2, status)
    local rows = 0
    for line in out:gmatch "[^\n]+" do
      rows = rows + 1
      assert.equal(6, select(2, line:gsub("\t", "")), line)
      assert.falsy(line:find "[^!-~\t]", line)
    end
    assert.equal(5, rows)
  end)

  it("breaks no message about it", function ()
    local name = "none" .. odd
    refuses(folder, { "policy.lua", name }, "none")
    refuses(folder, { "nm", name }, "none")
    refuses(folder, { name .. ".lua", "tree" }, "none")
    refuses(folder, { "policy.lua", "@" .. name }, "none")
    refuses(folder, { name }, "")
    refuses(folder, { "ld" .. odd }, "")
    refuses(folder, { "policy.lua", "tree", "--exclude=" .. ("{a,b}"):rep(9)
                      .. odd }, "braces")
    refuses(folder, { "policy.lua", "tree", "--output=json=none/" .. odd },
            "none/")
    refuses(folder, { "names.lua", "tree/lib" .. odd .. ".a" }, "unknown")
    refuses(folder, { "nm", "tree/lib" .. odd .. ".a" }, "text")
  end)

  it("is the name of an input, a folder or a policy", function ()
    local other = folder_with {}
    helper.must({ "mkdir", "tree/d" .. odd }, other)
    helper.write(other .. "/tree/d" .. odd .. "/x.a", good)
    helper.must({ "ln", "-s", "none", "tree/d" .. odd .. "/y.a" }, other)
    helper.write(other .. "/p" .. odd .. ".lua", policy:format "**/*.a")
    refuses(other, { "p" .. odd .. ".lua", "tree" }, "y.a")
    refuses(other, { "p" .. odd .. ".lua", "tree/d" .. odd }, "y.a")
    helper.write(other .. "/q" .. odd .. ".lua", "x = = 1")
    refuses(other, { "q" .. odd .. ".lua", "tree" }, "")
    refuses(other, { "policy.lua", "policy.lua", "tree/d" .. odd }, "")
  end)
end)


-- == thin archives ==========================================================

describe("a thin archive", function ()
  -- The paths that were opened; a handle that only names a thing (O_PATH) is
  -- how symrun finds out that it must not be opened.
  local function opened(folder, words)
    local status, out, err = helper.run({ "strace", "-f", "-s", "4096", "-e",
      "trace=open,openat,openat2", "-o", folder .. "/trace", "timeout", "10",
      "env", "ASAN_OPTIONS=detect_leaks=0",  -- which ptrace does not allow
      helper.tool, table.unpack(words) }, folder)
    plain(out)
    plain(err)
    local list = {}
    for line in io.lines(folder .. "/trace") do
      local path, result = line:match '"([^"]*)".*= (%-?%d+)'
      if path and tonumber(result) >= 0
         and not line:find("O_PATH", 1, true) then
        list[path] = true
      end
    end
    return list, status, out .. err
  end

  local f = object "f"

  it("opens its members where they are inside", function ()
    local folder = folder_with {
      ["tree/sub/f.o"] = f, ["tree/g.o"] = f,
      ["tree/sub/lib.a"] = (make.ar { thin = true, { "f.o", f },
                                      { "../g.o", f } }),
    }
    local list, status, text = opened(folder, { "policy.lua", "tree" })
    assert.equal(0, status, text)
    assert.is_true(list["sub/f.o"] and list["sub/../g.o"])
  end)

  for name, case in pairs {
    ["an absolute path"] = { "TOP/outside.o" },
    ["a path to outside"] = { "../outside.o" },
    ["a long way to outside"] = { "sub/../sub/../../outside.o" },
    ["a device"] = { "/dev/zero" },
    ["a way to a device"] = { ("../"):rep(40) .. "dev/zero" },
    ["a link to outside"] = { "link.o", "ln -s ../outside.o link.o" },
    ["a link to an absolute path"] = { "link.o", 'ln -s "$PWD/in.o" link.o' },
    ["a folder that is a link"] = { "l/outside.o", "ln -s .. l" },
    ["a link to a device"] = { "link.o", "ln -s /dev/zero link.o" },
    ["a fifo"] = { "fifo", "mkfifo fifo" },
    ["a link to a fifo"] = { "link.o", "mkfifo fifo && ln -s fifo link.o" },
    ["a loop"] = { "link.o", "ln -s link.o link.o" },
    ["a folder"] = { "sub" },
    ["itself"] = { "lib.a" },
    ["nothing"] = { "" },
    ["what is not there"] = { "none.o" },
    ["a file of another size"] = { "in.o", ":", size = 1 },
    ["a file without a size"] = { "in.o", ":", size = 0 },
  } do
    it("does not follow " .. name, function ()
      local folder = folder_with { ["outside.o"] = f, ["tree/in.o"] = f }
      if case[2] then
        helper.must({ "sh", "-c", "cd tree && " .. case[2] }, folder)
      end
      local path = case[1]:gsub("TOP", folder)
      helper.write(folder .. "/tree/lib.a", (make.ar { thin = true,
        { path, f, size = case.size } }))
      for _, input in ipairs { "tree", "tree/lib.a" } do
        local list, status, text = opened(folder, { "policy.lua", input })
        assert.equal(2, status, text)
        assert.truthy(text:find("lib.a", 1, true), text)
        for seen in pairs(list) do
          assert.falsy(seen:find "outside%.o$" or seen:find "zero$"
                       or seen:find "fifo$" or seen:find "link%.o$", seen)
        end
      end
    end)
  end
end)
