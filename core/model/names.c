/*
** names.c
** Sets of names, with what is sure and what is only possible kept apart.
** The possible part may be without end ("any js_* name might stand in the
** member that could not be read"), so it is kept as a condition, and only
** questions that the condition decides are answered.
**
** A set is: places that are sure; places that are possible ('extra'); and
** open terms, each any name that some globs take, less a list.  maybe(A) is
** the union of the three.
*/

#include <stdlib.h>

#include "names.h"

#define MOST_TERMS  32  /* of one set */

static const uint32_t no_names = 0;  /* for a list that is empty */
const sr_Term sr_widest = {NULL, 0, &no_names, 0};


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
  size_t i;
  if (N == NULL) return;
  S = N->S;
  *N->link = N->next;
  if (N->next != NULL) N->next->link = N->link;
  sr_delete(S, N->sure.at, N->sure.room * sizeof(sr_Place));
  sr_delete(S, N->extra.at, N->extra.room * sizeof(sr_Place));
  sr_delete(S, N->terms, N->rterms * sizeof *N->terms);
  sr_delete(S, N->gaps, N->rgaps * sizeof *N->gaps);
  sr_delete(S, N->far, N->rfar * sizeof *N->far);
  for (i = 0; i < SR_HOMES; i++)
    sr_delete(S, N->homes[i].at, N->homes[i].room * sizeof(sr_Home));
  sr_delete(S, N->order, N->rorder * sizeof *N->order);
  sr_arena_free(S, &N->arena);
  sr_delete(S, N, sizeof *N);
}


int sr_places_put (symrun *S, sr_Places *P, const sr_Place *place) {
  int rc = sr_room(S, &P->at, &P->room, P->count, sizeof *P->at);
  if (rc == SYMRUN_OK) P->at[P->count++] = *place;
  return rc;
}


int sr_names_gap (sr_Names *N, uint32_t file, uint32_t gap) {
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


/* A set of very many terms becomes "any name": less is known then, and
   nothing wrong. */
int sr_names_term (sr_Names *N, const sr_Term *a, const sr_Term *b) {
  sr_Term *t;
  uint32_t *minus;
  size_t i, k;
  int rc = sr_room(N->S, &N->terms, &N->rterms, N->nterms, sizeof *t);
  if (rc != SYMRUN_OK) return rc;
  if (N->nterms == MOST_TERMS) {
    N->terms[0] = sr_widest;
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
  place.member = sr_file_has_members(F) ? member : SR_NONE;
  return sr_places_put(N->S, &N->sure, &place);
}


int sr_names_place (sr_Names *N, const sr_Place *place) {
  return sr_places_put(N->S, &N->sure, place);
}


/* Anything that 'glob' takes may be in. */
static int put_open (sr_Names *N, const sr_Glob *glob) {
  sr_Term term = sr_widest;
  const sr_Glob *globs[1];
  globs[0] = glob;
  term.globs = globs;
  term.nglobs = glob != NULL ? 1 : 0;
  return sr_names_term(N, &term, &sr_widest);
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
      rc = sr_names_gap(N, F->id, (uint32_t)i - 1);
    }
  }
  else for (i = 0; i < F->ngaps && rc == SYMRUN_OK; i++) {
    if (!sr_gap_concerns(F, &F->gaps[i], scan)) continue;
    open = true;
    rc = sr_names_gap(N, F->id, (uint32_t)i);
  }
  return open && rc == SYMRUN_OK ? put_open(N, scan->ask.glob) : rc;
}


static int wants (void *ud, sr_File *F, sr_Scan *scan) {
  const sr_Question *Q = ((const sr_Asking *)ud)->Q;
  (void)F;
  scan->ask.want = Q->want;
  scan->ask.view = Q->view;
  scan->ask.glob = Q->glob;
  scan->ask.comdats = Q->strong;
  scan->ask.versions = Q->view == SR_DYNAMIC
                       && (Q->want & SR_WANT_EXPORTED) != 0;
  scan->members = Q->members;
  scan->only = Q->only;
  return SYMRUN_OK;
}


/* Those that give way to no other definition, or nobody knows whether they
   do. */
static size_t strong_ones (sr_Taken *list, size_t n) {
  size_t i, k = 0;
  for (i = 0; i < n; i++) {
    const sr_Taken *t = &list[i];
    list[k] = *t;
    k += t->binding == SR_BINDING_OTHER
      || (t->binding == SR_GLOBAL && t->place != SR_COMMON && !t->comdat);
  }
  return k;
}


/* A binding that no specification gives may or may not be seen. */
static int take (void *ud, const sr_Scan *scan, sr_Taken *list, size_t n) {
  const sr_Asking *A = (const sr_Asking *)ud;
  sr_Names *N = A->N;
  size_t i;
  int rc;
  if (A->Q->strong) n = strong_ones(list, n);
  rc = sr_intern_many(N->S, &N->S->model->names, list, n);
  for (i = 0; i < n && rc == SYMRUN_OK; i++) {
    sr_Place place = {list[i].id, scan->file->id, list[i].member};
    bool odd = list[i].binding == SR_BINDING_OTHER;
    if (SR_UNLIKELY(odd)) rc = sr_names_gap(N, place.file, list[i].gap);
    if (rc == SYMRUN_OK)
      rc = sr_places_put(N->S, odd ? &N->extra : &N->sure, &place);
  }
  return rc;
}


static int done (void *ud, const sr_Scan *scan, bool asked) {
  return asked ? sr_names_unread(((const sr_Asking *)ud)->N, scan) : SYMRUN_OK;
}


sr_Reading sr_names_reading (sr_Asking *A) {
  sr_Reading how = {wants, take, done, A};
  return how;
}


int sr_names_ask (sr_Names *N, sr_File *F, const sr_Question *Q) {
  sr_Asking A = {N, Q};
  sr_Reading how = sr_names_reading(&A);
  return sr_read(N->S, &F, 1, &how);
}


typedef struct Text { sr_Names *N; sr_File *file; size_t prefix; } Text;

static bool is_word (unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
      || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'
      || c == '+' || c == ':';
}


/* A word that goes on where the bytes in sight end is longer than anybody's
   stamp; cut there it would be another word. */
static int found_text (void *ud, uint32_t member, const unsigned char *at,
                       size_t left, bool last) {
  Text *T = (Text *)ud;
  const char *word = (const char *)at + T->prefix;
  size_t n = 0;
  while (n < left - T->prefix && is_word((unsigned char)word[n])) n++;
  if (n == left - T->prefix && !last)
    return sr_fail(T->N->S, SYMRUN_UNKNOWN, "has a word after the text that is "
                   "looked for that goes on for more than %zu bytes", n);
  return n == 0 ? SYMRUN_OK : sr_names_put(T->N, T->file, member, word, n);
}


int sr_names_text (sr_Names *N, sr_File *F, const sr_Question *Q,
                   sr_Str prefix) {
  Text T = {N, F, prefix.len};
  sr_Scan scan;
  sr_Member *m;
  uint32_t i = Q->only != SR_NONE ? Q->only : 0;
  int rc = SYMRUN_OK, closed;
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
  closed = sr_file_done(F);
  if (rc >= 0) rc = closed;
  return rc == SYMRUN_OK ? sr_names_unread(N, &scan) : rc;
}


int sr_names_open_too (sr_Names *N, const sr_Names *unread,
                       const sr_Glob *glob) {
  size_t i;
  int rc = SYMRUN_OK;
  if (unread->nterms == 0) return SYMRUN_OK;
  for (i = 0; i < unread->ngaps && rc == SYMRUN_OK; i++)
    rc = sr_names_gap(N, unread->gaps[i].file, unread->gaps[i].gap);
  return rc == SYMRUN_OK ? put_open(N, glob) : rc;
}


static int by_gap (const void *a, const void *b) {
  const sr_GapRef *x = (const sr_GapRef *)a, *y = (const sr_GapRef *)b;
  if (x->file != y->file) return x->file < y->file ? -1 : 1;
  return x->gap < y->gap ? -1 : x->gap > y->gap;
}


/* Places that are sure are not possible as well; a name that is sure may stand
   in further places that are only possible. */
static void strip_sure (sr_Names *N) {
  sr_Places *P = &N->sure, *X = &N->extra;
  size_t i, k = 0, n = 0;
  N->unsure = false;
  for (i = 0; i < X->count; i++) {
    while (k < P->count && sr_place_order(&P->at[k], &X->at[i]) < 0) k++;
    if (k < P->count && sr_place_order(&P->at[k], &X->at[i]) == 0) continue;
    if (!sr_places_have(P, X->at[i].name)) N->unsure = true;
    X->at[n++] = X->at[i];
  }
  X->count = n;
}


static size_t sort_gaps (sr_GapRef *gaps, size_t count) {
  size_t i, n = 0;
  if (count > 1) qsort(gaps, count, sizeof *gaps, by_gap);
  for (i = 0; i < count; i++)
    if (n == 0 || by_gap(&gaps[n - 1], &gaps[i]) != 0) gaps[n++] = gaps[i];
  return n;
}


int sr_names_done (sr_Names *N) {
  int rc = sr_places_sort(N->S, &N->sure);
  if (rc == SYMRUN_OK) rc = sr_places_sort(N->S, &N->extra);
  if (rc != SYMRUN_OK) return rc;
  N->unique = sr_places_names(&N->sure);
  strip_sure(N);
  N->ngaps = sort_gaps(N->gaps, N->ngaps);
  N->nfar = sort_gaps(N->far, N->nfar);
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


bool sr_places_have (const sr_Places *P, uint32_t name) {
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


bool sr_names_may (const sr_Names *N, uint32_t name) {
  size_t i;
  if (sr_places_have(&N->sure, name) || sr_places_have(&N->extra, name))
    return true;
  for (i = 0; i < N->nterms; i++)
    if (taken(N->S, &N->terms[i], name)) return true;
  return false;
}


/* -- answers -------------------------------------------------------------- */

int sr_names_any (const sr_Names *N) {
  if (N->sure.count > 0) return SR_YES;
  return N->extra.count == 0 && N->nterms == 0 ? SR_NO : SR_MAYBE;
}


int sr_names_exact (const sr_Names *N) {
  return !N->unsure && N->nterms == 0 ? SR_YES : SR_MAYBE;
}


int sr_names_placed (const sr_Names *N) {
  return N->extra.count == 0 && N->nterms == 0 && N->nfar == 0 ? SR_YES
                                                               : SR_MAYBE;
}


int sr_names_placed_one (const sr_Names *N, uint32_t name) {
  size_t i;
  if (N->nfar > 0 || sr_places_have(&N->extra, name)) return SR_MAYBE;
  for (i = 0; i < N->nterms; i++)
    if (taken(N->S, &N->terms[i], name)) return SR_MAYBE;
  return SR_YES;
}


int sr_names_has (const sr_Names *N, sr_Str name) {
  uint32_t id = sr_intern(N->S, &N->S->model->names, name.ptr, name.len);
  if (id == SR_NONE) return SYMRUN_NOMEM;
  if (sr_places_have(&N->sure, id)) return SR_YES;
  return sr_names_may(N, id) ? SR_MAYBE : SR_NO;
}


int sr_names_within (const sr_Names *A, const sr_Names *B) {
  bool yes = A->nterms == 0;
  size_t i;
  for (i = 0; i < A->sure.count; i++) {
    if (!sr_names_may(B, A->sure.at[i].name)) return SR_NO;
    if (!sr_places_have(&B->sure, A->sure.at[i].name)) yes = false;
  }
  for (i = 0; i < A->extra.count && yes; i++)
    if (!sr_places_have(&B->sure, A->extra.at[i].name)) yes = false;
  return yes ? SR_YES : SR_MAYBE;
}


int sr_names_equal (const sr_Names *A, const sr_Names *B) {
  int ab = sr_names_within(A, B), ba = sr_names_within(B, A);
  if (ab == SR_NO || ba == SR_NO) return SR_NO;
  return ab == SR_YES && ba == SR_YES ? SR_YES : SR_MAYBE;
}
