/*
** edit_wasm_open.c
** What of a wasm object has names: imports, COMDATs, symbols.  An undefined
** symbol is an import too, and unless it has a name of its own the two share
** one, so that a change to either is one to both.
**
** Layout: WebAssembly Core Specification, "Binary Format", "Modules"; tool
** conventions, "Linking".
*/

#include "edit_wasm.h"

enum { COMDATS = 7, SYMBOLS = 8 };


static sr_Str between (const unsigned char *from, const unsigned char *to) {
  sr_Str s;
  s.ptr = (const char *)from;
  s.len = (size_t)(to - from);
  return s;
}


/* -- imports --------------------------------------------------------------- */

static int skip_type (sr_WasmBytes *B, unsigned kind) {
  uint32_t index;
  unsigned flag;
  int rc = SYMRUN_OK;
  switch (kind) {
    case WASM_A_TABLE:
      rc = sr_wasm_type(B);
      return rc == SYMRUN_OK ? sr_wasm_limits(B) : rc;
    case WASM_A_MEMORY: return sr_wasm_limits(B);
    case WASM_A_GLOBAL:
      rc = sr_wasm_type(B);
      return rc == SYMRUN_OK ? sr_wasm_u8(B, "mutability", &flag) : rc;
    case WASM_A_TAG:
      rc = sr_wasm_u8(B, "tag attribute", &flag);
      break;
    default: break;
  }
  return rc == SYMRUN_OK ? sr_wasm_u32(B, "type index", &index) : rc;
}


static int one_import (sr_WasmEdit *X, sr_WasmBytes *B) {
  sr_WasmEditImport *m;
  const unsigned char *begin;
  unsigned kind = 0;
  int rc = sr_room(X->S, &X->imports, &X->improom, X->nimports,
                   sizeof *X->imports);
  if (rc != SYMRUN_OK) return rc;
  m = &X->imports[X->nimports];
  memset(m, 0, sizeof *m);
  rc = sr_wasm_name(B, "import module", &m->module);
  if (rc == SYMRUN_OK) rc = sr_wasm_name(B, "import name", &m->field);
  begin = B->p;
  if (rc == SYMRUN_OK) rc = sr_wasm_u8(B, "import kind", &kind);
  if (rc == SYMRUN_OK && kind >= WASM_KINDS)
    return sr_wasm_unknown(&X->W, sr_wasm_at(B) - 1, "import kind", kind);
  if (rc == SYMRUN_OK) rc = skip_type(B, kind);
  m->type = between(begin, B->p);
  if (rc == SYMRUN_OK)
    rc = sr_room(X->S, &X->by_kind[kind], &X->kindroom[kind], X->kinds[kind],
                 sizeof **X->by_kind);
  if (rc == SYMRUN_OK)
    X->by_kind[kind][X->kinds[kind]++] = (uint32_t)X->nimports++;
  return rc;
}


int sr_wasm_edit_imports (sr_WasmEdit *X) {
  sr_WasmBytes B;
  uint32_t count = 0, i;
  int rc;
  if (X->W.sections[WASM_IMPORT].at == 0) return SYMRUN_OK;
  rc = sr_wasm_bytes(&X->W, SR_MORE, &X->W.sections[WASM_IMPORT], &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_count(&B, "import count", 4, &count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) rc = one_import(X, &B);
  return rc == SYMRUN_OK ? sr_wasm_end(&B, "section size") : rc;
}


/* -- COMDAT groups --------------------------------------------------------- */

static int one_member (sr_WasmEdit *X, sr_WasmBytes *B) {
  enum { A_SEGMENT, FUNCTION, CUSTOM_SECTION = 5 };
  uint64_t at = sr_wasm_at(B);
  uint32_t kind = 0, index = 0;
  size_t imported, count;
  int rc = sr_wasm_u32(B, "COMDAT kind", &kind);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "COMDAT index", &index);
  if (rc != SYMRUN_OK || kind == CUSTOM_SECTION) return rc;
  if (kind > FUNCTION)
    return sr_wasm_damage(&X->W, at, "COMDAT kind", kind, "0, 1 or 5: data, a "
                          "function, a section");
  imported = kind == FUNCTION ? X->kinds[WASM_A_FUNCTION] : 0;
  count = X->W.counts[kind == FUNCTION ? WASM_FUNCTION : WASM_DATA];
  if (index < imported || index - imported >= count)
    return sr_wasm_damage(&X->W, at, "COMDAT index", index, "that of something "
                          "that is defined here");
  X->group_of[kind][index - imported] = (uint32_t)X->ngroups;
  return SYMRUN_OK;
}


static int one_group (sr_WasmEdit *X, sr_WasmBytes *B) {
  const unsigned char *begin = B->p;
  uint32_t flags, members = 0, i;
  sr_Str name;
  int rc = sr_wasm_name(B, "COMDAT name", &name);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "COMDAT flags", &flags);
  if (rc == SYMRUN_OK) rc = sr_wasm_count(B, "COMDAT size", 2, &members);
  if (rc == SYMRUN_OK)
    rc = sr_room(X->S, &X->groups, &X->grouproom, X->ngroups,
                 sizeof *X->groups);
  if (rc != SYMRUN_OK) return rc;
  X->ngroups++;
  for (i = 0; i < members && rc == SYMRUN_OK; i++) rc = one_member(X, B);
  X->groups[X->ngroups - 1] = between(begin, B->p);
  return rc;
}


static int groups (sr_WasmEdit *X, sr_WasmBytes *B) {
  uint32_t count = 0, i;
  unsigned k;
  int rc = sr_wasm_count(B, "COMDAT count", 3, &count);
  for (k = 0; k < 2 && rc == SYMRUN_OK; k++) {
    size_t n = X->W.counts[k == 0 ? WASM_DATA : WASM_FUNCTION];
    if (n == 0) continue;
    X->group_of[k] = (uint32_t *)sr_new(X->S, n * sizeof *X->group_of[k]);
    if (X->group_of[k] == NULL) return SYMRUN_NOMEM;
  }
  for (i = 0; i < count && rc == SYMRUN_OK; i++) rc = one_group(X, B);
  if (rc != SYMRUN_OK) return rc;
  if (X->ngroups > 0) {
    X->dissolved = (bool *)sr_new(X->S, X->ngroups * sizeof *X->dissolved);
    if (X->dissolved == NULL) return SYMRUN_NOMEM;
  }
  return sr_wasm_end(B, "subsection size");
}


/* -- symbols --------------------------------------------------------------- */

static int is_import (sr_WasmEdit *X, sr_WasmEditSym *sym, unsigned kind,
                      uint32_t index, uint64_t at) {
  if (index >= X->kinds[kind])
    return sr_wasm_damage(&X->W, at, "symbol index", index, "that of an "
                          "import, for the symbol is undefined");
  sym->import = X->by_kind[kind][index];
  X->imports[sym->import].users++;
  return SYMRUN_OK;
}


static int indexed (sr_WasmEdit *X, sr_WasmBytes *B, sr_WasmEditSym *sym,
                    sr_Str *name) {
  static const unsigned char kinds[WASM_SYM_KINDS] = {
    [WASM_SYM_FUNCTION] = WASM_A_FUNCTION, [WASM_SYM_GLOBAL] = WASM_A_GLOBAL,
    [WASM_SYM_TAG] = WASM_A_TAG, [WASM_SYM_TABLE] = WASM_A_TABLE
  };
  unsigned kind = kinds[sym->kind];
  const unsigned char *begin = B->p;
  uint64_t at = sr_wasm_at(B);
  uint32_t index;
  int rc = sr_wasm_u32(B, "symbol index", &index);
  sym->index = between(begin, B->p);
  if (rc != SYMRUN_OK) return rc;
  if (sym->flags & WASM_SYM_UNDEFINED) {
    rc = is_import(X, sym, kind, index, at);
    if (rc != SYMRUN_OK) return rc;
    if (sym->flags & WASM_SYM_EXPLICIT)
      return sr_wasm_name(B, "symbol name", name);
    *name = X->imports[sym->import].field;
    return SYMRUN_OK;
  }
  if (index < X->kinds[kind]
      || index - X->kinds[kind] >= X->W.counts[sr_wasm_section(kind)])
    return sr_wasm_damage(&X->W, at, "symbol index", index, "that of something "
                          "that is defined here");
  if (sym->kind == WASM_SYM_FUNCTION && X->group_of[1] != NULL)
    sym->group = X->group_of[1][index - X->kinds[kind]];
  return sr_wasm_name(B, "symbol name", name);
}


static int data (sr_WasmEdit *X, sr_WasmBytes *B, sr_WasmEditSym *sym,
                 sr_Str *name) {
  const unsigned char *begin;
  uint32_t segment;
  uint64_t wide, at;
  int rc = sr_wasm_name(B, "symbol name", name);
  begin = B->p;
  at = sr_wasm_at(B);
  if (rc != SYMRUN_OK || (sym->flags & WASM_SYM_UNDEFINED)) return rc;
  rc = sr_wasm_u32(B, "symbol segment", &segment);
  if (rc == SYMRUN_OK) rc = sr_wasm_u64(B, "symbol offset", &wide);
  if (rc == SYMRUN_OK) rc = sr_wasm_u64(B, "symbol size", &wide);
  if (rc != SYMRUN_OK) return rc;
  sym->index = between(begin, B->p);
  if (sym->flags & WASM_SYM_ABSOLUTE) return SYMRUN_OK;
  if (segment >= X->W.counts[WASM_DATA])
    return sr_wasm_damage(&X->W, at, "symbol segment", segment, "that of a "
                          "data segment");
  if (X->group_of[0] != NULL) sym->group = X->group_of[0][segment];
  return SYMRUN_OK;
}


static int one_symbol (sr_WasmEdit *X, sr_WasmBytes *B) {
  sr_WasmEditSym *sym = &X->syms[X->count];
  uint64_t at = sr_wasm_at(B);
  const unsigned char *begin;
  unsigned kind = 0;
  uint32_t index;
  sr_Str name = {"", 0};
  int rc = sr_wasm_u8(B, "symbol kind", &kind);
  if (rc == SYMRUN_OK && kind >= WASM_SYM_KINDS)
    return sr_wasm_unknown(&X->W, at, "symbol kind", kind);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "symbol flags", &sym->flags);
  if (rc != SYMRUN_OK) return rc;
  if ((sym->flags & WASM_SYM_BINDING) == WASM_SYM_BINDING)
    return sr_wasm_damage(&X->W, at, "symbol flags", sym->flags, "those of a "
                          "global, weak or local symbol");
  sym->kind = (unsigned char)kind;
  sym->import = SR_NONE;
  X->count++;
  if (kind == WASM_SYM_DATA) rc = data(X, B, sym, &name);
  else if (kind != WASM_SYM_SECTION) rc = indexed(X, B, sym, &name);
  else {
    begin = B->p;
    rc = sr_wasm_u32(B, "symbol index", &index);
    sym->index = between(begin, B->p);
  }
  if (rc != SYMRUN_OK) return rc;
  return sr_edit_index_add(&X->index, name, kind != WASM_SYM_SECTION);
}


static int symbols (sr_WasmEdit *X, sr_WasmBytes *B) {
  uint32_t count = 0, i;
  int rc = sr_wasm_count(B, "symbol count", 3, &count);
  if (rc != SYMRUN_OK) return rc;
  X->room = count;
  if (count > 0) {
    X->syms = (sr_WasmEditSym *)sr_new(X->S, X->room * sizeof *X->syms);
    if (X->syms == NULL) return SYMRUN_NOMEM;
  }
  for (i = 0; i < count && rc == SYMRUN_OK; i++) rc = one_symbol(X, B);
  return rc == SYMRUN_OK ? sr_wasm_end(B, "subsection size") : rc;
}


/* The parts of the linking section that have names. */
static int find_parts (sr_WasmEdit *X, sr_WasmBytes parts[2]) {
  sr_WasmBytes B;
  uint32_t version = 0;
  int rc = sr_wasm_bytes(&X->W, SR_SYMBOLS, &X->W.linking, &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "linking version", &version);
  if (rc == SYMRUN_OK && version != 2)
    return sr_wasm_unknown(&X->W, X->W.linking.at, "linking version", version);
  while (rc == SYMRUN_OK && B.p < B.end) {
    uint64_t at = sr_wasm_at(&B);
    unsigned id = 0;
    uint32_t size = 0;
    sr_WasmBytes sub;
    rc = sr_wasm_u8(&B, "subsection id", &id);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "subsection size", &size);
    sub = B;
    if (rc == SYMRUN_OK) rc = sr_wasm_skip(&B, "subsection size", size);
    if (rc != SYMRUN_OK) return rc;
    sub.at = sr_wasm_at(&sub);
    sub.begin = sub.p;
    sub.end = B.p;
    if (id != COMDATS && id != SYMBOLS) continue;
    if (parts[id - COMDATS].W != NULL)
      return sr_wasm_damage(&X->W, at, "subsection id", id, "that of another, "
                            "for this stands once");
    parts[id - COMDATS] = sub;
  }
  return rc;
}


int sr_wasm_edit_symbols (sr_WasmEdit *X) {
  sr_WasmBytes parts[2];
  int rc;
  memset(parts, 0, sizeof parts);
  rc = find_parts(X, parts);
  X->comdats = between(parts[0].p, parts[0].end);
  X->symbols = between(parts[1].p, parts[1].end);
  if (rc == SYMRUN_OK && parts[0].W != NULL) rc = groups(X, &parts[0]);
  if (rc == SYMRUN_OK && parts[1].W != NULL) rc = symbols(X, &parts[1]);
  return rc == SYMRUN_OK ? sr_edit_index_ready(&X->index) : rc;
}


/* -- the file -------------------------------------------------------------- */

int sr_wasm_edit_open (symrun *S, sr_Str bytes, sr_WasmEdit *X) {
  memset(X, 0, sizeof *X);
  X->S = S;
  X->bytes = bytes;
  sr_source_wrap(&X->source, bytes);
  sr_reader_set(&X->reader, &X->source);
  X->part.reader = &X->reader;
  X->part.size = bytes.len;
  sr_edit_index_new(S, bytes.len, &X->index);
  return sr_wasm_open(S, &X->part, &X->W);
}


void sr_wasm_edit_close (sr_WasmEdit *X) {
  symrun *S = X->S;
  unsigned k;
  sr_delete(S, X->imports, X->improom * sizeof *X->imports);
  for (k = 0; k < WASM_KINDS; k++)
    sr_delete(S, X->by_kind[k], X->kindroom[k] * sizeof *X->by_kind[k]);
  sr_delete(S, X->syms, X->room * sizeof *X->syms);
  sr_delete(S, X->dissolved, X->dissolved != NULL ? X->ngroups
                                                    * sizeof *X->dissolved : 0);
  sr_delete(S, X->groups, X->grouproom * sizeof *X->groups);
  for (k = 0; k < 2; k++)
    sr_delete(S, X->group_of[k], X->group_of[k] == NULL ? 0
              : X->W.counts[k == 0 ? WASM_DATA : WASM_FUNCTION]
                * sizeof *X->group_of[k]);
  sr_edit_index_free(&X->index);
  sr_reader_free(S, &X->reader);
}
