/*
** coff.c
** libFuzzer's target for COFF objects, with and without /bigobj.  COFF has no
** magic, so any input that could be one is kept.
**
**   make fuzz FUZZERS=coff
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  sr_Format f = sr_format_probe(bytes, size < SR_PROBE ? size : SR_PROBE,
                                size);
  if (f != SR_COFF && f != SR_COFF_BIGOBJ) return -1;
  scan_bytes(bytes, size);
  return 0;
}
