/*
** edit_object.c
** Objects, changed: which editor is for which format, what is asked of all of
** them, and the second look at what they made.  An object that does not have
** the symbols that it should is thrown away here, and is nobody's input.
*/

#include "edit_check.h"


const char *sr_object_op_name (sr_ObjectOp op) {
  static const char *const names[SR_OBJECTOPS] = {
    "localize", "globalize", "weaken", "hide", "unhide", "rename", "strip",
    "keep-only", "add-undefined", "add-absolute", "drop-section", "wasm-import"
  };
  return (unsigned)op < SR_OBJECTOPS ? names[op] : "?";
}


typedef struct Editor {
  sr_Format format;
  sr_ObjectEditor edit;
  /* Are the bytes of sections what they should be? */
  int (*check) (symrun *S, sr_Str before, sr_Str after,
                const sr_ObjectEdit *edits, size_t count);
} Editor;

static const Editor editors[] = {
  {SR_ELF, sr_elf_edit, sr_elf_edit_check},
  {SR_MACHO, sr_macho_edit, sr_macho_edit_check},
  {SR_COFF, sr_coff_edit, sr_coff_edit_check},
  {SR_COFF_BIGOBJ, sr_coff_edit, sr_coff_edit_check},
  {SR_WASM, sr_wasm_edit, sr_wasm_edit_check},
};


static const Editor *find (sr_Format f) {
  size_t i;
  for (i = 0; i < sizeof editors / sizeof *editors; i++)
    if (editors[i].format == f) return &editors[i];
  return NULL;
}


/* What no format can hold, or edit mean. */
static int check_edit (symrun *S, const sr_ObjectEdit *e) {
  if ((unsigned)e->op >= SR_OBJECTOPS)
    return sr_fail(S, SYMRUN_RANGE, "there is no operation %d on objects",
                   (int)e->op);
  if (e->name.len == 0 || memchr(e->name.ptr, '\0', e->name.len) != NULL)
    return sr_fail(S, SYMRUN_RULE, "%s wants a name of one byte or more, none "
                   "of them zero", sr_object_op_name(e->op));
  if ((e->op == SR_RENAME || e->op == SR_WASM_IMPORT)
      && (e->to.len == 0 || memchr(e->to.ptr, '\0', e->to.len) != NULL))
    return sr_fail(S, SYMRUN_RULE, "%s wants what '%.*s' is to become, one "
                   "byte or more, none of them zero",
                   sr_object_op_name(e->op), (int)(e->name.len < 200
                   ? e->name.len : 200), e->name.ptr);
  return SYMRUN_OK;
}


static int check_made (symrun *S, const Editor *editor, sr_Str before,
                       const sr_Made *made, const sr_ObjectEdit *edits,
                       size_t count) {
  sr_Str after;
  int rc;
  after.ptr = made->ptr;
  after.len = made->len;
  rc = sr_object_check(S, editor->format, before, after, edits, count);
  if (rc != SYMRUN_OK || editor->check == NULL) return rc;
  return editor->check(S, before, after, edits, count);
}


int sr_object_edit (symrun *S, sr_Format f, sr_Str bytes,
                    sr_ObjectEdit *edits, size_t count, sr_Made *out) {
  const Editor *editor = find(f);
  sr_Made made = {NULL, 0, 0};
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    edits[i].done = 0;
    rc = check_edit(S, &edits[i]);
  }
  if (rc != SYMRUN_OK) return rc;
  if (editor == NULL)
    return sr_fail(S, SYMRUN_RULE, "%s cannot be edited: this version edits "
                   "objects of ELF, Mach-O, COFF and wasm",
                   sr_format_prose(f));
  rc = editor->edit(S, bytes, edits, count, &made);
  if (rc == SYMRUN_OK && made.room > 0)
    rc = check_made(S, editor, bytes, &made, edits, count);
  if (rc == SYMRUN_OK) *out = made;
  else sr_made_free(S, &made);
  return rc;
}
