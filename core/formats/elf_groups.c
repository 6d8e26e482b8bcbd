/*
** elf_groups.c
** Section groups of an ELF object: which sections are in COMDAT groups, of
** which a linker keeps one copy.
**
** Layouts: System V ABI, chapter 4 ("Section Groups").
*/

#include <elf.h>

#include "elf_reading.h"

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


/* The name of a COMDAT group is that of a symbol, or of a section where the
   symbol is a section's (System V ABI, chapter 4, "Section Groups"). */
static int group_name (sr_ElfReading *T, uint32_t index, sr_Str *out) {
  sr_Elf *E = T->E;
  sr_ElfSection group;
  const unsigned char *p;
  uint64_t name, most = T->strsize;
  const char *strings = T->strings;
  int rc = sr_elf_section(E, index, &group);
  if (rc != SYMRUN_OK) return rc;
  if (group.link != T->index || group.info >= T->count)
    return sr_elf_damage(E, group.at + (E->is64 ? 44 : 28), "sh_info",
                         group.info, "the index of a symbol");
  p = T->symbols + group.info * T->entry;
  name = sr_u32(p, E->big);
  if ((p[E->is64 ? 4 : 12] & 15) == STT_SECTION) {
    sr_ElfSection sec;
    sr_ElfNames names;
    uint32_t i = sr_u16(p + (E->is64 ? 6 : 14), E->big);
    if (i == SHN_XINDEX && T->xindex != NULL)
      i = sr_u32(T->xindex + (uint64_t)group.info * 4, E->big);
    rc = sr_elf_section(E, i, &sec);
    if (rc == SYMRUN_OK) rc = sr_elf_names(E, &names);
    if (rc != SYMRUN_OK) return rc;
    name = sec.name;
    strings = names.text;
    most = names.size;
  }
  if (name >= most)
    return sr_elf_damage(E, group.at, "section group", name,
                         "a name in the string table");
  out->ptr = strings + name;
  out->len = strnlen(out->ptr, (size_t)(most - name));
  T->told += out->len;
  return SYMRUN_OK;
}


int sr_elf_in_group (sr_ElfReading *T, sr_Symbol *sym) {
  sr_Elf *E = T->E;
  const unsigned char *h = E->table + (size_t)sym->section * E->headsize + 8;
  uint64_t flags = E->is64 ? sr_u64(h, E->big) : sr_u32(h, E->big);
  int rc = SYMRUN_OK;
  if (SR_LIKELY((flags & SHF_GROUP) == 0)) return SYMRUN_OK;
  if (T->groups == NULL) rc = sr_elf_groups(E, &T->groups);
  if (rc == SYMRUN_OK) sym->comdat = T->groups[sym->section] != 0;
  if (rc == SYMRUN_OK && sym->comdat && T->ask->groups)
    rc = group_name(T, T->groups[sym->section], &sym->group);
  return rc;
}
