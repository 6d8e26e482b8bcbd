/*
** macho_symbols.c
** The symbol table of a Mach-O file.  A C compiler puts an underscore before
** what the source calls 'f', and a name that the source spelled itself (by an
** asm label) has none: to a rule these are 'f' and '\1f', as LLVM writes such
** names, so that '_f' and 'f', two names to a linker, never become one.
**
** Layouts: mach-o/nlist.h, of Apple's xnu and cctools.  Letters: what llvm-nm
** 19 prints.
*/

#include "formats.h"

enum {  /* n_type */
  N_STAB = 0xe0, N_PEXT = 0x10, N_TYPE = 0x0e, N_EXT = 0x01,
  N_UNDF = 0x0, N_ABS = 0x2, N_INDR = 0xa, N_PBUD = 0xc, N_SECT = 0xe
};

enum { N_NO_DEAD_STRIP = 0x20, N_WEAK_REF = 0x40, N_WEAK_DEF = 0x80,
       N_SYMBOL_RESOLVER = 0x100 };

#define MH_NLIST_OUTOFSYNC_WITH_DYLDINFO  0x04000000u

#define CLOSE   4096   /* names that begin this near are read with symbols */
#define SHARED    64   /* names may add up to so many times the file's size */
#define SOON      12   /* symbols ahead, whose names are fetched from memory */


typedef struct Table {
  sr_Macho *M;
  sr_Ask *ask;
  sr_Spelled *spelled;
  const unsigned char *symbols;
  const char *strings;
  uint64_t count, strsize;
  uint64_t first;       /* that is not local, if LC_DYSYMTAB tells */
  uint64_t told;        /* bytes of names that were looked at */
  unsigned want;
  bool slim;            /* GCC's LTO and no other code */
  unsigned sections;    /* of which the letter is known */
  char letters[256];    /* by n_sect */
} Table;


/* Mostly the names follow the symbols closely: one read fetches both.  Of the
   string table, what follows its last NUL is no name. */
static int fetch_table (Table *T) {
  sr_Macho *M = T->M;
  uint64_t symoff = M->symtab.symoff, stroff = M->symtab.stroff;
  uint64_t size = T->count * (M->is64 ? 16 : 12), both = size;
  uint64_t strsize = M->symtab.strsize;
  if (stroff >= symoff + size && stroff - symoff - size < CLOSE)
    both = stroff - symoff + strsize;
  T->symbols = sr_macho_look(M, SR_SYMBOLS, symoff, size, both);
  if (T->symbols == NULL) return M->S->code;
  T->strings = (const char *)sr_macho_look(M, SR_STRINGS, stroff, strsize,
                                           strsize);
  if (T->strings == NULL) return M->S->code;
  while (strsize > 0 && T->strings[strsize - 1] != '\0') strsize--;
  T->strsize = strsize;
  return SYMRUN_OK;
}


/* -- letters -------------------------------------------------------------- */

char sr_macho_letter (const sr_MachoSection *sec) {
  if (sr_macho_named(sec, "__TEXT", "__text")) return 't';
  if (sr_macho_named(sec, "__DATA", "__data")) return 'd';
  if (sr_macho_named(sec, "__DATA", "__bss")) return 'b';
  return sr_macho_named(sec, "__TEXT_EXEC", "__text") ? 't' : 's';
}


static int take_letter (void *ud, const sr_MachoSection *sec) {
  Table *T = (Table *)ud;
  if (++T->sections > 255) return SYMRUN_END;  /* n_sect is a byte */
  T->letters[T->sections] = sr_macho_letter(sec);
  return SYMRUN_OK;
}


static char letter (const Table *T, unsigned type, const sr_Symbol *sym) {
  char c = '?';
  if (sym->place == SR_UNDEFINED) c = type & N_EXT ? 'U' : '?';
  else if (sym->place == SR_COMMON) c = 'C';
  else if (sym->place == SR_ABSOLUTE) c = 'a';
  else c = (type & N_TYPE) == N_INDR ? 'i' : T->letters[sym->section];
  return type & N_EXT && c >= 'a' ? (char)(c - 'a' + 'A') : c;
}


/* -- names ---------------------------------------------------------------- */

int sr_macho_spell (sr_Macho *M, sr_Spelled *P, const sr_Ask *ask,
                    bool verbatim, sr_Str *name) {
  size_t len = name->len + verbatim;
  char *out;
  if (P->bytes == NULL || P->room - P->used < len) {  /* or the first is "" */
    size_t room = P->room < 4096 ? 4096 : P->room;
    int rc = P->used > 0 && ask->flush != NULL ? ask->flush(ask->ud)
                                               : SYMRUN_OK;
    if (rc != SYMRUN_OK) return rc;
    P->used = 0;
    while (room < len) room *= 2;
    if (room > P->room) {
      sr_delete(M->S, P->bytes, P->room);
      P->room = 0;
      P->bytes = (char *)sr_resize(M->S, NULL, 0, room);
      if (P->bytes == NULL) return SYMRUN_NOMEM;
      P->room = room;
    }
  }
  out = P->bytes + P->used;
  if (verbatim) *out = '\1';
  memcpy(out + verbatim, name->ptr, name->len);
  P->used += len;
  name->ptr = out;
  name->len = len;
  return SYMRUN_OK;
}


/* GCC marks objects of intermediate code alone by a common symbol that no
   program has. */
static bool marker (Table *T, const char *s) {
  static const char name[] = "__gnu_lto_slim";
  if (T->M->type != SR_MH_OBJECT || s[0] != '_') return false;
  if (strcmp(s, name) != 0 && strcmp(s + 1, name) != 0) return false;
  return T->slim = true;
}


/* -- symbols -------------------------------------------------------------- */

/* One long name may serve any number of symbols, and a file of a megabyte
   fill a disk. */
static int too_long (const Table *T, uint64_t at) {
  at += T->M->part->offset + T->M->symtab.symoff;
  return sr_damage(T->M->S, at, "n_strx", "names up to "
                   "here add up to %llu bytes, more than %d times the file",
                   (unsigned long long)T->told, SHARED);
}


/* What LC_DYSYMTAB counts as local has to be: others would be lost to those
   who believe it. */
static int all_local (const Table *T) {
  sr_Macho *M = T->M;
  size_t entry = M->is64 ? 16 : 12;
  const unsigned char *p = T->symbols + 4;
  uint64_t i;
  for (i = 0; i < T->first; i++, p += entry)
    if (SR_UNLIKELY((*p & (N_STAB | N_EXT)) == N_EXT))
      return sr_macho_damage(M, M->symtab.symoff + i * entry + 4, "n_type", *p,
                             "that of a local symbol, for nlocalsym says that "
                             "locals end later");
  return SYMRUN_OK;
}


/* What n_type's low four bits say; 0 for what nobody specified. */
enum { DEFINED = SR_WANT_DEFINED, UNDEFINED = SR_WANT_UNDEFINED, SECTION = 4,
       TENTATIVE = 8 };

static const unsigned char kinds[16] = {
  [N_UNDF] = UNDEFINED, [N_UNDF | N_EXT] = UNDEFINED | TENTATIVE,
  [N_PBUD] = UNDEFINED, [N_PBUD | N_EXT] = UNDEFINED,
  [N_ABS]  = DEFINED,   [N_ABS | N_EXT]  = DEFINED,
  [N_INDR] = DEFINED,   [N_INDR | N_EXT] = DEFINED,
  [N_SECT] = DEFINED | SECTION, [N_SECT | N_EXT] = DEFINED | SECTION
};


/* The rare parts of one symbol that somebody wants. */
static int finish (Table *T, const unsigned char *p, unsigned kind,
                   const sr_Str *name) {
  sr_Macho *M = T->M;
  unsigned type = p[4], desc = sr_u16(p + 6, M->big);
  sr_Symbol sym;
  memset(&sym, 0, sizeof sym);
  sym.name = name->ptr;
  sym.len = name->len;
  sym.value = M->is64 ? sr_u64(p + 8, M->big) : sr_u32(p + 8, M->big);
  sym.visibility = type & N_PEXT ? SR_HIDDEN : SR_DEFAULT;
  if (kind & SECTION) sym.section = p[5];
  sym.place = kind & UNDEFINED ? SR_UNDEFINED : kind & TENTATIVE ? SR_COMMON
            : (type & N_TYPE) == N_ABS ? SR_ABSOLUTE : SR_DEFINED;
  if (!(type & N_EXT)) sym.binding = SR_LOCAL;
  else if (kind & TENTATIVE) sym.binding = SR_GLOBAL;
  else sym.binding = desc & (kind & UNDEFINED ? N_WEAK_REF : N_WEAK_DEF)
                   ? SR_WEAK : SR_GLOBAL;
  if (M->type == SR_MH_OBJECT && kind & SECTION) {
    if (desc & N_SYMBOL_RESOLVER) sym.type = SR_IFUNC;
    sym.retain = (desc & N_NO_DEAD_STRIP) != 0;
  }
  sym.number = (uint64_t)(p - T->symbols) / (M->is64 ? 16 : 12);
  if (kind & TENTATIVE) sym.size = sym.value;
  sym.letter = T->ask->letters ? letter(T, type, &sym) : '?';
  return T->ask->each(T->ask->ud, &sym);
}


/* What is wrong with a symbol that is no stab: n_strx, n_type or n_sect. */
static int damaged (const Table *T, uint64_t i, const unsigned char *p) {
  sr_Macho *M = T->M;
  uint64_t at = M->symtab.symoff + i * (M->is64 ? 16 : 12);
  uint32_t strx = sr_u32(p, M->big);
  if (strx > 0 && strx >= T->strsize)
    return sr_macho_damage(M, at, "n_strx", strx, "inside the string table, "
                           "before its last NUL");
  if (!(p[4] & N_EXT) && M->orderly && i >= T->first)
    return sr_macho_damage(M, at + 4, "n_type", p[4], "that of a symbol that "
                           "is not local, for nlocalsym says that locals "
                           "ended before");
  if (kinds[p[4] & 15] == 0)
    return sr_macho_damage(M, at + 4, "n_type", p[4], "of a kind that is "
                           "specified");
  return sr_macho_damage(M, at + 5, "n_sect", p[5], "the number of a section");
}


/* The loop over all symbols.  'is64' and 'big' are constants where it is
   called, so four loops are made of it. */
static inline int scan (Table *T, const bool is64, const bool big) {
  sr_Ask *ask = T->ask;
  const bool *first = ask->glob != NULL ? sr_glob_first(ask->glob) : NULL;
  const sr_Begin begin = sr_begin(ask->glob);
  const size_t entry = is64 ? 16 : 12;
  const unsigned want = T->want;
  const uint32_t sections = T->M->sections;
  const bool raw = ask->raw;
  uint64_t i = want & SR_WANT_LOCAL ? 0 : T->first;
  const uint64_t locals = T->M->orderly ? T->first : T->count;
  const unsigned char *p = T->symbols + i * entry;
  ask->seen += T->count - i;
  for (; i < T->count; i++, p += entry) {
    uint32_t strx = sr_u32(p, big);
    unsigned type = p[4], kind = kinds[type & 15];
    const char *s = T->strings + strx;
    bool verbatim = false;
    sr_Str name;
    int rc;
    if (i + SOON < T->count) {
      uint32_t soon = sr_u32(p + SOON * entry, big);
      if (soon < T->strsize) SR_PREFETCH(T->strings + soon);
    }
    if (SR_UNLIKELY(strx >= T->strsize) && strx > 0) return damaged(T, i, p);
    if (type & N_STAB) continue;
    if (kind & SECTION) {
      if (SR_UNLIKELY(p[5] - 1u >= sections)) return damaged(T, i, p);
    }
    else if (kind & TENTATIVE) {
      if ((is64 ? sr_u64(p + 8, big) : sr_u32(p + 8, big)) == 0)
        kind = UNDEFINED;
      else {
        kind = DEFINED | TENTATIVE;
        if (strx > 0 && marker(T, s)) continue;
      }
    }
    else if (SR_UNLIKELY(kind == 0)) return damaged(T, i, p);
    if (!(type & N_EXT)) {
      if (SR_UNLIKELY(i >= locals)) return damaged(T, i, p);
      if (!(want & SR_WANT_LOCAL)) continue;
    }
    if (!(kind & want & (DEFINED | UNDEFINED))) continue;
    if (SR_UNLIKELY(strx == 0)) {
      s = "";
      verbatim = !raw;
    }
    else if (!raw) {
      verbatim = s[0] != '_' || s[1] == '\1';
      s += !verbatim;
    }
    if (first != NULL && !first[verbatim ? 1 : (unsigned char)*s]) continue;
    if (!verbatim && strx > 0
        && !sr_begins(&begin, s, T->strsize - (uint64_t)(s - T->strings)))
      continue;
    name.ptr = s;
    name.len = strlen(s);
    T->told += name.len;
    if (SR_UNLIKELY(T->told / SHARED > T->M->part->size))
      return too_long(T, i * entry);
    if (SR_UNLIKELY(verbatim)
        && (rc = sr_macho_spell(T->M, T->spelled, ask, true, &name))
           != SYMRUN_OK) return rc;
    if (ask->glob != NULL && !sr_glob_match(ask->glob, name.ptr, name.len))
      continue;
    if (want & SR_WANT_EXPORTED && type & N_PEXT && !(kind & UNDEFINED))
      continue;
    rc = finish(T, p, kind, &name);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


static int scan_table (Table *T) {
  if (T->M->is64)
    return T->M->big ? scan(T, true, true) : scan(T, true, false);
  return T->M->big ? scan(T, false, true) : scan(T, false, false);
}


/* strip takes symbols that the export trie keeps.  Every global one is in
   both, for a linker makes hidden ones local. */
static int stripped (const Table *T) {
  sr_Macho *M = T->M;
  const unsigned char *p = T->symbols + 4;
  uint64_t i, exported, globals = 0;
  int rc = sr_macho_count_exports(M, &exported);
  if (rc != SYMRUN_OK || exported == 0) return rc;
  for (i = 0; i < T->count; i++, p += M->is64 ? 16 : 12) {
    unsigned kind = *p & N_TYPE;
    globals += (*p & (N_STAB | N_EXT)) == N_EXT && kind != N_UNDF
            && kind != N_PBUD;
  }
  if (globals >= exported) return SYMRUN_OK;
  return sr_macho_unknown(M, M->symtab.at, "LC_SYMTAB", "is stripped of "
                          "symbols that it exports; ask for the view "
                          "'dynamic', or for the file that it was before");
}


/* Those of the symbol table that fit 'want'. */
static int read_table (sr_Macho *M, sr_Ask *ask, unsigned want,
                       sr_Spelled *spelled) {
  Table T;
  int rc = SYMRUN_OK;
  if (M->symtab.nsyms == 0) return SYMRUN_OK;
  memset(&T, 0, sizeof T);
  T.M = M;
  T.ask = ask;
  T.want = want;
  T.spelled = spelled;
  T.count = M->symtab.nsyms;
  if (M->orderly) T.first = M->ranges[0].count;
  if (ask->letters) rc = sr_macho_sections(M, take_letter, &T);
  if (rc >= 0) rc = fetch_table(&T);
  if (rc == SYMRUN_OK) rc = all_local(&T);
  if (rc == SYMRUN_OK) rc = scan_table(&T);
  if (rc == SYMRUN_OK && M->type != SR_MH_OBJECT && ask->view == SR_NATIVE
      && want & SR_WANT_DEFINED) rc = stripped(&T);
  return rc == SYMRUN_OK && T.slim
       ? sr_macho_unknown(M, M->symtab.symoff, "symbol table", "holds GCC's "
                          "LTO and no native code, so its native symbols "
                          "cannot be told; compile it with -ffat-lto-objects")
       : rc;
}


/* The linker was told to leave symbols out that dyld finds all the same. */
static int lacks_some (sr_Macho *M) {
  if (!(M->flags & MH_NLIST_OUTOFSYNC_WITH_DYLDINFO)) return SYMRUN_OK;
  return sr_macho_unknown(M, 24, "flags", "has a symbol table that lacks some "
                          "of its symbols, by its own words "
                          "(MH_NLIST_OUTOFSYNC_WITH_DYLDINFO)");
}


/* An object without symbols is one; what was linked had some. */
static int native (sr_Macho *M, sr_Ask *ask, sr_Spelled *spelled) {
  int rc;
  if (M->symtab.nsyms == 0 && M->type != SR_MH_OBJECT
      && M->type != SR_MH_CORE)
    return sr_macho_unknown(M, M->symtab.at, "LC_SYMTAB", "is stripped, so its "
                            "own symbols are gone; ask for the view "
                            "'dynamic', or for the file that it was before");
  rc = read_table(M, ask, ask->want, spelled);
  return rc == SYMRUN_OK ? lacks_some(M) : rc;
}


/* What a linked file exports: by its trie, or, where linkers made none yet (or
   took it from a stub), by its symbol table. */
static int exported (sr_Macho *M, sr_Ask *ask, sr_Spelled *spelled) {
  unsigned want = SR_WANT_DEFINED | SR_WANT_EXPORTED;
  bool trie = M->exports.info != 0 || M->exports.trie != 0;
  int rc;
  if (M->exports.size > 0 || (trie && M->type != SR_MH_DYLIB_STUB))
    rc = sr_macho_exports(M, ask, spelled);
  else if (M->symtab.at == 0)
    rc = sr_macho_unknown(M, 0, "LC_SYMTAB", "has no symbol table and no "
                          "export trie, so what it exports cannot be told");
  else rc = read_table(M, ask, want, spelled);
  if (rc != SYMRUN_OK || M->reexports == 0) return rc;
  return sr_macho_unknown(M, M->reexports, "LC_REEXPORT_DYLIB", "also exports "
                          "all that another library exports, which only that "
                          "one can tell");
}


static int dynamic (sr_Macho *M, sr_Ask *ask, sr_Spelled *spelled) {
  int rc = SYMRUN_OK, wanted = SYMRUN_OK;
  if (M->type == SR_MH_OBJECT || M->type == SR_MH_CORE) return SYMRUN_OK;
  if (M->type == SR_MH_DSYM)
    return sr_macho_unknown(M, 12, "filetype", "keeps only debug information, "
                            "so its dynamic symbols cannot be told; ask the "
                            "file that it was made from");
  if (ask->want & SR_WANT_UNDEFINED) {
    wanted = M->symtab.nsyms > 0
           ? read_table(M, ask, SR_WANT_UNDEFINED, spelled)
           : sr_macho_unknown(M, M->symtab.at, "LC_SYMTAB", "has no symbols, "
                              "so what it wants cannot be told");
    if (wanted == SYMRUN_OK) wanted = lacks_some(M);
    if (wanted != SYMRUN_OK && wanted != SYMRUN_UNKNOWN) return wanted;
  }
  if (ask->want & SR_WANT_DEFINED) rc = exported(M, ask, spelled);
  return rc != SYMRUN_OK ? rc : wanted;
}


int sr_macho_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  sr_Macho M;
  sr_Spelled spelled = {NULL, 0, 0};
  int rc = sr_macho_open(S, part, &M);
  if (rc != SYMRUN_OK) return rc;
  ask->machine = M.cpu;
  rc = ask->view == SR_DYNAMIC ? dynamic(&M, ask, &spelled)
                               : native(&M, ask, &spelled);
  if (spelled.bytes != NULL && ask->flush != NULL) {
    int flushed = ask->flush(ask->ud);
    if (flushed != SYMRUN_OK) rc = flushed;
  }
  sr_delete(S, spelled.bytes, spelled.room);
  return rc;
}
