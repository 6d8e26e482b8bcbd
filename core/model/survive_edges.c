/*
** survive_edges.c
** What the relocations of one object want, as edges.  An object of a thousand
** functions has a thousand sections of relocations, which follow each other:
** they are looked at together.
*/

#include <elf.h>

#include "survive_inner.h"

#define GROUPS  4096  /* bytes of groups that are read together */


/* -- symbols -------------------------------------------------------------- */

/* The number of a name that the resolver met, or SR_NONE. */
static uint32_t known (const sr_Survive *V, const char *s, size_t len) {
  uint32_t id = sr_interned(&V->S->model->names, s, len);
  return id < V->nnames ? id : SR_NONE;
}


/* "f@V" of "f@@V", by which others may want it, too. */
static int versioned (sr_SurviveReading *G, const char *name, uint32_t *out) {
  sr_Survive *V = G->V;
  const char *at = strstr(name, "@@");
  sr_Str first = {name, 0}, second, s;
  int rc;
  *out = SR_NONE;
  if (at == NULL) return SYMRUN_OK;
  first.len = (size_t)(at - name);
  second.ptr = at + 1;
  second.len = strlen(second.ptr);
  rc = sr_text_join(V->S, &V->arena, first, second, &s);
  if (rc == SYMRUN_OK) *out = known(V, s.ptr, s.len);
  return rc;
}


/* A definition of "f@@V" is one of "f". */
static int name_of (sr_SurviveReading *G, const sr_ElfEntry *e,
                    uint32_t *out) {
  size_t len = strlen(e->name);
  const char *at = (const char *)memchr(e->name, '@', len);
  if (SR_UNLIKELY(at != NULL) && at != e->name && at[1] == '@'
      && at[2] != '\0') {
    if (e->index == SHN_UNDEF) return versioned(G, e->name, out);
    len = (size_t)(at - e->name);
  }
  *out = known(G->V, e->name, len);
  return SYMRUN_OK;
}


/* A common symbol is a section of its own; bfd has one for all of a file. */
static int common_node (sr_SurviveReading *G, uint32_t *out) {
  sr_Survive *V = G->V;
  sr_Node *N;
  int rc;
  *out = G->U->base;
  if (V->linker == SR_BFD && (V->nodes[*out].is & SR_NODE_COMMON))
    return SYMRUN_OK;
  if (V->linker != SR_BFD) {
    rc = sr_room(V->S, &V->nodes, &V->rnodes, V->nnodes, sizeof *N);
    if (rc != SYMRUN_OK) return rc;
    if (V->nnodes >= SR_BY_NAME - 1) return sr_nomem(V->S);
    *out = (uint32_t)V->nnodes++;
  }
  N = &V->nodes[*out];
  memset(N, 0, sizeof *N);
  N->unit = (uint32_t)(G->U - V->units);
  N->type = SHT_NOBITS;
  N->flags = SHF_ALLOC | SHF_WRITE;
  N->from = N->via = N->group = N->order = SR_NONE;
  N->is = SR_NODE_THERE | SR_NODE_COMMON;
  return SYMRUN_OK;
}


static int beaten (sr_Survive *V, uint32_t node, uint32_t name) {
  int rc;
  V->seen[name] |= SR_SEEN_DEFINED;
  if (V->R->syms[name].unit == V->units[V->nodes[node].unit].unit)
    return SYMRUN_OK;
  rc = sr_room(V->S, &V->beaten, &V->rbeaten, V->nbeaten, sizeof *V->beaten);
  if (rc != SYMRUN_OK) return rc;
  V->beaten[V->nbeaten].node = node;
  V->beaten[V->nbeaten++].name = name;
  return SYMRUN_OK;
}


/* A symbol that others may see: who wins its name, and is it this one? */
static int global (sr_SurviveReading *G, const sr_ElfEntry *e,
                   uint32_t *target) {
  sr_Survive *V = G->V;
  uint32_t name, node = SR_NONE;
  const sr_Sym *s;
  int rc = name_of(G, e, &name);
  *target = SR_NONE;
  if (rc != SYMRUN_OK || name == SR_NONE) return rc;
  if ((e->other & 3) == STV_HIDDEN || (e->other & 3) == STV_INTERNAL)
    V->seen[name] |= SR_SEEN_HIDDEN;
  *target = SR_BY_NAME | name;
  if (e->index == SHN_UNDEF) {
    *target = SR_BY_NAME | sr_name_wrapped(V->R, name);
    return SYMRUN_OK;
  }
  if (V->linker == SR_GOLD && e->section != 0
      && !(V->seen[name] & SR_SEEN_DEFINED)) {
    rc = beaten(V, G->U->base + e->section, name);
    if (rc != SYMRUN_OK) return rc;
  }
  s = &V->R->syms[name];
  if (strchr(e->name, '@') != NULL) V->seen[name] |= SR_SEEN_VERSIONED;
  if (s->unit != G->unit || s->state < SR_TAKEN_COMMON) return SYMRUN_OK;
  if (e->section != 0) node = G->U->base + e->section;
  else if (V->R->refs[s->ref].kind == SR_REF_COMMON) {
    rc = common_node(G, &node);
    if (rc != SYMRUN_OK) return rc;
    V->nodes[node].size += V->R->refs[s->ref].group;
  }
  V->at[name] = node;
  if (V->seen[name] & SR_SEEN_VERSIONED) {
    rc = versioned(G, e->name, &name);
    if (rc != SYMRUN_OK) return rc;
    if (name != SR_NONE && V->R->syms[name].unit == G->unit)
      V->at[name] = node;
  }
  return SYMRUN_OK;
}


int sr_survive_symbols (sr_SurviveReading *G) {
  symrun *S = G->V->S;
  uint64_t i;
  int rc = sr_elf_symbols(&G->E, &G->T);
  if (rc != SYMRUN_OK) return rc;
  if (G->T.count > SIZE_MAX / sizeof *G->targets) return sr_nomem(S);
  if (G->T.count > G->rtargets) {
    uint32_t *p = (uint32_t *)sr_resize(S, G->targets, G->rtargets * sizeof *p,
                                        (size_t)G->T.count * sizeof *p);
    if (p == NULL) return SYMRUN_NOMEM;
    G->targets = p;
    G->rtargets = (size_t)G->T.count;
  }
  if (G->T.count > 0) G->targets[0] = SR_NONE;
  for (i = 1; i < G->T.count && rc == SYMRUN_OK; i++) {
    sr_ElfEntry e;
    rc = sr_elf_entry(&G->E, &G->T, i, &e);
    if (rc != SYMRUN_OK) break;
    if (e.info >> 4 != STB_LOCAL) rc = global(G, &e, &G->targets[i]);
    else G->targets[i] = e.section != 0 ? G->U->base + e.section : SR_NONE;
  }
  return rc;
}


/* -- groups --------------------------------------------------------------- */

/* Is this unit's copy of the group the one that stays?  Of a group that has
   no symbol which others see, the first. */
static int is_taken (sr_SurviveReading *G, const char *name, bool *out) {
  sr_Survive *V = G->V;
  symrun *S = V->S;
  uint32_t id = sr_intern(S, &S->model->names, name, strlen(name));
  if (id == SR_NONE) return sr_nomem(S);
  while (id >= G->rcomdats) {
    size_t had = G->rcomdats, i;
    int rc = sr_room(S, &G->comdats, &G->rcomdats, had, sizeof *G->comdats);
    if (rc != SYMRUN_OK) return rc;
    for (i = had; i < G->rcomdats; i++) G->comdats[i] = SR_NONE;
  }
  if (id < V->nnames && V->R->syms[id].group != SR_NONE)
    G->comdats[id] = V->R->syms[id].group;
  if (G->comdats[id] == SR_NONE) G->comdats[id] = G->unit;
  *out = G->comdats[id] == G->unit;
  return SYMRUN_OK;
}


static int group_taken (sr_SurviveReading *G, const sr_ElfSection *group,
                        bool *out) {
  sr_ElfEntry e;
  const char *name;
  int rc;
  if (group->link != G->T.index)
    return sr_elf_damage(&G->E, group->at + (G->E.is64 ? 40 : 24), "sh_link",
                         group->link, "the index of the symbol table");
  rc = sr_elf_entry(&G->E, &G->T, group->info, &e);
  if (rc != SYMRUN_OK) return rc;
  name = e.name;
  if ((e.info & 15) == STT_SECTION)
    name = G->U->names + G->V->nodes[G->U->base + e.section].name;
  return is_taken(G, name, out);
}


static int read_group (sr_SurviveReading *G, const sr_ElfSection *group) {
  sr_Elf *E = &G->E;
  const unsigned char *p = sr_elf_bytes(E, SR_PASSING, group);
  sr_Node *nodes = G->V->nodes;
  uint32_t first = SR_NONE, last = SR_NONE, next, i;
  bool taken = true, memory = false;  /* lld: without, no group */
  uint64_t k;
  if (p == NULL) return E->S->code;
  if (sr_u32(p, E->big) & GRP_COMDAT) {
    int rc = group_taken(G, group, &taken);
    if (rc != SYMRUN_OK) return rc;
  }
  for (k = 4; k + 4 <= group->size; k += 4) {
    sr_Node *N;
    i = sr_u32(p + k, E->big);
    if (i >= E->shnum)
      return sr_elf_damage(E, group->offset + k, "section group", i,
                           "the index of a section");
    N = &nodes[G->U->base + i];
    if (!(N->is & SR_NODE_THERE) || (N->is & SR_NODE_GROUPED)) continue;
    N->is |= SR_NODE_GROUPED;
    memory |= (N->flags & SHF_ALLOC) != 0;
    if (!taken) N->is |= SR_NODE_DISCARDED;
    if (N->is & SR_NODE_DEBUG) G->debug_groups = true;
    if (last == SR_NONE) first = G->U->base + i;
    else nodes[last].group = G->U->base + i;
    last = G->U->base + i;
  }
  if (last == SR_NONE) return SYMRUN_OK;
  nodes[last].group = first;
  if (memory || !sr_is_lld(G->V)) return SYMRUN_OK;
  for (i = first; nodes[i].group != SR_NONE; i = next) {
    next = nodes[i].group;
    nodes[i].group = SR_NONE;
  }
  return SYMRUN_OK;
}


int sr_survive_groups (sr_SurviveReading *G) {
  sr_Elf *E = &G->E;
  uint64_t all = 0;
  uint32_t i;
  int rc = SYMRUN_OK;
  G->debug_groups = false;
  for (i = 1; i < E->shnum && rc == SYMRUN_OK; i++) {
    sr_ElfSection sec;
    if (G->V->nodes[G->U->base + i].type != SHT_GROUP) continue;
    rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK || sec.size < 4) continue;
    if (sr_inside(sec.offset, sec.size, E->part->size)) {
      sr_elf_look(E, SR_PASSING, sec.offset, sec.size, GROUPS);
      all += sec.size;
    }
    rc = all > E->part->size
       ? sr_elf_damage(E, sec.at + (E->is64 ? 32 : 20), "sh_size", sec.size,
                       "less, for all groups must fit into the file")
       : read_group(G, &sec);
  }
  return rc;
}


/* -- relocations ---------------------------------------------------------- */

int sr_survive_span (sr_Survive *V, uint32_t node, uint32_t first,
                     uint32_t count, bool lsda) {
  sr_Span *span;
  int rc;
  if (count == 0) return SYMRUN_OK;
  rc = sr_room(V->S, &V->spans, &V->rspans, V->nspans, sizeof *span);
  if (rc != SYMRUN_OK) return rc;
  if (V->nspans >= SR_NONE - 1) return sr_nomem(V->S);
  span = &V->spans[V->nspans++];
  span->first = first;
  span->count = count;
  span->lsda = lsda;
  span->next = V->nodes[node].spans;
  V->nodes[node].spans = (uint32_t)V->nspans;
  return SYMRUN_OK;
}


static int each_edge (void *ud, const sr_ElfReloc *r) {
  sr_SurviveReading *G = (sr_SurviveReading *)ud;
  sr_Survive *V = G->V;
  uint32_t edge = r->symbol != 0 ? G->targets[r->symbol] : SR_NONE;
  int rc;
  if (edge == SR_NONE || (V->nedges > G->begun
                          && V->edges[V->nedges - 1] == edge))
    return SYMRUN_OK;
  rc = sr_room(V->S, &V->edges, &V->redges, V->nedges, sizeof edge);
  if (rc != SYMRUN_OK) return rc;
  if (V->nedges >= SR_NONE - 1) return sr_nomem(V->S);
  V->edges[V->nedges++] = edge;
  return SYMRUN_OK;
}


static int each_frame (void *ud, const sr_ElfReloc *r) {
  sr_SurviveReading *G = (sr_SurviveReading *)ud;
  sr_FrameReloc *f;
  sr_ElfEntry e;
  int rc = sr_room(G->V->S, &G->frame, &G->rframe, G->nframe, sizeof *f);
  if (rc == SYMRUN_OK && r->symbol != 0)
    rc = sr_elf_entry(&G->E, &G->T, r->symbol, &e);
  if (rc != SYMRUN_OK) return rc;
  f = &G->frame[G->nframe++];
  f->offset = r->offset;
  f->edge = r->symbol != 0 ? G->targets[r->symbol] : SR_NONE;
  f->own = r->symbol != 0 && e.section != 0 ? G->U->base + e.section : SR_NONE;
  return SYMRUN_OK;
}


/* What no linker follows need not be read. */
static bool is_followed (const sr_SurviveReading *G, const sr_Node *N) {
  if (!(N->is & SR_NODE_THERE)) return false;
  if ((N->is & SR_NODE_DISCARDED) && G->V->linker != SR_BFD) return false;
  if (N->flags & SHF_ALLOC) return true;
  if (G->V->linker == SR_GOLD) return false;
  if (N->is & SR_NODE_GROUPED || N->flags & SR_RETAIN) return true;
  if (G->V->linker != SR_BFD) return (N->is & SR_NODE_IDENTIFIER) != 0;
  return !(N->is & SR_NODE_DEBUG) || G->debug_groups;
}


static int read_frame (sr_SurviveReading *G, const sr_ElfSection *sec,
                       uint32_t of, sr_ElfRelocAsk *ask) {
  sr_ElfSection frame;
  int rc;
  if (G->V->linker == SR_GOLD) return SYMRUN_OK;  /* follows none of them */
  G->nframe = 0;
  ask->each = each_frame;
  rc = sr_elf_section(&G->E, of, &frame);
  if (rc == SYMRUN_OK) rc = sr_elf_relocs(&G->E, sec, ask);
  return rc != SYMRUN_OK ? rc
       : sr_survive_frames(G->V, &G->E, &frame, G->U->base + of, G->frame,
                           G->nframe);
}


int sr_survive_relocs (sr_SurviveReading *G, uint32_t i) {
  sr_Survive *V = G->V;
  sr_ElfSection sec;
  sr_ElfRelocAsk ask;
  uint32_t of;
  int rc = sr_elf_section(&G->E, i, &sec);
  if (rc != SYMRUN_OK || !sr_elf_is_relocs(&sec)) return rc;
  of = sec.info;
  if (of >= G->U->count || of == 0 || of == i)
    return sr_elf_damage(&G->E, sec.at + (G->E.is64 ? 44 : 28), "sh_info", of,
                         "the index of the section that they change");
  if (sec.size > 0) V->nodes[G->U->base + of].is |= SR_NODE_RELOCS;
  if (!is_followed(G, &V->nodes[G->U->base + of])) return SYMRUN_OK;
  if (sec.link != G->T.index)
    return sr_elf_damage(&G->E, sec.at + (G->E.is64 ? 40 : 24), "sh_link",
                         sec.link, "the index of the symbol table");
  ask.symbols = G->T.count;
  ask.size = V->nodes[G->U->base + of].size;
  ask.ud = G;
  if (V->nodes[G->U->base + of].is & SR_NODE_FRAME)
    return read_frame(G, &sec, of, &ask);
  ask.each = each_edge;
  G->begun = V->nedges;
  rc = sr_elf_relocs(&G->E, &sec, &ask);
  if (rc != SYMRUN_OK && rc != SYMRUN_FORMAT) return rc;
  if (sr_survive_span(V, G->U->base + of, (uint32_t)G->begun,
                      (uint32_t)(V->nedges - G->begun), false) != SYMRUN_OK)
    return V->S->code;
  return rc;
}
