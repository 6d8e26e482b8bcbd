/*
** edit_coff.h
** Floor 3: a COFF object that is being changed, for the files that do it.
** What is local and what is not stand in one table in any order, so hardly an
** edit moves a symbol; one that is stripped does, and its auxiliary entries.
*/

#ifndef sr_edit_coff_h
#define sr_edit_coff_h

#include "../formats/coff.h"
#include "edit_index.h"

enum { SYM_LABEL = 6, SYM_FUNCTION = 101, SYM_CLR = 107, COFF_RELOC = 10 };

#define SCN_MANY_RELOCS  0x01000000u  /* IMAGE_SCN_LNK_NRELOC_OVFL */

typedef struct sr_CoffEditSec {
  sr_Str name;
  uint32_t flags, size, from, relocs;
  uint32_t symbol;      /* the section's own; SR_NONE: none */
  uint32_t parent;      /* of an associative one */
  uint32_t externals;   /* so many symbols in it are */
  unsigned char choice; /* of copies; 0: it is no COMDAT */
  bool asked;           /* whether it goes with one that is dissolved */
  bool led;             /* its leader was found */
  bool dissolved;
} sr_CoffEditSec;

typedef struct sr_CoffEditSym {
  sr_CoffSymbol s;
  uint32_t at;          /* its number; SR_NONE: it is new */
  uint32_t now;         /* its new number */
  uint32_t needed;      /* by this section's relocations or list, SR_NONE: by
                           another symbol; 0: by none */
  bool function;
  bool leads;           /* copies of its COMDAT section are known by it */
  bool alias;           /* weak, and defined by its default */
  bool gone, renamed, kept;
} sr_CoffEditSym;

typedef struct sr_CoffEdit {
  symrun *S;
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Coff C;
  const unsigned char *bytes;
  uint64_t size;
  sr_CoffEditSec *secs;         /* from 1 on */
  sr_CoffEditSym *syms;
  size_t count, room;
  uint32_t *rows;               /* by the number that symbols had */
  sr_EditIndex index;
  sr_EditIndex directed;        /* names that the linker is told of, and */
  sr_Str *words;                /* in which words */
  size_t nwords, wordroom;
  uint32_t lto;                 /* a section of GCC's LTO */
  uint64_t changes;
  bool strips;                  /* symbols may get other numbers */
  bool moved;                   /* symbols have other numbers */
  bool added;                   /* there are more symbols, or names */
} sr_CoffEdit;

static inline const unsigned char *sr_coff_edit_entry (const sr_CoffEdit *X,
                                                       uint32_t i) {
  return X->bytes + X->C.symbols_at + (uint64_t)i * X->C.entry;
}

/* edit_coff_open.c: all sections, symbols and directives, checked */
int  sr_coff_edit_open (symrun *S, sr_Str bytes, sr_CoffEdit *X);
void sr_coff_edit_close (sr_CoffEdit *X);
/* The words of the object for the linker that have a symbol's name. */
bool sr_coff_edit_directed (const sr_CoffEdit *X, sr_Str name, sr_Str *words);

/* edit_coff_numbers.c: what names symbols by their numbers */
int  sr_coff_edit_needs (sr_CoffEdit *X);    /* who needs which */
/* New numbers in a symbol's auxiliary entry, copied to 'p'. */
void sr_coff_edit_retag (const sr_CoffEdit *X, const sr_CoffEditSym *sym,
                         unsigned char *p);
/* New numbers in all else, in what was made. */
int  sr_coff_edit_renumber (sr_CoffEdit *X, sr_Made *out);

/* edit_coff_write.c: the bytes */
int  sr_coff_edit_write (sr_CoffEdit *X, sr_Made *out);

#endif
