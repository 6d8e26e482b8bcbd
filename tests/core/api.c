/*
** api.c
** The public functions as a program uses them: more files than descriptors,
** two files in turns, questions from within an answer, sets and plans that
** are never given back, and rules that fail in every way a rule can.
*/

#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lauxlib.h>

#include "symrun.h"
#include "check.h"

static char top[256];


static const char *at (const char *name) {
  static char out[4][512];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(out[turn], sizeof *out, "%s/%s", top, name);
  return out[turn];
}


static void make (const char *command) {
  char line[2000];
  snprintf(line, sizeof line, "cd '%s' && %s", top, command);
  MUST(system(line) == 0);
}


static symrun_Str text (const char *s) {
  symrun_Str out = {s, strlen(s)};
  return out;
}


/* -- files ---------------------------------------------------------------- */

static int count (void *ud, const symrun_Symbol *s) {
  (void)s;
  ++*(int *)ud;
  return 0;
}


static int third (void *ud, const symrun_Symbol *s) {
  (void)s;
  return ++*(int *)ud == 3 ? 42 : 0;
}


/* Each in a folder of its own, which an engine must not keep open for it. */
static void many_files (void) {
  struct rlimit most = {40, 40}, before;
  symrun *S = symrun_new(NULL, NULL);
  symrun_File *files[100];
  char name[64];
  int i, n, round;
  make("for i in $(seq 100); do mkdir d$i && cp a.a d$i/$i.a; done");
  MUST(getrlimit(RLIMIT_NOFILE, &before) == 0);
  most.rlim_max = before.rlim_max;
  MUST(setrlimit(RLIMIT_NOFILE, &most) == 0);
  for (i = 0; i < 100; i++) {
    snprintf(name, sizeof name, "d%d/%d.a", i + 1, i + 1);
    CHECK(symrun_file_open(S, at(name), &files[i]) == SYMRUN_OK, "%s",
          symrun_message(S));
  }
  for (round = 0; round < 2 && failures == 0; round++)
    for (i = 0; i < 100; i++) {
      n = 0;
      CHECK(symrun_file_symbols(files[i], SYMRUN_NATIVE, count, &n)
            == SYMRUN_OK && n == 4, "%d symbols; %s", n, symrun_message(S));
    }
  MUST(setrlimit(RLIMIT_NOFILE, &before) == 0);
  symrun_close(S);
  make("rm -r d[0-9]*");
}


static void in_turns (void) {
  symrun *S = symrun_new(NULL, NULL);
  symrun_File *a, *b;
  symrun_Member x = { .struct_size = sizeof x }, y = x;
  size_t i;
  int n = 0;
  MUST(symrun_file_open(S, at("a.a"), &a) == SYMRUN_OK);
  MUST(symrun_file_open(S, at("b.a"), &b) == SYMRUN_OK);
  for (i = 0; i < 2; i++) {
    CHECK(symrun_file_member(a, i, &x) == SYMRUN_OK, "%s", symrun_message(S));
    CHECK(symrun_file_symbols(b, SYMRUN_NATIVE, count, &n) == SYMRUN_OK, "b");
    CHECK(symrun_file_member(b, i, &y) == SYMRUN_OK, "%s", symrun_message(S));
    CHECK(symrun_file_symbols(a, SYMRUN_INDEX, count, &n) == SYMRUN_OK, "a");
    CHECK(strcmp(x.format, "elf") == 0 && strcmp(y.format, "elf") == 0,
          "%s, %s", x.format, y.format);
    CHECK(strcmp(x.name.ptr, i == 0 ? "one.o" : "two.o") == 0, "%s",
          x.name.ptr);
    CHECK(strcmp(y.name.ptr, i == 0 ? "two.o" : "one.o") == 0, "%s",
          y.name.ptr);
  }
  CHECK(symrun_file_member(a, 2, &x) == SYMRUN_END, "a third");
  CHECK(symrun_file_member(a, SIZE_MAX, &x) == SYMRUN_END, "the last of all");
  CHECK(n == 2 * (4 + 3), "%d symbols", n);
  symrun_close(S);
}


/* From within an answer, members that were seen may be asked, and no more. */
typedef struct Within { symrun *S; symrun_File *F, *other; int n; } Within;

static int ask_within (void *ud, const symrun_Symbol *s) {
  Within *w = (Within *)ud;
  symrun_Member m = { .struct_size = sizeof m };
  symrun_Names *N;
  symrun_File *F;
  symrun_Plan *P;
  int n = 0;
  CHECK(symrun_file_member(w->F, s->member, &m) == SYMRUN_OK
        && m.name.len == 5 && strcmp(m.format, "elf") == 0, "%s",
        symrun_message(w->S));
  CHECK(symrun_file_member(w->other, 0, &m) == SYMRUN_RULE, "another file");
  CHECK(symrun_file_open(w->S, at("b.a"), &F) == SYMRUN_RULE, "open");
  CHECK(symrun_file_symbols(w->F, SYMRUN_NATIVE, count, &n) == SYMRUN_RULE,
        "symbols");
  CHECK(symrun_names_of(w->F, SYMRUN_DEFINED, NULL, SYMRUN_NATIVE, &N)
        == SYMRUN_RULE, "names");
  CHECK(symrun_rule_input(w->S, top) == SYMRUN_RULE, "input");
  CHECK(symrun_rule_run(w->S, &P) == SYMRUN_RULE, "run");
  CHECK(*symrun_message(w->S) != '\0' && n == 0, "no sentence");
  w->n++;
  return 0;
}


static void from_within (void) {
  Within w = {symrun_new(NULL, NULL), NULL, NULL, 0};
  int n = 0;
  MUST(symrun_file_open(w.S, at("a.a"), &w.F) == SYMRUN_OK);
  MUST(symrun_file_open(w.S, at("b.a"), &w.other) == SYMRUN_OK);
  CHECK(symrun_file_symbols(w.F, SYMRUN_NATIVE, ask_within, &w) == SYMRUN_OK,
        "%s", symrun_message(w.S));
  CHECK(w.n == 4, "%d symbols", w.n);
  CHECK(symrun_file_symbols(w.F, SYMRUN_NATIVE, third, &n) == 42 && n == 3,
        "%d", n);
  CHECK(symrun_file_symbols(w.F, SYMRUN_NATIVE, count, &n) == SYMRUN_OK
        && n == 7, "%d", n);
  symrun_close(w.S);
}


static void odd_files (void) {
  symrun *S = symrun_new(NULL, NULL);
  symrun_File *F;
  symrun_Member m = { .struct_size = sizeof m };
  symrun_Gap gap = { .struct_size = sizeof gap };
  symrun_Names *N;
  static const char zero[] = "a\0b";
  symrun_Str with_zero = {zero, 3}, none = {NULL, 0};
  int n = 0;
  CHECK(symrun_file_open(S, at("none"), &F) == SYMRUN_IO, "none");
  CHECK(strstr(symrun_message(S), "none: No such file") != NULL, "%s",
        symrun_message(S));
  CHECK(symrun_file_open(S, top, &F) == SYMRUN_IO, "a folder");
  CHECK(symrun_file_wrap(S, with_zero, text("x"), &F) == SYMRUN_RANGE, "zero");
  MUST(symrun_file_wrap(S, text("empty"), none, &F) == SYMRUN_OK);
  CHECK(symrun_file_symbols(F, SYMRUN_NATIVE, count, &n) == SYMRUN_OK && n == 0,
        "%s", symrun_message(S));
  CHECK(symrun_file_gap(F, 0, &gap) == SYMRUN_END, "empty is no gap");
  MUST(symrun_file_wrap(S, text("text"), text("text\n"), &F) == SYMRUN_OK);
  CHECK(strcmp(symrun_file_format(F), "other") == 0, "%s",
        symrun_file_format(F));
  CHECK(symrun_file_symbols(F, SYMRUN_NATIVE, count, &n) == SYMRUN_UNKNOWN,
        "text");
  CHECK(symrun_file_gap(F, 0, &gap) == SYMRUN_OK && !gap.damaged, "a gap");
  CHECK(symrun_file_gap(F, 1, &gap) == SYMRUN_END, "one gap");
  CHECK(symrun_file_member(F, 0, &m) == SYMRUN_OK && m.size == 5, "a member");
  CHECK(symrun_file_symbols(F, 17, count, &n) == SYMRUN_RANGE, "a view");
  CHECK(symrun_file_symbols(F, -1, count, &n) == SYMRUN_RANGE, "a view");
  CHECK(symrun_names_of(F, 3, NULL, SYMRUN_NATIVE, &N) == SYMRUN_RANGE,
        "a word");
  CHECK(symrun_names_of(F, SYMRUN_DEFINED, "C:f()", SYMRUN_NATIVE, &N)
        == SYMRUN_RANGE && strstr(symrun_message(S), "demangle") != NULL,
        "the library has no demangler: %s", symrun_message(S));
  CHECK(symrun_names_of(F, SYMRUN_DEFINED, NULL, 5, &N) == SYMRUN_RANGE,
        "a view");
  MUST(symrun_names_of(F, SYMRUN_DEFINED, "x", SYMRUN_NATIVE, &N) == SYMRUN_OK);
  CHECK(symrun_names_any(N) == SYMRUN_UNKNOWN, "any");
  CHECK(symrun_names_has(N, text("x")) == SYMRUN_UNKNOWN, "x");
  CHECK(symrun_names_has(N, text("y")) == 0, "y");
  symrun_close(S);  /* and the set with it */
  CHECK(symrun_file_open(NULL, top, &F) == SYMRUN_NOMEM, "no engine");
  CHECK(symrun_rule_load(NULL, top) == SYMRUN_NOMEM, "no engine");
  CHECK(symrun_lua(NULL) == NULL && *symrun_message(NULL) != '\0', "no engine");
  symrun_close(NULL);
  symrun_names_free(NULL);
  symrun_plan_free(NULL);
}


static int descriptors (void) {
  int fd, n = 0;
  for (fd = 0; fd < 256; fd++) n += fcntl(fd, F_GETFD) >= 0;
  return n;
}


/* A folder is refused before it is walked; nothing stays open for it. */
static void folders (void) {
  symrun *S = symrun_new(NULL, NULL);
  symrun_File *F;
  int i, before = descriptors();
  for (i = 0; i < 20; i++) {
    CHECK(symrun_file_open(S, top, &F) == SYMRUN_IO
          && strstr(symrun_message(S), "is a folder") != NULL, "%s",
          symrun_message(S));
    CHECK(luaL_dostring(symrun_lua(S), "require 'symrun.core'.open "
                        "(os.getenv 'TMPDIR' or '/tmp')") != LUA_OK, "opened");
  }
  CHECK(descriptors() == before, "%d descriptors, then %d", before,
        descriptors());
  symrun_close(S);
}


/* A caller of an older or a newer header, or one that forgot. */
static void structures (void) {
  struct { symrun_Member m; char more[16]; } newer;
  symrun *S = symrun_new(NULL, NULL);
  symrun_File *F;
  symrun_Member m;
  symrun_Gap gap;
  size_t i;
  MUST(symrun_file_open(S, at("a.a"), &F) == SYMRUN_OK);
  memset(&m, 0x55, sizeof m);
  m.struct_size = 0;
  CHECK(symrun_file_member(F, 0, &m) == SYMRUN_RANGE
        && strstr(symrun_message(S), "struct_size") != NULL, "%s",
        symrun_message(S));
  m.struct_size = sizeof m - 1;
  CHECK(symrun_file_member(F, 0, &m) == SYMRUN_RANGE && m.size
        == 0x5555555555555555u, "a structure of no version was written");
  memset(&newer, 0x55, sizeof newer);
  newer.m.struct_size = sizeof newer;
  CHECK(symrun_file_member(F, 0, &newer.m) == SYMRUN_OK
        && newer.m.struct_size == sizeof newer
        && strcmp(newer.m.format, "elf") == 0, "%s", symrun_message(S));
  for (i = 0; i < sizeof newer.more; i++)
    CHECK(newer.more[i] == 0, "what is not known is not zero");
  MUST(symrun_file_wrap(S, text("text"), text("text\n"), &F) == SYMRUN_OK);
  CHECK(symrun_file_symbols(F, SYMRUN_NATIVE, NULL, NULL) == SYMRUN_UNKNOWN,
        "text has symbols");
  gap.struct_size = 4;
  CHECK(symrun_file_gap(F, 0, &gap) == SYMRUN_RANGE, "a gap of 4 bytes");
  symrun_close(S);
}


typedef struct Indexed { symrun_File *F; uint32_t last; int n; } Indexed;

static int indexed (void *ud, const symrun_Symbol *s) {
  Indexed *x = (Indexed *)ud;
  symrun_Member m = { .struct_size = sizeof m };
  if (s->member != UINT32_MAX)
    CHECK(symrun_file_member(x->F, s->member, &m) == SYMRUN_OK
          && (m.format == NULL || strcmp(m.format, "elf") == 0), "%s",
          m.format);
  x->last = s->member;
  x->n++;
  return 0;
}


static int below (void *ud, const symrun_Symbol *s) {
  (void)ud; (void)s;
  return -7;
}


/* An index names members that nobody has looked at, and some that are lost. */
static void from_index (void) {
  symrun *S = symrun_new(NULL, NULL);
  Indexed x = {NULL, 0, 0};
  symrun_File *F;
  symrun_Member m = { .struct_size = sizeof m };
  make("head -c 1000 a.a >cut.a && mkdir sub && echo 'int x;' >x.c && "
       "gcc -c x.c && mv x.o sub/ && ar rcsT thin.a sub/x.o && rm -r sub x.c");
  MUST(symrun_file_open(S, at("a.a"), &x.F) == SYMRUN_OK);
  CHECK(symrun_file_symbols(x.F, SYMRUN_INDEX, indexed, &x) == SYMRUN_OK
        && x.n == 3, "%d; %s", x.n, symrun_message(S));
  CHECK(symrun_file_symbols(x.F, SYMRUN_NATIVE, below, NULL) == SYMRUN_RANGE
        && strstr(symrun_message(S), "-7") != NULL, "%s", symrun_message(S));
  MUST(symrun_file_open(S, at("cut.a"), &x.F) == SYMRUN_OK);
  CHECK(symrun_file_symbols(x.F, SYMRUN_INDEX, indexed, &x) == SYMRUN_UNKNOWN
        && x.n > 3 && x.last == UINT32_MAX, "%d, %u; %s", x.n,
        (unsigned)x.last, symrun_message(S));
  MUST(symrun_file_open(S, at("thin.a"), &F) == SYMRUN_OK);
  CHECK(symrun_file_member(F, 0, &m) == SYMRUN_OK && m.format == NULL,
        "a member that is gone is %s", m.format);
  symrun_close(S);
  make("rm cut.a thin.a");
}


/* -- rules ---------------------------------------------------------------- */

static const char head[] =
  "local symrun = require 'symrun'\n"
  "local given = symrun.parameters { want = { 'one', 'a name' } }\n"
  "symrun.rule 'test/asks' { about = 'asks', may_be_empty = true,\n"
  "  each = symrun.archives '**/*.a',\n"
  "  check = function (archive, report)\n";

/* Load a rule with this body into a new engine; its code. */
static symrun *with_rule (const char *body, int *rc) {
  char policy[2000];
  symrun *S = symrun_new(NULL, NULL);
  snprintf(policy, sizeof policy, "%s%s end }", head, body);
  *rc = symrun_rule_text(S, "test.lua", text(policy));
  return S;
}


static void refused (const char *policy, const char *why) {
  symrun *S = symrun_new(NULL, NULL);
  symrun_Plan *P;
  CHECK(symrun_rule_text(S, "bad.lua", text(policy)) == SYMRUN_RULE
        && strstr(symrun_message(S), why) != NULL, "%s: %s", policy,
        symrun_message(S));
  CHECK(symrun_rule_run(S, &P) == SYMRUN_RULE, "nothing was loaded");
  symrun_close(S);
}


static void verdicts (void) {
  static const struct {
    const char *body; int verdict; size_t findings;
  } t[] = {
    {"assert(archive:defines 'one')", 0, 0},
    {"report.note(archive, 'x')", 0, 2},
    {"if archive:defines 'o*' then report(archive, 'x') end", 1, 2},
    {"pcall(error, 'caught')", 0, 0},
    {"error 'on purpose'", 2, 2},
    {"error()", 2, 2},
    {"error(setmetatable({}, {__tostring = error}))", 2, 2},
    {"local function f() return f() + 1 end f()", 2, 2},
    {"('x'):rep(-1, nil)()", 2, 2},
    {"archive.gone()", 2, 2}
  };
  size_t i, k;
  int rc;
  for (i = 0; i < sizeof t / sizeof *t; i++) {
    symrun *S = with_rule(t[i].body, &rc);
    symrun_Plan *P = NULL;
    symrun_Finding f = { .struct_size = sizeof f };
    CHECK(rc == SYMRUN_OK, "%s: %s", t[i].body, symrun_message(S));
    CHECK(symrun_rule_input(S, top) == SYMRUN_OK, "%s", symrun_message(S));
    rc = symrun_rule_run(S, &P);
    CHECK(rc == SYMRUN_OK, "%s: %s", t[i].body, symrun_message(S));
    if (rc == SYMRUN_OK) {
      CHECK(symrun_plan_verdict(P, SYMRUN_ERROR) == t[i].verdict, "%s: %d",
            t[i].body, symrun_plan_verdict(P, SYMRUN_ERROR));
      CHECK(symrun_plan_count(P) == t[i].findings, "%s: %zu findings",
            t[i].body, symrun_plan_count(P));
      for (k = 0; k < symrun_plan_count(P); k++)
        CHECK(symrun_plan_finding(P, k, &f) == SYMRUN_OK
              && strcmp(f.rule, "test/asks") == 0 && f.unknown
              == (t[i].verdict == 2), "%s: finding %zu", t[i].body, k);
      CHECK(symrun_plan_finding(P, k, &f) == SYMRUN_RANGE, "one more");
    }
    symrun_close(S);
  }
}


static void runs (void) {
  symrun_Plan *first, *second;
  symrun_Finding f = { .struct_size = sizeof f };
  int rc;
  symrun *S = with_rule("for n in archive:defined(given.want):each() do "
                        "report.warning(n, 'is %s', n):hint('h') end", &rc);
  MUST(rc == SYMRUN_OK);
  CHECK(symrun_rule_run(S, &first) == SYMRUN_RULE
        && strstr(symrun_message(S), "nothing was named") != NULL, "%s",
        symrun_message(S));
  CHECK(symrun_rule_input(S, at("none")) == SYMRUN_IO, "none");
  CHECK(symrun_rule_load(S, at("none.lua")) == SYMRUN_IO
        && strstr(symrun_message(S), "cannot read the rules") != NULL, "%s",
        symrun_message(S));
  CHECK(symrun_rule_load(S, "perry.lua") == SYMRUN_OK, "one that came along");
  symrun_close(S);

  S = with_rule("for n in archive:defined(given.want):each() do "
                "report.warning(n, 'is %s', n):hint('h') end", &rc);
  MUST(rc == SYMRUN_OK && symrun_rule_input(S, at("a.a")) == SYMRUN_OK);
  MUST(symrun_rule_run(S, &first) == SYMRUN_OK);
  MUST(symrun_rule_input(S, at("b.a")) == SYMRUN_OK);
  MUST(symrun_rule_run(S, &second) == SYMRUN_OK);
  CHECK(symrun_plan_count(first) == 1 && symrun_plan_count(second) == 2,
        "%zu, %zu", symrun_plan_count(first), symrun_plan_count(second));
  CHECK(symrun_plan_verdict(second, SYMRUN_ERROR) == 0
        && symrun_plan_verdict(second, SYMRUN_WARNING) == 1, "levels");
  MUST(symrun_plan_finding(first, 0, &f) == SYMRUN_OK);
  CHECK(strcmp(f.message, "is one") == 0 && strcmp(f.hint, "h") == 0
        && f.level == SYMRUN_WARNING && f.index == 0 && f.symbol.len == 3
        && strcmp(f.file.ptr, "a.a") == 0 && strcmp(f.member.ptr, "one.o")
        == 0, "%s %s", f.message, f.file.ptr);
  symrun_plan_free(first);
  CHECK(symrun_plan_finding(second, 1, &f) == SYMRUN_OK
        && strcmp(f.file.ptr, "b.a") == 0 && f.index == 1, "%s", f.file.ptr);
  symrun_close(S);  /* and the second plan with it */
}


/* What one run found unknown, the next finds too, and says why. */
static void twice_unknown (const char *body) {
  int rc, i;
  symrun *S = with_rule(body, &rc);
  make("echo text >notes && ar rcs text.a notes");
  MUST(rc == SYMRUN_OK && symrun_rule_input(S, at("text.a")) == SYMRUN_OK);
  for (i = 0; i < 3; i++) {
    symrun_Plan *P;
    symrun_Finding f = { .struct_size = sizeof f };
    MUST(symrun_rule_run(S, &P) == SYMRUN_OK);
    CHECK(symrun_plan_verdict(P, SYMRUN_ERROR) == 2, "run %d", i);
    CHECK(symrun_plan_finding(P, 0, &f) == SYMRUN_OK
          && strstr(f.message, "no format") != NULL, "run %d: %s", i,
          f.message);
    if (i == 1) symrun_plan_free(P);
  }
  symrun_close(S);
  make("rm notes text.a");
}


static void definitions (void) {
  symrun *S = symrun_new(NULL, NULL);
  symrun_Plan *P;
  char policy[2000];
  snprintf(policy, sizeof policy, "%sif not archive:defines(given.want) then "
           "report(archive, 'lacks it') end end }", head);
  CHECK(symrun_rule_define(S, "want") == SYMRUN_RULE, "no value");
  CHECK(symrun_rule_define(S, "test.want=none") == SYMRUN_OK, "%s",
        symrun_message(S));
  MUST(symrun_rule_text(S, "test.lua", text(policy)) == SYMRUN_OK);
  MUST(symrun_rule_input(S, top) == SYMRUN_OK);
  MUST(symrun_rule_run(S, &P) == SYMRUN_OK);
  CHECK(symrun_plan_verdict(P, SYMRUN_ERROR) == 1, "the default was taken");
  CHECK(symrun_rule_define(S, "other=1") == SYMRUN_OK, "%s", symrun_message(S));
  CHECK(symrun_rule_run(S, &P) == SYMRUN_RULE
        && strstr(symrun_message(S), "'other'") != NULL, "%s",
        symrun_message(S));
  symrun_close(S);
}


/* A host's own function, on the engine's Lua, that calls back into a run. */
static int nested (lua_State *L) {
  symrun *S = (symrun *)lua_touserdata(L, lua_upvalueindex(1));
  symrun_Plan *P;
  lua_pushinteger(L, symrun_rule_run(S, &P));
  return 1;
}


static void nests (void) {
  symrun *S = symrun_new(NULL, NULL);
  lua_State *L = symrun_lua(S);
  char policy[2000];
  snprintf(policy, sizeof policy, "%send }", head);
  MUST(symrun_rule_text(S, "test.lua", text(policy)) == SYMRUN_OK);
  MUST(symrun_rule_input(S, top) == SYMRUN_OK);
  lua_pushlightuserdata(L, S);
  lua_pushcclosure(L, nested, 1);
  lua_setglobal(L, "nested");
  MUST(luaL_dostring(L, "require 'symrun.core'.evaluate('test/nested', 1, nil,"
                        "nil, function () code = nested() end)") == LUA_OK);
  CHECK(lua_getglobal(L, "code") == LUA_TNUMBER
        && lua_tointeger(L, -1) == SYMRUN_RULE, "%d",
        (int)lua_tointeger(L, -1));
  CHECK(strstr(symrun_message(S), "going on") != NULL, "%s",
        symrun_message(S));
  symrun_close(S);
}


int main (void) {
  const char *tmp = getenv("TMPDIR");
  snprintf(top, sizeof top, "%.200s/symrun-api-%d", tmp != NULL ? tmp : "/tmp",
           (int)getpid());
  MUST(mkdir(top, 0755) == 0);
  make("echo 'int one(void) { return 1; } int uno;' >one.c && echo 'int "
       "one(void); int two(void) { return one(); }' >two.c && gcc -c one.c "
       "two.c && ar rcs a.a one.o two.o && ar rcs b.a two.o one.o && "
       "rm *.c *.o");
  many_files();
  in_turns();
  from_within();
  odd_files();
  folders();
  structures();
  from_index();
  refused("x = = 1", "bad.lua:1:");
  refused("", "declares no rule");
  refused("error 'on purpose'", "on purpose");
  refused("error({})", "");
  refused("local function f() return f() + 1 end f()", "stack overflow");
  refused("\033Lua", "bytecode");
  verdicts();
  runs();
  twice_unknown("archive:defined('*'):empty()");
  twice_unknown("pcall(archive.defines, archive, 'x')");
  definitions();
  nests();
  make("rm -f *.a");
  MUST(rmdir(top) == 0);
  return finish(400);
}
