/*
** lua_archive.c
** Archives that are written, for specs and the command that edits: a table
** says what the members will be, and the bytes come back.  Nothing is written
** to a file here.
*/

#include "../edits/rewrite.h"
#include "binding.h"

#define MADE_T  "symrun.made"

/* Bytes that are the engine's until Lua has copied them. */
static int m_gc (lua_State *L) {
  symrun *S = sr_engine_if_any(L);
  if (S != NULL) sr_made_free(S, (sr_Made *)luaL_checkudata(L, 1, MADE_T));
  return 0;
}


static bool get_bool (lua_State *L, const char *field, int *out) {
  bool there = lua_getfield(L, 2, field) != LUA_TNIL;
  if (there) *out = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return there;
}


/* A string of the member on top, which its table keeps. */
static sr_Str get_string (lua_State *L, const char *field, lua_Integer i) {
  sr_Str s = {NULL, 0};
  int type = lua_getfield(L, -1, field);
  if (type == LUA_TSTRING) s.ptr = lua_tolstring(L, -1, &s.len);
  else if (type != LUA_TNIL)
    luaL_error(L, "members[%I].%s is a %s, and should be a string", i, field,
               luaL_typename(L, -1));
  lua_pop(L, 1);
  return s;
}


static void get_member (lua_State *L, lua_Integer i, sr_ArNew *out) {
  sr_Str bytes;
  if (lua_geti(L, -1, i) != LUA_TTABLE)
    luaL_error(L, "members[%I] is a %s, and should be a table", i,
               luaL_typename(L, -1));
  out->from = SR_NONE;
  if (lua_getfield(L, -1, "from") != LUA_TNIL) {
    lua_Integer from = luaL_checkinteger(L, -1);
    if (from < 1 || from >= SR_NONE)
      luaL_error(L, "members[%I].from is %I, and counts from 1", i, from);
    out->from = (uint32_t)(from - 1);
  }
  lua_pop(L, 1);
  out->name = get_string(L, "name", i);
  bytes = get_string(L, "bytes", i);
  memset(&out->bytes, 0, sizeof out->bytes);
  memcpy(&out->bytes.ptr, &bytes.ptr, sizeof out->bytes.ptr);  /* borrowed */
  out->bytes.len = bytes.len;
  lua_pop(L, 1);
}


/* The members of the table, in memory that is Lua's; one value is left. */
static void get_members (lua_State *L, sr_ArPlan *P) {
  lua_Integer n, i;
  lua_getfield(L, 2, "members");                  /* members */
  n = luaL_len(L, -1);
  if (n < 0 || n >= SR_NONE) luaL_error(L, "too many members");
  P->members = (sr_ArNew *)lua_newuserdatauv(L,
    (size_t)(n + 1) * sizeof *P->members, 0);     /* members memory */
  lua_insert(L, -2);                              /* memory members */
  for (i = 1; i <= n; i++) get_member(L, i, &P->members[i - 1]);
  P->count = (size_t)n;
  lua_pop(L, 1);                                  /* memory */
}


/* Without members these are the file's.  One value is left. */
static void get_plan (lua_State *L, sr_ArPlan *P, bool *all) {
  static const char *const kinds[] = {"same", "gnu", "bsd", "darwin", "coff",
                                      NULL};
  int reindex = 0;
  memset(P, 0, sizeof *P);
  P->thin = -1;
  if (!lua_isnoneornil(L, 1))
    P->file = ((sr_Scope *)sr_checkobject(L, 1, SR_FILE_T))->file;
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_getfield(L, 2, "kind");
  P->kind = (sr_ArKind)luaL_checkoption(L, 3, "same", kinds);
  (void)get_bool(L, "thin", &P->thin);
  (void)get_bool(L, "reindex", &reindex);
  P->reindex = reindex != 0;
  *all = lua_getfield(L, 2, "members") == LUA_TNIL;
  lua_pop(L, 1);
  if (*all) lua_pushnil(L);
  else get_members(L, P);
}


/* archive_made(file | nil, { kind =, thin =, reindex =, members = { { from =,
   name =, bytes = }, ... } }) -> bytes | nil, sentence, "refused" | "unknown":
   'from' is the place of a member that there is, and one without it is new */
static int l_archive_made (lua_State *L) {
  symrun *S = sr_engine(L);
  sr_ArPlan P, old;
  sr_Made *made;
  bool all;
  int rc = SYMRUN_OK;
  get_plan(L, &P, &all);
  made = (sr_Made *)lua_newuserdatauv(L, sizeof *made, 0);
  memset(made, 0, sizeof *made);
  luaL_setmetatable(L, MADE_T);
  memset(&old, 0, sizeof old);
  if (all) {
    rc = sr_ar_plan(S, P.file, &old);
    P.members = old.members;
    P.count = old.count;
  }
  if (rc == SYMRUN_OK) rc = sr_ar_made(S, &P, made);
  sr_ar_plan_free(S, &old);
  if (rc == SYMRUN_NOMEM) return sr_raise(L);
  if (rc != SYMRUN_OK) {
    lua_pushnil(L);
    lua_pushstring(L, S->message);
    lua_pushstring(L, rc == SYMRUN_RULE ? "refused" : "unknown");
    return 3;
  }
  lua_pushlstring(L, made->len > 0 ? made->ptr : "", made->len);
  sr_made_free(S, made);
  return 1;
}


void sr_open_archive (lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", m_gc}, {NULL, NULL}};
  static const luaL_Reg none[] = {{NULL, NULL}};
  sr_newtype(L, MADE_T, meta, none);
  lua_pushcfunction(L, l_archive_made);
  lua_setfield(L, -2, "archive_made");
}
