/*
** edit_coff_numbers.c
** Whatever names a symbol of a COFF object by its number: relocations,
** auxiliary entries, and sections that are lists of numbers.  In an entry of
** .llvm.call-graph-profile and of the tables for Control Flow Guard a number
** has four bytes; in .llvm_addrsig it has as many as it needs, and a lower one
** is written with as many, so that nothing moves.
**
** Layouts: Microsoft's "PE Format", sections "COFF Relocations", "Auxiliary
** Symbol Records" and "The .sxdata Section"; the guard tables, .hybmp$x and
** LLVM's lists as LLVM's WinCOFFObjectWriter and lld's COFF/InputFiles have
** them.
*/

#include "edit_coff.h"

/* One number: 'at' in the file, of 'bytes'; 0: it is a LEB128. */
typedef int (*Each) (sr_CoffEdit *X, uint32_t who, uint64_t at, unsigned bytes,
                     uint32_t number, void *ud);


static uint64_t header_at (const sr_CoffEdit *X, uint32_t i) {
  return X->C.headers_at + (uint64_t)(i - 1) * COFF_HEADER;
}


/* -- relocations ----------------------------------------------------------- */

/* Machines of which no relocation has something else in the place of the
   symbol, but for ARM's IMAGE_REL_ARM_PAIR. */
static bool is_known (uint16_t machine) {
  switch (machine) {
    case COFF_I386: case COFF_AMD64: case COFF_ARM64EC: case COFF_ARM64X:
    case 0xaa64: case 0x01c4: return true;  /* ARM64, ARMNT */
    default: return false;
  }
}


/* How many there are, and where the first is: more than 65,534 are counted by
   one. */
static int range (sr_CoffEdit *X, uint32_t i, uint64_t *at, uint64_t *count) {
  const sr_CoffEditSec *sec = &X->secs[i];
  *at = sec->relocs;
  *count = sr_u16(X->bytes + header_at(X, i) + 32, false);
  if (*count == 0xffff && (sec->flags & SCN_MANY_RELOCS)) {
    if (sr_inside(*at, COFF_RELOC, X->size))
      *count = sr_u32(X->bytes + *at, false);
    if (*count == 0)
      return sr_coff_damage(&X->C, *at, "VirtualAddress", 0, "how many "
                            "relocations there are");
    *at += COFF_RELOC;
    --*count;
  }
  if (*count == 0 || sr_inside(*at, *count * COFF_RELOC, X->size))
    return SYMRUN_OK;
  return sr_coff_damage(&X->C, header_at(X, i) + 24, "PointerToRelocations",
                        *at, "inside the file, with all relocations; is it "
                        "cut short?");
}


/* 'left': bytes of the file, which no other section has. */
static int relocs (sr_CoffEdit *X, uint32_t i, uint64_t *left, Each each,
                   void *ud) {
  uint64_t at, count, k;
  int rc = range(X, i, &at, &count);
  if (rc != SYMRUN_OK || count == 0) return rc;
  if (count * COFF_RELOC > *left)
    return sr_coff_damage(&X->C, header_at(X, i) + 32, "NumberOfRelocations",
                          count, "less, for all sections together have more "
                          "than the file has room for");
  *left -= count * COFF_RELOC;
  if (!is_known(X->C.machine) && !X->strips) return SYMRUN_OK;
  if (!is_known(X->C.machine))
    return sr_fail(X->S, SYMRUN_RULE, "the object is for machine 0x%x, whose "
                   "relocations may have something else in place of a symbol, "
                   "so none can be stripped", X->C.machine);
  for (k = 0; k < count && rc == SYMRUN_OK; k++, at += COFF_RELOC) {
    const unsigned char *p = X->bytes + at;
    if (X->C.machine == 0x01c4 && sr_u16(p + 8, false) == 0x16) continue;
    rc = each(X, i, at + 4, 4, sr_u32(p + 4, false), ud);
  }
  return rc;
}


/* -- lists ----------------------------------------------------------------- */

typedef struct List {
  const char *name;
  unsigned char entry, numbers;  /* bytes of an entry; how many begin it */
} List;

static const List lists[] = {
  {".gfids$y", 4, 1}, {".giats$y", 4, 1}, {".gljmp$y", 4, 1},
  {".gehcont$y", 4, 1}, {".sxdata", 4, 1}, {".hybmp$x", 12, 2},
  {".llvm.call-graph-profile", 16, 2}
};


static bool named (sr_Str s, const char *name) {
  return s.len == strlen(name) && memcmp(s.ptr, name, s.len) == 0;
}


static int fixed (sr_CoffEdit *X, uint32_t i, const List *L, Each each,
                  void *ud) {
  const sr_CoffEditSec *sec = &X->secs[i];
  uint64_t at, end = (uint64_t)sec->from + sec->size;
  unsigned k;
  int rc = SYMRUN_OK;
  for (at = sec->from; end - at >= L->entry; at += L->entry)
    for (k = 0; k < L->numbers && rc == SYMRUN_OK; k++)
      rc = each(X, i, at + 4u * k, 4, sr_u32(X->bytes + at + 4u * k, false),
                ud);
  return rc;
}


static int addrsig (sr_CoffEdit *X, uint32_t i, Each each, void *ud) {
  const sr_CoffEditSec *sec = &X->secs[i];
  uint64_t at = sec->from, end = at + sec->size;
  int rc = SYMRUN_OK;
  while (at < end && rc == SYMRUN_OK) {
    uint64_t begin = at;
    uint32_t number = 0;
    unsigned shift = 0;
    while (at < end && X->bytes[at] >= 0x80 && shift < 28) {
      number |= (uint32_t)(X->bytes[at++] & 0x7f) << shift;
      shift += 7;
    }
    if (at == end || X->bytes[at] >= (shift == 28 ? 16 : 0x80))
      return sr_coff_damage(&X->C, begin, ".llvm_addrsig", number, "a number "
                            "of 32 bits or less that ends in the section");
    number |= (uint32_t)X->bytes[at++] << shift;
    rc = each(X, i, begin, 0, number, ud);
  }
  return rc;
}


static int all_lists (sr_CoffEdit *X, uint32_t i, Each each, void *ud) {
  const sr_CoffEditSec *sec = &X->secs[i];
  size_t k;
  if (sec->from == 0) return SYMRUN_OK;
  if (named(sec->name, ".llvm_addrsig")) return addrsig(X, i, each, ud);
  for (k = 0; k < sizeof lists / sizeof *lists; k++)
    if (named(sec->name, lists[k].name))
      return fixed(X, i, &lists[k], each, ud);
  return SYMRUN_OK;
}


/* -- symbols --------------------------------------------------------------- */

/* Where the numbers in a symbol's auxiliary entry are: -1, none; those of
   functions may be 0, and name nobody then. */
static int tag (const sr_CoffEditSym *sym, unsigned which) {
  if (sym->s.aux == 0 || sym->at == SR_NONE) return -1;
  switch (sym->s.sclass) {
    case SYM_WEAK: return which == 0 ? 0 : -1;
    case SYM_CLR: return which == 0 ? 2 : -1;
    case SYM_FUNCTION: return which == 0 ? 12 : -1;  /* ".bf" */
    case SYM_EXTERNAL: case SYM_STATIC:
      return sym->function && which < 2 ? (which == 0 ? 0 : 12) : -1;
    default: return -1;
  }
}


static bool is_known_class (const sr_CoffEditSym *sym) {
  switch (sym->s.sclass) {
    case SYM_EXTERNAL: case SYM_STATIC: case SYM_WEAK: case SYM_FILE:
    case SYM_SECTION: case SYM_CLR: case SYM_FUNCTION: return true;
    default: return sym->s.aux == 0;
  }
}


static int need (sr_CoffEdit *X, uint32_t who, uint64_t at, unsigned bytes,
                 uint32_t number, void *ud) {
  (void)ud;
  if (number >= X->C.nsymbols || X->rows[number] == SR_NONE)
    return sr_coff_damage(&X->C, at, "SymbolTableIndex", number, "the index "
                          "of a symbol");
  if (bytes > 0) X->syms[X->rows[number]].needed = who;
  return SYMRUN_OK;
}


static int tags (sr_CoffEdit *X, const sr_CoffEditSym *sym) {
  unsigned which;
  int at, rc = SYMRUN_OK;
  for (which = 0; rc == SYMRUN_OK && (at = tag(sym, which)) >= 0; which++) {
    uint64_t where = X->C.symbols_at + (sym->at + (uint64_t)1) * X->C.entry
                   + (unsigned)at;
    uint32_t number = sr_u32(X->bytes + where, false);
    if (number != 0 || sym->s.sclass == SYM_WEAK)
      rc = need(X, SR_NONE, where, 4, number, NULL);
  }
  return rc;
}


static int all_tags (sr_CoffEdit *X) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++) {
    const sr_CoffEditSym *sym = &X->syms[i];
    if (X->strips && !is_known_class(sym))
      return sr_fail(X->S, SYMRUN_RULE, "'%.*s' has auxiliary entries that "
                     "storage class %u gives another meaning, so no symbol "
                     "can be stripped", SR_EDIT_NAME(X->index.rows[i].name),
                     sym->s.sclass);
    rc = tags(X, sym);
  }
  return rc;
}


void sr_coff_edit_retag (const sr_CoffEdit *X, const sr_CoffEditSym *sym,
                         unsigned char *p) {
  unsigned which;
  int at;
  for (which = 0; (at = tag(sym, which)) >= 0; which++) {
    unsigned char *to = p + X->C.entry + at;
    uint32_t number = sr_u32(to, false);
    if (number != 0 || sym->s.sclass == SYM_WEAK)
      sr_edit_put(to, X->syms[X->rows[number]].now, 4, false);
  }
}


/* -- all ------------------------------------------------------------------- */

static int all (sr_CoffEdit *X, Each each, void *ud) {
  uint64_t left = X->size;
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 1; i <= X->C.nsections && rc == SYMRUN_OK; i++) {
    rc = relocs(X, i, &left, each, ud);
    if (rc == SYMRUN_OK) rc = all_lists(X, i, each, ud);
    if (rc == SYMRUN_OK && X->strips
        && sr_u16(X->bytes + header_at(X, i) + 34, false) != 0)
      rc = sr_fail(X->S, SYMRUN_RULE, "section '%.*s' has COFF line numbers, "
                   "which name symbols, so none can be stripped",
                   SR_EDIT_NAME(X->secs[i].name));
  }
  return rc;
}


int sr_coff_edit_needs (sr_CoffEdit *X) {
  int rc = all(X, need, NULL);
  return rc == SYMRUN_OK ? all_tags(X) : rc;
}


/* The list of symbols whose addresses are compared may say twice what it says
   once, and one too many: of a symbol that is gone it says the first. */
static int renumber (sr_CoffEdit *X, uint32_t who, uint64_t at, unsigned bytes,
                     uint32_t number, void *ud) {
  const sr_CoffEditSym *sym = &X->syms[X->rows[number]];
  unsigned char *p = (unsigned char *)((sr_Made *)ud)->ptr + at;
  uint32_t now = sym->gone ? 0 : sym->now;
  if (at >= X->C.symbols_at)
    return sr_coff_damage(&X->C, header_at(X, who), "section", at, "before "
                          "the symbol table: what has numbers of symbols");
  if (bytes > 0) sr_edit_put(p, now, bytes, false);
  else for (; ; now >>= 7, p++) {
    bool more = *p >= 0x80;
    *p = (unsigned char)((now & 0x7f) | (more ? 0x80 : 0));
    if (!more) break;
  }
  return SYMRUN_OK;
}


int sr_coff_edit_renumber (sr_CoffEdit *X, sr_Made *out) {
  return all(X, renumber, out);
}
