/*
** write.c
** Files that are there whole or not at all.  A file is written beside its
** place under a name that no one else has, and takes its name when it is
** done: neither a reader nor another writer, nor a kill, ever sees a part.
** Files of any size are read here too, a block at a time.
*/

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "replace.h"

#define TRIES  100  /* for a name that no one has */


int sr_cannot (symrun *S, const char *path, const char *what, int error) {
  char shown[512];
  sr_printable(shown, sizeof shown, path, strlen(path));
  return sr_fail(S, SYMRUN_IO, "%s cannot be %s: %s", shown, what,
                 strerror(error));
}


/* -- reading --------------------------------------------------------------- */

sr_What sr_path_what (const char *path, uint64_t *size) {
  struct stat st;
  if (stat(path, &st) != 0) return SR_NOTHING;
  if (S_ISDIR(st.st_mode)) return SR_A_FOLDER;
  if (!S_ISREG(st.st_mode)) return SR_A_THING;
  *size = (uint64_t)st.st_size;
  return SR_A_FILE;
}


/* Without O_NONBLOCK a pipe would be waited for, and reading takes its bytes
   from whom they are for. */
static int open_regular (const char *path, struct stat *st, int *out) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error = 0;
  if (fd < 0) return errno;
  if (fstat(fd, st) != 0) error = errno;
  else if (!S_ISREG(st->st_mode)) error = S_ISDIR(st->st_mode) ? EISDIR : ENXIO;
  if (error != 0) close(fd);
  *out = fd;
  return error;
}


static int open_file (symrun *S, const char *path, struct stat *st, int *out) {
  int error = open_regular(path, st, out);
  return error == 0 ? SYMRUN_OK : sr_cannot(S, path, "read", error);
}


/* Up to 'room' bytes; -1 with an errno. */
static ssize_t fill (int fd, char *to, size_t room) {
  size_t have = 0;
  while (have < room) {
    ssize_t n = read(fd, to + have, room - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    have += (size_t)n;
  }
  return (ssize_t)have;
}


size_t sr_file_head (const char *path, char *out, size_t room) {
  struct stat st;
  ssize_t n;
  int fd;
  if (open_regular(path, &st, &fd) != 0) return 0;
  n = fill(fd, out, room);
  close(fd);
  return n > 0 ? (size_t)n : 0;
}


int sr_file_blocks (symrun *S, const char *path,
                    void (*f) (void *ud, const void *block, size_t len),
                    void *ud) {
  enum { BLOCK = 256 * 1024 };
  struct stat st;
  ssize_t n;
  char *block;
  int fd, rc = open_file(S, path, &st, &fd);
  if (rc != SYMRUN_OK) return rc;
  block = (char *)sr_resize(S, NULL, 0, BLOCK);
  if (block == NULL) rc = SYMRUN_NOMEM;
  while (rc == SYMRUN_OK && (n = fill(fd, block, BLOCK)) != 0) {
    if (n < 0) rc = sr_cannot(S, path, "read", errno);
    else f(ud, block, (size_t)n);
  }
  sr_delete(S, block, BLOCK);
  close(fd);
  return rc;
}


int sr_folder_names (symrun *S, const char *path,
                     int (*f) (void *ud, symrun *S, const char *name),
                     void *ud) {
  DIR *dir = opendir(path);
  const struct dirent *d = NULL;
  int rc = SYMRUN_OK;
  if (dir == NULL) return sr_cannot(S, path, "listed", errno);
  while (rc == SYMRUN_OK && (errno = 0, (d = readdir(dir)) != NULL))
    if (*d->d_name != '.') rc = f(ud, S, d->d_name);
  if (rc == SYMRUN_OK && errno != 0) rc = sr_cannot(S, path, "listed", errno);
  closedir(dir);
  return rc;
}


int sr_folder_here (symrun *S, char out[PATH_MAX]) {
  if (getcwd(out, PATH_MAX) != NULL) return SYMRUN_OK;
  return sr_cannot(S, "the folder we are in", "told", errno);
}


/* -- writing --------------------------------------------------------------- */

int sr_put_all (int fd, const sr_Str *parts, size_t nparts) {
  size_t i;
  for (i = 0; i < nparts; i++) {
    const char *p = parts[i].ptr;
    size_t left = parts[i].len;
    while (left > 0) {
      ssize_t n = write(fd, p, left);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno;
      p += n;
      left -= (size_t)n;
    }
  }
  return 0;
}


/* A new file in the folder of 'path'; an errno, or 0. */
static int open_beside (const char *path, char name[PATH_MAX], int *fd) {
  const char *slash = strrchr(path, '/');
  size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
  struct timespec t;
  int i;
  if (folder + 48 > PATH_MAX) return ENAMETOOLONG;
  memcpy(name, path, folder);
  for (i = 0; i < TRIES; i++) {
    clock_gettime(CLOCK_MONOTONIC, &t);
    snprintf(name + folder, PATH_MAX - folder, ".symrun-%lx-%lx%lx",
             (unsigned long)getpid(), (unsigned long)t.tv_sec,
             (unsigned long)t.tv_nsec);
    *fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (*fd >= 0) return 0;
    if (errno != EEXIST) return errno;
  }
  return EEXIST;
}


/* The name is in the folder, so that is what must reach the disk too. */
int sr_folder_keep (const char *path) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t n = slash != NULL ? (size_t)(slash - path) + 1 : 0;
  int fd, error = 0;
  memcpy(folder, n > 0 ? path : ".", n > 0 ? n : 1);
  folder[n > 0 ? n : 1] = '\0';
  fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  if (fsync(fd) != 0 && errno != EINVAL) error = errno;
  close(fd);
  return error;
}


/* A name that nobody has yet; the old one may stay.  Some file systems have no
   links. */
static int take_name (const char *name, const char *path) {
  int error = link(name, path) == 0 ? 0 : errno;
#ifdef RENAME_NOREPLACE
  if ((error == EPERM || error == EOPNOTSUPP || error == ENOSYS
       || error == EACCES || error == EMLINK)
      && (renameat2(AT_FDCWD, name, AT_FDCWD, path, RENAME_NOREPLACE) == 0
          || errno == EEXIST))
    error = access(name, F_OK) == 0 ? EEXIST : 0;
#endif
  return error;
}


int sr_write_file (symrun *S, const char *path, const sr_Str *parts,
                   size_t nparts, int flags) {
  char name[PATH_MAX];
  int fd = -1, error = open_beside(path, name, &fd);
  bool taken = false;
  if (error != 0) return sr_cannot(S, path, "written", error);
  error = sr_put_all(fd, parts, nparts);
  if (error == 0 && (flags & SR_WRITE_DURABLE) && fsync(fd) != 0)
    error = errno;
  if (close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && (flags & SR_WRITE_NEW)) {
    error = take_name(name, path);
    taken = error == EEXIST;
    unlink(name);
  }
  else if (error != 0 || rename(name, path) != 0) {
    if (error == 0) error = errno;
    unlink(name);
  }
  if (error == 0 && (flags & SR_WRITE_DURABLE)) error = sr_folder_keep(path);
  return error == 0 ? SYMRUN_OK : taken ? SYMRUN_END
       : sr_cannot(S, path, "written", error);
}


int sr_folders_make (symrun *S, const char *path) {
  char part[PATH_MAX];
  size_t i, n = strlen(path);
  struct stat st;
  if (n >= sizeof part) return sr_cannot(S, path, "made", ENAMETOOLONG);
  for (i = 1; i <= n; i++) {
    if (path[i] != '/' && path[i] != '\0') continue;
    memcpy(part, path, i);
    part[i] = '\0';
    if (mkdir(part, 0777) == 0 || errno == EEXIST) continue;
    if (errno != EACCES && errno != EROFS)
      return sr_cannot(S, part, "made", errno);
  }
  if (stat(path, &st) != 0) return sr_cannot(S, path, "made", errno);
  return S_ISDIR(st.st_mode) ? SYMRUN_OK : sr_cannot(S, path, "made", ENOTDIR);
}


int sr_scratch_make (symrun *S, char out[PATH_MAX]) {
  const char *tmp = getenv("TMPDIR");
  int n;
  if (tmp == NULL || *tmp == '\0') tmp = "/tmp";
  n = *tmp == '/' ? 0 : (int)(getcwd(out, PATH_MAX) != NULL ? strlen(out) : 0);
  n += snprintf(out + n, (size_t)(PATH_MAX - n), "%s%s/symrun-XXXXXX",
                n > 0 ? "/" : "", tmp);
  if (n >= PATH_MAX) return sr_cannot(S, tmp, "used", ENAMETOOLONG);
  return mkdtemp(out) != NULL ? SYMRUN_OK : sr_cannot(S, out, "made", errno);
}


static int remove_one (const char *path, const struct stat *st, int kind,
                       struct FTW *ftw) {
  (void)st; (void)kind; (void)ftw;
  remove(path);
  return 0;
}


void sr_scratch_remove (const char *path) {
  nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
