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
    ".o", ".obj", ".a", ".lib", ".rlib", ".so", ".dylib",
    ".tbd"
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


/* -- reading -------------------------------------------------------------- */

/* One question to all files of a scope. */
typedef struct Reading {
  sr_Reading how;
  sr_Plan *plan;
} Reading;


static bool matters (const sr_File *F) {
  return F->ngaps > 0 || for_linkers(F);
}


static int if_it_matters (void *ud, sr_File *F, sr_Scan *scan) {
  const sr_Reading *how = &((const Reading *)ud)->how;
  int rc = matters(F) ? SYMRUN_OK : passed_by(F);
  if (rc != SYMRUN_OK) return rc;
  return matters(F) ? how->wants(how->ud, F, scan) : SYMRUN_END;
}


static int take (void *ud, const sr_Scan *scan, sr_Taken *list, size_t n) {
  const sr_Reading *how = &((const Reading *)ud)->how;
  return how->take(how->ud, scan, list, n);
}


static int done (void *ud, const sr_Scan *scan, bool asked) {
  const Reading *R = (const Reading *)ud;
  int rc;
  if (!matters(scan->file)) return SYMRUN_OK;
  rc = sr_plan_looked(R->plan, scan->file);
  return rc == SYMRUN_OK ? R->how.done(R->how.ud, scan, asked) : rc;
}


/* What of a tree is to be read, in its order; the caller frees '*out', which
   has room for all. */
static int files_of (sr_Tree *T, sr_File ***out, size_t *count) {
  size_t i;
  int rc = SYMRUN_OK;
  sr_File **list = (sr_File **)sr_new(T->S, (T->count + 1) * sizeof *list);
  if (list == NULL) return SYMRUN_NOMEM;
  *count = 0;
  *out = list;
  for (i = 0; i < T->count && rc == SYMRUN_OK; i++) {
    const sr_Entry *e = T->items[i].entry;
    if (e != NULL && e->kind == SR_KIND_SPECIAL
        && (e->link || !says_for_linkers(e->path))) continue;
    rc = sr_tree_file(T, i, &list[*count]);
    if (rc == SYMRUN_OK) ++*count;
  }
  return rc;
}


void sr_scope_read (lua_State *L, const sr_Scope *scope,
                    const sr_Reading *how) {
  symrun *S = sr_engine(L);
  sr_Tree *T = scope->tree;
  Reading R = {*how, sr_plan_of(L)};
  sr_Reading all = {if_it_matters, take, done, &R};
  sr_File **list = NULL, *F = scope->file;
  size_t count;
  int rc;
  if (F != NULL) {
    rc = sr_plan_looked(R.plan, F);
    if (rc == SYMRUN_OK) rc = sr_read(S, &F, 1, how);
  }
  else {
    rc = files_of(T, &list, &count);
    if (rc == SYMRUN_OK) rc = sr_read(S, list, count, &all);
    if (list != NULL) sr_delete(S, list, (T->count + 1) * sizeof *list);
  }
  sr_check(L, rc);
}


/* An empty set, and a question about a scope, for the set to be filled with
   the answer. */
static sr_Names *new_names (lua_State *L, const sr_Scope *scope,
                            sr_Question *Q) {
  sr_Names **N = sr_pushnames(L);                 /* names */
  sr_check(L, sr_names_new(sr_engine(L), N));
  Q->members = scope->members;
  Q->only = scope->only;
  return *N;
}


/* scope:defined([glob [, view]]) -> names */
static int ask_for (lua_State *L, unsigned want, bool strong) {
  const sr_Scope *scope = sr_toscope(L, 1);
  sr_Question Q = {want, SR_NATIVE, NULL, NULL, SR_NONE, strong};
  sr_Asking A = {NULL, &Q};
  sr_Reading how = sr_names_reading(&A);
  Q.glob = sr_optglob(L, 2, SR_GLOB_NAME);
  Q.view = sr_optview(L, 3);
  A.N = new_names(L, scope, &Q);
  sr_scope_read(L, scope, &how);
  sr_check(L, sr_names_done(A.N));
  return 1;
}


static int ask (lua_State *L, unsigned want) {
  return ask_for(L, want, false);
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


static int defined_strongly (lua_State *L) {
  return ask_for(L, SR_WANT_DEFINED, true);
}


static int exported (lua_State *L) {
  return ask(L, SR_WANT_DEFINED | SR_WANT_EXPORTED);
}


/* -- text in members ------------------------------------------------------ */

typedef struct Text { sr_Names *N; sr_Question Q; sr_Str prefix; } Text;

/* Symbols are not what is looked for, so none is asked for. */
static int wants_text (void *ud, sr_File *F, sr_Scan *scan) {
  (void)ud; (void)F; (void)scan;
  return SYMRUN_END;
}


static int find_text (void *ud, const sr_Scan *scan, bool asked) {
  Text *T = (Text *)ud;
  (void)asked;
  return sr_names_text(T->N, scan->file, &T->Q, T->prefix);
}


/* scope:text_after(prefix) -> names: the words that follow these bytes */
static int text_after (lua_State *L) {
  const sr_Scope *scope = sr_toscope(L, 1);
  Text T = {NULL, {0, SR_NATIVE, NULL, NULL, SR_NONE, false},
            sr_checkstr(L, 2)};
  sr_Reading how = {wants_text, NULL, find_text, &T};
  luaL_argcheck(L, T.prefix.len >= 4 && T.prefix.len <= 256, 2,
                "4 to 256 bytes are expected");
  T.N = new_names(L, scope, &T.Q);
  sr_scope_read(L, scope, &how);
  sr_check(L, sr_names_done(T.N));
  return 1;
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
  {"defined_strongly", defined_strongly},
  {"defines", defines},
  {"wants", wants},
  {"text_after", text_after},
  {NULL, NULL}
};
