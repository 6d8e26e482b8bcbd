/*
** edit_macho.c
** The symbols of a Mach-O object, changed.  Between local and global it has
** "private extern": other objects of one link see it, and what is linked does
** not show it.  That is one bit and moves nothing, and what is made local is
** made that; truly local (clear-extern) is another place in the table.
**
** Layout: mach-o/nlist.h, of Apple's xnu and cctools.
*/

#include "edit_macho.h"


static int refuse (const sr_MachoEdit *X, const sr_ObjectEdit *e, uint32_t row,
                   const char *why) {
  return sr_edit_refuse(X->S, e, X->index.rows[row].name, why);
}


static bool is_local (const sr_MachoEditSym *sym) {
  return !(sym->type & N_EXT);
}


static bool is_private (const sr_MachoEditSym *sym) {
  return (sym->type & (N_EXT | N_PEXT)) == (N_EXT | N_PEXT);
}


static bool is_undefined (const sr_MachoEditSym *sym) {
  unsigned kind = sym->type & N_TYPE;
  return kind == N_PBUD || (kind == N_UNDF && sym->value == 0);
}


static bool is_common (const sr_MachoEditSym *sym) {
  return (sym->type & N_TYPE) == N_UNDF && sym->value != 0;
}


/* A symbol changes, if nobody reads another table in place of this one.
   'grown': and its place in the table, or its name. */
static int changes (sr_MachoEdit *X, sr_ObjectEdit *e, sr_Str name,
                    bool grown) {
  if (X->gcc_lto)
    return sr_edit_refuse(X->S, e, name, "the object holds GCC's LTO, which a "
                          "linker may read in place of the symbols; compile "
                          "it without");
  if (X->bitcode && !(e->how & SR_DROP_LTO))
    return sr_edit_refuse(X->S, e, name, "a linker may read __LLVM,__bitcode "
                          "in place of the symbols, and there it would be as "
                          "it was (drop-lto drops it)");
  if (X->aliases)
    return sr_edit_refuse(X->S, e, name, "the object has indirect symbols "
                          "(N_INDR), which are names for names");
  if (grown && X->M.dysymtab != 0 && !X->M.orderly)
    return sr_edit_refuse(X->S, e, name, "LC_DYSYMTAB does not count all "
                          "symbols of the table, in order, so none can be "
                          "moved");
  if (grown && X->M.symtab.at == 0)
    return sr_edit_refuse(X->S, e, name, "the object has no symbol table");
  e->done++;
  X->changes++;
  X->grown = X->grown || grown;
  X->drop = X->bitcode;
  return SYMRUN_OK;
}


static void regroup (const sr_MachoEdit *X, sr_MachoEditSym *sym,
                     unsigned char group) {
  if (X->M.dysymtab != 0) sym->group = group;
}


/* -- the operations -------------------------------------------------------- */

/* A copy that gave way to others gives way to nobody once it is local. */
static int make_local (sr_MachoEdit *X, sr_ObjectEdit *e, uint32_t row) {
  sr_MachoEditSym *sym = &X->syms[row];
  int rc;
  if (is_local(sym)) return SYMRUN_OK;
  if (is_common(sym))
    return refuse(X, e, row, "it is a common symbol: a linker gives it its "
                  "place, by its name (compile with -fno-common)");
  rc = changes(X, e, X->index.rows[row].name, true);
  if (rc != SYMRUN_OK) return rc;
  sym->type &= (unsigned char)~(N_EXT | N_PEXT);
  sym->desc &= (uint16_t)~(N_WEAK_DEF | N_WEAK_REF);
  regroup(X, sym, GROUP_LOCAL);
  return SYMRUN_OK;
}


/* Localize and hide. */
static int localize (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_MachoEdit *X = (sr_MachoEdit *)ud;
  sr_MachoEditSym *sym = &X->syms[row];
  bool clear = e->op != SR_HIDE && (e->how & SR_CLEAR_EXTERN);
  int rc;
  if (is_local(sym) || (is_private(sym) && !clear)) return SYMRUN_OK;
  if (is_undefined(sym))
    return refuse(X, e, row, "it is undefined here, and what is local or "
                  "hidden is defined in the object itself");
  if (clear) return make_local(X, e, row);
  rc = changes(X, e, X->index.rows[row].name, false);
  if (rc == SYMRUN_OK) sym->type |= N_PEXT;
  return rc;
}


static int globalize (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_MachoEdit *X = (sr_MachoEdit *)ud;
  sr_MachoEditSym *sym = &X->syms[row];
  uint32_t first = sr_edit_index_find(&X->index, e->name, SR_NONE);
  bool local = is_local(sym);
  int rc;
  if (!local && !is_private(sym)) return SYMRUN_OK;
  if (first != row || sr_edit_index_find(&X->index, e->name, row) != SR_NONE)
    return refuse(X, e, row, "the object has more than one symbol of this "
                  "name");
  if (is_undefined(sym))
    return refuse(X, e, row, "it is undefined here");
  rc = changes(X, e, X->index.rows[row].name, local);
  if (rc != SYMRUN_OK) return rc;
  sym->type = (unsigned char)((sym->type | N_EXT) & ~N_PEXT);
  if (local) regroup(X, sym, GROUP_DEFINED);
  return SYMRUN_OK;
}


static int unhide (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_MachoEdit *X = (sr_MachoEdit *)ud;
  int rc;
  if (!is_private(&X->syms[row])) return SYMRUN_OK;
  rc = changes(X, e, X->index.rows[row].name, false);
  if (rc == SYMRUN_OK) X->syms[row].type &= (unsigned char)~N_PEXT;
  return rc;
}


static int weaken (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_MachoEdit *X = (sr_MachoEdit *)ud;
  sr_MachoEditSym *sym = &X->syms[row];
  uint16_t bit = is_undefined(sym) ? N_WEAK_REF : N_WEAK_DEF;
  int rc;
  if (is_local(sym) || (sym->desc & bit)) return SYMRUN_OK;
  if (is_common(sym))
    return refuse(X, e, row, "it is a common symbol, which gives way to every "
                  "definition (compile with -fno-common)");
  if ((sym->type & N_TYPE) == N_ABS)
    return refuse(X, e, row, "it is absolute, and only what is in a section "
                  "can give way to another");
  rc = changes(X, e, X->index.rows[row].name, false);
  if (rc == SYMRUN_OK) sym->desc |= bit;
  return rc;
}


/* A linker takes no name that begins with 'L' for a symbol, and drops those
   with 'l'. */
static int rename_one (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_MachoEdit *X = (sr_MachoEdit *)ud;
  int rc;
  if (sr_edit_same(e->name, e->to)) return SYMRUN_OK;
  if (e->done == 0
      && sr_edit_index_find(&X->index, e->to, SR_NONE) != SR_NONE)
    return sr_fail(X->S, SYMRUN_RULE, "cannot rename '%.*s' to '%.*s': the "
                   "object has a symbol of that name already",
                   SR_EDIT_NAME(e->name), SR_EDIT_NAME(e->to));
  if ((e->to.ptr[0] | 0x20) == 'l' && e->name.ptr[0] != e->to.ptr[0])
    return sr_fail(X->S, SYMRUN_RULE, "cannot rename '%.*s' to '%.*s': names "
                   "in Mach-O that begin with 'L' or 'l' are an assembler's "
                   "and not a program's", SR_EDIT_NAME(e->name),
                   SR_EDIT_NAME(e->to));
  rc = changes(X, e, e->name, true);
  if (rc != SYMRUN_OK) return rc;
  sr_edit_index_rename(&X->index, row, e->to);
  X->syms[row].renamed = true;
  return SYMRUN_OK;
}


static int strip (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_MachoEdit *X = (sr_MachoEdit *)ud;
  sr_MachoEditSym *sym = &X->syms[row];
  int rc;
  if (sym->needed == SR_NONE)
    return refuse(X, e, row, "the table of indirect symbols needs it");
  if (sym->needed != 0)
    return sr_fail(X->S, SYMRUN_RULE, "cannot strip '%.*s': relocations or "
                   "numbers in '%s' need it", SR_EDIT_NAME(e->name),
                   X->secs[sym->needed - 1].name);
  if ((sym->type & N_TYPE) == N_SECT && !(e->how & SR_INSIST)
      && (X->M.flags & MH_SUBSECTIONS_VIA_SYMBOLS))
    return refuse(X, e, row, "linkers divide its section by symbols, so what "
                  "is there would go with what stands before it (insist does "
                  "it)");
  rc = changes(X, e, e->name, true);
  if (rc != SYMRUN_OK) return rc;
  sr_edit_index_remove(&X->index, row);
  sym->gone = true;
  return SYMRUN_OK;
}


/* -- new symbols ----------------------------------------------------------- */

static void make_absolute (const sr_MachoEdit *X, sr_MachoEditSym *sym,
                           uint64_t value) {
  sym->type = N_ABS | N_EXT;
  sym->sect = 0;
  sym->desc = 0;
  sym->value = value;
  regroup(X, sym, GROUP_DEFINED);
}


static int new_symbol (sr_MachoEdit *X, sr_ObjectEdit *e) {
  sr_MachoEditSym *sym;
  int rc = changes(X, e, e->name, true);
  if (rc == SYMRUN_OK)
    rc = sr_room(X->S, &X->syms, &X->room, X->count, sizeof *X->syms);
  if (rc == SYMRUN_OK) rc = sr_edit_index_add(&X->index, e->name, true);
  if (rc != SYMRUN_OK) return rc;
  sym = &X->syms[X->count++];
  memset(sym, 0, sizeof *sym);
  sym->renamed = true;
  sym->type = N_UNDF | N_EXT;
  regroup(X, sym, GROUP_UNDEFINED);
  if (e->op == SR_ADD_ABSOLUTE) make_absolute(X, sym, e->value);
  return SYMRUN_OK;
}


/* The next one of the name that is not local. */
static uint32_t outer (const sr_MachoEdit *X, sr_Str name, uint32_t row) {
  do row = sr_edit_index_find(&X->index, name, row);
  while (row != SR_NONE && is_local(&X->syms[row]));
  return row;
}


static int add (sr_MachoEdit *X, sr_ObjectEdit *e) {
  bool absolute = e->op == SR_ADD_ABSOLUTE;
  sr_MachoEditSym *sym;
  uint32_t row = outer(X, e->name, SR_NONE);
  int rc;
  if (absolute && !X->M.is64 && e->value > UINT32_MAX)
    return sr_edit_refuse(X->S, e, e->name, "the value needs more than the 32 "
                          "bits that the object has for it");
  if (row == SR_NONE) return new_symbol(X, e);
  if (outer(X, e->name, row) != SR_NONE)
    return refuse(X, e, row, "the object has more than one symbol of this "
                  "name");
  sym = &X->syms[row];
  if (is_undefined(sym)) {  /* a want of it becomes the definition */
    rc = absolute ? changes(X, e, e->name, true) : SYMRUN_OK;
    if (rc == SYMRUN_OK && absolute) make_absolute(X, sym, e->value);
    return rc;
  }
  if (absolute && (sym->type & N_TYPE) == N_ABS && sym->value == e->value)
    return SYMRUN_OK;
  return refuse(X, e, row, "the object defines it already");
}


/* -- all edits ------------------------------------------------------------- */

static int keep (void *ud, sr_ObjectEdit *e, uint32_t row) {
  (void)e;
  ((sr_MachoEdit *)ud)->syms[row].kept = true;
  return SYMRUN_OK;
}


/* The edits from 'e' on that have this op are one list. */
static int keep_only (sr_MachoEdit *X, sr_ObjectEdit *e, size_t count) {
  sr_ObjectEdit every = *e;
  size_t k;
  uint32_t i;
  int rc = SYMRUN_OK;
  for (k = 0; k < count; k++)
    if (e[k].op == SR_KEEP_ONLY) {
      every.how |= e[k].how;
      sr_edit_each(&X->index, &e[k], keep, X);
    }
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++)
    if (X->index.rows[i].in && !X->syms[i].kept && !is_undefined(&X->syms[i]))
      rc = localize(X, &every, i);
  e->done = every.done;
  return rc;
}


/* "__DATA,__x", or "__x" in any segment. */
static int drop (sr_MachoEdit *X, const sr_ObjectEdit *e) {
  size_t i;
  for (i = 0; i < X->nsecs; i++) {
    sr_Str whole = {X->secs[i].name, strlen(X->secs[i].name)}, part;
    part.ptr = strchr(X->secs[i].name, ',') + 1;
    part.len = strlen(part.ptr);
    if (sr_edit_same(whole, e->name) || sr_edit_same(part, e->name))
      return sr_edit_refuse(X->S, e, e->name, "Mach-O's symbols and "
                            "relocations know sections by numbers, and all "
                            "behind this one would have others");
  }
  return SYMRUN_OK;
}


static int apply (sr_MachoEdit *X, sr_ObjectEdit *edits, size_t count) {
  static const sr_EditChange how[SR_OBJECTOPS] = {
    [SR_LOCALIZE] = localize, [SR_GLOBALIZE] = globalize,
    [SR_WEAKEN] = weaken, [SR_HIDE] = localize, [SR_UNHIDE] = unhide,
    [SR_RENAME] = rename_one, [SR_STRIP] = strip
  };
  bool kept = false;
  size_t k;
  int rc = SYMRUN_OK;
  for (k = 0; k < count && rc == SYMRUN_OK; k++) {
    sr_ObjectEdit *e = &edits[k];
    if (how[e->op] != NULL) rc = sr_edit_each(&X->index, e, how[e->op], X);
    else if (e->op == SR_ADD_UNDEFINED || e->op == SR_ADD_ABSOLUTE)
      rc = add(X, e);
    else if (e->op == SR_KEEP_ONLY && !kept) {
      kept = true;
      rc = keep_only(X, e, count - k);
    }
    else if (e->op == SR_DROP_SECTION) rc = drop(X, e);
    else if (e->op == SR_WASM_IMPORT)
      rc = sr_edit_refuse(X->S, e, e->name, "only wasm names the module of an "
                          "import");
  }
  return rc;
}


int sr_macho_edit (symrun *S, sr_Str bytes, sr_ObjectEdit *edits, size_t count,
                   sr_Made *out) {
  sr_MachoEdit X;
  int rc = sr_macho_edit_open(S, bytes, &X);
  if (rc == SYMRUN_OK) rc = sr_macho_edit_needs(&X);
  if (rc == SYMRUN_OK) rc = apply(&X, edits, count);
  if (rc == SYMRUN_OK)
    rc = X.changes > 0 ? sr_macho_edit_write(&X, out)
                       : sr_edit_borrow(bytes, out);
  sr_macho_edit_close(&X);
  return rc;
}
