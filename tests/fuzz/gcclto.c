/*
** gcclto.c
** libFuzzer's target for ELF files that hold GCC's intermediate code.
**
**   make fuzz FUZZERS=gcclto
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  static const char name[] = ".gnu.lto_";
  if (size < 4 || memcmp(bytes, "\177ELF", 4) != 0
      || memmem(bytes, size, name, sizeof name - 1) == NULL) return -1;
  scan_bytes(bytes, size);
  return 0;
}
