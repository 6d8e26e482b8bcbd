/*
** lua_names.c
** Sets of names as Lua objects, with the operators that sets have.  Whatever
** needs to know more than is sure writes "unknown" into the record of the
** evaluation before it raises.
*/

#include "binding.h"

#define SHOWN  6  /* names that "%s" lists */


sr_Names **sr_pushnames (lua_State *L) {
  sr_Names **box = (sr_Names **)lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, SR_NAMES_T);
  return box;
}


sr_Names *sr_tonames (lua_State *L, int arg) {
  sr_Names **box = (sr_Names **)sr_checkobject(L, arg, SR_NAMES_T);
  luaL_argcheck(L, *box != NULL, arg, "this set has been closed");
  return *box;
}


/* The set, if everything about it is sure; otherwise unknown is raised. */
static sr_Names *exactly (lua_State *L, int arg) {
  sr_Names *N = sr_tonames(L, arg);
  if (sr_names_exact(N) != SR_YES) sr_unknown(L, N);
  return N;
}


static sr_Names *ordered (lua_State *L, int arg) {
  sr_Names *N = sr_tonames(L, arg);
  sr_check(L, sr_names_order(N));
  return N;
}


/* -- algebra -------------------------------------------------------------- */

static int combine (lua_State *L, int op) {
  sr_Names *A = sr_tonames(L, 1), *B = sr_tonames(L, 2);
  sr_Names **out = sr_pushnames(L);
  sr_check(L, sr_names_combine(A, B, op, out));
  return 1;
}


static int n_add (lua_State *L) { return combine(L, SR_PLUS); }
static int n_mul (lua_State *L) { return combine(L, SR_TIMES); }
static int n_sub (lua_State *L) { return combine(L, SR_MINUS); }


/* Raise unknown on behalf of both sets. */
static int unsure (lua_State *L, const sr_Names *A, const sr_Names *B) {
  sr_plan_unknown(sr_plan_of(L), A);
  return sr_unknown(L, B);
}


static int n_le (lua_State *L) {
  sr_Names *A = sr_tonames(L, 1), *B = sr_tonames(L, 2);
  int answer = sr_names_within(A, B);
  if (answer == SR_MAYBE) return unsure(L, A, B);
  lua_pushboolean(L, answer == SR_YES);
  return 1;
}


static int n_eq (lua_State *L) {
  sr_Names *A = sr_tonames(L, 1), *B = sr_tonames(L, 2);
  int answer = sr_names_equal(A, B);
  if (answer == SR_MAYBE) return unsure(L, A, B);
  lua_pushboolean(L, answer == SR_YES);
  return 1;
}


static int n_len (lua_State *L) {
  sr_Names *N = exactly(L, 1);
  lua_pushinteger(L, (lua_Integer)N->unique);
  return 1;
}


/* names:empty() -> boolean */
static int n_empty (lua_State *L) {
  sr_Names *N = sr_tonames(L, 1);
  int answer = sr_names_any(N);
  if (answer == SR_MAYBE) return sr_unknown(L, N);
  lua_pushboolean(L, answer == SR_NO);
  return 1;
}


/* names:has(name) -> boolean */
static int n_has (lua_State *L) {
  sr_Names *N = sr_tonames(L, 1);
  sr_NameBox *box = (sr_NameBox *)luaL_testudata(L, 2, SR_NAME_T);
  sr_Str s = box != NULL ? sr_name_text(N->S, box->name) : sr_checkstr(L, 2);
  int answer;
  luaL_argcheck(L, memchr(s.ptr, '*', s.len) == NULL, 2,
                "a name is expected, not a pattern");
  answer = sr_names_has(N, s);
  sr_check(L, answer);
  if (answer == SR_MAYBE) return sr_unknown(L, N);
  lua_pushboolean(L, answer == SR_YES);
  return 1;
}


/* -- loops ---------------------------------------------------------------- */

/* A loop is told once what every step would have to look up. */
typedef struct Loop {
  symrun *const *engine;
  sr_Names *const *names;
  size_t i;
} Loop;


/* upvalues: loop, names, the metatable of a name */
static int next_name (lua_State *L) {
  Loop *loop = (Loop *)lua_touserdata(L, lua_upvalueindex(1));
  const sr_Names *N = *loop->names;
  sr_NameBox *box;
  if (SR_UNLIKELY(N == NULL || *loop->engine == NULL || loop->i >= N->unique)) {
    exactly(L, lua_upvalueindex(2));
    return 0;
  }
  box = (sr_NameBox *)lua_newuserdatauv(L, sizeof *box, 0);
  *box = N->sure.at[N->order[loop->i++]];
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_setmetatable(L, -2);
  return 1;
}


/* for name in names:each() do ... end, in byte order */
static int n_each (lua_State *L) {
  Loop *loop;
  ordered(L, 1);
  lua_settop(L, 1);                               /* names */
  loop = (Loop *)lua_newuserdatauv(L, sizeof *loop, 0);
  loop->engine = sr_engine_cell(L);
  loop->names = (sr_Names *const *)lua_touserdata(L, 1);
  loop->i = 0;
  lua_insert(L, 1);                               /* loop names */
  luaL_getmetatable(L, SR_NAME_T);                /* loop names meta */
  lua_pushcclosure(L, next_name, 3);
  return 1;
}


/* names:places(name) -> array of names: all places where it surely stands.
   Where it may stand in others too, the evaluation becomes unknown, though
   only when it ends: what is said of the places that are sure is true. */
static int n_places (lua_State *L) {
  sr_Names *N = sr_tonames(L, 1);
  sr_NameBox *box = (sr_NameBox *)luaL_testudata(L, 2, SR_NAME_T);
  sr_Str s = box != NULL ? sr_name_text(N->S, box->name) : sr_checkstr(L, 2);
  uint32_t name = sr_intern(N->S, &N->S->model->names, s.ptr, s.len);
  lua_Integer n = 0;
  size_t i;
  if (name == SR_NONE) sr_raise(L);
  lua_newtable(L);                                /* list */
  for (i = sr_names_first(N, name); i < N->sure.count
       && N->sure.at[i].name == name; i++) {
    sr_pushname(L, &N->sure.at[i]);               /* list one */
    lua_rawseti(L, -2, ++n);                      /* list */
  }
  if (sr_names_placed_one(N, name) != SR_YES)
    sr_check(L, sr_plan_owe(sr_plan_of(L), N));
  return 1;
}


static int next_member (lua_State *L) {
  sr_Names *N = sr_tonames(L, lua_upvalueindex(1));
  const sr_Homes *H = &N->homes[SR_HOMES_SURE];
  size_t i = (size_t)lua_tointeger(L, lua_upvalueindex(2));
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  sr_Names **slice;
  uint64_t home;
  uint32_t file;
  if (i >= H->count) {
    if (sr_names_placed(N) != SR_YES) sr_unknown(L, N);
    return 0;
  }
  home = H->at[i].home;
  while (i < H->count && H->at[i].home == home) i++;
  lua_pushinteger(L, (lua_Integer)i);
  lua_replace(L, lua_upvalueindex(2));
  file = (uint32_t)(home >> 32);
  scope.file = N->S->model->files[file];
  scope.only = (uint32_t)home - 1;
  sr_pushscope(L, scope.only == SR_NONE ? SR_FILE_T : SR_MEMBER_T, &scope);
  slice = sr_pushnames(L);
  sr_check(L, sr_names_slice(N, file, scope.only, slice));
  return 2;
}


/* for member, names in names:by_member() do ... end; a file that is no
   archive stands for its only member */
static int n_by_member (lua_State *L) {
  sr_check(L, sr_names_house(sr_tonames(L, 1)));
  lua_settop(L, 1);                               /* names */
  lua_pushinteger(L, 0);                          /* names 0 */
  lua_pushcclosure(L, next_member, 2);
  return 1;
}


/* -- text ----------------------------------------------------------------- */

static void add_shown (lua_State *L, luaL_Buffer *b, sr_Names *N, size_t i) {
  sr_Str s = sr_name_text(N->S, N->sure.at[N->order[i]].name);
  char *out = luaL_prepbuffsize(b, 300);
  (void)L;
  luaL_addsize(b, sr_printable(out, 300, s.ptr, s.len));
}


/* "a, b and c", or the first few and how many more */
static int n_tostring (lua_State *L) {
  sr_Names *N = sr_tonames(L, 1);
  size_t i, most;
  luaL_Buffer b;
  if (!N->slice) exactly(L, 1);  /* a loop's is what the loop is sure of */
  sr_check(L, sr_names_order(N));
  most = N->unique <= SHOWN + 1 ? N->unique : SHOWN;
  luaL_buffinit(L, &b);
  if (N->unique == 0) luaL_addstring(&b, "no name");
  for (i = 0; i < most; i++) {
    if (i > 0)
      luaL_addstring(&b, i + 1 == N->unique ? " and " : ", ");
    add_shown(L, &b, N, i);
  }
  luaL_pushresult(&b);
  if (most < N->unique) {
    lua_pushfstring(L, " and %d more", (int)(N->unique - most));
    lua_concat(L, 2);
  }
  return 1;
}


/* without(names, texts) -> names: less those that 'texts', a table, has as
   keys.  What is only possible stays possible. */
static int l_without (lua_State *L) {
  sr_Names *N = sr_tonames(L, 1), *D, **less, **out;
  size_t i;
  luaL_checktype(L, 2, LUA_TTABLE);
  less = sr_pushnames(L);
  sr_check(L, sr_names_new(N->S, less));
  D = *less;
  for (i = 0; i < N->sure.count; i++) {
    sr_Str s = sr_name_text(N->S, N->sure.at[i].name);
    lua_pushlstring(L, s.ptr, s.len);
    lua_rawget(L, 2);
    if (lua_toboolean(L, -1))
      sr_check(L, sr_names_place(D, &N->sure.at[i]));
    lua_pop(L, 1);
  }
  sr_check(L, sr_names_done(D));
  out = sr_pushnames(L);
  sr_check(L, sr_names_combine(N, D, SR_MINUS, out));
  return 1;
}


static int n_gc (lua_State *L) {
  sr_Names **box = (sr_Names **)luaL_checkudata(L, 1, SR_NAMES_T);
  if (sr_engine_if_any(L) != NULL)  /* else it took the set along */
    sr_names_free(*box);            /* accepts NULL */
  *box = NULL;
  return 0;
}


static const luaL_Reg meth[] = {
  {"empty", n_empty},
  {"has", n_has},
  {"each", n_each},
  {"places", n_places},
  {"by_member", n_by_member},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__add", n_add},
  {"__mul", n_mul},
  {"__sub", n_sub},
  {"__le", n_le},
  {"__eq", n_eq},
  {"__len", n_len},
  {"__gc", n_gc},
  {"__close", n_gc},
  {"__tostring", n_tostring},
  {NULL, NULL}
};


static const luaL_Reg funcs[] = {{"without", l_without}, {NULL, NULL}};


void sr_open_names (lua_State *L) {
  sr_newtype(L, SR_NAMES_T, metameth, meth);
  luaL_setfuncs(L, funcs, 0);
}
