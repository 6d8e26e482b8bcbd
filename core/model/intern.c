/*
** intern.c
** Every name once, as a number.  A slot holds half of the hash beside the
** number, so a name that is not there is nearly always refused without
** looking at any other name, and the table grows without reading a byte.
** With a million names each look waits for memory three times, so whoever has
** many asks for all of them before the first is waited for.
*/

#include "../ground/hash.h"
#include "model.h"

#define FIRST  1024
#define SOON  131072  /* slots; up to there the table grows fast */


uint32_t sr_name_hash (const char *s, size_t len) {
  uint64_t h = XXH3_64bits(s, len);
  return (uint32_t)(h ^ (h >> 32));
}


static int grow (symrun *S, sr_Interned *I) {
  size_t size = I->size == 0 ? FIRST : I->size < SOON ? I->size * 4
                                                      : I->size * 2, i;
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


/* Three quarters full is full. */
static int room_for (symrun *S, sr_Interned *I, size_t more) {
  int rc = SYMRUN_OK;
  while (rc == SYMRUN_OK && I->count + more > I->size / 4 * 3)
    rc = grow(S, I);
  return rc;
}


/* From slot 'k' on, the first that is free or may hold such a name. */
static inline size_t candidate (const sr_Interned *I, size_t k,
                                uint32_t hash) {
  while (I->slots[k] != 0 && I->slots[k] >> 32 != hash)
    k = (k + 1) & (I->size - 1);
  return k;
}


static inline const sr_Name *name_in (const sr_Interned *I, size_t k) {
  return &I->names[(uint32_t)I->slots[k] - 1];
}


/* The slot of a name, or the free one where it belongs; none before 'k' is
   either. */
static inline size_t slot_of (const sr_Interned *I, size_t k, const char *s,
                              size_t len, uint32_t hash) {
  for (;; k = (k + 1) & (I->size - 1)) {
    const sr_Name *n;
    k = candidate(I, k, hash);
    if (I->slots[k] == 0) return k;
    n = name_in(I, k);
    if (n->len == len && memcmp(n->ptr, s, len) == 0) return k;
  }
}


uint32_t sr_interned (const sr_Interned *I, const char *s, size_t len) {
  uint32_t hash;
  size_t k;
  if (I->size == 0) return SR_NONE;
  hash = sr_name_hash(s, len);
  k = slot_of(I, hash & (I->size - 1), s, len, hash);
  return I->slots[k] != 0 ? (uint32_t)I->slots[k] - 1 : SR_NONE;
}


/* Put a name that is not there into the free slot 'k'. */
static int add (symrun *S, sr_Interned *I, size_t k, const sr_Taken *t) {
  sr_Name *n;
  if (I->count >= SR_NONE - 1
      || sr_room(S, &I->names, &I->room, I->count, sizeof *n) != SYMRUN_OK)
    return sr_nomem(S);
  n = &I->names[I->count];
  n->ptr = sr_arena_copy(S, &I->bytes, t->name, t->len);
  if (n->ptr == NULL) return SYMRUN_NOMEM;
  n->len = t->len;
  n->hash = t->hash;
  I->slots[k] = (uint64_t)t->hash << 32 | (uint64_t)++I->count;
  return SYMRUN_OK;
}


/* 'k' is where to begin. */
static inline int intern (symrun *S, sr_Interned *I, size_t k,
                          sr_Taken *t) {
  int rc = SYMRUN_OK;
  k = slot_of(I, k, t->name, t->len, t->hash);
  if (I->slots[k] == 0) rc = add(S, I, k, t);
  t->id = (uint32_t)I->slots[k] - 1;
  return rc;
}


uint32_t sr_intern (symrun *S, sr_Interned *I, const char *s, size_t len) {
  sr_Taken t;
  if (len >= SR_NONE) { sr_nomem(S); return SR_NONE; }
  t.name = s;
  t.len = (uint32_t)len;
  t.hash = sr_name_hash(s, len);
  if (room_for(S, I, 1) != SYMRUN_OK
      || intern(S, I, t.hash & (I->size - 1), &t) != SYMRUN_OK)
    return SR_NONE;
  return t.id;
}


/* Each loop waits for what the one before it has asked for.  A name that is
   added meanwhile only takes a slot that was free: nobody has to go back. */
static int intern_group (symrun *S, sr_Interned *I, sr_Taken *list,
                         size_t n) {
  size_t at[SR_MANY], mask, i;
  int rc = room_for(S, I, n);
  if (rc != SYMRUN_OK) return rc;
  mask = I->size - 1;
  for (i = 0; i < n; i++) SR_PREFETCH(&I->slots[list[i].hash & mask]);
  for (i = 0; i < n; i++) {
    at[i] = candidate(I, list[i].hash & mask, list[i].hash);
    if (I->slots[at[i]] != 0) SR_PREFETCH(name_in(I, at[i]));
  }
  for (i = 0; i < n; i++) {
    const sr_Name *name;
    if (I->slots[at[i]] == 0) continue;
    name = name_in(I, at[i]);
    SR_PREFETCH(name->ptr);
    SR_PREFETCH(name->ptr + (name->len < 64 ? name->len : 64));
  }
  for (i = 0; i < n && rc == SYMRUN_OK; i++)
    rc = intern(S, I, at[i], &list[i]);
  return rc;
}


int sr_intern_many (symrun *S, sr_Interned *I, sr_Taken *list, size_t n) {
  int rc = SYMRUN_OK;
  for (; n > SR_MANY && rc == SYMRUN_OK; list += SR_MANY, n -= SR_MANY)
    rc = intern_group(S, I, list, SR_MANY);
  return rc == SYMRUN_OK ? intern_group(S, I, list, n) : rc;
}


void sr_intern_free (symrun *S, sr_Interned *I) {
  sr_arena_free(S, &I->bytes);
  sr_delete(S, I->names, I->room * sizeof *I->names);
  sr_delete(S, I->slots, I->size * sizeof *I->slots);
  memset(I, 0, sizeof *I);
}
