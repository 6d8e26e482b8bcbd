/*
** wasm_extents.c
** How long things are in a wasm module, and where: functions, globals, data
** segments.  None of it is written down in one place; it is found by passing
** over all bodies, so it is asked only by those who show sizes.
**
** Layouts: WebAssembly Core Specification, "Binary Format", with the proposals
** that engines run: garbage collection, 64-bit memories, vectors.
*/

#include "wasm.h"

#define STEP  ((uint64_t)64 * 1024)  /* bytes of code that are read together */


/* -- types ----------------------------------------------------------------- */

/* A type of the module, or one that has a name: signed, 33 bits. */
static int heap_type (sr_WasmBytes *B) {
  uint64_t ignored;
  return sr_wasm_leb(B, "heap type", 35, &ignored);
}


int sr_wasm_type (sr_WasmBytes *B) {
  uint64_t at = sr_wasm_at(B);
  unsigned type = 0;
  int rc = sr_wasm_u8(B, "value type", &type);
  if (rc != SYMRUN_OK) return rc;
  if (type == 0x63 || type == 0x64) return heap_type(B);
  if ((type >= 0x65 && type <= 0x75) || (type >= 0x7b && type <= 0x7f))
    return SYMRUN_OK;
  return sr_wasm_unknown(B->W, at, "value type", type);
}


int sr_wasm_limits (sr_WasmBytes *B) {
  enum { HAS_MOST = 1, IS_64 = 4, HAS_PAGE = 8, KNOWN = 15 };
  uint64_t at = sr_wasm_at(B), ignored;
  unsigned flags = 0, bits;
  uint32_t page;
  int rc = sr_wasm_u8(B, "limits", &flags);
  if (rc == SYMRUN_OK && (flags & ~(unsigned)KNOWN) != 0)
    return sr_wasm_unknown(B->W, at, "limits", flags);
  bits = flags & IS_64 ? 64 : 32;
  if (rc == SYMRUN_OK) rc = sr_wasm_leb(B, "limits", bits, &ignored);
  if (rc == SYMRUN_OK && (flags & HAS_MOST))
    rc = sr_wasm_leb(B, "limits", bits, &ignored);
  if (rc == SYMRUN_OK && (flags & HAS_PAGE)) rc = sr_wasm_u32(B, "limits",
                                                              &page);
  return rc;
}


/* -- constant expressions -------------------------------------------------- */

/* A signed number, of which constants are. */
static int constant (sr_WasmBytes *B, unsigned bits, uint64_t *out) {
  uint64_t at = sr_wasm_at(B), value = 0;
  unsigned shift = 0, byte = 0;
  for (;; shift += 7) {
    int rc = sr_wasm_u8(B, "constant", &byte);
    if (rc != SYMRUN_OK) return rc;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) break;
    if (shift + 7 >= bits)
      return sr_wasm_damage(B->W, at, "constant", byte, "its last byte, for "
                            "it has no more bits");
  }
  if ((byte & 0x40) && shift + 7 < 64) value |= ~(uint64_t)0 << (shift + 7);
  *out = value;
  return SYMRUN_OK;
}


/* What follows 0xfb: structures and arrays. */
static int gc_instruction (sr_WasmBytes *B, uint64_t at) {
  uint32_t op = 0, ignored;
  int rc = sr_wasm_u32(B, "instruction", &op);
  if (rc != SYMRUN_OK) return rc;
  switch (op) {
    case 0: case 1: case 6: case 7: return sr_wasm_u32(B, "type", &ignored);
    case 8:
      rc = sr_wasm_u32(B, "type", &ignored);
      return rc == SYMRUN_OK ? sr_wasm_u32(B, "length", &ignored) : rc;
    case 26: case 27: case 28: return SYMRUN_OK;
    default: return sr_wasm_unknown(B->W, at, "instruction", op);
  }
}


static int vector_constant (sr_WasmBytes *B, uint64_t at) {
  uint32_t op = 0;
  int rc = sr_wasm_u32(B, "instruction", &op);
  if (rc != SYMRUN_OK) return rc;
  if (op != 12) return sr_wasm_unknown(B->W, at, "instruction", op);
  return sr_wasm_skip(B, "constant", 16);
}


/* 'value' is what a single constant gives, else 0. */
static int expression (sr_WasmBytes *B, uint64_t *value) {
  unsigned op = 0, count = 0;
  uint64_t number = 0;
  *value = 0;
  for (;; count++) {
    uint64_t at = sr_wasm_at(B);
    uint32_t ignored;
    int rc = sr_wasm_u8(B, "instruction", &op);
    if (rc != SYMRUN_OK) return rc;
    switch (op) {
      case 0x0b:
        if (count == 1) *value = number;
        return SYMRUN_OK;
      case 0x41:
        rc = constant(B, 32, &number);
        number &= 0xffffffff;
        break;
      case 0x42: rc = constant(B, 64, &number); break;
      case 0x43: rc = sr_wasm_skip(B, "constant", 4); break;
      case 0x44: rc = sr_wasm_skip(B, "constant", 8); break;
      case 0x23: case 0xd2: rc = sr_wasm_u32(B, "index", &ignored); break;
      case 0xd0: rc = heap_type(B); break;
      case 0x6a: case 0x6b: case 0x6c: case 0x7c: case 0x7d: case 0x7e: break;
      case 0xfb: rc = gc_instruction(B, at); break;
      case 0xfd: rc = vector_constant(B, at); break;
      default: return sr_wasm_unknown(B->W, at, "instruction", op);
    }
    if (rc != SYMRUN_OK) return rc;
  }
}


/* -- extents --------------------------------------------------------------- */

static int one_global (sr_WasmBytes *B, sr_WasmExtent *out) {
  unsigned mutable;
  int rc = sr_wasm_type(B);
  if (rc == SYMRUN_OK) rc = sr_wasm_u8(B, "mutability", &mutable);
  return rc == SYMRUN_OK ? expression(B, &out->value) : rc;
}


/* Its extent is its data; what stands before says where these go. */
static int one_segment (sr_WasmBytes *B, uint64_t begin, sr_WasmExtent *out) {
  enum { PASSIVE = 1, HAS_MEMORY = 2 };
  uint64_t at = sr_wasm_at(B);
  uint32_t flags = 0, ignored, size = 0;
  int rc = sr_wasm_u32(B, "segment flags", &flags);
  if (rc == SYMRUN_OK && flags > HAS_MEMORY)
    return sr_wasm_unknown(B->W, at, "segment flags", flags);
  if (rc == SYMRUN_OK && (flags & HAS_MEMORY))
    rc = sr_wasm_u32(B, "memory index", &ignored);
  if (rc == SYMRUN_OK && !(flags & PASSIVE)) rc = expression(B, &out->value);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "segment size", &size);
  out->at = (uint32_t)(sr_wasm_at(B) - begin);
  out->size = size;
  return rc == SYMRUN_OK ? sr_wasm_skip(B, "segment size", size) : rc;
}


static int small_things (sr_Wasm *W, unsigned section, sr_WasmExtent *list) {
  const sr_WasmRange *range = &W->sections[section];
  sr_WasmBytes B;
  uint32_t i, count;
  int rc = sr_wasm_bytes(W, SR_PASSING, range, &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "count", &count);
  for (i = 0; i < W->counts[section] && rc == SYMRUN_OK; i++) {
    sr_WasmExtent *X = &list[i];
    X->at = (uint32_t)(sr_wasm_at(&B) - range->at);
    if (section == WASM_DATA) { rc = one_segment(&B, range->at, X); continue; }
    rc = one_global(&B, X);
    X->size = (uint32_t)(sr_wasm_at(&B) - range->at) - X->at;
  }
  return rc == SYMRUN_OK ? sr_wasm_end(&B, "section size") : rc;
}


/* Bodies are passed over: 'at' and 'end' are of the part.  A function's extent
   has its size's own bytes in it, as nm tools have it. */
static int functions (sr_Wasm *W, sr_WasmExtent *list) {
  const sr_WasmRange *range = &W->sections[WASM_CODE];
  uint64_t at = range->at, end = range->at + range->size;
  uint32_t i, size = 0;
  sr_WasmBytes B;
  for (i = 0; i <= W->counts[WASM_CODE]; i++) {  /* the count, then bodies */
    uint64_t left = end - at, need = left < 5 ? left : 5, want;
    int rc;
    want = left < STEP ? left : STEP;
    B.W = W;
    B.at = at;
    B.begin = B.p = sr_wasm_look(W, SR_PASSING, at, need, want);
    if (B.p == NULL) return W->S->code;
    B.end = B.p + need;
    rc = sr_wasm_u32(&B, "function size", &size);
    if (rc != SYMRUN_OK) return rc;
    if (i == 0) { at = sr_wasm_at(&B); continue; }
    if (size < 2 || size > end - sr_wasm_at(&B))
      return sr_wasm_damage(W, at, "function size", size, "2 or more, and no "
                            "more than the section has left");
    list[i - 1].at = (uint32_t)(at - range->at);
    at = sr_wasm_at(&B) + size;
    list[i - 1].size = (uint32_t)(at - range->at) - list[i - 1].at;
  }
  return at == end ? SYMRUN_OK
       : sr_wasm_damage(W, at, "section size", end - at, "0: all functions "
                        "were passed, and so many bytes are left");
}


int sr_wasm_extent (sr_Wasm *W, sr_WasmExtents *X, unsigned section,
                    uint32_t i, const sr_WasmExtent **out) {
  size_t count = W->counts[section];
  *out = NULL;
  if (i >= count) return SYMRUN_OK;
  if (X->list[section] == NULL) {
    sr_WasmExtent *list = (sr_WasmExtent *)sr_new(W->S, count * sizeof *list);
    int rc;
    if (list == NULL) return SYMRUN_NOMEM;
    X->list[section] = list;
    X->counts[section] = count;
    rc = section == WASM_CODE ? functions(W, list)
                              : small_things(W, section, list);
    if (rc != SYMRUN_OK) return rc;
  }
  *out = &X->list[section][i];
  return SYMRUN_OK;
}


void sr_wasm_extents_free (sr_Wasm *W, sr_WasmExtents *X) {
  static const unsigned char used[] = {WASM_GLOBAL, WASM_CODE, WASM_DATA};
  unsigned i;
  for (i = 0; i < sizeof used; i++)
    sr_delete(W->S, X->list[used[i]], X->counts[used[i]]
                                      * sizeof *X->list[used[i]]);
}
