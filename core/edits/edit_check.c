/*
** edit_check.c
** The symbols of an object that was made, read again, against those that it
** was made from: what no edit names is as it was, and what one names is as it
** says.  It works on what readers tell, so it is the same for all formats.
*/

#include <stdlib.h>

#include "edit_check.h"

typedef struct Seen {
  sr_Str name;
  uint64_t value, size;
  unsigned char binding, type, visibility, place;
} Seen;

typedef struct List {
  symrun *S;
  sr_Arena arena;
  Seen *items;
  size_t count, room;
} List;

typedef struct Check {
  symrun *S;
  List before, after;
  sr_EditNames names;
  const sr_ObjectEdit *edits;
  size_t count;
  bool keeps, drops;
  bool hides;            /* Mach-O: what is local may be private extern */
} Check;


static bool is_own (const Check *C, const Seen *s) {
  return s->binding == SR_LOCAL || (C->hides && s->visibility == SR_HIDDEN);
}


/* -- names ---------------------------------------------------------------- */

static int by_name (const void *a, const void *b) {
  return sr_name_order(*(const sr_Str *)a, *(const sr_Str *)b);
}


int sr_edit_names (symrun *S, const sr_ObjectEdit *edits, size_t count,
                   sr_EditNames *out) {
  size_t i;
  memset(out, 0, sizeof *out);
  out->S = S;
  for (i = 0; i < count; i++) {
    int side;
    if (edits[i].op == SR_DROP_SECTION || edits[i].op == SR_KEEP_ONLY)
      continue;
    for (side = 0; side < (edits[i].op == SR_RENAME ? 2 : 1); side++) {
      int rc = sr_room(S, &out->list, &out->room, out->count,
                       sizeof *out->list);
      if (rc != SYMRUN_OK) return rc;
      out->list[out->count++] = side == 0 ? edits[i].name : edits[i].to;
    }
  }
  if (out->count > 0)
    qsort(out->list, out->count, sizeof *out->list, by_name);
  return SYMRUN_OK;
}


size_t sr_edit_named (const sr_EditNames *N, sr_Str name) {
  size_t low = 0, high = N->count, n = 0;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (sr_name_order(N->list[mid], name) < 0) low = mid + 1;
    else high = mid;
  }
  while (low + n < N->count && sr_name_order(N->list[low + n], name) == 0) n++;
  return n;
}


void sr_edit_names_free (sr_EditNames *N) {
  sr_delete(N->S, N->list, N->room * sizeof *N->list);
}


bool sr_edits_drop (const sr_ObjectEdit *edits, size_t count) {
  size_t i;
  for (i = 0; i < count; i++)
    if (edits[i].op == SR_DROP_SECTION
        || edits[i].how & (SR_DISSOLVE | SR_DROP_LTO)) return true;
  return false;
}


/* -- what is there -------------------------------------------------------- */

static int see (void *ud, const sr_Symbol *sym) {
  List *list = (List *)ud;
  Seen *seen;
  int rc = sr_room(list->S, &list->items, &list->room, list->count,
                   sizeof *list->items);
  if (rc != SYMRUN_OK) return rc;
  seen = &list->items[list->count];
  memset(seen, 0, sizeof *seen);
  seen->name.ptr = sr_arena_copy(list->S, &list->arena, sym->name, sym->len);
  if (seen->name.ptr == NULL) return SYMRUN_NOMEM;
  seen->name.len = sym->len;
  seen->value = sym->value;
  seen->size = sym->size;
  seen->binding = sym->binding;
  seen->type = sym->type;
  seen->visibility = sym->visibility;
  seen->place = sym->place;
  list->count++;
  return SYMRUN_OK;
}


static int in_order (const void *a, const void *b) {
  const Seen *x = (const Seen *)a, *y = (const Seen *)b;
  int d = sr_name_order(x->name, y->name);
  if (d != 0) return d;
  if (x->value != y->value) return x->value < y->value ? -1 : 1;
  if (x->size != y->size) return x->size < y->size ? -1 : 1;
  if (x->binding != y->binding) return x->binding - y->binding;
  if (x->type != y->type) return x->type - y->type;
  if (x->visibility != y->visibility) return x->visibility - y->visibility;
  return x->place - y->place;
}


static int read_list (symrun *S, sr_Format f, sr_Str bytes, List *list) {
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Ask ask;
  int rc;
  memset(&reader, 0, sizeof reader);
  memset(&part, 0, sizeof part);
  memset(&ask, 0, sizeof ask);
  sr_source_wrap(&source, bytes);
  sr_reader_set(&reader, &source);
  part.reader = &reader;
  part.size = bytes.len;
  ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED | SR_WANT_LOCAL;
  ask.view = SR_NATIVE;
  ask.raw = true;
  ask.each = see;
  ask.ud = list;
  list->S = S;
  rc = sr_format_read(S, f, &part, &ask);
  sr_reader_free(S, &reader);
  if (rc == SYMRUN_OK && list->count > 0)
    qsort(list->items, list->count, sizeof *list->items, in_order);
  return rc;
}


static void free_list (List *list) {
  sr_delete(list->S, list->items, list->room * sizeof *list->items);
  sr_arena_free(list->S, &list->arena);
}


/* -- against each other --------------------------------------------------- */

static int wrong (const Check *C, sr_Str name, const char *what) {
  return sr_fail(C->S, SYMRUN_UNKNOWN, "what was made is not what it should "
                 "be, and was thrown away: '%.*s' %s",
                 (int)(name.len < 200 ? name.len : 200), name.ptr, what);
}


/* One that is in only one of the lists: does an edit say so? */
static int differs (const Check *C, const Seen *s, bool old) {
  if (sr_edit_named(&C->names, s->name) > 0) return SYMRUN_OK;
  if (C->keeps && (old ? s->binding != SR_LOCAL && s->place != SR_UNDEFINED
                       : is_own(C, s))) return SYMRUN_OK;
  if (C->drops && old) return SYMRUN_OK;
  return wrong(C, s->name, old ? "is not in it as it was"
                               : "is in it, and was not");
}


static int check_others (const Check *C) {
  const List *a = &C->before, *b = &C->after;
  size_t i = 0, k = 0;
  int rc = SYMRUN_OK;
  while ((i < a->count || k < b->count) && rc == SYMRUN_OK) {
    int d = i == a->count ? 1 : k == b->count ? -1
          : in_order(&a->items[i], &b->items[k]);
    if (d != 0) rc = differs(C, d < 0 ? &a->items[i] : &b->items[k], d < 0);
    if (d <= 0) i++;
    if (d >= 0) k++;
  }
  return rc;
}


/* The first symbol of a name, or where it would be. */
static size_t first_of (const List *list, sr_Str name) {
  size_t low = 0, high = list->count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (sr_name_order(list->items[mid].name, name) < 0) low = mid + 1;
    else high = mid;
  }
  return low;
}


/* Is a symbol of the edit's name as the edit wants it? */
static bool fits (const Check *C, const sr_ObjectEdit *e, const Seen *s) {
  bool hidden = s->visibility == SR_HIDDEN || s->visibility == SR_INTERNAL;
  switch (e->op) {
    case SR_LOCALIZE: return is_own(C, s);
    case SR_GLOBALIZE: return s->binding != SR_LOCAL;
    case SR_WEAKEN: return s->binding == SR_LOCAL || s->binding == SR_WEAK;
    case SR_HIDE: return s->binding == SR_LOCAL || hidden;
    case SR_UNHIDE: return s->binding == SR_LOCAL || !hidden;
    case SR_STRIP: return false;
    case SR_RENAME: return e->name.len == e->to.len
                           && memcmp(e->name.ptr, e->to.ptr, e->to.len) == 0;
    case SR_ADD_UNDEFINED: return s->binding == SR_LOCAL
                                  || s->place == SR_UNDEFINED;
    case SR_ADD_ABSOLUTE: return s->binding == SR_LOCAL
                              || (s->place == SR_ABSOLUTE
                                  && s->value == e->value);
    default: return true;
  }
}


static size_t count_of (const List *list, sr_Str name) {
  size_t i, n = 0;
  for (i = first_of(list, name); i < list->count
       && sr_name_order(list->items[i].name, name) == 0; i++)
    n += list->items[i].type != SR_SECTION && list->items[i].type != SR_SOURCE;
  return n;
}


/* An edit that is the only one about its names. */
static int check_edit (const Check *C, const sr_ObjectEdit *e) {
  const List *list = &C->after;
  size_t i;
  if (sr_edit_named(&C->names, e->name) != 1) return SYMRUN_OK;
  for (i = first_of(list, e->name); i < list->count
       && sr_name_order(list->items[i].name, e->name) == 0; i++) {
    const Seen *s = &list->items[i];
    if (s->type != SR_SECTION && s->type != SR_SOURCE && !fits(C, e, s))
      return wrong(C, e->name, "is not as was asked for");
  }
  if (e->op == SR_RENAME && e->done > 0
      && sr_edit_named(&C->names, e->to) == 1
      && count_of(list, e->to) != e->done)
    return wrong(C, e->to, "is not what was renamed");
  if ((e->op == SR_ADD_UNDEFINED || e->op == SR_ADD_ABSOLUTE)
      && count_of(list, e->name) == 0)
    return wrong(C, e->name, "was not added");
  return SYMRUN_OK;
}


static bool is_kept (const Check *C, sr_Str name) {
  size_t k;
  for (k = 0; k < C->count; k++)
    if (C->edits[k].op == SR_KEEP_ONLY
        && sr_name_order(C->edits[k].name, name) == 0) return true;
  return sr_edit_named(&C->names, name) > 0;
}


static int check_kept (const Check *C) {
  size_t i;
  for (i = 0; i < C->after.count; i++) {
    const Seen *s = &C->after.items[i];
    if (!is_own(C, s) && s->place != SR_UNDEFINED && s->name.len > 0
        && !is_kept(C, s->name))
      return wrong(C, s->name, "is not local");
  }
  return SYMRUN_OK;
}


/* A module has names for debuggers, which nobody changes; what it imports and
   exports, its own check looks at. */
static int is_module (symrun *S, sr_Format f, sr_Str bytes, bool *out) {
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Role role = SR_ROLE_OBJECT;
  int rc = SYMRUN_OK;
  memset(&reader, 0, sizeof reader);
  memset(&part, 0, sizeof part);
  sr_source_wrap(&source, bytes);
  sr_reader_set(&reader, &source);
  part.reader = &reader;
  part.size = bytes.len;
  if (f == SR_WASM) rc = sr_wasm_role(S, &part, &role);
  *out = role != SR_ROLE_OBJECT;
  sr_reader_free(S, &reader);
  return rc;
}


int sr_object_check (symrun *S, sr_Format f, sr_Str before, sr_Str after,
                     const sr_ObjectEdit *edits, size_t count) {
  bool module;
  Check C;
  size_t k;
  int rc = is_module(S, f, before, &module);
  if (rc != SYMRUN_OK || module) return rc;
  memset(&C, 0, sizeof C);
  C.S = C.before.S = C.after.S = S;
  C.hides = f == SR_MACHO;
  C.edits = edits;
  C.count = count;
  C.drops = sr_edits_drop(edits, count);
  for (k = 0; k < count; k++)
    C.keeps = C.keeps || edits[k].op == SR_KEEP_ONLY;
  rc = sr_edit_names(S, edits, count, &C.names);
  if (rc == SYMRUN_OK) rc = read_list(S, f, before, &C.before);
  if (rc == SYMRUN_OK) rc = read_list(S, f, after, &C.after);
  if (rc == SYMRUN_OK) rc = check_others(&C);
  for (k = 0; k < count && rc == SYMRUN_OK; k++)
    if (edits[k].op != SR_KEEP_ONLY && edits[k].op != SR_DROP_SECTION)
      rc = check_edit(&C, &edits[k]);
  if (rc == SYMRUN_OK && C.keeps) rc = check_kept(&C);
  sr_edit_names_free(&C.names);
  free_list(&C.before);
  free_list(&C.after);
  return rc;
}
