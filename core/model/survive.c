/*
** survive.c
** The walk from what a linker keeps in any case to all that this needs.  It
** goes in the order in which it meets sections, so that the chain which keeps
** a section is one of the shortest.
**
** Where something could not be read, it walks twice: over what is certain, and
** then over all.  What only the second walk keeps may go.
*/

#include <elf.h>

#include "survive_inner.h"


const char *sr_stay_prose (sr_Stay stay) {
  static const char *const prose[SR_STAYS] = {
    "nothing wants it", "wanted", "named on the line", "exported",
    "a shared library has or wants it", "retained", "run at begin or end",
    "a note", "kept for its name", "exception frames", "of no memory",
    "its group stays", "it belongs to a section that stays",
    "its begin or end is wanted"
  };
  return prose[stay];
}


void sr_survive_free (sr_Survive *V) {
  symrun *S;
  if (V == NULL) return;
  S = V->S;
  sr_delete(S, V->units, V->runits * sizeof *V->units);
  sr_delete(S, V->nodes, V->rnodes * sizeof *V->nodes);
  sr_delete(S, V->spans, V->rspans * sizeof *V->spans);
  sr_delete(S, V->edges, V->redges * sizeof *V->edges);
  sr_delete(S, V->beaten, V->rbeaten * sizeof *V->beaten);
  sr_delete(S, V->at, (V->nnames + 1) * sizeof *V->at);
  sr_delete(S, V->starts, (V->nnames + 1) * sizeof *V->starts);
  sr_delete(S, V->seen, (V->nnames + 1) * sizeof *V->seen);
  sr_delete(S, V->queue, (V->rnodes + 1) * sizeof *V->queue);
  sr_arena_free(S, &V->arena);
  sr_delete(S, V, sizeof *V);
}


/* -- the walk ------------------------------------------------------------- */

/* Is the unit linked, and this copy of what it holds, whatever could not be
   read? */
static bool is_sure (const sr_Survive *V, const sr_Node *N) {
  const sr_Resolve *R = V->R;
  const sr_Unit *U = &R->units[V->units[N->unit].unit];
  bool once = V->linker == SR_BFD || V->linker == SR_GOLD;
  if (R->gap == SIZE_MAX) return true;
  if (U->by == SR_NONE ? U->input < R->gap : once && U->input < R->group_gap)
    return true;
  return U->by == SR_NONE && !(N->is & SR_NODE_GROUPED);
}


void sr_survive_keep (sr_Survive *V, uint32_t node, sr_Stay stay,
                      uint32_t from, uint32_t via, bool sure) {
  sr_Node *N = &V->nodes[node];
  if (N->stay != SR_STAYS_NOT || !(N->is & SR_NODE_THERE)) return;
  if ((N->is & SR_NODE_DISCARDED) && V->linker != SR_BFD) return;
  if (V->strict && !(sure && is_sure(V, N))) {
    V->refused = true;
    return;
  }
  N->stay = (uint8_t)stay;
  N->sure = V->strict;
  N->from = from;
  N->via = via;
  V->queue[V->last++] = node;
}


/* Has this linker such a rule about sections whose edges are wanted? */
static bool edges_keep (const sr_Survive *V, uint32_t name, const sr_Node *N) {
  const char *s = sr_node_name(V, N);
  switch (V->linker) {
    case SR_BFD:
      return V->ask.start_stop_gc == SR_NO
          && V->R->syms[name].state == SR_BY_LINKER;
    case SR_LLD: case SR_LLD_14:
      return V->at[name] == SR_NONE && !(N->flags & SHF_LINK_ORDER)
          && (V->ask.start_stop_gc == SR_NO || strncmp(s, "__libc_", 7) == 0);
    case SR_GOLD: return true;
    default: return false;
  }
}


static void follow_name (sr_Survive *V, uint32_t node, uint32_t name) {
  uint16_t pass = V->strict ? SR_SEEN_EDGES : SR_SEEN_ALL_EDGES;
  bool sure = true;
  uint32_t i;
  if (V->strict && V->R->gap != SIZE_MAX) {
    sr_Winner w;
    sr_resolve_winner(V->R, name, &w);
    sure = w.sure;
  }
  if (V->at[name] != SR_NONE)
    sr_survive_keep(V, V->at[name], SR_STAYS_WANTED, node, name, sure);
  if (V->starts[name] == 0 || (V->seen[name] & pass)) return;
  if (sure || !V->strict) V->seen[name] |= pass;  /* all of them, once */
  for (i = V->starts[name]; i > 0; i = V->nodes[i - 1].same)
    if (edges_keep(V, name, &V->nodes[i - 1]))
      sr_survive_keep(V, i - 1, SR_STAYS_EDGE, node, name, sure);
}


/* lld: a frame keeps what tells how to pass its function, but no function, and
   nothing that stays with one by itself. */
static bool is_lsda (const sr_Survive *V, uint32_t edge) {
  uint32_t to = edge & SR_BY_NAME ? V->at[edge & ~SR_BY_NAME] : edge;
  const sr_Node *N = to != SR_NONE ? &V->nodes[to] : NULL;
  return N == NULL || !((N->flags & (SHF_EXECINSTR | SHF_LINK_ORDER))
                        || N->group != SR_NONE);
}


static void follow_span (sr_Survive *V, uint32_t node, const sr_Span *span) {
  uint32_t k;
  for (k = 0; k < span->count; k++) {
    uint32_t edge = V->edges[span->first + k];
    if (span->lsda && !is_lsda(V, edge)) continue;
    if (edge & SR_BY_NAME) follow_name(V, node, edge & ~SR_BY_NAME);
    else sr_survive_keep(V, edge, SR_STAYS_WANTED, node, SR_NONE, true);
  }
}


static void follow (sr_Survive *V, uint32_t node) {
  const sr_Node *N = &V->nodes[node];
  bool plain = N->stay == SR_STAYS_PLAIN;
  uint32_t i;
  for (i = plain ? 0 : N->spans; i > 0; i = V->spans[i - 1].next)
    follow_span(V, node, &V->spans[i - 1]);
  if (sr_is_lld(V))
    for (i = N->ordered; i > 0; i = V->nodes[i - 1].next)
      sr_survive_keep(V, i - 1, plain ? SR_STAYS_PLAIN : SR_STAYS_ORDER, node,
                      SR_NONE, true);
  if (N->group != SR_NONE && !plain && (V->linker == SR_BFD || sr_is_lld(V)))
    sr_survive_keep(V, N->group, SR_STAYS_GROUP, node, SR_NONE, true);
}


void sr_survive_drain (sr_Survive *V) {
  while (V->first < V->last) follow(V, V->queue[V->first++]);
}


static void walk (sr_Survive *V) {
  V->first = 0;  /* what was kept before may now lead further */
  sr_survive_roots(V);
  sr_survive_drain(V);
  sr_survive_extra(V);
  sr_survive_drain(V);
}


/* -- making --------------------------------------------------------------- */

/* bfd and gold have rules of their own for the tables of some machines. */
static bool known_machine (const sr_Survive *V) {
  switch (V->R->machine & 0xffff) {
    case 0: case EM_X86_64: case EM_386: case EM_AARCH64: case EM_RISCV:
    case EM_S390: case 258 /* EM_LOONGARCH */: return true;
    case EM_ARM: return V->linker != SR_BFD && V->linker != SR_GOLD;
    default: return sr_is_lld(V);
  }
}


static int check (sr_Survive *V) {
  const sr_Resolve *R = V->R;
  if (V->linker > SR_MOLD)
    return sr_fail(V->S, SYMRUN_UNKNOWN, "unknown: what %s drops is not known "
                   "to this version", sr_manners_name(V->linker));
  if (R->format != SR_ELF && R->machine != 0)
    return sr_fail(V->S, SYMRUN_UNKNOWN, "unknown: what is dropped can be "
                   "told of ELF objects only");
  if (!known_machine(V))
    return sr_fail(V->S, SYMRUN_UNKNOWN, "unknown: what %s drops is not known "
                   "for this machine", sr_manners_name(V->linker));
  if (V->nnames >= SR_BY_NAME) return sr_nomem(V->S);
  return SYMRUN_OK;
}


static int arrays (sr_Survive *V) {
  symrun *S = V->S;
  size_t i, n = V->nnames;
  V->at = (uint32_t *)sr_new(S, (n + 1) * sizeof *V->at);
  V->starts = (uint32_t *)sr_new(S, (n + 1) * sizeof *V->starts);
  V->seen = (uint16_t *)sr_new(S, (n + 1) * sizeof *V->seen);
  if (V->at == NULL || V->starts == NULL || V->seen == NULL)
    return SYMRUN_NOMEM;
  for (i = 0; i < n; i++) V->at[i] = SR_NONE;
  return SYMRUN_OK;
}


/* Why the resolver could not read all of it. */
static int blame_input (sr_Survive *V) {
  const sr_Resolve *R = V->R;
  const sr_File *F;
  if (R->gap == SIZE_MAX || V->open != NULL) return SYMRUN_OK;
  F = R->inputs[R->gap].file;
  V->open = sr_arena_format(V->S, &V->arena, "%s %s", F->path, F->ngaps > 0
                            ? F->gaps[0].reason : "could not be read");
  return V->open != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


static int make (sr_Survive *V) {
  int rc = check(V);
  if (rc == SYMRUN_OK) rc = arrays(V);
  if (rc == SYMRUN_OK) rc = blame_input(V);
  if (rc == SYMRUN_OK) rc = sr_survive_read(V);
  if (rc == SYMRUN_OK) rc = sr_survive_exports(V);
  if (rc != SYMRUN_OK) return rc;
  V->queue = (uint32_t *)sr_new(V->S, (V->rnodes + 1) * sizeof *V->queue);
  if (V->queue == NULL) return SYMRUN_NOMEM;
  V->strict = true;
  walk(V);
  V->strict = false;
  if (V->refused) walk(V);
  V->ask.exported = NULL;  /* these are the caller's */
  V->ask.entry.ptr = V->ask.init.ptr = V->ask.fini.ptr = NULL;
  return SYMRUN_OK;
}


int sr_survive_new (sr_Resolve *R, const sr_SurviveAsk *ask,
                    sr_Survive **out) {
  sr_Survive *V = (sr_Survive *)sr_new(R->S, sizeof *V);
  int rc;
  if (V == NULL) return SYMRUN_NOMEM;
  V->S = R->S;
  V->R = R;
  V->ask = *ask;
  V->linker = R->linker;
  if (V->ask.start_stop_gc == SR_MAYBE)
    V->ask.start_stop_gc = sr_is_lld(V) ? SR_YES : SR_NO;
  V->nnames = R->nsyms;
  V->run = R->runs;
  rc = make(V);
  if (rc == SYMRUN_OK) *out = V;
  else sr_survive_free(V);
  return rc;
}


/* -- answers -------------------------------------------------------------- */

size_t sr_survive_count (const sr_Survive *V) { return V->nnodes; }


bool sr_survive_section (const sr_Survive *V, uint32_t i, sr_Kept *out) {
  const sr_Node *N;
  memset(out, 0, sizeof *out);
  if (i >= V->nnodes || !(V->nodes[i].is & SR_NODE_THERE)) return false;
  N = &V->nodes[i];
  out->unit = &V->R->units[V->units[N->unit].unit];
  out->index = N->is & SR_NODE_COMMON ? SR_NONE : i - V->units[N->unit].base;
  out->section.ptr = out->index == SR_NONE ? "COMMON" : sr_node_name(V, N);
  out->section.len = strlen(out->section.ptr);
  out->size = N->size;
  out->name = N->via;
  out->from = N->from;
  out->stay = (sr_Stay)N->stay;
  out->sure = N->sure || (N->stay == SR_STAYS_NOT && V->open == NULL);
  out->discarded = (N->is & SR_NODE_DISCARDED) != 0;
  out->memory = (N->flags & SHF_ALLOC) != 0;
  out->merged = (N->flags & SHF_MERGE) && N->size > 0
             && !(N->is & SR_NODE_RELOCS);
  return true;
}


uint32_t sr_survive_of (const sr_Survive *V, uint32_t name) {
  return name < V->nnames ? V->at[name] : SR_NONE;
}


bool sr_survive_whole (const sr_Survive *V, const sr_Unit *U) {
  size_t i;
  for (i = 0; i < V->nunits; i++)
    if (&V->R->units[V->units[i].unit] == U) return !V->units[i].damaged;
  return false;
}


bool sr_survive_stale (const sr_Survive *V) { return V->run != V->R->runs; }


const char *sr_survive_open (const sr_Survive *V) { return V->open; }
