/*
** names.c
** Sets of names, with what is sure and what is only possible kept apart.
** The possible part may be without end ("any js_* name might stand in the
** member that could not be read"), so it is kept as a condition, and only
** questions that the condition decides are answered.
**
** A set is: places that are sure; places that are possible ('extra'); and
** open terms, each any name that some globs take, less a list.  maybe(A) is
** the union of the three.  The algebra is DESIGN's:
**   A+B = (sA|sB, mA|mB)   A*B = (sA&sB, mA&mB)   A-B = (sA-mB, mA-sB)
*/

#include <stdlib.h>

#include "model.h"

#define MOST_TERMS  32  /* of one set */

static const uint32_t no_names = 0;  /* for a list that is empty */
static const sr_Term widest = {NULL, 0, &no_names, 0};


sr_Str sr_name_text (const symrun *S, uint32_t name) {
  const sr_Name *n = &S->model->names.names[name];
  sr_Str s = {n->ptr, n->len};
  return s;
}


/* -- making --------------------------------------------------------------- */

int sr_names_new (symrun *S, sr_Names **out) {
  sr_Names *N = (sr_Names *)sr_new(S, sizeof *N);
  if (N == NULL) return SYMRUN_NOMEM;
  N->S = S;
  N->next = S->model->sets;
  N->link = &S->model->sets;
  if (N->next != NULL) N->next->link = &N->next;
  S->model->sets = N;
  *out = N;
  return SYMRUN_OK;
}


void sr_names_free (sr_Names *N) {
  symrun *S;
  if (N == NULL) return;
  S = N->S;
  *N->link = N->next;
  if (N->next != NULL) N->next->link = N->link;
  sr_delete(S, N->sure.at, N->sure.room * sizeof(sr_Place));
  sr_delete(S, N->extra.at, N->extra.room * sizeof(sr_Place));
  sr_delete(S, N->terms, N->rterms * sizeof *N->terms);
  sr_delete(S, N->gaps, N->rgaps * sizeof *N->gaps);
  sr_delete(S, N->order, N->rorder * sizeof *N->order);
  sr_arena_free(S, &N->arena);
  sr_delete(S, N, sizeof *N);
}


static int put (symrun *S, sr_Places *P, const sr_Place *place) {
  int rc = sr_room(S, &P->at, &P->room, P->count, sizeof *P->at);
  if (rc == SYMRUN_OK) P->at[P->count++] = *place;
  return rc;
}


static int put_gap (sr_Names *N, uint32_t file, uint32_t gap) {
  int rc = sr_room(N->S, &N->gaps, &N->rgaps, N->ngaps, sizeof *N->gaps);
  if (rc != SYMRUN_OK) return rc;
  N->gaps[N->ngaps].file = file;
  N->gaps[N->ngaps++].gap = gap;
  return SYMRUN_OK;
}


/* Both ascending lists as one; returns how many. */
static size_t merge (uint32_t *out, const uint32_t *a, size_t na,
                     const uint32_t *b, size_t nb) {
  size_t i = 0, k = 0, n = 0;
  while (i < na || k < nb) {
    if (k == nb || (i < na && a[i] < b[k])) out[n++] = a[i++];
    else {
      if (i < na && a[i] == b[k]) i++;
      out[n++] = b[k++];
    }
  }
  return n;
}


static bool same_term (const sr_Term *a, const sr_Term *b) {
  size_t i, k;
  if (a->nglobs != b->nglobs || a->nminus != b->nminus) return false;
  for (i = 0; i < a->nglobs; i++) {
    for (k = 0; k < b->nglobs && a->globs[i] != b->globs[k]; k++) ;
    if (k == b->nglobs) return false;
  }
  return memcmp(a->minus, b->minus, a->nminus * sizeof *a->minus) == 0;
}


/* What two terms share; with 'b' the widest, that is 'a'.  A set of very many
   terms becomes "any name": less is known then, and nothing wrong. */
static int put_term (sr_Names *N, const sr_Term *a, const sr_Term *b) {
  sr_Term *t;
  uint32_t *minus;
  size_t i, k;
  int rc = sr_room(N->S, &N->terms, &N->rterms, N->nterms, sizeof *t);
  if (rc != SYMRUN_OK) return rc;
  if (N->nterms == MOST_TERMS) {
    N->terms[0] = widest;
    N->nterms = 1;
    return SYMRUN_OK;
  }
  t = &N->terms[N->nterms];
  t->globs = (const sr_Glob **)sr_arena_new(N->S, &N->arena,
    (a->nglobs + b->nglobs + 1) * sizeof *t->globs);
  minus = (uint32_t *)sr_arena_new(N->S, &N->arena,
    (a->nminus + b->nminus + 1) * sizeof *minus);
  if (t->globs == NULL || minus == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < a->nglobs; i++) t->globs[i] = a->globs[i];
  t->nglobs = a->nglobs;
  for (i = 0; i < b->nglobs; i++) {
    for (k = 0; k < a->nglobs && a->globs[k] != b->globs[i]; k++) ;
    if (k == a->nglobs) t->globs[t->nglobs++] = b->globs[i];
  }
  t->nminus = merge(minus, a->minus, a->nminus, b->minus, b->nminus);
  t->minus = minus;
  for (i = 0; i < N->nterms; i++)
    if (same_term(&N->terms[i], t)) return SYMRUN_OK;
  N->nterms++;
  return SYMRUN_OK;
}


/* -- asking files --------------------------------------------------------- */

int sr_names_put (sr_Names *N, sr_File *F, uint32_t member, const char *s,
                  size_t len) {
  sr_Place place;
  place.name = sr_intern(N->S, &N->S->model->names, s, len);
  if (place.name == SR_NONE) return SYMRUN_NOMEM;
  place.file = F->id;
  place.member = sr_file_is_archive(F) ? member : SR_NONE;
  return put(N->S, &N->sure, &place);
}


int sr_names_place (sr_Names *N, const sr_Place *place) {
  return put(N->S, &N->sure, place);
}


/* Anything that 'glob' takes may be in. */
static int put_open (sr_Names *N, const sr_Glob *glob) {
  sr_Term term = widest;
  const sr_Glob *globs[1];
  globs[0] = glob;
  term.globs = globs;
  term.nglobs = glob != NULL ? 1 : 0;
  return put_term(N, &term, &widest);
}


/* The gaps that leave such a question open, and what they leave possible. */
int sr_names_unread (sr_Names *N, const sr_Scan *scan) {
  const sr_File *F = scan->file;
  bool open = false;
  size_t i;
  int rc = SYMRUN_OK;
  if (scan->only < F->count && scan->ask.view != SR_INDEX) {
    /* one member's are linked: a loop over all members stays linear */
    for (i = F->members[scan->only].gap; i > 0 && rc == SYMRUN_OK;
         i = F->gaps[i - 1].before) {
      if (!sr_gap_concerns(F, &F->gaps[i - 1], scan)) continue;
      open = true;
      rc = put_gap(N, F->id, (uint32_t)i - 1);
    }
  }
  else for (i = 0; i < F->ngaps && rc == SYMRUN_OK; i++) {
    if (!sr_gap_concerns(F, &F->gaps[i], scan)) continue;
    open = true;
    rc = put_gap(N, F->id, (uint32_t)i);
  }
  return open && rc == SYMRUN_OK ? put_open(N, scan->ask.glob) : rc;
}


typedef struct Asking { sr_Scan scan; sr_Names *N; } Asking;

/* A version that a library defines stands among its symbols, as an absolute
   one of that version; nobody can call it, so it is not exported. */
static bool is_version (const sr_Symbol *sym) {
  return sym->place == SR_ABSOLUTE && sym->version.len == sym->len
      && memcmp(sym->version.ptr, sym->name, sym->len) == 0;
}


static int collect (void *ud, const sr_Symbol *sym) {
  Asking *A = (Asking *)ud;
  sr_Names *N = A->N;
  sr_Place place;
  if (A->scan.ask.versions && is_version(sym)) return SYMRUN_OK;
  place.name = sr_intern(N->S, &N->S->model->names, sym->name, sym->len);
  if (place.name == SR_NONE) return SYMRUN_NOMEM;
  place.file = A->scan.file->id;
  place.member = A->scan.member;
  /* A binding that no specification gives may or may not be seen. */
  return put(N->S, sym->binding == SR_BINDING_OTHER ? &N->extra : &N->sure,
             &place);
}


int sr_names_ask (sr_Names *N, sr_File *F, const sr_Question *Q) {
  Asking A;
  int rc;
  memset(&A, 0, sizeof A);
  A.N = N;
  A.scan.ask.want = Q->want;
  A.scan.ask.view = Q->view;
  A.scan.ask.glob = Q->glob;
  A.scan.ask.versions = Q->view == SR_DYNAMIC
                        && (Q->want & SR_WANT_EXPORTED) != 0;
  A.scan.ask.each = collect;
  A.scan.ask.ud = &A;
  A.scan.members = Q->members;
  A.scan.only = Q->only;
  rc = sr_file_scan(F, &A.scan);
  return rc == SYMRUN_OK ? sr_names_unread(N, &A.scan) : rc;
}


typedef struct Text { sr_Names *N; sr_File *file; size_t prefix; } Text;

static bool is_word (unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
      || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'
      || c == '+' || c == ':';
}


static int found_text (void *ud, uint32_t member, const unsigned char *at,
                       size_t left) {
  Text *T = (Text *)ud;
  const char *word = (const char *)at + T->prefix;
  size_t n = 0;
  while (n < left - T->prefix && is_word((unsigned char)word[n])) n++;
  return n == 0 ? SYMRUN_OK : sr_names_put(T->N, T->file, member, word, n);
}


int sr_names_text (sr_Names *N, sr_File *F, const sr_Question *Q,
                   sr_Str prefix) {
  Text T = {N, F, prefix.len};
  sr_Scan scan;
  sr_Member *m;
  uint32_t i = Q->only != SR_NONE ? Q->only : 0;
  int rc = SYMRUN_OK, done;
  memset(&scan, 0, sizeof scan);
  scan.file = F;
  scan.ask.view = SR_TEXT;
  scan.members = Q->members;
  scan.only = Q->only;
  for (; rc == SYMRUN_OK && i <= Q->only; i++) {
    rc = sr_file_member(F, i, &m);
    if (rc == SYMRUN_OK && (Q->members == NULL
        || sr_glob_match(Q->members, m->name.ptr, m->name.len)))
      rc = sr_file_find(F, i, prefix, found_text, &T);
  }
  done = sr_file_done(F);
  if (rc >= 0) rc = done;
  return rc == SYMRUN_OK ? sr_names_unread(N, &scan) : rc;
}


int sr_names_open_too (sr_Names *N, const sr_Names *unread,
                       const sr_Glob *glob) {
  size_t i;
  int rc = SYMRUN_OK;
  if (unread->nterms == 0) return SYMRUN_OK;
  for (i = 0; i < unread->ngaps && rc == SYMRUN_OK; i++)
    rc = put_gap(N, unread->gaps[i].file, unread->gaps[i].gap);
  return rc == SYMRUN_OK ? put_open(N, glob) : rc;
}


int sr_place_order (const sr_Place *x, const sr_Place *y) {
  if (x->name != y->name) return x->name < y->name ? -1 : 1;
  if (x->file != y->file) return x->file < y->file ? -1 : 1;
  if (x->member != y->member) return x->member < y->member ? -1 : 1;
  return 0;
}


static int by_place (const void *a, const void *b) {
  return sr_place_order((const sr_Place *)a, (const sr_Place *)b);
}


static int by_gap (const void *a, const void *b) {
  const sr_GapRef *x = (const sr_GapRef *)a, *y = (const sr_GapRef *)b;
  if (x->file != y->file) return x->file < y->file ? -1 : 1;
  return x->gap < y->gap ? -1 : x->gap > y->gap;
}


static void sort (sr_Places *P) {
  size_t i, n = 0;
  if (P->count > 1) qsort(P->at, P->count, sizeof *P->at, by_place);
  for (i = 0; i < P->count; i++)
    if (n == 0 || sr_place_order(&P->at[n - 1], &P->at[i]) != 0)
      P->at[n++] = P->at[i];
  P->count = n;
}


int sr_names_done (sr_Names *N) {
  size_t i, n = 0;
  sort(&N->sure);
  sort(&N->extra);
  if (N->ngaps > 1) qsort(N->gaps, N->ngaps, sizeof *N->gaps, by_gap);
  for (i = 0; i < N->ngaps; i++)
    if (n == 0 || by_gap(&N->gaps[n - 1], &N->gaps[i]) != 0)
      N->gaps[n++] = N->gaps[i];
  N->ngaps = n;
  return SYMRUN_OK;
}


/* -- membership ----------------------------------------------------------- */

static size_t first_of (const sr_Places *P, uint32_t name) {
  size_t low = 0, high = P->count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (P->at[mid].name < name) low = mid + 1;
    else high = mid;
  }
  return low;
}


static bool among (const sr_Places *P, uint32_t name) {
  size_t i = first_of(P, name);
  return i < P->count && P->at[i].name == name;
}


size_t sr_names_first (const sr_Names *N, uint32_t name) {
  return first_of(&N->sure, name);
}


static bool taken (const symrun *S, const sr_Term *t, uint32_t name) {
  sr_Str s = sr_name_text(S, name);
  size_t i, low = 0, high = t->nminus;
  for (i = 0; i < t->nglobs; i++)
    if (!sr_glob_match(t->globs[i], s.ptr, s.len)) return false;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (t->minus[mid] < name) low = mid + 1;
    else high = mid;
  }
  return low == t->nminus || t->minus[low] != name;
}


static bool possible (const sr_Names *N, uint32_t name) {
  size_t i;
  if (among(&N->sure, name) || among(&N->extra, name)) return true;
  for (i = 0; i < N->nterms; i++)
    if (taken(N->S, &N->terms[i], name)) return true;
  return false;
}


/* -- algebra -------------------------------------------------------------- */

/* Append those places of P whose name passes. */
static int pass (sr_Names *out, sr_Places *to, const sr_Places *P,
                 const sr_Names *B, bool (*test) (const sr_Names *, uint32_t),
                 bool wanted) {
  size_t i;
  bool passes = false;
  for (i = 0; i < P->count; i++) {
    if (i == 0 || P->at[i].name != P->at[i - 1].name)
      passes = test(B, P->at[i].name) == wanted;
    if (passes) {
      int rc = put(out->S, to, &P->at[i]);
      if (rc != SYMRUN_OK) return rc;
    }
  }
  return SYMRUN_OK;
}


static bool is_sure (const sr_Names *N, uint32_t name) {
  return among(&N->sure, name);
}


static bool always (const sr_Names *N, uint32_t name) {
  (void)N; (void)name;
  return true;
}


static int plus (const sr_Names *A, const sr_Names *B, sr_Names *out) {
  size_t i;
  int rc = pass(out, &out->sure, &A->sure, B, always, true);
  if (rc == SYMRUN_OK) rc = pass(out, &out->sure, &B->sure, A, always, true);
  if (rc == SYMRUN_OK)
    rc = pass(out, &out->extra, &A->extra, B, is_sure, false);
  if (rc == SYMRUN_OK)
    rc = pass(out, &out->extra, &B->extra, A, is_sure, false);
  for (i = 0; i < A->nterms && rc == SYMRUN_OK; i++)
    rc = put_term(out, &A->terms[i], &widest);
  for (i = 0; i < B->nterms && rc == SYMRUN_OK; i++)
    rc = put_term(out, &B->terms[i], &widest);
  return rc;
}


static bool apart (const sr_Term *a, const sr_Term *b) {
  size_t i, k;
  for (i = 0; i < a->nglobs; i++)
    for (k = 0; k < b->nglobs; k++)
      if (sr_glob_apart(a->globs[i], b->globs[k])) return true;
  return false;
}


static int times (const sr_Names *A, const sr_Names *B, sr_Names *out) {
  size_t i, k;
  int rc = pass(out, &out->sure, &A->sure, B, is_sure, true);
  /* What is in both maybes and not in both sures: A's sure names that B only
     may have, A's possible ones that B has or may have, and B's names that
     only A's open part takes (which have no place in A; B's stand in). */
  if (rc == SYMRUN_OK) rc = pass(out, &out->extra, &A->sure, B, possible, true);
  if (rc == SYMRUN_OK)
    rc = pass(out, &out->extra, &A->extra, B, possible, true);
  if (rc == SYMRUN_OK && A->nterms > 0)
    rc = pass(out, &out->extra, &B->sure, A, possible, true);
  if (rc == SYMRUN_OK && A->nterms > 0)
    rc = pass(out, &out->extra, &B->extra, A, possible, true);
  for (i = 0; i < A->nterms; i++)
    for (k = 0; k < B->nterms && rc == SYMRUN_OK; k++)
      if (!apart(&A->terms[i], &B->terms[k]))
        rc = put_term(out, &A->terms[i], &B->terms[k]);
  return rc;
}


static int minus (const sr_Names *A, const sr_Names *B, sr_Names *out) {
  sr_Term less = widest;
  size_t i, k, n = 0;
  uint32_t *list;
  int rc = pass(out, &out->sure, &A->sure, B, possible, false);
  if (rc == SYMRUN_OK) rc = pass(out, &out->extra, &A->sure, B, is_sure, false);
  if (rc == SYMRUN_OK)
    rc = pass(out, &out->extra, &A->extra, B, is_sure, false);
  if (A->nterms == 0 || rc != SYMRUN_OK) return rc;
  list = (uint32_t *)sr_arena_new(out->S, &out->arena,
                                  (B->sure.count + 1) * sizeof *list);
  if (list == NULL) return SYMRUN_NOMEM;
  for (k = 0; k < B->sure.count; k++)
    if (k == 0 || B->sure.at[k].name != B->sure.at[k - 1].name)
      list[n++] = B->sure.at[k].name;
  less.minus = list;
  less.nminus = n;
  for (i = 0; i < A->nterms && rc == SYMRUN_OK; i++)
    rc = put_term(out, &A->terms[i], &less);
  return rc;
}


/* Places that are sure are not possible as well. */
static void strip_sure (sr_Names *N) {
  size_t i, n = 0;
  for (i = 0; i < N->extra.count; i++)
    if (!among(&N->sure, N->extra.at[i].name))
      N->extra.at[n++] = N->extra.at[i];
  N->extra.count = n;
}


static int gaps_of (sr_Names *out, const sr_Names *N) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < N->ngaps && rc == SYMRUN_OK; i++)
    rc = put_gap(out, N->gaps[i].file, N->gaps[i].gap);
  return rc;
}


/* Close a set that was made of others: gaps matter while it is open. */
static int finish (sr_Names *N, const sr_Names *A, const sr_Names *B) {
  int rc;
  sort(&N->sure);
  sort(&N->extra);
  strip_sure(N);
  if (N->extra.count == 0 && N->nterms == 0) return SYMRUN_OK;
  rc = gaps_of(N, A);
  if (rc == SYMRUN_OK && B != NULL) rc = gaps_of(N, B);
  return rc == SYMRUN_OK ? sr_names_done(N) : rc;
}


int sr_names_combine (const sr_Names *A, const sr_Names *B, int op,
                      sr_Names **out) {
  sr_Names *N;
  int rc = sr_names_new(A->S, &N);
  if (rc != SYMRUN_OK) return rc;
  rc = op == SR_PLUS ? plus(A, B, N) : op == SR_TIMES ? times(A, B, N)
                                                      : minus(A, B, N);
  if (rc == SYMRUN_OK) rc = finish(N, A, B);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}


/* May the open part of A have names in this member?  When one of its gaps
   is there, or hides members and files as a whole that are not listed. */
static bool gap_in (const sr_Names *A, uint32_t file, uint32_t member) {
  const sr_File *F = A->S->model->files[file];
  size_t i;
  for (i = 0; i < A->ngaps; i++)
    if (A->gaps[i].file == file) {
      uint32_t where = F->gaps[A->gaps[i].gap].member;
      if (where == member || !sr_file_is_archive(F)) return true;
    }
  return false;
}


int sr_names_slice (const sr_Names *A, uint32_t file, uint32_t member,
                    sr_Names **out) {
  sr_Names *N;
  size_t i;
  int rc = sr_names_new(A->S, &N);
  if (rc != SYMRUN_OK) return rc;
  N->slice = true;
  for (i = 0; i < A->sure.count && rc == SYMRUN_OK; i++)
    if (A->sure.at[i].file == file && A->sure.at[i].member == member)
      rc = put(A->S, &N->sure, &A->sure.at[i]);
  for (i = 0; i < A->extra.count && rc == SYMRUN_OK; i++)
    if (A->extra.at[i].file == file && A->extra.at[i].member == member)
      rc = put(A->S, &N->extra, &A->extra.at[i]);
  if (A->nterms > 0 && gap_in(A, file, member))
    for (i = 0; i < A->nterms && rc == SYMRUN_OK; i++)
      rc = put_term(N, &A->terms[i], &widest);
  if (rc == SYMRUN_OK) rc = finish(N, A, NULL);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}


/* -- answers -------------------------------------------------------------- */

int sr_names_any (const sr_Names *N) {
  if (N->sure.count > 0) return SR_YES;
  return N->extra.count == 0 && N->nterms == 0 ? SR_NO : SR_MAYBE;
}


int sr_names_exact (const sr_Names *N) {
  return N->extra.count == 0 && N->nterms == 0 ? SR_YES : SR_MAYBE;
}


int sr_names_has (const sr_Names *N, sr_Str name) {
  uint32_t id = sr_intern(N->S, &N->S->model->names, name.ptr, name.len);
  if (id == SR_NONE) return SYMRUN_NOMEM;
  if (among(&N->sure, id)) return SR_YES;
  return possible(N, id) ? SR_MAYBE : SR_NO;
}


int sr_names_within (const sr_Names *A, const sr_Names *B) {
  bool yes = A->nterms == 0;
  size_t i;
  for (i = 0; i < A->sure.count; i++) {
    if (!possible(B, A->sure.at[i].name)) return SR_NO;
    if (!among(&B->sure, A->sure.at[i].name)) yes = false;
  }
  for (i = 0; i < A->extra.count && yes; i++)
    if (!among(&B->sure, A->extra.at[i].name)) yes = false;
  return yes ? SR_YES : SR_MAYBE;
}


int sr_names_equal (const sr_Names *A, const sr_Names *B) {
  int ab = sr_names_within(A, B), ba = sr_names_within(B, A);
  if (ab == SR_NO || ba == SR_NO) return SR_NO;
  return ab == SR_YES && ba == SR_YES ? SR_YES : SR_MAYBE;
}


/* -- order ---------------------------------------------------------------- */

typedef struct Ordered { const char *ptr; size_t len; uint32_t at; } Ordered;

static int by_bytes (const void *a, const void *b) {
  const Ordered *x = (const Ordered *)a, *y = (const Ordered *)b;
  int c = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);
  return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}


int sr_names_order (sr_Names *N) {
  symrun *S = N->S;
  Ordered *list;
  size_t i, n = 0, room = N->sure.count + 1;
  if (N->order != NULL) return SYMRUN_OK;
  list = (Ordered *)sr_resize(S, NULL, 0, room * sizeof *list);
  if (list == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < N->sure.count; i++) {
    sr_Str s;
    if (i > 0 && N->sure.at[i].name == N->sure.at[i - 1].name) continue;
    s = sr_name_text(S, N->sure.at[i].name);
    list[n].ptr = s.ptr;
    list[n].len = s.len;
    list[n++].at = (uint32_t)i;
  }
  if (n > 1) qsort(list, n, sizeof *list, by_bytes);
  N->order = (uint32_t *)sr_resize(S, NULL, 0, (n + 1) * sizeof *N->order);
  if (N->order != NULL) {
    N->rorder = n + 1;
    N->unique = n;
    for (i = 0; i < n; i++) N->order[i] = list[i].at;
  }
  sr_delete(S, list, room * sizeof *list);
  return N->order != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}
