/*
** mutate.c (a test)
** Thousands of broken files, the same ones in every run: cut, flipped, with
** counts that are too large, with headers that lie, one inside another.  No
** crash, no leak, no more memory than the input explains; and a file on disk,
** which is read in short looks, says what the same bytes in memory say.
**
**   build/tests/mutate [COUNT [FILE...]]   FILEs are seeds, and replayed as
**                                          they are; default: see 'seeds'
*/

#include <sys/stat.h>
#include <unistd.h>

#include "../fuzz/scan.h"
#include "check.h"

#define SEEDS    64
#define LARGEST  ((size_t)96 * 1024)

typedef struct Bytes { unsigned char *p; size_t size; } Bytes;

static Bytes seeds[SEEDS];
static size_t nseeds;
static char folder[512];  /* where files of this test are */


static void keep (const unsigned char *p, size_t size) {
  if (nseeds == SEEDS || size == 0 || size > LARGEST) return;
  seeds[nseeds].p = (unsigned char *)malloc(size);
  MUST(seeds[nseeds].p != NULL);
  memcpy(seeds[nseeds].p, p, size);
  seeds[nseeds++].size = size;
}


static void keep_file (const char *path) {
  static unsigned char room[LARGEST + 1];
  FILE *file = fopen(path, "rb");
  size_t n;
  if (file == NULL) return;
  n = fread(room, 1, sizeof room, file);
  fclose(file);
  keep(room, n);
}


/* -- archives of seeds ----------------------------------------------------- */

static size_t header (unsigned char *out, const char *name, size_t size) {
  char text[61];
  snprintf(text, sizeof text, "%-16s%-12s%-6s%-6s%-8s%-10zu`\n", name, "0",
           "0", "0", "644", size);
  memcpy(out, text, 60);
  return 60;
}


/* An archive of two seeds, with an index and long names if 'gnu', else BSD's
   names. */
static Bytes archive (const Bytes *a, const Bytes *b, bool gnu) {
  static const unsigned char index[] = "\0\0\0\2\0\0\0\x9a\0\0\0\x9a""f\0g";
  Bytes out = {NULL, 0};
  unsigned char *p = (unsigned char *)malloc(a->size + b->size + 512);
  size_t n = 8;
  MUST(p != NULL);
  memcpy(p, "!<arch>\n", 8);
  if (gnu) {
    n += header(p + n, "/", 16);
    memcpy(p + n, index, 16);
    n += 16;
    n += header(p + n, "//", 10);
    memcpy(p + n, "long.name/", 9);
    p[n + 9] = '\n';
    n += 10;
  }
  n += header(p + n, gnu ? "/0" : "#1/8", a->size + (gnu ? 0 : 8));
  if (!gnu) { memcpy(p + n, "bsd.name", 8); n += 8; }
  memcpy(p + n, a->p, a->size);
  n += a->size;
  if (n % 2 == 1) p[n++] = '\n';
  n += header(p + n, "second.o/", b->size);
  memcpy(p + n, b->p, b->size);
  out.p = p;
  out.size = n + b->size;
  return out;
}


static const char *const sources[] = {
  "x86_64 -O1", "i386 -O1", "mips -O1", "powerpc64 -O1", "aarch64 -O1",
  "x86_64 -g", "s390x -ffunction-sections"
};

/* Objects of both sizes and byte orders, what the C library starts programs
   with, a library with versions, and archives of them. */
static void make_seeds (void) {
  char line[2048], path[600];
  size_t i, plain;
  for (i = 0; i < sizeof sources / sizeof *sources; i++) {
    snprintf(path, sizeof path, "%s/seed.o", folder);
    snprintf(line, sizeof line, "printf '%%s' 'int a(void); static int b; "
             "__attribute__((weak)) int c = 2; int main(void) { return a() + "
             "c + b++; }' | clang -w -fcommon --target=%.*s-linux-gnu %s -c "
             "-x c - -o %s", (int)strcspn(sources[i], " "), sources[i],
             strchr(sources[i], ' '), path);
    MUST(system(line) == 0);
    keep_file(path);
  }
  snprintf(path, sizeof path, "%s/seed.so", folder);
  snprintf(line, sizeof line, "cd %s && echo 'V1 { a; }; V2 { b; } V1;' > map "
           "&& echo 'int puts(const char *); int a(void) { return puts(\"\"); }"
           " int b(void) { return 1; }' | gcc -shared -fPIC -x c - -o seed.so "
           "-Wl,--version-script,map", folder);
  MUST(system(line) == 0);
  keep_file(path);
  plain = nseeds;
  MUST(plain == 8);
  for (i = 0; i + 1 < plain; i++) {
    Bytes made = archive(&seeds[i], &seeds[i + 1], i % 2 == 0), outer;
    keep(made.p, made.size);
    outer = archive(&made, &seeds[i], i % 2 == 1);
    keep(outer.p, outer.size);
    free(made.p);
    free(outer.p);
  }
}


/* Intermediate code, by itself and beside native code: LLVM's, in one module
   and in two, in Apple's wrapper, put together by ld -r, and GCC's. */
static void make_lto_seeds (void) {
  static const char *const lines[] = {
    "clang -flto", "clang -fembed-bitcode",
    "clang -flto=thin -fsplit-lto-unit -fwhole-program-vtables",
    "clang -flto --target=x86_64-apple-macos11", "gcc -flto",
    "gcc -flto -ffat-lto-objects"
  };
  char line[2048], path[600];
  size_t i, before = nseeds;
  for (i = 0; i < sizeof lines / sizeof *lines; i++) {
    snprintf(path, sizeof path, "%s/lto%zu.o", folder, i);
    snprintf(line, sizeof line, "printf '%%s' 'int a(void); static int b; "
             "__attribute__((weak)) int c = 2; int f%zu(void) { return a() + "
             "c + b++; }' | %s -w -O1 -c -x c - -o %s", i, lines[i], path);
    MUST(system(line) == 0);
    keep_file(path);
  }
  snprintf(line, sizeof line, "cd %s && ld -r lto4.o lto5.o -o gcc.o && "
           "cp lto1.o twin.o && ld -r -z muldefs lto1.o twin.o -o llvm.o",
           folder);
  MUST(system(line) == 0);
  snprintf(path, sizeof path, "%s/gcc.o", folder);
  keep_file(path);
  snprintf(path, sizeof path, "%s/llvm.o", folder);
  keep_file(path);
  MUST(nseeds == before + 8);
}


/* Mach-O of both sizes and byte orders, what lld links, and these together in
   universal files.  Gives the first of those that a cut has to be told of. */
static size_t make_macho_seeds (void) {
  static const char *const targets[] = {
    "x86_64-apple-macosx11", "arm64-apple-macosx11", "i386-apple-macosx10.7"
  };
  static const char big[] = "--- !mach-o\nIsLittleEndian: false\nFileHeader: "
    "{magic: 0xFEEDFACE, cputype: 18, cpusubtype: 0, filetype: 1, ncmds: 2, "
    "sizeofcmds: 148, flags: 0}\nLoadCommands:\n- {cmd: LC_SEGMENT, cmdsize: "
    "124, segname: x, vmaddr: 0, vmsize: 4, fileoff: 176, filesize: 4, maxprot:"
    " 7, initprot: 7, nsects: 1, flags: 0, Sections: [{sectname: __text, "
    "segname: __TEXT, addr: 0, size: 4, offset: 176, align: 2, reloff: 0, "
    "nreloc: 0, flags: 0, reserved1: 0, reserved2: 0, content: 60000000}]}\n"
    "- {cmd: LC_SYMTAB, cmdsize: 24, symoff: 180, nsyms: 2, stroff: 204, "
    "strsize: 8}\nLinkEditData:\n  NameList:\n  - {n_strx: 1, n_type: 15, "
    "n_sect: 1, n_desc: 0, n_value: 0}\n  - {n_strx: 4, n_type: 1, n_sect: 0, "
    "n_desc: 0, n_value: 0}\n  StringTable: ['', _f, _la, '']\n";
  static const char *const made[] = {
    "macho0.o", "macho1.o", "macho2.o", "big.o", "0.dylib", "1.dylib", "0.exe",
    "fat", "fat.a"
  };
  char line[4096], path[600];
  size_t i, before = nseeds;
  FILE *file;
  for (i = 0; i < sizeof targets / sizeof *targets; i++) {
    snprintf(line, sizeof line, "printf '%%s' 'int a(void); static int b; "
             "__attribute__((weak)) int c = 2; int js_f(void) { return 1; } "
             "int main(void) { return a() + c + b++; } __attribute__((weak)) "
             "int a(void) { return 1; } int odd(void) __asm__(\"odd\"); "
             "int odd(void) { return a(); }' | clang -w -O1 --target=%s -c -x "
             "c - -o %s/macho%zu.o", targets[i], folder, i);
    MUST(system(line) == 0);
  }
  snprintf(path, sizeof path, "%s/big.yaml", folder);
  file = fopen(path, "w");
  MUST(file != NULL && fputs(big, file) != EOF && fclose(file) == 0);
  snprintf(line, sizeof line, "cd %s && yaml2obj-19 big.yaml -o big.o && "
           "version='-platform_version macos 11.0 11.0' && for i in 0 1; do "
           "arch=x86_64; [ $i = 0 ] || arch=arm64; for kind in dylib execute; "
           "do out=$i.$kind; lld -flavor darwin -arch $arch $version -$kind "
           "-undefined dynamic_lookup macho$i.o -o $out || exit 1; done; done "
           "&& mv 0.execute 0.exe && llvm-lipo-19 -create 0.dylib 1.dylib "
           "-output fat && rm -f fat.a && llvm-ar-19 --format=darwin rcs fat.a "
           "macho0.o macho1.o", folder);
  MUST(system(line) == 0);
  for (i = 0; i < sizeof made / sizeof *made; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, made[i]);
    keep_file(path);
  }
  MUST(nseeds == before + sizeof made / sizeof *made);
  return before;
}


/* Objects with one of each, what wasm-ld makes of them, an archive, and both
   modules in a component. */
static void make_wasm_seeds (void) {
  static const char *const made[] = {
    "wasm0.o", "wasm1.o", "0.wasm", "1.wasm", "2.wasm", "wasm.a"
  };
  static const char *const texts[] = {
    "int a(void); static int b; __attribute__((weak)) int c = 2; "
    "__attribute__((import_module(\"m\"), import_name(\"f\"))) int far(void); "
    "__attribute__((export_name(\"x\"))) int x(void) { return a() + far(); } "
    "int _start(void) { return x() + c + b++; }",
    "inline int once(int x) { static int k; return k += x; } int a(int); "
    "int plain(void) { return once(1) + a(2); } int v = 3;"
  };
  char line[2048], path[600];
  Bytes outer = {NULL, 8}, first, second;
  size_t i;
  for (i = 0; i < 2; i++) {
    snprintf(line, sizeof line, "printf '%%s' '%s' | clang -w -O1 -fPIC "
             "--target=wasm32-unknown-emscripten -c -x c%s - -o %s/wasm%zu.o",
             texts[i], i == 1 ? "++" : "", folder, i);
    MUST(system(line) == 0);
  }
  snprintf(line, sizeof line, "cd %s && wasm-ld --allow-undefined "
           "--export-all wasm0.o -o 0.wasm && wasm-ld -s --allow-undefined "
           "wasm0.o -o 1.wasm && wasm-ld --shared -E --allow-undefined "
           "--experimental-pic wasm0.o wasm1.o -o 2.wasm && rm -f wasm.a && "
           "llvm-ar rcs wasm.a wasm0.o wasm1.o", folder);
  MUST(system(line) == 0);
  for (i = 0; i < sizeof made / sizeof *made; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, made[i]);
    keep_file(path);
  }
  first = seeds[nseeds - 4];
  second = seeds[nseeds - 3];
  MUST(first.size > 128 && first.size < 16384 && second.size > 128
       && second.size < 16384);
  outer.p = (unsigned char *)malloc(first.size + second.size + 16);
  MUST(outer.p != NULL);
  memcpy(outer.p, "\0asm\x0d\0\1\0", 8);
  for (i = 0; i < 2; i++) {
    const Bytes *one = i == 0 ? &first : &second;
    unsigned char *p = outer.p + outer.size;
    p[0] = 1;
    p[1] = (unsigned char)(one->size | 0x80);
    p[2] = (unsigned char)(one->size >> 7);
    memcpy(p + 3, one->p, one->size);
    outer.size += 3 + one->size;
  }
  keep(outer.p, outer.size);
  free(outer.p);
}


/* COFF objects of both kinds, what lld-link makes of them, with its own
   symbols and without, and an import library.  Gives the first of those that a
   cut has to be told of. */
static size_t make_coff_seeds (void) {
  static const char *const targets[] = {
    "x86_64-pc-windows-msvc", "i686-pc-windows-gnu"
  };
  static const unsigned char big[] =
    "\0\0\xff\xff\2\0\x64\x86\0\0\0\0\xc7\xa1\xba\xd1\xee\xba\xa9\x4b\xaf\x20"
    "\xfa\xf6\x6a\xa4\xdc\xb8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0"
    "\x60\0\0\0\6\0\0\0"  /* a section, and its header */
    ".text\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\x20\x10\0\x60"         /* its symbol: any copy will do */
    ".text\0\0\0\0\0\0\0\1\0\0\0\0\0\3\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0"
    "\0\0\0\0"
    "js_a\0\0\0\0\0\0\0\0\1\0\0\0\x20\0\2\0"
    "a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x69\1\2\0\0\0\3\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\0\0"
    "\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\x0d\0\0\0long_all";
  static const char *const made[] = {
    "coff0.o", "coff1.o", "big.obj", "sym.dll", "bare.dll", "coff.lib"
  };
  char line[4096], path[600];
  size_t i, before = nseeds;
  FILE *file;
  for (i = 0; i < sizeof targets / sizeof *targets; i++) {
    snprintf(line, sizeof line, "printf '%%s' 'int a(void); static int b; "
             "__attribute__((weak)) int c = 2; int js_f(void) { return 1; } "
             "inline int once(int i) { return i; } int (*p)(int) = once; "
             "int main(void) { return a() + c + b++; } "
             "__declspec(selectany) int a_name_that_is_long = 1;' | "
             "clang -w -O1 --target=%s -c -x c - -o %s/coff%zu.o", targets[i],
             folder, i);
    MUST(system(line) == 0);
  }
  snprintf(path, sizeof path, "%s/big.obj", folder);
  file = fopen(path, "wb");
  MUST(file != NULL && fwrite(big, sizeof big, 1, file) == 1);
  MUST(fclose(file) == 0);
  snprintf(line, sizeof line, "cd %s && printf 'EXPORTS\n js_a=js_f\n "
           "main @7 NONAME\n far=b.far\n' > d.def && for sym in 0 1; do "
           "lld-link /dll /noentry /nodefaultlib /force:unresolved /opt:ref "
           "/def:d.def coff0.o $([ $sym = 0 ] || echo /debug:symtab) "
           "/out:$sym.dll /implib:coff.lib 2>&- || exit 1; done; mv 0.dll "
           "bare.dll; mv 1.dll sym.dll", folder);
  MUST(system(line) == 0);
  for (i = 0; i < sizeof made / sizeof *made; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, made[i]);
    keep_file(path);
  }
  MUST(nseeds == before + sizeof made / sizeof *made);
  return before;
}


/* -- mutations ------------------------------------------------------------- */

static uint32_t odd_value (size_t size) {
  static const uint32_t values[] = {
    0, 1, 2, 3, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
    0xfffffffe, 0xffffffff
  };
  uint32_t i = chance(sizeof values / sizeof *values + 4);
  return i < sizeof values / sizeof *values ? values[i]
       : (uint32_t)size - 2 + (i & 3);
}


/* Put a number at an even place, of either byte order and of any width. */
static void set_number (Bytes *b) {
  uint32_t width = 1u << chance(4), at, i, value = odd_value(b->size);
  bool big = chance(2) == 1;
  if (b->size < 16) return;
  at = chance((uint32_t)b->size / 8) * 8 + (chance(4) * 2 & (8 - width));
  if (at + width > b->size) return;
  for (i = 0; i < width; i++) {
    uint32_t shift = 8 * (big ? width - 1 - i : i);
    uint32_t byte = shift < 32 ? value >> shift : 0;
    b->p[at + i] = (unsigned char)byte;
  }
}


/* A header's digits, in an archive. */
static void lie (Bytes *b) {
  static const char *const lies[] = {"0", "1", "60", "9999999999", "-1", "",
                                     "4294967295", "0x10", "18446744"};
  size_t i, hits = 0;
  for (i = 0; i + 2 <= b->size; i++) {
    if (b->p[i] != '`' || b->p[i + 1] != '\n' || i < 58) continue;
    if (chance((uint32_t)++hits) == 0) {
      const char *text = lies[chance(9)];
      unsigned char *field = b->p + i - (chance(4) == 0 ? 58 : 10);
      memset(field, ' ', 10);
      memcpy(field, text, strlen(text));
    }
  }
}


/* One part of the file over another. */
static void copy_part (Bytes *b) {
  uint32_t n = 1 + chance(64), from, to;
  if (b->size < 128) return;
  from = chance((uint32_t)b->size - n);
  to = chance((uint32_t)b->size - n);
  memmove(b->p + to, b->p + from, n);
}


static void mutate (Bytes *b) {
  uint32_t times = 1 + chance(4), i;
  while (times-- > 0) switch (chance(7)) {
    case 0: b->size = 1 + chance((uint32_t)b->size); break;
    case 1:
      for (i = 1 + chance(16); i > 0; i--)
        b->p[chance((uint32_t)b->size)] ^= (unsigned char)(1u << chance(8));
      break;
    case 2: lie(b); break;
    case 3: copy_part(b); break;
    default: set_number(b); break;
  }
}


/* -- looking --------------------------------------------------------------- */

static uint64_t symbols, damaged, whole, on_disk;

/* A file says what its bytes say. */
static void from_disk (const Bytes *b, const Sum *expected) {
  char path[600];
  Sum sum;
  symrun *S;
  sr_File *F;
  FILE *file;
  snprintf(path, sizeof path, "%s/mutant", folder);
  file = fopen(path, "wb");
  MUST(file != NULL && fwrite(b->p, 1, b->size, file) == b->size);
  MUST(fclose(file) == 0);
  memset(&sum, 0, sizeof sum);
  S = symrun_new(counted, &sum);
  MUST(S != NULL && symrun_file_open(S, path, &F) == SYMRUN_OK);
  MUST(scan_file(S, F, &sum) >= 0);
  symrun_close(S);
  CHECK(sum.now == 0, "%zu bytes were not given back", sum.now);
  CHECK(sum.symbols == expected->symbols && sum.print == expected->print
        && sum.gaps == expected->gaps, "a file and its bytes differ: %llu and "
        "%llu symbols", (unsigned long long)sum.symbols,
        (unsigned long long)expected->symbols);
  on_disk++;
}


static Sum look (const Bytes *b) {
  Sum sum = scan_bytes(b->p, b->size);
  symbols += sum.symbols;
  if (sum.gaps > 0) damaged++; else whole++;
  return sum;
}


/* Zeros that a linker wrote behind all that it counts, to the next block. */
static bool padding (const Bytes *b, size_t from) {
  while (from < b->size && b->p[from] == 0) from++;
  return from == b->size;
}


/* An object ends with its section headers, or its strings: whatever is cut off
   is told, unless it was 'padded'. */
static void cut (const Bytes *b, bool padded) {
  Bytes part = {(unsigned char *)malloc(b->size), 0};
  int i;
  MUST(part.p != NULL);
  for (i = 0; i < 50; i++) {
    Sum sum;
    part.size = 5 + chance((uint32_t)b->size - 5);
    memcpy(part.p, b->p, part.size);
    sum = look(&part);
    CHECK(sum.gaps > 0 || (padded && padding(b, part.size)),
          "%zu of %zu bytes, and no gap", part.size, b->size);
    from_disk(&part, &sum);
  }
  free(part.p);
}


/* libFuzzer begins from them too. */
static void write_seed (size_t i) {
  char path[600];
  FILE *file;
  snprintf(path, sizeof path, "%s/seed-%zu", folder, i);
  file = fopen(path, "wb");
  MUST(file != NULL);
  MUST(fwrite(seeds[i].p, 1, seeds[i].size, file) == seeds[i].size);
  MUST(fclose(file) == 0);
}


int main (int argc, char **argv) {
  unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 6000, i;
  size_t macho = SEEDS, coff = SEEDS;
  snprintf(folder, sizeof folder, "%.400s.files", argv[0]);
  MUST(mkdir(folder, 0777) == 0 || access(folder, W_OK) == 0);
  for (i = 2; i < (unsigned long)argc; i++) keep_file(argv[i]);
  if (argc < 3) {
    make_seeds();
    make_lto_seeds();
    make_wasm_seeds();
    macho = make_macho_seeds();
    coff = make_coff_seeds();
  }
  MUST(nseeds > 0);
  for (i = 0; i < nseeds; i++) write_seed(i);
  for (i = 0; i < nseeds; i++) {
    Sum sum = look(&seeds[i]);
    from_disk(&seeds[i], &sum);
    if (argc < 3 && i < 8) {
      CHECK(sum.symbols >= 6 && sum.gaps == 0, "seed %lu", i);
      cut(&seeds[i], false);
    }
    if (i >= macho && i < macho + 8) {
      CHECK(sum.symbols >= 4 && sum.gaps == 0, "seed %lu", i);
      cut(&seeds[i], false);
    }
    if (i >= coff && i < coff + 4) {
      CHECK(sum.symbols >= 4 && sum.gaps == 0, "seed %lu", i);
      cut(&seeds[i], i == coff + 3);  /* a DLL */
    }
  }
  for (i = 0; i < count; i++) {
    const Bytes *from = &seeds[chance((uint32_t)nseeds)];
    Bytes b = {(unsigned char *)malloc(from->size), from->size};
    Sum sum;
    MUST(b.p != NULL);
    memcpy(b.p, from->p, from->size);
    mutate(&b);
    sum = look(&b);
    if (i % 8 == 0) from_disk(&b, &sum);
    free(b.p);
  }
  for (i = 0; i < nseeds; i++) free(seeds[i].p);
  printf("mutate: %lu inputs, %llu of them damaged, %llu also from disk, "
         "%llu symbols\n", count + nseeds, (unsigned long long)damaged,
         (unsigned long long)on_disk, (unsigned long long)symbols);
  CHECK(argc > 2 || count < 1000
        || (damaged > count / 10 && whole > count / 10 && symbols > count),
        "too few of each kind");
  return finish(argc < 3 ? 2 * on_disk : 1);
}
