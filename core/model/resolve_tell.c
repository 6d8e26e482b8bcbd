/*
** resolve_tell.c
** Answers about a link that was resolved.
**
** What could not be read may have changed anything that came after it, and
** some of what came before: only a strong definition that is linked in any
** case, and stands before all gaps, is certain to win.
*/

#include "resolve_inner.h"
#include "names.h"


size_t sr_resolve_units (const sr_Resolve *R) { return R->nunits; }


const sr_Unit *sr_resolve_unit (const sr_Resolve *R, size_t i) {
  return i < R->nunits ? &R->units[i] : NULL;
}


const sr_Unit *sr_resolve_linked (const sr_Resolve *R, size_t i) {
  return i < R->nlinked ? &R->units[R->linked[i]] : NULL;
}


const sr_Ref *sr_resolve_refs (const sr_Resolve *R, const sr_Unit *U) {
  return &R->refs[U->first];
}


const sr_Names *sr_resolve_unread (const sr_Resolve *R) { return R->unread; }


const sr_Names *sr_resolve_perhaps (const sr_Resolve *R) {
  return R->perhaps;
}


const sr_Ref *sr_resolve_about (const sr_Resolve *R, uint32_t name,
                                size_t *i) {
  for (; *i < R->nunits; ++*i) {
    const sr_Unit *U = &R->units[*i];
    const sr_Ref *want = NULL;
    uint32_t k;
    for (k = U->first; k < U->first + U->count; k++) {
      if (R->refs[k].name != name) continue;
      if (sr_ref_defines(&R->refs[k])) return &R->refs[k];
      if (want == NULL || R->refs[k].kind == SR_REF_WANTS) want = &R->refs[k];
    }
    if (want != NULL) return want;
  }
  return NULL;
}


static bool is_sure (const sr_Resolve *R, const sr_Sym *s) {
  const sr_Unit *U;
  bool once = R->linker == SR_BFD || R->linker == SR_GOLD;
  if (s->perhaps) return false;
  if (R->gap == SIZE_MAX) return true;
  if (s->state != SR_TAKEN || R->refs[s->ref].kind != SR_REF_STRONG)
    return false;
  U = &R->units[s->unit];
  return s->unit == 0
      || (U->by == SR_NONE && U->input < R->gap)
      || (once && U->input < R->group_gap);
}


void sr_resolve_winner (const sr_Resolve *R, uint32_t name, sr_Winner *out) {
  static const sr_Sym unheard = {SR_NONE, SR_NONE, SR_NONE, SR_NONE,
                                 SR_UNHEARD, 0, false, false, false,
                                 false};
  const sr_Sym *s = name < R->nsyms ? &R->syms[name] : &unheard;
  memset(out, 0, sizeof *out);
  out->state = (sr_State)s->state;
  out->wanted = s->wanted != 0;
  out->strongly = (s->wanted & SR_STRONGLY) != 0;
  if (s->unit != SR_NONE) {
    out->unit = &R->units[s->unit];
    out->ref = &R->refs[s->ref];
  }
  out->by = s->by != SR_NONE ? &R->units[s->by] : NULL;
  out->sure = is_sure(R, s);
}


/* -- sets ----------------------------------------------------------------- */

/* Does a reference of a linked unit belong into a set? */
typedef bool (*Takes) (const sr_Resolve *R, const sr_Unit *U,
                       const sr_Ref *ref, const unsigned char *facts);

static bool fits (const sr_Resolve *R, uint32_t name, const sr_Glob *glob) {
  sr_Str s;
  if (glob == NULL) return true;
  s = sr_name_text(R->S, name);
  return sr_glob_match(glob, s.ptr, s.len);
}


/* At what could not be read, none of these is certain. */
static int gather (sr_Resolve *R, const sr_Glob *glob, Takes takes,
                   const unsigned char *facts, sr_Names **out) {
  sr_Names *N;
  size_t i;
  uint32_t k;
  int rc = sr_names_new(R->S, &N);
  if (rc != SYMRUN_OK) return rc;
  for (i = 0; i < R->nlinked && rc == SYMRUN_OK; i++) {
    const sr_Unit *U = &R->units[R->linked[i]];
    if (U->file == SR_NONE || U->order == 0) continue;
    for (k = U->first; k < U->first + U->count && rc == SYMRUN_OK; k++) {
      const sr_Ref *ref = &R->refs[k];
      sr_Place place = {sr_ref_name(R, U, ref), U->file, U->member};
      if (!takes(R, U, ref, facts) || !fits(R, place.name, glob)) continue;
      rc = is_sure(R, &R->syms[place.name])
         ? sr_names_place(N, &place)
         : sr_places_put(R->S, &N->extra, &place);
    }
  }
  if (rc == SYMRUN_OK) rc = sr_names_open_too(N, R->unread, glob);
  for (i = 0; i < R->perhaps->ngaps && rc == SYMRUN_OK; i++)
    if (N->extra.count > 0)
      rc = sr_names_gap(N, R->perhaps->gaps[i].file, R->perhaps->gaps[i].gap);
  if (rc == SYMRUN_OK) rc = sr_names_done(N);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}


/* For bfd a weak reference is none when anybody wants the name strongly, for
   gold when a library does, for lld when the line does; for Apple's linkers
   it is one like any other, unless a library has the name. */
static bool is_unresolved (const sr_Resolve *R, const sr_Unit *U,
                           const sr_Ref *ref, const unsigned char *facts) {
  uint32_t name = sr_ref_name(R, U, ref);
  const sr_Sym *s = &R->syms[name];
  unsigned strongly = R->linker == SR_BFD ? SR_STRONGLY
                    : R->linker == SR_GOLD ? SR_LIBRARY_STRONGLY
                    : R->linker != SR_MOLD ? SR_LINE_STRONGLY : 0;
  (void)facts;
  if (U->library || s->state != SR_UNRESOLVED) return false;
  if (R->linker == SR_LLD_MACHO || R->linker == SR_LD64) return true;
  if (name != ref->name && !(s->wanted & SR_STRONGLY)) return false;
  return ref->kind == SR_REF_WANTS
      || (ref->kind == SR_REF_WANTS_WEAKLY && (s->wanted & strongly));
}


int sr_resolve_unresolved (sr_Resolve *R, const sr_Glob *glob,
                           sr_Names **out) {
  return gather(R, glob, is_unresolved, NULL, out);
}


/* For lld-link two weak definitions clash, too; one does not with a strong
   one. */
static bool clashes (const sr_Resolve *R, const sr_Unit *U,
                     const sr_Ref *ref) {
  bool strong = ref->kind == SR_REF_STRONG || ref->kind == SR_REF_UNIQUE;
  bool weak = ref->kind == SR_REF_WEAK && R->linker == SR_LLD_LINK
           && R->syms[ref->name].state == SR_TAKEN
           && R->refs[R->syms[ref->name].ref].kind == SR_REF_WEAK;
  return (strong || weak) && !ref->discarded && !U->library;
}


static bool is_twice (const sr_Resolve *R, const sr_Unit *U,
                      const sr_Ref *ref, const unsigned char *facts) {
  if (R->linker == SR_MOLD && R->syms[ref->name].unit == 0) return false;
  return clashes(R, U, ref) && facts[ref->name] > 1;
}


int sr_resolve_duplicates (sr_Resolve *R, const sr_Glob *glob,
                           sr_Names **out) {
  unsigned char *facts = (unsigned char *)sr_new(R->S, R->nsyms + 1);
  size_t i;
  uint32_t k;
  int rc;
  if (facts == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < R->nlinked; i++) {
    const sr_Unit *U = &R->units[R->linked[i]];
    for (k = U->first; k < U->first + U->count; k++) {
      const sr_Ref *ref = &R->refs[k];
      if (U->file == SR_NONE || !clashes(R, U, ref)) continue;
      if (facts[ref->name] < 2) facts[ref->name]++;
    }
  }
  rc = gather(R, glob, is_twice, facts, out);
  sr_delete(R->S, facts, R->nsyms + 1);
  return rc;
}


static bool is_given (const sr_Resolve *R, const sr_Unit *U,
                      const sr_Ref *ref, const unsigned char *facts) {
  const sr_Sym *s = &R->syms[ref->name];
  (void)facts;
  return s->state >= SR_BY_LIBRARY && ref == &R->refs[s->ref]
      && U == &R->units[s->unit];
}


int sr_resolve_given (sr_Resolve *R, const sr_Glob *glob, sr_Names **out) {
  return gather(R, glob, is_given, NULL, out);
}
