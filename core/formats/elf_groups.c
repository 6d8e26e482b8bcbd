/*
** elf_groups.c
** Section groups of an ELF object: which sections are in COMDAT groups, of
** which a linker keeps one copy.
**
** Layouts: System V ABI, chapter 4 ("Section Groups").
*/

#include <elf.h>

#include "formats.h"

#define CLOSE  4096  /* bytes of groups that are read together */


static int mark_group (sr_Elf *E, const sr_ElfSection *sec, uint32_t group,
                       uint32_t *marks) {
  const unsigned char *p = sr_elf_bytes(E, SR_PASSING, sec);
  uint64_t k;
  if (p == NULL) return E->S->code;
  if ((sr_u32(p, E->big) & GRP_COMDAT) == 0) return SYMRUN_OK;
  for (k = 4; k + 4 <= sec->size; k += 4) {
    uint32_t member = sr_u32(p + k, E->big);
    if (member >= E->shnum)
      return sr_elf_damage(E, sec->offset + k, "section group", member,
                           "the index of a section");
    marks[member] = group;
  }
  return SYMRUN_OK;
}


static int mark_groups (sr_Elf *E, uint32_t *marks) {
  const size_t type = 4;  /* where it stands in a header */
  uint64_t all = 0;
  uint32_t i;
  for (i = 1; i < E->shnum; i++) {
    const unsigned char *h = E->table + (size_t)i * E->headsize;
    sr_ElfSection sec;
    int rc;
    if (SR_LIKELY(sr_u32(h + type, E->big) != SHT_GROUP)) continue;
    rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK) return rc;
    if (sec.size < 4) continue;
    /* Groups follow each other: one read serves hundreds of them. */
    if (sr_inside(sec.offset, sec.size, E->part->size))
      sr_elf_look(E, SR_PASSING, sec.offset, sec.size, CLOSE);
    all += sec.size;  /* lists that overlap could cost any time */
    rc = sec.size > E->part->size || all > E->part->size
       ? sr_elf_damage(E, sec.at + (E->is64 ? 32 : 20), "sh_size", sec.size,
                       "less, for all groups must fit into the file")
       : mark_group(E, &sec, i, marks);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


int sr_elf_groups (sr_Elf *E, uint32_t **out) {
  sr_ElfSection zero;
  uint32_t *marks;
  int rc = sr_elf_section(E, 0, &zero);  /* loads the table */
  if (rc != SYMRUN_OK) return rc;
  marks = (uint32_t *)sr_new(E->S, E->shnum * sizeof *marks);
  if (marks == NULL) return SYMRUN_NOMEM;
  rc = mark_groups(E, marks);
  if (rc == SYMRUN_OK) *out = marks;
  else sr_delete(E->S, marks, E->shnum * sizeof *marks);
  return rc;
}
