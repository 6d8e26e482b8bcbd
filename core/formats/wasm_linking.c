/*
** wasm_linking.c
** The symbol table of a wasm object.  An undefined function, global, table or
** tag is an import too, and the table may leave its name to that: the linker
** then looks for the name that the import has outside.  Where it has a name of
** its own ("explicit"), the linker goes by that, and only the import tells
** what module it is to come from.
**
** Layout: WebAssembly tool conventions, "Linking"; llvm/BinaryFormat/Wasm.h,
** which is newer.  Letters and sizes: what llvm-nm 19 prints.
*/

#include "wasm.h"

#define SHARED   64  /* names may add up to so many times the file's size */

/* Subsections, and flags and kinds of symbols. */
enum { SEGMENT_INFO = 5, INIT_FUNCTIONS, COMDATS, SYMBOLS };
enum { UNDEFINED = 0x10, VISIBLE = 0x20, EXPLICIT = 0x40, TLS = 0x100,
       ABSOLUTE = 0x200, HIDDEN = 0x04, NO_STRIP = 0x80 };
enum { A_FUNCTION, A_VARIABLE, A_GLOBAL, A_SECTION, A_TAG, A_TABLE, NKINDS };

typedef struct Table {
  sr_Wasm *W;
  sr_Ask *ask;
  const bool *first;             /* of names that may match */
  sr_WasmBytes symbols, comdats;
  sr_WasmImports imports;
  sr_WasmExtents extents;
  unsigned char *marks[2];       /* functions and segments in COMDAT groups */
  size_t counts[2];
  uint64_t told;                 /* bytes of names that symbols share */
} Table;

/* One entry. */
typedef struct Entry {
  uint64_t at;
  unsigned kind, number;
  uint32_t flags, index;         /* of a variable: its segment */
  uint64_t offset, size;         /* of a variable, in that */
  sr_Str name;
} Entry;


/* -- COMDAT groups --------------------------------------------------------- */

/* A function or segment that the linker drops when it has the group's. */
static int one_member (Table *T, sr_WasmBytes *B) {
  enum { A_SEGMENT, FUNCTION, CUSTOM_SECTION = 5 };
  sr_Wasm *W = T->W;
  uint64_t at = sr_wasm_at(B);
  uint32_t kind = 0, index = 0;
  size_t imported, i;
  int rc = sr_wasm_u32(B, "COMDAT kind", &kind);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "COMDAT index", &index);
  if (rc != SYMRUN_OK || kind == CUSTOM_SECTION) return rc;
  if (kind > FUNCTION)
    return sr_wasm_damage(W, at, "COMDAT kind", kind, "0, 1 or 5: data, a "
                          "function, a section");
  imported = kind == FUNCTION ? T->imports.counts[WASM_A_FUNCTION] : 0;
  i = index - imported;
  if (index < imported || i >= T->counts[kind])
    return sr_wasm_damage(W, at, "COMDAT index", index, "that of something "
                          "that is defined here");
  if (T->marks[kind][i])
    return sr_wasm_damage(W, at, "COMDAT index", index, "another, for this is "
                          "in a group already");
  T->marks[kind][i] = 1;
  return SYMRUN_OK;
}


static int read_comdats (Table *T) {
  sr_Wasm *W = T->W;
  sr_WasmBytes *B = &T->comdats;
  uint32_t count = 0, members = 0, flags, i, k;
  int rc = sr_wasm_count(B, "COMDAT count", 3, &count);
  if (rc != SYMRUN_OK) return rc;
  for (k = 0; k < 2; k++) {
    T->counts[k] = W->counts[k == 0 ? WASM_DATA : WASM_FUNCTION];
    if (T->counts[k] == 0) continue;
    T->marks[k] = (unsigned char *)sr_new(W->S, T->counts[k]);
    if (T->marks[k] == NULL) return SYMRUN_NOMEM;
  }
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    sr_Str name;
    rc = sr_wasm_name(B, "COMDAT name", &name);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "COMDAT flags", &flags);
    if (rc == SYMRUN_OK) rc = sr_wasm_count(B, "COMDAT size", 2, &members);
    for (k = 0; k < members && rc == SYMRUN_OK; k++) rc = one_member(T, B);
  }
  return rc == SYMRUN_OK ? sr_wasm_end(B, "subsection size") : rc;
}


static bool in_group (const Table *T, const Entry *e) {
  unsigned k = e->kind == A_FUNCTION;
  size_t i = e->index - (k == 1 ? T->imports.counts[WASM_A_FUNCTION] : 0);
  if (e->kind > A_VARIABLE || (e->flags & (UNDEFINED | ABSOLUTE)))
    return false;
  return T->marks[k] != NULL && T->marks[k][i];
}


/* -- symbols --------------------------------------------------------------- */

/* Where nm tools say that it is, and how long. */
static int extent (Table *T, const Entry *e, sr_Symbol *sym) {
  sr_Wasm *W = T->W;
  const sr_WasmExtent *found;
  unsigned section = e->kind == A_FUNCTION ? WASM_CODE
                   : e->kind == A_GLOBAL ? WASM_GLOBAL
                   : e->kind == A_VARIABLE ? WASM_DATA : WASM_CUSTOM;
  uint32_t i = e->index;
  int rc;
  if (section == WASM_CODE) i -= (uint32_t)T->imports.counts[WASM_A_FUNCTION];
  if (section == WASM_GLOBAL) i -= (uint32_t)T->imports.counts[WASM_A_GLOBAL];
  if (section == WASM_CUSTOM || (e->flags & ABSOLUTE)) return SYMRUN_OK;
  rc = sr_wasm_extent(W, &T->extents, section, i, &found);
  if (rc != SYMRUN_OK || found == NULL) return rc;
  if (section != WASM_DATA) {
    sym->value = found->at;
    sym->size = found->size;
    return SYMRUN_OK;
  }
  if (e->offset > found->size)
    return sr_wasm_damage(W, e->at, "symbol offset", e->offset, "inside its "
                          "segment");
  sym->value = found->value + e->offset;
  return SYMRUN_OK;
}


/* A symbol that somebody wants. */
static int give (Table *T, const Entry *e, unsigned kind, bool undefined) {
  static const unsigned char bindings[4] = {SR_GLOBAL, SR_WEAK, SR_LOCAL,
                                            SR_BINDING_OTHER};
  sr_Symbol sym;
  int rc = SYMRUN_OK;
  memset(&sym, 0, sizeof sym);
  sym.name = e->name.ptr;
  sym.len = e->name.len;
  sym.binding = bindings[e->flags & 3];
  sym.type = e->kind == A_FUNCTION ? SR_FUNC : e->flags & TLS ? SR_TLS
           : e->kind <= A_GLOBAL ? SR_OBJECT : SR_TYPE_OTHER;
  sym.visibility = e->flags & HIDDEN ? SR_HIDDEN : SR_DEFAULT;
  sym.place = undefined ? SR_UNDEFINED
            : e->flags & ABSOLUTE ? SR_ABSOLUTE : SR_DEFINED;
  sym.value = e->offset;
  sym.size = e->size;
  sym.number = e->number;
  sym.retain = (e->flags & NO_STRIP) != 0;
  if (e->kind == A_VARIABLE && sym.place == SR_DEFINED)
    sym.section = e->index + 1;
  if (undefined && e->kind != A_VARIABLE)
    sr_wasm_imported(&T->imports, kind, e->index, &sym);
  sym.explicit_import = undefined && (e->flags & EXPLICIT)
                     && (e->kind == A_FUNCTION || e->kind == A_GLOBAL
                         || e->kind == A_TABLE);
  sym.comdat = in_group(T, e);
  if (T->ask->letters) {
    sym.letter = sr_wasm_letter(&sym);
    if (!undefined) rc = extent(T, e, &sym);
  }
  return rc == SYMRUN_OK ? T->ask->each(T->ask->ud, &sym) : rc;
}


static bool asked (const Table *T, const Entry *e, bool undefined) {
  const sr_Ask *ask = T->ask;
  if (!(ask->want & (undefined ? SR_WANT_UNDEFINED : SR_WANT_DEFINED)))
    return false;
  if (ask->glob != NULL
      && ((e->name.len > 0
           && !sr_glob_maybe(T->first, (unsigned char)e->name.ptr[0]))
          || !sr_glob_match(ask->glob, e->name.ptr, e->name.len)))
    return false;
  if ((e->flags & 3) == 2 && !(ask->want & SR_WANT_LOCAL)) return false;
  return !(ask->want & SR_WANT_EXPORTED) || undefined
      || !(e->flags & HIDDEN) || (e->flags & VISIBLE);
}


/* Undefined symbols may share one import, with names of any length. */
static int shared (Table *T, const Entry *e, unsigned kind) {
  const sr_WasmImport *m = &T->imports.list[kind][e->index];
  T->told += (uint64_t)m->modlen + m->fieldlen;
  if (SR_LIKELY(T->told / SHARED <= T->W->part->size)) return SYMRUN_OK;
  return sr_damage(T->W->S, T->W->part->offset + e->at, "symbol index", "names "
                   "of imports up to here add up to %llu bytes, more than %d "
                   "times the file", (unsigned long long)T->told, SHARED);
}


/* Something that has an index among its kind: imports first, then what is
   defined here. */
static int indexed (Table *T, Entry *e, unsigned kind) {
  sr_Wasm *W = T->W;
  sr_WasmBytes *B = &T->symbols;
  size_t imported = T->imports.counts[kind];
  bool undefined = e->flags & UNDEFINED;
  uint64_t at = sr_wasm_at(B);
  int rc = sr_wasm_u32(B, "symbol index", &e->index);
  if (rc != SYMRUN_OK) return rc;
  if (undefined ? e->index >= imported
      : e->index < imported
        || e->index - imported >= W->counts[sr_wasm_section(kind)])
    return sr_wasm_damage(W, at, "symbol index", e->index, undefined
                          ? "that of an import, for the symbol is undefined"
                          : "that of something that is defined here");
  if (!undefined) return sr_wasm_name(B, "symbol name", &e->name);
  rc = shared(T, e, kind);
  if (rc != SYMRUN_OK) return rc;
  if (e->flags & EXPLICIT) return sr_wasm_name(B, "symbol name", &e->name);
  e->name.ptr = T->imports.base + T->imports.list[kind][e->index].field;
  e->name.len = T->imports.list[kind][e->index].fieldlen;
  return SYMRUN_OK;
}


static int variable (Table *T, Entry *e) {
  sr_WasmBytes *B = &T->symbols;
  uint64_t at;
  int rc = sr_wasm_name(B, "symbol name", &e->name);
  if (rc != SYMRUN_OK || (e->flags & UNDEFINED)) return rc;
  at = sr_wasm_at(B);
  rc = sr_wasm_u32(B, "symbol segment", &e->index);
  if (rc == SYMRUN_OK) rc = sr_wasm_u64(B, "symbol offset", &e->offset);
  if (rc == SYMRUN_OK) rc = sr_wasm_u64(B, "symbol size", &e->size);
  if (rc == SYMRUN_OK && e->index >= T->W->counts[WASM_DATA]
      && !(e->flags & ABSOLUTE))
    return sr_wasm_damage(T->W, at, "symbol segment", e->index, "that of a "
                          "data segment");
  return rc;
}


/* What relocations of debug information point to: no name. */
static int section (Table *T, Entry *e) {
  uint64_t at = sr_wasm_at(&T->symbols);
  int rc = sr_wasm_u32(&T->symbols, "symbol index", &e->index);
  if (rc == SYMRUN_OK && e->index >= T->W->nsections)
    return sr_wasm_damage(T->W, at, "symbol index", e->index, "that of a "
                          "section");
  if (rc == SYMRUN_OK && (e->flags & 3) != 2)
    return sr_wasm_damage(T->W, e->at, "symbol flags", e->flags, "those of a "
                          "local symbol, for sections are");
  return rc;
}


static int scan (Table *T) {
  static const unsigned char kinds[NKINDS] = {
    [A_FUNCTION] = WASM_A_FUNCTION, [A_GLOBAL] = WASM_A_GLOBAL,
    [A_TAG] = WASM_A_TAG, [A_TABLE] = WASM_A_TABLE
  };
  sr_WasmBytes *B = &T->symbols;
  uint32_t count = 0, i;
  int rc = sr_wasm_count(B, "symbol count", 3, &count);
  if (rc == SYMRUN_OK) T->ask->seen += count;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    Entry e;
    bool undefined;
    e.offset = e.size = e.index = 0;
    e.number = i;
    e.at = sr_wasm_at(B);
    rc = sr_wasm_u8(B, "symbol kind", &e.kind);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "symbol flags", &e.flags);
    if (rc != SYMRUN_OK) return rc;
    if (e.kind >= NKINDS)
      return sr_wasm_unknown(T->W, e.at, "symbol kind", e.kind);
    undefined = e.flags & UNDEFINED;
    rc = e.kind == A_VARIABLE ? variable(T, &e)
       : e.kind == A_SECTION ? section(T, &e) : indexed(T, &e, kinds[e.kind]);
    if (rc == SYMRUN_OK && e.kind != A_SECTION && asked(T, &e, undefined))
      rc = give(T, &e, kinds[e.kind], undefined);
  }
  return rc == SYMRUN_OK ? sr_wasm_end(B, "subsection size") : rc;
}


/* -- the section ----------------------------------------------------------- */

/* Find the parts that tell of symbols; what the rest tells concerns those who
   place data and call functions when a program starts. */
static int find_parts (Table *T) {
  sr_WasmBytes B;
  int rc = sr_wasm_bytes(T->W, SR_SYMBOLS, &T->W->linking, &B);
  uint32_t version = 0;
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "linking version", &version);
  if (rc == SYMRUN_OK && version != 2)
    return sr_wasm_unknown(T->W, T->W->linking.at, "linking version", version);
  while (rc == SYMRUN_OK && B.p < B.end) {
    uint64_t at = sr_wasm_at(&B);
    unsigned id = 0;
    uint32_t size = 0;
    sr_WasmBytes sub, *keep;
    rc = sr_wasm_u8(&B, "subsection id", &id);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "subsection size", &size);
    sub = B;
    if (rc == SYMRUN_OK) rc = sr_wasm_skip(&B, "subsection size", size);
    if (rc != SYMRUN_OK) return rc;
    sub.at = sr_wasm_at(&sub);
    sub.begin = sub.p;
    sub.end = B.p;
    keep = id == SYMBOLS ? &T->symbols : id == COMDATS ? &T->comdats : NULL;
    if (keep == NULL) continue;
    if (keep->W != NULL)
      return sr_wasm_damage(T->W, at, "subsection id", id, "that of another, "
                            "for this stands once");
    *keep = sub;
  }
  return rc;
}


int sr_wasm_linking (sr_Wasm *W, sr_Ask *ask) {
  Table T;
  unsigned k;
  int rc;
  memset(&T, 0, sizeof T);
  T.W = W;
  T.ask = ask;
  if (ask->glob != NULL) T.first = sr_glob_first(ask->glob);
  rc = find_parts(&T);
  if (rc == SYMRUN_OK && T.symbols.W != NULL) {
    rc = sr_wasm_imports(W, &T.imports);
    if (rc == SYMRUN_OK && T.comdats.W != NULL
        && (ask->comdats || ask->letters)) rc = read_comdats(&T);
    if (rc == SYMRUN_OK) rc = scan(&T);
  }
  for (k = 0; k < 2; k++) sr_delete(W->S, T.marks[k], T.counts[k]);
  sr_wasm_extents_free(W, &T.extents);
  sr_wasm_imports_free(W, &T.imports);
  return rc;
}
