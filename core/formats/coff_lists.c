/*
** coff_lists.c
** The sections of a COFF object or a PE image, those that a name is defined
** in, and an object's lists of constructors.  No section says that it is to be
** kept: Microsoft's linker is told so of a symbol, by "/INCLUDE:" among the
** object's directives.  To a linker for MinGW that is nothing.
**
** Layouts: Microsoft's "PE Format", sections "Section Flags" and "COFF
** Relocations"; ".drectve" in "Special Sections".
*/

#include "coff.h"
#include "facts.h"

#define LNK_REMOVE       0x00000800u
#define MEM_EXECUTE      0x20000000u
#define MANY_RELOCS      0x01000000u  /* LNK_NRELOC_OVFL */

enum { ENTRY = 10 };                  /* bytes of a relocation */


/* -- sections -------------------------------------------------------------- */

static const unsigned char *header (const sr_Coff *C, uint32_t i) {
  return C->headers + (size_t)(i - 1) * COFF_HEADER;
}


static uint64_t header_at (const sr_Coff *C, uint32_t i) {
  return C->headers_at + (uint64_t)(i - 1) * COFF_HEADER;
}


/* An image has the bytes in memory, an object those in the file. */
static int tell (sr_Coff *C, uint32_t i, const sr_FactAsk *ask,
                 unsigned own) {
  uint32_t size, flags;
  sr_Str name;
  int rc = sr_coff_section_name(C, i, &name);
  if (rc != SYMRUN_OK) return rc;
  size = sr_u32(header(C, i) + (C->image ? 8 : 16), false);
  flags = sr_u32(header(C, i) + 36, false);
  own |= (flags & SCN_WRITE ? SR_SECTION_WRITE : 0u)
       | (flags & MEM_EXECUTE ? SR_SECTION_EXECUTE : 0u)
       | (flags & LNK_REMOVE ? SR_SECTION_EXCLUDE : 0u)
       | (flags & SCN_COMDAT ? SR_SECTION_COMDAT : 0u);
  return sr_fact_section(ask, name.ptr, name.len, size, own);
}


static int bytes (sr_Coff *C, uint32_t i, const sr_FactAsk *ask) {
  uint32_t size = sr_u32(header(C, i) + 16, false);
  uint32_t from = sr_u32(header(C, i) + 20, false);
  const unsigned char *p = (const unsigned char *)"";
  sr_Str name;
  int rc = sr_coff_section_name(C, i, &name);
  if (rc != SYMRUN_OK || name.len != ask->name.len
      || memcmp(name.ptr, ask->name.ptr, name.len) != 0) return rc;
  if (from == 0 && size > 0)
    return sr_fact_unknown(C->S, C->part->offset + header_at(C, i) + 20,
                           "PointerToRawData", "keeps no bytes of the section, "
                           "which is filled with zeros");
  if (size > 0) p = sr_coff_look(C, SR_MORE, from, size, size);
  return p != NULL ? sr_fact_text(ask, "bytes", (const char *)p, size)
                   : C->S->code;
}


/* -- what is kept ---------------------------------------------------------- */

typedef struct Kept {
  uint16_t machine;
  sr_Str name;
  bool yes;
} Kept;


/* "/INCLUDE:f" or "-include:f", in quotes perhaps, and decorated as the symbol
   is. */
static void word (Kept *K, sr_Str w) {
  static const char option[] = "include:";
  size_t n = sizeof option - 1, i;
  if (w.len <= n + 1 || (w.ptr[0] != '/' && w.ptr[0] != '-')) return;
  for (i = 0; i < n; i++)
    if ((w.ptr[i + 1] | 0x20) != (option[i] | 0x20)) return;
  w.ptr += n + 1;
  w.len -= n + 1;
  if (w.len > 2 && w.ptr[0] == '"' && w.ptr[w.len - 1] == '"') {
    w.ptr++;
    w.len -= 2;
  }
  if (sr_coff_plain(K->machine, &w)) {
    if (K->name.len > 0 && K->name.ptr[0] == '\1'
        && K->name.len - 1 == w.len
        && memcmp(K->name.ptr + 1, w.ptr, w.len) == 0) K->yes = true;
    return;
  }
  if (w.len == K->name.len && memcmp(w.ptr, K->name.ptr, w.len) == 0)
    K->yes = true;
}


static int words (void *ud, sr_Str s) {
  Kept *K = (Kept *)ud;
  size_t i = 0, begin;
  while (i < s.len) {
    bool quoted = false;
    sr_Str w;
    while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\0')) i++;
    for (begin = i; i < s.len && (quoted || (s.ptr[i] != ' '
                                             && s.ptr[i] != '\0')); i++)
      if (s.ptr[i] == '"') quoted = !quoted;
    w.ptr = s.ptr + begin;
    w.len = i - begin;
    word(K, w);
  }
  return SYMRUN_OK;
}


/* A weak definition is another name for a symbol that has a section: its own
   record names that one, and coff_symbols.c has checked it. */
static int behind (sr_Coff *C, sr_FactFound *found) {
  uint64_t at = C->symbols_at + found->number * C->entry;
  const unsigned char *p = sr_coff_look(C, SR_MORE, at, 2u * C->entry, 0);
  sr_CoffSymbol s;
  uint32_t tag;
  if (p == NULL) return C->S->code;
  tag = sr_u32(p + C->entry, false);
  p = sr_coff_look(C, SR_MORE, C->symbols_at + (uint64_t)tag * C->entry,
                   C->entry, 0);
  if (p == NULL) return C->S->code;
  s = sr_coff_symbol(p, C->entry == 20);
  if (s.section > (int64_t)C->nsections)
    return sr_coff_damage(C, C->symbols_at + (uint64_t)tag * C->entry + 12,
                          "SectionNumber", (uint32_t)s.section, "that of a "
                          "section");
  if (s.section > 0 || s.section == -1) {
    found->section = s.section > 0 ? (uint32_t)s.section : 0;
    return SYMRUN_OK;
  }
  return sr_fact_unknown(C->S, C->part->offset + at + C->entry, "TagIndex",
                         "defines the name as another for a symbol that has "
                         "no section here, so its own cannot be told");
}


static int of_definitions (symrun *S, const sr_Part *part, bool image,
                           const sr_FactAsk *ask) {
  sr_FactFound *list = NULL;
  size_t count = 0, room = 0, i;
  Kept K = {0, ask->name, false};
  sr_Pe P;
  int rc = sr_found(S, part, image ? sr_pe_read : sr_coff_read, ask->name,
                    &list, &count, &room);
  memset(&P, 0, sizeof P);
  if (rc == SYMRUN_OK && count > 0) {
    rc = image ? sr_pe_open(S, part, &P) : sr_coff_open(S, part, &P.coff);
    K.machine = P.coff.machine;
    if (rc == SYMRUN_OK && !image) {
      rc = sr_coff_directives(S, part, words, &K);
      if (rc == SYMRUN_OK) rc = sr_coff_open(S, part, &P.coff);
    }
    if (rc == SYMRUN_OK) rc = sr_coff_headers(&P.coff);
  }
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    if (list[i].section == 0 && list[i].binding == SR_WEAK)
      rc = behind(&P.coff, &list[i]);
    if (rc == SYMRUN_OK && list[i].section != 0)
      rc = tell(&P.coff, list[i].section, ask, K.yes && list[i].binding
                != SR_LOCAL ? SR_SECTION_RETAIN : 0u);
  }
  sr_delete(S, list, room * sizeof *list);
  return rc;
}


int sr_coff_section_facts (symrun *S, const sr_Part *part, bool image,
                           sr_FactAsk *ask) {
  sr_Pe P;
  uint32_t i;
  int rc;
  if (ask->what == SR_FACT_SECTIONS_OF)
    return of_definitions(S, part, image, ask);
  memset(&P, 0, sizeof P);
  rc = image ? sr_pe_open(S, part, &P) : sr_coff_open(S, part, &P.coff);
  if (rc == SYMRUN_OK) rc = sr_coff_headers(&P.coff);
  for (i = 1; i <= P.coff.nsections && rc == SYMRUN_OK; i++)
    rc = ask->what == SR_FACT_BYTES ? bytes(&P.coff, i, ask)
                                    : tell(&P.coff, i, ask, 0);
  return rc;
}


/* -- constructors ---------------------------------------------------------- */

static bool begins (const sr_Str *name, const char *with) {
  size_t n = strlen(with);
  return name->len >= n && memcmp(name->ptr, with, n) == 0;
}


/* A symbol by its number, or the place that it and a distance mean. */
static int point (sr_Coff *C, sr_Calls *L, uint64_t at, uint32_t number,
                  uint64_t distance, uint64_t where) {
  const unsigned char *p;
  sr_CoffSymbol s;
  if (number >= C->nsymbols)
    return sr_coff_damage(C, where + 4, "SymbolTableIndex", number, "the index "
                          "of a symbol");
  p = sr_coff_look(C, SR_PASSING, C->symbols_at + (uint64_t)number * C->entry,
                   C->entry, C->entry);
  if (p == NULL) return C->S->code;
  s = sr_coff_symbol(p, C->entry == 20);
  if (distance == 0 && (s.sclass != SYM_STATIC || s.aux == 0))
    return sr_calls_add(L, L->nlists - 1, at, SR_BY_NUMBER, number);
  if (s.section <= 0) return SYMRUN_OK;
  return sr_calls_add(L, L->nlists - 1, at, (uint32_t)s.section,
                      s.value + distance);
}


/* How many, and where the first is: more than 65,534 are counted by one. */
static int relocations_of (sr_Coff *C, uint32_t i, uint64_t *at,
                           uint32_t *count) {
  const unsigned char *h = header(C, i), *p;
  *at = sr_u32(h + 24, false);
  *count = sr_u16(h + 32, false);
  if (*count == 0xffff && (sr_u32(h + 36, false) & MANY_RELOCS)) {
    p = sr_coff_look(C, SR_MORE, *at, ENTRY, ENTRY);
    if (p == NULL) return C->S->code;
    *count = sr_u32(p, false);
    if (*count == 0)
      return sr_coff_damage(C, *at, "VirtualAddress", 0, "how many "
                            "relocations there are");
    *at += ENTRY;
    --*count;
  }
  if (sr_inside(*at, (uint64_t)*count * ENTRY, C->part->size))
    return SYMRUN_OK;
  return sr_coff_damage(C, header_at(C, i) + 24, "PointerToRelocations", *at,
                        "inside the file, with all relocations; is it cut "
                        "short?");
}


static int relocations (sr_Coff *C, sr_Calls *L, uint32_t i, uint32_t size,
                        unsigned bytes_each) {
  uint64_t from = sr_u32(header(C, i) + 20, false), at;
  uint32_t base = sr_u32(header(C, i) + 12, false), count, k;
  int rc = relocations_of(C, i, &at, &count);
  for (k = 0; k < count && rc == SYMRUN_OK; k++) {
    uint64_t where = at + (uint64_t)k * ENTRY, distance;
    uint32_t address, number;
    const unsigned char *p = sr_coff_look(C, SR_MORE, where, ENTRY,
                                          (uint64_t)(count - k) * ENTRY);
    if (p == NULL) return C->S->code;
    address = sr_u32(p, false) - base;
    number = sr_u32(p + 4, false);
    if (address > size - bytes_each || from == 0)
      return sr_coff_damage(C, where, "VirtualAddress", address, "inside the "
                            "section that it is about");
    if (address % bytes_each != 0) continue;
    p = sr_coff_look(C, SR_PASSING, from + address, bytes_each, bytes_each);
    if (p == NULL) return C->S->code;
    distance = bytes_each == 8 ? sr_u64(p, false) : sr_u32(p, false);
    rc = point(C, L, address / bytes_each, number, distance, where);
  }
  return rc;
}


/* ".CRT$XCU" and the like, for C++ and C, in the order of their names; MinGW
   has ".ctors", with a priority or not. */
int sr_coff_lists (sr_Coff *C, sr_FactAsk *ask) {
  bool named = ask->what == SR_FACT_CALLED;
  unsigned each = sr_coff_bits(C->machine) / 8;
  sr_Calls L;
  uint32_t i;
  int rc = sr_coff_headers(C);
  if (each == 0) each = 4;
  sr_calls_begin(&L, C->S, C->part, ask);
  for (i = 1; i <= C->nsections && rc == SYMRUN_OK; i++) {
    sr_Str name;
    uint32_t size = sr_u32(header(C, i) + 16, false);
    rc = sr_coff_section_name(C, i, &name);
    if (rc != SYMRUN_OK) break;
    if (size < each || (!begins(&name, ".CRT$XC") && !begins(&name, ".CRT$XI")
                        && !begins(&name, ".ctors"))) continue;
    if (!named) rc = sr_fact_counted(ask, "section", name.ptr, name.len,
                                     size / each);
    else rc = sr_calls_list(&L, name.ptr, name.len, size / each);
    if (named && rc == SYMRUN_OK) rc = relocations(C, &L, i, size, each);
  }
  return sr_calls_end(&L, sr_coff_read, rc);
}
