--- Constructors of objects in all formats, beside what llvm-objdump says of
--- the sections that list them; of what was linked, beside readelf.  Their
--- names, beside what llvm-readobj says of relocations, and what runs.

local facts = require "facts"
local helper = require "helper"

local SOURCE = [[
int x;
__attribute__((constructor)) void one(void) { x = 1; }
__attribute__((constructor)) static void two(void) { x = 2; }
__attribute__((constructor(200))) void three(void) { x = 3; }
]]


describe("constructors", function ()
  local folder
  setup(function ()
    folder = helper.folder "facts-constructors"
    helper.write(folder .. "/c.c", SOURCE)
    helper.write(folder .. "/names.c", SOURCE .. "int data = 1;\n")
    helper.write(folder .. "/none.c", "int f(void) { return 1; }\n")
  end)

  local function compile(target, name, ...)
    local out = target .. "-" .. name .. ".o"
    helper.must({ "clang", "--target=" .. target, "-w", "-fintegrated-as", "-c",
                  name .. ".c", "-o", out, ... }, folder)
    return out
  end

  -- Sections with such names, and how many words they have.
  local function sections(file, pattern, word)
    local out = {}
    local text = helper.must({ "llvm-objdump-19", "-h", file }, folder)
    for name, size in text:gmatch "\n%s+%d+ (%S+)%s+(%x+)" do
      if name:match(pattern) then
        out[#out + 1] = name .. " " .. tonumber(size, 16) // word
      end
    end
    assert.is_true(#out > 0, file)
    return table.concat(out, "\n")
  end

  it("of objects are in the sections that list them", function ()
    for target, how in pairs {
      ["x86_64-linux-gnu"] = { "^%.init_array", 8 },
      ["i386-linux-gnu"] = { "^%.init_array", 4 },
      ["powerpc64-linux-gnu"] = { "^%.init_array", 8 },
      ["x86_64-pc-windows-msvc"] = { "^%.CRT%$X[CI]", 8 },
      ["i686-pc-windows-msvc"] = { "^%.CRT%$X[CI]", 4 },
      ["x86_64-w64-mingw32"] = { "^%.ctors", 8 },
      ["arm64-apple-macos13"] = { "^__mod_init_func", 8 },
      ["armv7-apple-ios7"] = { "^__mod_init_func", 4 },
    } do
      local file, none = compile(target, "c"), compile(target, "none")
      local ours = facts.ask({ file, none }, folder)
      assert.equal("", ours[none].constructors, target)
      assert.equal(sections(file, how[1], how[2]),
                   (ours[file].constructors:gsub("__DATA,", "")), target)
      local count = 0
      for n in ours[file].constructors:gmatch " (%d+)" do count = count + n end
      assert.equal(3, count, target)
    end
    local old = compile("x86_64-linux-gnu", "c", "-fno-use-init-array")
    assert.equal(sections(old, "^%.ctors", 8),
                 facts.ask({ old }, folder)[old].constructors)
    local file = compile("wasm32-unknown-unknown", "c")
    assert.equal("linking 3", facts.ask({ file }, folder)[file].constructors)
  end)

  -- The names in lists, in the order of the lists.
  local function names(answer)
    local out = {}
    for line in answer.functions:gmatch "[^\n]+" do
      for name in line:match "^%S+: (.*)$":gmatch "%S+" do
        out[#out + 1] = name
      end
    end
    return table.concat(out, " ")
  end

  it("have the names that relocations give them", function ()
    local told = 0
    for target, words in pairs {
      ["x86_64-linux-gnu"] = {}, ["i386-linux-gnu"] = {},
      ["armv7-linux-gnueabihf"] = {}, ["thumbv7-linux-gnueabihf"] = {},
      ["aarch64_be-linux-gnu"] = {}, ["mips64el-linux-gnuabi64"] = {},
      ["mips-linux-gnu"] = {}, ["powerpc64-linux-gnu"] = {},
      ["riscv64-linux-gnu"] = {}, ["s390x-linux-gnu"] = {},
      ["x86_64-linux-gnux32"] = {},
      ["x86_64-pc-windows-msvc"] = {}, ["i686-pc-windows-msvc"] = {},
      ["x86_64-w64-mingw32"] = {}, ["aarch64-pc-windows-msvc"] = {},
      ["arm64-apple-macos13"] = {}, ["x86_64-apple-macos13"] = {},
      ["armv7-apple-ios7"] = {}, ["i386-apple-macos10.13"] = {},
      ["wasm32-unknown-unknown"] = {}, ["wasm64-unknown-unknown"] = {},
      ["x86_64-unknown-linux-gnu"] = { "-ffunction-sections" },
      ["powerpc-linux-gnu"] = { "-fno-use-init-array" },
    } do
      local file = compile(target, "names", table.unpack(words))
      local none = compile(target, "none")
      local ours = facts.ask({ file, none }, folder)
      local order = names(ours[file])
      assert.is_true(order == "one two three" or order == "three one two"
                     or (words[1] or ""):find("no-use", 1, true)
                        and order == "two one three",
                     target .. ": " .. order)
      assert.equal("", ours[none].functions, target)
      local text = helper.must({ "llvm-readobj-19", "-r", "--expand-relocs",
                                 file }, folder)
      if text:match "Symbol: _?one " and text:match "Symbol: _?three " then
        told = told + 1
      end
    end
    assert.is_true(told >= 10)  -- in others by their place in a section
  end)

  it("are those that run, in that order, with gcc too", function ()
    helper.write(folder .. "/run.c", [[
#include <stdio.h>
#define SAY(at) __attribute__((constructor at))
SAY() static void b(void) { puts(__func__); }
SAY() void a(void) { puts(__func__); }
SAY((200)) static void early(void) { puts(__func__); }
int main(void) { return 0; }
]])
    for _, words in ipairs { { "gcc" }, { "gcc", "-O2" }, { "clang" },
                             { "gcc", "-ffunction-sections" } } do
      words = { table.unpack(words) }
      table.move({ "-c", "run.c", "-o", "run.o" }, 1, 4, #words + 1, words)
      helper.must(words, folder)
      helper.must({ "gcc", "run.o", "-o", "run" }, folder)
      local ran = helper.must({ "./run" }, folder):gsub("\n$", "")
      local list = {}
      for line in facts.ask({ "run.o" }, folder)["run.o"].functions
                       :gmatch "[^\n]+" do
        list[#list + 1] = line
      end
      table.sort(list)
      assert.same({ ".init_array.00200: early", ".init_array: b a" },
                  { list[1]:gsub("%.200:", ".00200:"), list[2] })
      assert.equal("early\nb\na", ran)
    end
  end)

  it("of another file, or at an alias, are named as relocations do", function ()
    helper.write(folder .. "/odd.s", [[
.section .init_array,"aw"
.quad elsewhere
.quad f
.quad .text+1
.text
f: nop
.type g, @function
g: nop
.globl h
h = g
.section .note.GNU-stack,"",@progbits
]])
    helper.must({ "as", "odd.s", "-o", "odd.o" }, folder)
    assert.equal(".init_array: elsewhere f h",
                 facts.ask({ "odd.o" }, folder)["odd.o"].functions)
  end)

  it("have no names where no relocation or symbol tells", function ()
    local cases = {
      number = ".quad 4\n", gap = ".quad f\n.quad 0\n",
      middle = ".quad .text+1\n", beyond = ".quad elsewhere+8\n",
      across = ".long 0\n.quad f\n.long 0\n",
      twice = ".reloc 0, R_X86_64_64, f\n.quad f\n",
    }
    local files = {}
    for name, text in pairs(cases) do
      helper.write(folder .. "/" .. name .. ".s", [[
.section .init_array,"aw"
]] .. text .. ".text\n.globl f\nf: nop\nnop\n")
      helper.must({ "as", name .. ".s", "-o", name .. ".o" }, folder)
      files[#files + 1] = name .. ".o"
    end
    local ours = facts.ask(files, folder)
    for _, file in ipairs(files) do
      assert.matches("%.init_array [12]", ours[file].constructors)
      assert.equal("table", type(ours[file].functions), file)
      assert.matches("cannot all be told", ours[file].functions.reason)
    end
  end)

  it("cannot be told of code that is not compiled yet", function ()
    helper.must({ "gcc", "-flto", "-c", "c.c", "-o", "slim.o" }, folder)
    helper.must({ "gcc", "-flto", "-ffat-lto-objects", "-c", "c.c", "-o",
                  "fat.o" }, folder)
    helper.must({ "clang", "-flto", "-c", "c.c", "-o", "bitcode.o" }, folder)
    local ours = facts.ask({ "slim.o", "fat.o", "bitcode.o" }, folder)
    assert.matches("no native code", ours["slim.o"].constructors.reason)
    assert.matches("no native code", ours["slim.o"].functions.reason)
    assert.matches("no native code", ours["bitcode.o"].constructors.reason)
    assert.equal("one two three", names(ours["fat.o"]))
  end)

  -- Where the linker put a function of high priority is its own business.
  local function in_order(text)
    return (text:gsub("three (.*two)", "%1 three"))
  end

  it("of what was linked are in the dynamic table", function ()
    helper.must({ "gcc", "-shared", "-fPIC", "c.c", "-o", "c.so" }, folder)
    helper.must({ "gcc", "-shared", "-nostdlib", "-fPIC", "c.c", "-o",
                  "bare.so" }, folder)
    helper.must({ "ld.lld", "-shared", "-o", "none.so",
                  compile("x86_64-linux-gnu", "none") }, folder)
    helper.write(folder .. "/main.c", "int main(void) { return 0; }\n")
    helper.must({ "gcc", "-static", "main.c", "-o", "static" }, folder)
    local files = { "c.so", "bare.so", "none.so" }
    local ours = facts.ask({ "static", table.unpack(files) }, folder)
    for _, file in ipairs(files) do
      local text = helper.must({ "readelf", "-dW", file }, folder)
      local bytes = text:match "INIT_ARRAYSZ%)%s+(%d+)"
      assert.equal(bytes and tostring(bytes // 8),
                   ours[file].constructors:match "%.init_array (%d+)", file)
      assert.equal(text:match "%(INIT%)" ~= nil,
                   ours[file].constructors:match "%.init 1" ~= nil, file)
    end
    assert.equal("", ours["none.so"].constructors)
    assert.equal(".init_array 3", ours["bare.so"].constructors)
    assert.matches("own code", ours.static.constructors.reason)
    assert.matches("own code", ours.static.functions.reason)
    assert.equal(".init: _init\n.init_array: frame_dummy one two three",
                 in_order(ours["c.so"].functions))
    assert.equal(".init_array: one two three",
                 in_order(ours["bare.so"].functions))
    assert.equal("", ours["none.so"].functions)
  end)

  it("of what was linked have the names that run", function ()
    helper.write(folder .. "/said.c", [[
#include <stdio.h>
#define SAY(at) __attribute__((constructor at))
SAY() static void b(void) { puts(__func__); }
SAY() void a(void) { puts(__func__); }
SAY((200)) static void early(void) { puts(__func__); }
int main(void) { return 0; }
]])
    for name, words in pairs {
      pie = { "gcc", "-pie", "-fPIC" }, plain = { "gcc", "-no-pie" },
      lld = { "clang", "-fuse-ld=lld", "-fPIE", "-pie" },
      exported = { "gcc", "-rdynamic", "-fPIE", "-pie" },
      gold = { "gcc", "-fuse-ld=gold" },
      packed = { "clang", "-fuse-ld=lld", "-fPIE", "-pie",
                 "-Wl,--pack-dyn-relocs=relr" },
    } do
      local words_ = { table.unpack(words) }
      table.move({ "said.c", "-o", name }, 1, 3, #words_ + 1, words_)
      helper.must(words_, folder)
      local told = facts.ask({ name }, folder)[name].functions
      assert.equal("string", type(told), name)
      local _, ran = helper.run({ "./" .. name }, folder)
      if name ~= "packed" or ran ~= "" then  -- older loaders refuse it
        local list = told:match "%.init_array: ([^\n]*)"
                         :gsub("frame_dummy ?", ""):gsub(" *$", "")
        assert.equal("early\nb\na\n", ran, name)
        assert.equal("early b a", list, name)
      end
      helper.must({ "strip", name }, folder)
      assert.matches("symbol", facts.ask({ name }, folder)[name].functions
                     .reason)
    end
  end)

  it("of what was linked for other machines have names", function ()
    for target, emulation in pairs {
      ["x86_64-linux-gnu"] = "elf_x86_64", ["i386-linux-gnu"] = "elf_i386",
      ["aarch64-linux-gnu"] = "aarch64linux",
      ["armv7-linux-gnueabihf"] = "armelf_linux_eabi",
      ["riscv64-linux-gnu"] = "elf64lriscv",
      ["powerpc64le-linux-gnu"] = "elf64lppc",
    } do
      local object = compile(target, "names", "-fPIC", "-mno-relax")
      for _, how in ipairs { "-Bsymbolic", "-Bdynamic",
                             "--pack-dyn-relocs=relr" } do
        helper.must({ "ld.lld", "-m", emulation, "-shared", how, object, "-o",
                      "n.so" }, folder)
        local told = facts.ask({ "n.so" }, folder)["n.so"].functions
        assert.equal("string", type(told), target .. how
                     .. (told.reason or ""))
        assert.equal(".init_array: three one two", told, target .. how)
      end
    end
  end)
end)
