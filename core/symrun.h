/*
** symrun.h
** Ask questions of object files, run link rules over them, read the plan.
**
** This is the whole public interface.  Six rules hold for all of it:
**
** 1. One tree.  Everything comes from an engine and dies with it.  The other
**    free functions only give memory back sooner.  All of these take NULL.
** 2. One allocator.  All memory comes from the function that was given to
**    'symrun_new'.
** 3. One error.  A function that can fail returns SYMRUN_OK or a negative
**    code, and leaves a sentence in 'symrun_message'.  On failure no output
**    argument is written.  A NULL engine acts as one out of memory; no other
**    argument may be NULL unless that is said.  Any function that returns a
**    code may return SYMRUN_NOMEM; asked again, with memory, it answers.
** 4. Borrowed strings.  A 'symrun_Str' points into the handle it came from
**    and lives as long.  It may hold any byte, zero included; its length is
**    in bytes.  A 'const char *' in a structure is the same with a zero at
**    its end.
** 5. No globals.  Handles from different engines never meet; an engine
**    belongs to one thread at a time.
** 6. Three answers.  What could not be read is not empty: a question that
**    cannot be answered gives SYMRUN_UNKNOWN, never "no".
**
** Offsets and sizes are bytes; members and symbols count from 0.
**
** What stays.  A program that was built with this header runs with every
** libsymrun.so.0.  Versions of that name add functions, codes, formats, views
** and levels, and members at the ends of structures, so: treat a code or
** number that you do not know as a failure, and set 'struct_size' of each
** structure that is filled in for you (symrun_Symbol is made by the library,
** and needs none).  They never remove, reorder or change the meaning of what
** is here; whatever must would be libsymrun.so.1.  SYMRUN_VERSION_NUM is
** 10000 * major + 100 * minor + patch, of this header; it grows with each
** release, and the minor number with each function or member that is added.
** Sentences, and findings of the rules that come along, are for people and
** may change in any release.
**
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

/* The shape of lua_Alloc: 'nsize' 0 frees and gives NULL; sizes are the true
   ones, except that 'osize' means nothing while 'ptr' is NULL.  NULL stands
   for realloc and free. */
typedef void *(*symrun_Alloc) (void *ud, void *ptr,
                               size_t osize, size_t nsize);

/* A new engine, or NULL when the allocator gives nothing. */
SYMRUN_API symrun     *symrun_new     (symrun_Alloc f, void *ud);
/* Free it, with its files, sets, plans and Lua.  Not from a callback. */
SYMRUN_API void        symrun_close   (symrun *S);
/* The last failure's sentence; never NULL, "" if none; valid until the next
   call with this engine. */
SYMRUN_API const char *symrun_message (const symrun *S);
/* How many threads may read files at once, 1 (as at first) to 64; else
   SYMRUN_RANGE.  What is found does not depend on it.  While they read, calls
   of the allocator come from them too, one at a time. */
SYMRUN_API int         symrun_threads (symrun *S, unsigned count);
/* "0.1.0": the library's, which may be newer than the header's.  A literal. */
SYMRUN_API const char *symrun_version (void);


/* -- Files -------------------------------------------------------------- */

typedef struct symrun_Member {
  size_t struct_size;   /* sizeof(symrun_Member), set by the caller */
  symrun_Str name;      /* "" for a file that is no archive */
  const char *format;   /* "elf", "bitcode", "other"...; a literal; or NULL */
  uint64_t offset;      /* of its bytes in the file */
  uint64_t size;
} symrun_Member;

typedef struct symrun_Symbol {
  symrun_Str name;      /* valid during the call only */
  uint64_t value, size;
  uint32_t member;      /* UINT32_MAX: of an index, and no member is there */
  char letter;          /* as nm prints it */
  unsigned char weak, defined, local;
} symrun_Symbol;

/* Which table is asked.  Views of a file may differ. */
enum { SYMRUN_NATIVE, SYMRUN_BITCODE, SYMRUN_GCC_LTO, SYMRUN_DYNAMIC,
       SYMRUN_INDEX };

/* Open an archive, object, library or executable.  It belongs to the engine
   and stays until that is closed; it takes no descriptor while nobody reads
   it.  Errors: SYMRUN_IO when it is not there, is no file or cannot be
   reached; SYMRUN_RULE from within a symrun_Each.  What is wrong inside is a
   gap, below. */
SYMRUN_API int symrun_file_open (symrun *S, const char *path,
                                 symrun_File **out);
/* The same for bytes in memory, which must stay as long as the engine.  The
   name is copied.  Errors: SYMRUN_RANGE for a zero byte in the name;
   SYMRUN_RULE as above. */
SYMRUN_API int symrun_file_wrap (symrun *S, symrun_Str name, symrun_Str bytes,
                                 symrun_File **out);
/* "ar", "elf", "other"...; a literal.  NULL when it could not be read. */
SYMRUN_API const char *symrun_file_format (symrun_File *F);
/* Slice 'i' of a universal file: a file of its own, which the engine keeps, and
   what machine it is for ("arm64"; it lasts as long); or target 'i' of a .tbd
   stub ("arm64-macos").  SYMRUN_END after the last, and for a file that is
   neither; SYMRUN_UNKNOWN where damage hides them.  Of the whole file,
   symrun_names_of tells what any slice has. */
SYMRUN_API int         symrun_file_slice   (symrun_File *F, size_t i,
                                            symrun_File **out,
                                            const char **machine);
/* Member 'i' (an object is a file of one).  SYMRUN_END after the last that
   could be found: see the gaps.  The format is NULL while it is not known:
   because the member cannot be read, or because this was called from within a
   symrun_Each and nobody looked at the member before.
   Errors: SYMRUN_RANGE for a 'struct_size' that no version has; SYMRUN_RULE
   from within a symrun_Each, for a member that was not come to yet. */
SYMRUN_API int symrun_file_member (symrun_File *F, size_t i,
                                   symrun_Member *out);
/* Every symbol of a view, in the file's order, until 'f' gives a number above
   0, which is then the result; it gives 0 to go on.  'f' may ask for members
   that were given, and for nothing else that is read from a file.
   Errors: SYMRUN_UNKNOWN when all that could be read was given, and something
   could not: see the gaps; SYMRUN_RANGE for a view that there is not, or when
   'f' gave a number below 0; SYMRUN_RULE from within a symrun_Each. */
typedef int (*symrun_Each) (void *ud, const symrun_Symbol *symbol);
SYMRUN_API int symrun_file_symbols (symrun_File *F, int view, symrun_Each f,
                                    void *ud);

typedef struct symrun_Gap {
  size_t struct_size;   /* sizeof(symrun_Gap), set by the caller */
  const char *reason;   /* a sentence, without the file's name */
  const char *field;    /* the specification's name for it, or NULL */
  uint64_t offset;
  symrun_Str member;    /* "" for the file itself */
  size_t index;         /* of the member, or SIZE_MAX */
  int damaged;          /* the bytes contradict themselves */
} symrun_Gap;

/* What could not be read so far, in the order in which it was met;
   SYMRUN_END after the last.  Errors: SYMRUN_RANGE for a 'struct_size'. */
SYMRUN_API int symrun_file_gap (symrun_File *F, size_t i, symrun_Gap *out);


/* -- Names: sets with a sure and a maybe part --------------------------- */

enum { SYMRUN_DEFINED, SYMRUN_UNDEFINED, SYMRUN_EXPORTED };

/* The names that a file defines, wants, or exports, by a shell pattern (NULL:
   all).  The set belongs to the engine, until symrun_names_free.
   Errors: SYMRUN_RANGE for a 'what' or a view that there is not, or a pattern
   that is none; SYMRUN_RULE from within a symrun_Each.  What cannot be read
   is no error here: the answers below tell. */
SYMRUN_API int  symrun_names_of (symrun_File *F, int what, const char *glob,
                                 int view, symrun_Names **out);
/* Is there any?  1 yes, 0 no.  Errors: SYMRUN_UNKNOWN. */
SYMRUN_API int  symrun_names_any (const symrun_Names *N);
/* Is it in?  1 yes, 0 no.  Errors: SYMRUN_UNKNOWN. */
SYMRUN_API int  symrun_names_has (const symrun_Names *N, symrun_Str name);
/* The sure name 'i' in byte order; its bytes live as long as the engine.
   SYMRUN_END after the last.  Errors: SYMRUN_UNKNOWN instead of the end when
   there may be more. */
SYMRUN_API int  symrun_names_at (symrun_Names *N, size_t i, symrun_Str *out);
SYMRUN_API void symrun_names_free (symrun_Names *N);


/* -- Rules ---------------------------------------------------------------- */

/* Load a policy file; a name ending in ".lua" that is not there is looked up
   among the rules that came with symrun.  Errors: SYMRUN_IO when it cannot be
   read; SYMRUN_RULE when it is no policy, or raises an error. */
SYMRUN_API int symrun_rule_load (symrun *S, const char *path);
/* The same from text, which is copied; 'name' is what messages call it. */
SYMRUN_API int symrun_rule_text (symrun *S, const char *name, symrun_Str text);
/* Set a parameter: "NAME=VALUE" or "FILE.NAME=VALUE".  Before loading.
   Errors: SYMRUN_RULE for another shape; that no file declares the name is
   told by symrun_rule_run. */
SYMRUN_API int symrun_rule_define (symrun *S, const char *definition);
/* Add a file or a folder to what the rules look at.  Errors: SYMRUN_IO. */
SYMRUN_API int symrun_rule_input (symrun *S, const char *path);
/* Run every loaded rule.  Findings are no failure, and neither is a rule's
   own error: see the verdict.  The plan belongs to the engine, until
   symrun_plan_free; an engine may run again, and keeps what was loaded.
   Errors: SYMRUN_RULE when nothing was loaded or named, a definition names no
   parameter, or a run or a symrun_Each is going on. */
SYMRUN_API int symrun_rule_run (symrun *S, symrun_Plan **out);


/* -- Plans ---------------------------------------------------------------- */

enum { SYMRUN_NOTE, SYMRUN_WARNING, SYMRUN_ERROR };

typedef struct symrun_Finding {
  size_t struct_size;      /* sizeof(symrun_Finding), set by the caller */
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
/* Finding 'i', in the report's order.  Its strings live as long as the plan;
   'file' and 'member' as long as the engine.
   Errors: SYMRUN_RANGE for a number or a 'struct_size' that there is not. */
SYMRUN_API int    symrun_plan_finding (const symrun_Plan *P, size_t i,
                                       symrun_Finding *out);
SYMRUN_API void   symrun_plan_free    (symrun_Plan *P);


/* -- Lua ------------------------------------------------------------------ */

/* The engine's Lua, made when it is first needed; borrowed, and closed with
   the engine.  NULL when memory is out. */
SYMRUN_API struct lua_State *symrun_lua (symrun *S);
/* For a stock Lua 5.4: what require "symrun.core" calls.  Leaves the module on
   the stack and gives 1; raises an error when memory is out. */
SYMRUN_API int luaopen_symrun_core (struct lua_State *L);

#ifdef __cplusplus
}
#endif

#endif
