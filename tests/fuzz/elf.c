/*
** elf.c
** libFuzzer's target for ELF files: objects, libraries, executables.  Other
** inputs are not kept, so that the corpus stays about ELF.
**
**   make fuzz FUZZERS=elf
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  if (size < 4 || memcmp(bytes, "\177ELF", 4) != 0) return -1;
  scan_bytes(bytes, size);
  return 0;
}
