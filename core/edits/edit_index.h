/*
** edit_index.h
** Floor 3: the symbols of an object by their names, for editors of formats in
** which a symbol is a row of one table.  Edits are done one after the other,
** so a name that one of them gave is there for the next.
*/

#ifndef sr_edit_index_h
#define sr_edit_index_h

#include "rewrite.h"

typedef struct sr_EditIndex {
  symrun *S;
  struct sr_EditRow { sr_Str name; uint32_t next; bool in; } *rows;
  uint32_t *heads;      /* by the hash of a name */
  size_t count, room, nheads;
  uint64_t told, most;  /* bytes of names, and how many there may be */
} sr_EditIndex;

/* One name may serve any number of symbols, and a file of a megabyte take an
   hour: all names may have 64 times the bytes of the file. */
static inline void sr_edit_index_new (symrun *S, size_t size,
                                      sr_EditIndex *out) {
  memset(out, 0, sizeof *out);
  out->S = S;
  out->most = ((uint64_t)size + 1) * 64;
}

/* The next row, which 'find' gives if 'in'. */
int  sr_edit_index_add (sr_EditIndex *X, sr_Str name, bool in);
/* Before anybody looks. */
int  sr_edit_index_ready (sr_EditIndex *X);
/* The row of a name, behind 'from' if that is not SR_NONE; or SR_NONE. */
uint32_t sr_edit_index_find (const sr_EditIndex *X, sr_Str name,
                             uint32_t from);
void sr_edit_index_rename (sr_EditIndex *X, uint32_t row, sr_Str to);
void sr_edit_index_remove (sr_EditIndex *X, uint32_t row);
void sr_edit_index_free (sr_EditIndex *X);

/* What a sentence has of a name. */
#define SR_EDIT_NAME(s)  (int)((s).len < 200 ? (s).len : 200), (s).ptr

static inline bool sr_edit_same (sr_Str a, sr_Str b) {
  return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* SYMRUN_RULE: "cannot localize 'f': why" */
int  sr_edit_refuse (symrun *S, const sr_ObjectEdit *e, sr_Str name,
                     const char *why);
/* Do as 'change' does with every row of the edit's name. */
typedef int (*sr_EditChange) (void *ud, sr_ObjectEdit *e, uint32_t row);
int  sr_edit_each (const sr_EditIndex *X, sr_ObjectEdit *e,
                   sr_EditChange change, void *ud);

static inline void sr_edit_put (unsigned char *p, uint64_t v, unsigned bytes,
                                bool big) {
  unsigned i;
  for (i = 0; i < bytes; i++)
    p[big ? bytes - 1 - i : i] = (unsigned char)(v >> 8 * i);
}

/* edit_ranges.c: the parts of an object; 'field' is what a sentence calls one,
   and none ends behind 64 bits. */
typedef struct sr_EditRanges {
  symrun *S;
  struct sr_EditRange { const char *field; uint64_t offset, size; } *list;
  size_t count, room;
} sr_EditRanges;

int  sr_edit_range (sr_EditRanges *R, const char *field, uint64_t offset,
                    uint64_t size);
/* Has no part bytes of another?  Frees the list; gives 'rc' if it is one. */
int  sr_edit_apart (sr_EditRanges *R, int rc);

/* Where nothing changes. */
static inline int sr_edit_borrow (sr_Str bytes, sr_Made *out) {
  out->ptr = (char *)(uintptr_t)bytes.ptr;
  out->len = bytes.len;
  out->room = 0;
  return SYMRUN_OK;
}

#endif
