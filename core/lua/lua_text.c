/*
** lua_text.c
** The seam between the core and its readers of texts, which are Lua: bytes go
** up, words come down through one function.  Nothing that such a text makes Lua
** do is an error of the caller's: it is a sentence about the file.
*/

#include "binding.h"

typedef struct Text {
  symrun *S;
  const char *format;
  sr_Str bytes;
  sr_Hear hear;
  void *ud;
  int rc;        /* why no more was heard */
} Text;


/* hear(kind, targets, word [, letter]) */
static int l_hear (lua_State *L) {
  Text *T = (Text *)lua_touserdata(L, lua_upvalueindex(1));
  uint64_t targets = (uint64_t)luaL_checkinteger(L, 2);
  const char *letter = luaL_optstring(L, 4, "?");
  T->rc = T->hear(T->ud, luaL_checkstring(L, 1), targets, sr_checkstr(L, 3),
                  *letter);
  return T->rc == SYMRUN_OK ? 0 : luaL_error(L, "no more is heard");
}


/* told.read(format, bytes, hear) -> true | nil, sentence, offset, unknown */
static int read_text (lua_State *L) {
  Text *T = (Text *)lua_touserdata(L, 1);
  const char *why;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "symrun.script_told");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "read");
  lua_pushstring(L, T->format);
  lua_pushlstring(L, T->bytes.ptr, T->bytes.len);
  lua_pushlightuserdata(L, T);
  lua_pushcclosure(L, l_hear, 1);
  lua_call(L, 3, 4);                              /* ok why offset unknown */
  if (lua_toboolean(L, -4)) return 0;
  why = luaL_tolstring(L, -3, NULL);
  T->rc = sr_fail(T->S, lua_toboolean(L, -2) ? SYMRUN_UNKNOWN : SYMRUN_FORMAT,
                  "%s", why);
  T->S->fault.offset = (uint64_t)lua_tointeger(L, -3);
  T->S->fault.field = "line";
  return 0;
}


/* Lua may have got over a lack of memory, and the reader then has not. */
int sr_lua_text (lua_State *L, symrun *S, const char *format, sr_Str bytes,
                 sr_Hear hear, void *ud) {
  Text T = {S, format, bytes, hear, ud, SYMRUN_OK};
  bool starved = S->starved, lacks;
  int status;
  S->starved = S->refused.once = false;
  lua_settop(L, 0);
  lua_pushcfunction(L, read_text);
  lua_pushlightuserdata(L, &T);
  status = lua_pcall(L, 1, 0, 0);
  lacks = status == LUA_ERRMEM || S->starved || S->refused.once;
  S->starved = starved;
  S->refused.once = false;
  if (lacks || T.rc == SYMRUN_NOMEM) return sr_nomem(S);
  if (status == LUA_OK || T.rc != SYMRUN_OK) return T.rc;
  return sr_fail(S, SYMRUN_UNKNOWN, "cannot be read as a text: %s",
                 lua_tostring(L, -1) != NULL ? lua_tostring(L, -1) : "?");
}
