/*
** top.h
** Floor 5: the public functions and the tool.  Only what these files and
** the embedded Lua library share stands here.
*/

#ifndef sr_top_h
#define sr_top_h

#include "lua/binding.h"

/* Lua files that were compiled in; the last has no name.  "symrun.x" is a
   module, "rules/x.lua" a rule file. */
typedef struct sr_Embedded {
  const char *name;
  const char *text;
  size_t size;
  const char *code;  /* the same, compiled; NULL for rules */
  size_t code_size;
} sr_Embedded;

extern const sr_Embedded sr_embedded[];
extern const char sr_embedded_by[];  /* the Lua that compiled them, or "" */

/* demangle.c is of the tool and the Lua module, and not of libsymrun. */
int sr_demangle (const char *name, size_t len, sr_Put put, void *ud)
  __attribute__((weak));

/* Hand a structure of 'size' bytes to a caller, who set the first member of
   'out' to the size that it has there, at least that of its first version. */
int sr_give (symrun *S, void *out, const void *made, size_t size,
             size_t least);
#define SR_SIZE_TO(type, last) \
  (offsetof(type, last) + sizeof(((type *)0)->last))

#endif
