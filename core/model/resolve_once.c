/*
** resolve_once.c
** The manners of GNU ld and gold: the line is read once, and an archive gives
** only what was wanted before it.
**
** Both believe an archive's index: a name that it lacks is not found, though a
** member defines it, and where two members define a name, the index says which
** comes first.
*/

#include "resolve_inner.h"


/* What only a copy of a COMDAT group defines that was not taken is a name like
   any other that is wanted; gold looks for it in archives, too. */
static void meet_discarded (sr_Resolve *R, uint32_t unit, const sr_Ref *ref) {
  sr_Ref want = *ref;
  want.kind = R->linker == SR_GOLD && ref->kind != SR_REF_WEAK
            ? SR_REF_WANTS : SR_REF_WANTS_WEAKLY;
  sr_name_want(R, unit, ref->name, &want);
  R->syms[ref->name].lost = R->linker == SR_BFD;
}


static int take_unit (sr_Resolve *R, uint32_t unit, uint32_t by,
                      uint32_t name) {
  const sr_Unit *U;
  uint32_t i;
  int rc = sr_unit_link(R, unit, by, name);
  U = &R->units[unit];
  for (i = U->first; i < U->first + U->count && rc == SYMRUN_OK; i++) {
    sr_Ref *ref = &R->refs[i];
    if (!sr_ref_defines(ref))
      sr_name_want(R, unit, sr_ref_name(R, U, ref), ref);
    else if (U->library || sr_ref_kept(R, unit, ref))
      sr_sym_define(R, unit, i);
    else meet_discarded(R, unit, ref);
  }
  return rc;
}


static const sr_Ref *definition_in (const sr_Resolve *R, uint32_t unit,
                                    uint32_t name) {
  const sr_Unit *U = &R->units[unit];
  uint32_t i;
  for (i = U->first; i < U->first + U->count; i++)
    if (R->refs[i].name == name && sr_ref_defines(&R->refs[i]))
      return &R->refs[i];
  return NULL;
}


/* Does a name of the index take its member?  GNU ld has a definition replace a
   common symbol, so that a Fortran block is initialized. */
static bool takes (const sr_Resolve *R, const sr_Entered *e) {
  const sr_Sym *s = &R->syms[e->name];
  const sr_Ref *ref;
  if (s->state == SR_UNRESOLVED)
    return (s->wanted & SR_STRONGLY) != 0 && !s->lost;
  if (s->state == SR_TAKEN && s->unit == 0 && R->linker == SR_GOLD)
    return (s->wanted & SR_LINE_STRONGLY) != 0;  /* -u, despite --defsym */
  if (s->state != SR_TAKEN_COMMON || R->linker != SR_BFD) return false;
  ref = definition_in(R, e->unit, e->name);
  return ref != NULL
      && (ref->kind == SR_REF_STRONG || ref->kind == SR_REF_UNIQUE);
}


/* Go through the index until it has no more to give.  A name that was defined
   when it was looked at is not looked at again, whatever comes; and GNU ld
   begins again only for names that it had not heard of. */
static int visit (sr_Resolve *R, const sr_Taking *T) {
  bool again = true;
  uint32_t i;
  for (i = T->index; i < T->index + T->nindex; i++)
    R->index[i].settled = false;
  while (again) {
    size_t heard = R->heard;
    again = false;
    for (i = T->index; i < T->index + T->nindex; i++) {
      sr_Entered *e = &R->index[i];
      int rc;
      if (R->units[e->unit].order != 0 || e->settled) continue;
      e->settled = R->syms[e->name].state == SR_TAKEN
                || R->syms[e->name].state == SR_BY_LIBRARY;
      if (!takes(R, e)) continue;
      rc = take_unit(R, e->unit, sr_wanter(&R->syms[e->name]), e->name);
      if (rc != SYMRUN_OK) return rc;
      again = true;
    }
    if (R->linker == SR_BFD) again = R->heard != heard;
  }
  return SYMRUN_OK;
}


/* GNU ld links such a library if it gives what was wanted before it; what it
   says is forgotten otherwise. */
static bool is_needed (const sr_Resolve *R, const sr_Unit *U) {
  uint32_t i;
  if (!U->as_needed || R->linker != SR_BFD) return true;
  for (i = U->first; i < U->first + U->count; i++) {
    const sr_Ref *ref = &R->refs[i];
    const sr_Sym *s = &R->syms[ref->name];
    if (!sr_ref_defines(ref) || s->hidden) continue;
    if (s->state == SR_UNRESOLVED
        && (s->wanted & (SR_OBJECT_STRONGLY | SR_LIBRARY_STRONGLY)))
      return true;
    if (s->state == SR_TAKEN_COMMON && ref->kind == SR_REF_STRONG)
      return true;
  }
  return false;
}


/* Objects between --start-lib and --end-lib, looked at as gold does: one whose
   names are wanted is taken, in order, until none is. */
static int visit_lazy (sr_Resolve *R, const sr_Taking *T) {
  uint32_t i, k;
  int rc = SYMRUN_OK;
  for (i = T->first; i < T->first + T->count && rc == SYMRUN_OK; i++) {
    const sr_Unit *U = &R->units[i];
    if (U->order != 0) continue;
    for (k = U->first; k < U->first + U->count; k++) {
      const sr_Ref *ref = &R->refs[k];
      const sr_Sym *s = &R->syms[ref->name];
      if (!sr_ref_defines(ref) || s->state != SR_UNRESOLVED
          || !(s->wanted & SR_STRONGLY)) continue;
      rc = take_unit(R, i, s->by, ref->name);
      break;
    }
  }
  return rc;
}


static int take (sr_Resolve *R, const sr_Taking *T) {
  uint32_t i;
  int rc = SYMRUN_OK;
  if (T->count > 0 && R->units[T->first].lazy)
    return sr_file_is_archive(T->file) ? visit(R, T) : visit_lazy(R, T);
  for (i = T->first; i < T->first + T->count && rc == SYMRUN_OK; i++)
    if (R->units[i].order == 0 && is_needed(R, &R->units[i]))
      rc = take_unit(R, i, SR_NONE, SR_NONE);
  return rc;
}


/* Inputs up to '*last': one, or those of a group, which is gone through until
   no new name is wanted. */
static int take_group (sr_Resolve *R, size_t first, size_t *last) {
  unsigned group = R->inputs[first].group;
  size_t i, heard;
  int rc = SYMRUN_OK;
  for (*last = first + 1; group != 0 && *last < R->ninputs
       && R->inputs[*last].group == group; ++*last) ;
  do {
    heard = R->heard;
    for (i = first; i < *last && rc == SYMRUN_OK; i++)
      rc = take(R, &R->inputs[i]);
  } while (group != 0 && R->heard != heard && rc == SYMRUN_OK);
  return rc;
}


int sr_resolve_once (sr_Resolve *R) {
  const sr_Ref entry = {R->entry, SR_NONE, SR_REF_WANTS, false, false,
                        false};
  size_t i = 0;
  int rc = take_unit(R, 0, SR_NONE, SR_NONE);
  if (R->entry != SR_NONE) sr_name_want(R, 0, R->entry, &entry);
  while (i < R->ninputs && rc == SYMRUN_OK) rc = take_group(R, i, &i);
  if (rc != SYMRUN_OK) return rc;
  sr_define_by_line(R);
  if (R->linker == SR_GOLD) sr_drop_unneeded(R);
  return rc;
}
