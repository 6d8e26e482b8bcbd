/*
** resolve.h
** Floor 2: which definition wins each name of a link, before it is made.
**
** Linkers agree on most links and differ on some: bfd and gold go through the
** line once, lld takes a member when it is first wanted and wherever its
** archive stands, mold looks at everything before it chooses.  Inputs are read
** once, and resolved by the manners of one linker after the other.
**
** What could not be read may define anything and want anything.  Answers are
** about what was read; sr_resolve_open tells whether they could be otherwise.
*/

#ifndef sr_resolve_h
#define sr_resolve_h

#include "model.h"

typedef enum sr_Linker {
  SR_BFD, SR_GOLD, SR_LLD, SR_LLD_14, SR_MOLD,  /* ELF; lld before 15 */
  SR_WASM_LD, SR_LLD_MACHO, SR_LD64, /* ld64 from its manual, lld checked */
  SR_LLD_LINK, SR_MS_LINK,           /* link.exe from its documentation */
  SR_LINKERS
} sr_Linker;

const char *sr_manners_name (sr_Linker linker);
bool sr_manners_named (sr_Str name, sr_Linker *out);

/* How an input stands on the line. */
enum { SR_TAKE_WHOLE = 1, SR_TAKE_LAZY = 2, SR_TAKE_AS_NEEDED = 4 };

typedef struct sr_Resolve sr_Resolve;

/* A part of what is linked: an object, a member, a shared library; or, with
   'file' SR_NONE, the line itself, which wants names (-u) and gives some. */
typedef struct sr_Unit {
  uint32_t file, member;  /* the engine's file; SR_NONE: no member */
  uint32_t input;         /* which one, from 0 */
  uint32_t first, count;  /* of its references */
  uint32_t by, name;      /* the unit that it was linked for, and the name; or
                             SR_NONE: it was linked in any case */
  uint32_t order;         /* 1 + how many were linked before it; 0: it is not */
  bool lazy;              /* linked only when it is wanted */
  bool library;           /* a shared one */
  bool as_needed, lto;
  bool alien;             /* of another target than the first one */
} sr_Unit;

/* What a unit says of a name. */
typedef enum sr_RefKind {
  SR_REF_WANTS, SR_REF_WANTS_WEAKLY, SR_REF_STRONG, SR_REF_WEAK,
  SR_REF_COMMON, SR_REF_UNIQUE
} sr_RefKind;

typedef struct sr_Ref {
  uint32_t name;
  uint32_t group;         /* of a definition: its COMDAT group's name, or
                             SR_NONE; of a common symbol: its size; of what
                             the line wants: the name that it defines so */
  uint8_t kind;           /* sr_RefKind */
  bool hidden;            /* not visible to other files, or not from them */
  bool discarded;         /* another unit's copy of the group was taken */
  bool imported;          /* wasm: it says itself which of the host's names it
                             is, and need not be given here */
} sr_Ref;

int  sr_resolve_new (symrun *S, sr_Resolve **out);
void sr_resolve_free (sr_Resolve *R);
/* It is no link: its parts may be for many targets, and all slices are read.
   Before its inputs; it is only asked who has to do with a name. */
void sr_resolve_tree (sr_Resolve *R);

/* What the line says of symbols; before its inputs.  A name that is wanted
   in any case; one that the line itself defines, perhaps by another's name;
   one whose uses go to "__wrap_" and it. */
int  sr_resolve_want (sr_Resolve *R, sr_Str name);
int  sr_resolve_entry (sr_Resolve *R, sr_Str name);
int  sr_resolve_give (sr_Resolve *R, sr_Str name, const sr_Str *value);
int  sr_resolve_wrap (sr_Resolve *R, sr_Str name);

/* What is made of it, on which depends what a linker gives by itself. */
typedef enum sr_Makes {
  SR_MAKES_UNKNOWN, SR_MAKES_PROGRAM, SR_MAKES_PIE, SR_MAKES_LIBRARY,
  SR_MAKES_OBJECT
} sr_Makes;
/* 'is_static': a program that is linked with no shared library has no table of
   dynamic symbols, for nobody wants its names exported. */
void sr_resolve_makes (sr_Resolve *R, sr_Makes makes, bool is_static);
/* Does some linker give this name by itself, to any machine? */
bool sr_resolve_any_gives (sr_Str name);

/* An input, in the line's order; 'group' as in --start-group, 0 for none.
   What cannot be read of it becomes a gap. */
int  sr_resolve_add (sr_Resolve *R, sr_File *F, unsigned how, unsigned group);
/* What if?  A member that is not there; a definition that only its own member
   sees.  After the inputs. */
int  sr_resolve_drop (sr_Resolve *R, const sr_File *F, uint32_t member);
int  sr_resolve_hide (sr_Resolve *R, const sr_File *F, sr_Str name);
/* After the last one: all answers are then those of this linker. */
int  sr_resolve_run (sr_Resolve *R, sr_Linker linker);

/* -- answers: after sr_resolve_run ------------------------------------- */

typedef enum sr_State {
  SR_UNHEARD,      /* nobody wants it, and nobody gives it */
  SR_UNRESOLVED,   /* wanted, and not given */
  SR_OFFERED,      /* given by what is not linked, for nobody wants it */
  SR_BY_LINKER,    /* the linker itself has it: "_end"; or wasm's host */
  SR_BY_LIBRARY,   /* a shared library's */
  SR_TAKEN_COMMON, SR_TAKEN
} sr_State;

typedef struct sr_Winner {
  sr_State state;
  bool wanted, strongly;   /* by what is linked */
  const sr_Unit *unit;     /* NULL where the state has none */
  const sr_Ref *ref;
  const sr_Unit *by;       /* that wants it, the first; NULL: nobody does */
  bool sure;               /* whatever could not be read */
} sr_Winner;

void sr_resolve_winner (const sr_Resolve *R, uint32_t name, sr_Winner *out);

size_t sr_resolve_units (const sr_Resolve *R);
const sr_Unit *sr_resolve_unit (const sr_Resolve *R, size_t i);
/* The unit that was linked as number 'i'; NULL after the last. */
const sr_Unit *sr_resolve_linked (const sr_Resolve *R, size_t i);
const sr_Ref *sr_resolve_refs (const sr_Resolve *R, const sr_Unit *U);
/* The next unit, from '*i', that has to do with a name, and how. */
const sr_Ref *sr_resolve_about (const sr_Resolve *R, uint32_t name, size_t *i);

/* Of what is linked: wanted by a strong reference and given by nothing, at all
   who want it; and defined more than once, at all who do. */
int  sr_resolve_unresolved (sr_Resolve *R, const sr_Glob *glob,
                            sr_Names **out);
int  sr_resolve_duplicates (sr_Resolve *R, const sr_Glob *glob,
                            sr_Names **out);
/* All that wins, at what gives it. */
int  sr_resolve_given (sr_Resolve *R, const sr_Glob *glob, sr_Names **out);
/* Open for what could not be read; empty otherwise. */
const sr_Names *sr_resolve_unread (const sr_Resolve *R);
/* What leaves open whether the linker gives some names by itself. */
const sr_Names *sr_resolve_perhaps (const sr_Resolve *R);

#endif
