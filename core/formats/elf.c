/*
** elf.c
** ELF objects, libraries and executables, 32 and 64 bits, both byte orders.
** Section headers are looked at from the end: assemblers write the symbol
** table there, so two short reads fetch all that an object says about names,
** however many sections its code was spread over.
**
** Layouts: System V ABI, chapter 4 ("Object Files"); GNU additions from
** <elf.h> and the Linux Standard Base.
*/

#include <elf.h>

#include "formats.h"

#define TAIL      16   /* section headers that a first look fetches */
#define AHEAD    124   /* and the archive's next header with its object's */
#define CLOSE   4096   /* names that begin this near are read with symbols */


/* -- headers --------------------------------------------------------------- */

static int damage (sr_Elf *E, uint64_t at, const char *field, uint64_t is,
                   const char *expected) {
  return sr_damage(E->S, E->part->offset + at, field, "is %llu, and should be "
                   "%s", (unsigned long long)is, expected);
}


/* 'need' bytes at 'at' inside the part; the look may fetch beyond it. */
static const unsigned char *look (sr_Elf *E, int slot, uint64_t at,
                                  uint64_t need, uint64_t want) {
  const sr_Part *P = E->part;
  if (!sr_inside(at, need, P->size)) {
    damage(E, at, "e_shoff", at + need, "inside the file");
    return NULL;
  }
  return sr_look(E->S, P->reader, slot, P->offset + at, (size_t)need,
                 (size_t)want);
}


static void section (const sr_Elf *E, const unsigned char *p,
                     sr_ElfSection *out) {
  bool big = E->big;
  out->name = sr_u32(p, big);
  out->type = sr_u32(p + 4, big);
  if (E->is64) {
    out->flags = sr_u64(p + 8, big);
    out->offset = sr_u64(p + 24, big);
    out->size = sr_u64(p + 32, big);
    out->link = sr_u32(p + 40, big);
    out->info = sr_u32(p + 44, big);
    out->entsize = sr_u64(p + 56, big);
  }
  else {
    out->flags = sr_u32(p + 8, big);
    out->offset = sr_u32(p + 16, big);
    out->size = sr_u32(p + 20, big);
    out->link = sr_u32(p + 24, big);
    out->info = sr_u32(p + 28, big);
    out->entsize = sr_u32(p + 36, big);
  }
}


/* With 65,280 sections and more, the counts stand in section header 0. */
static int counts (sr_Elf *E, uint32_t shnum, uint32_t shstrndx) {
  uint64_t many = shnum;
  sr_ElfSection zero;
  E->shstrndx = shstrndx;
  if (shnum == 0 || shstrndx == SHN_XINDEX) {
    const unsigned char *p = look(E, SR_MORE, E->shoff, E->headsize, 0);
    if (p == NULL) return E->S->code;
    section(E, p, &zero);
    if (shnum == 0) many = zero.size;
    if (shstrndx == SHN_XINDEX) E->shstrndx = zero.link;
  }
  if (many > (E->part->size - E->shoff) / E->headsize)
    return damage(E, E->is64 ? 60 : 48, "e_shnum", many,
                  "as many section headers as the file has room for; is it cut "
                  "short?");
  E->shnum = (uint32_t)many;
  return SYMRUN_OK;
}


int sr_elf_open (symrun *S, const sr_Part *part, sr_Elf *E) {
  const unsigned char *p;
  unsigned headsize, least;
  memset(E, 0, sizeof *E);
  E->S = S;
  E->part = part;
  if (part->size < 16)
    return damage(E, 0, "e_ident", part->size, "16 bytes or more; is it cut "
                  "short?");
  p = look(E, SR_HEAD, 0, 16, AHEAD);
  if (p == NULL) return S->code;
  if (p[EI_CLASS] != ELFCLASS32 && p[EI_CLASS] != ELFCLASS64)
    return damage(E, EI_CLASS, "EI_CLASS", p[EI_CLASS], "1 or 2");
  if (p[EI_DATA] != ELFDATA2LSB && p[EI_DATA] != ELFDATA2MSB)
    return damage(E, EI_DATA, "EI_DATA", p[EI_DATA], "1 or 2");
  E->is64 = p[EI_CLASS] == ELFCLASS64;
  E->big = p[EI_DATA] == ELFDATA2MSB;
  E->headsize = E->is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
  least = E->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
  if (part->size < least)
    return damage(E, 0, "ehdr", part->size, "a whole ELF header; is it cut "
                  "short?");
  p = look(E, SR_HEAD, 0, least, AHEAD);
  if (p == NULL) return S->code;
  E->type = sr_u16(p + 16, E->big);
  E->machine = sr_u16(p + 18, E->big);
  E->shoff = E->is64 ? sr_u64(p + 40, E->big) : sr_u32(p + 32, E->big);
  if (E->shoff == 0) return SYMRUN_OK;  /* no sections at all */
  headsize = sr_u16(p + least - 6, E->big);
  if (headsize != E->headsize)
    return damage(E, least - 6, "e_shentsize", headsize,
                  E->is64 ? "64" : "40");
  if (!sr_inside(E->shoff, E->headsize, part->size))
    return damage(E, E->is64 ? 40 : 32, "e_shoff", E->shoff,
                  "inside the file; is it cut short?");
  return counts(E, sr_u16(p + least - 4, E->big),
                sr_u16(p + least - 2, E->big));
}


/* DF_1_PIE in the dynamic section is what tells a position independent
   executable from a library; both are ET_DYN. */
static bool is_pie (sr_Elf *E, const unsigned char *headers, unsigned count,
                    unsigned size) {
  unsigned entry = E->is64 ? 16 : 8, i;
  for (i = 0; i < count; i++) {
    const unsigned char *p = headers + (size_t)i * size, *d;
    uint64_t at, bytes, k;
    if (sr_u32(p, E->big) != PT_DYNAMIC) continue;
    at = E->is64 ? sr_u64(p + 8, E->big) : sr_u32(p + 4, E->big);
    bytes = E->is64 ? sr_u64(p + 32, E->big) : sr_u32(p + 16, E->big);
    if (bytes > 65536) bytes = 65536;
    d = look(E, SR_PASSING, at, bytes, bytes);
    for (k = 0; d != NULL && k + entry <= bytes; k += entry) {
      uint64_t tag = E->is64 ? sr_u64(d + k, E->big) : sr_u32(d + k, E->big);
      uint64_t value = E->is64 ? sr_u64(d + k + 8, E->big)
                               : sr_u32(d + k + 4, E->big);
      if (tag == DT_FLAGS_1) return (value & DF_1_PIE) != 0;
    }
  }
  return false;
}


int sr_elf_role (symrun *S, const sr_Part *part, sr_Role *out) {
  sr_Elf E;
  const unsigned char *p;
  unsigned count, size;
  uint64_t at;
  int rc = sr_elf_open(S, part, &E);
  if (rc != SYMRUN_OK) return rc;
  *out = E.type == ET_REL ? SR_ROLE_OBJECT
       : E.type == ET_EXEC ? SR_ROLE_EXECUTABLE
       : E.type == ET_DYN ? SR_ROLE_LIBRARY : SR_ROLE_NONE;
  if (E.type != ET_DYN) return SYMRUN_OK;
  p = look(&E, SR_HEAD, 0, E.is64 ? 64 : 52, AHEAD);
  if (p == NULL) return S->code;
  at = E.is64 ? sr_u64(p + 32, E.big) : sr_u32(p + 28, E.big);
  size = sr_u16(p + (E.is64 ? 54 : 42), E.big);
  count = sr_u16(p + (E.is64 ? 56 : 44), E.big);
  if (count == 0 || size < (E.is64 ? 56u : 32u)) return SYMRUN_OK;
  p = look(&E, SR_MORE, at, (uint64_t)count * size, 0);
  if (p == NULL) return S->code;
  if (is_pie(&E, p, count, size)) *out = SR_ROLE_EXECUTABLE;
  return SYMRUN_OK;
}


/* Every header at once, for those who need to know about sections. */
static int load_table (sr_Elf *E) {
  uint64_t size = (uint64_t)E->shnum * E->headsize;
  if (E->table != NULL) return SYMRUN_OK;
  E->table = look(E, SR_HEAD, E->shoff, size, size + AHEAD);
  return E->table != NULL ? SYMRUN_OK : E->S->code;
}


int sr_elf_section (sr_Elf *E, uint32_t i, sr_ElfSection *out) {
  int rc = load_table(E);
  if (rc != SYMRUN_OK) return rc;
  if (i >= E->shnum)
    return damage(E, E->shoff, "section index", i, "that of a section");
  section(E, E->table + (size_t)i * E->headsize, out);
  return SYMRUN_OK;
}


const unsigned char *sr_elf_bytes (sr_Elf *E, int slot,
                                   const sr_ElfSection *sec) {
  if (sec->type == SHT_NOBITS || !sr_inside(sec->offset, sec->size,
                                            E->part->size)) {
    damage(E, E->shoff, "sh_offset", sec->offset, "inside the file, with all "
           "of the section; is it cut short?");
    return NULL;
  }
  if (sec->size == 0) return (const unsigned char *)"";
  return look(E, slot, sec->offset, sec->size, sec->size);
}


/* Find the last section of a type, looking from the end, a few headers at a
   time.  Also gives the section that it links to when that was in sight. */
static int find (sr_Elf *E, uint32_t type, uint32_t *found, sr_ElfSection *out,
                 sr_ElfSection *linked) {
  uint32_t end = E->shnum, step = TAIL;
  *found = 0;
  while (end > 0) {
    uint32_t first = end > step ? end - step : 0, i;
    uint64_t size = (uint64_t)(end - first) * E->headsize;
    const unsigned char *p = look(E, SR_HEAD, E->shoff + (uint64_t)first
                                  * E->headsize, size, size + AHEAD);
    if (p == NULL) return E->S->code;
    for (i = end; i-- > first; ) {
      const unsigned char *h = p + (size_t)(i - first) * E->headsize;
      if (sr_u32(h + 4, E->big) != type) continue;
      section(E, h, out);
      *found = i;
      linked->type = SHT_NULL;
      if (out->link >= first && out->link < end)
        section(E, p + (size_t)(out->link - first) * E->headsize, linked);
      return SYMRUN_OK;
    }
    end = first;
    step *= 4;
  }
  return SYMRUN_OK;
}


/* -- symbols ------------------------------------------------------------------ */

typedef struct Table {  /* one symbol table, checked */
  sr_Elf *E;
  sr_Ask *ask;
  const unsigned char *symbols;
  const char *strings;
  uint64_t count, strsize, at;
  uint64_t first;                      /* that is not local, by sh_info */
  uint64_t from;                       /* the first that was read */
  const unsigned char *xindex;         /* section indexes that need 32 bits */
  sr_ElfVersions versions;
  unsigned char *groups;               /* by section: member of a COMDAT */
} Table;


/* Mostly the names follow the symbols closely: one read fetches both. */
static int fetch_table (Table *T, const sr_ElfSection *sym,
                        const sr_ElfSection *str, uint64_t entry) {
  sr_Elf *E = T->E;
  uint64_t size = (T->count - T->from) * entry, both = size;
  uint64_t begin = sym->offset + T->from * entry, end = begin + size;
  if (str->offset >= end && str->offset - end < CLOSE)
    both = str->offset - begin + str->size;
  T->symbols = look(E, SR_SYMBOLS, begin, size, both);
  if (T->symbols == NULL) return E->S->code;
  if (str->size == 0) { T->strings = ""; T->strsize = 1; return SYMRUN_OK; }
  T->strings = (const char *)look(E, SR_STRINGS, str->offset, str->size,
                                  str->size);
  if (T->strings == NULL) return E->S->code;
  T->strsize = str->size;
  if (T->strings[T->strsize - 1] != '\0')
    return damage(E, str->offset + str->size - 1, "string table's last byte",
                  (unsigned char)T->strings[T->strsize - 1], "0");
  return SYMRUN_OK;
}


static int check_table (Table *T, uint32_t index, const sr_ElfSection *sym,
                        sr_ElfSection *str) {
  sr_Elf *E = T->E;
  uint64_t entry = E->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  uint64_t at = E->shoff + (uint64_t)index * E->headsize;
  if (sym->entsize != entry)
    return damage(E, at, "sh_entsize", sym->entsize, E->is64 ? "24" : "16");
  if (sym->size % entry != 0)
    return damage(E, at, "sh_size", sym->size, "a multiple of sh_entsize");
  if (!sr_inside(sym->offset, sym->size, E->part->size))
    return damage(E, at, "sh_offset", sym->offset, "inside the file, with all "
                  "of the symbol table; is it cut short?");
  T->count = sym->size / entry;
  if (sym->info > T->count)
    return damage(E, at, "sh_info", sym->info, "no more than the symbols");
  T->first = sym->info;
  if (str->type != SHT_STRTAB)
    return damage(E, at, "sh_link", sym->link, "a string table");
  if (!sr_inside(str->offset, str->size, E->part->size))
    return damage(E, at, "sh_link", sym->link, "a string table inside the "
                  "file; is it cut short?");
  T->from = T->ask->want & SR_WANT_LOCAL || T->first == 0 ? 1 : T->first;
  T->at = sym->offset;
  if (T->count <= T->from) { T->count = 0; return SYMRUN_OK; }
  return fetch_table(T, sym, str, entry);
}


static int load_xindex (Table *T, uint32_t symtab) {
  sr_ElfSection sec;
  uint32_t i;
  for (i = 1; i < T->E->shnum; i++) {
    int rc = sr_elf_section(T->E, i, &sec);
    if (rc != SYMRUN_OK) return rc;
    if (sec.type != SHT_SYMTAB_SHNDX || sec.link != symtab) continue;
    if (sec.size / 4 < T->count)
      return damage(T->E, T->E->shoff, "SHT_SYMTAB_SHNDX", sec.size,
                    "four bytes for each symbol");
    T->xindex = sr_elf_bytes(T->E, SR_MORE, &sec);
    return T->xindex != NULL ? SYMRUN_OK : T->E->S->code;
  }
  return SYMRUN_OK;
}


/* Mark the sections that are in COMDAT groups (System V ABI, "Section
   Groups"); a group without the flag is kept whole, and is no COMDAT. */
static int load_groups (Table *T) {
  sr_Elf *E = T->E;
  sr_ElfSection sec;
  uint32_t i;
  T->groups = (unsigned char *)sr_new(E->S, E->shnum);
  if (T->groups == NULL) return SYMRUN_NOMEM;
  for (i = 1; i < E->shnum; i++) {
    const unsigned char *p;
    uint64_t k;
    int rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK) return rc;
    if (sec.type != SHT_GROUP || sec.size < 4) continue;
    p = sr_elf_bytes(E, SR_PASSING, &sec);
    if (p == NULL) return E->S->code;
    if ((sr_u32(p, E->big) & GRP_COMDAT) == 0) continue;
    for (k = 4; k + 4 <= sec.size; k += 4) {
      uint32_t member = sr_u32(p + k, E->big);
      if (member < E->shnum) T->groups[member] = 1;
    }
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


static char section_letter (Table *T, const sr_ElfSection *sec, int *rc) {
  sr_Elf *E = T->E;
  sr_ElfSection names;
  if (sec->flags & SHF_EXECINSTR) return 't';
  if (sec->type == SHT_NOBITS) return 'b';
  if (sec->flags & SHF_ALLOC) return sec->flags & SHF_WRITE ? 'd' : 'r';
  *rc = sr_elf_section(E, E->shstrndx, &names);
  if (*rc == SYMRUN_OK && names.type == SHT_STRTAB
      && sec->name < names.size && names.size - sec->name >= 6) {
    const unsigned char *p = look(E, SR_PASSING, names.offset + sec->name, 6, 6);
    if (p != NULL && memcmp(p, ".debug", 6) == 0) return 'N';
  }
  return sec->flags & SHF_WRITE ? '?' : 'n';
}


/* The letter that nm prints; llvm-nm's where nm tools differ. */
static int letter (Table *T, sr_Symbol *sym) {
  sr_ElfSection sec;
  int rc = SYMRUN_OK;
  char c;
  if (sym->binding == SR_WEAK) {
    c = sym->type == SR_OBJECT ? 'v' : 'w';
    if (sym->place != SR_UNDEFINED) c = (char)(c - 'a' + 'A');
    sym->letter = c;
    return SYMRUN_OK;
  }
  if (sym->place == SR_UNDEFINED) { sym->letter = 'U'; return SYMRUN_OK; }
  if (sym->place == SR_COMMON) { sym->letter = 'C'; return SYMRUN_OK; }
  if (sym->type == SR_IFUNC) { sym->letter = 'i'; return SYMRUN_OK; }
  if (sym->binding == SR_UNIQUE) { sym->letter = 'u'; return SYMRUN_OK; }
  if (sym->place == SR_ABSOLUTE) c = 'a';
  else if (sym->section == 0) c = '?';
  else {
    rc = sr_elf_section(T->E, sym->section, &sec);
    if (rc != SYMRUN_OK) return rc;
    c = section_letter(T, &sec, &rc);
    if ((sec.flags & SHF_GROUP) != 0 && T->groups == NULL)
      rc = load_groups(T);
    if (rc == SYMRUN_OK && T->groups != NULL)
      sym->comdat = T->groups[sym->section] != 0;
  }
  if (sym->binding != SR_LOCAL && c >= 'a' && c <= 'z')
    c = (char)(c - 'a' + 'A');
  sym->letter = c;
  return rc;
}


static const unsigned char bindings[16] = {
  SR_LOCAL, SR_GLOBAL, SR_WEAK, SR_BINDING_OTHER, SR_BINDING_OTHER,
  SR_BINDING_OTHER, SR_BINDING_OTHER, SR_BINDING_OTHER, SR_BINDING_OTHER,
  SR_BINDING_OTHER, SR_UNIQUE, SR_BINDING_OTHER, SR_BINDING_OTHER,
  SR_BINDING_OTHER, SR_BINDING_OTHER, SR_BINDING_OTHER
};

static const unsigned char types[16] = {
  SR_NOTYPE, SR_OBJECT, SR_FUNC, SR_SECTION, SR_SOURCE, SR_OBJECT, SR_TLS,
  SR_TYPE_OTHER, SR_TYPE_OTHER, SR_TYPE_OTHER, SR_IFUNC, SR_TYPE_OTHER,
  SR_TYPE_OTHER, SR_TYPE_OTHER, SR_TYPE_OTHER, SR_TYPE_OTHER
};


/* Names that tell a disassembler what bytes are, not what anyone calls. */
static bool mapping (const sr_Elf *E, const sr_Symbol *sym) {
  const char *s = sym->name;
  if (sym->binding != SR_LOCAL || s[0] != '$') return false;
  switch (E->machine) {
    case EM_ARM: return s[1] == 'a' || s[1] == 't' || s[1] == 'd';
    case EM_AARCH64: case EM_RISCV: return s[1] == 'd' || s[1] == 'x';
    default: return false;
  }
}


/* The rare parts of one symbol that somebody wants. */
static int finish (Table *T, uint64_t i, uint32_t index, uint64_t at,
                   sr_Symbol *sym) {
  sr_Elf *E = T->E;
  sym->place = SR_DEFINED;
  if (index == SHN_UNDEF) sym->place = SR_UNDEFINED;
  else if (index == SHN_XINDEX) {
    if (T->xindex != NULL) index = sr_u32(T->xindex + i * 4, E->big);
    else if (T->ask->letters)
      return damage(E, at, "st_shndx", index, "backed by an SHT_SYMTAB_SHNDX "
                    "section, and there is none");
    else index = 0;
  }
  else if (index >= SHN_LORESERVE) {
    sym->place = special_place(E->machine, index);
    index = 0;
  }
  if (index >= E->shnum && index != 0)
    return damage(E, at, "st_shndx", index, "the index of a section");
  sym->section = index;
  if (sym->type == SR_OBJECT && sym->place == SR_DEFINED
      && sym->binding == SR_BINDING_OTHER) sym->type = SR_TYPE_OTHER;
  if (mapping(E, sym)) return SYMRUN_OK;
  if (T->ask->letters) {
    int rc = letter(T, sym);
    if (rc != SYMRUN_OK) return rc;
  }
  if (T->versions.versym != NULL)
    sr_elf_version(&T->versions, E->big, (size_t)i, sym);
  return T->ask->each(T->ask->ud, sym);
}


/* The loop that symrun spends its time in.  'is64' and 'big' are constants
   where it is called, so four loops are made of it. */
static inline int scan (Table *T, const bool is64, const bool big) {
  sr_Ask *ask = T->ask;
  const unsigned char *p;
  const bool *first = ask->glob != NULL ? sr_glob_first(ask->glob) : NULL;
  const size_t entry = is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  uint64_t i;
  ask->seen += T->count - T->from;
  for (p = T->symbols, i = T->from; i < T->count; i++, p += entry) {
    unsigned info = is64 ? p[4] : p[12], other = is64 ? p[5] : p[13];
    uint32_t index = is64 ? sr_u16(p + 6, big) : sr_u16(p + 14, big);
    uint32_t name = sr_u32(p, big);
    uint64_t at = T->at + i * entry;
    sr_Symbol sym;
    int rc;
    if (SR_UNLIKELY(name >= T->strsize))
      return damage(T->E, at, "st_name", name, "inside the string table");
    if (SR_UNLIKELY(info >> 4 == STB_LOCAL) && i >= T->first && T->first > 0)
      return damage(T->E, at, "st_info", info, "that of a symbol that is not "
                    "local, for sh_info says that locals ended before");
    if (!(ask->want & (index == SHN_UNDEF ? SR_WANT_UNDEFINED
                                          : SR_WANT_DEFINED))) continue;
    if (first != NULL && !first[(unsigned char)T->strings[name]]) continue;
    sym.name = T->strings + name;
    sym.len = strlen(sym.name);
    if (ask->glob != NULL && !sr_glob_match(ask->glob, sym.name, sym.len))
      continue;
    sym.binding = bindings[info >> 4];
    sym.type = types[info & 15];
    sym.visibility = other & 3;
    if (sym.type == SR_SECTION || sym.type == SR_SOURCE) continue;
    if (sym.binding == SR_LOCAL && !(ask->want & SR_WANT_LOCAL)) continue;
    if ((ask->want & SR_WANT_EXPORTED) && index != SHN_UNDEF
        && (sym.visibility == SR_HIDDEN || sym.visibility == SR_INTERNAL))
      continue;
    sym.version.ptr = NULL;
    sym.version.len = 0;
    sym.version_hidden = sym.comdat = false;
    sym.letter = '?';
    sym.value = is64 ? sr_u64(p + 8, big) : sr_u32(p + 4, big);
    sym.size = is64 ? sr_u64(p + 16, big) : sr_u32(p + 8, big);
    rc = finish(T, i, index, at, &sym);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


static int scan_table (Table *T) {
  if (T->E->is64) return T->E->big ? scan(T, true, true) : scan(T, true, false);
  return T->E->big ? scan(T, false, true) : scan(T, false, false);
}


int sr_elf_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  sr_Elf E;
  Table T;
  sr_ElfSection sym, str;
  uint32_t index;
  int rc = sr_elf_open(S, part, &E);
  if (rc != SYMRUN_OK) return rc;
  rc = find(&E, ask->view == SR_DYNAMIC ? SHT_DYNSYM : SHT_SYMTAB, &index,
            &sym, &str);
  if (rc != SYMRUN_OK) return rc;
  if (index == 0) {
    if (E.type == ET_REL || E.type == ET_CORE) return SYMRUN_OK;
    if (ask->view == SR_DYNAMIC && E.shnum > 0) return SYMRUN_OK;
    sr_fail(S, SYMRUN_UNKNOWN, "is linked and stripped, so its %s symbols are "
            "gone", ask->view == SR_DYNAMIC ? "section headers and dynamic"
            : "own; ask for the view 'dynamic', or for what it had before");
    S->fault.offset = part->offset;
    S->fault.field = "section headers";
    return SYMRUN_UNKNOWN;
  }
  memset(&T, 0, sizeof T);
  T.E = &E;
  T.ask = ask;
  if (str.type == SHT_NULL || ask->letters || ask->versions)
    rc = sr_elf_section(&E, sym.link, &str);
  if (rc == SYMRUN_OK) rc = check_table(&T, index, &sym, &str);
  if (rc == SYMRUN_OK && ask->letters) rc = load_xindex(&T, index);
  if (rc == SYMRUN_OK && ask->versions && T.count > 0)
    rc = sr_elf_versions(&E, index, sym.link, T.strings, T.strsize,
                         &T.versions);
  if (rc == SYMRUN_OK && T.count > 0) rc = scan_table(&T);
  sr_delete(S, T.groups, E.shnum);
  sr_elf_versions_free(&E, &T.versions);
  return rc;
}
