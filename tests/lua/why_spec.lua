--- symrun why: who gives a name, beside what the linker's map and its output
--- say; which name is meant; what nobody can know.

local helper = require "helper"

local folder = helper.folder "why"

local function cc(name, text, ...) helper.cc(folder, name, text, ...) end
local function must(...) helper.must({ ... }, folder) end

cc("main", "int f(void); int main(void) { return f(); }")
cc("strong", "int f(void) { return 1; }")
cc("second", "int f(void) { return 5; }")
cc("weak", "__attribute__((weak)) int f(void) { return 2; }")
cc("calls", "int g(void); int f(void) { return g(); }")
cc("g", "int g(void) { return 3; }")
cc("other", "int other;")
cc("prints", "int printf(const char *, ...); int main(void) "
   .. "{ return printf(\"hi\\n\"); }")
cc("end", "extern char _end; char *at = &_end; int main(void) "
   .. "{ return at == 0; }")
must("mkdir", "a", "b")
must("ar", "rc", "a/libx.a", "strong.o")
must("ar", "rc", "b/libx.a", "second.o")
must("ar", "rc", "libchain.a", "calls.o", "g.o")
must("gcc", "-shared", "-fPIC", "-o", "libshared.so", "second.c")
helper.write(folder .. "/inline.h", "inline int f(void) { return 4; }")
helper.write(folder .. "/one.cc", "#include \"inline.h\"\nint (*one)() = f;")
helper.write(folder .. "/two.cc", "#include \"inline.h\"\nint (*two)() = f;"
             .. "int main() { return two(); }")
must("g++", "-c", "one.cc", "two.cc")
helper.write(folder .. "/over.cc", "int over(int x) { return x; }"
             .. "int over(long x) { return x; } int alone(int x) { return x; }")
must("g++", "-c", "over.cc")
cc("common1", "int shared_name[2];", "-fcommon")
cc("common2", "int shared_name[8];", "-fcommon")


local function why(...)
  local status, text, err = helper.symrun({ "why", ... }, folder)
  local _, lines = text:gsub("\n", "")
  assert.is_true(lines <= 24, text)
  for line in text:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
  return status, text:gsub("\n +", " "), err
end


local function words_of(line)
  local list = {}
  for word in line:gmatch "%S+" do list[#list + 1] = word end
  return list
end


-- Which input has the name in what the linker makes, by its map.
local function in_map(line, name)
  local words = words_of(line)
  for _, word in ipairs { "-o", "out", "-Wl,-Map=map", "-ffunction-sections" }
  do words[#words + 1] = word end
  helper.must(words, folder)
  local unit
  for each in helper.read(folder .. "/map"):gmatch "[^\n]+" do
    unit = each:match "0x%x+%s+0x%x+%s+(%S+)$" or unit
    if each:match "^%s+0x%x+%s+(%S+)$" == name then return unit end
  end
end


local function gives(line, name, unit, because)
  local status, text = why(name, "--", table.unpack(words_of(line)))
  assert.equal(0, status, text)
  assert.equal(1, text:find(name, 1, true), text)
  assert.truthy(text:find((" is given by %s\n"):format(unit), 1, true), text)
  if because then assert.truthy(text:find(because, 1, true), text) end
  return text
end


describe("who gives a name, and why:", function ()
  for what, case in pairs {
    ["the only one"] = { "gcc main.o strong.o", "strong.o",
                         "nothing else on the line defines it" },
    ["strong beats weak"] = { "gcc main.o weak.o strong.o", "strong.o",
      "a strong definition beats the weak one of weak.o" },
    ["the first of two archives"] = { "gcc main.o a/libx.a b/libx.a",
      "a/libx.a(strong.o)", "of members that define it the first on the line "
      .. "is linked, and b/libx.a(second.o) stands behind it" },
    ["an object and a member"] = { "gcc main.o a/libx.a second.o",
      "a/libx.a(strong.o)" },
    ["an object before a member"] = {
      "gcc main.o second.o a/libx.a", "second.o",
      "it is linked in any case, and a/libx.a(strong.o) only if the name is "
      .. "still missing then" },
    ["a library gives way"] = { "gcc main.o strong.o libshared.so", "strong.o",
      "libshared.so is a shared library" },
    ["weak in an object and strong in an archive"] = {
      "gcc main.o weak.o a/libx.a", "weak.o", "it is linked in any case" },
  } do
    it(what, function ()
      local line, unit, because = table.unpack(case)
      if what ~= "an object and a member" then
        assert.equal(unit, in_map(line, "f"))
        gives(line, "f", unit, because)
      else  -- both are linked
        local words = words_of(line)
        local _, _, err = helper.run(words, folder)
        assert.truthy(err:find "multiple definition of `f'")
        gives(line, "f", unit, "second.o is linked, too, and defines it as "
              .. "strongly: bfd calls that a multiple definition")
      end
    end)
  end

  it("a shared library's", function ()
    gives("gcc main.o libshared.so", "f", "libshared.so", "nothing else")
    helper.must({ "gcc", "main.o", "libshared.so", "-o", "out" }, folder)
    local status = helper.run({ "env", "LD_LIBRARY_PATH=.", "./out" }, folder)
    assert.equal(5, status)
  end)

  it("the biggest common symbol", function ()
    gives("gcc main.o strong.o common1.o common2.o", "shared_name", "common2.o",
          "of common symbols the biggest wins")
  end)

  it("equal copies of an inline function", function ()
    gives("g++ one.o two.o", "_Z1fv", "one.o",
          "two.o has an equal copy (the same COMDAT group), of which the first "
          .. "is kept")
  end)

  it("the driver's own files, and the system's", function ()
    gives("gcc main.o strong.o", "_start", "Scrt1.o")
    gives("gcc main.o strong.o", "__libc_start_main", "libc.so.6")
    gives("gcc prints.o", "printf", "libc.so.6")
    gives("gcc -static prints.o", "printf", "libc.a(printf.o)")
    assert.truthy(in_map("gcc -static prints.o", "printf"):find(
      "libc.a(printf.o)", 1, true))
  end)

  it("the linker itself", function ()
    local status, text = why("_end", "--", "gcc", "end.o")
    assert.equal(0, status)
    assert.truthy(text:find("bfd itself makes this name", 1, true), text)
    helper.must({ "gcc", "end.o", "-o", "out" }, folder)
  end)
end)


describe("a place", function ()
  it("is as it was typed, or a name where that is enough", function ()
    local from, to = folder .. "/a/libx.a", folder .. "/b/libx.a"
    local status, text = why("f", "--", "gcc", "main.o", from)
    assert.equal(0, status)
    assert.truthy(text:find("f is given by libx.a(strong.o)\n", 1, true), text)
    local _, out = helper.symrun({ "why", "f", "--", "gcc", "main.o", from,
                                   to }, folder)
    assert.truthy(out:find(("wins       %s(strong.o)"):format(from), 1, true))
    assert.truthy(out:find(("loses      %s(second.o)"):format(to), 1, true))
    _, text = why("f", "--", "gcc", "./main.o", "a/../a/libx.a")
    assert.truthy(text:find("f is given by a/../a/libx.a(strong.o)\n", 1, true),
                  text)
  end)
end)


describe("LTO code that nothing else wants", function ()
  it("may be dropped, and is then local or gone", function ()
    must("clang", "-flto", "-c", "-o", "lto-main.o", "main.c")
    must("clang", "-flto", "-c", "-o", "lto-f.o", "strong.c")
    for main, kept in pairs { ["lto-main.o"] = false, ["main.o"] = true } do
      local line = { "clang", "-flto", "-fuse-ld=lld", main, "lto-f.o" }
      local status, text = why("f", "--", table.unpack(line))
      assert.equal(0, status)
      assert.equal(not kept, text:find("the compiler may drop it", 1, true)
                             ~= nil, text)
      line[#line + 1] = "-o"
      line[#line + 1] = "lto.out"
      helper.must(line, folder)
      local symbols = helper.must({ "nm", "lto.out" }, folder)
      assert.equal(kept, symbols:find "%x T f\n" ~= nil)
    end
  end)
end)


describe("what pulled it in", function ()
  it("is told step by step", function ()
    local text = gives("gcc main.o libchain.a", "g", "libchain.a(g.o)")
    assert.truthy(text:find("pulled in  libchain.a(calls.o), which wants g "
                            .. "main.o, which wants f\n", 1, true), text)
  end)
end)


describe("which name is meant:", function ()
  it("the raw one", function ()
    local status, text = why("_Z5alonei", "--", "g++", "two.o", "over.o")
    assert.equal(0, status)
    assert.truthy(text:find("_Z5alonei, alone(int), is given by over.o", 1,
                            true), text)
  end)

  it("one that people write so", function ()
    for _, name in ipairs { "alone", "alone(int)" } do
      local status, text = why(name, "--", "g++", "two.o", "over.o")
      assert.equal(0, status)
      assert.truthy(text:find("_Z5alonei, alone(int), is given", 1, true), text)
    end
  end)

  it("any of several: nobody knows", function ()
    for _, where in ipairs { { "--", "g++", "two.o", "over.o" }, { "over.o" } }
    do
      local status, text, err = why("over", table.unpack(where))
      assert.equal(2, status)
      assert.equal("", text)
      assert.equal("symrun: over may be any of these; name one of them:\n"
                   .. "  _Z4overi  over(int)\n  _Z4overl  over(long)\n", err)
    end
  end)
end)


-- bfd goes through a group again, but not at once.
describe("an archive that stands before the winner", function ()
  cc("wants-a", "int a(void); int main(void) { return a(); }")
  cc("a", "int c(void), f(void); int a(void) { return c() + f(); }")
  cc("cf", "int c(void) { return 1; } int f(void) { return 2; }")
  cc("p", "int c(void); int a(void) { return c(); }")
  cc("q", "int f(void); int c(void) { return f(); }")
  for archive, member in pairs { f = "strong", a = "a", cf = "cf", p = "p",
                                 q = "q", r = "second" } do
    must("ar", "rc", "lib" .. archive .. ".a", member .. ".o")
  end

  local function says(because, words)
    helper.must({ "ld.bfd", "-emain", "-oout", "-Map=map",
                  table.unpack(words_of(words)) }, folder)
    local status, text = why("f", "--", "ld.bfd", table.unpack(words_of(words)))
    assert.equal(0, status)
    assert.falsy(helper.read(folder .. "/map"):find("libf.a(strong.o)\n", 1,
                                                    true))
    assert.truthy(text:find(because, 1, true), text)
  end

  it("is past, where there is no group", function ()
    says("and bfd does not come back", "wants-a.o libf.a libp.a libq.a libr.a")
  end)

  it("comes again too late, in a group", function ()
    says("bfd goes on to the end of the group before it comes back",
         "wants-a.o --start-group libf.a libp.a libq.a libr.a --end-group")
  end)

  it("was not asked when another name had the winner linked", function ()
    for _, words in ipairs { "wants-a.o libf.a liba.a libcf.a",
        "wants-a.o --start-group libf.a liba.a libcf.a --end-group" } do
      says("nothing wanted the name until this one was linked, for c", words)
    end
  end)
end)


describe("nobody can know", function ()
  local function unknown(pattern, name, ...)
    local status, text, err = why(name, "--", ...)
    assert.equal(2, status, text)
    assert.equal("", err)
    assert.truthy(text:find("nobody knows who gives " .. name, 1, true), text)
    assert.truthy(text:find(pattern, 1, true), text)
  end

  it("what a source will be", function ()
    unknown("main.c is compiled and linked at once, so there is no object yet",
            "main", "gcc", "main.c", "strong.o")
  end)

  it("what a damaged archive has", function ()
    helper.write(folder .. "/cut.a",
                 helper.read(folder .. "/a/libx.a"):sub(1, 300))
    unknown("cut.a was not read, and may define it", "f", "gcc", "main.o",
            "cut.a")
    unknown("cut.a: the archive is cut short", "f", "gcc", "main.o", "cut.a")
    -- what stands before it is certain, but damage counts whatever is asked
    local status, text = why("f", "--", "gcc", "main.o", "strong.o", "cut.a")
    assert.equal(2, status)
    assert.truthy(text:find("f is given by strong.o", 1, true), text)
    assert.truthy(text:find("unread     cut.a: the archive is cut short", 1,
                            true), text)
    local _, times = text:gsub("cut short", "")
    assert.equal(1, times)
  end)

  it("and a name that is given is, where a library is not there", function ()
    local status, text = why("f", "--", "gcc", "main.o", "strong.o",
                             "-lnothere")
    assert.equal(2, status)
    assert.truthy(text:find("f is given by strong.o", 1, true), text)
    assert.truthy(text:find("open       the library -lnothere is in no folder",
                            1, true), text)
    status, text = helper.symrun({ "why", "--format", "json", "f", "--", "gcc",
      "main.o", "strong.o", "-lnothere" }, folder)
    assert.equal(2, status)
    assert.truthy(text:find("-lnothere is in no folder", 1, true), text)
  end)

  it("but not what files do not say of names that nobody asked for",
     function ()
    -- stripped libraries are read for names that people may mean
    local status, text = why("nobody", "--", "gcc", "main.o", "strong.o")
    assert.equal(1, status)
    assert.falsy(text:find("unread", 1, true), text)
  end)

  it("what a library that is not there has", function ()
    unknown("the library -lnothere is in no folder", "f", "gcc", "main.o",
            "-lnothere")
  end)

  it("what an object of another machine is for", function ()
    must("clang", "-target", "aarch64-linux-gnu", "-c", "-o", "arm.o",
         "strong.c")
    assert.are_not.equal(0, (helper.run({ "gcc", "main.o", "arm.o" }, folder)))
    unknown("arm.o: is for another target", "f", "gcc", "main.o", "arm.o")
  end)

  it("what a line without inputs links", function ()
    unknown("", "f", "gcc")
  end)

  it("what is not said", function ()
    for _, words in ipairs { {}, { "f" }, { "f", "main.o", "--", "gcc" },
                             { "f", "--" }, { "f", "nothing" } } do
      local status, text, err = why(table.unpack(words))
      assert.equal(2, status, table.concat(words, " "))
      assert.equal("", text)
      assert.truthy(err:find "^symrun: ", err)
    end
  end)
end)


describe("in a tree", function ()
  it("nothing wins but what is alone strong", function ()
    local status, text = why("f", "weak.o", "a", "main.o")
    assert.equal(0, status)
    assert.truthy(text:find("f is defined by a/libx.a(strong.o)\nbecause    "
                            .. "only its definition is strong\n", 1, true),
                  text)
    status, text = why("f", "a", "b")
    assert.equal(0, status)
    assert.truthy(text:find("f is defined by 2\nbecause    2 definitions are "
                            .. "strong", 1, true), text)
  end)

  it("a name may be missing", function ()
    local status, text = why("f", "main.o", "other.o")
    assert.equal(1, status)
    assert.truthy(text:find("it is wanted, and nothing defines it", 1, true))
  end)

  it("damage makes it unknown", function ()
    local status = why("f", "main.o", "cut.a")
    assert.equal(2, status)
    local text
    status, text = why("f", "main.o", "strong.o", "cut.a")
    assert.equal(2, status)
    assert.truthy(text:find("f is defined by strong.o", 1, true), text)
    assert.truthy(text:find("unread     cut.a: the archive is cut", 1, true),
                  text)
  end)

  it("files are for many targets", function ()
    helper.write(folder .. "/arm_only.c", "int arm_only(void) { return 1; }")
    must("clang", "-target", "aarch64-linux-gnu", "-c", "arm_only.c")
    must("clang", "-target", "i386-linux-gnu", "-c", "-o", "f-x86.o",
         "strong.c")
    must("clang", "-target", "aarch64-linux-gnu", "-c", "-o", "f-arm.o",
         "strong.c")
    local status, text = why("arm_only", "main.o", "strong.o", "arm_only.o")
    assert.equal(0, status, text)
    assert.truthy(text:find("arm_only is defined by arm_only.o", 1, true), text)
    status, text = why("f", "f-x86.o", "strong.o", "f-arm.o")
    assert.equal(0, status, text)
    assert.truthy(text:find("f is defined by 3\nbecause    3 definitions are "
      .. "strong, and each is for another target", 1, true), text)
    status, text = why("gone", "f-x86.o", "strong.o", "f-arm.o")
    assert.equal(1, status, text)
    -- but two for one target may meet
    status, text = why("f", "f-x86.o", "strong.o", "f-arm.o", "second.o")
    assert.equal(0, status, text)
    assert.truthy(text:find("which of them a link takes", 1, true), text)
  end)

  it("all slices of a universal file are looked at", function ()
    local parts = { "x86_64", "arm64", "arm64e" }
    for i, arch in ipairs(parts) do
      must("clang", "-target", arch .. "-apple-macos11", "-c", "-o",
           arch .. ".o", "strong.c")
      parts[i] = arch .. ".o"
    end
    must("llvm-lipo-19", "-create", "-output", "fat.o", table.unpack(parts))
    local status, text = why("f", "fat.o")
    assert.equal(0, status, text)
    assert.truthy(text:find("f is defined by 3\n", 1, true), text)
    for _, arch in ipairs { "x86_64", "arm64", "arm64e" } do
      assert.truthy(text:find("fat.o (" .. arch .. ")", 1, true), text)
    end
    assert.falsy(text:find("nothing else defines it", 1, true), text)
  end)
end)
