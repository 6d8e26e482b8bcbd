/*
** index.c
** Who defines and who wants each name, over any number of files, in the order
** in which they were added.  One reference is four bytes, for those of one
** member stand together: a tree with a million of them fits into the memory of
** a browser tab, because no file stays open and no name is kept twice.
*/

#include "names.h"

/* What is known of a name.  Odd ones have a binding that no specification
   gives: they may be what they seem to be, or not. */
enum { DEFINED = 1, STRONG = 2, TWICE = 4, WANTED = 8, ODD_DEFINED = 16,
       ODD_WANTED = 32, ODD_STRONG = 64, ODD_TWICE = 128 };

/* What one reference tells. */
enum { NOTHING, GIVES_WAY, STRONGLY, WANTS, ODD, ODD_GIVES_WAY, ODD_STRONGLY,
       ODD_WANTS };
static const unsigned char tells[8] = {
  0, DEFINED, DEFINED | STRONG, WANTED,
  0, ODD_DEFINED, ODD_DEFINED | ODD_STRONG, ODD_WANTED
};

#define MOST_NAMES  ((uint32_t)1 << 29)

/* One that may be in an answer: definitions that give way never are. */
typedef struct Ref {
  uint32_t name : 29;
  uint32_t kind : 3;
} Ref;

/* All references of one member. */
typedef struct Run {
  uint32_t file, member;
  size_t first;           /* up to the next one's */
} Run;

struct sr_Index {
  symrun *S;
  Ref *refs;
  size_t count, room;
  Run *runs;
  size_t nruns, rruns;
  unsigned char *facts;   /* by name */
  size_t rfacts;
  bool odd;               /* some reference is */
  sr_Names *unread;       /* empty, but open for what could not be read */
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
  sr_delete(S, X->runs, X->rruns * sizeof *X->runs);
  sr_delete(S, X->facts, X->rfacts);
  sr_delete(S, X, sizeof *X);
}


/* -- filling -------------------------------------------------------------- */

typedef struct Adding {
  sr_Scan scan;
  sr_Index *X;
  bool library;
  size_t count;              /* of those that wait for their numbers */
  sr_Lookup looks[SR_MANY];
  unsigned char kinds[SR_MANY];
} Adding;

/* Room for facts about all names, and for 'more' references. */
static int room_for (sr_Index *X, size_t names, size_t more) {
  size_t had = X->rfacts;
  int rc = SYMRUN_OK;
  while (rc == SYMRUN_OK && names > X->rfacts)
    rc = sr_room(X->S, &X->facts, &X->rfacts, X->rfacts, 1);
  if (X->rfacts > had) memset(X->facts + had, 0, X->rfacts - had);
  while (rc == SYMRUN_OK && more > X->room - X->count)
    rc = sr_room(X->S, &X->refs, &X->room, X->room, sizeof *X->refs);
  return rc;
}


/* Weak, common and unique definitions give way to others, and so do those in
   COMDAT groups and a shared library's; only two strong ones clash. */
static unsigned kind_of (const sr_Symbol *sym, bool library) {
  static const unsigned char wants[] = {
    [SR_LOCAL] = WANTS, [SR_GLOBAL] = WANTS, [SR_WEAK] = NOTHING,
    [SR_UNIQUE] = WANTS, [SR_BINDING_OTHER] = ODD_WANTS
  };
  if (sym->place == SR_UNDEFINED) return wants[sym->binding];
  if (sym->binding == SR_BINDING_OTHER)
    return library ? ODD_GIVES_WAY : ODD_STRONGLY;
  return sym->binding != SR_GLOBAL || sym->place == SR_COMMON || sym->comdat
      || library ? GIVES_WAY : STRONGLY;
}


/* What is known of a name, when there is one more reference to it. */
static inline void learn (unsigned char *facts, unsigned what) {
  unsigned f = *facts;
  f |= (what & f & STRONG) << 1;  /* TWICE */
  if (SR_UNLIKELY((f | what) & ODD_STRONG)
      && (((what & STRONG) && (f & ODD_STRONG))
       || ((what & ODD_STRONG) && (f & (STRONG | ODD_STRONG)))))
    f |= ODD_TWICE;
  *facts = (unsigned char)(f | what);
}


/* Number those that wait, and keep them. */
static int flush (void *ud) {
  Adding *A = (Adding *)ud;
  sr_Index *X = A->X;
  sr_Interned *names = &X->S->model->names;
  size_t i, n = A->count;
  unsigned char *facts;
  Ref *ref;
  int rc = sr_intern_many(X->S, names, A->looks, n);
  A->count = 0;
  if (rc == SYMRUN_OK && names->count > MOST_NAMES) rc = sr_nomem(X->S);
  if (rc == SYMRUN_OK) rc = room_for(X, names->count, n);
  if (rc != SYMRUN_OK || n == 0) return rc;
  ref = X->refs + X->count;
  facts = X->facts;
  for (i = 0; i < n; i++) {
    uint32_t name = A->looks[i].id, kind = A->kinds[i];
    Ref made = {name & (MOST_NAMES - 1), kind & 7};
    learn(&facts[name], tells[kind]);
    *ref = made;  /* those that give way are written over */
    ref += kind != GIVES_WAY;
  }
  X->count = (size_t)(ref - X->refs);
  return SYMRUN_OK;
}


/* The references that come now are another member's.  None of the last one's
   waits any more. */
static int begin_run (Adding *A) {
  sr_Index *X = A->X;
  Run *run;
  int rc = sr_room(X->S, &X->runs, &X->rruns, X->nruns, sizeof *run);
  if (rc != SYMRUN_OK) return rc;
  run = &X->runs[X->nruns++];
  run->file = A->scan.file->id;
  run->member = A->scan.member;
  run->first = X->count;
  return SYMRUN_OK;
}


static bool runs_on (const Adding *A) {
  const sr_Index *X = A->X;
  const Run *run;
  if (X->nruns == 0) return false;
  run = &X->runs[X->nruns - 1];
  return run->member == A->scan.member && run->file == A->scan.file->id;
}


/* The rare parts of a symbol, and of a member's first one. */
static int prepare (Adding *A, const sr_Symbol *sym, unsigned kind) {
  uint32_t gap;
  int rc = A->count == 0 && !runs_on(A) ? begin_run(A) : SYMRUN_OK;
  if (kind < ODD || rc != SYMRUN_OK) return rc;
  A->X->odd = true;
  return sr_file_odd(A->scan.file, A->scan.member, A->scan.ask.view, sym,
                     &gap);
}


static int collect (void *ud, const sr_Symbol *sym) {
  Adding *A = (Adding *)ud;
  unsigned kind = kind_of(sym, A->library);
  sr_Lookup *look = &A->looks[A->count];
  if (kind == NOTHING) return SYMRUN_OK;
  if (SR_UNLIKELY(A->count == 0 || kind >= ODD)) {
    int rc = prepare(A, sym, kind);
    if (rc != SYMRUN_OK) return rc;
  }
  look->ptr = sym->name;
  look->len = sym->len;
  look->hash = sr_name_hash(sym->name, sym->len);
  sr_intern_soon(&A->X->S->model->names, look->hash);
  A->kinds[A->count++] = (unsigned char)kind;
  return A->count < SR_MANY ? SYMRUN_OK : flush(A);
}


/* Nothing can be linked with an executable: what it defines is of no use to
   the objects beside it, and mostly their own. */
int sr_index_add (sr_Index *X, sr_File *F) {
  Adding A;
  int rc = sr_file_probe(F);
  if (rc != SYMRUN_OK) return rc;
  if (F->role == SR_ROLE_EXECUTABLE) return sr_file_done(F);
  memset(&A.scan, 0, sizeof A.scan);
  A.X = X;
  A.count = 0;
  A.library = F->role == SR_ROLE_LIBRARY;
  A.scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED;
  A.scan.ask.view = A.library ? SR_DYNAMIC : SR_NATIVE;
  A.scan.ask.comdats = !A.library;
  A.scan.ask.each = collect;
  A.scan.ask.flush = flush;
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


static sr_Place place_of (const Run *run, const Ref *ref) {
  sr_Place place = {ref->name, run->file, run->member};
  return place;
}


/* Behind the last reference of run 'r'. */
static size_t end_of (const sr_Index *X, size_t r) {
  return r + 1 < X->nruns ? X->runs[r + 1].first : X->count;
}


/* The gaps that the odd symbols of a member left. */
static int odd_gaps (const sr_Index *X, const Run *run, sr_Names *N) {
  const sr_File *F = X->S->model->files[run->file];
  uint32_t i = F->members[run->member == SR_NONE ? 0 : run->member].gap;
  int rc = SYMRUN_OK;
  for (; i > 0 && rc == SYMRUN_OK; i = F->gaps[i - 1].before)
    if (F->gaps[i - 1].one) rc = sr_names_gap(N, F->id, i - 1);
  return rc;
}


/* One reference to a name that nothing surely defines. */
static int put_wanted (const sr_Index *X, const Run *run, const Ref *ref,
                       sr_Names *N) {
  unsigned facts = X->facts[ref->name], what = tells[ref->kind];
  sr_Place place = place_of(run, ref);
  int rc = SYMRUN_OK;
  if ((what & ODD_WANTED)
      || ((what & ODD_DEFINED) && (facts & (WANTED | ODD_WANTED))))
    rc = odd_gaps(X, run, N);
  if (rc != SYMRUN_OK || !(what & (WANTED | ODD_WANTED))) return rc;
  /* what could not be read may define any of them */
  if ((what & ODD_WANTED) || (facts & ODD_DEFINED) || X->unread->nterms > 0)
    return sr_places_put(X->S, &N->extra, &place);
  return sr_names_place(N, &place);
}


int sr_index_unresolved (sr_Index *X, const sr_Glob *glob, sr_Names **out) {
  sr_Names *N;
  size_t r, i = 0, end;
  int rc = sr_names_new(X->S, &N);
  if (rc != SYMRUN_OK) return rc;
  for (r = 0; r < X->nruns; r++)
    for (end = end_of(X, r); i < end && rc == SYMRUN_OK; i++) {
      const Ref *ref = &X->refs[i];
      if (ref->kind != STRONGLY && !(X->facts[ref->name] & DEFINED)
          && wanted_name(X, ref->name, glob))
        rc = put_wanted(X, &X->runs[r], ref, N);
    }
  if (rc == SYMRUN_OK) rc = sr_names_open_too(N, X->unread, glob);
  if (rc == SYMRUN_OK) rc = sr_names_done(N);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}


/* Strong definitions of names that have two. */
static int strong_twice (sr_Index *X, const sr_Glob *glob, sr_Names *N) {
  size_t r, i = 0, end;
  int rc = SYMRUN_OK;
  for (r = 0; r < X->nruns; r++)
    for (end = end_of(X, r); i < end && rc == SYMRUN_OK; i++) {
      const Ref *ref = &X->refs[i];
      if (ref->kind == STRONGLY && (X->facts[ref->name] & TWICE)
          && wanted_name(X, ref->name, glob)) {
        sr_Place place = place_of(&X->runs[r], ref);
        rc = sr_names_place(N, &place);
      }
    }
  return rc == SYMRUN_OK ? sr_places_sort(X->S, &N->sure) : rc;
}


/* A table may list a symbol twice: one place is no clash. */
static void two_places (sr_Places *P) {
  size_t i, n = 0;
  for (i = 0; i < P->count; i++)
    if ((n > 0 && P->at[n - 1].name == P->at[i].name)
        || (i + 1 < P->count && P->at[i + 1].name == P->at[i].name))
      P->at[n++] = P->at[i];
  P->count = n;
}


/* Definitions that clash if the odd ones among them are strong. */
static int odd_twice (const sr_Index *X, const sr_Glob *glob, sr_Names *N) {
  size_t r, i = 0, end;
  int rc = SYMRUN_OK;
  for (r = 0; r < X->nruns; r++)
    for (end = end_of(X, r); i < end && rc == SYMRUN_OK; i++) {
      const Ref *ref = &X->refs[i];
      sr_Place place = place_of(&X->runs[r], ref);
      if (!(X->facts[ref->name] & ODD_TWICE)
          || !(tells[ref->kind] & (STRONG | ODD_STRONG))
          || !wanted_name(X, ref->name, glob)) continue;
      rc = sr_places_put(X->S, &N->extra, &place);
      if (rc == SYMRUN_OK && ref->kind == ODD_STRONGLY)
        rc = odd_gaps(X, &X->runs[r], N);
    }
  return rc;
}


int sr_index_duplicates (sr_Index *X, const sr_Glob *glob, sr_Names **out) {
  sr_Names *N;
  int rc = sr_names_new(X->S, &N);
  if (rc != SYMRUN_OK) return rc;
  rc = strong_twice(X, glob, N);
  if (rc == SYMRUN_OK) two_places(&N->sure);
  if (rc == SYMRUN_OK && X->odd) rc = odd_twice(X, glob, N);
  if (rc == SYMRUN_OK) rc = sr_names_open_too(N, X->unread, glob);
  if (rc == SYMRUN_OK) rc = sr_names_done(N);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}
