/*
** survive_wants.c
** What is undefined in a link that drops what nothing needs: no linker
** complains of a name that only dropped sections want.  A place where a name
** is wanted is an object; which of its sections want it, relocations tell.
*/

#include "survive_inner.h"
#include "names.h"

/* Of a place: who wants the name there. */
enum { BY_KEPT = 1, BY_PERHAPS = 2, BY_DROPPED = 4 };

typedef struct Wants {
  sr_Survive *V;
  sr_Places all;            /* sorted */
  unsigned char *by;        /* for each of them */
  unsigned char *asked;     /* by name: is it among them? */
} Wants;


static size_t place_of (const Wants *W, const sr_Place *place) {
  size_t low = 0, high = W->all.count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    const sr_Place *p = &W->all.at[mid];
    bool before = p->name != place->name ? p->name < place->name
                : p->file != place->file ? p->file < place->file
                : p->member < place->member;
    if (before) low = mid + 1;
    else high = mid;
  }
  return low;
}


static void meet (Wants *W, const sr_Node *N, uint32_t name) {
  const sr_Survive *V = W->V;
  const sr_Unit *U = &V->R->units[V->units[N->unit].unit];
  sr_Place place = {name, U->file, U->member};
  size_t i = place_of(W, &place);
  if (i == W->all.count || W->all.at[i].name != name
      || W->all.at[i].file != U->file || W->all.at[i].member != U->member)
    return;
  if (N->stay == SR_STAYS_NOT) W->by[i] |= BY_DROPPED;
  else if (N->sure && !(N->is & SR_NODE_FRAME)) W->by[i] |= BY_KEPT;
  else W->by[i] |= BY_PERHAPS;  /* of frames, records go one by one */
}


static void look (Wants *W) {
  const sr_Survive *V = W->V;
  uint32_t i, k, s;
  for (i = 0; i < V->nnodes; i++) {
    const sr_Node *N = &V->nodes[i];
    for (s = N->spans; s > 0; s = V->spans[s - 1].next) {
      const sr_Span *span = &V->spans[s - 1];
      for (k = span->first; k < span->first + span->count; k++) {
        uint32_t name = V->edges[k] & ~SR_BY_NAME;
        if ((V->edges[k] & SR_BY_NAME) && name < V->nnames && W->asked[name])
          meet(W, N, name);
      }
    }
  }
}


static int begin (Wants *W, const sr_Names *all) {
  symrun *S = W->V->S;
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < all->sure.count && rc == SYMRUN_OK; i++)
    rc = sr_places_put(S, &W->all, &all->sure.at[i]);
  for (i = 0; i < all->extra.count && rc == SYMRUN_OK; i++)
    rc = sr_places_put(S, &W->all, &all->extra.at[i]);
  if (rc == SYMRUN_OK) rc = sr_places_sort(S, &W->all);
  if (rc != SYMRUN_OK) return rc;
  W->by = (unsigned char *)sr_new(S, W->all.count + 1);
  W->asked = (unsigned char *)sr_new(S, W->V->nnames + 1);
  if (W->by == NULL || W->asked == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < W->all.count; i++)
    if (W->all.at[i].name < W->V->nnames) W->asked[W->all.at[i].name] = 1;
  return SYMRUN_OK;
}


/* A name of which no relocation that was read tells may be one of debug
   information, which some linkers look at. */
static int finish (Wants *W, sr_Names *out, uint32_t *unclear) {
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < W->all.count && rc == SYMRUN_OK; i++) {
    const sr_Place *place = &W->all.at[i];
    if (W->by[i] & BY_KEPT) rc = sr_names_place(out, place);
    else if (W->by[i] != BY_DROPPED || W->V->open != NULL) {
      rc = sr_places_put(W->V->S, &out->extra, place);
      if (*unclear == SR_NONE) *unclear = place->name;
    }
  }
  return rc;
}


int sr_survive_unresolved (sr_Survive *V, const sr_Glob *glob,
                           sr_Names **out, uint32_t *unclear) {
  Wants W = {V, {NULL, 0, 0}, NULL, NULL};
  symrun *S = V->S;
  sr_Names *all = NULL, *N = NULL;
  int rc = sr_resolve_unresolved(V->R, glob, &all);
  *unclear = SR_NONE;
  if (rc != SYMRUN_OK) return rc;
  rc = begin(&W, all);
  if (rc == SYMRUN_OK) rc = sr_names_new(S, &N);
  if (rc == SYMRUN_OK) {
    look(&W);
    rc = finish(&W, N, unclear);
  }
  if (rc == SYMRUN_OK)
    rc = sr_names_open_too(N, sr_resolve_unread(V->R), glob);
  if (rc == SYMRUN_OK) rc = sr_names_done(N);
  sr_delete(S, W.by, W.all.count + 1);
  sr_delete(S, W.asked, V->nnames + 1);
  sr_delete(S, W.all.at, W.all.room * sizeof *W.all.at);
  sr_names_free(all);
  if (rc == SYMRUN_OK) *out = N;
  else sr_names_free(N);
  return rc;
}
