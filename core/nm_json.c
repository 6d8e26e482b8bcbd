/*
** nm_json.c
** The same rows as one JSON document, file by file, a line for each symbol.
** JSON holds text and names hold bytes: in a string that is not UTF-8 those
** that are none are written \xHH, its backslashes \x5c, and the object that
** holds it lists the key in "escaped".  A document that ends early is none, so
** a run that failed is not taken for one that found less.
*/

#include <stdio.h>

#include "nm.h"


/* -- strings --------------------------------------------------------------- */

/* Bytes of the character that begins here, as the Unicode standard has it
   (table 3-7); 0 if none does. */
static size_t character (const unsigned char *p, size_t left, uint32_t *out) {
  static const struct { unsigned char first, last, low, high, bytes; } rows[] =
  {
    {0x00, 0x7f, 0, 0, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4}
  };
  size_t k = 0, i;
  while (k < sizeof rows / sizeof *rows && p[0] > rows[k].last) k++;
  if (k == sizeof rows / sizeof *rows || p[0] < rows[k].first) return 0;
  if (rows[k].bytes > left) return 0;
  *out = rows[k].bytes == 1 ? p[0] : p[0] & (0x7fu >> rows[k].bytes);
  for (i = 1; i < rows[k].bytes; i++) {
    if (p[i] < (i == 1 ? rows[k].low : 0x80)
        || p[i] > (i == 1 ? rows[k].high : 0xbf)) return 0;
    *out = *out << 6 | (p[i] & 0x3f);
  }
  return rows[k].bytes;
}


static bool is_text (const char *s, size_t len) {
  size_t i = 0;
  while (i < len) {
    uint32_t c;
    size_t n = character((const unsigned char *)s + i, len - i, &c);
    if (n == 0) return false;
    i += n;
  }
  return true;
}


/* What a terminal or an editor would obey, and not show. */
static bool is_control (uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c
      || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
      || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}


/* How many bytes stand as they are. */
static size_t plain_run (const char *s, size_t len) {
  size_t i = 0;
  while (i < len && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' && s[i] != '\\')
    i++;
  return i;
}


/* A string with its quotes; true: some of it was written \xHH. */
static bool put_string (FILE *out, const char *s, size_t len) {
  size_t i = plain_run(s, len);
  bool text = is_text(s + i, len - i);
  putc('"', out);
  fwrite(s, 1, i, out);
  while (i < len) {
    uint32_t c = 0;
    size_t n = character((const unsigned char *)s + i, len - i, &c);
    if (n == 0) fprintf(out, "\\\\x%02x", (unsigned char)s[i]);
    else if (c == '\\') fputs(text ? "\\\\" : "\\\\x5c", out);
    else if (c == '"') fputs("\\\"", out);
    else if (is_control(c)) fprintf(out, "\\u%04x", c);
    else fwrite(s + i, 1, n, out);
    i += n > 0 ? n : 1;
  }
  putc('"', out);
  return !text;
}


/* The keys of one object whose strings were written so. */
typedef struct Keys { const char *list[5]; size_t count; } Keys;

/* ', "KEY": "STRING"', without the comma before the first. */
static void put_key (FILE *out, Keys *keys, const char *key, const char *s,
                     size_t len, bool first) {
  fprintf(out, "%s\"%s\": ", first ? "" : ", ", key);
  if (put_string(out, s, len)) keys->list[keys->count++] = key;
}


static void put_escaped (FILE *out, const Keys *keys) {
  size_t i;
  if (keys->count == 0) return;
  fputs(", \"escaped\": [", out);
  for (i = 0; i < keys->count; i++)
    fprintf(out, "%s\"%s\"", i > 0 ? ", " : "", keys->list[i]);
  putc(']', out);
}


static int digit (char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

/* The bytes that a TSV row shows, in the place of its text. */
static size_t plain (char *s, size_t len) {
  size_t i = 0, n = 0;
  while (i < len) {
    if (s[i] != '\\') s[n++] = s[i++];
    else if (s[i + 1] == 'e') i += 2;
    else {
      s[n++] = (char)(digit(s[i + 2]) << 4 | digit(s[i + 3]));
      i += 4;
    }
  }
  return n;
}


/* -- symbols --------------------------------------------------------------- */

static void put_slice (FILE *out, const sr_File *F) {
  fputs("\"slice\": ", out);
  if (F->slice == NULL) fputs("null", out);
  else put_string(out, F->slice, strlen(F->slice));
}


static void put_member (FILE *out, const sr_File *F, uint32_t member) {
  Keys keys = {{NULL}, 0};
  const sr_Str *name;
  if (member == SR_NONE || !sr_file_has_members(F)) {
    fputs(", \"member\": null", out);
    return;
  }
  name = &F->members[member].name;
  fprintf(out, ", \"member\": {\"index\": %llu",
          (unsigned long long)member + 1);
  put_key(out, &keys, "name", name->ptr, name->len, false);
  put_escaped(out, &keys);
  putc('}', out);
}


static void put_version (FILE *out, const sr_NmMore *more, char *text) {
  Keys keys = {{NULL}, 0};
  if (more->version == 0) {
    fputs(", \"version\": null", out);
    return;
  }
  fputs(", \"version\": {", out);
  put_key(out, &keys, "name", text, plain(text, more->version), true);
  fprintf(out, ", \"default\": %s", more->is_default ? "true" : "false");
  put_escaped(out, &keys);
  putc('}', out);
}


/* Letter, class and size, which end the row: "\tT\tglobal\t12\n". */
static void put_tail (FILE *out, const char *text) {
  const char *class = text + 3, *size = strchr(class, '\t') + 1;
  int len = (int)strcspn(size, "\n");
  fprintf(out, ", \"letter\": \"%c\", \"class\": \"%.*s\", \"size\": %.*s",
          text[1], (int)(size - 1 - class), class, size[0] == '-' ? 4 : len,
          size[0] == '-' ? "null" : size);
}


/* A row, "\tSLICE\tMEMBER\tNAME...", of which the text is written over. */
static void put_symbol (FILE *out, char *row) {
  Keys keys = {{NULL}, 0};
  sr_NmMore more;
  const char *behind = row + strlen(row) + 1;
  char *name = strchr(strchr(row + 1, '\t') + 1, '\t') + 1, *tail;
  memcpy(&more, behind, sizeof more);
  behind += sizeof more;
  tail = strchr(name, '\t');
  putc('{', out);
  put_slice(out, more.file);
  put_member(out, more.file, more.member);
  put_key(out, &keys, "symbol", name, plain(name, more.name), false);
  put_tail(out, tail);
  put_version(out, &more, tail - more.version);
  if (more.imported) {
    put_key(out, &keys, "module", behind, more.module, false);
    put_key(out, &keys, "field", behind + more.module, more.field, false);
  }
  put_escaped(out, &keys);
  putc('}', out);
}


/* -- files ----------------------------------------------------------------- */

static void put_gap (FILE *out, const sr_File *F, const sr_Gap *gap) {
  Keys keys = {{NULL}, 0};
  putc('{', out);
  put_slice(out, F);
  put_member(out, F, gap->member);
  put_key(out, &keys, "reason", gap->reason, strlen(gap->reason), false);
  if (gap->field != NULL) {
    put_key(out, &keys, "field", gap->field, strlen(gap->field), false);
    fprintf(out, ", \"offset\": %llu", (unsigned long long)gap->offset);
  }
  else fputs(", \"field\": null, \"offset\": null", out);
  put_escaped(out, &keys);
  putc('}', out);
}


static void put_gaps (FILE *out, const sr_NmRows *R, const sr_File *F,
                      bool *any) {
  size_t i;
  for (i = 0; i < F->ngaps && !ferror(out); i++) {
    if (!sr_nm_unread(R, F, &F->gaps[i])) continue;
    fputs(*any ? ",\n      " : "\n      ", out);
    put_gap(out, F, &F->gaps[i]);
    *any = true;
  }
  for (i = 0; i < F->nslices; i++) put_gaps(out, R, F->slices[i], any);
}


static void begin (FILE *out) {
  fprintf(out, "{\"schema\": 1, \"tool\": {\"name\": \"symrun\", \"version\": "
          "\"%s\"}, \"files\": [", SYMRUN_VERSION);
}


static void file (const sr_NmFile *F, bool first, FILE *out) {
  const sr_NmRows *R = F->rows;
  Keys keys = {{NULL}, 0};
  char path[SR_NM_PATH];
  size_t i;
  bool any = false;
  strcpy(path, R->file);
  fputs(first ? "\n  {" : ",\n  {", out);
  put_key(out, &keys, "file", path, plain(path, strlen(path)), true);
  fprintf(out, ", \"format\": \"%s\", \"status\": \"%s\", \"count\": %zu",
          sr_format_name(F->file->format), F->status, R->count);
  put_escaped(out, &keys);
  fputs(",\n    \"symbols\": [", out);
  for (i = 0; i < R->count && !ferror(out); i++) {
    fputs(i > 0 ? ",\n      " : "\n      ", out);
    put_symbol(out, F->list[i]);
  }
  fputs("],\n    \"unread\": [", out);
  put_gaps(out, R, F->file, &any);
  fputs("]}", out);
}


static void end (FILE *out) { fputs("\n]}\n", out); }

const sr_NmWriter sr_nm_json = {begin, file, end};
