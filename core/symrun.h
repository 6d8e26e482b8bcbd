/*
** symrun.h
** Ask questions of object files, run link rules over them, read the plan.
**
** This is the whole public interface.  Six rules hold for all of it:
**
** 1. One tree.  Everything comes from an engine and dies with it.  The other
**    close functions only give memory back sooner.  All take NULL.
** 2. One allocator.  All memory comes from the function that was given to
**    'symrun_new' (libelf's own buffers excepted).
** 3. One error.  A function that can fail returns SYMRUN_OK or a negative
**    code, and leaves a sentence in 'symrun_message'.  On failure no output
**    argument is written.  A NULL engine acts as one out of memory.
** 4. Borrowed strings.  A 'symrun_Str' points into the handle it came from
**    and lives as long.  It may hold any byte, zero included; its length is
**    in bytes.
** 5. No globals.  Handles from different engines never meet; an engine
**    belongs to one thread at a time.
** 6. Three answers.  What could not be read is not empty: a question that
**    cannot be answered gives SYMRUN_UNKNOWN, never "no".
**
** Offsets and sizes are bytes; members and symbols count from 0.
** Licensed under the MIT license; see LICENSE.
*/

#ifndef symrun_h
#define symrun_h

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SYMRUN_VERSION      "0.1.0"
#define SYMRUN_VERSION_NUM  100

#ifndef SYMRUN_API
#if defined(__GNUC__)
#define SYMRUN_API  extern __attribute__((visibility("default")))
#else
#define SYMRUN_API  extern
#endif
#endif

struct lua_State;

typedef struct symrun        symrun;        /* an engine */
typedef struct symrun_File   symrun_File;   /* a file; never changes */
typedef struct symrun_Tree   symrun_Tree;   /* the files below the inputs */
typedef struct symrun_Names  symrun_Names;  /* a set of symbol names */
typedef struct symrun_Plan   symrun_Plan;   /* findings and edits of a run */

typedef struct symrun_Str { const char *ptr; size_t len; } symrun_Str;

/* Result codes.  Failures are negative. */
enum {
  SYMRUN_OK      =  0,
  SYMRUN_END     =  1,  /* there is nothing more; no failure */
  SYMRUN_NOMEM   = -1,  /* the allocator said no */
  SYMRUN_IO      = -2,  /* the system said no */
  SYMRUN_FORMAT  = -3,  /* the bytes are not what they claim to be */
  SYMRUN_RANGE   = -4,  /* no such member, symbol, pattern or finding */
  SYMRUN_RULE    = -5,  /* a rule raised an error or was misused */
  SYMRUN_UNKNOWN = -6   /* neither yes nor no: something could not be read */
};


/* -- Engine ----------------------------------------------------------- */

/* The shape of lua_Alloc; NULL stands for realloc and free. */
typedef void *(*symrun_Alloc) (void *ud, void *ptr,
                               size_t osize, size_t nsize);

/* A new engine, or NULL when the allocator gives nothing. */
SYMRUN_API symrun     *symrun_new     (symrun_Alloc f, void *ud);
SYMRUN_API void        symrun_close   (symrun *S);
/* The last failure's sentence; never NULL, "" if none; valid until the next
   call with this engine. */
SYMRUN_API const char *symrun_message (const symrun *S);
/* "0.1.0": the library's, which may be newer than the header's. */
SYMRUN_API const char *symrun_version (void);


/* -- Files -------------------------------------------------------------- */

typedef struct symrun_Member {
  symrun_Str name;      /* "" for a file that is no archive */
  const char *format;   /* "elf", "bitcode", "other"...; a literal */
  uint64_t offset;      /* of its bytes in the file */
  uint64_t size;
} symrun_Member;

typedef struct symrun_Symbol {
  symrun_Str name;      /* valid during the call only */
  uint64_t value, size;
  uint32_t member;
  char letter;          /* as nm prints it */
  unsigned char weak, defined, local;
} symrun_Symbol;

/* Which table is asked.  Views of a file may differ. */
enum { SYMRUN_NATIVE, SYMRUN_BITCODE, SYMRUN_GCC_LTO, SYMRUN_DYNAMIC,
       SYMRUN_INDEX };

/* Open an archive, object, library or executable.  It belongs to the engine.
   Errors: SYMRUN_IO, SYMRUN_NOMEM.  What is wrong inside is a gap, below. */
SYMRUN_API int symrun_file_open (symrun *S, const char *path,
                                 symrun_File **out);
/* The same for bytes in memory, which must stay as long as the engine. */
SYMRUN_API int symrun_file_wrap (symrun *S, symrun_Str name, symrun_Str bytes,
                                 symrun_File **out);
/* "ar", "elf"...; a literal. */
SYMRUN_API const char *symrun_file_format (symrun_File *F);
/* Member 'i' (an object is a file of one).  SYMRUN_END after the last. */
SYMRUN_API int symrun_file_member (symrun_File *F, size_t i,
                                   symrun_Member *out);
/* Every symbol of a view, in the file's order, until 'f' gives something
   other than 0, which is then the result.  'f' may ask for members that were
   given, and for nothing else that is read from a file.  SYMRUN_UNKNOWN when
   all that could be read was given, and something could not: see the gaps. */
typedef int (*symrun_Each) (void *ud, const symrun_Symbol *symbol);
SYMRUN_API int symrun_file_symbols (symrun_File *F, int view, symrun_Each f,
                                    void *ud);

typedef struct symrun_Gap {
  const char *reason;   /* a sentence, without the file's name */
  const char *field;    /* the specification's name for it, or NULL */
  uint64_t offset;
  symrun_Str member;    /* "" for the file itself */
  size_t index;         /* of the member, or SIZE_MAX */
  int damaged;          /* the bytes contradict themselves */
} symrun_Gap;

/* What could not be read so far; SYMRUN_END after the last. */
SYMRUN_API int symrun_file_gap (symrun_File *F, size_t i, symrun_Gap *out);


/* -- Names: sets with a sure and a maybe part --------------------------- */

/* The names that a file defines, wants, or exports, by a shell pattern (NULL:
   all).  'what' is "defined", "undefined" or "exported". */
SYMRUN_API int  symrun_names_of (symrun_File *F, const char *what,
                                 const char *glob, int view,
                                 symrun_Names **out);
/* Is there any?  1 yes, 0 no, SYMRUN_UNKNOWN. */
SYMRUN_API int  symrun_names_any (const symrun_Names *N);
/* Is it in?  1 yes, 0 no, SYMRUN_UNKNOWN. */
SYMRUN_API int  symrun_names_has (const symrun_Names *N, symrun_Str name);
/* The sure name 'i' in byte order.  SYMRUN_END after the last, or
   SYMRUN_UNKNOWN when there may be more. */
SYMRUN_API int  symrun_names_at (symrun_Names *N, size_t i, symrun_Str *out);
SYMRUN_API void symrun_names_free (symrun_Names *N);


/* -- Rules ---------------------------------------------------------------- */

/* Load a policy file; a name ending in ".lua" that is not there is looked up
   among the rules that came with symrun. */
SYMRUN_API int symrun_rule_load (symrun *S, const char *path);
/* The same from text; 'name' is what messages call it. */
SYMRUN_API int symrun_rule_text (symrun *S, const char *name, symrun_Str text);
/* Set a parameter: "NAME=VALUE" or "FILE.NAME=VALUE".  Before loading. */
SYMRUN_API int symrun_rule_define (symrun *S, const char *definition);
/* Add a file or a folder to what the rules look at. */
SYMRUN_API int symrun_rule_input (symrun *S, const char *path);
/* Run every loaded rule.  Findings are no failure; see the verdict. */
SYMRUN_API int symrun_rule_run (symrun *S, symrun_Plan **out);


/* -- Plans ---------------------------------------------------------------- */

enum { SYMRUN_NOTE, SYMRUN_WARNING, SYMRUN_ERROR };

typedef struct symrun_Finding {
  const char *rule;        /* "perry/ext-exports-js" */
  const char *message;     /* "exports no js_* symbol" */
  const char *hint;        /* or NULL */
  symrun_Str file;         /* below its input; "" when there is none */
  symrun_Str member, symbol;
  size_t index;            /* of the member, or SIZE_MAX */
  int level;               /* SYMRUN_NOTE... */
  int unknown;             /* not violated, but not answered either */
} symrun_Finding;

/* 0 pass, 1 findings at 'level' or above, 2 something unknown. */
SYMRUN_API int    symrun_plan_verdict (const symrun_Plan *P, int level);
SYMRUN_API size_t symrun_plan_count   (const symrun_Plan *P);
/* Errors: SYMRUN_RANGE. */
SYMRUN_API int    symrun_plan_finding (const symrun_Plan *P, size_t i,
                                       symrun_Finding *out);
SYMRUN_API void   symrun_plan_free    (symrun_Plan *P);


/* -- Lua ------------------------------------------------------------------ */

/* The engine's Lua, made when it is first needed; borrowed. */
SYMRUN_API struct lua_State *symrun_lua (symrun *S);
/* For a stock Lua 5.4: what require "symrun.core" calls. */
SYMRUN_API int luaopen_symrun_core (struct lua_State *L);

#ifdef __cplusplus
}
#endif

#endif
