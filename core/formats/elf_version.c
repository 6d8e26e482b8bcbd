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
#define CHAINS   65536  /* records of one list; an index has 15 bits */

typedef struct List {
  sr_Elf *E;
  sr_ElfVersions *V;
  const unsigned char *p;
  uint64_t size, at;
  const char *strings;
  uint64_t strsize;
} List;


static int damage (const List *list, uint64_t at, const char *field) {
  return sr_damage(list->E->S, list->E->part->offset + list->at + at, field,
                   "points outside the list of symbol versions");
}


static int set_name (List *list, uint64_t at, unsigned index, uint32_t name) {
  sr_ElfVersions *V = list->V;
  index &= ~HIDDEN;
  if (name >= list->strsize) return damage(list, at, "vda_name");
  if (index >= V->room) {
    size_t room = (index | 63) + 1;
    sr_Str *names = (sr_Str *)sr_resize(list->E->S, V->names,
                      V->room * sizeof *names, room * sizeof *names);
    if (names == NULL) return SYMRUN_NOMEM;
    memset(names + V->room, 0, (room - V->room) * sizeof *names);
    V->names = names;
    V->room = room;
  }
  V->names[index].ptr = list->strings + name;
  V->names[index].len = strlen(list->strings + name);
  return SYMRUN_OK;
}


/* SHT_GNU_verdef: each record's first name is the version's own. */
static int defined (List *list) {
  bool big = list->E->big;
  uint64_t at = 0;
  int i;
  for (i = 0; i < CHAINS && list->size > 0; i++) {
    const unsigned char *p;
    uint64_t aux;
    int rc;
    if (!sr_inside(at, 20, list->size)) return damage(list, at, "vd_next");
    p = list->p + at;
    aux = at + sr_u32(p + 12, big);
    if (!sr_inside(aux, 8, list->size)) return damage(list, at, "vd_aux");
    rc = set_name(list, aux, sr_u16(p + 4, big), sr_u32(list->p + aux, big));
    if (rc != SYMRUN_OK) return rc;
    if (sr_u32(p + 16, big) == 0) return SYMRUN_OK;
    at += sr_u32(p + 16, big);
  }
  return SYMRUN_OK;
}


/* SHT_GNU_verneed: for each library, the versions that are wanted of it. */
static int needed (List *list) {
  bool big = list->E->big;
  uint64_t at = 0;
  int records = 0;
  while (list->size > 0 && records < CHAINS) {
    const unsigned char *p;
    uint64_t aux;
    unsigned left;
    if (!sr_inside(at, 16, list->size)) return damage(list, at, "vn_next");
    p = list->p + at;
    aux = at + sr_u32(p + 8, big);
    for (left = sr_u16(p + 2, big); left > 0 && records < CHAINS; left--) {
      const unsigned char *q;
      int rc;
      if (!sr_inside(aux, 16, list->size)) return damage(list, at, "vn_aux");
      q = list->p + aux;
      rc = set_name(list, aux, sr_u16(q + 6, big), sr_u32(q + 8, big));
      if (rc != SYMRUN_OK) return rc;
      records++;
      if (sr_u32(q + 12, big) == 0) break;
      aux += sr_u32(q + 12, big);
    }
    if (sr_u32(p + 12, big) == 0) return SYMRUN_OK;
    at += sr_u32(p + 12, big);
    records++;
  }
  return SYMRUN_OK;
}


static int read_list (List *list, const sr_ElfSection *sec, uint32_t strtab) {
  list->at = sec->offset;
  list->size = sec->size;
  if (sec->link != strtab)
    return damage(list, 0, "sh_link");
  list->p = sr_elf_bytes(list->E, SR_PASSING, sec);
  if (list->p == NULL) return list->E->S->code;
  return sec->type == SHT_GNU_verdef ? defined(list) : needed(list);
}


int sr_elf_versions (sr_Elf *E, uint32_t dynsym, uint32_t strtab,
                     const char *strings, uint64_t strsize,
                     sr_ElfVersions *V) {
  List list = {E, V, NULL, 0, 0, strings, strsize};
  sr_ElfSection sec;
  uint32_t i;
  for (i = 1; i < E->shnum; i++) {
    int rc = sr_elf_section(E, i, &sec);
    if (rc == SYMRUN_OK && sec.type == SHT_GNU_versym && sec.link == dynsym) {
      V->versym = sr_elf_bytes(E, SR_MORE, &sec);
      V->symbols = sec.size / 2;
      if (V->versym == NULL) rc = E->S->code;
    }
    else if (rc == SYMRUN_OK && (sec.type == SHT_GNU_verdef
                                 || sec.type == SHT_GNU_verneed))
      rc = read_list(&list, &sec, strtab);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


void sr_elf_version (const sr_ElfVersions *V, bool big, size_t i,
                     sr_Symbol *sym) {
  unsigned number;
  if (i >= V->symbols) return;
  number = sr_u16(V->versym + i * 2, big);
  sym->version_hidden = (number & HIDDEN) != 0;
  number &= ~HIDDEN;
  if (number > VER_NDX_GLOBAL && number < V->room)
    sym->version = V->names[number];
}


void sr_elf_versions_free (sr_Elf *E, sr_ElfVersions *V) {
  sr_delete(E->S, V->names, V->room * sizeof *V->names);
}
