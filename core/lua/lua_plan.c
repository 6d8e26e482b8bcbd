/*
** lua_plan.c
** The run, as the Lua library drives it: evaluations, what they report, and
** the finished plan as tables.  There is one plan at a time, so these are
** functions of the module and not methods.
*/

#include "binding.h"


/* -- evaluating ----------------------------------------------------------- */

static int with_traceback (lua_State *L) {
  const char *message = lua_tostring(L, 1);
  if (message == NULL) message = luaL_tolstring(L, 1, NULL);
  luaL_traceback(L, L, message, 1);
  return 1;
}


/* evaluate(rule, order, about, subject, f) -> true | false, error, unknown
   Calls f(evaluation), whose number every report must bring.  The record is
   closed whatever 'f' does; and memory that ran out, though the rule may have
   caught the error, ends the run. */
static int l_evaluate (lua_State *L) {
  sr_Plan *P = sr_plan_of(L);
  const sr_Scope *scope;
  const sr_File *subject = NULL;
  int status, rc;
  luaL_checktype(L, 5, LUA_TFUNCTION);
  if (!lua_isnil(L, 4)) {
    scope = sr_toscope(L, 4);
    subject = scope->file;
  }
  lua_settop(L, 5);
  lua_pushcfunction(L, with_traceback);
  lua_insert(L, 5);                               /* ... handler f */
  sr_check(L, sr_plan_begin(P, luaL_checkstring(L, 1),
                            (int)luaL_checkinteger(L, 2),
                            luaL_optstring(L, 3, NULL), subject));
  rc = subject != NULL ? sr_plan_looked(P, subject) : SYMRUN_OK;
  lua_pushinteger(L, (lua_Integer)P->evaluation);
  status = rc == SYMRUN_OK ? lua_pcall(L, 1, 0, 5) : LUA_OK;
  lua_pushboolean(L, P->unknown);                 /* ... [error] unknown */
  if (rc == SYMRUN_OK) rc = sr_plan_end(P);
  else sr_plan_end(P);
  sr_check(L, rc);
  if (sr_engine(L)->starved) return luaL_error(L, "not enough memory");
  P->rules++;
  if (status == LUA_OK) { lua_pushboolean(L, 1); return 1; }
  lua_pushboolean(L, 0);                          /* ... error unknown false */
  lua_insert(L, -3);                              /* ... false error unknown */
  return 3;
}


/* What a report is about: file, member and symbol of a subject. */
static void subject_of (lua_State *L, int arg, sr_File **file,
                        uint32_t *member, sr_Str *symbol) {
  sr_NameBox *box = (sr_NameBox *)luaL_testudata(L, arg, SR_NAME_T);
  const sr_Scope *scope;
  *file = NULL;
  *member = SR_NONE;
  symbol->ptr = NULL;
  symbol->len = 0;
  if (lua_isnil(L, arg)) return;  /* a link, which is not a file */
  if (box != NULL) {
    *file = sr_name_file(L, box);
    *member = box->member;
    *symbol = sr_name_text(sr_engine(L), box->name);
    return;
  }
  scope = sr_toscope(L, arg);
  *file = scope->file;
  if (scope->only != SR_NONE) *member = scope->only;
}


/* Does the evaluation whose number is given go on?  The library itself, which
   reports only while one does, gives none. */
static void current (lua_State *L, int arg) {
  if (lua_isnoneornil(L, arg)) return;
  sr_check(L, sr_plan_current(sr_plan_of(L),
                              (size_t)luaL_checkinteger(L, arg)));
}


/* report(level, subject, message, evaluation) -> number of the finding */
static int l_report (lua_State *L) {
  static const char *const levels[] = {"note", "warning", "error", NULL};
  int level = luaL_checkoption(L, 1, NULL, levels);
  sr_File *file;
  uint32_t member;
  sr_Str symbol;
  size_t out;
  current(L, 4);
  subject_of(L, 2, &file, &member, &symbol);
  sr_check(L, sr_plan_report(sr_plan_of(L), level, file, member, symbol,
                             luaL_checkstring(L, 3), &out));
  lua_pushinteger(L, out == SIZE_MAX ? -1 : (lua_Integer)out);
  return 1;
}


/* doubt(subject, message, evaluation) -> number of the finding: unknown, says
   the rule */
static int l_doubt (lua_State *L) {
  sr_File *file;
  uint32_t member;
  sr_Str symbol;
  size_t out;
  current(L, 3);
  subject_of(L, 1, &file, &member, &symbol);
  sr_check(L, sr_plan_doubt(sr_plan_of(L), file, member,
                            luaL_checkstring(L, 2), &out));
  lua_pushinteger(L, (lua_Integer)out);
  return 1;
}


/* hint(finding, text) */
static int l_hint (lua_State *L) {
  sr_check(L, sr_plan_hint(sr_plan_of(L), (size_t)luaL_checkinteger(L, 1),
                           luaL_checkstring(L, 2)));
  return 0;
}


/* trouble(rule, order, input, path, message, hint): what stays unknown */
static int l_trouble (lua_State *L) {
  sr_check(L, sr_plan_trouble(sr_plan_of(L), luaL_checkstring(L, 1),
                              (int)luaL_checkinteger(L, 2),
                              luaL_optstring(L, 3, NULL),
                              luaL_optstring(L, 4, NULL),
                              luaL_checkstring(L, 5),
                              luaL_optstring(L, 6, NULL)));
  return 0;
}


/* not_run(rule) */
static int l_not_run (lua_State *L) {
  sr_check(L, sr_plan_not_run(sr_plan_of(L), luaL_checkstring(L, 1)));
  return 0;
}


/* -- the finished plan ---------------------------------------------------- */

static void set_string (lua_State *L, const char *key, const char *value) {
  if (value == NULL) return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, key);
}


static void set_integer (lua_State *L, const char *key, uint64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, key);
}


static void set_place (lua_State *L, const sr_File *F, uint32_t member) {
  if (F == NULL) return;
  set_string(L, "file", F->path);
  set_string(L, "slice", F->slice);
  if (*F->input != '\0') set_string(L, "input", F->input);
  lua_pushboolean(L, F->folder != NULL);  /* it was named itself */
  lua_setfield(L, -2, "named");
  if (member < F->count && sr_file_has_members(F)) {
    const sr_Member *m = &F->members[member];
    set_integer(L, "index", (uint64_t)member + 1);
    lua_pushlstring(L, m->name.ptr, m->name.len);
    lua_setfield(L, -2, "member");
  }
}


/* findings() -> array of tables, sorted */
static int l_findings (lua_State *L) {
  static const char *const levels[] = {"note", "warning", "error"};
  sr_Plan *P = sr_plan_of(L);
  char print[17];
  size_t i;
  sr_plan_sort(P);
  lua_createtable(L, (int)P->count, 0);           /* list */
  for (i = 0; i < P->count; i++) {
    const sr_Finding *f = &P->findings[i];
    lua_createtable(L, 0, 12);                    /* list one */
    set_string(L, "rule", f->rule);
    set_string(L, "level", levels[f->level]);
    set_string(L, "message", f->message);
    set_string(L, "hint", f->hint);
    set_string(L, "file", f->path);
    set_string(L, "input", f->input);
    set_place(L, f->file, f->member);
    set_string(L, "field", f->field);
    set_integer(L, "serial", f->serial);
    set_integer(L, "evaluation", f->evaluation);
    if (f->unknown) set_integer(L, "offset", f->offset);
    lua_pushboolean(L, f->unknown);
    lua_setfield(L, -2, "unknown");
    if (f->symbol != NULL) {
      lua_pushlstring(L, f->symbol, f->symbol_len);
      lua_setfield(L, -2, "symbol");
    }
    sr_plan_fingerprint(P, i, print);
    set_string(L, "fingerprint", print);
    lua_rawseti(L, -2, (lua_Integer)i + 1);       /* list */
  }
  return 1;
}


/* The names of an edit; of an order, those of the members. */
static void push_names (lua_State *L, const sr_Edit *e) {
  size_t i, n = e->nplaces > 0 ? e->nplaces : e->nnames;
  lua_createtable(L, (int)n, 0);                  /* names */
  for (i = 0; i < n; i++) {
    const sr_Str *name = e->nplaces == 0 ? &e->names[i]
                       : &e->file->members[e->places[i]].name;
    lua_pushlstring(L, name->ptr, name->len);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}


/* edits() -> array of tables, in rule order */
static int l_edits (lua_State *L) {
  sr_Scope scope = {NULL, NULL, NULL, SR_NONE};
  sr_Plan *P = sr_plan_of(L);
  size_t i;
  lua_createtable(L, (int)P->nedits, 0);          /* list */
  for (i = 0; i < P->nedits; i++) {
    const sr_Edit *e = &P->edits[i];
    lua_createtable(L, 0, 10);                    /* list one */
    set_string(L, "rule", e->rule);
    set_string(L, "op", e->op);
    set_string(L, "why", e->why);
    set_integer(L, "evaluation", e->evaluation);
    set_integer(L, "finding", e->finding);
    set_place(L, e->file, e->member);
    if (e->file != NULL) {
      scope.file = e->file;
      sr_pushscope(L, SR_FILE_T, &scope);
      lua_setfield(L, -2, "of");
    }
    if (e->to.len > 0) {
      lua_pushlstring(L, e->to.ptr, e->to.len);
      lua_setfield(L, -2, "to");
    }
    push_names(L, e);                             /* list one names */
    lua_setfield(L, -2, "names");                 /* list one */
    lua_rawseti(L, -2, (lua_Integer)i + 1);       /* list */
  }
  return 1;
}


/* checked() -> {rules=, files=, members=, symbols=, not_run={...}} */
static int l_checked (lua_State *L) {
  sr_Plan *P = sr_plan_of(L);
  const sr_Checked *c = &sr_engine(L)->model->checked;
  size_t i;
  lua_createtable(L, 0, 5);                       /* out */
  set_integer(L, "files", c->files);
  set_integer(L, "members", c->members);
  set_integer(L, "symbols", c->symbols);
  lua_createtable(L, (int)P->nnot_run, 0);        /* out list */
  for (i = 0; i < P->nnot_run; i++) {
    lua_pushstring(L, P->not_run[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "not_run");                 /* out */
  return 1;
}


/* verdict(level) -> 0, 1 or 2 */
static int l_verdict (lua_State *L) {
  static const char *const levels[] = {"note", "warning", "error", NULL};
  lua_pushinteger(L, sr_plan_verdict(sr_plan_of(L),
                                     luaL_checkoption(L, 1, "error", levels)));
  return 1;
}


/* reset(): forget the plan and begin another */
static int l_reset (lua_State *L) {
  symrun *S = sr_engine(L);
  if (S->plan != NULL && S->plan->open)
    return luaL_error(L, "an evaluation is going on");
  sr_plan_free(S->plan);
  S->plan = NULL;
  S->starved = S->refused.once = false;
  return 0;
}


static const luaL_Reg funcs[] = {
  {"evaluate", l_evaluate},
  {"report", l_report},
  {"doubt", l_doubt},
  {"hint", l_hint},
  {"trouble", l_trouble},
  {"not_run", l_not_run},
  {"findings", l_findings},
  {"edits", l_edits},
  {"checked", l_checked},
  {"verdict", l_verdict},
  {"reset", l_reset},
  {NULL, NULL}
};


void sr_open_plan (lua_State *L) {
  luaL_setfuncs(L, funcs, 0);
}
