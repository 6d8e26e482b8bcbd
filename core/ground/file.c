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
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include "ground.h"

#define SMALL  ((size_t)16 * 1024)  /* files up to this are read whole */
#define PART   ((size_t)8 * 1024)   /* parts up to this, many at a time */
#define FARTHEST  ((size_t)256 * 1024)


/* -- opening -------------------------------------------------------------- */

static int refused (symrun *S, int error) {
  if (error == EXDEV)
    sr_fail(S, SYMRUN_IO, "leads outside the tree that was named");
  else if (error == ELOOP)
    sr_fail(S, SYMRUN_IO, "is a link that leads back to itself");
  else
    sr_fail(S, SYMRUN_IO, "cannot be opened: %s", strerror(error));
  return -1;
}


/* Where a path leads, as words below the root with no link among them; the
   words still to come are in 'rest'.  An errno, or 0. */
typedef struct Way {
  int root, links;
  size_t len;
  bool folder;  /* must be one: a slash follows */
  char done[PATH_MAX], rest[PATH_MAX];
} Way;

#define MOST_LINKS  40

#if defined(O_PATH)
#define ON_THE_WAY  (O_PATH | O_DIRECTORY)
#else
#define ON_THE_WAY  (O_RDONLY | O_DIRECTORY)
#endif


/* The word just added may be a link: then what it says is walked instead. */
static int follow (Way *W, size_t before) {
  char target[PATH_MAX + 2];
  struct stat st;
  ssize_t n = readlinkat(W->root, W->done, target, PATH_MAX);
  size_t left = strlen(W->rest);
  if (n < 0) {
    if (errno != EINVAL) return errno;
    if (!W->folder) return 0;
    return fstatat(W->root, W->done, &st, AT_SYMLINK_NOFOLLOW) != 0 ? errno
         : S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
  }
  if (++W->links > MOST_LINKS) return ELOOP;
  if (target[0] == '/') return EXDEV;
  if ((size_t)n + left + 2 > sizeof W->rest) return ENAMETOOLONG;
  if (W->folder) target[n++] = '/';
  memmove(W->rest + n, W->rest, left + 1);
  memcpy(W->rest, target, (size_t)n);
  W->done[W->len = before] = '\0';
  return 0;
}


static int step (Way *W) {
  size_t n = strcspn(W->rest, "/"), skip = n, before = W->len;
  char word[PATH_MAX];
  memcpy(word, W->rest, n);
  word[n] = '\0';
  while (W->rest[skip] == '/') skip++;
  W->folder = skip > n;
  memmove(W->rest, W->rest + skip, strlen(W->rest + skip) + 1);
  if (n == 0 || strcmp(word, ".") == 0) return 0;
  if (strcmp(word, "..") == 0) {
    if (W->len == 0) return EXDEV;
    while (W->len > 0 && W->done[--W->len] != '/') ;
    W->done[W->len] = '\0';
    return 0;
  }
  if (W->len + n + 2 > sizeof W->done) return ENAMETOOLONG;
  if (W->len > 0) W->done[W->len++] = '/';
  memcpy(W->done + W->len, word, n + 1);
  W->len += n;
  return follow(W, before);
}


/* Open word by word, so that a link that is put there meanwhile is refused
   and not followed.  An errno, or 0. */
static int open_words (const Way *W, int flags, int *out) {
  char words[PATH_MAX];
  char *word = words, *slash;
  int in = W->root, error = 0;
  memcpy(words, W->len > 0 ? W->done : ".", (W->len > 0 ? W->len : 1) + 1);
  for (; error == 0; word = slash + 1) {
    bool last = (slash = strchr(word, '/')) == NULL;
    int fd;
    if (!last) *slash = '\0';
    fd = openat(in, word, (last ? flags | O_NONBLOCK : ON_THE_WAY)
                | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) error = errno;
    if (in != W->root) close(in);
    in = fd;
    if (last) break;
  }
  *out = in;
  return error;
}


/* For systems without openat2. */
int sr_open_below_plain (symrun *S, int root, const char *path, int flags) {
  Way W;
  int error = 0, fd = -1;
  memset(&W, 0, offsetof(Way, rest));
  W.root = root;
  if (path[0] == '/') error = EXDEV;
  else if (path[0] == '\0') error = ENOENT;
  else if (strlen(path) >= sizeof W.rest) error = ENAMETOOLONG;
  else strcpy(W.rest, path);
  while (error == 0 && *W.rest != '\0') error = step(&W);
  if (error == 0) error = open_words(&W, flags, &fd);
  return error == 0 ? fd : refused(S, error);
}


#if defined(__linux__) && defined(SYS_openat2)
#define TRIES  100  /* of a call that renames or a lease got in the way of */

static long open_beneath (int root, const char *path, int flags) {
  struct open_how how;
  long fd;
  int tries = 0;
  memset(&how, 0, sizeof how);
  how.flags = (__u64)(unsigned)(flags | O_CLOEXEC);
  if ((flags & O_PATH) == 0) how.flags |= O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  do {
    fd = syscall(SYS_openat2, root, path, &how, sizeof how);
  } while (fd < 0 && (errno == EINTR || errno == EAGAIN) && ++tries < TRIES);
  return fd;
}
#endif


int sr_open_below (symrun *S, int root, const char *path, int flags) {
#if defined(__linux__) && defined(SYS_openat2)
  long fd = open_beneath(root, path, flags);
  if (fd >= 0) return (int)fd;
  if (errno != ENOSYS && errno != EPERM) return refused(S, errno);
#endif
  return sr_open_below_plain(S, root, path, flags);
}


int sr_open_any (symrun *S, int root, const char *path) {
  return sr_open_below(S, root, path, O_RDONLY);
}


int sr_open_in (int folder, const char *name) {
  return openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
                | O_NOCTTY);
}


int sr_folder_open (symrun *S, int root, const char *path) {
  int fd;
  if (root >= 0) return sr_open_below(S, root, path, ON_THE_WAY);
  fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd >= 0 ? fd : refused(S, errno);
}


void sr_folder_close (int fd) {
  if (fd >= 0) close(fd);
}


static void stamp (const struct stat *st, int64_t *out) {
  out[0] = (int64_t)st->st_dev;
  out[1] = (int64_t)st->st_ino;
  out[2] = (int64_t)st->st_mtim.tv_sec;
  out[3] = (int64_t)st->st_mtim.tv_nsec;
  out[4] = (int64_t)st->st_ctim.tv_sec;
  out[5] = (int64_t)st->st_ctim.tv_nsec;
}


/* What an open descriptor leads to; it is closed if that is no file. */
static int source_of (symrun *S, int fd, sr_Source *out) {
  struct stat st;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    close(fd);
    return sr_fail(S, SYMRUN_IO, "is not a regular file");
  }
  memset(out, 0, sizeof *out);
  out->fd = fd;
  out->size = out->whole = (uint64_t)st.st_size;
  stamp(&st, out->stamp);
  return SYMRUN_OK;
}


int sr_source_open (symrun *S, int root, const char *path, sr_Source *out) {
  int fd = sr_open_below(S, root, path, O_RDONLY);
  return fd >= 0 ? source_of(S, fd, out) : SYMRUN_IO;
}


int sr_source_regular (symrun *S, int root, const char *path) {
#if defined(O_PATH)
  struct stat st;
  int fd = sr_open_below(S, root, path, O_PATH);
  int rc = fd < 0 ? SYMRUN_IO : SYMRUN_OK;
  if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)))
    rc = sr_fail(S, SYMRUN_IO, "is not a regular file");
  sr_folder_close(fd);
  return rc;
#else
  (void)S; (void)root; (void)path;  /* sr_source_open will tell */
  return SYMRUN_OK;
#endif
}


void sr_source_wrap (sr_Source *out, sr_Str bytes) {
  memset(out, 0, sizeof *out);
  out->fd = -1;
  out->bytes = (const unsigned char *)bytes.ptr;
  out->size = out->whole = bytes.len;
}


int sr_source_narrow (symrun *S, sr_Source *src, uint64_t base,
                      uint64_t size) {
  if (!sr_inside(base, size, src->whole))
    return sr_damage(S, base, "file", "%llu bytes should stand here, and the "
                     "file ends at %llu", (unsigned long long)size,
                     (unsigned long long)src->whole);
  if (src->bytes != NULL) src->bytes += base;
  src->base = base;
  src->size = size;
  src->settled = false;
  return SYMRUN_OK;
}


void sr_source_close (sr_Source *src) {
  if (src->fd >= 0) close(src->fd);
  src->fd = -1;
}


int sr_source_same (symrun *S, const sr_Source *src) {
  struct stat st;
  int64_t now[6];
  if (src->fd < 0 || src->settled) return SYMRUN_OK;
  if (fstat(src->fd, &st) != 0)
    return sr_fail(S, SYMRUN_IO, "cannot be read: %s", strerror(errno));
  stamp(&st, now);
  if ((uint64_t)st.st_size == src->whole
      && memcmp(now, src->stamp, sizeof now) == 0)
    return SYMRUN_OK;
  return sr_damage(S, 0, "file", "changed while it was read; run again when "
                   "nothing writes to it");
}


/* -- looking --------------------------------------------------------------- */

void sr_reader_set (sr_Reader *R, const sr_Source *source) {
  int i;
  R->source = source;
  R->ahead = 0;
  for (i = 0; i < SR_SLOTS; i++) R->slots[i].have = 0;
}


/* But only as many as came in a row: what stands between large parts would be
   read for nothing. */
void sr_reader_pass (sr_Reader *R, uint64_t size) {
  if (size >= PART) R->ahead = 0;
  else if (R->ahead < FARTHEST) R->ahead += 2 * (size_t)size;
}


void sr_reader_free (symrun *S, sr_Reader *R) {
  int i;
  for (i = 0; i < SR_SLOTS; i++) {
    sr_delete(S, R->slots[i].buf, R->slots[i].room);
    R->slots[i].buf = NULL;
    R->slots[i].room = R->slots[i].have = 0;
  }
}


/* Up to 'want' bytes from 'off'; fewer than 'enough' where the file ends. */
static int fill (symrun *S, int fd, sr_Slot *V, uint64_t base, uint64_t off,
                 size_t want, size_t enough) {
  V->have = 0;
  if (want > V->room) {
    size_t room = V->room < SMALL ? SMALL : V->room;
    while (room < want) room = room > SIZE_MAX / 2 ? want : room * 2;
    sr_delete(S, V->buf, V->room);
    V->room = 0;
    V->buf = (unsigned char *)sr_resize(S, NULL, 0, room);
    if (V->buf == NULL) return SYMRUN_NOMEM;
    V->room = room;
  }
  V->at = off;
  while (V->have < enough) {
    ssize_t n = pread(fd, V->buf + V->have, want - V->have,
                      (off_t)(base + off + V->have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      V->have = 0;
      return sr_fail(S, SYMRUN_IO, "cannot be read: %s", strerror(errno));
    }
    if (n == 0) break;
    V->have += (size_t)n;
  }
  return SYMRUN_OK;
}


static int fetch (symrun *S, const sr_Source *src, sr_Slot *V, uint64_t off,
                  size_t need, size_t want) {
  int rc = fill(S, src->fd, V, src->base, off, want, want);
  if (rc != SYMRUN_OK || V->have >= need) return rc;
  V->have = 0;
  return sr_damage(S, off, "file", "was cut short while it was read");
}


/* Had nobody written to it for a while when the reader began, or since?  No
   file system keeps its times worse than to two seconds. */
static bool settled (const sr_Source *src, int64_t began) {
  return src->stamp[2] < began - 2 && src->stamp[4] < began - 2;
}


/* Small files come many together.  So after one, the next is read before it is
   asked what it is; if that was all of it, and nobody had written to it for a
   while, it need not be asked again. */
int sr_reader_open (symrun *S, sr_Reader *R, int fd, sr_Source *out) {
  sr_Slot *head = &R->slots[SR_HEAD];
  bool early = R->small;
  int rc = SYMRUN_OK;
  sr_reader_set(R, NULL);
  if (early) {
    if (R->began == 0) R->began = (int64_t)time(NULL);
    rc = fill(S, fd, head, 0, 0, SMALL, 1);
  }
  if (rc != SYMRUN_OK) close(fd);
  else rc = source_of(S, fd, out);
  if (rc != SYMRUN_OK) { head->have = 0; return rc; }
  R->source = out;
  R->small = out->size <= SMALL;
  out->settled = early && head->have == out->size && settled(out, R->began);
  if (!out->settled) head->have = 0;  /* read before the file was looked at */
  return SYMRUN_OK;
}


static const unsigned char *held (const sr_Slot *V, uint64_t off,
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
  if (SR_UNLIKELY(need == 0)) return (const unsigned char *)"";
  if (src->bytes != NULL) return src->bytes + off;
  if (slot != SR_APART && (p = held(&R->slots[SR_HEAD], off, need)) != NULL)
    return p;
  if ((p = held(&R->slots[slot], off, need)) != NULL) return p;
  if (slot == SR_STRINGS
      && (p = held(&R->slots[SR_SYMBOLS], off, need)) != NULL) return p;
  if (src->size <= SMALL) {  /* once, and then every look is inside it */
    if ((p = held(&R->slots[SR_HEAD], off, need)) != NULL) return p;
    size_t all = (size_t)src->size;
    if (fetch(S, src, &R->slots[SR_HEAD], 0, all, all) != SYMRUN_OK)
      return NULL;
    return R->slots[SR_HEAD].buf + off;
  }
  if (want < need) want = need;
  if (slot == SR_HEAD) want += R->ahead;
  if (want > src->size - off) want = (size_t)(src->size - off);
  if (fetch(S, src, &R->slots[slot], off, need, want) != SYMRUN_OK)
    return NULL;
  return R->slots[slot].buf;
}
