/*
** resolve_given.c
** Names that a linker gives by itself when somebody wants them: where the
** sections of what it makes begin and end.  A file's own definition beats
** them.
*/

#include "resolve_inner.h"

enum { BFD = 1 << SR_BFD, GOLD = 1 << SR_GOLD, MOLD = 1 << SR_MOLD,
       LLD = 1 << SR_LLD | 1 << SR_LLD_14, ALL = BFD | GOLD | LLD | MOLD,
       WASM = 1 << SR_WASM_LD,
       APPLE = 1 << SR_LLD_MACHO | 1 << SR_LD64 };

/* As the linkers themselves show, asked for one name after the other. */
static const struct { const char *name; unsigned by; } given[] = {
  {"__bss_start", ALL}, {"_end", ALL}, {"end", ALL}, {"_edata", ALL},
  {"edata", ALL}, {"_etext", ALL}, {"etext", ALL}, {"__etext", BFD | GOLD},
  {"__ehdr_start", ALL}, {"__executable_start", ALL},
  {"__preinit_array_start", ALL}, {"__preinit_array_end", ALL},
  {"__init_array_start", ALL}, {"__init_array_end", ALL},
  {"__fini_array_start", ALL}, {"__fini_array_end", ALL},
  {"__rela_iplt_start", ALL}, {"__rela_iplt_end", ALL},
  {"__rel_iplt_start", ALL}, {"__rel_iplt_end", ALL},
  {"_GLOBAL_OFFSET_TABLE_", ALL}, {"_DYNAMIC", ALL},
  {"__dso_handle", LLD | MOLD | WASM}, {"_TLS_MODULE_BASE_", LLD | MOLD},
  {"__tls_get_addr", ALL},  /* a program's calls of it are made to be none */
  {"__tdata_start", BFD}, {"__GNU_EH_FRAME_HDR", MOLD},
  {"_PROCEDURE_LINKAGE_TABLE_", MOLD}, {"__global_pointer$", ALL},
  {"__exidx_start", ALL}, {"__exidx_end", ALL},
  {"__heap_base", WASM}, {"__heap_end", WASM}, {"__data_end", WASM},
  {"__stack_pointer", WASM}, {"__stack_low", WASM}, {"__stack_high", WASM},
  {"__global_base", WASM}, {"__memory_base", WASM}, {"__table_base", WASM},
  {"__tls_base", WASM}, {"__tls_size", WASM}, {"__tls_align", WASM},
  {"__wasm_call_ctors", WASM}, {"__wasm_init_tls", WASM},
  {"__wasm_init_memory", WASM}, {"__indirect_function_table", WASM},
  {"_mh_execute_header", APPLE}, {"_mh_dylib_header", APPLE},
  {"\1dyld_stub_binder", APPLE}, {"dyld_stub_binder", APPLE}
};


static bool is_identifier (const char *s, size_t len) {
  size_t i;
  for (i = 0; i < len; i++)
    if (s[i] != '_' && (s[i] < 'a' || s[i] > 'z') && (s[i] < 'A' || s[i] > 'Z')
        && (i == 0 || s[i] < '0' || s[i] > '9')) return false;
  return len > 0;
}


static bool is_given (const sr_Resolve *R, sr_Str name) {
  size_t i;
  if (name.len == 0 || strchr("_e\1d", name.ptr[0]) == NULL) return false;
  for (i = 0; i < sizeof given / sizeof *given; i++)
    if (strlen(given[i].name) == name.len
        && memcmp(given[i].name, name.ptr, name.len) == 0)
      return (given[i].by & 1u << R->linker) != 0;
  return false;
}


/* -- "__start_x" is where the sections named "x" begin --------------------- */

typedef struct Edges {
  sr_Resolve *R;
  uint32_t *names;
  size_t count, room;
} Edges;


static bool edge_of (sr_Str name, sr_Str *section) {
  static const char *const edges[] = {"__start_", "__stop_"};
  size_t i;
  for (i = 0; i < 2; i++) {
    size_t n = strlen(edges[i]);
    if (name.len <= n || memcmp(name.ptr, edges[i], n) != 0) continue;
    section->ptr = name.ptr + n;
    section->len = name.len - n;
    return is_identifier(section->ptr, section->len);
  }
  return false;
}


/* A section of something that is linked: whose edges are wanted? */
static void meet_section (Edges *G, const char *s, size_t len) {
  size_t i;
  for (i = 0; i < G->count; i++) {
    sr_Str section;
    if (edge_of(sr_name_text(G->R->S, G->names[i]), &section)
        && section.len == len && memcmp(section.ptr, s, len) == 0)
      G->R->syms[G->names[i]].state = SR_BY_LINKER;
  }
}


static int sections_of (symrun *S, uint32_t i, const sr_Member *m,
                        const sr_Part *part, void *ud) {
  sr_ElfNames names;
  sr_ElfSection sec;
  sr_Elf E;
  uint32_t k;
  int rc;
  (void)i;
  if (m->format != SR_ELF) return SYMRUN_OK;
  rc = sr_elf_open(S, part, &E);
  if (rc == SYMRUN_OK) rc = sr_elf_names(&E, &names);
  for (k = 1; rc == SYMRUN_OK && k < E.shnum; k++) {
    rc = sr_elf_section(&E, k, &sec);
    if (rc != SYMRUN_OK || sec.name >= names.size) continue;
    meet_section((Edges *)ud, names.text + sec.name,
                 strnlen(names.text + sec.name,
                         (size_t)(names.size - sec.name)));
  }
  return rc;
}


/* Only who wants such a name pays for this. */
static int find_edges (Edges *G) {
  sr_Resolve *R = G->R;
  size_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < R->nlinked && rc >= 0; i++) {
    const sr_Unit *U = &R->units[R->linked[i]];
    sr_File *F;
    if (U->file == SR_NONE || U->library || U->order == 0) continue;
    F = R->S->model->files[U->file];
    rc = sr_member_use(F, U->member == SR_NONE ? 0 : U->member, sections_of,
                       G);
    if (rc < 0) rc = sr_file_as_gap(F, U->member, SR_NATIVE, rc);
    if (rc == SYMRUN_OK) rc = sr_file_done(F);
  }
  return rc;
}


int sr_resolve_given_names (sr_Resolve *R) {
  Edges G = {R, NULL, 0, 0};
  sr_Str section;
  uint32_t i;
  int rc = SYMRUN_OK;
  for (i = 0; i < R->nsyms && rc == SYMRUN_OK; i++) {
    sr_Str name;
    if (R->syms[i].state != SR_UNRESOLVED) continue;
    name = sr_name_text(R->S, i);
    if (is_given(R, name)) R->syms[i].state = SR_BY_LINKER;
    else if (edge_of(name, &section)) {
      rc = sr_room(R->S, &G.names, &G.room, G.count, sizeof *G.names);
      if (rc == SYMRUN_OK) G.names[G.count++] = i;
    }
  }
  if (rc == SYMRUN_OK && G.count > 0) rc = find_edges(&G);
  sr_delete(R->S, G.names, G.room * sizeof *G.names);
  return rc;
}
