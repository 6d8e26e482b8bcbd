/*
** edit_elf_write.c
** The bytes of an ELF object that was changed.  What need not move stays
** where it was; what grew goes behind all else, and the headers behind that.
** Only where sections were dropped does what follows them move up.  Nothing
** moves down, so an offset stays as aligned as it was.
**
** Layout: System V ABI, chapter 4 ("ELF Header", "Sections").
*/

#include <stdlib.h>

#include "edit_elf.h"

#define HEADERS  0      /* as a piece: the table of section headers */
#define MOST  4096      /* alignment in a file that is heeded */

typedef struct Piece { uint64_t offset, size; uint32_t section; } Piece;

typedef struct Layout {
  sr_ElfEdit *X;
  Piece *pieces;
  size_t count;
  uint64_t stay;        /* bytes from the begin that stay as they are */
  uint64_t end;         /* of all that was placed */
  uint64_t headers;     /* where they are */
  bool moves;           /* what follows a dropped section does */
  bool grows;
} Layout;


static int in_order (const void *a, const void *b) {
  const Piece *x = (const Piece *)a, *y = (const Piece *)b;
  if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
  if (x->size != y->size) return x->size < y->size ? -1 : 1;
  return x->section < y->section ? -1 : 1;
}


static uint64_t bytes_of (const sr_ElfSec *sec) {
  if (sec->h.type == SHT_NOBITS || sec->h.type == SHT_NULL) return 0;
  return sec->h.size;
}


static int find_pieces (Layout *Y) {
  sr_ElfEdit *X = Y->X;
  uint32_t i;
  Y->pieces = (Piece *)sr_new(X->S, X->E.shnum * sizeof *Y->pieces);
  if (Y->pieces == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < X->E.shnum; i++) {
    const sr_ElfSec *sec = &X->secs[i];
    Piece *piece = &Y->pieces[Y->count++];
    piece->section = i;
    piece->offset = i == HEADERS ? X->E.shoff : sec->h.offset;
    piece->size = i == HEADERS ? (uint64_t)X->E.shnum * X->E.headsize
                               : bytes_of(sec);
    if (i != HEADERS && sec->goes == SR_STAYS && sec->changed
        && sec->fresh.len > sec->h.size) Y->grows = true;
  }
  qsort(Y->pieces, Y->count, sizeof *Y->pieces, in_order);
  return SYMRUN_OK;
}


static uint64_t aligned (uint64_t at, uint64_t align) {
  return (at + align - 1) / align * align;
}


/* The alignment that what is at 'offset' has. */
static uint64_t kept (uint64_t offset, uint64_t align) {
  uint64_t a = 1;
  while (a < align && a < MOST && offset % (2 * a) == 0) a *= 2;
  return a;
}


/* Of a section that goes to the end. */
static uint64_t wanted (const sr_ElfEdit *X, const sr_ElfSec *sec) {
  uint64_t a = 1, least = sec->h.type == SHT_STRTAB ? 1 : X->E.is64 ? 8 : 4;
  if (sec->align > least) least = sec->align < MOST ? sec->align : MOST;
  while (a < least) a *= 2;
  return a;
}


static void place (Layout *Y, const Piece *piece) {
  sr_ElfEdit *X = Y->X;
  sr_ElfSec *sec = &X->secs[piece->section];
  bool headers = piece->section == HEADERS;
  uint64_t size = piece->size, *where = headers ? &Y->headers : &sec->where;
  if (!headers && sec->goes != SR_STAYS) {
    if (size > 0) Y->moves = true;
    return;
  }
  if (headers) {
    size = (uint64_t)X->nsecs * X->E.headsize;
    if (Y->grows) return;
  }
  else if (sec->changed) {
    if (!Y->moves && sec->fresh.len > size) { sec->apart = true; return; }
    if (Y->moves) size = sec->fresh.len;
  }
  *where = piece->offset;
  if (Y->moves)
    *where = aligned(Y->end, kept(piece->offset, headers ? 8 : sec->align));
  else if (piece->size > 0) Y->stay = piece->offset + piece->size;
  if (size > 0) Y->end = *where + size;
}


/* What grew, at the end. */
static void place_apart (Layout *Y) {
  sr_ElfEdit *X = Y->X;
  uint32_t i;
  for (i = 1; i < X->E.shnum; i++) {
    sr_ElfSec *sec = &X->secs[i];
    if (!sec->apart) continue;
    sec->where = aligned(Y->end, wanted(X, sec));
    Y->end = sec->where + sec->fresh.len;
  }
  Y->headers = aligned(Y->end, X->E.is64 ? 8 : 4);
  Y->end = Y->headers + (uint64_t)X->nsecs * X->E.headsize;
}


static void lay_out (Layout *Y) {
  sr_ElfEdit *X = Y->X;
  size_t k;
  uint32_t i;
  Y->end = Y->stay = X->E.is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
  for (k = 0; k < Y->count; k++) place(Y, &Y->pieces[k]);
  if (!Y->moves && !Y->grows) Y->end = Y->stay = X->size;
  if (Y->grows) place_apart(Y);
  for (i = 1; i < X->E.shnum; i++)  /* what has no bytes is in the file, too */
    if (X->secs[i].where > Y->end && bytes_of(&X->secs[i]) == 0)
      X->secs[i].where = Y->end;
}


/* -- the bytes ------------------------------------------------------------ */

/* What stood where something else, or nothing, stands now. */
static void clear (const Layout *Y, unsigned char *out) {
  size_t k;
  for (k = 0; k < Y->count; k++) {
    const Piece *piece = &Y->pieces[k];
    const sr_ElfSec *sec = &Y->X->secs[piece->section];
    uint64_t size = piece->size;
    if (piece->offset >= Y->stay || size == 0) continue;
    if (piece->section != HEADERS && sec->goes == SR_STAYS && !sec->changed)
      continue;
    if (size > Y->stay - piece->offset) size = Y->stay - piece->offset;
    memset(out + piece->offset, 0, (size_t)size);
  }
}


static void put_sections (const Layout *Y, unsigned char *out) {
  const sr_ElfEdit *X = Y->X;
  uint32_t i;
  for (i = 1; i < X->E.shnum; i++) {
    const sr_ElfSec *sec = &X->secs[i];
    size_t size = (size_t)bytes_of(sec);
    if (sec->goes != SR_STAYS) continue;
    if (sec->changed && sec->fresh.len > 0)
      memcpy(out + sec->where, sec->fresh.ptr, sec->fresh.len);
    else if (!sec->changed && size > 0)
      memcpy(out + sec->where, X->bytes + sec->h.offset, size);
  }
}


static uint32_t new_info (const sr_ElfEdit *X, uint32_t i) {
  const sr_ElfSection *h = &X->secs[i].h;
  if (i == X->table.index) return X->first;
  if (h->type == SHT_GROUP)
    return h->info < X->count ? X->syms[h->info].now : h->info;
  if (sr_elf_is_relocs(h) || h->flags & SHF_INFO_LINK)
    return X->secs[h->info].now;
  return h->info;
}


static void put_header (const sr_ElfEdit *X, uint32_t i, unsigned char *p) {
  const sr_ElfSec *sec = &X->secs[i];
  const sr_Elf *E = &X->E;
  memcpy(p, X->bytes + sec->h.at, E->headsize);
  if (i == 0) return;
  sr_put_word(E, p + 8, sec->h.flags);
  sr_put_word(E, p + (E->is64 ? 24 : 16), sec->where);
  if (sec->changed)
    sr_put_word(E, p + (E->is64 ? 32 : 20), sec->fresh.len);
  sr_put32(p + (E->is64 ? 40 : 24), X->secs[sec->h.link].now, E->big);
  sr_put32(p + (E->is64 ? 44 : 28), new_info(X, i), E->big);
}


/* The counts, which with 65,280 sections and more stand in header 0. */
static void put_counts (const Layout *Y, unsigned char *out) {
  const sr_ElfEdit *X = Y->X;
  const sr_Elf *E = &X->E;
  unsigned char *zero = out + Y->headers;
  unsigned char *shnum = out + (E->is64 ? 60 : 48), *names = shnum + 2;
  uint32_t index = X->secs[E->shstrndx].now;
  sr_put_word(E, out + (E->is64 ? 40 : 32), Y->headers);
  if (sr_u16(shnum, E->big) == 0)
    sr_put_word(E, zero + (E->is64 ? 32 : 20),
                X->nsecs >= SHN_LORESERVE ? X->nsecs : 0);
  if (sr_u16(names, E->big) == SHN_XINDEX)
    sr_put32(zero + (E->is64 ? 40 : 24), index >= SHN_LORESERVE ? index : 0,
             E->big);
  sr_put16(shnum, X->nsecs >= SHN_LORESERVE ? 0 : (uint16_t)X->nsecs, E->big);
  sr_put16(names, index >= SHN_LORESERVE ? SHN_XINDEX : (uint16_t)index,
           E->big);
}


static int write_all (const Layout *Y, sr_Made *out) {
  const sr_ElfEdit *X = Y->X;
  unsigned char *bytes;
  uint32_t i;
  int rc;
  if (!X->E.is64 && Y->end > UINT32_MAX)
    return sr_fail(X->S, SYMRUN_RULE, "the object would have %llu bytes, and "
                   "one of 32 bits ends at 4 GiB", (unsigned long long)Y->end);
  rc = sr_made_add(X->S, out, X->bytes, (size_t)Y->stay);
  if (rc == SYMRUN_OK) rc = sr_made_zero(X->S, out,
                                         (size_t)(Y->end - Y->stay));
  if (rc != SYMRUN_OK) return rc;
  bytes = (unsigned char *)out->ptr;
  clear(Y, bytes);
  put_sections(Y, bytes);
  for (i = 0; i < X->E.shnum; i++)
    if (X->secs[i].goes == SR_STAYS)
      put_header(X, i, bytes + Y->headers
                       + (size_t)X->secs[i].now * X->E.headsize);
  put_counts(Y, bytes);
  return SYMRUN_OK;
}


int sr_elf_edit_write (sr_ElfEdit *X, sr_Made *out) {
  Layout Y;
  int rc;
  memset(&Y, 0, sizeof Y);
  Y.X = X;
  rc = find_pieces(&Y);
  if (rc == SYMRUN_OK) lay_out(&Y);
  if (rc == SYMRUN_OK) rc = write_all(&Y, out);
  sr_delete(X->S, Y.pieces, X->E.shnum * sizeof *Y.pieces);
  return rc;
}
