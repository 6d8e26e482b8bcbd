/*
** walk.c
** The files below a folder, in an order that does not depend on the disk.
** A file that cargo hard-linked from deps/ is one file: readdir already tells
** the inode, so finding that out costs no system call.
*/

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground.h"

#define DEEPEST  512  /* folders in folders */

typedef struct Name {
  const char *text;
  uint64_t inode;
  unsigned char type;
} Name;

typedef struct Names {  /* of one folder, while it is walked */
  Name *items;
  size_t count, room;
  bool cargo;  /* holds .fingerprint: cargo's output folder */
} Names;


static int by_text (const void *a, const void *b) {
  return strcmp(((const Name *)a)->text, ((const Name *)b)->text);
}


static int add (symrun *S, sr_Walk *W, const char *path, sr_Kind kind,
                const char *trouble, uint64_t device, uint64_t inode,
                uint32_t depth) {
  sr_Entry *e;
  int rc = sr_room(S, &W->entries, &W->room, W->count, sizeof *e);
  if (rc != SYMRUN_OK) return rc;
  e = &W->entries[W->count++];
  e->path = path;
  e->real = NULL;
  e->trouble = trouble;
  e->device = device;
  e->inode = inode;
  e->depth = depth;
  e->kind = kind;
  return SYMRUN_OK;
}


/* Remember the last sentence as an entry's trouble. */
static const char *trouble (symrun *S, sr_Walk *W) {
  return sr_arena_copy(S, &W->arena, S->message, strlen(S->message));
}


static int list (symrun *S, sr_Walk *W, DIR *dir, Names *names) {
  for (;;) {
    struct dirent *d;
    Name *n;
    int rc;
    errno = 0;
    d = readdir(dir);
    if (d == NULL) break;
    if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
    if (strcmp(d->d_name, ".fingerprint") == 0) names->cargo = true;
    rc = sr_room(S, &names->items, &names->room, names->count, sizeof *n);
    if (rc != SYMRUN_OK) return rc;
    n = &names->items[names->count++];
    n->text = sr_arena_copy(S, &W->arena, d->d_name, strlen(d->d_name));
    if (n->text == NULL) return SYMRUN_NOMEM;
    n->inode = (uint64_t)d->d_ino;
    n->type = d->d_type;
  }
  if (errno != 0)
    return sr_fail(S, SYMRUN_IO, "cannot be listed: %s", strerror(errno));
  if (names->count > 0)
    qsort(names->items, names->count, sizeof *names->items, by_text);
  return SYMRUN_OK;
}


static bool cargos_own (const char *name) {
  return strcmp(name, "deps") == 0 || strcmp(name, "build") == 0
      || strcmp(name, "incremental") == 0;
}


static int link_entry (symrun *S, sr_Walk *W, const char *path, uint32_t depth) {
  struct stat st;
  int fd = sr_open_below(S, W->root, path, O_PATH);
  int rc = fd < 0 ? -1 : fstat(fd, &st);
  if (fd >= 0) close(fd);
  if (rc == 0 && S_ISREG(st.st_mode))
    return add(S, W, path, SR_KIND_FILE, NULL, (uint64_t)st.st_dev,
               (uint64_t)st.st_ino, depth);
  if (rc == 0)
    sr_fail(S, SYMRUN_IO, "is a link to a %s, and only links to files are "
            "followed", S_ISDIR(st.st_mode) ? "folder" : "special file");
  else if (fd < 0 && faccessat(W->root, path, F_OK, 0) != 0 && errno == ENOENT)
    sr_fail(S, SYMRUN_IO, "is a link to a file that is not there");
  return add(S, W, path, SR_KIND_SPECIAL, trouble(S, W), 0, 0, depth);
}


static int folder (symrun *S, sr_Walk *W, const char *path, bool all,
                   uint32_t depth);

static int visit (symrun *S, sr_Walk *W, const char *in, const Name *name,
                  uint64_t device, bool all, bool cargo, uint32_t depth) {
  unsigned char type = name->type;
  const char *path = name->text;
  if (*in != '\0') {
    size_t a = strlen(in), b = strlen(name->text);
    char *whole = (char *)sr_arena_new(S, &W->arena, a + b + 2);
    if (whole == NULL) return SYMRUN_NOMEM;
    memcpy(whole, in, a);
    whole[a] = '/';
    memcpy(whole + a + 1, name->text, b + 1);
    path = whole;
  }
  if (type == DT_UNKNOWN) {
    struct stat st;
    if (fstatat(W->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
      type = S_ISREG(st.st_mode) ? DT_REG : S_ISDIR(st.st_mode) ? DT_DIR
           : S_ISLNK(st.st_mode) ? DT_LNK : DT_FIFO;
  }
  switch (type) {
    case DT_REG:
      return add(S, W, path, SR_KIND_FILE, NULL, device, name->inode, depth);
    case DT_DIR:
      if (cargo && !all && cargos_own(name->text)) return SYMRUN_OK;
      return folder(S, W, path, all, depth + 1);
    case DT_LNK:
      return link_entry(S, W, path, depth);
    default:
      return add(S, W, path, SR_KIND_SPECIAL, "is a fifo, socket or device",
                 0, 0, depth);
  }
}


static int folder (symrun *S, sr_Walk *W, const char *path, bool all,
                   uint32_t depth) {
  Names names = {NULL, 0, 0, false};
  struct stat st;
  DIR *dir = NULL;
  int rc = SYMRUN_OK, fd;
  size_t i;
  if (depth > DEEPEST) {
    sr_fail(S, SYMRUN_IO, "is more than %d folders deep", DEEPEST);
    return add(S, W, path, SR_KIND_FOLDER, trouble(S, W), 0, 0, depth);
  }
  fd = sr_open_below(S, W->root, *path != '\0' ? path : ".",
                     O_RDONLY | O_DIRECTORY);
  if (fd < 0)
    return add(S, W, path, SR_KIND_FOLDER, trouble(S, W), 0, 0, depth);
  if (fstat(fd, &st) != 0 || (dir = fdopendir(fd)) == NULL) {
    close(fd);
    return sr_fail(S, SYMRUN_IO, "%s: %s", path, strerror(errno));
  }
  rc = list(S, W, dir, &names);
  closedir(dir);
  if (rc == SYMRUN_IO)
    rc = add(S, W, path, SR_KIND_FOLDER, trouble(S, W), 0, 0, depth);
  for (i = 0; i < names.count && rc == SYMRUN_OK; i++)
    rc = visit(S, W, path, &names.items[i], (uint64_t)st.st_dev, all,
               names.cargo, depth);
  sr_delete(S, names.items, names.room * sizeof *names.items);
  return rc;
}


/* -- one entry for each inode ----------------------------------------------- */

static bool better (const sr_Entry *a, const sr_Entry *b) {
  if (a->depth != b->depth) return a->depth < b->depth;
  return strcmp(a->path, b->path) < 0;
}


/* Keep the best path of each inode; the order of those kept stays. */
static int unify (symrun *S, sr_Walk *W) {
  size_t slots = 16, i, k, kept = 0;
  uint32_t *table;
  while (slots < W->count * 2) slots *= 2;
  table = (uint32_t *)sr_new(S, slots * sizeof *table);
  if (table == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < W->count; i++) {
    sr_Entry *e = &W->entries[i];
    if (e->kind != SR_KIND_FILE) continue;
    k = (size_t)((e->inode * 0x9e3779b97f4a7c15u) >> 20) & (slots - 1);
    for (; table[k] != 0; k = (k + 1) & (slots - 1)) {
      sr_Entry *other = &W->entries[table[k] - 1];
      if (other->inode != e->inode || other->device != e->device) continue;
      if (better(e, other)) {
        other->path = NULL;
        table[k] = (uint32_t)i + 1;
      }
      else e->path = NULL;
      break;
    }
    if (table[k] == 0) table[k] = (uint32_t)i + 1;
  }
  for (i = 0; i < W->count; i++)
    if (W->entries[i].path != NULL) W->entries[kept++] = W->entries[i];
  W->count = kept;
  sr_delete(S, table, slots * sizeof *table);
  return SYMRUN_OK;
}


/* -- the input ---------------------------------------------------------------- */

static int cannot (symrun *S, const char *path) {
  char shown[512];
  int error = errno;
  sr_printable(shown, sizeof shown, path, strlen(path));
  return sr_fail(S, SYMRUN_IO, "%s: %s", shown, strerror(error));
}


static int one_file (symrun *S, sr_Walk *W, const char *path) {
  const char *slash = strrchr(path, '/');
  const char *typed = slash != NULL ? slash + 1 : path;
  char full[PATH_MAX], *cut;
  int rc;
  if (realpath(path, full) == NULL) return cannot(S, path);
  cut = strrchr(full, '/');
  *cut = '\0';
  W->root = open(*full != '\0' ? full : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  W->single = true;
  typed = sr_arena_copy(S, &W->arena, typed, strlen(typed));
  if (W->root < 0) rc = cannot(S, path);
  else if (typed == NULL) rc = SYMRUN_NOMEM;
  else rc = add(S, W, typed, SR_KIND_FILE, NULL, 0, 0, 0);
  if (rc == SYMRUN_OK) {
    W->entries[0].real = sr_arena_copy(S, &W->arena, cut + 1, strlen(cut + 1));
    if (W->entries[0].real == NULL) rc = SYMRUN_NOMEM;
  }
  return rc;
}


int sr_walk (symrun *S, const char *path, bool all, sr_Walk *out) {
  struct stat st;
  int rc;
  memset(out, 0, sizeof *out);
  out->root = -1;
  if (stat(path, &st) != 0) return cannot(S, path);
  if (S_ISREG(st.st_mode)) rc = one_file(S, out, path);
  else if (!S_ISDIR(st.st_mode)) {
    errno = EINVAL;
    rc = sr_fail(S, SYMRUN_IO, "%.500s: is neither a file nor a folder", path);
  }
  else {
    out->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->root < 0) rc = cannot(S, path);
    else {
      rc = folder(S, out, "", all, 0);
      if (rc == SYMRUN_OK) rc = unify(S, out);
    }
  }
  if (rc != SYMRUN_OK) sr_walk_free(S, out);
  return rc;
}


void sr_walk_free (symrun *S, sr_Walk *W) {
  if (W->root >= 0) close(W->root);
  W->root = -1;
  sr_delete(S, W->entries, W->room * sizeof *W->entries);
  W->entries = NULL;
  W->count = W->room = 0;
  sr_arena_free(S, &W->arena);
}
