/*
** macho_facts.c
** What Mach-O files say of their target, what they are loaded with and who
** made them: all of it stands in load commands, which macho.c has checked.  A
** file that was built before LC_BUILD_VERSION names its system by the command
** of its oldest version, and simulators are told by the machine alone.
**
** Layouts: mach-o/loader.h and mach/machine.h, of Apple's xnu and cctools.
*/

#include <stdio.h>

#include "facts.h"

enum {  /* load commands */
  LC_LOAD_DYLIB = 0x0c, LC_ID_DYLIB = 0x0d, LC_LOAD_DYLINKER = 0x0e,
  LC_UUID = 0x1b, LC_LAZY_LOAD_DYLIB = 0x20, LC_MIN_MACOS = 0x24,
  LC_MIN_IOS = 0x25, LC_MIN_TVOS = 0x2f, LC_MIN_WATCHOS = 0x30,
  LC_BUILD_VERSION = 0x32
};

#define LC_LOAD_WEAK_DYLIB    0x80000018u
#define LC_RPATH              0x8000001cu
#define LC_REEXPORT_DYLIB     0x8000001fu
#define LC_LOAD_UPWARD_DYLIB  0x80000023u

#define MH_ALLOW_STACK_EXECUTION  0x20000u
#define RELOCATED  0x300u  /* S_ATTR_EXT_RELOC, S_ATTR_LOC_RELOC */

enum { CPU_X86 = 7, CPU_ARM = 12, CPU_POWERPC = 18 };
#define CPU_64       0x01000000u
#define CPU_64_32    0x02000000u  /* 64-bit code in a 32-bit file */


typedef struct Command {
  const unsigned char *p;
  uint64_t at;                     /* in the part */
  uint32_t cmd, size;
} Command;

typedef struct Facts {
  sr_Macho M;
  sr_FactAsk *ask;
  uint64_t had;                    /* where the one such command is */
  const char *os, *abi;
  bool several;                    /* systems */
} Facts;

typedef int (*OnCommand) (Facts *F, const Command *C);


static int each_command (Facts *F, OnCommand f) {
  sr_Macho *M = &F->M;
  uint32_t i, at = 0;
  int rc = SYMRUN_OK;
  for (i = 0; i < M->ncmds && rc == SYMRUN_OK; i++) {
    Command C;
    C.p = M->commands + at;
    C.at = M->headsize + at;
    C.cmd = sr_u32(C.p, M->big);
    C.size = sr_u32(C.p + 4, M->big);
    rc = f(F, &C);
    at += C.size;
  }
  return rc;
}


static int room (Facts *F, const Command *C, uint32_t least) {
  return C->size >= least ? SYMRUN_OK
       : sr_macho_damage(&F->M, C->at + 4, "cmdsize", C->size, "as large as "
                         "its kind of load command is");
}


static int once (Facts *F, const Command *C) {
  if (F->had != 0)
    return sr_macho_damage(&F->M, C->at, "cmd", C->cmd, "another, for a file "
                           "has one such load command, and one came before");
  F->had = C->at;
  return SYMRUN_OK;
}


/* The text of a command whose other fields end at 'fixed'. */
static int text (Facts *F, const Command *C, uint32_t fixed,
                 const char *field) {
  sr_Macho *M = &F->M;
  uint32_t offset;
  size_t n;
  int rc = room(F, C, fixed);
  if (rc != SYMRUN_OK) return rc;
  offset = sr_u32(C->p + 8, M->big);
  if (offset < fixed || offset >= C->size)
    return sr_macho_damage(M, C->at + 8, "lc_str", offset, "inside the load "
                           "command, behind its other fields");
  n = strnlen((const char *)C->p + offset, C->size - offset);
  if (n == C->size - offset)
    return sr_macho_damage(M, C->at + 8, "lc_str", offset, "where a text is "
                           "that has an end in the load command");
  return sr_fact_text(F->ask, field, (const char *)C->p + offset, n);
}


/* -- the target ------------------------------------------------------------ */

static const char *machine (uint32_t cpu) {
  switch (cpu) {
    case CPU_X86: return "x86";
    case CPU_X86 | CPU_64: return "x86_64";
    case CPU_ARM: return "arm";
    case CPU_ARM | CPU_64: case CPU_ARM | CPU_64_32: return "aarch64";
    case CPU_POWERPC: return "powerpc";
    case CPU_POWERPC | CPU_64: return "powerpc64";
    default: return NULL;
  }
}


static void says (Facts *F, const char *os, const char *environment) {
  bool other = F->os != NULL && strcmp(F->os, os) != 0;
  F->several |= other;
  F->os = os;
  if (environment != NULL) F->abi = environment;
}


/* Platforms, by their numbers. */
static const struct { const char *os, *abi; } platforms[] = {
  {NULL, NULL}, {"macos", NULL}, {"ios", NULL}, {"tvos", NULL},
  {"watchos", NULL}, {"bridgeos", NULL}, {"ios", "macabi"}, {"ios", "sim"},
  {"tvos", "sim"}, {"watchos", "sim"}, {"driverkit", NULL},
  {"visionos", NULL}, {"visionos", "sim"}
};


static int platform (Facts *F, const Command *C) {
  uint32_t cpu = sr_u32(F->M.commands - F->M.headsize + 4, F->M.big), n;
  const char *sim = (cpu & 0xffffff) == CPU_X86 ? "sim" : NULL;
  int rc;
  switch (C->cmd) {
    case LC_MIN_MACOS: says(F, "macos", NULL); break;
    case LC_MIN_IOS: says(F, "ios", sim); break;
    case LC_MIN_TVOS: says(F, "tvos", sim); break;
    case LC_MIN_WATCHOS: says(F, "watchos", sim); break;
    case LC_BUILD_VERSION:
      rc = room(F, C, 24);
      if (rc != SYMRUN_OK) return rc;
      n = sr_u32(C->p + 8, F->M.big);
      if (n > 0 && n < sizeof platforms / sizeof *platforms)
        says(F, platforms[n].os, platforms[n].abi);
      break;
    default: break;
  }
  return SYMRUN_OK;
}


/* One for two systems is of none; arm64e is a way to sign pointers. */
static int target (Facts *F) {
  const unsigned char *head = F->M.commands - F->M.headsize;
  uint32_t cpu = sr_u32(head + 4, F->M.big);
  uint32_t subtype = sr_u32(head + 8, F->M.big) & 0xffffff;
  const char *name = machine(cpu);
  char number[32];
  int rc = each_command(F, platform);
  if (name == NULL) {
    snprintf(number, sizeof number, "macho-%lu", (unsigned long)cpu);
    name = number;
  }
  if (cpu == (CPU_ARM | CPU_64) && subtype == 2) F->abi = "arm64e";
  if (rc == SYMRUN_OK) rc = sr_fact_word(F->ask, "machine", name);
  if (rc == SYMRUN_OK)
    rc = sr_fact_width(F->ask, F->M.is64 ? 64 : 32, F->M.big);
  if (rc == SYMRUN_OK && F->os != NULL && !F->several)
    rc = sr_fact_word(F->ask, "os", F->os);
  if (rc == SYMRUN_OK && F->abi != NULL && !F->several)
    rc = sr_fact_word(F->ask, "abi", F->abi);
  return rc;
}


/* -- other questions ------------------------------------------------------- */

static int needed (Facts *F, const Command *C) {
  switch (C->cmd) {
    case LC_LOAD_DYLIB: return text(F, C, 24, "needed");
    case LC_LOAD_WEAK_DYLIB: return text(F, C, 24, "weak");
    case LC_REEXPORT_DYLIB: return text(F, C, 24, "reexport");
    case LC_LAZY_LOAD_DYLIB: return text(F, C, 24, "lazy");
    case LC_LOAD_UPWARD_DYLIB: return text(F, C, 24, "upward");
    default: return SYMRUN_OK;
  }
}


static int soname (Facts *F, const Command *C) {
  int rc = C->cmd == LC_ID_DYLIB ? once(F, C) : SYMRUN_END;
  if (rc == SYMRUN_END) return SYMRUN_OK;
  return rc == SYMRUN_OK ? text(F, C, 24, "soname") : rc;
}


static int run_path (Facts *F, const Command *C) {
  return C->cmd == LC_RPATH ? text(F, C, 12, "rpath") : SYMRUN_OK;
}


static int interpreter (Facts *F, const Command *C) {
  int rc = C->cmd == LC_LOAD_DYLINKER ? once(F, C) : SYMRUN_END;
  if (rc == SYMRUN_END) return SYMRUN_OK;
  return rc == SYMRUN_OK ? text(F, C, 12, "interpreter") : rc;
}


static int uuid (Facts *F, const Command *C) {
  int rc = C->cmd == LC_UUID ? once(F, C) : SYMRUN_END;
  if (rc == SYMRUN_END) return SYMRUN_OK;
  if (rc == SYMRUN_OK) rc = room(F, C, 24);
  return rc == SYMRUN_OK ? sr_fact_hex(F->ask, "uuid", C->p + 8, 16) : rc;
}


/* "ld 820.1": a number of sixteen bits and two of eight. */
static int tools (Facts *F, const Command *C) {
  static const char *const names[] = {"clang", "swift", "ld", "lld"};
  sr_Macho *M = &F->M;
  uint32_t count, i;
  int rc = C->cmd == LC_BUILD_VERSION ? room(F, C, 24) : SYMRUN_END;
  if (rc != SYMRUN_OK) return rc == SYMRUN_END ? SYMRUN_OK : rc;
  count = sr_u32(C->p + 20, M->big);
  if (count > (C->size - 24) / 8)
    return sr_macho_damage(M, C->at + 20, "ntools", count, "as many as the "
                           "load command has room for");
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    uint32_t tool = sr_u32(C->p + 24 + 8 * (size_t)i, M->big);
    uint32_t v = sr_u32(C->p + 28 + 8 * (size_t)i, M->big);
    char said[64], number[24];
    const char *name = tool >= 1 && tool <= 4 ? names[tool - 1] : number;
    int n;
    snprintf(number, sizeof number, "tool-%lu", (unsigned long)tool);
    n = snprintf(said, sizeof said, "%s %u.%u", name, (unsigned)(v >> 16),
                 (unsigned)(v >> 8 & 255));
    if ((v & 255) != 0)
      snprintf(said + n, sizeof said - (size_t)n, ".%u", (unsigned)(v & 255));
    rc = sr_fact_word(F->ask, "tool", said);
  }
  return rc;
}


/* And the rustc that wrote the metadata of a crate. */
static int producers (Facts *F) {
  uint64_t at, size;
  int rc = each_command(F, tools);
  if (rc == SYMRUN_OK)
    rc = sr_macho_section(F->M.S, F->M.part, "__DWARF", ".rmeta", &at, &size);
  if (rc != SYMRUN_OK) return rc == SYMRUN_END ? SYMRUN_OK : rc;
  return sr_rmeta_producer(F->M.S, F->M.part, at, size, F->ask);
}


static int changed_code (void *ud, const sr_MachoSection *sec) {
  (void)ud;
  return strncmp(sec->segment, "__TEXT", 16) == 0 && (sec->flags & RELOCATED)
       ? SYMRUN_END : SYMRUN_OK;
}


static int textrel (Facts *F) {
  int rc;
  if (F->M.type == SR_MH_OBJECT)
    return sr_macho_unknown(&F->M, 12, "filetype", "is an object, and whether "
                            "loading it changes code is decided when it is "
                            "linked");
  rc = sr_macho_sections(&F->M, changed_code, NULL);
  if (rc != SYMRUN_OK && rc != SYMRUN_END) return rc;
  return sr_fact_number(F->ask, "textrel", rc == SYMRUN_END);
}


/* Only a program asks for it: libraries and objects have no say. */
static int stack (Facts *F) {
  return sr_fact_number(F->ask, "stack", F->M.type == SR_MH_EXECUTE
                        && (F->M.flags & MH_ALLOW_STACK_EXECUTION) != 0);
}


int sr_macho_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  Facts F;
  int rc;
  memset(&F, 0, sizeof F);
  F.ask = ask;
  rc = sr_macho_open(S, part, &F.M);
  if (rc != SYMRUN_OK) return rc;
  switch (ask->what) {
    case SR_FACT_TARGET: return target(&F);
    case SR_FACT_BUILD_ID: return each_command(&F, uuid);
    case SR_FACT_PRODUCERS: return producers(&F);
    default: break;
  }
  if (F.M.type == SR_MH_DSYM || F.M.type == SR_MH_CORE)
    return sr_macho_unknown(&F.M, 12, "filetype", "holds debug information or "
                            "memory, so what a loader reads of the file that "
                            "it is about cannot be told");
  switch (ask->what) {
    case SR_FACT_NEEDED: return each_command(&F, needed);
    case SR_FACT_SONAME: return each_command(&F, soname);
    case SR_FACT_RUN_PATHS: return each_command(&F, run_path);
    case SR_FACT_INTERPRETER: return each_command(&F, interpreter);
    case SR_FACT_STACK: return stack(&F);
    case SR_FACT_CONSTRUCTORS: case SR_FACT_CALLED:
      return sr_macho_lists(&F.M, ask);
    default: return textrel(&F);
  }
}
