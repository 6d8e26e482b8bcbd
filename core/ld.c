/*
** ld.c
** Standing in for a linker.  Whoever calls symrun-cc a thousand times in a
** build, to compile most of the time, must not notice: what needs no rule is
** done here, without Lua, and the program that was meant takes our place.
*/

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edits/stand.h"
#include "tool.h"

/* One process stands in once, so all that this needs stays till its end. */
static sr_Arena memory;

typedef struct Stand {
  symrun *S;
  const char *const *words;
  const char *like;       /* the flavour of a program that nobody knows */
  char program[PATH_MAX];
  char **env;
  const sr_Capture *replay;
} Stand;


static int complain (symrun *S) {
  fprintf(stderr, "symrun: %s\n", S->message);
  return 2;
}


static bool is_set (const char *value) {
  return value != NULL && *value != '\0';
}


/* The program by its path, where gcc, which looks itself up on PATH to find
   what belongs to it, would find us. */
static int by_path (Stand *P) {
  const char *const *word = P->words + 1;
  sr_Argv words = {NULL, 0, 0};
  int rc = sr_argv_add(P->S, &memory, &words, P->program);
  for (; *word != NULL && rc == SYMRUN_OK; word++)
    rc = sr_argv_add(P->S, &memory, &words, *word);
  P->words = words.at;
  return rc;
}


/* Find the program and what it is given. */
static int prepare (Stand *P, symrun *S, const char *const *words,
                    const char *like, const sr_Capture *replay) {
  bool passed;
  int rc;
  memset(P, 0, sizeof *P);
  P->S = S;
  P->words = words;
  P->like = like;
  P->replay = replay;
  if (replay == NULL) {
    rc = sr_program_find(S, words[0], P->program, &passed);
    if (rc == SYMRUN_OK && passed) rc = by_path(P);
    return rc != SYMRUN_OK ? rc
         : sr_environment(S, &memory, NULL, NULL, 0, &P->env);
  }
  rc = sr_program_find(S, replay->program, P->program, &passed);
  return rc != SYMRUN_OK ? rc
       : sr_environment(S, &memory, sr_capture_env,
                        (char *const *)replay->env.at, replay->env.count,
                        &P->env);
}


static int become (Stand *P) {
  return sr_become(P->S, P->program, (char *const *)P->words, P->env);
}


/* Only gcc has specs to print. */
static int is_gcc (void *ud, symrun *S, bool *out) {
  Stand *P = (Stand *)ud;
  const char *words[] = { P->words[0], "-dumpspecs", NULL };
  int status = 1;
  int rc = sr_run(S, P->program, (char *const *)words, P->env, true, &status);
  *out = status == 0;
  return rc;
}


static bool same (const sr_Argv *W, const char *const *words) {
  size_t i;
  for (i = 0; i < W->count; i++)
    if (words[i] == NULL || strcmp(W->at[i], words[i]) != 0) return false;
  return words[i] == NULL;
}


/* A line that may be too long, or is. */
static int fitted (Stand *P, bool wait, bool refused, int *status) {
  char folder[PATH_MAX];
  sr_Fit fit;
  int rc = sr_scratch_make(P->S, folder);
  if (rc != SYMRUN_OK) return rc;
  memset(&fit, 0, sizeof fit);
  fit.like = P->like;
  fit.folder = folder;
  fit.is_gcc = is_gcc;
  fit.ud = P;
  fit.refused = refused;
  rc = sr_fit(P->S, &memory, P->words, &fit);
  if (rc == SYMRUN_OK && fit.told != NULL)
    fprintf(stderr, "symrun: %s\n", fit.told);
  if (rc == SYMRUN_OK && !wait && same(&fit.words, P->words)) {
    sr_scratch_remove(folder);
    return become(P);
  }
  if (rc == SYMRUN_OK)
    rc = sr_run(P->S, P->program, (char *const *)fit.words.at, P->env, false,
                status);
  sr_scratch_remove(folder);
  return rc;
}


/* Run the words; when 'wait' is false the program takes our place if it can. */
static int go (Stand *P, bool wait, int *status) {
  int rc;
  if (sr_fit_wanted(P->words)) rc = fitted(P, wait, false, status);
  else if (wait)
    rc = sr_run(P->S, P->program, (char *const *)P->words, P->env, false,
                status);
  else rc = become(P);
  return rc == SYMRUN_RANGE ? fitted(P, true, true, status) : rc;
}


/* Keep the line in a folder, if there is one, and if it links. */
static int capture (Stand *P, const char *folder, bool *links) {
  return sr_capture_take(P->S, &memory, is_set(folder) ? folder : NULL,
                         P->program, P->like, P->words, links);
}


/* -- by name --------------------------------------------------------------- */

static const struct { const char *name, *linker, *like; } names[] = {
  {"symrun-cc", "cc", "cc"}, {"symrun-c++", "c++", "cc"},
  {"symrun-ld", "ld", "ld"}, {"symrun-wasm-ld", "wasm-ld", "wasm-ld"}
};


/* The linker that we were called for, and what it is like; or NULL. */
static const char *meant (const char *name, const char **like) {
  const char *slash = strrchr(name, '/'), *given = getenv("SYMRUN_LINKER");
  size_t i;
  if (slash != NULL) name = slash + 1;
  for (i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(name, names[i].name) == 0) {
      *like = names[i].like;
      return is_set(given) ? given : names[i].linker;
    }
  return NULL;
}


/* Words as "symrun ld" has them, from either way to call it: '*at' is where
   the linker stands; 0 when options come first, or it is not us at all. */
static int ld_words (symrun *S, int argc, char **argv,
                     sr_Argv *out, size_t *at, const char **like) {
  const char *linker = argc > 0 ? meant(argv[0], like) : NULL;
  int i, rc;
  *at = 0;
  if (linker == NULL) {
    if (argc < 3 || strcmp(argv[1], "ld") != 0 || argv[2][0] == '-')
      return SYMRUN_OK;
    linker = argv[2];
    argv += 2;
    argc -= 2;
  }
  rc = sr_argv_add(S, &memory, out, "symrun");
  if (rc == SYMRUN_OK) rc = sr_argv_add(S, &memory, out, "ld");
  if (rc == SYMRUN_OK && *like != NULL && !sr_program_known(linker)) {
    rc = sr_argv_add(S, &memory, out, "--flavour");
    if (rc == SYMRUN_OK) rc = sr_argv_add(S, &memory, out, *like);
  }
  *at = out->count;
  if (rc == SYMRUN_OK) rc = sr_argv_add(S, &memory, out, linker);
  for (i = 1; i < argc && rc == SYMRUN_OK; i++)
    rc = sr_argv_add(S, &memory, out, argv[i]);
  return rc;
}


static int failed_link;  /* the status of a linker that is to be explained */

bool sr_ld (symrun *S, int *argc, char ***argv, int *status) {
  static sr_Argv words;
  const char *folder = getenv("SYMRUN_CAPTURE"), *like = NULL;
  bool rules = is_set(getenv("SYMRUN_RULES")), links = true;
  size_t at;
  Stand P;
  int rc = ld_words(S, *argc, *argv, &words, &at, &like);
  if (rc == SYMRUN_OK && at == 0) return false;
  if (rc == SYMRUN_OK) rc = prepare(&P, S, words.at + at, like, NULL);
  if (rc == SYMRUN_OK) rc = capture(&P, rules ? NULL : folder, &links);
  if (rc == SYMRUN_OK && !(rules && links)) rc = go(&P, links, status);
  if (rc != SYMRUN_OK) *status = complain(S);
  else if (links && !rules && *status < 128) failed_link = *status;
  if (rc != SYMRUN_OK || !links || (!rules && failed_link == 0)) return true;
  *argc = (int)words.count;  /* rules are asked, or why it failed */
  *argv = (char **)words.at;
  return false;
}


/* -- for Lua --------------------------------------------------------------- */

/* A list of words at an index, which stay as long as the list. */
static const char *const *check_words (lua_State *L, int arg) {
  size_t n = (size_t)luaL_len(L, arg), i, len;
  const char **words = (const char **)lua_newuserdatauv(L,
                         (n + 1) * sizeof *words, 0);
  luaL_argcheck(L, n > 0, arg, "a linker is expected");
  for (i = 0; i < n; i++) {
    lua_rawgeti(L, arg, (lua_Integer)i + 1);
    words[i] = luaL_checklstring(L, -1, &len);
    luaL_argcheck(L, strlen(words[i]) == len, arg, "a word holds a zero");
    lua_pop(L, 1);                                /* the list has it */
  }
  words[n] = NULL;
  return words;
}


static void push_words (lua_State *L, const sr_Argv *W) {
  size_t i;
  lua_createtable(L, (int)W->count, 0);
  for (i = 0; i < W->count; i++) {
    lua_pushstring(L, W->at[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}


static int failed (lua_State *L) {
  lua_pushnil(L);
  lua_pushstring(L, sr_engine(L)->message);
  return 2;
}


/* host.capture(words, like | nil, folder | nil) -> does it link? | nil,
   sentence */
static int h_capture (lua_State *L) {
  Stand P;
  bool links = true;
  int rc;
  lua_settop(L, 3);  /* the words come behind what was given */
  rc = prepare(&P, sr_engine(L), check_words(L, 1), luaL_optstring(L, 2, NULL),
               NULL);
  if (rc == SYMRUN_OK) rc = capture(&P, luaL_optstring(L, 3, NULL), &links);
  if (rc != SYMRUN_OK) return failed(L);
  lua_pushboolean(L, links);
  return 1;
}


/* host.failed() -> the status of a linker that ran, and failed | nil */
static int h_failed (lua_State *L) {
  if (failed_link == 0) return 0;
  lua_pushinteger(L, failed_link);
  return 1;
}


/* host.meant(words, like | nil) -> the words that rustc's response file was
   meant to have, or nil where all read the same | nil, sentence */
static int h_meant (lua_State *L) {
  symrun *S = sr_engine(L);
  sr_Expanded E;
  int rc;
  lua_settop(L, 2);
  memset(&E, 0, sizeof E);
  E.like = luaL_optstring(L, 2, NULL);
  rc = sr_argv_expand(S, &memory, check_words(L, 1), &E);
  if (rc != SYMRUN_OK) return failed(L);
  if (E.misread == NULL) return 0;
  push_words(L, &E.words);
  return 1;
}


/* host.run(words, like | nil, become) -> status | nil, sentence */
static int h_run (lua_State *L) {
  Stand P;
  int status = 2, rc;
  lua_settop(L, 3);  /* the words come behind what was given */
  rc = prepare(&P, sr_engine(L), check_words(L, 1), luaL_optstring(L, 2, NULL),
               NULL);
  fflush(NULL);
  if (rc == SYMRUN_OK) rc = go(&P, !lua_toboolean(L, 3), &status);
  if (rc != SYMRUN_OK) return failed(L);
  lua_pushinteger(L, status);
  return 1;
}


/* -- the folder of the run ------------------------------------------------- */

static char scratch[PATH_MAX];  /* of what lines name that is not theirs */
static unsigned nrevived;

static int make_scratch (symrun *S) {
  return scratch[0] != '\0' ? SYMRUN_OK : sr_scratch_make(S, scratch);
}


void sr_ld_end (symrun *S) {
  if (scratch[0] != '\0') sr_scratch_remove(scratch);
  scratch[0] = '\0';
  sr_arena_free(S, &memory);
}


/* host.folder() -> the folder of the run | nil, sentence */
static int h_folder (lua_State *L) {
  if (make_scratch(sr_engine(L)) != SYMRUN_OK) return failed(L);
  lua_pushstring(L, scratch);
  return 1;
}


/* host.make(folder) -> true | nil, sentence */
static int h_make (lua_State *L) {
  if (sr_folders_make(sr_engine(L), luaL_checkstring(L, 1)) != SYMRUN_OK)
    return failed(L);
  lua_pushboolean(L, 1);
  return 1;
}


/* host.write(path, bytes) -> true | nil, sentence */
static int h_write (lua_State *L) {
  sr_Str bytes = sr_checkstr(L, 2);
  if (sr_write_file(sr_engine(L), luaL_checkstring(L, 1), &bytes, 1, 0)
      != SYMRUN_OK) return failed(L);
  lua_pushboolean(L, 1);
  return 1;
}


/* -- replay ---------------------------------------------------------------- */

/* Read a capture, and make its files anew. */
static int revive (symrun *S, const char *path, sr_Capture *C,
                   sr_Revival *R) {
  char number[32], shown[512], why[SR_MESSAGE];
  const char *folder;
  sr_Str bytes;
  int rc = sr_text_read(S, &memory, NULL, path, SIZE_MAX / 8, &bytes);
  if (rc == SYMRUN_OK) rc = sr_capture_read(S, &memory, bytes, C);
  if (rc != SYMRUN_OK && rc != SYMRUN_NOMEM) {
    snprintf(why, sizeof why, "%s", S->message);
    sr_printable(shown, sizeof shown, path, strlen(path));
    return sr_fail(S, rc, "%s %s", shown, why);
  }
  if (rc == SYMRUN_OK) rc = make_scratch(S);
  if (rc != SYMRUN_OK) return rc;
  snprintf(number, sizeof number, "%u", nrevived++);
  folder = sr_in_folder(S, &memory, scratch, number);
  if (folder == NULL) return SYMRUN_NOMEM;
  return sr_capture_revive(S, &memory, C, folder, R);
}


/* host.replay(path) -> status | nil, sentence */
static int h_replay (lua_State *L) {
  symrun *S = sr_engine(L);
  sr_Capture C;
  sr_Revival R;
  sr_Argv words;
  Stand P;
  const char *changed;
  size_t i = 0;
  int status = 2;
  int rc = revive(S, luaL_checkstring(L, 1), &C, &R);
  if (rc == SYMRUN_OK) rc = sr_capture_words(S, &memory, &C, &R, true, &words);
  while (rc == SYMRUN_OK
         && (rc = sr_capture_changed(S, &memory, &C, &i, &changed)) == SYMRUN_OK
         && changed != NULL)
    fprintf(stderr, "symrun: %s\n", changed);
  if (rc == SYMRUN_OK) rc = prepare(&P, S, words.at, C.like, &C);
  if (rc == SYMRUN_OK) rc = sr_folder_enter(S, C.folder);
  if (rc == SYMRUN_OK) rc = go(&P, true, &status);
  if (rc != SYMRUN_OK) return failed(L);
  lua_pushinteger(L, status);
  return 1;
}


static int push_changes (lua_State *L, const sr_Capture *C) {
  const char *changed;
  size_t i = 0;
  int rc;
  lua_newtable(L);
  for (;;) {
    rc = sr_capture_changed(sr_engine(L), &memory, C, &i, &changed);
    if (rc != SYMRUN_OK || changed == NULL) return rc;
    lua_pushstring(L, changed);
    lua_rawseti(L, -2, luaL_len(L, -2) + 1);
  }
}


/* host.revived(path) -> {words=, changes=, like=, folder=, kept=} | nil,
   sentence | false: it is no capture.  The words are as they were; 'kept' has,
   by what they name, where that is now. */
static int h_revived (lua_State *L) {
  symrun *S = sr_engine(L);
  sr_Capture C;
  sr_Revival R;
  sr_Argv words;
  const char *path = luaL_checkstring(L, 1);
  size_t i;
  int rc;
  if (!sr_capture_at(path)) {
    lua_pushboolean(L, 0);
    return 1;
  }
  rc = revive(S, path, &C, &R);
  if (rc == SYMRUN_OK) rc = sr_capture_words(S, &memory, &C, &R, false, &words);
  if (rc != SYMRUN_OK) return failed(L);
  lua_createtable(L, 0, 5);
  push_words(L, &words);
  lua_setfield(L, -2, "words");
  if (push_changes(L, &C) != SYMRUN_OK) return failed(L);
  lua_setfield(L, -2, "changes");
  if (*C.like != '\0' && !sr_program_known(words.at[0])) {
    lua_pushstring(L, C.like);
    lua_setfield(L, -2, "like");
  }
  lua_pushstring(L, C.folder);
  lua_setfield(L, -2, "folder");
  lua_newtable(L);
  for (i = 0; i < R.count; i++) {
    lua_pushstring(L, R.list[i].path);
    lua_setfield(L, -2, R.list[i].kept->path);
  }
  lua_setfield(L, -2, "kept");
  return 1;
}


typedef struct Captures {  /* of a folder */
  sr_Argv names;
  bool others;
} Captures;


static int take_name (void *ud, symrun *S, const char *name) {
  static const char suffix[] = ".capture";
  Captures *found = (Captures *)ud;
  size_t n = strlen(name), m = sizeof suffix - 1;
  const char *copy;
  if (n <= m || strcmp(name + n - m, suffix) != 0) {
    found->others = true;
    return SYMRUN_OK;
  }
  copy = sr_arena_copy(S, &memory, name, n);
  return copy != NULL ? sr_argv_add(S, &memory, &found->names, copy)
                      : SYMRUN_NOMEM;
}


static int by_name (const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}


/* host.captures(folder) -> names of the captures in it, in order, is there
   anything else? | nil: it is no folder that holds any */
static int h_captures (lua_State *L) {
  symrun *S = sr_engine(L);
  const char *folder = luaL_checkstring(L, 1);
  Captures found = {{NULL, 0, 0}, false};
  bool any = false;
  uint64_t size;
  size_t i;
  if (sr_path_what(folder, &size) != SR_A_FOLDER
      || sr_folder_names(S, folder, take_name, &found) != SYMRUN_OK) return 0;
  for (i = 0; i < found.names.count && !any; i++) {
    const char *path = sr_in_folder(S, &memory, folder, found.names.at[i]);
    any = path != NULL && sr_capture_at(path);
  }
  if (!any) return 0;
  qsort(found.names.at, found.names.count, sizeof *found.names.at, by_name);
  push_words(L, &found.names);
  lua_pushboolean(L, found.others);
  return 2;
}


const luaL_Reg sr_ld_host[] = {
  {"capture", h_capture}, {"failed", h_failed},
  {"meant", h_meant}, {"run", h_run},
  {"replay", h_replay}, {"revived", h_revived}, {"captures", h_captures},
  {"folder", h_folder}, {"make", h_make}, {"write", h_write}, {NULL, NULL}
};
