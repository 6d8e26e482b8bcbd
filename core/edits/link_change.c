/*
** link_change.c
** What rules want changed of a line.  Nothing is changed where it is not known
** what stands there, and nothing is put where an option before it might take
** it for its value.
*/

#include "link_inner.h"


int sr_changes_new (const sr_Link *L, sr_Changes **out) {
  sr_Changes *C = (sr_Changes *)sr_new(L->S, sizeof *C);
  if (C == NULL) return SYMRUN_NOMEM;
  C->L = L;
  *out = C;
  return SYMRUN_OK;
}


void sr_changes_free (sr_Changes *C) {
  symrun *S;
  if (C == NULL) return;
  S = C->L->S;
  sr_delete(S, C->list, C->room * sizeof *C->list);
  sr_arena_free(S, &C->arena);
  sr_delete(S, C, sizeof *C);
}


bool sr_changes_any (const sr_Changes *C) { return C != NULL && C->count > 0; }


static bool same (sr_Str a, sr_Str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}


static bool same_change (const sr_Change *a, const sr_Change *b) {
  unsigned i;
  if (a->kind != b->kind || a->nwords != b->nwords || a->part != b->part
      || a->atom != b->atom || a->after != b->after || a->linker != b->linker)
    return false;
  for (i = 0; i < a->nwords; i++)
    if (!same(a->words[i], b->words[i])) return false;
  return true;
}


/* Keep a change.  Two of one part that are not equal cannot both be. */
static int keep (sr_Changes *C, const sr_Change *change) {
  symrun *S = C->L->S;
  sr_Change *to;
  size_t i;
  unsigned k;
  for (i = 0; i < C->count; i++) {
    const sr_Change *old = &C->list[i];
    if (same_change(old, change)) return SYMRUN_OK;
    if (change->kind != SR_ADD && old->kind != SR_ADD
        && old->part == change->part) {
      char shown[256];
      sr_Str text = C->L->parts[change->part].part.text;
      sr_printable(shown, sizeof shown, text.ptr, text.len);
      return sr_fail(S, SYMRUN_RULE, "%s and %s want to change %s in different "
                     "ways", old->rule, change->rule, shown);
    }
  }
  if (sr_room(S, &C->list, &C->room, C->count, sizeof *to) < 0)
    return SYMRUN_NOMEM;
  to = &C->list[C->count];
  *to = *change;
  to->rule = sr_arena_copy(S, &C->arena, change->rule, strlen(change->rule));
  if (to->rule == NULL) return SYMRUN_NOMEM;
  for (k = 0; k < change->nwords; k++) {
    to->words[k].ptr = sr_arena_copy(S, &C->arena, change->words[k].ptr,
                                     change->words[k].len);
    if (to->words[k].ptr == NULL) return SYMRUN_NOMEM;
  }
  C->count++;
  return SYMRUN_OK;
}


/* -- parts ------------------------------------------------------------- */

/* Is it known what this part is? */
static int understood (const sr_Changes *C, size_t part) {
  const sr_Link *L = C->L;
  const sr_Known *k;
  if (part >= L->nparts)
    return sr_fail(L->S, SYMRUN_RANGE, "the line has no part %zu", part);
  k = &L->parts[part];
  if (k->part.kind == SR_PART_BROKEN || k->swallow > 0)
    return sr_fail(L->S, SYMRUN_UNKNOWN, "%s", k->trouble);
  if (k->part.maybe)
    return sr_fail(L->S, SYMRUN_UNKNOWN, "what cannot be told apart from a "
                   "value of the option before it cannot be changed");
  return SYMRUN_OK;
}


int sr_change_drop (sr_Changes *C, const char *rule, size_t part) {
  sr_Change change;
  int rc = understood(C, part);
  if (rc != SYMRUN_OK) return rc;
  memset(&change, 0, sizeof change);
  change.kind = SR_DROP;
  change.rule = rule;
  change.part = (uint32_t)part;
  return keep(C, &change);
}


/* A word that stands alone must not be read as something else. */
static int fits_alone (symrun *S, sr_Str word, bool input) {
  if (word.len == 0 || memchr(word.ptr, '\0', word.len) != NULL)
    return sr_fail(S, SYMRUN_RULE, "a word of a line cannot be empty or hold a "
                   "zero byte");
  if (word.ptr[0] == '@')
    return sr_fail(S, SYMRUN_RULE, "a word that begins with '@' would name a "
                   "response file");
  if (input && word.ptr[0] == '-')
    return sr_fail(S, SYMRUN_RULE, "a path that begins with '-' would be an "
                   "option; put ./ before it");
  return SYMRUN_OK;
}


int sr_change_value (sr_Changes *C, const char *rule, size_t part,
                     sr_Str value) {
  const sr_Link *L = C->L;
  const sr_LinkPart *p;
  sr_Change change;
  int rc = understood(C, part);
  if (rc != SYMRUN_OK) return rc;
  p = &L->parts[part].part;
  if (p->nvalues == 0)
    return sr_fail(L->S, SYMRUN_RULE, "a part without a value cannot be given "
                   "another");
  if (L->texts[p->text_in].folder.len > 0)
    return sr_fail(L->S, SYMRUN_RULE, "a name in a list of files that has a "
                   "folder cannot be changed");
  rc = fits_alone(L->S, value, p->name == NULL);
  if (rc != SYMRUN_OK) return rc;
  memset(&change, 0, sizeof change);
  change.kind = SR_SET;
  change.rule = rule;
  change.part = (uint32_t)part;
  change.words[0] = value;
  change.nwords = 1;
  return keep(C, &change);
}


/* -- places ------------------------------------------------------------ */

/* The last atom of the line itself, and the first that is not LLD's own. */
static uint32_t edge (const sr_Link *L, bool last) {
  uint32_t i, n = L->texts[0].nwords, from = 1;
  if (L->nparts > 0 && L->parts[0].part.role == SR_OPT_FLAVOR) from = 3;
  if (n <= 1) return SR_NO_ATOM;
  if (from >= n) return L->all[n - 1].atom;
  i = last ? n - 1 : from;
  return L->all[i].atom + (last ? L->all[i].natoms - 1 : 0);
}


/* No place is inside of a part whose words stand apart: there, what is put in
   would be its value.  Such a place moves behind the part. */
static void step_out (const sr_Link *L, sr_Change *change) {
  size_t i;
  bool moved = true;
  while (moved) {
    uint32_t at = change->atom + (change->after ? 1 : 0);  /* before this one */
    moved = false;
    for (i = 0; i < L->nparts; i++) {
      const sr_LinkPart *p = &L->parts[i].part;
      uint32_t last = p->atoms[p->natoms - 1];
      if (p->natoms < 2 || p->atoms[0] >= at || last < at) continue;
      change->atom = last;
      change->after = moved = true;
      at = last + 1;
    }
  }
  if (!change->after) {
    uint32_t flag = L->all[L->atoms[change->atom].word].flag;
    if (flag != SR_NO_ATOM) change->atom = L->all[flag].atom;
  }
}


/* Would what is put here perhaps become a value? */
static int safe (const sr_Link *L, const sr_Change *change) {
  size_t i;
  uint32_t at = change->atom + (change->after ? 1 : 0), strange = SR_NO_ATOM;
  unsigned left = 0;
  for (i = 0; i < L->nparts; i++) {
    const sr_Known *k = &L->parts[i];
    if (k->part.atoms[0] >= at) {
      if (k->part.maybe) left = 1;
      break;
    }
    if (left > 0 && left != UINT_MAX) left--;
    if (k->part.kind == SR_PART_BROKEN) left = UINT_MAX;
    else if (k->swallow > left) left = k->swallow;
    if (k->trouble != NULL) strange = (uint32_t)i;
  }
  if (left == 0) return SYMRUN_OK;
  return sr_fail(L->S, SYMRUN_UNKNOWN, "%s, so nothing can be put behind it",
                 strange != SR_NO_ATOM ? L->parts[strange].trouble
                 : "an option is not known");
}


static int place_of (const sr_Changes *C, sr_LinkPlace place, size_t part,
                     sr_Change *out) {
  const sr_Link *L = C->L;
  const sr_LinkPart *p = sr_link_part(L, part);
  memset(out, 0, sizeof *out);
  out->kind = SR_ADD;
  if (place == SR_AT_BEFORE || place == SR_AT_AFTER) {
    if (p == NULL)
      return sr_fail(L->S, SYMRUN_RANGE, "the line has no part %zu", part);
    out->after = place == SR_AT_AFTER;
    out->atom = out->after ? p->atoms[p->natoms - 1] : p->atoms[0];
  }
  else {
    out->atom = edge(L, place == SR_AT_LAST);
    out->after = place == SR_AT_LAST
              || (L->texts[0].nwords == 3 && L->nparts == 1
                  && L->parts[0].part.role == SR_OPT_FLAVOR);
  }
  if (out->atom == SR_NO_ATOM) return SYMRUN_OK;
  if (place == SR_AT_LAST) {  /* behind all that a last @file stands for */
    int rc;
    sr_Change end = *out;
    end.atom = (uint32_t)L->natoms - 1;
    rc = safe(L, &end);
    if (rc != SYMRUN_OK) return rc;
    return SYMRUN_OK;
  }
  step_out(L, out);
  return safe(L, out);
}


/* -- additions --------------------------------------------------------- */

int sr_change_add_word (sr_Changes *C, const char *rule, sr_LinkPlace place,
                        size_t part, sr_Str word) {
  sr_Change change;
  int rc = fits_alone(C->L->S, word, false);
  if (rc == SYMRUN_OK) rc = place_of(C, place, part, &change);
  if (rc != SYMRUN_OK) return rc;
  change.rule = rule;
  change.words[0] = word;
  change.nwords = 1;
  return keep(C, &change);
}


/* "--name=value", "-xvalue", "/NAME:value" where there is such a form. */
static int in_one (sr_Changes *C, const char *name, const char *between,
                   sr_Str value, sr_Str *out) {
  size_t n = strlen(name), k = strlen(between);
  char *text = (char *)sr_arena_new(C->L->S, &C->arena, n + k + value.len + 1);
  if (text == NULL) return SYMRUN_NOMEM;
  memcpy(text, name, n);
  memcpy(text + n, between, k);
  memcpy(text + n + k, value.ptr, value.len);
  text[n + k + value.len] = '\0';
  out->ptr = text;
  out->len = n + k + value.len;
  return SYMRUN_OK;
}


static int spell (sr_Changes *C, const sr_Row *row, const char *name,
                  const sr_Str *value, sr_Change *change) {
  const sr_Link *L = C->L;
  bool letter = strlen(name) == 2;
  unsigned forms = row->forms;
  change->words[0].ptr = name;
  change->words[0].len = strlen(name);
  change->nwords = 1;
  if (value == NULL)
    return (forms & SR_FLAG) != 0 ? SYMRUN_OK
         : sr_fail(L->S, SYMRUN_RULE, "the option %s needs a value", name);
  if ((forms & (SR_SEP | SR_EQ | SR_JOIN)) == 0)
    return sr_fail(L->S, SYMRUN_RULE, "the option %s takes no value", name);
  if (forms >> 12 > 1)
    return sr_fail(L->S, SYMRUN_RULE, "the option %s takes several values",
                   name);
  if ((forms & SR_EQ) != 0 && !letter)
    return in_one(C, name, *name == '/' ? ":" : "=", *value,
                  &change->words[0]);
  if ((forms & SR_SEP) == 0)
    return in_one(C, name, "", *value, &change->words[0]);
  change->words[1] = *value;
  change->nwords = 2;
  return SYMRUN_OK;
}


int sr_change_add (sr_Changes *C, const char *rule, sr_LinkPlace place,
                   size_t part, sr_Str name, const sr_Str *value) {
  const sr_Link *L = C->L;
  const sr_Row *row = NULL;
  const char *spelled = NULL;
  char shown[256];
  sr_Change change;
  bool raw;
  int rc;
  if (value != NULL
      && (rc = fits_alone(L->S, *value, false)) != SYMRUN_OK) return rc;
  rc = place_of(C, place, part, &change);
  if (rc != SYMRUN_OK) return rc;
  raw = change.atom != SR_NO_ATOM
     && L->texts[L->all[L->atoms[change.atom].word].in].linkers;
  if (L->driver != NULL && !raw)
    row = sr_table_named(L->driver, name, L->flavour.driver, &spelled);
  if (row == NULL) {
    row = sr_table_named(L->linker, name, L->flavour.linker, &spelled);
    change.linker = L->driver != NULL && !raw;
  }
  if (row == NULL) {
    sr_printable(shown, sizeof shown, name.ptr, name.len);
    return sr_fail(L->S, SYMRUN_RULE, "this linker has no option %s that is "
                   "known", shown);
  }
  change.rule = rule;
  rc = spell(C, row, spelled, value, &change);
  return rc == SYMRUN_OK ? keep(C, &change) : rc;
}
