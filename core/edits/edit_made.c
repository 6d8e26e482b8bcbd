/*
** edit_made.c
** Bytes that are being made.  One that is borrowed is copied by the first
** that adds to it, so that nobody's input is ever written on.
*/

#include "rewrite.h"


static int make_room (symrun *S, sr_Made *M, size_t len) {
  size_t need, room = M->room < 128 ? 256 : M->room * 2;
  char *grown;
  if (len > SIZE_MAX / 4 - M->len) return sr_nomem(S);
  need = M->len + len;
  if (M->room > 0 && need <= M->room) return SYMRUN_OK;
  if (room < need) room = need;
  grown = (char *)sr_resize(S, M->room > 0 ? M->ptr : NULL, M->room, room);
  if (grown == NULL) return SYMRUN_NOMEM;
  if (M->room == 0 && M->len > 0) memcpy(grown, M->ptr, M->len);
  M->ptr = grown;
  M->room = room;
  return SYMRUN_OK;
}


int sr_made_add (symrun *S, sr_Made *M, const void *bytes, size_t len) {
  int rc = make_room(S, M, len);
  if (rc != SYMRUN_OK) return rc;
  if (len > 0) memcpy(M->ptr + M->len, bytes, len);
  M->len += len;
  return SYMRUN_OK;
}


int sr_made_zero (symrun *S, sr_Made *M, size_t len) {
  int rc = make_room(S, M, len);
  if (rc != SYMRUN_OK) return rc;
  memset(M->ptr + M->len, 0, len);
  M->len += len;
  return SYMRUN_OK;
}


void sr_made_free (symrun *S, sr_Made *M) {
  if (M->room > 0) sr_delete(S, M->ptr, M->room);
  memset(M, 0, sizeof *M);
}
