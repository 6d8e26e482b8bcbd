/*
** replace_journal.c
** What a run that replaces files writes down, and what the next one does about
** it.  The journal is locked while its writer lives, and the lock ends with
** the process however that ends, so nobody takes a living run for a dead one.
** Its last line is a hash of all before: without it nothing was replaced yet.
*/

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "hash.h"
#include "replace.h"

#define FIRST_LINE  "symrun is replacing files: 1\n"
#define TRIES       100
#define MOST        (64u << 20)  /* bytes of a journal */


bool sr_temp_path (char out[PATH_MAX], const char *folder, const char *run,
                   size_t n) {
  return snprintf(out, PATH_MAX, "%s/%s.%zu", folder, run, n) < PATH_MAX;
}


static bool run_path (char out[PATH_MAX], const char *folder,
                      const char *run) {
  return snprintf(out, PATH_MAX, "%s/%s", folder, run) < PATH_MAX;
}


/* 'to' as it is called in 'from'; both begin with '/'. */
static bool relative (char out[PATH_MAX], const char *from, const char *to) {
  size_t i = 0, same = 0, n = 0;
  for (; from[i] != '\0' && from[i] == to[i]; i++)
    if (from[i] == '/') same = i + 1;
  if (from[i] == '\0' && to[i] == '/') same = i + 1;
  for (i = same; i <= strlen(from) && from[i - 1] != '\0'; i++) {
    if (from[i] != '/' && from[i] != '\0') continue;
    if (i == same) break;
    if (n + 3 >= PATH_MAX) return false;
    memcpy(out + n, "../", 3);
    n += 3;
  }
  if (n + strlen(to + same) + 1 > PATH_MAX) return false;
  strcpy(out + n, to + same);
  return true;
}


/* -- writing --------------------------------------------------------------- */

/* File systems without locks have only us. */
static bool lock (int fd) {
  return flock(fd, LOCK_EX | LOCK_NB) == 0
      || (errno != EWOULDBLOCK && errno != EINTR);
}


static int open_journal (sr_Replace *R) {
  char path[PATH_MAX];
  struct timespec t;
  struct stat st;
  int i, fd;
  for (i = 0; i < TRIES; i++) {
    clock_gettime(CLOCK_REALTIME, &t);
    snprintf(R->run, sizeof R->run, SR_FIX_PREFIX "%lx-%lx%lx",
             (unsigned long)getpid(), (unsigned long)t.tv_sec,
             (unsigned long)t.tv_nsec);
    if (!run_path(path, R->folders[0], R->run)) return ENAMETOOLONG;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return errno;
    R->journal = fd;
    if (lock(fd) && fstat(fd, &st) == 0 && st.st_nlink > 0) return 0;
    R->journal = -1;  /* somebody took it for a dead one's, in between */
    close(fd);
  }
  return EEXIST;
}


/* A text that grows. */
typedef struct Text { char *ptr; size_t len, room; } Text;

static int add (symrun *S, Text *T, const char *s, size_t n) {
  while (T->room - T->len < n) {
    size_t room = T->room == 0 ? 1024 : T->room * 2;
    char *grown = (char *)sr_resize(S, T->ptr, T->room, room);
    if (grown == NULL) return SYMRUN_NOMEM;
    T->ptr = grown;
    T->room = room;
  }
  memcpy(T->ptr + T->len, s, n);
  T->len += n;
  return SYMRUN_OK;
}


/* A path as it is called in the journal's folder. */
static int add_path (sr_Replace *R, Text *T, const char *head,
                     const char *path) {
  char there[PATH_MAX], line[256];
  int n, rc;
  if (!relative(there, R->folders[0], path))
    return sr_cannot(R->S, path, "written", ENAMETOOLONG);
  n = snprintf(line, sizeof line, "%s %zu:", head, strlen(there));
  rc = add(R->S, T, line, (size_t)n);
  if (rc == SYMRUN_OK) rc = add(R->S, T, there, strlen(there));
  return rc == SYMRUN_OK ? add(R->S, T, "\n", 1) : rc;
}


static int save (sr_Replace *R, const Text *T) {
  sr_Str part;
  int error;
  part.ptr = T->ptr;
  part.len = T->len;
  error = lseek(R->journal, 0, SEEK_SET) == 0
        ? sr_put_all(R->journal, &part, 1) : errno;  /* it only grows */
  if (error == 0 && fsync(R->journal) != 0 && errno != EINVAL) error = errno;
  return error == 0 ? SYMRUN_OK
       : sr_cannot(R->S, R->targets[0].shown, "written", error);
}


static int head (sr_Replace *R, Text *T) {
  size_t i;
  int rc = add(R->S, T, FIRST_LINE, strlen(FIRST_LINE));
  for (i = 1; i < R->nfolders && rc == SYMRUN_OK; i++)
    rc = add_path(R, T, "folder", R->folders[i]);
  return rc;
}


/* The name of a file of this folder, for whoever asks what we cannot write. */
static const char *shown_in (const sr_Replace *R, size_t folder) {
  size_t i;
  for (i = 0; i < R->count; i++)
    if (R->targets[i].folder == folder) return R->targets[i].shown;
  return R->folders[folder];
}


/* Links are made whole, in one step. */
static int link_to_it (sr_Replace *R) {
  char journal[PATH_MAX], path[PATH_MAX], there[PATH_MAX];
  size_t i;
  for (i = 1; i < R->nfolders; i++) {
    int error = run_path(journal, R->folders[0], R->run)
             && run_path(path, R->folders[i], R->run)
             && relative(there, R->folders[i], journal) ? 0 : ENAMETOOLONG;
    if (error == 0 && symlink(there, path) != 0) error = errno;
    if (error != 0) return sr_cannot(R->S, shown_in(R, i), "written", error);
  }
  return SYMRUN_OK;
}


int sr_journal_begin (sr_Replace *R) {
  Text T = {NULL, 0, 0};
  int error = open_journal(R);
  int rc = error == 0 ? head(R, &T)
         : sr_cannot(R->S, R->targets[0].shown, "written", error);
  if (rc == SYMRUN_OK) rc = save(R, &T);
  sr_delete(R->S, T.ptr, T.room);
  return rc == SYMRUN_OK ? link_to_it(R) : rc;
}


int sr_journal_commit (sr_Replace *R) {
  Text T = {NULL, 0, 0};
  char line[256];
  size_t i;
  int n, rc = head(R, &T);
  for (i = 0; i < R->count && rc == SYMRUN_OK; i++) {
    const sr_Target *t = &R->targets[i];
    sr_Is old = {0, 0, 0, 0, 0};
    if (t->made == 0) continue;
    if (t->there) sr_is(&t->old, &old);
    snprintf(line, sizeof line, "file %zu %llu %llu %llu %lld %lld", i,
             (unsigned long long)t->made, (unsigned long long)old.inode,
             (unsigned long long)old.size, (long long)old.sec,
             (long long)old.nsec);
    rc = add_path(R, &T, line, t->path);
  }
  if (rc == SYMRUN_OK) {
    n = snprintf(line, sizeof line, "all %016llx\n",
                 (unsigned long long)XXH64(T.ptr, T.len, 0));
    rc = add(R->S, &T, line, (size_t)n);
  }
  if (rc == SYMRUN_OK) rc = save(R, &T);
  sr_delete(R->S, T.ptr, T.room);
  return rc;
}


/* -- what was left --------------------------------------------------------- */

/* Names of a run are the prefix, two numbers, and for a file its own. */
static bool is_run (const char *name) {
  size_t n = sizeof SR_FIX_PREFIX - 1, k;
  if (strncmp(name, SR_FIX_PREFIX, n) != 0) return false;
  k = strspn(name + n, "0123456789abcdef-");
  return k > 2 && k < 48 && name[n + k] == '\0';
}


bool sr_journal_sweep (const char *folder, const char *run) {
  char path[PATH_MAX];
  size_t n = strlen(run);
  DIR *dir = opendir(folder);
  const struct dirent *d;
  bool all = true;
  if (dir == NULL) return true;
  while ((d = readdir(dir)) != NULL) {
    const char *rest = d->d_name + n;
    if (strncmp(d->d_name, run, n) != 0 || *rest != '.'
        || strspn(rest + 1, "0123456789") != strlen(rest + 1)) continue;
    if (run_path(path, folder, d->d_name))
      all &= unlink(path) == 0 || errno == ENOENT;
  }
  closedir(dir);
  return all;
}


typedef struct Journal {
  symrun *S;
  const char *folder, *run;
  const char *at, *end;      /* the text, while it is read */
  bool ended;                /* was it to be finished? */
  sr_Recovered *told;
} Journal;


/* "LEN:PATH\n": a path below, or beside, the journal's folder. */
static bool take_path (Journal *J, char out[PATH_MAX]) {
  size_t n = 0, k = strlen(J->folder);
  while (J->at < J->end && *J->at >= '0' && *J->at <= '9' && n < PATH_MAX)
    n = n * 10 + (size_t)(*J->at++ - '0');
  if (J->at == J->end || *J->at++ != ':' || n + k + 2 > PATH_MAX
      || (size_t)(J->end - J->at) <= n || J->at[n] != '\n'
      || memchr(J->at, '\0', n) != NULL) return false;
  memcpy(out, J->folder, k);
  out[k] = '/';
  memcpy(out + k + 1, J->at, n);
  out[k + 1 + n] = '\0';
  J->at += n + 1;
  return true;
}


static bool take_number (Journal *J, uint64_t *out) {
  bool minus = J->at < J->end && *J->at == '-', any = false;
  uint64_t v = 0;
  if (minus) J->at++;
  for (; J->at < J->end && *J->at >= '0' && *J->at <= '9'; any = true)
    v = v * 10 + (uint64_t)(*J->at++ - '0');
  if (!any || J->at == J->end || *J->at++ != ' ') return false;
  *out = minus ? 0 - v : v;
  return true;
}


static bool take_word (Journal *J, const char *word) {
  size_t n = strlen(word);
  if ((size_t)(J->end - J->at) < n || memcmp(J->at, word, n) != 0)
    return false;
  J->at += n;
  return true;
}


/* Put one file in its place, if it is not there yet.  What others have written
   there since is newer, and stays. */
static int go_on (Journal *J, const char *path, const uint64_t v[6]) {
  uint64_t made = v[1];
  char temp[PATH_MAX], folder[PATH_MAX];
  struct stat now, st;
  sr_Is is = {0, 0, 0, 0, 0};
  bool there = lstat(path, &now) == 0;
  strcpy(folder, path);
  *strrchr(folder, '/') = '\0';
  if (!sr_temp_path(temp, folder, J->run, (size_t)v[0])
      || lstat(temp, &st) != 0)
    return SYMRUN_OK;
  if (there && (uint64_t)now.st_ino == made) return SYMRUN_OK;
  if (there) sr_is(&now, &is);
  if ((uint64_t)st.st_ino != made || there != (v[2] != 0)
      || (there && (is.inode != v[2] || is.size != v[3]
                    || is.sec != (int64_t)v[4] || is.nsec != (int64_t)v[5]))) {
    J->told->passed++;
    return SYMRUN_OK;
  }
  if (rename(temp, path) != 0) return sr_cannot(J->S, path, "replaced", errno);
  return sr_folder_keep(path) == 0 ? SYMRUN_OK
       : sr_cannot(J->S, path, "replaced", EIO);
}


/* Each folder of the journal, or each file. */
static int each (Journal *J, int (*folder) (Journal *J, const char *path),
                 bool files) {
  char path[PATH_MAX];
  int rc = folder != NULL ? folder(J, J->folder) : SYMRUN_OK;
  while (rc == SYMRUN_OK && J->at < J->end) {
    uint64_t v[6];
    size_t i;
    bool ok = true;
    if (take_word(J, "folder ")) {
      if (!take_path(J, path)) break;
      if (folder != NULL) rc = folder(J, path);
      continue;
    }
    if (!take_word(J, "file ")) break;
    for (i = 0; i < 6 && ok; i++) ok = take_number(J, &v[i]);
    if (!ok || !take_path(J, path)) break;
    if (files) rc = go_on(J, path, v);
  }
  return rc;
}


static int sweep (Journal *J, const char *folder) {
  char path[PATH_MAX];
  if (!sr_journal_sweep(folder, J->run))
    return sr_fail(J->S, SYMRUN_IO, "what a run that was cut short left in "
                   "%.800s cannot be removed", folder);
  if (strcmp(folder, J->folder) != 0 && run_path(path, folder, J->run))
    unlink(path);
  return SYMRUN_OK;
}


/* Is the last line the hash of those before? */
static bool whole (const char *text, size_t len) {
  char line[32];
  int n = 21;
  if (len < 21) return false;
  snprintf(line, sizeof line, "all %016llx\n",
           (unsigned long long)XXH64(text, len - 21, 0));
  return memcmp(text + len - 21, line, (size_t)n) == 0;
}


/* The text of a journal that nobody writes; it stays locked.  SYMRUN_END: it
   is gone. */
static int take_journal (symrun *S, const char *path, int *fd, Text *T) {
  struct stat st, named;
  ssize_t n;
  *fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (*fd < 0 && errno == ENOENT) return SYMRUN_END;
  if (*fd < 0) return sr_cannot(S, path, "read", errno);
  if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)
      || st.st_uid != geteuid() || (uint64_t)st.st_size > MOST)
    return sr_fail(S, SYMRUN_IO, "%s is of another user's run; remove it if "
                   "that is over", path);
  if (!lock(*fd))
    return sr_fail(S, SYMRUN_IO, "another symrun is writing here (%s); run "
                   "again when it is done", path);
  if (lstat(path, &named) != 0 || named.st_ino != st.st_ino)
    return SYMRUN_END;  /* it ended in between */
  T->room = (size_t)st.st_size + 1;
  T->ptr = (char *)sr_resize(S, NULL, 0, T->room);
  if (T->ptr == NULL) { T->room = 0; return SYMRUN_NOMEM; }
  do n = pread(*fd, T->ptr, T->room - 1, 0);
  while (n < 0 && errno == EINTR);
  if (n < 0) return sr_cannot(S, path, "read", errno);
  T->len = (size_t)n;
  return SYMRUN_OK;
}


/* Finish or undo one run, from its journal. */
static int settle (Journal *J, const char *path) {
  Text T = {NULL, 0, 0};
  size_t body;
  int fd = -1, rc = take_journal(J->S, path, &fd, &T);
  if (rc == SYMRUN_OK) {
    J->ended = whole(T.ptr, T.len);
    body = J->ended ? T.len - 21 : T.len;
    J->end = T.ptr + body;
    J->at = T.ptr + (body > strlen(FIRST_LINE) ? strlen(FIRST_LINE) : body);
    if (J->ended) rc = each(J, NULL, true);
    J->at = T.ptr + (body > strlen(FIRST_LINE) ? strlen(FIRST_LINE) : body);
    if (rc == SYMRUN_OK) rc = each(J, sweep, false);
    if (rc == SYMRUN_OK && unlink(path) != 0 && errno != ENOENT)
      rc = sr_cannot(J->S, path, "removed", errno);
    if (rc == SYMRUN_OK) J->ended ? J->told->finished++ : J->told->undone++;
  }
  sr_delete(J->S, T.ptr, T.room);
  if (fd >= 0) close(fd);
  return rc;
}


static int recover_one (symrun *S, const char *folder, const char *name,
                        sr_Recovered *out) {
  char path[PATH_MAX], to[PATH_MAX], main[PATH_MAX * 2];
  Journal J;
  char *slash;
  ssize_t n;
  int rc;
  if (!run_path(path, folder, name)) return SYMRUN_OK;
  memset(&J, 0, sizeof J);
  J.S = S;
  J.folder = folder;
  J.run = name;
  J.told = out;
  n = readlink(path, to, sizeof to - 1);
  if (n < 0) rc = settle(&J, path);
  else {
    to[n] = '\0';
    snprintf(main, sizeof main, "%s/%s", folder, to);
    slash = strrchr(main, '/');
    if (strcmp(slash + 1, name) != 0 || strlen(main) >= PATH_MAX)
      return SYMRUN_OK;  /* it is none of ours */
    *slash = '\0';
    J.folder = main;
    snprintf(to, sizeof to, "%.*s", PATH_MAX - 1, main);
    J.folder = to;
    *slash = '/';
    rc = settle(&J, main);
    if (rc == SYMRUN_END) {  /* all was done but this */
      sr_journal_sweep(folder, name);
      unlink(path);
    }
  }
  return rc == SYMRUN_END ? SYMRUN_OK : rc;
}


int sr_replace_recover (symrun *S, const char *folder, sr_Recovered *out) {
  char real[PATH_MAX];
  DIR *dir;
  const struct dirent *d;
  int rc = SYMRUN_OK;
  if (realpath(*folder != '\0' ? folder : ".", real) == NULL
      || (dir = opendir(real)) == NULL) return SYMRUN_OK;
  while (rc == SYMRUN_OK && (d = readdir(dir)) != NULL)
    if (is_run(d->d_name)) rc = recover_one(S, real, d->d_name, out);
  closedir(dir);
  return rc;
}
