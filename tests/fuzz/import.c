/*
** import.c
** libFuzzer's target for the short members of import libraries.  The bytes
** that begin one are put before the input: it is all about what follows.
**
**   make fuzz FUZZERS=import
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  static const char magic[6] = {0, 0, '\xff', '\xff', 0, 0};
  unsigned char *all = (unsigned char *)malloc(size + sizeof magic);
  if (all == NULL) abort();
  memcpy(all, magic, sizeof magic);
  if (size > 0) memcpy(all + sizeof magic, bytes, size);
  scan_bytes(all, size + sizeof magic);
  free(all);
  return 0;
}
