/*
** wasm.c
** The sections of a wasm module, and what kind of file it is: an object is a
** module like any other, with a custom section "linking" that only linkers
** read (wasm_linking.c); one that was linked has imports, exports and perhaps
** names for debuggers (wasm_module.c).  A section says how long it is and
** nothing says how many there are, so a file that was cut between two of them
** is whole to all that can be seen, unless one counts what the other lacks.
**
** Layouts: WebAssembly Core Specification, "Binary Format"; the conventions
** of tools, "Linking" and "Dynamic Linking"; the Component Model, "Binary
** Format".
*/

#include "wasm.h"

#define WHOLE  ((uint64_t)64 * 1024)  /* parts that are read at once */
#define WINDOW          1024  /* bytes that are read together in others */
#define HEADER            48  /* that hold a section's header and short name */
#define DEEPEST            8  /* components in components */


int sr_wasm_damage (sr_Wasm *W, uint64_t at, const char *field, uint64_t is,
                    const char *expected) {
  return sr_damage(W->S, W->part->offset + at, field, "%s is %llu, and should "
                   "be %s", field, (unsigned long long)is, expected);
}


static int unknown (sr_Wasm *W, uint64_t at, const char *field) {
  W->S->fault.offset = W->part->offset + at;
  W->S->fault.field = field;
  return SYMRUN_UNKNOWN;
}


int sr_wasm_unknown (sr_Wasm *W, uint64_t at, const char *field, uint64_t is) {
  sr_fail(W->S, SYMRUN_UNKNOWN, "has %s 0x%02llx, which symrun does not know, "
          "so what follows it cannot be told", field, (unsigned long long)is);
  return unknown(W, at, field);
}


/* -- bytes ----------------------------------------------------------------- */

const unsigned char *sr_wasm_look (sr_Wasm *W, int slot, uint64_t at,
                                   uint64_t need, uint64_t want) {
  if (SR_LIKELY(W->whole != NULL)) return W->whole + at;
  return sr_look(W->S, W->part->reader, slot, W->part->offset + at,
                 (size_t)need, (size_t)want);
}


/* 'need' bytes at 'at', of those that are read together. */
static int window (sr_Wasm *W, uint64_t at, uint64_t need, sr_WasmBytes *out) {
  uint64_t left = W->part->size - at;
  if (need > left) need = left;
  out->W = W;
  out->at = at;
  out->begin = out->p = sr_wasm_look(W, SR_PASSING, at, need, WINDOW);
  if (out->p == NULL) return W->S->code;
  out->end = out->p + need;
  return SYMRUN_OK;
}


int sr_wasm_bytes (sr_Wasm *W, int slot, const sr_WasmRange *range,
                   sr_WasmBytes *out) {
  out->W = W;
  out->at = range->at;
  out->begin = out->p = sr_wasm_look(W, slot, range->at, range->size,
                                     range->size);
  if (out->p == NULL) return W->S->code;
  out->end = out->p + range->size;
  return SYMRUN_OK;
}


int sr_wasm_short (sr_WasmBytes *B, const char *field, uint64_t need) {
  sr_Wasm *W = B->W;
  return sr_damage(W->S, W->part->offset + sr_wasm_at(B), field, "%s should "
                   "stand here with %llu bytes or more, and there are %llu "
                   "left; is it cut short?", field, (unsigned long long)need,
                   (unsigned long long)(B->end - B->p));
}


/* As many bytes as numbers of that many bits may have; linkers need room for
   what they do not know yet, so leading zeros are no damage. */
int sr_wasm_leb (sr_WasmBytes *B, const char *field, unsigned bits,
                 uint64_t *out) {
  uint64_t at = sr_wasm_at(B), value = 0;
  unsigned shift = 0, byte;
  *out = 0;
  for (;; shift += 7) {
    if (B->p == B->end) return sr_wasm_short(B, field, 1);
    byte = *B->p++;
    if (bits - shift <= 7 && byte >> (bits - shift) != 0)
      return sr_damage(B->W->S, B->W->part->offset + at, field, "%s is a "
                       "number that does not end, or is too large, after %u "
                       "bits", field, bits);
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  *out = value;
  return SYMRUN_OK;
}


int sr_wasm_count (sr_WasmBytes *B, const char *field, unsigned least,
                   uint32_t *out) {
  uint64_t at = sr_wasm_at(B);
  int rc = sr_wasm_u32(B, field, out);
  if (rc != SYMRUN_OK || *out <= (uint64_t)(B->end - B->p) / least) return rc;
  return sr_wasm_damage(B->W, at, field, *out, "less, for there is no room "
                        "for so many");
}


int sr_wasm_end (sr_WasmBytes *B, const char *field) {
  if (B->p == B->end) return SYMRUN_OK;
  return sr_wasm_damage(B->W, sr_wasm_at(B), field, (uint64_t)(B->end - B->p),
                        "0: all that was counted was read, and so many bytes "
                        "are left");
}


/* -- sections -------------------------------------------------------------- */

/* Where a section may stand among the others, and what its things take. */
static const struct { unsigned char rank, least; const char *field; }
kinds[WASM_SECTIONS] = {
  [WASM_TYPE] = {1, 1, "type count"}, [WASM_IMPORT] = {2, 4, "import count"},
  [WASM_FUNCTION] = {3, 1, "function count"},
  [WASM_TABLE] = {4, 3, "table count"}, [WASM_MEMORY] = {5, 2, "memory count"},
  [WASM_TAG] = {6, 2, "tag count"}, [WASM_GLOBAL] = {7, 4, "global count"},
  [WASM_EXPORT] = {8, 3, "export count"}, [WASM_START] = {9, 0, "start"},
  [WASM_ELEMENT] = {10, 2, "element count"},
  [WASM_DATACOUNT] = {11, 0, "data count"}, [WASM_CODE] = {12, 3, "code count"},
  [WASM_DATA] = {13, 2, "segment count"}
};

#define LINKING  14  /* the rank of "linking", whose indexes point back */


/* A section that every reader knows.  'B' holds what its contents begin with,
   'at' is where its header was. */
static int known_section (sr_WasmBytes *B, uint64_t at, unsigned id,
                          const sr_WasmRange *contents, unsigned *last) {
  sr_Wasm *W = B->W;
  uint64_t left;
  int rc;
  if (id >= WASM_SECTIONS)
    return sr_wasm_damage(W, at, "section id", id, "13 or less");
  if (kinds[id].rank <= *last)
    return sr_wasm_damage(W, at, "section id", id, "that of a section that "
                          "may follow: each stands once, in order");
  *last = kinds[id].rank;
  W->sections[id] = *contents;
  rc = sr_wasm_u32(B, kinds[id].field, &W->counts[id]);
  if (rc != SYMRUN_OK || kinds[id].least == 0) return rc;
  left = contents->size - (sr_wasm_at(B) - contents->at);
  if (W->counts[id] > left / kinds[id].least)
    return sr_wasm_damage(W, contents->at, kinds[id].field, W->counts[id],
                          "less, for the section has no room for so many");
  return SYMRUN_OK;
}


static bool is (const sr_Str *name, const char *s) {
  return name->len == strlen(s) && memcmp(name->ptr, s, name->len) == 0;
}


/* A section with a name instead; most are not for us. */
static int custom_section (sr_WasmBytes *B, const sr_WasmRange *contents,
                           unsigned *last) {
  sr_Wasm *W = B->W;
  uint32_t len;
  sr_Str name;
  sr_WasmRange rest, *keep = NULL;
  int rc = sr_wasm_u32(B, "section name", &len);
  if (rc != SYMRUN_OK) return rc;
  rest.at = sr_wasm_at(B) + len;
  rest.size = contents->at + contents->size - rest.at;
  if (len > contents->at + contents->size - sr_wasm_at(B))
    return sr_wasm_damage(W, contents->at, "section name", len, "shorter, for "
                          "the section ends before");
  if (len > (uint64_t)(B->end - B->p)) return SYMRUN_OK;  /* not one of ours */
  name.ptr = (const char *)B->p;
  name.len = len;
  if (len >= 6 && memcmp(name.ptr, "reloc.", 6) == 0) W->relocs = true;
  else if (is(&name, "name")) keep = &W->names;
  else if (is(&name, "linking")) keep = &W->linking;
  else if (is(&name, "dylink.0") || is(&name, "dylink")) keep = &W->dylink;
  if (W->wants != NULL && is(&name, W->wants)) W->wanted = rest;
  if (keep == NULL) return SYMRUN_OK;
  if (keep->at != 0)
    return sr_wasm_damage(W, contents->at, "section name", len, "that of "
                          "another section, for this is the second of one "
                          "that stands once");
  if (keep == &W->linking) *last = LINKING;
  if (keep == &W->dylink && *last > 0)
    return sr_wasm_damage(W, contents->at, "section name", len, "another, for "
                          "what loaders read of a library comes first");
  if (len == sizeof "dylink" - 1) W->old_dylink = true;
  *keep = rest;
  return SYMRUN_OK;
}


static int section (sr_Wasm *W, uint64_t *at, unsigned *last) {
  sr_WasmBytes B;
  sr_WasmRange contents;
  unsigned id = 0;
  uint32_t size = 0;
  int rc = window(W, *at, HEADER, &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_u8(&B, "section id", &id);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "section size", &size);
  if (rc != SYMRUN_OK) return rc;
  contents.at = sr_wasm_at(&B);
  contents.size = size;
  if (size > W->part->size - contents.at)
    return sr_wasm_damage(W, *at + 1, "section size", size, "less, for the "
                          "file ends before; is it cut short?");
  if (size < (uint64_t)(B.end - B.p)) B.end = B.p + size;
  rc = id == WASM_CUSTOM ? custom_section(&B, &contents, last)
                         : known_section(&B, *at, id, &contents, last);
  *at = contents.at + size;
  W->nsections++;
  return rc;
}


/* Two sections count functions, and two may count data. */
static int same_counts (sr_Wasm *W) {
  const sr_WasmRange *S = W->sections;
  if (W->counts[WASM_CODE] != W->counts[WASM_FUNCTION])
    return sr_wasm_damage(W, S[S[WASM_CODE].at != 0 ? WASM_CODE
                                                    : WASM_FUNCTION].at,
                          "code count", W->counts[WASM_CODE], "that of the "
                          "functions that are declared; is it cut short?");
  if (S[WASM_DATACOUNT].at != 0
      && W->counts[WASM_DATACOUNT] != W->counts[WASM_DATA])
    return sr_wasm_damage(W, S[WASM_DATACOUNT].at, "data count",
                          W->counts[WASM_DATACOUNT], "that of the data "
                          "segments that are there; is it cut short?");
  return SYMRUN_OK;
}


/* A version of ours, or a component's. */
static int preamble (sr_Wasm *W) {
  sr_WasmBytes B;
  unsigned version, layer;
  int rc;
  if (W->part->size < 8)
    return sr_damage(W->S, W->part->offset, "version", "has %llu bytes, and "
                     "the version of a wasm file ends with the eighth; is it "
                     "cut short?", (unsigned long long)W->part->size);
  if (W->part->size <= WHOLE) {  /* stays while no other part is looked at */
    W->whole = sr_look(W->S, W->part->reader, SR_HEAD, W->part->offset,
                       (size_t)W->part->size, (size_t)W->part->size);
    if (W->whole == NULL) return W->S->code;
  }
  rc = window(W, 0, 8, &B);
  if (rc != SYMRUN_OK) return rc;
  version = sr_u16(B.p + 4, false);
  layer = sr_u16(B.p + 6, false);
  W->component = layer == 1;
  if (W->component || (layer == 0 && version == 1)) return SYMRUN_OK;
  sr_fail(W->S, SYMRUN_UNKNOWN, "is wasm of version %u in layer %u, and symrun "
          "reads the first in layer 0", version, layer);
  return unknown(W, 4, "version");
}


static int all_sections (sr_Wasm *W, const char *wants) {
  uint64_t at = 8;
  unsigned last = 0;
  int rc = preamble(W);
  W->wants = wants;
  if (W->component) return rc;
  while (rc == SYMRUN_OK && at < W->part->size) rc = section(W, &at, &last);
  return rc == SYMRUN_OK ? same_counts(W) : rc;
}


int sr_wasm_open (symrun *S, const sr_Part *part, sr_Wasm *W) {
  memset(W, 0, sizeof *W);
  W->S = S;
  W->part = part;
  return all_sections(W, NULL);
}


int sr_wasm_custom (symrun *S, const sr_Part *part, const char *name,
                    uint64_t *offset, uint64_t *size) {
  sr_Wasm W;
  int rc;
  memset(&W, 0, sizeof W);
  W.S = S;
  W.part = part;
  rc = all_sections(&W, name);
  if (rc != SYMRUN_OK) return rc;
  *offset = W.wanted.at;
  *size = W.wanted.size;
  return W.wanted.at != 0 ? SYMRUN_OK : SYMRUN_END;
}


/* -- kinds of files -------------------------------------------------------- */

typedef enum Kind { OBJECT, BARE, LIBRARY, EXECUTABLE } Kind;

/* The linker takes any file with a "linking" section for an object; but one
   with memory that others reach was linked, with its relocations kept.  An
   object that is bare has lost that section.
   "dylink.0" is for those who load libraries: it says how much memory to give.
   Executables that may lie anywhere have it too, and begin at "_start".  Any
   other module that was linked is whole by itself, and whoever runs it calls
   what he likes: an executable, whether it has a "_start" or not. */
static int kind_of (sr_Wasm *W, Kind *out) {
  bool linked = false, bare = false, starts = false;
  int rc;
  if (W->linking.at != 0) {
    rc = sr_wasm_linked(W, &linked);
    *out = linked ? EXECUTABLE : OBJECT;
    return rc;
  }
  rc = sr_wasm_bare(W, &bare);
  if (rc == SYMRUN_OK && W->dylink.at != 0) rc = sr_wasm_starts(W, &starts);
  *out = bare ? BARE : W->dylink.at != 0 && !starts ? LIBRARY : EXECUTABLE;
  return rc;
}


int sr_wasm_role (symrun *S, const sr_Part *part, sr_Role *out) {
  static const sr_Role roles[] = {
    [OBJECT] = SR_ROLE_OBJECT, [BARE] = SR_ROLE_OBJECT,
    [LIBRARY] = SR_ROLE_LIBRARY, [EXECUTABLE] = SR_ROLE_EXECUTABLE
  };
  sr_Wasm W;
  Kind kind = OBJECT;
  int rc = sr_wasm_open(S, part, &W);
  if (rc == SYMRUN_OK && !W.component) rc = kind_of(&W, &kind);
  if (rc == SYMRUN_OK) *out = W.component ? SR_ROLE_NONE : roles[kind];
  return rc;
}


int sr_wasm_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  sr_Wasm W;
  Kind kind;
  int rc = sr_wasm_open(S, part, &W);
  if (rc != SYMRUN_OK) return rc;
  if (W.component) {
    sr_fail(S, SYMRUN_UNKNOWN, "is a component, and what the modules in it "
            "hold cannot be told yet");
    return unknown(&W, 6, "layer");
  }
  if (W.linking.at != 0 && ask->view == SR_NATIVE)
    return sr_wasm_linking(&W, ask);
  rc = kind_of(&W, &kind);
  if (rc != SYMRUN_OK) return rc;
  if (ask->view == SR_DYNAMIC)
    return kind == OBJECT || kind == BARE ? SYMRUN_OK : sr_wasm_module(&W, ask);
  if (kind != BARE) return sr_wasm_module(&W, ask);
  sr_fail(S, SYMRUN_UNKNOWN, "is an object without its \"linking\" section, "
          "so its symbols cannot be told; was it stripped, or cut short?");
  return unknown(&W, 0, "linking");
}


/* -- components ------------------------------------------------------------ */

/* Sections 1 and 4 are files in the file: a module, another component. */
enum { MODULE = 1, COMPONENT = 4, LAST = 12 };

bool sr_wasm_is_component (const unsigned char *head, size_t n) {
  return n >= 8 && memcmp(head, "\0asm", 4) == 0
      && sr_u16(head + 6, false) == 1;
}


/* The file in a file begins like one. */
static int inner_file (sr_Wasm *W, uint64_t at, uint64_t size, bool component) {
  sr_WasmBytes B;
  int rc = SYMRUN_OK;
  if (size >= 8) rc = window(W, at, 8, &B);
  if (rc != SYMRUN_OK) return rc;
  if (size >= 8 && memcmp(B.p, "\0asm", 4) == 0
      && sr_wasm_is_component(B.p, 8) == component) return SYMRUN_OK;
  return sr_damage(W->S, W->part->offset + at, "magic", "%s should begin here, "
                   "with its magic and layer, and does not",
                   component ? "a component" : "a module");
}


int sr_wasm_modules (symrun *S, const sr_Part *part, sr_WasmEach each,
                     void *ud) {
  uint64_t ends[DEEPEST], at = 8;
  unsigned depth = 0, id = 0;
  sr_Wasm W;
  int rc = sr_wasm_open(S, part, &W);
  if (rc != SYMRUN_OK || !W.component) return rc;
  ends[0] = part->size;
  for (;;) {
    sr_WasmBytes B;
    uint64_t header = at;
    uint32_t size = 0;
    while (at == ends[depth]) if (depth-- == 0) return SYMRUN_OK;
    rc = window(&W, at, HEADER, &B);
    if (rc == SYMRUN_OK && ends[depth] - at < (uint64_t)(B.end - B.p))
      B.end = B.p + (ends[depth] - at);
    if (rc == SYMRUN_OK) rc = sr_wasm_u8(&B, "section id", &id);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "section size", &size);
    if (rc != SYMRUN_OK) return rc;
    at = sr_wasm_at(&B);
    if (id > LAST)
      return sr_wasm_damage(&W, header, "section id", id, "12 or less");
    if (size > ends[depth] - at)
      return sr_wasm_damage(&W, header + 1, "section size", size, "less, for "
                            "the component ends before; is it cut short?");
    if (id == MODULE || id == COMPONENT)
      rc = inner_file(&W, at, size, id == COMPONENT);
    if (rc == SYMRUN_OK && id == MODULE)
      rc = each(ud, part->offset + at, size);
    if (rc != SYMRUN_OK) return rc;
    if (id != COMPONENT) { at += size; continue; }
    if (++depth == DEEPEST) {
      sr_fail(S, SYMRUN_UNKNOWN, "holds components in components, deeper than "
              "%d, and what these hold cannot be told", DEEPEST);
      return unknown(&W, header, "section id");
    }
    ends[depth] = at + size;
    at += 8;
  }
}
