/*
** lua_edit.c
** Objects, changed in memory, for who keeps their bytes in Lua.  Nothing is
** written: bytes come in and others come out.
*/

#include "../edits/rewrite.h"
#include "binding.h"

#define MADE_T  "symrun.made"

typedef struct Box { sr_Made made; } Box;


static int made_gc (lua_State *L) {
  Box *box = (Box *)luaL_checkudata(L, 1, MADE_T);
  symrun *S = sr_engine_if_any(L);
  if (S != NULL) sr_made_free(S, &box->made);
  return 0;
}


static sr_ObjectOp op_of (lua_State *L, const char *name) {
  int op;
  for (op = 0; op < SR_OBJECTOPS; op++)
    if (strcmp(sr_object_op_name((sr_ObjectOp)op), name) == 0)
      return (sr_ObjectOp)op;
  return (sr_ObjectOp)luaL_error(L, "there is no operation '%s' on objects",
                                 name);
}


/* The list on top: [-0, +0, e] */
static unsigned how_of (lua_State *L) {
  static const char *const words[] = {
    "dissolve", "drop-lto", "clear-extern", "insist"
  };
  unsigned how = 0, bit;
  lua_Integer i, n;
  if (lua_isnil(L, -1)) return 0;
  luaL_checktype(L, -1, LUA_TTABLE);
  n = (lua_Integer)lua_rawlen(L, -1);
  for (i = 1; i <= n; i++) {
    const char *word;
    lua_rawgeti(L, -1, i);
    word = luaL_checkstring(L, -1);
    for (bit = 0; bit < 4 && strcmp(word, words[bit]) != 0; bit++) ;
    if (bit == 4) luaL_error(L, "an edit cannot be done '%s'", word);
    how |= 1u << bit;
    lua_pop(L, 1);
  }
  return how;
}


/* [-0, +1, e] With no metamethod, which could give what nobody keeps. */
static int raw_field (lua_State *L, const char *name) {
  lua_pushstring(L, name);
  return lua_rawget(L, -2);
}


/* The field, which must be a string (kept by the table) or, if it may, nil. */
static sr_Str field (lua_State *L, const char *name, bool may) {
  sr_Str s = {"", 0};
  int type = raw_field(L, name);
  if (type == LUA_TSTRING) s.ptr = lua_tolstring(L, -1, &s.len);
  else if (!may || type != LUA_TNIL)
    luaL_error(L, "an edit's field '%s' should be a string, and is a %s", name,
               luaL_typename(L, -1));
  lua_pop(L, 1);
  return s;
}


/* The edit that is the table on top. */
static void edit_of (lua_State *L, sr_ObjectEdit *e) {
  luaL_checktype(L, -1, LUA_TTABLE);
  memset(e, 0, sizeof *e);
  e->op = op_of(L, field(L, "op", false).ptr);
  e->name = field(L, "name", false);
  e->to = field(L, "to", true);
  raw_field(L, "value");
  e->value = lua_isnil(L, -1) ? 0 : (uint64_t)luaL_checkinteger(L, -1);
  lua_pop(L, 1);
  raw_field(L, "how");
  e->how = how_of(L);
  lua_pop(L, 1);
}


static sr_ObjectEdit *edits_of (lua_State *L, int arg, size_t *count) {
  sr_ObjectEdit *edits;
  lua_Integer i, n;
  luaL_checktype(L, arg, LUA_TTABLE);
  n = (lua_Integer)lua_rawlen(L, arg);
  luaL_argcheck(L, n >= 0 && n < 10000000, arg, "too many edits");
  edits = (sr_ObjectEdit *)lua_newuserdatauv(L, (size_t)(n + 1)
                                                * sizeof *edits, 0);
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, arg, i + 1);
    edit_of(L, &edits[i]);
    lua_pop(L, 1);
  }
  *count = (size_t)n;
  return edits;
}


/* object_made(bytes, edits) -> bytes, how many symbols each edit changed | nil,
   reason.  An edit is {op = , name = , to = , value = , how = {...}}. */
static int l_object_made (lua_State *L) {
  symrun *S = sr_engine(L);
  sr_Str bytes = sr_checkstr(L, 1);
  size_t count, i;
  sr_ObjectEdit *edits;
  Box *box;
  sr_Format f = sr_format_probe((const unsigned char *)bytes.ptr, bytes.len
                                < SR_PROBE ? bytes.len : SR_PROBE, bytes.len);
  int rc;
  lua_settop(L, 2);
  edits = edits_of(L, 2, &count);
  box = (Box *)lua_newuserdatauv(L, sizeof *box, 0);
  memset(box, 0, sizeof *box);
  luaL_setmetatable(L, MADE_T);
  rc = sr_object_edit(S, f, bytes, edits, count, &box->made);
  if (rc == SYMRUN_NOMEM) sr_check(L, rc);
  if (rc != SYMRUN_OK) {
    lua_pushnil(L);
    lua_pushstring(L, S->message);
    return 2;
  }
  if (box->made.room == 0) lua_pushvalue(L, 1);
  else lua_pushlstring(L, box->made.ptr, box->made.len);
  sr_made_free(S, &box->made);
  lua_createtable(L, (int)count, 0);
  for (i = 0; i < count; i++) {
    lua_pushinteger(L, (lua_Integer)edits[i].done);
    lua_seti(L, -2, (lua_Integer)i + 1);
  }
  return 2;
}


void sr_open_edit (lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", made_gc}, {NULL, NULL}};
  sr_newtype(L, MADE_T, meta, NULL);
  lua_pushcfunction(L, l_object_made);
  lua_setfield(L, -2, "object_made");
}
