/*
** edit_ar.h
** What the files that write archives share: the archive as it was, the
** members as they will be, and what they define.  Sizes come first and bytes
** last: an index holds places, and its own size moves them.
*/

#ifndef sr_edit_ar_h
#define sr_edit_ar_h

#include "rewrite.h"

#define SR_AR_MAGIC   8
#define SR_AR_HEADER  60

/* A member that will be written. */
typedef struct sr_ArEntry {
  const sr_ArNew *plan;
  const sr_Member *old;    /* NULL: it is new */
  sr_Str name;
  uint64_t size;           /* of its bytes, without 'pad' */
  uint32_t pad;            /* Darwin: bytes that make them a multiple of 8 */
  uint32_t blanks;         /* BSD: zero bytes behind the name */
  uint64_t text;           /* its place in the table of long names... */
  bool is_long;            /* if it is there */
  bool given;              /* the bytes are in the plan */
  bool fresh;              /* date, owner and mode are not kept */
  bool whole;              /* all but the place of a long name stays */
  uint64_t at;             /* its header */
} sr_ArEntry;

typedef struct sr_ArDefined {
  const char *name;
  size_t len, text;        /* 'text': its place in 'strings' */
  uint32_t entry, number;  /* SR_NONE: another member has it; as gathered */
} sr_ArDefined;

typedef struct sr_ArWork {
  symrun *S;
  const sr_ArPlan *P;
  sr_File *F;              /* NULL: there was none */
  struct {
    sr_ArKind kind;
    bool thin, wide, sorted, indexed;
    char strange[17];      /* the name of a table that is not written here */
    uint64_t table, table_end;  /* of long names, with its header */
    uint64_t first;        /* the first member's header, or the end */
  } was;
  sr_ArKind kind;
  bool thin, wide, sorted, indexed;
  sr_ArEntry *entries;
  size_t count;
  sr_ArDefined *defined;   /* in the order of the index */
  size_t ndefined, rdefined;
  sr_ArDefined *by_name;   /* COFF: the same in that order */
  size_t rby_name;
  uint64_t names;          /* bytes of them, each with its zero */
  sr_Made strings;
  sr_Made table;           /* long names */
  bool same_table;         /* which are as they were */
  sr_Made *out;
} sr_ArWork;

/* Date, owner, group and mode: of what is new, and of an index. */
#define SR_AR_FRESH  "0           0     0     644     "
#define SR_AR_OWN    "0           0     0     0       "
#define SR_AR_KEPT   32

static inline bool sr_ar_bsd (const sr_ArWork *W) {
  return W->kind == SR_AR_BSD || W->kind == SR_AR_DARWIN;
}

/* edit_ar_read.c: what there is */
int  sr_ar_study (sr_ArWork *W);
/* 'n' bytes of the old archive; they last until the next look. */
const unsigned char *sr_ar_old (sr_ArWork *W, uint64_t at, size_t n);
int  sr_ar_copy (sr_ArWork *W, uint64_t at, uint64_t n);  /* to 'out' */
/* The bytes of a member that will be written, wherever they are now. */
typedef int (*sr_ArUse) (sr_ArWork *W, const sr_ArEntry *e, sr_Format f,
                         const sr_Part *part, void *ud);
int  sr_ar_use (sr_ArWork *W, const sr_ArEntry *e, sr_ArUse use, void *ud);
int  sr_ar_append (sr_ArWork *W, const sr_ArEntry *e);    /* to 'out' */
/* Are the bytes of the plan those that the member has? */
int  sr_ar_equal (sr_ArWork *W, const sr_ArEntry *e, bool *out);
/* Does the file that a thin archive would name hold the member's bytes? */
int  sr_ar_beside (sr_ArWork *W, const sr_ArEntry *e);
/* A refusal that names a member, SYMRUN_RULE. */
int  sr_ar_refuse (sr_ArWork *W, const sr_ArEntry *e, const char *why);
/* A failure to read becomes SYMRUN_UNKNOWN, with the member's name. */
int  sr_ar_unread (sr_ArWork *W, const sr_ArEntry *e, int rc, const char *what);

/* edit_ar_index.c: who defines what */
int  sr_ar_gather (sr_ArWork *W);
/* Bytes of the index, its headers and its end's padding. */
uint64_t sr_ar_index_size (const sr_ArWork *W);
int  sr_ar_write_index (sr_ArWork *W);

/* edit_ar_write.c: bytes */
int  sr_ar_header (sr_ArWork *W, const char *name, const char *kept,
                   uint64_t size);
int  sr_ar_write (sr_ArWork *W);
int  sr_ar_check (sr_ArWork *W);      /* read it again */

#endif
