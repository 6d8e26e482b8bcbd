/*
** bitcode.c
** LLVM bitcode, for its symbol table and nothing else.  A file is a stream of
** bits, but each block says how many words it has, so a module of any size is
** stepped over unread: the compiler has put what a linker asks for into two
** blocks behind it, a table and its strings.
**
** Layouts: LLVM's "Bitcode File Format" (docs/BitCodeFormat.rst), which calls
** a block's table of record shapes its abbreviations; block and record numbers
** from llvm/Bitcode/LLVMBitCodes.h.  The table itself: irsymtab.c.
*/

#include "formats.h"

enum { IDENTIFICATION = 13, MODULE = 8, STRTAB = 23, SYMTAB = 25 };

#define END_BLOCK    0
#define SUBBLOCK     1
#define DEFINE       2
#define UNABBREV     3
#define EPOCH        2   /* records of IDENTIFICATION */
#define WRITER       1
#define TRIPLE       2   /* a record of MODULE */
#define THIN        20   /* a block in it: a summary for ThinLTO */
#define BLOB_RECORD  1   /* the only record of STRTAB and of SYMTAB */
#define SHAPES      16   /* of records, in a block; LLVM writes one or two */
#define FIELDS      32   /* of a shape */
#define TOP_WIDTH    2   /* bits of what begins an entry, outside of blocks */
#define BEGIN_MOST  24   /* bytes that begin a block */


/* -- bits ------------------------------------------------------------------ */

typedef struct Bits {
  const unsigned char *p;
  uint64_t size;  /* in bits */
  uint64_t at;
  bool over;      /* more was asked for than there is, or than fits */
} Bits;


/* Up to 32 of them; the first is the lowest of the first byte. */
static uint32_t bits (Bits *B, unsigned n) {
  uint64_t v = 0, byte = B->at / 8;
  unsigned skip = (unsigned)(B->at % 8), have = 0, i;
  if (n == 0) return 0;
  if (n > 32 || n > B->size - B->at) { B->over = true; return 0; }
  for (i = 0; have < skip + n; i++, have += 8)
    v |= (uint64_t)B->p[byte + i] << have;
  B->at += n;
  return (uint32_t)(v >> skip & ((UINT64_C(1) << n) - 1));
}


/* Pieces of 'n' bits, of which the highest says that another follows. */
static uint64_t vbr (Bits *B, unsigned n) {
  uint64_t v = 0, more = UINT64_C(1) << (n - 1);
  unsigned shift = 0;
  for (;;) {
    uint64_t piece = bits(B, n), value = piece & (more - 1);
    if (shift < 64) v |= value << shift;
    if (B->over || (shift > 0 && value != 0
                    && (shift >= 64 || value > UINT64_MAX >> shift))) break;
    if ((piece & more) == 0) return v;
    shift += n - 1;
  }
  B->over = true;
  return 0;
}


static void align (Bits *B) {
  uint64_t at = (B->at + 31) / 32 * 32;
  if (at > B->size) B->over = true;
  else B->at = at;
}


static void skip (Bits *B, uint64_t n) {
  if (n > B->size - B->at) B->over = true;
  else B->at += n;
}


/* -- records --------------------------------------------------------------- */

typedef struct Record {
  uint64_t code, first;  /* and the first value behind it */
  unsigned values;       /* how many of the two there are */
  unsigned ntext;        /* of all behind it, as characters */
  char text[SR_BITCODE_TEXT];
  bool has_blob;
  uint64_t blob, len;    /* bytes, from where the bits begin */
} Record;

enum { LITERAL, FIXED, VBR, ARRAY, CHAR6, BLOB };

typedef struct Field { unsigned kind; uint64_t value; } Field;

typedef struct Block {
  Bits bits;
  unsigned width;            /* of what begins an entry */
  uint64_t shapes[SHAPES];   /* where each is described */
  unsigned nshapes;
  uint64_t inner;            /* which blocks were passed in it, by number */
} Block;


static void value (Record *R, uint64_t v) {
  if (R->values == 0) R->code = v;
  if (R->values == 1) R->first = v;
  if (R->values >= 1 && R->ntext < sizeof R->text)
    R->text[R->ntext++] = (char)v;
  if (R->values < 2) R->values++;
}


static Field field (Bits *B) {
  Field f = {LITERAL, 0};
  if (bits(B, 1)) f.value = vbr(B, 8);
  else {
    f.kind = bits(B, 3);
    if (f.kind == FIXED || f.kind == VBR) f.value = vbr(B, 5);
    /* a field of no bits is always 0 */
    if ((f.kind == FIXED || f.kind == VBR) && f.value == 0) f.kind = LITERAL;
    else if (f.kind == LITERAL || f.kind > BLOB || f.value > 32)
      B->over = true;
    else if (f.kind == VBR && f.value == 1) B->over = true;
  }
  return f;
}


static const char char6[] = "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";

static uint64_t scalar (Bits *B, const Field *f) {
  switch (f->kind) {
    case LITERAL: return f->value;
    case FIXED:   return bits(B, (unsigned)f->value);
    case VBR:     return vbr(B, (unsigned)f->value);
    case CHAR6:   return (unsigned char)char6[bits(B, 6)];
    default:      B->over = true; return 0;
  }
}


/* Elements of no bits would take time and no room, so there are none. */
static void array (Bits *B, const Field *f, Record *R) {
  uint64_t n = vbr(B, 6);
  if (f->kind == LITERAL) B->over = true;
  for (; n > 0 && !B->over; n--) value(R, scalar(B, f));
}


static void blob (Bits *B, Record *R) {
  R->len = vbr(B, 6);
  align(B);
  R->blob = B->at / 8;
  R->has_blob = true;
  if (R->len > (B->size - B->at) / 8) B->over = true;
  else skip(B, R->len * 8);
  align(B);
}


/* Shapes are not kept: they are read again where a record has one. */
static void shaped (Block *K, unsigned shape, Record *R) {
  Bits D = K->bits;  /* the description */
  Bits *B = &K->bits;
  uint64_t n;
  D.at = K->shapes[shape];
  for (n = vbr(&D, 5); n > 0 && !D.over && !B->over; n--) {
    Field f = field(&D);
    if (f.kind == BLOB) blob(B, R);
    else if (f.kind == ARRAY) {
      Field element = field(&D);
      array(B, &element, R);
      n--;
    }
    else value(R, scalar(B, &f));
    if (n == 0) break;
  }
  B->over |= D.over;
}


/* An array has its element's kind behind it, and ends the list, as a blob
   does. */
static void define (Block *K) {
  Bits *B = &K->bits;
  uint64_t at = B->at, n = vbr(B, 5), i;
  bool last = false;
  if (n == 0 || n > FIELDS || K->nshapes == SHAPES) B->over = true;
  for (i = 0; i < n && !B->over; i++) {
    Field f = field(B);
    if (last && (f.kind == ARRAY || f.kind == BLOB || i + 1 < n))
      B->over = true;
    if (f.kind == ARRAY && i + 2 != n) B->over = true;
    if (f.kind == BLOB && i + 1 != n) B->over = true;
    last = f.kind == ARRAY;
  }
  if (!B->over) K->shapes[K->nshapes++] = at;
}


static void plain (Bits *B, Record *R) {
  uint64_t n;
  value(R, vbr(B, 6));
  for (n = vbr(B, 6); n > 0 && !B->over; n--) value(R, vbr(B, 6));
}


/* What begins a block, up to its words. */
static uint64_t enter (Bits *B, uint64_t *id, uint64_t *width) {
  *id = vbr(B, 8);
  *width = vbr(B, 4);
  align(B);
  return bits(B, 32);
}


/* The next record; false at the end of the block, and of its bits. */
static bool record (Block *K, Record *R) {
  Bits *B = &K->bits;
  while (!B->over) {
    uint64_t id, width;
    uint32_t what = bits(B, K->width);
    memset(R, 0, sizeof *R);
    if (B->over || what == END_BLOCK) return false;
    if (what == SUBBLOCK) {
      skip(B, enter(B, &id, &width) * 32);
      if (id < 64) K->inner |= UINT64_C(1) << id;
    }
    else if (what == DEFINE) define(K);
    else if (what == UNABBREV) { plain(B, R); return true; }
    else if (what - 4 < K->nshapes) { shaped(K, what - 4, R); return true; }
    else B->over = true;
  }
  return false;
}


/* -- blocks ---------------------------------------------------------------- */

typedef struct Stream {
  symrun *S;
  const sr_Part *part;
  sr_Ask *ask;
  sr_Bitcode *about;     /* NULL: the symbols are wanted */
  uint64_t at, begin;    /* in the part */
  sr_IrTable table;      /* whose strings have not come yet */
  bool pending;          /* there is one */
  uint32_t modules;      /* since the last table */
  uint32_t all, untold;  /* in all, and those that no table is about */
} Stream;

typedef struct Head { uint64_t id, width, at, size; } Head;


static int damage (const Stream *T, uint64_t at, const char *what) {
  return sr_damage(T->S, T->part->offset + at, "bitcode", "the bitcode is "
                   "damaged: %s", what);
}


static const unsigned char *look (const Stream *T, int slot, uint64_t at,
                                  uint64_t need, uint64_t want) {
  return sr_look(T->S, T->part->reader, slot, T->part->offset + at,
                 (size_t)need, (size_t)want);
}


/* The head of the block at T->at, which is outside of all others. */
static int block_head (Stream *T, Head *head) {
  uint64_t left = T->part->size - T->at;
  Bits B = {NULL, 0, 0, false};
  uint64_t n = left < BEGIN_MOST ? left : BEGIN_MOST, words;
  B.p = look(T, SR_PASSING, T->at, n, n);
  if (B.p == NULL) return T->S->code;
  B.size = n * 8;
  if (bits(&B, TOP_WIDTH) != SUBBLOCK)
    return damage(T, T->at, "a block should begin here");
  words = enter(&B, &head->id, &head->width);
  if (B.over || head->width < 2 || head->width > 32)
    return damage(T, T->at, "a block should begin here");
  head->at = T->at + B.at / 8;
  head->size = words * 4;
  if (!sr_inside(head->at, head->size, T->part->size))
    return sr_damage(T->S, T->part->offset + head->at - 4, "block length",
                     "the block length is %llu words, and should be inside "
                     "the bitcode; is it cut short?",
                     (unsigned long long)words);
  return SYMRUN_OK;
}


static int load_block (Stream *T, int slot, const Head *head, Block *K) {
  memset(K, 0, sizeof *K);
  K->bits.p = look(T, slot, head->at, head->size, head->size);
  if (K->bits.p == NULL) return T->S->code;
  K->bits.size = head->size * 8;
  K->width = (unsigned)head->width;
  return SYMRUN_OK;
}


/* The one blob of a block. */
static int load_blob (Stream *T, int slot, const Head *head, uint64_t *at,
                      sr_Str *out) {
  Block K;
  Record R;
  bool found = false;
  int rc = load_block(T, slot, head, &K);
  if (rc != SYMRUN_OK) return rc;
  while (record(&K, &R)) {
    if (R.code != BLOB_RECORD || !R.has_blob || K.bits.over) continue;
    if (found)
      return damage(T, head->at, "a block of one table holds two");
    found = true;
    out->ptr = (const char *)K.bits.p + R.blob;
    out->len = (size_t)R.len;
    *at = head->at + R.blob;
  }
  if (K.bits.over)
    return damage(T, head->at + K.bits.at / 8, "a record should end inside of "
                  "its block, and have a shape that was described");
  return found ? SYMRUN_OK
       : damage(T, head->at, "a block that should hold a table has none");
}


static int unknown (const Stream *T, uint64_t at, const char *field,
                    const char *why) {
  sr_fail(T->S, SYMRUN_UNKNOWN, "is bitcode of which the symbols cannot be "
          "told: %s", why);
  T->S->fault.offset = T->part->offset + at;
  T->S->fault.field = field;
  return SYMRUN_UNKNOWN;
}


/* One text of all modules; two that differ are none that could be told. */
static void keep (sr_Bitcode *about, char *text, unsigned *len,
                  const Record *R) {
  if (*len == 0) memcpy(text, R->text, R->ntext);
  else if (*len != R->ntext || memcmp(text, R->text, R->ntext) != 0)
    about->several = true;
  *len = R->ntext;
}


/* The blocks that a module holds tell what LTO it is for, as LLVM's
   BitcodeModule::getLTOInfo has it. */
static int module (Stream *T, const Head *head) {
  Block K;
  Record R;
  int rc = load_block(T, SR_SYMBOLS, head, &K);
  if (rc != SYMRUN_OK) return rc;
  while (record(&K, &R))
    if (R.code == TRIPLE)
      keep(T->about, T->about->triple, &T->about->ntriple, &R);
  if (K.bits.over)
    return damage(T, head->at + K.bits.at / 8, "a record should end inside of "
                  "its block, and have a shape that was described");
  T->about->modules++;
  T->about->thin += (K.inner >> THIN & 1) != 0;
  return SYMRUN_OK;
}


/* Who wrote it.  The epoch says which bitcode it is; there is one so far. */
static int identification (Stream *T, const Head *head) {
  Block K;
  Record R;
  int rc = load_block(T, SR_PASSING, head, &K);
  if (rc != SYMRUN_OK) return rc;
  while (record(&K, &R)) {
    if (R.code == EPOCH && R.first != 0)
      return unknown(T, head->at, "epoch", "it is of an epoch that symrun does "
                     "not know");
    if (R.code == WRITER && T->about != NULL)
      keep(T->about, T->about->writer, &T->about->nwriter, &R);
  }
  return K.bits.over ? damage(T, head->at, "its identification has no end")
                     : SYMRUN_OK;
}


static int symtab (Stream *T, const Head *head) {
  sr_Str bytes;
  uint64_t at;
  int rc;
  if (T->pending)
    return damage(T, head->at, "a second symbol table comes before the strings "
                  "of the first");
  rc = load_blob(T, SR_SYMBOLS, head, &at, &bytes);
  if (rc != SYMRUN_OK) return rc;
  T->table.S = T->S;
  T->table.part = T->part;
  T->table.bytes = (const unsigned char *)bytes.ptr;
  T->table.size = bytes.len;
  T->table.at = at;
  T->table.modules = T->modules;
  T->modules = 0;
  T->pending = true;
  return SYMRUN_OK;
}


/* These are of the table before it, if there is one. */
static int strtab (Stream *T, const Head *head) {
  sr_Str bytes;
  uint64_t at;
  int rc;
  T->untold += T->modules;
  T->modules = 0;
  if (!T->pending) return SYMRUN_OK;
  T->pending = false;
  rc = load_blob(T, SR_STRINGS, head, &at, &bytes);
  if (rc != SYMRUN_OK) return rc;
  T->table.strings = bytes.ptr;
  T->table.strsize = bytes.len;
  return sr_irsymtab_read(&T->table, T->ask);
}


static bool magic_at (const unsigned char *p) {
  return memcmp(p, "BC\xc0\xde", 4) == 0;
}


static int no_strings (const Stream *T) {
  return damage(T, T->table.at, "the strings of its symbol table are gone; is "
                "it cut short?");
}


/* Whole objects put together (ld -r) leave one stream behind the other, with
   zeros between them.  Sets 'end' where nothing follows. */
static int next_stream (Stream *T, bool *end) {
  uint64_t size = T->part->size, at = T->at;
  const unsigned char *p;
  unsigned i;
  *end = size - at < 8;  /* archivers may pad */
  if (*end) return SYMRUN_OK;
  p = look(T, SR_PASSING, at, 4, BEGIN_MOST);
  if (p == NULL) return T->S->code;
  for (i = 0; i < 4 && size - at >= 8 && sr_u32(p, false) == 0; i++) {
    at += 4;
    p = look(T, SR_PASSING, at, 4, BEGIN_MOST);
    if (p == NULL) return T->S->code;
  }
  if (size - at < 8 && i > 0) *end = true;
  if (*end || !magic_at(p)) return SYMRUN_OK;
  T->at = at + 4;
  T->untold += T->modules;
  T->modules = 0;
  return T->pending ? no_strings(T) : SYMRUN_OK;
}


/* What was in it that no table told? */
static int at_end (Stream *T) {
  T->untold += T->modules;
  if (T->pending) return no_strings(T);
  if (T->all == 0)
    return damage(T, T->begin, "there is no module in it; is it cut short?");
  if (T->untold > 0 && T->about == NULL)
    return unknown(T, T->begin, "symbol table", "it has no symbol table; what "
                   "wrote it had no back end for its target (llvm-as, "
                   "llvm-link), or is old; opt writes one");
  return SYMRUN_OK;
}


static int read_stream (Stream *T, bool section) {
  for (;;) {
    Head head;
    bool end = T->part->size - T->at < 8;
    int rc = section && T->all > 0 && !end ? next_stream(T, &end) : SYMRUN_OK;
    if (rc != SYMRUN_OK) return rc;
    if (end) return at_end(T);
    rc = block_head(T, &head);
    if (rc != SYMRUN_OK) return rc;
    T->at = head.at + head.size;
    switch (head.id) {
      case MODULE:
        T->modules++;
        T->all++;
        if (T->about != NULL) rc = module(T, &head);
        break;
      case IDENTIFICATION: rc = identification(T, &head); break;
      case SYMTAB: if (T->about == NULL) rc = symtab(T, &head); break;
      case STRTAB: if (T->about == NULL) rc = strtab(T, &head); break;
      default: break;
    }
    if (rc != SYMRUN_OK) return rc;
  }
}


/* Apple's tools put a header before it, of five words. */
static int unwrap (symrun *S, sr_Part *part) {
  const unsigned char *p = sr_look(S, part->reader, SR_PASSING, part->offset,
                                   20, 20);
  uint32_t offset, size;
  if (p == NULL) return S->code;
  offset = sr_u32(p + 8, false);
  size = sr_u32(p + 12, false);
  if (offset < 20 || !sr_inside(offset, size, part->size))
    return sr_damage(S, part->offset + 8, "bitcode wrapper", "the bitcode "
                     "wrapper says %u bytes at %u, and these should be inside "
                     "it; is it cut short?", (unsigned)size, (unsigned)offset);
  part->offset += offset;
  part->size = size;
  return SYMRUN_OK;
}


static int open_stream (symrun *S, const sr_Part *part, bool section,
                        sr_Ask *ask, sr_Bitcode *about) {
  sr_Part inner = *part;
  const unsigned char *p;
  Stream T;
  int rc = SYMRUN_OK;
  if (part->size >= 20) {
    p = sr_look(S, part->reader, SR_PASSING, part->offset, 20, 20);
    if (p == NULL) return S->code;
    if (sr_u32(p, false) == 0x0b17c0de) rc = unwrap(S, &inner);
    if (rc != SYMRUN_OK) return rc;
  }
  memset(&T, 0, sizeof T);
  T.S = S;
  T.part = &inner;
  T.ask = ask;
  T.about = about;
  if (inner.size < 8)
    return damage(&T, 0, "it has no room for a block; is it cut short?");
  p = look(&T, SR_PASSING, 0, 4, 4);
  if (p == NULL) return S->code;
  if (!magic_at(p))
    return damage(&T, 0, "it should begin with BC C0 DE");
  T.at = 4;
  return read_stream(&T, section);
}


int sr_bitcode_read (symrun *S, const sr_Part *part, bool section,
                     sr_Ask *ask) {
  return open_stream(S, part, section, ask, NULL);
}


int sr_bitcode_about (symrun *S, const sr_Part *part, bool section,
                      sr_Bitcode *out) {
  memset(out, 0, sizeof *out);
  return open_stream(S, part, section, NULL, out);
}
