--- Whole builds through the stand-ins: rustc, cargo, CMake, make, and what
--- configure scripts ask of a compiler.

local helper = require "helper"

local bin = helper.tool:match "^(.*)/[^/]*$"

local function captures(folder, below)
  local list = {}
  local out = helper.must({ "sh", "-c", "ls -d captures/"
                            .. (below and below .. "/" or "") .. "* || true" },
                          folder)
  for path in out:gmatch "[^\n]+" do list[#list + 1] = path end
  return list
end


describe("cargo", function ()
  local folder = helper.folder "ld-cargo"
  helper.must({ "mkdir", "-p", "src" }, folder)
  helper.write(folder .. "/Cargo.toml", [[
[package]
name = "app"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["cdylib", "rlib"]
]])
  helper.write(folder .. "/src/lib.rs",
    "#[no_mangle] pub extern \"C\" fn seven() -> i32 { 7 }\n")
  helper.write(folder .. "/src/main.rs",
    "fn main() { std::process::exit(app::seven()) }\n")

  -- cargo build through symrun-cc, with a further variable.
  local function build(variable)
    return helper.run({ "env", "CARGO_HOME=" .. folder .. "/home",
      "RUSTFLAGS=-C linker=" .. bin .. "/symrun-cc", variable, "cargo", "build",
      "-q", "--offline" }, folder)
  end

  it("builds, and every link is kept and can be checked", function ()
    assert.same({ 0, "", "" }, { build("SYMRUN_CAPTURE=" .. folder
                                       .. "/captures") })
    local status = helper.run({ folder .. "/target/debug/app" })
    assert.equal(7, status)
    assert.equal(2, #captures(folder))
  end)

  it("links again when its temporary files are gone", function ()
    for _, capture in ipairs(captures(folder)) do
      local output = helper.read(folder .. "/" .. capture)
                     :match "\noutput %d+ ([^\n]*)\n"
      local before = helper.read(output)
      assert.truthy(helper.read(folder .. "/" .. capture)
                    :find "\nfile %d+ %d+ [^\n]*/rustc%w%w%w%w%w%w/symbols.o\n")
      helper.must { "rm", output }
      local status, out, err = helper.symrun({ "ld", "--replay", capture },
                                             folder)
      assert.same({ 0, "", "" }, { status, out, err })
      assert.is_true(before == helper.read(output), output)
    end
  end)

  it("asks rules before each link", function ()
    helper.write(folder .. "/no.lua", [[
      local symrun = require "symrun"
      symrun.rule "test/no" { about = "a", each = symrun.links(),
        check = function (link, report) report(link, "no %s", link) end }]])
    helper.must({ "touch", "src/main.rs" }, folder)
    local status, _, err = build("SYMRUN_RULES=" .. folder .. "/no.lua")
    assert.equal(101, status)
    assert.truthy(err:find("error: test/no", 1, true), err)
  end)
end)


describe("rustc", function ()
  local folder = helper.folder "ld-rustc"
  helper.write(folder .. "/lib.rs", "#![no_std]\n"
    .. "#[no_mangle] pub extern \"C\" fn seven() -> i32 { 7 }\n"
    .. "#[panic_handler] fn p(_: &core::panic::PanicInfo) -> ! { loop {} }\n")

  -- Older ones say "-Wl,-soname" even to a linker, which refuses it.
  local function wrapped(linker)
    local real = helper.must { "sh", "-c", "command -v " .. linker }
    helper.must({ "mkdir", "-p", "wrapped" }, folder)
    helper.write(folder .. "/wrapped/" .. linker, ("#!/bin/bash\n"
      .. "exec %s \"${@/#-Wl,/}\"\n"):format(real:match "[^\n]+"))
    helper.must({ "chmod", "+x", "wrapped/" .. linker }, folder)
  end

  it("takes symrun-ld for a linker", function ()
    local path = "PATH=" .. folder .. "/wrapped:" .. os.getenv "PATH"
    for _, linker in ipairs { "ld.bfd", "ld.lld" } do
      wrapped(linker)
      helper.must({ "env", path, "SYMRUN_LINKER=" .. linker,
        "SYMRUN_CAPTURE=captures/" .. linker, "rustc", "--crate-type=cdylib",
        "-Cpanic=abort", "-Cdefault-linker-libraries=no",
        "-Clinker=" .. bin .. "/symrun-ld", "-o", "libseven.so", "lib.rs" },
        folder)
      assert.truthy(helper.must({ "nm", "-D", "libseven.so" }, folder)
                    :find "T seven")
    end
    local list = captures(folder, "*")
    assert.equal(2, #list)
    for _, capture in ipairs(list) do
      local before = helper.read(folder .. "/" .. capture)
      assert.truthy(before:find "\nword 6 ld%.%l%l%l\n")
      assert.truthy(before:find "\nword %d+ %-%-version%-script=[^\n]*/list\n")
      helper.must({ "rm", "-f", "libseven.so" }, folder)
      assert.equal(0, (helper.symrun({ "ld", "--replay", capture }, folder)))
      assert.truthy(helper.must({ "nm", "-D", "libseven.so" }, folder)
                    :find "T seven")
    end
  end)

  it("and its response file work together, quotes and all", function ()
    local words = { "--crate-type=cdylib", "-Cpanic=abort", "-o",
                    "libfar.so", "lib.rs",
                    "-Clinker=" .. bin .. "/symrun-cc" }
    for i = 1, 24000 do
      words[#words + 1] = ("-Clink-arg=-L/far \"away/%s%d"):format(
        ("x"):rep(80), i)
    end
    helper.write(folder .. "/words", table.concat(words, "\n"))
    for _, linker in ipairs { "gcc", "clang" } do
      helper.must({ "rm", "-f", "libfar.so" }, folder)
      local status, _, err = helper.run({ "env", "SYMRUN_LINKER=" .. linker,
        "SYMRUN_CAPTURE=far", "rustc", "@words" }, folder)
      assert.equal(0, status, err:sub(-2000))
      assert.truthy(helper.must({ "nm", "-D", "libfar.so" }, folder)
                    :find "T seven")
    end
  end)
end)


describe("make", function ()
  it("builds", function ()
    local folder = helper.folder "ld-make"
    helper.write(folder .. "/Makefile", "app: main.o lib.a\n"
      .. "\t$(CC) -o $@ $^\nlib.a: part.o\n\t$(AR) rcs $@ $^\n")
    helper.write(folder .. "/main.c",
                 "int part(void); int main(void) { return part(); }\n")
    helper.write(folder .. "/part.c", "int part(void) { return 9; }\n")
    helper.must({ "env", "SYMRUN_RULES=resolved.lua", "SYMRUN_CAPTURE=captures",
                  "make", "-s", "CC=" .. bin .. "/symrun-cc" }, folder)
    assert.equal(9, (helper.run { folder .. "/app" }))
    assert.equal(1, #captures(folder))
  end)
end)


describe("CMake", function ()
  it("configures, asks and builds", function ()
    local folder = helper.folder "ld-cmake"
    helper.write(folder .. "/CMakeLists.txt", [[
cmake_minimum_required(VERSION 3.13)
project(app C)
include(CheckFunctionExists)
include(CheckCCompilerFlag)
check_function_exists(printf HAVE_PRINTF)
check_function_exists(no_such_function_here HAVE_NONE)
check_c_compiler_flag(-fno-such-flag HAVE_FLAG)
if(NOT HAVE_PRINTF OR HAVE_NONE OR HAVE_FLAG)
  message(FATAL_ERROR "wrong answers")
endif()
add_library(part SHARED part.c)
add_executable(app main.c)
target_link_libraries(app part)
]])
    helper.write(folder .. "/main.c",
                 "int part(void); int main(void) { return part(); }\n")
    helper.write(folder .. "/part.c", "int part(void) { return 9; }\n")
    for _, linker in ipairs { "gcc", "clang" } do
      local build = "build-" .. linker
      helper.must({ "env", "SYMRUN_LINKER=" .. linker, "cmake", "-S", ".", "-B",
        build, "-DCMAKE_C_COMPILER=" .. bin .. "/symrun-cc" }, folder)
      helper.must({ "env", "SYMRUN_LINKER=" .. linker, "cmake", "--build",
        build }, folder)
      assert.equal(9, (helper.run { folder .. "/" .. build .. "/app" }))
    end
  end)
end)


describe("symrun-c++", function ()
  it("links what c++ links", function ()
    local folder = helper.folder "ld-cxx"
    helper.write(folder .. "/a.cpp", "#include <string>\nint main(int n, char "
      .. "**) { return std::to_string(n + 4).size() + 6; }\n")
    helper.write(folder .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "test/a" { about = "a", each = symrun.links(),
        check = function (link, report)
          report.note(link, "%s of %s", link:flavour(), link:output())
        end }]])
    helper.must({ bin .. "/symrun-c++", "-c", "a.cpp" }, folder)
    for _, linker in ipairs { "", "clang++" } do
      local status, _, err = helper.run({ "env", "SYMRUN_LINKER=" .. linker,
        "SYMRUN_CAPTURE=captures", "SYMRUN_RULES=rule.lua",
        bin .. "/symrun-c++", "a.o", "-o", "app" .. linker }, folder)
      assert.equal(0, status, err)
      assert.truthy(err:find((linker == "" and "cc" or "clang") .. " of app"
                             .. linker, 1, true), err)
      assert.equal(7, (helper.run { folder .. "/app" .. linker }))
    end
    assert.equal(2, #captures(folder))
  end)

  it("is a wrapper of which nobody knows the linker, too", function ()
    local folder = helper.folder "ld-cxx-like"
    helper.write(folder .. "/mine", "#!/bin/sh\nexec c++ \"$@\"\n")
    helper.must({ "chmod", "+x", "mine" }, folder)
    helper.cc(folder, "a", "int main(void) { return 7; }")
    helper.must({ "env", "SYMRUN_LINKER=./mine", "SYMRUN_CAPTURE=captures",
                  bin .. "/symrun-c++", "a.o", "-o", "app" }, folder)
    assert.truthy(helper.read(folder .. "/" .. captures(folder)[1])
                  :find("\nlike 2 cc\n", 1, true))
  end)
end)


describe("configure scripts", function ()
  it("get the answers that they get from cc", function ()
    local folder = helper.folder "ld-configure"
    helper.write(folder .. "/probe", [[
CC=$1
for option in --version -v -V -qversion -version; do
  $CC $option >conftest.err 2>&1; echo "$option $?"
done
echo 'int main(void) { return 0; }' >conftest.c
rm -f a.out conftest.o conftest
$CC conftest.c && test -f a.out && echo "makes a.out"
$CC -o conftest conftest.c && ./conftest && echo runs
$CC -c conftest.c && test -f conftest.o && echo "makes conftest.o"
$CC -c -g -Werror=unknown-thing conftest.c 2>/dev/null; echo "flag $?"
echo 'choke me' >conftest.c
$CC -c conftest.c 2>/dev/null; echo "choke $?"
echo '#include <ac_nonexistent.h>' >conftest.c
$CC -E conftest.c >/dev/null 2>&1; echo "cpp $?"
echo 'char puts(); int main(void) { return puts == 0; }' >conftest.c
$CC -o conftest conftest.c -lm 2>/dev/null; echo "puts $?"
echo 'char nope_(); int main(void) { return nope_(); }' >conftest.c
$CC -o conftest conftest.c 2>/dev/null; echo "nope $?"
$CC -o conftest conftest.c -lno_such_library 2>/dev/null; echo "library $?"
$CC -print-prog-name=ld; $CC -print-multi-os-directory; $CC -dumpmachine
echo __LINE__ | $CC -E - | tail -1
$CC -Wl,--help 2>&1 | grep -c version-script
$CC -shared -o conftest.so conftest.c -Wl,-soname,x.so.1 2>/dev/null; echo $?
]])
    local function probe(cc, ...)
      return { helper.run({ "env", ..., "sh", "probe", cc }, folder) }
    end
    local bare = helper.run({ "sh", "probe", "cc" }, folder)
    assert.equal(0, bare)
    bare = probe("cc", "A=b")
    assert.truthy(bare[2]:find("makes a.out\nruns\nmakes conftest.o", 1, true))
    assert.same(bare, probe(bin .. "/symrun-cc", "A=b"))
    assert.same(bare, probe(bin .. "/symrun-cc", "SYMRUN_CAPTURE=captures"))
  end)

  it("get them with rules, too", function ()
    local folder = helper.folder "ld-configure-rules"
    helper.write(folder .. "/probe", [[
CC=$1
try() { "$@" 2>/dev/null && echo yes || echo no; }
echo 'int main(void) { return 0; }' >conftest.c
try $CC conftest.c; try test -f a.out
try $CC -o conftest -g -O2 conftest.c -lm; try ./conftest
try $CC -o conftest -Wl,--no-such-thing conftest.c
echo 'char puts(); int main(void) { return puts == 0; }' >conftest.c
try $CC -o conftest conftest.c -lm
echo 'char nope_(); int main(void) { return nope_(); }' >conftest.c
try $CC -o conftest conftest.c
try $CC -o conftest conftest.c -lno_such_library
try $CC -x c -o conftest conftest.c
echo 'int f(void) { return 7; }' >f.c
echo 'int f(void); int main(void) { return f(); }' >app.c
$CC -c f.c app.c && ar rc libf.a f.o && ar rc libg.a f.o
try $CC -o app app.o libf.a libg.a
try $CC -o app app.c libf.a libg.a
]])
    local function probe(cc, rules, define)
      local status, out, err = helper.run({ "env", rules, define, "sh", "probe",
                                            cc }, folder)
      assert.equal(0, status, err)
      return (out:gsub("\n", " "))
    end
    local bare = probe("cc", "A=b", "A=b")
    assert.equal("yes yes yes yes no yes no no no yes yes ", bare)
    local rules = "SYMRUN_RULES=link-options.lua:link-inputs.lua:link-order.lua"
    local function define(more)
      return "SYMRUN_DEFINE=link-inputs.files=**/libf.a link-inputs.output=**/"
        .. "app link-order.output=**/app link-order.order=" .. more
    end
    assert.equal(bare, probe(bin .. "/symrun-cc", rules,
                             define "**/libf.a,**/libg.a"))
    assert.equal((bare:gsub("yes yes $", "no no ")),
                 probe(bin .. "/symrun-cc", rules,
                       define "**/libg.a,**/libf.a"))
  end)
end)


describe("rules of one output", function ()
  it("leave CMake's probes alone", function ()
    local folder = helper.folder "ld-cmake-rules"
    helper.write(folder .. "/CMakeLists.txt", [[
cmake_minimum_required(VERSION 3.13)
project(app C CXX)
include(CheckFunctionExists)
check_function_exists(printf HAVE_PRINTF)
add_library(part STATIC part.c)
add_library(more STATIC more.c)
add_executable(tool main.c)
target_link_libraries(tool part)
add_executable(app main.c)
target_link_libraries(app ${LIBS})
]])
    helper.write(folder .. "/main.c",
                 "int part(void); int main(void) { return part(); }\n")
    helper.write(folder .. "/part.c", "int part(void) { return 9; }\n")
    helper.write(folder .. "/more.c", "int more(void) { return 9; }\n")
    for name, define in pairs {
      ["link-inputs.lua"] = "files=**/libmore.a",
      ["link-order.lua"] = "order=**/libmore.a,**/libpart.a",
      ["link-exports.lua"] = "names=more",
      ["link-options.lua"] = "options=-rdynamic",
    } do
      for _, libs in ipairs { "part", "more;part", "part;more" } do
        local build = "in-" .. name
        local function run(...)
          return helper.run({ "env", "SYMRUN_RULES=" .. name,
            "SYMRUN_DEFINE=output=**/app " .. define, ... }, folder)
        end
        local status, _, err = run("cmake", "-S", ".", "-B", build,
          "-DLIBS=" .. libs, "-DCMAKE_C_COMPILER=" .. bin .. "/symrun-cc",
          "-DCMAKE_CXX_COMPILER=" .. bin .. "/symrun-c++")
        assert.equal(0, status, err)
        assert.equal(0, (run("cmake", "--build", build, "--target", "tool")))
        local out
        status, out, err = run("cmake", "--build", build)
        local right = name == "link-inputs.lua" and libs ~= "part"
          or name == "link-order.lua" and libs ~= "part;more"
          or name == "link-exports.lua" and libs ~= "part"
          or name == "link-options.lua"
        assert.equal(right, status == 0, build .. out .. err)
        if not right then
          assert.truthy((out .. err):find("error: link/", 1, true), err)
        end
      end
    end
  end)
end)
