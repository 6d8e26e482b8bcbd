/*
** link_flavour.c
** Who reads a line: by the program's name, by what the line says of its
** target and its linker, or as somebody named it.  A name that fits several
** programs ("cc", "ld") stands for all of them.
*/

#include "link_inner.h"

static const sr_Flavour flavours[] = {
  {"cc", SR_BY_DRIVER, SR_BY_LD, SR_DIALECT_GNU, true},
  {"gcc", SR_BY_GCC, SR_BY_LD, SR_DIALECT_GNU, true},
  {"clang", SR_BY_CLANG, SR_BY_LD, SR_DIALECT_GNU, true},
  {"apple-clang", SR_BY_CLANG, SR_BY_LD64 | SR_BY_LLD, SR_DIALECT_APPLE, true},
  {"msvc-clang", SR_BY_CLANG, SR_BY_LINK | SR_BY_LLD, SR_DIALECT_MSVC, true},
  {"wasm-clang", SR_BY_CLANG, SR_BY_LLD, SR_DIALECT_WASM, true},
  {"ld", 0, SR_BY_LD, SR_DIALECT_GNU, true},
  {"bfd", 0, SR_BY_BFD, SR_DIALECT_GNU, true},
  {"gold", 0, SR_BY_GOLD, SR_DIALECT_GNU, true},
  {"lld", 0, SR_BY_LLD, SR_DIALECT_GNU, true},
  {"mold", 0, SR_BY_MOLD, SR_DIALECT_GNU, true},
  {"ld64", 0, SR_BY_LD64, SR_DIALECT_APPLE, true},
  {"ld64.lld", 0, SR_BY_LLD, SR_DIALECT_APPLE, true},
  {"link", 0, SR_BY_LINK, SR_DIALECT_MSVC, true},
  {"lld-link", 0, SR_BY_LLD, SR_DIALECT_MSVC, true},
  {"wasm-ld", 0, SR_BY_LLD, SR_DIALECT_WASM, true}
};

#define COUNT  (sizeof flavours / sizeof *flavours)


const sr_Flavour *sr_flavour_at (size_t i) {
  return i < COUNT ? &flavours[i] : NULL;
}


static bool is (sr_Str s, const char *text) {
  return s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}


const sr_Flavour *sr_flavour_named (sr_Str name) {
  size_t i;
  for (i = 0; i < COUNT; i++)
    if (is(name, flavours[i].name)) return &flavours[i];
  return NULL;
}


static const sr_Flavour *by_text (const char *text) {
  sr_Str name = {text, strlen(text)};
  return sr_flavour_named(name);
}


/* -- names of programs ------------------------------------------------- */

/* Ends of names, and what they are; the first that fits counts.  Before an
   end stands nothing, or what cross tools begin with. */
static const struct { const char *end, *flavour; } programs[] = {
  {"wasm-ld", "wasm-ld"}, {"wasm-component-ld", "wasm-ld"},
  {"ld64.lld", "ld64.lld"}, {"ld64.darwinnew", "ld64.lld"},
  {"lld-link", "lld-link"}, {"ld.lld", "lld"}, {"rust-lld", "lld"},
  {"ld.bfd", "bfd"}, {"ld.gold", "gold"}, {"ld.mold", "mold"},
  {"ld-classic", "ld64"}, {"ld64", "ld64"}, {"lld", "lld"}, {"gold", "gold"},
  {"mold", "mold"}, {"sold", "mold"}, {"collect2", "ld"}, {"ld", "ld"},
  {"link", "link"},
  {"emcc", "wasm-clang"}, {"em++", "wasm-clang"},
  {"clang", "clang"}, {"clang++", "clang"}, {"flang", "clang"},
  {"flang-new", "clang"}, {"icx", "clang"}, {"icpx", "clang"},
  {"hipcc", "clang"},
  {"gcc", "gcc"}, {"g++", "gcc"}, {"gfortran", "gcc"}, {"gdc", "gcc"},
  {"gccgo", "gcc"}, {"gnatgcc", "gcc"},
  {"cc", "cc"}, {"c++", "cc"}
};


sr_Str sr_program_name (sr_Str program) {
  size_t i;
  for (i = program.len; i > 0; i--)
    if (program.ptr[i - 1] == '/' || program.ptr[i - 1] == '\\') break;
  program.ptr += i;
  program.len -= i;
  return program;
}


/* In whatever case: LINK.EXE is called so. */
static bool ends (sr_Str s, const char *end) {
  size_t n = strlen(end), i;
  if (s.len < n) return false;
  for (i = 0; i < n; i++) {
    char c = s.ptr[s.len - n + i];
    if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
    if (c != end[i]) return false;
  }
  return true;
}


/* Without ".exe", MinGW's kind of threads and a version: "-19", "-12.2".
   '*digits' is how much of a version is left, one without a dash. */
static sr_Str bare (sr_Str program, size_t *digits) {
  sr_Str name = sr_program_name(program);
  size_t n;
  if (name.len > 4 && ends(name, ".exe")) name.len -= 4;
  if (ends(name, "-posix") || ends(name, "-win32")) name.len -= 6;
  for (n = name.len; n > 0; n--) {
    char c = name.ptr[n - 1];
    if (c != '.' && (c < '0' || c > '9')) break;
  }
  *digits = name.len - n;
  if (n > 1 && *digits > 0 && name.ptr[n - 1] == '-') {
    name.len = n - 1;
    *digits = 0;
  }
  return name;
}


static const sr_Flavour *of_name (sr_Str name) {
  size_t i;
  for (i = 0; i < sizeof programs / sizeof *programs; i++) {
    size_t len = strlen(programs[i].end);
    if (ends(name, programs[i].end)
        && (name.len == len || name.ptr[name.len - len - 1] == '-'))
      return by_text(programs[i].flavour);
  }
  return NULL;
}


/* "gcc13" is one, and "cc1" is none. */
const sr_Flavour *sr_flavour_of_program (sr_Str program) {
  size_t digits;
  sr_Str name = bare(program, &digits);
  const sr_Flavour *F = of_name(name);
  if (F != NULL || digits == 0) return F;
  name.len -= digits;
  F = of_name(name);
  return F != NULL && (F->driver == SR_BY_GCC || F->driver == SR_BY_CLANG)
         ? F : NULL;
}


bool sr_is_emcc (sr_Str program) {
  size_t digits;
  sr_Str name = bare(program, &digits);
  return ends(name, "emcc") || ends(name, "em++");
}


/* "-s KEY=VALUE", "-s KEY" and "-sKEY" set something of emcc's; "-s" alone is
   what it is to all. */
bool sr_is_setting (sr_Str s) {
  size_t i;
  for (i = 0; i < s.len && s.ptr[i] != '='; i++) {
    char c = s.ptr[i];
    if (!((c >= 'A' && c <= 'Z') || c == '_'
          || (i > 0 && c >= '0' && c <= '9'))) return false;
  }
  return i > 0;
}


/* What LLD, called by its own name, is told to be. */
const sr_Flavour *sr_flavour_flag (sr_Str value) {
  static const struct { const char *flag, *flavour; } flags[] = {
    {"gnu", "lld"}, {"ld", "lld"}, {"ld.lld", "lld"}, {"darwin", "ld64.lld"},
    {"ld64", "ld64.lld"}, {"ld64.lld", "ld64.lld"}, {"link", "lld-link"},
    {"lld-link", "lld-link"}, {"wasm", "wasm-ld"}, {"ld-wasm", "wasm-ld"},
    {"wasm-ld", "wasm-ld"}
  };
  size_t i;
  for (i = 0; i < sizeof flags / sizeof *flags; i++)
    if (is(value, flags[i].flag)) return by_text(flags[i].flavour);
  return NULL;
}


/* -- what a line says -------------------------------------------------- */

bool sr_str_holds (sr_Str s, const char *text) {
  size_t len = strlen(text), i;
  for (i = 0; i + len <= s.len; i++)
    if (memcmp(s.ptr + i, text, len) == 0) return true;
  return false;
}


sr_Dialect sr_dialect_of_target (sr_Str triple) {
  if (sr_str_holds(triple, "apple") || sr_str_holds(triple, "darwin")
      || sr_str_holds(triple, "-macos") || sr_str_holds(triple, "-ios"))
    return SR_DIALECT_APPLE;
  if (sr_str_holds(triple, "wasm")) return SR_DIALECT_WASM;
  if (sr_str_holds(triple, "msvc")) return SR_DIALECT_MSVC;
  return SR_DIALECT_GNU;
}


unsigned sr_linker_named (sr_Str name) {
  const sr_Flavour *F;
  if (name.len > 3 && memcmp(name.ptr, "ld.", 3) == 0) {
    sr_Str rest = {name.ptr + 3, name.len - 3};
    return sr_linker_named(rest);
  }
  F = sr_flavour_of_program(name);
  if (F == NULL) F = sr_flavour_named(name);  /* "bfd" */
  return F != NULL && F->driver == 0 ? F->linker : 0;
}


unsigned sr_flavour_quoting (const sr_Flavour *F, bool driver) {
  unsigned out = 0;
  if (driver) {
    if ((F->driver & SR_BY_GCC) != 0) out |= SR_QUOTE_GNU | SR_QUOTE_POSIX;
    if ((F->driver & SR_BY_CLANG) != 0) out |= SR_QUOTE_LLVM;
    return out;
  }
  if (F->dialect == SR_DIALECT_MSVC)
    return (F->linker & SR_BY_LINK) == 0 ? SR_QUOTE_WINDOWS
         : SR_QUOTE_WINDOWS | SR_QUOTE_SHELL32;
  if ((F->linker & (SR_BY_BFD | SR_BY_GOLD | SR_BY_LD64)) != 0)
    out |= SR_QUOTE_GNU | SR_QUOTE_POSIX;
  if ((F->linker & (SR_BY_LLD | SR_BY_LD64)) != 0) out |= SR_QUOTE_LLVM;
  if ((F->linker & SR_BY_MOLD) != 0) out |= SR_QUOTE_MOLD;
  return out;
}


/* -- roles ------------------------------------------------------------- */

static const char *const roles[] = {
  "none",
  "output", "import-library", "pdb", "map", "dependencies",
  "soname", "entry", "subsystem",
  "folder", "framework-folder", "sysroot", "rpath",
  "library", "framework", "force-load", "file", "file-list",
  "script", "version-script", "dynamic-list", "export-list",
  "unexport-list", "def", "retain-list", "order-list", "symbols-of",
  "response",
  "export", "unexport", "export-all", "exclude-libs",
  "undefined", "require", "wrap", "defsym", "symbolic",
  "unresolved", "no-undefined-version", "multiple",
  "gc", "no-gc", "icf", "strip",
  "shared", "pie", "no-pie", "static", "static-pie",
  "relocatable", "bundle",
  "whole", "no-whole", "group", "end-group", "lazy", "end-lazy",
  "as-needed", "no-as-needed", "static-libraries", "shared-libraries",
  "push", "pop",
  "z", "emulation", "target", "use-ld", "ld-folder", "flavor", "plugin",
  "no-stdlib", "language",
  "no-link", "opaque"
};

_Static_assert(sizeof roles / sizeof *roles == SR_OPT_OPAQUE + 1,
               "a role lacks its name");


const char *sr_role_name (sr_LinkRole role) {
  return (size_t)role <= SR_OPT_OPAQUE ? roles[role] : "none";
}


bool sr_role_named (sr_Str name, sr_LinkRole *out) {
  size_t i;
  for (i = 1; i <= SR_OPT_OPAQUE; i++)
    if (is(name, roles[i])) {
      *out = (sr_LinkRole)i;
      return true;
    }
  return false;
}
