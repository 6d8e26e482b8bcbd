/*
** ar.c
** libFuzzer's target for archives, with whatever their members are.  Thin ones
** too, though bytes in memory cannot have the files that these name.
**
**   make fuzz FUZZERS=ar
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  if (size < 8 || (memcmp(bytes, "!<arch>\n", 8) != 0
                   && memcmp(bytes, "!<thin>\n", 8) != 0)) return -1;
  scan_bytes(bytes, size);
  return 0;
}
