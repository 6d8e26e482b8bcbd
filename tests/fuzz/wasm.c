/*
** wasm.c
** libFuzzer's target for wasm objects and modules.  Other inputs are not kept,
** so that the corpus stays about wasm.
**
**   make fuzz FUZZERS=wasm
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  if (size < 8 || memcmp(bytes, "\0asm", 4) != 0
      || sr_wasm_is_component(bytes, size)) return -1;
  scan_bytes(bytes, size);
  return 0;
}
