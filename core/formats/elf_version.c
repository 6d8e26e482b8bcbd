/*
** elf_version.c
** Symbol versions: what makes memcpy of glibc 2.14 another function than
** memcpy of 2.2.5.  A symbol carries only a small number; its name stands in
** one of two lists, those that the file defines and those that it needs, and
** the top bit of the number says "not the default one".
**
** Layout: Linux Standard Base, "Symbol Versioning"; <elf.h> has the structs.
*/

#include <elf.h>

#include "formats.h"

#define HIDDEN   0x8000u
#define RECORDS  65536   /* of all lists; an index has 15 bits */
#define SHARED      64   /* names may add up to so many times the file's size */

typedef struct List {
  sr_Elf *E;
  sr_ElfVersions *V;
  const unsigned char *p;
  uint64_t size, at;      /* of the list in the part */
  const char *strings;
  uint64_t strsize;
  unsigned records;
  uint64_t told;          /* bytes of names */
} List;


static int outside (const List *list, uint64_t at, const char *field,
                    uint64_t is) {
  return sr_elf_damage(list->E, list->at + at, field, is, "inside the list of "
                       "symbol versions");
}


/* A chain goes only forward, but may go on for long. */
static int count_record (List *list, uint64_t at) {
  if (++list->records <= RECORDS) return SYMRUN_OK;
  return sr_damage(list->E->S, list->E->part->offset + list->at + at,
                   "symbol versions", "the lists of symbol versions have more "
                   "than %d records", RECORDS);
}


/* One long name may serve any number of records. */
static int too_long (const List *list, uint64_t at) {
  return sr_damage(list->E->S, list->E->part->offset + list->at + at,
                   "vda_name", "names of symbol versions up to here add up to "
                   "%llu bytes, more than %d times the file",
                   (unsigned long long)list->told, SHARED);
}


static int set_name (List *list, uint64_t at, unsigned index, uint32_t name,
                     bool needed) {
  sr_ElfVersions *V = list->V;
  index &= ~HIDDEN;
  if (name >= list->strsize)
    return sr_elf_damage(list->E, list->at + at, "vda_name", name, "inside "
                         "the string table");
  if (index >= V->room) {
    size_t room = (index | 63) + 1;
    sr_ElfVersion *grown = (sr_ElfVersion *)sr_resize(list->E->S, V->list,
                             V->room * sizeof *grown, room * sizeof *grown);
    if (grown == NULL) return SYMRUN_NOMEM;
    memset(grown + V->room, 0, (room - V->room) * sizeof *grown);
    V->list = grown;
    V->room = room;
  }
  V->list[index].name.ptr = list->strings + name;
  V->list[index].name.len = strlen(list->strings + name);
  V->list[index].needed = needed;
  list->told += V->list[index].name.len;
  if (list->told / SHARED > list->E->part->size)
    return too_long(list, at);
  return SYMRUN_OK;
}


/* SHT_GNU_verdef: each record's first name is the version's own. */
static int defined (List *list) {
  bool big = list->E->big;
  uint64_t at = 0;
  while (list->size > 0) {
    const unsigned char *p;
    uint64_t aux;
    int rc;
    if (!sr_inside(at, 20, list->size)) return outside(list, 0, "vd_next", at);
    p = list->p + at;
    aux = at + sr_u32(p + 12, big);
    if (!sr_inside(aux, 8, list->size)) return outside(list, at, "vd_aux", aux);
    rc = count_record(list, at);
    if (rc == SYMRUN_OK)
      rc = set_name(list, aux, sr_u16(p + 4, big), sr_u32(list->p + aux, big),
                    false);
    if (rc != SYMRUN_OK || sr_u32(p + 16, big) == 0) return rc;
    at += sr_u32(p + 16, big);
  }
  return SYMRUN_OK;
}


/* The versions that are wanted of one library. */
static int needed_of (List *list, uint64_t at, uint64_t aux, unsigned left) {
  bool big = list->E->big;
  for (; left > 0; left--) {
    const unsigned char *q;
    int rc;
    if (!sr_inside(aux, 16, list->size))
      return outside(list, at, "vn_aux", aux);
    q = list->p + aux;
    rc = count_record(list, aux);
    if (rc == SYMRUN_OK)
      rc = set_name(list, aux, sr_u16(q + 6, big), sr_u32(q + 8, big), true);
    if (rc != SYMRUN_OK || sr_u32(q + 12, big) == 0) return rc;
    aux += sr_u32(q + 12, big);
  }
  return SYMRUN_OK;
}


/* SHT_GNU_verneed: one such list for each library. */
static int needed (List *list) {
  bool big = list->E->big;
  uint64_t at = 0;
  while (list->size > 0) {
    const unsigned char *p;
    int rc;
    if (!sr_inside(at, 16, list->size)) return outside(list, 0, "vn_next", at);
    p = list->p + at;
    rc = count_record(list, at);
    if (rc == SYMRUN_OK)
      rc = needed_of(list, at, at + sr_u32(p + 8, big), sr_u16(p + 2, big));
    if (rc != SYMRUN_OK || sr_u32(p + 12, big) == 0) return rc;
    at += sr_u32(p + 12, big);
  }
  return SYMRUN_OK;
}


static int read_list (List *list, const sr_ElfSection *sec, uint32_t strtab) {
  sr_Elf *E = list->E;
  list->at = sec->offset;
  list->size = sec->size;
  if (sec->link != strtab)
    return sr_elf_damage(E, sec->at + (E->is64 ? 40 : 24), "sh_link",
                         sec->link, "the dynamic symbols' string table");
  list->p = sr_elf_bytes(E, SR_PASSING, sec);
  if (list->p == NULL) return E->S->code;
  return sec->type == SHT_GNU_verdef ? defined(list) : needed(list);
}


/* The numbers of this table's symbols, if they have any. */
static int find_numbers (sr_Elf *E, uint32_t dynsym, uint64_t count,
                         sr_ElfVersions *V) {
  sr_ElfSection sec;
  uint32_t i;
  for (i = 1; i < E->shnum; i++) {
    int rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK) return rc;
    if (sec.type != SHT_GNU_versym || sec.link != dynsym) continue;
    if (sec.size / 2 != count)
      return sr_elf_damage(E, sec.at + (E->is64 ? 32 : 20), "sh_size",
                           sec.size, "two bytes for each dynamic symbol");
    V->at = sec.offset;
    V->versym = sr_elf_bytes(E, SR_APART, &sec);
    return V->versym != NULL ? SYMRUN_OK : E->S->code;
  }
  return SYMRUN_OK;
}


int sr_elf_versions (sr_Elf *E, uint32_t dynsym, uint32_t strtab,
                     const char *strings, uint64_t strsize, uint64_t count,
                     sr_ElfVersions *V) {
  List list = {E, V, NULL, 0, 0, strings, strsize, 0, 0};
  sr_ElfSection sec;
  bool definitions = false, needs = false;
  uint32_t i;
  int rc = find_numbers(E, dynsym, count, V);
  if (V->versym == NULL) return rc;
  for (i = 1; i < E->shnum && rc == SYMRUN_OK; i++) {
    bool *had;
    rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK) break;
    if (sec.type != SHT_GNU_verdef && sec.type != SHT_GNU_verneed) continue;
    had = sec.type == SHT_GNU_verdef ? &definitions : &needs;
    if (*had)
      return sr_damage(E->S, E->part->offset + sec.at + 4, "sh_type", "sh_type "
                       "is %#x, and should be another, for a file has one such "
                       "list of symbol versions", (unsigned)sec.type);
    *had = true;
    rc = read_list(&list, &sec, strtab);
  }
  return rc;
}


int sr_elf_version (sr_Elf *E, const sr_ElfVersions *V, uint64_t i,
                    sr_Symbol *sym) {
  unsigned number = sr_u16(V->versym + i * 2, E->big), index;
  index = number & ~HIDDEN;
  sym->version_hidden = (number & HIDDEN) != 0;
  if (index <= VER_NDX_GLOBAL) return SYMRUN_OK;
  if (index >= V->room || V->list[index].name.ptr == NULL)
    return sr_elf_damage(E, V->at + i * 2, "version index", index, "that of a "
                         "version that the file defines or needs");
  sym->version = V->list[index].name;
  /* a program's copy of a library's variable: the version is the library's */
  sym->version_hidden |= V->list[index].needed;
  return SYMRUN_OK;
}


void sr_elf_versions_free (sr_Elf *E, sr_ElfVersions *V) {
  sr_delete(E->S, V->list, V->room * sizeof *V->list);
}
