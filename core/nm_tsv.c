/*
** nm_tsv.c
** Rows of symrun nm as text with tabs between, which other tools can sort and
** compare.
*/

#include <stdio.h>

#include "nm.h"

#define SHARED  64  /* rows may take so many times the bytes that are read */


/* -- text ------------------------------------------------------------------ */

static int make_room (sr_NmRows *R, size_t len) {
  size_t room = (R->len + len) * 2 + 4096;
  char *text;
  if (len <= R->room - R->len) return SYMRUN_OK;
  text = (char *)sr_resize(R->S, R->text, R->room, room);
  if (text == NULL) return SYMRUN_NOMEM;
  R->text = text;
  R->room = room;
  return SYMRUN_OK;
}


static int put (sr_NmRows *R, const void *s, size_t len) {
  int rc = make_room(R, len);
  if (rc != SYMRUN_OK || len == 0) return rc;
  memcpy(R->text + R->len, s, len);
  R->len += len;
  return SYMRUN_OK;
}


int sr_nm_escape (sr_NmRows *R, const char *s, size_t len, bool member) {
  size_t i;
  int rc = len == 0 ? put(R, "\\e", 2) : SYMRUN_OK;
  bool dash = member && len == 1 && s[0] == '-';
  for (i = 0; i < len && rc == SYMRUN_OK; i++) {
    unsigned char c = (unsigned char)s[i];
    char hex[8];
    if (c > 0x20 && c < 0x7f && c != '\\' && !dash && !(member && c == '#'))
      rc = put(R, s + i, 1);
    else {
      snprintf(hex, sizeof hex, "\\x%02x", c);
      rc = put(R, hex, 4);
    }
  }
  return rc;
}


/* -- a row ----------------------------------------------------------------- */

static void put_piece (const char *s, size_t len, void *ud) {
  sr_NmRows *R = (sr_NmRows *)ud;
  if (len > 0 && R->failed == SYMRUN_OK)
    R->failed = sr_nm_escape(R, s, len, false);
}


/* The name of a symbol, as people wrote it if that is wanted and can be
   told. */
static int put_name (sr_NmRows *R, const sr_Symbol *sym) {
  size_t begin = R->len;
  R->failed = SYMRUN_OK;
  if (R->how->demangle
      && sr_demangle(sym->name, sym->len, put_piece, R) == SR_YES)
    return R->failed;
  R->len = begin;
  return sr_nm_escape(R, sym->name, sym->len, false);
}


/* Symbols come member by member, so the text is mostly there already. */
static int put_member (sr_NmRows *R, uint32_t i) {
  const sr_File *F = R->scan.file;
  char number[16];
  uint32_t ordinal;
  int rc;
  if (i == SR_NONE) return put(R, "-", 1);
  if (R->shown == i + 1) {
    rc = make_room(R, R->size);  /* first: the text may move */
    return rc == SYMRUN_OK ? put(R, R->text + R->at, R->size) : rc;
  }
  rc = sr_nm_ordinal(R, i, &ordinal);
  if (rc != SYMRUN_OK) return rc;
  R->shown = i + 1;
  R->at = R->len;
  rc = sr_nm_escape(R, F->members[i].name.ptr, F->members[i].name.len, true);
  if (rc == SYMRUN_OK && ordinal > 1) {
    snprintf(number, sizeof number, "#%u", ordinal);
    rc = put(R, number, strlen(number));
  }
  R->size = R->len - R->at;
  return rc;
}


static const char *class_of (const sr_Symbol *sym) {
  if (sym->place == SR_UNDEFINED)
    return sym->binding == SR_WEAK ? "weakundef" : "undef";
  if (sym->binding == SR_WEAK) return "weak";
  if (sym->letter == 'C') return "common";
  if (sym->type == SR_IFUNC) return "ifunc";
  if (sym->binding == SR_UNIQUE) return "unique";
  if (sym->binding == SR_LOCAL) return "local";
  return sym->binding == SR_GLOBAL ? "global" : "other";
}


static int put_tail (sr_NmRows *R, const sr_Symbol *sym) {
  const sr_File *F = R->scan.file;
  uint32_t i = R->scan.member == SR_NONE ? 0 : R->scan.member;
  char size[24] = "-", tail[64];
  if (R->scan.ask.view == SR_INDEX)  /* it gives names and members, no more */
    return put(R, "\t?\tother\t-\n", sizeof "\t?\tother\t-\n");
  if (sr_format_sizes((sr_Format)F->members[i].format)
      && R->scan.ask.told != SR_BITCODE_VIEW
      && R->scan.ask.told != SR_GCC_LTO)  /* those tables have none */
    snprintf(size, sizeof size, "%llu", (unsigned long long)sym->size);
  snprintf(tail, sizeof tail, "\t%c\t%s\t%s\n", sym->letter, class_of(sym),
           size);
  return put(R, tail, strlen(tail) + 1);
}


static int put_more (sr_NmRows *R, const sr_Symbol *sym, sr_NmMore *more) {
  int rc;
  more->file = R->scan.file;
  more->member = R->scan.member;
  more->imported = sym->module.ptr != NULL;
  more->module = sym->module.len;
  more->field = sym->field.len;
  rc = put(R, more, sizeof *more);
  if (rc == SYMRUN_OK) rc = put(R, sym->module.ptr, sym->module.len);
  return rc == SYMRUN_OK ? put(R, sym->field.ptr, sym->field.len) : rc;
}


static int put_row (sr_NmRows *R, const sr_Symbol *sym, sr_NmMore *more) {
  size_t begin;
  int rc = put(R, "\t", 1);
  if (rc == SYMRUN_OK) rc = put(R, R->slice, strlen(R->slice));
  if (rc == SYMRUN_OK) rc = put(R, "\t", 1);
  if (rc == SYMRUN_OK) rc = put_member(R, R->scan.member);
  if (rc == SYMRUN_OK) rc = put(R, "\t", 1);
  begin = R->len;
  if (rc == SYMRUN_OK) rc = put_name(R, sym);
  more->name = R->len - begin;
  if (rc == SYMRUN_OK && sym->version.len > 0) {
    more->is_default = !sym->version_hidden && sym->place != SR_UNDEFINED;
    rc = put(R, "@@", more->is_default ? 2 : 1);
    begin = R->len;
    if (rc == SYMRUN_OK)
      rc = sr_nm_escape(R, sym->version.ptr, sym->version.len, false);
    more->version = R->len - begin;
  }
  return rc == SYMRUN_OK ? put_tail(R, sym) : rc;
}


int sr_nm_row (void *ud, const sr_Symbol *sym) {
  sr_NmRows *R = (sr_NmRows *)ud;
  sr_NmMore more;
  size_t begin = R->len;
  int rc = sr_room(R->S, &R->starts, &R->rstarts, R->count, sizeof *R->starts);
  if (rc != SYMRUN_OK) return rc;
  memset(&more, 0, sizeof more);
  R->starts[R->count++] = begin;
  rc = put_row(R, sym, &more);
  R->printed += R->len - begin;
  if (rc == SYMRUN_OK && R->how->json) rc = put_more(R, sym, &more);
  if (rc == SYMRUN_OK && R->printed / SHARED > R->bytes + 4096)
    rc = sr_fail(R->S, SYMRUN_UNKNOWN, "has symbols that take more than %d "
                 "times its size to print", SHARED);
  return rc;
}


/* -- writing --------------------------------------------------------------- */

static void begin (FILE *out) {
  fputs("file\tslice\tmember\tsymbol\tletter\tclass\tsize\n", out);
}


/* The status row comes first: its second field is '#'. */
static void file (const sr_NmFile *F, bool first, FILE *out) {
  const sr_NmRows *R = F->rows;
  size_t i;
  bool bad = fprintf(out, "%s\t#\t%s\t%s\t-\t-\t%zu\n", R->file,
                     sr_format_name(F->file->format), F->status,
                     R->count) < 0;
  (void)first;
  for (i = 0; i < R->count && !bad; i++)
    bad = fputs(R->file, out) == EOF || fputs(F->list[i], out) == EOF;
}


static void end (FILE *out) { (void)out; }

const sr_NmWriter sr_nm_tsv = {begin, file, end};
