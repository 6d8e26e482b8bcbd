--- Edits of ELF objects that are refused, with the reason, and what may be said
--- so that they are not.

local edited = require "edited"
local helper = require "helper"
local make = require "make"

local folder

local function compiled(name, text, ...)
  local words = { ... }
  helper.write(folder .. "/" .. name, text)
  table.move({ "-c", "-o", name .. ".o", name }, 1, 4, #words + 1, words)
  helper.must(words, folder)
  return helper.read(folder .. "/" .. name .. ".o")
end


-- Refused, with all of these words in the reason.
local function refused(bytes, edit, ...)
  local out, why = edited.made(bytes, edit[1] and edit or { edit })
  assert.is_true(out == nil, "was made all the same")
  for _, word in ipairs { ... } do
    assert.is_truthy(why:find(word, 1, true), why)
  end
end


local function accepted(bytes, ...)
  local out, done = edited.made(bytes, { ... })
  assert.is_string(out, done)
  assert.not_equal(bytes, out)
  helper.write(folder .. "/accepted.o", out)
  assert.equal("", edited.warnings(folder .. "/accepted.o"))
  return out, edited.look(folder .. "/accepted.o")
end


local function has(look, pattern)
  return table.concat(look.symbols, "\n"):find(pattern) ~= nil
end


local PLAIN = [[
extern int wanted (int);
int number = 7; static int quiet = 3; int common[8];
int unused (void) { return 1; }
int f (int x) { return wanted(x) + number + quiet++ + common[x]; }
]]


describe("an edit of an ELF object is refused", function ()
  local plain
  setup(function ()
    folder = helper.folder "edit-refused"
    plain = compiled("plain.c", PLAIN, "gcc", "-fcommon", "-O1",
                     "-ffunction-sections")
  end)

  it("where the symbol cannot be so", function ()
    refused(plain, { op = "localize", name = "wanted" }, "localize 'wanted'",
            "undefined")
    refused(plain, { op = "localize", name = "common" }, "'common'",
            "common symbol")
    refused(plain, { op = "weaken", name = "common" }, "common symbol")
    refused(plain, { op = "weaken", name = "wanted" }, "undefined", "insist")
    refused(plain, { op = "keep-only", name = "f" }, "keep-only 'common'")
    refused(plain, { op = "add-undefined", name = "f" }, "defines it already")
    refused(plain, { op = "add-absolute", name = "f", value = 1 },
            "defines it already")
    refused(plain, { op = "strip", name = "wanted" }, "strip 'wanted'",
            "relocations in '.rela.text.f' need it")
    refused(plain, { op = "wasm-import", name = "f", to = "m" }, "only wasm")
    local _, look = accepted(plain, { op = "weaken", name = "wanted",
                                      how = { "insist" } })
    assert.is_true(has(look, "wanted WEAK"))
  end)

  it("where another symbol has the name", function ()
    for _, to in ipairs { "f", "quiet", "wanted", "common" } do
      refused(plain, { op = "rename", name = "number", to = to },
              "'number' to '" .. to .. "'", "already")
    end
    local twice = compiled("twice.c",
      "int f (void) { static int n; return n++; }\n"
      .. "int g (void) { static int n; return n++; }\n", "clang")
    local local_n = "f.n"
    accepted(twice, { op = "globalize", name = local_n })
    refused(make.elf { symbols = {
      { name = "n", bind = "local", section = ".text" },
      { name = "n", bind = "local", section = ".text", value = 4 } } },
      { op = "globalize", name = "n" }, "more than one symbol")
  end)

  it("where a section is needed", function ()
    refused(plain, { op = "drop-section", name = ".symtab" }, "table of")
    refused(plain, { op = "drop-section", name = ".strtab" }, "table of")
    refused(plain, { op = "drop-section", name = ".shstrtab" }, "names of all")
    refused(plain, { op = "drop-section", name = ".rela.text.f" },
            "'.rela.text.f'", "for '.text.f'")
    refused(plain, { op = "drop-section", name = ".text.unused" },
            "'.text.unused'", "relocations", "'.rela.eh_frame'")
    local out, look = accepted(plain,
      { op = "drop-section", name = ".text.unused" },
      { op = "drop-section", name = ".eh_frame" })
    assert.is_false(has(look, "unused"))
    assert.is_nil(out:find("\0.text.unused\0.text.unused\0", 1, true))
    assert.is_nil(edited.relocations_differ(
      edited.look(folder .. "/plain.c.o"), look, nil,
      { [".eh_frame"] = true }))
  end)

  it("of what was linked, and of other formats", function ()
    helper.must({ "gcc", "-shared", "-o", "l.so", "plain.c", "-fPIC" }, folder)
    refused(helper.read(folder .. "/l.so"), { op = "localize", name = "f" },
            "linked")
    helper.write(folder .. "/m.c", "int main (void) { return 0; }")
    helper.must({ "gcc", "-no-pie", "-o", "m", "m.c" }, folder)
    refused(helper.read(folder .. "/m"), { op = "localize", name = "main" },
            "executable")
    refused("BC\xc0\xde" .. ("\0"):rep(100), { op = "localize", name = "f" },
            "bitcode", "edited")
    refused("!<arch>\n", { op = "localize", name = "f" }, "edited")
    refused("", { op = "localize", name = "f" }, "edited")
  end)

  it("where a number does not fit", function ()
    local small = compiled("small.c", "int f (void) { return 1; }", "gcc",
                           "-m32")
    refused(small, { op = "add-absolute", name = "at", value = 1 << 32 },
            "32 bits")
    accepted(small, { op = "add-absolute", name = "at", value = 0xffffffff })
  end)

  it("where the name is none", function ()
    refused(plain, { op = "localize", name = "" }, "a name of one byte")
    refused(plain, { op = "localize", name = "f\0g" }, "none of them zero")
    refused(plain, { op = "rename", name = "f", to = "" }, "is to become")
  end)
end)


describe("an ELF symbol in a COMDAT group", function ()
  local bytes
  setup(function ()
    folder = helper.folder "edit-comdat"
    bytes = compiled("x.cc", edited.CXX, "g++", "-g3", "-O0")
  end)

  it("is changed where its group goes", function ()
    for _, edit in ipairs {
      { op = "localize", name = "_Z13shared_inlinei" },
      { op = "rename", name = "_ZN4MadeC2Ev", to = "other" },
    } do
      refused(bytes, edit, "COMDAT group", "dissolve")
      edit.how = { "dissolve" }
      local _, look = accepted(bytes, edit)
      assert.is_nil(edited.relocations_differ(
        edited.look(folder .. "/x.cc.o"), look,
        { [edit.name] = edit.to }))
    end
    local _, look = accepted(bytes, { op = "localize",
      name = "_Z13shared_inlinei", how = { "dissolve" } })
    local groups = helper.must({ "readelf", "-gW", "accepted.o" }, folder)
    assert.is_nil(groups:find("[_Z13shared_inlinei]", 1, true))
    assert.is_truthy(groups:find("_Z3addIiET_S0_S0_", 1, true))
    assert.is_true(has(look, "_Z13shared_inlinei LOCAL"))
    refused(bytes, { op = "keep-only", name = "_Z5plaini" }, "COMDAT")
    _, look = accepted(bytes, { op = "keep-only", name = "_Z5plaini",
                                how = { "dissolve" } })
    for _, line in ipairs(look.symbols) do
      if not line:find " UND " then
        assert.is_true(line:find " LOCAL " ~= nil
                       or line:find "^_Z5plaini " ~= nil, line)
      end
    end
    assert.is_truthy(helper.must({ "readelf", "-gW", "accepted.o" }, folder)
                     :find "wm4%.0", "macros of -g3 stay groups")
  end)

  it("may be weak, hidden, and have another name if that is the group's",
     function ()
    accepted(bytes, { op = "hide", name = "_Z13shared_inlinei" })
    accepted(bytes, { op = "rename", name = "_Z3addIiET_S0_S0_", to = "add" })
    assert.is_truthy(helper.must({ "readelf", "-gW", "accepted.o" }, folder)
                     :find("[add]", 1, true))
    refused(bytes, { op = "strip", name = "_Z3addIiET_S0_S0_" }, "relocations")
    -- of a group that holds other names; as GNU as has it, in the group itself
    local name = "_ZN4MadeC5Ev"
    refused(bytes, { op = "rename", name = name, to = "other" }, "COMDAT")
    refused(bytes, { op = "globalize", name = name }, "name of a section group")
    refused(bytes, { op = "strip", name = name }, "name of a section group")
  end)
end)


describe("an ELF object with intermediate code", function ()
  setup(function () folder = helper.folder "edit-lto" end)

  it("is changed where that goes", function ()
    for _, c in ipairs {
      { ".gnu.lto_", "gcc", "-flto", "-ffat-lto-objects", "-g" },
      { ".llvmbc", "clang", "-fembed-bitcode=all" },
    } do
      local bytes = compiled("l.c", "int f (void) { return 42; }\n"
        .. "int g (void) { return f(); }", table.unpack(c, 2))
      refused(bytes, { op = "localize", name = "f" }, "'f'", c[1], "drop-lto")
      refused(bytes, { op = "drop-section", name = ".text" }, c[1])
      local out, look = accepted(bytes, { op = "localize", name = "f",
                                          how = { "drop-lto" } })
      assert.is_true(#out < #bytes)
      for _, s in ipairs(look.sections) do
        assert.is_nil(s.name:find "lto_" or s.name:find "^%.llvm", s.name)
      end
      assert.is_string((edited.made(out, { { op = "localize", name = "g" } })))
      helper.write(folder .. "/m.c", "int g (void); int f (void) "
                   .. "{ return 0; }\n"
                   .. "int main (void) { return g() != 42 || f(); }")
      helper.must({ "gcc", "-o", "m", "m.c", "accepted.o" }, folder)
      helper.must({ "./m" }, folder)
      assert.equal(bytes, (edited.made(bytes, { { op = "localize", name = "no",
                                                  how = { "drop-lto" } } })))
    end
  end)

  it("is not where there is no other", function ()
    local slim = compiled("s.c", "int f (void) { return 1; }", "gcc", "-flto",
                          "-fno-fat-lto-objects")
    refused(slim, { op = "add-undefined", name = "f2", how = { "drop-lto" } },
            "no native code")
  end)

  it("is known by what LLVM calls it, too", function ()
    helper.write(folder .. "/f.s", ".globl f\nf: ret\n"
                 .. '.section .llvm.lto,"e",@progbits\n.ascii "BC.."\n')
    helper.must({ "as", "-o", "f.o", "f.s" }, folder)
    refused(helper.read(folder .. "/f.o"), { op = "weaken", name = "f" },
            ".llvm.lto")
  end)
end)
