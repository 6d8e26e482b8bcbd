/*
** told.c
** What the readers of texts told: .tbd stubs, and linker scripts that stand in
** place of libraries.  These readers are written in Lua, so a text is read
** once, whole, and its words are kept: asking for them is for any thread, and
** reading it is not.  One word is kept once, however many targets it is for.
*/

#include "facts.h"

#define MOST  ((uint64_t)64 << 20)  /* bytes of a text; SDKs have a few of 4 */

/* What words are; 'field' is of a fact.  Of a symbol that is exported to some
   versions of the system, SOMETIMES, nobody knows; words to linkers, ASIDE, and
   what they add, ADDED, are symbols in the text alone, or everywhere else. */
enum { TARGET, SYMBOL, SOMETIMES, ASIDE, ADDED, ELSEWHERE, HAS_RPATHS, FACT };

static const struct {
  const char *name;
  unsigned char is;
  unsigned char binding, type, place;  /* of a symbol */
  sr_FactKind fact;
  const char *field;
} kinds[] = {
  {"target", TARGET, 0, 0, 0, 0, NULL},
  {"export", SYMBOL, SR_GLOBAL, SR_NOTYPE, SR_DEFINED, 0, NULL},
  {"weak", SYMBOL, SR_WEAK, SR_NOTYPE, SR_DEFINED, 0, NULL},
  {"thread-local", SYMBOL, SR_GLOBAL, SR_TLS, SR_DEFINED, 0, NULL},
  {"sometimes", SOMETIMES, SR_GLOBAL, SR_NOTYPE, SR_DEFINED, 0, NULL},
  {"directive", ASIDE, SR_GLOBAL, SR_NOTYPE, SR_DEFINED, 0, NULL},
  {"added", ADDED, SR_GLOBAL, SR_NOTYPE, SR_DEFINED, 0, NULL},
  {"want", SYMBOL, SR_GLOBAL, SR_NOTYPE, SR_UNDEFINED, 0, NULL},
  {"weak-want", SYMBOL, SR_WEAK, SR_NOTYPE, SR_UNDEFINED, 0, NULL},
  {"elsewhere", ELSEWHERE, 0, 0, 0, 0, NULL},
  {"has-rpaths", HAS_RPATHS, 0, 0, 0, 0, NULL},
  {"soname", FACT, 0, 0, 0, SR_FACT_SONAME, "soname"},
  {"reexport", FACT, 0, 0, 0, SR_FACT_NEEDED, "reexport"},
  {"rpath", FACT, 0, 0, 0, SR_FACT_RUN_PATHS, "rpath"},
  {"uuid", FACT, 0, 0, 0, SR_FACT_BUILD_ID, "uuid"},
  {"machine", FACT, 0, 0, 0, SR_FACT_TARGET, "machine"},
  {"bits", FACT, 0, 0, 0, SR_FACT_TARGET, "bits"},
  {"endian", FACT, 0, 0, 0, SR_FACT_TARGET, "endian"},
  {"os", FACT, 0, 0, 0, SR_FACT_TARGET, "os"},
  {"abi", FACT, 0, 0, 0, SR_FACT_TARGET, "abi"},
  {"input", FACT, 0, 0, 0, SR_FACT_INPUTS, "input"}
};

#define KINDS  (sizeof kinds / sizeof *kinds)


/* -- reading --------------------------------------------------------------- */

void sr_told_free (sr_Told *T) {
  if (T == NULL) return;
  sr_delete(T->S, T->words, T->room * sizeof *T->words);
  sr_arena_free(T->S, &T->arena);
  sr_delete(T->S, T, sizeof *T);
}


static int hear (void *ud, const char *kind, uint64_t targets, sr_Str word,
                 char letter) {
  sr_Told *T = (sr_Told *)ud;
  size_t i = 0;
  char *text;
  int rc;
  while (i < KINDS && strcmp(kinds[i].name, kind) != 0) i++;
  if (i == KINDS || word.len >= UINT32_MAX)
    return sr_fail(T->S, SYMRUN_UNKNOWN, "has a text that is not understood");
  rc = sr_room(T->S, &T->words, &T->room, T->count, sizeof *T->words);
  if (rc != SYMRUN_OK) return rc;
  text = (char *)sr_arena_new(T->S, &T->arena, word.len + 2);
  if (text == NULL) return SYMRUN_NOMEM;
  text[0] = '\1';
  memcpy(text + 1, word.ptr, word.len);
  text[word.len + 1] = '\0';
  T->words[T->count].targets = targets;
  T->words[T->count].text = text;
  T->words[T->count].len = (uint32_t)word.len;
  T->words[T->count].kind = (unsigned char)i;
  T->words[T->count++].letter = letter;
  return SYMRUN_OK;
}


static int read_text (symrun *S, sr_Format f, const sr_Part *part,
                      sr_Told *T) {
  sr_Str bytes;
  if (S->text == NULL)
    return sr_fail(S, SYMRUN_UNKNOWN, "is %s, and what reads such texts is not "
                   "here", sr_format_prose(f));
  if (part->size > MOST)
    return sr_fail(S, SYMRUN_UNKNOWN, "is %s of %llu bytes, and none of more "
                   "than %llu is read", sr_format_prose(f),
                   (unsigned long long)part->size, (unsigned long long)MOST);
  bytes.len = (size_t)part->size;
  bytes.ptr = (const char *)sr_look(S, part->reader, SR_MORE, part->offset,
                                    bytes.len, bytes.len);
  if (bytes.ptr == NULL) return S->code;
  return S->text(S, sr_format_name(f), bytes, hear, T);
}


int sr_told_new (symrun *S, sr_Format f, const sr_Part *part, sr_Told **out) {
  sr_Told *T = (sr_Told *)sr_new(S, sizeof *T);
  int rc;
  *out = NULL;
  if (T == NULL) return SYMRUN_NOMEM;
  T->S = S;
  rc = read_text(S, f, part, T);
  if (rc == SYMRUN_OK) *out = T;
  else sr_told_free(T);
  return rc;
}


const char *sr_told_target (const sr_Told *T, uint64_t bit) {
  size_t i;
  for (i = 0; i < T->count; i++)
    if (kinds[T->words[i].kind].is == TARGET && T->words[i].targets == bit)
      return T->words[i].text + 1;
  return NULL;
}


/* -- symbols --------------------------------------------------------------- */

static bool is_asked (const sr_Word *w, const sr_Ask *ask) {
  bool wanted = kinds[w->kind].place == SR_UNDEFINED;
  switch (kinds[w->kind].is) {
    case SYMBOL: case SOMETIMES: break;
    case ASIDE: if (!ask->raw) return false; break;
    case ADDED: if (ask->raw) return false; break;
    default: return false;
  }
  return (ask->want & (wanted ? SR_WANT_UNDEFINED : SR_WANT_DEFINED)) != 0;
}


/* Names are those of Mach-O: what the source has, behind an underscore, or
   marked. */
static int tell (const sr_Word *w, sr_Ask *ask) {
  const char *s = w->text + 1;
  bool strip = !ask->raw && s[0] == '_' && (w->len == 1 || s[1] != '\1');
  bool marked = !ask->raw && !strip;
  sr_Symbol sym;
  ask->seen++;
  memset(&sym, 0, sizeof sym);
  sym.name = marked ? w->text : s + strip;
  sym.len = w->len + marked - strip;
  if (ask->glob != NULL && !sr_glob_match(ask->glob, sym.name, sym.len))
    return SYMRUN_OK;
  sym.binding = kinds[w->kind].binding;
  sym.type = kinds[w->kind].type;
  sym.place = kinds[w->kind].place;
  sym.letter = w->letter;
  if (!ask->raw && kinds[w->kind].is != SYMBOL) {
    sym.binding = SR_BINDING_OTHER;
    sym.visibility = SR_SOMETIMES;
  }
  return ask->each(ask->ud, &sym);
}


static int elsewhere (symrun *S, const sr_Part *part, const sr_Word *w) {
  char shown[256];
  sr_printable(shown, sizeof shown, w->text + 1, w->len);
  sr_fail(S, SYMRUN_UNKNOWN, "also exports all that %s exports, which only "
          "that one can tell", shown);
  S->fault.offset = part->offset;
  S->fault.field = "reexported-libraries";
  return SYMRUN_UNKNOWN;
}


/* A stub has one table.  In the view 'dynamic', as in that of a library, what
   it re-exports from others is missing. */
int sr_told_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  const sr_Told *T = part->told;
  const sr_Word *other = NULL;
  size_t i;
  int rc = SYMRUN_OK;
  if (T == NULL || part->target == 0) {
    sr_fail(S, SYMRUN_UNKNOWN, "is a .tbd stub where none is read: it must be "
            "a file, and is asked target by target");
    S->fault.offset = part->offset;
    S->fault.field = "magic";
    return SYMRUN_UNKNOWN;
  }
  for (i = 0; i < T->count && rc == SYMRUN_OK; i++) {
    const sr_Word *w = &T->words[i];
    if (!(w->targets & part->target)) continue;
    if (kinds[w->kind].is == ELSEWHERE && other == NULL) other = w;
    if (is_asked(w, ask)) rc = tell(w, ask);
  }
  return rc == SYMRUN_OK && other != NULL && ask->view == SR_DYNAMIC
         && ask->want & SR_WANT_DEFINED ? elsewhere(S, part, other) : rc;
}


/* -- facts ----------------------------------------------------------------- */

static int tell_fact (const sr_Word *w, const sr_FactAsk *ask) {
  const char *field = kinds[w->kind].field;
  uint64_t n = 0;
  uint32_t i;
  if (strcmp(field, "bits") != 0)
    return sr_fact_text(ask, field, w->text + 1, w->len);
  for (i = 1; i <= w->len; i++) n = n * 10 + (unsigned char)(w->text[i] - '0');
  return sr_fact_number(ask, field, n);
}


/* '*any': there are some, or it is certain that there are none. */
static int tell_facts (const sr_Part *part, const sr_FactAsk *ask, bool *any) {
  const sr_Told *T = part->told;
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < T->count && rc == SYMRUN_OK; i++) {
    const sr_Word *w = &T->words[i];
    if (part->target != 0 && !(w->targets & part->target)) continue;
    *any |= kinds[w->kind].is == HAS_RPATHS && ask->what == SR_FACT_RUN_PATHS;
    if (kinds[w->kind].is != FACT || kinds[w->kind].fact != ask->what) continue;
    *any = true;
    rc = tell_fact(w, ask);
  }
  return rc;
}


/* Stubs leave out what linkers do not read, and say of run paths since their
   fifth version.  Of all targets together only the name is one. */
int sr_told_facts (symrun *S, sr_Format f, const sr_Part *part,
                   sr_FactAsk *ask) {
  bool whole = f == SR_TBD && part->target == 0 && ask->what != SR_FACT_SONAME;
  bool any = f == SR_SCRIPT ? ask->what == SR_FACT_INPUTS
           : ask->what == SR_FACT_NEEDED || ask->what == SR_FACT_INTERPRETER;
  int rc = SYMRUN_OK;
  if (part->told != NULL && !whole) rc = tell_facts(part, ask, &any);
  if (part->told != NULL && !whole && any) return rc;
  sr_fail(S, SYMRUN_UNKNOWN, whole
          ? "is %s, and its %s must be asked of one of its targets"
          : "is %s, and its %s cannot be told",
          sr_format_prose(f), sr_fact_prose(ask->what));
  S->fault.offset = part->offset;
  S->fault.field = "magic";
  return SYMRUN_UNKNOWN;
}
