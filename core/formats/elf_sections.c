/*
** elf_sections.c
** The sections that a name is defined in, and what they are to a linker: one
** that is retained stays though nobody refers to it, one that is excluded is
** read by the linker and never written.
**
** Layouts: System V ABI, chapter 4 ("Sections"); SHF_GNU_RETAIN and
** SHF_EXCLUDE as in <elf.h>.
*/

#include <elf.h>

#include "facts.h"

#define RETAIN   0x200000u
#define EXCLUDE  0x80000000u


typedef struct Found {
  symrun *S;
  sr_Str name;
  uint32_t *list;      /* sections, one for each definition */
  size_t count, room;
} Found;

static int is_it (void *ud, const sr_Symbol *sym) {
  Found *F = (Found *)ud;
  int rc;
  if (sym->place != SR_DEFINED || sym->section == 0
      || sym->len != F->name.len
      || memcmp(sym->name, F->name.ptr, sym->len) != 0) return SYMRUN_OK;
  rc = sr_room(F->S, &F->list, &F->room, F->count, sizeof *F->list);
  if (rc == SYMRUN_OK) F->list[F->count++] = sym->section;
  return rc;
}


static int tell (sr_Elf *E, const sr_ElfNames *N, uint32_t i,
                 const sr_FactAsk *ask) {
  sr_ElfSection sec;
  sr_Fact fact;
  int rc = sr_elf_section(E, i, &sec);
  if (rc != SYMRUN_OK) return rc;
  if (sec.name >= N->size)
    return sr_elf_damage(E, sec.at, "sh_name", sec.name, "inside the table of "
                         "section names");
  fact.field = "section";
  fact.text.ptr = N->text + sec.name;
  fact.text.len = strlen(fact.text.ptr);
  fact.number = sec.size;
  fact.flags = (sec.flags & SHF_WRITE ? SR_SECTION_WRITE : 0)
             | (sec.flags & SHF_EXECINSTR ? SR_SECTION_EXECUTE : 0)
             | (sec.flags & RETAIN ? SR_SECTION_RETAIN : 0)
             | (sec.flags & EXCLUDE ? SR_SECTION_EXCLUDE : 0);
  return ask->each(ask->ud, &fact);
}


int sr_elf_sections_of (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  Found F = {S, ask->name, NULL, 0, 0};
  sr_Ask symbols;
  sr_ElfNames N;
  sr_Elf E;
  size_t i;
  int rc;
  memset(&symbols, 0, sizeof symbols);
  symbols.want = SR_WANT_DEFINED | SR_WANT_LOCAL;
  symbols.letters = true;  /* so that large section numbers are told too */
  symbols.each = is_it;
  symbols.ud = &F;
  rc = sr_elf_read(S, part, &symbols);
  if (rc == SYMRUN_OK && F.count > 0) {
    rc = sr_elf_open(S, part, &E);
    if (rc == SYMRUN_OK) rc = sr_elf_names(&E, &N);
    for (i = 0; i < F.count && rc == SYMRUN_OK; i++)
      rc = tell(&E, &N, F.list[i], ask);
  }
  sr_delete(S, F.list, F.room * sizeof *F.list);
  return rc;
}
