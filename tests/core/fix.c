/*
** fix.c
** Two files are edited while allocations fail: each one once, and all from some
** one on.  Whatever fails, both files are as they were or both are new, nothing
** lies beside them, and all memory is given back.
*/

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symrun.h"
#include "edits/fix.h"
#include "check.h"

typedef struct Memory {
  size_t live;
  unsigned long calls, fail_at;
  bool for_ever;
} Memory;

static void *memory (void *ud, void *ptr, size_t osize, size_t nsize) {
  Memory *M = (Memory *)ud;
  void *out;
  if (nsize == 0) {
    M->live -= ptr != NULL ? osize : 0;
    free(ptr);
    return NULL;
  }
  M->calls++;
  if (M->fail_at != 0 && (M->for_ever ? M->calls >= M->fail_at
                                      : M->calls == M->fail_at)) return NULL;
  out = realloc(ptr, nsize);
  MUST(out != NULL);
  M->live += nsize - (ptr != NULL ? osize : 0);
  return out;
}


/* -- the files ------------------------------------------------------------- */

enum { FILES = 2 };

static char top[200], paths[FILES][256];

typedef struct Bytes { char at[32768]; size_t len; } Bytes;

static Bytes old[FILES], new[FILES];

static void load (size_t i, Bytes *out) {
  FILE *f = fopen(paths[i], "rb");
  MUST(f != NULL);
  out->len = fread(out->at, 1, sizeof out->at, f);
  MUST(out->len > 0 && out->len < sizeof out->at);
  fclose(f);
}


static void restore (void) {
  size_t i;
  for (i = 0; i < FILES; i++) {
    FILE *f = fopen(paths[i], "wb");
    MUST(f != NULL && fwrite(old[i].at, 1, old[i].len, f) == old[i].len);
    MUST(fclose(f) == 0);
  }
}


static bool is (size_t i, const Bytes *what) {
  static Bytes now;
  load(i, &now);
  return now.len == what->len && memcmp(now.at, what->at, now.len) == 0;
}


static size_t left (void) {
  DIR *dir = opendir(top);
  const struct dirent *d;
  size_t n = 0;
  MUST(dir != NULL);
  while ((d = readdir(dir)) != NULL)
    n += strncmp(d->d_name, SR_FIX_PREFIX, strlen(SR_FIX_PREFIX)) == 0;
  closedir(dir);
  return n;
}


static void sh (const char *what) {
  char line[1024];
  snprintf(line, sizeof line, "cd %s && %s", top, what);
  MUST(system(line) == 0);
}


/* -- the edits ------------------------------------------------------------- */

static int want (sr_Plan *P, sr_File *F, const char *op, uint32_t member,
                 const char *name, const char *to) {
  sr_Str none = {NULL, 0}, names[1];
  sr_Edit e;
  size_t finding;
  int rc = sr_plan_report(P, SYMRUN_ERROR, F, SR_NONE, none, "x", &finding);
  memset(&e, 0, sizeof e);
  names[0].ptr = name;
  names[0].len = strlen(name);
  e.op = op;
  e.file = F;
  e.member = member;
  e.names = names;
  e.nnames = *name != '\0';
  e.to.ptr = to;
  e.to.len = strlen(to);
  return rc == SYMRUN_OK ? sr_plan_edit(P, finding, &e) : rc;
}


static int ask (sr_Plan *P, sr_File *F) {
  int rc = sr_plan_begin(P, "mine/rule", 1, NULL, F);
  if (rc == SYMRUN_OK) rc = sr_file_walk(F);
  if (rc == SYMRUN_OK) rc = want(P, F, "reindex", SR_NONE, "", "");
  if (rc == SYMRUN_OK) rc = want(P, F, "drop", 1, "", "");
  if (rc == SYMRUN_OK) rc = want(P, F, "localize", SR_NONE, "js_1", "");
  if (rc == SYMRUN_OK) rc = want(P, F, "rename", SR_NONE, "js_2", "js_two");
  return rc == SYMRUN_OK ? sr_plan_end(P) : rc;
}


static int edit (Memory *M, char message[SR_MESSAGE]) {
  symrun *S = symrun_new(memory, M);
  const char *list[FILES];
  sr_File *files[FILES];
  sr_Plan *P;
  sr_Replaced kept;
  size_t i;
  int rc;
  if (S == NULL) return SYMRUN_NOMEM;
  rc = sr_plan_new(S, &P);
  for (i = 0; i < FILES && rc == SYMRUN_OK; i++) {
    list[i] = paths[i];
    rc = sr_tree_open_file(S, paths[i], &files[i]);
    if (rc == SYMRUN_OK) rc = sr_file_probe(files[i]);
    if (rc == SYMRUN_OK) rc = ask(P, files[i]);
  }
  if (rc == SYMRUN_OK) rc = sr_fix_agrees(P);
  if (rc == SYMRUN_OK && sr_plan_verdict(P, SYMRUN_ERROR) == 2)
    rc = SYMRUN_UNKNOWN;
  if (rc == SYMRUN_OK) rc = sr_fix_write(P, files, list, FILES, true, &kept);
  snprintf(message, SR_MESSAGE, "%s", S->message);
  symrun_close(S);
  return rc;
}


static void starve (bool for_ever) {
  char message[SR_MESSAGE];
  unsigned long i, failed = 0;
  int rc = SYMRUN_NOMEM;
  for (i = 1; i < 100000; i++) {
    Memory M = {0, 0, 0, false};
    M.fail_at = i;
    M.for_ever = for_ever;
    restore();
    rc = edit(&M, message);
    CHECK(is(0, &old[0]) ? is(1, &old[1]) : is(0, &new[0]) && is(1, &new[1]),
          "half, at %lu", i);
    CHECK((rc == SYMRUN_OK) == is(0, &new[0]), "%d at %lu: %s", rc, i, message);
    CHECK(left() == 0, "%zu left, at %lu", left(), i);
    CHECK(M.live == 0, "%zu bytes are lost, at %lu", M.live, i);
    if (M.calls < i) break;
    failed += rc != SYMRUN_OK;
  }
  CHECK(rc == SYMRUN_OK, "%s", message);
  CHECK(failed > 50, "only %lu failed", failed);
}


int main (void) {
  Memory M = {0, 0, 0, false};
  const char *tmp = getenv("TMPDIR");
  char message[SR_MESSAGE];
  size_t i;
  snprintf(top, sizeof top, "%.150s/symrun-fix-%d", tmp != NULL ? tmp : "/tmp",
           (int)getpid());
  MUST(mkdir(top, 0755) == 0);
  sh("for i in 1 2 3; do echo \"int js_$i(void) { return $i; }\"; done >a.c && "
     "echo 'int js_2(void); int b(void) { return js_2(); }' >b.c && "
     "gcc -c a.c b.c && ar rcSD one.a a.o b.o b.o && ar rcD two.a b.o b.o a.o");
  for (i = 0; i < FILES; i++) {
    snprintf(paths[i], sizeof paths[i], "%s/%s", top, i == 0 ? "one.a"
             : "two.a");
    load(i, &old[i]);
  }
  CHECK(edit(&M, message) == SYMRUN_OK, "%s", message);
  for (i = 0; i < FILES; i++) {
    load(i, &new[i]);
    CHECK(!is(i, &old[i]), "nothing was changed");
  }
  sh("nm two.a | grep -q ' t js_1' && nm -s one.a | grep -q 'js_two in a.o'");
  starve(false);
  starve(true);
  sh("rm -f *.c *.o *.a");
  MUST(rmdir(top) == 0);
  return finish(1000);
}
