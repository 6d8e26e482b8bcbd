/*
** macho.c
** The headers of Mach-O objects, libraries, bundles and executables, 32 and
** 64 bits, both byte orders; macho_symbols.c reads the symbol table,
** macho_exports.c what was exported when it was linked.  Load commands stand
** first and say where all else is, so a file that was cut still has them
** whole: each place that one names is held against the file's end, whether
** anybody asks for what is there or not.
**
** Layouts: mach-o/loader.h, of Apple's xnu and cctools.
*/

#include "formats.h"

enum {  /* load commands, without LC_REQ_DYLD */
  LC_SEGMENT = 0x01, LC_SYMTAB = 0x02, LC_DYSYMTAB = 0x0b,
  LC_SUB_UMBRELLA = 0x13, LC_SUB_LIBRARY = 0x15, LC_SEGMENT_64 = 0x19,
  LC_REEXPORT_DYLIB = 0x1f, LC_DYLD_INFO = 0x22, LC_EXPORTS_TRIE = 0x33
};

#define LC_REQ_DYLD  0x80000000u

enum { S_ZEROFILL = 1, S_GB_ZEROFILL = 12, S_THREAD_ZEROFILL = 18 };


int sr_macho_damage (sr_Macho *M, uint64_t at, const char *field, uint64_t is,
                     const char *expected) {
  return sr_damage(M->S, M->part->offset + at, field, "%s is %llu, and should "
                   "be %s", field, (unsigned long long)is, expected);
}


int sr_macho_unknown (sr_Macho *M, uint64_t at, const char *field,
                      const char *why) {
  sr_fail(M->S, SYMRUN_UNKNOWN, "%s", why);
  M->S->fault.offset = M->part->offset + at;
  M->S->fault.field = field;
  return SYMRUN_UNKNOWN;
}


const unsigned char *sr_macho_look (sr_Macho *M, int slot, uint64_t at,
                                    uint64_t need, uint64_t want) {
  const sr_Part *P = M->part;
  if (SR_UNLIKELY(!sr_inside(at, need, P->size) || need > PTRDIFF_MAX)) {
    sr_damage(M->S, P->offset + at, "file", "%llu bytes should stand here, "
              "and the object ends at %llu; is it cut short?",
              (unsigned long long)need,
              (unsigned long long)(P->offset + P->size));
    return NULL;
  }
  return sr_look(M->S, P->reader, slot, P->offset + at, (size_t)need,
                 (size_t)want);
}


/* -- load commands ------------------------------------------------------- */

/* One of them: its bytes, and where in the part they stand. */
typedef struct Command {
  const unsigned char *p;
  uint64_t at;
  uint32_t cmd, size;
} Command;


static uint32_t field (const sr_Macho *M, const Command *C, unsigned at) {
  return sr_u32(C->p + at, M->big);
}


/* A number as wide as the file's addresses. */
static uint64_t wide (const sr_Macho *M, const unsigned char *p) {
  return M->is64 ? sr_u64(p, M->big) : sr_u32(p, M->big);
}


static int at_least (sr_Macho *M, const Command *C, uint32_t least) {
  if (C->size >= least) return SYMRUN_OK;
  return sr_macho_damage(M, C->at + 4, "cmdsize", C->size, "as large as its "
                         "kind of load command is");
}


/* A command that a file has once. */
static int once (sr_Macho *M, const Command *C, uint64_t *had, uint32_t least) {
  if (*had != 0)
    return sr_macho_damage(M, C->at, "cmd", C->cmd, "another, for a file has "
                           "one such load command, and one came before");
  *had = C->at;
  return at_least(M, C, least);
}


static int segment (sr_Macho *M, const Command *C) {
  unsigned head = M->is64 ? 72 : 56, each = M->is64 ? 80 : 68;
  unsigned where = M->is64 ? 40 : 32, width = M->is64 ? 8 : 4;
  uint64_t fileoff, filesize;
  uint32_t nsects;
  int rc = at_least(M, C, head);
  if (rc != SYMRUN_OK) return rc;
  fileoff = wide(M, C->p + where);
  filesize = wide(M, C->p + where + width);
  nsects = field(M, C, head - 8);
  if (nsects > (C->size - head) / each)
    return sr_macho_damage(M, C->at + head - 8, "nsects", nsects, "as many as "
                           "the load command has room for");
  if (!sr_inside(fileoff, filesize, M->part->size))
    return sr_macho_damage(M, C->at + where + width, "filesize", filesize,
                           "inside the file, from fileoff on; is it cut "
                           "short?");
  if (fileoff == 0 && filesize != 0) M->base = wide(M, C->p + 24);
  M->sections += nsects;
  return SYMRUN_OK;
}


static int symtab (sr_Macho *M, const Command *C) {
  uint64_t entry = M->is64 ? 16 : 12, size = M->part->size;
  int rc = once(M, C, &M->symtab.at, 24);
  if (rc != SYMRUN_OK) return rc;
  M->symtab.symoff = field(M, C, 8);
  M->symtab.nsyms = field(M, C, 12);
  M->symtab.stroff = field(M, C, 16);
  M->symtab.strsize = field(M, C, 20);
  if (!sr_inside(M->symtab.symoff, M->symtab.nsyms * entry, size))
    return sr_macho_damage(M, C->at + 8, "symoff", M->symtab.symoff, "inside "
                           "the file, with all nsyms symbols; is it cut "
                           "short?");
  if (!sr_inside(M->symtab.stroff, M->symtab.strsize, size))
    return sr_macho_damage(M, C->at + 16, "stroff", M->symtab.stroff, "inside "
                           "the file, with all of the string table; is it cut "
                           "short?");
  return SYMRUN_OK;
}


static int dysymtab (sr_Macho *M, const Command *C) {
  unsigned i;
  int rc = once(M, C, &M->dysymtab, 80);
  for (i = 0; i < 3 && rc == SYMRUN_OK; i++) {
    M->ranges[i].first = field(M, C, 8 + 8 * i);
    M->ranges[i].count = field(M, C, 12 + 8 * i);
  }
  return rc;
}


/* dyld_info_command has four tables before this one. */
static int exports (sr_Macho *M, const Command *C, bool info) {
  unsigned where = info ? 40 : 8;
  uint32_t offset, size;
  int rc = once(M, C, info ? &M->exports.info : &M->exports.trie, where + 8);
  if (rc != SYMRUN_OK) return rc;
  offset = field(M, C, where);
  size = field(M, C, where + 4);
  if (size == 0) return SYMRUN_OK;
  if (M->exports.size > 0)
    return sr_macho_damage(M, C->at, "cmd", C->cmd, "another, for one before "
                           "gave the exports");
  M->exports.offset = offset;
  M->exports.size = size;
  if (sr_inside(offset, size, M->part->size)) return SYMRUN_OK;
  return sr_macho_damage(M, C->at + where, info ? "export_off" : "dataoff",
                         offset, "inside the file, with all of the export "
                         "trie; is it cut short?");
}


static int command (sr_Macho *M, const Command *C) {
  switch (C->cmd & ~LC_REQ_DYLD) {
    case LC_SEGMENT: return M->is64 ? SYMRUN_OK : segment(M, C);
    case LC_SEGMENT_64: return M->is64 ? segment(M, C) : SYMRUN_OK;
    case LC_SYMTAB: return symtab(M, C);
    case LC_DYSYMTAB: return dysymtab(M, C);
    case LC_DYLD_INFO: return exports(M, C, true);
    case LC_EXPORTS_TRIE: return exports(M, C, false);
    case LC_REEXPORT_DYLIB: case LC_SUB_UMBRELLA: case LC_SUB_LIBRARY:
      M->reexports = C->at;
      return SYMRUN_OK;
    default: return SYMRUN_OK;
  }
}


/* Every one in order, once sizes are known to be right, until 'f' gives
   something. */
static int each_command (sr_Macho *M, int (*f) (sr_Macho *M, const Command *C,
                                               void *ud), void *ud) {
  uint32_t i, at = 0;
  int rc = SYMRUN_OK;
  for (i = 0; i < M->ncmds && rc == SYMRUN_OK; i++) {
    Command C;
    C.p = M->commands + at;
    C.at = M->headsize + at;
    C.cmd = sr_u32(C.p, M->big);
    C.size = sr_u32(C.p + 4, M->big);
    rc = f(M, &C, ud);
    at += C.size;
  }
  return rc;
}


static int commands (sr_Macho *M) {
  uint32_t i, at = 0;
  int rc = SYMRUN_OK;
  for (i = 0; i < M->ncmds && rc == SYMRUN_OK; i++) {
    Command C;
    C.at = M->headsize + at;
    if (M->size - at < 8)
      return sr_macho_damage(M, 16, "ncmds", M->ncmds, "as many as sizeofcmds "
                             "has room for");
    C.p = M->commands + at;
    C.cmd = sr_u32(C.p, M->big);
    C.size = sr_u32(C.p + 4, M->big);
    if (C.size < 8 || C.size % 4 != 0 || C.size > M->size - at)
      return sr_macho_damage(M, C.at + 4, "cmdsize", C.size, "8 or more, a "
                             "multiple of 4, and inside all load commands");
    rc = command(M, &C);
    at += C.size;
  }
  return rc;
}


/* Local symbols, then defined ones, then undefined ones: LC_DYSYMTAB counts
   each, and all of them are one of these. */
static int ranges (sr_Macho *M) {
  static const char *const names[] = {"nlocalsym", "nextdefsym", "nundefsym"};
  uint64_t next = 0;
  unsigned i;
  if (M->dysymtab == 0) return SYMRUN_OK;
  M->orderly = true;
  for (i = 0; i < 3; i++) {
    uint64_t first = M->ranges[i].first, count = M->ranges[i].count;
    if (count > 0 && !sr_inside(first, count, M->symtab.nsyms))
      return sr_macho_damage(M, M->dysymtab + 12 + 8 * i, names[i], count,
                             "inside the symbol table");
    if (count > 0 && first != next) M->orderly = false;
    next += count;
  }
  if (next != M->symtab.nsyms) M->orderly = false;
  return SYMRUN_OK;
}


int sr_macho_open (symrun *S, const sr_Part *part, sr_Macho *M) {
  const unsigned char *p;
  uint32_t magic;
  int rc;
  memset(M, 0, sizeof *M);
  M->S = S;
  M->part = part;
  if (part->size < 32)
    return sr_damage(S, part->offset, "mach_header", "has %llu bytes, and a "
                     "Mach-O file should have 32 or more; is it cut short?",
                     (unsigned long long)part->size);
  p = sr_macho_look(M, SR_HEAD, 0, 32, 4096);
  if (p == NULL) return S->code;
  magic = sr_u32(p, true);
  M->big = magic == 0xfeedface || magic == 0xfeedfacf;
  M->is64 = magic == 0xfeedfacf || magic == 0xcffaedfe;
  M->headsize = M->is64 ? 32 : 28;
  M->cpu = sr_u32(p + 4, M->big);
  M->type = sr_u32(p + 12, M->big);
  M->ncmds = sr_u32(p + 16, M->big);
  M->size = sr_u32(p + 20, M->big);
  M->flags = sr_u32(p + 24, M->big);
  if (!sr_inside(M->headsize, M->size, part->size))
    return sr_macho_damage(M, 20, "sizeofcmds", M->size, "what the file has "
                           "room for; is it cut short?");
  p = sr_macho_look(M, SR_HEAD, 0, (uint64_t)M->headsize + M->size, 0);
  if (p == NULL) return S->code;
  M->commands = p + M->headsize;
  rc = commands(M);
  return rc == SYMRUN_OK ? ranges(M) : rc;
}


int sr_macho_role (symrun *S, const sr_Part *part, sr_Role *out) {
  sr_Macho M;
  int rc = sr_macho_open(S, part, &M);
  if (rc != SYMRUN_OK) return rc;
  switch (M.type) {
    case SR_MH_OBJECT: *out = SR_ROLE_OBJECT; break;
    case SR_MH_EXECUTE: *out = SR_ROLE_EXECUTABLE; break;
    case SR_MH_DYLIB: case SR_MH_DYLIB_STUB: case SR_MH_BUNDLE:
      *out = SR_ROLE_LIBRARY;
      break;
    default: *out = SR_ROLE_NONE; break;
  }
  return SYMRUN_OK;
}


/* -- sections ------------------------------------------------------------ */

typedef struct Sections {
  int (*f) (void *ud, const sr_MachoSection *sec);
  void *ud;
} Sections;

static int sections_of (sr_Macho *M, const Command *C, void *ud) {
  const Sections *S = (const Sections *)ud;
  unsigned head = M->is64 ? 72 : 56, each = M->is64 ? 80 : 68;
  uint32_t nsects, i;
  int rc = SYMRUN_OK;
  if (C->cmd != (M->is64 ? LC_SEGMENT_64 : LC_SEGMENT)) return SYMRUN_OK;
  nsects = field(M, C, head - 8);
  for (i = 0; i < nsects && rc == SYMRUN_OK; i++) {
    const unsigned char *p = C->p + head + (size_t)i * each;
    unsigned width = M->is64 ? 8 : 4;
    sr_MachoSection sec;
    sec.at = C->at + head + (uint64_t)i * each;
    sec.name = (const char *)p;
    sec.segment = (const char *)p + 16;
    sec.address = wide(M, p + 32);
    sec.size = wide(M, p + 32 + width);
    sec.offset = sr_u32(p + 32 + 2 * width, M->big);
    sec.flags = sr_u32(p + 48 + 2 * width, M->big);
    rc = S->f(S->ud, &sec);
  }
  return rc;
}


int sr_macho_sections (sr_Macho *M,
                       int (*f) (void *ud, const sr_MachoSection *sec),
                       void *ud) {
  Sections S = {f, ud};
  return each_command(M, sections_of, &S);
}


/* Sixteen bytes, filled up with NULs. */
bool sr_macho_named (const sr_MachoSection *sec, const char *segment,
                     const char *name) {
  return strncmp(sec->segment, segment, 16) == 0
      && strncmp(sec->name, name, 16) == 0;
}


typedef struct Wanted {
  const char *segment, *name;
  sr_MachoSection found;
} Wanted;

static int is_wanted (void *ud, const sr_MachoSection *sec) {
  Wanted *W = (Wanted *)ud;
  if (!sr_macho_named(sec, W->segment, W->name)) return SYMRUN_OK;
  W->found = *sec;
  return SYMRUN_END;
}


int sr_macho_section (symrun *S, const sr_Part *part, const char *segment,
                      const char *name, uint64_t *offset, uint64_t *size) {
  sr_Macho M;
  Wanted W;
  unsigned type;
  int rc = sr_macho_open(S, part, &M);
  if (rc != SYMRUN_OK) return rc;
  W.segment = segment;
  W.name = name;
  rc = sr_macho_sections(&M, is_wanted, &W);
  if (rc != SYMRUN_END) return rc == SYMRUN_OK ? SYMRUN_END : rc;
  type = W.found.flags & 0xff;
  if (type == S_ZEROFILL || type == S_GB_ZEROFILL || type == S_THREAD_ZEROFILL)
    return SYMRUN_END;
  if (!sr_inside(W.found.offset, W.found.size, part->size))
    return sr_macho_damage(&M, W.found.at + (M.is64 ? 40 : 36), "size",
                           W.found.size, "inside the file, from offset on; is "
                           "it cut short?");
  *offset = W.found.offset;
  *size = W.found.size;
  return SYMRUN_OK;
}
