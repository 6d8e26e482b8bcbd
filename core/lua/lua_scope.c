/*
** lua_scope.c
** The questions that a tree, a file, some members and one member all answer.
** Every one of them notes which files it looked at, so that damage is told at
** the end of the evaluation whatever the answer was.
*/

#include <stdio.h>

#include "binding.h"


sr_Scope *sr_toscope (lua_State *L, int arg) {
  static const char *const types[] = {
    SR_FILE_T, SR_MEMBERS_T, SR_MEMBER_T, SR_TREE_T
  };
  size_t i;
  for (i = 0; i < sizeof types / sizeof *types; i++) {
    sr_Scope *s = (sr_Scope *)luaL_testudata(L, arg, types[i]);
    if (s == NULL) continue;
    sr_engine(L);
    return s;
  }
  luaL_typeerror(L, arg, "tree, file, members or member");
  return NULL;
}


void sr_pushscope (lua_State *L, const char *type, const sr_Scope *scope) {
  sr_Scope *s = (sr_Scope *)lua_newuserdatauv(L, sizeof *s, 0);
  *s = *scope;
  luaL_setmetatable(L, type);
}


/* Would a linker take it, were it on its line?  Texts for linkers name further
   inputs; what is in these cannot be told yet. */
static bool for_linkers (const sr_File *F) {
  switch (F->format) {
    case SR_OTHER: case SR_EMPTY: case SR_RMETA:
      return false;
    default:
      return true;
  }
}


/* Does its name say that a linker would?  Then it is no answer that it is
   empty, or text: an interrupted compiler leaves such files. */
static bool says_for_linkers (const char *path) {
  static const char *const endings[] = {
    ".o", ".obj", ".a", ".lib", ".rlib", ".so", ".dylib"
  };
  size_t n = strlen(path), i;
  while (n > 0 && strchr("0123456789.", path[n - 1]) != NULL) n--;
  if (n >= 3 && memcmp(path + n - 3, ".so", 3) == 0) return true;
  n = strlen(path);
  for (i = 0; i < sizeof endings / sizeof *endings; i++) {
    size_t k = strlen(endings[i]);
    if (n > k && memcmp(path + n - k, endings[i], k) == 0) return true;
  }
  return false;
}


/* What a tree holds and no linker would read; a gap if it ought to be. */
static int passed_by (sr_File *F) {
  if (F->folder == NULL && !says_for_linkers(F->path)) return SYMRUN_OK;
  sr_fail(F->S, SYMRUN_FORMAT, "is %s, and not what %s",
          sr_format_prose(F->format), F->folder == NULL ? "its name says"
          : "a linker reads");
  F->S->fault.field = "magic";
  return sr_file_gap(F, SR_NONE, SR_NATIVE, true);
}


/* Do something for each file of a scope. */
void sr_each_file (lua_State *L, const sr_Scope *scope, sr_EachFile f,
                   void *ud) {
  sr_Plan *P = sr_plan_of(L);
  sr_File *F = scope->file;
  size_t i;
  if (F != NULL) {
    sr_check(L, sr_plan_looked(P, F));
    sr_check(L, f(L, F, ud));
    return;
  }
  for (i = 0; i < scope->tree->count; i++) {
    const sr_Entry *e = scope->tree->items[i].entry;
    if (e != NULL && e->kind == SR_KIND_SPECIAL
        && (e->link || !says_for_linkers(e->path))) continue;
    sr_check(L, sr_tree_file(scope->tree, i, &F));
    sr_check(L, sr_file_probe(F));
    if (F->ngaps == 0 && !for_linkers(F)) sr_check(L, passed_by(F));
    if (F->ngaps > 0 || for_linkers(F)) {
      sr_check(L, sr_plan_looked(P, F));
      sr_check(L, f(L, F, ud));
    }
    else sr_check(L, sr_file_done(F));
  }
}


typedef struct Asking { sr_Names *N; sr_Question Q; } Asking;

static int ask_file (lua_State *L, sr_File *F, void *ud) {
  Asking *A = (Asking *)ud;
  (void)L;
  return sr_names_ask(A->N, F, &A->Q);
}


/* A set of what 'f' finds in each file. */
static int names_from (lua_State *L, Asking *A, sr_EachFile f) {
  const sr_Scope *scope = sr_toscope(L, 1);
  sr_Names **N = sr_pushnames(L);                 /* names */
  sr_check(L, sr_names_new(sr_engine(L), N));
  A->N = *N;
  A->Q.members = scope->members;
  A->Q.only = scope->only;
  sr_each_file(L, scope, f, A);
  sr_check(L, sr_names_done(*N));
  return 1;
}


/* scope:defined([glob [, view]]) -> names */
static int ask (lua_State *L, unsigned want) {
  Asking A = {NULL, {0, SR_NATIVE, NULL, NULL, SR_NONE}};
  A.Q.want = want;
  A.Q.glob = sr_optglob(L, 2, SR_GLOB_NAME);
  A.Q.view = sr_optview(L, 3);
  return names_from(L, &A, ask_file);
}


/* scope:defines([glob [, view]]) -> boolean, or raise unknown */
static int any (lua_State *L, unsigned want) {
  sr_Names *N;
  int answer;
  ask(L, want);                                   /* names */
  N = sr_tonames(L, -1);
  answer = sr_names_any(N);
  if (answer == SR_MAYBE) return sr_unknown(L, N);
  lua_pushboolean(L, answer == SR_YES);
  return 1;
}


static int defined (lua_State *L) { return ask(L, SR_WANT_DEFINED); }
static int undefined (lua_State *L) { return ask(L, SR_WANT_UNDEFINED); }
static int defines (lua_State *L) { return any(L, SR_WANT_DEFINED); }
static int wants (lua_State *L) { return any(L, SR_WANT_UNDEFINED); }

static int defined_inside (lua_State *L) {
  return ask(L, SR_WANT_DEFINED | SR_WANT_LOCAL);
}


static int exported (lua_State *L) {
  return ask(L, SR_WANT_DEFINED | SR_WANT_EXPORTED);
}


/* -- text in members ------------------------------------------------------ */

static int text_in_file (lua_State *L, sr_File *F, void *ud) {
  const Asking *A = (const Asking *)ud;
  return sr_names_text(A->N, F, &A->Q, sr_checkstr(L, 2));
}


/* scope:text_after(prefix) -> names: the words that follow these bytes */
static int text_after (lua_State *L) {
  Asking A = {NULL, {0, SR_NATIVE, NULL, NULL, SR_NONE}};
  sr_Str prefix = sr_checkstr(L, 2);
  luaL_argcheck(L, prefix.len >= 4 && prefix.len <= 256, 2,
                "4 to 256 bytes are expected");
  return names_from(L, &A, text_in_file);
}


int sr_push_digest (lua_State *L, sr_File *F, uint32_t member) {
  sr_Plan *P = sr_plan_of(L);
  uint64_t hash[2];
  char text[33];
  int rc, done;
  sr_check(L, sr_plan_looked(P, F));
  rc = sr_file_digest(F, member, hash);
  done = sr_file_done(F);
  if (rc == SYMRUN_UNKNOWN) rc = sr_plan_unread(P, F, member, SR_TEXT);
  sr_check(L, rc);
  sr_check(L, done);
  snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)hash[0],
           (unsigned long long)hash[1]);
  lua_pushstring(L, text);
  return 1;
}


const luaL_Reg sr_scope_methods[] = {
  {"defined", defined},
  {"undefined", undefined},
  {"exported", exported},
  {"defined_inside", defined_inside},
  {"defines", defines},
  {"wants", wants},
  {"text_after", text_after},
  {NULL, NULL}
};
