/*
** component.c
** libFuzzer's target for wasm components: where the modules in them are, and
** what these say.
**
**   make fuzz FUZZERS=component
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

typedef struct Inner { const uint8_t *bytes; size_t size, count; } Inner;

static int inner (void *ud, uint64_t offset, uint64_t size) {
  Inner *in = (Inner *)ud;
  must(size >= 8 && sr_inside(offset, size, in->size), "a module is inside");
  if (in->count++ < FEW) scan_bytes(in->bytes + offset, (size_t)size);
  return SYMRUN_OK;
}


int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  sr_Str all = {(const char *)bytes, size};
  sr_Source source;
  sr_Reader reader;
  sr_Part part = {&reader, 0, size, NULL, 0};
  Inner in = {bytes, size, 0};
  symrun *S;
  if (!sr_wasm_is_component(bytes, size)) return -1;
  scan_bytes(bytes, size);
  S = symrun_new(NULL, NULL);
  if (S == NULL) abort();
  memset(&reader, 0, sizeof reader);
  sr_source_wrap(&source, all);
  sr_reader_set(&reader, &source);
  sr_wasm_modules(S, &part, inner, &in);
  sr_reader_free(S, &reader);
  symrun_close(S);
  return 0;
}
