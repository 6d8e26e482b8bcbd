/*
** capture.c
** Captures whose end is right and whose middle is not: a length that leads
** outside, a zero in a path, a word too many.  Whoever wrote such a file knew
** how; it must be refused all the same, and nothing behind it be read.
*/

#include <stdbool.h>

#include "ground/hash.h"
#include "edits/stand.h"
#include "check.h"

enum { ROUNDS = 30000 };

static const char good[] =
  "symrun capture 1\n"
  "program 11 /usr/bin/cc\n"
  "like 2 cc\n"
  "folder 4 /tmp\n"
  "output 5 a.out\n"
  "word 2 cc\n"
  "word 3 a b\n"
  "env 8 LC_ALL=C\n"
  "file 8 5 rustc/it\none\n\0\n"
  "into 5 rustc\n"
  "input 3 1104 58adf7df2f26e394564aaabcadf0504a m.o\n";

static symrun *S;


/* With the end that such bytes must have. */
static sr_Str ended (sr_Arena *A, const char *bytes, size_t len) {
  XXH128_hash_t hash = XXH3_128bits(bytes, len);
  char *copy = (char *)sr_arena_new(S, A, len + 64);
  sr_Str out = {copy, len};
  MUST(copy != NULL);
  memcpy(copy, bytes, len);
  out.len += (size_t)sprintf(copy + len, "end %016llx%016llx\n",
                             (unsigned long long)hash.high64,
                             (unsigned long long)hash.low64);
  return out;
}


/* The same bytes at the end of a block of their own, for who watches over
   memory. */
static int read_tight (sr_Str bytes, sr_Arena *A, sr_Capture *C) {
  char *copy = (char *)malloc(bytes.len);
  sr_Str tight = {copy, bytes.len};
  int rc;
  MUST(copy != NULL);
  memcpy(copy, bytes.ptr, bytes.len);
  rc = sr_capture_read(S, A, tight, C);
  free(copy);
  return rc;
}


static void reads (void) {
  sr_Arena A = {NULL, 0, 0};
  sr_Capture C;
  sr_Str bytes = ended(&A, good, sizeof good - 1);
  MUST(sr_capture_read(S, &A, bytes, &C) == SYMRUN_OK);
  CHECK(strcmp(C.program, "/usr/bin/cc") == 0 && strcmp(C.folder, "/tmp") == 0
        && strcmp(C.output, "a.out") == 0 && strcmp(C.like, "cc") == 0,
        "heads");
  CHECK(C.words.count == 2 && strcmp(C.words.at[1], "a b") == 0
        && C.words.at[2] == NULL, "words");
  CHECK(C.env.count == 1 && strcmp(C.env.at[0], "LC_ALL=C") == 0, "env");
  CHECK(C.nkept == 3 && C.kept[0].bytes.len == 5
        && memcmp(C.kept[0].bytes.ptr, "one\n\0", 5) == 0 && C.kept[1].folder
        && C.kept[2].size == 1104 && C.kept[2].bytes.ptr == NULL
        && strlen(C.kept[2].digest) == 32, "what was kept");
  sr_arena_free(S, &A);
}


static void refuses (void) {
  static const char *const cases[] = {
    "", "program 1 x\n", "program 11 /usr/bin/cc", "like 2 cc\n",
    "program 11 /usr/bin/cc\nlike 2 cc\nfolder 4 /tmp\noutput 5 a.out\n",
    "program 99999999999999999999 x\n", "program 18446744073709551615 x\n",
    "program -1 x\n", "program 0 x\n", "program  1 x\n", "program 1x\n",
    "program 3 x\n\n", "program\n", "program 1 \n",
  };
  sr_Arena A = {NULL, 0, 0};
  sr_Capture C;
  size_t i;
  for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char all[512];
    sr_Str bytes;
    int n = snprintf(all, sizeof all, "symrun capture 1\n%s", cases[i]);
    bytes = ended(&A, all, (size_t)n);
    CHECK(sr_capture_read(S, &A, bytes, &C) == SYMRUN_FORMAT, "%s", cases[i]);
    CHECK(strstr(S->message, "contradicts itself at byte") != NULL, "%s",
          S->message);
  }
  sr_arena_free(S, &A);
}


/* Every part of it is refused, and so is every one whose bytes changed. */
static void cuts (void) {
  sr_Arena A = {NULL, 0, 0};
  sr_Capture C;
  sr_Str bytes = ended(&A, good, sizeof good - 1), part = bytes;
  char *copy = (char *)sr_arena_copy(S, &A, bytes.ptr, bytes.len);
  size_t i;
  for (part.len = 0; part.len < bytes.len; part.len++)
    CHECK(read_tight(part, &A, &C) == SYMRUN_FORMAT, "cut at %zu", part.len);
  part.ptr = copy;
  part.len = bytes.len;
  for (i = 0; i < bytes.len; i++) {
    copy[i] ^= 1;
    CHECK(read_tight(part, &A, &C) == SYMRUN_FORMAT, "changed at %zu", i);
    copy[i] ^= 1;
  }
  CHECK(read_tight(part, &A, &C) == SYMRUN_OK, "and whole again");
  sr_arena_free(S, &A);
}


static void mutates (void) {
  unsigned long taken = 0;
  int i;
  for (i = 0; i < ROUNDS; i++) {
    sr_Arena A = {NULL, 0, 0};
    sr_Capture C;
    char copy[sizeof good + 32];
    size_t len = sizeof good - 1, at, k;
    int n = 1 + (int)chance(3), rc;
    memcpy(copy, good, len);
    while (n-- > 0) {
      at = 17 + chance((uint32_t)len - 17);
      switch (chance(4)) {
        case 0: copy[at] = (char)chance(256); break;
        case 1: copy[at] = (char)('0' + chance(10)); break;
        case 2: memmove(copy + at, copy + at + 1, --len - at); break;
        default: {
          memmove(copy + at + 1, copy + at, len++ - at);
          copy[at] = "0 9\n"[chance(4)];
        }
      }
      if (len > sizeof good + 16) break;
    }
    rc = read_tight(ended(&A, copy, len), &A, &C);
    CHECK(rc == SYMRUN_OK || rc == SYMRUN_FORMAT, "%d", rc);
    if (rc == SYMRUN_OK) {
      taken++;
      for (k = 0; k < C.nkept; k++)
        CHECK(C.kept[k].path != NULL && C.kept[k].bytes.len <= len, "kept");
      CHECK(C.words.count > 0, "words");
    }
    sr_arena_free(S, &A);
  }
  CHECK(taken > ROUNDS / 50, "only %lu were taken", taken);
}


/* -- paths in words -------------------------------------------------------- */

static char seen[512];

static int see (void *ud, symrun *K, sr_Str path, const char **put) {
  const char *want = (const char *)ud;
  (void)K;
  snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "<%.*s>",
           (int)path.len, path.ptr);
  *put = want != NULL && strlen(want) == path.len
      && memcmp(want, path.ptr, path.len) == 0 ? "/new,er" : NULL;
  return SYMRUN_OK;
}


static void paths (void) {
  static const struct { const char *word, *want, *seen, *out; } cases[] = {
    {"a.o", "a.o", "<a.o>", "/new,er"},
    {"a.o", NULL, "<a.o>", "a.o"},
    {"-L/x", "/x", "</x>", "-L/new,er"},
    {"--x=/y", "/y", "</y>", "--x=/new,er"},
    {"-Wl,a,--v=b,c", "b", "<a><b><c>", "-Wl,a,--v=/new,er,c"},
    {"-Wl,a,a,,a", "a", "<a><a><a>", "-Wl,/new,er,/new,er,,/new,er"},
    {"-Wl,-Tx,-o", "x", "<x>", "-Wl,-T/new,er,-o"},
    {"/DEF:x.def", "x.def", "</DEF:x.def><x.def>", "/DEF:/new,er"},
    {"/a/b", "/a/b", "</a/b>", "/new,er"},
    {"--x", "x", "", "--x"}, {"-", "x", "", "-"}, {"", "x", "", ""},
    {"-o", "x", "", "-o"}, {"-x=", "x", "<>", "-x="}, {"-Wl,", "x", "", "-Wl,"},
  };
  sr_Arena A = {NULL, 0, 0};
  const char *out;
  size_t i;
  for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    seen[0] = '\0';
    MUST(sr_word_paths(S, &A, cases[i].word, see, (void *)cases[i].want, &out)
         == SYMRUN_OK);
    CHECK(strcmp(seen, cases[i].seen) == 0, "%s: %s", cases[i].word, seen);
    CHECK(strcmp(out, cases[i].out) == 0, "%s: %s", cases[i].word, out);
  }
  sr_arena_free(S, &A);
}


int main (void) {
  MUST((S = symrun_new(NULL, NULL)) != NULL);
  reads();
  refuses();
  cuts();
  mutates();
  paths();
  symrun_close(S);
  return finish(1000);
}
