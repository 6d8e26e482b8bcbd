/*
** edit_elf.h
** Floor 3: an ELF object that is being changed, for the files that do it.
** Names and numbers are those that it had; 'now' is what they will be.  The
** bytes that came in are never written on, so every file may look at them.
*/

#ifndef sr_edit_elf_h
#define sr_edit_elf_h

#include <elf.h>

#include "rewrite.h"

/* Section types that <elf.h> may not have.  LLVM, "Extensions". */
enum { SR_SHT_CREL = 0x40000014, SR_SHT_LLVM_OLD_PROFILE = 0x6fff4c02,
       SR_SHT_LLVM_ADDRSIG = 0x6fff4c03, SR_SHT_LLVM_PROFILE = 0x6fff4c09,
       SR_SHT_LLVM_LTO = 0x6fff4c0c };

/* What of a section goes, and why. */
enum { SR_STAYS, SR_GOES, SR_GOES_AS_LTO };

typedef struct sr_ElfSec {
  sr_ElfSection h;
  sr_Str name;
  uint64_t align;       /* sh_addralign */
  uint64_t where;       /* its new offset */
  sr_Made fresh;        /* its new bytes, if 'changed' */
  uint32_t now;         /* its new number */
  uint32_t comdat;      /* the COMDAT group that it is in; 0: none */
  unsigned char goes;   /* SR_STAYS... */
  bool changed;
  bool apart;           /* it grew: it stands at the end now */
} sr_ElfSec;

typedef struct sr_ElfSym {
  sr_Str name;
  uint64_t value;
  uint32_t section;     /* 0: none */
  uint32_t now;         /* its new number */
  uint32_t text;        /* st_name */
  uint32_t next;        /* with the same hash, or SR_NONE */
  uint32_t needed;      /* by this section of relocations; 0: by none */
  uint32_t signs;       /* so many groups */
  uint16_t index;       /* st_shndx */
  unsigned char info, other;
  bool gone, kept;
  bool renamed;         /* 'text' is to come */
  bool got;             /* MIPS: its relocations differ for local symbols */
} sr_ElfSym;

typedef struct sr_ElfEdit {
  symrun *S;
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Elf E;
  const unsigned char *bytes;
  uint64_t size;
  sr_ElfSymbols table;    /* the symbols that there were */
  sr_ElfSec *secs;      /* E.shnum of them */
  sr_ElfSym *syms;      /* those that there were, then new ones */
  size_t count, room;
  uint32_t *heads;      /* by the hash of a name */
  size_t nheads;
  uint32_t strtab, xindex;      /* sections */
  uint32_t lto;         /* a section that a linker may read instead */
  uint32_t nsecs;       /* sections that stay */
  uint32_t nsyms, first;        /* symbols that stay; the first that others
                                   see */
  uint64_t changes;
  uint64_t told;        /* bytes of names that were read */
  bool moved;           /* numbers of symbols are other ones */
  bool shifted;         /* numbers of sections are */
  bool slim;            /* there is no code but for LTO */
} sr_ElfEdit;

/* What a sentence has of a name. */
#define SR_NAMED(s)  (int)((s).len < 200 ? (s).len : 200), (s).ptr

static inline bool sr_same_name (sr_Str a, sr_Str b) {
  return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static inline bool sr_name_begins (sr_Str name, const char *begin) {
  size_t len = strlen(begin);
  return name.len >= len && memcmp(name.ptr, begin, len) == 0;
}

static inline void sr_put32 (unsigned char *p, uint32_t v, bool big) {
  int i;
  for (i = 0; i < 4; i++)
    p[big ? 3 - i : i] = (unsigned char)(v >> 8 * i);
}

static inline void sr_put16 (unsigned char *p, uint16_t v, bool big) {
  p[big ? 1 : 0] = (unsigned char)v;
  p[big ? 0 : 1] = (unsigned char)(v >> 8);
}

/* A field of 8 bytes, or 4 in a file of 32 bits. */
static inline void sr_put_word (const sr_Elf *E, unsigned char *p,
                                uint64_t v) {
  if (E->is64) sr_put32(p + (E->big ? 0 : 4), (uint32_t)(v >> 32), E->big);
  sr_put32(p + (E->is64 && E->big ? 4 : 0), (uint32_t)v, E->big);
}

/* edit_elf_open.c: all sections and symbols, checked */
int  sr_elf_edit_open (symrun *S, sr_Str bytes, sr_ElfEdit *X);
void sr_elf_edit_close (sr_ElfEdit *X);
int  sr_elf_edit_hashed (sr_ElfEdit *X, uint32_t i);  /* its name is new */
void sr_elf_edit_unhash (sr_ElfEdit *X, uint32_t i);
/* The first symbol of a name; the next is in its 'next', if the name is the
   same.  Sections and source files are none. */
uint32_t sr_elf_edit_find (const sr_ElfEdit *X, sr_Str name, uint32_t from);

/* edit_elf_sections.c: what sections go */
int  sr_elf_edit_drops (sr_ElfEdit *X, sr_ObjectEdit *edits, size_t count);
/* Who needs which symbols, of the sections that stay. */
int  sr_elf_edit_needs (sr_ElfEdit *X);
void sr_elf_edit_dissolve (sr_ElfEdit *X, uint32_t group);
/* Once all is decided: what else goes, the new numbers of all. */
int  sr_elf_edit_settle (sr_ElfEdit *X);

/* edit_elf_tables.c: what names symbols or sections by numbers */
int  sr_elf_edit_tables (sr_ElfEdit *X);

/* edit_elf_write.c: the bytes */
int  sr_elf_edit_write (sr_ElfEdit *X, sr_Made *out);

#endif
