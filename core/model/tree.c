/*
** tree.c
** The inputs of a run: files, and all files below folders.  Nothing is opened
** here; a file object is made when a rule first wants the file, so a tree of
** a hundred thousand files costs what its listing costs.
*/

#include "model.h"


int sr_tree_new (symrun *S, bool all, sr_Tree **out) {
  struct sr_Model *M = S->model;
  sr_Tree *T;
  int rc = sr_room(S, &M->trees, &M->rtrees, M->ntrees, sizeof *M->trees);
  if (rc != SYMRUN_OK) return rc;
  T = (sr_Tree *)sr_new(S, sizeof *T);
  if (T == NULL) return SYMRUN_NOMEM;
  T->S = S;
  T->all = all;
  *out = M->trees[M->ntrees++] = T;
  return SYMRUN_OK;
}


void sr_tree_free (sr_Tree *T) {
  symrun *S = T->S;
  size_t i;
  for (i = 0; i < T->ninputs; i++) sr_walk_free(S, &T->walks[i]);
  sr_delete(S, T->walks, T->rwalks * sizeof *T->walks);
  sr_delete(S, T->inputs, T->rinputs * sizeof *T->inputs);
  sr_delete(S, T->items, T->room * sizeof *T->items);
  sr_delete(S, T->exclude, T->rexclude * sizeof *T->exclude);
  sr_arena_free(S, &T->arena);
  sr_delete(S, T, sizeof *T);
}


int sr_tree_exclude (sr_Tree *T, sr_Str glob) {
  int rc = sr_room(T->S, &T->exclude, &T->rexclude, T->nexclude,
                   sizeof *T->exclude);
  if (rc == SYMRUN_OK)
    rc = sr_glob_get(T->S, glob, SR_GLOB_PATH, &T->exclude[T->nexclude]);
  if (rc == SYMRUN_OK) T->nexclude++;
  return rc;
}


/* A folder that is left out is not entered, so its files need no look. */
static bool excluded (const void *ud, const char *path) {
  const sr_Tree *T = (const sr_Tree *)ud;
  size_t i, len = strlen(path);
  for (i = 0; i < T->nexclude; i++)
    if (sr_glob_match(T->exclude[i], path, len)) return true;
  return false;
}


static int add_item (sr_Tree *T, size_t walk, const sr_Entry *e, sr_File *F) {
  sr_Item *item;
  int rc = sr_room(T->S, &T->items, &T->room, T->count, sizeof *item);
  if (rc != SYMRUN_OK) return rc;
  item = &T->items[T->count++];
  item->entry = e;
  item->file = F;
  item->input = walk;
  return SYMRUN_OK;
}


/* A file is known by what it is to be shown as, and opened where it is. */
static void rename_single (sr_Walk *W, const char *shown) {
  const char *slash = strrchr(shown, '/');
  sr_Entry *e = W->entries;
  if (e->real == NULL) e->real = e->path;
  e->path = slash != NULL ? slash + 1 : shown;
}


static int add_input (sr_Tree *T, const char *input, const char *shown,
                      bool no_folder) {
  symrun *S = T->S;
  sr_Without without = {T->nexclude > 0 ? excluded : NULL, T, T->all,
                        no_folder};
  sr_Walk *W;
  size_t i, n = T->ninputs, before = T->count;
  int rc = sr_room(S, &T->walks, &T->rwalks, n, sizeof *T->walks);
  if (rc == SYMRUN_OK)
    rc = sr_room(S, &T->inputs, &T->rinputs, n, sizeof *T->inputs);
  if (rc != SYMRUN_OK) return rc;
  input = sr_arena_copy(S, &T->arena, input, strlen(input));
  T->inputs[n] = shown == NULL ? input
               : sr_arena_copy(S, &T->arena, shown, strlen(shown));
  if (input == NULL || T->inputs[n] == NULL) return SYMRUN_NOMEM;
  W = &T->walks[n];
  rc = sr_walk(S, input, &without, n > 0 ? W - 1 : NULL, W);
  if (rc != SYMRUN_OK) return rc;
  if (shown != NULL && W->single) rename_single(W, T->inputs[n]);
  T->ninputs++;
  for (i = 0; i < W->count && rc == SYMRUN_OK; i++)
    if (!W->single || !excluded(T, W->entries[i].path))
      rc = add_item(T, n, &W->entries[i], NULL);
  if (rc != SYMRUN_OK) {  /* all of it or nothing: it may be added again */
    T->count = before;
    T->ninputs = n;
    sr_walk_free(S, W);
  }
  return rc;
}


int sr_tree_add (sr_Tree *T, const char *input, const char *shown) {
  return add_input(T, input, shown, false);
}


/* The tree of one file is kept with it, unless there is none. */
int sr_tree_open_file (symrun *S, const char *path, sr_File **out) {
  struct sr_Model *M = S->model;
  sr_File *F = NULL;
  sr_Tree *T;
  int rc = sr_tree_new(S, true, &T);
  if (rc != SYMRUN_OK) return rc;
  rc = add_input(T, path, NULL, true);
  if (rc == SYMRUN_OK) rc = sr_tree_file(T, 0, &F);
  if (F == NULL) {
    M->ntrees--;
    sr_tree_free(T);
  }
  if (rc == SYMRUN_OK) rc = sr_file_probe(F);
  if (rc == SYMRUN_OK) rc = sr_file_done(F);
  if (rc == SYMRUN_OK) *out = F;
  return rc;
}


int sr_tree_wrap (sr_Tree *T, sr_Str path, sr_Str bytes) {
  const char *copy = sr_arena_copy(T->S, &T->arena, bytes.ptr, bytes.len);
  sr_Str kept = {copy, bytes.len};
  sr_File *F;
  int rc;
  if (copy == NULL) return SYMRUN_NOMEM;
  rc = sr_file_wrap(T->S, path, kept, &F);
  return rc == SYMRUN_OK ? add_item(T, 0, NULL, F) : rc;
}


const char *sr_tree_path (const sr_Tree *T, size_t i) {
  const sr_Item *item = &T->items[i];
  return item->entry != NULL ? item->entry->path : item->file->path;
}


bool sr_tree_named (const sr_Tree *T, size_t i, const sr_Glob *glob) {
  const char *path = sr_tree_path(T, i);
  const sr_Entry *e = T->items[i].entry;
  const sr_Alias *alias = e != NULL ? e->aliases : NULL;
  if (sr_glob_match(glob, path, strlen(path))) return true;
  for (; alias != NULL; alias = alias->next)
    if (sr_glob_match(glob, alias->path, strlen(alias->path))) return true;
  return false;
}


int sr_tree_file (sr_Tree *T, size_t i, sr_File **out) {
  sr_Item *item = &T->items[i];
  const sr_Entry *e = item->entry;
  sr_File *F = item->file;
  int rc = SYMRUN_OK;
  if (F == NULL) {
    const sr_Walk *W = &T->walks[item->input];
    rc = sr_file_new(T->S, T->inputs[item->input], e->path, e->real, W, &F);
    if (rc == SYMRUN_OK && e->trouble != NULL) {
      F->probed = F->walked = F->vague = true;
      F->unfollowed = e->kind == SR_KIND_LINK;
      sr_fail(T->S, SYMRUN_IO, "%s", e->trouble);
      rc = sr_file_gap(F, SR_NONE, SR_NATIVE, true);
    }
  }
  if (rc == SYMRUN_OK) *out = item->file = F;
  return rc;
}
