/*
** nm.c
** symrun nm: every symbol as a row that other tools can sort and compare.
** Rows of a file are sorted as bytes, and so are the files, so the whole
** output is what LC_ALL=C sort would leave, without holding it all.
*/

#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

#define SHARED  64  /* rows may take so many times the bytes that are read */

typedef struct Rows {
  symrun *S;
  sr_Scan scan;
  char *text;          /* rows without the file, each with its NUL */
  size_t len, room;
  size_t *starts;
  size_t count, rstarts;
  const char *file;    /* as it is printed */
  const char *slice;   /* of a universal file, or "-" */
  const sr_Nm *how;
  int failed;          /* while a name was demangled */
  uint64_t bytes;      /* that the file and its members have */
  uint32_t shown;      /* 1 + the member whose text stands at 'at' */
  size_t at, size;
  sr_Interned names;   /* of members, to count equal ones */
  uint32_t *counts;    /* by name */
  uint32_t *ordinals;  /* by member: the how many'th of its name it is */
  size_t rcounts, known, rordinals;
} Rows;


static int make_room (Rows *R, size_t len) {
  size_t room = (R->len + len) * 2 + 4096;
  char *text;
  if (len <= R->room - R->len) return SYMRUN_OK;
  text = (char *)sr_resize(R->S, R->text, R->room, room);
  if (text == NULL) return SYMRUN_NOMEM;
  R->text = text;
  R->room = room;
  return SYMRUN_OK;
}


static int put (Rows *R, const char *s, size_t len) {
  int rc = make_room(R, len);
  if (rc != SYMRUN_OK) return rc;
  memcpy(R->text + R->len, s, len);
  R->len += len;
  return SYMRUN_OK;
}


/* Bytes outside 0x21..0x7e and the backslash as \xHH. */
static int put_escaped (Rows *R, const char *s, size_t len, bool member) {
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


static void put_piece (const char *s, size_t len, void *ud) {
  Rows *R = (Rows *)ud;
  if (len > 0 && R->failed == SYMRUN_OK)
    R->failed = put_escaped(R, s, len, false);
}


/* The name of a symbol, as people wrote it if that is wanted and can be
   told. */
static int put_name (Rows *R, const sr_Symbol *sym) {
  size_t begin = R->len;
  R->failed = SYMRUN_OK;
  if (R->how->demangle
      && sr_demangle(sym->name, sym->len, put_piece, R) == SR_YES)
    return R->failed;
  R->len = begin;
  return put_escaped(R, sym->name, sym->len, false);
}


/* The next member of which the name is known: which one of that name is it? */
static int count_member (Rows *R) {
  const sr_Member *m = &R->scan.file->members[R->known];
  uint32_t id = sr_intern(R->S, &R->names, m->name.ptr, m->name.len);
  size_t had = R->rcounts;
  int rc = id == SR_NONE ? SYMRUN_NOMEM
         : sr_room(R->S, &R->counts, &R->rcounts, id, sizeof *R->counts);
  if (rc == SYMRUN_OK)
    rc = sr_room(R->S, &R->ordinals, &R->rordinals, R->known,
                 sizeof *R->ordinals);
  if (rc != SYMRUN_OK) return rc;
  if (R->rcounts > had)
    memset(R->counts + had, 0, (R->rcounts - had) * sizeof *R->counts);
  R->ordinals[R->known++] = ++R->counts[id];
  R->bytes += m->outside ? m->size : 0;
  return SYMRUN_OK;
}


/* Symbols come member by member, so the text is mostly there already. */
static int put_member (Rows *R, uint32_t i) {
  const sr_File *F = R->scan.file;
  char number[16];
  int rc = SYMRUN_OK;
  if (i == SR_NONE) return put(R, "-", 1);
  if (R->shown == i + 1) {
    rc = make_room(R, R->size);  /* first: the text may move */
    return rc == SYMRUN_OK ? put(R, R->text + R->at, R->size) : rc;
  }
  while (R->known <= i && rc == SYMRUN_OK) rc = count_member(R);
  if (rc != SYMRUN_OK) return rc;
  R->shown = i + 1;
  R->at = R->len;
  rc = put_escaped(R, F->members[i].name.ptr, F->members[i].name.len, true);
  if (rc == SYMRUN_OK && R->ordinals[i] > 1) {
    snprintf(number, sizeof number, "#%u", R->ordinals[i]);
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


static int put_tail (Rows *R, const sr_Symbol *sym) {
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


static int row (void *ud, const sr_Symbol *sym) {
  Rows *R = (Rows *)ud;
  int rc = sr_room(R->S, &R->starts, &R->rstarts, R->count, sizeof *R->starts);
  if (rc != SYMRUN_OK) return rc;
  R->starts[R->count++] = R->len;
  rc = put(R, "\t", 1);
  if (rc == SYMRUN_OK) rc = put(R, R->slice, strlen(R->slice));
  if (rc == SYMRUN_OK) rc = put(R, "\t", 1);
  if (rc == SYMRUN_OK) rc = put_member(R, R->scan.member);
  if (rc == SYMRUN_OK) rc = put(R, "\t", 1);
  if (rc == SYMRUN_OK) rc = put_name(R, sym);
  if (rc == SYMRUN_OK && sym->version.len > 0) {
    bool one = sym->version_hidden || sym->place == SR_UNDEFINED;
    rc = put(R, "@@", one ? 1 : 2);
    if (rc == SYMRUN_OK)
      rc = put_escaped(R, sym->version.ptr, sym->version.len, false);
  }
  if (rc == SYMRUN_OK) rc = put_tail(R, sym);
  if (rc == SYMRUN_OK && R->len / SHARED > R->bytes + 4096)
    rc = sr_fail(R->S, SYMRUN_UNKNOWN, "has symbols that take more than %d "
                 "times its size to print", SHARED);
  return rc;
}


static int by_bytes (const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}


static bool all_read (const Rows *R, const sr_File *F) {
  size_t i;
  for (i = 0; i < F->ngaps; i++)
    if (sr_gap_concerns(F, &F->gaps[i], &R->scan)) return false;
  for (i = 0; i < F->nslices; i++)
    if (!all_read(R, F->slices[i])) return false;
  return true;
}


static const char *status_of (const Rows *R, const sr_File *F, bool *whole) {
  *whole = all_read(R, F);
  if (!*whole) return R->count > 0 ? "partial" : "refused";
  return R->count > 0 ? "ok" : "nosyms";
}


/* The status row comes first: its second field is '#'. */
static int print_rows (Rows *R, const sr_File *F, FILE *out, bool *whole) {
  const char **list;
  size_t i, room = (R->count + 1) * sizeof *list;
  const char *status = status_of(R, F, whole);
  bool bad = fprintf(out, "%s\t#\t%s\t%s\t-\t-\t%zu\n", R->file,
                     sr_format_name(F->format), status,
                     R->count) < 0;
  list = (const char **)sr_resize(R->S, NULL, 0, room);
  if (list == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < R->count; i++) list[i] = R->text + R->starts[i];
  qsort(list, R->count, sizeof *list, by_bytes);
  for (i = 0; i < R->count && !bad; i++)
    bad = fputs(R->file, out) == EOF || fputs(list[i], out) == EOF;
  sr_delete(R->S, (void *)list, room);
  return !bad ? SYMRUN_OK
       : sr_fail(R->S, SYMRUN_IO, "standard output cannot be written");
}


/* Tell on the second channel what could not be read. */
static void tell_gaps (const Rows *R, const sr_File *F) {
  size_t i;
  for (i = 0; i < F->ngaps; i++) {
    const sr_Gap *gap = &F->gaps[i];
    char member[512] = "";
    if (!sr_gap_concerns(F, gap, &R->scan)) continue;
    if (gap->member != SR_NONE && sr_file_has_members(F))
      sr_printable(member, sizeof member, F->members[gap->member].name.ptr,
                   F->members[gap->member].name.len);
    fprintf(stderr, "symrun: %s%s%s%s%s%s%s: ", R->file,
            F->slice != NULL ? " (" : "", F->slice != NULL ? F->slice : "",
            F->slice != NULL ? ")" : "", *member ? "(" : "", member,
            *member ? ")" : "");
    fputs(gap->reason, stderr);
    if (gap->field != NULL) {  /* unless the sentence has named it */
      bool named = strstr(gap->reason, gap->field) != NULL;
      fprintf(stderr, " (%s%sat offset %llu)", named ? "" : gap->field,
              named ? "" : " ", (unsigned long long)gap->offset);
    }
    fputc('\n', stderr);
  }
  for (i = 0; i < F->nslices; i++) tell_gaps(R, F->slices[i]);
}


/* Members are counted anew in each slice. */
static int scan_rows (Rows *R, sr_File *F) {
  R->slice = F->slice != NULL ? F->slice : "-";
  R->known = R->shown = 0;
  if (R->counts != NULL) memset(R->counts, 0, R->rcounts * sizeof *R->counts);
  return sr_file_scan(F, &R->scan);
}


static int one_file (symrun *S, sr_File *F, const char *shown,
                     const sr_Nm *how, bool *whole) {
  Rows R;
  size_t i;
  int rc;
  memset(&R, 0, sizeof R);
  R.S = S;
  R.file = shown;
  R.how = how;
  R.scan.only = SR_NONE;
  R.scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED | SR_WANT_LOCAL;
  R.scan.ask.view = how->view;
  R.scan.ask.linker = how->linker;
  R.scan.ask.letters = R.scan.ask.raw = true;
  R.scan.ask.versions = how->view == SR_DYNAMIC;
  R.scan.ask.each = row;
  R.scan.ask.ud = &R;
  rc = sr_file_probe(F);
  R.bytes = F->source.size;
  if (rc == SYMRUN_OK) rc = sr_file_slices(F);
  if (rc == SYMRUN_OK && F->format != SR_FAT) rc = scan_rows(&R, F);
  for (i = 0; i < F->nslices && rc == SYMRUN_OK; i++)
    rc = scan_rows(&R, F->slices[i]);
  if (rc == SYMRUN_OK) rc = print_rows(&R, F, how->out, whole);
  if (rc == SYMRUN_OK && !*whole) tell_gaps(&R, F);
  sr_delete(S, R.text, R.room);
  sr_delete(S, R.starts, R.rstarts * sizeof *R.starts);
  sr_delete(S, R.counts, R.rcounts * sizeof *R.counts);
  sr_delete(S, R.ordinals, R.rordinals * sizeof *R.ordinals);
  sr_intern_free(S, &R.names);
  return rc;
}


/* The file as it was typed, joined with the path below it. */
static int shown_path (const sr_Tree *T, size_t i, char *out, size_t room) {
  const sr_Item *item = &T->items[i];
  const char *input = T->inputs[item->input], *path = sr_tree_path(T, i);
  Rows R;
  size_t n = strlen(input);
  int rc;
  memset(&R, 0, sizeof R);
  R.S = T->S;
  while (n > 1 && input[n - 1] == '/') n--;
  rc = put_escaped(&R, input, n, false);
  if (rc == SYMRUN_OK && !T->walks[item->input].single) {
    rc = put(&R, "/", 1);
    if (rc == SYMRUN_OK) rc = put_escaped(&R, path, strlen(path), false);
  }
  if (rc == SYMRUN_OK && R.len + 1 > room)
    rc = sr_fail(T->S, SYMRUN_RANGE, "a path is longer than %zu bytes", room);
  if (rc == SYMRUN_OK) {
    memcpy(out, R.text, R.len);
    out[R.len] = '\0';
  }
  sr_delete(T->S, R.text, R.room);
  return rc;
}


typedef struct Listed { char *path; size_t room; size_t item; } Listed;

static int by_path (const void *a, const void *b) {
  const Listed *x = (const Listed *)a, *y = (const Listed *)b;
  size_t i;
  for (i = 0; x->path[i] != '\0' && x->path[i] == y->path[i]; i++) ;
  /* a tab follows the path in a row, so it counts in the order */
  return (x->path[i] != '\0' ? (unsigned char)x->path[i] : '\t')
       - (y->path[i] != '\0' ? (unsigned char)y->path[i] : '\t');
}


static int run (sr_Tree *T, const sr_Nm *how, Listed *list, size_t *count,
                bool *clean) {
  symrun *S = T->S;
  size_t i, n = 0;
  for (i = 0; i < T->count; i++) {
    char path[4 * PATH_MAX];
    sr_File *F;
    int rc = sr_tree_file(T, i, &F);
    if (rc == SYMRUN_OK) rc = sr_file_probe(F);
    if (rc == SYMRUN_OK) rc = sr_file_done(F);
    if (rc == SYMRUN_OK) rc = shown_path(T, i, path, sizeof path);
    if (rc != SYMRUN_OK) return rc;
    list[n].room = strlen(path) + 1;
    list[n].path = (char *)sr_resize(S, NULL, 0, list[n].room);
    if (list[n].path == NULL) return SYMRUN_NOMEM;
    memcpy(list[n].path, path, list[n].room);
    list[n].item = i;
    *count = ++n;
  }
  if (n > 1) qsort(list, n, sizeof *list, by_path);
  if (fputs("file\tslice\tmember\tsymbol\tletter\tclass\tsize\n", how->out) == EOF)
    return sr_fail(S, SYMRUN_IO, "standard output cannot be written");
  for (i = 0; i < n; i++) {
    bool whole = true;
    sr_File *F;
    int rc = sr_tree_file(T, list[i].item, &F);
    if (rc == SYMRUN_OK)
      rc = one_file(S, F, list[i].path, how, &whole);
    if (rc != SYMRUN_OK) return rc;
    if (!whole) *clean = false;
  }
  return SYMRUN_OK;
}


int sr_nm (sr_Tree *T, const sr_Nm *how, bool *clean) {
  symrun *S = T->S;
  size_t room = (T->count + 1) * sizeof(Listed), count = 0, i;
  Listed *list = (Listed *)sr_new(S, room);
  int rc;
  if (list == NULL) return SYMRUN_NOMEM;
  *clean = true;
  rc = run(T, how, list, &count, clean);
  if (rc == SYMRUN_OK && fflush(how->out) != 0)
    rc = sr_fail(S, SYMRUN_IO, "standard output cannot be written");
  for (i = 0; i < count; i++) sr_delete(S, list[i].path, list[i].room);
  sr_delete(S, list, room);
  return rc;
}
