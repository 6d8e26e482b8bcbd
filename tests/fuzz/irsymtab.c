/*
** irsymtab.c
** libFuzzer's target for the symbol table of LLVM bitcode, without the stream
** of bits around it: two bytes that say how long the table is, the table, its
** strings.
**
**   make fuzz FUZZERS=irsymtab
*/

#include "scan.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  static const sr_View_name view = SR_BITCODE_VIEW;
  sr_Str all = {(const char *)bytes, size};
  sr_Source source;
  sr_Reader reader;
  sr_Part part = {&reader, 0, size, NULL, 0};
  sr_IrTable table;
  sr_Ask ask;
  Sum sum;
  symrun *S;
  size_t length;
  unsigned way;
  if (size < 2) return -1;
  length = sr_u16(bytes, false);
  if (length > size - 2) length = size - 2;
  memset(&sum, 0, sizeof sum);
  S = symrun_new(counted, &sum);
  if (S == NULL) abort();
  memset(&reader, 0, sizeof reader);
  sr_source_wrap(&source, all);
  sr_reader_set(&reader, &source);
  memset(&table, 0, sizeof table);
  table.S = S;
  table.part = &part;
  table.bytes = bytes + 2;
  table.size = length;
  table.at = 2;
  table.strings = (const char *)bytes + 2 + length;
  table.strsize = size - 2 - length;
  for (way = 0; way < 4; way++) {
    memset(&ask, 0, sizeof ask);
    ask.view = ask.told = view;
    ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED | (way & 1 ? 0
                                                      : SR_WANT_LOCAL);
    ask.letters = (way & 2) != 0;
    ask.comdats = (way & 2) == 0;
    ask.each = sum_up;
    ask.ud = &sum;
    sr_irsymtab_read(&table, &ask);
  }
  must(sum.given <= 4 * 64 * (uint64_t)size, "names are shared so often only");
  sr_reader_free(S, &reader);
  symrun_close(S);
  must(sum.now == 0, "all memory was given back");
  return 0;
}
