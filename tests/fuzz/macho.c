/*
** macho.c
** libFuzzer's target for Mach-O files, universal ones too.
**
**   make fuzz FUZZ_SECONDS=600
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  sr_Format format = sr_format_probe(bytes, size < SR_PROBE ? size : SR_PROBE,
                                     size);
  if (format != SR_MACHO && format != SR_FAT) return -1;
  scan_bytes(bytes, size);
  return 0;
}
