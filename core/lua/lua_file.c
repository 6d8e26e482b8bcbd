/*
** lua_file.c
** Files as Lua objects: archives, objects, libraries, executables.  The same
** file is the same value of '==' however often a rule asks for it.
*/

#include "binding.h"


static sr_File *tofile (lua_State *L, int arg) {
  return ((sr_Scope *)sr_checkobject(L, arg, SR_FILE_T))->file;
}


/* file:path() -> string: below its input */
static int f_path (lua_State *L) {
  lua_pushstring(L, tofile(L, 1)->path);
  return 1;
}


/* file:input() -> string: what was named on the command line */
static int f_input (lua_State *L) {
  lua_pushstring(L, tofile(L, 1)->input);
  return 1;
}


/* file:folder() -> string: of its path, "" at the top */
static int f_folder (lua_State *L) {
  const char *path = tofile(L, 1)->path, *slash = strrchr(path, '/');
  lua_pushlstring(L, path, slash != NULL ? (size_t)(slash - path) : 0);
  return 1;
}


/* file:format() -> string */
static int f_format (lua_State *L) {
  lua_pushstring(L, sr_format_name(tofile(L, 1)->format));
  return 1;
}


/* file:slice() -> string: "arm64", of a universal file; or nil */
static int f_slice (lua_State *L) {
  lua_pushstring(L, tofile(L, 1)->slice);  /* NULL is nil */
  return 1;
}


/* file:members([glob]) -> members */
static int f_members (lua_State *L) {
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  scope.file = tofile(L, 1);
  scope.members = sr_optglob(L, 2, SR_GLOB_NAME);
  sr_pushscope(L, SR_MEMBERS_T, &scope);
  return 1;
}


/* file:digest() -> string: equal for equal bytes; not for archives */
static int f_digest (lua_State *L) {
  sr_File *F = tofile(L, 1);
  luaL_argcheck(L, !sr_file_has_members(F), 1,
                "an archive's members have digests, it has none");
  return sr_push_digest(L, F, 0);
}


static int f_tostring (lua_State *L) {
  sr_File *F = tofile(L, 1);
  char shown[1024];
  size_t n = sr_printable(shown, sizeof shown, F->path, strlen(F->path));
  lua_pushlstring(L, shown, n);
  if (F->slice != NULL) {
    lua_pushfstring(L, " (%s)", F->slice);
    lua_concat(L, 2);
  }
  return 1;
}


static int f_eq (lua_State *L) {
  sr_Scope *a = (sr_Scope *)luaL_testudata(L, 1, SR_FILE_T);
  sr_Scope *b = (sr_Scope *)luaL_testudata(L, 2, SR_FILE_T);
  lua_pushboolean(L, a != NULL && b != NULL && a->file == b->file);
  return 1;
}


static const luaL_Reg meth[] = {
  {"path", f_path},
  {"input", f_input},
  {"folder", f_folder},
  {"format", f_format},
  {"slice", f_slice},
  {"members", f_members},
  {"digest", f_digest},
  {"reindex", sr_edit_reindex},
  {"order", sr_edit_order},
  {"index", sr_scope_index},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__tostring", f_tostring},
  {"__eq", f_eq},
  {NULL, NULL}
};


/* open(path) -> file: for a script of one's own, outside any rule */
static int l_open (lua_State *L) {
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  sr_check(L, sr_tree_open_file(sr_engine(L), luaL_checkstring(L, 1),
                                &scope.file));
  sr_pushscope(L, SR_FILE_T, &scope);
  return 1;
}


void sr_open_file (lua_State *L) {
  sr_newtype(L, SR_FILE_T, metameth, meth);
  luaL_getmetatable(L, SR_FILE_T);                /* module meta */
  lua_getfield(L, -1, "__index");                 /* module meta methods */
  luaL_setfuncs(L, sr_scope_methods, 0);
  sr_add_facts(L);
  lua_pop(L, 2);                                  /* module */
  lua_pushcfunction(L, l_open);
  lua_setfield(L, -2, "open");
}
