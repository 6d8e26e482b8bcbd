/*
** wasm_facts.c
** What wasm modules say beside symbols, in custom sections: who made them, a
** build identifier, and for a library the others that it needs.  Nothing
** names a machine: it is the width of the memory's addresses.
**
** Layouts: WebAssembly tool conventions, "Producers Section", "Dynamic
** Linking", "Build ID".
*/

#include "facts.h"
#include "wasm.h"

enum { DYLINK_NEEDED = 2, DYLINK_RUN_PATH = 5, IS_64 = 4 };


/* -- the target ------------------------------------------------------------ */

/* The flags of the first memory's limits, if there is one. */
static int memory (sr_Wasm *W, bool *there, unsigned *flags) {
  sr_WasmImports I;
  sr_WasmBytes B;
  uint32_t count = 0;
  int rc = sr_wasm_imports(W, &I);
  *there = false;
  if (rc == SYMRUN_OK && I.counts[WASM_A_MEMORY] > 0) {
    const sr_WasmImport *m = I.list[WASM_A_MEMORY];
    *flags = (unsigned char)I.base[m->field + m->fieldlen + 1];
    *there = true;
  }
  sr_wasm_imports_free(W, &I);
  if (rc != SYMRUN_OK || *there || W->sections[WASM_MEMORY].at == 0) return rc;
  rc = sr_wasm_bytes(W, SR_MORE, &W->sections[WASM_MEMORY], &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "memory count", &count);
  if (rc == SYMRUN_OK && count > 0) {
    *there = true;
    rc = sr_wasm_u8(&B, "limits", flags);
  }
  return rc;
}


static int target (sr_Wasm *W, sr_FactAsk *ask) {
  bool there, wide;
  unsigned flags = 0;
  int rc = memory(W, &there, &flags);
  if (rc != SYMRUN_OK) return rc;
  wide = (flags & IS_64) != 0;
  if (there) rc = sr_fact_word(ask, "machine", wide ? "wasm64" : "wasm32");
  if (rc == SYMRUN_OK && there) return sr_fact_width(ask, wide ? 64 : 32,
                                                     false);
  return rc == SYMRUN_OK ? sr_fact_word(ask, "endian", "little") : rc;
}


/* -- custom sections ------------------------------------------------------- */

static int names (sr_WasmBytes *B, sr_FactAsk *ask, const char *field) {
  uint32_t count = 0, i;
  int rc = sr_wasm_count(B, "name count", 1, &count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    sr_Str name;
    rc = sr_wasm_name(B, "name", &name);
    if (rc == SYMRUN_OK) rc = sr_fact_text(ask, field, name.ptr, name.len);
  }
  return rc;
}


/* What a loader reads; before there were subsections it stood by itself, after
   four numbers. */
static int dylink (sr_Wasm *W, sr_FactAsk *ask) {
  unsigned wanted = ask->what == SR_FACT_NEEDED ? DYLINK_NEEDED
                                                : DYLINK_RUN_PATH;
  sr_WasmBytes B, sub;
  uint32_t size = 0, i;
  int rc;
  if (W->dylink.at == 0) return SYMRUN_OK;
  rc = sr_wasm_bytes(W, SR_MORE, &W->dylink, &B);
  if (W->old_dylink) {
    for (i = 0; i < 4 && rc == SYMRUN_OK; i++)
      rc = sr_wasm_u32(&B, "dylink", &size);
    return rc == SYMRUN_OK && wanted == DYLINK_NEEDED
         ? names(&B, ask, "needed") : rc;
  }
  while (rc == SYMRUN_OK && B.p < B.end) {
    unsigned about = 0;
    rc = sr_wasm_u8(&B, "subsection id", &about);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "subsection size", &size);
    sub = B;
    if (rc == SYMRUN_OK) rc = sr_wasm_skip(&B, "subsection size", size);
    if (rc != SYMRUN_OK) return rc;
    sub.end = B.p;
    if (about == wanted)
      rc = names(&sub, ask, about == DYLINK_NEEDED ? "needed" : "runpath");
  }
  return rc;
}


/* A custom section by its name; SYMRUN_END if there is none. */
static int section (sr_Wasm *W, const char *name, sr_WasmBytes *out) {
  sr_WasmRange range = {0, 0};
  int rc = sr_wasm_custom(W->S, W->part, name, &range.at, &range.size);
  /* whatever was read at once may have been read again */
  if (rc == SYMRUN_OK) rc = sr_wasm_open(W->S, W->part, W);
  return rc == SYMRUN_OK ? sr_wasm_bytes(W, SR_MORE, &range, out) : rc;
}


static int build_id (sr_Wasm *W, sr_FactAsk *ask) {
  sr_WasmBytes B;
  sr_Str id = {NULL, 0};
  uint64_t at;
  int rc = section(W, "build_id", &B);
  if (rc != SYMRUN_OK) return rc == SYMRUN_END ? SYMRUN_OK : rc;
  at = sr_wasm_at(&B);
  rc = sr_wasm_name(&B, "build_id", &id);
  if (rc == SYMRUN_OK) rc = sr_wasm_end(&B, "build_id");
  if (rc == SYMRUN_OK && (id.len == 0 || id.len > 64))
    rc = sr_wasm_damage(W, at, "build_id", id.len, "1 to 64, for this is the "
                        "length of a build identifier");
  return rc == SYMRUN_OK ? sr_fact_hex(ask, "build_id",
                                       (const unsigned char *)id.ptr, id.len)
                         : rc;
}


/* "clang 14.0.6": a name and a version, in one of three fields. */
static int producer (sr_WasmBytes *B, sr_FactAsk *ask, const char *field) {
  symrun *S = B->W->S;
  sr_Str name, version = {NULL, 0};
  char *said;
  size_t n;
  int rc = sr_wasm_name(B, "producer name", &name);
  if (rc == SYMRUN_OK) rc = sr_wasm_name(B, "producer version", &version);
  if (rc != SYMRUN_OK) return rc;
  if (version.len == 0) return sr_fact_text(ask, field, name.ptr, name.len);
  n = name.len + 1 + version.len;
  said = (char *)sr_resize(S, NULL, 0, n);
  if (said == NULL) return SYMRUN_NOMEM;
  memcpy(said, name.ptr, name.len);
  said[name.len] = ' ';
  memcpy(said + name.len + 1, version.ptr, version.len);
  rc = sr_fact_text(ask, field, said, n);
  sr_delete(S, said, n);
  return rc;
}


/* The metadata of a crate, with the rustc that wrote it. */
static int rmeta (sr_Wasm *W, sr_FactAsk *ask) {
  uint64_t at, size;
  int rc = sr_wasm_custom(W->S, W->part, ".rmeta", &at, &size);
  if (rc != SYMRUN_OK) return rc == SYMRUN_END ? SYMRUN_OK : rc;
  return sr_rmeta_producer(W->S, W->part, at, size, ask);
}


static int producers (sr_Wasm *W, sr_FactAsk *ask) {
  static const char *const fields[] = {"language", "processed-by", "sdk"};
  sr_WasmBytes B;
  uint32_t count = 0, values = 0, i, k;
  int rc = section(W, "producers", &B);
  if (rc != SYMRUN_OK) return rc == SYMRUN_END ? rmeta(W, ask) : rc;
  rc = sr_wasm_count(&B, "producers count", 2, &count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    const char *field = "other";
    sr_Str name;
    rc = sr_wasm_name(&B, "producers field", &name);
    if (rc != SYMRUN_OK) return rc;
    for (k = 0; k < 3; k++)
      if (name.len == strlen(fields[k])
          && memcmp(name.ptr, fields[k], name.len) == 0) field = fields[k];
    rc = sr_wasm_count(&B, "producers values", 2, &values);
    for (k = 0; k < values && rc == SYMRUN_OK; k++)
      rc = producer(&B, ask, field);
  }
  if (rc == SYMRUN_OK) rc = sr_wasm_end(&B, "producers");
  return rc == SYMRUN_OK ? rmeta(W, ask) : rc;
}


int sr_wasm_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  sr_Wasm W;
  int rc = sr_wasm_open(S, part, &W);
  if (rc != SYMRUN_OK) return rc;
  if (W.component)
    return sr_fact_unknown(S, part->offset + 6, "layer", "is a component: ask "
                           "the modules in it");
  switch (ask->what) {
    case SR_FACT_TARGET: return target(&W, ask);
    case SR_FACT_NEEDED: case SR_FACT_RUN_PATHS: return dylink(&W, ask);
    case SR_FACT_BUILD_ID: return build_id(&W, ask);
    case SR_FACT_PRODUCERS: return producers(&W, ask);
    /* code is not in memory, so none of it stands there or is changed there */
    case SR_FACT_STACK: return sr_fact_number(ask, "stack", 0);
    case SR_FACT_TEXTREL: return sr_fact_number(ask, "textrel", 0);
    case SR_FACT_CONSTRUCTORS: case SR_FACT_CALLED:
      return sr_wasm_lists(&W, ask);
    default: return SYMRUN_OK;
  }
}
