--- Lists of constructors whose relocations lie, segments of wasm that are not
--- as many as their names, and objects of all formats that are cut anywhere:
--- no answer is another one than that of the whole file.

local facts = require "facts"
local helper = require "helper"
local make = require "make"
local wasm = require "wasm"

local pack = string.pack

local SOURCE = [[
int x;
__attribute__((constructor)) void one(void) { x = 1; }
__attribute__((constructor)) static void two(void) { x = 2; }
]]


describe("a list of constructors in an ELF object", function ()
  local folder
  setup(function () folder = helper.folder "facts-lists" end)

  -- One function in ".init_array"; 't' has lies.
  local function ask(t)
    t = t or {}
    local wide, e = t.class ~= 32, t.big and ">" or "<"
    local number, kind = t.number or 1, 1
    local bytes, addend = t.list or ("\0"):rep(wide and 8 or 4), t.addend or 0
    local rela = wide
      and pack(e .. "I8I8i8", t.offset or 0, number << 32 | kind, addend)
      or pack(e .. "I4I4i4", t.offset or 0, number << 8 | kind, addend)
    local out, at = make.elf { class = t.class, big = t.big,
      sections = {
        { name = ".text", type = 1, flags = 6, bytes = ("\x90"):rep(16) },
        { name = ".init_array", type = 14, flags = 3, bytes = bytes },
        { name = ".rela.init_array", type = 4, link = t.link or ".symtab",
          info = t.info or 2, entsize = t.entsize or (wide and 24 or 12),
          bytes = rela:rep(t.times or 1) },
      },
      symbols = t.symbols or { { name = "f", bind = "global", type = "func",
                                 section = ".text", value = 8 } },
      lie = t.lie }
    helper.write(folder .. "/l.o", out)
    return facts.ask({ "l.o" }, folder)["l.o"].functions, at
  end

  it("has the name of its symbol, in both classes and orders", function ()
    for _, t in ipairs { {}, { class = 32 }, { big = true },
                         { class = 32, big = true } } do
      assert.equal(".init_array: f", (ask(t)))
    end
  end)

  local lies = {
    ["a relocation outside"] = { { offset = 8 }, "r_offset",
      function (at) return at[".rela.init_array"] end },
    ["one that ends outside"] = { { offset = 1 << 62 }, "r_offset",
      function (at) return at[".rela.init_array"] end },
    ["a symbol that is not there"] = { { number = 2 }, "r_info",
      function (at) return at[".rela.init_array"] + 8 end },
    ["relocations of another size"] = { { entsize = 16 }, "sh_entsize",
      function (at) return at.header[".rela.init_array"] + 56 end },
    ["no symbol table"] = { { link = 1 }, "sh_link",
      function (at) return at.header[".rela.init_array"] + 40 end },
    ["relocations behind the end"] = { { lie = { [".rela.init_array"] =
      { size = 1 << 40 } } }, "sh_offset",
      function (at) return at.header[".rela.init_array"] + 24 end },
    ["a name outside"] = { { lie = { [".text"] = { sh_name = 1 << 20 } } },
      "sh_name", function (at) return at.header[".text"] end },
  }
  for name, lie in pairs(lies) do
    it("with " .. name .. " is damage", function ()
      local told, at = ask(lie[1])
      assert.equal("table", type(told), tostring(told))
      assert.equal(lie[2], told.field)
      assert.equal(lie[3](at), told.offset)
    end)
  end

  it("without a name for each place is unknown", function ()
    for name, t in pairs {
      twice = { times = 2 }, nowhere = { info = 1 }, addend = { addend = 1 },
      more = { list = ("\0"):rep(16) }, unnamed = { symbols = { {
        name = "", bind = "global", section = ".text" } } },
      huge = { lie = { [".init_array"] = { size = 1 << 62 } } },
    } do
      local told = ask(t)
      assert.equal("table", type(told), name .. ": " .. tostring(told))
      assert.matches("cannot all be told", told.reason)
    end
  end)

  it("with more relocations than the file has room for is stopped", function ()
    local one = { type = 4, link = ".symtab", info = 1, entsize = 24 }
    local sections, lie = {
      { name = ".init_array", type = 14, flags = 3, bytes = ("\0"):rep(8) },
      { name = ".rela", type = 4, link = ".symtab", info = 1, entsize = 24,
        bytes = pack("<I8I8i8", 0, 1 << 32 | 1, 0):rep(500) },
    }, {}
    for i = 1, 300 do
      local more = { name = ".r" .. i, bytes = "" }
      for key, value in pairs(one) do more[key] = value end
      sections[#sections + 1] = more
      lie[more.name] = { offset = 64 + 8, size = 500 * 24 }
    end
    helper.write(folder .. "/m.o", (make.elf { sections = sections, lie = lie,
      symbols = { { name = "f", bind = "global", section = 1 } } }))
    assert.matches("more relocations of constructors",
                   facts.ask({ "m.o" }, folder)["m.o"].functions.reason)
  end)
end)


describe("a list of constructors in other objects", function ()
  local folder
  setup(function ()
    folder = helper.folder "facts-lists"
    helper.write(folder .. "/c.c", SOURCE)
  end)

  local function compile(target, ...)
    helper.must({ "clang", "--target=" .. target, "-w", "-fintegrated-as", "-c",
                  "c.c", "-o", "c.o", ... }, folder)
    return helper.read(folder .. "/c.o")
  end

  local function ask(bytes)
    helper.write(folder .. "/lie.o", bytes)
    return facts.ask({ "lie.o" }, folder)["lie.o"].functions
  end

  local function put(bytes, at, value)
    return bytes:sub(1, at) .. pack("<I4", value) .. bytes:sub(at + 5)
  end

  it("is damage where COFF's relocations lie", function ()
    local good = compile "x86_64-pc-windows-msvc"
    local header = good:find(".CRT$XCU", 1, true) - 1
    local at = string.unpack("<I4", good, header + 25)
    assert.equal(".CRT$XCU: one two", ask(good))
    for field, bytes in pairs {
      VirtualAddress = put(good, at, 16), SymbolTableIndex = put(good, at + 4,
                                                                 1 << 20),
      PointerToRelocations = put(good, header + 24, #good - 3),
    } do
      local told = ask(bytes)
      assert.equal(field, told.field)
    end
    assert.equal(at + 4, ask(put(good, at + 4, 1 << 20)).offset)
    assert.matches("cannot all be told", ask(put(good, at, 8)).reason)
    assert.matches("cannot all be told", ask(put(good, at, 3)).reason)
  end)

  it("is damage where Mach-O's relocations lie", function ()
    local good = compile "arm64-apple-macos13"
    local header = good:find("__mod_init_func", 1, true) - 1
    local at = string.unpack("<I4", good, header + 57)
    assert.equal("__DATA,__mod_init_func: one two", ask(good))
    assert.equal("r_address", ask(put(good, at, 16)).field)
    assert.equal(at, ask(put(good, at, 16)).offset)
    assert.equal("reloff", ask(put(good, header + 56, #good - 3)).field)
    assert.equal("reloff", ask(put(good, header + 60, 1 << 30)).field)
    assert.matches("cannot all be told", ask(put(good, header + 60, 1)).reason)
    assert.matches("cannot all be told",
                   ask(put(good, at + 4, 0x0e00ffff)).reason)
  end)

  it("of wasm has symbols that are there", function ()
    local function object(symbol, segments)
      return (wasm.bytes { wasm.magic,
        { section = 1, 1, "\x60\0\0" }, { section = 3, 1, 0 },
        { section = 10, 1, { sized = true, 0, "\x0b" } },
        { section = 11, 1, 0, "\x41\0\x0b", { sized = true, "abcd" } },
        { custom = "linking", 2,
          "\5", { sized = true, segments or 1, wasm.name ".data.d", 0, 4,
                  segments == 2 and { wasm.name "x", 0, 0 } or "" },
          "\6", { sized = true, 1, 5, symbol },
          "\8", { sized = true, 2, "\0\0", 0, wasm.name "f",
                  "\1\0", wasm.name "d", 0, 0, 4 } } })
    end
    assert.equal("linking: f", ask(object(0)))
    assert.matches("cannot all be told", ask(object(7)).reason)
    helper.write(folder .. "/rule.lua", [[
local symrun = require "symrun"
symrun.rule "fact/of" { about = "tells", each = symrun.files "**/*",
  check = function (file, report)
    for _, s in ipairs(file:sections_of "d") do
      report.note(file, "%s %d %s", s.name, s.size, tostring(s.retain))
    end
  end }
]])
    local function told(bytes)
      helper.write(folder .. "/lie.o", bytes)
      local _, out = helper.symrun({ "rule.lua", "lie.o" }, folder)
      return out
    end
    assert.matches("%.data%.d 4 true", told(object(0)))
    assert.matches("segment count is 2, and should be that of", told(object(0,
                                                                     2)))
  end)

  it("is never another one when the object is cut", function ()
    local unknown = 0
    for _, target in ipairs { "x86_64-linux-gnu", "x86_64-pc-windows-msvc",
                              "arm64-apple-macos13", "wasm32-unknown-unknown",
                              "linked" } do
      local good = target == "linked" and compile("x86_64-linux-gnu", "-fPIC")
        or compile(target)
      if target == "linked" then
        helper.must({ "ld.lld", "-shared", "c.o", "-o", "c.so" }, folder)
        good = helper.read(folder .. "/c.so")
        helper.write(folder .. "/c.o", good)
      end
      local names = { "c.o" }
      for size = 8, #good - 1, #good // 60 do
        names[#names + 1] = ("cut%d.o"):format(size)
        helper.write(folder .. "/" .. names[#names], good:sub(1, size))
      end
      local ours = facts.ask(names, folder)
      for i = 2, #names do
        for _, fact in ipairs { "functions", "constructors" } do
          local told = ours[names[i]][fact]
          if type(told) == "table" then unknown = unknown + 1
          else
            assert.equal(ours["c.o"][fact], told, target .. " " .. names[i])
          end
        end
      end
    end
    assert.is_true(unknown > 300)
  end)
end)
