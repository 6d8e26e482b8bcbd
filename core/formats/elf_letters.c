/*
** elf_letters.c
** The letter that nm prints for a symbol.  It tells the section more than the
** symbol: a function in a data section is "d".
**
** Letters: what llvm-nm 19 prints.
*/

#include <elf.h>

#include "elf_reading.h"


/* Does the section's name begin with ".debug"? */
static int is_debug (sr_ElfReading *T, const sr_ElfSection *sec, bool *out) {
  sr_Elf *E = T->E;
  sr_ElfSection names;
  const unsigned char *p;
  int rc = sr_elf_section(E, E->shstrndx, &names);
  *out = false;
  if (rc != SYMRUN_OK || names.type != SHT_STRTAB) return rc;
  if (sec->name >= names.size)
    return sr_elf_damage(E, sec->at, "sh_name", sec->name, "inside the table "
                         "of section names");
  if (names.size - sec->name < 6) return SYMRUN_OK;
  if (!sr_inside(names.offset, names.size, E->part->size))
    return sr_elf_damage(E, names.at + (E->is64 ? 24 : 16), "sh_offset",
                         names.offset, "inside the file, with all section "
                         "names; is it cut short?");
  p = sr_elf_look(E, SR_PASSING, names.offset + sec->name, 6, 6);
  if (p == NULL) return E->S->code;
  *out = memcmp(p, ".debug", 6) == 0;
  return SYMRUN_OK;
}


static int section_letter (sr_ElfReading *T, const sr_ElfSection *sec,
                           char *out) {
  bool debug;
  int rc;
  if (sec->flags & SHF_EXECINSTR) *out = 't';
  else if (sec->type == SHT_NOBITS) *out = 'b';
  else if (sec->flags & SHF_ALLOC) *out = sec->flags & SHF_WRITE ? 'd' : 'r';
  else {
    rc = is_debug(T, sec, &debug);
    if (rc != SYMRUN_OK) return rc;
    *out = debug ? 'N' : sec->flags & SHF_WRITE ? '?' : 'n';
  }
  return SYMRUN_OK;
}


/* What only the section can tell. */
static int by_section (sr_ElfReading *T, sr_Symbol *sym, char *c) {
  sr_ElfSection sec;
  int rc = sr_elf_section(T->E, sym->section, &sec);
  if (rc == SYMRUN_OK) rc = section_letter(T, &sec, c);
  return rc == SYMRUN_OK ? sr_elf_in_group(T, sym) : rc;
}


int sr_elf_letter (sr_ElfReading *T, sr_Symbol *sym) {
  char c = '?';
  int rc = SYMRUN_OK;
  if (sym->section != 0) rc = by_section(T, sym, &c);
  if (rc != SYMRUN_OK) return rc;
  if (sym->place == SR_UNDEFINED)
    c = sym->binding != SR_WEAK ? 'U' : sym->type == SR_OBJECT ? 'v' : 'w';
  else if (sym->type == SR_IFUNC) c = 'i';
  else if (sym->binding == SR_WEAK) c = sym->type == SR_OBJECT ? 'V' : 'W';
  else if (sym->place == SR_COMMON || sym->type == SR_COMMON_DATA) c = 'C';
  else {
    if (sym->place == SR_ABSOLUTE) c = 'a';
    else if (sym->binding == SR_UNIQUE) c = 'u';
    else if (sym->binding == SR_BINDING_OTHER) c = '?';
    if (sym->binding != SR_LOCAL && c != 'u' && c >= 'a' && c <= 'z')
      c = (char)(c - 'a' + 'A');
  }
  sym->letter = c;
  return SYMRUN_OK;
}
