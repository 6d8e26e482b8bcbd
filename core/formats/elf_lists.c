/*
** elf_lists.c
** Lists of constructors in ELF objects, and by their relocations the functions
** in them.  A list is a section of its own type, or of an old name; what its
** words will hold, only relocations tell, and these may have the distance from
** the begin of a section in the word itself.
**
** Layouts: System V ABI, chapter 4 ("Sections", "Relocation").
*/

#include <elf.h>

#include "facts.h"

typedef struct Lists {
  sr_Elf *E;
  sr_Calls calls;
  uint32_t *numbers;             /* by section: 1 + that of the list, or 0 */
  const unsigned char *symbols;  /* of the table that relocations mean */
  uint64_t nsymbols;
  uint32_t symtab;               /* its section */
  unsigned word, entry;          /* bytes of a word, and of a symbol */
} Lists;


/* ".ctors" is of compilers that are older than arrays; assemblers may leave
   ".init_array" a section like others. */
static bool named (const char *name) {
  static const char *const lists_of[] = {".init_array", ".preinit_array",
                                         ".ctors"};
  size_t i;
  for (i = 0; i < 3; i++) {
    size_t n = strlen(lists_of[i]);
    if (strncmp(name, lists_of[i], n) == 0
        && (name[n] == '\0' || name[n] == '.')) return true;
  }
  return false;
}


static int find (Lists *L, const sr_FactAsk *ask) {
  sr_Elf *E = L->E;
  sr_ElfNames N;
  sr_ElfSection sec;
  uint32_t i;
  int rc = sr_elf_names(E, &N);
  for (i = 1; i < E->shnum && rc == SYMRUN_OK; i++) {
    const char *name;
    rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK) return rc;
    if (sec.name >= N.size)
      return sr_elf_damage(E, sec.at, "sh_name", sec.name, "inside the table "
                           "of section names");
    name = N.text + sec.name;
    if (sec.size < L->word
        || (sec.type != SHT_INIT_ARRAY && sec.type != SHT_PREINIT_ARRAY
            && (sec.type != SHT_PROGBITS || !named(name)))) continue;
    if (L->numbers == NULL)
      rc = sr_fact_counted(ask, "section", name, strlen(name),
                           sec.size / L->word);
    else {
      rc = sr_calls_list(&L->calls, name, strlen(name), sec.size / L->word);
      L->numbers[i] = (uint32_t)L->calls.nlists;
    }
  }
  return rc;
}


/* -- relocations ----------------------------------------------------------- */

static int load_symbols (Lists *L, const sr_ElfSection *rel) {
  sr_Elf *E = L->E;
  sr_ElfSection sec;
  int rc = SYMRUN_OK;
  if (L->symbols != NULL && L->symtab == rel->link) return SYMRUN_OK;
  rc = sr_elf_section(E, rel->link, &sec);
  if (rc != SYMRUN_OK) return rc;
  if (sec.type != SHT_SYMTAB)
    return sr_elf_damage(E, rel->at + (E->is64 ? 40 : 24), "sh_link",
                         rel->link, "the index of the symbol table");
  L->symbols = sr_elf_bytes(E, SR_SYMBOLS, &sec);
  L->nsymbols = sec.size / L->entry;
  L->symtab = rel->link;
  return L->symbols != NULL ? SYMRUN_OK : E->S->code;
}


/* A symbol by its number, or the place that it and an addend mean; what has
   neither is left without a name. */
static int point (Lists *L, size_t list, uint64_t at, uint64_t number,
                  uint64_t addend) {
  sr_Elf *E = L->E;
  const unsigned char *p = L->symbols + number * L->entry;
  unsigned type = p[E->is64 ? 4 : 12] & 15;
  uint32_t section = sr_u16(p + (E->is64 ? 6 : 14), E->big);
  uint64_t value = E->is64 ? sr_u64(p + 8, E->big) : sr_u32(p + 4, E->big);
  if (type != STT_SECTION && addend == 0)
    return sr_calls_add(&L->calls, list, at, SR_BY_NUMBER, number);
  if (section == SHN_UNDEF || section >= SHN_LORESERVE) return SYMRUN_OK;
  value += addend;
  if (!E->is64) value = (uint32_t)value;
  return sr_calls_add(&L->calls, list, at, section, value);
}


/* Bytes of one entry, by class and whether it has an addend. */
static unsigned bytes_of (const Lists *L, bool addend) {
  return L->E->is64 ? (addend ? 24 : 16) : (addend ? 12 : 8);
}


static int one (Lists *L, const unsigned char *p, const sr_ElfSection *rel,
                uint64_t k) {
  sr_Elf *E = L->E;
  bool rela = rel->type == SHT_RELA, big = E->big;
  uint64_t offset = E->is64 ? sr_u64(p, big) : sr_u32(p, big);
  uint64_t addend = 0, number;
  sr_ElfSection list;
  uint64_t where = rel->offset + k * bytes_of(L, rela);
  int rc = sr_elf_section(E, rel->info, &list);
  if (rc != SYMRUN_OK) return rc;
  number = !E->is64 ? sr_u32(p + 4, big) >> 8
         : E->machine == EM_MIPS ? sr_u32(p + 8, big)
         : sr_u64(p + 8, big) >> 32;
  if (offset > list.size - L->word)
    return sr_elf_damage(E, where, "r_offset", offset, "inside the section "
                         "that it is about");
  if (number >= L->nsymbols)
    return sr_elf_damage(E, where + L->word, "r_info", number, "the number of "
                         "a symbol");
  if (offset % L->word != 0) return SYMRUN_OK;
  if (rela) addend = E->is64 ? sr_u64(p + 16, big) : sr_u32(p + 8, big);
  else {
    const unsigned char *w = sr_elf_look(E, SR_PASSING, list.offset + offset,
                                         L->word, L->word);
    if (w == NULL) return E->S->code;
    addend = E->is64 ? sr_u64(w, big) : sr_u32(w, big);
  }
  return point(L, L->numbers[rel->info] - 1u, offset / L->word, number,
               addend);
}


static int relocations (Lists *L, const sr_ElfSection *rel) {
  sr_Elf *E = L->E;
  unsigned each = bytes_of(L, rel->type == SHT_RELA);
  const unsigned char *p;
  uint64_t k;
  int rc = load_symbols(L, rel);
  if (rc != SYMRUN_OK) return rc;
  if (rel->entsize != each)
    return sr_elf_damage(E, rel->at + (E->is64 ? 56 : 36), "sh_entsize",
                         rel->entsize, "that of a relocation");
  p = sr_elf_bytes(E, SR_APART, rel);
  if (p == NULL) return E->S->code;
  for (k = 0; k < rel->size / each && rc == SYMRUN_OK; k++)
    rc = one(L, p + (size_t)k * each, rel, k);
  return rc;
}


static int gather (Lists *L, const sr_FactAsk *ask) {
  sr_Elf *E = L->E;
  sr_ElfSection sec;
  uint32_t i;
  int rc;
  L->numbers = (uint32_t *)sr_new(E->S, E->shnum * sizeof *L->numbers);
  if (L->numbers == NULL) return SYMRUN_NOMEM;
  rc = find(L, ask);
  for (i = 1; i < E->shnum && rc == SYMRUN_OK; i++) {
    rc = sr_elf_section(E, i, &sec);
    if (rc == SYMRUN_OK && (sec.type == SHT_REL || sec.type == SHT_RELA)
        && sec.info < E->shnum && L->numbers[sec.info] != 0)
      rc = relocations(L, &sec);
  }
  return rc;
}


int sr_elf_lists (sr_Elf *E, sr_FactAsk *ask) {
  Lists L;
  int rc;
  if (E->shnum == 0 || E->shstrndx == SHN_UNDEF)
    return sr_fact_unknown(E->S, E->part->offset, "e_shstrndx", "has no names "
                           "of sections, so whether it has constructors "
                           "cannot be told");
  memset(&L, 0, sizeof L);
  L.E = E;
  L.word = E->is64 ? 8 : 4;
  L.entry = E->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  if (ask->what == SR_FACT_CONSTRUCTORS) return find(&L, ask);
  sr_calls_begin(&L.calls, E->S, E->part, ask);
  if (E->machine == EM_ARM) L.calls.mask = ~(uint64_t)1;  /* Thumb's bit */
  rc = gather(&L, ask);
  sr_delete(E->S, L.numbers, L.numbers != NULL
            ? E->shnum * sizeof *L.numbers : 0);
  return sr_calls_end(&L.calls, sr_elf_read, rc);
}
