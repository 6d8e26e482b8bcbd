/*
** link_read.c
** From words to parts.  A driver and the linker that it calls read at the same
** time: what -Wl and -Xlinker hand on goes to the second reader, as do inputs
** where that one still waits for a value, for that is what really happens.
*/

#include "link_inner.h"

#define ALWAYS  UINT_MAX  /* all words to come are in doubt */

typedef struct Reader {  /* the driver, or the linker */
  const sr_Table *table;
  unsigned by;
  bool driver;
  uint32_t part;     /* that waits for values, or SR_NO_ATOM */
  unsigned need;     /* how many */
  unsigned doubt;    /* of so many words nobody knows whether they are values */
} Reader;

typedef struct Both {
  sr_Link *L;
  Reader driver, linker;
  uint32_t flag;     /* a "-Xlinker" whose value is to come, or SR_NO_ATOM */
} Both;


/* -- parts ------------------------------------------------------------- */

static sr_Known *add_part (sr_Link *L, const Reader *R, uint32_t atom) {
  const sr_Atom *a = &L->atoms[atom];
  const sr_Word *w = &L->all[a->word];
  sr_Known *k;
  if (sr_room(L->S, &L->parts, &L->rparts, L->nparts, sizeof *k) < 0)
    return NULL;
  L->atoms[atom].part = (uint32_t)L->nparts;
  k = &L->parts[L->nparts++];
  memset(k, 0, sizeof *k);
  k->part.text = a->text;
  k->part.driver = R->driver;
  k->part.word = w->line;
  k->part.text_in = w->in;
  k->part.atoms[k->part.natoms++] = atom;
  return k;
}


static int trouble (sr_Known *k, sr_LinkKind kind, const char *sentence) {
  k->part.kind = kind;
  k->trouble = sentence;
  return sentence != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


static const char *shown (sr_Link *L, sr_Str s) {
  char text[256];
  size_t n = sr_printable(text, sizeof text, s.ptr, s.len);
  const char *out = sr_arena_copy(L->S, &L->arena, text, n);
  return out != NULL ? out : "";
}


static void add_value (sr_Known *k, sr_Str value) {
  k->part.values[k->part.nvalues++] = value;
}


static sr_LinkKind kind_of (sr_LinkRole role) {
  switch (role) {
    case SR_OPT_LIB: case SR_OPT_FRAMEWORK:
      return SR_PART_LIBRARY;
    case SR_OPT_FORCE_LOAD: case SR_OPT_FILE:
      return SR_PART_INPUT;
    case SR_OPT_SCRIPT: case SR_OPT_VERSION_SCRIPT: case SR_OPT_DYNAMIC_LIST:
    case SR_OPT_EXPORT_LIST: case SR_OPT_UNEXPORT_LIST: case SR_OPT_DEF:
    case SR_OPT_RETAIN_LIST: case SR_OPT_ORDER_LIST: case SR_OPT_FILELIST:
      return SR_PART_TEXT;
    default:
      return SR_PART_OPTION;
  }
}


static bool is (sr_Str s, const char *text) {
  return s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}


/* What -z does, its value tells. */
static sr_LinkRole role_of_z (sr_Str value) {
  if (is(value, "defs") || is(value, "undefs") || is(value, "nodefs"))
    return SR_OPT_UNRESOLVED;
  return is(value, "muldefs") ? SR_OPT_MULTIPLE : SR_OPT_Z;
}


/* "-filelist FILE[,FOLDER]": its lines are inputs where it stands. */
static int read_list (Both *B, const Reader *R, uint32_t part) {
  sr_Link *L = B->L;
  sr_Known *k = &L->parts[part];
  sr_Str path = k->part.values[0], folder = {"", 0};
  const char *comma = (const char *)memchr(path.ptr, ',', path.len);
  uint32_t text, i, atom = k->part.atoms[k->part.natoms - 1];
  int rc;
  if (comma != NULL) {
    folder.ptr = comma + 1;
    folder.len = path.len - (size_t)(comma + 1 - path.ptr);
    path.len = (size_t)(comma - path.ptr);
  }
  rc = sr_link_text_add(L, path, atom, SR_QUOTE_LINES, SR_OPT_FILELIST, folder,
                        &text);
  if (rc == SYMRUN_NOMEM) return rc;
  if (rc != SYMRUN_OK)
    return trouble(k, SR_PART_BROKEN, sr_arena_format(L->S, &L->arena,
      "the list of files %s %s", shown(L, path), L->S->message));
  L->atoms[atom].expands = text;
  L->texts[text].linkers = true;
  for (i = 0; i < L->texts[text].nwords; i++) {
    uint32_t word = L->texts[text].word + i, a;
    rc = sr_link_atom_add(L, word, L->all[word].text, &a);
    if (rc != SYMRUN_OK) return rc;
    k = add_part(L, R, a);
    if (k == NULL) return SYMRUN_NOMEM;
    add_value(k, k->part.text);
  }
  return SYMRUN_OK;
}


/* All values are there. */
static int complete (Both *B, Reader *R, uint32_t part) {
  sr_Known *k = &B->L->parts[part];
  sr_link_decide(B->L, R->table, R->by, k);
  if (k->part.role == SR_OPT_Z && k->part.nvalues > 0)
    k->part.role = role_of_z(k->part.values[0]);
  if (k->part.role == SR_OPT_FILELIST) return read_list(B, R, part);
  return SYMRUN_OK;
}


/* -- one reader -------------------------------------------------------- */

/* A word was perhaps swallowed by a strange option before it.  If it was, its
   own values are words of their own; one that looks like an option could in
   turn have taken what follows. */
static void doubt_values (const Both *B, Reader *R, const sr_Known *k) {
  uint32_t i;
  for (i = 1; i < k->part.natoms; i++)
    if (sr_table_option(R->table, B->L->atoms[k->part.atoms[i]].text)
        && R->doubt == 0) R->doubt = 1;
}


static int take_value (Both *B, Reader *R, uint32_t atom) {
  sr_Known *k = &B->L->parts[R->part];
  uint32_t part = R->part;
  B->L->atoms[atom].part = part;
  k->part.atoms[k->part.natoms++] = atom;
  add_value(k, B->L->atoms[atom].text);
  if (--R->need > 0) return SYMRUN_OK;
  R->part = SR_NO_ATOM;
  if (k->part.maybe) doubt_values(B, R, k);
  return complete(B, R, part);
}


static int take_input (Both *B, Reader *R, uint32_t atom) {
  sr_Known *k = add_part(B->L, R, atom);
  const sr_Atom *a = &B->L->atoms[atom];
  if (k == NULL) return SYMRUN_NOMEM;
  if (a->text.len == 0)
    return trouble(k, SR_PART_BROKEN, "the line holds an empty word");
  if (a->trouble != NULL)
    return trouble(k, SR_PART_BROKEN, a->trouble);
  add_value(k, a->text);
  return SYMRUN_OK;
}


/* How many words after an option that the table lacks may be its values.  One
   that has its value behind "=" takes no other, except where options are not
   spelled so. */
static unsigned may_swallow (const Reader *R, const sr_Link *L, sr_Str word) {
  bool apple = !R->driver && L->flavour.dialect == SR_DIALECT_APPLE;
  if (!R->driver && L->flavour.dialect == SR_DIALECT_MSVC) return 0;
  if (is(word, "--")) return ALWAYS;
  if (memchr(word.ptr, '=', word.len) != NULL
      && (!apple || word.ptr[1] == '-')) return 0;
  return apple ? SR_MOST_VALUES : 1;
}


static int take_strange (Both *B, Reader *R, uint32_t atom, const char *why) {
  sr_Link *L = B->L;
  sr_Known *k = add_part(L, R, atom);
  unsigned n;
  if (k == NULL) return SYMRUN_NOMEM;
  n = may_swallow(R, L, k->part.text);
  k->swallow = n;
  if (n > R->doubt) R->doubt = n;
  return trouble(k, SR_PART_STRANGE, sr_arena_format(L->S, &L->arena,
    "the option %s %s", shown(L, k->part.text), why));
}


/* The linker's name for what a driver's option does, where both have it. */
static const char *shared_name (const Both *B, sr_Str word, const sr_Match *m) {
  sr_Match other;
  if (m->row->role == SR_OPT_NONE
      || sr_table_match(B->linker.table, &B->L->arena, word, B->linker.by,
                        &other) != SYMRUN_OK) return m->name;
  return other.row->role == m->row->role ? other.name : m->name;
}


static int take_option (Both *B, Reader *R, uint32_t atom, const sr_Match *m) {
  sr_Known *k = add_part(B->L, R, atom);
  uint32_t part = (uint32_t)B->L->nparts - 1;
  if (k == NULL) return SYMRUN_NOMEM;
  k->row = m->row;
  k->part.role = (sr_LinkRole)m->row->role;
  k->part.kind = kind_of(k->part.role);
  k->part.name = R->driver ? shared_name(B, k->part.text, m) : m->name;
  k->other = m->other;
  if (m->other != SR_OPT_NONE) {  /* one of two options, and nobody knows */
    k->part.role = SR_OPT_NONE;
    k->part.kind = SR_PART_OPTION;
    k->part.name = NULL;
  }
  if (m->value > 0) {
    sr_Str value = {k->part.text.ptr + m->value, k->part.text.len - m->value};
    add_value(k, value);
  }
  if (m->need == 0) return complete(B, R, part);
  R->part = part;
  R->need = m->need;
  return SYMRUN_OK;
}


static int feed (Both *B, Reader *R, uint32_t atom) {
  sr_Link *L = B->L;
  sr_Str text = L->atoms[atom].text;
  bool maybe = R->doubt > 0;
  size_t parts = L->nparts;
  sr_Match m;
  int rc;
  if (R->need > 0) return take_value(B, R, atom);
  if (maybe && R->doubt != ALWAYS) R->doubt--;
  if (!sr_table_option(R->table, text)) rc = take_input(B, R, atom);
  else {
    rc = is(text, "--") ? SYMRUN_END
       : sr_table_match(R->table, &L->arena, text, R->by, &m);
    if (rc < 0) return rc;
    if (rc == SYMRUN_OK && !m.differ) rc = take_option(B, R, atom, &m);
    else if (rc == SYMRUN_OK)
      rc = take_strange(B, R, atom, "is read differently by linkers, and "
                        "which of them this is nobody said");
    else if (text.ptr[0] == '/' && (R->by == SR_BY_LLD
             || memchr(text.ptr + 1, '/', text.len - 1) != NULL))
      rc = take_input(B, R, atom);  /* a path, and no option of MSVC */
    else rc = take_strange(B, R, atom, "is not one that is known");
  }
  if (maybe && L->nparts > parts) L->parts[parts].part.maybe = true;
  return rc;
}


/* -- two readers ------------------------------------------------------- */

static int read_text (Both *B, uint32_t text, bool driver);

/* An "@x": its words, if there is such a file.  '*done' is false if there is
   not, and the word is only itself. */
static int expand (Both *B, Reader *R, uint32_t atom, bool *done) {
  sr_Link *L = B->L;
  sr_Str path = L->atoms[atom].text;
  unsigned quoting = L->rsp_quoting;
  uint32_t text;
  sr_Known *k;
  const char *why;
  int rc;
  *done = false;
  if (path.len < 2 || path.ptr[0] != '@') return SYMRUN_OK;
  path.ptr++;
  path.len--;
  if (quoting == 0 || (R->by & (SR_BY_CLANG | SR_BY_LLD)) != R->by)
    quoting |= sr_flavour_quoting(&L->flavour, R->driver);
  rc = sr_link_text_add(L, path, atom, quoting, SR_OPT_RESPONSE,
                        (sr_Str){"", 0}, &text);
  if (rc == SYMRUN_OK) {
    *done = true;
    L->atoms[atom].expands = text;
    L->texts[text].linkers = !R->driver;
    return read_text(B, text, R->driver);
  }
  if (rc == SYMRUN_NOMEM) return rc;
  why = sr_arena_format(L->S, &L->arena, "the response file %s %s",
                        shown(L, path), L->S->message);
  if (why == NULL) return SYMRUN_NOMEM;
  L->atoms[atom].trouble = why;
  if (rc == SYMRUN_IO) return SYMRUN_OK;
  *done = true;
  if (R->need > 0) {
    R->need = 0;
    trouble(&L->parts[R->part], SR_PART_BROKEN, why);
    R->part = SR_NO_ATOM;
  }
  k = add_part(L, R, atom);
  R->doubt = ALWAYS;
  return k == NULL ? SYMRUN_NOMEM : trouble(k, SR_PART_BROKEN, why);
}


static int to_linker (Both *B, uint32_t atom) {
  bool done;
  int rc = expand(B, &B->linker, atom, &done);
  return rc != SYMRUN_OK || done ? rc : feed(B, &B->linker, atom);
}


/* "-Wl,a,b".  GCC hands on an empty piece too, clang does not. */
static int take_group (Both *B, uint32_t word) {
  sr_Link *L = B->L;
  sr_Str rest = L->all[word].text;
  int rc = SYMRUN_OK;
  bool more = true;
  L->all[word].group = true;
  rest.ptr += 4;
  rest.len -= 4;
  while (rc == SYMRUN_OK && more) {
    const char *comma = rest.len == 0 ? NULL
                      : (const char *)memchr(rest.ptr, ',', rest.len);
    sr_Str piece = rest;
    uint32_t atom;
    more = comma != NULL;
    if (more) {
      piece.len = (size_t)(comma - rest.ptr);
      rest.ptr = comma + 1;
      rest.len -= piece.len + 1;
    }
    rc = sr_link_atom_add(L, word, piece, &atom);
    if (rc == SYMRUN_OK && (piece.len > 0 || B->driver.by != SR_BY_CLANG))
      rc = to_linker(B, atom);
  }
  return rc;
}


/* Does the driver hand this on where the linker waits for a value?  Then that
   is what the linker gets. */
static bool for_linker (const Both *B, sr_Str text) {
  if (B->linker.need == 0) return false;
  if (!sr_table_option(B->driver.table, text)) return true;
  return text.len > 2 && text.ptr[1] == 'l';
}


/* Clang hands -z and -e on where they stand, GCC before all else: where the
   linker waits, nobody knows what it gets. */
static void interrupt (Both *B, sr_Str text) {
  sr_Link *L = B->L;
  sr_Match m;
  if (B->linker.need == 0 || (B->driver.by & SR_BY_CLANG) == 0
      || sr_table_match(B->driver.table, &L->arena, text, B->driver.by, &m)
         != SYMRUN_OK
      || (m.row->role != SR_OPT_Z && m.row->role != SR_OPT_ENTRY)) return;
  trouble(&L->parts[B->linker.part], SR_PART_BROKEN, "an option behind -Wl is "
          "parted from its value by one that clang hands on as well");
  B->linker.part = SR_NO_ATOM;
  B->linker.need = 0;
}


/* A setting is no input, and "-s" before it does not strip. */
static int take_setting (Both *B, uint32_t atom, bool *done) {
  sr_Link *L = B->L;
  sr_Str text = L->atoms[atom].text, joined = {text.ptr + 2, 0};
  sr_Known *k = L->nparts > 0 ? &L->parts[L->nparts - 1] : NULL;
  *done = true;
  if (text.len > 2 && memcmp(text.ptr, "-s", 2) == 0) {
    joined.len = text.len - 2;
    if (sr_is_setting(joined)) {
      k = add_part(L, &B->driver, atom);
      if (k == NULL) return SYMRUN_NOMEM;
      k->part.kind = SR_PART_OPTION;
      k->part.name = "-s";
      add_value(k, joined);
      return SYMRUN_OK;
    }
  }
  *done = k != NULL && k->part.driver && k->part.natoms == 1
       && is(k->part.text, "-s") && sr_is_setting(text);
  if (!*done) return SYMRUN_OK;
  k->part.role = SR_OPT_NONE;
  k->part.name = "-s";
  L->atoms[atom].part = (uint32_t)L->nparts - 1;
  k->part.atoms[k->part.natoms++] = atom;
  add_value(k, text);
  return SYMRUN_OK;
}


static int driver_word (Both *B, uint32_t word) {
  sr_Link *L = B->L;
  sr_Str text = L->all[word].text;
  uint32_t atom;
  bool done = false, waits = B->driver.need > 0;
  int rc;
  if (!waits && B->flag == SR_NO_ATOM && text.len >= 4
      && memcmp(text.ptr, "-Wl,", 4) == 0) return take_group(B, word);
  rc = sr_link_atom_add(L, word, text, &atom);
  if (rc == SYMRUN_OK) rc = expand(B, &B->driver, atom, &done);
  if (rc != SYMRUN_OK || done) return rc;  /* first of all, wherever it is */
  if (B->flag != SR_NO_ATOM) {
    L->all[word].flag = B->flag;
    B->flag = SR_NO_ATOM;
    return to_linker(B, atom);
  }
  if (!waits && is(text, "-Xlinker")) {
    B->flag = word;
    return SYMRUN_OK;
  }
  if (!waits && for_linker(B, text)) return feed(B, &B->linker, atom);
  if (!waits) interrupt(B, text);
  if (!waits && B->driver.doubt == 0 && sr_is_emcc(L->words[0])) {
    rc = take_setting(B, atom, &done);
    if (rc != SYMRUN_OK || done) return rc;
  }
  return feed(B, &B->driver, atom);
}


/* "-flavor X", first of all, is LLD's, whatever it is then. */
static int read_flavor (Both *B, uint32_t *from) {
  sr_Link *L = B->L;
  sr_Known *k;
  uint32_t atom;
  int rc;
  if (L->driver != NULL || (L->flavour.linker & SR_BY_LLD) == 0
      || L->nwords < 3 || !is(L->words[1], "-flavor")) return SYMRUN_OK;
  rc = sr_link_atom_add(L, 1, L->words[1], &atom);
  if (rc != SYMRUN_OK) return rc;
  k = add_part(L, &B->linker, atom);
  if (k == NULL) return SYMRUN_NOMEM;
  k->part.kind = SR_PART_OPTION;
  k->part.role = SR_OPT_FLAVOR;
  k->part.name = "-flavor";
  rc = sr_link_atom_add(L, 2, L->words[2], &atom);
  if (rc != SYMRUN_OK) return rc;
  L->atoms[atom].part = 0;
  k->part.atoms[k->part.natoms++] = atom;
  add_value(k, L->words[2]);
  *from = 3;
  return SYMRUN_OK;
}


/* The words of a text, for the driver or for the linker. */
static int read_text (Both *B, uint32_t text, bool driver) {
  sr_Link *L = B->L;
  uint32_t i = text == 0 ? 1 : 0, n = L->texts[text].nwords;
  int rc = text == 0 ? read_flavor(B, &i) : SYMRUN_OK;
  for (; i < n && rc == SYMRUN_OK; i++) {
    uint32_t word = L->texts[text].word + i, atom;
    if (driver && L->driver != NULL) rc = driver_word(B, word);
    else {
      rc = sr_link_atom_add(L, word, L->all[word].text, &atom);
      if (rc == SYMRUN_OK) rc = to_linker(B, atom);
    }
  }
  return rc;
}


/* The line is over: who still waits? */
static int at_end (Both *B, const Reader *R) {
  sr_Link *L = B->L;
  sr_Known *k;
  if (R->need == 0) return SYMRUN_OK;
  k = &L->parts[R->part];
  return trouble(k, SR_PART_BROKEN, sr_arena_format(L->S, &L->arena,
    "the option %s lacks its value", shown(L, k->part.text)));
}


static int flag_at_end (Both *B) {
  sr_Known *k;
  uint32_t atom;
  if (B->flag == SR_NO_ATOM) return SYMRUN_OK;
  atom = B->L->all[B->flag].atom;
  k = add_part(B->L, &B->driver, atom);
  return k == NULL ? SYMRUN_NOMEM
       : trouble(k, SR_PART_BROKEN, "the option -Xlinker lacks its value");
}


static int add_tables (sr_Link *L) {
  static const sr_Row *const rows[] = {
    sr_gnu_rows, sr_apple_rows, sr_msvc_rows, sr_wasm_rows
  };
  sr_Table *driver = NULL, *linker;
  const sr_Flavour *F = &L->flavour;
  int rc = sr_table_new(L->S, &L->arena, rows[F->dialect], F->dialect, false,
                        &linker);
  if (rc == SYMRUN_OK && F->driver != 0)
    rc = sr_table_new(L->S, &L->arena, sr_driver_rows, F->dialect, true,
                      &driver);
  if (rc != SYMRUN_OK) return rc;
  L->driver = driver;
  L->linker = linker;
  return SYMRUN_OK;
}


int sr_link_parse (sr_Link *L) {
  Both B;
  int rc;
  L->ntexts = L->nall = L->natoms = L->nparts = L->bytes = 0;
  memset(&B, 0, sizeof B);
  B.L = L;
  B.flag = B.driver.part = B.linker.part = SR_NO_ATOM;
  rc = add_tables(L);
  if (rc == SYMRUN_OK) rc = sr_link_line_add(L);
  if (rc != SYMRUN_OK) return rc;
  B.driver.table = L->driver;
  B.driver.driver = true;
  B.driver.by = L->flavour.driver;
  if (L->flavour.dialect == SR_DIALECT_APPLE)
    B.driver.by |= SR_BY_CLANG;  /* GCC has these options there too */
  B.linker.table = L->linker;
  B.linker.by = L->flavour.linker;
  rc = read_text(&B, 0, true);
  if (rc == SYMRUN_OK) rc = at_end(&B, &B.driver);
  if (rc == SYMRUN_OK) rc = at_end(&B, &B.linker);
  if (rc == SYMRUN_OK) rc = flag_at_end(&B);
  return rc;
}
