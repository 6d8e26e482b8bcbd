/*
** wasm_module.c
** A wasm module that was linked: what it imports and exports, and the names
** that things have for debuggers.  Its native symbols are those names where it
** has them, as nm tools show it: a name that nothing outside can call is local
** then, however it was declared.  A library's, and those of a module that was
** stripped, are what it exports and imports: no other is to be had from
** outside, so nothing but local names is missing.
**
** Layouts: WebAssembly Core Specification, "Binary Format", "Modules" and
** appendix "Custom Sections"; extended name section proposal (globals, data).
*/

#include "wasm.h"


/* -- imports and exports --------------------------------------------------- */

/* The type of what is imported. */
static int import_type (sr_WasmBytes *B, unsigned kind) {
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
      rc = sr_wasm_u8(B, "tag attribute", &flag);  /* then as a function */
      if (rc != SYMRUN_OK) return rc;
      /* FALLTHROUGH */
    default: return sr_wasm_u32(B, "type index", &index);
  }
}


static int one_import (sr_WasmBytes *B, sr_WasmImports *I) {
  sr_Wasm *W = B->W;
  sr_Str module, field;
  sr_WasmImport *m;
  unsigned kind = 0;
  int rc = sr_wasm_name(B, "import module", &module);
  if (rc == SYMRUN_OK) rc = sr_wasm_name(B, "import name", &field);
  if (rc == SYMRUN_OK) rc = sr_wasm_u8(B, "import kind", &kind);
  if (rc == SYMRUN_OK && kind >= WASM_KINDS)
    return sr_wasm_unknown(W, sr_wasm_at(B) - 1, "import kind", kind);
  if (rc == SYMRUN_OK) rc = import_type(B, kind);
  if (rc == SYMRUN_OK)
    rc = sr_room(W->S, &I->list[kind], &I->rooms[kind], I->counts[kind],
                 sizeof *m);
  if (rc != SYMRUN_OK) return rc;
  m = &I->list[kind][I->counts[kind]++];
  m->module = (uint32_t)(module.ptr - I->base);
  m->modlen = (uint32_t)module.len;
  m->field = (uint32_t)(field.ptr - I->base);
  m->fieldlen = (uint32_t)field.len;
  return SYMRUN_OK;
}


int sr_wasm_imports (sr_Wasm *W, sr_WasmImports *I) {
  sr_WasmBytes B;
  uint32_t count = 0, i;
  int rc;
  memset(I, 0, sizeof *I);
  if (W->sections[WASM_IMPORT].at == 0) return SYMRUN_OK;
  rc = sr_wasm_bytes(W, SR_MORE, &W->sections[WASM_IMPORT], &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "import count", &count);
  I->base = (const char *)B.begin;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) rc = one_import(&B, I);
  return rc == SYMRUN_OK ? sr_wasm_end(&B, "section size") : rc;
}


void sr_wasm_imports_free (sr_Wasm *W, sr_WasmImports *I) {
  unsigned i;
  for (i = 0; i < WASM_KINDS; i++)
    sr_delete(W->S, I->list[i], I->rooms[i] * sizeof *I->list[i]);
}


/* Objects import their memory from the linker, by a name that is its own. */
static bool linkers_memory (const sr_WasmImports *I) {
  static const char name[] = "__linear_memory";
  const sr_WasmImport *m = I->list[WASM_A_MEMORY];
  return I->counts[WASM_A_MEMORY] > 0 && m->fieldlen == sizeof name - 1
      && memcmp(I->base + m->field, name, m->fieldlen) == 0;
}


int sr_wasm_bare (sr_Wasm *W, bool *out) {
  sr_WasmImports I;
  int rc;
  *out = W->relocs;
  if (*out || W->sections[WASM_IMPORT].at == 0) return SYMRUN_OK;
  rc = sr_wasm_imports(W, &I);
  if (rc == SYMRUN_OK) *out = linkers_memory(&I);
  sr_wasm_imports_free(W, &I);
  return rc;
}


typedef struct Module {
  sr_Wasm *W;
  sr_Ask *ask;
  const bool *first;           /* of names that may match */
  sr_WasmImports imports;
  sr_WasmExtents extents;
  sr_WasmWeak weak;
  unsigned char *marks[WASM_KINDS];  /* functions, globals: see below */
  size_t counts[WASM_KINDS];   /* of all that there are, imports first */
} Module;

enum { EXPORTED = 1, NAMED = 2 };

/* The name, kind and index of an export. */
typedef int (*Export) (Module *M, const sr_Str *name, unsigned kind,
                       uint32_t index);

static int each_export (Module *M, Export each) {
  sr_Wasm *W = M->W;
  sr_WasmBytes B;
  uint32_t count = 0, i;
  int rc;
  if (W->sections[WASM_EXPORT].at == 0) return SYMRUN_OK;
  rc = sr_wasm_bytes(W, SR_SYMBOLS, &W->sections[WASM_EXPORT], &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "export count", &count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    sr_Str name;
    unsigned kind = 0;
    uint32_t index = 0;
    uint64_t at;
    rc = sr_wasm_name(&B, "export name", &name);
    if (rc == SYMRUN_OK) rc = sr_wasm_u8(&B, "export kind", &kind);
    at = sr_wasm_at(&B);
    if (rc == SYMRUN_OK && kind >= WASM_KINDS)
      return sr_wasm_unknown(W, at - 1, "export kind", kind);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "export index", &index);
    if (rc == SYMRUN_OK && index >= M->counts[kind])
      return sr_wasm_damage(W, at, "export index", index, "that of something "
                            "that is there");
    if (rc == SYMRUN_OK) rc = each(M, &name, kind, index);
  }
  return rc == SYMRUN_OK ? sr_wasm_end(&B, "section size") : rc;
}


static int open_module (sr_Wasm *W, sr_Ask *ask, Module *M) {
  unsigned i;
  int rc;
  memset(M, 0, sizeof *M);
  M->W = W;
  M->ask = ask;
  if (ask != NULL && ask->glob != NULL) M->first = sr_glob_first(ask->glob);
  rc = sr_wasm_imports(W, &M->imports);
  for (i = 0; i < WASM_KINDS; i++)
    M->counts[i] = M->imports.counts[i] + W->counts[sr_wasm_section(i)];
  return rc;
}


static void close_module (Module *M) {
  unsigned i;
  for (i = 0; i < WASM_KINDS; i++)
    sr_delete(M->W->S, M->marks[i], M->counts[i]);
  sr_wasm_extents_free(M->W, &M->extents);
  sr_wasm_weak_free(M->W, &M->weak);
  sr_wasm_imports_free(M->W, &M->imports);
}


static int is_start (Module *M, const sr_Str *name, unsigned kind,
                     uint32_t index) {
  (void)M; (void)index;
  return kind == WASM_A_FUNCTION && name->len == 6
      && memcmp(name->ptr, "_start", 6) == 0 ? SYMRUN_END : SYMRUN_OK;
}


static int is_memory (Module *M, const sr_Str *name, unsigned kind,
                      uint32_t index) {
  (void)M; (void)name; (void)index;
  return kind == WASM_A_MEMORY ? SYMRUN_END : SYMRUN_OK;
}


/* Has it such an export?  If 'shared', an import of memory counts too. */
static int any_export (sr_Wasm *W, Export each, bool shared, bool *out) {
  Module M;
  int rc = open_module(W, NULL, &M);
  *out = shared && M.imports.counts[WASM_A_MEMORY] > 0
      && !linkers_memory(&M.imports);
  if (rc == SYMRUN_OK && !*out) {
    rc = each_export(&M, each);
    *out = rc == SYMRUN_END;
  }
  close_module(&M);
  return rc < 0 ? rc : SYMRUN_OK;
}


int sr_wasm_starts (sr_Wasm *W, bool *out) {
  return any_export(W, is_start, false, out);
}


int sr_wasm_linked (sr_Wasm *W, bool *out) {
  return any_export(W, is_memory, true, out);
}


/* -- what is told ---------------------------------------------------------- */

/* Is it asked for?  Its name, place, binding and visibility are there. */
static bool asked (const Module *M, const sr_Symbol *sym) {
  const sr_Ask *ask = M->ask;
  bool undefined = sym->place == SR_UNDEFINED;
  M->ask->seen++;
  if (!(ask->want & (undefined ? SR_WANT_UNDEFINED : SR_WANT_DEFINED)))
    return false;
  if (sym->binding == SR_LOCAL && !(ask->want & SR_WANT_LOCAL)) return false;
  if ((ask->want & SR_WANT_EXPORTED) && !undefined
      && sym->visibility == SR_HIDDEN) return false;
  if (ask->glob == NULL) return true;
  if (sym->len > 0 && !sr_glob_maybe(M->first, (unsigned char)sym->name[0]))
    return false;
  return sr_glob_match(ask->glob, sym->name, sym->len);
}


static void begin_symbol (sr_Symbol *sym, const sr_Str *name, unsigned kind) {
  memset(sym, 0, sizeof *sym);
  sym->name = name->ptr;
  sym->len = name->len;
  sym->binding = SR_GLOBAL;
  sym->place = SR_DEFINED;
  sym->type = kind == WASM_A_FUNCTION ? SR_FUNC
            : kind == WASM_A_GLOBAL ? SR_OBJECT : SR_TYPE_OTHER;
}


/* Its bytes are looked for only now that somebody wants to see them. */
static int give (Module *M, sr_Symbol *sym, unsigned section, size_t index,
                 const sr_WasmExtent **extent) {
  int rc;
  *extent = NULL;
  if (!M->ask->letters) return SYMRUN_OK;
  sym->letter = sr_wasm_letter(sym);
  if (sym->place == SR_UNDEFINED) return SYMRUN_OK;
  rc = sr_wasm_extent(M->W, &M->extents, section, (uint32_t)index, extent);
  if (rc != SYMRUN_OK || *extent == NULL) return rc;
  sym->value = (*extent)->at;
  sym->size = (*extent)->size;
  return SYMRUN_OK;
}


/* nm tools give no size to what is a number outside: where a variable lies. */
static int tell_export (Module *M, const sr_Str *name, unsigned kind,
                        uint32_t index) {
  size_t imported = M->imports.counts[kind];
  const sr_WasmExtent *extent;
  sr_Symbol sym;
  int rc;
  if (kind == WASM_A_MEMORY && M->ask->view == SR_NATIVE) return SYMRUN_OK;
  begin_symbol(&sym, name, kind);
  if (!asked(M, &sym)) return SYMRUN_OK;
  if (index < imported || (kind != WASM_A_FUNCTION && kind != WASM_A_GLOBAL))
    rc = give(M, &sym, WASM_CUSTOM, 0, &extent);
  else
    rc = give(M, &sym, kind == WASM_A_GLOBAL ? WASM_GLOBAL : WASM_CODE,
              index - imported, &extent);
  if (rc != SYMRUN_OK) return rc;
  if (extent != NULL && kind == WASM_A_GLOBAL) {
    sym.value = extent->value;
    sym.size = 0;
  }
  return M->ask->each(M->ask->ud, &sym);
}


static int tell_import (Module *M, unsigned kind, size_t i,
                        const sr_Str *name) {
  const sr_WasmExtent *extent;
  sr_Symbol sym;
  sr_Str own;
  int rc;
  sr_wasm_imported(&M->imports, kind, i, &sym);
  own = sym.field;
  begin_symbol(&sym, name != NULL ? name : &own, kind);
  sym.place = SR_UNDEFINED;
  sr_wasm_imported(&M->imports, kind, i, &sym);
  if (sr_wasm_is_weak(&M->weak, &sym)) sym.binding = SR_WEAK;
  if (!asked(M, &sym)) return SYMRUN_OK;
  rc = give(M, &sym, WASM_CUSTOM, 0, &extent);
  return rc == SYMRUN_OK ? M->ask->each(M->ask->ud, &sym) : rc;
}


/* Those that have no name in here are called as they are outside.  A memory is
   no symbol to nm tools, but is an import like others. */
static int tell_imports (Module *M) {
  unsigned kind;
  size_t i;
  for (kind = 0; kind < WASM_KINDS; kind++) {
    if (kind == WASM_A_MEMORY && M->ask->view == SR_NATIVE) continue;
    for (i = 0; i < M->imports.counts[kind]; i++) {
      int rc = M->marks[kind] != NULL && (M->marks[kind][i] & NAMED)
             ? SYMRUN_OK : tell_import(M, kind, i, NULL);
      if (rc != SYMRUN_OK) return rc;
    }
  }
  return SYMRUN_OK;
}


/* -- names ----------------------------------------------------------------- */

/* What subsections of names are about (the ids of the specification). */
enum { FUNCTION_NAMES = 1, GLOBAL_NAMES = 7, SEGMENT_NAMES = 9 };

static int mark_export (Module *M, const sr_Str *name, unsigned kind,
                        uint32_t index) {
  (void)name;
  if (M->marks[kind] != NULL) M->marks[kind][index] |= EXPORTED;
  return SYMRUN_OK;
}


static int make_marks (Module *M, unsigned kind) {
  if (M->counts[kind] == 0) return SYMRUN_OK;
  M->marks[kind] = (unsigned char *)sr_new(M->W->S, M->counts[kind]);
  return M->marks[kind] != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


/* A module's offsets count from the file's begin when it was linked. */
static int tell_name (Module *M, unsigned kind, uint32_t index,
                      const sr_Str *name) {
  size_t imported = M->imports.counts[kind];
  unsigned section = kind == WASM_A_GLOBAL ? WASM_GLOBAL : WASM_CODE;
  bool exported = M->marks[kind][index] & EXPORTED;
  const sr_WasmExtent *extent;
  sr_Symbol sym;
  int rc;
  if (index < imported) return tell_import(M, kind, index, name);
  begin_symbol(&sym, name, kind);
  if (!exported && kind == WASM_A_FUNCTION) sym.binding = SR_LOCAL;
  else if (!exported) sym.visibility = SR_HIDDEN;
  if (!asked(M, &sym)) return SYMRUN_OK;
  rc = give(M, &sym, section, index - imported, &extent);
  if (rc != SYMRUN_OK) return rc;
  if (extent != NULL) sym.value += M->W->sections[section].at;
  return M->ask->each(M->ask->ud, &sym);
}


static int tell_segment (Module *M, uint32_t index, const sr_Str *name) {
  const sr_WasmExtent *extent;
  sr_Symbol sym;
  int rc;
  begin_symbol(&sym, name, WASM_A_GLOBAL);
  sym.binding = SR_LOCAL;
  if (!asked(M, &sym)) return SYMRUN_OK;
  rc = give(M, &sym, WASM_DATA, index, &extent);
  if (rc != SYMRUN_OK) return rc;
  if (extent != NULL) sym.value = extent->value;
  return M->ask->each(M->ask->ud, &sym);
}


/* A name map: indexes and names. */
static int name_map (Module *M, sr_WasmBytes *B, unsigned about) {
  sr_Wasm *W = M->W;
  unsigned kind = about == GLOBAL_NAMES ? WASM_A_GLOBAL : WASM_A_FUNCTION;
  size_t most = about == SEGMENT_NAMES ? W->counts[WASM_DATA]
                                       : M->counts[kind];
  uint32_t count = 0, i;
  int rc = sr_wasm_count(B, "name count", 2, &count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    uint64_t at = sr_wasm_at(B);
    uint32_t index = 0;
    sr_Str name;
    rc = sr_wasm_u32(B, "name index", &index);
    if (rc == SYMRUN_OK) rc = sr_wasm_name(B, "name", &name);
    if (rc != SYMRUN_OK) return rc;
    if (index >= most)
      return sr_wasm_damage(W, at, "name index", index, "that of something "
                            "that is there");
    if (about == SEGMENT_NAMES) {
      rc = tell_segment(M, index, &name);
      continue;
    }
    if (M->marks[kind][index] & NAMED)
      return sr_wasm_damage(W, at, "name index", index, "another, for this has "
                            "a name already");
    M->marks[kind][index] |= NAMED;
    rc = tell_name(M, kind, index, &name);
  }
  return rc == SYMRUN_OK ? sr_wasm_end(B, "subsection size") : rc;
}


static int tell_names (Module *M) {
  sr_WasmBytes B, sub;
  int rc = make_marks(M, WASM_A_FUNCTION);
  if (rc == SYMRUN_OK) rc = make_marks(M, WASM_A_GLOBAL);
  if (rc == SYMRUN_OK) rc = each_export(M, mark_export);
  if (rc == SYMRUN_OK) rc = sr_wasm_bytes(M->W, SR_STRINGS, &M->W->names, &B);
  while (rc == SYMRUN_OK && B.p < B.end) {
    unsigned about = 0;
    uint32_t size = 0;
    rc = sr_wasm_u8(&B, "subsection id", &about);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "subsection size", &size);
    sub = B;
    if (rc == SYMRUN_OK) rc = sr_wasm_skip(&B, "subsection size", size);
    if (rc != SYMRUN_OK) return rc;
    sub.end = B.p;
    if (about == FUNCTION_NAMES || about == GLOBAL_NAMES
        || about == SEGMENT_NAMES) rc = name_map(M, &sub, about);
  }
  return rc == SYMRUN_OK ? tell_imports(M) : rc;
}


int sr_wasm_module (sr_Wasm *W, sr_Ask *ask) {
  Module M;
  int rc = open_module(W, ask, &M);
  if (rc == SYMRUN_OK && ask->view == SR_NATIVE && W->names.at != 0
      && W->dylink.at == 0)
    rc = tell_names(&M);
  else if (rc == SYMRUN_OK) {
    rc = each_export(&M, tell_export);
    if (rc == SYMRUN_OK) rc = sr_wasm_weak(W, &M.weak);
    if (rc == SYMRUN_OK) rc = tell_imports(&M);
  }
  close_module(&M);
  return rc;
}
