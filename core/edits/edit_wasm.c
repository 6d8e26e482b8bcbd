/*
** edit_wasm.c
** The symbols of a wasm object, changed.  A symbol's binding and visibility
** are bits of its flags, and no symbol moves; but an undefined function that
** has no name of its own is known by the name of its import, which then
** changes with it, or makes it need one.
**
** Layout: WebAssembly tool conventions, "Linking", "Symbol Table Subsection".
*/

#include "edit_wasm.h"


static int refuse (const sr_WasmEdit *X, const sr_ObjectEdit *e, uint32_t row,
                   const char *why) {
  return sr_edit_refuse(X->S, e, X->index.rows[row].name, why);
}


static bool is_local (const sr_WasmEditSym *sym) {
  return (sym->flags & WASM_SYM_BINDING) == WASM_SYM_LOCAL;
}


static bool is_undefined (const sr_WasmEditSym *sym) {
  return sym->flags & WASM_SYM_UNDEFINED;
}


static void bind (sr_WasmEditSym *sym, unsigned binding) {
  sym->flags = (sym->flags & ~(uint32_t)WASM_SYM_BINDING) | binding;
}


static void changes (sr_WasmEdit *X, sr_ObjectEdit *e) {
  e->done++;
  X->changes++;
  X->symbols_changed = true;
}


/* -- COMDATs --------------------------------------------------------------- */

/* Linkers keep one copy of a group, by its name. */
static int leave_group (sr_WasmEdit *X, const sr_ObjectEdit *e, uint32_t row) {
  const sr_WasmEditSym *sym = &X->syms[row];
  if (sym->group == 0 || X->dissolved[sym->group - 1]) return SYMRUN_OK;
  if (!(e->how & SR_DISSOLVE))
    return refuse(X, e, row, "it is in a COMDAT group, and a linker may keep "
                  "that of another object (dissolve makes it none)");
  X->dissolved[sym->group - 1] = true;
  return SYMRUN_OK;
}


/* A strong definition in a group that is none any more is one that others
   have too. */
static int check_dissolved (const sr_WasmEdit *X) {
  size_t i;
  for (i = 0; i < X->count; i++) {
    const sr_WasmEditSym *sym = &X->syms[i];
    if (sym->group == 0 || !X->dissolved[sym->group - 1] || sym->renamed
        || is_undefined(sym) || (sym->flags & WASM_SYM_BINDING) != 0) continue;
    return sr_fail(X->S, SYMRUN_RULE, "cannot dissolve the COMDAT group of "
                   "'%.*s': it would be defined twice wherever another object "
                   "has a copy; localize, weaken or rename it too",
                   SR_EDIT_NAME(X->index.rows[i].name));
  }
  return SYMRUN_OK;
}


/* -- the operations -------------------------------------------------------- */

/* It is what others call from outside, whatever its binding. */
static int unexported (sr_WasmEdit *X, const sr_ObjectEdit *e, uint32_t row) {
  sr_WasmEditSym *sym = &X->syms[row];
  if (!(sym->flags & WASM_SYM_EXPORTED)) return SYMRUN_OK;
  if (!(e->how & SR_INSIST))
    return refuse(X, e, row, "the object says that whatever it is linked into "
                  "exports it (WASM_SYM_EXPORTED; insist takes that off)");
  sym->flags &= ~(uint32_t)WASM_SYM_EXPORTED;
  return SYMRUN_OK;
}


static int localize (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_WasmEdit *X = (sr_WasmEdit *)ud;
  sr_WasmEditSym *sym = &X->syms[row];
  int rc;
  if (is_local(sym)) return SYMRUN_OK;
  if (is_undefined(sym))
    return refuse(X, e, row, "it is undefined here, and what is local is "
                  "defined in the object itself");
  rc = leave_group(X, e, row);
  if (rc == SYMRUN_OK) rc = unexported(X, e, row);
  if (rc != SYMRUN_OK) return rc;
  changes(X, e);
  bind(sym, WASM_SYM_LOCAL);
  return SYMRUN_OK;
}


static int globalize (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_WasmEdit *X = (sr_WasmEdit *)ud;
  sr_WasmEditSym *sym = &X->syms[row];
  uint32_t first = sr_edit_index_find(&X->index, e->name, SR_NONE);
  int rc;
  if (!is_local(sym)) return SYMRUN_OK;
  if (first != row || sr_edit_index_find(&X->index, e->name, row) != SR_NONE)
    return refuse(X, e, row, "the object has more than one symbol of this "
                  "name");
  if (is_undefined(sym)) return refuse(X, e, row, "it is undefined here");
  rc = leave_group(X, e, row);
  if (rc != SYMRUN_OK) return rc;
  changes(X, e);
  bind(sym, 0);
  return SYMRUN_OK;
}


static int weaken (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_WasmEdit *X = (sr_WasmEdit *)ud;
  sr_WasmEditSym *sym = &X->syms[row];
  if ((sym->flags & WASM_SYM_BINDING) != 0) return SYMRUN_OK;
  if (is_undefined(sym) && !(e->how & SR_INSIST))
    return refuse(X, e, row, "it is undefined here, and a weak want pulls no "
                  "member of an archive (insist does it)");
  changes(X, e);
  bind(sym, WASM_SYM_WEAK);
  return SYMRUN_OK;
}


static int see (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_WasmEdit *X = (sr_WasmEdit *)ud;
  sr_WasmEditSym *sym = &X->syms[row];
  bool hide = e->op == SR_HIDE;
  int rc;
  if (is_local(sym) || hide == ((sym->flags & WASM_SYM_HIDDEN) != 0))
    return SYMRUN_OK;
  rc = hide ? unexported(X, e, row) : SYMRUN_OK;
  if (rc != SYMRUN_OK) return rc;
  changes(X, e);
  sym->flags ^= WASM_SYM_HIDDEN;
  return SYMRUN_OK;
}


/* An undefined one without a name of its own has its import's. */
static int rename_import (sr_WasmEdit *X, sr_ObjectEdit *e, uint32_t row) {
  sr_WasmEditSym *sym = &X->syms[row];
  sr_WasmEditImport *m;
  if (sym->import == SR_NONE || (sym->flags & WASM_SYM_EXPLICIT))
    return SYMRUN_OK;
  m = &X->imports[sym->import];
  if (m->users > 1)
    return refuse(X, e, row, "it has the name of its import, and another "
                  "symbol is that too");
  m->field = e->to;
  m->changed = X->imports_changed = true;
  return SYMRUN_OK;
}


static int rename_one (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_WasmEdit *X = (sr_WasmEdit *)ud;
  int rc = SYMRUN_OK;
  if (sr_edit_same(e->name, e->to)) return SYMRUN_OK;
  if (e->done == 0
      && sr_edit_index_find(&X->index, e->to, SR_NONE) != SR_NONE)
    return sr_fail(X->S, SYMRUN_RULE, "cannot rename '%.*s' to '%.*s': the "
                   "object has a symbol of that name already",
                   SR_EDIT_NAME(e->name), SR_EDIT_NAME(e->to));
  if (!is_local(&X->syms[row]) && !is_undefined(&X->syms[row]))
    rc = leave_group(X, e, row);
  if (rc == SYMRUN_OK) rc = rename_import(X, e, row);
  if (rc != SYMRUN_OK) return rc;
  changes(X, e);
  sr_edit_index_rename(&X->index, row, e->to);
  X->syms[row].renamed = true;
  return SYMRUN_OK;
}


static int import (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_WasmEdit *X = (sr_WasmEdit *)ud;
  sr_WasmEditSym *sym = &X->syms[row];
  sr_Str field;
  bool change = false;
  int rc;
  if (sym->import == SR_NONE)
    return refuse(X, e, row, is_undefined(sym) ? "data is no import: a linker "
                  "gives it an address" : "it is defined here");
  field = X->imports[sym->import].field;
  rc = sr_wasm_edit_import(X, e, sym->import, &change);
  if (rc != SYMRUN_OK || !change) return rc;
  changes(X, e);
  if (!sr_edit_same(field, X->imports[sym->import].field))
    sym->flags |= WASM_SYM_EXPLICIT;  /* its name stays */
  return SYMRUN_OK;
}


static int strip (void *ud, sr_ObjectEdit *e, uint32_t row) {
  return refuse((sr_WasmEdit *)ud, e, row, "relocations and lists of a wasm "
                "object know symbols by their numbers, and all behind this one "
                "would have others");
}


/* -- all edits ------------------------------------------------------------- */

static int keep (void *ud, sr_ObjectEdit *e, uint32_t row) {
  (void)e;
  ((sr_WasmEdit *)ud)->syms[row].kept = true;
  return SYMRUN_OK;
}


/* The edits from 'e' on that have this op are one list. */
static int keep_only (sr_WasmEdit *X, sr_ObjectEdit *e, size_t count) {
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


static int add (sr_WasmEdit *X, const sr_ObjectEdit *e) {
  uint32_t row = sr_edit_index_find(&X->index, e->name, SR_NONE);
  if (e->op == SR_DROP_SECTION)
    return sr_edit_refuse(X->S, e, e->name, "wasm's relocations and symbols "
                          "know sections by numbers, and all behind one that "
                          "is dropped would have others");
  while (row != SR_NONE && is_local(&X->syms[row]))
    row = sr_edit_index_find(&X->index, e->name, row);
  if (row != SR_NONE && is_undefined(&X->syms[row])
      && e->op == SR_ADD_UNDEFINED) return SYMRUN_OK;
  if (row != SR_NONE)
    return sr_edit_refuse(X->S, e, e->name, "the object has it already");
  return sr_edit_refuse(X->S, e, e->name, e->op == SR_ADD_UNDEFINED
                        ? "in wasm what is wanted has a type, and nobody says "
                        "of what type it is"
                        : "no linker for wasm takes an absolute symbol that "
                        "is in no segment");
}


static int apply (sr_WasmEdit *X, sr_ObjectEdit *edits, size_t count) {
  static const sr_EditChange how[SR_OBJECTOPS] = {
    [SR_LOCALIZE] = localize, [SR_GLOBALIZE] = globalize,
    [SR_WEAKEN] = weaken, [SR_HIDE] = see, [SR_UNHIDE] = see,
    [SR_RENAME] = rename_one, [SR_STRIP] = strip, [SR_WASM_IMPORT] = import
  };
  bool kept = false;
  size_t k;
  int rc = SYMRUN_OK;
  for (k = 0; k < count && rc == SYMRUN_OK; k++) {
    sr_ObjectEdit *e = &edits[k];
    if (how[e->op] != NULL) rc = sr_edit_each(&X->index, e, how[e->op], X);
    else if (e->op == SR_KEEP_ONLY) {
      if (!kept) rc = keep_only(X, e, count - k);
      kept = true;
    }
    else rc = add(X, e);
  }
  return rc == SYMRUN_OK ? check_dissolved(X) : rc;
}


static int edit_object (sr_WasmEdit *X, sr_ObjectEdit *edits, size_t count,
                        sr_Made *out) {
  int rc = sr_wasm_edit_symbols(X);
  if (rc == SYMRUN_OK) rc = apply(X, edits, count);
  if (rc != SYMRUN_OK) return rc;
  return X->changes > 0 ? sr_wasm_edit_write(X, out)
                        : sr_edit_borrow(X->bytes, out);
}


int sr_wasm_edit (symrun *S, sr_Str bytes, sr_ObjectEdit *edits, size_t count,
                  sr_Made *out) {
  sr_WasmEdit X;
  sr_Role role = SR_ROLE_NONE;
  int rc = sr_wasm_edit_open(S, bytes, &X);
  if (rc == SYMRUN_OK) rc = sr_wasm_role(S, &X.part, &role);
  if (rc == SYMRUN_OK && X.W.component)
    rc = sr_fail(S, SYMRUN_RULE, "a component cannot be edited: the names in "
                 "it are those of types that others were made for; edit the "
                 "module that it is made from");
  else if (rc == SYMRUN_OK && X.W.linking.at != 0 && role != SR_ROLE_OBJECT)
    rc = sr_fail(S, SYMRUN_RULE, "a module that was linked and kept its "
                 "relocations cannot be edited: it has each name twice");
  else if (rc == SYMRUN_OK && X.W.dylink.at != 0)
    rc = sr_fail(S, SYMRUN_RULE, "a module with \"dylink\" cannot be edited: "
                 "loaders read the names of what it imports and exports there "
                 "too");
  else if (rc == SYMRUN_OK && X.W.linking.at == 0 && role == SR_ROLE_OBJECT)
    rc = sr_fail(S, SYMRUN_RULE, "an object without its \"linking\" section "
                 "cannot be edited: it has no symbols");
  if (rc == SYMRUN_OK) rc = sr_wasm_edit_imports(&X);
  if (rc == SYMRUN_OK)
    rc = X.W.linking.at != 0 ? edit_object(&X, edits, count, out)
                             : sr_wasm_edit_module(&X, edits, count, out);
  sr_wasm_edit_close(&X);
  return rc;
}
