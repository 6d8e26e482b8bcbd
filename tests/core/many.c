/*
** many.c
** What is done another way when there is much of it: names that are numbered
** together, places that are sorted by digits, names that are sorted by eight
** bytes at a time.  Each against the plain way, on names that are made to be
** hard: long beginnings in common, zeros inside, one the beginning of another.
*/

#include "model/model.h"
#include "check.h"

enum { NAMES = 6000, PLACES = 20000, LONGEST = 300 };

static symrun *S;
static char texts[NAMES][LONGEST];
static size_t lens[NAMES];


/* Few letters, zero among them, and beginnings of other names. */
static void make_names (void) {
  size_t i, k;
  for (i = 0; i < NAMES; i++) {
    size_t len = 0, more = chance(4) == 0 ? chance(LONGEST / 2) : chance(12);
    if (i > 0 && chance(3) > 0) {
      size_t like = chance((uint32_t)i);
      len = chance((uint32_t)lens[like] + 1);
      if (len > LONGEST / 2) len = LONGEST / 2;
      memcpy(texts[i], texts[like], len);
    }
    for (k = 0; k < more; k++) texts[i][len++] = "\0aab"[chance(4)];
    lens[i] = len;
  }
}


/* The same numbers as one by one, in any mixture of new and old names. */
static void number (uint32_t *ids) {
  sr_Interned many, one;
  static sr_Taken looks[NAMES];
  size_t i, n, at = 0;
  memset(&many, 0, sizeof many);
  memset(&one, 0, sizeof one);
  while (at < NAMES) {
    n = chance(200);
    if (n > NAMES - at) n = NAMES - at;
    for (i = 0; i < n; i++) {
      looks[i].name = texts[at + i];
      looks[i].len = (uint32_t)lens[at + i];
      looks[i].hash = sr_name_hash(texts[at + i], lens[at + i]);
    }
    MUST(sr_intern_many(S, &many, looks, n) == SYMRUN_OK);
    for (i = 0; i < n; i++) {
      uint32_t id = sr_intern(S, &one, texts[at + i], lens[at + i]);
      CHECK(looks[i].id == id, "name %zu: %u, not %u", at + i, looks[i].id, id);
    }
    at += n;
  }
  CHECK(many.count == one.count && many.count > NAMES / 4
        && many.count < NAMES, "%zu and %zu names", many.count, one.count);
  for (i = 0; i < NAMES; i++) {
    ids[i] = sr_intern(S, &S->model->names, texts[i], lens[i]);
    CHECK(sr_interned(&many, texts[i], lens[i])
          == sr_interned(&one, texts[i], lens[i]), "name %zu", i);
  }
  sr_intern_free(S, &many);
  sr_intern_free(S, &one);
}


static int by_bytes (sr_Str a, sr_Str b) {
  int c = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
  return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}


/* Each place that was put is there, once, in order; so are the names. */
static void check_set (sr_Names *N, const sr_Place *put, size_t count) {
  const sr_Places *P = &N->sure;
  size_t i, unique = 0;
  MUST(sr_names_done(N) == SYMRUN_OK);
  for (i = 0; i < P->count; i++) {
    if (i == 0 || P->at[i].name != P->at[i - 1].name) unique++;
    if (i > 0) CHECK(sr_place_order(&P->at[i - 1], &P->at[i]) < 0, "%zu", i);
  }
  for (i = 0; i < count; i++) {
    size_t k = sr_names_first(N, put[i].name);
    while (k < P->count && sr_place_order(&P->at[k], &put[i]) < 0) k++;
    CHECK(k < P->count && sr_place_order(&P->at[k], &put[i]) == 0,
          "place %zu is lost", i);
  }
  CHECK(N->unique == unique, "%zu names, not %zu", N->unique, unique);
  MUST(sr_names_order(N) == SYMRUN_OK);
  for (i = 1; i < unique; i++) {
    uint32_t a = P->at[N->order[i - 1]].name, b = P->at[N->order[i]].name;
    CHECK(by_bytes(sr_name_text(S, a), sr_name_text(S, b)) < 0, "name %zu", i);
  }
}


/* 'how': member by member, each name once, or in no order at all. */
static void sort (const uint32_t *ids, size_t count, int how) {
  static sr_Place put[PLACES];
  sr_Names *N;
  size_t i;
  MUST(sr_names_new(S, &N) == SYMRUN_OK);
  for (i = 0; i < count; i++) {
    put[i].name = ids[how == 1 ? i % NAMES : chance(NAMES)];
    put[i].file = how == 2 ? chance(3000) : (uint32_t)i / 1000;
    put[i].member = how == 2 ? chance(100000) - 50000 : (uint32_t)i % 1000 / 7;
    MUST(sr_names_place(N, &put[i]) == SYMRUN_OK);
  }
  check_set(N, put, count);
  sr_names_free(N);
}


int main (void) {
  static uint32_t ids[NAMES];
  int round, how;
  S = symrun_new(NULL, NULL);
  MUST(S != NULL);
  make_names();
  number(ids);
  for (round = 0; round < 30; round++)
    for (how = 0; how < 3; how++) {
      sort(ids, chance(600), how);
      sort(ids, chance(PLACES), how);
    }
  symrun_close(S);
  return finish(1000000);
}
