/*
** resolve_inner.h
** What the files of the resolver share, and nobody else sees.
*/

#ifndef sr_resolve_inner_h
#define sr_resolve_inner_h

#include "resolve.h"

/* What is known of a name.  The line's manners decide how it changes. */
typedef struct sr_Sym {
  uint32_t unit, ref;   /* that give it, or would; SR_NONE: nobody */
  uint32_t by;          /* the unit that wants it, the first that does so
                           strongly if any does; SR_NONE: nobody */
  uint32_t group;       /* the unit whose copy of the COMDAT group of this name
                           is taken; SR_NONE: none yet */
  uint8_t state;        /* sr_State */
  uint8_t wanted;       /* by whom, and how: SR_..._WANTS,
                           SR_..._STRONGLY */
  bool hidden;          /* some reference wants it from no library */
  bool lost;            /* it was in a copy of a group that was not taken */
  bool pending;         /* a member that has it waits to be linked */
  bool perhaps;         /* whether the linker gives it cannot be told */
} sr_Sym;

/* An object, a library, the line; and whether strongly. */
enum { SR_OBJECT_WANTS = 1, SR_LIBRARY_WANTS = 2, SR_LINE_WANTS = 4,
       SR_OBJECT_STRONGLY = 8, SR_LIBRARY_STRONGLY = 16,
       SR_LINE_STRONGLY = 32, SR_STRONGLY = 56 };

/* An input of the line, and its units. */
typedef struct sr_Taking {
  sr_File *file;
  unsigned how, group;
  uint32_t first, count;       /* units */
  uint32_t index, nindex;      /* entries of the archive's index */
  bool again;                  /* an input before it is the same archive */
  bool changed;                /* by a "what if": its index is made anew */
} sr_Taking;

/* A name in an archive's index: where a linker that believes it looks. */
typedef struct sr_Entered {
  uint32_t name, unit;
  bool settled;                /* it was defined when it was looked at */
} sr_Entered;

struct sr_Resolve {
  symrun *S;
  sr_Linker linker;
  sr_Unit *units;
  size_t nunits, runits;
  sr_Ref *refs;
  size_t nrefs, rrefs;
  sr_Taking *inputs;
  size_t ninputs, rinputs;
  sr_Entered *index;
  size_t nindex, rindex;
  sr_Sym *syms;                /* by name */
  size_t nsyms, rsyms;
  uint32_t *linked;            /* units, in the order of linking */
  size_t nlinked, rlinked;
  struct sr_Wrap { uint32_t name, wrap, real; } *wraps;
  size_t nwraps, rwraps;
  uint32_t entry;
  size_t runs;                 /* how often it was resolved */
  uint32_t machine;            /* of the first object, when 'format' is set */
  sr_Format format;
  bool tree;                   /* of many targets: 'format' is the last one's */
  size_t gap;                  /* the first input that has one */
  size_t group_gap;            /* the first of that one's group, of which what
                                  is linked by need may come a turn later */
  sr_Makes makes;
  bool is_static;
  bool indexed;                /* indexes were read */
  size_t heard;                /* how often a name became undefined: what makes
                                  bfd and gold look again */
  sr_Arena arena;
  sr_Names *unread, *perhaps;
};

/* resolve_read.c: the references of an input. */
int  sr_taking_read (sr_Resolve *R, sr_Taking *T);
/* And its index, of which the units are known. */
int  sr_taking_index (sr_Resolve *R, sr_Taking *T);

/* resolve_once.c, resolve_eager.c, resolve_rank.c: the manners. */
int  sr_resolve_once (sr_Resolve *R);
int  sr_resolve_eager (sr_Resolve *R);
int  sr_resolve_rank (sr_Resolve *R);

/* What could not be read of this input was told. */
void sr_taking_gap (sr_Resolve *R, const sr_Taking *T);

/* resolve_given.c: what nobody has to give. */
int  sr_resolve_given_names (sr_Resolve *R);

/* resolve.c: what manners share. */
/* The name that a reference wants, with --wrap. */
uint32_t sr_ref_name (const sr_Resolve *R, const sr_Unit *U,
                      const sr_Ref *ref);
/* What --wrap makes of a name. */
uint32_t sr_name_wrapped (const sr_Resolve *R, uint32_t name);
/* Two texts in a row, which live as long as the arena. */
int  sr_text_join (symrun *S, sr_Arena *A, sr_Str first, sr_Str second,
                   sr_Str *out);
/* Could it be a symbol's name in C? */
bool sr_is_identifier (const char *s, size_t len);
int  sr_unit_link (sr_Resolve *R, uint32_t unit, uint32_t by, uint32_t name);
/* A definition meets what is known of its name; true: it wins. */
bool sr_sym_define (sr_Resolve *R, uint32_t unit, uint32_t ref);
/* Somebody wants it. */
void sr_name_want (sr_Resolve *R, uint32_t unit, uint32_t name,
                   const sr_Ref *ref);
/* Is this copy of the COMDAT group of a definition the one that is taken? */
bool sr_ref_kept (sr_Resolve *R, uint32_t unit, sr_Ref *ref);
/* What the line says beats all others. */
void sr_define_by_line (sr_Resolve *R);
/* Libraries that nothing needs give nothing. */
void sr_drop_unneeded (sr_Resolve *R);

/* For whom a member is linked: who wants its name, or has it as a common symbol
   that the member initializes. */
static inline uint32_t sr_wanter (const sr_Sym *s) {
  return s->by != SR_NONE ? s->by : s->unit;
}


static inline bool sr_ref_defines (const sr_Ref *ref) {
  return ref->kind >= SR_REF_STRONG;
}

#endif
