/*
** fix.c
** The edits of a plan, together: which can be asked of what, which contradict
** each other, and all changed files written at once.  A contradiction is told
** by the two rules that ask for it, whether anything is to be written or not:
** what each of them says alone is half of the truth.
*/

#include <stdlib.h>

#include "fix.h"


/* -- operations ------------------------------------------------------------ */

#define BIT(op)  (1u << (op))

/* Names, targets (what of a whole archive is meant), and what cannot be done
   to the same symbol. */
static const sr_FixOp ops[] = {
  {"reindex", SR_FIX_REINDEX, SR_OBJECTOPS, 0, 0},
  {"drop", SR_FIX_DROP, SR_OBJECTOPS, 0, 0},
  {"order", SR_FIX_ORDER, SR_OBJECTOPS, 0, 0},
  {"localize", SR_FIX_SYMBOL, SR_LOCALIZE, SR_FIX_SEEN, BIT(SR_GLOBALIZE)
   | BIT(SR_WEAKEN) | BIT(SR_UNHIDE) | BIT(SR_STRIP)},
  {"globalize", SR_FIX_SYMBOL, SR_GLOBALIZE, SR_FIX_DEFINED, BIT(SR_LOCALIZE)
   | BIT(SR_WEAKEN) | BIT(SR_STRIP)},
  {"weaken", SR_FIX_SYMBOL, SR_WEAKEN, SR_FIX_SEEN, BIT(SR_LOCALIZE)
   | BIT(SR_GLOBALIZE) | BIT(SR_STRIP)},
  {"hide", SR_FIX_SYMBOL, SR_HIDE, SR_FIX_SEEN, BIT(SR_UNHIDE)
   | BIT(SR_STRIP)},
  {"unhide", SR_FIX_SYMBOL, SR_UNHIDE, SR_FIX_SEEN, BIT(SR_HIDE)
   | BIT(SR_LOCALIZE) | BIT(SR_STRIP)},
  {"rename", SR_FIX_SYMBOL, SR_RENAME, SR_FIX_ANY, BIT(SR_RENAME)
   | BIT(SR_STRIP)},
  {"strip", SR_FIX_SYMBOL, SR_STRIP, SR_FIX_ANY, BIT(SR_LOCALIZE)
   | BIT(SR_GLOBALIZE) | BIT(SR_WEAKEN) | BIT(SR_HIDE) | BIT(SR_UNHIDE)
   | BIT(SR_RENAME)},
  {"keep_only", SR_FIX_KEEP, SR_KEEP_ONLY, SR_FIX_SEEN, 0},
  {"drop_section", SR_FIX_SECTION, SR_DROP_SECTION, SR_FIX_ANY, 0},
};


const char *sr_edit_op (size_t i) {
  return i < sizeof ops / sizeof *ops ? ops[i].name : NULL;
}


const sr_FixOp *sr_fix_op (const char *name) {
  size_t i;
  for (i = 0; i < sizeof ops / sizeof *ops; i++)
    if (strcmp(ops[i].name, name) == 0) return &ops[i];
  return NULL;
}


int sr_edit_fits (symrun *S, const char *op, const sr_File *F,
                  uint32_t member) {
  const sr_FixOp *what = sr_fix_op(op);
  char shown[512];
  if (strcmp(op, "link") == 0) return SYMRUN_OK;
  if (what == NULL)
    return sr_fail(S, SYMRUN_RULE, "there is no edit '%.100s'", op);
  if (F == NULL)
    return sr_fail(S, SYMRUN_RULE, "%s is of a file, and this is none", op);
  sr_printable(shown, sizeof shown, F->path, strlen(F->path));
  if (what->kind == SR_FIX_REINDEX || what->kind == SR_FIX_DROP
      || what->kind == SR_FIX_ORDER) {
    if (!sr_file_is_archive(F))
      return sr_fail(S, SYMRUN_RULE, "%s is of archives, and %s is %s", op,
                     shown, sr_format_prose(F->format));
    if (what->kind == SR_FIX_DROP && member == SR_NONE)
      return sr_fail(S, SYMRUN_RULE, "drop is of members: say which");
  }
  return SYMRUN_OK;
}


/* -- contradictions -------------------------------------------------------- */

/* One name of an edit. */
typedef struct Atom { const sr_Edit *edit; const sr_FixOp *op; sr_Str name; }
  Atom;


static int by_name (const void *a, const void *b) {
  const Atom *x = (const Atom *)a, *y = (const Atom *)b;
  int c = memcmp(x->name.ptr, y->name.ptr, x->name.len < y->name.len
                 ? x->name.len : y->name.len);
  if (x->edit->file != y->edit->file)
    return x->edit->file->id < y->edit->file->id ? -1 : 1;
  if (c != 0) return c;
  if (x->name.len != y->name.len) return x->name.len < y->name.len ? -1 : 1;
  return x->edit->serial < y->edit->serial ? -1
       : x->edit->serial > y->edit->serial;
}


bool sr_fix_takes (const sr_Edit *e, const sr_File *F, uint32_t i) {
  if (!sr_file_has_members(F)) return true;
  if (e->member != SR_NONE) return e->member == i;
  return e->members == NULL || sr_glob_match(e->members,
                                             F->members[i].name.ptr,
                                             F->members[i].name.len);
}


/* May two edits of a file be about one member? */
static bool meet (const sr_Edit *a, const sr_Edit *b) {
  if (a->member != SR_NONE) return sr_fix_takes(b, b->file, a->member);
  if (b->member != SR_NONE) return sr_fix_takes(a, a->file, b->member);
  return a->members == NULL || b->members == NULL
      || !sr_glob_apart(a->members, b->members);
}


static const char *member_of (const sr_Edit *a, const sr_Edit *b,
                              char *out, size_t room) {
  uint32_t i = a->member != SR_NONE ? a->member : b->member;
  const sr_File *F = a->file;
  size_t n = sr_printable(out, room, F->path, strlen(F->path));
  if (i == SR_NONE || !sr_file_has_members(F) || n + 4 > room) return out;
  out[n++] = '(';
  n += sr_printable(out + n, room - n - 1, F->members[i].name.ptr,
                    F->members[i].name.len);
  out[n++] = ')';
  out[n] = '\0';
  return out;
}


static int contradict (symrun *S, const sr_Edit *a, const sr_Edit *b,
                       sr_Str name) {
  char where[384], shown[128] = "";
  const sr_Edit *first = a->serial < b->serial ? a : b;
  const sr_Edit *second = first == a ? b : a;
  if (name.ptr != NULL) {
    shown[0] = ' ';
    sr_printable(shown + 1, sizeof shown - 1, name.ptr, name.len);
  }
  member_of(a, b, where, sizeof where);
  if (strcmp(a->op, b->op) == 0)
    return sr_fail(S, SYMRUN_RULE, "%s wants to %s%s in %s one way, and %s "
                   "another way", first->rule, a->op, shown, where,
                   second->rule);
  return sr_fail(S, SYMRUN_RULE, "%s wants to %s%s in %s, and %s to %s it",
                 first->rule, first->op, shown, where, second->rule,
                 second->op);
}


static bool same_str (sr_Str a, sr_Str b) {
  return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}


static bool differ (const Atom *a, const Atom *b) {
  if (a->op == b->op)
    return a->op->object == SR_RENAME && !same_str(a->edit->to, b->edit->to);
  return (a->op->against & BIT(b->op->object)) != 0;
}


static int same_name (symrun *S, const Atom *atoms, size_t n) {
  size_t i, k;
  for (i = 0; i < n; i++)
    for (k = i + 1; k < n && atoms[k].edit->file == atoms[i].edit->file
                    && same_str(atoms[k].name, atoms[i].name); k++)
      if (differ(&atoms[i], &atoms[k]) && meet(atoms[i].edit, atoms[k].edit))
        return contradict(S, atoms[i].edit, atoms[k].edit, atoms[i].name);
  return SYMRUN_OK;
}


static bool has_name (const sr_Edit *e, sr_Str name) {
  size_t i;
  for (i = 0; i < e->nnames; i++)
    if (same_str(e->names[i], name)) return true;
  return false;
}


static bool equal (const sr_Edit *a, const sr_Edit *b) {
  size_t i;
  if (a->nnames != b->nnames || a->nplaces != b->nplaces) return false;
  for (i = 0; i < a->nnames; i++)
    if (!same_str(a->names[i], b->names[i])) return false;
  for (i = 0; i < a->nplaces; i++)
    if (a->places[i] != b->places[i]) return false;
  return true;
}


/* A list of what stays global, and one name that is to be otherwise. */
static int with_kept (symrun *S, const sr_Edit *kept, const Atom *a) {
  unsigned inside = BIT(SR_LOCALIZE) | BIT(SR_STRIP);
  unsigned outside = BIT(SR_GLOBALIZE) | BIT(SR_WEAKEN) | BIT(SR_UNHIDE);
  unsigned against = has_name(kept, a->name) ? inside : outside;
  if ((against & BIT(a->op->object)) == 0 || !meet(kept, a->edit))
    return SYMRUN_OK;
  return contradict(S, kept, a->edit, a->name);
}


static int by_place (const void *a, const void *b) {
  const sr_Edit *x = *(const sr_Edit *const *)a;
  const sr_Edit *y = *(const sr_Edit *const *)b;
  if (x->file != y->file) return x->file->id < y->file->id ? -1 : 1;
  if (x->member != y->member) return x->member < y->member ? -1 : 1;
  return x->serial < y->serial ? -1 : x->serial > y->serial;
}


/* Whatever is done to a member that another edit drops is lost. */
static int dropped (symrun *S, const sr_Edit *const *list, size_t n) {
  sr_Str none = {NULL, 0};
  size_t i, k, first;
  for (first = 0; first < n; first = k) {
    const sr_Edit *drop = NULL, *other = NULL;
    for (k = first; k < n && list[k]->file == list[first]->file
                    && list[k]->member == list[first]->member; k++) ;
    for (i = first; i < k && list[i]->member != SR_NONE; i++)
      if (sr_fix_op(list[i]->op)->kind == SR_FIX_DROP) drop = list[i];
      else other = list[i];
    if (drop != NULL && other != NULL)
      return contradict(S, drop, other, none);
  }
  return SYMRUN_OK;
}


/* Orders, and lists of what is kept. */
static int lists (symrun *S, const sr_Edit *const *list, size_t n,
                  const Atom *atoms, size_t natoms) {
  sr_Str none = {NULL, 0};
  size_t i, k;
  int rc = SYMRUN_OK;
  for (i = 0; i < n && rc == SYMRUN_OK; i++) {
    const sr_FixOp *op = sr_fix_op(list[i]->op);
    if (op->kind != SR_FIX_ORDER && op->kind != SR_FIX_KEEP) continue;
    for (k = i + 1; k < n && list[k]->file == list[i]->file; k++)
      if (sr_fix_op(list[k]->op) == op && meet(list[i], list[k])
          && !equal(list[i], list[k]))
        return contradict(S, list[i], list[k], none);
    for (k = 0; k < natoms && op->kind == SR_FIX_KEEP && rc == SYMRUN_OK; k++)
      if (atoms[k].edit->file == list[i]->file)
        rc = with_kept(S, list[i], &atoms[k]);
  }
  return rc;
}


/* What is said of members and files as a whole. */
static int wholes (sr_Plan *P, const Atom *atoms, size_t natoms) {
  size_t i, n = 0, size = (P->nedits + 1) * sizeof(sr_Edit *);
  const sr_Edit **list = (const sr_Edit **)sr_new(P->S, size);
  int rc;
  if (list == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < P->nedits; i++)
    if (sr_fix_op(P->edits[i].op) != NULL) list[n++] = &P->edits[i];
  if (n > 1) qsort(list, n, sizeof *list, by_place);
  rc = dropped(P->S, list, n);
  if (rc == SYMRUN_OK) rc = lists(P->S, list, n, atoms, natoms);
  sr_delete(P->S, list, size);
  return rc;
}


int sr_fix_agrees (sr_Plan *P) {
  size_t i, k, n = 0, size = 0;
  Atom *atoms;
  int rc;
  for (i = 0; i < P->nedits; i++) size += P->edits[i].nnames;
  size = (size + 1) * sizeof *atoms;
  atoms = (Atom *)sr_new(P->S, size);
  if (atoms == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < P->nedits; i++) {
    const sr_Edit *e = &P->edits[i];
    const sr_FixOp *op = sr_fix_op(e->op);
    if (op == NULL || op->kind != SR_FIX_SYMBOL) continue;
    for (k = 0; k < e->nnames; k++, n++) {
      atoms[n].edit = e;
      atoms[n].op = op;
      atoms[n].name = e->names[k];
    }
  }
  if (n > 1) qsort(atoms, n, sizeof *atoms, by_name);
  rc = same_name(P->S, atoms, n);
  if (rc == SYMRUN_OK) rc = wholes(P, atoms, n);
  sr_delete(P->S, atoms, size);
  return rc;
}


/* -- writing --------------------------------------------------------------- */

static int write_one (sr_Plan *P, sr_Replace *R, sr_File *F, size_t i,
                      bool in_place) {
  sr_Made made = {NULL, 0, 0};
  int rc = sr_fix_made(P, F, &made);
  if (rc == SYMRUN_END && in_place) return SYMRUN_OK;  /* it is so already */
  if (rc == SYMRUN_OK || rc == SYMRUN_END) {
    sr_Str bytes;
    bytes.ptr = made.ptr;
    bytes.len = made.len;
    rc = sr_replace_put(R, i, bytes);
  }
  sr_made_free(P->S, &made);
  return rc;
}


int sr_fix_write (sr_Plan *P, sr_File *const *files,
                  const char *const *paths, size_t count, bool in_place,
                  sr_Replaced *kept) {
  sr_Replace *R;
  size_t i;
  int rc = sr_replace_new(P->S, &R);
  if (rc != SYMRUN_OK) return rc;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    rc = sr_file_ready(files[i]);
    if (rc == SYMRUN_OK)
      rc = sr_replace_add(R, paths[i], in_place ? files[i]->stamp : NULL);
    if (rc == SYMRUN_OK && !in_place && sr_replace_is(R, i, files[i]->stamp))
      rc = sr_fail(P->S, SYMRUN_RULE, "%.900s is the file itself: a copy needs "
                   "a place of its own", paths[i]);
  }
  if (rc == SYMRUN_OK) rc = sr_replace_begin(R);
  for (i = 0; i < count && rc == SYMRUN_OK; i++)
    rc = write_one(P, R, files[i], i, in_place);
  if (rc == SYMRUN_OK) rc = sr_replace_commit(R);
  if (rc == SYMRUN_OK) *kept = *sr_replace_kept(R);
  sr_replace_free(R);
  return rc;
}
