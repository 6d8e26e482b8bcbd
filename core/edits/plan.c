/*
** plan.c
** Findings, edits, and the record of each evaluation.  A question without an
** answer is written into the record before Lua sees an error, and the verdict
** is read from the record: a rule that catches the error has caught nothing.
*/

#include <stdio.h>
#include <stdlib.h>

#include "../ground/hash.h"
#include "edits.h"

#define MOST_GAPS  8  /* that one evaluation lists */


int sr_plan_new (symrun *S, sr_Plan **out) {
  sr_Plan *P = (sr_Plan *)sr_new(S, sizeof *P);
  if (P == NULL) return SYMRUN_NOMEM;
  P->S = S;
  P->order = INT_MAX;
  P->evaluation = ++S->model->evaluations;
  P->next = S->plans;
  *out = S->plans = P;
  return SYMRUN_OK;
}


void sr_plan_free (sr_Plan *P) {
  symrun *S;
  sr_Plan **link;
  if (P == NULL) return;
  S = P->S;
  for (link = &S->plans; *link != P; link = &(*link)->next) ;
  *link = P->next;
  if (S->plan == P) S->plan = NULL;
  sr_delete(S, P->findings, P->room * sizeof *P->findings);
  sr_delete(S, P->edits, P->redits * sizeof *P->edits);
  sr_delete(S, P->not_run, P->rnot_run * sizeof *P->not_run);
  sr_delete(S, P->why, P->rwhy * sizeof *P->why);
  sr_delete(S, P->looked, P->rlooked * sizeof *P->looked);
  sr_delete(S, P->seen, P->rseen * sizeof *P->seen);
  sr_arena_free(S, &P->arena);
  sr_delete(S, P, sizeof *P);
}


static const char *keep (sr_Plan *P, const char *s) {
  return sr_arena_copy(P->S, &P->arena, s, strlen(s));
}


static int add (sr_Plan *P, sr_Finding **out) {
  sr_Finding *f;
  int rc = sr_room(P->S, &P->findings, &P->room, P->count,
                   sizeof *P->findings);
  if (rc != SYMRUN_OK) return rc;
  f = &P->findings[P->count];
  memset(f, 0, sizeof *f);
  f->serial = P->count++;
  f->evaluation = P->evaluation;
  f->member = SR_NONE;
  f->level = SYMRUN_ERROR;
  *out = f;
  return SYMRUN_OK;
}


/* -- the record ----------------------------------------------------------- */

int sr_plan_begin (sr_Plan *P, const char *rule, int order,
                   const char *about, const sr_File *subject) {
  int rc = SYMRUN_OK;
  if (P->open)
    return sr_fail(P->S, SYMRUN_RULE, "an evaluation is going on already");
  if (P->unknown || P->owed)  /* asked between two: the run's own */
    rc = sr_plan_end(P);
  if (rc != SYMRUN_OK) return rc;
  P->rule = keep(P, rule);
  P->about = about != NULL ? keep(P, about) : NULL;
  if (P->rule == NULL || (about != NULL && P->about == NULL))
    return SYMRUN_NOMEM;
  P->order = order;
  P->subject = subject;
  P->evaluation = ++P->S->model->evaluations;
  P->unknown = P->owed = P->told = false;
  P->nwhy = P->nseen = 0;
  P->open = true;
  return SYMRUN_OK;
}


int sr_plan_current (sr_Plan *P, size_t evaluation) {
  int rc;
  if (P->open && P->evaluation == evaluation) return SYMRUN_OK;
  rc = sr_plan_trouble(P, P->rule != NULL ? P->rule : "symrun/late", P->order,
                       NULL, NULL, "a report came when the evaluation that it "
                       "belongs to was over", "report while the rule runs, "
                       "and keep no report for later");
  return rc != SYMRUN_OK ? rc
       : sr_fail(P->S, SYMRUN_RULE, "this evaluation is over");
}


int sr_plan_looked (sr_Plan *P, const sr_File *F) {
  uint32_t now = (uint32_t)P->evaluation + 1;
  int rc;
  if (F->id >= P->rlooked) {
    size_t room = ((size_t)F->id | 63) + 1;
    uint32_t *grown;
    if (room < P->rlooked * 2) room = P->rlooked * 2;
    grown = (uint32_t *)sr_resize(P->S, P->looked,
                                  P->rlooked * sizeof *grown,
                                  room * sizeof *grown);
    if (grown == NULL) return SYMRUN_NOMEM;
    memset(grown + P->rlooked, 0, (room - P->rlooked) * sizeof *grown);
    P->looked = grown;
    P->rlooked = room;
  }
  if (P->looked[F->id] == now) return SYMRUN_OK;
  rc = sr_room(P->S, &P->seen, &P->rseen, P->nseen, sizeof *P->seen);
  if (rc != SYMRUN_OK) return rc;
  P->seen[P->nseen++] = F->id;
  P->looked[F->id] = now;
  return SYMRUN_OK;
}


static int blame (sr_Plan *P, uint32_t file, uint32_t gap) {
  sr_Gap *g = &P->S->model->files[file]->gaps[gap];
  int rc;
  if (g->blamed == P->evaluation + 1) return SYMRUN_OK;
  rc = sr_room(P->S, &P->why, &P->rwhy, P->nwhy, sizeof *P->why);
  if (rc != SYMRUN_OK) return rc;
  g->blamed = P->evaluation + 1;
  P->why[P->nwhy].file = file;
  P->why[P->nwhy++].gap = gap;
  return SYMRUN_OK;
}


static int blame_all (sr_Plan *P, const sr_GapRef *refs, size_t count) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < count && rc == SYMRUN_OK; i++)
    rc = blame(P, refs[i].file, refs[i].gap);
  return rc;
}


static int no_answer (symrun *S) {
  return sr_fail(S, SYMRUN_UNKNOWN, "unknown: what the answer depends on could "
                 "not be read");
}


int sr_plan_unknown (sr_Plan *P, const sr_Names *N) {
  int rc;
  P->unknown = true;  /* first, so that nothing below can prevent it */
  rc = blame_all(P, N->gaps, N->ngaps);
  if (rc == SYMRUN_OK && N->ngaps == 0) rc = blame_all(P, N->far, N->nfar);
  return rc != SYMRUN_OK ? rc : no_answer(P->S);
}


int sr_plan_owe (sr_Plan *P, const sr_Names *N) {
  int rc;
  P->owed = true;
  rc = blame_all(P, N->gaps, N->ngaps);
  return rc != SYMRUN_OK ? rc : blame_all(P, N->far, N->nfar);
}


int sr_plan_unread (sr_Plan *P, const sr_File *F, uint32_t member,
                    sr_View_name view) {
  size_t i;
  int rc = SYMRUN_OK;
  P->unknown = true;
  for (i = 0; i < F->ngaps && rc == SYMRUN_OK; i++) {
    const sr_Gap *gap = &F->gaps[i];
    if (gap->one || (gap->member != member && gap->member != SR_NONE)) continue;
    if (member == SR_NONE ? gap->view != SR_INDEX
                          : gap->view == view || gap->damage)
      rc = blame(P, F->id, (uint32_t)i);
  }
  return rc != SYMRUN_OK ? rc : no_answer(P->S);
}


int sr_plan_failed (sr_Plan *P, int code) {
  int rc;
  if (!P->open || P->unknown) return SYMRUN_OK;
  if (code != SYMRUN_IO && code != SYMRUN_FORMAT && code != SYMRUN_UNKNOWN)
    return SYMRUN_OK;
  P->unknown = true;
  rc = sr_plan_trouble(P, P->rule, P->order,
                       P->subject ? P->subject->input : NULL,
                       P->subject ? P->subject->path : NULL,
                       P->S->message, P->about);
  P->told = (rc == SYMRUN_OK);
  return rc;
}


typedef struct Alike { sr_GapRef first; size_t count; } Alike;

/* Put gaps of one file with one reason together; gives how many do not fit. */
static size_t group (const sr_Plan *P, Alike *groups, size_t *count) {
  size_t i, k, left = 0;
  for (i = 0; i < P->nwhy; i++) {
    const sr_GapRef *ref = &P->why[i];
    const sr_File *F = P->S->model->files[ref->file];
    if (F->damaged && !F->gaps[ref->gap].damage && !sr_file_has_members(F))
      continue;  /* the damage says more, and is among them */
    for (k = 0; k < *count; k++)
      if (groups[k].first.file == ref->file
          && strcmp(F->gaps[groups[k].first.gap].reason,
                    F->gaps[ref->gap].reason) == 0) break;
    if (k == MOST_GAPS) { left++; continue; }
    if (k == *count) {
      groups[k].first = *ref;
      groups[k].count = 0;
      (*count)++;
    }
    groups[k].count++;
  }
  return left;
}


static int unexplained (sr_Plan *P) {
  return sr_plan_trouble(P, P->rule != NULL ? P->rule : "symrun/read",
                         P->order, P->subject ? P->subject->input : NULL,
                         P->subject ? P->subject->path : NULL,
                         "a question of this rule has no answer", P->about);
}


/* What to do about a gap, where the rule does not say. */
static const char *advice (sr_Plan *P, const sr_File *F) {
  char shown[512];
  if (P->about != NULL || F == P->subject || *F->input == '\0') return P->about;
  if (!F->unfollowed && F->format != SR_SCRIPT && F->format != SR_TBD)
    return NULL;
  sr_printable(shown, sizeof shown, F->path, strlen(F->path));
  return sr_arena_format(P->S, &P->arena, "where it is no input of a link, "
                         "leave it out with --exclude '%s'", shown);
}


/* One finding for all alike, and no more than a few, so that a hostile
   archive cannot fill the report. */
static int report_gaps (sr_Plan *P) {
  Alike groups[MOST_GAPS];
  size_t i, count = 0, left = group(P, groups, &count);
  if (count == 0) return unexplained(P);
  for (i = 0; i < count; i++) {
    const sr_File *F = P->S->model->files[groups[i].first.file];
    const sr_Gap *gap = &F->gaps[groups[i].first.gap];
    size_t more = groups[i].count - 1;
    sr_Finding *f;
    int rc = add(P, &f);
    if (rc != SYMRUN_OK) return rc;
    f->rule = P->rule != NULL ? P->rule : "symrun/read";
    f->order = P->order;
    f->file = F;
    f->member = gap->member;
    f->unknown = true;
    f->offset = gap->offset;
    f->field = gap->field;
    f->hint = advice(P, F);
    f->message = gap->reason;
    if (more > 0)
      f->message = sr_arena_format(P->S, &P->arena, "%s; so %s %zu more",
                                   gap->reason, more == 1 ? "is" : "are", more);
    if (left > 0 && i + 1 == count && f->message != NULL)
      f->message = sr_arena_format(P->S, &P->arena, "%s; %zu further parts "
                                   "cannot be read either", f->message, left);
    if (f->message == NULL) return SYMRUN_NOMEM;
  }
  return SYMRUN_OK;
}


/* Damage counts whatever was answered; and a rule that had its answer from
   the first member has not seen that the last one is cut short. */
static int blame_damage (sr_Plan *P, sr_File *F) {
  size_t i;
  int rc = SYMRUN_OK, done = SYMRUN_OK;
  if (sr_file_has_members(F) && !F->walked) {
    rc = sr_file_walk(F);
    done = sr_file_done(F);
  }
  if (F->damaged) P->unknown = true;
  for (i = 0; F->damaged && i < F->ngaps && rc == SYMRUN_OK; i++)
    if (F->gaps[i].damage) rc = blame(P, F->id, (uint32_t)i);
  return rc != SYMRUN_OK ? rc : done;
}


int sr_plan_end (sr_Plan *P) {
  struct sr_Model *M = P->S->model;
  size_t i;
  int rc = SYMRUN_OK;
  if (P->owed) P->unknown = true;
  for (i = 0; i < P->nseen && rc == SYMRUN_OK; i++)
    rc = blame_damage(P, M->files[P->seen[i]]);
  if (rc != SYMRUN_OK) P->unknown = true;
  if (P->unknown) {
    while (P->nedits > 0 && P->edits[P->nedits - 1].evaluation == P->evaluation)
      P->nedits--;
    if (rc == SYMRUN_OK && P->nwhy > 0) rc = report_gaps(P);
    else if (rc == SYMRUN_OK && !P->told) rc = unexplained(P);
  }
  P->open = P->unknown = P->owed = P->told = false;
  P->nwhy = P->nseen = 0;
  P->rule = P->about = NULL;
  P->order = INT_MAX;
  P->subject = NULL;
  P->evaluation = ++P->S->model->evaluations;
  return rc;
}


/* -- findings and edits --------------------------------------------------- */

int sr_plan_report (sr_Plan *P, int level, const sr_File *F, uint32_t member,
                    sr_Str symbol, const char *message, size_t *out) {
  sr_Finding *f;
  int rc;
  if (!P->open)
    return sr_fail(P->S, SYMRUN_RULE, "report was called when its evaluation "
                   "was over");
  *out = SIZE_MAX;
  if (P->unknown) return SYMRUN_OK;
  rc = add(P, &f);
  if (rc != SYMRUN_OK) return rc;
  f->rule = P->rule;
  f->order = P->order;
  f->level = level;
  f->file = F;
  f->member = member;
  f->message = keep(P, message);
  if (symbol.ptr != NULL) {
    f->symbol = sr_arena_copy(P->S, &P->arena, symbol.ptr, symbol.len);
    f->symbol_len = symbol.len;
  }
  if (f->message == NULL || (symbol.ptr != NULL && f->symbol == NULL)) {
    P->count--;
    return SYMRUN_NOMEM;
  }
  *out = P->count - 1;
  return SYMRUN_OK;
}


int sr_plan_doubt (sr_Plan *P, const sr_File *F, uint32_t member,
                   const char *message, size_t *out) {
  sr_Str none = {NULL, 0};
  bool before = P->unknown;
  int rc;
  P->unknown = false;  /* the first and the second reason both count */
  rc = sr_plan_report(P, SYMRUN_ERROR, F, member, none, message, out);
  P->unknown = before || P->open;
  if (rc != SYMRUN_OK) return rc;
  P->findings[*out].unknown = true;
  P->told = true;
  return SYMRUN_OK;
}


int sr_plan_hint (sr_Plan *P, size_t finding, const char *hint) {
  const char *kept;
  int rc;
  if (finding >= P->count) return SYMRUN_OK;  /* dropped: unknown came first */
  rc = sr_plan_current(P, P->findings[finding].evaluation);
  if (rc != SYMRUN_OK) return rc;
  kept = keep(P, hint);
  if (kept == NULL) return SYMRUN_NOMEM;
  P->findings[finding].hint = kept;
  return SYMRUN_OK;
}


int sr_plan_names (sr_Plan *P, sr_Names *names, sr_Str **out,
                   size_t *count) {
  size_t i;
  int rc = sr_names_exact(names) == SR_YES ? sr_names_order(names)
         : sr_plan_unknown(P, names);
  if (rc != SYMRUN_OK) return rc;
  *count = names->unique;
  *out = (sr_Str *)sr_arena_new(P->S, &P->arena,
                                (names->unique + 1) * sizeof **out);
  for (i = 0; *out != NULL && i < names->unique; i++)
    (*out)[i] = sr_name_text(P->S, names->sure.at[names->order[i]].name);
  return *out != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


static int by_bytes (const void *a, const void *b) {
  const sr_Str *x = (const sr_Str *)a, *y = (const sr_Str *)b;
  size_t n = x->len < y->len ? x->len : y->len;
  int c = n > 0 ? memcmp(x->ptr, y->ptr, n) : 0;
  return c != 0 ? c : x->len < y->len ? -1 : x->len > y->len;
}


/* Everything that a caller's may outlive it. */
static int keep_edit (sr_Plan *P, sr_Edit *e, const sr_Edit *from) {
  size_t i, n = 0;
  e->op = keep(P, from->op);
  e->names = (sr_Str *)sr_arena_new(P->S, &P->arena,
                                    (from->nnames + 1) * sizeof *e->names);
  e->places = (uint32_t *)sr_arena_new(P->S, &P->arena, (from->nplaces + 1)
                                       * sizeof *e->places);
  e->to.ptr = sr_arena_copy(P->S, &P->arena, from->to.len > 0 ? from->to.ptr
                            : "", from->to.len);
  if (e->op == NULL || e->names == NULL || e->places == NULL
      || e->to.ptr == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < from->nplaces; i++) e->places[i] = from->places[i];
  for (i = 0; i < from->nnames; i++) {
    e->names[i].len = from->names[i].len;
    e->names[i].ptr = sr_arena_copy(P->S, &P->arena, from->names[i].ptr,
                                    from->names[i].len);
    if (e->names[i].ptr == NULL) return SYMRUN_NOMEM;
  }
  if (from->nnames > 1)
    qsort(e->names, from->nnames, sizeof *e->names, by_bytes);
  for (i = 0; i < from->nnames; i++)
    if (n == 0 || by_bytes(&e->names[n - 1], &e->names[i]) != 0)
      e->names[n++] = e->names[i];
  e->nnames = n;
  return SYMRUN_OK;
}


int sr_plan_edit (sr_Plan *P, size_t finding, const sr_Edit *wanted) {
  sr_Edit *e;
  int rc;
  if (finding >= P->count || P->unknown) return SYMRUN_OK;
  rc = sr_plan_current(P, P->findings[finding].evaluation);
  if (rc == SYMRUN_OK)
    rc = sr_edit_fits(P->S, wanted->op, wanted->file, wanted->member);
  if (rc == SYMRUN_OK)
    rc = sr_room(P->S, &P->edits, &P->redits, P->nedits, sizeof *P->edits);
  if (rc != SYMRUN_OK) return rc;
  e = &P->edits[P->nedits];
  *e = *wanted;
  e->rule = P->findings[finding].rule;
  e->why = P->findings[finding].message;
  e->order = P->order;
  e->serial = P->nedits;
  e->evaluation = P->evaluation;
  e->finding = P->findings[finding].serial;
  rc = keep_edit(P, e, wanted);
  if (rc == SYMRUN_OK) P->nedits++;
  return rc;
}


int sr_plan_trouble (sr_Plan *P, const char *rule, int order,
                     const char *input, const char *path,
                     const char *message, const char *hint) {
  sr_Finding *f;
  int rc = add(P, &f);
  if (rc != SYMRUN_OK) return rc;
  f->rule = keep(P, rule);
  f->order = order;
  f->unknown = true;
  f->input = input != NULL ? keep(P, input) : NULL;
  f->path = path != NULL ? keep(P, path) : NULL;
  f->message = keep(P, message);
  f->hint = hint != NULL ? keep(P, hint) : NULL;
  if (f->rule == NULL || f->message == NULL) {
    P->count--;
    return SYMRUN_NOMEM;
  }
  return SYMRUN_OK;
}


int sr_plan_not_run (sr_Plan *P, const char *rule) {
  int rc = sr_room(P->S, &P->not_run, &P->rnot_run, P->nnot_run,
                   sizeof *P->not_run);
  if (rc != SYMRUN_OK) return rc;
  P->not_run[P->nnot_run] = keep(P, rule);
  return P->not_run[P->nnot_run++] != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


/* -- order, verdict, identity --------------------------------------------- */

static const char *input_of (const sr_Finding *f) {
  const char *s = f->file != NULL ? f->file->input : f->input;
  return s != NULL ? s : "";
}


static const char *path_of (const sr_Finding *f) {
  const char *s = f->file != NULL ? f->file->path : f->path;
  return s != NULL ? s : "";
}


static const char *slice_of (const sr_Finding *f) {
  return f->file != NULL && f->file->slice != NULL ? f->file->slice : "";
}


static int by_report (const void *a, const void *b) {
  const sr_Finding *x = (const sr_Finding *)a, *y = (const sr_Finding *)b;
  size_t n;
  int c;
  if (x->order != y->order) return x->order < y->order ? -1 : 1;
  if ((c = strcmp(input_of(x), input_of(y))) != 0) return c;
  if ((c = strcmp(path_of(x), path_of(y))) != 0) return c;
  if ((c = strcmp(slice_of(x), slice_of(y))) != 0) return c;
  if (x->member != y->member)  /* the file itself first */
    return x->member + 1u < y->member + 1u ? -1 : 1;
  n = x->symbol_len < y->symbol_len ? x->symbol_len : y->symbol_len;
  c = n > 0 ? memcmp(x->symbol, y->symbol, n) : 0;
  if (c != 0) return c;
  if (x->symbol_len != y->symbol_len)
    return x->symbol_len < y->symbol_len ? -1 : 1;
  return x->serial < y->serial ? -1 : 1;
}


void sr_plan_sort (sr_Plan *P) {
  if (P->count > 1)
    qsort(P->findings, P->count, sizeof *P->findings, by_report);
}


int sr_plan_verdict (const sr_Plan *P, int level) {
  int verdict = 0;
  size_t i;
  if (P->unknown || P->owed) return 2;
  for (i = 0; i < P->count; i++) {
    if (P->findings[i].unknown) return 2;
    if (P->findings[i].level >= level) verdict = 1;
  }
  return verdict;
}


static void mix (XXH64_state_t *state, const char *s, size_t len) {
  uint64_t n = len;
  XXH64_update(state, &n, sizeof n);
  if (len > 0) XXH64_update(state, s, len);
}


/* Not the path's folders, nor the hash that rustc puts into member names:
   both change when nothing else does. */
void sr_plan_fingerprint (const sr_Plan *P, size_t finding, char out[17]) {
  const sr_Finding *f = &P->findings[finding];
  const char *path = path_of(f), *slash = strrchr(path, '/');
  XXH64_state_t state;
  XXH64_reset(&state, 0);
  mix(&state, f->rule, strlen(f->rule));
  path = slash != NULL ? slash + 1 : path;
  mix(&state, path, strlen(path));
  if (*slice_of(f) != '\0') mix(&state, slice_of(f), strlen(slice_of(f)));
  mix(&state, f->unknown ? "?" : "!", 1);
  if (f->symbol != NULL) mix(&state, f->symbol, f->symbol_len);
  else mix(&state, f->message, strlen(f->message));
  snprintf(out, 17, "%016llx", (unsigned long long)XXH64_digest(&state));
}
