/*
** pe_facts.c
** What COFF objects, import members and PE images say beside symbols.  An
** image names the DLLs that it needs in two tables, the second of which is
** read when something of it is called; it has no paths to look for them and no
** interpreter.  The identifier of its debug information is its build's, in the
** order in which symbol servers write it.
**
** Layouts: Microsoft's "PE Format", sections "Machine Types", "Optional
** Header", "The .idata Section", "Delay-Load Import Tables", ".debug Section";
** the CodeView record "RSDS" as in LLVM's CVDebugRecord.h.
*/

#include <stdio.h>

#include "coff.h"
#include "facts.h"

enum { EXPORT_TABLE, IMPORT_TABLE, DEBUG_TABLE = 6, DELAY_TABLE = 13 };
enum { NX_COMPAT = 0x100, CODEVIEW = 2 };

#define STEP  4096


static const struct { uint16_t machine; uint8_t bits; const char *name; }
machines[] = {
  {0x014c, 32, "x86"}, {0x8664, 64, "x86_64"}, {0x01c0, 32, "arm"},
  {0x01c2, 32, "arm"}, {0x01c4, 32, "arm"}, {0xaa64, 64, "aarch64"},
  {0xa641, 64, "arm64ec"}, {0xa64e, 64, "arm64x"}, {0x0200, 64, "ia64"},
  {0x5032, 32, "riscv32"}, {0x5064, 64, "riscv64"},
  {0x6232, 32, "loongarch32"}, {0x6264, 64, "loongarch64"}
};


unsigned sr_coff_bits (uint16_t machine) {
  size_t i;
  for (i = 0; i < sizeof machines / sizeof *machines; i++)
    if (machines[i].machine == machine) return machines[i].bits;
  return 0;
}


/* 'bits' of an image, else 0; an object may be of no machine at all. */
static int target (const sr_FactAsk *ask, uint16_t machine, unsigned bits,
                   const char *os) {
  char number[32];
  const char *name = number;
  size_t i;
  int rc = SYMRUN_OK;
  snprintf(number, sizeof number, "coff-%u", (unsigned)machine);
  for (i = 0; i < sizeof machines / sizeof *machines; i++)
    if (machines[i].machine == machine) {
      name = machines[i].name;
      if (bits == 0) bits = machines[i].bits;
    }
  if (machine != 0) rc = sr_fact_word(ask, "machine", name);
  if (rc == SYMRUN_OK && bits != 0) rc = sr_fact_width(ask, bits, false);
  if (rc == SYMRUN_OK && bits == 0)
    rc = sr_fact_word(ask, "endian", "little");
  return rc == SYMRUN_OK && os != NULL ? sr_fact_word(ask, "os", os) : rc;
}


static int untold (symrun *S, const sr_Part *part, const sr_FactAsk *ask) {
  switch (ask->what) {
    case SR_FACT_PRODUCERS:
      return sr_fact_unknown(S, part->offset, "Machine", "is a member of an "
                             "import library, which has no word for the "
                             "programs that made it");
    case SR_FACT_CONSTRUCTORS: case SR_FACT_CALLED:
      return sr_fact_unknown(S, part->offset, "Machine", "is an image, and "
                             "which constructors it runs is known to its own "
                             "code");
    default:
      return sr_fact_unknown(S, part->offset, "Machine", "is COFF, of which "
                             "symrun does not tell whether loading it changes "
                             "code");
  }
}


/* -- objects --------------------------------------------------------------- */

/* Firmware is linked from the same objects: they are of no system. */
int sr_coff_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  sr_Coff C;
  int rc = sr_coff_open(S, part, &C);
  if (rc != SYMRUN_OK) return rc;
  switch (ask->what) {
    case SR_FACT_TARGET: return target(ask, C.machine, 0, NULL);
    case SR_FACT_PRODUCERS: return sr_coff_makers(&C, ask);
    case SR_FACT_TEXTREL: return untold(S, part, ask);
    case SR_FACT_STACK: return sr_fact_number(ask, "stack", 0);
    case SR_FACT_CONSTRUCTORS: case SR_FACT_CALLED:
      return sr_coff_lists(&C, ask);
    default: return SYMRUN_OK;
  }
}


/* The second name is the DLL's. */
int sr_coff_import_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  sr_Coff C;
  const unsigned char *p;
  uint64_t size;
  size_t n, m;
  memset(&C, 0, sizeof C);
  C.S = S;
  C.part = part;
  p = sr_coff_look(&C, SR_HEAD, 0, 20, SR_PROBE * 4);
  if (p == NULL) return S->code;
  switch (ask->what) {
    case SR_FACT_TARGET: return target(ask, sr_u16(p + 6, false), 0, "windows");
    case SR_FACT_PRODUCERS: case SR_FACT_TEXTREL: return untold(S, part, ask);
    case SR_FACT_STACK: return sr_fact_number(ask, "stack", 0);
    case SR_FACT_NEEDED: break;
    default: return SYMRUN_OK;
  }
  size = sr_u32(p + 12, false);
  if (!sr_inside(20, size, part->size))
    return sr_coff_damage(&C, 12, "SizeOfData", size, "no more than follows; "
                          "is it cut short?");
  p = sr_coff_look(&C, SR_HEAD, 0, 20 + size, 0);
  if (p == NULL) return S->code;
  n = strnlen((const char *)p + 20, (size_t)size);
  m = n < size ? strnlen((const char *)p + 21 + n, (size_t)size - n - 1) : 0;
  if (m == 0 || n + 1 + m >= size)
    return sr_damage(S, part->offset + 20, "import names", "import names "
                     "should be that of a symbol and that of a DLL, each with "
                     "its end");
  return sr_fact_text(ask, "needed", (const char *)p + 21 + n, m);
}


/* -- images ---------------------------------------------------------------- */

/* Where a data directory says that a table is; 0: nowhere. */
static int directory (sr_Pe *P, uint32_t i, uint32_t *address,
                      uint32_t *size) {
  const unsigned char *p;
  *address = *size = 0;
  if (i >= P->ndirs) return SYMRUN_OK;
  p = sr_coff_look(&P->coff, SR_PASSING, P->dirs_at + 8 * i, 8, 8);
  if (p == NULL) return P->coff.S->code;
  *address = sr_u32(p, false);
  *size = sr_u32(p + 4, false);
  return SYMRUN_OK;
}


/* Hand the name at an address, which 'field' at 'where' gives. */
static int name_at (sr_Pe *P, const sr_FactAsk *ask, const char *kind,
                    uint32_t address, const char *field, uint64_t where) {
  uint64_t at, left, n = 64;
  int rc = sr_pe_place(P, address, 1, field, where, &at, &left);
  if (rc != SYMRUN_OK) return rc;
  for (;; n *= 4) {
    const char *s;
    size_t len;
    if (n > left) n = left;
    s = (const char *)sr_coff_look(&P->coff, SR_STRINGS, at, n, n);
    if (s == NULL) return P->coff.S->code;
    len = strnlen(s, (size_t)n);
    if (len < n) return sr_fact_text(ask, kind, s, len);
    if (n == left)
      return sr_damage(P->coff.S, P->coff.part->offset + where, field, "%s "
                       "points to a name that has no end in its section",
                       field);
  }
}


/* Descriptors until an empty one.  Those for later have, in old images,
   addresses that count from 0. */
static int needed_in (sr_Pe *P, const sr_FactAsk *ask, uint32_t which) {
  sr_Coff *C = &P->coff;
  bool late = which == DELAY_TABLE;
  uint32_t entry = late ? 32 : 20, address, size;
  uint64_t at = 0, left = 0;
  int rc = directory(P, which, &address, &size);
  if (rc != SYMRUN_OK || address == 0) return rc;
  rc = sr_pe_place(P, address, entry, "import directory", P->dirs_at
                   + 8 * which, &at, &left);
  for (; rc == SYMRUN_OK && left >= entry; at += entry, left -= entry) {
    const unsigned char *p = sr_coff_look(C, SR_MORE, at, entry,
                                          left < STEP ? left : STEP);
    uint32_t name, list;
    if (p == NULL) return C->S->code;
    name = sr_u32(p + (late ? 4 : 12), false);
    list = sr_u32(p + (late ? 16 : 0), false);
    if (!late && list == 0) list = sr_u32(p + 16, false);
    if (name == 0 || list == 0) return SYMRUN_OK;
    if (late && !(sr_u32(p, false) & 1)) name -= (uint32_t)P->base;
    rc = name_at(P, ask, late ? "lazy" : "needed", name, "import name",
                 at + (late ? 4 : 12));
  }
  return rc != SYMRUN_OK ? rc
       : sr_damage(C->S, C->part->offset + P->dirs_at + 8 * which,
                   "import directory", "the import directory has no end in "
                   "its section");
}


/* The name that its export table gives to a DLL. */
static int soname (sr_Pe *P, const sr_FactAsk *ask) {
  const unsigned char *p;
  uint32_t address, size;
  uint64_t at, left;
  int rc = directory(P, EXPORT_TABLE, &address, &size);
  if (rc != SYMRUN_OK || address == 0) return rc;
  rc = sr_pe_place(P, address, 40, "export directory", P->dirs_at, &at, &left);
  if (rc != SYMRUN_OK) return rc;
  p = sr_coff_look(&P->coff, SR_MORE, at, 40, 40);
  if (p == NULL) return P->coff.S->code;
  address = sr_u32(p + 12, false);
  return address == 0 ? SYMRUN_OK
       : name_at(P, ask, "soname", address, "Name", at + 12);
}


/* "RSDS", sixteen bytes, a number: the first eight bytes are numbers too, the
   lowest byte first. */
static int codeview (sr_Pe *P, const sr_FactAsk *ask, uint64_t at,
                     uint32_t size) {
  static const unsigned char order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11,
                                          12, 13, 14, 15};
  unsigned char id[16];
  const unsigned char *p;
  unsigned i;
  int rc;
  if (size < 24) return SYMRUN_OK;
  p = sr_coff_look(&P->coff, SR_STRINGS, at, 24, 24);
  if (p == NULL) return P->coff.S->code;
  if (memcmp(p, "RSDS", 4) != 0) return SYMRUN_OK;
  for (i = 0; i < 16; i++) id[i] = p[4 + order[i]];
  rc = sr_fact_hex(ask, "RSDS", id, 16);
  return rc == SYMRUN_OK ? SYMRUN_END : rc;
}


static int build_id (sr_Pe *P, const sr_FactAsk *ask) {
  sr_Coff *C = &P->coff;
  uint32_t address, size, i;
  uint64_t at = 0, left;
  int rc = directory(P, DEBUG_TABLE, &address, &size);
  if (rc != SYMRUN_OK || address == 0) return rc;
  rc = sr_pe_place(P, address, size, "debug directory", P->dirs_at
                   + 8 * DEBUG_TABLE, &at, &left);
  for (i = 0; i < size / 28 && rc == SYMRUN_OK; i++, at += 28) {
    const unsigned char *p = sr_coff_look(C, SR_MORE, at, 28, 28);
    if (p == NULL) return C->S->code;
    if (sr_u32(p + 12, false) == CODEVIEW)
      rc = codeview(P, ask, sr_u32(p + 24, false), sr_u32(p + 16, false));
  }
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}


/* Behind the fields that pe.c reads; all are at the same place, whatever the
   width of addresses. */
static int optional (sr_Pe *P, uint32_t at, uint16_t *out) {
  uint64_t begin = P->dirs_at - (P->wide ? 112 : 96);
  const unsigned char *p = sr_coff_look(&P->coff, SR_PASSING, begin + at, 2, 2);
  if (p == NULL) return P->coff.S->code;
  *out = sr_u16(p, false);
  return SYMRUN_OK;
}


static int image_target (sr_Pe *P, const sr_FactAsk *ask) {
  uint16_t subsystem = 0;
  int rc = optional(P, 68, &subsystem);
  const char *os = NULL;
  switch (subsystem) {
    case 1: case 2: case 3: case 8: case 9: os = "windows"; break;
    case 10: case 11: case 12: case 13: os = "uefi"; break;
    case 14: os = "xbox"; break;
    default: break;
  }
  return rc == SYMRUN_OK ? target(ask, P->coff.machine, P->wide ? 64 : 32, os)
                         : rc;
}


static int stack (sr_Pe *P, const sr_FactAsk *ask) {
  uint16_t flags = 0;
  int rc = optional(P, 70, &flags);
  if (rc != SYMRUN_OK) return rc;
  if (P->wide || (flags & NX_COMPAT)) return sr_fact_number(ask, "stack", 0);
  return sr_fact_unknown(P->coff.S, P->coff.part->offset, "DllCharacteristics",
                         "is not marked as one that needs no executable data, "
                         "so whether its stack is executable is up to the "
                         "system");
}


int sr_pe_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  sr_Pe P;
  int rc = sr_pe_open(S, part, &P);
  if (rc != SYMRUN_OK) return rc;
  switch (ask->what) {
    case SR_FACT_TARGET: return image_target(&P, ask);
    case SR_FACT_NEEDED:
      rc = needed_in(&P, ask, IMPORT_TABLE);
      return rc == SYMRUN_OK ? needed_in(&P, ask, DELAY_TABLE) : rc;
    case SR_FACT_SONAME: return soname(&P, ask);
    case SR_FACT_BUILD_ID: return build_id(&P, ask);
    case SR_FACT_STACK: return stack(&P, ask);
    case SR_FACT_PRODUCERS: return sr_pe_makers(&P, ask);
    case SR_FACT_RUN_PATHS: case SR_FACT_INTERPRETER: return SYMRUN_OK;
    default: return untold(S, part, ask);
  }
}
