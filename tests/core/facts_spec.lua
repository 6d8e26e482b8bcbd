--- What ELF files say beside symbols, as readelf tells it: of each library and
--- program of this system, of objects for other machines, of what was linked
--- in all ways that matter.

local facts = require "facts"
local helper = require "helper"


-- readelf's answer in our words: { [file] = { [fact] = text } }.
local function readelf(files, folder)
  local words = { "readelf", "-dnlW" }
  table.move(files, 1, #files, #words + 1, words)
  if #files == 1 then words[#words + 1] = "/dev/null" end  -- to name the file
  local _, text = helper.run(words, folder)
  local all, one = {}, nil
  for line in text:gmatch "[^\n]+" do
    local file = line:match "^File: (.*)$"
    if file then
      one = { needed = {}, soname = "nil", interpreter = "nil",
              build_id = "nil", text_relocations = "false" }
      all[file] = one
    elseif one then
      local name = line:match "%(NEEDED%)%s+Shared library: %[(.*)%]$"
      one.needed[#one.needed + 1] = name
      one.soname = line:match "%(SONAME%)%s+Library soname: %[(.*)%]$"
                   or one.soname
      one.interpreter = line:match "%[Requesting program interpreter: (.*)%]$"
                        or one.interpreter
      one.build_id = line:match "Build ID: (%x+)" or one.build_id
      one.os = line:match "OS: (%a+), ABI" or one.os
      one.rpath = line:match "Library rpath: %[(.*)%]$" or one.rpath
      one.runpath = line:match "Library runpath: %[(.*)%]$" or one.runpath
      if line:match "%(TEXTREL%)" or line:match "%(FLAGS%).*TEXTREL" then
        one.text_relocations = "true"
      end
      local flags = line:match "^%s+GNU_STACK%s+%S+ %S+ %S+ %S+ %S+ (...)"
      if flags then
        one.executable_stack = tostring(flags:find "E" ~= nil)
      end
    end
  end
  for _, answer in pairs(all) do
    local kind = answer.runpath and "runpath" or answer.rpath and "rpath"
    answer.needed = table.concat(answer.needed, "\n")
    answer.os = answer.os and answer.os:lower()
    answer.run_paths = kind
      and answer[kind]:gsub(":", "\n") .. "\n" .. kind or ""
    answer.runpath, answer.rpath = nil, nil
  end
  return all
end


-- Every fact that readelf tells is the same with us; gives how many of each.
local function agree(files, folder)
  local ours, theirs = facts.ask(files, folder), readelf(files, folder)
  local count = {}
  for _, file in ipairs(files) do
    local mine = assert(ours[file], "no answer about " .. file)
    for fact, text in pairs(assert(theirs[file], file)) do
      local told = mine[fact]
      if type(told) == "table" then told = told.reason end
      assert.equal(text, told, file .. ": " .. fact)
      if text ~= "nil" and text ~= "" and text ~= "false" then
        count[fact] = (count[fact] or 0) + 1
      end
    end
  end
  return count, ours
end


local function elfs(...)
  local out = {}
  for path in helper.must({ "find", ... }):gmatch "[^\n]+" do
    local file = io.open(path, "rb")
    if file and file:read(4) == "\x7fELF" then out[#out + 1] = path end
    if file then file:close() end
  end
  table.sort(out)
  return out
end


describe("facts of ELF files are readelf's", function ()
  local folder
  setup(function () folder = helper.folder "facts" end)

  it("for each library of this system", function ()
    local dir = helper.must { "gcc", "-print-file-name=libc.so.6" }
                      :match "^(.*)/[^/]*\n$"
    local files = elfs(dir, "-maxdepth", "1", "-name", "*.so*", "-type", "f")
    assert.is_true(#files > 50)
    local count = agree(files, folder)
    for _, fact in ipairs { "needed", "soname", "build_id" } do
      assert.is_true(count[fact] > 50, fact)
    end
  end)

  it("for each program of this system", function ()
    local files = elfs("/usr/bin", "-maxdepth", "1", "-type", "f")
    assert.is_true(#files > 50)
    local count = agree(files, folder)
    for _, fact in ipairs { "needed", "interpreter", "build_id", "os" } do
      assert.is_true(count[fact] > 50, fact)
    end
  end)

  it("for what was linked in other ways", function ()
    helper.write(folder .. "/f.c", "int f(void) { return 1; }\n")
    helper.write(folder .. "/main.c", "int main(void) { return 0; }\n")
    local ways = {
      rpath = { "-Wl,--disable-new-dtags", "-Wl,-rpath,/a:$ORIGIN/../lib" },
      runpath = { "-Wl,--enable-new-dtags", "-Wl,-rpath,/a", "-Wl,-rpath,/b" },
      static = { "-static" },
      pie = { "-static-pie" },
      stack = { "-Wl,-z,execstack" },
      lld = { "-fuse-ld=lld", "-Wl,--build-id=md5", "-Wl,-rpath,/l" },
      uuid = { "-Wl,--build-id=uuid" },
      without = { "-Wl,--build-id=none" },
      given = { "-Wl,--build-id=0xfeed0102" },
      loader = { "-Wl,--dynamic-linker=/no/such" },
    }
    local files = {}
    for name, words in pairs(ways) do
      helper.must({ "gcc", "main.c", "-o", name, table.unpack(words) }, folder)
      files[#files + 1] = name
    end
    helper.must({ "gcc", "-shared", "-fPIC", "f.c", "-o", "named.so",
                  "-Wl,-soname,libnamed.so.7", "-nostdlib" }, folder)
    helper.must({ "strip", "-o", "stripped", "rpath" }, folder)
    helper.must({ "llvm-strip-19", "--strip-sections", "-o", "sectionless",
                  "runpath" }, folder)
    for _, name in ipairs { "named.so", "stripped", "sectionless" } do
      files[#files + 1] = name
    end
    local count, ours = agree(files, folder)
    assert.equal("/a\n$ORIGIN/../lib\nrpath", ours.rpath.run_paths)
    assert.equal("/a\n/b\nrunpath", ours.runpath.run_paths)
    assert.equal("/a\n/b\nrunpath", ours.sectionless.run_paths)
    assert.equal("", ours.static.needed)
    assert.equal("nil", ours.static.interpreter)
    assert.equal("true", ours.stack.executable_stack)
    assert.equal("feed0102", ours.given.build_id)
    assert.equal("nil", ours.without.build_id)
    assert.equal("/no/such", ours.loader.interpreter)
    assert.equal("libnamed.so.7", ours["named.so"].soname)
    assert.matches("no names of sections", ours.sectionless.producers.reason)
    assert.is_true(count.build_id > 8)
  end)

  it("for text relocations", function ()
    helper.write(folder .. "/t.s", [[
.text
.globl f
f: movl x, %eax
ret
.section .note.GNU-stack,"",@progbits
]])
    helper.must({ "clang", "--target=i386-linux-gnu", "-c", "t.s", "-o",
                  "t.o" }, folder)
    helper.must({ "ld.lld", "-shared", "-z", "notext", "t.o", "-o",
                  "text.so" }, folder)
    local count, ours = agree({ "text.so" }, folder)
    assert.equal(1, count.text_relocations)
    assert.equal("x86", ours["text.so"].machine)
    assert.matches("is an object",
      facts.ask({ "t.o" }, folder)["t.o"].text_relocations.reason)
  end)
end)


describe("the target of an ELF file", function ()
  local folder
  setup(function () folder = helper.folder "facts" end)

  it("is told as Rust tells it", function ()
    helper.write(folder .. "/f.c", "int f(void) { return 1; }\n")
    local files, expected = {}, {
      ["x86_64-linux-gnu"] = "x86_64 64 little lp64",
      ["x86_64-linux-gnux32"] = "x86_64 32 little x32",
      ["i386-linux-gnu"] = "x86 32 little ?",
      ["aarch64-linux-gnu"] = "aarch64 64 little lp64",
      ["aarch64_be-linux-gnu"] = "aarch64 64 big lp64",
      ["armv7-linux-gnueabihf"] = "arm 32 little ?",
      ["riscv64-linux-gnu"] = "riscv64 64 little lp64d",
      ["riscv32-unknown-elf"] = "riscv32 32 little ilp32",
      ["powerpc-linux-gnu"] = "powerpc 32 big ?",
      ["powerpc64-linux-gnu"] = "powerpc64 64 big ?",
      ["powerpc64le-linux-gnu"] = "powerpc64 64 little elfv2",
      ["mips-linux-gnu"] = "mips 32 big o32",
      ["mips64el-linux-gnuabi64"] = "mips64 64 little n64",
      ["mips64-linux-gnuabin32"] = "mips64 32 big n32",
      ["s390x-linux-gnu"] = "s390x 64 big ?",
      ["sparcv9-linux-gnu"] = "sparc64 64 big ?",
      ["bpf"] = "bpf 64 little ?",
    }
    for target in pairs(expected) do
      helper.must({ "clang", "--target=" .. target, "-w", "-c",
                    "-fintegrated-as", "f.c", "-o",
                    target .. ".o", target:match "^riscv32"
                    and "-march=rv32imac" or "-O1" }, folder)
      files[#files + 1] = target .. ".o"
    end
    local ours = facts.ask(files, folder)
    for target, words in pairs(expected) do
      local t = ours[target .. ".o"]
      local abi = type(t.abi) == "table" and "?" or t.abi
      assert.equal(words, table.concat({ t.machine, t.bits, t.endian, abi },
                                       " "), target)
      assert.equal("does not say for which os it was made", t.os.reason)
    end
  end)

  it("has the system that a header or a note names", function ()
    helper.write(folder .. "/f.c", "int f(void) { return 1; }\n")
    helper.must({ "clang", "--target=x86_64-unknown-freebsd", "-c", "f.c",
                  "-o", "bsd.o" }, folder)
    helper.write(folder .. "/note.s", [[
.section .note.android.ident,"a",@note
.long 8, 4, 1
.asciz "Android"
.long 21
]])
    helper.must({ "clang", "--target=aarch64-linux-android", "-c", "note.s",
                  "-o", "android.o" }, folder)
    helper.write(folder .. "/odd.s", "")
    helper.must({ "clang", "--target=x86_64-linux-gnu", "-c", "odd.s", "-o",
                  "odd.o" }, folder)
    local text = helper.read(folder .. "/odd.o")
    helper.write(folder .. "/odd.o", text:sub(1, 18) .. "\x39\x30"
                 .. text:sub(21))
    local ours = facts.ask({ "bsd.o", "android.o", "odd.o" }, folder)
    assert.equal("freebsd", ours["bsd.o"].os)
    assert.equal("android", ours["android.o"].os)
    assert.equal("elf-12345", ours["odd.o"].machine)
  end)
end)


describe("the producers of an ELF file", function ()
  it("are the strings of .comment", function ()
    local folder = helper.folder "facts"
    helper.write(folder .. "/f.c", "int main(void) { return 1; }\n")
    helper.write(folder .. "/g.rs", "pub fn g() -> i32 { 1 }\n")
    helper.must({ "gcc", "-c", "f.c", "-o", "gcc.o" }, folder)
    helper.must({ "clang", "-c", "f.c", "-o", "clang.o" }, folder)
    helper.must({ "gcc", "-fuse-ld=lld", "clang.o", "-o", "linked" }, folder)
    helper.must({ "rustc", "--crate-type", "rlib", "g.rs", "-o", "libg.rlib" },
                folder)
    helper.must({ "rustc", "--crate-type", "lib", "--emit", "metadata", "g.rs",
                  "-o", "g.rmeta" }, folder)
    local ours = facts.ask({ "gcc.o", "clang.o", "linked", "libg.rlib",
                             "g.rmeta" }, folder)
    local function comment(file)
      local strings = {}
      local text = helper.must({ "readelf", "-p", ".comment", file }, folder)
      for s in text:gmatch "%]  ([^\n]*)" do strings[#strings + 1] = s end
      return table.concat(strings, "\n")
    end
    for _, file in ipairs { "gcc.o", "clang.o", "linked" } do
      assert.not_equal("", comment(file))
      assert.equal(comment(file), ours[file].producers)
    end
    helper.must({ "ar", "x", "libg.rlib" }, folder)
    local version = helper.must { "rustc", "--version" }:gsub("\n", "")
    assert.equal(version, ours["g.rmeta"].producers)
    local seen = 0
    for key, answer in pairs(ours) do
      if key:match "^libg.rlib%(.*%.o%)$" then
        assert.equal(comment(key:match "%((.*)%)"), answer.producers)
        seen = seen + 1
      elseif key == "libg.rlib(lib.rmeta)" then
        assert.equal(version, answer.producers)
        seen = seen + 1
      end
    end
    assert.equal(2, seen)
  end)
end)


describe("whether an object's stack is executable", function ()
  it("is what .note.GNU-stack says, and unknown without it", function ()
    local folder = helper.folder "facts"
    for name, text in pairs {
      no = '.section .note.GNU-stack,"",@progbits\n',
      yes = '.section .note.GNU-stack,"x",@progbits\n',
      untold = ".text\nnop\n",
    } do
      helper.write(folder .. "/" .. name .. ".s", text)
      helper.must({ "as", name .. ".s", "-o", name .. ".o" }, folder)
    end
    local ours = facts.ask({ "no.o", "yes.o", "untold.o" }, folder)
    assert.equal("false", ours["no.o"].executable_stack)
    assert.equal("true", ours["yes.o"].executable_stack)
    assert.matches("up to the linker", ours["untold.o"].executable_stack.reason)
  end)
end)


describe("a file of debug information", function ()
  it("has its build identifier, and nothing that a loader reads", function ()
    local folder = helper.folder "facts"
    helper.write(folder .. "/f.c", "int main(void) { return 1; }\n")
    helper.must({ "gcc", "-g", "f.c", "-o", "full" }, folder)
    helper.must({ "objcopy", "--only-keep-debug", "full", "full.debug" },
                folder)
    helper.must({ "llvm-objcopy-19", "--only-keep-debug", "full", "l.debug" },
                folder)
    local ours = facts.ask({ "full", "full.debug", "l.debug" }, folder)
    assert.equal(40, #ours.full.build_id)
    for _, file in ipairs { "full.debug", "l.debug" } do
      assert.equal(ours.full.build_id, ours[file].build_id)
      for _, fact in ipairs { "needed", "soname", "interpreter", "run_paths",
                              "text_relocations" } do
        assert.matches("debug information", ours[file][fact].reason)
      end
    end
  end)
end)
