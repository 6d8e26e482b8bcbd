/*
** lua_members.c
** Some members of a file: all, or those that a pattern names.  Asking them is
** asking the file with a filter, so nothing is copied.
*/

#include "binding.h"


static sr_Scope *tomembers (lua_State *L, int arg) {
  return (sr_Scope *)sr_checkobject(L, arg, SR_MEMBERS_T);
}


/* Can all members be listed?  Damage to the list, or a part of it that cannot
   be followed, may hide members of any name. */
static bool whole (const sr_File *F) {
  size_t i;
  for (i = 0; i < F->ngaps; i++)
    if (F->gaps[i].member == SR_NONE && F->gaps[i].view != SR_INDEX)
      return false;
  return true;
}


/* The next member from 'i' on that the pattern takes; false at the end.  An
   end that is not sure to be one is unknown, and raised. */
static bool next_from (lua_State *L, const sr_Scope *scope, uint32_t *i) {
  for (;; (*i)++) {
    sr_Member *m;
    int rc = sr_file_member(scope->file, *i, &m);
    sr_check(L, rc);
    if (rc == SYMRUN_END) {
      sr_check(L, sr_file_done(scope->file));
      if (!whole(scope->file))
        sr_check(L, sr_plan_unread(sr_plan_of(L), scope->file, SR_NONE,
                                   SR_NATIVE));
      return false;
    }
    if (scope->members == NULL
        || sr_glob_match(scope->members, m->name.ptr, m->name.len))
      return true;
  }
}


static int step (lua_State *L) {
  sr_Scope one = *tomembers(L, lua_upvalueindex(1));
  uint32_t i = (uint32_t)lua_tointeger(L, lua_upvalueindex(2));
  if (!next_from(L, &one, &i)) return 0;
  lua_pushinteger(L, (lua_Integer)i + 1);
  lua_replace(L, lua_upvalueindex(2));
  one.members = NULL;
  one.only = i;
  sr_pushscope(L, SR_MEMBER_T, &one);
  return 1;
}


/* for member in members:each() do ... end, in the archive's order */
static int m_each (lua_State *L) {
  const sr_Scope *scope = tomembers(L, 1);
  sr_check(L, sr_plan_looked(sr_plan_of(L), scope->file));
  lua_settop(L, 1);                               /* members */
  lua_pushinteger(L, 0);                          /* members 0 */
  lua_pushcclosure(L, step, 2);                   /* step */
  return 1;
}


/* members:empty() -> boolean: does the pattern name none? */
static int m_empty (lua_State *L) {
  const sr_Scope *scope = tomembers(L, 1);
  uint32_t i = 0;
  sr_check(L, sr_plan_looked(sr_plan_of(L), scope->file));
  lua_pushboolean(L, !next_from(L, scope, &i));
  return 1;
}


static int m_len (lua_State *L) {
  const sr_Scope *scope = tomembers(L, 1);
  lua_Integer n = 0;
  uint32_t i;
  sr_check(L, sr_plan_looked(sr_plan_of(L), scope->file));
  for (i = 0; next_from(L, scope, &i); i++) n++;
  lua_pushinteger(L, n);
  return 1;
}


static int m_tostring (lua_State *L) {
  const sr_Scope *scope = tomembers(L, 1);
  sr_Str glob = {"*", 1};
  char shown[1024], pattern[256];
  if (scope->members != NULL) glob = sr_glob_text(scope->members);
  sr_printable(shown, sizeof shown, scope->file->path,
               strlen(scope->file->path));
  sr_printable(pattern, sizeof pattern, glob.ptr, glob.len);
  lua_pushfstring(L, "%s(%s)", shown, pattern);
  return 1;
}


static const luaL_Reg meth[] = {
  {"each", m_each},
  {"empty", m_empty},
  {NULL, NULL}
};

static const luaL_Reg metameth[] = {
  {"__len", m_len},
  {"__tostring", m_tostring},
  {NULL, NULL}
};


void sr_open_members (lua_State *L) {
  sr_newtype(L, SR_MEMBERS_T, metameth, meth);
  luaL_getmetatable(L, SR_MEMBERS_T);             /* module meta */
  lua_getfield(L, -1, "__index");                 /* module meta methods */
  luaL_setfuncs(L, sr_scope_methods, 0);
  lua_pop(L, 2);                                  /* module */
}
