/*
** api.c
** The public functions: thin covers over the floors below.  The engine's Lua
** is made only when a rule or a set of names first needs it, so a program
** that only reads files links Lua but never starts it.
*/

#include <stdlib.h>

#include <lualib.h>

#include "top.h"


static int read_text (symrun *S, const char *format, sr_Str bytes,
                      sr_Hear hear, void *ud);

/* -- engine --------------------------------------------------------------- */

static void *plain_alloc (void *ud, void *ptr, size_t osize, size_t nsize) {
  (void)ud; (void)osize;
  if (nsize > 0) return realloc(ptr, nsize);
  free(ptr);
  return NULL;
}


symrun *symrun_new (symrun_Alloc f, void *ud) {
  symrun *S;
  if (f == NULL) f = plain_alloc;
  S = (symrun *)f(ud, NULL, 0, sizeof *S);
  if (S == NULL) return NULL;
  memset(S, 0, sizeof *S);
  S->alloc = f;
  S->ud = ud;
  S->demangle = sr_demangle;
  S->text = read_text;
  if (sr_model_new(S) == SYMRUN_OK) return S;
  f(ud, S, sizeof *S, 0);
  return NULL;
}


void symrun_close (symrun *S) {
  if (S == NULL) return;
  if (S->L != NULL) lua_close(S->L);  /* its objects point into the model */
  S->L = NULL;
  if (S->texts != NULL) lua_close(S->texts);
  S->texts = NULL;
  while (S->plans != NULL) sr_plan_free(S->plans);
  sr_model_free(S);
  S->alloc(S->ud, S, sizeof *S, 0);
}


const char *symrun_message (const symrun *S) {
  return S != NULL ? S->message : "not enough memory";
}


int symrun_threads (symrun *S, unsigned count) {
  if (S == NULL) return SYMRUN_NOMEM;
  if (count < 1 || count > SR_MOST_THREADS)
    return sr_fail(S, SYMRUN_RANGE, "threads are 1 to %d, not %u",
                   SR_MOST_THREADS, count);
  S->threads = count;
  return SYMRUN_OK;
}


const char *symrun_version (void) { return SYMRUN_VERSION; }


/* -- files ---------------------------------------------------------------- */

/* A function that was called from within symrun_file_symbols would take the
   bytes away that are being read. */
static int free_to_read (symrun *S) {
  if (!S->model->busy) return SYMRUN_OK;
  return sr_fail(S, SYMRUN_RULE, "a file is being read: remember its symbols, "
                 "and ask when the last one was given");
}


/* Structures grow at their ends.  A caller of an older header gets what it
   knows of, one of a newer header zeros for what is not known here. */
int sr_give (symrun *S, void *out, const void *made, size_t size,
             size_t least) {
  size_t theirs;
  memcpy(&theirs, out, sizeof theirs);
  if (theirs < least)
    return sr_fail(S, SYMRUN_RANGE, "the structure's first member, "
                   "struct_size, must be set to its sizeof");
  if (theirs > size) memset((char *)out + size, 0, theirs - size);
  else size = theirs;
  memcpy((char *)out + sizeof theirs, (const char *)made + sizeof theirs,
         size - sizeof theirs);
  return SYMRUN_OK;
}


int symrun_file_open (symrun *S, const char *path, symrun_File **out) {
  int rc;
  if (S == NULL) return SYMRUN_NOMEM;
  rc = free_to_read(S);
  return rc == SYMRUN_OK ? sr_tree_open_file(S, path, out) : rc;
}


int symrun_file_wrap (symrun *S, symrun_Str name, symrun_Str bytes,
                      symrun_File **out) {
  sr_File *F;
  int rc;
  if (S == NULL) return SYMRUN_NOMEM;
  rc = free_to_read(S);
  if (rc == SYMRUN_OK) rc = sr_file_wrap(S, name, bytes, &F);
  if (rc == SYMRUN_OK) rc = sr_file_probe(F);
  if (rc == SYMRUN_OK) *out = F;
  return rc;
}


const char *symrun_file_format (symrun_File *F) {
  return F->vague && F->format == SR_OTHER ? NULL : sr_format_name(F->format);
}


int symrun_file_slice (symrun_File *F, size_t i, symrun_File **out,
                       const char **machine) {
  int rc = free_to_read(F->S);
  if (rc == SYMRUN_OK) rc = sr_file_slices(F);
  if (rc != SYMRUN_OK) return rc;
  if (sr_file_is_sliced(F) && F->vague)
    return sr_fail(F->S, SYMRUN_UNKNOWN, "%s", F->gaps[0].reason);
  if (i >= F->nslices) return SYMRUN_END;
  rc = sr_file_probe(F->slices[i]);
  if (rc == SYMRUN_OK) rc = sr_file_done(F->slices[i]);
  if (rc != SYMRUN_OK) return rc;
  *out = F->slices[i];
  *machine = F->slices[i]->slice;
  return SYMRUN_OK;
}


/* While symbols are given, their member is known already. */
static int find_member (sr_File *F, size_t i) {
  sr_Member *m;
  int rc, done;
  if (F->S->model->busy && i < F->count) return SYMRUN_OK;
  rc = free_to_read(F->S);
  if (rc == SYMRUN_OK) rc = sr_file_member(F, i, &m);
  if (rc == SYMRUN_OK) rc = sr_file_look(F, (uint32_t)i);
  done = sr_file_done(F);
  return rc != SYMRUN_OK ? rc : done;
}


int symrun_file_member (symrun_File *F, size_t i, symrun_Member *out) {
  const sr_Member *m;
  symrun_Member made;
  int rc = find_member(F, i);
  if (rc != SYMRUN_OK) return rc;
  m = &F->members[i];
  memset(&made, 0, sizeof made);
  made.name = m->name;
  made.format = m->probed ? sr_format_name((sr_Format)m->format) : NULL;
  made.offset = m->offset;
  made.size = m->size;
  return sr_give(F->S, out, &made, sizeof made,
                 SR_SIZE_TO(symrun_Member, size));
}


typedef struct Telling { sr_Scan scan; symrun_Each f; void *ud; int stop; }
  Telling;

static int tell (void *ud, const sr_Symbol *sym) {
  Telling *t = (Telling *)ud;
  sr_File *F = t->scan.file;
  symrun_Symbol out;
  memset(&out, 0, sizeof out);
  out.name.ptr = sym->name;
  out.name.len = sym->len;
  out.value = sym->value;
  out.size = sym->size;
  out.member = sr_file_has_members(F) ? t->scan.member : 0;  /* SR_NONE: lost */
  out.letter = sym->letter;
  out.weak = sym->binding == SR_WEAK;
  out.defined = sym->place != SR_UNDEFINED;
  out.local = sym->binding == SR_LOCAL;
  F->S->model->busy = true;
  t->stop = t->f(t->ud, &out);
  F->S->model->busy = false;
  return t->stop != 0 ? SYMRUN_END : SYMRUN_OK;
}


int symrun_file_symbols (symrun_File *F, int view, symrun_Each f, void *ud) {
  Telling t;
  size_t i;
  int rc;
  if (view < 0 || view >= SR_VIEWNAMES)
    return sr_fail(F->S, SYMRUN_RANGE, "there is no view %d", view);
  memset(&t, 0, sizeof t);
  t.scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED | SR_WANT_LOCAL;
  t.scan.ask.view = (sr_View_name)view;
  t.scan.ask.letters = true;
  t.scan.ask.each = tell;
  t.scan.ask.ud = &t;
  t.scan.only = SR_NONE;
  t.f = f;
  t.ud = ud;
  rc = free_to_read(F->S);
  if (rc == SYMRUN_OK) rc = sr_file_scan(F, &t.scan);
  if (rc != SYMRUN_OK) return rc;
  if (t.stop < 0)
    return sr_fail(F->S, SYMRUN_RANGE, "the function that takes symbols gave "
                   "%d, and stops with a number above 0", t.stop);
  if (t.stop != 0) return t.stop;
  for (i = 0; i < F->ngaps; i++)
    if (sr_gap_concerns(F, &F->gaps[i], &t.scan))
      return sr_fail(F->S, SYMRUN_UNKNOWN, "%s", F->gaps[i].reason);
  return SYMRUN_OK;
}


int symrun_file_gap (symrun_File *F, size_t i, symrun_Gap *out) {
  const sr_Gap *gap;
  symrun_Gap made;
  if (i >= F->ngaps) return SYMRUN_END;
  gap = &F->gaps[i];
  memset(&made, 0, sizeof made);
  made.reason = gap->reason;
  made.field = gap->field;
  made.offset = gap->offset;
  made.damaged = gap->damage;
  made.index = SIZE_MAX;
  made.member.ptr = "";
  if (gap->member != SR_NONE) {
    made.index = gap->member;
    made.member = F->members[gap->member].name;
  }
  return sr_give(F->S, out, &made, sizeof made,
                 SR_SIZE_TO(symrun_Gap, damaged));
}


/* -- names ---------------------------------------------------------------- */

int symrun_names_of (symrun_File *F, int what, const char *glob, int view,
                     symrun_Names **out) {
  static const unsigned wants[] = {
    SR_WANT_DEFINED, SR_WANT_UNDEFINED, SR_WANT_DEFINED | SR_WANT_EXPORTED
  };
  symrun *S = F->S;
  sr_Question Q = {0, SR_NATIVE, NULL, NULL, SR_NONE, false};
  sr_Names *N;
  int rc = free_to_read(S);
  if (rc != SYMRUN_OK) return rc;
  if (view < 0 || view >= SR_VIEWNAMES)
    return sr_fail(S, SYMRUN_RANGE, "there is no view %d", view);
  Q.view = (sr_View_name)view;
  if (what < SYMRUN_DEFINED || what > SYMRUN_EXPORTED)
    return sr_fail(S, SYMRUN_RANGE, "%d is not SYMRUN_DEFINED, _UNDEFINED or "
                   "_EXPORTED", what);
  Q.want = wants[what];
  if (glob != NULL) {
    sr_Str text = {glob, strlen(glob)};
    rc = sr_glob_get(S, text, SR_GLOB_NAME, &Q.glob);
  }
  if (rc == SYMRUN_OK) rc = sr_names_new(S, &N);
  if (rc != SYMRUN_OK) return rc;
  rc = sr_names_ask(N, F, &Q);
  if (rc == SYMRUN_OK) rc = sr_names_done(N);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}


/* SR_MAYBE is no public answer; what is negative is a code already. */
static int answer (const symrun_Names *N, int yes) {
  if (yes != SR_MAYBE) return yes;
  return sr_fail(N->S, SYMRUN_UNKNOWN, "%s", N->ngaps == 0
    ? "what the answer depends on could not be read"
    : N->S->model->files[N->gaps[0].file]->gaps[N->gaps[0].gap].reason);
}


int symrun_names_any (const symrun_Names *N) {
  return answer(N, sr_names_any(N));
}


int symrun_names_has (const symrun_Names *N, symrun_Str name) {
  return answer(N, sr_names_has(N, name));
}


int symrun_names_at (symrun_Names *N, size_t i, symrun_Str *out) {
  int rc = sr_names_order(N);
  if (rc != SYMRUN_OK) return rc;
  if (i >= N->unique)
    return sr_names_exact(N) == SR_YES ? SYMRUN_END : answer(N, SR_MAYBE);
  *out = sr_name_text(N->S, N->sure.at[N->order[i]].name);
  return SYMRUN_OK;
}


void symrun_names_free (symrun_Names *N) { sr_names_free(N); }


/* -- Lua ------------------------------------------------------------------ */

static const sr_Embedded *embedded (const char *name) {
  const sr_Embedded *e = sr_embedded;
  while (e->name != NULL && strcmp(e->name, name) != 0) e++;
  return e->name != NULL ? e : NULL;
}


/* Code is for one release of Lua: what its header tells is not enough, so the
   library has to say that it is the same one.  Who links Lua in some way that
   hides its word gets the text. */
extern const char lua_ident[] __attribute__((weak));

static bool same_lua (void) {
  const char *ident = lua_ident;
  return ident != NULL && *sr_embedded_by != '\0'
      && strstr(ident, sr_embedded_by) != NULL;
}


static int load_embedded (lua_State *L, const sr_Embedded *e,
                          const char *name) {
  if (e->code != NULL && same_lua()) {
    int rc = luaL_loadbufferx(L, e->code, e->code_size, name, "b");
    if (rc != LUA_ERRSYNTAX) return rc;
    lua_pop(L, 1);
  }
  return luaL_loadbufferx(L, e->text, e->size, name, "t");
}


/* A module that was compiled in; package.searchers calls it with a name. */
static int search_embedded (lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  const sr_Embedded *e = embedded(name);
  if (e == NULL) {
    lua_pushfstring(L, "no part of symrun: '%s'", name);
    return 1;
  }
  lua_pushfstring(L, "@%s", name);
  if (load_embedded(L, e, lua_tostring(L, -1)) != LUA_OK) return lua_error(L);
  lua_pushstring(L, name);
  return 2;
}


/* rules[file name] -> text of a rule that came with symrun, or nil */
static int rule_text (lua_State *L) {
  const sr_Embedded *e;
  lua_pushfstring(L, "rules/%s", luaL_checkstring(L, 2));
  e = embedded(lua_tostring(L, -1));
  if (e == NULL) return 0;
  lua_pushlstring(L, e->text, e->size);
  return 1;
}


/* A table that has a text when somebody asks for it: few runs ask for one. */
static void push_rules (lua_State *L) {
  lua_newtable(L);                                /* rules */
  lua_createtable(L, 0, 1);                       /* rules meta */
  lua_pushcfunction(L, rule_text);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);                        /* rules */
}


/* Lua tries once more when an allocation fails, after collecting garbage; what
   fails then is an error, which a rule might catch.  The engine remembers. */
static void *lua_memory (void *ud, void *ptr, size_t osize, size_t nsize) {
  symrun *S = (symrun *)ud;
  void *p = S->alloc(S->ud, ptr, osize, nsize);
  if (SR_LIKELY(p != NULL && !S->refused.once) || nsize == 0) return p;
  if (S->refused.once && (p == NULL || S->refused.ptr != ptr
                          || S->refused.size != nsize)) S->starved = true;
  S->refused.once = (p == NULL);
  S->refused.ptr = ptr;
  S->refused.size = nsize;
  return p;
}


/* LPeg is linked into the tool and the shared library.  Who links the archive
   without it has the LPeg that Lua finds. */
extern int luaopen_lpeg (lua_State *L)
  __attribute__((weak, visibility("default")));

static void preload_lpeg (lua_State *L) {
  if (luaopen_lpeg == NULL) return;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);  /* preload */
  lua_pushcfunction(L, luaopen_lpeg);
  lua_setfield(L, -2, "lpeg");
  lua_pop(L, 1);
}


static int setup (lua_State *L) {
  symrun *S = (symrun *)lua_touserdata(L, 1);
  luaL_openlibs(L);
  sr_lua_attach(L, S);
  lua_getglobal(L, "package");                    /* package */
  lua_getfield(L, -1, "searchers");               /* package searchers */
  lua_pushcfunction(L, search_embedded);
  lua_rawseti(L, -2, 2);  /* before files: nothing beside us can replace us */
  lua_getfield(L, -2, "loaded");                  /* package searchers loaded */
  sr_lua_module(L);
  lua_setfield(L, -2, "symrun.core");
  preload_lpeg(L);
  push_rules(L);
  lua_setfield(L, LUA_REGISTRYINDEX, "symrun.rules");
  return 0;
}


static lua_State *new_lua (symrun *S) {
  lua_State *L = lua_newstate(lua_memory, S);
  if (L == NULL) { sr_nomem(S); return NULL; }
  lua_pushcfunction(L, setup);
  lua_pushlightuserdata(L, S);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    const char *why = lua_tostring(L, -1);
    sr_fail(S, SYMRUN_NOMEM, "%s", why != NULL ? why : "not enough memory");
    lua_close(L);
    return NULL;
  }
  return L;
}


lua_State *symrun_lua (symrun *S) {
  if (S != NULL && S->L == NULL) S->L = new_lua(S);
  return S != NULL ? S->L : NULL;
}


/* A reader of texts may be wanted while a rule runs, which must find nothing
   of itself there: it has a Lua of its own. */
static int read_text (symrun *S, const char *format, sr_Str bytes,
                      sr_Hear hear, void *ud) {
  if (S->texts == NULL) S->texts = new_lua(S);
  if (S->texts == NULL) return sr_nomem(S);
  return sr_lua_text(S->texts, S, format, bytes, hear, ud);
}


static int close_engine (lua_State *L) {
  symrun **box = (symrun **)lua_touserdata(L, 1);
  sr_lua_attach(L, NULL);
  symrun_close(*box);
  *box = NULL;
  return 0;
}


/* In a stock Lua the engine is a value of that Lua, with its allocator, and
   goes when it goes.  Who requires it again gets the same one. */
int luaopen_symrun_core (lua_State *L) {
  void *ud;
  lua_Alloc f = lua_getallocf(L, &ud);
  symrun **box;
  if (lua_getfield(L, LUA_REGISTRYINDEX, "symrun.engine") == LUA_TUSERDATA)
    return sr_lua_module(L);
  box = (symrun **)lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  lua_newtable(L);                                /* box meta */
  lua_pushcfunction(L, close_engine);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);                        /* box */
  *box = symrun_new(f, ud);
  if (*box == NULL) return luaL_error(L, "not enough memory");
  lua_setfield(L, LUA_REGISTRYINDEX, "symrun.engine");
  sr_lua_attach(L, *box);
  return sr_lua_module(L);
}
