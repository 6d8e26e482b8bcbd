/*
** measure.c
** Run a program once and print what it cost.
**
**   measure OUT ERR PROGRAM ARG...
**   -> USER-us SYSTEM-us ELAPSED-us PEAK-KiB BLOCKS-READ STATUS
**
** A program of its own, and a small one: the peak that the kernel reports for
** a child begins with the size of whoever forked it, and exec does not reset
** it.  The CPU time is that of the child and all that it waited for, so a
** shell's pipe is counted whole.
*/

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


static void fail (const char *what) {
  fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
  exit(127);
}


static void to (int fd, const char *path, int flags) {
  int in = open(path, flags, 0666);
  if (in < 0 || dup2(in, fd) < 0) fail(path);
  close(in);
}


static long long us (struct timeval t) {
  return (long long)t.tv_sec * 1000000 + t.tv_usec;
}


static long long now (void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}


int main (int argc, char **argv) {
  struct rusage used;
  long long began;
  pid_t child;
  int status;
  if (argc < 4) {
    fputs("usage: measure OUT ERR PROGRAM ARG...\n", stderr);
    return 127;
  }
  began = now();
  child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    to(STDIN_FILENO, "/dev/null", O_RDONLY);
    to(STDOUT_FILENO, argv[1], O_WRONLY | O_CREAT | O_TRUNC);
    to(STDERR_FILENO, argv[2], O_WRONLY | O_CREAT | O_TRUNC);
    execvp(argv[3], argv + 3);
    _exit(127);
  }
  if (wait4(child, &status, 0, &used) != child) fail("wait4");
  printf("%lld %lld %lld %ld %ld %d\n", us(used.ru_utime), us(used.ru_stime),
         now() - began, used.ru_maxrss, used.ru_inblock,
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
