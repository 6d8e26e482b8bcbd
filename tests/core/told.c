/*
** told.c
** Texts that Lua reads for the core: a stub is read through the public
** functions, by an engine that nobody gave a rule; what lacks memory is an
** error of the call, never a shorter list; and without a reader such a text is
** a gap that says so.
*/

#include "../../core/ground/ground.h"
#include "check.h"

static const char stub[] =
  "--- !tapi-tbd\n"
  "tbd-version: 4\n"
  "targets: [ x86_64-macos, arm64-macos ]\n"
  "install-name: /x\n"
  "exports:\n"
  "  - targets: [ x86_64-macos, arm64-macos ]\n"
  "    symbols: [ _f, _g ]\n"
  "  - targets: [ arm64-macos ]\n"
  "    symbols: [ _h ]\n"
  "...\n";

static size_t held, calls, refused = SIZE_MAX;

static void *limited (void *ud, void *ptr, size_t osize, size_t nsize) {
  void *p;
  (void)ud;
  if (ptr == NULL) osize = 0;  /* a kind of object, from Lua */
  if (nsize > osize && ++calls >= refused) return NULL;
  if (nsize == 0) {
    free(ptr);
    held -= osize;
    return NULL;
  }
  p = realloc(ptr, nsize);
  if (p != NULL) held += nsize - osize;
  return p;
}


static int count (void *ud, const symrun_Symbol *s) {
  *(int *)ud += s->name.len == 1 && s->defined;
  return 0;
}


/* The slices, and their symbols, in tens; -1 without memory. */
static int read_all (symrun *S) {
  symrun_Str name = {"x", 1}, bytes = {stub, sizeof stub - 1};
  symrun_File *F, *slice;
  const char *machine;
  int out = 0, n = 0, rc;
  size_t i = 0;
  rc = symrun_file_wrap(S, name, bytes, &F);
  while (rc == SYMRUN_OK) {
    rc = symrun_file_slice(F, i, &slice, &machine);
    if (rc == SYMRUN_OK) rc = symrun_file_symbols(slice, SYMRUN_DYNAMIC, count,
                                                  &n);
    if (rc != SYMRUN_OK) break;
    CHECK(strcmp(machine, i == 0 ? "x86_64-macos" : "arm64-macos") == 0, "%s",
          machine);
    out += 10;
    i++;
  }
  CHECK(rc == SYMRUN_END || rc == SYMRUN_NOMEM, "%s", symrun_message(S));
  return rc == SYMRUN_END ? out + n : -1;
}


static int run (void) {
  symrun *S = symrun_new(limited, NULL);
  int out = S != NULL ? read_all(S) : -1;
  symrun_close(S);
  return out;
}


static void names_of_all_targets (void) {
  symrun *S = symrun_new(NULL, NULL);
  symrun_Str name = {"x", 1}, bytes = {stub, sizeof stub - 1}, h = {"h", 1};
  symrun_Str none = {"none", 4};
  symrun_Names *N;
  symrun_File *F;
  MUST(S != NULL && symrun_file_wrap(S, name, bytes, &F) == SYMRUN_OK);
  CHECK(strcmp(symrun_file_format(F), "tbd") == 0, "%s", symrun_file_format(F));
  MUST(symrun_names_of(F, SYMRUN_EXPORTED, NULL, SYMRUN_DYNAMIC, &N)
       == SYMRUN_OK);
  CHECK(symrun_names_has(N, h) == 1, "h is not there");
  CHECK(symrun_names_has(N, none) == 0, "none is there");
  symrun_names_free(N);
  symrun_close(S);
}


/* As in an engine that reads ahead, or a program without Lua. */
static void nobody_reads (void) {
  symrun *S = symrun_new(NULL, NULL);
  symrun_Str name = {"x", 1}, bytes = {stub, sizeof stub - 1};
  symrun_File *F, *slice;
  const char *machine;
  symrun_Gap gap;
  MUST(S != NULL);
  S->text = NULL;
  MUST(symrun_file_wrap(S, name, bytes, &F) == SYMRUN_OK);
  CHECK(symrun_file_slice(F, 0, &slice, &machine) == SYMRUN_UNKNOWN,
        "read by nobody");
  gap.struct_size = sizeof gap;
  MUST(symrun_file_gap(F, 0, &gap) == SYMRUN_OK);
  CHECK(!gap.damaged && strstr(gap.reason, "is not here") != NULL, "%s",
        gap.reason);
  symrun_close(S);
}


int main (void) {
  size_t all, step;
  names_of_all_targets();
  nobody_reads();
  CHECK(run() == 25, "the stub is not read");
  CHECK(held == 0, "%zu bytes are not given back", held);
  all = calls;
  CHECK(all > 1000, "only %zu allocations", all);
  for (step = 1; step < all; step += 1 + all / 200) {
    int out;
    calls = 0;
    refused = step;
    out = run();
    CHECK(out == -1 || out == 25, "%d, after %zu allocations", out, step);
    CHECK(held == 0, "%zu bytes are lost after %zu allocations", held, step);
  }
  return finish(400);
}
