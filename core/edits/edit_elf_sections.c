/*
** edit_elf_sections.c
** Which sections of an ELF object go, what goes with them, and who keeps a
** symbol from going.  GNU as defines the symbol that only names a group in
** the section of the group itself: with the group it goes as well.
**
** Layout: System V ABI, chapter 4 ("Section Groups", "Relocation").  What
** linkers read in place of the native code: GCC's lto-plugin.c, LLVM's
** ObjectFile::isSectionBitcode.
*/

#include "edit_elf.h"


/* -- what is asked for ---------------------------------------------------- */

static int refuse (sr_ElfEdit *X, uint32_t i, const char *why, sr_Str who) {
  return sr_fail(X->S, SYMRUN_RULE, "cannot drop section '%.*s': %s%s%.*s%s",
                 SR_NAMED(X->secs[i].name), why, who.len > 0 ? " '" : "",
                 SR_NAMED(who), who.len > 0 ? "'" : "");
}


static int may_drop (sr_ElfEdit *X, uint32_t i, const sr_ObjectEdit *e) {
  static const sr_Str none = {"", 0};
  const sr_ElfSection *h = &X->secs[i].h;
  if (X->table.index != 0 && (i == X->table.index || i == X->strtab
                              || i == X->xindex))
    return refuse(X, i, "it is the table of symbols or a part of it", none);
  if (i == X->E.shstrndx)
    return refuse(X, i, "it has the names of all sections", none);
  if (h->type == SHT_GROUP)
    return refuse(X, i, "it says what sections are linked together", none);
  if (sr_elf_is_relocs(h) && h->info < X->E.shnum
      && X->secs[h->info].goes == SR_STAYS)
    return refuse(X, i, "its relocations are for", X->secs[h->info].name);
  if (X->lto != 0 && h->flags & SHF_ALLOC && !(e->how & SR_DROP_LTO))
    return refuse(X, i, "a linker may compile it again from", X->secs[X->lto]
                  .name);
  return SYMRUN_OK;
}


/* What a linker may read instead of the symbols, and what is there for that
   alone. */
static bool is_lto (const sr_ElfSec *sec) {
  return sec->h.type == SR_SHT_LLVM_LTO || sr_name_begins(sec->name,
                                                          ".gnu.lto_")
      || sr_name_begins(sec->name, ".llvm.lto")
      || (sr_name_begins(sec->name, ".llvmbc") && sec->h.size > 1);
}

static bool is_lto_too (const sr_ElfSec *sec) {
  return is_lto(sec) || sr_name_begins(sec->name, ".gnu.debuglto_")
      || sr_name_begins(sec->name, ".llvmbc")
      || sr_name_begins(sec->name, ".llvmcmd");
}


static void find_lto (sr_ElfEdit *X, bool drop) {
  static const sr_Str slim = {"__gnu_lto_slim", 14};
  uint32_t i;
  for (i = 1; i < X->E.shnum; i++) {
    sr_ElfSec *sec = &X->secs[i];
    if (sec->goes != SR_STAYS) continue;
    if (X->lto == 0 && is_lto(sec)) X->lto = i;
    if (drop && is_lto_too(sec)) sec->goes = SR_GOES_AS_LTO;
  }
  X->slim = sr_elf_edit_find(X, slim, SR_NONE) != SR_NONE;
}


/* Relocations go with what they are for. */
static void drop_relocations (sr_ElfEdit *X) {
  uint32_t i;
  for (i = 1; i < X->E.shnum; i++) {
    sr_ElfSec *sec = &X->secs[i];
    if (sec->goes == SR_STAYS && sr_elf_is_relocs(&sec->h) && sec->h.info != 0
        && sec->h.info < X->E.shnum)
      sec->goes = X->secs[sec->h.info].goes;
  }
}


int sr_elf_edit_drops (sr_ElfEdit *X, sr_ObjectEdit *edits, size_t count) {
  bool drop_lto = false;
  size_t k;
  uint32_t i;
  int rc = SYMRUN_OK;
  for (k = 0; k < count; k++) {
    if (edits[k].how & SR_DROP_LTO) drop_lto = true;
    if (edits[k].op != SR_DROP_SECTION) continue;
    for (i = 1; i < X->E.shnum; i++) {
      if (!sr_same_name(X->secs[i].name, edits[k].name)) continue;
      if (X->secs[i].goes == SR_STAYS) edits[k].done++;
      X->secs[i].goes = SR_GOES;
    }
    X->changes += edits[k].done;
  }
  find_lto(X, drop_lto);
  for (k = 0; k < count && rc == SYMRUN_OK; k++)
    for (i = 1; i < X->E.shnum && edits[k].done > 0 && rc == SYMRUN_OK; i++)
      if (sr_same_name(X->secs[i].name, edits[k].name))
        rc = may_drop(X, i, &edits[k]);
  if (rc == SYMRUN_OK) drop_relocations(X);
  return rc;
}


/* -- who needs a symbol --------------------------------------------------- */

typedef struct Needs { sr_ElfEdit *X; uint32_t section; } Needs;

/* MIPS: R_MIPS_GOT16, CALL16, CALL_HI16, CALL_LO16 and those of MIPS16 and
   microMIPS.  The first means another thing for a local symbol, where an
   R_MIPS_LO16 follows it; the others are for no local symbol (MIPS ABI
   supplement, "Relocation Types"). */
static bool is_got (uint32_t type) {
  return type == 9 || type == 11 || type == 30 || type == 31 || type == 102
      || type == 103 || type == 138 || type == 142 || type == 153
      || type == 154;
}


static int need (void *ud, const sr_ElfReloc *r) {
  const Needs *N = (const Needs *)ud;
  sr_ElfSym *sym = &N->X->syms[r->symbol];
  if (r->symbol == 0) return SYMRUN_OK;
  if (N->X->secs[N->section].h.link != N->X->table.index)
    return sr_elf_damage(&N->X->E, N->X->secs[N->section].h.at
                         + (N->X->E.is64 ? 40 : 24), "sh_link",
                         N->X->secs[N->section].h.link, "the index of the "
                         "symbol table");
  if (sym->needed == 0) sym->needed = N->section;
  if (N->X->E.machine == EM_MIPS && is_got(r->type)) sym->got = true;
  return SYMRUN_OK;
}


static int group_signs (sr_ElfEdit *X, const sr_ElfSection *h) {
  if (h->size < 4 || h->size % 4 != 0)
    return sr_elf_damage(&X->E, h->at + (X->E.is64 ? 32 : 20), "sh_size",
                         h->size, "four bytes for a flag and for each section");
  if (h->link != X->table.index || h->info >= X->count || h->info == 0)
    return sr_elf_damage(&X->E, h->at + (X->E.is64 ? 44 : 28), "sh_info",
                         h->info, "the symbol that names a section group");
  X->syms[h->info].signs++;
  return SYMRUN_OK;
}


int sr_elf_edit_needs (sr_ElfEdit *X) {
  sr_ElfRelocAsk ask;
  Needs N;
  uint32_t i;
  int rc = SYMRUN_OK;
  N.X = X;
  memset(&ask, 0, sizeof ask);
  ask.symbols = X->count;
  ask.size = UINT64_MAX;  /* where a relocation is does not matter here */
  ask.each = need;
  ask.ud = &N;
  for (i = 1; i < X->E.shnum && rc == SYMRUN_OK; i++) {
    const sr_ElfSection *h = &X->secs[i].h;
    N.section = i;
    if (X->secs[i].goes != SR_STAYS) continue;
    if (h->type == SHT_GROUP) rc = group_signs(X, h);
    else if (sr_elf_is_relocs(h) && X->count > 0)
      rc = sr_elf_relocs(&X->E, h, &ask);
  }
  return rc;
}


/* -- groups --------------------------------------------------------------- */

void sr_elf_edit_dissolve (sr_ElfEdit *X, uint32_t group) {
  sr_ElfSec *sec = &X->secs[group];
  const unsigned char *p = X->bytes + sec->h.offset;
  uint64_t k;
  if (sec->goes != SR_STAYS) return;
  sec->goes = SR_GOES;
  X->syms[sec->h.info].signs--;
  for (k = 4; k < sec->h.size; k += 4) {
    uint32_t member = sr_u32(p + k, X->E.big);
    X->secs[member].h.flags &= ~(uint64_t)SHF_GROUP;
    X->secs[member].comdat = 0;
  }
}


/* One of which all sections went goes too. */
static int check_groups (sr_ElfEdit *X) {
  uint32_t i;
  for (i = 1; i < X->E.shnum; i++) {
    sr_ElfSec *sec = &X->secs[i];
    const unsigned char *p;
    uint64_t k, stay = 0;
    if (sec->h.type != SHT_GROUP || sec->goes != SR_STAYS) continue;
    p = X->bytes + sec->h.offset;
    for (k = 4; k < sec->h.size; k += 4) {
      uint32_t member = sr_u32(p + k, X->E.big);
      if (member == 0 || member >= X->E.shnum)
        return sr_elf_damage(&X->E, sec->h.offset + k, "section group", member,
                             "the index of a section");
      if (X->secs[member].goes == SR_STAYS) stay++;
    }
    if (stay == 0 && sec->h.size > 4) sr_elf_edit_dissolve(X, i);
  }
  return SYMRUN_OK;
}


/* -- what that leaves ----------------------------------------------------- */

/* Does a section's sh_info name a section? */
static bool info_is_section (const sr_ElfSection *h) {
  return sr_elf_is_relocs(h) || h->flags & SHF_INFO_LINK;
}


static int check_links (sr_ElfEdit *X) {
  uint32_t i;
  for (i = 1; i < X->E.shnum; i++) {
    const sr_ElfSec *sec = &X->secs[i];
    const sr_ElfSection *h = &sec->h;
    if (sec->goes != SR_STAYS) continue;
    if (h->link >= X->E.shnum || (info_is_section(h)
                                  && h->info >= X->E.shnum))
      return sr_elf_damage(&X->E, h->at + (X->E.is64 ? 40 : 24), "sh_link or "
                           "sh_info", h->link >= X->E.shnum ? h->link : h->info,
                           "the index of a section");
    if (X->secs[h->link].goes != SR_STAYS)
      return refuse(X, h->link, "it is linked to by", sec->name);
    if (info_is_section(h) && X->secs[h->info].goes != SR_STAYS)
      return refuse(X, h->info, "it is what there is for", sec->name);
  }
  return SYMRUN_OK;
}


static int check_symbols (sr_ElfEdit *X) {
  uint32_t i;
  for (i = 1; i < X->count; i++) {
    sr_ElfSym *sym = &X->syms[i];
    const char *who = sym->needed != 0 ? "relocations of it are in"
                                       : "it names a section group";
    if (sym->gone || sym->section == 0
        || X->secs[sym->section].goes == SR_STAYS) continue;
    if (sym->needed != 0 || sym->signs > 0)
      return sr_fail(X->S, SYMRUN_RULE, "cannot drop section '%.*s': it has "
                     "'%.*s', and %s%s%.*s%s",
                     SR_NAMED(X->secs[sym->section].name),
                     SR_NAMED((sym->info & 15) == STT_SECTION
                              ? X->secs[sym->section].name : sym->name), who,
                     sym->needed != 0 ? " '" : "",
                     SR_NAMED(X->secs[sym->needed].name),
                     sym->needed != 0 ? "'" : "");
    sym->gone = true;
  }
  return SYMRUN_OK;
}


static void number (sr_ElfEdit *X) {
  uint32_t i, n = 0;
  int others;
  for (i = 0; i < X->E.shnum; i++) {
    X->secs[i].now = n;
    if (X->secs[i].goes == SR_STAYS) n++;
    else X->shifted = true;
  }
  X->nsecs = n;
  for (others = 0, n = 0; others < 2; others++)
    for (i = 0; i < X->count; i++) {
      sr_ElfSym *sym = &X->syms[i];
      if (((sym->info >> 4) != STB_LOCAL) != others) continue;
      if (sym->gone) { X->moved = X->moved || i < X->table.count; continue; }
      if (n != i && i < X->table.count) X->moved = true;
      if (others == 0) X->first = n + 1;
      sym->now = n++;
    }
  X->nsyms = n;
}


int sr_elf_edit_settle (sr_ElfEdit *X) {
  int rc = check_groups(X);
  if (rc == SYMRUN_OK) rc = check_links(X);
  if (rc == SYMRUN_OK) rc = check_symbols(X);
  if (rc == SYMRUN_OK) number(X);
  return rc;
}
