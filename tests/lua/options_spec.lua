--- The words of the command line.

local helper = require "helper"
local tiny = require "tiny"

local folder = tiny.folder "options"
helper.must({ "mkdir", "-p", "deep" }, folder)
helper.must({ "cp", "libx.a", "deep" }, folder)
tiny.policy(folder, "report(subject, '%s', given.p)", nil,
            "local given = symrun.parameters { p = { 'none', 'it' } }")

local function symrun(...)
  return helper.symrun({ ... }, folder)
end

-- What the rule told, once for each archive.
local function told(...)
  local status, out, err = symrun(...)
  assert.equal("", err)
  assert.equal(1, status)
  local list = {}
  for place, text in out:gmatch "mine/one: (%S+)\n%s+([^\n]*)" do
    list[#list + 1] = place .. " " .. text
  end
  return list
end

-- Words that are refused, with this sentence.
local function refused(expected, ...)
  local status, out, err = symrun(...)
  assert.equal(2, status)
  assert.equal("", out)
  assert.equal("symrun: " .. expected .. "\n", err)
end


describe("an option", function ()
  it("has its value after '=', in the next word, or glued to a letter",
     function ()
    for _, words in ipairs { { "--define=p=x" }, { "--define", "p=x" },
                             { "-Dp=x" }, { "-D", "p=x" } } do
      assert.same({ "libx.a x" }, told("rule.lua", "libx.a",
                                       table.unpack(words)))
    end
  end)

  it("stands anywhere", function ()
    assert.same({ "libx.a x" }, told("-q", "-Dp=x", "rule.lua", "libx.a"))
    assert.same({ "libx.a x" }, told("rule.lua", "-Dp=x", "libx.a", "-q"))
    local _, before = symrun("nm", "libx.a")
    local status, out = symrun("--view", "native", "nm", "libx.a")
    assert.equal(0, status)
    assert.equal(before, out)
  end)

  it("takes the next word whatever that is", function ()
    assert.same({ "libx.a --fix" }, told("rule.lua", "libx.a", "-D",
                                         "p=--fix"))
    refused("-D takes [FILE.]NAME=VALUE, not '--list'", "rule.lua", ".", "-D",
            "--list")
  end)

  it("that nobody knows is told, with the nearest", function ()
    for word, near in pairs { ["--exclud=x"] = "--exclude",
        ["--formt"] = "--format", ["--colour=never"] = "--color",
        ["-help"] = "--help", ["--Quiet"] = "--quiet" } do
      refused(("there is no option %s (did you mean %s?); symrun --help lists "
               .. "them"):format(word:match "^[^=]*", near), "rule.lua", ".",
              word)
    end
    for _, word in ipairs { "-x", "--zzzzzzzzz", "-zzzzzz=1", "---" } do
      refused(("there is no option %s; symrun --help lists them"):format(
        word:match "^[^=]*"), "rule.lua", ".", word)
    end
    refused("there is no option --\\x1b[2J; symrun --help lists them",
            "rule.lua", ".", "--\27[2J")
  end)

  it("without its value is told", function ()
    refused("option --define needs a value: [FILE.]NAME=VALUE", "rule.lua",
            ".", "-D")
    refused("option --format needs a value: F", "rule.lua", ".", "--format")
  end)

  it("that is a switch takes none", function ()
    refused("option --quiet takes no value", "rule.lua", ".", "--quiet=yes")
    refused("option --help takes no value", "--help=")
    refused("there is no option -qx; symrun --help lists them", "rule.lua",
            ".", "-qx")
  end)

  it("with a choice takes no other", function ()
    refused("--fail-on takes error or warning or note, not 'all'", "rule.lua",
            ".", "--fail-on", "all")
    refused("--view takes native or bitcode or gcc-lto or dynamic or index, "
            .. "not 'best'", "nm", "libx.a", "--view=best")
    refused("--format takes json or tsv, not 'text'", "nm", "libx.a",
            "--format=text")
  end)

  it("--exclude leaves out, as often as it is given", function ()
    assert.same({ "deep/libx.a none", "libx.a none" }, told("rule.lua", "."))
    assert.same({ "libx.a none" }, told("rule.lua", ".", "--exclude", "deep"))
    assert.equal(2, (symrun("rule.lua", ".", "--exclude=deep",
                            "--exclude=*.a")))
  end)

  it("--all looks into cargo's own folders", function ()
    helper.must({ "mkdir", "-p", "target/release/deps",
                  "target/release/.fingerprint" }, folder)
    helper.must({ "cp", "libx.a", "target/release/liby.a" }, folder)
    helper.must({ "cp", "libx.a", "target/release/deps/libz.a" }, folder)
    assert.same({ "release/liby.a none" }, told("rule.lua", "target"))
    assert.same({ "release/deps/libz.a none", "release/liby.a none" },
                told("rule.lua", "target", "--all"))
    helper.must({ "rm", "-r", "target" }, folder)
  end)

  it("--timing tells times on standard error, and changes nothing", function ()
    local _, plain = symrun("rule.lua", "libx.a")
    local status, out, err = symrun("rule.lua", "libx.a", "--timing")
    assert.equal(1, status)
    assert.equal(plain, out)
    for _, name in ipairs { "rules", "walk", "check", "report", "all" } do
      assert.truthy(("\n" .. err):find("\n" .. name .. " +[%d.]+ ms CPU"), err)
    end
  end)

  it("--verbose tells what is looked at on standard error", function ()
    local _, plain = symrun("rule.lua", ".")
    local status, out, err = symrun("rule.lua", ".", "-v")
    assert.equal(1, status)
    assert.equal(plain, out)
    assert.equal("symrun: mine/one looks at deep/libx.a\n"
                 .. "symrun: mine/one looks at libx.a\n", err)
  end)
end)


describe("inputs", function ()
  it("may stand in a list", function ()
    helper.write(folder .. "/list", "libx.a\n\ndeep/libx.a\n")
    assert.same({ "deep/libx.a none", "libx.a none" }, told("rule.lua",
                                                            "@list"))
    helper.write(folder .. "/list", "libx.a")
    assert.same({ "libx.a none" }, told("rule.lua", "@list"))
  end)

  it("of a list that is not there, or is a folder, are told", function ()
    refused("cannot read the list none: No such file or directory",
            "rule.lua", "@none")
    refused("cannot read the list deep: Is a directory", "rule.lua", "@deep")
    helper.write(folder .. "/list", "")
    assert.equal(2, (symrun("rule.lua", "@list")))
  end)

  it("that are not there are told, and nothing is checked", function ()
    local status, out, err = symrun("rule.lua", "libx.a", "gone.a")
    assert.equal(2, status)
    assert.equal("", out)
    assert.truthy(err:find("gone.a", 1, true), err)
  end)

  it("must be named", function ()
    refused("nothing was named to look at, so nothing was checked; name a file "
            .. "or a folder after the rules", "rule.lua")
    local none = "no rules were named: files that end in .lua come before the "
                 .. "inputs; symrun --help tells how"
    refused(none)
    refused(none, "libx.a")
    refused("nothing was named to look at", "nm")
  end)

  it("begin with the first word that does not end in .lua", function ()
    helper.must({ "cp", "rule.lua", "deep/rule.lua" }, folder)
    -- the last word is a file to look at
    assert.same({ "libx.a none" }, told("rule.lua", "libx.a",
                                        "deep/rule.lua"))
  end)
end)


describe("what stands after --", function ()
  it("is the linker's, options and all", function ()
    assert.same({ "libx.a none" }, told("rule.lua", "--", "cc", "libx.a",
                                        "--no-such-option=x", "-v", "--help"))
  end)

  it("is a linker and its words", function ()
    refused("after '--' a linker and its words are expected", "rule.lua", "--")
    refused("only rules and why take a link line after '--'", "nm", "libx.a",
            "--", "cc")
    refused("only rules and why take a link line after '--'", "test", "--",
            "cc")
  end)
end)
