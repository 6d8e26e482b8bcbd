/*
** object.c
** Files, opened when they are first asked about, one at a time; members.c
** finds what is in them.  What cannot be read is kept as a gap beside what
** can, so that it never counts as empty, and hides nothing that can be read.
*/

#include "model.h"

#define MOST_ODD  16  /* symbols of a member with gaps of their own */

/* -- files ---------------------------------------------------------------- */

void sr_file_free (sr_File *F) {
  symrun *S = F->S;
  sr_source_close(&F->source);
  if (F->slice == NULL) sr_told_free(F->told);
  sr_delete(S, F->room > 0 ? F->members : NULL, F->room * sizeof *F->members);
  sr_delete(S, F->gaps, F->rgaps * sizeof *F->gaps);
  sr_delete(S, F->slices, F->rslices * sizeof *F->slices);
  sr_arena_free(S, &F->arena);
}


/* A tree has many thousands: what they are called stays where it is. */
int sr_file_new (symrun *S, const char *input, const char *path,
                 const char *real, const sr_Walk *W, sr_File **out) {
  struct sr_Model *M = S->model;
  sr_File *F;
  int rc = sr_room(S, &M->files, &M->rfiles, M->nfiles, sizeof *M->files);
  if (rc != SYMRUN_OK) return rc;
  F = (sr_File *)sr_arena_new(S, &M->arena, sizeof *F);
  if (F == NULL) return SYMRUN_NOMEM;
  memset(F, 0, sizeof *F);
  F->S = S;
  F->id = (uint32_t)M->nfiles;
  F->root = W != NULL ? W->root : -1;
  F->source.fd = -1;
  F->input = input;
  F->path = path;
  F->real = real != NULL ? real : path;
  F->folder = W != NULL ? W->folder : NULL;
  M->files[M->nfiles++] = F;
  *out = F;
  return SYMRUN_OK;
}


int sr_file_wrap (symrun *S, sr_Str name, sr_Str bytes, sr_File **out) {
  sr_File *F;
  int rc;
  if (name.len > 0 && memchr(name.ptr, '\0', name.len) != NULL)
    return sr_fail(S, SYMRUN_RANGE, "a file's name cannot hold a zero byte");
  rc = sr_file_new(S, "", "", NULL, NULL, &F);
  if (rc != SYMRUN_OK) return rc;
  F->path = F->real = sr_arena_copy(S, &F->arena, name.ptr, name.len);
  if (F->path == NULL) return SYMRUN_NOMEM;
  sr_source_wrap(&F->source, bytes);
  *out = F;
  return SYMRUN_OK;
}


void sr_file_unwrap (sr_File *F) {
  struct sr_Model *M = F->S->model;
  if (M->reader.source == &F->source) sr_reader_set(&M->reader, NULL);
  if (M->nfiles == 0 || M->files[M->nfiles - 1] != F) return;
  M->nfiles--;
  sr_file_free(F);
}


/* A gap from the engine's last sentence, whether there is one already or
   not. */
static int add_gap (sr_File *F, uint32_t member, sr_View_name view,
                    bool damage) {
  symrun *S = F->S;
  sr_Member *m = member < F->count ? &F->members[member] : NULL;
  sr_Gap *gap;
  int rc = sr_room(S, &F->gaps, &F->rgaps, F->ngaps, sizeof *gap);
  if (rc != SYMRUN_OK) return rc;
  gap = &F->gaps[F->ngaps];
  memset(gap, 0, sizeof *gap);
  gap->before = m != NULL ? m->gap : 0;
  gap->member = m != NULL ? member : SR_NONE;
  gap->view = view;
  gap->blamed = 0;
  gap->damage = damage;
  gap->offset = F->base + S->fault.offset;
  gap->field = S->fault.field;
  gap->reason = sr_arena_copy(S, &F->arena, S->message, strlen(S->message));
  if (gap->reason == NULL) return SYMRUN_NOMEM;
  F->ngaps++;
  if (m != NULL) m->gap = (uint32_t)F->ngaps;
  F->damaged |= damage;
  return SYMRUN_OK;
}


int sr_file_gap (sr_File *F, uint32_t member, sr_View_name view, bool damage) {
  symrun *S = F->S;
  sr_Member *m = member < F->count ? &F->members[member] : NULL;
  size_t i;
  if (S->code == SYMRUN_NOMEM) return SYMRUN_NOMEM;
  for (i = m != NULL ? m->gap : 0; i > 0; i = F->gaps[i - 1].before)
    if (F->gaps[i - 1].view == view && F->gaps[i - 1].damage == damage
        && !F->gaps[i - 1].one) return SYMRUN_OK;
  for (i = 0; m == NULL && i < F->ngaps; i++)
    if (F->gaps[i].member == SR_NONE && F->gaps[i].view == view
        && strcmp(F->gaps[i].reason, S->message) == 0) return SYMRUN_OK;
  return add_gap(F, member, view, damage);
}


/* No member has more than a few of them: the last stands for all the rest. */
int sr_file_odd (sr_File *F, uint32_t member, sr_View_name view,
                 const sr_Symbol *sym, const char *why, uint32_t *out) {
  symrun *S = F->S;
  uint32_t i, at = member == SR_NONE ? 0 : member;
  size_t count = 0;
  char name[128];
  int rc;
  sr_printable(name, sizeof name, sym->name, sym->len);
  sr_fail(S, SYMRUN_UNKNOWN, "holds the symbol %s %s", name, why);
  S->fault.offset = F->members[at].offset;
  S->fault.field = "symbol";
  for (i = F->members[at].gap; i > 0; i = F->gaps[i - 1].before) {
    const sr_Gap *gap = &F->gaps[i - 1];
    *out = i - 1;
    if (!gap->one || gap->view != view) continue;
    if (++count == MOST_ODD || strcmp(gap->reason, S->message) == 0)
      return SYMRUN_OK;
  }
  rc = add_gap(F, at, view, false);
  if (rc != SYMRUN_OK) return rc;
  *out = (uint32_t)F->ngaps - 1;
  F->gaps[*out].one = true;
  return SYMRUN_OK;
}


/* A folder below 'root', or from anywhere if that is -1, opened now and kept
   until another is wanted: files come folder by folder. */
static int open_folder (sr_File *F, int root, const char *path, size_t len,
                        int *out) {
  struct sr_Model *M = F->S->model;
  if (M->folder.path == NULL || M->folder.root != root
      || M->folder.len != len || memcmp(M->folder.path, path, len) != 0) {
    char copy[PATH_MAX];
    if (len >= sizeof copy)
      return sr_fail(F->S, SYMRUN_IO, "has a path that is too long");
    memcpy(copy, path, len);
    copy[len] = '\0';
    sr_folder_close(M->folder.fd);
    M->folder.path = NULL;
    M->folder.fd = sr_folder_open(F->S, root, copy);
    if (M->folder.fd < 0) return SYMRUN_IO;
    M->folder.root = root;
    M->folder.path = path;
    M->folder.len = len;
  }
  *out = M->folder.fd;
  return SYMRUN_OK;
}


/* What all paths of the file are below: the tree's folder, or its own. */
int sr_file_root (sr_File *F, int *out) {
  if (F->folder != NULL)
    return open_folder(F, -1, F->folder, strlen(F->folder), out);
  *out = F->root;
  return SYMRUN_OK;
}


/* A file that is where it seems to be is opened in its folder.  What is a
   link, or not there, is left to the way that follows links and has words for
   what it finds. */
static int open_descriptor (sr_File *F, int *fd) {
  const char *slash = F->folder == NULL ? strrchr(F->real, '/') : NULL;
  int folder, rc = slash == NULL ? sr_file_root(F, &folder)
                 : open_folder(F, F->root, F->real, (size_t)(slash - F->real),
                               &folder);
  *fd = -1;
  if (rc == SYMRUN_OK)
    *fd = sr_open_in(folder, slash != NULL ? slash + 1 : F->real);
  if (*fd >= 0) return SYMRUN_OK;
  rc = sr_file_root(F, &folder);
  if (rc == SYMRUN_OK) *fd = sr_open_any(F->S, folder, F->real);
  return rc != SYMRUN_OK || *fd >= 0 ? rc : SYMRUN_IO;
}


static int open_source (sr_File *F) {
  symrun *S = F->S;
  struct sr_Model *M = S->model;
  bool again = F->stamp[1] != 0;
  int fd, rc = SYMRUN_OK;
  if (M->current != NULL) rc = sr_file_done(M->current);
  if (rc == SYMRUN_OK) rc = open_descriptor(F, &fd);
  if (rc == SYMRUN_OK) rc = sr_reader_open(S, &M->reader, fd, &F->source);
  if (rc != SYMRUN_OK) { F->source.fd = -1; return rc; }
  if (F->slice != NULL) {
    rc = sr_source_narrow(S, &F->source, F->base, F->extent);
    if (rc != SYMRUN_OK) { sr_source_close(&F->source); return rc; }
    sr_reader_set(&M->reader, &F->source);
  }
  if (again && memcmp(F->stamp, F->source.stamp, sizeof F->stamp) != 0) {
    sr_source_close(&F->source);
    return sr_damage(S, 0, "file", "changed between two readings; run again "
                     "when nothing writes to it");
  }
  memcpy(F->stamp, F->source.stamp, sizeof F->stamp);
  M->current = F;
  return SYMRUN_OK;
}


bool sr_file_in_memory (const sr_File *F) {
  return F->root < 0 && F->folder == NULL;
}


/* Make the file readable, and the engine's reader look at it. */
int sr_file_ready (sr_File *F) {
  struct sr_Model *M = F->S->model;
  if (!F->counted) M->checked.files++;
  F->counted = true;
  if (!sr_file_in_memory(F) && F->source.fd < 0) return open_source(F);
  if (M->reader.source != &F->source) sr_reader_set(&M->reader, &F->source);
  return SYMRUN_OK;
}


/* Another thread may have read it before, with an engine of its own. */
int sr_file_archive (sr_File *F) {
  int rc = sr_file_ready(F);
  F->archive.S = F->S;
  F->archive.reader = &F->S->model->reader;
  return rc;
}


int sr_file_done (sr_File *F) {
  symrun *S = F->S;
  int rc = SYMRUN_OK;
  if (F->source.fd < 0) return SYMRUN_OK;
  if (sr_source_same(S, &F->source) != SYMRUN_OK)
    rc = sr_file_gap(F, SR_NONE, SR_NATIVE, true);
  sr_source_close(&F->source);
  S->model->current = NULL;
  if (S->model->reader.source == &F->source)
    sr_reader_set(&S->model->reader, NULL);
  return rc;
}


/* A failure to read becomes a gap.  Memory is a failure of the engine, and a
   member that is not there is one of who asked. */
int sr_file_as_gap (sr_File *F, uint32_t member, sr_View_name view, int rc) {
  if (rc == SYMRUN_NOMEM || rc == SYMRUN_RANGE || rc >= 0) return rc;
  return sr_file_gap(F, member, view, rc != SYMRUN_UNKNOWN);
}


bool sr_file_has_members (const sr_File *F) {
  return sr_file_is_archive(F) || F->component;
}


bool sr_file_is_archive (const sr_File *F) {
  return F->format == SR_AR || F->format == SR_THIN_AR;
}


static sr_Part all_of (sr_File *F) {
  sr_Part part = {NULL, 0, 0, NULL, 0};
  part.reader = &F->S->model->reader;
  part.size = F->source.size;
  return part;
}


static int probe (sr_File *F) {
  symrun *S = F->S;
  const unsigned char *p;
  sr_Part part;
  size_t n;
  int rc = sr_file_ready(F);
  if (rc != SYMRUN_OK) return rc;
  n = F->source.size < SR_PROBE ? (size_t)F->source.size : SR_PROBE;
  p = sr_look(S, &S->model->reader, SR_HEAD, 0, n, 4096);
  if (p == NULL) return S->code;
  F->format = sr_format_probe(p, n, F->source.size);
  if (sr_file_is_archive(F))
    return sr_ar_open(S, &S->model->reader, &F->arena, &F->archive);
  F->component = F->format == SR_WASM && sr_wasm_is_component(p, n);
  part = all_of(F);
  return sr_format_role(S, F->format, &part, &F->role);
}


int sr_file_probe (sr_File *F) {
  int rc;
  if (F->probed) return SYMRUN_OK;
  rc = probe(F);
  F->vague = (rc != SYMRUN_OK);
  rc = sr_file_as_gap(F, SR_NONE, SR_NATIVE, rc);
  if (rc != SYMRUN_OK) return rc;
  F->probed = true;
  F->walked = F->vague;
  return rc;
}


/* -- slices --------------------------------------------------------------- */

static int add_slice (void *ud, const sr_Slice *slice) {
  sr_File *F = (sr_File *)ud, *made;
  symrun *S = F->S;
  int rc = sr_room(S, &F->slices, &F->rslices, F->nslices, sizeof made);
  if (rc == SYMRUN_OK)
    rc = sr_file_new(S, F->input, F->path, F->real, NULL, &made);
  if (rc != SYMRUN_OK) return rc;
  made->root = F->root;
  made->folder = F->folder;
  made->base = slice->offset;
  made->extent = slice->size;
  made->slice = sr_arena_copy(S, &F->arena, slice->name, strlen(slice->name));
  if (made->slice == NULL) return SYMRUN_NOMEM;
  if (F->source.bytes != NULL) {
    made->source = F->source;
    rc = sr_source_narrow(S, &made->source, made->base, made->extent);
  }
  F->slices[F->nslices++] = made;
  return rc;
}


bool sr_file_is_sliced (const sr_File *F) {
  return F->format == SR_FAT || (F->format == SR_TBD && F->slice == NULL);
}


/* One for each target, of the whole text, which must not change until it is
   read again. */
static int tell_slices (sr_File *F, const sr_Part *part) {
  sr_Slice slice = {NULL, 0, 0};
  uint64_t bit;
  int rc = SYMRUN_OK;
  if (F->told == NULL) rc = sr_told_new(F->S, F->format, part, &F->told);
  slice.size = part->size;
  for (bit = 1; rc == SYMRUN_OK && bit != 0; bit <<= 1) {
    slice.name = sr_told_target(F->told, bit);
    if (slice.name == NULL) break;
    rc = add_slice(F, &slice);
    if (rc != SYMRUN_OK) break;
    F->slices[F->nslices - 1]->told = F->told;
    F->slices[F->nslices - 1]->target = bit;
    memcpy(F->slices[F->nslices - 1]->stamp, F->stamp, sizeof F->stamp);
  }
  return rc;
}


int sr_file_slices (sr_File *F) {
  sr_Part part;
  int rc, closed;
  if (F->sliced || !sr_file_is_sliced(F)) return SYMRUN_OK;
  F->nslices = 0;  /* without memory, some were made */
  rc = F->slice == NULL ? sr_file_ready(F)
     : sr_fail(F->S, SYMRUN_UNKNOWN, "is a universal file inside a universal "
               "file, which no tool makes");
  part = all_of(F);
  if (rc == SYMRUN_OK)
    rc = F->format == SR_FAT ? sr_fat_slices(F->S, &part, add_slice, F)
                             : tell_slices(F, &part);
  F->vague |= (rc != SYMRUN_OK && rc != SYMRUN_NOMEM);
  rc = sr_file_as_gap(F, SR_NONE, SR_NATIVE, rc);
  F->sliced = (rc == SYMRUN_OK);
  closed = sr_file_done(F);
  return rc != SYMRUN_OK ? rc : closed;
}


int sr_file_script (sr_File *F) {
  sr_Part part;
  int rc = sr_file_probe(F);
  if (rc != SYMRUN_OK || F->format != SR_SCRIPT || F->told != NULL) return rc;
  rc = sr_file_ready(F);
  part = all_of(F);
  return rc == SYMRUN_OK ? sr_told_new(F->S, F->format, &part, &F->told) : rc;
}
