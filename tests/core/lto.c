/*
** lto.c (a test)
** What a rule or a resolver asks about symbols of intermediate code, and what
** symrun nm does not print: binding, type, visibility, place, COMDAT groups.
**
**   build/tests/lto
*/

#include <unistd.h>

#include "check.h"
#include "model/model.h"

static const char source[] =
  "int u(void); __attribute__((weak)) int wu(void);\n"
  "int f(void) { return u() + (wu ? wu() : 0); } int d = 1; int c;\n"
  "__attribute__((weak)) int w = 1;\n"
  "__attribute__((visibility(\"hidden\"))) int h = 1;\n"
  "__attribute__((visibility(\"protected\"))) int p(void) { return 1; }\n"
  "__thread int t = 1;\n"
  "template<class T> struct A { static int s; T x() { return s; } };\n"
  "template<class T> int A<T>::s = 3;\n"
  "int a(void) { return A<int>().x(); }\n";

typedef struct Expected {
  const char *name;
  unsigned char binding, place, visibility;
  int bitcode, gcc;  /* types */
  bool comdat;
} Expected;

static const Expected expected[] = {
  {"_Z1uv", SR_GLOBAL, SR_UNDEFINED, SR_DEFAULT, SR_FUNC, SR_FUNC, false},
  {"_Z2wuv", SR_WEAK, SR_UNDEFINED, SR_DEFAULT, SR_FUNC, SR_FUNC, false},
  {"_Z1fv", SR_GLOBAL, SR_DEFINED, SR_DEFAULT, SR_FUNC, SR_FUNC, false},
  {"d", SR_GLOBAL, SR_DEFINED, SR_DEFAULT, SR_OBJECT, SR_OBJECT, false},
  {"w", SR_WEAK, SR_DEFINED, SR_DEFAULT, SR_OBJECT, SR_OBJECT, false},
  {"h", SR_GLOBAL, SR_DEFINED, SR_HIDDEN, SR_OBJECT, SR_OBJECT, false},
  {"_Z1pv", SR_GLOBAL, SR_DEFINED, SR_PROTECTED, SR_FUNC, SR_FUNC, false},
  {"t", SR_GLOBAL, SR_DEFINED, SR_DEFAULT, SR_TLS, SR_OBJECT, false},
  {"_ZN1AIiE1sE", SR_WEAK, SR_DEFINED, SR_DEFAULT, SR_OBJECT, SR_OBJECT, true},
  {"_ZN1AIiE1xEv", SR_WEAK, SR_DEFINED, SR_DEFAULT, SR_FUNC, SR_FUNC, true},
};

#define COUNT  (sizeof expected / sizeof *expected)

static unsigned found[COUNT];
static bool gcc;


static int each (void *ud, const sr_Symbol *sym) {
  size_t i;
  (void)ud;
  for (i = 0; i < COUNT; i++) {
    const Expected *e = &expected[i];
    if (strlen(e->name) != sym->len || memcmp(e->name, sym->name, sym->len))
      continue;
    found[i]++;
    CHECK(sym->binding == e->binding, "%s: %d", e->name, sym->binding);
    CHECK(sym->place == e->place, "%s: %d", e->name, sym->place);
    CHECK(sym->visibility == e->visibility, "%s: %d", e->name, sym->visibility);
    CHECK(sym->type == (gcc ? e->gcc : e->bitcode), "%s: %d", e->name,
          sym->type);
    CHECK(sym->comdat == e->comdat, "%s", e->name);
    CHECK(sym->version.len == 0 && sym->section == 0, "%s", e->name);
  }
  return SYMRUN_OK;
}


static void ask (const char *compiler, sr_View_name view) {
  char folder[] = "/tmp/symrun-lto-XXXXXX", path[64], line[4096];
  symrun *S = symrun_new(NULL, NULL);
  sr_File *F;
  sr_Scan scan;
  size_t i;
  MUST(S != NULL && mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/a.o", folder);
  snprintf(line, sizeof line, "echo '%s' | %s -w -flto -O0 -c -x c++ - -o %s",
           source, compiler, path);
  MUST(system(line) == 0);
  MUST(symrun_file_open(S, path, &F) == SYMRUN_OK);
  memset(&scan, 0, sizeof scan);
  memset(found, 0, sizeof found);
  scan.only = SR_NONE;
  scan.ask.view = view;
  scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED | SR_WANT_LOCAL;
  scan.ask.letters = true;
  scan.ask.each = each;
  gcc = view == SR_GCC_LTO;
  MUST(sr_file_scan(F, &scan) == SYMRUN_OK);
  CHECK(F->ngaps == 0, "%zu gaps", F->ngaps);
  CHECK(scan.ask.told == view, "%d", (int)scan.ask.told);
  for (i = 0; i < COUNT; i++)
    CHECK(found[i] == 1, "%s: %u times", expected[i].name, found[i]);
  symrun_close(S);
  unlink(path);
  rmdir(folder);
}


int main (void) {
  ask("clang", SR_BITCODE_VIEW);
  ask("gcc", SR_GCC_LTO);
  return finish(2 * COUNT * 7);
}
