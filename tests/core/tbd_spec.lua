--- .tbd stubs: what llvm-nm lists of them and ld64.lld finds in them.

local facts = require "facts"
local helper = require "helper"
local json = require "dkjson"
local peers = require "peers_macho"
local tbd = require "tbd"

package.cpath = os.getenv "SYMRUN_LIB" .. "/lua/5.4/?.so;" .. package.cpath
local core = require "symrun.core"

local NM = { 1, 2, 3, 4, 5 }


-- What rules report: a list of findings.
local function findings(folder, ...)
  local _, out, err = helper.symrun({ "--format", "json", ... }, folder)
  return assert(json.decode(out), out .. err).findings
end


-- Our rows without the system, and llvm-nm's, as lists of strings.
local function rows_of(file, folder)
  local ours, status, err = peers.symrun({ file }, folder)
  assert.equal("", err)
  assert.equal(0, status)
  assert.equal("tbd", ours[file].format)
  assert.equal("ok", ours[file].status)
  local rows, theirs = {}, {}
  for i, row in ipairs(ours[file]) do
    rows[i] = row:gsub("^([%w_]+)%-macos", "%1")
  end
  local text = helper.must({ "llvm-nm-19", file }, folder)
  local arch
  for line in text:gmatch "[^\n]+" do
    arch = line:match "architecture ([%w_]+)%)" or arch
    local letter, name = line:match "^[%x ]+ (%a) (.*)$"
    if name then
      name = name:gsub("[^!-~]", function (c)
        return ("\\x%02x"):format(c:byte())
      end)
      theirs[#theirs + 1] = ("%s\t-\t%s\t%s"):format(arch, name, letter)
    end
  end
  table.sort(rows)
  table.sort(theirs)
  return rows, theirs
end


describe("a .tbd stub", function ()
  local folder
  setup(function ()
    folder = helper.folder "tbd"
    for _, version in ipairs(NM) do
      helper.write(("%s/v%d.tbd"):format(folder, version), tbd[version])
    end
  end)

  it("has the symbols that llvm-nm lists, in all five layouts", function ()
    for _, version in ipairs(NM) do
      local rows, theirs = rows_of(("v%d.tbd"):format(version), folder)
      assert.is_true(#theirs > 12)
      assert.same(theirs, rows)
    end
  end)

  it("has the same in each layout that llvm-readtapi makes of it", function ()
    for _, to in ipairs { "v3", "v4", "v5" } do
      local file = "made-" .. to .. ".tbd"
      helper.must({ "llvm-readtapi-19", "--filetype=tbd-" .. to, "v4.tbd", "-o",
                    file }, folder)
      local rows, theirs = rows_of(file, folder)
      assert.is_true(#theirs > 30)
      assert.same(theirs, rows)
    end
    helper.must({ "llvm-readtapi-19", "--filetype=tbd-v5", "-compact", "v5.tbd",
                  "-o", "compact.tbd" }, folder)
    local rows, theirs = rows_of("compact.tbd", folder)
    assert.is_true(#theirs > 12)
    assert.same(theirs, rows)
  end)

  it("says what it is for, its name and what it re-exports", function ()
    local all = facts.ask({ "v1.tbd", "v4.tbd", "v5.tbd" }, folder)
    local four, five = all["v4.tbd"], all["v5.tbd"]
    assert.equal("/usr/lib/libwave.1.dylib", four.soname)
    assert.equal("macos", four.os)
    assert.equal("nil", four.interpreter)
    assert.equal("/usr/lib/libwave.1.dylib", all["v1.tbd"].soname)
    assert.matches("its run paths cannot be told", four.run_paths.reason)
    assert.matches("its text relocations cannot", four.text_relocations.reason)
    assert.equal("", five.needed)
    helper.write(folder .. "/each.lua", [[
      local symrun = require "symrun"
      symrun.rule "each" { about = "tells", each = symrun.libraries "**/*.tbd",
        check = function (file, report)
          local t, slice = file:target(), file:slice()
          report.note(file, "%s|%s %s %s|%s|%s", slice, t.machine, t.bits, t.os,
            table.concat(file:needed(), " "),
            slice == "x86_64-macos" and file:build_id() or "-")
        end }
    ]])
    local list = {}
    for i, one in ipairs(findings(folder, "each.lua", "v2.tbd", "v4.tbd")) do
      list[i] = one.message
    end
    local out = table.concat(list, "\n")
    for _, line in ipairs {
      "i386-macos|x86 32 macos|/usr/lib/libold.dylib|-",
      "x86_64-macos|x86_64 64 macos||0123456789abcdef0123456789abcdef",
      "arm64-macos|aarch64 64 macos||-",
      "x86_64-macos|x86_64 64 macos|/usr/lib/libold.dylib|0123456789abcdef",
    } do
      assert.is_truthy(out:find(line, 1, true), out)
    end
  end)

  it("as a whole has a name, and what any of its targets has", function ()
    local file = core.open(folder .. "/v4.tbd")
    assert.equal("/usr/lib/libwave.1.dylib", file:soname())
    assert.is_true(file:defines "new")
    assert.is_false(file:defines "old")
    for _, fact in ipairs { "target", "needed", "build_id" } do
      assert.is_false((pcall(file[fact], file)), fact)
    end
  end)

  it("is for targets, which the first layouts make of machines", function ()
    for platform, expected in pairs {
      macosx = "arm64-macos x86_64-macos",
      ios = "arm64-ios x86_64-ios-simulator",
      iosmac = "arm64-maccatalyst x86_64-maccatalyst",
      zippered = "arm64-maccatalyst arm64-macos x86_64-maccatalyst "
                 .. "x86_64-macos",
    } do
      helper.write(folder .. "/p.tbd", ([[
--- !tapi-tbd-v3
archs: [ x86_64, arm64 ]
platform: %s
install-name: /x
exports:
  - archs: [ x86_64, arm64 ]
    symbols: [ _f ]
...
]]):format(platform))
      local ours = peers.symrun({ "p.tbd" }, folder)
      local slices = {}
      for i, row in ipairs(ours["p.tbd"]) do slices[i] = row:match "^%S+" end
      assert.equal(expected, table.concat(slices, " "))
    end
  end)
end)


describe("what a .tbd stub exports", function ()
  local folder
  setup(function () folder = helper.folder "tbd-exports" end)

  -- Those names that a rule knows, and those that nobody does, of one target.
  local function exported(file, names, view)
    local list = {}
    for i, name in ipairs(names) do list[i] = ("%q"):format(name) end
    helper.write(folder .. "/ask.lua", ([[
      local symrun = require "symrun"
      for i, name in ipairs { %s } do
        symrun.rule("ask/" .. i) { about = "asks",
          each = symrun.libraries "**/*.tbd", check = function (file, report)
            if file:slice() == "x86_64-macos"
               and not file:exported(name, "%s"):empty() then
              report.note(file, "yes")
            end
          end }
      end]]):format(table.concat(list, ", "), view or "dynamic"))
    local yes, unknown = {}, {}
    for _, one in ipairs(findings(folder, "ask.lua", file)) do
      local name = names[tonumber(one.rule:match "ask/(%d+)")]
      table.insert(one.message == "yes" and yes or unknown, name)
    end
    table.sort(yes)
    table.sort(unknown)
    return table.concat(yes, " "), table.concat(unknown, " ")
  end

  -- Those that ld64.lld links.
  local function linked(file, names)
    local yes = {}
    for _, name in ipairs(names) do
      helper.write(folder .. "/x.s", ('.globl _main\n_main: ret\n.data\n'
        .. '.quad "_%s"\n'):format(name))
      helper.must({ "clang", "--target=x86_64-apple-macos11", "-c", "x.s" },
                  folder)
      local status = helper.run({ "lld", "-flavor", "darwin", "-arch", "x86_64",
        "-platform_version", "macos", "11.0", "11.0", "x.o", file, "-o",
        "x.out" }, folder)
      if status == 0 then yes[#yes + 1] = name end
    end
    table.sort(yes)
    return table.concat(yes, " ")
  end

  local HEAD = [[
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
]]

  it("is what ld64.lld finds there", function ()
    local names = { "wave", "weak", "tls", "other", "new", "nothing",
      "OBJC_CLASS_$_Wave", "OBJC_METACLASS_$_Shore", "OBJC_EHTYPE_$_Wave",
      "OBJC_EHTYPE_$_Shore", "OBJC_EHTYPE_$_Alone", "OBJC_CLASS_$_Alone",
      "OBJC_IVAR_$_Wave.height", "it's", "a:b" }
    for version = 1, 4 do
      -- what it wants, lld takes for there
      local text = tbd[version]:gsub("\nundefineds.*", "\n...\n")
        -- llvm-nm has a class for each of these
        :gsub("eh%-types: *%[", "%0 Alone,"):gsub("_OBJC_EHTYPE_$_Wave",
                                                  "%0, _OBJC_EHTYPE_$_Alone")
      helper.write(folder .. "/libSystem.tbd", (text:gsub("re%-?export[^\n]*\n"
        .. "[^\n]*\n[^\n]*old.dylib[^\n]*\n", ""):gsub("re%-exports:[^\n]*",
        "")))
      local lld = linked("libSystem.tbd", names)
      assert.matches("OBJC_IVAR_$_Wave.height", lld, 1, true)
      assert.is_nil((" " .. lld .. " "):find(" new ", 1, true))
      assert.equal(lld, (exported("libSystem.tbd", names)))
      assert.equal(lld, (exported("libSystem.tbd", names, "native")))
    end
  end)

  it("is in further documents, where these are re-exported", function ()
    local function document(name, symbol, more)
      return HEAD .. ("install-name: '/usr/lib/lib%s.dylib'\n%sexports:\n"
        .. "  - targets: [ x86_64-macos, arm64-macos ]\n"
        .. "    symbols: [ _%s, dyld_stub_binder ]\n"):format(name, more or "",
                                                               symbol)
    end
    local function reexport(...)
      local out = { "reexported-libraries:\n" }
      for _, name in ipairs { ... } do
        out[#out + 1] = "  - targets: [ x86_64-macos, arm64-macos ]\n"
          .. ("    libraries: [ '/usr/lib/lib%s.dylib' ]\n"):format(name)
      end
      return table.concat(out)
    end
    local names = { "a", "b", "c", "d" }
    -- one twice, and one that nobody re-exports
    helper.write(folder .. "/in.tbd", document("A", "a", reexport("B", "C"))
      .. document("B", "b", reexport "C") .. document("C", "c")
      .. document("D", "d") .. "...\n")
    assert.equal("a b c", linked("in.tbd", names))
    local yes, unknown = exported("in.tbd", names)
    assert.equal("a b c", yes)
    assert.equal("", unknown)
    -- in a ring, which lld does not come out of
    helper.write(folder .. "/ring.tbd", document("A", "a", reexport "B")
      .. document("B", "b", reexport("C", "A", "B"))
      .. document("C", "c", reexport "B") .. "...\n")
    yes, unknown = exported("ring.tbd", names)
    assert.equal("a b c", yes)
    assert.equal("", unknown)
    -- one that is elsewhere: its names are not known
    helper.write(folder .. "/out.tbd", document("A", "a", reexport("B", "Z"))
      .. document("B", "b") .. "...\n")
    yes, unknown = exported("out.tbd", names)
    assert.equal("a b", yes)
    assert.equal("c d", unknown)
    assert.equal("a b", (exported("out.tbd", names, "native")))
    local status, _, err = helper.symrun({ "nm", "--view", "dynamic",
                                           "out.tbd" }, folder)
    assert.equal(2, status)
    assert.matches("also exports all that /usr/lib/libZ.dylib exports", err)
  end)

  it("is not known of what only some versions of a system have", function ()
    helper.write(folder .. "/hide.tbd", HEAD .. [[
install-name: /x
exports:
  - targets: [ x86_64-macos, arm64-macos ]
    symbols: [ dyld_stub_binder, _always, _late, '$ld$hide$os11.0$_late',
               '$ld$add$os11.0$_early', '$ld$weak$os11.0$_always' ]
...
]])
    local names = { "always", "late", "early", "never",
                    "\1$ld$hide$os11.0$_late" }
    local yes, unknown = exported("hide.tbd", names)
    assert.equal("always", yes)
    assert.equal("early late", unknown)
    assert.equal("always", linked("hide.tbd", { "always", "late", "never" }))
    local rows, theirs = rows_of("hide.tbd", folder)
    assert.equal(12, #theirs)
    assert.same(theirs, rows)
  end)
end)


describe("a line with stubs", function ()
  local folder
  setup(function ()
    folder = helper.folder "tbd-line"
    helper.write(folder .. "/libwave.tbd", tbd[2])
    helper.write(folder .. "/a.c", "int wave(void); int sea(void);\n"
      .. "int main(void) { return wave() + sea(); }\n")
    helper.must({ "clang", "--target=arm64-apple-macos11", "-c", "a.c" },
                folder)
    helper.write(folder .. "/rule.lua", [[
      local symrun = require "symrun"
      symrun.rule "line" { about = "tells", each = symrun.links(),
        check = function (link, report)
          for _, file in ipairs(link:libraries()) do
            report.note(link, "%s: %s from %s", file, file:exported "new*",
                        link:part_of(file))
          end
        end }
    ]])
  end)

  local function said(...)
    local out = {}
    for i, one in ipairs(findings(folder, "rule.lua", "--", ...)) do
      out[i] = one.message
    end
    return table.concat(out, "\n")
  end

  it("links one target of a stub, that of the line", function ()
    for _, words in ipairs {
      { "ld64", "-arch", "arm64", "-platform_version", "macos", "11", "11",
        "a.o", "-L.", "-lwave" },
      { "clang", "-target", "arm64-apple-macos11", "a.o", "-L.", "-lwave" },
      { "clang", "-arch", "arm64", "a.o", "-L.", "-lwave" },
    } do
      local out = said(table.unpack(words))
      assert.matches("libwave.tbd (arm64-macos): new and newer from -lwave",
                     out, 1, true)
      assert.is_nil(out:find("x86_64", 1, true))
    end
  end)

  it("that does not say which is unknown", function ()
    assert.matches("which slice of libwave.tbd is linked, i386-macos or "
      .. "x86_64-macos, the line does not say",
      said("ld64", "a.o", "-L.", "-lwave"), 1, true)
    assert.matches("libwave.tbd has no slice for ppc",
      said("ld64", "-arch", "ppc", "a.o", "-L.", "-lwave"), 1, true)
    assert.matches("has no slice for arm64-ios",
      said("clang", "-target", "arm64-apple-ios14", "a.o", "libwave.tbd"), 1,
      true)
  end)
end)
