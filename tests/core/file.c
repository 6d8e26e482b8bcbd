/*
** file.c
** Opening and reading.  The way without openat2 is asked the same questions
** as the way with it, over random paths through a tree that is full of links;
** and files are cut and changed between a look and the next.
*/

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground/ground.h"
#include "check.h"

enum { ROUNDS = 20000 };

static symrun *S;
static char top[256];
static int root;


static void begin (void) {
  const char *tmp = getenv("TMPDIR");
  snprintf(top, sizeof top, "%.200s/symrun-file-%d",
           tmp != NULL ? tmp : "/tmp", (int)getpid());
  MUST(mkdir(top, 0755) == 0 && chdir(top) == 0);
  MUST(mkdir("out", 0755) == 0 && mkdir("t", 0755) == 0);
  root = open("t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  MUST(root >= 0);
}


static void end (void) {
  char line[600];
  close(root);
  snprintf(line, sizeof line, "rm -rf '%s'", top);
  MUST(chdir("/") == 0 && system(line) == 0);
}


static void file (const char *path, const char *text, size_t n) {
  FILE *f = fopen(path, "wb");
  MUST(f != NULL && fwrite(text, 1, n, f) == n && fclose(f) == 0);
}


/* -- opening -------------------------------------------------------------- */

static void same_answer (const char *path, int flags, unsigned long *opened) {
  char with[SR_MESSAGE], without[SR_MESSAGE];
  struct stat a, b;
  int one, two;
  one = sr_open_below(S, root, path, flags);
  snprintf(with, sizeof with, "%s", one < 0 ? S->message : "");
  two = sr_open_below_plain(S, root, path, flags);
  snprintf(without, sizeof without, "%s", two < 0 ? S->message : "");
  CHECK((one < 0) == (two < 0) && strcmp(with, without) == 0,
        "%s: '%s', but without openat2 '%s'", path, with, without);
  if (one >= 0 && two >= 0) {
    (*opened)++;
    MUST(fstat(one, &a) == 0 && fstat(two, &b) == 0);
    CHECK(a.st_ino == b.st_ino, "%s: two files", path);
    CHECK((fcntl(one, F_GETFD) & FD_CLOEXEC) && (fcntl(two, F_GETFD)
          & FD_CLOEXEC), "%s: is inherited", path);
  }
  if (one >= 0) close(one);
  if (two >= 0) close(two);
}


static void beneath (void) {
  static const char *const links[][2] = {
    {"t/l1", "f"}, {"t/d/up", ".."}, {"t/d/upf", "../f"}, {"t/out", ".."},
    {"t/d/out", "../../out"}, {"t/loop", "loop"}, {"t/a", "d/b"},
    {"t/d/b", "../a"}, {"t/none", "missing"}, {"t/dir", "d"},
    {"t/back", "../t/f"}, {"t/abs", "/"}, {"t/d/e/far", "../../d/e/x"},
    {"t/slash", "d/e/"}, {"t/fslash", "f/"}, {"t/dot", "."}, {"t/null",
    "/dev/null"}
  };
  static const char *const words[] = {
    "f", "d", "e", "x", "..", ".", "l1", "up", "upf", "out", "loop", "a", "b",
    "none", "dir", "back", "abs", "far", "slash", "fslash", "dot", "fifo", "",
    "null", "missing"
  };
  unsigned long opened = 0;
  char absolute[PATH_MAX], path[512];
  size_t i, k;
  MUST(mkdir("t/d", 0755) == 0 && mkdir("t/d/e", 0755) == 0);
  file("t/f", "x", 1);
  file("t/d/e/x", "y", 1);
  file("out/secret", "s", 1);
  MUST(mkfifo("t/d/fifo", 0644) == 0);
  for (i = 0; i < sizeof links / sizeof *links; i++)
    MUST(symlink(links[i][1], links[i][0]) == 0);
  snprintf(absolute, sizeof absolute, "%s/t/f", top);
  MUST(symlink(absolute, "t/absf") == 0);
  for (i = 0; i < ROUNDS; i++) {
    static const int flags[] = {O_RDONLY, O_PATH, O_RDONLY | O_DIRECTORY};
    uint32_t n = chance(5) + 1;
    path[0] = '\0';
    for (k = 0; k < n; k++) {
      strcat(path, words[chance(sizeof words / sizeof *words)]);
      if (k + 1 < n || chance(4) == 0) strcat(path, "/");
    }
    same_answer(path, flags[chance(3)], &opened);
  }
  same_answer("absf", O_RDONLY, &opened);
  same_answer(absolute, O_RDONLY, &opened);
  same_answer("", O_RDONLY, &opened);
  same_answer("/", O_RDONLY, &opened);
  CHECK(opened > ROUNDS / 20, "only %lu were opened", opened);
}


static void never (const char *path, const char *why) {
  sr_Source src;
  CHECK(sr_source_open(S, root, path, &src) == SYMRUN_IO
        && strstr(S->message, why) != NULL, "%s: %s", path, S->message);
}


static void regular_only (void) {
  sr_Source src;
  never("d/fifo", "is not a regular file");  /* and does not wait for it */
  never("d", "is not a regular file");
  never("out/out/secret", "leads outside");
  never("null", "leads outside");
  never("../out/secret", "leads outside");
  never("loop", "leads back to itself");
  never("none", "cannot be opened: No such file");
  CHECK(sr_source_regular(S, root, "d/fifo") == SYMRUN_IO, "a fifo");
  CHECK(sr_source_regular(S, root, "d/upf") == SYMRUN_OK, "%s", S->message);
  CHECK(sr_source_open(S, root, "d/upf", &src) == SYMRUN_OK && src.size == 1,
        "%s", S->message);
  sr_source_close(&src);
  sr_source_close(&src);
}


/* -- looking -------------------------------------------------------------- */

static unsigned char expected (uint64_t i) {
  return (unsigned char)(i * 7 + (i >> 8) * 3 + (i >> 16));
}


/* Every look must show the file's own bytes, whatever was looked at before. */
/* From memory, from a file, or from one that is read before it is looked at,
   as after a small one. */
enum { MEMORY, FILED, EARLY };

static void looks (size_t size, int how) {
  unsigned char *bytes = (unsigned char *)malloc(size + 1);
  sr_Reader R;
  sr_Source src;
  size_t i, k, n;
  memset(&R, 0, sizeof R);
  MUST(bytes != NULL);
  for (i = 0; i < size; i++) bytes[i] = expected(i);
  file("t/bytes", (const char *)bytes, size);
  if (how == MEMORY) {
    sr_Str text = {(const char *)bytes, size};
    sr_source_wrap(&src, text);
  }
  else if (how == FILED)
    MUST(sr_source_open(S, root, "bytes", &src) == SYMRUN_OK);
  else {
    R.small = true;
    MUST(sr_reader_open(S, &R, sr_open_in(root, "bytes"), &src) == SYMRUN_OK);
    CHECK(!src.settled, "it was made just now");
  }
  if (how != EARLY) sr_reader_set(&R, &src);
  for (i = 0; i < 3000; i++) {
    size_t off = chance((uint32_t)size + 1);
    size_t need = chance(4) == 0 ? chance((uint32_t)size + 2) : chance(200);
    int slot = (int)chance(SR_SLOTS);
    const unsigned char *p = sr_look(S, &R, slot, off, need,
                                     need + chance(3) * 5000);
    if (need > size - off) {
      CHECK(p == NULL && S->code == SYMRUN_FORMAT, "%zu of %zu", need, size);
      continue;
    }
    CHECK(p != NULL, "%zu at %zu: %s", need, off, S->message);
    for (k = n = 0; p != NULL && k < need; k++) n += p[k] != expected(off + k);
    CHECK(n == 0, "%zu bytes of %zu at %zu are others", n, need, off);
  }
  CHECK(sr_look(S, &R, SR_MORE, UINT64_MAX, 2, 2) == NULL, "wraps");
  CHECK(sr_look(S, &R, SR_MORE, 1, SIZE_MAX, SIZE_MAX) == NULL, "wraps");
  CHECK(sr_look(S, &R, SR_HEAD, size, 0, 64) != NULL, "nothing at the end");
  CHECK(sr_source_same(S, &src) == SYMRUN_OK, "%s", S->message);
  sr_reader_set(&R, NULL);
  sr_reader_free(S, &R);
  if (how != MEMORY) sr_source_close(&src);
  free(bytes);
}


/* -- files that change ---------------------------------------------------- */

static void changes (void) {
  enum { BIG = 300000 };
  static char bytes[BIG];
  struct timespec times[2] = {{0, UTIME_OMIT}, {1, 0}};
  sr_Reader R;
  sr_Source src;
  memset(&R, 0, sizeof R);
  file("t/change", bytes, BIG);
  MUST(sr_source_open(S, root, "change", &src) == SYMRUN_OK);
  sr_reader_set(&R, &src);
  CHECK(sr_look(S, &R, SR_MORE, 100, 10, 10) != NULL, "%s", S->message);
  MUST(truncate("t/change", 200000) == 0);
  CHECK(sr_look(S, &R, SR_SYMBOLS, 250000, 10, 1000) == NULL
        && S->code == SYMRUN_FORMAT
        && strstr(S->message, "cut short while it was read") != NULL, "%s",
        S->message);
  CHECK(sr_look(S, &R, SR_STRINGS, 199990, 20, 20) == NULL, "half of it");
  CHECK(sr_look(S, &R, SR_STRINGS, 199990, 10, 20) != NULL, "%s", S->message);
  CHECK(sr_source_same(S, &src) == SYMRUN_FORMAT
        && strstr(S->message, "changed while") != NULL, "%s", S->message);
  sr_source_close(&src);

  file("t/change", bytes, BIG);
  MUST(sr_source_open(S, root, "change", &src) == SYMRUN_OK);
  CHECK(sr_source_same(S, &src) == SYMRUN_OK, "%s", S->message);
  MUST(utimensat(AT_FDCWD, "t/change", times, 0) == 0);
  CHECK(sr_source_same(S, &src) == SYMRUN_FORMAT, "another time");
  sr_source_close(&src);

  MUST(sr_source_open(S, root, "change", &src) == SYMRUN_OK);
  file("t/other", bytes, BIG);
  MUST(rename("t/other", "t/change") == 0);
  CHECK(sr_source_same(S, &src) == SYMRUN_FORMAT, "replaced, one link less");
  sr_source_close(&src);
  sr_reader_free(S, &R);
}


/* What was read before the file was looked at counts only if the file had been
   left alone; and then it stays what it was. */
static void early (void) {
  static char bytes[2000];
  sr_Reader R;
  sr_Source src;
  const unsigned char *p;
  memset(&R, 0, sizeof R);
  R.small = true;
  file("t/early", bytes, sizeof bytes);
  MUST(sr_reader_open(S, &R, sr_open_in(root, "early"), &src) == SYMRUN_OK);
  CHECK(!src.settled && R.small, "it is new");
  memset(bytes, 'x', sizeof bytes);
  file("t/early", bytes, sizeof bytes);  /* the same file, other bytes */
  p = sr_look(S, &R, SR_HEAD, 0, 10, 10);
  CHECK(p != NULL && *p == 'x', "bytes from before it was looked at");
  CHECK(sr_source_same(S, &src) == SYMRUN_FORMAT, "it changed");
  sr_source_close(&src);

  MUST(sr_reader_open(S, &R, open("/etc/passwd", O_RDONLY), &src)
       == SYMRUN_OK);
  CHECK(src.settled && src.size > 0, "nobody wrote to it just now");
  p = sr_look(S, &R, SR_MORE, 0, 4, 4);
  CHECK(p != NULL && memcmp(p, "root", 4) == 0, "its first line");
  sr_source_close(&src);

  CHECK(sr_reader_open(S, &R, open("t", O_RDONLY | O_DIRECTORY), &src)
        == SYMRUN_IO, "a folder");
  CHECK(sr_open_in(root, "nothing") < 0, "no such file");
  MUST(symlink("early", "t/way") == 0);
  CHECK(sr_open_in(root, "way") < 0, "a link");
  sr_reader_free(S, &R);
}


/* A disk that fails gives a sentence too. */
static void fails (void) {
  sr_Reader R;
  sr_Source src;
  memset(&R, 0, sizeof R);
  MUST(sr_source_open(S, root, "f", &src) == SYMRUN_OK);
  sr_reader_set(&R, &src);
  close(src.fd);
  src.fd = open(".", O_RDONLY | O_DIRECTORY);  /* which pread refuses */
  CHECK(sr_look(S, &R, SR_HEAD, 0, 1, 1) == NULL && S->code == SYMRUN_IO
        && strstr(S->message, "cannot be read") != NULL, "%s", S->message);
  sr_source_close(&src);
  sr_reader_free(S, &R);
}


int main (void) {
  int how;
  alarm(60);  /* whatever waits for a fifo waits for ever */
  S = symrun_new(NULL, NULL);
  MUST(S != NULL);
  begin();
  beneath();
  regular_only();
  for (how = MEMORY; how <= EARLY; how++) {
    looks(0, how);
    looks(1000, how);
    looks(64 * 1024, how);
    looks(64 * 1024 + 1, how);
    looks(900000, how);
  }
  changes();
  early();
  fails();
  end();
  symrun_close(S);
  return finish(50000);
}
