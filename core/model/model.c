/*
** model.c
** What a run keeps: its names, files, trees and compiled patterns.  All of it
** belongs to the engine and lives as long, so nothing above has to count who
** still uses what.
*/

#include "model.h"


int sr_model_new (symrun *S) {
  S->model = (struct sr_Model *)sr_new(S, sizeof *S->model);
  if (S->model == NULL) return SYMRUN_NOMEM;
  S->model->folder_fd = -1;
  return SYMRUN_OK;
}


void sr_model_free (symrun *S) {
  struct sr_Model *M = S->model;
  size_t i;
  if (M == NULL) return;
  while (M->sets != NULL) sr_names_free(M->sets);
  for (i = 0; i < M->nfiles; i++) sr_file_free(M->files[i]);
  sr_folder_close(M->folder_fd);
  for (i = 0; i < M->ntrees; i++) sr_tree_free(M->trees[i]);
  for (i = 0; i < M->nglobs; i++) sr_glob_free(S, M->globs[i]);
  sr_delete(S, M->files, M->rfiles * sizeof *M->files);
  sr_delete(S, M->trees, M->rtrees * sizeof *M->trees);
  sr_delete(S, M->globs, M->rglobs * sizeof *M->globs);
  sr_reader_free(S, &M->reader);
  sr_reader_free(S, &M->inner);
  sr_intern_free(S, &M->names);
  sr_delete(S, M, sizeof *M);
  S->model = NULL;
}


int sr_glob_get (symrun *S, sr_Str text, int kind, const sr_Glob **out) {
  struct sr_Model *M = S->model;
  sr_Glob *made = NULL;
  size_t i;
  int rc;
  for (i = 0; i < M->nglobs; i++) {
    sr_Str old = sr_glob_text(M->globs[i]);
    if (old.len == text.len && memcmp(old.ptr, text.ptr, text.len) == 0
        && sr_glob_kind(M->globs[i]) == kind) {
      *out = M->globs[i];
      return SYMRUN_OK;
    }
  }
  rc = sr_room(S, &M->globs, &M->rglobs, M->nglobs, sizeof *M->globs);
  if (rc == SYMRUN_OK) rc = sr_glob_new(S, text, kind, &made);
  if (rc != SYMRUN_OK) return rc;
  *out = M->globs[M->nglobs++] = made;
  return SYMRUN_OK;
}
