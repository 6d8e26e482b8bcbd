/*
** facts.h
** Floor 1: what files say beside symbols: what they were made for, what they
** want to be loaded with, how they were built.  A reader hands each fact as
** it comes to it; one that is not there is none, and one that the format, or
** this kind of file, has no word for is SYMRUN_UNKNOWN and never none.
*/

#ifndef sr_facts_h
#define sr_facts_h

#include "formats.h"

typedef enum sr_FactKind {
  SR_FACT_TARGET,        /* "machine", "bits", "endian", "os", "abi" */
  SR_FACT_NEEDED,        /* shared libraries, in the file's order */
  SR_FACT_SONAME,        /* by which others need it */
  SR_FACT_RUN_PATHS,     /* where these are looked for first */
  SR_FACT_INTERPRETER,   /* the program that loads it */
  SR_FACT_BUILD_ID,      /* hexadecimal digits */
  SR_FACT_PRODUCERS,     /* programs that say they made it */
  SR_FACT_STACK,         /* 'number': may code stand on the stack? */
  SR_FACT_TEXTREL,       /* 'number': does loading it change code? */
  SR_FACT_CONSTRUCTORS,  /* where they are listed, 'number' of them */
  SR_FACT_CALLED,        /* the same, and behind each its "function"s */
  SR_FACT_SECTIONS,      /* of a file, in its order; and 'flags' */
  SR_FACT_SECTIONS_OF,   /* the same, for each definition of a name */
  SR_FACT_BYTES,         /* of each section of a name */
  SR_FACT_INPUTS,        /* that a linker reads in the file's place */
  SR_FACT_LTO,           /* intermediate code: "code", "kind", "section" */
  SR_FACTS
} sr_FactKind;

/* What a section is to linkers and loaders. */
enum { SR_SECTION_WRITE = 1, SR_SECTION_EXECUTE = 2,
       SR_SECTION_RETAIN = 4,   /* kept, though nobody refers to it */
       SR_SECTION_EXCLUDE = 8,  /* left out of what is linked */
       SR_SECTION_COMDAT = 16   /* another object's may take its place */ };
/* Of intermediate code. */
enum { SR_LTO_NATIVE = 1,       /* machine code is there too */
       SR_LTO_EMBEDDED = 2      /* linkers pass it over */ };

typedef struct sr_Fact {
  const char *field;     /* a literal: what of the kind it is */
  sr_Str text;           /* not terminated; valid while 'each' runs */
  uint64_t number;       /* of a section: its size */
  unsigned flags;
} sr_Fact;

/* One question. */
typedef struct sr_FactAsk {
  sr_FactKind what;
  sr_Str name;           /* of a definition, as rules know it; a section's */
  int (*each) (void *ud, const sr_Fact *fact);  /* a code stops the reader */
  void *ud;
} sr_FactAsk;

/* A machine that has a name, or "elf-1234" and the like, is told as Rust's
   target_arch has it, so that formats compare; the same for "os".  What a
   file does not say of its target is not handed. */
int sr_format_facts (symrun *S, sr_Format f, const sr_Part *part,
                     sr_FactAsk *ask);
/* "run paths": what a sentence calls them. */
const char *sr_fact_prose (sr_FactKind what);

int sr_elf_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_macho_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_coff_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_coff_import_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_pe_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_wasm_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_told_facts (symrun *S, sr_Format f, const sr_Part *part,
                   sr_FactAsk *ask);
int sr_bitcode_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
/* SR_FACT_LTO, of any format. */
int sr_lto_facts (symrun *S, sr_Format f, const sr_Part *part,
                  sr_FactAsk *ask);
/* SR_FACT_SECTIONS and those two behind it. */
int sr_elf_section_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_macho_section_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_coff_section_facts (symrun *S, const sr_Part *part, bool image,
                           sr_FactAsk *ask);
int sr_wasm_section_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);

/* For readers: hand one. */
int sr_fact_text (const sr_FactAsk *ask, const char *field, const char *s,
                  size_t len);
int sr_fact_word (const sr_FactAsk *ask, const char *field, const char *word);
int sr_fact_counted (const sr_FactAsk *ask, const char *field, const char *s,
                     size_t len, uint64_t n);
int sr_fact_number (const sr_FactAsk *ask, const char *field, uint64_t n);
int sr_fact_section (const sr_FactAsk *ask, const char *name, size_t len,
                     uint64_t size, unsigned flags);
/* Bytes as hexadecimal digits; 64 of them, or fewer. */
int sr_fact_hex (const sr_FactAsk *ask, const char *field,
                 const unsigned char *p, size_t n);
/* "bits" and "endian". */
int sr_fact_width (const sr_FactAsk *ask, unsigned bits, bool big);
/* Who wrote the metadata of a crate that stands in the part. */
int sr_rmeta_producer (symrun *S, const sr_Part *part, uint64_t at,
                       uint64_t size, const sr_FactAsk *ask);
/* It cannot be told: 'why' is a sentence about the file. */
int sr_fact_unknown (symrun *S, uint64_t offset, const char *field,
                     const char *why);


/* -- facts_found.c: what symbols tell of them ------------------------------ */

typedef int (*sr_ReadSymbols) (symrun *S, const sr_Part *part, sr_Ask *ask);

/* Where a name is defined. */
typedef struct sr_FactFound {
  uint64_t number;       /* of the symbol */
  uint32_t section;      /* which may be 0 */
  unsigned flags;        /* SR_SECTION_RETAIN and SR_SECTION_COMDAT: its own */
  unsigned char type, binding;
} sr_FactFound;

/* The caller frees 'room' of them. */
int sr_found (symrun *S, const sr_Part *part, sr_ReadSymbols read, sr_Str name,
              sr_FactFound **list, size_t *count, size_t *room);

/* One place in a list of functions: where it points to. */
typedef struct sr_Call {
  uint64_t value;        /* a symbol's number, or an address in 'section' */
  uint32_t section;      /* or SR_BY_NUMBER */
  uint32_t list, at;     /* which one, and the place in it */
  uint32_t len, rank;    /* of the best name so far; 0: none */
  const char *name;
} sr_Call;

#define SR_BY_NUMBER  UINT32_MAX

typedef struct sr_CallList { const char *name; uint64_t len, count; }
  sr_CallList;

typedef struct sr_Calls {
  symrun *S;
  const sr_Part *part;
  const sr_FactAsk *ask;
  sr_Arena arena;        /* names */
  uint64_t kept;         /* bytes of these */
  uint64_t mask;         /* bits of an address that tell places apart */
  bool flat;             /* an address is of no section: all are in 0 */
  sr_Call *calls;
  size_t ncalls, rcalls;
  sr_CallList *lists;
  size_t nlists, rlists;
} sr_Calls;

void sr_calls_begin (sr_Calls *C, symrun *S, const sr_Part *part,
                     const sr_FactAsk *ask);
/* A list of that many functions follows... */
int  sr_calls_list (sr_Calls *C, const char *name, size_t len, uint64_t count);
/* ...and the place 'at' in list 'list', from 0 on, of which a relocation says
   what it will hold. */
int  sr_calls_add (sr_Calls *C, size_t list, uint64_t at, uint32_t section,
                   uint64_t value);
/* Find the names and hand all, if 'rc' is SYMRUN_OK, and free. */
int  sr_calls_end (sr_Calls *C, sr_ReadSymbols read, int rc);


/* -- by format ------------------------------------------------------------- */

struct sr_Coff;
struct sr_Pe;
struct sr_Wasm;

/* SR_FACT_CONSTRUCTORS and SR_FACT_CALLED, of an object. */
int sr_elf_lists (sr_Elf *E, sr_FactAsk *ask);
int sr_macho_lists (sr_Macho *M, sr_FactAsk *ask);
int sr_coff_lists (struct sr_Coff *C, sr_FactAsk *ask);
int sr_wasm_lists (struct sr_Wasm *W, sr_FactAsk *ask);
/* Bits of a machine's addresses; 0 if it is not known. */
unsigned sr_coff_bits (uint16_t machine);
/* SR_FACT_PRODUCERS of an object, and of an image. */
int sr_coff_makers (struct sr_Coff *C, sr_FactAsk *ask);
int sr_pe_makers (struct sr_Pe *P, sr_FactAsk *ask);

typedef struct sr_ElfSegments {
  const unsigned char *headers;  /* in SR_APART */
  uint64_t at;                   /* of them in the part */
  uint32_t count, size;          /* how many, and bytes of one */
} sr_ElfSegments;

typedef struct sr_ElfSegment {
  uint64_t at;                   /* of its header in the part */
  uint32_t type, flags;
  uint64_t offset, address, size, align;
} sr_ElfSegment;

int sr_elf_segments (sr_Elf *E, sr_ElfSegments *out);
void sr_elf_segment (const sr_Elf *E, const sr_ElfSegments *P, uint32_t i,
                     sr_ElfSegment *out);
/* The one segment of a type; SYMRUN_END if there is none. */
int sr_elf_one_segment (sr_Elf *E, const sr_ElfSegments *P, uint32_t type,
                        sr_ElfSegment *out);
/* Those facts that a loader reads. */
int sr_elf_dynamic (sr_Elf *E, sr_FactAsk *ask);

/* What a dynamic table says of functions that are called first. */
typedef struct sr_ElfArray {
  const char *name;
  uint64_t address, size;        /* of a list, or */
  bool init;                     /* of one function: DT_INIT */
} sr_ElfArray;

typedef struct sr_ElfArrays {
  sr_ElfArray list[3];
  unsigned count;
  uint64_t at;                   /* of the table in the part */
  uint64_t rela, relasz, rel, relsz, symbols;
  bool relr;
} sr_ElfArrays;

/* SR_FACT_CALLED of what was linked. */
int sr_elf_linked (sr_Elf *E, const sr_ElfSegments *segments,
                   const sr_ElfArrays *A, const sr_FactAsk *ask);

#endif
