/*
** process.c
** Running another program in our place.  A build must not see a difference:
** signals reach the program once, whether the terminal sent them to everyone
** or somebody sent them to us, and what was ignored stays ignored.  A program
** that is only passed on is not waited for: we become it.
*/

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground.h"

extern char **environ;


/* -- finding --------------------------------------------------------------- */

/* Is the file this very program, whatever it is called? */
static bool is_self (const struct stat *st) {
  static struct stat self;
  static int known;  /* -1: cannot be told, and the depth must guard */
  if (known == 0) known = stat("/proc/self/exe", &self) == 0 ? 1 : -1;
  return known > 0 && st->st_dev == self.st_dev && st->st_ino == self.st_ino;
}


static bool runs (const char *path, struct stat *st) {
  errno = 0;
  return stat(path, st) == 0 && S_ISREG(st->st_mode) && access(path, X_OK) == 0;
}


/* The next candidate of a list such as PATH, where "" is this folder. */
static const char *candidate (const char *list, const char *name, char *out,
                              size_t room) {
  size_t n = strcspn(list, ":");
  int made = n == 0 ? snprintf(out, room, "./%s", name)
           : snprintf(out, room, "%.*s/%s", n < room ? (int)n : (int)room,
                      list, name);
  if (made < 0 || (size_t)made >= room) out[0] = '\0';
  return list[n] == ':' ? list + n + 1 : NULL;
}


int sr_program_find (symrun *S, const char *name, char out[PATH_MAX],
                     bool *passed) {
  const char *list = getenv("PATH");
  char shown[256];
  struct stat st;
  *passed = false;
  sr_printable(shown, sizeof shown, name, strlen(name));
  if (strchr(name, '/') != NULL) {
    if (strlen(name) >= PATH_MAX || !runs(name, &st))
      return sr_fail(S, SYMRUN_IO, "the linker %s cannot be run: %s", shown,
                     strlen(name) >= PATH_MAX ? strerror(ENAMETOOLONG)
                     : errno != 0 ? strerror(errno) : "it is no program");
    if (is_self(&st))
      return sr_fail(S, SYMRUN_IO, "the linker %s is symrun itself", shown);
    strcpy(out, name);
    return SYMRUN_OK;
  }
  if (list == NULL) list = "/bin:/usr/bin";
  while (list != NULL && *name != '\0') {
    list = candidate(list, name, out, PATH_MAX);
    if (out[0] == '\0' || !runs(out, &st)) continue;
    if (!is_self(&st)) return SYMRUN_OK;
    *passed = true;
  }
  return sr_fail(S, SYMRUN_IO, *passed ? "the only %s on PATH is symrun itself"
                 : "there is no program %s on PATH", shown);
}


/* -- what a program is given ----------------------------------------------- */

/* Who stands in checks, edits and keeps; a stand-in further down only passes
   on.  And one that is called by what it calls must find an end. */
static const char *const ours[] = {
  "SYMRUN_LINKER", "SYMRUN_RULES", "SYMRUN_DEFINE", "SYMRUN_CAPTURE",
  "SYMRUN_DEPTH", NULL
};

#define DEEPEST  8


static bool is_one_of (const char *entry, const char *const *names) {
  for (; *names != NULL; names++) {
    size_t n = strlen(*names);
    if (strncmp(entry, *names, n) == 0 && entry[n] == '=') return true;
  }
  return false;
}


int sr_environment (symrun *S, sr_Arena *A, const char *const *without,
                    char *const *with, size_t nwith, char ***out) {
  const char *depth = getenv("SYMRUN_DEPTH");
  long given = depth != NULL ? strtol(depth, NULL, 10) : 0;
  int deep = given < 0 || given > DEEPEST ? DEEPEST + 1 : (int)given + 1;
  size_t n = 0, i;
  char **env;
  if (deep > DEEPEST)
    return sr_fail(S, SYMRUN_IO, "the linker that symrun stands in for leads "
                   "back to symrun, %d times now; name the real one in "
                   "SYMRUN_LINKER", deep);
  while (environ[n] != NULL) n++;
  env = (char **)sr_arena_new(S, A, (n + nwith + 2) * sizeof *env);
  if (env == NULL) return SYMRUN_NOMEM;
  for (i = n = 0; environ[i] != NULL; i++)
    if (!is_one_of(environ[i], ours)
        && (without == NULL || !is_one_of(environ[i], without)))
      env[n++] = environ[i];
  for (i = 0; i < nwith; i++) env[n++] = with[i];
  env[n] = (char *)sr_arena_format(S, A, "SYMRUN_DEPTH=%d", deep);
  if (env[n++] == NULL) return SYMRUN_NOMEM;
  env[n] = NULL;
  *out = env;
  return SYMRUN_OK;
}


/* -- running --------------------------------------------------------------- */

static int cannot (symrun *S, const char *path, int error) {
  char shown[256];
  sr_printable(shown, sizeof shown, path, strlen(path));
  return sr_fail(S, error == E2BIG ? SYMRUN_RANGE : SYMRUN_IO,
                 "the linker %s cannot be run: %s", shown, strerror(error));
}


static bool pipe_taken;

void sr_ignore_pipe (void) {
  pipe_taken = signal(SIGPIPE, SIG_IGN) == SIG_DFL;
}


int sr_become (symrun *S, const char *path, char *const argv[],
               char *const env[]) {
  if (pipe_taken) signal(SIGPIPE, SIG_DFL);
  execve(path, argv, env);
  return cannot(S, path, errno);
}


static const int passed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

enum { PASSED = sizeof passed / sizeof passed[0] };

static volatile pid_t child;


/* A terminal signals the whole group: the program has it already. */
static void pass_on (int number, siginfo_t *info, void *context) {
  int kept = errno;
  (void)context;
  if (child > 0 && info->si_code <= 0) kill(child, number);
  errno = kept;
}


/* What is ignored by us is ignored by the program too, as it would be. */
static void take_signals (struct sigaction before[PASSED]) {
  struct sigaction act;
  int i;
  memset(&act, 0, sizeof act);
  sigemptyset(&act.sa_mask);
  act.sa_sigaction = pass_on;
  act.sa_flags = SA_SIGINFO | SA_RESTART;
  for (i = 0; i < PASSED; i++) {
    sigaction(passed[i], NULL, &before[i]);
    if (before[i].sa_handler != SIG_IGN) sigaction(passed[i], &act, NULL);
  }
}


static int start (const char *path, char *const argv[], char *const env[],
                  const sigset_t *mask, bool quiet, pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attr;
  sigset_t pipe;
  int error = posix_spawnattr_init(&attr), i;
  if (error != 0) return error;
  if ((error = posix_spawn_file_actions_init(&files)) != 0) {
    posix_spawnattr_destroy(&attr);
    return error;
  }
  for (i = 0; quiet && i < 3 && error == 0; i++)
    error = posix_spawn_file_actions_addopen(&files, i, "/dev/null", O_RDWR, 0);
  sigemptyset(&pipe);
  if (pipe_taken) sigaddset(&pipe, SIGPIPE);
  posix_spawnattr_setsigmask(&attr, mask);
  posix_spawnattr_setsigdefault(&attr, &pipe);
  posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK
                           | POSIX_SPAWN_SETSIGDEF);
  if (error == 0) error = posix_spawn(pid, path, &files, &attr, argv, env);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attr);
  return error;
}


/* In the child: from here on only what a signal handler may call. */
static void exec_there (const char *path, char *const argv[],
                        char *const env[], const sigset_t *mask, bool quiet,
                        int told) {
  struct sigaction act;
  int i, error = 0;
  for (i = 0; i < PASSED; i++) {
    sigaction(passed[i], NULL, &act);
    if (act.sa_handler != SIG_IGN) signal(passed[i], SIG_DFL);
  }
  if (pipe_taken) signal(SIGPIPE, SIG_DFL);
  signal(SIGCHLD, SIG_IGN);
  for (i = 0; quiet && i < 3; i++) {
    int fd = open("/dev/null", O_RDWR);
    if (fd < 0 || dup2(fd, i) < 0) error = errno;
    if (fd > 2) close(fd);
  }
  sigprocmask(SIG_SETMASK, mask, NULL);
  if (error == 0) {
    execve(path, argv, env);
    error = errno;
  }
  while (write(told, &error, sizeof error) < 0 && errno == EINTR) ;
  _exit(127);
}


/* Whoever ignores SIGCHLD is never told how a program ended, so for as long as
   we wait it is not ignored; the program starts with it ignored all the same,
   which posix_spawn cannot do. */
static int start_ignoring (const char *path, char *const argv[],
                           char *const env[], const sigset_t *mask, bool quiet,
                           pid_t *pid) {
  int ends[2], error = 0;
  ssize_t n;
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  *pid = fork();
  if (*pid == 0) exec_there(path, argv, env, mask, quiet, ends[1]);
  if (*pid < 0) error = errno;
  close(ends[1]);
  if (*pid > 0) {
    do n = read(ends[0], &error, sizeof error); while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof error) error = 0;
    else while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR) ;
  }
  close(ends[0]);
  return error;
}


/* Signals wait till the program's number is known, and from its end on: the
   number may be another's as soon as it is asked how it ended. */
int sr_run (symrun *S, const char *path, char *const argv[],
            char *const env[], bool quiet, int *status) {
  struct sigaction before[PASSED], ends, plain;
  sigset_t all, mask;
  siginfo_t info;
  pid_t pid = 0;
  int i, error, word = 0;
  sigemptyset(&all);
  for (i = 0; i < PASSED; i++) sigaddset(&all, passed[i]);
  sigprocmask(SIG_BLOCK, &all, &mask);
  take_signals(before);
  memset(&plain, 0, sizeof plain);
  plain.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &plain, &ends);
  error = ends.sa_handler == SIG_IGN
        ? start_ignoring(path, argv, env, &mask, quiet, &pid)
        : start(path, argv, env, &mask, quiet, &pid);
  if (error == 0) {
    child = pid;
    sigprocmask(SIG_SETMASK, &mask, NULL);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0
           && errno == EINTR) ;
    sigprocmask(SIG_BLOCK, &all, NULL);
    child = 0;
    if (waitpid(pid, &word, 0) < 0) error = errno;
  }
  sigaction(SIGCHLD, &ends, NULL);
  for (i = 0; i < PASSED; i++) sigaction(passed[i], &before[i], NULL);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  if (error != 0) return cannot(S, path, error);
  *status = WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word);
  return SYMRUN_OK;
}


/* One word may be long, and all of them with the environment (Linux: 128 KiB
   and a quarter of the stack).  What a driver adds must have room too. */
bool sr_words_fit (char *const argv[]) {
  long most = sysconf(_SC_ARG_MAX);
  size_t room = most > 0 ? (size_t)most : 128 * 1024, used = 128 * 1024;
  int i;
  for (i = 0; i < 2; i++) {
    char *const *word = i == 0 ? environ : argv;
    for (; *word != NULL; word++) {
      size_t n = strlen(*word);
      if (n >= 120 * 1024) return false;
      used += n + 1 + sizeof *word;
    }
  }
  return used < room;
}


int sr_folder_enter (symrun *S, const char *path) {
  char shown[256];
  if (chdir(path) == 0) return SYMRUN_OK;
  sr_printable(shown, sizeof shown, path, strlen(path));
  return sr_fail(S, SYMRUN_IO, "the folder %s cannot be entered: %s", shown,
                 strerror(errno));
}
