/*
** bitcode.c
** libFuzzer's target for LLVM bitcode: by itself, in Apple's wrapper, and in
** a section of an ELF file.
**
**   make fuzz FUZZERS=bitcode
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  bool elf = size >= 4 && memcmp(bytes, "\177ELF", 4) == 0;
  if (size < 4) return -1;
  if (elf ? memmem(bytes, size, ".llvmbc", 8) == NULL
      : memcmp(bytes, "BC\xc0\xde", 4) != 0
        && memcmp(bytes, "\xde\xc0\x17\x0b", 4) != 0) return -1;
  scan_bytes(bytes, size);
  return 0;
}
