/*
** scan.c
** Reading files for somebody: symbols, the index of an archive, bytes.  One
** reader serves all files of a run; whoever reads one file while another is
** being read only makes the first read its bytes again.
*/

#include "../ground/hash.h"
#include "model.h"

#define STEP     ((size_t)1 << 20)  /* bytes that are looked at together */
#define OVERLAP  4096               /* and seen again with the next ones */


static bool concerned (const sr_Scan *scan, uint32_t i, const sr_Member *m) {
  if (scan->only != SR_NONE && scan->only != i) return false;
  return scan->members == NULL
      || sr_glob_match(scan->members, m->name.ptr, m->name.len);
}


bool sr_gap_concerns (const sr_File *F, const sr_Gap *gap,
                      const sr_Scan *scan) {
  /* Of a file that is nobody knows what, no view is known. */
  bool every = gap->damage || (F->vague && gap->member == SR_NONE
                               && gap->view != SR_INDEX);
  if (gap->one || (gap->view != scan->ask.view && !every)) return false;
  /* Damage to the archive itself may have hidden members of any name, but
     not one that was found before it; that to its index hides no member. */
  if (gap->view == SR_INDEX) return scan->ask.view == SR_INDEX;
  if (gap->member == SR_NONE) return scan->only == SR_NONE;
  return concerned(scan, gap->member, &F->members[gap->member]);
}


typedef struct Indexed {
  sr_Scan *scan;
  const sr_Ask *ask;
  const sr_Member *typical;  /* of members whose names are decorated; NULL */
  char *marked;              /* a name that is not decorated, and 'room' */
  size_t room;
} Indexed;


/* Names that are not decorated among those that are begin with a \1, as
   compilers mark them. */
static int mark (Indexed *I, sr_Str *name) {
  symrun *S = I->scan->file->S;
  int rc = SYMRUN_OK;
  if (I->ask->flush != NULL) rc = I->ask->flush(I->ask->ud);
  while (rc == SYMRUN_OK && I->room < name->len + 1)
    rc = sr_room(S, &I->marked, &I->room, I->room, 1);
  if (rc != SYMRUN_OK) return rc;
  I->marked[0] = '\1';
  memcpy(I->marked + 1, name->ptr, name->len);
  name->ptr = I->marked;
  name->len++;
  return SYMRUN_OK;
}


/* An archive's index names symbols as objects do. */
static int hand_plain (Indexed *I, const sr_Member *m, const sr_Symbol *sym) {
  const sr_Ask *ask = I->ask;
  sr_Str name = {sym->name, sym->len};
  sr_Symbol plain = *sym;
  int rc = SYMRUN_OK;
  if (sr_format_plain((sr_Format)m->format, m->machine, &name))
    rc = mark(I, &name);
  if (rc != SYMRUN_OK) return rc;
  if (ask->glob != NULL && !sr_glob_match(ask->glob, name.ptr, name.len))
    return SYMRUN_OK;
  plain.name = name.ptr;
  plain.len = name.len;
  return ask->each(ask->ud, &plain);
}


/* A member that decorates names, if there is one.  Those of a thin archive
   are looked at until one tells. */
static int find_typical (sr_File *F, Indexed *I) {
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < F->count && I->typical == NULL && rc == SYMRUN_OK; i++) {
    const sr_Member *m = &F->members[i];
    if (!m->probed) rc = sr_file_look(F, i);
    if (m->machine != 0 || m->format == SR_MACHO) I->typical = m;
    if (m->outside && m->format == SR_ELF) break;
  }
  return rc;
}

/* A name of the index, with the member that it is said to stand in. */
static int each_indexed (void *ud, const sr_Symbol *sym) {
  Indexed *I = (Indexed *)ud;
  sr_Scan *scan = I->scan;
  sr_File *F = scan->file;
  const sr_Member *m;
  uint32_t i;
  int rc = sr_file_member_at(F, sym->value, &i);
  if (rc != SYMRUN_OK) return rc;
  if (i == SR_NONE && !F->damaged)
    return sr_damage(F->S, F->archive.index_at, "archive index", "contradicts "
                     "the archive: no member begins at %llu, where it puts one",
                     (unsigned long long)sym->value);
  if (i == SR_NONE ? scan->only != SR_NONE || scan->members != NULL
                   : !concerned(scan, i, &F->members[i])) return SYMRUN_OK;
  scan->member = i;
  if (I->typical == NULL) return I->ask->each(I->ask->ud, sym);
  m = i != SR_NONE && F->members[i].probed ? &F->members[i] : I->typical;
  return hand_plain(I, m, sym);
}


/* What is no archive has no index; what nobody can read may have one. */
static int no_index (sr_File *F) {
  symrun *S = F->S;
  if (F->format != SR_AIX_AR && F->format != SR_OTHER) return SYMRUN_OK;
  sr_fail(S, SYMRUN_UNKNOWN, "is %s: its index cannot be told",
          sr_format_prose(F->format));
  S->fault.offset = 0;
  S->fault.field = "magic";
  return sr_file_as_gap(F, SR_NONE, SR_INDEX, SYMRUN_UNKNOWN);
}


/* All members are found first: the index's bytes are in the reader that would
   find them.  What an archive that was cut lacks, its index may still name. */
static int scan_index (sr_File *F, sr_Scan *scan) {
  sr_Ask ask = scan->ask;
  Indexed I = {scan, &scan->ask, NULL, NULL, 0};
  uint32_t none;
  int rc;
  if (!sr_file_is_archive(F)) return no_index(F);
  scan->member = SR_NONE;
  rc = sr_file_member_at(F, 0, &none);
  if (rc == SYMRUN_OK && !ask.raw) rc = find_typical(F, &I);
  if (rc != SYMRUN_OK) return rc;
  if (I.typical != NULL) ask.glob = NULL;  /* it is for plain names */
  rc = sr_file_archive(F);
  ask.each = each_indexed;
  ask.ud = &I;
  if (rc == SYMRUN_OK && F->archive.index != SR_NOINDEX)
    rc = sr_ar_index(&F->archive, &ask);
  if (rc >= 0 && ask.flush != NULL) {
    int flushed = ask.flush(scan->ask.ud);
    if (flushed != SYMRUN_OK) rc = flushed;
  }
  sr_delete(F->S, I.marked, I.room);
  scan->ask.seen = ask.seen;
  return sr_file_as_gap(F, SR_NONE, SR_INDEX, rc);
}


static int read_symbols (symrun *S, uint32_t i, const sr_Member *m,
                         const sr_Part *part, void *ud) {
  sr_Ask *ask = (sr_Ask *)ud;
  int rc = sr_format_read(S, (sr_Format)m->format, part, ask);
  int flushed = ask->flush != NULL ? ask->flush(ask->ud) : SYMRUN_OK;
  (void)i;
  return flushed == SYMRUN_OK ? rc : flushed;
}


int sr_file_scan (sr_File *F, sr_Scan *scan) {
  struct sr_Model *M = F->S->model;
  sr_Member *m;
  uint32_t i = scan->only != SR_NONE ? scan->only : 0;
  int rc = sr_file_probe(F), done;
  scan->file = F;
  scan->ask.seen = 0;
  if (rc == SYMRUN_OK && scan->ask.view == SR_INDEX) rc = scan_index(F, scan);
  else for (; rc == SYMRUN_OK; i++) {
    if (scan->only != SR_NONE && i > scan->only) break;
    rc = sr_file_member(F, i, &m);
    if (rc != SYMRUN_OK) break;
    if (!concerned(scan, i, m)) continue;
    scan->member = sr_file_has_members(F) ? i : SR_NONE;
    rc = sr_member_use(F, i, read_symbols, &scan->ask);
    if (rc > 0) break;  /* 'each' has had enough */
    rc = sr_file_as_gap(F, i, scan->ask.view, rc);
  }
  M->checked.symbols += scan->ask.seen;
  if (rc == SYMRUN_END) rc = SYMRUN_OK;
  done = sr_file_done(F);
  return rc != SYMRUN_OK ? rc : done;
}


/* -- bytes of members ----------------------------------------------------- */

typedef struct Search {
  sr_Str bytes;
  sr_Found each;
  void *ud;
} Search;

static int search (symrun *S, uint32_t i, const sr_Member *m,
                   const sr_Part *part, void *ud) {
  const Search *s = (const Search *)ud;
  uint64_t at = 0;
  if (m->format == SR_BITCODE)
    return sr_fail(S, SYMRUN_UNKNOWN, "is LLVM bitcode, and what text it "
                   "holds cannot be told");
  while (part->size - at >= s->bytes.len && part->size > at) {
    size_t n = STEP;
    const unsigned char *p, *from, *hit;
    if (n > part->size - at) n = (size_t)(part->size - at);
    p = sr_look(S, part->reader, SR_PASSING, part->offset + at, n, n);
    if (p == NULL) return S->code;
    for (from = p; (hit = (const unsigned char *)memmem(from,
                      n - (size_t)(from - p), s->bytes.ptr,
                      s->bytes.len)) != NULL; from = hit + 1) {
      size_t left = n - (size_t)(hit - p);
      int rc;
      if (left <= OVERLAP && at + n < part->size) break;  /* see it whole */
      rc = s->each(s->ud, i, hit, left, at + n == part->size);
      if (rc != SYMRUN_OK) return rc;
    }
    if (at + n == part->size) break;
    at += n - OVERLAP;
  }
  return SYMRUN_OK;
}


int sr_file_find (sr_File *F, uint32_t member, sr_Str bytes, sr_Found each,
                  void *ud) {
  Search s = {bytes, each, ud};
  int rc;
  if (bytes.len == 0 || bytes.len > OVERLAP)
    return sr_fail(F->S, SYMRUN_RANGE, "bytes to look for are 1 to %d",
                   OVERLAP);
  rc = sr_member_use(F, member, search, &s);
  return rc > 0 ? rc : sr_file_as_gap(F, member, SR_TEXT, rc);
}


static int digest (symrun *S, uint32_t i, const sr_Member *m,
                   const sr_Part *part, void *ud) {
  XXH3_state_t *state = (XXH3_state_t *)ud;
  uint64_t at = 0;
  (void)i; (void)m;
  while (at < part->size) {
    size_t n = part->size - at < STEP ? (size_t)(part->size - at) : STEP;
    const unsigned char *p = sr_look(S, part->reader, SR_PASSING,
                                     part->offset + at, n, n);
    if (p == NULL) return S->code;
    XXH3_128bits_update(state, p, n);
    at += n;
  }
  return SYMRUN_OK;
}


int sr_file_digest (sr_File *F, uint32_t member, uint64_t out[2]) {
  XXH3_state_t state;
  XXH128_hash_t hash;
  sr_Member *m;
  int rc = sr_file_member(F, member, &m);
  if (rc == SYMRUN_END)
    return sr_fail(F->S, F->vague ? SYMRUN_UNKNOWN : SYMRUN_RANGE, F->vague
                   ? "unknown: the file cannot be read, so it has no digest"
                   : "there is no such member");
  if (rc != SYMRUN_OK) return rc;
  XXH3_128bits_reset(&state);
  rc = sr_member_use(F, member, digest, &state);
  if (rc != SYMRUN_OK) {
    rc = sr_file_as_gap(F, member, SR_TEXT, rc);
    return rc != SYMRUN_OK ? rc : sr_fail(F->S, SYMRUN_UNKNOWN, "unknown: the "
                                          "bytes could not be read");
  }
  hash = XXH3_128bits_digest(&state);
  out[0] = hash.high64;
  out[1] = hash.low64;
  return SYMRUN_OK;
}
