/*
** capture.c
** libFuzzer's target for recorded links.  The input is what stands between the
** first line and the last, for no fuzzer guesses a hash; what is read is put
** together as for linking again, without a disk.
**
**   make fuzz FUZZERS=capture
*/

#include "scan.h"

#include "edits/stand.h"
#include "ground/hash.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

#define MAGIC  "symrun capture 1\n"
#define END    (4 + 32 + 1)


static int by_path (const void *a, const void *b) {
  return strcmp(((const sr_Revived *)a)->kept->path,
                ((const sr_Revived *)b)->kept->path);
}


/* A capture that was read is one that can be used. */
static void use (symrun *S, sr_Arena *A, const sr_Capture *C) {
  sr_Revival R = {NULL, 0};
  sr_Argv words;
  size_t i;
  int patched;
  must(C->words.count > 0 && C->words.at[C->words.count] == NULL, "words");
  must(C->program != NULL && C->like != NULL && C->folder != NULL
       && C->output != NULL, "all of it is there");
  R.list = (sr_Revived *)sr_arena_new(S, A, (C->nkept + 1) * sizeof *R.list);
  must(R.list != NULL, "there is memory");
  for (i = 0; i < C->nkept; i++) {
    must(C->kept[i].path != NULL, "what was kept has a path");
    if (C->kept[i].bytes.ptr == NULL && !C->kept[i].folder) continue;
    R.list[R.count].kept = &C->kept[i];
    R.list[R.count++].path = "/made/anew";
  }
  qsort(R.list, R.count, sizeof *R.list, by_path);
  for (patched = 0; patched < 2; patched++)
    if (sr_capture_words(S, A, C, &R, patched, &words) == SYMRUN_OK)
      must(words.count > 0 && words.at[words.count] == NULL, "a line");
}


int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  size_t begin = sizeof MAGIC - 1;
  double since = seconds();
  char *text = (char *)malloc(begin + size + END + 1);
  XXH128_hash_t hash;
  sr_Str all = {text, begin + size + END};
  sr_Arena A = {NULL, 0, 0};
  sr_Capture C;
  Sum sum;
  symrun *S;
  if (text == NULL) abort();
  memcpy(text, MAGIC, begin);
  if (size > 0) memcpy(text + begin, bytes, size);
  hash = XXH3_128bits(text, begin + size);
  snprintf(text + begin + size, END + 1, "end %016llx%016llx\n",
           (unsigned long long)hash.high64, (unsigned long long)hash.low64);
  memset(&sum, 0, sizeof sum);
  S = symrun_new(counted, &sum);
  if (S == NULL) abort();
  if (sr_capture_read(S, &A, all, &C) == SYMRUN_OK) use(S, &A, &C);
  sr_arena_free(S, &A);
  symrun_close(S);
  free(text);
  must(sum.now == 0, "all memory was given back");
  in_time(seconds() - since, size, &sum);
  return 0;
}
