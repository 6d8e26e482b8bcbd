/*
** blocks.c
** The tool's allocator against a table of what was asked of it: every block
** keeps its bytes, shares none, and is aligned as malloc's are.  The sizes are
** those at which it changes its way, and random ones.
*/

#include "heap.c"
#include "check.h"

#define BLOCKS  400

static const size_t edges[] = {
  1, 15, 16, 17, 1023, 1024, 1025, 1279, 1280, 1281, 2047, 2048, 2049, 65536,
  65537, LARGE - 1, LARGE, LARGE + 1, LARGE * 2, HUGE_PAGE, HUGE_PAGE + 1,
};

static struct { unsigned char *p; size_t size; unsigned char with; }
  blocks[BLOCKS];


static size_t some_size (void) {
  switch (chance(8)) {
    case 0: return edges[chance(sizeof edges / sizeof *edges)];
    case 1: return 1 + chance(200000);
    default: return 1 + chance(3000);
  }
}


static bool whole (size_t i, size_t size) {
  size_t k;
  for (k = 0; k < size; k++)
    if (blocks[i].p[k] != blocks[i].with) return false;
  return true;
}


/* Every list is for sizes that the one before it is too small for. */
static void lists (void) {
  size_t n, size, last = 1, before = 0;
  for (n = 1; n <= LARGE; n++) {
    size_t i = list_of(n, &size);
    CHECK(i < SIZES && size >= n && size % STEP == 0, "%zu: list %zu of %zu",
          n, i, size);
    CHECK(i == last || (i == last + 1 && n == before + 1),
          "%zu: list %zu after %zu", n, i, last);
    CHECK(size - n < STEP || size - n < n / 4 + STEP, "%zu in %zu", n, size);
    last = i;
    before = size;
  }
  CHECK(last == SIZES - 1, "the last list is %zu", last);
}


static void blocks_keep (void) {
  unsigned turn;
  for (turn = 0; turn < 60000; turn++) {
    size_t i = chance(BLOCKS), old = blocks[i].size;
    size_t size = chance(3) == 0 ? 0 : some_size();
    size_t kept = old < size ? old : size;
    unsigned char *p;
    if (turn % 64 == 0) CHECK(whole(i, old), "block %zu of %zu", i, old);
    /* a new block: the old size may be anything, which Lua makes use of */
    p = (unsigned char *)sr_tool_alloc(NULL, blocks[i].p,
                                       blocks[i].p != NULL ? old : chance(9),
                                       size);
    CHECK((p == NULL) == (size == 0), "%zu bytes", size);
    CHECK((uintptr_t)p % 16 == 0, "%p", (void *)p);
    blocks[i].p = p;
    CHECK(whole(i, kept), "%zu to %zu", old, size);
    blocks[i].size = size;
    blocks[i].with = (unsigned char)turn;
    if (p != NULL) memset(p, blocks[i].with, size);
  }
  for (turn = 0; turn < BLOCKS; turn++) {
    CHECK(whole(turn, blocks[turn].size), "block %u", turn);
    sr_tool_alloc(NULL, blocks[turn].p, blocks[turn].size, 0);
  }
}


/* What was given back is given again, so a loop needs no more than one. */
static void again (void) {
  void *p = sr_tool_alloc(NULL, NULL, 0, 40);
  void *q;
  sr_tool_alloc(NULL, p, 40, 0);
  q = sr_tool_alloc(NULL, NULL, 0, 48);
  CHECK(p == q, "another block");
  q = sr_tool_alloc(NULL, q, 48, 33);
  CHECK(p == q, "moved for nothing");
  sr_tool_alloc(NULL, q, 33, 0);
}


int main (void) {
  lists();
  blocks_keep();
  again();
  return finish(1500000);
}
