--- Mach-O's symbols, as llvm-nm and lld, Apple's flavour of it, see them.

local helper = require "helper"
local macho = require "make_macho"
local peers = require "peers_macho"
local difference = require("peers").difference


-- Every row must be llvm-nm's, and there must be at least so many.
local function agree(files, folder, least, view, ...)
  local theirs, complaints = peers.llvm(files, folder, ...)
  local ours, status, err = peers.symrun(files, folder, view)
  assert.equal("", complaints)
  assert.equal("", err)
  assert.equal(0, status)
  for _, file in ipairs(files) do
    local list = {}
    for _, row in ipairs(theirs[file]) do  -- addresses that have no symbol
      if not row:find "<redacted" then list[#list + 1] = row end
    end
    assert.equal("", difference(ours[file], list), file)
    assert.equal(#ours[file], ours[file].count)
    assert.equal("ok", ours[file].status)
    assert.is_true(#ours[file] >= least, file .. " has too few symbols")
  end
  return ours
end


local function expect(rows, expected)
  for name, what in pairs(expected) do
    assert.equal(what, ("%s %s"):format(rows.letters[name],
                                        rows.classes[name]), name)
  end
end


local SOURCE = [[
int f(void); extern int w(void) __attribute__((weak_import));
int g(void) { return f() + (w ? w() : 0); }
int common; int zero = 0; int data = 1; const int ro = 2;
static int local; static const int lro[4] = {1};
int *p(int i) { local++; return i ? &local : (int *)&lro[i]; }
__attribute__((visibility("hidden"))) int hidden(void) { return 1; }
__attribute__((weak)) int weakdef(void) { return 1; }
__attribute__((weak)) int weakdata = 4;
__attribute__((section("__DATA,__odd"))) int odd = 1;
static int unused(void) { return 4; } int (*fp)(void) = unused;
int verbatim(void) __asm__("verbatim"); int verbatim(void) { return 3; }
int _under(void) { return 5; }
const char *s = "text"; double d(double x) { return x * 1.5; }
]]

local EXPECTED = {
  _f = "U undef", _w = "U weakundef", _g = "T global", _common = "C common",
  _zero = "S global", _data = "D global", _ro = "S global",
  _hidden = "T global", _weakdef = "T weak", _weakdata = "D weak",
  _odd = "S global", verbatim = "T global", __under = "T global",
  _fp = "D global", _unused = "t local", _local = "b local",
}

local TARGETS = {
  "x86_64-apple-macosx10.15", "arm64-apple-macosx11", "i386-apple-macosx10.7",
  "armv7-apple-ios8", "arm64-apple-ios14", "arm64e-apple-macosx11",
  "arm64_32-apple-watchos7", "x86_64-apple-ios14-macabi",
}


describe("the Mach-O reader", function ()
  it("agrees with llvm-nm on objects of every target", function ()
    local folder = helper.folder "macho"
    helper.write(folder .. "/x.c", SOURCE)
    local files = {}
    for i, target in ipairs(TARGETS) do
      files[i] = target .. ".o"
      helper.must({ "clang", "--target=" .. target, "-w", "-g", "-O1",
        "-fcommon", "-c", "-o", files[i], "x.c" }, folder)
    end
    local ours = agree(files, folder, 20)
    for _, file in ipairs(files) do expect(ours[file], EXPECTED) end
  end)

  it("agrees on C++ and Objective-C", function ()
    local folder = helper.folder "macho"
    helper.write(folder .. "/c.cc", [[
inline int twice(int x) { static int n; return x + n++; }
template <class T> struct Box { static T value; virtual ~Box() {} };
template <class T> T Box<T>::value;
int use(int x) { Box<long> b; return twice(x) + (int)Box<long>::value; }
thread_local int local = use(1);
int take() { return local; }
]])
    helper.write(folder .. "/o.m", [[
__attribute__((objc_root_class)) @interface A { int x; } - (int)get; @end
@implementation A - (int)get { return x; } + (void)load {} @end
int call(A *a) { return [a get]; }
]])
    helper.must({ "clang", "--target=x86_64-apple-macosx11", "-c", "c.cc" },
                folder)
    helper.must({ "clang", "--target=arm64-apple-macosx11", "-c", "o.m" },
                folder)
    local ours = agree({ "c.o", "o.o" }, folder, 8)
    expect(ours["c.o"], { __Z5twicei = "T weak", __ZZ5twiceiE1n = "D weak",
                          __ZN3BoxIlE5valueE = "D weak" })
    expect(ours["o.o"], { ["-[A\\x20get]"] = "t local",
      ["_OBJC_CLASS_$_A"] = "S global", _objc_msgSend = "U undef" })
  end)

  it("reads what rustc makes", function ()
    local folder = helper.folder "macho"
    local made
    local drop = '#[lang = "drop_in_place"] fn drop_in_place<T>(_: *mut T) {}'
    for _, sized in ipairs { "", drop, [[
#[lang = "pointee_sized"] trait PointeeSized {}
#[lang = "meta_sized"] trait MetaSized: PointeeSized {}
#[lang = "drop_in_place"] fn drop_in_place<T>(_: *mut T) {}
]] } do  -- what a compiler wants without its library depends on its age
      helper.write(folder .. "/r.rs", sized .. [[
#[lang = "sized"] trait Sized]]
        .. (sized:find "MetaSized" and ": MetaSized" or "") .. [[ {}
#[lang = "copy"] trait Copy {} impl Copy for i32 {}
#[lang = "sync"] trait Sync {} impl Sync for i32 {}
extern "C" { fn js_other() -> i32; }
#[no_mangle] pub extern "C" fn js_one() -> i32 { unsafe { js_other() } }
#[no_mangle] pub static JS_TABLE: i32 = 3;
]])
      for _, arch in ipairs { "aarch64", "x86_64" } do
        local status = helper.run({ "env", "RUSTC_BOOTSTRAP=1", "rustc",
          "-Zcrate-attr=feature(no_core,lang_items)", "-Zcrate-attr=no_core",
          "--crate-type=lib", "--target", arch .. "-apple-darwin",
          "--emit=obj", "-o", arch .. ".o", "r.rs" }, folder)
        made = made or status == 0
      end
    end
    assert.is_true(made, "this rustc wants other lang items")
    local ours = agree({ "aarch64.o", "x86_64.o" }, folder, 3)
    for _, rows in pairs(ours) do
      expect(rows, { _js_one = "T global", _js_other = "U undef",
                     _JS_TABLE = "S global" })
    end
  end)

  it("knows everything that an assembler can say", function ()
    local folder = helper.folder "macho"
    helper.write(folder .. "/u.s", [[
  .text
  .globl _f
_f: ret
  .private_extern _hid
  .globl _hid
_hid: ret
  .globl _wd
  .weak_definition _wd
_wd: ret
  .globl _wh
  .weak_def_can_be_hidden _wh
_wh: ret
  .weak_reference _wr
  call _wr
  call _ur
  .globl _res
  .symbol_resolver _res
_res: ret
  .globl "spaced name"
"spaced name": ret
  .set _abs, 0x1234
  .globl _abs
  .set _labs, 7
  .comm _big,100,5
  .lcomm _loc,8
  .zerofill __DATA,__common,_zf,16,3
  .globl _tv
  .tbss _tv$tlv$init, 4, 2
  .section __DATA,__thread_vars,thread_local_variables
_tv: .quad __tlv_bootstrap
  .quad 0
  .quad _tv$tlv$init
  .section __TEXT_EXEC,__text,regular,pure_instructions
  .globl _kext
_kext: ret
  .section __TEXT,__const
  .globl _k
_k: .long 1
  .globl _alias
  .set _alias, _f
  .globl _ualias
  .set _ualias, _other
]])
    helper.must({ "clang", "--target=x86_64-apple-macosx11", "-c", "u.s" },
                folder)
    local theirs = peers.llvm({ "u.o" }, folder)["u.o"]
    local ours, status = peers.symrun({ "u.o" }, folder)
    assert.equal(0, status)
    -- llvm-nm takes __TEXT_EXEC for text in 64-bit kernel extensions only; the
    -- letter is a courtesy, and the code is code.
    assert.equal("ours   -\t-\t_kext\tT\ntheirs -\t-\t_kext\tS",
                 difference(ours["u.o"], theirs))
    expect(ours["u.o"], {
      _f = "T global", _hid = "T global", _wd = "T weak", _wh = "T weak",
      _wr = "U weakundef", _ur = "U undef", _res = "T ifunc",
      ["spaced\\x20name"] = "T global", _abs = "A global", _labs = "a local",
      _big = "C common", _loc = "b local", _zf = "s local", _tv = "S global",
      ["_tv$tlv$init"] = "s local", __tlv_bootstrap = "U undef",
      _k = "S global", _alias = "T global", _ualias = "I global",
      _other = "U undef",
    })
  end)

  -- Where the linker and llvm-nm differ: n_type, the linker's letter, and why.
  local DIFFER = {
    [0x0d] = "U",  -- N_PBUD: undefined, found before it was started
    [0x1d] = "U",
  }

  it("agrees on every kind, scope and description there can be", function ()
    local folder = helper.folder "macho"
    local symbols = {}
    for _, kind in ipairs { 0, 2, 10, 12, 14 } do
      for _, bits in ipairs { 0, 16, 1, 17 } do  -- N_EXT, N_PEXT
        for bit = 0, 16 do
          for value = 0, 16, 16 do
            local desc = bit == 0 and 0 or 1 << (bit - 1)
            for sect = kind == 14 and 1 or 0, kind == 14 and 4 or 0 do
              symbols[#symbols + 1] = { type = kind | bits, desc = desc,
                sect = sect, value = kind == 10 and 2 or value,
                name = ("_%d_%d_%d_%d_%d"):format(kind, bits, bit, value,
                                                  sect) }
            end
          end
        end
      end
    end
    for i = 0x20, 0xff do  -- stabs are no names
      symbols[#symbols + 1] = { type = i, name = "_stab" .. i }
    end
    local bytes = ("\0"):rep(32)
    for i, kind in ipairs { { 64, false }, { 64, true }, { 32, false },
                            { 32, true } } do
      local file = i .. ".o"
      helper.write(folder .. "/" .. file, (macho.file {
        class = kind[1], big = kind[2], dysymtab = false, symbols = symbols,
        cpu = kind[2] and (kind[1] == 64 and 0x01000012 or 18) or nil,
        sections = {
          { segment = "__TEXT", name = "__text", bytes = bytes },
          { segment = "__DATA", name = "__data", bytes = bytes },
          { segment = "__DATA", name = "__bss", bytes = bytes },
          { segment = "__DATA", name = "__common", bytes = bytes },
        },
      }))
      local theirs, complaints = peers.llvm({ file }, folder)
      local ours, status = peers.symrun({ file }, folder)
      assert.equal("", complaints)
      assert.equal(0, status)
      local list, changed = {}, 0
      for n, row in ipairs(theirs[file]) do
        local k, b = row:match "_(%d+)_(%d+)_"
        local letter = DIFFER[tonumber(k) | tonumber(b)]
        if letter then changed = changed + 1 end
        list[n] = letter and row:gsub("%?$", letter) or row
      end
      assert.equal(2 * 17 * 2, changed)
      assert.equal("", difference(ours[file], list), file)
      assert.equal(4 * 17 * 2 * 8, #ours[file])
      -- Weak: defined ones by one bit, undefined ones by another.
      expect(ours[file], {
        _14_1_8_0_1 = "T weak", _14_1_7_0_1 = "T global", _0_1_7_0_0 =
        "U weakundef", _0_1_8_0_0 = "U undef", _14_0_8_0_1 = "t local",
        _14_17_8_0_2 = "D weak", _0_1_7_16_0 = "C common",
        _14_1_9_0_3 = "B ifunc", _0_0_0_0_0 = "? undef",
      })
    end
  end)

  it("agrees on what yaml2obj makes, and on names that are none", function ()
    local folder = helper.folder "macho"
    helper.write(folder .. "/p.yaml", [[
--- !mach-o
IsLittleEndian: false
FileHeader:
  { magic: 0xFEEDFACE, cputype: 18, cpusubtype: 0, filetype: 1, ncmds: 2,
    sizeofcmds: 148, flags: 0 }
LoadCommands:
  - { cmd: LC_SEGMENT, cmdsize: 124, segname: '', vmaddr: 0, vmsize: 4,
      fileoff: 176, filesize: 4, maxprot: 7, initprot: 7, nsects: 1, flags: 0,
      Sections: [ { sectname: __text, segname: __TEXT, addr: 0, size: 4,
        offset: 176, align: 2, reloff: 0, nreloc: 0, flags: 0x80000400,
        reserved1: 0, reserved2: 0, content: '60000000' } ] }
  - { cmd: LC_SYMTAB, cmdsize: 24, symoff: 180, nsyms: 4, stroff: 228,
      strsize: 12 }
LinkEditData:
  NameList:
    - { n_strx: 1, n_type: 15, n_sect: 1, n_desc: 0, n_value: 0 }
    - { n_strx: 4, n_type: 1, n_sect: 0, n_desc: 0, n_value: 0 }
    - { n_strx: 0, n_type: 1, n_sect: 0, n_desc: 0, n_value: 0 }
    - { n_strx: 3, n_type: 1, n_sect: 0, n_desc: 0, n_value: 0 }
  StringTable: [ '', _f, _long, '', '' ]
]])
    helper.must({ "yaml2obj-19", "p.yaml", "-o", "p.o" }, folder)
    local ours = agree({ "p.o" }, folder, 4)
    assert.same({ "-\t-\t\\e\tU", "-\t-\t\\e\tU", "-\t-\t_f\tT",
                  "-\t-\t_long\tU" }, table.move(ours["p.o"], 1, 4, 1, {}))
  end)

  it("says what is an object, a library and a program", function ()
    local folder = helper.folder "macho"
    local WHO = { libraries = "library", executables = "executable" }
    for kind in pairs(WHO) do
      helper.write(folder .. "/" .. kind .. ".lua", ([[
        local symrun = require "symrun"
        symrun.rule "own/role" {
          about = "which files are these", each = symrun.%s "*",
          check = function (file, report) report(file, "is one") end,
        }
      ]]):format(kind))
    end
    local ROLES = { [6] = "libraries", [8] = "libraries", [9] = "libraries",
                    [2] = "executables" }
    for type = 1, 12 do
      helper.write(folder .. "/x", (macho.file { type = type, symbols = {
        { name = "_f", sect = 1 } } }))
      for kind, one in pairs(WHO) do
        local status, out = helper.symrun({ kind .. ".lua", "x" }, folder)
        local is = ROLES[type] == kind
        assert.equal(is and 1 or 2, status, type .. out)
        assert.matches(is and "is one" or "and not an? [a-z ]*" .. one, out)
      end
    end
  end)
end)
