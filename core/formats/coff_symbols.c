/*
** coff_symbols.c
** The symbols of a COFF object, or of an image that kept them, and what letter
** nm gives each.  A weak external is a name with a default: where its record
** calls it an alias, it is a weak definition, else an undefined weak symbol;
** so llvm-nm has it, and so do archive indexes.  A name of up to eight bytes
** stands in the symbol itself, without an end.
**
** Layouts: Microsoft's "PE Format", section "COFF Symbol Table".  Letters:
** what llvm-nm 19 prints.
*/

#include "coff.h"

#define NEAR   65536   /* bytes of strings that are read with symbols */
#define AHEAD    124   /* and the archive's next header with its object's */
#define SOON      12   /* entries ahead, whose names are fetched from memory */
#define ALIAS      3   /* IMAGE_WEAK_EXTERN_SEARCH_ALIAS */


typedef struct Table {
  sr_Coff *C;
  sr_Ask *ask;
  const unsigned char *symbols;
  sr_CoffNames names;
  unsigned char *comdats;   /* by section */
  uint64_t told;            /* bytes of names that were looked at */
  bool slim;                /* GCC's LTO and no other code */
} Table;


/* The string table follows the symbols, and the archive's next member both:
   mostly one read fetches all that is wanted of them. */
static int fetch_table (Table *T) {
  sr_Coff *C = T->C;
  uint64_t need = (uint64_t)C->nsymbols * C->entry;
  uint64_t left = C->part->size - C->symbols_at, most = need * 4 + NEAR;
  T->symbols = sr_coff_look(C, SR_HEAD, C->symbols_at, need,
                            left < most ? left + AHEAD : most);
  return T->symbols != NULL ? sr_coff_strings(C) : C->S->code;
}


static uint64_t place_of (const Table *T, uint32_t i) {
  return T->C->symbols_at + (uint64_t)i * T->C->entry;
}


/* A symbol's first eight bytes are its name, or where that is; NULL with a
   sentence if they cannot be. */
static inline const char *name_of (const Table *T, const unsigned char *p,
                                   uint32_t i) {
  uint32_t at;
  at = sr_u32(p + 4, false);
  if (sr_u32(p, false) != 0 || at == 0) return (const char *)p;
  if (SR_UNLIKELY(at < 4 || at >= T->C->strsize)) {
    sr_coff_damage(T->C, place_of(T, i) + 4, "Name", at, "inside the string "
                   "table");
    return NULL;
  }
  return T->C->strings + at;
}


static inline size_t length_of (const unsigned char *p, const char *s) {
  return s == (const char *)p ? strnlen(s, 8) : strlen(s);
}


/* One long name may serve any number of symbols, and a file of a megabyte
   fill a disk. */
static int too_long (const Table *T, uint32_t i) {
  return sr_damage(T->C->S, T->C->part->offset + place_of(T, i), "Name",
                   "names up to here add up to %llu bytes, more than %d times "
                   "the file", (unsigned long long)T->told, COFF_SHARED);
}


/* Which symbol is taken if nobody defines a weak one, and whether that makes
   it defined. */
static int weak (const Table *T, uint32_t i, const unsigned char *p,
                 const sr_CoffSymbol *s, bool *undefined) {
  sr_Coff *C = T->C;
  uint32_t tag;
  *undefined = false;
  if (s->aux == 0) {
    if (s->section != 0) return SYMRUN_OK;  /* GNU ld leaves such in images */
    return sr_coff_damage(C, place_of(T, i) + C->entry - 1u,
                          "NumberOfAuxSymbols", 0, "1, for a weak external "
                          "has a default");
  }
  p += C->entry;
  tag = sr_u32(p, false);
  if (tag >= C->nsymbols)
    return sr_coff_damage(C, place_of(T, i + 1), "TagIndex", tag, "the index "
                          "of a symbol");
  *undefined = sr_u32(p + 4, false) != ALIAS;
  return SYMRUN_OK;
}


static bool begins (const sr_Symbol *sym, const char *with) {
  size_t n = strlen(with);
  return sym->len >= n && memcmp(sym->name, with, n) == 0;
}


/* The letter that nm prints; llvm-nm's where nm tools differ. */
static int letter (Table *T, const sr_CoffSymbol *s, sr_Symbol *sym) {
  sr_Coff *C = T->C;
  bool external = s->sclass == SYM_EXTERNAL || s->sclass == SYM_WEAK;
  char c = '?';
  if (sym->binding == SR_WEAK)
    c = sym->place == SR_UNDEFINED ? 'w' : 'W';
  else if (sym->place == SR_UNDEFINED) c = 'U';
  else if (sym->place == SR_COMMON) c = 'C';
  else {
    if (s->section == -1) c = 'a';
    else if (begins(sym, ".debug") || begins(sym, ".sxdata")) c = 'N';
    else if (s->section == -2) c = 'n';
    else if (s->section > 0) {
      const unsigned char *h = C->headers
                             + (size_t)(s->section - 1) * COFF_HEADER;
      sr_Str section;
      int rc = sr_coff_section_name(C, (uint32_t)s->section, &section);
      if (rc != SYMRUN_OK) return rc;
      c = section.len >= 6 && memcmp(section.ptr, ".idata", 6) == 0 ? 'i'
        : sr_coff_letter(sr_u32(h + 36, false));
    }
    if (external && c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
  }
  sym->letter = c;
  return SYMRUN_OK;
}


/* GCC marks objects of intermediate code by common symbols that no program
   has; see elf_symbols.c. */
static bool marker (Table *T, const char *s, size_t len) {
  bool slim;
  if (len > 0 && T->C->machine == COFF_I386) { s++; len--; }
  slim = len == 14 && memcmp(s, "__gnu_lto_slim", 14) == 0;
  if (slim) T->slim = true;
  return slim || (len == 12 && memcmp(s, "__gnu_lto_v1", 12) == 0);
}


/* What is known of one symbol that somebody wants. */
static int finish (Table *T, uint32_t i, const unsigned char *p,
                   const sr_CoffSymbol *s, bool undefined, sr_Str name) {
  sr_Coff *C = T->C;
  const sr_Ask *ask = T->ask;
  sr_Symbol sym;
  memset(&sym, 0, sizeof sym);
  sym.name = name.ptr;
  sym.len = name.len;
  sym.value = s->value;
  sym.number = i;
  sym.type = p[C->entry == 20 ? 16 : 14] >> 4 == 2 ? SR_FUNC : SR_NOTYPE;
  sym.letter = '?';
  sym.binding = s->sclass == SYM_EXTERNAL ? SR_GLOBAL : SR_LOCAL;
  if (s->sclass == SYM_WEAK) sym.binding = s->aux > 0 ? SR_WEAK : SR_GLOBAL;
  sym.place = undefined ? SR_UNDEFINED : s->section == -1 ? SR_ABSOLUTE
            : SR_DEFINED;
  if (s->section == 0 && s->value != 0
      && (s->sclass == SYM_EXTERNAL || s->sclass == SYM_SECTION)) {
    sym.place = SR_COMMON;
    sym.size = s->value;
  }
  if (s->section < -2 || s->section > (int64_t)C->nsections)
    return sr_coff_damage(C, place_of(T, i) + 12, "SectionNumber",
                          (uint32_t)s->section, "that of a section");
  sym.section = s->section > 0 ? (uint32_t)s->section : 0;
  sym.comdat = T->comdats != NULL && s->sclass == SYM_EXTERNAL
            && T->comdats[sym.section] != 0;
  if (ask->letters) {
    int rc = letter(T, s, &sym);
    if (rc != SYMRUN_OK) return rc;
  }
  return ask->each(ask->ud, &sym);
}


/* Files, and sections; lld and llvm-nm differ about absolute ones with more
   entries, which C++/CLI makes: lld defines them. */
static inline bool no_name (const sr_CoffSymbol *s) {
  return s->sclass == SYM_FILE || (s->sclass == SYM_STATIC && s->aux > 0);
}


/* Where the name of the source may begin, for a first look; false if that is
   not clear yet. */
static inline bool begins_at (uint16_t machine, const char **name) {
  const char *s = *name;
  if (s[0] == '_' && strncmp(s, "__imp_", 6) == 0 && s[6] != '\0') s += 6;
  if (machine == COFF_I386) {
    if (s[0] != '_' || s[1] == '_' || s[1] == '\0') return false;
    s++;
  }
  *name = s;
  return machine != COFF_ARM64EC && machine != COFF_ARM64X;
}


/* One whose name may fit: it is told if it does. */
static int offer (Table *T, uint32_t i, const unsigned char *p,
                  const sr_CoffSymbol *s, bool undefined, const char *raw) {
  sr_Coff *C = T->C;
  const sr_Ask *ask = T->ask;
  sr_Str name = {raw, length_of(p, raw)};
  T->told += name.len;
  if (SR_UNLIKELY(T->told / COFF_SHARED > C->part->size))
    return too_long(T, i);
  if (SR_UNLIKELY(s->section == 0 && s->value != 0)
      && marker(T, raw, name.len)) return SYMRUN_OK;
  if (!ask->raw && sr_coff_plain(C->machine, &name)) {
    static const sr_Str verbatim = {"\1", 1};
    int rc = sr_coff_spell(&T->names, verbatim, name, &name);
    if (rc != SYMRUN_OK) return rc;
  }
  if (ask->glob != NULL && !sr_glob_match(ask->glob, name.ptr, name.len))
    return SYMRUN_OK;
  return finish(T, i, p, s, undefined, name);
}


/* The loop over all symbols.  'big' is a constant where it is called. */
static inline int scan (Table *T, const bool big) {
  sr_Coff *C = T->C;
  sr_Ask *ask = T->ask;
  const bool *first = ask->glob != NULL ? sr_glob_first(ask->glob) : NULL;
  const sr_Begin begin = sr_begin(ask->glob);
  const char *end = C->strings + C->strsize;
  const size_t entry = big ? 20 : 18;
  const bool locals = (ask->want & SR_WANT_LOCAL) != 0;
  uint32_t i, next;
  for (i = 0; i < C->nsymbols; i = next) {
    const unsigned char *p = T->symbols + i * entry;
    sr_CoffSymbol s = sr_coff_symbol(p, big);
    const char *raw, *from;
    bool undefined;
    int rc;
    if (SR_UNLIKELY(s.aux >= C->nsymbols - i))
      return sr_coff_damage(C, place_of(T, i) + entry - 1,
                            "NumberOfAuxSymbols", s.aux, "less, for the "
                            "symbol table ends");
    next = i + 1 + s.aux;
    ask->seen++;
    if (s.sclass == SYM_EXTERNAL)
      undefined = s.section == 0 && s.value == 0;
    else if (s.sclass == SYM_WEAK) {
      rc = weak(T, i, p, &s, &undefined);
      if (rc != SYMRUN_OK) return rc;
    }
    else if (!locals || no_name(&s)) continue;
    else undefined = false;
    if (!(ask->want & (undefined ? SR_WANT_UNDEFINED : SR_WANT_DEFINED)))
      continue;
    if (i + SOON < C->nsymbols && sr_u32(p + SOON * entry, false) == 0) {
      uint32_t soon = sr_u32(p + SOON * entry + 4, false);
      if (soon < C->strsize) SR_PREFETCH(C->strings + soon);
    }
    from = raw = name_of(T, p, i);
    if (SR_UNLIKELY(raw == NULL)) return C->S->code;
    if (first != NULL && (ask->raw || begins_at(C->machine, &from))
        && (!first[(unsigned char)*from]
            || !sr_begins(&begin, from, raw == (const char *)p ? 8
                          : (uint64_t)(end - from)))) continue;
    rc = offer(T, i, p, &s, undefined, raw);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


static int scan_table (Table *T) {
  sr_Coff *C = T->C;
  int rc = C->entry == 20 ? scan(T, true) : scan(T, false);
  if (rc != SYMRUN_OK || !T->slim) return rc;
  sr_fail(C->S, SYMRUN_UNKNOWN, "holds GCC's LTO and no native code, so its "
          "native symbols cannot be told; compile it with "
          "-ffat-lto-objects");
  C->S->fault.offset = C->part->offset + C->symbols_at;
  C->S->fault.field = "symbol table";
  return SYMRUN_UNKNOWN;
}


int sr_coff_symbols (sr_Coff *C, sr_Ask *ask) {
  Table T;
  int rc = SYMRUN_OK;
  if (C->nsymbols == 0) return SYMRUN_OK;
  memset(&T, 0, sizeof T);
  T.C = C;
  T.ask = ask;
  T.names.S = C->S;
  T.names.ask = ask;
  if (ask->letters || ask->comdats) rc = sr_coff_headers(C);
  if (rc == SYMRUN_OK) rc = fetch_table(&T);
  if (rc == SYMRUN_OK && (ask->letters || ask->comdats) && !C->image)
    rc = sr_coff_comdats(C, T.symbols, &T.comdats);
  if (rc == SYMRUN_OK) rc = scan_table(&T);
  sr_delete(C->S, T.comdats, T.comdats != NULL ? C->nsections + 1u : 0);
  return sr_coff_spelled(&T.names, rc);
}


int sr_coff_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  sr_Coff C;
  int rc;
  if (ask->view == SR_DYNAMIC) return SYMRUN_OK;  /* nothing was linked yet */
  rc = sr_coff_open(S, part, &C);
  if (rc != SYMRUN_OK) return rc;
  ask->machine = C.machine;
  return sr_coff_symbols(&C, ask);
}
