/*
** model.c
** What a run keeps: its names, files, trees and compiled patterns.  All of it
** belongs to the engine and lives as long, so nothing above has to count who
** still uses what.
*/

#include "../ground/hash.h"
#include "model.h"


int sr_model_new (symrun *S) {
  S->model = (struct sr_Model *)sr_new(S, sizeof *S->model);
  if (S->model == NULL) return SYMRUN_NOMEM;
  S->model->folder.fd = -1;
  return SYMRUN_OK;
}


void sr_model_free (symrun *S) {
  struct sr_Model *M = S->model;
  size_t i;
  if (M == NULL) return;
  while (M->sets != NULL) sr_names_free(M->sets);
  for (i = 0; i < M->nfiles; i++) sr_file_free(M->files[i]);
  sr_folder_close(M->folder.fd);
  for (i = 0; i < M->ntrees; i++) sr_tree_free(M->trees[i]);
  for (i = 0; i < M->nglobs; i++) sr_glob_free(S, M->globs[i]);
  sr_delete(S, M->files, M->rfiles * sizeof *M->files);
  sr_delete(S, M->trees, M->rtrees * sizeof *M->trees);
  sr_delete(S, M->globs, M->rglobs * sizeof *M->globs);
  sr_delete(S, M->globslots, M->nglobslots * sizeof *M->globslots);
  sr_arena_free(S, &M->arena);
  sr_reader_free(S, &M->reader);
  sr_reader_free(S, &M->inner);
  sr_intern_free(S, &M->names);
  sr_delete(S, M, sizeof *M);
  S->model = NULL;
}


/* Where a pattern is, or would be: a rule may ask with a new one each time. */
static uint32_t *slot_of (const struct sr_Model *M, sr_Str text, int kind) {
  size_t i = (size_t)XXH3_64bits_withSeed(text.ptr, text.len, (uint64_t)kind);
  for (;; i++) {
    uint32_t *slot = &M->globslots[i & (M->nglobslots - 1)];
    sr_Str old;
    if (*slot == 0) return slot;
    old = sr_glob_text(M->globs[*slot - 1]);
    if (old.len == text.len && memcmp(old.ptr, text.ptr, text.len) == 0
        && sr_glob_kind(M->globs[*slot - 1]) == kind) return slot;
  }
}


static int more_slots (symrun *S, struct sr_Model *M) {
  size_t i, size = M->nglobslots < 16 ? 16 : M->nglobslots * 2;
  uint32_t *slots = (uint32_t *)sr_new(S, size * sizeof *slots);
  if (slots == NULL) return SYMRUN_NOMEM;
  sr_delete(S, M->globslots, M->nglobslots * sizeof *slots);
  M->globslots = slots;
  M->nglobslots = size;
  for (i = 0; i < M->nglobs; i++)
    *slot_of(M, sr_glob_text(M->globs[i]), sr_glob_kind(M->globs[i]))
      = (uint32_t)i + 1;
  return SYMRUN_OK;
}


int sr_glob_get (symrun *S, sr_Str text, int kind, const sr_Glob **out) {
  struct sr_Model *M = S->model;
  sr_Glob *made = NULL;
  uint32_t *slot;
  int rc = SYMRUN_OK;
  if (M->nglobs * 2 >= M->nglobslots) rc = more_slots(S, M);
  if (rc != SYMRUN_OK) return rc;
  slot = slot_of(M, text, kind);
  if (*slot == 0) {
    rc = sr_room(S, &M->globs, &M->rglobs, M->nglobs, sizeof *M->globs);
    if (rc == SYMRUN_OK) rc = sr_glob_new(S, text, kind, &made);
    if (rc != SYMRUN_OK) return rc;
    M->globs[M->nglobs++] = made;
    *slot = (uint32_t)M->nglobs;
  }
  *out = M->globs[*slot - 1];
  return SYMRUN_OK;
}
