/*
** survive_inner.h
** What the files about sections that survive share, and nobody else sees.
**
** A node is a section, by the number of its unit's first one and its index.
** An edge is a node or, with the upper bit, a name: whoever wins it.
*/

#ifndef sr_survive_inner_h
#define sr_survive_inner_h

#include "resolve_inner.h"
#include "survive.h"

#define SR_RETAIN   0x200000u    /* SHF_GNU_RETAIN */
#define SR_BY_NAME  0x80000000u  /* of an edge */

/* Of a node. */
enum {
  SR_NODE_THERE = 1,      /* linkers see it as a section that may go */
  SR_NODE_DISCARDED = 2,  /* in a COMDAT group of which another copy stays */
  SR_NODE_GROUPED = 4,
  SR_NODE_FRAME = 8,      /* .eh_frame, read record by record */
  SR_NODE_DEBUG = 16,
  SR_NODE_RELOCS = 32,    /* it has relocations */
  SR_NODE_COMMON = 64,
  SR_NODE_IDENTIFIER = 128  /* its name could be a symbol's in C */
};

typedef struct sr_Node {
  uint32_t unit, name;      /* of sr_SurviveUnit; offset of its name there */
  uint32_t type, flags;     /* sh_type, and the lower half of sh_flags */
  uint32_t spans;           /* 1 + the first of its edges' spans, or 0 */
  uint32_t from, via;       /* what keeps it: a node, and by which name */
  uint32_t group;           /* the next of its group, a ring; or SR_NONE */
  uint32_t order;           /* SHF_LINK_ORDER: of which section; or SR_NONE */
  uint32_t ordered;         /* 1 + the first section that has this one in
                               'order', or 0 */
  uint32_t next;            /* 1 + the one behind it in such a list, or 0 */
  uint32_t walked;          /* bfd: the last walk along 'order' that came by */
  uint32_t same;            /* 1 + another of this name that C could have */
  uint16_t is;              /* SR_NODE_... */
  uint8_t stay;             /* sr_Stay: SR_STAYS_NOT while it is not kept */
  bool sure;
  uint64_t size;
} sr_Node;

typedef struct sr_Span {
  uint32_t first, count;    /* of the edges */
  uint32_t next;            /* 1 + the next of this node, or 0 */
  bool lsda;                /* lld: those of one function's frame */
} sr_Span;

typedef struct sr_SurviveUnit {
  uint32_t unit;            /* of the resolver */
  uint32_t base, count;     /* nodes */
  const char *names;
  uint64_t size;            /* of the names */
  bool damaged;             /* not all of it was read */
} sr_SurviveUnit;

/* What objects and libraries say of a name. */
enum { SR_SEEN_HIDDEN = 1, SR_SEEN_BY_LIBRARY = 2, SR_SEEN_EXPORTED = 4,
       SR_SEEN_PERHAPS = 8 /* exported, or not */,
       SR_SEEN_EDGES = 16, SR_SEEN_ALL_EDGES = 32, /* all of that name */
       SR_SEEN_DEFINED = 64, SR_SEEN_VERSIONED = 128,
       SR_SEEN_ALL_THE_SAME = 256 /* a library keeps it, though hidden */ };

struct sr_Survive {
  symrun *S;
  sr_Resolve *R;
  sr_SurviveAsk ask;
  sr_Linker linker;
  sr_SurviveUnit *units;
  size_t nunits, runits;
  sr_Node *nodes;
  size_t nnodes, rnodes;
  sr_Span *spans;
  size_t nspans, rspans;
  uint32_t *edges;
  size_t nedges, redges;
  uint32_t *at;             /* by name: the winner's node, or SR_NONE */
  uint16_t *seen;           /* by name: SR_SEEN_... */
  struct sr_Beaten { uint32_t node, name; } *beaten;
  size_t nbeaten, rbeaten;  /* gold: the first definition, where it is not the
                               winner */
  uint32_t *starts;         /* by name "__start_x": 1 + the first section x */
  size_t nnames;
  size_t run;               /* of the resolver */
  uint32_t *queue;
  size_t first, last;       /* of the queue */
  bool strict;              /* only what is sure is kept now... */
  bool refused;             /* and something else was not */
  const char *open;         /* why not all is known */
  sr_Arena arena;
};

/* A relocation of an ".eh_frame". */
typedef struct sr_FrameReloc {
  uint64_t offset;
  uint32_t edge;
  uint32_t own;             /* the section of its symbol in this object: a
                               node, or SR_NONE */
} sr_FrameReloc;

/* While one object is read. */
typedef struct sr_SurviveReading {
  sr_Survive *V;
  uint32_t unit;               /* of the resolver */
  sr_SurviveUnit *U;
  sr_Elf E;
  sr_ElfSymbols T;
  uint32_t *targets;           /* by symbol: an edge, or SR_NONE */
  size_t rtargets;
  sr_FrameReloc *frame;        /* of one .eh_frame */
  size_t nframe, rframe;
  uint32_t *comdats;           /* by name: the unit whose group is taken */
  size_t rcomdats;
  size_t begun;                /* of the span that is being read */
  bool debug_groups;
} sr_SurviveReading;

/* survive_read.c: the sections and relocations of all that is linked. */
int  sr_survive_read (sr_Survive *V);
/* survive_edges.c: of one object; in this order. */
int  sr_survive_symbols (sr_SurviveReading *G);
int  sr_survive_groups (sr_SurviveReading *G);
int  sr_survive_relocs (sr_SurviveReading *G, uint32_t i);
/* More edges of a node. */
int  sr_survive_span (sr_Survive *V, uint32_t node, uint32_t first,
                      uint32_t count, bool lsda);
/* survive_frames.c: the records of an ".eh_frame". */
int  sr_survive_frames (sr_Survive *V, sr_Elf *E, const sr_ElfSection *sec,
                        uint32_t node, sr_FrameReloc *list, size_t count);

/* survive_roots.c: what each linker keeps in any case. */
int  sr_survive_exports (sr_Survive *V);  /* once, before: */
void sr_survive_roots (sr_Survive *V);
/* bfd, in the end: what belongs to sections that are kept. */
void sr_survive_extra (sr_Survive *V);

/* survive.c */
void sr_survive_keep (sr_Survive *V, uint32_t node, sr_Stay stay,
                      uint32_t from, uint32_t via, bool sure);
void sr_survive_drain (sr_Survive *V);

static inline const char *sr_node_name (const sr_Survive *V,
                                        const sr_Node *N) {
  return V->units[N->unit].names + N->name;
}

static inline bool sr_is_lld (const sr_Survive *V) {
  return V->linker == SR_LLD || V->linker == SR_LLD_14;
}

#endif
