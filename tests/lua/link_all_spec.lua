--- All that is linked: what drivers add and where libraries are found, against
--- the drivers' own -### and the linkers' own --trace.

local helper = require "helper"
require "links"
local all = require "symrun.link_all"
local gcc_read = require "symrun.gcc_read"
local line = require "symrun.line"
local lines = require "symrun.link_line"

local folder = helper.folder "link-all"
helper.must({ "mkdir", "empty", "bin", "sub", "deep" }, folder)
helper.cc(folder, "a", "int main(void) { return 0; }")
helper.cc(folder, "b", "int b;")
helper.cc(folder, "c", "int c;")
helper.must({ "ar", "rc", "libb.a", "b.o" }, folder)
helper.must({ "ar", "rc", "sub/libb.a", "b.o" }, folder)
helper.must({ "gcc", "-shared", "-nostdlib", "-o", "sub/libs.so", "b.o" },
            folder)
helper.write(folder .. "/sub/libgroup.so",
             "GROUP ( -lb AS_NEEDED ( libs.so ) ../c.o )\n")


-- A line in the folder, its inputs by their full paths.
local function read(text)
  local words = {}
  for word in text:gsub("@", folder .. "/"):gmatch "%S+" do
    words[#words + 1] = word
  end
  return line.new(words), words
end

local function found(text) return all.of((read(text))) end

local function real(path)
  return (helper.run({ "realpath", "-e", path }) == 0
          and helper.must({ "realpath", path }):gsub("\n", "")) or path
end


-- == what a driver hands on ==================================================

-- Words without those that say nothing of what is linked.
local function bare(words)
  local out, i = {}, 1
  while words[i] do
    local word = words[i]:gsub("^(%-?L?)/usr/bin/%.%./lib", "%1/usr/lib")
    if word == "-plugin" or word == "-dynamic-linker" or word == "-rpath" then
      i = i + 1
    elseif not (word:find "^%-plugin%-opt" or word:find "^%-%-hash%-style"
                or word == "--build-id" or word == "--eh-frame-hdr"
                or word == "-z" or word == "now" or word == "relro"
                or word:find "^%-z" or word == "noexecstack") then
      out[#out + 1] = word
    end
    i = i + 1
  end
  return table.concat(out, " ")
end


-- The words as the driver prints them.
local function handed_on(text)
  local words = select(2, read(text))
  words[#words + 1] = "-###"
  local told = select(3, helper.run(words, folder))
  local last
  for each in told:gmatch "[^\n]+" do
    if each:find "^ .*collect2" or each:find '^ "[^"]*/ld' then last = each end
  end
  assert(last, told)
  local out = {}
  for word in last:gmatch "%S+" do out[#out + 1] = (word:gsub('"', "")) end
  return { table.unpack(out, 2) }
end


local function agree(text)
  local doubts = {}
  local got = lines.of((read(text)), function (...)
    doubts[#doubts + 1] = string.format(...)
  end)
  assert.equal("", table.concat(doubts, "; "), text)
  local words = got.words:words()
  assert.equal(bare(handed_on(text)), bare { table.unpack(words, 2) }, text)
end


describe("what GCC hands to its linker", function ()
  for text in ([[
    gcc @a.o -o x
    cc @a.o -lm -o x
    gcc -static @a.o
    gcc -static-pie @a.o
    gcc -shared @a.o -o x.so
    gcc -shared -static @a.o
    gcc -pie -shared @a.o
    gcc -no-pie -pie @a.o
    gcc -no-pie -rdynamic @a.o
    gcc -r @a.o @b.o
    gcc -nostdlib @a.o
    gcc -nostartfiles @a.o
    gcc -nodefaultlibs @a.o -lc
    gcc -nolibc @a.o
    gcc -pthread @a.o -lm
    gcc -static-libgcc @a.o
    gcc -shared-libgcc @a.o
    gcc -fsanitize=address @a.o
    gcc -fsanitize=address -static-libasan @a.o
    gcc -fsanitize=thread,undefined @a.o
    gcc -fsanitize=leak -shared @a.o
    gcc -fsanitize=undefined -fno-sanitize=undefined @a.o
    gcc -fopenmp -static @a.o
    gcc --coverage @a.o
    gcc -Ofast -pg @a.o
    gcc -flto @a.o
    gcc -fuse-ld=gold @a.o
    gcc -fuse-ld=lld -static-pie @a.o
    gcc -m64 @a.o
    gcc -m32 @a.o
    gcc --sysroot=@empty @a.o
    gcc -B@sub @a.o
    gcc -Wl,--whole-archive @libb.a -Wl,--no-whole-archive @a.o -u foo -e main
    gcc @a.o -Xlinker --wrap=x -L@sub -L @empty -Wl,--start-group -lb -lc
    g++ @a.o
    g++ -static @a.o
    g++ -shared @a.o -pthread
    g++ -static-libstdc++ @a.o -lm -lb -lc
    g++ -static-libgcc @a.o -lstdc++
    g++ -nodefaultlibs @a.o -lstdc++
    c++ -fsanitize=undefined @a.o
    cc -m64 @a.o -Wl,-Bstatic @libb.a -Wl,-Bdynamic -lgcc_s -lc -nodefaultlibs
  ]]):gmatch "%S[^\n]*" do
    it("is read from its specs: " .. text, function () agree(text) end)
  end
end)


describe("a GCC that lies elsewhere", function ()
  it("looks beside itself, and where -B says", function ()
    local machine = helper.must({ "gcc", "-dumpmachine" }):gsub("%s", "")
    local version = helper.must({ "gcc", "-dumpversion" }):gsub("%s", "")
    local at = ("lib/gcc/%s"):format(machine)
    helper.must({ "mkdir", "-p", "usr/bin", "usr/" .. at }, folder)
    helper.must({ "ln", "-s", ("/usr/%s/%s"):format(at, version),
                  "usr/" .. at }, folder)
    helper.must({ "cp", "-L", "/usr/bin/gcc", "usr/bin/any-gcc-1" }, folder)
    agree "@usr/bin/any-gcc-1 @a.o -lm"
    agree "@usr/bin/any-gcc-1 -static -B@sub @a.o"
    helper.must({ "mkdir", "own" }, folder)
    helper.must({ "ln", "-s", "/usr/bin/ld.lld", "own/ld" }, folder)
    assert.same({ "lld" }, found("gcc -B@own @a.o").linkers)
    assert.same({ "lld" }, found("clang -B@own @a.o").linkers)
  end)
end)


describe("what clang hands to its linker", function ()
  for text in ([[
    clang @a.o -o x
    clang -static @a.o -o x
    clang -static-pie @a.o -o x
    clang -shared @a.o -o x
    clang -no-pie -static-libgcc -L@sub @a.o -lb -o x
    clang -r @a.o -o x
    clang -nostdlib @a.o -o x
    clang -nodefaultlibs @a.o -lc -o x
    clang -nostartfiles -nolibc @a.o -o x
    clang -pthread -fuse-ld=lld @a.o -lm -o x
    clang --rtlib=compiler-rt @a.o -o x
    clang -fsanitize=address @a.o -o x
    clang -fsanitize=address -shared @a.o -o x
    clang -fsanitize=memory @a.o -o x
    clang -fprofile-instr-generate @a.o -o x
    clang -Ofast -pg @a.o -o x
    clang++ @a.o -o x
    clang++ -static -pthread @a.o -o x
    clang++ -static-libstdc++ @a.o -o x
    clang++ -stdlib=libc++ @a.o -lstdc++ -o x
    clang++ -fsanitize=undefined,address @a.o -o x
    clang++ -fsanitize=thread @a.o -o x
  ]]):gmatch "%S[^\n]*" do
    it("is known: " .. text, function () agree(text) end)
  end
end)


-- == what a linker opens =====================================================

-- What is linked, each path once, in order.
local function once(list)
  local out, had = {}, {}
  for _, path in ipairs(list) do
    path = real(path)
    if not had[path] then out[#out + 1] = path end
    had[path] = true
  end
  return table.concat(out, "\n")
end


-- As BFD traces it, scripts left out.
local function traced(text)
  local told = helper.must(select(2, read(text .. " -Wl,--trace")), folder)
  local out = {}
  for path in told:gmatch "[^\n]+" do
    path = path:match "^%((.-)%)" or path
    local head = helper.read((path:find "^/" and "" or folder .. "/") .. path)
    if head:sub(1, 4) == "\127ELF" or head:sub(1, 7) == "!<arch>" then
      out[#out + 1] = path
    end
  end
  return once(out)
end


local function entries(text)
  local got, out = found(text), {}
  assert.equal("", table.concat(got.doubts, "; "))
  for _, one in ipairs(got.entries) do out[#out + 1] = one.word end
  return once(out), got
end


describe("all inputs of a line", function ()
  for text in ([[
    gcc @a.o -lm -o x
    gcc @a.o -static -o x
    gcc @a.o -pthread -static-pie -o x
    gcc -shared @b.o -o x.so
    g++ @a.o -o x
    gcc @a.o -L@sub -lgroup -Wl,--no-as-needed -ldl -o x
    gcc --sysroot=/ @a.o -o x
    clang @a.o -lm -o x
    clang++ -static @a.o -o x
  ]]):gmatch "%S[^\n]*" do
    it("are those that the linker opens: " .. text, function ()
      assert.equal(traced(text), (entries(text)))
    end)
  end

  it("are found by a linker that is called itself", function ()
    for _, program in ipairs { "ld.bfd", "ld" } do
      local told = helper.must(select(2, read(
        program .. " @a.o -lc -e main --trace -o x")), folder)
      local ours = entries(program .. " @a.o -lc -e main -o x")
      for path in ours:gmatch "[^\n]+" do
        if path:find "libc%.so" then
          assert.truthy(told:find("libc.so.6", 1, true))
        end
      end
      assert.truthy(ours:find("/libc.so.6", 1, true))
    end
  end)
end)


describe("a library for another machine", function ()
  it("is passed over, as BFD does", function ()
    helper.must({ "mkdir", "-p", "narrow" }, folder)
    helper.must({ "clang", "-m32", "-c", "-o", "narrow/b.o", "b.c" }, folder)
    helper.must({ "ar", "rc", "narrow/libb.a", "narrow/b.o" }, folder)
    helper.write(folder .. "/narrow/libs.so",
                 "OUTPUT_FORMAT(elf32-i386)\nINPUT(b.o)\n")
    local text = "ld.bfd @a.o -L@narrow -L@sub --whole-archive -lb -ls"
    local told = helper.must(select(2, read(text .. " --trace -e main")),
                             folder)
    assert.truthy(told:find("sub/libb.a", 1, true), told)
    assert.truthy(told:find("sub/libs.so", 1, true), told)
    assert.equal(real(folder .. "/a.o") .. "\n" .. real(folder .. "/sub/libb.a")
                 .. "\n" .. real(folder .. "/sub/libs.so"), (entries(text)))
  end)
end)


-- == how each is taken =======================================================

-- "name(flags)" of each entry.
local function shown(got)
  local out = {}
  for i, one in ipairs(got.entries) do
    local flags = {}
    for _, name in ipairs { "whole", "as_needed", "lazy", "static",
                            "source" } do
      if one[name] then flags[#flags + 1] = name end
    end
    if one.group then flags[#flags + 1] = "group" .. one.group end
    out[i] = one.word:match "[^/]*$" .. "(" .. table.concat(flags, ",") .. ")"
  end
  return table.concat(out, " ")
end


describe("how an input is taken", function ()
  it("is what its place on the line says", function ()
    assert.equal("a.o() libb.a(whole) b.o(lazy,group2) libs.so(as_needed) "
                 .. "libb.a() libb.a(group1)",
      shown(found("ld.lld @a.o -L@sub --whole-archive @libb.a "
                  .. "--no-whole-archive --start-lib @b.o --end-lib "
                  .. "--as-needed -ls --no-as-needed -lb "
                  .. "--start-group @libb.a --end-group")))
  end)

  it("is what a script says of each", function ()
    local got = found("ld.lld @a.o -L@sub --start-group -lb --end-group "
                      .. "-lgroup -lgroup")
    assert.equal("a.o() libb.a(group1) "
                 .. "libb.a(group2) libs.so(as_needed,group2) c.o(group2) "
                 .. "libb.a(group3) libs.so(as_needed,group3) c.o(group3)",
                 shown(got))
    assert.equal("script", got.entries[3].by)
    assert.equal("-lgroup", got.entries[3].part:text())
    assert.same({}, got.doubts)
  end)

  it("is static behind -Bstatic alone", function ()
    helper.must({ "ar", "rc", "sub/libs.a", "b.o" }, folder)
    assert.equal("libs.a(static) libs.so()", shown(found(
      "ld.lld -L@sub -Bstatic -ls -Bdynamic -ls")))
  end)

  it("names the part of the line, and none for the driver's", function ()
    local got = found "gcc @a.o -lm"
    assert.equal("driver", got.entries[1].by)
    assert.is_nil(got.entries[1].part)
    local by = {}
    for _, one in ipairs(got.entries) do
      if one.part then by[#by + 1] = one.part:text():match "[^/]*$" end
    end
    assert.equal("a.o -lm", table.concat(by, " "):match "^a.o %-lm")
    assert.equal("elf", got.entries[1].file:format())
  end)
end)


describe("what a link begins with", function ()
  it("is told by the line and by its driver", function ()
    local got = found("gcc @a.o -u one -Wl,--require-defined=two -e go "
      .. "-Wl,--defsym=x=y+1 -Wl,--defsym,y=z -Wl,--wrap=malloc "
      .. "-z muldefs -rdynamic").roots
    assert.same({ "one", "two" }, got.undefined)
    assert.same({ "two" }, got.require)
    assert.same({ { "x", expression = "y+1" },
                  { "y", "z", expression = "z" } }, got.defsym)
    assert.same({ "malloc" }, got.wrap)
    assert.equal("go", got.entry)
    assert.is_true(got.multiple)
    assert.is_true(got.export_all)
    assert.is_true(got.pie)
    assert.equal("executable", got.makes)
    assert.same({ "bfd" }, found("gcc @a.o").linkers)
  end)

  it("differs by what is made, and by the linker", function ()
    local got = found("gcc -shared -fuse-ld=lld @b.o").roots
    assert.equal("library", got.makes)
    assert.is_nil(got.entry)
    assert.is_false(got.pie)
    assert.same({ "lld" }, found("gcc -fuse-ld=lld @b.o").linkers)
    assert.equal("object", found("gcc -r @b.o").roots.makes)
    assert.equal("_start", found("gcc -static @a.o").roots.entry)
    assert.is_true(found("gcc -static @a.o").roots.static)
    assert.same({ "gold" }, found("ld.gold @a.o").linkers)
    assert.same({ "mold" }, found("mold @a.o").linkers)
  end)
end)


-- == what cannot be told =====================================================

local function doubt(text, wanted)
  local got = found(text)
  for _, one in ipairs(got.doubts) do
    if one:find(wanted, 1, true) then return got end
  end
  error(("no doubt '%s' in: %s"):format(wanted,
                                        table.concat(got.doubts, "; ")), 2)
end


describe("what cannot be told", function ()
  it("is a sentence, and the rest stands", function ()
    local got = doubt("gcc @a.o -lnowhere", "the library -lnowhere is in no "
                      .. "folder in which the linker looks")
    assert.truthy(#got.entries > 8)
    doubt("gcc @gone.o", "gone.o is not there")
    doubt("gcc -c @a.c", "the line does not link")
    doubt("gcc -specs=@gone @a.o", "the specs " .. folder .. "/gone are not")
    doubt("ld.lld @a.o -lc", "the library -lc is in no folder")
    -- older ones borrow from the machine's own GCC all the same
    assert.truthy(#found("clang --sysroot=@empty @a.o").doubts > 0)
    doubt("clang -fsanitize=fuzzer @a.o", "the sanitizer fuzzer")
    doubt("clang --target=aarch64-linux-gnu @a.o", "is not known")
    doubt("gcc -fsanitize=strange @a.o", "the sanitizer strange is not known")
  end)

  it("begins with a program that is none that is known", function ()
    local wrapper = folder .. "/bin/gcc"
    helper.write(wrapper, "#!/bin/sh\nexec gcc \"$@\" -lsecret\n")
    helper.must { "chmod", "+x", wrapper }
    local got = doubt("@bin/gcc @a.o", "is no compiler that is known")
    assert.equal("a.o()", shown(got))
    doubt("@bin/none-gcc @a.o", "is not here")
    doubt("no-such-machine-gcc @a.o", "is not on PATH")
  end)

  it("ends at a source", function ()
    local got = doubt("gcc @a.c", "compiled and linked at once")
    local sources = 0
    for _, one in ipairs(got.entries) do
      if one.source then
        sources = sources + 1
        assert.is_nil(one.file)
      end
    end
    assert.equal(1, sources)
  end)

  it("leaves open only what stands behind, if it is the driver's", function ()
    assert.is_true(found("gcc @a.o").late)
    assert.is_true(doubt("none-gcc @a.o", "is not on PATH").late)
    assert.is_false(doubt("none-gcc @a.o -lx", "-lx is in no").late)
    assert.is_false(doubt("none-gcc @a.o -fsanitize=address", "none-gcc").late)
    assert.is_false(doubt("gcc @a.o @gone.o", "gone.o").late)
  end)

  it("is all that a recorded link had of its machine", function ()
    local text = { folder = folder, kept = {} }
    local got = all.of(line.new({ "gcc", "a.o", "-lm" }, nil, text))
    assert.equal("a.o()", shown(got))
    local told = table.concat(got.doubts, "; ")
    assert.truthy(told:find("the link was recorded", 1, true), told)
    assert.truthy(told:find("the library -lm", 1, true), told)
  end)

  it("is not asked of what the program's folders do not hold", function ()
    -- a copy that lies elsewhere looks beside itself
    helper.must({ "cp", "-L", "/usr/bin/gcc", folder .. "/bin/my-gcc" })
    doubt("@bin/my-gcc @a.o", "there is no folder of the compiler's version")
  end)
end)


describe("hostile files", function ()
  it("make no end", function ()
    helper.write(folder .. "/deep/libloop.so", "INPUT ( -lloop )\n")
    doubt("ld.lld @a.o -L@deep -lloop", "scripts name scripts")
    helper.write(folder .. "/deep/libx.so", "GROUP ( -lb\n")
    local got = found "ld.lld @a.o -L@deep -lx"
    assert.equal(1, #got.doubts)
    assert.equal("a.o()", shown(got))
  end)

  it("are no compiler when they only look like one", function ()
    local text = helper.read "/usr/bin/gcc"
    for i, cut in ipairs { 64, 4096, #text // 2, #text - 40000 } do
      local path = ("%s/bin/cut%d-gcc"):format(folder, i)
      helper.write(path, text:sub(1, cut))
      assert.equal("a.o()", shown(doubt(path .. " @a.o",
                                        "what the driver adds")))
    end
    math.randomseed(7)
    for i = 1, 40 do
      local at = math.random(i % 2 == 0 and 512 or #text)
      local wild = text:sub(1, at - 1) .. string.char(math.random(0, 255))
                   .. text:sub(at + 1)
      gcc_read.driver(wild)
    end
    -- sizes and offsets that lead out of the file
    local path = folder .. "/bin/wild-gcc"
    helper.write(path, text:sub(1, 32) .. ("\255"):rep(32) .. text:sub(65))
    assert.equal("a.o()", shown(doubt(path .. " @a.o",
                                      "what the driver adds")))
  end)
end)
