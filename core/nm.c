/*
** nm.c
** symrun nm: every symbol as a row.  Rows of a file are sorted as bytes, and so
** are the files, so the whole output is what LC_ALL=C sort would leave, without
** holding it all.
*/

#include <stdio.h>
#include <stdlib.h>

#include "nm.h"

/* The next member of which the name is known: which one of that name is it? */
static int count_member (sr_NmRows *R) {
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


int sr_nm_ordinal (sr_NmRows *R, uint32_t member, uint32_t *out) {
  int rc = SYMRUN_OK;
  while (R->known <= member && rc == SYMRUN_OK) rc = count_member(R);
  if (rc == SYMRUN_OK) *out = R->ordinals[member];
  return rc;
}


bool sr_nm_unread (const sr_NmRows *R, const sr_File *F, const sr_Gap *gap) {
  return sr_gap_concerns(F, gap, &R->scan);
}


/* Of equal rows the first that was read stays the first. */
static int by_bytes (const void *a, const void *b) {
  const char *x = *(const char *const *)a, *y = *(const char *const *)b;
  int order = strcmp(x, y);
  return order != 0 ? order : x < y ? -1 : x > y;
}


static bool all_read (const sr_NmRows *R, const sr_File *F) {
  size_t i;
  for (i = 0; i < F->ngaps; i++)
    if (sr_nm_unread(R, F, &F->gaps[i])) return false;
  for (i = 0; i < F->nslices; i++)
    if (!all_read(R, F->slices[i])) return false;
  return true;
}


static const char *status_of (const sr_NmRows *R, const sr_File *F,
                              bool *whole) {
  *whole = all_read(R, F);
  if (!*whole) return R->count > 0 ? "partial" : "refused";
  return R->count > 0 ? "ok" : "nosyms";
}


static const sr_NmWriter *writer_of (const sr_Nm *how) {
  return how->json ? &sr_nm_json : &sr_nm_tsv;
}


static int written (symrun *S, FILE *out) {
  return !ferror(out) ? SYMRUN_OK
       : sr_fail(S, SYMRUN_IO, "standard output cannot be written");
}


static int print_rows (sr_NmRows *R, sr_File *F, bool first, bool *whole) {
  sr_NmFile printed = {R, F, NULL, status_of(R, F, whole)};
  size_t i, room = (R->count + 1) * sizeof *printed.list;
  printed.list = (char **)sr_resize(R->S, NULL, 0, room);
  if (printed.list == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < R->count; i++) printed.list[i] = R->text + R->starts[i];
  qsort(printed.list, R->count, sizeof *printed.list, by_bytes);
  writer_of(R->how)->file(&printed, first, R->how->out);
  sr_delete(R->S, (void *)printed.list, room);
  return written(R->S, R->how->out);
}


/* Tell on the second channel what could not be read. */
static void tell_gaps (const sr_NmRows *R, const sr_File *F) {
  size_t i;
  for (i = 0; i < F->ngaps; i++) {
    const sr_Gap *gap = &F->gaps[i];
    char member[512] = "";
    if (!sr_nm_unread(R, F, gap)) continue;
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
static int scan_rows (sr_NmRows *R, sr_File *F) {
  R->slice = F->slice != NULL ? F->slice : "-";
  R->known = R->shown = 0;
  if (R->counts != NULL) memset(R->counts, 0, R->rcounts * sizeof *R->counts);
  return sr_file_scan(F, &R->scan);
}


static int one_file (symrun *S, sr_File *F, const char *shown,
                     const sr_Nm *how, bool first, bool *whole) {
  sr_NmRows R;
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
  R.scan.ask.each = sr_nm_row;
  R.scan.ask.ud = &R;
  rc = sr_file_probe(F);
  R.bytes = F->source.size;
  if (rc == SYMRUN_OK) rc = sr_file_slices(F);
  if (rc == SYMRUN_OK && !sr_file_is_sliced(F)) rc = scan_rows(&R, F);
  for (i = 0; i < F->nslices && rc == SYMRUN_OK; i++)
    rc = scan_rows(&R, F->slices[i]);
  if (rc == SYMRUN_OK) rc = print_rows(&R, F, first, whole);
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
  sr_NmRows R;
  size_t n = strlen(input);
  int rc;
  memset(&R, 0, sizeof R);
  R.S = T->S;
  while (n > 1 && input[n - 1] == '/') n--;
  rc = sr_nm_escape(&R, input, n, false);
  if (rc == SYMRUN_OK && !T->walks[item->input].single) {
    rc = sr_nm_escape(&R, "/", 1, false);
    if (rc == SYMRUN_OK) rc = sr_nm_escape(&R, path, strlen(path), false);
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


static int list_files (sr_Tree *T, Listed *list, size_t *count) {
  symrun *S = T->S;
  size_t i, n = 0;
  for (i = 0; i < T->count; i++) {
    char path[SR_NM_PATH];
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
  return SYMRUN_OK;
}


static int print_files (sr_Tree *T, const sr_Nm *how, const Listed *list,
                        size_t count, bool *clean) {
  size_t i;
  int rc;
  writer_of(how)->begin(how->out);
  rc = written(T->S, how->out);
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    bool whole = true;
    sr_File *F;
    rc = sr_tree_file(T, list[i].item, &F);
    if (rc == SYMRUN_OK)
      rc = one_file(T->S, F, list[i].path, how, i == 0, &whole);
    if (rc == SYMRUN_OK && !whole) *clean = false;
  }
  if (rc != SYMRUN_OK) return rc;
  writer_of(how)->end(how->out);
  return written(T->S, how->out);
}


int sr_nm (sr_Tree *T, const sr_Nm *how, bool *clean) {
  symrun *S = T->S;
  size_t room = (T->count + 1) * sizeof(Listed), count = 0, i;
  Listed *list = (Listed *)sr_new(S, room);
  int rc;
  if (list == NULL) return SYMRUN_NOMEM;
  *clean = true;
  rc = list_files(T, list, &count);
  if (rc == SYMRUN_OK) rc = print_files(T, how, list, count, clean);
  if (rc == SYMRUN_OK && fflush(how->out) != 0)
    rc = sr_fail(S, SYMRUN_IO, "standard output cannot be written");
  for (i = 0; i < count; i++) sr_delete(S, list[i].path, list[i].room);
  sr_delete(S, list, room);
  return rc;
}
