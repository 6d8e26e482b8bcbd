/*
** wasm.h
** What the files of the wasm reader share: the layout of one module, and a
** place in its bytes that no read can leave.  Numbers are LEB128, so nothing
** can be found but by reading all that stands before it; what cannot be
** parsed to its end is damage and never skipped.
*/

#ifndef sr_wasm_h
#define sr_wasm_h

#include "formats.h"

/* Sections (Core Specification, "Binary Format", "Modules"). */
enum { WASM_CUSTOM, WASM_TYPE, WASM_IMPORT, WASM_FUNCTION, WASM_TABLE,
       WASM_MEMORY, WASM_GLOBAL, WASM_EXPORT, WASM_START, WASM_ELEMENT,
       WASM_CODE, WASM_DATA, WASM_DATACOUNT, WASM_TAG, WASM_SECTIONS };

/* What is imported and exported. */
enum { WASM_A_FUNCTION, WASM_A_TABLE, WASM_A_MEMORY, WASM_A_GLOBAL, WASM_A_TAG,
       WASM_KINDS };

typedef struct sr_WasmRange { uint64_t at, size; } sr_WasmRange;

typedef struct sr_Wasm {
  symrun *S;
  const sr_Part *part;
  const unsigned char *whole;            /* of a small part: all its bytes */
  sr_WasmRange sections[WASM_SECTIONS];  /* contents; 'at' 0: not there */
  uint32_t counts[WASM_SECTIONS];        /* the number that these begin with */
  sr_WasmRange linking, names, dylink;   /* custom ones, behind their names */
  sr_WasmRange wanted;                   /* one that somebody looks for */
  const char *wants;                     /* by this name */
  uint64_t nsections;
  bool relocs;                           /* a "reloc." section is there */
  bool old_dylink;                       /* it is "dylink", of no parts */
  bool component;                        /* and nothing else was looked at */
} sr_Wasm;

/* Some bytes of the part, read from 'p' to 'end'. */
typedef struct sr_WasmBytes {
  sr_Wasm *W;
  const unsigned char *begin, *p, *end;
  uint64_t at;  /* of 'begin' in the part */
} sr_WasmBytes;

typedef struct sr_WasmImport { uint32_t module, modlen, field, fieldlen; }
  sr_WasmImport;

typedef struct sr_WasmImports {  /* by kind; texts are behind 'base' */
  sr_WasmImport *list[WASM_KINDS];
  size_t counts[WASM_KINDS], rooms[WASM_KINDS];
  const char *base;
} sr_WasmImports;

/* Where a function, a global's or a data segment's bytes are. */
typedef struct sr_WasmExtent {
  uint64_t value;     /* a global's first value, a segment's address */
  uint32_t at, size;  /* in its section's contents; a segment's: its data */
} sr_WasmExtent;

typedef struct sr_WasmWeak {  /* imports that may be of nothing, in order */
  sr_Str *list;
  size_t count, room;
} sr_WasmWeak;

typedef struct sr_WasmExtents {  /* loaded when they are first asked for */
  sr_WasmExtent *list[WASM_SECTIONS];
  size_t counts[WASM_SECTIONS];
} sr_WasmExtents;


/* -- wasm.c ---------------------------------------------------------------- */

int sr_wasm_open (symrun *S, const sr_Part *part, sr_Wasm *W);

/* A field, 'at' bytes from the part's begin, is one thing and should be
   another; or is nothing that symrun knows. */
int sr_wasm_damage (sr_Wasm *W, uint64_t at, const char *field, uint64_t is,
                    const char *expected);
int sr_wasm_unknown (sr_Wasm *W, uint64_t at, const char *field, uint64_t is);

/* 'need' bytes of the part, which has them. */
const unsigned char *sr_wasm_look (sr_Wasm *W, int slot, uint64_t at,
                                   uint64_t need, uint64_t want);
/* All bytes of a range. */
int sr_wasm_bytes (sr_Wasm *W, int slot, const sr_WasmRange *range,
                   sr_WasmBytes *out);
/* 'need' more than there is. */
int sr_wasm_short (sr_WasmBytes *B, const char *field, uint64_t need);
int sr_wasm_leb (sr_WasmBytes *B, const char *field, unsigned bits,
                 uint64_t *out);
/* A count of things that take 'least' bytes each, or more. */
int sr_wasm_count (sr_WasmBytes *B, const char *field, unsigned least,
                   uint32_t *out);
/* What was read should end here. */
int sr_wasm_end (sr_WasmBytes *B, const char *field);

static inline uint64_t sr_wasm_at (const sr_WasmBytes *B) {
  return B->at + (uint64_t)(B->p - B->begin);
}

static inline int sr_wasm_u8 (sr_WasmBytes *B, const char *field,
                              unsigned *out) {
  if (SR_UNLIKELY(B->p == B->end)) return sr_wasm_short(B, field, 1);
  *out = *B->p++;
  return SYMRUN_OK;
}

/* Most numbers take one byte, two or three. */
static inline bool sr_wasm_short_leb (sr_WasmBytes *B, uint32_t *out) {
  const unsigned char *p = B->p;
  uint32_t value;
  if (SR_UNLIKELY(B->end - p < 3)) return false;
  value = *p++;
  if (value >= 0x80) {
    value += ((uint32_t)*p++ - 1) << 7;
    if (value >= 0x80 << 7) {
      value += ((uint32_t)*p++ - 1) << 14;
      if (value >= 0x80 << 14) return false;
    }
  }
  *out = value;
  B->p = p;
  return true;
}

/* Five bytes: what compilers write where the number comes later. */
static inline bool sr_wasm_padded (sr_WasmBytes *B, uint32_t *out) {
  const unsigned char *p = B->p;
  uint32_t four;
  if (B->end - p < 5) return false;
  four = sr_u32(p, false);
  if ((four & 0x80808080) != 0x80808080 || p[4] > 15) return false;
  *out = (four & 0x7f) | (four >> 1 & 0x3f80) | (four >> 2 & 0x1fc000)
       | (four >> 3 & 0xfe00000) | (uint32_t)p[4] << 28;
  B->p = p + 5;
  return true;
}

static inline int sr_wasm_u32 (sr_WasmBytes *B, const char *field,
                               uint32_t *out) {
  uint64_t wide;
  int rc;
  if (SR_LIKELY(sr_wasm_short_leb(B, out)) || sr_wasm_padded(B, out))
    return SYMRUN_OK;
  rc = sr_wasm_leb(B, field, 32, &wide);
  *out = (uint32_t)wide;
  return rc;
}

static inline int sr_wasm_u64 (sr_WasmBytes *B, const char *field,
                               uint64_t *out) {
  uint32_t narrow;
  if (SR_UNLIKELY(!sr_wasm_short_leb(B, &narrow)))
    return sr_wasm_leb(B, field, 64, out);
  *out = narrow;
  return SYMRUN_OK;
}

static inline int sr_wasm_skip (sr_WasmBytes *B, const char *field,
                                uint64_t n) {
  if (SR_UNLIKELY(n > (uint64_t)(B->end - B->p)))
    return sr_wasm_short(B, field, n);
  B->p += n;
  return SYMRUN_OK;
}

static inline int sr_wasm_name (sr_WasmBytes *B, const char *field,
                                sr_Str *out) {
  uint32_t len;
  int rc = sr_wasm_u32(B, field, &len);
  out->ptr = (const char *)B->p;
  out->len = len;
  return rc == SYMRUN_OK ? sr_wasm_skip(B, field, len) : rc;
}


/* -- wasm_module.c --------------------------------------------------------- */

int  sr_wasm_imports (sr_Wasm *W, sr_WasmImports *out);
void sr_wasm_imports_free (sr_Wasm *W, sr_WasmImports *I);
/* Give a symbol the names that import 'i' has outside. */
static inline void sr_wasm_imported (const sr_WasmImports *I, unsigned kind,
                                     size_t i, sr_Symbol *sym) {
  const sr_WasmImport *m = &I->list[kind][i];
  sym->module.ptr = I->base + m->module;
  sym->module.len = m->modlen;
  sym->field.ptr = I->base + m->field;
  sym->field.len = m->fieldlen;
}
int  sr_wasm_module (sr_Wasm *W, sr_Ask *ask);
/* An object whose symbols were taken out, or cut off? */
int  sr_wasm_bare (sr_Wasm *W, bool *out);
/* A module with memory that others reach? */
int  sr_wasm_linked (sr_Wasm *W, bool *out);
/* One that exports "_start"? */
int  sr_wasm_starts (sr_Wasm *W, bool *out);


/* -- wasm_extents.c -------------------------------------------------------- */

/* Those of WASM_CODE, WASM_GLOBAL or WASM_DATA; 'out' is NULL when 'i' is not
   among them. */
int  sr_wasm_extent (sr_Wasm *W, sr_WasmExtents *X, unsigned section,
                     uint32_t i, const sr_WasmExtent **out);
void sr_wasm_extents_free (sr_Wasm *W, sr_WasmExtents *X);
int  sr_wasm_limits (sr_WasmBytes *B);
int  sr_wasm_type (sr_WasmBytes *B);  /* of a value */


/* -- wasm_dylink.c --------------------------------------------------------- */

int  sr_wasm_weak (sr_Wasm *W, sr_WasmWeak *out);
bool sr_wasm_is_weak (const sr_WasmWeak *weak, const sr_Symbol *sym);
void sr_wasm_weak_free (sr_Wasm *W, sr_WasmWeak *weak);


/* -- wasm_linking.c -------------------------------------------------------- */

int  sr_wasm_linking (sr_Wasm *W, sr_Ask *ask);

/* The section of things of a kind that a module defines, and nm's letter. */
static inline unsigned sr_wasm_section (unsigned kind) {
  static const unsigned char of[WASM_KINDS] = {
    WASM_FUNCTION, WASM_TABLE, WASM_MEMORY, WASM_GLOBAL, WASM_TAG
  };
  return of[kind];
}

static inline char sr_wasm_letter (const sr_Symbol *sym) {
  char c = sym->type == SR_FUNC ? 'T' : 'D';
  if (sym->binding == SR_WEAK) return sym->place == SR_UNDEFINED ? 'w' : 'W';
  if (sym->place == SR_UNDEFINED) return 'U';
  return sym->binding == SR_LOCAL ? (char)(c - 'A' + 'a') : c;
}

#endif
