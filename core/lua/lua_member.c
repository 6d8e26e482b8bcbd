/*
** lua_member.c
** One member of an archive, known by its position: names repeat, and rustc's
** carry hashes.  A file that is no archive is its own only member.
*/

#include "binding.h"


static sr_Scope *tomember (lua_State *L, int arg) {
  return (sr_Scope *)sr_checkobject(L, arg, SR_MEMBER_T);
}


static const sr_Member *record (const sr_Scope *scope) {
  return &scope->file->members[scope->only];
}


/* member:name() -> string, its bytes */
static int m_name (lua_State *L) {
  const sr_Member *m = record(tomember(L, 1));
  lua_pushlstring(L, m->name.ptr, m->name.len);
  return 1;
}


/* member:index() -> integer, from 1 */
static int m_index (lua_State *L) {
  lua_pushinteger(L, (lua_Integer)tomember(L, 1)->only + 1);
  return 1;
}


/* member:size() -> integer, in bytes */
static int m_size (lua_State *L) {
  lua_pushinteger(L, (lua_Integer)record(tomember(L, 1))->size);
  return 1;
}


/* member:digest() -> string: equal for equal bytes */
static int m_digest (lua_State *L) {
  const sr_Scope *scope = tomember(L, 1);
  return sr_push_digest(L, scope->file, scope->only);
}


/* member:file() -> file */
static int m_file (lua_State *L) {
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  scope.file = tomember(L, 1)->file;
  sr_pushscope(L, SR_FILE_T, &scope);
  return 1;
}


static int m_tostring (lua_State *L) {
  const sr_Member *m = record(tomember(L, 1));
  char shown[1024];
  size_t n = sr_printable(shown, sizeof shown, m->name.ptr, m->name.len);
  lua_pushlstring(L, shown, n);
  return 1;
}


static int m_eq (lua_State *L) {
  sr_Scope *a = (sr_Scope *)luaL_testudata(L, 1, SR_MEMBER_T);
  sr_Scope *b = (sr_Scope *)luaL_testudata(L, 2, SR_MEMBER_T);
  lua_pushboolean(L, a != NULL && b != NULL && a->file == b->file
                     && a->only == b->only);
  return 1;
}


static const luaL_Reg meth[] = {
  {"name", m_name},
  {"index", m_index},
  {"size", m_size},
  {"file", m_file},
  {"digest", m_digest},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__tostring", m_tostring},
  {"__eq", m_eq},
  {NULL, NULL}
};


void sr_open_member (lua_State *L) {
  sr_newtype(L, SR_MEMBER_T, metameth, meth);
  luaL_getmetatable(L, SR_MEMBER_T);              /* module meta */
  lua_getfield(L, -1, "__index");                 /* module meta methods */
  luaL_setfuncs(L, sr_scope_methods, 0);
  sr_add_facts(L);
  lua_pop(L, 2);                                  /* module */
}
