/*
** alloc.c
** Every allocation fails: each one once, and all from some one on.  What is
** asked of symrun then either fails with a code or gives exactly the answer
** that it gives with memory; and asked again, with memory, it gives that
** answer whatever failed before.  The allocator counts, and knows every size.
*/

#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symrun.h"
#include "edits/rewrite.h"
#include "model/survive.h"
#include "check.h"


/* -- an allocator that can refuse ----------------------------------------- */

typedef struct Memory {
  size_t live, blocks;         /* bytes and pieces that were not given back */
  unsigned long calls, wrong;  /* requests; sizes that were not the true ones */
  unsigned long fail_at;       /* the request that fails; 0: none */
  bool for_ever;               /* and all after it */
  unsigned long failed;
  unsigned long asked;         /* of 'calls', before the engine was closed */
} Memory;

typedef union Header { size_t size; max_align_t align; } Header;

static void *memory (void *ud, void *ptr, size_t osize, size_t nsize) {
  Memory *M = (Memory *)ud;
  Header *h = ptr != NULL ? (Header *)ptr - 1 : NULL;
  Header *n;
  if (h != NULL && h->size != osize) M->wrong++;
  if (nsize == 0) {
    if (h == NULL) return NULL;
    M->live -= h->size;
    M->blocks--;
    memset(ptr, 0xdd, h->size);
    free(h);
    return NULL;
  }
  M->calls++;
  if (M->fail_at != 0 && (M->for_ever ? M->calls >= M->fail_at
                                      : M->calls == M->fail_at)) {
    M->failed++;
    return NULL;
  }
  n = (Header *)malloc(sizeof *n + nsize);  /* always moves */
  MUST(n != NULL);
  n->size = nsize;
  memset(n + 1, 0xcc, nsize);
  if (h != NULL) {
    memcpy(n + 1, ptr, h->size < nsize ? h->size : nsize);
    memset(ptr, 0xdd, h->size);
    M->live -= h->size;
    M->blocks--;
    free(h);
  }
  M->live += nsize;
  M->blocks++;
  return n + 1;
}


/* -- what is asked -------------------------------------------------------- */

static char top[256];

typedef struct Answer { char text[16384]; size_t len; } Answer;

static void say (Answer *A, const char *format, ...)
  __attribute__((format(printf, 2, 3)));

static void say (Answer *A, const char *format, ...) {
  va_list args;
  int n;
  va_start(args, format);
  n = vsnprintf(A->text + A->len, sizeof A->text - A->len, format, args);
  va_end(args);
  MUST(n >= 0 && (size_t)n < sizeof A->text - A->len);
  A->len += (size_t)n;
}


static int symbol (void *ud, const symrun_Symbol *s) {
  say((Answer *)ud, "%u %.*s %c %d\n", (unsigned)s->member, (int)s->name.len,
      s->name.ptr, s->letter, s->weak);
  return 0;
}


/* The call, and once more if it failed for want of memory and that is over;
   what it said in between does not count. */
static bool again;

#define ASK(call) \
  do { \
    size_t was = A->len; \
    rc = (call); \
    CHECK(rc != SYMRUN_NOMEM || *symrun_message(S) != '\0', "no sentence"); \
    if (rc == SYMRUN_NOMEM && again) { A->len = was; rc = (call); } \
    if (rc == SYMRUN_NOMEM) return rc; \
  } while (0)


static int ask_file (symrun *S, Answer *A, symrun_File *F) {
  symrun_Member m = { .struct_size = sizeof m };
  symrun_Gap gap = { .struct_size = sizeof gap };
  size_t i;
  int rc, view;
  say(A, "%s\n", symrun_file_format(F));
  for (i = 0; ; i++) {
    ASK(symrun_file_member(F, i, &m));
    if (rc != SYMRUN_OK) break;
    say(A, "%.*s %s %llu\n", (int)m.name.len, m.name.ptr,
        m.format != NULL ? m.format : "-", (unsigned long long)m.size);
  }
  for (view = SYMRUN_NATIVE; view <= SYMRUN_INDEX; view++) {
    ASK(symrun_file_symbols(F, view, symbol, A));
    say(A, "%d: %d\n", view, rc);
  }
  for (i = 0; symrun_file_gap(F, i, &gap) == SYMRUN_OK; i++)
    say(A, "%.*s: %s\n", (int)gap.member.len, gap.member.ptr, gap.reason);
  return SYMRUN_OK;
}


static int files (symrun *S, Answer *A) {
  static const char *const paths[] = {"/mixed.a", "/thin.a", "/b.o", "/none"};
  char path[300];
  symrun_File *F;
  size_t i;
  int rc;
  for (i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s%s", top, paths[i]);
    ASK(symrun_file_open(S, path, &F));
    say(A, "open %d\n", rc);
    if (rc != SYMRUN_OK) continue;
    rc = ask_file(S, A, F);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


static int ask_names (symrun *S, Answer *A, symrun_Names *N) {
  static const char *const some[] = {"js_1", "js_none", "other", ""};
  symrun_Str name;
  size_t i;
  int rc;
  ASK(symrun_names_any(N));
  say(A, "any %d\n", rc);
  for (i = 0; i < 4; i++) {
    name.ptr = some[i];
    name.len = strlen(some[i]);
    ASK(symrun_names_has(N, name));
    say(A, "%s %d\n", some[i], rc);
  }
  for (i = 0; ; i++) {
    ASK(symrun_names_at(N, i, &name));
    if (rc != SYMRUN_OK) break;
    say(A, "%.*s ", (int)name.len, name.ptr);
  }
  say(A, "end %d\n", rc);
  return SYMRUN_OK;
}


static int names (symrun *S, Answer *A) {
  static const char *const paths[] = {"/mixed.a", "/whole.a"};
  char path[300];
  symrun_File *F;
  symrun_Names *N;
  size_t i, k;
  int rc;
  for (i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s%s", top, paths[i]);
    ASK(symrun_file_open(S, path, &F));
    if (rc != SYMRUN_OK) return rc;
    for (k = 0; k < 6; k++) {
      ASK(symrun_names_of(F, (int)k / 2, k % 2 ? "{js,o}_*" : NULL,
                          SYMRUN_NATIVE, &N));
      if (rc != SYMRUN_OK) return rc;
      rc = ask_names(S, A, N);
      if (rc != SYMRUN_OK) return rc;
      if (k == 3) symrun_names_free(N);  /* the others go with the engine */
    }
  }
  return SYMRUN_OK;
}


static const char policy[] =
  "local symrun = require 'symrun'\n"
  "local given = symrun.parameters { want = { 'none', 'a name' } }\n"
  "symrun.rule 'test/whole' { about = 'whole archives',\n"
  "  each = symrun.archives '**/whole.a',\n"
  "  check = function (archive, report)\n"
  "    if not archive:defines(given.want) then\n"
  "      report(archive, 'lacks %s', given.want):hint('make it')\n"
  "    end\n"
  "    for name in (archive:defined 'js_*' - archive:undefined()):each() do\n"
  "      report.note(name, 'is %s', name)\n"
  "    end\n"
  "  end }\n"
  "symrun.rule 'test/mixed' { about = 'archives with a gap',\n"
  "  each = symrun.archives '**/mixed.a',\n"
  "  check = function (archive, report)\n"
  "    pcall(function ()\n"
  "      for m in archive:members():each() do report.note(m, 'is here') end\n"
  "      local all = {}\n"
  "      for i = 1, 50 do all[i] = ('%d'):rep(i) end\n"
  "      if not archive:defines 'none' then report(archive, 'lacks it') end\n"
  "    end)\n"
  "  end }\n"
  "symrun.rule 'test/facts' { about = 'facts of members',\n"
  "  each = symrun.archives '**/whole.a',\n"
  "  check = function (archive, report)\n"
  "    for m in archive:members():each() do\n"
  "      report.note(m, '%s %d %s', m:target().machine, #m:producers(),\n"
  "                  m:build_id() or 'none')\n"
  "    end\n"
  "    for m in archive:members():each() do return m:target().os end\n"
  "  end }\n"
  "symrun.rule 'test/tree' { about = 'all files', each = symrun.tree,\n"
  "  check = function (tree, report)\n"
  "    for name in (tree:defined 'js_*'):each() do\n"
  "      report.note(name, 'is in %s', name:file())\n"
  "    end\n"
  "    for name in tree:index():unresolved():each() do\n"
  "      report.warning(name, 'is nowhere')\n"
  "    end\n"
  "  end }\n";

static int rules (symrun *S, Answer *A) {
  static const symrun_Str text = {policy, sizeof policy - 1};
  symrun_Plan *P;
  symrun_Finding f = { .struct_size = sizeof f };
  size_t i;
  int rc;
  ASK(symrun_rule_define(S, "want=js_none"));
  ASK(symrun_rule_text(S, "test.lua", text));
  say(A, "load %d %s\n", rc, rc == SYMRUN_OK ? "" : symrun_message(S));
  ASK(symrun_rule_input(S, top));
  ASK(symrun_rule_run(S, &P));
  say(A, "run %d %s\n", rc, rc == SYMRUN_OK ? "" : symrun_message(S));
  if (rc != SYMRUN_OK) return rc;
  say(A, "verdict %d\n", symrun_plan_verdict(P, SYMRUN_ERROR));
  for (i = 0; i < symrun_plan_count(P); i++) {
    MUST(symrun_plan_finding(P, i, &f) == SYMRUN_OK);
    say(A, "%d %d %s %s %.*s %.*s %s %s\n", f.level, f.unknown, f.rule,
        f.file.ptr, (int)f.member.len, f.member.ptr, (int)f.symbol.len,
        f.symbol.ptr, f.message, f.hint != NULL ? f.hint : "-");
  }
  if (A->len % 2) symrun_plan_free(P);
  return SYMRUN_OK;
}


/* The same with threads that read. */
static int threads (symrun *S, Answer *A) {
  int rc;
  CHECK(symrun_threads(S, 0) == SYMRUN_RANGE, "no thread");
  CHECK(symrun_threads(S, 65) == SYMRUN_RANGE, "too many");
  ASK(symrun_threads(S, 3));
  return rules(S, A);
}


/* What is left of it. */
static int answer_survivors (Answer *A, sr_Resolve *R) {
  sr_SurviveAsk ask;
  sr_Survive *V;
  size_t i, kept = 0;
  sr_Kept K;
  int rc;
  memset(&ask, 0, sizeof ask);
  ask.library = true;
  rc = sr_survive_new(R, &ask, &V);
  if (rc != SYMRUN_OK) return rc == SYMRUN_UNKNOWN ? SYMRUN_OK : rc;
  for (i = 0; i < sr_survive_count(V); i++)
    if (sr_survive_section(V, (uint32_t)i, &K) && K.stay != SR_STAYS_NOT)
      kept += i;
  say(A, "%zu of %zu, %s\n", kept, sr_survive_count(V),
      sr_survive_open(V) != NULL ? sr_survive_open(V) : "all");
  sr_survive_free(V);
  return SYMRUN_OK;
}


/* A link, by the manners of each linker. */
static int answer_link (symrun *S, Answer *A, sr_Resolve *R) {
  static const char *const asked[] = {"js_1", "o_x", "other", "js_weak",
                                      "given", "__wrap_o_x"};
  int rc = SYMRUN_OK, linker;
  size_t i;
  for (linker = 0; linker < SR_LINKERS && rc == SYMRUN_OK; linker++) {
    sr_Names *N;
    rc = sr_resolve_run(R, (sr_Linker)linker);
    if (rc != SYMRUN_OK) {  /* who asks all the same is told nothing false */
      if (sr_resolve_unresolved(R, NULL, &N) == SYMRUN_OK) sr_names_free(N);
      if (sr_resolve_duplicates(R, NULL, &N) == SYMRUN_OK) sr_names_free(N);
      sr_resolve_linked(R, 0);
    }
    for (i = 0; i < sizeof asked / sizeof *asked && rc == SYMRUN_OK; i++) {
      sr_Winner w;
      sr_resolve_winner(R, sr_interned(&S->model->names, asked[i],
                                       strlen(asked[i])), &w);
      say(A, "%s %s %d %d\n", sr_manners_name((sr_Linker)linker), asked[i],
          w.state, w.unit != NULL ? (int)w.unit->input : -2);
    }
    if (rc == SYMRUN_OK) rc = answer_survivors(A, R);
    if (rc == SYMRUN_OK) rc = sr_resolve_unresolved(R, NULL, &N);
    if (rc != SYMRUN_OK) continue;
    say(A, "%zu\n", N->unique);
    sr_names_free(N);
  }
  return rc;
}


static int one_link (symrun *S, Answer *A) {
  static const char *const inputs[] = {"b.o", "whole.a", "thin.a", "mixed.a"};
  sr_Str given = {"given", 5}, value = {"js_1", 4}, wrapped = {"o_x", 3};
  sr_Resolve *R;
  size_t i;
  int rc = sr_resolve_new(S, &R);
  if (rc != SYMRUN_OK) return rc;
  rc = sr_resolve_give(R, given, &value);
  if (rc == SYMRUN_OK) rc = sr_resolve_wrap(R, wrapped);
  for (i = 0; i < 4 && rc == SYMRUN_OK; i++) {
    char path[300];
    sr_File *F;
    snprintf(path, sizeof path, "%.200s/%s", top, inputs[i]);
    rc = sr_tree_open_file(S, path, &F);
    if (rc == SYMRUN_OK) rc = sr_resolve_add(R, F, 0, i > 0);
  }
  if (rc == SYMRUN_OK) rc = answer_link(S, A, R);
  sr_resolve_free(R);
  return rc;
}


static int links (symrun *S, Answer *A) {
  size_t was = A->len;
  int rc = one_link(S, A);
  if (rc != SYMRUN_NOMEM || !again) return rc;
  A->len = was;
  return one_link(S, A);
}


/* Archives that are written: one member renamed, one new, the first gone. */
static int one_archive (symrun *S, Answer *A, sr_File *F, sr_ArKind kind) {
  static const sr_Str name = {"a_new_name_of_more_than_sixteen.o", 33};
  sr_ArPlan P;
  sr_Made out = {NULL, 0, 0};
  uint64_t sum = 0;
  size_t i;
  int rc = sr_ar_plan(S, F, &P);
  if (rc == SYMRUN_OK) {
    P.kind = kind;
    P.members[P.count - 1].name = name;
    P.members[0].from = SR_NONE;
    P.members[0].name = name;
    rc = sr_made_add(S, &P.members[0].bytes, "new", 3);
  }
  if (rc == SYMRUN_OK) rc = sr_ar_made(S, &P, &out);
  for (i = 0; i < out.len; i++) sum = sum * 31 + (unsigned char)out.ptr[i];
  say(A, "%d: %zu %llu %s\n", rc, out.len, (unsigned long long)sum,
      rc != SYMRUN_OK ? S->message : "");
  sr_made_free(S, &out);
  sr_ar_plan_free(S, &P);
  return rc == SYMRUN_NOMEM ? rc : SYMRUN_OK;
}


static int all_archives (symrun *S, Answer *A) {
  static const char *const paths[] = {"/whole.a", "/mixed.a", "/thin.a"};
  char path[300];
  sr_File *F;
  int rc = SYMRUN_OK, kind;
  size_t i;
  for (i = 0; i < 3 && rc == SYMRUN_OK; i++) {
    snprintf(path, sizeof path, "%s%s", top, paths[i]);
    rc = sr_tree_open_file(S, path, &F);
    for (kind = SR_AR_SAME; kind <= SR_AR_COFF && rc == SYMRUN_OK; kind++)
      rc = one_archive(S, A, F, (sr_ArKind)kind);
  }
  return rc;
}


static int made (symrun *S, Answer *A) {
  size_t was = A->len;
  int rc = all_archives(S, A);
  if (rc != SYMRUN_NOMEM || !again) return rc;
  A->len = was;
  return all_archives(S, A);
}


/* An object that is changed. */
static int one_object (symrun *S, Answer *A, const char *bytes, size_t len) {
  static const char *const names[] = {"js_1", "o_x", "js_weak", "js_2",
                                      "other", "js_3", "js_4", ".comment"};
  static const sr_ObjectOp ops[] = {SR_LOCALIZE, SR_RENAME, SR_HIDE,
                                    SR_WEAKEN, SR_KEEP_ONLY, SR_STRIP,
                                    SR_ADD_UNDEFINED, SR_DROP_SECTION};
  sr_ObjectEdit edits[8];
  sr_Made out = {NULL, 0, 0};
  sr_Str object = {bytes, len};
  uint64_t sum = 0;
  size_t i, n = sizeof ops / sizeof *ops;
  int rc;
  memset(edits, 0, sizeof edits);
  for (i = 0; i < n; i++) {
    edits[i].op = ops[i];
    edits[i].name.ptr = names[i];
    edits[i].name.len = strlen(names[i]);
    edits[i].to.ptr = "a_name_that_is_new";
    edits[i].to.len = 18;
  }
  rc = sr_object_edit(S, SR_ELF, object, edits, n, &out);
  for (i = 0; i < out.len; i++) sum = sum * 31 + (unsigned char)out.ptr[i];
  say(A, "%d: %zu %llu, %llu local\n", rc, out.len, (unsigned long long)sum,
      (unsigned long long)edits[0].done);
  sr_made_free(S, &out);
  return rc == SYMRUN_NOMEM ? rc : SYMRUN_OK;
}


static int objects (symrun *S, Answer *A) {
  static const char *const paths[] = {"/a.o", "/b.o", "/notes.txt"};
  static char bytes[16384];
  char path[300];
  size_t i, len, was;
  int rc;
  for (i = 0; i < 3; i++) {
    FILE *file;
    snprintf(path, sizeof path, "%s%s", top, paths[i]);
    MUST((file = fopen(path, "rb")) != NULL);
    len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    was = A->len;
    rc = one_object(S, A, bytes, len);
    if (rc == SYMRUN_NOMEM && again) {
      A->len = was;
      rc = one_object(S, A, bytes, len);
    }
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


/* -- the tries ------------------------------------------------------------ */

typedef int (*Ask) (symrun *S, Answer *A);

static int run (Ask ask, Memory *M, Answer *A) {
  symrun *S = symrun_new(memory, M);
  int rc;
  A->len = 0;
  A->text[0] = '\0';
  if (S == NULL && again) S = symrun_new(memory, M);
  rc = S != NULL ? ask(S, A) : SYMRUN_NOMEM;
  M->asked = M->calls;
  symrun_close(S);
  CHECK(M->live == 0 && M->blocks == 0, "%zu bytes in %zu pieces are left",
        M->live, M->blocks);
  CHECK(M->wrong == 0, "%lu wrong sizes", M->wrong);
  return rc;
}


/* All of the first requests, and then one in 'step'. */
static Answer full;

static void starve (const char *name, Ask ask, const char *must_say,
                    unsigned long step) {
  static Answer got;
  unsigned long n, tries = 0, refused = 0, mended = 0;
  Memory M;
  int mode;
  memset(&M, 0, sizeof M);
  CHECK(run(ask, &M, &full) == SYMRUN_OK, "%s: fails with memory", name);
  CHECK(strstr(full.text, must_say) != NULL, "%s:\n%s", name, full.text);
  for (mode = 0; mode < 3; mode++)  /* once; for ever; once, and asked again */
    for (n = 1; n <= M.asked; n += n < 200 ? 1 : step) {
      Memory now;
      int rc;
      memset(&now, 0, sizeof now);
      now.fail_at = n;
      now.for_ever = mode == 1;
      again = mode == 2;
      rc = run(ask, &now, &got);
      tries++;
      refused += rc == SYMRUN_NOMEM;
      mended += again && rc == SYMRUN_OK;
      CHECK(rc == SYMRUN_OK || rc == SYMRUN_NOMEM, "%s, %lu: %d", name, n, rc);
      CHECK(rc != SYMRUN_OK || strcmp(full.text, got.text) == 0,
            "%s, request %lu, mode %d, gave\n%s", name, n, mode, got.text);
      CHECK(mode == 2 ? rc == SYMRUN_OK
            : mode == 0 || n > now.asked || rc == SYMRUN_NOMEM,
            "%s, request %lu, mode %d: %d", name, n, mode, rc);
    }
  again = false;
  CHECK(refused > tries / 4 && mended > tries / 5, "%s: %lu, %lu, of %lu",
        name, refused, mended, tries);
}


static void make (const char *command) {
  char line[1500];
  snprintf(line, sizeof line, "cd '%s' && %s", top, command);
  MUST(system(line) == 0);
}


int main (void) {
  static Answer alone;
  const char *tmp = getenv("TMPDIR");
  snprintf(top, sizeof top, "%.200s/symrun-alloc-%d",
           tmp != NULL ? tmp : "/tmp", (int)getpid());
  MUST(mkdir(top, 0755) == 0);
  make("for i in 1 2 3 4 5 6 7 8; do echo \"int js_$i(void) { return $i; }\"; "
       "done >a.c && echo 'extern int o_x(void); int other(void) { return "
       "o_x(); } __attribute__((weak)) int js_weak;' >b.c && gcc -c a.c b.c && "
       "cp a.o a_member_with_a_long_name.o && echo text >notes.txt");
  make("ar rcs whole.a a_member_with_a_long_name.o b.o && "
       "ar rcs mixed.a a_member_with_a_long_name.o notes.txt b.o && "
       "ar rcsT thin.a a.o b.o");
  starve("files", files, "js_8 T", 1);
  starve("names", names, "js_1 js_2", 1);
  starve("links", links, "lld given 6 -1\n", 7);
  starve("archives", made, "a thin archive cannot be", 3);
  starve("objects", objects, ", 1 local", 1);
  starve("rules", rules, "lacks js_none", 7);
  alone = full;
  starve("threads", threads, "js_8 is in whole.a", 7);
  CHECK(strcmp(alone.text, full.text) == 0, "threads say\n%s", full.text);
  make("rm -f *.c *.o *.a notes.txt");
  MUST(rmdir(top) == 0);
  return finish(2000);
}
