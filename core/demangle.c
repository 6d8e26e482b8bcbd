/*
** demangle.c
** Names as people wrote them, by libiberty's demanglers; of the tool and the
** Lua module only, for libsymrun has another license.  Its limit of two
** thousand parts, which long names of C++ pass, is lifted, and a limit of ours
** set, for it takes stack in proportion to a name's length.
*/

#include <libiberty/demangle.h>

#include "top.h"

#define LONGEST  16384  /* bytes of a mangled name */


/* Rust's older names are C++'s with a hash, so Rust is asked first. */
int sr_demangle (const char *name, size_t len, sr_Put put, void *ud) {
  const int options = DMGL_PARAMS | DMGL_ANSI | DMGL_TYPES
                      | DMGL_NO_RECURSE_LIMIT;
  char text[LONGEST + 1];
  bool mangled = len > 2 && name[0] == '_' && (name[1] == 'Z'
                                               || name[1] == 'R');
  if (!mangled || memchr(name, '\0', len) != NULL) return SR_NO;
  if (len > LONGEST) return SR_MAYBE;
  memcpy(text, name, len);
  text[len] = '\0';
  return rust_demangle_callback(text, options, put, ud) != 0
      || (name[1] == 'Z' && cplus_demangle_v3_callback(text, options, put, ud)
                            != 0) ? SR_YES : SR_NO;
}
