/*
** edit_wasm_import.c
** What a wasm file imports and exports, under other names.  A name of an
** import may have dots, and so may a module ("wasi:http/types@0.2.0"), so
** where there is more than one dot nobody can tell which of them parts the
** two, and the edit's 'value' has to: the bytes of the module.
**
** Layout: WebAssembly Core Specification, "Binary Format", "Modules".
*/

#include "edit_wasm.h"


static int parts (const sr_WasmEdit *X, const sr_ObjectEdit *e, sr_Str *module,
                  sr_Str *field) {
  const char *dot = (const char *)memchr(e->to.ptr, '.', e->to.len);
  size_t len = dot != NULL ? (size_t)(dot - e->to.ptr) : e->to.len;
  if (e->value != 0) {
    if (e->value > e->to.len || (e->value < e->to.len
                                 && e->to.ptr[e->value] != '.'))
      return sr_edit_refuse(X->S, e, e->name, "the module that it is to come "
                            "from does not end where it is said to");
    len = (size_t)e->value;
  }
  else if (dot != NULL && memchr(dot + 1, '.', e->to.len - len - 1) != NULL)
    return sr_edit_refuse(X->S, e, e->name, "what it is to become has more "
                          "than one '.', and which of them ends the module "
                          "cannot be told");
  module->ptr = e->to.ptr;
  module->len = len;
  field->ptr = e->to.ptr + len + 1;
  field->len = len < e->to.len ? e->to.len - len - 1 : 0;
  if (len == 0 || (len < e->to.len && field->len == 0))
    return sr_edit_refuse(X->S, e, e->name, "a module and a name have one byte "
                          "or more");
  return SYMRUN_OK;
}


int sr_wasm_edit_import (sr_WasmEdit *X, const sr_ObjectEdit *e, uint32_t i,
                         bool *changes) {
  sr_WasmEditImport *m = &X->imports[i];
  sr_Str module, field;
  int rc = parts(X, e, &module, &field);
  if (rc != SYMRUN_OK) return rc;
  if (field.len == 0) field = m->field;
  *changes = !sr_edit_same(m->module, module) || !sr_edit_same(m->field, field);
  if (!*changes) return SYMRUN_OK;
  if (m->users > 1)
    return sr_edit_refuse(X->S, e, e->name, "another symbol is the same "
                          "import");
  m->module = module;
  m->field = field;
  m->changed = X->imports_changed = true;
  return SYMRUN_OK;
}


/* -- a module that was linked ---------------------------------------------- */

typedef struct Export { sr_Str name, rest; } Export;

typedef struct Exports {
  Export *list;
  size_t count, room;
  sr_EditIndex index;
  bool changed;
} Exports;


static int read_exports (sr_WasmEdit *X, Exports *E) {
  sr_WasmBytes B;
  uint32_t count = 0, i, index;
  unsigned kind;
  int rc;
  sr_edit_index_new(X->S, X->bytes.len, &E->index);
  if (X->W.sections[WASM_EXPORT].at == 0) return SYMRUN_OK;
  rc = sr_wasm_bytes(&X->W, SR_STRINGS, &X->W.sections[WASM_EXPORT], &B);
  if (rc == SYMRUN_OK) rc = sr_wasm_count(&B, "export count", 3, &count);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    Export *x;
    rc = sr_room(X->S, &E->list, &E->room, E->count, sizeof *E->list);
    if (rc != SYMRUN_OK) return rc;
    x = &E->list[E->count++];
    rc = sr_wasm_name(&B, "export name", &x->name);
    x->rest.ptr = (const char *)B.p;
    if (rc == SYMRUN_OK) rc = sr_wasm_u8(&B, "export kind", &kind);
    if (rc == SYMRUN_OK) rc = sr_wasm_u32(&B, "export index", &index);
    x->rest.len = (size_t)((const char *)B.p - x->rest.ptr);
    if (rc == SYMRUN_OK) rc = sr_edit_index_add(&E->index, x->name, true);
  }
  if (rc == SYMRUN_OK) rc = sr_wasm_end(&B, "section size");
  return rc;
}


static int put_exports (sr_WasmEdit *X, const Exports *E, sr_Made *out) {
  size_t i;
  int rc = sr_wasm_put_leb(X->S, out, E->count);
  for (i = 0; i < E->count && rc == SYMRUN_OK; i++) {
    rc = sr_wasm_put_name(X->S, out, E->index.rows[i].name);
    if (rc == SYMRUN_OK)
      rc = sr_made_add(X->S, out, E->list[i].rest.ptr, E->list[i].rest.len);
  }
  return rc;
}


static int rename_export (sr_WasmEdit *X, Exports *E, sr_ObjectEdit *e) {
  uint32_t i = sr_edit_index_find(&E->index, e->name, SR_NONE);
  if (i == SR_NONE || sr_edit_same(e->name, e->to)) return SYMRUN_OK;
  if (sr_edit_index_find(&E->index, e->to, SR_NONE) != SR_NONE)
    return sr_fail(X->S, SYMRUN_RULE, "cannot rename '%.*s' to '%.*s': the "
                   "module exports that already", SR_EDIT_NAME(e->name),
                   SR_EDIT_NAME(e->to));
  sr_edit_index_rename(&E->index, i, e->to);
  E->changed = true;
  e->done++;
  return SYMRUN_OK;
}


/* Every import of this name, if all come from one module. */
static int rename_imports (sr_WasmEdit *X, sr_ObjectEdit *e) {
  uint32_t first = SR_NONE, i;
  int rc = SYMRUN_OK;
  for (i = 0; i < X->nimports && rc == SYMRUN_OK; i++) {
    bool changes = false;
    if (X->imports[i].changed || !sr_edit_same(X->imports[i].field, e->name))
      continue;
    if (first != SR_NONE)
      return sr_edit_refuse(X->S, e, e->name, "the module imports more than "
                            "one thing of this name");
    first = i;
    rc = sr_wasm_edit_import(X, e, i, &changes);
    e->done += changes;
  }
  return rc;
}


static int change (sr_WasmEdit *X, Exports *E, sr_ObjectEdit *edits,
                   size_t count) {
  size_t k;
  int rc = SYMRUN_OK;
  for (k = 0; k < count && rc == SYMRUN_OK; k++) {
    sr_ObjectEdit *e = &edits[k];
    if (e->op == SR_RENAME) rc = rename_export(X, E, e);
    else if (e->op == SR_WASM_IMPORT) rc = rename_imports(X, e);
    else rc = sr_edit_refuse(X->S, e, e->name, "the module was linked, and has "
                             "no symbols but the names that it exports and "
                             "imports (rename, wasm-import)");
  }
  return rc;
}


int sr_wasm_edit_module (sr_WasmEdit *X, sr_ObjectEdit *edits, size_t count,
                         sr_Made *out) {
  const sr_Made *fresh[WASM_SECTIONS + 1] = {NULL};
  sr_Made exports = {NULL, 0, 0}, imports = {NULL, 0, 0};
  Exports E;
  int rc;
  memset(&E, 0, sizeof E);
  rc = read_exports(X, &E);
  if (rc == SYMRUN_OK) rc = sr_edit_index_ready(&E.index);
  if (rc == SYMRUN_OK) rc = change(X, &E, edits, count);
  if (rc == SYMRUN_OK && !E.changed && !X->imports_changed)
    rc = sr_edit_borrow(X->bytes, out);
  else if (rc == SYMRUN_OK) {
    if (E.changed) {
      rc = put_exports(X, &E, &exports);
      fresh[WASM_EXPORT] = &exports;
    }
    if (rc == SYMRUN_OK && X->imports_changed) {
      rc = sr_wasm_put_imports(X, &imports);
      fresh[WASM_IMPORT] = &imports;
    }
    if (rc == SYMRUN_OK) rc = sr_wasm_edit_splice(X, fresh, out);
  }
  sr_made_free(X->S, &exports);
  sr_made_free(X->S, &imports);
  sr_delete(X->S, E.list, E.room * sizeof *E.list);
  sr_edit_index_free(&E.index);
  return rc;
}
