/*
** response.c
** Lines with what their response files stand for.  rustc writes such files in
** a way of its own: a line each, with blanks and backslashes escaped and quotes
** not, so that gcc and clang make one word of two paths with a quote.  Who
** stands in front of them can read what rustc meant.
*/

#include <stdlib.h>

#include "link_inner.h"
#include "stand.h"


int sr_argv_add (symrun *S, sr_Arena *A, sr_Argv *W, const char *s) {
  if (W->count + 1 >= W->room) {
    size_t room = W->room < 32 ? 64 : W->room * 2;
    const char **grown = (const char **)sr_arena_new(S, A,
                                                     room * sizeof *grown);
    if (grown == NULL) return SYMRUN_NOMEM;
    if (W->count > 0) memcpy(grown, W->at, W->count * sizeof *grown);
    W->at = grown;
    W->room = room;
  }
  W->at[W->count++] = s;
  W->at[W->count] = NULL;
  return SYMRUN_OK;
}


static const sr_Flavour *flavour_of (const char *const *words,
                                     const char *like) {
  sr_Str name = {words[0], strlen(words[0])};
  const sr_Flavour *F = NULL;
  if (words[1] != NULL && strcmp(words[1], "-flavor") == 0 && words[2] != NULL)
  {
    sr_Str value = {words[2], strlen(words[2])};
    F = sr_flavour_flag(value);
  }
  if (F == NULL) F = sr_flavour_of_program(name);
  if (F == NULL && like != NULL && *like != '\0') {
    sr_Str given = {like, strlen(like)};
    F = sr_flavour_named(given);
  }
  if (F == NULL) {
    static const sr_Str driver = {"cc", 2};
    F = sr_flavour_named(driver);
  }
  return F;
}


bool sr_program_known (const char *program) {
  sr_Str name = {program, strlen(program)};
  return sr_flavour_of_program(name) != NULL;
}


unsigned sr_quoting_of (const char *const *argv, const char *like) {
  const sr_Flavour *F = flavour_of(argv, like);
  return sr_flavour_quoting(F, F->driver != 0);
}


bool sr_may_be_gcc (const char *const *argv, const char *like) {
  return (flavour_of(argv, like)->driver & SR_BY_GCC) != 0;
}


const char *sr_in_folder (symrun *S, sr_Arena *A, const char *folder,
                          const char *name) {
  size_t n = strlen(folder), len = strlen(name);
  char *path = (char *)sr_arena_new(S, A, n + len + 2);
  if (path == NULL) return NULL;
  memcpy(path, folder, n);
  if (n > 0 && path[n - 1] != '/') path[n++] = '/';
  memcpy(path + n, name, len + 1);
  return path;
}


int sr_argv_text (symrun *S, sr_Arena *A, const char *const *words,
                  unsigned quoting, sr_Str *out) {
  static const sr_Str none = {"", 0};
  sr_Str *quoted;
  size_t n = 0, i, len = 0;
  char *to;
  while (words[n] != NULL) n++;
  quoted = (sr_Str *)sr_arena_new(S, A, (n + 1) * sizeof *quoted);
  if (quoted == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < n; i++) {
    sr_Str word = {words[i], strlen(words[i])};
    int rc = sr_words_quote(S, A, word, quoting, none, &quoted[i]);
    if (rc != SYMRUN_OK) return rc;
    len += quoted[i].len + 1;
  }
  to = (char *)sr_arena_new(S, A, len + 1);
  if (to == NULL) return SYMRUN_NOMEM;
  out->ptr = to;
  out->len = len;
  for (i = 0; i < n; i++) {
    memcpy(to, quoted[i].ptr, quoted[i].len);
    to += quoted[i].len;
    *to++ = '\n';
  }
  return SYMRUN_OK;
}


/* -- rustc's own ----------------------------------------------------------- */

/* "rustcXXXXXX/linker-arguments" */
static bool is_of_rustc (const char *path) {
  static const char name[] = "/linker-arguments";
  size_t n = strlen(path), tail = sizeof name - 1, i;
  if (n < tail + 11 || strcmp(path + n - tail, name) != 0) return false;
  path += n - tail - 11;
  if (memcmp(path, "rustc", 5) != 0) return false;
  for (i = 5; i < 11; i++)
    if (!((path[i] >= '0' && path[i] <= '9')
          || ((path[i] | 0x20) >= 'a' && (path[i] | 0x20) <= 'z')))
      return false;
  return true;
}


static int read_rustc (symrun *S, sr_Arena *A, sr_Str text, sr_Argv *out) {
  const char *p = text.ptr, *end = p + text.len;
  char *to = (char *)sr_arena_new(S, A, text.len + 1);
  int rc = SYMRUN_OK;
  if (to == NULL) return SYMRUN_NOMEM;
  while (p < end && rc == SYMRUN_OK) {
    rc = sr_argv_add(S, A, out, to);
    for (; p < end && *p != '\n'; p++) {
      if (*p == '\\' && p + 1 < end && (p[1] == ' ' || p[1] == '\\')) p++;
      *to++ = *p;
    }
    *to++ = '\0';
    p++;
  }
  return rc;
}


static int read_others (symrun *S, sr_Arena *A, sr_Str text, unsigned quoting,
                        sr_Argv *out) {
  sr_Cuts cuts;
  size_t i;
  int rc;
  memset(&cuts, 0, sizeof cuts);
  rc = sr_words_cut(S, A, text, quoting, &cuts);
  if (rc == SYMRUN_UNKNOWN) rc = SYMRUN_OK;  /* as the first of them has it */
  for (i = 0; i < cuts.count && rc == SYMRUN_OK; i++) {
    const char *word = sr_arena_copy(S, A, cuts.list[i].text.ptr,
                                     cuts.list[i].text.len);
    rc = word != NULL ? sr_argv_add(S, A, out, word) : SYMRUN_NOMEM;
  }
  sr_delete(S, cuts.list, cuts.room * sizeof *cuts.list);
  return rc;
}


static bool same_words (const sr_Argv *V, const sr_Argv *W) {
  size_t i;
  if (V->count != W->count) return false;
  for (i = 0; i < V->count; i++)
    if (strcmp(V->at[i], W->at[i]) != 0) return false;
  return true;
}


static int read_text (symrun *S, sr_Arena *A, const char *path, sr_Str text,
                      unsigned quoting, sr_Expanded *E, sr_Argv *out) {
  sr_Argv theirs;
  int rc = read_others(S, A, text, quoting, out);
  if (rc != SYMRUN_OK || !is_of_rustc(path)
      || (quoting & (SR_QUOTE_WINDOWS | SR_QUOTE_SHELL32)) != 0) return rc;
  theirs = *out;
  memset(out, 0, sizeof *out);
  rc = read_rustc(S, A, text, out);
  if (rc == SYMRUN_OK && E->misread == NULL && !same_words(&theirs, out))
    E->misread = path;
  return rc;
}


/* -- expanding ------------------------------------------------------------- */

static int keep_text (symrun *S, sr_Arena *A, const char *path, sr_Str text,
                      sr_Expanded *E) {
  if (E->files.count == E->rtexts) {
    size_t room = E->rtexts * 2 + 8;
    sr_Str *grown = (sr_Str *)sr_arena_new(S, A, room * sizeof *grown);
    if (grown == NULL) return SYMRUN_NOMEM;
    if (E->rtexts > 0) memcpy(grown, E->texts, E->rtexts * sizeof *grown);
    E->texts = grown;
    E->rtexts = room;
  }
  E->texts[E->files.count] = text;
  return sr_argv_add(S, A, &E->files, path);
}


typedef struct Nest {  /* a file that is being read, and who named it */
  const char *path;
  const struct Nest *up;
  unsigned depth;
} Nest;


static int allowed (symrun *S, const char *path, const Nest *up,
                    const sr_Expanded *E) {
  const Nest *n;
  for (n = up; n != NULL; n = n->up)
    if (strcmp(n->path, path) == 0)
      return sr_fail(S, SYMRUN_FORMAT, "includes itself");
  return sr_text_allowed(S, up != NULL ? up->depth : 0, E->files.count);
}


/* The text of a file, as far as there is room.  SYMRUN_IO: a word to most. */
static int open_text (symrun *S, sr_Arena *A, const char *path,
                      const Nest *up, sr_Expanded *E, sr_Str *out) {
  size_t room = SR_MOST_TEXT_BYTES - E->bytes;
  char shown[256];
  const char *why;
  int rc = E->read != NULL ? E->read(E->ud, S, A, path, out)
         : sr_text_read(S, A, NULL, path, room, out);
  if (rc == SYMRUN_OK) rc = allowed(S, path, up, E);
  if (rc == SYMRUN_OK && out->len > room)
    rc = sr_fail(S, SYMRUN_RANGE, "is too large");
  if (rc == SYMRUN_OK) E->bytes += out->len;
  if (rc == SYMRUN_OK || rc == SYMRUN_IO || rc == SYMRUN_NOMEM) return rc;
  why = sr_arena_format(S, A, "%s", S->message);
  if (why == NULL) return SYMRUN_NOMEM;
  sr_printable(shown, sizeof shown, path, strlen(path));
  return sr_fail(S, rc, "the response file %s %s", shown, why);
}


static int expand (symrun *S, sr_Arena *A, const char *const *in,
                   unsigned quoting, const Nest *up, sr_Expanded *E) {
  int rc = SYMRUN_OK;
  for (; *in != NULL && rc == SYMRUN_OK; in++) {
    Nest nest = {*in + 1, up, up != NULL ? up->depth + 1 : 1};
    sr_Argv inner = {NULL, 0, 0};
    sr_Str text;
    rc = **in != '@' ? SYMRUN_IO : open_text(S, A, *in + 1, up, E, &text);
    if (rc == SYMRUN_IO) {
      rc = sr_argv_add(S, A, &E->words, *in);
      continue;
    }
    if (rc == SYMRUN_OK) rc = keep_text(S, A, *in + 1, text, E);
    if (rc == SYMRUN_OK)
      rc = read_text(S, A, *in + 1, text, quoting, E, &inner);
    if (rc == SYMRUN_OK && inner.count > 0)
      rc = expand(S, A, inner.at, quoting, &nest, E);
  }
  return rc;
}


int sr_argv_expand (symrun *S, sr_Arena *A, const char *const *argv,
                    sr_Expanded *out) {
  return expand(S, A, argv, sr_quoting_of(argv, out->like), NULL, out);
}
