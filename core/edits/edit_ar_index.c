/*
** edit_ar_index.c
** The index of an archive that is written: who defines what, by our readers
** and no linker's plugin, and the tables that say so.  An index lists what a
** linker may pull a member for, so hidden symbols, weak ones and commons are
** in it, and in archives of COFF objects no name twice, since the second of
** its tables is searched.
**
** Layouts: System V ABI "Archive file" ("/"); "/SYM64/", and what is padded to
** what, as LLVM's ArchiveWriter.cpp has them; Darwin mach-o/ranlib.h for
** "__.SYMDEF"; PE/COFF specification, section 7, for both linker members.
*/

#include <stdio.h>
#include <stdlib.h>

#include "edit_ar.h"

#define ARM64     0xaa64
#define ARM64EC   0xa641
#define AMD64     0x8664


/* -- who defines what ------------------------------------------------------ */

typedef struct Gather {
  sr_ArWork *W;
  uint32_t entry;
  bool arm, ec, amd;  /* members for ARM64, ARM64EC, x86-64 */
} Gather;


static int each (void *ud, const sr_Symbol *sym) {
  Gather *G = (Gather *)ud;
  sr_ArWork *W = G->W;
  sr_ArDefined *d;
  int rc;
  if (sym->binding == SR_LOCAL || sym->place == SR_UNDEFINED)
    return SYMRUN_OK;
  if (memchr(sym->name, '\0', sym->len) != NULL)
    return sr_ar_refuse(W, &W->entries[G->entry], "defines a symbol that has "
                        "a zero byte in its name, which no index can hold");
  rc = sr_room(W->S, &W->defined, &W->rdefined, W->ndefined, sizeof *d);
  if (rc != SYMRUN_OK) return rc;
  if (W->ndefined == UINT32_MAX / 8)
    return sr_fail(W->S, SYMRUN_RULE, "the archive defines more symbols than "
                   "an index can count");
  d = &W->defined[W->ndefined];
  d->text = W->strings.len;
  d->len = sym->len;
  d->entry = G->entry;
  d->number = (uint32_t)W->ndefined;
  rc = sr_made_add(W->S, &W->strings, sym->name, sym->len);
  if (rc == SYMRUN_OK) rc = sr_made_zero(W->S, &W->strings, 1);
  if (rc == SYMRUN_OK) W->ndefined++;
  return rc;
}


static void machine (Gather *G, uint16_t is) {
  G->arm |= is == ARM64 || is == ARM64EC;
  G->ec |= is == ARM64EC;
  G->amd |= is == AMD64;
}


static int define (sr_ArWork *W, const sr_ArEntry *e, sr_Format f,
                   const sr_Part *part, void *ud) {
  sr_Ask ask;
  if (f == SR_WASM && e->pad > 0)
    return sr_ar_refuse(W, e, "is wasm, which the padding of this format of "
                        "archives would damage");
  /* No linker looks for symbols in these. */
  if (f == SR_OTHER || f == SR_EMPTY || f == SR_RMETA || f == SR_TBD
      || f == SR_SCRIPT || f == SR_AR || f == SR_THIN_AR) return SYMRUN_OK;
  if (f == SR_COFF || f == SR_COFF_BIGOBJ || f == SR_COFF_IMPORT) {
    size_t n = part->size < SR_PROBE ? (size_t)part->size : SR_PROBE;
    const unsigned char *p = sr_look(W->S, part->reader, SR_HEAD,
                                     part->offset, n, n);
    if (p == NULL) return W->S->code;
    machine((Gather *)ud, sr_format_machine(f, p, n));
  }
  memset(&ask, 0, sizeof ask);
  ask.want = SR_WANT_DEFINED;
  ask.view = SR_NATIVE;
  ask.raw = true;
  ask.linker = true;
  ask.each = each;
  ask.ud = ud;
  return sr_format_read(W->S, f, part, &ask);
}


static int by_name (const void *x, const void *y) {
  const sr_ArDefined *a = (const sr_ArDefined *)x;
  const sr_ArDefined *b = (const sr_ArDefined *)y;
  int order = memcmp(a->name, b->name, a->len < b->len ? a->len : b->len);
  if (order != 0) return order;
  if (a->len != b->len) return a->len < b->len ? -1 : 1;
  return a->number < b->number ? -1 : a->number > b->number;
}


/* Of names that are there twice the first stays. */
static void drop_twice (sr_ArWork *W) {
  size_t i, n = 0, kept = 0;
  for (i = 1; i < W->ndefined; i++) {
    sr_ArDefined *a = &W->by_name[n], *b = &W->by_name[i];
    if (a->len == b->len && memcmp(a->name, b->name, a->len) == 0)
      W->defined[b->number].entry = SR_NONE;
    else W->by_name[++n] = *b;
  }
  for (i = 0; i < W->ndefined; i++)
    if (W->defined[i].entry != SR_NONE) W->defined[kept++] = W->defined[i];
  W->ndefined = kept;
}


/* A table that is sorted has no name twice, or is not sorted. */
static int sort (sr_ArWork *W) {
  size_t i, size = W->ndefined * sizeof *W->defined;
  bool twice = false;
  if (W->ndefined == 0 || (W->kind != SR_AR_COFF && !W->sorted))
    return SYMRUN_OK;
  W->by_name = (sr_ArDefined *)sr_resize(W->S, NULL, 0, size);
  if (W->by_name == NULL) return SYMRUN_NOMEM;
  W->rby_name = W->ndefined;
  memcpy(W->by_name, W->defined, size);
  qsort(W->by_name, W->ndefined, sizeof *W->by_name, by_name);
  if (W->kind == SR_AR_COFF) {
    drop_twice(W);
    return SYMRUN_OK;
  }
  for (i = 1; i < W->ndefined && !twice; i++)
    twice = W->by_name[i].len == W->by_name[i - 1].len
         && memcmp(W->by_name[i].name, W->by_name[i - 1].name,
                   W->by_name[i].len) == 0;
  W->sorted = !twice;
  if (!twice) memcpy(W->defined, W->by_name, size);
  return SYMRUN_OK;
}


int sr_ar_gather (sr_ArWork *W) {
  Gather G = {W, 0, false, false, false};
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < W->count && rc == SYMRUN_OK; i++) {
    G.entry = (uint32_t)i;
    rc = sr_ar_use(W, &W->entries[i], define, &G);
    rc = sr_ar_unread(W, &W->entries[i], rc, "cannot be indexed, since what "
                      "it defines is unknown");
  }
  if (rc != SYMRUN_OK) return rc;
  if (W->kind == SR_AR_COFF && (G.ec || (G.arm && G.amd)))
    return sr_fail(W->S, SYMRUN_RULE, "an archive with members for ARM64EC "
                   "needs a third index (/<ECSYMBOLS>/), which symrun does "
                   "not write");
  for (i = 0; i < W->ndefined; i++)
    W->defined[i].name = W->strings.ptr + W->defined[i].text;
  rc = sort(W);
  for (i = 0; i < W->ndefined; i++) W->names += W->defined[i].len + 1;
  W->indexed = W->ndefined > 0 || W->was.indexed || W->kind == SR_AR_DARWIN
            || W->kind == SR_AR_COFF;
  return rc;
}


/* -- the tables ------------------------------------------------------------ */

static uint64_t up (uint64_t size, uint64_t align) {
  return (size + align - 1) / align * align;
}


static uint64_t wide (const sr_ArWork *W) { return W->wide ? 8 : 4; }


static const char *bsd_name (const sr_ArWork *W) {
  if (W->wide) return W->sorted ? "__.SYMDEF_64 SORTED" : "__.SYMDEF_64";
  return W->sorted ? "__.SYMDEF SORTED" : "__.SYMDEF";
}


/* Its name, with as many zeros as bring what follows to a multiple of 8. */
static uint64_t bsd_begin (const sr_ArWork *W) {
  return up(SR_AR_MAGIC + SR_AR_HEADER + strlen(bsd_name(W)), 8)
       - SR_AR_MAGIC - SR_AR_HEADER;
}


static uint64_t first_size (const sr_ArWork *W) {
  uint64_t n = W->ndefined * wide(W);
  return sr_ar_bsd(W) ? 2 * n + 2 * wide(W) + W->names
                      : up(wide(W) + n + W->names, 2);
}


static uint64_t second_size (const sr_ArWork *W) {
  return up(8 + 4 * (uint64_t)W->count + 2 * (uint64_t)W->ndefined + W->names,
            2);
}


/* What follows stands, by the measure of eight, where it stood before: some
   linkers want that of Mach-O objects. */
static uint64_t bsd_size (const sr_ArWork *W) {
  uint64_t skew = W->count > 0 && W->entries[0].whole
                ? W->entries[0].old->header % 8 : 0;
  uint64_t end = SR_AR_MAGIC + SR_AR_HEADER + bsd_begin(W) + first_size(W);
  return up(end + 8 - skew, 8) - 8 + skew - SR_AR_MAGIC;
}


uint64_t sr_ar_index_size (const sr_ArWork *W) {
  if (!W->indexed) return 0;
  if (sr_ar_bsd(W)) return bsd_size(W);
  return SR_AR_HEADER + first_size(W)
       + (W->kind == SR_AR_COFF ? SR_AR_HEADER + second_size(W) : 0);
}


static int number (sr_ArWork *W, uint64_t v, size_t n, bool big) {
  unsigned char p[8];
  size_t i;
  for (i = 0; i < n; i++)
    p[big ? n - 1 - i : i] = (unsigned char)(v >> (8 * i));
  return sr_made_add(W->S, W->out, p, n);
}


/* Names, and zeros until the table has 'size' bytes. */
static int names (sr_ArWork *W, const sr_ArDefined *d, size_t begin,
                  uint64_t size) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < W->ndefined && rc == SYMRUN_OK; i++)
    rc = sr_made_add(W->S, W->out, d[i].name, d[i].len + 1);
  return rc != SYMRUN_OK ? rc
       : sr_made_zero(W->S, W->out, (size_t)size - (W->out->len - begin));
}


static int write_first (sr_ArWork *W) {
  size_t begin, i, n = (size_t)wide(W);
  int rc = sr_ar_header(W, W->wide ? "/SYM64/" : "/", SR_AR_OWN,
                        first_size(W));
  begin = W->out->len;
  if (rc == SYMRUN_OK) rc = number(W, W->ndefined, n, true);
  for (i = 0; i < W->ndefined && rc == SYMRUN_OK; i++)
    rc = number(W, W->entries[W->defined[i].entry].at, n, true);
  return rc == SYMRUN_OK ? names(W, W->defined, begin, first_size(W)) : rc;
}


/* All members by number, and for each name, in order, its member. */
static int write_second (sr_ArWork *W) {
  size_t begin, i;
  int rc = sr_ar_header(W, "/", SR_AR_OWN, second_size(W));
  begin = W->out->len;
  if (rc == SYMRUN_OK) rc = number(W, W->count, 4, false);
  for (i = 0; i < W->count && rc == SYMRUN_OK; i++)
    rc = number(W, W->entries[i].at, 4, false);
  if (rc == SYMRUN_OK) rc = number(W, W->ndefined, 4, false);
  for (i = 0; i < W->ndefined && rc == SYMRUN_OK; i++)
    rc = number(W, (uint64_t)W->by_name[i].entry + 1, 2, false);
  return rc == SYMRUN_OK ? names(W, W->by_name, begin, second_size(W)) : rc;
}


static int write_bsd (sr_ArWork *W) {
  size_t n = (size_t)wide(W), i, begin;
  uint64_t end = SR_AR_MAGIC + bsd_size(W), head = bsd_begin(W), text = 0;
  const char *name = bsd_name(W);
  char field[32];
  int rc;
  snprintf(field, sizeof field, "#1/%u", (unsigned)head);
  rc = sr_ar_header(W, field, SR_AR_OWN, end - SR_AR_MAGIC - SR_AR_HEADER);
  if (rc == SYMRUN_OK) rc = sr_made_add(W->S, W->out, name, strlen(name));
  if (rc == SYMRUN_OK)
    rc = sr_made_zero(W->S, W->out, (size_t)head - strlen(name));
  begin = W->out->len;
  if (rc == SYMRUN_OK)
    rc = number(W, 2 * n * (uint64_t)W->ndefined, n, false);
  for (i = 0; i < W->ndefined && rc == SYMRUN_OK; i++) {
    rc = number(W, text, n, false);
    if (rc == SYMRUN_OK)
      rc = number(W, W->entries[W->defined[i].entry].at, n, false);
    text += W->defined[i].len + 1;
  }
  if (rc == SYMRUN_OK) rc = number(W, text, n, false);
  return rc == SYMRUN_OK ? names(W, W->defined, begin, end - begin) : rc;
}


int sr_ar_write_index (sr_ArWork *W) {
  int rc;
  if (!W->indexed) return SYMRUN_OK;
  if (sr_ar_bsd(W)) return write_bsd(W);
  rc = write_first(W);
  return rc == SYMRUN_OK && W->kind == SR_AR_COFF ? write_second(W) : rc;
}
