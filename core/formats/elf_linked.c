/*
** elf_linked.c
** The functions that lists of constructors hold in an ELF file that was
** linked.  A word of a list is an address, which in a file that may lie
** anywhere a relocation completes; what function stands there, the symbol
** table tells, if it was not stripped.  A function that another library may
** replace is named by a dynamic symbol, and told by that one's own address.
**
** Layouts: System V ABI, chapter 5 ("Dynamic Section", "Initialization and
** Termination Functions"), and its supplements for machines (relocations);
** DT_RELR as in the generic ABI's draft of 2022.
*/

#include <elf.h>

#include "facts.h"

#define STEP  65536  /* bytes of relocations that are read together */

typedef struct Linked {
  sr_Elf *E;
  const sr_ElfSegments *segments;
  const sr_ElfArrays *A;
  sr_Calls calls;
  unsigned char *named[3];  /* by list: of each place, if it was come to */
  uint64_t at[3];           /* in the part */
  unsigned word;
} Linked;


/* What completes an address by where the file lies, and by a symbol. */
static const struct { uint16_t machine; bool wide; uint32_t relative, symbol; }
types[] = {
  {EM_386, false, 8, 1}, {EM_X86_64, true, 8, 1}, {EM_X86_64, false, 8, 10},
  {EM_ARM, false, 23, 2}, {EM_AARCH64, true, 1027, 257},
  {EM_RISCV, true, 3, 2}, {EM_RISCV, false, 3, 1}, {EM_PPC, false, 22, 1},
  {EM_PPC64, true, 22, 38}, {EM_S390, true, 12, 22},
  {258 /* EM_LOONGARCH */, true, 3, 2}
};


static uint64_t word_at (const Linked *L, const unsigned char *p) {
  return L->E->is64 ? sr_u64(p, L->E->big) : sr_u32(p, L->E->big);
}


/* Where bytes at an address are in the part; 'tag' says where they are. */
static int place (Linked *L, uint64_t address, uint64_t size, const char *tag,
                  uint64_t *out) {
  sr_Elf *E = L->E;
  uint32_t i;
  for (i = 0; i < L->segments->count; i++) {
    sr_ElfSegment seg;
    uint64_t into;
    sr_elf_segment(E, L->segments, i, &seg);
    if (seg.type != PT_LOAD || address < seg.address) continue;
    into = address - seg.address;
    if (into >= seg.size || size > seg.size - into
        || seg.offset > UINT64_MAX - into
        || !sr_inside(seg.offset + into, size, E->part->size)) continue;
    *out = seg.offset + into;
    return SYMRUN_OK;
  }
  return sr_elf_damage(E, L->A->at, tag, address, "an address in a segment "
                       "that the file holds, with all that is there");
}


static int add (Linked *L, unsigned list, uint64_t k, uint64_t address) {
  if (address == 0 || L->named[list][k]) return SYMRUN_OK;
  L->named[list][k] = 1;
  return sr_calls_add(&L->calls, list, k, 0, address);
}


/* The address of a dynamic symbol that this file defines, or 0. */
static int symbol (Linked *L, uint64_t number, uint64_t *out) {
  sr_Elf *E = L->E;
  unsigned entry = E->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  const unsigned char *p;
  uint64_t at = 0;
  int rc;
  *out = 0;
  if (number > UINT64_MAX / 64 - L->A->symbols) return SYMRUN_OK;
  rc = place(L, L->A->symbols + number * entry, entry, "DT_SYMTAB", &at);
  if (rc != SYMRUN_OK) return rc;
  p = sr_elf_look(E, SR_STRINGS, at, entry, entry);
  if (p == NULL) return E->S->code;
  if (sr_u16(p + (E->is64 ? 6 : 14), E->big) != SHN_UNDEF)
    *out = E->is64 ? sr_u64(p + 8, E->big) : sr_u32(p + 4, E->big);
  return SYMRUN_OK;
}


static int content (Linked *L, unsigned list, uint64_t k, uint64_t *out) {
  const unsigned char *p = sr_elf_look(L->E, SR_MORE, L->at[list]
                                       + k * L->word, L->word, STEP);
  if (p == NULL) return L->E->S->code;
  *out = word_at(L, p);
  return SYMRUN_OK;
}


static int one (Linked *L, const unsigned char *p, bool rela) {
  sr_Elf *E = L->E;
  uint64_t offset = word_at(L, p), info = word_at(L, p + L->word), address = 0;
  uint64_t number = E->is64 ? info >> 32 : info >> 8, addend = 0;
  uint32_t type = E->is64 ? (uint32_t)info : (uint32_t)info & 255;
  bool relative = false, by_symbol = false;
  unsigned list;
  size_t i;
  if (rela) addend = word_at(L, p + 2 * L->word);
  for (i = 0; i < sizeof types / sizeof *types; i++)
    if (types[i].machine == E->machine && types[i].wide == E->is64) {
      relative = type == types[i].relative;
      by_symbol = type == types[i].symbol;
    }
  for (list = 0; list < L->A->count; list++) {
    const sr_ElfArray *array = &L->A->list[list];
    uint64_t k = (offset - array->address) / L->word;
    int rc = SYMRUN_OK;
    if (array->init || offset < array->address || k >= array->size / L->word)
      continue;
    if ((offset - array->address) % L->word != 0) continue;
    if (!relative && !by_symbol) { L->named[list][k] = 1; continue; }
    if (!rela) rc = content(L, list, k, &addend);
    if (rc == SYMRUN_OK && by_symbol) rc = symbol(L, number, &address);
    if (rc == SYMRUN_OK && by_symbol && address == 0) {
      L->named[list][k] = 1;  /* another file's */
      continue;
    }
    address += addend;
    if (!E->is64) address = (uint32_t)address;
    if (rc == SYMRUN_OK) rc = add(L, list, k, address);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


static int relocations (Linked *L, uint64_t address, uint64_t size,
                        bool rela) {
  sr_Elf *E = L->E;
  uint64_t each = (rela ? 3u : 2u) * L->word, at = 0, done;
  int rc = size < each ? SYMRUN_OK
         : place(L, address, size, rela ? "DT_RELA" : "DT_REL", &at);
  for (done = 0; rc == SYMRUN_OK && size - done >= each; done += each) {
    uint64_t left = size - done;
    const unsigned char *p = sr_elf_look(E, SR_PASSING, at + done, each,
                                         left < STEP ? left : STEP);
    if (p == NULL) return E->S->code;
    rc = one(L, p, rela);
  }
  return rc;
}


/* What no relocation completes is an address where the file has its own place,
   or where the short form (DT_RELR) does it. */
static int contents (Linked *L, unsigned list) {
  const sr_ElfArray *array = &L->A->list[list];
  uint64_t k, address = 0;
  int rc = SYMRUN_OK;
  if (L->E->type != ET_EXEC && !L->A->relr) return SYMRUN_OK;
  for (k = 0; k < array->size / L->word && rc == SYMRUN_OK; k++) {
    if (L->named[list][k]) continue;
    rc = content(L, list, k, &address);
    if (rc == SYMRUN_OK) rc = add(L, list, k, address);
  }
  return rc;
}


static int open_lists (Linked *L) {
  const sr_ElfArray *array = L->A->list;
  unsigned i;
  int rc = SYMRUN_OK;
  for (i = 0; i < L->A->count && rc == SYMRUN_OK; i++, array++) {
    uint64_t n = array->init ? 1 : array->size / L->word;
    rc = sr_calls_list(&L->calls, array->name, strlen(array->name), n);
    if (rc == SYMRUN_OK && !array->init)
      rc = place(L, array->address, array->size, array->name, &L->at[i]);
    if (rc != SYMRUN_OK || n == 0) continue;
    L->named[i] = (unsigned char *)sr_new(L->E->S, (size_t)n);
    if (L->named[i] == NULL) return SYMRUN_NOMEM;
    if (array->init) rc = add(L, i, 0, array->address);
  }
  return rc;
}


int sr_elf_linked (sr_Elf *E, const sr_ElfSegments *segments,
                   const sr_ElfArrays *A, const sr_FactAsk *ask) {
  Linked L;
  unsigned i;
  int rc;
  memset(&L, 0, sizeof L);
  L.E = E;
  L.segments = segments;
  L.A = A;
  L.word = E->is64 ? 8 : 4;
  sr_calls_begin(&L.calls, E->S, E->part, ask);
  L.calls.flat = true;
  if (E->machine == EM_ARM) L.calls.mask = ~(uint64_t)1;  /* Thumb's bit */
  rc = open_lists(&L);
  if (rc == SYMRUN_OK) rc = relocations(&L, A->rela, A->relasz, true);
  if (rc == SYMRUN_OK) rc = relocations(&L, A->rel, A->relsz, false);
  for (i = 0; i < A->count && rc == SYMRUN_OK; i++)
    if (!A->list[i].init) rc = contents(&L, i);
  for (i = 0; i < A->count; i++)
    sr_delete(E->S, L.named[i], L.named[i] == NULL ? 0 : A->list[i].init ? 1
              : (size_t)(A->list[i].size / L.word));
  return sr_calls_end(&L.calls, sr_elf_read, rc);
}
