/*
** glob.c
** Shell patterns, compiled once.  Braces are multiplied out when a pattern
** is made, so "lib{a,b}*.{a,lib}" is four plain patterns; nearly all of them
** are then a literal beginning, one star, and a literal end, which is two
** memory comparisons for a name.
*/

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "ground.h"

#define MOST_PATTERNS  256  /* that one pattern's braces may multiply to */

typedef struct Pattern {
  const char *text;
  size_t len;
  size_t prefix;  /* literal bytes at the beginning */
  size_t suffix;  /* literal bytes at the end, of one with stars only */
  uint64_t begin, mask;  /* up to eight bytes of the prefix, as one number */
  bool plain;     /* no special byte at all */
  bool stars;     /* none but stars, and at least one */
  size_t piece;   /* of the form "prefix*piece*": literal bytes of the piece */
} Pattern;

struct sr_Glob {
  symrun *S;
  sr_Arena arena;
  sr_Str text;
  Pattern *patterns;
  size_t count, room;
  bool path;
  bool demangled;   /* it is for names as people wrote them */
  bool first[256];  /* bytes with which a match may begin */
  bool empty;       /* the empty string may match */
};


sr_Str sr_glob_text (const sr_Glob *G) { return G->text; }
const bool *sr_glob_first (const sr_Glob *G) { return G->first; }
int sr_glob_kind (const sr_Glob *G) { return G->path; }


/* -- matching ------------------------------------------------------------ */

/* The byte after the set that begins at p[1] ("[a-z]"), or NULL if it never
   ends, in which case '[' is an ordinary byte. */
static const char *set_end (const char *p, const char *end) {
  const char *q = p + 1;
  if (q < end && (*q == '!' || *q == '^')) q++;
  if (q < end) q++;  /* a ']' that comes first is a member */
  while (q < end && *q != ']') q++;
  return q < end ? q + 1 : NULL;
}


static bool in_set (const char *p, const char *end, unsigned char c) {
  const unsigned char *q = (const unsigned char *)p + 1;
  const unsigned char *last = (const unsigned char *)end - 1;
  bool not = *q == '!' || *q == '^', found = false;
  if (not) q++;
  while (q < last) {
    if (q + 2 < last && q[1] == '-') {
      if (c >= q[0] && c <= q[2]) found = true;
      q += 3;
    }
    else if (*q++ == c) found = true;
  }
  return found != not;
}


/* Does one byte of the pattern take 'c'?  Moves past it when it does. */
static bool takes (const char **p, const char *end, char c, bool path) {
  const char *q;
  if (**p == '?' && !(path && c == '/')) { (*p)++; return true; }
  if (**p == '[' && (q = set_end(*p, end)) != NULL) {
    if ((path && c == '/') || !in_set(*p, q, (unsigned char)c)) return false;
    *p = q;
    return true;
  }
  if (**p == '\\' && *p + 1 < end) {
    if ((*p)[1] != c) return false;
    *p += 2;
    return true;
  }
  if (**p != c) return false;
  (*p)++;
  return true;
}


static bool any_folders (const char *p, const char *end) {
  return end - p >= 3 && p[0] == '*' && p[1] == '*' && p[2] == '/';
}


/* The classic two-finger match, with two marks to go back to: on a mismatch
   the last star takes one byte more, and where it may not, the last "**"
   followed by a slash takes one folder more.  Marks before these need no
   second try, since a later one can take all that an earlier one could; so
   this never needs more than pattern times length times length steps. */
static bool match (const char *p, const char *pend,
                   const char *s, const char *send, bool path) {
  const char *star = NULL, *mark = NULL, *deep = NULL, *folder = NULL;
  bool start = path;  /* at the beginning of a path's word */
  for (;;) {
    if (start && any_folders(p, pend)) {
      deep = p += 3;
      folder = s;
      star = NULL;
      continue;
    }
    start = false;
    if (p < pend && *p == '*') {
      star = ++p;
      mark = s;
      continue;
    }
    if (s < send && p < pend && takes(&p, pend, *s, path)) {
      start = path && *s == '/';
      s++;
      continue;
    }
    if (s == send && p == pend) return true;
    if (star != NULL && mark < send && !(path && *mark == '/')) {
      p = star;
      s = ++mark;
      continue;
    }
    if (deep == NULL) return false;
    folder = (const char *)memchr(folder, '/', (size_t)(send - folder));
    if (folder == NULL) return false;
    p = deep;
    s = ++folder;
    star = NULL;
    start = true;
  }
}


#if defined(__SSE2__)
#define BLOCK  16

/* Where 'n' bytes stand that begin at 's' or behind it, in BLOCK places. */
static inline const char *in_block (const char *p, size_t n, const char *s,
                                    __m128i first, __m128i last) {
  __m128i a = _mm_loadu_si128((const __m128i *)(const void *)s);
  __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(s + n - 1));
  unsigned hits = (unsigned)_mm_movemask_epi8(
    _mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last)));
  for (; hits != 0; hits &= hits - 1) {
    const char *q = s + __builtin_ctz(hits);
    if (n <= 2 || memcmp(q, p, n) == 0) return q;
  }
  return NULL;
}
#endif


/* Where 'n' bytes (1 or more) first stand between 's' and 'send', or NULL.
   Two bytes that both have to be right, sixteen places at a time, leave few
   to be compared: in mangled names any one byte is everywhere. */
static const char *literal (const char *p, size_t n, const char *s,
                            const char *send) {
  size_t left = (size_t)(send - s);
#if defined(__SSE2__)
  const __m128i first = _mm_set1_epi8(p[0]), last = _mm_set1_epi8(p[n - 1]);
  if (left >= n - 1 + BLOCK) {
    const char *q = NULL, *end = send - (n - 1) - BLOCK;
    for (; s < end && q == NULL; s += BLOCK) q = in_block(p, n, s, first, last);
    /* what is left, with some that were looked at */
    return q != NULL ? q : in_block(p, n, end, first, last);
  }
#endif
  for (; left >= n; s++, left--) {
    s = (const char *)memchr(s, *p, left - n + 1);
    if (s == NULL || memcmp(s, p, n) == 0) return s;
    left = (size_t)(send - s);
  }
  return NULL;
}


/* Literal pieces between stars: the first place of each is the best one. */
static bool pieces (const char *p, const char *pend,
                    const char *s, const char *send) {
  for (;;) {
    const char *q;
    size_t n;
    while (p < pend && *p == '*') p++;
    if (p == pend) return true;
    for (q = p; *q != '*'; q++) ;  /* it ends so; pieces are short */
    n = (size_t)(q - p);
    s = literal(p, n, s, send);
    if (s == NULL) return false;
    s += n;
    p = q;
  }
}


static bool match_one (const sr_Glob *G, const Pattern *P,
                       const char *s, size_t len) {
  const char *pend = P->text + P->len - P->suffix;
  if (len < P->prefix + P->suffix) return false;
  if (SR_LIKELY(len >= 8)) {  /* most names differ here */
    uint64_t begin;
    memcpy(&begin, s, 8);
    if ((begin & P->mask) != P->begin) return false;
  }
  if ((P->prefix > 8 || len < 8) && memcmp(s, P->text, P->prefix) != 0)
    return false;
  if (P->plain) return len == P->len;
  if (P->suffix > 0 && memcmp(s + len - P->suffix, pend, P->suffix) != 0)
    return false;
  if (P->stars && !G->path)
    return pieces(P->text + P->prefix, pend, s + P->prefix,
                  s + len - P->suffix);
  if (P->prefix + 1 + P->suffix == P->len && P->text[P->prefix] == '*')
    return memchr(s + P->prefix, '/', len - P->prefix - P->suffix) == NULL;
  return match(P->text, P->text + P->len, s, s + len, G->path);
}


static bool match_any (const sr_Glob *G, const char *s, size_t len) {
  size_t i;
  if (len == 0 ? !G->empty : !G->first[(unsigned char)s[0]]) return false;
  for (i = 0; i < G->count; i++)
    if (match_one(G, &G->patterns[i], s, len)) return true;
  return false;
}


typedef struct Text {
  symrun *S;
  char *s;
  size_t len, size;
  bool starved;
  char here[1024];
} Text;

static void put (const char *s, size_t n, void *ud) {
  Text *T = (Text *)ud;
  while (!T->starved && n > T->size - T->len) {
    size_t size = T->size * 2 + n;
    char *more = (char *)T->S->alloc(T->S->ud, NULL, 0, size);
    T->starved = more == NULL;
    if (more == NULL) break;
    memcpy(more, T->s, T->len);
    if (T->s != T->here) sr_delete(T->S, T->s, T->size);
    T->s = more;
    T->size = size;
  }
  if (T->starved) return;
  memcpy(T->s + T->len, s, n);
  T->len += n;
}


/* Without memory nobody can tell, and the engine remembers why. */
static int match_demangled (const sr_Glob *G, const char *s, size_t len) {
  Text T = {G->S, NULL, 0, sizeof T.here, false, ""};
  int made, answer = SR_MAYBE;
  T.s = T.here;
  made = G->S->demangle(s, len, put, &T);
  if (made == SR_NO) answer = match_any(G, s, len);
  else if (T.starved) G->S->starved = true;
  else if (made == SR_YES) answer = match_any(G, T.s, T.len);
  if (T.s != T.here) sr_delete(T.S, T.s, T.size);
  return answer;
}


bool sr_glob_match (const sr_Glob *G, const char *s, size_t len) {
  return SR_UNLIKELY(G->demangled) ? match_demangled(G, s, len) != SR_NO
                                   : match_any(G, s, len);
}


/* One look along the name finds its end and the piece, if that is there.  Where
   no more than 'left' bytes can be read, its last ones are left to others:
   SR_MAYBE. */
#if defined(__SSE2__)
static int match_piece (const Pattern *P, const char *s, size_t left,
                        size_t *len) {
  const char *piece = P->text + P->prefix + 1, *at = s + P->prefix;
  const size_t n = P->piece;
  const __m128i first = _mm_set1_epi8(piece[0]), zero = _mm_setzero_si128();
  const __m128i last = _mm_set1_epi8(piece[n - 1]);
  if (memcmp(s, P->text, P->prefix) != 0) return SR_MAYBE;
  for (left -= P->prefix; left >= BLOCK + n - 1; at += BLOCK, left -= BLOCK) {
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(at + n - 1));
    unsigned end = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, zero));
    unsigned hits = (unsigned)_mm_movemask_epi8(
      _mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last)));
    for (; hits != 0; hits &= hits - 1) {
      const char *q = at + __builtin_ctz(hits);
      if (end != 0 && q > at + __builtin_ctz(end)) break;
      if (memcmp(q, piece, n) != 0) continue;
      *len = (size_t)(q - s) + strlen(q);
      return SR_YES;
    }
    if (end == 0) continue;
    *len = (size_t)(at - s) + (size_t)__builtin_ctz(end);
    return SR_NO;
  }
  return SR_MAYBE;
}
#endif


bool sr_glob_takes (const sr_Glob *G, const char *s, size_t left,
                    size_t *len) {
#if defined(__SSE2__)
  const Pattern *P = G->patterns;
  if (G->count == 1 && P->piece > 0 && !G->demangled && left > P->prefix) {
    int answer = match_piece(P, s, left, len);
    if (answer != SR_MAYBE) return answer == SR_YES;
  }
#else
  (void)left;
#endif
  *len = strlen(s);
  return sr_glob_match(G, s, *len);
}


bool sr_glob_unsure (const sr_Glob *G, const char *s, size_t len) {
  return G->demangled && match_demangled(G, s, len) == SR_MAYBE;
}


/* What all that match begin with. */
sr_Str sr_glob_prefix (const sr_Glob *G) {
  sr_Str all = {"", 0};
  size_t i, n;
  if (G->count == 0 || G->demangled) return all;
  all.ptr = G->patterns[0].text;
  all.len = G->patterns[0].prefix;
  for (i = 1; i < G->count; i++) {
    const Pattern *P = &G->patterns[i];
    if (all.len > P->prefix) all.len = P->prefix;
    for (n = 0; n < all.len && all.ptr[n] == P->text[n]; n++) ;
    all.len = n;
  }
  return all;
}


bool sr_glob_apart (const sr_Glob *A, const sr_Glob *B) {
  size_t i, k;
  if (A->demangled != B->demangled) return false;
  for (i = 0; i < A->count; i++)
    for (k = 0; k < B->count; k++) {
      const Pattern *a = &A->patterns[i], *b = &B->patterns[k];
      size_t n = a->prefix < b->prefix ? a->prefix : b->prefix;
      if (memcmp(a->text, b->text, n) == 0) return false;
    }
  return true;
}


/* -- compiling ------------------------------------------------------------ */

static bool special (char c) {
  return c == '*' || c == '?' || c == '[' || c == '\\';
}


/* "[[:alpha:]]" would be a set of other bytes here: better told than taken. */
static int no_classes (const sr_Glob *G, const char *p, const char *end) {
  for (; p < end; p++) {
    const char *q;
    if (*p == '\\') { p++; continue; }
    if (*p != '[' || set_end(p, end) == NULL) continue;
    for (q = set_end(p, end); p < q - 1; p++)
      if (p[0] == '[' && (p[1] == ':' || p[1] == '=' || p[1] == '.')
          && p[-1] == '[')
        return sr_fail(G->S, SYMRUN_RANGE, "pattern '%.200s' has a class like "
                       "[:alpha:]; write ranges like [A-Za-z]", G->text.ptr);
  }
  return SYMRUN_OK;
}


static int add_pattern (sr_Glob *G, const char *text, size_t len) {
  Pattern *P;
  size_t i;
  int rc = no_classes(G, text, text + len);
  if (rc != SYMRUN_OK) return rc;
  if (G->count == MOST_PATTERNS)
    return sr_fail(G->S, SYMRUN_RANGE, "pattern '%.200s' stands for more than "
                   "%d patterns; write fewer braces", G->text.ptr,
                   MOST_PATTERNS);
  rc = sr_room(G->S, &G->patterns, &G->room, G->count, sizeof *P);
  if (rc != SYMRUN_OK) return rc;
  P = &G->patterns[G->count];
  P->text = sr_arena_copy(G->S, &G->arena, text, len);
  if (P->text == NULL) return SYMRUN_NOMEM;
  P->len = len;
  P->suffix = 0;
  for (i = 0; i < len && !special(text[i]); i++) ;
  P->prefix = i;
  P->begin = P->mask = 0;
  memcpy(&P->begin, text, i < 8 ? i : 8);
  memset(&P->mask, 0xff, i < 8 ? i : 8);
  P->plain = (i == len);
  for (; i < len && (text[i] == '*' || !special(text[i])); i++) ;
  P->stars = (i == len) && !P->plain;
  if (P->stars)  /* but not the slash of "**" and '/', which may be nothing */
    while (text[len - 1 - P->suffix] != '*'
           && !(G->path && text[len - 1 - P->suffix] == '/')) P->suffix++;
  P->piece = 0;
  if (P->stars && !G->path && P->suffix == 0 && len > P->prefix + 2
      && memchr(text, '\0', len) == NULL
      && memchr(text + P->prefix + 1, '*', len - P->prefix - 1)
         == text + len - 1) P->piece = len - P->prefix - 2;
  if (P->prefix > 0) G->first[(unsigned char)text[0]] = true;
  else if (len > 0) memset(G->first, true, sizeof G->first);
  if (match(P->text, P->text + len, "", "", G->path)) G->empty = true;
  G->count++;
  return SYMRUN_OK;
}


/* The brace that closes the one at 'p', or NULL. */
static const char *brace_end (const char *p, const char *end) {
  int depth = 0;
  for (; p < end; p++) {
    if (*p == '\\' && p + 1 < end) p++;
    else if (*p == '{') depth++;
    else if (*p == '}' && --depth == 0) return p;
  }
  return NULL;
}


/* Multiply out the first brace of 'text', then the rest the same way. */
static int expand (sr_Glob *G, const char *text, size_t len, int depth) {
  const char *end = text + len, *open = text, *close, *p, *part;
  int level = 0, rc = SYMRUN_OK;
  while (open < end && *open != '{') open += *open == '\\' ? 2 : 1;
  if (open >= end || (close = brace_end(open, end)) == NULL)
    return add_pattern(G, text, len);
  if (depth == 16)
    return sr_fail(G->S, SYMRUN_RANGE, "pattern '%.200s' has too many braces",
                   G->text.ptr);
  for (p = part = open + 1; p <= close && rc == SYMRUN_OK; p++) {
    if (*p == '\\' && p + 1 < close) { p++; continue; }
    if (*p == '{') level++;
    else if (*p == '}' && p < close) level--;
    else if (p == close || (*p == ',' && level == 0)) {
      size_t head = (size_t)(open - text), mid = (size_t)(p - part);
      size_t tail = (size_t)(end - close - 1);
      char *whole = (char *)sr_arena_new(G->S, &G->arena,
                                         head + mid + tail + 1);
      if (whole == NULL) return SYMRUN_NOMEM;
      memcpy(whole, text, head);
      memcpy(whole + head, part, mid);
      memcpy(whole + head + mid, close + 1, tail);
      rc = expand(G, whole, head + mid + tail, depth + 1);
      part = p + 1;
    }
  }
  return rc;
}


int sr_glob_new (symrun *S, sr_Str text, int kind, sr_Glob **out) {
  sr_Glob *G = (sr_Glob *)sr_new(S, sizeof *G);
  int rc = SYMRUN_NOMEM;
  if (G == NULL) return rc;
  G->S = S;
  G->path = (kind == SR_GLOB_PATH);
  G->text.ptr = sr_arena_copy(S, &G->arena, text.ptr, text.len);
  G->text.len = text.len;
  G->demangled = !G->path && text.len >= 2 && memcmp(text.ptr, "C:", 2) == 0;
  if (G->demangled && S->demangle == NULL)
    rc = sr_fail(S, SYMRUN_RANGE, "pattern '%.200s' is for demangled names, "
                 "and only the tool and the Lua module can demangle",
                 G->text.ptr);
  else if (G->text.ptr != NULL)
    rc = expand(G, G->text.ptr + (G->demangled ? 2 : 0),
                text.len - (G->demangled ? 2 : 0), 0);
  if (G->demangled) memset(G->first, true, sizeof G->first);
  if (rc == SYMRUN_OK) *out = G;
  else sr_glob_free(S, G);
  return rc;
}


void sr_glob_free (symrun *S, sr_Glob *G) {
  if (G == NULL) return;
  sr_delete(S, G->patterns, G->room * sizeof *G->patterns);
  sr_arena_free(S, &G->arena);
  sr_delete(S, G, sizeof *G);
}
