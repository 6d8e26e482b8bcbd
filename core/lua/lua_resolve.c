/*
** lua_resolve.c
** A link that was resolved, as a Lua object: who wins, who wants, what is
** linked and for whom.  Making it reads all inputs; asking it reads nothing.
*/

#include "binding.h"
#include "../model/resolve.h"

#define RESOLVE_T  "symrun.resolve"


sr_Resolve *sr_toresolve (lua_State *L, int arg) {
  sr_Resolve **box = (sr_Resolve **)sr_checkobject(L, arg, RESOLVE_T);
  luaL_argcheck(L, *box != NULL, arg, "this link has been closed");
  return *box;
}


static sr_Resolve *toresolve (lua_State *L) { return sr_toresolve(L, 1); }


/* -- making --------------------------------------------------------------- */

/* A field that is a list of names, each given to 'f'. */
static void each_name (lua_State *L, sr_Resolve *R, const char *field,
                       int (*f) (sr_Resolve *R, sr_Str name)) {
  lua_Integer i;
  if (lua_getfield(L, 2, field) == LUA_TNIL) {    /* list */
    lua_pop(L, 1);
    return;
  }
  luaL_checktype(L, -1, LUA_TTABLE);
  for (i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
    sr_check(L, f(R, sr_checkstr(L, -1)));        /* list name */
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
}


/* how.defsym: { { name, what it is another word for, or nil }, ... } */
static void each_given (lua_State *L, sr_Resolve *R) {
  lua_Integer i;
  if (lua_getfield(L, 2, "defsym") == LUA_TNIL) { /* list */
    lua_pop(L, 1);
    return;
  }
  luaL_checktype(L, -1, LUA_TTABLE);
  for (i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
    sr_Str name, value;                           /* list pair */
    bool aliased;
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_rawgeti(L, -1, 1);
    aliased = lua_rawgeti(L, -2, 2) != LUA_TNIL;  /* list pair name value */
    name = sr_checkstr(L, -2);
    if (aliased) value = sr_checkstr(L, -1);
    sr_check(L, sr_resolve_give(R, name, aliased ? &value : NULL));
    lua_pop(L, 3);
  }
  lua_pop(L, 2);
}


static sr_Linker tolinker (lua_State *L, int arg) {
  sr_Linker linker;
  if (!sr_manners_named(sr_checkstr(L, arg), &linker))
    luaL_error(L, "'%s' is no linker that is known", lua_tostring(L, arg));
  return linker;
}


static bool is_set (lua_State *L, const char *field) {
  bool set;
  lua_getfield(L, -1, field);
  set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set;
}


/* The entry of 'inputs' that is on top. */
static void add_input (lua_State *L, sr_Resolve *R) {
  const sr_Scope *scope;
  unsigned how = 0, group;
  lua_getfield(L, -1, "file");                    /* entry file */
  scope = (const sr_Scope *)sr_checkobject(L, -1, SR_FILE_T);
  lua_pop(L, 1);
  if (is_set(L, "whole")) how |= SR_TAKE_WHOLE;
  if (is_set(L, "lazy")) how |= SR_TAKE_LAZY;
  if (is_set(L, "as_needed")) how |= SR_TAKE_AS_NEEDED;
  lua_getfield(L, -1, "group");
  group = (unsigned)lua_tointeger(L, -1);
  lua_pop(L, 1);
  sr_check(L, sr_plan_looked(sr_plan_of(L), scope->file));
  sr_check(L, sr_resolve_add(R, scope->file, how, group));
}


/* how.drop: { { file, number of the member }, ... }; how.hide: { { file,
   name }, ... } */
static void what_if (lua_State *L, sr_Resolve *R, const char *field,
                     bool hide) {
  lua_Integer i;
  if (lua_getfield(L, 2, field) == LUA_TNIL) {    /* list */
    lua_pop(L, 1);
    return;
  }
  luaL_checktype(L, -1, LUA_TTABLE);
  for (i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
    const sr_Scope *scope;                        /* list pair */
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);                        /* list pair file what */
    scope = (const sr_Scope *)sr_checkobject(L, -2, SR_FILE_T);
    sr_check(L, hide ? sr_resolve_hide(R, scope->file, sr_checkstr(L, -1))
                     : sr_resolve_drop(R, scope->file,
                                       (uint32_t)luaL_checkinteger(L, -1)
                                       - 1));
    lua_pop(L, 3);
  }
  lua_pop(L, 2);
}


/* how.makes: "executable", "library", "object", or nil for who knows; how.pie;
   how.static: nobody exports names of it, so that without shared libraries the
   program has no dynamic symbols. */
static void made (lua_State *L, sr_Resolve *R) {
  static const char *const names[] = {"", "executable", "library", "object",
                                      NULL};
  static const sr_Makes makes[] = {SR_MAKES_UNKNOWN, SR_MAKES_PROGRAM,
                                   SR_MAKES_LIBRARY, SR_MAKES_OBJECT};
  sr_Makes what;
  lua_getfield(L, 2, "makes");                    /* makes */
  what = makes[luaL_checkoption(L, -1, "", names)];
  lua_pop(L, 1);
  lua_pushvalue(L, 2);                            /* how */
  if (what == SR_MAKES_PROGRAM && is_set(L, "pie")) what = SR_MAKES_PIE;
  sr_resolve_makes(R, what, is_set(L, "static"));
  lua_pop(L, 1);
}


/* core.resolve(inputs, how) -> resolve.  With how.tree the inputs are those of
   no link, for any targets.  With how.hide it is a "what if": what
   is read for it was read before, and does not count as checked again. */
static int resolve (lua_State *L) {
  sr_Checked before = sr_engine(L)->model->checked;
  sr_Resolve **box;
  lua_Integer i;
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  box = (sr_Resolve **)lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, RESOLVE_T);                /* resolve */
  sr_check(L, sr_resolve_new(sr_engine(L), box));
  lua_pushvalue(L, 2);                            /* resolve how */
  if (is_set(L, "tree")) sr_resolve_tree(*box);
  lua_pop(L, 1);
  made(L, *box);
  each_given(L, *box);
  each_name(L, *box, "undefined", sr_resolve_want);
  each_name(L, *box, "wrap", sr_resolve_wrap);
  if (lua_getfield(L, 2, "entry") != LUA_TNIL)
    sr_check(L, sr_resolve_entry(*box, sr_checkstr(L, -1)));
  lua_pop(L, 1);
  for (i = 1; lua_rawgeti(L, 1, i) != LUA_TNIL; i++) {
    luaL_checktype(L, -1, LUA_TTABLE);
    add_input(L, *box);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  what_if(L, *box, "drop", false);
  what_if(L, *box, "hide", true);
  if (lua_getfield(L, 2, "linker") != LUA_TNIL)
    sr_check(L, sr_resolve_run(*box, tolinker(L, -1)));
  lua_pop(L, 1);
  if (lua_getfield(L, 2, "hide") != LUA_TNIL)
    sr_engine(L)->model->checked = before;
  lua_pop(L, 1);
  return 1;
}


/* resolve:run(linker): all answers are this one's from now on */
static int r_run (lua_State *L) {
  sr_check(L, sr_resolve_run(toresolve(L), tolinker(L, 2)));
  lua_settop(L, 1);
  return 1;
}


/* -- answers -------------------------------------------------------------- */

static const char *const kinds[] = {
  [SR_REF_WANTS] = "wants", [SR_REF_WANTS_WEAKLY] = "wants weakly",
  [SR_REF_STRONG] = "strong", [SR_REF_WEAK] = "weak",
  [SR_REF_COMMON] = "common", [SR_REF_UNIQUE] = "unique"
};


static void set_flag (lua_State *L, const char *field, bool value) {
  if (!value) return;
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, field);
}


/* Where a unit is, into the table on top: nothing, of the line. */
void sr_setunit (lua_State *L, const sr_Unit *U) {
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  if (U->file == SR_NONE) {
    set_flag(L, "line", true);
    return;
  }
  scope.file = sr_engine(L)->model->files[U->file];
  sr_pushscope(L, SR_FILE_T, &scope);
  lua_setfield(L, -2, "file");
  if (U->member != SR_NONE) {
    scope.only = U->member;
    sr_pushscope(L, SR_MEMBER_T, &scope);
    lua_setfield(L, -2, "member");
  }
  lua_pushinteger(L, (lua_Integer)U->input + 1);
  lua_setfield(L, -2, "input");
  if (U->order != 0) {
    lua_pushinteger(L, (lua_Integer)U->order);
    lua_setfield(L, -2, "linked");
  }
  set_flag(L, "lazy", U->lazy);
  set_flag(L, "library", U->library);
  set_flag(L, "lto", U->lto);
}


static void set_ref (lua_State *L, const sr_Ref *ref) {
  lua_pushstring(L, kinds[ref->kind]);
  lua_setfield(L, -2, "kind");
  set_flag(L, "hidden", ref->hidden);
  set_flag(L, "discarded", ref->discarded);
}


static void set_name (lua_State *L, const char *field, uint32_t name) {
  sr_Str s = sr_name_text(sr_engine(L), name);
  lua_pushlstring(L, s.ptr, s.len);
  lua_setfield(L, -2, field);
}


/* The number of the name that is the argument 2, or SR_NONE. */
static uint32_t name_of (lua_State *L) {
  sr_Str s = sr_checkstr(L, 2);
  return sr_interned(&sr_engine(L)->model->names, s.ptr, s.len);
}


/* resolve:winner(name) -> { state, file, member, kind... }, of which only the
   state is always there; 'sure' is true, unless something unread may change it:
   it is nil then */
static int r_winner (lua_State *L) {
  static const char *const states[] = {
    [SR_UNHEARD] = "unheard", [SR_UNRESOLVED] = "undefined",
    [SR_OFFERED] = "offered", [SR_BY_LINKER] = "by linker",
    [SR_BY_LIBRARY] = "defined",
    [SR_TAKEN_COMMON] = "defined", [SR_TAKEN] = "defined"
  };
  sr_Resolve *R = toresolve(L);
  sr_Winner w;
  sr_resolve_winner(R, name_of(L), &w);
  lua_createtable(L, 0, 8);                       /* winner */
  lua_pushstring(L, states[w.state]);
  lua_setfield(L, -2, "state");
  set_flag(L, "sure", w.sure);
  set_flag(L, "wanted", w.wanted);
  set_flag(L, "strongly", w.strongly);
  if (w.unit != NULL) {
    sr_setunit(L, w.unit);
    set_ref(L, w.ref);
  }
  return 1;
}


/* resolve:about(name) -> units that have to do with it, in the line's order */
static int r_about (lua_State *L) {
  sr_Resolve *R = toresolve(L);
  uint32_t name = name_of(L);
  const sr_Ref *ref;
  lua_Integer n = 0;
  size_t i = 0;
  lua_newtable(L);                                /* list */
  if (name == SR_NONE) return 1;
  for (; (ref = sr_resolve_about(R, name, &i)) != NULL; i++) {
    lua_createtable(L, 0, 8);
    sr_setunit(L, sr_resolve_unit(R, i));
    set_ref(L, ref);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}


/* A unit that was linked, and for whom. */
static void push_linked (lua_State *L, const sr_Resolve *R,
                         const sr_Unit *U) {
  lua_createtable(L, 0, 8);
  sr_setunit(L, U);
  if (U->name != SR_NONE) set_name(L, "name", U->name);
  if (U->by != SR_NONE) {
    lua_createtable(L, 0, 8);
    sr_setunit(L, sr_resolve_unit(R, U->by));
    lua_setfield(L, -2, "by");
  }
}


/* resolve:linked() -> units, in the order of linking */
static int r_linked (lua_State *L) {
  sr_Resolve *R = toresolve(L);
  const sr_Unit *U;
  lua_Integer n = 0;
  size_t i;
  lua_newtable(L);                                /* list */
  for (i = 0; (U = sr_resolve_linked(R, i)) != NULL; i++) {
    if (U->file == SR_NONE || U->order == 0) continue;
    push_linked(L, R, U);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}


/* resolve:chain(name) -> the unit that gives a name, or, where nothing linked
   does, that wants it; what wanted that one, and so on */
static int r_chain (lua_State *L) {
  sr_Resolve *R = toresolve(L);
  const sr_Unit *U;
  lua_Integer n = 0;
  sr_Winner w;
  sr_resolve_winner(R, name_of(L), &w);
  U = w.unit != NULL && w.unit->order != 0 ? w.unit : w.by;
  lua_newtable(L);                                /* list */
  while (U != NULL) {
    push_linked(L, R, U);
    lua_rawseti(L, -2, ++n);
    U = U->by != SR_NONE ? sr_resolve_unit(R, U->by) : NULL;
  }
  return 1;
}


typedef int (*Question) (sr_Resolve *R, const sr_Glob *glob, sr_Names **out);

static int ask (lua_State *L, Question question) {
  sr_Resolve *R = toresolve(L);
  const sr_Glob *glob = sr_optglob(L, 2, SR_GLOB_NAME);
  sr_Names **out = sr_pushnames(L);
  sr_check(L, question(R, glob, out));
  return 1;
}


/* resolve:undefined([glob]) -> names that are wanted, and given by nothing */
static int r_undefined (lua_State *L) {
  return ask(L, sr_resolve_unresolved);
}

/* resolve:duplicates([glob]) -> names with two definitions that clash */
static int r_duplicates (lua_State *L) {
  return ask(L, sr_resolve_duplicates);
}

/* resolve:defined([glob]) -> names, each at what gives it */
static int r_defined (lua_State *L) { return ask(L, sr_resolve_given); }


/* resolve:unknown([name]): raise what could not be read, after it is written
   into the record; or what leaves that name open, if the linker itself may give
   it; nothing, if all is known */
static int r_unknown (lua_State *L) {
  sr_Resolve *R = toresolve(L);
  const sr_Names *unread = sr_resolve_unread(R);
  const sr_Names *perhaps = sr_resolve_perhaps(R);
  sr_Winner w;
  if (sr_names_any(unread) != SR_NO) return sr_unknown(L, unread);
  if (lua_isnoneornil(L, 2) || perhaps->ngaps == 0) return 0;
  sr_resolve_winner(R, name_of(L), &w);
  return w.sure ? 0 : sr_unknown(L, perhaps);
}


/* core.linkers_give(name) -> is it a name that some linker gives by itself? */
static int linkers_give (lua_State *L) {
  lua_pushboolean(L, sr_resolve_any_gives(sr_checkstr(L, 1)));
  return 1;
}


static int r_gc (lua_State *L) {
  sr_Resolve **box = (sr_Resolve **)luaL_checkudata(L, 1, RESOLVE_T);
  sr_resolve_free(*box);  /* accepts NULL */
  *box = NULL;
  return 0;
}


static const luaL_Reg meth[] = {
  {"run", r_run},
  {"winner", r_winner},
  {"about", r_about},
  {"linked", r_linked},
  {"chain", r_chain},
  {"survivors", sr_resolve_survivors},
  {"undefined", r_undefined},
  {"duplicates", r_duplicates},
  {"defined", r_defined},
  {"unknown", r_unknown},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__gc", r_gc},
  {"__close", r_gc},
  {NULL, NULL}
};


void sr_open_resolve (lua_State *L) {
  sr_newtype(L, RESOLVE_T, metameth, meth);
  lua_pushcfunction(L, resolve);
  lua_setfield(L, -2, "resolve");
  lua_pushcfunction(L, linkers_give);
  lua_setfield(L, -2, "linkers_give");
}
