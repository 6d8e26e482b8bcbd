/*
** files.c
** What the bench does with files itself:
**
**   files read FOLDER   open, read once and close each file below it: what
**                       any reader of small files pays before it looks at one
**   files ask FOLDER    the same, and ask each for its size and times
**   files forget LIST   make the system forget what it has of these files
**   files replay LIST   open each file and read some ranges of it, as a list
**                       says: "PATH", and then "OFFSET LENGTH" of a reading
**
** posix_fadvise(DONTNEED) needs no rights, unlike drop_caches; it leaves
** pages that are not on disk yet, so fsync comes first.
*/

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM  ((size_t)1024 * 1024)

static char buffer[ROOM];
static unsigned long files, reads;
static int asks;
static unsigned long long bytes;


static void fail (const char *what) {
  fprintf(stderr, "files: %s: %s\n", what, strerror(errno));
  exit(1);
}


static void read_one (int folder, const char *name) {
  int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, buffer, ROOM);
  struct stat st;
  if (n < 0 || (asks && fstat(fd, &st) != 0)) fail(name);
  close(fd);
  files++;
  bytes += (unsigned long long)n;
}


/* 'fd' is closed. */
static void read_all (int fd) {
  DIR *dir = fdopendir(fd);
  struct dirent *d;
  if (dir == NULL) fail("fdopendir");
  while ((d = readdir(dir)) != NULL) {
    int below;
    if (d->d_name[0] == '.') continue;
    if (d->d_type != DT_DIR) { read_one(fd, d->d_name); continue; }
    below = openat(fd, d->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (below < 0) fail(d->d_name);
    read_all(below);
  }
  closedir(dir);
}


static void forget (const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path);
  fsync(fd);
  errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  if (errno != 0) fail(path);
  close(fd);
  files++;
}


static void forget_list (const char *list) {
  char *line = NULL;
  size_t room = 0;
  ssize_t n;
  FILE *in = fopen(list, "r");
  if (in == NULL) fail(list);
  while ((n = getline(&line, &room, in)) > 0) {
    if (line[n - 1] == '\n') line[n - 1] = '\0';
    forget(line);
  }
  free(line);
  fclose(in);
}


/* Decimal digits and one byte behind them; scanf would cost as much as some of
   the readings do. */
static unsigned long long number (const char **p) {
  unsigned long long n = 0;
  while (**p >= '0' && **p <= '9') n = n * 10 + (unsigned)(*(*p)++ - '0');
  if (**p != '\0') ++*p;
  return n;
}


/* A path begins with a slash, and ranges do not. */
static void replay (const char *list) {
  char *line = NULL;
  size_t room = 0;
  int fd = -1;
  FILE *in = fopen(list, "r");
  if (in == NULL) fail(list);
  while (getline(&line, &room, in) > 0) {
    const char *p = line;
    unsigned long long offset, length;
    if (line[0] == '/') {
      line[strcspn(line, "\n")] = '\0';
      if (fd >= 0) close(fd);
      fd = open(line, O_RDONLY | O_CLOEXEC);
      if (fd < 0) fail(line);
      files++;
      continue;
    }
    offset = number(&p);
    length = number(&p);
    reads++;
    while (length > 0) {
      size_t want = length < ROOM ? (size_t)length : ROOM;
      ssize_t n = pread(fd, buffer, want, (off_t)offset);
      if (n <= 0) fail("pread");
      offset += (size_t)n;
      length -= (size_t)n;
      bytes += (size_t)n;
    }
  }
  if (fd >= 0) close(fd);
  free(line);
  fclose(in);
}


int main (int argc, char **argv) {
  asks = argc == 3 && strcmp(argv[1], "ask") == 0;
  if (asks || (argc == 3 && strcmp(argv[1], "read") == 0)) {
    int fd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) fail(argv[2]);
    read_all(fd);
    printf("%lu files, %llu bytes\n", files, bytes);
  }
  else if (argc == 3 && strcmp(argv[1], "forget") == 0)
    forget_list(argv[2]);
  else if (argc == 3 && strcmp(argv[1], "replay") == 0) {
    replay(argv[2]);
    printf("%lu files, %lu reads, %llu bytes\n", files, reads, bytes);
  }
  else {
    fputs("usage: files read|ask FOLDER | forget LIST | replay LIST\n", stderr);
    return 2;
  }
  return 0;
}
