--- GCC's link-time optimization: an object of intermediate code has next to no
--- native symbols, and that must not look like an object that defines nothing.

local helper = require "helper"
local make = require "make"
local peers = require "peers"

local SOURCE = "int g(void); int f(void) { return g(); } int d = 3;\n"


describe("an object of GCC's LTO", function ()
  local folder
  setup(function ()
    folder = helper.folder "lto"
    helper.cc(folder, "slim", SOURCE, "-flto", "-fno-fat-lto-objects")
    helper.cc(folder, "fat", SOURCE, "-flto", "-ffat-lto-objects")
    helper.cc(folder, "plain", SOURCE)
    helper.must({ "strip", "-o", "stripped.o", "slim.o" }, folder)
    helper.must({ "ar", "rcsD", "lib.a", "plain.o", "slim.o" }, folder)
  end)

  it("is unknown when it has no native code, in an archive too", function ()
    local marked = peers.llvm({ "slim.o" }, folder)["slim.o"]
    assert.same({ "-\t__gnu_lto_slim\tC\t1" }, marked)  -- or this tests nothing
    local ours, status, err = peers.symrun({ "slim.o", "lib.a" }, folder,
                                           "--view", "native")
    assert.equal(2, status)
    assert.equal("refused", ours["slim.o"].status)
    assert.equal(0, #ours["slim.o"])
    assert.equal("partial", ours["lib.a"].status)
    assert.equal(3, #ours["lib.a"])
    for _, who in ipairs { "slim.o", "lib.a%(slim.o%)" } do
      assert.matches("symrun: " .. who .. ": holds GCC's LTO and no native "
        .. "code, [^\n]*%-ffat%-lto%-objects %(symbol table at offset %d+%)\n",
        err)
    end
  end)

  it("is unknown whatever the question is", function ()
    for question, answered in pairs {
      ['archive:defines "none*"'] = false, ['archive:defines "f"'] = true,
      ['archive:undefined("none*"):empty()'] = false,
      ['archive:exported("none*"):empty()'] = false,
      ['archive:members("plain*"):defined("none*"):empty()'] = true,
    } do
      helper.write(folder .. "/rule.lua", ([[
        local symrun = require "symrun"
        symrun.rule "own/lto" {
          about = "a question", each = symrun.archives "lib.a",
          check = function (archive, report) local _ = %s end,
        }
      ]]):format(question))
      local status, out = helper.symrun({ "rule.lua", "lib.a" }, folder)
      assert.equal(answered and 0 or 2, status, question .. "\n" .. out)
    end
  end)

  it("is unknown when strip took its symbols and left the rest", function ()
    local sections = helper.must({ "readelf", "-SW", "stripped.o" }, folder)
    assert.matches("%.gnu%.lto_", sections)
    assert.is_nil(sections:find " SYMTAB ")
    local ours, status, err = peers.symrun({ "stripped.o" }, folder, "--view",
                                           "native")
    assert.equal(2, status)
    assert.equal("refused", ours["stripped.o"].status)
    assert.matches("holds GCC's LTO and no native code", err)
  end)

  it("is read as any other when it has native code beside", function ()
    assert.matches("%.gnu%.lto_",
                   helper.must({ "readelf", "-SW", "fat.o" }, folder))
    local ours, status, err = peers.symrun({ "fat.o" }, folder)
    assert.equal("", err)
    assert.equal(0, status)
    assert.equal(3, #ours["fat.o"])
    assert.equal("", peers.difference(ours["fat.o"],
      peers.llvm({ "fat.o" }, folder)["fat.o"]))
  end)

  it("has marks that are no names; only common ones are marks", function ()
    helper.write(folder .. "/old.o", (make.elf { symbols = {
      { name = "__gnu_lto_v1", section = "common", type = "object", size = 1 },
      { name = "f", section = ".text" },
    } }))
    helper.write(folder .. "/named.o", (make.elf { symbols = {
      { name = "__gnu_lto_slim", section = ".text" },
      { name = "__gnu_lto_slimmer", section = "common" },
    } }))
    local ours, status, err = peers.symrun({ "old.o", "named.o" }, folder)
    assert.equal("", err)
    assert.equal(0, status)
    assert.same({ "-\tf\tT\t0" }, table.move(ours["old.o"], 1, 9, 1, {}))
    assert.equal(2, #ours["named.o"])
  end)
end)
