/*
** heap.c
** The tool's memory.  Whoever gives a block back says how large it is, so
** blocks need no header and no search: there is a list for each size.  What
** is large is in huge pages where the system has them, because a fault costs
** as much as reading a small file.  Nothing but large blocks goes back to the
** system before the process ends.
*/

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "tool.h"

#define STEP   ((size_t)16)           /* sizes up to FINE are so far apart; */
#define FINE   ((size_t)1024)         /* beyond, there are four a doubling */
#define LARGE  ((size_t)512 * 1024)   /* beyond, a mapping of its own */
#define SIZES  101
#define PAGE   ((size_t)4096)
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


/* Huge pages are aligned, and so the system aligns what is so many of them. */
static size_t rounded (size_t n) {
  size_t unit = n <= LARGE ? PAGE : HUGE_PAGE;
  return n > SIZE_MAX - unit ? 0 : (n + unit - 1) & ~(unit - 1);
}


static void *map (size_t n) {
  size_t size = rounded(n);
  void *p = size == 0 ? MAP_FAILED
          : mmap(NULL, size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#if defined(MADV_HUGEPAGE)
  if (p != MAP_FAILED && size >= HUGE_PAGE) madvise(p, size, MADV_HUGEPAGE);
#endif
  return p != MAP_FAILED ? p : NULL;
}


/* A short run needs the first chunk and touches few of its pages. */
static bool more (void) {
  size_t size = heap.end == NULL ? LARGE : 2 * HUGE_PAGE;
  void *p = map(size);
  if (p == NULL) return false;
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


/* Its pages go along, where the system can do that. */
static void *grow (void *ptr, size_t had, size_t n) {
  void *p;
#if defined(MREMAP_MAYMOVE)
  size_t size = rounded(n);
  if (size == rounded(had)) return ptr;
  p = size != 0 ? mremap(ptr, rounded(had), size, MREMAP_MAYMOVE) : MAP_FAILED;
  return p != MAP_FAILED ? p : NULL;
#else
  p = map(n);
  if (p == NULL) return NULL;
  memcpy(p, ptr, had < n ? had : n);
  munmap(ptr, rounded(had));
  return p;
#endif
}


static void give_back (void *ptr, size_t n) {
  if (n > LARGE) munmap(ptr, rounded(n));
  else put(ptr, n);
}


void *sr_tool_alloc (void *ud, void *ptr, size_t osize, size_t nsize) {
  size_t had, has;
  void *p;
  (void)ud;
  if (ptr == NULL)
    return nsize == 0 ? NULL : nsize > LARGE ? map(nsize) : get(nsize);
  if (nsize == 0) { give_back(ptr, osize); return NULL; }
  if (osize > LARGE && nsize > LARGE) {
    p = grow(ptr, osize, nsize);
    return p == NULL && nsize < osize ? ptr : p;  /* to shrink never fails */
  }
  if (osize <= LARGE && nsize <= LARGE
      && list_of(osize, &had) == list_of(nsize, &has)) return ptr;
  p = nsize > LARGE ? map(nsize) : get(nsize);
  if (p == NULL) return nsize < osize ? ptr : NULL;
  memcpy(p, ptr, osize < nsize ? osize : nsize);
  give_back(ptr, osize);
  return p;
}
