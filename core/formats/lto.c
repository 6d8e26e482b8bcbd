/*
** lto.c
** Intermediate code by itself or beside native code: where it stands in the
** file, by format.  An object without it has none, which is an answer; one
** whose section was emptied is only marked to have had some, which is none.
**
** Names: ".llvmbc" and Mach-O's "__LLVM,__bitcode" (clang -fembed-bitcode,
** rustc's rlibs), ".llvm.lto" (clang -ffat-lto-objects), as in LLVM's
** ObjectFile::isSectionBitcode; ".gnu.lto_" and Mach-O's "__GNU_LTO" (GCC).
*/

#include <elf.h>

#include "coff.h"

#define LLVMBC  ".llvmbc"


static int unknown (symrun *S, uint64_t offset, const char *field,
                    const char *why) {
  sr_fail(S, SYMRUN_UNKNOWN, "%s", why);
  S->fault.offset = offset;
  S->fault.field = field;
  return SYMRUN_UNKNOWN;
}


/* The bitcode of one section. */
static int section (symrun *S, const sr_Part *part, uint64_t offset,
                    uint64_t size, sr_Ask *ask) {
  sr_Part inner = *part;
  inner.offset += offset;
  inner.size = size;
  if (size > 1) return sr_bitcode_read(S, &inner, true, ask);
  return unknown(S, inner.offset, "bitcode section", "is marked as compiled "
                 "with bitcode, and does not hold it, so its bitcode symbols "
                 "cannot be told");
}


/* The same, where the reader of a format has looked for it. */
static int found (symrun *S, int rc, const sr_Part *part, uint64_t offset,
                  uint64_t size, sr_Ask *ask) {
  if (rc == SYMRUN_END) return SYMRUN_OK;
  return rc == SYMRUN_OK ? section(S, part, offset, size, ask) : rc;
}


/* -- ELF ------------------------------------------------------------------- */

static int elf_section (sr_Elf *E, const sr_ElfSection *sec, sr_Ask *ask) {
  if (sec->type == SHT_NOBITS
      || !sr_inside(sec->offset, sec->size, E->part->size))
    return sr_elf_damage(E, sec->at + (E->is64 ? 24 : 16), "sh_offset",
                         sec->offset, "inside the file, with all of the "
                         "bitcode; is it cut short?");
  if (sec->flags & SHF_COMPRESSED)
    return unknown(E->S, E->part->offset + sec->at, "sh_flags", "has bitcode "
                   "that is compressed, so its bitcode symbols cannot be told");
  return section(E->S, E->part, sec->offset, sec->size, ask);
}


/* All sections of this name. */
static int elf_all (sr_Elf *E, const sr_ElfNames *N, const char *name,
                    sr_Ask *ask, bool *any) {
  sr_ElfSection sec;
  uint32_t i = 0;
  int rc;
  while ((rc = sr_elf_named(E, N, name, &i, &sec)) == SYMRUN_OK) {
    if (N->text[sec.name + strlen(name)] != '\0') continue;
    *any = true;
    rc = elf_section(E, &sec, ask);
    if (rc != SYMRUN_OK) return rc;
  }
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}


/* What a linker reads comes first: the other would say the same again. */
static int elf_bitcode (symrun *S, const sr_Part *part, sr_Ask *ask) {
  sr_Elf E;
  sr_ElfNames N;
  bool any = false;
  int rc = sr_elf_open(S, part, &E);
  if (rc == SYMRUN_OK) rc = sr_elf_names(&E, &N);
  if (rc == SYMRUN_OK) rc = elf_all(&E, &N, ".llvm.lto", ask, &any);
  return rc == SYMRUN_OK && !any ? elf_all(&E, &N, LLVMBC, ask, &any) : rc;
}


/* -- the others ------------------------------------------------------------ */

static int macho_bitcode (symrun *S, const sr_Part *part, sr_Ask *ask) {
  uint64_t offset = 0, size = 0;
  int rc = sr_macho_section(S, part, "__LLVM", "__bitcode", &offset, &size);
  return found(S, rc, part, offset, size, ask);
}


static int wasm_bitcode (symrun *S, const sr_Part *part, sr_Ask *ask) {
  uint64_t offset = 0, size = 0;
  int rc = sr_wasm_custom(S, part, LLVMBC, &offset, &size);
  return found(S, rc, part, offset, size, ask);
}


static bool begins (const sr_Str *name, const char *begin) {
  size_t len = strlen(begin);
  return name->len >= len && memcmp(name->ptr, begin, len) == 0;
}


/* An object, or an image, which linkers put together from what objects have. */
static int coff_open (symrun *S, sr_Format f, const sr_Part *part, sr_Pe *P) {
  int rc = f == SR_PE ? sr_pe_open(S, part, P)
                      : sr_coff_open(S, part, &P->coff);
  return rc == SYMRUN_OK ? sr_coff_headers(&P->coff) : rc;
}


static int coff_bitcode (symrun *S, sr_Format f, const sr_Part *part,
                         sr_Ask *ask) {
  sr_Pe P;
  const sr_Coff *C = &P.coff;
  uint32_t i;
  int rc = coff_open(S, f, part, &P);
  for (i = 1; rc == SYMRUN_OK && i <= C->nsections; i++) {
    const unsigned char *h = C->headers + (size_t)(i - 1) * COFF_HEADER;
    uint32_t size = sr_u32(h + 16, false), offset = sr_u32(h + 20, false);
    if (memcmp(h, LLVMBC, sizeof LLVMBC) != 0) continue;
    if (C->image && sr_u32(h + 8, false) < size)  /* the rest fills it up */
      size = sr_u32(h + 8, false);
    if (!sr_inside(offset, size, part->size))
      return sr_coff_damage(C, C->headers_at + (uint64_t)(i - 1) * COFF_HEADER
                            + 20, "PointerToRawData", offset, "inside the "
                            "file, with all of the bitcode; is it cut short?");
    rc = section(S, part, offset, size, ask);
  }
  return rc;
}


/* GCC for Windows.  Images keep eight bytes of a name. */
static int coff_gcc (symrun *S, sr_Format f, const sr_Part *part) {
  sr_Pe P;
  uint32_t i;
  int rc = coff_open(S, f, part, &P);
  for (i = 1; rc == SYMRUN_OK && i <= P.coff.nsections; i++) {
    sr_Str name;
    rc = sr_coff_section_name(&P.coff, i, &name);
    if (rc == SYMRUN_OK
        && begins(&name, P.coff.image ? ".gnu.lto" : ".gnu.lto_"))
      return unknown(S, part->offset + P.coff.headers_at
                     + (uint64_t)(i - 1) * COFF_HEADER, "section name", "holds "
                     "GCC's LTO, which symrun cannot read of COFF");
  }
  return rc;
}


static int each_macho (void *ud, const sr_MachoSection *sec) {
  const sr_Macho *M = (const sr_Macho *)ud;
  if (strncmp(sec->segment, "__GNU_LTO", 16) != 0) return SYMRUN_OK;
  return unknown(M->S, M->part->offset + sec->at, "segname", "holds GCC's LTO, "
                 "which symrun cannot read of a Mach-O file");
}


static int macho_gcc (symrun *S, const sr_Part *part) {
  sr_Macho M;
  int rc = sr_macho_open(S, part, &M);
  return rc == SYMRUN_OK ? sr_macho_sections(&M, each_macho, &M) : rc;
}


static int read_bitcode (symrun *S, sr_Format f, const sr_Part *part,
                         sr_Ask *ask) {
  switch (f) {
    case SR_BITCODE: return sr_bitcode_read(S, part, false, ask);
    case SR_ELF: return elf_bitcode(S, part, ask);
    case SR_MACHO: return macho_bitcode(S, part, ask);
    case SR_WASM: return wasm_bitcode(S, part, ask);
    case SR_COFF: case SR_COFF_BIGOBJ: case SR_PE:
      return coff_bitcode(S, f, part, ask);
    case SR_COFF_IMPORT: case SR_TBD: return SYMRUN_OK;
    default: return SYMRUN_END;
  }
}


/* LLVM writes none of GCC's, and GCC no wasm. */
static int read_gcc (symrun *S, sr_Format f, const sr_Part *part,
                     sr_Ask *ask) {
  switch (f) {
    case SR_ELF: return sr_gcclto_read(S, part, ask);
    case SR_MACHO: return macho_gcc(S, part);
    case SR_COFF: case SR_COFF_BIGOBJ: case SR_PE: return coff_gcc(S, f, part);
    case SR_BITCODE: case SR_WASM: case SR_COFF_IMPORT: case SR_TBD:
      return SYMRUN_OK;
    default: return SYMRUN_END;
  }
}


int sr_lto_read (symrun *S, sr_Format f, sr_View_name view,
                 const sr_Part *part, sr_Ask *ask) {
  return view == SR_GCC_LTO ? read_gcc(S, f, part, ask)
                            : read_bitcode(S, f, part, ask);
}
