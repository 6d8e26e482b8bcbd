/*
** tool.h
** What the two files of the tool share.  They are not in the library.
*/

#ifndef sr_tool_h
#define sr_tool_h

#include <stdio.h>

#include "top.h"

/* Print every symbol of every file; 'clean' says that all could be read. */
int sr_nm (sr_Tree *T, sr_View_name view, FILE *out, bool *clean);

#endif
