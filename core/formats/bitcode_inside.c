/*
** bitcode_inside.c
** Bitcode beside native code: the section of an object where a compiler put
** it.  An object without one has no bitcode, which is an answer; one with an
** empty one was marked to have had some, which is none.
**
** Names: ".llvmbc" and Mach-O's "__LLVM,__bitcode" (clang -fembed-bitcode,
** rustc's rlibs), ".llvm.lto" (clang -ffat-lto-objects), as in LLVM's
** ObjectFile::isSectionBitcode.
*/

#include <elf.h>

#include "formats.h"


/* The bitcode of one section. */
static int section (symrun *S, const sr_Part *part, uint64_t offset,
                    uint64_t size, sr_Ask *ask) {
  sr_Part inner = *part;
  inner.offset += offset;
  inner.size = size;
  if (size > 1) return sr_bitcode_read(S, &inner, true, ask);
  sr_fail(S, SYMRUN_UNKNOWN, "is marked as compiled with bitcode, and does not "
          "hold it, so its bitcode symbols cannot be told");
  S->fault.offset = inner.offset;
  S->fault.field = "bitcode section";
  return SYMRUN_UNKNOWN;
}


static int elf_section (sr_Elf *E, const sr_ElfSection *sec, sr_Ask *ask) {
  if (sec->type == SHT_NOBITS
      || !sr_inside(sec->offset, sec->size, E->part->size))
    return sr_elf_damage(E, sec->at + (E->is64 ? 24 : 16), "sh_offset",
                         sec->offset, "inside the file, with all of the "
                         "bitcode; is it cut short?");
  if (sec->flags & SHF_COMPRESSED) {
    sr_fail(E->S, SYMRUN_UNKNOWN, "has bitcode that is compressed, so its "
            "bitcode symbols cannot be told");
    E->S->fault.offset = E->part->offset + sec->at;
    E->S->fault.field = "sh_flags";
    return SYMRUN_UNKNOWN;
  }
  return section(E->S, E->part, sec->offset, sec->size, ask);
}


/* Names are compared with their zero byte.  What a linker reads comes first:
   the other section would say the same again. */
int sr_elf_bitcode (symrun *S, const sr_Part *part, sr_Ask *ask) {
  static const char *const names[] = {".llvm.lto", ".llvmbc"};
  sr_Elf E;
  sr_ElfNames N;
  sr_ElfSection sec;
  size_t k;
  int rc = sr_elf_open(S, part, &E);
  if (rc == SYMRUN_OK) rc = sr_elf_names(&E, &N);
  for (k = 0; k < 2 && rc == SYMRUN_OK; k++) {
    uint32_t i = 0, found = 0;
    while ((rc = sr_elf_named(&E, &N, names[k], &i, &sec)) == SYMRUN_OK) {
      if (N.text[sec.name + strlen(names[k])] != '\0') continue;
      rc = elf_section(&E, &sec, ask);
      if (rc != SYMRUN_OK) return rc;
      found++;
    }
    if (rc != SYMRUN_END) return rc;
    rc = SYMRUN_OK;
    if (found > 0) break;
  }
  return rc;
}


int sr_macho_bitcode (symrun *S, const sr_Part *part, sr_Ask *ask) {
  uint64_t offset, size;
  int rc = sr_macho_section(S, part, "__LLVM", "__bitcode", &offset, &size);
  if (rc == SYMRUN_END) return SYMRUN_OK;
  return rc == SYMRUN_OK ? section(S, part, offset, size, ask) : rc;
}
