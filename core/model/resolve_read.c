/*
** resolve_read.c
** What an input of a link wants and gives: all references of its members, read
** once, in the order in which they stand.
**
** A shared library's "f@@V2" is found by those who want "f" and by those who
** want "f@V2", its "f@V1" only by those who want that.
*/

#include "resolve_inner.h"

typedef struct Reading {
  sr_Resolve *R;
  sr_Taking *T;
  sr_Scan scan;
  sr_Taken names[SR_MANY];    /* of references that wait for numbers */
  sr_Taken groups[SR_MANY];   /* of their COMDAT groups */
  size_t count, ngroups;
  size_t at[SR_MANY];         /* whose group that is */
  bool begun;                 /* the last unit is one of this input */
  uint32_t next;              /* the member after that of the last unit */
} Reading;


/* -- references ----------------------------------------------------------- */

/* Names get their numbers many at a time (see intern.c). */
static int flush (void *ud) {
  Reading *G = (Reading *)ud;
  sr_Resolve *R = G->R;
  symrun *S = R->S;
  size_t first = R->nrefs - G->count, i;
  int rc = sr_intern_many(S, &S->model->names, G->names, G->count);
  if (rc == SYMRUN_OK)
    rc = sr_intern_many(S, &S->model->names, G->groups, G->ngroups);
  if (rc != SYMRUN_OK) return rc;
  for (i = 0; i < G->count; i++) {
    sr_Ref *ref = &R->refs[first + i];
    ref->name = G->names[i].id;
    if (ref->group == 0) ref->group = ref->name;
  }
  for (i = 0; i < G->ngroups; i++)
    R->refs[G->at[i]].group = G->groups[i].id;
  G->count = G->ngroups = 0;
  return SYMRUN_OK;
}


static void name_taken (sr_Taken *t, sr_Str name) {
  t->name = name.ptr;
  t->len = (uint32_t)name.len;
  t->hash = sr_name_hash(name.ptr, name.len);
}


static int put (Reading *G, sr_Str name, sr_RefKind kind,
                const sr_Symbol *sym) {
  sr_Resolve *R = G->R;
  sr_Ref *ref;
  int rc = G->count == SR_MANY ? flush(G) : SYMRUN_OK;
  if (rc == SYMRUN_OK)
    rc = sr_room(R->S, &R->refs, &R->rrefs, R->nrefs, sizeof *ref);
  if (rc != SYMRUN_OK) return rc;
  if (name.len >= SR_NONE || R->nrefs >= SR_NONE - 1) return sr_nomem(R->S);
  ref = &R->refs[R->nrefs];
  ref->kind = (uint8_t)kind;
  ref->hidden = sym->visibility == SR_HIDDEN || sym->visibility == SR_INTERNAL
             || sym->visibility == SR_PROTECTED;
  ref->discarded = false;
  ref->imported = sym->explicit_import;
  ref->group = SR_NONE;
  if (kind == SR_REF_COMMON)
    ref->group = sym->size < SR_NONE ? (uint32_t)sym->size : SR_NONE;
  else if (kind >= SR_REF_STRONG && sym->comdat) {
    ref->group = 0;  /* until it is known: the name itself */
    if (sym->group.len > 0) {
      sr_Str group = sym->group;
      if (G->scan.ask.raw)
        sr_coff_plain((uint16_t)G->scan.ask.machine, &group);
      name_taken(&G->groups[G->ngroups], group);
      G->at[G->ngroups++] = R->nrefs;
    }
  }
  name_taken(&G->names[G->count++], name);
  R->nrefs++;
  R->units[R->nunits - 1].count++;
  return SYMRUN_OK;
}


/* "name@version", which lives as long as the resolver. */
static int put_versioned (Reading *G, sr_Str name, sr_Str version,
                          sr_RefKind kind, const sr_Symbol *sym) {
  static const sr_Str at = {"@", 1};
  symrun *S = G->R->S;
  sr_Str all;
  int rc = sr_text_join(S, &G->R->arena, name, at, &all);
  if (rc == SYMRUN_OK) rc = sr_text_join(S, &G->R->arena, all, version, &all);
  return rc == SYMRUN_OK ? put(G, all, kind, sym) : rc;
}


static sr_RefKind kind_of (const sr_Symbol *sym) {
  if (sym->place == SR_UNDEFINED)
    return sym->binding == SR_WEAK ? SR_REF_WANTS_WEAKLY : SR_REF_WANTS;
  if (sym->place == SR_COMMON) return SR_REF_COMMON;
  return sym->binding == SR_WEAK ? SR_REF_WEAK
       : sym->binding == SR_UNIQUE ? SR_REF_UNIQUE : SR_REF_STRONG;
}


/* As a library has it.  A version that it defines stands among its symbols,
   under its own name. */
static int of_library (Reading *G, const sr_Symbol *sym, sr_RefKind kind) {
  sr_Str name = {sym->name, sym->len};
  int rc;
  if (sym->version.len == 0) return put(G, name, kind, sym);
  if (kind >= SR_REF_STRONG && sym->place == SR_ABSOLUTE
      && sym->version.len == name.len
      && memcmp(sym->version.ptr, name.ptr, name.len) == 0) return SYMRUN_OK;
  rc = put_versioned(G, name, sym->version, kind, sym);
  if (rc != SYMRUN_OK || sym->version_hidden || kind < SR_REF_STRONG)
    return rc;
  return put(G, name, kind, sym);
}


/* As an object has it: what ".symver" made. */
static int of_object (Reading *G, const sr_Symbol *sym, sr_RefKind kind) {
  sr_Str name = {sym->name, sym->len}, version;
  const char *at = G->R->format == SR_ELF
                 ? (const char *)memchr(name.ptr, '@', name.len) : NULL;
  int rc;
  if (SR_LIKELY(at == NULL) || at == name.ptr) return put(G, name, kind, sym);
  version.ptr = at + 1;
  version.len = name.len - (size_t)(version.ptr - name.ptr);
  if (version.len == 0 || version.ptr[0] != '@')
    return put(G, name, kind, sym);
  version.ptr++;
  version.len--;
  name.len = (size_t)(at - name.ptr);
  rc = put_versioned(G, name, version, kind, sym);
  return rc == SYMRUN_OK && kind >= SR_REF_STRONG ? put(G, name, kind, sym)
                                                  : rc;
}


/* "__imp_f" is another name than "f", and only a DLL's import library has both:
   what else compilers add to names of the source is taken off. */
static int of_coff (Reading *G, const sr_Symbol *sym, sr_RefKind kind) {
  static const sr_Str pointer = {"__imp_", 6}, whole = {"\1", 1};
  sr_Str name = {sym->name, sym->len};
  bool import = name.len > 6 && memcmp(name.ptr, "__imp_", 6) == 0;
  bool verbatim = sr_coff_plain((uint16_t)G->scan.ask.machine, &name);
  int rc;
  if (SR_LIKELY(!import && !verbatim)) return put(G, name, kind, sym);
  rc = sr_text_join(G->R->S, &G->R->arena, import ? pointer : whole, name,
                    &name);
  return rc == SYMRUN_OK ? put(G, name, kind, sym) : rc;
}


/* -- units ---------------------------------------------------------------- */

static int new_unit (sr_Resolve *R, sr_Taking *T, uint32_t member) {
  sr_Unit *U;
  int rc = sr_room(R->S, &R->units, &R->runits, R->nunits, sizeof *U);
  if (rc != SYMRUN_OK) return rc;
  if (R->nunits >= SR_NONE - 1) return sr_nomem(R->S);
  U = &R->units[R->nunits++];
  memset(U, 0, sizeof *U);
  U->file = T->file->id;
  U->member = member;
  U->input = (uint32_t)(T - R->inputs);
  U->first = (uint32_t)R->nrefs;
  U->by = U->name = SR_NONE;
  U->library = T->file->role == SR_ROLE_LIBRARY;
  U->lazy = !U->library && !(T->how & SR_TAKE_WHOLE)
         && (sr_file_is_archive(T->file) || (T->how & SR_TAKE_LAZY));
  U->as_needed = U->library && (T->how & SR_TAKE_AS_NEEDED);
  T->count++;
  return SYMRUN_OK;
}


/* Linkers do not link code for two targets. */
static int check_target (Reading *G, sr_Unit *U) {
  sr_Resolve *R = G->R;
  const sr_File *F = G->T->file;
  sr_Format format = (sr_Format)F->members[U->member == SR_NONE ? 0
                                                      : U->member].format;
  uint32_t machine = G->scan.ask.machine;
  U->lto = G->scan.ask.told != SR_NATIVE && !U->library;
  if (format == SR_COFF_BIGOBJ || format == SR_COFF_IMPORT) format = SR_COFF;
  if ((machine == 0 && format != SR_WASM) || format == SR_BITCODE)
    return SYMRUN_OK;
  if (R->format == SR_OTHER || R->tree) {
    R->machine = machine;
    R->format = format;
    return SYMRUN_OK;
  }
  U->alien = machine != R->machine || format != R->format;
  if (!U->alien) return SYMRUN_OK;
  sr_fail(R->S, SYMRUN_UNKNOWN, "is for another target than what is linked "
          "before it, and no linker takes both");
  R->S->fault.field = "machine";
  return sr_file_gap(G->T->file, U->member, SR_NATIVE, false);
}


/* What has no names is linked, too: it may be there for what it does when the
   program begins. */
static int nameless (Reading *G, uint32_t end) {
  sr_Taking *T = G->T;
  int rc = SYMRUN_OK;
  if (!sr_file_is_archive(T->file)) {
    if (T->count == 0 && T->file->role != SR_ROLE_NONE)
      rc = new_unit(G->R, T, SR_NONE);
    return rc;
  }
  if (!(T->how & SR_TAKE_WHOLE)) return SYMRUN_OK;  /* nobody can want it */
  for (; G->next < end && rc == SYMRUN_OK; G->next++) {
    sr_Format format = (sr_Format)T->file->members[G->next].format;
    if (format == SR_ELF || format == SR_MACHO || format == SR_COFF
        || format == SR_COFF_BIGOBJ || format == SR_WASM
        || format == SR_BITCODE) rc = new_unit(G->R, T, G->next);
  }
  return rc;
}


static int each (void *ud, const sr_Symbol *sym) {
  Reading *G = (Reading *)ud;
  sr_Resolve *R = G->R;
  sr_RefKind kind = kind_of(sym);
  int rc = SYMRUN_OK;
  if (!G->begun || R->units[R->nunits - 1].member != G->scan.member) {
    rc = flush(G);
    if (rc == SYMRUN_OK && G->scan.member != SR_NONE)
      rc = nameless(G, G->scan.member);
    if (rc == SYMRUN_OK) rc = new_unit(R, G->T, G->scan.member);
    G->next = G->scan.member + 1;
    if (rc == SYMRUN_OK) rc = check_target(G, &R->units[R->nunits - 1]);
    if (rc != SYMRUN_OK) return rc;
    G->begun = true;
  }
  if (R->units[R->nunits - 1].alien) return SYMRUN_OK;
  if (SR_UNLIKELY(sym->binding == SR_BINDING_OTHER)) {
    uint32_t gap;
    rc = sr_file_odd(G->T->file, G->scan.member, G->scan.ask.view, sym,
                     "with a binding that no specification gives, so nobody "
                     "knows who sees it", &gap);
    if (rc != SYMRUN_OK) return rc;
  }
  return R->units[R->nunits - 1].library ? of_library(G, sym, kind)
       : G->scan.ask.raw ? of_coff(G, sym, kind) : of_object(G, sym, kind);
}


/* -- indexes -------------------------------------------------------------- */

static uint32_t unit_of (const sr_Resolve *R, const sr_Taking *T,
                         uint32_t member) {
  uint32_t low = T->first, high = T->first + T->count;
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (R->units[mid].member < member) low = mid + 1;
    else high = mid;
  }
  return low < T->first + T->count && R->units[low].member == member
       ? low : SR_NONE;
}


static int enter (void *ud, const sr_Symbol *sym) {
  Reading *G = (Reading *)ud;
  sr_Resolve *R = G->R;
  sr_Entered *e;
  uint32_t unit = unit_of(R, G->T, G->scan.member);
  const char *at = (const char *)memmem(sym->name, sym->len, "@@", 2);
  size_t len = at == NULL || R->format != SR_ELF ? sym->len
             : (size_t)(at - sym->name);
  int rc = sr_room(R->S, &R->index, &R->rindex, R->nindex, sizeof *e);
  if (rc != SYMRUN_OK) return rc;
  if (unit == SR_NONE || R->nindex >= SR_NONE - 1) return SYMRUN_OK;
  e = &R->index[R->nindex];
  e->unit = unit;
  e->name = sr_intern(R->S, &R->S->model->names, sym->name, len);
  if (e->name == SR_NONE) return sr_nomem(R->S);
  R->nindex++;
  G->T->nindex++;
  return SYMRUN_OK;
}


static const sr_Taking *same_archive (const sr_Resolve *R,
                                      const sr_Taking *T) {
  const sr_Taking *p;
  if (!sr_file_is_archive(T->file)) return NULL;
  for (p = R->inputs; p < T; p++)
    if (p->file == T->file && !((p->how ^ T->how) & SR_TAKE_WHOLE)) return p;
  return NULL;
}


/* The same archive once more: its index says the same of other units. */
static int index_again (sr_Resolve *R, sr_Taking *T,
                        const sr_Taking *before) {
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < before->nindex && rc == SYMRUN_OK; i++) {
    rc = sr_room(R->S, &R->index, &R->rindex, R->nindex, sizeof *R->index);
    if (rc != SYMRUN_OK) break;
    R->index[R->nindex] = R->index[before->index + i];
    R->index[R->nindex++].unit += T->first - before->first;
    T->nindex++;
  }
  return rc;
}


/* As an archiver writes it: each member's names, in order. */
static int index_anew (sr_Resolve *R, sr_Taking *T) {
  uint32_t u, k;
  for (u = T->first; u < T->first + T->count; u++) {
    const sr_Unit *U = &R->units[u];
    for (k = U->first; k < U->first + U->count; k++) {
      int rc;
      if (!sr_ref_defines(&R->refs[k])
          || sr_name_text(R->S, R->refs[k].name).len == 0) continue;
      rc = sr_room(R->S, &R->index, &R->rindex, R->nindex, sizeof *R->index);
      if (rc != SYMRUN_OK) return rc;
      memset(&R->index[R->nindex], 0, sizeof *R->index);
      R->index[R->nindex].name = R->refs[k].name;
      R->index[R->nindex++].unit = u;
      T->nindex++;
    }
  }
  return SYMRUN_OK;
}


int sr_taking_index (sr_Resolve *R, sr_Taking *T) {
  const sr_Taking *before = same_archive(R, T);
  Reading *G;
  int rc;
  T->index = (uint32_t)R->nindex;
  T->nindex = 0;
  if (!sr_file_is_archive(T->file) || (T->how & SR_TAKE_WHOLE))
    return SYMRUN_OK;
  if (T->changed) return index_anew(R, T);
  if (before != NULL) return index_again(R, T, before);
  G = (Reading *)sr_new(R->S, sizeof *G);
  if (G == NULL) return SYMRUN_NOMEM;
  G->R = R;
  G->T = T;
  G->scan.only = SR_NONE;
  G->scan.ask.view = SR_INDEX;
  G->scan.ask.want = SR_WANT_DEFINED;
  G->scan.ask.each = enter;
  G->scan.ask.ud = G;
  rc = sr_file_scan(T->file, &G->scan);
  sr_delete(R->S, G, sizeof *G);
  return rc;
}


/* -- inputs --------------------------------------------------------------- */

/* The same archive once more: nothing is read again. */
static int read_again (sr_Resolve *R, sr_Taking *T, const sr_Taking *before) {
  uint32_t i, k;
  int rc = SYMRUN_OK;
  for (i = 0; i < before->count && rc == SYMRUN_OK; i++) {
    sr_Unit *U, *from;
    rc = new_unit(R, T, R->units[before->first + i].member);
    if (rc != SYMRUN_OK) break;
    from = &R->units[before->first + i];
    U = &R->units[R->nunits - 1];
    U->lto = from->lto;
    U->alien = from->alien;
    for (k = 0; k < from->count && rc == SYMRUN_OK; k++) {
      rc = sr_room(R->S, &R->refs, &R->rrefs, R->nrefs, sizeof *R->refs);
      if (rc == SYMRUN_OK) R->refs[R->nrefs++] = R->refs[from->first + k];
    }
    U->count = from->count;
  }
  return rc;
}


/* Even if it is linked whole one time and not the other. */
static bool is_again (const sr_Resolve *R, const sr_Taking *T) {
  const sr_Taking *p = R->inputs;
  while (p < T && p->file != T->file) p++;
  return p < T && sr_file_is_archive(T->file);
}


/* Are its members COFF's?  The first of a linker's tells. */
static int is_coff (sr_File *F, bool *out) {
  sr_Member *m;
  uint32_t i;
  int rc;
  *out = false;
  for (i = 0; (rc = sr_file_member(F, i, &m)) == SYMRUN_OK; i++) {
    rc = sr_file_look(F, i);
    if (rc != SYMRUN_OK) return rc;
    m = &F->members[i];
    *out = m->format == SR_COFF || m->format == SR_COFF_BIGOBJ
        || m->format == SR_COFF_IMPORT;
    if (*out || m->format == SR_ELF || m->format == SR_MACHO
        || m->format == SR_WASM) return SYMRUN_OK;
  }
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}


static void ask (Reading *G) {
  bool library = G->T->file->role == SR_ROLE_LIBRARY;
  sr_Ask *A = &G->scan.ask;
  G->scan.only = SR_NONE;
  A->want = SR_WANT_DEFINED | SR_WANT_UNDEFINED;
  A->view = library ? SR_DYNAMIC : SR_NATIVE;
  A->linker = !library;
  A->versions = library;
  A->comdats = A->groups = !library;
  A->each = each;
  A->flush = flush;
  A->ud = G;
}


/* No linker links with a program, and of a universal file it takes a part. */
static const char *not_linkable (const sr_File *F) {
  if (F->role == SR_ROLE_EXECUTABLE)
    return "is a program, and nothing is linked with one";
  return sr_file_is_sliced(F)
       ? "is universal, and which slice of it is linked nobody said" : NULL;
}


static int read_nothing (Reading *G, const char *why) {
  sr_File *F = G->T->file;
  int rc;
  G->scan.file = F;
  sr_fail(F->S, SYMRUN_UNKNOWN, "%s", why);
  F->S->fault.field = "magic";
  rc = sr_file_gap(F, SR_NONE, G->scan.ask.view, false);
  return rc == SYMRUN_OK ? sr_file_done(F) : rc;
}


int sr_taking_read (sr_Resolve *R, sr_Taking *T) {
  const sr_Taking *before;
  Reading *G;
  size_t open = R->unread->ngaps;
  const char *why;
  int rc = sr_file_probe(T->file);
  if (rc != SYMRUN_OK) return rc;
  T->first = (uint32_t)R->nunits;
  before = same_archive(R, T);
  T->again = is_again(R, T);
  if (before != NULL) return read_again(R, T, before);
  G = (Reading *)sr_new(R->S, sizeof *G);
  if (G == NULL) return SYMRUN_NOMEM;
  G->R = R;
  G->T = T;
  ask(G);
  why = R->tree ? NULL : not_linkable(T->file);
  if (why != NULL) rc = read_nothing(G, why);
  else rc = is_coff(T->file, &G->scan.ask.raw);
  if (rc == SYMRUN_OK && why == NULL) rc = sr_file_scan(T->file, &G->scan);
  if (rc == SYMRUN_OK && why == NULL)
    rc = nameless(G, (uint32_t)T->file->count);
  if (rc == SYMRUN_OK) rc = sr_names_unread(R->unread, &G->scan);
  sr_delete(R->S, G, sizeof *G);
  if (R->unread->ngaps > open) sr_taking_gap(R, T);
  return rc;
}
