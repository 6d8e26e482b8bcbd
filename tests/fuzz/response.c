/*
** response.c
** libFuzzer's target for response files.  The first byte says whose they are;
** the bytes up to a zero are the file that the line names, those behind it the
** next that is asked for, and so on.  Words that were read, written as the
** text of such a file, must be the same words again.
**
**   make fuzz FUZZERS=response
*/

#include "scan.h"

#include "edits/stand.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

typedef struct Texts { const char *p, *end; } Texts;

static int next_text (void *ud, symrun *S, sr_Arena *A, const char *path,
                      sr_Str *out) {
  Texts *T = (Texts *)ud;
  const char *zero;
  (void)A;
  (void)path;
  if (T->p >= T->end) return sr_fail(S, SYMRUN_IO, "there is no more");
  zero = (const char *)memchr(T->p, '\0', (size_t)(T->end - T->p));
  out->ptr = T->p;
  out->len = (size_t)((zero != NULL ? zero : T->end) - T->p);
  T->p += out->len + 1;
  return SYMRUN_OK;
}


static int expand (symrun *S, sr_Arena *A, const char *const *words,
                   sr_Str text, const char *like, sr_Expanded *E) {
  static Texts T;
  T.p = text.ptr;
  T.end = text.ptr + text.len;
  memset(E, 0, sizeof *E);
  E->like = like;
  E->read = next_text;
  E->ud = &T;
  return sr_argv_expand(S, A, words, E);
}


/* What was read is what is written. */
static void again (symrun *S, sr_Arena *A, const char *const *first,
                   const sr_Expanded *E, const char *like) {
  const char *line[] = {first[0], "@again", NULL};
  sr_Expanded F;
  sr_Str text;
  size_t i;
  if (E->words.count < 2) return;
  for (i = 1; i < E->words.count; i++)
    if (E->words.at[i][0] == '@') return;
  if (sr_argv_text(S, A, E->words.at + 1, sr_quoting_of(line, like), &text)
      != SYMRUN_OK) return;
  if (memchr(text.ptr, '\0', text.len) != NULL) return;
  must(expand(S, A, line, text, like, &F) == SYMRUN_OK
       && F.words.count == E->words.count, "as many words again");
  for (i = 1; i < E->words.count; i++)
    must(strcmp(E->words.at[i], F.words.at[i]) == 0, "the same words again");
}


int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  static const char *const programs[] = {
    "cc", "clang", "ld", "ld.lld", "ld64.lld", "lld-link", "link.exe",
    "wasm-ld", "mold", "ld.gold", "swiftc", "what"
  };
  const char *line[] = {NULL, "@some", NULL};
  double since = seconds();
  sr_Arena A = {NULL, 0, 0};
  sr_Expanded E;
  sr_Str text;
  Sum sum;
  symrun *S;
  if (size < 1) return -1;
  line[0] = programs[bytes[0] % (sizeof programs / sizeof *programs)];
  if (bytes[0] & 0x80) line[1] = "@rustcAbCd12/linker-arguments";
  text.ptr = (const char *)bytes + 1;
  text.len = size - 1;
  memset(&sum, 0, sizeof sum);
  S = symrun_new(counted, &sum);
  if (S == NULL) abort();
  if (expand(S, &A, line, text, "cc", &E) == SYMRUN_OK) {
    must(E.words.count > 0 && E.words.at[E.words.count] == NULL, "a line");
    again(S, &A, line, &E, "cc");
  }
  sr_arena_free(S, &A);
  symrun_close(S);
  must(sum.now == 0, "all memory was given back");
  in_time(seconds() - since, size, &sum);
  return 0;
}
