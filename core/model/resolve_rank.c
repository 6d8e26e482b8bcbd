/*
** resolve_rank.c
** mold's manners: every name is first given to the best that any input has,
** linked or not; then what is reached from the objects is linked, and among
** that the choice is made once more.
**
** By rank: strong, weak, then strong and weak of what is not linked yet or
** shared, then common, then common that is not linked yet; between equals the
** first input.
*/

#include "resolve_inner.h"


static unsigned rank (const sr_Unit *U, const sr_Ref *ref) {
  bool far = U->library || (U->lazy && U->order == 0);
  bool weak = ref->kind == SR_REF_WEAK;
  if (ref->kind == SR_REF_COMMON) return far ? 6 : 5;
  return (far ? 3u : 1u) + weak;
}


static void offer (sr_Resolve *R, uint32_t unit, uint32_t ref) {
  const sr_Unit *U = &R->units[unit];
  const sr_Ref *r = &R->refs[ref];
  sr_Sym *s = &R->syms[r->name];
  if (U->library && r->hidden) return;
  if (s->unit != SR_NONE
      && rank(&R->units[s->unit], &R->refs[s->ref]) <= rank(U, r)) return;
  s->unit = unit;
  s->ref = ref;
}


/* An archive is read once, the first time. */
static bool is_again (const sr_Resolve *R, const sr_Unit *U) {
  return U->file != SR_NONE && R->inputs[U->input].again;
}


/* Give each name to the best of what may give it. */
static void choose (sr_Resolve *R, bool linked) {
  uint32_t u, i;
  for (i = 0; i < R->nsyms; i++) R->syms[i].unit = R->syms[i].ref = SR_NONE;
  for (u = 0; u < R->nunits; u++) {
    const sr_Unit *U = &R->units[u];
    if ((linked && U->order == 0) || is_again(R, U)) continue;
    for (i = U->first; i < U->first + U->count; i++)
      if (sr_ref_defines(&R->refs[i]) && !R->refs[i].discarded)
        offer(R, u, i);
  }
}


/* What a unit wants is linked; of a library also what it wants weakly.  A
   common symbol wants the definition that beat it. */
static int reach (sr_Resolve *R, uint32_t unit) {
  const sr_Unit *U = &R->units[unit];
  uint32_t i, first = U->first, end = first + U->count;
  bool library = U->library;
  for (i = first; i < end; i++) {
    const sr_Ref *ref = &R->refs[i];
    uint32_t name = sr_ref_name(R, &R->units[unit], ref);
    const sr_Sym *s = &R->syms[name];
    bool strongly = ref->kind == SR_REF_WANTS
                 || (library && ref->kind == SR_REF_WANTS_WEAKLY)
                 || (ref->kind == SR_REF_COMMON && s->unit != SR_NONE
                     && R->refs[s->ref].kind != SR_REF_COMMON);
    int rc;
    if (!sr_ref_defines(ref)) sr_name_want(R, unit, name, ref);
    if (!strongly || s->unit == SR_NONE || R->units[s->unit].order != 0)
      continue;
    rc = sr_unit_link(R, s->unit, unit, name);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


/* Groups belong to the first input that has them, of those that are linked. */
static void keep_groups (sr_Resolve *R) {
  uint32_t u, i;
  for (u = 0; u < R->nunits; u++) {
    const sr_Unit *U = &R->units[u];
    if (U->order == 0 || U->library) continue;
    for (i = U->first; i < U->first + U->count; i++)
      if (sr_ref_defines(&R->refs[i])) sr_ref_kept(R, u, &R->refs[i]);
  }
}


static void settle (sr_Resolve *R) {
  size_t i;
  for (i = 0; i < R->nsyms; i++) {
    sr_Sym *s = &R->syms[i];
    if (s->unit == SR_NONE)
      s->state = s->wanted != 0 ? SR_UNRESOLVED : SR_UNHEARD;
    else if (R->units[s->unit].library) s->state = SR_BY_LIBRARY;
    else s->state = R->refs[s->ref].kind == SR_REF_COMMON ? SR_TAKEN_COMMON
                                                          : SR_TAKEN;
  }
}


/* What nothing linked gives, something else still may offer. */
static void offer_rest (sr_Resolve *R) {
  uint32_t u, i;
  for (u = 0; u < R->nunits; u++) {
    const sr_Unit *U = &R->units[u];
    if (U->order != 0 || U->library) continue;
    for (i = U->first; i < U->first + U->count; i++) {
      sr_Sym *s = &R->syms[R->refs[i].name];
      if (!sr_ref_defines(&R->refs[i]) || s->state > SR_UNRESOLVED
          || (s->wanted & SR_STRONGLY)) continue;
      s->state = SR_OFFERED;
      s->unit = u;
      s->ref = i;
    }
  }
}


/* What was reached first does not matter. */
static void in_line_order (sr_Resolve *R) {
  uint32_t u;
  size_t n = 0;
  for (u = 0; u < R->nunits; u++) {
    if (R->units[u].order == 0) continue;
    R->linked[n] = u;
    R->units[u].order = (uint32_t)++n;
  }
}


static int want_entry (sr_Resolve *R) {
  const sr_Ref ref = {R->entry, SR_NONE, SR_REF_WANTS, false, false,
                        false};
  uint32_t unit;
  if (R->entry == SR_NONE) return SYMRUN_OK;
  sr_name_want(R, 0, R->entry, &ref);
  unit = R->syms[R->entry].unit;
  return unit == SR_NONE || R->units[unit].order != 0 ? SYMRUN_OK
       : sr_unit_link(R, unit, 0, R->entry);
}


int sr_resolve_rank (sr_Resolve *R) {
  uint32_t u;
  size_t i;
  int rc = SYMRUN_OK;
  for (u = 0; u < R->nunits && rc == SYMRUN_OK; u++) {
    const sr_Unit *U = &R->units[u];
    if (!U->lazy && !U->as_needed && !is_again(R, U))
      rc = sr_unit_link(R, u, SR_NONE, SR_NONE);
  }
  choose(R, false);
  if (rc == SYMRUN_OK) rc = want_entry(R);
  for (i = 0; i < R->nlinked && rc == SYMRUN_OK; i++)
    rc = reach(R, R->linked[i]);
  in_line_order(R);
  keep_groups(R);
  choose(R, true);
  settle(R);
  offer_rest(R);
  return rc;
}
