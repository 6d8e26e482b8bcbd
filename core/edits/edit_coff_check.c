/*
** edit_coff_check.c
** A second look at a COFF object that was made: are the bytes of all sections
** what they were, and does every relocation name the symbol that it named?
** Numbers of symbols differ where one was stripped, so symbols are compared.
**
** Layout: Microsoft's "PE Format", sections "Section Table" and "COFF
** Relocations".
*/

#include "../formats/coff.h"
#include "edit_check.h"

typedef struct Side {
  sr_Source source;
  sr_Reader reader;
  sr_Part part;
  sr_Coff C;
  const unsigned char *bytes;
} Side;

typedef struct Check {
  symrun *S;
  Side a, b;
  sr_EditNames names;
  uint64_t left;         /* relocations that may yet be looked at */
} Check;


static int open_side (symrun *S, sr_Str bytes, Side *side) {
  int rc;
  sr_source_wrap(&side->source, bytes);
  sr_reader_set(&side->reader, &side->source);
  side->part.reader = &side->reader;
  side->part.size = bytes.len;
  side->bytes = (const unsigned char *)bytes.ptr;
  rc = sr_coff_open(S, &side->part, &side->C);
  if (rc == SYMRUN_OK) rc = sr_coff_headers(&side->C);
  if (rc == SYMRUN_OK && side->C.nsymbols > 0) rc = sr_coff_strings(&side->C);
  return rc;
}


static int wrong (const Check *K, uint32_t section, const char *what) {
  return sr_fail(K->S, SYMRUN_UNKNOWN, "what was made is not what it should "
                 "be, and was thrown away: section %u %s", section, what);
}


/* -- what relocations name ------------------------------------------------- */

typedef struct Named {
  sr_Str name;
  uint32_t value;
  int32_t section;
} Named;

static bool named (const Side *side, uint32_t i, Named *out) {
  const unsigned char *p;
  sr_CoffSymbol s;
  uint32_t at;
  if (i >= side->C.nsymbols) return false;
  p = side->bytes + side->C.symbols_at + (uint64_t)i * side->C.entry;
  s = sr_coff_symbol(p, side->C.entry == 20);
  out->value = s.value;
  out->section = s.section;
  out->name.ptr = (const char *)p;
  out->name.len = strnlen(out->name.ptr, 8);
  at = sr_u32(p + 4, false);
  if (sr_u32(p, false) != 0 || at == 0) return true;
  if (at >= side->C.strsize) return false;
  out->name.ptr = side->C.strings + at;
  out->name.len = strlen(out->name.ptr);
  return true;
}


static bool same_symbol (const Check *K, uint32_t i, uint32_t k) {
  Named a, b;
  if (!named(&K->a, i, &a)) return !named(&K->b, k, &b);
  if (!named(&K->b, k, &b)) return false;
  if (sr_name_order(a.name, b.name) != 0)
    return sr_edit_named(&K->names, a.name) > 0
        && sr_edit_named(&K->names, b.name) > 0 && a.section == b.section
        && a.value == b.value;
  return (a.section == b.section && a.value == b.value)
      || sr_edit_named(&K->names, a.name) > 0;
}


static const unsigned char *relocs (const Side *side, const unsigned char *h,
                                    uint64_t *count) {
  uint64_t at = sr_u32(h + 24, false);
  *count = sr_u16(h + 32, false);
  if (*count == 0xffff && (sr_u32(h + 36, false) & 0x01000000u)
      && sr_inside(at, 10, side->part.size))
    *count = sr_u32(side->bytes + at, false);  /* with itself */
  if (!sr_inside(at, *count * 10, side->part.size)) *count = 0;
  return side->bytes + at;
}


static int check_relocs (Check *K, uint32_t i, const unsigned char *ha,
                         const unsigned char *hb) {
  uint64_t na, nb, k;
  const unsigned char *a = relocs(&K->a, ha, &na);
  const unsigned char *b = relocs(&K->b, hb, &nb);
  if (na != nb) return wrong(K, i, "has another number of relocations");
  if (na * 10 > K->left) return SYMRUN_OK;  /* they share bytes */
  K->left -= na * 10;
  for (k = 0; k < na; k++, a += 10, b += 10) {
    if (memcmp(a, b, 10) == 0 && K->a.C.nsymbols <= K->b.C.nsymbols) continue;
    if (sr_u32(a, false) != sr_u32(b, false)
        || sr_u16(a + 8, false) != sr_u16(b + 8, false)
        || !same_symbol(K, sr_u32(a + 4, false), sr_u32(b + 4, false)))
      return wrong(K, i, "has a relocation that names another symbol");
  }
  return SYMRUN_OK;
}


/* -- sections -------------------------------------------------------------- */

static bool is_list (const unsigned char *h) {
  static const char *const names[] = {".gfids$y", ".giats$y", ".gljmp$y",
                                      ".sxdata", ".hybmp$x"};
  size_t k;
  if (h[0] == '/') return true;  /* the others' names are longer */
  for (k = 0; k < sizeof names / sizeof *names; k++)
    if (strncmp((const char *)h, names[k], 8) == 0) return true;
  return false;
}


static int check_section (Check *K, uint32_t i, bool dissolves) {
  const unsigned char *a = K->a.C.headers + (size_t)(i - 1) * COFF_HEADER;
  const unsigned char *b = K->b.C.headers + (size_t)(i - 1) * COFF_HEADER;
  uint64_t from = sr_u32(a + 20, false), size = sr_u32(a + 16, false);
  uint32_t flags = sr_u32(a + 36, false) ^ sr_u32(b + 36, false);
  if (memcmp(a, b, 36) != 0 || (flags & ~(dissolves ? (uint32_t)SCN_COMDAT
                                                    : 0u)) != 0)
    return wrong(K, i, "has another header");
  if (from != 0 && size > 0
      && (!sr_inside(from, size, K->a.part.size)
          || !sr_inside(from, size, K->b.part.size)
          || (memcmp(K->a.bytes + from, K->b.bytes + from, size) != 0
              && !is_list(a))))
    return wrong(K, i, "has other bytes");
  return check_relocs(K, i, a, b);
}


static int check_all (Check *K, bool dissolves) {
  uint32_t i;
  int rc = SYMRUN_OK;
  if (K->a.C.nsections != K->b.C.nsections
      || K->a.C.machine != K->b.C.machine)
    return wrong(K, K->b.C.nsections, "is the last, and should not be");
  K->left = K->a.part.size;
  for (i = 1; i <= K->a.C.nsections && rc == SYMRUN_OK; i++)
    rc = check_section(K, i, dissolves);
  return rc;
}


int sr_coff_edit_check (symrun *S, sr_Str before, sr_Str after,
                        const sr_ObjectEdit *edits, size_t count) {
  bool dissolves = false;
  Check K;
  size_t i;
  int rc;
  memset(&K, 0, sizeof K);
  K.S = S;
  for (i = 0; i < count; i++)
    dissolves = dissolves || (edits[i].how & SR_DISSOLVE) != 0;
  rc = sr_edit_names(S, edits, count, &K.names);
  if (rc == SYMRUN_OK) rc = open_side(S, before, &K.a);
  if (rc == SYMRUN_OK) rc = open_side(S, after, &K.b);
  if (rc == SYMRUN_OK) rc = check_all(&K, dissolves);
  sr_reader_free(S, &K.a.reader);
  sr_reader_free(S, &K.b.reader);
  sr_edit_names_free(&K.names);
  return rc;
}
