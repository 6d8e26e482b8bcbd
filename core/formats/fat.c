/*
** fat.c
** Universal files: a table of slices, each a whole Mach-O file or archive for
** one kind of machine.  The table is big-endian whatever the machines are, and
** nothing in it says whether a slice's name is taken twice: linkers take the
** first that fits, so two for one machine are damage.
**
** Layout: mach-o/fat.h; machines and subtypes: mach/machine.h.
*/

#include <stdio.h>

#include "formats.h"

#define HEADER  8
#define SLICES  64  /* more than there are machines */


static const struct { uint32_t type, subtype; const char *name; } machines[] = {
  {7, 3, "i386"}, {0x01000007, 3, "x86_64"}, {0x01000007, 8, "x86_64h"},
  {12, 5, "armv4t"}, {12, 6, "armv6"}, {12, 7, "armv5e"}, {12, 8, "xscale"},
  {12, 9, "armv7"}, {12, 11, "armv7s"}, {12, 12, "armv7k"}, {12, 14, "armv6m"},
  {12, 15, "armv7m"}, {12, 16, "armv7em"},
  {0x0100000c, 0, "arm64"}, {0x0100000c, 2, "arm64e"},
  {0x0200000c, 1, "arm64_32"}, {18, 0, "ppc"}, {0x01000012, 0, "ppc64"}
};


/* The high byte of a subtype holds capabilities, not the machine. */
static void name_of (uint32_t type, uint32_t subtype, char *out, size_t room) {
  size_t i;
  subtype &= 0xffffff;
  for (i = 0; i < sizeof machines / sizeof *machines; i++)
    if (machines[i].type == type && machines[i].subtype == subtype) {
      snprintf(out, room, "%s", machines[i].name);
      return;
    }
  snprintf(out, room, "%u:%u", (unsigned)type, (unsigned)subtype);
}


static int bad (symrun *S, const sr_Part *part, uint64_t at,
                const char *field, uint64_t is, const char *expected) {
  return sr_damage(S, part->offset + at, field, "%s is %llu, and should be %s",
                   field, (unsigned long long)is, expected);
}


typedef struct Found { sr_Slice slice; uint32_t type; char name[32]; } Found;

/* Entry 'i' of the table that ends at 'end', into 'out'. */
static int read_slice (symrun *S, const sr_Part *part, const unsigned char *p,
                       uint64_t at, bool wide, uint64_t end, Found *out) {
  out->slice.offset = wide ? sr_u64(p + 8, true) : sr_u32(p + 8, true);
  out->slice.size = wide ? sr_u64(p + 16, true) : sr_u32(p + 12, true);
  name_of(sr_u32(p, true), sr_u32(p + 4, true), out->name, sizeof out->name);
  out->slice.name = out->name;
  out->type = sr_u32(p, true);
  if (out->slice.offset < end)
    return bad(S, part, at + 8, "offset", out->slice.offset, "behind the "
               "table of slices");
  if (!sr_inside(out->slice.offset, out->slice.size, part->size))
    return bad(S, part, at + (wide ? 16 : 12), "size", out->slice.size,
               "inside the file; is it cut short?");
  return SYMRUN_OK;
}


/* What the table says of the machine, a Mach-O file says itself: linkers go by
   the table, and refuse what they find. */
static int same_machine (symrun *S, const sr_Part *part, const sr_Slice *slice,
                         uint32_t type, uint64_t at) {
  const unsigned char *p;
  uint32_t magic, says;
  if (slice->size < 8) return SYMRUN_OK;
  p = sr_look(S, part->reader, SR_PASSING, part->offset + slice->offset, 8, 8);
  if (p == NULL) return S->code;
  magic = sr_u32(p, true) | 1;
  if (magic != 0xfeedfacf && (sr_u32(p, false) | 1) != 0xfeedfacf)
    return SYMRUN_OK;
  says = sr_u32(p + 4, magic == 0xfeedfacf);
  if (says == type) return SYMRUN_OK;
  return sr_damage(S, part->offset + at, "cputype", "cputype is %lu, and the "
                   "slice says that it is for %lu", (unsigned long)type,
                   (unsigned long)says);
}


/* No two for one machine, and none in another's bytes. */
static int check (symrun *S, const sr_Part *part, const Found *list, size_t n,
                  uint64_t at) {
  const sr_Slice *a = &list[n].slice;
  size_t i;
  for (i = 0; i < n; i++) {
    const sr_Slice *b = &list[i].slice;
    if (strcmp(a->name, b->name) == 0)
      return sr_damage(S, part->offset + at, "cputype", "there are two slices "
                       "for %s", a->name);
    if (a->offset < b->offset + b->size && b->offset < a->offset + a->size)
      return bad(S, part, at + 8, "offset", a->offset, "outside of the other "
                 "slices");
  }
  return SYMRUN_OK;
}


int sr_fat_slices (symrun *S, const sr_Part *part,
                   int (*each) (void *ud, const sr_Slice *slice), void *ud) {
  Found list[SLICES];
  const unsigned char *p;
  uint64_t entry, end;
  uint32_t count, i;
  bool wide;
  int rc = SYMRUN_OK;
  if (part->size < HEADER)
    return bad(S, part, 0, "fat_header", part->size, "8 bytes or more");
  p = sr_look(S, part->reader, SR_HEAD, part->offset, HEADER, 4096);
  if (p == NULL) return S->code;
  wide = sr_u32(p, true) == 0xcafebabf;
  count = sr_u32(p + 4, true);
  entry = wide ? 32 : 20;
  if (count == 0 || count > SLICES)
    return bad(S, part, 4, "nfat_arch", count, "1 to 64");
  end = HEADER + count * entry;
  if (end > part->size)
    return bad(S, part, 4, "nfat_arch", count, "as many slices as the file has "
               "room for; is it cut short?");
  p = sr_look(S, part->reader, SR_HEAD, part->offset, (size_t)end, 4096);
  if (p == NULL) return S->code;
  for (i = 0; i < count && rc == SYMRUN_OK; i++) {
    uint64_t at = HEADER + i * entry;
    rc = read_slice(S, part, p + at, at, wide, end, &list[i]);
    if (rc == SYMRUN_OK) rc = check(S, part, list, i, at);
  }
  for (i = 0; i < count && rc == SYMRUN_OK; i++)
    rc = same_machine(S, part, &list[i].slice, list[i].type,
                      HEADER + i * entry);
  for (i = 0; i < count && rc == SYMRUN_OK; i++)
    rc = each(ud, &list[i].slice);
  return rc;
}
