/*
** lua_survive.c
** The sections that survive a link, as a Lua object: what the linker keeps,
** what it drops, and why.  It is about the link as it was resolved last; once
** that is resolved by another linker's manners, it answers no more.
*/

#include "binding.h"
#include "../model/survive.h"

#define SURVIVE_T  "symrun.survivors"


/* The link of the object at 1 stays on the stack. */
static sr_Survive *tosurvive (lua_State *L) {
  sr_Survive **box = (sr_Survive **)sr_checkobject(L, 1, SURVIVE_T);
  luaL_argcheck(L, *box != NULL, 1, "these have been closed");
  lua_getiuservalue(L, 1, 1);                     /* resolve */
  sr_toresolve(L, -1);
  if (sr_survive_stale(*box))
    luaL_error(L, "the link was resolved anew since these were found");
  return *box;
}


/* -- making --------------------------------------------------------------- */

typedef struct Asking { lua_State *L; symrun *S; int f; } Asking;

/* ask.exported(name) -> true, false, "local" for what a version script hides,
   or nil for who knows */
static int exported (void *ud, sr_Str name) {
  Asking *A = (Asking *)ud;
  lua_State *L = A->L;
  int answer = SR_MAYBE;
  if (lua_type(L, A->f) == LUA_TBOOLEAN)
    return lua_toboolean(L, A->f) ? SR_YES : SR_NO;
  lua_pushvalue(L, A->f);
  lua_pushlstring(L, name.ptr, name.len);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    const char *why = lua_tostring(L, -1);
    sr_fail(A->S, SYMRUN_RANGE, "%s", why != NULL ? why : "not a message");
    lua_pop(L, 1);
    return SYMRUN_RANGE;
  }
  if (lua_type(L, -1) == LUA_TSTRING) answer = SR_HIDDEN_BY_SCRIPT;
  else if (!lua_isnil(L, -1)) answer = lua_toboolean(L, -1) ? SR_YES : SR_NO;
  lua_pop(L, 1);
  return answer;
}


static bool is_set (lua_State *L, const char *field) {
  bool set;
  lua_getfield(L, 2, field);
  set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set;
}


/* The table keeps the text. */
static sr_Str text_of (lua_State *L, const char *field) {
  sr_Str s = {NULL, 0};
  if (lua_getfield(L, 2, field) != LUA_TNIL) s = sr_checkstr(L, -1);
  lua_pop(L, 1);
  return s;
}


/* resolve:survivors(ask) -> survivors */
int sr_resolve_survivors (lua_State *L) {
  sr_Resolve *R = sr_toresolve(L, 1);
  sr_SurviveAsk ask;
  sr_Survive **box;
  Asking A = {L, sr_engine(L), 0};
  memset(&ask, 0, sizeof ask);
  if (lua_isnoneornil(L, 2)) {
    lua_settop(L, 1);
    lua_newtable(L);
  }
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  ask.library = is_set(L, "library");
  ask.dynamic = is_set(L, "dynamic");
  ask.start_stop_gc = lua_getfield(L, 2, "start_stop_gc") == LUA_TNIL
                    ? SR_MAYBE : lua_toboolean(L, -1) ? SR_YES : SR_NO;
  lua_pop(L, 1);
  ask.keep_exported = is_set(L, "keep_exported");
  ask.entry = text_of(L, "entry");
  ask.init = text_of(L, "init");
  ask.fini = text_of(L, "fini");
  if (lua_getfield(L, 2, "exported") != LUA_TNIL) {
    A.f = lua_gettop(L);
    ask.exported = exported;
    ask.ud = &A;
  }
  box = (sr_Survive **)lua_newuserdatauv(L, sizeof *box, 1);
  *box = NULL;
  luaL_setmetatable(L, SURVIVE_T);                /* survivors */
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  sr_check(L, sr_survive_new(R, &ask, box));
  return 1;
}


/* -- answers -------------------------------------------------------------- */

static void set_flag (lua_State *L, const char *field, bool value) {
  if (!value) return;
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, field);
}


static void push_section (lua_State *L, const sr_Kept *K) {
  lua_createtable(L, 0, 8);                       /* section */
  sr_setunit(L, K->unit);
  lua_pushlstring(L, K->section.ptr, K->section.len);
  lua_setfield(L, -2, "section");
  lua_pushinteger(L, (lua_Integer)K->size);
  lua_setfield(L, -2, "size");
  if (K->index != SR_NONE) {
    lua_pushinteger(L, (lua_Integer)K->index);
    lua_setfield(L, -2, "index");
  }
  if (K->stay != SR_STAYS_NOT) {
    lua_pushstring(L, sr_stay_prose(K->stay));
    lua_setfield(L, -2, "because");
  }
  if (K->name != SR_NONE) {
    sr_Str s = sr_name_text(sr_engine(L), K->name);
    lua_pushlstring(L, s.ptr, s.len);
    lua_setfield(L, -2, "name");
  }
  set_flag(L, "sure", K->sure);
  set_flag(L, "merged", K->merged);
  set_flag(L, "memory", K->memory);
}


static int answer (lua_State *L, int kept, const char *why) {
  if (kept == SR_MAYBE) lua_pushnil(L);
  else lua_pushboolean(L, kept == SR_YES);
  lua_pushstring(L, why);
  return 2;
}


/* What has no section of its own: nothing drops it, or nothing had it. */
static int no_section (lua_State *L, const sr_Survive *V,
                       const sr_Winner *w) {
  const char *open = sr_survive_open(V);
  if (!w->sure) return answer(L, SR_MAYBE, open != NULL ? open
                              : "not all inputs could be read");
  switch (w->state) {
    case SR_TAKEN: case SR_TAKEN_COMMON: break;
    case SR_BY_LIBRARY: return answer(L, SR_NO, "a shared library gives it");
    case SR_BY_LINKER: return answer(L, SR_YES, "the linker gives it");
    default: return answer(L, SR_NO, "nothing that is linked defines it");
  }
  if (w->unit->lto || (open != NULL && !sr_survive_whole(V, w->unit)))
    return answer(L, SR_MAYBE, open);
  return answer(L, SR_YES, "it is in no section");
}


/* survivors:keeps(name) -> true, false, or nil for who knows; and why */
static int s_keeps (lua_State *L) {
  sr_Survive *V = tosurvive(L);
  sr_Str s = sr_checkstr(L, 2);
  uint32_t name = sr_interned(&sr_engine(L)->model->names, s.ptr, s.len), at;
  const char *open = sr_survive_open(V);
  sr_Winner w;
  sr_Kept K;
  sr_resolve_winner(sr_toresolve(L, -1), name, &w);
  at = sr_survive_of(V, name);
  if (at == SR_NONE || !sr_survive_section(V, at, &K))
    return no_section(L, V, &w);
  if (!w.sure || !K.sure)
    return answer(L, SR_MAYBE, open != NULL ? open : K.stay != SR_STAYS_NOT
                  ? "whether what keeps it is exported cannot be told"
                  : "not all inputs could be read");
  return answer(L, K.stay != SR_STAYS_NOT ? SR_YES : SR_NO,
                sr_stay_prose(K.stay));
}


/* survivors:why(name) -> what keeps its section, link by link: the section
   itself, that which wants it, ... and a root; nil if nothing does */
static int s_why (lua_State *L) {
  sr_Survive *V = tosurvive(L);
  sr_Str s = sr_checkstr(L, 2);
  uint32_t name = sr_interned(&sr_engine(L)->model->names, s.ptr, s.len), at;
  lua_Integer n = 0;
  sr_Kept K;
  at = sr_survive_of(V, name);
  if (at == SR_NONE || !sr_survive_section(V, at, &K)
      || K.stay == SR_STAYS_NOT) return 0;
  lua_newtable(L);                                /* list */
  for (; at != SR_NONE && sr_survive_section(V, at, &K); at = K.from) {
    push_section(L, &K);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}


static int list (lua_State *L, bool discarded) {
  sr_Survive *V = tosurvive(L);
  size_t count = sr_survive_count(V);
  lua_Integer n = 0;
  uint32_t i;
  sr_Kept K;
  lua_newtable(L);                                /* list */
  for (i = 0; i < count; i++) {
    if (!sr_survive_section(V, i, &K) || K.stay != SR_STAYS_NOT
        || K.discarded != discarded) continue;
    push_section(L, &K);
    lua_rawseti(L, -2, ++n);
  }
  lua_pushstring(L, sr_survive_open(V));
  return 2;
}


/* survivors:dropped() -> sections that go, in the order of linking; and why
   some of them may stay, if not all could be read */
static int s_dropped (lua_State *L) { return list(L, false); }

/* survivors:discarded() -> copies of COMDAT groups that go for another copy */
static int s_discarded (lua_State *L) { return list(L, true); }


/* survivors:undefined([glob]) -> names that what stays wants, and nothing
   gives; and one of which nobody can tell whether what wants it stays */
static int s_undefined (lua_State *L) {
  const sr_Glob *glob;
  sr_Names **out;
  sr_Survive *V;
  uint32_t unclear;
  lua_settop(L, 2);
  V = tosurvive(L);
  glob = sr_optglob(L, 2, SR_GLOB_NAME);
  out = sr_pushnames(L);                          /* ... names */
  sr_check(L, sr_survive_unresolved(V, glob, out, &unclear));
  if (unclear == SR_NONE) lua_pushnil(L);
  else {
    sr_Str s = sr_name_text(sr_engine(L), unclear);
    lua_pushlstring(L, s.ptr, s.len);
  }
  return 2;
}


static int s_gc (lua_State *L) {
  sr_Survive **box = (sr_Survive **)luaL_checkudata(L, 1, SURVIVE_T);
  sr_survive_free(*box);  /* accepts NULL */
  *box = NULL;
  return 0;
}


static const luaL_Reg meth[] = {
  {"keeps", s_keeps},
  {"why", s_why},
  {"dropped", s_dropped},
  {"discarded", s_discarded},
  {"undefined", s_undefined},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__gc", s_gc},
  {"__close", s_gc},
  {NULL, NULL}
};


void sr_open_survive (lua_State *L) {
  sr_newtype(L, SURVIVE_T, metameth, meth);
}
