/*
** edit_ranges.c
** Parts of an object that must not share bytes: a change to one would be a
** change to another.  No compiler makes them so, and nothing forbids it.
*/

#include <stdlib.h>

#include "edit_index.h"


int sr_edit_range (sr_EditRanges *R, const char *field, uint64_t offset,
                   uint64_t size) {
  int rc = SYMRUN_OK;
  if (size == 0) return SYMRUN_OK;
  rc = sr_room(R->S, &R->list, &R->room, R->count, sizeof *R->list);
  if (rc != SYMRUN_OK) return rc;
  R->list[R->count].field = field;
  R->list[R->count].offset = offset;
  R->list[R->count++].size = size;
  return SYMRUN_OK;
}


static int by_offset (const void *a, const void *b) {
  const struct sr_EditRange *x = (const struct sr_EditRange *)a;
  const struct sr_EditRange *y = (const struct sr_EditRange *)b;
  if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
  return x->size < y->size ? -1 : x->size > y->size;
}


static int check (const sr_EditRanges *R) {
  uint64_t end = 0;
  size_t i;
  for (i = 0; i < R->count; i++) {
    const struct sr_EditRange *r = &R->list[i];
    if (r->offset < end)
      return sr_damage(R->S, r->offset, r->field, "%s begins at %llu, and "
                       "should behind %s, which ends at %llu", r->field,
                       (unsigned long long)r->offset, R->list[i - 1].field,
                       (unsigned long long)end);
    end = r->offset + r->size;
  }
  return SYMRUN_OK;
}


int sr_edit_apart (sr_EditRanges *R, int rc) {
  if (rc == SYMRUN_OK && R->count > 0) {
    qsort(R->list, R->count, sizeof *R->list, by_offset);
    rc = check(R);
  }
  sr_delete(R->S, R->list, R->room * sizeof *R->list);
  return rc;
}
