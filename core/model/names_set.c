/*
** names_set.c
** The algebra of sets, and what of a set stands in one member.  With sX for
** what is sure and mX for what is possible:
**   A+B = (sA|sB, mA|mB)   A*B = (sA&sB, mA&mB)   A-B = (sA-mB, mA-sB)
*/

#include <stdlib.h>

#include "names.h"


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
      int rc = sr_places_put(out->S, to, &P->at[i]);
      if (rc != SYMRUN_OK) return rc;
    }
  }
  return SYMRUN_OK;
}


static bool is_sure (const sr_Names *N, uint32_t name) {
  return sr_places_have(&N->sure, name);
}


static bool always (const sr_Names *N, uint32_t name) {
  (void)N; (void)name;
  return true;
}


static int plus (const sr_Names *A, const sr_Names *B, sr_Names *out) {
  size_t i;
  int rc = pass(out, &out->sure, &A->sure, B, always, true);
  if (rc == SYMRUN_OK) rc = pass(out, &out->sure, &B->sure, A, always, true);
  if (rc == SYMRUN_OK) rc = pass(out, &out->extra, &A->extra, B, always, true);
  if (rc == SYMRUN_OK) rc = pass(out, &out->extra, &B->extra, A, always, true);
  for (i = 0; i < A->nterms && rc == SYMRUN_OK; i++)
    rc = sr_names_term(out, &A->terms[i], &sr_widest);
  for (i = 0; i < B->nterms && rc == SYMRUN_OK; i++)
    rc = sr_names_term(out, &B->terms[i], &sr_widest);
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
  if (rc == SYMRUN_OK)
    rc = pass(out, &out->extra, &A->sure, B, sr_names_may, true);
  if (rc == SYMRUN_OK)
    rc = pass(out, &out->extra, &A->extra, B, sr_names_may, true);
  if (rc == SYMRUN_OK && A->nterms > 0)
    rc = pass(out, &out->extra, &B->sure, A, sr_names_may, true);
  if (rc == SYMRUN_OK && A->nterms > 0)
    rc = pass(out, &out->extra, &B->extra, A, sr_names_may, true);
  for (i = 0; i < A->nterms; i++)
    for (k = 0; k < B->nterms && rc == SYMRUN_OK; k++)
      if (!apart(&A->terms[i], &B->terms[k]))
        rc = sr_names_term(out, &A->terms[i], &B->terms[k]);
  return rc;
}


static int minus (const sr_Names *A, const sr_Names *B, sr_Names *out) {
  sr_Term less = sr_widest;
  size_t i, k, n = 0;
  uint32_t *list;
  int rc = pass(out, &out->sure, &A->sure, B, sr_names_may, false);
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
    rc = sr_names_term(out, &A->terms[i], &less);
  return rc;
}


static int gaps_of (sr_Names *out, const sr_Names *N) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < N->ngaps && rc == SYMRUN_OK; i++)
    rc = sr_names_gap(out, N->gaps[i].file, N->gaps[i].gap);
  return rc;
}


static int far_from (sr_Names *out, const sr_GapRef *gaps, size_t count) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    rc = sr_room(out->S, &out->far, &out->rfar, out->nfar, sizeof *out->far);
    if (rc == SYMRUN_OK) out->far[out->nfar++] = gaps[i];
  }
  return rc;
}


/* In A+B and A-B the open parts stay that may hold further places of names
   that are sure; in A*B only those are left that B is open for, too. */
static int places_unknown (sr_Names *out, const sr_Names *A, const sr_Names *B,
                           int op) {
  int rc = far_from(out, A->far, A->nfar);
  if (rc == SYMRUN_OK && op == SR_PLUS) rc = far_from(out, B->far, B->nfar);
  if (rc == SYMRUN_OK && op == SR_TIMES && A->nterms > 0)
    rc = far_from(out, A->gaps, A->ngaps);
  return rc;
}


/* Close a set that was made of others: gaps matter while it is open. */
static int finish (sr_Names *N, const sr_Names *A, const sr_Names *B) {
  int rc = sr_names_done(N);
  if (rc != SYMRUN_OK || (N->extra.count == 0 && N->nterms == 0)) return rc;
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
  if (rc == SYMRUN_OK) rc = places_unknown(N, A, B, op);
  if (rc == SYMRUN_OK) rc = finish(N, A, B);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}


/* -- members -------------------------------------------------------------- */

static uint64_t home_of (uint32_t file, uint32_t member) {
  return (uint64_t)file << 32 | (uint32_t)(member + 1);
}


/* A file that is no archive is one home, with all that it could not tell. */
static uint64_t home_of_gap (const symrun *S, const sr_GapRef *ref) {
  const sr_File *F = S->model->files[ref->file];
  return home_of(ref->file, sr_file_has_members(F) ? F->gaps[ref->gap].member
                                                  : SR_NONE);
}


static int by_home (const void *a, const void *b) {
  const sr_Home *x = (const sr_Home *)a, *y = (const sr_Home *)b;
  if (x->home != y->home) return x->home < y->home ? -1 : 1;
  return x->at < y->at ? -1 : x->at > y->at;
}


static int house (symrun *S, sr_Homes *H, const sr_Places *P,
                  const sr_GapRef *gaps, size_t count) {
  size_t i;
  if (count == 0 || H->count == count) return SYMRUN_OK;
  H->at = (sr_Home *)sr_resize(S, NULL, 0, count * sizeof *H->at);
  if (H->at == NULL) return SYMRUN_NOMEM;
  H->count = H->room = count;
  for (i = 0; i < count; i++) {
    H->at[i].at = (uint32_t)i;
    H->at[i].home = P != NULL ? home_of(P->at[i].file, P->at[i].member)
                              : home_of_gap(S, &gaps[i]);
  }
  qsort(H->at, count, sizeof *H->at, by_home);
  return SYMRUN_OK;
}


int sr_names_house (sr_Names *N) {
  symrun *S = N->S;
  sr_Homes *H = N->homes;
  const sr_Places *P = &N->sure, *X = &N->extra;
  int rc;
  if (N->housed) return SYMRUN_OK;
  rc = house(S, &H[SR_HOMES_SURE], P, NULL, P->count);
  if (rc == SYMRUN_OK) rc = house(S, &H[SR_HOMES_EXTRA], X, NULL, X->count);
  if (rc == SYMRUN_OK)
    rc = house(S, &H[SR_HOMES_GAPS], NULL, N->gaps, N->ngaps);
  if (rc == SYMRUN_OK) rc = house(S, &H[SR_HOMES_FAR], NULL, N->far, N->nfar);
  N->housed = (rc == SYMRUN_OK);
  return rc;
}


/* The first at home in some place, if any is. */
static size_t first_at (const sr_Homes *H, uint64_t home) {
  size_t low = 0, high = H->count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (H->at[mid].home < home) low = mid + 1;
    else high = mid;
  }
  return low;
}


static bool at_home (const sr_Homes *H, uint64_t home) {
  size_t i = first_at(H, home);
  return i < H->count && H->at[i].home == home;
}


static int take (symrun *S, sr_Places *to, const sr_Places *P,
                 const sr_Homes *H, uint64_t home) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = first_at(H, home); i < H->count && H->at[i].home == home
       && rc == SYMRUN_OK; i++)
    rc = sr_places_put(S, to, &P->at[H->at[i].at]);
  return rc;
}


/* Any of A's names may stand here as well. */
static int take_any (sr_Names *N, const sr_Names *A, uint32_t file,
                     uint32_t member) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < A->sure.count && rc == SYMRUN_OK; i++) {
    sr_Place place = {A->sure.at[i].name, file, member};
    if (i == 0 || A->sure.at[i - 1].name != place.name)
      rc = sr_places_put(N->S, &N->extra, &place);
  }
  return rc == SYMRUN_OK ? far_from(N, A->far, A->nfar) : rc;
}


int sr_names_slice (sr_Names *A, uint32_t file, uint32_t member,
                    sr_Names **out) {
  uint64_t home = home_of(file, member);
  const sr_Homes *H = A->homes;
  sr_Names *N;
  size_t i;
  int rc = sr_names_house(A);
  if (rc == SYMRUN_OK) rc = sr_names_new(A->S, &N);
  if (rc != SYMRUN_OK) return rc;
  N->slice = true;
  rc = take(A->S, &N->sure, &A->sure, &H[SR_HOMES_SURE], home);
  if (rc == SYMRUN_OK)
    rc = take(A->S, &N->extra, &A->extra, &H[SR_HOMES_EXTRA], home);
  if (rc == SYMRUN_OK && at_home(&H[SR_HOMES_FAR], home))
    rc = take_any(N, A, file, member);
  if (A->nterms > 0 && at_home(&H[SR_HOMES_GAPS], home))
    for (i = 0; i < A->nterms && rc == SYMRUN_OK; i++)
      rc = sr_names_term(N, &A->terms[i], &sr_widest);
  if (rc == SYMRUN_OK) rc = finish(N, A, NULL);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}
