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


static int by_text (sr_Str a, sr_Str b) {
  size_t n = a.len < b.len ? a.len : b.len;
  int c = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
  return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}


static int by_names (const void *a, const void *b) {
  const sr_WasmNames *x = (const sr_WasmNames *)a;
  const sr_WasmNames *y = (const sr_WasmNames *)b;
  int c = by_text(x->field, y->field);
  return c != 0 ? c : by_text(x->module, y->module);
}


static int import_info (sr_WasmBytes *B, sr_WasmWeak *out) {
  uint32_t count = 0, i, flags = 0;
  int rc = sr_wasm_count(B, "import info count", 3, &count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    sr_WasmNames names;
    rc = sr_wasm_name(B, "import info module", &names.module);
    if (rc == SYMRUN_OK) rc = sr_wasm_name(B, "import info name",
                                           &names.field);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "import info flags", &flags);
    if (rc != SYMRUN_OK || (flags & BINDING) != WEAK) continue;
    rc = sr_room(B->W->S, &out->list, &out->room, out->count, sizeof names);
    if (rc == SYMRUN_OK) out->list[out->count++] = names;
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
    qsort(out->list, out->count, sizeof *out->list, by_names);
  return rc;
}


bool sr_wasm_is_weak (const sr_WasmWeak *weak, const sr_Symbol *sym) {
  sr_WasmNames names;
  if (weak->count == 0) return false;
  names.module = sym->module;
  names.field = sym->field;
  return bsearch(&names, weak->list, weak->count, sizeof names, by_names)
      != NULL;
}


void sr_wasm_weak_free (sr_Wasm *W, sr_WasmWeak *weak) {
  sr_delete(W->S, weak->list, weak->room * sizeof *weak->list);
}
