/*
** elf_names.c
** Sections of an ELF file by their names, for what no type tells: compilers
** put their intermediate code into sections that only a name sets apart.
**
** Layout: System V ABI, chapter 4 ("Sections", "String Table").
*/

#include <elf.h>

#include "formats.h"


int sr_elf_names (sr_Elf *E, sr_ElfNames *N) {
  sr_ElfSection sec;
  int rc;
  memset(N, 0, sizeof *N);
  if (E->shnum == 0 || E->shstrndx == SHN_UNDEF) {
    sr_fail(E->S, SYMRUN_UNKNOWN, "has no names of sections, so nobody knows "
            "whether it holds intermediate code");
    E->S->fault.offset = E->part->offset;
    E->S->fault.field = "e_shstrndx";
    return SYMRUN_UNKNOWN;
  }
  rc = sr_elf_section(E, E->shstrndx, &sec);
  if (rc != SYMRUN_OK) return rc;
  if (sec.type != SHT_STRTAB)
    return sr_elf_damage(E, sec.at + 4, "sh_type", sec.type, "that of a string "
                         "table, for e_shstrndx says that it is one");
  N->text = (const char *)sr_elf_bytes(E, SR_MORE, &sec);
  if (N->text == NULL) return E->S->code;
  N->size = sec.size;
  if (N->size > 0 && N->text[N->size - 1] == '\0') return SYMRUN_OK;
  return sr_elf_damage(E, sec.at + (E->is64 ? 32 : 20), "sh_size", sec.size,
                       "that of strings, of which the last has an end");
}


int sr_elf_named (sr_Elf *E, const sr_ElfNames *N, const char *begin,
                  uint32_t *i, sr_ElfSection *out) {
  size_t len = strlen(begin);
  while (++*i < E->shnum) {
    const unsigned char *h = E->table + (size_t)*i * E->headsize;
    uint32_t name = sr_u32(h, E->big);
    if (SR_UNLIKELY(name >= N->size))
      return sr_elf_damage(E, E->shoff + (uint64_t)*i * E->headsize, "sh_name",
                           name, "inside the table of section names");
    /* most differ, and these mostly at the end: ".gnu.lto_f.1" */
    if (N->size - name <= len || N->text[name + len - 1] != begin[len - 1]
        || memcmp(N->text + name, begin, len) != 0) continue;
    return sr_elf_section(E, *i, out);
  }
  return SYMRUN_END;
}
