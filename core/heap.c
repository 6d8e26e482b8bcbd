/*
** heap.c
** The tool's memory.  Whoever gives a block back says how large it is, so
** blocks need no header and no search: there is a list for each size.  What
** is large is in huge pages where the system has them, because a fault costs
** as much as reading a small file.  Nothing but large blocks goes back to the
** system before the process ends.
*/

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tool.h"

#define STEP   ((size_t)16)           /* sizes up to FINE are so far apart; */
#define FINE   ((size_t)1024)         /* beyond, there are four a doubling */
#define LARGE  ((size_t)512 * 1024)   /* from here on it is malloc's */
#define SIZES  101
#define HUGE_PAGE  ((size_t)2 * 1024 * 1024)

typedef struct Free { struct Free *next; } Free;

static struct {
  Free *lists[SIZES];
  char *at, *end;   /* of the chunk that new blocks are cut from */
} heap;


/* The list for blocks of 'n' bytes, 1 or more; the size that they get. */
static size_t list_of (size_t n, size_t *size) {
  size_t step, k;
  unsigned bits;
  if (n <= FINE) {
    k = (n + STEP - 1) / STEP;
    *size = k * STEP;
    return k;
  }
  bits = 63 - (unsigned)__builtin_clzll(n - 1);
  step = (size_t)1 << (bits - 2);
  k = (n - 1) / step - 3;  /* 1 to 4 */
  *size = (k + 4) * step;
  return FINE / STEP + (bits - 10) * 4 + k;
}


static void advise (char *p, size_t size) {
#if defined(MADV_HUGEPAGE)
  size_t skip = (size_t)(-(uintptr_t)p & 4095);
  if (size >= HUGE_PAGE) madvise(p + skip, size - skip, MADV_HUGEPAGE);
#else
  (void)p; (void)size;
#endif
}


/* A short run needs the first chunk and touches few of its pages. */
static bool more (void) {
  size_t size = heap.end == NULL ? LARGE : 2 * HUGE_PAGE;
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return false;
  advise((char *)p, size);
  heap.at = (char *)p;
  heap.end = heap.at + size;
  return true;
}


static void *get (size_t n) {
  size_t size, i = list_of(n, &size);
  Free *p = heap.lists[i];
  if (SR_LIKELY(p != NULL)) {
    heap.lists[i] = p->next;
    return p;
  }
  if ((size_t)(heap.end - heap.at) < size && !more()) return NULL;
  p = (Free *)(void *)heap.at;
  heap.at += size;
  return p;
}


static void put (void *ptr, size_t n) {
  size_t size, i = list_of(n, &size);
  Free *p = (Free *)ptr;
  p->next = heap.lists[i];
  heap.lists[i] = p;
}


static void *large (void *ptr, size_t n) {
  void *p = realloc(ptr, n);
  if (p != NULL) advise((char *)p, n);
  return p;
}


static void give_back (void *ptr, size_t n) {
  if (n > LARGE) free(ptr);
  else put(ptr, n);
}


void *sr_tool_alloc (void *ud, void *ptr, size_t osize, size_t nsize) {
  size_t had, has;
  void *p;
  (void)ud;
  if (ptr == NULL)
    return nsize == 0 ? NULL : nsize > LARGE ? large(NULL, nsize) : get(nsize);
  if (nsize == 0) { give_back(ptr, osize); return NULL; }
  if (osize > LARGE && nsize > LARGE) return large(ptr, nsize);
  if (osize <= LARGE && nsize <= LARGE
      && list_of(osize, &had) == list_of(nsize, &has)) return ptr;
  p = nsize > LARGE ? large(NULL, nsize) : get(nsize);
  if (p == NULL) return nsize < osize ? ptr : NULL;  /* to shrink never fails */
  memcpy(p, ptr, osize < nsize ? osize : nsize);
  give_back(ptr, osize);
  return p;
}
