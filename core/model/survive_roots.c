/*
** survive_roots.c
** What a linker keeps in any case, by its own rules.  None of them stands in
** a specification: bfd goes by its default script, lld by types of sections,
** gold and mold by how names begin, and each has other reasons to think that
** somebody outside may want a symbol.
*/

#include <elf.h>

#include "survive_inner.h"


/* -- exported symbols ----------------------------------------------------- */

/* bfd exports nothing from what has no dynamic sections. */
static bool exports_any (const sr_Survive *V) {
  size_t i;
  if (V->linker != SR_BFD || V->ask.library || V->ask.dynamic
      || V->ask.keep_exported) return true;
  for (i = 0; i < V->R->nunits; i++)
    if (V->R->units[i].library) return true;
  return false;
}


int sr_survive_exports (sr_Survive *V) {
  uint32_t name;
  if (!exports_any(V)) {
    for (name = 0; name < V->nnames; name++)
      V->seen[name] &= (uint16_t)~SR_SEEN_BY_LIBRARY;
    return SYMRUN_OK;
  }
  for (name = 0; name < V->nnames; name++) {
    int answer = V->ask.library ? SR_YES : SR_NO;
    if (V->at[name] == SR_NONE || (V->seen[name] & SR_SEEN_HIDDEN)) continue;
    /* a version in the object counts for more than a script */
    if (V->ask.exported != NULL
        && !(V->ask.library && (V->seen[name] & SR_SEEN_VERSIONED)))
      answer = V->ask.exported(V->ask.ud, sr_name_text(V->S, name));
    if (answer < 0) return answer;
    if ((answer == SR_HIDDEN_BY_SCRIPT
         || (answer != SR_YES && V->ask.library))
        && (sr_is_lld(V) || V->linker == SR_MOLD))
      V->seen[name] &= (uint16_t)~SR_SEEN_BY_LIBRARY;
    if (answer == SR_YES || V->ask.keep_exported)
      V->seen[name] |= SR_SEEN_EXPORTED;
    if (answer == SR_MAYBE) V->seen[name] |= SR_SEEN_PERHAPS;
  }
  return SYMRUN_OK;
}


/* gold keeps what it took for exported when it read it, though another beat
   that later. */
static void keep_beaten (sr_Survive *V) {
  size_t i;
  for (i = 0; i < V->nbeaten; i++) {
    uint32_t name = V->beaten[i].name;
    uint16_t seen = V->seen[name];
    if (V->at[name] != SR_NONE && (seen & (SR_SEEN_EXPORTED | SR_SEEN_PERHAPS)))
      sr_survive_keep(V, V->beaten[i].node, SR_STAYS_EXPORTED, SR_NONE, name,
                      (seen & SR_SEEN_EXPORTED) != 0);
  }
}


static void keep_exports (sr_Survive *V) {
  uint32_t name;
  keep_beaten(V);
  for (name = 0; name < V->nnames; name++) {
    uint16_t seen = V->seen[name];
    sr_Stay stay = seen & SR_SEEN_EXPORTED ? SR_STAYS_EXPORTED
                 : seen & SR_SEEN_BY_LIBRARY ? SR_STAYS_LIBRARY
                 : seen & SR_SEEN_PERHAPS ? SR_STAYS_EXPORTED : SR_STAYS_NOT;
    if (V->at[name] == SR_NONE || stay == SR_STAYS_NOT) continue;
    if ((seen & SR_SEEN_HIDDEN)
        && !(stay == SR_STAYS_LIBRARY && (seen & SR_SEEN_ALL_THE_SAME)))
      continue;
    sr_survive_keep(V, V->at[name], stay, SR_NONE, name,
                    (seen & (SR_SEEN_EXPORTED | SR_SEEN_BY_LIBRARY)) != 0);
  }
}


/* -- symbols that the line names ------------------------------------------ */

static void keep_name (sr_Survive *V, uint32_t name, bool sure) {
  if (name < V->nnames && V->at[name] != SR_NONE)
    sr_survive_keep(V, V->at[name], SR_STAYS_ENTRY, SR_NONE, name, sure);
}


static void keep_text (sr_Survive *V, sr_Str name, const char *by_default) {
  const sr_Interned *I = &V->S->model->names;
  keep_name(V, name.ptr != NULL
            ? sr_interned(I, name.ptr, name.len)
            : sr_interned(I, by_default, strlen(by_default)), true);
}


/* mold before 2 does not look at --init, --fini and --defsym. */
static void keep_names (sr_Survive *V) {
  const sr_Resolve *R = V->R;
  const sr_Unit *line = &R->units[0];
  bool mips = (R->machine & 0xffff) == EM_MIPS;
  uint32_t k;
  if (V->ask.entry.ptr != NULL || R->entry == SR_NONE)
    keep_text(V, V->ask.entry, mips ? "__start" : "_start");
  else keep_name(V, R->entry, true);
  for (k = line->first; k < line->first + line->count; k++) {
    bool defsym = k > line->first && R->refs[k - 1].kind == SR_REF_STRONG;
    if (!sr_ref_defines(&R->refs[k]))
      keep_name(V, R->refs[k].name, !defsym || V->linker != SR_MOLD);
  }
  if (V->linker == SR_MOLD) return;
  keep_text(V, V->ask.init, "_init");
  keep_text(V, V->ask.fini, "_fini");
}


/* -- sections ------------------------------------------------------------- */

static bool is_one_of (const char *name, const char *const *list,
                       bool by_begin) {
  for (; *list != NULL; list++) {
    size_t n = strlen(*list);
    if (strncmp(name, *list, n) == 0 && (by_begin || name[n] == '\0'))
      return true;
  }
  return false;
}


static bool is_table (const sr_Node *N) {
  return N->type == SHT_INIT_ARRAY || N->type == SHT_FINI_ARRAY
      || N->type == SHT_PREINIT_ARRAY;
}


/* What its script says KEEP of. */
static sr_Stay by_bfd (const sr_Node *N, const char *name) {
  static const char *const exact[] = {
    ".init", ".fini", ".preinit_array", ".init_array", ".fini_array",
    ".ctors", ".dtors", ".jcr", ".gnu.attributes", NULL
  };
  static const char *const begins[] = {
    ".init_array.", ".fini_array.", ".ctors.", ".dtors.", NULL
  };
  if (N->is & SR_NODE_FRAME) return SR_STAYS_FRAME;
  if (is_one_of(name, exact, false) || is_one_of(name, begins, true))
    return SR_STAYS_TABLE;
  if (N->type == SHT_NOTE && N->group == SR_NONE
      && !(N->is & SR_NODE_GROUPED) && N->order == SR_NONE)
    return SR_STAYS_NOTE;
  return N->flags & SR_RETAIN ? SR_STAYS_RETAINED : SR_STAYS_NOT;
}


static sr_Stay by_lld (const sr_Node *N, const char *name) {
  static const char *const exact[] = {".init", ".fini", ".jcr", NULL};
  static const char *const begins[] = {".init_array", ".ctors", ".dtors",
                                       NULL};
  bool alone = N->group == SR_NONE;
  if (N->is & SR_NODE_FRAME) return SR_STAYS_FRAME;
  if (N->flags & SR_RETAIN) return SR_STAYS_RETAINED;
  if (N->flags & SHF_LINK_ORDER) return SR_STAYS_NOT;
  if (is_table(N) || is_one_of(name, exact, false)
      || is_one_of(name, begins, true)) return SR_STAYS_TABLE;
  if (N->type == SHT_NOTE && alone) return SR_STAYS_NOTE;
  return !(N->flags & SHF_ALLOC) && alone ? SR_STAYS_PLAIN : SR_STAYS_NOT;
}


static sr_Stay by_gold (const sr_Node *N, const char *name) {
  static const char *const begins[] = {
    ".ctors", ".dtors", ".init", ".fini", ".jcr", ".preinit_array", NULL
  };
  static const char *const by_names[] = {".gcc_except_table", NULL};
  static const char *const notes[] = {".note", NULL};
  static const char *const code[] = {".text", ".data", ".sdata",
                                     ".gnu.linkonce.d", NULL};
  if (N->is & (SR_NODE_FRAME)) return SR_STAYS_FRAME;
  if (N->is & SR_NODE_COMMON) return SR_STAYS_NAME;
  if (!(N->flags & SHF_ALLOC)) return SR_STAYS_PLAIN;
  if (N->flags & SR_RETAIN) return SR_STAYS_RETAINED;
  if (is_table(N) || is_one_of(name, begins, true)) return SR_STAYS_TABLE;
  if (is_one_of(name, notes, true)) return SR_STAYS_NOTE;
  if (is_one_of(name, by_names, true)
      || (is_one_of(name, code, true) && strstr(name, "personality") != NULL)
      || (strncmp(name, ".rodata", 7) == 0
          && strstr(name, "nptl_version") != NULL)) return SR_STAYS_NAME;
  return SR_STAYS_NOT;
}


static sr_Stay by_mold (const sr_Node *N, const char *name, bool arm) {
  static const char *const begins[] = {".ctors", ".dtors", ".init", ".fini",
                                       NULL};
  if (N->is & SR_NODE_FRAME) return SR_STAYS_FRAME;
  if (N->is & SR_NODE_COMMON) return SR_STAYS_NOT;
  if (N->flags & SR_RETAIN) return SR_STAYS_RETAINED;
  if (N->type == SHT_NOTE) return SR_STAYS_NOTE;
  if (is_table(N) || is_one_of(name, begins, true)) return SR_STAYS_TABLE;
  if (arm && N->type == SHT_ARM_EXIDX) return SR_STAYS_FRAME;
  if (N->is & SR_NODE_IDENTIFIER) return SR_STAYS_NAME;
  return N->flags & SHF_ALLOC ? SR_STAYS_NOT : SR_STAYS_PLAIN;
}


static void keep_sections (sr_Survive *V) {
  bool arm = (V->R->machine & 0xffff) == EM_ARM;
  uint32_t i;
  for (i = 0; i < V->nnodes; i++) {
    const sr_Node *N = &V->nodes[i];
    const char *name;
    sr_Stay stay;
    if (!(N->is & SR_NODE_THERE)) continue;
    name = N->is & SR_NODE_COMMON ? "COMMON" : sr_node_name(V, N);
    stay = V->linker == SR_BFD ? by_bfd(N, name)
         : V->linker == SR_GOLD ? by_gold(N, name)
         : V->linker == SR_MOLD ? by_mold(N, name, arm) : by_lld(N, name);
    if (stay != SR_STAYS_NOT)
      sr_survive_keep(V, i, stay, SR_NONE, SR_NONE, true);
  }
}


void sr_survive_roots (sr_Survive *V) {
  keep_names(V);
  keep_exports(V);
  keep_sections(V);
}


/* -- what bfd does in the end --------------------------------------------- */

/* The section that is kept and that this one belongs to, over others that
   belong to it; lists of them may be rings.  Where a walk of the same number
   came by, it found none. */
static uint32_t linked_to_kept (const sr_Survive *V, uint32_t i,
                                uint32_t walk) {
  uint32_t at = V->nodes[i].order;
  for (; at != SR_NONE && V->nodes[at].walked != walk;
       at = V->nodes[at].order) {
    if (V->nodes[at].stay != SR_STAYS_NOT) return at;
    V->nodes[at].walked = walk;
  }
  return SR_NONE;
}


/* All of such a list, at once; a new walk begins, for there is more that is
   kept. */
static void keep_ordered (sr_Survive *V, uint32_t i, uint32_t *walk) {
  uint32_t kept = linked_to_kept(V, i, *walk), at;
  if (kept == SR_NONE) return;
  for (at = i; at != kept; at = V->nodes[at].order)
    sr_survive_keep(V, at, SR_STAYS_ORDER, kept, SR_NONE, true);
  sr_survive_drain(V);
  ++*walk;
}


static bool is_plain (const sr_Node *N) {
  if (N->is & SR_NODE_DEBUG) return true;
  return !(N->flags & SHF_ALLOC) && !(N->is & SR_NODE_RELOCS);
}


/* A group of nothing but such sections. */
static bool is_plain_group (const sr_Survive *V, uint32_t i) {
  uint32_t at = i;
  do {
    if (!is_plain(&V->nodes[at])) return false;
    at = V->nodes[at].group;
  } while (at != SR_NONE && at != i);
  return true;
}


/* Debug information of a file stays if something of memory of that file does,
   and with it what it wants of such information in groups. */
static void keep_plain (sr_Survive *V, uint32_t first, uint32_t end) {
  uint32_t i, s, k;
  for (i = first; i < end; i++) {
    const sr_Node *N = &V->nodes[i];
    if (!(N->is & SR_NODE_THERE) || N->order != SR_NONE || !is_plain(N))
      continue;
    if ((N->is & SR_NODE_GROUPED) && !is_plain_group(V, i)) continue;
    sr_survive_keep(V, i, SR_STAYS_PLAIN, SR_NONE, SR_NONE, true);
  }
  for (i = first; i < end; i++) {
    const sr_Node *N = &V->nodes[i];
    if (N->stay == SR_STAYS_NOT || !(N->is & SR_NODE_DEBUG)) continue;
    for (s = N->spans; s > 0; s = V->spans[s - 1].next)
      for (k = 0; k < V->spans[s - 1].count; k++) {
        uint32_t edge = V->edges[V->spans[s - 1].first + k];
        uint32_t to = edge & SR_BY_NAME ? V->at[edge & ~SR_BY_NAME] : edge;
        if (to != SR_NONE && (V->nodes[to].is & SR_NODE_DEBUG))
          sr_survive_keep(V, to, SR_STAYS_PLAIN, i, SR_NONE, true);
      }
  }
}


void sr_survive_extra (sr_Survive *V) {
  size_t u;
  uint32_t i, walk = V->strict ? 1 : SR_BY_NAME;
  if (V->linker != SR_BFD) return;
  for (u = 0; u < V->nunits; u++) {
    uint32_t first = V->units[u].base, end = first + V->units[u].count;
    bool some = false;
    for (i = first; i < end; i++) {
      sr_Node *N = &V->nodes[i];
      if (N->stay != SR_STAYS_NOT) {
        some |= (N->flags & SHF_ALLOC) && N->type != SHT_NOTE
             && N->stay != SR_STAYS_ORDER;
        continue;
      }
      if (N->order != SR_NONE) keep_ordered(V, i, &walk);
    }
    if (some) keep_plain(V, first, end);
  }
}
