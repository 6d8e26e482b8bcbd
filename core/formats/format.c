/*
** format.c
** The table of formats: what bytes begin them, who reads them.  A file's
** name is never looked at: Perry's .lib archives are GNU ones, and an rlib's
** lib.rmeta may be an ELF object or not, depending on the compiler's age.
*/

#include "formats.h"

typedef int (*Read) (symrun *S, const sr_Part *part, sr_Ask *ask);
typedef int (*Role) (symrun *S, const sr_Part *part, sr_Role *out);

/* 'read' answers for the views native and dynamic, and gives SYMRUN_UNKNOWN
   for one that the format does not have; 'role' is asked first, else 'as'. */
static const struct {
  const char *name;    /* as symrun nm prints it */
  const char *prose;   /* as a sentence calls it */
  Read read;
  Role role;
  sr_Role as;
  bool sizes;          /* its symbols have them */
} formats[SR_FORMATS] = {
  [SR_OTHER]       = {"other", "of no format that symrun knows", NULL, NULL,
                      SR_ROLE_NONE, false},
  [SR_EMPTY]       = {"other", "empty", NULL, NULL, SR_ROLE_NONE, false},
  [SR_AR]          = {"ar", "an archive", NULL, NULL, SR_ROLE_NONE, false},
  [SR_THIN_AR]     = {"thin-ar", "a thin archive", NULL, NULL, SR_ROLE_NONE,
                      false},
  [SR_AIX_AR]      = {"aix-ar", "an AIX archive", NULL, NULL, SR_ROLE_NONE,
                      false},
  [SR_ELF]         = {"elf", "an ELF file", sr_elf_read, sr_elf_role,
                      SR_ROLE_OBJECT, true},
  [SR_MACHO]       = {"macho", "a Mach-O file", sr_macho_read, sr_macho_role,
                      SR_ROLE_OBJECT, false},
  [SR_FAT]         = {"fat", "a universal Mach-O file", NULL, NULL,
                      SR_ROLE_OBJECT, false},
  [SR_COFF]        = {"coff", "a COFF object", sr_coff_read, NULL,
                      SR_ROLE_OBJECT, false},
  [SR_COFF_BIGOBJ] = {"coff-bigobj", "a COFF object", sr_coff_read, NULL,
                      SR_ROLE_OBJECT, false},
  [SR_COFF_IMPORT] = {"coff-import", "a COFF import", sr_coff_import_read,
                      NULL, SR_ROLE_NONE, false},
  [SR_PE]          = {"pe", "a PE image", sr_pe_read, sr_pe_role,
                      SR_ROLE_LIBRARY, false},
  [SR_WASM]        = {"wasm", "a wasm file", sr_wasm_read, sr_wasm_role,
                      SR_ROLE_OBJECT, true},
  [SR_BITCODE]     = {"bitcode", "LLVM bitcode, with no native code", NULL,
                      NULL, SR_ROLE_OBJECT, false},
  [SR_XCOFF]       = {"xcoff", "an XCOFF file", NULL, NULL, SR_ROLE_OBJECT,
                      false},
  [SR_TBD]         = {"tbd", "a .tbd stub", sr_told_read, NULL,
                      SR_ROLE_LIBRARY, false},
  [SR_SCRIPT]      = {"script", "a linker script", NULL, NULL, SR_ROLE_NONE,
                      false},
  [SR_RMETA]       = {"other", "rustc's metadata", NULL, NULL, SR_ROLE_NONE,
                      false}
};

static const char *const views[SR_VIEWNAMES + 1] = {
  "native", "bitcode", "gcc-lto", "dynamic", "index", "text"
};


const char *sr_format_name (sr_Format f) { return formats[f].name; }
const char *sr_format_prose (sr_Format f) { return formats[f].prose; }
bool sr_format_sizes (sr_Format f) { return formats[f].sizes; }
const char *sr_view_name (sr_View_name v) { return views[v]; }


static bool begins (const unsigned char *p, size_t n, const char *magic,
                    size_t len) {
  return n >= len && memcmp(p, magic, len) == 0;
}

#define BEGINS(magic)  begins(p, n, magic, sizeof magic - 1)

/* COFF has no magic: a machine that is known, and the size of an optional
   header that objects do not have (PE/COFF section 3.3), which no text has at
   that place.  Where no machine is meant, or one that other files could begin
   with, the symbol table must be there too. */
static sr_Format coff (const unsigned char *p, size_t n, uint64_t size) {
  static const uint16_t machines[] = {0x014c, 0x8664, 0x01c0, 0x01c2, 0x01c4,
                                      0xaa64, 0xa641, 0xa64e};
  uint16_t machine;
  uint64_t headers, symbols, count;
  size_t i;
  if (n < 20) return SR_OTHER;
  machine = sr_u16(p, false);
  if (machine == 0 && sr_u16(p + 2, false) == 0xffff)
    return sr_u16(p + 4, false) >= 1 ? SR_COFF_BIGOBJ : SR_COFF_IMPORT;
  if (sr_u16(p + 16, false) != 0) return SR_OTHER;
  for (i = 0; i < sizeof machines / sizeof *machines; i++)
    if (machine == machines[i]) return SR_COFF;
  headers = 20 + 40 * (uint64_t)sr_u16(p + 2, false);
  symbols = sr_u32(p + 8, false);
  count = sr_u32(p + 12, false);
  return (machine == 0 || machine == 0x0200) && count > 0 && symbols >= headers
      && sr_inside(symbols, 18 * count + 4, size) ? SR_COFF : SR_OTHER;
}


static void skip_blanks (const unsigned char **p, size_t *n) {
  while (*n > 0 && memchr(" \t\r\n", **p, 4) != NULL) { ++*p; --*n; }
}


/* Signs of JSON, with blanks among them, and then one of the keys. */
static bool key (const unsigned char **p, size_t *n, const char *signs,
                 const char *const *keys) {
  for (; *signs != '\0'; signs++) {
    skip_blanks(p, n);
    if (*n == 0 || **p != (unsigned char)*signs) return false;
    ++*p;
    --*n;
  }
  for (; *keys != NULL; keys++)
    if (begins(*p, *n, *keys, strlen(*keys))) {
      *p += strlen(*keys);
      *n -= strlen(*keys);
      return true;
    }
  return false;
}


/* A .tbd stub of lines says so, but for the oldest; one of JSON is known by
   its keys, which tapi sorts. */
static bool stub (const unsigned char *p, size_t n) {
  static const char *const sure[] = {"main_library\"", "tapi_tbd_version\"",
                                     NULL};
  static const char *const list[] = {"libraries\"", NULL};
  static const char *const inner[] = {
    "allowable_cl", "compatibilit", "current_vers", "exported_sym",
    "install_name", "parent_umbre", "reexported_", "target_info", NULL
  };
  const unsigned char *q = p;
  size_t left = n;
  if (n == 0 || (*p != '-' && *p != '{')) return false;
  if (BEGINS("--- !tapi-tbd") || BEGINS("---\narchs:")) return true;
  if (key(&q, &left, "{\"", sure)) return true;
  return key(&p, &n, "{\"", list) && key(&p, &n, ":[{\"", inner);
}


/* What stands in place of a library may be a text for GNU ld, and then begins
   so; glibc's and ncurses' do.  A comment may come first, if it is short. */
static bool script (const unsigned char *p, size_t n) {
  const unsigned char *end;
  if (BEGINS("/* GNU ld script")) return true;
  skip_blanks(&p, &n);
  if (BEGINS("/*")) {
    end = (const unsigned char *)memmem(p + 2, n - 2, "*/", 2);
    if (end == NULL) return false;
    n -= (size_t)(end + 2 - p);
    p = end + 2;
    skip_blanks(&p, &n);
  }
  return BEGINS("OUTPUT_FORMAT") || BEGINS("INPUT(") || BEGINS("INPUT (")
      || BEGINS("GROUP(") || BEGINS("GROUP (");
}


sr_Format sr_format_probe (const unsigned char *p, size_t n, uint64_t size) {
  uint32_t word;
  if (size == 0) return SR_EMPTY;
  if (BEGINS("\177ELF")) return SR_ELF;
  if (BEGINS("!<arch>\n")) return SR_AR;
  if (BEGINS("!<thin>\n")) return SR_THIN_AR;
  if (BEGINS("<bigaf>\n")) return SR_AIX_AR;
  if (BEGINS("BC\xc0\xde") || BEGINS("\xde\xc0\x17\x0b")) return SR_BITCODE;
  if (BEGINS("\0asm")) return SR_WASM;
  if (BEGINS("rust\0\0\0")) return SR_RMETA;
  if (BEGINS("MZ") && memchr(p, '\0', n) != NULL) return SR_PE;
  if (stub(p, n)) return SR_TBD;
  if (script(p, n)) return SR_SCRIPT;
  if (n < 4) return SR_OTHER;
  word = sr_u32(p, true);
  if (word == 0xfeedface || word == 0xfeedfacf || word == 0xcefaedfe
      || word == 0xcffaedfe) return SR_MACHO;
  /* Java classes share the universal magic; they have versions over 43. */
  if ((word == 0xcafebabe && n >= 8 && sr_u32(p + 4, true) < 43)
      || word == 0xcafebabf) return SR_FAT;
  if (BEGINS("\x01\xdf") || BEGINS("\x01\xf7")) return SR_XCOFF;
  return coff(p, n, size);
}


static int untold (symrun *S, sr_Format f, const sr_Part *part,
                   sr_View_name view) {
  if (f == SR_SCRIPT)
    sr_fail(S, SYMRUN_UNKNOWN, "is a linker script: its %s symbols are those "
            "of the files that it names", sr_view_name(view));
  else
    sr_fail(S, SYMRUN_UNKNOWN, formats[f].read != NULL
          ? "is %s, and its %s symbols cannot be told yet"
          : "is %s: its %s symbols cannot be told", formats[f].prose,
          sr_view_name(view));
  S->fault.offset = part->offset;
  S->fault.field = "magic";
  return SYMRUN_UNKNOWN;
}


static int read_lto (symrun *S, sr_Format f, const sr_Part *part,
                     sr_Ask *ask) {
  int rc = sr_lto_read(S, f, ask->told, part, ask);
  return rc == SYMRUN_END ? untold(S, f, part, ask->told) : rc;
}


typedef struct Counted {
  sr_Ask *ask;
  const sr_Ask *native;
  uint64_t count;
} Counted;

static int count_each (void *ud, const sr_Symbol *sym) {
  Counted *C = (Counted *)ud;
  C->count++;
  C->ask->machine = C->native->machine;
  return C->ask->each(C->ask->ud, sym);
}


static int count_flush (void *ud) {
  const Counted *C = (const Counted *)ud;
  return C->ask->flush != NULL ? C->ask->flush(C->ask->ud) : SYMRUN_OK;
}


/* Native symbols, unless there is nothing but intermediate code. */
static int read_as_linkers (symrun *S, sr_Format f, const sr_Part *part,
                            sr_Ask *ask) {
  sr_Ask native = *ask;
  Counted C = {ask, &native, 0};
  bool lto = false;
  int rc;
  native.machine = ask->machine = 0;
  native.linker = false;
  native.each = count_each;
  native.flush = count_flush;
  native.ud = &C;
  if (f == SR_BITCODE) ask->told = SR_BITCODE_VIEW;
  else {
    rc = sr_format_read(S, f, part, &native);
    ask->seen = native.seen;
    ask->machine = native.machine;
    if (f != SR_ELF || rc != SYMRUN_UNKNOWN || C.count > 0) return rc;
    if (sr_gcclto_there(S, part, &lto) != SYMRUN_OK || !lto)
      return sr_format_read(S, f, part, &native);  /* to say why again */
    ask->told = SR_GCC_LTO;
  }
  return read_lto(S, f, part, ask);
}


uint16_t sr_format_machine (sr_Format f, const unsigned char *p, size_t n) {
  size_t at = f == SR_COFF ? 0 : 6;  /* bigobj and imports: after a version */
  bool coff = f == SR_COFF || f == SR_COFF_BIGOBJ || f == SR_COFF_IMPORT;
  return coff && n >= at + 2 ? sr_u16(p + at, false) : 0;
}


bool sr_format_plain (sr_Format f, uint16_t machine, sr_Str *name) {
  if (machine != 0) return sr_coff_plain(machine, name);
  if (f != SR_MACHO) return false;
  if (name->len == 0 || name->ptr[0] != '_'
      || (name->len > 1 && name->ptr[1] == '\1')) return true;
  name->ptr++;
  name->len--;
  return false;
}


int sr_format_read (symrun *S, sr_Format f, const sr_Part *part,
                    sr_Ask *ask) {
  ask->told = ask->view;
  ask->machine = 0;
  if (f == SR_EMPTY || f == SR_RMETA) return SYMRUN_OK;
  if (ask->view == SR_BITCODE_VIEW || ask->view == SR_GCC_LTO)
    return read_lto(S, f, part, ask);
  if (ask->view == SR_NATIVE && ask->linker)
    return read_as_linkers(S, f, part, ask);
  if (formats[f].read != NULL && (ask->view == SR_NATIVE
                                  || ask->view == SR_DYNAMIC))
    return formats[f].read(S, part, ask);
  return untold(S, f, part, ask->view);
}


int sr_format_role (symrun *S, sr_Format f, const sr_Part *part,
                    sr_Role *out) {
  if (formats[f].role != NULL) return formats[f].role(S, part, out);
  *out = formats[f].as;
  return SYMRUN_OK;
}
