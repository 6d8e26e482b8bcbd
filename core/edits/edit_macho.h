/*
** edit_macho.h
** Floor 3: a Mach-O object that is being changed, for the files that do it.
** A table of symbols has locals first, then those that are defined for others,
** then what is wanted; LC_DYSYMTAB counts each.
*/

#ifndef sr_edit_macho_h
#define sr_edit_macho_h

#include "edit_index.h"

enum {  /* n_type; mach-o/nlist.h */
  N_STAB = 0xe0, N_PEXT = 0x10, N_TYPE = 0x0e, N_EXT = 0x01,
  N_UNDF = 0x0, N_ABS = 0x2, N_INDR = 0xa, N_PBUD = 0xc, N_SECT = 0xe
};

enum { N_WEAK_REF = 0x40, N_WEAK_DEF = 0x80 };  /* n_desc */

#define MH_SUBSECTIONS_VIA_SYMBOLS  0x2000u

enum { GROUP_LOCAL, GROUP_DEFINED, GROUP_UNDEFINED, GROUPS };

typedef struct sr_MachoEditSec {
  uint64_t at;          /* of its header */
  uint64_t size;
  uint32_t offset, reloff, nreloc;
  char name[34];        /* "__TEXT,__text" */
  bool bitcode, profile, zeros;
} sr_MachoEditSec;

typedef struct sr_MachoEditSym {
  uint64_t value;
  uint32_t strx, now;
  uint32_t needed;      /* by this section, from 1 on; SR_NONE: by the table
                           of indirect symbols; 0: by none */
  uint16_t desc;
  unsigned char type, sect, group;
  bool gone, kept, renamed;
} sr_MachoEditSym;

typedef struct sr_MachoEdit {
  symrun *S;
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Macho M;
  const unsigned char *bytes;
  uint64_t size;
  sr_MachoEditSec *secs;        /* from 0 on */
  size_t nsecs, secroom;
  sr_MachoEditSym *syms;        /* those that there were, then new ones */
  size_t count, room, were;
  sr_EditIndex index;
  uint64_t strsize;             /* up to the last NUL */
  uint64_t changes;
  bool bitcode, gcc_lto;        /* a linker may read that instead */
  bool aliases;                 /* N_INDR: names that no symbol has */
  bool moved;                   /* symbols have other numbers */
  bool grown;                   /* or there are more or fewer, or names */
  bool drop;                    /* bitcode goes */
} sr_MachoEdit;

static inline uint32_t sr_macho_edit_u32 (const sr_MachoEdit *X, uint64_t at) {
  return sr_u32(X->bytes + at, X->M.big);
}

/* edit_macho_open.c: all sections and symbols, checked */
int  sr_macho_edit_open (symrun *S, sr_Str bytes, sr_MachoEdit *X);
void sr_macho_edit_close (sr_MachoEdit *X);

/* edit_macho_numbers.c: what names symbols by their numbers */
int  sr_macho_edit_needs (sr_MachoEdit *X);
int  sr_macho_edit_renumber (sr_MachoEdit *X, sr_Made *out);

/* edit_macho_write.c: the bytes */
int  sr_macho_edit_write (sr_MachoEdit *X, sr_Made *out);

#endif
