/*
** edit_elf.c
** The symbols of an ELF object, changed.  That a name is made local is no
** more than a bit in its entry, and then its entry has to stand among the
** locals, so nearly every edit gives nearly every symbol another number; the
** other files take care of these.
**
** Layout: System V ABI, chapter 4 ("Symbol Table", "Section Groups").
*/

#include "edit_elf.h"

enum { UNDEFINED, DEFINED, COMMON, OTHER };

typedef int (*Change) (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i);


/* -- what a symbol is ----------------------------------------------------- */

/* Places that one machine's ABI adds are those of commons, but for one. */
static int place_of (const sr_ElfEdit *X, const sr_ElfSym *sym) {
  unsigned machine = X->E.machine;
  if (sym->section != 0 || sym->index == SHN_ABS) return DEFINED;
  if (sym->index == SHN_UNDEF || (machine == EM_MIPS
                                  && sym->index == SHN_MIPS_SUNDEFINED))
    return UNDEFINED;
  if (sym->index == SHN_COMMON) return COMMON;
  if (machine == EM_X86_64 && sym->index == 0xff02) return COMMON;
  if (machine == EM_MIPS && (sym->index == SHN_MIPS_SCOMMON
                             || sym->index == SHN_MIPS_ACOMMON)) return COMMON;
  if (machine == 164 /* EM_HEXAGON */ && sym->index <= 0xff04) return COMMON;
  return OTHER;
}

static unsigned binding (const sr_ElfSym *sym) { return sym->info >> 4; }

static void bind (sr_ElfSym *sym, unsigned to) {
  sym->info = (unsigned char)(to << 4 | (sym->info & 15));
}


static int refuse (sr_ElfEdit *X, const sr_ObjectEdit *e, sr_Str name,
                   const char *why) {
  return sr_fail(X->S, SYMRUN_RULE, "cannot %s '%.*s': %s",
                 sr_object_op_name(e->op), SR_NAMED(name), why);
}


/* A symbol changes, if nobody reads another table in place of this one. */
static int changes (sr_ElfEdit *X, sr_ObjectEdit *e, sr_Str name) {
  if (X->slim)
    return refuse(X, e, name, "the object holds GCC's LTO and no native code; "
                  "compile it with -ffat-lto-objects, or without LTO");
  if (X->lto != 0 && !(e->how & SR_DROP_LTO))
    return sr_fail(X->S, SYMRUN_RULE, "cannot %s '%.*s': a linker may read "
                   "section '%.*s' in place of the symbols, and there it would "
                   "be as it was (drop-lto drops what is there for that)",
                   sr_object_op_name(e->op), SR_NAMED(name),
                   SR_NAMED(X->secs[X->lto].name));
  e->done++;
  X->changes++;
  return SYMRUN_OK;
}


static const char in_group[] = "it is in a COMDAT group, and a linker may keep "
  "that of another object (dissolve makes the group plain sections)";

static const char several[] = "the object has more than one symbol of this "
  "name";

/* Does it go, with its section? */
static bool goes (const sr_ElfEdit *X, const sr_ElfSym *sym) {
  return sym->section != 0 && X->secs[sym->section].goes != SR_STAYS;
}


/* Linkers keep one copy of a COMDAT group, and then find that what is outside
   of it wants a local symbol of the copy that is gone. */
static int leave_group (sr_ElfEdit *X, const sr_ObjectEdit *e,
                        const sr_ElfSym *sym) {
  const sr_ElfSec *sec = &X->secs[sym->section];
  if (sym->section == 0) return SYMRUN_OK;
  if (sr_name_begins(sec->name, ".gnu.linkonce."))
    return refuse(X, e, sym->name, "it is in a section '.gnu.linkonce.*', of "
                  "which a linker keeps one, maybe that of another object");
  if (sec->comdat == 0) return SYMRUN_OK;
  if (!(e->how & SR_DISSOLVE)) return refuse(X, e, sym->name, in_group);
  sr_elf_edit_dissolve(X, sec->comdat);
  return SYMRUN_OK;
}


/* To local, or back. */
static int may_bind (sr_ElfEdit *X, const sr_ObjectEdit *e,
                     const sr_ElfSym *sym) {
  int place = place_of(X, sym);
  if (place == UNDEFINED)
    return refuse(X, e, sym->name, "it is undefined here, and what is local is "
                  "defined in the object itself");
  if (place == COMMON)
    return refuse(X, e, sym->name, "it is a common symbol: a linker gives it "
                  "its place, by its name (compile with -fno-common)");
  if (place == OTHER)
    return refuse(X, e, sym->name, "its st_shndx is one that the machine's ABI "
                  "reserves, and not known here");
  if (sym->section != 0 && X->secs[sym->section].h.type == SHT_GROUP)
    return refuse(X, e, sym->name, "it is no more than the name of a section "
                  "group");
  if (sym->got)
    return refuse(X, e, sym->name, "code reaches it by R_MIPS_GOT16 or "
                  "R_MIPS_CALL16, which are other relocations for a local "
                  "symbol");
  return leave_group(X, e, sym);
}


/* -- the operations ------------------------------------------------------- */

static int localize (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i) {
  sr_ElfSym *sym = &X->syms[i];
  int rc;
  if (binding(sym) == STB_LOCAL) return SYMRUN_OK;
  rc = may_bind(X, e, sym);
  if (rc == SYMRUN_OK) rc = changes(X, e, sym->name);
  if (rc == SYMRUN_OK) bind(sym, STB_LOCAL);
  return rc;
}


static int globalize (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i) {
  sr_ElfSym *sym = &X->syms[i];
  uint32_t first = sr_elf_edit_find(X, sym->name, SR_NONE);
  int rc;
  if (binding(sym) != STB_LOCAL) return SYMRUN_OK;
  if (first != i || sr_elf_edit_find(X, sym->name, first) != SR_NONE)
    return refuse(X, e, sym->name, several);
  rc = may_bind(X, e, sym);
  if (rc == SYMRUN_OK) rc = changes(X, e, sym->name);
  if (rc == SYMRUN_OK) bind(sym, STB_GLOBAL);
  return rc;
}


static int weaken (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i) {
  sr_ElfSym *sym = &X->syms[i];
  int rc;
  if (binding(sym) == STB_LOCAL || binding(sym) == STB_WEAK) return SYMRUN_OK;
  if (place_of(X, sym) == COMMON)
    return refuse(X, e, sym->name, "it is a common symbol, which gives way to "
                  "every definition (compile with -fno-common)");
  if (place_of(X, sym) == UNDEFINED && !(e->how & SR_INSIST))
    return refuse(X, e, sym->name, "it is undefined here, and a weak want "
                  "pulls no member of an archive (insist does it)");
  rc = changes(X, e, sym->name);
  if (rc == SYMRUN_OK) bind(sym, STB_WEAK);
  return rc;
}


static int see (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i) {
  sr_ElfSym *sym = &X->syms[i];
  unsigned is = sym->other & 3, to = e->op == SR_HIDE ? STV_HIDDEN
                                                      : STV_DEFAULT;
  bool hidden = is == STV_HIDDEN || is == STV_INTERNAL;
  int rc;
  if (binding(sym) == STB_LOCAL || hidden == (e->op == SR_HIDE))
    return SYMRUN_OK;
  rc = changes(X, e, sym->name);
  if (rc == SYMRUN_OK) sym->other = (unsigned char)((sym->other & ~3u) | to);
  return rc;
}


/* Has a group a name that others see, but for this symbol's? */
static bool shares (const sr_ElfEdit *X, uint32_t group, uint32_t i) {
  uint32_t k;
  for (k = 1; k < X->count; k++) {
    const sr_ElfSym *other = &X->syms[k];
    if (k != i && !other->gone && binding(other) != STB_LOCAL
        && other->section != 0 && X->secs[other->section].comdat == group)
      return true;
  }
  return false;
}


/* A group whose name changes is another group: nobody else's copy stands for
   it, so nothing in it may have a name that others define too.  And a name in
   a group that has another is wanted of whichever copy is kept. */
static int rename_group (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i) {
  const sr_ElfSym *sym = &X->syms[i];
  uint32_t own = sym->section != 0 ? X->secs[sym->section].comdat : 0, g;
  if (own == 0 ? sym->section != 0 : X->secs[own].h.info != i) {
    int rc = leave_group(X, e, sym);
    if (rc != SYMRUN_OK) return rc;
  }
  for (g = 1; g < X->E.shnum && sym->signs > 0; g++) {
    const sr_ElfSec *sec = &X->secs[g];
    if (sec->h.type != SHT_GROUP || sec->h.info != i || sec->goes != SR_STAYS
        || !shares(X, g, i)) continue;
    if (!(e->how & SR_DISSOLVE)) return refuse(X, e, sym->name, in_group);
    sr_elf_edit_dissolve(X, g);
  }
  return SYMRUN_OK;
}


static int rename_one (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i) {
  sr_ElfSym *sym = &X->syms[i];
  int rc;
  if (sr_same_name(e->name, e->to)) return SYMRUN_OK;
  if (e->done == 0 && sr_elf_edit_find(X, e->to, SR_NONE) != SR_NONE)
    return sr_fail(X->S, SYMRUN_RULE, "cannot rename '%.*s' to '%.*s': the "
                   "object has a symbol of that name already",
                   SR_NAMED(e->name), SR_NAMED(e->to));
  rc = rename_group(X, e, i);
  if (rc != SYMRUN_OK || goes(X, sym)) return rc;
  rc = changes(X, e, sym->name);
  if (rc != SYMRUN_OK) return rc;
  sr_elf_edit_unhash(X, i);
  sym->name = e->to;
  sym->renamed = true;
  return sr_elf_edit_hashed(X, i);
}


static int strip (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i) {
  sr_ElfSym *sym = &X->syms[i];
  int rc;
  if (sym->needed != 0)
    return sr_fail(X->S, SYMRUN_RULE, "cannot strip '%.*s': relocations in "
                   "'%.*s' need it", SR_NAMED(sym->name),
                   SR_NAMED(X->secs[sym->needed].name));
  if (sym->signs > 0)
    return refuse(X, e, sym->name, "it is the name of a section group");
  rc = changes(X, e, sym->name);
  if (rc != SYMRUN_OK) return rc;
  sr_elf_edit_unhash(X, i);
  sym->gone = true;
  return SYMRUN_OK;
}


/* -- new symbols ---------------------------------------------------------- */

static int new_symbol (sr_ElfEdit *X, sr_ObjectEdit *e) {
  sr_ElfSym *sym;
  int rc;
  if (X->table.index == 0)
    return refuse(X, e, e->name, "the object has no symbol table");
  rc = changes(X, e, e->name);
  if (rc == SYMRUN_OK && X->count >= SR_NONE - 1)
    return refuse(X, e, e->name, "there is no number left for it");
  if (rc == SYMRUN_OK)
    rc = sr_room(X->S, &X->syms, &X->room, X->count, sizeof *X->syms);
  if (rc != SYMRUN_OK) return rc;
  sym = &X->syms[X->count++];
  memset(sym, 0, sizeof *sym);
  sym->name = e->name;
  sym->renamed = true;
  bind(sym, STB_GLOBAL);
  if (e->op == SR_ADD_ABSOLUTE) {
    sym->index = SHN_ABS;
    sym->value = e->value;
  }
  return sr_elf_edit_hashed(X, (uint32_t)X->count - 1);
}


/* A want of it that is there becomes the definition. */
static int define (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i) {
  sr_ElfSym *sym = &X->syms[i];
  int rc = changes(X, e, sym->name);
  if (rc != SYMRUN_OK) return rc;
  sym->index = SHN_ABS;
  sym->value = e->value;
  bind(sym, STB_GLOBAL);
  return SYMRUN_OK;
}


static int add (sr_ElfEdit *X, sr_ObjectEdit *e) {
  uint32_t i = SR_NONE, there = SR_NONE;
  bool absolute = e->op == SR_ADD_ABSOLUTE;
  const sr_ElfSym *sym;
  if (absolute && !X->E.is64 && e->value > UINT32_MAX)
    return refuse(X, e, e->name, "the value needs more than the 32 bits that "
                  "the object has for it");
  while ((i = sr_elf_edit_find(X, e->name, i)) != SR_NONE) {
    if (binding(&X->syms[i]) == STB_LOCAL) continue;
    if (there != SR_NONE) return refuse(X, e, e->name, several);
    there = i;
  }
  if (there == SR_NONE) return new_symbol(X, e);
  sym = &X->syms[there];
  if (place_of(X, sym) == UNDEFINED)
    return absolute ? define(X, e, there) : SYMRUN_OK;
  if (absolute && sym->index == SHN_ABS && sym->section == 0
      && sym->value == e->value) return SYMRUN_OK;
  return refuse(X, e, e->name, "the object defines it already");
}


/* -- all edits ------------------------------------------------------------ */

static int each_named (sr_ElfEdit *X, sr_ObjectEdit *e, Change change) {
  uint32_t i = sr_elf_edit_find(X, e->name, SR_NONE);
  while (i != SR_NONE) {
    uint32_t next = sr_elf_edit_find(X, e->name, i);
    int rc = goes(X, &X->syms[i]) ? SYMRUN_OK : change(X, e, i);
    if (rc != SYMRUN_OK) return rc;
    i = next;
  }
  return SYMRUN_OK;
}


static int keep (sr_ElfEdit *X, sr_ObjectEdit *e, uint32_t i) {
  (void)e;
  X->syms[i].kept = true;
  return SYMRUN_OK;
}


/* The edits from 'e' on that have this op are one list. */
static int keep_only (sr_ElfEdit *X, sr_ObjectEdit *e, size_t count) {
  sr_ObjectEdit all = *e;
  size_t k;
  uint32_t i;
  int rc = SYMRUN_OK;
  for (k = 0; k < count; k++)
    if (e[k].op == SR_KEEP_ONLY) {
      all.how |= e[k].how;
      each_named(X, &e[k], keep);
    }
  for (i = 1; i < X->count && rc == SYMRUN_OK; i++) {
    const sr_ElfSym *sym = &X->syms[i];
    unsigned type = sym->info & 15;
    if (!sym->gone && !goes(X, sym) && !sym->kept && sym->name.len > 0
        && type != STT_SECTION && type != STT_FILE
        && place_of(X, sym) != UNDEFINED)
      rc = localize(X, &all, i);
  }
  e->done = all.done;
  return rc;
}


static int apply (sr_ElfEdit *X, sr_ObjectEdit *edits, size_t count) {
  static const Change how[SR_OBJECTOPS] = {
    [SR_LOCALIZE] = localize, [SR_GLOBALIZE] = globalize,
    [SR_WEAKEN] = weaken, [SR_HIDE] = see, [SR_UNHIDE] = see,
    [SR_RENAME] = rename_one, [SR_STRIP] = strip
  };
  bool kept = false;
  size_t k;
  int rc = SYMRUN_OK;
  for (k = 0; k < count && rc == SYMRUN_OK; k++) {
    sr_ObjectEdit *e = &edits[k];
    if (how[e->op] != NULL) rc = each_named(X, e, how[e->op]);
    else if (e->op == SR_ADD_UNDEFINED || e->op == SR_ADD_ABSOLUTE)
      rc = add(X, e);
    else if (e->op == SR_KEEP_ONLY && !kept) {
      kept = true;
      rc = keep_only(X, e, count - k);
    }
    else if (e->op == SR_WASM_IMPORT)
      rc = refuse(X, e, e->name, "only wasm objects name the module of an "
                  "import");
  }
  return rc;
}


int sr_elf_edit (symrun *S, sr_Str bytes, sr_ObjectEdit *edits, size_t count,
                 sr_Made *out) {
  sr_ElfEdit X;
  int rc = sr_elf_edit_open(S, bytes, &X);
  if (rc == SYMRUN_OK) rc = sr_elf_edit_drops(&X, edits, count);
  if (rc == SYMRUN_OK) rc = sr_elf_edit_needs(&X);
  if (rc == SYMRUN_OK) rc = apply(&X, edits, count);
  if (rc == SYMRUN_OK && X.changes > 0) {
    rc = sr_elf_edit_settle(&X);
    if (rc == SYMRUN_OK) rc = sr_elf_edit_tables(&X);
    if (rc == SYMRUN_OK) rc = sr_elf_edit_write(&X, out);
  }
  else if (rc == SYMRUN_OK) {
    out->ptr = (char *)(uintptr_t)bytes.ptr;
    out->len = bytes.len;
    out->room = 0;
  }
  sr_elf_edit_close(&X);
  return rc;
}
