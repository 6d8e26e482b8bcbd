/*
** gcclto.c
** What GCC's linker plugin reads of an object of intermediate code: a table of
** names without a header, one for each unit that was compiled, and beside it a
** younger table that tells functions from variables.  Names that top-level
** assembler defines or wants are in neither, and GCC puts it into a section of
** its own: where that is, the table is not the whole truth.
**
** Layouts: GCC, lto-streamer-out.cc (produce_symtab, write_symbol) and
** lto-plugin.c (parse_table_entry, parse_table_entry_extension).  Tables have
** the byte order of the machine that ran GCC, so sizes are not read.  Letters:
** what gcc-nm prints.
*/

#include <elf.h>
#include <stdlib.h>

#include "formats.h"

#define TAIL      14  /* bytes of an entry behind its two strings */

enum { SYMTAB, TYPES, ASSEMBLER, ANY };                 /* sections */
enum { DEF, WEAKDEF, UNDEF, WEAKUNDEF, COMMON };         /* kinds */
enum { UNTOLD, FUNCTION, VARIABLE };                     /* types */

typedef struct Entry {
  const char *name;
  size_t len;
  bool comdat;
  unsigned char kind, visibility, type, bss;
  uint32_t order;
} Entry;

typedef struct Tables {
  sr_Elf E;
  sr_Ask *ask;
  sr_Begin begin;
  sr_ElfNames names;
  struct { uint32_t before, last; } ranges[ANY + 1];  /* sections */
  uint32_t count;               /* of tables */
  uint64_t from, to, sum;       /* where they all are, and their bytes */
  const unsigned char *bytes;   /* from there to there */
  const unsigned char *types;   /* of an only table */
  uint64_t types_at;
  size_t ntypes;
  Entry *entries;               /* of several */
  size_t nentries, room, typed;
} Tables;


static int damage (Tables *T, uint64_t at, const char *field,
                   uint64_t is, const char *expected) {
  return sr_elf_damage(&T->E, at, field, is, expected);
}


/* -- one entry ------------------------------------------------------------- */

/* The string at '*p', which ends before 'end'. */
static bool string (const unsigned char **p, const unsigned char *end,
                    sr_Str *out) {
  const unsigned char *nul = *p;
  if (nul >= end) return false;
  if (*nul != '\0') {  /* COMDAT keys are mostly empty */
    nul = (const unsigned char *)memchr(nul, '\0', (size_t)(end - nul));
    if (nul == NULL) return false;
  }
  out->ptr = (const char *)*p;
  out->len = (size_t)(nul - *p);
  *p = nul + 1;
  return true;
}


/* The entry at '*p', 'at' bytes from the part's begin; '*p' goes behind it. */
static int read_entry (Tables *T, const unsigned char **p,
                       const unsigned char *end, uint64_t at, Entry *out) {
  static const unsigned char visibility[4] = {
    SR_DEFAULT, SR_PROTECTED, SR_INTERNAL, SR_HIDDEN
  };
  const unsigned char *begin = *p;
  sr_Str name, comdat;
  if (!string(p, end, &name) || !string(p, end, &comdat) || end - *p < TAIL)
    return sr_damage(T->E.S, T->E.part->offset + at, "LTO symbol table",
                     "the LTO symbol table ends inside of an entry; is it cut "
                     "short?");
  at += (uint64_t)(*p - begin);
  if (name.len == 0)
    return damage(T, at, "LTO symbol name", 0, "of one byte or more");
  if ((*p)[0] > COMMON)
    return damage(T, at, "LTO symbol kind", (*p)[0], "0 to 4");
  if ((*p)[1] > 3)
    return damage(T, at + 1, "LTO symbol visibility", (*p)[1], "0 to 3");
  out->name = name.ptr;
  out->len = name.len;
  out->comdat = comdat.len > 0;
  out->kind = (*p)[0];
  out->visibility = visibility[(*p)[1]];
  out->type = UNTOLD;
  out->bss = 0;
  *p += TAIL;
  return SYMRUN_OK;
}


/* -- what is told of it ---------------------------------------------------- */

/* Older than GCC 10 and nobody knows what it is. */
static char letter (const Entry *e) {
  switch (e->kind) {
    case WEAKDEF:   return 'W';
    case UNDEF:     return 'U';
    case WEAKUNDEF: return 'w';
    case COMMON:    return 'C';
    default:        break;
  }
  return e->type == FUNCTION ? 'T' : e->type != VARIABLE ? '?'
       : e->bss ? 'B' : 'D';
}


static int tell (const Tables *T, const Entry *e) {
  sr_Ask *ask = T->ask;
  bool undefined = e->kind == UNDEF || e->kind == WEAKUNDEF;
  sr_Symbol sym;
  if (!(ask->want & (undefined ? SR_WANT_UNDEFINED : SR_WANT_DEFINED)))
    return SYMRUN_OK;
  if ((ask->want & SR_WANT_EXPORTED) && !undefined
      && (e->visibility == SR_HIDDEN || e->visibility == SR_INTERNAL))
    return SYMRUN_OK;
  if (ask->glob != NULL && (!sr_begins(&T->begin, e->name, e->len + TAIL)
                            || !sr_glob_match(ask->glob, e->name, e->len)))
    return SYMRUN_OK;
  memset(&sym, 0, sizeof sym);
  sym.name = e->name;
  sym.len = e->len;
  sym.binding = e->kind == WEAKDEF || e->kind == WEAKUNDEF ? SR_WEAK
                                                           : SR_GLOBAL;
  sym.type = e->kind == COMMON ? SR_COMMON_DATA : e->type == FUNCTION ? SR_FUNC
           : e->type == VARIABLE ? SR_OBJECT : SR_NOTYPE;
  sym.visibility = e->visibility;
  sym.place = undefined ? SR_UNDEFINED
            : e->kind == COMMON ? SR_COMMON : SR_DEFINED;
  sym.comdat = e->comdat;
  sym.letter = ask->letters ? letter(e) : '?';
  return ask->each(ask->ud, &sym);
}


/* -- tables ---------------------------------------------------------------- */

static int keep (Tables *T, const Entry *e) {
  int rc = sr_room(T->E.S, &T->entries, &T->room, T->nentries,
                   sizeof *T->entries);
  if (rc != SYMRUN_OK) return rc;
  T->entries[T->nentries] = *e;
  T->entries[T->nentries].order = (uint32_t)T->nentries;
  T->nentries++;
  return SYMRUN_OK;
}


static int bad_type (Tables *T, uint64_t at, unsigned is) {
  return damage(T, at, "LTO symbol type", is, "0 to 2");
}


/* Entries of the only table are told at once, those of several are kept. */
static int read_table (Tables *T, const sr_ElfSection *sec) {
  const unsigned char *begin = T->bytes + (sec->offset - T->from), *p = begin;
  const unsigned char *end = begin + sec->size;
  size_t n;
  int rc = SYMRUN_OK;
  for (n = 0; p < end && rc == SYMRUN_OK; n++) {
    Entry e;
    rc = read_entry(T, &p, end, sec->offset + (uint64_t)(p - begin), &e);
    if (rc != SYMRUN_OK) return rc;
    if (n < T->ntypes) {
      e.type = T->types[n * 2];
      e.bss = T->types[n * 2 + 1];
      if (e.type > VARIABLE) return bad_type(T, T->types_at + n * 2, e.type);
    }
    T->ask->seen++;
    rc = T->count > 1 ? keep(T, &e) : tell(T, &e);
  }
  if (rc == SYMRUN_OK && T->ntypes > 0 && n != T->ntypes)
    return damage(T, T->types_at, "LTO symbol types", T->ntypes, "as many as "
                  "there are symbols");
  return rc;
}


/* Two bytes for each symbol, behind a version.  Another version may say
   anything. */
static int load_types (Tables *T, const sr_ElfSection *sec) {
  const unsigned char *p;
  T->ntypes = 0;
  if (sec->size == 0) return SYMRUN_OK;
  p = sr_elf_bytes(&T->E, SR_PASSING, sec);
  if (p == NULL) return T->E.S->code;
  if (*p != 1) return SYMRUN_OK;
  T->types = p + 1;
  T->types_at = sec->offset + 1;
  T->ntypes = (size_t)(sec->size - 1) / 2;
  return SYMRUN_OK;
}


/* Of the entries from T->typed on. */
static int set_types (Tables *T, const sr_ElfSection *sec) {
  size_t i;
  int rc = load_types(T, sec);
  for (i = 0; rc == SYMRUN_OK && i < T->ntypes; i++, T->typed++) {
    const unsigned char *p = T->types + i * 2;
    if (T->typed >= T->nentries) continue;  /* too many: see read_all_types */
    if (p[0] > VARIABLE) return bad_type(T, T->types_at + i * 2, p[0]);
    T->entries[T->typed].type = p[0];
    T->entries[T->typed].bss = p[1];
  }
  return rc;
}


static int strength (const Entry *e) {
  return e->kind == UNDEF || e->kind == WEAKUNDEF ? 0
       : e->kind == WEAKDEF ? 1 : 2;
}


static int by_name (const void *a, const void *b) {
  const Entry *x = (const Entry *)a, *y = (const Entry *)b;
  int order = strcmp(x->name, y->name);
  if (order == 0) order = strength(y) - strength(x);
  return order != 0 ? order : x->order < y->order ? -1 : 1;
}


/* After ld -r one unit may want what another defines.  The plugin shows a
   linker the strongest of each name, and so is it told here. */
static int tell_strongest (Tables *T) {
  size_t i;
  int rc = SYMRUN_OK;
  if (T->nentries > 1)
    qsort(T->entries, T->nentries, sizeof *T->entries, by_name);
  for (i = 0; i < T->nentries && rc == SYMRUN_OK; i++) {
    const Entry *e = &T->entries[i];
    if (i == 0 || strcmp(e->name, e[-1].name) != 0) rc = tell(T, e);
  }
  return rc;
}


/* -- sections -------------------------------------------------------------- */

static int add_table (Tables *T, const sr_ElfSection *sec) {
  const sr_Elf *E = &T->E;
  uint64_t end = sec->offset + sec->size, where = E->is64 ? 24 : 16;
  if (sec->type == SHT_NOBITS
      || !sr_inside(sec->offset, sec->size, E->part->size))
    return damage(T, sec->at + where, "sh_offset", sec->offset, "inside the "
                  "file, with all of the LTO symbol table; is it cut short?");
  if (sec->flags & SHF_COMPRESSED) {
    sr_fail(E->S, SYMRUN_UNKNOWN, "has an LTO symbol table that is compressed, "
            "which GCC's plugin cannot read either");
    E->S->fault.offset = E->part->offset + sec->at;
    E->S->fault.field = "sh_flags";
    return SYMRUN_UNKNOWN;
  }
  T->sum += sec->size;  /* tables that overlap could cost any time */
  if (T->sum > E->part->size)
    return damage(T, sec->at + where + 8, "sh_size", sec->size, "less, for all "
                  "LTO symbol tables must fit into the file");
  if (T->count == 0 || sec->offset < T->from) T->from = sec->offset;
  if (T->count == 0 || end > T->to) T->to = end;
  T->count++;
  return SYMRUN_OK;
}


/* There is a section for each function too: all are looked at once, for where
   those are that matter. */
static const char *const ours[] = {
  ".gnu.lto_.symtab", ".gnu.lto_.ext_symtab", ".gnu.lto_.asm", ".gnu.lto_."
};

static int find_sections (Tables *T) {
  sr_ElfSection sec;
  uint32_t i = 0;
  int rc;
  while ((rc = sr_elf_named(&T->E, &T->names, ours[ANY], &i, &sec))
         == SYMRUN_OK) {
    const char *name = T->names.text + sec.name;
    int k;
    for (k = 0; k <= ANY; k++) {
      if (strncmp(name, ours[k], strlen(ours[k])) != 0) continue;
      if (T->ranges[k].last == 0) T->ranges[k].before = i - 1;
      T->ranges[k].last = i;
    }
  }
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}


static int each_named (Tables *T, int which,
                       int (*f) (Tables *T, const sr_ElfSection *sec)) {
  sr_ElfSection sec;
  uint32_t i = T->ranges[which].before;
  while (i < T->ranges[which].last) {
    int rc = sr_elf_named(&T->E, &T->names, ours[which], &i, &sec);
    if (rc == SYMRUN_OK) rc = f(T, &sec);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


static int read_all_types (Tables *T) {
  size_t i;
  int rc = each_named(T, TYPES, set_types);
  for (i = 0; T->typed != T->nentries && i < T->nentries; i++)
    T->entries[i].type = UNTOLD;  /* one unit had none: whose are they? */
  return rc;
}


static int no_table (Tables *T, const sr_ElfSection *sec) {
  sr_fail(T->E.S, SYMRUN_UNKNOWN, "holds GCC's LTO, and has no symbol table of "
          "it");
  T->E.S->fault.offset = T->E.part->offset + sec->at;
  T->E.S->fault.field = "sh_name";
  return SYMRUN_UNKNOWN;
}


static int has_assembler (Tables *T, const sr_ElfSection *sec) {
  sr_fail(T->E.S, SYMRUN_UNKNOWN, "holds GCC's LTO with top-level assembler, "
          "and what that defines and wants is not in the LTO symbol table; "
          "compile it with -ffat-lto-objects and ask for the view 'native'");
  T->E.S->fault.offset = T->E.part->offset + sec->at;
  T->E.S->fault.field = "sh_name";
  return SYMRUN_UNKNOWN;
}


static int read_tables (Tables *T) {
  int rc = SYMRUN_OK;
  T->bytes = sr_elf_look(&T->E, SR_SYMBOLS, T->from, T->to - T->from,
                         T->to - T->from);
  if (T->bytes == NULL) return T->E.S->code;
  if (T->count == 1 && T->ask->letters)
    rc = each_named(T, TYPES, load_types);
  if (rc == SYMRUN_OK) rc = each_named(T, SYMTAB, read_table);
  if (rc == SYMRUN_OK && T->count > 1) {
    T->ntypes = 0;
    if (T->ask->letters) rc = read_all_types(T);
    if (rc == SYMRUN_OK) rc = tell_strongest(T);
  }
  if (rc == SYMRUN_OK) rc = each_named(T, ASSEMBLER, has_assembler);
  return rc;
}


int sr_gcclto_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  Tables T;
  int rc;
  memset(&T, 0, sizeof T);
  T.ask = ask;
  T.begin = sr_begin(ask->glob);
  rc = sr_elf_open(S, part, &T.E);
  if (rc == SYMRUN_OK) rc = sr_elf_names(&T.E, &T.names);
  if (rc == SYMRUN_OK) rc = find_sections(&T);
  if (rc == SYMRUN_OK) rc = each_named(&T, SYMTAB, add_table);
  if (rc != SYMRUN_OK) return rc;
  if (T.count == 0) return each_named(&T, ANY, no_table);
  rc = read_tables(&T);
  sr_delete(S, T.entries, T.room * sizeof *T.entries);
  return rc;
}


int sr_gcclto_there (symrun *S, const sr_Part *part, bool *out) {
  sr_Elf E;
  sr_ElfNames N;
  sr_ElfSection sec;
  uint32_t i = 0;
  int rc = sr_elf_open(S, part, &E);
  if (rc == SYMRUN_OK) rc = sr_elf_names(&E, &N);
  if (rc == SYMRUN_OK)
    rc = sr_elf_named(&E, &N, ".gnu.lto_.symtab", &i, &sec);
  *out = rc == SYMRUN_OK;
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}
