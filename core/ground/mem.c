/*
** mem.c
** Memory and sentences.  Nothing else in the core calls an allocator: all of
** it comes from the function that the engine was given, so whoever embeds
** symrun can count it, cap it, or let any single request fail.
*/

#include <stdio.h>

#include "ground.h"


void *sr_resize (symrun *S, void *ptr, size_t osize, size_t nsize) {
  void *p = S->alloc(S->ud, ptr, osize, nsize);
  if (p == NULL && nsize > 0) sr_nomem(S);
  return p;
}


void *sr_new (symrun *S, size_t size) {
  void *p = sr_resize(S, NULL, 0, size);
  if (p != NULL) memset(p, 0, size);
  return p;
}


void sr_delete (symrun *S, void *ptr, size_t size) {
  if (ptr != NULL) S->alloc(S->ud, ptr, size, 0);
}


int sr_nomem (symrun *S) {
  S->starved = true;
  return sr_fail(S, SYMRUN_NOMEM, "not enough memory");
}


/* The length of the well-formed UTF-8 sequence at 's' that shows as itself:
   0 for control characters, for marks that are not seen or turn the direction
   of others, and for what is not UTF-8.  RFC 3629 section 4 gives ranges. */
static size_t showable (const unsigned char *s, size_t len) {
  static const struct { unsigned char lo, hi, size; uint32_t least; }
    lead[] = { {0xc2, 0xdf, 2, 0xa0}, {0xe0, 0xef, 3, 0x800},
               {0xf0, 0xf4, 4, 0x10000} };
  size_t i, k;
  if (s[0] > 0x20 && s[0] < 0x7f) return 1;
  for (i = 0; i < sizeof lead / sizeof lead[0]; i++) {
    uint32_t c = s[0] & (0x7fu >> lead[i].size);
    if (s[0] < lead[i].lo || s[0] > lead[i].hi || len < lead[i].size) continue;
    for (k = 1; k < lead[i].size; k++) {
      if ((s[k] & 0xc0) != 0x80) return 0;
      c = c << 6 | (s[k] & 0x3f);
    }
    if (c < lead[i].least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
      return 0;
    if ((c >= 0x200b && c < 0x2010) || (c >= 0x2028 && c < 0x202f)
        || (c >= 0x2060 && c < 0x2070) || c == 0x61c || c == 0xfeff) return 0;
    return lead[i].size;
  }
  return 0;
}


/* A sentence is one line of text, whatever bytes a file put into it. */
static void sentence (symrun *S, int code, const char *format, va_list args) {
  int n = vsnprintf(S->message, sizeof S->message, format, args);
  size_t len = strlen(S->message), i = 0, k;
  if (n >= (int)sizeof S->message)
    memcpy(S->message + sizeof S->message - 4, "...", 4);
  for (; i < len; i += k) {
    k = showable((const unsigned char *)S->message + i, len - i);
    if (k == 0) {
      if (S->message[i] != ' ') S->message[i] = '?';
      k = 1;
    }
  }
  S->code = code;
  S->fault.offset = 0;
  S->fault.field = NULL;
}


int sr_fail (symrun *S, int code, const char *format, ...) {
  va_list args;
  va_start(args, format);
  sentence(S, code, format, args);
  va_end(args);
  return code;
}


int sr_damage (symrun *S, uint64_t offset, const char *field,
               const char *format, ...) {
  va_list args;
  va_start(args, format);
  sentence(S, SYMRUN_FORMAT, format, args);
  va_end(args);
  S->fault.offset = offset;
  S->fault.field = field;
  return SYMRUN_FORMAT;
}


int sr_more_room (symrun *S, void *items, size_t *room, size_t each) {
  void *old, *grown;
  size_t more = *room < 8 ? 8 : *room * 2;
  if (more > SIZE_MAX / 2 / each) return sr_nomem(S);
  memcpy(&old, items, sizeof old);
  grown = sr_resize(S, old, *room * each, more * each);
  if (grown == NULL) return SYMRUN_NOMEM;
  memcpy(items, &grown, sizeof grown);
  *room = more;
  return SYMRUN_OK;
}


/* -- arenas ------------------------------------------------------------ */

struct sr_Chunk {
  struct sr_Chunk *next;
  size_t size;
};

#define HEADER  ((sizeof(struct sr_Chunk) + 7) & ~(size_t)7)
#define SMALLEST  ((size_t)1024)
#define LARGEST   ((size_t)256 * 1024)

void *sr_arena_new (symrun *S, sr_Arena *A, size_t size) {
  unsigned char *p;
  if (size > SIZE_MAX / 4) { sr_nomem(S); return NULL; }
  size = (size + 7) & ~(size_t)7;
  if (A->chunks == NULL || size > A->size - A->used) {
    size_t room = A->size < SMALLEST / 2 ? SMALLEST : A->size * 2;
    struct sr_Chunk *chunk;
    if (room > LARGEST) room = LARGEST;
    if (room < size + HEADER) room = size + HEADER;
    chunk = (struct sr_Chunk *)sr_resize(S, NULL, 0, room);
    if (chunk == NULL) return NULL;
    chunk->next = A->chunks;
    chunk->size = room;
    A->chunks = chunk;
    A->used = HEADER;
    A->size = room;
  }
  p = (unsigned char *)A->chunks + A->used;
  A->used += size;
  return p;
}


const char *sr_arena_copy (symrun *S, sr_Arena *A, const char *s, size_t len) {
  char *p = (char *)sr_arena_new(S, A, len + 1);
  if (p == NULL) return NULL;
  if (len > 0) memcpy(p, s, len);
  p[len] = '\0';
  return p;
}


const char *sr_arena_format (symrun *S, sr_Arena *A, const char *format, ...) {
  char text[SR_MESSAGE];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return sr_arena_copy(S, A, text, strlen(text));
}


void sr_arena_free (symrun *S, sr_Arena *A) {
  while (A->chunks != NULL) {
    struct sr_Chunk *chunk = A->chunks;
    A->chunks = chunk->next;
    sr_delete(S, chunk, chunk->size);
  }
  A->used = A->size = 0;
}


/* -- names in sentences -------------------------------------------------- */

/* 'word': blanks and backslashes are written as \\xHH too, so that what comes
   out is one word, and tells the bytes. */
static size_t put_shown (char *out, size_t room, const char *s, size_t len,
                         bool word) {
  const unsigned char *u = (const unsigned char *)s;
  size_t n = 0, i = 0;
  if (room == 0) return 0;
  while (i < len && n + 8 < room) {
    size_t k = word && u[i] == '\\' ? 0 : showable(u + i, len - i);
    if (!word && (u[i] == ' ' || u[i] == '\n' || u[i] == '\t')) {
      out[n++] = u[i] == '\n' ? '\n' : ' ';
      i++;
      continue;
    }
    if (k == 0) {
      n += (size_t)snprintf(out + n, room - n, "\\x%02x", u[i++]);
      continue;
    }
    memcpy(out + n, u + i, k);
    n += k;
    i += k;
  }
  if (i < len && n + 4 <= room) {
    memcpy(out + n, "...", 3);
    n += 3;
  }
  out[n] = '\0';
  return n;
}


size_t sr_printable (char *out, size_t room, const char *s, size_t len) {
  return put_shown(out, room, s, len, true);
}


size_t sr_harmless (char *out, size_t room, const char *s, size_t len) {
  return put_shown(out, room, s, len, false);
}
