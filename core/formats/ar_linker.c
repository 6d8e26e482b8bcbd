/*
** ar_linker.c
** The second index of archives of COFF objects ("second linker member"): the
** same names in order, with their members by number.  Microsoft's linker and
** lld read this one and GNU ld the first, so two that differ are two programs.
** A third one, for ARM64EC, has other names: those of x86-64 code and of code
** that is called as it is, while the first two are for plain ARM64.
**
** Layouts: PE/COFF specification, "Second Linker Member"; for the third one
** writeECSymbols in LLVM's ArchiveWriter.cpp.
*/

#include "../ground/hash.h"
#include "formats.h"

/* Names and members, in any order, as a number. */
typedef struct Sum { uint64_t sum, count; } Sum;

typedef struct Names { const char *s, *end; } Names;


static int bad (const sr_Archive *A, uint64_t at, const char *what) {
  return sr_damage(A->S, at, "archive index", "the archive's second index "
                   "contradicts itself: %s", what);
}


static bool add (Sum *sum, Names *names, uint64_t member) {
  const char *nul = (const char *)memchr(names->s, '\0',
                                         (size_t)(names->end - names->s));
  if (nul == NULL) return false;
  sum->sum += XXH3_64bits_withSeed(names->s, (size_t)(nul - names->s), member);
  sum->count++;
  names->s = nul + 1;
  return true;
}


/* Of the first, whose bytes were checked. */
static Sum sum_first (const unsigned char *p, size_t size) {
  uint32_t count = sr_u32(p, true), i;
  Names names;
  Sum sum = {0, 0};
  names.s = (const char *)p + 4 + (size_t)count * 4;
  names.end = (const char *)p + size;
  for (i = 0; i < count; i++)
    if (!add(&sum, &names, sr_u32(p + 4 + (size_t)i * 4, true))) break;
  return sum;
}


static int sum_second (const sr_Archive *A, const unsigned char *p,
                       uint64_t size, Sum *sum) {
  uint64_t at = A->second_at, members, count, i, need;
  const unsigned char *numbers;
  Names names;
  if (size < 8) return bad(A, at, "it has no room for its counts");
  members = sr_u32(p, false);
  if (members > (size - 8) / 4)
    return bad(A, at, "it has no room for as many members as it counts");
  count = sr_u32(p + 4 + members * 4, false);
  need = 8 + members * 4;
  if (count > (size - need) / 3)
    return bad(A, at, "it has no room for as many names as it counts");
  numbers = p + need;
  names.s = (const char *)numbers + count * 2;
  names.end = (const char *)p + size;
  for (i = 0; i < count; i++) {
    uint32_t k = sr_u16(numbers + i * 2, false);
    if (k == 0 || k > members)
      return bad(A, at, "it names a member that it does not count");
    if (!add(sum, &names, sr_u32(p + 4 + (k - 1) * 4, false)))
      return bad(A, at, "its names end before its count");
  }
  return SYMRUN_OK;
}


int sr_ar_agree (const sr_Archive *A, const unsigned char *first,
                 size_t size) {
  uint32_t count = size >= 4 ? sr_u32(first, true) : 0;
  const unsigned char *p;
  Sum one, two = {0, 0};
  int rc;
  if (A->second_size == 0) return SYMRUN_OK;
  if (size < 4 || count > (size - 4) / 5) return SYMRUN_OK;  /* told anyway */
  p = sr_look(A->S, A->reader, SR_MORE, A->second_at, (size_t)A->second_size,
              (size_t)A->second_size);
  if (p == NULL) return A->S->code;
  rc = sum_second(A, p, A->second_size, &two);
  if (rc != SYMRUN_OK) return rc;
  one = sum_first(first, size);
  if (one.sum == two.sum && one.count == two.count) return SYMRUN_OK;
  return sr_damage(A->S, A->second_at, "archive index", "the archive has two "
                   "indexes that differ (%llu names and %llu): some linkers "
                   "read the one, some the other",
                   (unsigned long long)one.count,
                   (unsigned long long)two.count);
}


/* -- ARM64EC --------------------------------------------------------------- */

static int bad_ec (const sr_Archive *A, const char *what) {
  return sr_damage(A->S, A->ec_at, "archive index", "the archive's index for "
                   "ARM64EC contradicts itself: %s", what);
}


/* Where members are, by the second index; they count from 1. */
static int find_members (const sr_Archive *A, const unsigned char **out,
                         uint32_t *count) {
  const unsigned char *p;
  if (A->second_size < 4)
    return bad_ec(A, "it counts members by the second index, and there is "
                  "none");
  p = sr_look(A->S, A->reader, SR_MORE, A->second_at, (size_t)A->second_size,
              (size_t)A->second_size);
  if (p == NULL) return A->S->code;
  *count = sr_u32(p, false);
  *out = p + 4;
  return *count <= (A->second_size - 4) / 4 ? SYMRUN_OK
       : bad(A, A->second_at, "it has no room for as many members as it "
             "counts");
}


int sr_ar_ec (const sr_Archive *A, sr_Indexed each, void *ud) {
  const unsigned char *members = NULL, *p;
  const char *s, *end;
  uint32_t nmembers = 0, count, i;
  int rc = find_members(A, &members, &nmembers);
  if (rc != SYMRUN_OK) return rc;
  if (A->ec_size < 4) return bad_ec(A, "it has no room for its count");
  p = sr_look(A->S, A->reader, SR_APART, A->ec_at, (size_t)A->ec_size,
              (size_t)A->ec_size);
  if (p == NULL) return A->S->code;
  count = sr_u32(p, false);
  if (count > (A->ec_size - 4) / 3)
    return bad_ec(A, "it has no room for as many names as it counts");
  end = (const char *)p + A->ec_size;
  s = (const char *)p + 4 + (size_t)count * 2;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    uint32_t k = sr_u16(p + 4 + (size_t)i * 2, false);
    const char *nul = (const char *)memchr(s, '\0', (size_t)(end - s));
    if (nul == NULL) return bad_ec(A, "its names end before its count");
    if (k == 0 || k > nmembers)
      return bad_ec(A, "it names a member that the second does not count");
    rc = each(ud, s, (size_t)(nul - s),
              sr_u32(members + (size_t)(k - 1) * 4, false));
    s = nul + 1;
  }
  return rc;
}
