/*
** elf_dynamic.c
** What a loader reads of an ELF file: program headers, the interpreter's path
** and the dynamic table, whose strings are found by their address.  A file of
** debug information keeps the headers of what it was taken from, and they
** point to bytes of its own: nothing in them says so, but its sections do.
**
** Layouts: System V ABI, chapter 5 ("Program Header", "Dynamic Section").
*/

#include <elf.h>

#include "facts.h"

#define STEP     65536  /* bytes of the dynamic table that are read together */
#define NEARBY     256  /* bytes of a string that a first look fetches */


/* -- program headers ------------------------------------------------------- */

int sr_elf_segments (sr_Elf *E, sr_ElfSegments *out) {
  const unsigned char *p = sr_elf_look(E, SR_MORE, 0, E->is64 ? 64 : 52, 64);
  unsigned least = E->is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
  sr_ElfSection zero;
  memset(out, 0, sizeof *out);
  if (p == NULL) return E->S->code;
  out->at = E->is64 ? sr_u64(p + 32, E->big) : sr_u32(p + 28, E->big);
  out->size = sr_u16(p + (E->is64 ? 54 : 42), E->big);
  out->count = sr_u16(p + (E->is64 ? 56 : 44), E->big);
  if (out->count == PN_XNUM) {
    int rc = sr_elf_section(E, 0, &zero);
    if (rc != SYMRUN_OK) return rc;
    out->count = zero.info;
  }
  if (out->count == 0) return SYMRUN_OK;
  if (out->size != least)
    return sr_elf_damage(E, E->is64 ? 54 : 42, "e_phentsize", out->size,
                         E->is64 ? "56" : "32");
  if (!sr_inside(out->at, (uint64_t)out->count * out->size, E->part->size))
    return sr_elf_damage(E, E->is64 ? 32 : 28, "e_phoff", out->at, "inside "
                         "the file, with all program headers; is it cut "
                         "short?");
  out->headers = sr_elf_look(E, SR_APART, out->at, (uint64_t)out->count
                             * out->size, 0);
  return out->headers != NULL ? SYMRUN_OK : E->S->code;
}


void sr_elf_segment (const sr_Elf *E, const sr_ElfSegments *P, uint32_t i,
                     sr_ElfSegment *out) {
  const unsigned char *p = P->headers + (size_t)i * P->size;
  bool big = E->big;
  out->at = P->at + (uint64_t)i * P->size;
  out->type = sr_u32(p, big);
  out->flags = sr_u32(p + (E->is64 ? 4 : 24), big);
  out->offset = E->is64 ? sr_u64(p + 8, big) : sr_u32(p + 4, big);
  out->address = E->is64 ? sr_u64(p + 16, big) : sr_u32(p + 8, big);
  out->size = E->is64 ? sr_u64(p + 32, big) : sr_u32(p + 16, big);
  out->align = E->is64 ? sr_u64(p + 48, big) : sr_u32(p + 28, big);
}


int sr_elf_one_segment (sr_Elf *E, const sr_ElfSegments *P, uint32_t type,
                        sr_ElfSegment *out) {
  bool had = false;
  uint32_t i;
  for (i = 0; i < P->count; i++) {
    sr_ElfSegment seg;
    sr_elf_segment(E, P, i, &seg);
    if (seg.type != type) continue;
    if (had)
      return sr_elf_damage(E, seg.at, "p_type", type, "another, for a file has "
                           "one such segment, and one came before");
    had = true;
    *out = seg;
  }
  return had ? SYMRUN_OK : SYMRUN_END;
}


/* Have all sections that would be in memory lost their bytes, but for notes?
   Then it is a file of debug information. */
static int only_debug (sr_Elf *E, bool *out) {
  sr_ElfSection sec;
  bool some = false;
  uint32_t i;
  int rc = SYMRUN_OK;
  *out = false;
  for (i = 1; i < E->shnum; i++) {
    rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK) return rc;
    if (!(sec.flags & SHF_ALLOC) || sec.size == 0) continue;
    if (sec.type != SHT_NOBITS && sec.type != SHT_NOTE) return SYMRUN_OK;
    some |= sec.type == SHT_NOBITS;
  }
  *out = some;
  return rc;
}


/* -- the dynamic table ----------------------------------------------------- */

typedef struct Table {
  sr_Elf *E;
  sr_FactAsk *ask;
  sr_ElfSegments segments;
  uint64_t at, size;                    /* of the table */
  uint64_t strings, strsize;            /* where they are in the part */
  uint64_t address, where, size_where;  /* of DT_STRTAB, of its entry and of
                                           DT_STRSZ's */
  uint64_t path;                        /* DT_RUNPATH or DT_RPATH */
  bool has_strings, has_size, found;
  sr_ElfArrays arrays;                  /* for SR_FACT_CALLED */
  sr_ElfArray lists[3];                 /* as they come */
  unsigned char order[3], counted;      /* of those that have a size */
} Table;

typedef int (*OnEntry) (Table *T, uint64_t at, uint64_t tag, uint64_t value);


static int each_entry (Table *T, OnEntry f) {
  sr_Elf *E = T->E;
  uint64_t entry = E->is64 ? 16 : 8, done, k;
  for (done = 0; T->size - done >= entry; done += k) {
    uint64_t step = T->size - done < STEP ? T->size - done : STEP;
    const unsigned char *p;
    for (k = 0; step - k >= entry; k += entry) {
      uint64_t at = T->at + done + k, tag, value;
      int rc;
      /* again for each: what 'f' reads may be fetched to the same place */
      p = sr_elf_look(E, SR_PASSING, at, entry, step - k);
      if (p == NULL) return E->S->code;
      tag = E->is64 ? sr_u64(p, E->big) : sr_u32(p, E->big);
      value = E->is64 ? sr_u64(p + 8, E->big) : sr_u32(p + 4, E->big);
      if (tag == DT_NULL) return SYMRUN_OK;
      rc = f(T, at, tag, value);
      if (rc != SYMRUN_OK) return rc;
    }
  }
  return sr_elf_damage(E, T->at, "dynamic table", T->size, "the bytes of "
                       "entries of which the last is DT_NULL; is it cut "
                       "short?");
}


static int twice (Table *T, uint64_t at, uint64_t tag) {
  return sr_elf_damage(T->E, at, "d_tag", tag, "another, for a table has one "
                       "such entry, and one came before");
}


static int first_look (Table *T, uint64_t at, uint64_t tag, uint64_t value) {
  if (tag == DT_STRTAB) {
    if (T->has_strings) return twice(T, at, tag);
    T->has_strings = true;
    T->address = value;
    T->where = at;
  }
  else if (tag == DT_STRSZ) {
    if (T->has_size) return twice(T, at, tag);
    T->has_size = true;
    T->strsize = value;
    T->size_where = at;
  }
  else if (tag == DT_RUNPATH || (tag == DT_RPATH && T->path != DT_RUNPATH))
    T->path = tag;
  return SYMRUN_OK;
}


/* Where the strings are: an address, of one of the segments. */
static int find_strings (Table *T) {
  sr_Elf *E = T->E;
  unsigned word = E->is64 ? 8 : 4;
  uint32_t i;
  if (!T->has_strings || !T->has_size)
    return sr_damage(E->S, E->part->offset + T->at, "dynamic table", "names "
                     "strings, and should say with DT_STRTAB and DT_STRSZ "
                     "where they are");
  if (T->found) return SYMRUN_OK;
  for (i = 0; i < T->segments.count; i++) {
    sr_ElfSegment seg;
    uint64_t into;
    sr_elf_segment(E, &T->segments, i, &seg);
    if (seg.type != PT_LOAD || T->address < seg.address) continue;
    into = T->address - seg.address;
    if (into >= seg.size || seg.offset > UINT64_MAX - into) continue;
    if (T->strsize > seg.size - into
        || !sr_inside(seg.offset + into, T->strsize, E->part->size))
      return sr_elf_damage(E, T->size_where + word, "DT_STRSZ", T->strsize,
                           "no more than the segment and the file have from "
                           "DT_STRTAB on; is it cut short?");
    T->strings = seg.offset + into;
    T->found = true;
    return SYMRUN_OK;
  }
  return sr_elf_damage(E, T->where + word, "DT_STRTAB", T->address, "an "
                       "address in a segment that the file holds");
}


/* The string of an entry at 'at'. */
static int string (Table *T, uint64_t at, uint64_t value, sr_Str *out) {
  sr_Elf *E = T->E;
  uint64_t left, need;
  int rc = find_strings(T);
  if (rc != SYMRUN_OK) return rc;
  at += E->is64 ? 8 : 4;
  if (value >= T->strsize)
    return sr_elf_damage(E, at, "d_val", value, "inside the strings of the "
                         "dynamic table");
  left = T->strsize - value;
  for (need = NEARBY; ; need *= 4) {
    if (need > left) need = left;
    out->ptr = (const char *)sr_elf_look(E, SR_STRINGS, T->strings + value,
                                         need, need);
    if (out->ptr == NULL) return E->S->code;
    out->len = strnlen(out->ptr, (size_t)need);
    if (out->len < need) return SYMRUN_OK;
    if (need == left)
      return sr_elf_damage(E, at, "d_val", value, "where a string is that has "
                           "an end");
  }
}


static int needed (Table *T, uint64_t at, uint64_t tag, uint64_t value) {
  sr_Str s;
  int rc;
  if (tag != DT_NEEDED) return SYMRUN_OK;
  rc = string(T, at, value, &s);
  return rc == SYMRUN_OK ? sr_fact_text(T->ask, "needed", s.ptr, s.len) : rc;
}


static int soname (Table *T, uint64_t at, uint64_t tag, uint64_t value) {
  sr_Str s;
  int rc;
  if (tag != DT_SONAME) return SYMRUN_OK;
  if (T->path != 0) return twice(T, at, tag);
  T->path = DT_SONAME;
  rc = string(T, at, value, &s);
  return rc == SYMRUN_OK ? sr_fact_text(T->ask, "soname", s.ptr, s.len) : rc;
}


/* Paths are apart by colons.  Where there is a DT_RUNPATH, no loader looks at
   a DT_RPATH. */
static int run_paths (Table *T, uint64_t at, uint64_t tag, uint64_t value) {
  const char *field = tag == DT_RUNPATH ? "runpath" : "rpath";
  const char *colon;
  sr_Str s;
  int rc;
  if (T->path == 0 || tag != T->path) return SYMRUN_OK;
  rc = string(T, at, value, &s);
  while (rc == SYMRUN_OK) {
    colon = (const char *)memchr(s.ptr, ':', s.len);
    if (colon == NULL) return sr_fact_text(T->ask, field, s.ptr, s.len);
    rc = sr_fact_text(T->ask, field, s.ptr, (size_t)(colon - s.ptr));
    s.len -= (size_t)(colon - s.ptr) + 1;
    s.ptr = colon + 1;
  }
  return rc;
}


static int textrel (Table *T, uint64_t at, uint64_t tag, uint64_t value) {
  (void)at;
  if (tag == DT_TEXTREL || (tag == DT_FLAGS && (value & DF_TEXTREL)))
    T->path = DT_TEXTREL;
  return SYMRUN_OK;
}


/* By the names of the sections, which need not be there. */
static int constructors (Table *T, uint64_t at, uint64_t tag, uint64_t value) {
  unsigned word = T->E->is64 ? 8 : 4;
  const char *name = tag == DT_INIT ? ".init"
                   : tag == DT_INIT_ARRAYSZ ? ".init_array"
                   : tag == DT_PREINIT_ARRAYSZ ? ".preinit_array" : NULL;
  (void)at;
  if (name == NULL || value == 0) return SYMRUN_OK;
  return sr_fact_counted(T->ask, "section", name, strlen(name),
                         tag == DT_INIT ? 1 : value / word);
}


/* The same lists in the same order, and what completes them. */
static int called (Table *T, uint64_t at, uint64_t tag, uint64_t value) {
  static const struct { uint64_t address, size; const char *name; } tags[] = {
    {DT_INIT, 0, ".init"},
    {DT_INIT_ARRAY, DT_INIT_ARRAYSZ, ".init_array"},
    {DT_PREINIT_ARRAY, DT_PREINIT_ARRAYSZ, ".preinit_array"}
  };
  enum { RELR_TAG = 36 };
  sr_ElfArrays *A = &T->arrays;
  unsigned i, k;
  switch (tag) {
    case DT_RELA: A->rela = value; break;
    case DT_RELASZ: A->relasz = value; break;
    case DT_REL: A->rel = value; break;
    case DT_RELSZ: A->relsz = value; break;
    case DT_SYMTAB: A->symbols = value; break;
    case RELR_TAG: A->relr = true; break;
    default: break;
  }
  for (i = 0; i < 3; i++) {
    bool address = tag == tags[i].address, counts = address ? i == 0
                 : i > 0 && tag == tags[i].size;
    if (value == 0 || (!address && !counts)) continue;
    for (k = 0; k < 3; k++)
      if (T->lists[k].name == tags[i].name) break;
    if (k < 3 && (address ? T->lists[k].address : T->lists[k].size) != 0)
      return twice(T, at, tag);
    if (k == 3) for (k = 0; T->lists[k].name != NULL; k++) ;
    T->lists[k].name = tags[i].name;
    T->lists[k].init = i == 0;
    if (address) T->lists[k].address = value;
    else T->lists[k].size = value;
    if (counts) T->order[T->counted++] = (unsigned char)k;
  }
  return SYMRUN_OK;
}


static int tell_called (Table *T) {
  unsigned i;
  for (i = 0; i < T->counted; i++) T->arrays.list[i] = T->lists[T->order[i]];
  T->arrays.count = T->counted;
  T->arrays.at = T->at;
  return sr_elf_linked(T->E, &T->segments, &T->arrays, T->ask);
}


/* Without a table nobody says: what was linked in runs them by itself. */
static int no_table (Table *T) {
  if (T->ask->what != SR_FACT_CONSTRUCTORS && T->ask->what != SR_FACT_CALLED)
    return SYMRUN_OK;
  return sr_fact_unknown(T->E->S, T->E->part->offset, "PT_DYNAMIC", "is linked "
                         "statically, and which constructors it runs is known "
                         "to its own code");
}


/* The table that a loader finds is the section of its type, if there is one;
   SYMRUN_END without a table. */
static int find_table (Table *T) {
  sr_Elf *E = T->E;
  sr_ElfSegment seg;
  sr_ElfSection sec;
  uint32_t i;
  int rc = sr_elf_one_segment(E, &T->segments, PT_DYNAMIC, &seg);
  if (rc != SYMRUN_OK) return rc;
  for (i = 1; i < E->shnum; i++) {
    rc = sr_elf_section(E, i, &sec);
    if (rc != SYMRUN_OK) return rc;
    if (sec.type == SHT_DYNAMIC && sec.offset != seg.offset)
      return sr_elf_damage(E, seg.at + (E->is64 ? 8 : 4), "p_offset",
                           seg.offset, "where the section of the dynamic "
                           "table is");
  }
  if (!sr_inside(seg.offset, seg.size, E->part->size))
    return sr_elf_damage(E, seg.at + (E->is64 ? 8 : 4), "p_offset", seg.offset,
                         "inside the file, with all of the dynamic table; is "
                         "it cut short?");
  T->at = seg.offset;
  T->size = seg.size;
  return SYMRUN_OK;
}


static int interpreter (Table *T) {
  sr_Elf *E = T->E;
  sr_ElfSegment seg;
  const char *s;
  size_t n;
  int rc = sr_elf_one_segment(E, &T->segments, PT_INTERP, &seg);
  if (rc != SYMRUN_OK) return rc == SYMRUN_END ? SYMRUN_OK : rc;
  s = (const char *)sr_elf_look(E, SR_PASSING, seg.offset, seg.size, seg.size);
  if (s == NULL) return E->S->code;
  n = strnlen(s, (size_t)seg.size);
  if (n == seg.size)
    return sr_elf_damage(E, seg.at + (E->is64 ? 32 : 16), "p_filesz", seg.size,
                         "the bytes of a path, and its zero");
  return sr_fact_text(T->ask, "interpreter", s, n);
}


int sr_elf_dynamic (sr_Elf *E, sr_FactAsk *ask) {
  static const OnEntry questions[SR_FACTS] = {
    [SR_FACT_NEEDED] = needed, [SR_FACT_SONAME] = soname,
    [SR_FACT_RUN_PATHS] = run_paths, [SR_FACT_TEXTREL] = textrel,
    [SR_FACT_CONSTRUCTORS] = constructors, [SR_FACT_CALLED] = called
  };
  Table T;
  bool debug;
  int rc = only_debug(E, &debug);
  if (rc != SYMRUN_OK) return rc;
  memset(&T, 0, sizeof T);
  T.E = E;
  T.ask = ask;
  if (debug)
    return sr_fact_unknown(E->S, E->part->offset, "sections", "is a file of "
                           "debug information, so what a loader reads of the "
                           "file that it is about cannot be told");
  rc = sr_elf_segments(E, &T.segments);
  if (rc != SYMRUN_OK) return rc;
  if (T.segments.count == 0)
    return sr_fact_unknown(E->S, E->part->offset, "e_phnum", "has no program "
                           "headers, so what a loader does with it cannot be "
                           "told");
  if (ask->what == SR_FACT_INTERPRETER) return interpreter(&T);
  rc = find_table(&T);
  if (rc == SYMRUN_OK) rc = each_entry(&T, first_look);
  if (rc == SYMRUN_OK && ask->what != SR_FACT_RUN_PATHS) T.path = 0;
  if (rc == SYMRUN_OK) rc = each_entry(&T, questions[ask->what]);
  if (rc == SYMRUN_OK && ask->what == SR_FACT_CALLED) return tell_called(&T);
  if (rc == SYMRUN_END) rc = no_table(&T);
  if (rc == SYMRUN_OK && ask->what == SR_FACT_TEXTREL)
    return sr_fact_number(ask, "textrel", T.path == DT_TEXTREL);
  return rc;
}
