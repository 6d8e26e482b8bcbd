/*
** link.c
** Words of texts in each dialect, there and back; lines from hell; and what
** happens when any one allocation fails.
*/

#include <stdbool.h>

#include "edits/link_inner.h"
#include "check.h"

enum { ROUNDS = 60000 };

static symrun *S;

static const unsigned dialects[] = {
  SR_QUOTE_GNU, SR_QUOTE_POSIX, SR_QUOTE_LLVM, SR_QUOTE_MOLD,
  SR_QUOTE_WINDOWS, SR_QUOTE_SHELL32, SR_QUOTE_LINES,
  SR_QUOTE_GNU | SR_QUOTE_POSIX,
  SR_QUOTE_GNU | SR_QUOTE_POSIX | SR_QUOTE_LLVM | SR_QUOTE_MOLD,
  SR_QUOTE_WINDOWS | SR_QUOTE_SHELL32
};

#define DIALECTS  (sizeof dialects / sizeof *dialects)


static sr_Str str (const char *s) {
  sr_Str out = {s, strlen(s)};
  return out;
}


static bool equal (sr_Str a, sr_Str b) {
  return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}


/* -- words ----------------------------------------------------------------- */

/* What each text is in words, '|' between them: the documented rules, and the
   cases in which the dialects differ. */
static void table_of_words (void) {
  static const struct { unsigned dialect; const char *text, *words; } t[] = {
    {SR_QUOTE_GNU, "a b\tc\nd\ve", "a|b|c|d|e"},
    {SR_QUOTE_LLVM, "a b\vc", "a|b\vc"},
    {SR_QUOTE_GNU, "  \n ", ""},
    {SR_QUOTE_GNU, "a\\ b 'c d' \"e f\"", "a b|c d|e f"},
    {SR_QUOTE_GNU, "'a\\b' \"c\\d\" e\\f", "ab|cd|ef"},
    {SR_QUOTE_POSIX, "'a\\b' \"c\\d\" e\\f", "a\\b|c\\d|ef"},
    {SR_QUOTE_POSIX, "\"a\\\"b\\\\c\\$d\\`e\"", "a\"b\\c$d`e"},
    {SR_QUOTE_POSIX, "a\\\nb", "ab"},
    {SR_QUOTE_GNU, "a\\\nb", "a\nb"},
    {SR_QUOTE_LLVM, "'a\\b' \"c\\d\" e\\f", "ab|cd|ef"},
    {SR_QUOTE_GNU, "a \"\" b", "a||b"},
    {SR_QUOTE_LLVM, "a \"\" b", "a|b"},
    {SR_QUOTE_GNU, "a''b", "ab"},
    {SR_QUOTE_GNU, "a \"b c", "a|b c"},
    {SR_QUOTE_GNU, "a\\", "a"},
    {SR_QUOTE_LLVM, "a\\", "a\\"},
    {SR_QUOTE_WINDOWS, "a\\b c:\\d\\", "a\\b|c:\\d\\"},
    {SR_QUOTE_WINDOWS, "\"a b\" c", "a b|c"},
    {SR_QUOTE_WINDOWS, "\"a\\\\\" b", "a\\|b"},
    {SR_QUOTE_WINDOWS, "\"a\\\"b\" c", "a\"b|c"},
    {SR_QUOTE_WINDOWS, "a\\\\\"b c\"", "a\\b c"},
    {SR_QUOTE_WINDOWS, "\"a\"\"b\" c", "a\"b|c"},
    {SR_QUOTE_WINDOWS, "\"\" 'a b'", "|'a|b'"},
    /* the table of Microsoft's "Parsing C command-line arguments" */
    {SR_QUOTE_WINDOWS, "\"abc\" d e", "abc|d|e"},
    {SR_QUOTE_WINDOWS, "a\\\\b d\"e f\"g h", "a\\\\b|de fg|h"},
    {SR_QUOTE_WINDOWS, "a\\\\\\\"b c d", "a\\\"b|c|d"},
    {SR_QUOTE_WINDOWS, "a\\\\\\\\\"b c\" d e", "a\\\\b c|d|e"},
    {SR_QUOTE_SHELL32, "\"abc\" d e", "abc|d|e"},
    {SR_QUOTE_SHELL32, "a\\\\b d\"e f\"g h", "a\\\\b|de fg|h"},
    {SR_QUOTE_SHELL32, "a\\\\\\\"b c d", "a\\\"b|c|d"},
    {SR_QUOTE_SHELL32, "a\\\\\\\\\"b c\" d e", "a\\\\b c|d|e"},
    {SR_QUOTE_SHELL32, "\"a\"\"b c\" d\"", "a\"b|c d"},
    {SR_QUOTE_WINDOWS, "\"a\"\"b c\" d", "a\"b c|d"},
    {SR_QUOTE_LINES, "a b\n'c'\n\n d", "a b|'c'| d"}
  };
  size_t i, k;
  for (i = 0; i < sizeof t / sizeof *t; i++) {
    sr_Arena A = {NULL, 0, 0};
    sr_Cuts cuts = {NULL, 0, 0};
    char got[256];
    size_t n = 0;
    MUST(sr_words_cut(S, &A, str(t[i].text), t[i].dialect, &cuts) == 0);
    for (k = 0; k < cuts.count; k++) {
      if (k > 0) got[n++] = '|';
      memcpy(got + n, cuts.list[k].text.ptr, cuts.list[k].text.len);
      n += cuts.list[k].text.len;
    }
    got[n] = '\0';
    CHECK(strcmp(got, t[i].words) == 0, "%zu: %s is %s, not %s", i, t[i].text,
          got, t[i].words);
    sr_delete(S, cuts.list, cuts.room * sizeof *cuts.list);
    sr_arena_free(S, &A);
  }
}


/* What two dialects read differently is known to be. */
static void table_of_doubts (void) {
  static const struct { unsigned quoting; const char *text; bool same; } t[] = {
    {SR_QUOTE_GNU | SR_QUOTE_POSIX, "a\\ b 'c d'", true},
    {SR_QUOTE_GNU | SR_QUOTE_POSIX, "'a\\b'", false},
    {SR_QUOTE_GNU | SR_QUOTE_POSIX, "\"a\\b\"", false},
    {SR_QUOTE_GNU | SR_QUOTE_POSIX, "\"a\\\"b\"", true},
    {SR_QUOTE_GNU | SR_QUOTE_LLVM, "a \"\" b", false},
    {SR_QUOTE_GNU | SR_QUOTE_LLVM, "a\fb", false},
    {SR_QUOTE_GNU | SR_QUOTE_MOLD, "'a", false},
    {SR_QUOTE_WINDOWS | SR_QUOTE_SHELL32, "\"a\\\"b\"", true},
    {SR_QUOTE_WINDOWS | SR_QUOTE_SHELL32, "\"a\"\"b c\"", false},
    {SR_QUOTE_WINDOWS, "a \"b", false}
  };
  size_t i;
  for (i = 0; i < sizeof t / sizeof *t; i++) {
    sr_Arena A = {NULL, 0, 0};
    sr_Cuts cuts = {NULL, 0, 0};
    int rc = sr_words_cut(S, &A, str(t[i].text), t[i].quoting, &cuts);
    CHECK((rc == SYMRUN_OK) == t[i].same, "%zu: %s gives %d", i, t[i].text, rc);
    sr_delete(S, cuts.list, cuts.room * sizeof *cuts.list);
    sr_arena_free(S, &A);
  }
}


static const char letters[] = "aab\\\\\"' \t\n\r\v$`,x\xc3\xa9@#-=";

static size_t random_word (char *out, size_t most) {
  size_t n = chance((uint32_t)most), i;
  for (i = 0; i < n; i++) out[i] = letters[chance(sizeof letters - 1)];
  return n;
}


/* Words of any bytes, written and read: the same words, in every dialect and
   in all that a program without a name may speak. */
static void there_and_back (void) {
  static char words[8][24], text[4096];
  size_t round;
  for (round = 0; round < ROUNDS; round++) {
    unsigned quoting = dialects[round % DIALECTS];
    sr_Arena A = {NULL, 0, 0};
    sr_Cuts cuts = {NULL, 0, 0};
    size_t n = 1 + chance(7), len = 0, i, kept = 0;
    size_t lens[8];
    for (i = 0; i < n; i++) {
      sr_Str word = {words[kept], random_word(words[kept], 24)}, quoted;
      sr_Str like = str(chance(2) == 0 ? "\"x\"" : "x");
      int rc = sr_words_quote(S, &A, word, quoting, like, &quoted);
      if (rc != SYMRUN_OK) {
        CHECK(word.len == 0 || quoting == SR_QUOTE_LINES, "%s", S->message);
        continue;
      }
      lens[kept++] = word.len;
      memcpy(text + len, quoted.ptr, quoted.len);
      len += quoted.len;
      text[len++] = quoting == SR_QUOTE_LINES || chance(2) == 0 ? '\n' : ' ';
    }
    {
      sr_Str all = {text, len};
      int rc = sr_words_cut(S, &A, all, quoting, &cuts);
      CHECK(rc == SYMRUN_OK, "%.*s: %s", (int)len, text, S->message);
    }
    CHECK(cuts.count == kept, "%zu words of %zu: %.*s", cuts.count, kept,
          (int)len, text);
    for (i = 0; i < kept && i < cuts.count; i++) {
      sr_Str word = {words[i], lens[i]};
      CHECK(equal(cuts.list[i].text, word), "%u: %.*s", quoting, (int)len,
            text);
    }
    sr_delete(S, cuts.list, cuts.room * sizeof *cuts.list);
    sr_arena_free(S, &A);
  }
}


/* Texts in UTF-16 are what they were when they come back. */
static void codings (void) {
  static const struct { const char *bytes; size_t len; int rc; } t[] = {
    {"\xff\xfe" "a\0\xe9\0=\xd8\x00\xdc", 10, SYMRUN_OK},
    {"\xfe\xff" "\0a\0\xe9\xd8=\xdc\x00", 10, SYMRUN_OK},
    {"\xef\xbb\xbf" "a b", 6, SYMRUN_OK},
    {"a\xff b", 4, SYMRUN_OK},
    {"\xff\xfe" "a", 3, SYMRUN_FORMAT},
    {"\xff\xfe" "=\xd8" "a\0", 6, SYMRUN_FORMAT},
    {"\xff\xfe" "=\xd8", 4, SYMRUN_FORMAT},
    {"\xff\xfe" "\x00\xdc", 4, SYMRUN_FORMAT},
    {"\xff\xfe" "a\0\0\0", 6, SYMRUN_FORMAT},
    {"a\0b", 3, SYMRUN_FORMAT}
  };
  size_t i;
  for (i = 0; i < sizeof t / sizeof *t; i++) {
    sr_Arena A = {NULL, 0, 0};
    sr_Str bytes = {t[i].bytes, t[i].len}, text, back;
    int coding, rc = sr_text_decode(S, &A, bytes, true, &text, &coding);
    CHECK(rc == t[i].rc, "%zu: %d", i, rc);
    if (rc == SYMRUN_OK) {
      CHECK(sr_text_encode(S, &A, text, coding, &back) == SYMRUN_OK, "%zu", i);
      CHECK(equal(back, bytes), "%zu", i);
    }
    sr_arena_free(S, &A);
  }
}


/* -- lines ---------------------------------------------------------------- */

typedef struct File { const char *path; sr_Str bytes; } File;

static const File *files;
static size_t nfiles;

static int read_file (void *ud, symrun *T, sr_Arena *A, sr_Str path,
                      sr_Str *out) {
  size_t i;
  (void)ud;
  (void)A;
  for (i = 0; i < nfiles; i++)
    if (equal(str(files[i].path), path)) {
      *out = files[i].bytes;
      return SYMRUN_OK;
    }
  return sr_fail(T, SYMRUN_IO, "is not there");
}


static sr_Link *line (symrun *T, const char *text) {
  static char copy[1024];
  sr_Str words[64];
  sr_LinkGiven given = {NULL, read_file, NULL, NULL};
  sr_Link *L = NULL;
  size_t n = 0;
  char *word;
  strcpy(copy, text);
  for (word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
    words[n++] = str(word);
  return sr_link_new(T, words, n, &given, &L) == SYMRUN_OK ? L : NULL;
}


static void hostile (void) {
  static char loop[] = "a.o @loop", deep[101][16], name[101][8];
  static File many[101];
  size_t i, big = (size_t)100 * 1024 * 1024;
  char *huge = (char *)malloc(big);
  sr_Link *L;
  MUST(huge != NULL);
  for (i = 0; i < 101; i++) {
    sprintf(name[i], "d%zu", i);
    sprintf(deep[i], "x%zu.o @d%zu", i, i + 1);
    many[i].path = name[i];
    many[i].bytes = str(deep[i]);
  }
  many[100].path = "loop";
  many[100].bytes = str(loop);
  files = many;
  nfiles = 101;
  L = line(S, "cc @loop");
  MUST(L != NULL);
  CHECK(sr_link_sure(L) == SYMRUN_UNKNOWN
        && strstr(S->message, "includes itself") != NULL, "%s", S->message);
  sr_link_free(L);
  L = line(S, "cc @d0");
  MUST(L != NULL);
  CHECK(sr_link_sure(L) == SYMRUN_UNKNOWN, "100 files deep");
  CHECK(sr_link_parts(L) == 101, "%zu parts", sr_link_parts(L));
  sr_link_free(L);
  L = line(S, "cc @d60");
  MUST(L != NULL);
  CHECK(sr_link_sure(L) == SYMRUN_UNKNOWN
        && strstr(S->message, "d100 is not there") != NULL, "%s", S->message);
  sr_link_free(L);
  memset(huge, 'x', big);
  many[0].bytes.ptr = huge;
  many[0].bytes.len = big;
  L = line(S, "cc @d0 -Wl,@d0");
  MUST(L != NULL);
  CHECK(sr_link_parts(L) == 2 && sr_link_part(L, 1)->text.len == big, "%zu",
        sr_link_parts(L));
  sr_link_free(L);
  memset(huge, ' ', big);
  huge[big - 1] = '\0';
  L = line(S, "cc @d0");
  MUST(L != NULL);
  CHECK(sr_link_sure(L) == SYMRUN_UNKNOWN
        && strstr(S->message, "zero byte") != NULL, "%s", S->message);
  sr_link_free(L);
  free(huge);
}


/* Everything that can be asked, of anything: no answer may depend on luck. */
static void ask_all (sr_Link *L) {
  sr_Changes *C = NULL;
  sr_Str out, folder = {"/tmp", 4};
  sr_Printed printed;
  size_t i;
  sr_link_sure(L);
  sr_link_links(L);
  sr_link_output(L, &out);
  if (sr_changes_new(L, &C) != SYMRUN_OK) return;
  for (i = 0; i < sr_link_parts(L); i++) {
    if (i % 3 == 0) sr_change_drop(C, "a", i);
    if (i % 3 == 1) sr_change_value(C, "a", i, str("value"));
    sr_change_add(C, "a", SR_AT_AFTER, i, str("--version-script"), &folder);
  }
  sr_change_add_word(C, "a", SR_AT_LAST, 0, str("last.o"));
  sr_change_add_word(C, "a", SR_AT_FIRST, 0, str("first.o"));
  sr_link_print(L, C, folder, &printed);
  sr_changes_free(C);
}


static void random_lines (void) {
  static const char *const words[] = {
    "cc", "ld", "ld.lld", "link", "wasm-ld", "ld64", "clang", "lld", "-flavor",
    "darwin", "a.o", "-o", "-Wl,-z", "-Wl,now", "-Wl,", "-Wl,,a", "-Wl,-rpath",
    "-Xlinker", "@r", "@s", "@gone", "-Wl,@r", "-lfoo", "-l", "-shared",
    "--frob", "--", "-", "-T", "x.ld", "/out:x", "/wholearchive:y", "--push-"
    "state", "--pop-state", "-platform_version", "-filelist", "f", "f,dir",
    "-sectcreate", "-Wl,-filelist,f", "--threads", "4", "-e", "main"
  };
  static const File some[] = {
    {"r", {"b.o '-o' @s\n-Xlinker", 20}},
    {"s", {"-Wl,--version-script \"x y\"", 26}},
    {"f", {"one.o\ntwo.o\n", 12}}
  };
  size_t round;
  files = some;
  nfiles = 3;
  for (round = 0; round < 20000; round++) {
    char text[512] = "";
    size_t n = chance(12), i;
    sr_Link *L;
    for (i = 0; i < n; i++) {
      strcat(text, words[chance(sizeof words / sizeof *words)]);
      strcat(text, " ");
    }
    L = line(S, text);
    MUST(L != NULL);
    {
      const sr_Str *given;
      sr_Printed printed;
      size_t count = sr_link_words(L, &given);
      MUST(sr_link_print(L, NULL, str("/tmp"), &printed) == SYMRUN_OK);
      CHECK(printed.count == count && printed.nmade == 0, "%s", text);
      for (i = 0; i < count && i < printed.count; i++)
        CHECK(equal(printed.words[i], given[i]), "%s", text);
    }
    ask_all(L);
    sr_link_free(L);
  }
}


/* -- memory --------------------------------------------------------------- */

static size_t left;

static void *stingy (void *ud, void *ptr, size_t osize, size_t nsize) {
  (void)ud;
  (void)osize;
  if (nsize == 0) { free(ptr); return NULL; }
  if (left == 0) return NULL;
  left--;
  return realloc(ptr, nsize);
}


static void out_of_memory (void) {
  static const char text[] = "cc a.o @r -Wl,-z,now -Xlinker --version-script "
    "-Xlinker v -target x86_64-apple-darwin -filelist f -Wl,-rpath,@x";
  static const File some[] = {
    {"r", {"b.o '-o' out\n@s", 15}},
    {"s", {"-L. -Wl,-u,x", 12}},
    {"f", {"one.o\ntwo.o\n", 12}}
  };
  size_t n;
  bool done = false;
  files = some;
  nfiles = 3;
  for (n = 0; n < 400 && !done; n++) {
    symrun *T;
    sr_Link *L;
    left = SIZE_MAX;
    T = symrun_new(stingy, NULL);
    MUST(T != NULL);
    left = n;
    L = line(T, text);
    if (L == NULL) CHECK(T->code == SYMRUN_NOMEM, "%zu", n);
    else {
      ask_all(L);
      done = left > 0;
      sr_link_free(L);
    }
    symrun_close(T);
  }
  CHECK(done && n > 20, "%zu allocations", n);
}


int main (void) {
  S = symrun_new(NULL, NULL);
  MUST(S != NULL);
  table_of_words();
  table_of_doubts();
  there_and_back();
  codings();
  hostile();
  random_lines();
  out_of_memory();
  symrun_close(S);
  return finish(300000);
}
