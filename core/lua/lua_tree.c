/*
** lua_tree.c
** The inputs of a run as a Lua object, and the selection of files from them.
** What a pattern names and is not what it should be is given all the same,
** with the reason as damage: leaving it out would be silence.
*/

#include "binding.h"


static sr_Tree *totree (lua_State *L, int arg) {
  return ((sr_Scope *)sr_checkobject(L, arg, SR_TREE_T))->tree;
}


/* true | nil, message; memory is always an error */
static int outcome (lua_State *L, int rc) {
  if (rc == SYMRUN_NOMEM) return sr_raise(L);
  if (rc == SYMRUN_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  luaL_pushfail(L);
  lua_pushstring(L, sr_engine(L)->message);
  return 2;
}


/* add(tree, path [, shown]) -> true | nil, message; 'shown' is what the file is
   called in reports */
static int t_add (lua_State *L) {
  return outcome(L, sr_tree_add(totree(L, 1), luaL_checkstring(L, 2),
                                luaL_optstring(L, 3, NULL)));
}


/* exclude(tree, glob) -> true | nil, message; before any add */
static int t_exclude (lua_State *L) {
  return outcome(L, sr_tree_exclude(totree(L, 1), sr_checkstr(L, 2)));
}


/* wrap(tree, path, bytes): a file that is only in memory */
static int t_wrap (lua_State *L) {
  sr_check(L, sr_tree_wrap(totree(L, 1), sr_checkstr(L, 2),
                           sr_checkstr(L, 3)));
  return 0;
}


static int t_len (lua_State *L) {
  lua_pushinteger(L, (lua_Integer)totree(L, 1)->count);
  return 1;
}


enum { ARCHIVE, OBJECT, LIBRARY, EXECUTABLE, ANY };

static bool fits (const sr_File *F, int kind) {
  switch (kind) {
    case ARCHIVE: return sr_file_is_archive(F);
    case OBJECT: return F->role == SR_ROLE_OBJECT;
    case LIBRARY: return F->role == SR_ROLE_LIBRARY;
    case EXECUTABLE: return F->role == SR_ROLE_EXECUTABLE;
    default: return true;
  }
}


/* Could it be of this kind, for all that could be read of it? */
static bool may_fit (const sr_File *F, int kind) {
  return F->vague && (F->format == SR_OTHER
                      || (kind != ARCHIVE && !sr_file_is_archive(F)));
}


/* Should the file be given?  If its name says so and its bytes do not, the
   difference becomes damage. */
static bool choose (lua_State *L, sr_File *F, int kind, bool named) {
  static const char *const wanted[] = {
    "an archive", "an object", "a shared library", "an executable", "a file"
  };
  sr_check(L, sr_file_probe(F));
  sr_check(L, sr_file_done(F));
  if (fits(F, kind) || may_fit(F, kind)) return true;
  if (!named) return false;
  if (F->damaged) return true;
  sr_fail(F->S, SYMRUN_FORMAT, "is %s, and not %s as its name says",
          F->role != SR_ROLE_NONE && kind != ARCHIVE
            ? "of another kind" : sr_format_prose(F->format), wanted[kind]);
  F->S->fault.field = "magic";
  sr_check(L, sr_file_gap(F, SR_NONE, SR_NATIVE, true));
  return true;
}


/* May it be selected, for all that its name tells? */
static bool eligible (const sr_Tree *T, size_t i, const sr_Glob *glob) {
  const sr_Entry *e = T->items[i].entry;
  if (e != NULL && e->kind == SR_KIND_FOLDER) return false;
  if (glob != NULL) return sr_tree_named(T, i, glob);
  return e == NULL || e->kind == SR_KIND_FILE;
}


/* Let threads find out what the eligible files are, ahead of who asks. */
static int probe_all (sr_Tree *T, const sr_Glob *glob) {
  symrun *S = T->S;
  size_t i, n = 0, size = (T->count + 1) * sizeof(sr_File *);
  int rc = SYMRUN_OK;
  sr_File **list;
  if (S->threads <= 1) return SYMRUN_OK;
  list = (sr_File **)sr_new(S, size);
  if (list == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < T->count && rc == SYMRUN_OK; i++)
    if (eligible(T, i, glob)) rc = sr_tree_file(T, i, &list[n++]);
  if (rc == SYMRUN_OK) rc = sr_read(S, list, n, NULL);
  sr_delete(S, list, size);
  return rc;
}


/* Add a file to the list on top, or those of its slices that fit. */
static void add_chosen (lua_State *L, sr_File *F, int kind, bool named) {
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  size_t i;
  sr_check(L, sr_file_probe(F));
  sr_check(L, sr_file_slices(F));
  for (i = 0; i < F->nslices; i++)
    add_chosen(L, F->slices[i], kind, named);
  if (F->nslices > 0 || !choose(L, F, kind, named)) return;
  scope.file = F;
  sr_pushscope(L, SR_FILE_T, &scope);             /* files file */
  lua_rawseti(L, -2, luaL_len(L, -2) + 1);        /* files */
}


/* select(tree, kind [, glob]) -> files, in the tree's order */
static int t_select (lua_State *L) {
  static const char *const kinds[] = {
    "archive", "object", "library", "executable", "any", NULL
  };
  sr_Tree *T = totree(L, 1);
  int kind = luaL_checkoption(L, 2, NULL, kinds);
  const sr_Glob *glob = sr_optglob(L, 3, SR_GLOB_PATH);
  size_t i;
  sr_check(L, probe_all(T, glob));
  lua_newtable(L);                                /* files */
  for (i = 0; i < T->count; i++) {
    sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
    if (!eligible(T, i, glob)) continue;
    sr_check(L, sr_tree_file(T, i, &scope.file));
    add_chosen(L, scope.file, kind, glob != NULL);
  }
  return 1;
}


/* unread(tree) -> array of {input=, path=, reason=}: folders that cannot be
   listed, so that nobody knows what is in them */
static int t_unread (lua_State *L) {
  sr_Tree *T = totree(L, 1);
  lua_Integer n = 0;
  size_t i;
  lua_newtable(L);                                /* list */
  for (i = 0; i < T->count; i++) {
    const sr_Entry *e = T->items[i].entry;
    if (e == NULL || e->kind != SR_KIND_FOLDER) continue;
    lua_createtable(L, 0, 3);                     /* list one */
    lua_pushstring(L, T->inputs[T->items[i].input]);
    lua_setfield(L, -2, "input");
    lua_pushstring(L, e->path);
    lua_setfield(L, -2, "path");
    lua_pushstring(L, e->trouble);
    lua_setfield(L, -2, "reason");
    lua_rawseti(L, -2, ++n);                      /* list */
  }
  return 1;
}


static int t_tostring (lua_State *L) {
  const sr_Tree *T = totree(L, 1);
  lua_pushstring(L, T->ninputs == 1 ? T->inputs[0] : "the tree");
  return 1;
}


static const luaL_Reg meth[] = {
  {"index", sr_scope_index},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__len", t_len},
  {"__tostring", t_tostring},
  {NULL, NULL}
};


/* tree([all]) -> tree: nothing in it; 'all' looks into cargo's own folders */
static int l_tree (lua_State *L) {
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  sr_check(L, sr_tree_new(sr_engine(L), lua_toboolean(L, 1), &scope.tree));
  sr_pushscope(L, SR_TREE_T, &scope);
  return 1;
}


/* is_file(value) -> boolean */
static int l_is_file (lua_State *L) {
  lua_pushboolean(L, luaL_testudata(L, 1, SR_FILE_T) != NULL);
  return 1;
}


/* home(file) -> string: the folder of a file that was named itself, or nil */
static int l_home (lua_State *L) {
  const sr_Scope *scope = (sr_Scope *)luaL_checkudata(L, 1, SR_FILE_T);
  lua_pushstring(L, scope->file->folder);  /* NULL is nil */
  return 1;
}


/* real(file) -> string: the path of a file that was named itself as the system
   has it, whatever it is shown as; or nil */
static int l_real (lua_State *L) {
  const sr_File *F = ((sr_Scope *)luaL_checkudata(L, 1, SR_FILE_T))->file;
  if (F->folder == NULL) return 0;
  lua_pushfstring(L, "%s/%s", F->folder, F->real);
  return 1;
}


/* uncounted(f, ...) -> what f gives.  Files that it reads do not count as
   checked: programs, and what was counted before. */
static int l_uncounted (lua_State *L) {
  sr_Checked before = sr_engine(L)->model->checked;
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  sr_engine(L)->model->checked.files = before.files;
  if (status != LUA_OK) return lua_error(L);
  return lua_gettop(L);
}


/* What changes a tree is no method: rules have trees in hand. */
static const luaL_Reg funcs[] = {
  {"tree", l_tree},
  {"home", l_home},
  {"real", l_real},
  {"uncounted", l_uncounted},
  {"is_file", l_is_file},
  {"add", t_add},
  {"exclude", t_exclude},
  {"wrap", t_wrap},
  {"select", t_select},
  {"unread", t_unread},
  {NULL, NULL}
};


void sr_open_tree (lua_State *L) {
  sr_newtype(L, SR_TREE_T, metameth, meth);
  luaL_getmetatable(L, SR_TREE_T);                /* module meta */
  lua_getfield(L, -1, "__index");                 /* module meta methods */
  luaL_setfuncs(L, sr_scope_methods, 0);
  lua_pop(L, 2);                                  /* module */
  luaL_setfuncs(L, funcs, 0);
}
