/*
** check.h
** What the tests in C share: one macro, one count, one random sequence.  A
** test goes on after a failure, so that one run shows all that is wrong; but
** only the first thirty are printed.
*/

#ifndef sr_check_h
#define sr_check_h

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long checks, failures;

#define CHECK(condition, ...) \
  do { \
    checks++; \
    if (!(condition) && failures++ < 30) { \
      fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
      fprintf(stderr, __VA_ARGS__); \
      fputc('\n', stderr); \
    } \
  } while (0)

/* For what a test cannot go on without. */
#define MUST(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1); \
    } \
  } while (0)

/* A test that checked less than it was written to check is no test. */
static inline int finish (unsigned long least) {
  CHECK(checks >= least, "only %lu checks were made", checks);
  if (failures > 0)
    fprintf(stderr, "%lu of %lu checks failed\n", failures, checks);
  return failures > 0;
}

static uint64_t seed = 0x9e3779b97f4a7c15u;

/* xorshift64*: the same sequence in every run. */
static inline uint32_t chance (uint32_t below) {
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  return (uint32_t)((seed * 0x2545f4914f6cdd1du) >> 33) % below;
}

#endif
