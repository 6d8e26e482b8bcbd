/*
** elf.c
** The headers of ELF objects, libraries and executables, 32 and 64 bits, both
** byte orders; elf_symbols.c reads the symbols.  Section headers are looked
** at from the end: assemblers write the symbol table there, so two short
** reads fetch all that an object says about names, however many sections its
** code was spread over.
**
** Layouts: System V ABI, chapter 4 ("Object Files"); GNU additions from
** <elf.h> and the Linux Standard Base.
*/

#include <elf.h>

#include "formats.h"

#define TAIL      16   /* section headers that a first look fetches */
#define STEP   65536   /* bytes of the dynamic table that are read together */
#define AHEAD    124   /* and the archive's next header with its object's */


/* -- headers --------------------------------------------------------------- */

int sr_elf_damage (sr_Elf *E, uint64_t at, const char *field, uint64_t is,
                   const char *expected) {
  return sr_damage(E->S, E->part->offset + at, field, "%s is %llu, and should "
                   "be %s", field, (unsigned long long)is, expected);
}


const unsigned char *sr_elf_look (sr_Elf *E, int slot, uint64_t at,
                                  uint64_t need, uint64_t want) {
  const sr_Part *P = E->part;
  if (SR_UNLIKELY(!sr_inside(at, need, P->size) || need > PTRDIFF_MAX)) {
    sr_damage(E->S, P->offset + at, "file", "%llu bytes should stand here, "
              "and the object ends at %llu; is it cut short?",
              (unsigned long long)need,
              (unsigned long long)(P->offset + P->size));
    return NULL;
  }
  return sr_look(E->S, P->reader, slot, P->offset + at, (size_t)need,
                 (size_t)want);
}


/* The header of section 'i', which stands at 'p'. */
static void section (const sr_Elf *E, const unsigned char *p, uint32_t i,
                     sr_ElfSection *out) {
  bool big = E->big;
  out->at = E->shoff + (uint64_t)i * E->headsize;
  out->name = sr_u32(p, big);
  out->type = sr_u32(p + 4, big);
  if (E->is64) {
    out->flags = sr_u64(p + 8, big);
    out->offset = sr_u64(p + 24, big);
    out->size = sr_u64(p + 32, big);
    out->link = sr_u32(p + 40, big);
    out->info = sr_u32(p + 44, big);
    out->entsize = sr_u64(p + 56, big);
  }
  else {
    out->flags = sr_u32(p + 8, big);
    out->offset = sr_u32(p + 16, big);
    out->size = sr_u32(p + 20, big);
    out->link = sr_u32(p + 24, big);
    out->info = sr_u32(p + 28, big);
    out->entsize = sr_u32(p + 36, big);
  }
}


/* With 65,280 sections and more, the counts stand in section header 0. */
static int counts (sr_Elf *E, uint32_t shnum, uint32_t shstrndx) {
  uint64_t many = shnum, at = E->is64 ? 60 : 48;
  sr_ElfSection zero;
  E->shstrndx = shstrndx;
  if (shnum == 0 || shstrndx == SHN_XINDEX) {
    const unsigned char *p = sr_elf_look(E, SR_MORE, E->shoff, E->headsize, 0);
    if (p == NULL) return E->S->code;
    section(E, p, 0, &zero);
    if (shnum == 0) many = zero.size;
    if (shstrndx == SHN_XINDEX) E->shstrndx = zero.link;
  }
  if (many == 0)
    return sr_elf_damage(E, at, "e_shnum", many, "1 or more, for e_shoff says "
                         "where section headers are");
  if (many > (E->part->size - E->shoff) / E->headsize)
    return sr_elf_damage(E, at, "e_shnum", many, "as many section headers as "
                         "the file has room for; is it cut short?");
  E->shnum = (uint32_t)many;
  if (many > UINT32_MAX || E->shstrndx >= many)
    return sr_elf_damage(E, at + 2, "e_shstrndx", E->shstrndx, "the index of "
                         "a section");
  return SYMRUN_OK;
}


/* An object cannot be without sections; what was linked can. */
static int no_sections (sr_Elf *E, uint32_t shnum) {
  uint64_t at = E->is64 ? 40 : 32;
  if (shnum != 0)
    return sr_elf_damage(E, at, "e_shoff", 0, "where the section headers are "
                         "that e_shnum counts");
  if (E->type == ET_REL)
    return sr_elf_damage(E, at, "e_shoff", 0, "where section headers are, for "
                         "an object has some");
  return SYMRUN_OK;
}


static int too_short (const sr_Elf *E, const char *field, unsigned least) {
  return sr_damage(E->S, E->part->offset, field, "has %llu bytes, and an ELF "
                   "file should have %u or more; is it cut short?",
                   (unsigned long long)E->part->size, least);
}


int sr_elf_open (symrun *S, const sr_Part *part, sr_Elf *E) {
  const unsigned char *p;
  unsigned headsize, least;
  memset(E, 0, sizeof *E);
  E->S = S;
  E->part = part;
  if (part->size < EI_NIDENT) return too_short(E, "e_ident", EI_NIDENT);
  p = sr_elf_look(E, SR_HEAD, 0, 16, AHEAD);
  if (p == NULL) return S->code;
  if (p[EI_CLASS] != ELFCLASS32 && p[EI_CLASS] != ELFCLASS64)
    return sr_elf_damage(E, EI_CLASS, "EI_CLASS", p[EI_CLASS], "1 or 2");
  if (p[EI_DATA] != ELFDATA2LSB && p[EI_DATA] != ELFDATA2MSB)
    return sr_elf_damage(E, EI_DATA, "EI_DATA", p[EI_DATA], "1 or 2");
  E->is64 = p[EI_CLASS] == ELFCLASS64;
  E->big = p[EI_DATA] == ELFDATA2MSB;
  E->headsize = E->is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
  least = E->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
  if (part->size < least) return too_short(E, "ehdr", least);
  p = sr_elf_look(E, SR_HEAD, 0, least, AHEAD);
  if (p == NULL) return S->code;
  E->type = sr_u16(p + 16, E->big);
  E->machine = sr_u16(p + 18, E->big);
  E->shoff = E->is64 ? sr_u64(p + 40, E->big) : sr_u32(p + 32, E->big);
  if (E->shoff == 0) return no_sections(E, sr_u16(p + least - 4, E->big));
  headsize = sr_u16(p + least - 6, E->big);
  if (headsize != E->headsize)
    return sr_elf_damage(E, least - 6, "e_shentsize", headsize,
                         E->is64 ? "64" : "40");
  if (!sr_inside(E->shoff, E->headsize, part->size))
    return sr_elf_damage(E, E->is64 ? 40 : 32, "e_shoff", E->shoff,
                         "inside the file; is it cut short?");
  return counts(E, sr_u16(p + least - 4, E->big),
                sr_u16(p + least - 2, E->big));
}


/* A file of debug information keeps the program headers, and has of what they
   point to no more than sections without bytes. */
static int no_dynamic (sr_Elf *E, uint64_t at, uint64_t bytes) {
  sr_ElfSection sec, linked;
  uint32_t index = 0;
  int rc = sr_elf_find(E, SHT_DYNAMIC, &index, &sec, &linked);
  if (rc != SYMRUN_OK || (E->shnum > 0 && index == 0)) return rc;
  return sr_damage(E->S, E->part->offset + at, "dynamic table", "the dynamic "
                   "table should stand here with %llu bytes, and the file "
                   "ends at %llu; is it cut short?", (unsigned long long)bytes,
                   (unsigned long long)(E->part->offset + E->part->size));
}


/* DF_1_PIE in the dynamic table is what tells a position independent
   executable from a library; both are ET_DYN. */
static int find_pie (sr_Elf *E, uint64_t at, uint64_t bytes, bool *out) {
  uint64_t entry = E->is64 ? 16 : 8, done, k;
  if (!sr_inside(at, bytes, E->part->size)) return no_dynamic(E, at, bytes);
  for (done = 0; bytes - done >= entry; done += k) {
    uint64_t step = bytes - done < STEP ? bytes - done : STEP;
    const unsigned char *p = sr_elf_look(E, SR_PASSING, at + done, step, step);
    if (p == NULL) return E->S->code;
    for (k = 0; step - k >= entry; k += entry, p += entry) {
      uint64_t tag = E->is64 ? sr_u64(p, E->big) : sr_u32(p, E->big);
      uint64_t value = E->is64 ? sr_u64(p + 8, E->big) : sr_u32(p + 4, E->big);
      if (tag == DT_NULL) return SYMRUN_OK;
      if (tag != DT_FLAGS_1) continue;
      *out = (value & DF_1_PIE) != 0;
      return SYMRUN_OK;
    }
  }
  return SYMRUN_OK;
}


/* Go to the dynamic table, by the program headers. */
static int is_pie (sr_Elf *E, const unsigned char *headers, uint64_t phoff,
                   unsigned count, unsigned size, bool *out) {
  bool had = false;
  unsigned i;
  int rc = SYMRUN_OK;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    const unsigned char *p = headers + (size_t)i * size;
    if (sr_u32(p, E->big) != PT_DYNAMIC) continue;
    if (had)
      return sr_elf_damage(E, phoff + (uint64_t)i * size, "p_type", PT_DYNAMIC,
                           "another, for a file has one dynamic table");
    had = true;
    rc = E->is64
       ? find_pie(E, sr_u64(p + 8, E->big), sr_u64(p + 32, E->big), out)
       : find_pie(E, sr_u32(p + 4, E->big), sr_u32(p + 16, E->big), out);
  }
  return rc;
}


int sr_elf_role (symrun *S, const sr_Part *part, sr_Role *out) {
  sr_Elf E;
  const unsigned char *p;
  unsigned count, size;
  uint64_t at;
  bool pie = false;
  int rc = sr_elf_open(S, part, &E);
  if (rc != SYMRUN_OK) return rc;
  *out = E.type == ET_REL ? SR_ROLE_OBJECT
       : E.type == ET_EXEC ? SR_ROLE_EXECUTABLE
       : E.type == ET_DYN ? SR_ROLE_LIBRARY : SR_ROLE_NONE;
  if (E.type != ET_DYN) return SYMRUN_OK;
  p = sr_elf_look(&E, SR_HEAD, 0, E.is64 ? 64 : 52, AHEAD);
  if (p == NULL) return S->code;
  at = E.is64 ? sr_u64(p + 32, E.big) : sr_u32(p + 28, E.big);
  size = sr_u16(p + (E.is64 ? 54 : 42), E.big);
  count = sr_u16(p + (E.is64 ? 56 : 44), E.big);
  if (count == 0 || count == PN_XNUM || size < (E.is64 ? 56u : 32u))
    return SYMRUN_OK;
  if (!sr_inside(at, (uint64_t)count * size, part->size))
    return sr_elf_damage(&E, E.is64 ? 32 : 28, "e_phoff", at, "inside the "
                         "file, with all program headers; is it cut short?");
  p = sr_elf_look(&E, SR_MORE, at, (uint64_t)count * size, 0);
  if (p == NULL) return S->code;
  rc = is_pie(&E, p, at, count, size, &pie);
  if (pie) *out = SR_ROLE_EXECUTABLE;
  return rc;
}


/* Every header at once, for those who need to know about sections. */
static int load_table (sr_Elf *E) {
  uint64_t size = (uint64_t)E->shnum * E->headsize;
  if (E->table != NULL) return SYMRUN_OK;
  E->table = sr_elf_look(E, SR_HEAD, E->shoff, size, size + AHEAD);
  return E->table != NULL ? SYMRUN_OK : E->S->code;
}


int sr_elf_section (sr_Elf *E, uint32_t i, sr_ElfSection *out) {
  int rc = load_table(E);
  if (rc != SYMRUN_OK) return rc;
  if (i >= E->shnum)
    return sr_elf_damage(E, E->shoff, "section index", i, "that of a section");
  section(E, E->table + (size_t)i * E->headsize, i, out);
  return SYMRUN_OK;
}


const unsigned char *sr_elf_bytes (sr_Elf *E, int slot,
                                   const sr_ElfSection *sec) {
  if (sec->type == SHT_NOBITS || !sr_inside(sec->offset, sec->size,
                                            E->part->size)) {
    sr_elf_damage(E, sec->at + (E->is64 ? 24 : 16), "sh_offset", sec->offset,
                  "inside the file, with all of the section; is it cut "
                  "short?");
    return NULL;
  }
  if (sec->size == 0) return (const unsigned char *)"";
  return sr_elf_look(E, slot, sec->offset, sec->size, sec->size);
}


int sr_elf_find (sr_Elf *E, uint32_t type, uint32_t *found, sr_ElfSection *out,
                 sr_ElfSection *linked) {
  uint32_t end = E->shnum, step = TAIL;
  *found = 0;
  while (end > 0) {
    uint32_t first = end > step ? end - step : 0, i;
    uint64_t size = (uint64_t)(end - first) * E->headsize;
    const unsigned char *p = sr_elf_look(E, SR_HEAD, E->shoff + (uint64_t)first
                                         * E->headsize, size, size + AHEAD);
    if (p == NULL) return E->S->code;
    for (i = end; i-- > first; ) {
      const unsigned char *h = p + (size_t)(i - first) * E->headsize;
      if (sr_u32(h + 4, E->big) != type) continue;
      section(E, h, i, out);
      *found = i;
      linked->type = SHT_NULL;
      if (out->link >= first && out->link < end)
        section(E, p + (size_t)(out->link - first) * E->headsize, out->link,
                linked);
      return SYMRUN_OK;
    }
    end = first;
    if (step < UINT32_MAX / 8) step *= 4;
  }
  return SYMRUN_OK;
}
