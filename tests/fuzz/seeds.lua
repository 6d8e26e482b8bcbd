--- What each of libFuzzer's targets begins from.
--
-- Objects that compilers made come from tests/core/mutate.c: a target takes
-- those of its format, by their bytes.  What no compiler makes, or what the
-- target wants in a form of its own, is written here.

local coff = require "make_coff"
local lto = require "lto"
local make = require "make"
local stubs = require "tbd"
local wasm = require "wasm"

local seeds = {}

local function elf(bytes) return bytes:find "^\x7fELF" end

local function macho(bytes)
  return bytes:find "^[\xfe\xce\xcf][\xed\xfa][\xfa\xed][\xce\xcf\xfe]"
end


--- Which of the compilers' files a target takes.
seeds.takes = {
  ar = function (bytes) return bytes:find "^!<" end,
  bitcode = function (bytes)
    return bytes:find "^BC\xc0\xde" or bytes:find "^\xde\xc0\x17\x0b"
           or elf(bytes) and bytes:find(".llvmbc", 1, true)
  end,
  coff = function (bytes)
    return bytes:find "^\x64\x86" or bytes:find "^\x4c\1"
           or bytes:find "^%z%z\xff\xff\2"
  end,
  component = function (bytes) return bytes:find "^%zasm\x0d" end,
  edit = function (bytes)
    return elf(bytes) or macho(bytes) or bytes:find "^\x64\x86"
      or bytes:find "^\x4c\1" or bytes:find "^%z%z\xff\xff\2"
      or bytes:find "^%zasm\1"
  end,
  elf = elf,
  facts = function (bytes) return not bytes:find "^!<" end,
  fat = function (bytes) return bytes:find "^\xca\xfe\xba" end,
  gcclto = function (bytes)
    return elf(bytes) and bytes:find(".gnu.lto_", 1, true)
  end,
  macho = macho,
  pe = function (bytes) return bytes:find "^MZ" end,
  relocs = elf,
  wasm = function (bytes) return bytes:find "^%zasm\1" end,
}


--- What is written here, by target.
seeds.made = {}

seeds.made.ar = {
  (make.ar { thin = true, { "a.o", "" }, { "long name/b.o", "" },
             index = { { "f", 1 } } }),
  (make.ar { style = "bsd", { "a.o", "abc" }, index = { { "f", 1 } },
             index_kind = "bsd" }),
  (make.ar { { "lib.rmeta", "rust\0\0\0\10" }, { "a.o", "" },
             index = { { "f", 1 }, { "g", 2 } }, index_kind = "gnu64" }),
}


local function import(t) return coff.import(t):sub(7) end

seeds.made.import = {
  import { name = "f" }, import { name = "_g@8", dll = "far.dll",
                                  machine = 0x14c, nametype = 3 },
  import { name = "v", type = 1 }, import { name = "#", nametype = 0 },
  import { name = "?f@@YAXXZ", nametype = 4, data = "?f@@YAXXZ\0a.dll\0f\0" },
}


local function irsymtab(t)
  local _, symtab, strings = lto.bitcode(t)
  return string.pack("<I2", #symtab) .. symtab .. strings
end

local symbols = {
  { "f", "global", "executable" }, { "u", "undefined", "global" },
  { "w", "weak", "global", comdat = 0 }, { "c", "common", "global" },
  { "t", "tls", "hidden" }, { "local" }, { "", "specific" }, { "_g@8" },
}

seeds.made.irsymtab = {
  irsymtab { symbols = symbols, comdats = { 0 } },
  irsymtab { symbols = symbols, comdats = { 3 }, version = 4,
             modules = { { 0, 4, 0 }, { 4, 8, 0 } } },
  irsymtab { symbols = symbols, comdats = { 0 },
             triple = "arm64-apple-macosx11" },
  irsymtab { symbols = symbols, comdats = { 0 },
             triple = "i686-pc-windows-msvc" },
}


seeds.made.component = {
  (wasm.bytes { wasm.component, { section = 0, wasm.name "x" },
                { section = 1, (wasm.module {}) },
                { section = 4, wasm.component,
                  { section = 1, (wasm.object {}) } } }),
}
seeds.made.wasm = { (wasm.module {}), (wasm.object {}) }


-- Words with a zero behind each, an empty one before what "@x" is; the last
-- byte chooses a flavour.
local function line(flavour, words, more)
  return table.concat(words, "\0") .. "\0\0" .. (more or "")
         .. string.char(flavour)
end

seeds.made.link = {
  line(0, { "cc", "-o", "app", "a.o", "-Wl,--start-group,-lx,--end-group",
            "-L/x", "-lz", "-Xlinker", "-Map=m", "@x" },
       "-Wl,-z,relro \"b c.o\"\n--sysroot=/s"),
  line(1, { "ld.lld", "--version-script=v.map", "-T", "s.ld", "--as-needed",
            "-l:libx.a", "--whole-archive", "@x", "--no-whole-archive" },
       "a\\ b.o 'c d'"),
  line(2, { "link.exe", "/OUT:a.exe", "/DEF:x.def", "a.obj", "/WHOLEARCHIVE:b",
            "@x" }, "\"a b.lib\" c\\\\d.lib"),
  line(3, { "ld64.lld", "-arch", "arm64", "-exported_symbols_list", "l",
            "-filelist", "x,dir", "-framework", "F" }, "a.o\nb.o\n"),
  line(4, { "wasm-ld", "--export=f", "--no-entry", "a.o" }),
  line(5, { "lld", "-flavor", "darwin", "a.o" }),
}

seeds.made.response = {
  "\0a.o 'b c' \"d\\\"e\" f\\ g\n@x\0h i\0", "\5\"a b\" c\\\\\"d\" \"\"\"e\n",
  "\7a\\b 'c", "\x80-o\na\\ b\\\\c\n\"d\n", "\11a\\\nb\n'c\nd'",
}


seeds.made.capture = {
  "program 11 /usr/bin/cc\nlike 2 cc\nfolder 4 /tmp\noutput 5 a.out\n"
  .. "word 2 cc\nword 3 a b\nword 3 @r\nword 12 -Wl,-T,d/s.o\n"
  .. "env 8 LC_ALL=C\nfile 2 5 @r\none\n\0\nfile 1 4 r\na b\n\ninto 1 d\n"
  .. "file 5 1 d/s.o\nx\ninput 3 1104 58adf7df2f26e394564aaabcadf0504a m.o\n",
  "program 2 ld\nlike 0 \nfolder 1 /\noutput 0 \nword 2 ld\n",
}


seeds.made.text = {
  stubs[1], stubs[2], stubs[3], stubs[4], stubs[5],
  "/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( /lib/libc.so.6 "
  .. "-lx AS_NEEDED ( b.so ) )\n", "INPUT(a.so)\nINCLUDE other\n",
}


-- The first byte is the kind, in the order that the target has them.
seeds.made.script = {
  "\0V1 { global: js_*; a; extern \"C++\" { \"f(int)\"; g*; }; local: *; };\n"
  .. "V2 { b; } V1; # c\n", "\1{ js_a; b*; };", "\2{ a; };",
  "\3_a\n_b* # c\n\n", "\4_a\n", "\5_a # b\nx.o:_c\n", "\6a\nb\n",
  "\7a.o\nb c.o\n",
  "\8LIBRARY x BASE=1\nEXPORTS\n a=b @1 NONAME DATA ; c\n d PRIVATE\n"
  .. "SECTIONS .a READ\n",
  "\9/* c */ OUTPUT_FORMAT(elf64-x86-64) GROUP ( /lib/libc.so.6 "
  .. "AS_NEEDED ( -lx ) )\nSECTIONS { . = 1; .text : { *(.text) } a = .; "
  .. "PROVIDE(b = 1 + c); }\nENTRY(main) EXTERN(d) VERSION { V { e; }; }\n",
}

return seeds
