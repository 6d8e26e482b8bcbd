/*
** edit_ar.c
** Archives, changed: what a plan may ask for, and what it becomes.  A member
** that no reader here understands is no reason to write an index without it:
** what it defines is unknown, a linker would never find it, and nothing says
** so; then no archive is made.
**
** Thin archives hold names where others hold bytes: when one becomes the
** other, the files beside it must be what the names say.  Of a member that is
** given bytes, whoever gives them writes that file.
*/

#include "edit_ar.h"


int sr_ar_plan (symrun *S, sr_File *F, sr_ArPlan *out) {
  size_t i;
  int rc = F != NULL ? sr_file_probe(F) : SYMRUN_OK;
  memset(out, 0, sizeof *out);
  out->file = F;
  out->thin = -1;
  if (F == NULL || rc != SYMRUN_OK) return rc;
  if (!sr_file_is_archive(F))
    return sr_fail(S, SYMRUN_RULE, "is %s, which symrun does not write as an "
                   "archive", sr_format_prose(F->format));
  rc = sr_file_walk(F);
  if (rc != SYMRUN_OK || F->count == 0) return rc;
  while (rc == SYMRUN_OK && out->room < F->count)
    rc = sr_room(S, &out->members, &out->room, out->room, sizeof(sr_ArNew));
  if (rc != SYMRUN_OK) { sr_ar_plan_free(S, out); return rc; }
  memset(out->members, 0, F->count * sizeof *out->members);
  for (i = 0; i < F->count; i++) out->members[i].from = (uint32_t)i;
  out->count = F->count;
  return SYMRUN_OK;
}


void sr_ar_plan_free (symrun *S, sr_ArPlan *P) {
  size_t i;
  for (i = 0; i < P->count; i++) sr_made_free(S, &P->members[i].bytes);
  sr_delete(S, P->members, P->room * sizeof *P->members);
  memset(P, 0, sizeof *P);
}


/* -- may it be written? ---------------------------------------------------- */

static int is_inside (void *ud, uint64_t header) {
  return sr_inside(header, SR_AR_HEADER, *(const uint64_t *)ud) ? SYMRUN_OK
                                                                : SYMRUN_END;
}


/* An index that points between members, where all were found, is what making
   it anew is for; one that points behind the end may be all that tells that
   the archive was cut. */
static bool mends (sr_File *F, const sr_Gap *gap) {
  if (gap->field == NULL || strcmp(gap->field, "archive index") != 0
      || sr_file_archive(F) != SYMRUN_OK) return false;
  return sr_ar_offsets(&F->archive, is_inside, &F->source.size) == SYMRUN_OK;
}


/* A file that is damaged, or was when it was read, is not changed. */
static int whole (symrun *S, sr_File *F, bool reindex) {
  size_t i;
  int rc = sr_file_probe(F);
  if (rc == SYMRUN_OK && !F->vague && !sr_file_is_archive(F))
    return sr_fail(S, SYMRUN_RULE, "is %s, which symrun does not write as an "
                   "archive", sr_format_prose(F->format));
  if (rc == SYMRUN_OK) rc = sr_file_walk(F);
  for (i = 0; i < F->ngaps && rc == SYMRUN_OK; i++) {
    const sr_Gap *gap = &F->gaps[i];
    if (gap->member != SR_NONE || gap->view == SR_INDEX
        || (reindex && mends(F, gap))) continue;
    rc = sr_fail(S, SYMRUN_UNKNOWN, "cannot be changed: %s", gap->reason);
    S->fault.offset = gap->offset;
    S->fault.field = gap->field;
  }
  return rc;
}


/* The kind that linkers expect for such members. */
static int first_format (sr_ArWork *W, const sr_ArEntry *e, sr_Format f,
                         const sr_Part *part, void *ud) {
  sr_ArKind *kind = (sr_ArKind *)ud;
  (void)W; (void)e; (void)part;
  if (f == SR_MACHO || f == SR_FAT) *kind = SR_AR_DARWIN;
  else if (f == SR_COFF || f == SR_COFF_BIGOBJ || f == SR_COFF_IMPORT)
    *kind = SR_AR_COFF;
  else if (f == SR_ELF || f == SR_WASM) *kind = SR_AR_GNU;
  return SYMRUN_OK;
}


/* What is in an empty archive decides, but an index tells BSD from the rest. */
static int kind_by_members (sr_ArWork *W) {
  bool bsd = W->was.indexed && W->was.kind == SR_AR_BSD;
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < W->count && W->kind == SR_AR_SAME && rc == SYMRUN_OK; i++) {
    rc = sr_ar_use(W, &W->entries[i], first_format, &W->kind);
    rc = sr_ar_unread(W, &W->entries[i], rc, "cannot be read");
  }
  if (W->kind == SR_AR_SAME) W->kind = SR_AR_GNU;
  if (bsd && W->kind != SR_AR_DARWIN) W->kind = SR_AR_BSD;
  return rc;
}


static int choose_kind (sr_ArWork *W) {
  bool empty = W->F == NULL || (W->F->count == 0
    && (!W->was.indexed || W->was.kind == SR_AR_BSD));
  int rc = SYMRUN_OK;
  W->kind = W->P->kind;
  if (W->kind == SR_AR_SAME && !empty) W->kind = W->was.kind;
  W->thin = W->P->thin >= 0 ? W->P->thin != 0 : W->was.thin;
  if (W->thin && W->kind == SR_AR_SAME) W->kind = SR_AR_GNU;
  if (W->kind == SR_AR_SAME) rc = kind_by_members(W);
  if (rc != SYMRUN_OK) return rc;
  if (W->thin && sr_ar_bsd(W))
    return sr_fail(W->S, SYMRUN_RULE, "a thin archive cannot be of the BSD "
                   "or Darwin kind, which have no table of long names");
  W->sorted = W->was.sorted && sr_ar_bsd(W);
  W->wide = W->was.wide && W->kind != SR_AR_COFF;
  return SYMRUN_OK;
}


/* -- members --------------------------------------------------------------- */

static int enter (sr_ArWork *W, const sr_ArNew *N, sr_ArEntry *e) {
  static const sr_Str nothing = {"", 0};
  e->plan = N;
  e->name = N->name.ptr != NULL ? N->name : nothing;
  e->given = N->bytes.ptr != NULL;
  if (N->from == SR_NONE) {
    if (N->name.ptr == NULL || !e->given)
      return sr_ar_refuse(W, e, "is new, and needs a name and bytes");
    e->size = N->bytes.len;
    e->fresh = true;
    return SYMRUN_OK;
  }
  if (W->F == NULL || N->from >= W->F->count)
    return sr_fail(W->S, SYMRUN_RULE, "there is no member %llu",
                   (unsigned long long)N->from + 1);
  e->old = &W->F->members[N->from];
  if (N->name.ptr == NULL) e->name = e->old->name;
  e->size = e->given ? N->bytes.len : e->old->size;
  return SYMRUN_OK;
}


/* All members of the plan, and whether they are those that there were. */
static int enter_all (sr_ArWork *W, bool *same) {
  size_t i;
  *same = W->F != NULL && W->F->count == W->count;
  for (i = 0; i < W->count; i++) {
    sr_ArEntry *e = &W->entries[i];
    int rc = enter(W, &W->P->members[i], e);
    if (rc == SYMRUN_OK && e->old != NULL && e->given) {
      bool equal;
      rc = sr_ar_equal(W, e, &equal);
      rc = sr_ar_unread(W, e, rc, "cannot be compared");
      e->given = rc == SYMRUN_OK && !equal;
    }
    if (rc != SYMRUN_OK) return rc;
    if (e->old != NULL)
      e->fresh = e->given || e->name.len != e->old->name.len
              || memcmp(e->name.ptr, e->old->name.ptr, e->name.len) != 0;
    *same &= !e->fresh && e->plan->from == i;
  }
  return SYMRUN_OK;
}


static int check_name (sr_ArWork *W, const sr_ArEntry *e) {
  bool bsd = sr_ar_bsd(W);
  if (e->name.len == 0)
    return sr_ar_refuse(W, e, "needs a name that is not empty");
  if (memchr(e->name.ptr, '\0', e->name.len) != NULL)
    return sr_ar_refuse(W, e, "has a zero byte in its name, which no archive "
                        "can hold");
  if (!bsd && memchr(e->name.ptr, '\n', e->name.len) != NULL)
    return sr_ar_refuse(W, e, "has a line's end in its name, which this "
                        "format of archives cannot hold");
  if (e->name.len >= 9 && memcmp(e->name.ptr, "__.SYMDEF", 9) == 0)
    return sr_ar_refuse(W, e, "is named like an index");
  return SYMRUN_OK;
}


/* Of a thin archive's names, one that is not thin has the last word. */
static void last_word (sr_ArEntry *e) {
  const char *slash = (const char *)memrchr(e->name.ptr, '/', e->name.len);
  if (slash == NULL) return;
  e->name.len -= (size_t)(slash + 1 - e->name.ptr);
  e->name.ptr = slash + 1;
}


static int prepare (sr_ArWork *W, sr_ArEntry *e) {
  bool old = e->old != NULL && !e->given;
  e->whole = old && !e->fresh && W->kind == W->was.kind
          && W->thin == W->was.thin;
  if (e->whole) return SYMRUN_OK;
  if (old && e->old->nested && (!W->thin || e->fresh))
    return sr_ar_refuse(W, e, "is a member of another archive inside a thin "
                        "archive, and cannot be taken out of it; add the "
                        "object instead");
  if (e->old != NULL && e->plan->name.ptr == NULL && !W->thin && W->was.thin)
    last_word(e);
  if (W->kind == SR_AR_DARWIN && !W->thin)
    e->pad = (uint32_t)((8 - e->size % 8) % 8);
  if (W->thin && old && (!W->was.thin || e->fresh)) {
    int rc = sr_ar_beside(W, e);
    if (rc != SYMRUN_OK) return rc;
  }
  return check_name(W, e);
}


/* -- the archive ----------------------------------------------------------- */

static int make (sr_ArWork *W) {
  size_t i;
  int rc;
  if (W->was.strange[0] != '\0')
    return sr_fail(W->S, SYMRUN_RULE, "has a table %s, which symrun cannot "
                   "write anew, so nothing in the archive can be changed",
                   W->was.strange);
  rc = choose_kind(W);
  for (i = 0; i < W->count && rc == SYMRUN_OK; i++)
    rc = prepare(W, &W->entries[i]);
  if (rc == SYMRUN_OK) rc = sr_ar_gather(W);
  if (rc == SYMRUN_OK) rc = sr_ar_write(W);
  return rc == SYMRUN_OK ? sr_ar_check(W) : rc;
}


static bool unchanged (const sr_ArWork *W) {
  const sr_ArPlan *P = W->P;
  return !P->reindex
      && (P->kind == SR_AR_SAME || P->kind == W->was.kind)
      && (P->thin < 0 || (P->thin != 0) == W->was.thin);
}


static int work (sr_ArWork *W) {
  bool same;
  int rc = SYMRUN_OK;
  if (W->F != NULL) {
    rc = whole(W->S, W->F, W->P->reindex);
    if (rc == SYMRUN_OK) rc = sr_ar_study(W);
  }
  if (rc == SYMRUN_OK && W->count > 0) {
    if (W->count > UINT32_MAX / 2)
      return sr_fail(W->S, SYMRUN_RULE, "an archive of so many members cannot "
                     "be written");
    W->entries = (sr_ArEntry *)sr_new(W->S, W->count * sizeof *W->entries);
    if (W->entries == NULL) return SYMRUN_NOMEM;
  }
  if (rc == SYMRUN_OK) rc = enter_all(W, &same);
  if (rc != SYMRUN_OK) return rc;
  return same && unchanged(W) ? sr_ar_copy(W, 0, W->F->source.size) : make(W);
}


/* Close the archive; did it change meanwhile?  A sentence that there is
   stays. */
static int finish (sr_ArWork *W, int rc) {
  symrun *S = W->S;
  char why[SR_MESSAGE];
  sr_Fault fault = S->fault;
  int code = S->code, done;
  if (W->F == NULL) return rc;
  memcpy(why, S->message, sizeof why);
  done = sr_file_done(W->F);
  if (rc == SYMRUN_OK) return done != SYMRUN_OK ? done
                                : whole(S, W->F, W->P->reindex);
  memcpy(S->message, why, sizeof why);
  S->fault = fault;
  S->code = code;
  return rc;
}


int sr_ar_made (symrun *S, sr_ArPlan *P, sr_Made *out) {
  sr_ArWork W;
  int rc;
  memset(out, 0, sizeof *out);
  memset(&W, 0, sizeof W);
  W.S = S;
  W.P = P;
  W.F = P->file;
  W.count = P->count;
  W.out = out;
  rc = finish(&W, work(&W));
  if (W.entries != NULL) sr_delete(S, W.entries, W.count * sizeof *W.entries);
  sr_delete(S, W.defined, W.rdefined * sizeof *W.defined);
  sr_delete(S, W.by_name, W.rby_name * sizeof *W.by_name);
  sr_made_free(S, &W.strings);
  sr_made_free(S, &W.table);
  if (rc != SYMRUN_OK) sr_made_free(S, out);
  return rc;
}
