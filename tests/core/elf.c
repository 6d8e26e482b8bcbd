/*
** elf.c (a test)
** Our ELF reader beside libelf, symbol by symbol: name, value, size, binding,
** type, visibility and section, of both tables, in every member.  libelf was
** written by others from the same specification, and shares no line with it.
**
**   build/tests/elf [FILE...]    default: the libraries of this machine
*/

#include <ar.h>
#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/model.h"

#define MOST  ((off_t)250 << 20)  /* bytes of files that are looked for */

typedef struct Fact {
  char *name;
  uint64_t value, size;
  uint32_t section, member;
  unsigned char binding, type, visibility, place;
} Fact;

typedef struct Facts { Fact *at; size_t count, room, next; } Facts;

static sr_Scan scan;
static Facts facts;
static size_t files, members, symbols, failures;
static off_t total;


static void *sure (void *p) {
  if (p != NULL) return p;
  fprintf(stderr, "not enough memory\n");
  exit(1);
}


static int keep (void *ud, const sr_Symbol *sym) {
  Fact *f;
  (void)ud;
  if (facts.count == facts.room) {
    facts.room = facts.room * 2 + 1024;
    facts.at = (Fact *)sure(realloc(facts.at, facts.room * sizeof *facts.at));
  }
  f = &facts.at[facts.count++];
  f->name = (char *)sure(strndup(sym->name, sym->len));
  f->value = sym->value;
  f->size = sym->size;
  f->section = sym->section;
  f->member = scan.member == SR_NONE ? 0 : scan.member;
  f->binding = sym->binding;
  f->type = sym->type;
  f->visibility = sym->visibility;
  f->place = sym->place;
  return SYMRUN_OK;
}


static void forget (void) {
  while (facts.count > 0) free(facts.at[--facts.count].name);
  facts.next = 0;
}


/* -- the same facts, from libelf ------------------------------------------ */

static unsigned char binding (unsigned char raw) {
  switch (raw) {
    case STB_LOCAL: return SR_LOCAL;
    case STB_GLOBAL: return SR_GLOBAL;
    case STB_WEAK: return SR_WEAK;
    case STB_GNU_UNIQUE: return SR_UNIQUE;
    default: return SR_BINDING_OTHER;
  }
}


static unsigned char type (unsigned char raw) {
  switch (raw) {
    case STT_NOTYPE: return SR_NOTYPE;
    case STT_OBJECT: return SR_OBJECT;
    case STT_FUNC: return SR_FUNC;
    case STT_COMMON: return SR_COMMON_DATA;
    case STT_TLS: return SR_TLS;
    case STT_GNU_IFUNC: return SR_IFUNC;
    default: return SR_TYPE_OTHER;
  }
}


static unsigned char place (GElf_Section index) {
  switch (index) {
    case SHN_UNDEF: return SR_UNDEFINED;
    case SHN_ABS: return SR_ABSOLUTE;
    case SHN_COMMON: return SR_COMMON;
    default: return SR_DEFINED;
  }
}


static bool same (const Fact *f, uint32_t member, const char *name,
                  const GElf_Sym *sym, Elf32_Word xindex) {
  uint32_t section = sym->st_shndx == SHN_XINDEX ? xindex
                   : sym->st_shndx >= SHN_LORESERVE ? 0 : sym->st_shndx;
  return f->member == member && strcmp(f->name, name) == 0
      && f->value == sym->st_value && f->size == sym->st_size
      && f->binding == binding(GELF_ST_BIND(sym->st_info))
      && f->type == type(GELF_ST_TYPE(sym->st_info))
      && f->visibility == GELF_ST_VISIBILITY(sym->st_other)
      && f->section == section && f->place == place(sym->st_shndx);
}


static void differ (const char *path, uint32_t member, const char *name,
                    const Fact *f) {
  if (failures++ < 20)
    fprintf(stderr, "%s, member %u: libelf has %.80s, we have %.80s\n", path,
            member, name, f != NULL ? f->name : "no more");
}


/* Marks of code and data, which we leave out. */
static bool mark (Elf *elf, const GElf_Sym *sym, const char *name) {
  GElf_Ehdr header;
  return name[0] == '$' && GELF_ST_BIND(sym->st_info) == STB_LOCAL
      && gelf_getehdr(elf, &header) != NULL
      && (header.e_machine == EM_ARM || header.e_machine == EM_AARCH64
          || header.e_machine == EM_RISCV);
}


/* The indexes of sections that do not fit into 16 bits. */
static Elf_Data *wide_indexes (Elf *elf, Elf_Scn *symtab) {
  Elf_Scn *scn = NULL;
  GElf_Shdr header;
  while ((scn = elf_nextscn(elf, scn)) != NULL)
    if (gelf_getshdr(scn, &header) != NULL
        && header.sh_type == SHT_SYMTAB_SHNDX
        && header.sh_link == elf_ndxscn(symtab)) return elf_getdata(scn, NULL);
  return NULL;
}


/* Compare one table of one object with the facts that come next. */
static void compare (const char *path, uint32_t member, Elf *elf,
                     const GElf_Shdr *header, Elf_Scn *scn) {
  Elf_Data *data = elf_getdata(scn, NULL), *xdata = wide_indexes(elf, scn);
  int i, n;
  if (data == NULL || header->sh_entsize == 0) return;
  n = (int)(header->sh_size / header->sh_entsize);
  for (i = 1; i < n; i++) {
    GElf_Sym sym;
    Elf32_Word xindex = 0;
    const char *name;
    const Fact *f = facts.next < facts.count ? &facts.at[facts.next] : NULL;
    if (gelf_getsymshndx(data, xdata, i, &sym, &xindex) == NULL) return;
    if (GELF_ST_TYPE(sym.st_info) == STT_SECTION
        || GELF_ST_TYPE(sym.st_info) == STT_FILE) continue;
    name = elf_strptr(elf, header->sh_link, sym.st_name);
    if (name == NULL) name = "";
    if (mark(elf, &sym, name)) continue;
    if (f == NULL || !same(f, member, name, &sym, xindex))
      differ(path, member, name, f);
    facts.next++;
    symbols++;
  }
}


static void one_object (const char *path, uint32_t member, Elf *elf,
                        unsigned table) {
  Elf_Scn *scn = NULL;
  if (elf_kind(elf) != ELF_K_ELF) return;
  while ((scn = elf_nextscn(elf, scn)) != NULL) {
    GElf_Shdr header;
    if (gelf_getshdr(scn, &header) != NULL && header.sh_type == table)
      compare(path, member, elf, &header, scn);
  }
  members++;
}


static void all_objects (const char *path, int fd, unsigned table) {
  Elf *top = elf_begin(fd, ELF_C_READ_MMAP, NULL), *elf;
  uint32_t member = 0;
  if (top == NULL) return;
  if (elf_kind(top) != ELF_K_AR) one_object(path, 0, top, table);
  else while ((elf = elf_begin(fd, ELF_C_READ_MMAP, top)) != NULL) {
    const Elf_Arhdr *header = elf_getarhdr(elf);
    if (header != NULL && strcmp(header->ar_name, "/") != 0
        && strcmp(header->ar_name, "//") != 0
        && strcmp(header->ar_name, "/SYM64/") != 0)
      one_object(path, member++, elf, table);
    if (elf_next(elf) == ELF_C_NULL) { elf_end(elf); break; }
    elf_end(elf);
  }
  elf_end(top);
}


/* -- files ----------------------------------------------------------------- */

static void one_view (symrun *S, const char *path, int fd, sr_View_name view) {
  sr_File *F;
  if (symrun_file_open(S, path, &F) != SYMRUN_OK) {
    fprintf(stderr, "%s: %s\n", path, symrun_message(S));
    failures++;
    return;
  }
  memset(&scan, 0, sizeof scan);
  scan.only = SR_NONE;
  scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED | SR_WANT_LOCAL;
  scan.ask.view = view;
  scan.ask.letters = true;
  scan.ask.each = keep;
  if (sr_file_scan(F, &scan) != SYMRUN_OK) failures++;
  all_objects(path, fd, view == SR_DYNAMIC ? SHT_DYNSYM : SHT_SYMTAB);
  if (facts.next != facts.count) {
    fprintf(stderr, "%s: libelf has %zu symbols, and we have %zu\n", path,
            facts.next, facts.count);
    failures++;
  }
  forget();
}


static void one_file (const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  symrun *S = symrun_new(NULL, NULL);
  if (fd < 0 || S == NULL) { perror(path); exit(1); }
  one_view(S, path, fd, SR_NATIVE);
  one_view(S, path, fd, SR_DYNAMIC);
  files++;
  symrun_close(S);
  close(fd);
}


/* ELF files and archives, by their first bytes. */
static int each_found (const char *path, const struct stat *st, int kind,
                       struct FTW *walk) {
  char head[8] = "";
  FILE *file;
  (void)walk;
  if (kind != FTW_F || total + st->st_size > MOST || st->st_size < 8) return 0;
  file = fopen(path, "rb");
  if (file == NULL) return 0;
  if (fread(head, 1, sizeof head, file) == sizeof head
      && (memcmp(head, ELFMAG, SELFMAG) == 0
          || memcmp(head, ARMAG, SARMAG) == 0)) {
    total += st->st_size;
    one_file(path);
  }
  fclose(file);
  return 0;
}


int main (int argc, char **argv) {
  static const char *const places[] = {"/proc/self/exe", "/usr/lib/gcc",
    "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"};
  int i;
  elf_version(EV_CURRENT);
  for (i = 1; i < argc; i++) one_file(argv[i]);
  if (argc == 1) {
    one_file(places[0]);
    for (i = 1; i < 4; i++) nftw(places[i], each_found, 16, FTW_PHYS);
  }
  free(facts.at);
  printf("elf: %zu files, %zu objects, %zu symbols as libelf reads them, "
         "%zu differ\n", files, members, symbols, failures);
  return failures == 0 && symbols > 0 ? 0 : 1;
}
