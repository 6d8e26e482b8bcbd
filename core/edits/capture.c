/*
** capture.c
** Recorded links.  A capture is one file that says what it is, for people too:
**
**     symrun capture 1
**     program 11 /usr/bin/cc
**     like 2 cc
**     folder 9 /home/app
**     output 16 /home/app/a.out
**     word 2 cc
**     env 17 PATH=/usr/bin:/bin
**     file 20 43 /tmp/rustcAbCdEf/list <a newline, 43 bytes>
**     into 12 target/debug
**     input 3 1834 88c07a...e2 m.o
**     end 5b3f...c9
**
** A number is the length of the text that ends its line, so that may hold any
** byte; a file's second is that of its bytes, an input's that of the file that
** was not kept, before XXH3 of it.  The end is XXH3 of all before it.  There
** is no time in it: the same link makes the same capture.  Its name is made
** of the output's name and its full path, so any number of processes may write
** into one folder and none waits; what is linked anew replaces what was, as the
** output itself does.
*/

#include <stdio.h>
#include <stdlib.h>

#include "../ground/hash.h"
#include "link.h"
#include "stand.h"

#define MAGIC     "symrun capture 1\n"
#define SMALL     ((uint64_t)1 << 20)   /* of what is kept below $TMPDIR */
#define OF_RUSTC  ((uint64_t)64 << 20)  /* of what rustc deletes for sure */
#define MOST      ((uint64_t)1 << 30)   /* of a response file */

const char *const sr_capture_env[] = {
  "CCC_OVERRIDE_OPTIONS", "COLLECT_NO_DEMANGLE", "COMPILER_PATH", "CPATH",
  "DEVELOPER_DIR", "GCC_EXEC_PREFIX", "GNUTARGET", "IPHONEOS_DEPLOYMENT_TARGET",
  "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LDEMULATION",
  "LD_LIBRARY_PATH", "LD_RUN_PATH", "LIB", "LIBPATH", "LIBRARY_PATH", "LINK",
  "MACOSX_DEPLOYMENT_TARGET", "PATH", "SDKROOT", "SOURCE_DATE_EPOCH",
  "TOOLCHAINS", "TVOS_DEPLOYMENT_TARGET", "VSLANG", "WATCHOS_DEPLOYMENT_TARGET",
  "XROS_DEPLOYMENT_TARGET", "ZERO_AR_DATE", "_LINK_", NULL
};


static void hex (XXH128_hash_t hash, char out[33]) {
  snprintf(out, 33, "%016llx%016llx", (unsigned long long)hash.high64,
           (unsigned long long)hash.low64);
}


static void mix (void *ud, const void *block, size_t len) {
  XXH3_128bits_update((XXH3_state_t *)ud, block, len);
}


int sr_capture_digest (symrun *S, const char *path, char out[33]) {
  XXH3_state_t *state = (XXH3_state_t *)sr_resize(S, NULL, 0, sizeof *state);
  int rc;
  if (state == NULL) return SYMRUN_NOMEM;
  XXH3_128bits_reset(state);
  rc = sr_file_blocks(S, path, mix, state);
  hex(XXH3_128bits_digest(state), out);
  sr_delete(S, state, sizeof *state);
  return rc;
}


/* -- which files ----------------------------------------------------------- */

typedef struct Taking {
  sr_Arena *A;
  sr_Capture *C;
  const sr_Link *link;
  const sr_Expanded *expanded;
  const char *tmp;     /* what is below it will be gone */
  sr_Argv made;        /* by the link */
  size_t *slots, nslots;  /* by hash, the number of what was kept, from 1 */
} Taking;


static bool below (const char *path, const char *folder) {
  size_t n = strlen(folder);
  while (n > 1 && folder[n - 1] == '/') n--;
  return n > 0 && strncmp(path, folder, n) == 0
      && (path[n] == '/' || path[n] == '\0');
}


/* A word of a path that is "rustc" and six letters or digits. */
static bool in_rustc (const char *path) {
  for (; (path = strstr(path, "rustc")) != NULL; path++) {
    size_t n = strcspn(path, "/");
    if (n == 11 && path[11] == '/' && path[-1] == '/') return true;
  }
  return false;
}


/* What rustc makes for the link alone is deleted when it is done; what a build
   has below $TMPDIR may be.  A project that lives there is not temporary. */
static uint64_t most_kept (const Taking *T, const char *full) {
  size_t n = strlen(full);
  if (in_rustc(full) || (n > 7 && strcmp(full + n - 7, ".rcgu.o") == 0))
    return OF_RUSTC;
  if (below(full, T->tmp) && !below(full, T->C->folder)) return SMALL;
  return 0;
}


static const char *full_path (symrun *S, sr_Arena *A, const char *folder,
                              const char *path) {
  return *path == '/' ? sr_arena_copy(S, A, path, strlen(path))
                      : sr_in_folder(S, A, folder, path);
}


/* What the link makes, perhaps for the second time, is no input. */
static int find_made (symrun *S, Taking *T) {
  static const sr_LinkRole made[] = { SR_OPT_OUTPUT, SR_OPT_IMPLIB,
                                      SR_OPT_PDB, SR_OPT_MAP,
                                      SR_OPT_DEPENDENCIES };
  const sr_LinkPart *part;
  size_t k, i;
  int rc = sr_argv_add(S, T->A, &T->made, T->C->output);
  for (k = 0; k < sizeof made / sizeof made[0]; k++)
    for (i = 0; (part = sr_link_role(T->link, made[k], &i)) != NULL; i++) {
      const char *path = part->nvalues == 0 ? ""
        : sr_arena_copy(S, T->A, part->values[0].ptr, part->values[0].len);
      if (path == NULL) return SYMRUN_NOMEM;
      if (rc == SYMRUN_OK) rc = sr_argv_add(S, T->A, &T->made, path);
    }
  return rc;
}


static bool is_made (const Taking *T, const char *path) {
  size_t i;
  for (i = 0; i < T->made.count; i++)
    if (strcmp(T->made.at[i], path) == 0) return true;
  return false;
}


/* The place of a path among those that were kept, or of its end. */
static size_t *slot_of (const Taking *T, const char *path) {
  size_t i = (size_t)XXH3_64bits(path, strlen(path));
  for (;; i++) {
    size_t *slot = &T->slots[i & (T->nslots - 1)];
    if (*slot == 0 || strcmp(T->C->kept[*slot - 1].path, path) == 0)
      return slot;
  }
}


static int grow (symrun *S, Taking *T) {
  sr_Capture *C = T->C;
  size_t room = C->rkept * 2 + 32, i;
  sr_Kept *grown = (sr_Kept *)sr_arena_new(S, T->A, room * sizeof *grown);
  size_t *slots = (size_t *)sr_arena_new(S, T->A, room * 2 * sizeof *slots);
  if (grown == NULL || slots == NULL) return SYMRUN_NOMEM;
  if (C->nkept > 0) memcpy(grown, C->kept, C->nkept * sizeof *grown);
  memset(slots, 0, room * 2 * sizeof *slots);
  C->kept = grown;
  C->rkept = room;
  T->slots = slots;
  for (T->nslots = 1; T->nslots * 2 <= room * 2; ) T->nslots *= 2;
  for (i = 0; i < C->nkept; i++) *slot_of(T, C->kept[i].path) = i + 1;
  return SYMRUN_OK;
}


static int keep (symrun *S, Taking *T, const char *path, bool whole) {
  sr_Capture *C = T->C;
  uint64_t size = 0, most;
  const char *full = full_path(S, T->A, C->folder, path);
  size_t *slot;
  sr_What what;
  sr_Kept K;
  int rc = C->nkept * 2 < C->rkept ? SYMRUN_OK : grow(S, T);
  if (rc != SYMRUN_OK || full == NULL) return SYMRUN_NOMEM;
  slot = slot_of(T, path);
  if (*slot != 0) return SYMRUN_OK;
  what = sr_path_what(path, &size);
  most = whole ? MOST : most_kept(T, full);
  memset(&K, 0, sizeof K);
  K.path = path;
  K.size = size;
  K.folder = what == SR_A_FOLDER;
  if (K.folder ? most == 0 : what != SR_A_FILE) return SYMRUN_OK;
  if (!K.folder)
    rc = most > 0 && size <= most
       ? sr_text_read(S, T->A, NULL, path, MOST, &K.bytes)
       : sr_capture_digest(S, path, K.digest);
  if (rc == SYMRUN_IO) return SYMRUN_OK;  /* what nobody can read is no input */
  if (rc != SYMRUN_OK) return rc;
  C->kept[C->nkept++] = K;
  *slot = C->nkept;
  return SYMRUN_OK;
}


static int keep_path (void *ud, symrun *S, sr_Str path, const char **put) {
  Taking *T = (Taking *)ud;
  const char *copy;
  *put = NULL;
  if (path.len == 0 || path.len >= PATH_MAX) return SYMRUN_OK;
  copy = sr_arena_copy(S, T->A, path.ptr, path.len);
  if (copy == NULL) return SYMRUN_NOMEM;
  return is_made(T, copy) ? SYMRUN_OK : keep(S, T, copy, false);
}


/* "lib" NAME ".so" in a folder, if that is there. */
static int keep_in (symrun *S, Taking *T, sr_Str folder, const char *before,
                    sr_Str name, const char *after, bool *found) {
  size_t n = folder.len + 1 + strlen(before) + name.len + strlen(after) + 1;
  char *path = (char *)sr_arena_new(S, T->A, n);
  uint64_t size;
  if (path == NULL) return SYMRUN_NOMEM;
  snprintf(path, n, "%.*s/%s%.*s%s", (int)folder.len, folder.ptr, before,
           (int)name.len, name.ptr, after);
  *found = sr_path_what(path, &size) == SR_A_FILE;
  return *found ? keep(S, T, path, false) : SYMRUN_OK;
}


/* -lx, as it may be found in the folders of the line: whether static or not
   is not asked, and those of the system belong to the program. */
static int keep_library (symrun *S, Taking *T, sr_Str name) {
  static const struct { const char *before, *after; } forms[] = {
    {"lib", ".so"}, {"lib", ".a"}, {"lib", ".tbd"}, {"lib", ".dylib"},
    {"lib", ".dll.a"}, {"", ".dll.a"}, {"", ".lib"}, {"lib", ".lib"},
    {"lib", ".dll"}, {"", ".dll"}
  };
  bool apple = sr_link_flavour(T->link)->dialect == SR_DIALECT_APPLE;
  size_t most = sr_link_mingw(T->link) ? sizeof forms / sizeof *forms
              : apple ? 4 : 2, k;
  const sr_LinkPart *part;
  size_t i = 0;
  int rc = SYMRUN_OK;
  for (; rc == SYMRUN_OK
         && (part = sr_link_role(T->link, SR_OPT_FOLDER, &i)) != NULL; i++) {
    sr_Str folder = part->values[0], exact = {name.ptr + 1, name.len - 1};
    bool found = false;
    if (part->nvalues == 0 || folder.len + name.len > PATH_MAX) continue;
    if (*name.ptr == ':') rc = keep_in(S, T, folder, "", exact, "", &found);
    else
      for (k = 0; k < most && rc == SYMRUN_OK; k++)
        rc = keep_in(S, T, folder, forms[k].before, name, forms[k].after,
                     &found);
  }
  return rc;
}


static int find_files (symrun *S, Taking *T) {
  const sr_LinkPart *part;
  const char *same;
  size_t i;
  int rc = find_made(S, T);
  for (i = 0; i < T->expanded->files.count && rc == SYMRUN_OK; i++)
    rc = keep(S, T, T->expanded->files.at[i], true);
  for (i = 1; i < T->expanded->words.count && rc == SYMRUN_OK; i++)
    rc = sr_word_paths(S, T->A, T->expanded->words.at[i], keep_path, T, &same);
  for (i = 0; rc == SYMRUN_OK
              && (part = sr_link_part(T->link, i)) != NULL; i++)
    if (part->kind == SR_PART_INPUT && part->nvalues > 0)  /* of a -filelist */
      rc = keep_path(T, S, part->values[0], &same);
  for (i = 0; rc == SYMRUN_OK
              && (part = sr_link_role(T->link, SR_OPT_LIB, &i)) != NULL; i++)
    if (part->nvalues > 0 && part->values[0].len > 1)
      rc = keep_library(S, T, part->values[0]);
  return rc;
}


/* -- writing --------------------------------------------------------------- */

typedef struct Out {
  sr_Str *parts;
  size_t count, room;
} Out;


static int put (symrun *S, sr_Arena *A, Out *O, const char *ptr, size_t len) {
  if (O->count == O->room) {
    size_t room = O->room * 2 + 64;
    sr_Str *grown = (sr_Str *)sr_arena_new(S, A, room * sizeof *grown);
    if (grown == NULL) return SYMRUN_NOMEM;
    if (O->count > 0) memcpy(grown, O->parts, O->count * sizeof *grown);
    O->parts = grown;
    O->room = room;
  }
  O->parts[O->count].ptr = ptr;
  O->parts[O->count++].len = len;
  return SYMRUN_OK;
}


static int line (symrun *S, sr_Arena *A, Out *O, const char *key,
                 const char *text) {
  size_t len = strlen(text);
  const char *head = sr_arena_format(S, A, "%s %zu ", key, len);
  int rc = head != NULL ? put(S, A, O, head, strlen(head)) : SYMRUN_NOMEM;
  if (rc == SYMRUN_OK) rc = put(S, A, O, text, len);
  return rc == SYMRUN_OK ? put(S, A, O, "\n", 1) : rc;
}


static int line_of (symrun *S, sr_Arena *A, Out *O, const sr_Kept *kept) {
  size_t len = strlen(kept->path);
  const char *head = kept->folder ? sr_arena_format(S, A, "into %zu ", len)
    : kept->bytes.ptr != NULL
    ? sr_arena_format(S, A, "file %zu %zu ", len, kept->bytes.len)
    : sr_arena_format(S, A, "input %zu %llu %s ", len,
                      (unsigned long long)kept->size, kept->digest);
  int rc = head != NULL ? put(S, A, O, head, strlen(head)) : SYMRUN_NOMEM;
  if (rc == SYMRUN_OK) rc = put(S, A, O, kept->path, len);
  if (rc == SYMRUN_OK) rc = put(S, A, O, "\n", 1);
  if (rc != SYMRUN_OK || kept->bytes.ptr == NULL) return rc;
  rc = put(S, A, O, kept->bytes.ptr, kept->bytes.len);
  return rc == SYMRUN_OK ? put(S, A, O, "\n", 1) : rc;
}


static int lines (symrun *S, sr_Arena *A, const sr_Capture *C, Out *O) {
  size_t i;
  int rc = put(S, A, O, MAGIC, sizeof MAGIC - 1);
  if (rc == SYMRUN_OK) rc = line(S, A, O, "program", C->program);
  if (rc == SYMRUN_OK) rc = line(S, A, O, "like", C->like);
  if (rc == SYMRUN_OK) rc = line(S, A, O, "folder", C->folder);
  if (rc == SYMRUN_OK) rc = line(S, A, O, "output", C->output);
  for (i = 0; i < C->words.count && rc == SYMRUN_OK; i++)
    rc = line(S, A, O, "word", C->words.at[i]);
  for (i = 0; i < C->env.count && rc == SYMRUN_OK; i++)
    rc = line(S, A, O, "env", C->env.at[i]);
  for (i = 0; i < C->nkept && rc == SYMRUN_OK; i++)
    rc = line_of(S, A, O, &C->kept[i]);
  return rc;
}


static int digest_of (symrun *S, const Out *O, char out[33]) {
  XXH3_state_t *state = (XXH3_state_t *)sr_resize(S, NULL, 0, sizeof *state);
  size_t i;
  if (state == NULL) return SYMRUN_NOMEM;
  XXH3_128bits_reset(state);
  for (i = 0; i < O->count; i++)
    XXH3_128bits_update(state, O->parts[i].ptr, O->parts[i].len);
  hex(XXH3_128bits_digest(state), out);
  sr_delete(S, state, sizeof *state);
  return SYMRUN_OK;
}


/* "a/./b//c" is "a/b/c". */
static void tidy (char *path) {
  char *to = path;
  const char *p = path;
  while (*p != '\0') {
    if (*p == '/' && p[1] == '/') p++;
    else if (*p == '/' && p[1] == '.' && (p[2] == '/' || p[2] == '\0')) p += 2;
    else *to++ = *p++;
  }
  *to = '\0';
}


/* NAME of the output, as far as it is plain; XXH3 of its path.  What has no
   path of its own, as no output is known or it goes to a device, is known by
   all that it is. */
static int name_of (symrun *S, sr_Arena *A, const sr_Capture *C,
                    const char *digest, const char **out) {
  const char *base = strrchr(C->output, '/');
  char *full = (char *)sr_arena_new(S, A, strlen(C->folder)
                                          + strlen(C->output) + 2);
  char name[65];
  uint64_t size;
  size_t i;
  if (full == NULL) return SYMRUN_NOMEM;
  if (*C->output == '/') strcpy(full, C->output);
  else sprintf(full, "%s/%s", C->folder, C->output);
  tidy(full);
  base = base != NULL ? base + 1 : C->output;
  for (i = 0; base[i] != '\0' && i < 64; i++)
    name[i] = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789_-+", base[i]) != NULL
              || (base[i] == '.' && i > 0) ? base[i] : '_';
  name[i] = '\0';
  *out = *C->output == '\0' || sr_path_what(full, &size) == SR_A_THING
       ? sr_arena_format(S, A, "%s-%s.capture", name, digest)
       : sr_arena_format(S, A, "%s-%016llx.capture", name,
                         (unsigned long long)XXH3_64bits(full, strlen(full)));
  return *out != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


static int write_capture (symrun *S, sr_Arena *A, const char *folder,
                          const sr_Capture *C) {
  const char *name, *path;
  char digest[33];
  Out O = {NULL, 0, 0};
  int rc = lines(S, A, C, &O);
  if (rc == SYMRUN_OK) rc = digest_of(S, &O, digest);
  if (rc == SYMRUN_OK) rc = name_of(S, A, C, digest, &name);
  if (rc == SYMRUN_OK) rc = put(S, A, &O, "end ", 4);
  if (rc == SYMRUN_OK) rc = put(S, A, &O, digest, 32);
  if (rc == SYMRUN_OK) rc = put(S, A, &O, "\n", 1);
  if (rc == SYMRUN_OK) rc = sr_folders_make(S, folder);
  path = rc == SYMRUN_OK ? sr_in_folder(S, A, folder, name) : NULL;
  if (path == NULL) return rc == SYMRUN_OK ? SYMRUN_NOMEM : rc;
  return sr_write_file(S, path, O.parts, O.count, 0);  /* torn ones are seen */
}


static int find_env (symrun *S, sr_Arena *A, sr_Argv *out) {
  const char *const *name = sr_capture_env;
  int rc = SYMRUN_OK;
  for (; *name != NULL && rc == SYMRUN_OK; name++) {
    const char *value = getenv(*name);
    size_t n = strlen(*name), len;
    char *entry;
    if (value == NULL) continue;
    len = strlen(value);
    entry = (char *)sr_arena_new(S, A, n + len + 2);
    if (entry == NULL) return SYMRUN_NOMEM;
    memcpy(entry, *name, n);
    entry[n] = '=';
    memcpy(entry + n + 1, value, len + 1);
    rc = sr_argv_add(S, A, out, entry);
  }
  return rc;
}


static int take (symrun *S, sr_Arena *A, const char *folder,
                 const char *program, const char *const *words,
                 const sr_Link *L, const sr_Expanded *E) {
  char here[PATH_MAX];
  sr_Str output = {"", 0};
  sr_Capture C;
  Taking T;
  int rc = sr_folder_here(S, here);
  memset(&C, 0, sizeof C);
  memset(&T, 0, sizeof T);
  if (sr_link_output(L, &output) != SYMRUN_OK) output.len = 0;
  C.program = program;
  C.like = E->like != NULL ? E->like : "";
  C.folder = here;
  C.output = sr_arena_copy(S, A, output.ptr, output.len);
  if (C.output == NULL) return SYMRUN_NOMEM;
  for (; *words != NULL && rc == SYMRUN_OK; words++)
    rc = sr_argv_add(S, A, &C.words, *words);
  if (rc == SYMRUN_OK) rc = find_env(S, A, &C.env);
  T.A = A;
  T.C = &C;
  T.link = L;
  T.expanded = E;
  T.tmp = getenv("TMPDIR");
  if (T.tmp == NULL || *T.tmp != '/') T.tmp = "/tmp";
  if (rc == SYMRUN_OK) rc = find_files(S, &T);
  return rc == SYMRUN_OK ? write_capture(S, A, folder, &C) : rc;
}


/* The line as its program will see it. */
int sr_capture_take (symrun *S, sr_Arena *A, const char *folder,
                     const char *program, const char *like,
                     const char *const *words, bool *links) {
  sr_LinkGiven given;
  sr_Expanded E;
  sr_Link *link;
  sr_Str *list;
  size_t i;
  int rc;
  memset(&E, 0, sizeof E);
  E.like = like;
  rc = sr_argv_expand(S, A, words, &E);
  if (rc != SYMRUN_OK) return rc;
  list = (sr_Str *)sr_arena_new(S, A, E.words.count * sizeof *list);
  if (list == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < E.words.count; i++) {
    list[i].ptr = E.words.at[i];
    list[i].len = strlen(list[i].ptr);
  }
  memset(&given, 0, sizeof given);
  if (like != NULL && !sr_program_known(words[0])) {
    sr_Str name = {like, strlen(like)};
    given.flavour = sr_flavour_named(name);
  }
  rc = sr_link_new(S, list, E.words.count, &given, &link);
  if (rc != SYMRUN_OK) return rc;
  *links = sr_link_links(link) != 0;
  if (*links && folder != NULL)
    rc = take(S, A, folder, program, words, link, &E);
  sr_link_free(link);
  return rc;
}
