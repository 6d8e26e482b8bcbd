/*
** irsymtab.c
** The symbol table of LLVM bitcode: what the compiler's back end would call
** the symbols, with those of module-level assembler among them, for linkers to
** read in place of the module.
**
** Layout: llvm/Object/IRSymtab.h, namespace storage.  Versions 3 (LLVM 14 to
** 22) and 4 are read; they differ in the sizes of common symbols, which are
** not.  The table names its producer, and LLVM itself makes it anew from the
** module when that is not exactly its own version, because a later one may
** list symbols in another order or keep others alive.  What is told here, name,
** linkage and place, is of the language and not of the version, so any
** producer that says who it is will do (but LLVM 14 leaves out, and 19 tells,
** what a back end wants by itself, as _GLOBAL_OFFSET_TABLE_ on the 386).
** Assembler inside of functions is in no table.  Letters: what llvm-nm 19
** prints, but constants of Mach-O, 's' there, are not told from variables.
*/

#include "formats.h"

#define SHARED  64  /* names may add up to so many times the bitcode's size */
#define SOON     8  /* symbols ahead, whose names are fetched from memory */

#define HEADER     76
#define SYMBOL     24
#define COMDAT     12
#define MODULE     12

/* Where the header has what. */
enum { VERSION = 0, PRODUCER = 4, MODULES = 12, COMDATS = 20, SYMBOLS = 28,
       TRIPLE = 44 };

/* Flags of a symbol, above two bits of visibility. */
enum { UNDEFINED = 1 << 3, WEAK = 1 << 4, COMMON = 1 << 5, TLS = 1 << 8,
       GLOBAL = 1 << 10, FORMAT_SPECIFIC = 1 << 11, EXECUTABLE = 1 << 13,
       ALL_FLAGS = (1 << 14) - 1 };

/* What the back end makes names of: it may put something before and behind
   those of the source. */
typedef enum Kind { PLAIN, MACHO, COFF } Kind;

typedef struct Table {
  const sr_IrTable *in;
  sr_Ask *ask;
  const unsigned char *symbols, *comdats;
  uint32_t count, ncomdats;
  uint64_t at;           /* of the symbols in the part */
  uint64_t told;         /* bytes of names that were looked at */
  Kind kind;             /* PLAIN too where names are told as they stand */
  uint16_t machine;      /* of COFF: IMAGE_FILE_MACHINE_* */
} Table;


static int damage (const sr_IrTable *in, uint64_t at, const char *field,
                   uint64_t is, const char *expected) {
  return sr_damage(in->S, in->part->offset + at, field, "%s is %llu, and "
                   "should be %s", field, (unsigned long long)is, expected);
}


static int unknown (const sr_IrTable *in, uint64_t at, const char *field) {
  in->S->fault.offset = in->part->offset + in->at + at;
  in->S->fault.field = field;
  return SYMRUN_UNKNOWN;
}


/* The range whose place and count are at 'where' in the header. */
static int range (const sr_IrTable *in, unsigned where, unsigned each,
                  const char *field, const unsigned char **out,
                  uint32_t *count) {
  uint32_t at = sr_u32(in->bytes + where, false);
  *count = sr_u32(in->bytes + where + 4, false);
  if (!sr_inside(at, (uint64_t)*count * each, in->size))
    return damage(in, in->at + where, field, at, "inside the symbol table, "
                  "with all that it counts");
  *out = in->bytes + at;
  return SYMRUN_OK;
}


static int string (const sr_IrTable *in, unsigned where, const char *field,
                   sr_Str *out) {
  uint32_t at = sr_u32(in->bytes + where, false);
  out->len = sr_u32(in->bytes + where + 4, false);
  if (!sr_inside(at, out->len, in->strsize))
    return damage(in, in->at + where, field, at, "inside the string table");
  out->ptr = in->strings + at;
  return SYMRUN_OK;
}


static int check_header (const sr_IrTable *in) {
  sr_Str producer;
  uint32_t version;
  int rc;
  if (in->size < HEADER)
    return damage(in, in->at, "irsymtab", in->size, "76 bytes or more");
  version = sr_u32(in->bytes + VERSION, false);
  if (version != 3 && version != 4) {
    sr_fail(in->S, SYMRUN_UNKNOWN, "has a symbol table of version %u, and "
            "symrun knows 3 and 4 (LLVM 14 and later)", (unsigned)version);
    return unknown(in, VERSION, "irsymtab version");
  }
  rc = string(in, PRODUCER, "irsymtab producer", &producer);
  if (rc != SYMRUN_OK || producer.len > 0) return rc;
  sr_fail(in->S, SYMRUN_UNKNOWN, "has a symbol table that does not say who "
          "made it, so it cannot be trusted");
  return unknown(in, PRODUCER, "irsymtab producer");
}


/* Modules share the symbols out among them, without gaps; a table about other
   modules than those before it was left by a tool that put files together. */
static int check_modules (const sr_IrTable *in, uint32_t symbols) {
  const unsigned char *p;
  uint32_t count, end = 0, i;
  int rc = range(in, MODULES, MODULE, "irsymtab modules", &p, &count);
  if (rc != SYMRUN_OK) return rc;
  if (count != in->modules) {
    sr_fail(in->S, SYMRUN_UNKNOWN, "has a symbol table for %u modules, and "
            "holds %u", (unsigned)count, (unsigned)in->modules);
    return unknown(in, MODULES, "irsymtab modules");
  }
  for (i = 0; i < count; i++, p += MODULE) {
    uint32_t begin = sr_u32(p, false);
    uint64_t at = in->at + (uint64_t)(p - in->bytes);
    if (begin != end)
      return damage(in, at, "module begin", begin, "where the symbols of the "
                    "module before it end");
    end = sr_u32(p + 4, false);
    if (end < begin || end > symbols)
      return damage(in, at + 4, "module end", end, "no more than there are "
                    "symbols");
  }
  if (end != symbols)
    return damage(in, in->at + SYMBOLS + 4, "irsymtab symbols", symbols, "what "
                  "the modules have in all");
  return SYMRUN_OK;
}


static bool has (sr_Str triple, const char *word) {
  return memmem(triple.ptr, triple.len, word, strlen(word)) != NULL;
}


static Kind kind_of (sr_Str triple) {
  static const char *const macho[] = {
    "-darwin", "-macos", "-ios", "-tvos", "-watchos", "-xros", "-visionos",
    "-driverkit", "-bridgeos", "-macho"
  };
  size_t i;
  for (i = 0; i < sizeof macho / sizeof *macho; i++)
    if (has(triple, macho[i])) return MACHO;
  return has(triple, "-windows") || has(triple, "-uefi") ? COFF : PLAIN;
}


static uint16_t machine_of (sr_Str triple) {
  if (triple.len > 4 && triple.ptr[0] == 'i'
      && memcmp(triple.ptr + 2, "86-", 3) == 0) return 0x014c;
  return has(triple, "x86_64-") ? 0x8664 : has(triple, "arm64ec-") ? 0xa641
       : 0;
}


static char letter (uint32_t flags) {
  bool executable = (flags & EXECUTABLE) != 0;
  char c;
  if (flags & WEAK) return flags & UNDEFINED ? 'w' : 'W';
  if (flags & UNDEFINED) return 'U';
  if (flags & COMMON) return 'C';
  c = executable ? 't' : 'd';
  return flags & GLOBAL ? (char)(c - 'a' + 'A') : c;
}


/* Those of a COMDAT that is kept whole have duplicates like any others. */
static int in_comdat (const Table *T, uint32_t index, uint64_t at, bool *out) {
  const uint32_t none = UINT32_MAX, no_deduplicate = 3;
  if (index == none) return SYMRUN_OK;
  if (index >= T->ncomdats)
    return damage(T->in, at + 16, "ComdatIndex", index, "the index of a "
                  "COMDAT");
  *out = sr_u32(T->comdats + (size_t)index * COMDAT + 8, false)
         != no_deduplicate;
  return SYMRUN_OK;
}


/* A symbol that somebody wants, with its name. */
static int tell (Table *T, const unsigned char *p, uint64_t at,
                 uint32_t flags, sr_Symbol *sym) {
  static const unsigned char visibility[4] = {
    SR_DEFAULT, SR_HIDDEN, SR_PROTECTED, SR_DEFAULT
  };
  bool ir = sr_u32(p + 12, false) > 0;  /* not of the assembler */
  sr_Ask *ask = T->ask;
  sr_Str name = {sym->name, sym->len};
  int rc = SYMRUN_OK;
  memset(sym, 0, sizeof *sym);
  sym->name = name.ptr;
  sym->len = name.len;
  sym->visibility = visibility[flags & 3];
  sym->place = flags & UNDEFINED ? SR_UNDEFINED
             : flags & COMMON ? SR_COMMON : SR_DEFINED;
  sym->binding = flags & WEAK ? SR_WEAK
               : flags & (GLOBAL | UNDEFINED) ? SR_GLOBAL : SR_LOCAL;
  sym->type = flags & TLS ? SR_TLS : flags & COMMON ? SR_COMMON_DATA
            : flags & EXECUTABLE ? SR_FUNC : SR_OBJECT;
  if (!ir) sym->type = SR_NOTYPE;
  sym->letter = ask->letters ? letter(flags) : '?';
  if (ask->letters || ask->groups
      || (ask->comdats && sym->binding == SR_GLOBAL))
    rc = in_comdat(T, sr_u32(p + 16, false), at, &sym->comdat);
  return rc == SYMRUN_OK ? ask->each(ask->ud, sym) : rc;
}


/* The same, behind a \1. */
static int tell_verbatim (Table *T, const unsigned char *p, uint64_t at,
                          uint32_t flags, sr_Symbol *sym) {
  symrun *S = T->in->S;
  sr_Ask *ask = T->ask;
  size_t room = sym->len + 1;
  char *name = (char *)sr_resize(S, NULL, 0, room);
  int rc = SYMRUN_OK;
  if (name == NULL) return SYMRUN_NOMEM;
  name[0] = '\1';
  memcpy(name + 1, sym->name, sym->len);
  sym->name = name;
  sym->len = room;
  if (ask->glob == NULL || sr_glob_match(ask->glob, name, room)) {
    rc = tell(T, p, at, flags, sym);
    if (ask->flush != NULL) {  /* while there is the name */
      int flushed = ask->flush(ask->ud);
      if (flushed != SYMRUN_OK) rc = flushed;
    }
  }
  sr_delete(S, name, room);
  return rc;
}


/* A symbol that somebody wants, if it is called so. */
static int tell_if (Table *T, const unsigned char *p, uint64_t at,
                    uint32_t flags, sr_Symbol *sym) {
  const sr_Glob *glob = T->ask->glob;
  sr_Str name = {sym->name, sym->len};
  bool verbatim = false;
  if (T->kind == COFF) verbatim = sr_coff_plain(T->machine, &name);
  else if (T->kind == MACHO) {
    verbatim = name.len == 0 || name.ptr[0] != '_'
            || (name.len > 1 && name.ptr[1] == '\1');
    if (!verbatim) {
      name.ptr++;
      name.len--;
    }
  }
  sym->name = name.ptr;
  sym->len = name.len;
  if (verbatim) return tell_verbatim(T, p, at, flags, sym);
  if (glob != NULL && !sr_glob_match(glob, sym->name, sym->len))
    return SYMRUN_OK;
  return tell(T, p, at, flags, sym);
}


/* Is it asked for, but for its name? */
static bool wanted (const sr_Ask *ask, uint32_t flags) {
  bool undefined = (flags & UNDEFINED) != 0;
  if (flags & FORMAT_SPECIFIC) return false;  /* no name that is linked to */
  if (!(ask->want & (undefined ? SR_WANT_UNDEFINED : SR_WANT_DEFINED)))
    return false;
  if (undefined) return true;
  if (!(flags & (GLOBAL | WEAK)) && !(ask->want & SR_WANT_LOCAL)) return false;
  return !(ask->want & SR_WANT_EXPORTED)
      || ((flags & (GLOBAL | WEAK)) != 0 && (flags & 3) != 1 /* hidden */);
}


static int scan (Table *T) {
  const sr_IrTable *in = T->in;
  const sr_Glob *glob = T->ask->glob;
  const bool *first = glob != NULL && T->kind == PLAIN
                      ? sr_glob_first(glob) : NULL;
  const sr_Begin begin = sr_begin(first != NULL ? glob : NULL);
  const unsigned char *p = T->symbols;
  uint32_t i;
  T->ask->seen += T->count;
  for (i = 0; i < T->count; i++, p += SYMBOL) {
    uint32_t name = sr_u32(p, false), len = sr_u32(p + 4, false);
    uint32_t flags = sr_u32(p + 20, false);
    uint64_t at = T->at + (uint64_t)i * SYMBOL;
    sr_Symbol sym;
    int rc;
    if (i + SOON < T->count) {
      uint32_t soon = sr_u32(p + SOON * SYMBOL, false);
      if (soon < in->strsize) SR_PREFETCH(in->strings + soon);
    }
    if (SR_UNLIKELY(!sr_inside(name, len, in->strsize)))
      return damage(in, at, "symbol name", name, "inside the string table, "
                    "with all of the name");
    if (SR_UNLIKELY(flags > ALL_FLAGS))
      return damage(in, at + 20, "symbol flags", flags, "fourteen bits");
    if (!wanted(T->ask, flags)) continue;
    sym.name = in->strings + name;
    sym.len = len;
    if (first != NULL && len > 0 && !first[(unsigned char)sym.name[0]])
      continue;
    if (!sr_begins(&begin, sym.name, in->strsize - name)) continue;
    T->told += len;  /* one long name may serve any number of symbols */
    if (SR_UNLIKELY(T->told / SHARED > in->part->size))
      return damage(in, at, "symbol name", T->told, "less: names up to here "
                    "are more than 64 times the bitcode");
    rc = tell_if(T, p, at, flags, &sym);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


int sr_irsymtab_read (const sr_IrTable *in, sr_Ask *ask) {
  Table T;
  sr_Str triple;
  int rc = check_header(in);
  if (rc != SYMRUN_OK) return rc;
  memset(&T, 0, sizeof T);
  T.in = in;
  T.ask = ask;
  rc = string(in, TRIPLE, "irsymtab triple", &triple);
  if (rc == SYMRUN_OK)
    rc = range(in, COMDATS, COMDAT, "irsymtab comdats", &T.comdats,
               &T.ncomdats);
  if (rc == SYMRUN_OK)
    rc = range(in, SYMBOLS, SYMBOL, "irsymtab symbols", &T.symbols, &T.count);
  if (rc == SYMRUN_OK) rc = check_modules(in, T.count);
  if (rc != SYMRUN_OK) return rc;
  T.at = in->at + (uint64_t)(T.symbols - in->bytes);
  T.kind = ask->raw ? PLAIN : kind_of(triple);
  T.machine = machine_of(triple);
  rc = scan(&T);
  /* the next table's strings will stand where these names are */
  return rc == SYMRUN_OK && ask->flush != NULL ? ask->flush(ask->ud) : rc;
}
