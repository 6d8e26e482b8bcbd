/*
** facts.c
** The answers of readers to one question about one member, copied, for nobody
** can be let into a file while it is read.
*/

#include "model.h"


void sr_facts_free (sr_Facts *A) {
  if (A == NULL) return;
  sr_delete(A->S, A->list, A->room * sizeof *A->list);
  sr_arena_free(A->S, &A->arena);
  sr_delete(A->S, A, sizeof *A);
}


static int keep (void *ud, const sr_Fact *fact) {
  sr_Facts *A = (sr_Facts *)ud;
  sr_Fact *made;
  int rc = sr_room(A->S, &A->list, &A->room, A->count, sizeof *made);
  if (rc != SYMRUN_OK) return rc;
  made = &A->list[A->count];
  *made = *fact;
  made->text.ptr = sr_arena_copy(A->S, &A->arena, fact->text.len > 0
                                 ? fact->text.ptr : "", fact->text.len);
  if (made->text.ptr == NULL) return SYMRUN_NOMEM;
  A->count++;
  return SYMRUN_OK;
}


static int ask (symrun *S, uint32_t i, const sr_Member *m, const sr_Part *part,
                void *ud) {
  sr_Facts *A = (sr_Facts *)ud;
  sr_FactAsk question = {A->what, A->name, keep, A};
  (void)i;
  return sr_format_facts(S, (sr_Format)m->format, part, &question);
}


int sr_facts_ask (sr_File *F, uint32_t member, sr_FactKind what, sr_Str name,
                  sr_Facts **out) {
  sr_Member *m;
  sr_Facts *A;
  int rc = sr_file_member(F, member, &m);
  *out = NULL;
  if (rc == SYMRUN_END)
    return sr_fail(F->S, F->vague ? SYMRUN_UNKNOWN : SYMRUN_RANGE, F->vague
                   ? "unknown: the file cannot be read"
                   : "there is no such member");
  if (rc != SYMRUN_OK) return rc;
  A = (sr_Facts *)sr_new(F->S, sizeof *A);
  if (A == NULL) return SYMRUN_NOMEM;
  A->S = F->S;
  A->what = what;
  A->name = name;
  if (what == SR_FACT_INPUTS) rc = sr_file_script(F);
  if (what == SR_FACT_SONAME) rc = sr_file_slices(F);  /* a stub's is there */
  if (rc == SYMRUN_OK) rc = sr_member_use(F, member, ask, A);
  if (rc == SYMRUN_OK) *out = A;
  else {
    sr_facts_free(A);
    rc = sr_file_as_gap(F, member, SR_FACT_VIEW(what), rc);
    if (rc == SYMRUN_OK)
      rc = sr_fail(F->S, SYMRUN_UNKNOWN, "unknown: its %s cannot be told",
                   sr_fact_prose(what));
  }
  return rc;
}


const sr_Fact *sr_facts_of (const sr_Facts *A, const char *field) {
  size_t i;
  for (i = 0; i < A->count; i++)
    if (strcmp(A->list[i].field, field) == 0) return &A->list[i];
  return NULL;
}


/* Each field is a gap of its own, behind those of the kinds. */
int sr_facts_missing (sr_File *F, uint32_t member, const char *field,
                      sr_View_name *view) {
  static const char *const fields[] = {"machine", "bits", "endian", "os",
                                       "abi"};
  int i = 0, rc;
  while (strcmp(field, fields[i]) != 0)
    if (++i == sizeof fields / sizeof *fields) return SYMRUN_END;
  *view = SR_FACT_VIEW(SR_FACTS + i);
  sr_fail(F->S, SYMRUN_UNKNOWN, "does not say for which %s it was made",
          fields[i]);
  F->S->fault.offset = member < F->count ? F->members[member].offset : 0;
  F->S->fault.field = fields[i];
  rc = sr_file_as_gap(F, member, *view, SYMRUN_UNKNOWN);
  return rc != SYMRUN_OK ? rc : SYMRUN_UNKNOWN;
}
