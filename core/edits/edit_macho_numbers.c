/*
** edit_macho_numbers.c
** Whatever names a symbol of a Mach-O object by its number: relocations with
** r_extern, the table of indirect symbols, and LLVM's list of who calls whom.
** A scattered relocation has an address in place of the number.
**
** Layouts: mach-o/reloc.h and mach-o/loader.h (LC_DYSYMTAB) of Apple's xnu and
** cctools; __cg_profile as LLVM's MachObjectWriter has it.
*/

#include "edit_macho.h"

enum { RELOC = 8, PROFILE = 16, CPU_X86_64 = 0x01000007,
       CPU_ARM64 = 0x0100000c, CPU_ARM64_32 = 0x0200000c };

#define R_SCATTERED            0x80000000u
#define INDIRECT_SYMBOL_LOCAL  0x80000000u
#define INDIRECT_SYMBOL_ABS    0x40000000u

/* One number; a relocation has 24 bits of it. */
typedef int (*Each) (sr_MachoEdit *X, uint32_t who, uint64_t at, bool reloc,
                     uint32_t number, void *ud);


static int relocs (sr_MachoEdit *X, uint32_t who, uint64_t *left, Each each,
                   void *ud) {
  const sr_MachoEditSec *sec = &X->secs[who - 1];
  uint64_t at = sec->reloff, size = (uint64_t)sec->nreloc * RELOC, end;
  bool big = X->M.big, scatters = X->M.cpu != CPU_X86_64
      && X->M.cpu != CPU_ARM64 && X->M.cpu != CPU_ARM64_32;
  int rc = SYMRUN_OK;
  if (size == 0) return SYMRUN_OK;
  if (!sr_inside(at, size, X->size) || size > *left)
    return sr_macho_damage(&X->M, sec->at + (X->M.is64 ? 60 : 52), "nreloc",
                           sec->nreloc, "what the file has room for, with the "
                           "relocations of all other sections");
  *left -= size;
  for (end = at + size; at < end && rc == SYMRUN_OK; at += RELOC) {
    uint32_t word = sr_macho_edit_u32(X, at + 4);
    if (scatters && (sr_macho_edit_u32(X, at) & R_SCATTERED)) continue;
    if (!(word & (big ? 0x10u : 0x08000000u))) continue;  /* r_extern */
    rc = each(X, who, at + 4, true, big ? word >> 8 : word & 0xffffffu, ud);
  }
  return rc;
}


static int profile (sr_MachoEdit *X, uint32_t who, Each each, void *ud) {
  const sr_MachoEditSec *sec = &X->secs[who - 1];
  uint64_t at = sec->offset, end = at + sec->size;
  int rc = SYMRUN_OK;
  for (; end - at >= PROFILE && rc == SYMRUN_OK; at += PROFILE) {
    rc = each(X, who, at, false, sr_macho_edit_u32(X, at), ud);
    if (rc == SYMRUN_OK)
      rc = each(X, who, at + 4, false, sr_macho_edit_u32(X, at + 4), ud);
  }
  return rc;
}


/* Those tables of LC_DYSYMTAB that an object should not have are numbers of
   symbols too. */
static int indirect (sr_MachoEdit *X, Each each, void *ud) {
  static const unsigned others[] = {36, 44, 52, 68, 76};
  uint64_t at, end;
  unsigned i;
  int rc = SYMRUN_OK;
  if (X->M.dysymtab == 0) return SYMRUN_OK;
  for (i = 0; i < 5; i++)
    if (X->grown && sr_macho_edit_u32(X, X->M.dysymtab + others[i]) != 0)
      return sr_fail(X->S, SYMRUN_RULE, "the object has tables of a linked "
                     "file (LC_DYSYMTAB: contents, modules, references, "
                     "relocations), and numbers of symbols in them cannot be "
                     "changed");
  at = sr_macho_edit_u32(X, X->M.dysymtab + 56);
  end = at + (uint64_t)sr_macho_edit_u32(X, X->M.dysymtab + 60) * 4;
  if (end > at && end > X->size)
    return sr_macho_damage(&X->M, X->M.dysymtab + 60, "nindirectsyms",
                           (end - at) / 4, "what the file has room for");
  for (; at < end && rc == SYMRUN_OK; at += 4) {
    uint32_t number = sr_macho_edit_u32(X, at);
    if (!(number & (INDIRECT_SYMBOL_LOCAL | INDIRECT_SYMBOL_ABS)))
      rc = each(X, SR_NONE, at, false, number, ud);
  }
  return rc;
}


static int all (sr_MachoEdit *X, Each each, void *ud) {
  uint64_t left = X->size;
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 1; i <= X->nsecs && rc == SYMRUN_OK; i++) {
    rc = relocs(X, i, &left, each, ud);
    if (rc == SYMRUN_OK && X->secs[i - 1].profile) rc = profile(X, i, each, ud);
  }
  return rc == SYMRUN_OK ? indirect(X, each, ud) : rc;
}


static int need (sr_MachoEdit *X, uint32_t who, uint64_t at, bool reloc,
                 uint32_t number, void *ud) {
  (void)ud; (void)reloc;
  if (number >= X->were)
    return sr_macho_damage(&X->M, at, "r_symbolnum", number, "the number of a "
                           "symbol");
  X->syms[number].needed = who;
  return SYMRUN_OK;
}


int sr_macho_edit_needs (sr_MachoEdit *X) { return all(X, need, NULL); }


static int renumber (sr_MachoEdit *X, uint32_t who, uint64_t at, bool reloc,
                     uint32_t number, void *ud) {
  unsigned char *p = (unsigned char *)((sr_Made *)ud)->ptr + at;
  uint32_t now, word = sr_macho_edit_u32(X, at);
  int rc = need(X, who, at, reloc, number, NULL);
  if (rc != SYMRUN_OK) return rc;
  if (at + 4 > ((sr_Made *)ud)->len)
    return sr_macho_damage(&X->M, at, "r_symbolnum", at, "before the symbol "
                           "table");
  now = X->syms[number].now;
  if (!reloc) word = now;
  else if (now > 0xffffff)
    return sr_fail(X->S, SYMRUN_RULE, "a relocation has room for 16,777,216 "
                   "symbols, and the object would have more");
  else word = X->M.big ? (word & 0xff) | now << 8
                       : (word & 0xff000000u) | now;
  sr_edit_put(p, word, 4, X->M.big);
  return SYMRUN_OK;
}


int sr_macho_edit_renumber (sr_MachoEdit *X, sr_Made *out) {
  return all(X, renumber, out);
}
