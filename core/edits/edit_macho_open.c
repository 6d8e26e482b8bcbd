/*
** edit_macho_open.c
** A Mach-O object, read as a whole to be changed.  Only objects are: what was
** linked has the same names in tables that dyld reads, and a signature over
** all its bytes.
**
** Layouts: mach-o/loader.h, mach-o/nlist.h, of Apple's xnu and cctools.
*/

#include "edit_macho.h"

enum { LC_CODE_SIGNATURE = 0x1d, S_ZEROFILL = 1, S_GB_ZEROFILL = 12,
       S_THREAD_ZEROFILL = 18 };


/* -- load commands --------------------------------------------------------- */

static int refuse_linked (sr_MachoEdit *X) {
  const sr_Macho *M = &X->M;
  uint32_t i;
  uint64_t at = 0;
  if (M->type != SR_MH_OBJECT)
    return sr_fail(X->S, SYMRUN_RULE, "a Mach-O file of type %u cannot be "
                   "edited: it was linked, and dyld reads its names elsewhere "
                   "too; edit the objects that it is made from (type 1)",
                   M->type);
  for (i = 0; i < M->ncmds; i++) {
    if (sr_u32(M->commands + at, M->big) == LC_CODE_SIGNATURE)
      return sr_fail(X->S, SYMRUN_RULE, "an object with LC_CODE_SIGNATURE "
                     "cannot be edited: it is signed as it is");
    at += sr_u32(M->commands + at + 4, M->big);
  }
  return SYMRUN_OK;
}


static int one_section (void *ud, const sr_MachoSection *s) {
  sr_MachoEdit *X = (sr_MachoEdit *)ud;
  unsigned wide = X->M.is64 ? 8 : 0, type = s->flags & 0xff;
  sr_MachoEditSec *sec;
  int rc = sr_room(X->S, &X->secs, &X->secroom, X->nsecs, sizeof *X->secs);
  if (rc != SYMRUN_OK) return rc;
  sec = &X->secs[X->nsecs++];
  memset(sec, 0, sizeof *sec);
  memcpy(sec->name, s->segment, 16);
  sec->name[strlen(sec->name)] = ',';
  memcpy(sec->name + strlen(sec->name), s->name, strnlen(s->name, 16));
  sec->at = s->at;
  sec->size = s->size;
  sec->offset = s->offset;
  sec->reloff = sr_macho_edit_u32(X, s->at + 48 + wide);
  sec->nreloc = sr_macho_edit_u32(X, s->at + 52 + wide);
  sec->zeros = type == S_ZEROFILL || type == S_GB_ZEROFILL
            || type == S_THREAD_ZEROFILL;
  if (!sec->zeros && !sr_inside(sec->offset, sec->size, X->size))
    return sr_macho_damage(&X->M, s->at + 40 + wide, "offset", s->offset,
                           "inside the file, with all of the section; is it "
                           "cut short?");
  sec->profile = strcmp(sec->name, "__LLVM,__cg_profile") == 0;
  sec->bitcode = strcmp(sec->name, "__LLVM,__bitcode") == 0
              || strcmp(sec->name, "__LLVM,__bundle") == 0
              || strcmp(sec->name, "__LLVM,__cmdline") == 0;
  if (sec->bitcode && sec->size > 1  /* 1: a mark that there was some */
      && strcmp(sec->name, "__LLVM,__cmdline") != 0) X->bitcode = true;
  if (strncmp(sec->name, "__GNU_LTO,", 10) == 0) X->gcc_lto = true;
  return SYMRUN_OK;
}


/* -- symbols --------------------------------------------------------------- */

static int one_symbol (sr_MachoEdit *X, uint64_t i) {
  sr_Macho *M = &X->M;
  uint64_t at = M->symtab.symoff + i * (M->is64 ? 16 : 12);
  const unsigned char *p = X->bytes + at;
  sr_MachoEditSym *sym = &X->syms[i];
  sr_Str name = {"", 0};
  unsigned kind;
  sym->strx = sr_u32(p, M->big);
  sym->type = p[4];
  sym->sect = p[5];
  sym->desc = sr_u16(p + 6, M->big);
  sym->value = M->is64 ? sr_u64(p + 8, M->big) : sr_u32(p + 8, M->big);
  sym->now = (uint32_t)i;
  kind = sym->type & N_TYPE;
  if (sym->strx > 0 && sym->strx >= X->strsize)
    return sr_macho_damage(M, at, "n_strx", sym->strx, "inside the string "
                           "table, before its last NUL");
  if (sym->strx > 0) {
    name.ptr = (const char *)X->bytes + M->symtab.stroff + sym->strx;
    name.len = strlen(name.ptr);
  }
  if (M->dysymtab != 0 && M->orderly)
    sym->group = i < M->ranges[0].count ? GROUP_LOCAL
               : i < (uint64_t)M->ranges[0].count + M->ranges[1].count
               ? GROUP_DEFINED : GROUP_UNDEFINED;
  if (sym->type & N_STAB) return sr_edit_index_add(&X->index, name, false);
  if (M->orderly && !(sym->type & N_EXT) != (sym->group == GROUP_LOCAL))
    return sr_macho_damage(M, at + 4, "n_type", sym->type, "that of a symbol "
                           "that is local where nlocalsym counts it, and only "
                           "there");
  if (kind == N_SECT && (sym->sect == 0 || sym->sect > X->nsecs))
    return sr_macho_damage(M, at + 5, "n_sect", sym->sect, "the number of a "
                           "section");
  if (kind == N_INDR) X->aliases = true;
  return sr_edit_index_add(&X->index, name, true);
}


static int symbols (sr_MachoEdit *X) {
  sr_Macho *M = &X->M;
  uint64_t i;
  int rc = SYMRUN_OK;
  sr_edit_index_new(X->S, X->size, &X->index);
  if (M->symtab.at != 0) {
    X->strsize = M->symtab.strsize;
    while (X->strsize > 0
           && X->bytes[M->symtab.stroff + X->strsize - 1] != '\0') X->strsize--;
  }
  X->room = X->count = X->were = M->symtab.nsyms;
  if (X->count > 0) {
    X->syms = (sr_MachoEditSym *)sr_new(X->S, X->room * sizeof *X->syms);
    if (X->syms == NULL) return SYMRUN_NOMEM;
  }
  for (i = 0; i < X->were && rc == SYMRUN_OK; i++) rc = one_symbol(X, i);
  return rc == SYMRUN_OK ? sr_edit_index_ready(&X->index) : rc;
}


/* -- all parts ------------------------------------------------------------- */

static int check_apart (sr_MachoEdit *X) {
  const sr_Macho *M = &X->M;
  sr_EditRanges R = {X->S, NULL, 0, 0};
  size_t i;
  int rc = sr_edit_range(&R, "load commands", 0, (uint64_t)M->headsize
                                                 + M->size);
  if (rc == SYMRUN_OK)
    rc = sr_edit_range(&R, "symoff", M->symtab.symoff,
                       (uint64_t)M->symtab.nsyms * (M->is64 ? 16 : 12));
  if (rc == SYMRUN_OK)
    rc = sr_edit_range(&R, "stroff", M->symtab.stroff, M->symtab.strsize);
  if (rc == SYMRUN_OK && M->dysymtab != 0)
    rc = sr_edit_range(&R, "indirectsymoff",
                       sr_macho_edit_u32(X, M->dysymtab + 56),
                       4 * (uint64_t)sr_macho_edit_u32(X, M->dysymtab + 60));
  for (i = 0; i < X->nsecs && rc == SYMRUN_OK; i++) {
    const sr_MachoEditSec *sec = &X->secs[i];
    if (!sec->zeros)
      rc = sr_edit_range(&R, "section offset", sec->offset, sec->size);
    if (rc == SYMRUN_OK)
      rc = sr_edit_range(&R, "reloff", sec->reloff, 8 * (uint64_t)sec->nreloc);
  }
  return sr_edit_apart(&R, rc);
}


/* -- the object ------------------------------------------------------------ */

int sr_macho_edit_open (symrun *S, sr_Str bytes, sr_MachoEdit *X) {
  int rc;
  memset(X, 0, sizeof *X);
  X->S = S;
  X->bytes = (const unsigned char *)bytes.ptr;
  X->size = bytes.len;
  sr_source_wrap(&X->source, bytes);
  sr_reader_set(&X->reader, &X->source);
  X->part.reader = &X->reader;
  X->part.size = bytes.len;
  rc = sr_macho_open(S, &X->part, &X->M);
  if (rc == SYMRUN_OK) rc = refuse_linked(X);
  if (rc == SYMRUN_OK) rc = sr_macho_sections(&X->M, one_section, X);
  if (rc == SYMRUN_OK) rc = symbols(X);
  return rc == SYMRUN_OK ? check_apart(X) : rc;
}


void sr_macho_edit_close (sr_MachoEdit *X) {
  sr_delete(X->S, X->secs, X->secroom * sizeof *X->secs);
  sr_delete(X->S, X->syms, X->room * sizeof *X->syms);
  sr_edit_index_free(&X->index);
  sr_reader_free(X->S, &X->reader);
}
