/*
** fat.c
** libFuzzer's target for universal files: where their slices are, and what is
** in these, archives among them.
**
**   make fuzz FUZZERS=fat
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  if (sr_format_probe(bytes, size < SR_PROBE ? size : SR_PROBE, size)
      != SR_FAT) return -1;
  scan_bytes(bytes, size);
  return 0;
}
