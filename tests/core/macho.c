/*
** macho.c (a test)
** Where a section of a Mach-O file is: the one that clang puts LLVM's code
** into, beside its own; one without bytes; none.
*/

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "formats/formats.h"

#define LARGEST  65536

static unsigned char bytes[LARGEST];
static size_t size;


static int ask (const char *segment, const char *name, uint64_t *offset,
                uint64_t *length, symrun *S) {
  sr_Source source;
  sr_Reader reader;
  sr_Part part = {&reader, 0, size, NULL, 0};
  sr_Str all = {(const char *)bytes, size};
  int rc;
  memset(&reader, 0, sizeof reader);
  sr_source_wrap(&source, all);
  sr_reader_set(&reader, &source);
  rc = sr_macho_section(S, &part, segment, name, offset, length);
  sr_reader_free(S, &reader);
  return rc;
}


static void compile (const char *path, const char *target) {
  char line[1024];
  FILE *file;
  snprintf(line, sizeof line, "echo 'static int b; int *f(void) { return &b; "
           "}' | clang --target=%s -w -fembed-bitcode -c -x c - -o %s.o",
           target, path);
  MUST(system(line) == 0);
  snprintf(line, sizeof line, "%s.o", path);
  file = fopen(line, "rb");
  MUST(file != NULL);
  size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  MUST(size > 0 && size < sizeof bytes);
}


int main (int argc, char **argv) {
  static const char *const targets[] = {"x86_64-apple-macosx11",
                                        "armv7-apple-ios8"};
  size_t i;
  (void)argc;
  for (i = 0; i < 2; i++) {
    symrun *S = symrun_new(NULL, NULL);
    uint64_t offset = 0, length = 0, whole;
    int rc;
    MUST(S != NULL);
    compile(argv[0], targets[i]);
    rc = ask("__LLVM", "__bitcode", &offset, &length, S);
    CHECK(rc == SYMRUN_OK && length > 100, "%s", symrun_message(S));
    MUST(sr_inside(offset, length, size));
    CHECK(memcmp(bytes + offset, "BC\xc0\xde", 4) == 0
          || memcmp(bytes + offset, "\xde\xc0\x17\x0b", 4) == 0,
          "not where LLVM's code is: %llu", (unsigned long long)offset);
    CHECK(ask("__LLVM", "__bitcod", &offset, &length, S) == SYMRUN_END, "none");
    CHECK(ask("__LLV", "__bitcode", &offset, &length, S) == SYMRUN_END, "none");
    CHECK(ask("__DATA", "__bss", &offset, &length, S) == SYMRUN_END,
          "a section without bytes has some");
    whole = size;
    for (size = 0; size < whole; size += 97) {
      rc = ask("__LLVM", "__bitcode", &offset, &length, S);
      CHECK(rc == SYMRUN_FORMAT, "cut at %zu: %d", size, rc);
    }
    symrun_close(S);
  }
  return finish(50);
}
