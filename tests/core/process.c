/*
** process.c
** Other programs, and files that are whole or not there.  What a program is
** given (signals, mask, environment) is asked of a shell; writers are killed
** in the middle, and what they leave is looked at.
*/

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/ground.h"
#include "check.h"

extern char **environ;

static symrun *S;
static char top[256];
static bool no_links;


/* The system's own, unless the file system is to be one that has no links. */
int link (const char *from, const char *to) {
  if (!no_links) return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
  errno = EPERM;
  return -1;
}


static int shell (const char *line) {
  char *words[] = { (char *)"sh", (char *)"-c", (char *)line, NULL };
  int status = -1;
  int rc = sr_run(S, "/bin/sh", words, environ, false, &status);
  return rc == SYMRUN_OK ? status : rc;
}


static void file (const char *path, const char *text, mode_t mode) {
  FILE *f = fopen(path, "wb");
  MUST(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
  MUST(chmod(path, mode) == 0);
}


/* -- running ------------------------------------------------------------- */

static void ends (void) {
  char *words[] = { (char *)"gone", NULL };
  int status = 77, i;
  for (i = 0; i < 256; i += 51) {
    char line[32];
    snprintf(line, sizeof line, "exit %d", i);
    CHECK(shell(line) == i, "exit %d", i);
  }
  CHECK(shell("kill -SEGV $$") == 128 + SIGSEGV, "a signal");
  CHECK(shell("kill -KILL $$") == 128 + SIGKILL, "a signal");
  CHECK(sr_run(S, "./gone", words, environ, false, &status) == SYMRUN_IO
        && status == 77, "a program that is not there");
  CHECK(strstr(S->message, "./gone cannot be run") != NULL, "%s", S->message);
}


/* What the program is given is as if we were not there. */
static void inherits (void) {
  sigset_t some, before;
  CHECK(shell("kill -PIPE $$; exit 9") == 128 + SIGPIPE, "SIGPIPE is its own");
  signal(SIGHUP, SIG_IGN);
  CHECK(shell("kill -HUP $$; exit 5") == 5, "what is ignored stays ignored");
  signal(SIGHUP, SIG_DFL);
  CHECK(shell("kill -HUP $$; exit 5") == 128 + SIGHUP, "and else not");
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  sigprocmask(SIG_BLOCK, &some, &before);
  CHECK(shell("kill -USR1 $$; exit 4") == 4, "the mask is kept");
  sigprocmask(SIG_SETMASK, &before, NULL);
  CHECK(shell("kill -USR1 $$; exit 4") == 128 + SIGUSR1, "and no more");
}


/* Does a program begin with SIGCHLD ignored?  A shell would change that. */
static bool starts_ignoring (void) {
  char *words[] = { (char *)"grep", (char *)"-q",
                    (char *)"^SigIgn:.*[13579bdf]....$",
                    (char *)"/proc/self/status", NULL };
  int status = 2;
  MUST(sr_run(S, "/bin/grep", words, environ, false, &status) == SYMRUN_OK
       && status < 2);
  return status == 0;
}


/* Whoever ignores SIGCHLD learns of no child's end; the program ignores it as
   it would without us, and so do we when it is over. */
static void ignored_children (void) {
  char *words[] = { (char *)"gone", NULL };
  struct sigaction act;
  int status;
  CHECK(!starts_ignoring(), "nothing is ignored before");
  signal(SIGCHLD, SIG_IGN);
  CHECK(shell("exit 0") == 0, "an end that is good: %s", S->message);
  CHECK(shell("exit 7") == 7, "one that is not");
  CHECK(shell("kill -SEGV $$") == 128 + SIGSEGV, "a signal");
  CHECK(starts_ignoring(), "the program ignores it, too");
  CHECK(sr_run(S, "./gone", words, environ, false, &status) == SYMRUN_IO
        && strstr(S->message, "No such file") != NULL, "%s", S->message);
  CHECK(sigaction(SIGCHLD, NULL, &act) == 0 && act.sa_handler == SIG_IGN,
        "and so do we");
  signal(SIGCHLD, SIG_DFL);
}


/* Each signal, sent to us alone, reaches the program, once. */
static void passes_on (void) {
  static const int sent[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
  static const char *const names[] = { "HUP", "INT", "QUIT", "TERM" };
  size_t i;
  int word, tries;
  for (i = 0; i < sizeof sent / sizeof sent[0]; i++) {
    char line[256];
    pid_t pid;
    unlink("ready");
    unlink("caught");
    snprintf(line, sizeof line, "trap 'echo x >>caught; n=1' %s; : >ready; "
             "while [ -z \"$n\" ]; do sleep 0.02; done; sleep 0.1; exit 42",
             names[i]);
    pid = fork();
    if (pid == 0) _exit(shell(line));
    for (tries = 0; access("ready", F_OK) != 0 && tries < 500; tries++)
      usleep(10000);
    kill(pid, sent[i]);
    MUST(waitpid(pid, &word, 0) == pid);
    CHECK(WIFEXITED(word) && WEXITSTATUS(word) == 42, "%s: %x", names[i],
          (unsigned)word);
    CHECK(shell("test \"$(cat caught)\" = x") == 0, "%s was caught once",
          names[i]);
  }
}


static void too_long (void) {
  static char *words[5000];
  char *long_word = (char *)malloc(60000);
  size_t i;
  int status;
  MUST(long_word != NULL);
  memset(long_word, 'x', 59999);
  long_word[59999] = '\0';
  words[0] = (char *)"true";
  CHECK(sr_words_fit(words), "one word fits");
  for (i = 1; i < 4999; i++) words[i] = long_word;
  CHECK(!sr_words_fit(words), "three hundred megabytes do not");
  CHECK(sr_run(S, "/bin/true", words, environ, false, &status)
        == SYMRUN_RANGE, "and that is told: %s", S->message);
  free(long_word);
}


/* -- finding -------------------------------------------------------------- */

static void finds (void) {
  char out[PATH_MAX], self[PATH_MAX];
  const char *path = getenv("PATH");
  char *before = path != NULL ? strdup(path) : NULL;
  bool passed;
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  MUST(n > 0);
  self[n] = '\0';
  MUST(mkdir("one", 0755) == 0 && mkdir("two", 0755) == 0);
  MUST(mkdir("one/folder", 0755) == 0);
  file("one/plain", "", 0644);
  file("two/plain", "", 0755);
  file("two/folder", "", 0755);
  file("here", "", 0755);
  MUST(symlink(self, "one/us") == 0 && symlink(self, "one/only") == 0);
  file("two/us", "", 0755);
  setenv("PATH", "gone:one:two:", 1);
#define FOUND(name, want) \
  CHECK(sr_program_find(S, name, out, &passed) == SYMRUN_OK \
        && strcmp(out, want) == 0, "%s: %s", name, out)
  FOUND("plain", "two/plain");
  CHECK(!passed, "nothing of ours");
  FOUND("folder", "two/folder");
  FOUND("here", "./here");
  FOUND("./here", "./here");
  FOUND("us", "two/us");
  CHECK(passed, "we stood before it");
#define LOST(name, sentence) \
  CHECK(sr_program_find(S, name, out, &passed) == SYMRUN_IO \
        && strstr(S->message, sentence) != NULL, "%s: %s", name, S->message)
  LOST("only", "the only only on PATH is symrun itself");
  LOST("nowhere", "there is no program nowhere on PATH");
  LOST("", "there is no program");
  LOST("one/only", "is symrun itself");
  LOST("one/folder", "cannot be run");
  LOST("one/plain", "cannot be run");
  LOST("./nowhere", "cannot be run");
  if (before != NULL) setenv("PATH", before, 1);
  free(before);
}


static const char *value (char **env, const char *name) {
  size_t n = strlen(name);
  for (; *env != NULL; env++)
    if (strncmp(*env, name, n) == 0 && (*env)[n] == '=') return *env + n + 1;
  return NULL;
}


static void gives (void) {
  static const char *const without[] = { "TAKEN", NULL };
  char *with[] = { (char *)"GIVEN=new" };
  sr_Arena A = {NULL, 0, 0};
  char **env;
  int i;
  setenv("TAKEN", "x", 1);
  setenv("TAKEN_NOT", "y", 1);
  setenv("SYMRUN_RULES", "x", 1);
  unsetenv("SYMRUN_DEPTH");
  MUST(sr_environment(S, &A, without, with, 1, &env) == SYMRUN_OK);
  CHECK(value(env, "TAKEN") == NULL, "taken away");
  CHECK(value(env, "SYMRUN_RULES") == NULL, "for us alone");
  CHECK(value(env, "TAKEN_NOT") != NULL, "left");
  CHECK(strcmp(value(env, "GIVEN"), "new") == 0, "given");
  CHECK(strcmp(value(env, "SYMRUN_DEPTH"), "1") == 0, "depth");
  for (i = 0; i < 20; i++) {
    if (sr_environment(S, &A, NULL, NULL, 0, &env) != SYMRUN_OK) break;
    setenv("SYMRUN_DEPTH", value(env, "SYMRUN_DEPTH"), 1);
  }
  CHECK(i == 8 && strstr(S->message, "leads back to symrun") != NULL,
        "%d: %s", i, S->message);
  unsetenv("SYMRUN_DEPTH");
  sr_arena_free(S, &A);
}


/* -- writing --------------------------------------------------------------- */

enum { LINES = 20000, WRITERS = 64, KILLS = 60 };

static char text[LINES * 8];

static int write_all (char letter, int flags) {
  sr_Str parts[2];
  memset(text, letter, sizeof text);
  parts[0].ptr = text;
  parts[0].len = sizeof text / 3;
  parts[1].ptr = text + sizeof text / 3;
  parts[1].len = sizeof text - sizeof text / 3;
  return sr_write_file(S, "out/file", parts, 2, flags);
}


/* One letter all through, or nothing. */
static bool is_whole (void) {
  FILE *f = fopen("out/file", "rb");
  size_t n, i;
  if (f == NULL) return errno == ENOENT;
  n = fread(text, 1, sizeof text, f);
  fclose(f);
  for (i = 1; i < n && text[i] == text[0]; i++) ;
  return n == sizeof text && i == n;
}


static void writes (void) {
  struct stat st;
  mode_t mask = umask(022);
  MUST(mkdir("out", 0755) == 0);
  for (no_links = false; ; no_links = true) {
    CHECK(write_all('a', SR_WRITE_NEW) == SYMRUN_OK && is_whole(), "new: %s",
          S->message);
    CHECK(write_all('b', SR_WRITE_NEW) == SYMRUN_END, "not in its place");
    CHECK(is_whole() && text[0] == 'a', "still the first");
    CHECK(shell("test \"$(ls -A out)\" = file") == 0, "and nothing else");
    if (no_links) break;
    unlink("out/file");
  }
  no_links = false;
  CHECK(write_all('c', SR_WRITE_DURABLE) == SYMRUN_OK && is_whole()
        && text[0] == 'c', "replaced");
  CHECK(stat("out/file", &st) == 0 && (st.st_mode & 0777) == 0644, "mode");
  CHECK(shell("test \"$(ls -A out)\" = file") == 0, "nothing else is left");
  MUST(mkdir("out/d", 0755) == 0);
  CHECK(sr_write_file(S, "out/d", NULL, 0, 0) == SYMRUN_IO, "a folder");
  CHECK(sr_write_file(S, "gone/file", NULL, 0, 0) == SYMRUN_IO, "no folder");
  CHECK(strstr(S->message, "gone/file cannot be written") != NULL, "%s",
        S->message);
  CHECK(shell("test \"$(ls -A out)\" = \"$(printf 'd\\nfile')\"") == 0,
        "nothing is left of what failed");
  umask(mask);
}


static void many_write (void) {
  pid_t pids[WRITERS];
  int i, word, bad = 0, looks = 0;
  for (i = 0; i < WRITERS; i++) {
    pids[i] = fork();
    if (pids[i] == 0) _exit(write_all((char)('0' + i), 0) != SYMRUN_OK);
    bad += !is_whole();
    looks++;
  }
  for (i = 0; i < WRITERS; i++) {
    MUST(waitpid(pids[i], &word, 0) == pids[i]);
    CHECK(word == 0, "writer %d", i);
    bad += !is_whole();
    looks++;
  }
  CHECK(bad == 0, "%d of %d looks saw a part", bad, looks);
}


static void killed (void) {
  int i, word, bad = 0;
  for (i = 0; i < KILLS; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      for (;;) write_all((char)('a' + i % 26), 0);
    }
    usleep(chance(4000));
    kill(pid, SIGKILL);
    MUST(waitpid(pid, &word, 0) == pid);
    bad += !is_whole();
  }
  CHECK(bad == 0, "%d of %d kills left a part", bad, KILLS);
}


static void folders (void) {
  char one[PATH_MAX], two[PATH_MAX], line[3 * PATH_MAX];
  struct stat st;
  CHECK(sr_folders_make(S, "deep/er/est") == SYMRUN_OK
        && sr_folders_make(S, "deep/er/est/") == SYMRUN_OK, "%s", S->message);
  file("deep/file", "", 0644);
  CHECK(sr_folders_make(S, "deep/file/x") == SYMRUN_IO, "through a file");
  setenv("TMPDIR", "deep", 1);
  MUST(sr_scratch_make(S, one) == SYMRUN_OK);
  CHECK(one[0] == '/' && stat(one, &st) == 0 && (st.st_mode & 0777) == 0700,
        "%s is nobody else's", one);
  MUST(sr_scratch_make(S, two) == SYMRUN_OK && strcmp(one, two) != 0);
  snprintf(line, sizeof line, "cd '%s' && mkdir -p a/b && : >a/b/c && "
           "ln -s '%s/deep/er' out && ln -s gone broken", one, top);
  MUST(shell(line) == 0);
  sr_scratch_remove(one);
  sr_scratch_remove(two);
  CHECK(shell("test \"$(ls -A deep)\" = \"$(printf 'er\\nfile')\"") == 0,
        "all is gone");
  CHECK(shell("test -d deep/er/est") == 0, "but not where links lead");
  setenv("TMPDIR", "/gone/for/good", 1);
  CHECK(sr_scratch_make(S, one) == SYMRUN_IO, "no $TMPDIR");
}


int main (void) {
  const char *tmp = getenv("TMPDIR");
  char line[PATH_MAX + 16];
  const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD};
  size_t i;
  /* whoever started this may ignore them, and then nothing would arrive */
  for (i = 0; i < sizeof signals / sizeof *signals; i++)
    signal(signals[i], SIG_DFL);
  snprintf(top, sizeof top, "%.200s/symrun-process-%d",
           tmp != NULL ? tmp : "/tmp", (int)getpid());
  MUST(mkdir(top, 0755) == 0 && chdir(top) == 0);
  MUST((S = symrun_new(NULL, NULL)) != NULL);
  sr_ignore_pipe();
  ends();
  inherits();
  ignored_children();
  passes_on();
  too_long();
  finds();
  gives();
  writes();
  many_write();
  killed();
  folders();
  snprintf(line, sizeof line, "rm -rf '%s'", top);
  MUST(chdir("/") == 0 && system(line) == 0);
  symrun_close(S);
  return finish(60);
}
