/*
** facts_found.c
** Facts that only symbols tell: the sections that a name is defined in, and
** the names of functions that stand in lists.  A relocation may name a local
** function by its section and the distance from its begin, so a place in a
** list is a symbol's number or an address, and one reading of the symbols
** names all of them.
*/

#include <stdlib.h>

#include "facts.h"

#define EACH  12  /* bytes that a place in a list takes of a file, or more */


/* -- sections -------------------------------------------------------------- */

typedef struct Finding {
  symrun *S;
  sr_Str name;
  sr_FactFound *list;
  size_t count, room;
} Finding;

static int is_it (void *ud, const sr_Symbol *sym) {
  Finding *F = (Finding *)ud;
  sr_FactFound *made;
  int rc;
  if (sym->place != SR_DEFINED || sym->len != F->name.len
      || memcmp(sym->name, F->name.ptr, sym->len) != 0) return SYMRUN_OK;
  rc = sr_room(F->S, &F->list, &F->room, F->count, sizeof *F->list);
  if (rc != SYMRUN_OK) return rc;
  made = &F->list[F->count++];
  made->number = sym->number;
  made->section = sym->section;
  made->flags = (sym->retain ? SR_SECTION_RETAIN : 0u)
              | (sym->comdat ? SR_SECTION_COMDAT : 0u);
  made->type = sym->type;
  made->binding = sym->binding;
  return SYMRUN_OK;
}


int sr_found (symrun *S, const sr_Part *part, sr_ReadSymbols read, sr_Str name,
              sr_FactFound **list, size_t *count, size_t *room) {
  Finding F = {S, name, NULL, 0, 0};
  sr_Ask ask;
  int rc;
  memset(&ask, 0, sizeof ask);
  ask.want = SR_WANT_DEFINED | SR_WANT_LOCAL;
  ask.letters = true;  /* so that large section numbers are told too */
  ask.each = is_it;
  ask.ud = &F;
  rc = read(S, part, &ask);
  *list = F.list;
  *count = F.count;
  *room = F.room;
  return rc;
}


/* -- functions ------------------------------------------------------------- */

void sr_calls_begin (sr_Calls *C, symrun *S, const sr_Part *part,
                     const sr_FactAsk *ask) {
  memset(C, 0, sizeof *C);
  C->S = S;
  C->part = part;
  C->ask = ask;
  C->mask = UINT64_MAX;
}


static const char *keep (sr_Calls *C, const char *s, size_t len) {
  C->kept += len;
  if (C->kept / 2 <= C->part->size + 1024)
    return sr_arena_copy(C->S, &C->arena, s, len);
  sr_damage(C->S, C->part->offset, "constructors", "names of constructors up "
            "to here add up to %llu bytes, more than twice the file",
            (unsigned long long)C->kept);
  return NULL;
}


int sr_calls_list (sr_Calls *C, const char *name, size_t len, uint64_t count) {
  sr_CallList *list;
  int rc = sr_room(C->S, &C->lists, &C->rlists, C->nlists, sizeof *C->lists);
  if (rc != SYMRUN_OK) return rc;
  list = &C->lists[C->nlists];
  list->name = keep(C, name, len);
  if (list->name == NULL) return C->S->code;
  list->len = len;
  list->count = count;
  C->nlists++;
  return SYMRUN_OK;
}


int sr_calls_add (sr_Calls *C, size_t list, uint64_t at, uint32_t section,
                  uint64_t value) {
  sr_Call *call;
  int rc;
  if (C->ncalls > C->part->size / EACH + 64)
    return sr_damage(C->S, C->part->offset, "constructors", "there are more "
                     "relocations of constructors than the file has room for");
  rc = sr_room(C->S, &C->calls, &C->rcalls, C->ncalls, sizeof *C->calls);
  if (rc != SYMRUN_OK) return rc;
  call = &C->calls[C->ncalls++];
  memset(call, 0, sizeof *call);
  call->list = (uint32_t)list;
  call->at = at < UINT32_MAX ? (uint32_t)at : UINT32_MAX;
  call->section = section;
  call->value = section == SR_BY_NUMBER ? value : value & C->mask;
  return SYMRUN_OK;
}


static int compare (uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

static int by_place (const void *a, const void *b) {
  const sr_Call *x = (const sr_Call *)a, *y = (const sr_Call *)b;
  int order = compare(x->section, y->section);
  return order != 0 ? order : compare(x->value, y->value);
}

static int by_list (const void *a, const void *b) {
  const sr_Call *x = (const sr_Call *)a, *y = (const sr_Call *)b;
  int order = compare(x->list, y->list);
  return order != 0 ? order : compare(x->at, y->at);
}


/* The first of those places that are such. */
static size_t find (const sr_Calls *C, const sr_Call *wanted) {
  size_t low = 0, high = C->ncalls;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (by_place(&C->calls[mid], wanted) < 0) low = mid + 1;
    else high = mid;
  }
  return low;
}


static int name_them (sr_Calls *C, uint32_t section, uint64_t value,
                      uint32_t rank, const sr_Symbol *sym) {
  sr_Call wanted;
  const char *name = NULL;
  size_t i;
  wanted.section = section;
  wanted.value = value;
  for (i = find(C, &wanted); i < C->ncalls; i++) {
    sr_Call *call = &C->calls[i];
    if (by_place(call, &wanted) != 0 || call->rank >= rank) break;
    if (name == NULL) name = keep(C, sym->name, sym->len);
    if (name == NULL) return C->S->code;
    call->name = name;
    call->len = (uint32_t)sym->len;
    call->rank = rank;
  }
  return SYMRUN_OK;
}


/* Where several names stand at an address, that of a function goes before
   others, a global one before local ones, and one of the source before those
   that compilers make ("\1ltmp0"). */
static int take_symbol (void *ud, const sr_Symbol *sym) {
  sr_Calls *C = (sr_Calls *)ud;
  uint32_t rank = 2;
  int rc = name_them(C, SR_BY_NUMBER, sym->number, UINT32_MAX, sym);
  if (rc != SYMRUN_OK || sym->place != SR_DEFINED || sym->section == 0
      || sym->len == 0 || sym->type == SR_TLS) return rc;
  if (sym->name[0] == '\1' || sym->name[0] == '.') rank--;
  if (sym->binding == SR_WEAK) rank += 2;
  if (sym->binding == SR_GLOBAL) rank += 4;
  if (sym->type == SR_FUNC || sym->type == SR_IFUNC) rank += 8;
  return name_them(C, C->flat ? 0 : sym->section, sym->value & C->mask, rank,
                   sym);
}


static int untold (sr_Calls *C, const sr_CallList *list) {
  sr_fail(C->S, SYMRUN_UNKNOWN, "has %llu constructors in %.*s, and the "
          "functions cannot all be told: no relocation and symbol names one",
          (unsigned long long)list->count, list->len < 64 ? (int)list->len : 64,
          list->name);
  C->S->fault.offset = C->part->offset;
  C->S->fault.field = "constructors";
  return SYMRUN_UNKNOWN;
}


/* Every place of every list once, and each has a name. */
static int hand (sr_Calls *C) {
  size_t next = 0, i;
  uint64_t k;
  int rc = SYMRUN_OK;
  for (i = 0; i < C->nlists && rc == SYMRUN_OK; i++) {
    const sr_CallList *list = &C->lists[i];
    rc = sr_fact_counted(C->ask, "section", list->name, (size_t)list->len,
                         list->count);
    for (k = 0; k < list->count && rc == SYMRUN_OK; k++, next++) {
      const sr_Call *call;
      if (next == C->ncalls) return untold(C, list);
      call = &C->calls[next];
      if (call->list != i || call->at != k || call->rank == 0
          || call->len == 0) return untold(C, list);
      rc = sr_fact_text(C->ask, "function", call->name, call->len);
    }
    if (rc == SYMRUN_OK && next < C->ncalls && C->calls[next].list == i)
      return untold(C, list);
  }
  return rc;
}


int sr_calls_end (sr_Calls *C, sr_ReadSymbols read, int rc) {
  sr_Ask ask;
  memset(&ask, 0, sizeof ask);
  ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED | SR_WANT_LOCAL;
  ask.letters = true;
  ask.each = take_symbol;
  ask.ud = C;
  if (rc == SYMRUN_OK && C->ncalls > 0) {
    qsort(C->calls, C->ncalls, sizeof *C->calls, by_place);
    rc = read(C->S, C->part, &ask);
    qsort(C->calls, C->ncalls, sizeof *C->calls, by_list);
  }
  if (rc == SYMRUN_OK) rc = hand(C);
  sr_delete(C->S, C->calls, C->rcalls * sizeof *C->calls);
  sr_delete(C->S, C->lists, C->rlists * sizeof *C->lists);
  sr_arena_free(C->S, &C->arena);
  return rc;
}
