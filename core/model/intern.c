/*
** intern.c
** Every name once, as a number.  A slot holds half of the hash beside the
** number, so a name that is not there is nearly always refused without
** looking at any other name, and the table grows without reading a byte.
*/

#include "../ground/hash.h"
#include "model.h"

#define FIRST  1024


static uint32_t hash_of (const char *s, size_t len) {
  uint64_t h = XXH3_64bits(s, len);
  return (uint32_t)(h ^ (h >> 32));
}


static int grow (symrun *S, sr_Interned *I) {
  size_t size = I->size == 0 ? FIRST : I->size * 2, i;
  uint64_t *slots;
  if (size > SIZE_MAX / 16) return sr_nomem(S);
  slots = (uint64_t *)sr_new(S, size * sizeof *slots);
  if (slots == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < I->count; i++) {
    size_t k = I->names[i].hash & (size - 1);
    while (slots[k] != 0) k = (k + 1) & (size - 1);
    slots[k] = (uint64_t)I->names[i].hash << 32 | (uint64_t)(i + 1);
  }
  sr_delete(S, I->slots, I->size * sizeof *I->slots);
  I->slots = slots;
  I->size = size;
  return SYMRUN_OK;
}


/* The slot of a name, or the free one where it belongs. */
static size_t slot_of (const sr_Interned *I, const char *s, size_t len,
                       uint32_t hash) {
  size_t k = hash & (I->size - 1);
  for (; I->slots[k] != 0; k = (k + 1) & (I->size - 1)) {
    const sr_Name *n;
    if (I->slots[k] >> 32 != hash) continue;
    n = &I->names[(uint32_t)I->slots[k] - 1];
    if (n->len == len && memcmp(n->ptr, s, len) == 0) break;
  }
  return k;
}


uint32_t sr_interned (const sr_Interned *I, const char *s, size_t len) {
  size_t k;
  if (I->size == 0) return SR_NONE;
  k = slot_of(I, s, len, hash_of(s, len));
  return I->slots[k] != 0 ? (uint32_t)I->slots[k] - 1 : SR_NONE;
}


uint32_t sr_intern (symrun *S, sr_Interned *I, const char *s, size_t len) {
  uint32_t hash = hash_of(s, len);
  sr_Name *n;
  size_t k;
  if (I->count >= I->size / 4 * 3 && grow(S, I) != SYMRUN_OK) return SR_NONE;
  k = slot_of(I, s, len, hash);
  if (I->slots[k] != 0) return (uint32_t)I->slots[k] - 1;
  if (len >= SR_NONE || I->count >= SR_NONE - 1
      || sr_room(S, &I->names, &I->room, I->count, sizeof *n) != SYMRUN_OK) {
    sr_nomem(S);
    return SR_NONE;
  }
  n = &I->names[I->count];
  n->ptr = sr_arena_copy(S, &I->bytes, s, len);
  if (n->ptr == NULL) return SR_NONE;
  n->len = (uint32_t)len;
  n->hash = hash;
  I->slots[k] = (uint64_t)hash << 32 | (uint64_t)(I->count + 1);
  return (uint32_t)I->count++;
}


void sr_intern_free (symrun *S, sr_Interned *I) {
  sr_arena_free(S, &I->bytes);
  sr_delete(S, I->names, I->room * sizeof *I->names);
  sr_delete(S, I->slots, I->size * sizeof *I->slots);
  memset(I, 0, sizeof *I);
}
