/*
** pe.c
** libFuzzer's target for PE images: their own symbols, and the tables that a
** loader reads.
**
**   make fuzz FUZZERS=pe
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  if (size < 2 || memcmp(bytes, "MZ", 2) != 0) return -1;
  scan_bytes(bytes, size);
  return 0;
}
