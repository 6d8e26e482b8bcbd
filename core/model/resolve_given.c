/*
** resolve_given.c
** Names that a linker gives by itself when somebody wants them: where the
** sections of what it makes begin and end.  A file's own definition beats
** them.
*/

#include <elf.h>

#include "names.h"
#include "resolve_inner.h"

/* -- the table ------------------------------------------------------------ */

enum { BFD = 1 << SR_BFD, GOLD = 1 << SR_GOLD, MOLD = 1 << SR_MOLD,
       LLD = 1 << SR_LLD | 1 << SR_LLD_14, ALL = BFD | GOLD | LLD | MOLD,
       WASM = 1 << SR_WASM_LD,
       LLD_APPLE = 1 << SR_LLD_MACHO, LD64 = 1 << SR_LD64,
       APPLE = LLD_APPLE | LD64,
       COFF = 1 << SR_LLD_LINK | 1 << SR_MS_LINK };

/* A program that has no table of dynamic symbols, one that has, one that is
   position independent, a library. */
enum { S = 1, D = 2, I = 4, L = 8, PROGRAM = S | D | I, ANY = PROGRAM | L };

/* Machines; ELF's where they are told apart. */
enum { X64 = 1, X32 = 2, ARM = 4, A64 = 8, RISCV = 16, PPC64 = 32, MIPS = 64,
       OTHER = 128, EVERY = 255, REL = X32 | ARM | MIPS,
       RELA = EVERY & ~REL };

typedef struct Given {
  const char *name;          /* with '*' at its end: all that begin so */
  uint16_t by;               /* linkers */
  uint8_t machines, made;
  uint8_t perhaps;           /* of these, only in some links */
} Given;

/* As the linkers themselves show, asked for one name after the other
   (tests/lua/resolve_given_spec.lua asks them again). */
static const Given given[] = {
  {"__bss_start", ALL, EVERY, ANY, 0}, {"_end", ALL, EVERY, ANY, 0},
  {"end", ALL, EVERY, ANY, 0}, {"_edata", ALL, EVERY, ANY, 0},
  {"edata", ALL, EVERY, ANY, 0}, {"_etext", ALL, EVERY, ANY, 0},
  {"etext", ALL, EVERY, ANY, 0}, {"__etext", BFD | GOLD, EVERY, ANY, 0},
  {"__ehdr_start", ALL, EVERY, ANY, 0},
  {"__executable_start", GOLD | LLD | MOLD, EVERY, ANY, 0},
  {"__executable_start", BFD, EVERY, PROGRAM, 0},
  {"__preinit_array_start", GOLD | LLD | MOLD, EVERY, ANY, 0},
  {"__preinit_array_start", BFD, EVERY, PROGRAM, 0},
  {"__preinit_array_end", GOLD | LLD | MOLD, EVERY, ANY, 0},
  {"__preinit_array_end", BFD, EVERY, PROGRAM, 0},
  {"__init_array_start", GOLD | LLD | MOLD, EVERY, ANY, 0},
  {"__init_array_start", BFD, EVERY, PROGRAM, 0},
  {"__init_array_end", GOLD | LLD | MOLD, EVERY, ANY, 0},
  {"__init_array_end", BFD, EVERY, PROGRAM, 0},
  {"__fini_array_start", GOLD | LLD | MOLD, EVERY, ANY, 0},
  {"__fini_array_start", BFD, EVERY, PROGRAM, 0},
  {"__fini_array_end", GOLD | LLD | MOLD, EVERY, ANY, 0},
  {"__fini_array_end", BFD, EVERY, PROGRAM, 0},
  {"__rela_iplt_start", BFD | LLD, RELA, S | D, 0},
  {"__rela_iplt_start", GOLD, RELA, S, 0},
  {"__rela_iplt_start", MOLD, RELA, ANY, 0},
  {"__rela_iplt_end", BFD | LLD, RELA, S | D, 0},
  {"__rela_iplt_end", GOLD, RELA, S, 0},
  {"__rela_iplt_end", MOLD, RELA, ANY, 0},
  {"__rel_iplt_start", BFD | LLD, REL, S | D, 0},
  {"__rel_iplt_start", GOLD, REL, S, 0},
  {"__rel_iplt_start", MOLD, REL, ANY, 0},
  {"__rel_iplt_end", BFD | LLD, REL, S | D, 0},
  {"__rel_iplt_end", GOLD, REL, S, 0},
  {"__rel_iplt_end", MOLD, REL, ANY, 0},
  {"_GLOBAL_OFFSET_TABLE_", BFD | MOLD, EVERY, ANY, 0},
  {"_GLOBAL_OFFSET_TABLE_", LLD, EVERY & ~PPC64, ANY, 0},
  /* gold makes none for data that names it, which no compiler writes */
  {"_GLOBAL_OFFSET_TABLE_", GOLD, EVERY, ANY, 0},
  {"_DYNAMIC", BFD | GOLD | LLD, EVERY, D | I | L, 0},
  {"_DYNAMIC", MOLD, EVERY, ANY, 0},
  {"__dso_handle", LLD | MOLD | WASM | APPLE, EVERY, ANY, 0},
  {"_TLS_MODULE_BASE_", BFD | GOLD, EVERY, ANY, ANY},  /* if there are such */
  {"_TLS_MODULE_BASE_", LLD, X64 | X32, ANY, 0},
  {"_TLS_MODULE_BASE_", MOLD, X64 | X32 | ARM | A64, ANY, 0},
  /* a program's calls of it are made to be none; no compiler takes its
     address */
  {"__tls_get_addr", GOLD, EVERY & ~X32, ANY, 0},
  {"__tls_get_addr", BFD | LLD | MOLD, EVERY & ~X32, PROGRAM, 0},
  {"___tls_get_addr", GOLD, X32, ANY, 0},
  {"___tls_get_addr", BFD | LLD | MOLD, X32, PROGRAM, 0},
  {"__tdata_start", BFD, EVERY, PROGRAM, 0},
  {"__GNU_EH_FRAME_HDR", MOLD, EVERY, ANY, 0},
  {"_PROCEDURE_LINKAGE_TABLE_", MOLD, EVERY, ANY, 0},
  {"__stack", GOLD, EVERY, ANY, 0},
  {"__global_pointer$", ALL, RISCV, PROGRAM, 0},
  {"__exidx_start", ALL, ARM, ANY, 0}, {"__exidx_end", ALL, ARM, ANY, 0},
  {".TOC.", ALL, PPC64, ANY, 0}, {"_gp", ALL, MIPS, ANY, 0},
  {"_gp_disp", ALL, MIPS, ANY, 0}, {"__gnu_local_gp", ALL, MIPS, ANY, 0},
  {"__heap_base", WASM, EVERY, ANY, 0}, {"__heap_end", WASM, EVERY, ANY, 0},
  {"__data_end", WASM, EVERY, ANY, 0},
  {"__stack_pointer", WASM, EVERY, ANY, 0},
  {"__stack_low", WASM, EVERY, ANY, 0}, {"__stack_high", WASM, EVERY, ANY, 0},
  {"__global_base", WASM, EVERY, ANY, 0},
  {"__memory_base", WASM, EVERY, ANY, 0},
  {"__table_base", WASM, EVERY, ANY, 0}, {"__tls_base", WASM, EVERY, ANY, 0},
  {"__tls_size", WASM, EVERY, ANY, 0}, {"__tls_align", WASM, EVERY, ANY, 0},
  {"__wasm_call_ctors", WASM, EVERY, ANY, 0},
  {"__wasm_init_tls", WASM, EVERY, ANY, 0},
  {"__wasm_init_memory", WASM, EVERY, ANY, 0},
  {"__indirect_function_table", WASM, EVERY, ANY, 0},
  {"_mh_execute_header", APPLE, EVERY, PROGRAM, 0},
  {"_mh_dylib_header", APPLE, EVERY, L, L},   /* no bundle's */
  {"_mh_bundle_header", APPLE, EVERY, L, L},  /* no other library's */
  {"section$*", APPLE, EVERY, ANY, 0}, {"segment$*", APPLE, EVERY, ANY, 0},
  {"\1section$*", APPLE, EVERY, ANY, 0},
  {"\1segment$*", APPLE, EVERY, ANY, 0},
  {"dyld_stub_binder", LD64, EVERY, ANY, ANY},
  {"\1dyld_stub_binder", LD64, EVERY, ANY, ANY},
  {"__ImageBase", COFF, EVERY, ANY, 0},
  {"__enclave_config", COFF, EVERY, ANY, 0},
  {"__guard_fids_table", COFF, EVERY, ANY, 0},
  {"__guard_fids_count", COFF, EVERY, ANY, 0},
  {"__guard_flags", COFF, EVERY, ANY, 0},
  {"__guard_iat_table", COFF, EVERY, ANY, 0},
  {"__guard_iat_count", COFF, EVERY, ANY, 0},
  {"__guard_longjmp_table", COFF, EVERY, ANY, 0},
  {"__guard_longjmp_count", COFF, EVERY, ANY, 0},
  {"__guard_eh_cont_table", COFF, EVERY, ANY, 0},
  {"__guard_eh_cont_count", COFF, EVERY, ANY, 0},
  {"__safe_se_handler_table", COFF, X32, ANY, 0},
  {"__safe_se_handler_count", COFF, X32, ANY, 0}
};


bool sr_is_identifier (const char *s, size_t len) {
  size_t i;
  for (i = 0; i < len; i++)
    if (s[i] != '_' && (s[i] < 'a' || s[i] > 'z') && (s[i] < 'A' || s[i] > 'Z')
        && (i == 0 || s[i] < '0' || s[i] > '9')) return false;
  return len > 0;
}


static bool is_named (const Given *g, sr_Str name) {
  size_t n = strlen(g->name);
  if (g->name[n - 1] == '*')
    return name.len >= n - 1 && memcmp(g->name, name.ptr, n - 1) == 0;
  return n == name.len && memcmp(g->name, name.ptr, n) == 0;
}


bool sr_resolve_any_gives (sr_Str name) {
  size_t i;
  for (i = 0; i < sizeof given / sizeof *given; i++)
    if (is_named(&given[i], name)) return true;
  return false;
}


static unsigned machine_of (const sr_Resolve *R) {
  unsigned machine = R->machine & 0xffff;
  if (R->format == SR_COFF) return machine == 0x14c ? X32 : OTHER;
  if (R->format != SR_ELF) return OTHER;
  switch (machine) {
    case EM_X86_64: return X64;
    case EM_386: case 6 /* EM_IAMCU */: return X32;
    case EM_ARM: return ARM;
    case EM_AARCH64: return A64;
    case EM_RISCV: return RISCV;
    case EM_PPC64: return PPC64;
    case EM_MIPS: return MIPS;
    default: return OTHER;
  }
}


/* What is made; more than one where nobody said.  A library on the line makes
   a program have dynamic symbols, and so may exporting some. */
static unsigned made_by (const sr_Resolve *R) {
  unsigned program = R->is_static ? S : S | D;
  size_t i;
  for (i = 0; i < R->nlinked; i++)
    if (R->units[R->linked[i]].library && R->units[R->linked[i]].order != 0)
      program = D;
  switch (R->makes) {
    case SR_MAKES_PROGRAM: return program;
    case SR_MAKES_PIE: return I;
    case SR_MAKES_LIBRARY: return L;
    default: return program | I | L;
  }
}


/* SR_YES, SR_NO, or SR_MAYBE. */
static int is_given (const sr_Resolve *R, sr_Str name, unsigned machine,
                     unsigned made) {
  unsigned yes = 0, maybe = 0;
  size_t i;
  if (R->makes == SR_MAKES_OBJECT) return SR_NO;
  for (i = 0; i < sizeof given / sizeof *given; i++) {
    const Given *g = &given[i];
    if (!(g->by & 1u << R->linker) || !(g->machines & machine)
        || !is_named(g, name)) continue;
    yes |= g->made & ~(unsigned)g->perhaps;
    maybe |= g->made;
  }
  return (made & ~yes) == 0 ? SR_YES : (made & maybe) != 0 ? SR_MAYBE : SR_NO;
}


/* Whether a name is given cannot be told: said of a unit. */
static int leave_open (sr_Resolve *R, uint32_t name, uint32_t unit,
                       const char *why) {
  const sr_Unit *U = &R->units[unit];
  sr_Str s = sr_name_text(R->S, name);
  sr_Symbol sym;
  uint32_t gap;
  int rc;
  R->syms[name].perhaps = true;
  if (U->file == SR_NONE) return SYMRUN_OK;  /* the line's own */
  memset(&sym, 0, sizeof sym);
  sym.name = s.ptr;
  sym.len = s.len;
  rc = sr_file_odd(R->S->model->files[U->file], U->member, SR_NATIVE, &sym,
                   why, &gap);
  return rc == SYMRUN_OK ? sr_names_gap(R->perhaps, U->file, gap) : rc;
}


/* wasm: what says itself what it is imported as comes from the host. */
static void import_explicitly (sr_Resolve *R) {
  size_t i;
  uint32_t k;
  if (R->linker != SR_WASM_LD) return;
  for (i = 0; i < R->nlinked; i++) {
    const sr_Unit *U = &R->units[R->linked[i]];
    if (U->order == 0) continue;
    for (k = U->first; k < U->first + U->count; k++) {
      sr_Sym *s = &R->syms[sr_ref_name(R, U, &R->refs[k])];
      if (R->refs[k].imported && s->state == SR_UNRESOLVED)
        s->state = SR_BY_LINKER;
    }
  }
}


/* -- "__start_x" is where the sections named "x" begin --------------------- */

typedef struct Edges {
  sr_Resolve *R;
  uint32_t *names;      /* that are wanted, and edges by their form */
  size_t count, room;
  unsigned char *is;    /* by name: is it one of them? */
  char *text;           /* "__start_x", as it is looked up */
  size_t rtext;
  uint32_t lto;         /* a unit of which the sections are not made yet */
} Edges;

static const sr_Str edge_names[] = {{"__start_", 8}, {"__stop_", 7}};


static bool is_edge (sr_Str name) {
  size_t i;
  for (i = 0; i < 2; i++) {
    size_t n = edge_names[i].len;
    if (name.len > n && memcmp(name.ptr, edge_names[i].ptr, n) == 0)
      return sr_is_identifier(name.ptr + n, name.len - n);
  }
  return false;
}


/* A section of something that is linked: are its edges wanted? */
static int meet_section (Edges *G, const char *s, size_t len) {
  symrun *engine = G->R->S;
  size_t i;
  if (!sr_is_identifier(s, len)) return SYMRUN_OK;
  if (len + 8 > G->rtext) {
    char *p = (char *)sr_resize(engine, G->text, G->rtext, len + 64);
    if (p == NULL) return SYMRUN_NOMEM;
    G->text = p;
    G->rtext = len + 64;
  }
  for (i = 0; i < 2; i++) {
    size_t n = edge_names[i].len;
    uint32_t id;
    memcpy(G->text, edge_names[i].ptr, n);
    memcpy(G->text + n, s, len);
    id = sr_interned(&engine->model->names, G->text, n + len);
    if (id < G->R->nsyms && G->is[id])
      G->R->syms[id].state = SR_BY_LINKER;
  }
  return SYMRUN_OK;
}


static int sections_of (symrun *engine, uint32_t i, const sr_Member *m,
                        const sr_Part *part, void *ud) {
  sr_ElfNames names;
  sr_ElfSection sec;
  sr_Elf E;
  uint32_t k;
  int rc;
  (void)i;
  if (m->format != SR_ELF) return SYMRUN_OK;
  rc = sr_elf_open(engine, part, &E);
  if (rc == SYMRUN_OK) rc = sr_elf_names(&E, &names);
  for (k = 1; rc == SYMRUN_OK && k < E.shnum; k++) {
    rc = sr_elf_section(&E, k, &sec);
    if (rc != SYMRUN_OK) break;
    rc = sec.name >= names.size
       ? sr_elf_damage(&E, sec.at, "sh_name", sec.name, "inside the table of "
                       "section names")
       : meet_section((Edges *)ud, names.text + sec.name,
                      strnlen(names.text + sec.name,
                              (size_t)(names.size - sec.name)));
  }
  return rc;
}


/* A file whose sections could not be read: what it holds may be anything. */
static int unread (sr_Resolve *R, const sr_Unit *U, int code) {
  sr_File *F = R->S->model->files[U->file];
  sr_Scan scan;
  int rc = sr_file_as_gap(F, U->member, SR_NATIVE, code);
  if (rc != SYMRUN_OK) return rc;
  memset(&scan, 0, sizeof scan);
  scan.file = F;
  scan.only = U->member;
  scan.ask.view = SR_NATIVE;
  scan.ask.want = SR_WANT_DEFINED | SR_WANT_UNDEFINED;
  rc = sr_names_unread(R->unread, &scan);
  sr_taking_gap(R, &R->inputs[U->input]);
  return rc;
}


/* Only who wants such a name pays for this. */
static int find_edges (Edges *G) {
  sr_Resolve *R = G->R;
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < R->nlinked && rc >= 0; i++) {
    uint32_t unit = R->linked[i];
    const sr_Unit *U = &R->units[unit];
    sr_File *F;
    if (U->file == SR_NONE || U->library || U->order == 0) continue;
    if (U->lto) {
      if (G->lto == SR_NONE) G->lto = unit;
      continue;
    }
    F = R->S->model->files[U->file];
    rc = sr_member_use(F, U->member == SR_NONE ? 0 : U->member, sections_of,
                       G);
    if (rc < 0) rc = unread(R, U, rc);
    if (rc == SYMRUN_OK) rc = sr_file_done(F);
  }
  return rc;
}


/* What only code could have that is not made yet. */
static int doubt_edges (Edges *G) {
  sr_Resolve *R = G->R;
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < G->count && G->lto != SR_NONE && rc == SYMRUN_OK; i++) {
    uint32_t name = G->names[i], by = R->syms[name].by;
    if (R->syms[name].state != SR_UNRESOLVED) continue;
    rc = leave_open(R, name, by != SR_NONE && by != 0 ? by : G->lto,
                    "where a section begins or ends that only intermediate "
                    "code can hold, of which it is not made yet");
  }
  return rc;
}


static int take_edges (Edges *G) {
  size_t i;
  int rc;
  if (G->count == 0) return SYMRUN_OK;
  G->is = (unsigned char *)sr_new(G->R->S, G->R->nsyms);
  if (G->is == NULL) return SYMRUN_NOMEM;
  for (i = 0; i < G->count; i++) G->is[G->names[i]] = 1;
  rc = find_edges(G);
  sr_delete(G->R->S, G->is, G->R->nsyms);
  sr_delete(G->R->S, G->text, G->rtext);
  return rc == SYMRUN_OK ? doubt_edges(G) : rc;
}


int sr_resolve_given_names (sr_Resolve *R) {
  Edges G = {R, NULL, 0, 0, NULL, NULL, 0, SR_NONE};
  unsigned machine = machine_of(R), made = made_by(R);
  uint32_t i;
  int rc = SYMRUN_OK;
  import_explicitly(R);
  for (i = 0; i < R->nsyms && rc == SYMRUN_OK; i++) {
    sr_Str name;
    int is;
    if (R->syms[i].state != SR_UNRESOLVED) continue;
    name = sr_name_text(R->S, i);
    is = is_given(R, name, machine, made);
    if (is == SR_YES) R->syms[i].state = SR_BY_LINKER;
    else if (is == SR_MAYBE)
      rc = leave_open(R, i, R->syms[i].by != SR_NONE ? R->syms[i].by : 0,
                      "that linkers give by themselves in some links, and in "
                      "others not");
    else if (is_edge(name)) {
      rc = sr_room(R->S, &G.names, &G.room, G.count, sizeof *G.names);
      if (rc == SYMRUN_OK) G.names[G.count++] = i;
    }
  }
  if (rc == SYMRUN_OK) rc = take_edges(&G);
  sr_delete(R->S, G.names, G.room * sizeof *G.names);
  return rc;
}
