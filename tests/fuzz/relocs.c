/*
** relocs.c
** libFuzzer's target for relocations, and for what sections survive by them:
** an ELF object is linked alone, by the manners of each linker, and asked what
** is left of it.
**
**   make fuzz FUZZERS=relocs
*/

#include "scan.h"
#include "model/survive.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);


static int exported (void *ud, sr_Str name) {
  (void)ud;
  return name.len % 4;  /* no, yes, perhaps, hidden */
}


/* Every chain ends, at something that stays by itself. */
static void follow (const sr_Survive *V, uint32_t i, size_t count) {
  size_t steps = 0;
  sr_Kept K;
  while (i != SR_NONE && sr_survive_section(V, i, &K)) {
    must(K.stay != SR_STAYS_NOT, "what keeps something stays");
    must(steps++ <= count, "a chain ends");
    i = K.from;
  }
}


static void ask (sr_Resolve *R, const sr_SurviveAsk *how) {
  sr_Survive *V;
  size_t count, k, n = 0;
  sr_Kept K;
  int rc = sr_survive_new(R, how, &V);
  must(rc == SYMRUN_OK || rc == SYMRUN_UNKNOWN, "an answer, or unknown");
  if (rc != SYMRUN_OK) return;
  count = sr_survive_count(V);
  for (k = 0; k < count; k++) {
    if (!sr_survive_section(V, (uint32_t)k, &K)) continue;
    must(K.unit->file != SR_NONE, "a section is a file's");
    must(K.stay != SR_STAYS_NOT || !K.sure || sr_survive_open(V) == NULL,
         "nothing is sure to go while something is not known");
    if (K.stay != SR_STAYS_NOT && n++ < 64) follow(V, (uint32_t)k, count);
  }
  sr_survive_free(V);
}


static void ask_file (symrun *S, sr_File *F) {
  static const sr_Linker linkers[] = {SR_BFD, SR_GOLD, SR_LLD, SR_MOLD};
  static const sr_Str entry = {"a", 1};
  sr_Resolve *R;
  sr_SurviveAsk how;
  size_t i;
  memset(&how, 0, sizeof how);
  must(sr_resolve_new(S, &R) == SYMRUN_OK, "a link is begun");
  must(sr_resolve_entry(R, entry) == SYMRUN_OK, "it has an entry");
  must(sr_resolve_add(R, F, SR_TAKE_WHOLE, 0) >= 0, "an input is read");
  for (i = 0; i < sizeof linkers / sizeof *linkers; i++) {
    how.library = i % 2 == 0;
    how.exported = i < 2 ? exported : NULL;
    how.start_stop_gc = SR_NO;
    must(sr_resolve_run(R, linkers[i]) == SYMRUN_OK, "it is resolved");
    ask(R, &how);
  }
  sr_resolve_free(R);
}


int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  static const sr_Str name = {"input", 5};
  sr_Str all = {(const char *)bytes, size};
  double begin = seconds();
  Sum sum;
  sr_File *F;
  symrun *S;
  if (size < 4 || memcmp(bytes, "\177ELF", 4) != 0) return -1;
  memset(&sum, 0, sizeof sum);
  S = symrun_new(counted, &sum);
  if (S == NULL || sr_file_wrap(S, name, all, &F) != SYMRUN_OK) abort();
  if (sr_file_probe(F) == SYMRUN_OK) ask_file(S, F);
  symrun_close(S);
  must(sum.now == 0, "all memory was given back");
  must(sum.most <= 64 * size + ((size_t)1 << 20), "memory is for the input");
  in_time((seconds() - begin) / 4, size, &sum);
  return 0;
}
