/*
** format_cost.c (a test)
** Files that were made to cost time or memory: many records that share one
** long name, tables that many headers point to.  Each is of some megabytes,
** has to be told as damage, and may take no longer than its size allows
** (see scan.h).
*/

#include <elf.h>

#include "../fuzz/scan.h"
#include "large.h"

#define MEGABYTE  ((size_t)1 << 20)

static bool told (const sr_File *F, const char *reason) {
  size_t i;
  for (i = 0; i < F->ngaps; i++)
    if (strstr(F->gaps[i].reason, reason) != NULL) return true;
  return false;
}


/* It is told what is wrong, in time. */
static void expect (Large *b, const char *reason) {
  static const sr_Str name = {"input", 5};
  sr_Str all;
  symrun *S = symrun_new(NULL, NULL);
  sr_File *F;
  Sum sum;
  tighten(b);
  all.ptr = (const char *)b->p;
  all.len = b->size;
  memset(&sum, 0, sizeof sum);
  MUST(S != NULL && sr_file_wrap(S, name, all, &F) == SYMRUN_OK);
  MUST(scan_file(S, F, &sum) == SYMRUN_OK);
  CHECK(told(F, reason), "not told: %s", reason);
  symrun_close(S);
  scan_bytes(b->p, b->size);
  free(b->p);
}


/* -- archives -------------------------------------------------------------- */

static void put_header (Large *b, const char *name, size_t size) {
  char text[64];
  snprintf(text, sizeof text, "%-16s%-12s%-6s%-6s%-8s%-10zu`\n", name, "0",
           "0", "0", "644", size);
  put(b, text, 60);
}


static void one_long_name (const char *magic) {
  Large b = {NULL, 0, 0};
  int i;
  put(&b, magic, 8);
  put_header(&b, "//", MEGABYTE);
  put(&b, NULL, MEGABYTE - 2);
  put(&b, "/\n", 2);
  for (i = 0; i < 16000; i++) put_header(&b, "/0", 0);
  expect(&b, "ar_name points to a name that many share");
}


/* A thin archive has no bytes behind its headers, so names that stood there
   would overlap. */
static void names_that_overlap (void) {
  Large b = {NULL, 0, 0};
  char name[17];
  int i, most = 16000;
  put(&b, "!<thin>\n", 8);
  for (i = 0; i < most; i++) {
    int left = (most - i - 1) * 60;
    snprintf(name, sizeof name, "#1/%d", left);
    put_header(&b, name, (size_t)left);
  }
  expect(&b, "which is no name that this format of archives gives");
}


/* -- ELF ------------------------------------------------------------------- */

typedef struct Image { Large bytes; Elf64_Shdr at[8]; unsigned count; } Image;

static void begin_image (Image *I) {
  memset(I, 0, sizeof *I);
  put(&I->bytes, NULL, sizeof(Elf64_Ehdr));
  I->count = 1;
}


static Elf64_Shdr *section (Image *I, uint32_t type, uint32_t link,
                            size_t each, const void *bytes, size_t size) {
  Elf64_Shdr *h = &I->at[I->count++];
  h->sh_type = type;
  h->sh_link = link;
  h->sh_entsize = each;
  h->sh_offset = I->bytes.size;
  h->sh_size = size;
  if (size > 0) put(&I->bytes, bytes, size);
  return h;
}


/* A NUL, a name of so many bytes, a NUL. */
static void long_string (Image *I, size_t size) {
  Elf64_Shdr *h = section(I, SHT_STRTAB, 0, 0, NULL, size);
  I->bytes.p[h->sh_offset] = I->bytes.p[h->sh_offset + size - 1] = '\0';
}


static void end_image (Image *I, uint16_t type, uint64_t phoff,
                       uint16_t phnum, const char *reason) {
  Elf64_Ehdr e;
  memset(&e, 0, sizeof e);
  memcpy(e.e_ident, "\177ELF\2\1\1", 7);
  if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) e.e_ident[EI_DATA] = ELFDATA2MSB;
  e.e_type = type;
  e.e_machine = EM_X86_64;
  e.e_phoff = phoff;
  e.e_phentsize = sizeof(Elf64_Phdr);
  e.e_phnum = phnum;
  e.e_shoff = I->bytes.size;
  e.e_shentsize = sizeof(Elf64_Shdr);
  e.e_shnum = (uint16_t)I->count;
  put(&I->bytes, I->at, I->count * sizeof *I->at);
  memcpy(I->bytes.p, &e, sizeof e);
  expect(&I->bytes, reason);
}


static void one_symbol_name (void) {
  static Elf64_Sym symbols[40000];
  Image I;
  size_t i;
  for (i = 1; i < 40000; i++) {
    symbols[i].st_name = 1;
    symbols[i].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbols[i].st_shndx = SHN_ABS;
  }
  begin_image(&I);
  section(&I, SHT_SYMTAB, 2, sizeof *symbols, symbols,
          sizeof symbols)->sh_info = 1;
  long_string(&I, MEGABYTE);
  end_image(&I, ET_REL, 0, 0, "names up to here add up to");
}


static void one_version_name (void) {
  static struct { Elf64_Verneed need; Elf64_Vernaux aux[65000]; } list;
  static const uint16_t numbers[2] = {0, 2};
  static Elf64_Sym symbols[2];
  Image I;
  size_t i;
  symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
  list.need.vn_version = 1;
  list.need.vn_cnt = 65000;
  list.need.vn_aux = sizeof list.need;
  for (i = 0; i < 65000; i++) {
    list.aux[i].vna_other = 2;
    list.aux[i].vna_name = 1;
    list.aux[i].vna_next = i + 1 < 65000 ? sizeof *list.aux : 0;
  }
  begin_image(&I);
  section(&I, SHT_DYNSYM, 2, sizeof *symbols, symbols,
          sizeof symbols)->sh_info = 1;
  long_string(&I, 6 * MEGABYTE);
  section(&I, SHT_GNU_versym, 1, 2, numbers, sizeof numbers);
  section(&I, SHT_GNU_verneed, 2, 0, &list, sizeof list);
  end_image(&I, ET_DYN, 0, 0, "names of symbol versions up to here");
}


/* All of them say that the dynamic table is the whole megabyte of them. */
static void one_dynamic_table (void) {
  static Elf64_Phdr headers[30000];
  Image I;
  size_t i;
  for (i = 0; i < 30000; i++) {
    headers[i].p_type = PT_DYNAMIC;
    headers[i].p_offset = sizeof(Elf64_Ehdr);
    headers[i].p_filesz = sizeof headers;
  }
  begin_image(&I);
  section(&I, SHT_PROGBITS, 0, 0, headers, sizeof headers);
  end_image(&I, ET_DYN, sizeof(Elf64_Ehdr), 30000,
            "for a file has one dynamic table");
}


/* -- Mach-O ---------------------------------------------------------------- */

/* A library of symbols (nlist_64) that all have the name of 'strsize' - 3 bytes
   that the string table is, and of an export trie. */
static void macho (const void *trie, size_t size, uint32_t nsyms,
                   uint32_t strsize, const char *reason) {
  uint32_t head[8] = {0xfeedfacf, 0x01000007, 3, 6, 2, 72, 0, 0};
  uint32_t symtab[6] = {2, 24, 104, nsyms, 104 + nsyms * 16, strsize};
  uint32_t info[12] = {0x80000022, 48, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  uint32_t name = 1, i;
  unsigned char symbol[16] = {0, 0, 0, 0, 3};  /* N_EXT, N_ABS */
  Large b = {NULL, 0, 0};
  info[10] = symtab[4] + strsize;
  info[11] = (uint32_t)size;
  put(&b, head, sizeof head);
  put(&b, info, sizeof info);
  put(&b, symtab, sizeof symtab);
  memcpy(symbol, &name, 4);
  for (i = 0; i < nsyms; i++) put(&b, symbol, sizeof symbol);
  put(&b, NULL, strsize);
  b.p[symtab[4]] = b.p[symtab[4] + strsize - 1] = '\0';
  put(&b, trie, size);
  expect(&b, reason);
}


/* Sixty nodes, of which each leads to the next in two ways: as many names as
   there are grains of sand. */
static void trie_of_shared_nodes (void) {
  unsigned char trie[602];  /* the last one is a leaf, and has no name */
  unsigned i;
  memset(trie, 0, sizeof trie);
  for (i = 0; i < 60; i++) {
    unsigned next = (i + 1) * 10;
    unsigned char low = (unsigned char)((next & 0x7f) | 0x80);
    unsigned char high = (unsigned char)(next >> 7);
    unsigned char node[10] = {0, 2, 'a', '\0', low, high, 'b', '\0', low,
                              high};
    memcpy(trie + i * 10, node, sizeof node);
  }
  macho(trie, sizeof trie, 1, 4, "comes to nodes here that it has come to "
        "before");
}


/* Each node ends a name and leads to one that is longer by a byte. */
static void trie_of_long_names (void) {
  static unsigned char trie[900000];
  size_t n;
  for (n = 0; n + 9 <= sizeof trie; n += 9) {
    size_t next = n + 9;
    unsigned char node[9] = {2, 0, 0, 1, 'n', '\0'};
    node[6] = (unsigned char)((next & 0x7f) | 0x80);
    node[7] = (unsigned char)((next >> 7 & 0x7f) | 0x80);
    node[8] = (unsigned char)(next >> 14 & 0x7f);
    memcpy(trie + n, node, 9);
  }
  macho(trie, sizeof trie, 1, 4, "names that add up to more than");
}


int main (void) {
  one_long_name("!<arch>\n");
  one_long_name("!<thin>\n");
  names_that_overlap();
  one_symbol_name();
  one_version_name();
  one_dynamic_table();
  if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
    macho(NULL, 0, 40000, (uint32_t)MEGABYTE, "names up to here add up to");
    trie_of_shared_nodes();
    trie_of_long_names();
  }
  return finish(6);
}
