--- What is undefined in a line, and what is linked, against linkers that are
--- given that very line: scripts, --gc-sections, libraries that objects name.
--
-- A linker that succeeds misses no name; one that fails says which.

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath

local helper = require "helper"
local line = require "symrun.line"

local folder = helper.folder "link-resolve"
local START = "void _start(void) { %s }"

local function compile(name, text, ...)
  helper.cc(folder, name, text, "-ffunction-sections",
            "-fno-asynchronous-unwind-tables", ...)
end

setup(function ()
  compile("drop", "int nosuch(void); int dropped(void) { return nosuch(); } "
          .. START:format "")
  compile("both", "int nosuch(void); int lost(void); int dropped(void) "
          .. "{ return nosuch(); } " .. START:format "lost();")
  compile("uses", "extern volatile char foo; " .. START:format "foo;")
  compile("start", START:format "")
  compile("foo", "char foo = 3;")
  compile("ext", "void ext(void) { }")
  compile("start2", "int start2(void) { return 7; }")
  compile("f", "int f(void) { return 1; }")
  for _, name in ipairs { "foo", "ext", "start2", "f" } do
    helper.must({ "ar", "rcs", "lib" .. name .. ".a", name .. ".o" }, folder)
  end
  helper.write(folder .. "/set.ld", "foo = 0x10;\n")
  helper.write(folder .. "/provide.ld", "PROVIDE(foo = 0x10);\n")
  helper.write(folder .. "/ask.ld", "EXTERN(ext)\n")
  helper.write(folder .. "/full.ld", "ENTRY(start2) EXTERN(ext)\n"
    .. "SECTIONS { . = 0x1000; .text : { *(.text*) foo = .; } =0x90 "
    .. ".data : { *(.data*) } /* lost = 1; */ "
    .. "ASSERT(1, \"lost = 2\") PROVIDE(bar = .); }\n")
  helper.write(folder .. "/deplibs.c", [[
__asm__(".section .deplibs,\"MS\",@llvm_dependent_libraries,1\n.asciz \"f\"\n");
int f(void); void _start(void) { f(); }
]])
  helper.must({ "clang", "-c", "deplibs.c" }, folder)
  helper.write(folder .. "/deflib.c", [[
#pragma comment(lib, "g")
int g(void); int mainCRTStartup(void) { return g(); }
]])
  helper.write(folder .. "/g.c", "int g(void) { return 1; }")
  helper.write(folder .. "/alt.c", [[
#pragma comment(linker, "/alternatename:nof=g")
int nof(void); int g(void) { return 1; }
int mainCRTStartup(void) { return nof(); }
]])
  for _, name in ipairs { "deflib", "g", "alt" } do
    helper.must({ "clang", "--target=x86_64-pc-windows-msvc", "-c", "-o",
                  name .. ".obj", name .. ".c" }, folder)
  end
  helper.must({ "ar", "rcs", "g.lib", "g.obj" }, folder)
  helper.must({ "ranlib", "g.lib" }, folder)
end)


local function words_of(text)
  local words = {}
  for word in text:gmatch "%S+" do
    words[#words + 1] = word:gsub("@", folder .. "/")
  end
  return words
end


-- The names that the linker misses, as it says.
local function missed(words)
  local full = { table.unpack(words) }
  full[#full + 1] = "-o"
  full[#full + 1] = folder .. "/out"
  local status, _, err = helper.run(full, folder)
  local seen, list = {}, {}
  for _, pattern in ipairs { "undefined reference to [`']([%w_]+)'",
                             "undefined symbol: ([%w_]+)" } do
    for name in err:gmatch(pattern) do
      if not seen[name] then list[#list + 1] = name end
      seen[name] = true
    end
  end
  assert.equal(#list > 0, status ~= 0, err)
  table.sort(list)
  return table.concat(list, " ")
end


local function ask(words, question, ...)
  local link = line.new(words):for_rule()
  local ok, answer = pcall(link[question], link, ...)
  return ok and answer or nil, answer
end


local function ours(words)
  local names, why = ask(words, "undefined")
  if not names then return nil, why end
  local list = {}
  for name in names:each() do list[#list + 1] = name:text() end
  table.sort(list)
  return table.concat(list, " ")
end


local function linked(words)
  local list, why = ask(words, "linked")
  if not list then return nil, why end
  local out = {}
  for _, unit in ipairs(list) do
    out[#out + 1] = tostring(unit.member or unit.file):match "[^/]*$"
  end
  return table.concat(out, " ")
end


describe("what is undefined is what linkers miss:", function ()
  for text, want in pairs {
    ["@drop.o"] = "nosuch",
    ["--gc-sections @drop.o"] = "",
    ["--gc-sections @both.o"] = "lost",
    ["--gc-sections -u dropped @drop.o"] = "nosuch",
    ["--gc-sections --no-gc-sections @drop.o"] = "nosuch",
    ["@uses.o"] = "foo",
    ["@uses.o @set.ld"] = "",
    ["@uses.o @provide.ld"] = "",
    ["@uses.o -T @full.ld"] = "",
    ["@both.o @set.ld"] = "lost nosuch",
    ["@both.o -T @full.ld"] = "lost nosuch",
  } do
    for _, linker in ipairs { "ld.bfd", "ld.gold", "ld.lld-19", "mold" } do
      if linker ~= "mold" or not text:find "%.ld" then
        it(linker .. " " .. text, function ()
          local words = words_of(linker .. " " .. text)
          assert.equal(want, missed(words))
          assert.equal(want, (ours(words)))
        end)
      end
    end
  end

  it("of a driver's line, too", function ()
    local words = words_of "gcc -nostdlib -Wl,--gc-sections @drop.o"
    assert.equal("", missed(words))
    assert.equal("", (ours(words)))
  end)
end)


describe("what scripts want is linked:", function ()
  for text, want in pairs {
    ["@start.o @libext.a @libstart2.a -T @full.ld"] = "start.o ext.o start2.o",
    ["-T @full.ld -e _start @start.o @libext.a @libstart2.a"] = "start.o ext.o",
    ["@start.o @ask.ld @libext.a"] = "start.o ext.o",
  } do
    for _, linker in ipairs { "ld.bfd", "ld.gold", "ld.lld-19" } do
      it(linker .. " " .. text, function ()
        local words = words_of(linker .. " " .. text)
        assert.equal("", missed(words))
        local names = helper.must({ "nm", "out" }, folder)
        for _, name in ipairs { "ext", "start2" } do
          assert.equal(want:find(name .. ".o", 1, true) ~= nil,
                       names:find(" T " .. name .. "\n", 1, true) ~= nil, name)
        end
        local got = {}
        for unit in linked(words):gmatch "%S+" do got[unit] = true end
        local all = {}
        for unit in want:gmatch "%S+" do all[unit] = true end
        assert.same(all, got)
      end)
    end
  end

  it("and kept where the linker drops what nothing needs", function ()
    for _, linker in ipairs { "ld.bfd", "ld.gold", "ld.lld-19" } do
      local words = words_of(linker .. " --gc-sections @start.o @ext.o @ask.ld")
      assert.equal("", missed(words))
      assert.truthy(helper.must({ "nm", "out" }, folder):find " T ext\n")
      assert.is_true((ask(words, "keeps", "ext")))
    end
  end)

  it("unless that depends on when the script is read", function ()
    for _, text in ipairs { "ld.bfd @start.o @libext.a @ask.ld",
                            "ld.bfd @uses.o @provide.ld @libfoo.a",
                            "ld.gold @uses.o @libfoo.a @set.ld" } do
      local list, why = linked(words_of(text))
      assert.is_nil(list, text)
      assert.matches("unknown: .*depends on", why)
    end
    assert.equal("uses.o foo.o",
                 (linked(words_of "ld.lld-19 @uses.o @provide.ld @libfoo.a")))
  end)
end)


describe("who gives a name", function ()
  it("is a file, the line, the linker, or nobody", function ()
    for linker in ("ld.bfd ld.gold ld.lld-19"):gmatch "%S+" do
      local words = words_of(linker .. " @uses.o @set.ld --defsym g=5")
      assert.equal("line", (ask(words, "gives", "foo")))
      assert.equal("line", (ask(words, "gives", "g")))
      assert.equal("file", (ask(words, "gives", "_start")))
      local ok, none = pcall(function ()
        return line.new(words):for_rule():gives "nosuch"
      end)
      assert.is_true(ok)
      assert.is_nil(none)
      assert.equal("file", (ask(words_of(linker .. " @uses.o @libfoo.a"),
                                "gives", "foo")))
    end
    compile("end", "extern char _end; char *x = &_end; " .. START:format "")
    assert.equal("linker", (ask(words_of "ld.bfd @end.o", "gives", "_end")))
  end)
end)


describe("libraries that objects name", function ()
  it("are linked by lld alone", function ()
    for linker, want in pairs { ["ld.lld-19"] = "", ["ld.bfd"] = "f",
                                ["ld.gold"] = "f", mold = "f" } do
      local words = words_of(linker .. " @deplibs.o -L@.")
      assert.equal(want, missed(words), linker)
      assert.equal(want, (ours(words)), linker)
    end
    assert.equal("deplibs.o f.o",
                 (linked(words_of "ld.lld-19 @deplibs.o -L@.")))
    assert.equal("f", (ours(words_of("ld.lld-19 --no-dependent-libraries "
                                     .. "@deplibs.o -L@."))))
  end)

  it("are a doubt where they are not found", function ()
    local names, why = ours(words_of "ld.lld-19 @deplibs.o")
    assert.is_nil(names)
    assert.matches("the library f, which .*deplibs.o names", why)
  end)

  it("are those of .drectve for Windows", function ()
    local text = "lld-link-19 /entry:mainCRTStartup /subsystem:console "
                 .. "/out:@o.exe "
    helper.must(words_of(text .. "@deflib.obj /libpath:@."), folder)
    local words = words_of(text .. "@deflib.obj /libpath:@.")
    assert.equal("", (ours(words)))
    assert.equal("deflib.obj g.obj", (linked(words)))
    helper.must(words_of(text .. "@alt.obj"), folder)
    local names, why = ours(words_of(text .. "@alt.obj"))
    assert.is_nil(names)
    assert.matches("asks for /alternatename:nof=g", why)
  end)

  it("are a doubt of Apple's objects, too", function ()
    helper.write(folder .. "/auto.ll", [[
target triple = "x86_64-apple-macosx11.0.0"
define i32 @main() { ret i32 0 }
!llvm.linker.options = !{!0}
!0 = !{!"-framework", !"NoSuch"}
]])
    helper.must({ "clang", "--target=x86_64-apple-macosx11", "-c", "auto.ll",
                  "-o", "auto.o" }, folder)
    local names, why = ours(words_of("ld64.lld -arch x86_64 -platform_version "
      .. "macos 11 11 @auto.o"))
    assert.is_nil(names)
    assert.matches("asks for %-framework NoSuch", why)
  end)

  it("and symbols of a file alone are a doubt", function ()
    for _, text in ipairs { "ld.bfd @uses.o -R @foo.o",
                            "ld.lld-19 @uses.o --just-symbols=@foo.o" } do
      assert.equal("", missed(words_of(text)))
      local names, why = ours(words_of(text))
      assert.is_nil(names)
      assert.matches("the symbols that .* gives are not read", why)
    end
  end)
end)


describe("what was checked", function ()
  it("counts a file once, and no program", function ()
    local core = require "symrun.core"
    local words = words_of "ld.bfd @start.o @libext.a"
    local before = core.checked().files
    assert.equal("", (ours(words)))
    assert.equal(2, core.checked().files - before)
  end)
end)
