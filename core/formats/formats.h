/*
** formats.h
** Floor 1: readers.  A reader turns bytes into facts and hands them, one
** symbol at a time, to whoever asked; it keeps nothing, prints nothing, and
** a question that it cannot answer is a code with a sentence, an offset and
** a field.  A new format is one file here and one line in format.c.
*/

#ifndef sr_formats_h
#define sr_formats_h

#include "../ground/ground.h"

typedef enum sr_Format {
  SR_OTHER, SR_EMPTY, SR_AR, SR_THIN_AR, SR_AIX_AR, SR_ELF, SR_MACHO, SR_FAT,
  SR_COFF, SR_COFF_BIGOBJ, SR_COFF_IMPORT, SR_PE, SR_WASM, SR_BITCODE,
  SR_XCOFF, SR_TBD, SR_SCRIPT, SR_RMETA,
  SR_FORMATS
} sr_Format;

typedef enum sr_View_name {
  SR_NATIVE, SR_BITCODE_VIEW, SR_GCC_LTO, SR_DYNAMIC, SR_INDEX, SR_VIEWNAMES
} sr_View_name;

/* What a symbol is, in terms that all formats share. */
enum { SR_LOCAL, SR_GLOBAL, SR_WEAK, SR_UNIQUE, SR_BINDING_OTHER };
enum { SR_NOTYPE, SR_OBJECT, SR_FUNC, SR_SECTION, SR_SOURCE, SR_COMMON_DATA,
       SR_TLS, SR_IFUNC, SR_TYPE_OTHER };
enum { SR_DEFAULT, SR_INTERNAL, SR_HIDDEN, SR_PROTECTED,
       SR_SOMETIMES /* to some versions of a system */ };
enum { SR_UNDEFINED, SR_DEFINED, SR_COMMON, SR_ABSOLUTE };

typedef struct sr_Symbol {
  const char *name;       /* not terminated; valid until 'flush' */
  size_t len;
  sr_Str version;         /* when asked for: a dynamic symbol's version */
  sr_Str module, field;   /* wasm: what an undefined one is imported from and
                             as; else empty */
  uint64_t value, size;
  uint64_t number;        /* its place in an object's table */
  uint32_t section;       /* index; 0 when none */
  unsigned char binding, type, visibility, place;
  bool version_hidden;    /* name@VERSION, not name@@VERSION */
  bool comdat;            /* when asked for: in a COMDAT group */
  sr_Str group;           /* when asked for: that group's name; empty where
                             it is the symbol's own */
  bool explicit_import;   /* wasm: an undefined one that says itself as what it
                             is imported */
  bool retain;            /* it says itself that it is to be kept */
  char letter;            /* when asked for: nm's */
} sr_Symbol;

/* What is asked of a reader.  Only symbols that fit reach 'each'. */
enum { SR_WANT_DEFINED = 1, SR_WANT_UNDEFINED = 2, SR_WANT_LOCAL = 4,
       SR_WANT_EXPORTED = 8 /* of the defined ones, those visible outside */ };

typedef struct sr_Ask {
  unsigned want;
  sr_View_name view;
  const sr_Glob *glob;  /* NULL: every name */
  bool letters;         /* fill in letter and comdat */
  bool comdats;         /* fill in comdat where the binding is SR_GLOBAL */
  bool groups;          /* fill in comdat and group for every binding */
  bool versions;        /* fill in version */
  bool raw;             /* names as they stand; else without what the format
                           adds to those of the source ("_f", "__imp_f") */
  bool linker;          /* native where there is code, else the LTO table */
  sr_View_name told;    /* out: the view that was read */
  uint64_t seen;        /* out: symbols looked at */
  uint32_t machine;     /* out: tells targets of one format apart; 0 where
                           nobody looked */
  int (*each) (void *ud, const sr_Symbol *sym);  /* a code stops the reader */
  /* After a part's symbols: until then their names are valid.  Or NULL. */
  int (*flush) (void *ud);
  void *ud;
} sr_Ask;

/* What an object is to a linker. */
typedef enum sr_Role { SR_ROLE_NONE, SR_ROLE_OBJECT, SR_ROLE_LIBRARY,
                       SR_ROLE_EXECUTABLE } sr_Role;

/* One object: a range of a source. */
typedef struct sr_Part {
  sr_Reader *reader;
  uint64_t offset, size;
  const struct sr_Told *told;  /* what stands in it, of a text; or NULL */
  uint64_t target;             /* a bit: for which target it is asked */
} sr_Part;


/* -- names ---------------------------------------------------------------- */

/* Up to eight bytes that a pattern's matches begin with, for one comparison
   where most names differ. */
typedef struct sr_Begin { uint64_t bytes, mask; } sr_Begin;

static inline sr_Begin sr_begin (const sr_Glob *glob) {
  static const unsigned char ones[8] = {255, 255, 255, 255, 255, 255, 255, 255};
  sr_Begin begin = {0, 0};
  sr_Str prefix;
  if (glob == NULL) return begin;
  prefix = sr_glob_prefix(glob);
  if (prefix.len > 8) prefix.len = 8;
  memcpy(&begin.bytes, prefix.ptr, prefix.len);
  memcpy(&begin.mask, ones, prefix.len);
  return begin;
}

/* Of 's', of which 'left' bytes can be read. */
static inline bool sr_begins (const sr_Begin *begin, const char *s,
                              uint64_t left) {
  uint64_t bytes;
  if (SR_UNLIKELY(left < 8)) return true;  /* let the pattern decide */
  memcpy(&bytes, s, 8);
  return (bytes & begin->mask) == begin->bytes;
}


/* -- format.c ---------------------------------------------------------- */

#define SR_PROBE  64  /* bytes that are enough to know a format */

/* What do the first bytes ('n' of them, of 'size' in all) say? */
sr_Format sr_format_probe (const unsigned char *head, size_t n, uint64_t size);
const char *sr_format_name (sr_Format f);  /* as symrun nm prints it */
const char *sr_view_name (sr_View_name v);

/* An object, a shared library, an executable, or none of these. */
int sr_format_role (symrun *S, sr_Format f, const sr_Part *part, sr_Role *out);
/* "an ELF file": what a sentence calls it. */
const char *sr_format_prose (sr_Format f);

/* What tells how names are decorated, for sr_format_plain: a COFF machine. */
uint16_t sr_format_machine (sr_Format f, const unsigned char *head, size_t n);
/* Take off what an object adds to the names of the source.  True: it adds
   something to each, and not to this one, which must be marked. */
bool sr_format_plain (sr_Format f, uint16_t machine, sr_Str *name);
/* Do its symbols have sizes? */
bool sr_format_sizes (sr_Format f);

/* Read a part of a known format.  SYMRUN_UNKNOWN: it is whole, but this view
   of it cannot be told.  SYMRUN_FORMAT: it is damaged. */
int sr_format_read (symrun *S, sr_Format f, const sr_Part *part, sr_Ask *ask);


/* -- fat.c -------------------------------------------------------------- */

typedef struct sr_Slice {
  const char *name;  /* "arm64"; of a machine that has none, "TYPE:SUBTYPE" */
  uint64_t offset, size;
} sr_Slice;

/* The slices of a universal file, in its order, once all are known to be
   right. */
int sr_fat_slices (symrun *S, const sr_Part *part,
                   int (*each) (void *ud, const sr_Slice *slice), void *ud);


/* -- told.c: what readers of texts told ----------------------------------- */

typedef struct sr_Word {
  uint64_t targets;         /* a bit for each that it is about */
  const char *text;         /* behind a \1, and with a zero behind it */
  uint32_t len;
  unsigned char kind;
  char letter;
} sr_Word;

typedef struct sr_Told {
  symrun *S;
  sr_Arena arena;
  sr_Word *words;
  size_t count, room;
} sr_Told;

/* Have a text read: all or nothing. */
int  sr_told_new (symrun *S, sr_Format f, const sr_Part *part, sr_Told **out);
void sr_told_free (sr_Told *T);
/* The name of a target; NULL: there is none with this bit. */
const char *sr_told_target (const sr_Told *T, uint64_t bit);
int  sr_told_read (symrun *S, const sr_Part *part, sr_Ask *ask);


/* -- elf.c, elf_symbols.c, elf_groups.c, elf_version.c, elf_names.c,
   elf_relocs.c --------------------------------------------------------- */

typedef struct sr_ElfSection {
  uint64_t at;  /* of its header in the part */
  uint32_t name, type, link, info;
  uint64_t flags, offset, size, entsize;
} sr_ElfSection;

typedef struct sr_Elf {
  symrun *S;
  const sr_Part *part;
  const unsigned char *table;  /* all section headers, once asked for */
  uint64_t shoff;
  uint32_t shnum, shstrndx;
  uint16_t type, machine;
  uint8_t headsize;            /* bytes of one section header */
  bool is64, big;
} sr_Elf;

int sr_elf_open (symrun *S, const sr_Part *part, sr_Elf *E);
int sr_elf_role (symrun *S, const sr_Part *part, sr_Role *out);
int sr_elf_read (symrun *S, const sr_Part *part, sr_Ask *ask);

/* A field, 'at' bytes from the part's begin, is one thing and should be
   another. */
int sr_elf_damage (sr_Elf *E, uint64_t at, const char *field, uint64_t is,
                   const char *expected);
/* 'need' bytes at 'at' inside the part; the look may fetch beyond it. */
const unsigned char *sr_elf_look (sr_Elf *E, int slot, uint64_t at,
                                  uint64_t need, uint64_t want);
/* Header 'i', from the whole table (loaded at the first call). */
int sr_elf_section (sr_Elf *E, uint32_t i, sr_ElfSection *out);
/* All bytes of a section. */
const unsigned char *sr_elf_bytes (sr_Elf *E, int slot,
                                   const sr_ElfSection *sec);
/* The last section of a type, looked for from the end, a few headers at a
   time; 0 when there is none.  'linked' is the one that it links to, if that
   was in sight, else of type SHT_NULL. */
int sr_elf_find (sr_Elf *E, uint32_t type, uint32_t *found, sr_ElfSection *out,
                 sr_ElfSection *linked);

typedef struct sr_ElfNames { const char *text; uint64_t size; } sr_ElfNames;

/* The names of all sections. */
int sr_elf_names (sr_Elf *E, sr_ElfNames *N);
/* The next section behind '*i' of which the name begins so, or SYMRUN_END. */
int sr_elf_named (sr_Elf *E, const sr_ElfNames *N, const char *begin,
                  uint32_t *i, sr_ElfSection *out);

/* For each section the index of its COMDAT group's, or 0 (a group without the
   flag is kept whole, and is no COMDAT).  The caller frees E->shnum of them. */
int sr_elf_groups (sr_Elf *E, uint32_t **out);

typedef struct sr_ElfVersion {
  sr_Str name;                  /* in the table's strings; 'ptr' NULL: none */
  bool needed;                  /* of another file */
} sr_ElfVersion;

typedef struct sr_ElfSymbols {  /* those of an object, by their numbers */
  const unsigned char *symbols;
  const unsigned char *xindex;  /* section indexes that need 32 bits */
  const char *strings;
  uint64_t count, strsize, entry, at;
  uint64_t first;               /* that is not local */
  uint32_t index;               /* of its section; 0: there is no table */
} sr_ElfSymbols;

typedef struct sr_ElfEntry {
  const char *name;             /* terminated */
  uint64_t value;
  uint32_t section;             /* 0: none */
  uint32_t index;               /* st_shndx as it stands */
  unsigned char info, other;
} sr_ElfEntry;

/* The table's bytes last until SR_SYMBOLS, SR_STRINGS, SR_MORE or SR_HEAD is
   asked again. */
int sr_elf_symbols (sr_Elf *E, sr_ElfSymbols *T);
int sr_elf_entry (sr_Elf *E, const sr_ElfSymbols *T, uint64_t i,
                  sr_ElfEntry *out);

typedef struct sr_ElfReloc {
  uint64_t offset;              /* in the section that it changes */
  int64_t addend;               /* 0 where it stands in that section's bytes */
  uint32_t symbol, type;        /* of MIPS64: the first of the three types */
} sr_ElfReloc;

typedef struct sr_ElfRelocAsk {
  uint64_t symbols;             /* how many there are */
  uint64_t size;                /* of the section that they change */
  int (*each) (void *ud, const sr_ElfReloc *r);  /* a code stops the reader */
  void *ud;
} sr_ElfRelocAsk;

bool sr_elf_is_relocs (const sr_ElfSection *sec);
/* All relocations of such a section, in its order; SR_PASSING is used. */
int sr_elf_relocs (sr_Elf *E, const sr_ElfSection *sec,
                   const sr_ElfRelocAsk *ask);

typedef struct sr_ElfVersions {  /* of one dynamic symbol table */
  sr_ElfVersion *list;          /* by version index */
  size_t room;
  const unsigned char *versym;  /* two bytes a symbol; NULL: no versions */
  uint64_t at;                  /* of these bytes in the part */
} sr_ElfVersions;

/* 'strings' are those of the symbol table, which versions share. */
int  sr_elf_versions (sr_Elf *E, uint32_t dynsym, uint32_t strtab,
                      const char *strings, uint64_t strsize, uint64_t count,
                      sr_ElfVersions *V);
int  sr_elf_version (sr_Elf *E, const sr_ElfVersions *V, uint64_t i,
                     sr_Symbol *sym);
void sr_elf_versions_free (sr_Elf *E, sr_ElfVersions *V);


/* -- macho.c, macho_symbols.c, macho_exports.c -------------------------- */

enum { SR_MH_OBJECT = 1, SR_MH_EXECUTE, SR_MH_CORE = 4, SR_MH_DYLIB = 6,
       SR_MH_BUNDLE = 8, SR_MH_DYLIB_STUB, SR_MH_DSYM };

typedef struct sr_Macho {
  symrun *S;
  const sr_Part *part;
  const unsigned char *commands;  /* load commands, checked */
  uint32_t cpu;                   /* CPU_TYPE_* */
  uint32_t type, flags, ncmds;
  uint32_t size;                  /* bytes of the load commands */
  uint32_t sections;              /* how many there are */
  uint64_t base;                  /* the header's address, once linked */
  uint64_t dysymtab, reexports;   /* where such a command is; 0: nowhere */
  struct { uint64_t at; uint32_t symoff, nsyms, stroff, strsize; } symtab;
  struct { uint64_t info, trie; uint32_t offset, size; } exports;
  struct { uint32_t first, count; } ranges[3];  /* local, defined, undefined */
  uint8_t headsize;
  bool is64, big;
  bool orderly;                   /* the ranges are the symbol table */
} sr_Macho;

typedef struct sr_MachoSection {
  uint64_t at;                    /* of its header in the part */
  const char *segment, *name;     /* 16 bytes each */
  uint64_t address, size;
  uint32_t offset, flags;
} sr_MachoSection;

int sr_macho_open (symrun *S, const sr_Part *part, sr_Macho *M);
int sr_macho_role (symrun *S, const sr_Part *part, sr_Role *out);
int sr_macho_read (symrun *S, const sr_Part *part, sr_Ask *ask);
/* Where a section's bytes are, in the part; SYMRUN_END if there are none. */
int sr_macho_section (symrun *S, const sr_Part *part, const char *segment,
                      const char *name, uint64_t *offset, uint64_t *size);

int sr_macho_damage (sr_Macho *M, uint64_t at, const char *field, uint64_t is,
                     const char *expected);
int sr_macho_unknown (sr_Macho *M, uint64_t at, const char *field,
                      const char *why);
const unsigned char *sr_macho_look (sr_Macho *M, int slot, uint64_t at,
                                    uint64_t need, uint64_t want);
/* All sections in order, until 'f' gives something. */
int sr_macho_sections (sr_Macho *M,
                       int (*f) (void *ud, const sr_MachoSection *sec),
                       void *ud);
bool sr_macho_named (const sr_MachoSection *sec, const char *segment,
                     const char *name);
/* nm's letter of what is local in a section. */
char sr_macho_letter (const sr_MachoSection *sec);

/* Names that stand nowhere in a file as they are told. */
typedef struct sr_Spelled { char *bytes; size_t used, room; } sr_Spelled;

/* Copy a name, behind a \1 if 'verbatim'; until 'flush' it lives. */
int  sr_macho_spell (sr_Macho *M, sr_Spelled *P, const sr_Ask *ask,
                     bool verbatim, sr_Str *name);
/* What the export trie has. */
int  sr_macho_exports (sr_Macho *M, sr_Ask *ask, sr_Spelled *P);
/* How many symbols that has of the file's own. */
int  sr_macho_count_exports (sr_Macho *M, uint64_t *out);


/* -- coff.c, coff_import.c, pe.c ------------------------------------------ */

int sr_coff_read (symrun *S, const sr_Part *part, sr_Ask *ask);
int sr_coff_import_read (symrun *S, const sr_Part *part, sr_Ask *ask);
int sr_pe_role (symrun *S, const sr_Part *part, sr_Role *out);
int sr_pe_read (symrun *S, const sr_Part *part, sr_Ask *ask);

/* Take off a name what compilers for a machine (IMAGE_FILE_MACHINE_*) add to
   that of the source: "__imp_", and on i386 "_", "@8" (stdcall, fastcall) and
   "@@16" (vectorcall, x86-64's too).  C++ names ("?f@@YAXXZ") stay whole.
   true: the source spelled it so, without "_", and it is told as "\1f". */
bool sr_coff_plain (uint16_t machine, sr_Str *name);

/* What an object tells the linker, ".drectve" by ".drectve": words as on its
   line, valid until the next.  "/EXPORT:f" among them does not change what
   SR_WANT_EXPORTED gives: in an object, every definition that others see. */
int sr_coff_directives (symrun *S, const sr_Part *part,
                        int (*each) (void *ud, sr_Str words), void *ud);


/* -- bitcode.c, irsymtab.c, gcclto.c, lto.c ----------------------------- */

/* The symbol table of some modules, and where it stands. */
typedef struct sr_IrTable {
  symrun *S;
  const sr_Part *part;         /* the bitcode */
  const unsigned char *bytes;
  uint64_t size, at;           /* its place in the part */
  const char *strings;
  uint64_t strsize;
  uint32_t modules;            /* how many came before it */
} sr_IrTable;

int sr_irsymtab_read (const sr_IrTable *in, sr_Ask *ask);
/* Bitcode by itself, or what a section holds, where more may follow it. */
int sr_bitcode_read (symrun *S, const sr_Part *part, bool section,
                     sr_Ask *ask);
#define SR_BITCODE_TEXT  128

/* What it says of itself. */
typedef struct sr_Bitcode {
  uint32_t modules, thin;      /* and those of them for ThinLTO */
  unsigned nwriter, ntriple;   /* bytes of these; SR_BITCODE_TEXT: or more */
  char writer[SR_BITCODE_TEXT], triple[SR_BITCODE_TEXT];
  bool several;                /* modules that do not say the same */
} sr_Bitcode;

int sr_bitcode_about (symrun *S, const sr_Part *part, bool section,
                      sr_Bitcode *out);
/* GCC's, in an ELF file that may have some. */
int sr_gcclto_read (symrun *S, const sr_Part *part, sr_Ask *ask);
/* Does it hold GCC's LTO, with a symbol table? */
int sr_gcclto_there (symrun *S, const sr_Part *part, bool *out);
/* The symbols of a view of intermediate code, if there is any; SYMRUN_END for
   a format where nobody looked. */
int sr_lto_read (symrun *S, sr_Format f, sr_View_name view,
                 const sr_Part *part, sr_Ask *ask);


/* -- ar.c ---------------------------------------------------------------- */

typedef enum sr_ArIndex { SR_NOINDEX, SR_INDEX_GNU, SR_INDEX_GNU64,
                          SR_INDEX_BSD, SR_INDEX_BSD64, SR_INDEX_COFF }
  sr_ArIndex;

typedef struct sr_Archive {
  symrun *S;
  sr_Reader *reader;
  sr_Arena *arena;      /* member names go here */
  uint64_t next;        /* where the next header should be */
  sr_Str longnames;     /* the table of long names, copied */
  bool thin;
  bool bsd;             /* by its first member */
  bool begun;           /* a member was passed */
  uint32_t linkers;     /* how many "/" members were passed */
  sr_ArIndex index;
  uint64_t index_at, index_size;
  uint64_t second_at, second_size;  /* of COFF's second index; 0: none */
  uint64_t ec_at, ec_size;          /* of the index for ARM64EC; 0: none */
  uint64_t promised;    /* a header that the index says is there */
  uint64_t told;        /* bytes of long names that members point to */
} sr_Archive;

typedef struct sr_ArMember {
  sr_Str name;
  uint64_t header, offset, size;
  bool outside;         /* thin: the bytes are in the file that it names */
  bool nested;          /* or in a member of the archive that it names */
} sr_ArMember;

int sr_ar_open (symrun *S, sr_Reader *reader, sr_Arena *arena,
                sr_Archive *out);
/* The next member that is not the archive's own; SYMRUN_END after the last. */
int sr_ar_next (sr_Archive *A, sr_ArMember *out);
/* Why a nested member cannot be read: SYMRUN_UNKNOWN. */
int sr_ar_nested (symrun *S, uint64_t header);
/* The headers that a GNU index points at, in its order, equal ones that
   follow each other once. */
int sr_ar_offsets (sr_Archive *A, int (*each) (void *ud, uint64_t header),
                   void *ud);
/* The archive's own index, once the first member was passed (or there is
   none); a symbol's 'value' is its member's header. */
int sr_ar_index (sr_Archive *A, sr_Ask *ask);
/* Does the second index, if there is one, say what the first says? */
int sr_ar_agree (const sr_Archive *A, const unsigned char *first, size_t size);
/* The index for ARM64EC, if there is one. */
typedef int (*sr_Indexed) (void *ud, const char *name, size_t len,
                           uint64_t member);
int sr_ar_ec (const sr_Archive *A, sr_Indexed each, void *ud);


/* -- wasm.c, wasm_linking.c, wasm_module.c, wasm_extents.c --------------- */

int sr_wasm_role (symrun *S, const sr_Part *part, sr_Role *out);
int sr_wasm_read (symrun *S, const sr_Part *part, sr_Ask *ask);

/* A component holds modules, in components perhaps: each is a part by itself,
   at an offset of the source. */
typedef int (*sr_WasmEach) (void *ud, uint64_t offset, uint64_t size);
bool sr_wasm_is_component (const unsigned char *head, size_t n);
/* Where the bytes of a custom section are, in the part; SYMRUN_END if it has
   none of that name (30 bytes or less). */
int sr_wasm_custom (symrun *S, const sr_Part *part, const char *name,
                    uint64_t *offset, uint64_t *size);
/* None for a module.  A code of 'each' stops it. */
int sr_wasm_modules (symrun *S, const sr_Part *part, sr_WasmEach each,
                     void *ud);

#endif
