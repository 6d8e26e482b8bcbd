--- Mach-O files that were linked, archived and put together: by lld in its
--- Apple flavour, by llvm-ar and llvm-lipo.  Where a rule's answer could be
--- doubted, the linker is run.

local helper = require "helper"
local macho = require "make_macho"
local peers = require "peers_macho"
local difference = require("peers").difference

local TBD = [[
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '/usr/lib/libSystem.B.dylib'
exports:
  - targets: [ x86_64-macos, arm64-macos ]
    symbols: [ dyld_stub_binder, _puts, _f, _w, __tlv_bootstrap ]
...
]]

local SOURCE = [[
int f(void); extern int w(void) __attribute__((weak_import));
int g(void) { return f() + (w ? w() : 0); }
int common; int zero = 0; int data = 1; const int ro = 2; static int local;
int *p(void) { local++; return &local; }
__attribute__((visibility("hidden"))) int hidden(void) { return 1; }
__attribute__((weak)) int weakdef(void) { return 1; }
__attribute__((weak)) int weakdata = 4;
__thread int thread = 3;
int verbatim(void) __asm__("verbatim"); int verbatim(void) { return 3; }
int main(void) { return g() + *p() + thread; }
]]


local function compile(folder, arch, name, text)
  helper.write(folder .. "/" .. name .. ".c", text)
  helper.must({ "clang", "--target=" .. arch .. "-apple-macosx11", "-w", "-O1",
    "-fcommon", "-c", "-o", arch .. "-" .. name .. ".o", name .. ".c" }, folder)
  return arch .. "-" .. name .. ".o"
end


local function ld(folder, arch, out, ...)
  helper.write(folder .. "/libsystem.tbd", TBD)
  return helper.run({ "lld", "-flavor", "darwin", "-arch", arch,
    "-platform_version", "macos", "11.0", "11.0", "-o", out, ... }, folder)
end


local function link(folder, arch, out, ...)
  local status, _, err = ld(folder, arch, out, "libsystem.tbd", ...)
  assert.equal(0, status, err)
  return out
end


-- llvm-nm's rows: it makes names up for functions that have none.
local function theirs(files, folder, ...)
  local out, complaints = peers.llvm(files, folder, ...)
  assert.equal("", complaints)
  for file, rows in pairs(out) do
    local list = {}
    for _, row in ipairs(rows) do
      if not row:find "<redacted" then list[#list + 1] = row end
    end
    out[file] = list
  end
  return out
end


local function agree(files, folder, least, view, ...)
  local all = theirs(files, folder, ...)
  local ours, status, err = peers.symrun(files, folder, view)
  assert.equal("", err)
  assert.equal(0, status)
  for _, file in ipairs(files) do
    assert.equal("", difference(ours[file], all[file]), file)
    assert.is_true(#ours[file] >= least, file .. " has too few symbols")
  end
  return ours
end


-- What a rule sees of one file: text of a report.
local function ask(folder, file, kind, question)
  helper.write(folder .. "/ask.lua", ([[
    local symrun = require "symrun"
    symrun.rule "own/ask" {
      about = "a question", each = symrun.%s "**",
      check = function (it, report) %s end,
    }
  ]]):format(kind, question))
  local status, out = helper.symrun({ "ask.lua", file }, folder)
  return (out:gsub("%s+", " ")), status
end


describe("Mach-O that was linked", function ()
  local folder, files = nil, {}
  setup(function ()
    folder = helper.folder "macho-link"
    for _, arch in ipairs { "x86_64", "arm64" } do
      local object = compile(folder, arch, "x", SOURCE)
      files[#files + 1] = link(folder, arch, arch .. ".dylib", "-dylib",
                               object)
      files[#files + 1] = link(folder, arch, arch .. ".bundle", "-bundle",
                               object)
      files[#files + 1] = link(folder, arch, arch .. ".exe", object)
    end
  end)

  it("agrees with llvm-nm: its own symbols", function ()
    local ours = agree(files, folder, 17)
    for _, file in ipairs(files) do
      assert.equal("weakundef", ours[file].classes._w)
      assert.equal("weak", ours[file].classes._weakdef)
      assert.equal("local", ours[file].classes._hidden)
    end
  end)

  it("agrees with llvm-nm: what it exports and wants", function ()
    local ours = agree(files, folder, 14, "dynamic", "--dyldinfo-only")
    for _, file in ipairs(files) do
      assert.equal("weakundef", ours[file].classes._w)
      assert.equal("weak", ours[file].classes._weakdef)
      assert.is_nil(ours[file].classes._hidden)
      assert.equal("global", ours[file].classes.verbatim)
    end
  end)

  it("agrees with llvm-nm after strip", function ()
    for _, flag in ipairs { "-x", "-S" } do
      helper.must({ "llvm-strip-19", flag, "-o", "s.dylib", "x86_64.dylib" },
                  folder)
      agree({ "s.dylib" }, folder, 15)
      agree({ "s.dylib" }, folder, 15, "dynamic", "--dyldinfo-only")
    end
    for _, file in ipairs { "arm64.dylib", "x86_64.exe" } do
      helper.must({ "llvm-strip-19", "-o", "s", file }, folder)
      assert.is_true(#theirs({ "s" }, folder).s < 5)
      local ours, status, err = peers.symrun({ "s" }, folder)
      assert.equal(2, status)
      assert.equal("partial", ours.s.status)
      assert.matches("is stripped of symbols that it exports", err)
      local out, code = ask(folder, "s", file:match "exe" and "executables"
        or "libraries", [[ report(it, "U %s", it:undefined "f*") ]])
      assert.equal(1, code)
      assert.matches("U f ", out)  -- which strip leaves
    end
  end)

  it("is what a rule asks for by the names of its source", function ()
    local out = ask(folder, "arm64.dylib", "libraries", [[
      report(it, "E %s", it:exported("[!l-z]*", "dynamic"))
      report(it, "E %s", it:exported("[l-z]*", "dynamic"))
      report(it, "U %s", it:undefined("*", "dynamic"))
    ]])
    assert.matches("E \\x01verbatim, common, data and g ", out)
    assert.matches("E main, p, ro, thread, weakdata, weakdef and zero ", out)
    assert.matches("U \\x01dyld_stub_binder, _tlv_bootstrap, f and w ", out)
  end)

  it("has one slice for each machine in a universal file", function ()
    helper.must({ "llvm-lipo-19", "-create", "x86_64.dylib", "arm64.dylib",
                  "-output", "all.dylib" }, folder)
    helper.must({ "llvm-ar-19", "--format=darwin", "rcs", "l.a",
                  "x86_64-x.o" }, folder)
    helper.must({ "llvm-lipo-19", "-create", "l.a", "arm64.exe", "-output",
                  "mixed" }, folder)
    local ours = agree({ "all.dylib", "mixed" }, folder, 30)
    assert.matches("^arm64\t", table.concat(ours["all.dylib"], "\n"))
    assert.matches("\nx86_64\t%-\t_g\tT", table.concat(ours["all.dylib"],
                                                        "\n"))
    assert.matches("\nx86_64\tx86_64%-x.o\t_g\tT",
                   table.concat(ours.mixed, "\n"))
  end)

  -- What the linker makes of a scope is what the reader says it is.
  it("has no hidden symbol for others, and one weak one of two", function ()
    local one = compile(folder, "x86_64", "one", [[
      __attribute__((weak)) int twice(void) { return 1; }
      __attribute__((visibility("hidden"))) int mine(void) { return 1; }
      int strong(void) { return 1; } ]])
    local two = compile(folder, "x86_64", "two", [[
      __attribute__((weak)) int twice(void) { return 2; } int two; ]])
    local three = compile(folder, "x86_64", "three",
                          "int strong(void) { return 3; }")
    local user = compile(folder, "x86_64", "user",
                         "int mine(void); int use(void) { return mine(); }")
    link(folder, "x86_64", "weak.dylib", "-dylib", one, two)
    local status, _, err = ld(folder, "x86_64", "d.dylib", "libsystem.tbd",
                              "-dylib", one, three)
    assert.equal(1, status)
    assert.matches("duplicate symbol: _strong", err)
    status, _, err = ld(folder, "x86_64", "d.dylib", "libsystem.tbd", "-dylib",
                        user, "weak.dylib")
    assert.equal(1, status)
    assert.matches("undefined symbol: _mine", err)
    link(folder, "x86_64", "d.dylib", "-dylib", user, one)  -- inside one image
    local ours = peers.symrun({ one, two, three, "weak.dylib" }, folder)
    assert.equal("weak", ours[one].classes._twice)
    assert.equal("weak", ours[two].classes._twice)
    assert.equal("global", ours[one].classes._strong)
    local out = ask(folder, one, "objects",
                    [[ report(it, "D %s E %s", it:defined(), it:exported()) ]])
    assert.matches("D mine, strong and twice E strong and twice", out)
    helper.must({ "llvm-ar-19", "--format=darwin", "rcs", "dup.a", one, three },
                folder)
    out = ask(folder, "dup.a", "archives",
              [[ report(it, "twice: %s", it:index():duplicates()) ]])
    assert.matches("twice: strong ", out)
  end)

  it("tells what it cannot tell", function ()
    local leaf = macho.trie { { "_a", { info = macho.info(0, 0x300) } } }
    local one = { { name = "_a", sect = 1 }, { name = "_u" } }
    local function reexport(cmd)
      return ("<I4I4I4I4I4I4c8"):pack(cmd, 32, 24, 0, 0, 0, "/l.dyli")
    end
    for what, case in pairs {
      ["is stripped, so its own symbols are gone"] =
        { view = "native", file = { type = 6, exports = leaf } },
      ["lacks some of its symbols, by its own words"] =
        { view = "native", count = 2, file = { type = 6, exports = leaf,
          flags = 0x04000000, symbols = one } },
      ["so what it wants cannot be told"] =
        { count = 1, file = { type = 6, exports = leaf } },
      ["also exports all that another library exports"] =
        { count = 2, file = { type = 6, exports = leaf, symbols = one,
                              more = reexport(0x8000001f) } },
      ["keeps only debug information"] =
        { file = { type = 10, symbols = one } },
      ["no export trie, so what it exports cannot be told"] =
        { file = { type = 6, symtab = false } },
      ["holds GCC's LTO and no native code"] =
        { view = "native", count = 2, file = { symbols = { one[1], one[2],
          { name = "___gnu_lto_slim", value = 1 } } } },
    } do
      helper.write(folder .. "/x", (macho.file(case.file)))
      local ours, status, err = peers.symrun({ "x" }, folder,
                                             case.view or "dynamic")
      assert.equal(2, status, what)
      assert.is_truthy(err:find(what, 1, true), err)
      assert.equal(case.count or 0, #ours.x, what)
    end
    -- The same, asked for what is there: then nothing is left open.
    helper.write(folder .. "/x", (macho.file { type = 6, exports = leaf }))
    local out, status = ask(folder, "x", "libraries",
      [[ report(it, "E %s", it:exported("*", "dynamic")) ]])
    assert.matches("E a ", out)
    assert.equal(1, status)
  end)

  it("exports by its symbol table where linkers made no trie", function ()
    local symbols = { { name = "_l", sect = 1, ext = false },
      { name = "_h", sect = 1, ext = false, pext = true },
      { name = "_a", sect = 1 }, { name = "_b", sect = 2, desc = 0x80 },
      { name = "_p", sect = 1, pext = true }, { name = "_u" } }
    local rows = { "-\t-\t_a\tT", "-\t-\t_b\tD", "-\t-\t_u\tU" }
    for type, exports in pairs { [6] = false, [9] = "", [2] = false } do
      helper.write(folder .. "/x", (macho.file { type = type,
        symbols = symbols, exports = exports or nil }))
      local ours, status = peers.symrun({ "x" }, folder, "dynamic")
      assert.equal(0, status)
      assert.same(rows, table.move(ours.x, 1, #ours.x, 1, {}))
    end
    -- One that is there and empty says that nothing is exported.
    helper.write(folder .. "/x", (macho.file { type = 6, exports = "",
                                               symbols = symbols }))
    local ours = peers.symrun({ "x" }, folder, "dynamic")
    assert.same({ rows[3] }, table.move(ours.x, 1, #ours.x, 1, {}))
  end)

  it("exports whatever a trie can say", function ()
    local info, long = macho.info, ("long"):rep(2000)
    for _, where in ipairs { "info", "trie" } do
      helper.write(folder .. "/x", (macho.file { type = 6, base = 0x4000,
        exports_in = where, exports = macho.trie {
          { "_", { info = info(0, 0x300),
            { "a", { info = info(4, 0x300) } },
            { "b", { info = info(2, 0x99) } },
            { "c", { info = info(8, 1, "_other") } },
            { "d", { info = info(16, 0x300, 0x301) } },
            { "e", { info = info(1, 0x300) } },
            { "\1f", { info = info(0, 0x300) } },
            { long, { info = info(0, 0x300), { "!", { info = info(0, 1) } } } },
          } },
          { "", { { "verb", { info = info(0, 0x300) } } } },
        }, symbols = { { name = "_u" } } }))
      local ours, status, err = peers.symrun({ "x" }, folder, "dynamic")
      assert.equal("", err)
      assert.equal(0, status)
      local got = {}
      for name, class in pairs(ours.x.classes) do
        got[name] = ours.x.letters[name] .. " " .. class
      end
      assert.same({ _ = "S global", _a = "S weak", _b = "A global",
        _c = "I global", _d = "S ifunc", _e = "S global",
        ["_\\x01f"] = "S global", ["_" .. long] = "S global",
        ["_" .. long .. "!"] = "S global", verb = "S global", _u = "U undef",
      }, got)
      local out = ask(folder, "x", "libraries", [[
        report(it, "E %s", it:exported("[!a-z]*", "dynamic"))
        report(it, "E %s", it:exported("[a-e]", "dynamic"))
        report(it, "E %s", it:exported("{,l*!}", "dynamic"))
      ]])
      assert.matches("E \\x01_\\x01f and \\x01verb ", out)
      assert.matches("E a, b, c, d and e ", out)
      assert.matches("E and longlong", out)
    end
  end)
end)
