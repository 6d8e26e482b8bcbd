/*
** edit_macho_write.c
** The bytes of a Mach-O object that was changed.  Symbols and their strings
** end the objects that assemblers write, and are written anew there; where
** something follows them, new ones go behind all that, and nothing else moves.
**
** Layouts: mach-o/loader.h (LC_SYMTAB, LC_DYSYMTAB) and mach-o/nlist.h, of
** Apple's xnu and cctools.
*/

#include "edit_macho.h"


static unsigned entry (const sr_MachoEdit *X) { return X->M.is64 ? 16 : 12; }


/* The new order: group by group, as it was in each, new ones last. */
static int number (sr_MachoEdit *X, uint32_t **out, uint32_t counts[GROUPS]) {
  uint32_t *order = (uint32_t *)sr_new(X->S, (X->count + 1) * sizeof *order);
  uint32_t now = 0;
  unsigned group;
  size_t i;
  if (order == NULL) return SYMRUN_NOMEM;
  memset(counts, 0, GROUPS * sizeof *counts);
  for (group = 0; group < GROUPS; group++)
    for (i = 0; i < X->count; i++) {
      sr_MachoEditSym *sym = &X->syms[i];
      if (sym->gone || sym->group != group) continue;
      if (i < X->were && now != i) X->moved = true;
      sym->now = now;
      order[now++] = (uint32_t)i;
      counts[group]++;
    }
  *out = order;
  return SYMRUN_OK;
}


static int put_symbol (sr_MachoEdit *X, uint32_t row, sr_Made *out,
                       sr_Made *names) {
  sr_MachoEditSym *sym = &X->syms[row];
  bool big = X->M.big;
  unsigned char p[16];
  int rc = SYMRUN_OK;
  if (sym->renamed) {
    sr_Str name = X->index.rows[row].name;
    uint64_t at = (uint64_t)X->M.symtab.strsize + names->len;
    if (at + name.len >= UINT32_MAX)
      return sr_fail(X->S, SYMRUN_RULE, "the string table has no room for "
                     "'%.*s'", SR_EDIT_NAME(name));
    sym->strx = (uint32_t)at;
    rc = sr_made_add(X->S, names, name.ptr, name.len);
    if (rc == SYMRUN_OK) rc = sr_made_zero(X->S, names, 1);
  }
  sr_edit_put(p, sym->strx, 4, big);
  p[4] = sym->type;
  p[5] = sym->sect;
  sr_edit_put(p + 6, sym->desc, 2, big);
  sr_edit_put(p + 8, sym->value, X->M.is64 ? 8 : 4, big);
  return rc == SYMRUN_OK ? sr_made_add(X->S, out, p, entry(X)) : rc;
}


/* Where the new symbols begin: where the old ones did, if nothing but their
   strings follows.  llvm-objcopy has indirect symbols between the two. */
static int begin (sr_MachoEdit *X, sr_Made *out) {
  const sr_Macho *M = &X->M;
  uint64_t end = M->symtab.symoff + (uint64_t)X->were * entry(X);
  bool tail = M->symtab.stroff == end
           && (uint64_t)M->symtab.stroff + M->symtab.strsize == X->size;
  int rc = sr_made_add(X->S, out, X->bytes, tail ? M->symtab.symoff
                                                 : (size_t)X->size);
  if (rc == SYMRUN_OK && !tail) rc = sr_made_zero(X->S, out, -out->len & 7);
  return rc;
}


static int put_strings (sr_MachoEdit *X, sr_Made *out, sr_Made *names) {
  int rc = sr_made_add(X->S, out, X->bytes + X->M.symtab.stroff,
                       X->M.symtab.strsize);
  if (rc == SYMRUN_OK && names->len > 0) {
    rc = sr_made_add(X->S, out, names->ptr, names->len);
    if (rc == SYMRUN_OK)  /* as assemblers do */
      rc = sr_made_zero(X->S, out, -(X->M.symtab.strsize + names->len)
                                   & (X->M.is64 ? 7u : 3u));
  }
  return rc;
}


static void put_commands (sr_MachoEdit *X, sr_Made *out, uint64_t symoff,
                          uint64_t stroff, const uint32_t counts[GROUPS]) {
  unsigned char *p = (unsigned char *)out->ptr + X->M.symtab.at;
  uint32_t all = counts[0] + counts[1] + counts[2], first = 0;
  unsigned group;
  bool big = X->M.big;
  sr_edit_put(p + 8, symoff, 4, big);
  sr_edit_put(p + 12, all, 4, big);
  sr_edit_put(p + 16, stroff, 4, big);
  sr_edit_put(p + 20, out->len - stroff, 4, big);
  if (X->M.dysymtab == 0) return;
  p = (unsigned char *)out->ptr + X->M.dysymtab;
  for (group = 0; group < GROUPS; group++) {
    sr_edit_put(p + 8 + 8 * group, first, 4, big);
    sr_edit_put(p + 12 + 8 * group, counts[group], 4, big);
    first += counts[group];
  }
}


/* No symbol moves, and none has another name. */
static int in_place (sr_MachoEdit *X, sr_Made *out) {
  size_t i;
  int rc = sr_made_add(X->S, out, X->bytes, (size_t)X->size);
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++) {
    const sr_MachoEditSym *sym = &X->syms[i];
    unsigned char *p = (unsigned char *)out->ptr + X->M.symtab.symoff
                     + i * entry(X);
    p[4] = sym->type;
    sr_edit_put(p + 6, sym->desc, 2, X->M.big);
  }
  return rc;
}


static int anew (sr_MachoEdit *X, sr_Made *out) {
  sr_Made names = {NULL, 0, 0};
  uint32_t *order, counts[GROUPS], i, all;
  uint64_t symoff, stroff = 0;
  int rc = number(X, &order, counts);
  if (rc != SYMRUN_OK) return rc;
  all = counts[0] + counts[1] + counts[2];
  if (X->M.symtab.strsize > 0
      && X->bytes[X->M.symtab.stroff + X->M.symtab.strsize - 1] != '\0')
    rc = sr_made_zero(X->S, &names, 1);  /* what ends without an end */
  if (rc == SYMRUN_OK) rc = begin(X, out);
  symoff = out->len;
  for (i = 0; i < all && rc == SYMRUN_OK; i++)
    rc = put_symbol(X, order[i], out, &names);
  if (rc == SYMRUN_OK) {
    stroff = out->len;
    rc = put_strings(X, out, &names);
  }
  if (rc == SYMRUN_OK && out->len > UINT32_MAX)
    rc = sr_fail(X->S, SYMRUN_RULE, "the object would have more than 4 GiB, "
                 "and Mach-O has no place behind these");
  if (rc == SYMRUN_OK) put_commands(X, out, symoff, stroff, counts);
  if (rc == SYMRUN_OK && X->moved) rc = sr_macho_edit_renumber(X, out);
  sr_made_free(X->S, &names);
  sr_delete(X->S, order, (X->count + 1) * sizeof *order);
  return rc;
}


/* Bitcode that is to be gone is no bytes, where there were zeros. */
static int no_bitcode (sr_MachoEdit *X, sr_Made *out) {
  size_t i;
  for (i = 0; i < X->nsecs; i++) {
    const sr_MachoEditSec *sec = &X->secs[i];
    unsigned width = X->M.is64 ? 8 : 4;
    if (!sec->bitcode || sec->zeros) continue;
    if (!sr_inside(sec->offset, sec->size, out->len))
      return sr_macho_damage(&X->M, sec->at, "offset", sec->offset, "before "
                             "the symbol table");
    memset(out->ptr + sec->offset, 0, (size_t)sec->size);
    sr_edit_put((unsigned char *)out->ptr + sec->at + 32 + width, 0, width,
                X->M.big);
  }
  return SYMRUN_OK;
}


int sr_macho_edit_write (sr_MachoEdit *X, sr_Made *out) {
  int rc = X->grown ? anew(X, out) : in_place(X, out);
  if (rc == SYMRUN_OK && X->drop) rc = no_bitcode(X, out);
  return rc;
}
