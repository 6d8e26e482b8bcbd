/*
** link.h
** Floor 3: a linker's command line, as typed parts that print back byte for
** byte.
**
** Words come in; what "-Wl,a,b", "-Xlinker a" and "@file" stand for is undone,
** nested as deep as it goes; options are looked up in a table, by the name
** that all their spellings share.  A link never changes: edits are kept beside
** it, in 'sr_Changes', merged, and printed with it.  A text that must change
** becomes a new file that the printed line names; whoever asked writes it.
**
** What cannot be understood is kept where it stands.  Questions that depend on
** it answer SYMRUN_UNKNOWN, and the sentence says why.
*/

#ifndef sr_link_h
#define sr_link_h

#include "../ground/ground.h"

typedef struct sr_Link sr_Link;


/* -- who reads the line ------------------------------------------------ */

/* How the options of the linker itself are spelled. */
typedef enum sr_Dialect {
  SR_DIALECT_GNU, SR_DIALECT_APPLE, SR_DIALECT_MSVC, SR_DIALECT_WASM
} sr_Dialect;

/* Programs, as bits: where a name ("cc", "ld") does not tell which it is, all
   that it may be.  Options on which these differ are then not understood. */
enum {
  SR_BY_GCC = 1, SR_BY_CLANG = 2, SR_BY_DRIVER = 3,
  SR_BY_BFD = 4, SR_BY_GOLD = 8, SR_BY_LLD = 16, SR_BY_MOLD = 32,
  SR_BY_LD = 60,
  SR_BY_LD64 = 64, SR_BY_LINK = 128  /* Apple's and Microsoft's own */
};

typedef struct sr_Flavour {
  const char *name;   /* "gcc", "lld-link"...; a literal */
  unsigned driver;    /* SR_BY_GCC, SR_BY_CLANG; 0: a linker called directly */
  unsigned linker;    /* SR_BY_BFD... */
  sr_Dialect dialect;
  bool known;         /* false: nobody named it, taken for a driver */
} sr_Flavour;

/* By its name, as people give it: "gcc clang ld bfd gold lld mold ld64
   ld64.lld apple-clang link lld-link wasm-ld wasm-clang msvc-clang".  NULL if
   there is none such; 'i' counts them for a list. */
const sr_Flavour *sr_flavour_named (sr_Str name);
const sr_Flavour *sr_flavour_at (size_t i);


/* -- parts ------------------------------------------------------------- */

typedef enum sr_LinkKind {
  SR_PART_INPUT,    /* a file that is linked, also by -force_load, -filelist */
  SR_PART_LIBRARY,  /* one that is looked for: -lx, -framework x */
  SR_PART_TEXT,     /* an option whose value is a text file: see the role */
  SR_PART_OPTION,   /* any other that the table has */
  SR_PART_STRANGE,  /* an option that the table lacks */
  SR_PART_BROKEN    /* one without its value, an @file that cannot be read */
} sr_LinkKind;

/* What an option does, the same for all dialects.  Most have none. */
typedef enum sr_LinkRole {
  SR_OPT_NONE,
  /* files made */
  SR_OPT_OUTPUT, SR_OPT_IMPLIB, SR_OPT_PDB, SR_OPT_MAP, SR_OPT_DEPENDENCIES,
  SR_OPT_SONAME, SR_OPT_ENTRY, SR_OPT_SUBSYSTEM,
  /* where to look */
  SR_OPT_FOLDER, SR_OPT_FRAMEWORK_FOLDER, SR_OPT_SYSROOT, SR_OPT_RPATH,
  /* what to link */
  SR_OPT_LIB, SR_OPT_FRAMEWORK, SR_OPT_FORCE_LOAD, SR_OPT_FILE,
  SR_OPT_FILELIST,
  /* texts, and files whose symbols are used */
  SR_OPT_SCRIPT, SR_OPT_VERSION_SCRIPT, SR_OPT_DYNAMIC_LIST,
  SR_OPT_EXPORT_LIST, SR_OPT_UNEXPORT_LIST, SR_OPT_DEF, SR_OPT_RETAIN_LIST,
  SR_OPT_ORDER_LIST, SR_OPT_SYMBOLS_OF, SR_OPT_RESPONSE,
  /* symbols */
  SR_OPT_EXPORT, SR_OPT_UNEXPORT, SR_OPT_EXPORT_ALL, SR_OPT_EXCLUDE_LIBS,
  SR_OPT_UNDEFINED, SR_OPT_REQUIRE, SR_OPT_WRAP, SR_OPT_DEFSYM,
  SR_OPT_SYMBOLIC,
  /* policies */
  SR_OPT_UNRESOLVED, SR_OPT_NO_UNDEFINED_VERSION, SR_OPT_MULTIPLE,
  SR_OPT_GC, SR_OPT_NO_GC, SR_OPT_ICF, SR_OPT_STRIP,
  /* what is made */
  SR_OPT_SHARED, SR_OPT_PIE, SR_OPT_NO_PIE, SR_OPT_STATIC, SR_OPT_STATIC_PIE,
  SR_OPT_RELOCATABLE, SR_OPT_BUNDLE,
  /* what holds from here on */
  SR_OPT_WHOLE, SR_OPT_NO_WHOLE, SR_OPT_GROUP, SR_OPT_END_GROUP, SR_OPT_LAZY,
  SR_OPT_END_LAZY, SR_OPT_AS_NEEDED, SR_OPT_NO_AS_NEEDED, SR_OPT_BSTATIC,
  SR_OPT_BDYNAMIC, SR_OPT_PUSH, SR_OPT_POP,
  SR_OPT_Z, SR_OPT_EMULATION, SR_OPT_TARGET, SR_OPT_USE_LD, SR_OPT_LD_FOLDER,
  SR_OPT_FLAVOR, SR_OPT_PLUGIN, SR_OPT_NO_STDLIB, SR_OPT_LANGUAGE,
  SR_OPT_NO_LINK,   /* the program stops before it links, or only prints */
  SR_OPT_OPAQUE     /* hands on what nobody here can read */
} sr_LinkRole;

/* What holds at a part's place, set by the options before it. */
enum {
  SR_IN_WHOLE = 1, SR_IN_GROUP = 2, SR_IN_LAZY = 4, SR_IN_AS_NEEDED = 8,
  SR_IN_STATIC = 16
};

#define SR_MOST_VALUES  4

typedef struct sr_LinkPart {
  sr_LinkKind kind;
  sr_LinkRole role;
  const char *name;    /* of the option, one for all spellings: "-o", "-l",
                          "--version-script", "-exported_symbols_list", "/DEF";
                          NULL for a plain input and where there is none */
  sr_Str text;         /* its first word as linkers see it, whole */
  sr_Str values[SR_MOST_VALUES];  /* the first is the value; 'ptr' NULL: none */
  unsigned nvalues;
  unsigned state;      /* SR_IN_... */
  unsigned group;      /* which, from 1; 0: in none */
  bool driver;         /* the driver's own, not the linker's */
  bool maybe;          /* may be the value of a strange option before it */
  uint32_t word;       /* number of the word of the line it came from, the
                          program being 0: also when it stood in an @file */
  uint32_t text_in;    /* which text it stands in, 0: the line itself */
  uint32_t atoms[1 + SR_MOST_VALUES], natoms;  /* private */
} sr_LinkPart;

/* A response file or list of files that was read. */
typedef struct sr_LinkText {
  sr_Str path;         /* as the line names it; "" for the line itself */
  sr_Str bytes;        /* as they were read */
  sr_LinkRole role;    /* SR_OPT_RESPONSE, SR_OPT_FILELIST, or NONE: line */
  uint32_t in;         /* the text that names it */
} sr_LinkText;


/* -- reading ----------------------------------------------------------- */

/* Gives the bytes of a text that a line names, in memory that lasts as long as
   the link (from 'A' or the reader's own).  A code below 0 with a sentence:
   then the part is broken. */
typedef int (*sr_LinkRead) (void *ud, symrun *S, sr_Arena *A, sr_Str path,
                            sr_Str *out);

typedef struct sr_LinkGiven {
  const sr_Flavour *flavour;  /* NULL: by the program's name and -flavor */
  sr_LinkRead read;           /* NULL: from disk, relative to 'folder' */
  void *ud;
  const char *folder;         /* NULL: where the process is */
} sr_LinkGiven;

/* Parse words, the program first.  They are copied.  Only memory can fail:
   what is wrong with the line is in its parts.  'given' may be NULL. */
int  sr_link_new (symrun *S, const sr_Str *words, size_t count,
                  const sr_LinkGiven *given, sr_Link **out);
void sr_link_free (sr_Link *L);

const sr_Flavour *sr_link_flavour (const sr_Link *L);
size_t sr_link_words (const sr_Link *L, const sr_Str **out);  /* as given */

/* The parts in order, without the program.  NULL after the last. */
const sr_LinkPart *sr_link_part (const sr_Link *L, size_t i);
size_t sr_link_parts (const sr_Link *L);
/* The next part from '*i' with this role; '*i' is then its number.  Also by
   name, in whatever spelling: "--version-script", "-version-script"... */
const sr_LinkPart *sr_link_role (const sr_Link *L, sr_LinkRole role, size_t *i);
const sr_LinkPart *sr_link_named (const sr_Link *L, sr_Str name, size_t *i);
/* The texts that were read, 0 being the line itself; NULL after the last. */
const sr_LinkText *sr_link_text (const sr_Link *L, size_t i);
/* Why a part is broken or strange, a sentence; NULL if it is neither. */
const char *sr_link_trouble (const sr_Link *L, size_t part);

/* "version-script": a role's name for people and Lua, and back. */
const char *sr_role_name (sr_LinkRole role);
bool sr_role_named (sr_Str name, sr_LinkRole *out);

/* Has any program an option by this name, in whatever spelling?  Which roles it
   may have. */
bool sr_option_known (sr_Str name, bool roles[SR_OPT_OPAQUE + 1]);


/* -- questions that may have no answer --------------------------------- */

/* Is every part understood, so that what the line links, in which order, is
   certain?  SYMRUN_OK, or SYMRUN_UNKNOWN with the first reason. */
int  sr_link_sure (const sr_Link *L);
/* The same for one kind of fact: is each part of this role, also one that is
   not there, certain?  Only strange options before it matter. */
int  sr_link_sure_of (const sr_Link *L, sr_LinkRole role);
/* Does it link at all?  1, 0 (-c, -S, -E, --version, -###, no input) or
   SYMRUN_UNKNOWN. */
int  sr_link_links (const sr_Link *L);
/* Does a GNU compiler make a program for Windows? */
bool sr_link_mingw (const sr_Link *L);
/* What it makes, as typed or as the linker has it without -o ("a.out"). */
int  sr_link_output (const sr_Link *L, sr_Str *out);


/* -- changes ----------------------------------------------------------- */

/* What rules want changed of one link.  Each part is named by its number; the
   link itself stays as it is.  Equal changes are one.  Two that cannot both be
   are SYMRUN_RULE, and the sentence names both rules. */
typedef struct sr_Changes sr_Changes;

int  sr_changes_new (const sr_Link *L, sr_Changes **out);
void sr_changes_free (sr_Changes *C);
bool sr_changes_any (const sr_Changes *C);

int  sr_change_drop (sr_Changes *C, const char *rule, size_t part);
/* Another value in the same place and spelling: another path for a script, an
   input, an output. */
int  sr_change_value (sr_Changes *C, const char *rule, size_t part,
                      sr_Str value);

/* Where something new stands.  Before or after a part it is in the same text
   as that part; SR_AT_FIRST and SR_AT_LAST are in the line itself. */
typedef enum sr_LinkPlace {
  SR_AT_FIRST, SR_AT_BEFORE, SR_AT_AFTER, SR_AT_LAST
} sr_LinkPlace;

/* An input or another whole word for the program, as it is. */
int  sr_change_add_word (sr_Changes *C, const char *rule, sr_LinkPlace place,
                         size_t part, sr_Str word);
/* An option in the spelling of the program that is called: as it is for a
   driver that has it itself and for a linker, else behind -Wl, or, where that
   cannot hold it, -Xlinker.  'value' may be NULL.  SYMRUN_RULE for an option
   that the table lacks, and for a value that it has none, or needs one. */
int  sr_change_add (sr_Changes *C, const char *rule, sr_LinkPlace place,
                    size_t part, sr_Str name, const sr_Str *value);


/* -- printing ---------------------------------------------------------- */

typedef struct sr_MadeText {
  sr_Str path;         /* a name in 'folder' that its content gives */
  sr_Str bytes;
  uint32_t text;       /* which text of the link this replaces */
} sr_MadeText;

typedef struct sr_Printed {
  sr_Str *words;       /* the program first */
  size_t count;
  sr_MadeText *made;   /* to be written before the line is run */
  size_t nmade;
} sr_Printed;

/* The line as changed; as given where 'C' is NULL or empty.  'folder' is where
   changed texts will be.  All of it lives as long as the link. */
int  sr_link_print (sr_Link *L, const sr_Changes *C, sr_Str folder,
                    sr_Printed *out);

#endif
