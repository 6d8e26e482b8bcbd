/*
** edit_elf_open.c
** An ELF object, read as a whole to be changed.  More is asked of it than of
** one that is only read: sections must not share bytes, and locals and others
** must stand where sh_info says, for else a change to one would be a change
** to another.
**
** Layout: System V ABI, chapter 4 ("Sections", "Symbol Table").
*/

#include <stdlib.h>

#include "../ground/hash.h"
#include "edit_elf.h"


/* One name may serve any number of symbols, and a file of a megabyte take an
   hour. */
static int name_at (sr_ElfEdit *X, const char *name, uint64_t at,
                    const char *field, sr_Str *out) {
  out->ptr = name;
  out->len = strlen(name);
  X->told += out->len;
  if (X->told / 64 <= X->size) return SYMRUN_OK;
  return sr_damage(X->S, at, field, "names up to here add up to %llu bytes, "
                   "more than 64 times the file", (unsigned long long)X->told);
}


/* -- sections ------------------------------------------------------------- */

typedef struct Range { uint64_t offset, size, at; } Range;

static int by_offset (const void *a, const void *b) {
  const Range *x = (const Range *)a, *y = (const Range *)b;
  if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
  return x->at < y->at ? -1 : x->at > y->at;
}


/* No two of them, nor the headers, may have the same bytes. */
static int check_apart (sr_ElfEdit *X, Range *ranges, size_t count) {
  uint64_t end = 0;
  size_t i;
  qsort(ranges, count, sizeof *ranges, by_offset);
  for (i = 0; i < count; i++) {
    if (ranges[i].offset < end)
      return sr_elf_damage(&X->E, ranges[i].at, "sh_offset", ranges[i].offset,
                           "behind the bytes of the section before it");
    end = ranges[i].offset + ranges[i].size;
  }
  return SYMRUN_OK;
}


static int check_ranges (sr_ElfEdit *X) {
  const sr_Elf *E = &X->E;
  size_t room = (E->shnum + (size_t)2) * sizeof(Range), n = 2;
  Range *ranges = (Range *)sr_new(X->S, room);
  uint32_t i;
  int rc;
  if (ranges == NULL) return SYMRUN_NOMEM;
  ranges[0].size = E->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
  ranges[1].offset = E->shoff;
  ranges[1].size = (uint64_t)E->shnum * E->headsize;
  ranges[1].at = E->is64 ? 40 : 32;
  for (i = 1; i < E->shnum; i++) {
    const sr_ElfSection *h = &X->secs[i].h;
    if (h->type == SHT_NOBITS || h->type == SHT_NULL || h->size == 0) continue;
    ranges[n].offset = h->offset;
    ranges[n].size = h->size;
    ranges[n++].at = h->at + (E->is64 ? 24 : 16);
  }
  rc = check_apart(X, ranges, n);
  sr_delete(X->S, ranges, room);
  return rc;
}


static int one_section (sr_ElfEdit *X, const sr_ElfNames *names, uint32_t i) {
  sr_ElfSec *sec = &X->secs[i];
  const unsigned char *p;
  int rc = sr_elf_section(&X->E, i, &sec->h);
  if (rc != SYMRUN_OK) return rc;
  p = X->bytes + sec->h.at + (X->E.is64 ? 48 : 32);
  sec->align = X->E.is64 ? sr_u64(p, X->E.big) : sr_u32(p, X->E.big);
  sec->where = sec->h.offset;
  if (sec->h.name >= names->size)
    return sr_elf_damage(&X->E, sec->h.at, "sh_name", sec->h.name, "inside "
                         "the table of section names");
  rc = name_at(X, names->text + sec->h.name, sec->h.at, "sh_name", &sec->name);
  if (rc != SYMRUN_OK) return rc;
  if (i == 0 || sec->h.type == SHT_NOBITS || sec->h.type == SHT_NULL
      || sr_inside(sec->h.offset, sec->h.size, X->size)) return SYMRUN_OK;
  return sr_elf_damage(&X->E, sec->h.at + (X->E.is64 ? 24 : 16), "sh_offset",
                       sec->h.offset, "inside the file, with all of the "
                       "section; is it cut short?");
}


static int sections (sr_ElfEdit *X) {
  sr_ElfNames names;
  sr_ElfSection zero;
  uint32_t *groups, i;
  int rc = sr_elf_section(&X->E, 0, &zero);  /* loads the table */
  if (rc == SYMRUN_OK) rc = sr_elf_names(&X->E, &names);
  if (rc != SYMRUN_OK) return rc;
  X->secs = (sr_ElfSec *)sr_new(X->S, X->E.shnum * sizeof *X->secs);
  if (X->secs == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < X->E.shnum && rc == SYMRUN_OK; i++)
    rc = one_section(X, &names, i);
  if (rc == SYMRUN_OK) rc = check_ranges(X);
  if (rc == SYMRUN_OK) rc = sr_elf_groups(&X->E, &groups);
  if (rc != SYMRUN_OK) return rc;
  for (i = 0; i < X->E.shnum; i++) X->secs[i].comdat = groups[i];
  sr_delete(X->S, groups, X->E.shnum * sizeof *groups);
  return SYMRUN_OK;
}


/* -- symbols -------------------------------------------------------------- */

static bool has_name (const sr_ElfSym *sym) {
  unsigned type = sym->info & 15;
  return sym->name.len > 0 && type != STT_SECTION && type != STT_FILE;
}


static uint32_t *head (const sr_ElfEdit *X, sr_Str name) {
  return &X->heads[XXH3_64bits(name.ptr, name.len) & (X->nheads - 1)];
}


/* Heads for 'count' names and more. */
static int rehash (sr_ElfEdit *X, size_t count) {
  size_t n = X->nheads > 0 ? X->nheads : 16, k;
  uint32_t i, *heads;
  while (n < count) n *= 2;
  heads = (uint32_t *)sr_new(X->S, n * sizeof *heads);
  if (heads == NULL) return SYMRUN_NOMEM;
  sr_delete(X->S, X->heads, X->nheads * sizeof *heads);
  X->heads = heads;
  X->nheads = n;
  for (k = 0; k < n; k++) heads[k] = SR_NONE;
  for (i = (uint32_t)X->count; i-- > 1; ) {  /* 0 is no symbol */
    uint32_t *at = head(X, X->syms[i].name);
    if (!has_name(&X->syms[i]) || X->syms[i].gone) continue;
    X->syms[i].next = *at;
    *at = i;
  }
  return SYMRUN_OK;
}


int sr_elf_edit_hashed (sr_ElfEdit *X, uint32_t i) {
  uint32_t *at;
  if (X->count > X->nheads) return rehash(X, X->count);
  at = head(X, X->syms[i].name);
  X->syms[i].next = *at;
  *at = i;
  return SYMRUN_OK;
}


void sr_elf_edit_unhash (sr_ElfEdit *X, uint32_t i) {
  uint32_t *at = head(X, X->syms[i].name);
  while (*at != SR_NONE && *at != i) at = &X->syms[*at].next;
  if (*at == i) *at = X->syms[i].next;
}


uint32_t sr_elf_edit_find (const sr_ElfEdit *X, sr_Str name, uint32_t from) {
  uint32_t i = from != SR_NONE ? X->syms[from].next
             : X->nheads > 0 ? *head(X, name) : SR_NONE;
  while (i != SR_NONE && !sr_same_name(X->syms[i].name, name))
    i = X->syms[i].next;
  return i;
}


static int one_symbol (sr_ElfEdit *X, uint32_t i) {
  sr_ElfSym *sym = &X->syms[i];
  sr_ElfEntry entry;
  uint64_t at = X->table.at + i * X->table.entry;
  int rc = sr_elf_entry(&X->E, &X->table, i, &entry);
  if (rc != SYMRUN_OK) return rc;
  rc = name_at(X, entry.name, at, "st_name", &sym->name);
  if (rc != SYMRUN_OK) return rc;
  sym->text = sr_u32(X->table.symbols + i * X->table.entry, X->E.big);
  sym->value = entry.value;
  sym->section = entry.section;
  sym->index = (uint16_t)entry.index;
  sym->info = entry.info;
  sym->other = entry.other;
  if ((entry.info >> 4 == STB_LOCAL) == (i < X->table.first)) return SYMRUN_OK;
  return sr_elf_damage(&X->E, at + (X->E.is64 ? 4 : 12), "st_info", entry.info,
                       i < X->table.first
                       ? "that of a local symbol, for sh_info says that "
                         "locals end later"
                       : "that of no local symbol, for sh_info says that "
                         "these end before");
}


/* Two tables would each have their own numbers. */
static int only_table (sr_ElfEdit *X) {
  uint32_t i;
  for (i = 1; i < X->E.shnum; i++) {
    const sr_ElfSection *h = &X->secs[i].h;
    if (h->type == SHT_SYMTAB && i != X->table.index)
      return sr_elf_damage(&X->E, h->at + 4, "sh_type", SHT_SYMTAB, "that of "
                           "no symbol table, for an object has one");
    if (h->type != SHT_SYMTAB_SHNDX || h->link != X->table.index) continue;
    if (X->xindex == 0) X->xindex = i;
  }
  X->strtab = X->secs[X->table.index].h.link;
  return SYMRUN_OK;
}


static int symbols (sr_ElfEdit *X) {
  uint32_t i;
  int rc = sr_elf_symbols(&X->E, &X->table);
  if (rc != SYMRUN_OK || X->table.index == 0) return rc;
  if (X->secs[X->table.index].h.size % X->table.entry != 0)
    return sr_elf_damage(&X->E, X->secs[X->table.index].h.at
                         + (X->E.is64 ? 32 : 20), "sh_size",
                         X->secs[X->table.index].h.size,
                         "a multiple of sh_entsize");
  if (X->table.count == 0 || X->table.first == 0 || X->table.count >= SR_NONE)
    return sr_elf_damage(&X->E, X->secs[X->table.index].h.at
                         + (X->E.is64 ? 44 : 28), "sh_info", X->table.first,
                         "1 or more, for symbol 0 is no symbol and is local");
  rc = only_table(X);
  if (rc != SYMRUN_OK) return rc;
  X->room = (size_t)X->table.count;
  X->syms = (sr_ElfSym *)sr_new(X->S, X->room * sizeof *X->syms);
  if (X->syms == NULL) return SYMRUN_NOMEM;
  X->count = X->room;
  for (i = 0; i < X->count && rc == SYMRUN_OK; i++) rc = one_symbol(X, i);
  return rc == SYMRUN_OK ? rehash(X, X->count) : rc;
}


/* -- the object ----------------------------------------------------------- */

static int refuse_linked (sr_ElfEdit *X) {
  unsigned type = X->E.type;
  unsigned headers = sr_u16(X->bytes + (X->E.is64 ? 56 : 44), X->E.big);
  if (type == ET_EXEC || type == ET_DYN)
    return sr_fail(X->S, SYMRUN_RULE, "%s cannot be edited: it was linked, and "
                   "its symbols are what programs were bound to; edit the "
                   "objects that it is made from", type == ET_EXEC
                   ? "an executable" : "a shared library or an executable");
  if (type != ET_REL)
    return sr_fail(X->S, SYMRUN_RULE, "an ELF file of type %u cannot be "
                   "edited: only objects can (type 1)", type);
  if (headers != 0)
    return sr_fail(X->S, SYMRUN_RULE, "an object with program headers cannot "
                   "be edited: nobody knows what they stand for");
  return SYMRUN_OK;
}


int sr_elf_edit_open (symrun *S, sr_Str bytes, sr_ElfEdit *X) {
  int rc;
  memset(X, 0, sizeof *X);
  X->S = S;
  X->bytes = (const unsigned char *)bytes.ptr;
  X->size = bytes.len;
  sr_source_wrap(&X->source, bytes);
  sr_reader_set(&X->reader, &X->source);
  X->part.reader = &X->reader;
  X->part.size = bytes.len;
  rc = sr_elf_open(S, &X->part, &X->E);
  if (rc == SYMRUN_OK) rc = refuse_linked(X);
  if (rc == SYMRUN_OK) rc = sections(X);
  if (rc == SYMRUN_OK) rc = symbols(X);
  return rc;
}


void sr_elf_edit_close (sr_ElfEdit *X) {
  uint32_t i;
  for (i = 0; X->secs != NULL && i < X->E.shnum; i++)
    sr_made_free(X->S, &X->secs[i].fresh);
  sr_delete(X->S, X->secs, X->E.shnum * sizeof *X->secs);
  sr_delete(X->S, X->syms, X->room * sizeof *X->syms);
  sr_delete(X->S, X->heads, X->nheads * sizeof *X->heads);
  sr_reader_free(X->S, &X->reader);
}
