/*
** pool.c
** Threads that work ahead.  Jobs are numbered, begun in that order, and taken
** in that order by the thread that asked, so what comes of them cannot depend
** on who was faster; and no more are ahead than memory is meant to hold.
**
** An allocator that somebody brought need not be safe for threads, so while a
** pool lives every allocation of its engines goes through one lock.
*/

#include <pthread.h>

#include "ground.h"

struct sr_Pool {
  symrun *S;              /* of the thread that asked */
  symrun_Alloc alloc;     /* its allocator, */
  void *ud;               /* meanwhile replaced by the locked one */
  const sr_Crew *crew;
  pthread_mutex_t memory, state;
  pthread_cond_t free, ready;
  pthread_t *threads;
  unsigned count;         /* of threads that run */
  unsigned next_engine;
  size_t begun, taken;    /* jobs */
  bool stop;
  bool *over;             /* by job, modulo crew->ahead: it is done */
};


static void *locked (void *ud, void *ptr, size_t osize, size_t nsize) {
  sr_Pool *P = (sr_Pool *)ud;
  void *p;
  pthread_mutex_lock(&P->memory);
  p = P->alloc(P->ud, ptr, osize, nsize);
  pthread_mutex_unlock(&P->memory);
  return p;
}


static void *work (void *ud) {
  sr_Pool *P = (sr_Pool *)ud;
  const sr_Crew *C = P->crew;
  symrun *engine;
  pthread_mutex_lock(&P->state);
  engine = C->engines[P->next_engine++];
  for (;;) {
    size_t job;
    while (!P->stop && (P->begun == C->jobs
                        || P->begun - P->taken == C->ahead))
      pthread_cond_wait(&P->free, &P->state);
    if (P->stop) break;
    job = P->begun++;
    pthread_mutex_unlock(&P->state);
    C->work(engine, C->ud, job);
    pthread_mutex_lock(&P->state);
    P->over[job % C->ahead] = true;
    if (job == P->taken) pthread_cond_signal(&P->ready);
  }
  pthread_mutex_unlock(&P->state);
  return NULL;
}


int sr_pool_new (symrun *S, const sr_Crew *crew, sr_Pool **out) {
  sr_Pool *P = (sr_Pool *)sr_new(S, sizeof *P);
  unsigned i;
  if (P == NULL) return SYMRUN_NOMEM;
  P->S = S;
  P->alloc = S->alloc;
  P->ud = S->ud;
  P->crew = crew;
  P->threads = (pthread_t *)sr_new(S, crew->threads * sizeof *P->threads);
  P->over = (bool *)sr_new(S, crew->ahead * sizeof *P->over);
  pthread_mutex_init(&P->memory, NULL);
  pthread_mutex_init(&P->state, NULL);
  pthread_cond_init(&P->free, NULL);
  pthread_cond_init(&P->ready, NULL);
  *out = P;
  if (P->threads == NULL || P->over == NULL) {
    sr_pool_free(P);
    return SYMRUN_NOMEM;
  }
  S->alloc = locked;
  S->ud = P;
  for (i = 0; i < crew->threads; i++) {
    crew->engines[i]->alloc = locked;
    crew->engines[i]->ud = P;
  }
  for (; P->count < crew->threads; P->count++)
    if (pthread_create(&P->threads[P->count], NULL, work, P) != 0) break;
  if (P->count > 0) return SYMRUN_OK;
  sr_pool_free(P);
  return SYMRUN_END;
}


void sr_pool_wait (sr_Pool *P) {
  pthread_mutex_lock(&P->state);
  while (!P->over[P->taken % P->crew->ahead])
    pthread_cond_wait(&P->ready, &P->state);
  pthread_mutex_unlock(&P->state);
}


void sr_pool_take (sr_Pool *P) {
  pthread_mutex_lock(&P->state);
  P->over[P->taken++ % P->crew->ahead] = false;
  pthread_cond_signal(&P->free);
  pthread_mutex_unlock(&P->state);
}


void sr_pool_free (sr_Pool *P) {
  symrun *S = P->S;
  unsigned i;
  pthread_mutex_lock(&P->state);
  P->stop = true;
  pthread_cond_broadcast(&P->free);
  pthread_mutex_unlock(&P->state);
  for (i = 0; i < P->count; i++) pthread_join(P->threads[i], NULL);
  S->alloc = P->alloc;
  S->ud = P->ud;
  for (i = 0; i < P->crew->threads; i++) {
    P->crew->engines[i]->alloc = P->alloc;
    P->crew->engines[i]->ud = P->ud;
  }
  pthread_cond_destroy(&P->free);
  pthread_cond_destroy(&P->ready);
  pthread_mutex_destroy(&P->memory);
  pthread_mutex_destroy(&P->state);
  sr_delete(S, P->threads, P->crew->threads * sizeof *P->threads);
  sr_delete(S, P->over, P->crew->ahead * sizeof *P->over);
  sr_delete(S, P, sizeof *P);
}
