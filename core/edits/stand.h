/*
** stand.h
** Floor 3: standing in for a linker.  Words come from one program and go to
** another, so here they are what the system hands on: strings with a zero at
** their end, in a list with a NULL at its end, the program first.
*/

#ifndef sr_stand_h
#define sr_stand_h

#include "../ground/ground.h"

typedef struct sr_Argv {  /* in an arena; the words are not copied */
  const char **at;        /* at[count] is NULL */
  size_t count, room;
} sr_Argv;

int sr_argv_add (symrun *S, sr_Arena *A, sr_Argv *W, const char *word);
/* "folder/name"; NULL when there is no memory. */
const char *sr_in_folder (symrun *S, sr_Arena *A, const char *folder,
                          const char *name);


/* -- response.c: response files ------------------------------------------ */

/* A line with what its "@file" words stand for, nested ones too.  One that
   cannot be read stays as it is, as most programs have it. */
typedef struct sr_Expanded {
  const char *like;     /* set by the caller, as the next: see below */
  /* Where texts come from, set by the caller; NULL: from disk. */
  int (*read) (void *ud, symrun *S, sr_Arena *A, const char *path,
               sr_Str *out);
  void *ud;
  sr_Argv words;
  sr_Argv files;        /* that were read, in order */
  sr_Str *texts;        /* what was in them */
  size_t rtexts, bytes;
  const char *misread;  /* rustc's file, which programs read otherwise */
} sr_Expanded;

/* How a program, the first of the words, tells the words of such a file apart
   (see link_inner.h).  'like': the flavour of one that nobody knows by its
   name, as sr_flavour_named has them; NULL: "cc". */
bool sr_program_known (const char *program);
unsigned sr_quoting_of (const char *const *argv, const char *like);
bool sr_may_be_gcc (const char *const *argv, const char *like);
/* 'out' comes zeroed but for what the caller sets. */
int sr_argv_expand (symrun *S, sr_Arena *A, const char *const *argv,
                    sr_Expanded *out);
/* Words as the text of such a file, a line each. */
int sr_argv_text (symrun *S, sr_Arena *A, const char *const *words,
                  unsigned quoting, sr_Str *out);


/* -- fit.c: lines that are too long --------------------------------------- */

/* May the program be unable to take the line as it is?  A cheap look: there
   is an "@file", or much text. */
bool sr_fit_wanted (const char *const *argv);

typedef struct sr_Fit {
  const char *like;     /* as above */
  const char *folder;   /* for files that the line will name */
  /* Is the driver gcc?  Only it has trouble with many options. */
  int (*is_gcc) (void *ud, symrun *S, bool *out);
  void *ud;
  bool refused;         /* the system said that the line is too long */
  unsigned quoting;     /* of the program */
  sr_Argv words;        /* what comes out; 'argv' itself where that will do */
  const char *told;     /* what whoever runs us should know, or NULL */
} sr_Fit;

int sr_fit (symrun *S, sr_Arena *A, const char *const *argv, sr_Fit *fit);


/* -- capture.c: recorded links -------------------------------------------- */

typedef struct sr_Kept {  /* something that a line names */
  const char *path;       /* as the line has it */
  sr_Str bytes;           /* 'ptr' NULL: only what identifies it was kept */
  bool folder;            /* a folder, whatever is in it */
  uint64_t size;
  char digest[33];
} sr_Kept;

typedef struct sr_Capture {
  const char *program;    /* that was run, as it was found */
  const char *like;       /* as above; "" for NULL */
  const char *folder;     /* where */
  const char *output;     /* what is made; "" where nobody knows */
  sr_Argv words, env;     /* env: "NAME=value" */
  sr_Kept *kept;
  size_t nkept, rkept;
} sr_Capture;

/* Variables that a link depends on; the last is NULL.  No others are kept, so
   no secret is. */
extern const char *const sr_capture_env[];

/* Record the link of words, if they link at all: one file in 'folder', none if
   that is NULL.  Where nobody can tell they do. */
int sr_capture_take (symrun *S, sr_Arena *A, const char *folder,
                     const char *program, const char *like,
                     const char *const *words, bool *links);
int sr_capture_digest (symrun *S, const char *path, char out[33]);


/* -- replay.c: linking again ----------------------------------------------- */

/* Do the bytes begin as those of a capture? */
bool sr_capture_is (sr_Str bytes);
bool sr_capture_at (const char *path);
/* SYMRUN_FORMAT for what is no whole capture. */
int sr_capture_read (symrun *S, sr_Arena *A, sr_Str bytes, sr_Capture *out);

/* Paths in a word, as far as the word itself tells; 'f' may put another in
   place of each, NULL for none. */
typedef int (*sr_PathIn) (void *ud, symrun *S, sr_Str path, const char **put);
int sr_word_paths (symrun *S, sr_Arena *A, const char *word, sr_PathIn f,
                   void *ud, const char **out);

typedef struct sr_Revived {
  const sr_Kept *kept;
  const char *path;       /* where it is now */
} sr_Revived;

typedef struct sr_Revival {
  sr_Revived *list;       /* by the path that the line has */
  size_t count;
} sr_Revival;

/* The files and folders that were kept, made anew in 'folder'. */
int sr_capture_revive (symrun *S, sr_Arena *A, const sr_Capture *C,
                       const char *folder, sr_Revival *out);
/* The words again, those of response files among them; 'patched': they name
   what was made anew, and can be run in the folder of the capture. */
int sr_capture_words (symrun *S, sr_Arena *A, const sr_Capture *C,
                      const sr_Revival *R, bool patched, sr_Argv *out);
/* The next thing, from '*i', that is not what it was; NULL after the last. */
int sr_capture_changed (symrun *S, sr_Arena *A, const sr_Capture *C,
                        size_t *i, const char **out);

#endif
