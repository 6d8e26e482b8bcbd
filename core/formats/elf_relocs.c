/*
** elf_relocs.c
** The relocations of an ELF object, and its symbols by their numbers, which
** is how relocations name them.  A compact relocation (CREL) is a few bytes
** that say how it differs from the one before it, so a section of them has no
** count but the one that it begins with, and that may be any.
**
** Layouts: System V ABI, chapter 4 ("Relocation", "Symbol Table"); MIPS64
** from "64-bit ELF Object File Specification", section 2.9; CREL from the
** generic ABI's proposal that LLVM 19 writes (llvm/Object/ELFTypes.h).
*/

#include <elf.h>

#include "formats.h"

#define CREL   0x40000014u  /* SHT_CREL */
#define STEP   65536        /* bytes of relocations that are read together */


/* -- symbols -------------------------------------------------------------- */

static int find_xindex (sr_Elf *E, sr_ElfSymbols *T) {
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


static int table_bytes (sr_Elf *E, sr_ElfSymbols *T, const sr_ElfSection *sym) {
  sr_ElfSection str;
  int rc = sr_elf_section(E, sym->link, &str);
  if (rc != SYMRUN_OK) return rc;
  if (str.type != SHT_STRTAB)
    return sr_elf_damage(E, sym->at + (E->is64 ? 40 : 24), "sh_link",
                         sym->link, "the index of a string table");
  T->symbols = sr_elf_bytes(E, SR_SYMBOLS, sym);
  if (T->symbols == NULL) return E->S->code;
  T->strings = (const char *)sr_elf_bytes(E, SR_STRINGS, &str);
  if (T->strings == NULL) return E->S->code;
  T->strsize = str.size;
  if (str.size == 0 || T->strings[str.size - 1] != '\0')
    return sr_elf_damage(E, str.at + (E->is64 ? 32 : 20), "sh_size", str.size,
                         "that of strings, of which the last has an end");
  return find_xindex(E, T);
}


int sr_elf_symbols (sr_Elf *E, sr_ElfSymbols *T) {
  sr_ElfSection sym, linked;
  int rc = sr_elf_section(E, 0, &sym);  /* loads the table of headers */
  memset(T, 0, sizeof *T);
  T->entry = E->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  if (rc == SYMRUN_OK)
    rc = sr_elf_find(E, SHT_SYMTAB, &T->index, &sym, &linked);
  if (rc != SYMRUN_OK || T->index == 0) return rc;
  if (sym.entsize != T->entry)
    return sr_elf_damage(E, sym.at + (E->is64 ? 56 : 36), "sh_entsize",
                         sym.entsize, E->is64 ? "24" : "16");
  T->count = sym.size / T->entry;
  T->at = sym.offset;
  if (sym.info > T->count)
    return sr_elf_damage(E, sym.at + (E->is64 ? 44 : 28), "sh_info", sym.info,
                         "no more than there are symbols");
  T->first = sym.info;
  return table_bytes(E, T, &sym);
}


int sr_elf_entry (sr_Elf *E, const sr_ElfSymbols *T, uint64_t i,
                  sr_ElfEntry *out) {
  const unsigned char *p;
  uint64_t at = T->at + i * T->entry;
  uint32_t name;
  if (i >= T->count)
    return sr_elf_damage(E, T->at, "symbol index", i, "that of a symbol");
  p = T->symbols + i * T->entry;
  name = sr_u32(p, E->big);
  if (name >= T->strsize)
    return sr_elf_damage(E, at, "st_name", name, "inside the string table");
  out->name = T->strings + name;
  out->info = E->is64 ? p[4] : p[12];
  out->other = E->is64 ? p[5] : p[13];
  out->index = sr_u16(p + (E->is64 ? 6 : 14), E->big);
  out->value = E->is64 ? sr_u64(p + 8, E->big) : sr_u32(p + 4, E->big);
  out->section = 0;
  if (out->index < SHN_LORESERVE) out->section = out->index;
  else if (out->index == SHN_XINDEX) {
    if (T->xindex == NULL)
      return sr_elf_damage(E, at, "st_shndx", out->index, "backed by an "
                           "SHT_SYMTAB_SHNDX section, and there is none");
    out->section = sr_u32(T->xindex + i * 4, E->big);
  }
  if (out->section >= E->shnum && out->section != 0)
    return sr_elf_damage(E, at, "st_shndx", out->section,
                         "the index of a section");
  return SYMRUN_OK;
}


/* -- relocations of fixed size -------------------------------------------- */

bool sr_elf_is_relocs (const sr_ElfSection *sec) {
  return sec->type == SHT_REL || sec->type == SHT_RELA || sec->type == CREL;
}


/* What a relocation says of its symbol and type; that of MIPS64 is no number
   but five fields, of which the first is the symbol. */
static void split_info (const sr_Elf *E, const unsigned char *p,
                        sr_ElfReloc *r) {
  if (!E->is64) {
    uint32_t info = sr_u32(p + 4, E->big);
    r->symbol = info >> 8;
    r->type = info & 255;
  }
  else if (E->machine == EM_MIPS) {
    r->symbol = sr_u32(p + 8, E->big);
    r->type = p[15];
  }
  else {
    uint64_t info = sr_u64(p + 8, E->big);
    r->symbol = (uint32_t)(info >> 32);
    r->type = (uint32_t)info;
  }
}


static int check_one (sr_Elf *E, const sr_ElfRelocAsk *ask, uint64_t at,
                      const sr_ElfReloc *r) {
  if (SR_UNLIKELY(r->symbol >= ask->symbols) && r->symbol != 0)
    return sr_elf_damage(E, at, "r_info", r->symbol, "the index of a symbol");
  /* one of type 0 changes nothing, and only keeps what it names */
  if (SR_UNLIKELY(r->offset >= ask->size) && r->type != 0)
    return sr_elf_damage(E, at, "r_offset", r->offset, "inside the section "
                         "that it is for");
  return SYMRUN_OK;
}


static int fixed (sr_Elf *E, const sr_ElfSection *sec,
                  const sr_ElfRelocAsk *ask) {
  bool addend = sec->type == SHT_RELA;
  uint64_t word = E->is64 ? 8 : 4, entry = addend ? 3 * word : 2 * word;
  uint64_t count = sec->size / entry, done = 0;
  if (sec->entsize != entry)
    return sr_elf_damage(E, sec->at + (E->is64 ? 56 : 36), "sh_entsize",
                         sec->entsize, E->is64 ? (addend ? "24" : "16")
                                               : (addend ? "12" : "8"));
  if (sec->size % entry != 0)
    return sr_elf_damage(E, sec->at + (E->is64 ? 32 : 20), "sh_size",
                         sec->size, "a multiple of sh_entsize");
  while (done < count) {
    uint64_t step = STEP / entry, k;
    const unsigned char *p;
    if (step > count - done) step = count - done;
    p = sr_elf_look(E, SR_PASSING, sec->offset + done * entry, step * entry,
                    STEP);
    if (p == NULL) return E->S->code;
    for (k = 0; k < step; k++, p += entry) {
      sr_ElfReloc r = {0, 0, 0, 0};
      int rc;
      r.offset = E->is64 ? sr_u64(p, E->big) : sr_u32(p, E->big);
      split_info(E, p, &r);
      if (addend)
        r.addend = E->is64 ? (int64_t)sr_u64(p + 16, E->big)
                           : (int32_t)sr_u32(p + 8, E->big);
      rc = check_one(E, ask, sec->offset + (done + k) * entry, &r);
      if (rc == SYMRUN_OK) rc = ask->each(ask->ud, &r);
      if (rc != SYMRUN_OK) return rc;
    }
    done += step;
  }
  return SYMRUN_OK;
}


/* -- compact ones --------------------------------------------------------- */

typedef struct Leb { const unsigned char *p, *end; bool ok; } Leb;

/* Of more than 64 bits the upper ones are lost, as linkers do it. */
static uint64_t uleb (Leb *B) {
  uint64_t v = 0;
  unsigned shift = 0;
  while (B->p < B->end) {
    unsigned char c = *B->p++;
    if (shift < 64) v |= (uint64_t)(c & 127) << shift;
    shift += 7;
    if (c < 128) return v;
    if (shift > 70) break;
  }
  B->ok = false;
  return 0;
}


static uint64_t sleb (Leb *B) {
  uint64_t v = 0;
  unsigned shift = 0;
  while (B->p < B->end) {
    unsigned char c = *B->p++;
    if (shift < 64) v |= (uint64_t)(c & 127) << shift;
    shift += 7;
    if (c < 128) {
      if (shift < 64 && (c & 64)) v |= UINT64_MAX << shift;
      return v;
    }
    if (shift > 70) break;
  }
  B->ok = false;
  return 0;
}


static int compact (sr_Elf *E, const sr_ElfSection *sec,
                    const sr_ElfRelocAsk *ask) {
  const unsigned char *begin = sr_elf_bytes(E, SR_PASSING, sec);
  Leb B = {begin, NULL, true};
  uint64_t header, count, offset = 0, symbol = 0, type = 0, addend = 0;
  if (begin == NULL) return E->S->code;
  B.end = begin + sec->size;
  header = uleb(&B);
  for (count = header / 8; count > 0 && B.ok; count--) {
    uint64_t at = sec->offset + (uint64_t)(B.p - begin);
    bool has_addend = (header & 4) != 0;
    unsigned bits = has_addend ? 3 : 2, b = B.p < B.end ? *B.p : 0;
    sr_ElfReloc r;
    int rc;
    if (B.p++ >= B.end) B.ok = false;
    if (!B.ok) break;
    offset += b >> bits;
    if (b >= 128) offset += (uleb(&B) << (7 - bits)) - (128u >> bits);
    if (b & 1) symbol += sleb(&B);
    if (b & 2) type += sleb(&B);
    if ((b & 4) && has_addend) addend += sleb(&B);
    if (!B.ok) break;
    r.offset = E->is64 ? offset << (header & 3)
                       : (uint32_t)(offset << (header & 3));
    r.symbol = (uint32_t)symbol;
    r.type = (uint32_t)type;
    r.addend = (int64_t)addend;
    rc = check_one(E, ask, at, &r);
    if (rc == SYMRUN_OK) rc = ask->each(ask->ud, &r);
    if (rc != SYMRUN_OK) return rc;
  }
  if (B.ok) return SYMRUN_OK;
  return sr_elf_damage(E, sec->offset, "CREL header", header, "that of as many "
                       "relocations as the section holds");
}


int sr_elf_relocs (sr_Elf *E, const sr_ElfSection *sec,
                   const sr_ElfRelocAsk *ask) {
  if (!sr_inside(sec->offset, sec->size, E->part->size))
    return sr_elf_damage(E, sec->at + (E->is64 ? 24 : 16), "sh_offset",
                         sec->offset, "inside the file, with all relocations; "
                         "is it cut short?");
  if (sec->size == 0) return SYMRUN_OK;
  return sec->type == CREL ? compact(E, sec, ask) : fixed(E, sec, ask);
}
