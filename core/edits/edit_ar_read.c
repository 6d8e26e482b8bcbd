/*
** edit_ar_read.c
** An archive as it was, for who writes it anew: its own tables, and the bytes
** of members.  In a thin archive these are in files beside it, or even in a
** member of an archive beside it ("/NAME:HEADER"), and a header without bytes
** promises that such a file has just so many.
**
** Layouts: System V ABI "Archive file"; for thin archives GNU binutils
** include/aout/ar.h and bfd's archive.c.
*/

#include "edit_ar.h"

#define STEP  ((size_t)1 << 20)  /* bytes that are copied together */


/* -- sentences ------------------------------------------------------------- */

static const char *shown (const sr_ArEntry *e, char out[256]) {
  sr_printable(out, 256, e->name.ptr, e->name.len);
  return out;
}


int sr_ar_refuse (sr_ArWork *W, const sr_ArEntry *e, const char *why) {
  char name[256];
  return sr_fail(W->S, SYMRUN_RULE, "member %s %s", shown(e, name), why);
}


int sr_ar_unread (sr_ArWork *W, const sr_ArEntry *e, int rc,
                  const char *what) {
  symrun *S = W->S;
  char name[256], why[SR_MESSAGE];
  sr_Fault fault = S->fault;
  if (rc == SYMRUN_OK || rc == SYMRUN_NOMEM || rc == SYMRUN_RULE) return rc;
  memcpy(why, S->message, sizeof why);
  if (fault.field == NULL)
    sr_fail(S, SYMRUN_UNKNOWN, "member %s %s: %.700s", shown(e, name), what,
            why);
  else
    sr_fail(S, SYMRUN_UNKNOWN, "member %s %s: %.700s (%s at offset %llu)",
            shown(e, name), what, why, fault.field,
            (unsigned long long)fault.offset);
  S->fault = fault;
  return SYMRUN_UNKNOWN;
}


/* -- the archive's own tables ---------------------------------------------- */

const unsigned char *sr_ar_old (sr_ArWork *W, uint64_t at, size_t n) {
  if (sr_file_ready(W->F) != SYMRUN_OK) return NULL;
  return sr_look(W->S, &W->S->model->reader, SR_PASSING, at, n, n);
}


static uint64_t decimal (const unsigned char *p, size_t n) {
  uint64_t v = 0;
  for (; n > 0 && *p >= '0' && *p <= '9'; p++, n--)
    v = v * 10 + (uint64_t)(*p - '0');
  return v;
}


static bool same (const unsigned char *field, const char *name) {
  size_t n = strlen(name);
  return memcmp(field, name, n) == 0 && (n == 16 || field[n] == ' ');
}


/* One of the tables that come before all members. */
static int study_table (sr_ArWork *W, uint64_t at, uint64_t *next) {
  const unsigned char *h = sr_ar_old(W, at, SR_AR_HEADER);
  uint64_t size;
  size_t i;
  if (h == NULL) return W->S->code;
  size = decimal(h + 48, 10);
  *next = at + SR_AR_HEADER + size + (size & 1);
  if (h[0] == '/') {
    if (same(h, "//")) {
      W->was.table = at;
      W->was.table_end = *next;
    }
    if (same(h, "/") || same(h, "/SYM64/") || same(h, "//"))
      return SYMRUN_OK;
    for (i = 0; i < 16 && h[i] != ' '; i++) W->was.strange[i] = (char)h[i];
    return SYMRUN_OK;
  }
  W->was.sorted = same(h, "__.SYMDEF SORTED");
  if (memcmp(h, "#1/", 3) == 0 && size < 20) return SYMRUN_OK;
  if (memcmp(h, "#1/", 3) == 0) {
    h = sr_ar_old(W, at + SR_AR_HEADER, 20);
    if (h == NULL) return W->S->code;
    W->was.sorted = memcmp(h, "__.SYMDEF SORTED", 16) == 0
                 || memcmp(h, "__.SYMDEF_64 SORTED", 19) == 0;
  }
  return SYMRUN_OK;
}


/* Linkers for Darwin want members at multiples of eight, and an index though
   it is empty; those for other systems take either. */
static bool darwin (const sr_ArWork *W) {
  const sr_File *F = W->F;
  bool even = F->count > 0 && F->members[0].format == SR_BITCODE;
  size_t i;
  if (W->was.sorted) return true;
  for (i = 0; i < F->count; i++) {
    const sr_Member *m = &F->members[i];
    if (m->format == SR_MACHO || m->format == SR_FAT) return true;
    even &= m->offset % 8 == 0 && m->size % 8 == 0;
  }
  return even;
}


int sr_ar_study (sr_ArWork *W) {
  sr_File *F = W->F;
  const sr_Archive *A = &F->archive;
  uint64_t at = SR_AR_MAGIC;
  int rc = sr_file_ready(F);
  if (rc != SYMRUN_OK) return rc;
  W->was.first = F->count > 0 ? F->members[0].header : F->source.size;
  while (rc == SYMRUN_OK && at < W->was.first) rc = study_table(W, at, &at);
  W->was.thin = A->thin;
  W->was.indexed = A->index != SR_NOINDEX;
  W->was.wide = A->index == SR_INDEX_GNU64 || A->index == SR_INDEX_BSD64;
  if (A->second_at != 0) W->was.kind = SR_AR_COFF;
  else if (!A->bsd && A->index != SR_INDEX_BSD && A->index != SR_INDEX_BSD64)
    W->was.kind = SR_AR_GNU;
  else W->was.kind = darwin(W) ? SR_AR_DARWIN : SR_AR_BSD;
  return rc;
}


int sr_ar_copy (sr_ArWork *W, uint64_t at, uint64_t n) {
  while (n > 0) {
    size_t step = n < STEP ? (size_t)n : STEP;
    const unsigned char *p = sr_ar_old(W, at, step);
    int rc = p != NULL ? sr_made_add(W->S, W->out, p, step) : W->S->code;
    if (rc != SYMRUN_OK) return rc;
    at += step;
    n -= step;
  }
  return SYMRUN_OK;
}


/* -- bytes of members ------------------------------------------------------ */

typedef struct Using {
  sr_ArWork *W;
  const sr_ArEntry *e;
  sr_ArUse use;
  void *ud;
} Using;

static int use_old (symrun *S, uint32_t i, const sr_Member *m,
                    const sr_Part *part, void *ud) {
  const Using *U = (const Using *)ud;
  (void)S; (void)i;
  return U->use(U->W, U->e, (sr_Format)m->format, part, U->ud);
}


/* Bytes that a reader of its own looks at. */
static int use_source (const Using *U, const sr_Source *source, uint64_t at,
                       uint64_t size) {
  symrun *S = U->W->S;
  size_t n = size < SR_PROBE ? (size_t)size : SR_PROBE;
  const unsigned char *p;
  sr_Reader reader;
  sr_Part part = {NULL, 0, 0, NULL, 0};
  int rc;
  memset(&reader, 0, sizeof reader);
  part.reader = &reader;
  part.offset = at;
  part.size = size;
  sr_reader_set(&reader, source);
  p = sr_look(S, &reader, SR_HEAD, at, n, n);
  rc = p == NULL ? S->code
     : U->use(U->W, U->e, sr_format_probe(p, n, size), &part, U->ud);
  sr_reader_free(S, &reader);
  return rc;
}


/* Where the bytes of a member are in the archive beside the thin one. */
static int find_nested (const Using *U, const sr_Source *source,
                        uint64_t header, uint64_t *at) {
  symrun *S = U->W->S;
  const sr_Member *m = U->e->old;
  const unsigned char *h;
  sr_Reader reader;
  uint64_t size = 0, name = 0;
  bool right;
  memset(&reader, 0, sizeof reader);
  sr_reader_set(&reader, source);
  h = sr_look(S, &reader, SR_HEAD, 0, SR_AR_MAGIC, SR_AR_MAGIC);
  right = h != NULL && memcmp(h, "!<arch>\n", SR_AR_MAGIC) == 0
       && sr_inside(header, SR_AR_HEADER, source->size);
  if (right) h = sr_look(S, &reader, SR_HEAD, header, SR_AR_HEADER,
                         SR_AR_HEADER);
  if (right && h != NULL) {
    size = decimal(h + 48, 10);
    if (memcmp(h, "#1/", 3) == 0) name = decimal(h + 3, 13);
    right = h[58] == '`' && h[59] == '\n' && name <= size
         && size - name == m->size
         && sr_inside(header + SR_AR_HEADER, size, source->size);
  }
  sr_reader_free(S, &reader);
  if (h == NULL) return S->code;
  *at = header + SR_AR_HEADER + name;
  return right ? SYMRUN_OK
       : sr_damage(S, m->header, "ar_name", "names a member at %llu of an "
                   "archive that has none of %llu bytes there; was it made "
                   "anew?", (unsigned long long)header,
                   (unsigned long long)m->size);
}


static int use_nested (const Using *U) {
  sr_ArWork *W = U->W;
  const unsigned char *h = sr_ar_old(W, U->e->old->header, 16), *colon;
  uint64_t header, at = 0;
  sr_Source source;
  int rc;
  if (h == NULL) return W->S->code;
  colon = (const unsigned char *)memchr(h, ':', 16);
  header = colon != NULL ? decimal(colon + 1, (size_t)(h + 15 - colon)) : 0;
  rc = sr_file_beside(W->F, U->e->old->name, &source);
  if (rc != SYMRUN_OK) return rc;
  rc = find_nested(U, &source, header, &at);
  if (rc == SYMRUN_OK) rc = use_source(U, &source, at, U->e->old->size);
  if (rc == SYMRUN_OK) rc = sr_source_same(W->S, &source);
  sr_source_close(&source);
  return rc;
}


int sr_ar_use (sr_ArWork *W, const sr_ArEntry *e, sr_ArUse use, void *ud) {
  Using U = {W, e, use, ud};
  sr_Source source;
  sr_Str bytes;
  if (e->old != NULL && !e->given)
    return e->old->nested ? use_nested(&U)
         : sr_member_use(W->F, e->plan->from, use_old, &U);
  bytes.ptr = e->plan->bytes.ptr;
  bytes.len = e->plan->bytes.len;
  sr_source_wrap(&source, bytes);
  return use_source(&U, &source, 0, bytes.len);
}


static int append (sr_ArWork *W, const sr_ArEntry *e, sr_Format f,
                   const sr_Part *part, void *ud) {
  uint64_t at = 0;
  (void)e; (void)f; (void)ud;
  while (at < part->size) {
    size_t n = part->size - at < STEP ? (size_t)(part->size - at) : STEP;
    const unsigned char *p = sr_look(W->S, part->reader, SR_PASSING,
                                     part->offset + at, n, n);
    int rc = p != NULL ? sr_made_add(W->S, W->out, p, n) : W->S->code;
    if (rc != SYMRUN_OK) return rc;
    at += n;
  }
  return SYMRUN_OK;
}


int sr_ar_append (sr_ArWork *W, const sr_ArEntry *e) {
  if (e->given)
    return sr_made_add(W->S, W->out, e->plan->bytes.ptr, e->plan->bytes.len);
  return sr_ar_unread(W, e, sr_ar_use(W, e, append, NULL), "cannot be copied");
}


/* -- are they the same? ---------------------------------------------------- */

typedef struct Compared {
  sr_Reader *with;   /* or: */
  const char *bytes;
  uint64_t size;
  bool equal;
} Compared;

static int compare (sr_ArWork *W, const sr_ArEntry *e, sr_Format f,
                    const sr_Part *part, void *ud) {
  Compared *C = (Compared *)ud;
  uint64_t at = 0;
  (void)e; (void)f;
  C->equal = part->size == C->size;
  while (C->equal && at < part->size) {
    size_t n = part->size - at < STEP ? (size_t)(part->size - at) : STEP;
    const unsigned char *p = sr_look(W->S, part->reader, SR_PASSING,
                                     part->offset + at, n, n);
    const void *q = C->with == NULL ? C->bytes + at
      : (const void *)sr_look(W->S, C->with, SR_PASSING, at, n, n);
    if (p == NULL || q == NULL) return W->S->code;
    C->equal = memcmp(p, q, n) == 0;
    at += n;
  }
  return SYMRUN_OK;
}


int sr_ar_equal (sr_ArWork *W, const sr_ArEntry *e, bool *out) {
  sr_ArEntry old = *e;
  Compared C = {NULL, e->plan->bytes.ptr, e->plan->bytes.len, false};
  int rc = SYMRUN_OK;
  old.given = false;
  if (e->old->size == C.size) rc = sr_ar_use(W, &old, compare, &C);
  *out = C.equal;
  return rc;
}


int sr_ar_beside (sr_ArWork *W, const sr_ArEntry *e) {
  Compared C = {NULL, NULL, 0, false};
  sr_Source source;
  sr_Reader reader;
  int rc = sr_file_beside(W->F, e->name, &source);
  if (rc != SYMRUN_OK)
    return sr_ar_unread(W, e, rc, "cannot be named by a thin archive");
  memset(&reader, 0, sizeof reader);
  sr_reader_set(&reader, &source);
  C.with = &reader;
  C.size = source.size;
  rc = sr_ar_use(W, e, compare, &C);
  sr_reader_free(W->S, &reader);
  sr_source_close(&source);
  if (rc != SYMRUN_OK) return sr_ar_unread(W, e, rc, "cannot be compared");
  return C.equal ? SYMRUN_OK
       : sr_ar_refuse(W, e, "cannot be in a thin archive: the file of that "
                      "name holds other bytes");
}
