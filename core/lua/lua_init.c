/*
** lua_init.c
** The whole Lua surface of the core, as one table.  It registers nothing
** global, so any number of engines can live in one process.
*/

#include "binding.h"


/* glob(text, kind): check a pattern when a rule is loaded */
static int l_glob (lua_State *L) {
  static const char *const kinds[] = {"name", "path", NULL};
  sr_optglob(L, 1, luaL_checkoption(L, 2, "name", kinds));
  return 0;
}


/* match(glob, name [, kind]) -> boolean */
static int l_match (lua_State *L) {
  static const char *const kinds[] = {"name", "path", NULL};
  const sr_Glob *G = sr_optglob(L, 1, luaL_checkoption(L, 3, "name", kinds));
  sr_Str s = sr_checkstr(L, 2);
  lua_pushboolean(L, G != NULL && sr_glob_match(G, s.ptr, s.len));
  return 1;
}


static int shown (lua_State *L, size_t (*show) (char *out, size_t room,
                                               const char *s, size_t len)) {
  sr_Str s = sr_checkstr(L, 1);
  size_t room = s.len * 4 + 16;
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, room);
  luaL_pushresultsize(&b, show(out, room, s.ptr, s.len));
  return 1;
}


/* printable(bytes) -> string that is one word of one line */
static int l_printable (lua_State *L) { return shown(L, sr_printable); }

/* harmless(bytes) -> string of words and lines that no terminal obeys */
static int l_harmless (lua_State *L) { return shown(L, sr_harmless); }


/* threads(count): so many may read */
static int l_threads (lua_State *L) {
  lua_Integer n = luaL_checkinteger(L, 1);
  luaL_argcheck(L, n >= 1 && n <= SR_MOST_THREADS, 1, "1 to 64 are expected");
  sr_engine(L)->threads = (unsigned)n;
  return 0;
}


static const luaL_Reg funcs[] = {
  {"threads", l_threads},
  {"glob", l_glob},
  {"match", l_match},
  {"printable", l_printable},
  {"harmless", l_harmless},
  {NULL, NULL}
};


int sr_lua_module (lua_State *L) {
  lua_newtable(L);                                /* module */
  luaL_setfuncs(L, funcs, 0);
  sr_open_tree(L);
  sr_open_facts(L);
  sr_open_file(L);
  sr_open_members(L);
  sr_open_member(L);
  sr_open_names(L);
  sr_open_name(L);
  sr_open_index(L);
  sr_open_resolve(L);
  sr_open_survive(L);
  sr_open_plan(L);
  sr_open_fix(L);
  sr_open_link(L);
  sr_open_edit(L);
  sr_open_archive(L);
  lua_pushstring(L, SYMRUN_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
