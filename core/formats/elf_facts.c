/*
** elf_facts.c
** What ELF files say of their target, their makers and themselves: headers,
** notes and ".comment"; elf_dynamic.c reads what a loader does.  An object
** without the section ".note.GNU-stack" says nothing of its stack: GNU ld then
** makes it executable on some machines, and lld never does.
**
** Layouts: System V ABI, chapters 4 and 5, and its supplements for machines
** (e_flags); <elf.h>; Linux Standard Base, "Special Sections" (notes).
*/

#include <elf.h>
#include <stdio.h>

#include "facts.h"


/* -- the target ------------------------------------------------------------ */

static const struct { uint16_t machine; const char *narrow, *wide; }
machines[] = {
  {2, "sparc", "sparc64"}, {3, "x86", "x86"}, {4, "m68k", "m68k"},
  {8, "mips", "mips64"}, {15, "hppa", "hppa64"}, {18, "sparc", "sparc64"},
  {20, "powerpc", "powerpc"}, {21, "powerpc64", "powerpc64"},
  {22, "s390", "s390x"}, {40, "arm", "arm"}, {42, "sh", "sh"},
  {43, "sparc64", "sparc64"}, {50, "ia64", "ia64"}, {62, "x86_64", "x86_64"},
  {83, "avr", "avr"}, {94, "xtensa", "xtensa"}, {105, "msp430", "msp430"},
  {164, "hexagon", "hexagon"}, {183, "aarch64", "aarch64"},
  {190, "nvptx", "nvptx64"}, {224, "amdgpu", "amdgpu"},
  {243, "riscv32", "riscv64"}, {247, "bpf", "bpf"}, {252, "csky", "csky"},
  {258, "loongarch32", "loongarch64"}, {0x9026, "alpha", "alpha"}
};

enum { MIPS_ABI2 = 0x20 };  /* n32: 64-bit registers in a 32-bit file */


static int tell_machine (const sr_Elf *E, uint32_t flags, sr_FactAsk *ask) {
  bool wide = E->is64 || (E->machine == EM_MIPS && (flags & MIPS_ABI2));
  char number[32];
  size_t i;
  for (i = 0; i < sizeof machines / sizeof *machines; i++)
    if (machines[i].machine == E->machine)
      return sr_fact_word(ask, "machine", wide ? machines[i].wide
                                               : machines[i].narrow);
  snprintf(number, sizeof number, "elf-%u", (unsigned)E->machine);
  return sr_fact_word(ask, "machine", number);
}


/* How functions are called, where a header tells; NULL where it does not. */
static const char *abi (const sr_Elf *E, uint32_t flags) {
  static const char *const riscv[2][4] = {
    {"ilp32", "ilp32f", "ilp32d", "ilp32q"},
    {"lp64", "lp64f", "lp64d", "lp64q"}
  };
  static const char *const loongarch[2][4] = {
    {NULL, "ilp32s", "ilp32f", "ilp32d"}, {NULL, "lp64s", "lp64f", "lp64d"}
  };
  switch (E->machine) {
    case EM_X86_64: return E->is64 ? "lp64" : "x32";
    case EM_AARCH64: return E->is64 ? "lp64" : "ilp32";
    case EM_RISCV:
      return (flags & 8) && !E->is64 ? "ilp32e"
           : (flags & 8) ? "lp64e" : riscv[E->is64][flags >> 1 & 3];
    case EM_PPC64:
      return (flags & 3) == 1 ? "elfv1" : (flags & 3) == 2 ? "elfv2" : NULL;
    case EM_MIPS:
      return E->is64 ? "n64" : flags & MIPS_ABI2 ? "n32"
           : (flags & 0xf000) == 0x1000 ? "o32" : NULL;
    case EM_ARM:
      return (flags >> 24) != 5 ? NULL : flags & 0x400 ? "eabihf"
           : flags & 0x200 ? "eabi" : NULL;
    case 258: return (flags & 7) < 4 ? loongarch[E->is64][flags & 3] : NULL;
    default: return NULL;
  }
}


/* -- notes ----------------------------------------------------------------- */

typedef struct Note {
  uint64_t at;                /* in the part */
  sr_Str owner;               /* without its zero */
  uint32_t type, size;
  const unsigned char *bytes;
} Note;

/* What looks through them. */
typedef struct Notes {
  sr_FactAsk *ask;
  const char *os;
  unsigned char id[64];       /* the build identifier, and its bytes */
  uint32_t size;
  uint64_t read;              /* bytes of notes up to here */
} Notes;

typedef int (*OnNote) (sr_Elf *E, Notes *N, const Note *note);


/* What many headers point to could cost any time. */
static int too_often (sr_Elf *E, uint64_t at, const char *what,
                      uint64_t bytes) {
  return sr_damage(E->S, E->part->offset + at, what, "%s up to here add up to "
                   "%llu bytes, more than twice the file", what,
                   (unsigned long long)bytes);
}


/* Names and contents begin at multiples of four bytes, or of eight where the
   section does. */
static int read_notes (sr_Elf *E, uint64_t at, uint64_t size, uint64_t align,
                       OnNote f, Notes *N) {
  uint64_t mask = align == 8 ? 7 : 3, done = 0;
  int rc = SYMRUN_OK;
  const unsigned char *p = sr_elf_look(E, SR_PASSING, at, size, size);
  if (p == NULL) return E->S->code;
  N->read += size;
  if (N->read / 2 > E->part->size) return too_often(E, at, "notes", N->read);
  while (rc == SYMRUN_OK && done < size) {
    uint64_t left = size - done, desc, end;
    uint32_t namesz;
    Note note;
    if (left < 12)  /* zeros that fill up */
      return left <= mask ? SYMRUN_OK
           : sr_elf_damage(E, at + done, "note", left, "12 bytes or more, for "
                           "a note has as many before its name");
    namesz = sr_u32(p + done, E->big);
    note.size = sr_u32(p + done + 4, E->big);
    note.type = sr_u32(p + done + 8, E->big);
    note.at = at + done;
    if (namesz > left - 12)
      return sr_elf_damage(E, note.at, "n_namesz", namesz, "less, for the "
                           "notes end before");
    desc = (12 + (uint64_t)namesz + mask) & ~mask;
    end = desc + note.size;
    if (note.size > 0 && end > left)
      return sr_elf_damage(E, note.at + 4, "n_descsz", note.size, "less, for "
                           "the notes end before");
    note.owner.ptr = (const char *)p + done + 12;
    note.owner.len = strnlen(note.owner.ptr, namesz);
    note.bytes = p + done + desc;
    rc = f(E, N, &note);
    end = (end + mask) & ~mask;
    done += end < left ? end : left;
  }
  return rc;
}


static bool owned (const Note *note, const char *owner) {
  return note->owner.len == strlen(owner)
      && memcmp(note->owner.ptr, owner, note->owner.len) == 0;
}


/* By sections: in a file of debug information segments point to what is not
   there.  What has none is read as loaders do. */
static int each_note (sr_Elf *E, OnNote f, Notes *N) {
  sr_ElfSegments P;
  sr_ElfSegment seg;
  sr_ElfSection sec;
  uint32_t i;
  bool had = false;
  int rc = SYMRUN_OK;
  for (i = 1; i < E->shnum && rc == SYMRUN_OK; i++) {
    const unsigned char *h;
    rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK || sec.type != SHT_NOTE) continue;
    had = true;
    if (!sr_inside(sec.offset, sec.size, E->part->size))
      return sr_elf_damage(E, sec.at + (E->is64 ? 24 : 16), "sh_offset",
                           sec.offset, "inside the file, with all of the "
                           "notes; is it cut short?");
    h = E->table + (size_t)i * E->headsize;
    rc = read_notes(E, sec.offset, sec.size, E->is64 ? sr_u64(h + 48, E->big)
                    : sr_u32(h + 32, E->big), f, N);
  }
  if (rc != SYMRUN_OK || had) return rc;
  rc = sr_elf_segments(E, &P);
  for (i = 0; rc == SYMRUN_OK && i < P.count; i++) {
    sr_elf_segment(E, &P, i, &seg);
    if (seg.type != PT_NOTE) continue;
    rc = read_notes(E, seg.offset, seg.size, seg.align, f, N);
  }
  return rc;
}


/* What of a system marks what was made for it. */
static int note_of_os (sr_Elf *E, Notes *N, const Note *note) {
  static const char *const gnu[] = {"linux", "hurd", "solaris", "freebsd"};
  static const struct { const char *owner, *os; } owners[] = {
    {"Android", "android"}, {"FreeBSD", "freebsd"}, {"NetBSD", "netbsd"},
    {"OpenBSD", "openbsd"}, {"DragonFly", "dragonfly"}
  };
  size_t i;
  if (note->type != 1) return SYMRUN_OK;
  if (owned(note, "GNU") && note->size >= 16) {
    uint32_t os = sr_u32(note->bytes, E->big);
    if (os < 4) N->os = gnu[os];
  }
  for (i = 0; i < sizeof owners / sizeof *owners; i++)
    if (owned(note, owners[i].owner)) N->os = owners[i].os;
  return SYMRUN_OK;
}


static const char *os_of (uint8_t osabi) {
  switch (osabi) {
    case ELFOSABI_HPUX: return "hpux";
    case ELFOSABI_NETBSD: return "netbsd";
    case ELFOSABI_SOLARIS: return "solaris";
    case ELFOSABI_AIX: return "aix";
    case ELFOSABI_FREEBSD: return "freebsd";
    case ELFOSABI_OPENBSD: return "openbsd";
    case 64: return "amdhsa";
    default: return NULL;  /* System V, or GNU's on any kernel */
  }
}


static int target (sr_Elf *E, sr_FactAsk *ask) {
  const unsigned char *p = sr_elf_look(E, SR_MORE, 0, E->is64 ? 64 : 52, 64);
  Notes N = {ask, NULL, {0}, 0, 0};
  const char *says;
  uint32_t flags;
  int rc;
  if (p == NULL) return E->S->code;
  flags = sr_u32(p + (E->is64 ? 48 : 36), E->big);
  N.os = os_of(p[EI_OSABI]);
  rc = tell_machine(E, flags, ask);
  if (rc == SYMRUN_OK) rc = sr_fact_width(ask, E->is64 ? 64 : 32, E->big);
  says = abi(E, flags);
  if (rc == SYMRUN_OK && says != NULL) rc = sr_fact_word(ask, "abi", says);
  if (rc == SYMRUN_OK && N.os == NULL) rc = each_note(E, note_of_os, &N);
  if (rc == SYMRUN_OK && N.os != NULL) rc = sr_fact_word(ask, "os", N.os);
  return rc;
}


static int note_of_build (sr_Elf *E, Notes *N, const Note *note) {
  if (note->type != NT_GNU_BUILD_ID || !owned(note, "GNU")) return SYMRUN_OK;
  if (note->size == 0 || note->size > sizeof N->id)
    return sr_elf_damage(E, note->at + 4, "n_descsz", note->size, "1 to 64, "
                         "for this is a build identifier");
  if (N->size > 0 && (N->size != note->size
                      || memcmp(N->id, note->bytes, N->size) != 0))
    return sr_fact_unknown(E->S, E->part->offset + note->at, "note",
                           "has two build identifiers, which differ, so "
                           "which one is its own cannot be told");
  N->size = note->size;
  memcpy(N->id, note->bytes, note->size);
  return SYMRUN_OK;
}


static int build_id (sr_Elf *E, sr_FactAsk *ask) {
  Notes N = {ask, NULL, {0}, 0, 0};
  int rc = each_note(E, note_of_build, &N);
  return rc == SYMRUN_OK && N.size > 0
       ? sr_fact_hex(ask, "GNU", N.id, N.size) : rc;
}


/* -- sections by name ------------------------------------------------------ */

/* The next section of a name, behind '*i'; SYMRUN_END. */
static int next_named (sr_Elf *E, const sr_ElfNames *N, const char *name,
                       uint32_t *i, sr_ElfSection *out) {
  size_t size = strlen(name) + 1;
  int rc;
  do rc = sr_elf_named(E, N, name, i, out);
  while (rc == SYMRUN_OK && (N->size - out->name < size
                             || memcmp(N->text + out->name, name, size) != 0));
  return rc;
}


/* Each tool adds a string; the linker keeps one of each. */
static int comment (sr_Elf *E, const sr_ElfSection *sec, sr_FactAsk *ask) {
  const unsigned char *bytes;
  uint64_t at = 0;
  int rc = SYMRUN_OK;
  if (sec->flags & SHF_COMPRESSED)
    return sr_fact_unknown(E->S, E->part->offset + sec->at, "sh_flags", "has "
                           "a compressed .comment, which symrun does not "
                           "read");
  if (sec->type == SHT_NOBITS) return SYMRUN_OK;
  bytes = sr_elf_bytes(E, SR_PASSING, sec);
  if (bytes == NULL) return E->S->code;
  while (at < sec->size && rc == SYMRUN_OK) {
    const char *s = (const char *)bytes + at;
    size_t n = strnlen(s, (size_t)(sec->size - at));
    if (n == sec->size - at)
      return sr_damage(E->S, E->part->offset + sec->offset + at, ".comment",
                       "a string should end before .comment does");
    if (n > 0) rc = sr_fact_text(ask, "comment", s, n);
    at += n + 1;
  }
  return rc;
}


/* Is there a table of names?  What was linked may have no sections. */
static bool named (const sr_Elf *E) {
  return E->shnum > 0 && E->shstrndx != SHN_UNDEF;
}


static int producers (sr_Elf *E, sr_FactAsk *ask) {
  sr_ElfNames N;
  sr_ElfSection sec;
  uint64_t read = 0;
  uint32_t i = 0;
  int rc;
  if (!named(E))
    return sr_fact_unknown(E->S, E->part->offset, "e_shstrndx", "has no names "
                           "of sections, so who made it cannot be told");
  rc = sr_elf_names(E, &N);
  while (rc == SYMRUN_OK) {
    rc = next_named(E, &N, ".comment", &i, &sec);
    if (rc == SYMRUN_OK) rc = comment(E, &sec, ask);
    read += sec.size;
    if (rc == SYMRUN_OK && read / 2 > E->part->size)
      rc = too_often(E, sec.at, ".comment", read);
  }
  if (rc != SYMRUN_END) return rc;
  i = 0;
  rc = next_named(E, &N, ".rmeta", &i, &sec);
  if (rc == SYMRUN_OK && sr_elf_bytes(E, SR_PASSING, &sec) == NULL)
    return E->S->code;
  if (rc == SYMRUN_OK)
    rc = sr_rmeta_producer(E->S, E->part, sec.offset, sec.size, ask);
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}


/* In objects it is a section; two of them are one to the linker. */
static int object_stack (sr_Elf *E, sr_FactAsk *ask) {
  sr_ElfNames N;
  sr_ElfSection sec;
  uint32_t i = 0;
  bool had = false, code = false;
  int rc = named(E) ? sr_elf_names(E, &N) : SYMRUN_END;
  while (rc == SYMRUN_OK) {
    rc = next_named(E, &N, ".note.GNU-stack", &i, &sec);
    if (rc != SYMRUN_OK) break;
    had = true;
    code |= (sec.flags & SHF_EXECINSTR) != 0;
  }
  if (rc != SYMRUN_END) return rc;
  if (had) return sr_fact_number(ask, "stack", code);
  return sr_fact_unknown(E->S, E->part->offset, ".note.GNU-stack", "has no "
                         "section .note.GNU-stack, so whether its stack is "
                         "executable is up to the linker");
}


static int linked_stack (sr_Elf *E, sr_FactAsk *ask) {
  sr_ElfSegments P;
  sr_ElfSegment seg;
  int rc = sr_elf_segments(E, &P);
  if (rc == SYMRUN_OK) rc = sr_elf_one_segment(E, &P, PT_GNU_STACK, &seg);
  if (rc == SYMRUN_OK)
    return sr_fact_number(ask, "stack", (seg.flags & PF_X) != 0);
  if (rc != SYMRUN_END) return rc;
  return sr_fact_unknown(E->S, E->part->offset, "PT_GNU_STACK", "has no "
                         "segment PT_GNU_STACK, so whether its stack is "
                         "executable is up to the system");
}


/* -- questions ------------------------------------------------------------- */

/* What a loader reads, and an object has no use for. */
static int of_object (sr_Elf *E, sr_FactAsk *ask) {
  if (ask->what == SR_FACT_CONSTRUCTORS || ask->what == SR_FACT_CALLED)
    return sr_elf_lists(E, ask);
  if (ask->what != SR_FACT_TEXTREL) return SYMRUN_OK;
  return sr_fact_unknown(E->S, E->part->offset, "e_type", "is an object, and "
                         "whether loading it changes code is decided when it "
                         "is linked");
}


int sr_elf_facts (symrun *S, const sr_Part *part, sr_FactAsk *ask) {
  sr_Elf E;
  int rc = sr_elf_open(S, part, &E);
  if (rc != SYMRUN_OK) return rc;
  switch (ask->what) {
    case SR_FACT_TARGET: return target(&E, ask);
    case SR_FACT_BUILD_ID: return build_id(&E, ask);
    case SR_FACT_PRODUCERS: return producers(&E, ask);
    case SR_FACT_STACK:
      return E.type == ET_REL ? object_stack(&E, ask) : linked_stack(&E, ask);
    default: break;
  }
  if (E.type == ET_REL) return of_object(&E, ask);
  if (E.type == ET_EXEC || E.type == ET_DYN) return sr_elf_dynamic(&E, ask);
  return sr_fact_unknown(S, part->offset, "e_type", "is neither an object nor "
                         "what was linked, so what a loader does with it "
                         "cannot be told");
}
