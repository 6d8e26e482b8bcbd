/*
** edit_wasm.h
** Floor 3: a wasm file that is being changed, for the files that do it.  Only
** the sections that hold names are written anew: relocations know the others
** by their numbers and by places in them, and these stay.
*/

#ifndef sr_edit_wasm_h
#define sr_edit_wasm_h

#include "../formats/wasm.h"
#include "edit_index.h"

/* Flags and kinds of symbols: WebAssembly tool conventions, "Linking". */
enum { WASM_SYM_WEAK = 1, WASM_SYM_LOCAL = 2, WASM_SYM_BINDING = 3,
       WASM_SYM_HIDDEN = 4, WASM_SYM_UNDEFINED = 0x10, WASM_SYM_EXPORTED = 0x20,
       WASM_SYM_EXPLICIT = 0x40, WASM_SYM_ABSOLUTE = 0x200 };
enum { WASM_SYM_FUNCTION, WASM_SYM_DATA, WASM_SYM_GLOBAL, WASM_SYM_SECTION,
       WASM_SYM_TAG, WASM_SYM_TABLE, WASM_SYM_KINDS };

typedef struct sr_WasmEditImport {
  sr_Str module, field;
  sr_Str type;          /* its bytes: the kind, and what follows */
  uint32_t users;       /* symbols that are it */
  bool changed;
} sr_WasmEditImport;

typedef struct sr_WasmEditSym {
  sr_Str index;         /* its bytes; of data: those behind the name */
  uint32_t flags;
  uint32_t import;      /* among all; SR_NONE: it is none */
  uint32_t group;       /* the COMDAT that it is in, from 1 on; 0: none */
  unsigned char kind;
  bool kept, renamed;
} sr_WasmEditSym;

typedef struct sr_WasmEdit {
  symrun *S;
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Wasm W;
  sr_Str bytes;
  sr_WasmEditImport *imports;   /* in their order */
  size_t nimports, improom;
  uint32_t *by_kind[WASM_KINDS];/* their numbers */
  size_t kinds[WASM_KINDS], kindroom[WASM_KINDS];
  sr_WasmEditSym *syms;
  size_t count, room;
  sr_EditIndex index;
  sr_Str symbols, comdats;      /* these subsections */
  sr_Str *groups;               /* COMDATs, each with its members */
  bool *dissolved;
  size_t ngroups, grouproom;
  uint32_t *group_of[2];        /* of segments, and of functions */
  uint64_t changes;
  bool symbols_changed, imports_changed;
} sr_WasmEdit;

/* edit_wasm_open.c: imports, COMDATs and symbols, checked */
int  sr_wasm_edit_open (symrun *S, sr_Str bytes, sr_WasmEdit *X);
int  sr_wasm_edit_imports (sr_WasmEdit *X);
int  sr_wasm_edit_symbols (sr_WasmEdit *X);
void sr_wasm_edit_close (sr_WasmEdit *X);

/* edit_wasm_import.c: another module or name for an import, if nobody else is
   that; and a module that was linked, changed */
int  sr_wasm_edit_import (sr_WasmEdit *X, const sr_ObjectEdit *e, uint32_t i,
                          bool *changes);
int  sr_wasm_edit_module (sr_WasmEdit *X, sr_ObjectEdit *edits, size_t count,
                          sr_Made *out);

/* edit_wasm_write.c: the bytes */
int  sr_wasm_put_leb (symrun *S, sr_Made *M, uint64_t v);
int  sr_wasm_put_name (symrun *S, sr_Made *M, sr_Str name);
/* All sections, but for those that 'fresh' has in place of them, by their
   numbers from 0 on; WASM_SECTIONS is the linking section. */
int  sr_wasm_edit_splice (sr_WasmEdit *X,
                          const sr_Made *fresh[WASM_SECTIONS + 1],
                          sr_Made *out);
int  sr_wasm_put_imports (sr_WasmEdit *X, sr_Made *out);
int  sr_wasm_edit_write (sr_WasmEdit *X, sr_Made *out);

#endif
