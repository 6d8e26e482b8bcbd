/*
** edit_coff_write.c
** The bytes of a COFF object that was changed.  All that stands before the
** symbol table stays where it is; the table, its strings and what follows
** them are written anew.  Names that nobody has any more stay among the
** strings, for names of sections may point into them.
**
** Layout: Microsoft's "PE Format", sections "COFF File Header", "COFF Symbol
** Table" and "COFF String Table".
*/

#include "edit_coff.h"


/* What was behind the strings stays behind them; but no section can. */
static int check_room (sr_CoffEdit *X) {
  uint32_t i;
  for (i = 1; i <= X->C.nsections; i++) {
    const sr_CoffEditSec *sec = &X->secs[i];
    if (X->C.symbols_at != 0
        && ((sec->from != 0 && sec->from + (uint64_t)sec->size
                               > X->C.symbols_at)
            || sec->relocs > X->C.symbols_at))
      return sr_fail(X->S, SYMRUN_RULE, "section '%.*s' or its relocations "
                     "stand behind the symbol table, which would have another "
                     "size; only objects that end with it can be edited so",
                     SR_EDIT_NAME(sec->name));
  }
  return SYMRUN_OK;
}


static void number (sr_CoffEdit *X) {
  uint32_t now = 0;
  size_t i;
  for (i = 0; i < X->count; i++) {
    sr_CoffEditSym *sym = &X->syms[i];
    if (sym->gone) continue;
    sym->now = now;
    now += 1 + sym->s.aux;
  }
}


/* A section that is no COMDAT chooses nothing. */
static void plain (const sr_CoffEdit *X, sr_Made *out) {
  uint32_t i;
  for (i = 1; i <= X->C.nsections; i++) {
    unsigned char *h = (unsigned char *)out->ptr + X->C.headers_at
                     + (uint64_t)(i - 1) * COFF_HEADER;
    if (X->secs[i].dissolved)
      sr_edit_put(h + 36, X->secs[i].flags & ~(uint32_t)SCN_COMDAT, 4, false);
  }
}


/* A name that is too long for its field goes behind the strings. */
static int put_name (sr_CoffEdit *X, unsigned char *p, sr_Str name,
                     sr_Made *strings) {
  memset(p, 0, 8);
  if (name.len <= 8) {
    memcpy(p, name.ptr, name.len);
    return SYMRUN_OK;
  }
  if (strings->len + name.len >= UINT32_MAX)
    return sr_fail(X->S, SYMRUN_RULE, "the string table cannot have '%.*s' "
                   "too, for it has room for 4 GiB", SR_EDIT_NAME(name));
  sr_edit_put(p + 4, strings->len, 4, false);
  if (sr_made_add(X->S, strings, name.ptr, name.len) != SYMRUN_OK)
    return SYMRUN_NOMEM;
  return sr_made_zero(X->S, strings, 1);
}


static int put_symbol (sr_CoffEdit *X, size_t row, sr_Made *out,
                       sr_Made *strings) {
  const sr_CoffEditSym *sym = &X->syms[row];
  bool big = X->C.entry == 20;
  size_t at = out->len, len = (size_t)X->C.entry * (1 + sym->s.aux);
  unsigned char *p;
  int rc = sym->at == SR_NONE ? sr_made_zero(X->S, out, len)
         : sr_made_add(X->S, out, sr_coff_edit_entry(X, sym->at), len);
  if (rc != SYMRUN_OK) return rc;
  p = (unsigned char *)out->ptr + at;
  if (sym->renamed || sym->at == SR_NONE)
    rc = put_name(X, p, X->index.rows[row].name, strings);
  sr_edit_put(p + 8, sym->s.value, 4, false);
  sr_edit_put(p + 12, (uint32_t)sym->s.section, big ? 4 : 2, false);
  p[big ? 18 : 16] = sym->s.sclass;
  if (X->moved) sr_coff_edit_retag(X, sym, p);
  if (sym->s.section > 0 && X->secs[sym->s.section].dissolved
      && X->secs[sym->s.section].symbol == row) {
    p += X->C.entry;
    sr_edit_put(p + 12, 0, 3, false);  /* Number, Selection */
    if (big) sr_edit_put(p + 16, 0, 2, false);
  }
  return rc;
}


static int put_tables (sr_CoffEdit *X, sr_Made *out, sr_Made *strings) {
  uint64_t from = X->C.symbols_at != 0 ? X->C.symbols_at : X->size;
  uint64_t behind = X->C.strings != NULL ? X->C.strings_at + X->C.strsize
                                         : X->size;
  unsigned char *p;
  size_t i;
  uint32_t last;
  int rc = sr_made_add(X->S, out, X->bytes, (size_t)from);
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++)
    if (!X->syms[i].gone) rc = put_symbol(X, i, out, strings);
  if (rc != SYMRUN_OK) return rc;
  if (X->added) sr_edit_put((unsigned char *)strings->ptr, strings->len, 4,
                            false);
  rc = sr_made_add(X->S, out, strings->ptr, strings->len);
  if (rc == SYMRUN_OK && behind < X->size)
    rc = sr_made_add(X->S, out, X->bytes + behind, (size_t)(X->size - behind));
  if (rc != SYMRUN_OK) return rc;
  if (out->len > UINT32_MAX)
    return sr_fail(X->S, SYMRUN_RULE, "the object would have more than 4 GiB, "
                   "and COFF has no place behind these");
  for (last = 0, i = 0; i < X->count; i++)
    if (!X->syms[i].gone) last += 1 + X->syms[i].s.aux;
  p = (unsigned char *)out->ptr + (X->C.entry == 20 ? 48 : 8);
  sr_edit_put(p, from, 4, false);
  sr_edit_put(p + 4, last, 4, false);
  plain(X, out);
  return SYMRUN_OK;
}


int sr_coff_edit_write (sr_CoffEdit *X, sr_Made *out) {
  sr_Made strings = {NULL, 0, 0};
  int rc = X->moved || X->added ? check_room(X) : SYMRUN_OK;
  number(X);
  if (rc == SYMRUN_OK)
    rc = X->C.strings == NULL ? sr_made_zero(X->S, &strings, 4)
       : sr_made_add(X->S, &strings, X->C.strings, (size_t)X->C.strsize);
  if (rc == SYMRUN_OK) rc = put_tables(X, out, &strings);
  if (rc == SYMRUN_OK && X->moved) rc = sr_coff_edit_renumber(X, out);
  sr_made_free(X->S, &strings);
  return rc;
}
