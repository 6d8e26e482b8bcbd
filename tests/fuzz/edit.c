/*
** edit.c
** libFuzzer's target for objects that are changed: each operation on some of
** the names that the object has.  What is made has been read again before it
** is given out, so a reader that finds it wrong is a failure here; and what
** was done once is not done again.
**
**   make fuzz FUZZERS=edit
*/

#include "edits/rewrite.h"
#include "scan.h"

#define NAMES  6

typedef struct Names { char text[NAMES][64]; size_t len[NAMES], count; } Names;

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);


static int a_name (void *ud, const sr_Symbol *sym) {
  Names *N = (Names *)ud;
  if (sym->len == 0 || sym->len > 64 || sym->type == SR_SECTION
      || sym->type == SR_SOURCE) return SYMRUN_OK;
  memcpy(N->text[N->count], sym->name, sym->len);
  N->len[N->count++] = sym->len;
  return N->count == NAMES ? SYMRUN_END : SYMRUN_OK;
}


static sr_Format format_of (sr_Str bytes) {
  return sr_format_probe((const unsigned char *)bytes.ptr,
                         bytes.len < SR_PROBE ? bytes.len : SR_PROBE,
                         bytes.len);
}


static void some_names (symrun *S, sr_Str bytes, Names *N) {
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Ask ask;
  memset(&reader, 0, sizeof reader);
  memset(&part, 0, sizeof part);
  memset(&ask, 0, sizeof ask);
  sr_source_wrap(&source, bytes);
  sr_reader_set(&reader, &source);
  part.reader = &reader;
  part.size = bytes.len;
  ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED;
  if (bytes.len % 2 == 0) ask.want |= SR_WANT_LOCAL;
  ask.each = a_name;
  ask.ud = N;
  N->count = 0;
  ask.raw = true;
  sr_format_read(S, format_of(bytes), &part, &ask);
  sr_reader_free(S, &reader);
}


static void change (symrun *S, sr_Str bytes, sr_ObjectEdit *edits,
                    size_t count) {
  sr_Made once = {NULL, 0, 0}, twice = {NULL, 0, 0};
  sr_Str now;
  int rc = sr_object_edit(S, format_of(bytes), bytes, edits, count, &once);
  must(rc == SYMRUN_OK || strncmp(S->message, "what was made", 13) != 0,
       S->message);
  must(rc == SYMRUN_OK || once.ptr == NULL, "there are bytes or a reason");
  if (rc == SYMRUN_OK && once.room > 0 && count == 1) {
    now.ptr = once.ptr;
    now.len = once.len;
    rc = sr_object_edit(S, format_of(now), now, edits, count, &twice);
    must(rc == SYMRUN_OK && twice.room == 0, "twice is once");
  }
  must(rc != SYMRUN_OK || once.len <= 2 * bytes.len + 8192,
       "what is made is for the input");
  sr_made_free(S, &once);
  sr_made_free(S, &twice);
}


static void all_edits (symrun *S, sr_Str bytes) {
  static const sr_Str to = {"a_new_name", 10};
  static const sr_Str sections[] = {{".text", 5}, {".comment", 8},
                                    {".debug_line", 11}, {".data", 5}};
  sr_ObjectEdit edits[NAMES + 1];
  Names N;
  size_t i;
  int op;
  some_names(S, bytes, &N);
  memset(edits, 0, sizeof edits);
  for (op = 0; op < SR_OBJECTOPS; op++) {
    for (i = 0; i < N.count; i++) {
      edits[i].op = (sr_ObjectOp)op;
      edits[i].name.ptr = N.text[i];
      edits[i].name.len = N.len[i];
      edits[i].to = to;
      edits[i].how = i % 2 ? SR_DISSOLVE | SR_DROP_LTO | SR_INSIST
                             | SR_CLEAR_EXTERN : 0;
      change(S, bytes, &edits[i], 1);
    }
    if (N.count > 0 && op != SR_DROP_SECTION)
      change(S, bytes, edits, op == SR_KEEP_ONLY ? N.count / 2 : N.count);
  }
  edits[0].op = SR_DROP_SECTION;
  for (i = 0; i < 4; i++) {
    edits[0].name = sections[i];
    change(S, bytes, edits, 1);
  }
}


int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  sr_Str all = {(const char *)bytes, size};
  Sum sum;
  symrun *S;
  double begin = seconds();
  switch (format_of(all)) {
    case SR_ELF: case SR_MACHO: case SR_COFF: case SR_COFF_BIGOBJ:
    case SR_WASM: break;
    default: return -1;
  }
  memset(&sum, 0, sizeof sum);
  S = symrun_new(counted, &sum);
  if (S == NULL) abort();
  all_edits(S, all);
  symrun_close(S);
  must(sum.now == 0, "all memory was given back");
  must(sum.most <= 32 * size + ((size_t)1 << 20), "memory is for the input");
  must(seconds() - begin <= 0.5 + 2e-5 * (double)size, "time is, too");
  return 0;
}
