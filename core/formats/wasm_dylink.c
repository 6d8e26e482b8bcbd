/*
** wasm_dylink.c
** What a loader reads of a wasm library, in its section "dylink.0": which of
** the imports may stay without anybody who defines them.  It tells these by
** their names once more, in an order of its own.
**
** Layout: WebAssembly tool conventions, "Dynamic Linking".
*/

#include <stdlib.h>

#include "wasm.h"

enum { IMPORT_INFO = 4, WEAK = 1, BINDING = 3 };


static int by_bytes (const void *a, const void *b) {
  const sr_Str *x = (const sr_Str *)a, *y = (const sr_Str *)b;
  size_t n = x->len < y->len ? x->len : y->len;
  int c = n > 0 ? memcmp(x->ptr, y->ptr, n) : 0;
  return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}


static int import_info (sr_WasmBytes *B, sr_WasmWeak *out) {
  uint32_t count = 0, i, flags = 0;
  int rc = sr_wasm_count(B, "import info count", 3, &count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    sr_Str module, field;
    rc = sr_wasm_name(B, "import info module", &module);
    if (rc == SYMRUN_OK) rc = sr_wasm_name(B, "import info name", &field);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "import info flags", &flags);
    if (rc != SYMRUN_OK || (flags & BINDING) != WEAK) continue;
    rc = sr_room(B->W->S, &out->list, &out->room, out->count, sizeof field);
    if (rc == SYMRUN_OK) out->list[out->count++] = field;
  }
  return rc == SYMRUN_OK ? sr_wasm_end(B, "subsection size") : rc;
}


int sr_wasm_weak (sr_Wasm *W, sr_WasmWeak *out) {
  sr_WasmBytes B, sub;
  int rc;
  memset(out, 0, sizeof *out);
  if (W->dylink.at == 0 || W->old_dylink) return SYMRUN_OK;
  rc = sr_wasm_bytes(W, SR_STRINGS, &W->dylink, &B);
  while (rc == SYMRUN_OK && B.p < B.end) {
    unsigned about = 0;
    uint32_t size = 0;
    rc = sr_wasm_u8(&B, "subsection id", &about);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "subsection size", &size);
    sub = B;
    if (rc == SYMRUN_OK) rc = sr_wasm_skip(&B, "subsection size", size);
    if (rc != SYMRUN_OK) return rc;
    sub.end = B.p;
    if (about == IMPORT_INFO) rc = import_info(&sub, out);
  }
  if (rc == SYMRUN_OK && out->count > 1)
    qsort(out->list, out->count, sizeof *out->list, by_bytes);
  return rc;
}


/* Loaders go by the name alone: "GOT.func" has the address of what "env" has,
   and the section tells of one of them. */
bool sr_wasm_is_weak (const sr_WasmWeak *weak, const sr_Symbol *sym) {
  return weak->count > 0
      && bsearch(&sym->field, weak->list, weak->count, sizeof sym->field,
                 by_bytes) != NULL;
}


void sr_wasm_weak_free (sr_Wasm *W, sr_WasmWeak *weak) {
  sr_delete(W->S, weak->list, weak->room * sizeof *weak->list);
}
