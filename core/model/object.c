/*
** object.c
** Files and their members, read when they are first asked about.  An object
** that is in no archive is a file of one member.  What cannot be read is kept
** as a gap beside what can, so that one bad member never hides its
** neighbours, and never counts as empty.
*/

#include <fcntl.h>

#include "model.h"

#define MOST_ODD  16  /* symbols of a member with gaps of their own */

/* -- files ---------------------------------------------------------------- */

void sr_file_free (sr_File *F) {
  symrun *S = F->S;
  sr_source_close(&F->source);
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
static int root_of (sr_File *F, int *out) {
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
  int folder, rc = slash == NULL ? root_of(F, &folder)
                 : open_folder(F, F->root, F->real, (size_t)(slash - F->real),
                               &folder);
  *fd = -1;
  if (rc == SYMRUN_OK)
    *fd = sr_open_in(folder, slash != NULL ? slash + 1 : F->real);
  if (*fd >= 0) return SYMRUN_OK;
  rc = root_of(F, &folder);
  if (rc == SYMRUN_OK) *fd = sr_open_below(F->S, folder, F->real, O_RDONLY);
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


static bool in_memory (const sr_File *F) {
  return F->root < 0 && F->folder == NULL;
}


/* Make the file readable, and the engine's reader look at it. */
int sr_file_ready (sr_File *F) {
  struct sr_Model *M = F->S->model;
  if (!F->counted) M->checked.files++;
  F->counted = true;
  if (!in_memory(F) && F->source.fd < 0) return open_source(F);
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
  part.reader = &S->model->reader;
  part.offset = 0;
  part.size = F->source.size;
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


int sr_file_slices (sr_File *F) {
  sr_Part part;
  int rc, closed;
  if (F->sliced || F->format != SR_FAT) return SYMRUN_OK;
  F->nslices = 0;  /* without memory, some were made */
  rc = F->slice == NULL ? sr_file_ready(F)
     : sr_fail(F->S, SYMRUN_UNKNOWN, "is a universal file inside a universal "
               "file, which no tool makes");
  part.reader = &F->S->model->reader;
  part.offset = 0;
  part.size = F->source.size;
  if (rc == SYMRUN_OK) rc = sr_fat_slices(F->S, &part, add_slice, F);
  F->vague |= (rc != SYMRUN_OK);
  rc = sr_file_as_gap(F, SR_NONE, SR_NATIVE, rc);
  F->sliced = (rc == SYMRUN_OK);
  closed = sr_file_done(F);
  return rc != SYMRUN_OK ? rc : closed;
}


/* -- members -------------------------------------------------------------- */

static int add_member (sr_File *F, const sr_ArMember *m) {
  sr_Member *out;
  int rc = sr_room(F->S, &F->members, &F->room, F->count, sizeof *out);
  if (rc != SYMRUN_OK) return rc;
  out = &F->members[F->count++];
  memset(out, 0, sizeof *out);
  out->name = m->name;
  out->header = m->header;
  out->offset = m->offset;
  out->size = m->size;
  out->outside = m->outside;
  out->nested = m->nested;
  F->S->model->checked.members++;
  return SYMRUN_OK;
}


/* The member whose header is at 'offset', among those that were found. */
static uint32_t member_with (const sr_File *F, uint64_t offset) {
  size_t low = 0, high = F->count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (F->members[mid].header < offset) low = mid + 1;
    else high = mid;
  }
  return low < F->count && F->members[low].header == offset ? (uint32_t)low
                                                            : SR_NONE;
}


static int is_there (void *ud, uint64_t header) {
  const sr_File *F = (const sr_File *)ud;
  if (member_with(F, header) != SR_NONE) return SYMRUN_OK;
  return sr_damage(F->S, F->archive.index_at, "archive index", "the archive "
                   "index points at %llu, where no member begins: a linker "
                   "may use what is there", (unsigned long long)header);
}


static void know (sr_Member *m, const unsigned char *p, size_t n) {
  sr_Format f = sr_format_probe(p, n, m->size);
  m->format = (uint8_t)f;
  m->machine = sr_format_machine(f, p, n);
  m->probed = true;
}


/* A member's header was read with the bytes that tell what it is. */
static void know_early (sr_File *F, sr_Member *m) {
  size_t n = m->size < SR_PROBE ? (size_t)m->size : SR_PROBE;
  const unsigned char *p = m->outside ? NULL
    : sr_look(F->S, &F->S->model->reader, SR_HEAD, m->offset, n, SR_PROBE * 2);
  if (p != NULL) know(m, p, n);
}


/* One step along the archive.  Without memory it is as if not taken. */
static int walk_on (sr_File *F) {
  sr_Archive before = F->archive;
  sr_ArMember m;
  int rc = sr_file_archive(F);
  if (rc == SYMRUN_OK) rc = sr_ar_next(&F->archive, &m);
  if (rc == SYMRUN_END) {
    int end = sr_ar_offsets(&F->archive, is_there, F);
    if (end != SYMRUN_OK) rc = end;
  }
  if (rc == SYMRUN_OK) rc = add_member(F, &m);
  if (rc == SYMRUN_OK) know_early(F, &F->members[F->count - 1]);
  else {
    rc = sr_file_as_gap(F, SR_NONE, SR_NATIVE, rc);
    F->walked = (rc != SYMRUN_NOMEM);
    if (rc == SYMRUN_OK) rc = SYMRUN_END;
  }
  if (rc == SYMRUN_NOMEM) F->archive = before;
  return rc;
}


static int add_module (void *ud, uint64_t offset, uint64_t size) {
  sr_File *F = (sr_File *)ud;
  sr_ArMember m;
  memset(&m, 0, sizeof m);
  m.name.ptr = sr_arena_format(F->S, &F->arena, "module-%zu", F->count + 1);
  if (m.name.ptr == NULL) return SYMRUN_NOMEM;
  m.name.len = strlen(m.name.ptr);
  m.header = m.offset = offset;
  m.size = size;
  return add_member(F, &m);
}


/* The modules of a component, all at once: they have no names there. */
static int find_modules (sr_File *F) {
  sr_Part part;
  int rc = sr_file_ready(F);
  part.reader = &F->S->model->reader;
  part.offset = 0;
  part.size = F->source.size;
  if (rc == SYMRUN_OK) rc = sr_wasm_modules(F->S, &part, add_module, F);
  if (rc == SYMRUN_NOMEM) F->count = 0;
  rc = sr_file_as_gap(F, SR_NONE, SR_NATIVE, rc);
  F->walked = (rc == SYMRUN_OK);
  return rc;
}


static int only_member (sr_File *F) {
  F->members = &F->only;
  F->only.name.ptr = "";
  F->only.size = F->source.size;
  F->count = 1;
  F->walked = true;
  F->S->model->checked.members++;
  return SYMRUN_OK;
}


int sr_file_member (sr_File *F, size_t i, sr_Member **out) {
  int rc = sr_file_probe(F);
  if (rc != SYMRUN_OK) return rc;
  while (i >= F->count) {
    if (F->walked) return SYMRUN_END;
    rc = sr_file_is_archive(F) ? walk_on(F)
       : F->component ? find_modules(F) : only_member(F);
    if (rc != SYMRUN_OK) return rc;
  }
  *out = &F->members[i];
  return SYMRUN_OK;
}


int sr_file_walk (sr_File *F) {
  sr_Member *m;
  int rc = SYMRUN_OK;
  while (!F->walked && rc == SYMRUN_OK) rc = sr_file_member(F, F->count, &m);
  return rc < 0 ? rc : SYMRUN_OK;
}


int sr_file_member_at (sr_File *F, uint64_t offset, uint32_t *out) {
  int rc = sr_file_walk(F);
  if (rc == SYMRUN_OK) *out = member_with(F, offset);
  return rc;
}


/* The folder of an archive is where a thin one's names begin. */
static int thin_path (sr_File *F, const sr_Member *m, char *out, size_t room) {
  const char *slash = strrchr(F->real, '/');
  size_t n = slash != NULL ? (size_t)(slash - F->real) + 1 : 0;
  if (m->name.len + n + 1 > room || memchr(m->name.ptr, '\0', m->name.len))
    return sr_fail(F->S, SYMRUN_IO, "has a name that is no path");
  memcpy(out, F->real, n);
  memcpy(out + n, m->name.ptr, m->name.len);
  out[n + m->name.len] = '\0';
  if (m->name.ptr[0] == '/')
    return sr_fail(F->S, SYMRUN_IO, "lies outside the tree that was named; "
                   "name a folder that holds the archive and its members");
  return SYMRUN_OK;
}


static int open_outside (sr_File *F, const sr_Member *m, sr_Source *out) {
  char path[PATH_MAX];
  int root, rc;
  if (m->nested) return sr_ar_nested(F->S, m->header);
  if (in_memory(F))
    return sr_fail(F->S, SYMRUN_IO, "lies in a file of its own, and this "
                   "archive is only in memory");
  rc = thin_path(F, m, path, sizeof path);
  if (rc == SYMRUN_OK) rc = root_of(F, &root);
  if (rc == SYMRUN_OK) rc = sr_source_regular(F->S, root, path);
  if (rc == SYMRUN_OK) rc = sr_source_open(F->S, root, path, out);
  if (rc == SYMRUN_OK && out->size != m->size) {
    sr_source_close(out);
    rc = sr_damage(F->S, m->header + 48, "ar_size", "is %llu, but the file "
                   "that this thin archive names has %llu bytes: it was made "
                   "anew since the archive was",
                   (unsigned long long)m->size, (unsigned long long)out->size);
  }
  return rc;
}


static int probe_member (symrun *S, sr_Member *m, const sr_Part *part) {
  size_t n = part->size < SR_PROBE ? (size_t)part->size : SR_PROBE;
  const unsigned char *p;
  if (m->probed) return SYMRUN_OK;
  p = sr_look(S, part->reader, SR_HEAD, part->offset, n, SR_PROBE * 2);
  if (p == NULL) return S->code;
  know(m, p, n);
  return SYMRUN_OK;
}


/* Members that were not come to yet are not there: sr_file_member first. */
static int known_member (sr_File *F, uint32_t i) {
  if (SR_LIKELY(i < F->count)) return SYMRUN_OK;
  return sr_fail(F->S, SYMRUN_RANGE, "there is no member %lu",
                 (unsigned long)i);
}


int sr_member_use (sr_File *F, uint32_t i, sr_Use use, void *ud) {
  symrun *S = F->S;
  sr_Member *m;
  bool apart;
  sr_Part part;
  sr_Source outside;
  int rc = known_member(F, i);
  if (rc == SYMRUN_OK) rc = sr_file_ready(F);
  if (rc != SYMRUN_OK) return rc;
  m = &F->members[i];
  apart = m->outside;
  part.reader = apart ? &S->model->inner : &S->model->reader;
  part.offset = apart ? 0 : m->offset;
  part.size = m->size;
  sr_reader_pass(part.reader, m->size);
  if (apart) {
    rc = open_outside(F, m, &outside);
    if (rc != SYMRUN_OK) return rc;
    sr_reader_set(part.reader, &outside);
  }
  rc = probe_member(S, m, &part);
  if (rc == SYMRUN_OK && use != NULL) rc = use(S, i, m, &part, ud);
  if (apart) {
    if (rc == SYMRUN_OK) rc = sr_source_same(S, &outside);
    sr_reader_set(part.reader, NULL);
    sr_source_close(&outside);
  }
  return rc;
}


int sr_file_look (sr_File *F, uint32_t i) {
  int rc = known_member(F, i);
  if (rc != SYMRUN_OK || F->members[i].probed) return rc;
  return sr_file_as_gap(F, i, SR_NATIVE, sr_member_use(F, i, NULL, NULL));
}
