/*
** text.c
** A text file, whole.  Only a regular file is read: what comes out of a pipe
** was meant for another program, and would be gone.
*/

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "ground.h"


static int read_all (symrun *S, int fd, char *to, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t n = read(fd, to + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return sr_fail(S, SYMRUN_IO, "cannot be read: %s", strerror(errno));
    if (n == 0) return sr_fail(S, SYMRUN_IO, "was cut short while it was read");
    done += (size_t)n;
  }
  return SYMRUN_OK;
}


static int read_open (symrun *S, sr_Arena *A, int fd, size_t most,
                      sr_Str *out) {
  struct stat st;
  char *bytes;
  int rc;
  if (fstat(fd, &st) != 0)
    return sr_fail(S, SYMRUN_IO, "cannot be read: %s", strerror(errno));
  if (!S_ISREG(st.st_mode))
    return sr_fail(S, SYMRUN_IO, "is no regular file");
  if ((uint64_t)st.st_size > most)
    return sr_fail(S, SYMRUN_RANGE, "is larger than %zu bytes", most);
  bytes = (char *)sr_arena_new(S, A, (size_t)st.st_size + 1);
  if (bytes == NULL) return SYMRUN_NOMEM;
  rc = read_all(S, fd, bytes, (size_t)st.st_size);
  if (rc != SYMRUN_OK) return rc;
  bytes[st.st_size] = '\0';
  out->ptr = bytes;
  out->len = (size_t)st.st_size;
  return SYMRUN_OK;
}


int sr_text_read (symrun *S, sr_Arena *A, const char *folder, const char *path,
                  size_t most, sr_Str *out) {
  const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
  int in = AT_FDCWD, fd, rc;
  if (folder != NULL && *path != '/') {
    in = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in < 0)
      return sr_fail(S, SYMRUN_IO, "cannot be opened: its folder: %s",
                     strerror(errno));
  }
  do fd = openat(in, path, flags); while (fd < 0 && errno == EINTR);
  if (fd < 0)
    rc = sr_fail(S, SYMRUN_IO, "cannot be opened: %s", strerror(errno));
  else {
    rc = read_open(S, A, fd, most, out);
    close(fd);
  }
  if (in != AT_FDCWD) close(in);
  return rc;
}
