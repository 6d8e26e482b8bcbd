/*
** scan.h
** What is done with every input, made up or mutated: all views are read, as
** symrun nm reads them and as rules do, then members one by one, their bytes
** and where they begin.  Memory and time are counted, because an input of a
** kilobyte that makes a reader ask for a gigabyte, or for a minute, is a
** failure too.
*/

#ifndef scan_h
#define scan_h

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/model.h"

#define FEW  8  /* members that are also looked at one by one */

typedef struct Sum {
  uint64_t symbols, gaps, members;
  uint64_t print;        /* of all names, letters and sizes, in order */
  uint64_t given;        /* bytes of these names */
  size_t now, most;      /* bytes of memory */
} Sum;


static void *counted (void *ud, void *ptr, size_t osize, size_t nsize) {
  Sum *sum = (Sum *)ud;
  void *p = NULL;
  if (ptr == NULL) osize = 0;  /* a kind of object, from Lua */
  if (nsize == 0) free(ptr);
  else if ((p = realloc(ptr, nsize)) == NULL) return NULL;
  sum->now += nsize - osize;
  if (sum->now > sum->most) sum->most = sum->now;
  return p;
}


static void add (Sum *sum, uint64_t value) {
  sum->print = (sum->print ^ value) * 0x100000001b3;
}


/* An answer that another answer contradicts. */
static void must (bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "does not hold: %s\n", what);
  abort();
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
  sum->given += sym->len + sym->version.len;
  sum->symbols++;
  return SYMRUN_OK;
}


/* Ask one way; 0 is what symrun nm asks, and 'glob' what rules do. */
#define WAYS  7
static int scan_way (sr_File *F, Sum *sum, int way, const sr_Glob *glob,
                     uint32_t only) {
  static const sr_View_name views[WAYS] = {
    SR_NATIVE, SR_NATIVE, SR_DYNAMIC, SR_INDEX, SR_BITCODE_VIEW, SR_GCC_LTO,
    SR_NATIVE
  };
  sr_Scan scan;
  memset(&scan, 0, sizeof scan);
  scan.only = only;
  scan.ask.view = views[way];
  scan.ask.linker = way == 6;
  scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED;
  scan.ask.letters = scan.ask.versions = way != 1;
  if (way != 1) scan.ask.want |= SR_WANT_LOCAL;
  else scan.ask.glob = glob;
  scan.ask.each = sum_up;
  scan.ask.ud = sum;
  return sr_file_scan(F, &scan);
}


static int each_hit (void *ud, uint32_t member, const unsigned char *at,
                     size_t left, bool last) {
  Sum *sum = (Sum *)ud;
  (void)last;
  add(sum, left == 0 ? 0 : member + 1u + at[0]);
  return SYMRUN_OK;
}


/* What it says beside symbols. */
static int scan_facts (sr_File *F, Sum *sum, uint32_t i) {
  static const sr_Str name = {"a", 1}, section = {".text", 5};
  sr_Facts *facts;
  size_t k, n;
  int what, rc = SYMRUN_OK;
  for (what = 0; what < SR_FACTS && rc != SYMRUN_NOMEM; what++) {
    rc = sr_facts_ask(F, i, (sr_FactKind)what, what == SR_FACT_BYTES
                      ? section : name, &facts);
    must((rc == SYMRUN_OK) == (facts != NULL), "an answer is there or not");
    for (k = 0; rc == SYMRUN_OK && k < facts->count; k++) {
      for (n = 0; n < facts->list[k].text.len; n++)
        add(sum, (unsigned char)facts->list[k].text.ptr[n]);
      add(sum, facts->list[k].number);
    }
    sr_facts_free(facts);
  }
  return rc;
}


/* One member by itself: symbols, facts, bytes, text, and where it begins. */
static int scan_member (sr_File *F, Sum *sum, uint32_t i) {
  static const sr_Str text = {"a", 1};
  uint64_t digest[2] = {0, 0}, header = F->members[i].header;
  uint32_t found;
  int rc = scan_way(F, sum, 0, NULL, i);
  if (rc == SYMRUN_OK) rc = scan_facts(F, sum, i);
  if (rc != SYMRUN_NOMEM) rc = sr_file_digest(F, i, digest);
  add(sum, digest[0] ^ digest[1]);
  if (rc != SYMRUN_NOMEM) rc = sr_file_find(F, i, text, each_hit, sum);
  if (rc != SYMRUN_NOMEM) rc = sr_file_member_at(F, header, &found);
  if (rc != SYMRUN_OK) return rc == SYMRUN_NOMEM ? rc : SYMRUN_OK;
  must(found == i, "a member is where its header is");
  rc = sr_file_member_at(F, header + 1, &found);
  must(rc != SYMRUN_OK || found == SR_NONE, "and not a byte behind");
  return rc;
}


/* Some of the members, from the first to the last: in few, all of them, and
   these give what the whole file gave. */
static int scan_members (sr_File *F, Sum *sum, uint64_t native) {
  uint64_t before = sum->symbols;
  size_t n = F->count < FEW ? F->count : FEW, i;
  int rc = SYMRUN_OK;
  for (i = 0; i < n && rc == SYMRUN_OK; i++)
    rc = scan_member(F, sum, (uint32_t)(n == 1 ? 0 : i * (F->count - 1)
                                                     / (n - 1)));
  must(rc != SYMRUN_OK || F->count > FEW || sum->symbols - before == native,
       "members by themselves have the symbols of the whole file");
  return rc;
}


static int scan_file (symrun *S, sr_File *F, Sum *sum);

/* A universal file, or a stub, knows nothing but its slices. */
static int scan_slices (symrun *S, sr_File *F, Sum *sum) {
  size_t i;
  int rc = sr_file_slices(F);
  for (i = 0; i < F->nslices && rc == SYMRUN_OK; i++)
    rc = scan_file(S, F->slices[i], sum);
  if (rc == SYMRUN_OK) rc = sr_file_done(F);
  sum->gaps += F->ngaps;
  return rc;
}


/* Read one file in every way; a code, which only memory may make negative. */
static int scan_file (symrun *S, sr_File *F, Sum *sum) {
  static const char pattern[] = "*a*";
  static const sr_Str text = {pattern, sizeof pattern - 1};
  const sr_Glob *glob;
  uint64_t native = 0, before = sum->symbols;
  size_t i;
  int way, rc = sr_glob_get(S, text, SR_GLOB_NAME, &glob);
  if (rc == SYMRUN_OK) rc = sr_file_probe(F);
  if (rc == SYMRUN_OK && sr_file_is_sliced(F))
    return scan_slices(S, F, sum);
  for (way = 0; way < WAYS && rc == SYMRUN_OK; way++) {
    rc = scan_way(F, sum, way, glob, SR_NONE);
    if (way == 0) native = sum->symbols - before;
  }
  if (rc == SYMRUN_OK) rc = scan_members(F, sum, native);
  if (rc == SYMRUN_OK) rc = sr_file_done(F);
  must(!sr_file_is_archive(F) || F->role == SR_ROLE_NONE,
       "an archive is nothing that was linked");
  add(sum, (uint64_t)F->format << 8 | (uint64_t)F->role);
  for (i = 0; i < F->ngaps; i++)  /* facts that it has no word for are none */
    sum->gaps += F->gaps[i].view <= SR_TEXT || F->gaps[i].damage;
  sum->members += F->count;
  return rc;
}


static double seconds (void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}


/* Is it what the type in its header says? */
static bool role_fits (const unsigned char *p, const sr_File *F) {
  unsigned type;
  if (F->format != SR_ELF || F->vague) return true;
  type = sr_u16(p + 16, p[5] == 2);
  return type == 1 ? F->role == SR_ROLE_OBJECT
       : type == 2 ? F->role == SR_ROLE_EXECUTABLE
       : type == 3 ? F->role == SR_ROLE_LIBRARY || F->role == SR_ROLE_EXECUTABLE
       : F->role == SR_ROLE_NONE;
}


/* Half a microsecond for a byte: each may be looked at some hundred times,
   for names may be shared, but not once for each other. */
#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
#define SLOW  5  /* sanitizers, libFuzzer */
#else
#define SLOW  1
#endif

static void in_time (double took, size_t size, const Sum *sum) {
  double most = 0.25 + SLOW * (5e-7 * (double)size + 1e-8 * (double)sum->given);
  if (took > most)
    fprintf(stderr, "%zu bytes took %.2f seconds\n", size, took);
  must(took <= most, "time is for the input");
}


/* The same for bytes in memory.  Gives what was read. */
static inline Sum scan_bytes (const unsigned char *bytes, size_t size) {
  static const sr_Str name = {"input", 5};
  Sum sum;
  sr_Str all = {(const char *)bytes, size};
  double begin = seconds();
  symrun *S;
  sr_File *F;
  memset(&sum, 0, sizeof sum);
  S = symrun_new(counted, &sum);
  if (S == NULL || sr_file_wrap(S, name, all, &F) != SYMRUN_OK
      || scan_file(S, F, &sum) < 0) abort();
  must(role_fits(bytes, F), "its kind is that of its header");
  symrun_close(S);
  must(sum.now == 0, "all memory was given back");
  must(sum.most <= 16 * size + ((size_t)1 << 20), "memory is for the input");
  in_time(seconds() - begin, size, &sum);
  return sum;
}

#endif
