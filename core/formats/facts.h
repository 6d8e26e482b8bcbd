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
  SR_FACT_SECTIONS,      /* of the definitions of a name; and 'flags' */
  SR_FACTS
} sr_FactKind;

/* What a section is to linkers and loaders. */
enum { SR_SECTION_WRITE = 1, SR_SECTION_EXECUTE = 2,
       SR_SECTION_RETAIN = 4,   /* kept, though nobody refers to it */
       SR_SECTION_EXCLUDE = 8   /* left out of what is linked */ };

typedef struct sr_Fact {
  const char *field;     /* a literal: what of the kind it is */
  sr_Str text;           /* not terminated; valid while 'each' runs */
  uint64_t number;       /* of a section: its size */
  unsigned flags;
} sr_Fact;

/* One question. */
typedef struct sr_FactAsk {
  sr_FactKind what;
  sr_Str name;           /* for SR_FACT_SECTIONS: as rules know it */
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
int sr_elf_sections_of (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_macho_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_coff_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_coff_import_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_pe_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);
int sr_wasm_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask);

/* For readers: hand one. */
int sr_fact_text (const sr_FactAsk *ask, const char *field, const char *s,
                  size_t len);
int sr_fact_word (const sr_FactAsk *ask, const char *field, const char *word);
int sr_fact_counted (const sr_FactAsk *ask, const char *field, const char *s,
                     size_t len, uint64_t n);
int sr_fact_number (const sr_FactAsk *ask, const char *field, uint64_t n);
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


/* -- elf_facts.c, elf_dynamic.c, elf_sections.c ---------------------------- */

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

#endif
