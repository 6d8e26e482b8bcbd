/*
** coff.c (a test)
** What COFF objects tell the linker, and what names become: the parts of the
** reader that no tool shows yet.
**
**   build/tests/coff
*/

#include "formats/formats.h"
#include "check.h"

/* Three sections: what the linker is told twice, and what looks like it. */
static unsigned char object[20 + 3 * 40 + 24];

static void put (size_t at, uint32_t value) {
  size_t i;
  for (i = 0; i < 4; i++) object[at + i] = (unsigned char)(value >> 8 * i);
}


static void section (size_t i, const char *text, size_t at, uint32_t flags) {
  size_t h = 20 + 40 * i;
  memcpy(object + h, ".drectve", 8);
  put(h + 16, (uint32_t)strlen(text));
  put(h + 20, (uint32_t)at);
  put(h + 36, flags);
  memcpy(object + at, text, strlen(text));
}


typedef struct Heard { char text[64]; size_t len, count; } Heard;

static int hear (void *ud, sr_Str words) {
  Heard *H = (Heard *)ud;
  MUST(words.len <= sizeof H->text - H->len);
  memcpy(H->text + H->len, words.ptr, words.len);
  H->len += words.len;
  H->count++;
  return SYMRUN_OK;
}


static int ask (symrun *S, size_t size, Heard *out) {
  sr_Str bytes = {(const char *)object, size};
  sr_Source source;
  sr_Reader reader;
  sr_Part part = {&reader, 0, size, NULL, 0};
  int rc;
  memset(&reader, 0, sizeof reader);
  memset(out, 0, sizeof *out);
  sr_source_wrap(&source, bytes);
  sr_reader_set(&reader, &source);
  rc = sr_coff_directives(S, &part, hear, out);
  sr_reader_free(S, &reader);
  return rc;
}


static void directives (symrun *S) {
  Heard heard;
  object[0] = 0x64;
  object[1] = 0x86;
  object[2] = 3;
  section(0, " /EXPORT:f", 140, 0xa00);
  section(1, "/none", 150, 0x60000020);  /* code, whatever its name is */
  section(2, " /INC:g", 155, 0x200);
  CHECK(ask(S, sizeof object, &heard) == SYMRUN_OK, "all of it");
  CHECK(heard.count == 2 && heard.len == 17
        && memcmp(heard.text, " /EXPORT:f /INC:g", 17) == 0, "%.*s",
        (int)heard.len, heard.text);
  CHECK(ask(S, sizeof object - 4, &heard) == SYMRUN_FORMAT
        && strcmp(S->fault.field, "PointerToRawData") == 0, "cut short");
  put(20 + 16, 0x7fffffff);
  CHECK(ask(S, sizeof object, &heard) == SYMRUN_FORMAT && heard.count == 0,
        "more than there is");
}


static void name (unsigned machine, const char *raw, const char *plain,
                  bool verbatim) {
  sr_Str s = {raw, strlen(raw)};
  CHECK(sr_coff_plain((uint16_t)machine, &s) == verbatim
        && s.len == strlen(plain) && memcmp(s.ptr, plain, s.len) == 0,
        "%s of %x is %.*s, and should be %s", raw, machine, (int)s.len, s.ptr,
        plain);
}


int main (void) {
  symrun *S = symrun_new(NULL, NULL);
  MUST(S != NULL);
  directives(S);
  name(0x14c, "_f@8", "f", false);
  name(0x14c, "_f@123456", "f@123456", false);
  name(0x14c, "@8", "@8", false);
  name(0x14c, "_@8", "_", false);
  name(0x14c, "@@8", "@@8", false);
  name(0x14c, "@f@", "@f@", false);
  name(0x14c, "f@8", "f@8", true);
  name(0x14c, "", "", false);
  name(0x14c, "__imp_", "_imp_", false);
  name(0x8664, "", "", false);
  name(0x8664, "@@8", "@@8", false);
  name(0x8664, "f@@8", "f", false);
  name(0xaa64, "f@@8", "f@@8", false);
  name(0xa641, "#", "#", false);
  symrun_close(S);
  return finish(18);
}
