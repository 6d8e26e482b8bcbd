--- Who defines and who wants, over a tree of objects from the C compiler.

local helper = require "helper"
local json = require "dkjson"
local make = require "make"

-- Runs a rule whose check is 'body' over the tree; gives status and messages.
local function ask(folder, body)
  helper.write(folder .. "/ask.lua", [[
local symrun = require "symrun"
symrun.rule "ask" { about = "asks", each = symrun.tree,
  check = function (tree, report)
    local index = tree:index()
    ]] .. body .. [[
  end }]])
  local status, out = helper.symrun({ "--format", "json", "ask.lua", "." },
                                    folder)
  local lines = {}
  for _, f in ipairs(assert(json.decode(out), out).findings) do
    lines[#lines + 1] = ("%s %s %s: %s"):format(f.state, f.file or "-",
      f.member and f.member.name or "-", f.message)
  end
  return status, lines
end

local duplicates = [[
  for member, names in index:duplicates "f*":by_member() do
    report(member, "%s", names)
  end]]


describe("an index", function ()
  it("tells what is wanted and nowhere defined", function ()
    local folder = helper.folder "index"
    helper.cc(folder, "a", "int g(void); int none(void);"
      .. "__attribute__((weak)) int maybe(void);"
      .. "int f(void) { return g() + none() + (maybe ? maybe() : 0); }")
    helper.cc(folder, "b", "int g(void) { return 1; }")
    helper.must({ "ar", "rcs", "libb.a", "b.o" }, folder)
    helper.must({ "rm", "b.o" }, folder)
    local status, lines = ask(folder, [[
      for name in index:unresolved "[a-z]*":each() do
        report(name, "%s", name)
      end]])
    assert.same({ "violated a.o -: none" }, lines)
    assert.equal(1, status)
  end)

  it("tells strong definitions from those that give way", function ()
    local folder = helper.folder "index"
    local vague = "inline int fv() { return 1; } int (*p%s)() = fv;"
    helper.cc(folder, "a", "int f1(void) { return 1; } int f2(void) "
      .. "{ return 2; } __attribute__((weak)) int f3(void) { return 3; }"
      .. "int f4;", "-fcommon")
    helper.cc(folder, "b", "int f1(void) { return 1; } int f3(void) "
      .. "{ return 3; } static int f2(void) { return 2; } int f4;"
      .. "int (*p)(void) = f2;", "-fcommon")
    for _, name in ipairs { "c", "d" } do
      helper.write(folder .. "/" .. name .. ".cc", vague:format(name))
      helper.must({ "g++", "-c", name .. ".cc" }, folder)
    end
    -- strong, and in a COMDAT group all the same
    for _, name in ipairs { "e", "g" } do
      helper.write(folder .. "/" .. name .. ".s",
        '.section .text.f9,"axG",@progbits,f9,comdat\n.globl f9\nf9: ret\n')
      helper.must({ "gcc", "-c", name .. ".s" }, folder)
    end
    local status, lines = ask(folder, duplicates)
    assert.same({ "violated a.o -: f1", "violated b.o -: f1" }, lines)
    assert.equal(1, status)
    helper.must({ "rm", "b.o" }, folder)
    status, lines = ask(folder, duplicates)
    assert.same({}, lines)
    assert.equal(0, status)
  end)

  -- Two objects with the same assembly; gives the bytes of the first.
  local function twice(folder, text)
    for _, name in ipairs { "e", "g" } do
      helper.write(folder .. "/" .. name .. ".s", text)
      helper.must({ "gcc", "-c", name .. ".s" }, folder)
    end
    return helper.read(folder .. "/e.o")
  end

  local grouped = '.section .text.f9,"axG",@progbits,f9%s\n.globl f9\nf9: ret\n'

  it("takes a group without the flag for no COMDAT", function ()
    local folder = helper.folder "index"
    twice(folder, grouped:format "")
    local status, lines = ask(folder, duplicates)
    assert.same({ "violated e.o -: f9", "violated g.o -: f9" }, lines)
    assert.equal(1, status)
  end)

  it("knows the groups of sections beyond 65,280", function ()
    local folder = helper.folder "index"
    local parts = {}
    for i = 1, 65300 do parts[i] = ".section .x" .. i .. "\n" end
    twice(folder, table.concat(parts) .. grouped:format ",comdat"
      .. ".section .text.f8\n.globl f8\nf8: .byte 0\n")
    local status, lines = ask(folder, duplicates)
    assert.same({ "violated e.o -: f8", "violated g.o -: f8" }, lines)
    assert.equal(1, status)
  end)

  it("does not know what clashes where a group is damaged", function ()
    local folder = helper.folder "index"
    local bytes = twice(folder, grouped:format ",comdat")
    assert.equal("\1\0\0\0", bytes:sub(65, 68))  -- GRP_COMDAT
    helper.write(folder .. "/e.o", bytes:sub(1, 68) .. "\255"
      .. bytes:sub(70))
    local status, lines = ask(folder, duplicates)
    assert.equal(2, status)
    assert.equal(1, #lines)
    assert.truthy(lines[1]:find "^unknown e.o %-: .*section group is 255",
                  lines[1])
  end)

  it("does not call unresolved what an unread member may define", function ()
    local folder = helper.folder "index"
    helper.cc(folder, "a", "int g(void); int f(void) { return g(); }")
    helper.write(folder .. "/b.o", "BC\xc0\xde" .. ("\0"):rep(60))
    local status, lines = ask(folder, [[
      for name in index:unresolved():each() do report(name, "%s", name) end]])
    assert.equal(2, status)
    assert.equal(1, #lines)
    assert.truthy(lines[1]:find "^unknown b.o %-: is LLVM bitcode")
  end)

  it("is sure of a clash that it has seen, and of no more", function ()
    local folder = helper.folder "index"
    helper.cc(folder, "a", "int f1(void) { return 1; }")
    helper.cc(folder, "b", "int f1(void) { return 1; }")
    helper.write(folder .. "/c.o", "BC\xc0\xde" .. ("\0"):rep(60))
    local status, lines = ask(folder, duplicates)
    assert.equal(2, status)
    assert.same("violated a.o -: f1", lines[1])
    assert.same("violated b.o -: f1", lines[2])
    assert.truthy(lines[3]:find "^unknown c.o")
  end)

  it("takes executables for what nothing is linked with", function ()
    for _, flag in ipairs { "-no-pie", "-pie" } do
      local folder = helper.folder "index"
      helper.cc(folder, "a", "int f1(void) { return 1; }"
        .. "int main(void) { return f1(); }")
      helper.must({ "gcc", flag, "-rdynamic", "-o", "program", "a.o" }, folder)
      local status, lines = ask(folder, duplicates)
      assert.same({}, lines)
      assert.equal(0, status)
      helper.cc(folder, "b", "int f1(void); int g(void) { return f1(); }")
      helper.must({ "rm", "a.o" }, folder)
      status, lines = ask(folder, [[
        for name in index:unresolved "f*":each() do
          report(name, "%s", name)
        end]])
      assert.same({ "violated b.o -: f1" }, lines)
      assert.equal(1, status)
    end
  end)

  it("lets a shared library's definitions give way", function ()
    local folder = helper.folder "index"
    helper.cc(folder, "a", "int f1(void) { return 1; }")
    helper.must({ "gcc", "-shared", "-o", "liba.so", "a.o" }, folder)
    local status, lines = ask(folder, duplicates)
    assert.same({}, lines)
    assert.equal(0, status)
  end)

  -- f1 has a binding that no specification gives.
  local odd = make.elf { symbols = {
    { name = "f1", section = ".text", bind = 7 } } }

  it("is not sure that an odd definition defines", function ()
    local folder = helper.folder "index"
    helper.cc(folder, "a", "int f1(void); int f(void) { return f1(); }")
    helper.write(folder .. "/odd.o", odd)
    local unresolved = [[
      if index:unresolved "f*":empty() then report(tree, "all is there") end]]
    local status, lines = ask(folder, unresolved)
    assert.equal(2, status)
    assert.equal(1, #lines)
    assert.truthy(lines[1]:find "^unknown odd.o %-: .*f1", lines[1])
    status = ask(folder, [[
      assert(not index:unresolved():has "f")]])
    assert.equal(0, status)
    helper.cc(folder, "b", "int f1(void) { return 1; }")
    status, lines = ask(folder, unresolved)
    assert.same({ "violated - -: all is there" }, lines)
    assert.equal(1, status)
  end)

  it("is not sure that an odd definition clashes", function ()
    local folder = helper.folder "index"
    helper.cc(folder, "b", "int f1(void) { return 1; }")
    helper.write(folder .. "/odd.o", odd)
    local status, lines = ask(folder, duplicates)
    assert.equal(2, status)
    assert.equal(1, #lines)
    assert.truthy(lines[1]:find "^unknown odd.o %-: .*f1", lines[1])
  end)
end)
