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
  sr_ElfNames names;
  uint32_t count;               /* of tables */
  uint64_t from, to, sum;       /* where they all are, and their bytes */
  const unsigned char *bytes;   /* from there to there */
  Entry *entries;
  size_t nentries, room;
} Tables;


static int damage (Tables *T, uint64_t at, const char *field,
                   uint64_t is, const char *expected) {
  return sr_elf_damage(&T->E, at, field, is, expected);
}


/* -- one entry ------------------------------------------------------------- */

/* The string at '*p', which ends before 'end'. */
static bool string (const unsigned char **p, const unsigned char *end,
                    sr_Str *out) {
  const unsigned char *nul = *p < end
    ? (const unsigned char *)memchr(*p, '\0', (size_t)(end - *p)) : NULL;
  if (nul == NULL) return false;
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
  if (ask->glob != NULL && !sr_glob_match(ask->glob, e->name, e->len))
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
  T->ask->seen++;
  return SYMRUN_OK;
}


static int read_table (Tables *T, const sr_ElfSection *sec) {
  const unsigned char *begin = T->bytes + (sec->offset - T->from), *p = begin;
  const unsigned char *end = begin + sec->size;
  int rc = SYMRUN_OK;
  while (p < end && rc == SYMRUN_OK) {
    Entry e;
    rc = read_entry(T, &p, end, sec->offset + (uint64_t)(p - begin), &e);
    if (rc == SYMRUN_OK) rc = keep(T, &e);
  }
  return rc;
}


/* Of the entries from '*next' on: two bytes each, behind a version.  Another
   version may say anything. */
static int read_types (Tables *T, const sr_ElfSection *sec, size_t *next) {
  const unsigned char *p;
  uint64_t n, i;
  if (sec->size == 0) return SYMRUN_OK;
  p = sr_elf_bytes(&T->E, SR_PASSING, sec);
  if (p == NULL) return T->E.S->code;
  if (*p++ != 1) return SYMRUN_OK;
  n = (sec->size - 1) / 2;
  for (i = 0; i < n && *next < T->nentries; i++, p += 2) {
    Entry *e = &T->entries[(*next)++];
    if (p[0] > VARIABLE)
      return damage(T, sec->offset + 1 + i * 2, "LTO symbol type", p[0],
                    "0 to 2");
    e->type = p[0];
    e->bss = p[1];
  }
  if (i < n && T->count == 1)
    return damage(T, sec->at + (T->E.is64 ? 32 : 20), "LTO symbol types", n,
                  "as many as there are symbols");
  *next += i < n;  /* too many */
  return SYMRUN_OK;
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
static int tell_all (Tables *T) {
  size_t i;
  int rc = SYMRUN_OK;
  bool sorted = T->count > 1 && T->nentries > 1;
  if (sorted) qsort(T->entries, T->nentries, sizeof *T->entries, by_name);
  for (i = 0; i < T->nentries && rc == SYMRUN_OK; i++) {
    const Entry *e = &T->entries[i];
    if (i == 0 || !sorted || strcmp(e->name, e[-1].name) != 0)
      rc = tell(T, e);
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


/* Call 'f' for each section of which the name begins so. */
static int each_named (Tables *T, const char *begin,
                       int (*f) (Tables *T, const sr_ElfSection *sec)) {
  sr_ElfSection sec;
  uint32_t i = 0;
  int rc;
  while ((rc = sr_elf_named(&T->E, &T->names, begin, &i, &sec)) == SYMRUN_OK) {
    rc = f(T, &sec);
    if (rc != SYMRUN_OK) return rc;
  }
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}


static int read_all_types (Tables *T) {
  sr_ElfSection sec;
  uint32_t i = 0;
  size_t next = 0, k;
  int rc;
  while ((rc = sr_elf_named(&T->E, &T->names, ".gnu.lto_.ext_symtab", &i,
                            &sec)) == SYMRUN_OK) {
    rc = read_types(T, &sec, &next);
    if (rc != SYMRUN_OK) return rc;
  }
  if (rc != SYMRUN_END) return rc;
  if (next != T->nentries)  /* one unit had none: whose are they? */
    for (k = 0; k < T->nentries; k++) T->entries[k].type = UNTOLD;
  return SYMRUN_OK;
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
  int rc;
  T->bytes = sr_elf_look(&T->E, SR_SYMBOLS, T->from, T->to - T->from,
                         T->to - T->from);
  if (T->bytes == NULL) return T->E.S->code;
  rc = each_named(T, ".gnu.lto_.symtab", read_table);
  if (rc == SYMRUN_OK && T->ask->letters) rc = read_all_types(T);
  if (rc == SYMRUN_OK) rc = tell_all(T);
  if (rc == SYMRUN_OK) rc = each_named(T, ".gnu.lto_.asm", has_assembler);
  return rc;
}


int sr_gcclto_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  Tables T;
  int rc;
  memset(&T, 0, sizeof T);
  T.ask = ask;
  rc = sr_elf_open(S, part, &T.E);
  if (rc == SYMRUN_OK) rc = sr_elf_names(&T.E, &T.names);
  if (rc == SYMRUN_OK) rc = each_named(&T, ".gnu.lto_.symtab", add_table);
  if (rc != SYMRUN_OK) return rc;
  if (T.count == 0) return each_named(&T, ".gnu.lto_", no_table);
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
