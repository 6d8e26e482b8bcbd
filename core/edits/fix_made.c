/*
** fix_made.c
** One file as the edits of a plan want it, made in memory and read again.  An
** edit names symbols; which members have them is found out here, so that a
** name that is nowhere is an error and not an edit that did nothing.  Within
** an archive nobody may lose what another member still wants.
*/

#include <stdlib.h>

#include "fix.h"

/* The work on one file. */
typedef struct Making {
  symrun *S;
  sr_Plan *P;
  sr_File *F;
  sr_Arena arena;
  const sr_Edit **edits;    /* those of the file */
  size_t nedits;
  bool **found;             /* of each edit: which names were there */
  sr_ObjectEdit *list;      /* for one object */
  size_t count, room;
  uint32_t member;          /* that object */
  sr_Format format;
  uint16_t machine;
} Making;


static int by_bytes (const void *a, const void *b) {
  const sr_Str *x = (const sr_Str *)a, *y = (const sr_Str *)b;
  size_t n = x->len < y->len ? x->len : y->len;
  int c = n > 0 ? memcmp(x->ptr, y->ptr, n) : 0;
  return c != 0 ? c : x->len < y->len ? -1 : x->len > y->len;
}


/* The engine's sentence, with the file, the member and the rule before it. */
static int refused (const Making *M, uint32_t member, const sr_Edit *e,
                    int rc) {
  char why[SR_MESSAGE], where[384];
  const sr_File *F = M->F;
  size_t n;
  if (rc == SYMRUN_NOMEM || rc >= 0) return rc;
  memcpy(why, M->S->message, sizeof why);
  n = sr_printable(where, sizeof where - 4, F->path, strlen(F->path));
  if (member != SR_NONE && sr_file_has_members(F) && n + 4 < sizeof where) {
    where[n++] = '(';
    n += sr_printable(where + n, sizeof where - n - 2,
                      F->members[member].name.ptr,
                      F->members[member].name.len);
    where[n++] = ')';
    where[n] = '\0';
  }
  if (e == NULL) return sr_fail(M->S, rc, "%s: %.600s", where, why);
  return sr_fail(M->S, rc, "%s: %s: %.500s", e->rule, where, why);
}


static int begin (Making *M, sr_Plan *P, sr_File *F) {
  size_t i, n = 0;
  memset(M, 0, sizeof *M);
  M->S = P->S;
  M->P = P;
  M->F = F;
  for (i = 0; i < P->nedits; i++) n += P->edits[i].file == F;
  M->edits = (const sr_Edit **)sr_arena_new(M->S, &M->arena,
                                            (n + 1) * sizeof *M->edits);
  M->found = (bool **)sr_arena_new(M->S, &M->arena,
                                   (n + 1) * sizeof *M->found);
  if (M->edits == NULL || M->found == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < P->nedits; i++) {
    const sr_Edit *e = &P->edits[i];
    bool *found;
    if (e->file != F) continue;
    found = (bool *)sr_arena_new(M->S, &M->arena, e->nnames + 1);
    if (found == NULL) return SYMRUN_NOMEM;
    memset(found, 0, e->nnames + 1);
    M->found[M->nedits] = found;
    M->edits[M->nedits++] = e;
  }
  return SYMRUN_OK;
}


static void end (Making *M) {
  sr_delete(M->S, M->list, M->room * sizeof *M->list);
  sr_arena_free(M->S, &M->arena);
}


/* -- the edits of one object ----------------------------------------------- */

static int want (Making *M, const sr_Edit *e, const sr_FixOp *op,
                 sr_Str name, sr_Str to) {
  sr_ObjectEdit *one;
  size_t i;
  int rc;
  for (i = 0; i < M->count; i++)
    if (M->list[i].op == op->object && by_bytes(&M->list[i].name, &name) == 0) {
      M->list[i].how |= e->how;
      return SYMRUN_OK;  /* two rules ask for the same */
    }
  rc = sr_room(M->S, &M->list, &M->room, M->count, sizeof *one);
  if (rc != SYMRUN_OK) return rc;
  one = &M->list[M->count];
  memset(one, 0, sizeof *one);
  one->op = op->object;
  one->how = e->how;
  one->name.ptr = sr_arena_copy(M->S, &M->arena, name.ptr, name.len);
  one->name.len = name.len;
  one->to = to;
  one->value = e->value;
  if (one->name.ptr == NULL) return SYMRUN_NOMEM;
  M->count++;
  return SYMRUN_OK;
}


/* What the format adds to names of the source is added to the new name too. */
static int dressed (Making *M, sr_Str raw, sr_Str plain, sr_Str to,
                    sr_Str *out) {
  size_t before = (size_t)(plain.ptr - raw.ptr);
  size_t after = raw.len - before - plain.len;
  char *s;
  *out = to;
  if (to.len == 0 || before + after == 0) return SYMRUN_OK;
  s = (char *)sr_arena_new(M->S, &M->arena, before + to.len + after + 1);
  if (s == NULL) return SYMRUN_NOMEM;
  memcpy(s, raw.ptr, before);
  memcpy(s + before, to.ptr, to.len);
  memcpy(s + before + to.len, plain.ptr + plain.len, after);
  out->ptr = s;
  out->len = before + to.len + after;
  return SYMRUN_OK;
}


/* A symbol of the object: is it one that an edit names? */
static int each_symbol (void *ud, const sr_Symbol *sym) {
  Making *M = (Making *)ud;
  sr_Str raw, plain, to;
  size_t i;
  int rc = SYMRUN_OK;
  raw.ptr = sym->name;
  raw.len = sym->len;
  plain = raw;
  if (sr_format_plain(M->format, M->machine, &plain)) plain = raw;
  for (i = 0; i < M->nedits && rc == SYMRUN_OK; i++) {
    const sr_Edit *e = M->edits[i];
    const sr_FixOp *op = sr_fix_op(e->op);
    bool defined = sym->place != SR_UNDEFINED;
    const sr_Str *at;
    if (op->kind != SR_FIX_SYMBOL && op->kind != SR_FIX_KEEP) continue;
    if (e->nnames == 0 || !sr_fix_takes(e, M->F, M->member)) continue;
    at = (const sr_Str *)bsearch(&plain, e->names, e->nnames, sizeof *e->names,
                                 by_bytes);
    if (at == NULL) continue;
    if (op->about != SR_FIX_ANY && !defined && e->member == SR_NONE) continue;
    M->found[i][at - e->names] = true;
    if (op->kind == SR_FIX_KEEP
        || (op->about == SR_FIX_SEEN && sym->binding == SR_LOCAL)) continue;
    rc = dressed(M, raw, plain, e->to, &to);
    if (rc == SYMRUN_OK) rc = want(M, e, op, raw, to);
  }
  return rc;
}


/* What the object cannot be asked is no reason to leave it alone. */
static int unread (Making *M, const sr_Scan *scan) {
  size_t i;
  for (i = 0; i < M->F->ngaps; i++)
    if (sr_gap_concerns(M->F, &M->F->gaps[i], scan))
      return sr_fail(M->S, SYMRUN_UNKNOWN, "nobody knows which symbols it "
                     "has: %.400s", M->F->gaps[i].reason);
  return SYMRUN_OK;
}


/* Lists of sections and of what is kept go to every object as they are. */
static int lists (Making *M) {
  size_t i, k;
  int rc = SYMRUN_OK;
  sr_Str none = {NULL, 0};
  for (i = 0; i < M->nedits; i++) {
    const sr_Edit *e = M->edits[i];
    const sr_FixOp *op = sr_fix_op(e->op);
    if ((op->kind != SR_FIX_KEEP && op->kind != SR_FIX_SECTION)
        || !sr_fix_takes(e, M->F, M->member)) continue;
    for (k = 0; k < e->nnames && rc == SYMRUN_OK; k++)
      rc = want(M, e, op, e->names[k], none);
  }
  return rc;
}


/* Fill in the list of edits of member 'i'. */
static int gather (Making *M, uint32_t i, sr_Format format,
                   uint16_t machine) {
  const sr_Edit *first = NULL;
  sr_Scan scan;
  size_t k;
  int rc;
  M->count = 0;
  M->member = i;
  M->format = format;
  M->machine = machine;
  for (k = 0; k < M->nedits && first == NULL; k++)
    if (sr_fix_op(M->edits[k]->op)->kind >= SR_FIX_SYMBOL
        && sr_fix_takes(M->edits[k], M->F, i)) first = M->edits[k];
  if (first == NULL) return SYMRUN_OK;
  memset(&scan, 0, sizeof scan);
  scan.only = sr_file_has_members(M->F) ? i : SR_NONE;
  scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED | SR_WANT_LOCAL;
  scan.ask.view = SR_NATIVE;
  scan.ask.raw = true;
  scan.ask.each = each_symbol;
  scan.ask.ud = M;
  rc = sr_file_scan(M->F, &scan);
  scan.file = M->F;
  if (rc == SYMRUN_OK || rc == SYMRUN_END) rc = unread(M, &scan);
  if (rc == SYMRUN_OK) rc = lists(M);
  return refused(M, i, first, rc);
}


/* The rule that asks for the edit that was not done. */
static const sr_Edit *who (const Making *M) {
  size_t i;
  for (i = 0; i < M->nedits; i++)
    if (sr_fix_op(M->edits[i]->op)->kind >= SR_FIX_SYMBOL
        && sr_fix_takes(M->edits[i], M->F, M->member)) return M->edits[i];
  return NULL;
}


/* A section is found, or not, when it is dropped. */
static void note_sections (Making *M) {
  size_t i, k, n;
  for (i = 0; i < M->nedits; i++) {
    const sr_Edit *e = M->edits[i];
    if (sr_fix_op(e->op)->kind != SR_FIX_SECTION
        || !sr_fix_takes(e, M->F, M->member)) continue;
    for (k = 0; k < M->count; k++)
      for (n = 0; n < e->nnames; n++)
        if (M->list[k].op == SR_DROP_SECTION && M->list[k].done > 0
            && by_bytes(&M->list[k].name, &e->names[n]) == 0)
          M->found[i][n] = true;
  }
}


static int all_of (Making *M, sr_Reader *reader, uint64_t at, uint64_t size,
                   sr_Made *out) {
  const unsigned char *p;
  if (size > SIZE_MAX / 2)
    return sr_fail(M->S, SYMRUN_RANGE, "is too large for this machine");
  p = sr_look(M->S, reader, SR_MORE, at, (size_t)size, (size_t)size);
  return p != NULL ? sr_made_add(M->S, out, p, (size_t)size) : M->S->code;
}


static int take_bytes (symrun *S, uint32_t i, const sr_Member *m,
                       const sr_Part *part, void *ud) {
  void **two = (void **)ud;
  (void)S; (void)i; (void)m;
  return all_of((Making *)two[0], part->reader, part->offset, part->size,
                (sr_Made *)two[1]);
}


/* One object changed; '*out' stays empty if it stays as it is. */
static int change (Making *M, uint32_t i, sr_Made *out) {
  sr_Made was = {NULL, 0, 0}, made = {NULL, 0, 0};
  void *two[2];
  sr_Str bytes;
  int rc;
  if (M->count == 0) return SYMRUN_OK;
  two[0] = M;
  two[1] = &was;
  rc = sr_member_use(M->F, i, take_bytes, two);
  bytes.ptr = was.ptr;
  bytes.len = was.len;
  if (rc == SYMRUN_OK)
    rc = sr_object_edit(M->S, M->format, bytes, M->list, M->count, &made);
  if (rc == SYMRUN_OK) note_sections(M);
  if (rc == SYMRUN_OK
      && (made.len != was.len || memcmp(made.ptr, was.ptr, was.len) != 0)) {
    if (made.room == 0 && made.ptr != was.ptr)
      rc = sr_made_add(M->S, out, made.ptr, made.len);
    else if (made.ptr == was.ptr) { *out = was; was.ptr = NULL; was.room = 0; }
    else { *out = made; made.ptr = NULL; made.room = 0; }
  }
  if (made.room > 0) sr_made_free(M->S, &made);
  if (was.room > 0) sr_made_free(M->S, &was);
  return refused(M, i, who(M), rc);
}


/* A name that is nowhere, or only in members that another edit drops. */
static int all_found (Making *M) {
  char name[256];
  size_t i, k;
  for (i = 0; i < M->nedits; i++) {
    const sr_Edit *e = M->edits[i];
    const sr_FixOp *op = sr_fix_op(e->op);
    if (op->kind < SR_FIX_SYMBOL) continue;
    for (k = 0; k < e->nnames; k++) {
      if (M->found[i][k]) continue;
      sr_printable(name, sizeof name, e->names[k].ptr, e->names[k].len);
      sr_fail(M->S, SYMRUN_RULE, op->kind == SR_FIX_SECTION
              ? "there is no section %s" : op->about == SR_FIX_ANY
              ? "there is no symbol %s; edits take exact names"
              : "no symbol %s is defined here; edits take exact names", name);
      return refused(M, e->member, e, SYMRUN_RULE);
    }
  }
  return SYMRUN_OK;
}


/* -- reading it again ------------------------------------------------------ */

/* Did an edit of this name, that did not insist, take it from those who want
   it? */
static const sr_Edit *taker (const Making *M, sr_Str name) {
  size_t i;
  for (i = 0; i < M->nedits; i++) {
    const sr_Edit *e = M->edits[i];
    const sr_FixOp *op = sr_fix_op(e->op);
    bool named = e->nnames > 0
      && bsearch(&name, e->names, e->nnames, sizeof *e->names, by_bytes);
    if ((e->how & SR_INSIST) != 0) continue;
    if (op->kind == SR_FIX_KEEP && !named) return e;
    if (op->kind == SR_FIX_SYMBOL && named
        && (op->object == SR_LOCALIZE || op->object == SR_STRIP
            || op->object == SR_RENAME)) return e;
  }
  return NULL;
}


static int ask (symrun *S, sr_File *F, unsigned what, sr_Names **out) {
  sr_Question Q = {0, SR_NATIVE, NULL, NULL, SR_NONE, false};
  int rc = sr_names_new(S, out);
  Q.want = what;
  if (rc == SYMRUN_OK) rc = sr_names_ask(*out, F, &Q);
  return rc == SYMRUN_OK ? sr_names_done(*out) : rc;
}


static int nothing_lost (Making *M, sr_File *now) {
  sr_Names *N[5] = {NULL, NULL, NULL, NULL, NULL};
  symrun *S = M->S;
  char name[256], wants[128];
  size_t i;
  int rc = ask(S, now, SR_WANT_UNDEFINED, &N[0]);
  if (rc == SYMRUN_OK) rc = ask(S, now, SR_WANT_DEFINED, &N[1]);
  if (rc == SYMRUN_OK) rc = ask(S, M->F, SR_WANT_DEFINED, &N[2]);
  if (rc == SYMRUN_OK) rc = sr_names_combine(N[0], N[2], SR_TIMES, &N[3]);
  if (rc == SYMRUN_OK) rc = sr_names_combine(N[3], N[1], SR_MINUS, &N[4]);
  for (i = 0; rc == SYMRUN_OK && i < N[4]->sure.count; i++) {
    const sr_Place *at = &N[4]->sure.at[i];
    sr_Str text = sr_name_text(S, at->name);
    const sr_Edit *e = taker(M, text);
    if (e == NULL) continue;  /* a member was dropped: others provide it */
    sr_printable(name, sizeof name, text.ptr, text.len);
    strcpy(wants, "a member");
    if (at->member < now->count)
      sr_printable(wants, sizeof wants, now->members[at->member].name.ptr,
                   now->members[at->member].name.len);
    sr_fail(S, SYMRUN_RULE, "%s still wants %s, which no other member "
            "defines", wants, name);
    rc = refused(M, SR_NONE, e, SYMRUN_RULE);
  }
  for (i = 5; i-- > 0;) sr_names_free(N[i]);
  return rc;
}


/* Has each member that was to stay the bytes that it had, and the name? */
static int same_members (Making *M, const sr_ArPlan *A, sr_File *now) {
  size_t i;
  int rc = sr_file_walk(now);
  if (rc == SYMRUN_OK && (now->damaged || now->count != A->count))
    rc = sr_fail(M->S, SYMRUN_FORMAT, "what was made has %zu members where "
                 "%zu were meant", now->count, A->count);
  for (i = 0; i < A->count && rc == SYMRUN_OK; i++) {
    const sr_ArNew *a = &A->members[i];
    uint64_t was[2], is[2];
    if (a->from == SR_NONE || a->bytes.ptr != NULL
        || now->members[i].outside) continue;
    rc = sr_file_digest(M->F, a->from, was);
    if (rc == SYMRUN_OK) rc = sr_file_digest(now, (uint32_t)i, is);
    if (rc == SYMRUN_OK
        && (was[0] != is[0] || was[1] != is[1]
            || by_bytes(&now->members[i].name,
                        &M->F->members[a->from].name) != 0))
      rc = sr_fail(M->S, SYMRUN_FORMAT, "a member that was to stay has other "
                   "bytes, or another name, in what was made");
  }
  return refused(M, SR_NONE, NULL, rc);
}


static int read_again (Making *M, const sr_ArPlan *A, const sr_Made *made) {
  sr_Checked before = M->S->model->checked;
  sr_Str path, bytes;
  sr_File *now;
  int rc;
  path.ptr = M->F->path;
  path.len = strlen(M->F->path);
  bytes.ptr = made->ptr;
  bytes.len = made->len;
  rc = sr_file_wrap(M->S, path, bytes, &now);
  if (rc != SYMRUN_OK) return rc;
  rc = sr_file_probe(now);
  if (rc == SYMRUN_OK) rc = same_members(M, A, now);
  if (rc == SYMRUN_OK && now->format == SR_AR) rc = nothing_lost(M, now);
  sr_file_unwrap(now);
  M->S->model->checked = before;
  return rc;
}


/* -- archives -------------------------------------------------------------- */

/* Leave out what is dropped, and put the rest in the order that is asked
   for; members that an order does not name come after, as they were. */
static int arrange (Making *M, sr_ArPlan *A) {
  size_t i, k, n = 0, size = (A->count + 1) * sizeof(sr_ArNew);
  sr_ArNew *list = (sr_ArNew *)sr_arena_new(M->S, &M->arena, size);
  bool *gone = (bool *)sr_arena_new(M->S, &M->arena, A->count + 1);
  if (list == NULL || gone == NULL) return SYMRUN_NOMEM;
  memset(gone, 0, A->count + 1);
  for (i = 0; i < M->nedits; i++) {
    const sr_Edit *e = M->edits[i];
    sr_FixKind kind = sr_fix_op(e->op)->kind;
    if (kind == SR_FIX_REINDEX) A->reindex = true;
    if (kind == SR_FIX_DROP && e->member < A->count) gone[e->member] = true;
  }
  for (i = 0; i < M->nedits && n == 0; i++)
    for (k = 0; k < M->edits[i]->nplaces; k++) {
      uint32_t at = M->edits[i]->places[k];
      if (at >= A->count || gone[at]) continue;
      list[n++] = A->members[at];
      gone[at] = true;
    }
  for (i = 0; i < A->count; i++)
    if (!gone[i]) list[n++] = A->members[i];
  memcpy(A->members, list, n * sizeof *list);
  memset(A->members + n, 0, (A->count - n) * sizeof *list);
  A->count = n;
  return SYMRUN_OK;
}


static int change_members (Making *M, sr_ArPlan *A) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < A->count && rc == SYMRUN_OK; i++) {
    uint32_t from = A->members[i].from;
    rc = sr_file_look(M->F, from);
    if (rc == SYMRUN_OK)
      rc = gather(M, from, (sr_Format)M->F->members[from].format,
                  M->F->members[from].machine);
    if (rc == SYMRUN_OK) rc = change(M, from, &A->members[i].bytes);
  }
  return rc == SYMRUN_OK ? all_found(M) : rc;
}


static int make_archive (Making *M, sr_Made *out) {
  sr_ArPlan A;
  int rc = sr_ar_plan(M->S, M->F, &A);
  if (rc != SYMRUN_OK) return refused(M, SR_NONE, NULL, rc);
  rc = arrange(M, &A);
  if (rc == SYMRUN_OK) rc = change_members(M, &A);
  if (rc == SYMRUN_OK)
    rc = refused(M, SR_NONE, M->edits[0], sr_ar_made(M->S, &A, out));
  if (rc == SYMRUN_OK) rc = read_again(M, &A, out);
  sr_ar_plan_free(M->S, &A);
  return rc;
}


/* -- any file -------------------------------------------------------------- */

static int make_object (Making *M, sr_Made *out) {
  const sr_Member *m;
  sr_Member *only;
  int rc = sr_file_member(M->F, 0, &only);
  if (rc == SYMRUN_OK && M->F->component)
    rc = sr_fail(M->S, SYMRUN_RULE, "is a wasm component, which cannot be "
                 "edited");
  if (rc == SYMRUN_OK) rc = sr_file_look(M->F, 0);
  if (rc != SYMRUN_OK) return refused(M, SR_NONE, M->edits[0], rc);
  m = &M->F->members[0];
  rc = gather(M, 0, M->F->format, m->machine);
  if (rc == SYMRUN_OK) rc = change(M, 0, out);
  return rc == SYMRUN_OK ? all_found(M) : rc;
}


/* The bytes that there are, where nothing has changed: SYMRUN_END. */
static int compare (Making *M, sr_Made *out) {
  sr_Made was = {NULL, 0, 0};
  int rc = sr_file_ready(M->F);
  if (rc == SYMRUN_OK)
    rc = all_of(M, &M->S->model->reader, 0, M->F->source.size, &was);
  if (rc == SYMRUN_OK && out->ptr == NULL) {
    *out = was;
    memset(&was, 0, sizeof was);
    rc = SYMRUN_END;
  }
  else if (rc == SYMRUN_OK && was.len == out->len
      && memcmp(was.ptr, out->ptr, was.len) == 0) rc = SYMRUN_END;
  sr_made_free(M->S, &was);
  if (rc >= 0 && sr_source_same(M->S, &M->F->source) != SYMRUN_OK)
    return refused(M, SR_NONE, NULL, SYMRUN_FORMAT);
  return rc;
}


int sr_fix_made (sr_Plan *P, sr_File *F, sr_Made *out) {
  Making M;
  int done, rc = begin(&M, P, F);
  if (rc == SYMRUN_OK && F->slice != NULL && M.nedits > 0) {
    sr_fail(M.S, SYMRUN_RULE, "is a slice of a universal file, which cannot be "
            "edited as it is: take it apart first");
    rc = refused(&M, SR_NONE, M.edits[0], SYMRUN_RULE);
  }
  else if (rc == SYMRUN_OK && M.nedits > 0)
    rc = sr_file_is_archive(F) ? make_archive(&M, out) : make_object(&M, out);
  if (rc == SYMRUN_OK) rc = compare(&M, out);
  done = sr_file_done(F);
  end(&M);
  return rc != SYMRUN_OK ? rc : done;
}
