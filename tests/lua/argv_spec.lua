--- --format argv and argv0: a line that comes back, through the tool itself.

local helper = require "helper"
local make = require "symrun.make"
local tiny = require "tiny"

local folder = helper.folder "argv"
helper.write(folder .. "/app.o", make.object "T main")
helper.write(folder .. "/rest", "app.o -o 'a b'\n")
helper.write(folder .. "/loop", "app.o @loop\n")
tiny.policy(folder, [[
  for _, file in ipairs(subject:objects()) do
    if file:defines "found" then report(subject, "found") end
  end]], " each = symrun.links(),")


-- Print a line back: status, what came out, what was said.
local function print_back(format, words, ...)
  local all = { "--format", format, ... }
  all[#all + 1] = "--"
  table.move(words, 1, #words, #all + 1, all)
  return helper.symrun(all, folder)
end


describe("a line without rules", function ()
  it("comes back byte for byte", function ()
    for _, words in ipairs {
      { "cc", "app.o" }, { "cc", "" , "app.o", "a b", "\\", "'\"", "é\xff" },
      { "ld", "-o", "x", "--", "@gone", "--frob", "-" },
      { "cc", "-Wl,", "-Wl,,a,", "-Wl,a,b", "-Xlinker", "-Wl,c", "-Xlinker" },
      { "clang", "@rest", "@loop", "@", "-Wl,@rest" },
      { "link", "/OUT:x", "-out:y", "@rest", "a.obj" }, { "whatever", "-x" },
      { "cc", "two\nlines", "\t", "-D", "A=\"b c\"" },
    } do
      local _, out = print_back("argv0", words)
      assert.equal(table.concat(words, "\0") .. "\0", out)
    end
    local status, out = print_back("argv", { "cc", "app.o", "@rest" })
    assert.equal("cc\napp.o\n@rest\n", out)
    assert.equal(0, status)
  end)

  it("that is not understood is told", function ()
    for _, case in ipairs {
      { { "cc", "app.o", "-o" }, "the option -o lacks its value" },
      { { "cc", "@gone" }, "the response file gone cannot be opened: No such "
        .. "file or directory" },
      { { "cc", "@loop" }, "the response file loop includes itself" },
      { { "ld", "--frob", "app.o" }, "the option --frob is not one that is "
        .. "known, so app.o may be its value" },
      { { "cc", "@." }, "the response file . is no regular file" },
    } do
      local status, out, err = print_back("argv", case[1])
      assert.equal(table.concat(case[1], "\n") .. "\n", out)
      assert.equal("symrun: " .. case[2] .. "\n", err)
      assert.equal(2, status)
    end
  end)

  it("is of another program, if somebody says so", function ()
    local status = print_back("argv", { "x", "/OUT:y", "a.obj" })
    assert.equal(2, status)
    status = print_back("argv", { "x", "/OUT:y", "a.obj" }, "--flavour",
                        "lld-link")
    assert.equal(0, status)
    local _, _, err = print_back("argv", { "x" }, "--flavour", "y")
    assert.is_truthy(err:find("--flavour takes cc or gcc or ", 1, true))
  end)

  it("cannot have a line's end in --format argv", function ()
    local status, out, err = print_back("argv", { "cc", "a\nb" })
    assert.equal("", out)
    assert.is_truthy(err:find "^symrun: the word a\\x0ab holds the end of a ")
    assert.equal(2, status)
  end)

  it("must be there", function ()
    local status, _, err = helper.symrun({ "--format", "argv0" }, folder)
    assert.is_truthy(err:find("--format takes json or text", 1, true))
    assert.equal(2, status)
  end)
end)


describe("a line with rules", function ()
  it("stands alone on standard output", function ()
    local status, out, err = print_back("argv", { "cc", "@rest" }, "rule.lua")
    assert.equal("cc\n@rest\n", out)
    assert.equal(0, status)
    assert.is_truthy(err:find "1 rule")
    helper.write(folder .. "/app.o", make.object "T found")
    status, out, err = print_back("argv", { "cc", "@rest" }, "rule.lua")
    helper.write(folder .. "/app.o", make.object "T main")
    assert.equal("cc\n@rest\n", out)
    assert.is_truthy(err:find "found")
    assert.equal(1, status)
  end)

  it("is not printed when something is unknown", function ()
    for _, words in ipairs { { "cc", "@gone" }, { "cc", "app.o", "-o" } } do
      local status, out, err = print_back("argv", words, "rule.lua")
      assert.equal("", out)
      assert.not_equal("", err)
      assert.equal(2, status)
    end
  end)

  it("that cannot be linked is unknown, whatever the rules ask", function ()
    tiny.policy(folder, "return nil", " each = symrun.links(),", nil,
                "quiet.lua")
    local plan, status = tiny.plan(folder, { "quiet.lua", "--", "cc", "app.o",
                                             "-o" })
    assert.equal("the option -o lacks its value", plan.findings[1].message)
    assert.equal("symrun/line", plan.findings[1].rule)
    assert.equal(2, status)
  end)
end)
