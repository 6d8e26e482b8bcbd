/*
** edit_index.c
** Symbols by their names.  Rows of one name are found in the order of the
** table, so that the first that an edit refuses is the first that it has.
*/

#include "../ground/hash.h"
#include "edit_index.h"


static uint32_t *head (const sr_EditIndex *X, sr_Str name) {
  return &X->heads[XXH3_64bits(name.ptr, name.len) & (X->nheads - 1)];
}


static void enter (sr_EditIndex *X, uint32_t row) {
  uint32_t *at = head(X, X->rows[row].name);
  X->rows[row].next = *at;
  *at = row;
}


/* From the last to the first, for each is entered at the front. */
static int rehash (sr_EditIndex *X) {
  size_t n = X->nheads > 0 ? X->nheads * 2 : 64, k;
  uint32_t i, *heads;
  while (n < X->count) n *= 2;
  heads = (uint32_t *)sr_new(X->S, n * sizeof *heads);
  if (heads == NULL) return SYMRUN_NOMEM;
  sr_delete(X->S, X->heads, X->nheads * sizeof *heads);
  X->heads = heads;
  X->nheads = n;
  for (k = 0; k < n; k++) heads[k] = SR_NONE;
  for (i = (uint32_t)X->count; i-- > 0; )
    if (X->rows[i].in) enter(X, i);
  return SYMRUN_OK;
}


int sr_edit_index_add (sr_EditIndex *X, sr_Str name, bool in) {
  int rc = sr_room(X->S, &X->rows, &X->room, X->count, sizeof *X->rows);
  if (rc != SYMRUN_OK) return rc;
  X->told += name.len;
  if (X->count >= SR_NONE - 1 || X->told > X->most)
    return sr_damage(X->S, 0, "symbol names", "symbol names add up to %llu "
                     "bytes, more than 64 times the file",
                     (unsigned long long)X->told);
  X->rows[X->count].name = name;
  X->rows[X->count].next = SR_NONE;
  X->rows[X->count].in = in && name.len > 0;
  X->count++;
  if (X->nheads == 0) return SYMRUN_OK;  /* until somebody looks */
  if (X->rows[X->count - 1].in) enter(X, (uint32_t)X->count - 1);
  return SYMRUN_OK;
}


uint32_t sr_edit_index_find (const sr_EditIndex *X, sr_Str name,
                             uint32_t from) {
  uint32_t i = from != SR_NONE ? X->rows[from].next
             : X->nheads > 0 ? *head(X, name) : SR_NONE;
  while (i != SR_NONE && !sr_edit_same(X->rows[i].name, name))
    i = X->rows[i].next;
  return i;
}


int sr_edit_index_ready (sr_EditIndex *X) {
  return X->nheads == 0 ? rehash(X) : SYMRUN_OK;
}


void sr_edit_index_remove (sr_EditIndex *X, uint32_t row) {
  uint32_t *at = head(X, X->rows[row].name);
  while (*at != SR_NONE && *at != row) at = &X->rows[*at].next;
  if (*at == row) *at = X->rows[row].next;
  X->rows[row].in = false;
}


void sr_edit_index_rename (sr_EditIndex *X, uint32_t row, sr_Str to) {
  sr_edit_index_remove(X, row);
  X->rows[row].name = to;
  X->rows[row].in = true;
  enter(X, row);
}


void sr_edit_index_free (sr_EditIndex *X) {
  sr_delete(X->S, X->rows, X->room * sizeof *X->rows);
  sr_delete(X->S, X->heads, X->nheads * sizeof *X->heads);
}


int sr_edit_refuse (symrun *S, const sr_ObjectEdit *e, sr_Str name,
                    const char *why) {
  return sr_fail(S, SYMRUN_RULE, "cannot %s '%.*s': %s",
                 sr_object_op_name(e->op), SR_EDIT_NAME(name), why);
}


int sr_edit_each (const sr_EditIndex *X, sr_ObjectEdit *e,
                  sr_EditChange change, void *ud) {
  uint32_t i = sr_edit_index_find(X, e->name, SR_NONE);
  while (i != SR_NONE) {
    uint32_t next = sr_edit_index_find(X, e->name, i);
    int rc = change(ud, e, i);
    if (rc != SYMRUN_OK) return rc;
    i = next;
  }
  return SYMRUN_OK;
}
