/*
** pe_tables.c
** What a PE image exports and imports.  Both may do without a name: an export
** that has only a number is told as "#7", and one that another image wants by
** its number as "FOO.dll#7", so that neither goes unseen and none is taken for
** a name that somebody could ask for.  A forwarder is an export, though the
** code is in another DLL: nm's letter for it is I, an indirect reference.
**
** Layouts: Microsoft's "PE Format", sections "The .edata Section", "The .idata
** Section" and "Delay-Load Import Tables".
*/

#include <stdio.h>

#include "coff.h"

#define STEP  4096  /* bytes that are read together */

enum { EXPORTS, IMPORTS, DELAYED = 13 };  /* data directories */

typedef struct Tables {
  sr_Pe *P;
  sr_Ask *ask;
  sr_CoffNames names;
  uint64_t told;    /* bytes of names that were looked at */
  uint64_t thunks;  /* imports that were looked at */
} Tables;


/* The name at an address, which 'field' at 'where' gives: until the next. */
static int name_at (Tables *T, uint32_t address, const char *field,
                    uint64_t where, sr_Str *out) {
  const sr_Coff *C = &T->P->coff;
  uint64_t at, left, n = 64;
  int rc = sr_pe_place(T->P, address, 1, field, where, &at, &left);
  if (rc != SYMRUN_OK) return rc;
  for (;;) {
    const unsigned char *p, *end;
    if (n > left) n = left;
    p = sr_coff_look(C, SR_STRINGS, at, n, STEP);
    if (p == NULL) return C->S->code;
    end = (const unsigned char *)memchr(p, '\0', (size_t)n);
    if (end != NULL) n = (uint64_t)(end - p);
    T->told += n;
    if (T->told / COFF_SHARED > C->part->size)
      return sr_damage(C->S, C->part->offset + where, field, "names up to here "
                       "add up to %llu bytes, more than %d times the file",
                       (unsigned long long)T->told, COFF_SHARED);
    out->ptr = (const char *)p;
    out->len = (size_t)n;
    if (end != NULL) return SYMRUN_OK;
    if (n == left)
      return sr_damage(C->S, C->part->offset + where, field, "%s points to a "
                       "name that has no end in its section", field);
    n *= 4;
  }
}


static int tell (Tables *T, sr_Str a, sr_Str b, sr_Symbol *sym) {
  sr_Ask *ask = T->ask;
  sr_Str name = a;
  int rc = SYMRUN_OK;
  ask->seen++;
  if (b.len > 0) rc = sr_coff_spell(&T->names, a, b, &name);
  if (rc != SYMRUN_OK) return rc;
  if (!ask->raw && b.len == 0)
    sr_coff_plain_linked(T->P->coff.machine, &name);
  if (ask->glob != NULL && !sr_glob_match(ask->glob, name.ptr, name.len))
    return SYMRUN_OK;
  if (b.len == 0) {
    rc = sr_coff_spell(&T->names, name, b, &name);
    if (rc != SYMRUN_OK) return rc;
  }
  sym->name = name.ptr;
  sym->len = name.len;
  sym->binding = SR_GLOBAL;
  return ask->each(ask->ud, sym);
}


static sr_Str ordinal (char *room, size_t size, uint64_t n) {
  sr_Str out = {room, 0};
  out.len = (size_t)snprintf(room, size, "#%llu", (unsigned long long)n);
  return out;
}


/* Where a data directory says that a table is; 0 if there is none. */
static int directory (Tables *T, uint32_t i, uint32_t *address,
                      uint32_t *size) {
  const sr_Coff *C = &T->P->coff;
  const unsigned char *p;
  *address = *size = 0;
  if (i >= T->P->ndirs) return SYMRUN_OK;
  p = sr_coff_look(C, SR_PASSING, T->P->dirs_at + 8 * i, 8, 8);
  if (p == NULL) return C->S->code;
  *address = sr_u32(p, false);
  *size = sr_u32(p + 4, false);
  return SYMRUN_OK;
}


/* -- exports --------------------------------------------------------------- */

typedef struct Exports {
  uint32_t address, size;         /* of all of it: a forwarder is inside */
  uint32_t base, count, names;
  const unsigned char *functions, *ordinals, *pointers;
  uint64_t pointers_at, ordinals_at;
} Exports;


/* So many bytes at the address that a header's field, at 'where', gives. */
static int column (Tables *T, int slot, uint32_t address, uint64_t where,
                   const char *field, uint64_t bytes,
                   const unsigned char **out, uint64_t *at) {
  const sr_Coff *C = &T->P->coff;
  uint64_t left;
  int rc;
  *out = (const unsigned char *)"";
  *at = where;
  if (bytes == 0) return SYMRUN_OK;
  rc = sr_pe_place(T->P, address, bytes, field, where, at, &left);
  if (rc != SYMRUN_OK) return rc;
  *out = sr_coff_look(C, slot, *at, bytes, bytes);
  return *out != NULL ? SYMRUN_OK : C->S->code;
}


static int open_exports (Tables *T, Exports *E) {
  const sr_Coff *C = &T->P->coff;
  const unsigned char *p;
  uint64_t left, at;
  uint32_t functions, pointers, ordinals;
  int rc = sr_pe_place(T->P, E->address, 40, "export directory",
                       T->P->dirs_at, &at, &left);
  if (rc != SYMRUN_OK) return rc;
  p = sr_coff_look(C, SR_HEAD, at, 40, 40);
  if (p == NULL) return C->S->code;
  E->base = sr_u32(p + 16, false);
  E->count = sr_u32(p + 20, false);
  E->names = sr_u32(p + 24, false);
  functions = sr_u32(p + 28, false);
  pointers = sr_u32(p + 32, false);
  ordinals = sr_u32(p + 36, false);
  rc = column(T, SR_SYMBOLS, functions, at + 28, "AddressOfFunctions",
              (uint64_t)E->count * 4, &E->functions, &left);
  if (rc == SYMRUN_OK)
    rc = column(T, SR_PASSING, pointers, at + 32, "AddressOfNames",
                (uint64_t)E->names * 4, &E->pointers, &E->pointers_at);
  if (rc == SYMRUN_OK)
    rc = column(T, SR_MORE, ordinals, at + 36, "AddressOfNameOrdinals",
                (uint64_t)E->names * 2, &E->ordinals, &E->ordinals_at);
  return rc;
}


static int export (Tables *T, const Exports *E, uint32_t i, sr_Str name) {
  static const sr_Str nothing = {"", 0};
  uint32_t address = sr_u32(E->functions + (size_t)i * 4, false);
  uint32_t section = sr_pe_section(T->P, address);
  char c = sr_coff_letter(section);
  sr_Symbol sym;
  memset(&sym, 0, sizeof sym);
  sym.place = SR_DEFINED;
  sym.value = address;
  sym.type = c == 't' ? SR_FUNC : SR_OBJECT;
  sym.letter = section == 0 ? 'A' : c == '?' ? c : (char)(c - 'a' + 'A');
  if (address >= E->address && address - E->address < E->size) {
    sym.type = SR_NOTYPE;
    sym.letter = 'I';
  }
  return tell(T, name, nothing, &sym);
}


static int named_exports (Tables *T, const Exports *E, unsigned char *named) {
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < E->names && rc == SYMRUN_OK; i++) {
    uint32_t which = sr_u16(E->ordinals + (size_t)i * 2, false);
    sr_Str name;
    if (which >= E->count)
      return sr_coff_damage(&T->P->coff, E->ordinals_at + 2 * (uint64_t)i,
                            "export ordinal", which, "less than there are "
                            "exports");
    named[which] = 1;
    rc = name_at(T, sr_u32(E->pointers + (size_t)i * 4, false),
                 "export name pointer", E->pointers_at + 4 * (uint64_t)i,
                 &name);
    if (rc == SYMRUN_OK) rc = export(T, E, which, name);
  }
  return rc;
}


/* Numbers that nobody uses have no address. */
static int nameless_exports (Tables *T, const Exports *E,
                             const unsigned char *named) {
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < E->count && rc == SYMRUN_OK; i++) {
    char room[24];
    if (named[i] || sr_u32(E->functions + (size_t)i * 4, false) == 0) continue;
    rc = export(T, E, i, ordinal(room, sizeof room, (uint64_t)E->base + i));
  }
  return rc;
}


static int exports (Tables *T) {
  symrun *S = T->P->coff.S;
  Exports E;
  unsigned char *named;
  int rc;
  memset(&E, 0, sizeof E);
  rc = directory(T, EXPORTS, &E.address, &E.size);
  if (rc != SYMRUN_OK || E.address == 0) return rc;
  rc = open_exports(T, &E);
  if (rc != SYMRUN_OK) return rc;
  named = (unsigned char *)sr_new(S, (size_t)E.count + 1);
  if (named == NULL) return SYMRUN_NOMEM;
  rc = named_exports(T, &E, named);
  if (rc == SYMRUN_OK) rc = nameless_exports(T, &E, named);
  sr_delete(S, named, (size_t)E.count + 1);
  return rc;
}


/* -- imports --------------------------------------------------------------- */

/* Where a DLL's name and the list of what is wanted of it are. */
typedef struct Import {
  uint32_t dll, list;
  uint64_t dll_at, list_at;  /* of the fields that say so */
} Import;


static int import (Tables *T, const Import *I, uint64_t value, uint64_t at) {
  static const sr_Str nothing = {"", 0};
  uint64_t by_number = T->P->wide ? (uint64_t)1 << 63 : (uint64_t)1 << 31;
  sr_Symbol sym;
  sr_Str name;
  char room[24];
  int rc;
  memset(&sym, 0, sizeof sym);
  sym.place = SR_UNDEFINED;
  sym.letter = 'U';
  if (value & by_number) {
    rc = name_at(T, I->dll, "import name", I->dll_at, &name);
    return rc != SYMRUN_OK ? rc
         : tell(T, name, ordinal(room, sizeof room, value & 0xffff), &sym);
  }
  if (value > INT32_MAX)
    return sr_coff_damage(&T->P->coff, at, "import lookup entry", value, "the "
                          "address of a name, or a number");
  rc = name_at(T, (uint32_t)value + 2, "import lookup entry", at, &name);
  return rc == SYMRUN_OK ? tell(T, name, nothing, &sym) : rc;
}


/* Lists that overlap could cost any time. */
static int too_many (const Tables *T, uint64_t at) {
  return sr_damage(T->P->coff.S, T->P->coff.part->offset + at, "import lookup "
                   "table", "the import lookup table is the %llu'th entry up "
                   "to here, more than the file has room for",
                   (unsigned long long)T->thunks);
}


static int imports_of (Tables *T, const Import *I) {
  const sr_Coff *C = &T->P->coff;
  uint32_t entry = T->P->wide ? 8 : 4;
  uint64_t at, left;
  int rc = sr_pe_place(T->P, I->list, entry, "import lookup table", I->list_at,
                       &at, &left);
  for (; rc == SYMRUN_OK && left >= entry; at += entry, left -= entry) {
    const unsigned char *p = sr_coff_look(C, SR_PASSING, at, entry,
                                          left < STEP ? left : STEP);
    uint64_t value;
    if (p == NULL) return C->S->code;
    value = entry == 8 ? sr_u64(p, false) : sr_u32(p, false);
    if (value == 0) return SYMRUN_OK;
    if (++T->thunks > C->part->size / entry) return too_many(T, at);
    rc = import(T, I, value, at);
  }
  return rc != SYMRUN_OK ? rc
       : sr_damage(C->S, C->part->offset + I->list_at, "import lookup table",
                   "the import lookup table has no end in its section");
}


/* One descriptor at 'p'; SYMRUN_END for the last, which is empty. */
static int ordinary (Tables *T, const unsigned char *p, uint64_t at,
                     Import *I) {
  (void)T;
  I->dll = sr_u32(p + 12, false);
  I->dll_at = at + 12;
  I->list = sr_u32(p, false);      /* OriginalFirstThunk */
  I->list_at = at;
  if (I->list == 0) {              /* old linkers only write FirstThunk */
    I->list = sr_u32(p + 16, false);
    I->list_at = at + 16;
  }
  return I->dll != 0 && I->list != 0 ? SYMRUN_OK : SYMRUN_END;
}


/* Those of Visual C++ 6 have addresses that count from 0. */
static int delayed (Tables *T, const unsigned char *p, uint64_t at,
                    Import *I) {
  uint32_t base = sr_u32(p, false) & 1 ? 0 : (uint32_t)T->P->base;
  I->dll = sr_u32(p + 4, false);
  I->dll_at = at + 4;
  I->list = sr_u32(p + 16, false);
  I->list_at = at + 16;
  if (I->dll == 0 || I->list == 0) return SYMRUN_END;
  I->dll -= base;
  I->list -= base;
  return SYMRUN_OK;
}


static int imports (Tables *T, uint32_t which, uint32_t entry,
                    int (*read) (Tables *T, const unsigned char *p,
                                 uint64_t at, Import *I)) {
  const sr_Coff *C = &T->P->coff;
  uint32_t address, size;
  uint64_t at = 0, left = 0;
  int rc = directory(T, which, &address, &size);
  if (rc != SYMRUN_OK || address == 0) return rc;
  rc = sr_pe_place(T->P, address, entry, "import directory",
                   T->P->dirs_at + 8 * which, &at, &left);
  for (; rc == SYMRUN_OK && left >= entry; at += entry, left -= entry) {
    const unsigned char *p = sr_coff_look(C, SR_MORE, at, entry,
                                          left < STEP ? left : STEP);
    Import I;
    if (p == NULL) return C->S->code;
    rc = read(T, p, at, &I);
    if (rc == SYMRUN_END) return SYMRUN_OK;
    rc = imports_of(T, &I);
  }
  return rc != SYMRUN_OK ? rc
       : sr_damage(C->S, C->part->offset + T->P->dirs_at + 8 * which,
                   "import directory", "the import directory has no end in "
                   "its section");
}


int sr_pe_tables (sr_Pe *P, sr_Ask *ask) {
  Tables T = {P, ask, {P->coff.S, ask, NULL, 0, 0}, 0, 0};
  int rc = SYMRUN_OK;
  if (ask->want & SR_WANT_DEFINED) rc = exports(&T);
  if (rc == SYMRUN_OK && (ask->want & SR_WANT_UNDEFINED)) {
    rc = imports(&T, IMPORTS, 20, ordinary);
    if (rc == SYMRUN_OK) rc = imports(&T, DELAYED, 32, delayed);
  }
  return sr_coff_spelled(&T.names, rc);
}
