--- Where programs read one line differently, and which program it is: what a
--- line says to whoever reads it, and what nobody can know.

local helper = require "helper"
local links = require "links"
local make = require "symrun.make"
local line = require "symrun.line"

local folder = helper.folder "link-readers"
helper.must({ "mkdir", "lib", "some" }, folder)
for _, name in ipairs { "libq.dll.a", "q.dll.a", "libq.a", "q.lib", "libq.lib",
                        "cygq.dll", "libq.dll", "q.dll" } do
  helper.write(folder .. "/lib/" .. name, make.archive { { "q.o", "T q" } })
end
helper.write(folder .. "/a.o", make.object "T main")

-- A line of words in the folder.
local function read(text)
  return require "symrun.core".line(links.words(text), { folder = folder })
end

-- The name of the first part with a role, or why nobody knows.
local function with(text, role)
  local words = read(text)
  local part = words:role(role)()
  if part then return part:name() end
  local ok, why = words:sure(role)
  return not ok and why or nil
end


describe("-R", function ()
  local DIFFER = "-R is read differently by linkers, and which of them this is "
                 .. "nobody said"

  it("before a folder is where programs look", function ()
    for _, program in ipairs { "cc", "gcc -fuse-ld=bfd", "gcc -fuse-ld=gold" }
    do
      local text = program .. " a.o -Wl,-R," .. folder .. "/some"
      assert.equal("--rpath", with(text, "rpath"), text)
      assert.is_nil(with(text, "symbols-of"))
    end
    assert.equal("--rpath", with("ld.bfd a.o -R some", "rpath"))
  end)

  it("before a file is what the linker takes it for", function ()
    assert.equal("--just-symbols", with("ld.bfd a.o -R a.o", "symbols-of"))
    assert.is_nil(with("ld.bfd a.o -R a.o", "rpath"))
    assert.is_nil(with("cc -fuse-ld=bfd a.o -Wl,-R,a.o", "rpath"))
    for _, program in ipairs { "ld.gold", "ld.lld", "mold" } do
      assert.equal("--rpath", with(program .. " a.o -R a.o", "rpath"))
      assert.is_nil(with(program .. " a.o -R a.o", "symbols-of"))
    end
    for _, text in ipairs { "ld a.o -R a.o", "cc a.o -Wl,-R,gone" } do
      assert.equal(DIFFER, with(text, "rpath"))
      assert.equal(DIFFER, with(text, "symbols-of"))
      assert.is_true(read(text):sure "undefined")
    end
  end)
end)


describe("who reads a line", function ()
  it("is told by the last part of the program's path", function ()
    for program, wanted in pairs {
      ["/home/w/wasm-tools/bin/gcc"] = "gnu",
      ["/home/appleseed/bin/cc"] = "gnu", ["/opt/msvc/clang"] = "gnu",
      ["/opt/x/wasm32-wasi-clang"] = "wasm",
      ["/opt/x/x86_64-apple-darwin-clang"] = "apple",
    } do
      assert.equal(wanted, (select(2, read(program .. " a.o"):flavour())),
                   program)
    end
    assert.equal("a.out", (read "/home/mingw/bin/gcc a.o":output()))
    assert.is_nil((read "x86_64-w64-mingw32-gcc a.o":output()))
  end)

  it("has a name of many kinds", function ()
    for program, wanted in pairs {
      ["LINK.EXE"] = "link", ["Lld-Link.Exe"] = "lld-link",
      ["x86_64-w64-mingw32-gcc-posix"] = "gcc",
      ["x86_64-w64-mingw32-g++-win32"] = "gcc", gcc13 = "gcc",
      ["clang++15"] = "clang", ["g++-12-posix"] = "gcc", cc1 = "unknown",
      ld64 = "ld64", ["clang-cl"] = "unknown", ["ld12"] = "unknown",
    } do
      assert.equal(wanted, (read(program .. " a.o"):flavour()), program)
    end
  end)

  it("looks for words elsewhere, if it is told so", function ()
    for _, text in ipairs { "mold -C some a.o", "mold --directory=some a.o",
                            "mold --chroot=some a.o",
                            "gcc -fuse-ld=mold -Wl,-C,some a.o" } do
      local ok, why = read(text):sure()
      assert.is_nil(ok, text)
      assert.truthy(why:find("brings what cannot be read", 1, true), why)
    end
    assert.is_true(read "mold a.o":sure())
  end)
end)


describe("emcc", function ()
  it("has settings behind -s", function ()
    assert.equal("a.o -s=KEY=1 -s=FOO -s=BAR=[a] --strip-all x.o --strip-all",
                 links.show("emcc a.o -s KEY=1 -sFOO -s BAR=[a] -s x.o -s"))
    assert.equal("--strip-all KEY=1", links.show("clang --target=wasm32 -s "
      .. "KEY=1"):gsub("^%S+ ", ""))
    assert.is_true(read "emcc a.o -s KEY=1 -sFOO":sure())
  end)
end)


describe("a driver with headers alone", function ()
  it("links nothing", function ()
    for text, wanted in pairs {
      ["cc h.h -o h.h.gch"] = false, ["g++ a.hpp b.hh c.hxx d.H"] = false,
      ["gcc -x c-header some.c"] = false, ["cc h.h a.o"] = true,
      ["gcc -x c h.h"] = true, ["cc h.h -lm"] = true,
      ["gcc -x c-header some.c -x none a.o"] = true, ["ld a.h"] = true,
    } do
      assert.equal(wanted, read(text):links(), text)
    end
  end)
end)


describe("-lq on a line for Windows", function ()
  local function finds(text)
    local names = {}
    for _, file in ipairs(line.new(links.words(text)):files "any") do
      names[#names + 1] = file:path()
    end
    return table.concat(names, " ")
  end

  it("is the first of the files that ld looks for", function ()
    local words = (" -L%s/lib -lq"):format(folder)
    local mingw = "x86_64-w64-mingw32-gcc" .. words
    assert.equal("q.lib", finds("clang --target=x86_64-pc-windows-msvc -fuse-ld"
      .. "=lld " .. folder .. "/lib/q.lib"))
    assert.equal("libq.a", finds("x86_64-w64-mingw32-gcc -static" .. words))
    assert.equal("libq.a", finds("/home/mingw/bin/gcc" .. words))
    for _, name in ipairs { "libq.dll.a", "q.dll.a", "libq.a", "q.lib",
                            "libq.lib", "cygq.dll", "libq.dll", "q.dll" } do
      assert.equal(name, finds(name == "cygq.dll"
        and mingw .. " -Wl,--dll-search-prefix=cyg" or mingw))
      helper.must({ "rm", folder .. "/lib/" .. name })
    end
  end)
end)
