/*
** edit_ar_write.c
** The bytes of an archive that is written.  What did not change is copied with
** its header, and where a header must name another place in the table of long
** names, nothing else in it changes; so dates and owners outlive an edit, and
** what is new has none.
**
** Layouts: System V ABI "Archive file" for headers and "//"; BSD ar(5) for
** "#1/"; LLVM's ArchiveWriter.cpp for what is padded; PE/COFF specification,
** section 7, where long names end with a zero byte.
*/

#include <stdio.h>

#include "edit_ar.h"

#define MOST  9999999999ull  /* that ten digits tell */


/* -- long names ------------------------------------------------------------ */

/* A name of at most 15 bytes goes before a slash.  What a reader would take
   off it, or for something else, goes to the table. */
static bool long_name (const sr_ArWork *W, sr_Str name) {
  return W->thin || name.len > 15 || name.len == 0
      || memchr(name.ptr, '/', name.len) != NULL
      || name.ptr[name.len - 1] == ' ';
}


static int add_long (sr_ArWork *W, sr_ArEntry *e, const sr_ArEntry *before) {
  const char *end = W->kind == SR_AR_COFF ? "" : "/\n";
  int rc;
  e->is_long = true;
  if (before != NULL && before->is_long && W->thin
      && before->name.len == e->name.len
      && memcmp(before->name.ptr, e->name.ptr, e->name.len) == 0) {
    e->text = before->text;
    return SYMRUN_OK;
  }
  e->text = W->table.len;
  rc = sr_made_add(W->S, &W->table, e->name.ptr, e->name.len);
  return rc == SYMRUN_OK
       ? sr_made_add(W->S, &W->table, end, *end == '\0' ? 1 : 2) : rc;
}


/* One that is copied has it where it had it. */
static int place_name (sr_ArWork *W, size_t i) {
  sr_ArEntry *e = &W->entries[i];
  const unsigned char *h;
  if (e->whole) {
    h = sr_ar_old(W, e->old->header, 1);
    if (h == NULL) return W->S->code;
    if (*h != '/') return SYMRUN_OK;
  }
  else if (!long_name(W, e->name)) return SYMRUN_OK;
  return add_long(W, e, i > 0 ? e - 1 : NULL);
}


/* The table is as it was where it names what it named. */
static int long_names (sr_ArWork *W) {
  size_t i, kept = 0;
  int rc = SYMRUN_OK;
  bool any = false;
  for (i = 0; i < W->count; i++) {
    sr_ArEntry *e = &W->entries[i];
    kept += e->whole && e->plan->from == i;
    any |= !e->whole && long_name(W, e->name);
  }
  W->same_table = W->F != NULL && kept >= W->F->count && !any
               && W->was.kind == W->kind;
  if (W->same_table) return SYMRUN_OK;
  for (i = 0; i < W->count && rc == SYMRUN_OK; i++) rc = place_name(W, i);
  if (rc == SYMRUN_OK && W->table.len % 2 != 0)
    rc = sr_made_add(W->S, &W->table, "\n", 1);
  return rc;
}


static uint64_t table_size (const sr_ArWork *W) {
  if (W->same_table) return W->was.table_end - W->was.table;
  return W->table.len > 0 ? SR_AR_HEADER + W->table.len : 0;
}


static int write_table (sr_ArWork *W) {
  int rc;
  if (table_size(W) == 0) return SYMRUN_OK;
  if (W->same_table) return sr_ar_copy(W, W->was.table, table_size(W));
  rc = sr_ar_header(W, "//", "                                ",
                    W->table.len);
  return rc == SYMRUN_OK
       ? sr_made_add(W->S, W->out, W->table.ptr, W->table.len) : rc;
}


/* -- places ---------------------------------------------------------------- */

/* Where the bytes of a member that is copied whole end, without padding. */
static uint64_t old_end (const sr_ArWork *W, const sr_ArEntry *e) {
  return e->old->outside ? e->old->header + SR_AR_HEADER
                         : e->old->offset + W->F->members[e->plan->from].size;
}


static uint64_t span (const sr_ArWork *W, sr_ArEntry *e) {
  uint64_t size;
  if (e->whole && W->kind == SR_AR_DARWIN && e->old->offset % 8 == 0
      && (e->at - e->old->header) % 8 != 0)
    e->whole = false;  /* a name with other padding keeps it where it was */
  if (e->whole) size = old_end(W, e) - e->old->header;
  else if (sr_ar_bsd(W)) {
    uint64_t name = e->at + SR_AR_HEADER + e->name.len;
    e->blanks = (uint32_t)((8 - name % 8) % 8);
    size = SR_AR_HEADER + e->name.len + e->blanks + e->size + e->pad;
  }
  else size = SR_AR_HEADER + (W->thin ? 0 : e->size);
  return size + (size & 1);
}


/* Gives the end of the archive. */
static uint64_t place_at (sr_ArWork *W) {
  uint64_t at = SR_AR_MAGIC + sr_ar_index_size(W) + table_size(W);
  size_t i;
  for (i = 0; i < W->count; i++) {
    W->entries[i].at = at;
    at += span(W, &W->entries[i]);
  }
  return at;
}


static int place (sr_ArWork *W) {
  uint64_t end = place_at(W);
  bool far = W->count > 0 && W->entries[W->count - 1].at > UINT32_MAX;
  if (W->kind == SR_AR_COFF && (far || W->count > UINT16_MAX))
    return sr_fail(W->S, SYMRUN_RULE, "an index for COFF cannot tell of %zu "
                   "members in %llu bytes", W->count,
                   (unsigned long long)end);
  if (!W->wide && (far || W->names > UINT32_MAX)) {
    W->wide = true;
    end = place_at(W);
  }
  /* All at once, or it would be copied many times. */
  W->out->len = 0;
  if (end > SIZE_MAX / 4) return sr_nomem(W->S);
  if (sr_made_zero(W->S, W->out, (size_t)end) != SYMRUN_OK)
    return SYMRUN_NOMEM;
  W->out->len = 0;
  return SYMRUN_OK;
}


/* -- members --------------------------------------------------------------- */

int sr_ar_header (sr_ArWork *W, const char *name, const char *kept,
                  uint64_t size) {
  char h[SR_AR_HEADER + 1], digits[24];
  size_t n = strlen(name), d;
  d = (size_t)snprintf(digits, sizeof digits, "%llu",
                       (unsigned long long)size);
  if (size > MOST || n > 16)
    return sr_fail(W->S, SYMRUN_RULE, "an archive's header cannot hold the "
                   "name %.40s and a size of %s bytes", name, digits);
  memset(h, ' ', sizeof h);
  memcpy(h, name, n);
  memcpy(h + 16, kept, SR_AR_KEPT);
  memcpy(h + 48, digits, d);
  h[58] = '`';
  h[59] = '\n';
  return sr_made_add(W->S, W->out, h, SR_AR_HEADER);
}


static int member_header (sr_ArWork *W, const sr_ArEntry *e) {
  char field[64], kept[SR_AR_KEPT + 1] = SR_AR_FRESH, nested[17] = "";
  uint64_t more = 0;
  if (e->old != NULL && !e->fresh) {
    const unsigned char *h = sr_ar_old(W, e->old->header, SR_AR_HEADER), *p;
    if (h == NULL) return W->S->code;
    memcpy(kept, h + 16, SR_AR_KEPT);
    p = (const unsigned char *)memchr(h, ':', 16);
    if (e->old->nested && p != NULL) {
      memcpy(nested, p, (size_t)(h + 16 - p));
      *strchrnul(nested, ' ') = '\0';
    }
  }
  if (sr_ar_bsd(W)) {
    more = e->name.len + e->blanks + e->pad;
    snprintf(field, sizeof field, "#1/%zu", e->name.len + e->blanks);
  }
  else if (e->is_long)
    snprintf(field, sizeof field, "/%llu%s", (unsigned long long)e->text,
             W->thin ? nested : "");
  else
    snprintf(field, sizeof field, "%.*s/", (int)e->name.len, e->name.ptr);
  return sr_ar_header(W, field, kept, e->size + more);
}


static int filled (sr_ArWork *W, const char *with, size_t n) {
  int rc = SYMRUN_OK;
  while (n-- > 0 && rc == SYMRUN_OK)
    rc = sr_made_add(W->S, W->out, with, 1);
  return rc;
}


static int write_new (sr_ArWork *W, const sr_ArEntry *e) {
  int rc = member_header(W, e);
  if (rc == SYMRUN_OK && sr_ar_bsd(W)) {
    rc = sr_made_add(W->S, W->out, e->name.ptr, e->name.len);
    if (rc == SYMRUN_OK) rc = sr_made_zero(W->S, W->out, e->blanks);
  }
  if (rc == SYMRUN_OK && !W->thin) rc = sr_ar_append(W, e);
  if (rc == SYMRUN_OK) rc = filled(W, "\n", e->pad);
  return rc == SYMRUN_OK ? filled(W, "\n", W->out->len % 2) : rc;
}


/* The same bytes, but for the place of a long name; what pads them stays. */
static int write_whole (sr_ArWork *W, const sr_ArEntry *e) {
  uint64_t end = old_end(W, e), begin = e->old->header;
  size_t at = W->out->len;
  int rc = SYMRUN_OK;
  if (end % 2 != 0 && end < W->F->source.size) end++;
  if (e->is_long && !W->same_table) {
    rc = member_header(W, e);
    begin += SR_AR_HEADER;
    if (rc == SYMRUN_OK) {  /* the size stays as it is written */
      const unsigned char *h = sr_ar_old(W, e->old->header, SR_AR_HEADER);
      if (h == NULL) return W->S->code;
      memcpy(W->out->ptr + at + 16, h + 16, SR_AR_HEADER - 16);
    }
  }
  if (rc == SYMRUN_OK) rc = sr_ar_copy(W, begin, end - begin);
  return rc == SYMRUN_OK ? filled(W, "\n", W->out->len % 2) : rc;
}


int sr_ar_write (sr_ArWork *W) {
  size_t i;
  int rc = !sr_ar_bsd(W) ? long_names(W) : SYMRUN_OK;
  if (rc == SYMRUN_OK) rc = place(W);
  if (rc == SYMRUN_OK)
    rc = sr_made_add(W->S, W->out, W->thin ? "!<thin>\n" : "!<arch>\n",
                     SR_AR_MAGIC);
  if (rc == SYMRUN_OK) rc = sr_ar_write_index(W);
  if (rc == SYMRUN_OK) rc = write_table(W);
  for (i = 0; i < W->count && rc == SYMRUN_OK; i++) {
    const sr_ArEntry *e = &W->entries[i];
    if (W->out->len != e->at)
      return sr_ar_refuse(W, e, "was put where the index does not say it is: "
                          "please report this");
    rc = e->whole ? write_whole(W, e) : write_new(W, e);
  }
  return rc;
}


/* -- it is read again ------------------------------------------------------ */

typedef struct Check {
  sr_ArWork *W;
  size_t next;
} Check;

static int same_symbol (void *ud, const sr_Symbol *sym) {
  Check *C = (Check *)ud;
  const sr_ArDefined *d = &C->W->defined[C->next];
  if (C->next++ < C->W->ndefined && sym->len == d->len
      && memcmp(sym->name, d->name, d->len) == 0
      && sym->value == C->W->entries[d->entry].at) return SYMRUN_OK;
  return SYMRUN_END;
}


static int check_index (sr_ArWork *W, sr_Archive *A) {
  Check C = {W, 0};
  sr_Ask ask;
  int rc;
  memset(&ask, 0, sizeof ask);
  ask.want = SR_WANT_DEFINED;
  ask.view = SR_INDEX;
  ask.each = same_symbol;
  ask.ud = &C;
  rc = sr_ar_index(A, &ask);
  if (rc < 0) return rc;
  if (rc == SYMRUN_OK && C.next == W->ndefined) return SYMRUN_OK;
  return sr_fail(W->S, SYMRUN_UNKNOWN, "the index that was made does not read "
                 "back as it should: please report this");
}


static int check_member (sr_ArWork *W, const sr_ArEntry *e,
                         const sr_ArMember *m) {
  if (m->name.len != e->name.len
      || memcmp(m->name.ptr, e->name.ptr, m->name.len) != 0)
    return sr_ar_refuse(W, e, "has a name that this format of archives cannot "
                        "hold");
  if (m->header != e->at || m->size != e->size + e->pad
      || m->outside != W->thin)
    return sr_ar_refuse(W, e, "does not read back as it should: please "
                        "report this");
  return SYMRUN_OK;
}


static int check (sr_ArWork *W, sr_Reader *reader, sr_Arena *arena) {
  sr_Archive A;
  sr_ArMember m;
  size_t i;
  int rc = sr_ar_open(W->S, reader, arena, &A);
  for (i = 0; i < W->count && rc == SYMRUN_OK; i++) {
    rc = sr_ar_next(&A, &m);
    if (rc == SYMRUN_END)
      return sr_ar_refuse(W, &W->entries[i], "has a name that this format of "
                          "archives takes for a table");
    if (rc == SYMRUN_OK) rc = check_member(W, &W->entries[i], &m);
  }
  if (rc == SYMRUN_OK) rc = sr_ar_next(&A, &m);
  if (rc == SYMRUN_OK || rc == SYMRUN_END)
    rc = rc == SYMRUN_END ? check_index(W, &A)
       : sr_fail(W->S, SYMRUN_UNKNOWN, "the archive that was made reads back "
                 "with more members than it should: please report this");
  return rc != SYMRUN_FORMAT ? rc
       : sr_fail(W->S, SYMRUN_RULE, "the archive cannot be written so that it "
                 "reads back: is a member named like a table?");
}


int sr_ar_check (sr_ArWork *W) {
  sr_Str bytes;
  sr_Source source;
  sr_Reader reader;
  sr_Arena arena;
  int rc;
  bytes.ptr = W->out->ptr;
  bytes.len = W->out->len;
  memset(&reader, 0, sizeof reader);
  memset(&arena, 0, sizeof arena);
  sr_source_wrap(&source, bytes);
  sr_reader_set(&reader, &source);
  rc = check(W, &reader, &arena);
  sr_arena_free(W->S, &arena);
  sr_reader_free(W->S, &reader);
  return rc;
}
