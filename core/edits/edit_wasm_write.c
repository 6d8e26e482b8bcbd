/*
** edit_wasm_write.c
** The bytes of a wasm file that was changed.  Sections are copied as they
** stand but for the few that have names; a section's length is written with as
** many bytes as it had, which is five in what compilers write.
**
** Layout: WebAssembly Core Specification, "Binary Format", "Modules"; tool
** conventions, "Linking".
*/

#include "edit_wasm.h"

enum { COMDATS = 7, SYMBOLS = 8 };


int sr_wasm_put_leb (symrun *S, sr_Made *M, uint64_t v) {
  unsigned char p[10];
  size_t n = 0;
  do {
    p[n] = (unsigned char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
    v >>= 7;
  } while (p[n++] & 0x80);
  return sr_made_add(S, M, p, n);
}


int sr_wasm_put_name (symrun *S, sr_Made *M, sr_Str name) {
  int rc = sr_wasm_put_leb(S, M, name.len);
  return rc == SYMRUN_OK ? sr_made_add(S, M, name.ptr, name.len) : rc;
}


/* A length in 'room' bytes, or as many as it needs. */
static int put_size (symrun *S, sr_Made *M, uint64_t v, size_t room) {
  unsigned char p[5];
  size_t i;
  if (v > UINT32_MAX)
    return sr_fail(S, SYMRUN_RULE, "a section of wasm has 4 GiB at most");
  if (room > 5 || v >> 7 * room != 0) return sr_wasm_put_leb(S, M, v);
  for (i = 0; i < room; i++, v >>= 7)
    p[i] = (unsigned char)((v & 0x7f) | (i + 1 < room ? 0x80 : 0));
  return sr_made_add(S, M, p, room);
}


/* -- sections -------------------------------------------------------------- */

/* What comes in place of the section whose contents stand at 'at'. */
static const sr_Made *fresh_at (const sr_WasmEdit *X,
                                const sr_Made *const *fresh, uint64_t at,
                                uint64_t size) {
  unsigned k;
  for (k = 0; k < WASM_SECTIONS; k++)
    if (fresh[k] != NULL && X->W.sections[k].at == at) return fresh[k];
  return fresh[WASM_SECTIONS] != NULL && X->W.linking.at >= at
         && X->W.linking.at + X->W.linking.size == at + size
         && X->W.linking.at > at ? fresh[WASM_SECTIONS] : NULL;
}


static int one_section (sr_WasmEdit *X, sr_WasmBytes *B,
                        const sr_Made *const *fresh, sr_Made *out) {
  const unsigned char *begin = B->p, *contents;
  const sr_Made *made;
  unsigned id = 0;
  uint32_t size = 0;
  uint64_t at, named = 0;
  int rc = sr_wasm_u8(B, "section id", &id);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "section size", &size);
  contents = B->p;
  at = sr_wasm_at(B);
  if (rc == SYMRUN_OK) rc = sr_wasm_skip(B, "section size", size);
  if (rc != SYMRUN_OK) return rc;
  made = fresh_at(X, fresh, at, size);
  if (made == NULL)
    return sr_made_add(X->S, out, begin, (size_t)(B->p - begin));
  if (id == WASM_CUSTOM) named = X->W.linking.at - at;
  rc = sr_made_add(X->S, out, begin, 1);
  if (rc == SYMRUN_OK) rc = put_size(X->S, out, named + made->len,
                                     (size_t)(contents - begin) - 1);
  if (rc == SYMRUN_OK) rc = sr_made_add(X->S, out, contents, (size_t)named);
  return rc == SYMRUN_OK ? sr_made_add(X->S, out, made->ptr, made->len) : rc;
}


int sr_wasm_edit_splice (sr_WasmEdit *X,
                         const sr_Made *fresh[WASM_SECTIONS + 1],
                         sr_Made *out) {
  sr_WasmRange all = {8, X->bytes.len - 8};
  sr_WasmBytes B;
  int rc = sr_made_add(X->S, out, X->bytes.ptr, 8);
  if (rc == SYMRUN_OK) rc = sr_wasm_bytes(&X->W, SR_PASSING, &all, &B);
  while (rc == SYMRUN_OK && B.p < B.end) rc = one_section(X, &B, fresh, out);
  return rc;
}


int sr_wasm_put_imports (sr_WasmEdit *X, sr_Made *out) {
  size_t i;
  int rc = sr_wasm_put_leb(X->S, out, X->nimports);
  for (i = 0; i < X->nimports && rc == SYMRUN_OK; i++) {
    const sr_WasmEditImport *m = &X->imports[i];
    rc = sr_wasm_put_name(X->S, out, m->module);
    if (rc == SYMRUN_OK) rc = sr_wasm_put_name(X->S, out, m->field);
    if (rc == SYMRUN_OK) rc = sr_made_add(X->S, out, m->type.ptr, m->type.len);
  }
  return rc;
}


/* -- the linking section --------------------------------------------------- */

static int put_symbols (sr_WasmEdit *X, sr_Made *out) {
  size_t i;
  int rc = sr_wasm_put_leb(X->S, out, X->count);
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++) {
    const sr_WasmEditSym *sym = &X->syms[i];
    bool data = sym->kind == WASM_SYM_DATA, named = sym->kind
      != WASM_SYM_SECTION && (!(sym->flags & WASM_SYM_UNDEFINED)
                              || (sym->flags & WASM_SYM_EXPLICIT));
    sr_Str name = X->index.rows[i].name;
    rc = sr_made_add(X->S, out, &sym->kind, 1);
    if (rc == SYMRUN_OK) rc = sr_wasm_put_leb(X->S, out, sym->flags);
    if (rc == SYMRUN_OK && data) rc = sr_wasm_put_name(X->S, out, name);
    if (rc == SYMRUN_OK)
      rc = sr_made_add(X->S, out, sym->index.ptr, sym->index.len);
    if (rc == SYMRUN_OK && named && !data)
      rc = sr_wasm_put_name(X->S, out, name);
  }
  return rc;
}


static int put_groups (sr_WasmEdit *X, sr_Made *out) {
  size_t i, left = 0;
  int rc;
  for (i = 0; i < X->ngroups; i++) left += !X->dissolved[i];
  rc = sr_wasm_put_leb(X->S, out, left);
  for (i = 0; i < X->ngroups && rc == SYMRUN_OK; i++)
    if (!X->dissolved[i])
      rc = sr_made_add(X->S, out, X->groups[i].ptr, X->groups[i].len);
  return rc;
}


static int put_part (sr_WasmEdit *X, sr_WasmBytes *B, sr_Made *out) {
  const unsigned char *begin = B->p, *contents;
  sr_Made part = {NULL, 0, 0};
  unsigned id = 0;
  uint32_t size = 0;
  int rc = sr_wasm_u8(B, "subsection id", &id);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(B, "subsection size", &size);
  contents = B->p;
  if (rc == SYMRUN_OK) rc = sr_wasm_skip(B, "subsection size", size);
  if (rc != SYMRUN_OK) return rc;
  if (id != COMDATS && id != SYMBOLS)
    return sr_made_add(X->S, out, begin, (size_t)(B->p - begin));
  rc = id == COMDATS ? put_groups(X, &part) : put_symbols(X, &part);
  if (rc == SYMRUN_OK) rc = sr_made_add(X->S, out, begin, 1);
  if (rc == SYMRUN_OK)
    rc = put_size(X->S, out, part.len, (size_t)(contents - begin) - 1);
  if (rc == SYMRUN_OK) rc = sr_made_add(X->S, out, part.ptr, part.len);
  sr_made_free(X->S, &part);
  return rc;
}


static int put_linking (sr_WasmEdit *X, sr_Made *out) {
  sr_WasmBytes B;
  uint32_t version;
  int rc = sr_wasm_bytes(&X->W, SR_SYMBOLS, &X->W.linking, &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "linking version", &version);
  if (rc == SYMRUN_OK)
    rc = sr_made_add(X->S, out, B.begin, (size_t)(B.p - B.begin));
  while (rc == SYMRUN_OK && B.p < B.end) rc = put_part(X, &B, out);
  return rc;
}


int sr_wasm_edit_write (sr_WasmEdit *X, sr_Made *out) {
  const sr_Made *fresh[WASM_SECTIONS + 1] = {NULL};
  sr_Made linking = {NULL, 0, 0}, imports = {NULL, 0, 0};
  int rc = SYMRUN_OK;
  if (X->symbols_changed) {
    rc = put_linking(X, &linking);
    fresh[WASM_SECTIONS] = &linking;
  }
  if (rc == SYMRUN_OK && X->imports_changed) {
    rc = sr_wasm_put_imports(X, &imports);
    fresh[WASM_IMPORT] = &imports;
  }
  if (rc == SYMRUN_OK) rc = sr_wasm_edit_splice(X, fresh, out);
  sr_made_free(X->S, &linking);
  sr_made_free(X->S, &imports);
  return rc;
}
