/*
** elf_symbols.c
** The symbols of an ELF file.  Half of an object's are local and nobody asks
** for them, yet all are looked at: a symbol table that hides a global name
** among its locals would be read differently by each linker, so that is damage
** and no answer.
**
** Layouts: System V ABI, chapter 4 ("Symbol Table"); GNU additions from
** <elf.h>.
*/

#include <elf.h>

#include "elf_reading.h"

#define CLOSE   4096   /* names that begin this near are read with symbols */
#define SHARED    64   /* names may add up to so many times the file's size */
#define SOON      12   /* symbols ahead, whose names are fetched from memory */
#define MANY      64   /* symbols that are sifted together */


/* Mostly the names follow the symbols closely: one read fetches both. */
static int fetch_table (sr_ElfReading *T, const sr_ElfSection *sym,
                        const sr_ElfSection *str) {
  sr_Elf *E = T->E;
  uint64_t both = sym->size, end = sym->offset + sym->size;
  if (str->offset >= end && str->offset - end < CLOSE)
    both = str->offset - sym->offset + str->size;
  T->symbols = sr_elf_look(E, SR_SYMBOLS, sym->offset, sym->size, both);
  if (T->symbols == NULL) return E->S->code;
  if (str->size == 0) { T->strings = ""; T->strsize = 1; return SYMRUN_OK; }
  T->strings = (const char *)sr_elf_look(E, SR_STRINGS, str->offset, str->size,
                                         str->size);
  if (T->strings == NULL) return E->S->code;
  T->strsize = str->size;
  if (T->strings[T->strsize - 1] != '\0')
    return sr_damage(E->S, E->part->offset + str->offset + str->size - 1,
                     "string table", "the string table ends with byte %02x, "
                     "and should end with 00",
                     (unsigned char)T->strings[T->strsize - 1]);
  return SYMRUN_OK;
}


static int check_table (sr_ElfReading *T, const sr_ElfSection *sym,
                        const sr_ElfSection *str) {
  sr_Elf *E = T->E;
  uint64_t at = sym->at;
  bool is64 = E->is64;
  T->entry = is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  if (sym->entsize != T->entry)
    return sr_elf_damage(E, at + (is64 ? 56 : 36), "sh_entsize", sym->entsize,
                         is64 ? "24" : "16");
  if (sym->size % T->entry != 0)
    return sr_elf_damage(E, at + (is64 ? 32 : 20), "sh_size", sym->size,
                         "a multiple of sh_entsize");
  if (!sr_inside(sym->offset, sym->size, E->part->size))
    return sr_elf_damage(E, at + (is64 ? 24 : 16), "sh_offset", sym->offset,
                         "inside the file, with all of the symbol table; is "
                         "it cut short?");
  T->count = sym->size / T->entry;
  T->first = sym->info;
  if (sym->info > T->count)
    return sr_elf_damage(E, at + (is64 ? 44 : 28), "sh_info", sym->info,
                         "no more than there are symbols");
  if (str->type != SHT_STRTAB)
    return sr_elf_damage(E, at + (is64 ? 40 : 24), "sh_link", sym->link,
                         "the index of a string table");
  if (!sr_inside(str->offset, str->size, E->part->size))
    return sr_elf_damage(E, str->at + (is64 ? 24 : 16), "sh_offset",
                         str->offset, "inside the file, with all of the "
                         "string table; is it cut short?");
  T->at = sym->offset;
  return T->count > 1 ? fetch_table(T, sym, str) : SYMRUN_OK;
}


static int load_xindex (sr_ElfReading *T) {
  sr_Elf *E = T->E;
  sr_ElfSection sec;
  uint32_t i;
  for (i = 1; i < E->shnum; i++) {
    int rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK) return rc;
    if (sec.type != SHT_SYMTAB_SHNDX || sec.link != T->index) continue;
    if (sec.size / 4 < T->count)
      return sr_elf_damage(E, sec.at + (E->is64 ? 32 : 20), "sh_size",
                           sec.size, "four bytes for each symbol");
    T->xindex = sr_elf_bytes(E, SR_MORE, &sec);
    return T->xindex != NULL ? SYMRUN_OK : E->S->code;
  }
  return SYMRUN_OK;
}


/* Common symbols and the like that one machine's ABI adds. */
static unsigned char special_place (uint16_t machine, uint32_t index) {
  if (index == SHN_COMMON) return SR_COMMON;
  if (index == SHN_ABS) return SR_ABSOLUTE;
  if (machine == EM_X86_64 && index == 0xff02) return SR_COMMON;
  if (machine == EM_MIPS && index == SHN_MIPS_SUNDEFINED) return SR_UNDEFINED;
  if (machine == EM_MIPS
      && (index == SHN_MIPS_SCOMMON || index == SHN_MIPS_ACOMMON))
    return SR_COMMON;
  if (machine == 164 /* EM_HEXAGON */ && index <= 0xff04) return SR_COMMON;
  return SR_DEFINED;
}


static const unsigned char bindings[16] = {
  SR_LOCAL, SR_GLOBAL, SR_WEAK, SR_BINDING_OTHER, SR_BINDING_OTHER,
  SR_BINDING_OTHER, SR_BINDING_OTHER, SR_BINDING_OTHER, SR_BINDING_OTHER,
  SR_BINDING_OTHER, SR_UNIQUE, SR_BINDING_OTHER, SR_BINDING_OTHER,
  SR_BINDING_OTHER, SR_BINDING_OTHER, SR_BINDING_OTHER
};

static const unsigned char types[16] = {
  SR_NOTYPE, SR_OBJECT, SR_FUNC, SR_SECTION, SR_SOURCE, SR_COMMON_DATA, SR_TLS,
  SR_TYPE_OTHER, SR_TYPE_OTHER, SR_TYPE_OTHER, SR_IFUNC, SR_TYPE_OTHER,
  SR_TYPE_OTHER, SR_TYPE_OTHER, SR_TYPE_OTHER, SR_TYPE_OTHER
};


/* Names that tell a disassembler what bytes are, not what anyone calls. */
static bool mapping (const sr_Elf *E, const sr_Symbol *sym) {
  const char *s = sym->name;
  if (sym->binding != SR_LOCAL) return false;
  if (s[0] != '$')  /* labels that only tell two places apart */
    return E->machine == EM_RISCV && strcmp(s, ".L0 ") == 0;
  switch (E->machine) {
    case EM_ARM: return s[1] == 'a' || s[1] == 't' || s[1] == 'd';
    case EM_AARCH64: case EM_RISCV: return s[1] == 'd' || s[1] == 'x';
    default: return false;
  }
}


/* The rare parts of one symbol that somebody wants. */
SR_INLINE int finish (sr_ElfReading *T, uint64_t i, uint32_t index, uint64_t at,
                      sr_Symbol *sym) {
  sr_Elf *E = T->E;
  sym->place = SR_DEFINED;
  if (index == SHN_UNDEF) sym->place = SR_UNDEFINED;
  else if (index == SHN_XINDEX) {
    bool sections = T->ask->letters || T->ask->comdats || T->ask->groups;
    if (sections && T->xindex == NULL) {
      int rc = load_xindex(T);
      if (rc != SYMRUN_OK) return rc;
    }
    if (T->xindex != NULL) index = sr_u32(T->xindex + i * 4, E->big);
    else if (sections)
      return sr_elf_damage(E, at, "st_shndx", index, "backed by an "
                           "SHT_SYMTAB_SHNDX section, and there is none");
    else index = 0;
  }
  else if (index >= SHN_LORESERVE) {
    sym->place = special_place(E->machine, index);
    index = 0;
  }
  if (index >= E->shnum && index != 0) {
    /* To a loader it is defined, wherever: tools that change what was linked
       leave such numbers behind (BOLT does), and no letter. */
    if (T->ask->view != SR_DYNAMIC)
      return sr_elf_damage(E, at, "st_shndx", index, "the index of a section");
    index = 0;
  }
  sym->section = index;
  if (mapping(E, sym)) return SYMRUN_OK;
  if (T->ask->letters) {
    int rc = sr_elf_letter(T, sym);
    if (rc != SYMRUN_OK) return rc;
  }
  else if (index != 0 && (T->ask->groups
                          || (T->ask->comdats && sym->binding == SR_GLOBAL))) {
    int rc = sr_elf_in_group(T, sym);
    if (rc != SYMRUN_OK) return rc;
  }
  if (T->versions.versym != NULL) {
    int rc = sr_elf_version(E, &T->versions, i, sym);
    if (rc != SYMRUN_OK) return rc;
  }
  return T->ask->each(T->ask->ud, sym);
}


/* Symbols before sh_info have to be local: others would be lost to those who
   believe it. */
static int all_local (const sr_ElfReading *T) {
  size_t entry = (size_t)T->entry, where = T->E->is64 ? 4 : 12;
  const unsigned char *p = T->symbols + where;
  uint64_t i, last = T->first;
  unsigned any = 0;
  for (i = 0; i < last; i++, p += entry) any |= *p;
  if (SR_LIKELY(any >> 4 == STB_LOCAL)) return SYMRUN_OK;
  for (i = 0; T->symbols[i * entry + where] >> 4 == STB_LOCAL; i++) ;
  return sr_elf_damage(T->E, T->at + i * entry + where, "st_info",
                       T->symbols[i * entry + where], "that of a local "
                       "symbol, for sh_info says that locals end later");
}


/* One long name may serve any number of symbols, and a file of a megabyte
   fill a disk. */
static int too_long (const sr_ElfReading *T, uint64_t at) {
  return sr_damage(T->E->S, T->E->part->offset + at, "st_name", "names up to "
                   "here add up to %llu bytes, more than %d times the file",
                   (unsigned long long)T->told, SHARED);
}


/* GCC marks objects of intermediate code by common symbols that no program
   has: "slim" where there is no other code, "v1" beside it too (both before
   GCC 10).  They are no names that anyone links to. */
static bool marker (sr_ElfReading *T, uint32_t index, uint32_t name) {
  static const char slim[] = "__gnu_lto_slim", fat[] = "__gnu_lto_v1";
  const char *s = T->strings + name;
  uint64_t left = T->strsize - name;
  if (index == SHN_ABS) return false;
  if (left >= sizeof slim && memcmp(s, slim, sizeof slim) == 0)
    return T->slim = true;
  return left >= sizeof fat && memcmp(s, fat, sizeof fat) == 0;
}


/* What else the table held was told, and is little. */
static int only_lto (const sr_Elf *E, uint64_t at, const char *field) {
  symrun *S = E->S;
  sr_fail(S, SYMRUN_UNKNOWN, "holds GCC's LTO and no native code, so its "
          "native symbols cannot be told; compile it with "
          "-ffat-lto-objects");
  S->fault.offset = E->part->offset + at;
  S->fault.field = field;
  return SYMRUN_UNKNOWN;
}


/* Which of the symbols from 'i' on, MANY at most, may be asked for?  Nobody can
   foresee that, least of all a processor, so there is no branch; what is odd,
   or stands where eight bytes cannot be read, is left to the caller.  '*next'
   is behind the last one; gives how many. */
SR_INLINE size_t sift (const sr_ElfReading *T, const bool is64, const bool big,
                       uint64_t i, uint64_t *next, uint64_t may[MANY]) {
  const size_t entry = is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  const unsigned char *p = T->symbols + i * entry;
  const sr_Begin begin = T->begin;
  const bool wanted[2] = {(T->ask->want & SR_WANT_DEFINED) != 0,
                          (T->ask->want & SR_WANT_UNDEFINED) != 0};
  const uint64_t most = T->strsize < 8 ? 0 : T->strsize - 8;
  const uint64_t end = T->count - i < MANY ? T->count : i + MANY;
  size_t n = 0;
  for (*next = end; i < end; i++, p += entry) {
    unsigned info = is64 ? p[4] : p[12];
    uint32_t index = is64 ? sr_u16(p + 6, big) : sr_u16(p + 14, big);
    uint64_t name = sr_u32(p, big), at = name < most ? name : 0, bytes = 0;
    bool odd = (name >= most) | (info >> 4 == STB_LOCAL)
             | ((index >= SHN_LORESERVE) & (index != SHN_ABS));
    if (most > 0) memcpy(&bytes, T->strings + at, 8);
    may[n] = i;
    n += odd | (wanted[index == SHN_UNDEF]
                & ((bytes & begin.mask) == begin.bytes));
  }
  return n;
}


/* Hand one symbol on, if it is asked for. */
SR_INLINE int look_at (sr_ElfReading *T, const bool is64, const bool big,
                       uint64_t i) {
  sr_Ask *ask = T->ask;
  const size_t entry = is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  const unsigned char *p = T->symbols + i * entry;
  unsigned info = is64 ? p[4] : p[12], other = is64 ? p[5] : p[13];
  uint32_t index = is64 ? sr_u16(p + 6, big) : sr_u16(p + 14, big);
  uint32_t name = sr_u32(p, big);
  uint64_t at = T->at + i * entry;
  bool undefined = index == SHN_UNDEF;
  const char *s;
  sr_Symbol *sym = &T->sym;
  bool fits = true;
  size_t len;
  if (SR_UNLIKELY(name >= T->strsize))
    return sr_elf_damage(T->E, at, "st_name", name, "inside the string "
                         "table");
  if (SR_UNLIKELY(info >> 4 == STB_LOCAL) && i >= T->first && T->first > 0)
    return sr_elf_damage(T->E, at + (is64 ? 4 : 12), "st_info", info, "that "
                         "of a symbol that is not local, for sh_info says "
                         "that locals ended before");
  if (SR_UNLIKELY(index >= SHN_LORESERVE)) {
    if (marker(T, index, name)) return SYMRUN_OK;
    undefined = special_place(T->E->machine, index) == SR_UNDEFINED;
  }
  if (!(ask->want & (undefined ? SR_WANT_UNDEFINED : SR_WANT_DEFINED)))
    return SYMRUN_OK;
  s = T->strings + name;
  if (T->heads != NULL && !T->heads[(unsigned char)*s]) return SYMRUN_OK;
  if (!sr_begins(&T->begin, s, T->strsize - name)) return SYMRUN_OK;
  if (ask->glob == NULL) len = strlen(s);
  else fits = sr_glob_takes(ask->glob, s, (size_t)(T->strsize - name), &len);
  T->told += len;
  if (SR_UNLIKELY(T->told / SHARED > T->E->part->size))
    return too_long(T, at);
  if (!fits) return SYMRUN_OK;
  if (T->rare) memset(sym, 0, sizeof *sym);
  sym->comdat = false;
  sym->name = s;
  sym->len = len;
  sym->binding = bindings[info >> 4];
  sym->type = types[info & 15];
  sym->visibility = other & 3;
  if (sym->type == SR_SECTION || sym->type == SR_SOURCE) return SYMRUN_OK;
  if (sym->binding == SR_LOCAL && !(ask->want & SR_WANT_LOCAL))
    return SYMRUN_OK;
  if ((ask->want & SR_WANT_EXPORTED) && !undefined
      && (sym->visibility == SR_HIDDEN || sym->visibility == SR_INTERNAL))
    return SYMRUN_OK;
  sym->number = i;
  sym->letter = '?';
  sym->value = is64 ? sr_u64(p + 8, big) : sr_u32(p + 4, big);
  sym->size = is64 ? sr_u64(p + 16, big) : sr_u32(p + 8, big);
  return finish(T, i, index, at, sym);
}


/* All of them, from 'i' on. */
SR_INLINE int look_at_all (sr_ElfReading *T, const bool is64, const bool big,
                           uint64_t i) {
  const size_t entry = is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  for (; i < T->count; i++) {
    int rc;
    if (i + SOON < T->count) {
      uint32_t soon = sr_u32(T->symbols + (i + SOON) * entry, big);
      if (soon < T->strsize) SR_PREFETCH(T->strings + soon);
    }
    rc = look_at(T, is64, big, i);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


/* The loops that symrun spends its time in. */
static inline int scan (sr_ElfReading *T, const bool is64, const bool big) {
  const unsigned want = T->ask->want, both = SR_WANT_DEFINED
                                             | SR_WANT_UNDEFINED;
  uint64_t i = want & SR_WANT_LOCAL || T->first == 0 ? 1 : T->first;
  uint64_t may[MANY];
  T->ask->seen += T->count - i;
  if (T->begin.mask == 0 && (want & both) == both)
    return look_at_all(T, is64, big, i);
  while (i < T->count) {
    size_t n = sift(T, is64, big, i, &i, may), k;
    for (k = 0; k < n; k++) {
      int rc = look_at(T, is64, big, may[k]);
      if (rc != SYMRUN_OK) return rc;
    }
  }
  return SYMRUN_OK;
}


static int scan_table (sr_ElfReading *T) {
  bool big = T->E->big;
  int rc = T->E->is64 ? big ? scan(T, true, true) : scan(T, true, false)
                      : big ? scan(T, false, true) : scan(T, false, false);
  return rc == SYMRUN_OK && SR_UNLIKELY(T->slim)
       ? only_lto(T->E, T->at, "symbol table") : rc;
}


/* strip takes the symbols of slim LTO, and leaves what linkers read of it. */
static int stripped_lto (sr_Elf *E) {
  static const char lto[] = ".gnu.lto_";
  sr_ElfSection names;
  const unsigned char *p;
  int rc = sr_elf_section(E, E->shstrndx, &names);
  if (rc != SYMRUN_OK || names.type != SHT_STRTAB) return rc;
  p = sr_elf_bytes(E, SR_STRINGS, &names);
  if (p == NULL) return E->S->code;
  return memmem(p, (size_t)names.size, lto, sizeof lto - 1) != NULL
       ? only_lto(E, names.at, "section names") : SYMRUN_OK;
}


/* A file that keeps only debug information has the headers of all sections,
   and the bytes of few: its dynamic table was not empty, it is elsewhere. */
static int emptied (sr_Elf *E) {
  uint64_t entry = E->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  sr_ElfSection sec;
  uint32_t i;
  for (i = 1; i < E->shnum; i++) {
    int rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK) return rc;
    if (sec.type != SHT_NOBITS || sec.entsize != entry || sec.link == 0)
      continue;
    sr_fail(E->S, SYMRUN_UNKNOWN, "keeps only debug information, so its "
            "dynamic symbols cannot be told; ask the file that it was made "
            "from");
    E->S->fault.offset = E->part->offset + sec.at;
    E->S->fault.field = "sh_type";
    return SYMRUN_UNKNOWN;
  }
  return SYMRUN_OK;
}


/* There is none: that is an answer for an object, and none for what was
   linked and stripped. */
static int no_table (sr_Elf *E, sr_View_name view) {
  if (E->type == ET_REL && view == SR_NATIVE) return stripped_lto(E);
  if (E->type == ET_REL || E->type == ET_CORE) return SYMRUN_OK;
  if (view == SR_DYNAMIC && E->shnum > 0) return emptied(E);
  sr_fail(E->S, SYMRUN_UNKNOWN, view == SR_DYNAMIC
          ? "has no section headers, so its dynamic symbols cannot be told"
          : "is stripped, so its own symbols are gone; ask for the view "
            "'dynamic', or for the file that it was before");
  E->S->fault.offset = E->part->offset;
  E->S->fault.field = "section headers";
  return SYMRUN_UNKNOWN;
}


static int read_table (sr_ElfReading *T, const sr_ElfSection *sym,
                       const sr_ElfSection *str) {
  sr_Ask *ask = T->ask;
  int rc = check_table(T, sym, str);
  if (rc != SYMRUN_OK || T->count <= 1) return rc;
  if (ask->letters) rc = load_xindex(T);
  if (rc == SYMRUN_OK && ask->versions)
    rc = sr_elf_versions(T->E, T->index, sym->link, T->strings, T->strsize,
                         T->count, &T->versions);
  if (rc == SYMRUN_OK) rc = all_local(T);
  return rc == SYMRUN_OK ? scan_table(T) : rc;
}


int sr_elf_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  sr_Elf E;
  sr_ElfReading T;
  sr_ElfSection sym, str;
  uint32_t index;
  bool sections = ask->letters || ask->comdats || ask->groups || ask->versions;
  int rc = sr_elf_open(S, part, &E);
  /* who needs all headers reads them first: then these few are among them */
  if (rc == SYMRUN_OK && sections && E.shnum > 0)
    rc = sr_elf_section(&E, 0, &sym);
  if (rc != SYMRUN_OK) return rc;
  ask->machine = (uint32_t)E.machine | (uint32_t)E.is64 << 16
               | (uint32_t)E.big << 17;
  rc = sr_elf_find(&E, ask->view == SR_DYNAMIC ? SHT_DYNSYM : SHT_SYMTAB,
                   &index, &sym, &str);
  if (rc != SYMRUN_OK) return rc;
  if (index == 0) return no_table(&E, ask->view);
  if (sym.link >= E.shnum)
    return sr_elf_damage(&E, sym.at + (E.is64 ? 40 : 24), "sh_link", sym.link,
                         "the index of a string table");
  memset(&T, 0, sizeof T);
  T.E = &E;
  T.ask = ask;
  T.begin = sr_begin(ask->glob);
  T.rare = ask->letters || ask->groups || ask->versions;
  T.heads = ask->glob != NULL ? sr_glob_first(ask->glob) : NULL;
  T.index = index;
  if (str.type == SHT_NULL)
    rc = sr_elf_section(&E, sym.link, &str);
  if (rc == SYMRUN_OK) rc = read_table(&T, &sym, &str);
  sr_delete(S, T.groups, E.shnum * sizeof *T.groups);
  sr_elf_versions_free(&E, &T.versions);
  return rc;
}
