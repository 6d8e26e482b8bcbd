/*
** file.c
** Files, opened so that nothing outside a tree can be reached, and read in
** short bounded looks.  Reading a little with pread costs less than mapping:
** a page fault is four microseconds, and one object needs three or four
** pages of a file that may have thousands.
*/

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include "ground.h"

#define SMALL  ((size_t)64 * 1024)  /* files up to this are read whole */


/* -- opening ---------------------------------------------------------------- */

static int refused (symrun *S, int error) {
  if (error == EXDEV)
    sr_fail(S, SYMRUN_IO, "leads outside the tree that was named");
  else if (error == ELOOP)
    sr_fail(S, SYMRUN_IO, "is a link that leads back to itself");
  else
    sr_fail(S, SYMRUN_IO, "cannot be opened: %s", strerror(error));
  return -1;
}


/* For systems without openat2: resolve, compare, open what was resolved.
   A link that is swapped in between is seen by comparing inodes. */
int sr_open_below_plain (symrun *S, int root, const char *path, int flags) {
  char folder[64], here[PATH_MAX], top[PATH_MAX], full[PATH_MAX];
  struct stat was, is;
  int fd = -1, error = 0;
  size_t n;
  snprintf(folder, sizeof folder, "/proc/self/fd/%d", root);
  if (realpath(folder, top) == NULL
      || snprintf(here, sizeof here, "%s/%s", top, path) >= (int)sizeof here
      || realpath(here, full) == NULL || stat(full, &was) != 0)
    error = errno != 0 ? errno : ENAMETOOLONG;
  else if (n = strlen(top), path[0] == '/' || strncmp(full, top, n) != 0
           || (full[n] != '/' && n > 1 && full[n] != '\0'))
    error = EXDEV;
  else if ((fd = open(full, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
                            | O_NOCTTY)) < 0)
    error = errno;
  else if (fstat(fd, &is) != 0 || is.st_ino != was.st_ino
           || is.st_dev != was.st_dev) {
    close(fd);
    error = EXDEV;
  }
  return error == 0 ? fd : refused(S, error);
}


int sr_open_below (symrun *S, int root, const char *path, int flags) {
#if defined(__linux__) && defined(SYS_openat2)
  struct open_how how;
  long fd;
  memset(&how, 0, sizeof how);
  how.flags = (__u64)(unsigned)(flags | O_CLOEXEC | O_NOCTTY);
  if ((flags & O_PATH) == 0) how.flags |= O_NONBLOCK;
  else how.flags &= ~(__u64)O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  do {
    fd = syscall(SYS_openat2, root, path, &how, sizeof how);
  } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
  if (fd >= 0) return (int)fd;
  if (errno != ENOSYS && errno != EPERM) return refused(S, errno);
#endif
  return sr_open_below_plain(S, root, path, flags);
}


static void stamp (const struct stat *st, int64_t *out) {
  out[0] = (int64_t)st->st_dev;
  out[1] = (int64_t)st->st_ino;
  out[2] = (int64_t)st->st_mtim.tv_sec;
  out[3] = (int64_t)st->st_mtim.tv_nsec;
  out[4] = (int64_t)st->st_ctim.tv_sec;
  out[5] = (int64_t)st->st_ctim.tv_nsec;
}


int sr_source_open (symrun *S, int root, const char *path, sr_Source *out) {
  struct stat st;
  int fd = sr_open_below(S, root, path, O_RDONLY);
  if (fd < 0) return SYMRUN_IO;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    close(fd);
    return sr_fail(S, SYMRUN_IO, "is not a regular file");
  }
  memset(out, 0, sizeof *out);
  out->fd = fd;
  out->size = (uint64_t)st.st_size;
  stamp(&st, out->stamp);
  return SYMRUN_OK;
}


void sr_source_wrap (sr_Source *out, sr_Str bytes) {
  memset(out, 0, sizeof *out);
  out->fd = -1;
  out->bytes = (const unsigned char *)bytes.ptr;
  out->size = bytes.len;
}


void sr_source_close (sr_Source *src) {
  if (src->fd >= 0) close(src->fd);
  src->fd = -1;
}


int sr_source_same (symrun *S, const sr_Source *src) {
  struct stat st;
  int64_t now[6];
  if (src->fd < 0) return SYMRUN_OK;
  if (fstat(src->fd, &st) != 0)
    return sr_fail(S, SYMRUN_IO, "cannot be read: %s", strerror(errno));
  stamp(&st, now);
  if ((uint64_t)st.st_size == src->size
      && memcmp(now, src->stamp, sizeof now) == 0)
    return SYMRUN_OK;
  return sr_damage(S, 0, "file", "changed while it was read; run again when "
                   "nothing writes to it");
}


/* -- looking --------------------------------------------------------------- */

void sr_reader_set (sr_Reader *R, const sr_Source *source) {
  int i;
  R->source = source;
  for (i = 0; i < SR_VIEWS; i++) R->views[i].have = 0;
}


void sr_reader_free (symrun *S, sr_Reader *R) {
  int i;
  for (i = 0; i < SR_VIEWS; i++) {
    sr_delete(S, R->views[i].buf, R->views[i].room);
    R->views[i].buf = NULL;
    R->views[i].room = R->views[i].have = 0;
  }
}


static int fetch (symrun *S, const sr_Source *src, sr_View *V, uint64_t off,
                  size_t need, size_t want) {
  size_t have = 0;
  V->have = 0;
  if (want > V->room) {
    size_t room = want < SMALL ? SMALL : want;
    sr_delete(S, V->buf, V->room);
    V->room = 0;
    V->buf = (unsigned char *)sr_resize(S, NULL, 0, room);
    if (V->buf == NULL) return SYMRUN_NOMEM;
    V->room = room;
  }
  while (have < want) {
    ssize_t n = pread(src->fd, V->buf + have, want - have, (off_t)(off + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return sr_fail(S, SYMRUN_IO, "cannot be read: %s", strerror(errno));
    if (n == 0) break;
    have += (size_t)n;
  }
  if (have < need)
    return sr_damage(S, off, "file", "was cut short while it was read");
  V->at = off;
  V->have = have;
  return SYMRUN_OK;
}


static const unsigned char *held (const sr_View *V, uint64_t off,
                                  size_t need) {
  if (V->have < need || off < V->at || off - V->at > V->have - need)
    return NULL;
  return V->buf + (off - V->at);
}


const unsigned char *sr_look (symrun *S, sr_Reader *R, int slot, uint64_t off,
                              size_t need, size_t want) {
  const sr_Source *src = R->source;
  const unsigned char *p;
  if (SR_UNLIKELY(!sr_inside(off, need, src->size))) {
    sr_damage(S, off, "file", "%zu bytes are wanted, but the file ends at "
              "%llu", need, (unsigned long long)src->size);
    return NULL;
  }
  if (src->bytes != NULL) return src->bytes + off;
  if ((p = held(&R->views[SR_HEAD], off, need)) != NULL) return p;
  if ((p = held(&R->views[slot], off, need)) != NULL) return p;
  if (slot == SR_STRINGS
      && (p = held(&R->views[SR_SYMBOLS], off, need)) != NULL) return p;
  if (src->size <= SMALL) {  /* once, and then every look is inside it */
    size_t all = (size_t)src->size;
    if (fetch(S, src, &R->views[SR_HEAD], 0, all, all) != SYMRUN_OK)
      return NULL;
    return R->views[SR_HEAD].buf + off;
  }
  if (want < need) want = need;
  if (want > src->size - off) want = (size_t)(src->size - off);
  if (fetch(S, src, &R->views[slot], off, need, want) != SYMRUN_OK)
    return NULL;
  return R->views[slot].buf;
}
