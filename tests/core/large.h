/*
** large.h
** Bytes that a test puts together in pieces of a few.  Room is made seldom:
** whoever watches memory copies all of it each time, and a test of a second
** becomes one of minutes.
*/

#ifndef sr_large_h
#define sr_large_h

#include "check.h"

typedef struct Large { unsigned char *p; size_t size, room; } Large;


/* NULL: so many times 'n'. */
static inline void put (Large *b, const void *bytes, size_t n) {
  if (n > b->room - b->size) {
    b->room = 2 * (b->room + n);
    b->p = (unsigned char *)realloc(b->p, b->room);
    MUST(b->p != NULL);
  }
  if (bytes != NULL) memcpy(b->p + b->size, bytes, n);
  else memset(b->p + b->size, 'n', n);
  b->size += n;
}


/* The block ends where the bytes end. */
static inline void tighten (Large *b) {
  b->room = b->size;
  b->p = (unsigned char *)realloc(b->p, b->room);
  MUST(b->p != NULL);
}

#endif
