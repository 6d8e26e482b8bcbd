/*
** survive_read.c
** The sections of all that is linked, read once.  What could not be read of
** one object may want anything, so it leaves every other section in doubt.
*/

#include <elf.h>

#include "survive_inner.h"

#define EXCLUDE  0x80000000u


/* -- sections ------------------------------------------------------------- */

static bool begins (const char *s, const char *with) {
  return strncmp(s, with, strlen(with)) == 0;
}


/* bfd goes by names alone. */
static bool is_debug (const char *s) {
  return begins(s, ".debug") || begins(s, ".zdebug") || begins(s, ".stab")
      || begins(s, ".gnu.debuglto_.debug_") || begins(s, ".line")
      || begins(s, ".gnu.linkonce.wi.") || strcmp(s, ".gdb_index") == 0;
}


/* What linkers read and do not link.  lld and bfd leave out what is marked as
   left out; gold and mold link it. */
static bool is_there (const sr_Survive *V, const sr_ElfSection *sec) {
  switch (sec->type) {
    case SHT_NULL: case SHT_SYMTAB: case SHT_STRTAB: case SHT_GROUP:
    case SHT_SYMTAB_SHNDX: return false;
    default: break;
  }
  if (sr_elf_is_relocs(sec)) return false;
  return !(sec->flags & EXCLUDE) || V->linker == SR_GOLD
      || V->linker == SR_MOLD;
}


static int add_section (sr_SurviveReading *G, uint32_t i) {
  sr_Survive *V = G->V;
  sr_ElfSection sec;
  sr_Node *N;
  const char *name;
  int rc = sr_elf_section(&G->E, i, &sec);
  if (rc == SYMRUN_OK)
    rc = sr_room(V->S, &V->nodes, &V->rnodes, V->nnodes, sizeof *N);
  if (rc != SYMRUN_OK) return rc;
  if (V->nnodes >= SR_BY_NAME - 1) return sr_nomem(V->S);
  if (sec.name >= G->U->size)
    return sr_elf_damage(&G->E, sec.at, "sh_name", sec.name, "inside the "
                         "table of section names");
  name = G->U->names + sec.name;
  N = &V->nodes[V->nnodes++];
  memset(N, 0, sizeof *N);
  N->unit = (uint32_t)(G->U - V->units);
  N->name = sec.name;
  N->type = sec.type;
  N->flags = (uint32_t)sec.flags;
  N->size = sec.size;
  N->from = N->via = N->group = N->order = SR_NONE;
  if (i > 0 && is_there(V, &sec)) N->is |= SR_NODE_THERE;
  if (strcmp(name, ".eh_frame") == 0) N->is |= SR_NODE_FRAME;
  if (sr_is_identifier(name, strlen(name))) N->is |= SR_NODE_IDENTIFIER;
  if (!(sec.flags & SHF_ALLOC) && is_debug(name)) N->is |= SR_NODE_DEBUG;
  if ((sec.flags & SHF_LINK_ORDER) && sec.link > 0 && sec.link < G->E.shnum)
    N->order = sec.link;  /* its node, when all are there */
  G->U->count++;
  return SYMRUN_OK;
}


/* Sections that hang on others, from the last, so that lists are in order. */
static void order_sections (sr_SurviveReading *G) {
  sr_Node *nodes = G->V->nodes;
  uint32_t base = G->U->base, i;
  for (i = base + G->U->count; i-- > base; ) {
    sr_Node *N = &nodes[i];
    if (N->order >= G->U->count) N->order = SR_NONE;  /* it was not read */
    if (N->order == SR_NONE) continue;
    N->order += base;
    N->next = nodes[N->order].ordered;
    nodes[N->order].ordered = i + 1;
  }
}


/* bfd believes SHF_GNU_RETAIN in files that say they are GNU's. */
static int check_retain (sr_SurviveReading *G) {
  const unsigned char *p;
  uint32_t i;
  if (G->V->linker != SR_BFD) return SYMRUN_OK;
  p = sr_elf_look(&G->E, SR_PASSING, 0, EI_NIDENT, 0);
  if (p == NULL) return G->V->S->code;
  if (p[EI_OSABI] == ELFOSABI_GNU || p[EI_OSABI] == ELFOSABI_FREEBSD)
    return SYMRUN_OK;
  for (i = 0; i < G->U->count; i++)
    G->V->nodes[G->U->base + i].flags &= ~SR_RETAIN;
  return SYMRUN_OK;
}


static int read_sections (sr_SurviveReading *G) {
  symrun *S = G->V->S;
  sr_ElfNames names;
  uint32_t i;
  int rc = sr_elf_names(&G->E, &names);
  if (rc != SYMRUN_OK) return rc;
  G->U->names = sr_arena_copy(S, &G->V->arena, names.text, names.size);
  if (G->U->names == NULL) return SYMRUN_NOMEM;
  G->U->size = names.size;
  for (i = 0; i < G->E.shnum && rc == SYMRUN_OK; i++) rc = add_section(G, i);
  order_sections(G);
  return rc == SYMRUN_OK ? check_retain(G) : rc;
}


/* -- units ---------------------------------------------------------------- */

static int blame (sr_Survive *V, const sr_Unit *U) {
  const sr_File *F = V->S->model->files[U->file];
  if (V->open != NULL) return SYMRUN_OK;
  V->open = U->member == SR_NONE
          ? sr_arena_format(V->S, &V->arena, "%s %s", F->path, V->S->message)
          : sr_arena_format(V->S, &V->arena, "%s(%.*s) %s", F->path,
                            (int)F->members[U->member].name.len,
                            F->members[U->member].name.ptr, V->S->message);
  return V->open != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


static int read_unit (symrun *S, uint32_t i, const sr_Member *m,
                      const sr_Part *part, void *ud) {
  sr_SurviveReading *G = (sr_SurviveReading *)ud;
  uint32_t k;
  int rc;
  (void)i;
  if (m->format != SR_ELF)
    return sr_fail(S, SYMRUN_UNKNOWN, "is no ELF object, and what it keeps "
                   "cannot be told");
  rc = sr_elf_open(S, part, &G->E);
  if (rc == SYMRUN_OK) rc = read_sections(G);
  if (rc == SYMRUN_OK) rc = sr_survive_symbols(G);
  if (rc == SYMRUN_OK) rc = sr_survive_groups(G);
  for (k = 1; k < G->E.shnum && rc == SYMRUN_OK; k++)
    rc = sr_survive_relocs(G, k);
  return rc;
}


static int add_unit (sr_SurviveReading *G, uint32_t unit) {
  sr_Survive *V = G->V;
  const sr_Unit *U = &V->R->units[unit];
  sr_File *F = V->S->model->files[U->file];
  int rc = sr_room(V->S, &V->units, &V->runits, V->nunits, sizeof *G->U);
  if (rc != SYMRUN_OK) return rc;
  G->U = &V->units[V->nunits++];
  memset(G->U, 0, sizeof *G->U);
  G->U->unit = G->unit = unit;
  G->U->base = (uint32_t)V->nnodes;
  if (U->lto || U->alien) {
    sr_fail(V->S, SYMRUN_UNKNOWN, "%s", U->lto ? "holds intermediate code, "
            "and what is made of it is not there yet" : "is for another "
            "target");
    return blame(V, U);
  }
  rc = sr_member_use(F, U->member == SR_NONE ? 0 : U->member, read_unit, G);
  if (rc >= 0 || rc == SYMRUN_NOMEM) return rc < 0 ? rc : SYMRUN_OK;
  V->units[V->nunits - 1].damaged = true;
  if (blame(V, U) != SYMRUN_OK) return SYMRUN_NOMEM;
  return sr_file_as_gap(F, U->member, SR_NATIVE, rc);
}


/* A name that an object hides stays all the same: in gold, for a library that
   defines it, too, or wants it and came before; in bfd's programs for one that
   defines it and comes behind. */
static bool all_the_same (const sr_Survive *V, const sr_Unit *library,
                          const sr_Ref *ref) {
  const sr_Sym *s = &V->R->syms[ref->name];
  const sr_Unit *U;
  if (s->unit == SR_NONE) return false;
  U = &V->R->units[s->unit];
  if (V->linker == SR_GOLD)
    return sr_ref_defines(ref) || library->input < U->input;
  return V->linker == SR_BFD && !V->ask.library && sr_ref_defines(ref)
      && library->input > U->input;
}


/* Libraries, which bfd and mold forget when nothing needs them. */
static void meet_libraries (sr_Survive *V) {
  const sr_Resolve *R = V->R;
  bool all = V->linker == SR_GOLD || sr_is_lld(V);
  size_t i;
  uint32_t k;
  for (i = 0; i < R->nunits; i++) {
    const sr_Unit *U = &R->units[i];
    if (!U->library || (!all && U->order == 0)) continue;
    for (k = U->first; k < U->first + U->count; k++)
      V->seen[R->refs[k].name] |= (uint16_t)(SR_SEEN_BY_LIBRARY
        | (all_the_same(V, U, &R->refs[k]) ? SR_SEEN_ALL_THE_SAME : 0));
  }
}


/* "__start_x" and "__stop_x" lead to all sections "x". */
static int meet_identifiers (sr_Survive *V) {
  static const sr_Str edges[] = {{"__start_", 8}, {"__stop_", 7}};
  size_t i;
  int k, rc;
  for (i = V->nnodes; i-- > 0; ) {
    sr_Node *N = &V->nodes[i];
    if (!(N->is & SR_NODE_THERE) || !(N->is & SR_NODE_IDENTIFIER)) continue;
    for (k = 0; k < 2; k++) {
      sr_Str name = {sr_node_name(V, N), 0}, s;
      uint32_t id;
      name.len = strlen(name.ptr);
      rc = sr_text_join(V->S, &V->arena, edges[k], name, &s);
      if (rc != SYMRUN_OK) return rc;
      id = sr_interned(&V->S->model->names, s.ptr, s.len);
      if (id >= V->nnames) continue;
      if (V->starts[id] != i + 1) N->same = V->starts[id];
      V->starts[id] = (uint32_t)i + 1;
    }
  }
  return SYMRUN_OK;
}


int sr_survive_read (sr_Survive *V) {
  sr_Resolve *R = V->R;
  sr_SurviveReading *G = (sr_SurviveReading *)sr_new(V->S, sizeof *G);
  size_t i;
  int rc = SYMRUN_OK;
  if (G == NULL) return SYMRUN_NOMEM;
  G->V = V;
  for (i = 0; i < R->nlinked && rc == SYMRUN_OK; i++) {
    const sr_Unit *U = &R->units[R->linked[i]];
    if (U->file != SR_NONE && !U->library && U->order != 0)
      rc = add_unit(G, R->linked[i]);
  }
  if (rc == SYMRUN_OK && V->S->model->current != NULL)
    rc = sr_file_done(V->S->model->current);
  sr_delete(V->S, G->targets, G->rtargets * sizeof *G->targets);
  sr_delete(V->S, G->frame, G->rframe * sizeof *G->frame);
  sr_delete(V->S, G->comdats, G->rcomdats * sizeof *G->comdats);
  sr_delete(V->S, G, sizeof *G);
  if (rc == SYMRUN_OK) meet_libraries(V);
  return rc == SYMRUN_OK ? meet_identifiers(V) : rc;
}
