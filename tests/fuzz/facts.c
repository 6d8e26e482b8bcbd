/*
** facts.c
** libFuzzer's target for what files say beside symbols, in every format: only
** that is asked, so more inputs are tried than where all is read.  A fact of
** which the reader says that it contradicts the file is damage, and is kept
** with the file.
**
**   make fuzz FUZZERS=facts
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

static int every_fact (sr_File *F, uint32_t member) {
  static const sr_Str names[] = {{"a", 1}, {"main", 4}, {"js_f", 4},
                                 {"once", 4}, {"", 0}, {".text", 5},
                                 {"__TEXT,__text", 13}, {"CODE", 4}};
  int what, rc = SYMRUN_OK;
  size_t i, n;
  for (what = 0; what < SR_FACTS && rc != SYMRUN_NOMEM; what++) {
    n = what == SR_FACT_SECTIONS_OF || what == SR_FACT_BYTES
      ? sizeof names / sizeof *names : 1;
    for (i = 0; i < n && rc != SYMRUN_NOMEM; i++) {
      sr_Facts *facts;
      rc = sr_facts_ask(F, member, (sr_FactKind)what, names[i], &facts);
      must((rc == SYMRUN_OK) == (facts != NULL), "an answer is there or not");
      must(rc != SYMRUN_FORMAT || F->ngaps > 0, "damage is kept");
      sr_facts_free(facts);
    }
  }
  return rc;
}


static void ask_file (sr_File *F) {
  size_t i;
  if (sr_file_probe(F) != SYMRUN_OK) return;
  if (sr_file_is_sliced(F)) {
    if (sr_file_slices(F) == SYMRUN_OK)
      for (i = 0; i < F->nslices && i < FEW; i++) ask_file(F->slices[i]);
  }
  else {
    Sum sum;
    memset(&sum, 0, sizeof sum);
    scan_way(F, &sum, 1, NULL, SR_NONE);  /* then members are known */
    for (i = 0; i < F->count && i < FEW; i++) every_fact(F, (uint32_t)i);
  }
  sr_file_done(F);
}


int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  static const sr_Str name = {"input", 5};
  sr_Str all = {(const char *)bytes, size};
  double begin = seconds();
  Sum sum;
  sr_File *F;
  symrun *S;
  memset(&sum, 0, sizeof sum);
  S = symrun_new(counted, &sum);
  if (S == NULL || sr_file_wrap(S, name, all, &F) != SYMRUN_OK) abort();
  ask_file(F);
  symrun_close(S);
  must(sum.now == 0, "all memory was given back");
  must(sum.most <= 16 * size + ((size_t)1 << 20), "memory is for the input");
  in_time(seconds() - begin, size, &sum);
  return 0;
}
