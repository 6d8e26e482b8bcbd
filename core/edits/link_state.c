/*
** link_state.c
** What holds where a part stands, and what a line tells of its own readers.
*/

#include "link_inner.h"


static bool is (sr_Str s, const char *text) {
  return s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}


/* -- state ------------------------------------------------------------- */

typedef struct State {
  unsigned bits, group, groups;
  unsigned *saved;    /* of --push-state */
  size_t depth;
} State;


static void set (State *s, unsigned bit, bool on) {
  s->bits = on ? s->bits | bit : s->bits & ~bit;
}


static void change (State *s, sr_LinkRole role) {
  switch (role) {
    case SR_OPT_WHOLE: case SR_OPT_NO_WHOLE:
      set(s, SR_IN_WHOLE, role == SR_OPT_WHOLE);
      break;
    case SR_OPT_LAZY: case SR_OPT_END_LAZY:
      set(s, SR_IN_LAZY, role == SR_OPT_LAZY);
      break;
    case SR_OPT_AS_NEEDED: case SR_OPT_NO_AS_NEEDED:
      set(s, SR_IN_AS_NEEDED, role == SR_OPT_AS_NEEDED);
      break;
    case SR_OPT_BSTATIC: case SR_OPT_BDYNAMIC:
      set(s, SR_IN_STATIC, role == SR_OPT_BSTATIC);
      break;
    case SR_OPT_GROUP:
      set(s, SR_IN_GROUP, true);
      s->group = ++s->groups;
      break;
    case SR_OPT_END_GROUP:
      set(s, SR_IN_GROUP, false);
      s->group = 0;
      break;
    case SR_OPT_PUSH:
      s->saved[s->depth++] = s->bits;
      break;
    case SR_OPT_POP:
      if (s->depth > 0)
        s->bits = (s->saved[--s->depth] & ~(unsigned)SR_IN_GROUP)
                | (s->bits & SR_IN_GROUP);
      break;
    default:
      break;
  }
}


/* What holds from the first word on, wherever it stands: a driver puts its
   -static first; -all_load and /WHOLEARCHIVE are for the whole line. */
static unsigned at_start (const sr_Link *L) {
  bool everywhere = L->flavour.dialect == SR_DIALECT_APPLE
                 || L->flavour.dialect == SR_DIALECT_MSVC;
  unsigned bits = 0;
  size_t i;
  for (i = 0; i < L->nparts; i++) {
    const sr_LinkPart *p = &L->parts[i].part;
    if (p->driver && (p->role == SR_OPT_STATIC || p->role == SR_OPT_STATIC_PIE))
      bits |= SR_IN_STATIC;
    if (everywhere && p->role == SR_OPT_WHOLE) bits |= SR_IN_WHOLE;
  }
  return bits;
}


int sr_link_state (sr_Link *L) {
  State s;
  size_t i;
  memset(&s, 0, sizeof s);
  s.bits = at_start(L);
  s.saved = (unsigned *)sr_arena_new(L->S, &L->arena,
                                     (L->nparts + 1) * sizeof *s.saved);
  if (s.saved == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < L->nparts; i++) {
    sr_LinkPart *p = &L->parts[i].part;
    if (p->kind == SR_PART_OPTION) change(&s, p->role);
    p->state = s.bits;
    p->group = s.group;
    if (p->role == SR_OPT_FORCE_LOAD) p->state |= SR_IN_WHOLE;
  }
  return SYMRUN_OK;
}


/* -- values ------------------------------------------------------------ */

static bool is_folder (sr_Link *L, sr_Str name) {
  const sr_LinkGiven *G = &L->given;
  const char *path = sr_arena_copy(L->S, &L->arena, name.ptr, name.len);
  uint64_t size;
  if (path == NULL || (G->read != NULL && G->folder == NULL)) return false;
  if (*path != '/' && G->folder != NULL)
    path = sr_arena_format(L->S, &L->arena, "%s/%s", G->folder, path);
  return path != NULL && sr_path_what(path, &size) == SR_A_FOLDER;
}


/* "-R x": of a file BFD takes the symbols; a folder is for all of them one to
   look in when the program runs. */
void sr_link_decide (sr_Link *L, const sr_Table *T, unsigned by, sr_Known *k) {
  static const sr_Str rpath = {"rpath", 5};
  const sr_Row *row;
  if (k->row->role != SR_OPT_SYMBOLS_OF || k->part.text.ptr[1] != 'R'
      || k->part.nvalues == 0 || !is_folder(L, k->part.values[0])) return;
  row = sr_table_named(T, rpath, by, &k->part.name);
  if (row == NULL) return;
  k->row = row;
  k->part.role = (sr_LinkRole)row->role;
  k->other = SR_OPT_NONE;
}


/* -- readers ----------------------------------------------------------- */

/* Options that only Apple's compilers have. */
static bool of_apple (const sr_LinkPart *p) {
  static const char *const names[] = {
    "-arch", "-dynamiclib", "-framework", "-mmacosx-version-min",
    "-mmacos-version-min", "-miphoneos-version-min",
    "-mios-simulator-version-min", "-filelist", "-force_load",
    "-exported_symbols_list", "-install_name", "-platform_version", "-dylib",
    "-syslibroot", "-macosx_version_min"
  };
  size_t i;
  if (p->maybe || p->name == NULL) return false;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(p->name, names[i]) == 0) return true;
  return false;
}


static unsigned linkers_of (sr_Dialect dialect) {
  switch (dialect) {
    case SR_DIALECT_APPLE: return SR_BY_LD64 | SR_BY_LLD;
    case SR_DIALECT_MSVC: return SR_BY_LINK | SR_BY_LLD;
    case SR_DIALECT_WASM: return SR_BY_LLD;
    default: return SR_BY_LD;
  }
}


/* A plain "ld" is Apple's where its line begins as only that one's does. */
static sr_Dialect dialect_of_raw (const sr_Link *L) {
  static const char *const words[] = {
    "-platform_version", "-syslibroot", "-macosx_version_min", "-dylib",
    "-arch", "-dead_strip"
  };
  size_t i, k;
  for (i = 1; i < L->nwords; i++)
    for (k = 0; k < sizeof words / sizeof *words; k++)
      if (is(L->words[i], words[k])) return SR_DIALECT_APPLE;
  return SR_DIALECT_GNU;
}


static sr_Dialect dialect_of_driver (const sr_Link *L) {
  sr_Dialect out = SR_DIALECT_GNU;
  bool told = false;
  size_t i;
  if (L->nwords > 0) out = sr_dialect_of_target(sr_program_name(L->words[0]));
  if (L->flavour.dialect != SR_DIALECT_GNU) out = L->flavour.dialect;
  for (i = 0; i < L->nparts; i++) {
    const sr_LinkPart *p = &L->parts[i].part;
    if (p->role == SR_OPT_TARGET && p->nvalues > 0 && !p->maybe) {
      out = sr_dialect_of_target(p->values[0]);
      told = true;
    }
    else if (!told && out == SR_DIALECT_GNU && of_apple(p))
      out = SR_DIALECT_APPLE;
  }
  return out;
}


static unsigned linker_of_driver (const sr_Link *L, unsigned all) {
  unsigned out = all, by_path = 0;
  size_t i;
  for (i = 0; i < L->nparts; i++) {
    const sr_LinkPart *p = &L->parts[i].part;
    unsigned named;
    if (p->role != SR_OPT_USE_LD || p->nvalues == 0 || p->maybe) continue;
    named = sr_linker_named(p->values[0]) & all;
    if (named == 0) named = all;
    if (p->text.len > 2 && p->text.ptr[1] == '-') by_path = named;
    else out = named;
  }
  return by_path != 0 ? by_path : out;
}


bool sr_link_refine (sr_Link *L) {
  sr_Flavour F = L->flavour;
  if (!L->flavour_given) {
    if (F.driver != 0) F.dialect = dialect_of_driver(L);
    else if (F.linker == SR_BY_LD && F.dialect == SR_DIALECT_GNU)
      F.dialect = dialect_of_raw(L);
    if (F.dialect != L->flavour.dialect) F.linker = linkers_of(F.dialect);
  }
  if (F.driver != 0) F.linker = linker_of_driver(L, F.linker);
  if (F.dialect == L->flavour.dialect && F.linker == L->flavour.linker)
    return false;
  L->flavour = F;
  return true;
}
