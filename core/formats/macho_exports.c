/*
** macho_exports.c
** The export trie of what was linked: names cut into pieces along a tree, with
** a symbol where a name ends.  It can say in a kilobyte what would take years
** to print: pieces may be shared, and a piece may lead back to where it began.
** A linker shares none, so what is read on the way is at most the trie's size,
** and more than that is damage.
**
** Layout: mach-o/loader.h, at LC_DYLD_INFO, and dyld's MachOLoaded.cpp.
*/

#include "formats.h"

enum {  /* EXPORT_SYMBOL_FLAGS_ */
  KIND_MASK = 0x03, KIND_THREAD_LOCAL = 0x01, KIND_ABSOLUTE = 0x02,
  WEAK_DEFINITION = 0x04, REEXPORT = 0x08, STUB_AND_RESOLVER = 0x10
};

#define SHARED    64  /* names may add up to so many times the file's size */
#define SECTIONS 255  /* that a letter is looked for in */


/* A node whose children are being looked at. */
typedef struct Node {
  uint32_t next;   /* where the next child's piece of the name begins */
  uint32_t len;    /* of the name that led here */
  uint32_t left;   /* children to come */
} Node;

typedef struct Trie {
  sr_Macho *M;
  sr_Ask *ask;         /* NULL: they are counted */
  sr_Spelled *spelled;
  const unsigned char *p;
  uint32_t size;
  uint64_t own;        /* symbols that are no re-exports */
  uint64_t read;       /* bytes of nodes */
  uint64_t told;       /* bytes of names */
  char *path;          /* the name that leads to a node, behind a \1 */
  size_t rpath;
  Node *nodes;         /* from the root to here */
  size_t count, rnodes;
  unsigned sections;
  struct { uint64_t address, size; char letter; } section[SECTIONS];
} Trie;


static int damage (Trie *T, uint64_t at, const char *what) {
  return sr_damage(T->M->S, T->M->part->offset + T->M->exports.offset + at,
                   "export trie", "the export trie %s", what);
}


/* A number of seven bits a byte, before 'end'. */
static bool uleb (const Trie *T, uint32_t *at, uint32_t end, uint64_t *out) {
  uint64_t v = 0;
  unsigned shift = 0;
  while (*at < end) {
    unsigned char c = T->p[(*at)++];
    uint64_t bits = c & 0x7f;
    if (shift > 63 || (bits << shift) >> shift != bits) return false;
    v |= bits << shift;
    shift += 7;
    if (!(c & 0x80)) { *out = v; return true; }
  }
  return false;
}


static int take_section (void *ud, const sr_MachoSection *sec) {
  Trie *T = (Trie *)ud;
  if (T->sections == SECTIONS) return SYMRUN_END;
  T->section[T->sections].address = sec->address;
  T->section[T->sections].size = sec->size;
  T->section[T->sections++].letter = sr_macho_letter(sec);
  return SYMRUN_OK;
}


/* The trie knows addresses; the section around one gives the letter.  The
   header stands before all sections, and linkers count it to the first. */
static char letter (const Trie *T, uint64_t flags, sr_Symbol *sym) {
  unsigned i;
  if ((flags & KIND_MASK) == KIND_ABSOLUTE) return 'A';
  if (flags & REEXPORT) return 'I';
  for (i = 0; i < T->sections; i++)
    if (sym->value - T->section[i].address < T->section[i].size
        || (i == 0 && sym->value == T->M->base)) {
      sym->section = i + 1;
      return (char)(T->section[i].letter - 'a' + 'A');
    }
  return 'S';
}


static int tell (Trie *T, uint64_t flags, uint64_t address, size_t len) {
  sr_Ask *ask = T->ask;
  const char *s = T->path + 1;
  bool strip = !ask->raw && len > 0 && s[0] == '_'
            && (len == 1 || s[1] != '\1');
  bool verbatim = !ask->raw && !strip;
  sr_Str name = {s + strip, len - strip};
  sr_Symbol sym;
  int rc;
  T->told += len;
  if (T->told / SHARED > T->M->part->size)
    return damage(T, 0, "has names that add up to more than 64 times the file");
  if (verbatim) { name.ptr--; name.len++; }  /* the \1 is there */
  ask->seen++;
  if (ask->glob != NULL && !sr_glob_match(ask->glob, name.ptr, name.len))
    return SYMRUN_OK;
  rc = sr_macho_spell(T->M, T->spelled, ask, false, &name);
  if (rc != SYMRUN_OK) return rc;
  memset(&sym, 0, sizeof sym);
  sym.name = name.ptr;
  sym.len = name.len;
  sym.value = address;
  sym.binding = flags & WEAK_DEFINITION ? SR_WEAK : SR_GLOBAL;
  sym.place = (flags & KIND_MASK) == KIND_ABSOLUTE ? SR_ABSOLUTE : SR_DEFINED;
  sym.type = (flags & KIND_MASK) == KIND_THREAD_LOCAL ? SR_TLS
           : flags & STUB_AND_RESOLVER ? SR_IFUNC : SR_NOTYPE;
  sym.letter = ask->letters ? letter(T, flags, &sym) : '?';
  return ask->each(ask->ud, &sym);
}


/* A symbol: flags, then what they say that there is. */
static int symbol (Trie *T, uint32_t at, uint32_t end, size_t len) {
  uint64_t flags = 0, address = 0, other = 0;
  uint32_t begin = at;
  bool good = uleb(T, &at, end, &flags);
  if (good && flags & REEXPORT) {  /* the library's number, and another name */
    const void *nul;
    good = uleb(T, &at, end, &other);
    nul = good && at < end ? memchr(T->p + at, '\0', end - at) : NULL;
    good = nul != NULL;
    at = end;
  }
  else if (good) {
    good = uleb(T, &at, end, &address);
    if (good && flags & STUB_AND_RESOLVER) {
      good = uleb(T, &at, end, &other);
      address = other;
    }
    if ((flags & KIND_MASK) != KIND_ABSOLUTE) address += T->M->base;
  }
  if (!good)
    return damage(T, begin, "has a symbol here that does not fit into its "
                  "size");
  T->own += !(flags & REEXPORT);
  return T->ask != NULL ? tell(T, flags, address, len) : SYMRUN_OK;
}


/* The node at 'at', at the end of a name of 'len' bytes. */
static int enter (Trie *T, uint64_t at, size_t len) {
  uint32_t pos, end;
  uint64_t size;
  Node *node;
  int rc;
  if (at >= T->size)
    return damage(T, at, "leads to a node here, behind its end");
  pos = (uint32_t)at;
  if (!uleb(T, &pos, T->size, &size) || size >= T->size - pos)
    return damage(T, at, "has a node here that ends behind it");
  end = pos + (uint32_t)size;
  T->read += end + 1 - at;
  rc = size > 0 ? symbol(T, pos, end, len) : SYMRUN_OK;
  if (rc == SYMRUN_OK)
    rc = sr_room(T->M->S, &T->nodes, &T->rnodes, T->count, sizeof *node);
  if (rc != SYMRUN_OK) return rc;
  node = &T->nodes[T->count++];
  node->left = T->p[end];
  node->next = end + 1;
  node->len = (uint32_t)len;
  return SYMRUN_OK;
}


/* The next child of the last node: a piece of the name, and where it leads. */
static int next_child (Trie *T) {
  Node *node = &T->nodes[T->count - 1];
  const unsigned char *s = T->p + node->next;
  const void *nul = memchr(s, '\0', T->size - node->next);
  uint32_t begin = node->next, at;
  uint64_t child;
  size_t more, len = node->len;
  int rc = SYMRUN_OK;
  if (nul == NULL) return damage(T, begin, "has a piece of a name here without "
                                 "an end");
  more = (size_t)((const unsigned char *)nul - s);
  at = begin + (uint32_t)more + 1;
  if (!uleb(T, &at, T->size, &child))
    return damage(T, at, "ends inside a node");
  T->read += at - begin;
  if (T->read > T->size)
    return damage(T, begin, "comes to nodes here that it has come to before");
  while (rc == SYMRUN_OK && T->rpath < 1 + len + more)
    rc = sr_room(T->M->S, &T->path, &T->rpath, T->rpath, 1);
  if (rc != SYMRUN_OK) return rc;
  memcpy(T->path + 1 + len, s, more);
  node->next = at;
  node->left--;
  return enter(T, child, len + more);
}


static int walk (Trie *T) {
  int rc = sr_room(T->M->S, &T->path, &T->rpath, 0, 1);
  if (rc != SYMRUN_OK) return rc;
  T->path[0] = '\1';
  rc = enter(T, 0, 0);
  while (rc == SYMRUN_OK && T->count > 0)
    if (T->nodes[T->count - 1].left > 0) rc = next_child(T);
    else T->count--;
  return rc;
}


static int read_trie (Trie *T) {
  sr_Macho *M = T->M;
  int rc = SYMRUN_OK;
  T->size = M->exports.size;
  if (T->size == 0) return SYMRUN_OK;
  if (T->ask != NULL && T->ask->letters)
    rc = sr_macho_sections(M, take_section, T);
  if (rc < 0) return rc;
  T->p = sr_macho_look(M, SR_MORE, M->exports.offset, T->size, T->size);
  rc = T->p != NULL ? walk(T) : M->S->code;
  sr_delete(M->S, T->path, T->rpath);
  sr_delete(M->S, T->nodes, T->rnodes * sizeof *T->nodes);
  return rc;
}


int sr_macho_exports (sr_Macho *M, sr_Ask *ask, sr_Spelled *P) {
  Trie T;
  memset(&T, 0, sizeof T);
  T.M = M;
  T.ask = ask;
  T.spelled = P;
  return read_trie(&T);
}


int sr_macho_count_exports (sr_Macho *M, uint64_t *out) {
  Trie T;
  int rc;
  memset(&T, 0, sizeof T);
  T.M = M;
  rc = read_trie(&T);
  *out = T.own;
  return rc;
}
