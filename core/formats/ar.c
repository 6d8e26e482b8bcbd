/*
** ar.c
** Archives: a magic word, then members behind headers of sixty characters.
** The header says only how long a member is, so an archive that was cut in
** its last member still looks whole to bfd, gold, lld and mold; here it is
** damage.  Names repeat, and may be paths: a member is known by its place.
**
** Layouts: System V ABI "Archive file" for "/" and "//", GNU binutils
** include/aout/ar.h for thin archives, LLVM Archive.h for "/SYM64/",
** BSD ranlib(5) and Darwin mach-o/ranlib.h for "__.SYMDEF".
*/

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "formats.h"

#define MAGIC     8
#define HEADER   60
#define AHEAD   (HEADER + SR_PROBE)        /* the next header and its magic */
#define SHARED   64  /* names may add up to so many times what holds them */


int sr_ar_open (symrun *S, sr_Reader *reader, sr_Arena *arena,
                sr_Archive *out) {
  const unsigned char *p = sr_look(S, reader, SR_HEAD, 0, MAGIC, 4096);
  if (p == NULL) return S->code;
  memset(out, 0, sizeof *out);
  out->S = S;
  out->reader = reader;
  out->arena = arena;
  out->next = MAGIC;
  out->thin = (p[2] == 't');
  return SYMRUN_OK;
}


/* A decimal field, filled up with spaces. */
static bool decimal (const unsigned char *p, size_t n, uint64_t *out) {
  uint64_t v = 0;
  size_t i;
  for (i = 0; i < n && p[i] >= '0' && p[i] <= '9'; i++)
    v = v * 10 + (uint64_t)(p[i] - '0');
  if (i == 0) return false;
  *out = v;
  while (i < n && p[i] == ' ') i++;
  return i == n;
}


static bool is (const unsigned char *field, const char *name) {
  size_t n = strlen(name), i;
  if (memcmp(field, name, n) != 0) return false;
  for (i = n; i < 16; i++) if (field[i] != ' ') return false;
  return true;
}


/* A name from the table of long names ends with "/\n" (GNU), "\n", or NUL
   (COFF). */
static int long_name (sr_Archive *A, uint64_t header, uint64_t at,
                      sr_Str *out) {
  const char *s, *end;
  size_t n = 0, room;
  if (A->longnames.ptr == NULL)
    return sr_damage(A->S, header, "ar_name", "ar_name points to a long name, "
                     "but no table of long names came before it");
  if (at >= A->longnames.len)
    return sr_damage(A->S, header, "ar_name", "ar_name points to long name "
                     "%llu, but the table has %zu bytes",
                     (unsigned long long)at, A->longnames.len);
  s = A->longnames.ptr + at;
  room = A->longnames.len - (size_t)at;
  for (end = s; n < room && *end != '\n' && *end != '\0'; n++) end++;
  if (n == room)
    return sr_damage(A->S, header, "ar_name", "ar_name points to long name "
                     "%llu, which has no end in the table",
                     (unsigned long long)at);
  A->told += n;  /* any number of members may point to one long name */
  if (A->told / SHARED > A->reader->source->size)
    return sr_damage(A->S, header, "ar_name", "ar_name points to a name that "
                     "many share: up to here they add up to %llu bytes, more "
                     "than %d times the archive", (unsigned long long)A->told,
                     SHARED);
  if (n > 0 && s[n - 1] == '/') n--;
  out->ptr = s;
  out->len = n;
  return SYMRUN_OK;
}


/* BSD: the name is the first bytes of the member, perhaps NUL-padded. */
static int bsd_name (sr_Archive *A, uint64_t len, sr_ArMember *m) {
  const unsigned char *p;
  if (len > m->size)
    return sr_damage(A->S, m->header, "ar_name", "ar_name says that %llu bytes "
                     "are the name, but the member has %llu",
                     (unsigned long long)len, (unsigned long long)m->size);
  p = sr_look(A->S, A->reader, SR_HEAD, m->offset, (size_t)len,
              (size_t)len + AHEAD);
  if (p == NULL) return A->S->code;
  m->offset += len;
  m->size -= len;
  while (len > 0 && p[len - 1] == '\0') len--;
  m->name.ptr = sr_arena_copy(A->S, A->arena, (const char *)p, (size_t)len);
  m->name.len = (size_t)len;
  return m->name.ptr != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


/* System V ends names with a slash, and BSD with blanks. */
static int short_name (sr_Archive *A, const unsigned char *field,
                       sr_ArMember *m) {
  const unsigned char *slash = (const unsigned char *)memchr(field, '/', 16);
  size_t n = !A->bsd && slash != NULL ? (size_t)(slash - field) : 16;
  while (n > 0 && field[n - 1] == ' ') n--;
  if (n > 0 && field[n - 1] == '/') n--;
  m->name.ptr = sr_arena_copy(A->S, A->arena, (const char *)field, n);
  m->name.len = n;
  return m->name.ptr != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


/* It is the archive's index; linkers take the first. */
static void own (sr_Archive *A, const sr_ArMember *m, sr_ArIndex kind) {
  if (A->index != SR_NOINDEX) return;
  A->index = kind;
  A->index_at = m->offset;
  A->index_size = m->size;
}


/* The last member that a GNU index names: an archive that ends before it was
   cut between two members, where nothing else tells. */
static int promise (sr_Archive *A, const sr_ArMember *m, size_t wide) {
  const unsigned char *p;
  uint64_t count;
  if (m->size < 2 * wide) return SYMRUN_OK;
  p = sr_look(A->S, A->reader, SR_PASSING, m->offset, wide, wide);
  if (p == NULL) return A->S->code;
  count = wide == 8 ? sr_u64(p, true) : sr_u32(p, true);
  if (count == 0 || count > m->size / wide - 1) return SYMRUN_OK;
  p = sr_look(A->S, A->reader, SR_PASSING, m->offset + count * wide, wide,
              wide);
  if (p == NULL) return A->S->code;
  A->promised = wide == 8 ? sr_u64(p, true) : sr_u32(p, true);
  return SYMRUN_OK;
}


static bool symdef (const sr_Str *name, sr_ArIndex *kind) {
  static const char *const names[] = {"__.SYMDEF", "__.SYMDEF SORTED",
                                      "__.SYMDEF_64", "__.SYMDEF_64 SORTED"};
  size_t i;
  for (i = 0; i < 4; i++)
    if (name->len == strlen(names[i])
        && memcmp(name->ptr, names[i], name->len) == 0) {
      *kind = i < 2 ? SR_INDEX_BSD : SR_INDEX_BSD64;
      return true;
    }
  return false;
}


static int load_names (sr_Archive *A, const sr_ArMember *m) {
  const unsigned char *p = sr_look(A->S, A->reader, SR_STRINGS, m->offset,
                                   (size_t)m->size, (size_t)m->size);
  if (p == NULL) return A->S->code;
  A->longnames.ptr = sr_arena_copy(A->S, A->arena, (const char *)p,
                                   (size_t)m->size);
  A->longnames.len = (size_t)m->size;
  return A->longnames.ptr != NULL ? SYMRUN_OK : SYMRUN_NOMEM;
}


int sr_ar_nested (symrun *S, uint64_t header) {
  sr_fail(S, SYMRUN_UNKNOWN, "is a member of another archive inside a thin "
          "archive, which symrun does not read; add the objects instead of "
          "the archive");
  S->fault.offset = header;
  S->fault.field = "ar_name";
  return SYMRUN_UNKNOWN;
}


/* "/NAME:HEADER": a thin archive that was added to this one is named, and
   where in it the member's header is. */
static bool nested (const unsigned char *h, uint64_t *name) {
  const unsigned char *colon = (const unsigned char *)memchr(h, ':', 16);
  uint64_t header;
  return colon != NULL && decimal(h + 1, (size_t)(colon - h) - 1, name)
      && decimal(colon + 1, (size_t)(h + 16 - colon) - 1, &header);
}


/* The tables that are the archive's own, of all formats but BSD's. */
static bool table (const unsigned char *h) {
  return is(h, "/") || is(h, "//") || is(h, "/SYM64/")
      || (h[0] == '/' && h[1] == '<');
}


/* Behind a member no linker looks for one. */
static int read_table (sr_Archive *A, const unsigned char *h,
                       const sr_ArMember *m) {
  if (A->begun)
    return sr_damage(A->S, m->header, "ar_name", "an archive's own table "
                     "stands behind a member, and should stand before all");
  if (is(h, "/")) {
    own(A, m, SR_INDEX_GNU);
    if (A->linkers++ == 0) return promise(A, m, 4);
    if (A->linkers == 2) {
      A->second_at = m->offset;
      A->second_size = m->size;
    }
    return SYMRUN_OK;
  }
  if (is(h, "/<ECSYMBOLS>/")) {
    if (A->ec_at != 0)
      return sr_damage(A->S, m->header, "ar_name", "the archive has two "
                       "indexes for ARM64EC");
    A->ec_at = m->offset;
    A->ec_size = m->size;
  }
  if (is(h, "/SYM64/")) {
    own(A, m, SR_INDEX_GNU64);
    return promise(A, m, 8);
  }
  return is(h, "//") ? load_names(A, m) : SYMRUN_OK;
}


/* Name the member, or say that it is the archive's own. */
static int name_member (sr_Archive *A, const unsigned char *h, sr_ArMember *m,
                        bool *mine) {
  sr_ArIndex kind;
  bool first = m->header == MAGIC;
  uint64_t n;
  int rc;
  if (first)
    A->bsd = memcmp(h, "#1/", 3) == 0 || memcmp(h, "__.SYMDEF", 9) == 0;
  *mine = table(h);
  if (*mine) return read_table(A, h, m);
  /* A thin archive has no bytes that a name could be the first of. */
  if (memcmp(h, "#1/", 3) == 0 && decimal(h + 3, 13, &n) && !A->thin)
    rc = bsd_name(A, n, m);
  else if (h[0] == '/' && decimal(h + 1, 15, &n))
    rc = long_name(A, m->header, n, &m->name);
  else if (h[0] == '/' && A->thin && nested(h, &n)) {
    m->nested = true;
    rc = long_name(A, m->header, n, &m->name);
  }
  else if (h[0] == '/' || (A->thin && memcmp(h, "#1/", 3) == 0))
    return sr_damage(A->S, m->header, "ar_name", "ar_name is '%.16s', which is "
                     "no name that this format of archives gives",
                     (const char *)h);
  else
    rc = short_name(A, h, m);
  if (rc != SYMRUN_OK || !first) return rc;
  *mine = symdef(&m->name, &kind);
  if (*mine) own(A, m, kind);
  return SYMRUN_OK;
}


static int truncated (sr_Archive *A, const sr_ArMember *m, uint64_t left) {
  return sr_damage(A->S, m->header, "ar_size", "the archive is cut short: this "
                   "member has %llu bytes by its header, and %llu are left",
                   (unsigned long long)m->size, (unsigned long long)left);
}


static int at_end (sr_Archive *A, uint64_t end) {
  if (A->promised < end) return SYMRUN_END;
  return sr_damage(A->S, A->index_at, "archive index", "the archive index "
                   "names a member at %llu, but the archive ends at %llu; is "
                   "it cut short?", (unsigned long long)A->promised,
                   (unsigned long long)end);
}


int sr_ar_next (sr_Archive *A, sr_ArMember *out) {
  uint64_t end = A->reader->source->size;
  for (;;) {
    const unsigned char *h;
    bool mine, data;
    int rc;
    memset(out, 0, sizeof *out);
    if (A->next >= end) return at_end(A, end);
    if (end - A->next < HEADER)
      return sr_damage(A->S, A->next, "ar_hdr", "the archive is cut short: a "
                       "header has %d bytes, and %llu are left", HEADER,
                       (unsigned long long)(end - A->next));
    h = sr_look(A->S, A->reader, SR_HEAD, A->next, HEADER, AHEAD);
    if (h == NULL) return A->S->code;
    out->header = A->next;
    out->offset = A->next + HEADER;
    if (h[58] != '`' || h[59] != '\n')
      return sr_damage(A->S, A->next + 58, "ar_fmag", "a member header should "
                       "end here with 60 0a, and has %02x %02x", h[58], h[59]);
    if (!decimal(h + 48, 10, &out->size))
      return sr_damage(A->S, A->next + 48, "ar_size", "ar_size is not a "
                       "decimal number");
    data = !A->thin || is(h, "/") || is(h, "//") || is(h, "/SYM64/");
    if (data && !sr_inside(out->offset, out->size, end))
      return truncated(A, out, end - out->offset);
    A->next = out->offset;
    if (data)  /* headers stand at even places */
      A->next += out->size + (out->size & 1);
    rc = name_member(A, h, out, &mine);
    if (rc != SYMRUN_OK) return rc;
    out->outside = !data;
    if (!mine) { A->begun = true; return SYMRUN_OK; }
  }
}


/* -- the index ------------------------------------------------------------- */

typedef struct Index {
  sr_Archive *A;
  sr_Ask *ask;
  const unsigned char *p;
  size_t size, wide;  /* bytes of it, and of each number in it */
  uint64_t told;      /* bytes of names */
} Index;


static int bad_index (const Index *X, uint64_t at, const char *what) {
  return sr_damage(X->A->S, X->A->index_at + at, "archive index",
                   "the archive index contradicts itself: %s", what);
}


static uint64_t number (const Index *X, uint64_t at, bool big) {
  return X->wide == 8 ? sr_u64(X->p + at, big) : sr_u32(X->p + at, big);
}


/* 'at' is where the index says so. */
static int tell (Index *X, uint64_t at, const char *name, size_t len,
                 uint64_t member) {
  sr_Ask *ask = X->ask;
  sr_Symbol sym;
  ask->seen++;
  X->told += len;
  if (X->told / SHARED > X->size)
    return bad_index(X, at, "its names add up to much more than it holds");
  if (ask->glob != NULL && !sr_glob_match(ask->glob, name, len))
    return SYMRUN_OK;
  if (member < MAGIC || !sr_inside(member, HEADER, X->A->reader->source->size))
    return bad_index(X, at, "it points outside the archive");
  memset(&sym, 0, sizeof sym);
  sym.name = name;
  sym.len = len;
  sym.value = member;
  sym.binding = SR_GLOBAL;
  sym.place = SR_DEFINED;
  sym.letter = '?';
  return ask->each(ask->ud, &sym);
}


/* The NUL behind a name, or NULL.  An index is little else than names, and few
   are shorter than a call of memchr is worth. */
static inline const char *name_end (const char *s, const char *end) {
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  for (; end - s >= 32; s += 32) {
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)s);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(s + 16));
    unsigned hits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, zero))
      | (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b, zero)) << 16;
    if (hits != 0) return s + __builtin_ctz(hits);
  }
#endif
  return (const char *)memchr(s, '\0', (size_t)(end - s));
}


/* A count, that many offsets, that many names, each with its NUL. */
static int gnu_index (Index *X) {
  const char *begin = (const char *)X->p, *end = begin + X->size, *s;
  const sr_Begin first = sr_begin(X->ask->glob);
  size_t wide = X->wide;
  uint64_t count, i;
  if (X->size < wide) return bad_index(X, 0, "it has no room for its count");
  count = number(X, 0, true);
  if (count > (X->size - wide) / (wide + 1))
    return bad_index(X, 0, "it has no room for as many names as it counts");
  s = begin + wide + count * wide;
  for (i = 0; i < count; i++) {
    const char *nul = name_end(s, end);
    uint64_t at = wide + i * wide;
    int rc = SYMRUN_OK;
    if (nul == NULL)
      return bad_index(X, (uint64_t)(s - begin), "its names end before its "
                       "count");
    if (!sr_begins(&first, s, (uint64_t)(end - s))) X->ask->seen++;
    else rc = tell(X, at, s, (size_t)(nul - s), number(X, at, true));
    if (rc != SYMRUN_OK) return rc;
    s = nul + 1;
  }
  return SYMRUN_OK;
}


/* Bytes of (name, member) pairs, the pairs, bytes of names, the names; in
   the byte order of the machine that wrote it, which only sizes betray. */
static int bsd_index (Index *X) {
  size_t wide = X->wide, size = X->size;
  bool big = false;
  uint64_t pairs = 0, strings = 0, i;
  const char *names;
  int order;
  for (order = 0; order < 2; order++) {
    big = order == 1;
    if (size < 2 * wide) continue;
    pairs = number(X, 0, big);
    if (pairs % (2 * wide) != 0 || pairs > size - 2 * wide) continue;
    strings = number(X, wide + pairs, big);
    if (strings <= size - 2 * wide - pairs) break;
  }
  if (order == 2) return bad_index(X, 0, "its sizes do not fit into it");
  names = (const char *)X->p + 2 * wide + pairs;
  for (i = 0; i < pairs / (2 * wide); i++) {
    uint64_t at = wide + i * 2 * wide, name = number(X, at, big);
    const char *nul;
    int rc;
    if (name >= strings)
      return bad_index(X, at, "a name is not among its names");
    nul = (const char *)memchr(names + name, '\0', (size_t)(strings - name));
    if (nul == NULL) return bad_index(X, at, "its last name has no end");
    rc = tell(X, at, names + name, (size_t)(nul - (names + name)),
              number(X, at + wide, big));
    if (rc != SYMRUN_OK) return rc;
  }
  return SYMRUN_OK;
}


int sr_ar_offsets (sr_Archive *A, int (*each) (void *ud, uint64_t header),
                   void *ud) {
  size_t wide = A->index == SR_INDEX_GNU64 ? 8 : 4;
  const unsigned char *p;
  uint64_t count, i, before = 0;
  if ((A->index != SR_INDEX_GNU && wide == 4) || A->index_size < wide)
    return SYMRUN_OK;
  p = sr_look(A->S, A->reader, SR_PASSING, A->index_at, wide, wide);
  if (p == NULL) return A->S->code;
  count = wide == 8 ? sr_u64(p, true) : sr_u32(p, true);
  if (count > A->index_size / wide - 1) return SYMRUN_OK;  /* told elsewhere */
  p = sr_look(A->S, A->reader, SR_PASSING, A->index_at + wide,
              (size_t)count * wide, 0);
  if (p == NULL) return A->S->code;
  for (i = 0; i < count; i++, p += wide) {
    uint64_t at = wide == 8 ? sr_u64(p, true) : sr_u32(p, true);
    int rc = at != before ? each(ud, at) : SYMRUN_OK;
    if (rc != SYMRUN_OK) return rc;
    before = at;
  }
  return SYMRUN_OK;
}


static int tell_ec (void *ud, const char *name, size_t len, uint64_t member) {
  Index *X = (Index *)ud;
  return tell(X, X->A->ec_at - X->A->index_at, name, len, member);
}


int sr_ar_index (sr_Archive *A, sr_Ask *ask) {
  Index X = {A, ask, NULL, (size_t)A->index_size, 4, 0};
  int rc;
  if (A->index == SR_NOINDEX || !(ask->want & SR_WANT_DEFINED))
    return SYMRUN_OK;
  X.p = sr_look(A->S, A->reader, SR_APART, A->index_at, X.size, X.size);
  if (X.p == NULL) return A->S->code;
  if (A->index == SR_INDEX_GNU64 || A->index == SR_INDEX_BSD64) X.wide = 8;
  rc = sr_ar_agree(A, X.p, X.size);
  if (rc == SYMRUN_OK)
    rc = A->index == SR_INDEX_GNU || A->index == SR_INDEX_GNU64
       ? gnu_index(&X) : bsd_index(&X);
  if (rc != SYMRUN_OK || A->ec_at == 0) return rc;
  X.size += (size_t)A->ec_size;
  if (ask->flush != NULL) rc = ask->flush(ask->ud);  /* names live no longer */
  return rc == SYMRUN_OK ? sr_ar_ec(A, tell_ec, &X) : rc;
}
