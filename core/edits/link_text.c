/*
** link_text.c
** The texts of a line: itself, response files, lists of files.  A file that
** names itself, however far away, is one that no program can read either.
*/

#include "link_inner.h"

#define DEEPEST     100
#define MOST_TEXTS  ((size_t)2000)                /* where libiberty stops */


static int add_word (sr_Link *L, sr_Str text, uint32_t in, uint32_t line,
                     size_t begin, size_t end) {
  sr_Word *w;
  if (L->nall >= SR_NO_ATOM - 1) return sr_nomem(L->S);
  if (sr_room(L->S, &L->all, &L->rall, L->nall, sizeof *w) < 0)
    return SYMRUN_NOMEM;
  w = &L->all[L->nall++];
  memset(w, 0, sizeof *w);
  w->text = text;
  w->in = in;
  w->line = line;
  w->begin = begin;
  w->end = end;
  w->atom = w->flag = SR_NO_ATOM;
  return SYMRUN_OK;
}


int sr_link_atom_add (sr_Link *L, uint32_t word, sr_Str text, uint32_t *out) {
  sr_Atom *a;
  sr_Word *w = &L->all[word];
  if (L->natoms >= SR_NO_ATOM - 1) return sr_nomem(L->S);
  if (sr_room(L->S, &L->atoms, &L->ratoms, L->natoms, sizeof *a) < 0)
    return SYMRUN_NOMEM;
  if (w->natoms++ == 0) w->atom = (uint32_t)L->natoms;
  a = &L->atoms[L->natoms];
  memset(a, 0, sizeof *a);
  a->text = text;
  a->word = word;
  a->part = SR_NO_ATOM;
  *out = (uint32_t)L->natoms++;
  return SYMRUN_OK;
}


static sr_InText *add_text (sr_Link *L) {
  sr_InText *T;
  if (sr_room(L->S, &L->texts, &L->rtexts, L->ntexts, sizeof *T) < 0)
    return NULL;
  T = &L->texts[L->ntexts++];
  memset(T, 0, sizeof *T);
  T->atom = SR_NO_ATOM;
  T->word = (uint32_t)L->nall;
  return T;
}


int sr_link_line_add (sr_Link *L) {
  sr_InText *T = add_text(L);
  size_t i;
  if (T == NULL) return SYMRUN_NOMEM;
  T->told.path.ptr = T->told.bytes.ptr = T->folder.ptr = "";
  for (i = 0; i < L->nwords; i++) {
    int rc = add_word(L, L->words[i], 0, (uint32_t)i, 0, 0);
    if (rc != SYMRUN_OK) return rc;
  }
  T->nwords = (uint32_t)L->nwords;
  return SYMRUN_OK;
}


/* -- files ------------------------------------------------------------- */

static bool same (sr_Str a, sr_Str b) {
  return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}


int sr_text_allowed (symrun *S, unsigned depth, size_t count) {
  if (depth >= DEEPEST)
    return sr_fail(S, SYMRUN_RANGE, "is more than %d files deep", DEEPEST);
  if (count >= MOST_TEXTS)
    return sr_fail(S, SYMRUN_RANGE, "is one of more than %zu files",
                   MOST_TEXTS);
  return SYMRUN_OK;
}


/* May a text that this one names be read at all? */
static int allowed (const sr_Link *L, sr_Str path, uint32_t in) {
  uint32_t up = in;
  for (; up != 0; up = L->texts[up].told.in)
    if (same(L->texts[up].told.path, path))
      return sr_fail(L->S, SYMRUN_FORMAT, "includes itself");
  return sr_text_allowed(L->S, L->texts[in].depth, L->ntexts);
}


static int read_bytes (sr_Link *L, sr_Str path, sr_Str *out) {
  const sr_LinkGiven *G = &L->given;
  int rc;
  if (path.len == 0 || memchr(path.ptr, '\0', path.len) != NULL)
    return sr_fail(L->S, SYMRUN_IO, "is no name of a file");
  if (G->read != NULL) rc = G->read(G->ud, L->S, &L->arena, path, out);
  else {
    const char *name = sr_arena_copy(L->S, &L->arena, path.ptr, path.len);
    if (name == NULL) return SYMRUN_NOMEM;
    rc = sr_text_read(L->S, &L->arena, G->folder, name,
                      SR_MOST_TEXT_BYTES - L->bytes, out);
  }
  if (rc < 0) return rc;
  if (out->len > SR_MOST_TEXT_BYTES - L->bytes)
    return sr_fail(L->S, SYMRUN_RANGE, "is too large");
  L->bytes += out->len;
  return SYMRUN_OK;
}


/* Programs that know byte order marks and such that do not must not both be
   possible readers of a text that has one. */
static int decode (sr_Link *L, sr_InText *T, unsigned quoting) {
  const unsigned plain = SR_QUOTE_GNU | SR_QUOTE_POSIX | SR_QUOTE_MOLD;
  const char *b = T->told.bytes.ptr;
  size_t n = T->told.bytes.len;
  bool mark = (n >= 2 && (memcmp(b, "\xff\xfe", 2) == 0
                          || memcmp(b, "\xfe\xff", 2) == 0))
           || (n >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0);
  if (mark && (quoting & plain) != 0 && (quoting & ~plain) != 0)
    return sr_fail(L->S, SYMRUN_UNKNOWN, "begins with a byte order mark, which "
                   "not all programs that may read it know");
  return sr_text_decode(L->S, &L->arena, T->told.bytes,
                        (quoting & plain) == 0 && quoting != SR_QUOTE_LINES,
                        &T->text, &T->coding);
}


/* A folder before each name of a list: "-filelist FILE,FOLDER". */
static int in_folder (sr_Link *L, sr_Str folder, sr_Str *name) {
  char *path;
  if (folder.len == 0) return SYMRUN_OK;
  path = (char *)sr_arena_new(L->S, &L->arena, folder.len + name->len + 2);
  if (path == NULL) return SYMRUN_NOMEM;
  memcpy(path, folder.ptr, folder.len);
  path[folder.len] = '/';
  memcpy(path + folder.len + 1, name->ptr, name->len);
  name->ptr = path;
  name->len += folder.len + 1;
  return SYMRUN_OK;
}


static int add_words (sr_Link *L, const sr_InText *T, uint32_t in,
                      const sr_Cuts *cuts) {
  size_t i;
  for (i = 0; i < cuts->count; i++) {
    const sr_Cut *c = &cuts->list[i];
    sr_Str text = c->text;
    int rc = in_folder(L, T->folder, &text);
    if (rc == SYMRUN_OK)
      rc = add_word(L, text, in, T->line, c->begin, c->end);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


int sr_link_text_add (sr_Link *L, sr_Str path, uint32_t atom,
                      unsigned quoting, sr_LinkRole role, sr_Str folder,
                      uint32_t *out) {
  const sr_Word *w = &L->all[L->atoms[atom].word];
  sr_InText text, *T;
  sr_Cuts cuts = {NULL, 0, 0};
  int rc;
  memset(&text, 0, sizeof text);
  text.told.path = path;
  text.told.role = role;
  text.told.in = w->in;
  text.atom = atom;
  text.line = w->line;
  text.depth = L->texts[w->in].depth + 1;
  text.quoting = quoting;
  text.folder = folder;
  rc = allowed(L, path, w->in);
  if (rc == SYMRUN_OK) rc = read_bytes(L, path, &text.told.bytes);
  if (rc == SYMRUN_OK) rc = decode(L, &text, quoting);
  if (rc == SYMRUN_OK)
    rc = sr_words_cut(L->S, &L->arena, text.text, quoting, &cuts);
  if (rc == SYMRUN_OK) {
    uint32_t number = (uint32_t)L->ntexts;
    T = add_text(L);
    if (T == NULL) rc = SYMRUN_NOMEM;
    else {
      text.word = T->word;
      text.nwords = (uint32_t)cuts.count;
      *T = text;
      rc = add_words(L, &text, number, &cuts);
      *out = number;
    }
  }
  sr_delete(L->S, cuts.list, cuts.room * sizeof *cuts.list);
  return rc;
}
