/*
** macho.c
** libFuzzer's target for Mach-O files; universal ones have their own (fat.c).
**
**   make fuzz FUZZERS=macho
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  if (sr_format_probe(bytes, size < SR_PROBE ? size : SR_PROBE, size)
      != SR_MACHO) return -1;
  scan_bytes(bytes, size);
  return 0;
}
