/*
** binding.h
** Floor 4: what the files that speak with Lua share.  Each has one type, or
** one table of functions, and says what it does to the stack: [-0, +1, e] is
** nothing taken, one value left, may raise.
*/

#ifndef sr_binding_h
#define sr_binding_h

#include <lauxlib.h>
#include <lua.h>

#include "../edits/edits.h"

#define SR_TREE_T     "symrun.tree"
#define SR_FILE_T     "symrun.file"
#define SR_MEMBERS_T  "symrun.members"
#define SR_MEMBER_T   "symrun.member"
#define SR_NAMES_T    "symrun.names"
#define SR_NAME_T     "symrun.name"

/* What can be asked for names: a tree, a file, some or one of its members.
   Files and trees belong to the engine, so nothing here is owned. */
typedef struct sr_Scope {
  sr_Tree *tree;           /* or: */
  sr_File *file;
  const sr_Glob *members;  /* NULL: all */
  uint32_t only;           /* one member, or SR_NONE */
} sr_Scope;

typedef sr_Place sr_NameBox;  /* a loop makes many: they are small */

/* lua_aux.c */
symrun *sr_engine (lua_State *L);               /* [-0, +0, e] */
symrun *sr_engine_if_any (lua_State *L);        /* [-0, +0, -] or NULL */
/* Where the engine is kept while this Lua lives: NULL when it is closed. */
symrun *const *sr_engine_cell (lua_State *L);   /* [-0, +0, e] */
sr_Plan *sr_plan_of (lua_State *L);             /* [-0, +0, e] */
int  sr_raise (lua_State *L);                   /* the engine's sentence */
void sr_check (lua_State *L, int rc);           /* raise unless SYMRUN_OK */
/* luaL_checkudata, while there is an engine: in a stock Lua that closes, its
   objects may be seen by a finalizer that comes after the engine's. */
void *sr_checkobject (lua_State *L, int arg, const char *type);
void sr_newtype (lua_State *L, const char *name, const luaL_Reg *meta,
                 const luaL_Reg *methods);      /* [-0, +0, e] */
sr_Str sr_checkstr (lua_State *L, int arg);
const sr_Glob *sr_optglob (lua_State *L, int arg, int kind);
sr_View_name sr_optview (lua_State *L, int arg);
/* Write "unknown" into the record, then raise. */
int  sr_unknown (lua_State *L, const sr_Names *N);

/* lua_scope.c: defined, undefined, exported...: shared by four types */
sr_Scope *sr_toscope (lua_State *L, int arg);
void sr_pushscope (lua_State *L, const char *type, const sr_Scope *scope);
extern const luaL_Reg sr_scope_methods[];
/* Read all of a scope that a linker would read, and note that it was looked
   at.  What fails is raised. */
void sr_scope_read (lua_State *L, const sr_Scope *scope,
                    const sr_Reading *how);

/* A member's bytes in 32 hexadecimal digits. */
int sr_push_digest (lua_State *L, sr_File *F, uint32_t member);

/* lua_facts.c */
void sr_add_facts (lua_State *L);               /* to the methods on top */

/* lua_index.c */
int sr_scope_index (lua_State *L);              /* the method 'index' */

/* lua_names.c, lua_name.c */
sr_Names **sr_pushnames (lua_State *L);         /* NULL inside, to be set */
sr_Names *sr_tonames (lua_State *L, int arg);
sr_NameBox *sr_pushname (lua_State *L, const sr_Place *place);
sr_File *sr_name_file (lua_State *L, const sr_NameBox *box);

/* lua_resolve.c */
struct sr_Resolve;
struct sr_Unit;
struct sr_Resolve *sr_toresolve (lua_State *L, int arg);
/* Where a unit is, into the table on top: "file", "member"... */
void sr_setunit (lua_State *L, const struct sr_Unit *U);

/* lua_survive.c */
int  sr_resolve_survivors (lua_State *L);       /* a method of resolve */

/* lua_fix.c */
int sr_edit_reindex (lua_State *L);             /* methods of files */
int sr_edit_order (lua_State *L);

/* One opener a file; each leaves the stack as it was, with the module's
   table on top. */
void sr_open_tree (lua_State *L);
void sr_open_file (lua_State *L);
void sr_open_members (lua_State *L);
void sr_open_member (lua_State *L);
void sr_open_names (lua_State *L);
void sr_open_name (lua_State *L);
void sr_open_index (lua_State *L);
void sr_open_resolve (lua_State *L);
void sr_open_survive (lua_State *L);
void sr_open_facts (lua_State *L);
void sr_open_plan (lua_State *L);
void sr_open_fix (lua_State *L);
void sr_open_link (lua_State *L);
void sr_open_edit (lua_State *L);
void sr_open_archive (lua_State *L);

/* lua_text.c: read a text in a Lua that has the readers; see symrun.text */
int sr_lua_text (lua_State *L, symrun *S, const char *format, sr_Str bytes,
                 sr_Hear hear, void *ud);

/* lua_init.c */
void sr_lua_attach (lua_State *L, symrun *S);   /* tell L its engine */
int  sr_lua_module (lua_State *L);              /* [-0, +1, e] the table */

#endif
