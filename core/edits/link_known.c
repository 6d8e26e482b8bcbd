/*
** link_known.c
** Is there such an option at all?  A rule that asks for one by a name that no
** program has would be content with every line.
*/

#include "link_inner.h"

static const struct { const sr_Row *rows; bool fold; } tables[] = {
  {sr_gnu_rows, false}, {sr_apple_rows, false}, {sr_msvc_rows, true},
  {sr_wasm_rows, false}, {sr_driver_rows, false}
};


/* Names that drivers take whatever follows tell nothing of "--warn-x"; of
   "-Wx" they tell that it is one. */
static bool begins (const char *family, size_t len, sr_Str name) {
  return name.len > len + 1 && name.ptr[0] == '-'
      && memcmp(name.ptr + 1, family, len) == 0 && *family != '-';
}


static bool row_has (const sr_Row *row, sr_Str name, bool fold) {
  const char *p = row->names;
  char text[64];
  while (*p != '\0') {
    size_t len = strcspn(p, " ");
    if ((row->forms & SR_FAMILY) != 0) {
      if (begins(p, len, name)) return true;
    }
    else if (len < sizeof text) {
      memcpy(text, p, len);
      text[len] = '\0';
      if (sr_same_option(text, name, fold)) return true;
    }
    p += len + (p[len] == ' ');
  }
  return false;
}


bool sr_option_known (sr_Str name, bool roles[SR_OPT_OPAQUE + 1]) {
  bool found = false;
  size_t i;
  memset(roles, 0, (SR_OPT_OPAQUE + 1) * sizeof *roles);
  for (i = 0; i < sizeof tables / sizeof *tables; i++) {
    const sr_Row *row;
    for (row = tables[i].rows; row->names != NULL; row++)
      if (row_has(row, name, tables[i].fold)) roles[row->role] = found = true;
  }
  return found;
}
