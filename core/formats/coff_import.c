/*
** coff_import.c
** Members of import libraries in their short form: a header and two names,
** for which a linker makes up the code.  It defines "__imp_f", where the
** address will be, and unless that is data "f" too; to a rule both are "f",
** and give way as a shared library's definitions do.
**
** Layouts: Microsoft's "PE Format", section "Import Library Format"; for
** ARM64EC LLVM's COFFImportFile.
*/

#include "coff.h"

#define HEADER  20

enum { CODE, DATA, CONST };   /* Type */

typedef struct Import {
  sr_Coff coff;
  sr_CoffNames names;
  sr_Ask *ask;
  sr_Str name;   /* as it stands */
  unsigned type;
} Import;


static int open_import (Import *I) {
  sr_Coff *C = &I->coff;
  const unsigned char *p = sr_coff_look(C, SR_HEAD, 0, HEADER, SR_PROBE * 4);
  const char *name, *dll, *end;
  uint32_t size;
  unsigned type;
  if (p == NULL) return C->S->code;
  C->machine = sr_u16(p + 6, false);
  size = sr_u32(p + 12, false);
  type = sr_u16(p + 18, false);
  if (!sr_inside(HEADER, size, C->part->size))
    return sr_coff_damage(C, 12, "SizeOfData", size, "no more than follows; "
                          "is it cut short?");
  I->type = type & 3;
  if (I->type > CONST || (type >> 2 & 7) > 4)
    return sr_coff_damage(C, 18, "Type", type, "a kind of import, with a kind "
                          "of name");
  p = sr_coff_look(C, SR_HEAD, 0, (uint64_t)HEADER + size, 0);
  if (p == NULL) return C->S->code;
  name = (const char *)p + HEADER;
  end = name + size;
  dll = (const char *)memchr(name, '\0', size);
  if (dll == NULL || dll == name
      || memchr(dll + 1, '\0', (size_t)(end - dll) - 1) == NULL)
    return sr_damage(C->S, C->part->offset + HEADER, "import names",
                     "import names should be that of a symbol and that of a "
                     "DLL, each with its end");
  I->name.ptr = name;
  I->name.len = (size_t)(dll - name);
  return SYMRUN_OK;
}


static int tell (Import *I, const char *prefix, sr_Str name, bool spell) {
  static const char letters[] = {[CODE] = 'T', [DATA] = 'D', [CONST] = 'R'};
  sr_Ask *ask = I->ask;
  sr_Str before = {prefix, strlen(prefix)};
  sr_Symbol sym;
  ask->seen++;
  if (spell) {
    int rc = sr_coff_spell(&I->names, before, name, &name);
    if (rc != SYMRUN_OK) return rc;
  }
  if (ask->glob != NULL && !sr_glob_match(ask->glob, name.ptr, name.len))
    return SYMRUN_OK;
  memset(&sym, 0, sizeof sym);
  sym.name = name.ptr;
  sym.len = name.len;
  sym.binding = SR_GLOBAL;
  sym.type = I->type == CODE ? SR_FUNC : SR_OBJECT;
  sym.place = SR_DEFINED;
  sym.comdat = true;
  sym.letter = letters[I->type];
  return ask->each(ask->ud, &sym);
}


/* The name that native code knows, where it is not that of ARM64EC: "#f" is
   "f", and "?f@@$$hYAXXZ" "?f@@YAXXZ". */
static int native_name (Import *I, sr_Str *out) {
  static const char tag[] = "$$h";
  const char *at;
  sr_Str rest;
  *out = I->name;
  if (out->ptr[0] == '#' && out->len > 1) { out->ptr++; out->len--; }
  if (out->ptr[0] != '?') return SYMRUN_OK;
  at = (const char *)memmem(out->ptr, out->len, tag, 3);
  if (at == NULL || at + 3 == out->ptr + out->len) return SYMRUN_OK;
  rest.ptr = at + 3;
  rest.len = (size_t)(out->ptr + out->len - rest.ptr);
  out->len = (size_t)(at - out->ptr);
  return sr_coff_spell(&I->names, *out, rest, out);
}


/* As they stand.  'name' may be in what is spelled, and a flush would take it:
   it is looked up anew for each. */
static int tell_all (Import *I) {
  uint16_t machine = I->coff.machine;
  bool ec = machine == COFF_ARM64EC || machine == COFF_ARM64X;
  sr_Str name = I->name;
  int rc = SYMRUN_OK;
  if (ec) rc = native_name(I, &name);
  if (rc == SYMRUN_OK) rc = tell(I, "__imp_", name, true);
  if (rc != SYMRUN_OK || I->type == DATA) return rc;
  if (ec) rc = native_name(I, &name);
  if (rc == SYMRUN_OK) rc = tell(I, "", name, false);
  if (rc != SYMRUN_OK || !ec) return rc;
  rc = native_name(I, &name);
  if (rc == SYMRUN_OK) rc = tell(I, "__imp_aux_", name, true);
  return rc == SYMRUN_OK ? tell(I, "", I->name, false) : rc;
}


int sr_coff_import_read (symrun *S, const sr_Part *part, sr_Ask *ask) {
  Import I;
  int rc;
  if (ask->view == SR_DYNAMIC) return SYMRUN_OK;
  memset(&I, 0, sizeof I);
  I.coff.S = I.names.S = S;
  I.coff.part = part;
  I.names.ask = I.ask = ask;
  rc = open_import(&I);
  ask->machine = I.coff.machine;
  if (rc == SYMRUN_OK && ask->want & SR_WANT_DEFINED) {
    sr_Str name = I.name;
    bool verbatim = !ask->raw && sr_coff_plain(I.coff.machine, &name);
    rc = ask->raw ? tell_all(&I) : tell(&I, verbatim ? "\1" : "", name,
                                        verbatim);
  }
  return sr_coff_spelled(&I.names, rc);
}
