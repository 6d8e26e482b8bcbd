/*
** link.c
** Links from words, their parts, and the questions that may have no answer.
*/

#include "link_inner.h"


static bool is (sr_Str s, const char *text) {
  return s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}


/* -- making ------------------------------------------------------------ */

void sr_link_free (sr_Link *L) {
  symrun *S;
  if (L == NULL) return;
  S = L->S;
  sr_delete(S, L->texts, L->rtexts * sizeof *L->texts);
  sr_delete(S, L->all, L->rall * sizeof *L->all);
  sr_delete(S, L->atoms, L->ratoms * sizeof *L->atoms);
  sr_delete(S, L->parts, L->rparts * sizeof *L->parts);
  sr_arena_free(S, &L->arena);
  sr_delete(S, L, sizeof *L);
}


static int copy_words (sr_Link *L, const sr_Str *words, size_t count) {
  size_t i;
  L->words = (sr_Str *)sr_arena_new(L->S, &L->arena,
                                    (count + 1) * sizeof *L->words);
  if (L->words == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < count; i++) {
    L->words[i].len = words[i].len;
    L->words[i].ptr = sr_arena_copy(L->S, &L->arena, words[i].ptr,
                                    words[i].len);
    if (L->words[i].ptr == NULL) return SYMRUN_NOMEM;
    if (is(words[i], "--rsp-quoting=windows"))
      L->rsp_quoting = SR_QUOTE_WINDOWS;
    if (is(words[i], "--rsp-quoting=posix")) L->rsp_quoting = SR_QUOTE_LLVM;
  }
  L->nwords = count;
  return SYMRUN_OK;
}


/* What nobody knows is read as a driver, which hands on what it does not know
   itself; all questions to it are unknown. */
static void choose_flavour (sr_Link *L) {
  const sr_Flavour *F = L->given.flavour;
  L->flavour_given = F != NULL;
  if (F == NULL && L->nwords > 0) F = sr_flavour_of_program(L->words[0]);
  if (F != NULL && F->driver == 0 && F->linker == SR_BY_LLD
      && L->nwords > 2 && is(L->words[1], "-flavor")) {
    const sr_Flavour *flag = sr_flavour_flag(L->words[2]);
    if (flag != NULL) F = flag;
  }
  L->flavour = F != NULL ? *F : *sr_flavour_at(0);
  if (F == NULL) {
    L->flavour.known = false;
    L->flavour.name = "unknown";
  }
}


int sr_link_new (symrun *S, const sr_Str *words, size_t count,
                 const sr_LinkGiven *given, sr_Link **out) {
  sr_Link *L = (sr_Link *)sr_new(S, sizeof *L);
  int rc;
  if (L == NULL) return SYMRUN_NOMEM;
  L->S = S;
  if (given != NULL) L->given = *given;
  rc = copy_words(L, words, count);
  if (rc == SYMRUN_OK) {
    choose_flavour(L);
    rc = sr_link_parse(L);
  }
  if (rc == SYMRUN_OK && sr_link_refine(L)) rc = sr_link_parse(L);
  if (rc == SYMRUN_OK) rc = sr_link_state(L);
  if (rc != SYMRUN_OK) {
    sr_link_free(L);
    return rc;
  }
  *out = L;
  return SYMRUN_OK;
}


/* -- parts ------------------------------------------------------------- */

const sr_Flavour *sr_link_flavour (const sr_Link *L) { return &L->flavour; }

size_t sr_link_parts (const sr_Link *L) { return L->nparts; }


size_t sr_link_words (const sr_Link *L, const sr_Str **out) {
  *out = L->words;
  return L->nwords;
}


const sr_LinkPart *sr_link_part (const sr_Link *L, size_t i) {
  return i < L->nparts ? &L->parts[i].part : NULL;
}


const char *sr_link_trouble (const sr_Link *L, size_t part) {
  return part < L->nparts ? L->parts[part].trouble : NULL;
}


const sr_LinkText *sr_link_text (const sr_Link *L, size_t i) {
  return i < L->ntexts ? &L->texts[i].told : NULL;
}


const sr_LinkPart *sr_link_role (const sr_Link *L, sr_LinkRole role,
                                 size_t *i) {
  for (; *i < L->nparts; ++*i)
    if (L->parts[*i].part.role == role) return &L->parts[*i].part;
  return NULL;
}


typedef struct Wanted {  /* an option that is looked for */
  sr_Str name, value;    /* "-z", "now"; 'ptr' NULL: with any value */
  const char *theirs, *drivers;  /* how the tables have it, or NULL */
} Wanted;

/* Options that have two names, which no table can tell, as the tables have
   each. */
static const struct { const char *name, *value; } twins[][2] = {
  {{"--no-undefined", ""}, {"-z", "defs"}},
  {{"--allow-multiple-definition", ""}, {"-z", "muldefs"}},
  {{"--export-dynamic", ""}, {"-rdynamic", ""}},
  {{"--Bsymbolic", ""}, {"-symbolic", ""}}
};


static bool folds (const sr_Link *L) {
  return L->flavour.dialect == SR_DIALECT_MSVC;
}


static void want (const sr_Link *L, sr_Str text, Wanted *out) {
  const char *blank = (const char *)memchr(text.ptr, ' ', text.len);
  memset(out, 0, sizeof *out);
  out->name = text;
  if (blank != NULL) {
    out->value.ptr = blank + 1;
    out->value.len = text.len - (size_t)(blank + 1 - text.ptr);
    out->name.len = (size_t)(blank - text.ptr);
  }
  sr_table_named(L->linker, out->name, L->flavour.linker, &out->theirs);
  if (L->driver != NULL)
    sr_table_named(L->driver, out->name, L->flavour.driver, &out->drivers);
}


static bool has_name (const sr_Link *L, const sr_LinkPart *p,
                      const Wanted *w) {
  bool plain = w->name.len > 0 && *w->name.ptr != '-';
  return (plain && sr_same_option(p->name, w->name, folds(L)))
      || is(w->name, p->name)
      || (w->theirs != NULL && strcmp(p->name, w->theirs) == 0)
      || (w->drivers != NULL && p->driver && strcmp(p->name, w->drivers) == 0);
}


/* Where names have no case, words that are the linker's own have none either;
   symbols do.  /FORCE alone is all that it may be. */
static bool has_value (const sr_Link *L, const sr_LinkPart *p, sr_Str value) {
  bool own = p->role == SR_OPT_UNRESOLVED || p->role == SR_OPT_GC
          || p->role == SR_OPT_SUBSYSTEM || p->role == SR_OPT_TARGET;
  char text[32];
  if (value.ptr == NULL) return true;
  if (p->nvalues == 0) return folds(L) && p->role == SR_OPT_UNRESOLVED;
  if (!folds(L) || !own || value.len >= sizeof text)
    return p->values[0].len == value.len
        && memcmp(p->values[0].ptr, value.ptr, value.len) == 0;
  memcpy(text, value.ptr, value.len);
  text[value.len] = '\0';
  return sr_same_option(text, p->values[0], true);
}


static bool same (const char *name, const char *other) {
  return name != NULL && strcmp(name, other) == 0;
}


/* The other name of an option, if it has one. */
static bool find_twin (const sr_Link *L, const Wanted *w, Wanted *out) {
  size_t i, k;
  if (L->flavour.dialect != SR_DIALECT_GNU) return false;
  for (i = 0; i < sizeof twins / sizeof *twins; i++)
    for (k = 0; k < 2; k++) {
      const char *value = twins[i][k].value, *other = twins[i][1 - k].value;
      if ((!same(w->theirs, twins[i][k].name)
           && !same(w->drivers, twins[i][k].name))
          || w->value.len != strlen(value)
          || memcmp(w->value.ptr != NULL ? w->value.ptr : "", value,
                    w->value.len) != 0) continue;
      memset(out, 0, sizeof *out);
      out->name.ptr = out->theirs = out->drivers = twins[i][1 - k].name;
      out->name.len = strlen(out->name.ptr);
      out->value.ptr = *other != '\0' ? other : NULL;
      out->value.len = strlen(other);
      return true;
    }
  return false;
}


const sr_LinkPart *sr_link_named (const sr_Link *L, sr_Str name, size_t *i) {
  Wanted wanted, twin;
  bool two;
  want(L, name, &wanted);
  two = find_twin(L, &wanted, &twin);
  for (; *i < L->nparts; ++*i) {
    const sr_LinkPart *p = &L->parts[*i].part;
    if (p->name == NULL) continue;
    if ((has_name(L, p, &wanted) && has_value(L, p, wanted.value))
        || (two && has_name(L, p, &twin) && has_value(L, p, twin.value)))
      return p;
  }
  return NULL;
}


/* -- questions --------------------------------------------------------- */

static const char *shown (char out[256], sr_Str s) {
  sr_printable(out, 256, s.ptr, s.len);
  return out;
}


static int unknown_flavour (const sr_Link *L) {
  char name[256];
  if (L->flavour.known) return SYMRUN_OK;
  if (L->nwords == 0)
    return sr_fail(L->S, SYMRUN_UNKNOWN, "the line is empty");
  return sr_fail(L->S, SYMRUN_UNKNOWN, "%s is no linker that is known; say "
                 "which it is like", shown(name, L->words[0]));
}


/* The strange option before a part, of which that may be a value. */
static const sr_Known *before (const sr_Link *L, size_t part) {
  while (part-- > 0)
    if (L->parts[part].trouble != NULL) return &L->parts[part];
  return &L->parts[0];
}


static int in_doubt (const sr_Link *L, size_t part) {
  char word[256];
  const sr_Known *k = before(L, part);
  return sr_fail(L->S, SYMRUN_UNKNOWN, "%s, so %s may be its value",
                 k->trouble != NULL ? k->trouble : "an option is not known",
                 shown(word, L->parts[part].part.text));
}


/* Would it matter if the part were the value of an option before it? */
static bool matters (const sr_LinkPart *p) {
  return p->kind != SR_PART_OPTION || p->role != SR_OPT_NONE || p->natoms > 1;
}


int sr_link_sure (const sr_Link *L) {
  size_t i;
  int rc = unknown_flavour(L);
  if (rc != SYMRUN_OK) return rc;
  for (i = 0; i < L->nparts; i++) {
    const sr_Known *k = &L->parts[i];
    char word[256];
    if (k->part.kind == SR_PART_BROKEN)
      return sr_fail(L->S, SYMRUN_UNKNOWN, "%s", k->trouble);
    if (k->part.maybe && matters(&k->part)) return in_doubt(L, i);
    if (k->part.role == SR_OPT_OPAQUE)
      return sr_fail(L->S, SYMRUN_UNKNOWN, "%s brings what cannot be read",
                     shown(word, k->part.text));
  }
  return SYMRUN_OK;
}


int sr_link_sure_of (const sr_Link *L, sr_LinkRole role) {
  size_t i;
  int rc = unknown_flavour(L);
  if (rc != SYMRUN_OK) return rc;
  for (i = 0; i < L->nparts; i++) {
    const sr_Known *k = &L->parts[i];
    const sr_LinkPart *p = &k->part;
    char word[256];
    bool last = p->natoms > 1
      && sr_table_option(L->linker, L->atoms[p->atoms[p->natoms - 1]].text);
    if (p->kind == SR_PART_BROKEN
        && (p->role == SR_OPT_NONE || p->role == role))
      return sr_fail(L->S, SYMRUN_UNKNOWN, "%s", k->trouble);
    if (p->maybe && (p->role == role || last)) return in_doubt(L, i);
    if (k->other != SR_OPT_NONE
        && (k->other == role || k->row->role == (unsigned char)role))
      return sr_fail(L->S, SYMRUN_UNKNOWN, "%s is read differently by linkers, "
                     "and which of them this is nobody said",
                     shown(word, p->text));
    if (p->role == SR_OPT_OPAQUE)
      return sr_fail(L->S, SYMRUN_UNKNOWN, "%s brings what cannot be read",
                     shown(word, p->text));
    if (p->kind == SR_PART_STRANGE && sr_table_short(L->linker, p->text, role))
      return sr_fail(L->S, SYMRUN_UNKNOWN, "%s, and may be short for one that "
                     "is", k->trouble);
  }
  return SYMRUN_OK;
}


/* A driver makes a header ready to be included, and links nothing.  'language'
   is what the last -x said, or NULL. */
static bool is_header (const sr_LinkPart *p, const sr_Str *language) {
  static const char *const ends[] = {
    ".h", ".hh", ".hp", ".hpp", ".hxx", ".HPP", ".H", ".h++", ".tcc"
  };
  sr_Str name = p->values[0];
  size_t i;
  if (!p->driver || p->nvalues == 0) return false;
  if (language != NULL && !is(*language, "none"))
    return sr_str_holds(*language, "-header");
  for (i = 0; i < sizeof ends / sizeof *ends; i++) {
    size_t n = strlen(ends[i]);
    if (name.len > n && memcmp(name.ptr + name.len - n, ends[i], n) == 0)
      return true;
  }
  return false;
}


int sr_link_links (const sr_Link *L) {
  bool any = false, broken = false;
  const sr_Str *language = NULL;
  size_t i;
  int rc;
  for (i = 0; i < L->nparts; i++) {
    const sr_LinkPart *p = &L->parts[i].part;
    if (p->role == SR_OPT_NO_LINK && !p->maybe) return 0;
    if (p->role == SR_OPT_LANGUAGE && p->nvalues > 0) language = &p->values[0];
    if ((p->kind == SR_PART_INPUT && !is_header(p, language))
        || p->kind == SR_PART_LIBRARY || p->role == SR_OPT_SCRIPT)
      any |= !p->maybe;
    broken |= p->kind == SR_PART_BROKEN;
  }
  rc = sr_link_sure_of(L, SR_OPT_NO_LINK);
  if (rc != SYMRUN_OK) return rc;
  if (any && !broken) return 1;
  rc = sr_link_sure(L);
  return rc != SYMRUN_OK ? rc : any;
}


bool sr_link_mingw (const sr_Link *L) {
  size_t i;
  for (i = 0; i < L->nparts; i++) {
    const sr_LinkPart *p = &L->parts[i].part;
    sr_Str v = p->nvalues > 0 ? p->values[0] : p->text;
    if (p->role != SR_OPT_EMULATION && p->role != SR_OPT_TARGET) continue;
    if (sr_str_holds(v, "mingw") || sr_str_holds(v, "windows")
        || (p->role == SR_OPT_EMULATION && sr_str_holds(v, "pe"))) return true;
  }
  return L->nwords > 0 && sr_str_holds(sr_program_name(L->words[0]),
                                       "mingw");
}


int sr_link_output (const sr_Link *L, sr_Str *out) {
  const sr_LinkPart *p = NULL;
  size_t i;
  int rc = sr_link_sure_of(L, SR_OPT_OUTPUT);
  if (rc != SYMRUN_OK) return rc;
  for (i = 0; i < L->nparts; i++)
    if (L->parts[i].part.role == SR_OPT_OUTPUT) p = &L->parts[i].part;
  if (p != NULL) {
    *out = p->values[0];
    return SYMRUN_OK;
  }
  if (L->flavour.dialect == SR_DIALECT_MSVC
      || (L->flavour.dialect == SR_DIALECT_WASM && L->flavour.driver == 0)
      || sr_link_mingw(L))
    return sr_fail(L->S, SYMRUN_UNKNOWN, "the line names no output");
  out->ptr = "a.out";
  out->len = 5;
  return SYMRUN_OK;
}
