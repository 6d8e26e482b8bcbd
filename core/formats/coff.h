/*
** coff.h
** What the readers of COFF objects, import members and PE images share.
** Linked images keep the object's section headers and, where GNU ld or lld
** for MinGW made them, its symbol table too.
*/

#ifndef sr_coff_h
#define sr_coff_h

#include "formats.h"

enum { COFF_I386 = 0x014c, COFF_AMD64 = 0x8664, COFF_ARM64EC = 0xa641,
       COFF_ARM64X = 0xa64e };

/* Section characteristics. */
enum { SCN_CODE = 0x20, SCN_DATA = 0x40, SCN_BSS = 0x80, SCN_INFO = 0x200,
       SCN_COMDAT = 0x1000 };
#define SCN_WRITE  0x80000000u

enum { SYM_EXTERNAL = 2, SYM_STATIC = 3, SYM_FILE = 103, SYM_SECTION = 104,
       SYM_WEAK = 105 };  /* storage classes */

#define COFF_HEADER  40  /* bytes of a section header */
#define COFF_SHARED  64  /* names may add up to so many times the file's size */

typedef struct sr_Coff {
  symrun *S;
  const sr_Part *part;
  const unsigned char *headers;  /* of all sections, once asked for */
  const char *strings;           /* the string table, with its length */
  uint64_t headers_at, symbols_at;
  uint64_t strings_at, strsize;
  uint32_t nsections, nsymbols;
  uint16_t machine;
  uint8_t entry;                 /* bytes of one symbol: 18, or 20 */
  bool image;                    /* linked */
} sr_Coff;

/* A symbol's fields. */
typedef struct sr_CoffSymbol {
  uint32_t value, aux;           /* 'aux': entries that follow and are its */
  int32_t section;               /* 0 undefined, -1 absolute, -2 debug */
  unsigned char sclass;
} sr_CoffSymbol;

static inline sr_CoffSymbol sr_coff_symbol (const unsigned char *p, bool big) {
  sr_CoffSymbol s;
  s.value = sr_u32(p + 8, false);
  if (big) s.section = (int32_t)sr_u32(p + 12, false);
  else {
    uint16_t n = sr_u16(p + 12, false);
    s.section = n < 0xff00 ? n : (int32_t)n - 0x10000;
  }
  s.sclass = p[big ? 18 : 16];
  s.aux = p[big ? 19 : 17];
  return s;
}

/* -- coff.c -- */

int sr_coff_open (symrun *S, const sr_Part *part, sr_Coff *C);
/* A field, 'at' bytes from the part's begin, is one thing and should be
   another. */
int sr_coff_damage (const sr_Coff *C, uint64_t at, const char *field,
                    uint64_t is, const char *expected);
/* 'need' bytes at 'at' inside the part; the look may fetch beyond it. */
const unsigned char *sr_coff_look (const sr_Coff *C, int slot, uint64_t at,
                                   uint64_t need, uint64_t want);
/* All section headers, in the slot SR_APART, where they stay. */
int sr_coff_headers (sr_Coff *C);
/* The string table, which follows the symbols. */
int sr_coff_strings (sr_Coff *C);
/* Section 'i', from 1 on: its name. */
int sr_coff_section_name (sr_Coff *C, uint32_t i, sr_Str *out);
/* What nm prints for what is local in such a section; '?' if nothing. */
char sr_coff_letter (uint32_t characteristics);

/* As sr_coff_plain, for what an image exports and imports: there cdecl has no
   underscore, so one is the source's; MinGW's stdcall has none either. */
void sr_coff_plain_linked (uint16_t machine, sr_Str *name);

/* Names that stand nowhere in a file as they are told. */
typedef struct sr_CoffNames {
  symrun *S;
  const sr_Ask *ask;
  char *bytes;
  size_t used, room;
} sr_CoffNames;

/* 'a' and 'b' as one name, which lives until 'flush'. */
int  sr_coff_spell (sr_CoffNames *N, sr_Str a, sr_Str b, sr_Str *out);
/* Flush, and free: 'rc', or what flushing gave. */
int  sr_coff_spelled (sr_CoffNames *N, int rc);

/* -- coff_symbols.c -- */

/* The symbol table, of which C says where it is. */
int sr_coff_symbols (sr_Coff *C, sr_Ask *ask);

/* -- coff_comdat.c -- */

/* For each section, from 1 on, 1 if another object's copy may take its place.
   The caller frees C->nsections + 1 bytes; NULL: none may. */
int sr_coff_comdats (sr_Coff *C, const unsigned char *symbols,
                     unsigned char **out);

/* -- pe.c -- */

typedef struct sr_Pe {
  sr_Coff coff;
  uint64_t dirs_at, base;  /* data directories; where the image is loaded */
  uint32_t ndirs;
  uint32_t loaded;         /* bytes at the file's begin that are in memory */
  bool wide;               /* addresses have 64 bits: PE32+ */
  bool library;            /* IMAGE_FILE_DLL */
} sr_Pe;

int sr_pe_open (symrun *S, const sr_Part *part, sr_Pe *P);
/* Where the byte at an address is in the part, and how many follow it there;
   'field', at 'where', is what said so. */
int sr_pe_place (sr_Pe *P, uint32_t address, uint64_t need, const char *field,
                 uint64_t where, uint64_t *at, uint64_t *left);
/* The characteristics of the section that an address is in, or 0. */
uint32_t sr_pe_section (const sr_Pe *P, uint32_t address);

/* -- pe_tables.c -- */

/* What the image exports and imports. */
int sr_pe_tables (sr_Pe *P, sr_Ask *ask);

#endif
