/*
** edit_macho_check.c
** A second look at a Mach-O object that was made: are the bytes of all
** sections what they were, and does every relocation and indirect symbol name
** what it named?
**
** Layouts: mach-o/loader.h and mach-o/reloc.h, of Apple's xnu and cctools.
*/

#include "edit_check.h"

typedef struct Side {
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Macho M;
  const unsigned char *bytes;
  sr_MachoSection *secs;
  size_t count, room;
} Side;

typedef struct Check {
  symrun *S;
  Side a, b;
  sr_EditNames names;
  uint64_t left;         /* relocations that may yet be looked at */
} Check;


static int take (void *ud, const sr_MachoSection *sec) {
  Side *side = (Side *)ud;
  int rc = sr_room(side->M.S, &side->secs, &side->room, side->count,
                   sizeof *side->secs);
  if (rc == SYMRUN_OK) side->secs[side->count++] = *sec;
  return rc;
}


static int open_side (symrun *S, sr_Str bytes, Side *side) {
  int rc;
  side->M.S = S;
  sr_source_wrap(&side->source, bytes);
  sr_reader_set(&side->reader, &side->source);
  side->part.reader = &side->reader;
  side->part.size = bytes.len;
  side->bytes = (const unsigned char *)bytes.ptr;
  rc = sr_macho_open(S, &side->part, &side->M);
  return rc == SYMRUN_OK ? sr_macho_sections(&side->M, take, side) : rc;
}


static void close_side (symrun *S, Side *side) {
  sr_delete(S, side->secs, side->room * sizeof *side->secs);
  sr_reader_free(S, &side->reader);
}


static int wrong (const Check *K, const char *name, const char *what) {
  return sr_fail(K->S, SYMRUN_UNKNOWN, "what was made is not what it should "
                 "be, and was thrown away: %.16s %s", name, what);
}


static uint32_t word (const Side *side, uint64_t at) {
  return sr_u32(side->bytes + at, side->M.big);
}


/* -- what is named --------------------------------------------------------- */

typedef struct Named { sr_Str name; uint64_t value; unsigned sect; } Named;

static bool named (const Side *side, uint32_t i, Named *out) {
  const sr_Macho *M = &side->M;
  uint64_t at = M->symtab.symoff + (uint64_t)i * (M->is64 ? 16 : 12);
  uint32_t strx;
  if (i >= M->symtab.nsyms) return false;
  strx = word(side, at);
  if (strx >= M->symtab.strsize) return false;
  out->name.ptr = (const char *)side->bytes + M->symtab.stroff + strx;
  out->name.len = strnlen(out->name.ptr, M->symtab.strsize - strx);
  out->sect = side->bytes[at + 5];
  out->value = M->is64 ? sr_u64(side->bytes + at + 8, M->big)
                       : word(side, at + 8);
  return true;
}


static bool same (const Check *K, uint32_t i, uint32_t k) {
  Named a, b;
  if (!named(&K->a, i, &a) || !named(&K->b, k, &b)) return i == k;
  if (sr_name_order(a.name, b.name) != 0)
    return a.sect == b.sect && a.value == b.value
        && sr_edit_named(&K->names, a.name) > 0
        && sr_edit_named(&K->names, b.name) > 0;
  return (a.sect == b.sect && a.value == b.value)
      || sr_edit_named(&K->names, a.name) > 0;
}


static int check_relocs (Check *K, const sr_MachoSection *s) {
  unsigned wide = K->a.M.is64 ? 8 : 0;
  uint64_t at = word(&K->a, s->at + 48 + wide);
  uint64_t count = word(&K->a, s->at + 52 + wide), end;
  uint32_t cpu = K->a.M.cpu;
  bool big = K->a.M.big, scatters = cpu != 0x01000007 && cpu != 0x0100000c
                                    && cpu != 0x0200000c;
  if (count == 0 || count > K->left) return SYMRUN_OK;
  K->left -= count;
  if (!sr_inside(at, count * 8, K->a.part.size)
      || !sr_inside(at, count * 8, K->b.part.size))
    return wrong(K, s->name, "has relocations that are not there");
  for (end = at + count * 8; at < end; at += 8) {
    uint32_t a = word(&K->a, at + 4), b = word(&K->b, at + 4);
    uint32_t rest = big ? 0xffu : 0xff000000u;
    if (word(&K->a, at) != word(&K->b, at) || (a & rest) != (b & rest))
      return wrong(K, s->name, "has another relocation");
    if ((scatters && word(&K->a, at) >> 31)
        || !(a & (big ? 0x10u : 0x08000000u))) {
      if (a != b) return wrong(K, s->name, "has another relocation");
    }
    else if (!same(K, big ? a >> 8 : a & 0xffffffu,
                   big ? b >> 8 : b & 0xffffffu))
      return wrong(K, s->name, "has a relocation that names another symbol");
  }
  return SYMRUN_OK;
}


static int check_indirect (const Check *K) {
  static const char title[] = "LC_DYSYMTAB";
  uint64_t at, count, i;
  if (K->a.M.dysymtab == 0) return SYMRUN_OK;
  at = word(&K->a, K->a.M.dysymtab + 56);
  count = word(&K->a, K->a.M.dysymtab + 60);
  if (count == 0) return SYMRUN_OK;
  if (!sr_inside(at, count * 4, K->a.part.size)
      || !sr_inside(at, count * 4, K->b.part.size))
    return wrong(K, title, "has indirect symbols that are not there");
  for (i = 0; i < count; i++, at += 4) {
    uint32_t a = word(&K->a, at), b = word(&K->b, at);
    if ((a | b) & 0xc0000000u ? a != b : !same(K, a, b))
      return wrong(K, title, "has an indirect symbol that is another");
  }
  return SYMRUN_OK;
}


/* -- sections -------------------------------------------------------------- */

static int check_section (Check *K, const sr_MachoSection *a,
                          const sr_MachoSection *b, bool drops) {
  unsigned type = a->flags & 0xff, width = K->a.M.is64 ? 80 : 68;
  bool llvm = strncmp(a->segment, "__LLVM", 16) == 0;
  if (drops && llvm && b->size == 0) return SYMRUN_OK;
  if (memcmp(K->a.bytes + a->at, K->b.bytes + b->at, width) != 0)
    return wrong(K, a->name, "has another header");
  if (a->size > 0 && type != 1 && type != 12 && type != 18
      && !(llvm && strncmp(a->name, "__cg_profile", 16) == 0)
      && (!sr_inside(a->offset, a->size, K->a.part.size)
          || !sr_inside(a->offset, a->size, K->b.part.size)
          || memcmp(K->a.bytes + a->offset, K->b.bytes + a->offset,
                    (size_t)a->size) != 0))
    return wrong(K, a->name, "has other bytes");
  return check_relocs(K, a);
}


static int check_all (Check *K, bool drops) {
  size_t i;
  int rc = SYMRUN_OK;
  if (K->a.count != K->b.count || K->a.M.size != K->b.M.size)
    return wrong(K, "mach_header", "has other load commands");
  K->left = K->a.part.size / 8;
  for (i = 0; i < K->a.count && rc == SYMRUN_OK; i++)
    rc = check_section(K, &K->a.secs[i], &K->b.secs[i], drops);
  return rc == SYMRUN_OK ? check_indirect(K) : rc;
}


int sr_macho_edit_check (symrun *S, sr_Str before, sr_Str after,
                         const sr_ObjectEdit *edits, size_t count) {
  bool drops = false;
  Check K;
  size_t i;
  int rc;
  memset(&K, 0, sizeof K);
  K.S = S;
  for (i = 0; i < count; i++)
    drops = drops || (edits[i].how & SR_DROP_LTO) != 0;
  rc = sr_edit_names(S, edits, count, &K.names);
  if (rc == SYMRUN_OK) rc = open_side(S, before, &K.a);
  if (rc == SYMRUN_OK) rc = open_side(S, after, &K.b);
  if (rc == SYMRUN_OK) rc = check_all(&K, drops);
  close_side(S, &K.a);
  close_side(S, &K.b);
  sr_edit_names_free(&K.names);
  return rc;
}
