/*
** link_inner.h
** What the files of the link model share, and nobody else sees.
**
** A line is texts (the line itself is number 0), a text is words, a word is
** atoms: itself, or the pieces of a "-Wl,a,b".  Parts are made of atoms.  To
** print, the atoms that changed are put in, and only the words that hold such
** ones, and the texts that hold such words, are written anew.
*/

#ifndef sr_link_inner_h
#define sr_link_inner_h

#include "link.h"


/* -- link_words.c: texts and words ------------------------------------- */

/* How words are told apart in a text.  Programs differ; where nobody knows
   which of them reads a text, all of theirs must give the same words. */
enum {
  SR_QUOTE_GNU = 1,      /* libiberty, up to 2023: \ quotes, also in '' */
  SR_QUOTE_POSIX = 2,    /* libiberty since: not in '', in "" only some */
  SR_QUOTE_LLVM = 4,     /* like GNU, but "" alone is no word */
  SR_QUOTE_MOLD = 8,
  SR_QUOTE_WINDOWS = 16, /* the C runtime's, LLVM's */
  SR_QUOTE_SHELL32 = 32, /* CommandLineToArgvW's */
  SR_QUOTE_LINES = 64    /* a list of files: a line each */
};

typedef struct sr_Cut {  /* a word in a text */
  sr_Str text;
  size_t begin, end;
} sr_Cut;

typedef struct sr_Cuts {
  sr_Cut *list;
  size_t count, room;
} sr_Cuts;

/* Cut a text into words.  SYMRUN_UNKNOWN where the dialects in 'quoting'
   differ: the words are those of the lowest. */
int  sr_words_cut (symrun *S, sr_Arena *A, sr_Str text, unsigned quoting,
                   sr_Cuts *out);
/* Write a word so that all of these dialects read it; 'like' is how a word in
   its place was written.  SYMRUN_RULE if that cannot be. */
int  sr_words_quote (symrun *S, sr_Arena *A, sr_Str word, unsigned quoting,
                     sr_Str like, sr_Str *out);

enum { SR_UTF8, SR_UTF8_MARK, SR_UTF16_LE, SR_UTF16_BE };

/* Bytes of a text as UTF-8, and back.  SYMRUN_FORMAT where they are not what
   they begin as.  'marks': does the reader know byte order marks? */
int  sr_text_decode (symrun *S, sr_Arena *A, sr_Str bytes, bool marks,
                     sr_Str *out, int *coding);
int  sr_text_encode (symrun *S, sr_Arena *A, sr_Str text, int coding,
                     sr_Str *out);


/* -- link_table.c: options --------------------------------------------- */

/* How an option may be written.  Bits 12 to 14 hold the number of values, if
   that is not 1. */
enum {
  SR_FLAG = 1,    /* --x */
  SR_SEP = 2,     /* --x value */
  SR_EQ = 4,      /* --x=value; MSVC: /x:value */
  SR_JOIN = 8,    /* -xvalue */
  SR_ALIAS = 16,  /* the names of the row are one option, the first its name */
  SR_FAMILY = 32, /* -x and whatever follows is an option of its own */
  SR_LLD2 = 64,   /* LLD wants two dashes */
  SR_JOINSEP = 128  /* -xthis that */
};
#define SR_VALUES(n)  ((n) << 12)

typedef struct sr_Row {
  unsigned short forms;
  unsigned char role;   /* sr_LinkRole */
  unsigned char by;     /* SR_BY_...; 0: all that the table is for */
  const char *names;    /* without dashes, with blanks between */
} sr_Row;

/* link_options.c: the facts.  Each ends with a row without names. */
extern const sr_Row sr_gnu_rows[], sr_apple_rows[], sr_msvc_rows[],
                    sr_wasm_rows[], sr_driver_rows[];

typedef struct sr_Table sr_Table;

typedef struct sr_Match {
  const sr_Row *row;
  const char *name;    /* as sr_LinkPart has it */
  size_t value;        /* where the value begins in the word; 0: not in it */
  unsigned need;       /* words to come */
  bool differ;         /* programs disagree on whether it takes a value */
  sr_LinkRole other;   /* or on what it does: this, for some; or NONE */
} sr_Match;

int  sr_table_new (symrun *S, sr_Arena *A, const sr_Row *rows,
                   sr_Dialect dialect, bool driver, sr_Table **out);
/* May be SYMRUN_END: the table lacks it. */
int  sr_table_match (const sr_Table *T, sr_Arena *A, sr_Str word, unsigned by,
                     sr_Match *out);
/* Does the word look like an option at all? */
bool sr_table_option (const sr_Table *T, sr_Str word);
/* The row of a name, in any spelling, and whether 'word' may be short for an
   option with this role. */
const sr_Row *sr_table_named (const sr_Table *T, sr_Str name, unsigned by,
                              const char **canonical);
bool sr_table_short (const sr_Table *T, sr_Str word, sr_LinkRole role);
bool sr_same_option (const char *name, sr_Str other, bool fold);


/* -- link_flavour.c ---------------------------------------------------- */

const sr_Flavour *sr_flavour_of_program (sr_Str program);
sr_Str sr_program_name (sr_Str program);  /* the last part of its path */
bool sr_is_emcc (sr_Str program);
bool sr_is_setting (sr_Str s);  /* of emcc's, behind "-s" */
const sr_Flavour *sr_flavour_flag (sr_Str value);  /* of lld's -flavor */
sr_Dialect sr_dialect_of_target (sr_Str triple);
unsigned sr_linker_named (sr_Str name);  /* of -fuse-ld=; 0: unknown */
bool sr_str_holds (sr_Str s, const char *text);
unsigned sr_flavour_quoting (const sr_Flavour *F, bool driver);


/* -- the line ---------------------------------------------------------- */

#define SR_NO_ATOM  UINT32_MAX  /* and no part, no word */

typedef struct sr_Atom {
  sr_Str text;
  uint32_t word;       /* that it is in */
  uint32_t part;       /* that it belongs to, or SR_NO_ATOM: "-Xlinker", "@x" */
  uint32_t expands;    /* to this text, as "@x" does; 0: to none */
  const char *trouble; /* why "@x" is no more than itself, or NULL */
} sr_Atom;

typedef struct sr_Word {
  sr_Str text;
  size_t begin, end;   /* in its text, where that is a file */
  uint32_t in;         /* which text */
  uint32_t line;       /* number of the word of the line it came from */
  uint32_t atom, natoms;
  uint32_t flag;       /* the word "-Xlinker" that hands it on, or none */
  bool group;          /* "-Wl,a,b": its atoms are the pieces */
} sr_Word;

typedef struct sr_InText {  /* a text; 'words' of it stand in a row */
  sr_LinkText told;
  sr_Str text;         /* its bytes as UTF-8 */
  int coding;
  unsigned quoting;
  uint32_t word, nwords;
  bool linkers;        /* the linker reads it, and not the driver */
  uint32_t atom;       /* that names it */
  uint32_t line;       /* as in sr_Word */
  unsigned depth;
  sr_Str folder;       /* of a list of files, "" for none: stands before each */
} sr_InText;

typedef struct sr_Known {  /* a part, and what only this floor knows of it */
  sr_LinkPart part;
  const char *trouble;
  const sr_Row *row;
  uint32_t last;       /* its last atom, in the order of the line */
  unsigned swallow;    /* words after it that may be its values */
  sr_LinkRole other;   /* what it does if not what its row says; NONE: sure */
} sr_Known;

struct sr_Link {
  symrun *S;
  sr_Arena arena;
  sr_Flavour flavour;
  bool flavour_given;
  sr_LinkGiven given;
  const sr_Table *driver, *linker;
  unsigned rsp_quoting;      /* as --rsp-quoting says; 0: nothing said */
  sr_Str *words;             /* the line */
  size_t nwords;
  sr_InText *texts;
  size_t ntexts, rtexts;
  sr_Word *all;              /* words of all texts */
  size_t nall, rall;
  sr_Atom *atoms;
  size_t natoms, ratoms;
  sr_Known *parts;
  size_t nparts, rparts;
  size_t bytes;              /* of all texts that were read */
};

/* link_read.c */
int  sr_link_parse (sr_Link *L);

/* link_text.c: a text that an atom names is read and cut into words; '*out' is
   its number.  SYMRUN_IO: it is not there. */
int  sr_link_text_add (sr_Link *L, sr_Str path, uint32_t atom,
                       unsigned quoting, sr_LinkRole role, sr_Str folder,
                       uint32_t *out);
/* Limits that hold wherever texts name texts: how deep, how many before this
   one, and of how many bytes all of them are. */
#define SR_MOST_TEXT_BYTES  ((size_t)512 * 1024 * 1024)
int  sr_text_allowed (symrun *S, unsigned depth, size_t count);
int  sr_link_line_add (sr_Link *L);  /* the line itself, as text 0 */
int  sr_link_atom_add (sr_Link *L, uint32_t word, sr_Str text, uint32_t *out);

/* link_change.c */
typedef enum sr_ChangeKind { SR_DROP, SR_SET, SR_ADD } sr_ChangeKind;

typedef struct sr_Change {
  sr_ChangeKind kind;
  const char *rule;
  uint32_t part;       /* dropped, set */
  uint32_t atom;       /* added: beside which; SR_NO_ATOM: an empty line */
  bool after;
  bool linker;         /* added: to be handed on by the driver */
  sr_Str words[2];     /* added: what; set: the new value */
  unsigned nwords;
} sr_Change;

struct sr_Changes {
  const sr_Link *L;
  sr_Arena arena;
  sr_Change *list;
  size_t count, room;
};

/* link_state.c */
int  sr_link_state (sr_Link *L);
/* What an option does that does different things by its value. */
void sr_link_decide (sr_Link *L, const sr_Table *T, unsigned by, sr_Known *k);
/* What the line says of who reads it: true if that is news. */
bool sr_link_refine (sr_Link *L);

#endif
