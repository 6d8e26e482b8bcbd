/*
** link_print.c
** A line with its changes, as words and as new texts.  Every word is put
** together from its atoms again, also one that nobody touched: what comes out
** is what was understood.
*/

#include <stdio.h>

#include "../ground/hash.h"
#include "link_inner.h"

typedef struct Now {       /* an atom, as it is to be printed */
  sr_Str text;
  bool dropped, changed;
  uint32_t before, after;  /* the first change that adds here, from 1 */
} Now;

typedef struct Printer {
  sr_Link *L;
  const sr_Changes *C;
  Now *now;
  uint32_t *next;          /* of a change: the next at the same place */
  sr_Str folder;
  sr_Str *words;           /* what one word became, then a whole line */
  size_t count, room;
  sr_Printed *out;
  size_t rmade;
} Printer;


static bool same (sr_Str a, sr_Str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}


static int put (Printer *P, sr_Str word) {
  if (sr_room(P->L->S, &P->words, &P->room, P->count, sizeof word) < 0)
    return SYMRUN_NOMEM;
  P->words[P->count++] = word;
  return SYMRUN_OK;
}


static int put_text (Printer *P, const char *text) {
  sr_Str word = {text, strlen(text)};
  return put(P, word);
}


/* -- groups ------------------------------------------------------------ */

/* Can a piece stand behind -Wl? */
static bool groups (sr_Str piece) {
  return piece.len > 0 && memchr(piece.ptr, ',', piece.len) == NULL;
}


/* "-Wl," and the pieces in a row that may stand there; the others have each a
   "-Xlinker". */
static int put_pieces (Printer *P, const sr_Str *pieces, size_t n) {
  symrun *S = P->L->S;
  size_t i, k;
  for (i = 0; i < n; i = k) {
    sr_Str word = {NULL, 4};
    char *to;
    int rc;
    for (k = i; k < n && groups(pieces[k]); k++) word.len += pieces[k].len + 1;
    if (k == i) {
      rc = put_text(P, "-Xlinker");
      if (rc == SYMRUN_OK) rc = put(P, pieces[k++]);
    }
    else {
      word.ptr = to = (char *)sr_arena_new(S, &P->L->arena, word.len);
      if (to == NULL) return SYMRUN_NOMEM;
      memcpy(to, "-Wl", 3);
      to += 3;
      word.len--;
      for (; i < k; i++) {
        *to++ = ',';
        memcpy(to, pieces[i].ptr, pieces[i].len);
        to += pieces[i].len;
      }
      *to = '\0';
      rc = put(P, word);
    }
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


static int put_added (Printer *P, uint32_t change) {
  int rc = SYMRUN_OK;
  for (; change != 0 && rc == SYMRUN_OK; change = P->next[change]) {
    const sr_Change *c = &P->C->list[change - 1];
    unsigned i;
    if (c->linker) rc = put_pieces(P, c->words, c->nwords);
    else
      for (i = 0; i < c->nwords && rc == SYMRUN_OK; i++)
        rc = put(P, c->words[i]);
  }
  return rc;
}


/* Is a group as it was?  Then it is one word, whatever its pieces are. */
static int put_group (Printer *P, const sr_Word *w) {
  uint32_t a, end = w->atom + w->natoms;
  sr_Str *pieces = (sr_Str *)sr_arena_new(P->L->S, &P->L->arena,
                                          w->natoms * sizeof *pieces);
  size_t n = 0;
  int rc = SYMRUN_OK;
  if (pieces == NULL) return SYMRUN_NOMEM;
  for (a = w->atom; a < end && rc == SYMRUN_OK; a++) {
    const Now *now = &P->now[a];
    if (now->before != 0) {
      rc = put_pieces(P, pieces, n);
      n = 0;
      if (rc == SYMRUN_OK) rc = put_added(P, now->before);
    }
    if (!now->dropped) pieces[n++] = now->text;
    if (rc == SYMRUN_OK && now->after != 0) {
      rc = put_pieces(P, pieces, n);
      n = 0;
      if (rc == SYMRUN_OK) rc = put_added(P, now->after);
    }
  }
  return rc == SYMRUN_OK ? put_pieces(P, pieces, n) : rc;
}


/* "-Wl," and the pieces as they were, empty ones too. */
static int put_same (Printer *P, const sr_Word *w) {
  size_t len = 3;
  uint32_t a, end = w->atom + w->natoms;
  sr_Str word;
  char *to;
  for (a = w->atom; a < end; a++) len += P->now[a].text.len + 1;
  word.ptr = to = (char *)sr_arena_new(P->L->S, &P->L->arena, len + 1);
  if (to == NULL) return SYMRUN_NOMEM;
  memcpy(to, "-Wl", 3);
  to += 3;
  for (a = w->atom; a < end; a++) {
    *to++ = ',';
    memcpy(to, P->now[a].text.ptr, P->now[a].text.len);
    to += P->now[a].text.len;
  }
  *to = '\0';
  word.len = len;
  return put(P, word);
}


static bool touched (const Printer *P, const sr_Word *w) {
  uint32_t a;
  for (a = w->atom; a < w->atom + w->natoms; a++) {
    const Now *now = &P->now[a];
    if (now->dropped || now->changed || now->before != 0 || now->after != 0)
      return true;
  }
  return false;
}


/* The words that a word became: none, one or more. */
static int put_word (Printer *P, const sr_Word *w) {
  const Now *now;
  int rc;
  if (w->natoms == 0) return put(P, w->text);  /* the program */
  if (w->group) return touched(P, w) ? put_group(P, w) : put_same(P, w);
  now = &P->now[w->atom];
  rc = put_added(P, now->before);
  if (rc == SYMRUN_OK && !now->dropped) rc = put(P, now->text);
  if (rc == SYMRUN_OK) rc = put_added(P, now->after);
  return rc;
}


/* -- texts ------------------------------------------------------------- */

typedef struct Buffer {
  char *bytes;
  size_t len, room;
} Buffer;


static int append (symrun *S, Buffer *B, const char *s, size_t len) {
  if (len > SIZE_MAX / 4 || B->len > SIZE_MAX / 4) return sr_nomem(S);
  if (B->len + len > B->room) {
    size_t room = (B->len + len) * 2;
    char *bytes = (char *)sr_resize(S, B->bytes, B->room, room);
    if (bytes == NULL) return SYMRUN_NOMEM;
    B->bytes = bytes;
    B->room = room;
  }
  if (len > 0) memcpy(B->bytes + B->len, s, len);
  B->len += len;
  return SYMRUN_OK;
}


/* One word more, parted from the one before it. */
static int append_word (Printer *P, const sr_InText *T, Buffer *B, bool raw,
                        sr_Str word, sr_Str like) {
  symrun *S = P->L->S;
  bool lines = memchr(T->text.ptr, '\n', T->text.len) != NULL;
  int rc = SYMRUN_OK;
  if (B->len > 0 && memchr(" \t\r\n", B->bytes[B->len - 1], 4) == NULL)
    rc = append(S, B, lines ? "\n" : " ", 1);
  if (rc == SYMRUN_OK && !raw)
    rc = sr_words_quote(S, &P->L->arena, word, T->quoting, like, &word);
  return rc == SYMRUN_OK ? append(S, B, word.ptr, word.len) : rc;
}


/* What a word became, quoted as it was, a line each if the text has lines.  A
   word that only got neighbours stays as it was written. */
static int append_changed (Printer *P, const sr_InText *T, const sr_Word *w,
                           Buffer *B) {
  sr_Str like = {T->text.ptr + w->begin, w->end - w->begin};
  const Now *now = &P->now[w->atom];
  bool itself = !w->group && !now->changed && !now->dropped;
  size_t i, own;
  int rc;
  P->count = 0;
  rc = itself ? put_added(P, now->before) : SYMRUN_OK;
  own = itself ? P->count : SIZE_MAX;
  if (rc == SYMRUN_OK)
    rc = itself ? put(P, like) : put_word(P, w);
  if (rc == SYMRUN_OK && itself) rc = put_added(P, now->after);
  for (i = 0; i < P->count && rc == SYMRUN_OK; i++)
    rc = append_word(P, T, B, i == own, P->words[i], like);
  return rc;
}


static int append_words (Printer *P, const sr_InText *T, Buffer *B) {
  symrun *S = P->L->S;
  size_t from = 0;
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < T->nwords && rc == SYMRUN_OK; i++) {
    const sr_Word *w = &P->L->all[T->word + i];
    const char *gap = T->text.ptr + from;
    if (!touched(P, w)) rc = append(S, B, gap, w->end - from);
    else {
      bool gone = w->natoms == 1 && P->now[w->atom].dropped
               && P->now[w->atom].before == 0 && P->now[w->atom].after == 0;
      if (!gone) rc = append(S, B, gap, w->begin - from);
      if (rc == SYMRUN_OK) rc = append_changed(P, T, w, B);
    }
    from = w->end;
  }
  if (rc == SYMRUN_OK)
    rc = append(S, B, T->text.ptr + from, T->text.len - from);
  return rc;
}


static int name_text (Printer *P, const sr_InText *T, sr_MadeText *made) {
  char name[40];
  size_t n;
  char *path;
  snprintf(name, sizeof name, "%016llx.%s",
           (unsigned long long)XXH3_64bits(made->bytes.ptr, made->bytes.len),
           T->told.role == SR_OPT_FILELIST ? "list" : "rsp");
  n = strlen(name);
  path = (char *)sr_arena_new(P->L->S, &P->L->arena, P->folder.len + n + 2);
  if (path == NULL) return SYMRUN_NOMEM;
  if (P->folder.len > 0) {
    memcpy(path, P->folder.ptr, P->folder.len);
    path[P->folder.len] = '/';
  }
  memcpy(path + P->folder.len + (P->folder.len > 0), name, n + 1);
  made->path.ptr = path;
  made->path.len = strlen(path);
  return SYMRUN_OK;
}


/* The atom that named the text names the new one. */
static int rename_atom (Printer *P, const sr_InText *T, sr_Str path) {
  sr_Str old = P->L->atoms[T->atom].text;
  Now *now = &P->now[T->atom];
  size_t head = (size_t)(T->told.path.ptr - old.ptr);
  size_t tail = old.len - head - T->told.path.len;
  char *text = (char *)sr_arena_new(P->L->S, &P->L->arena,
                                    head + path.len + tail + 1);
  if (text == NULL) return SYMRUN_NOMEM;
  memcpy(text, old.ptr, head);
  memcpy(text + head, path.ptr, path.len);
  memcpy(text + head + path.len, old.ptr + head + T->told.path.len, tail);
  text[head + path.len + tail] = '\0';
  now->text.ptr = text;
  now->text.len = head + path.len + tail;
  now->changed = true;
  return SYMRUN_OK;
}


/* Equal texts are one file. */
static int keep_text (Printer *P, const sr_MadeText *made) {
  size_t i;
  for (i = 0; i < P->out->nmade; i++) {
    const sr_MadeText *old = &P->out->made[i];
    if (!same(old->path, made->path)) continue;
    if (same(old->bytes, made->bytes)) return SYMRUN_OK;
    return sr_fail(P->L->S, SYMRUN_RULE, "two texts would have one name");
  }
  P->out->made[P->out->nmade++] = *made;
  return SYMRUN_OK;
}


static int print_text (Printer *P, uint32_t number) {
  const sr_InText *T = &P->L->texts[number];
  symrun *S = P->L->S;
  Buffer B = {NULL, 0, 0};
  sr_MadeText made;
  int rc = append_words(P, T, &B);
  if (rc == SYMRUN_OK) {
    made.text = number;
    made.bytes.len = B.len;
    made.bytes.ptr = sr_arena_copy(S, &P->L->arena, B.bytes, B.len);
    if (made.bytes.ptr == NULL) rc = SYMRUN_NOMEM;
  }
  sr_delete(S, B.bytes, B.room);
  if (rc == SYMRUN_OK)
    rc = sr_text_encode(S, &P->L->arena, made.bytes, T->coding, &made.bytes);
  if (rc == SYMRUN_OK) rc = name_text(P, T, &made);
  if (rc == SYMRUN_OK) rc = rename_atom(P, T, made.path);
  return rc == SYMRUN_OK ? keep_text(P, &made) : rc;
}


/* Texts come after those that name them, so the last are made first. */
static int print_texts (Printer *P) {
  size_t i = P->L->ntexts;
  uint32_t k;
  int rc = SYMRUN_OK;
  P->out->made = (sr_MadeText *)sr_arena_new(P->L->S, &P->L->arena,
                                             i * sizeof *P->out->made);
  if (P->out->made == NULL) return SYMRUN_NOMEM;
  while (i-- > 1 && rc == SYMRUN_OK) {
    const sr_InText *T = &P->L->texts[i];
    bool any = false;
    for (k = 0; k < T->nwords && !any; k++)
      any = touched(P, &P->L->all[T->word + k]);
    if (any) rc = print_text(P, (uint32_t)i);
  }
  return rc;
}


/* -- changes ----------------------------------------------------------- */

static void drop (Printer *P, uint32_t atom) {
  uint32_t flag = P->L->all[P->L->atoms[atom].word].flag;
  P->now[atom].dropped = true;
  if (flag != SR_NO_ATOM) P->now[P->L->all[flag].atom].dropped = true;
}


/* Put a value in its place: an atom of its own, or behind the option. */
static int set (Printer *P, const sr_LinkPart *p, sr_Str value) {
  uint32_t atom = p->atoms[p->natoms > 1 ? 1 : 0];
  sr_Str old = P->L->atoms[atom].text;
  size_t head = p->natoms > 1 || p->name == NULL ? 0
              : (size_t)(p->values[0].ptr - old.ptr);
  char *text = (char *)sr_arena_new(P->L->S, &P->L->arena,
                                    head + value.len + 1);
  if (text == NULL) return SYMRUN_NOMEM;
  memcpy(text, old.ptr, head);
  memcpy(text + head, value.ptr, value.len);
  text[head + value.len] = '\0';
  P->now[atom].text.ptr = text;
  P->now[atom].text.len = head + value.len;
  P->now[atom].changed = true;
  return SYMRUN_OK;
}


/* Added ones stand in the order in which they were wanted. */
static void add (Printer *P, uint32_t change) {
  const sr_Change *c = &P->C->list[change - 1];
  uint32_t *to;
  if (c->atom == SR_NO_ATOM) return;
  to = c->after ? &P->now[c->atom].after : &P->now[c->atom].before;
  while (*to != 0) to = &P->next[*to];
  *to = change;
}


static int apply (Printer *P) {
  size_t n = P->L->natoms, i;
  size_t count = P->C != NULL ? P->C->count : 0;
  int rc = SYMRUN_OK;
  P->now = (Now *)sr_arena_new(P->L->S, &P->L->arena, (n + 1) * sizeof(Now));
  P->next = (uint32_t *)sr_arena_new(P->L->S, &P->L->arena,
                                     (count + 1) * sizeof *P->next);
  if (P->now == NULL || P->next == NULL) return SYMRUN_NOMEM;
  memset(P->now, 0, (n + 1) * sizeof(Now));
  memset(P->next, 0, (count + 1) * sizeof *P->next);
  for (i = 0; i < n; i++) P->now[i].text = P->L->atoms[i].text;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    const sr_Change *c = &P->C->list[i];
    const sr_LinkPart *p = sr_link_part(P->L, c->part);
    uint32_t k;
    if (c->kind == SR_ADD) add(P, (uint32_t)i + 1);
    else if (c->kind == SR_SET) rc = set(P, p, c->words[0]);
    else
      for (k = 0; k < p->natoms; k++) drop(P, p->atoms[k]);
  }
  return rc;
}


static int print_line (Printer *P) {
  uint32_t i;
  int rc = SYMRUN_OK;
  P->count = 0;
  for (i = 0; i < P->L->texts[0].nwords && rc == SYMRUN_OK; i++)
    rc = put_word(P, &P->L->all[i]);
  for (i = 0; P->C != NULL && i < P->C->count && rc == SYMRUN_OK; i++)
    if (P->C->list[i].kind == SR_ADD && P->C->list[i].atom == SR_NO_ATOM) {
      P->next[i + 1] = 0;  /* the line was empty */
      rc = put_added(P, i + 1);
    }
  if (rc != SYMRUN_OK) return rc;
  P->out->words = (sr_Str *)sr_arena_new(P->L->S, &P->L->arena,
                                         (P->count + 1) * sizeof(sr_Str));
  if (P->out->words == NULL) return SYMRUN_NOMEM;
  if (P->count > 0)
    memcpy(P->out->words, P->words, P->count * sizeof(sr_Str));
  P->out->count = P->count;
  return SYMRUN_OK;
}


int sr_link_print (sr_Link *L, const sr_Changes *C, sr_Str folder,
                   sr_Printed *out) {
  Printer P;
  int rc;
  memset(&P, 0, sizeof P);
  memset(out, 0, sizeof *out);
  P.L = L;
  P.C = C;
  P.folder = folder;
  P.out = out;
  rc = apply(&P);
  if (rc == SYMRUN_OK) rc = print_texts(&P);
  if (rc == SYMRUN_OK) rc = print_line(&P);
  sr_delete(L->S, P.words, P.room * sizeof *P.words);
  return rc;
}
