/*
** members.c
** What is in a file: the members of an archive, the modules of a component; an
** object that is in neither is a file of one member.  Members are found one
** after the other, so one that a damaged header hides is never taken for the
** archive's end.
*/

#include "model.h"


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
  sr_Part part = {NULL, 0, 0, NULL, 0};
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
static int thin_path (sr_File *F, sr_Str name, char *out, size_t room) {
  const char *slash = strrchr(F->real, '/');
  size_t n = slash != NULL ? (size_t)(slash - F->real) + 1 : 0;
  if (name.len == 0 || name.len + n + 1 > room
      || memchr(name.ptr, '\0', name.len))
    return sr_fail(F->S, SYMRUN_IO, "has a name that is no path");
  memcpy(out, F->real, n);
  memcpy(out + n, name.ptr, name.len);
  out[n + name.len] = '\0';
  if (name.ptr[0] == '/')
    return sr_fail(F->S, SYMRUN_IO, "lies outside the tree that was named; "
                   "name a folder that holds the archive and its members");
  return SYMRUN_OK;
}


int sr_file_beside (sr_File *F, sr_Str name, sr_Source *out) {
  char path[PATH_MAX];
  int root, rc;
  if (sr_file_in_memory(F))
    return sr_fail(F->S, SYMRUN_IO, "lies in a file of its own, and this "
                   "archive is only in memory");
  rc = thin_path(F, name, path, sizeof path);
  if (rc == SYMRUN_OK) rc = sr_file_root(F, &root);
  if (rc == SYMRUN_OK) rc = sr_source_regular(F->S, root, path);
  return rc == SYMRUN_OK ? sr_source_open(F->S, root, path, out) : rc;
}


static int open_outside (sr_File *F, const sr_Member *m, sr_Source *out) {
  int rc = m->nested ? sr_ar_nested(F->S, m->header)
                     : sr_file_beside(F, m->name, out);
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
  part.told = F->told;
  part.target = F->target;
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
