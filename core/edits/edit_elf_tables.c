/*
** edit_elf_tables.c
** All that names symbols and sections of an ELF object by numbers, written
** anew for those that they have now.  A linker takes any number that is
** small enough, so a table that is forgotten here makes a program that calls
** another function, and nobody complains: one that is not known is refused.
**
** Layouts: System V ABI, chapter 4 ("Relocation", "Section Groups", "Symbol
** Table"); MIPS64 from "64-bit ELF Object File Specification", section 2.9;
** CREL from the proposal to the generic ABI that LLVM 19 writes; sections of
** LLVM from its manual, "LLVM Extensions" (address significance table, call
** graph profile).
*/

#include "edit_elf.h"


/* The number that a symbol has now. */
static uint32_t now (const sr_ElfEdit *X, uint32_t symbol) {
  return symbol < X->count ? X->syms[symbol].now : 0;
}


/* A section's bytes as they were, to be changed. */
static int copy (sr_ElfEdit *X, sr_ElfSec *sec) {
  sec->changed = true;
  return sr_made_add(X->S, &sec->fresh, X->bytes + sec->h.offset,
                     (size_t)sec->h.size);
}


static int damaged (sr_ElfEdit *X, const sr_ElfSec *sec, const char *expected) {
  return sr_elf_damage(&X->E, sec->h.at + (X->E.is64 ? 32 : 20), "sh_size",
                       sec->h.size, expected);
}


/* -- relocations ---------------------------------------------------------- */

static int fixed (sr_ElfEdit *X, sr_ElfSec *sec) {
  const sr_Elf *E = &X->E;
  size_t word = E->is64 ? 8 : 4, k;
  size_t entry = sec->h.type == SHT_RELA ? 3 * word : 2 * word;
  bool high = E->is64 && !E->big && E->machine != EM_MIPS;
  int rc = copy(X, sec);
  if (rc != SYMRUN_OK) return rc;
  for (k = 0; k + entry <= sec->fresh.len; k += entry) {
    unsigned char *p = (unsigned char *)sec->fresh.ptr + k + word;
    uint32_t info = sr_u32(p, E->big), symbol;
    if (E->is64) {
      p += high ? 4 : 0;
      sr_put32(p, now(X, sr_u32(p, E->big)), E->big);
      continue;
    }
    symbol = now(X, info >> 8);
    if (symbol >> 24 != 0)
      return sr_fail(X->S, SYMRUN_RULE, "a relocation in '%.*s' cannot name "
                     "symbol %u: there are 24 bits for it",
                     SR_NAMED(sec->name), symbol);
    sr_put32(p, symbol << 8 | (info & 255), E->big);
  }
  return SYMRUN_OK;
}


typedef struct Leb { const unsigned char *p, *end; } Leb;

/* Over the bytes of one number: what it is, if it is not longer than 64 bits;
   the reader of relocations has looked at all of them. */
static uint64_t leb (Leb *B, bool is_signed) {
  uint64_t v = 0;
  unsigned shift = 0;
  while (B->p < B->end) {
    unsigned char c = *B->p++;
    if (shift < 64) v |= (uint64_t)(c & 127) << shift;
    shift += 7;
    if (c >= 128) continue;
    if (is_signed && shift < 64 && c & 64) v |= UINT64_MAX << shift;
    break;
  }
  return v;
}


static int put_leb (sr_ElfEdit *X, sr_Made *M, int64_t v, bool is_signed) {
  unsigned char out[10];
  size_t n = 0;
  bool more = true;
  while (more) {
    unsigned char c = (unsigned char)(v & 127);
    v = is_signed ? v >> 7 : (int64_t)((uint64_t)v >> 7);
    more = is_signed ? !((v == 0 && !(c & 64)) || (v == -1 && c & 64))
                     : v != 0;
    out[n++] = more ? c | 128 : c;
  }
  return sr_made_add(X->S, M, out, n);
}


/* One compact relocation: only how its symbol differs from the one before is
   written anew. */
static int one_compact (sr_ElfEdit *X, sr_ElfSec *sec, Leb *B, bool addend,
                        uint32_t *symbol, uint32_t *last) {
  const unsigned char *begin = B->p;
  unsigned char b = *B->p++, head;
  uint32_t is;
  size_t n;
  int rc;
  if (b >= 128) leb(B, false);
  n = (size_t)(B->p - begin);
  if (b & 1) *symbol += (uint32_t)leb(B, true);
  is = now(X, *symbol);
  head = (unsigned char)((b & ~1) | (is != *last));
  rc = sr_made_add(X->S, &sec->fresh, &head, 1);
  if (rc == SYMRUN_OK)
    rc = sr_made_add(X->S, &sec->fresh, begin + 1, n - 1);
  if (rc == SYMRUN_OK && is != *last)
    rc = put_leb(X, &sec->fresh, (int32_t)(is - *last), true);
  *last = is;
  begin = B->p;
  if (b & 2) leb(B, true);
  if (b & 4 && addend) leb(B, true);
  if (rc != SYMRUN_OK) return rc;
  return sr_made_add(X->S, &sec->fresh, begin, (size_t)(B->p - begin));
}


static int compact (sr_ElfEdit *X, sr_ElfSec *sec) {
  Leb B;
  uint32_t symbol = 0, last = 0;
  uint64_t header, count;
  int rc;
  B.p = X->bytes + sec->h.offset;
  B.end = B.p + sec->h.size;
  sec->changed = true;
  if (sec->h.size == 0) return SYMRUN_OK;
  header = leb(&B, false);
  rc = put_leb(X, &sec->fresh, (int64_t)header, false);
  for (count = header / 8; count > 0 && rc == SYMRUN_OK; count--) {
    if (B.p >= B.end) return damaged(X, sec, "that of all relocations");
    rc = one_compact(X, sec, &B, (header & 4) != 0, &symbol, &last);
  }
  return rc;
}


/* -- LLVM's lists --------------------------------------------------------- */

/* Symbols whose addresses matter, each a ULEB128 number; what is gone has no
   address. */
static int addresses (sr_ElfEdit *X, sr_ElfSec *sec) {
  Leb B;
  int rc = SYMRUN_OK;
  B.p = X->bytes + sec->h.offset;
  B.end = B.p + sec->h.size;
  if (sec->h.size > 0 && B.end[-1] >= 128)
    return damaged(X, sec, "that of numbers, of which the last has an end");
  sec->changed = true;
  while (B.p < B.end && rc == SYMRUN_OK) {
    uint64_t symbol = leb(&B, false);
    if (symbol >= X->table.count)
      return sr_elf_damage(&X->E, sec->h.offset, "address significance table",
                           symbol, "the index of a symbol");
    if (!X->syms[symbol].gone)
      rc = put_leb(X, &sec->fresh, X->syms[symbol].now, false);
  }
  return rc;
}


/* Before LLVM 13: two symbols and how often one calls the other. */
static int old_profile (sr_ElfEdit *X, sr_ElfSec *sec) {
  size_t k, side;
  int rc = copy(X, sec);
  if (rc != SYMRUN_OK) return rc;
  if (sec->h.size % 16 != 0) return damaged(X, sec, "a multiple of 16");
  for (k = 0; k < sec->fresh.len; k += 16)
    for (side = 0; side < 8; side += 4) {
      unsigned char *p = (unsigned char *)sec->fresh.ptr + k + side;
      uint32_t symbol = sr_u32(p, X->E.big);
      if (symbol >= X->table.count)
        return sr_elf_damage(&X->E, sec->h.offset + k, "call graph profile",
                             symbol, "the index of a symbol");
      if (X->syms[symbol].gone)
        return sr_fail(X->S, SYMRUN_RULE, "cannot strip '%.*s': the call graph "
                       "profile in '%.*s' names it",
                       SR_NAMED(X->syms[symbol].name), SR_NAMED(sec->name));
      sr_put32(p, X->syms[symbol].now, X->E.big);
    }
  return SYMRUN_OK;
}


/* -- sections and symbols ------------------------------------------------- */

static int group (sr_ElfEdit *X, sr_ElfSec *sec) {
  const unsigned char *p = X->bytes + sec->h.offset;
  uint64_t k;
  int rc = sr_made_add(X->S, &sec->fresh, p, 4);
  sec->changed = true;
  for (k = 4; k < sec->h.size && rc == SYMRUN_OK; k += 4) {
    const sr_ElfSec *member = &X->secs[sr_u32(p + k, X->E.big)];
    unsigned char out[4];
    if (member->goes != SR_STAYS) continue;
    sr_put32(out, member->now, X->E.big);
    rc = sr_made_add(X->S, &sec->fresh, out, 4);
  }
  return rc;
}


/* Section indexes that do not fit into 16 bits. */
static int wide_indexes (sr_ElfEdit *X, sr_ElfSec *sec) {
  uint32_t i;
  int rc = sr_made_zero(X->S, &sec->fresh, (size_t)X->nsyms * 4);
  sec->changed = true;
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++) {
    const sr_ElfSym *sym = &X->syms[i];
    uint32_t is = sym->section != 0 ? X->secs[sym->section].now : 0;
    if (!sym->gone && is >= SHN_LORESERVE)
      sr_put32((unsigned char *)sec->fresh.ptr + (size_t)sym->now * 4, is,
               X->E.big);
  }
  return rc;
}


static void put_symbol (sr_ElfEdit *X, unsigned char *p, uint32_t i) {
  const sr_ElfSym *sym = &X->syms[i];
  const sr_Elf *E = &X->E;
  uint32_t index = sym->index;
  if (i < X->table.count)
    memcpy(p, X->table.symbols + i * X->table.entry, (size_t)X->table.entry);
  if (sym->section != 0) index = X->secs[sym->section].now;
  if (sym->section != 0 && index >= SHN_LORESERVE) index = SHN_XINDEX;
  sr_put32(p, sym->text, E->big);
  p[E->is64 ? 4 : 12] = sym->info;
  p[E->is64 ? 5 : 13] = sym->other;
  sr_put16(p + (E->is64 ? 6 : 14), (uint16_t)index, E->big);
  sr_put_word(E, p + (E->is64 ? 8 : 4), sym->value);
}


static int symbol_table (sr_ElfEdit *X) {
  sr_ElfSec *sec = &X->secs[X->table.index];
  uint32_t i;
  int rc = sr_made_zero(X->S, &sec->fresh,
                        (size_t)(X->nsyms * X->table.entry));
  sec->changed = true;
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++)
    if (!X->syms[i].gone)
      put_symbol(X, (unsigned char *)sec->fresh.ptr
                    + X->syms[i].now * X->table.entry, i);
  return rc;
}


/* New names are put behind the old, each once. */
static int string_table (sr_ElfEdit *X) {
  sr_ElfSec *sec = &X->secs[X->strtab];
  const sr_ElfSym *last = NULL;
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++) {
    sr_ElfSym *sym = &X->syms[i];
    if (!sym->renamed || sym->gone) continue;
    if (!sec->changed) rc = copy(X, sec);
    if (last != NULL && sym->name.ptr == last->name.ptr) {
      sym->text = last->text;
      continue;
    }
    if (sec->fresh.len > UINT32_MAX - 1 - sym->name.len)
      return sr_fail(X->S, SYMRUN_RULE, "cannot name '%.*s': the names would "
                     "be more than 4 GiB", SR_NAMED(sym->name));
    sym->text = (uint32_t)sec->fresh.len;
    if (rc == SYMRUN_OK)
      rc = sr_made_add(X->S, &sec->fresh, sym->name.ptr, sym->name.len);
    if (rc == SYMRUN_OK) rc = sr_made_zero(X->S, &sec->fresh, 1);
    last = sym;
  }
  return rc;
}


/* -- all of them ---------------------------------------------------------- */

static int unknown (sr_ElfEdit *X, const sr_ElfSec *sec) {
  return sr_fail(X->S, SYMRUN_RULE, "section '%.*s' (type 0x%x) belongs to the "
                 "symbol table and is not known here: whether it has numbers "
                 "of symbols, which this edit would change, nobody can tell",
                 SR_NAMED(sec->name), sec->h.type);
}


static int table (sr_ElfEdit *X, uint32_t i) {
  sr_ElfSec *sec = &X->secs[i];
  bool linked = sec->h.link == X->table.index && X->table.index != 0;
  switch (sec->h.type) {
    case SHT_GROUP:
      return X->shifted ? group(X, sec) : SYMRUN_OK;
    case SHT_SYMTAB_SHNDX:
      return linked ? wide_indexes(X, sec) : SYMRUN_OK;
    case SR_SHT_LLVM_ADDRSIG:  /* damage is told whatever is asked for */
      return linked ? addresses(X, sec) : SYMRUN_OK;
    case SR_SHT_LLVM_OLD_PROFILE:
      return linked ? old_profile(X, sec) : SYMRUN_OK;
    default: break;
  }
  if (!linked || !X->moved) return SYMRUN_OK;
  switch (sec->h.type) {
    case SHT_REL: case SHT_RELA: return fixed(X, sec);
    case SR_SHT_CREL: return compact(X, sec);
    case SR_SHT_LLVM_PROFILE: return SYMRUN_OK;  /* relocations name them */
    default: return unknown(X, sec);
  }
}


int sr_elf_edit_tables (sr_ElfEdit *X) {
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 1; i < X->E.shnum && rc == SYMRUN_OK; i++)
    if (X->secs[i].goes == SR_STAYS) rc = table(X, i);
  if (X->table.index == 0 || rc != SYMRUN_OK) return rc;
  rc = string_table(X);
  return rc == SYMRUN_OK ? symbol_table(X) : rc;
}
