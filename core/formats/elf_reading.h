/*
** elf_reading.h
** A symbol table of an ELF file while it is read: what elf_symbols.c, which
** goes through it, shares with those that look at one symbol.
*/

#ifndef sr_elf_reading_h
#define sr_elf_reading_h

#include "formats.h"

typedef struct sr_ElfReading {  /* one symbol table, checked */
  sr_Elf *E;
  sr_Ask *ask;
  const unsigned char *symbols;
  const char *strings;
  uint64_t count, entry, strsize, at;
  uint64_t first;                      /* that is not local, by sh_info */
  uint64_t told;                       /* bytes of names that were looked at */
  uint32_t index;                      /* of its section */
  const unsigned char *xindex;         /* section indexes that need 32 bits */
  sr_ElfVersions versions;
  uint32_t *groups;                    /* by section: its COMDAT group's */
  bool slim;                           /* GCC's LTO and no other code */
  sr_Symbol sym;                       /* the one that is handed on */
  bool rare;                           /* more of it than COMDAT is asked for */
  sr_Begin begin;                      /* of names that are asked for, */
  const bool *heads;                   /* and their first bytes; NULL: any */
} sr_ElfReading;

/* elf_groups.c: may a copy of the symbol's section stand in other objects?  The
   headers are there, and the section is one of them. */
int sr_elf_in_group (sr_ElfReading *T, sr_Symbol *sym);

/* elf_letters.c: the letter that nm prints; llvm-nm's where nm tools differ. */
int sr_elf_letter (sr_ElfReading *T, sr_Symbol *sym);

#endif
