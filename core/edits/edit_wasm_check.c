/*
** edit_wasm_check.c
** A second look at a wasm file that was made: are all sections but those that
** hold names as they were, to the byte, in their order, and can what holds
** names be read?
**
** Layout: WebAssembly Core Specification, "Binary Format", "Modules".
*/

#include "../formats/wasm.h"
#include "edit_check.h"


typedef struct Side {
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Wasm W;
  sr_WasmBytes B;
} Side;


static int open_side (symrun *S, sr_Str bytes, Side *side) {
  sr_WasmRange all = {8, bytes.len - 8};
  int rc;
  sr_source_wrap(&side->source, bytes);
  sr_reader_set(&side->reader, &side->source);
  side->part.reader = &side->reader;
  side->part.size = bytes.len;
  rc = sr_wasm_open(S, &side->part, &side->W);
  return rc == SYMRUN_OK ? sr_wasm_bytes(&side->W, SR_PASSING, &all, &side->B)
                         : rc;
}


/* The next section, with its id. */
static int next (Side *side, unsigned *id, sr_Str *contents, bool *names) {
  uint32_t size = 0;
  uint64_t at;
  int rc = sr_wasm_u8(&side->B, "section id", id);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&side->B, "section size", &size);
  contents->ptr = (const char *)side->B.p;
  contents->len = size;
  at = sr_wasm_at(&side->B);
  if (rc == SYMRUN_OK) rc = sr_wasm_skip(&side->B, "section size", size);
  *names = *id == WASM_IMPORT || *id == WASM_EXPORT
        || (*id == WASM_CUSTOM && side->W.linking.at > at
            && side->W.linking.at + side->W.linking.size == at + size);
  return rc;
}


static int check_all (symrun *S, Side *a, Side *b) {
  unsigned ia = 0, ib = 0, n = 0;
  bool na = false, nb = false;
  sr_Str ca, cb;
  int rc = SYMRUN_OK;
  for (; rc == SYMRUN_OK && (a->B.p < a->B.end || b->B.p < b->B.end); n++) {
    rc = next(a, &ia, &ca, &na);
    if (rc == SYMRUN_OK) rc = next(b, &ib, &cb, &nb);
    if (rc == SYMRUN_OK && ia == ib && na == nb
        && (na || sr_name_order(ca, cb) == 0)) continue;
    return sr_fail(S, SYMRUN_UNKNOWN, "what was made is not what it should be, "
                   "and was thrown away: section %u is another", n);
  }
  return rc;
}


static int read_one (void *ud, const sr_Symbol *sym) {
  (void)sym;
  ++*(uint64_t *)ud;
  return SYMRUN_OK;
}


static int readable (symrun *S, Side *side, uint64_t *count) {
  sr_Ask ask;
  memset(&ask, 0, sizeof ask);
  ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED | SR_WANT_LOCAL;
  ask.view = side->W.linking.at != 0 ? SR_NATIVE : SR_DYNAMIC;
  ask.raw = ask.letters = true;
  ask.each = read_one;
  ask.ud = count;
  return sr_wasm_read(S, &side->part, &ask);
}


int sr_wasm_edit_check (symrun *S, sr_Str before, sr_Str after,
                        const sr_ObjectEdit *edits, size_t count) {
  uint64_t na = 0, nb = 0;
  Side a, b;
  int rc;
  (void)edits; (void)count;
  memset(&a, 0, sizeof a);
  memset(&b, 0, sizeof b);
  rc = open_side(S, before, &a);
  if (rc == SYMRUN_OK) rc = open_side(S, after, &b);
  if (rc == SYMRUN_OK) rc = check_all(S, &a, &b);
  if (rc == SYMRUN_OK) rc = readable(S, &a, &na);
  if (rc == SYMRUN_OK) rc = readable(S, &b, &nb);
  if (rc == SYMRUN_OK && na != nb)
    rc = sr_fail(S, SYMRUN_UNKNOWN, "what was made is not what it should be, "
                 "and was thrown away: it has %llu symbols, not %llu",
                 (unsigned long long)nb, (unsigned long long)na);
  sr_reader_free(S, &a.reader);
  sr_reader_free(S, &b.reader);
  return rc;
}
