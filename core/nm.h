/*
** nm.h
** What the files of symrun nm share: the walk (nm.c), and those that write
** what it finds.  A row is text, as nm_tsv.c prints it, for its bytes are the
** order that every format prints rows in; what that text does not tell stands
** behind its zero.
*/

#ifndef sr_nm_h
#define sr_nm_h

#include "tool.h"

#define SR_NM_PATH  (4 * PATH_MAX)  /* bytes of a path, as TSV prints it */

/* What a row's text does not tell: copied, for nothing there is aligned. */
typedef struct sr_NmMore {
  const sr_File *file;       /* the slice, or the file itself */
  uint32_t member;           /* SR_NONE: of a file that is no archive */
  size_t name, version;      /* bytes of the text that these take */
  bool is_default;           /* NAME@@VERSION */
  bool imported;             /* by wasm: then, behind this, bytes of a */
  size_t module, field;      /* module's name and of the one there */
} sr_NmMore;

typedef struct sr_NmRows {   /* of one file */
  symrun *S;
  sr_Scan scan;
  const sr_Nm *how;
  char *text;                /* rows without the file, each with its NUL */
  size_t len, room;
  size_t *starts;
  size_t count, rstarts;
  uint64_t printed;          /* bytes of text, as TSV */
  const char *file;          /* as TSV prints it */
  const char *slice;         /* of a universal file, or "-" */
  int failed;                /* while a name was demangled */
  uint64_t bytes;            /* that the file and its members have */
  uint32_t shown;            /* 1 + the member whose text stands at 'at' */
  size_t at, size;
  sr_Interned names;         /* of members, to count equal ones */
  uint32_t *counts;          /* by name */
  uint32_t *ordinals;        /* by member: the how many'th of its name it is */
  size_t rcounts, known, rordinals;
} sr_NmRows;

/* A file, read and sorted. */
typedef struct sr_NmFile {
  const sr_NmRows *rows;
  sr_File *file;
  char **list;               /* rows in order */
  const char *status;
} sr_NmFile;

typedef struct sr_NmWriter {
  void (*begin) (FILE *out);
  /* Stops early where 'out' has failed. */
  void (*file) (const sr_NmFile *F, bool first, FILE *out);
  void (*end) (FILE *out);
} sr_NmWriter;

extern const sr_NmWriter sr_nm_tsv, sr_nm_json;

/* Which one of its name is a member?  From 1 on. */
int sr_nm_ordinal (sr_NmRows *R, uint32_t member, uint32_t *out);
/* Does it leave the answer open? */
bool sr_nm_unread (const sr_NmRows *R, const sr_File *F, const sr_Gap *gap);

/* Add a row: an sr_Ask's 'each'. */
int sr_nm_row (void *rows, const sr_Symbol *sym);
/* Bytes outside 0x21..0x7e and the backslash as \xHH. */
int sr_nm_escape (sr_NmRows *R, const char *s, size_t len, bool member);

#endif
