/*
** text.c
** libFuzzer's target for texts that stand in place of libraries: .tbd stubs,
** in lines and in JSON, and linker scripts.  The core asks Lua for them, and
** what that tells is read as any other file is.
**
**   make fuzz FUZZERS=text
*/

#include "lines.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

#define MANY  500  /* inputs for one engine: a new Lua takes its time */

static symrun *S;
static Sum memory;
static int left;


static void begin (void) {
  static const char stub[] = "--- !tapi-tbd\ntbd-version: 4\ntargets: "
                             "[ arm64-macos ]\ninstall-name: /x\n...\n";
  static const sr_Str name = {"first", 5};
  static const sr_Str text = {stub, sizeof stub - 1};
  sr_File *F;
  if (S != NULL) {
    symrun_close(S);
    must(memory.now == 0, "all memory was given back");
  }
  memset(&memory, 0, sizeof memory);
  S = symrun_new(counted, &memory);
  if (S == NULL || sr_file_wrap(S, name, text, &F) != SYMRUN_OK
      || scan_file(S, F, &memory) < 0 || S->texts == NULL) abort();
  must(F->ngaps == 0, "a stub is read");
  count_lines(S->texts);
  left = MANY;
}


int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  static const sr_Str name = {"input", 5};
  sr_Str all = {(const char *)bytes, size};
  size_t before;
  sr_Format format = sr_format_probe(bytes, size < SR_PROBE ? size : SR_PROBE,
                                     size);
  double since;
  sr_File *F;
  if ((format != SR_TBD && format != SR_SCRIPT) || size > 16384) return -1;
  if (left == 0) begin();
  left--;
  since = seconds();
  before = memory.most = memory.now;
  if (sr_file_wrap(S, name, all, &F) != SYMRUN_OK || scan_file(S, F, &memory)
      < 0) abort();
  must(memory.most - before <= 256 * size + ((size_t)1 << 22),
       "memory is for the input");
  in_time(seconds() - since, 200 * size, &memory);
  return 0;
}
