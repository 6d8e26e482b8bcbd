/*
** edit_elf_check.c
** An ELF object that was made, section by section beside the one that it was
** made from.  Numbers of symbols are compared by what they stand for, with no
** help from whoever gave them out: a relocation that names the entry next to
** its own makes an object that links.
**
** Layout: System V ABI, chapter 4 ("Sections", "Relocation", "Section
** Groups").
*/

#include "edit_check.h"
#include "edit_elf.h"

typedef struct Side {
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Elf E;
  sr_ElfNames names;
  sr_ElfSymbols table;
  const unsigned char *bytes;
} Side;

typedef struct Check {
  symrun *S;
  Side old, made;
  uint32_t *map;        /* by old section: which it is now; 0: it is gone */
  sr_EditNames names;
  const sr_ObjectEdit *edits;
  size_t count;
  bool drops;
  sr_ElfReloc *relocs;  /* of one old section */
  size_t nrelocs, room, next;
} Check;


static int open_side (symrun *S, sr_Str bytes, Side *side) {
  int rc;
  memset(side, 0, sizeof *side);
  side->bytes = (const unsigned char *)bytes.ptr;
  sr_source_wrap(&side->source, bytes);
  sr_reader_set(&side->reader, &side->source);
  side->part.reader = &side->reader;
  side->part.size = bytes.len;
  rc = sr_elf_open(S, &side->part, &side->E);
  if (rc == SYMRUN_OK) rc = sr_elf_symbols(&side->E, &side->table);
  if (rc == SYMRUN_OK) rc = sr_elf_names(&side->E, &side->names);
  return rc;
}


static int wrong (const Check *C, const sr_ElfSection *sec, const char *what) {
  return sr_fail(C->S, SYMRUN_UNKNOWN, "what was made is not what it should "
                 "be, and was thrown away: section '%.200s' %s",
                 C->old.names.text + sec->name, what);
}


/* -- the same thing ------------------------------------------------------- */

static sr_Str str (const char *s) {
  sr_Str out;
  out.ptr = s;
  out.len = strlen(s);
  return out;
}


/* Or the one that edits gave it. */
static bool same_name (const Check *C, const char *old, const char *made) {
  sr_Str name = str(old);
  size_t i;
  if (strcmp(old, made) == 0) return true;
  if (sr_edit_named(&C->names, name) == 0) return false;
  for (i = 0; i < C->count; i++)
    if (C->edits[i].op == SR_RENAME
        && sr_name_order(C->edits[i].name, name) == 0) name = C->edits[i].to;
  return sr_name_order(name, str(made)) == 0;
}


static bool same_symbol (Check *C, uint64_t a, uint64_t b) {
  sr_ElfEntry old, made;
  if (a == 0 || b == 0) return a == b;
  if (sr_elf_entry(&C->old.E, &C->old.table, a, &old) != SYMRUN_OK
      || sr_elf_entry(&C->made.E, &C->made.table, b, &made) != SYMRUN_OK)
    return false;
  if (!same_name(C, old.name, made.name)
      || (old.info & 15) != (made.info & 15)) return false;
  return (old.value == made.value && C->map[old.section] == made.section)
      || (sr_edit_named(&C->names, str(old.name)) > 0
          && old.section == 0 && made.index == SHN_ABS);
}


static const char *group_name (Side *side, const sr_ElfSection *sec) {
  sr_ElfEntry sym;
  sr_ElfSection of;
  if (sr_elf_entry(&side->E, &side->table, sec->info, &sym) != SYMRUN_OK)
    return "";
  if ((sym.info & 15) != STT_SECTION || sym.name[0] != '\0') return sym.name;
  return sr_elf_section(&side->E, sym.section, &of) == SYMRUN_OK
         && of.name < side->names.size ? side->names.text + of.name : "";
}


static bool is_table (Check *C, const sr_ElfSection *sec, uint32_t i) {
  sr_ElfSection symtab;
  if (sec->type == SHT_GROUP) return true;
  if (C->old.table.index == 0) return false;
  if (i == C->old.table.index) return true;
  if (sr_elf_section(&C->old.E, C->old.table.index, &symtab) == SYMRUN_OK
      && symtab.link == i) return true;
  return sec->link == C->old.table.index
      && (sr_elf_is_relocs(sec) || sec->type == SHT_SYMTAB_SHNDX
          || sec->type == SR_SHT_LLVM_ADDRSIG
          || sec->type == SR_SHT_LLVM_OLD_PROFILE);
}


static bool same_section (Check *C, const sr_ElfSection *a, uint32_t i,
                          const sr_ElfSection *b) {
  const uint64_t loose = SHF_GROUP;
  if (a->name != b->name || a->type != b->type || a->entsize != b->entsize
      || (a->flags & ~loose) != (b->flags & ~loose)) return false;
  if (a->type == SHT_GROUP)
    return same_name(C, group_name(&C->old, a), group_name(&C->made, b));
  return is_table(C, a, i) || a->size == b->size;
}


/* Which section is which: those that are left are in the order they had. */
static int match (Check *C) {
  sr_ElfSection a, b;
  uint32_t i, k = 1;
  for (i = 1; i < C->old.E.shnum; i++) {
    int rc = sr_elf_section(&C->old.E, i, &a);
    if (rc == SYMRUN_OK && k < C->made.E.shnum)
      rc = sr_elf_section(&C->made.E, k, &b);
    if (rc != SYMRUN_OK) return rc;
    if (k < C->made.E.shnum && same_section(C, &a, i, &b)) C->map[i] = k++;
    else if (!C->drops) return wrong(C, &a, "is gone");
  }
  if (k != C->made.E.shnum) return wrong(C, &a, "is followed by others");
  return SYMRUN_OK;
}


/* -- what is in sections -------------------------------------------------- */

static int keep_reloc (void *ud, const sr_ElfReloc *r) {
  Check *C = (Check *)ud;
  int rc = sr_room(C->S, &C->relocs, &C->room, C->nrelocs, sizeof *r);
  if (rc == SYMRUN_OK) C->relocs[C->nrelocs++] = *r;
  return rc;
}


static int same_reloc (void *ud, const sr_ElfReloc *r) {
  Check *C = (Check *)ud;
  const sr_ElfReloc *o = &C->relocs[C->next];
  if (C->next >= C->nrelocs || o->offset != r->offset || o->type != r->type
      || o->addend != r->addend || !same_symbol(C, o->symbol, r->symbol))
    return SYMRUN_END;
  C->next++;
  return SYMRUN_OK;
}


static int check_relocs (Check *C, const sr_ElfSection *a,
                         const sr_ElfSection *b) {
  sr_ElfRelocAsk ask;
  int rc;
  memset(&ask, 0, sizeof ask);
  ask.symbols = C->old.table.count;
  ask.size = UINT64_MAX;
  ask.each = keep_reloc;
  ask.ud = C;
  C->nrelocs = C->next = 0;
  rc = sr_elf_relocs(&C->old.E, a, &ask);
  ask.symbols = C->made.table.count;
  ask.each = same_reloc;
  if (rc == SYMRUN_OK) rc = sr_elf_relocs(&C->made.E, b, &ask);
  if (rc < 0) return rc;
  if (rc == SYMRUN_END || C->next != C->nrelocs)
    return wrong(C, a, "has relocations for other symbols");
  if (C->map[a->info] != b->info)
    return wrong(C, a, "is for another section");
  return SYMRUN_OK;
}


static int check_group (Check *C, const sr_ElfSection *a,
                        const sr_ElfSection *b) {
  const unsigned char *p = C->old.bytes + a->offset;
  const unsigned char *q = C->made.bytes + b->offset;
  uint64_t i, k = 4;
  bool fits = same_symbol(C, a->info, b->info) && b->size >= 4
           && memcmp(p, q, 4) == 0;
  for (i = 4; i < a->size && fits; i += 4) {
    uint32_t is = C->map[sr_u32(p + i, C->old.E.big)];
    if (is == 0) continue;
    fits = k < b->size && sr_u32(q + k, C->made.E.big) == is;
    k += 4;
  }
  return fits && k == b->size ? SYMRUN_OK
                              : wrong(C, a, "is a group of other sections");
}


static uint64_t uleb (const unsigned char **p, const unsigned char *end) {
  uint64_t v = 0;
  unsigned shift = 0;
  while (*p < end) {
    unsigned char c = *(*p)++;
    if (shift < 64) v |= (uint64_t)(c & 127) << shift;
    shift += 7;
    if (c < 128) break;
  }
  return v;
}


/* Some may be gone, none may be another. */
static int check_addresses (Check *C, const sr_ElfSection *a,
                            const sr_ElfSection *b) {
  const unsigned char *p = C->old.bytes + a->offset, *end = p + a->size;
  const unsigned char *q = C->made.bytes + b->offset, *stop = q + b->size;
  while (q < stop) {
    uint64_t is = uleb(&q, stop);
    bool found = false;
    while (p < end && !found) found = same_symbol(C, uleb(&p, end), is);
    if (!found) return wrong(C, a, "names other symbols");
  }
  return SYMRUN_OK;
}


static int check_profile (Check *C, const sr_ElfSection *a,
                          const sr_ElfSection *b) {
  const unsigned char *p = C->old.bytes + a->offset;
  const unsigned char *q = C->made.bytes + b->offset;
  uint64_t k;
  bool fits = a->size == b->size;
  for (k = 0; k + 16 <= a->size && fits; k += 16)
    fits = same_symbol(C, sr_u32(p + k, C->old.E.big),
                       sr_u32(q + k, C->old.E.big))
        && same_symbol(C, sr_u32(p + k + 4, C->old.E.big),
                       sr_u32(q + k + 4, C->old.E.big))
        && memcmp(p + k + 8, q + k + 8, 8) == 0;
  return fits ? SYMRUN_OK : wrong(C, a, "names other symbols");
}


static bool in_file (const Side *side, const sr_ElfSection *sec) {
  return sr_inside(sec->offset, sec->size, side->part.size);
}


/* Symbols were compared as such; their names stand behind those that were. */
static int check_section (Check *C, uint32_t i) {
  sr_ElfSection a, b;
  int rc = sr_elf_section(&C->old.E, i, &a);
  if (rc == SYMRUN_OK) rc = sr_elf_section(&C->made.E, C->map[i], &b);
  if (rc != SYMRUN_OK) return rc;
  if (C->map[a.link] != b.link) return wrong(C, &a, "links to another");
  if (a.type == SHT_NOBITS || a.type == SHT_NULL) return SYMRUN_OK;
  if (!in_file(&C->old, &a) || !in_file(&C->made, &b))
    return wrong(C, &a, "is not in the file");
  if (is_table(C, &a, i)) {
    if (sr_elf_is_relocs(&a)) return check_relocs(C, &a, &b);
    if (a.type == SHT_GROUP) return check_group(C, &a, &b);
    if (a.type == SR_SHT_LLVM_ADDRSIG) return check_addresses(C, &a, &b);
    if (a.type == SR_SHT_LLVM_OLD_PROFILE) return check_profile(C, &a, &b);
    if (a.type != SHT_STRTAB) return SYMRUN_OK;
    if (b.size < a.size) return wrong(C, &a, "has lost names");
  }
  if (a.size == 0 || memcmp(C->old.bytes + a.offset, C->made.bytes + b.offset,
                            (size_t)a.size) == 0) return SYMRUN_OK;
  return wrong(C, &a, "has other bytes");
}


static int check_all (Check *C) {
  uint32_t i;
  int rc = match(C);
  if (C->map[C->old.table.index] != C->made.table.index && rc == SYMRUN_OK)
    rc = sr_fail(C->S, SYMRUN_UNKNOWN, "what was made has lost its symbol "
                 "table, and was thrown away");
  for (i = 1; i < C->old.E.shnum && rc == SYMRUN_OK; i++)
    if (C->map[i] != 0) rc = check_section(C, i);
  return rc;
}


int sr_elf_edit_check (symrun *S, sr_Str before, sr_Str after,
                       const sr_ObjectEdit *edits, size_t count) {
  Check C;
  size_t room = 0;
  int rc;
  memset(&C, 0, sizeof C);
  C.S = S;
  C.edits = edits;
  C.count = count;
  C.drops = sr_edits_drop(edits, count);
  rc = open_side(S, before, &C.old);
  if (rc == SYMRUN_OK) rc = open_side(S, after, &C.made);
  if (rc == SYMRUN_OK) rc = sr_edit_names(S, edits, count, &C.names);
  if (rc == SYMRUN_OK) {
    room = C.old.E.shnum * sizeof *C.map;
    C.map = (uint32_t *)sr_new(S, room);
    rc = C.map != NULL ? check_all(&C) : SYMRUN_NOMEM;
  }
  sr_delete(S, C.map, room);
  sr_delete(S, C.relocs, C.room * sizeof *C.relocs);
  C.names.S = S;
  sr_edit_names_free(&C.names);
  sr_reader_free(S, &C.old.reader);
  sr_reader_free(S, &C.made.reader);
  return rc;
}
