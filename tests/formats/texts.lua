--- Texts that stand in place of libraries, as README's table has them: .tbd
--- stubs by llvm-nm and ld64.lld, linker scripts by GNU ld.

local assert = require "luassert"
local cells = require "formats.cells"
local helper = require "helper"
local tbd = require "tbd"

local texts = { tbd = {}, script = {} }

local folder

local function setup()
  if folder then return end
  folder = helper.folder "table-texts"
  for version = 1, 5 do
    helper.write(("%s/v%d.tbd"):format(folder, version), tbd[version])
  end
  helper.write(folder .. "/o.s", ".globl _main\n_main: ret\n.data\n.quad _in\n")
  helper.must({ "clang", "--target=x86_64-apple-macos11", "-c", "o.s" }, folder)
end


local function stub(file, more, rest)
  setup()
  helper.write(folder .. "/" .. file, ([[
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos ]
install-name: /usr/lib/libout.dylib
%sexports:
  - targets: [ x86_64-macos ]
    symbols: [ _out, _more, dyld_stub_binder, '$ld$hide$os10.9$_out' ]
%s...
]]):format(more or "", rest or ""))
end


local REEXPORT = "reexported-libraries:\n  - targets: [ x86_64-macos ]\n"
                 .. "    libraries: [ /usr/lib/libin.dylib ]\n"
local INLINED = [[
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos ]
install-name: /usr/lib/libin.dylib
exports:
  - targets: [ x86_64-macos ]
    symbols: [ _in ]
]]


-- "symbol letter" of all slices, and of llvm-nm, which has them by machine.
local function agrees(version, view)
  setup()
  local file = ("v%d.tbd"):format(version)
  local theirs = {}
  for line in helper.must({ "llvm-nm-19", file }, folder):gmatch "[^\n]+" do
    local letter, name = line:match "^[%x ]+ (%a) (.*)$"
    name = name and name:gsub("[\128-\255]", function (c)
      return ("\\x%02x"):format(c:byte())
    end)
    if name then theirs[#theirs + 1] = name .. " " .. letter end
  end
  local ours = cells.rows(folder, file, view, "tbd", view == "dynamic"
                          and version < 5 and "partial" or nil)
  cells.same(ours, theirs, 12)
end


local function is_fact(file, name, expected)
  return function ()
    setup()
    cells.is_fact(folder, file, name, expected)
  end
end


texts.tbd.read = {
  ["versions 1 to 4"] = function ()
    for version = 1, 4 do agrees(version, "native") end
  end,
  ["version 5 in JSON"] = function () agrees(5, "native") end,
  ["targets as slices"] = function ()
    setup()
    local said = cells.say(folder, "v3.tbd",
                           "report.note(it, '<%s>', it:slice())")
    cells.same(cells.all(said, "<([^>]*)>"),
               { "i386-macos", "x86_64-macos", "arm64-macos" })
  end,
  ["Objective-C classes"] = function ()
    setup()
    cells.same(cells.ask(folder, "v5.tbd", "it:exported '*Wave*'"), {
      "OBJC_CLASS_$_Wave", "OBJC_METACLASS_$_Wave", "OBJC_EHTYPE_$_Wave",
      "OBJC_IVAR_$_Wave.height", "OBJC_CLASS_$_Wave", "OBJC_METACLASS_$_Wave",
      "OBJC_EHTYPE_$_Wave", "OBJC_IVAR_$_Wave.height" })
  end,
  ["inlined libraries"] = function ()
    stub("in.tbd", REEXPORT, INLINED)
    helper.must({ "lld", "-flavor", "darwin", "-arch", "x86_64",
      "-platform_version", "macos", "11.0", "11.0", "o.o", "in.tbd", "-o",
      "in.out" }, folder)
    cells.same(cells.ask(folder, "in.tbd", "it:exported('in', 'dynamic')"),
               { "in" })
  end,
}

texts.tbd.views = {
  ["`native`"] = function () agrees(4, "native") end,
  ["`dynamic`"] = function ()
    agrees(4, "dynamic")
    agrees(5, "dynamic")
  end,
}

texts.tbd.exports = {
  ["what the stub and inlined libraries export"] = function ()
    stub("in.tbd", REEXPORT, INLINED)
    cells.same(cells.ask(folder, "in.tbd",
                         "it:exported('{in,more,un*}', 'dynamic')"),
               { "in", "more" })
  end,
}

texts.tbd.facts = {
  ["target"] = function ()
    setup()
    for name, expected in pairs { machine = "x86_64", bits = "64",
                                  endian = "little", os = "macos" } do
      stub("one.tbd")
      cells.is_fact(folder, "one.tbd", name, expected)
    end
  end,
  ["soname"] = is_fact("v2.tbd", "soname", "/usr/lib/libwave.1.dylib"),
  ["re-exported libraries"] = function ()
    stub("re.tbd", REEXPORT)
    cells.is_fact(folder, "re.tbd", "needed", "/usr/lib/libin.dylib")
  end,
  ["build ID"] = function ()
    stub("id.tbd", "uuids:\n  - target: x86_64-macos\n    value: "
         .. "01234567-89AB-CDEF-0123-456789ABCDEF\n")
    cells.is_fact(folder, "id.tbd", "build_id",
                  "0123456789abcdef0123456789abcdef")
    stub("no.tbd")
    cells.untold(folder, "no.tbd", "build_id", "cannot be told")
  end,
  ["run paths of version 5"] = function ()
    setup()
    helper.write(folder .. "/r.tbd", (tbd[5]:gsub('"x86_64%-macos" %],\n%s*'
      .. '"paths"', '"x86_64-macos", "arm64-macos" ], "paths"')))
    cells.is_fact(folder, "r.tbd", "run_paths", "@loader_path\nrpath")
    cells.untold(folder, "v1.tbd", "run_paths", "cannot be told")
  end,
}

texts.tbd.untold = {
  ["re-exports of other files"] = function ()
    stub("re.tbd", REEXPORT)
    local _, err = cells.rows(folder, "re.tbd", "dynamic", "tbd", "partial")
    assert.matches("also exports all that /usr/lib/libin.dylib exports", err)
  end,
  ["what `$ld$hide` hides"] = function ()
    stub("hide.tbd")
    local said, status = cells.say(folder, "hide.tbd",
      "report(it, '%s', it:exported('out', 'dynamic'))")
    assert.equal(2, status)
    assert.matches("for some versions of the system", said)
  end,
  ["text relocations"] = function ()
    setup()
    cells.untold(folder, "v1.tbd", "text_relocations", "cannot be told")
  end,
}


-- == linker scripts ==========================================================

local function inputs(text)
  setup()
  helper.write(folder .. "/libx.so", text)
  return (cells.say(folder, "libx.so",
    "report.note(it, '<%s>', table.concat(it:inputs(), ' '))"))
end


texts.script.read = {
  ["those that begin with a GNU ld comment"] = function ()
    assert.matches("<a.so -lb>", inputs("/* GNU ld script\n   of ours,"
      .. (" long"):rep(30) .. " */\nGROUP ( a.so AS_NEEDED ( -lb ) )\n"), 1,
      true)
  end,
  ["`INPUT`"] = function ()
    assert.matches("<a.so -lb>", inputs "INPUT(a.so, -lb)\n", 1, true)
  end,
  ["`GROUP` or `OUTPUT_FORMAT`"] = function ()
    assert.matches("<a.so>", inputs "GROUP (a.so)\n", 1, true)
    assert.matches("<b.so>", inputs("OUTPUT_FORMAT(elf64-x86-64)\n"
      .. "INPUT(b.so)\n"), 1, true)
  end,
}

texts.script.facts = {
  ["inputs"] = function ()
    setup()
    helper.cc(folder, "in", "int f(void) { return 1; }\n")
    helper.cc(folder, "main", "int f(void); int main(void) { return f(); }\n")
    local said = inputs("INPUT(" .. folder .. "/in.o)\n")
    assert.matches("<" .. folder .. "/in.o>", said, 1, true)
    helper.must({ "gcc", "main.o", "libx.so", "-o", "main" }, folder)
  end,
}

texts.script.untold = {
  ["symbols of these inputs"] = function ()
    inputs "INPUT(a.so)\n"
    for _, view in ipairs { "native", "dynamic", "bitcode", "gcc-lto" } do
      cells.refused(folder, "libx.so", view, "script", "is a linker script")
    end
  end,
  ["what `INCLUDE` brings"] = function ()
    assert.matches("what other brings is not read here",
                   inputs "INPUT(a.so)\nINCLUDE other\n")
  end,
}

return texts
