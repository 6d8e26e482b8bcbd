/*
** wasm.c
** libFuzzer's target for wasm: objects, modules, components, and the modules
** in these.  Other inputs are not kept, so that the corpus stays about wasm.
**
**   make fuzz FUZZ_SECONDS=600
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
  sr_Part part = {&reader, 0, size};
  Inner in = {bytes, size, 0};
  symrun *S;
  if (size < 4 || memcmp(bytes, "\0asm", 4) != 0) return -1;
  scan_bytes(bytes, size);
  if (!sr_wasm_is_component(bytes, size)) return 0;
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
