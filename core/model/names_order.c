/*
** names_order.c
** Sets in order: places by the numbers of their names, in which sets are
** compared, and names by their bytes, in which people read them.
*/

#include <stdlib.h>

#include "names.h"


/* -- places --------------------------------------------------------------- */

int sr_place_order (const sr_Place *x, const sr_Place *y) {
  if (x->name != y->name) return x->name < y->name ? -1 : 1;
  if (x->file != y->file) return x->file < y->file ? -1 : 1;
  if (x->member != y->member) return x->member < y->member ? -1 : 1;
  return 0;
}


static int by_place (const void *a, const void *b) {
  return sr_place_order((const sr_Place *)a, (const sr_Place *)b);
}


#define DIGIT  11   /* bits that are sorted by at a time */
#define FEW   256  /* places for which counting digits does not pay */

/* Sort by one digit of one field, keeping the order of those that agree. */
static void by_digit (const sr_Place *from, sr_Place *to, size_t n,
                      size_t field, unsigned shift) {
  const unsigned mask = (1u << DIGIT) - 1;
  const unsigned char *key = (const unsigned char *)from + field;
  uint32_t v;
  size_t at[1 << DIGIT] = {0}, i, sum = 0;
  for (i = 0; i < n; i++) {
    memcpy(&v, key + i * sizeof *from, sizeof v);
    at[v >> shift & mask]++;
  }
  for (i = 0; i <= mask; i++) {
    size_t count = at[i];
    at[i] = sum;
    sum += count;
  }
  for (i = 0; i < n; i++) {
    memcpy(&v, key + i * sizeof *from, sizeof v);
    to[at[v >> shift & mask]++] = from[i];
  }
}


/* Places come member by member, so mostly only names are to be sorted by, and
   of these only the digits that differ. */
static int sort_many (symrun *S, sr_Places *P, bool by_member) {
  static const size_t fields[3] = {offsetof(sr_Place, member),
    offsetof(sr_Place, file), offsetof(sr_Place, name)};
  uint32_t differ[3] = {0, 0, 0};
  sr_Place *from = P->at, *to;
  size_t i, k, size = P->room * sizeof *to;
  unsigned shift;
  to = (sr_Place *)sr_resize(S, NULL, 0, size);
  if (to == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < P->count; i++) {
    differ[0] |= P->at[i].member ^ P->at[0].member;
    differ[1] |= P->at[i].file ^ P->at[0].file;
    differ[2] |= P->at[i].name ^ P->at[0].name;
  }
  for (k = by_member ? 2 : 0; k < 3; k++)
    for (shift = 0; shift < 32; shift += DIGIT) {
      sr_Place *other = to;
      if ((differ[k] >> shift & ((1u << DIGIT) - 1)) == 0) continue;
      by_digit(from, to, P->count, fields[k], shift);
      to = from;
      from = other;
    }
  P->at = from;
  sr_delete(S, to, size);
  return SYMRUN_OK;
}


int sr_places_sort (symrun *S, sr_Places *P) {
  bool sorted = true, by_member = true;
  size_t i, n = 0;
  int rc = SYMRUN_OK;
  for (i = 1; i < P->count && by_member; i++) {
    const sr_Place *x = &P->at[i - 1], *y = &P->at[i];
    if (sr_place_order(x, y) > 0) sorted = false;
    by_member = x->file < y->file
             || (x->file == y->file && x->member <= y->member);
  }
  for (; i < P->count && sorted; i++)
    sorted = sr_place_order(&P->at[i - 1], &P->at[i]) <= 0;
  if (!sorted && P->count >= FEW) rc = sort_many(S, P, by_member);
  else if (!sorted) qsort(P->at, P->count, sizeof *P->at, by_place);
  for (i = 0; i < P->count; i++)
    if (n == 0 || sr_place_order(&P->at[n - 1], &P->at[i]) != 0)
      P->at[n++] = P->at[i];
  P->count = n;
  return rc;
}


size_t sr_places_names (const sr_Places *P) {
  size_t i, n = 0;
  for (i = 0; i < P->count; i++)
    if (i == 0 || P->at[i].name != P->at[i - 1].name) n++;
  return n;
}


/* -- names ---------------------------------------------------------------- */

/* Names have long beginnings in common ("_ZN4llvm"), so they are sorted by
   eight bytes at a time, and what was found to be the same is not compared
   again.  Many names are dealt out by the first byte in which they differ; few
   are split around one of them (a multikey quicksort: Bentley and Sedgewick,
   1997). */
typedef struct Ordered {
  uint64_t key;        /* the eight bytes, as a number */
  const char *ptr;
  uint32_t len, at;
} Ordered;

#define SHORT  12  /* lists that are sorted by insertion */
#define LONG  256  /* and by dealing out */
#define SOON    8  /* names ahead that are fetched from memory */


static int compare (const char *a, size_t alen, const char *b, size_t blen) {
  int c = memcmp(a, b, alen < blen ? alen : blen);
  return c != 0 ? c : (alen > blen) - (alen < blen);
}


static int by_bytes (const void *a, const void *b) {
  const Ordered *x = (const Ordered *)a, *y = (const Ordered *)b;
  return compare(x->ptr, x->len, y->ptr, y->len);
}


static void set_keys (Ordered *list, size_t n, size_t depth) {
  for (; n > 0; n--, list++) {
    unsigned char bytes[8] = {0};
    size_t left = list->len - depth;
    if (n > SOON) SR_PREFETCH(list[SOON].ptr + depth);
    if (SR_LIKELY(left >= 8)) memcpy(bytes, list->ptr + depth, 8);
    else memcpy(bytes, list->ptr + depth, left);
    list->key = sr_u64(bytes, true);
  }
}


static void insert (Ordered *list, size_t n) {
  size_t i, k;
  for (i = 1; i < n; i++) {
    Ordered x = list[i];
    for (k = i; k > 0 && (x.key < list[k - 1].key || (x.key == list[k - 1].key
           && by_bytes(&x, &list[k - 1]) < 0)); k--) list[k] = list[k - 1];
    list[k] = x;
  }
}


static void swap (Ordered *x, Ordered *y) {
  Ordered z = *x;
  *x = *y;
  *y = z;
}


static uint64_t middle (uint64_t a, uint64_t b, uint64_t c) {
  if (a > b) { uint64_t t = a; a = b; b = t; }
  return c <= a ? a : c >= b ? b : c;
}


/* All have the same key.  Those that end in it come first: they are nine at
   most, for they differ in nothing but zeros.  Gives their number; the others
   get their next keys. */
static size_t go_deeper (Ordered *list, size_t n, size_t depth) {
  size_t i, ended = 0;
  for (i = 0; i < n; i++)
    if (list[i].len <= depth + 8) swap(&list[ended++], &list[i]);
  insert(list, ended);
  set_keys(list + ended, n - ended, depth + 8);
  return ended;
}


/* Names that agree in 'depth' bytes and end no earlier, with their keys.
   'limit' is how often a list may be split before another way is taken, for
   which no names are bad. */
static void sort_few (Ordered *list, size_t n, size_t depth, unsigned limit) {
  for (;;) {
    size_t less = 0, i = 0, more = n;
    uint64_t key;
    if (n <= SHORT) { insert(list, n); return; }
    if (limit == 0) { qsort(list, n, sizeof *list, by_bytes); return; }
    key = middle(list[0].key, list[n / 2].key, list[n - 1].key);
    while (i < more) {
      if (list[i].key < key) swap(&list[less++], &list[i++]);
      else if (list[i].key > key) swap(&list[--more], &list[i]);
      else i++;
    }
    sort_few(list, less, depth, limit - 1);
    sort_few(list + more, n - more, depth, limit - 1);
    list += less;
    n = more - less;
    i = go_deeper(list, n, depth);
    list += i;
    n -= i;
    depth += 8;
  }
}


/* Deal out by the byte at 'shift' of the keys: ends[b] is behind those that
   have b. */
static void deal (Ordered *list, Ordered *other, size_t n, unsigned shift,
                  size_t ends[256]) {
  size_t i, sum = 0;
  memset(ends, 0, 256 * sizeof *ends);
  for (i = 0; i < n; i++) ends[list[i].key >> shift & 255]++;
  for (i = 0; i < 256; i++) {
    size_t count = ends[i];
    ends[i] = sum;
    sum += count;
  }
  for (i = 0; i < n; i++) other[ends[list[i].key >> shift & 255]++] = list[i];
  memcpy(list, other, n * sizeof *list);
}


/* The same as sort_few; 'other' has room for as many.  The largest part is
   not sorted by a call of itself, so that calls are no deeper than a number
   has bits. */
static void sort_names (Ordered *list, Ordered *other, size_t n,
                        size_t depth) {
  while (n >= LONG) {
    size_t ends[256], i, first = 0, largest = 0, many = 0;
    uint64_t differ = 0;
    for (i = 1; i < n; i++) differ |= list[i].key ^ list[0].key;
    if (differ == 0) {
      i = go_deeper(list, n, depth);
      list += i;
      n -= i;
      depth += 8;
      continue;
    }
    deal(list, other, n, (63u - (unsigned)__builtin_clzll(differ)) & 56, ends);
    for (i = 0; i < 256; first = ends[i++]) {
      if (ends[i] - first <= many) continue;
      many = ends[i] - first;
      largest = i;
    }
    for (i = 0, first = 0; i < 256; first = ends[i++])
      if (i != largest) sort_names(list + first, other, ends[i] - first, depth);
    list += ends[largest] - many;
    n = many;
  }
  sort_few(list, n, depth, 32);
}


/* Names of one place after the other. */
static size_t list_names (const sr_Names *N, Ordered *list) {
  const sr_Name *names = N->S->model->names.names;
  const sr_Places *P = &N->sure;
  size_t i, n = 0;
  for (i = 0; i < P->count; i++) {
    if (i > 0 && P->at[i].name == P->at[i - 1].name) continue;
    list[n].ptr = names[P->at[i].name].ptr;
    list[n].len = names[P->at[i].name].len;
    list[n++].at = (uint32_t)i;
  }
  return n;
}


/* What was made in order is found in order: one look is cheaper than sorting.
   Fills in as many of 'order' as are; true: all. */
static bool in_order (const sr_Names *N, uint32_t *order) {
  const sr_Name *names = N->S->model->names.names, *last = NULL;
  const sr_Places *P = &N->sure;
  size_t i, n = 0;
  for (i = 0; i < P->count; i++) {
    const sr_Name *name = &names[P->at[i].name];
    if (name == last) continue;
    if (last != NULL && compare(last->ptr, last->len, name->ptr, name->len) > 0)
      return false;
    order[n++] = (uint32_t)i;
    last = name;
  }
  return true;
}


int sr_names_order (sr_Names *N) {
  symrun *S = N->S;
  size_t i, n, room = sr_places_names(&N->sure) + 1;
  size_t size = 2 * room * sizeof(Ordered);
  uint32_t *order;
  Ordered *list;
  if (N->order != NULL) return SYMRUN_OK;
  order = (uint32_t *)sr_resize(S, NULL, 0, room * sizeof *order);
  if (order == NULL) return SYMRUN_NOMEM;
  if (!in_order(N, order)) {
    list = (Ordered *)sr_resize(S, NULL, 0, size);
    if (list == NULL) {
      sr_delete(S, order, room * sizeof *order);
      return SYMRUN_NOMEM;
    }
    n = list_names(N, list);
    set_keys(list, n, 0);
    sort_names(list, list + n, n, 0);
    for (i = 0; i < n; i++) order[i] = list[i].at;
    sr_delete(S, list, size);
  }
  N->order = order;
  N->rorder = room;
  return SYMRUN_OK;
}
