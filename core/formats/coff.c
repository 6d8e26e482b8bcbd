/*
** coff.c
** The headers of COFF objects, ordinary ones and those of "/bigobj" with their
** 32-bit section numbers; coff_symbols.c reads the symbols.  An object ends
** with its string table, so one that was cut short anywhere lacks some of it;
** one without symbols ends with what its sections hold.
**
** Layouts: Microsoft's "PE Format", sections "COFF File Header", "Section
** Table" and "COFF String Table"; for /bigobj ANON_OBJECT_HEADER_BIGOBJ in
** winnt.h, for "//" names of sections LLVM's WinCOFFObjectWriter.
*/

#include "coff.h"

#define HEADER      20
#define BIG_HEADER  56


int sr_coff_damage (const sr_Coff *C, uint64_t at, const char *field,
                    uint64_t is, const char *expected) {
  return sr_damage(C->S, C->part->offset + at, field, "%s is %llu, and should "
                   "be %s", field, (unsigned long long)is, expected);
}


const unsigned char *sr_coff_look (const sr_Coff *C, int slot, uint64_t at,
                                   uint64_t need, uint64_t want) {
  const sr_Part *P = C->part;
  if (SR_UNLIKELY(!sr_inside(at, need, P->size) || need > PTRDIFF_MAX)) {
    sr_damage(C->S, P->offset + at, "file", "%llu bytes should stand here, "
              "and the file or member ends at %llu; is it cut short?",
              (unsigned long long)need,
              (unsigned long long)(P->offset + P->size));
    return NULL;
  }
  return sr_look(C->S, P->reader, slot, P->offset + at, (size_t)need,
                 (size_t)want);
}


/* -- the header ------------------------------------------------------------ */

/* Whose identifier stands in a header for objects of another kind. */
static int check_class (const sr_Coff *C, const unsigned char *p) {
  static const unsigned char big[16] = {
    0xc7, 0xa1, 0xba, 0xd1, 0xee, 0xba, 0xa9, 0x4b,
    0xaf, 0x20, 0xfa, 0xf6, 0x6a, 0xa4, 0xdc, 0xb8};
  static const unsigned char gl[16] = {
    0x38, 0xfe, 0xb3, 0x0c, 0xa5, 0xd9, 0xab, 0x4d,
    0xac, 0x9b, 0xd6, 0xb6, 0x22, 0x26, 0x53, 0xc2};
  if (memcmp(p + 12, big, sizeof big) == 0) {
    uint16_t version = sr_u16(p + 4, false);
    return version >= 2 ? SYMRUN_OK
         : sr_coff_damage(C, 4, "Version", version, "2 or more");
  }
  if (memcmp(p + 12, gl, sizeof gl) != 0)
    return sr_damage(C->S, C->part->offset + 12, "ClassID", "ClassID is none "
                     "that symrun knows, and should be that of /bigobj");
  sr_fail(C->S, SYMRUN_UNKNOWN, "holds Microsoft's intermediate code and no "
          "native code, so its native symbols cannot be told; compile it "
          "without /GL");
  C->S->fault.offset = C->part->offset + 12;
  C->S->fault.field = "ClassID";
  return SYMRUN_UNKNOWN;
}


/* What holds no symbol may yet be cut. */
static int check_sections (sr_Coff *C) {
  uint32_t i;
  int rc = sr_coff_headers(C);
  for (i = 0; i < C->nsections && rc == SYMRUN_OK; i++) {
    const unsigned char *h = C->headers + (size_t)i * COFF_HEADER;
    uint32_t size = sr_u32(h + 16, false), from = sr_u32(h + 20, false);
    if (from != 0 && !sr_inside(from, size, C->part->size))
      rc = sr_coff_damage(C, C->headers_at + (uint64_t)i * COFF_HEADER + 20,
                          "PointerToRawData", from, "inside the file, with "
                          "all of the section; is it cut short?");
  }
  return rc;
}


/* Do sections and symbols fit into the file?  'at' is where the header says
   how many sections there are, and where symbols are, and how many. */
static int check_tables (sr_Coff *C, uint64_t at, uint64_t pointer) {
  uint64_t size = C->part->size;
  uint64_t after = C->headers_at + (uint64_t)C->nsections * COFF_HEADER;
  if (C->headers_at > size || after > size)
    return sr_coff_damage(C, at, "NumberOfSections", C->nsections, "as many "
                          "section headers as the file has room for; is it "
                          "cut short?");
  if (C->nsymbols == 0) return check_sections(C);
  if (C->symbols_at < after)
    return sr_coff_damage(C, pointer, "PointerToSymbolTable", C->symbols_at,
                          "behind the section headers");
  if (!sr_inside(C->symbols_at, (uint64_t)C->nsymbols * C->entry, size))
    return sr_coff_damage(C, pointer, "PointerToSymbolTable", C->symbols_at,
                          "inside the file, with all symbols; is it cut "
                          "short?");
  return SYMRUN_OK;
}


int sr_coff_open (symrun *S, const sr_Part *part, sr_Coff *C) {
  const unsigned char *p;
  memset(C, 0, sizeof *C);
  C->S = S;
  C->part = part;
  p = sr_coff_look(C, SR_HEAD, 0, HEADER, SR_PROBE);
  if (p == NULL) return S->code;
  if (sr_u32(p, false) == 0xffff0000u) {
    int rc;
    p = sr_coff_look(C, SR_HEAD, 0, BIG_HEADER, SR_PROBE);
    rc = p != NULL ? check_class(C, p) : S->code;
    if (rc != SYMRUN_OK) return rc;
    C->machine = sr_u16(p + 6, false);
    C->nsections = sr_u32(p + 44, false);
    C->symbols_at = sr_u32(p + 48, false);
    C->nsymbols = sr_u32(p + 52, false);
    C->headers_at = BIG_HEADER;
    C->entry = 20;
    return check_tables(C, 44, 48);
  }
  C->machine = sr_u16(p, false);
  C->nsections = sr_u16(p + 2, false);
  C->symbols_at = sr_u32(p + 8, false);
  C->nsymbols = sr_u32(p + 12, false);
  C->headers_at = HEADER;
  C->entry = 18;
  return check_tables(C, 2, 8);
}


/* -- sections -------------------------------------------------------------- */

int sr_coff_headers (sr_Coff *C) {
  uint64_t size = (uint64_t)C->nsections * COFF_HEADER;
  if (C->headers != NULL) return SYMRUN_OK;
  C->headers = sr_coff_look(C, SR_APART, C->headers_at, size, size);
  return C->headers != NULL ? SYMRUN_OK : C->S->code;
}


int sr_coff_strings (sr_Coff *C) {
  const unsigned char *p;
  if (C->strings != NULL) return SYMRUN_OK;
  if (C->symbols_at == 0)
    return sr_coff_damage(C, C->entry == 20 ? 48 : 8, "PointerToSymbolTable",
                          0, "where the string table of long names is");
  C->strings_at = C->symbols_at + (uint64_t)C->nsymbols * C->entry;
  p = sr_coff_look(C, SR_STRINGS, C->strings_at, 4, 4);
  if (p == NULL) return C->S->code;
  C->strsize = sr_u32(p, false);
  if (C->strsize < 4) C->strsize = 4;  /* some tools write 0 */
  if (!sr_inside(C->strings_at, C->strsize, C->part->size))
    return sr_coff_damage(C, C->strings_at, "string table", C->strsize,
                          "no more bytes than the file has; is it cut short?");
  p = sr_coff_look(C, SR_STRINGS, C->strings_at, C->strsize, C->strsize);
  if (p == NULL) return C->S->code;
  if (C->strsize > 4 && p[C->strsize - 1] != '\0')
    return sr_damage(C->S, C->part->offset + C->strings_at + C->strsize - 1,
                     "string table", "the string table ends with byte %02x, "
                     "and should end with 00", p[C->strsize - 1]);
  C->strings = (const char *)p;
  return SYMRUN_OK;
}


/* Where a long name is among the strings: "/" and up to seven digits, or "//"
   and six of base 64. */
static bool long_name (const unsigned char *p, uint64_t *out) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789+/";
  unsigned base = p[1] == '/' ? 64 : 10, i = p[1] == '/' ? 2 : 1;
  uint64_t value = 0;
  if (p[i] == '\0') return false;
  for (; i < 8 && p[i] != '\0'; i++) {
    const char *d = strchr(base == 64 ? digits : digits + 52, p[i]);
    size_t digit = d != NULL ? (size_t)(d - digits) : SIZE_MAX;
    if (base == 10 && digit >= 52) digit -= 52;
    if (digit >= base) return false;
    value = value * base + digit;
  }
  *out = value;
  return true;
}


int sr_coff_section_name (sr_Coff *C, uint32_t i, sr_Str *out) {
  uint64_t at = C->headers_at + (uint64_t)(i - 1) * COFF_HEADER, name;
  const unsigned char *p = C->headers + (size_t)(i - 1) * COFF_HEADER;
  int rc;
  out->ptr = (const char *)p;
  out->len = strnlen(out->ptr, 8);
  if (p[0] != '/' || (C->image && C->nsymbols == 0)) return SYMRUN_OK;
  if (!long_name(p, &name))
    return sr_damage(C->S, C->part->offset + at, "Name", "Name is '%.*s', and "
                     "should say where a long name of a section is",
                     (int)out->len, out->ptr);
  rc = sr_coff_strings(C);
  if (rc != SYMRUN_OK) return rc;
  if (name < 4 || name >= C->strsize)
    return sr_coff_damage(C, at, "Name", name, "inside the string table");
  out->ptr = C->strings + name;
  out->len = strlen(out->ptr);
  return SYMRUN_OK;
}


char sr_coff_letter (uint32_t characteristics) {
  if (characteristics & SCN_CODE) return 't';
  if (characteristics & SCN_DATA)
    return characteristics & SCN_WRITE ? 'd' : 'r';
  if (characteristics & SCN_BSS) return 'b';
  return characteristics & SCN_INFO ? 'i' : '?';
}


int sr_coff_directives (symrun *S, const sr_Part *part,
                        int (*each) (void *ud, sr_Str words), void *ud) {
  static const char drectve[8] = ".drectve";
  sr_Coff C;
  uint32_t i;
  int rc = sr_coff_open(S, part, &C);
  if (rc == SYMRUN_OK) rc = sr_coff_headers(&C);
  for (i = 0; i < C.nsections && rc == SYMRUN_OK; i++) {
    const unsigned char *h = C.headers + (size_t)i * COFF_HEADER, *p;
    sr_Str words;
    if (memcmp(h, drectve, 8) != 0 || !(sr_u32(h + 36, false) & SCN_INFO))
      continue;
    words.len = sr_u32(h + 16, false);
    p = sr_coff_look(&C, SR_MORE, sr_u32(h + 20, false), words.len, words.len);
    if (p == NULL) return S->code;
    words.ptr = (const char *)p;
    rc = each(ud, words);
  }
  return rc;
}


/* -- names ----------------------------------------------------------------- */

/* How many bytes of arguments "@8" at a name's end says there are: as many
   bytes are they that say so, or none. */
static size_t arguments (const char *s, size_t len) {
  size_t i = len;
  while (i > 1 && len - i < 5 && s[i - 1] >= '0' && s[i - 1] <= '9') i--;
  if (i == len || i < 2 || s[i - 1] != '@') return 0;
  return s[i] != '0' || len - i == 1 ? len - i + 1 : 0;
}


static bool starts (const sr_Str *name, const char *with, size_t len) {
  return name->len > len && memcmp(name->ptr, with, len) == 0;
}


static void skip (sr_Str *name, size_t n) {
  name->ptr += n;
  name->len -= n;
}


/* vectorcall: "f@@16", without an underscore. */
static bool vectorcall (sr_Str *name) {
  size_t n = arguments(name->ptr, name->len);
  if (n == 0 || name->len < n + 2 || name->ptr[name->len - n - 1] != '@')
    return false;
  name->len -= n + 1;
  return true;
}


/* "__real@3fc00000", "__IMPORT_DESCRIPTOR_foo": named by tools, the same on
   every machine. */
static bool by_tools (const sr_Str *name, size_t args) {
  return name->ptr[1] == '_'
      && ((args == 0 && memchr(name->ptr, '@', name->len) != NULL)
          || starts(name, "__IMPORT_DESCRIPTOR_", 20)
          || starts(name, "__NULL_IMPORT_DESCRIPTO", 23));
}


static bool plain_i386 (sr_Str *name) {
  unsigned char c = (unsigned char)name->ptr[0];
  size_t n;
  if (c == '_' && name->len > 1) {
    n = arguments(name->ptr, name->len);
    if (by_tools(name, n)) return false;
    name->len -= n;
    if (name->len > 1) skip(name, 1);
    return false;
  }
  if (vectorcall(name)) return false;
  n = arguments(name->ptr, name->len);
  if (c == '@' && n > 0 && name->len > n + 1) {
    skip(name, 1);
    name->len -= n;
    return false;
  }
  /* "?f@@YAXXZ", "@feat.00", ".refptr._f" are nobody's names in C */
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80
      || (c >= '0' && c <= '9') || c == '$';
}


bool sr_coff_plain (uint16_t machine, sr_Str *name) {
  bool ec = machine == COFF_ARM64EC || machine == COFF_ARM64X;
  if (ec && starts(name, "__imp_aux_", 10)) skip(name, 10);
  else if (starts(name, "__imp_", 6)) skip(name, 6);
  if (name->len == 0) return false;
  if (machine == COFF_I386) return plain_i386(name);
  if (ec && starts(name, "#", 1)) skip(name, 1);
  if (machine == COFF_AMD64 && name->ptr[0] != '?') vectorcall(name);
  return false;
}


void sr_coff_plain_linked (uint16_t machine, sr_Str *name) {
  size_t n;
  if (name->len == 0 || name->ptr[0] == '?'
      || (machine != COFF_I386 && machine != COFF_AMD64) || vectorcall(name)
      || machine != COFF_I386) return;
  n = arguments(name->ptr, name->len);
  name->len -= n;
  if (n > 0 && name->len > 1 && (*name->ptr == '_' || *name->ptr == '@'))
    skip(name, 1);
}


/* 'a' and 'b' may be names that were spelled before: what holds them goes
   last. */
int sr_coff_spell (sr_CoffNames *N, sr_Str a, sr_Str b, sr_Str *out) {
  size_t len = a.len + b.len, room = len < 4096 ? 4096 : len, had = 0;
  char *old = NULL;
  if (N->room - N->used < len || N->room == 0) {
    int rc = N->used > 0 && N->ask->flush != NULL ? N->ask->flush(N->ask->ud)
                                                  : SYMRUN_OK;
    char *bytes = rc == SYMRUN_OK ? (char *)sr_resize(N->S, NULL, 0, room)
                                  : NULL;
    if (rc != SYMRUN_OK) return rc;
    if (bytes == NULL) return SYMRUN_NOMEM;
    old = N->bytes;
    had = N->room;
    N->bytes = bytes;
    N->room = room;
    N->used = 0;
  }
  out->ptr = N->bytes + N->used;
  out->len = len;
  memcpy(N->bytes + N->used, a.ptr, a.len);
  memcpy(N->bytes + N->used + a.len, b.ptr, b.len);
  N->used += len;
  sr_delete(N->S, old, had);
  return SYMRUN_OK;
}


int sr_coff_spelled (sr_CoffNames *N, int rc) {
  int flushed = N->used > 0 && N->ask->flush != NULL
              ? N->ask->flush(N->ask->ud) : SYMRUN_OK;
  sr_delete(N->S, N->bytes, N->room);
  return flushed != SYMRUN_OK ? flushed : rc;
}
