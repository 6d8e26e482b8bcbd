/*
** replay.c
** Linking again.  What rustc made for a link is gone when that is done, so the
** files that a capture kept are made anew in a folder of their own, and the
** words that named them name these.  Names of files mean nothing to linkers
** but in maps and messages, so the bytes that come out are the same.
*/

#include <stdio.h>
#include <stdlib.h>

#include "../ground/hash.h"
#include "stand.h"

#define MAGIC  "symrun capture 1\n"
#define END    (4 + 32 + 1)  /* "end ", XXH3-128, newline */


/* -- paths in words -------------------------------------------------------- */

typedef struct Patch {
  symrun *S;
  sr_Arena *A;
  sr_PathIn f;
  void *ud;
  char *to;        /* the word, as far as it is made; NULL: it stays */
  size_t len, room;
  const char *from;  /* what of it was not looked at yet */
} Patch;


static int add (Patch *P, const char *s, size_t len) {
  if (P->len + len + 1 > P->room) {
    size_t room = (P->len + len + 1) * 2;
    char *grown = (char *)sr_arena_new(P->S, P->A, room);
    if (grown == NULL) return SYMRUN_NOMEM;
    if (P->len > 0) memcpy(grown, P->to, P->len);
    P->to = grown;
    P->room = room;
  }
  memcpy(P->to + P->len, s, len);
  P->len += len;
  P->to[P->len] = '\0';
  return SYMRUN_OK;
}


static int path (Patch *P, const char *s, size_t len) {
  sr_Str given = {s, len};
  const char *put = NULL;
  int rc = P->f(P->ud, P->S, given, &put);
  if (rc != SYMRUN_OK || put == NULL) return rc;
  rc = add(P, P->from, (size_t)(s - P->from));
  if (rc == SYMRUN_OK) rc = add(P, put, strlen(put));
  P->from = s + len;
  return rc;
}


/* An option may have its path behind '=', or ':' where it begins with '/', or
   behind its letter. */
static int option (Patch *P, const char *s, size_t len) {
  const char *sign = (const char *)memchr(s, *s == '/' ? ':' : '=', len);
  if (sign != NULL) {
    size_t n = (size_t)(sign + 1 - s);
    return path(P, sign + 1, len - n);
  }
  if (*s == '-' && len > 2 && s[1] != '-') return path(P, s + 2, len - 2);
  return SYMRUN_OK;
}


int sr_word_paths (symrun *S, sr_Arena *A, const char *word, sr_PathIn f,
                   void *ud, const char **out) {
  bool group = strncmp(word, "-Wl,", 4) == 0;
  const char *s = group ? word + 4 : word;
  Patch P;
  int rc = SYMRUN_OK;
  memset(&P, 0, sizeof P);
  P.S = S;
  P.A = A;
  P.f = f;
  P.ud = ud;
  P.from = word;
  for (;;) {
    size_t n = group ? strcspn(s, ",") : strlen(s);
    const char *before = P.from;
    if (n > 0 && *s != '-') rc = path(&P, s, n);
    if (n > 0 && rc == SYMRUN_OK && P.from == before
        && (*s == '-' || *s == '/')) rc = option(&P, s, n);
    if (rc != SYMRUN_OK || s[n] == '\0') break;
    s += n + 1;
  }
  *out = word;
  if (rc != SYMRUN_OK || P.to == NULL) return rc;
  rc = add(&P, P.from, strlen(P.from));
  *out = P.to;
  return rc;
}


/* -- reading --------------------------------------------------------------- */

bool sr_capture_is (sr_Str bytes) {
  return bytes.len >= sizeof MAGIC - 1
      && memcmp(bytes.ptr, MAGIC, sizeof MAGIC - 1) == 0;
}


bool sr_capture_at (const char *path) {
  char head[sizeof MAGIC - 1];
  sr_Str bytes = {head, sr_file_head(path, head, sizeof head)};
  return sr_capture_is(bytes);
}


/* The end, with what all before it comes to: then nothing can be missing. */
static bool is_whole (sr_Str bytes) {
  char digest[END + 1];
  XXH128_hash_t hash;
  if (!sr_capture_is(bytes) || bytes.len < sizeof MAGIC - 1 + END) return false;
  hash = XXH3_128bits(bytes.ptr, bytes.len - END);
  snprintf(digest, sizeof digest, "end %016llx%016llx\n",
           (unsigned long long)hash.high64, (unsigned long long)hash.low64);
  return memcmp(bytes.ptr + bytes.len - END, digest, END) == 0;
}


typedef struct Reading {
  symrun *S;
  sr_Arena *A;
  const char *p, *end;
} Reading;


static bool is_key (Reading *R, const char *key) {
  size_t n = strlen(key);
  if ((size_t)(R->end - R->p) <= n || memcmp(R->p, key, n) != 0
      || R->p[n] != ' ') return false;
  R->p += n + 1;
  return true;
}


static bool number (Reading *R, uint64_t *out) {
  const char *before = R->p;
  for (*out = 0; R->p < R->end && *R->p >= '0' && *R->p <= '9'; R->p++) {
    if (*out > UINT64_MAX / 10 - 1) return false;
    *out = *out * 10 + (uint64_t)(*R->p - '0');
  }
  return R->p > before && R->p < R->end && *R->p++ == ' ';
}


/* 'n' bytes and a newline, copied, as paths and words hold no zero. */
static int text (Reading *R, uint64_t n, const char **out) {
  if (n >= (uint64_t)(R->end - R->p) || R->p[n] != '\n'
      || memchr(R->p, '\0', (size_t)n) != NULL) return SYMRUN_FORMAT;
  *out = sr_arena_copy(R->S, R->A, R->p, (size_t)n);
  R->p += n + 1;
  return *out != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


static int bytes_of (Reading *R, uint64_t n, sr_Str *out) {
  if (n >= (uint64_t)(R->end - R->p) || R->p[n] != '\n') return SYMRUN_FORMAT;
  out->ptr = R->p;
  out->len = (size_t)n;
  R->p += n + 1;
  return SYMRUN_OK;
}


static int read_line (Reading *R, const char *key, const char **out) {
  uint64_t n;
  return is_key(R, key) && number(R, &n) ? text(R, n, out) : SYMRUN_FORMAT;
}


static int read_lines (Reading *R, const char *key, sr_Argv *out) {
  int rc = SYMRUN_OK;
  while (rc == SYMRUN_OK && is_key(R, key)) {
    const char *word;
    uint64_t n;
    rc = number(R, &n) ? text(R, n, &word) : SYMRUN_FORMAT;
    if (rc == SYMRUN_OK) rc = sr_argv_add(R->S, R->A, out, word);
  }
  return rc;
}


static int read_kept (Reading *R, sr_Kept *out) {
  uint64_t len;
  int rc;
  memset(out, 0, sizeof *out);
  out->folder = is_key(R, "into");
  if (out->folder) return number(R, &len) ? text(R, len, &out->path)
                                          : SYMRUN_FORMAT;
  if (is_key(R, "file")) {
    if (!number(R, &len) || !number(R, &out->size)) return SYMRUN_FORMAT;
    rc = text(R, len, &out->path);
    return rc == SYMRUN_OK ? bytes_of(R, out->size, &out->bytes) : rc;
  }
  if (!is_key(R, "input") || !number(R, &len) || !number(R, &out->size)
      || R->end - R->p < 33 || R->p[32] != ' ') return SYMRUN_FORMAT;
  memcpy(out->digest, R->p, 32);
  R->p += 33;
  return text(R, len, &out->path);
}


static int read_all (Reading *R, sr_Capture *C) {
  int rc = read_line(R, "program", &C->program);
  if (rc == SYMRUN_OK) rc = read_line(R, "like", &C->like);
  if (rc == SYMRUN_OK) rc = read_line(R, "folder", &C->folder);
  if (rc == SYMRUN_OK) rc = read_line(R, "output", &C->output);
  if (rc == SYMRUN_OK) rc = read_lines(R, "word", &C->words);
  if (rc == SYMRUN_OK) rc = read_lines(R, "env", &C->env);
  while (rc == SYMRUN_OK && R->p < R->end) {
    if (C->nkept == C->rkept) {
      size_t room = C->rkept * 2 + 32;
      sr_Kept *grown = (sr_Kept *)sr_arena_new(R->S, R->A,
                                               room * sizeof *grown);
      if (grown == NULL) return SYMRUN_NOMEM;
      if (C->nkept > 0) memcpy(grown, C->kept, C->nkept * sizeof *grown);
      C->kept = grown;
      C->rkept = room;
    }
    rc = read_kept(R, &C->kept[C->nkept++]);
  }
  return rc == SYMRUN_OK && C->words.count == 0 ? SYMRUN_FORMAT : rc;
}


int sr_capture_read (symrun *S, sr_Arena *A, sr_Str bytes, sr_Capture *out) {
  Reading R;
  int rc;
  memset(out, 0, sizeof *out);
  if (!sr_capture_is(bytes))
    return sr_fail(S, SYMRUN_FORMAT, "is no capture of this version");
  if (!is_whole(bytes))
    return sr_fail(S, SYMRUN_FORMAT, "is a capture that was cut short or "
                   "changed, so it is not used");
  R.S = S;
  R.A = A;
  R.p = bytes.ptr + sizeof MAGIC - 1;
  R.end = bytes.ptr + bytes.len - END;
  rc = read_all(&R, out);
  return rc != SYMRUN_FORMAT ? rc
       : sr_fail(S, rc, "is a capture that contradicts itself at byte %llu",
                 (unsigned long long)(R.p - bytes.ptr));
}


/* -- reviving -------------------------------------------------------------- */

typedef struct Reviving {
  sr_Arena *A;
  const sr_Revival *R;
} Reviving;


static int by_path (const void *a, const void *b) {
  return strcmp(((const sr_Revived *)a)->kept->path,
                ((const sr_Revived *)b)->kept->path);
}


static const sr_Revived *find (const sr_Revival *R, const char *path) {
  size_t lo = 0, hi = R->count;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    int c = strcmp(path, R->list[mid].kept->path);
    if (c == 0) return &R->list[mid];
    if (c < 0) hi = mid;
    else lo = mid + 1;
  }
  return NULL;
}


/* The folder that was made anew for the one that a path is in, or NULL: what
   -l finds must stay where -L looks. */
static const char *folder_of (const sr_Revival *R, const char *path) {
  const char *slash = strrchr(path, '/');
  size_t n = slash != NULL ? (size_t)(slash - path) : 0, i;
  for (i = 0; n > 0 && i < R->count; i++) {
    const sr_Kept *kept = R->list[i].kept;
    if (kept->folder && strlen(kept->path) == n
        && memcmp(kept->path, path, n) == 0) return R->list[i].path;
  }
  return NULL;
}


/* Others have a folder of their own, as their names may be the same. */
static int revive_one (symrun *S, sr_Arena *A, sr_Revival *R,
                       const char *folder, const sr_Kept *kept) {
  sr_Revived *made = &R->list[R->count];
  const char *name = strrchr(kept->path, '/'), *in;
  char number[32];
  int rc;
  in = kept->folder ? NULL : folder_of(R, kept->path);
  snprintf(number, sizeof number, "%zu", R->count++);
  folder = in != NULL ? in : sr_in_folder(S, A, folder, number);
  name = name != NULL ? name + 1 : kept->path;
  if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
    name = "it";
  if (folder == NULL) return SYMRUN_NOMEM;
  made->kept = kept;
  made->path = sr_in_folder(S, A, folder, name);
  if (made->path == NULL) return SYMRUN_NOMEM;
  rc = sr_folders_make(S, kept->folder ? made->path : folder);
  return rc != SYMRUN_OK || kept->folder ? rc
       : sr_write_file(S, made->path, &kept->bytes, 1, 0);
}


int sr_capture_revive (symrun *S, sr_Arena *A, const sr_Capture *C,
                       const char *folder, sr_Revival *out) {
  size_t i;
  int rc = SYMRUN_OK;
  out->count = 0;
  out->list = (sr_Revived *)sr_arena_new(S, A,
                                         (C->nkept + 1) * sizeof *out->list);
  if (out->list == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < C->nkept && rc == SYMRUN_OK; i++)
    if (C->kept[i].folder) rc = revive_one(S, A, out, folder, &C->kept[i]);
  for (i = 0; i < C->nkept && rc == SYMRUN_OK; i++)
    if (C->kept[i].bytes.ptr != NULL)
      rc = revive_one(S, A, out, folder, &C->kept[i]);
  qsort(out->list, out->count, sizeof *out->list, by_path);
  return rc;
}


static int put_revived (void *ud, symrun *S, sr_Str given, const char **put) {
  Reviving *G = (Reviving *)ud;
  const char *copy = sr_arena_copy(S, G->A, given.ptr, given.len);
  const sr_Revived *made = copy != NULL ? find(G->R, copy) : NULL;
  *put = made != NULL ? made->path : NULL;
  return copy != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


static int read_revived (void *ud, symrun *S, sr_Arena *A, const char *path,
                         sr_Str *out) {
  const sr_Revived *made = find(((Reviving *)ud)->R, path);
  (void)A;
  if (made == NULL || made->kept->folder)
    return sr_fail(S, SYMRUN_IO, "was not kept");
  *out = made->kept->bytes;
  return SYMRUN_OK;
}


int sr_capture_words (symrun *S, sr_Arena *A, const sr_Capture *C,
                      const sr_Revival *R, bool patched, sr_Argv *out) {
  Reviving G = {A, R};
  sr_Expanded E;
  size_t i;
  int rc;
  memset(&E, 0, sizeof E);
  E.read = read_revived;
  E.ud = &G;
  E.like = C->like;
  rc = sr_argv_expand(S, A, C->words.at, &E);
  memset(out, 0, sizeof *out);
  for (i = 0; i < E.words.count && rc == SYMRUN_OK; i++) {
    const char *word = E.words.at[i];
    if (patched && i > 0)
      rc = sr_word_paths(S, A, word, put_revived, &G, &word);
    if (rc == SYMRUN_OK) rc = sr_argv_add(S, A, out, word);
  }
  return rc;
}


/* -- what changed ---------------------------------------------------------- */

int sr_capture_changed (symrun *S, sr_Arena *A, const sr_Capture *C, size_t *i,
                        const char **out) {
  for (*out = NULL; *i < C->nkept && *out == NULL; (*i)++) {
    const sr_Kept *kept = &C->kept[*i];
    const char *full = *kept->path == '/' ? kept->path
                     : sr_in_folder(S, A, C->folder, kept->path);
    char digest[33], shown[512];
    uint64_t size = 0;
    int rc = SYMRUN_OK;
    if (full == NULL) return SYMRUN_NOMEM;
    if (kept->folder || kept->bytes.ptr != NULL) continue;
    sr_printable(shown, sizeof shown, kept->path, strlen(kept->path));
    if (sr_path_what(full, &size) != SR_A_FILE)
      *out = sr_arena_format(S, A, "%s is not there any more", shown);
    else {
      rc = sr_capture_digest(S, full, digest);
      if (rc == SYMRUN_OK && strcmp(digest, kept->digest) == 0) continue;
      *out = rc == SYMRUN_OK
           ? sr_arena_format(S, A, "%s has changed since", shown)
           : sr_arena_format(S, A, "%s cannot be compared: %s", shown,
                             S->message);
    }
    if (rc == SYMRUN_NOMEM || *out == NULL) return SYMRUN_NOMEM;
  }
  return SYMRUN_OK;
}
