/*
** resolve_eager.c
** LLD's manners: a member is linked the moment that a name of it is wanted,
** wherever its archive stands; until then its names are only offered.
**
** LLVM's lld for COFF takes members from a queue that begins with all of the
** line, so that an object at its end still comes before any member.
*/

#include "resolve_inner.h"

/* A unit of which not all wants have been looked at. */
typedef struct Frame { uint32_t unit, next; } Frame;

typedef struct Run {
  sr_Resolve *R;
  Frame *stack;
  size_t count, room;
  uint32_t *queue;        /* units that wait, for linkers that have one */
  size_t first, last, rqueue;
  bool queues;
} Run;


/* lld up to 14 never sees what is in a copy of a COMDAT group that is not
   taken; since then all copies compete, and one that won and is not taken
   leaves the name without definition. */
static void define_all (sr_Resolve *R, uint32_t unit) {
  const sr_Unit *U = &R->units[unit];
  uint32_t i;
  for (i = U->first; i < U->first + U->count; i++) {
    sr_Ref *ref = &R->refs[i];
    if (!sr_ref_defines(ref)) continue;
    if (sr_ref_kept(R, unit, ref) || R->linker == SR_LLD)
      sr_sym_define(R, unit, i);
  }
}


/* All that it gives, before anything that it wants. */
static int enter (Run *run, uint32_t unit, uint32_t by, uint32_t name) {
  sr_Resolve *R = run->R;
  int rc = sr_unit_link(R, unit, by, name);
  if (rc == SYMRUN_OK)
    rc = sr_room(R->S, &run->stack, &run->room, run->count,
                 sizeof *run->stack);
  if (rc != SYMRUN_OK) return rc;
  if (R->units[unit].file != SR_NONE) define_all(R, unit);
  run->stack[run->count].unit = unit;
  run->stack[run->count++].next = R->units[unit].first;
  return SYMRUN_OK;
}


/* A member that is wanted. */
static int extract (Run *run, uint32_t unit, uint32_t by, uint32_t name) {
  sr_Resolve *R = run->R;
  sr_Unit *U = &R->units[unit];
  int rc;
  if (U->order != 0) return SYMRUN_OK;
  if (!run->queues) return enter(run, unit, by, name);
  R->syms[name].pending = true;
  if (U->by != SR_NONE) return SYMRUN_OK;  /* it waits already */
  U->by = by;
  U->name = name;
  rc = sr_room(R->S, &run->queue, &run->rqueue, run->last,
               sizeof *run->queue);
  if (rc == SYMRUN_OK) run->queue[run->last++] = unit;
  return rc;
}


static int want_name (Run *run, uint32_t unit, uint32_t name,
                      const sr_Ref *ref) {
  sr_Resolve *R = run->R;
  sr_Sym *s = &R->syms[name];
  sr_name_want(R, unit, name, ref);
  if (s->state != SR_OFFERED || !(s->wanted & SR_STRONGLY)) return SYMRUN_OK;
  return extract(run, s->unit, unit, name);
}


/* What --defsym wants waits until the end. */
static int want (Run *run, uint32_t unit, const sr_Ref *ref) {
  return unit == 0 && ref->group != SR_NONE ? SYMRUN_OK
       : want_name(run, unit, ref->name, ref);
}


/* What is only in a copy that is not taken is wanted like any other name. */
static int want_discarded (Run *run, uint32_t unit, const sr_Ref *ref) {
  sr_Ref strong = *ref;
  if (!ref->discarded || run->R->linker != SR_LLD_14) return SYMRUN_OK;
  strong.kind = ref->kind == SR_REF_WEAK ? SR_REF_WANTS_WEAKLY : SR_REF_WANTS;
  return want_name(run, unit, ref->name, &strong);
}


/* Until all that is wanted has been looked at. */
static int settle (Run *run) {
  sr_Resolve *R = run->R;
  int rc = SYMRUN_OK;
  while (run->count > 0 && rc == SYMRUN_OK) {
    Frame *f = &run->stack[run->count - 1];
    const sr_Unit *U = &R->units[f->unit];
    if (f->next == U->first + U->count) run->count--;
    else {
      const sr_Ref *ref = &R->refs[f->next++];
      rc = sr_ref_defines(ref) ? want_discarded(run, f->unit, ref)
                               : want(run, f->unit, ref);
    }
  }
  return rc;
}


static int link_now (Run *run, uint32_t unit) {
  int rc = enter(run, unit, SR_NONE, SR_NONE);
  return rc == SYMRUN_OK ? settle(run) : rc;
}


/* A name of a member is there to be had; one that is wanted already takes the
   member.  Up to version 14, so does a common symbol that the member
   initializes, as Fortran needs it. */
static int offer (Run *run, uint32_t unit, uint32_t name, uint32_t ref) {
  sr_Resolve *R = run->R;
  sr_Sym *s = &R->syms[name];
  unsigned kind = R->refs[ref].kind;
  int rc;
  if (s->pending) return SYMRUN_OK;
  if ((s->state == SR_UNRESOLVED && (s->wanted & SR_STRONGLY))
      || (s->state == SR_TAKEN_COMMON && R->linker == SR_LLD_14
          && kind == SR_REF_STRONG)) {
    rc = extract(run, unit, sr_wanter(s), name);
    return rc == SYMRUN_OK ? settle(run) : rc;
  }
  if (s->state > SR_UNRESOLVED) return SYMRUN_OK;
  s->state = SR_OFFERED;
  s->unit = unit;
  s->ref = ref;
  return SYMRUN_OK;
}


static int offer_all (Run *run, uint32_t unit) {
  sr_Resolve *R = run->R;
  const sr_Unit *U = &R->units[unit];
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = U->first; i < U->first + U->count && rc == SYMRUN_OK; i++) {
    if (U->order != 0) break;  /* there is nothing left to offer */
    if (sr_ref_defines(&R->refs[i]))
      rc = offer(run, unit, R->refs[i].name, i);
  }
  return rc;
}


/* As the index of the archive has it. */
static int offer_indexed (Run *run, const sr_Taking *T) {
  sr_Resolve *R = run->R;
  uint32_t i, k;
  int rc = SYMRUN_OK;
  for (i = T->index; i < T->index + T->nindex && rc == SYMRUN_OK; i++) {
    const sr_Entered *e = &R->index[i];
    const sr_Unit *U = &R->units[e->unit];
    if (U->order != 0) continue;
    for (k = U->first; k < U->first + U->count; k++)
      if (R->refs[k].name == e->name && sr_ref_defines(&R->refs[k])) break;
    if (k < U->first + U->count) rc = offer(run, e->unit, e->name, k);
  }
  return rc;
}


/* Libraries of Apple's linkers do not take what an archive before them
   offers. */
static bool keeps_offers (const sr_Resolve *R) {
  return R->linker == SR_LLD_MACHO || R->linker == SR_LD64;
}


static int link_library (Run *run, uint32_t unit) {
  sr_Resolve *R = run->R;
  const sr_Unit *U = &R->units[unit];
  uint32_t i;
  int rc = sr_unit_link(R, unit, SR_NONE, SR_NONE);
  for (i = U->first; i < U->first + U->count && rc == SYMRUN_OK; i++) {
    const sr_Ref *ref = &R->refs[i];
    if (!sr_ref_defines(ref)) rc = want(run, unit, ref);
    else if (!keeps_offers(R) || R->syms[ref->name].state != SR_OFFERED)
      sr_sym_define(R, unit, i);
    if (rc == SYMRUN_OK) rc = settle(run);
  }
  return rc;
}


static int take (Run *run, const sr_Taking *T) {
  uint32_t i;
  int rc = SYMRUN_OK;
  if (run->R->linker == SR_LLD_14 && T->file->archive.index != SR_NOINDEX
      && !(T->how & SR_TAKE_WHOLE)) return offer_indexed(run, T);
  for (i = T->first; i < T->first + T->count && rc == SYMRUN_OK; i++) {
    const sr_Unit *U = &run->R->units[i];
    rc = U->library ? link_library(run, i)
       : U->lazy ? offer_all(run, i) : link_now(run, i);
  }
  return rc;
}


static int drain (Run *run) {
  int rc = SYMRUN_OK;
  while (run->first < run->last && rc == SYMRUN_OK) {
    uint32_t unit = run->queue[run->first++];
    const sr_Unit *U = &run->R->units[unit];
    rc = enter(run, unit, U->by, U->name);
    if (rc == SYMRUN_OK) rc = settle(run);
  }
  return rc;
}


static int want_in_the_end (Run *run, uint32_t name, sr_RefKind kind) {
  const sr_Ref ref = {name, SR_NONE, (uint8_t)kind, false, false, false};
  int rc = want_name(run, 0, name, &ref);
  return rc == SYMRUN_OK ? settle(run) : rc;
}


/* It takes a member, and is no reason to call the name undefined. */
static int want_entry (Run *run) {
  const sr_Resolve *R = run->R;
  sr_Sym *s = R->entry != SR_NONE ? &R->syms[R->entry] : NULL;
  int rc;
  if (s == NULL) return SYMRUN_OK;
  if (s->state == SR_BY_LIBRARY)  /* as an object would */
    s->wanted |= SR_OBJECT_WANTS | SR_OBJECT_STRONGLY;
  if (s->state != SR_OFFERED) return SYMRUN_OK;
  rc = extract(run, s->unit, 0, R->entry);
  return rc == SYMRUN_OK ? settle(run) : rc;
}


static int want_values (Run *run) {
  const sr_Unit *line = &run->R->units[0];
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = line->first; i < line->first + line->count && rc == SYMRUN_OK; i++) {
    const sr_Ref *ref = &run->R->refs[i];
    if (ref->kind == SR_REF_WANTS && ref->group != SR_NONE)
      rc = want_in_the_end(run, ref->name, SR_REF_WANTS);
  }
  return rc;
}


/* As the name itself is bound. */
static sr_RefKind binding_of (const sr_Resolve *R, const sr_Sym *s) {
  bool weak = s->state == SR_TAKEN ? R->refs[s->ref].kind == SR_REF_WEAK
            : s->wanted != 0 && !(s->wanted & SR_STRONGLY);
  return weak ? SR_REF_WANTS_WEAKLY : SR_REF_WANTS;
}


/* Of a name that anything knows, "__wrap_" and it is wanted, too. */
static int want_wraps (Run *run) {
  const sr_Resolve *R = run->R;
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < R->nwraps && rc == SYMRUN_OK; i++) {
    const struct sr_Wrap *w = &R->wraps[i];
    bool real = R->syms[w->real].state != SR_UNHEARD;
    sr_Sym *s = &R->syms[w->name];
    sr_RefKind kind;
    if (s->state == SR_UNHEARD && !real) continue;
    kind = binding_of(R, s);
    rc = want_in_the_end(run, w->wrap, kind);
    if (rc != SYMRUN_OK) break;
    if (R->linker == SR_LLD_14 && s->state == SR_BY_LIBRARY)
      s->wanted |= SR_OBJECT_WANTS | SR_OBJECT_STRONGLY;
    if (real && (R->linker != SR_LLD_14 || s->state == SR_UNHEARD))
      rc = want_in_the_end(run, w->name, kind);
  }
  return rc;
}


/* Names of which the winner was not taken. */
static void lose_discarded (sr_Resolve *R) {
  size_t i;
  for (i = 0; i < R->nsyms; i++) {
    sr_Sym *s = &R->syms[i];
    if (s->state != SR_TAKEN || !R->refs[s->ref].discarded) continue;
    s->state = SR_UNRESOLVED;
    s->unit = s->ref = SR_NONE;
  }
}


/* What was to be imported, and is linked in: a pointer to it is made, and
   link.exe and lld-link warn (LNK4217).  No member is linked for that. */
static void import_locally (sr_Resolve *R) {
  uint32_t i, f;
  for (i = 0; i < R->nsyms; i++) {
    sr_Sym *s = &R->syms[i];
    sr_Str name;
    if (s->state != SR_UNRESOLVED) continue;
    name = sr_name_text(R->S, i);
    if (name.len <= 6 || memcmp(name.ptr, "__imp_", 6) != 0) continue;
    f = sr_interned(&R->S->model->names, name.ptr + 6, name.len - 6);
    if (f >= R->nsyms || R->syms[f].state < SR_TAKEN_COMMON) continue;
    s->state = R->syms[f].state;
    s->unit = R->syms[f].unit;
    s->ref = R->syms[f].ref;
  }
}


int sr_resolve_eager (sr_Resolve *R) {
  Run run;
  size_t i;
  int rc;
  memset(&run, 0, sizeof run);
  run.R = R;
  run.queues = R->linker == SR_LLD_LINK || R->linker == SR_MS_LINK;
  rc = link_now(&run, 0);
  for (i = 0; i < R->ninputs && rc == SYMRUN_OK; i++)
    rc = take(&run, &R->inputs[i]);
  if (rc == SYMRUN_OK) rc = drain(&run);
  if (rc == SYMRUN_OK) rc = want_entry(&run);
  if (rc == SYMRUN_OK) rc = want_values(&run);
  if (rc == SYMRUN_OK) rc = want_wraps(&run);
  if (rc == SYMRUN_OK) rc = drain(&run);
  sr_delete(R->S, run.stack, run.room * sizeof *run.stack);
  sr_delete(R->S, run.queue, run.rqueue * sizeof *run.queue);
  if (rc != SYMRUN_OK) return rc;
  sr_define_by_line(R);
  if (R->linker == SR_LLD) lose_discarded(R);
  if (run.queues) import_locally(R);
  sr_drop_unneeded(R);
  return SYMRUN_OK;
}
