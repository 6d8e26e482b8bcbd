/*
** replace.c
** Many files in the place of others: all of them, or none.  Each is written
** beside its place, synced and read again; only when all are there the first
** takes its name, and a journal lets the next run finish what a kill cut
** short.  A file and its new one change places in one step, so that until
** the last has, every step can be taken back.
*/

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/xattr.h>
#endif

#include "replace.h"


int sr_replace_new (symrun *S, sr_Replace **out) {
  sr_Replace *R = (sr_Replace *)sr_new(S, sizeof *R);
  if (R == NULL) return SYMRUN_NOMEM;
  R->S = S;
  R->journal = -1;
  *out = R;
  return SYMRUN_OK;
}


/* -- what is to be replaced ------------------------------------------------ */

static int changed (symrun *S, const char *path) {
  char shown[512];
  sr_printable(shown, sizeof shown, path, strlen(path));
  return sr_fail(S, SYMRUN_IO, "%s has changed since it was read, so nothing "
                 "was written; run again when nothing else writes to it",
                 shown);
}


static bool same (const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino
      && a->st_size == b->st_size
      && a->st_mtim.tv_sec == b->st_mtim.tv_sec
      && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}


static bool as_read (const struct stat *st, const int64_t *stamp) {
  return (int64_t)st->st_dev == stamp[0] && (int64_t)st->st_ino == stamp[1]
      && (int64_t)st->st_mtim.tv_sec == stamp[2]
      && (int64_t)st->st_mtim.tv_nsec == stamp[3]
      && (int64_t)st->st_ctim.tv_sec == stamp[4]
      && (int64_t)st->st_ctim.tv_nsec == stamp[5];
}


/* The folder that a path is in, by its number. */
static int folder_of (sr_Replace *R, const char *path, size_t *out) {
  size_t n = (size_t)(strrchr(path, '/') - path), i = R->nfolders;
  const char *folder;
  int rc;
  if (n == 0) n = 1;  /* the root */
  while (i-- > 0)
    if (strncmp(R->folders[i], path, n) == 0 && R->folders[i][n] == '\0') {
      *out = i;
      return SYMRUN_OK;
    }
  rc = sr_room(R->S, &R->folders, &R->rfolders, R->nfolders, sizeof folder);
  if (rc != SYMRUN_OK) return rc;
  folder = sr_arena_copy(R->S, &R->arena, path, n);
  if (folder == NULL) return SYMRUN_NOMEM;
  *out = R->nfolders;
  R->folders[R->nfolders++] = folder;
  return SYMRUN_OK;
}


/* Where a path leads; one that is not there yet is told by its folder. */
static int place (const char *path, char out[PATH_MAX]) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t n = slash != NULL ? (size_t)(slash - path) : 0, len;
  if (realpath(path, out) != NULL) return 0;
  if (errno != ENOENT) return errno;
  if (n >= sizeof folder) return ENAMETOOLONG;
  memcpy(folder, slash != NULL ? path : ".", slash != NULL ? n : 1);
  folder[slash != NULL ? n : 1] = '\0';
  if (slash == path) strcpy(folder, "/");
  if (realpath(folder, out) == NULL) return errno;
  len = strlen(out);
  slash = slash != NULL ? slash + 1 : path;
  if (len + strlen(slash) + 2 > PATH_MAX) return ENAMETOOLONG;
  if (len > 1) out[len++] = '/';
  strcpy(out + len, slash);
  return 0;
}


static bool is_twice (const sr_Replace *R, const sr_Target *t) {
  size_t i;
  for (i = 0; i < R->count; i++)
    if (strcmp(R->targets[i].path, t->path) == 0
        || (t->there && R->targets[i].there
            && t->old.st_dev == R->targets[i].old.st_dev
            && t->old.st_ino == R->targets[i].old.st_ino)) return true;
  return false;
}


int sr_replace_add (sr_Replace *R, const char *path, const int64_t *stamp) {
  symrun *S = R->S;
  char real[PATH_MAX], shown[512];
  sr_Target *t;
  int error, rc = sr_room(S, &R->targets, &R->room, R->count, sizeof *t);
  if (rc != SYMRUN_OK) return rc;
  t = &R->targets[R->count];
  memset(t, 0, sizeof *t);
  error = place(path, real);
  if (error == 0 && lstat(real, &t->old) != 0) error = errno;
  t->there = error == 0;
  if (error == ENOENT && stamp == NULL) error = 0;
  if (error == 0 && t->there && !S_ISREG(t->old.st_mode)) error = EINVAL;
  if (error != 0) return sr_cannot(S, path, "written", error);
  if (stamp != NULL && !as_read(&t->old, stamp)) return changed(S, path);
  t->shown = sr_arena_copy(S, &R->arena, path, strlen(path));
  t->path = sr_arena_copy(S, &R->arena, real, strlen(real));
  if (t->shown == NULL || t->path == NULL) return SYMRUN_NOMEM;
  if (is_twice(R, t)) {
    sr_printable(shown, sizeof shown, path, strlen(path));
    return sr_fail(S, SYMRUN_RULE, "%s is to be written twice: two names lead "
                   "to it", shown);
  }
  rc = folder_of(R, real, &t->folder);
  if (rc == SYMRUN_OK) R->count++;
  return rc;
}


bool sr_replace_is (const sr_Replace *R, size_t i, const int64_t *stamp) {
  const sr_Target *t = &R->targets[i];
  return t->there && (int64_t)t->old.st_dev == stamp[0]
      && (int64_t)t->old.st_ino == stamp[1];
}


int sr_replace_begin (sr_Replace *R) {
  return R->count == 0 ? SYMRUN_OK : sr_journal_begin(R);
}


const sr_Replaced *sr_replace_kept (const sr_Replace *R) {
  return &R->kept;
}


/* -- one new file ---------------------------------------------------------- */

#if defined(__linux__)
/* What a file system or our rights do not let us copy stays behind. */
static void copy_attributes (symrun *S, int fd, const char *path) {
  ssize_t n = listxattr(path, NULL, 0), have, i;
  char *names = n > 0 ? (char *)sr_new(S, (size_t)n) : NULL;
  have = names != NULL ? listxattr(path, names, (size_t)n) : 0;
  for (i = 0; i < have; i += (ssize_t)strlen(names + i) + 1) {
    ssize_t len = getxattr(path, names + i, NULL, 0);
    char *value = len > 0 ? (char *)sr_new(S, (size_t)len) : NULL;
    if (value != NULL && getxattr(path, names + i, value, (size_t)len) == len)
      errno = fsetxattr(fd, names + i, value, (size_t)len, 0) == 0 ? 0 : errno;
    sr_delete(S, value, (size_t)(len > 0 ? len : 0));
  }
  sr_delete(S, names, (size_t)(n > 0 ? n : 0));
}
#else
static void copy_attributes (symrun *S, int fd, const char *path) {
  (void)S; (void)fd; (void)path;
}
#endif


/* Owner, attributes and rights of the old one; an errno, or 0.  Without its
   owner a file must not run as that. */
static int take_after (sr_Replace *R, int fd, const sr_Target *t) {
  struct stat st;
  mode_t mode = t->old.st_mode & 07777;
  if (!t->there) return 0;
  if (fstat(fd, &st) != 0) return errno;
  if ((st.st_uid != t->old.st_uid || st.st_gid != t->old.st_gid)
      && fchown(fd, t->old.st_uid, t->old.st_gid) != 0) {
    if (fchown(fd, (uid_t)-1, t->old.st_gid) != 0) mode &= 01777;
    R->kept.owners++;
    mode &= (mode_t)~04000;
  }
  copy_attributes(R->S, fd, t->path);
  return fchmod(fd, mode) == 0 ? 0 : errno;
}


static int read_again (int fd, sr_Str bytes) {
  char block[16384];
  size_t at = 0;
  while (at < bytes.len) {
    ssize_t n = pread(fd, block, sizeof block, (off_t)at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0 || (size_t)n > bytes.len - at
        || memcmp(block, bytes.ptr + at, (size_t)n) != 0) return EIO;
    at += (size_t)n;
  }
  return 0;
}


int sr_replace_put (sr_Replace *R, size_t i, sr_Str bytes) {
  sr_Target *t = &R->targets[i];
  char temp[PATH_MAX];
  struct stat st;
  int fd, error = 0;
  if (!sr_temp_path(temp, R->folders[t->folder], R->run, i))
    return sr_cannot(R->S, t->shown, "written", ENAMETOOLONG);
  fd = open(temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
            t->there ? 0600 : 0666);
  if (fd < 0) return sr_cannot(R->S, t->shown, "written", errno);
  error = sr_put_all(fd, &bytes, 1);
  if (error == 0) error = take_after(R, fd, t);
  if (error == 0 && fsync(fd) != 0 && errno != EINVAL) error = errno;
  if (error == 0) error = read_again(fd, bytes);
  if (error == 0 && fstat(fd, &st) != 0) error = errno;
  if (error == 0 && (uint64_t)st.st_size != bytes.len) error = EIO;
  if (close(fd) != 0 && error == 0) error = errno;
  if (error != 0) return sr_cannot(R->S, t->shown, "written", error);
  t->made = (uint64_t)st.st_ino;
  return SYMRUN_OK;
}


/* -- all of them ----------------------------------------------------------- */

/* In one step; 'back' when the old one has the other name then. */
static int swap (const char *temp, sr_Target *t) {
#if defined(RENAME_EXCHANGE)
  unsigned how = t->there ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, temp, AT_FDCWD, t->path, how) == 0) {
    t->back = true;
    return 0;
  }
  if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return errno;
#endif
  t->back = false;  /* some file systems cannot */
  return rename(temp, t->path) == 0 ? 0 : errno;
}


static int swap_back (const char *temp, const sr_Target *t) {
#if defined(RENAME_EXCHANGE)
  if (t->there)
    return renameat2(AT_FDCWD, temp, AT_FDCWD, t->path, RENAME_EXCHANGE) == 0
           ? 0 : errno;
#endif
  return rename(t->path, temp) == 0 ? 0 : errno;
}


static int take_place (sr_Replace *R, size_t i) {
  sr_Target *t = &R->targets[i];
  char temp[PATH_MAX];
  struct stat st;
  int error;
  if (t->made == 0) return SYMRUN_OK;  /* it stays */
  sr_temp_path(temp, R->folders[t->folder], R->run, i);
  error = swap(temp, t);
  if (error != 0) return sr_cannot(R->S, t->shown, "replaced", error);
  t->swapped = true;
  if (!t->back || !t->there) return SYMRUN_OK;
  if (lstat(temp, &st) == 0 && same(&st, &t->old)) return SYMRUN_OK;
  return changed(R->S, t->shown);  /* in this very moment */
}


static void take_back (sr_Replace *R) {
  char temp[PATH_MAX];
  size_t i;
  for (i = 0; i < R->count; i++) {
    sr_Target *t = &R->targets[i];
    if (!t->swapped) continue;
    sr_temp_path(temp, R->folders[t->folder], R->run, i);
    if (!t->back || swap_back(temp, t) != 0) R->stuck = true;
    else t->swapped = false;
  }
}


static int still (sr_Replace *R) {
  struct stat st;
  size_t i;
  for (i = 0; i < R->count; i++) {
    const sr_Target *t = &R->targets[i];
    bool there = lstat(t->path, &st) == 0;
    if (there != t->there || (there && !same(&st, &t->old)))
      return changed(R->S, t->shown);
  }
  return SYMRUN_OK;
}


static int keep_folders (sr_Replace *R) {
  char temp[PATH_MAX];
  size_t i;
  for (i = 0; i < R->nfolders; i++) {
    int error = sr_temp_path(temp, R->folders[i], R->run, 0)
              ? sr_folder_keep(temp) : ENAMETOOLONG;
    if (error != 0) return sr_cannot(R->S, R->folders[i], "written", error);
  }
  return SYMRUN_OK;
}


static bool gone (const char *path) {
  return unlink(path) == 0 || errno == ENOENT;
}


/* While something is left, so is the journal, which says where: the next run
   tries again. */
static void clean (sr_Replace *R) {
  char path[PATH_MAX];
  bool all = true;
  size_t i;
  for (i = 0; i < R->count; i++)
    if (R->targets[i].made != 0
        && sr_temp_path(path, R->folders[R->targets[i].folder], R->run, i))
      all &= gone(path);
  for (i = R->nfolders; i-- > 0;)
    if ((i > 0 || all) && snprintf(path, sizeof path, "%s/%s", R->folders[i],
                                   R->run) < (int)sizeof path)
      all &= gone(path);
  close(R->journal);
  R->journal = -1;
}


int sr_replace_commit (sr_Replace *R) {
  size_t i;
  int rc = R->count == 0 ? SYMRUN_END : still(R);
  char why[SR_MESSAGE];
  if (rc == SYMRUN_END) return SYMRUN_OK;  /* there is none */
  if (rc == SYMRUN_OK) rc = keep_folders(R);
  if (rc == SYMRUN_OK) rc = sr_journal_commit(R);
  for (i = 0; i < R->count && rc == SYMRUN_OK; i++) rc = take_place(R, i);
  if (rc == SYMRUN_OK) rc = keep_folders(R);
  if (rc != SYMRUN_OK) {
    take_back(R);
    if (!R->stuck) return rc;
    memcpy(why, R->S->message, sizeof why);
    return sr_fail(R->S, rc, "%.900s; other files have been replaced already: "
                   "the next --fix of these files goes on", why);
  }
  for (i = 0; i < R->count; i++)
    if (R->targets[i].made != 0 && R->targets[i].there
        && R->targets[i].old.st_nlink > 1)
      R->kept.linked++;
  clean(R);
  return SYMRUN_OK;
}


/* Not all of what was made may have been noted when it failed. */
void sr_replace_free (sr_Replace *R) {
  symrun *S;
  size_t i;
  if (R == NULL) return;
  S = R->S;
  if (R->journal >= 0 && !R->stuck) {
    for (i = 0; i < R->nfolders; i++)
      sr_journal_sweep(R->folders[i], R->run);
    clean(R);
  }
  if (R->journal >= 0) close(R->journal);
  sr_delete(S, R->targets, R->room * sizeof *R->targets);
  sr_delete(S, R->folders, R->rfolders * sizeof *R->folders);
  sr_arena_free(S, &R->arena);
  sr_delete(S, R, sizeof *R);
}


/* -- other names of one file ----------------------------------------------- */

static int names_in (symrun *S, const char *folder, const char *but,
                     const struct stat *of,
                     int (*f) (void *ud, symrun *S, const char *path),
                     void *ud) {
  char path[PATH_MAX];
  DIR *dir = opendir(folder);
  const struct dirent *d;
  struct stat st;
  int rc = SYMRUN_OK;
  if (dir == NULL) return SYMRUN_OK;
  while (rc == SYMRUN_OK && (d = readdir(dir)) != NULL) {
    if (d->d_ino != of->st_ino
        || snprintf(path, sizeof path, "%s/%s", folder, d->d_name)
           >= (int)sizeof path) continue;
    if (strcmp(path, but) != 0 && lstat(path, &st) == 0
        && st.st_dev == of->st_dev && st.st_ino == of->st_ino)
      rc = f(ud, S, path);
  }
  closedir(dir);
  return rc;
}


int sr_other_names (symrun *S, const char *path, uint64_t *links,
                    int (*f) (void *ud, symrun *S, const char *path),
                    void *ud) {
  char real[PATH_MAX], folder[PATH_MAX + 8];
  struct stat st;
  int rc;
  *links = 0;
  if (realpath(path, real) == NULL || lstat(real, &st) != 0) return SYMRUN_OK;
  *links = (uint64_t)st.st_nlink;
  if (st.st_nlink < 2) return SYMRUN_OK;
  strcpy(folder, real);
  *strrchr(folder, '/') = '\0';
  rc = names_in(S, folder, real, &st, f, ud);
  strcat(folder, "/deps");  /* where cargo has its own */
  return rc == SYMRUN_OK ? names_in(S, folder, real, &st, f, ud) : rc;
}
