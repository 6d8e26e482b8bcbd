/*
** link_coding.c
** Texts in UTF-16, as Microsoft's tools write response files, and byte order
** marks.  Inside, every text is UTF-8, or whatever bytes it was made of.
*/

#include "link_inner.h"


static unsigned unit (const char *p, bool big) {
  return sr_u16((const unsigned char *)p, big);
}


static char *put_utf8 (char *to, uint32_t c) {
  if (c < 0x80) *to++ = (char)c;
  else if (c < 0x800) *to++ = (char)(0xc0 | c >> 6);
  else if (c < 0x10000) {
    *to++ = (char)(0xe0 | c >> 12);
    *to++ = (char)(0x80 | (c >> 6 & 0x3f));
  }
  else {
    *to++ = (char)(0xf0 | c >> 18);
    *to++ = (char)(0x80 | (c >> 12 & 0x3f));
    *to++ = (char)(0x80 | (c >> 6 & 0x3f));
  }
  if (c >= 0x80) *to++ = (char)(0x80 | (c & 0x3f));
  return to;
}


static int from_utf16 (symrun *S, sr_Arena *A, sr_Str bytes, bool big,
                       sr_Str *out) {
  size_t i;
  char *to, *begin;
  if (bytes.len % 2 != 0)
    return sr_damage(S, bytes.len - 1, NULL, "ends in the middle of a "
                     "character of UTF-16");
  if (bytes.len > SIZE_MAX / 4) return sr_nomem(S);
  begin = to = (char *)sr_arena_new(S, A, bytes.len / 2 * 3 + 1);
  if (to == NULL) return SYMRUN_NOMEM;
  for (i = 2; i < bytes.len; i += 2) {
    uint32_t c = unit(bytes.ptr + i, big), low;
    if (c >= 0xd800 && c < 0xe000) {
      low = i + 4 <= bytes.len ? unit(bytes.ptr + i + 2, big) : 0;
      if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
        return sr_damage(S, i, NULL, "holds half a character of UTF-16");
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      i += 2;
    }
    to = put_utf8(to, c);
  }
  *to = '\0';
  out->ptr = begin;
  out->len = (size_t)(to - begin);
  return SYMRUN_OK;
}


int sr_text_decode (symrun *S, sr_Arena *A, sr_Str bytes, bool marks,
                    sr_Str *out, int *coding) {
  const unsigned char *b = (const unsigned char *)bytes.ptr;
  *coding = SR_UTF8;
  *out = bytes;
  if (marks && bytes.len >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0) {
    *coding = SR_UTF8_MARK;
    out->ptr += 3;
    out->len -= 3;
  }
  else if (marks && bytes.len >= 2
           && (memcmp(b, "\xff\xfe", 2) == 0 || memcmp(b, "\xfe\xff", 2) == 0))
  {
    int rc = from_utf16(S, A, bytes, b[0] == 0xfe, out);
    if (rc != SYMRUN_OK) return rc;
    *coding = b[0] == 0xfe ? SR_UTF16_BE : SR_UTF16_LE;
  }
  if (out->len > 0 && memchr(out->ptr, '\0', out->len) != NULL)
    return sr_fail(S, SYMRUN_FORMAT, "holds a zero byte");
  return SYMRUN_OK;
}


/* -- back -------------------------------------------------------------- */

static char *put_utf16 (char *to, uint32_t c, bool big) {
  if (c >= 0x10000) {
    to = put_utf16(to, 0xd800 + ((c - 0x10000) >> 10), big);
    c = 0xdc00 + ((c - 0x10000) & 0x3ff);
  }
  *to++ = (char)(big ? c >> 8 : c);
  *to++ = (char)(big ? c : c >> 8);
  return to;
}


/* The next character; its length, 0 if it is none. */
static size_t next_utf8 (const char *s, size_t len, uint32_t *out) {
  const unsigned char *u = (const unsigned char *)s;
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2, i;
  uint32_t c = n == 1 ? u[0] : u[0] & (0x7fu >> n);
  if (n > len || (u[0] >= 0x80 && u[0] < 0xc0) || u[0] >= 0xf8) return 0;
  for (i = 1; i < n; i++) {
    if ((u[i] & 0xc0) != 0x80) return 0;
    c = c << 6 | (u[i] & 0x3f);
  }
  if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return 0;
  *out = c;
  return n;
}


int sr_text_encode (symrun *S, sr_Arena *A, sr_Str text, int coding,
                    sr_Str *out) {
  bool big = coding == SR_UTF16_BE;
  size_t i, n;
  char *to, *begin;
  *out = text;
  if (coding == SR_UTF8) return SYMRUN_OK;
  if (text.len > SIZE_MAX / 4) return sr_nomem(S);
  begin = to = (char *)sr_arena_new(S, A, text.len * 2 + 4);
  if (to == NULL) return SYMRUN_NOMEM;
  if (coding == SR_UTF8_MARK) {
    memcpy(to, "\xef\xbb\xbf", 3);
    memcpy(to + 3, text.ptr, text.len);
    to += 3 + text.len;
  }
  else {
    to = put_utf16(to, 0xfeff, big);
    for (i = 0; i < text.len; i += n) {
      uint32_t c = 0;
      n = next_utf8(text.ptr + i, text.len - i, &c);
      if (n == 0)
        return sr_fail(S, SYMRUN_RULE, "a text in UTF-16 cannot hold a word "
                       "that is not UTF-8");
      to = put_utf16(to, c, big);
    }
  }
  out->ptr = begin;
  out->len = (size_t)(to - begin);
  return SYMRUN_OK;
}
