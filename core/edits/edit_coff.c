/*
** edit_coff.c
** The symbols of a COFF object, changed.  Being local is one byte, the storage
** class; but that others may define a symbol too is told of its section
** (COMDAT) or by a second symbol that a first one names as its default (weak
** external), so COFF has no bit that would make a definition weak, and none
** that hides one.
**
** Layout: Microsoft's "PE Format", section 5.4, "COFF Symbol Table", and
** "COMDAT Sections".
*/

#include "edit_coff.h"


enum { ASSOCIATIVE = 5 };  /* IMAGE_COMDAT_SELECT_ASSOCIATIVE */


static int refuse (const sr_CoffEdit *X, const sr_ObjectEdit *e, uint32_t row,
                   const char *why) {
  return sr_edit_refuse(X->S, e, X->index.rows[row].name, why);
}


static bool is_local (const sr_CoffEditSym *sym) {
  return sym->s.sclass != SYM_EXTERNAL && sym->s.sclass != SYM_WEAK;
}


static bool is_undefined (const sr_CoffEditSym *sym) {
  if (sym->s.sclass == SYM_WEAK) return !sym->alias;
  return sym->s.sclass == SYM_EXTERNAL && sym->s.section == 0
      && sym->s.value == 0;
}


/* A symbol changes, if nobody reads another table in place of this one. */
static int changes (sr_CoffEdit *X, sr_ObjectEdit *e, sr_Str name) {
  if (X->lto != 0)
    return sr_fail(X->S, SYMRUN_RULE, "cannot %s '%.*s': a linker may read "
                   "section '%.*s' in place of the symbols, and there it would "
                   "be as it was; compile without -flto",
                   sr_object_op_name(e->op), SR_EDIT_NAME(name),
                   SR_EDIT_NAME(X->secs[X->lto].name));
  e->done++;
  X->changes++;
  return SYMRUN_OK;
}


/* What the linker is told in words it looks for among all objects. */
static int undirected (sr_CoffEdit *X, const sr_ObjectEdit *e, uint32_t row) {
  sr_Str name = X->index.rows[row].name, words;
  if (!sr_coff_edit_directed(X, name, &words)) return SYMRUN_OK;
  return sr_fail(X->S, SYMRUN_RULE, "cannot %s '%.*s': the object tells the "
                 "linker '%.*s' (.drectve), and that would find it no more",
                 sr_object_op_name(e->op), SR_EDIT_NAME(name),
                 SR_EDIT_NAME(words));
}


/* -- COMDATs --------------------------------------------------------------- */

static bool in_comdat (const sr_CoffEdit *X, const sr_CoffEditSym *sym) {
  const sr_CoffEditSec *sec = &X->secs[sym->s.section > 0 ? sym->s.section : 0];
  return sym->s.section > 0 && (sec->flags & SCN_COMDAT) && !sec->dissolved;
}


static int leave_comdat (sr_CoffEdit *X, const sr_ObjectEdit *e, uint32_t row) {
  const sr_CoffEditSym *sym = &X->syms[row];
  if (!in_comdat(X, sym)) return SYMRUN_OK;
  if (!(e->how & SR_DISSOLVE))
    return refuse(X, e, row, sym->leads ? "copies of its COMDAT section are "
                  "known by it, and a linker keeps one of them, maybe that of "
                  "another object (dissolve makes it a plain section)"
                  : "it is in a COMDAT section, and a linker may keep that of "
                  "another object (dissolve makes it a plain section)");
  if (X->secs[sym->s.section].choice == ASSOCIATIVE)
    return refuse(X, e, row, "it is in a section that goes with another, an "
                  "associative COMDAT, and cannot be without it");
  X->secs[sym->s.section].dissolved = true;
  return SYMRUN_OK;
}


/* What goes with a section that is plain now is plain too: all on the way get
   one answer, so none is asked twice. */
static void dissolve_with (sr_CoffEdit *X, uint32_t i) {
  uint32_t at = i;
  bool dissolved;
  while (X->secs[at].choice == ASSOCIATIVE && !X->secs[at].dissolved
         && !X->secs[at].asked) {
    X->secs[at].asked = true;
    at = X->secs[at].parent;
  }
  dissolved = X->secs[at].dissolved;
  for (at = i; dissolved && X->secs[at].asked && !X->secs[at].dissolved;
       at = X->secs[at].parent) X->secs[at].dissolved = true;
}


/* What was in a COMDAT and is in a plain section now, others define too. */
static int check_dissolved (sr_CoffEdit *X) {
  size_t i;
  for (i = 1; i <= X->C.nsections; i++) dissolve_with(X, (uint32_t)i);
  for (i = 0; i < X->count; i++) {
    const sr_CoffEditSym *sym = &X->syms[i];
    if (sym->s.section <= 0 || !X->secs[sym->s.section].dissolved || sym->gone
        || sym->renamed || sym->s.sclass != SYM_EXTERNAL) continue;
    return sr_fail(X->S, SYMRUN_RULE, "cannot make section %d ('%.*s') a plain "
                   "one: '%.*s' in it would be defined twice wherever another "
                   "object has a copy; localize or rename it too",
                   (int)sym->s.section,
                   SR_EDIT_NAME(X->secs[sym->s.section].name),
                   SR_EDIT_NAME(X->index.rows[i].name));
  }
  return SYMRUN_OK;
}


/* -- the operations -------------------------------------------------------- */

static int may_bind (sr_CoffEdit *X, const sr_ObjectEdit *e, uint32_t row) {
  const sr_CoffEditSym *sym = &X->syms[row];
  if (sym->s.sclass == SYM_WEAK && sym->alias)
    return refuse(X, e, row, "it is a weak external, another name for a "
                  "default that others may define, and no local symbol is "
                  "that");
  if (is_undefined(sym))
    return refuse(X, e, row, "it is undefined here, and what is local is "
                  "defined in the object itself");
  if (sym->s.section == 0)
    return refuse(X, e, row, "it is a common symbol: a linker gives it its "
                  "place, by its name (compile with -fno-common)");
  if (sym->s.aux > 0 && !sym->function)
    return refuse(X, e, row, "it has the definition of a section, and would be "
                  "that section's own symbol");
  return leave_comdat(X, e, row);
}


static int localize (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_CoffEdit *X = (sr_CoffEdit *)ud;
  sr_CoffEditSym *sym = &X->syms[row];
  int rc;
  if (is_local(sym)) return SYMRUN_OK;
  rc = may_bind(X, e, row);
  if (rc == SYMRUN_OK) rc = undirected(X, e, row);
  if (rc == SYMRUN_OK) rc = changes(X, e, X->index.rows[row].name);
  if (rc == SYMRUN_OK) sym->s.sclass = SYM_STATIC;
  return rc;
}


static int globalize (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_CoffEdit *X = (sr_CoffEdit *)ud;
  sr_CoffEditSym *sym = &X->syms[row];
  uint32_t first = sr_edit_index_find(&X->index, e->name, SR_NONE);
  int rc;
  if (!is_local(sym)) return SYMRUN_OK;
  if (first != row || sr_edit_index_find(&X->index, e->name, row) != SR_NONE)
    return refuse(X, e, row, "the object has more than one symbol of this "
                  "name");
  if (sym->s.sclass != SYM_STATIC || sym->s.section == 0
      || sym->s.section == -2)
    return refuse(X, e, row, "it is a label or a debugger's, and no "
                  "definition");
  rc = may_bind(X, e, row);
  if (rc == SYMRUN_OK) rc = changes(X, e, X->index.rows[row].name);
  if (rc == SYMRUN_OK) sym->s.sclass = SYM_EXTERNAL;
  return rc;
}


static int weaken (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_CoffEdit *X = (sr_CoffEdit *)ud;
  if (X->syms[row].s.sclass != SYM_EXTERNAL) return SYMRUN_OK;
  return refuse(X, e, row, "COFF cannot weaken: a weak external is another "
                "symbol than the one that is defined, so all that means this "
                "one would have to mean two");
}


static int hide (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_CoffEdit *X = (sr_CoffEdit *)ud;
  if (is_local(&X->syms[row])) return SYMRUN_OK;
  return refuse(X, e, row, "COFF hides no symbol: an image exports what a .def "
                "file, /EXPORT or .drectve names, and nothing else");
}


/* Copies of a COMDAT are known by the first symbol, so others with it must
   keep their names, and so must it if there are others. */
static int rename_comdat (sr_CoffEdit *X, sr_ObjectEdit *e, uint32_t row) {
  const sr_CoffEditSym *sym = &X->syms[row];
  if (is_local(sym) || !in_comdat(X, sym)) return SYMRUN_OK;
  if (sym->leads && X->secs[sym->s.section].externals == 1) return SYMRUN_OK;
  return leave_comdat(X, e, row);
}


static int rename_one (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_CoffEdit *X = (sr_CoffEdit *)ud;
  int rc;
  if (sr_edit_same(e->name, e->to)) return SYMRUN_OK;
  if (e->done == 0
      && sr_edit_index_find(&X->index, e->to, SR_NONE) != SR_NONE)
    return sr_fail(X->S, SYMRUN_RULE, "cannot rename '%.*s' to '%.*s': the "
                   "object has a symbol of that name already",
                   SR_EDIT_NAME(e->name), SR_EDIT_NAME(e->to));
  rc = rename_comdat(X, e, row);
  if (rc == SYMRUN_OK && !is_local(&X->syms[row])) rc = undirected(X, e, row);
  if (rc == SYMRUN_OK) rc = changes(X, e, e->name);
  if (rc != SYMRUN_OK) return rc;
  sr_edit_index_rename(&X->index, row, e->to);
  X->syms[row].renamed = true;
  if (e->to.len > 8) X->added = true;
  return SYMRUN_OK;
}


static int strip (void *ud, sr_ObjectEdit *e, uint32_t row) {
  sr_CoffEdit *X = (sr_CoffEdit *)ud;
  sr_CoffEditSym *sym = &X->syms[row];
  int rc;
  if (sym->needed == SR_NONE)
    return refuse(X, e, row, "another symbol's auxiliary entry needs it");
  if (sym->needed != 0)
    return sr_fail(X->S, SYMRUN_RULE, "cannot strip '%.*s': relocations or "
                   "numbers in '%.*s' need it", SR_EDIT_NAME(e->name),
                   SR_EDIT_NAME(X->secs[sym->needed].name));
  if (is_local(sym) && sym->s.sclass != SYM_STATIC
      && sym->s.sclass != SYM_LABEL)
    return refuse(X, e, row, "it is one of those that debuggers read "
                  "together");
  if (sym->leads && in_comdat(X, sym))
    return refuse(X, e, row, "copies of its COMDAT section are known by it");
  rc = is_local(sym) ? SYMRUN_OK : undirected(X, e, row);
  if (rc == SYMRUN_OK) rc = changes(X, e, e->name);
  if (rc != SYMRUN_OK) return rc;
  sr_edit_index_remove(&X->index, row);
  sym->gone = X->moved = true;
  return SYMRUN_OK;
}


/* -- new symbols ----------------------------------------------------------- */

static int new_symbol (sr_CoffEdit *X, sr_ObjectEdit *e) {
  sr_CoffEditSym *sym;
  int rc = changes(X, e, e->name);
  if (rc == SYMRUN_OK)
    rc = sr_room(X->S, &X->syms, &X->room, X->count, sizeof *X->syms);
  if (rc == SYMRUN_OK) rc = sr_edit_index_add(&X->index, e->name, true);
  if (rc != SYMRUN_OK) return rc;
  sym = &X->syms[X->count++];
  memset(sym, 0, sizeof *sym);
  sym->at = SR_NONE;
  sym->s.sclass = SYM_EXTERNAL;
  if (e->op == SR_ADD_ABSOLUTE) {
    sym->s.section = -1;
    sym->s.value = (uint32_t)e->value;
  }
  X->added = true;
  return SYMRUN_OK;
}


/* A want of it that is there becomes the definition. */
static int define (sr_CoffEdit *X, sr_ObjectEdit *e, uint32_t row) {
  sr_CoffEditSym *sym = &X->syms[row];
  int rc;
  if (sym->s.sclass == SYM_WEAK)
    return refuse(X, e, row, "it is a weak external, which has a default");
  rc = changes(X, e, e->name);
  if (rc != SYMRUN_OK) return rc;
  sym->s.section = -1;
  sym->s.value = (uint32_t)e->value;
  return SYMRUN_OK;
}


/* The next one of the name that is not local. */
static uint32_t outer (const sr_CoffEdit *X, sr_Str name, uint32_t row) {
  do row = sr_edit_index_find(&X->index, name, row);
  while (row != SR_NONE && is_local(&X->syms[row]));
  return row;
}


static int add (sr_CoffEdit *X, sr_ObjectEdit *e) {
  bool absolute = e->op == SR_ADD_ABSOLUTE;
  const sr_CoffEditSym *sym;
  uint32_t row = outer(X, e->name, SR_NONE);
  if (absolute && e->value > UINT32_MAX)
    return sr_edit_refuse(X->S, e, e->name, "the value needs more than the 32 "
                          "bits that COFF has for it");
  if (row == SR_NONE) return new_symbol(X, e);
  if (outer(X, e->name, row) != SR_NONE)
    return refuse(X, e, row, "the object has more than one symbol of this "
                  "name");
  sym = &X->syms[row];
  if (is_undefined(sym)) return absolute ? define(X, e, row) : SYMRUN_OK;
  if (absolute && sym->s.section == -1 && sym->s.value == e->value)
    return SYMRUN_OK;
  return refuse(X, e, row, "the object defines it already");
}


/* -- all edits ------------------------------------------------------------- */

static int keep (void *ud, sr_ObjectEdit *e, uint32_t row) {
  (void)e;
  ((sr_CoffEdit *)ud)->syms[row].kept = true;
  return SYMRUN_OK;
}


/* The edits from 'e' on that have this op are one list. */
static int keep_only (sr_CoffEdit *X, sr_ObjectEdit *e, size_t count) {
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


static int drop (sr_CoffEdit *X, const sr_ObjectEdit *e) {
  uint32_t i;
  for (i = 1; i <= X->C.nsections; i++)
    if (sr_edit_same(X->secs[i].name, e->name))
      return sr_edit_refuse(X->S, e, e->name, "COFF's symbols, COMDATs and "
                            "debug information know sections by numbers, and "
                            "all behind this one would have others");
  return SYMRUN_OK;
}


static int apply (sr_CoffEdit *X, sr_ObjectEdit *edits, size_t count) {
  static const sr_EditChange how[SR_OBJECTOPS] = {
    [SR_LOCALIZE] = localize, [SR_GLOBALIZE] = globalize,
    [SR_WEAKEN] = weaken, [SR_HIDE] = hide, [SR_RENAME] = rename_one,
    [SR_STRIP] = strip
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
  return rc == SYMRUN_OK ? check_dissolved(X) : rc;
}


int sr_coff_edit (symrun *S, sr_Str bytes, sr_ObjectEdit *edits, size_t count,
                  sr_Made *out) {
  sr_CoffEdit X;
  size_t k;
  int rc = sr_coff_edit_open(S, bytes, &X);
  for (k = 0; k < count; k++) X.strips = X.strips || edits[k].op == SR_STRIP;
  if (rc == SYMRUN_OK) rc = sr_coff_edit_needs(&X);
  if (rc == SYMRUN_OK) rc = apply(&X, edits, count);
  if (rc == SYMRUN_OK)
    rc = X.changes > 0 ? sr_coff_edit_write(&X, out)
                       : sr_edit_borrow(bytes, out);
  sr_coff_edit_close(&X);
  return rc;
}
