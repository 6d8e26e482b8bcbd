/*
** walk.c
** The files below a folder, in an order that does not depend on the disk.
** A file that cargo hard-linked from deps/ is one file: readdir already tells
** the inode, so only files whose numbers are equal cost a system call.
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

typedef struct Walking {
  symrun *S;
  sr_Walk *W;
  const sr_Without *without;
} Walking;

typedef struct Name {
  const char *path;  /* below the input */
  uint64_t inode;
  unsigned char type;
} Name;

typedef struct Names {  /* of one folder, while it is walked */
  Name *items;
  size_t count, room;
  size_t skip;  /* where the name begins in each path */
  bool cargo;   /* holds .fingerprint: cargo's output folder */
} Names;


static int by_path (const void *a, const void *b) {
  return strcmp(((const Name *)a)->path, ((const Name *)b)->path);
}


static int add (symrun *S, sr_Walk *W, const char *path, sr_Kind kind,
                uint64_t inode, uint32_t depth) {
  sr_Entry *e;
  int rc = sr_room(S, &W->entries, &W->room, W->count, sizeof *e);
  if (rc != SYMRUN_OK) return rc;
  e = &W->entries[W->count++];
  e->path = path;
  e->aliases = NULL;
  e->link = false;
  e->real = NULL;
  e->trouble = NULL;
  e->inode = inode;
  e->depth = depth;
  e->kind = kind;
  return SYMRUN_OK;
}


/* What cannot be read; the engine's last sentence says why. */
static int add_trouble (symrun *S, sr_Walk *W, const char *path, sr_Kind kind,
                        uint32_t depth) {
  const char *why = sr_arena_copy(S, &W->arena, S->message,
                                  strlen(S->message));
  int rc = why != NULL ? add(S, W, path, kind, 0, depth) : SYMRUN_NOMEM;
  if (rc == SYMRUN_OK) W->entries[W->count - 1].trouble = why;
  return rc;
}


/* The folder's path, a slash unless it is the input, and a name. */
static int take (const Walking *G, sr_Str in, const struct dirent *d,
                 Names *names) {
  size_t len = strlen(d->d_name), skip = names->skip;
  char *path;
  Name *n;
  int rc = sr_room(G->S, &names->items, &names->room, names->count, sizeof *n);
  if (rc != SYMRUN_OK) return rc;
  path = (char *)sr_arena_new(G->S, &G->W->arena, skip + len + 1);
  if (path == NULL) return SYMRUN_NOMEM;
  if (skip > 0) {
    memcpy(path, in.ptr, in.len);
    path[in.len] = '/';
  }
  memcpy(path + skip, d->d_name, len + 1);
  n = &names->items[names->count++];
  n->path = path;
  n->inode = (uint64_t)d->d_ino;
  n->type = d->d_type;
  return SYMRUN_OK;
}


static int list (const Walking *G, const char *in, DIR *dir, Names *names) {
  sr_Str folder = {in, strlen(in)};
  const struct dirent *d;
  names->skip = folder.len > 0 ? folder.len + 1 : 0;
  while (errno = 0, (d = readdir(dir)) != NULL) {
    int rc;
    if (d->d_name[0] == '.') {
      if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
        continue;
      if (strcmp(d->d_name, ".fingerprint") == 0) names->cargo = true;
      if (strncmp(d->d_name, SR_FIX_PREFIX, sizeof SR_FIX_PREFIX - 1) == 0) {
        G->W->left = sr_arena_copy(G->S, &G->W->arena, in, folder.len);
        if (G->W->left == NULL) return SYMRUN_NOMEM;
        continue;  /* what we are writing is no input */
      }
    }
    rc = take(G, folder, d, names);
    if (rc != SYMRUN_OK) return rc;
  }
  if (errno != 0)
    return sr_fail(G->S, SYMRUN_IO, "cannot be listed: %s", strerror(errno));
  if (names->count > 1)
    qsort(names->items, names->count, sizeof *names->items, by_path);
  return SYMRUN_OK;
}


static bool cargos_own (const char *name) {
  return strcmp(name, "deps") == 0 || strcmp(name, "build") == 0
      || strcmp(name, "incremental") == 0;
}


/* Folders are not followed, wherever they are; a file that is outside, or not
   there, might be anything. */
static int link_entry (symrun *S, sr_Walk *W, const char *path,
                       uint32_t depth) {
  struct stat st;
  sr_Kind kind = SR_KIND_SPECIAL;
  int fd = sr_open_below(S, W->root, path, O_PATH);
  int rc = fd < 0 ? -1 : fstat(fd, &st);
  if (fd >= 0) close(fd);
  if (rc == 0 && S_ISREG(st.st_mode)) {
    rc = add(S, W, path, SR_KIND_FILE, (uint64_t)st.st_ino, depth);
    if (rc == SYMRUN_OK) W->entries[W->count - 1].link = true;
    return rc;
  }
  if (rc == 0)
    sr_fail(S, SYMRUN_IO, "is a link to a %s, and only links to files are "
            "followed", S_ISDIR(st.st_mode) ? "folder" : "special file");
  else if (fstatat(W->root, path, &st, 0) != 0) {
    kind = SR_KIND_LINK;
    if (errno == ENOENT)
      sr_fail(S, SYMRUN_IO, "is a link to a file that is not there");
    st.st_mode = 0;
  }
  else if (S_ISREG(st.st_mode)) kind = SR_KIND_LINK;
  rc = add_trouble(S, W, path, kind, depth);
  if (rc == SYMRUN_OK) W->entries[W->count - 1].link = true;
  if (rc == SYMRUN_OK && kind == SR_KIND_LINK && S_ISREG(st.st_mode))
    W->entries[W->count - 1].inode = (uint64_t)st.st_ino;
  return rc;
}


/* The kind of what is there, where the folder does not tell. */
static unsigned char type_of (int root, const char *path) {
  struct stat st;
  if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) != 0) return DT_REG;
  return S_ISREG(st.st_mode) ? DT_REG : S_ISDIR(st.st_mode) ? DT_DIR
       : S_ISLNK(st.st_mode) ? DT_LNK : DT_FIFO;
}


static int folder (const Walking *G, const char *path, uint32_t depth);

static int visit (const Walking *G, const Names *names, const Name *name,
                  uint32_t depth) {
  const sr_Without *without = G->without;
  const char *path = name->path;
  unsigned char type = name->type;
  if (without->skip != NULL && without->skip(without->ud, path))
    return SYMRUN_OK;
  if (type == DT_UNKNOWN) type = type_of(G->W->root, path);
  switch (type) {
    case DT_REG:
      return add(G->S, G->W, path, SR_KIND_FILE, name->inode, depth);
    case DT_DIR:
      if (names->cargo && !without->all && cargos_own(path + names->skip))
        return SYMRUN_OK;
      return folder(G, path, depth + 1);
    case DT_LNK:
      return link_entry(G->S, G->W, path, depth);
    default:
      sr_fail(G->S, SYMRUN_IO, "is a fifo, socket or device");
      return add_trouble(G->S, G->W, path, SR_KIND_SPECIAL, depth);
  }
}


static int folder (const Walking *G, const char *path, uint32_t depth) {
  Names names = {NULL, 0, 0, 0, false};
  symrun *S = G->S;
  DIR *dir = NULL;
  int rc, fd;
  size_t i;
  if (depth > DEEPEST) {
    sr_fail(S, SYMRUN_IO, "is more than %d folders deep", DEEPEST);
    return add_trouble(S, G->W, path, SR_KIND_FOLDER, depth);
  }
  fd = sr_open_below(S, G->W->root, *path != '\0' ? path : ".",
                     O_RDONLY | O_DIRECTORY);
  if (fd >= 0 && (dir = fdopendir(fd)) == NULL) {
    sr_fail(S, SYMRUN_IO, "cannot be opened: %s", strerror(errno));
    close(fd);
  }
  if (dir == NULL) return add_trouble(S, G->W, path, SR_KIND_FOLDER, depth);
  rc = list(G, path, dir, &names);
  closedir(dir);
  if (rc == SYMRUN_IO)
    rc = add_trouble(S, G->W, path, SR_KIND_FOLDER, depth);
  for (i = 0; i < names.count && rc == SYMRUN_OK; i++)
    rc = visit(G, &names, &names.items[i], depth);
  sr_delete(S, names.items, names.room * sizeof *names.items);
  return rc;
}


/* -- one entry for each inode --------------------------------------------- */

static bool better (const sr_Entry *a, const sr_Entry *b) {
  if (a->link != b->link) return b->link;
  if (a->depth != b->depth) return a->depth < b->depth;
  return strcmp(a->path, b->path) < 0;
}


/* Numbers may be equal by chance: a folder may show files of several devices
   (overlays, files that are mounted), and readdir does not say which. */
static bool same (int root, const sr_Entry *a, const sr_Entry *b) {
  struct stat x, y;
  return a->inode == b->inode && fstatat(root, a->path, &x, 0) == 0
      && fstatat(root, b->path, &y, 0) == 0
      && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}


/* The file is known by the better of two paths, and found by both. */
static int fold (symrun *S, sr_Walk *W, sr_Entry *into, sr_Entry *from) {
  sr_Alias *alias = (sr_Alias *)sr_arena_new(S, &W->arena, sizeof *alias);
  if (alias == NULL) return SYMRUN_NOMEM;
  alias->path = from->path;
  alias->next = from->aliases;
  if (from->aliases == NULL) alias->next = into->aliases;
  else {
    sr_Alias *last = from->aliases;
    while (last->next != NULL) last = last->next;
    last->next = into->aliases;
  }
  into->aliases = alias;
  from->path = NULL;
  return SYMRUN_OK;
}


static size_t slot_of (uint64_t inode, size_t slots) {
  return (size_t)((inode * 0x9e3779b97f4a7c15u) >> 20) & (slots - 1);
}


/* A link may lead out of the tree and back to a file of it, which stands there
   anyway: then nothing is unknown. */
static void come_back (sr_Walk *W, const uint32_t *table, size_t slots) {
  size_t i, k;
  for (i = 0; i < W->count; i++) {
    sr_Entry *e = &W->entries[i];
    if (e->kind != SR_KIND_LINK || e->inode == 0) continue;
    for (k = slot_of(e->inode, slots); table[k] != 0; k = (k + 1) & (slots - 1))
      if (same(W->root, e, &W->entries[table[k] - 1])) {
        e->kind = SR_KIND_SPECIAL;
        break;
      }
  }
}


/* Keep the best path of each inode; the order of those kept stays. */
static int unify (symrun *S, sr_Walk *W) {
  size_t slots = 16, i, k, kept = 0;
  uint32_t *table;
  int rc = SYMRUN_OK;
  while (slots < W->count * 2) slots *= 2;
  table = (uint32_t *)sr_new(S, slots * sizeof *table);
  if (table == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < W->count && rc == SYMRUN_OK; i++) {
    sr_Entry *e = &W->entries[i];
    if (e->kind != SR_KIND_FILE) continue;
    k = slot_of(e->inode, slots);
    for (; table[k] != 0; k = (k + 1) & (slots - 1)) {
      sr_Entry *other = &W->entries[table[k] - 1];
      if (!same(W->root, e, other)) continue;
      if (better(e, other)) {
        rc = fold(S, W, e, other);
        table[k] = (uint32_t)i + 1;
      }
      else rc = fold(S, W, other, e);
      break;
    }
    if (table[k] == 0) table[k] = (uint32_t)i + 1;
  }
  come_back(W, table, slots);
  for (i = 0; i < W->count; i++)
    if (W->entries[i].path != NULL) W->entries[kept++] = W->entries[i];
  W->count = kept;
  sr_delete(S, table, slots * sizeof *table);
  return rc;
}


/* -- the input ------------------------------------------------------------ */

static int cannot (symrun *S, const char *path, const char *why) {
  char shown[512];
  sr_printable(shown, sizeof shown, path, strlen(path));
  return sr_fail(S, SYMRUN_IO, "%s: %s", shown, why);
}


/* The folder of a path, as it was typed. */
static sr_Str folder_of (const char *path) {
  const char *slash = strrchr(path, '/');
  sr_Str out = {".", 1};
  if (slash == NULL) return out;
  out.ptr = path;
  out.len = slash > path ? (size_t)(slash - path) : 1;
  return out;
}


/* Is a file, which is no link, in the folder of the one before it?  Then its
   real path is known, for which the system would be asked word by word.  What
   was typed may be a link, and lead to another folder by now. */
static bool beside (const sr_Walk *before, const char *path, sr_Walk *W) {
  char folder[PATH_MAX];
  struct stat st;
  W->typed = folder_of(path);
  if (before == NULL || before->inode == 0 || before->typed.len != W->typed.len
      || W->typed.len >= sizeof folder
      || memcmp(before->typed.ptr, W->typed.ptr, W->typed.len) != 0
      || lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) return false;
  memcpy(folder, W->typed.ptr, W->typed.len);
  folder[W->typed.len] = '\0';
  if (stat(folder, &st) != 0 || before->device != (uint64_t)st.st_dev
      || before->inode != (uint64_t)st.st_ino) return false;
  W->folder = before->folder;
  W->device = before->device;
  W->inode = before->inode;
  return true;
}


static int find_folder (symrun *S, sr_Walk *W, const char *path,
                        const char **real) {
  char full[PATH_MAX], *cut;
  struct stat st;
  if (realpath(path, full) == NULL) return cannot(S, path, strerror(errno));
  cut = strrchr(full, '/');
  *real = sr_arena_copy(S, &W->arena, cut + 1, strlen(cut + 1));
  cut[cut == full] = '\0';
  W->folder = sr_arena_copy(S, &W->arena, full, strlen(full));
  if (*real == NULL || W->folder == NULL) return SYMRUN_NOMEM;
  if (stat(full, &st) == 0) {
    W->device = (uint64_t)st.st_dev;
    W->inode = (uint64_t)st.st_ino;
  }
  return SYMRUN_OK;
}


static int one_file (symrun *S, sr_Walk *W, const char *path) {
  const char *slash = strrchr(path, '/'), *real = NULL;
  int rc = W->folder != NULL ? SYMRUN_OK : find_folder(S, W, path, &real);
  if (rc != SYMRUN_OK) return rc;
  W->single = true;
  W->entries = (sr_Entry *)sr_new(S, sizeof *W->entries);
  if (W->entries == NULL) return SYMRUN_NOMEM;
  W->room = 1;
  rc = add(S, W, slash != NULL ? slash + 1 : path, SR_KIND_FILE, 0, 0);
  if (rc == SYMRUN_OK) W->entries[0].real = real;
  return rc;
}


int sr_walk (symrun *S, const char *path, const sr_Without *without,
             const sr_Walk *before, sr_Walk *out) {
  Walking G = {S, out, without};
  struct stat st;
  int rc;
  memset(out, 0, sizeof *out);
  out->root = -1;
  if (beside(before, path, out)) rc = one_file(S, out, path);
  else if (stat(path, &st) != 0) return cannot(S, path, strerror(errno));
  else if (S_ISREG(st.st_mode)) rc = one_file(S, out, path);
  else if (S_ISDIR(st.st_mode) && without->no_folder)
    rc = cannot(S, path, "is a folder, not a file");
  else if (!S_ISDIR(st.st_mode))
    rc = cannot(S, path, "is neither a file nor a folder");
  else {
    out->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->root < 0) rc = cannot(S, path, strerror(errno));
    else {
      rc = folder(&G, "", 0);
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
