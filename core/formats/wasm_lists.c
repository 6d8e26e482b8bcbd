/*
** wasm_lists.c
** The sections of a wasm module, those that a name is defined in, and the
** functions that an object wants called first.  To a linker, the segments of
** data are what sections are elsewhere: they have names and flags, so in an
** object they stand for the section "DATA".  A function needs no section of
** its own to be dropped or kept.
**
** Layouts: WebAssembly Core Specification, "Modules"; tool conventions,
** "Linking"; WASM_SEG_FLAG_* and WASM_SYMBOL_* in llvm/BinaryFormat/Wasm.h.
*/

#include "facts.h"
#include "wasm.h"

enum { SEGMENT_INFO = 5, INIT_FUNCS, COMDATS };  /* parts of "linking" */
enum { SEGMENT_RETAIN = 4 };

/* As LLVM's tools call them. */
static const char *const names[WASM_SECTIONS] = {
  "", "TYPE", "IMPORT", "FUNCTION", "TABLE", "MEMORY", "GLOBAL", "EXPORT",
  "START", "ELEM", "CODE", "DATA", "DATACOUNT", "TAG"
};

typedef struct Lists {
  sr_Wasm W;
  sr_FactAsk *ask;
  sr_WasmBytes segments;     /* their names; W NULL: there is no such part */
  sr_WasmExtents extents;
  unsigned char *comdats;    /* by segment */
  uint32_t *places;          /* where each record begins in these names */
  size_t nsegments;
} Lists;


/* The next part of "linking", behind '*B'; SYMRUN_END. */
static int next_part (sr_WasmBytes *B, unsigned *about, sr_WasmBytes *out) {
  uint32_t size = 0;
  int rc;
  if (B->p == B->end) return SYMRUN_END;
  rc = sr_wasm_u8(B, "subsection id", about);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "subsection size", &size);
  *out = *B;
  if (rc == SYMRUN_OK) rc = sr_wasm_skip(B, "subsection size", size);
  out->end = B->p;
  return rc;
}


static int open_linking (sr_Wasm *W, int slot, sr_WasmBytes *B) {
  uint32_t version;
  int rc = sr_wasm_bytes(W, slot, &W->linking, B);
  return rc == SYMRUN_OK ? sr_wasm_u32(B, "linking version", &version) : rc;
}


/* -- segments of data ------------------------------------------------------ */

static int mark_comdats (Lists *L, sr_WasmBytes *B) {
  uint32_t count = 0, flags, members = 0, kind = 0, index = 0, i, k;
  int rc = sr_wasm_count(B, "COMDAT count", 3, &count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    sr_Str name;
    rc = sr_wasm_name(B, "COMDAT name", &name);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "COMDAT flags", &flags);
    if (rc == SYMRUN_OK) rc = sr_wasm_count(B, "COMDAT size", 2, &members);
    for (k = 0; k < members && rc == SYMRUN_OK; k++) {
      rc = sr_wasm_u32(B, "COMDAT kind", &kind);
      if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "COMDAT index", &index);
      if (rc == SYMRUN_OK && kind == 0 && index < L->nsegments)
        L->comdats[index] = 1;
    }
  }
  return rc;
}


static int find_places (Lists *L, sr_WasmBytes *B) {
  sr_Wasm *W = &L->W;
  uint32_t count = 0, ignored, i;
  int rc = sr_wasm_count(B, "segment count", 3, &count);
  if (rc == SYMRUN_OK && count != L->nsegments)
    rc = sr_wasm_damage(W, sr_wasm_at(B), "segment count", count, "that of the "
                        "data segments that are there");
  if (rc != SYMRUN_OK) return rc;
  L->segments = *B;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    sr_Str name;
    L->places[i] = (uint32_t)(B->p - L->segments.p);
    rc = sr_wasm_name(B, "segment name", &name);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "segment alignment", &ignored);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "segment flags", &ignored);
  }
  return rc;
}


/* Their names stay where they are until the slot is asked again. */
static int open_segments (Lists *L) {
  sr_Wasm *W = &L->W;
  const sr_WasmExtent *extent;
  sr_WasmBytes B, part;
  unsigned about = 0;
  int rc;
  if (W->linking.at == 0) return SYMRUN_OK;
  L->nsegments = W->counts[WASM_DATA];
  if (L->nsegments == 0) return SYMRUN_OK;
  L->comdats = (unsigned char *)sr_new(W->S, L->nsegments);
  if (L->comdats == NULL) return SYMRUN_NOMEM;
  L->places = (uint32_t *)sr_new(W->S, L->nsegments * sizeof *L->places);
  if (L->places == NULL) return SYMRUN_NOMEM;
  rc = sr_wasm_extent(W, &L->extents, WASM_DATA, 0, &extent);
  if (rc == SYMRUN_OK) rc = open_linking(W, SR_SYMBOLS, &B);
  while (rc == SYMRUN_OK
         && (rc = next_part(&B, &about, &part)) == SYMRUN_OK) {
    if (about == COMDATS) rc = mark_comdats(L, &part);
    if (about == SEGMENT_INFO) rc = find_places(L, &part);
    if (rc != SYMRUN_OK) break;
  }
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}


static void done (Lists *L) {
  sr_wasm_extents_free(&L->W, &L->extents);
  sr_delete(L->W.S, L->comdats, L->comdats != NULL ? L->nsegments : 0);
  sr_delete(L->W.S, L->places, L->places != NULL
            ? L->nsegments * sizeof *L->places : 0);
}


typedef struct Segment {
  sr_Str name;
  uint64_t at, size;     /* of its bytes in the part */
  unsigned flags;
} Segment;

static int segment (Lists *L, uint32_t i, Segment *out) {
  const sr_WasmExtent *extent = NULL;
  sr_WasmBytes B = L->segments;
  uint32_t align, flags = 0;
  int rc;
  B.p += L->places[i];
  memset(out, 0, sizeof *out);
  rc = sr_wasm_name(&B, "segment name", &out->name);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "segment alignment", &align);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "segment flags", &flags);
  if (rc == SYMRUN_OK)
    rc = sr_wasm_extent(&L->W, &L->extents, WASM_DATA, i, &extent);
  if (rc != SYMRUN_OK || extent == NULL) return rc;
  out->at = L->W.sections[WASM_DATA].at + extent->at;
  out->size = extent->size;
  out->flags = SR_SECTION_WRITE
             | (flags & SEGMENT_RETAIN ? SR_SECTION_RETAIN : 0u)
             | (L->comdats[i] ? SR_SECTION_COMDAT : 0u);
  return SYMRUN_OK;
}


/* -- sections -------------------------------------------------------------- */

static bool wanted (const Lists *L, sr_Str name) {
  return L->ask->what != SR_FACT_BYTES
      || (name.len == L->ask->name.len
          && memcmp(name.ptr, L->ask->name.ptr, name.len) == 0);
}


static int give (Lists *L, sr_Str name, const sr_WasmRange *bytes,
                 unsigned flags) {
  sr_WasmBytes B;
  int rc;
  if (!wanted(L, name)) return SYMRUN_OK;
  if (L->ask->what != SR_FACT_BYTES)
    return sr_fact_section(L->ask, name.ptr, name.len, bytes->size, flags);
  if (bytes->size == 0) return sr_fact_text(L->ask, "bytes", "", 0);
  rc = sr_wasm_bytes(&L->W, SR_MORE, bytes, &B);
  return rc == SYMRUN_OK ? sr_fact_text(L->ask, "bytes", (const char *)B.p,
                                        (size_t)bytes->size) : rc;
}


static int data (Lists *L, const sr_WasmRange *contents) {
  uint32_t i;
  int rc = SYMRUN_OK;
  if (L->segments.W == NULL) {
    sr_Str name = {"DATA", 4};
    return give(L, name, contents, SR_SECTION_WRITE);
  }
  for (i = 0; i < L->nsegments && rc == SYMRUN_OK; i++) {
    Segment seg;
    sr_WasmRange bytes;
    rc = segment(L, i, &seg);
    bytes.at = seg.at;
    bytes.size = seg.size;
    if (rc == SYMRUN_OK) rc = give(L, seg.name, &bytes, seg.flags);
  }
  return rc;
}


static int custom (Lists *L, const sr_WasmRange *contents) {
  sr_WasmRange rest;
  sr_WasmBytes B;
  sr_Str name;
  int rc = sr_wasm_bytes(&L->W, SR_PASSING, contents, &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_name(&B, "section name", &name);
  if (rc != SYMRUN_OK) return rc;
  rest.at = sr_wasm_at(&B);
  rest.size = contents->at + contents->size - rest.at;
  return give(L, name, &rest, 0);
}


/* In the file's order; wasm.c has found that they follow each other. */
static int all (Lists *L) {
  sr_Wasm *W = &L->W;
  uint64_t at = 8;
  int rc = open_segments(L);
  while (rc == SYMRUN_OK && at < W->part->size) {
    uint64_t left = W->part->size - at;
    sr_WasmRange head = {0, 0}, contents;
    sr_WasmBytes B;
    unsigned id = 0;
    uint32_t size = 0;
    head.at = at;
    head.size = left < 16 ? left : 16;
    rc = sr_wasm_bytes(W, SR_PASSING, &head, &B);
    if (rc == SYMRUN_OK) rc = sr_wasm_u8(&B, "section id", &id);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "section size", &size);
    if (rc != SYMRUN_OK) return rc;
    contents.at = sr_wasm_at(&B);
    contents.size = size;
    at = contents.at + size;
    if (id == WASM_CUSTOM) rc = custom(L, &contents);
    else if (id == WASM_DATA) rc = data(L, &contents);
    else if (id < WASM_SECTIONS) {
      sr_Str name = {names[id], strlen(names[id])};
      rc = give(L, name, &contents, id == WASM_CODE ? SR_SECTION_EXECUTE : 0u);
    }
  }
  return rc;
}


/* What is neither a function, nor data, nor a global, is a table or a tag. */
static int defined (Lists *L, const sr_FactFound *F) {
  sr_Wasm *W = &L->W;
  unsigned id = F->type == SR_FUNC ? WASM_CODE : WASM_GLOBAL;
  if (F->section != 0 && L->segments.W != NULL) {
    Segment seg;
    int rc = segment(L, F->section - 1, &seg);
    return rc != SYMRUN_OK ? rc
         : sr_fact_section(L->ask, seg.name.ptr, seg.name.len, seg.size,
                           seg.flags | F->flags);
  }
  if (F->section != 0 || (F->type != SR_FUNC && F->type != SR_OBJECT)
      || (F->type == SR_OBJECT && W->linking.at == 0))
    return sr_fact_unknown(W->S, W->part->offset, "symbol kind", "does not say "
                           "in which section or segment the name is defined");
  return sr_fact_section(L->ask, names[id], strlen(names[id]),
                         W->sections[id].size,
                         (id == WASM_CODE ? SR_SECTION_EXECUTE
                                          : SR_SECTION_WRITE) | F->flags);
}


static int of_definitions (Lists *L, symrun *S, const sr_Part *part) {
  sr_FactFound *list = NULL;
  size_t count = 0, room = 0, i;
  int rc = sr_found(S, part, sr_wasm_read, L->ask->name, &list, &count, &room);
  if (rc == SYMRUN_OK) rc = sr_wasm_open(S, part, &L->W);
  if (rc == SYMRUN_OK && count > 0) rc = open_segments(L);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) rc = defined(L, &list[i]);
  sr_delete(S, list, room * sizeof *list);
  return rc;
}


int sr_wasm_section_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  Lists L;
  int rc;
  memset(&L, 0, sizeof L);
  L.ask = ask;
  L.W.S = S;
  if (ask->what == SR_FACT_SECTIONS_OF) rc = of_definitions(&L, S, part);
  else {
    rc = sr_wasm_open(S, part, &L.W);
    if (rc == SYMRUN_OK && L.W.component)
      rc = sr_fact_unknown(S, part->offset + 6, "layer", "is a component: ask "
                           "the modules in it");
    if (rc == SYMRUN_OK) rc = all(&L);
  }
  done(&L);
  return rc;
}


/* -- constructors ---------------------------------------------------------- */

static int init_functions (sr_WasmBytes *B, sr_Calls *calls,
                           const sr_FactAsk *ask) {
  bool named = ask->what == SR_FACT_CALLED;
  uint32_t count = 0, priority, symbol = 0, i;
  int rc = sr_wasm_count(B, "init function count", 2, &count);
  if (rc != SYMRUN_OK || count == 0) return rc;
  if (!named) return sr_fact_counted(ask, "section", "linking", 7, count);
  rc = sr_calls_list(calls, "linking", 7, count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    rc = sr_wasm_u32(B, "init function priority", &priority);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "init function symbol", &symbol);
    if (rc == SYMRUN_OK)
      rc = sr_calls_add(calls, calls->nlists - 1, i, SR_BY_NUMBER, symbol);
  }
  return rc == SYMRUN_OK ? sr_wasm_end(B, "subsection size") : rc;
}


/* The linker reads their list from an object, and makes it code. */
int sr_wasm_lists (sr_Wasm *W, sr_FactAsk *ask) {
  sr_WasmBytes B, part;
  sr_Calls calls;
  unsigned about = 0;
  int rc;
  if (W->linking.at == 0)
    return sr_fact_unknown(W->S, W->part->offset, "linking", "was linked, and "
                           "which constructors it runs is known to its own "
                           "code");
  sr_calls_begin(&calls, W->S, W->part, ask);
  rc = open_linking(W, SR_MORE, &B);
  while (rc == SYMRUN_OK && (rc = next_part(&B, &about, &part)) == SYMRUN_OK)
    if (about == INIT_FUNCS) rc = init_functions(&part, &calls, ask);
  return sr_calls_end(&calls, sr_wasm_read, rc == SYMRUN_END ? SYMRUN_OK : rc);
}
