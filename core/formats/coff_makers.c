/*
** coff_makers.c
** Who made a COFF object or a PE image.  Microsoft's compilers leave a number
** in the symbol "@comp.id", of a tool above and of its build below; their
** linker collects these behind the program for DOS, under a key, where nobody
** documents them.  Which tool a number is was never published, so it is told
** as it stands.  Names of compilers stand in debug information, and, where GNU
** tools made it, among the constants.
**
** Layouts: CodeView as in LLVM's CodeViewSymbols.def and CVRecord.h (S_COMPILE3
** and S_COMPILE2 of a ".debug$S"); ".ident" as in gas, config/obj-coff.c; the
** "Rich" header as D. Pistelli described it, "Microsoft's Rich Signature".
*/

#include <stdio.h>

#include "coff.h"
#include "facts.h"

enum { C13 = 4, SYMBOLS = 0xf1, S_COMPILE2 = 0x1116, S_COMPILE3 = 0x113c };

#define DANS  0x536e6144u
#define RICH  0x68636952u

typedef struct Makers {
  sr_Coff *C;
  const sr_FactAsk *ask;
  uint64_t read;  /* bytes of sections */
} Makers;


static int comp_id (const sr_FactAsk *ask, uint32_t value) {
  char text[48];
  if (value == 0) return SYMRUN_OK;  /* of those that do not say */
  snprintf(text, sizeof text, "comp.id 0x%04x build %u",
           (unsigned)(value >> 16), (unsigned)(value & 0xffff));
  return sr_fact_word(ask, "comp.id", text);
}


/* -- objects --------------------------------------------------------------- */

static int take_symbol (void *ud, const sr_Symbol *sym) {
  static const char name[] = "@comp.id";
  const Makers *K = (const Makers *)ud;
  if (sym->place != SR_ABSOLUTE || sym->len != sizeof name - 1
      || memcmp(sym->name, name, sym->len) != 0) return SYMRUN_OK;
  return comp_id(K->ask, (uint32_t)sym->value);
}


/* A name, and numbers of its version where that has none: "clang version
   14.0.6" has, and "Microsoft (R) Optimizing Compiler" has not. */
static int compiler (Makers *K, const unsigned char *p, uint64_t size,
                     uint64_t at, bool newer) {
  uint64_t fixed = newer ? 22 : 18;
  const char *s = (const char *)p + fixed;
  char text[320];
  size_t n, i;
  if (size < fixed
      || (n = strnlen(s, (size_t)(size - fixed))) == size - fixed)
    return sr_damage(K->C->S, K->C->part->offset + at, ".debug$S", "the name "
                     "of a compiler should end before its record does");
  for (i = 0; i < n; i++)
    if (s[i] >= '0' && s[i] <= '9')
      return sr_fact_text(K->ask, "compiler", s, n);
  i = (size_t)snprintf(text, sizeof text, "%.*s %u.%u.%u", n < 256 ? (int)n
                       : 256, s, (unsigned)sr_u16(p + 6, false),
                       (unsigned)sr_u16(p + 8, false),
                       (unsigned)sr_u16(p + 10, false));
  if (newer)
    snprintf(text + i, sizeof text - i, ".%u", (unsigned)sr_u16(p + 12, false));
  return n > 0 ? sr_fact_word(K->ask, "compiler", text) : SYMRUN_OK;
}


/* Records, of which each says how many bytes follow that number. */
static int records (Makers *K, const unsigned char *p, uint64_t size,
                    uint64_t at) {
  uint64_t done = 0;
  int rc = SYMRUN_OK;
  while (size - done >= 4 && rc == SYMRUN_OK) {
    uint64_t len = sr_u16(p + done, false);
    uint16_t kind = sr_u16(p + done + 2, false);
    if (len < 2 || len > size - done - 2)
      return sr_coff_damage(K->C, at + done, "record length", len, "2 or more, "
                            "and inside its part of .debug$S");
    if (kind == S_COMPILE3 || kind == S_COMPILE2)
      rc = compiler(K, p + done + 4, len - 2, at + done, kind == S_COMPILE3);
    done += len + 2;
  }
  return rc;
}


static int code_view (Makers *K, const unsigned char *p, uint64_t size,
                      uint64_t at) {
  uint64_t done = 4;
  int rc = SYMRUN_OK;
  if (size < 4) return SYMRUN_OK;
  if (sr_u32(p, false) != C13)
    return sr_fact_unknown(K->C->S, K->C->part->offset + at, ".debug$S", "has "
                           "debug information of a form that symrun does not "
                           "know, so which compiler it names cannot be told");
  while (size - done >= 8 && rc == SYMRUN_OK) {
    uint32_t kind = sr_u32(p + done, false);
    uint64_t len = sr_u32(p + done + 4, false);
    if (len > size - done - 8)
      return sr_coff_damage(K->C, at + done + 4, ".debug$S length", len,
                            "inside the section");
    if (kind == SYMBOLS) rc = records(K, p + done + 8, len, at + done + 8);
    done += 8 + len;
    done += (4 - done % 4) % 4;
    if (done > size) break;
  }
  return rc;
}


static int strings (Makers *K, const unsigned char *p, uint64_t size) {
  uint64_t done = 0;
  int rc = SYMRUN_OK;
  while (done < size && rc == SYMRUN_OK) {
    const char *s = (const char *)p + done;
    size_t n = strnlen(s, (size_t)(size - done));
    if (n > 0) rc = sr_fact_text(K->ask, "comment", s, n);
    done += n + 1;
  }
  return rc;
}


static bool is (const sr_Str *name, const char *what) {
  return name->len == strlen(what) && memcmp(name->ptr, what, name->len) == 0;
}


static int section (Makers *K, uint32_t i) {
  sr_Coff *C = K->C;
  const unsigned char *h = C->headers + (size_t)(i - 1) * COFF_HEADER, *p;
  uint32_t size = sr_u32(h + 16, false), at = sr_u32(h + 20, false);
  bool debug, comment, rmeta;
  sr_Str name;
  int rc = sr_coff_section_name(C, i, &name);
  if (rc != SYMRUN_OK) return rc;
  debug = is(&name, ".debug$S");
  comment = is(&name, ".rdata$zzz");
  rmeta = is(&name, ".rmeta");
  if (at == 0 || !(debug || comment || rmeta)) return SYMRUN_OK;
  K->read += size;
  if (K->read / 2 > C->part->size)
    return sr_damage(C->S, C->part->offset + at, "sections", "sections that "
                     "name compilers add up to %llu bytes up to here, more "
                     "than twice the file", (unsigned long long)K->read);
  p = sr_coff_look(C, SR_MORE, at, size, size);
  if (p == NULL) return C->S->code;
  return rmeta ? sr_rmeta_producer(C->S, C->part, at, size, K->ask)
       : debug ? code_view(K, p, size, at) : strings(K, p, size);
}


int sr_coff_makers (sr_Coff *C, sr_FactAsk *ask) {
  Makers K = {C, ask, 0};
  sr_Ask symbols;
  uint32_t i;
  int rc;
  memset(&symbols, 0, sizeof symbols);
  symbols.want = SR_WANT_DEFINED | SR_WANT_LOCAL;
  symbols.raw = true;
  symbols.each = take_symbol;
  symbols.ud = &K;
  rc = sr_coff_symbols(C, &symbols);
  if (rc == SYMRUN_OK) rc = sr_coff_open(C->S, C->part, C);
  if (rc == SYMRUN_OK) rc = sr_coff_headers(C);
  for (i = 1; i <= C->nsections && rc == SYMRUN_OK; i++) rc = section(&K, i);
  return rc;
}


/* -- images ---------------------------------------------------------------- */

static uint32_t turned (uint32_t value, unsigned n) {
  n &= 31;
  return n == 0 ? value : value << n | value >> (32 - n);
}


/* What the key should be: of the program for DOS, without the place of the
   header that follows it, and of all numbers. */
static uint32_t key_of (const unsigned char *p, uint32_t begin, uint32_t end,
                        uint32_t key) {
  uint32_t sum = begin, i;
  for (i = 0; i < begin; i++)
    if (i < 60 || i > 63) sum += turned(p[i], i);
  for (i = begin + 16; i < end; i += 8)
    sum += turned(sr_u32(p + i, false) ^ key, sr_u32(p + i + 4, false) ^ key);
  return sum;
}


/* Four words from its begin, which is found from its end, for all of it is
   under the key. */
int sr_pe_makers (sr_Pe *P, sr_FactAsk *ask) {
  sr_Coff *C = &P->coff;
  const unsigned char *p = sr_coff_look(C, SR_PASSING, 0, 64, 64);
  uint32_t header, end = 64, begin, key, i;
  int rc = SYMRUN_OK;
  if (p == NULL) return C->S->code;
  header = sr_u32(p + 60, false);
  p = header < 64 ? NULL : sr_coff_look(C, SR_PASSING, 0, header, header);
  if (header < 64) return SYMRUN_OK;
  if (p == NULL) return C->S->code;
  while (header - end >= 8 && sr_u32(p + end, false) != RICH) end += 4;
  if (header - end < 8) return SYMRUN_OK;
  key = sr_u32(p + end + 4, false);
  for (begin = end; begin > 64 && (sr_u32(p + begin, false) ^ key) != DANS; )
    begin -= 4;
  if ((sr_u32(p + begin, false) ^ key) != DANS || (end - begin) % 8 != 0
      || end - begin < 16 || key_of(p, begin, end, key) != key)
    return sr_fact_unknown(C->S, C->part->offset + end, "Rich", "has a list of "
                           "the tools that made it (\"Rich\") which its key "
                           "does not fit, so it was changed since");
  for (i = begin + 16; i < end && rc == SYMRUN_OK; i += 8)
    rc = comp_id(ask, sr_u32(p + i, false) ^ key);
  return rc;
}
