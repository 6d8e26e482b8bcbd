/*
** reading.c
** Many files read for one question, in order, by as many threads as the engine
** may use.  Threads only read: each has a reader of its own and copies what it
** took, and one thread gives names their numbers, in the order of the files;
** so eight threads find what one finds, to the byte.
*/

#include "model.h"

#define MOST      32   /* files of a job */
#define AHEAD      2   /* jobs for each thread that nobody has taken yet */


/* -- one file ------------------------------------------------------------- */

/* What was taken and not yet handed on. */
typedef struct Batch {
  symrun *S;
  sr_Scan *scan;
  const sr_Reading *how;  /* NULL: all is kept, with its names */
  sr_Taken *list;
  size_t count, room;
  char *bytes;
  size_t used, size;
} Batch;


static int hand_on (void *ud) {
  Batch *B = (Batch *)ud;
  size_t n = B->count;
  if (B->how == NULL || n == 0) return SYMRUN_OK;  /* or at the end of all */
  B->count = 0;
  return B->how->take(B->how->ud, B->scan, B->list, n);
}


/* Names die with the reader's bytes. */
static int copy_name (Batch *B, sr_Taken *t) {
  int rc = SYMRUN_OK;
  while (rc == SYMRUN_OK && B->size - B->used < t->len)
    rc = sr_room(B->S, &B->bytes, &B->size, B->size, 1);
  if (rc != SYMRUN_OK) return rc;
  memcpy(B->bytes + B->used, t->name, t->len);
  B->used += t->len;
  return SYMRUN_OK;
}


/* A version that a library defines stands among its symbols, as an absolute
   one of that version; nobody can call it, so it is not exported. */
static bool is_version (const sr_Symbol *sym) {
  return sym->place == SR_ABSOLUTE && sym->version.len == sym->len
      && memcmp(sym->version.ptr, sym->name, sym->len) == 0;
}


/* Why nobody knows whether it is what is asked for; mostly NULL. */
static const char *odd_reason (const sr_Scan *scan, const sr_Symbol *sym) {
  if (SR_UNLIKELY(sym->visibility == SR_SOMETIMES))
    return "that is there for some versions of the system, and not for others";
  if (SR_UNLIKELY(sym->binding == SR_BINDING_OTHER))
    return "with a binding that no specification gives, so nobody knows who "
           "sees it";
  if (scan->ask.glob != NULL
      && SR_UNLIKELY(sr_glob_unsure(scan->ask.glob, sym->name, sym->len)))
    return "with a name that is too long to be demangled, so nobody knows "
           "whether the pattern takes it";
  return NULL;
}


static int keep (void *ud, const sr_Symbol *sym) {
  Batch *B = (Batch *)ud;
  sr_Scan *scan = B->scan;
  const char *why = odd_reason(scan, sym);
  sr_Taken *t;
  uint32_t gap = 0;
  int rc;
  if (scan->ask.versions && is_version(sym)) return SYMRUN_OK;
  if (sym->len >= SR_NONE) return sr_nomem(B->S);
  rc = sr_room(B->S, &B->list, &B->room, B->count, sizeof *t);
  if (rc == SYMRUN_OK && why != NULL)
    rc = sr_file_odd(scan->file, scan->member, scan->ask.view, sym, why, &gap);
  if (rc != SYMRUN_OK) return rc;
  t = &B->list[B->count];
  t->name = sym->name;
  t->len = (uint32_t)sym->len;
  t->hash = sr_name_hash(sym->name, sym->len);
  t->member = scan->member;
  t->gap = gap;
  t->binding = why != NULL ? SR_BINDING_OTHER : sym->binding;
  t->place = sym->place;
  t->comdat = sym->comdat;
  if (B->how == NULL) rc = copy_name(B, t);
  else sr_intern_soon(&B->S->model->names, t->hash);
  if (rc != SYMRUN_OK || ++B->count < SR_MANY) return rc;
  return hand_on(B);
}


/* Look at a file and, if something is asked of it, take what it has. */
static int read_one (Batch *B, const sr_Reading *how, sr_File *F,
                     sr_Scan *scan, bool *asked) {
  int rc = sr_file_probe(F), closed;
  memset(scan, 0, sizeof *scan);
  scan->only = SR_NONE;
  scan->file = F;
  if (rc == SYMRUN_OK && !sr_file_is_sliced(F) && how != NULL)
    rc = how->wants(how->ud, F, scan);
  else if (rc == SYMRUN_OK) rc = SYMRUN_END;
  *asked = rc == SYMRUN_OK;
  if (*asked) {
    B->scan = scan;
    scan->ask.each = keep;
    scan->ask.flush = hand_on;
    scan->ask.ud = B;
    return sr_file_scan(F, scan);
  }
  closed = sr_file_done(F);
  return rc < 0 ? rc : closed;
}


static int one_by_one (symrun *S, sr_File **files, size_t count,
                       const sr_Reading *how);

/* All that is asked of a universal file is asked of its slices; only they know
   anything, unless nobody knows where they are. */
static int is_done (symrun *S, const sr_Reading *how, sr_Scan *scan,
                    bool asked) {
  sr_File *F = scan->file;
  int rc = SYMRUN_OK;
  if (how == NULL) return SYMRUN_OK;
  if (sr_file_is_sliced(F)) rc = sr_file_slices(F);
  if (rc == SYMRUN_OK && sr_file_is_sliced(F) && F->ngaps > 0) {
    rc = how->wants(how->ud, F, scan);
    asked = rc == SYMRUN_OK;
  }
  if (rc >= 0) rc = how->done(how->ud, scan, asked);
  return rc != SYMRUN_OK || F->nslices == 0 ? rc
       : one_by_one(S, F->slices, F->nslices, how);
}


static void drop (Batch *B) {
  sr_delete(B->S, B->list, B->room * sizeof *B->list);
  sr_delete(B->S, B->bytes, B->size);
}


static int one_by_one (symrun *S, sr_File **files, size_t count,
                       const sr_Reading *how) {
  Batch B;
  size_t i;
  int rc = SYMRUN_OK;
  memset(&B, 0, sizeof B);
  B.S = S;
  B.how = how;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    sr_Scan scan;
    bool asked;
    rc = read_one(&B, how, files[i], &scan, &asked);
    if (rc == SYMRUN_OK) rc = is_done(S, how, &scan, asked);
  }
  drop(&B);
  return rc;
}


/* -- by threads ----------------------------------------------------------- */

typedef struct Result {
  sr_Scan scan;
  bool asked;
  size_t end;  /* of its symbols, in the batch */
} Result;

typedef struct Job {
  Batch batch;
  Result results[MOST];
  size_t count;
  int rc;
  char why[SR_MESSAGE];  /* it failed */
} Job;

typedef struct Work {
  sr_File **files;
  size_t count, each;  /* files, and those of a job */
  const sr_Reading *how;
  Job *jobs;
  size_t ahead;
} Work;


static void work (symrun *engine, void *ud, size_t job) {
  Work *W = (Work *)ud;
  Job *J = &W->jobs[job % W->ahead];
  size_t first = job * W->each, i;
  J->count = W->count - first < W->each ? W->count - first : W->each;
  J->rc = SYMRUN_OK;
  J->batch.S = engine;
  J->batch.count = J->batch.used = 0;
  for (i = 0; i < J->count && J->rc == SYMRUN_OK; i++) {
    sr_File *F = W->files[first + i];
    Result *R = &J->results[i];
    symrun *S = F->S;
    F->S = engine;
    J->rc = read_one(&J->batch, W->how, F, &R->scan, &R->asked);
    F->S = S;
    R->end = J->batch.count;
  }
  if (J->rc != SYMRUN_OK) memcpy(J->why, engine->message, sizeof J->why);
}


static int take_job (symrun *S, Work *W, size_t job) {
  const sr_Reading *how = W->how;
  Job *J = &W->jobs[job % W->ahead];
  const char *name = J->batch.bytes;
  size_t i, k = 0;
  if (J->rc == SYMRUN_NOMEM) return sr_nomem(S);
  if (J->rc != SYMRUN_OK)
    return sr_fail(S, J->rc, "%s", J->why);
  for (i = 0; i < J->count; i++) {
    Result *R = &J->results[i];
    size_t first = k;
    int rc = SYMRUN_OK;
    for (; k < R->end; k++) {
      J->batch.list[k].name = name;
      name += J->batch.list[k].len;
    }
    if (k > first)
      rc = how->take(how->ud, &R->scan, J->batch.list + first, k - first);
    if (rc == SYMRUN_OK) rc = is_done(S, how, &R->scan, R->asked);
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


static int all_jobs (symrun *S, Work *W, const sr_Crew *crew) {
  sr_Pool *P;
  size_t job;
  int rc = sr_pool_new(S, crew, &P);
  if (rc != SYMRUN_OK) return rc;
  for (job = 0; job < crew->jobs && rc == SYMRUN_OK; job++) {
    sr_pool_wait(P);
    rc = take_job(S, W, job);
    sr_pool_take(P);
  }
  sr_pool_free(P);
  return rc;
}


/* Engines for threads: a message and a reader of their own, no more. */
static int engines (symrun *S, unsigned count, symrun **out) {
  unsigned i;
  for (i = 0; i < count; i++) {
    out[i] = (symrun *)sr_new(S, sizeof **out);
    if (out[i] == NULL) return SYMRUN_NOMEM;
    out[i]->alloc = S->alloc;
    out[i]->ud = S->ud;
    if (sr_model_new(out[i]) != SYMRUN_OK) return sr_nomem(S);
  }
  return SYMRUN_OK;
}


static void dismiss (symrun *S, unsigned count, symrun **list) {
  sr_Checked *sum = &S->model->checked;
  unsigned i;
  for (i = 0; i < count && list[i] != NULL; i++) {
    if (list[i]->model != NULL) {
      const sr_Checked *c = &list[i]->model->checked;
      sum->files += c->files;
      sum->members += c->members;
      sum->symbols += c->symbols;
      sr_model_free(list[i]);
    }
    S->starved |= list[i]->starved;
    sr_delete(S, list[i], sizeof **list);
  }
}


static int by_threads (symrun *S, sr_File **files, size_t count,
                       const sr_Reading *how) {
  symrun *list[SR_MOST_THREADS] = {NULL};
  Work W = {files, count, 1, how, NULL, 0};
  sr_Crew crew;
  size_t i;
  int rc = S->model->current != NULL ? sr_file_done(S->model->current)
                                     : SYMRUN_OK;
  if (rc != SYMRUN_OK) return rc;
  memset(&crew, 0, sizeof crew);
  crew.threads = S->threads;
  crew.engines = list;
  crew.work = work;
  crew.ud = &W;
  W.each = count / (S->threads * 64);
  W.each = W.each < 1 ? 1 : W.each > MOST ? MOST : W.each;
  W.ahead = crew.ahead = AHEAD * S->threads;
  crew.jobs = (count + W.each - 1) / W.each;
  W.jobs = (Job *)sr_new(S, W.ahead * sizeof *W.jobs);
  rc = W.jobs != NULL ? engines(S, S->threads, list) : SYMRUN_NOMEM;
  if (rc == SYMRUN_OK) rc = all_jobs(S, &W, &crew);
  for (i = 0; W.jobs != NULL && i < W.ahead; i++) {
    W.jobs[i].batch.S = S;
    drop(&W.jobs[i].batch);
  }
  sr_delete(S, W.jobs, W.ahead * sizeof *W.jobs);
  dismiss(S, S->threads, list);
  return rc == SYMRUN_END ? one_by_one(S, files, count, how) : rc;
}


int sr_read (symrun *S, sr_File **files, size_t count, const sr_Reading *how) {
  return S->threads > 1 && count > 1 ? by_threads(S, files, count, how)
                                     : one_by_one(S, files, count, how);
}
