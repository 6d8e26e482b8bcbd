/*
** survive_frames.c
** The records of an ".eh_frame": each is about one function, and names what
** to do when an exception passes it.  A record keeps no function; but what it
** names has to stay with the function, and linkers differ in how they see to
** that: bfd and mold with the function, lld with nothing, gold by names.
**
** Layout: Linux Standard Base, Core, "Exception Frames" (10.6.1).
*/

#include <stdlib.h>

#include "survive_inner.h"

#define SHARED  8   /* relocations that functions share; compilers write one */

typedef struct Cie {
  uint64_t at;
  uint32_t first, count;   /* its edges */
} Cie;

typedef struct Frame {
  sr_Survive *V;
  sr_Elf *E;
  const sr_ElfSection *sec;
  const unsigned char *bytes;
  uint32_t node;
  sr_FrameReloc *list;
  size_t count, next;      /* relocations, and the first behind this record */
  Cie *cies;
  size_t ncies, rcies;
} Frame;

typedef struct Record {
  uint64_t at, end;
  uint64_t cie;            /* of which it is; its own: it is one */
  size_t first, last;      /* relocations */
} Record;


static int by_offset (const void *a, const void *b) {
  const sr_FrameReloc *x = (const sr_FrameReloc *)a;
  const sr_FrameReloc *y = (const sr_FrameReloc *)b;
  return x->offset < y->offset ? -1 : x->offset > y->offset;
}


static void sort (sr_FrameReloc *list, size_t count) {
  size_t i;
  for (i = 1; i < count; i++)
    if (list[i].offset < list[i - 1].offset) {
      qsort(list, count, sizeof *list, by_offset);
      return;
    }
}


/* The next one; SYMRUN_END after the last. */
static int next_record (Frame *F, Record *r) {
  sr_Elf *E = F->E;
  uint64_t size = F->sec->size, len, back;
  if (size - r->end < 4) return SYMRUN_END;
  r->at = r->end;
  len = sr_u32(F->bytes + r->at, E->big);
  if (len == 0) return SYMRUN_END;
  if (len == UINT32_MAX) {
    sr_fail(E->S, SYMRUN_UNKNOWN, "has exception frames of 64 bits, which no "
            "linker reads");
    E->S->fault.offset = E->part->offset + F->sec->offset + r->at;
    E->S->fault.field = ".eh_frame";
    return SYMRUN_UNKNOWN;
  }
  if (len < 4 || len > size - r->at - 4)
    return sr_elf_damage(E, F->sec->offset + r->at, ".eh_frame", len,
                         "the length of a record inside the section");
  r->end = r->at + 4 + len;
  back = sr_u32(F->bytes + r->at + 4, E->big);
  if (back > r->at + 4)
    return sr_elf_damage(E, F->sec->offset + r->at + 4, "CIE pointer", back,
                         "how far back a record inside the section is");
  r->cie = back == 0 ? r->at : r->at + 4 - back;
  while (F->next < F->count && F->list[F->next].offset < r->at) F->next++;
  r->first = F->next;
  while (F->next < F->count && F->list[F->next].offset < r->end) F->next++;
  r->last = F->next;
  return SYMRUN_OK;
}


/* Relocations as edges; how many they became. */
static int put (Frame *F, size_t first, size_t last, uint32_t *begin,
                uint32_t *count) {
  sr_Survive *V = F->V;
  *begin = (uint32_t)V->nedges;
  for (; first < last; first++) {
    int rc;
    if (F->list[first].edge == SR_NONE) continue;
    rc = sr_room(V->S, &V->edges, &V->redges, V->nedges, sizeof *V->edges);
    if (rc != SYMRUN_OK) return rc;
    if (V->nedges >= SR_NONE - 1) return sr_nomem(V->S);
    V->edges[V->nedges++] = F->list[first].edge;
  }
  *count = (uint32_t)V->nedges - *begin;
  return SYMRUN_OK;
}


/* Of what many functions share, lld keeps the first thing named, the routine
   that looks at exceptions, and mold all. */
static int put_cie (Frame *F, const Record *r) {
  size_t last = sr_is_lld(F->V) && r->last > r->first ? r->first + 1 : r->last;
  Cie *cie;
  int rc;
  if (r->last - r->first > SHARED)
    return sr_elf_damage(F->E, F->sec->offset + r->at, ".eh_frame",
                         r->last - r->first, "fewer relocations of what many "
                         "functions share");
  rc = sr_room(F->V->S, &F->cies, &F->rcies, F->ncies, sizeof *cie);
  if (rc != SYMRUN_OK) return rc;
  cie = &F->cies[F->ncies++];
  cie->at = r->at;
  rc = put(F, r->first, last, &cie->first, &cie->count);
  if (rc != SYMRUN_OK || F->V->linker == SR_BFD) return rc;
  return sr_survive_span(F->V, F->node, cie->first, cie->count, false);
}


static const Cie *cie_at (const Frame *F, uint64_t at) {
  size_t low = 0, high = F->ncies;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (F->cies[mid].at < at) low = mid + 1;
    else high = mid;
  }
  return low < F->ncies && F->cies[low].at == at ? &F->cies[low] : NULL;
}


static int put_fde (Frame *F, const Record *r) {
  sr_Survive *V = F->V;
  const Cie *cie = cie_at(F, r->cie);
  uint32_t function, first, count;
  int rc;
  if (cie == NULL)
    return sr_elf_damage(F->E, F->sec->offset + r->at + 4, "CIE pointer",
                         r->cie, "where a record begins that others share");
  if (r->first == r->last) return SYMRUN_OK;
  function = F->list[r->first].own;
  if (!sr_is_lld(V) && function == SR_NONE) return SYMRUN_OK;
  rc = put(F, sr_is_lld(V) ? r->first : r->first + 1, r->last, &first, &count);
  if (rc != SYMRUN_OK) return rc;
  if (sr_is_lld(V)) return sr_survive_span(V, F->node, first, count, true);
  rc = sr_survive_span(V, function, first, count, false);
  if (rc == SYMRUN_OK && V->linker == SR_BFD)
    rc = sr_survive_span(V, function, cie->first, cie->count, false);
  return rc;
}


int sr_survive_frames (sr_Survive *V, sr_Elf *E, const sr_ElfSection *sec,
                       uint32_t node, sr_FrameReloc *list, size_t count) {
  Frame F = {V, E, sec, NULL, node, list, count, 0, NULL, 0, 0};
  Record r = {0, 0, 0, 0, 0};
  int rc;
  F.bytes = sr_elf_bytes(E, SR_APART, sec);
  if (F.bytes == NULL) return E->S->code;
  sort(list, count);
  while ((rc = next_record(&F, &r)) == SYMRUN_OK) {
    rc = r.cie == r.at ? put_cie(&F, &r) : put_fde(&F, &r);
    if (rc != SYMRUN_OK) break;
  }
  sr_delete(V->S, F.cies, F.rcies * sizeof *F.cies);
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}
