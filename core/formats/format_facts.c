/*
** format_facts.c
** Whom to ask for facts, by format, and how readers hand them.  Texts of a
** file may overlap, so one that is short could give any number of bytes: what
** it gives is counted, with what keeping it costs, and far more than it has is
** damage.
*/

#include "facts.h"

#define EACH  32  /* bytes that one fact counts for, beside its text */
#define MOST   4  /* times the file's size */


static const char *const prose[SR_FACTS] = {
  [SR_FACT_TARGET] = "target", [SR_FACT_NEEDED] = "needed libraries",
  [SR_FACT_SONAME] = "soname", [SR_FACT_RUN_PATHS] = "run paths",
  [SR_FACT_INTERPRETER] = "interpreter",
  [SR_FACT_BUILD_ID] = "build identifier", [SR_FACT_PRODUCERS] = "producers",
  [SR_FACT_STACK] = "need of an executable stack",
  [SR_FACT_TEXTREL] = "text relocations",
  [SR_FACT_CONSTRUCTORS] = "constructors",
  [SR_FACT_CALLED] = "functions of constructors",
  [SR_FACT_INPUTS] = "inputs",
  [SR_FACT_SECTIONS] = "sections",
  [SR_FACT_SECTIONS_OF] = "sections of definitions",
  [SR_FACT_BYTES] = "bytes of sections", [SR_FACT_LTO] = "intermediate code"
};

const char *sr_fact_prose (sr_FactKind what) { return prose[what]; }


/* -- handing --------------------------------------------------------------- */

int sr_fact_counted (const sr_FactAsk *ask, const char *field, const char *s,
                     size_t len, uint64_t n) {
  sr_Fact fact = {field, {s, len}, n, 0};
  return ask->each(ask->ud, &fact);
}


int sr_fact_text (const sr_FactAsk *ask, const char *field, const char *s,
                  size_t len) {
  return sr_fact_counted(ask, field, s, len, 0);
}


int sr_fact_word (const sr_FactAsk *ask, const char *field, const char *word) {
  return sr_fact_text(ask, field, word, strlen(word));
}


int sr_fact_number (const sr_FactAsk *ask, const char *field, uint64_t n) {
  sr_Fact fact = {field, {NULL, 0}, n, 0};
  return ask->each(ask->ud, &fact);
}


int sr_fact_section (const sr_FactAsk *ask, const char *name, size_t len,
                     uint64_t size, unsigned flags) {
  sr_Fact fact = {"section", {name, len}, size, flags};
  return ask->each(ask->ud, &fact);
}


int sr_fact_hex (const sr_FactAsk *ask, const char *field,
                 const unsigned char *p, size_t n) {
  static const char digits[] = "0123456789abcdef";
  char text[128];
  size_t i;
  if (n > sizeof text / 2) n = sizeof text / 2;
  for (i = 0; i < n; i++) {
    text[2 * i] = digits[p[i] >> 4];
    text[2 * i + 1] = digits[p[i] & 15];
  }
  return sr_fact_text(ask, field, text, 2 * n);
}


int sr_fact_width (const sr_FactAsk *ask, unsigned bits, bool big) {
  int rc = sr_fact_number(ask, "bits", bits);
  return rc == SYMRUN_OK ? sr_fact_word(ask, "endian", big ? "big" : "little")
                         : rc;
}


int sr_fact_unknown (symrun *S, uint64_t offset, const char *field,
                     const char *why) {
  sr_fail(S, SYMRUN_UNKNOWN, "%s", why);
  S->fault.offset = offset;
  S->fault.field = field;
  return SYMRUN_UNKNOWN;
}


/* Behind its magic and a version, of four bytes, metadata says where its root
   is, in eight bytes or, up to version 8, four; then who wrote it. */
int sr_rmeta_producer (symrun *S, const sr_Part *part, uint64_t at,
                       uint64_t size, const sr_FactAsk *ask) {
  size_t n = size < 160 ? (size_t)size : 160, from;
  const unsigned char *p = sr_look(S, part->reader, SR_PASSING, part->offset
                                   + at, n, n);
  if (p == NULL) return S->code;
  from = n < 8 || sr_u32(p + 4, true) > 8 ? 16 : 12;
  if (n > from + 7 && memcmp(p, "rust\0\0\0", 7) == 0 && p[from] < 128
      && p[from] <= n - from - 1 && memcmp(p + from + 1, "rustc ", 6) == 0)
    return sr_fact_text(ask, "metadata", (const char *)p + from + 1, p[from]);
  return sr_fact_unknown(S, part->offset + at, "rmeta", "holds rustc's "
                         "metadata in a form that symrun does not know, so "
                         "which rustc wrote it cannot be told");
}


/* -- asking ---------------------------------------------------------------- */

/* What holds no code, and was linked by nobody. */
static int of_nothing (const sr_FactAsk *ask) {
  bool yes_or_no = ask->what == SR_FACT_STACK || ask->what == SR_FACT_TEXTREL;
  return yes_or_no ? sr_fact_number(ask, "none", 0) : SYMRUN_OK;
}


typedef struct Counted {
  symrun *S;
  const sr_Part *part;
  const sr_FactAsk *ask;
  uint64_t told;
} Counted;

static int count (void *ud, const sr_Fact *fact) {
  Counted *C = (Counted *)ud;
  C->told += fact->text.len + EACH;
  if (C->told / MOST > C->part->size + 1024)
    return sr_damage(C->S, C->part->offset, fact->field, "%s up to here add up "
                     "to %llu bytes, more than %d times the file",
                     prose[C->ask->what], (unsigned long long)C->told, MOST);
  return C->ask->each(C->ask->ud, fact);
}


static int others (symrun *S, sr_Format f, const sr_Part *part,
                   sr_FactAsk *ask) {
  if (ask->what == SR_FACT_INPUTS && f != SR_OTHER && f != SR_SCRIPT)
    return SYMRUN_OK;  /* it stands for itself */
  switch (f) {
    case SR_ELF: return sr_elf_facts(S, part, ask);
    case SR_MACHO: return sr_macho_facts(S, part, ask);
    case SR_COFF: case SR_COFF_BIGOBJ: return sr_coff_facts(S, part, ask);
    case SR_COFF_IMPORT: return sr_coff_import_facts(S, part, ask);
    case SR_PE: return sr_pe_facts(S, part, ask);
    case SR_WASM: return sr_wasm_facts(S, part, ask);
    case SR_BITCODE: return sr_bitcode_facts(S, part, ask);
    case SR_TBD: case SR_SCRIPT: return sr_told_facts(S, f, part, ask);
    case SR_RMETA:
      if (ask->what != SR_FACT_PRODUCERS) return of_nothing(ask);
      return sr_rmeta_producer(S, part, 0, part->size, ask);
    case SR_EMPTY: return of_nothing(ask);
    default: return SYMRUN_END;
  }
}


static int is_slim (void *ud, const sr_Fact *fact) {
  bool *slim = (bool *)ud;
  *slim |= strcmp(fact->field, "kind") == 0 && fact->text.len == 4
        && memcmp(fact->text.ptr, "slim", 4) == 0;
  return SYMRUN_OK;
}


/* What GCC did not compile to the end has none yet in any section. */
static int lists (symrun *S, sr_Format f, const sr_Part *part,
                  sr_FactAsk *ask) {
  bool slim = false;
  sr_FactAsk lto = {SR_FACT_LTO, {"", 0}, is_slim, &slim};
  int rc = sr_lto_facts(S, f, part, &lto);
  if (rc == SYMRUN_NOMEM) return rc;
  if (slim)
    return sr_fact_unknown(S, part->offset, "constructors", "holds "
                           "intermediate code and no native code, so its "
                           "constructors cannot be told");
  return others(S, f, part, ask);
}


static bool of_sections (const sr_FactAsk *ask) {
  return ask->what == SR_FACT_SECTIONS || ask->what == SR_FACT_SECTIONS_OF
      || ask->what == SR_FACT_BYTES;
}


/* What has none: a library of names, a crate's metadata. */
static int sections (symrun *S, sr_Format f, const sr_Part *part,
                     sr_FactAsk *ask) {
  switch (f) {
    case SR_ELF: return sr_elf_section_facts(S, part, ask);
    case SR_MACHO: return sr_macho_section_facts(S, part, ask);
    case SR_COFF: case SR_COFF_BIGOBJ:
      return sr_coff_section_facts(S, part, false, ask);
    case SR_PE: return sr_coff_section_facts(S, part, true, ask);
    case SR_WASM: return sr_wasm_section_facts(S, part, ask);
    case SR_COFF_IMPORT: case SR_RMETA: case SR_EMPTY: return SYMRUN_OK;
    default: return SYMRUN_END;
  }
}


int sr_format_facts (symrun *S, sr_Format f, const sr_Part *part,
                     sr_FactAsk *ask) {
  Counted C = {S, part, ask, 0};
  sr_FactAsk counted = {ask->what, ask->name, count, &C};
  int rc = SYMRUN_END;
  if (of_sections(ask)) rc = sections(S, f, part, &counted);
  else if (ask->what == SR_FACT_LTO)
    rc = sr_lto_facts(S, f, part, &counted);
  else if (ask->what == SR_FACT_CONSTRUCTORS || ask->what == SR_FACT_CALLED)
    rc = lists(S, f, part, &counted);
  else rc = others(S, f, part, &counted);
  if (rc != SYMRUN_END) return rc;
  sr_fail(S, SYMRUN_UNKNOWN, "is %s, and its %s cannot be told",
          sr_format_prose(f), prose[ask->what]);
  S->fault.offset = part->offset;
  S->fault.field = "magic";
  return SYMRUN_UNKNOWN;
}
