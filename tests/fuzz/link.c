/*
** link.c
** libFuzzer's target for link lines.  The bytes are words with a zero after
** each; "@x" is the rest of the bytes after two zeros.  A line that nobody
** changed must come back as it was, and one that was changed must be a line.
**
**   make fuzz FUZZERS=link
*/

#include <stdlib.h>

#include "edits/link.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

#define MOST  64

static int read_rest (void *ud, symrun *S, sr_Arena *A, sr_Str path,
                      sr_Str *out) {
  (void)S;
  (void)A;
  (void)path;
  *out = *(const sr_Str *)ud;
  return SYMRUN_OK;
}


static size_t words_of (const char *bytes, size_t size, sr_Str *words,
                        sr_Str *rest) {
  size_t n = 0, i = 0;
  while (i < size && n < MOST) {
    const char *end = (const char *)memchr(bytes + i, '\0', size - i);
    size_t len = end != NULL ? (size_t)(end - bytes) - i : size - i;
    if (len == 0 && n > 0) break;
    words[n].ptr = bytes + i;
    words[n++].len = len;
    i += len + 1;
  }
  rest->ptr = i < size ? bytes + i : "";
  rest->len = i < size ? size - i : 0;
  return n;
}


static void must (bool condition) {
  if (!condition) abort();
}


static void change (sr_Link *L) {
  sr_Changes *C = NULL;
  sr_Str value = {"new value", 9}, folder = {"/f", 2}, out;
  sr_Str name = {"--version-script", 16};
  sr_Printed printed;
  size_t i;
  must(sr_changes_new(L, &C) == SYMRUN_OK);
  for (i = 0; i < sr_link_parts(L); i++) {
    if (i % 3 == 0) sr_change_drop(C, "r", i);
    if (i % 3 == 1) sr_change_value(C, "r", i, value);
    if (i % 5 == 2) sr_change_add(C, "r", SR_AT_AFTER, i, name, &value);
    if (i % 5 == 3) sr_change_add_word(C, "r", SR_AT_BEFORE, i, value);
  }
  sr_link_sure(L);
  sr_link_links(L);
  sr_link_output(L, &out);
  sr_link_print(L, C, folder, &printed);
  sr_changes_free(C);
}


int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size) {
  symrun *S = symrun_new(NULL, NULL);
  sr_Str words[MOST], rest;
  sr_LinkGiven given = {NULL, read_rest, &rest, NULL};
  sr_Link *L = NULL;
  sr_Printed printed;
  size_t n = words_of((const char *)bytes, size, words, &rest), i;
  if (size > 0) given.flavour = sr_flavour_at(bytes[size - 1] % 32);
  must(S != NULL);
  must(sr_link_new(S, words, n, &given, &L) == SYMRUN_OK);
  must(sr_link_print(L, NULL, (sr_Str){"/f", 2}, &printed) == SYMRUN_OK);
  must(printed.count == n && printed.nmade == 0);
  for (i = 0; i < n; i++)
    must(printed.words[i].len == words[i].len
         && memcmp(printed.words[i].ptr, words[i].ptr, words[i].len) == 0);
  change(L);
  sr_link_free(L);
  symrun_close(S);
  return 0;
}
