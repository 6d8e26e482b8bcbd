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
static unsigned kind_of (const sr_Taken *t, bool library) {
  static const unsigned char wants[] = {
    [SR_LOCAL] = WANTS, [SR_GLOBAL] = WANTS, [SR_WEAK] = NOTHING,
    [SR_UNIQUE] = WANTS, [SR_BINDING_OTHER] = ODD_WANTS
  };
  if (t->place == SR_UNDEFINED) return wants[t->binding];
  if (t->binding == SR_BINDING_OTHER)
    return library ? ODD_GIVES_WAY : ODD_STRONGLY;
  return t->binding != SR_GLOBAL || t->place == SR_COMMON || t->comdat
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


/* The references that come now are another member's. */
static int begin_run (sr_Index *X, uint32_t file, uint32_t member) {
  Run *run;
  int rc = sr_room(X->S, &X->runs, &X->rruns, X->nruns, sizeof *run);
  if (rc != SYMRUN_OK) return rc;
  run = &X->runs[X->nruns++];
  run->file = file;
  run->member = member;
  run->first = X->count;
  return SYMRUN_OK;
}


/* References of one member, whose names have numbers. */
static void put (sr_Index *X, const sr_Taken *list, size_t n) {
  unsigned char *facts = X->facts;
  Ref *ref = X->refs + X->count;
  size_t i;
  for (i = 0; i < n; i++) {
    unsigned kind = list[i].kind;
    Ref made = {list[i].id & (MOST_NAMES - 1), kind & 7};
    learn(&facts[list[i].id], tells[kind]);
    *ref = made;  /* those that give way are written over */
    ref += kind != GIVES_WAY;
  }
  X->count = (size_t)(ref - X->refs);
}


/* What each of them tells; those that are no reference to anything are left
   out. */
static size_t references (sr_Index *X, sr_Taken *list, size_t n,
                          bool library) {
  size_t i, k = 0;
  for (i = 0; i < n; i++) {
    unsigned kind = kind_of(&list[i], library);
    list[i].kind = (unsigned char)kind;
    X->odd |= kind >= ODD;
    if (SR_UNLIKELY(k != i)) list[k] = list[i];
    k += kind != NOTHING;
  }
  return k;
}


static int take (void *ud, const sr_Scan *scan, sr_Taken *list, size_t n) {
  sr_Index *X = (sr_Index *)ud;
  sr_Interned *names = &X->S->model->names;
  const Run *last = X->nruns > 0 ? &X->runs[X->nruns - 1] : NULL;
  uint32_t file = scan->file->id;
  bool library = scan->file->role == SR_ROLE_LIBRARY;
  bool runs_on = last != NULL && last->file == file;
  uint32_t member = runs_on ? last->member : SR_NONE;
  size_t first, i;
  int rc;
  n = references(X, list, n, library);
  rc = sr_intern_many(X->S, names, list, n);
  if (rc == SYMRUN_OK && names->count > MOST_NAMES) rc = sr_nomem(X->S);
  if (rc == SYMRUN_OK) rc = room_for(X, names->count, n);
  for (first = 0; first < n && rc == SYMRUN_OK; first = i) {
    for (i = first; i < n && list[i].member == list[first].member; i++) ;
    if (!runs_on || member != list[first].member)
      rc = begin_run(X, file, list[first].member);
    if (rc == SYMRUN_OK) put(X, list + first, i - first);
    member = list[first].member;
    runs_on = true;
  }
  return rc;
}


/* Nothing can be linked with an executable: what it defines is of no use to
   the objects beside it, and mostly their own. */
static int wants (void *ud, sr_File *F, sr_Scan *scan) {
  bool library = F->role == SR_ROLE_LIBRARY;
  (void)ud;
  if (F->role == SR_ROLE_EXECUTABLE) return SYMRUN_END;
  scan->ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED;
  scan->ask.view = library ? SR_DYNAMIC : SR_NATIVE;
  scan->ask.comdats = !library;
  return SYMRUN_OK;
}


static int done (void *ud, const sr_Scan *scan, bool asked) {
  return asked ? sr_names_unread(((sr_Index *)ud)->unread, scan) : SYMRUN_OK;
}


sr_Reading sr_index_reading (sr_Index *X) {
  sr_Reading how = {wants, take, done, X};
  return how;
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
      bool in = (ref->kind != STRONGLY)  /* one branch: it is hardly taken */
              & !(X->facts[ref->name] & DEFINED);
      if (SR_UNLIKELY(in) && wanted_name(X, ref->name, glob))
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
