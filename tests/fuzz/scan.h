/*
** scan.h
** What is done with every input, made up or mutated: all views are read, as
** symrun nm reads them and as rules do.  Memory is counted, because an input
** of a kilobyte that makes a reader ask for a gigabyte is a failure too.
*/

#ifndef scan_h
#define scan_h

#include <stdlib.h>

#include "model/model.h"

typedef struct Sum {
  uint64_t symbols, gaps, members;
  uint64_t print;        /* of all names, letters and sizes, in order */
  size_t now, most;      /* bytes of memory */
} Sum;


static void *counted (void *ud, void *ptr, size_t osize, size_t nsize) {
  Sum *sum = (Sum *)ud;
  void *p = NULL;
  if (nsize == 0) free(ptr);
  else if ((p = realloc(ptr, nsize)) == NULL) return NULL;
  sum->now += nsize - osize;
  if (sum->now > sum->most) sum->most = sum->now;
  return p;
}


static int sum_up (void *ud, const sr_Symbol *sym) {
  Sum *sum = (Sum *)ud;
  size_t i;
  uint64_t h = sum->print;
  for (i = 0; i < sym->len; i++)
    h = (h ^ (unsigned char)sym->name[i]) * 0x100000001b3;
  for (i = 0; i < sym->version.len; i++)
    h = (h ^ (unsigned char)sym->version.ptr[i]) * 0x100000001b3;
  h = (h ^ sym->size ^ (uint64_t)sym->letter << 32) * 0x100000001b3;
  sum->print = h;
  sum->symbols++;
  return SYMRUN_OK;
}


/* Read one file in every way; a code, which only memory may make negative. */
static int scan_file (symrun *S, sr_File *F, Sum *sum) {
  static const char pattern[] = "*a*";
  static const sr_Str text = {pattern, sizeof pattern - 1};
  const sr_Glob *glob;
  int way, rc = sr_glob_get(S, text, SR_GLOB_NAME, &glob);
  for (way = 0; way < 4 && rc == SYMRUN_OK; way++) {
    sr_Scan scan;
    memset(&scan, 0, sizeof scan);
    scan.only = SR_NONE;
    scan.ask.view = way == 2 ? SR_DYNAMIC : way == 3 ? SR_INDEX : SR_NATIVE;
    scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED;
    scan.ask.letters = scan.ask.versions = way != 1;
    if (way != 1) scan.ask.want |= SR_WANT_LOCAL;
    else scan.ask.glob = glob;
    scan.ask.each = sum_up;
    scan.ask.ud = sum;
    rc = sr_file_scan(F, &scan);
  }
  sum->gaps += F->ngaps;
  sum->members += F->count;
  return rc;
}


/* The same for bytes in memory.  Gives what was read. */
static Sum scan_bytes (const unsigned char *bytes, size_t size) {
  static const sr_Str name = {"input", 5};
  Sum sum;
  sr_Str all = {(const char *)bytes, size};
  symrun *S;
  sr_File *F;
  memset(&sum, 0, sizeof sum);
  S = symrun_new(counted, &sum);
  if (S == NULL || sr_file_wrap(S, name, all, &F) != SYMRUN_OK
      || scan_file(S, F, &sum) < 0) abort();
  symrun_close(S);
  if (sum.now != 0 || sum.most > 16 * size + ((size_t)1 << 20)) abort();
  return sum;
}

#endif
