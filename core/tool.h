/*
** tool.h
** What the files of the tool share.  They are not in the library.
*/

#ifndef sr_tool_h
#define sr_tool_h

#include <stdio.h>

#include "top.h"

/* How symbols are printed. */
typedef struct sr_Nm {
  sr_View_name view;
  bool linker;    /* of a member without native code, the intermediate one's */
  bool demangle;
  bool json;
  FILE *out;
} sr_Nm;

/* Print every symbol of every file; 'clean': all could be read. */
int sr_nm (sr_Tree *T, const sr_Nm *how, bool *clean);

/* Stand in for a linker, if that is what the words ask for: true, with the
   exit status, when it is done.  Else, and where rules are to be asked first,
   the words are for the command line in Lua. */
bool sr_ld (symrun *S, int *argc, char ***argv, int *status);
extern const luaL_Reg sr_ld_host[];  /* what that needs of it */
void sr_ld_end (symrun *S);

/* An allocator for the one engine of a process: a symrun_Alloc. */
void *sr_tool_alloc (void *ud, void *ptr, size_t osize, size_t nsize);

#endif
