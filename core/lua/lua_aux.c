/*
** lua_aux.c
** What the binding files share.  The engine is kept in the registry under an
** address, not a name, so no rule can reach it or put another in its place.
*/

#include "binding.h"

static const char engine_key = 0;


/* A cell that stays where it is, so that a loop asks it and not the registry.
   It is made before the engine can close, and needs no memory then. */
void sr_lua_attach (lua_State *L, symrun *S) {
  symrun **cell;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &engine_key);
  cell = (symrun **)lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (cell == NULL) {
    cell = (symrun **)lua_newuserdatauv(L, sizeof *cell, 0);
    *cell = NULL;
    lua_rawsetp(L, LUA_REGISTRYINDEX, &engine_key);
  }
  *cell = S;
}


static symrun *const *cell_of (lua_State *L) {
  symrun *const *cell;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &engine_key);
  cell = (symrun *const *)lua_touserdata(L, -1);
  lua_pop(L, 1);
  return cell;
}


symrun *sr_engine_if_any (lua_State *L) {
  symrun *const *cell = cell_of(L);
  return cell != NULL ? *cell : NULL;
}


symrun *const *sr_engine_cell (lua_State *L) {
  sr_engine(L);
  return cell_of(L);
}


symrun *sr_engine (lua_State *L) {
  symrun *S = sr_engine_if_any(L);
  if (S == NULL) luaL_error(L, "symrun has been closed");
  return S;
}


sr_Plan *sr_plan_of (lua_State *L) {
  symrun *S = sr_engine(L);
  if (S->plan == NULL) sr_check(L, sr_plan_new(S, &S->plan));
  return S->plan;
}


int sr_raise (lua_State *L) {
  return luaL_error(L, "%s", sr_engine(L)->message);
}


/* Whoever turns failures to read into gaps is told more exactly what could
   not be read; no failure to read is kept from the record for all that. */
void sr_check (lua_State *L, int rc) {
  symrun *S;
  if (rc >= 0) return;
  S = sr_engine(L);
  if (S->plan != NULL) sr_plan_failed(S->plan, rc);
  sr_raise(L);
}


void *sr_checkobject (lua_State *L, int arg, const char *type) {
  void *object = luaL_checkudata(L, arg, type);
  sr_engine(L);
  return object;
}


int sr_unknown (lua_State *L, const sr_Names *N) {
  sr_plan_unknown(sr_plan_of(L), N);  /* always fails: the sentence is there */
  return sr_raise(L);
}


/* A misspelled method must not be nil, which is false, which is "no". */
static int no_method (lua_State *L) {
  const char *key = luaL_tolstring(L, 2, NULL);
  return luaL_error(L, "a %s has no method '%s'",
                    lua_tostring(L, lua_upvalueindex(1)), key);
}


void sr_newtype (lua_State *L, const char *name, const luaL_Reg *meta,
                 const luaL_Reg *methods) {
  luaL_newmetatable(L, name);                     /* meta */
  luaL_setfuncs(L, meta, 0);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");  /* rules cannot change how it acts */
  if (methods != NULL) {
    lua_newtable(L);                              /* meta methods */
    luaL_setfuncs(L, methods, 0);
    lua_createtable(L, 0, 1);                     /* meta methods strict */
    lua_pushstring(L, name);
    lua_pushcclosure(L, no_method, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);                      /* meta methods */
    lua_setfield(L, -2, "__index");               /* meta */
  }
  lua_pop(L, 1);
}


sr_Str sr_checkstr (lua_State *L, int arg) {
  sr_Str s;
  s.ptr = luaL_checklstring(L, arg, &s.len);
  return s;
}


const sr_Glob *sr_optglob (lua_State *L, int arg, int kind) {
  const sr_Glob *G = NULL;
  if (lua_isnoneornil(L, arg)) return NULL;
  sr_check(L, sr_glob_get(sr_engine(L), sr_checkstr(L, arg), kind, &G));
  return G;
}


sr_View_name sr_optview (lua_State *L, int arg) {
  static const char *const views[] = {
    "native", "bitcode", "gcc-lto", "dynamic", "index", NULL
  };
  return (sr_View_name)luaL_checkoption(L, arg, "native", views);
}
