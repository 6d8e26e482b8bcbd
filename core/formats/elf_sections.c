/*
** elf_sections.c
** The sections of an ELF file, those that a name is defined in, and what they
** are to a linker: one that is retained stays though nobody refers to it, one
** that is excluded is read by the linker and never written.
**
** Layouts: System V ABI, chapter 4 ("Sections"); SHF_GNU_RETAIN and
** SHF_EXCLUDE as in <elf.h>.
*/

#include <elf.h>

#include "facts.h"

#define RETAIN   0x200000u
#define EXCLUDE  0x80000000u

typedef struct Sections {
  sr_Elf E;
  sr_ElfNames names;
  uint32_t *groups;       /* by section: its COMDAT group, or 0 */
  sr_FactAsk *ask;
} Sections;


static int get (Sections *X, uint32_t i, sr_ElfSection *sec, sr_Str *name) {
  int rc = sr_elf_section(&X->E, i, sec);
  if (rc != SYMRUN_OK) return rc;
  if (sec->name >= X->names.size)
    return sr_elf_damage(&X->E, sec->at, "sh_name", sec->name, "inside the "
                         "table of section names");
  name->ptr = X->names.text + sec->name;
  name->len = strlen(name->ptr);
  return SYMRUN_OK;
}


static int tell (Sections *X, uint32_t i) {
  sr_ElfSection sec;
  sr_Str name;
  unsigned flags;
  int rc = get(X, i, &sec, &name);
  if (rc != SYMRUN_OK) return rc;
  flags = (sec.flags & SHF_WRITE ? SR_SECTION_WRITE : 0u)
        | (sec.flags & SHF_EXECINSTR ? SR_SECTION_EXECUTE : 0u)
        | (sec.flags & RETAIN ? SR_SECTION_RETAIN : 0u)
        | (sec.flags & EXCLUDE ? SR_SECTION_EXCLUDE : 0u)
        | (X->groups != NULL && X->groups[i] ? SR_SECTION_COMDAT : 0u);
  return sr_fact_section(X->ask, name.ptr, name.len, sec.size, flags);
}


static int bytes (Sections *X, uint32_t i) {
  sr_Elf *E = &X->E;
  sr_ElfSection sec;
  sr_Str name;
  const unsigned char *p;
  int rc = get(X, i, &sec, &name);
  if (rc != SYMRUN_OK || name.len != X->ask->name.len
      || memcmp(name.ptr, X->ask->name.ptr, name.len) != 0) return rc;
  if (sec.flags & SHF_COMPRESSED)
    return sr_fact_unknown(E->S, E->part->offset + sec.at, "sh_flags", "has "
                           "the section compressed, which symrun does not "
                           "read");
  if (sec.type == SHT_NOBITS)
    return sr_fact_unknown(E->S, E->part->offset + sec.at, "sh_type", "keeps "
                           "no bytes of the section (SHT_NOBITS)");
  p = sr_elf_bytes(E, SR_PASSING, &sec);
  return p != NULL ? sr_fact_text(X->ask, "bytes", (const char *)p,
                                  (size_t)sec.size) : E->S->code;
}


static int all (Sections *X) {
  bool text = X->ask->what == SR_FACT_BYTES;
  uint32_t i;
  int rc = SYMRUN_OK;
  if (X->E.shnum == 0 && X->E.type != ET_REL)
    return sr_fact_unknown(X->E.S, X->E.part->offset, "e_shoff", "was linked "
                           "and has no section headers, so its sections "
                           "cannot be told");
  if (X->E.shnum == 0) return SYMRUN_OK;
  rc = sr_elf_names(&X->E, &X->names);
  if (rc == SYMRUN_OK && !text) rc = sr_elf_groups(&X->E, &X->groups);
  for (i = 1; i < X->E.shnum && rc == SYMRUN_OK; i++)
    rc = text ? bytes(X, i) : tell(X, i);
  return rc;
}


static int of_definitions (Sections *X, symrun *S, const sr_Part *part) {
  sr_FactFound *list = NULL;
  size_t count = 0, room = 0, i;
  int rc = sr_found(S, part, sr_elf_read, X->ask->name, &list, &count, &room);
  if (rc == SYMRUN_OK && count > 0) {
    rc = sr_elf_open(S, part, &X->E);
    if (rc == SYMRUN_OK) rc = sr_elf_names(&X->E, &X->names);
    if (rc == SYMRUN_OK) rc = sr_elf_groups(&X->E, &X->groups);
    for (i = 0; i < count && rc == SYMRUN_OK; i++)
      if (list[i].section != 0) rc = tell(X, list[i].section);
  }
  sr_delete(S, list, room * sizeof *list);
  return rc;
}


int sr_elf_section_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  Sections X;
  int rc = SYMRUN_OK;
  memset(&X, 0, sizeof X);
  X.ask = ask;
  if (ask->what == SR_FACT_SECTIONS_OF) rc = of_definitions(&X, S, part);
  else {
    rc = sr_elf_open(S, part, &X.E);
    if (rc == SYMRUN_OK) rc = all(&X);
  }
  sr_delete(S, X.groups, X.groups != NULL ? X.E.shnum * sizeof *X.groups
            : 0);
  return rc;
}
