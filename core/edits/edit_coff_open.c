/*
** edit_coff_open.c
** A COFF object, read as a whole to be changed.  What it tells the linker in
** words (".drectve") has names too, and these are of symbols that the linker
** looks up among all objects: an export of a name that has become local is an
** error that nobody would look for here.
**
** Layout: Microsoft's "PE Format", sections "COFF Symbol Table", "Auxiliary
** Symbol Records" and "The .drectve Section".
*/

#include <strings.h>

#include "edit_coff.h"


/* -- sections -------------------------------------------------------------- */

static int sections (sr_CoffEdit *X) {
  static const char lto[] = ".gnu.lto_";
  sr_Coff *C = &X->C;
  uint64_t names = 0;
  uint32_t i;
  int rc = sr_coff_headers(C);
  if (rc != SYMRUN_OK) return rc;
  X->secs = (sr_CoffEditSec *)sr_new(X->S, (C->nsections + (size_t)1)
                                           * sizeof *X->secs);
  if (X->secs == NULL) return SYMRUN_NOMEM;
  for (i = 1; i <= C->nsections; i++) {
    sr_CoffEditSec *sec = &X->secs[i];
    const unsigned char *h = C->headers + (size_t)(i - 1) * COFF_HEADER;
    rc = sr_coff_section_name(C, i, &sec->name);
    if (rc != SYMRUN_OK) return rc;
    names += sec->name.len;
    if (names / 64 > X->size)
      return sr_coff_damage(C, C->headers_at + (uint64_t)(i - 1) * COFF_HEADER,
                            "Name", names, "less: the bytes of all names of "
                            "sections up to here");
    sec->size = sr_u32(h + 16, false);
    sec->from = sr_u32(h + 20, false);
    sec->relocs = sr_u32(h + 24, false);
    sec->flags = sr_u32(h + 36, false);
    sec->symbol = SR_NONE;
    if (sec->from != 0 && !sr_inside(sec->from, sec->size, X->size))
      return sr_coff_damage(C, C->headers_at + (uint64_t)(i - 1) * COFF_HEADER
                            + 20, "PointerToRawData", sec->from, "inside the "
                            "file, with all of the section; is it cut short?");
    if (sec->name.len >= sizeof lto - 1
        && memcmp(sec->name.ptr, lto, sizeof lto - 1) == 0) X->lto = i;
  }
  return SYMRUN_OK;
}


/* -- symbols --------------------------------------------------------------- */

static int name_of (sr_CoffEdit *X, uint32_t i, sr_Str *out) {
  const unsigned char *p = sr_coff_edit_entry(X, i);
  uint32_t at = sr_u32(p + 4, false);
  out->ptr = (const char *)p;
  out->len = strnlen(out->ptr, 8);
  if (sr_u32(p, false) != 0 || at == 0) return SYMRUN_OK;
  if (at < 4 || at >= X->C.strsize)
    return sr_coff_damage(&X->C, (uint64_t)(p - X->bytes) + 4, "Name", at,
                          "inside the string table");
  out->ptr = X->C.strings + at;
  out->len = strlen(out->ptr);
  return SYMRUN_OK;
}


/* A section's own symbol says how to choose among copies of a COMDAT, and the
   next symbol in it is the one that copies are known by. */
static int in_comdat (sr_CoffEdit *X, sr_CoffEditSym *sym, uint32_t row) {
  sr_CoffEditSec *sec = &X->secs[sym->s.section];
  const unsigned char *p = sr_coff_edit_entry(X, sym->at) + X->C.entry;
  bool own = sym->s.sclass == SYM_STATIC && sym->s.aux > 0 && !sym->function;
  if (own && sec->symbol == SR_NONE) {
    sec->symbol = row;
    if (!(sec->flags & SCN_COMDAT)) return SYMRUN_OK;
    sec->choice = p[14];
    if (sec->choice != 5) return SYMRUN_OK;  /* IMAGE_COMDAT_SELECT_ASSOC... */
    sec->parent = sr_u16(p + 12, false);
    if (X->C.entry == 20) sec->parent |= (uint32_t)sr_u16(p + 16, false) << 16;
    if (sec->parent > 0 && sec->parent <= X->C.nsections) return SYMRUN_OK;
    return sr_coff_damage(&X->C, (uint64_t)(p - X->bytes) + 12, "Number",
                          sec->parent, "the index of the section that this "
                          "one goes with");
  }
  if (sec->choice != 0 && sec->choice != 5 && !sec->led)
    sec->led = sym->leads = true;
  if (sym->s.sclass == SYM_EXTERNAL) sec->externals++;
  return SYMRUN_OK;
}


static int weak (sr_CoffEdit *X, sr_CoffEditSym *sym) {
  const unsigned char *p = sr_coff_edit_entry(X, sym->at) + X->C.entry;
  if (sym->s.aux == 0)
    return sr_coff_damage(&X->C, (uint64_t)(p - X->bytes) - 1,
                          "NumberOfAuxSymbols", 0, "1, for a weak external "
                          "has a default");
  sym->alias = sr_u32(p + 4, false) == 3;  /* IMAGE_WEAK_EXTERN_SEARCH_ALIAS */
  return SYMRUN_OK;
}


/* Sections' own symbols and source files are no names. */
static bool is_name (const sr_CoffEditSym *sym) {
  switch (sym->s.sclass) {
    case SYM_FILE: return false;
    case SYM_STATIC: return sym->s.aux == 0;
    default: return true;
  }
}


static int one_symbol (sr_CoffEdit *X, uint32_t i, uint32_t *next) {
  sr_Coff *C = &X->C;
  const unsigned char *p = sr_coff_edit_entry(X, i);
  sr_CoffEditSym *sym;
  sr_Str name;
  int rc = sr_room(X->S, &X->syms, &X->room, X->count, sizeof *X->syms);
  if (rc != SYMRUN_OK) return rc;
  sym = &X->syms[X->count];
  memset(sym, 0, sizeof *sym);
  sym->s = sr_coff_symbol(p, C->entry == 20);
  sym->at = i;
  sym->function = p[C->entry == 20 ? 16 : 14] >> 4 == 2;
  if (sym->s.aux >= C->nsymbols - i)
    return sr_coff_damage(C, (uint64_t)(p - X->bytes) + C->entry - 1,
                          "NumberOfAuxSymbols", sym->s.aux, "less, for the "
                          "symbol table ends");
  if (sym->s.section < -2 || sym->s.section > (int64_t)C->nsections)
    return sr_coff_damage(C, (uint64_t)(p - X->bytes) + 12, "SectionNumber",
                          (uint32_t)sym->s.section, "that of a section");
  rc = name_of(X, i, &name);
  if (rc == SYMRUN_OK && sym->s.sclass == SYM_WEAK) rc = weak(X, sym);
  if (rc == SYMRUN_OK && sym->s.section > 0)
    rc = in_comdat(X, sym, (uint32_t)X->count);
  if (rc == SYMRUN_OK) rc = sr_edit_index_add(&X->index, name, is_name(sym));
  X->rows[i] = (uint32_t)X->count++;
  *next = i + 1 + sym->s.aux;
  return rc;
}


static int symbols (sr_CoffEdit *X) {
  uint32_t i, next = 0;
  int rc = SYMRUN_OK;
  sr_edit_index_new(X->S, X->size, &X->index);
  if (X->C.nsymbols > 0) {
    X->rows = (uint32_t *)sr_new(X->S, X->C.nsymbols * sizeof *X->rows);
    if (X->rows == NULL) return SYMRUN_NOMEM;
    rc = sr_coff_strings(&X->C);
  }
  for (i = 0; i < X->C.nsymbols; i++) X->rows[i] = SR_NONE;
  for (i = 0; i < X->C.nsymbols && rc == SYMRUN_OK; i = next)
    rc = one_symbol(X, i, &next);
  return rc == SYMRUN_OK ? sr_edit_index_ready(&X->index) : rc;
}


/* -- directives ------------------------------------------------------------ */

/* "/EXPORT:f=g,DATA": f, g and DATA. */
static int names_in (sr_CoffEdit *X, sr_Str word, sr_Str list) {
  size_t i = 0, begin;
  int rc = SYMRUN_OK;
  while (i < list.len && rc == SYMRUN_OK) {
    sr_Str name;
    begin = i;
    while (i < list.len && strchr("=,\"", list.ptr[i]) == NULL) i++;
    name.ptr = list.ptr + begin;
    name.len = i++ - begin;
    if (name.len == 0) continue;
    rc = sr_room(X->S, &X->words, &X->wordroom, X->nwords, sizeof *X->words);
    if (rc != SYMRUN_OK) return rc;
    X->words[X->nwords++] = word;
    rc = sr_edit_index_add(&X->directed, name, true);
  }
  return rc;
}


static int word (sr_CoffEdit *X, sr_Str w) {
  static const char *const options[] = {
    "export:", "include:", "alternatename:", "entry:", "guardsym:",
    "aligncomm:", "exclude-symbols:"
  };
  size_t k;
  if (w.len < 2 || (w.ptr[0] != '/' && w.ptr[0] != '-')) return SYMRUN_OK;
  for (k = 0; k < sizeof options / sizeof *options; k++) {
    size_t len = strlen(options[k]);
    sr_Str list = {w.ptr + 1 + len, w.len - 1 - len};
    if (w.len > len + 1 && strncasecmp(w.ptr + 1, options[k], len) == 0)
      return names_in(X, w, list);
  }
  return SYMRUN_OK;
}


static int words (void *ud, sr_Str s) {
  size_t i = 0, begin;
  int rc = SYMRUN_OK;
  while (i < s.len && rc == SYMRUN_OK) {
    bool quoted = false;
    sr_Str w;
    while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\0')) i++;
    for (begin = i; i < s.len && (quoted || (s.ptr[i] != ' '
                                             && s.ptr[i] != '\0')); i++)
      if (s.ptr[i] == '"') quoted = !quoted;
    w.ptr = s.ptr + begin;
    w.len = i - begin;
    rc = word((sr_CoffEdit *)ud, w);
  }
  return rc;
}


static bool told (const sr_CoffEdit *X, const char *name, size_t len,
                  sr_Str *out) {
  sr_Str s = {name, len};
  uint32_t row = len > 0 ? sr_edit_index_find(&X->directed, s, SR_NONE)
                         : SR_NONE;
  if (row != SR_NONE) *out = X->words[row];
  return row != SR_NONE;
}


/* To MinGW's linkers an i386 name has no underscore, nor "@8". */
bool sr_coff_edit_directed (const sr_CoffEdit *X, sr_Str name, sr_Str *out) {
  const char *at;
  if (told(X, name.ptr, name.len, out)) return true;
  if (X->C.machine != COFF_I386) return false;
  if (name.len > 0 && (name.ptr[0] == '_' || name.ptr[0] == '@')) {
    name.ptr++;
    name.len--;
    if (told(X, name.ptr, name.len, out)) return true;
  }
  at = (const char *)memchr(name.ptr, '@', name.len);
  return at != NULL && told(X, name.ptr, (size_t)(at - name.ptr), out);
}


/* -- all parts ------------------------------------------------------------- */

static int check_apart (sr_CoffEdit *X) {
  const sr_Coff *C = &X->C;
  sr_EditRanges R = {X->S, NULL, 0, 0};
  uint64_t table = C->strings != NULL ? C->strings_at + C->strsize
                                        - C->symbols_at : 0;
  uint32_t i;
  int rc = sr_edit_range(&R, "headers", 0, C->headers_at
                         + (uint64_t)C->nsections * COFF_HEADER);
  if (rc == SYMRUN_OK) rc = sr_edit_range(&R, "symbol table", C->symbols_at,
                                          table);
  for (i = 1; i <= C->nsections && rc == SYMRUN_OK; i++) {
    const sr_CoffEditSec *sec = &X->secs[i];
    uint64_t count = sr_u16(C->headers + (size_t)(i - 1) * COFF_HEADER + 32,
                            false);
    if (count == 0xffff && (sec->flags & SCN_MANY_RELOCS)
        && sr_inside(sec->relocs, COFF_RELOC, X->size))
      count = sr_u32(X->bytes + sec->relocs, false);
    if (sec->from != 0)
      rc = sr_edit_range(&R, "PointerToRawData", sec->from, sec->size);
    if (rc == SYMRUN_OK)
      rc = sr_edit_range(&R, "PointerToRelocations", sec->relocs,
                         count * COFF_RELOC);
  }
  return sr_edit_apart(&R, rc);
}


/* -- the object ------------------------------------------------------------ */

int sr_coff_edit_open (symrun *S, sr_Str bytes, sr_CoffEdit *X) {
  int rc;
  memset(X, 0, sizeof *X);
  X->S = S;
  X->bytes = (const unsigned char *)bytes.ptr;
  X->size = bytes.len;
  sr_source_wrap(&X->source, bytes);
  sr_reader_set(&X->reader, &X->source);
  X->part.reader = &X->reader;
  X->part.size = bytes.len;
  sr_edit_index_new(S, bytes.len, &X->directed);
  rc = sr_coff_directives(S, &X->part, words, X);
  if (rc == SYMRUN_OK) rc = sr_edit_index_ready(&X->directed);
  if (rc == SYMRUN_OK) rc = sr_coff_open(S, &X->part, &X->C);
  if (rc == SYMRUN_OK) rc = sections(X);
  if (rc == SYMRUN_OK) rc = symbols(X);
  return rc == SYMRUN_OK ? check_apart(X) : rc;
}


void sr_coff_edit_close (sr_CoffEdit *X) {
  symrun *S = X->S;
  sr_delete(S, X->secs, X->secs != NULL ? (X->C.nsections + (size_t)1)
                                          * sizeof *X->secs : 0);
  sr_delete(S, X->syms, X->room * sizeof *X->syms);
  sr_delete(S, X->rows, X->rows != NULL ? X->C.nsymbols * sizeof *X->rows : 0);
  sr_delete(S, X->words, X->wordroom * sizeof *X->words);
  sr_edit_index_free(&X->index);
  sr_edit_index_free(&X->directed);
  sr_reader_free(S, &X->reader);
}
