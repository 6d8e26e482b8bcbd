/*
** macho_lists.c
** The sections of a Mach-O file, those that a name is defined in, and lists of
** constructors with the functions that an object's relocations put into them.
** What a linker does with a section is told by its segment's name alone: it
** gives "__TEXT" and "__LINKEDIT" no right to be written, and all others have
** it.  A section of debug information is never linked.
**
** Layouts: mach-o/loader.h, mach-o/reloc.h, of Apple's xnu and cctools;
** rights of segments as in LLVM's lld/MachO/OutputSegment.cpp.
*/

#include <stdio.h>

#include "facts.h"

enum { S_ZEROFILL = 1, S_MOD_INIT_FUNCS = 9, S_GB_ZEROFILL = 12,
       S_THREAD_ZEROFILL = 18, S_INIT_OFFSETS = 0x16 };

#define SOME_INSTRUCTIONS  0x80000400u  /* S_ATTR_PURE_..., ..._SOME_ */
#define NO_DEAD_STRIP      0x10000000u
#define DEBUG              0x02000000u
#define NAME_ROOM          34           /* "segment,section" */

enum { ENTRY = 8 };                     /* bytes of a relocation */

typedef struct Lists {
  sr_Macho M;
  sr_FactAsk *ask;
  const sr_FactFound *found;   /* of which the section is wanted */
  sr_Calls calls;
  uint32_t index;          /* of the section that is looked at, from 1 on */
  bool arm;
} Lists;


static size_t name_of (const sr_MachoSection *sec, char *out) {
  snprintf(out, NAME_ROOM, "%.16s,%.16s", sec->segment, sec->name);
  return strlen(out);
}


static bool has_bytes (const sr_MachoSection *sec) {
  unsigned type = sec->flags & 255;
  return type != S_ZEROFILL && type != S_GB_ZEROFILL
      && type != S_THREAD_ZEROFILL;
}


static const unsigned char *bytes_of (Lists *L, const sr_MachoSection *sec) {
  sr_Macho *M = &L->M;
  if (sr_inside(sec->offset, sec->size, M->part->size))
    return sec->size == 0 ? (const unsigned char *)""
         : sr_macho_look(M, SR_MORE, sec->offset, sec->size, sec->size);
  sr_macho_damage(M, sec->at + (M->is64 ? 40 : 36), "size", sec->size,
                  "inside the file, from offset on; is it cut short?");
  return NULL;
}


/* -- sections -------------------------------------------------------------- */

static unsigned flags_of (const sr_MachoSection *sec) {
  bool fixed = strncmp(sec->segment, "__TEXT", 16) == 0
            || strncmp(sec->segment, "__LINKEDIT", 16) == 0
            || (sec->flags & DEBUG) != 0;
  return (fixed ? 0u : SR_SECTION_WRITE)
       | (sec->flags & SOME_INSTRUCTIONS ? SR_SECTION_EXECUTE : 0u)
       | (sec->flags & NO_DEAD_STRIP ? SR_SECTION_RETAIN : 0u)
       | (sec->flags & DEBUG ? SR_SECTION_EXCLUDE : 0u);
}


static int tell (void *ud, const sr_MachoSection *sec) {
  Lists *L = (Lists *)ud;
  char name[NAME_ROOM];
  return sr_fact_section(L->ask, name, name_of(sec, name), sec->size,
                         flags_of(sec));
}


/* The one that a symbol is in, and no more: n_sect is a byte. */
static int tell_found (void *ud, const sr_MachoSection *sec) {
  Lists *L = (Lists *)ud;
  char name[NAME_ROOM];
  int rc;
  if (++L->index != L->found->section) return SYMRUN_OK;
  rc = sr_fact_section(L->ask, name, name_of(sec, name), sec->size,
                       flags_of(sec) | L->found->flags);
  return rc == SYMRUN_OK ? SYMRUN_END : rc;
}


static int bytes (void *ud, const sr_MachoSection *sec) {
  Lists *L = (Lists *)ud;
  char name[NAME_ROOM];
  const unsigned char *p;
  size_t len = name_of(sec, name);
  if (len != L->ask->name.len || memcmp(name, L->ask->name.ptr, len) != 0)
    return SYMRUN_OK;
  if (!has_bytes(sec))
    return sr_macho_unknown(&L->M, sec->at, "flags", "keeps no bytes of the "
                            "section, which is filled with zeros");
  p = bytes_of(L, sec);
  return p != NULL ? sr_fact_text(L->ask, "bytes", (const char *)p,
                                  (size_t)sec->size) : L->M.S->code;
}


/* One section after the other: a file has some dozens of them. */
static int of_definitions (Lists *L, symrun *S, const sr_Part *part) {
  sr_FactFound *list = NULL;
  size_t count = 0, room = 0, i;
  int rc = sr_found(S, part, sr_macho_read, L->ask->name, &list, &count,
                    &room);
  if (rc == SYMRUN_OK) rc = sr_macho_open(S, part, &L->M);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    L->found = &list[i];
    L->index = 0;
    if (list[i].section == 0) continue;
    rc = sr_macho_sections(&L->M, tell_found, L);
    if (rc == SYMRUN_END) rc = SYMRUN_OK;
  }
  sr_delete(S, list, room * sizeof *list);
  return rc;
}


int sr_macho_section_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  Lists L;
  int rc;
  memset(&L, 0, sizeof L);
  L.ask = ask;
  if (ask->what == SR_FACT_SECTIONS_OF) return of_definitions(&L, S, part);
  rc = sr_macho_open(S, part, &L.M);
  if (rc != SYMRUN_OK) return rc;
  return sr_macho_sections(&L.M, ask->what == SR_FACT_BYTES ? bytes : tell, &L);
}


/* -- constructors ---------------------------------------------------------- */

/* A word of the section holds the address, or what is added to a symbol's. */
static int one (Lists *L, const sr_MachoSection *sec, const unsigned char *p,
                uint64_t where) {
  sr_Macho *M = &L->M;
  unsigned word = M->is64 ? 8 : 4;
  uint32_t address = sr_u32(p, M->big), info = sr_u32(p + 4, M->big);
  uint32_t number = M->big ? info >> 8 : info & 0xffffff;
  bool external = info >> (M->big ? 4 : 27) & 1;
  bool scattered = !M->is64 && (address & 0x80000000u) != 0;
  const unsigned char *w;
  uint64_t value;
  if (scattered) address &= 0xffffff;
  if (sec->size < word || address > sec->size - word)
    return sr_macho_damage(M, where, "r_address", address, "inside the section "
                           "that it is about");
  if (scattered || address % word != 0) return SYMRUN_OK;
  if (!sr_inside(sec->offset, sec->size, M->part->size))
    return sr_macho_damage(M, sec->at + (M->is64 ? 40 : 36), "size", sec->size,
                           "inside the file, from offset on; is it cut short?");
  w = sr_macho_look(M, SR_PASSING, (uint64_t)sec->offset + address, word, word);
  if (w == NULL) return M->S->code;
  value = M->is64 ? sr_u64(w, M->big) : sr_u32(w, M->big);
  if (!external)
    return sr_calls_add(&L->calls, L->calls.nlists - 1, address / word, number,
                        value);
  if (L->arm && M->is64) value &= 0xffffffffu;  /* above: how it is signed */
  return value != 0 ? SYMRUN_OK
       : sr_calls_add(&L->calls, L->calls.nlists - 1, address / word,
                      SR_BY_NUMBER, number);
}


static int relocations (Lists *L, const sr_MachoSection *sec) {
  sr_Macho *M = &L->M;
  const unsigned char *p = M->commands + (sec->at - M->headsize)
                         + (M->is64 ? 56 : 48);
  uint32_t at = sr_u32(p, M->big), count = sr_u32(p + 4, M->big), i;
  int rc = SYMRUN_OK;
  if (count == 0) return SYMRUN_OK;
  if (!sr_inside(at, (uint64_t)count * ENTRY, M->part->size))
    return sr_macho_damage(M, sec->at + (M->is64 ? 56 : 48), "reloff", at,
                           "inside the file, with all nreloc relocations; is "
                           "it cut short?");
  p = sr_macho_look(M, SR_MORE, at, (uint64_t)count * ENTRY, 0);
  if (p == NULL) return M->S->code;
  for (i = 0; i < count && rc == SYMRUN_OK; i++)
    rc = one(L, sec, p + (size_t)i * ENTRY, at + (uint64_t)i * ENTRY);
  return rc;
}


/* Lists of addresses, or of offsets into the image. */
static int listed (void *ud, const sr_MachoSection *sec) {
  Lists *L = (Lists *)ud;
  unsigned type = sec->flags & 255;
  unsigned word = type == S_INIT_OFFSETS || !L->M.is64 ? 4 : 8;
  char name[NAME_ROOM];
  size_t len;
  int rc;
  if ((type != S_MOD_INIT_FUNCS && type != S_INIT_OFFSETS)
      || sec->size < word) return SYMRUN_OK;
  len = name_of(sec, name);
  if (L->ask->what == SR_FACT_CONSTRUCTORS)
    return sr_fact_counted(L->ask, "section", name, len, sec->size / word);
  if (L->M.type != SR_MH_OBJECT)
    return sr_macho_unknown(&L->M, sec->at, "reloff", "was linked, and has "
                            "addresses of its constructors in place of their "
                            "names");
  rc = sr_calls_list(&L->calls, name, len, sec->size / word);
  if (rc != SYMRUN_OK || type == S_INIT_OFFSETS) return rc;
  return relocations(L, sec);
}


int sr_macho_lists (sr_Macho *M, sr_FactAsk *ask) {
  enum { CPU_ARM = 12 };
  Lists L;
  uint32_t cpu = sr_u32(M->commands - M->headsize + 4, M->big);
  int rc;
  memset(&L, 0, sizeof L);
  L.M = *M;
  L.ask = ask;
  L.arm = (cpu & 0xffffff) == CPU_ARM;
  if (ask->what == SR_FACT_CONSTRUCTORS)
    return sr_macho_sections(M, listed, &L);
  sr_calls_begin(&L.calls, M->S, M->part, ask);
  if (L.arm && !M->is64) L.calls.mask = ~(uint64_t)1;  /* Thumb's bit */
  rc = sr_macho_sections(M, listed, &L);
  return sr_calls_end(&L.calls, sr_macho_read, rc);
}
