/*
** edit_check.h
** Floor 3: is an object that was made what it should be?  What is compared
** was read by the readers of floor 1, which know nothing of edits.
*/

#ifndef sr_edit_check_h
#define sr_edit_check_h

#include "rewrite.h"

/* The names that edits are about, old and new ones, sorted. */
typedef struct sr_EditNames {
  symrun *S;
  sr_Str *list;
  size_t count, room;
} sr_EditNames;

int  sr_edit_names (symrun *S, const sr_ObjectEdit *edits, size_t count,
                    sr_EditNames *out);
/* How many times it is there. */
size_t sr_edit_named (const sr_EditNames *N, sr_Str name);
void sr_edit_names_free (sr_EditNames *N);

static inline int sr_name_order (sr_Str a, sr_Str b) {
  size_t least = a.len < b.len ? a.len : b.len;
  int d = least > 0 ? memcmp(a.ptr, b.ptr, least) : 0;
  return d != 0 ? d : a.len < b.len ? -1 : a.len > b.len;
}

/* May these edits make sections, and symbols in them, go? */
bool sr_edits_drop (const sr_ObjectEdit *edits, size_t count);

/* edit_check.c: the symbols, of any format; SYMRUN_UNKNOWN and a sentence if
   they are not what the edits say. */
int  sr_object_check (symrun *S, sr_Format f, sr_Str before, sr_Str after,
                      const sr_ObjectEdit *edits, size_t count);
/* edit_elf_check.c: all sections, and what relocations, groups and LLVM's
   lists name. */
int  sr_elf_edit_check (symrun *S, sr_Str before, sr_Str after,
                        const sr_ObjectEdit *edits, size_t count);
/* edit_coff_check.c, edit_macho_check.c: all sections, and what relocations
   name. */
int  sr_coff_edit_check (symrun *S, sr_Str before, sr_Str after,
                         const sr_ObjectEdit *edits, size_t count);
int  sr_macho_edit_check (symrun *S, sr_Str before, sr_Str after,
                          const sr_ObjectEdit *edits, size_t count);
/* edit_wasm_check.c: all sections but those that hold names. */
int  sr_wasm_edit_check (symrun *S, sr_Str before, sr_Str after,
                         const sr_ObjectEdit *edits, size_t count);

#endif
