/*
** api_rule.c
** The public functions for rules and plans.  Rules are Lua, and Lua raises:
** all of it happens inside one protected call, and what comes out is a code.
** Memory that ran out is a failure of the call even when Lua, or a rule, got
** over it: nobody knows what was left out then.
*/

#include <lualib.h>

#include "top.h"

typedef struct Call {
  symrun *S;
  const char *function;  /* of symrun.host */
  sr_Str first, second;
  int rc;
} Call;


/* host.function(first, second, rules) -> true | nil, sentence [, is it I/O] */
static int protected_call (lua_State *L) {
  Call *c = (Call *)lua_touserdata(L, 1);
  const char *why;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "symrun.host");
  lua_call(L, 1, 1);                              /* host */
  lua_getfield(L, -1, c->function);               /* host f */
  lua_pushlstring(L, c->first.ptr, c->first.len);
  lua_pushlstring(L, c->second.ptr, c->second.len);
  lua_getfield(L, LUA_REGISTRYINDEX, "symrun.rules");
  lua_call(L, 3, 3);                              /* host ok why io */
  why = lua_tostring(L, -2);
  c->rc = SYMRUN_OK;
  if (!lua_toboolean(L, -3))
    c->rc = sr_fail(c->S, lua_toboolean(L, -1) ? SYMRUN_IO : SYMRUN_RULE, "%s",
                    why != NULL ? why : "the rules failed");
  return 0;
}


static int call (symrun *S, const char *function, sr_Str first,
                 sr_Str second) {
  Call c = {S, function, {"", 0}, {"", 0}, SYMRUN_RULE};
  lua_State *L = symrun_lua(S);
  int status, top;
  if (L == NULL) return SYMRUN_NOMEM;
  if (S->model->busy)
    return sr_fail(S, SYMRUN_RULE, "a file is being read");
  c.first = first;
  c.second = second;
  S->starved = S->refused.once = false;
  top = lua_gettop(L);
  if (!lua_checkstack(L, 3)) return sr_nomem(S);
  lua_pushcfunction(L, protected_call);
  lua_pushlightuserdata(L, &c);
  status = lua_pcall(L, 1, 0, 0);
  if (status != LUA_OK) {
    const char *why = lua_tostring(L, -1);
    c.rc = sr_fail(S, SYMRUN_RULE, "%s", why != NULL ? why : "no sentence");
  }
  lua_settop(L, top);
  return status == LUA_ERRMEM || S->starved || S->refused.once ? sr_nomem(S)
                                                               : c.rc;
}


static int call_with (symrun *S, const char *function, const char *word) {
  sr_Str first = {word, strlen(word)}, none = {"", 0};
  return call(S, function, first, none);
}


int symrun_rule_load (symrun *S, const char *path) {
  return call_with(S, "load", path);
}


int symrun_rule_text (symrun *S, const char *name, symrun_Str text) {
  sr_Str first = {name, strlen(name)};
  return call(S, "text", first, text);
}


int symrun_rule_define (symrun *S, const char *definition) {
  return call_with(S, "define", definition);
}


int symrun_rule_input (symrun *S, const char *path) {
  return call_with(S, "input", path);
}


int symrun_rule_run (symrun *S, symrun_Plan **out) {
  int rc = call_with(S, "run", "");
  if (S == NULL || S->plan == NULL) return rc;
  if (S->plan->open) return rc;  /* called by a rule, whose run goes on */
  if (rc == SYMRUN_OK) {
    sr_plan_sort(S->plan);
    *out = S->plan;
  }
  else sr_plan_free(S->plan);
  S->plan = NULL;
  return rc;
}


/* -- plans ---------------------------------------------------------------- */

int symrun_plan_verdict (const symrun_Plan *P, int level) {
  return sr_plan_verdict(P, level);
}


size_t symrun_plan_count (const symrun_Plan *P) { return P->count; }


static sr_Str text (const char *s) {
  sr_Str out = {"", 0};
  if (s != NULL) {
    out.ptr = s;
    out.len = strlen(s);
  }
  return out;
}


int symrun_plan_finding (const symrun_Plan *P, size_t i, symrun_Finding *out) {
  const sr_Finding *f;
  symrun_Finding made;
  if (i >= P->count)
    return sr_fail(P->S, SYMRUN_RANGE, "there are %zu findings", P->count);
  f = &P->findings[i];
  memset(&made, 0, sizeof made);
  made.rule = f->rule;
  made.message = f->message;
  made.hint = f->hint;
  made.file = text(f->file != NULL ? f->file->path : f->path);
  made.member = text(NULL);
  made.index = SIZE_MAX;
  if (f->file != NULL && f->member < f->file->count
      && sr_file_has_members(f->file)) {
    made.member = f->file->members[f->member].name;
    made.index = f->member;
  }
  made.symbol = text(NULL);
  if (f->symbol != NULL) {
    made.symbol.ptr = f->symbol;
    made.symbol.len = f->symbol_len;
  }
  made.level = f->level;
  made.unknown = f->unknown;
  return sr_give(P->S, out, &made, sizeof made,
                 SR_SIZE_TO(symrun_Finding, unknown));
}


void symrun_plan_free (symrun_Plan *P) { sr_plan_free(P); }
