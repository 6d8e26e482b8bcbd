/*
** pe.c
** PE images: programs, DLLs, and what else begins with a program for DOS that
** says it cannot run.  Nothing in an image is where an address says: sections
** map addresses to places in the file, so every table that is named by one is
** looked for through them.
**
** Layouts: Microsoft's "PE Format", sections "MS-DOS Stub", "Optional Header"
** and "Section Table".
*/

#include "coff.h"

#define DOS_HEADER   64
#define FILE_HEADER  20  /* behind the signature */


static int no_image (const sr_Coff *C, uint64_t at) {
  sr_fail(C->S, SYMRUN_UNKNOWN, "begins as a program for DOS does, and is no "
          "PE image, so what symbols it has cannot be told");
  C->S->fault.offset = C->part->offset + at;
  C->S->fault.field = "Signature";
  return SYMRUN_UNKNOWN;
}


/* The optional header, which images must have. */
static int read_optional (sr_Pe *P, uint64_t at, uint32_t size) {
  sr_Coff *C = &P->coff;
  const unsigned char *p = size >= 2 ? sr_coff_look(C, SR_HEAD, at, size, 0)
                                     : NULL;
  uint32_t magic, fixed, room;
  if (size < 2)
    return sr_coff_damage(C, at - 4, "SizeOfOptionalHeader", size, "96 or "
                          "more, for this is an image");
  if (p == NULL) return C->S->code;
  magic = sr_u16(p, false);
  P->wide = magic == 0x20b;
  if (magic != 0x10b && !P->wide)
    return sr_coff_damage(C, at, "Magic", magic, "267 (PE32) or 523 (PE32+)");
  fixed = P->wide ? 112 : 96;
  if (size < fixed)
    return sr_coff_damage(C, at - 4, "SizeOfOptionalHeader", size, P->wide
                          ? "112 or more" : "96 or more");
  P->base = P->wide ? sr_u64(p + 24, false) : sr_u32(p + 28, false);
  P->loaded = sr_u32(p + 60, false);
  P->ndirs = sr_u32(p + fixed - 4, false);
  P->dirs_at = at + fixed;
  room = (size - fixed) / 8;  /* loaders look at no more than are there */
  if (P->ndirs > room) P->ndirs = room;
  return SYMRUN_OK;
}


/* Sections must stand in the order of their addresses: no loader takes an
   image where they do not.  What they hold is most of the file, so one that
   was cut short is told by them. */
static int check_sections (sr_Pe *P) {
  sr_Coff *C = &P->coff;
  uint32_t i, before = 0;
  int rc = sr_coff_headers(C);
  for (i = 0; i < C->nsections && rc == SYMRUN_OK; i++) {
    const unsigned char *h = C->headers + (size_t)i * COFF_HEADER;
    uint64_t at = C->headers_at + (uint64_t)i * COFF_HEADER;
    uint32_t address = sr_u32(h + 12, false);
    uint32_t bytes = sr_u32(h + 16, false), from = sr_u32(h + 20, false);
    if (address < before)
      rc = sr_coff_damage(C, at + 12, "VirtualAddress", address, "no less than "
                          "that of the section before");
    else if (from != 0 && !sr_inside(from, bytes, C->part->size))
      rc = sr_coff_damage(C, at + 20, "PointerToRawData", from, "inside the "
                          "file, with all of the section; is it cut short?");
    before = address;
  }
  return rc;
}


int sr_pe_open (symrun *S, const sr_Part *part, sr_Pe *P) {
  sr_Coff *C = &P->coff;
  const unsigned char *p;
  uint64_t at;
  uint32_t size;
  int rc;
  memset(P, 0, sizeof *P);
  C->S = S;
  C->part = part;
  C->image = true;
  C->entry = 18;
  p = sr_coff_look(C, SR_HEAD, 0, DOS_HEADER, 1024);
  if (p == NULL) return S->code;
  at = sr_u32(p + 60, false);
  if (!sr_inside(at, 4, part->size))
    return sr_coff_damage(C, 60, "e_lfanew", at, "inside the file; is it cut "
                          "short?");
  p = sr_coff_look(C, SR_HEAD, at, 4, 4 + FILE_HEADER);
  if (p == NULL) return S->code;
  if (memcmp(p, "PE\0", 4) != 0) return no_image(C, at);
  p = sr_coff_look(C, SR_HEAD, at + 4, FILE_HEADER, 0);
  if (p == NULL) return S->code;
  at += 4;
  C->machine = sr_u16(p, false);
  C->nsections = sr_u16(p + 2, false);
  C->symbols_at = sr_u32(p + 8, false);
  C->nsymbols = C->symbols_at != 0 ? sr_u32(p + 12, false) : 0;
  size = sr_u16(p + 16, false);
  P->library = (sr_u16(p + 18, false) & 0x2000) != 0;
  C->headers_at = at + FILE_HEADER + size;
  if (!sr_inside(C->headers_at, (uint64_t)C->nsections * COFF_HEADER,
                 part->size))
    return sr_coff_damage(C, at + 2, "NumberOfSections", C->nsections,
                          "as many section headers as the file has room for; "
                          "is it cut short?");
  rc = read_optional(P, at + FILE_HEADER, size);
  if (rc == SYMRUN_OK) rc = check_sections(P);
  if (rc != SYMRUN_OK || C->nsymbols == 0) return rc;
  return sr_inside(C->symbols_at, (uint64_t)C->nsymbols * C->entry, part->size)
       ? SYMRUN_OK
       : sr_coff_damage(C, at + 8, "PointerToSymbolTable", C->symbols_at,
                        "inside the file, with all symbols; is it cut short?");
}


/* -- addresses ------------------------------------------------------------- */

static const unsigned char *header (const sr_Pe *P, uint32_t i) {
  return P->coff.headers + (size_t)i * COFF_HEADER;
}


/* The section that an address is in: the last that begins no later, for they
   stand in order.  C->nsections if there is none. */
static uint32_t find (const sr_Pe *P, uint32_t address) {
  uint32_t low = 0, high = P->coff.nsections, size, bytes;
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (sr_u32(header(P, mid) + 12, false) <= address) low = mid + 1;
    else high = mid;
  }
  if (low == 0) return P->coff.nsections;
  size = sr_u32(header(P, low - 1) + 8, false);
  bytes = sr_u32(header(P, low - 1) + 16, false);
  address -= sr_u32(header(P, low - 1) + 12, false);
  return address < size || address < bytes ? low - 1 : P->coff.nsections;
}


uint32_t sr_pe_section (const sr_Pe *P, uint32_t address) {
  uint32_t i = find(P, address);
  return i < P->coff.nsections ? sr_u32(header(P, i) + 36, false) : 0;
}


int sr_pe_place (sr_Pe *P, uint32_t address, uint64_t need, const char *field,
                 uint64_t where, uint64_t *at, uint64_t *left) {
  sr_Coff *C = &P->coff;
  uint32_t i = find(P, address);
  *left = 0;
  if (i < C->nsections) {
    const unsigned char *h = header(P, i);
    uint32_t bytes = sr_u32(h + 16, false), from = sr_u32(h + 20, false);
    address -= sr_u32(h + 12, false);
    *at = (uint64_t)from + address;
    if (address < bytes && from != 0) *left = bytes - address;
  }
  else if (address < P->loaded) {  /* the headers are in memory too */
    *at = address;
    *left = P->loaded - address;
  }
  if (*left > 0 && *at < C->part->size) {
    if (*left > C->part->size - *at) *left = C->part->size - *at;
    if (*left >= need) return SYMRUN_OK;
  }
  return sr_damage(C->S, C->part->offset + where, field, "%s points to address "
                   "%llx, where %llu bytes should be, and the file has not as "
                   "many for it; is it cut short?", field,
                   (unsigned long long)(i < C->nsections ? address
                     + sr_u32(header(P, i) + 12, false) : address),
                   (unsigned long long)need);
}


/* -- reading --------------------------------------------------------------- */

/* What is for DOS alone is a program too, of which nothing else is known. */
int sr_pe_role (symrun *S, const sr_Part *part, sr_Role *out) {
  sr_Pe P;
  int rc = sr_pe_open(S, part, &P);
  if (rc == SYMRUN_OK || rc == SYMRUN_UNKNOWN)
    *out = P.library ? SR_ROLE_LIBRARY : SR_ROLE_EXECUTABLE;
  return rc == SYMRUN_UNKNOWN ? SYMRUN_OK : rc;
}


static int stripped (const sr_Pe *P) {
  symrun *S = P->coff.S;
  sr_fail(S, SYMRUN_UNKNOWN, "has no symbol table, so its own symbols are "
          "gone; ask for the view 'dynamic', or for what it was linked from");
  S->fault.offset = P->coff.part->offset;
  S->fault.field = "PointerToSymbolTable";
  return SYMRUN_UNKNOWN;
}


/* Of an image's own symbols, those visible outside are its exports, whatever
   the symbol table has. */
int sr_pe_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  sr_Pe P;
  int rc = sr_pe_open(S, part, &P);
  if (rc != SYMRUN_OK) return rc;
  if (ask->view == SR_NATIVE) {
    if (P.coff.nsymbols == 0) return stripped(&P);
    if (!(ask->want & SR_WANT_EXPORTED)) return sr_coff_symbols(&P.coff, ask);
  }
  return sr_pe_tables(&P, ask);
}
