/*
** lua_link.h
** What the files for link lines share.
*/

#ifndef sr_lua_link_h
#define sr_lua_link_h

#include "../edits/link.h"
#include "binding.h"

#define SR_LINK_T     "symrun.line"
#define SR_PART_T     "symrun.part"
#define SR_CHANGES_T  "symrun.changes"

typedef struct sr_PartBox { const sr_Link *link; size_t number; } sr_PartBox;

typedef struct sr_ChangesBox {
  sr_Changes *changes;
  const sr_Link *link;
} sr_ChangesBox;

/* lua_link.c */
sr_Link *sr_tolink (lua_State *L, int arg);
/* nil and the engine's sentence; want of memory is raised */
int  sr_no_answer (lua_State *L, int rc);

/* lua_changes.c */
int  sr_link_changes (lua_State *L);            /* the method 'changes' */
void sr_open_changes (lua_State *L);

#endif
