/*
** lua_index.c
** The index of a tree, a file or some members, as a Lua object.  Making one
** reads everything once; asking it reads nothing but what a clash needs.
*/

#include "binding.h"

#define INDEX_T  "symrun.index"


static sr_Index *toindex (lua_State *L) {
  sr_Index **box = (sr_Index **)luaL_checkudata(L, 1, INDEX_T);
  luaL_argcheck(L, *box != NULL, 1, "this index has been closed");
  return *box;
}


/* scope:index() -> index */
int sr_scope_index (lua_State *L) {
  const sr_Scope *scope = sr_toscope(L, 1);
  sr_Index **box = (sr_Index **)lua_newuserdatauv(L, sizeof *box, 0);
  sr_Reading how;
  *box = NULL;
  luaL_setmetatable(L, INDEX_T);
  sr_check(L, sr_index_new(sr_engine(L), box));
  how = sr_index_reading(*box);
  sr_scope_read(L, scope, &how);
  return 1;
}


typedef int (*Question) (sr_Index *X, const sr_Glob *glob, sr_Names **out);

static int ask (lua_State *L, Question question) {
  sr_Index *X = toindex(L);
  const sr_Glob *glob = sr_optglob(L, 2, SR_GLOB_NAME);
  sr_Names **out = sr_pushnames(L);
  sr_check(L, question(X, glob, out));
  return 1;
}


/* index:unresolved([glob]) -> names: wanted, and defined nowhere */
static int x_unresolved (lua_State *L) { return ask(L, sr_index_unresolved); }

/* index:duplicates([glob]) -> names: with more than one strong definition */
static int x_duplicates (lua_State *L) { return ask(L, sr_index_duplicates); }


static int x_gc (lua_State *L) {
  sr_Index **box = (sr_Index **)luaL_checkudata(L, 1, INDEX_T);
  sr_index_free(*box);  /* accepts NULL */
  *box = NULL;
  return 0;
}


static const luaL_Reg meth[] = {
  {"unresolved", x_unresolved},
  {"duplicates", x_duplicates},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__gc", x_gc},
  {"__close", x_gc},
  {NULL, NULL}
};


void sr_open_index (lua_State *L) {
  sr_newtype(L, INDEX_T, metameth, meth);
}
