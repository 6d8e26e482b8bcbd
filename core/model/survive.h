/*
** survive.h
** Floor 2: which sections of a resolved link are left when its linker has
** dropped those that nothing needs (--gc-sections), and why each one stays.
**
** What keeps a section is a chain of relocations that begins at a root: the
** entry, an exported symbol, a table of constructors.  The linkers differ in
** their roots and in what else hangs together (groups, exception tables), so
** an answer is that of one linker, the one that the link was resolved for.
*/

#ifndef sr_survive_h
#define sr_survive_h

#include "resolve.h"

typedef struct sr_Survive sr_Survive;

#define SR_HIDDEN_BY_SCRIPT  3  /* a version script makes it local */

/* What the line says of it. */
typedef struct sr_SurviveAsk {
  bool library;         /* makes a shared library, not an executable */
  bool dynamic;         /* the executable is position independent */
  int start_stop_gc;    /* SR_YES: "__start_x" does not keep the sections "x";
                           SR_MAYBE: as the linker does by itself */
  bool keep_exported;   /* --gc-keep-exported */
  sr_Str entry;         /* unless the resolver was told; "": none.  Without,
                           the linker's own, even of a library */
  sr_Str init, fini;    /* --init, --fini; their 'ptr' may be NULL */
  /* Does this name of an object go into the table of dynamic symbols, but for
     libraries that want it?  SR_NO, SR_YES, SR_MAYBE, SR_HIDDEN_BY_SCRIPT or a
     code.  NULL: all names of a library do, and none of an executable. */
  int (*exported) (void *ud, sr_Str name);
  void *ud;
} sr_SurviveAsk;

/* Why a section stays, or goes. */
typedef enum sr_Stay {
  SR_STAYS_NOT,
  SR_STAYS_WANTED,      /* a relocation of 'from' wants it */
  SR_STAYS_ENTRY,       /* where the program begins; -u, --init... */
  SR_STAYS_EXPORTED,
  SR_STAYS_LIBRARY,     /* a shared library of the line wants or has it */
  SR_STAYS_RETAINED,    /* SHF_GNU_RETAIN */
  SR_STAYS_TABLE,       /* run at the begin or end: ".init_array" */
  SR_STAYS_NOTE,
  SR_STAYS_NAME,        /* for its name, by this linker's script or rules */
  SR_STAYS_FRAME,       /* exception tables */
  SR_STAYS_PLAIN,       /* of no memory: debug information, comments */
  SR_STAYS_GROUP,       /* another section of its group stays: 'from' */
  SR_STAYS_ORDER,       /* SHF_LINK_ORDER: its section stays: 'from' */
  SR_STAYS_EDGE,        /* 'from' wants "__start_" or "__stop_" of it */
  SR_STAYS
} sr_Stay;

/* A section of an object that is linked, or a common symbol. */
typedef struct sr_Kept {
  const sr_Unit *unit;
  sr_Str section;       /* "COMMON" for a common symbol */
  uint32_t index;       /* in the object; SR_NONE: a common symbol */
  uint64_t size;
  uint32_t name;        /* by which it is wanted, or SR_NONE */
  sr_Stay stay;
  bool sure;            /* it stays whatever could not be read */
  bool discarded;       /* another copy of its COMDAT group is taken */
  bool merged;          /* SHF_MERGE: its parts may go one by one */
  bool memory;          /* SHF_ALLOC */
  uint32_t from;        /* the section that keeps it, or SR_NONE */
} sr_Kept;

/* After sr_resolve_run, whose linker this is; it borrows 'R'.  SYMRUN_UNKNOWN:
   what this linker drops is not known here. */
int  sr_survive_new (sr_Resolve *R, const sr_SurviveAsk *ask,
                     sr_Survive **out);
void sr_survive_free (sr_Survive *V);

/* Sections, in the order of linking; SYMRUN_END after the last one and for
   what is no section of memory or of a program. */
size_t sr_survive_count (const sr_Survive *V);
bool sr_survive_section (const sr_Survive *V, uint32_t i, sr_Kept *out);
/* The section of a name's winner; SR_NONE: it has none. */
uint32_t sr_survive_of (const sr_Survive *V, uint32_t name);
/* sr_resolve_unresolved() of what stays.  'unclear': a name of which nobody can
   tell whether what wants it stays, or SR_NONE. */
int sr_survive_unresolved (sr_Survive *V, const sr_Glob *glob,
                           sr_Names **out, uint32_t *unclear);
/* Was all read that the object of this unit keeps and holds? */
bool sr_survive_whole (const sr_Survive *V, const sr_Unit *U);
/* Where not all was read: why not, else NULL.  It may keep anything. */
const char *sr_survive_open (const sr_Survive *V);
/* Has 'R' been resolved anew since? */
bool sr_survive_stale (const sr_Survive *V);
const char *sr_stay_prose (sr_Stay stay);

#endif
