/*
** lua_name.c
** One name of a set, with the place where it stands.  It acts as its text in
** messages, and as its place when it is what a rule reports about.
*/

#include "binding.h"


static sr_NameBox *toname (lua_State *L, int arg) {
  return (sr_NameBox *)sr_checkobject(L, arg, SR_NAME_T);
}


sr_NameBox *sr_pushname (lua_State *L, const sr_Place *place) {
  sr_NameBox *box = (sr_NameBox *)lua_newuserdatauv(L, sizeof *box, 0);
  *box = *place;
  luaL_setmetatable(L, SR_NAME_T);
  return box;
}


sr_File *sr_name_file (lua_State *L, const sr_NameBox *box) {
  return sr_engine(L)->model->files[box->file];
}


/* name:text() -> string, its bytes */
static int n_text (lua_State *L) {
  sr_Str s = sr_name_text(sr_engine(L), toname(L, 1)->name);
  lua_pushlstring(L, s.ptr, s.len);
  return 1;
}


/* name:file() -> file */
static int n_file (lua_State *L) {
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  scope.file = sr_name_file(L, toname(L, 1));
  sr_pushscope(L, SR_FILE_T, &scope);
  return 1;
}


/* name:member() -> member, or nil in a file that is no archive */
static int n_member (lua_State *L) {
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  const sr_NameBox *box = toname(L, 1);
  if (box->member == SR_NONE) return 0;
  scope.file = sr_name_file(L, box);
  scope.only = box->member;
  sr_pushscope(L, SR_MEMBER_T, &scope);
  return 1;
}


static int n_tostring (lua_State *L) {
  sr_Str s = sr_name_text(sr_engine(L), toname(L, 1)->name);
  char shown[1024];
  size_t n = sr_printable(shown, sizeof shown, s.ptr, s.len);
  lua_pushlstring(L, shown, n);
  return 1;
}


static int n_concat (lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  luaL_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}


static int n_eq (lua_State *L) {
  sr_NameBox *a = (sr_NameBox *)luaL_testudata(L, 1, SR_NAME_T);
  sr_NameBox *b = (sr_NameBox *)luaL_testudata(L, 2, SR_NAME_T);
  lua_pushboolean(L, a != NULL && b != NULL && a->name == b->name);
  return 1;
}


static const luaL_Reg meth[] = {
  {"text", n_text},
  {"file", n_file},
  {"member", n_member},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__tostring", n_tostring},
  {"__concat", n_concat},
  {"__eq", n_eq},
  {NULL, NULL}
};


/* -- names as people wrote them -------------------------------------------- */

typedef struct Plain { char *text; size_t used, room; bool full; } Plain;

/* The demangler must not be left by an error. */
static void put_piece (const char *s, size_t n, void *ud) {
  Plain *P = (Plain *)ud;
  if (n > P->room - P->used) P->full = true;
  if (P->full) return;
  memcpy(P->text + P->used, s, n);
  P->used += n;
}


/* demangled(name) -> string, or nil: it is not mangled, or too long */
static int l_demangled (lua_State *L) {
  enum { MOST = 64 * 1024 };
  symrun *S = sr_engine(L);
  sr_Str name = sr_checkstr(L, 1);
  Plain P = {NULL, 0, MOST, false};
  bool mangled = name.len > 1 && memchr("_?", name.ptr[0], 2) != NULL;
  if (S->demangle == NULL || !mangled) return 0;
  P.text = (char *)lua_newuserdatauv(L, MOST, 0);
  if (S->demangle(name.ptr, name.len, put_piece, &P) != SR_YES || P.full)
    return 0;
  lua_pushlstring(L, P.text, P.used);
  return 1;
}


void sr_open_name (lua_State *L) {
  sr_newtype(L, SR_NAME_T, metameth, meth);
  lua_pushcfunction(L, l_demangled);
  lua_setfield(L, -2, "demangled");
}
