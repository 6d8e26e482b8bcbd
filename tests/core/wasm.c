/*
** wasm.c (a test)
** What a wasm file says beyond names and letters: where an undefined symbol is
** to come from (a call may go to the wrong module, and the linker says nothing:
** see "taken" below), what kind of file it is, which copies a linker drops,
** what others see, and where the modules of a component are.
**
**   build/tests/wasm
*/

#include <sys/stat.h>
#include <unistd.h>

#include "../fuzz/scan.h"
#include "large.h"

static char folder[512];


static void make (const char *name, const char *source, const char *how) {
  char line[4096];
  snprintf(line, sizeof line, "cd %s && printf '%%s' '%s' > %s.c && clang -w "
           "--target=wasm32-unknown-unknown -O1 -c %s.c -o %s.o %s", folder,
           source, name, name, name, how);
  MUST(system(line) == 0);
}


static void run (const char *words) {
  char line[4096];
  snprintf(line, sizeof line, "cd %s && %s", folder, words);
  MUST(system(line) == 0);
}


/* -- one symbol ------------------------------------------------------------ */

typedef struct Wanted {
  const char *name;
  bool undefined, found, comdat;
  char module[32], field[32];
  unsigned char binding, visibility, type;
  uint64_t size, value;
} Wanted;

static void copy (char out[32], sr_Str from) {
  MUST(from.len < 32);
  memcpy(out, from.ptr != NULL ? from.ptr : "", from.len);
  out[from.len] = '\0';
}


static int compare (void *ud, const sr_Symbol *sym) {
  Wanted *W = (Wanted *)ud;
  bool undefined = sym->place == SR_UNDEFINED;
  if (sym->len != strlen(W->name) || undefined != W->undefined
      || memcmp(sym->name, W->name, sym->len) != 0) return SYMRUN_OK;
  W->found = true;
  W->comdat = sym->comdat;
  W->binding = sym->binding;
  W->visibility = sym->visibility;
  W->type = sym->type;
  W->size = sym->size;
  W->value = sym->value;
  copy(W->module, sym->module);
  copy(W->field, sym->field);
  return SYMRUN_OK;
}


static Wanted look (const char *file, sr_View_name view, unsigned want,
                    const char *name, bool undefined, bool letters) {
  char path[600];
  sr_Scan scan;
  sr_File *F;
  Wanted W;
  symrun *S = symrun_new(NULL, NULL);
  snprintf(path, sizeof path, "%s/%s", folder, file);
  memset(&W, 0, sizeof W);
  W.name = name;
  W.undefined = undefined;
  memset(&scan, 0, sizeof scan);
  scan.only = SR_NONE;
  scan.ask.view = view;
  scan.ask.want = want;
  scan.ask.letters = letters;
  scan.ask.comdats = !letters;
  scan.ask.each = compare;
  scan.ask.ud = &W;
  MUST(S != NULL && symrun_file_open(S, path, &F) == SYMRUN_OK);
  MUST(sr_file_scan(F, &scan) == SYMRUN_OK);
  CHECK(F->ngaps == 0, "%s: %s", file, F->ngaps > 0 ? F->gaps[0].reason : "");
  symrun_close(S);
  return W;
}

#define ALL  (SR_WANT_DEFINED | SR_WANT_UNDEFINED | SR_WANT_LOCAL)


/* -- imports --------------------------------------------------------------- */

static void comes_from (const char *file, sr_View_name view, const char *name,
                        const char *module, const char *field) {
  Wanted W = look(file, view, ALL, name, true, false);
  CHECK(W.found, "%s in %s", name, file);
  CHECK(strcmp(W.module, module) == 0 && strcmp(W.field, field) == 0,
        "%s in %s comes from %s.%s", name, file, W.module, W.field);
}


/* One name, two modules: whoever links both is told, unless somebody defines
   the name.  Then the import is gone, and calls go to him. */
static void imports (void) {
  Wanted W;
  make("a", "int close(int); int fa(void) { return close(1); }", "");
  make("b", "__attribute__((import_module(\"test\"), import_name(\"close\"))) "
       "int close(int); extern int var; int fb(void) { return close(2) + var; "
       "}", "");
  make("c", "__attribute__((import_module(\"test\"), import_name(\"close\"))) "
       "int mangled(int); int fc(void) { return mangled(3); }", "");
  make("d", "int close(int x) { return 999; }", "");
  comes_from("a.o", SR_NATIVE, "close", "env", "close");
  comes_from("b.o", SR_NATIVE, "close", "test", "close");
  comes_from("c.o", SR_NATIVE, "mangled", "test", "close");
  comes_from("b.o", SR_NATIVE, "var", "", "");
  W = look("d.o", SR_NATIVE, ALL, "close", false, true);
  CHECK(W.found && W.module[0] == '\0' && W.field[0] == '\0', "close in d.o");
  run("wasm-ld --no-entry --export=fa --export=fc --allow-undefined a.o c.o -o "
      "both.wasm");
  comes_from("both.wasm", SR_NATIVE, "mangled", "test", "close");
  comes_from("both.wasm", SR_NATIVE, "close", "env", "close");
  comes_from("both.wasm", SR_DYNAMIC, "close", "test", "close");
  run("! wasm-ld --no-entry --export=fa --export=fb --allow-undefined a.o b.o "
      "-o none.wasm 2> said && grep -q 'import module mismatch' said");
  run("echo 'int var;' | clang --target=wasm32 -x c -c - -o v.o && wasm-ld "
      "--no-entry --export=fb b.o d.o v.o -o taken.wasm");
  W = look("taken.wasm", SR_DYNAMIC, ALL, "close", true, false);
  CHECK(!W.found, "an import that the linker dropped");
  W = look("taken.wasm", SR_NATIVE, ALL, "close", false, true);
  CHECK(W.found && W.binding == SR_LOCAL, "and what took its place");
}


/* -- copies, and who sees what --------------------------------------------- */

static void copies (void) {
  int letters;
  run("printf '%s' 'inline int once(int x) { static int k; return k += x; } "
      "int plain(void) { return once(1); } int v = 3;' | clang++ -w -O0 "
      "--target=wasm32 -x c++ -c - -o cxx.o");
  for (letters = 0; letters < 2; letters++) {
    Wanted W = look("cxx.o", SR_NATIVE, ALL, "_Z4oncei", false, letters);
    CHECK(W.found && W.comdat && W.binding == SR_WEAK, "a function");
    W = look("cxx.o", SR_NATIVE, ALL, "_ZZ4onceiE1k", false, letters);
    CHECK(W.found && W.comdat, "a variable");
    W = look("cxx.o", SR_NATIVE, ALL, "_Z5plainv", false, letters);
    CHECK(W.found && !W.comdat && W.binding == SR_GLOBAL, "none");
    CHECK((W.size > 0) == letters, "the size of code is looked for when asked");
    W = look("cxx.o", SR_NATIVE, ALL, "v", false, letters);
    CHECK(W.found && !W.comdat && W.size == 4, "none either");
  }
}


static void seen (void) {
  const unsigned want = SR_WANT_DEFINED | SR_WANT_EXPORTED;
  static const struct { const char *name; bool seen; } names[] = {
    {"shown", true}, {"hidden", false}, {"forced", true}, {"own", false},
    {"kept", false}
  };
  size_t i;
  make("s", "__attribute__((visibility(\"default\"))) int shown(void) { return "
       "1; } __attribute__((visibility(\"hidden\"))) int hidden(void) { return "
       "2; } __attribute__((visibility(\"hidden\"), export_name(\"x\"))) int "
       "forced(void) { return 3; } static int own(void) { return 4; } "
       "int (*keep)(void) = own; __attribute__((used, "
       "visibility(\"hidden\"))) int kept;", "");
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    Wanted W = look("s.o", SR_NATIVE, want, names[i].name, false, false);
    CHECK(W.found == names[i].seen, "%s", names[i].name);
    W = look("s.o", SR_NATIVE, ALL, names[i].name, false, false);
    CHECK(W.found, "%s", names[i].name);
  }
  run("wasm-ld --no-entry --export=hidden --export=keep s.o -o s.wasm");
  CHECK(look("s.wasm", SR_NATIVE, want, "hidden", false, false).found, "named");
  CHECK(look("s.wasm", SR_NATIVE, want, "forced", false, false).found, "too");
  CHECK(!look("s.wasm", SR_NATIVE, want, "own", false, false).found, "local");
  CHECK(!look("s.wasm", SR_NATIVE, want, "__stack_pointer", false,
              false).found, "a global that is not exported");
  CHECK(look("s.wasm", SR_DYNAMIC, want, "x", false, false).found, "by the "
        "name that it has outside");
  CHECK(look("s.wasm", SR_DYNAMIC, ALL, "keep", false, true).value >= 1024,
        "a variable's address");
}


/* -- kinds of files -------------------------------------------------------- */

static void is_kind (const char *file, sr_Role role) {
  char path[600];
  sr_File *F;
  symrun *S = symrun_new(NULL, NULL);
  snprintf(path, sizeof path, "%s/%s", folder, file);
  MUST(S != NULL && symrun_file_open(S, path, &F) == SYMRUN_OK);
  MUST(sr_file_probe(F) == SYMRUN_OK);
  CHECK(F->role == role && !F->vague, "%s is %d", file, (int)F->role);
  MUST(sr_file_done(F) == SYMRUN_OK);
  symrun_close(S);
}


static void kinds (void) {
  make("r", "int out(void); int f(void) { return out(); } void _start(void) { "
       "f(); }", "");
  make("p", "int out(void); int f(void) { return out(); } void _start(void) { "
       "f(); }", "--target=wasm32-unknown-emscripten -fPIC");
  run("wasm-ld --allow-undefined r.o -o r.wasm && wasm-ld --allow-undefined "
      "--no-entry --export=f r.o -o reactor.wasm && wasm-ld --emit-relocs "
      "--allow-undefined r.o -o relocs.wasm && wasm-ld -r r.o -o joined.o");
  run("wasm-ld --shared -E --allow-undefined --experimental-pic p.o -o p.so && "
      "wasm-ld --pie --allow-undefined --experimental-pic p.o -o p.wasm && "
      "llvm-strip-19 r.o -o stripped.o");
  is_kind("r.o", SR_ROLE_OBJECT);
  is_kind("joined.o", SR_ROLE_OBJECT);
  is_kind("stripped.o", SR_ROLE_OBJECT);
  is_kind("r.wasm", SR_ROLE_EXECUTABLE);
  is_kind("reactor.wasm", SR_ROLE_EXECUTABLE);
  is_kind("relocs.wasm", SR_ROLE_EXECUTABLE);
  is_kind("p.wasm", SR_ROLE_EXECUTABLE);
  is_kind("p.so", SR_ROLE_LIBRARY);
}


/* -- components ------------------------------------------------------------ */

typedef struct Bytes { unsigned char p[4096]; size_t size; } Bytes;

static const unsigned char module[] = "\0asm\1\0\0\0\0\3\1xy";
static const unsigned char layered[] = "\0asm\x0d\0\1\0";

static void add_bytes (Bytes *b, const void *from, size_t n) {
  MUST(b->size + n <= sizeof b->p);
  memcpy(b->p + b->size, from, n);
  b->size += n;
}


static void put_section (Bytes *b, unsigned char id, const void *from,
                         size_t n) {
  unsigned char head[3] = {id, (unsigned char)(n | 0x80),
                           (unsigned char)(n >> 7)};
  add_bytes(b, head, 3);
  add_bytes(b, from, n);
}


typedef struct Found { uint64_t at[8], size[8]; size_t count; } Found;

static int found (void *ud, uint64_t offset, uint64_t size) {
  Found *out = (Found *)ud;
  MUST(out->count < 8);
  out->at[out->count] = offset;
  out->size[out->count++] = size;
  return SYMRUN_OK;
}


static int modules (const unsigned char *p, size_t size, Found *out) {
  symrun *S = symrun_new(NULL, NULL);
  sr_Source source;
  sr_Reader reader;
  sr_Str bytes = {(const char *)p, size};
  /* behind other bytes, as a member */
  sr_Part part = {&reader, 3, size - 3, NULL, 0};
  int rc;
  MUST(S != NULL);
  memset(&reader, 0, sizeof reader);
  sr_source_wrap(&source, bytes);
  sr_reader_set(&reader, &source);
  out->count = 0;
  rc = sr_wasm_modules(S, &part, found, out);
  CHECK((rc == SYMRUN_OK) == (symrun_message(S)[0] == '\0'), "%s",
        symrun_message(S));
  sr_reader_free(S, &reader);
  symrun_close(S);
  return rc;
}


static void components (void) {
  Bytes b, inner, whole;
  Found F;
  size_t n;
  inner.size = b.size = whole.size = 0;
  add_bytes(&inner, layered, 8);
  put_section(&inner, 1, module, sizeof module - 1);
  add_bytes(&b, "abc", 3);
  add_bytes(&b, layered, 8);
  put_section(&b, 0, "\1x", 2);
  put_section(&b, 1, module, sizeof module - 1);
  put_section(&b, 4, inner.p, inner.size);
  put_section(&b, 7, "\0", 1);
  CHECK(modules(b.p, b.size, &F) == SYMRUN_OK && F.count == 2, "two modules");
  CHECK(F.at[0] == 19 && F.size[0] == 13, "the first");
  CHECK(F.at[1] == 46 && F.size[1] == 13
        && memcmp(b.p + F.at[1], module, 13) == 0, "the inner one");
  for (n = 12; n < b.size; n++) {
    int rc = modules(b.p, n, &F);
    bool between = n == 16 || n == 32 || n == 59;
    CHECK(rc == (between ? SYMRUN_OK : SYMRUN_FORMAT), "cut to %zu: %d", n, rc);
  }
  add_bytes(&whole, "abc", 3);
  add_bytes(&whole, module, 13);
  CHECK(modules(whole.p, whole.size, &F) == SYMRUN_OK && F.count == 0,
        "a module holds none");
  inner.p[11] = 'A';  /* the inner one's module has no magic */
  b.size = 3 + 8;
  put_section(&b, 4, inner.p, inner.size);
  CHECK(modules(b.p, b.size, &F) == SYMRUN_FORMAT, "no module");
}


/* Components in components, without end. */
static void deep (void) {
  Bytes b = {{0}, 0}, outer;
  Found F;
  int i;
  add_bytes(&b, layered, 8);
  for (i = 0; i < 20; i++) {
    int rc;
    outer.size = 0;
    add_bytes(&outer, "abc", 3);
    add_bytes(&outer, b.p, b.size);
    rc = modules(outer.p, outer.size, &F);
    CHECK(rc == (i < 8 ? SYMRUN_OK : SYMRUN_UNKNOWN), "depth %d: %d", i, rc);
    outer.size = 0;
    add_bytes(&outer, layered, 8);
    put_section(&outer, 4, b.p, b.size);
    b = outer;
  }
}


/* -- custom sections ------------------------------------------------------- */

static void custom (void) {
  static const unsigned char bytes[] = "\0asm\1\0\0\0\0\x0b\7.llvmbcBC\xc0\0\3"
                                       "\1xy";
  symrun *S = symrun_new(NULL, NULL);
  sr_Source source;
  sr_Reader reader;
  sr_Str all = {(const char *)bytes, sizeof bytes - 1};
  sr_Part part = {&reader, 0, sizeof bytes - 1, NULL, 0};
  uint64_t at = 0, size = 0;
  MUST(S != NULL);
  memset(&reader, 0, sizeof reader);
  sr_source_wrap(&source, all);
  sr_reader_set(&reader, &source);
  CHECK(sr_wasm_custom(S, &part, ".llvmbc", &at, &size) == SYMRUN_OK
        && at == 18 && size == 3, "at %llu", (unsigned long long)at);
  CHECK(sr_wasm_custom(S, &part, ".llvm", &at, &size) == SYMRUN_END, "none");
  sr_reader_free(S, &reader);
  symrun_close(S);
}


/* -- little memory --------------------------------------------------------- */

typedef struct Memory { long left; size_t now; } Memory;

static void *sparse (void *ud, void *ptr, size_t osize, size_t nsize) {
  Memory *M = (Memory *)ud;
  void *p = NULL;
  if (nsize == 0) free(ptr);
  else if (M->left-- <= 0 || (p = realloc(ptr, nsize)) == NULL) return NULL;
  M->now += nsize - osize;
  return p;
}


static int count (void *ud, const symrun_Symbol *sym) {
  size_t *n = (size_t *)ud;
  *n += sym->name.len + 1;
  return 0;
}


/* Every allocation fails, and all after it: there is no answer, or all of it,
   and nothing is kept. */
static void starve (const char *file, int view) {
  char path[600];
  size_t full = 0;
  long n;
  int rc = SYMRUN_NOMEM, refused = 0;
  snprintf(path, sizeof path, "%s/%s", folder, file);
  for (n = 100000; rc != SYMRUN_OK || full == 0; n = refused++) {
    Memory M = {n, 0};
    size_t got = 0;
    symrun_File *F;
    symrun *S = symrun_new(sparse, &M);
    rc = S == NULL ? SYMRUN_NOMEM : symrun_file_open(S, path, &F);
    if (rc == SYMRUN_OK) rc = symrun_file_symbols(F, view, count, &got);
    symrun_close(S);
    CHECK(M.now == 0, "%s, %ld: %zu bytes were kept", file, n, M.now);
    CHECK(rc == SYMRUN_OK || rc == SYMRUN_NOMEM, "%s, %ld: %d", file, n, rc);
    if (n == 100000) { full = got; rc = SYMRUN_NOMEM; }
    else if (rc == SYMRUN_OK) CHECK(got == full, "%s, %ld", file, n);
  }
  CHECK(refused > 8, "%s: %d", file, refused);
}


/* -- files that were made to cost ------------------------------------------ */

/* Numbers of five bytes, as linkers leave room for what they will know. */
static void number (Large *b, size_t n) {
  unsigned char leb[5];
  int i;
  for (i = 0; i < 5; i++) leb[i] = (unsigned char)((n >> (7 * i) & 0x7f)
                                                   | (i < 4 ? 0x80 : 0));
  put(b, leb, 5);
}


static Sum scan_large (Large *b) {
  Sum sum;
  tighten(b);
  sum = scan_bytes(b->p, b->size);
  free(b->p);
  return sum;
}


/* Very many undefined symbols have the name of one import, which is long. */
static void one_long_name (bool named) {
  enum { LONG = 1 << 20, MANY = 400000 };
  Large b = {NULL, 0, 0};
  Sum sum;
  size_t i, symbols = (size_t)MANY * (named ? 4 : 3) + 5;
  put(&b, "\0asm\1\0\0\0\2", 9);
  number(&b, 1 + 1 + 5 + (size_t)LONG + 2);
  put(&b, "\1\0", 2);
  number(&b, LONG);
  put(&b, NULL, LONG);
  put(&b, "\0\0\0", 3);  /* a function, and a section without a name */
  number(&b, 8 + 1 + 1 + 5 + symbols);
  put(&b, "\7linking\2\10", 10);
  number(&b, symbols);
  number(&b, MANY);
  for (i = 0; i < MANY; i++)
    put(&b, named ? "\0\x50\0" : "\0\x10\0", named ? 4 : 3);
  sum = scan_large(&b);
  CHECK(sum.gaps > 0 && sum.given <= 5 * 65 * (uint64_t)b.size,
        "%llu bytes of names", (unsigned long long)sum.given);
}


/* Sections of no size to speak of, functions, globals and segments. */
static void very_many (void) {
  enum { MANY = 1000000 };
  static const unsigned char end[] = "\2\0\x0b", global[] = "\x7f\0\x41\1\x0b";
  Large b = {NULL, 0, 0};
  Sum sum;
  size_t i;
  put(&b, "\0asm\1\0\0\0\3", 9);
  number(&b, 5 + (size_t)MANY);
  number(&b, MANY);
  for (i = 0; i < MANY; i++) put(&b, "", 1);
  put(&b, "\6", 1);
  number(&b, 5 + 5 * (size_t)MANY);
  number(&b, MANY);
  for (i = 0; i < MANY; i++) put(&b, global, 5);
  put(&b, "\12", 1);
  number(&b, 5 + 3 * (size_t)MANY);
  number(&b, MANY);
  for (i = 0; i < MANY; i++) put(&b, end, 3);
  put(&b, "\13", 1);
  number(&b, 5 + 2 * (size_t)MANY);
  number(&b, MANY);
  for (i = 0; i < MANY; i++) put(&b, "\1\0", 2);
  put(&b, "\0\x0e\4name\7\7\2\0\1a\1\1b", 16);
  for (i = 0; i < MANY; i++) put(&b, "\0\1", 3);
  sum = scan_large(&b);
  CHECK(sum.gaps == 0 && sum.symbols > 0, "%llu symbols",
        (unsigned long long)sum.symbols);
}


int main (int argc, char **argv) {
  (void)argc;
  snprintf(folder, sizeof folder, "%.400s.files", argv[0]);
  MUST(mkdir(folder, 0777) == 0 || access(folder, W_OK) == 0);
  imports();
  copies();
  seen();
  kinds();
  components();
  deep();
  custom();
  starve("b.o", SYMRUN_NATIVE);
  starve("cxx.o", SYMRUN_NATIVE);
  starve("both.wasm", SYMRUN_NATIVE);
  starve("p.so", SYMRUN_DYNAMIC);
  one_long_name(false);
  one_long_name(true);
  very_many();
  printf("wasm: %lu checks\n", checks);
  return finish(130);
}
