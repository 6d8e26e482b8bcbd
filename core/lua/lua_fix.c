/*
** lua_fix.c
** What rules may ask to be changed of files, as values; and, for the library,
** carrying it out.  An edit is a table that nobody acts on before all rules
** have spoken; what is in it is checked when a finding asks for it.
*/

#include <stdio.h>
#include <stdlib.h>

#include "binding.h"
#include "../edits/rewrite.h"


/* -- edits as values ------------------------------------------------------- */

static const struct { const char *key; unsigned bit; } hows[] = {
  {"dissolve", SR_DISSOLVE}, {"drop_lto", SR_DROP_LTO}, {"insist", SR_INSIST}
};


/* Copy the options at 'arg' into the edit on top. */
static void set_options (lua_State *L, int arg) {
  size_t i, n = sizeof hows / sizeof *hows;
  if (lua_isnoneornil(L, arg)) return;
  luaL_checktype(L, arg, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2)
                                                     : "1";
    for (i = 0; i < n && strcmp(key, hows[i].key) != 0; i++) ;
    if (i == n)
      luaL_error(L, "an edit has no option '%s'; the options are dissolve, "
                 "drop_lto and insist", key);
    lua_pushboolean(L, lua_toboolean(L, -1));     /* edit key value on */
    lua_setfield(L, -4, hows[i].key);
  }
}


/* The edit 'op' of the first argument, on top of the stack. */
static void new_edit (lua_State *L, const char *op) {
  luaL_argcheck(L, sr_toscope(L, 1)->file != NULL, 1, "is a tree");
  lua_createtable(L, 0, 4);
  lua_pushstring(L, op);
  lua_setfield(L, -2, "op");
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "subject");
}


/* A name, a set of names, or a list of names. */
static void check_names (lua_State *L, int arg) {
  if (lua_type(L, arg) == LUA_TSTRING || lua_type(L, arg) == LUA_TTABLE
      || luaL_testudata(L, arg, SR_NAME_T) != NULL
      || luaL_testudata(L, arg, SR_NAMES_T) != NULL) return;
  luaL_typeerror(L, arg, "name, list of names, or names");
}


/* subject:localize(names [, options]) -> edit; and the others like it */
static int named (lua_State *L, const char *op) {
  check_names(L, 2);
  lua_settop(L, 3);
  new_edit(L, op);                                /* edit */
  set_options(L, 3);
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, "names");
  return 1;
}

static int e_localize (lua_State *L) { return named(L, "localize"); }
static int e_globalize (lua_State *L) { return named(L, "globalize"); }
static int e_weaken (lua_State *L) { return named(L, "weaken"); }
static int e_hide (lua_State *L) { return named(L, "hide"); }
static int e_unhide (lua_State *L) { return named(L, "unhide"); }
static int e_strip (lua_State *L) { return named(L, "strip"); }
static int e_keep_only (lua_State *L) { return named(L, "keep_only"); }
static int e_drop_section (lua_State *L) { return named(L, "drop_section"); }


/* subject:rename(from, to [, options]) -> edit */
static int e_rename (lua_State *L) {
  size_t len;
  if (luaL_testudata(L, 2, SR_NAME_T) == NULL) luaL_checkstring(L, 2);
  luaL_checklstring(L, 3, &len);
  luaL_argcheck(L, len > 0, 3, "is no name");
  lua_settop(L, 4);
  new_edit(L, "rename");                          /* edit */
  set_options(L, 4);
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, "names");
  lua_pushvalue(L, 3);
  lua_setfield(L, -2, "to");
  return 1;
}


/* member:drop() -> edit; members:drop(); file:drop(member or members or
   pattern) */
static int e_drop (lua_State *L) {
  const sr_Scope *scope = sr_toscope(L, 1), *what;
  sr_Scope some;
  if (luaL_testudata(L, 1, SR_FILE_T) != NULL) {
    if (lua_type(L, 2) == LUA_TSTRING) {
      some = *scope;
      some.members = sr_optglob(L, 2, SR_GLOB_NAME);
      sr_pushscope(L, SR_MEMBERS_T, &some);
      lua_replace(L, 1);
    }
    else {
      if (luaL_testudata(L, 2, SR_MEMBER_T) == NULL
          && luaL_testudata(L, 2, SR_MEMBERS_T) == NULL)
        luaL_typeerror(L, 2, "member, members or pattern");
      what = sr_toscope(L, 2);
      luaL_argcheck(L, what->file == scope->file, 2, "is of another file");
      lua_pushvalue(L, 2);
      lua_replace(L, 1);
    }
  }
  new_edit(L, "drop");
  return 1;
}


/* file:order(list of members) -> edit: these first, as the list has them */
int sr_edit_order (lua_State *L) {
  const sr_Scope *scope = sr_toscope(L, 1);
  lua_Integer i;
  luaL_checktype(L, 2, LUA_TTABLE);
  for (i = 1; i <= luaL_len(L, 2); i++) {
    const sr_Scope *m;
    lua_rawgeti(L, 2, i);
    m = (const sr_Scope *)luaL_testudata(L, -1, SR_MEMBER_T);
    luaL_argcheck(L, m != NULL && m->file == scope->file, 2,
                  "is no list of members of this archive");
    lua_pop(L, 1);
  }
  new_edit(L, "order");                           /* edit */
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, "members");
  return 1;
}


/* file:reindex() -> edit: write the archive's index anew */
int sr_edit_reindex (lua_State *L) {
  new_edit(L, "reindex");
  return 1;
}


static const luaL_Reg meth[] = {
  {"drop", e_drop}, {"localize", e_localize}, {"globalize", e_globalize},
  {"weaken", e_weaken}, {"hide", e_hide}, {"unhide", e_unhide},
  {"rename", e_rename}, {"strip", e_strip}, {"keep_only", e_keep_only},
  {"drop_section", e_drop_section}, {NULL, NULL}
};


static void add_methods (lua_State *L, const char *type) {
  luaL_getmetatable(L, type);                     /* meta */
  lua_getfield(L, -1, "__index");                 /* meta methods */
  luaL_setfuncs(L, meth, 0);
  lua_pop(L, 2);
}


/* -- into the plan --------------------------------------------------------- */

static void add_name (lua_State *L, int arg, sr_Str *out) {
  const sr_NameBox *box = (sr_NameBox *)luaL_testudata(L, arg, SR_NAME_T);
  if (box != NULL) *out = sr_name_text(sr_engine(L), box->name);
  else if (lua_type(L, arg) == LUA_TSTRING)
    out->ptr = lua_tolstring(L, arg, &out->len);
  else luaL_error(L, "an edit takes names, not a %s", luaL_typename(L, arg));
  if (out->len == 0) luaL_error(L, "an edit takes names, and one is empty");
}


/* The names at the top, which stays there as long as they are wanted. */
static void take_names (lua_State *L, sr_Edit *e) {
  int at = lua_gettop(L);
  size_t i, n = 1;
  if (lua_isnil(L, at)) return;
  if (luaL_testudata(L, at, SR_NAMES_T) != NULL) {
    sr_check(L, sr_plan_names(sr_plan_of(L), sr_tonames(L, at), &e->names,
                              &e->nnames));
    return;
  }
  if (lua_istable(L, at)) n = (size_t)lua_rawlen(L, at);
  e->names = (sr_Str *)lua_newuserdatauv(L, (n + 1) * sizeof *e->names, 0);
  e->nnames = n;
  for (i = 0; i < n; i++) {
    if (lua_istable(L, at)) lua_rawgeti(L, at, (lua_Integer)i + 1);
    else lua_pushvalue(L, at);
    add_name(L, -1, &e->names[i]);
    lua_pop(L, 1);  /* the list has it */
  }
}


/* The members of an order, and their names. */
static void take_order (lua_State *L, sr_Edit *e) {
  int at = lua_gettop(L);
  size_t i, n;
  if (lua_isnil(L, at)) return;
  n = (size_t)lua_rawlen(L, at);
  e->places = (uint32_t *)lua_newuserdatauv(L, (n + 1) * sizeof *e->places, 0);
  e->nplaces = n;
  for (i = 0; i < n; i++) {
    const sr_Scope *m;
    lua_rawgeti(L, at, (lua_Integer)i + 1);
    m = (const sr_Scope *)luaL_checkudata(L, -1, SR_MEMBER_T);
    e->places[i] = m->only;
    lua_pop(L, 1);
  }
}


/* Can the list of members be known?  Else unknown is raised. */
static void check_list (lua_State *L, sr_File *F) {
  size_t i;
  sr_check(L, sr_plan_looked(sr_plan_of(L), F));
  sr_check(L, sr_file_walk(F));
  sr_check(L, sr_file_done(F));
  for (i = 0; i < F->ngaps; i++)
    if (F->gaps[i].member == SR_NONE && F->gaps[i].view != SR_INDEX)
      sr_check(L, sr_plan_unread(sr_plan_of(L), F, SR_NONE, SR_NATIVE));
}


static void drop_each (lua_State *L, size_t finding, sr_Edit *e) {
  sr_File *F = e->file;
  const sr_Glob *glob = e->members;
  uint32_t i;
  check_list(L, F);
  e->members = NULL;
  for (i = 0; i < F->count; i++) {
    if (glob != NULL && !sr_glob_match(glob, F->members[i].name.ptr,
                                       F->members[i].name.len)) continue;
    e->member = i;
    sr_check(L, sr_plan_edit(sr_plan_of(L), finding, e));
  }
}


/* edit(finding, edit) */
static int l_edit (lua_State *L) {
  size_t finding = (size_t)luaL_checkinteger(L, 1), i;
  sr_Edit e;
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  luaL_checkstack(L, 12, NULL);
  memset(&e, 0, sizeof e);
  e.member = SR_NONE;
  lua_getfield(L, 2, "op");
  e.op = luaL_checkstring(L, -1);
  lua_getfield(L, 2, "subject");
  if (!lua_isnil(L, -1)) {
    const sr_Scope *scope = sr_toscope(L, lua_gettop(L));
    e.file = scope->file;
    e.member = scope->only;
    e.members = scope->members;
  }
  lua_getfield(L, 2, "to");
  if (!lua_isnil(L, -1)) e.to = sr_checkstr(L, lua_gettop(L));
  for (i = 0; i < sizeof hows / sizeof *hows; i++) {
    lua_getfield(L, 2, hows[i].key);
    if (lua_toboolean(L, -1)) e.how |= hows[i].bit;
    lua_pop(L, 1);
  }
  lua_getfield(L, 2, "members");
  take_order(L, &e);
  lua_getfield(L, 2, "names");
  take_names(L, &e);
  if (e.file != NULL && sr_file_is_archive(e.file)) check_list(L, e.file);
  if (strcmp(e.op, "drop") == 0 && e.member == SR_NONE && e.file != NULL
      && sr_file_is_archive(e.file))
    drop_each(L, finding, &e);
  else sr_check(L, sr_plan_edit(sr_plan_of(L), finding, &e));
  return 0;
}


/* -- carrying out ---------------------------------------------------------- */

static int no (lua_State *L, int rc) {
  if (rc == SYMRUN_NOMEM) return sr_raise(L);
  lua_pushnil(L);
  lua_pushstring(L, sr_engine(L)->message);
  return 2;
}


/* place(file) -> string: what the system is to open for it; nil: nothing, it
   is in memory */
static int l_place (lua_State *L) {
  const sr_File *F = sr_toscope(L, 1)->file;
  if (sr_file_in_memory(F)) return 0;
  lua_pushfstring(L, "%s/%s", F->folder != NULL ? F->folder : F->input,
                  F->real);
  return 1;
}


/* same_file(a, b) -> boolean: one file, by whatever names? */
static int l_same_file (lua_State *L) {
  sr_File *a = ((sr_Scope *)luaL_checkudata(L, 1, SR_FILE_T))->file;
  sr_File *b = ((sr_Scope *)luaL_checkudata(L, 2, SR_FILE_T))->file;
  if (a != b && !sr_file_in_memory(a) && !sr_file_in_memory(b)) {
    sr_check(L, sr_file_ready(a));
    sr_check(L, sr_file_ready(b));
  }
  lua_pushboolean(L, a == b || (a->stamp[1] != 0 && a->stamp[0] == b->stamp[0]
                                && a->stamp[1] == b->stamp[1]));
  return 1;
}


/* folders(tree) -> list: where its files are, and those that links lead to */
static int l_folders (lua_State *L) {
  const sr_Tree *T = ((sr_Scope *)sr_checkobject(L, 1, SR_TREE_T))->tree;
  char path[PATH_MAX * 2], real[PATH_MAX];
  size_t i;
  lua_settop(L, 1);
  lua_newtable(L);                                /* tree list */
  lua_newtable(L);                                /* tree list seen */
  for (i = 0; i < T->count; i++) {
    const sr_Item *item = &T->items[i];
    const sr_Walk *W = &T->walks[item->input];
    const char *below;
    char *slash;
    if (item->entry == NULL || item->entry->kind != SR_KIND_FILE) continue;
    below = item->entry->real != NULL ? item->entry->real : item->entry->path;
    if (W->folder != NULL)
      snprintf(path, sizeof path, "%s/%s", W->folder, below);
    else snprintf(path, sizeof path, "%s/%s", T->inputs[item->input], below);
    if (item->entry->link && realpath(path, real) != NULL)
      snprintf(path, sizeof path, "%s", real);
    slash = strrchr(path, '/');
    *slash = '\0';
    lua_pushstring(L, slash == path ? "/" : path);
    lua_pushvalue(L, -1);                         /* list seen p p */
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 3) == LUA_TNIL) {       /* list seen p p nil */
      lua_pop(L, 1);
      lua_pushboolean(L, 1);
      lua_rawset(L, 3);                           /* list seen p */
      lua_rawseti(L, 2, luaL_len(L, 2) + 1);
    }
    else lua_pop(L, 3);
  }
  lua_settop(L, 2);
  return 1;
}


/* left(tree) -> string: a folder where a run is, or was, replacing files */
static int l_left (lua_State *L) {
  const sr_Tree *T = ((sr_Scope *)sr_checkobject(L, 1, SR_TREE_T))->tree;
  size_t i;
  for (i = 0; i < T->ninputs; i++)
    if (T->walks[i].left != NULL) {
      lua_pushfstring(L, *T->walks[i].left != 0 ? "%s/%s" : "%s", T->inputs[i],
                      T->walks[i].left);
      return 1;
    }
  return 0;
}


/* agrees() -> true | nil, sentence: do the edits of the plan? */
static int l_agrees (lua_State *L) {
  int rc = sr_fix_agrees(sr_plan_of(L));
  if (rc != SYMRUN_OK) return no(L, rc);
  lua_pushboolean(L, 1);
  return 1;
}


/* made(file) -> bytes | nil, sentence: as the plan wants it */
static int l_made (lua_State *L) {
  sr_Made made = {NULL, 0, 0};
  symrun *S = sr_engine(L);
  int rc = sr_fix_made(sr_plan_of(L), sr_toscope(L, 1)->file, &made);
  if (rc != SYMRUN_OK && rc != SYMRUN_END) {
    sr_made_free(S, &made);
    return no(L, rc);
  }
  lua_pushlstring(L, made.ptr, made.len);
  sr_made_free(S, &made);
  return 1;
}


/* fix(files, paths, in_place) -> {linked=, owners=} | nil, sentence */
static int l_fix (lua_State *L) {
  size_t n = (size_t)luaL_len(L, 1), i;
  sr_Replaced kept = {0, 0};
  sr_File **files;
  const char **paths;
  int rc;
  luaL_checktype(L, 2, LUA_TTABLE);
  files = (sr_File **)lua_newuserdatauv(L, (n + 1) * sizeof *files, 0);
  paths = (const char **)lua_newuserdatauv(L, (n + 1) * sizeof *paths, 0);
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    files[i] = ((sr_Scope *)luaL_checkudata(L, -1, SR_FILE_T))->file;
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    paths[i] = luaL_checkstring(L, -1);
    lua_pop(L, 2);                                /* the lists have them */
  }
  rc = sr_fix_write(sr_plan_of(L), files, paths, n, lua_toboolean(L, 3),
                    &kept);
  if (rc != SYMRUN_OK) return no(L, rc);
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, (lua_Integer)kept.linked);
  lua_setfield(L, -2, "linked");
  lua_pushinteger(L, (lua_Integer)kept.owners);
  lua_setfield(L, -2, "owners");
  return 1;
}


/* recover(folder) -> {finished=, undone=, passed=} | nil, sentence */
static int l_recover (lua_State *L) {
  sr_Recovered told = {0, 0, 0};
  int rc = sr_replace_recover(sr_engine(L), luaL_checkstring(L, 1), &told);
  if (rc != SYMRUN_OK) return no(L, rc);
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, (lua_Integer)told.finished);
  lua_setfield(L, -2, "finished");
  lua_pushinteger(L, (lua_Integer)told.undone);
  lua_setfield(L, -2, "undone");
  lua_pushinteger(L, (lua_Integer)told.passed);
  lua_setfield(L, -2, "passed");
  return 1;
}


static int add_other (void *ud, symrun *S, const char *path) {
  lua_State *L = (lua_State *)ud;
  (void)S;
  lua_pushstring(L, path);
  lua_rawseti(L, -2, luaL_len(L, -2) + 1);
  return SYMRUN_OK;
}


/* other_names(path) -> list, how many names the file has at all */
static int l_other_names (lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  uint64_t links;
  lua_newtable(L);
  sr_check(L, sr_other_names(sr_engine(L), path, &links, add_other, L));
  lua_pushinteger(L, (lua_Integer)links);
  return 2;
}


/* make_folders(path) -> true | nil, sentence */
static int l_make_folders (lua_State *L) {
  int rc = sr_folders_make(sr_engine(L), luaL_checkstring(L, 1));
  if (rc != SYMRUN_OK) return no(L, rc);
  lua_pushboolean(L, 1);
  return 1;
}


static const luaL_Reg funcs[] = {
  {"edit", l_edit},
  {"place", l_place},
  {"same_file", l_same_file},
  {"folders", l_folders},
  {"left", l_left},
  {"agrees", l_agrees},
  {"made", l_made},
  {"fix", l_fix},
  {"recover", l_recover},
  {"other_names", l_other_names},
  {"make_folders", l_make_folders},
  {NULL, NULL}
};


void sr_open_fix (lua_State *L) {
  add_methods(L, SR_FILE_T);
  add_methods(L, SR_MEMBERS_T);
  add_methods(L, SR_MEMBER_T);
  luaL_setfuncs(L, funcs, 0);
}
