/*
** resolve.c
** A link resolved by the manners of one linker: what all of them share.
**
** A definition beats another by what it is, not by where it stands: strong
** beats common, common beats weak, and weak beats a shared library's; only
** between equals does the order count, and two strong ones are an error.
*/

#include "resolve_inner.h"

static const char *const names[SR_LINKERS] = {
  [SR_BFD] = "bfd", [SR_GOLD] = "gold", [SR_LLD] = "lld",
  [SR_LLD_14] = "lld-14", [SR_MOLD] = "mold",
  [SR_WASM_LD] = "wasm-ld", [SR_LLD_MACHO] = "ld64.lld", [SR_LD64] = "ld64",
  [SR_LLD_LINK] = "lld-link", [SR_MS_LINK] = "link"
};


const char *sr_manners_name (sr_Linker linker) { return names[linker]; }


bool sr_manners_named (sr_Str name, sr_Linker *out) {
  size_t i;
  for (i = 0; i < SR_LINKERS; i++) {
    if (strlen(names[i]) != name.len
        || memcmp(names[i], name.ptr, name.len) != 0) continue;
    *out = (sr_Linker)i;
    return true;
  }
  return false;
}


/* -- making --------------------------------------------------------------- */

int sr_resolve_new (symrun *S, sr_Resolve **out) {
  sr_Resolve *R = (sr_Resolve *)sr_new(S, sizeof *R);
  int rc;
  if (R == NULL) return SYMRUN_NOMEM;
  R->S = S;
  R->gap = R->group_gap = SIZE_MAX;
  R->entry = SR_NONE;
  rc = sr_names_new(S, &R->unread);
  if (rc == SYMRUN_OK) rc = sr_names_new(S, &R->perhaps);
  if (rc == SYMRUN_OK)  /* unit 0 is the line */
    rc = sr_room(S, &R->units, &R->runits, 0, sizeof *R->units);
  if (rc != SYMRUN_OK) {
    sr_resolve_free(R);
    return rc;
  }
  memset(R->units, 0, sizeof *R->units);
  R->units[0].file = R->units[0].member = SR_NONE;
  R->units[0].by = R->units[0].name = R->units[0].input = SR_NONE;
  R->nunits = 1;
  *out = R;
  return SYMRUN_OK;
}


void sr_resolve_tree (sr_Resolve *R) { R->tree = true; }


void sr_resolve_makes (sr_Resolve *R, sr_Makes makes, bool is_static) {
  R->makes = makes;
  R->is_static = is_static;
}


void sr_resolve_free (sr_Resolve *R) {
  symrun *S;
  if (R == NULL) return;
  S = R->S;
  sr_names_free(R->unread);
  sr_names_free(R->perhaps);
  sr_delete(S, R->units, R->runits * sizeof *R->units);
  sr_delete(S, R->refs, R->rrefs * sizeof *R->refs);
  sr_delete(S, R->inputs, R->rinputs * sizeof *R->inputs);
  sr_delete(S, R->index, R->rindex * sizeof *R->index);
  sr_delete(S, R->syms, R->rsyms * sizeof *R->syms);
  sr_delete(S, R->linked, R->rlinked * sizeof *R->linked);
  sr_delete(S, R->wraps, R->rwraps * sizeof *R->wraps);
  sr_arena_free(S, &R->arena);
  sr_delete(S, R, sizeof *R);
}


/* -- the line ------------------------------------------------------------- */

/* What the line says comes before all inputs, so that its references are those
   of unit 0. */
static int of_line (sr_Resolve *R, sr_Str name, sr_RefKind kind,
                    uint32_t *out) {
  sr_Ref *ref;
  int rc;
  if (R->nunits > 1)
    return sr_fail(R->S, SYMRUN_RANGE, "what the line says of symbols comes "
                   "before its inputs");
  rc = sr_room(R->S, &R->refs, &R->rrefs, R->nrefs, sizeof *ref);
  if (rc != SYMRUN_OK) return rc;
  *out = sr_intern(R->S, &R->S->model->names, name.ptr, name.len);
  if (*out == SR_NONE) return sr_nomem(R->S);
  ref = &R->refs[R->nrefs++];
  memset(ref, 0, sizeof *ref);
  ref->name = *out;
  ref->group = SR_NONE;
  ref->kind = (uint8_t)kind;
  R->units[0].count++;
  return SYMRUN_OK;
}


int sr_resolve_want (sr_Resolve *R, sr_Str name) {
  uint32_t id;
  return of_line(R, name, SR_REF_WANTS, &id);
}


int sr_resolve_entry (sr_Resolve *R, sr_Str name) {
  R->entry = sr_intern(R->S, &R->S->model->names, name.ptr, name.len);
  return R->entry == SR_NONE ? sr_nomem(R->S) : SYMRUN_OK;
}


int sr_resolve_give (sr_Resolve *R, sr_Str name, const sr_Str *value) {
  uint32_t id;
  int rc = of_line(R, name, SR_REF_STRONG, &id);
  uint32_t gives = id;
  if (rc != SYMRUN_OK || value == NULL) return rc;
  rc = of_line(R, *value, SR_REF_WANTS, &id);
  if (rc == SYMRUN_OK) R->refs[R->nrefs - 1].group = gives;
  return rc;
}


int sr_resolve_wrap (sr_Resolve *R, sr_Str name) {
  static const sr_Str before[] = {{"", 0}, {"__wrap_", 7}, {"__real_", 7}};
  uint32_t ids[3];
  int i, rc = sr_room(R->S, &R->wraps, &R->rwraps, R->nwraps,
                      sizeof *R->wraps);
  for (i = 0; i < 3 && rc == SYMRUN_OK; i++) {
    sr_Str s;
    rc = sr_text_join(R->S, &R->arena, before[i], name, &s);
    if (rc != SYMRUN_OK) return rc;
    ids[i] = sr_intern(R->S, &R->S->model->names, s.ptr, s.len);
    if (ids[i] == SR_NONE) return sr_nomem(R->S);
  }
  if (rc != SYMRUN_OK) return rc;
  R->wraps[R->nwraps].name = ids[0];
  R->wraps[R->nwraps].wrap = ids[1];
  R->wraps[R->nwraps++].real = ids[2];
  return SYMRUN_OK;
}


int sr_resolve_add (sr_Resolve *R, sr_File *F, unsigned how, unsigned group) {
  size_t units = R->nunits, refs = R->nrefs;
  sr_Taking *T;
  int rc = sr_room(R->S, &R->inputs, &R->rinputs, R->ninputs, sizeof *T);
  if (rc != SYMRUN_OK) return rc;
  T = &R->inputs[R->ninputs++];
  memset(T, 0, sizeof *T);
  T->file = F;
  T->how = how;
  T->group = group;
  rc = sr_taking_read(R, T);
  if (rc == SYMRUN_OK) return SYMRUN_OK;
  R->ninputs--;  /* whoever asks again begins where this began */
  R->nunits = units;
  R->nrefs = refs;
  return rc;
}


/* -- what if -------------------------------------------------------------- */

static void change (sr_Resolve *R, const sr_File *F) {
  size_t i;
  for (i = 0; i < R->ninputs; i++)
    if (R->inputs[i].file == F) R->inputs[i].changed = true;
}


int sr_resolve_drop (sr_Resolve *R, const sr_File *F, uint32_t member) {
  size_t i;
  change(R, F);
  for (i = 1; i < R->nunits; i++)
    if (R->units[i].file == F->id && R->units[i].member == member)
      R->units[i].count = 0;
  return SYMRUN_OK;
}


/* It becomes a weak definition of a name that nobody can want. */
int sr_resolve_hide (sr_Resolve *R, const sr_File *F, sr_Str name) {
  uint32_t id = sr_intern(R->S, &R->S->model->names, name.ptr, name.len);
  uint32_t nobodys = sr_intern(R->S, &R->S->model->names, "", 0), k;
  size_t i;
  if (id == SR_NONE || nobodys == SR_NONE) return sr_nomem(R->S);
  change(R, F);
  for (i = 1; i < R->nunits; i++) {
    const sr_Unit *U = &R->units[i];
    if (U->file != F->id) continue;
    for (k = U->first; k < U->first + U->count; k++) {
      sr_Ref *ref = &R->refs[k];
      if (ref->name != id || !sr_ref_defines(ref)) continue;
      ref->name = nobodys;
      ref->kind = SR_REF_WEAK;
      ref->group = SR_NONE;
    }
  }
  return SYMRUN_OK;
}


/* -- what manners share --------------------------------------------------- */

int sr_text_join (symrun *S, sr_Arena *A, sr_Str first, sr_Str second,
                  sr_Str *out) {
  char *to;
  out->ptr = "";
  out->len = 0;
  if (first.len > SIZE_MAX - second.len - 1) return sr_nomem(S);
  to = (char *)sr_arena_new(S, A, first.len + second.len + 1);
  if (to == NULL) return SYMRUN_NOMEM;
  if (first.len > 0) memcpy(to, first.ptr, first.len);
  if (second.len > 0) memcpy(to + first.len, second.ptr, second.len);
  out->ptr = to;
  out->len = first.len + second.len;
  return SYMRUN_OK;
}


/* A group is gone through again as long as it gives anything, and what one
   turn takes from before the gap may be for what the gap wants. */
void sr_taking_gap (sr_Resolve *R, const sr_Taking *T) {
  size_t i = (size_t)(T - R->inputs);
  if (R->gap > i) R->gap = i;
  while (T->group != 0 && i > 0 && R->inputs[i - 1].group == T->group) i--;
  if (R->group_gap > i) R->group_gap = i;
}


int sr_unit_link (sr_Resolve *R, uint32_t unit, uint32_t by, uint32_t name) {
  sr_Unit *U = &R->units[unit];
  int rc = sr_room(R->S, &R->linked, &R->rlinked, R->nlinked,
                   sizeof *R->linked);
  if (rc != SYMRUN_OK) return rc;
  R->linked[R->nlinked++] = unit;
  U->order = (uint32_t)R->nlinked;
  U->by = by;
  U->name = name;
  return SYMRUN_OK;
}


/* The first unit that is linked has the group; what other copies define is not
   there. */
bool sr_ref_kept (sr_Resolve *R, uint32_t unit, sr_Ref *ref) {
  sr_Sym *group;
  if (ref->group == SR_NONE || ref->kind == SR_REF_COMMON) return true;
  group = &R->syms[ref->group];
  if (group->group == SR_NONE) group->group = unit;
  ref->discarded = group->group != unit;
  return !ref->discarded;
}


uint32_t sr_name_wrapped (const sr_Resolve *R, uint32_t name) {
  size_t i;
  for (i = 0; i < R->nwraps; i++) {
    if (name == R->wraps[i].name) return R->wraps[i].wrap;
    if (name == R->wraps[i].real) return R->wraps[i].name;
  }
  return name;
}


/* bfd and gold have what libraries want wrapped, too; lld goes on wanting the
   name itself, and turns uses around in the end. */
uint32_t sr_ref_name (const sr_Resolve *R, const sr_Unit *U,
                      const sr_Ref *ref) {
  bool once = R->linker == SR_BFD || R->linker == SR_GOLD;
  bool defines = sr_ref_defines(ref)  /* gold wraps a common symbol, too */
              && (ref->kind != SR_REF_COMMON || R->linker != SR_GOLD);
  if (SR_LIKELY(R->nwraps == 0) || defines
      || (U->file == SR_NONE && (R->linker != SR_BFD || ref->group == SR_NONE))
      || (U->library && !once)) return ref->name;  /* see resolve_eager.c */
  return sr_name_wrapped(R, ref->name);
}


/* For gold and lld a name that was wanted weakly before a library mentions it
   goes on to be; for lld also one that the first object after it wants so. */
static bool wants_strongly (const sr_Resolve *R, sr_Sym *s, const sr_Unit *U,
                            const sr_Ref *ref) {
  bool lld = R->linker == SR_LLD || R->linker == SR_LLD_14;
  bool strongly = ref->kind == SR_REF_WANTS;
  if ((!lld && R->linker != SR_GOLD) || s->state == SR_OFFERED
      || U->file == SR_NONE) return strongly;
  if (U->library)
    return strongly && (s->wanted == 0 || (s->wanted & SR_STRONGLY));
  if (lld && !strongly && !(s->wanted & SR_OBJECT_WANTS))
    s->wanted &= (uint8_t)~SR_LIBRARY_STRONGLY;
  return strongly;
}


void sr_name_want (sr_Resolve *R, uint32_t unit, uint32_t name,
                   const sr_Ref *ref) {
  sr_Sym *s = &R->syms[name];
  const sr_Unit *U = &R->units[unit];
  unsigned who = U->library ? SR_LIBRARY_WANTS
               : U->file == SR_NONE ? SR_LINE_WANTS : SR_OBJECT_WANTS;
  bool strongly = wants_strongly(R, s, U, ref);
  if ((R->linker == SR_BFD ? strongly && !(s->wanted & SR_STRONGLY)
                           : !U->library && s->wanted == 0)
      && s->state <= SR_UNRESOLVED) R->heard++;
  if (s->wanted == 0 || (strongly && !(s->wanted & SR_STRONGLY))) s->by = unit;
  s->wanted |= (uint8_t)(strongly ? who | who << 3 : who);
  if (ref->hidden && !U->library) s->hidden = true;
  if (s->state == SR_UNHEARD) s->state = SR_UNRESOLVED;
  else if (s->hidden && s->state == SR_BY_LIBRARY && R->linker != SR_GOLD) {
    s->state = SR_UNRESOLVED;
    s->unit = s->ref = SR_NONE;
  }
}


/* Unique symbols are strong, but for lld since version 15. */
static bool gives_way (const sr_Resolve *R, const sr_Ref *ref) {
  return ref->kind == SR_REF_WEAK
      || (ref->kind == SR_REF_UNIQUE && R->linker == SR_LLD);
}


/* Does what is new beat the definition that is taken?  For Apple's linkers a
   common symbol is less than a weak one. */
static bool beats (const sr_Resolve *R, const sr_Sym *s, const sr_Ref *ref) {
  const sr_Ref *old = &R->refs[s->ref];
  bool apple = R->linker == SR_LLD_MACHO || R->linker == SR_LD64;
  if (s->state == SR_TAKEN_COMMON)
    return ref->kind == SR_REF_COMMON ? ref->group > old->group
                                      : ref->kind != SR_REF_WEAK || apple;
  if (ref->kind == SR_REF_COMMON) return old->kind == SR_REF_WEAK && !apple;
  return gives_way(R, old) && !gives_way(R, ref);
}


/* For bfd a library's strong definition beats a common symbol, wherever either
   stands. */
static bool library_wins (const sr_Resolve *R, const sr_Sym *s,
                          const sr_Ref *ref) {
  if (s->hidden || ref->hidden) return false;
  if (s->state < SR_BY_LIBRARY) return true;
  return R->linker == SR_BFD && s->state == SR_TAKEN_COMMON
      && ref->kind == SR_REF_STRONG;
}


static bool object_wins (const sr_Resolve *R, const sr_Sym *s,
                         const sr_Ref *ref) {
  if (s->state == SR_TAKEN && s->unit == 0 && R->linker == SR_BFD)
    return true;  /* the line's turn is at the end */
  if (s->state == SR_BY_LIBRARY)
    return R->linker != SR_BFD || ref->kind != SR_REF_COMMON
        || R->refs[s->ref].kind != SR_REF_STRONG;
  return s->state < SR_TAKEN_COMMON || beats(R, s, ref);
}


bool sr_sym_define (sr_Resolve *R, uint32_t unit, uint32_t ref) {
  const sr_Ref *r = &R->refs[ref];
  sr_Sym *s = &R->syms[sr_ref_name(R, &R->units[unit], r)];
  bool library = R->units[unit].library;
  if (r->kind == SR_REF_COMMON && s->state == SR_UNHEARD) R->heard++;
  if (!(library ? library_wins(R, s, r) : object_wins(R, s, r))) return false;
  s->state = library ? SR_BY_LIBRARY
           : r->kind == SR_REF_COMMON ? SR_TAKEN_COMMON : SR_TAKEN;
  s->unit = unit;
  s->ref = ref;
  return true;
}


void sr_define_by_line (sr_Resolve *R) {
  const sr_Unit *line = &R->units[0];
  uint32_t i;
  for (i = line->first; i < line->first + line->count; i++) {
    sr_Sym *s = &R->syms[R->refs[i].name];
    if (!sr_ref_defines(&R->refs[i])) continue;
    s->state = SR_TAKEN;
    s->unit = 0;
    s->ref = i;
  }
}


/* A library that is linked only as needed is needed by an object; for lld also
   by -u, if an object knows the name.  What is not gives nothing. */
static bool is_needed (const sr_Resolve *R, uint32_t unit) {
  const sr_Unit *U = &R->units[unit];
  uint32_t k;
  if (!U->as_needed) return true;
  for (k = U->first; k < U->first + U->count; k++) {
    const sr_Sym *s = &R->syms[R->refs[k].name];
    if (s->unit != unit) continue;
    if (s->wanted & SR_OBJECT_STRONGLY) return true;
    if ((s->wanted & SR_LINE_STRONGLY) && (s->wanted & SR_OBJECT_WANTS)
        && R->linker != SR_GOLD) return true;
  }
  return false;
}


void sr_drop_unneeded (sr_Resolve *R) {
  size_t i;
  uint32_t k;
  for (i = 0; i < R->nlinked; i++) {
    sr_Unit *U = &R->units[R->linked[i]];
    if (!U->library || is_needed(R, R->linked[i])) continue;
    for (k = U->first; k < U->first + U->count; k++) {
      sr_Sym *s = &R->syms[R->refs[k].name];
      if (s->unit != R->linked[i]) continue;
      s->state = s->wanted != 0 ? SR_UNRESOLVED : SR_UNHEARD;
      s->unit = s->ref = SR_NONE;
    }
    U->order = 0;
  }
}


/* -- running -------------------------------------------------------------- */

/* As it was before any linker looked at it.  Who asks though this failed gets
   the answers of a link of nothing. */
static int begin (sr_Resolve *R) {
  symrun *S = R->S;
  size_t i;
  sr_delete(S, R->syms, R->rsyms * sizeof *R->syms);
  R->syms = NULL;
  R->nsyms = R->rsyms = R->nlinked = 0;
  R->runs++;
  R->syms = (sr_Sym *)sr_new(S, (S->model->names.count + 1)
                                * sizeof *R->syms);
  if (R->syms == NULL) return SYMRUN_NOMEM;
  R->nsyms = S->model->names.count;
  R->rsyms = R->nsyms + 1;
  for (i = 0; i < R->nsyms; i++)
    R->syms[i].unit = R->syms[i].ref = R->syms[i].by = R->syms[i].group
      = SR_NONE;
  for (i = 0; i < R->nunits; i++) {
    R->units[i].order = 0;
    R->units[i].by = R->units[i].name = SR_NONE;
  }
  for (i = 0; i < R->nrefs; i++) R->refs[i].discarded = false;
  return SYMRUN_OK;
}


/* No library gives what is wanted hidden. */
static void hide (sr_Resolve *R) {
  size_t i;
  for (i = 0; i < R->nsyms; i++) {
    sr_Sym *s = &R->syms[i];
    if (!s->hidden || s->state != SR_BY_LIBRARY) continue;
    s->state = SR_UNRESOLVED;
    s->unit = s->ref = SR_NONE;
  }
}


static int read_indexes (sr_Resolve *R) {
  size_t i;
  int rc = SYMRUN_OK;
  if (R->indexed) return SYMRUN_OK;
  for (i = 0; i < R->ninputs && rc == SYMRUN_OK; i++)
    rc = sr_taking_index(R, &R->inputs[i]);
  R->indexed = rc == SYMRUN_OK;
  return rc;
}


int sr_resolve_run (sr_Resolve *R, sr_Linker linker) {
  bool believes = linker == SR_BFD || linker == SR_GOLD
               || linker == SR_LLD_14;
  int rc;
  R->linker = linker;
  R->nlinked = R->nsyms = 0;
  rc = believes ? read_indexes(R) : SYMRUN_OK;
  if (rc == SYMRUN_OK) rc = begin(R);
  if (rc != SYMRUN_OK) return rc;
  rc = linker == SR_MOLD ? sr_resolve_rank(R)
     : linker == SR_BFD || linker == SR_GOLD ? sr_resolve_once(R)
     : sr_resolve_eager(R);
  if (rc != SYMRUN_OK) return rc;
  hide(R);
  return sr_resolve_given_names(R);
}
