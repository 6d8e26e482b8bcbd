/*
** fit.c
** Lines that are too long.  The system starts no program with more than some
** two megabytes of words; and gcc's driver hands all its own options to the
** linker's wrapper in one variable, which may hold 128 KiB, "@file" or not.
** What it passes on untouched (-Wl, -Xlinker, -l) is not among them, so only
** -L can be many.  Those must stay before the folders that gcc adds, and a
** specs file can say so: "*link: + @file".
*/

#include <stdio.h>

#include "stand.h"

#define MUCH  ((size_t)96 * 1024)


bool sr_fit_wanted (const char *const *argv) {
  size_t sum = 0;
  for (; *argv != NULL; argv++) {
    if (**argv == '@') return true;
    sum += strlen(*argv);
  }
  return sum >= MUCH;
}


/* Options of drivers whose value is the next word. */
static bool takes_next (const char *word) {
  static const char *const list[] = {
    "-o", "-u", "-T", "-e", "-z", "-x", "-B", "-I", "-D", "-U", "-A",
    "-Xlinker", "-Xassembler", "-Xpreprocessor", "-include", "-imacros",
    "-isystem",
    "-idirafter", "-iquote", "-iprefix", "-MF", "-MT", "-MQ", "--param",
    "-wrapper", "-aux-info", "-dumpbase", "-dumpdir", NULL
  };
  int i;
  for (i = 0; list[i] != NULL; i++)
    if (strcmp(word, list[i]) == 0) return true;
  return false;
}


/* What gcc puts into its variable: every option in quotes, and a blank. */
static size_t size_of_options (const sr_Argv *W) {
  size_t i, sum = 0;
  for (i = 1; i < W->count; i++) {
    const char *word = W->at[i];
    bool next = takes_next(word) || strcmp(word, "-L") == 0;
    bool passed = strncmp(word, "-Wl,", 4) == 0 || strncmp(word, "-l", 2) == 0
               || strcmp(word, "-Xlinker") == 0;
    if (*word == '-' && !passed) sum += strlen(word) + 3;
    if (!next || i + 1 >= W->count) continue;
    i++;
    if (!passed) sum += strlen(W->at[i]) + 3;
  }
  return sum;
}


static int write_text (symrun *S, sr_Arena *A, const sr_Fit *fit,
                       const char *name, const char *const *words,
                       const char **path) {
  sr_Str text;
  int rc = sr_argv_text(S, A, words, fit->quoting, &text);
  *path = rc == SYMRUN_OK ? sr_in_folder(S, A, fit->folder, name) : NULL;
  if (rc == SYMRUN_OK && *path == NULL) rc = SYMRUN_NOMEM;
  return rc == SYMRUN_OK ? sr_write_file(S, *path, &text, 1, 0) : rc;
}


/* In a specs file a backslash makes any byte an ordinary one. */
static int write_specs (symrun *S, sr_Arena *A, const sr_Fit *fit,
                        const char *list, const char **option) {
  size_t n = strlen(list), i;
  char *to = (char *)sr_arena_new(S, A, 2 * n + 32), *end;
  const char *path = sr_in_folder(S, A, fit->folder, "specs");
  char *word;
  sr_Str text;
  if (to == NULL || path == NULL) return SYMRUN_NOMEM;
  end = to + sprintf(to, "*link:\n+ @");
  for (i = 0; i < n; i++) {
    if (strchr("/.-_", list[i]) == NULL && !(list[i] >= '0' && list[i] <= '9')
        && !((list[i] | 0x20) >= 'a' && (list[i] | 0x20) <= 'z')) *end++ = '\\';
    *end++ = list[i];
  }
  end += sprintf(end, "\n\n");
  text.ptr = to;
  text.len = (size_t)(end - to);
  word = (char *)sr_arena_new(S, A, strlen(path) + 8);
  if (word == NULL) return SYMRUN_NOMEM;
  sprintf(word, "-specs=%s", path);
  *option = word;
  return sr_write_file(S, path, &text, 1, 0);
}


/* Take -L out of the words, to where gcc reads them without counting. */
static int move_folders (symrun *S, sr_Arena *A, const sr_Fit *fit,
                         const sr_Argv *in, sr_Argv *out) {
  sr_Argv folders = {NULL, 0, 0};
  const char *list, *option;
  size_t i;
  int rc = sr_argv_add(S, A, out, in->at[0]);
  if (rc == SYMRUN_OK) rc = sr_argv_add(S, A, out, "-specs=");
  for (i = 1; i < in->count && rc == SYMRUN_OK; i++) {
    const char *word = in->at[i];
    bool next = takes_next(word), folder = strncmp(word, "-L", 2) == 0;
    rc = sr_argv_add(S, A, folder ? &folders : out, word);
    if ((next || (folder && word[2] == '\0')) && i + 1 < in->count
        && rc == SYMRUN_OK)
      rc = sr_argv_add(S, A, folder ? &folders : out, in->at[++i]);
  }
  if (rc != SYMRUN_OK || folders.count == 0) {
    if (rc == SYMRUN_OK) *out = *in;
    return rc;
  }
  rc = write_text(S, A, fit, "folders", folders.at, &list);
  if (rc == SYMRUN_OK) rc = write_specs(S, A, fit, list, &option);
  if (rc == SYMRUN_OK) out->at[1] = option;
  return rc;
}


/* All words but the program in one file. */
static int move_all (symrun *S, sr_Arena *A, const sr_Fit *fit, sr_Argv *W) {
  const char *path;
  char *word;
  int rc = write_text(S, A, fit, "words", W->at + 1, &path);
  if (rc != SYMRUN_OK) return rc;
  word = (char *)sr_arena_new(S, A, strlen(path) + 2);
  if (word == NULL) return SYMRUN_NOMEM;
  word[0] = '@';
  strcpy(word + 1, path);
  W->count = 1;
  return sr_argv_add(S, A, W, word);
}


static int told (symrun *S, sr_Arena *A, const char *path, const char **out) {
  char shown[512];
  sr_printable(shown, sizeof shown, path, strlen(path));
  *out = sr_arena_format(S, A, "rustc wrote quotes into %s that linkers read "
                         "otherwise; they were read as rustc meant them",
                         shown);
  return *out != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


int sr_fit (symrun *S, sr_Arena *A, const char *const *argv, sr_Fit *fit) {
  bool gcc = false;
  sr_Expanded E;
  sr_Argv moved = {NULL, 0, 0};
  int rc;
  memset(&E, 0, sizeof E);
  fit->quoting = sr_quoting_of(argv, fit->like);
  E.like = fit->like;
  rc = sr_argv_expand(S, A, argv, &E);
  fit->told = NULL;
  fit->words = moved;
  if (rc == SYMRUN_OK && sr_may_be_gcc(argv, fit->like)
      && size_of_options(&E.words) > MUCH) rc = fit->is_gcc(fit->ud, S, &gcc);
  if (rc == SYMRUN_OK && E.misread != NULL)
    rc = told(S, A, E.misread, &fit->told);
  if (rc == SYMRUN_OK && gcc) rc = move_folders(S, A, fit, &E.words, &moved);
  if (rc != SYMRUN_OK) return rc;
  if (!gcc && E.misread == NULL && !fit->refused) {
    for (; *argv != NULL && rc == SYMRUN_OK; argv++)
      rc = sr_argv_add(S, A, &fit->words, *argv);
    return rc;
  }
  fit->words = gcc ? moved : E.words;
  if (E.files.count == 0 && !fit->refused
      && sr_words_fit((char *const *)fit->words.at)) return SYMRUN_OK;
  return move_all(S, A, fit, &fit->words);
}
