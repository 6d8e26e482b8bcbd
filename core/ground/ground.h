/*
** ground.h
** Floor 0: memory, bounded bytes, globs, files and folders.  All that knows
** the operating system is here.  Everything above takes its memory, its
** bytes and its sentences from this floor, so a test that lets an allocation
** or a read fail here has let it fail everywhere.
*/

#ifndef sr_ground_h
#define sr_ground_h

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "symrun.h"

#if defined(__GNUC__)
#define SR_PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define SR_LIKELY(x)     __builtin_expect(!!(x), 1)
#define SR_UNLIKELY(x)   __builtin_expect(!!(x), 0)
#define SR_PREFETCH(p)   __builtin_prefetch(p)
#define SR_INLINE        static inline __attribute__((always_inline))
#else
#define SR_PRINTF(f, a)
#define SR_LIKELY(x)     (x)
#define SR_UNLIKELY(x)   (x)
#define SR_PREFETCH(p)   ((void)0)
#define SR_INLINE        static inline
#endif

#define SR_MESSAGE  1024  /* bytes of a sentence; longer ones are cut */

typedef symrun_Str sr_Str;

/* The three answers. */
enum { SR_NO = 0, SR_YES = 1, SR_MAYBE = 2 };

/* Takes a text in pieces. */
typedef void (*sr_Put) (const char *s, size_t n, void *ud);

/* Takes one word of a text: what it is, for which targets (a bit for each), and
   nm's letter of a symbol. */
typedef int (*sr_Hear) (void *ud, const char *kind, uint64_t targets,
                        sr_Str word, char letter);

/* Where bytes contradicted themselves; the sentence is in 'message'. */
typedef struct sr_Fault {
  uint64_t offset;    /* from the start of the file */
  const char *field;  /* a literal: the field's name in its specification */
} sr_Fault;

/* The engine.  Each floor that keeps state for a run has its own field. */
struct symrun {
  symrun_Alloc alloc;
  void *ud;
  bool starved;             /* memory ran out, whoever caught the error */
  struct { bool once; void *ptr; size_t size; } refused;  /* to Lua, just now */
  /* Put a name as people wrote it.  SR_NO: it is as it was written; SR_MAYBE:
     it is too long to tell.  NULL: names are not demangled here. */
  int (*demangle) (const char *name, size_t len, sr_Put put, void *ud);
  /* Read a text of a format and hand its words.  NULL: nobody here can. */
  int (*text) (symrun *S, const char *format, sr_Str bytes, sr_Hear hear,
               void *ud);
  unsigned threads;         /* that may read; 0 and 1: none but the caller's */
  int code;                 /* of the last failure, and its sentence */
  char message[SR_MESSAGE];
  sr_Fault fault;
  struct sr_Model *model;   /* floor 2 */
  struct symrun_Plan *plan;   /* floor 3: the run that is going on, if any */
  struct symrun_Plan *plans;  /* all that live, by their 'next' */
  struct lua_State *L;      /* floor 5 */
  struct lua_State *texts;  /* floor 5: reads texts, and no rule was in it */
};


/* -- mem.c ------------------------------------------------------------ */

/* All take and return bytes; NULL means out of memory, and the engine's
   sentence says so.  Sizes are those that were asked for. */
void *sr_resize (symrun *S, void *ptr, size_t osize, size_t nsize);
void *sr_new (symrun *S, size_t size);  /* zeroed */
void  sr_delete (symrun *S, void *ptr, size_t size);

/* Leave a sentence on the engine and return 'code'. */
int sr_fail (symrun *S, int code, const char *format, ...) SR_PRINTF(3, 4);
/* The same for bytes that are not what they claim: SYMRUN_FORMAT. */
int sr_damage (symrun *S, uint64_t offset, const char *field,
               const char *format, ...) SR_PRINTF(4, 5);
int sr_nomem (symrun *S);

/* A vector is a pointer, a count and a room; this makes room for one more
   element.  'items' is the address of the pointer. */
int sr_more_room (symrun *S, void *items, size_t *room, size_t each);
static inline int sr_room (symrun *S, void *items, size_t *room, size_t count,
                           size_t each) {
  return SR_LIKELY(count < *room) ? SYMRUN_OK
                                  : sr_more_room(S, items, room, each);
}

/* Many small things that die together. */
typedef struct sr_Arena {
  struct sr_Chunk *chunks;
  size_t used, size;  /* of the newest chunk */
} sr_Arena;

void *sr_arena_new (symrun *S, sr_Arena *A, size_t size);  /* 8-aligned */
const char *sr_arena_copy (symrun *S, sr_Arena *A, const char *s, size_t len);
const char *sr_arena_format (symrun *S, sr_Arena *A, const char *format, ...)
  SR_PRINTF(3, 4);
void  sr_arena_free (symrun *S, sr_Arena *A);

/* Write 'len' bytes so that they print as one word of one line. */
size_t sr_printable (char *out, size_t room, const char *s, size_t len);
/* Or as text of several words and lines, which no terminal obeys. */
size_t sr_harmless (char *out, size_t room, const char *s, size_t len);


/* -- bounded bytes ------------------------------------------------------ */

/* Is the range [off, off+len) inside 'size' bytes?  Cannot wrap. */
static inline bool sr_inside (uint64_t off, uint64_t len, uint64_t size) {
  return off <= size && len <= size - off;
}

static inline uint16_t sr_u16 (const unsigned char *p, bool big) {
  unsigned v = big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
  return (uint16_t)v;
}

static inline uint32_t sr_u32 (const unsigned char *p, bool big) {
  uint32_t v;
  memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return big ? v : __builtin_bswap32(v);
#else
  return big ? __builtin_bswap32(v) : v;
#endif
}

static inline uint64_t sr_u64 (const unsigned char *p, bool big) {
  uint64_t v;
  memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return big ? v : __builtin_bswap64(v);
#else
  return big ? __builtin_bswap64(v) : v;
#endif
}


/* -- glob.c ------------------------------------------------------------ */

/* Shell patterns: * ? [a-z] [!a] {x,y}.  A name pattern that begins with "C:"
   is for demangled names.  In a path pattern '*' and '?' stop
   at '/', and "**" followed by '/' is any number of folders. */
typedef struct sr_Glob sr_Glob;

enum { SR_GLOB_NAME, SR_GLOB_PATH };

int  sr_glob_new (symrun *S, sr_Str text, int kind, sr_Glob **out);
void sr_glob_free (symrun *S, sr_Glob *G);
bool sr_glob_match (const sr_Glob *G, const char *s, size_t len);
/* The same for a text that ends with a zero byte, before 'left' bytes are over;
   gives its length too. */
bool sr_glob_takes (const sr_Glob *G, const char *s, size_t left,
                    size_t *len);
/* Does it match only because nobody can tell? */
bool sr_glob_unsure (const sr_Glob *G, const char *s, size_t len);
sr_Str sr_glob_text (const sr_Glob *G);
int sr_glob_kind (const sr_Glob *G);
/* The literal bytes that every match begins with; "" when there are none. */
sr_Str sr_glob_prefix (const sr_Glob *G);
/* No string matches both?  May say false when it cannot tell. */
bool sr_glob_apart (const sr_Glob *A, const sr_Glob *B);
/* Can a name that begins with this byte match?  A cheap first look. */
static inline bool sr_glob_maybe (const bool *first, unsigned char c) {
  return first[c];
}
const bool *sr_glob_first (const sr_Glob *G);


/* -- file.c ------------------------------------------------------------ */

/* An opened file, or bytes in memory.  Files are read with pread and never
   mapped: one that another process cuts short must be an error, not SIGBUS. */
typedef struct sr_Source {
  int fd;                     /* -1: in memory, or not open */
  const unsigned char *bytes; /* in memory */
  uint64_t base, size;        /* of what is read, in the file */
  uint64_t whole;             /* bytes of the file */
  int64_t stamp[6];           /* device, inode, times: to see a change */
  bool settled;               /* all was read, and it had not changed */
} sr_Source;

/* Open what is at 'path' below the folder 'root' (a descriptor); the path
   and every link on it must stay below.  O_NONBLOCK is added, so that a fifo
   is opened, and then refused, without waiting.  -1 with a sentence. */
int  sr_open_below (symrun *S, int root, const char *path, int flags);
int  sr_open_below_plain (symrun *S, int root, const char *path, int flags);
/* To be read. */
int  sr_open_any (symrun *S, int root, const char *path);
/* A name in a folder, which must be no link: -1 with no sentence. */
int  sr_open_in (int folder, const char *name);

/* A folder by its path below 'root', or from anywhere if that is -1: -1 with a
   sentence.  Closes -1 too. */
int  sr_folder_open (symrun *S, int root, const char *path);
void sr_folder_close (int fd);

/* Is it a regular file?  Asked first where nobody has looked yet: opening a
   device, or the end of a fifo, does something. */
int  sr_source_regular (symrun *S, int root, const char *path);
/* The same as sr_open_below for a regular file, to be read. */
int  sr_source_open (symrun *S, int root, const char *path, sr_Source *out);
void sr_source_wrap (sr_Source *out, sr_Str bytes);
void sr_source_close (sr_Source *src);
/* Read only a part of it.  SYMRUN_FORMAT: the file is shorter now. */
int  sr_source_narrow (symrun *S, sr_Source *src, uint64_t base,
                       uint64_t size);
/* Has the file changed since it was opened?  Then SYMRUN_FORMAT. */
int  sr_source_same (symrun *S, const sr_Source *src);

/* Slots: short looks at a source, one buffer for each slot.  A look may be
   served from what SR_HEAD holds, and SR_STRINGS from SR_SYMBOLS too, so a
   reader takes its looks in this order, member by member.  SR_APART is served
   from no other slot and stays until it is asked again. */
enum { SR_HEAD, SR_SYMBOLS, SR_STRINGS, SR_MORE, SR_PASSING, SR_APART,
       SR_SLOTS };

typedef struct sr_Slot {
  unsigned char *buf;
  size_t room, have;
  uint64_t at;
} sr_Slot;

typedef struct sr_Reader {
  const sr_Source *source;
  size_t ahead;  /* bytes more to fetch into SR_HEAD */
  bool small;    /* the last file was read whole */
  int64_t began; /* the time before any was, in seconds; 0: none was */
  sr_Slot slots[SR_SLOTS];
} sr_Reader;

void sr_reader_set (sr_Reader *R, const sr_Source *source);
/* Make an open descriptor a source, and read from that; closes it if it is not
   a regular file. */
int  sr_reader_open (symrun *S, sr_Reader *R, int fd, sr_Source *out);
void sr_reader_free (symrun *S, sr_Reader *R);
/* A part of this size was come to, one after the other: small ones are read
   many at a time. */
void sr_reader_pass (sr_Reader *R, uint64_t size);
/* At least 'need' bytes from 'off', NULL with a sentence if there are not so
   many (of no bytes, some other address); up to 'want' are fetched when a
   read is needed.  The bytes last until this slot or SR_HEAD is asked again
   (SR_STRINGS: or SR_SYMBOLS). */
const unsigned char *sr_look (symrun *S, sr_Reader *R, int slot, uint64_t off,
                              size_t need, size_t want);


/* -- pool.c ------------------------------------------------------------ */

/* Threads that do jobs 0, 1, 2... ahead of who takes them, in that order. */
typedef struct sr_Pool sr_Pool;

#define SR_MOST_THREADS  64

typedef struct sr_Crew {  /* lasts as long as the pool */
  unsigned threads;
  symrun **engines;       /* one for each: their messages are their own */
  size_t jobs;
  size_t ahead;           /* jobs begun and not taken, at most */
  void (*work) (symrun *engine, void *ud, size_t job);
  void *ud;
} sr_Crew;

/* SYMRUN_END: the system gives no thread. */
int  sr_pool_new (symrun *S, const sr_Crew *crew, sr_Pool **out);
void sr_pool_wait (sr_Pool *P);  /* until the next job in order is done */
void sr_pool_take (sr_Pool *P);  /* it was looked at: its place is free */
void sr_pool_free (sr_Pool *P);  /* after the jobs that were begun */


/* -- text.c ------------------------------------------------------------ */

/* The whole of a regular file of at most 'most' bytes, with a zero after it.
   A path that does not begin with '/' is looked for in 'folder', or, if that
   is NULL, where the process is. */
int  sr_text_read (symrun *S, sr_Arena *A, const char *folder, const char *path,
                   size_t most, sr_Str *out);


/* -- walk.c ------------------------------------------------------------ */

typedef enum sr_Kind {
  SR_KIND_FILE,     /* a regular file, or a link to one inside the tree */
  SR_KIND_SPECIAL,  /* a fifo, socket or device, or a link to one of these, to
                       a folder, or by a way outside to a file of the tree */
  SR_KIND_LINK,     /* a link that cannot be followed, so nobody knows */
  SR_KIND_FOLDER    /* only when it cannot be read */
} sr_Kind;

typedef struct sr_Alias {  /* another path of the same file */
  struct sr_Alias *next;
  const char *path;
} sr_Alias;

typedef struct sr_Entry {
  const char *path;     /* below the input; the input's last word for a file */
  sr_Alias *aliases;
  const char *real;     /* what to open, where that is not 'path' */
  const char *trouble;  /* why it cannot be read, or NULL */
  uint64_t inode;       /* as readdir tells it */
  uint32_t depth;       /* folders above it */
  sr_Kind kind;
  bool link;            /* a symbolic one */
} sr_Entry;

typedef struct sr_Walk {
  sr_Arena arena;
  sr_Entry *entries;   /* folder by folder in byte order, one an inode */
  size_t count, room;
  int root;            /* descriptor of the folder that all paths are below */
  const char *folder;  /* or, when the input was a file, the folder's path: */
  bool single;         /* a thousand inputs need not a thousand descriptors */
  sr_Str typed;        /* that folder as it was named, and what it was then: */
  uint64_t device, inode;
  const char *left;    /* a folder where files are being replaced, or NULL */
} sr_Walk;

/* What is left out, and not entered. */
typedef struct sr_Without {
  bool (*skip) (const void *ud, const char *path);
  const void *ud;
  bool all;            /* also look into what cargo keeps for itself */
  bool no_folder;      /* the input must be a file */
} sr_Without;

/* 'path' lasts as long as the walk; so does 'before', the walk of the input
   before it, or NULL: the next file of a list is often in the same folder. */
int  sr_walk (symrun *S, const char *path, const sr_Without *without,
              const sr_Walk *before, sr_Walk *out);
void sr_walk_free (symrun *S, sr_Walk *W);


/* -- process.c ---------------------------------------------------------- */

/* What a name means: itself if it has a slash, else the first program on PATH
   that is not symrun; 'passed' if that stood before it.  SYMRUN_IO if there is
   none. */
int sr_program_find (symrun *S, const char *name, char out[PATH_MAX],
                     bool *passed);
/* What a program that we start is given: our environment but for SYMRUN_*,
   which is for us alone, and for 'without' (names, the last NULL; or NULL),
   then 'with'.  SYMRUN_IO when we are started by ourselves without end. */
int sr_environment (symrun *S, sr_Arena *A, const char *const *without,
                    char *const *with, size_t nwith, char ***out);
/* A closed pipe is an answer and not a signal, for us alone. */
void sr_ignore_pipe (void);
/* Become a program.  Comes back only when that fails: SYMRUN_RANGE when its
   words are too long for the system, else SYMRUN_IO. */
int sr_become (symrun *S, const char *path, char *const argv[],
               char *const env[]);
/* The same, and wait: '*status' is its status, 128+n for signal n.  Signals
   that are sent to us meanwhile are passed on to it.  'quiet': nobody sees
   what it writes.  One at a time in a process. */
int sr_run (symrun *S, const char *path, char *const argv[],
            char *const env[], bool quiet, int *status);
int sr_folder_enter (symrun *S, const char *path);


/* Are words, with our environment, far from what the system can start? */
bool sr_words_fit (char *const argv[]);


/* -- write.c ------------------------------------------------------------- */

typedef enum sr_What { SR_NOTHING, SR_A_FILE, SR_A_FOLDER, SR_A_THING } sr_What;

/* What is at a path, whatever links lead there; the size of a file. */
sr_What sr_path_what (const char *path, uint64_t *size);
/* The first bytes of a regular file, none if it cannot be read; or all of it,
   block by block: SYMRUN_IO if it is none. */
size_t sr_file_head (const char *path, char *out, size_t room);
int sr_file_blocks (symrun *S, const char *path,
                    void (*f) (void *ud, const void *block, size_t len),
                    void *ud);
/* What stands in a folder, in no order, but for names that begin with '.'. */
int sr_folder_names (symrun *S, const char *path,
                     int (*f) (void *ud, symrun *S, const char *name),
                     void *ud);
/* The folder we are in. */
int sr_folder_here (symrun *S, char out[PATH_MAX]);
/* Write a file that is there whole or not at all, whoever else writes it. */
enum {
  SR_WRITE_DURABLE = 1,  /* it, and its name, outlive a power cut */
  SR_WRITE_NEW = 2       /* never in place of another: SYMRUN_END if one is */
};
int sr_write_file (symrun *S, const char *path, const sr_Str *parts,
                   size_t nparts, int flags);
/* A folder and those above it, where they are not there yet. */
int sr_folders_make (symrun *S, const char *path);
/* A new folder below $TMPDIR that nobody else may look into, and its end. */
int sr_scratch_make (symrun *S, char out[PATH_MAX]);
void sr_scratch_remove (const char *path);


/* -- replace.c ------------------------------------------------------------ */

/* Many files in the place of others: all of them or none, also where we are
   killed in the middle.  Add all, begin, put the bytes of each, commit; what
   is freed before is as if nothing had been. */
typedef struct sr_Replace sr_Replace;

#define SR_FIX_PREFIX  ".symrun-fix-"  /* names of what is being made */

/* What did not stay as it was. */
typedef struct sr_Replaced {
  size_t linked;  /* files with further names, which keep the old one */
  size_t owners;  /* files that are ours now */
} sr_Replaced;

int  sr_replace_new (symrun *S, sr_Replace **out);
/* The file that a path leads to.  'stamp': as sr_Source has it; SYMRUN_IO if
   it is another now.  NULL: whatever it is, or a new one. */
int  sr_replace_add (sr_Replace *R, const char *path, const int64_t *stamp);
/* Is there the file with this stamp, by whatever name? */
bool sr_replace_is (const sr_Replace *R, size_t i, const int64_t *stamp);
int  sr_replace_begin (sr_Replace *R);
/* The i-th, in the order of sr_replace_add; one that is never put stays. */
int  sr_replace_put (sr_Replace *R, size_t i, sr_Str bytes);
int  sr_replace_commit (sr_Replace *R);
const sr_Replaced *sr_replace_kept (const sr_Replace *R);
void sr_replace_free (sr_Replace *R);
/* Finish or undo what killed runs left in a folder.  SYMRUN_IO: one is still
   at work there, or it cannot be told. */
typedef struct sr_Recovered {
  size_t finished, undone;  /* runs */
  size_t passed;            /* files that others have changed since */
} sr_Recovered;
int  sr_replace_recover (symrun *S, const char *folder, sr_Recovered *out);
/* Further names of a file, in its folder and in cargo's "deps" there; and how
   many names it has at all. */
int  sr_other_names (symrun *S, const char *path, uint64_t *links,
                     int (*f) (void *ud, symrun *S, const char *path),
                     void *ud);

#endif
