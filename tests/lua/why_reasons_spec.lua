--- Why a name is missing: each reason beside what the real linker says of the
--- same line.

local helper = require "helper"

local folder = helper.folder "why-reasons"

local function cc(name, text, ...) helper.cc(folder, name, text, ...) end
local function must(...) helper.must({ ... }, folder) end

cc("main", "int twice(int); int main(void) { return twice(21); }")
cc("twice", "int twice(int x) { return 2 * x; }")
cc("other", "int other;")
must("mkdir", "beside", "far")
must("ar", "rc", "far/libtwice.a", "twice.o")
must("ar", "rcS", "far/noindex.a", "twice.o")
cc("static", "__attribute__((used)) static int twice(int x) { return x; }"
   .. "int seen;")
cc("hidden", "__attribute__((visibility(\"hidden\"))) int twice(int x)"
   .. "{ return x; } int seen;", "-fPIC")
must("gcc", "-shared", "-o", "far/libhidden.so", "hidden.o")
cc("wants-hidden", "__attribute__((visibility(\"hidden\"))) int twice(int);"
   .. "int main(void) { return twice(21); }")
must("gcc", "-shared", "-fPIC", "-o", "far/libshared.so", "twice.c")
cc("slim", "int twice(int x) { return 2 * x; }", "-flto",
   "-fno-fat-lto-objects")
must("clang", "-flto", "-c", "-o", "bitcode.o", "twice.c")
cc("typo", "int twise(int x) { return x; }")
cc("capitals", "int TWICE(int x) { return x; }")
cc("underscore", "int _twice(int x) { return x; }")
cc("fortran", "int twice_(int x) { return x; }")
cc("weakly", "__attribute__((weak)) int twice(int);"
   .. "int main(void) { return twice ? 1 : 0; }")
helper.write(folder .. "/cpp.cc", "int twice(int x) { return x; }")
must("g++", "-c", "cpp.cc")
helper.write(folder .. "/calls.cc", "int twice(int); int nine(long);"
             .. "int main() { return twice(21) + nine(9); }")
must("g++", "-c", "calls.cc")
helper.write(folder .. "/nine.cc", "int nine(int x) { return x; }"
             .. "int twice(int x) { return x; }")
must("g++", "-c", "nine.cc")
helper.write(folder .. "/old.map", "V1 { };\nV2 { };\n")
cc("old", "int f1(int x) { return x; } int seen;"
   .. "__asm__(\".symver f1, twice@V1\");", "-fPIC")
must("gcc", "-shared", "-Wl,--version-script=old.map", "-o", "far/libold.so",
     "old.o")
cc("cosine", "double cos(double); double x; int main(void) "
   .. "{ return cos(x) > 0; }", "-fno-builtin")
must("cp", "far/libtwice.a", "beside/libnotnamed.a")


-- Of a line: symrun's status and text, the linker's status and complaint.
local function ask(name, line)
  local words = { "why", name, "--" }
  local bare = {}
  for word in line:gmatch "%S+" do
    words[#words + 1], bare[#bare + 1] = word, word
  end
  bare[#bare + 1], bare[#bare + 2] = "-o", "out"
  local status, text, err = helper.symrun(words, folder)
  assert.equal("", err)
  local theirs, _, complaint = helper.run(bare, folder)
  -- all on one screen
  local _, lines = text:gsub("\n", "")
  assert.is_true(lines <= 24, text)
  for each in text:gmatch "[^\n]+" do assert.is_true(#each <= 80, each) end
  return status, text:gsub("\n +", " "), theirs, complaint
end


-- A link that fails for want of the name, and the reason that is told.
local function missing(line, reason, name)
  local status, text, theirs, complaint = ask(name or "twice", line)
  assert.are_not.equal(0, theirs, line)
  assert.truthy(complaint:find "undefined" or complaint:find "hidden symbol"
                or complaint:find "not recognized"
                or complaint:find "no %-plugin", complaint)
  assert.equal(1, status, text)
  assert.truthy(text:find(reason, 1, true), text)
end


-- One that does not, and is not called missing.
local function given(line, reason, name)
  local status, text, theirs, complaint = ask(name or "twice", line)
  assert.equal("", complaint)
  assert.equal(0, theirs, line)
  assert.equal(0, status, text)
  assert.truthy(text:find(reason, 1, true), text)
end


describe("a name is missing because", function ()
  it("nothing on the line defines it", function ()
    missing("gcc main.o other.o",
            "because    twice is wanted, and nothing gives it")
    given("gcc main.o other.o twice.o", "is given by twice.o")
  end)

  it("its archive stands before who wants it", function ()
    local why = "far/libtwice.a(twice.o) defines it, but stands before main.o"
    missing("gcc far/libtwice.a main.o", "because    " .. why)
    missing("gcc -fuse-ld=gold far/libtwice.a main.o", "because    " .. why)
    given("gcc -fuse-ld=lld far/libtwice.a main.o",
          "given by far/libtwice.a(twice.o)")
    given("gcc -fuse-ld=mold far/libtwice.a main.o",
          "given by far/libtwice.a(twice.o)")
    given("gcc -Wl,--start-group far/libtwice.a main.o -Wl,--end-group",
          "given by far/libtwice.a(twice.o)")
  end)

  it("the archive's index lacks it", function ()
    local why = "because    far/noindex.a(twice.o) defines it, but the "
                .. "archive's index does not list it"
    local status, text, theirs, complaint = ask("twice",
                                                "gcc main.o far/noindex.a")
    assert.equal(1, theirs)
    assert.truthy(complaint:find "no index" or complaint:find "undefined")
    assert.equal(1, status)
    assert.truthy(text:find(why, 1, true), text)
    given("gcc -fuse-ld=mold main.o far/noindex.a", "is given by far/noindex.a")
  end)

  it("it is local there", function ()
    missing("gcc main.o static.o",
            "because    static.o has it as a local symbol")
    given("gcc main.o static.o twice.o", "is given by twice.o")
  end)

  it("a library does not export it", function ()
    missing("gcc main.o far/libhidden.so",
            "because    far/libhidden.so has it, but does not export it")
    given("gcc main.o hidden.o", "is given by hidden.o")
  end)

  it("it is wanted hidden, and only a library has it", function ()
    missing("gcc wants-hidden.o far/libshared.so", "because    "
            .. "far/libshared.so has it, but wants-hidden.o wants it hidden")
    given("gcc wants-hidden.o twice.o far/libshared.so", "is given by twice.o")
  end)

  it("the linker reads no intermediate code", function ()
    missing("ld.bfd -e main main.o slim.o",
            "because    slim.o has it as GCC's LTO code only, which bfd reads "
            .. "by a plugin, and the line has none")
    missing("ld.lld -e main main.o slim.o", "which lld does not read")
    missing("mold -e main main.o slim.o", "which mold reads by a plugin")
    missing("gcc main.o bitcode.o", "because    bitcode.o has it as LLVM "
            .. "bitcode only, which bfd reads by a plugin, and the line has "
            .. "that of another compiler")
    given("gcc main.o slim.o", "is given by slim.o")
    given("ld.lld -e main main.o bitcode.o", "is given by bitcode.o")
  end)

  it("it is mangled otherwise", function ()
    missing("gcc main.o cpp.o", "because    cpp.o defines _Z5twicei "
            .. "(twice(int)), which is C++'s name for it")
    missing("g++ calls.o nine.o twice.o", "nine.o defines _Z4ninei "
            .. "(nine(int)), which has other parameters", "_Z4ninel")
    missing("g++ calls.o twice.o", "because    twice.o defines twice, which is "
            .. "C's name for it", "_Z5twicei")
    missing("gcc main.o underscore.o", "underscore.o defines _twice, which has "
            .. "a leading underscore more")
    missing("gcc main.o fortran.o", "fortran.o defines twice_, which is "
            .. "spelled as Fortran does")
  end)

  it("only other versions are there", function ()
    missing("gcc -Wl,--no-as-needed main.o far/libold.so", "because    "
            .. "far/libold.so has it as twice@V1 only, which new links do not")
    missing("gcc main.o far/libold.so", "because    far/libold.so has it in an "
            .. "old version only, which new links do not take")
  end)

  it("its library is left out as not needed", function ()
    missing("gcc -Wl,--as-needed far/libshared.so main.o",
            "because    far/libshared.so has it, and is left out")
    given("gcc -Wl,--no-as-needed far/libshared.so main.o",
          "is given by far/libshared.so")
  end)

  it("its library is not on the line", function ()
    missing("gcc main.o -Lbeside", "because    beside/libnotnamed.a defines "
            .. "it, and is not on the line\nhint       add -lnotnamed to the "
            .. "line")
    missing("gcc cosine.o", "hint       add -lm to the line", "cos")
    given("gcc cosine.o -lm", "is given by libm.so.6", "cos")
  end)

  it("the line wraps or renames it", function ()
    missing("gcc main.o twice.o -Wl,--wrap=twice",
            "because    the line says --wrap=twice", "__wrap_twice")
    missing("gcc main.o other.o -Wl,--defsym=twice=nope",
            "because    the line says that twice is to be this name", "nope")
    given("gcc main.o other.o -Wl,--defsym=twice=main",
          "because    the line itself defines it (--defsym twice=main)")
  end)
end)


describe("near names are told last:", function ()
  local alone = helper.folder "why-near"
  for _, name in ipairs { "main", "typo", "capitals" } do
    helper.must({ "cp", folder .. "/" .. name .. ".o", alone })
  end

  for name, how in pairs { typo = "twise, which is spelled a little otherwise",
                           capitals = "TWICE, which is written with other" } do
    it(name, function ()
      local status, text = helper.symrun({ "why", "twice", "--", "gcc",
                                           "main.o", name .. ".o" }, alone)
      assert.equal(1, status)
      assert.truthy(text:gsub("\n +", " "):find(how, 1, true), text)
    end)
  end
end)


describe("rust's names", function ()
  local rust = helper.folder "why-rust"
  helper.write(rust .. "/x.rs", "pub fn twice(x: i32) -> i32 { x }"
    .. "#[no_mangle] pub extern \"C\" fn plain(x: i32) -> i32 { x }")
  helper.cc(rust, "main", "int twice(int); int main(void) { return twice(1); }")

  for _, how in ipairs { "legacy", "v0" } do
    it(how, function ()
      helper.must({ "rustc", "--crate-type=lib", "--emit=obj", "-g",
        how == "v0" and "-Csymbol-mangling-version=v0" or "-Cpanic=abort",
        "-o", how .. ".o", "x.rs" }, rust)
      local status, text = helper.symrun({ "why", "twice", "--", "gcc",
                                           "main.o", how .. ".o" }, rust)
      assert.equal(1, status)
      assert.truthy(text:gsub("\n +", " "):find "Rust's name for it", text)
    end)
  end
end)


describe("it is no error", function ()
  it("that a weak name is missing", function ()
    local status, text, theirs = ask("twice", "gcc weakly.o other.o")
    assert.equal(0, theirs)
    assert.equal(1, status)
    assert.truthy(text:find("it is wanted weakly only", 1, true), text)
  end)

  it("that nobody wants it", function ()
    local status, text = ask("twice", "gcc weakly.o far/libtwice.a")
    assert.equal(1, status)
    assert.truthy(text:find("nothing that is linked wants it but weakly; if "
      .. "something did, far/libtwice.a(twice.o) would give it", 1, true), text)
    status, text = ask("_end", "gcc main.o twice.o")
    assert.equal(1, status)
    assert.truthy(text:find("if something did, bfd itself would", 1, true))
  end)
end)
