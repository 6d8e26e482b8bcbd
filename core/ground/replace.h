/*
** replace.h
** Floor 0: what the files that replace files share.  The names tell what a
** killed run left: ".symrun-fix-RUN" is the journal, or in further folders a
** link to it, and ".symrun-fix-RUN.N" the N-th file that it was making.
*/

#ifndef sr_replace_h
#define sr_replace_h

#include <sys/stat.h>

#include "ground.h"

/* What tells a file from the one that was there before or came after. */
typedef struct sr_Is { uint64_t device, inode, size; int64_t sec, nsec; } sr_Is;

typedef struct sr_Target {
  const char *shown;     /* as it was named */
  const char *path;      /* of the file itself, whatever links lead there */
  size_t folder;
  bool there;            /* there is one already: */
  struct stat old;
  uint64_t made;         /* the inode of the new one; 0: not made yet */
  bool swapped, back;    /* it is in its place; the old one is kept */
} sr_Target;

struct sr_Replace {
  symrun *S;
  sr_Arena arena;
  sr_Target *targets;
  size_t count, room;
  const char **folders;  /* the journal is in the first */
  size_t nfolders, rfolders;
  char run[64];          /* the journal's name */
  int journal;           /* -1: not begun */
  bool stuck;            /* half replaced, and the next run has to go on */
  sr_Replaced kept;
};

static inline void sr_is (const struct stat *st, sr_Is *out) {
  out->device = (uint64_t)st->st_dev;
  out->inode = (uint64_t)st->st_ino;
  out->size = (uint64_t)st->st_size;
  out->sec = (int64_t)st->st_mtim.tv_sec;
  out->nsec = (int64_t)st->st_mtim.tv_nsec;
}

/* write.c: an errno, or 0 */
int  sr_put_all (int fd, const sr_Str *parts, size_t nparts);
int  sr_folder_keep (const char *path);  /* the folder of a path */
int  sr_cannot (symrun *S, const char *path, const char *what, int error);

/* replace_journal.c */
int  sr_journal_begin (sr_Replace *R);   /* and links to it */
int  sr_journal_commit (sr_Replace *R);  /* from now on it is to be finished */
/* What a run left in a folder, all that it was making, is removed. */
bool sr_journal_sweep (const char *folder, const char *run);
bool sr_temp_path (char out[PATH_MAX], const char *folder, const char *run,
                   size_t n);

#endif
