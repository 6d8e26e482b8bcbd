/*
** index.c
** Who defines and who wants each name, over any number of files, in the order
** in which they were added.  One reference is twelve bytes and a letter: a
** tree with a million of them fits into the memory of a browser tab, because
** no file stays open and no name is kept twice.
*/

#include "names.h"

/* Odd ones have a binding that no specification gives: they may be what they
   seem to be, or not. */
enum { DEFINED = 1, STRONG = 2, TWICE = 4, WANTED = 8, ODD_DEFINED = 16,
       ODD_WANTED = 32, ODD_STRONG = 64, ODD_TWICE = 128 };

typedef struct Ref {
  sr_Place place;
  uint32_t what;   /* DEFINED, STRONG, WANTED, or the odd ones of these */
} Ref;

struct sr_Index {
  symrun *S;
  Ref *refs;
  size_t count, room;
  unsigned char *facts;  /* by name */
  size_t rfacts;
  sr_Names *unread;      /* empty, but open for what could not be read */
};


int sr_index_new (symrun *S, sr_Index **out) {
  sr_Index *X = (sr_Index *)sr_new(S, sizeof *X);
  int rc;
  if (X == NULL) return SYMRUN_NOMEM;
  X->S = S;
  rc = sr_names_new(S, &X->unread);
  if (rc == SYMRUN_OK) *out = X;
  else sr_delete(S, X, sizeof *X);
  return rc;
}


void sr_index_free (sr_Index *X) {
  symrun *S;
  if (X == NULL) return;
  S = X->S;
  sr_names_free(X->unread);
  sr_delete(S, X->refs, X->room * sizeof *X->refs);
  sr_delete(S, X->facts, X->rfacts);
  sr_delete(S, X, sizeof *X);
}


/* -- filling -------------------------------------------------------------- */

typedef struct Adding { sr_Scan scan; sr_Index *X; bool library; } Adding;

static int room_for (sr_Index *X, uint32_t name) {
  size_t had = X->rfacts;
  int rc = SYMRUN_OK;
  while (rc == SYMRUN_OK && name >= X->rfacts)
    rc = sr_room(X->S, &X->facts, &X->rfacts, X->rfacts, 1);
  if (X->rfacts > had) memset(X->facts + had, 0, X->rfacts - had);
  return rc;
}


/* Weak, common, unique and vague definitions give way to others, and so do a
   shared library's; only two strong ones clash. */
static unsigned what_is (const sr_Symbol *sym, bool library) {
  bool odd = sym->binding == SR_BINDING_OTHER;
  if (sym->place == SR_UNDEFINED)
    return odd ? ODD_WANTED : sym->binding == SR_WEAK ? 0 : WANTED;
  if (odd) return library ? ODD_DEFINED : ODD_DEFINED | ODD_STRONG;
  if (sym->binding != SR_GLOBAL || sym->place == SR_COMMON || library)
    return DEFINED;
  return DEFINED | STRONG;
}


/* What is known of a name, when there is one more reference to it. */
static void learn (unsigned char *facts, unsigned what) {
  unsigned f = *facts;
  if (what & f & STRONG) f |= TWICE;
  if (((what & STRONG) && (f & ODD_STRONG))
      || ((what & ODD_STRONG) && (f & (STRONG | ODD_STRONG)))) f |= ODD_TWICE;
  *facts = (unsigned char)(f | what);
}


static int collect (void *ud, const sr_Symbol *sym) {
  Adding *A = (Adding *)ud;
  sr_Index *X = A->X;
  unsigned what = what_is(sym, A->library);
  Ref *ref;
  uint32_t name, gap;
  int rc;
  if (what == 0) return SYMRUN_OK;
  name = sr_intern(X->S, &X->S->model->names, sym->name, sym->len);
  if (name == SR_NONE) return SYMRUN_NOMEM;
  rc = room_for(X, name);
  if (rc == SYMRUN_OK)
    rc = sr_room(X->S, &X->refs, &X->room, X->count, sizeof *X->refs);
  if (rc == SYMRUN_OK && sym->binding == SR_BINDING_OTHER)
    rc = sr_file_odd(A->scan.file, A->scan.member, A->scan.ask.view, sym,
                     &gap);
  if (rc != SYMRUN_OK) return rc;
  learn(&X->facts[name], what);
  ref = &X->refs[X->count++];
  ref->place.name = name;
  ref->place.file = A->scan.file->id;
  ref->place.member = A->scan.member;
  ref->what = what;
  return SYMRUN_OK;
}


/* Nothing can be linked with an executable: what it defines is of no use to
   the objects beside it, and mostly their own. */
int sr_index_add (sr_Index *X, sr_File *F) {
  Adding A;
  int rc = sr_file_probe(F);
  if (rc != SYMRUN_OK) return rc;
  if (F->role == SR_ROLE_EXECUTABLE) return sr_file_done(F);
  memset(&A, 0, sizeof A);
  A.X = X;
  A.library = F->role == SR_ROLE_LIBRARY;
  A.scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED;
  A.scan.ask.view = A.library ? SR_DYNAMIC : SR_NATIVE;
  A.scan.ask.each = collect;
  A.scan.ask.ud = &A;
  A.scan.only = SR_NONE;
  rc = sr_file_scan(F, &A.scan);
  return rc == SYMRUN_OK ? sr_names_unread(X->unread, &A.scan) : rc;
}


/* -- questions ------------------------------------------------------------ */

static bool wanted_name (const sr_Index *X, uint32_t name,
                         const sr_Glob *glob) {
  sr_Str s;
  if (glob == NULL) return true;
  s = sr_name_text(X->S, name);
  return sr_glob_match(glob, s.ptr, s.len);
}


/* The gaps that the odd symbols of a member left. */
static int odd_gaps (const sr_Index *X, const sr_Place *place, sr_Names *N) {
  const sr_File *F = X->S->model->files[place->file];
  uint32_t i = F->members[place->member == SR_NONE ? 0 : place->member].gap;
  int rc = SYMRUN_OK;
  for (; i > 0 && rc == SYMRUN_OK; i = F->gaps[i - 1].before)
    if (F->gaps[i - 1].one) rc = sr_names_gap(N, F->id, i - 1);
  return rc;
}


/* One reference to a name that nothing surely defines. */
static int put_wanted (const sr_Index *X, const Ref *ref, sr_Names *N) {
  unsigned facts = X->facts[ref->place.name];
  int rc = SYMRUN_OK;
  if ((ref->what & ODD_WANTED)
      || ((ref->what & ODD_DEFINED) && (facts & (WANTED | ODD_WANTED))))
    rc = odd_gaps(X, &ref->place, N);
  if (rc != SYMRUN_OK || !(ref->what & (WANTED | ODD_WANTED))) return rc;
  /* what could not be read may define any of them */
  if ((ref->what & ODD_WANTED) || (facts & ODD_DEFINED)
      || X->unread->nterms > 0)
    return sr_places_put(X->S, &N->extra, &ref->place);
  return sr_names_place(N, &ref->place);
}


int sr_index_unresolved (sr_Index *X, const sr_Glob *glob, sr_Names **out) {
  sr_Names *N;
  size_t i;
  int rc = sr_names_new(X->S, &N);
  if (rc != SYMRUN_OK) return rc;
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++) {
    const Ref *ref = &X->refs[i];
    if (!(X->facts[ref->place.name] & DEFINED)
        && wanted_name(X, ref->place.name, glob)) rc = put_wanted(X, ref, N);
  }
  if (rc == SYMRUN_OK) rc = sr_names_open_too(N, X->unread, glob);
  if (rc == SYMRUN_OK) rc = sr_names_done(N);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}


typedef struct Vague { sr_Scan scan; sr_Names *N; } Vague;

static int note_vague (void *ud, const sr_Symbol *sym) {
  Vague *V = (Vague *)ud;
  if (!sym->comdat) return SYMRUN_OK;
  return sr_names_put(V->N, V->scan.file, V->scan.member, sym->name, sym->len);
}


/* The places, among those of candidates, that are in COMDAT groups.  Only
   candidates need it, and finding out costs all section headers. */
static int find_vague (sr_Index *X, const sr_Names *candidates,
                       sr_Names *vague) {
  struct sr_Model *M = X->S->model;
  Vague V;
  size_t i, n;
  unsigned char *files = (unsigned char *)sr_new(X->S, M->nfiles);
  int rc = files != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
  for (i = 0; rc == SYMRUN_OK && i < candidates->sure.count; i++)
    files[candidates->sure.at[i].file] = 1;
  for (i = 0, n = M->nfiles; rc == SYMRUN_OK && i < n; i++) {
    if (!files[i]) continue;
    memset(&V, 0, sizeof V);
    V.N = vague;
    V.scan.ask.want = SR_WANT_DEFINED;
    V.scan.ask.letters = true;
    V.scan.ask.each = note_vague;
    V.scan.ask.ud = &V;
    V.scan.only = SR_NONE;
    rc = sr_file_scan(M->files[i], &V.scan);
  }
  sr_delete(X->S, files, M->nfiles);
  return rc == SYMRUN_OK ? sr_names_done(vague) : rc;
}


/* Strong definitions of names that two or more places have. */
static int strong_twice (sr_Index *X, const sr_Glob *glob,
                         sr_Names *candidates) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++) {
    uint32_t name = X->refs[i].place.name;
    if ((X->refs[i].what & STRONG) && (X->facts[name] & TWICE)
        && wanted_name(X, name, glob))
      rc = sr_names_place(candidates, &X->refs[i].place);
  }
  return rc == SYMRUN_OK ? sr_names_done(candidates) : rc;
}


/* Those candidates that are left twice when the vague places are gone. */
static int left_twice (const sr_Names *candidates, const sr_Names *vague,
                       sr_Names *out) {
  const sr_Places *P = &candidates->sure, *V = &vague->sure;
  size_t i, k = 0, first = 0;
  sr_Names *left;
  int rc = sr_names_new(out->S, &left);
  if (rc != SYMRUN_OK) return rc;
  for (i = 0; rc == SYMRUN_OK && i < P->count; i++) {
    while (k < V->count && sr_place_order(&V->at[k], &P->at[i]) < 0) k++;
    if (k == V->count || sr_place_order(&V->at[k], &P->at[i]) != 0)
      rc = sr_names_place(left, &P->at[i]);
  }
  for (i = 0; rc == SYMRUN_OK && i < left->sure.count; i++) {
    const sr_Place *p = left->sure.at;
    if (p[i].name != p[first].name) first = i;
    if (i == first + 1) rc = sr_names_place(out, &p[first]);
    if (i > first && rc == SYMRUN_OK) rc = sr_names_place(out, &p[i]);
  }
  sr_names_free(left);
  return rc;
}


/* Definitions that clash if the odd ones among them are strong. */
static int odd_twice (const sr_Index *X, const sr_Glob *glob, sr_Names *N) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++) {
    const Ref *ref = &X->refs[i];
    if (!(X->facts[ref->place.name] & ODD_TWICE)
        || !(ref->what & (STRONG | ODD_STRONG))
        || !wanted_name(X, ref->place.name, glob)) continue;
    rc = sr_places_put(X->S, &N->extra, &ref->place);
    if (rc == SYMRUN_OK && (ref->what & ODD_STRONG))
      rc = odd_gaps(X, &ref->place, N);
  }
  return rc;
}


int sr_index_duplicates (sr_Index *X, const sr_Glob *glob, sr_Names **out) {
  sr_Names *candidates = NULL, *vague = NULL, *N = NULL;
  int rc = sr_names_new(X->S, &candidates);
  if (rc == SYMRUN_OK) rc = sr_names_new(X->S, &vague);
  if (rc == SYMRUN_OK) rc = sr_names_new(X->S, &N);
  if (rc == SYMRUN_OK) rc = strong_twice(X, glob, candidates);
  if (rc == SYMRUN_OK && candidates->sure.count > 0)
    rc = find_vague(X, candidates, vague);
  if (rc == SYMRUN_OK) rc = left_twice(candidates, vague, N);
  if (rc == SYMRUN_OK) rc = odd_twice(X, glob, N);
  if (rc == SYMRUN_OK) rc = sr_names_open_too(N, X->unread, glob);
  if (rc == SYMRUN_OK) rc = sr_names_done(N);
  sr_names_free(candidates);
  sr_names_free(vague);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}
