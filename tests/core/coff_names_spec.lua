--- What COFF names are to a rule, on each machine; import libraries, whose
--- members have names and no code; and what is COFF at all.

local helper = require "helper"
local make = require "make_coff"
local peers = require "peers_coff"


-- What a rule sees of some files: { question, name } -> true, and as one line.
local function seen(folder, files, question)
  helper.write(folder .. "/seen.lua", ([[
    local symrun = require "symrun"
    symrun.rule "own/seen" {
      about = "every name", each = symrun.tree,
      check = function (tree, report)
        for name in tree:%s:each() do report(tree, "[%%s]", name) end
      end,
    }
  ]]):format(question))
  local status, out, err = helper.symrun({ "seen.lua",
    table.unpack(files) }, folder)
  assert.is_true(status < 2, out .. err)
  local names, has = {}, {}
  for name in out:gmatch "%[([^%]]*)%]" do
    if not has[name] then names[#names + 1] = name end
    has[name] = true
  end
  table.sort(names)
  return table.concat(names, " ")
end


-- machine, name as it stands, name of the source
local NAMES = {
  { "x86_64", "f", "f" }, { "x86_64", "_f", "_f" },
  { "x86_64", "__imp_f", "f" }, { "x86_64", "__imp__f", "_f" },
  { "x86_64", "__imp_", "__imp_" }, { "x86_64", "f@@16", "f" },
  { "x86_64", "f@8", "f@8" }, { "x86_64", "?f@@YAXXZ", "?f@@YAXXZ" },
  { "x86_64", "__imp_?f@@YAXXZ", "?f@@YAXXZ" }, { "x86_64", "#f", "#f" },
  { "x86_64", "?x@@16", "?x@@16" }, { "x86_64", ".refptr.f", ".refptr.f" },
  { "x86_64", "__imp_long_name", "long_name" },
  { "x86_64", "_Z1fv", "_Z1fv" },
  { "i386", "_f", "f" }, { "i386", "__f", "_f" }, { "i386", "__imp__f", "f" },
  { "i386", "_f@8", "f" }, { "i386", "__imp__f@12", "f" },
  { "i386", "_f@0", "f" }, { "i386", "_f@08", "f@08" },
  { "i386", "@f@8", "f" }, { "i386", "__imp_@f@8", "f" },
  { "i386", "f@@16", "f" }, { "i386", "__imp_f@@16", "f" },
  { "i386", "?f@@YAXXZ", "?f@@YAXXZ" }, { "i386", "__Z1fv", "_Z1fv" },
  { "i386", "__imp_?f@@YAXXZ", "?f@@YAXXZ" }, { "i386", "_", "_" },
  { "i386", "@feat.00", "@feat.00" }, { "i386", "_f@", "f@" },
  { "i386", "__real@3fc00000", "__real@3fc00000" },
  { "i386", "__real@40490000", "__real@40490000" },
  { "i386", "__IMPORT_DESCRIPTOR_x", "__IMPORT_DESCRIPTOR_x" },
  { "i386", "__NULL_IMPORT_DESCRIPTOR", "__NULL_IMPORT_DESCRIPTOR" },
  -- C never makes such a name, and a linker does not take it for "_f"
  { "i386", "f", "\\x01f" }, { "i386", "__imp_f", "\\x01f" },
  { "arm", "f", "f" }, { "arm", "_f", "_f" }, { "arm", "__imp_f", "f" },
  { "arm64", "_f", "_f" }, { "arm64", "__imp_f", "f" },
  { "arm64", "#f", "#f" }, { "arm64ec", "#f", "f" },
  { "arm64ec", "__imp_f", "f" }, { "arm64ec", "__imp_aux_f", "f" },
  { "arm64ec", "_f", "_f" }, { "arm64ec", "?f@@$$hYAXXZ", "?f@@$$hYAXXZ" },
}


describe("COFF's names", function ()
  it("are the source's to a rule, and as they stand to nm", function ()
    local folder = helper.folder "coff-names"
    for _, case in ipairs(NAMES) do
      local machine, raw, plain = table.unpack(case)
      helper.write(folder .. "/x.o", (make.object {
        machine = make.machine[machine],
        symbols = { { name = raw, section = ".text" } },
      }))
      local what = machine .. " " .. raw
      assert.equal(plain, seen(folder, { "x.o" }, "defined()"), what)
      local glob = plain:gsub("\\x01", "\1"):gsub("[%[%]*?{}\\]", "\\%0")
      if not glob:find "\\" then
        assert.equal(plain, seen(folder, { "x.o" },
          ("defined(%q)"):format(glob)), what)
        assert.equal(plain, seen(folder, { "x.o" },
          ("defined(%q)"):format(glob:sub(1, -2) .. "*")), what)
      end
      local ours = peers.symrun({ "x.o" }, folder)["x.o"]
      assert.same({ "-\t" .. raw .. "\tT" }, { ours[1] }, what)
    end
  end)

  it("are those that a compiler makes for each machine and way of calling",
     function ()
    local folder = helper.folder "coff-names"
    local source = "__declspec(dllimport) int wanted(void); %s "
      .. "void __stdcall std(int a) {} void __fastcall fast(int a) {} "
      .. "int plain(void) { return wanted(); }"
    for _, target in ipairs { "x86_64", "i686", "aarch64", "armv7" } do
      for _, abi in ipairs { "msvc", "gnu" } do
        if abi == "msvc" or target:find "86" then
          local vector = target:find "86"
            and "void __vectorcall vec(int a) {}" or ""
          local file = peers.cc(folder, target .. "-pc-windows-" .. abi, "x.o",
                                source:format(vector), "-O1")
          assert.equal(vector == "" and "fast plain std"
            or "fast plain std vec", seen(folder, { file }, "defined()"),
            target .. abi)
          assert.equal("wanted", seen(folder, { file }, "undefined()"))
        end
      end
    end
  end)

  it("of exports do not differ: an object shows all its definitions",
     function ()
    local folder = helper.folder "coff-names"
    local file = peers.cc(folder, "x86_64-pc-windows-msvc", "x.o",
      "__declspec(dllexport) int e(void) { return 1; }"
      .. "int f(void) { return 2; } static int s; int *g(void) { return &s; }")
    assert.matches("/EXPORT:e", helper.must({ "llvm-readobj-19",
      "--coff-directives", file }, folder))
    assert.equal("e f g", seen(folder, { file }, "exported()"))
  end)
end)


local DEF = [[
LIBRARY d.dll
EXPORTS
  f
  dat DATA
  con CONSTANT
  byte_a_longer_name @20
  nameless @7 NONAME
]]

local MACHINES = {
  { "i386", "i386" }, { "i386:x86-64", "x64" }, { "arm", "arm" },
  { "arm64", "arm64" }, { "arm64ec", "arm64ec" },
}


describe("an import library", function ()
  it("defines f and __imp_f, or only this for data, on every machine",
     function ()
    local folder = helper.folder "coff-import"
    helper.write(folder .. "/d.def", DEF)
    for i, machine in ipairs(MACHINES) do
      for _, words in ipairs {
        { "llvm-dlltool-19", "-m", machine[1], "-d", "d.def", "-l" },
        { "llvm-lib-19", "/machine:" .. machine[2], "/def:d.def", "/out:" },
      } do
        local file = i .. words[1] .. ".lib"
        if words[1]:find "lib%-" then words[4] = words[4] .. file
        else words[7] = file end
        helper.must(words, folder)
        local theirs, _, complaints = peers.llvm({ file }, folder)
        local ours, status, err = peers.symrun({ file }, folder)
        assert.equal("", complaints .. err)
        assert.equal(0, status)
        assert.equal("", peers.difference(ours[file], theirs[file]), file)
        assert.is_true(#theirs[file] >= 16)
        assert.equal("ar", ours[file].format)
        local expected = "byte_a_longer_name con dat f nameless"
        assert.equal(expected, (seen(folder, { file },
          [[defined "[!_\127]*"]])), file)
      end
    end
  end)

  it("answers those who want __imp_f and those who want f", function ()
    local folder = helper.folder "coff-import"
    helper.write(folder .. "/d.def", DEF)
    helper.must({ "llvm-lib-19", "/machine:x64", "/def:d.def", "/out:d.lib" },
                folder)
    peers.cc(folder, "x86_64-pc-windows-msvc", "main.o",
      "__declspec(dllimport) extern int dat; int f(void); "
      .. "__declspec(dllimport) int nameless(void); "
      .. "int main(void) { return dat + f() + nameless(); }")
    assert.equal(0, (peers.link(folder, { "main.o", "d.lib" })))
    local library = "NULL_THUNK_DATA"  -- what every such library has once
    helper.write(folder .. "/resolved.lua", ([[
      local symrun = require "symrun"
      symrun.rule "own/resolved" (symrun.must.resolve {
        each = symrun.tree, allow = { "*%s", "__*" } })
    ]]):format(library))
    local status, out = helper.symrun({ "resolved.lua", "main.o", "d.lib" },
                                      folder)
    assert.equal(0, status, out)
    status, out = helper.symrun({ "resolved.lua", "main.o" }, folder)
    assert.is_true(status > 0)
    for _, name in ipairs { "dat", "f", "nameless" } do
      assert.matches("%f[%w]" .. name .. "%f[%W]", out)
    end
  end)

  it("gives way to a definition, as a DLL does", function ()
    local folder = helper.folder "coff-import"
    helper.write(folder .. "/d.def", DEF)
    helper.must({ "llvm-lib-19", "/machine:x64", "/def:d.def", "/out:d.lib" },
                folder)
    peers.cc(folder, "x86_64-pc-windows-msvc", "f.o",
             "int f(void) { return 1; } int main(void) { return f(); }")
    assert.equal(0, (peers.link(folder, { "f.o", "d.lib" })))
    helper.write(folder .. "/once.lua", [[
      local symrun = require "symrun"
      symrun.rule "own/once" (symrun.must.define_once { each = symrun.tree })
    ]])
    local status, out = helper.symrun({ "once.lua", "f.o", "d.lib" }, folder)
    assert.equal(0, status, out)
    assert.is_nil(out:find "is defined here and")
  end)
end)


describe("an archive of COFF", function ()
  it("is read as llvm-nm reads it, whoever made it", function ()
    local folder = helper.folder "coff-ar"
    local long = "a name of a member that is long.o"
    local files = {}
    for i, target in ipairs { "x86_64-pc-windows-msvc",
                              "aarch64-pc-windows-msvc" } do
      peers.cc(folder, target, "a.o", "int f(void) { return 1; } int d = 2;")
      peers.cc(folder, target, "b.o", "int f(void); int g(void) "
               .. "{ return f(); } __attribute__((weak)) int w = 3;")
      helper.must({ "cp", "b.o", long }, folder)
      helper.must({ "llvm-lib-19", ("/out:%d.lib"):format(i), "a.o", long },
                  folder)
      helper.must({ "llvm-ar-19", "--format=coff", "rcs", i .. "-llvm.lib",
                    "a.o", long }, folder)
      helper.must({ "ar", "rcs", i .. "-gnu.a", "a.o", long }, folder)
      files[#files + 1] = i .. ".lib"
      files[#files + 1] = i .. "-llvm.lib"
      files[#files + 1] = i .. "-gnu.a"
      for _, kind in ipairs { ".lib", "-llvm.lib" } do  -- both linker members
        local _, tables = helper.read(folder .. "/" .. i .. kind)
          :gsub("\n/ +0? ", "")
        assert.equal(1, tables)
      end
    end
    local theirs = peers.llvm(files, folder)
    local ours, status, err = peers.symrun(files, folder)
    assert.equal("", err)
    assert.equal(0, status)
    for _, file in ipairs(files) do
      assert.equal("", peers.difference(ours[file], theirs[file]), file)
      assert.is_true(#ours[file] >= 7)
    end
    -- What its index promises is what its members define: the first linker
    -- member is big endian, as System V's.
    for i = 1, 2 do
      local file = i .. "-llvm.lib"
      local map = helper.must({ "llvm-nm-19", "--print-armap", file }, folder)
      local promised = {}
      for name in map:match("Archive map\n(.-)\n\n"):gmatch "(%g+) in " do
        promised[#promised + 1] = name
      end
      table.sort(promised)
      local index = peers.symrun({ file }, folder, "--view", "index")[file]
      local names = {}
      for k, row in ipairs(index) do names[k] = row:match "\t([^\t]*)" end
      table.sort(names)
      assert.same(promised, names)
      assert.is_true(#names >= 4)
    end
  end)
end)


describe("what is COFF", function ()
  it("is not any text, nor any bytes", function ()
    local folder = helper.folder "coff-probe"
    math.randomseed(7)
    local function bytes(n, from, to)
      local list = {}
      for i = 1, n do list[i] = string.char(math.random(from, to)) end
      return table.concat(list)
    end
    for i = 1, 1500 do
      helper.write(folder .. "/r" .. i, bytes(math.random(20, 90), 0, 255))
    end
    -- Words that begin as machines do: "d\x86", "L\x01", "A\xa6", "MZ".
    for i, begin in ipairs { "d\x86", "L\1", "d\xaa", "A\xa6", "N\xa6", "MZ",
                             "\xc4\1", "\xc0\1", "" } do
      for k = 1, 60 do
        helper.write(folder .. "/t" .. i .. "-" .. k,
                     begin .. bytes(math.random(20, 90), 9, 126))
      end
    end
    for i, begin in ipairs {  -- an icon, a resource, zeros, a picture
      "\0\0\1\0\1\0\16\16\0\0\1\0\32\0\104\4\0\0\22\0\0\0",
      "\0\0\0\0\32\0\0\0\xff\xff\0\0\xff\xff\0\0",
      "", "\0\0\2\0\0\0\0\0\0\0\0\0\64\0\64\0\32\8", "\0\2\0\0",
    } do
      helper.write(folder .. "/z" .. i, begin .. ("\0"):rep(4000))
    end
    local _, out = helper.symrun({ "nm", folder })
    local others, all = 0, 0
    for format in out:gmatch "\t#\t(%g+)\t" do
      all = all + 1
      if format == "other" then others = others + 1 end
    end
    assert.equal(2045, all)
    assert.equal(all, others)
  end)

  it("may be for no machine: the symbol table tells", function ()
    local folder = helper.folder "coff-probe"
    helper.write(folder .. "/any.o", (make.object {
      machine = 0, symbols = { { name = "f", section = ".text" } },
    }))
    local ours, status = peers.symrun({ "any.o" }, folder)
    assert.equal(0, status)
    assert.equal("coff", ours["any.o"].format)
    assert.equal("", peers.difference(ours["any.o"],
                 peers.llvm({ "any.o" }, folder)["any.o"]))
  end)
end)
