/*
** link_words.c
** Response files: bytes to words and back.  Programs cut the same text in
** different ways; a text on which those that may read it differ is not
** understood, and the words are told only as the first of them has it.
*/

#include "link_inner.h"

typedef struct Cutter {
  const char *p, *end;
  char *to;      /* the word, as far as it goes; NULL: only counted */
  size_t len;
  bool plain;    /* all bytes so far stand in the text as they are */
} Cutter;


static bool blank (unsigned char c, unsigned dialect) {
  if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return true;
  return (c == '\v' || c == '\f')
      && (dialect & (SR_QUOTE_GNU | SR_QUOTE_POSIX | SR_QUOTE_MOLD)) != 0;
}


static void put (Cutter *C, char c) {
  if (C->to != NULL) C->to[C->len] = c;
  C->len++;
}


/* Is the backslash at 'p' an escape, in quotes of kind 'quote' or none? */
static bool escapes (const Cutter *C, char quote, unsigned dialect) {
  if (dialect != SR_QUOTE_POSIX) return true;
  if (quote == '\'') return false;
  return quote == 0 || C->p + 1 == C->end
      || memchr("$`\"\\\n", C->p[1], 5) != NULL;
}


/* A word of the dialects in which \ quotes one character.  What ends in the
   middle of a quote ends there for all of them but mold, which stops. */
static bool cut_unix (Cutter *C, unsigned dialect) {
  char quote = 0;
  for (; C->p < C->end; C->p++) {
    char c = *C->p;
    if (quote == 0 && blank((unsigned char)c, dialect)) break;
    if (c == '\\' && escapes(C, quote, dialect)) {
      C->plain = false;
      if (C->p + 1 == C->end) {
        if (dialect == SR_QUOTE_LLVM) put(C, c);
        if (dialect == SR_QUOTE_MOLD) return false;
        continue;
      }
      c = *++C->p;
      if (c != '\n' || dialect != SR_QUOTE_POSIX) put(C, c);
    }
    else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      C->plain = false;
    }
    else if (c == quote) quote = 0;
    else put(C, c);
  }
  return quote == 0 || dialect != SR_QUOTE_MOLD;
}


/* The quotes that follow a word's 'n' backslashes.  An odd one is a quote
   itself; of those that open and close, the C runtime takes a pair within
   quotes for one quote, and CommandLineToArgvW counts to three. */
static void cut_quotes (Cutter *C, unsigned dialect, unsigned *open) {
  if (dialect == SR_QUOTE_WINDOWS) {
    if (*open && C->p + 1 < C->end && C->p[1] == '"') {
      put(C, '"');
      C->p += 2;
      return;
    }
    *open = !*open;
    C->p++;
    return;
  }
  for (; C->p < C->end && *C->p == '"'; C->p++)
    if (++*open == 3) {
      put(C, '"');
      *open = 0;
    }
  if (*open == 2) *open = 0;
}


/* What ends within quotes is a word or none, as LLVM's version has it. */
static bool cut_windows (Cutter *C, unsigned dialect) {
  unsigned open = 0;
  while (C->p < C->end && (open || !blank((unsigned char)*C->p, dialect))) {
    size_t n = 0, i;
    while (C->p + n < C->end && C->p[n] == '\\') n++;
    if (C->p + n < C->end && C->p[n] == '"') {
      for (i = 0; i < n / 2; i++) put(C, '\\');
      C->p += n;
      C->plain = false;
      if (n % 2 == 1) put(C, *C->p++);
      else cut_quotes(C, dialect, &open);
      continue;
    }
    for (i = 0; i < n; i++) put(C, '\\');
    C->p += n;
    if (n == 0) put(C, *C->p++);
  }
  return !open;
}


static bool cut_line (Cutter *C) {
  const char *end = (const char *)memchr(C->p, '\n', (size_t)(C->end - C->p));
  if (end == NULL) end = C->end;
  C->len = (size_t)(end - C->p);
  C->p = end;
  return true;
}


static bool cut_word (Cutter *C, unsigned dialect) {
  if (dialect == SR_QUOTE_LINES) return cut_line(C);
  if (dialect == SR_QUOTE_WINDOWS || dialect == SR_QUOTE_SHELL32)
    return cut_windows(C, dialect);
  return cut_unix(C, dialect);
}


static void skip_blanks (Cutter *C, unsigned dialect) {
  if (dialect == SR_QUOTE_LINES)
    while (C->p < C->end && *C->p == '\n') C->p++;
  else
    while (C->p < C->end && blank((unsigned char)*C->p, dialect)) C->p++;
}


static int cut_all (symrun *S, sr_Arena *A, sr_Str text, unsigned dialect,
                    sr_Cuts *out) {
  Cutter C;
  memset(&C, 0, sizeof C);
  C.p = text.ptr;
  C.end = text.ptr + text.len;
  for (skip_blanks(&C, dialect); C.p < C.end; skip_blanks(&C, dialect)) {
    const char *begin = C.p;
    sr_Cut *cut;
    char *copy;
    C.len = 0;
    C.plain = true;
    if (!cut_word(&C, dialect)) return SYMRUN_UNKNOWN;
    if (C.len == 0 && dialect == SR_QUOTE_LLVM) continue;
    if (sr_room(S, &out->list, &out->room, out->count, sizeof *cut) < 0)
      return SYMRUN_NOMEM;
    cut = &out->list[out->count++];
    cut->begin = (size_t)(begin - text.ptr);
    cut->end = (size_t)(C.p - text.ptr);
    cut->text.ptr = begin;
    cut->text.len = C.len;
    if (C.plain) continue;
    C.to = copy = (char *)sr_arena_new(S, A, C.len + 1);
    if (copy == NULL) return SYMRUN_NOMEM;
    C.p = begin;
    C.len = 0;
    cut_word(&C, dialect);
    copy[C.len] = '\0';
    C.to = NULL;
    cut->text.ptr = copy;
  }
  return SYMRUN_OK;
}


static bool same_words (const sr_Cuts *a, const sr_Cuts *b) {
  size_t i;
  if (a->count != b->count) return false;
  for (i = 0; i < a->count; i++) {
    const sr_Str *x = &a->list[i].text, *y = &b->list[i].text;
    if (x->len != y->len || memcmp(x->ptr, y->ptr, x->len) != 0) return false;
  }
  return true;
}


/* Nothing in the text that any of these dialects sees in its own way? */
static bool plain_text (sr_Str text) {
  size_t i;
  for (i = 0; i < text.len; i++)
    if (memchr("\\'\"\v\f", text.ptr[i], 5) != NULL) return false;
  return true;
}


int sr_words_cut (symrun *S, sr_Arena *A, sr_Str text, unsigned quoting,
                  sr_Cuts *out) {
  unsigned first = quoting & -quoting, rest = quoting & ~first;
  int rc = cut_all(S, A, text, first, out);
  if (plain_text(text)) rest = 0;
  for (; rest != 0 && rc == SYMRUN_OK; rest &= rest - 1) {
    sr_Cuts other = {NULL, 0, 0};
    rc = cut_all(S, A, text, rest & -rest, &other);
    if (rc == SYMRUN_OK && !same_words(out, &other)) rc = SYMRUN_UNKNOWN;
    sr_delete(S, other.list, other.room * sizeof *other.list);
  }
  if (rc == SYMRUN_UNKNOWN)
    sr_fail(S, rc, "is quoted in a way that programs read differently");
  return rc;
}


/* -- writing ----------------------------------------------------------- */

static bool needs_quotes (sr_Str word) {
  size_t i;
  for (i = 0; i < word.len; i++)
    if (memchr(" \t\r\n\v\f\"", word.ptr[i], 7) != NULL) return true;
  return word.len == 0;
}


/* Backslashes before a quote, and before the quote that ends, are doubled. */
static char *quote_windows (char *to, sr_Str word, bool quotes) {
  size_t i, n = 0;
  if (quotes) *to++ = '"';
  for (i = 0; i < word.len; i++) {
    char c = word.ptr[i];
    if (c == '"') for (n++; n > 0; n--) *to++ = '\\';
    n = c == '\\' ? n + 1 : 0;
    *to++ = c;
  }
  if (!quotes) return to;
  for (; n > 0; n--) *to++ = '\\';
  *to++ = '"';
  return to;
}


/* All read \x outside of quotes, and "\x" for these two.  A newline must be in
   quotes, where none of them takes it for the end or drops it. */
static char *quote_unix (char *to, sr_Str word, bool quotes) {
  size_t i;
  if (quotes) *to++ = '"';
  for (i = 0; i < word.len; i++) {
    char c = word.ptr[i];
    if (c == '\n' && !quotes) {
      memcpy(to, "\"\n\"", 3);
      to += 3;
      continue;
    }
    if (memchr(quotes ? "\"\\" : "\"\\' \t\r\v\f", c, quotes ? 2 : 8) != NULL)
      *to++ = '\\';
    *to++ = c;
  }
  if (quotes) *to++ = '"';
  return to;
}


int sr_words_quote (symrun *S, sr_Arena *A, sr_Str word, unsigned quoting,
                    sr_Str like, sr_Str *out) {
  const unsigned windows = SR_QUOTE_WINDOWS | SR_QUOTE_SHELL32;
  bool quotes = like.len >= 2 && like.ptr[0] == '"'
             && like.ptr[like.len - 1] == '"';
  char *to, *end;
  if ((quoting & SR_QUOTE_LINES) != 0) {
    if (word.len == 0 || memchr(word.ptr, '\n', word.len) != NULL)
      return sr_fail(S, SYMRUN_RULE, "a list of files cannot hold an empty "
                     "name or one with a line's end");
    *out = word;
    return SYMRUN_OK;
  }
  if (word.len == 0 && (quoting & SR_QUOTE_LLVM) != 0)
    return sr_fail(S, SYMRUN_RULE, "a response file of this program cannot "
                   "hold an empty word");
  if (word.len > SIZE_MAX / 4) return sr_nomem(S);
  to = (char *)sr_arena_new(S, A, word.len * 3 + 4);
  if (to == NULL) return SYMRUN_NOMEM;
  if ((quoting & windows) != 0)
    end = quote_windows(to, word, quotes || needs_quotes(word));
  else end = quote_unix(to, word, quotes || word.len == 0);
  *end = '\0';
  out->ptr = to;
  out->len = (size_t)(end - to);
  return SYMRUN_OK;
}
