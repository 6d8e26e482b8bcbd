/*
** lto_facts.c
** What intermediate code a file or member holds: whose, for which kind of LTO
** as far as the file tells, and whether machine code is there too.  LLVM's
** linkers take a module for ThinLTO if it has such a summary, and all others
** whole; so that is what is told, and not how the compiler was called.
**
** Names of sections: see lto.c.  Triples: LLVM's TargetParser/Triple.h, and
** Rust's target_arch and target_os.
*/

#include <elf.h>

#include "coff.h"
#include "facts.h"
#include "wasm.h"

typedef struct Lto {
  symrun *S;
  const sr_Part *part;
  sr_FactAsk *ask;
} Lto;


static int tell (const Lto *L, const char *code, const char *kind,
                 const char *section, unsigned flags) {
  sr_Fact fact = {"code", {code, strlen(code)}, 0, flags};
  int rc = L->ask->each(L->ask->ud, &fact);
  if (rc == SYMRUN_OK) rc = sr_fact_word(L->ask, "kind", kind);
  if (rc == SYMRUN_OK) rc = sr_fact_word(L->ask, "section", section);
  return rc == SYMRUN_OK ? SYMRUN_END : rc;
}


/* -- bitcode --------------------------------------------------------------- */

static int bitcode (const Lto *L, uint64_t at, uint64_t size,
                    const char *section, unsigned flags) {
  sr_Part inner = *L->part;
  sr_Bitcode about;
  int rc;
  inner.offset += at;
  inner.size = size;
  if (size <= 1) return SYMRUN_OK;  /* a mark that some was there */
  rc = sr_bitcode_about(L->S, &inner, section[0] != '\0', &about);
  if (rc != SYMRUN_OK) return rc;
  return tell(L, "llvm", about.thin == 0 ? "full"
              : about.thin == about.modules ? "thin" : "mixed", section, flags);
}


static bool starts (const char *s, const char *with) {
  return strncmp(s, with, strlen(with)) == 0;
}


/* The first that a word begins with; the longer stand first. */
static const struct { const char *word, *machine; uint8_t bits; bool big; }
machines[] = {
  {"x86_64", "x86_64", 64, false}, {"amd64", "x86_64", 64, false},
  {"i386", "x86", 32, false}, {"i486", "x86", 32, false},
  {"i586", "x86", 32, false}, {"i686", "x86", 32, false},
  {"aarch64_be", "aarch64", 64, true}, {"aarch64", "aarch64", 64, false},
  {"arm64ec", "arm64ec", 64, false},
  {"arm64", "aarch64", 64, false}, {"armeb", "arm", 32, true},
  {"arm", "arm", 32, false}, {"thumbeb", "arm", 32, true},
  {"thumb", "arm", 32, false}, {"riscv32", "riscv32", 32, false},
  {"riscv64", "riscv64", 64, false}, {"wasm32", "wasm32", 32, false},
  {"wasm64", "wasm64", 64, false}, {"powerpc64le", "powerpc64", 64, false},
  {"ppc64le", "powerpc64", 64, false}, {"powerpc64", "powerpc64", 64, true},
  {"ppc64", "powerpc64", 64, true}, {"powerpcle", "powerpc", 32, false},
  {"powerpc", "powerpc", 32, true},
  {"ppc", "powerpc", 32, true}, {"mips64el", "mips64", 64, false},
  {"mips64", "mips64", 64, true}, {"mipsisa64r6el", "mips64", 64, false},
  {"mipsisa64", "mips64", 64, true}, {"mipsisa32r6el", "mips", 32, false},
  {"mipsel", "mips", 32, false},
  {"mips", "mips", 32, true}, {"s390x", "s390x", 64, true},
  {"sparcv9", "sparc64", 64, true}, {"sparc64", "sparc64", 64, true},
  {"sparc", "sparc", 32, true}, {"loongarch64", "loongarch64", 64, false},
  {"hexagon", "hexagon", 32, false}, {"nvptx64", "nvptx64", 64, false},
  {"amdgcn", "amdgpu", 64, false}, {"bpfeb", "bpf", 64, true},
  {"bpf", "bpf", 64, false}, {"msp430", "msp430", 16, false},
  {"avr", "avr", 16, false}
};

/* Android's begins as Linux's does, and goes before. */
static const struct { const char *word, *os; } systems[] = {
  {"android", "android"}, {"linux", "linux"}, {"darwin", "macos"},
  {"macos", "macos"}, {"ios", "ios"}, {"tvos", "tvos"},
  {"watchos", "watchos"}, {"xros", "visionos"}, {"visionos", "visionos"},
  {"windows", "windows"}, {"win32", "windows"}, {"freebsd", "freebsd"},
  {"netbsd", "netbsd"}, {"openbsd", "openbsd"}, {"dragonfly", "dragonfly"},
  {"solaris", "solaris"}, {"wasi", "wasi"}, {"emscripten", "emscripten"},
  {"fuchsia", "fuchsia"}, {"hurd", "hurd"}, {"uefi", "uefi"},
  {"cuda", "cuda"}
};


static int target (const sr_FactAsk *ask, const char *triple) {
  const char *word = strchr(triple, '-');
  size_t i, n = word != NULL ? (size_t)(word - triple) : strlen(triple);
  int rc;
  for (i = 0; i < sizeof machines / sizeof *machines; i++)
    if (starts(triple, machines[i].word)) break;
  if (i == sizeof machines / sizeof *machines)
    rc = n > 0 ? sr_fact_text(ask, "machine", triple, n) : SYMRUN_OK;
  else {
    /* "x32" and "n32" make of these narrow ones: then nothing is said */
    bool odd = strstr(triple, "gnux32") != NULL
            || strstr(triple, "muslx32") != NULL
            || strstr(triple, "abin32") != NULL
            || strstr(triple, "_ilp32") != NULL || starts(triple, "arm64_32")
            || starts(triple, "aarch64_32");
    rc = sr_fact_word(ask, "machine", machines[i].machine);
    if (rc == SYMRUN_OK && odd)
      rc = sr_fact_word(ask, "endian", machines[i].big ? "big" : "little");
    else if (rc == SYMRUN_OK)
      rc = sr_fact_width(ask, machines[i].bits, machines[i].big);
  }
  for (i = 0; i < sizeof systems / sizeof *systems; i++) {
    const char *p;
    for (p = word; p != NULL; p = strchr(p + 1, '-'))
      if (starts(p + 1, systems[i].word)) break;
    if (p != NULL && rc == SYMRUN_OK)
      return sr_fact_word(ask, "os", systems[i].os);
  }
  return rc;
}


/* Bitcode by itself was not compiled to the end: it has no sections, and what
   it will want of a stack is not known. */
int sr_bitcode_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  char triple[SR_BITCODE_TEXT + 1];
  sr_Bitcode about;
  unsigned len;
  int rc;
  switch (ask->what) {
    case SR_FACT_NEEDED: case SR_FACT_SONAME: case SR_FACT_RUN_PATHS:
    case SR_FACT_INTERPRETER: case SR_FACT_BUILD_ID: return SYMRUN_OK;
    case SR_FACT_TARGET: case SR_FACT_PRODUCERS: break;
    default: return SYMRUN_END;
  }
  rc = sr_bitcode_about(S, part, false, &about);
  if (rc != SYMRUN_OK) return rc;
  len = ask->what == SR_FACT_TARGET ? about.ntriple : about.nwriter;
  if (about.several || len == SR_BITCODE_TEXT)
    return sr_fact_unknown(S, part->offset, "module", "holds modules that do "
                           "not say the same of themselves, or too much");
  if (len == 0) return SYMRUN_OK;
  if (ask->what == SR_FACT_PRODUCERS)
    return sr_fact_text(ask, "writer", about.writer, len);
  memcpy(triple, about.triple, len);
  triple[len] = '\0';
  return target(ask, triple);
}


/* -- by format ------------------------------------------------------------- */

static int pass (void *ud, const sr_Symbol *sym) {
  (void)ud;
  (void)sym;
  return SYMRUN_OK;
}


/* Before GCC 10 no section tells, but a marker among the symbols. */
static int gcc (const Lto *L, sr_ReadSymbols read, const char *section) {
  sr_Ask ask;
  int rc;
  memset(&ask, 0, sizeof ask);
  ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED;
  ask.each = pass;
  rc = read(L->S, L->part, &ask);
  return rc != SYMRUN_OK && rc != SYMRUN_UNKNOWN ? rc
       : tell(L, "gcc", rc == SYMRUN_OK ? "fat" : "slim", section,
              rc == SYMRUN_OK ? SR_LTO_NATIVE : 0);
}


static int elf_gcc (const Lto *L, sr_Elf *E, const sr_ElfNames *N) {
  static const char head[] = ".gnu.lto_.lto.";
  sr_ElfSection sec;
  const unsigned char *p;
  uint32_t i = 0;
  int rc = sr_elf_named(E, N, head, &i, &sec);
  if (rc == SYMRUN_OK) {
    if (sec.size < 8)
      return sr_elf_damage(E, sec.at + (E->is64 ? 32 : 20), "sh_size",
                           sec.size, "8 or more, for this begins GCC's LTO");
    if (sec.flags & SHF_COMPRESSED)
      return sr_fact_unknown(E->S, E->part->offset + sec.at, "sh_flags", "has "
                             "GCC's LTO compressed, so its kind cannot be "
                             "told");
    p = sr_elf_bytes(E, SR_PASSING, &sec);
    if (p == NULL) return E->S->code;
    return tell(L, "gcc", p[4] != 0 ? "slim" : "fat", ".gnu.lto_",
                p[4] != 0 ? 0 : SR_LTO_NATIVE);
  }
  i = 0;
  if (rc == SYMRUN_END) rc = sr_elf_named(E, N, ".gnu.lto_", &i, &sec);
  if (rc != SYMRUN_OK) return rc == SYMRUN_END ? SYMRUN_OK : rc;
  return gcc(L, sr_elf_read, ".gnu.lto_");
}


static int elf_section (const Lto *L, sr_Elf *E, const sr_ElfNames *N,
                        const char *name, unsigned flags) {
  sr_ElfSection sec;
  uint32_t i = 0;
  int rc;
  while ((rc = sr_elf_named(E, N, name, &i, &sec)) == SYMRUN_OK) {
    if (N->text[sec.name + strlen(name)] != '\0') continue;
    if (sec.type == SHT_NOBITS
        || !sr_inside(sec.offset, sec.size, E->part->size))
      return sr_elf_damage(E, sec.at + (E->is64 ? 24 : 16), "sh_offset",
                           sec.offset, "inside the file, with all of the "
                           "bitcode; is it cut short?");
    if (sec.flags & SHF_COMPRESSED)
      return sr_fact_unknown(E->S, E->part->offset + sec.at, "sh_flags", "has "
                             "bitcode that is compressed, so its kind cannot "
                             "be told");
    rc = bitcode(L, sec.offset, sec.size, name, flags);
    if (rc != SYMRUN_OK) return rc;
  }
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}


static int of_elf (const Lto *L) {
  sr_Elf E;
  sr_ElfNames N;
  int rc = sr_elf_open(L->S, L->part, &E);
  if (rc == SYMRUN_OK && E.shnum == 0 && E.type == ET_REL) return SYMRUN_OK;
  if (rc == SYMRUN_OK) rc = sr_elf_names(&E, &N);
  if (rc == SYMRUN_OK)
    rc = elf_section(L, &E, &N, ".llvm.lto", SR_LTO_NATIVE);
  if (rc == SYMRUN_OK)
    rc = elf_section(L, &E, &N, ".llvmbc", SR_LTO_NATIVE | SR_LTO_EMBEDDED);
  return rc == SYMRUN_OK ? elf_gcc(L, &E, &N) : rc;
}


static int each_macho (void *ud, const sr_MachoSection *sec) {
  const Lto *L = (const Lto *)ud;
  return strncmp(sec->segment, "__GNU_LTO", 16) == 0
       ? gcc(L, sr_macho_read, "__GNU_LTO") : SYMRUN_OK;
}


static int of_macho (Lto *L) {
  uint64_t at, size;
  sr_Macho M;
  int rc = sr_macho_section(L->S, L->part, "__LLVM", "__bitcode", &at, &size);
  if (rc == SYMRUN_OK)
    return bitcode(L, at, size, "__LLVM,__bitcode", SR_LTO_NATIVE
                   | SR_LTO_EMBEDDED);
  if (rc == SYMRUN_END) rc = sr_macho_open(L->S, L->part, &M);
  return rc == SYMRUN_OK ? sr_macho_sections(&M, each_macho, L) : rc;
}


static int of_wasm (const Lto *L) {
  uint64_t at, size;
  sr_Wasm W;
  int rc = sr_wasm_open(L->S, L->part, &W);
  if (rc == SYMRUN_OK && W.component)
    return sr_fact_unknown(L->S, L->part->offset + 6, "layer", "is a "
                           "component: ask the modules in it");
  if (rc == SYMRUN_OK)
    rc = sr_wasm_custom(L->S, L->part, ".llvmbc", &at, &size);
  return rc != SYMRUN_OK ? rc
       : bitcode(L, at, size, ".llvmbc", SR_LTO_NATIVE | SR_LTO_EMBEDDED);
}


/* Microsoft's own is known by its header, and has no other code. */
static int of_coff (const Lto *L, bool image) {
  static const char own[] = ".gnu.lto_";
  sr_Pe P;
  uint32_t i;
  int rc;
  memset(&P, 0, sizeof P);
  rc = image ? sr_pe_open(L->S, L->part, &P)
             : sr_coff_open(L->S, L->part, &P.coff);
  if (rc == SYMRUN_UNKNOWN && strcmp(L->S->fault.field, "ClassID") == 0)
    return tell(L, "msvc", "slim", "", 0);
  if (rc == SYMRUN_OK) rc = sr_coff_headers(&P.coff);
  for (i = 1; rc == SYMRUN_OK && i <= P.coff.nsections; i++) {
    const unsigned char *h = P.coff.headers + (size_t)(i - 1) * COFF_HEADER;
    sr_Str name;
    rc = sr_coff_section_name(&P.coff, i, &name);
    if (rc != SYMRUN_OK) return rc;
    if (name.len == 7 && memcmp(name.ptr, ".llvmbc", 7) == 0) {
      uint32_t at = sr_u32(h + 20, false), size = sr_u32(h + 16, false);
      if (!sr_inside(at, size, L->part->size))
        return sr_coff_damage(&P.coff, P.coff.headers_at + (uint64_t)(i - 1)
                              * COFF_HEADER + 20, "PointerToRawData", at,
                              "inside the file, with all of the bitcode; is it "
                              "cut short?");
      rc = bitcode(L, at, size, ".llvmbc", SR_LTO_NATIVE | SR_LTO_EMBEDDED);
    }
    else if (!image && name.len >= sizeof own - 1
             && memcmp(name.ptr, own, sizeof own - 1) == 0)
      rc = gcc(L, sr_coff_read, own);
  }
  return rc;
}


/* SYMRUN_END of a reader: it has said all. */
int sr_lto_facts (symrun *S, sr_Format f, const sr_Part *part,
                  sr_FactAsk *ask) {
  Lto L = {S, part, ask};
  int rc;
  switch (f) {
    case SR_BITCODE: rc = bitcode(&L, 0, part->size, "", 0); break;
    case SR_ELF: rc = of_elf(&L); break;
    case SR_MACHO: rc = of_macho(&L); break;
    case SR_COFF: case SR_COFF_BIGOBJ: rc = of_coff(&L, false); break;
    case SR_PE: rc = of_coff(&L, true); break;
    case SR_WASM: rc = of_wasm(&L); break;
    case SR_COFF_IMPORT: case SR_RMETA: case SR_EMPTY: return SYMRUN_OK;
    default: return SYMRUN_END;
  }
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}
